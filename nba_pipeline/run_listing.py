"""The last runs from the command line: nba_orchestration.run_history as a table."""

import datetime as dt
from collections.abc import Iterator

import pandas as pd
from rich.markup import escape
from rich.table import Table as Listing

from nba_pipeline import frames
from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.reader import TableMissing, read
from nba_pipeline.game_days import today
from nba_pipeline.orchestration.run_history import TABLE
from nba_pipeline.settings import Settings

# Days back that are looked through, one span after the other, until enough runs are found.
_SPANS = ((0, 1), (2, 7), (8, 31), (32, 366))
_COLORS = {"succeeded": "green", "failed": "red", "died": "red", "skipped": "yellow", "canceled": "yellow"}


def last_runs(
    current: Settings, limit: int, failed: bool = False, table: str = "", date: dt.date | None = None
) -> pd.DataFrame:
    """The rows of the runs that ended last, newest first: `limit` of them at most, from the last year.

    `failed` keeps those whose table or run failed or died, `table` those of one table (with or without its dataset),
    `date` those of runs that ended on that Eastern day.
    """
    connection = Connection(current.project, current.location, current.bigquery_url, current.bigquery_read_address)
    found: list[pd.DataFrame] = []
    try:
        for first, last in _spans(date):
            rows = read(connection.reader, current.project, TABLE, first, last)
            found.append(_chosen(rows, failed, table))
            if sum(map(len, found)) >= limit:
                break
    except TableMissing:
        return frames.empty(TABLE)
    finally:
        connection.close()
    newest = pd.concat(found).sort_values(["ended_at", "run_id", "table_name"], ascending=[False, True, True])
    return newest.head(limit)


def listing(rows: pd.DataFrame) -> Listing:
    """`rows` as they are printed; times are Eastern, as the days are."""
    shown = Listing("ended", "run", "table", "days", "status", "by", "rows", "jobs", "DML", "reruns", "waited", "error")
    for row in rows.astype(object).where(rows.notna(), None).itertuples():
        color = _COLORS.get(row.status, "white")
        died = " (run died)" if row.run_status == "died" and row.status != "died" else ""
        shown.add_row(
            f"{row.ended_at.tz_convert('America/New_York'):%Y-%m-%d %H:%M:%S}",
            row.run_id[:8],
            row.table_name,
            _days(row.first_partition, row.last_partition),
            f"[{color}]{row.status}{died}[/]",
            " ".join(filter(None, [row.launched_by, row.launcher])),
            *map(_figure, (row.rows_written, row.bigquery_jobs, row.dml_statements, row.reruns)),
            "" if row.seconds_waited is None else f"{row.seconds_waited:.1f} s",
            escape(row.error or ""),
        )
    return shown


def _spans(date: dt.date | None) -> Iterator[tuple[dt.date, dt.date]]:
    if date:
        yield date, date
        return
    for newest, oldest in _SPANS:
        yield today() - dt.timedelta(days=oldest), today() - dt.timedelta(days=newest)


def _chosen(rows: pd.DataFrame, failed: bool, table: str) -> pd.DataFrame:
    if failed:
        rows = rows[rows["status"].isin(["failed", "died"]) | (rows["run_status"] == "died")]
    if table:
        rows = rows[(rows["table_name"] == table) | rows["table_name"].str.endswith(f".{table}")]
    return rows


def _days(first: str | None, last: str | None) -> str:
    return (first or "") if first == last else f"{first} to {last}"


def _figure(value: int | None) -> str:
    return "" if value is None else f"{value:,}"
