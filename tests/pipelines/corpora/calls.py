"""A corpus for tests: segments.tsv says what is spoken from when to when in which recording."""

from collections.abc import Iterator
from pathlib import Path

from importers.corpus import Audio, CorpusInfo, ReadOptions, Utterance
from importers.report import Reason, Reject
from importers.tables import BadRow, read_tsv

INFO = CorpusInfo(
    name="calls",
    title="Calls",
    languages=("en",),
    licence="CC0-1.0",
    homepage="https://example.org/calls",
    how_to_get="The tests make it",
    markers=("segments.tsv",),
    tables=("segments.tsv",),
)


def read(root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]:
    """One utterance a row."""
    del options
    for row in read_tsv(root / "segments.tsv", ("key", "path", "start", "end", "channel", "text")):
        if isinstance(row, BadRow):
            yield Reject(f"segments.tsv:{row.line}", Reason.BAD_ROW, row.detail)
            continue
        key, path, start, end, channel, text = row.values
        audio = Audio(
            path, float(start), float(end) if end else None, int(channel) if channel else None
        )
        yield Utterance(key, audio, text, speaker=channel, locale="en")
