"""What is said of the languages of an import's clips in its report."""

from collections import Counter


class LocaleNotes:
    """Counts the languages of accepted rows.

    ``told`` is the one that the user gives to rows which do not tell theirs.
    """

    def __init__(self, told: str | None = None) -> None:
        self._told = told
        self._clips: Counter[str] = Counter()

    def add(self, locale: str) -> None:
        """Take note of the language of the next row; "" for none."""
        self._clips[locale] += 1

    def sentences(self) -> list[str]:
        """What a user should know."""
        silent = self._clips[""]
        named = sorted((-clips, locale) for locale, clips in self._clips.items() if locale)
        notes = []
        if silent:
            notes.append(
                f"language: {silent:,} clips do not tell theirs, so they are put into lower case "
                "by no language's rule; --locale tells it"
            )
        if len(named) > 1:
            found = ", ".join(f"{-clips:,} of {locale}" for clips, locale in named)
            notes.append(f"language: the clips are of several: {found}")
        if self._told and named and not self._clips[self._told]:
            notes.append(
                f"language: --locale {self._told} changes nothing, for all clips tell their own: "
                + ", ".join(locale for _, locale in named)
            )
        return notes
