"""What the documents promise is there: commands, flags, targets, files, and the example corpus."""

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from importers import corpora
from importers.corpus import Audio, ReadOptions, Utterance
from importers.registry import load
from importers.report import Reason, Reject

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
DOCUMENTS = [
    ROOT / name
    for name in (
        "README.md",
        "CONTRIBUTING.md",
        "docs/architecture.md",
        "docs/decoder.md",
        "docs/export.md",
        "docs/first-model.md",
        "docs/language-models.md",
        "docs/own-data.md",
        "docs/training-data.md",
        "docs/training.md",
        "docs/validation-app.md",
        "benchmarks/README.md",
    )
]


def command_lines(document: Path) -> list[str]:
    """The lines of the indented blocks of a document, without their remarks."""
    lines = re.findall(r"^    (\S.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return [line.split("  #")[0].strip() for line in lines]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in command_lines(document):
        words = line.split()
        if words[0] == "make":
            assert set(words[1:]) <= targets, line


def test_flags_in_the_readme_are_flags_of_a_command() -> None:
    flags = set(re.findall(r"`(--[a-z0-9-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert flags
    commands = [*entry_points(group="console_scripts")]
    shown = "".join(
        subprocess.run([BIN / one.name, "-h"], capture_output=True, text=True, check=True).stdout
        for one in commands
        if one.dist and one.dist.name == "myna-speech" and one.name != "import-corpus"
    )
    assert [flag for flag in flags if flag not in shown] == []


def test_flags_in_the_guide_to_own_data_are_flags_of_the_import() -> None:
    guide = (ROOT / "docs" / "own-data.md").read_text(encoding="utf-8")
    said = re.findall(r"(?:import-folder|`)[^`\n]*", guide)
    flags = {flag for text in said for flag in re.findall(r" (--[a-z-]+)|^`(--[a-z-]+)", text)}
    command = [sys.executable, str(ROOT / "pipelines" / "import_command.py"), "folder", "-h"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    named = {flag for pair in flags for flag in pair if flag} - {"--corpus"}
    assert named >= {"--table", "--file-column", "--encoding", "--speaker-from-folder"}
    assert [flag for flag in named if flag not in shown] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_are_named_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([^)#:]+)\)", text)
    named = re.findall(r"(?:importers|pipelines|native|tools|benchmarks)/[a-z_/]+\.(?:py|md)", text)
    named = [name for name in named if "my_corpus" not in name]
    for name in linked:
        assert (document.parent / name).exists(), name
    for name in named:
        assert (ROOT / name).exists(), name


def test_the_makefile_shows_all_its_targets() -> None:
    shown = subprocess.run(["make", "help"], capture_output=True, text=True, cwd=ROOT, check=True)
    for target in (
        "install",
        "demo",
        "first-model",
        "test",
        "test-backends",
        "test-slow",
        "check",
        "bench",
        "fuzz",
        "sanitize",
        "clean",
    ):
        assert re.search(rf"^  make {target} ", shown.stdout, re.MULTILINE), target


def test_the_example_of_contributing_is_a_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (tmp_path / "my_corpus.py").write_text(example, encoding="utf-8")
    monkeypatch.setattr(corpora, "__path__", [*corpora.__path__, str(tmp_path)])
    root = tmp_path / "root"
    root.mkdir()
    (root / "transcripts.tsv").write_text("file\ttext\tspeaker\na.wav\tHello\tann\ntorn\n")
    assert list(load("mine").read(root, ReadOptions())) == [
        Utterance("a", Audio("wav/a.wav"), "Hello", "ann", "en"),
        Reject("transcripts.tsv:3", Reason.BAD_ROW, "1 columns where the header has 3"),
    ]
