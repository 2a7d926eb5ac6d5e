"""What Ball Don't Lie's answers have in common: a list called data, players with an id and two names, its team ids.

An answer of more than 100 elements comes in pages, and a page may be an object of its own.
"""

import msgspec
import pandas as pd

from nba_pipeline.sources.names import full_names, player_lookup
from nba_pipeline.sources.payload import Whole, decode, texts
from nba_pipeline.table import required

PLAYER_COLUMNS = (
    required("bdl_player_id", "INT64", "Ball Don't Lie's player id"),
    required("player_lookup", "STRING", "The name as a join key; see sources/names.py"),
    required("player_name", "STRING", "First name and surname"),
)

# By Ball Don't Lie's ids of them, which count from 1.
_TEAMS = (
    *("ATL", "BOS", "BKN", "CHA", "CHI", "CLE", "DAL", "DEN", "DET", "GSW", "HOU", "IND", "LAC", "LAL", "MEM"),
    *("MIA", "MIL", "MIN", "NOP", "NYK", "OKC", "ORL", "PHI", "PHX", "POR", "SAC", "SAS", "TOR", "UTA", "WAS"),
)
ABBR_BY_ID = dict(enumerate(_TEAMS, 1))


class Player(msgspec.Struct):
    """A player, wherever he is mentioned."""

    id: Whole
    first_name: str | None = None
    last_name: str | None = None


class Team(msgspec.Struct):
    """A team; the codes are NBA.com's."""

    abbreviation: str


class Answer(msgspec.Struct):
    """A page of an answer."""

    data: list[msgspec.Raw]


def elements(content: bytes) -> list[tuple[str, msgspec.Raw]]:
    """The elements of an answer with their positions; raises BadPayload."""
    return [(f"$.data[{number}]", raw) for number, raw in enumerate(decode(content, Answer).data)]


def named(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with the player's name and its join key out of `first_name` and `last_name`; NULL without a name."""
    names = full_names(texts(rows["first_name"]), texts(rows["last_name"]))
    return rows.assign(player_name=names, player_lookup=player_lookup(names).replace("", pd.NA))
