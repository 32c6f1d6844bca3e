"""Hot phrases: the scores and the search held against the reference, and what they are for."""

import math
import random
from collections import defaultdict
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from native.decoder import Decoder, DecoderOptions, HotPhrases
from native.reference.ctc import exhaustive_ctc, log_add
from native.reference.hot_phrases import HotReference
from native.reference.search import Scores, SearchReference, Spelling, beam_search_reference
from tests.native.search_cases import EVERYTHING, random_log_probs, words_of
from tests.native.test_decoder_modes import Mode, assert_equal, options_for, scores

KINDS = ["words", "pieces", "units", "open"]


class HotMode(Mode):
    """A random decoder of one kind with random hot phrases."""

    def phrases(self) -> tuple[dict[str, float], list[tuple[str, Spelling]]]:
        """With their boosts, and the words of them that the lexicon has not."""
        letters = [label for label in self.labels if label not in (self.separator, " ")]
        known = [text for text, _ in self.words if text != " "]
        outside = []
        for length in (1, 2, 3, 3):
            word = "".join(self.source.choices(letters, k=length))
            if word not in known and self.kind != "units":
                outside.append(word)
        boosts = {}
        joint = "" if self.kind == "units" else " "
        for _ in range(self.source.randint(1, 5)):
            words = self.source.choices([*known, *outside], k=self.source.randint(1, 3))
            boosts[joint.join(words)] = self.source.choice([-2.17, 0.71, 1.53, 4.13])
        used = {word for phrase in boosts for word in phrase.split()}
        return boosts, [(word, tuple(word)) for word in sorted(set(outside) & used)]

    def hot_rules(
        self, options: DecoderOptions, boosts: dict[str, float], outside: list[tuple[str, Spelling]],
        *, with_model: bool = True,
    ) -> SearchReference:  # fmt: skip
        units = {tuple(text) if self.kind == "units" else tuple(text.split()) for text in boosts}
        hot = HotReference(
            {key: boosts[("" if self.kind == "units" else " ").join(key)] for key in units},
            " " if self.kind == "units" else None,
        )
        return replace(self.rules(options, with_model=with_model), hot=hot, hot_words=outside)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(25))
def test_the_search_equals_the_reference(tmp_path: Path, kind: str, seed: int) -> None:
    mode = HotMode(kind, seed, tmp_path, letters=45 if seed % 6 == 5 else 2 + seed % 3)
    for case in range(4):
        options = options_for(mode.source, kind)
        log_probs = random_log_probs(
            100 * seed + case, mode.source.randint(0, 7), len(mode.labels) + 1
        )
        log_probs -= np.random.default_rng(case).uniform(0, 0.01, log_probs.shape)
        with_model = mode.source.random() < 0.8
        if not (with_model and options.alpha):  # many texts of the same labels are equally good
            options = replace(options, beam_size=100_000, merge_histories=False)
            log_probs = log_probs[: 2 if len(mode.labels) > 40 else 4]
        boosts, outside = mode.phrases()
        decoder = mode.decoder(options, with_model=with_model)
        found = decoder.decode(log_probs, hot=HotPhrases(decoder, boosts))
        rules = mode.hot_rules(options, boosts, outside, with_model=with_model)
        expected, is_complete = beam_search_reference(log_probs, rules)
        assert_equal(scores(found), expected)
        assert all(one.is_complete == is_complete for one in found)
        for one in found:
            paid = rules.hot.paid(words_of(one))
            if kind != "open" or paid == 0:
                assert one.hot_phrases == pytest.approx(paid, abs=1e-9)


def exhaustive(mode: HotMode, log_probs: np.ndarray, rules: SearchReference) -> Scores:
    """Every sequence of words, of the lexicon or hot, by the sum over all paths."""
    acoustic: dict[tuple[str, ...], float] = defaultdict(lambda: -math.inf)
    for numbers, log_prob in exhaustive_ctc(log_probs).items():
        pieces = "".join(mode.labels[number] for number in numbers).split(mode.separator)
        choices = [rules.spelled.get(tuple(piece), []) for piece in pieces if piece]
        for words in product(*choices):
            acoustic[words] = log_add(acoustic[words], log_prob)
    found = {}
    for key, log_prob in acoustic.items():
        tokens = tuple(rules.word(word).token for word in key)
        log10 = sum(mode.model.score(tokens[:at], word) for at, word in enumerate(tokens))
        log10 += mode.model.score(tokens, None)
        total = log_prob + rules.weighted(log10) + rules.beta * len(key) + rules.hot.paid(key)
        found[key] = (log_prob, log10, total)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_totals_are_the_exhaustive_sum_and_the_boosts(tmp_path: Path, seed: int) -> None:
    mode = HotMode("words", seed, tmp_path, letters=2)
    for case in range(5):
        options = replace(EVERYTHING, alpha=[0.0, 0.6, 1.2][case % 3], beta=0.5)
        boosts, outside = mode.phrases()
        decoder = mode.decoder(options)
        log_probs = random_log_probs(4 * seed + 1, 2 + case, 4)
        found = decoder.decode(log_probs, hot=HotPhrases(decoder, boosts))
        rules = mode.hot_rules(options, boosts, outside)
        assert_equal(scores(found), exhaustive(mode, log_probs, rules))


@pytest.mark.parametrize("seed", range(30))
def test_without_a_lexicon_phrases_are_of_labels(seed: int) -> None:
    source = random.Random(seed)
    labels = ["a", "b", " "] if seed % 2 else ["a", "b", "c"]
    boosts = {}
    for _ in range(source.randint(1, 4)):
        text = "".join(source.choices(labels, k=source.randint(1, 4)))
        if text := " ".join(text.split()):
            boosts[text] = source.choice([-1.0, 1.0, 3.0])
    if not boosts:
        boosts = {"ab": 1.0}
    reference = HotReference(
        {tuple(text): boost for text, boost in boosts.items()}, " " if " " in labels else None
    )
    decoder = Decoder(labels, options=EVERYTHING)
    log_probs = random_log_probs(4 * seed + 1, 5, 4)
    found = decoder.decode(log_probs, hot=HotPhrases(decoder, boosts))
    expected = {}
    for numbers, log_prob in exhaustive_ctc(log_probs).items():
        text = "".join(labels[number] for number in numbers)
        expected[text] = log_prob + reference.paid(tuple(text))
    assert {one.text: one.total for one in found} == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_pieces_of_a_stream_batches_and_what_was_hot_before_change_nothing(
    tmp_path: Path, kind: str
) -> None:
    mode = HotMode(kind, 7, tmp_path, letters=3)
    decoder = mode.decoder(options_for(mode.source, kind))
    boosts, _ = mode.phrases()
    hot = HotPhrases(decoder, boosts)
    log_probs = random_log_probs(1, 40, len(mode.labels) + 1)
    plain, heard = decoder.decode(log_probs), decoder.decode(log_probs, hot=hot)
    stream = decoder.stream(hot=hot)
    for at in range(0, 40, 7):
        stream.feed(log_probs[at : at + 7])
        stream.partial()
    assert stream.finish() == heard
    assert decoder.decode(log_probs) == plain
    assert decoder.decode_batch([log_probs] * 5, 2, hot=hot) == [heard] * 5
    assert decoder.decode(log_probs, hot=HotPhrases(decoder, {})) == plain


@pytest.mark.parametrize(
    ("boosts", "text", "paid"),
    [
        ({"a b": 4.0}, "x a b a b", 8.0),
        ({"a b": 4.0}, "a x b", 0.0),
        ({"a b c": 5.0, "b": 1.0}, "a b c", 5.0),
        ({"a b c": 5.0, "b": 1.0}, "a b x", 1.0),
        ({"a": 2.0, "a b": 1.0}, "a b a", 3.0),
        ({"a b": 3.0, "b c": 4.0}, "a b c", 3.0),
        ({"a b c d": 9.0, "b c": 4.0, "c e": 2.0}, "a b c e", 4.0),
        ({"a a b": 3.0}, "a a a b", 3.0),
    ],
)
def test_the_longest_phrase_from_the_left_pays_once(
    boosts: dict[str, float], text: str, paid: float
) -> None:
    units = tuple(text.split())
    reference = HotReference({tuple(phrase.split()): boost for phrase, boost in boosts.items()})
    assert reference.paid(units) == paid
    # The same by the decoder: every label a character, where no boundary is.
    labels = ["a", "b", "c", "d", "e", "x"]
    decoder = Decoder(labels, options=DecoderOptions(beam_size=50))
    log_probs = np.full((2 * len(units), 7), -9.0)
    for at, unit in enumerate(units):
        log_probs[2 * at, labels.index(unit)] = -0.01
        log_probs[2 * at + 1, 6] = -0.01
    joined = {phrase.replace(" ", ""): boost for phrase, boost in boosts.items()}
    best = decoder.decode(log_probs, hot=HotPhrases(decoder, joined))[0]
    assert (best.text, best.hot_phrases) == ("".join(units), paid)
