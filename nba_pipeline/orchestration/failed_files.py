"""failed_files: every file, and every row of one, that could not be taken, with the place and the reason."""

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.sources.batch import Failure
from nba_pipeline.sources.feed import Feed
from nba_pipeline.table import Table, required

TABLE = Table(
    dataset="nba_orchestration",
    name="failed_files",
    description="Files, and rows of files, that could not be taken: where, why, and in which run this was seen last.",
    key=("file_date", "table_name", "source_object", "source_generation", "position"),
    partition_by="file_date",
    strategy="upsert",
    newest_by="noted_at",
    cluster_by=("table_name",),
    columns=(
        required("file_date", "DATE", "The day the object is about; of a season's object the day it was scraped"),
        required("table_name", "STRING", "The table the object was for, as dataset.table"),
        required("source_object", "STRING", "The object in the bucket"),
        required("source_generation", "INT64", "The object's generation"),
        required("position", "STRING", "Where in the object, e.g. $.games[17].gameStatus; $ is the object as a whole"),
        required("reason", "STRING", "What is wrong there"),
        required("run_id", "STRING", "The run that saw it last"),
        required("noted_at", "TIMESTAMP", "When that was"),
    ),
)


def rows(table: Table, feed: Feed, failures: Sequence[Failure], run_id: str, noted_at: dt.datetime) -> pd.DataFrame:
    """The rows of TABLE for what could not be taken of `feed` for `table`; a place that failed twice counts once."""
    listed = pd.DataFrame(
        {
            "file_date": pd.to_datetime([_day(feed, failure.object, noted_at) for failure in failures]),
            "table_name": str(table),
            "source_object": [failure.object for failure in failures],
            "source_generation": [failure.generation for failure in failures],
            "position": [failure.position for failure in failures],
            "reason": [failure.reason for failure in failures],
            "run_id": run_id,
            "noted_at": noted_at,
        }
    )
    return frames.typed(TABLE, listed.drop_duplicates(list(TABLE.key)))


def _day(feed: Feed, name: str, noted_at: dt.datetime) -> dt.date:
    if day := feed.fields(name).get("date"):
        return dt.date.fromisoformat(day)
    return (feed.scraped_at(name) or noted_at).date()
