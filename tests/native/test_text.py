"""Exact results for many languages; the rules themselves are in native/text.py."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from native import _native, text
from native.reference.text import normalise_reference
from native.text import Normalised, normalise, normalise_many

UNICODE_CASES = [
    ("Hello, World!", None, "hello world"),
    ("  two \t spaces\u00a0\u2009and\u3000more \n", None, "two spaces and more"),
    ("rock 'n' roll", None, "rock n roll"),
    ("the players' ball", None, "the players ball"),
    ("'quoted'", None, "quoted"),
    ("O’Neill", None, "o'neill"),
    ("O`Neill O´Neill Oʼ‌Neill O＇Neill O′Neill", None, "o'neill " * 4 + "o'neill"),
    ("don''t", None, "don t"),
    ("wait—what – no−no-no_no", None, "wait what no no no no"),
    ("one,two a/b end.Next wait…what", None, "one two a b end next wait what"),
    ("the U.S. of A.", None, "the u s of a"),
    ("R&D, 20 %".replace("20 ", ""), None, "r d"),
    ("I ❤️ you 👩‍👩‍👧 🇩🇪 #️⃣", None, "i you"),
    ("a\u00adb\ufeffc\u200ed\u2060e", None, "abcde"),
    ("zero\u200bwidth", None, "zero width"),
    ("“Quoted” «guillemets» „unten“", None, "quoted guillemets unten"),
    ("L’été à Noël, cœur", "fr", "l'été à noël cœur"),
    ("Straße GROẞ", "de", "straße groß"),
    ("¿Qué? ¡Ñandú!", "es", "qué ñandú"),
    ("Perché l’università è chiusa", "it", "perché l'università è chiusa"),
    ("Mae’r tŷ’n ŵyl i’r plant", "cy", "mae'r tŷ'n ŵyl i'r plant"),
    ("Zażółć gęślą JAŹŃ", "pl", "zażółć gęślą jaźń"),
    ("Ёлка — ЩЁТКА", "ru", "ёлка щётка"),
    ("п’ять", "uk", "п'ять"),
    ("IŞIK İzmir", "tr", "ışık izmir"),
    ("IŞIK İzmir", "tr-TR", "ışık izmir"),
    ("İstanbul'da", "TR_tr", "istanbul'da"),
    ("QIZIL İSTİ", "az", "qızıl isti"),
    ("İ", None, "i̇"),
    ("Oʻzbekiston", "uz", "oʻzbekiston"),
    ("ΟΔΥΣΣΕΥΣ, ΣΑΣ· Σ", "el", "οδυσσευς σας σ"),
    ("ΟΔΟΣ·ΑΒ", "el", "οδος αβ"),
    ("col·legi", "ca", "col·legi"),
    ("Col·legi·", "ca-ES", "col·legi"),
    ("约翰·史密斯", "zh-CN", "约翰 史密斯"),
    ("你好，世界。", "zh-CN", "你好 世界"),
    ("「すごい！」ラーメン・カー", "ja", "すごい ラーメン カー"),
    ("안녕하세요, 세계!", "ko", "안녕하세요 세계"),
    ("\u1112\u1161\u11ab\u1100\u1173\u11af", "ko", "한글"),
    ("สวัสดีครับ ผมชื่อน้ำ", "th", "สวัสดีครับ ผมชื่อน้ำ"),
    ("नमस्ते, दुनिया।", "hi", "नमस्ते दुनिया"),
    ("র\u200d্যাব", "bn", "র\u200d্যাব"),
    ("می\u200cخواهم، \u200cکتاب", "fa", "می\u200cخواهم کتاب"),
    ("السَّلامُ عَلَيْكُم؟", "ar", "السَّلامُ عَلَيْكُم"),
    ('צה״ל צה"ל ג׳ירפה', "he", "צהל צהל ג'ירפה"),
    ("ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝ", "ka", "საქართველო"),
    ("e\u0301te\u0301 Z\u030c", None, "été ž"),
    ("ﬁn Ａ", None, "ﬁn ａ"),
    ("a.\u0308 \u0301b", None, "a b"),
    ("\u212a\u2126\u212b", None, "kωå"),
    ("Ǆ ǅ", None, "ǆ ǆ"),
    ("ceşti, ţară", "ro", "cești țară"),
    ("ŢARĂ", None, "ţară"),
    ("Taγect σli Ğği", "kab-DZ", "taɣect ɛli ǧǧi"),
    ("ѳмүр", "ky", "өмүр"),
    ("كتابي", "fa", "کتابی"),
    ("كتابي", "ar", "كتابي"),
    ("كـــَتاب", "ar", "كَتاب"),
    ("Ăслă çын", "cv", "ӑслӑ ҫын"),
    ("line\u2028feed\x85next\x00nul", None, "line feed next nul"),
]


@pytest.mark.parametrize(("given_text", "locale", "expected"), UNICODE_CASES)
def test_unicode_rules(given_text: str, locale: str | None, expected: str) -> None:
    assert normalise(given_text, locale=locale) == Normalised(expected, None)
    assert normalise_reference(given_text, locale=locale) == (expected, None)


@pytest.mark.parametrize("digit", ["3,5", "٣", "３", "Ⅷ", "½", "m²", "①", "〇", "५", "E5"])
def test_any_number_rejects(digit: str) -> None:
    assert normalise(f"a {digit} b") == Normalised("", "digits")
    assert normalise(digit, locale="tr") == Normalised("", "digits")


@pytest.mark.parametrize("nothing", ["", " ", "—", "...", "❤️", "\ufeff", "''", "\u0301", "\u3164"])
def test_nothing_left_is_empty(nothing: str) -> None:
    assert normalise(nothing) == Normalised("", "empty")


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("Well-known, isn't it?", ("well known isn't it", None)),
        ("one,two", ("onetwo", None)),
        ("a , b", ("a  b", None)),
        ("a -- b__c", ("a b c", None)),
        ("Don’t — “stop” ½ ٣", ("don’t — “stop” ½ ٣", None)),
        ("\u00a0İ\u3000", ("i̇", None)),
        ("ΣΑΣ", ("σας", None)),
        ("e\u0301", ("e\u0301", None)),
        ("room 5 (five)", ("", "digits")),
        ("a & b", ("", "symbols")),
        ("[noise]", ("", "symbols")),
        ("a > b } c) d", ("a > b } c) d", None)),
        ("?!", ("", "empty")),
        (" - ", ("", "empty")),
    ],
)
def test_deepspeech_rules(given_text: str, expected: tuple[str, str | None]) -> None:
    assert normalise(given_text, "deepspeech", "tr") == expected
    assert normalise_reference(given_text, "deepspeech") == expected


def test_no_rules() -> None:
    assert normalise("\x1c Ab, 3!\u2003", "none") == Normalised("Ab, 3!", None)
    assert normalise("e\u0301", "none").text == "e\u0301"
    assert normalise(" \n", "none") == Normalised("", "empty")


def test_unknown_rules_are_named() -> None:
    with pytest.raises(ValueError, match='no text rules "loose"; there are unicode, deepspeech'):
        normalise("a", "loose")
    for rules in text.RULES:
        assert normalise("a", rules) == Normalised("a", None)


@pytest.mark.parametrize("rules", text.RULES)
def test_a_lone_surrogate_is_an_error_with_its_position(rules: str) -> None:
    with pytest.raises(ValueError, match=r"'\\ud800' in position 2"):
        normalise("ab\ud800", rules)
    with pytest.raises(ValueError, match=r"'\\udfff' in position 0"):
        normalise_many(["fine", "\udfff"], rules)


def test_many_are_as_single_ones_in_order() -> None:
    texts = [f"{'ab'[i % 2]}É{'' if i % 5 else '7'}, {chr(0x430 + i % 32)}" for i in range(20_001)]
    expected = [normalise(t) for t in texts]
    for threads in (1, 2, 7):
        assert normalise_many(texts, threads=threads) == expected
    assert normalise_many([], threads=3) == []
    assert isinstance(normalise_many(["a"])[0], Normalised)
    with pytest.raises(ValueError, match="threads must be at least 1"):
        normalise_many(["a"], threads=0)
    with pytest.raises(TypeError):
        normalise_many([b"a"])  # type: ignore[list-item]


def is_known(given_text: str) -> bool:
    """Whether the tables and the running Python both have all its characters."""
    categories = {unicodedata.category(char) for char in given_text}
    return not categories & {"Cn", "Cs"} and _native.is_assigned(given_text + given_text.lower())


def known_characters() -> list[str]:
    return [char for char in map(chr, range(0x110000)) if is_known(char)]


@pytest.mark.slow
def test_every_character_alone_and_among_letters_is_as_in_the_reference() -> None:
    known = known_characters()
    assert len(known) > 280_000
    texts = [t for char in known for t in (char, f"a{char}B", f"Σ{char}Σ{char}")]
    for locale in (None, "tr", "ca"):
        expected = [normalise_reference(t, locale=locale) for t in texts]
        assert [tuple(r) for r in normalise_many(texts, locale=locale)] == expected


@pytest.mark.slow
def test_nfc_and_lower_case_of_every_character_are_pythons() -> None:
    for char in known_characters():
        for t in (char, unicodedata.normalize("NFD", char), f"a{char}", f"{char}\u0323\u0307"):
            assert _native.nfc(t) == unicodedata.normalize("NFC", t), ascii(t)
        assert _native.lower_case(char) == char.lower()
        assert _native.fold_case(char) == char.casefold()


def test_languages_with_rules_of_their_own_are_told() -> None:
    said = ["tr-TR", "AZ", "ca", "oc", "ro", "fa_IR", "cv", "en", "lt", "zh-CN", "", None]
    told = ["tr", "az", "ca", "oc", "ro", "fa", "cv", "", "", "", "", ""]
    assert list(map(text.special_language, said)) == told


def test_letters_of_a_later_unicode_are_not_lost() -> None:
    later = next(chr(c) for c in range(0x323B0, 0x110000) if not _native.is_assigned(chr(c)))
    assert normalise(f"a{later}!") == Normalised(f"a{later}", None)
    assert normalise("a\U0001faff\ufdd0\U0001ffff.") == Normalised("a", None)


# Characters with a part to play: more of them in one short text than chance would bring.
ACTORS = "aAIİıΣσ'’`\"״·,.- \u00ad\u200b\u200c\u200d\ufe0f\u034f\u0301\u0307\u0323\u05b8"
ACTORS += "ـيكşţγσεğ"
ACTORS += "צהל한\u1100\u1161\u11a8กำनि\u0345\u0f71\u0f72"
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KNOWN_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cn"])).filter(is_known)
LIVELY_TEXT = st.text(st.sampled_from(ACTORS), max_size=12)
LOCALES = st.sampled_from([None, "tr", "ca", "el", "kab", "fa", "ro"])


@settings(max_examples=1000, deadline=None)
@given(KNOWN_TEXT | LIVELY_TEXT, st.sampled_from(text.RULES), LOCALES)
@example("a\u200d\u200d\u0301'\u200cb", "unicode", None)
def test_equals_the_reference(given_text: str, rules: str, locale: str | None) -> None:
    expected = normalise_reference(given_text, rules, locale)
    assert tuple(normalise(given_text, rules, locale)) == expected


@settings(max_examples=1000, deadline=None)
@given(ANY_TEXT | LIVELY_TEXT, LOCALES)
def test_idempotent(given_text: str, locale: str | None) -> None:
    for rules in ("unicode", "none"):
        once = normalise(given_text, rules, locale)
        if once.problem is None:
            assert normalise(once.text, rules, locale) == once


@settings(max_examples=1000, deadline=None)
@given(KNOWN_TEXT | LIVELY_TEXT)
def test_nfc_and_lower_case_are_pythons(given_text: str) -> None:
    assert _native.nfc(given_text) == unicodedata.normalize("NFC", given_text)
    assert _native.lower_case(given_text) == given_text.lower()
    assert _native.fold_case(given_text) == given_text.casefold()


def real_sentences(root: Path) -> Iterator[tuple[str, list[str]]]:
    for path in sorted((root / "text" / "common_voice_sentences").glob("*.txt")):
        yield path.stem, path.read_text(encoding="utf-8").split("\n")
    for path in sorted((root / "common_voice_tsv_only").glob("*.tsv")):
        yield path.name[:2].replace("ar", "en"), path.read_text(encoding="utf-8").split("\n")


@pytest.mark.parametrize("most", [500, pytest.param(None, marks=pytest.mark.slow)])
def test_real_sentences_equal_the_reference(test_data: Path, most: int | None) -> None:
    languages = set()
    for locale, sentences in real_sentences(test_data):
        languages.add(locale)
        for rules in text.RULES:
            expected = [normalise_reference(s, rules, locale) for s in sentences[:most]]
            assert [tuple(r) for r in normalise_many(sentences[:most], rules, locale)] == expected
    assert languages >= {"en", "de", "fr", "es", "pl", "cy", "tr", "it", "zh-CN", "ru", "th"}
