"""Releases of generated clips for the benchmarks: speech-like noise, in Common Voice's layout."""

import io
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATES = (32000, 48000)
_COLUMNS = (
    "client_id", "path", "sentence", "up_votes", "down_votes", "age", "gender", "accents", "locale",
    "segment",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClipShape:
    """What the clips of a release are like."""

    shortest: float
    """Seconds."""
    longest: float
    distinct: int
    """So many are encoded; the release repeats them under other names."""


def clip_files(folder: Path, shape: ClipShape) -> list[Path]:
    """The distinct clips, as MP3 files of 32 and 48 kHz in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    paths = []
    for i in range(shape.distinct):
        rate = RATES[i % len(RATES)]
        samples = _syllables(generator, rate, generator.uniform(shape.shortest, shape.longest))
        paths.append(folder / f"{i}.mp3")
        soundfile.write(str(paths[-1]), samples, rate)
    return paths


def write_archive(path: Path, clips: Sequence[Path], count: int) -> None:
    """A release of ``count`` clips as .tar.gz: its tables, then the clips in their order."""
    root = "cv-corpus-99.0-2026-01-01/en"
    encoded = [clip.read_bytes() for clip in clips]
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        table = "".join(f"{line}\n" for line in _table(count)).encode()
        _add(archive, f"{root}/validated.tsv", table)
        for i in range(count):
            _add(archive, f"{root}/clips/{_name(i)}", encoded[i % len(encoded)])


def _syllables(generator: np.random.Generator, rate: int, seconds: float) -> NDArray[np.float64]:
    """Band-limited noise whose loudness comes and goes, twice a second."""
    length = int(rate * seconds)
    loudness = np.abs(np.sin(np.arange(length) * (2 * np.pi * 2 / rate))) ** 2
    noise = np.convolve(generator.standard_normal(length), np.ones(24) / 24, "same")
    return np.asarray(0.3 * loudness * noise)


def _table(count: int) -> Iterator[str]:
    yield "\t".join(_COLUMNS)
    for i in range(count):
        speaker, sentence = f"{i // 20:0128x}", f"This is the sentence {_in_letters(i)}."
        yield "\t".join([speaker, _name(i), sentence, "2", "0", "", "", "", "en", ""])


def _in_letters(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def _name(number: int) -> str:
    return f"common_voice_en_{number:08d}.mp3"


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
