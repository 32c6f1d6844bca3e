"""Imports run as users run them: as a command, in a process of its own."""

import csv
import hashlib
import importlib.util
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
WriteTable = Callable[[Path, Sequence[Mapping[str, str]]], Path]

REAL = "cv-corpus-21.0-delta-2025-03-14"
OUTPUTS = ("*.csv", "report.json", "alphabet.txt", "clips/*/*.wav", "clips/*/*.flac", "encoded/*/*")


@pytest.fixture(scope="session")
def import_command(checkout: Path) -> list[str]:
    """The command line of import-corpus, from any working directory."""
    return [sys.executable, str(checkout / "pipelines" / "import_command.py")]


@pytest.fixture(scope="session")
def run_import(checkout: Path, import_command: list[str]) -> Run:
    """Runs ``import-corpus cv`` with the arguments given; no exit code is an error here."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*import_command, "cv", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "PYTHONPATH": str(checkout)},
        )

    return run


@pytest.fixture(scope="session")
def start_import(checkout: Path, import_command: list[str]) -> Callable[..., subprocess.Popen[str]]:
    """Begins ``import-corpus cv`` with the arguments given, in a process group of its own."""

    def start(*arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*import_command, "cv", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(checkout)},
            process_group=0,
        )

    return start


@pytest.fixture(scope="session")
def wait_for() -> Callable[[Callable[[], bool]], None]:
    """Waits until something is true, a minute at most."""

    def wait(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, "it never happened"
            time.sleep(0.001)

    return wait


@pytest.fixture(scope="session")
def real_release(test_data: Path) -> Path:
    """47 real clips in the tree of a release."""
    return test_data / REAL


@pytest.fixture(scope="session")
def real_archive(real_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as an archive, tables after the clips."""
    archive = tmp_path_factory.mktemp("archive") / f"{REAL}-en.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(real_release, REAL)
    return archive


@pytest.fixture(scope="session")
def large_archive(
    real_release: Path, write_clips: WriteTable, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The 47 real clips again and again under 1,504 names, some of them damaged: six shards."""
    folder = tmp_path_factory.mktemp("large")
    root = folder / "cv-corpus-99.0-2026-01-01" / "en"
    clips = sorted((real_release / "en" / "clips").iterdir())
    (root / "clips").mkdir(parents=True)
    rows = []
    for number in range(32 * len(clips)):
        name = f"common_voice_en_{number}.mp3"
        content = clips[number % len(clips)].read_bytes()
        (root / "clips" / name).write_bytes(b"" if number % 100 == 7 else content)
        rows.append({"path": name, "sentence": f"clip {'x' * (number % 9 + 1)}", "client_id": "a"})
    write_clips(root / "validated.tsv", rows)
    archive = folder / "large.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        tar.add(folder / root.parent.name, root.parent.name)
    return archive


@pytest.fixture(scope="session")
def digits_archive(
    test_data: Path, write_clips: WriteTable, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """600 spoken digits of four speakers, quick to convert, and what is none: three shards."""
    folder = tmp_path_factory.mktemp("digits")
    root = folder / "cv-corpus-98.0-2026-01-01" / "en"
    (root / "clips").mkdir(parents=True)
    rows: list[dict[str, str]] = []
    for number, clip in enumerate(sorted((test_data / "fsdd" / "recordings").iterdir())[:600]):
        digit, speaker, _ = clip.stem.split("_")
        content = b"" if number % 50 == 7 else clip.read_bytes()
        (root / "clips" / clip.name).write_bytes(content[: 300 if number % 50 == 8 else None])
        # Short enough for clips of a third of a second.
        sentence = "abcdefghij"[int(digit)] + speaker[0]
        rows.append({"path": clip.name, "sentence": sentence, "client_id": speaker})
    rows.append({"path": "lost.wav", "sentence": "lost", "client_id": "nobody"})
    write_clips(root / "validated.tsv", rows)
    archive = folder / "digits.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(folder / root.parent.name, root.parent.name)
    return archive


@pytest.fixture(scope="session")
def digests() -> Callable[[Path], dict[str, str]]:
    """The SHA-256 of everything that an import hands over, by path."""

    def digest_all(target: Path) -> dict[str, str]:
        files = sorted(path for pattern in OUTPUTS for path in target.glob(pattern))
        return {
            str(path.relative_to(target)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }

    return digest_all


@pytest.fixture(scope="session")
def rows_of() -> Callable[[Path], list[dict[str, str]]]:
    """The rows of a CSV as dictionaries."""

    def rows(path: Path) -> list[dict[str, str]]:
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    return rows


@pytest.fixture(scope="session")
def hostile_decoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PYTHONPATH with a libsndfile that dies of marked audio (hostile_decoder.c)."""
    wheel = importlib.util.find_spec("_soundfile_data")
    assert wheel is not None and wheel.submodule_search_locations
    (real,) = Path(wheel.submodule_search_locations[0]).glob("libsndfile*")
    folder = tmp_path_factory.mktemp("hostile")
    package = folder / "_soundfile_data"
    package.mkdir()
    (package / "__init__.py").write_text("")
    source = Path(__file__).with_name("hostile_decoder.c")
    subprocess.run(
        [
            *("gcc", "-O1", "-shared", "-fPIC", "-D_GNU_SOURCE", f'-DREAL="{real}"', str(source)),
            *("-o", str(package / "libsndfile_hostile.so"), "-ldl"),
        ],
        check=True,
    )
    return folder
