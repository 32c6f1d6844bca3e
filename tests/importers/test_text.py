"""The corpus-side face of the rules."""

import pytest

from importers.text import TextRules, sentence_key, without_markup


def test_rules_are_applied_with_their_locale() -> None:
    assert TextRules().apply("Don’t!") == ("don't", None)
    assert TextRules(locale="tr").apply("IŞIK") == ("ışık", None)
    assert TextRules("deepspeech").apply("a & b") == ("", "symbols")
    assert TextRules("none").apply(" A 1 ") == ("A 1", None)


def test_unknown_rules_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="no text rules 'loose'; there are unicode, deepspeech"):
        TextRules("loose")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Don’t stop!", "dont STOP"),
        ("data base", "Database."),
        ("Straße", "STRASSE"),
        ("e\u0301te\u0301", "Été…"),
        ("I have 3 cats.", "i have 3 cats"),
        ("3,5 km", "3 5 KM"),
        ("می\u200cخواهم", "میخواهم"),
        ("ΟΔΟΣ", "οδοσ"),
        ("—", "…"),
    ],
)
def test_the_same_sentence(one: str, other: str) -> None:
    assert sentence_key(one) == sentence_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("I have 3 cats", "I have 4 cats"), ("résumé", "resume"), ("ёлка", "елка"), ("3", "٣")],
)
def test_other_sentences(one: str, other: str) -> None:
    assert sentence_key(one) != sentence_key(other)


def test_exact_keys() -> None:
    assert sentence_key("Rock 'n' Roll, 2 times") == "rocknroll2times"
    assert sentence_key("IŞIK", "tr") == "ışık"
    assert sentence_key("!?") == ""


@pytest.mark.parametrize(
    ("sentence", "meant"),
    [
        ("rock&amp;roll%21<br>", "rock&roll! "),
        ("It&#39;s &quot;fine&quot;", 'It\'s "fine"'),
        ("%D0%B4%D0%B0", "да"),
        ("<b>bold</b><!-- note --> text", " bold   text"),
        ("&lt;b&gt;", "<b>"),
        ("a < b, 5 % of c & d", "a < b, 5 % of c & d"),
        ("R&D", "R&D"),
        ("sales&ethics, foot&notes", "sales&ethics, foot&notes"),
        ("coeur%decembre", "coeur%decembre"),
        ("if a<b then c>d", "if a<b then c>d"),
        ("100%25 <SPAN class=x>sure</SPAN>", "100%  sure "),
        ("plain", "plain"),
    ],
)
def test_markup_is_taken_away(sentence: str, meant: str) -> None:
    assert without_markup(sentence) == meant


def test_the_unicode_rules_see_no_markup_and_the_others_all_of_it() -> None:
    assert TextRules().apply("don&#39;t stop<br/>now") == ("don't stop now", None)
    assert TextRules("deepspeech").apply("don&#39;t") == ("", "digits")
    assert TextRules("none").apply("a &amp; b") == ("a &amp; b", None)
    assert sentence_key("Don&#39;t<br>") == "dont"
