"""From weights to a model folder, in one format or several, each held against Keras first.

What fails is not written: the files come to their place together, when all of them have passed.
"""

import importlib.util
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from importers.alphabet import Alphabet
from importers.errors import MynaError
from native.features import FeatureSpec
from trainer.architecture.geometry import Geometry
from trainer.data.clips import Clip
from trainer.export.export_check import Sample, near_enough, same_as_keras, sample_of
from trainer.formats.acoustic_model import AcousticModel
from trainer.formats.onnx_graph import write_onnx
from trainer.formats.runtime import Runtime, load_model
from trainer.learning.learner import WEIGHTS
from trainer.learning.model import Weights, plain_model
from trainer.loop.checkpoints import Checkpoint
from trainer.model_folder import KERAS, Fact, FormatFacts, ModelFolder
from trainer.model_formats import ModelFormat

PIECE_FRAMES = 16
"""Frames of features a run of a LiteRT model takes, unless others are asked for or its stride asks
for more."""
_CHECKED = 8
"""Clips that are held against Keras."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Exported:
    """A model on its way into a folder."""

    folder: ModelFolder
    """What it is, and where it goes."""
    geometry: Geometry
    """Of the weights: that of the folder, or without its batch normalisation (folding.py)."""
    weights: Weights
    keras_model: keras.Model
    """Of plain layers, with these weights."""
    sample: Sample
    """What formats are tried on."""
    piece_frames: int = PIECE_FRAMES

    def write(self, formats: Sequence[ModelFormat], into: Path) -> FormatFacts:
        """Write these formats into a folder, and what was found of each. MynaError where one fails.

        Raises ValueError for pieces that are no multiple of the model's stride.
        """
        self._refuse_what_cannot_be(formats)
        with tempfile.TemporaryDirectory(dir=into) as beside:
            place = into if ModelFormat.ONNX in formats else Path(beside)
            whole = place / ModelFormat.ONNX.path
            write_onnx(self.geometry, self.weights, whole)
            onnx = AcousticModel(whole, self.geometry)
            some = self.sample.features[:_CHECKED]
            expected = keras_log_probs(self.keras_model, self.geometry, some)
            found = {ModelFormat.ONNX: self._check_onnx(onnx, whole, expected)}
            for one in formats:
                if one is not ModelFormat.ONNX:
                    found[one] = self._written(one, into, expected, onnx)
        return {one: {"bytes": _size(into / one.path), **found[one]} for one in formats}

    def _check_onnx(
        self, onnx: AcousticModel, path: Path, expected: Sequence[Floats]
    ) -> dict[str, Fact]:
        some = self.sample.features[: len(expected)]
        facts = same_as_keras(path, expected, onnx.log_probs_batch(some))
        if self.geometry.streaming:
            pieces = [onnx.log_probs(one, piece_frames=self.piece_frames) for one in some]
            facts = max(facts, same_as_keras(path, expected, pieces), key=_difference)
        return facts

    def _written(
        self, wanted: ModelFormat, into: Path, expected: Sequence[Floats], onnx: Runtime
    ) -> dict[str, Fact]:
        path = into / wanted.path
        self._write_one(wanted, path)
        runtime = load_model(self._at(into), wanted)
        if wanted.rounds:
            whole = [onnx.log_probs(one) for one in self.sample.features]
            return near_enough(path, self.folder, self.sample, whole, runtime)
        some = self.sample.features[: len(expected)]
        return same_as_keras(path, expected, [runtime.log_probs(one) for one in some])

    def _write_one(self, wanted: ModelFormat, path: Path) -> None:
        if wanted is ModelFormat.ONNX_INT8:
            from trainer.formats.onnx_int8 import write_onnx_int8

            write_onnx_int8(self.geometry, self.weights, path)
            return
        if wanted is ModelFormat.SAVED_MODEL:
            from trainer.formats.saved_model import write_saved_model

            write_saved_model(self.keras_model, self.geometry, path)
        else:
            from trainer.formats.litert_file import write_litert

            write_litert(
                self.geometry,
                self.weights,
                path,
                frames=self.piece_frames,
                eight_bits=wanted.rounds,
            )

    def _at(self, into: Path) -> ModelFolder:
        """The model as it lies in another folder, for what its files are of."""
        folder = self.folder
        return ModelFolder(into, self.geometry, folder.features, folder.alphabet, folder.language)

    def _refuse_what_cannot_be(self, formats: Sequence[ModelFormat]) -> None:
        why = self.folder.why_not_streaming
        for one in formats:
            if one.streams and why is not None:
                raise MynaError(
                    f"{one} is for models that write while somebody speaks, and this one does not: "
                    f"{why}. Leave it out of --formats"
                )
            for library, name, does, extra in _libraries(one):
                if importlib.util.find_spec(library) is None:
                    raise MynaError(
                        f"{one} is {does} by {name}, which is not installed. pip install "
                        f"'.[{extra}]' installs it; or leave it out of --formats"
                    )


def _libraries(wanted: ModelFormat) -> list[tuple[str, str, str, str]]:
    """What a format needs: the module, what it is called, what it does, and which extra has it."""
    needed = []
    if wanted is ModelFormat.SAVED_MODEL or wanted.streams:
        needed.append(("tensorflow", "TensorFlow", "made", "trainer"))
    if wanted.streams:
        needed.append(("ai_edge_litert", "ai-edge-litert", "tried", "litert"))
    return needed


def export(
    checkpoint: Checkpoint,
    clips: Sequence[Clip],
    *,
    out: Path,
    features: FeatureSpec,
    alphabet: Alphabet,
    facts: Mapping[str, Fact],
    language: str | None,
    licence: str | None = None,
) -> ModelFolder:
    """Write the model of a checkpoint into ``out``, as ONNX and Keras's; other files there stay.

    Its ONNX is first run on the features of some of the clips, and must give what Keras gives:
    MynaError else, and ``out`` stays as it was.
    """
    geometry = checkpoint.identity.geometry
    weights = trained_weights(checkpoint)
    model = plain_model(geometry, weights)
    folder = ModelFolder(
        out,
        geometry,
        features,
        alphabet,
        language,
        dict(facts),
        checkpoint.normalisation,
        licence,
    )
    some = [(clip.path, clip.text) for clip in spread(clips, _CHECKED)]
    made = Exported(folder, geometry, weights, model, sample_of(some, folder, threads=1))
    return folder.put(partial(with_keras, made, [ModelFormat.ONNX]))


def with_keras(made: Exported, formats: Sequence[ModelFormat], into: Path) -> FormatFacts:
    """Exported.write, and model.keras, from which further formats can be made later."""
    made.keras_model.save(into / KERAS)
    return made.write(formats, into)


def spread(clips: Sequence[Clip], most: int) -> Sequence[Clip]:
    """At most so many of them, from all over."""
    return clips[:: max(1, len(clips) // most)][:most]


def trained_weights(checkpoint: Checkpoint) -> Weights:
    """The weights of a checkpoint by name, for normalised features, whatever Keras backend ran."""
    shapes, arrays = checkpoint.identity.geometry.weight_shapes(), checkpoint.arrays
    return {
        name: arrays[f"{WEIGHTS}{name}"].astype(np.float32).reshape(shape)
        for name, shape in shapes.items()
    }


def keras_log_probs(
    model: keras.Model, geometry: Geometry, clips: Sequence[Floats]
) -> list[Floats]:
    """Natural logarithms [output frames, labels] of each clip, by Keras, in one padded batch."""
    longest = max(len(one) for one in clips)
    batch = np.stack([np.pad(one, ((0, longest - len(one)), (0, 0))) for one in clips])
    lengths = np.array([len(one) for one in clips], np.int32)
    logits = model([batch, lengths], training=False)
    made = keras.ops.convert_to_numpy(keras.ops.log_softmax(logits))
    counts = [geometry.output_frames(len(one)) for one in clips]
    return [one[:count] for one, count in zip(made, counts, strict=True)]


def _difference(facts: Mapping[str, Fact]) -> float:
    return float(facts["difference"] or 0)


def _size(path: Path) -> int:
    """Bytes of a format: of its file and its weights, or of all files of its folder."""
    files = path.rglob("*") if path.is_dir() else path.parent.glob(f"{path.name}*")
    return sum(one.stat().st_size for one in files if one.is_file())
