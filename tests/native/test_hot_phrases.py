"""Hot phrases: the scores and the search held against the reference, and what they are for."""

import math
import random
from collections import defaultdict
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from native.decoder import Decoder, DecoderOptions, HotPhrases, Hypothesis
from native.lexicon import build_lexicon
from native.reference.ctc import exhaustive_ctc, log_add
from native.reference.hot_phrases import HotReference
from native.reference.search import Scores, SearchReference, Spelling
from tests.native.kenlm_models import estimate_model
from tests.native.search_cases import (
    EVERYTHING,
    assert_as_reference,
    assert_equal,
    noisy_log_probs,
    random_log_probs,
    scores,
    words_of,
)
from tests.native.search_modes import KINDS, Mode, letters_of, options_for, random_cases


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
        self,
        options: DecoderOptions,
        boosts: dict[str, float],
        outside: list[tuple[str, Spelling]],
        *,
        with_model: bool = True,
    ) -> SearchReference:
        units = {tuple(text) if self.kind == "units" else tuple(text.split()) for text in boosts}
        hot = HotReference(
            {key: boosts[("" if self.kind == "units" else " ").join(key)] for key in units},
            " " if self.kind == "units" else None,
        )
        return replace(self.rules(options, with_model=with_model), hot=hot, hot_words=outside)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(25))
def test_the_search_equals_the_reference(tmp_path: Path, kind: str, seed: int) -> None:
    mode = HotMode(kind, seed, tmp_path, letters=letters_of(seed))
    for case in random_cases(mode, seed, count=4, longest=7):
        boosts, outside = mode.phrases()
        decoder = mode.decoder(case.options, with_model=case.with_model)
        found = decoder.decode(case.log_probs, hot=HotPhrases(decoder, boosts))
        rules = mode.hot_rules(case.options, boosts, outside, with_model=case.with_model)
        assert_as_reference(found, case.log_probs, rules)
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


@pytest.fixture(scope="module")
def rare_words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lexicon and a language model of words of which few are frequent."""
    folder = tmp_path_factory.mktemp("rare")
    source = random.Random(1)
    words = sorted({"".join(source.choices("abcd", k=source.randint(1, 6))) for _ in range(400)})
    source.shuffle(words)
    weights = [1 / (rank * rank) for rank in range(1, len(words) + 1)]
    sentences = [" ".join(source.choices(words, weights, k=8)) for _ in range(2000)]
    estimate_model(sentences, folder / "lm.binary", order=2)
    build_lexicon(words, [*"abcd", " "], folder / "lm.binary", folder / "trie")
    return folder


def rare_decoder(folder: Path, alpha: float) -> Decoder:
    return Decoder(
        [*"abcd", " "],
        lexicon=folder / "trie",
        language_model=folder / "lm.binary",
        options=DecoderOptions(beam_size=50, alpha=alpha),
    )


@pytest.mark.parametrize("alpha", [0.5, 1.0])
def test_no_phrases_are_as_if_there_were_none_to_the_last_bit(
    rare_words: Path, alpha: float
) -> None:
    """Also where a difference of look-aheads has more digits than these have."""
    decoder = rare_decoder(rare_words, alpha)
    for seed in range(40):
        log_probs = random_log_probs(seed, 30, 6)
        plain = decoder.decode(log_probs)
        assert decoder.decode(log_probs, hot=HotPhrases(decoder, {})) == plain


@pytest.mark.parametrize("alpha", [5e-324, 1e-40, 1e-38, 1e-31])
def test_next_to_no_weight_of_the_language_model_is_none(rare_words: Path, alpha: float) -> None:
    """Boosts in units of such a weight are beyond what a float can hold."""
    log_probs = noisy_log_probs(3, "bab db c cdcdcd cadba", [*"abcd", " "], noise=0.4)
    found = []
    for weight in (0.0, alpha):
        decoder = rare_decoder(rare_words, weight)
        hot = HotPhrases(decoder, {"cdcdcd": 8.0, "bab db": 8.0, "cadba": 6.0})
        found.append(decoder.decode(log_probs, hot=hot))
    assert found[1] == found[0]
    assert found[0][0].hot_phrases > 0
    assert math.isfinite(found[0][0].total)


# --- What they are for --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def names_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("names")


@pytest.fixture(scope="module")
def names(names_folder: Path) -> Decoder:
    """A small language: words alike, and two names, one of which the lexicon has not."""
    folder = names_folder
    words = [
        "call",
        "send",
        "text",
        "please",
        "now",
        "to",
        "for",
        "anna",
        "ann",
        "manner",
        "mailer",
        "miller",
        "meter",
        "me",
        "a",
    ]
    source = random.Random(3)
    sentences = [" ".join(source.choices(words, k=6)) for _ in range(300)]
    labels = [*"abcdefghijklmnopqrstuvwxyzü", " "]
    estimate_model(sentences, folder / "lm.binary", order=3)
    build_lexicon(words, labels, folder / "lm.binary", folder / "trie")
    return Decoder(labels, lexicon=folder / "trie", language_model=folder / "lm.binary")


@pytest.fixture(scope="module")
def narrow_names(names: Decoder, names_folder: Path) -> Decoder:
    """The same with a narrow beam."""
    return Decoder(
        names.columns.labels,
        lexicon=names_folder / "trie",
        language_model=names_folder / "lm.binary",
        options=DecoderOptions(beam_size=12),
    )


def best_of(decoder: Decoder, log_probs: np.ndarray, boosts: dict[str, float]) -> Hypothesis:
    return decoder.decode(log_probs, hot=HotPhrases(decoder, boosts))[0]


def test_a_name_that_the_lexicon_has_not_is_heard(names: Decoder) -> None:
    labels = list(names.columns.labels)
    heard = 0
    for seed in range(20):
        said = "please call anna müller now"
        log_probs = noisy_log_probs(seed, said, labels, noise=0.4)
        assert "müller" not in names.decode(log_probs)[0].text
        best = best_of(names, log_probs, {"anna müller": 5.0, "zagreb": 5.0})
        heard += best.text == said
        if best.text == said:
            assert best.hot_phrases == 5.0
            assert [word.text for word in best.words] == said.split()
    assert heard >= 18


def test_what_is_not_said_is_not_written(names: Decoder) -> None:
    labels = list(names.columns.labels)
    boosts = {"anna müller": 6.0, "mailer": 6.0, "send manner": 6.0, "zagreb": 6.0, "textil": 6.0}
    for seed in range(20):
        said = "please text miller now for me a meter"
        log_probs = noisy_log_probs(seed, said, labels, noise=0.1)
        best = best_of(names, log_probs, boosts)
        assert (best.text, best.hot_phrases) == (said, 0.0)


def test_a_narrow_beam_keeps_what_a_wide_one_finds(narrow_names: Decoder) -> None:
    labels = list(narrow_names.columns.labels)
    said = "send to anna müller a manner"
    log_probs = noisy_log_probs(5, said, labels, noise=0.3)
    assert best_of(narrow_names, log_probs, {"anna müller": 5.0}).text == said


def test_spellings_of_pieces(tmp_path: Path) -> None:
    labels = ["▁he", "llo", "▁wor", "ld", "▁", "he", "wor"]
    words = [("hello", ("▁he", "llo")), ("world", ("▁wor", "ld"))]
    build_lexicon(words, labels, None, tmp_path / "trie", separator=None)
    decoder = Decoder(labels, lexicon=tmp_path / "trie")
    log_probs = np.log(np.full((3, 8), 1e-4))
    for at, label in enumerate(["▁he", "ld", "llo"]):
        log_probs[at, labels.index(label)] = -0.01
    # By the longest pieces, "▁he" "ld" "llo"; or as is said.
    assert best_of(decoder, log_probs, {"heldllo": 1.0}).text == "heldllo"
    hot = HotPhrases(decoder, {"hi": 1.0}, spellings={"hi": [("▁he", "ld", "llo"), ("▁wor",)]})
    best = decoder.decode(log_probs, hot=hot)[0]
    assert (best.text, best.hot_phrases) == ("hi", 1.0)


def test_mistakes_are_told(names: Decoder) -> None:
    for boosts, message in (
        ({"": 1.0}, "the hot phrase '' is empty"),
        ({"anna": math.nan}, "'anna' has the boost nan; it must be a number from -100 to 100"),
        ({"anna": 101.0}, "'anna' has the boost 101; it must be"),
        ({"anna": 1e308}, "'anna' has the boost 1e\\+308; it must be"),
        ({"anna  a": 1.0, "anna a": 2.0}, "the hot phrase 'anna a' is there twice"),
        ({"anna 7": 1.0}, "the lexicon has not and the labels cannot spell: no label fits at '7'"),
    ):
        with pytest.raises(ValueError, match=message):
            HotPhrases(names, boosts)
    with pytest.raises(ValueError, match="the spelling of 'anna' is for no word"):
        HotPhrases(names, {"anna": 1.0}, spellings={"anna": [["a", "b"]]})
    with pytest.raises(ValueError, match="'7', which is none of the labels"):
        HotPhrases(names, {"ab": 1.0}, spellings={"ab": [["7"]]})
    hot = HotPhrases(names, {"anna": 1.0})
    other = Decoder(["a"])
    empty = np.zeros((0, 2))
    with pytest.raises(ValueError, match="the hot phrases were made for a decoder with another"):
        other.decode(empty, hot=hot)
    with pytest.raises(ValueError, match="made for a decoder with another"):
        other.stream(hot=hot)
    with pytest.raises(ValueError, match="made for a decoder with another"):
        other.decode_batch([empty], 1, hot=hot)
    with pytest.raises(ValueError, match=r"'b' cannot be spelled with .*: no label fits at 'b'"):
        HotPhrases(other, {"b": 1.0})


@pytest.mark.parametrize(
    ("boosts", "spellings", "message"),
    [
        (["anna"], None, "boosts must be a mapping of phrases to numbers, not list"),
        ("anna", None, "boosts must be a mapping of phrases to numbers, not str"),
        ({7: 1.0}, None, "a hot phrase must be a string, not 7"),
        ({"anna": "5"}, None, "the hot phrase 'anna' has the boost '5', which is no number"),
        ({"anna": None}, None, "the hot phrase 'anna' has the boost None, which is no number"),
        ({"ab": 1.0}, ["ab"], "spellings must be a mapping of words to lists of spellings, not"),
        ({"ab": 1.0}, {"ab": "ab"}, r"spellings\['ab'\] is a string; give a list"),
        ({"ab": 1.0}, {"ab": ["a", "b"]}, "a spelling of 'ab' is a string; give a list"),
    ],
    ids=str,
)
def test_what_are_no_phrases_is_told(
    names: Decoder, boosts: Any, spellings: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        HotPhrases(names, boosts, spellings=spellings)


def test_what_is_no_decoder_and_what_are_no_hot_phrases(names: Decoder) -> None:
    boosts: Any = {"anna": 1.0}
    with pytest.raises(TypeError, match="hot phrases are for a Decoder, not dict"):
        HotPhrases(boosts, boosts)
    array = np.zeros((0, 29))
    for call in (
        lambda: names.decode(array, hot=boosts),
        lambda: names.decode_batch([], 1, hot=boosts),
        lambda: names.stream(hot=boosts),
    ):
        with pytest.raises(TypeError, match=r"hot must be HotPhrases\(decoder, .*, not dict"):
            call()
