"""Training: epochs over clips until the dev set gets no better, with a checkpoint after each.

The checkpoint holds all that the next step depends on, and the order of clips follows from the seed
and the epoch: an interrupted training comes to what an uninterrupted one would have come to. Where
clips or settings have changed since (terms.py), its weights are the start of a new training.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from importers.alphabet import Alphabet
from importers.errors import MynaError
from importers.scoring import ErrorCounts, character_errors, word_errors
from lm.alphabet_choice import decoder_labels
from native.decoder import greedy
from trainer.config import Preset
from trainer.data.batch_order import epoch_order, in_length_order
from trainer.data.batches import Batch
from trainer.data.clips import ClipSet, Reason
from trainer.data.feature_cache import FeatureCache
from trainer.data.feature_store import FeatureStore, measured
from trainer.data.left_out import ListFaults
from trainer.learning.learner import Learner
from trainer.loop.checkpoints import Checkpoint, CheckpointFolder, Identity, Order
from trainer.loop.faults import Fault, learn
from trainer.loop.interruption import StopAskedError, stopping_between_steps
from trainer.loop.progress import EpochResult, Progress
from trainer.loop.terms import Terms
from trainer.loop.training_report import TrainingReport
from trainer.normalisation import Normalisation

Say = Callable[[str], None]

_NAMED = 10
"""Clips at fault that are named in a training; more of them are only listed."""
_MOST_FRUITLESS = 10
"""Batches in a row from which nothing is learnt: the model diverged, and no later one will be."""


def _list_nothing(_at_fault: Mapping[int, Reason]) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Course:
    """What is trained, on what, and where it is kept."""

    preset: Preset
    alphabet: Alphabet
    train: ClipSet
    dev: ClipSet
    out: Path
    threads: int
    """That compute features."""
    checkpoint_seconds: float = 600.0
    """A checkpoint is written within an epoch too, when the last one is older."""
    samples: int = 3
    """Clips of dev whose transcription is shown after each epoch."""
    cache: FeatureCache | None = None
    """That keeps features on disk."""
    keep: int = 0
    """Epochs whose checkpoints are kept beside the last and the best."""
    list_faults: ListFaults = _list_nothing
    """Called with Checkpoint.at_fault after an epoch that had some, and before a training goes on.
    """

    @property
    def identity(self) -> Identity:
        """What a checkpoint must agree with."""
        return Identity(
            geometry=self.preset.geometry(labels=len(self.alphabet) + 1),
            labels=self.alphabet.labels,
            features=self.preset.features_name,
            normalise=self.preset.normalise,
        )

    @property
    def terms(self) -> Terms:
        """What a checkpoint must agree with to be gone on from exactly."""
        backend = keras.backend.backend()
        return Terms.of(self.train.clips, self.dev.clips, self.preset.training, backend=backend)


def train(course: Course, say: Say) -> Progress:
    """Train until the epochs are over or patience is at its end; go on from a checkpoint.

    ``say`` gets lines for people. Every epoch is in the checkpoints below ``course.out``, which the
    caller holds (CheckpointFolder.held). Raises MynaError for checkpoints of another model, and
    when no loss is finite.
    """
    settings = course.preset.training
    with _report(course, say) as report:
        run = _Run(course, report, say)
        report.begin(run.progress)
        if run.progress.epochs >= settings.epochs:
            say(f"{run.progress.epochs} epochs are done already (--epochs {settings.epochs})")
        with stopping_between_steps() as stop_if_asked:
            while not is_finished(run.progress, course.preset):
                run.epoch(stop_if_asked)
    if run.progress.waited >= settings.patience:
        say(f"no better epoch in {settings.patience}: training ends early (--patience)")
    return run.progress


def is_finished(progress: Progress, preset: Preset) -> bool:
    """Whether nothing is left to train."""
    settings = preset.training
    return progress.epochs >= settings.epochs or progress.waited >= settings.patience


def _report(course: Course, say: Say) -> TrainingReport:
    return TrainingReport(
        course.out,
        course.train.clips,
        seconds_a_frame=course.preset.feature_spec.seconds_a_frame,
        epochs=course.preset.training.epochs,
        samples=course.samples,
        say=say,
    )


class _Run:
    """A training in this process."""

    def __init__(self, course: Course, report: TrainingReport, say: Say) -> None:
        self._course, self._report, self._say = course, report, say
        self._settings = course.preset.training
        self._folder = CheckpointFolder(course.out)
        self._identity, self._terms = course.identity, course.terms
        found = self._folder.resume(self._identity)
        changed = found.terms.differences(self._terms) if found else []
        if found is None or changed:
            self._check_accumulate()  # before anything is made, or written over
        self._train, self._dev = (
            FeatureStore(
                some.clips, course.preset.feature_spec, threads=course.threads, cache=course.cache
            )
            for some in (course.train, course.dev)
        )
        self._normalisation = self._measured() if found is None else found.normalisation
        self._train.normalisation = self._dev.normalisation = self._normalisation
        self._learner = Learner(self._identity.geometry, self._settings)
        self.progress = Progress()
        self._order: Order = ()
        self._at_fault: dict[int, Reason] = {}
        self._fruitless = 0  # batches, up to now, from which nothing was learnt
        self._saved = time.monotonic()
        if found and changed:
            self._begin_with(found, changed)
        elif found:
            self._go_on_from(found)

    def epoch(self, stop_if_asked: Callable[[], None]) -> None:
        """One epoch, or what is left of it; then the dev set, a checkpoint and a report.

        ``stop_if_asked`` raises StopAskedError; a checkpoint is written first.
        """
        try:
            self._learn(stop_if_asked)
            if self.progress.clips == 0:
                raise self._nothing_learnt("the epoch")
            started = time.monotonic()
            dev = _Assessment(self._learner, self._dev, self._course, stop_if_asked)
        except StopAskedError:
            self._save()
            raise
        progress = self.progress
        result = EpochResult(
            epoch=progress.epochs + 1,
            train_loss=progress.loss / progress.clips,
            dev_loss=dev.loss,
            dev_wer=dev.words.rate,
            dev_cer=dev.characters.rate,
            learning_rate=self._learner.present_rate,
            seconds=progress.seconds + time.monotonic() - started,
            left_out=progress.left_out,
            speed=self._report.speed(progress.seconds),
            data_wait=progress.data_wait_share,
        )
        best = result.better_than(progress.best)
        self.progress = progress.with_epoch(result)
        self._lower_rate_on_plateau()
        self._save(best=best, keep=self._course.keep)
        if progress.left_out:
            self._course.list_faults(self._at_fault)
        self._report.ended(self.progress, dev.pairs)
        stop_if_asked()

    def _ordered(self, epoch: int) -> Order:
        settings = self._settings
        return epoch_order(
            self._course.train.clips,
            settings.batch_size,
            frames=settings.batch_frames,
            seed=settings.seed,
            epoch=epoch,
        )

    def _check_accumulate(self) -> None:
        wanted, batches = self._settings.accumulate, len(self._ordered(0))
        if wanted > batches:
            raise MynaError(
                f"--accumulate {wanted}: an epoch has {batches} batches only, so hardly any update "
                "would come of them. Take smaller batches, or fewer to accumulate"
            )

    def _learn(self, stop_if_asked: Callable[[], None]) -> None:
        """The steps of an epoch."""
        if not self.progress.batches:
            self._order = self._ordered(self.progress.epochs)
        order = self._order
        with (
            self._report.epoch(order, self.progress) as told,
            self._train.batches(order[self.progress.batches :]) as batches,
        ):
            before, waited = time.monotonic(), 0.0
            for batch, numbers in zip(batches, order[self.progress.batches :], strict=True):
                learnt = learn(self._learner, batch, numbers)
                self._note(learnt.faults)
                self._fruitless = 0 if learnt.clips else self._fruitless + 1
                if self._fruitless == _MOST_FRUITLESS:
                    raise self._nothing_learnt(f"{_MOST_FRUITLESS} batches in a row")
                now = time.monotonic()
                self.progress = self.progress.with_batch(
                    learnt.loss,
                    learnt.clips,
                    now - before,
                    left_out=len(learnt.faults),
                    data_wait=batches.waited - waited,
                )
                before, waited = now, batches.waited
                told(self.progress, learnt.loss, learnt.clips)
                if now - self._saved > self._course.checkpoint_seconds:
                    self._save()
                stop_if_asked()

    def _note(self, faults: tuple[Fault, ...]) -> None:
        """Say which clips could not be learnt from; not again in later epochs."""
        for one in faults:
            if one.number in self._at_fault:
                continue
            self._at_fault[one.number] = one.reason
            if len(self._at_fault) <= _NAMED:
                path = self._course.train.clips[one.number].path
                self._say(f"{path} is left out: {one.reason.sentence}")
            elif len(self._at_fault) == _NAMED + 1:
                self._say("more clips are left out; they are listed when the epoch is over")

    def _nothing_learnt(self, what: str) -> MynaError:
        self._course.list_faults(self._at_fault)
        return MynaError(
            f"no clip of {what} had a finite loss and gradient; try a lower --learning-rate"
        )

    def _lower_rate_on_plateau(self) -> None:
        if self.progress.since_fall < self._settings.plateau:
            return
        self._learner.learning_rate *= self._settings.plateau_factor
        self.progress = replace(self.progress, since_fall=0)

    def _save(self, *, best: bool = False, keep: int = 0) -> None:
        checkpoint = Checkpoint(
            identity=self._identity,
            terms=self._terms,
            progress=self.progress,
            normalisation=self._normalisation,
            arrays=self._learner.arrays(),
            order=self._order if self.progress.batches else (),
            at_fault=self._at_fault,
        )
        self._folder.save(checkpoint, best=best, keep=keep)
        self._saved = time.monotonic()

    def _measured(self) -> Normalisation:
        kind = self._course.preset.normalise
        if kind != "corpus":
            return Normalisation(kind)
        return measured(self._train, len(self._course.train.clips), seed=self._settings.seed)

    def _go_on_from(self, found: Checkpoint) -> None:
        """Take up a checkpoint of this very training."""
        self._learner.restore(found.arrays)
        self.progress, self._order = found.progress, found.order
        self._at_fault = dict(found.at_fault)
        if self._at_fault:
            self._course.list_faults(self._at_fault)
        if not is_finished(self.progress, self._course.preset):
            self._say(f"going on after epoch {self.progress.epochs}, batch {self.progress.batches}")

    def _begin_with(self, found: Checkpoint, changed: list[str]) -> None:
        """Begin anew with the weights of a training under other terms."""
        self._learner.start_from(found.arrays)
        before = found.progress
        # An epoch that was begun has changed the weights too.
        epochs = before.epochs_before + before.epochs + (before.batches > 0)
        self.progress = Progress(epochs_before=epochs)
        self._say(
            f"{'; '.join(changed)}: a new training begins, with the weights that are here "
            f"(epochs: {epochs}). If they have learnt clips that are in dev or test now, the error "
            "rates on those are too good: to begin without them, name another folder with --out"
        )
        # From now on the same command goes on with this training, wherever it is interrupted.
        self._save()


class _Assessment:
    """The dev set as the model hears it now."""

    def __init__(
        self,
        learner: Learner,
        store: FeatureStore,
        course: Course,
        stop_if_asked: Callable[[], None],
    ) -> None:
        clips = course.dev.clips
        settings = course.preset.training
        order = in_length_order(clips, settings.batch_size, frames=settings.batch_frames)
        losses = 0.0
        self.pairs: list[tuple[str, str]] = []
        """Transcript and what the model writes."""
        with store.batches(order) as batches:
            for batch in batches:
                some, log_probabilities = learner.assess(batch)
                losses += float(some.sum(dtype=np.float64))
                self.pairs += _pairs(batch, log_probabilities, course)
                stop_if_asked()
        self.loss = losses / len(clips)
        self.words = sum((word_errors(*pair) for pair in self.pairs), ErrorCounts())
        self.characters = sum((character_errors(*pair) for pair in self.pairs), ErrorCounts())


def _pairs(
    batch: Batch, log_probabilities: NDArray[np.float32], course: Course
) -> Iterator[tuple[str, str]]:
    labels, geometry = decoder_labels(course.alphabet), course.identity.geometry
    for clip, frames, heard in zip(batch.clips, batch.frames, log_probabilities, strict=True):
        yield clip.text, greedy(heard[: geometry.output_frames(int(frames))], labels)
