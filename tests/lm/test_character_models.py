"""Packages whose models are of characters, spelled with letters and with bytes."""

import subprocess
from pathlib import Path

import kenlm
import pytest

from importers.alphabet import Alphabet
from importers.errors import MynaError
from lm.build import BuildRequest, build_language_model
from lm.kenlm_programs import Layout
from lm.package import LanguageModelPackage
from lm.small_text import SMALL_TEXT_WORDS
from native.language_model import LanguageModel
from native.lexicon import BYTE_LABELS, Lexicon
from native.programs import program
from native.sentences import SentenceReader

CHINESE = ("在组织体制中", "我只知道我要找技术的东西", "这肯定有前途", "我在找东西")


def build(out: Path, *lines: str, **settings: object) -> tuple[LanguageModelPackage, list[str]]:
    text = out.with_name(f"{out.name}.txt")
    text.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    said: list[str] = []
    request = BuildRequest(out, texts=(text,), **settings)  # type: ignore[arg-type]
    return build_language_model(request, said.append), said


def test_chinese_becomes_characters_without_a_flag(tmp_path: Path) -> None:
    package, said = build(tmp_path / "lm", *CHINESE)
    assert LanguageModelPackage.read(tmp_path / "lm") == package
    characters = sorted(set("".join(CHINESE)))
    assert (package.unit, package.labels) == ("character", tuple(characters))
    assert package.counts["words"] == len(characters)
    assert package.counts["running_words"] == 4
    assert package.counts["running_units"] == len("".join(CHINESE))
    lexicon = Lexicon(package.trie)
    assert lexicon.vocabulary() == characters
    assert (lexicon.separator, lexicon.is_unseparated, lexicon.joint) == (None, True, "")
    assert any(
        line.startswith("a model of characters: 100% of the sentences")
        and line.endswith("(--unit word makes one of words)")
        for line in said
    )
    assert "order 3, not 6: no longer n-gram occurs twice" in said


def test_words_where_they_are_asked_for(tmp_path: Path) -> None:
    package, said = build(tmp_path / "lm", *CHINESE, unit="word")
    assert (package.unit, Lexicon(package.trie).vocabulary()) == ("word", sorted(CHINESE))
    assert not any(line.startswith("a model of characters") for line in said)


def test_the_model_is_what_lmplz_makes_of_characters(test_data: Path, tmp_path: Path) -> None:
    source = test_data / "text" / "common_voice_sentences" / "zh-CN.txt"
    sentences = SentenceReader().read(source.read_bytes()).text.decode().splitlines()
    package, _ = build(tmp_path / "lm", *sentences[:1500], layout=Layout("probing"), order=4)
    assert (package.unit, package.order, package.structure, package.bits) == (
        "character", 4, "probing", 0,
    )  # fmt: skip
    parted = [" <space> ".join(map(" ".join, line.split(" "))) for line in sentences]
    arpa = tmp_path / "direct.arpa"
    subprocess.run(
        [program("lmplz"), "-o", "4", "-S", "100M", "--discount_fallback", "--arpa", arpa],
        input="\n".join([*parted[:1500], ""]), text=True, check=True, capture_output=True,
    )  # fmt: skip
    direct, ours = kenlm.Model(str(arpa)), LanguageModel(package.binary)
    for line in parted[1500:1600]:
        score = ours.score_text(f"{line}\n".encode())
        assert score.log10 == pytest.approx(direct.score(line), abs=1e-5)


def test_the_space_is_a_character_too(tmp_path: Path) -> None:
    package, _ = build(tmp_path / "lm", "to be", "or not to be", unit="character")
    assert package.labels == (" ", "b", "e", "n", "o", "r", "t")
    assert Lexicon(package.trie).vocabulary() == [" ", "b", "e", "n", "o", "r", "t"]
    model = LanguageModel(package.binary)
    assert model.score(["t", "o", "<space>", "b", "e"]).unknown == 0
    assert model.score(["t", " ", "x"]).unknown == 2


def test_a_space_without_a_label_is_left_out_of_the_text(tmp_path: Path) -> None:
    alphabet = tmp_path / "alphabet.txt"
    alphabet.write_text("明\n月\n光\n", encoding="utf-8")
    lines = ("明月，光", "明月 月光")
    package, said = build(tmp_path / "lm", *lines, alphabet=alphabet, unit="character")
    assert Lexicon(package.trie).vocabulary() == sorted("明月光")
    assert "the alphabet has no space: those of the text are left out" in said
    model = LanguageModel(package.binary)
    assert model.score(["<space>"]).unknown == 1
    assert model.score(["月", "光"]).log10 > model.score(["光", "明"]).log10


def test_a_bar_may_stand_for_the_space(tmp_path: Path) -> None:
    alphabet = tmp_path / "alphabet.txt"
    alphabet.write_text("|\na\nb\n", encoding="utf-8")
    words, _ = build(tmp_path / "words", "ab a", "b ab", alphabet=alphabet)
    assert Lexicon(words.trie).separator == "|"
    characters, _ = build(tmp_path / "lm", "ab a", "b ab", alphabet=alphabet, unit="character")
    assert Lexicon(characters.trie).spellings() == [(" ", ("|",)), ("a", ("a",)), ("b", ("b",))]


def test_a_label_of_several_code_points_is_one_character(tmp_path: Path) -> None:
    alphabet = tmp_path / "alphabet.txt"
    alphabet.write_text(" \na\nc\nh\nch\n", encoding="utf-8")
    package, _ = build(tmp_path / "lm", "cha ach", "a chacha", alphabet=alphabet, unit="character")
    assert Lexicon(package.trie).vocabulary() == [" ", "a", "ch"]


def test_characters_that_the_alphabet_has_not_are_counted(tmp_path: Path) -> None:
    alphabet = tmp_path / "alphabet.txt"
    alphabet.write_text(" \na\nb\n", encoding="utf-8")
    package, said = build(tmp_path / "lm", "ab ca", "b éa", alphabet=alphabet, unit="character")
    assert (
        "left out: 2 characters (2 of all running characters) that the alphabet has not: "
        "'c' (U+0063), 'é' (U+00E9)"
    ) in said
    assert package.counts["unwritable_words"] == 2
    with pytest.raises(MynaError, match="no character of the text can be written with the alphab"):
        build(tmp_path / "no", "xyz", alphabet=alphabet, unit="character")


def test_bytes_spell_characters(tmp_path: Path) -> None:
    package, _ = build(tmp_path / "lm", *CHINESE, "do 在", alphabet=Path("bytes"))
    assert package.alphabet == Alphabet.of_bytes()
    assert LanguageModelPackage.read(tmp_path / "lm") == package
    lexicon = Lexicon(package.trie)
    assert lexicon.labels == BYTE_LABELS
    assert dict(lexicon.spellings())["在"] == ("\udce5", "\udc9c", "\udca8")
    assert {" ", "d", "o"} < set(lexicon.vocabulary())
    with pytest.raises(MynaError, match="alphabet than the acoustic model's: this one is bytes"):
        package.check_alphabet(Alphabet(("a",)))


def test_bytes_spell_words_too(tmp_path: Path) -> None:
    package, _ = build(tmp_path / "lm", "ein Bär", "zwei Bären", alphabet=Path("bytes"))
    assert package.unit == "word"
    lexicon = Lexicon(package.trie)
    assert (lexicon.separator, lexicon.joint) == (" ", " ")
    assert dict(lexicon.spellings())["bär"] == ("b", "\udcc3", "\udca4", "r")


def test_much_text_without_spaces_is_read_as_it_comes(tmp_path: Path) -> None:
    """The unit is told by the beginning; what comes behind that is counted as characters too."""
    line = "我只知道我要找技术的东西"
    lines = SMALL_TEXT_WORDS // len(line) + 10_000
    package, said = build(tmp_path / "lm", *[line] * lines, "稀")
    assert (package.unit, package.order, package.prune) == ("character", 6, (0, 0, 1))
    assert package.counts["running_units"] == len(line) * lines + 1
    assert "稀" in Lexicon(package.trie)
    assert not any("pruned" in one for one in said)
