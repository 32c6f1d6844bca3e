"""What users get wrong gives one line, and leaves nothing behind."""

import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lm.package import LanguageModelPackage

Run = Callable[..., subprocess.CompletedProcess[str]]

GOOD = "open the door\nopen the window\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Inputs, good and bad."""
    for name, content in {
        "good.txt": GOOD.encode(),
        "empty.txt": b"",
        "blank.txt": b"\n\n  \n",
        "digits.txt": b"room 5\nroom 6\n",
        "latin1.txt": b"fine\nol\xe9\n",
        "utf16.txt": GOOD.encode("utf-16"),
        "packed.bz2": b"BZh91AY&SY",
        "cut.gz": bytes.fromhex("1f8b0800000000000003cb48cdc9c95728cf"),
        "cyrillic.txt": "а\nб\n \n".encode(),
        "twice.txt": b"a\na\n",
        "capitals.txt": "\n".join(" ABCDEFGHIJKLMNOPQRSTUVWXYZ").encode(),
        "manifest.csv": b"wav_filename,wav_filesize,transcript\na.wav,44,open it\n",
        "table.csv": b"path,sentence\na.mp3,open it\n",
        "short.csv": b"wav_filename,wav_filesize,transcript\na.wav,44\n",
        "mine/precious.txt": b"mine",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path


MISTAKES = {
    "": (2, "no text: name files by --text, manifests by --csv"),
    "--text - -": (2, "--text - stands for stdin, which can be read once only"),
    "--text {0}/empty.txt": (1, "no sentence in {0}/empty.txt: nothing is there"),
    "--text {0}/blank.txt": (1, r"no sentence in {0}/blank.txt: 3 lines, all rejected \(3 empty\)"),
    "--text {0}/digits.txt": (1, r"no sentence in .*: 2 lines, all rejected \(2 digits\)"),
    "--text {0}/latin1.txt": (1, r"{0}/latin1.txt:2: not UTF-8 \(byte 0xe9\). Convert it"),
    "--text {0}/utf16.txt": (
        1,
        "{0}/utf16.txt:1: UTF-16, not UTF-8. Convert it with: iconv -f utf-16 -t utf-8 {0}/utf16.t",
    ),
    "--text {0}/packed.bz2": (1, "{0}/packed.bz2: damaged bzip2: Compressed file ended before"),
    "--text {0}/cut.gz": (1, "{0}/cut.gz: damaged gzip: .*ended before"),
    "--text {0}/absent.txt": (2, "--text {0}/absent.txt: there is no such file"),
    "--text {0}/none/*.txt": (2, "--text {0}/none/.*: no file has a name of this pattern"),
    "--csv {0}/absent.csv": (2, "--csv {0}/absent.csv: there is no such file"),
    "--csv {0}/mine": (2, "--csv {0}/mine: is a folder. Name a file"),
    "--text {0}/good.txt --exclude {0}/absent.csv": (2, "--exclude {0}/absent.csv: there is no"),
    "--text {0}/good.txt --exclude {0}/good.txt": (1, "{0}/good.txt:1: no manifest"),
    "--csv {0}/manifest.csv --exclude {0}/manifest.csv": (
        1,
        r"no sentence in {0}/manifest.csv: 1 lines, all rejected \(1 excluded\)",
    ),
    "--text {0}/manifest.csv": (2, "{0}/manifest.csv is a manifest, not plain text: give it by"),
    "--csv {0}/table.csv": (1, "{0}/table.csv:1: no manifest"),
    "--csv {0}/short.csv": (1, "{0}/short.csv:2: 2 columns where the header has 3"),
    "--text {0}/good.txt --alphabet {0}/cyrillic.txt": (
        1,
        r"no word of the text can be written with the alphabet \({0}/cyrillic.txt\): it has no "
        r"'e' \(U\+0065\), 'o' \(U\+006F\), .* and 5 more. Is it that of another language?",
    ),
    "--text {0}/good.txt --alphabet {0}/capitals.txt": (
        1,
        r"no word of the text can be written with the alphabet \({0}/capitals.txt\): it has no "
        r"'e' \(U\+0065\), .* and 5 more. It has capitals: write its labels as the text rules "
        r"write words, in small letters",
    ),
    "--text {0}/good.txt --alphabet {0}/twice.txt": (1, "{0}/twice.txt:2: label .* also in line 1"),
    "--text {0}/good.txt --alphabet {0}/absent": (
        2,
        "--alphabet {0}/absent: there is no such file",
    ),
    "--text {0}/good.txt --alphabet {0}/mine": (2, "--alphabet {0}/mine: is a folder. Name a file"),
    "--text {0}/good.txt --bits 1": (2, "--bits 1: from 2 to 16, or 0"),
    "--text {0}/good.txt --bits 17": (2, "--bits 17: from 2 to 16, or 0"),
    "--text {0}/good.txt --order 1": (2, "--order 1: an order is from 2 to 6"),
    "--text {0}/good.txt --order 7": (2, "--order 7: an order is from 2 to 6"),
    "--text {0}/good.txt --locale turkish": (
        2,
        "argument --locale: 'turkish' is no language tag, such as en, tr or pt-BR",
    ),
    "--text {0}/good.txt --locale tur": (
        2,
        "argument --locale: 'tur': the tag of this language begins with tr",
    ),
    "--text {0}/good.txt --alpha -1": (2, "--alpha must be a number from 0 to 20, not -1"),
    "--text {0}/good.txt --alpha nan": (2, "--alpha must be a number from 0 to 20, not nan"),
    "--text {0}/good.txt --beta inf": (2, "--beta must be a number from -100 to 100, not inf"),
    "--text {0}/good.txt --beta much": (2, "argument --beta: invalid float value: 'much'"),
    "--text {0}/good.txt --prune 1 0": (2, "--prune: the thresholds may not decrease"),
    "--text {0}/good.txt --memory 2000": (2, "argument --memory: 2000 is too little"),
    "--text {0}/good.txt --memory much": (2, "argument --memory: 'much' is no size such as 500M"),
    "--text {0}/good.txt --memory 1M": (2, "argument --memory: 1M is too little: at least 64M are"),
    "--text {0}/good.txt --memory 99T": (2, "argument --memory: 99T is more than there is: "),
    "--text {0}/good.txt --temp {0}/absent": (2, "--temp {0}/absent: there is no such folder"),
    "--text {0}/good.txt --out {0}/mine": (2, "{0}/mine holds something else than a package"),
    "--text {0}/good.txt --out {0}/good.txt": (2, "{0}/good.txt is a file; --out names a folder"),
    "--text {0}/good.txt --out {0}/good.txt/lm": (
        2,
        "{0}/good.txt is a file: there is no folder for",
    ),
    "--text {0}/good.txt --out /proc/lm": (1, "/proc/.*: No such file or directory"),
}


@pytest.mark.parametrize("arguments", MISTAKES)
def test_a_mistake_gives_one_line_and_leaves_nothing(
    folder: Path, build_lm: Run, arguments: str
) -> None:
    code, message = MISTAKES[arguments]
    before = sorted(folder.rglob("*"))
    given = arguments.format(folder).split()
    if "--out" not in given:
        given += ["--out", str(folder / "lm")]
    done = build_lm(*given)
    last = done.stderr.splitlines()[-1]
    pattern = message.replace("{0}", re.escape(str(folder)))
    assert re.match(f"build-lm: (error: )?{pattern}", last), done.stderr
    assert (done.returncode, done.stdout) == (code, "")
    assert "Traceback" not in done.stderr
    assert sorted(folder.rglob("*")) == before


def test_a_program_that_dies_is_said(
    tmp_path: Path, build_command: list[str], checkout: Path
) -> None:
    """Here of files that may not grow beyond 8 KB, as of any other reason."""
    text = checkout / "sample" / "text" / "story.txt"
    command = shlex.join([*build_command, "--text", str(text), "--out", str(tmp_path / "lm")])
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 8; exec {command}"],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(checkout)},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "build-lm: lmplz was ended by SIGXFSZ"
    assert list(tmp_path.iterdir()) == []


def test_a_package_is_replaced_and_stays_when_the_next_build_fails(
    folder: Path, build_lm: Run
) -> None:
    out = folder / "lm"
    assert build_lm("--text", folder / "good.txt", "--out", out).returncode == 0
    assert LanguageModelPackage.read(out).counts["words"] == 4
    assert build_lm("--text", folder / "latin1.txt", "--out", out).returncode == 1
    assert LanguageModelPackage.read(out).counts["words"] == 4
    assert build_lm("--csv", folder / "manifest.csv", "--out", out).returncode == 0
    assert LanguageModelPackage.read(out).counts["words"] == 2
    (out / "notes.txt").write_text("mine")
    assert build_lm("--text", folder / "good.txt", "--out", out).returncode == 2
    assert (out / "notes.txt").read_text() == "mine"
    assert [path.name for path in folder.glob(".lm*")] == []


def started(command: list[str], out: Path, checkout: Path) -> subprocess.Popen[str]:
    """A build that waits for the rest of its stdin, with its work folder made."""
    process = subprocess.Popen(
        [*command, "--text", "-", "--out", str(out)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while not list(out.parent.glob(f".{out.name}.building/build-lm-*")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_nothing(
    tmp_path: Path, build_command: list[str], checkout: Path, number: signal.Signals
) -> None:
    process = started(build_command, tmp_path / "lm", checkout)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "build-lm: interrupted; the same command begins anew"
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_two_builds_do_not_mix_and_a_killed_one_is_cleared_away(
    tmp_path: Path, build_command: list[str], build_lm: Run, checkout: Path
) -> None:
    out = tmp_path / "lm"
    process = started(build_command, out, checkout)
    second = build_lm("--text", "-", "--out", out, text=GOOD)
    assert second.returncode == 1
    assert second.stderr.endswith(
        f"{out}: another build-lm is at work here. Wait for it, or choose another target\n"
    )
    process.kill()
    process.communicate(timeout=30)
    assert [path.name for path in tmp_path.iterdir()] == [".lm.building"]
    assert build_lm("--text", "-", "--out", out, text=GOOD).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["lm"]
    LanguageModelPackage.read(out)
