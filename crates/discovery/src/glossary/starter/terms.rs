//! The terms, one row for each.

use xinyu_core::data::ColumnKind::{Boolean, Date, Integer, Real, Text, Timestamp};

use super::codes::{CURRENCY, GENDER, PLATE_COLOUR};
use super::row::Row;
use crate::profile::Pattern;

/// All of them.
pub(super) const TERMS: &[Row] = &[
    Row::of(
        "identifier",
        ("标识", "identifier", "唯一标识|编号|主键|ID|uuid"),
        Text,
        ("区分一个对象的编码", "what tells an object from others"),
    )
    .same_as(&["identifier"]),
    Row::of("name", ("名称", "name", "名字|title|标题"), Text, ("对象的称呼", "what an object is called"))
        .same_as(&["name"]),
    Row::of(
        "credit-code",
        (
            "统一社会信用代码",
            "unified social credit code",
            "社会信用代码|信用代码|组织机构代码|organization code|USCC|credit code|组织信用代码|税号|纳税人识别号|taxpayer number",
        ),
        Text,
        ("GB 32100 规定的 18 位组织代码", "the 18 characters of an organisation, GB 32100"),
    )
    .like(Pattern::CreditCode)
    .under("identifier"),
    Row::of(
        "organization-name",
        ("企业名称", "organization name", "单位全称|机构全称|商户名称|legal name|enterprise name|entity name"),
        Text,
        ("登记机关登记的组织名称", "the registered name of an organisation"),
    )
    .under("name")
    .same_as(&["legalName"]),
    Row::of(
        "legal-representative",
        ("法定代表人", "legal representative", "法人代表|法人姓名|法人|legal person"),
        Text,
        ("依法代表组织的自然人姓名", "the name of who represents an organisation by law"),
    )
    .like(Pattern::ChineseName)
    .under("person-name"),
    Row::of(
        "registered-capital",
        ("注册资本", "registered capital", "注册资金|注册资本金|认缴资本"),
        Real,
        ("登记的资本数额", "the capital as registered"),
    )
    .under("amount"),
    Row::of(
        "registration-date",
        ("成立日期", "registration date", "注册日期|登记日期|成立时间|founding date|establishment date"),
        Date,
        ("组织登记成立的日期", "when an organisation was registered"),
    )
    .same_as(&["foundingDate"]),
    Row::of(
        "business-scope",
        ("经营范围", "business scope", "业务范围|scope of business"),
        Text,
        ("登记的经营活动", "the activities as registered"),
    ),
    Row::of(
        "industry-code",
        ("行业代码", "industry code", "国民经济行业代码|行业分类|行业类别|industry"),
        Text,
        ("GB/T 4754 的行业分类", "the class of GB/T 4754"),
    )
    .same_as(&["industry"]),
    Row::of(
        "employee-count",
        ("从业人数", "number of employees", "员工人数|职工人数|在职人数|employee count|headcount"),
        Integer,
        ("组织的从业人员数", "how many work for an organisation"),
    )
    .between(0.0, 10000000.0)
    .under("quantity")
    .same_as(&["numberOfEmployees"]),
    Row::of(
        "person-name",
        ("姓名", "person name", "名姓|真实姓名|人员姓名|full name|real name|user name"),
        Text,
        ("自然人的姓名", "the name of a person"),
    )
    .like(Pattern::ChineseName)
    .under("name"),
    Row::of(
        "citizen-id",
        (
            "公民身份号码",
            "citizen number",
            "身份证号|身份证号码|身份证|证件号码|id card|id card number|id number|identity card number",
        ),
        Text,
        ("GB 11643 规定的 18 位号码", "the 18 characters of a citizen, GB 11643"),
    )
    .like(Pattern::CitizenId)
    .under("identifier"),
    Row::of(
        "passport",
        ("护照号码", "passport number", "护照号|passport"),
        Text,
        ("护照的号码", "the number of a passport"),
    )
    .like(Pattern::Passport)
    .under("identifier"),
    Row::of("gender", ("性别", "gender", "男女"), Text, ("GB/T 2261.1 的性别代码", "the code of GB/T 2261.1"))
        .one_of(GENDER)
        .same_as(&["gender"]),
    Row::of(
        "birth-date",
        ("出生日期", "birth date", "出生年月|生日|date of birth|birthday"),
        Date,
        ("自然人的出生日期", "when a person was born"),
    )
    .same_as(&["birthDate"]),
    Row::of("age", ("年龄", "age", "周岁|年纪"), Integer, ("周岁", "years of age")).between(0.0, 130.0),
    Row::of("nationality", ("国籍", "nationality", "国家|country"), Text, ("国家或地区代码", "a country or region"))
        .same_as(&["nationality"]),
    Row::of(
        "mobile",
        ("手机号码", "mobile number", "手机|移动电话|联系手机|mobile|mobile telephone"),
        Text,
        ("移动电话号码", "the number of a mobile telephone"),
    )
    .like(Pattern::Mobile)
    .under("telephone"),
    Row::of(
        "telephone",
        ("联系电话", "telephone number", "电话|电话号码|固定电话|座机|contact number|telephone"),
        Text,
        ("可联系的电话号码", "a number to call"),
    )
    .like(Pattern::Landline)
    .same_as(&["telephone"]),
    Row::of(
        "email",
        ("电子邮箱", "email", "邮箱|电子邮件|邮箱地址|mail|email address|e mail"),
        Text,
        ("电子邮件地址", "an address of electronic mail"),
    )
    .like(Pattern::Email)
    .same_as(&["email"]),
    Row::of(
        "address",
        ("地址", "address", "住址|通讯地址|详细地址|联系地址|家庭住址|注册地址|street address"),
        Text,
        ("到门牌的地址", "an address down to the door"),
    )
    .like(Pattern::Address)
    .same_as(&["address"]),
    Row::of("postal-code", ("邮政编码", "postal code", "邮编"), Text, ("六位邮政编码", "the six digits of the post"))
        .same_as(&["postalCode"]),
    Row::of(
        "bank-card",
        ("银行卡号", "bank card number", "银行账号|银行账户|卡号|bank account|account number|card number"),
        Text,
        ("银行卡的号码", "the number of a bank card"),
    )
    .like(Pattern::BankCard)
    .under("identifier"),
    Row::of(
        "bank-name",
        ("开户银行", "bank name", "开户行|银行名称|bank"),
        Text,
        ("开立账户的银行", "the bank that keeps an account"),
    )
    .under("name"),
    Row::of(
        "region-code",
        ("行政区划代码", "region code", "行政区划|区划代码|地区代码|区域代码|area code|region|division code|adcode"),
        Text,
        ("GB/T 2260 的区划代码", "the code of GB/T 2260"),
    )
    .same_as(&["addressRegion"]),
    Row::of("province", ("省份", "province", "省|所在省"), Text, ("省级行政区", "a province")).under("region-code"),
    Row::of("city", ("城市", "city", "地市|所在市|市"), Text, ("地级行政区", "a city"))
        .under("region-code")
        .same_as(&["addressLocality"]),
    Row::of(
        "longitude",
        ("经度", "longitude", "经度坐标|x 坐标|gps longitude"),
        Real,
        ("以度为单位的经度", "degrees east"),
    )
    .between(-180.0, 180.0)
    .same_as(&["longitude"]),
    Row::of(
        "latitude",
        ("纬度", "latitude", "纬度坐标|y 坐标|gps latitude"),
        Real,
        ("以度为单位的纬度", "degrees north"),
    )
    .between(-90.0, 90.0)
    .same_as(&["latitude"]),
    Row::of(
        "altitude",
        ("海拔", "elevation", "高程|海拔高度|altitude"),
        Real,
        ("以米为单位的高程", "metres above the sea"),
    )
    .between(-500.0, 9000.0)
    .same_as(&["elevation"]),
    Row::of(
        "plate",
        (
            "车牌号",
            "vehicle plate",
            "车牌号码|号牌号码|车辆号牌|机动车号牌|牌照号|车辆牌照|plate|plate number|licence plate|vehicle number",
        ),
        Text,
        ("GA 36 的机动车号牌", "the plate of a vehicle, GA 36"),
    )
    .like(Pattern::VehiclePlate)
    .under("identifier"),
    Row::of(
        "plate-colour",
        ("号牌颜色", "plate colour", "车牌颜色|plate color"),
        Text,
        ("机动车号牌的颜色", "the colour of a plate"),
    )
    .one_of(PLATE_COLOUR),
    Row::of(
        "vin",
        ("车辆识别代号", "vehicle identification number", "车架号|车辆识别码|VIN|chassis number"),
        Text,
        ("GB 16735 的 17 位代号", "the 17 characters of GB 16735"),
    )
    .under("identifier")
    .same_as(&["vehicleIdentificationNumber"]),
    Row::of(
        "vehicle-type",
        ("车辆类型", "vehicle type", "车型|车辆型号|vehicle model"),
        Text,
        ("车辆的类型", "what sort of vehicle it is"),
    ),
    Row::of("speed", ("速度", "speed", "车速|行驶速度|velocity"), Real, ("行驶的速度", "how fast something moves"))
        .between(0.0, 1200.0)
        .same_as(&["speed"]),
    Row::of(
        "ship-name",
        ("船名", "ship name", "船舶名称|vessel name|vessel"),
        Text,
        ("船舶的名称", "the name of a ship"),
    )
    .under("name"),
    Row::of("port", ("港口", "port", "港口名称|装货港|卸货港|port name"), Text, ("港口", "a port")).under("name"),
    Row::of(
        "container-number",
        ("集装箱号", "container number", "箱号|柜号|container"),
        Text,
        ("ISO 6346 的箱号", "the number of ISO 6346"),
    )
    .under("identifier"),
    Row::of(
        "waybill-number",
        ("运单号", "waybill number", "运单编号|快递单号|物流单号|提单号|tracking number|waybill"),
        Text,
        ("运输单据的号码", "the number of a waybill"),
    )
    .under("identifier")
    .same_as(&["trackingNumber"]),
    Row::of(
        "order-number",
        ("订单号", "order number", "订单编号|order id|单据号"),
        Text,
        ("订单的号码", "the number of an order"),
    )
    .under("identifier")
    .same_as(&["orderNumber"]),
    Row::of(
        "contract-number",
        ("合同编号", "contract number", "合约编号|合同号|协议编号|agreement number|contract id"),
        Text,
        ("合同的编号", "the number of a contract"),
    )
    .under("identifier"),
    Row::of(
        "invoice-number",
        ("发票号码", "invoice number", "发票号|invoice no"),
        Text,
        ("发票的号码", "the number of an invoice"),
    )
    .under("identifier"),
    Row::of(
        "product-name",
        ("产品名称", "product name", "商品名称|品名|货物名称|goods name|item name"),
        Text,
        ("产品的名称", "the name of a product"),
    )
    .under("name"),
    Row::of(
        "product-code",
        ("商品编码", "product code", "产品编码|货号|物料编码|sku|hs code|海关编码"),
        Text,
        ("商品的编码", "the code of a product"),
    )
    .under("identifier")
    .same_as(&["sku"]),
    Row::of(
        "model",
        ("规格型号", "model", "型号|规格|specification"),
        Text,
        ("产品的规格和型号", "the make of a product"),
    )
    .same_as(&["model"]),
    Row::of("quantity", ("数量", "quantity", "件数|count|个数"), Real, ("多少", "how many or how much"))
        .same_as(&["orderQuantity"]),
    Row::of("unit", ("计量单位", "unit", "单位名|unit of measure|uom"), Text, ("数量的单位", "the unit of a quantity"))
        .same_as(&["unitText"]),
    Row::of("unit-price", ("单价", "unit price", "price|价格|售价"), Real, ("一个单位的价格", "the price of one unit"))
        .under("amount")
        .same_as(&["price"]),
    Row::of(
        "amount",
        ("金额", "amount", "总金额|总价|总额|total amount|total price|订单金额|交易金额"),
        Real,
        ("以货币计的数额", "an amount of money"),
    ),
    Row::of(
        "currency",
        ("币种", "currency", "货币|货币代码|币别|currency code"),
        Text,
        ("ISO 4217 的货币代码", "the code of ISO 4217"),
    )
    .one_of(CURRENCY)
    .same_as(&["priceCurrency"]),
    Row::of("tax-rate", ("税率", "tax rate", "增值税率|vat rate"), Real, ("税额占的比例", "the share of a tax"))
        .between(0.0, 100.0),
    Row::of(
        "balance",
        ("余额", "balance", "账户余额|account balance|结余"),
        Real,
        ("账户的余额", "what is left on an account"),
    )
    .under("amount"),
    Row::of(
        "weight",
        ("重量", "weight", "毛重|净重|gross weight|net weight"),
        Real,
        ("物品的重量", "how much something weighs"),
    )
    .between(0.0, 1000000000000.0)
    .same_as(&["weight"]),
    Row::of("volume", ("体积", "volume", "方量|容积"), Real, ("物品的体积", "how much room something takes"))
        .between(0.0, 1000000000000.0),
    Row::of(
        "created-at",
        ("创建时间", "created time", "建立时间|录入时间|created at|creation time|created date|创建日期"),
        Timestamp,
        ("记录建立的时间", "when a record was made"),
    )
    .same_as(&["dateCreated"]),
    Row::of(
        "updated-at",
        ("更新时间", "updated time", "修改时间|最后修改时间|updated at|last updated|date updated|变更时间|updated"),
        Timestamp,
        ("记录最近一次变更的时间", "when a record was last changed"),
    )
    .same_as(&["dateModified"]),
    Row::of(
        "start-date",
        ("开始日期", "start date", "起始日期|生效日期|开始时间|start time|begin date|effective date"),
        Date,
        ("从哪一天起", "from which day"),
    )
    .same_as(&["startDate"]),
    Row::of(
        "end-date",
        ("结束日期", "end date", "截止日期|终止日期|失效日期|结束时间|end time|expiry date|valid until"),
        Date,
        ("到哪一天止", "until which day"),
    )
    .same_as(&["endDate"]),
    Row::of(
        "deleted",
        ("是否删除", "deleted", "删除标志|删除标识|is deleted|delete flag"),
        Boolean,
        ("记录是否已作废", "whether a record is void"),
    ),
    Row::of(
        "status",
        ("状态", "status", "状态码|state|status code"),
        Text,
        ("对象所处的状态", "where an object stands"),
    ),
    Row::of(
        "remark",
        ("备注", "remark", "说明|附注|comment|note|description|描述"),
        Text,
        ("补充的文字", "further words"),
    )
    .same_as(&["description"]),
    Row::of(
        "department",
        ("部门", "department", "科室|所属部门|department name"),
        Text,
        ("组织的内设部门", "a part of an organisation"),
    )
    .under("name")
    .same_as(&["department"]),
    Row::of(
        "medical-record-number",
        ("病历号", "medical record number", "病案号|住院号|就诊号|patient number|patient id"),
        Text,
        ("病历的号码", "the number of a medical record"),
    )
    .under("identifier"),
    Row::of(
        "diagnosis",
        ("诊断", "diagnosis", "诊断名称|疾病名称|临床诊断|disease|icd"),
        Text,
        ("医生的诊断", "what a physician found"),
    ),
    Row::of(
        "temperature",
        ("温度", "temperature", "气温|体温|水温"),
        Real,
        ("以摄氏度为单位的温度", "degrees Celsius"),
    )
    .between(-100.0, 2000.0),
    Row::of(
        "humidity",
        ("湿度", "humidity", "相对湿度|relative humidity|rh"),
        Real,
        ("以百分数计的相对湿度", "relative humidity in per cent"),
    )
    .between(0.0, 100.0),
    Row::of(
        "pm25",
        ("细颗粒物浓度", "PM2.5", "PM2.5 浓度|fine particles"),
        Real,
        ("每立方米微克数", "micrograms a cubic metre"),
    )
    .between(0.0, 2000.0),
    Row::of(
        "electricity",
        ("用电量", "electricity consumption", "耗电量|电量|power consumption|kwh"),
        Real,
        ("以千瓦时为单位的用电量", "kilowatt-hours used"),
    )
    .under("quantity"),
    Row::of(
        "device-id",
        ("设备编号", "device number", "设备号|设备标识|device id|sensor id|equipment number"),
        Text,
        ("设备的编号", "the number of a device"),
    )
    .under("identifier"),
    Row::of(
        "ip-address",
        ("互联网地址", "IP address", "IP|网络地址"),
        Text,
        ("设备在网络中的地址", "where a device is in a network"),
    ),
    Row::of("url", ("网址", "URL", "链接|网站|website|link|homepage"), Text, ("网页的地址", "where a page is"))
        .same_as(&["url"]),
];
