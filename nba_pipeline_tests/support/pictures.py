"""make pictures: the README's pictures, taken in a browser of a demo that runs."""

import datetime as dt

from playwright.sync_api import Page

from nba_pipeline import report, settings
from nba_pipeline.game_days import today
from nba_pipeline.settings import PROJECT_ROOT
from nba_pipeline_tests.support import chromium

FOLDER = PROJECT_ROOT / "docs" / "images"
# When a page is there it still lays out its graph and fetches figures.
_SETTLE_MILLISECONDS = 5_000


def main() -> None:
    """Takes all pictures."""
    current = settings.load()
    path = current.state_dir.resolve() / "report.html"
    report.write(current, path, today() - dt.timedelta(days=365), today())
    with chromium.opened_page(current.ui_url) as page:
        page.goto("/asset-groups")
        _take(page, "lineage", height=520)
        selection = 'key:"nba_raw/nbac_schedule" or key:"nba_raw/nbac_player_boxscores"'
        chromium.open_backfill(page, selection, today().replace(day=1), today())
        _take(page, "backfill", height=760)
        page.goto(path.as_uri())
        page.locator("img").first.scroll_into_view_if_needed()
        _take(page, "report", height=900)


def _take(page: Page, name: str, height: int) -> None:
    page.set_viewport_size({"width": 1400, "height": height})
    page.wait_for_timeout(_SETTLE_MILLISECONDS)
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
