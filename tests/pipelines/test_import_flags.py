"""Flags of a corpus's own: shown, kept with the import, handed to read, and believed on a rerun."""

import argparse
import contextlib
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from importers import corpora
from importers.corpus import Corpus
from importers.registry import load
from pipelines import import_command, produce_command
from pipelines.import_options import ImportOptions, add_import_options
from pipelines.produce_import import CorpusImport
from pipelines.stages import Stages

CORPUS = '''
"""Digits, as a folder of recordings. https://example.org"""

from importers.corpus import Audio, CorpusInfo, Utterance

INFO = CorpusInfo(
    name="digits", title="Digits", languages=("en",), licence="CC0-1.0",
    homepage="https://example.org", how_to_get="https://example.org",
    markers=("speakers.txt",), tables=("speakers.txt",),
)


def add_options(group):
    group.add_argument("--of-speaker", metavar="NAME", help="one speaker alone")
    group.add_argument("--doubled", action="store_true", help="say each word twice")


def read(root, options):
    for name in (root / "speakers.txt").read_text().split():
        if options.values.get("of_speaker", name) == name:
            text = " ".join(["zero"] * (2 if options.values.get("doubled") == "yes" else 1))
            yield Utterance(f"0_{name}_0", Audio(f"0_{name}_0.wav"), text, name, "en")
'''
NAMES = ("jackson", "lucas", "nicolas", "theo")
# Spoken digits are short, and their rates wide apart.
LIMITS = ("--ctc-step-ms", "0", "--rate-factor", "0")


@pytest.fixture
def dropped_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """A file that has just been put among the corpora."""
    (tmp_path / "just_dropped_in.py").write_text(CORPUS)
    monkeypatch.setattr(corpora, "__path__", [*corpora.__path__, str(tmp_path)])
    return load("digits")


@pytest.fixture
def target(test_data: Path, tmp_path: Path) -> Path:
    """With the recordings of four speakers in it."""
    folder = tmp_path / "target"
    folder.mkdir()
    for name in NAMES:
        shutil.copy(test_data / "fsdd" / "recordings" / f"0_{name}_0.wav", folder)
    (folder / "speakers.txt").write_text("\n".join(NAMES))
    return folder


@pytest.fixture
def command(dropped_in: Corpus, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs ``import-corpus digits`` in this process; its exit code."""

    def run(*arguments: object) -> int:
        words = ["import-corpus", "digits", *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", words)
        return import_command.main()

    return run


def transcripts(target: Path) -> list[str]:
    rows = [
        row
        for split in ("train", "dev", "test", "rest")
        for row in (target / f"digits-{split}.csv").read_text().splitlines()[1:]
    ]
    return sorted(row.split(",")[2] for row in rows)


def test_help_shows_them(command: Callable[..., int], capfd: pytest.CaptureFixture[str]) -> None:
    with contextlib.suppress(SystemExit):
        command("-h")
    shown = capfd.readouterr().out
    assert "Digits; no clip is converted again for them:\n  --of-speaker NAME" in shown
    assert "--sets" not in shown


def test_produce_model_has_them_too(
    dropped_in: Corpus, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["produce-model", "--corpus", "digits", "-h"])
    with contextlib.suppress(SystemExit):
        produce_command.main()
    assert "  --of-speaker NAME" in capfd.readouterr().out


def test_they_reach_read_and_are_kept(
    command: Callable[..., int], target: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert command(target, *LIMITS, "--of-speaker", "theo", "--doubled") == 0
    assert transcripts(target) == ["zero zero"]
    labels = json.loads((target / ".import" / "parameters.json").read_text())["labels"]
    assert (labels["of-speaker"], labels["doubled"]) == ("theo", "yes")
    capfd.readouterr()
    assert command(target, *LIMITS) == 0
    shown = capfd.readouterr().out
    assert "changed: doubled was yes, now not set" in shown
    assert "changed: of-speaker was theo, now not set" in shown
    assert transcripts(target) == ["zero"] * 4


def test_produce_model_leaves_an_import_as_it_was_told(
    command: Callable[..., int], dropped_in: Corpus, target: Path
) -> None:
    assert command(target, *LIMITS, "--of-speaker", "theo") == 0
    (target / "digits-rest.csv").unlink()
    said: list[str] = []
    silent = CorpusImport("digits", target, None, ImportOptions(), threads=1)
    silent.run(Stages(target / ".produce", said.append), said.append)
    assert said == ["import ..."]
    assert transcripts(target) == ["zero"]
    doubled = ImportOptions(of_corpus={"doubled": "yes"})
    CorpusImport("digits", target, None, doubled, threads=1).run(
        Stages(target / ".produce", said.append), said.append
    )
    assert transcripts(target) == ["zero zero"]


def test_a_value_is_text_and_what_is_not_said_is_not_there(dropped_in: Corpus) -> None:
    parser = argparse.ArgumentParser()
    add_import_options(parser, dropped_in)
    assert ImportOptions.of(parser.parse_args([])).is_silent
    known = parser.parse_args(["--doubled", "--of-speaker", "7"])
    assert ImportOptions.of(known).of_corpus == {"of_speaker": "7", "doubled": "yes"}
