"""Languages of an import's clips: what is said of them, and when nothing."""

import pytest

from pipelines.locale_notes import LocaleNotes

SILENT = (
    "language: 1 clips do not tell theirs, so they are put into lower case by no language's "
    "rule; --locale tells it"
)
NOTHING = "language: --locale xx changes nothing, for all clips tell their own"
SEVERAL = "language: the clips are of several: 2 of de, 1 of cs, 1 of en"


@pytest.mark.parametrize(
    ("told", "locales", "notes"),
    [
        (None, "", []),
        (None, "en en", []),
        ("en", "en en", []),
        ("en", "", []),
        (None, "en -", [SILENT]),
        (None, "en de cs de", [SEVERAL]),
        ("en", "en de cs de", [SEVERAL]),
        ("xx", "en en", [f"{NOTHING}: en"]),
        ("xx", "en de cs de", [SEVERAL, f"{NOTHING}: de, cs, en"]),
    ],
)
def test_what_is_said(told: str | None, locales: str, notes: list[str]) -> None:
    made = LocaleNotes(told)
    for locale in locales.split():
        made.add(locale.strip("-"))
    assert made.sentences() == notes
