"""The language that lower-casing knows of: the one that is said, or that of the transcripts."""

from collections.abc import Sequence
from pathlib import Path

from importers.manifest import read_manifest


def locales_of(manifests: Sequence[Path]) -> tuple[str, ...]:
    """The languages of all clips of the manifests, sorted; those of clips that tell none left out.

    Raises what read_manifest raises.
    """
    return tuple(
        sorted({entry.locale for path in manifests for entry in read_manifest(path)} - {""})
    )


def choose_locale(said: str | None, manifests: Sequence[Path]) -> tuple[str | None, str]:
    """The locale of a build, and the line that tells where it is from ("" if it was said)."""
    if said:
        return said, ""
    found = locales_of(manifests)
    if len(found) == 1:
        return found[0], f"locale: {found[0]}, that of the transcripts"
    why = f"the transcripts are in several ({', '.join(found)})" if found else "none is told"
    return None, (
        f"locale: {why}, so capitals become small as in most languages, which is wrong for Turkish "
        "and Azerbaijani; --locale sets one"
    )
