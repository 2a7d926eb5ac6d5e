"""One source against another: the teams whose points differ, and the players that make the difference."""

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.orchestration.agreement import PLAYER_COLUMNS, teams_that_differ
from nba_pipeline.sources import bdl_player_boxscores, nbac_player_boxscores

ONE, TWO = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-02")


def lines(*rows: tuple) -> pd.DataFrame:
    types = {"game_date": "datetime64[us]", "points": "Int64"}
    return pd.DataFrame(rows, columns=list(PLAYER_COLUMNS)).astype(types)


def differing(first: pd.DataFrame, second: pd.DataFrame) -> list[tuple]:
    return list(teams_that_differ(first, second).itertuples(index=False, name=None))


def test_teams_whose_sums_differ_are_named_with_the_players_whose_points_do():
    first = lines((ONE, "BOS", "jobexstrom", 20), (ONE, "BOS", "tarelwexby", 3), (ONE, "NYK", "quillonarbo", 7))
    second = lines((ONE, "BOS", "jobexstrom", 18), (ONE, "BOS", "tarelwexby", 3), (ONE, "NYK", "quillonarbo", 7))
    assert differing(first, second) == [(ONE, "BOS", 23, 21, "jobexstrom 20/18")]


def test_a_player_whom_one_source_lacks_has_no_points_there():
    first = lines((ONE, "BOS", "jobexstrom", 20), (ONE, "BOS", "tarelwexby", 3))
    second = lines((ONE, "BOS", "jobexstrom", 20), (ONE, "BOS", "quillonarbo", 5))
    assert differing(first, second) == [(ONE, "BOS", 23, 25, "quillonarbo 0/5, tarelwexby 3/0")]


def test_who_did_not_play_makes_no_difference_and_neither_does_another_spelling():
    first = lines((ONE, "BOS", "jobexstrom", 20))
    second = lines((ONE, "BOS", "jobstrom", 20), (ONE, "BOS", "tarelwexby", 0), (ONE, "BOS", "quillonarbo", None))
    assert differing(first, second) == []


def test_a_team_or_a_day_that_one_source_lacks_is_not_compared():
    first = lines((ONE, "BOS", "jobexstrom", 20), (TWO, "BOS", "jobexstrom", 20))
    second = lines((ONE, "NYK", "quillonarbo", 7), (TWO, "BOS", "jobexstrom", 21))
    assert differing(first, second) == [(TWO, "BOS", 20, 21, "jobexstrom 20/21")]


def test_tables_without_rows_agree():
    nothing = [frames.empty(source.TABLE, PLAYER_COLUMNS) for source in (nbac_player_boxscores, bdl_player_boxscores)]
    assert differing(*nothing) == []
    assert differing(nothing[0], lines((ONE, "BOS", "jobexstrom", 20))) == []
