"""Clip tables of every release, by the columns each had."""

from pathlib import Path

import pytest

from importers.clips import ClipRow, parse_votes, read_clips, with_suffix
from importers.errors import FormatError
from importers.tables import BadRow
from importers.votes import Votes

RELEASES = {
    "1 (2019-02)": "client_id path sentence up_votes down_votes age gender accent",
    "5.0": "client_id sentence path down_votes up_votes age gender accent locale segment",
    "8.0": "client_id path sentence up_votes down_votes age gender accents locale segment",
    "13.0": "client_id path sentence up_votes down_votes age gender accents variant locale segment",
    "17.0": "client_id path sentence_id sentence sentence_domain up_votes down_votes age gender "
    "accents variant locale segment",
}
VALUES = {
    "client_id": "c0ffee",
    "path": "common_voice_cy_17.mp3",
    "sentence": 'Bore "da',
    "sentence_id": "5e17",
    "sentence_domain": "general,language_fundamentals",
    "up_votes": "2",
    "down_votes": "1",
    "age": "thirties",
    "gender": "female_feminine",
    "accent": "north",
    "accents": "north",
    "variant": "cy-northwes",
    "locale": "cy",
    "segment": "Benchmark",
}


@pytest.mark.parametrize("columns", RELEASES.values(), ids=RELEASES.keys())
def test_columns_of_every_release(tmp_path: Path, columns: str) -> None:
    names = columns.split()
    table = tmp_path / "validated.tsv"
    table.write_text("\t".join(names) + "\n" + "\t".join(VALUES[name] for name in names) + "\n")
    (row,) = read_clips(table)
    assert isinstance(row, ClipRow)
    assert (row.path, row.sentence, row.client_id) == (
        "common_voice_cy_17.mp3",
        'Bore "da',
        "c0ffee",
    )
    assert row.votes == Votes(2, 1)
    assert (row.age, row.gender, row.accents) == ("thirties", "female_feminine", "north")
    for later in ("variant", "locale", "segment", "sentence_id", "sentence_domain"):
        assert getattr(row, later) == (VALUES[later] if later in names else "")


@pytest.mark.parametrize("column", ["path", "sentence"])
def test_a_table_without_a_needed_column_is_refused(tmp_path: Path, column: str) -> None:
    names = [name for name in RELEASES["8.0"].split() if name != column]
    table = tmp_path / "validated.tsv"
    table.write_text("\t".join(names) + "\n")
    with pytest.raises(FormatError, match=f"validated.tsv:1: no column '{column}'"):
        list(read_clips(table))


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("common_voice_en_1", "common_voice_en_1.mp3"),
        ("common_voice_en_1.mp3", "common_voice_en_1.mp3"),
        ("x.wav", "x.wav"),
        ("v1.2/clip", "v1.2/clip.mp3"),
        ("clip.1", "clip.1.mp3"),
        ("CLIP.MP3", "CLIP.MP3"),
        ("", ""),
    ],
)
def test_suffix(name: str, full: str) -> None:
    assert with_suffix(name) == full


@pytest.mark.parametrize(
    "cells", [("", ""), ("NA", "0"), ("2", "-1"), ("2.0", "0"), ("9" * 5000, "0")]
)
def test_votes_that_are_none(cells: tuple[str, str]) -> None:
    assert parse_votes(*cells) is None


@pytest.mark.parametrize(
    ("name", "rows"), [("artie-bias-corpus.shared.tsv", 858), ("th_v8_rows.shared.tsv", 600)]
)
def test_real_tables_parse_completely(test_data: Path, name: str, rows: int) -> None:
    found = list(read_clips(test_data / "common_voice_tsv_only" / name))
    assert len(found) == rows
    assert not any(isinstance(row, BadRow) for row in found)
    clips = [row for row in found if isinstance(row, ClipRow)]
    assert all(len(row.client_id) == 128 and row.sentence and row.votes for row in clips)
