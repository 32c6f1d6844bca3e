"""The sentences that a language model is made of: lines of text files, transcripts of manifests.

Text is UTF-8, plain or compressed (lm/compression.py), one sentence a line or running text; the
name "-" is stdin. All goes through the same text rules as the transcripts of a corpus, so that the
model's words are the transcripts' words.
"""

import codecs
import contextlib
import hashlib
import io
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Literal

from importers.digests import digest_of
from importers.errors import FormatError, UsageError
from importers.file_names import name_as_text
from importers.manifest import REQUIRED, read_manifest
from lm.compression import unpacked
from lm.sentence_ends import split_paragraphs
from lm.text_files import STDIN, require_file, unreadable
from native.sentences import SentenceReader

_BATCH_BYTES = 1 << 20
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

OnBytes = Callable[[int], None]
Kind = Literal["text", "manifest"]


@dataclass(slots=True)
class Source:
    """One input and, as it is read, what it came to."""

    path: Path
    kind: Kind
    split: bool = False
    """Whether the text is running text, in which sentences end anywhere."""
    sentences: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """Lines that are no sentences, by reason: see native/sentences.py."""
    sha256: str = ""
    """Of the file's bytes, known once it has been read through."""
    piece: tuple[int, int] | None = None
    """Where in a plain text what is read begins and ends, in bytes; None: all of the file."""

    @property
    def name(self) -> str:
        """What messages call it."""
        return "stdin" if self.path == STDIN else name_as_text(str(self.path))


def source_record(source: Source) -> dict[str, object]:
    """What lm.json keeps of an input, once it has been read through."""
    return {
        # Not its folder: a package says nothing of the machine that it was made on.
        "name": "stdin" if source.path == STDIN else name_as_text(source.path.name),
        "kind": source.kind,
        "sha256": source.sha256,
        "sentences": source.sentences,
        "rejected": dict(sorted(source.rejected.items())),
    }


def read_sentences(
    source: Source,
    reader: SentenceReader,
    *,
    threads: int = 1,
    on_bytes: OnBytes = lambda count: None,
) -> Iterator[bytes]:
    """The sentences in batches, each sentence with a line feed behind it.

    Counts into ``source``, and tells ``on_bytes`` how many more bytes of it were read. Raises
    FormatError (``path:line:``) for what is not UTF-8, damaged or no manifest, UsageError for a
    manifest that is given as text and for what may not be read.
    """
    try:
        for lines in _manifest(source) if source.kind == "manifest" else _text(source, on_bytes):
            read = reader.read(lines, threads)
            source.sentences += read.count
            source.rejected.update(read.rejected)
            yield read.text
    except OSError as error:
        raise unreadable(error, source.path) from None


def check_text(path: Path) -> None:
    """Look at the first megabyte of a text, so that what is wrong with it is said before long work.

    Raises what read_sentences raises, UsageError for what cannot be read twice, and OSError.
    """
    if path == STDIN or (path.exists() and not path.is_file() and not path.is_dir()):
        raise UsageError(f"{path}: cannot be read twice. Write the text into a file")
    require_file(path, "--text")
    with contextlib.closing(_text(Source(path, "text"), lambda count: None)) as batches:
        next(batches, None)


def _manifest(source: Source) -> Iterator[bytes]:
    source.sha256 = digest_of(source.path)
    # A line feed in a transcript is a space, whatever the rules.
    return _batched(entry.transcript.replace("\n", " ") for entry in read_manifest(source.path))


def _batched(lines: Iterable[str]) -> Iterator[bytes]:
    batch = bytearray()
    for line in lines:
        batch += line.encode() + b"\n"
        if len(batch) >= _BATCH_BYTES:
            yield bytes(batch)
            batch.clear()
    if batch:
        yield bytes(batch)


def _text(source: Source, on_bytes: OnBytes) -> Generator[bytes, None, None]:
    with contextlib.ExitStack() as stack:
        stdin = source.path == STDIN
        raw = sys.stdin.buffer if stdin else stack.enter_context(source.path.open("rb"))
        digest = DigestReader(raw if source.piece is None else _Piece(raw, source.piece), on_bytes)
        if source.piece is None:
            blocks = _blocks(source, stack.enter_context(unpacked(digest, source.name)))
        else:
            blocks = _blocks(source, io.BufferedReader(digest, _BATCH_BYTES))
        yield from _batched(split_paragraphs(_lines(blocks))) if source.split else blocks
        source.sha256 = digest.finish()


def _blocks(source: Source, stream: io.BufferedReader) -> Iterator[bytes]:
    """Whole lines, about a megabyte at a time, without a byte order mark, known to be UTF-8."""
    lines_before = 0
    at_start = source.piece is None or source.piece[0] == 0
    while lines := stream.readlines(_BATCH_BYTES):
        block = b"".join(lines)
        if at_start and not lines_before:
            block = block.removeprefix(codecs.BOM_UTF8)
            _refuse_manifest(source.name, lines[0])
            _refuse_utf16(source.name, block)
        _check_utf8(source, block, lines_before)
        yield block
        lines_before += len(lines)


def _lines(blocks: Iterable[bytes]) -> Iterator[str]:
    return chain.from_iterable(
        block.decode().removesuffix("\n").split("\n") for block in blocks
    )  # fmt: skip


def _refuse_utf16(name: str, text: bytes) -> None:
    """Without a byte order mark its Latin letters are UTF-8 too, with a NUL at each, so words."""
    parted = [byte == 0 for byte in text[:4]]
    if text.startswith(_UTF16_MARKS):
        encoding = "utf-16"
    elif parted == [False, True] * 2:
        encoding = "utf-16le"
    elif parted == [True, False] * 2:
        encoding = "utf-16be"
    else:
        return
    raise FormatError(
        f"{name}:1: UTF-16, not UTF-8. Convert it with: iconv -f {encoding} -t utf-8 {name}"
    )


def _check_utf8(source: Source, block: bytes, lines_before: int) -> None:
    if block.isascii():
        return
    try:
        block.decode()
    except UnicodeDecodeError as error:
        lines_before += _lines_before_piece(source) + block.count(b"\n", 0, error.start)
        raise FormatError(
            f"{source.name}:{lines_before + 1}: not UTF-8 (byte 0x{block[error.start]:02x}). "
            f"Convert it, for example with: iconv -f latin1 -t utf-8 {source.name}"
        ) from None


def _lines_before_piece(source: Source) -> int:
    if source.piece is None:
        return 0
    with source.path.open("rb") as stream:
        return sum(block.count(b"\n") for block in _whole(_Piece(stream, (0, source.piece[0]))))


def _whole(stream: io.RawIOBase) -> Iterator[bytes]:
    while block := stream.read(_BATCH_BYTES):
        yield block


def _refuse_manifest(name: str, first_line: bytes) -> None:
    if first_line.removeprefix(codecs.BOM_UTF8).startswith(",".join(REQUIRED).encode()):
        raise UsageError(f"{name} is a manifest, not plain text: give it by --csv")


class _Piece(io.RawIOBase):
    """The bytes of a file from one place to another, or to its end if that comes before."""

    def __init__(self, stream: BinaryIO, piece: tuple[int, int]) -> None:
        begin, self._end = piece
        self._stream = stream
        self._at = stream.seek(begin)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(min(len(buffer), self._end - self._at))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class DigestReader(io.RawIOBase):
    """Passes a stream through, digests every byte of it, and tells how many there were."""

    def __init__(self, stream: BinaryIO | io.RawIOBase, on_bytes: OnBytes) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self._on_bytes = on_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer)) or b""
        buffer[: len(data)] = data
        self._digest.update(data)
        self._on_bytes(len(data))
        return len(data)

    def finish(self) -> str:
        """The SHA-256 of the whole stream, in hex, whatever its reader left unread."""
        while self.read(_BATCH_BYTES):
            pass
        return self._digest.hexdigest()
