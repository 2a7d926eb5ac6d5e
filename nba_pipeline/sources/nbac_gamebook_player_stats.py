"""NBA.com's gamebook of a game: who played, who did not and why, and who was inactive and why.

The gamebook prints no game id, only the game's code, and of inactive players the surname alone: players of one
surname may be inactive on both sides, so that the team is part of the key.
"""

from typing import Literal

import msgspec
import pandas as pd

from nba_pipeline.game_days import season_years
from nba_pipeline.sources.box_score import COUNTS, count_columns
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.minutes import seconds_played
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.sources.payload import (
    Cleaned,
    Parsed,
    Whole,
    days,
    decode,
    garbled,
    items,
    on_every_row,
    reject,
    reject_missing,
    texts,
)
from nba_pipeline.sources.teams import opponents, team_abbr, team_abbr_of_names
from nba_pipeline.table import Table, nullable, required

FEED = Feed("nbac_gamebook_player_stats", "nba-com/gamebooks-data/{date}/{game_code}/{ts}.json", holds="game")

TABLE = Table(
    dataset="nba_raw",
    name="nbac_gamebook_player_stats",
    description="One row per game and player of either roster, as the game's official book gave it last.",
    key=("game_code", "team_abbr", "player_lookup"),
    strategy="upsert",
    newest_by="scraped_at",
    cluster_by=("player_lookup",),
    columns=(
        required("game_date", "DATE", "Eastern game day"),
        required("game_code", "STRING", "NBA.com's game code: day, visitors and hosts, e.g. 20240410/MEMCLE"),
        required("player_lookup", "STRING", "The name as a join key; of a surname alone where is_surname is true"),
        required("player_name", "STRING", "The name as the book prints it"),
        required("is_surname", "BOOL", "Whether the book prints the surname alone, as it does of inactive players"),
        required("team_abbr", "STRING", "NBA.com's code of the player's team"),
        required("opponent_abbr", "STRING", "NBA.com's code of the other team"),
        required("is_home", "BOOL", "Whether the player's team is the home team"),
        required("season_year", "INT64", "Year in which the season starts: 2023 is 2023-24"),
        required("player_status", "STRING", "active, did_not_play or inactive"),
        nullable("reason", "STRING", "Why the player did not play or was inactive"),
        nullable("seconds_played", "INT64", "Seconds on court; NULL for who did not play"),
        *count_columns("Team's points minus opponent's while on court"),
        *LINEAGE,
    ),
)


class Stats(msgspec.Struct):
    """What an active player did."""

    minutes: str | Whole | None = None
    field_goals_made: Whole | None = None
    field_goals_attempted: Whole | None = None
    three_pointers_made: Whole | None = None
    three_pointers_attempted: Whole | None = None
    free_throws_made: Whole | None = None
    free_throws_attempted: Whole | None = None
    offensive_rebounds: Whole | None = None
    defensive_rebounds: Whole | None = None
    total_rebounds: Whole | None = None
    assists: Whole | None = None
    steals: Whole | None = None
    blocks: Whole | None = None
    turnovers: Whole | None = None
    personal_fouls: Whole | None = None
    points: Whole | None = None
    plus_minus: Whole | None = None


class Player(msgspec.Struct):
    """A player of any of the three lists."""

    name: str
    team: str
    status: Literal["active", "did_not_play", "inactive"]
    dnp_reason: str | None = None
    reason: str | None = None
    stats: Stats = msgspec.field(default_factory=Stats)


class Gamebook(msgspec.Struct):
    """A game's book."""

    game_code: str
    date: str
    home_team: str
    away_team: str
    active_players: list[msgspec.Raw]
    dnp_players: list[msgspec.Raw]
    inactive_players: list[msgspec.Raw]


_LISTS = ("active_players", "dnp_players", "inactive_players")
_COLUMNS = {
    "player_name": "name",
    "team_name": "team",
    "player_status": "status",
    "dnp_reason": "dnp_reason",
    "reason": "reason",
    "seconds_played": "stats.minutes",
    **{name: f"stats.{'total_rebounds' if name == 'rebounds' else name}" for name in COUNTS.values()},
}


_READ_ON = r"\)\s*Inactive: .*$"


def parse(content: bytes) -> Parsed:
    """The players of a gamebook, in the order of its lists."""
    book = decode(content, Gamebook)
    players = [(f"$.{name}[{number}]", player) for name in _LISTS for number, player in enumerate(getattr(book, name))]
    return on_every_row(
        items(players, Player, _COLUMNS),
        game_code=book.game_code,
        game_date=book.date,
        home_team=book.home_team,
        away_team=book.away_team,
    )


def clean(players: pd.DataFrame) -> Cleaned:
    """The players as rows of TABLE without lineage."""
    rows = players.assign(
        game_date=days(players["game_date"]),
        player_name=texts(players["player_name"]),
        player_lookup=player_lookup(players["player_name"]).replace("", pd.NA),
        is_surname=players["player_status"] == "inactive",
        reason=texts(players["dnp_reason"].fillna(players["reason"])),
        seconds_played=seconds_played(players["seconds_played"]),
        **_teams(players),
    )
    mistimed = garbled(players["seconds_played"], rows["seconds_played"])
    rows, unclear = reject(rows, mistimed, "seconds_played is no time")
    rows, strangers = reject(rows, rows["opponent_abbr"].isna(), "the player's team is neither of the game's")
    rows, misfiled = _without_misfiled(rows)
    rows, incomplete = reject_missing(rows, ("game_date", "player_lookup"))
    rows = rows.assign(season_year=season_years(rows["game_date"]))
    return rows, [*unclear, *strangers, *misfiled, *incomplete]


def _teams(players: pd.DataFrame) -> dict[str, pd.Series]:
    """The player's team and the other one; NULL where the game has no such teams."""
    own = team_abbr_of_names(texts(players["team_name"]))
    home, away = (team_abbr(texts(players[side])) for side in ("home_team", "away_team"))
    return {"team_abbr": own, "opponent_abbr": opponents(own, home, away), "is_home": own == home}


def _without_misfiled(rows: pd.DataFrame) -> Cleaned:
    """`rows` as the book has them where its reader missed the end of a team's list of inactive players.

    It then read the other team's heading as part of a reason, and that team's players as this one's, and again as
    their own.
    """
    read_on = rows["reason"].str.contains(_READ_ON).fillna(False).astype("int64")
    since = read_on.groupby([rows["game_code"], rows["team_abbr"]]).cumsum() - read_on
    rows = rows.assign(reason=rows["reason"].str.replace(_READ_ON, "", regex=True))
    return reject(rows, since > 0, "stands after the heading of the other team's list")
