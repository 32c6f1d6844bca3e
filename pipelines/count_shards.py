"""The Beam program of count-words: shards of text to their sentences and their words, counted.

    CountShard -> sentences/NNNNNN.zst, .counting/words/NNNNNN.zst -> the shard's result file

Elements are shards, never sentences: what flows are names of files and places in them. A worker has
a megabyte of a shard's text in memory at a time, and its different words.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import apache_beam as beam

from importers.manifest import read_manifest
from importers.storage import storage_error
from importers.text import TextRules
from lm.counted_text import put_packed
from lm.sentences import read_sentences
from native.sentences import SentenceReader, WordCounts
from pipelines.beam_runner import run_pipeline
from pipelines.count_plan import CountShard
from pipelines.count_state import CountResult, CountState, PieceResult
from pipelines.interruption import stop_if_asked


@dataclass(frozen=True, slots=True)
class CountJob:
    """What every worker needs to know; paths must mean the same to all of them."""

    out: str
    digest: str
    """Of the parameters."""
    rules: TextRules
    excluded: tuple[str, ...]
    """Manifests whose transcripts are kept out."""
    threads: int
    """Of one shard."""


def run_counting(
    job: CountJob, shards: Sequence[CountShard], beam_arguments: Sequence[str], *, workers: int
) -> None:
    """Count the shards, so many at a time where Beam is told nothing.

    Raises FormatError and UsageError for text that cannot be read, StorageError where the target
    cannot be written, InterruptedRunError where a worker was asked to stop.
    """

    def build(pipeline: beam.Pipeline) -> None:
        (
            pipeline
            | "Shards" >> beam.Create(list(shards))
            | "CountShard" >> beam.ParDo(CountShards(job))
        )

    run_pipeline(build, beam_arguments, workers=workers)


class CountShards(beam.DoFn):
    """From a shard to its sentences, its words and, last, its result file."""

    def __init__(self, job: CountJob) -> None:
        self._job = job

    def setup(self) -> None:
        job = self._job
        transcripts = [
            entry.transcript for path in job.excluded for entry in read_manifest(Path(path))
        ]
        self._reader = SentenceReader(job.rules.rules, job.rules.locale, transcripts)

    def process(self, element: CountShard) -> Iterator[int]:
        """The number of the shard, once it is finished."""
        state = CountState(Path(self._job.out))
        if state.failed.exists():  # the run is lost: what is left is for the next one
            return
        try:
            result = count_shard(element, state, self._reader, self._job.threads)
            state.write(element.number, result, self._job.digest)
        except OSError as error:
            _leave_mark(state.failed)
            raise storage_error(error, state.out) from None
        except BaseException:
            _leave_mark(state.failed)
            raise
        yield element.number


def count_shard(
    shard: CountShard, state: CountState, reader: SentenceReader, threads: int
) -> CountResult:
    """Write a shard's sentences and words. Raises what read_sentences raises, and OSError."""
    counts, pieces, characters = WordCounts(), list[PieceResult](), ""

    def batches() -> Iterator[bytes]:
        nonlocal characters
        for piece in shard.pieces:
            source = piece.source()
            for batch in read_sentences(source, reader, threads=threads):
                stop_if_asked(state.stop)
                counts.add(batch)
                yield batch
            rejected = dict(sorted(source.rejected.items()))
            pieces.append(PieceResult(piece.number, source.sentences, rejected))
            if piece.kind == "manifest":  # those come before all texts
                characters = counts.characters()

    part = put_packed(state.out, state.part_name(shard.number), batches())
    words = put_packed(state.out, state.words_name(shard.number), [counts.listed()])
    return CountResult(part, words, tuple(pieces), characters)


def _leave_mark(mark: Path) -> None:
    with contextlib.suppress(OSError):  # a full disk, say: the others find that out themselves
        mark.touch()
