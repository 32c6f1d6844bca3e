"""Who somebody is: a random number in a signed cookie, and a row once they did something."""

import hashlib
import hmac
import uuid
from dataclasses import dataclass

from itsdangerous import BadSignature, TimestampSigner
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from validation_app.database.tables import Person, now

PERSON = "person"
CSRF = "csrf"
_MAX_AGE = 400 * 86_400
"""Seconds; browsers keep no cookie longer (RFC 6265bis, section 5.5)."""
_RENEWED_AFTER = 30 * 86_400
_WITHOUT = ("/static/", "/audio/")
"""What is the same for all is answered without cookies, so that it can be cached."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who sends a request, and the token that shows that a page of ours had it sent."""

    person: str
    csrf_token: str
    is_known: bool
    """Both cookies came with the request, and not so long ago that they need renewing."""


class Visitors:
    """Middleware: every request has a Visitor in its state, and new people get their cookies."""

    def __init__(self, app: ASGIApp, secret: bytes) -> None:
        self._app = app
        self._signer = TimestampSigner(secret, salt="person", digest_method=hashlib.sha256)
        self._secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visitor = self._visitor(HTTPConnection(scope).cookies)
        scope.setdefault("state", {})["visitor"] = visitor
        if visitor.is_known or scope["path"].startswith(_WITHOUT):
            await self._app(scope, receive, send)
            return

        async def send_with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                rest = f"Max-Age={_MAX_AGE}; Path=/; SameSite=Lax"
                rest += "; Secure" if scope["scheme"] == "https" else ""
                signed = self._signer.sign(visitor.person).decode()
                headers.append("set-cookie", f"{PERSON}={signed}; HttpOnly; {rest}")
                headers.append("set-cookie", f"{CSRF}={visitor.csrf_token}; {rest}")
            await send(message)

        await self._app(scope, receive, send_with_cookies)

    def _visitor(self, cookies: dict[str, str]) -> Visitor:
        try:
            name, signed_at = self._signer.unsign(cookies.get(PERSON, ""), return_timestamp=True)
            person, is_young = name.decode(), (now() - signed_at).total_seconds() < _RENEWED_AFTER
        except BadSignature:
            person, is_young = str(uuid.uuid4()), False
        token = hmac.digest(self._secret, f"csrf:{person}".encode(), "sha256").hex()
        has_token = hmac.compare_digest(cookies.get(CSRF, "").encode(), token.encode())
        return Visitor(person, token, is_young and has_token)


def ensure_person(session: Session, person: str) -> None:
    """Give a visitor a row, as soon as something is to be kept of them."""
    session.execute(insert(Person).values(id=person).on_conflict_do_nothing())
