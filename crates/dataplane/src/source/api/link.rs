//! The `Link` header (RFC 8288): where the next page is.

use reqwest::header::{HeaderMap, LINK};

/// The target of the first link whose relation is `next`.
pub(super) fn next(headers: &HeaderMap) -> Option<String> {
    headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).find_map(next_of)
}

fn next_of(header: &str) -> Option<String> {
    let mut rest = header;
    loop {
        let (target, behind) = rest.split_once('<')?.1.split_once('>')?;
        let (parameters, others) = until_comma(behind);
        if parameters.split(';').any(is_next) {
            return Some(target.trim().to_owned());
        }
        rest = others;
    }
}

fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let value = value.trim().trim_matches('"');
    name.trim().eq_ignore_ascii_case("rel") && value.split_whitespace().any(|one| one.eq_ignore_ascii_case("next"))
}

/// Up to the comma before the next link: one within quotes is none.
fn until_comma(text: &str) -> (&str, &str) {
    let mut is_quoted = false;
    let end = text.find(|c: char| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    });
    end.map_or((text, ""), |end| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::next_of;

    #[test]
    fn rfc_8288_links() {
        let check = |header: &str, expect: Option<&str>| {
            assert_eq!(next_of(header).as_deref(), expect, "{header}");
        };
        check(r#"</a?page=2>; rel="next""#, Some("/a?page=2"));
        check(r#"</a?page=1,x>; rel=first, </a?page=2>; title="a, b; rel=no"; rel="last next""#, Some("/a?page=2"));
        check(r#"<https://b/a>; REL=Next"#, Some("https://b/a"));
        check(r#"</a>; rel="prev", </b>; rel="nextish""#, None);
        check("", None);
        check("</a", None);
        check("</a>; rel", None);
    }
}
