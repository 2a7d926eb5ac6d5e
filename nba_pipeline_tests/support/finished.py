"""Finished runs as plain data, for tests of what is said of them."""

import datetime as dt
from typing import Any

from nba_pipeline.orchestration.run_history import FinishedRun, Step

NOON = dt.datetime(2024, 1, 15, 17, tzinfo=dt.UTC)
FIGURES = {
    "rows_written": 100,
    "bigquery_jobs": ["staging", "merge"],
    "dml_statements": 1,
    "reruns": ["Conflict", "Transient"],
    "seconds_waited": 3.0,
    "seconds_waited_for_slot": 1.5,
    "handled_at": NOON,
}


def step(name: str, succeeded: bool | None = True, **more: Any) -> Step:
    """A step that writes toys.`name`, with the usual figures where it succeeded."""
    return Step(key=name, writes={f"toys.{name}": FIGURES if succeeded else {}}, succeeded=succeeded, **more)


def run(*steps: Step, run_id: str = "run-1", status: Any = "succeeded", error: str | None = None, **tags: str) -> Any:
    """A run that ended at noon in New York; tags are Dagster's, without the `dagster/` before them."""
    return FinishedRun(run_id, {f"dagster/{name}": value for name, value in tags.items()}, status, NOON, error, steps)
