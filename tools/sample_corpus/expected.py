"""EXPECTED.json: what a reader of the release must find, told by the plan that made it."""

import hashlib
import importlib.metadata
import zlib
from collections.abc import Mapping

import soundfile

from tools.sample_corpus import damage, release
from tools.sample_corpus.readings import Plan, Reading
from tools.sample_corpus.recording import Clip

LIBRARIES = ("espeakng-loader", "numpy", "soundfile")


def made_with() -> dict[str, str]:
    """The versions that decide the archive's bytes."""
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return versions | {
        "libsndfile": soundfile.__libsndfile_version__,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
    }


def describe(seed: int, plan: Plan, clips: Mapping[str, Clip], archive: bytes) -> dict[str, object]:
    rows = {name: [r for r in plan.readings if name in r.tables] for name in release.TABLES}
    usable = {
        name: [r for r in readings if r.damage not in damage.REJECTED]
        for name, readings in rows.items()
    }
    return {
        "archive": release.ARCHIVE,
        "bytes": len(archive),
        "sha256": hashlib.sha256(archive).hexdigest(),
        "seed": seed,
        "made_with": made_with(),
        "rows": {name: len(readings) for name, readings in rows.items()},
        "usable_rows": {name: len(readings) for name, readings in usable.items()},
        "hours": {name: _hours(readings, clips) for name, readings in usable.items()},
        "speakers": {
            name: len({r.speaker.client_id for r in readings}) for name, readings in rows.items()
        },
        "words": len({word for r in plan.readings for word in r.command.split()}),
        # Files named .mp3, with the damaged and the unlisted one, without the missing ones.
        "clips_in_archive": 1 + sum(r.damage != "missing" for r in plan.readings),
        "rejected_kinds": list(damage.REJECTED),
        "clips": {
            kind: sorted(r.path for r in plan.readings if r.damage == kind)
            for kind in damage.DAMAGES
        }
        | {"unlisted": [release.UNLISTED]},
    }


def _hours(readings: list[Reading], clips: Mapping[str, Clip]) -> float:
    """Hours by clip_durations.tsv, to 0.1 s."""
    return round(sum(clips[r.path].duration_ms for r in readings) / 3_600_000, 5)
