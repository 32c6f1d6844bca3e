"""Packages made of the sample's text, of tiny texts and of much text, scored against kenlm."""

import gzip
import hashlib
import json
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import kenlm
import pytest

from importers.errors import MynaError
from importers.manifest import read_manifest
from importers.text import TextRules
from lm.build import BuildRequest, build_language_model
from lm.package import LanguageModelPackage
from lm.small_text import SMALL_TEXT_WORDS
from native.language_model import LanguageModel, Score
from native.lexicon import Lexicon
from native.programs import program

Run = Callable[..., subprocess.CompletedProcess[str]]
WriteManifest = Callable[[Path, list[str]], Path]


def build(out: Path, **settings: object) -> tuple[LanguageModelPackage, list[str]]:
    """A package, and what was said."""
    said: list[str] = []
    package = build_language_model(BuildRequest(out, **settings), said.append)  # type: ignore[arg-type]
    assert [path.name for path in sorted(out.parent.glob(f".{out.name}.*"))] == []
    return package, said


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def sample_sentences(checkout: Path, manifest: Path) -> list[str]:
    rules = TextRules()
    sentences = [entry.transcript for entry in read_manifest(manifest)]
    for name in ("commands.txt", "story.txt"):
        text = (checkout / "sample" / "text" / name).read_text(encoding="utf-8")
        sentences += [rules.apply(line).text for line in text.splitlines()]
    return sentences


@pytest.fixture(scope="module")
def sample_package(
    checkout: Path, sample_manifest: Path, tmp_path_factory: pytest.TempPathFactory, build_lm: Run
) -> LanguageModelPackage:
    out = tmp_path_factory.mktemp("lm") / "package"
    texts = sorted((checkout / "sample" / "text").glob("*.txt"))
    done = build_lm("--csv", sample_manifest, "--text", *texts, "--out", out)
    assert done.returncode == 0, done.stderr
    return LanguageModelPackage.read(out)


def test_the_samples_package_is_whole(
    checkout: Path, sample_manifest: Path, sample_package: LanguageModelPackage
) -> None:
    package = sample_package
    sentences = sample_sentences(checkout, sample_manifest)
    words = Counter(" ".join(sentences).split())
    assert sorted(path.name for path in package.folder.iterdir()) == [
        "lm.binary",
        "lm.json",
        "trie",
    ]
    assert (package.order, package.prune, package.text_rules) == (5, (0,), "unicode")
    assert package.counts["sentences"] == len(sentences)
    transcripts = [entry.transcript for entry in read_manifest(sample_manifest)]
    characters = set("".join(transcripts))
    assert package.labels == tuple(sorted(characters))
    lexicon = Lexicon(package.trie)
    assert lexicon.labels == package.labels
    assert set(lexicon.vocabulary()) == set(words)
    assert package.counts["words"] == len(words)
    assert package.counts["unwritable_words"] == package.counts["rejected"] == 0
    assert package.counts["running_words"] == words.total()
    text = checkout / "sample" / "text" / "story.txt"
    assert package.sources[-1] == {
        "name": "story.txt",
        "kind": "text",
        "sha256": hashlib.sha256(text.read_bytes()).hexdigest(),
        "sentences": 57,
        "rejected": {},
    }


def test_its_scores_are_kenlms(
    checkout: Path, sample_manifest: Path, sample_package: LanguageModelPackage
) -> None:
    ours, oracle = LanguageModel(sample_package.binary), kenlm.Model(str(sample_package.binary))
    assert ours.order == oracle.order == 5
    sentences = sample_sentences(checkout, sample_manifest)[::7]
    for sentence in [*sentences, "", "open the zzz", "door door door"]:
        parts = list(oracle.full_scores(sentence))
        expected = Score(sum(p for p, _, _ in parts), sum(oov for _, _, oov in parts))
        assert ours.score(sentence.split()) == expected


def test_the_model_is_what_lmplz_makes_of_the_same_sentences(
    checkout: Path, tmp_path: Path
) -> None:
    """But for the eight bits that a probability is rounded to."""
    texts = (checkout / "sample" / "text" / "commands.txt",)
    package, _ = build(tmp_path / "lm", texts=texts, order=3)
    sentences = [
        TextRules().apply(line).text
        for line in texts[0].read_text(encoding="utf-8").splitlines()
    ]  # fmt: skip
    arpa = tmp_path / "direct.arpa"
    subprocess.run(
        [program("lmplz"), "-o", "3", "-S", "100M", "--discount_fallback", "--arpa", arpa],
        input="\n".join(sentences), text=True, check=True, capture_output=True,
    )  # fmt: skip
    direct, ours = kenlm.Model(str(arpa)), LanguageModel(package.binary)
    for sentence in sentences[:50]:
        score = ours.score(sentence.split())
        assert score.unknown == 0
        assert score.log10 == pytest.approx(direct.score(sentence), abs=0.05)


@pytest.mark.parametrize("text", ["open the door", "yes", "yes\nno", "a b c d e f g h\nq"])
def test_tiny_texts_make_models(tmp_path: Path, text: str) -> None:
    package, said = build(tmp_path / "lm", texts=(write(tmp_path / "t.txt", text),))
    words = text.split()
    assert package.order == 2
    assert package.counts["words"] == len(words)
    assert "order 2, not 5: no longer n-gram occurs twice" in said
    assert any(line.startswith("nothing is pruned: ") for line in said)
    assert any(line.endswith("fixed ones (0.5, 1, 1.5) are used: 1, 2") for line in said)
    model = LanguageModel(LanguageModelPackage.read(tmp_path / "lm").binary)
    seen, unseen = model.score(words[:1]), model.score(["unheard"])
    assert (seen.unknown, unseen.unknown) == (0, 1)
    assert seen.log10 > unseen.log10
    assert Lexicon(package.trie).words == len(words)


def test_the_order_is_the_longest_that_occurs_twice(tmp_path: Path) -> None:
    text = write(tmp_path / "t.txt", "turn on the light", "turn on the radio", "open it")
    package, said = build(tmp_path / "lm", texts=(text,))
    assert package.order == 4  # <s> turn on the
    assert LanguageModel(package.binary).order == 4
    assert "order 4, not 5: no longer n-gram occurs twice" in said
    assert build(tmp_path / "lm", texts=(text,), order=3)[0].order == 3


def test_much_text_is_pruned_and_read_as_it_comes(tmp_path: Path) -> None:
    """Small is less than a million words; what comes behind those is in the model too."""
    once = [f"w{letter} x y z" for letter in "abcdef"]
    often = ["one two three four five six seven eight nine"]
    text = tmp_path / "t.txt"
    lines = SMALL_TEXT_WORDS // 9 + 1
    text.write_text("\n".join(often * lines + once) + "\n", encoding="utf-8")
    package, said = build(tmp_path / "lm", texts=(text,))
    assert (package.order, package.prune) == (5, (0, 0, 1))
    assert package.counts["running_words"] == 9 * lines + 4 * len(once)
    assert not any("pruned" in line or line.startswith("order") for line in said)
    pruned = kenlm.Model(str(package.binary))
    (tmp_path / "small.txt").write_text("\n".join(often * 100 + once), encoding="utf-8")
    small, _ = build(tmp_path / "small", texts=(tmp_path / "small.txt",))
    lengths = [
        [length for _, length, _ in model.full_scores("wa x y")][:2]
        for model in (pruned, kenlm.Model(str(small.binary)))
    ]
    # "<s> wa x" occurs once: only the small text's model knows it.
    assert lengths == [[2, 2], [2, 3]]


def test_prune_is_obeyed_for_small_text_too(checkout: Path, tmp_path: Path) -> None:
    texts = (checkout / "sample" / "text" / "commands.txt",)
    pruned, said = build(tmp_path / "a", texts=texts, prune=(0, 1))
    whole, _ = build(tmp_path / "b", texts=texts)
    assert pruned.prune == (0, 1)
    assert not any("pruned" in line for line in said)
    assert pruned.binary.stat().st_size < whole.binary.stat().st_size


def test_the_same_input_gives_the_same_bytes(checkout: Path, tmp_path: Path) -> None:
    texts = (checkout / "sample" / "text" / "story.txt",)
    first, _ = build(tmp_path / "one" / "lm", texts=texts)
    (tmp_path / "temp").mkdir()
    settings: dict[str, object] = {"memory": 100 << 20, "temp": tmp_path / "temp", "threads": 2}
    second, _ = build(tmp_path / "two", texts=texts, **settings)
    for path in first.folder.iterdir():
        assert path.read_bytes() == (second.folder / path.name).read_bytes(), path.name
    assert list((tmp_path / "temp").iterdir()) == []


def test_only_the_most_frequent_words_are_kept(tmp_path: Path) -> None:
    text = write(tmp_path / "t.txt", "a b c", "a b d", "a e")
    package, said = build(tmp_path / "lm", texts=(text,), top_words=3)
    assert Lexicon(package.trie).vocabulary() == ["a", "b", "c"]
    assert "left out: 2 words (2 of all running words) beyond the 3 most frequent ones" in said[-2]
    model = LanguageModel(package.binary)
    assert [model.score([word]).unknown for word in "abcde"] == [0, 0, 0, 1, 1]


def test_words_beyond_the_alphabet_are_left_out_and_said(tmp_path: Path) -> None:
    alphabet = write(tmp_path / "alphabet.txt", " ", "a", "b", "c")
    text = write(tmp_path / "t.txt", "a café b", "b c é é", "a b")
    package, said = build(tmp_path / "lm", texts=(text,), alphabet=alphabet)
    assert package.labels == (" ", "a", "b", "c")
    assert Lexicon(package.trie).vocabulary() == ["a", "b", "c"]
    assert LanguageModel(package.binary).score(["café"]).unknown == 1
    assert (
        "left out: 2 words (3 of all running words) with characters that the alphabet has not: "
        "'é' (U+00E9), 'f' (U+0066)"
    ) in said
    assert package.counts["unwritable_running_words"] == 3


def test_labels_of_several_letters_spell_words(tmp_path: Path) -> None:
    alphabet = write(tmp_path / "alphabet.txt", " ", "a", "ch")
    text = write(tmp_path / "t.txt", "cha ach", "ca")
    package, _ = build(tmp_path / "lm", texts=(text,), alphabet=alphabet)
    assert sorted(Lexicon(package.trie).vocabulary()) == ["ach", "cha"]


def test_words_with_the_label_that_ends_words_are_left_out(tmp_path: Path) -> None:
    alphabet = write(tmp_path / "alphabet.txt", "|", "a", "b")
    text = write(tmp_path / "t.txt", "ab a|b", "b |", "a b")
    package, said = build(
        tmp_path / "lm", texts=(text,), alphabet=alphabet, rules=TextRules("none")
    )
    lexicon = Lexicon(package.trie)
    assert (lexicon.vocabulary(), lexicon.separator) == (["a", "ab", "b"], "|")
    assert (
        "left out: 2 words (2 of all running words) with characters that the alphabet has not: "
        "'|' (U+007C)"
    ) in said


def test_a_bar_in_the_text_is_a_letter(tmp_path: Path) -> None:
    text = write(tmp_path / "t.txt", "a|b", "b")
    package, _ = build(tmp_path / "lm", texts=(text,), rules=TextRules("none"))
    lexicon = Lexicon(package.trie)
    assert package.labels == (" ", "a", "b", "|")
    assert (lexicon.vocabulary(), lexicon.separator) == (["a|b", "b"], " ")


def test_the_alphabet_beside_the_manifests_is_taken(
    tmp_path: Path, write_manifest: WriteManifest
) -> None:
    manifest = write_manifest(tmp_path / "cv" / "train.csv", ["ab", "b a"])
    write(tmp_path / "cv" / "alphabet.txt", " ", "b", "a", "z")
    package, said = build(tmp_path / "lm", manifests=(manifest,))
    assert package.labels == (" ", "b", "a", "z")
    assert f"alphabet: 4 labels, {tmp_path / 'cv' / 'alphabet.txt'}" in said
    other = write_manifest(tmp_path / "other" / "train.csv", ["abc"])
    write(tmp_path / "other" / "alphabet.txt", " ", "a", "b", "c")
    with pytest.raises(MynaError, match="differ: name the alphabet of the acoustic model"):
        build(tmp_path / "lm", manifests=(manifest, other))


def test_single_words_need_no_space(tmp_path: Path) -> None:
    package, _ = build(tmp_path / "lm", texts=(write(tmp_path / "t.txt", "yes", "no"),))
    assert package.labels == ("e", "n", "o", "s", "y")
    alphabet = write(tmp_path / "alphabet.txt", "a", "b")
    text = write(tmp_path / "u.txt", "a b")
    _, said = build(tmp_path / "lm", texts=(text,), alphabet=alphabet)
    assert "the alphabet has no space: what is recognised with it is single words" in said


def test_text_comes_by_stdin_and_gzipped(tmp_path: Path, build_lm: Run) -> None:
    lines = "Open the door!\nRoom 5\n\n(...)\nOpen the window.\n"
    packed = tmp_path / "text.dat"
    packed.write_bytes(gzip.compress(lines.encode("utf-8-sig")))
    done = build_lm("--text", "-", packed, "--out", tmp_path / "lm", text=lines)
    assert done.returncode == 0, done.stderr
    package = LanguageModelPackage.read(tmp_path / "lm")
    for source, content in zip(package.sources, (lines.encode(), packed.read_bytes()), strict=True):
        assert source["sentences"] == 2
        assert source["rejected"] == {"digits": 1, "empty": 2}
        assert source["sha256"] == hashlib.sha256(content).hexdigest()
    assert [source["name"] for source in package.sources] == ["stdin", "text.dat"]
    assert "4 sentences, 12 running words; 6 lines rejected\n" in done.stdout
    assert f"{tmp_path / 'lm'}: 4 words, order 5, " in done.stdout


def test_other_rules_make_other_words(tmp_path: Path) -> None:
    text = write(tmp_path / "t.txt", "I.B.M.  Iris cafe\u0301", "say <unk> now")
    for rules, words in (
        (TextRules(), ["b", "café", "i", "iris", "m", "now", "say", "unk"]),
        (TextRules(locale="tr"), ["b", "café", "m", "now", "say", "unk", "ı", "ıris"]),
        (TextRules("deepspeech"), ["café", "ibm", "iris"]),
        (TextRules("none"), ["I.B.M.", "Iris", "café"]),
    ):
        package, _ = build(tmp_path / "lm", texts=(text,), rules=rules)
        assert sorted(Lexicon(package.trie).vocabulary()) == words, rules
    assert package.sources[0]["rejected"] == {"reserved": 1}


@pytest.mark.slow
def test_real_text_of_many_languages(test_data: Path, tmp_path: Path) -> None:
    for path in sorted((test_data / "text" / "common_voice_sentences").glob("*.txt")):
        package, _ = build(tmp_path / path.stem, texts=(path,))
        record = json.loads((package.folder / "lm.json").read_text(encoding="utf-8"))
        read = record["counts"]["sentences"] + record["counts"]["rejected"]
        assert read == len(path.read_bytes().removesuffix(b"\n").split(b"\n")), path.name
        assert Lexicon(package.trie).words == record["counts"]["words"] > 100
