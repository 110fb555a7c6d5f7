//! Events of OpenLineage as they come, read strictly in what is used and tolerantly in what is not: facets that are not known here are passed over, what is known
//! and wrong is refused with the place it stands at. OpenLineage 2-0-2, with the facets parent, schema, columnLineage, dataSource, symlinks, version and
//! lifecycleStateChange.

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;
use xinyu_protocol::json::{JsonError, Limits, parse};
use xinyu_protocol::text::Text;

use super::{Column, ColumnStep, Facets, MOST_DATASETS, Mentioned, Moment, Name, Parent, RunEvent};
use crate::fault::Rejection;

/// Of a body: 1 MiB, depth 32, as of every other.
pub const LIMITS: Limits = Limits::WIRE;
/// Events in one request at most.
pub const MOST_EVENTS: usize = 100;
/// Columns of a dataset at most.
pub const MOST_COLUMNS: usize = 2_000;
/// Steps between columns that lead to one dataset at most.
pub const MOST_COLUMN_STEPS: usize = 10_000;
/// Other names of a dataset at most.
pub const MOST_SYMLINKS: usize = 16;
/// Bytes of a name at most.
pub const MOST_NAME: usize = 1_024;
/// Bytes of a type or a kind at most.
pub const MOST_WORD: usize = 256;
/// Characters of a description that are kept.
pub const KEPT_DESCRIPTION: usize = 256;

/// One event, an array of them, or one in each line.
///
/// # Errors
/// If one of them is none, or too much of something: nothing of all is taken.
pub fn events(bytes: &[u8], is_lines: bool) -> Result<Vec<RunEvent>, Rejection> {
    if is_lines {
        let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        let mut events = Vec::new();
        for (number, line) in lines.enumerate() {
            must_be_few(number.saturating_add(1), MOST_EVENTS, "", "事件", "events")?;
            let path = format!("/{number}");
            let value: Value = parse(line, LIMITS).map_err(|error| unreadable(&error, &path))?;
            events.push(event(&At { value: &value, path })?);
        }
        return some(events);
    }
    let value: Value = parse(bytes, LIMITS).map_err(|error| unreadable(&error, ""))?;
    let whole = At { value: &value, path: String::new() };
    match &value {
        Value::Array(_) => {
            some(whole.list(MOST_EVENTS, "事件", "events")?.iter().map(event).collect::<Result<_, _>>()?)
        }
        _ => Ok(vec![event(&whole)?]),
    }
}

fn some(events: Vec<RunEvent>) -> Result<Vec<RunEvent>, Rejection> {
    if events.is_empty() {
        return Err(Rejection::bad("lineage-event", "请求中没有事件", "there is no event in the request"));
    }
    Ok(events)
}

fn unreadable(error: &JsonError, path: &str) -> Rejection {
    let (zh, en) = ("报文不是规范的 JSON", "body is not strict json");
    Rejection::bad("malformed-json", zh, en).detail(error.text()).clause(path)
}

fn must_be_few(count: usize, most: usize, path: &str, zh: &str, en: &str) -> Result<(), Rejection> {
    if count <= most {
        return Ok(());
    }
    let (zh, en) = (format!("{zh}超过 {most} 个"), format!("more than {most} {en}"));
    let next = Text::new("请拆分后分次发送", "send them in parts");
    Err(Rejection::bad("lineage-too-many", zh, en).clause(path).next(next))
}

/// A value and its place, a JSON pointer.
struct At<'v> {
    value: &'v Value,
    path: String,
}

impl<'v> At<'v> {
    fn wrong(&self, zh: &str, en: &str) -> Rejection {
        let place = if self.path.is_empty() { "/" } else { &self.path };
        let (zh, en) = (format!("OpenLineage 事件 {place} {zh}"), format!("OpenLineage event: {place} {en}"));
        Rejection::bad("lineage-event", zh, en).clause(place)
    }

    fn members(&self) -> Result<&'v Map<String, Value>, Rejection> {
        self.value.as_object().ok_or_else(|| self.wrong("应为对象", "must be an object"))
    }

    fn beside(&self, name: &str, value: &'v Value) -> At<'v> {
        At { value, path: format!("{}/{}", self.path, name.replace('~', "~0").replace('/', "~1")) }
    }

    /// What may be absent; null is absent.
    fn may(&self, name: &str) -> Result<Option<At<'v>>, Rejection> {
        let found = self.members()?.get(name).filter(|value| !value.is_null());
        Ok(found.map(|value| self.beside(name, value)))
    }

    fn must(&self, name: &str) -> Result<At<'v>, Rejection> {
        self.may(name)?.ok_or_else(|| self.beside(name, &Value::Null).wrong("缺失", "is missing"))
    }

    fn text(&self, most: usize) -> Result<String, Rejection> {
        let text = self.value.as_str().ok_or_else(|| self.wrong("应为文本", "must be text"))?;
        if text.len() > most {
            return Err(self.wrong(&format!("超过 {most} 字节"), &format!("has more than {most} bytes")));
        }
        if text.chars().any(char::is_control) {
            return Err(self.wrong("含有控制字符", "has control characters"));
        }
        Ok(text.to_owned())
    }

    fn name_text(&self) -> Result<String, Rejection> {
        let text = self.text(MOST_NAME)?;
        if text.is_empty() {
            return Err(self.wrong("不能为空", "must not be empty"));
        }
        Ok(text)
    }

    fn word(&self, name: &str) -> Result<String, Rejection> {
        self.may(name)?.map_or_else(|| Ok(String::new()), |found| found.text(MOST_WORD))
    }

    fn list(&self, most: usize, zh: &str, en: &str) -> Result<Vec<At<'v>>, Rejection> {
        let items = self.value.as_array().ok_or_else(|| self.wrong("应为数组", "must be an array"))?;
        must_be_few(items.len(), most, &self.path, zh, en)?;
        Ok(items.iter().enumerate().map(|(place, value)| self.beside(&place.to_string(), value)).collect())
    }

    fn name(&self) -> Result<Name, Rejection> {
        Ok(Name { namespace: self.must("namespace")?.name_text()?, name: self.must("name")?.name_text()? })
    }

    fn uuid(&self) -> Result<String, Rejection> {
        let text = self.text(MOST_WORD)?;
        let id = Uuid::try_parse(&text).map_err(|_| self.wrong("应为 UUID", "must be a UUID"))?;
        Ok(id.to_string())
    }
}

fn event(at: &At<'_>) -> Result<RunEvent, Rejection> {
    if at.may("run")?.is_none() && (at.may("dataset")?.is_some() || at.may("job")?.is_some()) {
        let (zh, en) =
            ("不是运行事件（RunEvent），此处只接收运行事件", "is no RunEvent, and nothing else is taken here");
        return Err(at.wrong(zh, en));
    }
    let run = at.must("run")?;
    let moment = match at.may("eventType")? {
        None => Moment::Other,
        Some(word) => moment(&word)?,
    };
    let when = at.must("eventTime")?;
    let parsed: Result<Timestamp, _> = when.text(MOST_WORD)?.parse();
    let parent = match run.may("facets")? {
        Some(facets) => facets.may("parent")?.map(|parent| read_parent(&parent)).transpose()?,
        None => None,
    };
    at.must("schemaURL")?.text(MOST_NAME)?;
    Ok(RunEvent {
        moment,
        at: parsed
            .map_err(|_| when.wrong("应为带时区的时间（RFC 3339）", "must be a time with its zone (RFC 3339)"))?,
        run: run.must("runId")?.uuid()?,
        job: at.must("job")?.name()?,
        parent,
        producer: at.must("producer")?.text(MOST_NAME)?,
        inputs: datasets(at, "inputs")?,
        outputs: datasets(at, "outputs")?,
    })
}

fn moment(word: &At<'_>) -> Result<Moment, Rejection> {
    Ok(match word.text(MOST_WORD)?.as_str() {
        "START" => Moment::Start,
        "RUNNING" => Moment::Running,
        "COMPLETE" => Moment::Complete,
        "ABORT" => Moment::Abort,
        "FAIL" => Moment::Fail,
        "OTHER" => Moment::Other,
        _ => {
            let all = "START, RUNNING, COMPLETE, ABORT, FAIL, OTHER";
            return Err(word.wrong(&format!("应为 {all} 之一"), &format!("must be one of {all}")));
        }
    })
}

fn read_parent(parent: &At<'_>) -> Result<Parent, Rejection> {
    Ok(Parent { run: parent.must("run")?.must("runId")?.uuid()?, job: parent.must("job")?.name()? })
}

fn datasets(at: &At<'_>, side: &str) -> Result<Vec<Mentioned>, Rejection> {
    let Some(list) = at.may(side)? else { return Ok(Vec::new()) };
    let read = |one: At<'_>| {
        let name = one.name()?;
        let facets = one.may("facets")?.map(|facets| read_facets(&facets, &name)).transpose()?.unwrap_or_default();
        Ok(Mentioned { name, facets })
    };
    list.list(MOST_DATASETS, "数据集", "datasets")?.into_iter().map(read).collect()
}

fn read_facets(facets: &At<'_>, own: &Name) -> Result<Facets, Rejection> {
    let one = |facet: &str, member: &str, most: usize| match facets.may(facet)? {
        Some(facet) => facet.may(member)?.map(|text| text.text(most)).transpose(),
        None => Ok(None),
    };
    Ok(Facets {
        columns: facets.may("schema")?.map(|schema| columns(&schema)).transpose()?.flatten(),
        symlinks: facets.may("symlinks")?.map(|symlinks| other_names(&symlinks)).transpose()?,
        source: one("dataSource", "name", MOST_NAME)?,
        version: one("version", "datasetVersion", MOST_NAME)?,
        lifecycle: one("lifecycleStateChange", "lifecycleStateChange", MOST_WORD)?,
        made_from: facets.may("columnLineage")?.map(|lineage| column_steps(&lineage, own)).transpose()?,
    })
}

fn columns(schema: &At<'_>) -> Result<Option<Vec<Column>>, Rejection> {
    let Some(fields) = schema.may("fields")? else { return Ok(None) };
    let column = |field: At<'_>| Ok(Column { name: field.must("name")?.name_text()?, kind: field.word("type")? });
    fields.list(MOST_COLUMNS, "字段", "fields")?.into_iter().map(column).collect::<Result<_, _>>().map(Some)
}

fn other_names(symlinks: &At<'_>) -> Result<Vec<Name>, Rejection> {
    let list = symlinks.must("identifiers")?.list(MOST_SYMLINKS, "别名", "symlinks")?;
    let mut names: Vec<Name> = list.iter().map(At::name).collect::<Result<_, _>>()?;
    names.sort();
    names.dedup();
    Ok(names)
}

fn column_steps(lineage: &At<'_>, own: &Name) -> Result<Vec<ColumnStep>, Rejection> {
    let mut steps = Vec::new();
    if let Some(fields) = lineage.may("fields")? {
        must_be_few(fields.members()?.len(), MOST_COLUMNS, &fields.path, "字段", "fields")?;
        for (to, value) in fields.members()? {
            let field = fields.beside(to, value);
            if to.len() > MOST_NAME {
                return Err(field.wrong("字段名过长", "has a name that is too long"));
            }
            if let Some(inputs) = field.may("inputFields")? {
                input_fields(&inputs, Some(to), &formerly(&field)?, &mut steps)?;
            }
        }
    }
    if let Some(inputs) = lineage.may("dataset")? {
        input_fields(&inputs, None, &How::default(), &mut steps)?;
    }
    // A dataset that is made of itself, as one that is appended to, says nothing of where it comes from.
    steps.retain(|step| step.from != *own);
    steps.sort();
    steps.dedup();
    Ok(steps)
}

/// How a column is made.
#[derive(Clone, Default)]
struct How {
    kind: String,
    subtype: String,
    is_masked: bool,
    description: String,
}

/// As it was told before transformations had a list of their own: `IDENTITY` or `MASKED`.
fn formerly(field: &At<'_>) -> Result<How, Rejection> {
    let word = field.word("transformationType")?;
    let description = description(field, "transformationDescription")?;
    let kind = if word.is_empty() { String::new() } else { "DIRECT".to_owned() };
    Ok(match word.as_str() {
        "MASKED" => How { kind, is_masked: true, description, ..How::default() },
        _ => How { kind, subtype: word, description, ..How::default() },
    })
}

fn description(at: &At<'_>, name: &str) -> Result<String, Rejection> {
    let Some(found) = at.may(name)? else { return Ok(String::new()) };
    let text = found.value.as_str().ok_or_else(|| found.wrong("应为文本", "must be text"))?;
    // It is often the whole of a query: what is kept is its beginning, in one line.
    Ok(text.chars().take(KEPT_DESCRIPTION).map(|one| if one.is_control() { ' ' } else { one }).collect())
}

fn input_fields(
    inputs: &At<'_>,
    to: Option<&String>,
    formerly: &How,
    steps: &mut Vec<ColumnStep>,
) -> Result<(), Rejection> {
    for input in inputs.list(MOST_COLUMN_STEPS, "字段血缘", "steps between columns")? {
        let (from, column) = (input.name()?, input.must("field")?.name_text()?);
        let told = match input.may("transformations")? {
            Some(list) => list.list(MOST_COLUMNS, "转换", "transformations")?,
            None => Vec::new(),
        };
        let mut hows = told.iter().map(how).collect::<Result<Vec<_>, _>>()?;
        if hows.is_empty() {
            hows.push(formerly.clone());
        }
        must_be_few(
            steps.len().saturating_add(hows.len()),
            MOST_COLUMN_STEPS,
            &input.path,
            "字段血缘",
            "steps between columns",
        )?;
        for How { kind, subtype, is_masked, description } in hows {
            let (from, column) = (from.clone(), column.clone());
            steps.push(ColumnStep { to: to.cloned(), from, column, kind, subtype, is_masked, description });
        }
    }
    Ok(())
}

fn how(told: &At<'_>) -> Result<How, Rejection> {
    let is_masked = match told.may("masking")? {
        Some(flag) => flag.value.as_bool().ok_or_else(|| flag.wrong("应为 true 或 false", "must be true or false"))?,
        None => false,
    };
    let kind = told.must("type")?.text(MOST_WORD)?;
    Ok(How { kind, subtype: told.word("subtype")?, is_masked, description: description(told, "description")? })
}
