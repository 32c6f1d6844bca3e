"""How far a training is, and what each epoch came to. Kept with each checkpoint."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

_HARDLY_RIGHT = 0.8
"""From this character error rate on, a model writes nothing of use."""


@dataclass(frozen=True, slots=True)
class EpochResult:
    """What an epoch came to. Losses are means over clips, error rates are of greedy decoding."""

    epoch: int
    """1-based."""
    train_loss: float
    dev_loss: float
    dev_wer: float
    dev_cer: float
    learning_rate: float
    """At its end: during the warm-up it is not yet what it is to be."""
    seconds: float
    left_out: int = 0
    """Clips that could not be learnt from (faults.py)."""
    speed: float = 0.0
    """Audio hours learnt from per hour; dev does not count."""
    data_wait: float = 0.0
    """Share of the steps' time that was waited for data."""

    def better_than(self, other: "EpochResult | None") -> bool:
        """Whether this is the better model.

        By the character error rate on dev: CTC's loss goes on rising on clips that are wrong anyway
        while the others get better. As long as hardly anything written is right, the loss decides:
        random letters, which a new model writes, err less than none, which it writes next.
        """
        return other is None or self._rank < other._rank

    @property
    def _rank(self) -> tuple[float, float]:
        # Nothing is less than a NaN, which would stay the best for ever.
        loss = math.inf if math.isnan(self.dev_loss) else self.dev_loss
        return min(self.dev_cer, _HARDLY_RIGHT), loss


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is."""

    epochs: int = 0
    """Finished epochs."""
    batches: int = 0
    """Finished batches of the epoch in hand."""
    loss: float = 0.0
    """Sum of the losses of the epoch in hand."""
    clips: int = 0
    """Clips in this sum."""
    left_out: int = 0
    """Clips of the epoch in hand that could not be learnt from."""
    seconds: float = 0.0
    """Time that the epoch in hand has taken."""
    data_wait: float = 0.0
    """Seconds of it that were waited for data."""
    since_fall: int = 0
    """Epochs without a better one since the best, or since the learning rate fell."""
    history: tuple[EpochResult, ...] = ()
    epochs_before: int = 0
    """Epochs of earlier trainings, under other terms, that made the weights this one began with."""

    @property
    def best(self) -> EpochResult | None:
        """The best epoch so far, the first of equals."""
        best = None
        for result in self.history:
            best = result if result.better_than(best) else best
        return best

    @property
    def waited(self) -> int:
        """Epochs since the best."""
        return self.epochs - self.best.epoch if self.best else 0

    @property
    def data_wait_share(self) -> float:
        """Share of the time of the epoch in hand that was waited for data."""
        return self.data_wait / self.seconds if self.seconds else 0.0

    def with_batch(
        self,
        loss: float,
        clips: int,
        seconds: float,
        *,
        left_out: int = 0,
        data_wait: float = 0.0,
    ) -> "Progress":
        """One batch further; ``left_out`` says how many clips it was learnt without.

        It took so many ``seconds``, of which ``data_wait`` were waited for its data.
        """
        return replace(
            self,
            batches=self.batches + 1,
            loss=self.loss + loss,
            clips=self.clips + clips,
            left_out=self.left_out + left_out,
            seconds=self.seconds + seconds,
            data_wait=self.data_wait + data_wait,
        )

    def with_epoch(self, result: EpochResult) -> "Progress":
        """One epoch further."""
        better = result.better_than(self.best)
        return Progress(
            epochs=self.epochs + 1,
            since_fall=0 if better else self.since_fall + 1,
            history=(*self.history, result),
            epochs_before=self.epochs_before,
        )

    def to_json(self) -> dict[str, Any]:
        """For json.dumps; from_json takes it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """What to_json gave."""
        history = tuple(EpochResult(**result) for result in content["history"])
        return cls(**{**content, "history": history})
