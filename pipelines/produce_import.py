"""The first stage of produce-model: the import, when something of it is missing or changed.

What is an import's own matter (resuming, relabelling, mending WAVs) is left to import_corpus; this
only knows when to call it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from importers.corpus import CorpusInfo
from importers.errors import UsageError
from importers.manifest import CLIPS, read_manifest
from importers.registry import load
from pipelines.import_corpus import (
    AUDIO,
    ImportRequest,
    audio_parameters,
    import_corpus,
    label_parameters,
    sources_of,
)
from pipelines.import_manifests import ALPHABET, REJECTS, REPORT
from pipelines.import_options import ImportOptions
from pipelines.import_state import ImportState, Source
from pipelines.stages import Stage, Stages

_NAME = "import"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CorpusImport:
    """An import within produce-model, and what a user says of it."""

    corpus: str
    target: Path
    source: Path | None
    said: ImportOptions
    threads: int
    fetched: bool = False
    """Archives have been fetched just now, so the target may hold more than was imported."""

    @property
    def request(self) -> ImportRequest:
        """What holds: without SOURCE, what is not said stays as an earlier import was told.

        Raises UsageError for limits that leave nothing.
        """
        options = self.said
        if self.source is None:
            options = options.or_as_told(self._told(), self.target)
        return options.apply(
            ImportRequest(self.corpus, self.target, self.source, threads=self.threads)
        )

    def check(self) -> None:
        """Raises UsageError when there is no release, and an import will be needed."""
        if not self._is_kept():
            sources_of(self.request)

    def check_options(self) -> None:
        """Raises UsageError for options that no model can be made with, whatever the release."""
        self.said.apply(ImportRequest(self.corpus, self.target))
        if self.said.alphabet is not None and self.said.alphabet.is_bytes:
            raise UsageError(
                "--alphabet bytes: language models over bytes are not built yet. Name an "
                "alphabet.txt"
            )

    def run(self, stages: Stages, say: Say) -> None:
        """Import, unless it is done as it is wanted.

        In a folder something may be new: its import looks itself.
        """
        if self._is_kept():
            say(f"{_NAME}: unchanged")
            return
        sources = sources_of(self.request)
        if not all(one.is_archive for one in sources):
            stages.forget(_NAME)
        request = self.request
        wanted = {**audio_parameters(request), **label_parameters(request)}
        if self._told() != wanted:
            stages.forget(_NAME)  # another command has imported in between
        inputs = {"corpus": self.corpus, "source": _identity(sources), **wanted}
        if request.keep_clips:
            inputs["keep-clips"] = "yes"
        stages.run(Stage(_NAME, inputs, self._outputs(), self._work))

    def mend(self, manifests: Iterable[Path], say: Say) -> None:
        """Import again when a WAV of the manifests is missing or cut. Raises UsageError."""
        for manifest in manifests:
            broken = _first_broken(manifest)
            if broken is not None:
                say(f"{broken}: missing, or not of its length: importing again")
                self._work()
                return

    def _is_kept(self) -> bool:
        """Whether an import stands, of whatever command, and nothing else is asked for."""
        stands = ImportState(self.target).stands and not self._missing()
        return self.source is None and self.said.is_silent and stands and not self.fetched

    def _told(self) -> Mapping[str, str]:
        told = ImportState(self.target).told()
        if told is None:
            return {}
        audio = {name: told.conversion[name] for name in AUDIO if name in told.conversion}
        return {**audio, **told.labels}

    def _info(self) -> CorpusInfo:
        return load(self.corpus).INFO

    def _outputs(self) -> tuple[Path, ...]:
        names = (f"{name}.csv" for name in self._info().set_names())
        return tuple(self.target / name for name in (*names, REJECTS, ALPHABET, CLIPS, REPORT))

    def _missing(self) -> list[Path]:
        return [path for path in self._outputs() if not path.exists()]

    def _work(self) -> None:
        import_corpus(self.request)


def _identity(sources: Iterable[Source]) -> str:
    return " ".join(one.identity for one in sources)


def _first_broken(manifest: Path) -> Path | None:
    """The first WAV that is not there or not as long as the manifest says."""
    for entry in read_manifest(manifest):
        wav = manifest.parent / entry.wav_filename
        try:
            if wav.stat().st_size != entry.wav_filesize:
                return wav
        except OSError:
            return wav
    return None
