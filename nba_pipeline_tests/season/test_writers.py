"""Feed writers: objects in the shapes of the samples, that parse back to exactly the season they were made of."""

import datetime as dt
import gzip
import json
from collections.abc import Iterator

import pandas as pd
import pytest

from nba_pipeline import frames
from nba_pipeline.local.season import writers
from nba_pipeline.local.season.season import Season
from nba_pipeline.local.season.simulate import simulate
from nba_pipeline.local.season.tidy import NoSuchSeason, load
from nba_pipeline.sources import batch, nbac_player_boxscores, nbac_schedule
from nba_pipeline.sources.batch import Batch, SourceFile
from nba_pipeline_tests.support.real_data import SAMPLES, SHARED, needs_real_data, real_season

SEASONS = ["simulated", pytest.param("2023-24", marks=needs_real_data), pytest.param("2021-22", marks=needs_real_data)]
COUNTS = {header.lower(): column for header, column in nbac_player_boxscores._COUNTS.items()}
OF_LINES = {"pts": "points", "min": "minutes"}


@pytest.fixture(scope="module", params=SEASONS)
def season(request) -> Season:
    return simulate(2024, dt.date(2025, 1, 15)) if request.param == "simulated" else real_season(request.param)


def collect(source, objects: Iterator[tuple[str, bytes]]) -> Batch:
    collected = batch.collect(source, (SourceFile(name, 1, content) for name, content in objects))
    assert not collected.rejected_rows
    return collected


def in_raw_shape(season: Season) -> pd.DataFrame:
    """The season's own lines under the raw table's names."""
    renamed = season.player_lines.rename(
        columns={**COUNTS, "team_abbreviation": "team_abbr", "opponent_abbreviation": "opponent_abbr"}
    )
    return renamed.assign(won=renamed["wl"] == "W")


def compared(season_rows: pd.DataFrame, rows: pd.DataFrame, by: list[str]) -> None:
    """Fails unless both hold the same rows in the columns that both have."""
    columns = [name for name in rows.columns if name in season_rows.columns]
    assert set(by) < set(columns)
    expected, found = (
        frame[columns].sort_values(by, ignore_index=True).astype({name: rows[name].dtype for name in columns})
        for frame in (season_rows, rows)
    )
    pd.testing.assert_frame_equal(found, expected)


def test_the_box_scores_parse_back_to_exactly_the_seasons_lines(season):
    collected = collect(nbac_player_boxscores, writers.player_boxscores(season))
    assert collected.files == season.player_lines["game_date"].nunique()
    expected = in_raw_shape(season)
    assert {*COUNTS.values(), "won", "is_home", "opponent_abbr", "player_name"} < set(expected.columns)
    compared(expected, collected.rows, ["game_id", "player_id"])


def test_the_schedule_parses_back_to_exactly_the_seasons_games(season):
    rows = collect(nbac_schedule, writers.schedule(season)).rows
    expected = season.games.rename(
        columns={
            **{"home_team": "home_team_abbr", "away_team": "away_team_abbr", "home_pts": "home_points"},
            **{"away_pts": "away_points", "arena": "arena_name", "label": "game_label"},
        }
    )
    expected["is_neutral"] = expected["is_neutral"].astype("boolean").fillna(False)
    compared(expected, rows, ["game_id"])
    assert (rows["game_status"] == 3).equals(rows["home_points"].notna())


def test_a_day_is_scraped_the_next_morning_and_the_schedule_after_the_last_result(season):
    for name, _ in writers.player_boxscores(season):
        fields = nbac_player_boxscores.FEED.fields(name)
        day, scraped = dt.date.fromisoformat(fields["date"]), nbac_player_boxscores.FEED.scraped_at(name)
        assert scraped.date() == day + dt.timedelta(days=1)
    ((name, _),) = writers.schedule(season)
    last = season.player_lines["game_date"].max().date()
    assert nbac_schedule.FEED.scraped_at(name).date() == last + dt.timedelta(days=1)


def test_the_same_season_is_written_in_the_same_bytes():
    season, again = (simulate(2024, dt.date(2024, 11, 1)) for _ in range(2))
    for writer in writers.WRITERS.values():
        assert list(writer.objects(season)) == list(writer.objects(again))


def test_a_season_before_its_first_game_is_a_schedule_without_results():
    rows = collect(nbac_schedule, writers.schedule(simulate(2024, dt.date(2024, 9, 1)))).rows
    assert len(rows) == 1230
    assert rows["game_status"].eq(1).all()
    assert list(writers.player_boxscores(simulate(2024, dt.date(2024, 9, 1)))) == []


def shape(value: object) -> object:
    """Keys and JSON types, lists by their first element; null stands for anything."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


@needs_real_data
def test_the_schedule_has_the_samples_shape(season):
    ((_, content),) = writers.schedule(season)
    sample = json.loads(gzip.decompress((SAMPLES / "nbac_schedule_api" / "exp_80cb1fd6.json.gz").read_bytes()))
    del sample["metadata"]  # a digest of the games that nothing reads
    assert shape(json.loads(content)) == shape(sample)


@needs_real_data
def test_the_box_scores_have_the_samples_shape(season):
    _, content = next(writers.player_boxscores(season))
    written, sample = (
        json.loads(content),
        json.loads((SAMPLES / "nbac_player_boxscore" / "exp_2ad17718.json").read_bytes()),
    )
    assert written["resultSets"][0]["headers"] == sample["resultSets"][0]["headers"]
    played = [next(row for row in found["resultSets"][0]["rowSet"] if None not in row) for found in (written, sample)]
    assert shape(dict(enumerate(played[0]))) == shape(dict(enumerate(played[1])))
    for found in (written, sample):
        del found["resultSets"]
    assert shape(written) == shape(sample)


@needs_real_data
def test_derived_columns_of_the_box_scores_are_the_samples_own():
    sample = json.loads((SAMPLES / "nbac_player_boxscore" / "exp_2ad17718.json").read_bytes())["resultSets"][0]
    season = real_season("2024-25")
    day = season.player_lines["game_date"] == "2025-03-15"
    written = json.loads(
        next(writers.player_boxscores(Season(2024, season.games, season.player_lines[day], season.shots)))[1]
    )
    place = sample["headers"].index("PLAYER_ID")
    expected, found = (
        {row[place]: row for row in rows} for rows in (sample["rowSet"], written["resultSets"][0]["rowSet"])
    )
    assert found == expected


@needs_real_data
def test_a_season_that_the_folder_lacks_is_named_beside_those_it_holds():
    with pytest.raises(NoSuchSeason, match=r"no season 1999-00, only .*2023-24"):
        load(SHARED / "tidy", "1999-00")


def test_a_folder_without_seasons_is_refused_with_what_it_should_hold(tmp_path):
    with pytest.raises(NoSuchSeason, match=r"schedule\.parquet does not exist: --from names a folder"):
        load(tmp_path, "2023-24")


@needs_real_data
@pytest.mark.parametrize(("name", "games", "lines"), [("2022-23", 1320, 27_623), ("2023-24", 1319, 28_086)])
def test_a_real_season_is_everything_after_the_preseason(name, games, lines):
    season = real_season(name)
    assert (len(season.games), len(season.player_lines)) == (games, lines)
    assert set(season.player_lines["game_id"]) <= set(season.games["game_id"])


def test_an_empty_frame_of_the_raw_table_is_what_no_objects_give():
    pd.testing.assert_frame_equal(batch.collect(nbac_schedule, []).rows, frames.empty(nbac_schedule.TABLE))
