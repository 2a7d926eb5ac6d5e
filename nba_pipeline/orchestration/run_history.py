"""run_history: how every finished run ended, one row for each table it was to write.

A run that has not ended has no row, so nothing is ever "running" here and nothing needs to be cleaned up. What Dagster
knows of a run comes as a `FinishedRun` (`defs/finished_runs.py` reads it); what is said of it is decided here.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.game_days import EASTERN, days_between
from nba_pipeline.table import Table, nullable, required

# An append: one load of all runs that ended, no DML and no staging table. `inputs` is what makes it exactly once: a
# batch that is written again, alone or with newer runs, after a crash between the write and the cursor, leaves out the
# runs that the table has. insert-new would do the same with a second job and a statement of the DML queue.
TABLE = Table(
    dataset="nba_orchestration",
    name="run_history",
    description="How every finished run ended, with what it did to each table it was to write.",
    key=("run_id", "table_name"),
    partition_by="run_date",
    strategy="append",
    inputs=("run_id",),
    cluster_by=("table_name", "status"),
    columns=(
        required("run_id", "STRING", "Dagster's id of the run"),
        required("table_name", "STRING", "The table the run was to write, as dataset.table"),
        required("run_date", "DATE", "The Eastern day on which the run ended"),
        nullable("first_partition", "STRING", "The first partition the run was for; NULL where it was for none"),
        nullable("last_partition", "STRING", "The last partition the run was for"),
        nullable("partitions", "INT64", "Number of partitions the run was for"),
        required("status", "STRING", "The table's end: succeeded, failed, skipped, canceled or died"),
        required("run_status", "STRING", "The run's end: succeeded, failed, canceled, or died: its process was killed"),
        required("launched_by", "STRING", "What launched the run: backfill, retry, schedule, sensor or manual"),
        nullable("launcher", "STRING", "The backfill's id, the run it retries, the schedule's or the sensor's name"),
        nullable("started_at", "TIMESTAMP", "When the table's step started (UTC); NULL where it never did"),
        required("ended_at", "TIMESTAMP", "When the table's step ended (UTC), or the run, where the step did not"),
        nullable("rows_written", "INT64", "Rows in the write; NULL where nothing was written"),
        nullable("bigquery_jobs", "INT64", "BigQuery jobs of the write"),
        nullable("dml_statements", "INT64", "Mutating DML statements of the write"),
        nullable("reruns", "INT64", "Jobs run again because of conflicts, full queues, rates or BigQuery's trouble"),
        nullable("seconds_waited", "FLOAT64", "Seconds waited for the table's slot and before reruns"),
        nullable("error", "STRING", "What went wrong, in one line; NULL where the table was written"),
    ),
)

Status = Literal["succeeded", "failed", "skipped", "canceled", "died"]
RunStatus = Literal["succeeded", "failed", "canceled", "died"]

_LONGEST_ERROR = 500
# The reasons Dagster gives for the end of a run whose process was ended, or never came up, without anybody asking.
_REASONS_OF_DEATH = ("UNEXPECTED_TERMINATION", "RUN_WORKER_RESTART", "START_TIMEOUT")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a run.

    `writes` holds the tables it was to write, each with what its rows and their write left in figures (none where it
    wrote nothing); `needs` the keys of the steps before it. `succeeded` is None where the step has no end: it never
    ran, or its process died. `given_up` are the moments at which a write of it gave up, by the name of the error.
    """

    key: str
    writes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    succeeded: bool | None = None
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    error: str | None = None
    given_up: tuple[tuple[str, dt.datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that ended, with the steps it was to take."""

    run_id: str
    tags: Mapping[str, str]
    status: RunStatus
    ended_at: dt.datetime
    error: str | None
    steps: tuple[Step, ...]

    @property
    def date(self) -> dt.date:
        """The Eastern day on which it ended."""
        return self.ended_at.astimezone(EASTERN).date()

    def status_of(self, step: Step) -> Status:
        """How `step` ended; one that never ran shares the end of its run, or was skipped for one that failed."""
        if step.succeeded:
            return "succeeded"
        if self.status in ("canceled", "died"):
            return self.status
        return "skipped" if step.succeeded is None and self.failed_before(step) else "failed"

    def error_of(self, step: Step) -> str | None:
        """Why `step` did not succeed; None where it did."""
        if step.succeeded:
            return None
        if step.succeeded is None and self.status == "failed" and (failed := self.failed_before(step)):
            return f"not run, because {', '.join(_name(step) for step in failed)} failed"
        return step.error or self.error or f"the run was {self.status}"

    def failed_before(self, step: Step) -> list[Step]:
        """The steps that failed and that `step` needs, however many steps lie between."""
        by_key, found, waiting = {each.key: each for each in self.steps}, [], list(step.needs)
        for key in waiting:
            needed = by_key.get(key)
            if needed and needed.succeeded is False:
                found.append(needed)
            elif needed:
                waiting += [before for before in needed.needs if before not in waiting]
        return found


def run_status(ended: str, reason: str | None, said_its_end: bool, could_not_start: bool) -> RunStatus:
    """How a run ended, from Dagster's status of it (SUCCESS, CANCELED, FAILURE) and the reason of a failure.

    A failed run that gives no reason was called failed from outside. Its process is dead, unless it said its end itself
    or never was there because the launch failed. One that Dagster ends for taking too long died; its error says so.
    """
    if ended != "FAILURE":
        return "succeeded" if ended == "SUCCESS" else "canceled"
    if reason in _REASONS_OF_DEATH or not (reason or said_its_end or could_not_start):
        return "died"
    return "failed"


def one_line(message: str) -> str:
    """An error's message as one line: its first, without the module before the error's name or who reported it."""
    first = next((line.strip() for line in message.splitlines() if line.strip()), "")
    return re.sub(r"^(?:(?:\w+\.)+(?=\w+: )|\[\w+\] )", "", first)[:_LONGEST_ERROR]


def launched_by(tags: Mapping[str, str]) -> tuple[str, str | None]:
    """What launched a run, and its id or name, from the run's tags."""
    known = {
        "backfill": "dagster/backfill",
        "retry": "dagster/parent_run_id",
        "schedule": "dagster/schedule_name",
        "sensor": "dagster/sensor_name",
    }
    return next(((kind, tags[tag]) for kind, tag in known.items() if tag in tags), ("manual", None))


def partitions(tags: Mapping[str, str]) -> tuple[str | None, str | None, int | None]:
    """The first and the last partition of a run and how many there are, from the run's tags."""
    only = tags.get("dagster/partition")
    first = tags.get("dagster/asset_partition_range_start", only)
    last = tags.get("dagster/asset_partition_range_end", only)
    if first is None or last is None:
        return None, None, None
    return first, last, 1 if first == last else _days_between(first, last)


def rows(runs: Sequence[FinishedRun]) -> pd.DataFrame:
    """The rows of TABLE for `runs`; a run that was to write no table has none."""
    listed = [row for run in runs for row in _rows_of(run)]
    return frames.typed(TABLE, pd.DataFrame(listed, columns=TABLE.column_names))


def _rows_of(run: FinishedRun) -> Iterator[dict[str, Any]]:
    first, last, count = partitions(run.tags)
    kind, launcher = launched_by(run.tags)
    of_run = {
        "run_id": run.run_id,
        "run_date": run.date,
        "first_partition": first,
        "last_partition": last,
        "partitions": count,
        "run_status": run.status,
        "launched_by": kind,
        "launcher": launcher,
    }
    for step in run.steps:
        of_step = {
            "status": run.status_of(step),
            "started_at": step.started_at,
            "ended_at": step.ended_at or run.ended_at,
            "error": run.error_of(step),
        }
        for table_name, figures in step.writes.items():
            yield {**of_run, **of_step, "table_name": table_name, **_figures(figures)}


def _figures(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that the IO manager left with what it wrote; none where nothing was."""
    if "rows_written" not in figures:
        return {}
    return {
        "rows_written": figures["rows_written"],
        "bigquery_jobs": len(figures["bigquery_jobs"]),
        "dml_statements": figures["dml_statements"],
        "reruns": len(figures["reruns"]),
        "seconds_waited": figures["seconds_waited"] + figures["seconds_waited_for_slot"],
    }


def _name(step: Step) -> str:
    return ", ".join(step.writes) or step.key


def _days_between(first: str, last: str) -> int | None:
    """How many days two partitions span; None where they are no days."""
    try:
        return len(days_between(dt.date.fromisoformat(first), dt.date.fromisoformat(last)))
    except ValueError:
        return None
