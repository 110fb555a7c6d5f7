//! Short lists of codes that terms have.

/// A code with its name in Chinese and in English.
pub(super) type Row = (&'static str, &'static str, &'static str);

/// GB/T 2261.1.
pub(super) const GENDER: &[Row] =
    &[("0", "未知的性别", "unknown"), ("1", "男", "male"), ("2", "女", "female"), ("9", "未说明的性别", "not stated")];

/// ISO 4217, those that most trade is in.
pub(super) const CURRENCY: &[Row] = &[
    ("CNY", "人民币", "yuan renminbi"),
    ("USD", "美元", "US dollar"),
    ("EUR", "欧元", "euro"),
    ("HKD", "港元", "Hong Kong dollar"),
    ("JPY", "日元", "yen"),
    ("GBP", "英镑", "pound sterling"),
    ("KRW", "韩元", "won"),
    ("SGD", "新加坡元", "Singapore dollar"),
    ("AUD", "澳大利亚元", "Australian dollar"),
    ("RUB", "俄罗斯卢布", "Russian ruble"),
];

/// The colours of vehicle plates, GA 36-2018.
pub(super) const PLATE_COLOUR: &[Row] = &[
    ("blue", "蓝", "blue"),
    ("yellow", "黄", "yellow"),
    ("green", "绿", "green"),
    ("yellow-green", "黄绿", "yellow and green"),
    ("black", "黑", "black"),
    ("white", "白", "white"),
];
