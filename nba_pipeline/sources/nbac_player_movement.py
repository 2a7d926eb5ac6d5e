"""NBA.com's transactions: signings, waivers, trades; one object holds them all, years back.

A transaction has no id of its own: its hash is made of its group (a trade is one group), team, player and other team.
"""

from hashlib import sha256

import msgspec
import pandas as pd

from nba_pipeline.game_days import season_years
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.sources.payload import (
    BadPayload,
    Cleaned,
    Parsed,
    days,
    decode,
    garbled,
    items,
    reject,
    reject_missing,
    texts,
    whole_numbers,
)
from nba_pipeline.sources.teams import team_abbr_of_ids
from nba_pipeline.table import Table, nullable, required

FEED = Feed("nbac_player_movement", "nba-com/player-movement/{date}/{ts}.json")

TABLE = Table(
    dataset="nba_raw",
    name="nbac_player_movement",
    description="One row per transaction and player, or draft pick, as NBA.com first told it.",
    key=("movement_hash",),
    partition_by="season_year",
    cluster_by=("player_lookup",),
    strategy="insert-new",
    columns=(
        required("season_year", "INT64", "Year in which the season of the transaction starts, from 1 August on"),
        required("movement_hash", "STRING", "SHA-256 of the transaction's group, team, player and other team"),
        required("transaction_date", "DATE", "Day of the transaction"),
        required("transaction_type", "STRING", "Signing, Waive, Trade, ContractConverted or AwardOnWaivers"),
        required("transaction_group", "STRING", "What belongs together, e.g. Trade 2025015"),
        required("team_id", "INT64", "NBA.com's id of the team that acts, or that receives in a trade"),
        required("team_abbr", "STRING", "NBA.com's code of that team"),
        nullable("other_team_abbr", "STRING", "NBA.com's code of the team that gives in a trade; NULL otherwise"),
        nullable("player_id", "INT64", "NBA.com's player id; NULL for picks and cash"),
        nullable("player_lookup", "STRING", "The player as a join key, from NBA.com's slug; NULL for picks and cash"),
        required("description", "STRING", "The transaction as NBA.com tells it"),
        *LINEAGE,
    ),
)


class Movement(msgspec.Struct):
    """A transaction; its ids are written with a decimal point."""

    kind: str = msgspec.field(name="Transaction_Type")
    date: str = msgspec.field(name="TRANSACTION_DATE")
    description: str = msgspec.field(name="TRANSACTION_DESCRIPTION")
    team_id: float = msgspec.field(name="TEAM_ID")
    group: str = msgspec.field(name="GroupSort")
    player_id: float | None = msgspec.field(name="PLAYER_ID", default=None)
    player_slug: str | None = msgspec.field(name="PLAYER_SLUG", default=None)
    other_team_id: float | None = msgspec.field(name="Additional_Sort", default=None)


class Rows(msgspec.Struct):
    """A list of transactions."""

    rows: list[msgspec.Raw]


class Movements(msgspec.Struct):
    """The scraper's shape, or NBA.com's own."""

    rows: list[msgspec.Raw] | None = None
    own: Rows | None = msgspec.field(name="NBA_Player_Movement", default=None)


_COLUMNS = {
    **{name: name for name in ("description", "team_id", "player_id", "player_slug", "other_team_id")},
    **{"transaction_type": "kind", "transaction_date": "date", "transaction_group": "group"},
}
_IDS = ("team_id", "player_id", "other_team_id")
_CERTAIN = ("transaction_date", "transaction_type", "transaction_group", "team_abbr", "description")


def parse(content: bytes) -> Parsed:
    """The transactions of an object, in either shape."""
    found = decode(content, Movements)
    if found.rows is not None:
        rows, where = found.rows, "$.rows"
    elif found.own is not None:
        rows, where = found.own.rows, "$.NBA_Player_Movement.rows"
    else:
        raise BadPayload("neither rows nor NBA_Player_Movement")
    return items([(f"{where}[{number}]", row) for number, row in enumerate(rows)], Movement, _COLUMNS)


def clean(movements: pd.DataFrame) -> Cleaned:
    """The transactions as rows of TABLE without lineage; an id of 0 stands for none."""
    ids = {name: whole_numbers(movements[name]) for name in _IDS}
    rows = movements.assign(
        **{name: found.mask(found == 0) for name, found in ids.items()},
        **{name: texts(movements[name]) for name in ("description", "transaction_type", "transaction_group")},
        transaction_date=days(movements["transaction_date"]),
    )
    rows = rows.assign(
        team_abbr=team_abbr_of_ids(rows["team_id"]),
        other_team_abbr=team_abbr_of_ids(rows["other_team_id"]),
        player_lookup=player_lookup(texts(rows["player_slug"]).str.replace("-", " ")).replace("", pd.NA),
        movement_hash=_hashes(rows),
    )
    fractions = pd.concat([garbled(movements[name], ids[name]) for name in _IDS], axis=1).any(axis=1)
    rows, unclear = reject(rows, fractions, "an id is no whole number")
    unknown = rows["other_team_id"].notna() & rows["other_team_abbr"].isna()
    rows, strangers = reject(rows, unknown, "the other team is no team")
    rows, incomplete = reject_missing(rows, _CERTAIN)
    rows = rows.assign(season_year=season_years(rows["transaction_date"]))
    return rows, [*unclear, *strangers, *incomplete]


def _hashes(rows: pd.DataFrame) -> pd.Series:
    """What makes each transaction itself, hashed: its day and its words may be corrected later."""
    parts = [rows[name].astype("string[pyarrow]").fillna("") for name in ("transaction_group", *_IDS)]
    told = parts[0].str.cat(parts[1:], sep="|")
    return told.map(lambda text: sha256(text.encode()).hexdigest()).astype("string[pyarrow]")
