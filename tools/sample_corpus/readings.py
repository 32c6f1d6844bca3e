"""Who reads what, with which votes, into which tables of the release; and what goes wrong."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle

from tools.sample_corpus.language import SLOTS, all_commands, take_balanced, write_down
from tools.sample_corpus.voices import Speaker, panel

SPLIT_SIZES = {"test": 78, "dev": 52, "train": 390}
VALIDATED_ONLY = {"train": 12, "dev": 4, "test": 4}  # by the split their sentence is in
OTHER, INVALIDATED = 32, 20
VOTES = {
    "validated": [(2, 0)] * 14 + [(2, 1)] * 3 + [(3, 0)] * 2 + [(3, 1), (3, 2), (4, 1)],
    "invalidated": [(0, 2), (1, 2), (2, 2), (0, 3), (3, 3), (1, 3)],
    "other": [(0, 0), (1, 0), (0, 1), (1, 1)],
}
FAULTS = ("wrong_sentence", "wrong_sentence", "cut_off", "silent", "noisy")
# What happens to how many clips of which table. Nothing to test: its word errors stay a model's.
DAMAGES = {
    "train": ["zero_bytes", "html", "truncated", "missing", "stereo", "digits"],
    "dev": ["zero_bytes"],
    "other": ["zero_bytes", "truncated", "missing"],
    "invalidated": ["digits"],
}
DIGITS = dict(zip(SLOTS["NUMBER"], ("1", "3", "5", "6", "7", "10"), strict=True))


@dataclass(frozen=True)
class Reading:
    """One row of the tables: `command` is what was said, `sentence` what was to be read.

    `tables` names the TSVs that list it. `fault` is what the speaker did wrong, `damage` what
    happened to the file or its text afterwards; both are mostly empty.
    """

    clip: int
    speaker: Speaker
    command: str
    sentence: str
    up_votes: int
    down_votes: int
    tables: tuple[str, ...]
    fault: str = ""
    damage: str = ""

    @property
    def path(self) -> str:
        return f"common_voice_en_{self.clip}.mp3"


@dataclass(frozen=True)
class Plan:
    """All readings in the order of their clip numbers, and the commands that nobody read."""

    readings: list[Reading]
    unread: list[str]


def draw_up(seed: int) -> Plan:
    """The plan of the release; the same for the same seed."""
    rng = random.Random(seed)
    speakers = panel(seed)
    pool = all_commands()
    spelling = {command: write_down(command, rng) for command in pool}
    sets = {split: take_balanced(pool, count, rng) for split, count in SPLIT_SIZES.items()}
    _set_traps(spelling, sets)
    readings = list(_splits(sets, spelling, speakers, rng))
    readings += [
        *_validated_only(readings, _group(speakers, "train"), rng),
        *_other(sets["train"] + pool[:10], spelling, speakers, rng),
        *_invalidated(sets["train"], spelling, speakers, rng),
    ]
    readings = _numbered(_damaged(readings, rng), rng)
    return Plan(readings, unread=pool[10:])


def _set_traps(spelling: dict[str, str], sets: dict[str, list[str]]) -> None:
    """Spellings that trip careless readers: a lone quote, a separator that ends no line."""
    for split, count in (("train", 3), ("test", 1)):
        for command in sets[split][:count]:
            spelling[command] = '"' + spelling[command]
    for command in sets["train"][3:5]:
        first, rest = spelling[command].rsplit(" ", 1)
        spelling[command] = f"{first} \N{LINE SEPARATOR}{rest}"


def _reading(
    speaker: Speaker, command: str, sentence: str, votes: tuple[int, int], *tables: str
) -> Reading:
    return Reading(0, speaker, command, sentence, *votes, tables=tables)


def _splits(
    sets: dict[str, list[str]],
    spelling: dict[str, str],
    speakers: list[Speaker],
    rng: random.Random,
) -> Iterator[Reading]:
    for split, commands in sets.items():
        group = _group(speakers, split)
        shares = [rng.uniform(0.5, 2) for _ in group]
        # Everybody reads four at least; then some read more than others.
        rest = rng.choices(group, shares, k=len(commands) - 4 * len(group))
        for command, speaker in zip(commands, group * 4 + rest, strict=True):
            votes = rng.choice(VOTES["validated"])
            yield _reading(speaker, command, spelling[command], votes, "validated", split)


def _validated_only(
    readings: list[Reading], speakers: list[Speaker], rng: random.Random
) -> Iterator[Reading]:
    """Sentences of the splits, read once more by somebody else: valid, but in no split."""
    for split, count in VALIDATED_ONLY.items():
        for first in rng.sample([r for r in readings if split in r.tables], count):
            speaker = rng.choice([s for s in speakers if s != first.speaker])
            votes = rng.choice(VOTES["validated"])
            yield _reading(speaker, first.command, first.sentence, votes, "validated")


def _other(
    commands: list[str], spelling: dict[str, str], speakers: list[Speaker], rng: random.Random
) -> Iterator[Reading]:
    readers = _group(speakers, "train") + 6 * _group(speakers, "newcomer")
    for command, votes in zip(commands[-OTHER:], cycle(VOTES["other"]), strict=False):
        yield _reading(rng.choice(readers), command, spelling[command], votes, "other")


def _invalidated(
    commands: list[str], spelling: dict[str, str], speakers: list[Speaker], rng: random.Random
) -> Iterator[Reading]:
    chosen = zip(rng.sample(commands, INVALIDATED), cycle(VOTES["invalidated"]), strict=False)
    for (command, votes), fault in zip(chosen, cycle(FAULTS), strict=False):
        said = rng.choice(commands) if fault == "wrong_sentence" else command
        speaker = rng.choice(_group(speakers, "train"))
        reading = _reading(speaker, said, spelling[command], votes, "invalidated")
        yield replace(reading, fault=fault)


def _group(speakers: list[Speaker], name: str) -> list[Speaker]:
    return [speaker for speaker in speakers if speaker.group == name]


def _damaged(readings: list[Reading], rng: random.Random) -> list[Reading]:
    """The readings, with each damage of DAMAGES done to one of its table."""
    result = list(readings)
    for table, damages in DAMAGES.items():
        candidates = [i for i, reading in enumerate(result) if reading.tables[-1] == table]
        for damage in damages:
            suits = [i for i in candidates if _can_suffer(result[i], damage)]
            chosen = rng.choice(suits)
            result[chosen] = _with_damage(result[chosen], damage)
    return result


def _can_suffer(reading: Reading, damage: str) -> bool:
    if reading.damage or reading.sentence.startswith('"') or "\u2028" in reading.sentence:
        return False
    if damage != "digits":
        return True
    # Since 2019 Common Voice votes a sentence with a digit down by itself: 0-2.
    fits = "invalidated" not in reading.tables or reading.down_votes - reading.up_votes == 2
    return fits and any(f" {word}" in reading.sentence for word in DIGITS)


def _with_damage(reading: Reading, damage: str) -> Reading:
    sentence = reading.sentence
    if damage == "digits":
        for word, digit in DIGITS.items():
            sentence = sentence.replace(f" {word}", f" {digit}")
    return replace(reading, damage=damage, sentence=sentence)


def _numbered(readings: list[Reading], rng: random.Random) -> list[Reading]:
    """The readings shuffled, with rising clip numbers and gaps between them."""
    rng.shuffle(readings)
    number = 43_000_000
    result = []
    for reading in readings:
        number += rng.randint(1, 40)
        result.append(replace(reading, clip=number))
    return result
