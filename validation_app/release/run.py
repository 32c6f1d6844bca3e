"""An export as people ask for it by the command, and what they are told of it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sqlalchemy import select

from importers.errors import UsageError
from validation_app.database.sessions import FILE
from validation_app.database.tables import Clip, Sentence
from validation_app.recordings.incoming import CLIPS
from validation_app.release.export import Release, ReleaseRequest, export_release
from validation_app.release.layout import TABLES
from validation_app.release.names import ReleaseName
from validation_app.settings import Settings
from validation_app.web.context import Context
from validation_app.web.server import open_context


def run_export(
    settings: Settings, release: tuple[str, date], out: Path, since: tuple[Path, ...], licence: str
) -> None:
    """Export the folder of the settings as a release (its number and date), and print what it is.

    Raises UsageError for a folder in which no app has been, or one of another language, and as
    export_release does.
    """
    name = ReleaseName(*release, settings.locale, is_delta=bool(since))
    if not (settings.data / FILE).is_file():
        raise UsageError(
            f"{settings.data}: no app has been at work here (there is no {FILE}). Name the folder "
            "that validation-app --data was told"
        )
    context = open_context(settings)
    try:
        _require_language(context)
        request = ReleaseRequest(name, out, since, licence)
        written = export_release(context.engine, settings.data / CLIPS, context.secret, request)
    finally:
        context.engine.dispose()
    print("\n".join(_told(written)))


def _require_language(context: Context) -> None:
    """Raises UsageError where the app has something, and all of it in other languages."""
    locale = context.settings.locale
    with context.reading() as session:
        known = session.scalars(select(Sentence.locale).union(select(Clip.locale))).all()
    if known and locale not in known:
        raise UsageError(
            f"{context.settings.data}: holds nothing in {locale}. Say --locale {sorted(known)[0]}"
        )


def _told(release: Release) -> Iterator[str]:
    tally = release.tally
    tables = tuple(TABLES.values())
    yield f"{release.archive}: {tally.total(*tables):,} clips, {tally.hours(*tables):.2f} h"
    for table, clips in tally.clips.items():
        yield f"  {table:<16} {clips:>9,} clips {tally.hours(table):>9.2f} h"
    if tally.earlier:
        yield f"  {tally.earlier:,} clips are in the earlier release"
    for reason, clips in sorted(tally.excluded.items()):
        yield f"  {clips:,} left out: {reason}"
    for reason, clips in sorted(tally.noted.items()):
        yield f"  {clips:,} taken, though: {reason}"
    if release.problems:
        yield f"  the clips left out or doubtful: {release.problems}"
    yield f"  sha256 {release.sha256}"
