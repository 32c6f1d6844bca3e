"""Where settings come from, who goes first, and what is said of a wrong one."""

import argparse
from pathlib import Path

import pytest

from importers import console
from importers.errors import FormatError, MynaError, UsageError
from validation_app.settings import Settings, add_settings, gather


def flags(*words: str) -> argparse.Namespace:
    parser = console.parser("", "")
    add_settings(parser)
    return parser.parse_args(words)


def test_a_folder_is_enough() -> None:
    assert gather(flags("--data", "d"), {}) == Settings(
        data=Path("d"),
        locale="en",
        sentences=None,
        host="127.0.0.1",
        port=8020,
        vote_preset="server",
        goal_hours=100.0,
        votes_limit=150,
        uploads_limit=70,
    )


def test_flags_go_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "app.toml"
    file.write_text('data = "collected"\nport = 1\nlocale = "de"\ngoal_hours = 2.5\nhost = "::1"\n')
    environment = {
        "MYNA_APP_PORT": "2", "MYNA_APP_LOCALE": "fr", "MYNA_APP_VOTES_LIMIT": "0",
        "MYNA_APP_HOST": "", "PORT": "9",
    }  # fmt: skip
    assert gather(flags("--config", str(file), "--port", "3"), environment) == Settings(
        data=tmp_path / "collected", port=3, locale="fr", goal_hours=2.5, votes_limit=0, host="::1"
    )


def test_the_environment_names_the_file_too(tmp_path: Path) -> None:
    file = tmp_path / "app.toml"
    file.write_text('data = "/srv/myna"\nsentences = "all.txt"\n')
    assert gather(flags(), {"MYNA_APP_CONFIG": str(file)}) == Settings(
        data=Path("/srv/myna"), sentences=tmp_path / "all.txt"
    )


def test_a_folder_there_must_be() -> None:
    with pytest.raises(UsageError, match="Say --data DIR, or MYNA_APP_DATA=DIR"):
        gather(flags(), {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prot = 1", "app.toml: no setting is named prot; there are data, locale, sentences, "),
        ("port = 65536", "app.toml: port = 65536: must be from 0 (any that is free) to 65535"),
        ("port = true", "app.toml: port = True: must be text or a number"),
        ("port = 1.5", "app.toml: port = 1.5: must be from 0 (any that is free) to 65535"),
        ("votes_limit = 1.5", "app.toml: votes_limit = 1.5: must be a whole number"),
        ("goal_hours = 'many'", "app.toml: goal_hours = 'many': must be a number"),
        ("host = ['a']", "app.toml: host = ['a']: must be text or a number"),
        ("[port]", "app.toml: port = {}: must be text or a number"),
        ("port = ", "app.toml: no TOML: Invalid value (at end of document)"),
        ("goal_hours = inf", "app.toml: goal_hours = inf: must be a number of at least 0"),
        ("locale = '../x'", "app.toml: locale = '../x': must be a language as in en or zh-TW"),
        ("vote_preset = 'v2'", "app.toml: vote_preset = 'v2': must be one of v1, server, "),
    ],
)
def test_what_is_wrong_in_a_file_is_said(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "app.toml"
    file.write_text(text)
    with pytest.raises(FormatError) as caught:
        gather(flags("--data", "d", "--config", str(file)), {})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_text_is_no_toml(tmp_path: Path) -> None:
    file = tmp_path / "app.toml"
    file.write_bytes(b"\xff")
    with pytest.raises(FormatError, match="no TOML"):
        gather(flags("--config", str(file)), {})


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "http"), ("LOCALE", "english!"), ("VOTES_LIMIT", "-1"), ("GOAL_HOURS", "nan")],
)
def test_what_is_wrong_in_the_environment_is_said(name: str, value: str) -> None:
    with pytest.raises(MynaError, match=f"^MYNA_APP_{name}={value}: "):
        gather(flags("--data", "d"), {f"MYNA_APP_{name}": value})


@pytest.mark.parametrize("words", [["--port", "x"], ["--vote-preset", "v2"], ["--dat", "d"]])
def test_wrong_flags_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        flags(*words)
    assert words[0] in capsys.readouterr().err
