//! Where data are had. An address travels with the description, so it must not carry credentials, lead into the machine that reads it, or be a program.

use url::Url;

use super::loss::Losses;

/// Schemes of addresses that may be told.
const SCHEMES: &[&str] = &[
    "http",
    "https",
    "ftp",
    "ftps",
    "sftp",
    "s3",
    "oss",
    "cos",
    "obs",
    "hdfs",
    "kafka",
    "mqtt",
    "mqtts",
    "postgresql",
    "postgres",
    "mysql",
    "amqp",
    "amqps",
    "urn",
    "doi",
    "did",
];

/// Parameters of a query that let somebody in; compared in small letters, without `-` and `_`.
const SECRETS: &[&str] = &[
    "accesskey",
    "accesskeyid",
    "accesstoken",
    "apikey",
    "auth",
    "authtoken",
    "awsaccesskeyid",
    "code",
    "credential",
    "jwt",
    "key",
    "ossaccesskeyid",
    "passwd",
    "password",
    "pwd",
    "sas",
    "secret",
    "secretkey",
    "securitytoken",
    "sessiontoken",
    "sharedaccesssignature",
    "sig",
    "signature",
    "token",
    "user",
    "username",
    "xamzcredential",
    "xamzsecuritytoken",
    "xamzsignature",
    "xosscredential",
    "xosssignature",
];

/// An address as it may be told, or none. What is taken out or refused is reported, never repeated.
pub(crate) fn clean(said: &str, path: &str, lost: &mut Losses) -> Option<String> {
    let said = said.trim();
    let Some(scheme) = scheme(said) else { return relative(said, path, lost) };
    if !SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) {
        lost.removed(
            path,
            "地址的协议不在允许之列，地址未采用",
            "the scheme of the address is none that may be told; the address is left out",
        );
        return None;
    }
    let Ok(mut url) = Url::parse(said) else {
        lost.removed(path, "地址不合语法，未采用", "the address is malformed and left out");
        return None;
    };
    let mut is_changed = false;
    if !url.username().is_empty() || url.password().is_some() {
        if url.set_username("").and_then(|()| url.set_password(None)).is_err() {
            lost.removed(path, "地址中含有凭据，地址未采用", "the address holds credentials and is left out");
            return None;
        }
        is_changed = true;
    }
    let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let kept: Vec<&(String, String)> = parameters.iter().filter(|(name, _)| !is_secret(name)).collect();
    if kept.len() < parameters.len() {
        url.query_pairs_mut().clear().extend_pairs(kept);
        if url.query() == Some("") {
            url.set_query(None);
        }
        is_changed = true;
    }
    // What an implicit grant leaves behind.
    if url.fragment().is_some_and(|fragment| {
        fragment.split('&').any(|part| is_secret(part.split('=').next().unwrap_or_default()) && part.contains('='))
    }) {
        url.set_fragment(None);
        is_changed = true;
    }
    if !is_changed {
        return Some(said.to_owned());
    }
    lost.removed(path, "地址中的凭据已去除", "credentials were taken out of the address");
    Some(url.to_string())
}

/// Whether it may stand as an IRI in a document without being escaped.
pub(crate) fn is_iri(said: &str) -> bool {
    !said.is_empty()
        && !said.chars().any(|c| {
            c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`')
        })
}

/// Whether it is an IRI with a scheme, not a path.
pub(crate) fn is_absolute(said: &str) -> bool {
    scheme(said).is_some() && is_iri(said)
}

/// A path beside the description; none above it, none from the root.
fn relative(said: &str, path: &str, lost: &mut Losses) -> Option<String> {
    let is_outside = said.starts_with(['/', '\\', '~']) || said.split(['/', '\\']).any(|part| part == "..");
    if said.is_empty() || is_outside {
        lost.removed(
            path,
            "路径越出元数据所在目录，未采用",
            "the path leads out of the folder of the description and is left out",
        );
        return None;
    }
    Some(said.to_owned())
}

fn scheme(said: &str) -> Option<&str> {
    let (scheme, _) = said.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    is_scheme.then_some(scheme)
}

fn is_secret(name: &str) -> bool {
    let name: String = name.chars().filter(|c| !matches!(c, '-' | '_' | '.')).flat_map(char::to_lowercase).collect();
    SECRETS.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_no_credentials_and_lead_nowhere_else() {
        for (said, expect) in [
            ("https://a.example/x.csv", Some("https://a.example/x.csv")),
            ("https://u:geheim@a.example/x.csv", Some("https://a.example/x.csv")),
            ("https://u@a.example/x.csv", Some("https://a.example/x.csv")),
            ("https://a.example/x?page=2&access_token=geheim", Some("https://a.example/x?page=2")),
            ("https://a.example/x?X-Amz-Signature=geheim", Some("https://a.example/x")),
            ("https://a.example/x#access_token=geheim&a=b", Some("https://a.example/x")),
            ("https://a.example/x#row=3", Some("https://a.example/x#row=3")),
            ("postgres://reader:geheim@db.example/trade", Some("postgres://db.example/trade")),
            ("javascript:alert(1)", None),
            ("data:text/csv,1", None),
            ("file:///etc/passwd", None),
            ("jdbc:mysql://u:geheim@h/x", None),
            ("/etc/passwd", None),
            ("a/../../b.csv", None),
            ("C:\\data\\x.csv", None),
            ("data/x 1.csv", Some("data/x 1.csv")),
            ("数据.csv", Some("数据.csv")),
            ("https://", None),
        ] {
            let mut lost = Losses::default();
            let kept = clean(said, "/a", &mut lost);
            assert_eq!(kept.as_deref(), expect, "{said}");
            let lost = lost.into_list();
            assert_eq!(lost.is_empty(), expect == Some(said), "{said}: {lost:?}");
            assert!(!format!("{lost:?}{kept:?}").contains("geheim"), "{said}");
        }
    }
}
