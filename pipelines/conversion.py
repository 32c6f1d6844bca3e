"""The Beam program of an import: shards of clips, read and converted in one step.

    archive or plan slices -> Shard of encoded clips -> WAVs (or FLACs), and the shard's result file

Reading and converting are fused: audio is never shuffled, so no more than a few shards of it are in
memory, whatever the archive's size. Native threads use the cores inside a shard; while one shard
converts, the next is read.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import apache_beam as beam

from importers import storage
from importers.errors import StorageError
from importers.lengths import is_cut_off
from importers.manifest import SAMPLE_RATE, wav_name
from importers.report import Reason, Reject
from native.audio import ClipJob, Outcome
from pipelines.beam_runner import run_pipeline
from pipelines.conversion_job import ConversionJob
from pipelines.converter_process import Converter
from pipelines.encoded_clips import keep_encoded
from pipelines.foreign_clips import ForeignClips
from pipelines.import_plan import PlannedClip, PlanSlice
from pipelines.import_state import ImportState, ShardResult, write_shard
from pipelines.interruption import stop_if_asked
from pipelines.shard_reading import ReadArchive, ReadSlice
from pipelines.shards import Shard

MAX_DECODED_SECONDS = 3600.0
"""No recorded sentence is that long, but a file of a few kilobytes can claim to be. (A recording
that clips are cut out of may be longer.)"""


def run_conversion(
    job: ConversionJob, slices: list[PlanSlice] | None, beam_arguments: Sequence[str]
) -> None:
    """Convert all clips of the plan: the ``slices`` of a folder's, or (None) out of the archive.

    Raises StorageError when the target cannot be written, ArchiveError for a damaged archive,
    InterruptedRunError where a worker was asked to stop, UsageError for arguments that Beam does
    not know.
    """
    try:
        run_pipeline(lambda pipeline: _build(pipeline, job, slices), beam_arguments)
    finally:
        # Those that were read ahead for a shard that has not been converted.
        shutil.rmtree(ImportState(Path(job.target)).spool, ignore_errors=True)


def _build(pipeline: beam.Pipeline, job: ConversionJob, slices: list[PlanSlice] | None) -> None:
    if slices is None:
        shards = (
            pipeline
            | "Archive" >> beam.Create([0])  # one element, whose value says nothing
            | "ReadArchive" >> beam.ParDo(ReadArchive(job))
        )
    else:
        shards = (
            pipeline | "Slices" >> beam.Create(slices) | "ReadSlice" >> beam.ParDo(ReadSlice(job))
        )
    shards | "ConvertShard" >> beam.ParDo(ConvertShard(job))


class ConvertShard(beam.DoFn):
    """From a shard to its WAVs and, last, its result file."""

    def __init__(self, job: ConversionJob) -> None:
        self._job = job

    def setup(self) -> None:
        self._converter = Converter()

    def teardown(self) -> None:
        self._converter.close()

    def process(self, element: Shard) -> Iterator[float]:
        """The seconds of audio converted."""
        job = self._job
        state = ImportState(Path(job.target))
        stop_if_asked(state.stop)
        _require_spooled(element)
        try:
            result = convert_shard(element, job, state, self._converter)
            storage.flush_file_system(state.folder)  # the WAVs, before what says that they stand
            write_shard(state.shard_path(element.number), result, job.digest)
        except OSError as error:
            raise storage.storage_error(error, Path(job.target)) from None
        # Not after a failure, for a runner may try again.
        for path in element.spooled:
            Path(path).unlink(missing_ok=True)
        yield result.seconds


def _require_spooled(shard: Shard) -> None:
    """Raises StorageError where a recording that the archive has would be told as missing."""
    for path in shard.spooled:
        if not Path(path).is_file():
            raise StorageError(
                f"{path}: was removed while it was needed; the same command goes on where it "
                "stopped"
            )


def convert_shard(
    shard: Shard, job: ConversionJob, state: ImportState, converter: Converter
) -> ShardResult:
    """Convert a shard's clips. Raises OSError when a WAV cannot be written."""
    with ForeignClips(state.temporary, job.threads) as foreign:
        sources = foreign.decoded(shard.clips)
        result = _convert_known(sources, job, state, converter)
    if job.keep_encoded:
        return replace(result, encoded=keep_encoded(shard.clips, result.frames, state))
    return result


def _convert_known(
    sources: list[tuple[PlannedClip, str | bytes | Reject]],
    job: ConversionJob,
    state: ImportState,
    converter: Converter,
) -> ShardResult:
    rejects = [source for _, source in sources if isinstance(source, Reject)]
    todo = [(clip, source) for clip, source in sources if not isinstance(source, Reject)]
    jobs = [
        ClipJob(
            source,
            str(Path(job.target) / wav_name(clip.key, job.audio_format)),
            clip.audio.channel,
            clip.audio.start,
            clip.audio.end,
        )
        for clip, source in todo
    ]
    outcomes = converter.convert(
        jobs,
        {
            "temporary": str(state.temporary),
            "threads": job.threads,
            "sample_rate": SAMPLE_RATE,
            "max_seconds": MAX_DECODED_SECONDS,
            "keep_partial": False,
            "audio_format": job.audio_format,
            "silence_dbfs": job.silence_dbfs,
            "pad_start": job.pad_start,
            "pad_end": job.pad_end,
        },
    )
    frames: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for (clip, _), outcome in zip(todo, outcomes, strict=True):
        reject = _reject(clip, outcome) or _cut_off(clip, outcome)
        if reject is None:
            frames[clip.key] = outcome.frames
            if job.audio_format != "wav":
                sizes[clip.key] = outcome.bytes
        else:
            rejects.append(reject)
            (Path(job.target) / wav_name(clip.key, job.audio_format)).unlink(missing_ok=True)
    return ShardResult(frames, tuple(rejects), sum(frames.values()) / SAMPLE_RATE, sizes)


def _reject(clip: PlannedClip, outcome: Outcome) -> Reject | None:
    if outcome.problem is None:
        return None
    reason = Reason(outcome.problem)
    # Not the path as it is on this machine: a folder and an archive give the same rejects.
    detail = clip.audio.path if reason is Reason.MISSING_AUDIO else outcome.detail
    return Reject(clip.key, reason, detail)


def _cut_off(clip: PlannedClip, outcome: Outcome) -> Reject | None:
    """For MP3s that do not announce their length: compare it with the published one."""
    seconds = outcome.frames / SAMPLE_RATE
    if clip.seconds is None or not is_cut_off(seconds, clip.seconds):
        return None
    detail = f"{seconds:.3f} s of the {clip.seconds:.3f} s that the release tells"
    return Reject(clip.key, Reason.TRUNCATED, detail)
