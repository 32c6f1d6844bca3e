"""The file of a lexicon, read and written by Python: see native/src/lexicon_file.h."""

import struct
from dataclasses import astuple, dataclass, replace
from typing import ClassVar

NO_WORD = 0xFFFFFFFF
LAST = 0x80000000
UNSEPARATED = 0xFFFFFFFF
SINGLE_WORDS = 0xFFFFFFFE
NODE = struct.Struct("<IIIf")
WORD = struct.Struct("<II")

_MASK = 2**64 - 1
_PRIMES = (
    0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
    0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """What a lexicon begins with."""

    FORM: ClassVar[struct.Struct] = struct.Struct("<8s10I2Q")

    magic: bytes
    version: int
    flags: int
    labels: int
    label_bytes: int
    nodes: int
    words: int
    texts: int
    text_bytes: int
    separator: int
    model_words: int
    model: int
    checksum: int

    @classmethod
    def of(cls, content: bytes) -> "Header":
        return cls(*cls.FORM.unpack_from(content))

    def packed(self) -> bytes:
        return self.FORM.pack(*astuple(self))

    def sections(self) -> dict[str, tuple[int, int]]:
        """Begin and end of each."""
        width = 1 if self.labels <= 256 else 2 if self.labels <= 65536 else 4
        sizes = {
            "labels": 4 * self.labels + self.label_bytes,
            "nodes": NODE.size * self.nodes,
            "node_labels": width * self.nodes,
            "words": WORD.size * self.words,
            "texts": self.text_bytes,
        }
        begin = self.FORM.size
        places = {}
        for name, size in sizes.items():
            places[name] = (begin, begin + size)
            begin = (begin + size + 63) // 64 * 64
        return places


@dataclass(frozen=True, slots=True)
class Node:
    """A node with what belongs to it."""

    label: int
    children: int
    first_child: int
    word: int
    look_ahead: float


def nodes_of(content: bytes) -> list[Node]:
    """All nodes, in the order of the file."""
    header = Header.of(content)
    begin, end = header.sections()["nodes"]
    at, behind = header.sections()["node_labels"]
    width = (behind - at) // header.nodes
    nodes = []
    for children, first, word, score in NODE.iter_unpack(content[begin:end]):
        nodes.append(
            Node(int.from_bytes(content[at : at + width], "little"), children, first, word, score)
        )
        at += width
    return nodes


def words_of(content: bytes) -> list[tuple[bytes, int, bool]]:
    """(text, the model's number, whether it is the last of its node) of each word."""
    header = Header.of(content)
    begin, end = header.sections()["words"]
    texts = content[slice(*header.sections()["texts"])]
    return [
        (texts[at : texts.index(b"\0", at)], number & ~LAST, number & LAST != 0)
        for at, number in WORD.iter_unpack(content[begin:end])
    ]


def signed(content: bytes | bytearray) -> bytes:
    """The content with the checksum that it should have."""
    head, body = replace(Header.of(bytes(content)), checksum=0), bytes(content[Header.FORM.size :])
    return replace(head, checksum=xxh64(body, xxh64(head.packed()))).packed() + body


def xxh64(content: bytes, seed: int = 0) -> int:
    """XXH64 after xxHash's specification."""
    p1, p2, p3, p4, p5 = _PRIMES
    whole = len(content) // 32 * 32
    if whole:
        sums = [seed + p1 + p2, seed + p2, seed, seed - p1]
        for at in range(0, whole, 32):
            lanes = struct.unpack_from("<4Q", content, at)
            sums = [_round(total, lane) for total, lane in zip(sums, lanes, strict=True)]
        result = sum(_rotated(total, by) for total, by in zip(sums, (1, 7, 12, 18), strict=True))
        for total in sums:
            result = (result ^ _round(0, total)) * p1 + p4
    else:
        result = seed + p5
    result = (result + len(content)) & _MASK
    rest = content[whole:]
    for at in range(0, len(rest) // 8 * 8, 8):
        (lane,) = struct.unpack_from("<Q", rest, at)
        result = (_rotated(result ^ _round(0, lane), 27) * p1 + p4) & _MASK
    rest = rest[len(rest) // 8 * 8 :]
    if len(rest) >= 4:
        (half,) = struct.unpack_from("<I", rest)
        result = (_rotated(result ^ (half * p1 & _MASK), 23) * p2 + p3) & _MASK
        rest = rest[4:]
    for byte in rest:
        result = _rotated(result ^ (byte * p5 & _MASK), 11) * p1 & _MASK
    for shift, prime in ((33, p2), (29, p3)):
        result = (result ^ result >> shift) * prime & _MASK
    return result ^ result >> 32


def _rotated(value: int, bits: int) -> int:
    value &= _MASK
    return (value << bits | value >> (64 - bits)) & _MASK


def _round(total: int, lane: int) -> int:
    return _rotated(total + lane * _PRIMES[1], 31) * _PRIMES[0] & _MASK
