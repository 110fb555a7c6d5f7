"""Judges a log by pymerkle: its tree is built anew from the entry bundles, its head and a receipt are held against that tree."""

import base64
import json
import pathlib
import struct
import sys

from pymerkle import InclusionProof, InmemoryTree, InvalidProof, verify_consistency, verify_inclusion

WIDTH = 256


class Refused(Exception):
    pass


def head(text):
    """Size and root of a checkpoint."""
    lines = text.split("\n")
    return int(lines[1]), base64.b64decode(lines[2], validate=True)


def path(index):
    """The path of a bundle below its folder, C2SP tlog-tiles."""
    digits = f"{index:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])


def entries(log, size):
    """All entries, each with two bytes of length before it."""
    for index in range(-(-size // WIDTH)):
        width = min(WIDTH, size - index * WIDTH)
        place = log / "tile" / "entries" / path(index)
        bundle = (place if width == WIDTH else place.with_name(f"{place.name}.p") / str(width)).read_bytes()
        at = 0
        for _ in range(width):
            (length,) = struct.unpack_from(">H", bundle, at)
            yield bundle[at + 2 : at + 2 + length]
            at += 2 + length
        if at != len(bundle):
            raise Refused(f"bundle {index} is longer than its entries")


def judge(log, receipt):
    size, root = head((log / "checkpoint").read_text())
    tree = InmemoryTree.init_from_entries(list(entries(log, size)), algorithm="sha256")
    if tree.get_size() != size or tree.get_root() != root:
        raise Refused(f"the root of the entries is {tree.get_root().hex()}, not that of the head")
    for index in range(1, size + 1):
        verify_inclusion(tree.get_leaf(index), root, tree.prove_inclusion(index, size), index=index, size=size)
    earlier = [size]
    if receipt:
        earlier.append(judge_receipt(tree, json.loads(receipt.read_text())))
    for before in earlier:
        verify_consistency(tree.get_root(before), root, tree.prove_consistency(before, size), before, size)
    return f"{size} entries, root {root.hex()}, heads {earlier}"


def judge_receipt(tree, receipt):
    """The proofs of a receipt are ours; their layout, and the judgement, pymerkle's."""
    size, root = head(receipt["checkpoint"])
    if tree.get_root(size) != root:
        raise Refused("the head of the receipt is none of this log")
    for proven in [receipt["entry"], *receipt["registrations"]]:
        index = proven["index"] + 1
        leaf = tree.hash_buff(base64.b64decode(proven["leaf"], validate=True))
        layout = tree.prove_inclusion(index, size).serialize()
        path = [leaf.hex(), *proven["sha256"]]
        proof = InclusionProof.deserialize({**layout, "path": path})
        verify_inclusion(leaf, root, proof, index=index, size=size, algorithm="sha256")
        wrong = InclusionProof.deserialize({**layout, "path": [path[0], *(["00" * 32] * (len(path) - 1))]})
        try:
            verify_inclusion(leaf, root, wrong, index=index, size=size, algorithm="sha256")
        except InvalidProof:
            continue
        raise Refused("pymerkle takes a proof that proves nothing")
    return size


def main(log, receipt=None):
    try:
        print("accepted:", judge(pathlib.Path(log), receipt and pathlib.Path(receipt)))
    except (Refused, InvalidProof, ValueError, struct.error) as error:
        print("refused:", error)
        sys.exit(1)


main(*sys.argv[1:])
