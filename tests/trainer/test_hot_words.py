"""Hot words by themselves, and through recognizer and command."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from importers.errors import FormatError, MynaError
from tests.trainer.commands_run import transcribe
from trainer.hot_words import hot_words
from trainer.model_folder import ModelFolder
from trainer.recognizer import Recognizer


def test_phrases_and_files(tmp_path: Path) -> None:
    file = tmp_path / "words"
    file.write_text("\nanna  müller = 6.5\r\nzagreb\n\na=b=-2\n", "utf-8")
    expected = {"anna müller": 6.5, "zagreb": 4.0, "a=b": -2.0, "x y": 3.0}
    assert hot_words(["zagreb=1", str(file), "x y=3"]) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("anna=", "'anna=': the boost must be a number from -100 to 100, not ''"),
        ("anna=nan", "'anna=nan': the boost must be a number from -100 to 100, not 'nan'"),
        ("anna=100.5", "'anna=100.5': the boost must be a number from -100 to 100, not '100.5'"),
        ("=3", "'=3' has no word before its boost"),
        ("", "'' has no word before its boost"),
    ],
)
def test_mistakes(tmp_path: Path, given: str, message: str) -> None:
    with pytest.raises(MynaError) as error:
        hot_words([given])
    assert str(error.value) == message
    if not given:
        return
    file = tmp_path / "words"
    file.write_text(f"zagreb\n{given}\n")
    with pytest.raises(FormatError) as told:
        hot_words([str(file)])
    assert str(told.value) == f"{file}, line 2: {message}"


def test_a_file_of_other_bytes(tmp_path: Path) -> None:
    (tmp_path / "words").write_bytes(b"m\xfcller")
    with pytest.raises(FormatError, match="not text in UTF-8"):
        hot_words([str(tmp_path / "words")])


def test_the_recognizer_hears_them(
    taught: ModelFolder, language_model: Path, digits: Mapping[Path, str]
) -> None:
    recognizer = Recognizer(taught.path, language_model)
    clip, text = next(iter(digits.items()))
    plain = recognizer.transcribe(clip)
    hot = recognizer.hot_words({text.upper(): 3.0})
    heard = recognizer.transcribe(clip, hot=hot)
    assert (plain.text, heard.text) == (text, text)
    assert heard.score == pytest.approx(plain.score + 3.0, abs=1e-6)
    [many] = recognizer.transcribe_many([clip], workers=1, hot=hot)
    assert many == heard
    with pytest.raises(MynaError, match="the hot phrase '7' cannot be written: digits"):
        recognizer.hot_words({"7": 1.0})
    with pytest.raises(MynaError, match="which the lexicon has not and the labels cannot spell"):
        recognizer.hot_words({"жук": 1.0})


def test_the_command_takes_them(
    taught: ModelFolder, language_model: Path, digits: Mapping[Path, str]
) -> None:
    clip, text = next(iter(digits.items()))
    common = ("--model", taught.path, "--lm", language_model)
    output, _ = transcribe(*common, "--hot-words", f"{text}=2", "--hot-words", "zagreb", clip)
    assert output == f"{text}\n"
    _, talk = transcribe(*common, "--hot-words", "zagreb=much", clip, code=1)
    assert talk == (
        "transcribe: 'zagreb=much': the boost must be a number from -100 to 100, not 'much'\n"
    )
