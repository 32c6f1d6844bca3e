"""The speakers: each has one espeak-ng voice to itself, and tells something about itself or not.

A voice is an accent, a variant of the vocal tract, a pitch and a pace. No pair of accent and
variant occurs twice, so the voices of dev and test are new to whoever learned from train.
"""

import hashlib
import random
from dataclasses import dataclass

ACCENTS = {
    "en": "England English",
    "en-us": "United States English",
    "en-us-nyc": "United States English,New York City",
    "en-gb-scotland": "Scottish English",
    "en-gb-x-rp": "England English,Received Pronunciation",
    "en-gb-x-gbclan": "Lancashire English,England English",
    "en-gb-x-gbcwmd": "West Midlands English",
    "en-029": "West Indies and Bermuda (Bahamas, Bermuda, Jamaica, Trinidad)",
}
AGES = ("teens", "twenties", "twenties", "thirties", "fourties", "fifties", "sixties")
GENDERS = {"f": "female_feminine", "m": "male_masculine"}

# group: gender accent+variant pitch(0..99) pace(words a minute), separated by commas.
# The pitches of a gender are spread, so that voices differ within an accent, too.
_PANEL = {
    "train": """
        m en-us+m1 38 172, m en-us+m3 50 180, m en-us+m7 44 166, m en-us+max 52 176,
        m en-us+klatt 46 170, f en-us+f1 54 174, f en-us+f2 48 182, f en-us+f4 60 168,
        m en-us+john 40 178, f en-us+linda 50 176, m en+m2 42 174, m en+m3 36 168, m en+m4 50 178,
        m en+m8 46 172, f en+f1 44 170, f en+f3 52 180, m en+paul 42 176, f en+steph 50 172,
        m en-gb-x-rp+m1 48 170, m en-gb-x-rp+m6 54 176, f en-gb-x-rp+f2 56 174,
        f en-gb-x-rp+f4 46 166, m en-gb-scotland+m3 46 174, m en-gb-scotland+m7 54 180,
        f en-gb-scotland+f1 50 170, m en-us-nyc+m2 46 176, f en-us-nyc+f3 54 172,
        m en-gb-x-gbclan+m4 44 172, f en-gb-x-gbclan+f2 52 178, m en-gb-x-gbcwmd+m1 52 170,
        m en-029+m3 40 176, f en-029+f4 50 172
    """,
    "dev": """
        m en-us+m6 44 174, f en-us+f3 56 170, m en+m7 52 178, f en+f4 40 172,
        m en-gb-scotland+m2 48 168, f en-us-nyc+f1 46 180
    """,
    "test": """
        m en-us+m2 54 176, f en-us+belinda 46 172, m en-us+m4 36 170, m en+m1 46 180,
        f en+f2 58 168, m en-gb-x-rp+m3 40 174, f en-gb-x-rp+f1 50 178, m en-us-nyc+m7 50 172
    """,
    "newcomer": """
        m en-gb-x-gbclan+m1 50 176, f en-gb-x-gbcwmd+f2 48 170, m en-029+m7 46 178
    """,
}


@dataclass(frozen=True)
class Speaker:
    """One volunteer. `client_id` is 128 hex digits; `age`, `gender`, `accents` may be empty."""

    client_id: str
    group: str
    voice: str
    pitch: int
    pace: int
    age: str
    gender: str
    accents: str


def panel(seed: int) -> list[Speaker]:
    """All speakers, in a fixed order."""
    rng = random.Random(seed)
    return [
        _speaker(seed, group, entry.split(), rng)
        for group, entries in _PANEL.items()
        for entry in entries.split(",")
    ]


def _speaker(seed: int, group: str, entry: list[str], rng: random.Random) -> Speaker:
    gender, voice, pitch, pace = entry
    # About a third of Common Voice's volunteers tell nothing about themselves.
    tells = rng.random() < 0.7
    return Speaker(
        client_id=hashlib.sha512(f"{seed} {voice}".encode()).hexdigest(),
        group=group,
        voice=voice,
        pitch=int(pitch),
        pace=int(pace),
        age=rng.choice(AGES) if tells else "",
        gender=GENDERS[gender] if tells else "",
        accents=ACCENTS[voice.split("+")[0]] if rng.random() < 0.6 else "",
    )
