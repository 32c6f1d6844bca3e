"""The sentences that are read aloud: their names, how they get in, and what is counted of them."""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from sqlalchemy import Update, exists, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from importers.errors import FormatError
from importers.tables import BadRow
from importers.text_lines import read_lines
from importers.votes import Verdict
from validation_app.database.tables import Clip, Sentence

MAX_LETTERS = 500
"""Nobody reads more aloud in the seconds that a clip has."""
_AT_ONCE = 500
_UNSEEN = {"synchronize_session": False}  # objects in the session keep what they have


def sentence_id(locale: str, text: str) -> str:
    """SHA-256 of locale, newline and text, in hexadecimal."""
    return hashlib.sha256(f"{locale}\n{text}".encode()).hexdigest()


def plain(text: str) -> str:
    """White space made single spaces, letters composed (NFC): equal sentences become one."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def read_sentences(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 text, white space made single spaces, letters composed (NFC).

    Raises FormatError at a line that is no sentence, OSError.
    """
    for line in read_lines(path):
        if isinstance(line, BadRow):
            raise FormatError(f"{path}:{line.line}: {line.detail}. Save the file as UTF-8")
        sentence = plain(line.text)
        if len(sentence) > MAX_LETTERS:
            raise FormatError(
                f"{path}:{line.number}: {len(sentence)} letters, where a sentence has at most "
                f"{MAX_LETTERS}. One sentence a line is expected"
            )
        if not sentence.isprintable():
            raise FormatError(f"{path}:{line.number}: control characters. Text is expected")
        yield sentence


def add_sentences(session: Session, locale: str, sentences: Iterable[str], source: str) -> int:
    """Add those that are not there yet; their number."""
    number = select(func.count()).select_from(Sentence)
    before = session.execute(number).scalar_one()
    for some in _some(sentences):
        rows = [
            {"id": sentence_id(locale, text), "locale": locale, "text": text, "source": source}
            for text in some
        ]
        session.execute(insert(Sentence).on_conflict_do_nothing(), rows)
        # Those that came with a corpus's clips, and were not to be read aloud.
        came = Sentence.id.in_([row["id"] for row in rows]) & ~Sentence.is_used
        session.execute(update(Sentence).where(came).values(is_used=True))
    return session.execute(number).scalar_one() - before


def recount(session: Session, ids: Iterable[str]) -> None:
    """Set what is kept of these sentences' clips, after clips were added or decided.

    That is `clips_count`, `has_valid_clip` and its copy in the clips. It belongs into the
    transaction of what changed them.
    """
    for some in _some(ids):
        session.execute(_counts(some), execution_options=_UNSEEN)
        session.execute(_copies(some), execution_options=_UNSEEN)


def _some(all_of_them: Iterable[str]) -> Iterator[list[str]]:
    """In pieces that a statement can have as its parameters."""
    rest = iter(all_of_them)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


def _counts(ids: Sequence[str]) -> Update:
    of_sentence = Clip.sentence_id == Sentence.id
    valid = exists().where(of_sentence, Clip.verdict == Verdict.VALID)
    clips = select(func.count()).where(of_sentence).scalar_subquery()
    counted = update(Sentence).values(clips_count=clips, has_valid_clip=valid)
    return counted.where(Sentence.id.in_(ids))


def _copies(ids: Sequence[str]) -> Update:
    flag = select(Sentence.has_valid_clip).where(Sentence.id == Clip.sentence_id).scalar_subquery()
    copied = update(Clip).values(sentence_has_valid_clip=flag)
    return copied.where(Clip.sentence_id.in_(ids), Clip.sentence_has_valid_clip != flag)
