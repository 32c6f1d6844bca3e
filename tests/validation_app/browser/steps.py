"""What people do on the pages, again and again."""

from playwright.sync_api import Page, expect

SECOND = 1000
"""In milliseconds, as Playwright has them."""


def record_with_keys(page: Page, seconds: float = 1.4) -> None:
    """One recording by the key r; returns when it was looked at."""
    page.keyboard.press("r")
    expect(page.locator("#status")).to_contain_text("Speak now")
    page.wait_for_timeout(seconds * SECOND)
    page.keyboard.press("r")
    expect(page.locator("#record")).not_to_have_class("round busy")


def record_set(page: Page) -> None:
    """A whole set, until the review."""
    expect(page.locator("#sentence")).not_to_be_empty()
    for _ in range(page.locator(".step").count()):
        record_with_keys(page)
    expect(page.locator("#review-title")).to_be_visible()


def hear(page: Page) -> None:
    """Play the clip to its end."""
    page.keyboard.press("p")
    expect(page.locator("#yes")).not_to_have_attribute("aria-disabled", "true")
