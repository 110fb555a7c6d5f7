//! Reads the configuration files of the official kits, so that one file serves both.

use std::collections::BTreeMap;

use anyhow::Context;

/// The lines `key=value` of a Java properties file.
#[derive(Debug, Clone)]
pub(crate) struct Properties(pub(crate) BTreeMap<String, String>);

impl Properties {
    /// Reads the text; a comment begins with `#` or `!`, and a backslash keeps the character behind it.
    pub(crate) fn parse(text: &str) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '!']));
        let pairs = lines.filter_map(|line| line.split_once('='));
        Self(pairs.map(|(key, value)| (key.trim().to_owned(), unescape(value.trim()))).collect())
    }

    /// A value that must be there.
    pub(crate) fn need(&self, key: &str) -> anyhow::Result<String> {
        self.find(key).with_context(|| format!("the configuration has no {key}"))
    }

    /// A value, unless it is missing or blank.
    pub(crate) fn find(&self, key: &str) -> Option<String> {
        self.0.get(key).filter(|value| !value.is_empty()).cloned()
    }
}

fn unescape(value: &str) -> String {
    let mut plain = String::new();
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_properties_file_is_read() {
        let properties = Properties::parse("# a = b\n\nurl = http://a:1/b?c=d\nheader={\\\"clientId\\\": 1}\nblank=\n");
        assert_eq!(properties.find("url").as_deref(), Some("http://a:1/b?c=d"));
        assert_eq!(properties.find("header").as_deref(), Some("{\"clientId\": 1}"));
        assert_eq!(properties.find("blank"), None);
        assert_eq!(properties.find("# a"), None);
        assert!(properties.need("other").is_err());
    }
}
