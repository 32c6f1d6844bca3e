"""How much a request may bring: counted while it comes, whatever it says of itself."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from validation_app.recordings.limits import MAX_UPLOAD_BYTES
from validation_app.web.refusals import Refusal

_MAX_UNREAD_BYTES = 8 * MAX_UPLOAD_BYTES
"""So much more is taken and dropped: a browser that still sends would not see the answer."""
_IDLE_SECONDS = 30.0
"""For so long nothing of a body may come."""


class BodyLimit:
    """Middleware: a body over the limit is a Refusal in whoever reads it, 413 ``too-large``.

    One that stops coming is 408 ``too-slow``.
    """

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
            await _too_large().response()(scope, receive, send_when_read)
        else:
            await self._app(scope, body.receive, send_when_read)


class _Body:
    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = 0
        self._is_over = False
        self._turn = asyncio.Lock()
        """An answer in pieces listens for the end of the connection while the rest is dropped."""

    async def receive(self) -> Message:
        message = await self._next()
        if message is None:
            return await self._receive()  # that the connection ends
        if self._bytes > MAX_UPLOAD_BYTES:
            raise _too_large()
        return message

    async def drop_rest(self) -> None:
        try:
            while self._bytes <= _MAX_UNREAD_BYTES and await self._next() is not None:
                pass
        except Refusal:
            pass  # it is answered as it is

    async def _next(self) -> Message | None:
        """The next of the body, None when it is over. Raises Refusal when nothing comes."""
        async with self._turn:
            if self._is_over:
                return None
            try:
                async with asyncio.timeout(_IDLE_SECONDS):
                    message = await self._receive()
            except TimeoutError:
                self._is_over = True
                raise Refusal(408, "too-slow", "Nothing came for too long.") from None
            self._bytes += len(message.get("body", b""))
            self._is_over = not message.get("more_body", False)
            return message


def _too_large() -> Refusal:
    megabytes = MAX_UPLOAD_BYTES // 1024**2
    return Refusal(413, "too-large", f"This is more than {megabytes} MB, which is the limit.")
