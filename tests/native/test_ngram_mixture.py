"""Mixtures of real models, held against KenLM's own scores of each model and of the mixture."""

import math
import os
import random
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import kenlm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from native.ngram_mixture import NgramMixture
from native.programs import program
from native.text import normalise_many

WEIGHTS = (0.7, 0.3)


def estimate(sentences: Sequence[str], words: Sequence[str], arpa: Path, *flags: str) -> Path:
    """A model over these words and no others, as ARPA."""
    vocabulary = arpa.with_suffix(".words")
    vocabulary.write_text("\n".join(words), encoding="utf-8")
    command = [
        *(str(program("lmplz")), "-S", "50M", "--discount_fallback", "--arpa", str(arpa)),
        *("--limit_vocab_file", str(vocabulary), "--vocab_pad", str(len(words) + 2), *flags),
    ]
    text = "".join(f"{sentence}\n" for sentence in sentences)
    subprocess.run(command, input=text, text=True, check=True, capture_output=True)
    return arpa


def mixture_of(words: Sequence[str], *arpas: Path) -> NgramMixture:
    mixture = NgramMixture(words)
    for arpa in arpas:
        with arpa.open("rb") as stream:
            mixture.add(stream.fileno(), arpa.name)
    mixture.join()
    return mixture


def write(mixture: NgramMixture, weights: Sequence[float], path: Path) -> Path:
    with path.open("wb") as stream:
        mixture.write(stream.fileno(), weights)
    return path


def ngrams(arpa: Path) -> Iterator[tuple[tuple[str, ...], float, float]]:
    """All n-grams with their log10 P and backoff weights."""
    for line in arpa.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if len(cells) > 1:
            backoff = float(cells[2]) if len(cells) > 2 else 0.0
            yield tuple(cells[1].split(" ")), float(cells[0]), backoff


def log10(model: kenlm.Model, history: Sequence[str], word: str) -> float:
    """log10 P of a word behind others, of which the first may be <s>."""
    before, after = kenlm.State(), kenlm.State()
    model.NullContextWrite(before)
    for known in history:
        if known == "<s>":
            model.BeginSentenceWrite(before)
            continue
        model.BaseScore(before, known, after)
        before, after = after, before
    return float(model.BaseScore(before, word, after))


@pytest.fixture(scope="module")
def texts(test_data: Path) -> tuple[list[str], list[str], list[str]]:
    """Sentences that people read aloud, a book, and what is kept of the first."""
    folder = test_data / "text"
    lines = (folder / "common_voice_sentences" / "en.txt").read_text("utf-8").splitlines()[:4000]
    book = (folder / "ljspeech_LJ001-LJ020.txt").read_text("utf-8").splitlines()
    spoken, read = (
        [done.text for done in normalise_many(part) if done.text and not done.problem]
        for part in (lines, book)
    )
    return spoken[:3000], read, spoken[3000:]


@pytest.fixture(scope="module")
def words(texts: tuple[list[str], list[str], list[str]]) -> list[str]:
    """Some are in one text only, and many words of the texts are none of them."""
    every = [word for text in texts[:2] for sentence in text for word in sentence.split()]
    counted = {word: every.count(word) for word in set(every[::5])}
    return sorted(counted, key=lambda word: (-counted[word], word))[:2500]


@pytest.fixture(scope="module")
def arpas(
    texts: tuple[list[str], list[str], list[str]],
    words: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, Path]:
    """Of order 4, and of order 3 with 3-grams that occur once left out."""
    folder = tmp_path_factory.mktemp("arpas")
    return (
        estimate(texts[0], words, folder / "a.arpa", "-o", "4"),
        estimate(texts[1], words, folder / "b.arpa", "-o", "3", "--prune", "0", "0", "1"),
    )


@pytest.fixture(scope="module")
def mixed(words: list[str], arpas: tuple[Path, Path]) -> Path:
    return write(mixture_of(words, *arpas), WEIGHTS, arpas[0].with_name("mixed.arpa"))


def test_it_has_the_ngrams_of_all_models_and_no_other(
    mixed: Path, arpas: tuple[Path, Path], words: list[str]
) -> None:
    found = [ngram for ngram, _, _ in ngrams(mixed)]
    singles = {("<unk>",), ("<s>",), ("</s>",), *((word,) for word in words)}
    expected = singles.union(*({ngram for ngram, _, _ in ngrams(arpa)} for arpa in arpas))
    assert len(found) == len(set(found)) > 20_000
    assert set(found) == expected
    sizes = mixture_of(words, *arpas).sizes
    assert sizes == tuple(sum(len(ngram) == n for ngram in found) for n in (1, 2, 3, 4))


def test_each_ngram_has_the_weighted_sum_of_what_kenlm_says_of_it(
    mixed: Path, arpas: tuple[Path, Path]
) -> None:
    models = [kenlm.Model(str(arpa)) for arpa in arpas]
    for (*history, word), found, _ in list(ngrams(mixed))[::7]:
        if word == "<s>":
            continue
        expected = sum(
            weight * 10 ** log10(model, history, word)
            for weight, model in zip(WEIGHTS, models, strict=True)
        )
        assert 10**found == pytest.approx(expected, rel=2e-6), (history, word)


def test_probabilities_sum_up_to_1_behind_every_history(
    mixed: Path, words: list[str], texts: tuple[list[str], list[str], list[str]]
) -> None:
    model = kenlm.Model(str(mixed))
    source = random.Random(1)
    histories: list[list[str]] = [[], ["<s>"], ["<unk>"], ["never", "seen"]]
    for sentence in source.sample(texts[0] + texts[1] + texts[2], 60):
        parts = ["<s>", *sentence.split()]
        end = source.randrange(1, len(parts) + 1)
        histories.append(parts[max(end - source.randrange(1, 5), 0) : end])
    for history in histories:
        total = sum(10 ** log10(model, history, word) for word in [*words, "</s>", "<unk>"])
        assert total == pytest.approx(1, abs=1e-4), history


def test_backoff_weights_lie_between_those_of_the_models(
    mixed: Path, arpas: tuple[Path, Path]
) -> None:
    given = [{ngram: backoff for ngram, _, backoff in ngrams(arpa)} for arpa in arpas]
    between = 0
    for ngram, _, backoff in ngrams(mixed):
        if len(ngram) < 4:
            low, high = sorted(weights.get(ngram, 0.0) for weights in given)
            assert low - 1e-6 <= backoff <= high + 1e-6, ngram
            between += low < backoff < high
    assert between > 2000


def test_scores_are_kenlms_of_each_model(
    words: list[str], arpas: tuple[Path, Path], texts: tuple[list[str], list[str], list[str]]
) -> None:
    held_out = texts[2][:300]
    sentences = "".join(f"{sentence}\n" for sentence in ["", *held_out]).encode()
    scores, known = mixture_of(words, *arpas).score(sentences)
    assert scores.shape == (len(known), 2) and scores.dtype == np.float32
    for column, arpa in enumerate(arpas):
        model = kenlm.Model(str(arpa))
        expected = [p for sentence in ["", *held_out] for p, _, _ in model.full_scores(sentence)]
        assert scores[:, column] == pytest.approx(expected, abs=2e-5)
    vocabulary = {*words, "</s>"}
    tokens = [word for sentence in ["", *held_out] for word in [*sentence.split(), "</s>"]]
    assert known.tolist() == [word in vocabulary for word in tokens]
    assert np.count_nonzero(~known) > 100


def test_the_perplexity_is_about_that_of_mixing_word_by_word(
    mixed: Path, words: list[str], arpas: tuple[Path, Path],
    texts: tuple[list[str], list[str], list[str]],
) -> None:  # fmt: skip
    """Where the mixture backs off it has one weight for all models: a little differs."""
    held_out = texts[2]
    sentences = "".join(f"{sentence}\n" for sentence in held_out).encode()
    scores, _ = mixture_of(words, *arpas).score(sentences)
    dynamic = np.log10(10 ** scores.astype(np.float64) @ WEIGHTS)
    model = kenlm.Model(str(mixed))
    static = [p for sentence in held_out for p, _, _ in model.full_scores(sentence)]
    assert np.mean(static) == pytest.approx(np.mean(dynamic), abs=0.01)


def test_one_model_alone_is_written_as_it_was(
    words: list[str], arpas: tuple[Path, Path], tmp_path: Path
) -> None:
    alone = write(mixture_of(words, arpas[0]), [1.0], tmp_path / "alone.arpa")
    given = {ngram: weights for ngram, *weights in ngrams(arpas[0])}
    found = {ngram: weights for ngram, *weights in ngrams(alone)}
    missing = found.keys() - given.keys()
    assert given.keys() <= found.keys()
    assert missing and all(found[ngram] == found["<unk>",] for ngram in missing)
    for ngram, weights in given.items():
        assert found[ngram] == pytest.approx(weights, abs=1e-6), ngram


TINY_TEXTS = st.lists(
    st.lists(
        st.lists(st.sampled_from("abcde"), min_size=1, max_size=4).map(" ".join),
        min_size=1, max_size=5,
    ),
    min_size=1, max_size=3,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(TINY_TEXTS, st.randoms(use_true_random=False))
def test_mixtures_of_tiny_texts_sum_up_to_1(
    tmp_path_factory: pytest.TempPathFactory, texts: list[list[str]], source: random.Random
) -> None:
    folder = tmp_path_factory.mktemp("tiny")
    words = sorted({word for text in texts for sentence in text for word in sentence.split()})
    arpas = [
        estimate(text, words, folder / f"{i}.arpa", "-o", str(source.randint(2, 4)))
        for i, text in enumerate(texts)
    ]
    given = [source.uniform(0.01, 1) for _ in texts]
    weights = [weight / sum(given) for weight in given]
    model = kenlm.Model(str(write(mixture_of(words, *arpas), weights, folder / "mixed.arpa")))
    for _ in range(20):
        history = [source.choice(["<s>", *words]), *source.choices(words, k=source.randint(0, 3))]
        total = sum(10 ** log10(model, history, word) for word in [*words, "</s>", "<unk>"])
        assert total == pytest.approx(1, abs=1e-4), history


ARPA = """\\data\\
ngram 1=4
ngram 2=1

\\1-grams:
-1\t<unk>\t0
0\t<s>\t-0.1
-1\t</s>\t0
-0.5\ta\t-0.2

\\2-grams:
-0.3\t<s> a

\\end\\
"""

BROKEN = {
    "": "no ARPA: ",
    "nonsense\n": "no ARPA: ",
    ARPA[:-20]: "no ARPA: ",
    ARPA.replace("<unk>", "a"): "the word 'a' comes twice",
    ARPA.replace("-1\t<unk>\t0\n", "").replace("1=4", "1=3"): "it has no <unk>",
    ARPA.replace("\ta\t", "\tb\t"): "the vocabulary has no word 'b'",
    ARPA.replace("-0.5\ta", "0.5\ta"): "a probability that is above 1",
    ARPA.replace("-0.5\ta", "NaN\ta"): "no ARPA: ",
    ARPA.replace("-0.5\ta", "-0.5 a"): "no tab behind a probability",
    ARPA.replace("2=1", "2=2").replace("-0.3\t<s> a\n", "-0.3\t<s> a\n" * 2): (
        "a 2-gram comes twice, which ends with 'a'"
    ),
    ARPA.replace("2-grams:", "3-grams:"): "no ARPA: ",
    ARPA.replace("2=1", "2=1\nngram 3=1").replace("\\end", "\\3-grams:\n-1\ta a a\n\n\\end"): (
        "a 3-gram begins with words that are no n-gram, and ends with 'a'"
    ),
    ARPA.replace("2=1", "2=1\nngram 3=1").replace("\\end", "\\3-grams:\n-1\t<s> a a\n\n\\end"): (
        "a 3-gram that ends with 'a' is in a model, but not the n-gram without its first word"
    ),
}


@pytest.mark.parametrize("arpa", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_model_is_refused(tmp_path: Path, arpa: str) -> None:
    path = tmp_path / "a.arpa"
    path.write_text(arpa)
    with pytest.raises(RuntimeError) as raised:
        mixture_of(["a"], path)
    assert BROKEN[arpa].replace("'", '"') in str(raised.value).replace("'", '"')


def test_what_cannot_be_mixed_or_written_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.arpa"
    path.write_text(ARPA)
    with pytest.raises(ValueError, match="comes twice"):
        NgramMixture(["a", "a"])
    empty = NgramMixture(["a"])
    with pytest.raises(RuntimeError, match="no model to join"):
        empty.join()
    with pytest.raises(RuntimeError, match="have not been joined"):
        empty.score(b"a\n")
    with path.open("rb") as stream, pytest.raises(RuntimeError, match="have not been joined"):
        empty.write(stream.fileno(), [1.0])
    mixture = mixture_of(["a"], path, path)
    with path.open("rb") as stream, pytest.raises(RuntimeError, match="have been joined"):
        mixture.add(stream.fileno())
    with pytest.raises(RuntimeError, match="have been joined"):
        mixture.join()
    for weights in ([1.0], [0.5, 0.6], [1.5, -0.5], [1.0, 0.0], [math.nan, 1.0], []):
        with path.open("rb") as stream, pytest.raises(ValueError, match="weight"):
            mixture.write(stream.fileno(), weights)
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(RuntimeError, match="Broken pipe"):
        mixture.write(writing, [0.5, 0.5])
    os.close(writing)
