"""The writer of points lines: what it writes parses back to the season's lines, in the Odds API's shape."""

import datetime as dt
import json

import pandas as pd
import pytest

from nba_pipeline.local.season import odds_writers
from nba_pipeline.local.season.season import PROP_COLUMNS, Season
from nba_pipeline.local.season.simulate import simulate
from nba_pipeline.sources import odds_api_player_points_props
from nba_pipeline.sources.odds import WITHOUT_PRICES
from nba_pipeline_tests.season.test_writers import collect, shape
from nba_pipeline_tests.support import odds_answers
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data, real_season

KEYS = ["event_id", "snapshot_ts", "bookmaker", "player_name", "line"]


@pytest.fixture(
    scope="module", params=["simulated", *(pytest.param(n, marks=needs_real_data) for n in ("2023-24", "2024-25"))]
)
def season(request) -> Season:
    return simulate(2024, dt.date(2025, 1, 15)) if request.param == "simulated" else real_season(request.param)


def without_prices_of_none(props: pd.DataFrame) -> pd.DataFrame:
    """`props` as tables hold them: daily-fantasy books have no prices."""
    priced = ~props["bookmaker"].isin(WITHOUT_PRICES)
    return props.assign(**{name: props[name].where(priced) for name in ("over_price", "under_price")})


def test_lines_parse_back_to_exactly_the_seasons_lines(season):
    collected = collect(odds_api_player_points_props, odds_writers.player_points_props(season))
    assert collected.files == len(season.props[["event_id", "snapshot_ts"]].drop_duplicates())
    renamed = {"points_line": "line", "home_team_abbr": "home_team", "away_team_abbr": "away_team"}
    found = collected.rows.rename(columns=renamed)[list(PROP_COLUMNS)].sort_values(KEYS, ignore_index=True)
    expected = without_prices_of_none(season.props).sort_values(KEYS, ignore_index=True)
    pd.testing.assert_frame_equal(found, expected.astype(found.dtypes.to_dict()))


def test_lines_have_the_shape_of_a_historical_answer(season):
    name, content = next(odds_writers.player_points_props(season))
    written = json.loads(content)
    line = odds_answers.line("Jobex Ström", 20.5, -115, -105)
    book = odds_answers.bookmaker("fanduel", odds_answers.market("player_points", *line))
    toy = odds_answers.historical(odds_answers.event({**book, "last_update": "2024-01-02T01:00:00Z"}))
    assert json.loads(json.dumps(shape(written)).replace("NoneType", "str")) == shape(toy)
    fields = odds_api_player_points_props.FEED.fields(name)
    assert fields["event_id"] == written["data"]["id"]
    assert written["timestamp"][11:16].replace(":", "") == fields["hhmm"]


@needs_real_data
def test_the_wrapper_and_the_event_are_those_of_a_real_answer(season):
    sample = json.loads((SAMPLES / "oddsa_player_props_his" / "exp_815b3ee3.json").read_bytes())
    written = json.loads(next(odds_writers.player_points_props(season))[1])
    for found in (written, sample):
        del found["data"]["bookmakers"]
    assert shape(written) == shape(sample)


@needs_real_data
def test_the_lines_of_the_two_real_seasons_that_have_any_are_all_there():
    seasons = [real_season(name).props for name in ("2023-24", "2024-25")]
    assert [len(props) for props in seasons] == [76_330, 12_078]
    assert real_season("2021-22").props.empty


def test_a_season_without_lines_has_no_objects():
    season = simulate(2024, dt.date(2024, 11, 1))
    without = Season(2024, season.games, season.player_lines, season.shots)
    assert list(odds_writers.player_points_props(without)) == []
