"""ESPN's box score of a game: a line per player of either team, of those who did not play without counts.

Both shapes are read: a flat list `players` whose file names the two sides, and a list for each team under its code,
which does not say who is at home.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec
import pandas as pd

from nba_pipeline.sources.box_score import count_columns
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.minutes import seconds_played
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.sources.payload import (
    BadPayload,
    Cleaned,
    Parsed,
    days,
    decode,
    items,
    numbers_in_texts,
    on_every_row,
    reject,
    reject_missing,
    texts,
)
from nba_pipeline.sources.teams import opponents, team_abbr
from nba_pipeline.table import Table, nullable, required

FEED = Feed("espn_boxscores", "espn/boxscores/{date}/game-{espn_game_id}/{ts}.json", holds="game")

TABLE = Table(
    dataset="nba_raw",
    name="espn_boxscores",
    description="One row per game and player ESPN lists, as its box score of the game gave him last.",
    key=("espn_game_id", "espn_player_id"),
    strategy="upsert",
    newest_by="scraped_at",
    cluster_by=("player_lookup",),
    columns=(
        required("game_date", "DATE", "Eastern game day"),
        required("espn_game_id", "STRING", "ESPN's game id"),
        required("espn_player_id", "INT64", "ESPN's player id"),
        required("player_lookup", "STRING", "The name as a join key; see sources/names.py"),
        required("player_name", "STRING", "First name and surname"),
        required("team_abbr", "STRING", "NBA.com's code of the player's team"),
        required("opponent_abbr", "STRING", "NBA.com's code of the other team"),
        nullable("is_home", "BOOL", "Whether the player's team is the home team; NULL where the file does not say"),
        required("is_starter", "BOOL", "Whether the player started"),
        nullable("jersey_number", "STRING", "As it is on the jersey: 0 and 00 are two numbers"),
        nullable("dnp_reason", "STRING", "Why the player did not play, e.g. COACH'S DECISION"),
        nullable("seconds_played", "INT64", "Seconds on court, of whole minutes; NULL for who did not play"),
        *count_columns("Team's points minus opponent's while on court"),
        *LINEAGE,
    ),
)


class Player(msgspec.Struct, rename="camel"):
    """A player; `stats` are empty for who did not play."""

    player_id: str
    player_name: str
    stats: list[str]
    type: Literal["starters", "bench"]
    jersey: str | None = None
    dnp_reason: str | None = None
    team: str | None = None


class Game(msgspec.Struct):
    """What either shape says of the game."""

    game_id: str
    gamedate: str


class Sides(msgspec.Struct):
    """The teams' codes."""

    home: str
    away: str


class FlatGame(Game):
    """The shape with one list of players."""

    teams: Sides
    players: list[msgspec.Raw]


_COLUMNS = {
    "espn_player_id": "player_id",
    "player_name": "player_name",
    "stats": "stats",
    "starters_or_bench": "type",
    "jersey_number": "jersey",
    "dnp_reason": "dnp_reason",
    "team": "team",
}

# The counts in the order in which a player's stats list them, behind the minutes; made and attempted in one text.
_SHOTS = ("field_goals", "three_pointers", "free_throws")
_SINGLES = (
    *("offensive_rebounds", "defensive_rebounds", "rebounds", "assists", "steals", "blocks", "turnovers"),
    *("personal_fouls", "plus_minus", "points"),
)
_LENGTH = 1 + len(_SHOTS) + len(_SINGLES)


def parse(content: bytes) -> Parsed:
    """The players of a box score, in either shape."""
    values = decode(content, dict[str, msgspec.Raw])
    return _of_one_list(decode(content, FlatGame)) if "players" in values else _of_two_lists(content, values)


def clean(players: pd.DataFrame) -> Cleaned:
    """The players as rows of TABLE without lineage."""
    lengths = players["stats"].str.len()
    rows, cut = reject(players, ~lengths.isin((0, _LENGTH)), f"stats are not {_LENGTH} values")
    line = _line(rows["stats"])
    garbled = pd.DataFrame(line).isna().any(axis=1) & rows["stats"].str.len().gt(0)
    rows, unclear = reject(rows.assign(**line), garbled, "one of the stats is no count")
    rows = rows.assign(
        **_teams(rows),
        game_date=days(rows["game_date"]),
        espn_game_id=texts(rows["espn_game_id"]),
        espn_player_id=numbers_in_texts(rows["espn_player_id"]),
        player_name=texts(rows["player_name"]),
        player_lookup=player_lookup(rows["player_name"]).replace("", pd.NA),
        is_starter=rows["starters_or_bench"] == "starters",
        jersey_number=texts(rows["jersey_number"]),
        dnp_reason=texts(rows["dnp_reason"]),
    )
    rows, strangers = reject(rows, rows["opponent_abbr"].isna(), "the player's team is neither of the game's")
    rows, incomplete = reject_missing(rows, ("game_date", "espn_game_id", "espn_player_id", "player_lookup"))
    return rows, [*cut, *unclear, *strangers, *incomplete]


def _of_one_list(game: FlatGame) -> Parsed:
    players = items(_numbered("players", game.players), Player, _COLUMNS)
    return _of_game(players, game, (game.teams.home, game.teams.away), game.teams.home)


def _of_two_lists(content: bytes, values: Mapping[str, msgspec.Raw]) -> Parsed:
    """The players of the shape in which all that is a list is a team."""
    lists = {team: decode(bytes(raw), list[msgspec.Raw]) for team, raw in values.items() if bytes(raw)[:1] == b"["}
    if len(lists) != 2:
        raise BadPayload("neither players nor the lists of two teams")
    teams = [on_every_row(items(_numbered(t, players), Player, _COLUMNS), team=t) for t, players in lists.items()]
    return _of_game(_joined(teams), decode(content, Game), tuple(lists), None)


def _numbered(name: str, players: Iterable[msgspec.Raw]) -> list[tuple[str, msgspec.Raw]]:
    """Each player with its position."""
    return [(f"$.{name}[{number}]", player) for number, player in enumerate(players)]


def _joined(parts: Sequence[Parsed]) -> Parsed:
    return Parsed(
        {name: [value for part in parts for value in part.columns[name]] for name in parts[0].columns},
        [position for part in parts for position in part.positions],
        [item for part in parts for item in part.rejected],
    )


def _of_game(players: Parsed, game: Game, teams: Sequence[str], home: str | None) -> Parsed:
    """The players with what the file says of their game on each row."""
    first, second = teams
    return on_every_row(
        players,
        espn_game_id=game.game_id,
        game_date=game.gamedate,
        first_team=first,
        second_team=second,
        home_team=home,
    )


def _line(stats: pd.Series) -> dict[str, pd.Series]:
    """Each player's playing time and counts; NULL where a value is missing or none."""
    line = {"seconds_played": seconds_played(stats.str[0])}
    for place, name in enumerate(_SHOTS, 1):
        shots = texts(stats.str[place]).str.extract("^([0-9]{1,3})-([0-9]{1,3})$")
        line |= {f"{name}_made": numbers_in_texts(shots[0]), f"{name}_attempted": numbers_in_texts(shots[1])}
    for place, name in enumerate(_SINGLES, 1 + len(_SHOTS)):
        # ESPN writes a plus before what is above zero.
        line[name] = numbers_in_texts(texts(stats.str[place]).str.replace(r"^\+", "", regex=True))
    return line


def _teams(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """The player's team and the other one, NULL where the game has no such teams, and whether he is at home."""
    names = ("team", "first_team", "second_team", "home_team")
    own, first, second, home = (team_abbr(texts(rows[name])) for name in names)
    return {"team_abbr": own, "opponent_abbr": opponents(own, first, second), "is_home": own.eq(home)}
