//! Who takes part: made-up organisations, whose people carry the sample numbers of GB 11643.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::config::DeviceConfig;

/// An organisation of the demo.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Party {
    /// Unified social credit code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// 组织类型 of NDI-TR-2025-03.
    kind: &'static str,
    address: &'static str,
    person: &'static str,
    number: &'static str,
}

/// The provider.
pub(crate) const PROVIDER: Party = Party {
    code: "91310000MA7XYU103F",
    name: "申江出行数据有限公司",
    kind: "1",
    address: "上海市浦东新区示范路 1 号",
    person: "李慧敏",
    number: "11010519491231002X",
};
/// The consumer.
pub(crate) const CONSUMER: Party = Party {
    code: "91440300MA7XYU2188",
    name: "鹏城航旅科技有限公司",
    kind: "1",
    address: "深圳市南山区示范路 2 号",
    person: "陈志远",
    number: "34052419800101001X",
};
/// The regulator.
pub(crate) const REGULATOR: Party = Party {
    code: "1111000000XYU9018K",
    name: "京城数据监督管理局",
    kind: "0",
    address: "北京市西城区示范路 3 号",
    person: "周正",
    number: "11010519491231002X",
};

impl Party {
    /// What it states of itself: the body of `POST /api/v1/identity`.
    pub(crate) fn identity(&self) -> Value {
        json!({ "organisation": {
            "base": {
                "enterpriseName": self.name, "enterpriseCode": self.code, "enterpriseType": self.kind,
                "legalPerson": self.person, "legalPersonCertno": self.number, "legalPersonAuthLevel": "1",
            },
            "extend": { "enterpriseAddress": self.address },
        }})
    }

    /// Its representative: name and number.
    pub(crate) fn representative(&self) -> (&'static str, &'static str) {
        (self.person, self.number)
    }

    /// What a reviewer looks at: the bodies of `POST /api/v1/identity/attachments`.
    pub(crate) fn attachments(&self) -> [Value; 2] {
        [("01", "营业执照", "LICENCE"), ("02", "法定代表人证件", "DOCUMENT OF THE REPRESENTATIVE")].map(
            |(kind, name, title)| {
                json!({
                    "attachmentId": format!("demo-{}-{kind}", self.code),
                    "card": { "attachType": kind, "attachName": name, "attachCode": self.code },
                    "mediaType": "application/pdf",
                    "content": STANDARD.encode(pdf(&format!("SAMPLE {title} OF {}", self.code))),
                })
            },
        )
    }

    /// Its connector as a device.
    pub(crate) fn device(&self) -> DeviceConfig {
        DeviceConfig {
            name: format!("{}接入连接器", self.name),
            supplier_name: super::world::OPERATOR.1.to_owned(),
            supplier_code: super::world::OPERATOR.0.to_owned(),
            serial_number: format!("XY-{}", self.code),
            mac: "02:00:5e:10:00:01".to_owned(),
            ips: vec!["127.0.0.1".to_owned()],
            ..DeviceConfig::default()
        }
    }
}

/// One page with one line of ASCII.
fn pdf(line: &str) -> Vec<u8> {
    let text = format!("BT /F1 14 Tf 60 760 Td ({line}) Tj ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>stream\n{text}\nendstream", text.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (number, object) in (1..).zip(&objects) {
        table += &format!("{:010} 00000 n \n", file.len());
        file += &format!("{number} 0 obj{object}endobj\n");
    }
    let (size, start) = (objects.len() + 1, file.len());
    file += &format!("xref\n0 {size}\n{table}trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    file.into_bytes()
}
