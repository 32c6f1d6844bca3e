"""An import from end to end: find the release, plan, convert, write the manifests.

    tables -> rows, judged one by one -> plan of what is to convert -> shards -> manifests

The tables are read twice, before and after the conversion, so that memory does not grow with what
they hold. Each step can be repeated at no harm; finished shards are not done again.
"""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from importers import storage
from importers.archives import extract_tables
from importers.console import bytes_progress, library_messages_to
from importers.corpus import Corpus, ReadOptions
from importers.errors import UsageError
from importers.manifest import is_manifest
from importers.registry import load
from importers.releases import Release, find_release, find_roots
from importers.report import ImportReport, Reject
from pipelines.import_labels import Accepted, Judge, Labeller, LabelRules, Labels
from pipelines.import_manifests import REJECTS, write_manifests
from pipelines.import_plan import PlannedClip, PlanSlice, PlanWriter
from pipelines.import_progress import conversion_progress
from pipelines.import_state import ImportState, Parameters, open_state

SHARD_CLIPS = 256
_EDGE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What a user asks for."""

    corpus: str
    target: Path
    source: Path | None = None
    locale: str | None = None
    rules: LabelRules = field(default_factory=LabelRules)
    min_seconds: float = 0.0
    max_seconds: float | None = None
    absolute_paths: bool = False
    threads: int = 1
    fresh: bool = False
    beam_arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Opened:
    """A release whose tables can be read."""

    release: Release
    root: Path
    """The folder with the tables: the release's own, or what was taken out of the archive."""
    prefix: str
    """What stands before an audio's path in the archive's member names."""


def import_corpus(request: ImportRequest) -> ImportReport:
    """Import a corpus; running it again goes on where an earlier run stopped.

    Raises a MynaError with what to do for all that a user can mend.
    """
    corpus = load(request.corpus)
    release = find_release(corpus.INFO, request.target, request.source)
    _refuse_own_tables(corpus, release, request.target)
    with open_state(request.target) as state:
        try:
            return _import_into(state, corpus, release, request)
        except OSError as error:
            raise storage.storage_error(error, request.target) from None


def _import_into(
    state: ImportState, corpus: Corpus, release: Release, request: ImportRequest
) -> ImportReport:
    if request.fresh:
        state.start_fresh()
    state.prepare()
    parameters = _parameters(corpus, release, request)
    changed = state.compare(parameters)
    opened = _open(state, corpus, release, parameters.conversion["source"])
    state.keep(parameters)
    options = ReadOptions(locale=request.locale)
    judge = Judge(request.rules)
    labels, notes, slices = _plan(
        state, corpus, judge(corpus.read(opened.root, options)), request.rules, parameters
    )
    if slices:
        _convert(state, corpus, opened, request, parameters, slices)
    report = ImportReport(corpus.INFO.title, release.name)
    report.notes = [
        *notes,
        *_recount_notes(request, judge),
        *(f"changed: {one}" for one in changed),
    ]
    write_manifests(
        request.target,
        corpus.INFO,
        Judge(request.rules)(corpus.read(opened.root, options)),
        iter(labels),
        state.results(parameters.digest),
        report,
        absolute_paths=request.absolute_paths,
    )
    return report


def _recount_notes(request: ImportRequest, judge: Judge) -> list[str]:
    if not request.rules.votes:
        return []
    return [
        f"votes: counted anew by {request.rules.votes}, which moved {judge.recounted:,} clips to "
        "another group than the release has them in"
    ]


def _refuse_own_tables(corpus: Corpus, release: Release, target: Path) -> None:
    """The CSVs of 2017 are called as our manifests are: they must not be written over."""
    if release.is_archive or release.path.resolve() != target.resolve():
        return
    clash = [name for name in corpus.INFO.set_names() if (target / f"{name}.csv").is_file()]
    tables = [name for name in clash if f"{name}.csv" in corpus.INFO.markers]
    if tables and not (target / ".import").is_dir():
        raise UsageError(
            f"{target}: the release's own {tables[0]}.csv would be written over. Choose another "
            f"target: import-{corpus.INFO.name} TARGET {target}"
        )


def _parameters(corpus: Corpus, release: Release, request: ImportRequest) -> Parameters:
    rules = request.rules
    return Parameters(
        conversion={
            "corpus": corpus.INFO.name,
            "source": _identity(corpus, release),
            "min-seconds": str(request.min_seconds),
            "max-seconds": str(request.max_seconds),
        },
        labels={
            "text-rules": rules.text,
            "votes": rules.votes or "of the release",
            "split": rules.split or "default",
            "seed": str(rules.seed),
            "locale": request.locale or "of the release",
        },
    )


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
            digest.update(f"{path.name} {size}\n".encode())
            for start in (0, max(0, size - _EDGE_BYTES)):
                stream.seek(start)
                digest.update(stream.read(_EDGE_BYTES))
    return f"{release.name} ({digest.hexdigest()[:12]})"


def _is_output(path: Path) -> bool:
    """Whether a table is one that an import wrote (into the folder of the release itself)."""
    return path.name == REJECTS or (path.suffix == ".csv" and is_manifest(path))


def _open(state: ImportState, corpus: Corpus, release: Release, identity: str) -> _Opened:
    if not release.is_archive:
        return _Opened(release, release.path, "")
    size = release.path.stat().st_size
    with bytes_progress(f"reading the tables of {release.path.name}", size) as progress:
        extract_tables(release.path, corpus.INFO.tables, state.tables, identity, progress.show)
    roots = list(find_roots(corpus.INFO, state.tables))
    if len(roots) != 1:
        found = ", ".join(str(root.relative_to(state.tables)) for root in roots) or "none"
        raise UsageError(
            f"{release.path}: holds no single {corpus.INFO.title} release (folders with "
            f"{' or '.join(corpus.INFO.markers[:2])}: {found})"
        )
    prefix = roots[0].relative_to(state.tables).as_posix()
    return _Opened(release, roots[0], "" if prefix == "." else f"{prefix}/")


def _plan(
    state: ImportState,
    corpus: Corpus,
    rows: Iterable[Accepted | Reject],
    rules: LabelRules,
    parameters: Parameters,
) -> tuple[Labels, list[str], list[PlanSlice]]:
    """Judge all rows; decide over their splits; plan what is not converted yet."""
    done = state.results(parameters.digest)
    labeller = Labeller(corpus.INFO, rules)
    with storage.put_atomic(state.plan) as stream:
        plan = PlanWriter(stream, state.next_shard(), SHARD_CLIPS)
        for row in rows:
            if isinstance(row, Reject):
                continue  # counted and listed when the manifests are written
            labeller.add(row)
            if row.utterance.key not in done:
                plan.write(PlannedClip(row.utterance.key, row.utterance.audio))
        slices = plan.slices()
    labels, notes = labeller.decide()
    return labels, notes, slices


def _convert(
    state: ImportState,
    corpus: Corpus,
    opened: _Opened,
    request: ImportRequest,
    parameters: Parameters,
    slices: list[PlanSlice],
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
        min_seconds=request.min_seconds,
        max_seconds=request.max_seconds,
    )
    slices_of_folder = None if opened.release.is_archive else slices
    with (
        library_messages_to(state.decoder_log),
        conversion_progress(state, parameters, _total_hours(corpus, opened.root)),
    ):
        run_conversion(job, slices_of_folder, request.beam_arguments)


def _total_hours(corpus: Corpus, root: Path) -> float | None:
    total_seconds = getattr(corpus, "total_seconds", None)
    seconds = total_seconds(root) if total_seconds else None
    return seconds / 3600 if seconds else None
