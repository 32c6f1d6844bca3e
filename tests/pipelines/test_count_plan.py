"""Shards of count-words: every line once, in order, whatever the files and the size."""

import bz2
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from importers.digests import digest_of
from lm.sentences import Kind, Source, read_sentences
from native.sentences import SentenceReader
from pipelines.count_plan import CountInput, CountShard, plan_shards

LINE = st.text("ab .!", max_size=8) | st.sampled_from(["", " ", "- a", "A b." * 40, "1. c", "\tD."])


def given_file(path: Path, content: bytes, kind: Kind = "text") -> CountInput:
    path.write_bytes(content)
    return CountInput(path, kind, len(content), digest_of(path))


def read(sources: list[Source]) -> tuple[bytes, dict[str, int]]:
    text, rejected = b"", dict[str, int]()
    for source in sources:
        text += b"".join(read_sentences(source, SentenceReader()))
        for reason, count in source.rejected.items():
            rejected[reason] = rejected.get(reason, 0) + count
    return text, rejected


def pieces(shards: list[CountShard]) -> list[tuple[str, tuple[int, int] | None]]:
    return [(Path(piece.path).name, piece.piece) for shard in shards for piece in shard.pieces]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.lists(LINE), st.sampled_from(["", "\n"]), st.booleans(), st.integers(1, 40))
@example(["a", "b.", "", "c"], "", True, 3)
@example(["A b." * 40, "c d", "e."], "\n", True, 5)
def test_pieces_read_as_the_whole(
    tmp_path: Path, lines: list[str], end: str, split: bool, shard_bytes: int
) -> None:
    content = ("\n".join(lines) + end).encode()
    one = given_file(tmp_path / "text", content)
    shards = plan_shards([one], split=split, shard_bytes=shard_bytes)
    found = [piece for shard in shards for piece in shard.pieces]
    assert sum(piece.bytes for piece in found) == len(content)
    if len(found) > 1:
        bounds = [piece.piece for piece in found]
        assert [b for b, _ in bounds if b] == [e for _, e in bounds][:-1]  # type: ignore[misc]
        assert all(content[e - 1 : e] == b"\n" for _, e in bounds[:-1])  # type: ignore[misc]
    whole = read([Source(one.path, "text", split)])
    assert read([piece.source() for piece in found]) == whole


def test_lines_are_cut_as_near_as_can_be(tmp_path: Path) -> None:
    one = given_file(tmp_path / "text", b"aaaa\nbbbb\ncccccccccccc\nd\n")
    assert [piece for _, piece in pieces(plan_shards([one], split=False, shard_bytes=5))] == [
        (0, 5), (5, 10), (10, 23), (23, 25),
    ]  # fmt: skip
    longest = given_file(tmp_path / "long", b"a" * 200_000 + b"\nb")
    assert [piece for _, piece in pieces(plan_shards([longest], split=False, shard_bytes=10))] == [
        (0, 200_001), (200_001, 200_002),
    ]  # fmt: skip


def test_small_files_share_a_shard_and_packed_ones_are_not_cut(tmp_path: Path) -> None:
    noise = "".join(f"{number * 7919 % 10_007:x}\n" for number in range(5_000)).encode()
    inputs = [
        given_file(tmp_path / "m.csv", b"wav_filename,wav_filesize,transcript\n" * 9, "manifest"),
        given_file(tmp_path / "a", b"a\n" * 10),
        given_file(tmp_path / "packed", bz2.compress(noise)),
        given_file(tmp_path / "b", b"b\n" * 10),
        given_file(tmp_path / "c", b"c\n" * 10),
        given_file(tmp_path / "empty", b""),
        given_file(tmp_path / "big", b"d\n" * 80),
    ]
    shards = plan_shards(inputs, split=False, shard_bytes=100)
    assert [[Path(piece.path).name for piece in shard.pieces] for shard in shards] == [
        ["m.csv"], ["a"], ["packed"], ["b", "c", "empty"], ["big"], ["big"],
    ]  # fmt: skip
    assert [shard.number for shard in shards] == list(range(6))
    assert [piece.number for shard in shards for piece in shard.pieces] == [0, 1, 2, 3, 4, 5, 6, 6]


def test_a_piece_is_not_taken_for_what_it_looks_like(tmp_path: Path) -> None:
    """Only a file's first bytes tell that it is packed, or a manifest, or begins with a mark."""
    marked = "\ufeffa\n".encode()
    looks = ["BZh", "PK\x03\x04", "wav_filename,wav_filesize,transcript"]
    for look in looks:
        one = given_file(tmp_path / "text", marked + f"{look}\nb\n".encode())
        found = plan_shards([one], split=False, shard_bytes=5)
        sources = [piece.source() for shard in found for piece in shard.pieces]
        assert sources[0].piece == (0, len(marked))
        text, _ = read(sources)
        assert text.decode().splitlines()[0] == "a"
        assert text.decode().splitlines()[-1] == "b"
        assert text.count(b"\n") == 3


def test_a_wrong_byte_is_told_by_its_line_in_the_file(tmp_path: Path) -> None:
    one = given_file(tmp_path / "text", b"a b\n" * 50 + b"c \xff\n" + b"d\n" * 50)
    sources = [
        piece.source()
        for shard in plan_shards([one], split=False, shard_bytes=40)
        for piece in shard.pieces
    ]
    assert len(sources) == 8
    with pytest.raises(Exception, match=r"text:51: not UTF-8 \(byte 0xff\)"):
        read(sources)


def test_a_paragraph_without_an_end_is_one_piece(tmp_path: Path) -> None:
    """One pass over it: a second look at each line would take half an hour."""
    one = given_file(tmp_path / "text", b"a line of it.\n" * 2_000_000 + b"\n" + b"Another\n")
    shards = plan_shards([one], split=True, shard_bytes=1 << 20)
    assert [piece for _, piece in pieces(shards)] == [
        (0, one.bytes - 8),
        (one.bytes - 8, one.bytes),
    ]


def test_a_line_that_is_longer_than_what_is_read_at_once_is_not_cut(tmp_path: Path) -> None:
    content = b"a\n" + b"word " * 50_000 + b"\nb\n"
    one = given_file(tmp_path / "text", content)
    for size in (1, 3, 70_000, 200_000):
        shards = plan_shards([one], split=True, shard_bytes=size)
        found = [piece for _, piece in pieces(shards)]
        assert found == [(0, len(content) - 2), (len(content) - 2, len(content))], size
