"""ESPN's scoreboard of a day: a game per row, with its score once it is under way."""

from typing import Literal

import msgspec
import pandas as pd

from nba_pipeline.game_days import EASTERN, season_years
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.payload import (
    Cleaned,
    Parsed,
    decode,
    garbled,
    items,
    moments,
    numbers_in_texts,
    reject,
    reject_missing,
    texts,
)
from nba_pipeline.sources.teams import team_abbr
from nba_pipeline.table import Table, nullable, required

FEED = Feed("espn_scoreboard", "espn/scoreboard/{date}/{ts}.json")

TABLE = Table(
    dataset="nba_raw",
    name="espn_scoreboard",
    description="One row per game, as ESPN's scoreboard showed it last.",
    key=("espn_game_id",),
    strategy="upsert",
    newest_by="scraped_at",
    cluster_by=("espn_game_id",),
    columns=(
        required("game_date", "DATE", "Eastern day of the tip-off"),
        required("espn_game_id", "STRING", "ESPN's game id"),
        required("season_year", "INT64", "Year in which the season starts: 2023 is 2023-24"),
        required("tipoff_utc", "TIMESTAMP", "Scheduled tip-off"),
        required("state", "STRING", "pre, in or post: before, during or after the game"),
        nullable("status", "STRING", "In ESPN's words, e.g. Final, Final/OT or Postponed"),
        required("home_team_abbr", "STRING", "NBA.com's code of the home team"),
        required("away_team_abbr", "STRING", "NBA.com's code of the visiting team"),
        nullable("home_points", "INT64", "Points of the home team; NULL before the game"),
        nullable("away_points", "INT64", "Points of the visiting team; NULL before the game"),
        *LINEAGE,
    ),
)


class Team(msgspec.Struct, rename="camel"):
    """A team of a game."""

    abbreviation: str
    home_away: Literal["home", "away"]
    score: str | None = None


class Game(msgspec.Struct, rename="camel"):
    """A game between a home team and a visiting one, in either order."""

    game_id: str
    state: Literal["pre", "in", "post"]
    start_time: str
    teams: list[Team]
    status: str | None = None

    def __post_init__(self) -> None:
        if sorted(team.home_away for team in self.teams) != ["away", "home"]:
            raise ValueError("not one home team and one visiting team")

    @property
    def home(self) -> Team:
        """The home team."""
        return next(team for team in self.teams if team.home_away == "home")

    @property
    def away(self) -> Team:
        """The visiting team."""
        return next(team for team in self.teams if team.home_away == "away")


class Scoreboard(msgspec.Struct):
    """A day's games."""

    games: list[msgspec.Raw]


_COLUMNS = {
    "espn_game_id": "game_id",
    "tipoff_utc": "start_time",
    "state": "state",
    "status": "status",
    "home_team_abbr": "home.abbreviation",
    "away_team_abbr": "away.abbreviation",
    "home_points": "home.score",
    "away_points": "away.score",
}
_CERTAIN = ("espn_game_id", "tipoff_utc", "home_team_abbr", "away_team_abbr")


def parse(content: bytes) -> Parsed:
    """The games of a scoreboard."""
    games = decode(content, Scoreboard).games
    return items([(f"$.games[{number}]", game) for number, game in enumerate(games)], Game, _COLUMNS)


def clean(games: pd.DataFrame) -> Cleaned:
    """The games as rows of TABLE without lineage."""
    rows = games.assign(
        espn_game_id=texts(games["espn_game_id"]),
        tipoff_utc=moments(games["tipoff_utc"]),
        status=texts(games["status"]),
        **{name: team_abbr(texts(games[name])) for name in ("home_team_abbr", "away_team_abbr")},
    )
    rows, incomplete = reject_missing(rows, _CERTAIN)
    rows, unclear = _scored(rows)
    days = rows["tipoff_utc"].dt.tz_convert(EASTERN).dt.tz_localize(None).dt.normalize()
    return rows.assign(game_date=days, season_year=season_years(days)), [*incomplete, *unclear]


def _scored(rows: pd.DataFrame) -> Cleaned:
    """The rows with points as numbers; before a game, when ESPN says 0 to 0, NULL."""
    rejected = []
    for name in ("home_points", "away_points"):
        points = numbers_in_texts(rows[name])
        rows, found = reject(rows, garbled(rows[name], points), f"{name} makes no sense")
        rows = rows.assign(**{name: points[rows.index].mask(rows["state"] == "pre")})
        rejected += found
    return rows, rejected
