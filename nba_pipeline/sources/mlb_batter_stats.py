"""Batters' lines of MLB's box scores of a day."""

import pandas as pd

from nba_pipeline.sources import mlb_box_scores
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.mlb_box_scores import Count, PlayerLine
from nba_pipeline.sources.payload import Cleaned, Parsed, garbled, numbers_in_texts, reject, whole_numbers
from nba_pipeline.table import Table, nullable

FEED = Feed("mlb_batter_stats", mlb_box_scores.PATH)

_COUNTS = {
    "at_bats": "At-bats",
    "runs": "Runs he scored",
    "hits": "Hits",
    "doubles": "Doubles",
    "triples": "Triples",
    "home_runs": "Home runs",
    "rbi": "Runs batted in",
    "walks": "Walks he got",
    "strikeouts": "Times he struck out",
    "stolen_bases": "Bases stolen",
}

TABLE = Table(
    dataset="mlb_raw",
    name="mlb_batter_stats",
    description="One line per batter and game he batted in, as MLB's box scores gave it last.",
    key=mlb_box_scores.KEY,
    strategy="upsert",
    newest_by="scraped_at",
    cluster_by=("player_id",),
    columns=(
        *mlb_box_scores.LINE_COLUMNS,
        *(nullable(name, "INT64", what) for name, what in _COUNTS.items()),
        nullable("batting_order", "INT64", "Place in the batting order; in hundreds where MLB counts substitutes"),
        *LINEAGE,
    ),
)


class BatterLine(PlayerLine):
    """A batter's line."""

    at_bats: Count | None = None
    runs: Count | None = None
    hits: Count | None = None
    doubles: Count | None = None
    triples: Count | None = None
    home_runs: Count | None = None
    rbi: Count | None = None
    walks: Count | None = None
    strikeouts: Count | None = None
    stolen_bases: Count | None = None
    batting_order: Count | str | None = None


def parse(content: bytes) -> Parsed:
    """The batters' lines of a day."""
    columns = {name: name for name in (*_COUNTS, "batting_order")}
    return mlb_box_scores.parse_lines(content, "batter_stats", BatterLine, columns)


def clean(values: pd.DataFrame) -> Cleaned:
    """The lines as rows of TABLE without lineage."""
    rows, incomplete = mlb_box_scores.clean_lines(values)
    order = rows["batting_order"]
    rows = rows.assign(
        batting_order=whole_numbers(order).fillna(numbers_in_texts(order)), **mlb_box_scores.counts(rows, _COUNTS)
    )
    rows, unclear = reject(rows, garbled(order, rows["batting_order"]), "batting_order makes no sense")
    return rows, [*incomplete, *unclear]
