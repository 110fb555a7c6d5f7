//! The code tables of NDI-TR-2025-06 §7.1 and the classes of §8.2.5. To add a table is one constant.

/// A table of codes.
#[derive(Debug)]
pub struct Table {
    /// The member that holds a code of it.
    pub member: &'static str,
    /// What it is of, in Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
    /// Codes with their names.
    pub rows: &'static [(&'static str, &'static str, &'static str)],
}

impl Table {
    /// The code that is meant: the code itself, or the name that the table has for it.
    #[must_use]
    pub fn code(&self, said: &str) -> Option<&'static str> {
        let is_meant = |(code, zh, en): &&(&str, &str, &str)| {
            [*code, *zh].contains(&said) || en.eq_ignore_ascii_case(said) || code.eq_ignore_ascii_case(said)
        };
        self.rows.iter().find(is_meant).map(|(code, ..)| *code)
    }
}

/// What is registered.
pub const CATALOG_TYPE: Table = Table {
    member: "catalogType",
    zh: "目录类型",
    en: "kinds of entries",
    rows: &[("RESOURCE", "数据资源", "resource"), ("PRODUCT", "数据产品", "product")],
};

/// Table 2.
pub const SOURCE: Table = Table {
    member: "sourceType",
    zh: "数据资源来源",
    en: "sources",
    rows: &[
        ("001", "原始取得", "Original acquisition"),
        ("002", "收集取得", "Collected acquisition"),
        ("003", "交易取得", "Transaction-based acquisition"),
        ("004", "其他", "other"),
    ],
};

/// Table 3.
pub const DELIVERY: Table = Table {
    member: "deliveryMode",
    zh: "数据产品交付形式",
    en: "forms of delivery",
    rows: &[
        ("001", "数据集", "Dataset"),
        ("002", "API产品", "API product"),
        ("003", "数据应用", "Data application"),
        ("004", "数据报告", "Data report"),
        ("005", "数据对象", "Data object"),
        ("006", "其他", "Other"),
    ],
};

/// Table 4.
pub const FREQUENCY: Table = Table {
    member: "updateFrequency",
    zh: "数据更新频率",
    en: "frequencies",
    rows: &[
        ("001", "实时", "realTime"),
        ("002", "每日", "daily"),
        ("003", "每周", "weekly"),
        ("004", "每月", "monthly"),
        ("005", "每季度", "quarterly"),
        ("006", "每半年", "semiannual"),
        ("007", "每年", "annual"),
        ("008", "不定期", "irregular"),
        ("009", "历史存量", "historical"),
    ],
};

/// Table 5.
pub const QUALITY: Table = Table {
    member: "qualityLevel",
    zh: "数据质量等级",
    en: "levels of quality",
    rows: &[("001", "A级", "levelA"), ("002", "B级", "levelB"), ("003", "C级", "levelC"), ("004", "D级", "levelD")],
};

/// Table 6.
pub const SECURITY: Table = Table {
    member: "securityLevel",
    zh: "数据安全等级",
    en: "levels of security",
    rows: &[
        ("001", "1级", "level1"),
        ("002", "2级", "level2"),
        ("003", "3级", "level3"),
        ("004", "4级", "level4"),
        ("005", "5级", "level5"),
    ],
};

/// Table 7.
pub const SERVICE: Table = Table {
    member: "serviceType",
    zh: "服务类型",
    en: "kinds of services",
    rows: &[
        ("001", "目录服务", "catalogService"),
        ("002", "API服务", "apiService"),
        ("003", "文件服务", "fileService"),
        ("004", "数据库服务", "databaseService"),
        ("005", "分析服务", "analyticsService"),
    ],
};

/// Whether it has the form of a class of applications, §8.2.5: a letter of the four and four digits.
#[must_use]
pub fn is_application(code: &str) -> bool {
    code.len() == 5 && code.starts_with(['S', 'T', 'U', 'V']) && code.chars().skip(1).all(|c| c.is_ascii_digit())
}
