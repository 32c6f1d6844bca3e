"""The sentences that a language model is made of: lines of text files, transcripts of manifests.

Text is UTF-8, one sentence a line, plain or gzipped (told by its content, not by its name); the
name "-" is stdin. All goes through the same text rules as the transcripts of a corpus, so that the
model's words are the transcripts' words.
"""

import contextlib
import gzip
import hashlib
import io
import sys
import zlib
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal
from unicodedata import normalize

from importers.digests import digest_of
from importers.errors import FormatError, UsageError
from importers.manifest import REQUIRED, read_manifest
from importers.text import TextRules
from native.text import normalise_many

STDIN = Path("-")
RESERVED = frozenset(("<s>", "</s>", "<unk>"))
"""KenLM's own words: begin, end, and any word that it does not know."""

_BATCH_BYTES = 1 << 20
_BATCH_ROWS = 10_000
_UTF8_MARK = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_OTHER_COMPRESSION = {
    b"BZh": "bzcat",
    b"\x28\xb5\x2f\xfd": "zstdcat",
    b"\xfd7zXZ": "xzcat",
    b"PK\x03\x04": "unzip -p",
}


@dataclass(slots=True)
class Source:
    """One input and, as it is read, what it came to."""

    path: Path
    kind: Literal["text", "manifest"]
    sentences: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """Lines that are no sentences, by reason: those of native/text.py, and "reserved"."""
    sha256: str = ""
    """Of the file's bytes, known once it has been read through."""

    @property
    def name(self) -> str:
        """What messages call it."""
        return "stdin" if self.path == STDIN else str(self.path)


def read_sentences(source: Source, rules: TextRules, *, threads: int = 1) -> Iterator[list[str]]:
    """The sentences in batches, normalised, their words parted by single spaces.

    Counts into ``source``. Raises FormatError (``path:line:``) for what is not UTF-8, no gzip or
    no manifest, UsageError for a manifest that is given as text, OSError.
    """
    for lines in _text(source) if source.kind == "text" else _manifest(source):
        batch = []
        for text, problem in normalise_many(lines, rules.rules, rules.locale, threads):
            problem = problem or _trouble(text)
            if problem:
                source.rejected[problem] += 1
            else:
                batch.append(text)
        if rules.rules != "unicode":  # which parts words by single spaces by itself
            batch = [normalize("NFC", " ".join(text.replace("\0", " ").split())) for text in batch]
        source.sentences += len(batch)
        yield batch


def check_text(path: Path) -> None:
    """Look at the first megabyte of a text, so that what is wrong with it is said before long work.

    Raises what read_sentences raises, and UsageError for what cannot be read twice.
    """
    if path.is_dir():
        raise UsageError(f"{path}: is a folder. Name the text files in it")
    if path == STDIN or (path.exists() and not path.is_file()):
        raise UsageError(f"{path}: cannot be read twice. Write the text into a file")
    with contextlib.closing(_text(Source(path, "text"))) as batches:
        next(batches, None)


def _trouble(text: str) -> str | None:
    """What the text rules let through and KenLM does not."""
    if "<" in text and not RESERVED.isdisjoint(text.split()):
        return "reserved"
    return None if text.strip("\0 ") else "empty"


def _manifest(source: Source) -> Iterator[list[str]]:
    source.sha256 = digest_of(source.path)
    transcripts = (entry.transcript for entry in read_manifest(source.path))
    while batch := list(islice(transcripts, _BATCH_ROWS)):
        yield batch


def _text(source: Source) -> Generator[list[str], None, None]:
    with contextlib.ExitStack() as stack:
        stdin = source.path == STDIN
        raw = sys.stdin.buffer if stdin else stack.enter_context(source.path.open("rb"))
        digest = _DigestReader(raw)
        lines_before = 0
        for batch in _batches(source.name, io.BufferedReader(digest, _BATCH_BYTES)):
            text = _decode(source.name, batch, lines_before)
            lines = text.removesuffix("\n").split("\n")
            if not lines_before:
                _refuse_manifest(source, lines[0])
            yield lines
            lines_before += len(lines)
        source.sha256 = digest.finish()


def _batches(name: str, stream: io.BufferedReader) -> Iterator[bytes]:
    """Whole lines, about a megabyte at a time, unpacked and without a byte order mark."""
    head = stream.peek(8)[:8]
    for magic, program in _OTHER_COMPRESSION.items():
        if head.startswith(magic):
            raise FormatError(
                f"{name}: compressed in a way that is not read. Unpack it: "
                f"{program} {name} | build-lm --text - ..."
            )
    if head.startswith(_GZIP):
        stream = io.BufferedReader(gzip.GzipFile(fileobj=stream), _BATCH_BYTES)
    first = True
    try:
        while lines := stream.readlines(_BATCH_BYTES):
            batch = b"".join(lines)
            yield batch.removeprefix(_UTF8_MARK) if first else batch
            first = False
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FormatError(f"{name}: damaged gzip: {error}. Fetch the file again") from None


def _decode(name: str, batch: bytes, lines_before: int) -> str:
    try:
        return batch.decode()
    except UnicodeDecodeError as error:
        line = lines_before + batch.count(b"\n", 0, error.start) + 1
        raise FormatError(
            f"{name}:{line}: not UTF-8 (byte 0x{batch[error.start]:02x}). Convert it, for example "
            f"with: iconv -f latin1 -t utf-8 {name}"
        ) from None


def _refuse_manifest(source: Source, first_line: str) -> None:
    if first_line.startswith(",".join(REQUIRED)):
        raise UsageError(f"{source.name} is a manifest, not plain text: give it by --csv")


class _DigestReader(io.RawIOBase):
    """Passes a stream through and digests every byte of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._digest.update(data)
        return len(data)

    def finish(self) -> str:
        """The SHA-256 of the whole stream, in hex, whatever its reader left unread."""
        while self.read(_BATCH_BYTES):
            pass
        return self._digest.hexdigest()
