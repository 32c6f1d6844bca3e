"""What a release is called: its archive, the folder inside, its clips.

``cv-corpus-{version}-{YYYY-MM-DD}-{locale}.tar.gz`` since release 7.0, ``-delta-`` before the date
of what holds new clips only (common-voice/cv-dataset, datasets/scripted-speech).
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from importers.errors import UsageError
from validation_app.settings import LOCALE

_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*")


@dataclass(frozen=True, slots=True)
class ReleaseName:
    """Raises UsageError for a version that is no number, or a locale that is no language tag."""

    version: str
    date: date
    locale: str
    is_delta: bool = False

    def __post_init__(self) -> None:
        if not _VERSION.fullmatch(self.version):
            raise UsageError(
                f"--release {self.version}: a release is called by a number, as 1.0 or 2.1"
            )
        if not LOCALE.fullmatch(self.locale):
            raise UsageError(f"{self.locale}: is no language tag, as en or zh-CN")

    def __str__(self) -> str:
        delta = "delta-" if self.is_delta else ""
        return f"cv-corpus-{self.version}-{delta}{self.date.isoformat()}"

    @property
    def root(self) -> str:
        """The folder in the archive in which the tables lie."""
        return f"{self}/{self.locale}"

    @property
    def archive(self) -> str:
        """The name of the archive file."""
        return f"{self}-{self.locale}.tar.gz"

    @property
    def moment(self) -> datetime:
        """The date as a time, which all that is in the archive bears: its bytes then depend on
        nothing else than what is in it."""
        return datetime(self.date.year, self.date.month, self.date.day, tzinfo=UTC)


def clip_name(locale: str, clip: int) -> str:
    """The name of a clip's audio, and its ``path`` in the tables."""
    return f"common_voice_{locale}_{clip}.mp3"
