"""What the README says of the UI, looked at in a browser."""

import pytest
from playwright.sync_api import expect

from nba_pipeline_tests.support import chromium
from nba_pipeline_tests.support.running_stack import running_stack

pytestmark = pytest.mark.skipif(chromium.executable() is None, reason="no Chromium here: apt-get install chromium")

SECONDS = 120


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with running_stack(tmp_path_factory.mktemp("stack")) as settings:
        expect.set_options(timeout=SECONDS * 1000)
        with chromium.opened_page(settings.ui_url, SECONDS) as page:
            yield page


def test_the_graph_shows_the_phases(page):
    page.goto("/asset-groups")
    for phase in ("raw", "analytics", "precompute", "predictions", "orchestration"):
        expect(page.get_by_text(phase, exact=True).first).to_be_visible()
