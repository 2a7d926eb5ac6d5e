"""The sensor itself, on a real bucket server and a real instance: what a tick asks for, and what an operator sees."""

import datetime as dt
import shutil

import dagster as dg
import pytest
from rich.console import Console

from nba_pipeline import operations, settings
from nba_pipeline.dagster_api import DagsterError
from nba_pipeline.defs import lanes
from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.defs.live_ingest import bucket_files
from nba_pipeline.defs.raw.feed_asset import LISTED_AT
from nba_pipeline.defs.table_asset import asset_key
from nba_pipeline.game_days import today
from nba_pipeline.ingest.holds import BadHold
from nba_pipeline.listings.status import listing
from nba_pipeline.local.stack import dagster_home
from nba_pipeline.sources import espn_team_rosters, nbac_player_list
from nba_pipeline.sources.feed import Feed
from nba_pipeline.sources.teams import TEAMS
from nba_pipeline_tests.support.code_location import code_location
from nba_pipeline_tests.support.local_bucket import opened_bucket, running_local_bucket

ROSTERS, PLAYERS = espn_team_rosters.FEED, nbac_player_list.FEED
HOUR = dt.timedelta(hours=1)


class Sensor:
    """Ticks of the sensor on a bucket of its own, with its cursor kept as Dagster keeps it."""

    def __init__(self, url: str, name: str, current: settings.Settings, instance: dg.DagsterInstance):
        self.url, self.name, self.settings, self.instance = url, name, current, instance
        self.cursor = None

    def put(self, feed: Feed, day: dt.date | None = None, stamp: str = "T090000Z", **fields: str) -> str:
        day = day or today()
        with opened_bucket(self.url, self.name) as bucket:
            name = feed.object_name(date=f"{day}", ts=f"{day:%Y%m%d}{stamp}", **fields)
            assert bucket.write(name, b"{}")
            return name

    def tick(self) -> dg.SensorResult:
        bigquery = code_location().resources["bigquery"].model_copy(update={"time_scale": 1.0})
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursor,
            repository_def=code_location().get_repository_def(),
            resources={"bucket": BucketResource(project="p", name=self.name, url=self.url), "bigquery": bigquery},
        )
        result = bucket_files(context)
        self.cursor = result.cursor
        return result

    def written(self, source, listed_at: dt.datetime) -> None:
        """A run wrote today's partition from a listing of that moment."""
        moment = dg.MetadataValue.timestamp(listed_at)
        self.instance.report_runless_asset_event(
            dg.AssetMaterialization(asset_key(source.TABLE), partition=f"{today()}", metadata={LISTED_AT: moment})
        )

    def status(self) -> str:
        console = Console(width=200)
        with console.capture() as capture:
            console.print(*listing(operations.status(self.settings)))
        return capture.get()


@pytest.fixture(scope="module")
def bucket_url(tmp_path_factory):
    with running_local_bucket(tmp_path_factory.mktemp("bucket")) as url:
        yield url


@pytest.fixture
def sensor(bucket_url, tmp_path):
    current = settings.load({"NBA_STATE_DIR": str(tmp_path)})
    dagster_home(current).mkdir()
    shutil.copyfile(settings.PROJECT_ROOT / "dagster.yaml", dagster_home(current) / "dagster.yaml")
    with opened_bucket(bucket_url, tmp_path.name.replace("_", "-")), operations.dagster_instance(current) as instance:
        yield Sensor(bucket_url, tmp_path.name.replace("_", "-"), current, instance)


def skipped(result: dg.SensorResult) -> str:
    assert not result.run_requests
    return result.skip_reason.skip_message


def test_an_empty_bucket_is_no_news(sensor):
    assert skipped(sensor.tick()) == "no new files"


def test_a_file_of_today_becomes_a_live_run_of_its_table_and_day_once(sensor):
    sensor.put(PLAYERS)
    [request] = sensor.tick().run_requests
    assert request.asset_selection == [asset_key(nbac_player_list.TABLE)]
    assert request.tags["dagster/partition"] == f"{today()}"
    assert request.tags[lanes.LANE] == lanes.LIVE
    assert skipped(sensor.tick()) == "no new files"


def test_the_same_files_have_the_same_run_key_in_a_tick_that_is_repeated(sensor):
    sensor.put(PLAYERS)
    before = sensor.cursor
    [first] = sensor.tick().run_requests
    sensor.cursor = before
    [again] = sensor.tick().run_requests
    assert first.run_key == again.run_key


def test_a_batch_that_is_not_whole_waits_and_its_reason_is_seen_everywhere(sensor):
    for team in TEAMS[2:]:
        sensor.put(ROSTERS, team_abbr=team.abbr)
    result = sensor.tick()
    assert "came so far: 28 of 30 teams: without ATL, BOS" in skipped(result)
    [observed] = result.asset_events
    assert observed.metadata["batches"].value == 1
    assert "28 of 30 teams" in observed.metadata["waiting"].value
    assert "28 of 30 teams" in sensor.status()


def test_the_last_team_makes_the_batch_one_run(sensor):
    for team in TEAMS[:-1]:
        sensor.put(ROSTERS, team_abbr=team.abbr)
    sensor.tick()
    sensor.put(ROSTERS, team_abbr=TEAMS[-1].abbr)
    result = sensor.tick()
    assert len(result.run_requests) == 1
    assert [event.metadata["batches"].value for event in result.asset_events] == [0]


def test_what_a_run_has_listed_since_it_came_needs_no_run(sensor):
    sensor.put(PLAYERS)
    sensor.written(nbac_player_list, dt.datetime.now(dt.UTC) + HOUR)
    assert skipped(sensor.tick()) == "no new files"


def test_what_came_after_a_run_had_listed_the_bucket_needs_one(sensor):
    sensor.put(PLAYERS)
    sensor.written(nbac_player_list, dt.datetime.now(dt.UTC) - HOUR)
    assert len(sensor.tick().run_requests) == 1


def test_a_held_table_waits_with_the_reason_and_runs_once_when_it_is_released(sensor):
    operations.hold(sensor.settings, [str(nbac_player_list.TABLE)], HOUR, "the scraper moves")
    sensor.put(PLAYERS)
    assert "the scraper moves" in skipped(sensor.tick())
    sensor.put(PLAYERS, stamp="T100000Z")
    sensor.tick()
    assert sensor.status().count("the scraper moves") == 2
    assert len(operations.release(sensor.settings, [str(nbac_player_list.TABLE)])) == 1
    assert len(sensor.tick().run_requests) == 1


def test_a_hold_that_is_too_long_is_refused(sensor):
    with pytest.raises(BadHold, match="up to 7 days"):
        operations.hold(sensor.settings, [], dt.timedelta(days=8), "for ever")


def test_a_reset_looks_again_at_what_came_since_and_leaves_out_what_runs_have_read(sensor):
    old = today() - dt.timedelta(days=30)
    sensor.tick()
    sensor.put(PLAYERS)
    sensor.put(PLAYERS, old)
    assert len(first := sensor.tick().run_requests) == 2
    sensor.written(nbac_player_list, dt.datetime.now(dt.UTC) + HOUR)
    operations.reset(sensor.settings, dt.datetime.now(dt.UTC) - HOUR)
    [again] = sensor.tick().run_requests
    assert again.tags["dagster/partition"] == f"{old}"
    assert again.run_key not in {request.run_key for request in first}


@pytest.mark.parametrize("broken", ["{", '{"version": 2}', "20261123T000000Z"])
def test_a_cursor_that_can_not_be_read_loses_nothing_that_waits(sensor, broken):
    sensor.tick()
    operations.hold(sensor.settings, [], HOUR, "the scraper moves")
    sensor.put(PLAYERS, today() - dt.timedelta(days=30))
    sensor.tick()
    operations.release(sensor.settings, [])
    sensor.cursor = broken
    assert len(sensor.tick().run_requests) == 1
    assert skipped(sensor.tick()) == "no new files"


def test_without_an_instance_it_is_said_how_to_get_one(tmp_path):
    with (
        pytest.raises(DagsterError, match="make dev"),
        operations.dagster_instance(settings.load({"NBA_STATE_DIR": str(tmp_path)})),
    ):
        pass


def test_in_production_the_instance_is_that_of_dagster_home(monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    current = settings.load({"NBA_ENV": "gcp", "NBA_PROJECT": "p", "NBA_BUCKET": "b"})
    with pytest.raises(DagsterError, match="DAGSTER_HOME is not set"), operations.dagster_instance(current):
        pass
