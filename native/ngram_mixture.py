"""Several n-gram models over one vocabulary made into one by linear interpolation.

    mixture = NgramMixture(["open", "the", "door"])
    mixture.add(arpa_of_one_text), mixture.add(arpa_of_another)
    mixture.join()
    log10, known = mixture.score(b"open the door\\n")     # by each model: weights are found with it
    mixture.write(arpa_of_all, [0.7, 0.3])

What is written is a model of all their n-grams, in which each has exactly the probability

    P(w | h) = sum of weight_i P_i(w | h)

P_i by backing off where model i has not the n-gram. Backoff weights make each P( | h) sum up to 1.
SRILM calls this static interpolation (ngram -mix-lm without -bayes).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from native import _native


class NgramMixture:
    """The models and their n-grams, in memory: about 12 + 8 bytes a model for each n-gram.

    All models must be distributions over ``words``, ``</s>`` and ``<unk>``: a word that one of
    them does not have has the probability of its ``<unk>``. (lmplz makes such models where its
    ``--vocab_pad`` is that many.)
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._mixture = _native.NgramMixture([word.encode() for word in words])

    def add(self, descriptor: int, name: str = "ARPA") -> None:
        """Read one more model, as ARPA, to the end of the file or pipe, which is not closed.

        Does not hold the GIL. Raises RuntimeError, which names ``name``, for what is no ARPA and
        for one with words that are not among ``words``.
        """
        self._mixture.add(descriptor, name)

    def join(self) -> None:
        """When all are read: join them, once. Raises RuntimeError."""
        self._mixture.join()

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many n-grams there are of each length, from 1."""
        return tuple(self._mixture.sizes)

    def score(self, sentences: bytes) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """log10 P of each token by each model [tokens, models]; if ``words`` have it [tokens].

        Sentences are as native/sentences.py makes them; the end of each is a token too.
        Raises RuntimeError before `join`.
        """
        return self._mixture.score(sentences)

    def write(self, descriptor: int, weights: Sequence[float]) -> None:
        """Write the mixture as ARPA to a file or pipe, which is not closed; without the GIL.

        The weights are positive, one for each model, and sum up to 1: else ValueError. Raises
        RuntimeError where it cannot be written.
        """
        self._mixture.write(descriptor, list(weights))
