//! What of some files was not read before. A file that is what it was is not opened; one that has only grown is read from where it ended, with its columns as they
//! were; when any of them changed otherwise, or the columns are no longer the same, all are read.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use jiff::Timestamp;
use xinyu_core::data::TableSchema;
use xinyu_protocol::text::Text;

use super::super::reading::Part;
use super::super::{Pulse, SourceError};
use super::mark::{Content, Mark, PartMark, Seal};
use super::parts::{Opened, Placed, merge, reading, within};
use super::place::Stamp;
use super::span::{Head, Span};
use super::{Form, Found, Grows, Place};

/// What has to be read of files.
pub(in super::super) struct Since {
    pub(in super::super) part: Part,
    /// Rows of that part.
    pub(in super::super) expected: u64,
    pub(in super::super) mark: Option<Mark>,
    /// When they were last written to.
    pub(in super::super) written_at: Option<Timestamp>,
}

/// A file as it is now, beside what it was.
struct Now {
    name: String,
    /// All of it.
    place: Place,
    /// By what it will be recognised; none where it cannot be.
    seal: Option<Seal>,
    written_at: Option<Timestamp>,
    turn: Turn,
}

/// What became of a file.
enum Turn {
    /// It is what it was.
    Same(PartMark),
    /// It has only grown: what was added.
    Grown(PartMark, Place),
    /// It was not there.
    New,
    /// It is another now.
    Other(Text),
}

impl Placed {
    /// Looks at what was not read before.
    pub(in super::super) fn since(
        mut self,
        before: Option<&(Mark, TableSchema)>,
        pulse: &Pulse,
    ) -> Result<(Opened, Since), SourceError> {
        let (form, is_many) = (self.form, self.places.len() > 1);
        let ending = form.endings.first().copied().unwrap_or_default();
        let before = before.filter(|(mark, _)| mark.form == ending);
        let mut files = Vec::with_capacity(self.places.len());
        for (name, place) in std::mem::take(&mut self.places) {
            let earlier = before.and_then(|(mark, _)| mark.parts.iter().find(|part| part.name == name));
            let now = within(is_many, &name, Now::of(name.clone(), place, form, earlier, pulse))?;
            files.push(now);
        }
        let why = match before {
            None => Some(Text::new("此前没有可用的读取状态", "nothing that was read before can be gone on from")),
            Some((mark, _)) => mark.gone(&files).or_else(|| {
                files.iter().find_map(|now| match &now.turn {
                    Turn::Other(why) => Some(called(is_many, &now.name, why)),
                    Turn::Same(_) | Turn::Grown(..) | Turn::New => None,
                })
            }),
        };
        let why = match (why, before) {
            (None, Some((_, schema))) => match rest(form, is_many, &files, schema, pulse)? {
                Ok(looked) => return finish(self, form, files, looked, None),
                Err(why) => Some(why),
            },
            (why, _) => why,
        };
        let mut looked = Vec::with_capacity(files.len());
        for now in &files {
            now.place.expect(pulse);
            let found = within(is_many, &now.name, reading(&now.place, form.look))?;
            looked.push(Looked {
                name: now.name.clone(),
                known: found.clone(),
                place: Some(now.place.clone()),
                added: found,
            });
        }
        finish(self, form, files, looked, why)
    }
}

/// What was found in a file: all of it that is known, and what of it has to be read.
struct Looked {
    name: String,
    known: Found,
    place: Option<Place>,
    added: Found,
}

/// Looks at what was added only; or why that is not enough.
fn rest(
    form: &'static Form,
    is_many: bool,
    files: &[Now],
    schema: &TableSchema,
    pulse: &Pulse,
) -> Result<Result<Vec<Looked>, Text>, SourceError> {
    let mut looked = Vec::with_capacity(files.len());
    for now in files {
        let name = now.name.clone();
        let one = match &now.turn {
            Turn::Same(mark) => Looked { name, known: mark.found(), place: None, added: mark.found() },
            Turn::Grown(mark, tail) => {
                let mut known = mark.found();
                // What is wrong with it, the whole will tell.
                let Ok(added) = reading(tail, form.look) else {
                    let why = Text::new("新增部分不能单独读取", "what was added cannot be read by itself");
                    return Ok(Err(called(is_many, &name, &why)));
                };
                if merge(&mut known.columns, &added.columns).is_err() {
                    return Ok(Err(other_columns(&name)));
                }
                known.rows = known.rows.saturating_add(added.rows);
                Looked { name, known, place: Some(tail.clone()), added }
            }
            Turn::New => {
                now.place.expect(pulse);
                let found = within(is_many, &name, reading(&now.place, form.look))?;
                Looked { name, known: found.clone(), place: Some(now.place.clone()), added: found }
            }
            Turn::Other(why) => return Ok(Err(why.clone())),
        };
        looked.push(one);
    }
    let Some((first, more)) = looked.split_first() else { return Ok(Ok(looked)) };
    let mut whole = first.known.columns.clone();
    for one in more {
        within(is_many, &one.name, merge(&mut whole, &one.known.columns))?;
    }
    let is_same = whole.len() == schema.columns.len()
        && whole
            .iter()
            .zip(&schema.columns)
            .all(|((name, guess), column)| *name == column.name && guess.kind() == column.kind);
    Ok(if is_same { Ok(looked) } else { Err(other_columns(&first.name)) })
}

fn finish(
    placed: Placed,
    form: &'static Form,
    files: Vec<Now>,
    looked: Vec<Looked>,
    why: Option<Text>,
) -> Result<(Opened, Since), SourceError> {
    let (mut parts, mut tables, mut expected) = (Vec::new(), Vec::new(), 0_u64);
    let written_at = files
        .iter()
        .filter(|now| why.is_some() || !matches!(now.turn, Turn::Same(_)))
        .filter_map(|now| now.written_at)
        .max();
    let grown = files.iter().filter(|now| matches!(now.turn, Turn::Grown(..))).count();
    let new = files.iter().filter(|now| matches!(now.turn, Turn::New)).count();
    for (now, one) in files.into_iter().zip(looked) {
        if one.place.is_some() {
            expected = expected.saturating_add(one.added.rows);
        }
        parts.push(now.seal.map(|seal| PartMark {
            name: one.name.clone(),
            seal,
            columns: one.known.columns.clone(),
            rows: one.known.rows,
            encoding: one.known.encoding.map(str::to_owned),
        }));
        tables.push((one.name, one.place, one.known));
    }
    let ending = form.endings.first().copied().unwrap_or_default();
    let parts: Option<Vec<PartMark>> = parts.into_iter().collect();
    let mark = parts.map(|parts| Mark { form: ending.to_owned(), parts });
    let part = match why {
        Some(why) => Part::All(why),
        None if grown == 0 && new == 0 => Part::Nothing,
        None => Part::Rest(Text::new(
            format!("已读内容未变（摘要相符），只读取新增：{grown} 个文件有追加，{new} 个新文件"),
            format!(
                "what was read is as it was, by its digest; only what was added is read: {grown} files have grown, {new} are new"
            ),
        )),
    };
    Ok((placed.of(tables)?, Since { part, expected, mark, written_at }))
}

impl Mark {
    /// That a file is there no more.
    fn gone(&self, files: &[Now]) -> Option<Text> {
        let gone = self.parts.iter().find(|part| !files.iter().any(|now| now.name == part.name))?;
        Some(Text::new(format!("文件 {} 已不在", gone.name), format!("the file {} is there no more", gone.name)))
    }
}

impl Now {
    fn of(
        name: String,
        place: Place,
        form: &'static Form,
        earlier: Option<&PartMark>,
        pulse: &Pulse,
    ) -> Result<Self, SourceError> {
        match &place {
            Place::File { path, .. } => {
                let path = path.clone();
                let failed = |error| SourceError::File { path: path.clone(), error };
                let file = Arc::new(File::open(&path).map_err(failed)?);
                let stamp = Stamp::of(&file.metadata().map_err(failed)?);
                Self::of_file(name, place, form, earlier, pulse, &file, stamp)
            }
            Place::Object(object) => {
                let written_at = object.written_at();
                let seal = object.tag().map(|tag| Seal::Object { tag: tag.to_owned(), bytes: object.bytes() });
                let turn = turn(earlier, seal.as_ref());
                Ok(Self { name, place, seal, written_at, turn })
            }
            Place::Spool(spool) => {
                let (_, content) = Content::read(spool.reader(), None, pulse)?;
                let seal = Some(Seal::Fetched { content });
                let turn = turn(earlier, seal.as_ref());
                Ok(Self { name, place, seal, written_at: None, turn })
            }
            Place::Bytes(_) | Place::Span(_) => {
                Ok(Self { name, place, seal: None, written_at: None, turn: turn(earlier, None) })
            }
        }
    }

    fn of_file(
        name: String,
        place: Place,
        form: &'static Form,
        earlier: Option<&PartMark>,
        pulse: &Pulse,
        file: &Arc<File>,
        stamp: Stamp,
    ) -> Result<Self, SourceError> {
        let written_at = stamp.written_at();
        // Text is read as far as it goes now, and may grow meanwhile.
        let is_text = form.grows != Grows::Not;
        let span = |from, head| Span { file: Arc::clone(file), from, to: stamp.bytes, head, pulse: pulse.clone() };
        let place = if is_text { Place::Span(span(0, None)) } else { place };
        let before = match earlier {
            Some(mark @ PartMark { seal: Seal::File { stamp: was, content }, .. }) => {
                if *was == stamp {
                    let (seal, turn) = (Some(mark.seal.clone()), Turn::Same(mark.clone()));
                    return Ok(Self { name, place, seal, written_at, turn });
                }
                Some((mark, content))
            }
            _ => None,
        };
        pulse.expect(stamp.bytes);
        let whole = span(0, None);
        let (first, content) = Content::read(whole.reader(), before.map(|(_, was)| was.bytes), pulse)?;
        let turn = match before {
            None if earlier.is_some() => Turn::Other(replaced()),
            None => Turn::New,
            Some((mark, was)) if content == *was => Turn::Same(mark.clone()),
            Some((_, was)) if first.as_ref() != Some(was) => Turn::Other(replaced()),
            Some(_) if !is_text => {
                Turn::Other(Text::new("该格式的文件不能接着读取", "a file of this form cannot be read on"))
            }
            Some((mark, was)) => {
                let mut next = [0_u8; 1];
                let read = file.read_at(&mut next, was.bytes).map_err(|_| SourceError::Interrupted)?;
                let ends = was.is_line || (read == 1 && matches!(next, [b'\n' | b'\r']));
                let is_plain = mark.encoding().is_none_or(|name| !name.starts_with("UTF-16"));
                if !ends || !is_plain || (form.grows == Grows::Quoted && !was.is_quoted) {
                    Turn::Other(Text::new(
                        "上次读取时最后一行不完整，不能接着读取",
                        "the last line was not whole when it was read, so that it cannot be read on",
                    ))
                } else {
                    let names = mark.columns.iter().map(|(name, _)| name.clone()).collect();
                    let head = Head { names, encoding: mark.encoding(), lines: was.lines };
                    let tail = span(was.bytes, Some(Arc::new(head)));
                    pulse.expect(tail.bytes());
                    Turn::Grown(mark.clone(), Place::Span(tail))
                }
            }
        };
        Ok(Self { name, place, seal: Some(Seal::File { stamp, content }), written_at, turn })
    }
}

/// What became of what is recognised as a whole.
fn turn(earlier: Option<&PartMark>, seal: Option<&Seal>) -> Turn {
    match earlier {
        Some(mark) if seal == Some(&mark.seal) => Turn::Same(mark.clone()),
        Some(_) => Turn::Other(replaced()),
        None => Turn::New,
    }
}

impl Place {
    /// Its bytes are going to be looked at, if anybody counts them.
    fn expect(&self, pulse: &Pulse) {
        if let Self::Span(span) = self {
            pulse.expect(span.bytes());
        }
    }
}

fn replaced() -> Text {
    Text::new("内容已被改写或替换", "its content was written anew or replaced")
}

fn other_columns(name: &str) -> Text {
    Text::new(
        format!("新增内容改变了列或其类型（{name}）"),
        format!("what was added changes the columns or what they are ({name})"),
    )
}

fn called(is_many: bool, name: &str, why: &Text) -> Text {
    if is_many { Text::new(format!("{name}：{}", why.zh), format!("{name}: {}", why.en)) } else { why.clone() }
}
