"""Real text of six languages, built with no flag but the file: the figures of the docs are so."""

from collections.abc import Callable
from pathlib import Path

import pytest

from importers.text import TextRules
from lm.build import BuildRequest, build_language_model
from lm.package import LanguageModelPackage
from lm.perplexity import Perplexity, PerplexityRequest, measure

LANGUAGES = {
    "English": "en",
    "German": "de",
    "French": "fr",
    "Turkish": "tr",
    "Russian": "ru",
    "Chinese": "zh-CN",
}
TENTH = 10
"""Each so many lines one is held out."""


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def build_and_measure(
    learned: Path, held_out: Path, out: Path, locale: str | None
) -> tuple[LanguageModelPackage, Perplexity]:
    request = BuildRequest(out, (learned,), rules=TextRules(locale=locale))
    package = build_language_model(request, lambda line: None)
    (measured,) = measure(PerplexityRequest((out,), (held_out,)), lambda line: None)
    return package, measured.perplexity


def row(language: str, package: LanguageModelPackage, found: Perplexity) -> str:
    """As the docs have it."""
    cells = (
        language,
        f"{package.counts['running_units']:,} {package.unit}s",
        f"{package.counts['words']:,}",
        f"{package.order}",
        f"{(package.binary.stat().st_size + package.trie.stat().st_size) / 1e3:,.0f} kB",
        f"{found.units:,}",
        f"{found.oov_rate:.2%}".replace("%", " %"),
        f"{found.with_oov:,.2f}",
        f"{found.without_oov:,.2f}",
        f"{found.bits_per_character:.2f}",
    )
    return f"| {' | '.join(cells)} |"


@pytest.fixture
def lines_of(test_data: Path) -> Callable[[str], list[str]]:
    """The lines of a language's collection."""
    folder = test_data / "text" / "common_voice_sentences"
    return lambda name: (folder / f"{name}.txt").read_text("utf-8").splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("sentences", ["all", "ten"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tables_of_the_docs_are_so(
    checkout: Path,
    tmp_path: Path,
    lines_of: Callable[[str], list[str]],
    language: str,
    sentences: str,
) -> None:
    lines = lines_of(LANGUAGES[language])
    learned = [line for number, line in enumerate(lines, 1) if number % TENTH]
    if sentences == "ten":
        learned = first_ten(learned)
    package, found = build_and_measure(
        write(tmp_path / "learned.txt", learned),
        write(tmp_path / "held-out.txt", lines[TENTH - 1 :: TENTH]),
        tmp_path / "lm",
        "tr" if language == "Turkish" else None,
    )
    docs = (checkout / "docs" / "language-models.md").read_text(encoding="utf-8")
    assert row(language, package, found) in docs.splitlines()


def first_ten(lines: list[str]) -> list[str]:
    """Without those that a digit keeps out."""
    return [line for line in lines if not any(map(str.isdigit, line))][:10]


@pytest.mark.parametrize("language", LANGUAGES)
def test_ten_sentences_make_a_model(
    tmp_path: Path, lines_of: Callable[[str], list[str]], language: str
) -> None:
    learned = write(tmp_path / "learned.txt", first_ten(lines_of(LANGUAGES[language])))
    locale = "tr" if language == "Turkish" else None
    package, found = build_and_measure(learned, learned, tmp_path / "lm", locale)
    assert package.counts["sentences"] == 10
    assert found.oov.total() == 0
    # It has learned something: guessing among all words would be worse by far.
    assert 1 < found.with_oov < 0.7 * package.counts["words"]
