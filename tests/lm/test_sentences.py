import gzip
import hashlib
import os
from collections import Counter
from pathlib import Path

import pytest

from importers.errors import FormatError, UsageError
from lm.sentences import Source, check_text, read_sentences
from native.sentences import SentenceReader


def read(path: Path, rules: str = "unicode", *, split: bool = False) -> tuple[list[str], Source]:
    source = Source(path, "text", split)
    counted: list[int] = []
    read = b"".join(read_sentences(source, SentenceReader(rules), on_bytes=counted.append))
    assert sum(counted) == path.stat().st_size
    return read.decode().removesuffix("\n").split("\n"), source


def test_only_line_feeds_end_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes("\ufeffOne\r\ntwo\u2028three\x85four\x0cfive\n\nsix".encode())
    sentences, source = read(path)
    assert sentences == ["one", "two three four five", "six"]
    assert (source.sentences, source.rejected) == (3, Counter(empty=1))


@pytest.mark.parametrize("packed", [False, True])
def test_files_larger_than_a_batch(tmp_path: Path, packed: bool) -> None:
    lines = [f"wort {'äöü' * (number % 50)} ende" for number in range(40_000)]
    content = "\n".join(lines).encode()
    assert len(content) > 3 << 20
    path = tmp_path / "t.txt"
    path.write_bytes(gzip.compress(content) if packed else content)
    sentences, source = read(path)
    assert sentences == [" ".join(line.split()) for line in lines]
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(gzip.compress(content + b"\n\xff") if packed else content + b"\n\xff")
    with pytest.raises(FormatError, match=r"t\.txt:40001: not UTF-8"):
        read(path)


def test_running_text_is_split(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    lines = ["Mr. Fox ran. He", "ran far.", "", "Over 5 hills!", "Over one."] * 40_000
    path.write_bytes(gzip.compress("\n".join(lines).encode("utf-8-sig")))
    sentences, source = read(path, split=True)
    assert sentences == ["mr fox ran", "he ran far", "over one"] * 40_000
    assert source.sentences == 120_000
    assert source.rejected == Counter(digits=40_000)


def test_no_rule_lets_through_what_kenlm_cannot_read(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes("a\0b\n\0\n x \u00a0 y\n</s>\nab<s>c cafe\u0301\n".encode())
    sentences, source = read(path, "none")
    assert sentences == ["a b", "x y", "ab<s>c café"]
    assert source.rejected == Counter(empty=1, reserved=1)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("packed", [False, True])
def test_utf16_is_told_with_and_without_its_mark(
    encoding: str, packed: bool, tmp_path: Path
) -> None:
    path = tmp_path / "t.txt"
    content = "one two\nthree\n".encode(encoding)
    path.write_bytes(gzip.compress(content) if packed else content)
    named = encoding.replace("-le", "le").replace("-be", "be")
    with pytest.raises(
        FormatError, match=rf"t.txt:1: UTF-16, .* iconv -f {named} -t utf-8 .*t.txt"
    ):
        read(path)


def test_the_head_of_a_text_is_looked_at_before_long_work(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    for content in (b"", b"one\n", gzip.compress(b"one\n"), b"one\n" * 300_000 + b"\xff"):
        path.write_bytes(content)
        check_text(path)
    for content, error, words in (
        (b"one\n\xff\n", FormatError, r"t\.txt:2: not UTF-8"),
        (gzip.compress(b"one\n")[:-9], FormatError, "damaged gzip"),
        (b"wav_filename,wav_filesize,transcript\n", UsageError, "is a manifest"),
    ):
        path.write_bytes(content)
        with pytest.raises(error, match=words):
            check_text(path)
    with pytest.raises(UsageError, match="is a folder"):
        check_text(tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for once in (pipe, Path("-")):
        with pytest.raises(UsageError, match=f"{once}: cannot be read twice"):
            check_text(once)
    with pytest.raises(UsageError, match=r"--text .*none: there is no such file"):
        check_text(tmp_path / "none")
