"""What a release tells of its speakers, and what it does not."""

import hashlib
import hmac
import re
from typing import Final

MIN_SPEAKERS: Final = 5
"""Of fewer, neither age nor gender nor accents are told: each could be found out. Common Voice's
rule of five (common-voice/common-voice, bundler/src/core/ruleOfFive.ts) blanks the first two."""

_PUBLISHED = re.compile(r"[0-9a-f]{128}")


class ClientIds:
    """The ``client_id`` of each speaker: 128 hexadecimal digits, the same in every release.

    Common Voice publishes the SHA-512 of its id (bundler/src/core/clients.ts): who knows an id
    finds its rows. Here it is an HMAC-SHA512 by a key that never leaves the app's folder, so that
    not even a cookie leads to a row.
    """

    def __init__(self, key: bytes) -> None:
        """``key`` is the app's secret; other uses of it give nothing away of these."""
        self._key = hmac.digest(key, b"client_id of releases", "sha512")

    def of(self, person: str, published: str | None) -> str:
        """The id of a person; ``published`` is what an imported corpus called the speaker.

        Speakers whom it did not name have none: one for all of them would make them one person.

        An id as releases have it is kept: it is public already, and an import then knows the
        speaker again, in whatever release. Any other name may be a true one, and is hidden.
        """
        if published == "":
            return ""
        if published is not None and _PUBLISHED.fullmatch(published):
            return published
        return hmac.new(self._key, person.encode(), hashlib.sha512).hexdigest()
