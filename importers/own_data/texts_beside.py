"""Texts beside audio: ``a/b.wav`` and ``a/b.txt`` (or ``.lab``), one text a recording."""

import posixpath
import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterator
from pathlib import Path

from importers.corpus import Audio, Utterance
from importers.errors import FormatError
from importers.own_data.recordings import TEXT_SUFFIXES, Recordings, plain_key, preferred
from importers.own_data.rows import Told
from importers.own_data.text_files import decoded_lines
from importers.report import Reason, Reject

_Pairs = tuple[list[str], list[str]]


def texts_beside(
    root: Path, recordings: Recordings, claimed: Container[str], told: Told
) -> Iterator[Utterance | Reject]:
    """Every recording that is not ``claimed`` by a table, with the text beside it.

    Recordings without a text and texts without a recording are rejects; so is what is there twice:
    of formats the one without loss is taken, of texts the ``.txt``. Raises UsageError for an
    encoding that there is not.
    """
    for audio, texts in _pairs(recordings):
        if any(path in claimed for path in audio):
            continue
        if not texts:
            for path in audio:
                yield no_text(recordings, path, "no .txt or .lab beside it")
        elif not audio:
            for text in texts:
                detail = f"{text}: no audio of this name beside it"
                yield Reject(plain_key(text), Reason.MISSING_AUDIO, detail)
        else:
            yield _utterance(root, recordings.key(audio[0]), audio[0], texts[0], told)
            for path in audio[1:]:
                yield _second(recordings.key(path), path, audio[0])
            for text in texts[1:]:
                yield _second(plain_key(text), text, texts[0])


def any_text_beside(recordings: Recordings) -> bool:
    """Whether any recording has a text beside it."""
    return any(audio and texts for audio, texts in _pairs(recordings))


def no_text(recordings: Recordings, path: str, detail: str) -> Reject:
    """A recording that nobody says the words of."""
    return Reject(recordings.key(path), Reason.NO_TRANSCRIPT, f"{path}: {detail}")


def _second(key: str, path: str, taken: str) -> Reject:
    return Reject(key, Reason.DUPLICATE, f"{path}: {taken} is taken")


def _pairs(recordings: Recordings) -> Iterator[_Pairs]:
    """All audio and all texts of one stem, those first that are to be taken."""
    pairs: dict[str, _Pairs] = defaultdict(lambda: ([], []))
    for path in recordings.audio:
        pairs[_stem(path)][0].append(path)
    for path in recordings.files:
        if _suffix(path) in TEXT_SUFFIXES:
            pairs[_stem(path)][1].append(path)
    for audio, texts in pairs.values():
        yield list(preferred(audio)), sorted(texts, key=lambda text: _rank(text))


def _rank(text: str) -> tuple[int, str]:
    return TEXT_SUFFIXES.index(_suffix(text)), text


def _stem(path: str) -> str:
    return unicodedata.normalize("NFC", posixpath.splitext(path)[0])


def _suffix(path: str) -> str:
    return posixpath.splitext(path)[1].lower()


def _utterance(root: Path, key: str, audio: str, text: str, told: Told) -> Utterance | Reject:
    try:
        lines = [line.strip() for _, line in decoded_lines(root / text, told.encoding)]
    except FormatError as error:
        # Not the path as it is on this machine: a folder and an archive give the same rejects.
        return Reject(key, Reason.BAD_ROW, str(error).removeprefix(f"{root}/"))
    except OSError as error:
        return Reject(key, Reason.UNREADABLE, f"{text}: {error.strerror}")
    return Utterance(
        key=key,
        audio=Audio(audio),
        text=" ".join(filter(None, lines)),
        speaker=told.speaker_of(audio),
        locale=told.locale,
    )
