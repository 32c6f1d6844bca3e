"""Which pieces of which files are counted together: the shards of count-words.

A plain file is cut where a line ends (of running text, where a paragraph does, so that no sentence
is cut); a packed one, and a manifest, is one piece. Small files share a shard. The same files give
the same shards, whatever the machine.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lm.compression import is_packed
from lm.sentence_ends import ends_paragraph
from lm.sentences import Kind, Source

SHARD_BYTES = 64 << 20
_PACKED_TIMES = 4
"""What a packed file holds is about so many times as long."""
_LINE_BYTES = 1 << 16  # of a line that are looked at, and read at once


@dataclass(frozen=True, slots=True)
class CountInput:
    """A file to count, as it was when the run began."""

    path: Path
    kind: Kind
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CountPiece:
    """A part of a file, or all of it."""

    number: int
    """Of the input."""
    path: str
    kind: Kind
    split: bool
    piece: tuple[int, int] | None
    """As in lm.sentences.Source."""
    bytes: int

    def source(self) -> Source:
        """As lm.sentences reads it."""
        return Source(Path(self.path), self.kind, self.split, piece=self.piece)


@dataclass(frozen=True, slots=True)
class CountShard:
    """Pieces that are counted together, in the order of the text: the unit of resuming."""

    number: int
    pieces: tuple[CountPiece, ...]

    @property
    def bytes(self) -> int:
        """Of its pieces, as they lie on the disk."""
        return sum(piece.bytes for piece in self.pieces)


def plan_shards(
    inputs: Sequence[CountInput], *, split: bool, shard_bytes: int = SHARD_BYTES
) -> list[CountShard]:
    """All shards, in the order of the text. Raises OSError."""
    shards: list[list[CountPiece]] = []
    filled = 0
    for number, one in enumerate(inputs):
        packed = one.kind == "text" and is_packed(one.path)
        for begin, end in _bounds(one, split, shard_bytes, whole=packed):
            size = (end - begin) * (_PACKED_TIMES if packed else 1)
            if not shards or filled + size > shard_bytes:
                shards.append([])
                filled = 0
            piece = None if end - begin == one.bytes else (begin, end)
            shards[-1].append(
                CountPiece(number, str(one.path), one.kind, split, piece, end - begin)
            )
            filled += size
    return [CountShard(number, tuple(pieces)) for number, pieces in enumerate(shards)]


def _bounds(
    one: CountInput, split: bool, shard_bytes: int, *, whole: bool
) -> Iterator[tuple[int, int]]:
    """Where the pieces of a file begin and end."""
    begin = 0
    if one.kind == "text" and not whole:
        for cut in _cuts(one, split, shard_bytes):
            yield begin, cut
            begin = cut
    yield begin, one.bytes


def _cuts(one: CountInput, split: bool, shard_bytes: int) -> Iterator[int]:
    """Where a plain text is cut: first after each multiple of the shards' size."""
    with one.path.open("rb") as stream:
        wanted = shard_bytes
        while wanted < one.bytes:
            cut = _end_of_line(stream, wanted)
            if split and not _ends_paragraph(stream, cut):
                cut = _end_of_paragraph(stream, cut)
            if cut >= one.bytes:
                return
            yield cut
            wanted = (cut // shard_bytes + 1) * shard_bytes


def _end_of_line(stream: BinaryIO, at: int) -> int:
    """The first place from ``at`` on behind a line feed, or the file's end."""
    stream.seek(at - 1)
    while line := stream.readline(_LINE_BYTES):
        if line.endswith(b"\n"):
            break
    return stream.tell()


def _ends_paragraph(stream: BinaryIO, end: int) -> bool:
    """Whether the line that ends at a place is the last one of its paragraph."""
    begin = max(0, end - _LINE_BYTES)
    stream.seek(begin)
    line = stream.read(end - begin).removesuffix(b"\n")
    return ends_paragraph(line[line.rfind(b"\n") + 1 :].decode(errors="replace"))


def _end_of_paragraph(stream: BinaryIO, at: int) -> int:
    """The first place behind ``at``, where a line begins, at which a paragraph ends, or the file.

    One pass, for paragraphs need not end.
    """
    stream.seek(at)
    while line := stream.readline(_LINE_BYTES):
        at += len(line)
        # (What is cut off of a line that is longer is its beginning, which tells enough.)
        if ends_paragraph(line.decode(errors="replace")):
            return at if line.endswith(b"\n") else _end_of_line(stream, at)
    return at
