"""Browsers without a screen."""

from typing import Any

import httpx
from fastapi import FastAPI
from starlette.testclient import TestClient

SENTENCES = [f"Sentence number {number}." for number in range(1, 11)]


class Browser(TestClient):
    """Keeps its cookies, and sends the token with what changes something, as the pages do."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(app, raise_server_exceptions=True)
        self.get("/api/mine")

    def request(self, method: str, url: httpx._types.URLTypes, **rest: Any) -> httpx.Response:
        if method not in ("GET", "HEAD"):
            rest["headers"] = {"X-CSRF-Token": self.cookies["csrf"], **(rest.get("headers") or {})}
        answer = super().request(method, url, **rest)
        assert isinstance(answer, httpx.Response)
        return answer

    @property
    def person(self) -> str:
        """The id of who sits before it."""
        return str(self.cookies["person"]).partition(".")[0]
