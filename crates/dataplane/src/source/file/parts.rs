//! Files of one form as one table: one file, or the parts in a folder. All parts have the same columns, in whatever order; a column is what its values in
//! all parts are.

use std::collections::HashMap;
use std::path::Path;

use xinyu_core::data::{Column, ColumnKind, TableSchema};
use xinyu_protocol::text::Text;

use super::super::{Description, Rows, SourceError, channel, positions, received};
use super::{Form, Found, Guess, Input, Known, Outlet, Place};

/// Files that were found and not looked at.
pub(in super::super) struct Placed {
    pub(super) name: String,
    pub(super) form: &'static Form,
    pub(super) places: Vec<(String, Place)>,
    told: Option<(String, Vec<Text>)>,
}

impl Placed {
    /// There is at least one.
    pub(super) fn new(name: String, form: &'static Form, places: Vec<(String, Place)>) -> Self {
        Self { name, form, places, told: None }
    }

    /// What it was before it became a file, and what is to be said of that.
    pub(in super::super) fn told(mut self, form: &str, notices: Vec<Text>) -> Self {
        self.told = Some((form.to_owned(), notices));
        self
    }

    /// Looks at each; they are read to their end.
    pub(in super::super) fn opened(mut self) -> Result<Opened, SourceError> {
        let places = std::mem::take(&mut self.places);
        let is_many = places.len() > 1;
        let look = |(name, place): (String, Place)| {
            let found = within(is_many, &name, reading(&place, self.form.look))?;
            Ok((name, Some(place), found))
        };
        let looked = places.into_iter().map(look).collect::<Result<_, SourceError>>()?;
        self.of(looked)
    }

    /// The table of what was found in each; those without a place were read before.
    pub(super) fn of(self, looked: Vec<(String, Option<Place>, Found)>) -> Result<Opened, SourceError> {
        let mut opened = Opened::new(self.name, self.form, looked)?;
        if let Some((form, notices)) = self.told {
            (opened.description.form, opened.description.notices) = (form, notices);
        }
        Ok(opened)
    }
}

/// Files of which all columns are known.
pub(in super::super) struct Opened {
    form: &'static Form,
    parts: Vec<Part>,
    /// Whether errors say in which file they are.
    is_many: bool,
    description: Description,
}

struct Part {
    name: String,
    /// None of what was read before.
    place: Option<Place>,
    known: Known,
}

impl Opened {
    fn new(
        name: String,
        form: &'static Form,
        looked: Vec<(String, Option<Place>, Found)>,
    ) -> Result<Self, SourceError> {
        let is_many = looked.len() > 1;
        let mut whole: Vec<(String, Guess)> = Vec::new();
        for (number, (name, _, found)) in looked.iter().enumerate() {
            if number == 0 {
                whole.clone_from(&found.columns);
            } else {
                within(is_many, name, merge(&mut whole, &found.columns))?;
            }
        }
        let columns: Vec<Column> =
            whole.iter().map(|(name, guess)| Column { name: name.clone(), kind: guess.kind() }).collect();
        let kinds: HashMap<&str, ColumnKind> = columns.iter().map(|one| (one.name.as_str(), one.kind)).collect();
        let parts: Vec<Part> =
            looked.into_iter().map(|(name, place, found)| Part { name, place, known: known(found, &kinds) }).collect();
        let rows = parts.iter().fold(0_u64, |sum, part| sum.saturating_add(part.known.rows));
        let mut encodings: Vec<&str> = parts.iter().filter_map(|part| part.known.encoding).collect();
        encodings.dedup();
        let encoding = Some(encodings.join(", ")).filter(|encodings| !encodings.is_empty());
        let ending = form.endings.first().copied().unwrap_or_default();
        let schema = TableSchema { name, columns };
        let description = Description { encoding, ..Description::new(schema, rows, ending) };
        Ok(Self { form, parts, is_many, description })
    }

    pub(in super::super) fn schema(&self) -> &TableSchema {
        &self.description.schema
    }

    pub(in super::super) fn description(&self) -> &Description {
        &self.description
    }

    /// The rows, part by part.
    pub(in super::super) fn rows(self, columns: &[String]) -> Result<Rows, SourceError> {
        positions(self.schema(), columns)?;
        let columns = columns.to_vec();
        let (sender, receiver) = channel();
        tokio::task::spawn_blocking(move || {
            let mut outlet = Outlet::new(sender);
            let outcome = self.send(&columns, &mut outlet);
            outlet.end(outcome);
        });
        Ok(received(receiver))
    }

    fn send(&self, columns: &[String], outlet: &mut Outlet) -> Result<(), SourceError> {
        for part in &self.parts {
            within(self.is_many, &part.name, part.send(self.form, columns, outlet))?;
            if outlet.is_shut {
                break;
            }
        }
        Ok(())
    }
}

impl Part {
    fn send(&self, form: &Form, columns: &[String], outlet: &mut Outlet) -> Result<(), SourceError> {
        let place = |name: &String| self.known.columns.iter().position(|column| column.name == *name);
        let chosen: Option<Vec<usize>> = columns.iter().map(place).collect();
        let chosen = chosen.ok_or(SourceError::Interrupted)?;
        let Some(place) = &self.place else { return Ok(()) };
        reading(place, |input| (form.send)(input, &self.known, &chosen, outlet))
    }
}

/// Reads a file. What went wrong where it lies says more than that it ended.
pub(super) fn reading<T>(place: &Place, read: impl FnOnce(&Input) -> Result<T, SourceError>) -> Result<T, SourceError> {
    let input = place.open()?;
    let from = |error| match error {
        SourceError::Line { line, fault } => SourceError::Line { line: line.saturating_add(input.lines()), fault },
        other => other,
    };
    read(&input).map_err(|error| input.fault().unwrap_or_else(|| from(error)))
}

/// A column of a part is what it is in the whole.
fn known(found: Found, kinds: &HashMap<&str, ColumnKind>) -> Known {
    let column = |(name, guess): (String, Guess)| {
        let kind = kinds.get(name.as_str()).copied().unwrap_or_else(|| guess.kind());
        Column { name, kind }
    };
    Known { columns: found.columns.into_iter().map(column).collect(), rows: found.rows, encoding: found.encoding }
}

/// Adds what was seen in one part to what was seen before.
pub(super) fn merge(whole: &mut [(String, Guess)], part: &[(String, Guess)]) -> Result<(), SourceError> {
    let seen: HashMap<&str, &Guess> = part.iter().map(|(name, guess)| (name.as_str(), guess)).collect();
    if seen.len() != whole.len() {
        return Err(SourceError::Columns);
    }
    for (name, guess) in whole {
        let other = seen.get(name.as_str()).ok_or(SourceError::Columns)?;
        if !guess.merge(other) {
            return Err(SourceError::Kinds(name.clone()));
        }
    }
    Ok(())
}

/// An error says in which of several files it is.
pub(super) fn within<T>(is_many: bool, name: &str, outcome: Result<T, SourceError>) -> Result<T, SourceError> {
    outcome.map_err(|error| if is_many { SourceError::Within(name.to_owned(), Box::new(error)) } else { error })
}

/// A folder and the ending of its parts, from `folder` or `folder/*.csv`.
pub(in super::super) fn taken_apart(path: &Path) -> (&Path, Option<&str>) {
    let ending = path.file_name().and_then(|name| name.to_str()?.strip_prefix("*."));
    match (ending, path.parent()) {
        (Some(ending), Some(folder)) => (folder, Some(ending)),
        _ => (path, None),
    }
}
