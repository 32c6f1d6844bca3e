"""The process that converts: as converting in our own; a crash costs its own clip alone."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from importers.errors import MynaError
from native.audio import ClipJob, Outcome, convert
from pipelines.converter_process import Converter, Options

Run = Callable[..., subprocess.CompletedProcess[str]]
RowsOf = Callable[[Path], list[dict[str, str]]]


def options(folder: Path) -> Options:
    return {"temporary": str(folder / "temporary"), "threads": 2, "keep_partial": False}


def jobs(folder: Path, *sources: str | bytes) -> list[ClipJob]:
    return [ClipJob(source, str(folder / f"{i}.wav")) for i, source in enumerate(sources)]


def wavs(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.wav")}


@pytest.fixture(scope="module")
def clips(test_data: Path) -> list[bytes]:
    folder = test_data / "cv-corpus-21.0-delta-2025-03-14" / "en" / "clips"
    return [path.read_bytes() for path in sorted(folder.iterdir())[:6]]


@pytest.fixture
def hostile(hostile_decoder: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{hostile_decoder}:{checkout}")


@pytest.fixture
def converter() -> Iterator[Converter]:
    with Converter(cpu_seconds=1, alone_bytes=200 * 1024**2) as made:
        yield made


def test_it_equals_converting_here(
    clips: list[bytes], tmp_path: Path, converter: Converter
) -> None:
    sources: list[str | bytes] = [*clips, b"", b"<html>", str(tmp_path / "absent.mp3")]
    here, there = tmp_path / "here", tmp_path / "there"
    expected = convert(jobs(here, *sources), **options(here))
    for _ in range(2):
        assert converter.convert(jobs(there, *sources), options(there)) == expected
    assert len(wavs(here)) == len(clips)
    assert wavs(there) == wavs(here)


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize(
    ("mark", "words"),
    [
        (b"ABORT-HERE", "SIGABRT"),
        (b"SEGFAULT-HERE", "SIGSEGV"),
        (b"EXIT-HERE", "exit code 3"),
        (b"HANG-HERE", "SIGXCPU"),
    ],
)
def test_a_crash_costs_its_own_clip_alone(
    clips: list[bytes], tmp_path: Path, converter: Converter, mark: bytes, words: str
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    expected = convert(jobs(here, *clips), **options(here))
    sources = [*clips[:2], clips[2] + mark, *clips[3:]]
    outcomes = converter.convert(jobs(there, *sources), options(there))
    crashed = Outcome(0, 0, 0, 0, "decoder_crashed", words, False, 0)
    assert outcomes == [*expected[:2], crashed, *expected[3:]]
    (here / "2.wav").unlink()
    assert wavs(there) == wavs(here)
    assert list((there / "temporary").iterdir()) == []


@pytest.mark.usefixtures("hostile")
def test_a_clip_that_takes_all_memory_is_told_when_alone(
    clips: list[bytes], tmp_path: Path, converter: Converter
) -> None:
    sources = [clips[0], clips[1] + b"GREED-HERE", clips[2] + b"ABORT-HERE"]
    outcomes = converter.convert(jobs(tmp_path, *sources), options(tmp_path))
    assert [one.problem for one in outcomes] == [None, "decoder_crashed", "decoder_crashed"]


@pytest.mark.usefixtures("hostile")
def test_a_process_that_is_killed_from_outside_rejects_nothing(
    clips: list[bytes], tmp_path: Path
) -> None:
    sources = [clips[0], clips[1] + b"HANG-HERE"]
    with Converter(cpu_seconds=60) as converter:
        killer = subprocess.Popen([sys.executable, "-c", _KILLER, str(os.getpid())])
        with pytest.raises(MynaError, match=r"ended from outside \(SIGKILL.*goes on where"):
            converter.convert(jobs(tmp_path, *sources), options(tmp_path))
        assert killer.wait() == 0


# Kills the other child of the process that is named, twice: once with all clips, once with one.
_KILLER = """
import os, pathlib, signal, sys, time
parent = pathlib.Path(f"/proc/{sys.argv[1]}/task")
killed = set()
while len(killed) < 2:
    time.sleep(0.3)
    for task in parent.glob("*/children"):
        for child in map(int, task.read_text().split()):
            busy = pathlib.Path(f"/proc/{child}/cmdline").read_bytes().find(b"converter_process")
            spent = pathlib.Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            if child not in killed and busy > 0 and int(spent[11]) > 80:  # 0.8 s: it hangs
                os.kill(child, signal.SIGKILL)
                killed.add(child)
"""


def test_a_wav_that_cannot_be_written_is_an_os_error(
    clips: list[bytes], tmp_path: Path, converter: Converter
) -> None:
    (tmp_path / "file").write_text("")
    job = ClipJob(clips[0], str(tmp_path / "file" / "a.wav"))
    with pytest.raises(OSError, match="Not a directory") as caught:
        converter.convert([job], options(tmp_path))
    assert caught.value.filename == job.target
    assert converter.convert(jobs(tmp_path, clips[0]), options(tmp_path))[0].problem is None


def test_it_ends_with_the_process_that_started_it(tmp_path: Path, checkout: Path) -> None:
    program = (
        "import time; from pathlib import Path; from pipelines.converter_process import Converter\n"
        "converter = Converter()\n"
        "converter.convert([], {'temporary': '/tmp', 'threads': 1})\n"
        "print(converter._process.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=checkout
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.kill()
    end = time.monotonic() + 30
    while _is_alive(child):
        assert time.monotonic() < end, "it outlived its parent"
        time.sleep(0.02)


def _is_alive(process: int) -> bool:
    status = Path(f"/proc/{process}/status")
    try:
        return "State:\tZ" not in status.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_process_that_cannot_be_started_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, converter: Converter
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(MynaError, match=r"could not be started \(exit code 1\)"):
        converter.convert(jobs(tmp_path, b"x"), options(tmp_path))
    open_before = sorted(Path("/proc/self/fd").iterdir())
    monkeypatch.setattr(sys, "executable", str(tmp_path / "absent"))
    with pytest.raises(MynaError, match=r"could not be started \(No such file or directory\)"):
        converter.convert(jobs(tmp_path, b"x"), options(tmp_path))
    assert sorted(Path("/proc/self/fd").iterdir()) == open_before
    monkeypatch.undo()
    (outcome,) = converter.convert(jobs(tmp_path, b""), options(tmp_path))
    assert outcome.problem == "empty_file"


def test_an_import_survives_clips_that_crash_the_decoder(
    import_command: list[str], run_import: Run, hostile_decoder: Path, checkout: Path,
    real_release: Path, rows_of: RowsOf, tmp_path: Path,
) -> None:  # fmt: skip
    release = tmp_path / "cv-corpus-21.0-delta-2025-03-14"
    shutil.copytree(real_release, release)
    hostile = sorted((release / "en" / "clips").iterdir())[5:45:13]
    for path in hostile:
        with path.open("ab") as stream:
            stream.write(b"ABORT-HERE")
    crashed = tmp_path / "crashed"
    done = subprocess.run(
        [*import_command, "cv", crashed, release],
        capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": f"{hostile_decoder}:{checkout}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"imported {47 - len(hostile)} " in done.stdout
    assert done.stderr == ""
    assert {tuple(row.values()) for row in rows_of(crashed / "rejects.csv")} == {
        (path.stem, "decoder_crashed", "SIGABRT") for path in hostile
    }
    assert run_import(tmp_path / "other", real_release).returncode == 0
    for wav in (tmp_path / "other").glob("clips/*/*.wav"):
        ours = crashed / wav.relative_to(tmp_path / "other")
        if wav.stem in {path.stem for path in hostile}:
            assert not ours.exists()
        else:
            assert ours.read_bytes() == wav.read_bytes()
