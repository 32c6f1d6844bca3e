"""One HTTP request, what its failing means, and how patiently it is tried again.

A cut connection, a time-out, 408, 429 and 5xx pass with time: TryAgainError. A certificate that
cannot be trusted, a circle of redirects, or a refusal do not: DownloadError.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from urllib.parse import urlsplit

import requests
from requests import exceptions

from importers.console import byte_count
from importers.errors import DownloadError
from importers.http_headers import retry_after

_PASSING = frozenset({408, 425, 429, *range(500, 600)})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, and how often tried again. All times in seconds."""

    connect: float = 10.0
    read: float = 60.0
    """Between two pieces of an answer."""
    tries: int = 8
    """One after the other without a byte more than before."""
    tries_at_first: int = 3
    """While the server has not answered at all: its name may be mistyped."""
    first_wait: float = 1.0
    """Doubled with each try in vain."""
    longest_wait: float = 60.0
    longest_asked: float = 3600.0
    """A server that asks for more (Retry-After) is not waited for."""
    sleep: Callable[[float], None] = time.sleep

    @property
    def timeouts(self) -> tuple[float, float]:
        """As requests takes them."""
        return self.connect, self.read


class TryAgainError(Exception):
    """A failure that may pass; the message says what happened."""

    def __init__(self, what: str, wait: float | None = None, *, answered: bool = True) -> None:
        super().__init__(what)
        self.wait = wait
        """Seconds that the server asked for."""
        self.answered = answered
        """Whether there was a server at all."""


class Attempts:
    """Counts the tries in vain, and waits between them."""

    def __init__(self, what: str, patience: Patience, say: Callable[[str], None]) -> None:
        self._what = what
        self._patience = patience
        self._say = say
        self._in_vain = 0
        self._answered = False
        self._most = 0

    def answered(self) -> None:
        """The server is there: from now on it is waited for with patience."""
        self._answered = True

    def begin(self, kept: int) -> None:
        """So many bytes of the file were there before any try."""
        self._most = kept

    def wait(self, error: TryAgainError, kept: int = 0) -> None:
        """Wait before the next try. Raises DownloadError when it has been tried often enough.

        ``kept``: bytes of the file that are on the disk. A try after which there are more than ever
        was not in vain.
        """
        self._answered = self._answered or error.answered
        self._in_vain = 1 if kept > self._most else self._in_vain + 1
        self._most = max(self._most, kept)
        rest = "The same command goes on from there" if kept else "Try the same command later"
        here = f"; {byte_count(kept)} are here" if kept else ""
        limit = self._patience.tries if self._answered else self._patience.tries_at_first
        if self._in_vain >= limit:
            raise DownloadError(
                f"{self._what}: {error}; given up after {self._in_vain} tries{here}. {rest}"
            )
        asked = error.wait or 0.0
        if asked > self._patience.longest_asked:
            raise DownloadError(
                f"{self._what}: {error}, and asks to come back in {_duration(asked)}{here}. {rest}"
            )
        grown = self._patience.first_wait * 2 ** (self._in_vain - 1)
        seconds = max(asked, min(grown, self._patience.longest_wait))
        self._say(f"{self._what}: {error}; trying again in {seconds:.0f} s")
        self._patience.sleep(seconds)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min"


def new_session() -> requests.Session:
    """A session that says who asks, and takes bodies as they are: a file must not be recoded."""
    session = requests.Session()
    session.headers["User-Agent"] = f"myna/{metadata.version('myna-speech')}"
    session.headers["Accept-Encoding"] = "identity"
    return session


def send(
    session: requests.Session,
    method: str,
    url: str,
    patience: Patience,
    *,
    headers: Mapping[str, str] | None = None,
    auth: requests.auth.AuthBase | None = None,
) -> requests.Response:
    """The answer to one request, its body unread; to be closed by the caller.

    Raises TryAgainError and DownloadError as this module says; a refusal (4xx) is an answer.
    """
    try:
        host = urlsplit(url).hostname
        response = session.request(
            method, url, headers=headers, auth=auth, stream=True, timeout=patience.timeouts
        )
    except exceptions.SSLError as error:
        raise DownloadError(
            f"{display(url)}: the connection to {host} is not safe ({_reason(error)}). "
            "Check the address, and the date of this machine"
        ) from None
    except exceptions.ConnectTimeout:
        raise TryAgainError(
            f"{host} does not answer within {patience.connect:.0f} s", answered=False
        ) from None
    except exceptions.ReadTimeout:
        raise TryAgainError(f"{host} is silent for {patience.read:.0f} s") from None
    except exceptions.ProxyError as error:
        raise TryAgainError(f"the proxy fails ({_reason(error)})", answered=False) from None
    except exceptions.ConnectionError as error:
        raise TryAgainError(f"no connection to {host} ({_reason(error)})", answered=False) from None
    except exceptions.TooManyRedirects:
        raise DownloadError(f"{display(url)}: is redirected again and again") from None
    except (exceptions.RequestException, ValueError) as error:
        raise DownloadError(f"this address cannot be fetched: {_reason(error)}") from None
    if response.status_code in _PASSING:
        with response:
            wait = retry_after(response.headers.get("Retry-After", ""), datetime.now(UTC))
            raise TryAgainError(f"{host} answers {status(response)}", wait)
    return response


def status(response: requests.Response) -> str:
    """``503 Service Unavailable``."""
    return f"{response.status_code} {response.reason or ''}".strip()


def display(url: str) -> str:
    """A URL without what may be secret in it: user, password, query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def _reason(error: BaseException) -> str:
    """The last cause, without the addresses (and queries) that the outer messages repeat."""
    seen: list[BaseException] = []
    cause: object = error
    while isinstance(cause, BaseException) and cause not in seen:
        seen.append(cause)
        inner = [one for one in cause.args if isinstance(one, BaseException)]
        cause = getattr(cause, "reason", None) or (inner[0] if inner else cause.__cause__)
    innermost = seen[-1]
    if isinstance(innermost, OSError) and innermost.strerror:
        return innermost.strerror
    text = " ".join(str(innermost).split())
    return text.partition(": ")[2] or text if "object at 0x" in text else text
