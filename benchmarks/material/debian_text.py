"""English text of Debian's documentation packages, some 60 MB of it, a sentence a line.

The packages come by `apt-get download`, which needs no root, and are not installed: dpkg-deb gives
their files. Of each page of HTML the paragraphs are taken, of dictionaries the glosses, of other
text all of it. The sentences are normalised by the text rules (and those with digits dropped), each
is taken once, and then they are mixed, by their hashes: so a part of them is of all packages.

Beside them there is a list of 600,000 English words, for large lexicons (word_list).
"""

import gzip
import hashlib
import io
import re
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

from importers.storage import put_atomic
from lm.sentence_ends import split_paragraphs
from native.text import normalise_many

PACKAGES = (
    "anarchism",
    "bible-kjv-text",
    "debian-reference-en",
    "developers-reference",
    "dict-gcide",
    "dict-wn",
    "fortunes",
    "gimp-help-en",
    "jargon-text",
    "linux-doc-6.1",
    "openjdk-17-doc",
    "postgresql-doc-15",
    "python3.11-doc",
)
WORD_LIST = "wamerican-insane"
SHORTEST, LONGEST = 3, 60
"""Words of a sentence that is taken."""


def debian_text(folder: Path) -> Path:
    """The file of sentences in ``folder``, made when it is not there yet."""
    target = folder / "debian.txt"
    if not target.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        seen: dict[str, None] = {}
        for package in PACKAGES:
            for sentence in _sentences(_download(package, folder)):
                seen.setdefault(sentence)
        mixed = sorted(seen, key=lambda text: hashlib.blake2b(text.encode()).digest())
        with put_atomic(target) as stream:
            stream.writelines(f"{sentence}\n" for sentence in mixed)
    return target


def word_list(folder: Path) -> Iterator[str]:
    """Distinct words of WORD_LIST, in lower-case ASCII letters and apostrophes."""
    package = _download(WORD_LIST, folder)
    tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(tar.stdout)) as files:
        stream = files.extractfile("./usr/share/dict/american-english-insane")
        assert stream is not None
        words = (line.decode().strip().lower() for line in stream)
        yield from dict.fromkeys(word for word in words if re.fullmatch("[a-z][a-z']*", word))


def _download(package: str, folder: Path) -> Path:
    if not list(folder.glob(f"{package}_*.deb")):
        subprocess.run(
            ["apt-get", "download", "-q", package], cwd=folder, check=True, capture_output=True
        )
    return next(folder.glob(f"{package}_*.deb"))


def _sentences(package: Path) -> Iterator[str]:
    for lines in _texts(package):
        for text, problem in normalise_many(list(split_paragraphs(lines))):
            if not problem and SHORTEST <= text.count(" ") + 1 <= LONGEST and text.isascii():
                yield text


def _texts(package: Path) -> Iterator[Iterable[str]]:
    """The lines of every file that is text."""
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE
    ) as process:
        with tarfile.open(fileobj=process.stdout, mode="r|") as tar:
            for member in tar:
                stream = tar.extractfile(member) if member.isfile() else None
                if stream is not None:
                    yield _text(member.name, stream.read())
        if process.wait():
            raise RuntimeError(f"dpkg-deb cannot read {package}")


def _text(name: str, content: bytes) -> Iterable[str]:
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    name = name.removesuffix(".gz").removesuffix(".dz")
    if "/doc/" not in name and "/dictd/" not in name and "/games/fortunes/" not in name:
        return ()
    text = content.decode("utf-8", errors="replace")
    if name.endswith((".html", ".htm")):
        return _html_paragraphs(text)
    if name.endswith((".txt", ".rst", ".dict")) or "/fortunes/" in name or "bible" in name:
        return io.StringIO(re.sub(r"[{}\[\]|*_`]|\+-+", " ", text))
    return ()


def _html_paragraphs(text: str) -> Iterator[str]:
    parser = _Paragraphs()
    parser.feed(text)
    parser.close()
    for paragraph in parser.paragraphs:
        yield " ".join(paragraph.split())
        yield ""


class _Paragraphs(HTMLParser):
    """What stands in <p>, <li>, <dd>, <div> and cells: nothing of code, scripts and styles."""

    _BLOCKS = frozenset(("p", "li", "dd", "dt", "div", "td", "blockquote", "h1", "h2", "h3", "br"))
    _SKIPPED = frozenset(("pre", "script", "style", "nav", "head"))

    def __init__(self) -> None:
        super().__init__()
        self.paragraphs = [""]
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._skipped += tag in self._SKIPPED
        if tag in self._BLOCKS:
            self.paragraphs.append("")

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in self._SKIPPED and self._skipped > 0
        if tag in self._BLOCKS:
            self.paragraphs.append("")

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.paragraphs[-1] += data
