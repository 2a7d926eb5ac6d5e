"""NBA.com's league game log: every player line of a day in one object."""

import pandas as pd

from nba_pipeline.sources.box_score import COUNTS, count_columns, counted
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.sources.nba_games import season_types, season_years
from nba_pipeline.sources.payload import (
    Cleaned,
    Parsed,
    days,
    reject_missing,
    result_set,
    texts,
    whole_numbers,
)
from nba_pipeline.table import Table, nullable, required

FEED = Feed("nbac_player_boxscores", "nba-com/player-boxscores/{date}/{ts}.json")

_COUNTS = {"MIN": "minutes", **COUNTS}
_IDENTITY = {
    "GAME_ID": "game_id",
    "GAME_DATE": "game_date",
    "PLAYER_ID": "player_id",
    "PLAYER_NAME": "player_name",
    "TEAM_ID": "team_id",
    "TEAM_ABBREVIATION": "team_abbr",
    "MATCHUP": "matchup",
    "WL": "won",
}

TABLE = Table(
    dataset="nba_raw",
    name="nbac_player_boxscores",
    description="One line per player and game he played in, as NBA.com's league game log gives it.",
    key=("game_id", "player_id"),
    cluster_by=("player_id",),
    columns=(
        required("game_date", "DATE", "Eastern game day"),
        required("game_id", "STRING", "NBA.com's game id, ten characters"),
        required("player_id", "INT64", "NBA.com's player id"),
        required("player_lookup", "STRING", "The name as a join key; see sources/names.py"),
        required("player_name", "STRING", "The name as the feed writes it"),
        required("team_id", "INT64", "NBA.com's id of the player's team"),
        required("team_abbr", "STRING", "NBA.com's code of the player's team"),
        required("opponent_abbr", "STRING", "NBA.com's code of the other team"),
        required("is_home", "BOOL", "Whether the player's team is the home team"),
        required("season_year", "INT64", "Year in which the season starts: 2023 is 2023-24"),
        required("season_type", "STRING", "preseason, regular, all_star, play_in, playoffs or cup_final; from the id"),
        nullable("won", "BOOL", "Whether the player's team won; NULL while the game runs"),
        nullable("minutes", "INT64", "Whole minutes played"),
        *count_columns("Team's points minus opponent's while on court"),
        *LINEAGE,
    ),
)

_FROM_THE_FEED = ("game_id", "game_date", "player_id", "player_name", "team_id", "team_abbr")
_DERIVED = ("is_home", "opponent_abbr", "season_type")


def parse(content: bytes) -> Parsed:
    """The player lines of a league game log."""
    return result_set(content, "LeagueGameLog", _IDENTITY | _COUNTS)


def clean(lines: pd.DataFrame) -> Cleaned:
    """The player lines as rows of TABLE without lineage."""
    rows, uncountable = counted(lines, _COUNTS.values())
    rows = rows.assign(
        **{name: whole_numbers(rows[name]) for name in ("player_id", "team_id")},
        **{name: texts(rows[name]) for name in ("game_id", "player_name", "team_abbr", "matchup", "won")},
        game_date=days(rows["game_date"]),
    )
    rows, incomplete = reject_missing(rows, _FROM_THE_FEED)
    rows, unclear = reject_missing(_derived(rows), _DERIVED)
    return rows, [*uncountable, *incomplete, *unclear]


def _derived(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with what the matchup (`BOS vs. NYK` at home, `NYK @ BOS` away), the ids and the names say."""
    matchup = rows["matchup"].str.extract(r"^\w+ (vs\.|@) (\w+)$")
    return rows.drop(columns="matchup").assign(
        is_home=matchup[0].map({"vs.": True, "@": False}).astype("boolean"),
        opponent_abbr=matchup[1],
        won=rows["won"].map({"W": True, "L": False}).astype("boolean"),
        player_lookup=player_lookup(rows["player_name"]),
        season_type=season_types(rows["game_id"]),
        season_year=season_years(rows["game_id"]),
    )
