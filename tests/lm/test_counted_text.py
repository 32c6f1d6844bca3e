"""Packages of counted text: the same as of the text itself, or refused with the reason."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from importers.alphabet import Alphabet
from importers.errors import FormatError, UsageError
from importers.text import TextRules
from lm.build import BuildRequest, build_language_model
from lm.counted_stream import rules_of
from lm.counted_text import STATE, CountedText
from lm.package import LanguageModelPackage
from pipelines.count_words import CountRequest, count_words

Run = Callable[..., subprocess.CompletedProcess[str]]
WriteManifest = Callable[[Path, list[str]], Path]

SENTENCES = ["Öffne die Tür", "schließe die Tür", "mach das Licht an", "mach das Licht aus"]


def lines(path: Path, sentences: list[str]) -> Path:
    path.write_text("".join(f"{sentence}\n" for sentence in sentences), encoding="utf-8")
    return path


def counted(out: Path, **settings: object) -> CountedText:
    settings = {"shard_bytes": 60, **settings}
    return count_words(CountRequest(out, **settings), lambda line: None)  # type: ignore[arg-type]


def built(out: Path, **settings: object) -> tuple[LanguageModelPackage, list[str]]:
    said: list[str] = []
    package = build_language_model(BuildRequest(out, **settings), said.append)  # type: ignore[arg-type]
    return package, said


def content(package: LanguageModelPackage) -> list[bytes]:
    return [path.read_bytes() for path in sorted(package.folder.iterdir())]


@pytest.fixture
def texts(tmp_path: Path) -> tuple[Path, ...]:
    return (
        lines(tmp_path / "a.txt", [*SENTENCES, "Zimmer 5", *SENTENCES[1:]]),
        lines(tmp_path / "b.txt", ["Licht", "Die TÜR öffnen"]),
    )


def test_the_package_is_that_of_the_text(
    tmp_path: Path, texts: tuple[Path, ...], write_manifest: WriteManifest
) -> None:
    train = write_manifest(tmp_path / "train.csv", ["Licht an", "das Fenster auf"])
    dev = write_manifest(tmp_path / "dev.csv", ["Schliesse, die Tür!", "nie gesagt"])
    together = {"manifests": (train,), "excluded": (dev,), "texts": texts}
    direct, said = built(tmp_path / "direct", **together)
    assert direct.counts["excluded"] == 2
    assert "kept out: 2 sentences that repeat one of the 2 of --exclude" in said
    counts = counted(tmp_path / "counts", **together)
    by_counts, _ = built(tmp_path / "by_counts", counted=(counts,), excluded=(dev,))
    without_saying, _ = built(tmp_path / "without_saying", counted=(counts,))
    assert content(by_counts) == content(direct) == content(without_saying)


def test_counts_join_other_text(
    tmp_path: Path, texts: tuple[Path, ...], write_manifest: WriteManifest
) -> None:
    train = write_manifest(tmp_path / "train.csv", ["Licht an", "das Fenster auf"])
    dev = write_manifest(tmp_path / "dev.csv", ["schließe die Tür"])
    direct, _ = built(tmp_path / "direct", manifests=(train,), texts=texts, excluded=(dev,))
    first = counted(tmp_path / "first", texts=texts[:1])
    joined, said = built(
        tmp_path / "joined", manifests=(train,), counted=(first,), texts=texts[1:], excluded=(dev,)
    )
    assert content(joined) == content(direct)
    assert "kept out: 2 sentences that repeat one of the 1 of --exclude" in said
    assert [source["sentences"] for source in joined.sources] == [2, 5, 2]
    assert joined.sources[1]["rejected"] == {"digits": 1, "excluded": 2}
    second = counted(tmp_path / "second", texts=texts[1:], excluded=(dev,))
    several, _ = built(
        tmp_path / "several", manifests=(train,), counted=(first, second), excluded=(dev,)
    )
    assert content(several) == content(direct)


def test_a_model_of_characters_is_that_of_the_text(
    tmp_path: Path, write_manifest: WriteManifest
) -> None:
    texts = (
        lines(tmp_path / "a.txt", ["今天天气很好", "我们去公园散步", "今天下雨"] * 3),
        lines(tmp_path / "b.txt", ["我们在家", "公园很大"]),
    )
    dev = write_manifest(tmp_path / "dev.csv", ["今天下雨"])
    direct, _ = built(tmp_path / "direct", texts=texts, excluded=(dev,))
    assert direct.unit == "character"
    for number, excluded in enumerate(((dev,), ())):
        counts = counted(tmp_path / f"counts{number}", texts=texts, excluded=excluded)
        by_counts, _ = built(tmp_path / f"by{number}", counted=(counts,), excluded=(dev,))
        assert content(by_counts) == content(direct)


def test_the_alphabet_of_the_counted_manifests_counts(
    tmp_path: Path, texts: tuple[Path, ...], write_manifest: WriteManifest
) -> None:
    train = write_manifest(tmp_path / "import" / "train.csv", ["Licht an"])
    counts = counted(tmp_path / "plain", manifests=(train,), texts=texts)
    package, said = built(tmp_path / "lm", counted=(counts,))
    assert package.labels == tuple(" achilnt")
    assert "alphabet: 8 labels, the characters of the transcripts" in said
    Alphabet.from_texts(["licht aus"]).write(tmp_path / "import" / "alphabet.txt")
    counts = counted(tmp_path / "counts", manifests=(train,), texts=texts)
    package, said = built(tmp_path / "lm", counted=(counts,))
    assert package.labels == tuple(" achilstu")
    assert f"alphabet: 9 labels, {tmp_path / 'counts'}" in said
    other = write_manifest(tmp_path / "other" / "train.csv", ["Licht an"])
    Alphabet.from_texts(["licht an"]).write(tmp_path / "other" / "alphabet.txt")
    with pytest.raises(UsageError, match=r"alphabet\.txt and .*counts differ: name the alphabet"):
        built(tmp_path / "lm", manifests=(other,), counted=(counts,))


def test_rules_and_locale_are_those_of_the_counts(tmp_path: Path, build_lm: Run) -> None:
    text = lines(tmp_path / "tr.txt", ["Işık IŞIK", "ışık KAPI"])
    counted(tmp_path / "counts", texts=(text,), rules=TextRules("unicode", "tr"))
    done = build_lm("--counts", tmp_path / "counts", "--out", tmp_path / "lm")
    assert done.returncode == 0, done.stderr
    package = LanguageModelPackage.read(tmp_path / "lm")
    assert (package.text_rules, package.locale) == ("unicode", "tr")
    assert package.labels == tuple(" akpış")
    for said, why in (
        (["--locale", "en"], "was read with locale tr, and this model's has locale en, which"),
        (["--text-rules", "none"], "other text rules, unicode, than are wanted here, none. Count"),
    ):
        done = build_lm("--counts", tmp_path / "counts", *said, "--out", tmp_path / "lm")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert done.stderr.startswith(f"build-lm: {tmp_path / 'counts' / 'counts.json'}: the text")
        assert why in done.stderr


def test_locales_without_rules_of_their_own_do_not_differ(
    tmp_path: Path, texts: tuple[Path, ...]
) -> None:
    none = counted(tmp_path / "none", texts=texts)
    german = counted(tmp_path / "german", texts=texts, rules=TextRules("unicode", "de"))
    assert rules_of(None, None, [none, german]) == TextRules("unicode", "de")
    assert rules_of("none", "tr", [none, german]) == TextRules("none", "tr")
    package, _ = built(tmp_path / "lm", counted=(none, german), rules=TextRules("unicode", "de"))
    assert package.locale == "de"
    with pytest.raises(UsageError, match="read with no locale, and this model's has locale tr"):
        built(tmp_path / "lm", counted=(none,), rules=TextRules("unicode", "tr"))


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


@pytest.mark.parametrize("name", ["words.zst", "sentences/000001.zst"])
@pytest.mark.parametrize("harm", [flip, truncate, Path.unlink])
def test_damaged_files_are_named(
    tmp_path: Path, texts: tuple[Path, ...], name: str, harm: Callable[[Path], None]
) -> None:
    counts = counted(tmp_path / "counts", texts=texts)
    harm(tmp_path / "counts" / name)
    with pytest.raises(FormatError, match=rf"counts/{name}: damaged: .*count-words --fresh"):
        built(tmp_path / "lm", counted=(counts,))
    assert not (tmp_path / "lm").exists()


def test_other_content_of_the_right_form_is_told_by_its_digest(
    tmp_path: Path, texts: tuple[Path, ...]
) -> None:
    counts = counted(tmp_path / "counts", texts=texts)
    for name in ("words.zst", "sentences/000000.zst"):
        kept = (tmp_path / "counts" / name).read_bytes()
        other = counted(tmp_path / "other", texts=texts[1:], fresh=True)
        shutil.copy(other.folder / name, tmp_path / "counts" / name)
        with pytest.raises(FormatError, match=rf"{name}: damaged: its SHA-256 is not the one"):
            built(tmp_path / "lm", counted=(counts,))
        (tmp_path / "counts" / name).write_bytes(kept)


def test_more_sentences_than_are_told_of_are_refused(
    tmp_path: Path, texts: tuple[Path, ...], write_manifest: WriteManifest
) -> None:
    counts = counted(tmp_path / "counts", texts=texts)
    dev = write_manifest(tmp_path / "dev.csv", ["Licht"])
    marker = counts.folder / "counts.json"
    told = json.loads(marker.read_text())
    told["parts"][0]["pieces"][-1][1] -= 1
    marker.write_text(json.dumps(told))
    with pytest.raises(FormatError, match=r"counts.json: damaged: sentences/000000.zst has more"):
        built(tmp_path / "lm", counted=(CountedText.read(counts.folder),), excluded=(dev,))


def test_what_is_no_finished_count_is_refused(
    tmp_path: Path, texts: tuple[Path, ...], build_lm: Run
) -> None:
    counts = tmp_path / "counts"
    marker = counts / "counts.json"

    def refusal(folder: Path) -> str:
        done = build_lm("--counts", folder, "--out", tmp_path / "lm")
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
        return done.stderr.removeprefix("build-lm: ").strip()

    for folder, why in ((counts, "there is no such folder"), (texts[0], "is a file")):
        done = build_lm("--counts", folder, "--out", tmp_path / "lm")
        said = f"build-lm: --counts {folder}: {why}. Name a folder that count-words --out made\n"
        assert (done.returncode, done.stderr) == (2, said)
    counts.mkdir()
    no_counts = "no counted text: it has no counts.json. count-words --out makes one"
    assert refusal(counts) == f"{counts}: {no_counts}"
    counted(counts, texts=texts)
    told = json.loads(marker.read_text())
    for wrong, why in (
        ("{", "damaged: Expecting property name"),
        ('{"format": "mine"}', "not made by count-words"),
        (json.dumps({**told, "version": 2}), "version 2 of the format; this Myna reads 1. Count"),
        (json.dumps({**told, "parts": None}), "damaged: TypeError"),
        (json.dumps({**told, "text_rules": "mine"}), "damaged: ValueError: no text rules 'mine'"),
        (json.dumps({**told, "counts": {}}), "damaged: KeyError: 'sentences'"),
        (json.dumps({**told, "sources": []}), "damaged: ValueError: a piece of no source"),
        (
            json.dumps({**told, "sources": [{**told["sources"][0], "rejected": []}]}),
            "damaged: AttributeError",
        ),
        (
            json.dumps({**told, "parts": [{**told["parts"][0], "pieces": [[0, -1]]}]}),
            "damaged: ValueError: a piece with less than no sentence",
        ),
        (marker.read_text().replace("sentences/", "../"), "damaged: ValueError: no file of ours"),
    ):
        marker.write_text(wrong)
        assert refusal(counts).startswith(f"{marker}: {why}")
    marker.unlink()
    assert (counts / STATE).is_dir()
    assert refusal(counts) == (
        f"{counts}: the counting here is not finished. Run the same count-words command again: it "
        "goes on where it stopped"
    )
