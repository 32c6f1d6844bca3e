import argparse
from pathlib import Path

import pytest

from importers.manifest import Entry, ManifestWriter
from lm.locale_choice import choose_locale, language_tag
from native.text import special_language


def manifest(path: Path, *locales: str) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = ManifestWriter(stream)
        for locale in locales:
            writer.write(Entry("a.wav", 44, "text", locale=locale))
    return path


def test_the_locale_is_said_or_that_of_all_transcripts(tmp_path: Path) -> None:
    turkish = manifest(tmp_path / "tr.csv", "tr", "", "tr")
    german = manifest(tmp_path / "de.csv", "de")
    silent = manifest(tmp_path / "none.csv", "")
    assert choose_locale("de", [turkish]) == ("de", "")
    assert choose_locale(None, [turkish, silent]) == ("tr", "locale: tr, that of the transcripts")
    locale, line = choose_locale(None, [turkish, german])
    assert locale is None
    assert line.startswith("locale: the transcripts are in several (de, tr), so capitals become")
    for manifests in ([], [silent]):
        locale, line = choose_locale(None, manifests)
        assert locale is None
        assert line.startswith(
            "locale: none is told, so capitals become small as in most languages"
        )


def test_a_locale_is_a_tag_by_which_the_text_rules_know_the_language() -> None:
    for tag in (
        "",
        "tr",
        "tr-TR",
        "tr_TR.UTF-8",
        "sr@latin",
        "ca-ES-valencia",
        "zh-Hant-TW",
        "hsb",
    ):
        assert language_tag(tag) == tag
    for name in ("turkish", "t", "tr ", "tr-", "Türkçe", "en,tr", "../tr"):
        with pytest.raises(argparse.ArgumentTypeError, match="is no language tag, such as en, tr"):
            language_tag(name)
    for code, short in {"tur": "tr", "AZE-Latn": "az", "ron": "ro", "per": "fa"}.items():
        assert special_language(short) == short
        with pytest.raises(argparse.ArgumentTypeError, match=f"'{code}': .* begins with {short}$"):
            language_tag(code)
