"""NBA.com's season schedule: one object is the whole season, each game once.

Both shapes are read: the scraper's (a flat list `games`) and the API's own (`leagueSchedule.gameDates`).
"""

import msgspec
import pandas as pd

from nba_pipeline.sources.feed import Feed
from nba_pipeline.sources.nba_games import season_types, season_years
from nba_pipeline.sources.payload import BadPayload, Parsed, decode, reject
from nba_pipeline.table import Table, nullable, required

FEED = Feed("nbac_schedule", "nba-com/schedule/{season}/{ts}.json")

TABLE = Table(
    dataset="nba_raw",
    name="nbac_schedule",
    description="Every scheduled game, as NBA.com's schedule gave it last.",
    key=("game_id",),
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
        required("scraped_at", "TIMESTAMP", "When the object was scraped"),
        required("source_object", "STRING", "The object in the bucket"),
    ),
)

_FINAL = 3


class Team(msgspec.Struct, rename="camel"):
    """A team of a game; id 0 and no code while it is to be decided."""

    team_id: int | None = None
    team_tricode: str | None = None
    score: int | None = None


class Game(msgspec.Struct, rename="camel"):
    """A game, as far as it is used."""

    game_id: str
    game_status: int
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

    games: list[Game]


class LeagueSchedule(msgspec.Struct, rename="camel"):
    """The season of the API's own shape."""

    game_dates: list[GameDate]


class Schedule(msgspec.Struct, rename="camel"):
    """Either shape."""

    games: list[Game] | None = None
    league_schedule: LeagueSchedule | None = None


def parse(content: bytes) -> Parsed:
    """The games of a schedule object, as rows of TABLE without lineage."""
    games = _games(decode(content, Schedule))
    rows = pd.DataFrame([_row(game) for game in games], columns=list(_row(_NO_GAME)))
    rows["season_type"], rows["season_year"] = season_types(rows["game_id"]), season_years(rows["game_id"])
    rows["game_date"] = pd.to_datetime(rows["game_date"].str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    rows["tipoff_utc"] = pd.to_datetime(rows["tipoff_utc"], utc=True, errors="coerce", format="ISO8601")
    rows, without_day = reject(rows, rows["game_date"].isna(), "games", "gameDateEst is no date")
    rows, without_type = reject(rows, rows["season_type"].isna(), "games", "gameId is not NBA.com's")
    final = rows["game_status"] == _FINAL
    rows = rows.assign(**{name: rows[name].where(final) for name in ("home_points", "away_points")})
    return Parsed(rows, [*without_day, *without_type])


def _games(schedule: Schedule) -> list[Game]:
    if schedule.games is not None:
        return schedule.games
    if schedule.league_schedule is not None:
        return [game for day in schedule.league_schedule.game_dates for game in day.games]
    raise BadPayload("neither games nor leagueSchedule")


def _row(game: Game) -> dict[str, object]:
    return {
        "game_date": game.game_date_est,
        "game_id": game.game_id,
        "game_status": game.game_status,
        "tipoff_utc": game.game_date_time_utc,
        "home_team_id": game.home_team.team_id or None,
        "home_team_abbr": game.home_team.team_tricode or None,
        "away_team_id": game.away_team.team_id or None,
        "away_team_abbr": game.away_team.team_tricode or None,
        "home_points": game.home_team.score,
        "away_points": game.away_team.score,
        "arena_name": game.arena_name or None,
        "arena_city": game.arena_city or None,
        "is_neutral": game.is_neutral,
        "postponed_status": game.postponed_status or None,
        "game_label": game.game_label or None,
    }


_NO_GAME = Game("", 0, "", Team(), Team())
