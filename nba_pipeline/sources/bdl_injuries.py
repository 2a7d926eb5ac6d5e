"""Ball Don't Lie's injuries: who is out or in doubt at the scrape. Every scrape is kept."""

import msgspec
import pandas as pd

from nba_pipeline.sources import bdl
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.payload import (
    Cleaned,
    Parsed,
    Whole,
    garbled,
    items,
    reject,
    reject_missing,
    texts,
    whole_numbers,
)
from nba_pipeline.table import Table, nullable, required

FEED = Feed("bdl_injuries", "ball-dont-lie/injuries/{date}/{ts}.json", holds="snapshot")

TABLE = Table(
    dataset="nba_raw",
    name="bdl_injuries",
    description="One row per scrape and player who is injured or otherwise away.",
    key=("scrape_date", "bdl_player_id"),
    partition_by="scrape_date",
    cluster_by=("player_lookup",),
    strategy="append",
    inputs=("source_object", "source_generation"),
    columns=(
        required("scrape_date", "DATE", "Eastern day of the scrape, from the object's name"),
        *bdl.PLAYER_COLUMNS,
        nullable("team_abbr", "STRING", "NBA.com's code of the player's team; NULL without one"),
        required("injury_status", "STRING", "In the feed's words, e.g. Out or Day-To-Day"),
        nullable("return_day", "STRING", "Month and day of the expected return, e.g. Oct 1; the feed tells no year"),
        nullable("description", "STRING", "What is known, with its source, as the feed writes it"),
        *LINEAGE,
    ),
)


class Player(bdl.Player, kw_only=True):
    """An injured player."""

    team_id: Whole | None = None


class Injury(msgspec.Struct):
    """An injury."""

    player: Player
    status: str
    return_date: str | None = None
    description: str | None = None


_COLUMNS = {
    "bdl_player_id": "player.id",
    "first_name": "player.first_name",
    "last_name": "player.last_name",
    "team_abbr": "player.team_id",
    "injury_status": "status",
    "return_day": "return_date",
    "description": "description",
}


def parse(content: bytes) -> Parsed:
    """The injuries of a page."""
    return items(bdl.elements(content), Injury, _COLUMNS)


def clean(injuries: pd.DataFrame) -> Cleaned:
    """The injuries as rows of TABLE without lineage."""
    rows = bdl.named(injuries).assign(
        **{name: texts(injuries[name]) for name in ("injury_status", "return_day", "description")},
        bdl_player_id=whole_numbers(injuries["bdl_player_id"]),
        team_abbr=injuries["team_abbr"].map(bdl.ABBR_BY_ID).astype("string[pyarrow]"),
    )
    rows, homeless = reject(rows, garbled(injuries["team_abbr"], rows["team_abbr"]), "team_abbr makes no sense")
    rows, incomplete = reject_missing(rows, ("player_lookup", "injury_status"))
    return rows, [*homeless, *incomplete]
