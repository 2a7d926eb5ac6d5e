"""Ball Don't Lie's box scores while games are on: one object is the answer to a poll. Every poll is kept."""

from nba_pipeline.sources import bdl_box_scores
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.table import Table, required

FEED = Feed("bdl_live_boxscores", "ball-dont-lie/live-boxscores/{date}/{poll_id}.json", holds="snapshot")

TABLE = Table(
    dataset="nba_raw",
    name="bdl_live_boxscores",
    description="One row per poll and player of a game that was on. When a poll was is when its object was written.",
    key=("poll_id", "bdl_player_id"),
    strategy="append",
    inputs=("source_object", "source_generation"),
    cluster_by=("player_lookup",),
    columns=(
        required("poll_id", "STRING", "The poll, from the object's name; scraped_at is its moment"),
        *bdl_box_scores.COLUMNS,
        *LINEAGE,
    ),
)

parse, clean = bdl_box_scores.parse, bdl_box_scores.clean
