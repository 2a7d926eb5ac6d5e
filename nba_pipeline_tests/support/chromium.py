"""A headless Chromium on Dagster's UI, for tests and for the README's pictures: the one that this machine has."""

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Nothing but the UI is asked for; a container's root has no sandbox.
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync", "--disable-background-networking")


def executable() -> str | None:
    """The path of a Chromium on this machine, or None."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def opened_page(url: str, seconds: float = 60) -> Iterator[Page]:
    """A page whose paths are those of `url`, with a profile of its own; whatever it waits for may take `seconds`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=_FLAGS)
        page = browser.new_page(base_url=url, viewport={"width": 1400, "height": 900})
        page.set_default_timeout(seconds * 1000)
        yield page
        browser.close()


def open_backfill(page: Page, selection: str, first: dt.date, last: dt.date) -> None:
    """From the graph to the dialog that launches a backfill of days of the assets that `selection` names."""
    page.locator(".CodeMirror").first.click()
    page.keyboard.type(selection)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Materialize all").first.click()
    page.get_by_text("Show all partitions").click()
    days = page.get_by_placeholder("ex: ")
    days.fill(f"[{first}...{last}]")
    days.press("Enter")
