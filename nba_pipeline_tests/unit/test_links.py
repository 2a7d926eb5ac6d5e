"""Links lead to Google's console or to the local stack, whatever an object is called."""

import html

import pytest

from nba_pipeline import settings
from nba_pipeline.defs import links, markdown
from nba_pipeline.defs.bigquery_resource import BigQueryResource
from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.sources import nbac_schedule

GCP = settings.load({"NBA_ENV": "gcp", "NBA_PROJECT": "ours", "NBA_BUCKET": "scraped"})
LOCAL = settings.load({"NBA_BIGQUERY_PORT": "9050", "NBA_BUCKET_PORT": "4443"})
ODD = "nba-com/odd/](javascript:x) |`<b>.json"


def places(current):
    return BigQueryResource.of(current), BucketResource.of(current)


def test_in_google_cloud_links_lead_to_the_console():
    bigquery, bucket = places(GCP)
    console = "https://console.cloud.google.com"
    assert links.folder(bucket, "espn/rosters/") == f"{console}/storage/browser/scraped/espn/rosters/?project=ours"
    assert links.content(bucket, "a b.json") == f"{console}/storage/browser/_details/scraped/a%20b.json?project=ours"
    assert links.rows(bigquery, nbac_schedule.TABLE) == (
        f"{console}/bigquery?p=ours&d=nba_raw&t=nbac_schedule&page=table"
    )
    assert links.job(bigquery, "nba-1") == f"{console}/bigquery?project=ours&j=bq:US:nba-1&page=queryresults"


def test_locally_links_lead_to_the_servers_of_the_stack():
    bigquery, bucket = places(LOCAL)
    assert links.content(bucket, "a/b").startswith("http://127.0.0.1:4443/storage/v1/b/nba-scraped-data/o/a%2Fb")
    assert links.rows(bigquery, nbac_schedule.TABLE).startswith("http://127.0.0.1:9050/bigquery/v2/projects/nba-local/")


@pytest.mark.parametrize("current", [GCP, LOCAL], ids=["gcp", "local"])
def test_a_name_from_outside_is_neither_markdown_nor_part_of_an_address(current):
    _, bucket = places(current)
    row = markdown.table(("object",), [(markdown.Link(ODD, links.content(bucket, ODD)),)]).splitlines()[2]
    text, _, url = row.removeprefix("| [").removesuffix(") |").rpartition("](")
    assert html.unescape(text.replace("\\", "")) == ODD
    assert r"\](javascript:x) \|\`&lt;b&gt;" in text
    assert not set("()[]<>| `") & set(url)
