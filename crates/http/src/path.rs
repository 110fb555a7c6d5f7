//! Paths that mean the same to everybody. What one program normalises and the next does not is how a check is walked around.

/// Whether a path means the same to everybody who decodes or normalises it: no dot segment, empty segment, backslash or control character,
/// spelled out or percent-encoded.
pub(crate) fn is_plain_path(path_and_query: &str) -> bool {
    let path = path_and_query.split('?').next().unwrap_or_default();
    let Some(decoded) = percent_decode(path) else {
        return false;
    };
    let Some(inner) = decoded.strip_prefix(b"/") else {
        return false;
    };
    if decoded.iter().any(|byte| byte.is_ascii_control() || *byte == b'\\') {
        return false;
    }
    if inner.is_empty() {
        return true;
    }
    let inner = inner.strip_suffix(b"/").unwrap_or(inner);
    inner.split(|byte| *byte == b'/').all(|segment| !matches!(segment, b"" | b"." | b".."))
}

fn percent_decode(path: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = char::from(bytes.next()?).to_digit(16)?;
            let low = char::from(bytes.next()?).to_digit(16)?;
            decoded.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_paths_are_plain() {
        for path in [
            "/",
            "/a",
            "/a/",
            "/dsp/2025-1/negotiations/urn:uuid:7",
            "/a%20b",
            "/x/a%2Fb",
            "/a..b",
            "/.well-known/did.json",
            "/a?b=../c",
        ] {
            assert!(is_plain_path(path), "{path}");
        }
    }

    #[test]
    fn what_is_read_in_two_ways_is_not() {
        for path in [
            "",
            "//",
            "/a//",
            "a",
            "//a",
            "/a//b",
            "/a/..",
            "/a/./b",
            "/%2e%2e/a",
            "/a%2f..%2fb",
            "/a\\b",
            "/a%5Cb",
            "/a%00",
            "/a%0d%0a",
            "/a%",
            "/a%zz",
        ] {
            assert!(!is_plain_path(path), "{path}");
        }
    }
}
