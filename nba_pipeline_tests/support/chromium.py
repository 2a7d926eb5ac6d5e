"""A headless Chromium on Dagster's UI, for tests and for the README's pictures: the one that this machine has."""

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
def opened_page(url: str, seconds: float = 60, height: int = 900) -> Iterator[Page]:
    """A page whose paths are those of `url`, with a profile of its own; whatever it waits for may take `seconds`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=_FLAGS)
        page = browser.new_page(base_url=url, viewport={"width": 1400, "height": height})
        page.set_default_timeout(seconds * 1000)
        yield page
        browser.close()
