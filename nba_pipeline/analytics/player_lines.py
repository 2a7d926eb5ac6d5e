"""Players' lines out of several box scores: for each player and game the best source that has him.

NBA.com's log carries its ids. Other sources tell a game by day and teams, and a player by name: they are given
NBA.com's ids here, from the schedule and from what else is known of the game. What can not be identified is handed back
apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from nba_pipeline.analytics import game_sides
from nba_pipeline.sources import bdl_player_boxscores, nbac_gamebook_player_stats, nbac_player_boxscores
from nba_pipeline.sources.box_score import COUNTS
from nba_pipeline.table import Table

_OF_PLAYER = ("player_lookup", "player_name")
_OF_GAME = ("opponent_abbr", "is_home", "season_year", "season_type", "won")
_TIMES = ("minutes", "seconds_played")
_READ = ("game_date", "game_id", "player_id", "team_abbr", *_OF_PLAYER, *_OF_GAME, *_TIMES, *COUNTS.values())
_WITHOUT_IDS = ("game_date", "team_abbr", "opponent_abbr", *_OF_PLAYER, *_TIMES, *COUNTS.values())

# What no line of a source may tell; columns of one type are put together as they are.
_UNTOLD = {"player_id": "Int64", "season_year": "Int64", "is_home": "boolean"}

ID_COLUMNS = ("game_date", "team_abbr", "player_lookup", "player_id")
LIST_COLUMNS = ("player_lookup", "player_id")


@dataclass(frozen=True, slots=True)
class LineSource:
    """A raw table of players' lines and how good they are; one without NBA.com's `player_id` is identified by names."""

    table: Table
    quality: str

    @property
    def has_ids(self) -> bool:
        """Whether the lines carry NBA.com's ids."""
        return "player_id" in self.table.column_names

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to read."""
        wanted = _READ if self.has_ids else _WITHOUT_IDS
        return tuple(name for name in wanted if name in self.table.column_names)


# Best first: the official book, to the second; the league's log, in whole minutes; another service, known by names.
SOURCES = (
    LineSource(nbac_gamebook_player_stats.TABLE, "gold"),
    LineSource(nbac_player_boxscores.TABLE, "silver"),
    LineSource(bdl_player_boxscores.TABLE, "bronze"),
)

# The counts of a player's game are those of one of its lines.
COPIED = {
    name: [(source.table, name) for source in SOURCES if name in source.table.column_names] for name in COUNTS.values()
}


def best(
    lines: Mapping[str, pd.DataFrame], schedule: pd.DataFrame, shots: pd.DataFrame, players: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One line per player and game with `source` and `source_quality`, and the lines whose player or game is unknown.

    `lines` are the sources' rows by table name, `schedule` has game_sides.SCHEDULE_COLUMNS, `shots` ID_COLUMNS and
    `players` LIST_COLUMNS. A line that lacks counts stands behind every whole one.
    """
    with_ids = [lines[source.table.name] for source in SOURCES if source.has_ids]
    sides = game_sides.sides(schedule, with_ids)
    ids = _ids([*with_ids, shots])
    every = []
    for rank, source in enumerate(SOURCES):
        rows = _ranked(lines[source.table.name], source, rank)
        every.append(rows.astype(_UNTOLD) if source.has_ids else _identified(rows, sides, ids, players))
    found = pd.concat(every, ignore_index=True)
    unknown = found["game_id"].isna() | found["player_id"].isna()
    ordered = found[~unknown].sort_values(["is_incomplete", "rank"], kind="stable")
    return ordered.drop_duplicates(["game_date", "game_id", "player_id"], ignore_index=True), found[unknown]


def _ranked(rows: pd.DataFrame, source: LineSource, rank: int) -> pd.DataFrame:
    """`rows` with both times, and what puts them before the lines of other sources."""
    lacking = [name for name in COUNTS.values() if name != "plus_minus" and name in rows]
    return rows.assign(
        **_times(rows),
        source=source.table.name,
        source_quality=source.quality,
        rank=rank,
        is_incomplete=rows[lacking].isna().any(axis=1),
    )


def _times(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Whole minutes, halves rounded up, and seconds where the source tells them."""
    if "seconds_played" not in rows:
        return {"seconds_played": pd.Series(pd.NA, rows.index, dtype="Int64")}
    return {"minutes": (rows["seconds_played"] + 30) // 60}


def _identified(rows: pd.DataFrame, sides: pd.DataFrame, ids: pd.DataFrame, players: pd.DataFrame) -> pd.DataFrame:
    """The lines of those who played with NBA.com's ids, NULL where nothing tells them.

    Books list whole rosters: who has neither minutes nor a count did not play.
    """
    counted = rows[[name for name in (*COUNTS.values(), *_TIMES) if name in rows]].fillna(0).ne(0).any(axis=1)
    teams = ["game_date", "team_abbr", "opponent_abbr"]
    played = rows[counted].merge(_unambiguous(sides, teams), on=teams, how="left")
    found = played.merge(ids, on=["game_date", "team_abbr", "player_lookup"], how="left")
    listed = found["player_lookup"].map(players.set_index("player_lookup")["player_id"])
    return found.assign(player_id=found["player_id"].fillna(listed.astype("Int64")))


def _ids(known: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """NBA.com's ids of the players of each day's teams; a name that two of a team share names neither."""
    distinct = pd.concat([frame[list(ID_COLUMNS)] for frame in known]).drop_duplicates()
    return _unambiguous(distinct, ["game_date", "team_abbr", "player_lookup"]).astype({"player_id": "Int64"})


def _unambiguous(frame: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    return frame[~frame.duplicated(key, keep=False)]
