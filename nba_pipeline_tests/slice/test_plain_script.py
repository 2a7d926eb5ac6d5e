"""The plain script that benchmarks hold the pipeline against: the same tables, the same rows."""

import datetime as dt

from benchmarks import contents
from benchmarks.plain_script import Script, assets
from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.game_days import days_between
from nba_pipeline.local.season.simulate import simulate
from nba_pipeline_tests.slice.conftest import BUCKET, PROJECT

LAST = dt.date(2024, 10, 26)


def test_the_plain_script_leads_to_the_rows_that_runs_write_to_bigquery(empty_slice):
    season = simulate(2024, through=LAST)
    days = days_between(season.games["game_date"].min().date(), LAST)
    empty_slice.fill(season)
    bucket = BucketResource(project=PROJECT, name=BUCKET, url=empty_slice.bucket_url)
    script = Script(empty_slice.instance, {"bucket": bucket, "bigquery": empty_slice.bigquery})
    for chunk in (days[:-1], days[-1:]):
        names = [asset.key.path[-1] for asset in assets()]
        assert empty_slice.run(str(chunk[0]), str(chunk[-1]), names).success
        script.run(chunk)
    expected = script.contents()
    assert sum(table.rows > 0 for table in expected.values()) > 15
    contents.refuse_differences(contents.of_tables(empty_slice.connection, expected), expected)
