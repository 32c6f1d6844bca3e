"""Mozilla Data Collective: the home of Common Voice and other corpora, by its API.

    GET  /datasets/{id or slug}       public: id, filename, sizeBytes, checksum, licence, datasetUrl
    POST /datasets/{id}/download      with the API key: downloadUrl (presigned, short-lived), …

By its OpenAPI description, https://mozilladatacollective.com/api-reference. Terms are accepted on
the dataset's web page, never here. Each POST counts against a daily quota, so it is made only when
there are bytes to fetch. The key is sent to the API alone, never to the storage host of a link.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import requests
from urllib3.exceptions import HTTPError

from importers import console
from importers.errors import DownloadError, UsageError
from importers.http_attempts import Attempts, Patience, TryAgainError, new_session, send, status
from importers.http_headers import safe_name
from importers.remote import Link, Remote

HOME = "https://mozilladatacollective.com"
KEY_VARIABLE = "MDC_API_KEY"
URL_VARIABLE = "MDC_API_URL"

_CREDENTIALS = f"{HOME}/profile/credentials"
_MAX_ANSWER_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Dataset:
    """What the public page of a dataset says."""

    id: str
    name: str
    filename: str
    size: int | None
    sha256: str | None
    licence: str
    page: str
    """Where its terms are accepted."""


class DataCollective:
    """The API. Every method raises DownloadError with what to do; passing failures are waited out.

    The key is looked for when it is first needed: ``MDC_API_KEY`` in the environment, or in a file
    ``.env`` in the working directory.
    """

    def __init__(
        self, *, patience: Patience | None = None, say: Callable[[str], None] = console.say
    ) -> None:
        self._api = os.environ.get(URL_VARIABLE, f"{HOME}/api").rstrip("/")
        self._patience = patience or Patience()
        self._say = say

    def dataset(self, name: str) -> Dataset:
        """The dataset with this id, or with this name in its address (``mcv-el-v22.0``)."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise UsageError(
                f"{name!r} is no id of a dataset: that is the end of its page's address below "
                f"{HOME}/datasets"
            )
        answer = self._call("GET", f"/datasets/{name}", name, None, HOME)
        size = answer.get("sizeBytes")
        return Dataset(
            id=_text(answer, "id", name),
            name=str(answer.get("name") or name),
            filename=_text(answer, "filename", name),
            size=None if size is None else _whole(size, name),
            sha256=_sha256(answer.get("checksum"), name),
            licence=str(answer.get("licenseAbbreviation") or answer.get("license") or "unknown"),
            page=str(answer.get("datasetUrl") or f"{HOME}/datasets/{answer['id']}"),
        )

    def link(self, dataset: Dataset) -> Link:
        """A presigned link to the dataset's archive. Raises UsageError where there is no key."""
        answer = self._call(
            "POST",
            f"/datasets/{quote(dataset.id, safe='')}/download",
            dataset.name,
            _Key(_key()),
            dataset.page,
        )
        return Link(
            url=_text(answer, "downloadUrl", dataset.name),
            size=_whole(answer.get("sizeBytes"), dataset.name),
            sha256=_sha256(answer.get("checksum"), dataset.name),
        )

    def remote(
        self, dataset: Dataset, source: str, suffixes: tuple[str, ...], sha256: str | None = None
    ) -> Remote:
        """The dataset's archive, to be downloaded.

        ``sha256``: what the user knows; the archive must have it where none is published.
        """
        return Remote(
            source=source,
            link=lambda: self.link(dataset),
            suffixes=suffixes,
            name=safe_name(dataset.filename, suffixes),
            size=dataset.size,
            sha256=dataset.sha256 or sha256,
            presigned=True,
        )

    def _call(
        self,
        method: str,
        path: str,
        name: str,
        auth: requests.auth.AuthBase | None,
        page: str,
    ) -> Mapping[str, object]:
        attempts = Attempts(name, self._patience, self._say)
        with new_session() as session:
            while True:
                try:
                    with send(
                        session, method, f"{self._api}{path}", self._patience, auth=auth
                    ) as response:
                        return _answer(response, name, page)
                except TryAgainError as error:
                    attempts.wait(error)


class _Key(requests.auth.AuthBase):
    """The key, for one host: requests takes the header off when it is led to another."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def _key() -> str:
    key = os.environ.get(KEY_VARIABLE) or _from_dotenv(Path(".env"))
    if not key:
        raise UsageError(
            f"{KEY_VARIABLE} is not set: the Data Collective gives its files only to those who "
            f"have a key. Make one at {_CREDENTIALS} and put it into the environment"
        )
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        raise UsageError(f"{KEY_VARIABLE}: is no key: it has spaces or odd characters in it")
    return key


def _from_dotenv(path: Path) -> str | None:
    """The key in a file of ``NAME=value`` lines, as the Data Collective's own client reads it."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        found = re.fullmatch(rf"\s*(?:export\s+)?{KEY_VARIABLE}\s*=\s*(.*?)\s*", line)
        if found:
            return found[1].strip("'\"")
    return None


def _answer(response: requests.Response, name: str, page: str) -> Mapping[str, object]:
    if response.status_code != 200:
        raise DownloadError(f"{name}: {_refusal(response, page)}")
    content = _json(response)
    if content is None:
        raise DownloadError(
            f"{name}: the Data Collective answers in a form that is not known here. Fetch the "
            f"archive with a browser from {page} and name it as SOURCE"
        )
    return content


def _json(response: requests.Response) -> Mapping[str, object] | None:
    try:
        body = response.raw.read(_MAX_ANSWER_BYTES, decode_content=True)
        content = json.loads(body)
    except HTTPError:
        raise TryAgainError("the connection was cut") from None
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _refusal(response: requests.Response, page: str) -> str:
    """In words, with what the API itself says of it."""
    said = (_json(response) or {}).get("error")
    quoted = (
        f"{status(response)}: {' '.join(str(said).split())[:200]}" if said else status(response)
    )
    words = {
        401: f"the Data Collective does not know the key in {KEY_VARIABLE}. Make a new one at "
        f"{_CREDENTIALS}",
        402: f"has to be paid for. See {page}",
        403: "its terms are not accepted yet, or access is not granted. Log in, accept them at "
        f"{page}, and run the same command again",
        404: f"the Data Collective has no such dataset. Look for it at {HOME}/datasets: the id is "
        "the end of its page's address",
        410: f"is no longer there. See {page}",
    }.get(response.status_code, "the Data Collective refuses")
    return f"{words} ({quoted})"


def _text(answer: Mapping[str, object], field: str, name: str) -> str:
    value = answer.get(field)
    if not isinstance(value, str) or not value:
        raise _unexpected(name, field)
    return value


def _whole(value: object, name: str) -> int:
    """A number, or digits in a text: the API has both."""
    try:
        number = int(value) if isinstance(value, str | int | float) else -1
    except (ValueError, OverflowError):
        number = -1
    if number < 0:
        raise _unexpected(name, "sizeBytes")
    return number


def _sha256(value: object, name: str) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F]{64}", value):
        raise _unexpected(name, "checksum")
    return value.lower()


def _unexpected(name: str, field: str) -> DownloadError:
    return DownloadError(
        f"{name}: the Data Collective's answer has no {field} as it is known here. Fetch the "
        f"archive with a browser from {HOME} and name it as SOURCE"
    )
