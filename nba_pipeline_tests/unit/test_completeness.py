"""Raw tables against the schedule: complete, partial with the teams that are missing, or absent."""

import pandas as pd

from nba_pipeline import catalog
from nba_pipeline.orchestration import completeness

ONE, TWO = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-02")


def schedule(*games: tuple) -> pd.DataFrame:
    return pd.DataFrame(games, columns=list(completeness.SCHEDULE_COLUMNS)).astype({"game_date": "datetime64[us]"})


def teams(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(completeness.TEAM_COLUMNS)).astype({"game_date": "datetime64[us]"})


def statuses(schedule, rows) -> dict:
    found = completeness.compare(schedule, {"nba_raw.t": rows})
    missing = found["missing_teams"].astype(object).where(found["missing_teams"].notna(), None)
    return {row.game_date: (row.status, row.found_teams, m) for row, m in zip(found.itertuples(), missing, strict=True)}


def test_a_day_is_complete_when_every_team_that_played_has_a_row():
    played = schedule((ONE, 3, "BOS", "NYK"))
    assert statuses(played, teams((ONE, "BOS"), (ONE, "BOS"), (ONE, "NYK"))) == {ONE: ("complete", 2, None)}


def test_missing_teams_are_named():
    played = schedule((ONE, 3, "BOS", "NYK"), (ONE, 3, "LAL", "DEN"), (TWO, 3, "MIA", "ORL"))
    assert statuses(played, teams((ONE, "NYK"), (ONE, "LAL"))) == {
        ONE: ("partial", 2, "BOS,DEN"),
        TWO: ("absent", 0, "MIA,ORL"),
    }


def test_games_that_are_not_final_and_all_stars_are_not_expected():
    played = schedule((ONE, 1, "BOS", "NYK"), (TWO, 3, "LEB", "GIA"))
    assert statuses(played, teams()) == {}


def test_a_team_of_another_day_does_not_help():
    assert statuses(schedule((ONE, 3, "BOS", "NYK")), teams((TWO, "BOS"), (ONE, "NYK"))) == {ONE: ("partial", 1, "BOS")}


def test_tables_about_games_are_compared_and_others_not():
    compared = {table.name for table in catalog.tables().values() if completeness.is_about_games(table)}
    assert "nbac_player_boxscores" in compared
    assert "nbac_schedule" not in compared
