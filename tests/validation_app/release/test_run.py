"""The command: what it prints, and what it refuses."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.validation_app.release.community import Community, RealClip
from validation_app import command

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Calls ``validation-app export-release``: exit code, stdout, stderr."""

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["validation-app", "export-release", *map(str, words)])
        try:
            code = command.main()
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return call


def test_what_was_written_is_told(
    community: Community, reals: list[RealClip], tmp_path: Path, say: Say
) -> None:
    ann, bob = community.person("ann"), community.person("bob")
    for number, real in enumerate(reals[:6]):
        community.clip(ann if number < 3 else bob, real, votes="++" if number < 5 else "--")
    (community.data / "clips" / "000" / "1.mp3").unlink()
    out = tmp_path / "releases"
    told = ("--data", community.data, "--out", out, "--date", "2026-11-22")
    code, said, error = say(*told, "--licence", "CC0-1.0")
    assert (code, error) == (0, "")
    lines = said.split("\n")
    assert lines[0] == f"{out}/cv-corpus-1.0-2026-11-22-en.tar.gz: 5 clips, 0.01 h"
    assert lines[1:7] == [
        "  validated.tsv            4 clips      0.01 h",
        "  invalidated.tsv          1 clips      0.00 h",
        "  other.tsv                0 clips      0.00 h",
        "  train.tsv                4 clips      0.01 h",
        "  dev.tsv                  0 clips      0.00 h",
        "  test.tsv                 0 clips      0.00 h",
    ]
    assert lines[7:9] == [
        "  1 left out: MISSING",
        f"  the clips left out or doubtful: {out}/cv-corpus-1.0-2026-11-22-en-problem-clips.tsv",
    ]
    digest = (out / "cv-corpus-1.0-2026-11-22-en.tar.gz.sha256").read_text().split()[0]
    assert lines[9:] == [f"  sha256 {digest}", ""]

    community.clip(ann, reals[6])
    earlier = out / "cv-corpus-1.0-2026-11-22-en.tar.gz"
    code, said, error = say(*told, "--release", "1.1", "--since", earlier)
    assert (code, error) == (0, "")
    assert said.startswith(f"{out}/cv-corpus-1.1-delta-2026-11-22-en.tar.gz: 1 clips, 0.00 h\n")
    assert "\n  5 clips are in the earlier release\n" in said


def test_today_is_the_day_if_none_is_said(community: Community, tmp_path: Path, say: Say) -> None:
    assert say("--data", community.data, "--out", tmp_path / "releases")[0] == 0
    (archive,) = (tmp_path / "releases").glob("*.tar.gz")
    assert archive.name[:14] == "cv-corpus-1.0-"


def test_a_folder_without_an_app_is_said_and_stays_without(tmp_path: Path, say: Say) -> None:
    code, _, said = say("--data", tmp_path / "mistyped", "--out", tmp_path / "releases")
    assert (code, said) == (
        2,
        f"validation-app: {tmp_path}/mistyped: no app has been at work here (there is no "
        "validation.sqlite). Name the folder that validation-app --data was told\n",
    )
    assert list(tmp_path.iterdir()) == []


def test_another_language_than_the_app_s_is_said(
    tmp_path: Path, reals: list[RealClip], say: Say
) -> None:
    """It would be an empty release: of English, if no language is said."""
    community = Community(tmp_path / "german", "de")
    community.clip(community.person("ann"), reals[0])
    code, _, said = say("--data", community.data, "--out", tmp_path / "releases")
    assert (code, said) == (
        2,
        f"validation-app: {community.data}: holds nothing in en. Say --locale de\n",
    )
    assert not (tmp_path / "releases").exists()


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("--release", "one", "--release one: a release is called by a number, as 1.0 or 2.1"),
        ("--date", "22.11.2026", "argument --date: must be a day, as 2026-11-22"),
        ("--since", "nowhere.tar.gz", "--since nowhere.tar.gz: there is no such archive"),
    ],
)
def test_wrong_flags_are_one_line(
    flag: str, value: str, said: str, community: Community, tmp_path: Path, say: Say
) -> None:
    code, out, error = say("--data", community.data, "--out", tmp_path / "releases", flag, value)
    assert (code, out) == (2, "")
    assert error.split("\n")[-2].endswith(said)
    assert not list((tmp_path).glob("releases/*"))
