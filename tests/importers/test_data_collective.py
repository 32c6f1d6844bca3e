"""The client of the Data Collective, against a server that speaks its protocol.

Answers as the OpenAPI description of the API has them: ``sizeBytes`` is a number in a dataset's
summary and digits in a text in a download session.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from importers.acquire import acquire
from importers.data_collective import DataCollective, Dataset
from importers.download import download
from importers.errors import DownloadError, UsageError
from importers.http_attempts import Patience

ID = "cmt95wvb80027qb6e2vezm3d9"
SLUG = "mcv-el-v22.0"
KEY = "mdc_0123456789abcdef"
PAGE = f"https://mozilladatacollective.com/datasets/{ID}"
SUFFIXES = (".tar.gz", ".tar")


class Api:
    """An API and the storage behind it, on two servers; what is asked of either is kept."""

    def __init__(self, new_site: Callable[..., Any]) -> None:
        self.storage = new_site()
        self.site = new_site()
        self.summary: dict[str, Any] = {
            "id": ID,
            "slug": SLUG,
            "name": "CV 22 Greek",
            "sizeBytes": len(self.storage.content),
            "checksum": self.storage.sha256.upper(),
            "filename": f"{SLUG}.tar.gz",
            "licenseAbbreviation": "CC0-1.0",
            "license": "Creative Commons Zero v1.0 Universal (CC0-1.0)",
            "datasetUrl": PAGE,
        }
        self.session: dict[str, Any] = {
            "accessRecordId": ID,
            "downloadToken": "dlt_6035b24f",
            "expiresAt": "2026-08-27T12:00:00.000Z",
            "sizeBytes": str(len(self.storage.content)),
            "contentType": "application/gzip",
            "filename": f"{SLUG}.tar.gz",
            "checksum": self.storage.sha256,
        }
        self.terms_accepted = True
        self.links = 0
        self.faults: list[Any] = []
        for name in (ID, SLUG):
            self.site.routes[f"/api/datasets/{name}"] = self._summary
        self.site.routes[f"/api/datasets/{ID}/download"] = self._session

    def _summary(self, request: Any) -> Any:
        return self._faulty(request, self._json(request, 200, self.summary))

    def _session(self, request: Any) -> Any:
        if request.method != "POST":
            return self._json(request, 405, {"error": "Method not allowed"})
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return self._json(request, 401, {"error": "Unauthorized"})
        if not self.terms_accepted:
            return self._json(request, 403, {"error": "Terms of use not agreed"})
        url = f"{self.storage.url}/{SLUG}.tar.gz?X-Amz-Signature={self.links}"
        self.links += 1
        return self._faulty(request, self._json(request, 200, self.session | {"downloadUrl": url}))

    def _json(self, request: Any, status: int, content: Any) -> Any:
        body = json.dumps(content).encode()
        answer = replace(self.site.answer(request), status=status, body=body)
        return answer.of(Content_Type="application/json", Content_Length=str(len(body)))

    def _faulty(self, request: Any, answer: Any) -> Any:
        return self.faults.pop(0)(request, answer) if self.faults else answer

    def fails(self, status: int, error: str = "", **headers: str) -> Any:
        return lambda request, answer: self._json(
            request, status, {"error": error} if error else {}
        ).of(**headers)

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(one.method, one.path.removeprefix("/api/datasets/")) for one in self.site.requests]


@pytest.fixture
def api(new_site: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Api:
    made = Api(new_site)
    monkeypatch.setenv("MDC_API_URL", f"{made.site.url}/api/")
    monkeypatch.setenv("MDC_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(api: Api, waits: list[float]) -> DataCollective:
    return DataCollective(patience=Patience(sleep=waits.append), say=lambda line: None)


@pytest.fixture
def fetch(client: DataCollective, waits: list[float], tmp_path: Path) -> Callable[[], Path]:
    def run() -> Path:
        remote = client.remote(client.dataset(ID), f"mdc:{ID}", SUFFIXES)
        return download(remote, tmp_path, lambda start: None, patience=Patience(sleep=waits.append))

    return run


def test_what_a_dataset_is(api: Api, client: DataCollective) -> None:
    known = Dataset(
        id=ID,
        name="CV 22 Greek",
        filename="mcv-el-v22.0.tar.gz",
        size=200_000,
        sha256=api.storage.sha256,
        licence="CC0-1.0",
        page=PAGE,
    )
    assert client.dataset(ID) == known
    assert client.dataset(SLUG) == known
    api.summary |= {"sizeBytes": None, "checksum": None, "licenseAbbreviation": None}
    assert client.dataset(ID) == replace(
        known, size=None, sha256=None, licence="Creative Commons Zero v1.0 Universal (CC0-1.0)"
    )
    # The summary is public: no key is shown to ask for it.
    assert not any("authorization" in request.headers for request in api.site.requests)


def test_an_archive(api: Api, fetch: Callable[[], Path]) -> None:
    path = fetch()
    assert path.name == "mcv-el-v22.0.tar.gz"
    assert path.read_bytes() == api.storage.content
    assert api.asked == [("GET", ID), ("POST", f"{ID}/download")]
    [request] = api.storage.requests
    assert request.path == "/mcv-el-v22.0.tar.gz?X-Amz-Signature=0"
    assert KEY not in str(api.storage.requests)


def test_a_dataset_by_its_slug_is_downloaded_by_its_id(api: Api, client: DataCollective) -> None:
    link = client.link(client.dataset(SLUG))
    assert link.sha256 == api.storage.sha256
    assert link.size == 200_000
    assert api.asked == [("GET", SLUG), ("POST", f"{ID}/download")]


def test_a_link_that_expires_on_the_way(api: Api, fetch: Callable[[], Path]) -> None:
    api.storage.faults = [
        lambda answer: replace(answer, cut=80_000),
        lambda answer: replace(answer, status=403, body=b"").of(Content_Length="0"),
    ]
    assert fetch().read_bytes() == api.storage.content
    assert api.asked[1:] == [("POST", f"{ID}/download")] * 2
    asked = [(one.path[-1], one.range) for one in api.storage.requests]
    assert asked == [("0", None), ("0", "bytes=80000-"), ("1", "bytes=80000-")]
    assert KEY not in str(api.storage.requests)


def test_no_link_is_asked_for_without_need(
    api: Api, fetch: Callable[[], Path], tmp_path: Path
) -> None:
    """Each counts against a daily quota."""
    (tmp_path / "mcv-el-v22.0.tar.gz").write_bytes(api.storage.content)
    assert fetch().read_bytes() == api.storage.content
    assert api.asked == [("GET", ID)]
    assert api.storage.requests == []


def test_terms_that_are_not_accepted(api: Api, fetch: Callable[[], Path], tmp_path: Path) -> None:
    api.terms_accepted = False
    with pytest.raises(DownloadError) as caught:
        fetch()
    said = str(caught.value)
    assert said.startswith("CV 22 Greek: its terms are not accepted yet")
    assert f"accept them at {PAGE}" in said
    assert "403 Forbidden: Terms of use not agreed" in said
    assert len(api.site.requests) == 2
    assert list(tmp_path.iterdir()) == []
    api.terms_accepted = True
    assert fetch().read_bytes() == api.storage.content


def test_a_key_that_is_not_known(
    api: Api, fetch: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MDC_API_KEY", "mdc_wrong")
    with pytest.raises(DownloadError, match="does not know the key in MDC_API_KEY") as caught:
        fetch()
    assert "https://mozilladatacollective.com/profile/credentials" in str(caught.value)
    assert "mdc_wrong" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "kéy"])
def test_a_key_that_is_missing_or_none(
    api: Api, fetch: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("MDC_API_KEY", key)
    with pytest.raises(UsageError, match="MDC_API_KEY"):
        fetch()
    assert api.asked == [("GET", ID)]


@pytest.mark.parametrize(
    "line",
    [
        f"MDC_API_KEY={KEY}",
        f"export MDC_API_KEY = '{KEY}' ",
        f'# a key\nOTHER=1\nMDC_API_KEY="{KEY}"',
    ],
)
def test_a_key_in_a_file(
    api: Api,
    fetch: Callable[[], Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    line: str,
) -> None:
    monkeypatch.delenv("MDC_API_KEY")
    (tmp_path / ".env").write_text(f"{line}\n")
    assert fetch().read_bytes() == api.storage.content


def test_the_environment_goes_before_the_file(
    api: Api, fetch: Callable[[], Path], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("MDC_API_KEY=another\nMDC_API_URL=http://127.0.0.1:9\n")
    assert fetch().read_bytes() == api.storage.content


def test_the_key_stays_with_the_api_when_it_redirects(
    api: Api, new_site: Callable[..., Any], fetch: Callable[[], Path]
) -> None:
    elsewhere = new_site()

    def moved(request: Any, answer: Any) -> Any:
        return replace(answer, status=307).of(Location=f"{elsewhere.url}/{ID}")

    api.faults = [lambda request, answer: answer, moved]
    with pytest.raises(DownloadError):
        fetch()
    [request] = elsewhere.requests
    assert request.method == "POST"
    assert "authorization" not in request.headers


def test_a_netrc_does_not_replace_the_key(
    api: Api, fetch: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert fetch().read_bytes() == api.storage.content
    assert "authorization" not in api.storage.requests[0].headers


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "the Data Collective refuses (400 Bad Request: so it says)"),
        (402, f"has to be paid for. See {PAGE} (402"),
        (404, "the Data Collective has no such dataset. Look for it at"),
        (410, f"is no longer there. See {PAGE}"),
    ],
)
def test_refusals(
    api: Api, fetch: Callable[[], Path], status: int, words: str, waits: list[float]
) -> None:
    api.faults = [lambda request, answer: answer, api.fails(status, "so it\nsays")]
    with pytest.raises(DownloadError) as caught:
        fetch()
    assert words in str(caught.value)
    assert waits == []


def test_a_dataset_that_is_not_there(client: DataCollective, api: Api) -> None:
    api.faults = [api.fails(404, "Dataset not found")]
    with pytest.raises(DownloadError, match=r"no such dataset.*\(404 Not Found: Dataset not found"):
        client.dataset(ID)


@pytest.mark.parametrize("name", ["", "..", "a/b", "../submissions", "a?b", "ä"])
def test_what_is_no_id(client: DataCollective, api: Api, name: str) -> None:
    with pytest.raises(UsageError, match="is no id of a dataset"):
        client.dataset(name)
    assert api.asked == []


def test_failures_that_pass_and_waits_that_are_asked_for(
    api: Api, fetch: Callable[[], Path], waits: list[float]
) -> None:
    api.faults = [
        api.fails(503),
        lambda request, answer: replace(answer, cut=20),
        lambda request, answer: answer,
        api.fails(429, "slow down", Retry_After="30"),
    ]
    assert fetch().read_bytes() == api.storage.content
    assert waits == [1.0, 2.0, 30.0]


def test_a_quota_that_is_spent_for_today(api: Api, fetch: Callable[[], Path]) -> None:
    api.faults = [
        lambda request, answer: answer,
        api.fails(429, "Daily download limit reached", Retry_After="43200"),
    ]
    with pytest.raises(DownloadError, match="asks to come back in 12 h 00 min"):
        fetch()


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"filename": ""},
        {"sizeBytes": "many"},
        {"sizeBytes": -1},
        {"sizeBytes": [1]},
        {"checksum": "md5"},
        {"checksum": 5},
    ],
)
def test_answers_of_another_form(api: Api, client: DataCollective, change: dict[str, Any]) -> None:
    api.summary |= change
    [name] = change
    with pytest.raises(DownloadError, match=f"the Data Collective's answer has no {name}"):
        client.dataset(ID)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"", b"\xff"])
def test_answers_that_are_no_json(api: Api, client: DataCollective, body: bytes) -> None:
    api.faults = [
        lambda request, answer: replace(answer, body=body).of(Content_Length=str(len(body)))
    ]
    with pytest.raises(DownloadError, match="answers in a form that is not known here"):
        client.dataset(ID)


def test_a_file_name_from_the_api_is_made_safe(
    api: Api, fetch: Callable[[], Path], tmp_path: Path
) -> None:
    api.summary["filename"] = "../../../etc/cron.d/x"
    assert fetch() == tmp_path / "x.tar.gz"


def test_a_dataset_that_changes_between_two_requests(api: Api, fetch: Callable[[], Path]) -> None:
    api.session["checksum"] = "0" * 64
    with pytest.raises(DownloadError, match="has changed a moment ago"):
        fetch()


def test_an_old_part_that_fills_the_disk_makes_room(api: Api, small_disk: Path) -> None:
    part = small_disk / f"{SLUG}.tar.gz.part"
    part.write_bytes(bytes(1_950_000))
    assert shutil.disk_usage(small_disk).free < len(api.storage.content)
    path = acquire(f"mdc:{ID}", small_disk)
    assert path is not None
    assert path.read_bytes() == api.storage.content
