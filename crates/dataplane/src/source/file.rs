//! Files, and bytes on their way, read on a blocking thread: once to learn what the columns are, again for the rows. Each form of file is a file of
//! its own here and one line of [`FORMS`].

mod answer;
mod csv;
mod decode;
mod excel;
mod json;
mod mark;
mod outlet;
mod parquet;
mod parts;
mod place;
pub(super) mod record;
mod since;
mod span;
mod spool;

use std::path::Path;

use bytes::Bytes;
use xinyu_core::data::Column;

pub(super) use self::answer::Answer;
pub(super) use self::excel::{
    CELLS_MILLION as SHEET_CELLS_MILLION, MIB as SHEET_MIB, UNPACKED_MIB as SHEET_UNPACKED_MIB,
};
pub(super) use self::mark::Mark;
use self::outlet::{Budget, Capped, Outlet};
pub(super) use self::parts::{Opened, Placed, taken_apart};
use self::place::Input;
pub(super) use self::place::{FILES_MAX, Place, Stamp, is_part};
pub(super) use self::since::Since;
pub(super) use self::spool::{Spool, Spooling};
use super::kind::Guess;
use super::{LineFault, SourceError};

/// A form of file.
struct Form {
    /// How names of such files end.
    endings: &'static [&'static str],
    /// How such a file can grow, and be read on.
    grows: Grows,
    /// What its columns are.
    look: fn(&Input) -> Result<Found, SourceError>,
    /// Sends its rows.
    send: fn(&Input, &Known, &[usize], &mut Outlet) -> Result<(), SourceError>,
}

/// How a file of a form grows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grows {
    /// Not: its end belongs to the whole.
    Not,
    /// Line by line, whatever stands in a line.
    Lines,
    /// Row by row; a line's end within quotes ends no row.
    Quoted,
}

/// One line each; the first is that of bytes without a name.
const FORMS: &[Form] = &[
    Form {
        endings: &["csv"],
        grows: Grows::Quoted,
        look: |input| csv::look(input, b','),
        send: |i, k, c, o| csv::send(i, b',', k, c, o),
    },
    Form {
        endings: &["tsv"],
        grows: Grows::Quoted,
        look: |input| csv::look(input, b'\t'),
        send: |i, k, c, o| csv::send(i, b'\t', k, c, o),
    },
    Form { endings: &["jsonl", "ndjson"], grows: Grows::Lines, look: json::look_lines, send: json::send_lines },
    Form { endings: &["json"], grows: Grows::Not, look: json::look_list, send: json::send_list },
    Form { endings: &["parquet"], grows: Grows::Not, look: parquet::look, send: parquet::send },
    Form { endings: &["xlsx"], grows: Grows::Not, look: excel::look_xlsx, send: excel::send_xlsx },
    Form { endings: &["xls"], grows: Grows::Not, look: excel::look_xls, send: excel::send_xls },
    Form { endings: &["ods"], grows: Grows::Not, look: excel::look_ods, send: excel::send_ods },
];

/// All endings, for people.
pub(super) fn endings() -> String {
    let all: Vec<String> = FORMS.iter().flat_map(|form| form.endings).map(|ending| format!(".{ending}")).collect();
    all.join(" ")
}

/// The form of a file that is called so.
fn form_of(name: &str) -> Result<&'static Form, SourceError> {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    let form = FORMS.iter().find(|form| form.endings.contains(&ending.as_str()));
    form.ok_or_else(|| SourceError::Format(name.into()))
}

/// What a look at a file finds.
#[derive(Clone)]
struct Found {
    columns: Vec<(String, Guess)>,
    rows: u64,
    /// How its text is encoded, where it has text of its own and not UTF-8.
    encoding: Option<&'static str>,
}

/// What is known of a file when its rows are read.
struct Known {
    columns: Vec<Column>,
    rows: u64,
    encoding: Option<&'static str>,
}

/// Runs what reads files where it may block.
pub(super) async fn blocking<T: Send + 'static>(
    run: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    tokio::task::spawn_blocking(run).await.unwrap_or(Err(SourceError::Interrupted))
}

/// Finds a file.
pub(super) fn open(path: &Path) -> Result<Placed, SourceError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let form = form_of(&name).map_err(|_| SourceError::Format(path.to_owned()))?;
    Ok(Placed::new(stem(&name).to_owned(), form, vec![(name, Place::file(path)?)]))
}

/// Finds all files of a folder, as one table.
pub(super) fn open_folder(path: &Path) -> Result<Placed, SourceError> {
    let (folder, ending) = taken_apart(path);
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    of_places(name, place::files_of(folder, ending)?, path)
}

/// Files of one form, in the order of their names, as one table.
pub(super) fn of_places(name: String, mut places: Vec<(String, Place)>, path: &Path) -> Result<Placed, SourceError> {
    places.sort_by(|(one, _), (other, _)| one.cmp(other));
    let Some((first, _)) = places.first() else { return Err(SourceError::Empty(path.to_owned())) };
    let form = form_of(first)?;
    for (part, _) in &places {
        if !std::ptr::eq(form_of(part)?, form) {
            return Err(SourceError::Within(part.clone(), Box::new(SourceError::Mixed)));
        }
    }
    Ok(Placed::new(name, form, places))
}

/// CSV that came from elsewhere.
pub(super) fn of_bytes(name: &str, bytes: Bytes) -> Result<Placed, SourceError> {
    let form = FORMS.first().ok_or(SourceError::Interrupted)?;
    Ok(Placed::new(name.to_owned(), form, vec![(name.to_owned(), Place::Bytes(bytes))]))
}

/// What was fetched, parts of one form: `ending` says which.
pub(super) fn of_spools(name: &str, ending: &str, spools: Vec<Spool>) -> Result<Placed, SourceError> {
    let form = form_of(&format!(".{ending}"))?;
    let called = |(number, spool)| (format!("{}", number + 1_usize), Place::Spool(spool));
    Ok(Placed::new(name.to_owned(), form, spools.into_iter().enumerate().map(called).collect()))
}

/// A name without its ending.
pub(super) fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// That columns have names, each its own.
fn must_be_named<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<(), SourceError> {
    let (mut seen, mut is_good) = (std::collections::HashSet::new(), true);
    for name in names {
        is_good &= !name.is_empty() && seen.insert(name);
    }
    if is_good && !seen.is_empty() { Ok(()) } else { Err(SourceError::Header) }
}

/// A line that is not what the file held when it was looked at.
pub(super) fn changed(line: u64) -> SourceError {
    SourceError::Line { line, fault: LineFault::Changed }
}
