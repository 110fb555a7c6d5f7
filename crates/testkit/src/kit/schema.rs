//! The shape of what the subject sends: the official JSON schemas if the folder in `XINYU_VECTORS` has them, else the essentials by hand.

use std::path::{Path, PathBuf};

use anyhow::Context;
use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

/// A kind of message: its name, the file of its schema, and the members without which it is none.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    /// The folder of the official vectors, and the file in it.
    pub(crate) protocol: &'static str,
    pub(crate) file: &'static str,
    pub(crate) required: &'static [&'static str],
}

/// Checks messages of one protocol.
#[derive(Debug)]
pub(crate) struct Schemas {
    shapes: &'static [Shape],
    /// Beside each shape its validator; empty without the official folder.
    validators: Vec<Validator>,
}

impl Schemas {
    /// The official schemas of the shapes; without the folder, the essentials alone.
    pub(crate) fn load(shapes: &'static [Shape]) -> anyhow::Result<Self> {
        let validators = match std::env::var_os("XINYU_VECTORS") {
            Some(vectors) => validators(Path::new(&vectors), shapes)
                .with_context(|| format!("schemas in {}", Path::new(&vectors).display()))?,
            None => Vec::new(),
        };
        Ok(Self { shapes, validators })
    }

    /// The essentials alone.
    #[cfg(test)]
    pub(crate) fn bare(shapes: &'static [Shape]) -> Self {
        Self { shapes, validators: Vec::new() }
    }

    /// Checks a message of the shape `name`.
    pub(crate) fn check(&self, name: &str, message: &Value) -> Result<(), String> {
        let Some(place) = self.shapes.iter().position(|shape| shape.name == name) else {
            return Err(format!("{name} is no known message: {message}"));
        };
        let members = self.shapes.get(place).map(|shape| shape.required).unwrap_or_default();
        if let Some(missing) = members.iter().find(|member| message.get(**member).is_none_or(Value::is_null)) {
            return Err(format!("{name} has no {missing}: {message}"));
        }
        let Some(validator) = self.validators.get(place) else {
            return Ok(());
        };
        let faults: Vec<String> =
            validator.iter_errors(message).map(|error| format!("{}: {error}", error.instance_path())).collect();
        if faults.is_empty() { Ok(()) } else { Err(format!("{name} breaks its schema: {}", faults.join("; "))) }
    }
}

fn validators(vectors: &Path, shapes: &[Shape]) -> anyhow::Result<Vec<Validator>> {
    let mut registry = Registry::new();
    for (folder, prefix) in PROTOCOLS {
        let folder = vectors.join(folder);
        for file in schema_files(&folder)? {
            let name = file.strip_prefix(&folder)?.to_string_lossy().into_owned();
            registry = registry.add(format!("{prefix}{name}"), read(&file)?)?;
        }
    }
    let registry = registry.prepare()?;
    let validator = |shape: &Shape| {
        let (_, prefix) = PROTOCOLS.iter().find(|(folder, _)| *folder == shape.protocol).context(shape.protocol)?;
        let schema = json!({"$ref": format!("{prefix}{}", shape.file)});
        Ok(jsonschema::options().with_registry(&registry).offline().build(&schema)?)
    };
    shapes.iter().map(validator).collect()
}

fn schema_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(schema_files(&path)?);
        } else if path.to_string_lossy().ends_with("schema.json") {
            files.push(path);
        }
    }
    Ok(files)
}

fn read(file: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    // Some official references forget the slash before the pointer.
    let text = text.replace("json#definitions/", "json#/definitions/");
    serde_json::from_str(&text).with_context(|| file.display().to_string())
}

/// The folders of the official vectors, and what a file's name there is appended to. The second folder refers to the first.
const PROTOCOLS: &[(&str, &str)] =
    &[("dsp-2025-1", "https://w3id.org/dspace/2025/1/"), ("dps-1.0-RC3", "https://w3id.org/dspace-sig/v1.0/")];
