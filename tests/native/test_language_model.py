import os
import random
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import kenlm
import pytest

from native import programs
from native.language_model import LanguageModel, Score, TextScore, words_of_model
from native.lexicon import build_lexicon
from native.programs import program


def run(command: Sequence[str | Path], text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=text, capture_output=True, text=True)


def estimate(text: str, *flags: str) -> subprocess.CompletedProcess[str]:
    return run([program("lmplz"), "-S", "100M", *flags], text)


def grams(arpa: str) -> dict[str, float]:
    """log10 probability of each n-gram of an ARPA file."""
    rows = [line.split("\t") for line in arpa.splitlines() if "\t" in line]
    return {row[1]: float(row[0]) for row in rows}


def sentences(count: int, seed: int) -> list[list[str]]:
    """Sentences of 0 to 9 words out of 60, the first ones frequent."""
    source = random.Random(seed)
    words = [f"w{i}" for i in range(60)]
    weights = [1 / (i + 1) for i in range(60)]
    return [source.choices(words, weights, k=source.randrange(10)) for _ in range(count)]


@pytest.fixture(scope="module")
def arpa(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trigram model of 500 sentences."""
    path = tmp_path_factory.mktemp("lm") / "model.arpa"
    text = "\n".join(" ".join(words) for words in sentences(500, seed=1))
    done = estimate(text, "-o", "3", "--discount_fallback", "--arpa", str(path))
    assert done.returncode == 0, done.stderr
    return path


@pytest.mark.parametrize(
    "kind", [[], ["probing"], ["trie"], ["-a", "22", "-q", "8", "-b", "8", "trie"]], ids=str
)
def test_scores_are_those_of_the_kenlm_module(arpa: Path, tmp_path: Path, kind: list[str]) -> None:
    path = arpa
    if kind:
        path = tmp_path / "lm.binary"
        assert run([program("build_binary"), *kind, arpa, path]).returncode == 0
    ours, oracle = LanguageModel(path), kenlm.Model(str(path))
    assert ours.order == oracle.order == 3
    for words in [*sentences(200, seed=2), [], ["unheard"], ["w1", "unheard", "w2", "unheard"]]:
        parts = list(oracle.full_scores(" ".join(words)))
        expected = Score(sum(p for p, _, _ in parts), sum(oov for _, _, oov in parts))
        assert ours.score(words) == expected


def test_many_sentences_score_as_one_by_one(arpa: Path) -> None:
    model, text = LanguageModel(arpa), sentences(300, seed=3)
    text[7:7] = [[], ["unheard"], ["w1", "ungehört", "w2", "unheard"], ["w0"]]
    unknown_log10 = sum(
        log10
        for words in text
        for log10, _, unknown in kenlm.Model(str(arpa)).full_scores(" ".join(words))
        if unknown
    )
    content = "".join(f"{' '.join(words)}\n" for words in text).encode()
    score = model.score_text(content)
    assert (score.sentences, score.words) == (304, sum(map(len, text)))
    assert score.log10 == pytest.approx(sum(model.score(words).log10 for words in text), rel=1e-12)
    assert score.unknown_log10 == pytest.approx(unknown_log10, rel=1e-12)
    assert score.unknown_words == ("unheard", "ungehört", "unheard")
    assert unknown_log10 < 0
    # The last line feed may be missing, and more spaces part no more words.
    assert model.score_text(content[:-1].replace(b" ", b"  ")) == score
    assert model.score_text(b"") == TextScore(0, 0, 0.0, 0.0, ())
    assert model.score_text(b"\n").log10 == model.score([]).log10


def test_probabilities_are_those_of_modified_kneser_ney() -> None:
    # One sentence, every discount 0.5. a, b, c, </s> each follow one word: p = 0.5/4 + backoff/5
    # with backoff 0.5 and five words (<unk> too); each longer n-gram: 0.5 + 0.5 * shorter one.
    done = estimate("a b c\n", "-o", "3", "--discount_fallback", "0.5")
    assert done.returncode == 0, done.stderr
    found = grams(done.stdout)
    unigram = 0.5 / 4 + 0.5 / 5
    bigram = 0.5 + 0.5 * unigram
    expected = {"a": unigram, "</s>": unigram, "<unk>": 0.5 / 5, "a b": bigram, "c </s>": bigram}
    expected |= {"<s> a b": 0.5 + 0.5 * bigram, "b c </s>": 0.5 + 0.5 * bigram}
    assert {gram: 10 ** found[gram] for gram in expected} == pytest.approx(expected, rel=1e-6)
    assert len(found) == 6 + 4 + 3


def test_discounts_given_as_single_values_and_with_equals_sign_agree() -> None:
    text = "a b c\nb c\na\n"
    one = estimate(text, "--order=2", "--discount_fallback", "0.5", "1", "1.5")
    two = estimate(text, "-o2", "--discount_fallback")
    assert one.returncode == 0
    assert one.stdout == two.stdout


def test_a_text_too_small_to_estimate_discounts_is_a_failure_that_names_the_flag() -> None:
    done = estimate("a b c\n", "-o", "2")
    assert done.returncode == 1
    assert done.stdout == ""
    last = done.stderr.strip().splitlines()[-1]
    assert "rerun with --discount_fallback" in last
    assert ".cc:" not in done.stderr


def test_pruning_and_vocabulary_limits_drop_ngrams(tmp_path: Path) -> None:
    text = "a b\n" * 3 + "a c\n"
    pruned = estimate(text, "-o", "2", "--prune", "0", "1", "--discount_fallback")
    assert "a b" in grams(pruned.stdout)
    assert "a c" not in grams(pruned.stdout)
    (tmp_path / "words").write_text("a c")
    limit = ["--limit_vocab_file", str(tmp_path / "words")]
    limited = estimate(text, "-o", "2", *limit, "--discount_fallback")
    assert "b" not in grams(limited.stdout)
    assert "a c" in grams(limited.stdout)


@pytest.mark.parametrize("byte", [1, 90, 165])
def test_a_vocabulary_limit_is_not_led_astray_by_what_was_in_memory(
    tmp_path: Path, byte: int
) -> None:
    (tmp_path / "words").write_text("a c")
    flags = ["-o", "2", "--limit_vocab_file", str(tmp_path / "words"), "--discount_fallback"]
    text = "a b\n" * 3 + "a c\n"
    expected = estimate(text, *flags)
    command = [str(program("lmplz")), "-S", "100M", *flags]
    dirty = {**os.environ, "MALLOC_PERTURB_": str(byte)}  # glibc then fills what malloc gives
    done = subprocess.run(command, input=text, capture_output=True, text=True, env=dirty)
    assert (done.returncode, done.stdout) == (0, expected.stdout), done.stderr


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        ([], "the order of the model is missing: -o N"),
        (["-o", "7"], "--order: '7' is not a number from 1 to 6"),
        (["-o", "2", "--prune", "2", "1"], "--prune: the thresholds may not decrease"),
        (["-o", "2", "--prune", "0", "0", "1"], "--prune has 3 thresholds"),
        (["-o", "2", "-S", "much"], "--memory: Failed to parse much into a memory size"),
        (["-o", "2", "--discount_fallback", "9"], "--discount_fallback: '9' is not a number from"),
        (["-o", "2", "--skip"], "there is no flag --skip; lmplz --help lists them"),
        (["-o", "2", "--skip_symbols", "x"], "'x' is not a flag"),
        (["-o", "2", "--text", "/nowhere/at/all"], "No such file or directory"),
        (["-o", "2", "--vocab_pad", "9", "--interpolate_unigrams", "0"], "--vocab_pad needs"),
    ],
)
def test_wrong_use_of_lmplz_is_one_line(flags: list[str], text: str) -> None:
    done = run([program("lmplz"), *flags])
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("lmplz: ")
    assert text in done.stderr


def test_lmplz_explains_itself() -> None:
    done = run([program("lmplz"), "--help"])
    assert done.returncode == 0
    for flag in ["-o, --order N", "--prune COUNT...", "--limit_vocab_file FILE"]:
        assert flag in done.stdout


def test_sentence_marks_in_the_text_are_refused_unless_skipped() -> None:
    refused = estimate("a <s> b\n", "-o", "1", "--discount_fallback")
    assert refused.returncode == 1
    assert "--skip_symbols" in refused.stderr
    skipped = estimate("a <s> b\n", "-o", "1", "--discount_fallback", "--skip_symbols")
    assert skipped.returncode == 0


@pytest.mark.parametrize("content", [b"", b"nonsense\n"], ids=["empty", "other"])
@pytest.mark.parametrize("read", [LanguageModel, words_of_model])
def test_what_is_no_language_model_is_refused(
    tmp_path: Path, content: bytes, read: Callable[[Path], object]
) -> None:
    path = tmp_path / "lm.binary"
    path.write_bytes(content)
    with pytest.raises(RuntimeError, match=r"cannot load the language model .*lm\.binary: "):
        read(path)


@pytest.mark.parametrize("read", [LanguageModel, words_of_model])
def test_what_kenlm_would_not_say_of_a_file_is_told(
    arpa: Path, tmp_path: Path, read: Callable[[Path], object]
) -> None:
    with pytest.raises(FileNotFoundError, match="cannot open the language model: No such") as told:
        read(tmp_path / "absent")
    assert told.value.filename == str(tmp_path / "absent")
    with pytest.raises(
        RuntimeError, match=r"cannot load .*: a folder\. Of a package of build-lm's,"
    ):
        read(tmp_path)
    build_lexicon(["w1"], ["w", "1"], arpa, tmp_path / "trie")
    with pytest.raises(RuntimeError, match=r"trie: a lexicon of Myna's, not a language model$"):
        read(tmp_path / "trie")


def test_a_truncated_binary_is_refused(arpa: Path, tmp_path: Path) -> None:
    path = tmp_path / "lm.binary"
    assert run([program("build_binary"), "trie", arpa, path]).returncode == 0
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(RuntimeError, match="cannot load"):
        LanguageModel(path)


def test_a_string_instead_of_words_is_refused(arpa: Path) -> None:
    with pytest.raises(TypeError, match="split it into words"):
        LanguageModel(arpa).score("w1 w2")


def test_a_program_that_is_not_built_is_an_error_with_its_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(programs, "FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match="run `pip install"):
        program("lmplz")
