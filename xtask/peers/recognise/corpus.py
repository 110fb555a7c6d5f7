"""Makes a labelled corpus of Chinese text with Faker's zh_CN provider: a line of JSON a document, {"text": …, "spans": [{"kind", "start", "end"}]} with
places in bytes of UTF-8. Values are Faker's; numbers of which Faker knows nothing Chinese (cards of UnionPay, credit codes, old citizen numbers, landlines)
are made here with right check digits. Sentences are templates of ours around them, and Faker's own running text between; a third of the documents
are decoys.

    python corpus.py FILE [DOCUMENTS] [SEED] [unseen]

With `unseen` the sentences about persons are others: the recognisers were tuned on the first ones, with the seed 1.
"""

import json
import random
import sys
import uuid

from faker import Faker

WIDE = {ord(c): ord(c) + 0xFEE0 for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}
CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
AREAS = ["010", "021", "022", "023", "025", "027", "028", "0571", "0512", "0755", "0311", "0531", "0431", "0871", "0991"]
ISSUERS = ["622202", "622848", "621700", "621661", "622588", "621226", "622262", "621098", "622690", "622908", "621483", "625330"]

PERSON = [
    "联系人{name}，手机{mobile}。",
    "客户{name}来电咨询，回电号码{mobile}，已登记。",
    "{name}（身份证号{citizen}）于上周办理了开户手续。",
    "患者{name}，身份证{citizen}，家住{address}。",
    "请将合同寄至{address}，收件人{name}，电话{mobile}。",
    "本人{name}，身份证号码：{citizen}，授权代办。",
    "{name}女士的邮箱是{email}，请及时联系。",
    "经办人：{name} 联系电话：{landline}",
    "卡号{card}的持卡人{name}申请挂失。",
    "{name}和{name}共同签署了协议。",
    "昨天{name}在会上介绍了项目的进展。",
    "据{name}说，车辆{plate}停在楼下。",
    "收款账户{card}，户名{name}，请在今日付款。",
    "快递由{name}代收，有问题请拨打{landline}。",
    "驾驶员{name}驾驶{plate}号小型轿车。",
    "投诉人{name}反映噪音扰民，联系方式{mobile}。",
    "老师{name}负责本次培训，报名请发邮件到{email}。",
    "甲方委托{name}先生全权处理，证件号{citizen}。",
    "{name}已经提交申请，住址为{address}。",
    "我叫{name}，我的微信和手机都是{mobile}。",
    "附件由{name}整理后发给{name}审核。",
    "会议由{name}主持，{name}、{name}参加。",
    "感谢{name}的支持！",
    "旧证件号{old}换发新证，持证人{name}。",
]
UNSEEN = [
    "租客{name}上个月搬走了，押金退到{card}。",
    "{name}医生建议下周复诊，复诊前打{mobile}挂号。",
    "保险单上的受益人写的是{name}，不是{name}。",
    "今早接到{name}报警，称自己的{plate}被剐蹭。",
    "乘客{name}遗失行李一件，证件{citizen}，请协助查找。",
    "物业登记：{name}，{address}，{mobile}",
    "{name}同学获得一等奖，指导教师为{name}。",
    "房东叫{name}，住在{address}。",
    "项目组长{name}因病请假，工作交接给{name}。",
    "法院判决被告{name}赔偿原告{name}三万元。",
    "如需发票请写邮件给{name}（{email}）。",
    "微信转账时备注{name}就可以。",
    "采购员{name}核实了{name}报来的价格。",
    "这份报告的撰写人是{name}，校对{name}。",
    "外卖员{name}多次联系不上顾客。",
    "{name}，男，汉族，身份证号{citizen}。",
    "家属{name}在手术同意书上签了名。",
    "谁见过{name}？请回电{landline}。",
    "面试官对{name}评价很高。",
    "{name}当选新一届理事。",
]
NUMBER = [
    "电话{mobile}", "{mobile}", "手机号：{mobile}", "请拨打{mobile}咨询", "身份证{citizen}", "{citizen}", "证件号码为{citizen}，请核对",
    "银行卡{card}", "付款到{card}即可", "{card}", "统一社会信用代码{credit}", "{credit}", "车牌号{plate}", "{plate}已离场", "邮箱{email}",
    "发送至{email}后回复", "固定电话{landline}", "身份证号{old}", "企业代码{credit}年检合格",
]
DECOY = [
    "订单号{order}已发货", "商品条码{ean}", "时间戳{stamp}", "请求{uuid}超时", "文件摘要{digest}", "软件版本{version}更新", "运单号{waybill}派送中",
    "流水号{order}", "合计{money}元", "{date}", "序列号{serial}", "编号{order}的工单已关闭", "更新于{stamp}", "条码{ean}扫描失败", "{uuid}", "批次{waybill}",
    "很高兴为您服务，方便的话请留言。", "黄金价格本周上涨，时间安排另行通知。", "张家港和马鞍山的项目同步推进。", "万一有变，请于周五之前反馈。",
    "方案已经通过，金额较高，需要常委会同意。", "江苏、安徽、海南的门店已开业。", "成都的温度比石家庄高。", "文件全部任务都已完成。",
]


def luhn(body):
    total = sum(int(c) if at % 2 else sum(divmod(int(c) * 2, 10)) for at, c in enumerate(reversed(body)))
    return str(-total % 10)


class Maker:
    def __init__(self, seed, person=PERSON):
        self.person = person
        Faker.seed(seed)
        self.fake, self.random = Faker("zh_CN"), random.Random(seed)

    def digits(self, count):
        return "".join(self.random.choice("0123456789") for _ in range(count))

    def spaced(self, value, *groups):
        """The value as people write it: plain, mostly; in groups, in full-width characters."""
        way = self.random.random()
        if way < 0.7:
            return value
        if way < 0.85:
            return value.translate(WIDE)
        parts, at = [], 0
        for group in groups:
            parts.append(value[at : at + group])
            at += group
        parts.append(value[at:])
        return self.random.choice([" ", "-"]).join(part for part in parts if part)

    def mobile(self):
        value = self.spaced(self.fake.phone_number(), 3, 4)
        return self.random.choice(["", "", "", "", "+86", "+86 ", "0086-"]) + value

    def citizen(self):
        value = self.fake.ssn()
        value = value.lower() if self.random.random() < 0.3 else value
        return self.spaced(value, 6, 8)

    def old(self):
        value = self.fake.ssn(min_age=28, max_age=80)
        return value[:6] + value[8:17] if value[6:8] == "19" else self.old()

    def card(self):
        body = self.random.choice(ISSUERS) + self.digits(self.random.choice([9, 12]))
        return self.spaced(body + luhn(body), 4, 4, 4, 4)

    def credit(self):
        area = self.fake.ssn()[:6]
        organisation = "".join(self.random.choice("0123456789ABCDEFGH") for _ in range(8))
        check = 11 - sum(int(c, 36) * w for c, w in zip(organisation, [3, 7, 9, 10, 5, 8, 4, 2])) % 11
        body = self.random.choice(["91", "92", "12", "52"]) + area + organisation + {10: "X", 11: "0"}.get(check, str(check))
        return body + CREDIT[-sum(CREDIT.index(c) * pow(3, at, 31) for at, c in enumerate(body)) % 31]

    def landline(self):
        area = self.random.choice(AREAS)
        number = self.random.choice("2345678") + self.digits(7)
        return self.random.choice([f"{area}-{number}", f"({area}){number}", f"{area} {number}", f"{area}{number}", f"{area}-{number}-{self.digits(3)}"])

    def plate(self):
        if self.random.random() < 0.6:
            return self.fake.license_plate()
        head = self.random.choice("京沪粤浙苏鲁川") + self.random.choice("ABCDEFG")
        return head + self.random.choice(["D" + self.digits(5), "F" + self.digits(5), self.digits(4) + "警", self.digits(4) + "学", "·" + self.digits(5)])

    def email(self):
        return self.fake.email()

    def name(self):
        return self.fake.name()

    def address(self):
        return self.fake.address().rsplit(" ", 1)[0]

    def decoy(self, what):
        day = self.fake.date_time_between("-3y", "now")
        return {
            "order": lambda: day.strftime("%Y%m%d%H%M%S") + self.digits(self.random.choice([2, 4, 5])),
            "ean": lambda: "69" + self.digits(11),
            "stamp": lambda: str(int(day.timestamp() * 1000)),
            "uuid": lambda: str(uuid.UUID(int=self.random.getrandbits(128))),
            "digest": lambda: f"{self.random.getrandbits(256):064x}",
            "version": lambda: ".".join(str(self.random.randrange(30)) for _ in range(4)),
            "waybill": lambda: self.random.choice(["SF", "YT", "JD", ""]) + self.digits(self.random.choice([12, 13, 15])),
            "money": lambda: f"{self.random.randrange(10**9):,}.{self.digits(2)}",
            "date": lambda: day.isoformat(),
            "serial": lambda: "SN" + self.digits(14),
        }[what]()

    def fill(self, template):
        text, spans, rest = "", [], template
        while "{" in rest:
            before, rest = rest.split("{", 1)
            what, rest = rest.split("}", 1)
            text += before
            if hasattr(self, what):
                value = getattr(self, what)()
                start = len(text.encode())
                spans.append({"kind": {"citizen": "citizen_id", "old": "citizen_id", "card": "bank_card", "credit": "credit_code", "plate": "vehicle_plate"}.get(what, what), "start": start, "end": start + len(value.encode())})
            else:
                value = self.decoy(what)
            text += value
        return text + rest, spans

    def document(self):
        way = self.random.random()
        text, spans = self.fill(self.random.choice(self.person if way < 0.4 else NUMBER if way < 0.67 else DECOY))
        if self.random.random() < 0.5:
            before = self.fake.sentence(nb_words=self.random.randint(4, 12)).rstrip(".") + self.random.choice("，。：")
            shift = len(before.encode())
            text, spans = before + text, [{**span, "start": span["start"] + shift, "end": span["end"] + shift} for span in spans]
        if self.random.random() < 0.3:
            text += "。" + self.fake.sentence()
        return {"text": text, "spans": spans}


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    maker = Maker(int(sys.argv[3]) if len(sys.argv) > 3 else 20261128, UNSEEN if "unseen" in sys.argv else PERSON)
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        for _ in range(count):
            file.write(json.dumps(maker.document(), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
