"""completeness: for each raw table and day, whether it holds every team that played by the schedule."""

from collections.abc import Mapping

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.sources.teams import BY_ABBR
from nba_pipeline.table import Table, nullable, required

COMPLETE, PARTIAL, ABSENT = "complete", "partial", "absent"

TABLE = Table(
    dataset="nba_orchestration",
    name="completeness",
    description="Each raw table about games against the schedule, day by day: complete, or which teams are missing.",
    key=("game_date", "table_name"),
    columns=(
        required("game_date", "DATE", "Eastern game day with at least one final game"),
        required("table_name", "STRING", "The raw table, as dataset.table"),
        required("expected_teams", "INT64", "Teams that played that day"),
        required("found_teams", "INT64", "Those of them that the table has rows of"),
        required("status", "STRING", f"{COMPLETE}, {PARTIAL}, or {ABSENT} where the table has none of them"),
        nullable("missing_teams", "STRING", "NBA.com's codes of the others, with commas; NULL when complete"),
    ),
)

SCHEDULE_COLUMNS = ("game_date", "game_status", "home_team_abbr", "away_team_abbr")
TEAM_COLUMNS = ("game_date", "team_abbr")
_FINAL = 3


def is_about_games(table: Table) -> bool:
    """Whether a raw table has rows of each team of each game, day by day; snapshots are of whatever is going on."""
    by_game_day = table.dataset == "nba_raw" and table.day_column == "game_date"
    return by_game_day and set(TEAM_COLUMNS) <= set(table.column_names) and table.strategy != "append"


def compare(schedule: pd.DataFrame, teams: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows of TABLE for the days of `schedule` (SCHEDULE_COLUMNS); `teams` are TEAM_COLUMNS by the table's name."""
    final = schedule[schedule["game_status"] == _FINAL]
    sides = [final[["game_date", side]].set_axis(list(TEAM_COLUMNS), axis=1) for side in _SIDES]
    played = pd.concat(sides).drop_duplicates()
    expected = played[played["team_abbr"].isin(BY_ABBR)]  # not the teams of the all-star game
    compared = [frames.typed(TABLE, _compare_one(expected, rows).assign(table_name=n)) for n, rows in teams.items()]
    return pd.concat(compared, ignore_index=True)


_SIDES = ("home_team_abbr", "away_team_abbr")


def _compare_one(expected: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    found = expected.merge(rows.drop_duplicates(), on=list(TEAM_COLUMNS), how="left", indicator="where")
    found["missing"] = found["team_abbr"].where(found["where"] == "left_only")
    days = found.groupby("game_date")
    counted = days.agg(expected_teams=("team_abbr", "size"), missing_count=("missing", "count")).reset_index()
    counted["found_teams"] = counted["expected_teams"] - counted["missing_count"]
    counted["status"] = COMPLETE
    counted.loc[counted["missing_count"] > 0, "status"] = PARTIAL
    counted.loc[counted["found_teams"] == 0, "status"] = ABSENT
    names = found.dropna(subset="missing").sort_values("missing").groupby("game_date")["missing"].agg(",".join)
    counted["missing_teams"] = counted["game_date"].map(names)
    return counted.drop(columns="missing_count")
