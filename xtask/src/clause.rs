//! Tests that are named like a clause: `tc609_15_7_1_2_3_default_deny` tests clause 7.1.2.3 of TC609-6-2025-15.

pub(crate) mod list;

use std::collections::VecDeque;

use crate::project::{Project, TextFile};

/// The standards by the prefix of their tests, in the order of docs/conformance.md. One line each; the longest prefix wins.
/// A title that ends in a blank takes the number that follows the prefix.
pub(crate) const STANDARDS: &[(&str, &str)] = &[
    ("tc609_01", "TC609-6-2025-01 可信数据空间技术架构"),
    ("tc609_11", "TC609-6-2025-11 区域/行业功能节点技术要求"),
    ("tc609_12", "TC609-6-2025-12 数据基础设施接入管理"),
    ("tc609_13", "TC609-6-2025-13 数据基础设施安全能力通用要求"),
    ("tc609_14", "TC609-6-2025-14 可信数据空间数字合约技术要求"),
    ("tc609_15", "TC609-6-2025-15 可信数据空间使用控制技术要求"),
    ("tc609_16", "TC609-6-2025-16 可信数据空间技术能力评价规范"),
    ("ndi_01", "NDI-TR-2025-01 数据基础设施参考架构"),
    ("ndi_02", "NDI-TR-2025-02 互联互通基本要求"),
    ("ndi_03", "NDI-TR-2025-03 用户身份管理和接入要求"),
    ("ndi_04", "NDI-TR-2025-04 标识要求"),
    ("ndi_05", "NDI-TR-2025-05 接入连接器技术要求"),
    ("ndi_06", "NDI-TR-2025-06 数据目录描述要求"),
    ("dsp_2025_1", "Dataspace Protocol 2025-1"),
    ("dcp_1_0", "Decentralized Claims Protocol 1.0"),
    ("dps_1_0", "Data Plane Signaling 1.0"),
    ("odrl_2_2", "ODRL Information Model 2.2"),
    ("c2sp", "C2SP transparency log formats"),
    ("gb_t", "GB/T "),
    ("gb", "GB "),
    ("gm_t", "GM/T "),
    ("rfc", "RFC "),
];

/// A test whose name begins with a standard's prefix.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ClauseTest {
    /// The row of [`STANDARDS`].
    pub(crate) order: usize,
    /// `TC609-6-2025-15 …`, `RFC 8785`.
    pub(crate) document: String,
    /// `7.1.2.3`, `A.2`, `6.1a`; empty when the test is about the document as a whole.
    pub(crate) clause: String,
    /// What is tested, in words: the rest of the name.
    pub(crate) subject: String,
    pub(crate) name: String,
    pub(crate) path: String,
}

/// Every such test of the project, in the order of standards and clauses.
pub(crate) fn clause_tests(project: &Project) -> Vec<ClauseTest> {
    let mut tests: Vec<ClauseTest> = project.ending(".rs").flat_map(tests_of).collect();
    tests.sort_by_cached_key(|test| {
        (test.order, test.document.clone(), sort_key(&test.clause), test.name.clone(), test.path.clone())
    });
    tests
}

/// A name that has the look of a clause but whose document is not in the list.
pub(crate) fn is_unknown(name: &str) -> bool {
    let family = ["tc609", "ndi", "dsp", "dcp", "dps", "odrl"]
        .into_iter()
        .find_map(|family| name.strip_prefix(family)?.strip_prefix('_'));
    family.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) && parse(name).is_none()
}

/// The names of the test functions of a file: a `fn` under an attribute whose last word is `test`.
pub(crate) fn test_names(file: &TextFile) -> Vec<&str> {
    let mut names = Vec::new();
    let mut under_test = false;
    for line in file.text.lines().map(str::trim) {
        if line.starts_with("#[") {
            let attribute = line.trim_start_matches("#[").split(['(', ']']).next().unwrap_or_default();
            under_test |= attribute.rsplit("::").next() == Some("test");
        } else if let Some(name) = function_name(line) {
            if under_test {
                names.push(name);
            }
            under_test = false;
        } else if !line.is_empty() && !line.starts_with("//") {
            under_test = false;
        }
    }
    names
}

fn tests_of(file: &TextFile) -> Vec<ClauseTest> {
    let described = test_names(file).into_iter().filter_map(|name| {
        let (order, document, clause, subject) = parse(name)?;
        Some(ClauseTest { order, document, clause, subject, name: name.to_owned(), path: file.path.clone() })
    });
    described.collect()
}

fn function_name(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let rest = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

/// The row, document, clause and subject that a test's name says.
fn parse(name: &str) -> Option<(usize, String, String, String)> {
    let matching = STANDARDS.iter().enumerate().filter_map(|(order, (prefix, title))| {
        Some((prefix.len(), order, *title, name.strip_prefix(prefix)?.strip_prefix('_')?))
    });
    let (_, order, title, rest) = matching.max_by_key(|(length, ..)| *length)?;
    let mut words: VecDeque<&str> = rest.split('_').collect();
    let mut document = title.to_owned();
    if title.ends_with(' ') {
        document.push_str(words.pop_front().filter(|word| is_number(word))?);
        if let Some(year) = words.front().filter(|word| is_number(word) && word.len() == 4) {
            document = format!("{document}-{year}");
            words.pop_front();
        }
    }
    let mut clause: Vec<String> = Vec::new();
    if let [annex, next, ..] = *words.make_contiguous()
        && is_annex(annex, next)
    {
        clause.push(annex.to_uppercase());
        words.pop_front();
    }
    while let Some(part) = words.front().filter(|word| is_item(word)) {
        clause.push((*part).to_owned());
        words.pop_front();
    }
    Some((order, document, clause.join("."), Vec::from(words).join(" ")))
}

/// A letter opens an annex's clause when a number follows, or when it is no word of English.
fn is_annex(word: &str, next: &str) -> bool {
    word.len() == 1 && !is_number(word) && (is_item(next) || !matches!(word, "a" | "i"))
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// `7`, or `1a` as the evaluation list counts.
fn is_item(word: &str) -> bool {
    is_number(word) || is_number(word.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or_default())
}

/// 7.1.10 comes after 7.1.9, 6.1b after 6.1a, annexes last.
fn sort_key(clause: &str) -> Vec<(bool, u64, String)> {
    let part = |part: &str| {
        let letters = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = part.strip_suffix(letters).and_then(|digits| digits.parse().ok());
        (number.is_none(), number.unwrap_or_default(), letters.to_owned())
    };
    clause.split('.').filter(|part| !part.is_empty()).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::{STANDARDS, is_unknown, parse, sort_key, test_names};
    use crate::project::TextFile;

    fn check(name: &str, expect: Option<(&str, &str, &str)>) {
        let parsed = parse(name);
        let parsed = parsed
            .as_ref()
            .map(|(_, document, clause, subject)| (document.as_str(), clause.as_str(), subject.as_str()));
        assert_eq!(parsed, expect, "{name}");
    }

    #[test]
    fn a_name_says_document_clause_and_subject() {
        let usage = "TC609-6-2025-15 可信数据空间使用控制技术要求";
        check("tc609_15_7_1_2_3_default_deny", Some((usage, "7.1.2.3", "default deny")));
        check("tc609_15_a_2_region", Some((usage, "A.2", "region")));
        check("tc609_15_c_region", Some((usage, "C", "region")));
        check("tc609_15_a_policy_is_kept", Some((usage, "", "a policy is kept")));
        check("tc609_16_6_1a_register", Some(("TC609-6-2025-16 可信数据空间技术能力评价规范", "6.1a", "register")));
        check("dsp_2025_1_offer_to_agreement", Some(("Dataspace Protocol 2025-1", "", "offer to agreement")));
        check("gb_t_32918_a_1_signature", Some(("GB/T 32918", "A.1", "signature")));
        check("gb_t_35273_2020_5_4_consent", Some(("GB/T 35273-2020", "5.4", "consent")));
        check("gb_11643_1999_check_digit", Some(("GB 11643-1999", "", "check digit")));
        check("rfc_8785_3_2_3_sorting", Some(("RFC 8785", "3.2.3", "sorting")));
        check("rfc_fields_are_kept", None);
        check("tc609_15", None);
        check("tc609_99_1_nothing", None);
        check("negotiation_ends", None);
    }

    #[test]
    fn a_document_that_nobody_listed_is_noticed() {
        for (name, expect) in
            [("tc609_99_1_x", true), ("dsp_2024_1_x", true), ("tc609_14_7_3_x", false), ("ndi_contract_x", false)]
        {
            assert_eq!(is_unknown(name), expect, "{name}");
        }
    }

    #[test]
    fn clauses_are_in_the_order_of_the_standard() {
        let mut clauses = ["A.2", "7.1.10", "6.1b", "7.1.9", "6.1a", "", "7"];
        clauses.sort_by_cached_key(|clause| sort_key(clause));
        assert_eq!(clauses, ["", "6.1a", "6.1b", "7", "7.1.9", "7.1.10", "A.2"]);
    }

    #[test]
    fn only_functions_under_a_test_attribute_are_tests() {
        let text = "#[test]\nfn one() {}\nfn none() {}\n#[tokio::test(flavor = \"x\")]\n// why\nasync fn two() {}\n#[cfg(test)]\nfn not() {}\n\
                    proptest! {\n    #[test]\n    fn three(x in 0..9) {}\n}";
        let file = TextFile { path: String::new(), text: text.to_owned() };
        assert_eq!(test_names(&file), ["one", "two", "three"]);
    }

    #[test]
    fn a_prefix_stands_once() {
        let mut prefixes: Vec<&str> = STANDARDS.iter().map(|(prefix, _)| *prefix).collect();
        prefixes.sort_unstable();
        assert!(prefixes.windows(2).all(|pair| pair.first() != pair.last()));
    }
}
