"""README.md of a release: what is in it, for who finds the archive years from now."""

from collections.abc import Iterable, Mapping

from validation_app.release.anonymity import MIN_SPEAKERS
from validation_app.release.layout import TABLES
from validation_app.release.names import ReleaseName
from validation_app.release.tally import Tally

_MEANING = {
    "validated.tsv": "two votes or more, most of them yes",
    "invalidated.tsv": "two votes or more, most of them no, or a tie of four votes or more",
    "other.tsv": "not decided yet",
    "train.tsv": "of the validated clips, to learn from",
    "dev.tsv": "of the validated clips, to choose settings by",
    "test.tsv": "of the validated clips, to measure on",
}


def datasheet(name: ReleaseName, tally: Tally, licence: str, speakers: int) -> str:
    """The text, in Markdown; ``speakers`` is how many the whole corpus has."""
    parts = [
        f"# {name}: read speech in the language {name.locale}",
        _summary(name, tally),
        f"Licence: {licence}" if licence else "Licence: ask who gave you this archive.",
        "## Clips",
        _clip_table(tally),
        _about_tables(is_delta=name.is_delta),
        "## Speakers",
        *_about_speakers(tally, speakers),
        "## Other tables",
        _OTHERS,
    ]
    return "\n\n".join(parts) + "\n"


def _summary(name: ReleaseName, tally: Tally) -> str:
    tables = tuple(TABLES.values())
    new = " that the releases before it do not have" if name.is_delta else ""
    return (
        f"{tally.total(*tables):,} clips{new}, {tally.hours(*tables):.2f} hours, of "
        f"{len(tally.speakers):,} speakers; {tally.hours('validated.tsv'):.2f} hours are "
        "validated. Volunteers read sentences aloud, and others listened and voted on whether a "
        f"clip says its sentence. The layout is that of Common Voice. {_excluded(tally)}"
    )


def _excluded(tally: Tally) -> str:
    if not tally.excluded:
        return "No clip was left out."
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(tally.excluded.items()))
    return f"{tally.excluded.total():,} clips were left out ({reasons})."


def _clip_table(tally: Tally) -> str:
    rows = ["| table | clips | hours | |", "|---|---:|---:|---|"]
    for table, meaning in _MEANING.items():
        if table in tally.clips:
            hours = tally.hours(table)
            rows.append(f"| {table} | {tally.clips[table]:,} | {hours:.2f} | {meaning} |")
    return "\n".join(rows)


def _about_tables(*, is_delta: bool) -> str:
    splits = (
        "A delta has no train, dev and test."
        if is_delta
        else "Train, dev and test are made by the rule of Common Voice's CorporaCreator 1.5: each "
        "sentence is in one of them, once; no speaker is in two of them."
    )
    return (
        "Tables are UTF-8, their columns parted by tabs and never quoted; white space within a "
        f"cell is a space. Votes are as they were cast. {splits}"
    )


def _about_speakers(tally: Tally, speakers: int) -> Iterable[str]:
    yield (
        "`client_id` is a keyed hash, the same for a speaker in every release; nothing leads from "
        "it to a person. It is empty where a clip came with a corpus that does not name its "
        "speaker."
    )
    if speakers < MIN_SPEAKERS:
        yield (
            f"Of fewer than {MIN_SPEAKERS} speakers neither age nor gender nor accents are told."
        )
    else:
        yield "Age, gender and accents are as speakers have told them, of those who did."
        yield f"Clips by age: {_shares(tally.ages)}"
        yield f"Clips by gender: {_shares(tally.genders)}"


def _shares(clips: Mapping[str, int]) -> str:
    total = sum(clips.values())
    if not total:
        return "there are none."
    ranked = sorted(clips.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name or 'not told'} {count / total:.0%}" for name, count in ranked) + "."


_OTHERS = """\
- clip_durations.tsv: the length of every clip in milliseconds
- validated_sentences.tsv: the sentences that were given to people to read
- unvalidated_sentences.tsv: proposed sentences that nobody has decided on; there are none
- reported.tsv: sentences in which somebody found something wrong, and what"""
