"""Which runs ended, what they did to each table and what that cost: nba_orchestration.run_history as a table."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
from rich.console import RenderableType

from nba_pipeline import frames
from nba_pipeline.bigquery.connection import connected
from nba_pipeline.bigquery.reader import TableMissing, read
from nba_pipeline.game_days import EASTERN, today
from nba_pipeline.orchestration.run_history import TABLE
from nba_pipeline.settings import Settings
from nba_pipeline.terminal import cell, grid

# Days back that are looked through, one span after the other, until enough runs are found.
_SPANS = ((0, 1), (2, 7), (8, 31), (32, 366))
_HEADINGS = ("ended", "run", "table", "days", "status", "by", "rows", "jobs", "DML", "reruns", "waited", "error")
_ALL = "all"
_COSTS = ["rows_written", "bigquery_jobs", "dml_statements", "reruns", "seconds_waited"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are asked for: of runs that failed or died, of one table (with or without its dataset), of runs for
    one partition, of runs that ended on one Eastern day."""

    failed: bool = False
    table: str = ""
    partition: dt.date | None = None
    date: dt.date | None = None

    def of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Those of `rows` that fit; days are left to the read."""
        if self.failed:
            rows = rows[rows["status"].isin(["failed", "died"]) | (rows["run_status"] == "died")]
        if self.table:
            rows = rows[(rows["table_name"] == self.table) | rows["table_name"].str.endswith(f".{self.table}")]
        if self.partition:
            day = self.partition.isoformat()
            rows = rows[((rows["first_partition"] <= day) & (rows["last_partition"] >= day)).fillna(False)]
        return rows


def last_runs(current: Settings, limit: int, wanted: Wanted) -> pd.DataFrame:
    """The rows of TABLE that ended last, newest first: `limit` of them at most, from the last year."""
    return _newest(_found(current, limit, wanted)).head(limit)


def runs_since(current: Settings, moment: dt.datetime, wanted: Wanted) -> pd.DataFrame:
    """All rows of TABLE that ended on `wanted.date`, or, where that is none, since `moment`."""
    first = wanted.date or moment.astimezone(EASTERN).date()
    rows = wanted.of(_read(current, first, wanted.date or today()))
    return _newest(rows if wanted.date else rows[rows["ended_at"] >= moment])


def listing(rows: pd.DataFrame) -> RenderableType:
    """`rows` as they are printed; times are Eastern, as the days are."""
    shown = rows.astype(object).where(rows.notna(), None)
    return grid(_HEADINGS, [_line(row) for row in shown.itertuples()])


def last_writer(rows: pd.DataFrame) -> str:
    """Which of `rows`, runs for one partition of one table, wrote it last, in words."""
    wrote = rows[(rows["status"] == "succeeded") & rows["rows_written"].notna()]
    if wrote.empty:
        return "None of these runs wrote it."
    last = wrote.iloc[0]
    return f"Written last by run {last['run_id']}, which ended {_moment(last['ended_at'])}."


def cost(rows: pd.DataFrame) -> pd.DataFrame:
    """What `rows` came to, a row per table and one of all: runs, how many failed, and the sums of their figures."""
    counted = rows.assign(failed=rows["status"].isin(["failed", "died"]))
    tables = counted.groupby("table_name").agg(
        runs=("run_id", "nunique"), failed=("failed", "sum"), **{name: (name, "sum") for name in _COSTS}
    )
    total = {"table_name": _ALL, "runs": rows["run_id"].nunique(), **tables[["failed", *_COSTS]].sum()}
    by_table = tables.sort_values("bigquery_jobs", ascending=False).reset_index().to_dict("records")
    return pd.DataFrame([*by_table, total]).astype(dict.fromkeys(["runs", "failed", *_COSTS[:-1]], "int64"))


def cost_listing(costs: pd.DataFrame, title: str) -> RenderableType:
    """What `cost` gives, as it is printed: tables without jobs and failures only count in the last line."""
    shown = costs[(costs["bigquery_jobs"] > 0) | (costs["failed"] > 0) | (costs["table_name"] == _ALL)]
    lines = [(*row[:-1], f"{row[-1]:.1f} s") for row in shown.itertuples(index=False, name=None)]
    return grid(("table", "runs", "failed", "rows", "jobs", "DML", "reruns", "waited"), lines, title)


def _found(current: Settings, limit: int, wanted: Wanted) -> pd.DataFrame:
    found: list[pd.DataFrame] = []
    for first, last in _spans(wanted.date):
        found.append(wanted.of(_read(current, first, last)))
        if sum(map(len, found)) >= limit:
            break
    return pd.concat(found)


def _read(current: Settings, first: dt.date, last: dt.date) -> pd.DataFrame:
    """The rows of runs that ended on these days; none before the first run ended."""
    with connected(current) as connection:
        try:
            return read(connection.reader, current.project, TABLE, first, last)
        except TableMissing:
            return frames.empty(TABLE)


def _newest(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(["ended_at", "run_id", "table_name"], ascending=[False, True, True])


def _spans(date: dt.date | None) -> Iterator[tuple[dt.date, dt.date]]:
    if date:
        yield date, date
        return
    for newest, oldest in _SPANS:
        yield today() - dt.timedelta(days=oldest), today() - dt.timedelta(days=newest)


def _line(row: Any) -> list[object]:
    status = cell(row.status)
    if row.run_status == "died" and row.status != "died":
        status.append(" (run died)")
    return [
        _moment(row.ended_at),
        row.run_id[:8],
        row.table_name,
        _days(row.first_partition, row.last_partition),
        status,
        " ".join(filter(None, [row.launched_by, row.launcher])),
        *(row.rows_written, row.bigquery_jobs, row.dml_statements, row.reruns),
        None if row.seconds_waited is None else f"{row.seconds_waited:.1f} s",
        row.error,
    ]


def _moment(moment: pd.Timestamp) -> str:
    return f"{moment.tz_convert(EASTERN):%Y-%m-%d %H:%M:%S}"


def _days(first: str | None, last: str | None) -> str:
    return (first or "") if first == last else f"{first} to {last}"
