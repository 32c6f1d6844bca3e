"""The pages as they are served: what they refer to is there, and nothing breaks the policy."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.validation_app.browsers import Browser

PAGES = ["/", "/speak", "/listen", "/overview", "/profile"]
FOLDER = Path(__file__).resolve().parents[2] / "validation_app" / "pages"
SCRIPTS = sorted((FOLDER / "static" / "js").glob("*.js"))
NewBrowser = Callable[[], Browser]


class Elements(HTMLParser):
    """All elements of a page with their attributes, and the text inside script and style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] in ("script", "style"):
            self.inline += data.strip()

    def ids(self) -> list[str]:
        return [attributes["id"] or "" for _, attributes in self.found if "id" in attributes]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_to_the_policy_and_names_what_is_there(path: str, browser: NewBrowser) -> None:
    somebody = browser()
    answer = somebody.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = Elements(answer.text)
    for tag, attributes in page.found:
        assert tag != "style" and "style" not in attributes, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        for name in ("src", "href"):
            target = attributes.get(name) or ""
            assert target[:1] in ("/", "#", "") and "//" not in target
            if target.startswith("/"):
                assert somebody.get(target).status_code == 200, target
    assert page.inline == ""
    assert len(page.ids()) == len(set(page.ids()))


@pytest.mark.parametrize("path", PAGES)
def test_labels_of_a_page_point_at_its_elements(path: str, browser: NewBrowser) -> None:
    page = Elements(browser().get(path).text)
    ids = set(page.ids())
    for _, attributes in page.found:
        for name in ("for", "aria-labelledby", "aria-describedby"):
            assert set((attributes.get(name) or "").split()) <= ids, attributes


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_elements_that_a_script_asks_for_are_in_a_template(script: Path) -> None:
    templates = "".join(
        path.read_text(encoding="utf-8") for path in (FOLDER / "templates").glob("*.html")
    )
    text = script.read_text(encoding="utf-8")
    asked = re.findall(r'(?:byId|copyOf)\("([a-z-]+)"', text)
    assert [one for one in asked if f'id="{one}"' not in templates] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_says_what_it_is_and_is_no_drawer(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert text.startswith("/**")
    assert text.count("\n") <= 400
    for name in re.findall(r'from "\./([a-z-]+\.js)"', text):
        assert (script.parent / name).is_file()


def test_the_token_of_the_page_is_the_one_of_the_cookie(browser: NewBrowser) -> None:
    somebody = browser()
    page = Elements(somebody.get("/").text)
    metas = {attributes.get("name"): attributes.get("content") for _, attributes in page.found}
    assert metas["csrf-token"] == somebody.cookies["csrf"]


def test_the_theme_comes_from_a_cookie_and_from_no_other_text(browser: NewBrowser) -> None:
    somebody = browser()
    themes = []
    for value in ("dark", "light", "x"):
        somebody.cookies.set("theme", value)
        themes.append(dict(Elements(somebody.get("/").text).found[0][1]).get("data-theme"))
        del somebody.cookies["theme"]
    assert themes == ["dark", "light", None]


def test_what_people_say_of_themselves_is_text_to_the_page(browser: NewBrowser) -> None:
    somebody = browser()
    said = {"age": "thirties", "gender": "", "accents": '"><script>alert(1)</script>'}
    assert somebody.put("/api/profile", json=said).status_code == 200
    page = Elements(somebody.get("/profile").text)
    fields = {a["id"]: a for _, a in page.found if "id" in a}
    assert fields["accents"]["value"] == said["accents"]
    chosen = [a["value"] for tag, a in page.found if tag == "option" and "selected" in a]
    assert chosen == ["thirties"]


def test_styles_and_scripts_are_asked_for_again_and_carry_no_cookies(browser: NewBrowser) -> None:
    somebody = browser()
    answer = somebody.get("/static/js/app.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    again = somebody.get("/static/js/app.js", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    for outside in ("/static/../routes.py", "/static/%2e%2e/routes.py", "/static/js"):
        assert somebody.get(outside).status_code == 404
