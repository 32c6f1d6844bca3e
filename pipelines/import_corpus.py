"""An import from end to end: find the release, plan, convert, write the manifests.

    tables -> rows, judged one by one -> plan of what is to convert -> shards -> manifests

The tables are read twice, before and after the conversion, so that memory does not grow with what
they hold. Each step can be repeated at no harm; finished shards are not done again.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from importers import storage
from importers.console import library_messages_to, remark
from importers.corpus import Corpus, CorpusInfo, ReadOptions
from importers.errors import MynaError, StorageError, UsageError
from importers.filters import ClipFilter, FilterRules, RateSample
from importers.manifest import is_manifest
from importers.part_file import unfinished
from importers.registry import load
from importers.releases import Choice
from importers.report import ImportReport
from native.audio import AUDIO_FORMATS, library_description
from pipelines.import_labels import LabelRules
from pipelines.import_manifests import (
    ALPHABET,
    REJECTS,
    REPORT,
    remove_manifests,
    write_manifests,
)
from pipelines.import_planning import Planned, PlanOptions, Reading, plan
from pipelines.import_progress import conversion_progress
from pipelines.import_sources import Wanted, choose_sources, gone, open_source
from pipelines.import_state import ImportState, Parameters, Source, open_state
from pipelines.interruption import finishing_what_is_in_hand, termination_as_ctrl_c
from pipelines.reuse import ReusedClips

SILENCE_DBFS = -60.0
"""Speech of the quietest speakers has some 10 dB more in its loudest 100 ms (-48.9 dBFS among the
1,106 clips of five corpora that the tests look at), a quiet room's noise 10 dB less."""
AUDIO = ("audio-format", "silence-dbfs", "pad-start", "pad-end")
"""The parameters of a conversion that a user sets."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What a user asks for."""

    corpus: str
    target: Path
    source: Path | None = None
    locale: str | None = None
    rules: LabelRules = field(default_factory=LabelRules)
    filters: FilterRules = field(default_factory=FilterRules)
    absolute_paths: bool = False
    audio_format: str = AUDIO_FORMATS[0]
    """One of native.audio.AUDIO_FORMATS."""
    silence_dbfs: float | None = SILENCE_DBFS
    """Clips that are never so loud are rejected; None: none is."""
    keep_clips: bool = False
    """Keep the encoded clips of an archive as files."""
    pad_start: float = 0.0
    """Seconds by which segments of recordings begin earlier."""
    pad_end: float = 0.0
    """And end later."""
    threads: int = 1
    fresh: bool = False
    add: bool = False
    """Put the source to the import that stands in the target."""
    reuse: Path | None = None
    """The target of another import, whose conversions of the same clips are taken over."""
    retry_rejects: bool = False
    """Try the clips again that earlier runs could not convert."""
    beam_arguments: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    """What ``--sets`` and the corpus's own flags say, by their names."""

    @property
    def reading(self) -> ReadOptions:
        """What the corpus's ``read`` is told."""
        return ReadOptions(locale=self.locale, values=self.values)


def import_corpus(request: ImportRequest) -> ImportReport:
    """Import a corpus; running it again goes on where an earlier run stopped.

    Raises a MynaError with what to do for all that a user can mend.
    """
    corpus = load(request.corpus)
    sources = sources_of(request)
    _refuse_to_mix(corpus.INFO, request.target, sources)
    _refuse_to_write_over(corpus.INFO, request.target)
    _require_decoder()
    with termination_as_ctrl_c(), open_state(request.target) as state:
        try:
            return _import_into(state, corpus, sources, request)
        except OSError as error:
            raise storage.storage_error(error, request.target) from None


def check_target(request: ImportRequest) -> None:
    """Raises a MynaError for what TARGET and this machine can tell before SOURCE is fetched.

    That is: no decoder, files of the user's own in the way, an import of another corpus, with
    other audio, or whose state is damaged, an import at work. (Another release: once it is there.)
    """
    _require_decoder()
    _refuse_to_write_over(load(request.corpus).INFO, request.target)
    state = ImportState(request.target)
    state.require_free()
    told = None if request.fresh else state.told()
    if told is not None:
        others = {name: value for name, value in told.conversion.items() if name not in AUDIO}
        wanted = {**others, "corpus": request.corpus, **audio_parameters(request)}
        state.compare(replace(told, conversion=wanted))


def sources_of(request: ImportRequest) -> tuple[Source, ...]:
    """The releases that the import will be made of, oldest first. Raises UsageError."""
    known: tuple[Source, ...] = ()
    with contextlib.suppress(StorageError) if request.fresh else contextlib.nullcontext():
        told = ImportState(request.target).told()
        same_corpus = told is not None and told.conversion.get("corpus") == request.corpus
        known = told.sources if told and same_corpus else ()
    choice = Choice(request.locale, request.reading.sets)
    wanted = Wanted(request.target, request.source, choice, request.add, request.fresh)
    return choose_sources(load(request.corpus), wanted, known)


def _require_decoder() -> None:
    """Raises MynaError where no libsndfile is installed: before anything is done."""
    try:
        library_description()
    except RuntimeError as error:
        raise MynaError(str(error)) from None


def _import_into(
    state: ImportState, corpus: Corpus, sources: tuple[Source, ...], request: ImportRequest
) -> ImportReport:
    state.prepare()
    parameters = _parameters(corpus, sources, request)
    changed = [] if request.fresh else state.compare(parameters)
    opened = [open_source(corpus, one, state.tables, request.locale) for one in sources]
    reused = (
        ReusedClips(request.reuse, state, parameters, request.audio_format)
        if request.reuse
        else None
    )
    if request.fresh:
        remove_manifests(request.target, corpus.INFO)
        state.start_fresh()
    state.begin(parameters)
    state.keep_tables_of(sources)
    reading = Reading(corpus, opened, request.rules, request.reading)
    rates = RateSample()
    planned = plan(
        reading,
        state,
        state.results(parameters.digest),
        rates,
        PlanOptions(request.audio_format, request.keep_clips, request.retry_rejects),
        reused,
    )
    del reused  # with the lengths of all its clips
    kept = len(planned.labels) - planned.clips
    if kept:
        remark(f"{kept:,} clips of earlier runs are kept")
    report = ImportReport(corpus.INFO.title, " + ".join(one.name for one in sources))
    report.published_seconds = _total_seconds(reading)
    if planned.clips:
        _convert(state, reading, planned, request, parameters, report)
    results = state.results(parameters.digest)
    report.notes = [
        *planned.notes,
        *_recount_notes(request, planned.recounted),
        *_reuse_notes(request, results.reused),
        *_part_notes(corpus.INFO, request.target),
        *(f"option changed: {one}" for one in changed),
    ]
    write_manifests(
        request.target,
        corpus.INFO,
        reading.rows(),
        iter(planned.labels),
        results,
        report,
        keep=ClipFilter(request.filters, rates.medians(results.frames), request.rules.alphabet),
        alphabet=request.rules.alphabet,
        absolute_paths=request.absolute_paths,
        audio_format=request.audio_format,
    )
    state.finish(parameters)
    return report


def _recount_notes(request: ImportRequest, recounted: int) -> list[str]:
    if not request.rules.votes:
        return []
    return [
        f"votes: counted anew by {request.rules.votes}, which moved {recounted:,} clips to "
        "another group than the release has them in"
    ]


def _reuse_notes(request: ImportRequest, reused: int) -> list[str]:
    if reused:
        return [f"reused: {reused:,} clips of other imports were taken over"]
    if not request.reuse:
        return []
    why = " with their encoded clips (--keep-clips)" if request.keep_clips else ""
    return [f"reused: none, for {request.reuse} has none of these clips as a whole{why}"]


def _part_notes(info: CorpusInfo, target: Path) -> list[str]:
    begun = unfinished(target) if info.in_parts else []
    return [f"download: {one} is not finished, and not in this import" for one in begun]


def _refuse_to_mix(info: CorpusInfo, target: Path, sources: tuple[Source, ...]) -> None:
    """Where audio is found by its name, what an import makes must not lie among it."""
    for source in sources if info.listed else ():
        if not source.is_archive and target.resolve().is_relative_to(Path(source.path).resolve()):
            raise UsageError(
                f"{target}: the recordings are here. Import into a folder outside of theirs: "
                f"import-{info.name} TARGET {source.path}"
            )


def _refuse_to_write_over(info: CorpusInfo, target: Path) -> None:
    """Files of the user's that are called as ours are: the CSVs of 2017, say, or an alphabet."""
    known = ImportState(target).is_known
    tables = [target / f"{name}.csv" for name in info.set_names()]
    theirs = [path for path in tables if path.is_file() and not is_manifest(path)]
    others = [target / name for name in (REJECTS, REPORT, ALPHABET)]
    theirs += [path for path in others if path.is_file() and not known]
    if theirs:
        raise UsageError(
            f"{theirs[0]}: is not of an import, and would be written over. Choose another target "
            f"(import-{info.name} TARGET SOURCE), or move it away"
        )


def _parameters(corpus: Corpus, sources: tuple[Source, ...], request: ImportRequest) -> Parameters:
    return Parameters(
        conversion={"corpus": corpus.INFO.name, **audio_parameters(request)},
        labels=label_parameters(request),
        sources=sources,
    )


def audio_parameters(request: ImportRequest) -> dict[str, str]:
    """What decides over the converted clips, by the flags' names (AUDIO); not what is not set."""
    silence = "off" if request.silence_dbfs is None else f"{request.silence_dbfs:g}"
    pads = [repr(pad) if pad else None for pad in (request.pad_start, request.pad_end)]
    values = zip(AUDIO, (request.audio_format, silence, *pads), strict=True)
    return {name: value for name, value in values if value is not None}


def label_parameters(request: ImportRequest) -> dict[str, str]:
    """What decides over the manifests alone, by the flags' names; what is not set is not there.

    (import_options.ImportOptions.or_as_told reads it again.)
    """
    rules, copies = request.rules, request.rules.duplicate_sentences
    values: dict[str, str | None] = {
        "text-rules": rules.text,
        "votes": rules.votes,
        "split": rules.split,
        "split-seed": str(rules.seed),
        "duplicate-sentences": str(copies) if copies > 1 else None,
        "locale": request.locale,
        "alphabet": rules.alphabet.digest if rules.alphabet else None,
        "absolute-paths": "yes" if request.absolute_paths else None,
        **{name.replace("_", "-"): value for name, value in request.values.items()},
    }
    limits = asdict(request.filters).items()
    values |= {name.replace("_", "-"): repr(value) for name, value in limits}
    return {name: value for name, value in values.items() if value is not None}


def _convert(
    state: ImportState,
    reading: Reading,
    planned: Planned,
    request: ImportRequest,
    parameters: Parameters,
    report: ImportReport,
) -> None:
    # Beam takes a second to load: only where there is something to convert.
    from pipelines.conversion import run_conversion
    from pipelines.conversion_job import ConversionJob

    work = [
        (number, opened, slices)
        for number, (opened, slices) in enumerate(zip(reading.sources, planned.slices, strict=True))
        if slices
    ]
    for _, opened, _ in work:
        if not Path(opened.source.path).exists():
            raise gone(opened.source)
    hours = report.published_seconds and report.published_seconds / 3600
    # Beam's other runners have processes and signals of their own.
    other = bool(request.beam_arguments)
    with (
        contextlib.nullcontext() if other else finishing_what_is_in_hand(state.stop),
        library_messages_to(state.decoder_log),
        conversion_progress(state, parameters, hours, planned.clips, report),
    ):
        for number, opened, slices in work:
            job = ConversionJob(
                target=str(request.target),
                digest=parameters.digest,
                root=opened.source.path,
                prefix=opened.prefix,
                plan=str(state.plan(number)),
                first_shard=state.next_shard(),
                threads=request.threads,
                superseded=frozenset(opened.index.superseded if opened.index else ()),
                audio_format=request.audio_format,
                silence_dbfs=request.silence_dbfs,
                pad_start=request.pad_start,
                pad_end=request.pad_end,
                keep_encoded=request.keep_clips and opened.source.is_archive,
            )
            of_folder = None if opened.source.is_archive else slices
            run_conversion(job, of_folder, request.beam_arguments)


def _total_seconds(reading: Reading) -> float | None:
    """Of all audio, where all releases tell it."""
    total_seconds = getattr(reading.corpus, "total_seconds", None)
    if total_seconds is None:
        return None
    seconds = [total_seconds(opened.root) for opened in reading.sources]
    return sum(seconds) if all(seconds) else None
