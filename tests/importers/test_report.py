"""The report: sums that close, words for every reason, exact text and JSON."""

import json

from importers.report import ConversionSpeed, ImportReport, Reason, SetReport


def report() -> ImportReport:
    made = ImportReport("Common Voice", "cv.tar.gz")
    made.rejects.update({Reason.NOT_AUDIO: 1, Reason.DIGITS: 1200})
    made.sets = {
        "cv-valid-train": SetReport(clips=2000, seconds=7200.0, speakers=10),
        "cv-invalid": SetReport(clips=1, seconds=1.5, speakers=1),
    }
    made.speakers = 11
    made.published_seconds = 9000.0
    made.speed = ConversionSpeed(clips=3000, audio_seconds=5400.0, seconds=12.0)
    made.notes = ["split: the corpus's own"]
    return made


def test_the_sum_closes() -> None:
    made = report()
    assert (made.read, made.imported, made.rejected) == (3202, 2001, 1201)


def test_every_reason_has_a_sentence() -> None:
    assert all(reason.sentence and reason.sentence[0].islower() for reason in Reason)


def test_text() -> None:
    assert report().to_text() == (
        "Common Voice from cv.tar.gz\n"
        "read 3,202 clips (2.50 h): imported 2,001 (2.00 h), rejected 1,201; speakers: 11\n"
        "3,000 clips (1.50 h) converted in 12.0 s: 250 clips a second, 450 times as fast as they "
        "play\n"
        "\n"
        "rejected, listed in rejects.csv\n"
        "  digits              1,200  the sentence holds a digit: how it was read aloud is "
        "unknown\n"
        "  not_audio               1  the file is something else than audio (a web page, say)\n"
        "\n"
        "set                          clips     hours  speakers\n"
        "  cv-valid-train.csv         2,000      2.00        10\n"
        "  cv-invalid.csv                 1      0.00         1\n"
        "\n"
        "split: the corpus's own\n"
    )


def test_json() -> None:
    assert json.loads(report().to_json()) == {
        "corpus": "Common Voice",
        "source": "cv.tar.gz",
        "read": 3202,
        "imported": 2001,
        "rejected": 1201,
        "seconds": 7201.5,
        "published_seconds": 9000.0,
        "speakers": 11,
        "rejects": {"digits": 1200, "not_audio": 1},
        "sets": {
            "cv-valid-train": {"clips": 2000, "seconds": 7200.0, "speakers": 10},
            "cv-invalid": {"clips": 1, "seconds": 1.5, "speakers": 1},
        },
        "notes": ["split: the corpus's own"],
    }
