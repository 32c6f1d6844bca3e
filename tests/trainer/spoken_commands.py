"""A few clips of the sample corpus as WAVs or FLACs with manifests, as importing makes them."""

import csv
import re
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from importers.alphabet import Alphabet
from importers.manifest import Entry, ManifestWriter
from importers.storage import put_atomic
from native.audio import ClipJob, convert

ALPHABET = Alphabet((" ", *"abcdefghijklmnopqrstuvwxyz"))
"""What their transcripts are written in."""


@dataclass(frozen=True)
class Commands:
    """Spoken commands: manifests in one folder with their WAVs, and no alphabet."""

    train: Path  # 24 clips
    dev: Path  # 6 clips
    test: Path  # 6 clips


def write_manifest(path: Path, entries: Sequence[Entry]) -> Path:
    with put_atomic(path) as stream:
        writer = ManifestWriter(stream)
        for entry in entries:
            writer.write(entry)
    return path


def spoken_commands(checkout: Path, folder: Path, audio_format: str = "wav") -> Commands:
    """Convert some clips of the sample corpus into ``folder``."""
    [archive] = (checkout / "sample").glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        files = {Path(one.name).name: one for one in tar.getmembers() if one.isfile()}

        def content(name: str) -> bytes:
            stream = tar.extractfile(files[name])
            assert stream is not None
            return stream.read()

        def some(name: str, count: int) -> Path:
            table = content(f"{name}.tsv").decode().splitlines()
            rows = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
            # Plain sentences only: text rules are the importer's matter.
            plain = [row for row in rows if re.fullmatch(r"[A-Z][a-z ]+", row["sentence"])]
            entries = []
            for row in plain[:count]:
                clip = folder / f"{row['path']}.{audio_format}"
                job = ClipJob(content(row["path"]), str(clip))
                temporary = str(folder / "tmp")
                [outcome] = convert(
                    [job], temporary=temporary, threads=1, audio_format=audio_format
                )
                assert outcome.problem is None
                entries.append(Entry(clip.name, outcome.bytes, row["sentence"].lower()))
            assert len(entries) == count
            return write_manifest(folder / f"{name}.csv", entries)

        return Commands(some("train", 24), some("dev", 6), some("test", 6))
