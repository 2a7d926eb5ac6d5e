"""What the feeds of pitchers' and batters' lines share: the table of any market, and names of the teams."""

import pandas as pd

from nba_pipeline.sources import odds_api
from nba_pipeline.sources.feed import LINEAGE
from nba_pipeline.sources.mlb_teams import team_abbr_of_names
from nba_pipeline.sources.payload import Cleaned
from nba_pipeline.table import Table, required


def table(name: str, of: str, market: str) -> Table:
    """The table called `name` of lines on players called `of`; `market` is one of its markets."""
    return Table(
        dataset="mlb_raw",
        name=name,
        description=f"Every snapshot of every bookmaker's lines on {of}.",
        key=("event_id", "bookmaker", "market", "player_lookup", "snapshot_ts", "line"),
        strategy="append",
        inputs=("source_object", "source_generation"),
        cluster_by=("player_lookup",),
        columns=(
            *odds_api.EVENT_COLUMNS,
            required("market", "STRING", f"The Odds API's key of what is counted, e.g. {market}"),
            *odds_api.line_columns("line", "What the market counts"),
            *LINEAGE,
        ),
    )


def clean_lines(values: pd.DataFrame) -> Cleaned:
    """The lines as rows of such a table without lineage."""
    return odds_api.clean_lines(values, team_abbr_of_names)
