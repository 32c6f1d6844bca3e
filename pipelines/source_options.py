"""What a user may say of where an import comes from: TARGET, SOURCE, --sha256, --download."""

import argparse
import re
from dataclasses import replace
from pathlib import Path

from importers.acquire import acquire
from importers.errors import UsageError
from importers.published import fetch
from importers.registry import load
from pipelines.import_corpus import ImportRequest


def path(text: str) -> Path:
    """For argparse: a path that is not empty."""
    return Path(_named(text))


def add_source(parser: argparse.ArgumentParser, what: str) -> None:
    """Add SOURCE, with ``what`` as its help, the checksum that it must have, and --download."""
    parser.add_argument("source", metavar="SOURCE", type=_named, nargs="?", help=what)
    parser.add_argument(
        "--sha256", metavar="HEX", type=_sha256,
        help="checksum that the archive of SOURCE must have",
    )  # fmt: skip
    parser.add_argument(
        "--download", action="store_true",
        help="instead of SOURCE: fetch the corpus's published archives into TARGET, as far as they "
        "do not lie there; an interrupted download goes on",
    )  # fmt: skip


def acquire_said(known: argparse.Namespace, request: ImportRequest) -> ImportRequest:
    """The request with what add_source's flags name as its source, fetched if need be.

    It may take hours. Raises a MynaError with what to do.
    """
    if not known.download:
        return replace(request, source=acquire(known.source, known.target, sha256=known.sha256))
    if known.source is not None or known.sha256 is not None:
        raise UsageError("--download fetches what is published: leave SOURCE and --sha256 out")
    info = load(request.corpus).INFO
    return replace(request, source=fetch(info, known.target, request.reading.sets))


def _named(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def _sha256(text: str) -> str:
    if not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise argparse.ArgumentTypeError("must be 64 hexadecimal digits")
    return text.lower()
