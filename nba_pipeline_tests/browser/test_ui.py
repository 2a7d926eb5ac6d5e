"""What the README says of the UI, done in a browser: the graph, and a backfill of some days from it to its end."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from nba_pipeline import operations
from nba_pipeline.local.season.loading import fill_bucket
from nba_pipeline.local.season.simulate import simulate
from nba_pipeline_tests.support import chromium
from nba_pipeline_tests.support.quiet_console import QUIET
from nba_pipeline_tests.support.running_stack import running_stack

pytestmark = pytest.mark.skipif(chromium.executable() is None, reason="no Chromium here: apt-get install chromium")

FIRST, LAST = dt.date(2024, 10, 22), dt.date(2024, 10, 24)
SECONDS = 120


@pytest.fixture(scope="module")
def season():
    return simulate(2024, through=LAST)


@pytest.fixture(scope="module")
def page(tmp_path_factory, season):
    with (
        running_stack(tmp_path_factory.mktemp("stack")) as settings,
        operations.held(settings, dt.timedelta(hours=1), "the test looks at its backfill alone"),
    ):
        fill_bucket(settings, season, ["nbac_schedule", "nbac_player_boxscores"], QUIET)
        expect.set_options(timeout=SECONDS * 1000)
        with chromium.opened_page(settings.ui_url, SECONDS) as page:
            yield page


def test_the_graph_shows_the_phases(page):
    page.goto("/asset-groups")
    for phase in ("raw", "analytics", "precompute", "predictions", "orchestration"):
        expect(page.get_by_text(phase, exact=True).first).to_be_visible()


def test_a_backfill_of_some_days_is_launched_from_the_graph_and_ends(page, season):
    page.goto("/asset-groups")
    chromium.open_backfill(page, 'key:"nba_raw/nbac_schedule" or key:"nba_raw/nbac_player_boxscores"', FIRST, LAST)
    expect(page.get_by_text("Launch runs to materialize 2 assets")).to_be_visible()
    page.get_by_role("button", name="Launch backfill").click()
    expect(page.get_by_text("Created backfill")).to_be_visible()
    page.goto("/runs?view=backfills")
    expect(page.get_by_text("Success").first).to_be_visible()
    page.goto("/assets/nba_raw/nbac_player_boxscores")
    lines = season.player_lines["game_date"].dt.date.between(FIRST, LAST).sum()
    expect(page.get_by_text(f"{lines:,}", exact=True).last).to_be_visible()
