"""Writers of rosters: what they write parses back to who played for whom."""

import datetime as dt
import json

import pandas as pd
import pytest

from nba_pipeline.local.season import roster_writers
from nba_pipeline.local.season.season import Season
from nba_pipeline.local.season.simulate import simulate
from nba_pipeline.sources import batch, br_season_rosters, espn_team_rosters
from nba_pipeline.sources.batch import SourceFile
from nba_pipeline.sources.names import player_lookup
from nba_pipeline_tests.season.test_writers import collect
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data, real_season


@pytest.fixture(scope="module", params=["simulated", pytest.param("2023-24", marks=needs_real_data)])
def season(request) -> Season:
    return simulate(2024, dt.date(2025, 1, 15)) if request.param == "simulated" else real_season(request.param)


@pytest.fixture(scope="module")
def rosters(season) -> pd.DataFrame:
    return collect(espn_team_rosters, roster_writers.team_rosters(season)).rows


def test_the_rosters_of_a_day_are_those_whose_last_team_plays(season, rosters):
    lines = season.player_lines
    days = sorted(lines["game_date"].unique())
    for day in (days[len(days) // 4], days[len(days) // 2], days[-1]):
        last = lines[lines["game_date"] < day].sort_values("game_date").groupby("player_id")["team_abbreviation"].last()
        expected = last[last.isin(lines.loc[lines["game_date"] == day, "team_abbreviation"])]
        found = rosters[rosters["roster_date"] == day].set_index("espn_player_id")["team_abbr"]
        assert len(expected) > 0
        assert found.to_dict() == expected.to_dict()


def test_nobody_is_on_a_roster_before_his_first_game(season, rosters):
    first = season.player_lines.groupby("player_id")["game_date"].min()
    assert (rosters["roster_date"] > rosters["espn_player_id"].map(first)).all()


@needs_real_data
def test_a_traded_player_changes_rosters_after_his_first_game_for_the_new_team():
    rows = collect(espn_team_rosters, roster_writers.team_rosters(real_season("2023-24"))).rows
    anunoby = rows[rows["player_lookup"] == "oganunoby"].set_index("roster_date")["team_abbr"]
    assert (anunoby[:"2024-01-01"].unique().tolist(), anunoby["2024-01-02":].unique().tolist()) == (["TOR"], ["NYK"])


def test_season_rosters_are_all_who_played_for_a_team(season):
    objects = roster_writers.season_rosters(season)
    scraped = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)
    collected = batch.collect(br_season_rosters, [SourceFile(name, 1, content, scraped) for name, content in objects])
    assert (collected.files, collected.rejected_rows) == (30, [])
    lines = season.player_lines.assign(player_lookup=player_lookup(season.player_lines["player_name"]))
    columns = {"team_abbreviation": "team_abbr"}
    expected = lines.rename(columns=columns)[["team_abbr", "player_lookup"]].drop_duplicates()
    found = collected.rows[["team_abbr", "player_lookup"]]
    assert sorted(map(tuple, found.to_numpy())) == sorted(map(tuple, expected.to_numpy()))
    assert set(collected.rows["season_year"]) == {season.year}


@needs_real_data
def test_a_roster_has_the_samples_fields(season):
    _, content = next(roster_writers.team_rosters(season))
    written, real = json.loads(content), json.loads((SAMPLES / "espn_roster_api" / "exp_2.json").read_bytes())
    assert (list(written), list(written["players"][0])) == (list(real), list(real["players"][0]))


def test_before_the_first_game_there_are_no_rosters():
    season = simulate(2024, dt.date(2024, 9, 1))
    assert [*roster_writers.team_rosters(season), *roster_writers.season_rosters(season)] == []
