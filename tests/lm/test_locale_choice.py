from pathlib import Path

from importers.manifest import Entry, ManifestWriter
from lm.locale_choice import choose_locale


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
