"""From manifests to a model folder: read, train, export, measure on the test set."""

import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from importers import console
from importers.alphabet import Alphabet, AlphabetError
from importers.digests import digest_of
from importers.errors import FormatError, MynaError
from lm.package import LanguageModelPackage
from trainer.config import Preset
from trainer.data.clips import Clip, ClipSet, LeftOut, read_clips, read_rows, wav_frames
from trainer.data.feature_cache import FeatureCache
from trainer.data.left_out import fault_lister, write_left_out
from trainer.data.licence import data_licence
from trainer.data.training_limit import TrainingLimit
from trainer.evaluation import Evaluation, measured_facts
from trainer.learning.keras_backend import check_backend
from trainer.loop.checkpoints import CheckpointFolder, read_checkpoint
from trainer.model_folder import ALPHABET, DESCRIPTION, Fact, ModelFolder

LIBRARY_LOG = "tensorflow.log"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What train-model is asked for."""

    preset_name: str
    preset: Preset
    train: tuple[Path, ...]
    dev: tuple[Path, ...]
    test: tuple[Path, ...]
    out: Path
    limit: TrainingLimit | None = None
    """Of what is learnt from."""
    feature_cache: Path | None = None
    """A folder that keeps features from run to run."""
    alphabet: Path | None = None
    """None: alphabet.txt beside the first training manifest, else the characters of train."""
    language_model: Path | None = None
    """A package with which the test set is recognised too."""
    language: str | None = None
    """A tag; None: the locale of the training clips, where they have one."""
    licence: str | None = None
    """Of the model, for its card."""
    threads: int = 1
    checkpoint_seconds: float = 600.0
    samples: int = 3
    """Clips of dev whose transcription is shown after each epoch."""
    keep: int = 0
    """Epochs whose checkpoints are kept beside the last and the best."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What train-model made."""

    folder: ModelFolder
    greedy: Evaluation | None
    """On the test set, without a language model; None without a test set."""
    searched: Evaluation | None
    """On the test set, with the language model; None without one."""


def train_model(request: TrainRequest, say: Say) -> TrainedModel:
    """Train, or go on training, and write the model into ``request.out``.

    ``say`` gets lines for people. Raises MynaError for whatever the user must mend, before the
    first step where it can be known by then.
    """
    alphabet = chosen_alphabet(request)
    if request.language_model is not None:
        LanguageModelPackage.read(request.language_model).check_alphabet(alphabet)
    spec = request.preset.feature_spec
    # The test set is needed last, but what is wrong with it is said first.
    deque(wav_frames(read_rows(request.test), spec), maxlen=0)
    opened = _opened_cache(request, say)
    stride = request.preset.geometry(labels=len(alphabet) + 1).stride
    seed = request.preset.training.seed
    train = read_clips(request.train, alphabet, spec, stride=stride, limit=request.limit, seed=seed)
    dev = read_clips(request.dev, alphabet, spec, stride=stride)
    _check_out(request)
    check_backend()
    with CheckpointFolder(request.out).held(), opened as cache:
        _tell_left_out(request.out, [*train.left_out, *dev.left_out], say)
        # What TensorFlow's C++ says of itself would stand between our lines.
        with console.library_messages_to(request.out / LIBRARY_LOG):
            folder = _trained(request, alphabet, train, dev, cache=cache, say=say)
        if not request.test:
            return TrainedModel(folder, None, None)
        return _measured(request, folder)


def chosen_alphabet(request: TrainRequest) -> Alphabet:
    """The labels to train. Raises FormatError for a file that is no alphabet, OSError."""
    path = request.alphabet or request.train[0].parent / ALPHABET
    if request.alphabet is None and not path.is_file():
        rows = read_rows(request.train)
        return Alphabet.from_texts(row.entry.transcript for row in rows)
    try:
        return Alphabet.read(path)
    except AlphabetError as error:
        raise FormatError(str(error)) from None


def _check_out(request: TrainRequest) -> None:
    if (request.out / DESCRIPTION).exists() and not CheckpointFolder(request.out).last.exists():
        raise MynaError(
            f"{request.out} holds a model, but no checkpoints to go on from. "
            "Name another folder with --out"
        )


def _opened_cache(
    request: TrainRequest, say: Say
) -> contextlib.AbstractContextManager[FeatureCache | None]:
    if request.feature_cache is None:
        return contextlib.nullcontext()
    return FeatureCache(request.feature_cache, request.preset.feature_spec, say)


def _tell_left_out(out: Path, left_out: Sequence[LeftOut], say: Say) -> None:
    path = write_left_out(out, left_out)
    for reason, count in ClipSet(left_out=list(left_out)).counts().items():
        say(f"{count:,} clips are left out: {reason.sentence}; listed in {path}")


def _trained(
    request: TrainRequest,
    alphabet: Alphabet,
    train_set: ClipSet,
    dev: ClipSet,
    *,
    cache: FeatureCache | None,
    say: Say,
) -> ModelFolder:
    from trainer.export.export_folder import export
    from trainer.loop.train import Course, train

    say(f"{_amount(train_set.clips, request)} to train, {_amount(dev.clips, request)} for dev")
    course = Course(
        request.preset,
        alphabet,
        train_set,
        dev,
        request.out,
        threads=request.threads,
        checkpoint_seconds=request.checkpoint_seconds,
        samples=request.samples,
        cache=cache,
        keep=request.keep,
        list_faults=fault_lister(request.out, train_set, dev, say),
    )
    # Now: hours later a manifest may be another, or gone.
    digest, its_licence = digest_of(*request.train), data_licence(request.train)
    progress = train(course, say)
    best = progress.best
    checkpoints = CheckpointFolder(request.out)
    checkpoint = checkpoints.read_best(read_checkpoint(checkpoints.last))
    assert best is not None and checkpoint is not None  # an epoch has been trained
    facts: dict[str, Fact] = {
        "preset": request.preset_name,
        "data_sha256": digest,
        "data_licence": its_licence,
        "train_clips": len(train_set.clips),
        "train_hours": round(_hours(train_set.clips, request), 4),
        "epochs": progress.epochs,
        "best_epoch": best.epoch,
        "epochs_before": progress.epochs_before,
        "dev_loss": best.dev_loss,
        "dev_wer": best.dev_wer,
        "dev_cer": best.dev_cer,
    }
    return export(
        checkpoint,
        dev.clips,
        out=request.out,
        features=request.preset.feature_spec,
        alphabet=alphabet,
        facts=facts,
        language=request.language or train_set.locale,
        licence=request.licence,
    )


def _measured(request: TrainRequest, folder: ModelFolder) -> TrainedModel:
    """Recognise the test set, and keep what came out in the model's description."""
    from trainer.evaluation_run import measure
    from trainer.recognizer import Recognizer

    recognizer = Recognizer(request.out, request.language_model, many=True)
    measured = measure(recognizer, request.test, threads=request.threads)
    greedy, searched = measured.greedy, measured.searched
    return TrainedModel(folder.with_facts(measured_facts(greedy, searched)), greedy, searched)


def _amount(clips: Sequence[Clip], request: TrainRequest) -> str:
    return f"{len(clips):,} clips ({_hours(clips, request):.2f} h)"


def _hours(clips: Sequence[Clip], request: TrainRequest) -> float:
    """Length of the frames that are heard."""
    return sum(clip.frames for clip in clips) * request.preset.feature_spec.seconds_a_frame / 3600
