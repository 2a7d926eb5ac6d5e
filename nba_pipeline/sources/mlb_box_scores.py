"""MLB's box scores of a day: one object holds the lines of all pitchers and of all batters."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
import pandas as pd

from nba_pipeline.sources.mlb_teams import team_abbr
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.sources.payload import (
    Cleaned,
    Parsed,
    Whole,
    days,
    decode,
    items,
    reject_missing,
    whole_numbers,
)
from nba_pipeline.table import required

PATH = "mlb-stats-api/box-scores/{date}/{ts}.json"

LINE_COLUMNS = (
    required("game_date", "DATE", "Eastern game day"),
    required("game_pk", "INT64", "MLB's game id"),
    required("player_id", "INT64", "MLB's player id"),
    required("player_lookup", "STRING", "The name as a join key; see sources/names.py"),
    required("player_name", "STRING", "The name as MLB writes it"),
    required("team_abbr", "STRING", "MLB's code of the player's team"),
    required("opponent_abbr", "STRING", "MLB's code of the other team"),
    required("is_home", "BOOL", "Whether the player's team is the home team"),
)
KEY = ("game_pk", "player_id")

Count = Annotated[int, msgspec.Meta(ge=0, le=10_000)]  # nothing is counted so often in a game

_SAME = ("game_pk", "game_date", "player_id", "player_name", "team_abbr", "opponent_abbr")
_COLUMNS = {**{name: name for name in _SAME}, "is_home": "home_away"}


class PlayerLine(msgspec.Struct):
    """What the lines of pitchers and batters have in common."""

    game_pk: Whole
    game_date: str
    player_id: Whole
    player_name: str
    team_abbr: str
    opponent_abbr: str
    home_away: Literal["home", "away"]


class BoxScores(msgspec.Struct):
    """A day."""

    pitcher_stats: list[msgspec.Raw]
    batter_stats: list[msgspec.Raw]


def parse_lines(content: bytes, of: str, kind: type[PlayerLine], columns: Mapping[str, str]) -> Parsed:
    """The lines in the list `of`, each decoded as `kind`: the common columns and `columns`."""
    raws = getattr(decode(content, BoxScores), of)
    placed = ((f"$.{of}[{number}]", raw) for number, raw in enumerate(raws))
    return items(placed, kind, {**_COLUMNS, **columns})


def clean_lines(values: pd.DataFrame) -> Cleaned:
    """`values` with LINE_COLUMNS."""
    lookup = player_lookup(values["player_name"])
    rows = values.assign(
        game_date=days(values["game_date"]),
        player_lookup=lookup.where(lookup != ""),
        is_home=values["is_home"] == "home",
        **{name: whole_numbers(values[name]) for name in KEY},
        **{name: team_abbr(values[name]) for name in ("team_abbr", "opponent_abbr")},
    )
    return reject_missing(rows, ("game_date", "player_lookup", "team_abbr", "opponent_abbr"))


def counts(values: pd.DataFrame, names: Mapping[str, str]) -> dict[str, pd.Series]:
    """The columns `names` as Int64."""
    return {name: whole_numbers(values[name]) for name in names}


def flags(values: pd.Series) -> pd.Series:
    """JSON booleans, or 0 and 1, as booleans."""
    return values.map({False: False, True: True}).astype("boolean")
