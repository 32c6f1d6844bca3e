"""How much a request may bring: counted while it comes, whatever it says of itself."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from validation_app.limits import MAX_UPLOAD_BYTES
from validation_app.refusals import Refusal

_MAX_UNREAD_BYTES = 8 * MAX_UPLOAD_BYTES
"""So much more is taken and dropped: a browser that still sends would not see the answer."""


class BodyLimit:
    """Middleware: a body over the limit is a Refusal in whoever reads it, 413 ``too-large``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(receive)
        said = Headers(scope=scope).get("content-length", "0")

        async def send_when_read(message: Message) -> None:
            if message["type"] == "http.response.start":
                await body.drop_rest()
            await send(message)

        if said.isdecimal() and int(said) > MAX_UPLOAD_BYTES:
            await _refusal().response()(scope, receive, send_when_read)
        else:
            await self._app(scope, body.receive, send_when_read)


class _Body:
    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = 0
        self._is_over = False

    async def receive(self) -> Message:
        message = await self._take()
        if self._bytes > MAX_UPLOAD_BYTES:
            raise _refusal()
        return message

    async def drop_rest(self) -> None:
        while not self._is_over and self._bytes <= _MAX_UNREAD_BYTES:
            await self._take()

    async def _take(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._bytes += len(message.get("body", b""))
            self._is_over = not message.get("more_body", False)
        else:
            self._is_over = True  # gone
        return message


def _refusal() -> Refusal:
    megabytes = MAX_UPLOAD_BYTES // 1024**2
    return Refusal(413, "too-large", f"This is more than {megabytes} MB, which is the limit.")
