"""An import from end to end: find the release, plan, convert, write the manifests.

    tables -> rows, judged one by one -> plan of what is to convert -> shards -> manifests

The tables are read twice, before and after the conversion, so that memory does not grow with what
they hold. Each step can be repeated at no harm; finished shards are not done again.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from importers import storage
from importers.archives import TableIndex, below, extract_tables
from importers.console import bytes_progress, library_messages_to, remark
from importers.corpus import Audio, Corpus, CorpusInfo, ReadOptions, Utterance
from importers.errors import MynaError, UsageError
from importers.filters import ClipFilter, FilterRules, RateSample
from importers.manifest import is_manifest, wav_name
from importers.registry import load
from importers.releases import Release, choose_language, find_release, find_roots
from importers.report import ImportReport, Reason, Reject
from native.audio import AUDIO_FORMATS, library_description
from pipelines.clip_files import encoded_name
from pipelines.import_labels import Accepted, Judge, LabelRules
from pipelines.import_manifests import (
    ALPHABET,
    REJECTS,
    REPORT,
    remove_manifests,
    write_manifests,
)
from pipelines.import_plan import PlannedClip, PlanSlice, PlanWriter
from pipelines.import_progress import conversion_progress
from pipelines.import_splits import Labeller, Labels
from pipelines.import_state import ImportState, Parameters, Results, open_state
from pipelines.interruption import finishing_what_is_in_hand, termination_as_ctrl_c

SILENCE_DBFS = -60.0
"""Speech of the quietest speakers has some 10 dB more in its loudest 100 ms (-48.9 dBFS among the
1,106 clips of five corpora that the tests look at), a quiet room's noise 10 dB less."""
AUDIO = ("audio-format", "silence-dbfs")
"""The parameters of a conversion that a user sets."""
_EDGE_BYTES = 1024 * 1024
# Of a folder these may have been mended since; of an archive they cannot.
_MENDABLE = frozenset({Reason.MISSING_AUDIO, Reason.EMPTY_FILE, Reason.UNREADABLE})


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
    threads: int = 1
    fresh: bool = False
    retry_rejects: bool = False
    """Try the clips again that earlier runs could not convert."""
    beam_arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Opened:
    """A release whose tables can be read."""

    release: Release
    root: Path
    """The folder with the tables: the release's own, or what was taken out of the archive."""
    prefix: str
    """What stands before an audio's path in the archive's member names."""
    index: TableIndex | None = None
    """What the archive holds; None of a folder."""

    def audio(self, audio: Audio) -> Audio:
        """Where it really lies: in an archive, a link stands for another member."""
        links = self.index.links if self.index else {}
        target = links.get(self.prefix + audio.path)
        return audio if target is None else replace(audio, path=below(self.prefix, target))


def import_corpus(request: ImportRequest) -> ImportReport:
    """Import a corpus; running it again goes on where an earlier run stopped.

    Raises a MynaError with what to do for all that a user can mend.
    """
    corpus = load(request.corpus)
    release = find_release(corpus.INFO, request.target, request.source, request.locale)
    _refuse_to_write_over(corpus.INFO, request.target)
    _require_decoder()
    with termination_as_ctrl_c(), open_state(request.target) as state:
        try:
            return _import_into(state, corpus, release, request)
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
        wanted = {**told.conversion, "corpus": request.corpus, **audio_parameters(request)}
        state.compare(replace(told, conversion=wanted))


def _require_decoder() -> None:
    """Raises MynaError where no libsndfile is installed: before anything is done."""
    try:
        library_description()
    except RuntimeError as error:
        raise MynaError(str(error)) from None


def _import_into(
    state: ImportState, corpus: Corpus, release: Release, request: ImportRequest
) -> ImportReport:
    state.prepare()
    parameters = _parameters(corpus, release, request)
    changed = [] if request.fresh else state.compare(parameters)
    opened = _open(state, corpus, release, request.locale, parameters.conversion["source"])
    if request.fresh:
        remove_manifests(request.target, corpus.INFO)
        state.start_fresh()
    state.begin(parameters)
    options = ReadOptions(locale=request.locale, release=release.name)
    judge = Judge(request.rules)
    rows = judge(corpus.read(opened.root, options))
    rates = RateSample()
    labels, notes, slices = _plan(state, corpus, opened, rows, request, parameters, rates)
    notes += _recount_notes(request, judge)
    del judge, rows  # with the names of all clips
    kept = len(labels) - sum(piece.clips for piece in slices)
    if kept:
        remark(f"{kept:,} clips of earlier runs are kept")
    report = ImportReport(corpus.INFO.title, release.name)
    report.published_seconds = _total_seconds(corpus, opened.root)
    if slices:
        _convert(state, opened, request, parameters, slices, report)
    report.notes = [*notes, *(f"changed: {one}" for one in changed)]
    results = state.results(parameters.digest)
    write_manifests(
        request.target,
        corpus.INFO,
        Judge(request.rules)(corpus.read(opened.root, options)),
        iter(labels),
        results,
        report,
        keep=ClipFilter(request.filters, rates.medians(results.frames), request.rules.alphabet),
        alphabet=request.rules.alphabet,
        absolute_paths=request.absolute_paths,
        audio_format=request.audio_format,
    )
    state.finish(parameters)
    return report


def _recount_notes(request: ImportRequest, judge: Judge) -> list[str]:
    if not request.rules.votes:
        return []
    return [
        f"votes: counted anew by {request.rules.votes}, which moved {judge.recounted:,} clips to "
        "another group than the release has them in"
    ]


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


def _parameters(corpus: Corpus, release: Release, request: ImportRequest) -> Parameters:
    return Parameters(
        conversion={
            "corpus": corpus.INFO.name,
            "source": _identity(corpus, release),
            **audio_parameters(request),
        },
        labels=label_parameters(request),
    )


def audio_parameters(request: ImportRequest) -> dict[str, str]:
    """What decides over the converted clips, by the flags' names: AUDIO."""
    silence = "off" if request.silence_dbfs is None else f"{request.silence_dbfs:g}"
    return dict(zip(AUDIO, (request.audio_format, silence), strict=True))


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
    }
    limits = asdict(request.filters).items()
    values |= {name.replace("_", "-"): repr(value) for name, value in limits}
    return {name: value for name, value in values.items() if value is not None}


def _identity(corpus: Corpus, release: Release) -> str:
    """Tells releases apart without reading all of them: names, sizes, the bytes at both ends."""
    files = [release.path]
    if not release.is_archive:
        found = (path for pattern in corpus.INFO.tables for path in release.path.glob(pattern))
        files = sorted(path for path in set(found) if not _is_output(path))
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            digest.update(f"{path.name if not release.is_archive else ''} {size}\n".encode())
            for start in (0, max(0, size - _EDGE_BYTES)):
                stream.seek(start)
                digest.update(stream.read(_EDGE_BYTES))
    return digest.hexdigest()[:12]


def _is_output(path: Path) -> bool:
    """Whether a table is one that an import wrote (into the folder of the release itself)."""
    return path.name == REJECTS or (path.suffix == ".csv" and is_manifest(path))


def _open(
    state: ImportState, corpus: Corpus, release: Release, locale: str | None, identity: str
) -> _Opened:
    if not release.is_archive:
        return _Opened(release, release.path, "")
    size = release.path.stat().st_size
    with bytes_progress(f"reading the tables of {release.path.name}", size) as progress:
        index = extract_tables(
            release.path, corpus.INFO.tables, state.tables, identity, progress.show
        )
    roots = choose_language(list(find_roots(corpus.INFO, state.tables)), locale)
    if len(roots) != 1:
        found = ", ".join(str(root.relative_to(state.tables)) for root in roots)
        raise UsageError(
            f"{release.path}: holds several releases ({found}); name a language with --locale"
            if roots
            else f"{release.path}: holds no {corpus.INFO.title} release (no folder with "
            f"{' or '.join(corpus.INFO.markers[:2])})"
        )
    prefix = roots[0].relative_to(state.tables).as_posix()
    return _Opened(release, roots[0], "" if prefix == "." else f"{prefix}/", index)


def _plan(
    state: ImportState,
    corpus: Corpus,
    opened: _Opened,
    rows: Iterable[Accepted | Reject],
    request: ImportRequest,
    parameters: Parameters,
    rates: RateSample,
) -> tuple[Labels, list[str], list[PlanSlice]]:
    """Judge all rows; decide over their splits; plan what is not converted yet.

    ``rates`` gets the clips whose rate of speech is the measure for the others.
    """
    done = state.results(parameters.digest)
    retried = _retried(opened.release, request)
    labeller = Labeller(corpus.INFO, request.rules)
    keeps_encoded = request.keep_clips and opened.release.is_archive
    with storage.put_atomic(state.plan) as stream:
        plan = PlanWriter(stream, state.next_shard())
        for row in rows:
            if isinstance(row, Reject):
                continue  # counted and listed when the manifests are written
            labeller.add(row)
            utterance = row.utterance
            if utterance.group == corpus.INFO.groups[0]:
                rates.add(utterance.key, utterance.locale, row.transcript)
            if not _is_done(utterance, done, request, retried, keeps_encoded):
                audio = opened.audio(utterance.audio)
                plan.write(PlannedClip(utterance.key, audio, utterance.seconds))
        slices = plan.slices()
    labels, notes = labeller.decide()
    return labels, notes, slices


def _retried(release: Release, request: ImportRequest) -> frozenset[Reason]:
    """Of a clip that was rejected for one of these, the conversion is tried again."""
    if request.retry_rejects:
        return frozenset(Reason)
    return frozenset() if release.is_archive else _MENDABLE


def _is_done(
    utterance: Utterance,
    done: Results,
    request: ImportRequest,
    retried: frozenset[Reason],
    keeps_encoded: bool,
) -> bool:
    """Whether a clip is rejected for good, or its files stand, whole by their sizes."""
    key = utterance.key
    if key not in done.frames:
        return key in done.rejects and done.rejects[key].reason not in retried
    wav = request.target / wav_name(key, request.audio_format)
    encoded = encoded_name(key, utterance.audio) if keeps_encoded else None
    return _stands(wav, done.size(key)) and (
        encoded is None or _stands(request.target / encoded, done.encoded.get(encoded))
    )


def _stands(path: Path, size: int | None) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _convert(
    state: ImportState,
    opened: _Opened,
    request: ImportRequest,
    parameters: Parameters,
    slices: list[PlanSlice],
    report: ImportReport,
) -> None:
    # Beam takes a second to load: only where there is something to convert.
    from pipelines.conversion import ConversionJob, run_conversion

    job = ConversionJob(
        target=str(request.target),
        digest=parameters.digest,
        root=str(opened.release.path),
        prefix=opened.prefix,
        first_shard=slices[0].shard,
        threads=request.threads,
        superseded=frozenset(opened.index.superseded if opened.index else ()),
        audio_format=request.audio_format,
        silence_dbfs=request.silence_dbfs,
        keep_encoded=request.keep_clips and opened.release.is_archive,
    )
    hours = report.published_seconds and report.published_seconds / 3600
    planned = sum(piece.clips for piece in slices)
    slices_of_folder = None if opened.release.is_archive else slices
    # Beam's other runners have processes and signals of their own.
    other = bool(request.beam_arguments)
    with (
        contextlib.nullcontext() if other else finishing_what_is_in_hand(state.stop),
        library_messages_to(state.decoder_log),
        conversion_progress(state, parameters, hours, planned, report),
    ):
        run_conversion(job, slices_of_folder, request.beam_arguments)


def _total_seconds(corpus: Corpus, root: Path) -> float | None:
    total_seconds = getattr(corpus, "total_seconds", None)
    return (total_seconds(root) or None) if total_seconds else None
