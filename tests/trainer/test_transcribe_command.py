"""The command `transcribe`, run as a user runs it."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from native.audio import decode
from native.features import frames_of
from tests.trainer.commands_run import TRANSCRIBE, transcribe
from trainer.model_folder import ModelFolder
from trainer.recognizer import Recognizer

Digits = Mapping[Path, str]


def test_one_clip_is_its_text_alone(taught: ModelFolder, digits: Digits) -> None:
    [*_, (clip, text)] = digits.items()
    assert transcribe("--model", taught.path, clip) == (f"{text}\n", "")


def test_several_clips_are_named(taught: ModelFolder, language_model: Path, digits: Digits) -> None:
    output, talk = transcribe("--model", taught.path, "--lm", language_model, *digits)
    assert output == "".join(f"{clip}\t{text}\n" for clip, text in digits.items())
    assert talk == ""


def test_json(taught: ModelFolder, language_model: Path, digits: Digits) -> None:
    for clips in (list(digits), list(digits)[:1]):
        output, talk = transcribe(
            "--model", taught.path, "--lm", language_model, "--json", "--beam-size", "64", *clips
        )
        rows = [json.loads(line) for line in output.splitlines()]
        assert [row["clip"] for row in rows] == [str(clip) for clip in clips]
        for clip, row in zip(clips, rows, strict=True):
            assert set(row) == {"clip", "text", "words", "score", "acoustic", "seconds"}
            assert row["text"] == digits[clip]
            assert 0.2 < row["seconds"] < 1
        assert talk == ""


@pytest.mark.parametrize("with_language_model", [True, False])
def test_json_has_the_times_and_the_confidence_of_words(
    taught: ModelFolder, language_model: Path, digits: Digits, *, with_language_model: bool
) -> None:
    package = language_model if with_language_model else None
    lm = ("--lm", language_model) if with_language_model else ()
    output, _ = transcribe("--model", taught.path, *lm, "--json", *digits)
    # As the command does it for several clips: other kernels of ONNX Runtime round otherwise.
    recognizer = Recognizer(taught.path, package, many=True)
    for line, (clip, text) in zip(output.splitlines(), digits.items(), strict=True):
        samples = decode(str(clip))
        best = recognizer.best_reading(recognizer.log_probs(samples))
        assert best is not None
        (word,) = best.words
        # tests/trainer/taught_model.py: from the second frame to the last but one, 20 ms each.
        end = round((frames_of(len(samples)) - 1) * 0.02, 3)
        confidence = round(word.confidence, 4)
        assert json.loads(line)["words"] == [
            {"text": text, "begin": 0.02, "end": end, "confidence": confidence}
        ]
        assert 0 < confidence <= 1


def test_every_format(taught: ModelFolder, test_data: Path) -> None:
    """A model of digits has nothing to say of these, but hears them to the end."""
    clips = [
        next((test_data / "cv-corpus-21.0-delta-2025-03-14/en/clips").glob("*.mp3")),
        next((test_data / "LibriSpeech").rglob("*.flac")),
        next((test_data / "mfa").rglob("*.opus")),
        next((test_data / "an4").rglob("*.sph")),
    ]
    output, talk = transcribe("--model", taught.path, "--json", *clips)
    seconds = [json.loads(line)["seconds"] for line in output.splitlines()]
    assert len(seconds) == 4
    assert min(seconds) >= 1
    assert talk == ""


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
def test_a_format_that_needs_ffmpeg(taught: ModelFolder, digits: Digits, tmp_path: Path) -> None:
    # Apple Lossless: the samples come back as they were.
    clips = []
    for clip in digits:
        clips.append(tmp_path / f"{clip.stem}.m4a")
        run = ["ffmpeg", "-v", "error", "-i", str(clip), "-c:a", "alac", str(clips[-1])]
        subprocess.run(run, check=True)
    (tmp_path / "bad.m4a").write_text("no audio")
    output, talk = transcribe("--model", taught.path, *clips, tmp_path / "bad.m4a", code=1)
    assert [line.split("\t")[1] for line in output.splitlines()] == list(digits.values())
    first, last = talk.splitlines()
    assert first.startswith(f"transcribe: {tmp_path}/bad.m4a: cannot be decoded: ")
    assert last == "transcribe: 1 of 6 clips have no text"


def test_a_clip_that_cannot_be_used_is_named_and_the_others_go_on(
    taught: ModelFolder, digits: Digits, tmp_path: Path
) -> None:
    (tmp_path / "page.mp3").write_text("<html>no audio</html>")
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    (good, text), *_ = digits.items()
    names = ("page.mp3", "empty.wav", "no.wav", "no.m4a", "loop.wav")
    bad = [tmp_path / name for name in names]
    output, talk = transcribe("--model", taught.path, good, *bad, good, code=1)
    assert output == f"{good}\t{text}\n" * 2
    assert talk.splitlines() == [
        f"transcribe: {bad[0]}: not audio: a web page or XML, not audio",
        f"transcribe: {bad[1]}: the file has 0 bytes",
        f"transcribe: {bad[2]}: no such file",
        f"transcribe: {bad[3]}: no such file",
        f"transcribe: {bad[4]}: Too many levels of symbolic links",
        "transcribe: 5 of 7 clips have no text",
    ]


def test_one_clip_that_cannot_be_used_is_one_line(taught: ModelFolder, tmp_path: Path) -> None:
    output, talk = transcribe("--model", taught.path, tmp_path / "no.wav", code=1)
    assert (output, talk) == ("", f"transcribe: {tmp_path}/no.wav: no such file\n")


def test_no_model(digits: Digits, tmp_path: Path) -> None:
    clip = next(iter(digits))
    output, talk = transcribe("--model", tmp_path, clip, code=1)
    assert output == ""
    assert talk == (
        f"transcribe: {tmp_path}: no model is in this folder (no model.json). "
        "Name the one that train-model --out wrote\n"
    )


def test_no_language_model(taught: ModelFolder, digits: Digits, tmp_path: Path) -> None:
    clip = next(iter(digits))
    output, talk = transcribe("--model", taught.path, "--lm", tmp_path, clip, code=1)
    assert output == ""
    assert talk == (
        f"transcribe: {tmp_path}: no language model package: it has no lm.json. "
        "build-lm makes one\n"
    )


def test_a_language_model_with_a_weight_that_cannot_be(
    taught: ModelFolder, language_model: Path, digits: Digits, tmp_path: Path
) -> None:
    shutil.copytree(language_model, tmp_path / "lm")
    path = tmp_path / "lm" / "lm.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"alpha": -0.5}))
    clip = next(iter(digits))
    output, talk = transcribe("--model", taught.path, "--lm", tmp_path / "lm", clip, code=1)
    what = "alpha must be a number from 0 to 20, not -0.5. Correct it, or build the package again"
    assert (output, talk) == ("", f"transcribe: {path}: {what}\n")


def test_ctrl_c_keeps_the_texts_that_are_ready(taught: ModelFolder, digits: Digits) -> None:
    process = subprocess.Popen(
        [TRANSCRIBE, "--model", taught.path, "--threads", "1", *[*digits] * 2000],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,  # communicate() reads behind what a buffer would hold
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    more, talk = process.communicate(timeout=60)
    assert process.returncode == 130
    assert talk.decode() == "transcribe: interrupted; the same command begins anew\n"
    lines = [f"{clip}\t{text}" for clip, text in digits.items()] * 2000
    said = (first + more).decode().splitlines()
    assert said == lines[: len(said)]
    assert len(said) < len(lines)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--beam-size", "0", "x.wav"],
        ["--beam-size", "1000001", "x.wav"],
        ["--threads", "x", "x.wav"],
        [],
    ],
    ids=str,
)
def test_wrong_usage(taught: ModelFolder, arguments: list[str]) -> None:
    output, talk = transcribe("--model", taught.path, *arguments, code=2)
    assert output == ""
    assert talk.splitlines()[-1].startswith("transcribe: error: ")


def test_it_loads_neither_tensorflow_nor_beam(
    taught: ModelFolder, language_model: Path, digits: Digits
) -> None:
    arguments = ["transcribe", "--model", str(taught.path), "--lm", str(language_model)]
    arguments += map(str, digits)
    heavy = {"tensorflow", "keras", "apache_beam", "pandas", "onnx", "pydantic", "yaml"}
    program = (
        f"import sys; sys.argv = {arguments}\n"
        "from trainer.transcribe_command import main\n"
        "assert main() == 0\n"
        f"print(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr == "[]\n"
    assert len(done.stdout.splitlines()) == len(digits)


def test_help_does_not_load_the_runtime() -> None:
    program = (
        "import sys; sys.argv = ['transcribe', '-h']\n"
        "from trainer.transcribe_command import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted({'onnxruntime', 'numpy'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr == "[]\n"
