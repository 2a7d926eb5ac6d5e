"""The Odds API's player points lines: one object is a game at a moment.

Some books write alternate lines beside the main one into the same market; they are rows like any other.
"""

import pandas as pd

from nba_pipeline.sources import odds_api
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.payload import Cleaned, Parsed
from nba_pipeline.sources.teams import team_abbr_of_names
from nba_pipeline.table import Table

FEED = Feed(
    "odds_api_player_points_props",
    "odds-api/player-props/{date}/{event_id}-{teams}/{ts}-snap-{hhmm}.json",
    holds="snapshot",
)

TABLE = Table(
    dataset="nba_raw",
    name="odds_api_player_points_props",
    description="Every snapshot of every bookmaker's player points lines.",
    key=("event_id", "bookmaker", "player_lookup", "snapshot_ts", "points_line"),
    strategy="append",
    inputs=("source_object", "source_generation"),
    cluster_by=("player_lookup",),
    columns=(*odds_api.EVENT_COLUMNS, *odds_api.line_columns("points_line", "Points"), *LINEAGE),
)

_MARKET = "player_points"


def parse(content: bytes) -> Parsed:
    """The points lines of an event, live or historical."""
    return odds_api.lines(content, _MARKET.__eq__)


def clean(values: pd.DataFrame) -> Cleaned:
    """The lines as rows of TABLE without lineage."""
    rows, rejected = odds_api.clean_lines(values, team_abbr_of_names)
    return rows.rename(columns={"line": "points_line"}), rejected
