"""NBA.com's season schedule: one object is the whole season, each game once.

Both shapes are read: the scraper's (a flat list `games`) and the API's own (`leagueSchedule.gameDates`).
"""

import msgspec
import pandas as pd

from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.nba_games import season_types, season_years
from nba_pipeline.sources.payload import (
    BadPayload,
    Cleaned,
    Parsed,
    Whole,
    days,
    decode,
    items,
    moments,
    reject_missing,
)
from nba_pipeline.table import Table, nullable, required

FEED = Feed("nbac_schedule", "nba-com/schedule/{season}/{ts}.json", holds="season")

TABLE = Table(
    dataset="nba_raw",
    name="nbac_schedule",
    description="Every scheduled game, as NBA.com's schedule gave it last.",
    key=("game_id",),
    strategy="upsert",
    newest_by="scraped_at",
    cluster_by=("game_id",),
    columns=(
        required("game_date", "DATE", "Eastern game day"),
        required("game_id", "STRING", "NBA.com's game id, ten characters"),
        required("season_year", "INT64", "Year in which the season starts: 2023 is 2023-24"),
        required("season_type", "STRING", "preseason, regular, all_star, play_in, playoffs or cup_final; from the id"),
        required("game_status", "INT64", "1 scheduled, 2 live, 3 final"),
        nullable("tipoff_utc", "TIMESTAMP", "Scheduled tip-off"),
        nullable("home_team_id", "INT64", "NBA.com's id of the home team; NULL while to be decided"),
        nullable("home_team_abbr", "STRING", "NBA.com's code of the home team; NULL while to be decided"),
        nullable("away_team_id", "INT64", "NBA.com's id of the visiting team; NULL while to be decided"),
        nullable("away_team_abbr", "STRING", "NBA.com's code of the visiting team; NULL while to be decided"),
        nullable("home_points", "INT64", "Points of the home team; NULL before the game is final"),
        nullable("away_points", "INT64", "Points of the visiting team; NULL before the game is final"),
        nullable("arena_name", "STRING", "Arena"),
        nullable("arena_city", "STRING", "City of the arena"),
        nullable("is_neutral", "BOOL", "Whether neither team is at home"),
        nullable("postponed_status", "STRING", "NBA.com's letter: N not postponed, Y postponed"),
        nullable("game_label", "STRING", "What the game is, where it is special, e.g. NBA Cup Championship"),
        *LINEAGE,
    ),
)

_FINAL = 3


class Team(msgspec.Struct, rename="camel"):
    """A team of a game; id 0 or none while it is to be decided."""

    team_id: Whole | None = None
    team_tricode: str | None = None
    score: Whole | None = None


class Game(msgspec.Struct, rename="camel"):
    """A game, as far as it is used."""

    game_id: str
    game_status: Whole
    game_date_est: str
    home_team: Team
    away_team: Team
    game_date_time_utc: str | None = msgspec.field(name="gameDateTimeUTC", default=None)
    arena_name: str | None = None
    arena_city: str | None = None
    is_neutral: bool | None = None
    postponed_status: str | None = None
    game_label: str | None = None


class GameDate(msgspec.Struct):
    """A day of the API's own shape."""

    games: list[msgspec.Raw]


class LeagueSchedule(msgspec.Struct, rename="camel"):
    """The season of the API's own shape."""

    game_dates: list[GameDate]


class Schedule(msgspec.Struct, rename="camel"):
    """Either shape."""

    games: list[msgspec.Raw] | None = None
    league_schedule: LeagueSchedule | None = None


_COLUMNS = {
    "game_date": "game_date_est",
    "game_id": "game_id",
    "game_status": "game_status",
    "tipoff_utc": "game_date_time_utc",
    "home_team_id": "home_team.team_id",
    "home_team_abbr": "home_team.team_tricode",
    "home_points": "home_team.score",
    "away_team_id": "away_team.team_id",
    "away_team_abbr": "away_team.team_tricode",
    "away_points": "away_team.score",
    "arena_name": "arena_name",
    "arena_city": "arena_city",
    "is_neutral": "is_neutral",
    "postponed_status": "postponed_status",
    "game_label": "game_label",
}


def parse(content: bytes) -> Parsed:
    """The games of a schedule object, in either shape."""
    return items(_games(decode(content, Schedule)), Game, _COLUMNS)


def clean(games: pd.DataFrame) -> Cleaned:
    """The games as rows of TABLE without lineage."""
    rows = _without_placeholders(games).assign(
        game_date=days(games["game_date"]),
        tipoff_utc=moments(games["tipoff_utc"]),
        season_type=season_types(games["game_id"]),
        season_year=season_years(games["game_id"]),
    )
    return reject_missing(rows, ("game_date", "season_type"))


def _games(schedule: Schedule) -> list[tuple[str, msgspec.Raw]]:
    """Each game with its position."""
    if schedule.games is not None:
        return [(f"$.games[{number}]", game) for number, game in enumerate(schedule.games)]
    if schedule.league_schedule is not None:
        return [
            (f"$.leagueSchedule.gameDates[{day}].games[{number}]", game)
            for day, game_date in enumerate(schedule.league_schedule.game_dates)
            for number, game in enumerate(game_date.games)
        ]
    raise BadPayload("neither games nor leagueSchedule")


def _without_placeholders(games: pd.DataFrame) -> pd.DataFrame:
    """`games` with NULL where the feed says nothing: empty texts, teams to be decided, 0 : 0 before the end."""
    rows = games.mask(games == "", None)
    for side in ("home", "away"):
        undecided = rows[f"{side}_team_id"].isin([0]) | rows[f"{side}_team_id"].isna()
        rows.loc[undecided, [f"{side}_team_id", f"{side}_team_abbr"]] = None
    rows.loc[rows["game_status"] != _FINAL, ["home_points", "away_points"]] = None
    return rows
