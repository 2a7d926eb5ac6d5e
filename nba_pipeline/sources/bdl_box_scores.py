"""Ball Don't Lie's box scores, all players of both teams; who did not play has minutes "00" and zeros.

Two shapes are read: a list of games, whose teams list their players and which have no id, and a list of players' lines,
each with its game and the game's id.
"""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

import msgspec
import pandas as pd

from nba_pipeline.sources import bdl
from nba_pipeline.sources.box_score import COUNTS, count_columns
from nba_pipeline.sources.minutes import seconds_played
from nba_pipeline.sources.payload import (
    Cleaned,
    Parsed,
    RejectedItem,
    Whole,
    days,
    decode,
    each,
    garbled,
    reject,
    reject_missing,
    texts,
    whole_numbers,
)
from nba_pipeline.sources.teams import opponents, team_abbr
from nba_pipeline.table import nullable, required

COLUMNS = (
    required("game_date", "DATE", "Eastern game day"),
    nullable("bdl_game_id", "INT64", "Ball Don't Lie's game id; NULL where the object is a list of games"),
    *bdl.PLAYER_COLUMNS,
    required("team_abbr", "STRING", "NBA.com's code of the player's team"),
    required("opponent_abbr", "STRING", "NBA.com's code of the other team"),
    required("is_home", "BOOL", "Whether the player's team is the home team"),
    required("season_year", "INT64", "Year in which the season starts: 2023 is 2023-24"),
    nullable("is_postseason", "BOOL", "Whether the game is one of the postseason"),
    nullable("game_status", "STRING", "How far the game is, in the feed's words, e.g. 3rd Qtr or Final"),
    nullable("period", "INT64", "The period reached: 1 to 4, overtimes from 5 on"),
    nullable("clock", "STRING", "Time left, in the feed's words, e.g. Q4 2:31; Final after the game"),
    nullable("home_points", "INT64", "Points of the home team"),
    nullable("away_points", "INT64", "Points of the visiting team"),
    nullable("seconds_played", "INT64", "Seconds on court, of whole minutes; NULL for less than one, or for none"),
    *count_columns(None),
)


class Line(msgspec.Struct):
    """A player's line."""

    player: bdl.Player
    min: str | None = None
    fgm: Whole | None = None
    fga: Whole | None = None
    fg3m: Whole | None = None
    fg3a: Whole | None = None
    ftm: Whole | None = None
    fta: Whole | None = None
    oreb: Whole | None = None
    dreb: Whole | None = None
    reb: Whole | None = None
    ast: Whole | None = None
    stl: Whole | None = None
    blk: Whole | None = None
    turnover: Whole | None = None
    pf: Whole | None = None
    pts: Whole | None = None


class Side(bdl.Team):
    """One of a game's teams with its players."""

    players: list[msgspec.Raw]


class Game(msgspec.Struct, kw_only=True):
    """What either shape says of a game."""

    date: str
    season: Whole
    id: Whole | None = None
    postseason: bool | None = None
    status: str | None = None
    period: Whole | None = None
    time: str | None = None
    home_team_score: Whole | None = None
    visitor_team_score: Whole | None = None


class GameWithPlayers(Game, kw_only=True):
    """An element of a list of games."""

    home_team: Side
    visitor_team: Side


class GameOfLine(Game, kw_only=True):
    """The game of an element of a list of lines."""

    home_team_id: Whole
    visitor_team_id: Whole


class LineWithGame(Line, kw_only=True):
    """An element of a list of lines."""

    team: bdl.Team
    game: GameOfLine


class Element(msgspec.Struct):
    """An element of either list: a game has no `game`."""

    game: msgspec.Raw = msgspec.Raw()


class Played(NamedTuple):
    """A line, whichever shape it came in; the teams by their codes."""

    position: str
    game: Game
    home: str | None
    away: str | None
    team: str
    line: Line


_WRITTEN = {"TOV": "turnover"}  # the feed's name where it is not stats.nba.com's
_PATHS = {
    "game_date": "game.date",
    "bdl_game_id": "game.id",
    "bdl_player_id": "line.player.id",
    "first_name": "line.player.first_name",
    "last_name": "line.player.last_name",
    "team_abbr": "team",
    "home_abbr": "home",
    "away_abbr": "away",
    "season_year": "game.season",
    "is_postseason": "game.postseason",
    "game_status": "game.status",
    "period": "game.period",
    "clock": "game.time",
    "home_points": "game.home_team_score",
    "away_points": "game.visitor_team_score",
    "minutes": "line.min",
    **{n: f"line.{_WRITTEN.get(h, h.lower())}" for h, n in COUNTS.items() if n != "plus_minus"},
}
_NUMBERS = [column.name for column in COLUMNS if column.type == "INT64" and column.name in _PATHS]


def parse(content: bytes) -> Parsed:
    """The lines of an object in either shape."""
    raws = decode(content, bdl.Answer).data
    rejected: list[RejectedItem] = []
    is_of_lines = any(bytes(element.game) for _, element in each(raws, Element, "$.data", []))
    found = list(_of_lines(raws, rejected) if is_of_lines else _of_games(raws, rejected))
    values = {name: list(map(attrgetter(path), found)) for name, path in _PATHS.items()}
    return Parsed(values, [line.position for line in found], rejected)


def clean(values: pd.DataFrame) -> Cleaned:
    """The lines as rows of COLUMNS."""
    played = seconds_played(values["minutes"])
    rows = bdl.named(values).assign(
        **{name: whole_numbers(values[name]) for name in _NUMBERS},
        **{name: texts(values[name]) for name in ("game_status", "clock")},
        **{name: team_abbr(texts(values[name])) for name in ("team_abbr", "home_abbr", "away_abbr")},
        game_date=days(values["game_date"]),
        is_postseason=values["is_postseason"].astype("boolean"),
        seconds_played=played.mask(played == 0),
    )
    rows, unclear = reject(rows, garbled(values["minutes"], played), "min makes no sense")
    rows = rows.assign(
        is_home=rows["team_abbr"].eq(rows["home_abbr"]),
        opponent_abbr=opponents(rows["team_abbr"], rows["home_abbr"], rows["away_abbr"]),
    )
    rows, incomplete = reject_missing(rows, ("game_date", "player_lookup", "team_abbr", "home_abbr", "away_abbr"))
    rows, strangers = reject(rows, rows["opponent_abbr"].isna(), "the player's team is neither of the game's")
    return rows, [*unclear, *incomplete, *strangers]


def _of_lines(raws: Sequence[msgspec.Raw], rejected: list[RejectedItem]) -> Iterator[Played]:
    for number, line in each(raws, LineWithGame, "$.data", rejected):
        home, away = (bdl.ABBR_BY_ID.get(team) for team in (line.game.home_team_id, line.game.visitor_team_id))
        yield Played(f"$.data[{number}]", line.game, home, away, line.team.abbreviation, line)


def _of_games(raws: Sequence[msgspec.Raw], rejected: list[RejectedItem]) -> Iterator[Played]:
    for number, game in each(raws, GameWithPlayers, "$.data", rejected):
        home, away = game.home_team.abbreviation, game.visitor_team.abbreviation
        for name, side in (("home_team", game.home_team), ("visitor_team", game.visitor_team)):
            place = f"$.data[{number}].{name}.players"
            for player, line in each(side.players, Line, place, rejected):
                yield Played(f"{place}[{player}]", game, home, away, side.abbreviation, line)
