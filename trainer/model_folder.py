"""A trained model as a folder: everything that recognition needs, and nothing of how it was made.

    model.json      format, geometry, features, language, facts of the training, sha256 of the rest
    alphabet.txt    the labels (importers/alphabet.py); none for the bytes alphabet
    model.onnx      what recognition runs (formats/onnx_graph.py); its weights: model.onnx.data
    model.keras     the same as Keras saves it, for other programs; may be absent
    MODEL_CARD.md   model.json for people

and what else export-model made of the model (trainer/model_formats.py), with model.onnx or in its
place. The files appear together, model.json last, and it has the digests of the others: a mixture
of two models is never taken for one. Who runs a model has its digests compared, and no others.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from importers.alphabet import BYTES_NAME, Alphabet, AlphabetError
from importers.digests import digest_of
from importers.errors import MynaError
from importers.storage import put_folder, put_text
from native.features import FeatureSpec, frames_of
from trainer.architecture.geometry import Geometry
from trainer.architecture.geometry_file import geometry_from_json, geometry_of_deep_speech
from trainer.json_record import RecordError, record
from trainer.model_card import model_card
from trainer.model_formats import ModelFormat, data_name
from trainer.normalisation import Normalisation

FORMAT: Final = 2
_OLD_FORMAT: Final = 1
DESCRIPTION: Final = "model.json"
ALPHABET: Final = "alphabet.txt"
KERAS: Final = "model.keras"
CARD: Final = "MODEL_CARD.md"

Fact = str | int | float | bool | None
"""A fact of the training; what is unknown is None."""
FormatFacts = Mapping[ModelFormat, Mapping[str, Fact]]
"""What was found out of a model in each of its formats."""


class ModelError(MynaError):
    """A folder that holds no model, or one that this version cannot use."""


@dataclass(frozen=True)
class ModelFolder:
    """A model that lies in ``path``."""

    path: Path
    geometry: Geometry
    features: FeatureSpec
    alphabet: Alphabet
    language: str | None
    """A tag such as "en" or "zh-CN"."""
    training: Mapping[str, Fact] = field(default_factory=dict)
    """How it was trained and how good it is, in the order of the card: preset, data_sha256,
    epochs, train_hours, wer, cer, ..., as far as they are known."""
    normalisation: Normalisation = field(default_factory=Normalisation)
    """Of the features, before the model takes them."""
    licence: str | None = None
    """Of the model, in a few words."""
    formats: FormatFacts = field(default_factory=dict, compare=False)
    """Those that lie in the folder; known of a model that was read."""
    files: Mapping[str, str] = field(default_factory=dict, compare=False)
    """SHA-256 of the files by name, as the description has them; known of a model that was read."""

    def __post_init__(self) -> None:
        labels = len(self.alphabet) + 1
        if self.geometry.labels != labels:
            raise ModelError(
                f"{self.path}: {self.geometry.labels} outputs in the geometry, but {labels} labels "
                f"({len(self.alphabet)} in the alphabet, and the blank)"
            )
        if self.geometry.inputs != self.features.coefficients:
            raise ModelError(
                f"{self.path}: {self.geometry.inputs} inputs in the geometry, but features of "
                f"{self.features.coefficients} coefficients"
            )
        measured = len(self.normalisation.mean)
        if measured not in (0, self.geometry.inputs):
            raise ModelError(
                f"{self.path}: a normalisation of {measured} coefficients for features of "
                f"{self.features.coefficients}"
            )

    @property
    def onnx(self) -> Path:
        """What recognition runs."""
        return self.file_of(ModelFormat.ONNX)

    def file_of(self, wanted: ModelFormat) -> Path:
        """Where the model lies in this format."""
        return self.path / wanted.path

    @property
    def why_not_streaming(self) -> str | None:
        """Why nothing can be written before a clip's end, in words; None where it can."""
        heard = [layer.name for layer in self.geometry.layers if layer.hears_all]
        if heard:
            return f"its layer {heard[0]} hears the whole clip first"
        if self.normalisation.kind == "utterance":
            return "its features are normalised by the whole clip"
        if self.features.level == "equal":
            return "its clips are brought to one level, which the whole clip tells"
        return None

    @classmethod
    def read(cls, path: str | Path, wanted: ModelFormat | None = ModelFormat.ONNX) -> "ModelFolder":
        """The model in a folder, to be run in this format; None: not to be run.

        Its files are checked against their digests. Raises ModelError, which says what is missing
        or does not fit and what to do.
        """
        folder = Path(path)
        content = _read_description(folder)
        formats = _formats(content)
        if wanted is not None and wanted not in formats:
            raise ModelError(
                f"{folder}: this model has not been exported as {wanted}, but as "
                f"{', '.join(formats) or 'nothing'}. Name one of those with --format, or make it: "
                f"export-model --formats {wanted}"
            )
        _check_files(folder, content, wanted)
        old = content["format"] == _OLD_FORMAT
        where = f"{folder / DESCRIPTION}: "
        read_geometry = geometry_of_deep_speech if old else geometry_from_json
        try:
            return cls(
                path=folder,
                geometry=read_geometry(content["geometry"], f"{where}geometry"),
                features=_read_features(content["features"], f"{where}features"),
                alphabet=_read_alphabet(folder, content["alphabet"]),
                language=content["language"],
                training=content["training"],
                normalisation=record(
                    Normalisation, content["normalisation"], f"{where}normalisation"
                ),
                licence=content["licence"],
                formats=formats,
                files=content["files"],
            )
        except RecordError as error:
            raise ModelError(str(error)) from None

    def write(
        self,
        weights: Mapping[str, NDArray[np.float32]],
        *,
        save_keras: Callable[[Path], None] | None = None,
    ) -> None:
        """Write all files to ``path``, over those of an older model; what else lies there stays.

        ``weights`` are by the names of Geometry.weight_shapes. ``save_keras`` is given the path of
        model.keras to write. Raises ValueError for weights of another geometry, and OSError.
        """
        from trainer.formats.onnx_graph import write_onnx  # onnx is not needed to read a model

        def make(folder: Path) -> FormatFacts:
            write_onnx(self.geometry, weights, folder / ModelFormat.ONNX.path)
            if save_keras is not None:
                save_keras(folder / KERAS)
            return {ModelFormat.ONNX: {}}

        self.put(make)

    def put(self, make: Callable[[Path], FormatFacts], *, keep: bool = False) -> "ModelFolder":
        """Write what ``make`` puts into the folder that it is given, and the description.

        It says in which formats the model is now there. With ``keep`` those that ``path`` has of
        this same model, which was read from there, stay, and what is known of its training; else an
        older model is replaced. After an exception, ``make``'s own too, ``path`` is what it was.
        Raises OSError, and ModelError where there is none to keep, or another by now.
        """
        if keep:
            _read_description(self.path)  # before the folder would be made
        with put_folder(self.path, last=DESCRIPTION) as folder:
            made = make(folder)  # minutes, in which with_facts, which holds nothing, may have run
            there = self._there() if keep else None
            if not self.alphabet.is_bytes:
                put_text(folder / ALPHABET, self.alphabet.to_text())
            stay = {
                name: digest
                for name, digest in (there.files if there else {}).items()
                if not any(one.holds(name) for one in made)
            }
            digests = dict(sorted((stay | _digests(folder)).items()))
            written = dataclasses.replace(
                self,
                training=there.training if there else self.training,
                formats={**(there.formats if there else {}), **made},
                files=digests,
            )
            put_text(folder / CARD, model_card(written._content(digests)))
            put_text(folder / DESCRIPTION, _to_json(written._content(digests)))
        return written

    def _there(self) -> "ModelFolder":
        """The model in ``path`` now. Raises ModelError unless it is the one that was read."""
        there = ModelFolder.read(self.path, None)
        mine, found = (
            (one.geometry, one.features, one.alphabet, one.normalisation, one.files.get(KERAS))
            for one in (self, there)
        )
        if mine != found:
            raise ModelError(
                f"{self.path}: another model has come to lie there meanwhile; nothing was written. "
                "Run the same command again"
            )
        return there

    def with_facts(self, facts: Mapping[str, Fact]) -> "ModelFolder":
        """Adds facts to model.json and the card of the model in ``path``, a WER found later, say.

        Raises ModelError when no model lies there, and OSError.
        """
        older = _read_description(self.path)
        changed = dataclasses.replace(
            self, training={**self.training, **facts}, formats=_formats(older)
        )
        content = changed._content(older["files"])
        put_text(self.path / CARD, model_card(content))
        put_text(self.path / DESCRIPTION, _to_json(content))
        return changed

    def _content(self, digests: Mapping[str, str]) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "language": self.language,
            "alphabet": BYTES_NAME if self.alphabet.is_bytes else ALPHABET,
            "features": dataclasses.asdict(self.features),
            "normalisation": dataclasses.asdict(self.normalisation),
            "geometry": self.geometry.to_json(),
            "licence": self.licence,
            "training": dict(self.training),
            "formats": {str(one): dict(facts) for one, facts in self.formats.items()},
            "files": dict(digests),
        }


def _digests(folder: Path) -> dict[str, str]:
    """Of all files below a folder, by their names from there."""
    return {
        file.relative_to(folder).as_posix(): digest_of(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def _formats(content: Mapping[str, Any]) -> dict[ModelFormat, Mapping[str, Fact]]:
    """Those whose files the description has, with what it says of each."""
    return {
        one: content["formats"].get(one, {})
        for one in ModelFormat
        if any(one.holds(name) for name in content["files"])
    }


def _check_files(folder: Path, content: Mapping[str, Any], wanted: ModelFormat | None) -> None:
    """Raises ModelError unless all files that are used are there, as the description has them.

    Of one that it does not have, nobody knows whose it is.
    """
    for name in _used(folder, content, wanted):
        if name not in content["files"]:
            raise ModelError(
                f"{folder / DESCRIPTION}: has no digest of {name}; copy the whole folder again, or "
                "export the model again"
            )
        check_file(folder / name, content["files"][name])


def _used(folder: Path, content: Mapping[str, Any], wanted: ModelFormat | None) -> list[str]:
    """The names of the files that are used where the model runs in a format; None: in none."""
    used = [] if content["alphabet"] == BYTES_NAME else [ALPHABET]
    if wanted is None:
        return used
    data = data_name(wanted.path)
    opened = [name for name in content["files"] if wanted.holds(name) and name != data]
    weights = [data] if data in content["files"] or (folder / data).exists() else []
    return [*used, *(opened or [wanted.path]), *weights]


def _to_json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


_TYPES: Final = {
    "language": (str, type(None)),
    "alphabet": (str,),
    "features": (dict,),
    "normalisation": (dict,),
    "geometry": (dict,),
    "training": (dict,),
    "files": (dict,),
    "licence": (str, type(None)),
    "formats": (dict,),
}


def _read_description(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise ModelError(f"{folder}: no such folder. Name the one that train-model --out wrote")
    path = folder / DESCRIPTION
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(
            f"{folder}: no model is in this folder (no {DESCRIPTION}). Name the one that "
            "train-model --out wrote"
        ) from None
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not the JSON of a model: {error}") from None
    made = content.get("format") if isinstance(content, dict) else None
    if type(made) is not int:
        raise ModelError(f"{path}: not the description of a model: it has no format number")
    if made not in (_OLD_FORMAT, FORMAT):
        raise ModelError(
            f"{path}: format {made}, and this version of Myna reads up to {FORMAT}. Use the "
            "version that made the model, or export it again"
        )
    if made == _OLD_FORMAT:  # which had the normalisation in its weights
        content["normalisation"] = {"kind": "none", "mean": [], "deviation": []}
    if isinstance(content.get("features"), dict):  # of before there were other kinds, and levels
        content["features"] = {"kind": "mfcc", "level": "recorded", **content["features"]}
    # Models that were exported before there were several formats have neither.
    content = {"licence": None, "formats": {}, **content}
    for name, types in _TYPES.items():
        if not isinstance(content.get(name), types):
            raise ModelError(f"{path}: {name!r} is missing or of another kind than it must be")
    if not all(isinstance(facts, dict) for facts in content["formats"].values()):
        raise ModelError(f"{path}: 'formats' must have facts by the names of formats")
    return dict(content)


def _read_features(content: object, where: str) -> FeatureSpec:
    spec: FeatureSpec = record(FeatureSpec, content, where)
    try:
        frames_of(0, spec)
    except ValueError as error:
        raise ModelError(f"{where}: {error}") from None
    except TypeError:  # the compiled part takes numbers of 32 bits
        raise ModelError(f"{where}: a number is too large") from None
    return spec


def _read_alphabet(folder: Path, name: str) -> Alphabet:
    try:
        return Alphabet.read(BYTES_NAME if name == BYTES_NAME else folder / ALPHABET)
    except (AlphabetError, OSError) as error:
        raise ModelError(f"{folder}: no alphabet: {error}") from None


def check_file(path: Path, digest: str) -> None:
    """Raises ModelError unless the file is there and has this SHA-256."""
    if not path.is_file():
        raise ModelError(f"{path}: missing; copy the whole folder again, or export the model again")
    if digest_of(path) != digest:
        raise ModelError(
            f"{path}: not the file that {DESCRIPTION} was written with (damaged, changed, or an "
            "export was interrupted); copy the whole folder again, or export the model again"
        )
