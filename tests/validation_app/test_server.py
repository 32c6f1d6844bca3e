"""The app as a whole: headers, cookies, CSRF, limits of bodies, errors."""

from sqlalchemy import select

from tests.validation_app.browsers import SENTENCES
from validation_app.context import Context
from validation_app.database.tables import Sentence


def test_sentences_of_the_file_are_there(app_context: Context) -> None:
    with app_context.reading() as session:
        assert set(session.scalars(select(Sentence.text))) == set(SENTENCES)
