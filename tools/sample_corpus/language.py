"""The command language of the sample: some 40 words, several hundred commands.

No word sounds like another ("to" is in it, so "two" is not), and every word occurs in several
patterns, so that a small model can learn each from a few dozen readings.
"""

import itertools
import math
import random
import re
from collections import Counter
from collections.abc import Iterable

SLOTS = {
    "ROOM": ("kitchen", "bedroom", "garden"),
    "COLOUR": ("red", "green", "blue"),
    "NUMBER": ("one", "three", "five", "six", "seven", "ten"),
    "SIDE": ("left", "right"),
    "SWITCH": ("on", "off"),
    "MOVE": ("open", "close"),
    "WAY": ("door", "window"),
    "WHICH": ("next", "last"),
    "WHEN": ("now", "please"),
}
PATTERNS = (
    "turn SWITCH the ROOM light",
    "turn SWITCH the ROOM light WHEN",
    "turn the ROOM light SWITCH",
    "turn the COLOUR light SWITCH WHEN",
    "turn SWITCH light NUMBER",
    "turn SWITCH the COLOUR light WHEN",
    "please turn SWITCH light NUMBER now",
    "make the ROOM light COLOUR",
    "make light NUMBER COLOUR",
    "please make the ROOM light COLOUR now",
    "MOVE the ROOM WAY",
    "MOVE the ROOM WAY WHEN",
    "MOVE the COLOUR WAY in the ROOM",
    "MOVE WAY NUMBER WHEN",
    "play the WHICH song",
    "play song NUMBER WHEN",
    "play the WHICH song in the ROOM",
    "play music in the ROOM WHEN",
    "stop the music in the ROOM",
    "stop the music WHEN",
    "stop the alarm in the ROOM",
    "stop the music in NUMBER minutes",
    "set the alarm to NUMBER",
    "set the ROOM alarm to NUMBER",
    "set the alarm to NUMBER minutes WHEN",
    "robot go SIDE and stop",
    "robot go SIDE WHEN",
    "let's go SIDE in NUMBER minutes",
    "robot go to the ROOM WAY",
    "robot turn SIDE and MOVE the WAY",
    "robot turn SIDE in NUMBER minutes",
    "turn SWITCH the light in NUMBER minutes",
    "turn light NUMBER SWITCH WHEN",
    "set light NUMBER to COLOUR",
    "set the ROOM light to COLOUR WHEN",
    "the COLOUR light is SWITCH now",
    "MOVE WAY NUMBER in the ROOM",
    "the ROOM WAY is open",
    "play song NUMBER in the ROOM",
    "play song NUMBER and song NUMBER",
    "stop the music and play song NUMBER",
    "please stop the ROOM alarm now",
    "please set the ROOM alarm to NUMBER",
    "please play the WHICH song now",
    "robot play the WHICH song",
    "robot MOVE the ROOM WAY now",
    "robot go to WAY NUMBER WHEN",
    "robot turn SWITCH light NUMBER",
    "let's turn SWITCH the ROOM light",
    "let's MOVE WAY NUMBER WHEN",
    "let's stop in NUMBER minutes",
    "let's go to the ROOM",
    "let's play song NUMBER",
    "let's MOVE the COLOUR WAY now",
    "let's make the ROOM light COLOUR",
    "stop the WHICH song WHEN",
    "let's play the WHICH song WHEN",
    "MOVE the WHICH WAY in the ROOM",
    "what is in the ROOM now",
    "what is the WHICH song",
    "what is the WHICH song in the ROOM",
    "what is song NUMBER please",
    "what is on the SIDE",
    "what is on the SIDE in the ROOM",
    "what light is SWITCH in the ROOM",
    "what WAY is open now",
    "is the ROOM WAY open",
    "is the COLOUR light SWITCH",
    "is the music SWITCH in the ROOM",
    "is the WHICH song NUMBER",
)
QUESTIONS = ("what ", "is ")


def all_commands() -> list[str]:
    """Every command of the language, in lower case without punctuation, in a fixed order."""
    return sorted({command for pattern in PATTERNS for command in _fill(pattern)})


def _fill(pattern: str) -> Iterable[str]:
    choices = [SLOTS.get(word, (word,)) for word in pattern.split()]
    return (" ".join(words) for words in itertools.product(*choices))


def vocabulary() -> list[str]:
    return sorted({word for command in all_commands() for word in command.split()})


def take_balanced(pool: list[str], count: int, rng: random.Random) -> list[str]:
    """Move `count` commands from `pool` into a list in which no word is rare.

    Each time the command with the least familiar word is taken; chance breaks ties. A word's
    share grows with the root of its commands in the pool: frequent words stay frequent, but do
    not crowd out the others, and rare ones are not used up by the first list.
    """
    rng.shuffle(pool)
    offered = Counter(word for command in pool for word in command.split())
    seen: Counter[str] = Counter()
    taken: list[str] = []
    for _ in range(count):
        best = min(pool, key=lambda command: _familiarity(command, seen, offered))
        pool.remove(best)
        seen.update(best.split())
        taken.append(best)
    return taken


def _familiarity(command: str, seen: Counter[str], offered: Counter[str]) -> float:
    # The least familiar word decides: a mean would let "the" outweigh it.
    shares = [seen[word] / math.sqrt(offered[word]) for word in command.split()]
    return min(shares) + 0.1 * sum(shares) / len(shares)


def write_down(command: str, rng: random.Random) -> str:
    """The command as a person writes it: capitals, commas, question marks, curly apostrophes."""
    text = re.sub(r"^robot ", "robot, ", command)
    if rng.random() < 0.5:
        text = re.sub(r" please$", ", please", text)
    if rng.random() < 0.6:
        text = text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
    style = rng.random()
    if style < 0.1:
        return text
    mark = "?" if command.startswith(QUESTIONS) else "." if style < 0.8 else ""
    return text[0].upper() + text[1:] + mark


def spoken(command: str) -> str:
    """The text for the synthesiser: the pauses of commas and the rise of a question, no more."""
    text = re.sub(r"^robot ", "robot, ", command)
    return text + ("?" if command.startswith(QUESTIONS) else ".")
