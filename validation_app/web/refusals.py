"""What the API refuses: a code for programs and a sentence for people, in one form of JSON."""

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from importers.errors import StorageError

_LOG = logging.getLogger("validation_app")
_CODES = {404: "not-found", 405: "wrong-method"}


class Refusal(HTTPException):
    """A request that is not granted: HTTP status, code, and what to tell the person."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, message, headers)
        self.code = code

    def response(self) -> Response:
        """The answer."""
        return JSONResponse(
            {"error": self.code, "message": self.detail}, self.status_code, self.headers
        )


def add_handlers(app: FastAPI) -> None:
    """Have every error of the app answered in this form, but for faults (`fault`)."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _request)
    app.add_exception_handler(StorageError, _storage)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error, Refusal):
        return error.response()
    code = _CODES.get(error.status_code, "refused")
    return Refusal(error.status_code, code, error.detail, error.headers).response()


async def _request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return Refusal(
        422, "bad-request", f"{where}: {first['msg']}" if where else first["msg"]
    ).response()


async def _storage(request: Request, error: Exception) -> Response:
    """A full disk, or a lock that another transaction held too long."""
    _LOG.error("%s %s: %s", request.method, request.url.path, error)
    message = "The server cannot write at the moment. Try again soon."
    return Refusal(503, "busy", message, {"Retry-After": "5"}).response()


async def fault(request: Request, error: Exception) -> Response:
    """The answer to an error of ours, which the server logs."""
    return Refusal(500, "fault", "Something went wrong on the server.").response()
