"""The command ``validation-app``: a community records and votes, and out comes a release.

validation-app --data DIR --sentences sentences.txt
validation-app import --data DIR cv-corpus-21.0-en.tar.gz --priority unsure.csv
validation-app export-release --data DIR --out releases
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from importers import console
from validation_app.settings import add_settings, gather

_COMMAND = "validation-app"


def main() -> int:
    """Entry point."""
    return console.run(_validation_app, sys.argv[1:], _COMMAND)


def _validation_app(arguments: Sequence[str]) -> None:
    """The first word says what to do; without one, serve."""
    if arguments and arguments[0] in _PARTS:
        _PARTS[arguments[0]](arguments[1:])
    else:
        _serve(arguments)


def _serve(arguments: Sequence[str]) -> None:
    parser = console.parser(
        "Serve the web application in which people record and validate speech.\n\n"
        f"Other uses: {_COMMAND} import -h (a corpus to be voted on), "
        f"{_COMMAND} export-release -h.",
        f"{_COMMAND} --data DIR --sentences sentences.txt",
        prog=_COMMAND,
    )
    add_settings(parser)
    settings = gather(parser.parse_args(arguments), os.environ)
    from validation_app.web.serving import serve  # FastAPI and SQLAlchemy: not for -h

    serve(settings)


def _import(arguments: Sequence[str]) -> None:
    parser = console.parser(
        "Take a corpus into the app, to be voted on. Begun again, it goes on where it stopped.",
        f"{_COMMAND} import --data DIR cv-corpus-21.0-en.tar.gz",
        prog=f"{_COMMAND} import",
    )
    parser.add_argument("path", type=Path, metavar="PATH", help="a release, or a manifest's CSV")
    parser.add_argument(
        "--priority", type=Path, metavar="CSV", help="clips to be asked about first: key, score"
    )
    add_settings(parser, "data", "locale", "vote_preset")
    known = parser.parse_args(arguments)
    settings = gather(known, os.environ)
    from validation_app.corpora.import_corpus import import_corpus

    import_corpus(settings, known.path, known.priority)


def _export(arguments: Sequence[str]) -> None:
    parser = console.parser(
        "Write what was recorded and voted as a release in Common Voice's layout: a .tar.gz and "
        "its checksum. People may go on voting meanwhile.",
        f"{_COMMAND} export-release --data DIR --out releases --release 2.0 "
        "--since releases/cv-corpus-1.0-2026-11-22-en.tar.gz",
        prog=f"{_COMMAND} export-release",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", required=True, help="for the archive")
    parser.add_argument("--release", default="1.0", metavar="NUMBER", help="of this release")
    parser.add_argument(
        "--date",
        type=_date,
        metavar="YYYY-MM-DD",
        help="in the release's name, and of its files; today (UTC) if not said",
    )
    parser.add_argument(
        "--since",
        type=Path,
        action="append",
        default=[],
        metavar="TAR.GZ",
        help="write a delta: only clips that this earlier release lacks; may be said of several",
    )
    parser.add_argument("--licence", default="", metavar="TEXT", help="for the README in it")
    add_settings(parser, "data", "locale")
    known = parser.parse_args(arguments)
    settings = gather(known, os.environ)
    from validation_app.release.run import run_export

    name = (known.release, known.date or datetime.now(UTC).date())
    run_export(settings, name, known.out, tuple(known.since), known.licence)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a day, as 2026-11-22") from None


_PARTS: dict[str, Callable[[Sequence[str]], None]] = {
    "serve": _serve,
    "import": _import,
    "export-release": _export,
}

if __name__ == "__main__":
    sys.exit(main())
