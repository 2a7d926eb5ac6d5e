"""prediction_batches: how every batch of predictions ended, complete or failed.

A batch is what one run was to predict: its days of player_prop_predictions. Like run_history it is made of runs that
ended, so that no batch is ever "running" and none can hang: one whose run was killed or canceled failed, and says so.
What a batch did stands in the metadata of its write (`figures`), for the tables may have been written again since.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.orchestration import run_history
from nba_pipeline.orchestration.run_history import FinishedRun, Step
from nba_pipeline.predictions import player_prop_predictions
from nba_pipeline.table import Table, nullable, required

COMPLETE, FAILED = "complete", "failed"

# An append, as run_history: exactly once whatever the sensor repeats.
TABLE = Table(
    dataset="nba_predictions",
    name="prediction_batches",
    description="One row per batch of predictions, a run's days of player_prop_predictions, that ended.",
    key=("run_id",),
    partition_by="run_date",
    strategy="append",
    inputs=("run_id",),
    cluster_by=("status",),
    columns=(
        required("run_id", "STRING", "Dagster's id of the run: the batch's id"),
        required("run_date", "DATE", "The Eastern day on which the run ended"),
        required("status", "STRING", f"{COMPLETE}: its predictions were written and keep their rules; or {FAILED}"),
        nullable("reason", "STRING", "Why it failed, in one line; NULL where it is complete"),
        nullable("first_day", "DATE", "The first game day it was for; NULL where the run was for none"),
        nullable("last_day", "DATE", "The last game day it was for"),
        nullable("days", "INT64", "Number of game days it was for"),
        nullable("players", "INT64", "Players on the slates of these days; NULL where it failed"),
        nullable("predicted", "INT64", "Those that are predicted"),
        nullable("not_predicted", "INT64", "Those that are not"),
        nullable("not_predicted_by_reason", "STRING", "The number of those by each reason, most first"),
        nullable("systems", "STRING", "The systems that predicted, separated by commas"),
        nullable("models", "STRING", "The models they used, separated by commas; empty before the first training"),
        nullable("started_at", "TIMESTAMP", "When it started (UTC); NULL where it never did"),
        required("ended_at", "TIMESTAMP", "When it ended (UTC), or its run, where it did not"),
    ),
)

_PREDICTIONS = str(player_prop_predictions.TABLE)


def figures(cache: pd.DataFrame, predictions: pd.DataFrame) -> dict[str, Any]:
    """What a batch did: `cache` are the rows of player_daily_cache it was for, `predictions` what it made of them."""
    reasons = player_prop_predictions.reasons(cache).value_counts()
    predicted = len(predictions[["game_id", "player_id"]].drop_duplicates())
    return {
        "players": len(cache),
        "predicted": predicted,
        "not_predicted": len(cache) - predicted,
        "not_predicted_by_reason": ", ".join(f"{reason} {players}" for reason, players in reasons.items()),
        "systems": ", ".join(sorted(predictions["system_id"].unique())),
        "models": ", ".join(sorted(predictions["model_id"].dropna().unique())),
    }


def rows(runs: Sequence[FinishedRun]) -> pd.DataFrame:
    """The rows of TABLE for those of `runs` that were to predict."""
    listed = [_row(run, step) for run in runs for step in run.steps if _PREDICTIONS in step.writes]
    return frames.typed(TABLE, pd.DataFrame(listed, columns=TABLE.column_names))


def _row(run: FinishedRun, step: Step) -> dict[str, Any]:
    first, last, days = run_history.partitions(run.tags)
    complete = run.status_of(step) == "succeeded"
    done = step.writes[_PREDICTIONS] if complete else {}
    return {
        "run_id": run.run_id,
        "run_date": run.date,
        "status": COMPLETE if complete else FAILED,
        "reason": run.error_of(step),
        "first_day": pd.to_datetime(first),
        "last_day": pd.to_datetime(last),
        "days": days,
        **{name: done[name] for name in TABLE.column_names if name in done},
        "started_at": step.started_at,
        "ended_at": step.ended_at or run.ended_at,
    }
