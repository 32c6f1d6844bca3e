"""The pages: what the templates are given. Speaking and listening themselves happen in scripts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from validation_app import limits, reasons
from validation_app.context import FromVisitor, InContext

FOLDER = Path(__file__).parent
_THEMES = ("light", "dark")

router = APIRouter(include_in_schema=False)
_templates = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Static(StaticFiles):
    """Styles and scripts; browsers keep them, and ask each time whether they are still the same."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER / "static")

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.setdefault("Cache-Control", "no-cache")
        return response


class _Pages:
    """Renders a template with what every page has."""

    def __init__(self, request: Request, context: InContext, visitor: FromVisitor) -> None:
        chosen = request.cookies.get("theme")
        self._shared = {
            "path": request.url.path,
            "locale": context.settings.locale,
            "csrf_token": visitor.csrf_token,
            "theme": chosen if chosen in _THEMES else None,
        }

    def render(self, name: str, values: Mapping[str, Any]) -> HTMLResponse:
        return HTMLResponse(_templates.get_template(name).render(self._shared, **values))


@router.get("/")
def welcome(request: Request, context: InContext, visitor: FromVisitor) -> HTMLResponse:
    """Two doors, and how much has come together."""
    figures = [("hours recorded", "12.4"), ("hours agreed on", "9.1"), ("people", "128"), ("clips to hear", "1,204")]
    return _Pages(request, context, visitor).render("welcome.html", {"figures": figures})


@router.get("/speak")
def speak(request: Request, context: InContext, visitor: FromVisitor) -> HTMLResponse:
    """Sentences to read aloud."""
    values = {"limits": limits, "sentence_reasons": reasons.SENTENCE}
    return _Pages(request, context, visitor).render("speak.html", values)


@router.get("/listen")
def listen(request: Request, context: InContext, visitor: FromVisitor) -> HTMLResponse:
    """Clips to vote on."""
    values = {"no_reasons": reasons.NO, "clip_reasons": reasons.CLIP}
    return _Pages(request, context, visitor).render("listen.html", values)


@router.get("/overview")
def overview(request: Request, context: InContext, visitor: FromVisitor) -> HTMLResponse:
    """What has come together, in figures and charts."""
    figures = [("hours recorded", "12.4"), ("hours agreed on", "9.1"), ("people", "128"), ("clips to hear", "1,204")]
    return _Pages(request, context, visitor).render("overview.html", {"figures": figures, "charts": []})


@router.get("/profile")
def profile(request: Request, context: InContext, visitor: FromVisitor) -> HTMLResponse:
    """What a person has given, and what they may tell of their voice."""
    figures = [("recorded", "12"), ("voted", "9"), ("found valid", "128"), ("to hear", "1,204")]
    return _Pages(request, context, visitor).render("profile.html", {"figures": figures, "ages": [("", "Not said")], "genders": [("", "Not said")], "profile": {"age": "", "gender": "", "accents": ""}})
