"""What export-model does: a model, or a checkpoint, in other formats."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from importers.console import byte_count
from importers.errors import MynaError, UsageError
from importers.storage import storage_error
from trainer.architecture.geometry import output_frames
from trainer.data.clips import read_rows, wav_frames
from trainer.export.export_check import sample_of
from trainer.export.export_folder import PIECE_FRAMES, Exported, with_keras
from trainer.export.export_source import Source, checkpoint_source, model_source
from trainer.learning.model import plain_model
from trainer.loop.checkpoints import CheckpointFolder
from trainer.model_card import measured_words
from trainer.model_folder import DESCRIPTION, ModelFolder
from trainer.model_formats import ModelFormat


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What export-model is asked for."""

    model: Path
    """A model folder, or the folder of a training."""
    manifests: tuple[Path, ...]
    """Of clips that the formats are tried on."""
    formats: tuple[ModelFormat, ...]
    out: Path | None = None
    """None: the model's own folder, where its other formats stay."""
    checkpoint: str | None = None
    """best, last, or a file; None: the model that lies in the folder."""
    licence: str | None = None
    language: str | None = None
    """Where the model does not know it."""
    piece_frames: int | None = None
    """Frames of features a run of a LiteRT model takes; None: PIECE_FRAMES, or somewhat more."""
    clips: int = 100
    """At most so many are tried."""
    threads: int = 1


def export_model(request: ExportRequest) -> ModelFolder:
    """Write the model in all formats that are asked for, or in none.

    Raises MynaError for what the user must mend, for a format that the model cannot have, and for
    one that does not say what the model says.
    """
    source = _source(request)
    folder = _described(request, source)
    frames = piece_frames(request, folder.geometry.stride)
    exported = Exported(
        folder,
        source.geometry,
        source.weights,
        plain_model(source.geometry, source.weights),
        sample_of(_clips(request, folder), folder, threads=request.threads),
        frames,
    )
    own = folder.path.resolve() == request.model.resolve()
    # Of a checkpoint nothing else is kept from which further formats could be made.
    write = partial(with_keras, exported) if source.is_checkpoint else exported.write
    try:
        return folder.put(partial(write, request.formats), keep=own)
    except OSError as error:
        raise storage_error(error, folder.path, resumes=False) from None


def told(folder: ModelFolder, formats: Sequence[ModelFormat]) -> list[str]:
    """A line for each of these formats of a model that was written."""
    lines = []
    for one in formats:
        facts = folder.formats[one]
        size = facts["bytes"]
        assert isinstance(size, int)
        lines.append(f"{one}: {folder.file_of(one)}, {byte_count(size)}, {measured_words(facts)}")
    why = folder.why_not_streaming
    lines.append(
        f"hears a whole clip before it writes: {why}" if why else "can write while somebody speaks"
    )
    return lines


def _source(request: ExportRequest) -> Source:
    if request.checkpoint is not None:
        return checkpoint_source(request.model, request.checkpoint, request.language)
    no_model = request.model.is_dir() and not (request.model / DESCRIPTION).exists()
    if no_model and CheckpointFolder(request.model).last.exists():
        raise MynaError(
            f"{request.model}: its training has not ended, so no model lies there yet. Export what "
            "it has come to with --checkpoint best"
        )
    return model_source(request.model)


def _described(request: ExportRequest, source: Source) -> ModelFolder:
    """The model as it is to be written: where, and with what the user says of it."""
    known = source.folder
    out = request.out or request.model
    own = out.resolve() == request.model.resolve()
    if source.is_checkpoint and own:
        raise UsageError("a checkpoint is exported into a folder of its own: name it with --out")
    if not own and CheckpointFolder(out).last.exists():
        raise MynaError(f"{out} holds a training of its own. Name another folder with --out")
    return replace(
        known,
        path=out,
        licence=request.licence or known.licence,
        language=known.language or request.language,
        formats=known.formats if own else {},
    )


def piece_frames(request: ExportRequest, stride: int) -> int:
    """Frames of features in the pieces that a model of this stride is tried, and written, for.

    Raises UsageError for what was asked for and is no multiple of the stride, if LiteRT is.
    """
    asked = request.piece_frames
    if asked is None:
        return output_frames(PIECE_FRAMES, stride) * stride
    if asked % stride and any(one.streams for one in request.formats):
        raise UsageError(
            f"--piece-frames {asked}: must be a multiple of {stride}, for the model makes one "
            f"frame of output of {stride} of features"
        )
    return asked


def _clips(request: ExportRequest, folder: ModelFolder) -> list[tuple[Path, str]]:
    """Some of the manifests' clips, from all over, checked."""
    rows = read_rows(request.manifests)
    some = rows[:: max(1, len(rows) // request.clips)][: request.clips]
    list(wav_frames(some, folder.features))
    return [(row.path, row.entry.transcript) for row in some]
