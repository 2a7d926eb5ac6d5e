"""How the system of the incident wrote: each file by itself, a DELETE of its rows and then an append."""

from collections.abc import Callable

import pandas as pd
from google.cloud import bigquery

from nba_pipeline.local.incident.box_scores import TABLE

# Adds the rows of a file to the table.
Append = Callable[[bigquery.Client, pd.DataFrame], None]

_DELETE = f"DELETE FROM `{TABLE}` WHERE game_date = @day AND game_id = @game"  # noqa: S608 - a declared name


def write_file(client: bigquery.Client, game: pd.DataFrame, append: Append) -> None:
    """Replaces the rows of one game, which is what a file holds. Between the two jobs readers see none."""
    parameters = [
        bigquery.ScalarQueryParameter("day", "DATE", game["game_date"].iloc[0]),
        bigquery.ScalarQueryParameter("game", "STRING", game["game_id"].iloc[0]),
    ]
    client.query(_DELETE, job_config=bigquery.QueryJobConfig(query_parameters=parameters)).result()
    append(client, game)


def append_by_load(client: bigquery.Client, game: pd.DataFrame) -> None:
    """Appends by a load job."""
    client.load_table_from_dataframe(game, str(TABLE)).result()
