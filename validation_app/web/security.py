"""What browsers are told to forbid, and that only our own pages may have things changed (CSRF)."""

import hmac

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from validation_app.web.refusals import Refusal

CSRF_HEADER = "X-CSRF-Token"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SAFE = {"GET", "HEAD", "OPTIONS"}


class SecurityHeaders:
    """Middleware: all answers have the headers; nothing is cached that does not say so itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


class CsrfCheck:
    """Middleware, inside Visitors: what changes something must bring its visitor's token.

    The token is in a cookie and in the pages; other sites' scripts can read neither. It is a
    signature over the person, so that a cookie put there by another host of the domain is of no
    use (OWASP Cross-Site Request Forgery Prevention Cheat Sheet, "Signed Double-Submit Cookie").
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _SAFE:
            sent = Headers(scope=scope).get(CSRF_HEADER, "")
            if not hmac.compare_digest(
                sent.encode(), scope["state"]["visitor"].csrf_token.encode()
            ):
                message = "This page is too old, or your browser takes no cookies. Load it anew."
                await Refusal(403, "csrf", message).response()(scope, receive, send)
                return
        await self._app(scope, receive, send)
