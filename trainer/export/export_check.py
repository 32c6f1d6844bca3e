"""Whether a model in another format says what the model says: on features of real clips.

Formats that keep the weights must give Keras's log-probabilities. Formats that round them to 8 bits
give others, and are held against ONNX with whole weights by two bounds: how far their distributions
are from its own, and how many more words come out wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from importers.errors import MynaError
from importers.scoring import ErrorCounts, word_errors
from lm.alphabet_choice import decoder_labels
from native.decoder import greedy
from native.features import features_batch
from trainer.data.clip_file import read_samples
from trainer.formats.runtime import Runtime
from trainer.model_folder import Fact, ModelFolder

TOLERANCE = 1e-3
"""How far natural log-probabilities of Keras and of another format may be apart."""
MOST_DIVERGENCE = 0.02
"""Of 8 bits: the mean over frames of the Kullback-Leibler divergence, in nats."""
MOST_MORE_ERRORS = 0.01
"""Of 8 bits: more errors in words, as a share of all words; one more is always allowed."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sample:
    """Some clips as a model hears them: normalised."""

    features: list[Floats]
    """[frames, coefficients] each, at least one."""
    texts: list[str]
    """What is said in each."""


def sample_of(clips: Sequence[tuple[Path, str]], model: ModelFolder, *, threads: int) -> Sample:
    """Clips and their transcripts, as this model hears them; those without a frame are left out.

    Raises MynaError for clips that cannot be read, and where none has a frame.
    """
    samples = [read_samples(path, model.features.sample_rate) for path, _ in clips]
    found = features_batch(samples, model.features, threads=threads)
    pairs = [(one, text) for one, (_, text) in zip(found, clips, strict=True) if len(one)]
    if not pairs:
        raise MynaError(
            "none of the clips is as long as a frame, so no format can be tried on them"
        )
    normalise = model.normalisation.apply
    return Sample([normalise(one) for one, _ in pairs], [text for _, text in pairs])


def largest_difference(expected: Sequence[Floats], found: Sequence[Floats]) -> float:
    """Between natural log-probabilities of the same clips; NaN where one is NaN.

    Raises ValueError for clips of another number of frames.
    """
    for one, other in zip(expected, found, strict=True):
        if one.shape != other.shape:
            raise ValueError(f"log-probabilities of shape {other.shape}, not {one.shape}")
    # NumPy's maximum, not Python's: it does not lose a NaN.
    return float(
        np.max([np.abs(one - other).max() for one, other in zip(expected, found, strict=True)])
    )


def same_as_keras(
    path: Path, expected: Sequence[Floats], found: Sequence[Floats]
) -> dict[str, Fact]:
    """What is to be kept of a format that says what Keras says. MynaError for another."""
    difference = largest_difference(expected, found)
    # Not "greater than": NaN must fail too.
    if not difference <= TOLERANCE:
        raise MynaError(
            f"{path.name}: differs from the Keras model by {difference:.2g} in natural "
            f"log-probabilities, where {TOLERANCE:g} is allowed. It has not been written; please "
            "report this"
        )
    return {"difference": difference, "clips": len(expected)}


def divergence(expected: Sequence[Floats], found: Sequence[Floats]) -> float:
    """The mean over all frames of the Kullback-Leibler divergence of the found from the expected.

    In nats: what is lost on average when the one distribution is taken for the other.
    """
    ours, theirs = (np.concatenate(one).astype(np.float64) for one in (expected, found))
    return float(np.mean(np.sum(np.exp(ours) * (ours - theirs), axis=1)))


def near_enough(
    path: Path, model: ModelFolder, sample: Sample, expected: Sequence[Floats], runtime: Runtime
) -> dict[str, Fact]:
    """What is to be kept of a format in 8 bits within the bounds. MynaError for one outside.

    ``expected`` are the log-probabilities of the sample with whole weights.
    """
    found = [runtime.log_probs(one) for one in sample.features]
    far = divergence(expected, found)
    if not far <= MOST_DIVERGENCE:
        raise MynaError(
            f"{path.name}: its probabilities are {far:.2g} nats a frame from those with whole "
            f"weights, where {MOST_DIVERGENCE:g} is allowed. Weights in 8 bits are no good for "
            "this model: leave this format out of --formats"
        )
    whole, rounded = (_word_errors(model, sample, one) for one in (expected, found))
    allowed = max(1, MOST_MORE_ERRORS * whole.reference_length)
    if rounded.errors - whole.errors > allowed:
        raise MynaError(
            f"{path.name}: WER {rounded.rate:.2%} on {len(found)} clips, where the model with "
            f"whole weights has {whole.rate:.2%}; {MOST_MORE_ERRORS:.0%} more is allowed. Leave "
            "this format out of --formats"
        )
    return {
        "divergence": far,
        "wer": rounded.rate,
        "wer_of_model": whole.rate,
        "clips": len(found),
    }


def _word_errors(model: ModelFolder, sample: Sample, log_probs: Sequence[Floats]) -> ErrorCounts:
    """Of greedy decoding."""
    labels = decoder_labels(model.alphabet)
    pairs = zip(sample.texts, log_probs, strict=True)
    return sum((word_errors(text, greedy(one, labels)) for text, one in pairs), ErrorCounts())
