"""flashlight-text, the peer of the decoder's benchmarks, from PyPI into a folder of its own.

Its KenLM is inside and reads our lm.binary. A word ends there only on its separator, so that a
frame of pure space follows each utterance; LM weights are of log10 probabilities.
"""

import importlib
import math
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.material.kenlm_tools import ROOT
from benchmarks.material.simulated_posteriors import LABELS, Matrix

VERSION = "0.0.7"
FOLDER = ROOT / "build" / "benchmarks" / f"flashlight-text-{VERSION}"
_SPACE, _BLANK = LABELS.index(" "), len(LABELS)
_NEVER = -1e4


class Flashlight:
    """A LexiconDecoder's trie and language model, and decoders of them.

    Smeared with MAX: each node of the trie has the highest unigram score below it.
    """

    def __init__(self, words: Sequence[str], language_model: Path) -> None:
        decoder, dictionary = _modules()
        self._module = decoder
        entries = dictionary.Dictionary()
        for word in (*words, "<unk>"):
            entries.add_entry(word)
        self._unknown = entries.get_index("<unk>")
        self._model = decoder.KenLM(str(language_model), entries)
        self._trie = decoder.Trie(len(LABELS) + 1, _SPACE)
        begin = self._model.start(False)
        numbers = {label: number for number, label in enumerate(LABELS)}
        self._texts = list(words)
        for number, word in enumerate(words):
            _, score = self._model.score(begin, number)
            spelling = [numbers[letter] for letter in word] + [_SPACE]
            self._trie.insert(spelling, number, score)
        self._trie.smear(decoder.SmearingMode.MAX)

    def decoder(self, settings: Mapping[str, float], alpha: float, beta: float) -> Any:
        """For Flashlight.decode: beam_size, beam_threshold, top_labels (0: all), log_add."""
        options = self._module.LexiconDecoderOptions(
            beam_size=int(settings["beam_size"]),
            beam_size_token=int(settings.get("top_labels", 0)) or len(LABELS) + 1,
            beam_threshold=settings["beam_threshold"],
            lm_weight=alpha * math.log(10),
            word_score=beta,
            unk_score=-math.inf,
            sil_score=0.0,
            log_add=bool(settings.get("log_add", 0)),
            criterion_type=self._module.CriterionType.CTC,
        )
        return self._module.LexiconDecoder(
            options, self._trie, self._model, _SPACE, _BLANK, self._unknown, [], False
        )

    def decode(self, decoder: Any, ended: Matrix) -> str:
        """The best text of what `ended_by_space` made of an utterance."""
        decoder.decode_begin()
        decoder.decode_step(ended.ctypes.data, *ended.shape)
        decoder.decode_end()
        best = decoder.get_best_hypothesis().words
        return " ".join([self._texts[number] for number in best if number >= 0])


def ended_by_space(log_probs: Matrix) -> Matrix:
    """An utterance and the frame that ends its last word; contiguous float32."""
    last = np.full((1, log_probs.shape[1]), _NEVER, np.float32)
    last[0, _SPACE] = 0.0
    return np.ascontiguousarray(np.concatenate([log_probs, last]), np.float32)


def _modules() -> tuple[Any, Any]:
    """Its modules `decoder` and `dictionary`, fetched by pip when they are not there yet."""
    if not FOLDER.is_dir():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
        subprocess.run([*command, str(FOLDER), f"flashlight-text=={VERSION}"], check=True)
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))
    name = "flashlight.lib.text"
    return importlib.import_module(f"{name}.decoder"), importlib.import_module(f"{name}.dictionary")
