"""Packages around ARPA files, binaries and scorers that our own programs, or the tests, made."""

import bz2
import gzip
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from importers.errors import FormatError, MynaError, UsageError
from lm.kenlm_programs import Layout
from lm.package import LanguageModelPackage
from lm.ready_model import ReadyModelRequest, package_ready_model
from native.language_model import LanguageModel
from native.lexicon import BYTE_LABELS, Lexicon
from native.programs import program
from tests.lm.scorer_files import (
    const_fst,
    scorer_head,
    smallest_automaton,
    spelled,
    spelled_in_bytes,
    write_scorer,
)

SENTENCES = ("the door is open", "open the door", "close the red door", "the door", "is it open")
WORDS = sorted(set(" ".join(SENTENCES).split()))
LABELS = (" ", *sorted(set("".join(WORDS))))
Run = Callable[..., subprocess.CompletedProcess[str]]


def package(out: Path, **settings: object) -> tuple[LanguageModelPackage, list[str]]:
    said: list[str] = []
    made = package_ready_model(ReadyModelRequest(out, **settings), said.append)  # type: ignore[arg-type]
    assert LanguageModelPackage.read(out) == made
    assert [path.name for path in out.parent.glob(f".{out.name}.*")] == []
    return made, said


def make_arpa(path: Path, sentences: Sequence[str], order: int = 3) -> Path:
    subprocess.run(
        [program("lmplz"), "-o", str(order), "-S", "50M", "--discount_fallback", "--arpa", path],
        input="".join(f"{line}\n" for line in sentences),
        text=True, check=True, capture_output=True,
    )  # fmt: skip
    return path


def make_binary(path: Path, arpa: Path, *flags: str, structure: str = "trie") -> Path:
    command = [str(program("build_binary")), *flags, structure, str(arpa), str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def arpa(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_arpa(tmp_path_factory.mktemp("arpa") / "words.arpa", SENTENCES)


@pytest.fixture(scope="module")
def hashed(arpa: Path) -> Path:
    """A binary without words, as DeepSpeech has them."""
    return make_binary(arpa.with_name("hashed.binary"), arpa, "-a", "255", "-q", "8", "-v")


@pytest.fixture
def alphabet(tmp_path: Path) -> Path:
    path = tmp_path / "alphabet.txt"
    path.write_text("".join(f"{label}\n" for label in LABELS), encoding="utf-8")
    return path


# ARPA --------------------------------------------------------------------------------------------


def test_an_arpa_file_becomes_a_package(arpa: Path, tmp_path: Path) -> None:
    made, said = package(tmp_path / "lm", kind="arpa", model=arpa, layout=Layout("probing"))
    assert (made.unit, made.order, made.structure, made.bits) == ("word", 3, "probing", 0)
    assert (made.alpha, made.beta, made.prune) == (0.93, 1.18, ())
    assert made.labels == LABELS
    assert Lexicon(made.trie).vocabulary() == WORDS
    assert made.counts == {"words": len(WORDS), "unwritable_words": 0, "unknown_words": 0}
    assert said == [f"alphabet: {len(LABELS)} labels, the characters of its words"]
    ours, direct = LanguageModel(made.binary), LanguageModel(arpa)
    for sentence in (*SENTENCES, "door the", "close it", "unheard of", ""):
        assert ours.score(sentence.split()) == direct.score(sentence.split())


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_it_may_be_packed(pack: Callable[[bytes], bytes], arpa: Path, tmp_path: Path) -> None:
    packed = tmp_path / "words.arpa.packed"
    packed.write_bytes(pack(arpa.read_bytes()))
    made, _ = package(tmp_path / "lm", kind="arpa", model=packed)
    plain, _ = package(tmp_path / "plain", kind="arpa", model=arpa)
    assert made.digests == plain.digests
    assert made.sources[0]["sha256"] != plain.sources[0]["sha256"]


def test_words_that_the_alphabet_cannot_spell_are_counted(arpa: Path, tmp_path: Path) -> None:
    path = tmp_path / "alphabet.txt"
    path.write_text(" \nt\nh\ne\nd\no\nr\n", encoding="utf-8")
    made, said = package(tmp_path / "lm", kind="arpa", model=arpa, alphabet=path)
    assert Lexicon(made.trie).vocabulary() == ["door", "red", "the"]
    assert made.counts["unwritable_words"] == 4
    assert said[-1].startswith("left out: 4 words that the alphabet cannot spell: 'i' (U+0069), ")
    path.write_text(" \nx\n", encoding="utf-8")
    with pytest.raises(MynaError, match=r"words.arpa: none of its 7 words can be spelled with the"):
        package(tmp_path / "none", kind="arpa", model=arpa, alphabet=path)
    assert not (tmp_path / "none").exists()


def test_words_with_the_label_that_ends_words_are_left_out(tmp_path: Path) -> None:
    arpa, path = make_arpa(tmp_path / "x.arpa", ["ab a|b", "b |", "a b"]), tmp_path / "alphabet"
    path.write_text("|\na\nb\n", encoding="utf-8")
    made, said = package(tmp_path / "lm", kind="arpa", model=arpa, alphabet=path)
    assert Lexicon(made.trie).vocabulary() == ["a", "ab", "b"]
    assert "left out: 2 words that the alphabet cannot spell: '|' (U+007C)" in said


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("-1.2\tdoor", "-inf\tdoor", "the language model holds 'door' for impossible"),
        ("-0.7\topen", "-0.7\topen\0door", r"the word 'open\\x00door' holds a zero byte"),
    ],
)
def test_words_that_cannot_be_any_are_named(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.arpa"
    text = (
        "\\data\\\nngram 1=5\nngram 2=1\n\n\\1-grams:\n-1\t<unk>\n0\t<s>\t0\n-1\t</s>\n"
        "-1.2\tdoor\t0\n-0.7\topen\t0\n\n\\2-grams:\n-0.3\t<s> door\n\n\\end\\\n"
    )
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(FormatError, match=f"x.arpa: damaged, or not made by this KenLM: {message}"):
        package(tmp_path / "lm", kind="arpa", model=path, layout=Layout(quantised_bits=0))


def test_single_characters_are_told(tmp_path: Path) -> None:
    lines = ["我 只 知 道 <space> 我", "知 道 我 找", "我 找 <space> 东 西"]
    made, said = package(
        tmp_path / "lm", kind="arpa", model=make_arpa(tmp_path / "zh.arpa", lines, 2)
    )
    assert (made.unit, made.order) == ("character", 2)
    assert "a model of characters: all its words are single ones (--unit word denies it)" in said
    assert "order 2: unusual" in said
    lexicon = Lexicon(made.trie)
    assert lexicon.vocabulary() == [" ", *sorted("我只知道找东西")]
    assert (lexicon.is_unseparated, lexicon.joint, made.counts["words"]) == (True, "", 8)
    words, _ = package(tmp_path / "words", kind="arpa", model=tmp_path / "zh.arpa", unit="word")
    assert (words.unit, Lexicon(words.trie).separator) == ("word", " ")
    assert "<space>" in Lexicon(words.trie)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"x.arpa: no ARPA file: it has no line \\1-grams:"),
        (b"hello\n", r"x.arpa:1: no ARPA file: it begins with \\data\\, after # lines"),
        (b"\\data\\\nngram 1=1\n\n\\1-grams:\n", "x.arpa: its order is 1; models of 2 to 6 are re"),
        (b"\\data\\\nngram 7=1\n\n\\1-grams:\n", "x.arpa: its order is 7; models of 2 to 6 are re"),
        (
            b"\\data\\\nngram 1=2\nngram 2=1\n\n\\1-grams:\n-1\ta\xff\n",
            r"x.arpa:6: the word b'a\\xff' is not UTF-8",
        ),
        (b"\\data\\\nngram 1=2\nngram 2=1\n\n\\1-grams:\n-1\n", "x.arpa:6: no 1-gram: 1 fields"),
        (
            b"\\data\\\nngram 1=9\nngram 2=1\n\n\\1-grams:\n-1\ta\t0\n\n\\2-grams:\n",
            "x.arpa: build_binary: ",
        ),
        (b"\\data\\\nngram 1=" + b"1" * 5000 + b"\n", "x.arpa:2: no ARPA file"),
        (b"\\data\\\nngram " + b"1" * 5000 + b"=1\n", "x.arpa:2: no ARPA file"),
        (b"x" * (1 << 20), "x.arpa:1: no ARPA file: a line of a megabyte"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcbH", "x.arpa: damaged gzip"),
    ],
)  # fmt: skip
def test_what_is_no_arpa_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.arpa"
    path.write_bytes(content)
    with pytest.raises(MynaError, match=message) as caught:
        package(tmp_path / "lm", kind="arpa", model=path)
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.iterdir()) == [path]


def test_the_wrong_flag_is_told(arpa: Path, hashed: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"hashed.binary: is a binary file .* by --from-binary"):
        package(tmp_path / "lm", kind="arpa", model=hashed)
    with pytest.raises(UsageError, match=r"words.arpa: is an ARPA file. Name it by --from-arpa"):
        package(tmp_path / "lm", kind="binary", model=arpa)
    with pytest.raises(FormatError, match=r"words.arpa: no scorer of DeepSpeech or Coqui"):
        package(tmp_path / "lm", kind="scorer", model=arpa)


# Binaries ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("structure", "flags", "found"),
    [
        ("probing", [], ("probing", 0)),
        ("trie", [], ("trie", 0)),
        ("trie", ["-q", "5", "-b", "6"], ("trie", 5)),
        ("trie", ["-a", "255", "-q", "7"], ("trie", 7)),
        ("trie", ["-a", "255"], ("trie", 0)),
    ],
)
def test_a_binary_with_words_becomes_a_package(
    structure: str, flags: list[str], found: tuple[str, int], arpa: Path, tmp_path: Path
) -> None:
    binary = make_binary(tmp_path / "x.binary", arpa, *flags, structure=structure)
    made, _ = package(tmp_path / "lm", kind="binary", model=binary)
    assert (made.structure, made.bits, made.order, made.labels) == (*found, 3, LABELS)
    assert Lexicon(made.trie).vocabulary() == WORDS
    assert made.binary.read_bytes() == binary.read_bytes()


def test_words_that_are_missing_are_named_by_a_flag(hashed: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no words, only hashes of them .*: --words FILE$"):
        package(tmp_path / "lm", kind="binary", model=hashed)
    words = tmp_path / "words.txt"
    words.write_text("\ufeffdoor\n\nopen\nthe\nunheard\n<s>\n", encoding="utf-8")
    made, said = package(tmp_path / "lm", kind="binary", model=hashed, words=words)
    assert Lexicon(made.trie).vocabulary() == ["door", "open", "the"]
    assert said[-1] == "left out: 1 words that the model does not know"
    assert made.counts["unknown_words"] == 1
    assert [source["kind"] for source in made.sources] == ["binary", "words"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "words.txt: no words in the file"),
        (b"a\nb c\n", "words.txt:2: 2 words; a line has one"),
        (b"a\n\xff\n", "words.txt:2: not UTF-8"),
        (b"un\nheard\nof\ndoor\n", "hashed.binary: does not know 3 of the 4 words"),
    ],
)
def test_a_wrong_list_of_words_is_refused(
    content: bytes, message: str, hashed: Path, tmp_path: Path
) -> None:
    words = tmp_path / "words.txt"
    words.write_bytes(content)
    with pytest.raises(MynaError, match=message):
        package(tmp_path / "lm", kind="binary", model=hashed, words=words)


def test_what_is_no_binary_is_refused(hashed: Path, tmp_path: Path) -> None:
    content = hashed.read_bytes()
    path, words = tmp_path / "x.binary", tmp_path / "words.txt"
    words.write_text("door\n", encoding="utf-8")
    for wrong, message in (
        (b"hello", "no binary file of KenLM's"),
        (b"", "no binary file of KenLM's"),
        (content.replace(b"version 5", b"version 4"), "of another version of KenLM"),
        (content[:90], "cut off in its head"),
        (content[:120], "cut off"),
        (content[:-300], "damaged, or not made by this KenLM"),
        (content[:88] + b"\x09" + content[89:], "its order is 9"),
        (content[:96] + b"\x09" + content[97:], r"a structure that KenLM has no name for \(9\)"),
    ):
        path.write_bytes(wrong)
        with pytest.raises(MynaError, match=f"x.binary: .*{message}"):
            package(tmp_path / "lm", kind="binary", model=path, words=words)


# Scorers -----------------------------------------------------------------------------------------


def test_a_scorer_becomes_a_package(hashed: Path, alphabet: Path, tmp_path: Path) -> None:
    scorer = write_scorer(tmp_path / "en.scorer", hashed, spelled(WORDS, LABELS), alpha=0.5, beta=2)
    made, said = package(tmp_path / "lm", kind="scorer", model=scorer, alphabet=alphabet)
    assert (made.alpha, made.beta, made.unit) == (0.5, 2.0, "word")
    assert (made.order, made.structure, made.bits) == (3, "trie", 8)
    assert Lexicon(made.trie).vocabulary() == WORDS
    assert made.binary.read_bytes() == hashed.read_bytes()
    assert said == [f"alphabet: {len(LABELS)} labels, {alphabet}"]
    mine, _ = package(
        tmp_path / "mine", kind="scorer", model=scorer, alphabet=alphabet, alpha=0.1, beta=-1.0
    )
    assert (mine.alpha, mine.beta) == (0.1, -1.0)


def test_its_words_need_the_alphabet(hashed: Path, tmp_path: Path) -> None:
    scorer = write_scorer(tmp_path / "en.scorer", hashed, spelled(WORDS, LABELS))
    with pytest.raises(UsageError, match=r"does not hold the alphabet .*: --alphabet$"):
        package(tmp_path / "lm", kind="scorer", model=scorer)
    with pytest.raises(UsageError, match="its words are not spelled with bytes"):
        package(tmp_path / "lm", kind="scorer", model=scorer, alphabet=Path("bytes"))
    other = tmp_path / "alphabet.txt"
    for labels, message in (
        (LABELS[:-1], r"\(it has 12 labels, no label 12\). Name that of the model"),
        (LABELS[1:], r"\(a word ends with label 0, which is not the space\)"),
        ((" ", *reversed(LABELS[1:])), "does not know 7 of the 7 words. Is the list, or the alph"),
    ):
        other.write_text("".join(f"{label}\n" for label in labels), encoding="utf-8")
        with pytest.raises(MynaError, match=message):
            package(tmp_path / "lm", kind="scorer", model=scorer, alphabet=other)


def test_an_alphabet_without_a_space_ends_words_otherwise(hashed: Path, tmp_path: Path) -> None:
    letters = LABELS[1:]
    words = [(*(letters.index(letter) + 1 for letter in word), -1) for word in WORDS]
    scorer = write_scorer(tmp_path / "en.scorer", hashed, words)
    path = tmp_path / "alphabet.txt"
    path.write_text("".join(f"{label}\n" for label in letters), encoding="utf-8")
    made, _ = package(tmp_path / "lm", kind="scorer", model=scorer, alphabet=path)
    assert Lexicon(made.trie).vocabulary() == WORDS


def test_a_scorer_of_bytes_is_one_of_characters(tmp_path: Path) -> None:
    lines = ["我 只 知 道 我", "知 道 我 找", "我 找 a 东 西"]
    binary = make_binary(tmp_path / "zh.binary", make_arpa(tmp_path / "zh.arpa", lines), "-v")
    characters = sorted(set("".join(lines)) - {" "})
    scorer = write_scorer(
        tmp_path / "zh.scorer", binary, spelled_in_bytes(characters), is_bytes=True
    )
    made, _ = package(tmp_path / "lm", kind="scorer", model=scorer)
    assert (made.unit, made.alphabet.is_bytes) == ("character", True)
    lexicon = Lexicon(made.trie)
    assert (lexicon.vocabulary(), lexicon.labels) == (characters, BYTE_LABELS)
    assert lexicon.is_unseparated
    for wrong in ([(256,)], [(0xE6,)], [(97, 98)], [(-3,)]):
        write_scorer(scorer, binary, wrong, is_bytes=True)
        with pytest.raises(FormatError, match=r"zh.scorer: .*: damaged$"):
            package(tmp_path / "lm", kind="scorer", model=scorer)


def test_damaged_scorers_are_refused(hashed: Path, alphabet: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.scorer"
    content = write_scorer(path, hashed, spelled(WORDS, LABELS)).read_bytes()
    binary = hashed.read_bytes()
    begin = len(binary) + len(scorer_head())
    fst = const_fst(smallest_automaton(spelled(WORDS, LABELS)), begin)
    cyclic = const_fst([(True, ((1, 0),))], begin)
    for wrong, message in (
        (b"", "is empty"),
        (binary, "no scorer of DeepSpeech or Coqui, or cut off"),
        (content[: len(binary) + 20], "no scorer of DeepSpeech or Coqui, or cut off"),
        (content[:-1], "damaged in its words: "),
        (content + b"x", "damaged in its words: something stands behind"),
        (binary + scorer_head(version=5) + fst, "version 5 of the format; 6 is read"),
        (binary + scorer_head() + cyclic, "damaged in its words: it has a cycle"),
        (binary + scorer_head(alpha=float("nan")) + fst, "damaged: alpha must be a number"),
        (b"hello" + content[len(binary) :], "no binary file of KenLM's|damaged in its words"),
        (content[len(binary) :], "no binary file of KenLM's|damaged in its words"),
        (binary[:-160] + content[len(binary) :], "damaged, or not made by this KenLM"),
    ):
        path.write_bytes(wrong)
        with pytest.raises(MynaError, match=f"x.scorer: .*({message})") as caught:
            package(tmp_path / "lm", kind="scorer", model=path, alphabet=alphabet)
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "lm").exists()


def test_the_mark_may_stand_in_the_language_model_too(
    hashed: Path, alphabet: Path, tmp_path: Path
) -> None:
    binary = tmp_path / "x.binary"
    binary.write_bytes(hashed.read_bytes() + scorer_head())
    scorer = write_scorer(tmp_path / "x.scorer", binary, spelled(WORDS, LABELS))
    made, _ = package(tmp_path / "lm", kind="scorer", model=scorer, alphabet=alphabet)
    assert made.binary.stat().st_size == binary.stat().st_size


# The command -------------------------------------------------------------------------------------


def test_the_command_makes_packages(build_lm: Run, arpa: Path, tmp_path: Path) -> None:
    done = build_lm("--from-arpa", arpa, "--out", tmp_path / "lm", "--beta", "0.5")
    assert (done.returncode, done.stderr) == (
        0, f"build-lm: alphabet: {len(LABELS)} labels, the characters of its words\n",
    )  # fmt: skip
    assert done.stdout.startswith(f"words.arpa: arpa, order 3\n{tmp_path / 'lm'}: 7 words, ")
    assert LanguageModelPackage.read(tmp_path / "lm").beta == 0.5


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--from-arpa {0} --text x", "--text: --from-arpa takes a model as it is, and no text"),
        ("--from-arpa {0} --order 3", "--order: --from-arpa takes a model as it is"),
        ("--from-binary {0} --bits 4", "--bits: --from-binary takes a model as it is"),
        ("--from-scorer {0} --unit word", "--unit: a scorer says itself what it is made of"),
        ("--from-arpa {0} --words x", "--words names those of --from-binary"),
        ("--text {0} --words x", "--words goes with --from-binary"),
        ("--from-arpa nowhere", "--from-arpa nowhere: there is no such file"),
        ("--from-arpa {0} --alphabet nowhere", "--alphabet nowhere: there is no such file"),
        ("--from-arpa {0} --alpha -1", "--alpha must be a number from 0 to 20"),
        ("--from-arpa {0} --temp nowhere", "--temp nowhere: there is no such folder"),
        ("--from-arpa {0} --from-binary {0}", "not allowed with argument"),
    ],
)
def test_flags_that_do_not_go_together(
    build_lm: Run, flags: str, message: str, arpa: Path, tmp_path: Path
) -> None:
    done = build_lm(*flags.format(arpa).split(" "), "--out", tmp_path / "lm")
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "lm").exists()
