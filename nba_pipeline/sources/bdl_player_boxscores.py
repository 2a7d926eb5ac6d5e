"""Ball Don't Lie's box scores: an object holds the games of a day, or the lines of one game."""

from nba_pipeline.sources import bdl_box_scores
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.table import Table

FEED = Feed("bdl_player_boxscores", "ball-dont-lie/boxscores/{date}/{ts}.json", holds="part")

# Not every object knows its games' ids. A player's id is the same in both shapes, and he plays one game a day; his
# name, and with it the lookup, changes with the alias table.
TABLE = Table(
    dataset="nba_raw",
    name="bdl_player_boxscores",
    description="One row per day and player Ball Don't Lie lists, whether he played or not, as it showed him last.",
    key=("game_date", "bdl_player_id"),
    strategy="upsert",
    newest_by="scraped_at",
    cluster_by=("player_lookup",),
    columns=(*bdl_box_scores.COLUMNS, *LINEAGE),
)

parse, clean = bdl_box_scores.parse, bdl_box_scores.clean
