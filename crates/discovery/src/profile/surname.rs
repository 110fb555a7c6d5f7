//! Frequent Chinese surnames, and whether a text has the form of a Chinese name.

/// The most frequent surnames of one character.
const SINGLE: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁耿牟卜肖闫代付詹欧覃";

/// Surnames of two characters.
const DOUBLE: [&str; 8] = ["欧阳", "上官", "司马", "诸葛", "皇甫", "尉迟", "司徒", "慕容"];

/// Whether a text is two or three Chinese characters that begin with a frequent surname, or three or four that begin with a double one. A middle dot
/// parts the names of many minorities and is no sign of a surname in this list.
pub(super) fn is_name(text: &str) -> bool {
    let length = text.chars().count();
    let begins = |surnames: &[&str]| surnames.iter().any(|surname| text.starts_with(surname));
    text.chars().all(is_han)
        && match length {
            2 | 3 => {
                text.chars().next().is_some_and(|first| SINGLE.contains(first)) || (length == 3 && begins(&DOUBLE))
            }
            4 => begins(&DOUBLE),
            _ => false,
        }
}

/// A character of the main block or extension A.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_begin_with_a_surname() {
        for (text, expect) in [
            ("张伟", true),
            ("李晓明", true),
            ("欧阳修", true),
            ("诸葛孔明", true),
            ("北京", false),
            ("王", false),
            ("张伟公司", false),
            ("张*明", false),
            ("Zhang", false),
            ("", false),
        ] {
            assert_eq!(is_name(text), expect, "{text}");
        }
    }
}
