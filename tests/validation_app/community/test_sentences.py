"""How sentences get in, and what is counted of them."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import select

from importers.errors import FormatError
from tests.validation_app.clip_rows import add_clip
from validation_app.community.sentences import add_sentences, read_sentences, recount, sentence_id
from validation_app.database.tables import Clip, Sentence
from validation_app.settings import Settings
from validation_app.web.server import create_app, open_context


def test_a_file_is_read_by_lines(tmp_path: Path) -> None:
    file = tmp_path / "sentences.txt"
    file.write_bytes(
        b"\xef\xbb\xbf  Two\tspaces  here. \r\n\n \n"  # a byte order mark, and blank lines
        b"Cafe\xcc\x81.\n"  # e and an accent, to be one letter
        b"a\xe2\x80\xa8b\n"  # a line separator, which ends no line
        b"last"
    )
    assert list(read_sentences(file)) == ["Two spaces here.", "Café.", "a b", "last"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"One.\n\xff\n", "2: not UTF-8. Save the file as UTF-8"),
        (
            b"One.\n\n" + b"x" * 501,
            "3: 501 letters, where a sentence has at most 500. One sentence a line is expected",
        ),
        (b"a\x00b\n", "1: control characters. Text is expected"),
    ],
)
def test_lines_that_are_no_sentences_are_said(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "sentences.txt"
    file.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        list(read_sentences(file))
    assert str(caught.value) == f"{file}:{message}"


def test_a_name_is_of_locale_and_text() -> None:
    assert sentence_id("en", "One.") == hashlib.sha256(b"en\nOne.").hexdigest()
    assert sentence_id("en", "One.") != sentence_id("de", "One.")


def test_what_is_there_is_not_added_again(tmp_path: Path) -> None:
    context = open_context(Settings(tmp_path))
    many = [f"Sentence {number}." for number in range(1200)]
    with context.writing() as session:
        assert add_sentences(session, "en", many + many[:3], "a.txt") == 1200
        assert add_sentences(session, "en", [*many, "New."], "b.txt") == 1
        assert add_sentences(session, "de", ["New."], "b.txt") == 1
        found = session.scalars(select(Sentence).where(Sentence.text == "New.")).all()
        assert sorted((one.locale, one.source, one.is_used) for one in found) == [
            ("de", "b.txt", True),
            ("en", "b.txt", True),
        ]


def test_a_longer_file_adds_to_what_there_is(settings: Settings) -> None:
    assert settings.sentences
    create_app(settings).state.context.engine.dispose()
    settings.sentences.write_text("Sentence number 1.\nSentence number 11.\n")
    context = create_app(settings).state.context
    with context.reading() as session:
        texts = set(session.scalars(select(Sentence.text)))
    assert texts == {f"Sentence number {number}." for number in range(1, 12)}
    context.engine.dispose()


def test_a_recount_sets_counts_flag_and_its_copies(tmp_path: Path) -> None:
    context = open_context(Settings(tmp_path))
    with context.writing() as session:
        one, two, three = (
            add_clip(session, text, verdict=verdict)
            for text, verdict in (("A.", "other"), ("A.", "valid"), ("B.", "invalid"))
        )
        add_sentences(session, "en", ["C."], "test")
    with context.reading() as session:
        kept = {
            row.text: (row.clips_count, row.has_valid_clip)
            for row in session.scalars(select(Sentence))
        }
        assert kept == {"A.": (2, True), "B.": (1, False), "C.": (0, False)}
        copies = [session.get_one(Clip, clip).sentence_has_valid_clip for clip in (one, two, three)]
        assert copies == [True, True, False]
    with context.writing() as session:
        session.get_one(Clip, two).verdict = "other"
        recount(session, [sentence_id("en", "A.")])
    with context.reading() as session:
        assert not session.get_one(Sentence, sentence_id("en", "A.")).has_valid_clip
        assert not session.get_one(Clip, one).sentence_has_valid_clip
