"""The licence of the corpora that manifests are of, where their imports tell which those were."""

import json
from collections.abc import Iterable
from pathlib import Path

from importers.corpus import Access
from importers.registry import all_corpora

_REPORT = "report.json"


def data_licence(manifests: Iterable[Path]) -> str | None:
    """In a few words, each corpus once; None where nothing is known of one of them.

    An import leaves report.json beside its manifests, with the title of the corpus.
    """
    found = dict.fromkeys(_licence(manifest.parent / _REPORT) for manifest in manifests)
    known = [one for one in found if one is not None]
    return "; ".join(known) if known and len(known) == len(found) else None


def _licence(report: Path) -> str | None:
    try:
        content = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # no import of ours has made these manifests
        return None
    title = content.get("corpus") if isinstance(content, dict) else None
    for corpus in all_corpora().values():
        if corpus.INFO.title == title and corpus.INFO.access is not Access.OWN:
            return f"{corpus.INFO.licence} ({title})"
    return None
