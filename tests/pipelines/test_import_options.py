"""The options of an import: what is said, what an earlier import was told, and the defaults."""

import argparse
import math
from dataclasses import replace
from pathlib import Path

import pytest

from importers.alphabet import Alphabet
from importers.errors import UsageError
from importers.filters import FilterRules
from importers.registry import load
from pipelines.import_corpus import ImportRequest, audio_parameters, label_parameters
from pipelines.import_labels import LabelRules
from pipelines.import_options import ImportOptions, add_import_options

AB = Alphabet(("a", "b"))
ALL = [
    "--split=corpora-creator", "--seed=7", "--votes=v1", "--text-rules=none", "--locale=tr",
    "--alphabet=bytes", "--min-seconds=0.5", "--max-seconds=12.5", "--ctc-step-ms=40",
    "--rate-factor=2", "--absolute-paths", "--duplicate-sentences=2", "--audio-format=flac",
    "--silence-dbfs=-50", "--keep-clips", "--pad-start=0.15", "--pad-end=0.1",
]  # fmt: skip
SAID = ImportOptions(
    "corpora-creator", 7, "v1", "none", "tr", Alphabet.of_bytes(), 0.5, 12.5, 40.0, 2.0, True, 2,
    "flac", -50.0, True, 0.15, 0.1,
)  # fmt: skip
OUT = ImportRequest("cv", Path("out"))


def parsed(*arguments: str, seed_flag: str = "--seed") -> ImportOptions:
    parser = argparse.ArgumentParser()
    add_import_options(parser, load("cv"), seed_flag=seed_flag)
    return ImportOptions.of(parser.parse_args(arguments))


def test_flags_say_each_option_and_nothing_else(tmp_path: Path) -> None:
    assert parsed(*ALL) == SAID
    assert parsed("--split-seed=3", seed_flag="--split-seed") == ImportOptions(split_seed=3)
    (tmp_path / "ab.txt").write_text("a\nb\n")
    assert parsed(f"--alphabet={tmp_path}/ab.txt") == ImportOptions(alphabet=AB)
    assert parsed().is_silent
    for argument in ALL:
        assert not parsed(argument).is_silent


def parameters(options: ImportOptions) -> dict[str, str]:
    request = options.apply(OUT)
    return {**audio_parameters(request), **label_parameters(request)}


def test_an_import_remembers_them(tmp_path: Path) -> None:
    """But for --keep-clips, which changes nothing of what is made."""
    told = ImportOptions().or_as_told(parameters(SAID), tmp_path)
    assert replace(told, keep_clips=True) == SAID
    off = ImportOptions(silence_dbfs=-math.inf)
    assert off.apply(OUT).silence_dbfs is None
    assert ImportOptions().or_as_told(parameters(off), tmp_path).apply(OUT) == off.apply(OUT)
    assert ImportOptions().or_as_told({}, tmp_path).is_silent
    without = replace(SAID, pad_start=None, pad_end=0.0)
    assert audio_parameters(without.apply(OUT)).keys() == {"audio-format", "silence-dbfs"}
    told = ImportOptions().or_as_told(label_parameters(ImportOptions().apply(OUT)), tmp_path)
    assert told.apply(OUT) == ImportOptions().apply(OUT)


def test_what_is_said_goes_before_what_was_told(tmp_path: Path) -> None:
    said = ImportOptions(split="official", split_seed=0, rate_factor=0.0)
    assert said.or_as_told(parameters(SAID), tmp_path) == ImportOptions(
        "official",
        0,
        "v1",
        "none",
        "tr",
        Alphabet.of_bytes(),
        0.5,
        12.5,
        40.0,
        0.0,
        True,
        audio_format="flac",
        silence_dbfs=-50.0,
        pad_start=0.15,
        pad_end=0.1,
    )


def test_an_alphabet_is_remembered_by_the_file_in_the_target(tmp_path: Path) -> None:
    parameters = label_parameters(ImportOptions(alphabet=AB).apply(OUT))
    for content in (None, "a\n"):
        if content is not None:
            (tmp_path / "alphabet.txt").write_text(content)
        with pytest.raises(UsageError, match=r"alphabet\.txt: is not what the import was told"):
            ImportOptions().or_as_told(parameters, tmp_path)
        given = ImportOptions(alphabet=Alphabet(("c",)))
        assert given.or_as_told(parameters, tmp_path).alphabet == given.alphabet
    AB.write(tmp_path / "alphabet.txt")
    assert ImportOptions().or_as_told(parameters, tmp_path).alphabet == AB


def test_defaults_stand_where_nothing_is_said() -> None:
    request = ImportRequest("cv", Path("out"), Path("x.tar.gz"), threads=3)
    assert ImportOptions().apply(request) == ImportRequest(
        "cv", Path("out"), Path("x.tar.gz"), None, LabelRules(), FilterRules(0.3, 20.0), threads=3
    )
    rules = LabelRules("none", "v1", "corpora-creator", 7, Alphabet.of_bytes(), 2)
    assert SAID.apply(OUT) == ImportRequest(
        "cv",
        Path("out"),
        None,
        "tr",
        rules,
        FilterRules(0.5, 12.5, 40.0, 2.0),
        True,
        "flac",
        -50.0,
        True,
        0.15,
        0.1,
    )
    usual = ImportOptions(split_seed=0, text_rules="unicode", max_seconds=20.0)
    assert usual.apply(OUT) == ImportOptions().apply(OUT)


@pytest.mark.parametrize("lengths", [(5.0, 2.0), (21.0, None), (None, 0.1)])
def test_the_shortest_is_not_longer_than_the_longest(
    lengths: tuple[float | None, float | None],
) -> None:
    with pytest.raises(UsageError, match="--min-seconds is more than --max-seconds"):
        ImportOptions(min_seconds=lengths[0], max_seconds=lengths[1]).apply(OUT)
    assert ImportOptions(min_seconds=21.0, max_seconds=0.0).apply(OUT).filters.max_seconds == 0


@pytest.mark.parametrize("factor", [0.5, 1.0])
def test_a_rate_factor_that_would_reject_what_is_usual(factor: float) -> None:
    with pytest.raises(UsageError, match="--rate-factor must be more than 1, or 0"):
        ImportOptions(rate_factor=factor).apply(OUT)
    assert ImportOptions(rate_factor=0.0).apply(OUT).filters.rate_factor == 0
    assert ImportOptions(rate_factor=1.01).apply(OUT).filters.rate_factor == 1.01


def test_a_frame_is_not_longer_than_a_second() -> None:
    with pytest.raises(UsageError, match="--ctc-step-ms is more than 1000"):
        ImportOptions(ctc_step_ms=1e9).apply(OUT)


def test_copies_of_sentences_are_for_one_split_alone() -> None:
    with pytest.raises(UsageError, match="--duplicate-sentences is for --split corpora-creator"):
        ImportOptions(split="maximal", duplicate_sentences=2).apply(OUT)
    assert ImportOptions(duplicate_sentences=1).apply(OUT) == ImportOptions().apply(OUT)
