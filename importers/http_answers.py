"""What a server's answer to the request for a file means, besides its bytes."""

import requests

from importers.errors import DownloadError
from importers.http_attempts import display, status
from importers.http_headers import named_in_disposition, named_in_url, safe_name

EXPIRED = frozenset({400, 401, 403})
"""How storage hosts refuse a link that has expired: S3 and its kin by 403, some others so."""

_REFUSALS = {
    401: "asks for a login. Put it into ~/.netrc, or fetch the file with a browser and name it as "
    "SOURCE",
    403: "may not be fetched: the link has expired, or terms must be accepted on its web page "
    "first. Get a new link there, or fetch the file with a browser and name it as SOURCE",
    404: "is not there. Compare the address with the one on the web page",
    410: "is no longer there. Look for a newer release on the web page",
}


def file_name(response: requests.Response, suffixes: tuple[str, ...]) -> str:
    """What to call the file: as the server says, or the links; first what ends as it should."""
    disposition = response.headers.get("Content-Disposition", "")
    urls = [one.url for one in (*response.history, response)]
    named = [named_in_disposition(disposition), *map(named_in_url, urls)]
    fitting = [name for name in named if name.endswith(suffixes)]
    return safe_name((*fitting, *filter(None, named), "")[0], suffixes)


def is_web_page(response: requests.Response) -> bool:
    """Whether a page for people came in place of a file: of a login, say."""
    return response.headers.get("Content-Type", "").partition(";")[0].strip() == "text/html"


def is_encoded(response: requests.Response) -> bool:
    """Whether the server says that it has encoded the body, though it is asked not to."""
    return response.headers.get("Content-Encoding", "identity").strip().lower() != "identity"


def refusal(response: requests.Response) -> DownloadError:
    """The user's words for an answer that holds no file."""
    words = _REFUSALS.get(response.status_code)
    if words is None:
        return DownloadError(f"{display(response.url)}: the server answers {status(response)}")
    return DownloadError(f"{display(response.url)}: {words} ({status(response)})")


class NoLogin(requests.auth.AuthBase):
    """Keeps requests from looking for a login (in ~/.netrc) by itself."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request
