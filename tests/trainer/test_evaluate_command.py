"""The command `evaluate-model`, run as a user runs it."""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.trainer.taught_model import digit_manifest
from trainer.model_folder import ModelFolder

COMMAND = Path(sys.executable).parent / "evaluate-model"
Digits = Mapping[Path, str]


def evaluate(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_rates_and_clips(
    taught: ModelFolder, language_model: Path, digits: Digits, tmp_path: Path
) -> None:
    path = digit_manifest(tmp_path, digits)
    rates = "5 clips, 5 words: WER 0.00% (0 substituted, 0 deleted, 0 inserted), CER 0.00%, "
    rates += "WER of the median clip 0.00%"
    arguments = ("--model", taught.path, "--csv", path, "--lm", language_model)
    assert evaluate(*arguments, "--report", "0") == (
        0,
        f"without language model: {rates}\nwith language model:    {rates}\n",
        "",
    )
    code, said, talk = evaluate("--model", taught.path, "--csv", path, "--report", "1")
    assert (code, talk) == (0, "")
    assert [line for line in said.splitlines() if line[0] != " "] == [
        f"without language model: {rates}",
        "best",
        "median",
        "worst",
    ]


def test_what_the_model_cannot_write_is_counted(
    taught: ModelFolder, digits: Digits, tmp_path: Path
) -> None:
    texts = dict(digits)
    first, second, *_ = texts
    texts[first], texts[second] = "é7é", "7"
    path = digit_manifest(tmp_path, texts)
    code, _, talk = evaluate("--model", taught.path, "--csv", path, "--report", "0")
    assert (code, talk) == (
        0,
        "evaluate-model: 2 of 5 transcripts have characters that the model cannot write, "
        "which are errors whatever it hears: 'é' (U+00E9), '7' (U+0037)\n",
    )


def test_a_file_that_cannot_be_written(taught: ModelFolder, digits: Digits, tmp_path: Path) -> None:
    path, saved = digit_manifest(tmp_path, digits), tmp_path / "none" / "x.npz"
    assert evaluate("--model", taught.path, "--csv", path, "--save-logits", saved) == (
        2,
        "",
        f"evaluate-model: {saved}: there is no folder {tmp_path}/none to write it into\n",
    )


def test_ctrl_c_leaves_nothing(taught: ModelFolder, digits: Digits, tmp_path: Path) -> None:
    path, out = digit_manifest(tmp_path, digits, times=2000), tmp_path / "out"
    out.mkdir()
    process = subprocess.Popen(
        [COMMAND, "--model", taught.path, "--csv", path, "--save-logits", out / "x.npz"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not any(one.stat().st_size for one in out.iterdir()):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    said, talk = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "")
    assert talk == "evaluate-model: interrupted; the same command begins anew\n"
    assert list(out.iterdir()) == []


def test_it_loads_no_tensorflow(checkout: Path) -> None:
    program = (
        "import sys, trainer.evaluation_run, trainer.recognizer\n"
        "print(sorted({'tensorflow', 'keras', 'pandas', 'apache_beam'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=checkout
    )
    assert done.stdout == "[]\n"


def test_a_folder_without_a_model(digits: Digits, tmp_path: Path) -> None:
    path = digit_manifest(tmp_path, digits)
    code, _, talk = evaluate("--model", tmp_path, "--csv", path)
    assert code == 1
    assert talk.startswith(f"evaluate-model: {tmp_path}: no model is in this folder")
