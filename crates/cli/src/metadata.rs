//! `xinyu metadata`: what format a description of a data set is in, and what it becomes in another one. Offline; nothing that a document names is fetched.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;
use xinyu_core::fault::Rejection;
use xinyu_discovery::metadata::{self, Format, Loss, MAX_BYTES};

use crate::output::{Context, Failed};

/// What can be done with descriptions.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 识别文件是哪种元数据格式 / what format a file is in, with reasons.
    Recognise {
        /// 文件 / the file.
        file: PathBuf,
    },
    /// 转换为另一种格式，并报告未能带过去的内容 / convert it, with a report of what was lost.
    Convert {
        /// 文件 / the file.
        file: PathBuf,
        /// 原格式，缺省时自动识别 / its format; recognised when absent.
        #[arg(long)]
        from: Option<String>,
        /// 目标格式：croissant、csvw、dcat、schema.org、frictionless、ckan、openapi、arrow、sql / the format to convert to.
        #[arg(long)]
        to: String,
        /// 写入的文件，缺省为标准输出 / where to write it; standard output when absent.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

/// Runs a verb.
pub(crate) fn run(context: &Context, verb: &Verb) -> Result<(), Failed> {
    match verb {
        Verb::Recognise { file } => recognise(context, file),
        Verb::Convert { file, from, to, out } => convert(context, file, from.as_deref(), to, out.as_deref()),
    }
}

fn recognise(context: &Context, file: &Path) -> Result<(), Failed> {
    let guesses = metadata::recognise(&name(file), &bytes(file)?);
    if context.json {
        context.print_json(&guesses)?;
    } else {
        let row = |guess: &metadata::Guess| {
            let sure = format!("{}.{} %", guess.permille / 10, guess.permille % 10);
            vec![guess.format.to_owned(), sure, context.text(&guess.reason).to_owned()]
        };
        if !guesses.is_empty() {
            let head = ["metadata-format", "metadata-sure", "metadata-reason"].map(|id| context.message(id));
            context.print_table(&head.each_ref().map(String::as_str), guesses.iter().map(row));
        }
    }
    if guesses.is_empty() { Err(unrecognised(context)) } else { Ok(()) }
}

fn convert(context: &Context, file: &Path, from: Option<&str>, to: &str, out: Option<&Path>) -> Result<(), Failed> {
    let wrong = |rejection: Rejection| Failed::usage(context.text(&rejection.text));
    let refused =
        |rejection: Rejection| Failed { line: Some(format!("xinyu: {}", context.text(&rejection.text))), status: 1 };
    let to = metadata::format(to).map_err(wrong)?;
    let from = from.map(metadata::format).transpose().map_err(wrong)?;
    let bytes = bytes(file)?;
    let from: &Format = match from {
        Some(from) => from,
        None => {
            let guesses = metadata::recognise(&name(file), &bytes);
            let guess = guesses.first().ok_or_else(|| unrecognised(context))?;
            metadata::format(guess.format).map_err(refused)?
        }
    };
    let read = metadata::read(from, &bytes).map_err(refused)?;
    let written = metadata::write(to, &read.description).map_err(refused)?;
    match out {
        Some(out) => std::fs::write(out, &written.bytes)?,
        None if context.json => {}
        None => std::io::stdout().write_all(&written.bytes)?,
    }
    if context.json {
        let document = out.is_none().then(|| String::from_utf8_lossy(&written.bytes).into_owned());
        return context.print_json(&json!({
            "from": from.name, "to": to.name, "encoding": read.encoding, "mediaType": written.media_type,
            "lostInReading": read.lost, "lostInWriting": written.lost, "document": document,
        }));
    }
    report(context, from, to, &read, &written.lost, out.is_some())
}

/// The report goes where the document does not.
fn report(
    context: &Context,
    from: &Format,
    to: &Format,
    read: &metadata::Read,
    written: &[Loss],
    to_file: bool,
) -> Result<(), Failed> {
    let row = |side: &str, loss: &Loss| {
        let manner = context.word("metadata-manner", loss.manner.as_str());
        vec![side.to_owned(), loss.path.clone(), manner, context.text(&loss.text).to_owned()]
    };
    let rows = read.lost.iter().map(|loss| row(from.name, loss)).chain(written.iter().map(|loss| row(to.name, loss)));
    let rows: Vec<Vec<String>> = rows.collect();
    let verdict = match rows.len() {
        0 => context.message("metadata-whole"),
        many => format!("{}: {many}", context.message("metadata-lost")),
    };
    let line = format!("{} ({}) → {}. {verdict}", from.title, read.encoding.name(), to.title);
    let head = ["metadata-side", "metadata-place", "metadata-manner", "metadata-why"].map(|id| context.message(id));
    let head = head.each_ref().map(String::as_str);
    if to_file {
        context.print(line);
        if !rows.is_empty() {
            context.print_table(&head, rows);
        }
    } else {
        let mut stderr = std::io::stderr().lock();
        writeln!(stderr, "{line}")?;
        if !rows.is_empty() {
            writeln!(stderr, "{}", context.table(&head, rows))?;
        }
    }
    Ok(())
}

fn unrecognised(context: &Context) -> Failed {
    Failed { line: Some(format!("xinyu: {}", context.message("metadata-unrecognised"))), status: 1 }
}

fn name(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The file; of a large one its end, where Parquet keeps its schema. No other format has documents of that size.
fn bytes(file: &Path) -> Result<Vec<u8>, Failed> {
    let told = |error: std::io::Error| Failed::usage(format!("{}: {error}", file.display()));
    let mut opened = File::open(file).map_err(told)?;
    let most = u64::try_from(MAX_BYTES)?;
    let length = opened.metadata().map_err(told)?.len();
    if length > most {
        let mut mark = [0; 4];
        opened.read_exact(&mut mark).map_err(told)?;
        // Of anything else one byte more than is read, so that its size is what is complained of.
        let begin = if &mark == b"PAR1" { length - most } else { length - most - 1 };
        opened.seek(SeekFrom::Start(begin)).map_err(told)?;
    }
    let mut bytes = Vec::new();
    opened.take(most + 1).read_to_end(&mut bytes).map_err(told)?;
    Ok(bytes)
}
