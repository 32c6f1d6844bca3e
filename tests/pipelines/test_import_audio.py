"""What an import makes of the audio: WAV or FLAC, encoded clips kept or not, silence left out."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipelines.import_corpus import SILENCE_DBFS
from pipelines.import_options import ImportOptions
from pipelines.produce_import import CorpusImport

Run = Callable[..., subprocess.CompletedProcess[str]]
Digests = Callable[[Path], dict[str, str]]
RowsOf = Callable[[Path], list[dict[str, str]]]
WriteTable = Callable[[Path, Sequence[Mapping[str, str]]], Path]

MANIFESTS = ("cv-valid-train.csv", "cv-valid-dev.csv", "cv-valid-test.csv")


def files(target: Path, pattern: str) -> dict[str, int]:
    """Names and times of files: what was written again has another time."""
    return {path.name: path.stat().st_mtime_ns for path in target.glob(pattern)}


@pytest.fixture(scope="module")
def flacs(
    run_import: Run, real_archive: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """The real archive as FLACs with its encoded clips; and the archive."""
    target = tmp_path_factory.mktemp("flacs")
    done = run_import(target, real_archive, "--audio-format", "flac", "--keep-clips")
    assert done.returncode == 0, done.stderr
    assert "imported 47" in done.stdout
    return target, real_archive


@pytest.fixture
def target(flacs: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of that import."""
    copy = tmp_path / "flacs"
    shutil.copytree(flacs[0], copy)
    return copy


def test_flacs_hold_what_the_wavs_hold(
    flacs: tuple[Path, Path], real_release: Path, run_import: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    assert run_import(tmp_path, real_release).returncode == 0
    total = 0
    for name in MANIFESTS:
        pairs = zip(rows_of(tmp_path / name), rows_of(flacs[0] / name), strict=True)
        for as_wav, as_flac in pairs:
            wav, flac = tmp_path / as_wav["wav_filename"], flacs[0] / as_flac["wav_filename"]
            assert flac.suffix == ".flac"
            assert np.array_equal(
                soundfile.read(str(flac), dtype="int16")[0],
                soundfile.read(str(wav), dtype="int16")[0],
            )
            assert int(as_flac.pop("wav_filesize")) == flac.stat().st_size
            assert as_flac.pop("wav_filename") == as_wav.pop("wav_filename")[:-3] + "flac"
            del as_wav["wav_filesize"]
            assert as_flac == as_wav
            total += 1
    assert total == 47
    assert list(flacs[0].rglob("*.wav")) == []


def test_encoded_clips_are_kept_as_they_were(flacs: tuple[Path, Path], real_release: Path) -> None:
    kept = {path.name: path.read_bytes() for path in flacs[0].glob("encoded/*/*.mp3")}
    clips = (real_release / "en" / "clips").iterdir()
    assert kept == {clip.name: clip.read_bytes() for clip in clips}
    assert len(kept) == 47
    folders = {path.stem: path.parent.name for path in flacs[0].glob("clips/*/*.flac")}
    assert folders == {path.stem: path.parent.name for path in flacs[0].glob("encoded/*/*")}


@pytest.mark.parametrize("pattern", ["clips/*/*.flac", "encoded/*/*.mp3"])
def test_what_is_lost_or_cut_is_made_again_and_nothing_else(
    flacs: tuple[Path, Path], target: Path, run_import: Run, digests: Digests, pattern: str
) -> None:
    options = ("--audio-format", "flac", "--keep-clips")
    assert run_import(target, flacs[1], *options).returncode == 0
    before, times = digests(target), files(target, pattern)
    assert any(name.endswith(".flac") for name in before)
    lost, cut, *_ = sorted(target.glob(pattern))
    lost.unlink()
    cut.write_bytes(cut.read_bytes()[:-1])
    done = run_import(target, flacs[1], *options)
    assert done.returncode == 0, done.stderr
    assert digests(target) == before
    again = files(target, pattern)
    assert {name for name in times if again[name] != times[name]} == {lost.name, cut.name}


def test_the_same_archive_gives_the_same_flacs(
    flacs: tuple[Path, Path], run_import: Run, digests: Digests, tmp_path: Path
) -> None:
    options = ("--audio-format", "flac", "--threads", 1)
    assert run_import(tmp_path, flacs[1], *options).returncode == 0
    kept = {name: one for name, one in digests(flacs[0]).items() if "encoded" not in name}
    assert digests(tmp_path) == kept
    assert not (tmp_path / "encoded").exists()


def test_another_format_is_refused_until_all_begins_anew(
    flacs: tuple[Path, Path], target: Path, run_import: Run
) -> None:
    done = run_import(target, flacs[1])
    assert done.returncode == 2
    assert "audio-format was flac, now wav" in done.stderr
    assert len(list(target.glob("clips/*/*.flac"))) == 47
    (target / "encoded" / "mine.mp3").write_bytes(b"mine")
    assert run_import(target, flacs[1], "--fresh").returncode == 0
    assert list(target.glob("clips/*/*.flac")) == []
    assert len(list(target.glob("clips/*/*.wav"))) == 47
    assert [path.name for path in target.glob("encoded/**/*") if path.is_file()] == ["mine.mp3"]


def test_produce_model_leaves_an_import_of_flacs_as_it_is(flacs: tuple[Path, Path]) -> None:
    said = ImportOptions(split="speaker")
    request = CorpusImport("cv", flacs[0], None, said, threads=1).request
    assert (request.audio_format, request.silence_dbfs) == ("flac", SILENCE_DBFS)
    anew = CorpusImport("cv", flacs[0], flacs[1], said, threads=1).request
    assert anew.audio_format == "wav"


def test_clips_may_be_kept_later(
    real_archive: Path, run_import: Run, digests: Digests, tmp_path: Path
) -> None:
    assert run_import(tmp_path, real_archive).returncode == 0
    before = digests(tmp_path)
    assert run_import(tmp_path, real_archive, "--keep-clips").returncode == 0
    after = digests(tmp_path)
    assert len([name for name in after if name.startswith("encoded/")]) == 47
    assert {name: one for name, one in after.items() if name in before} == before


def test_nothing_is_copied_from_a_folder(
    real_release: Path, run_import: Run, tmp_path: Path
) -> None:
    for _ in range(2):
        assert run_import(tmp_path, real_release, "--keep-clips").returncode == 0
        assert not (tmp_path / "encoded").exists()


def test_silence_and_a_page_are_left_out(
    write_clips: WriteTable, run_import: Run, rows_of: RowsOf, tmp_path: Path
) -> None:
    root = tmp_path / "cv-corpus-99.0-2026-01-01" / "en"
    (root / "clips").mkdir(parents=True)
    noise = np.random.default_rng(0).normal(0, 1, 96000)
    for name, level in (("spoken", 0.003), ("silent", 0.0005), ("nothing", 0.0)):
        soundfile.write(str(root / "clips" / f"{name}.mp3"), level * noise, 32000)
    page = b"<!DOCTYPE html><html><head><title>403 Forbidden</title></head></html>" * 300
    (root / "clips" / "page.mp3").write_bytes(page)
    rows = [
        {"path": f"{name}.mp3", "sentence": f"{name} clip", "client_id": "a"}
        for name in ("spoken", "silent", "nothing", "page")
    ]
    write_clips(root / "validated.tsv", rows)

    def reasons(*options: object) -> dict[str, str]:
        target = tmp_path / hashlib.md5(repr(options).encode()).hexdigest()
        done = run_import(target, root.parent, *options)
        assert done.returncode == 0, done.stderr
        return {row["key"]: row["reason"] for row in rows_of(target / "rejects.csv")}

    assert reasons() == {"silent": "silence", "nothing": "silence", "page": "not_audio"}
    assert reasons("--silence-dbfs", "off") == {"page": "not_audio"}
    assert reasons("--silence-dbfs", "-80") == {"nothing": "silence", "page": "not_audio"}


@pytest.mark.parametrize("text", ["quiet", "nan", "1", "-201"])
def test_a_silence_that_is_none(run_import: Run, tmp_path: Path, text: str) -> None:
    done = run_import(tmp_path, "--silence-dbfs", text)
    assert done.returncode == 2
    assert "must be off, or -200 to 0 decibels of full scale" in done.stderr
