"""The pages: what the templates are given. Speaking and listening themselves happen in scripts."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from validation_app.api.overview import CurrentOverview
from validation_app.community import demographics, profiles, reasons
from validation_app.overview.charts import charts, figures
from validation_app.recordings import limits
from validation_app.web.context import FromPerson, FromVisitor, InContext

_THEMES = ("light", "dark")
_AT_A_GLANCE = 4
"""So many figures the welcome has."""
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

router = APIRouter(default_response_class=HTMLResponse)


class Page:
    """What renders a template for one request, with what every page has."""

    def __init__(self, request: Request, context: InContext, visitor: FromVisitor) -> None:
        chosen = request.cookies.get("theme")
        self._shared = {
            "path": request.url.path,
            "locale": context.settings.locale,
            "csrf_token": visitor.csrf_token,
            "theme": chosen if chosen in _THEMES else None,
        }

    def render(self, name: str, **values: Any) -> str:
        """The page as HTML. Raises jinja2.UndefinedError where a value is missing."""
        return _templates.get_template(name).render(self._shared, **values)


OnPage = Annotated[Page, Depends()]


@router.get("/")
def welcome(page: OnPage, found: CurrentOverview) -> str:
    """Two doors, and how much has come together."""
    return page.render("welcome.html", figures=figures(found)[:_AT_A_GLANCE])


@router.get("/speak")
def speak(page: OnPage) -> str:
    """Sentences to read aloud."""
    return page.render("speak.html", limits=limits, sentence_reasons=reasons.SENTENCE)


@router.get("/listen")
def listen(page: OnPage) -> str:
    """Clips to vote on."""
    return page.render("listen.html", no_reasons=reasons.NO, clip_reasons=reasons.CLIP)


@router.get("/overview")
def overview(page: OnPage, found: CurrentOverview) -> str:
    """What has come together, in figures and charts."""
    return page.render("overview.html", figures=figures(found), charts=charts(found))


@router.get("/profile")
def profile(page: OnPage, context: InContext, person: FromPerson) -> str:
    """What a person has given and what became of it, and what they tell of their voice."""
    with context.reading() as session:
        said, work = profiles.profile(session, person), profiles.work(session, person)
    return page.render(
        "profile.html",
        said=said,
        work=work,
        ages=demographics.AGES,
        genders=demographics.GENDERS,
    )
