"""NBA.com's box score of a game, as far as it is about teams: two rows per object."""

import pandas as pd

from nba_pipeline.sources.box_score import COUNTS, count_columns, counted
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.minutes import seconds_played
from nba_pipeline.sources.nba_games import season_types, season_years
from nba_pipeline.sources.payload import (
    Cleaned,
    Parsed,
    garbled,
    reject,
    reject_missing,
    result_set,
    texts,
    whole_numbers,
)
from nba_pipeline.sources.teams import team_abbr
from nba_pipeline.table import Table, nullable, required

FEED = Feed("nbac_team_boxscore", "nba-com/team-boxscore/{date}/{game_id}/{ts}.json", holds="game")

# This answer calls turnovers TO.
_COUNTS = {("TO" if header == "TOV" else header): name for header, name in COUNTS.items()}
_IDENTITY = {"GAME_ID": "game_id", "TEAM_ID": "team_id", "TEAM_ABBREVIATION": "team_abbr", "MIN": "seconds_played"}

TABLE = Table(
    dataset="nba_raw",
    name="nbac_team_boxscore",
    description="One row per game and team: the team's totals, as NBA.com's box score of the game gave them last.",
    key=("game_id", "team_abbr"),
    strategy="upsert",
    newest_by="scraped_at",
    cluster_by=("game_id",),
    columns=(
        required("game_date", "DATE", "Eastern game day, from the object's name"),
        required("game_id", "STRING", "NBA.com's game id, ten characters"),
        required("team_id", "INT64", "NBA.com's team id"),
        required("team_abbr", "STRING", "NBA.com's code of the team"),
        required("season_year", "INT64", "Year in which the season starts: 2023 is 2023-24"),
        required("season_type", "STRING", "preseason, regular, all_star, play_in, playoffs or cup_final; from the id"),
        nullable("seconds_played", "INT64", "Seconds on court of all players together: 14,400 without overtime"),
        *count_columns("Team's points minus opponent's"),
        *LINEAGE,
    ),
)


def parse(content: bytes) -> Parsed:
    """The team lines of a box score."""
    return result_set(content, "TeamStats", _IDENTITY | _COUNTS)


def clean(lines: pd.DataFrame) -> Cleaned:
    """The team lines as rows of TABLE without lineage."""
    rows, uncountable = counted(lines, _COUNTS.values())
    rows = rows.assign(
        game_id=texts(rows["game_id"]),
        team_id=whole_numbers(rows["team_id"]),
        team_abbr=team_abbr(texts(rows["team_abbr"])),
        seconds_played=seconds_played(rows["seconds_played"]),
    )
    mistimed = garbled(lines["seconds_played"].loc[rows.index], rows["seconds_played"])
    rows, unclear = reject(rows, mistimed, "seconds_played is no time")
    rows = rows.assign(season_type=season_types(rows["game_id"]), season_year=season_years(rows["game_id"]))
    rows, incomplete = reject_missing(rows, ("game_id", "team_id", "team_abbr", "season_type"))
    return rows, [*uncountable, *unclear, *incomplete]
