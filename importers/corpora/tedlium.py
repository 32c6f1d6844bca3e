"""TED-LIUM: English TED talks, releases 1, 2 and 3, CC BY-NC-ND 3.0.

https://www.openslr.org/7 (118 hours), https://www.openslr.org/19 (207 hours) and
https://www.openslr.org/51 (452 hours). A talk is one SPHERE file and one STM file:

    TEDLIUM_release1/{train,dev,test}/{sph/AlGore_2009.sph,stm/AlGore_2009.stm}
    TEDLIUM_release2/{train,dev,test}/{sph,stm}
    TEDLIUM_release-3/{data,legacy/{train,dev,test},speaker-adaptation/{train,dev,test}}/{sph,stm}

Release 3 has its training talks in ``data/`` and says twice which talk is in which split: its
"legacy" distribution has the dev and test talks of the releases before it, the one for experiments
on speaker adaptation has others. Their folders are links, or hold links.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from importers.corpus import (
    SPLITS,
    Audio,
    CorpusInfo,
    OptionGroup,
    PublishedArchive,
    ReadOptions,
    Utterance,
)
from importers.errors import UsageError
from importers.report import Reason, Reject
from importers.stm import StmSegment, read_stm, spoken_words
from importers.tables import BadRow

DISTRIBUTIONS = ("legacy", "speaker-adaptation")

INFO = CorpusInfo(
    name="tedlium",
    title="TED-LIUM",
    languages=("en",),
    licence="CC-BY-NC-ND-3.0",
    homepage="https://www.openslr.org/51",
    how_to_get=(
        "Download TEDLIUM_release-3.tgz from https://www.openslr.org/51 (release 2: "
        "https://www.openslr.org/19, release 1: https://www.openslr.org/7); its licence allows "
        "no commercial use and no changed copies"
    ),
    markers=(
        "train/stm/*.stm",
        "data/stm/*.stm",
        *(f"{folder}/stm/*.stm" for folder in SPLITS[1:]),
        *(f"{folder}/*/stm/*.stm" for folder in DISTRIBUTIONS),
        "stm/*.stm",
    ),
    tables=("stm/*.stm", "*/stm/*.stm", "*/*/stm/*.stm"),
    # The checksums are those of pytorch/audio, src/torchaudio/datasets/tedlium.py.
    archives=(
        PublishedArchive(
            "release1",
            "https://www.openslr.org/resources/7/TEDLIUM_release1.tar.gz",
            sha256="30301975fd8c5cac4040c261c0852f57cfa8adbbad2ce78e77e4986957445f27",
        ),
        PublishedArchive(
            "release2",
            "https://www.openslr.org/resources/19/TEDLIUM_release2.tar.gz",
            sha256="93281b5fcaaae5c88671c9d000b443cb3c7ea3499ad12010b3934ca41a7b9c58",
        ),
        PublishedArchive(
            "release3",
            "https://www.openslr.org/resources/51/TEDLIUM_release-3.tgz",
            sha256="ad1e454d14d1ad550bc2564c462d87c7a7ec83d4dc2b9210f22ab4973b9eccdb",
        ),
    ),
    columns=("gender",),
)

_ALL_TALKS = PurePosixPath("data")
_YEAR = re.compile(r"_(?:19|20)\d\d[A-Z]*$")
_GENDERS = {"male": "male", "female": "female", "F0_M": "male", "F0_F": "female"}

_UTTERANCE_NAME = re.compile(r"(?:^|(?<=\s))\([^\s()]*\)\s*$")
_PRONUNCIATION = re.compile(r"\(\d+\)")
_SOUND = re.compile(r"<[^<>\s]*>|\{\s*\w+\s*\}|\[[^\[\]]*\]")
_PARTED = re.compile(r"(?<=\w) '(?=(\w+))")
_LONE_APOSTROPHE = re.compile(r"(?:^|(?<=\s))' (?=cause\b)")
_CLIPPED = re.compile("bout|cause|cos|cuz|em|n|round|tis|till?|twas", re.IGNORECASE)


def add_options(group: OptionGroup) -> None:
    """``--distribution``, for release 3."""
    group.add_argument(
        "--distribution",
        choices=DISTRIBUTIONS,
        help="which splits of release 3 (default: legacy, those of the releases before it)",
    )


def read(root: Path, options: ReadOptions) -> Iterator[Utterance | Reject]:
    """All segments of the talks below ``root``, split by split; what lies between them is no row.

    Raises UsageError for a distribution that there is not.
    """
    for folder, split in _folders(root, options.values.get("distribution")):
        for stm in sorted((root / folder / "stm").glob("[!.]*.stm")):
            yield from _read_talk(stm, _audio_folder(root, folder), split)


def _folders(root: Path, distribution: str | None) -> Iterator[tuple[PurePosixPath, str | None]]:
    """The folders that may have an stm/ folder, from the root, and the split that each is."""
    if distribution is not None and not (root / distribution).is_dir():
        raise UsageError(
            f"{root}: has no {distribution}/. Leave out --distribution: it chooses between the "
            f"{' and '.join(DISTRIBUTIONS)} of release 3"
        )
    chosen = distribution or DISTRIBUTIONS[0]
    has_both = (root / _ALL_TALKS).is_dir() or (root / chosen).is_dir()
    below = PurePosixPath(chosen if has_both else ".")
    for split in SPLITS:
        if (root / below / split / "stm").is_dir():
            yield below / split, split
        elif split == "train" and chosen == DISTRIBUTIONS[0]:
            yield _ALL_TALKS, split  # legacy/train is a link to it, which archives do not follow
    name = root.resolve().name
    yield PurePosixPath(), name if name in SPLITS else None


def _audio_folder(root: Path, folder: PurePosixPath) -> PurePosixPath:
    own, shared = folder / "sph", _ALL_TALKS / "sph"
    return shared if (root / shared).is_dir() and not (root / own).is_dir() else own


def _read_talk(stm: Path, audio: PurePosixPath, split: str | None) -> Iterator[Utterance | Reject]:
    for row in read_stm(stm):
        if isinstance(row, BadRow):
            yield Reject(f"{stm.name}:{row.line}", Reason.BAD_ROW, row.detail)
        elif row.is_gap:
            continue
        elif row.is_ignored:
            yield Reject(row.key, Reason.EXCLUDED, f"{stm.name}:{row.line}: {row.text}")
        else:
            yield _utterance(row, audio, split)


def _utterance(segment: StmSegment, audio: PurePosixPath, split: str | None) -> Utterance:
    genders = [_GENDERS[label] for label in segment.labels if label in _GENDERS]
    return Utterance(
        key=segment.key,
        audio=Audio(f"{audio}/{segment.recording}.sph", segment.start, segment.end),
        text=segment.text,
        speaker=speaker(segment.recording),
        locale="en",
        split=split,
        extra={"gender": genders[0] if genders else ""},
    )


def speaker(talk: str) -> str:
    """Who gives a talk, by its name: of ``AlGore_2009`` and ``AlGore_2006X``, ``AlGore``.

    The STM files have the talk in the speaker's place.
    """
    return _YEAR.sub("", talk)


def normalise(text: str) -> str:
    """What is said in a transcript, without its marks.

    - kaldi-asr/kaldi, egs/tedlium/s5/local/prepare_data.sh: no utterance name in brackets at the
      end, no number of a pronunciation (``a(2)``), no ``<sil>``; ``{NOISE}`` is ``[NOISE]``, a
      sound and no word;
    - lhotse-speech/lhotse, lhotse/recipes/tedlium.py (its mode "kaldi"): nothing in square
      brackets, and no ``<unk>``, which stands for a word that is not known; ``it 's`` and
      ``' cause`` are ``it's`` and ``'cause``;
    - but words that begin with an apostrophe of their own stay apart: ``tell 'em`` (usnistgov/SCTK,
      doc/trans_rules/en20030506.glm, "Special contractions");
    - alternations and optional words as in NIST's STM files (importers/stm.py).
    """
    text = _PRONUNCIATION.sub("", _UTTERANCE_NAME.sub("", text))
    text = spoken_words(_SOUND.sub(" ", text))
    text = _LONE_APOSTROPHE.sub("'", text)
    return _PARTED.sub(lambda found: " '" if _CLIPPED.fullmatch(found[1]) else "'", text)
