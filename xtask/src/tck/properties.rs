//! A file of Java properties: `key=value` lines, in UTF-8 as our readers open it.

/// The file's text. A backslash, a line's end and a space at the start mean something in a value; in our keys nothing does.
pub(crate) fn text(pairs: &[(String, String)]) -> String {
    let mut text = String::new();
    for (key, value) in pairs {
        let value = value.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
        let mark = if value.starts_with(' ') { "\\" } else { "" };
        text.push_str(&format!("{key}={mark}{value}\n"));
    }
    text
}

/// Pairs from what is written in code.
pub(crate) fn pairs(written: &[(&str, &str)]) -> Vec<(String, String)> {
    written.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::{pairs, text};

    #[test]
    fn a_value_comes_back_as_it_was() {
        let written = pairs(&[("a.b", "http://x/?y=1:2"), ("c", r#"{"clientId":"甲\"}"#), ("d", " e\nf")]);
        assert_eq!(text(&written), "a.b=http://x/?y=1:2\nc={\"clientId\":\"甲\\\\\"}\nd=\\ e\\nf\n");
    }
}
