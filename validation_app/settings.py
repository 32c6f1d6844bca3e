"""What the app is told: by flags, by the environment, by a file; the first that speaks counts."""

import argparse
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from importers import console
from importers.errors import FormatError, UsageError
from importers.votes import PRESETS

ENVIRONMENT = "MYNA_APP_"
"""Before the name of a setting in capitals: MYNA_APP_VOTE_PRESET."""
LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""A language tag, as releases have them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that one app needs to know."""

    data: Path
    locale: str = "en"
    sentences: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8020
    vote_preset: str = "server"
    goal_hours: float = 100.0
    votes_limit: int = 150
    uploads_limit: int = 70


def _locale(text: str) -> str:
    if not LOCALE.fullmatch(text):
        raise argparse.ArgumentTypeError("must be a language as in en or zh-TW")
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("must be from 0 (any that is free) to 65535")
    return int(text)


def _preset(text: str) -> str:
    if text not in PRESETS:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(PRESETS)}")
    return text


@dataclass(frozen=True, slots=True)
class _Option:
    """How a setting is said, everywhere by the same text."""

    parse: Callable[[str], Any]
    metavar: str
    help: str


_OPTIONS: Mapping[str, _Option] = {
    "data": _Option(Path, "DIR", "where the database and the clips lie; made where absent"),
    "locale": _Option(_locale, "LOCALE", "the language that is collected"),
    "sentences": _Option(
        Path, "FILE", "UTF-8 text, a sentence a line; new ones are added at start"
    ),
    "host": _Option(str, "HOST", "the address to listen at"),
    "port": _Option(_port, "PORT", "the port to listen at; 0 takes one that is free"),
    "vote_preset": _Option(_preset, "RULE", f"when votes decide: {', '.join(PRESETS)}"),
    "goal_hours": _Option(console.amount, "HOURS", "the hours of valid speech to be reached"),
    "votes_limit": _Option(console.count, "N", "votes of a person in 10 minutes; 0: any number"),
    "uploads_limit": _Option(console.count, "N", "clips of a person in 10 minutes; 0: any number"),
}


def add_settings(parser: argparse.ArgumentParser, *names: str) -> None:
    """Flags for these settings (all where none is named), and ``--config``."""
    group = parser.add_argument_group("settings")
    defaults = {field.name: field.default for field in fields(Settings)}
    for name in names or _OPTIONS:
        option = _OPTIONS[name]
        default = defaults[name]
        told = f" (default: {default})" if isinstance(default, str | int | float) else ""
        group.add_argument(
            f"--{name.replace('_', '-')}",
            type=option.parse,
            metavar=option.metavar,
            default=argparse.SUPPRESS,
            help=option.help + told,
        )
    group.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        default=argparse.SUPPRESS,
        help=f"settings in TOML (port = 8000); flags and {ENVIRONMENT}PORT=8000 go before it",
    )


def gather(flags: argparse.Namespace, environment: Mapping[str, str]) -> Settings:
    """The settings of a parsed command line, of the environment, and of the file that either names.

    Raises UsageError and FormatError, which say who said what wrongly; OSError of the file.
    """
    said = dict(_of_environment(environment))
    config = getattr(flags, "config", None) or environment.get(f"{ENVIRONMENT}CONFIG")
    if config:
        said = {**_of_file(Path(config)), **said}
    said |= {name: getattr(flags, name) for name in _OPTIONS if hasattr(flags, name)}
    if "data" not in said:
        raise UsageError(
            f"where is the data to lie? Say --data DIR, or {ENVIRONMENT}DATA=DIR in the environment"
        )
    return Settings(**said)


def _of_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for name, option in _OPTIONS.items():
        variable = f"{ENVIRONMENT}{name.upper()}"
        if text := environment.get(variable):
            try:
                yield name, _parse(option, text)
            except ValueError as error:
                raise UsageError(f"{variable}={text}: {error}") from None


def _of_file(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FormatError(f"{path}: no TOML: {error}") from None
    said = {}
    for name, value in table.items():
        if name not in _OPTIONS:
            raise FormatError(
                f"{path}: no setting is named {name}; there are {', '.join(_OPTIONS)}"
            )
        try:
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise ValueError("must be text or a number")
            parsed = _parse(_OPTIONS[name], str(value))
        except ValueError as error:
            raise FormatError(f"{path}: {name} = {value!r}: {error}") from None
        # Paths in a file are meant from where it lies.
        said[name] = path.parent / parsed if isinstance(parsed, Path) else parsed
    return said


def _parse(option: _Option, text: str) -> Any:
    try:
        return option.parse(text)
    except argparse.ArgumentTypeError as error:
        raise ValueError(str(error)) from None
    except ValueError:
        kind = "number" if option.parse is console.amount else "whole number"
        raise ValueError(f"must be a {kind}") from None
