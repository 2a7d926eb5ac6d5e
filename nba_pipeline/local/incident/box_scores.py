"""The table of the incident, box scores of players by day, and what its rows are."""

from dataclasses import replace

from google.cloud import bigquery

from nba_pipeline.bigquery import schema
from nba_pipeline.table import Table, nullable, required

KEY = ["game_id", "player_id"]
_NAMES = ("player_name", "team_abbr")
_COUNTS = ("minutes", "field_goals_made", "field_goals_attempted", "rebounds", "assists", "points", "plus_minus")
COLUMNS = ["game_date", *KEY, *_NAMES, *_COUNTS]

TABLE = Table(
    dataset="incident",
    name="player_boxscores",
    description="The box scores of the incident.",
    key=KEY,
    columns=(
        required("game_date", "DATE", "the day"),
        required("game_id", "STRING", "the game"),
        required("player_id", "INT64", "the player"),
        *(nullable(name, "STRING", "as the box score has it") for name in _NAMES),
        *(nullable(name, "INT64", "as the box score has it") for name in _COUNTS),
    ),
)


def create(client: bigquery.Client, table: Table = TABLE) -> None:
    """A table as a careful user makes it: partitioned, and open to queries without a filter."""
    schema.create(client, replace(table, require_partition_filter=False))
