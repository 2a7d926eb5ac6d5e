"""Batches of predictions: one row for each run that was to predict, complete or failed."""

import datetime as dt

import pandas as pd
import pytest

from nba_pipeline.orchestration.run_history import Step
from nba_pipeline.predictions import player_prop_predictions, prediction_batches
from nba_pipeline_tests.support.finished import FIGURES, NOON, run, step
from nba_pipeline_tests.support.grades import predicted

PREDICTIONS = str(player_prop_predictions.TABLE)
DID = {"players": 30, "predicted": 28, "not_predicted": 2, "not_predicted_by_reason": "listed_out 2", "systems": "a"}


def predicting(succeeded: bool | None = True, **more: object) -> Step:
    """The step of the predictions."""
    return Step("predicting", {PREDICTIONS: {**FIGURES, **DID} if succeeded else {}}, succeeded=succeeded, **more)


def only_row(*steps: Step, **of_run: str) -> dict:
    (row,) = prediction_batches.rows([run(*steps, **of_run)]).to_dict("records")
    return {name: None if pd.isna(value) else value for name, value in row.items()}


def test_a_batch_that_was_written_is_complete_with_what_it_did():
    days = {"asset_partition_range_start": "2024-01-30", "asset_partition_range_end": "2024-02-02"}
    row = only_row(step("cache"), predicting(started_at=NOON, ended_at=NOON + dt.timedelta(minutes=1)), **days)
    assert (row["status"], row["reason"], row["run_id"]) == ("complete", None, "run-1")
    assert {name: row[name] for name in DID} == DID
    assert [f"{row[name]:%Y-%m-%d}" for name in ("first_day", "last_day")] == ["2024-01-30", "2024-02-02"]
    assert row["days"] == 4
    assert (row["started_at"], row["ended_at"]) == (NOON, NOON + dt.timedelta(minutes=1))


def test_a_batch_is_complete_once_it_is_written_whatever_fails_after_it():
    after = step("coverage", succeeded=False, error="boom")
    assert only_row(predicting(), after, status="failed")["status"] == "complete"


@pytest.mark.parametrize(
    ("status", "steps", "reason"),
    [
        ("failed", [predicting(False, error="IncompleteFeatures: 2024-01-30")], "IncompleteFeatures: 2024-01-30"),
        (
            "failed",
            [step("cache", False, error="boom"), predicting(None, needs=("cache",))],
            "not run, because toys.cache failed",
        ),
        ("died", [predicting(None)], "the run was died"),
        ("canceled", [predicting(None)], "the run was canceled"),
    ],
)
def test_a_batch_that_did_not_come_to_its_end_failed_and_says_why(status, steps, reason):
    row = only_row(*steps, status=status)
    assert (row["status"], row["reason"], row["players"], row["ended_at"]) == ("failed", reason, None, NOON)


def test_a_run_that_was_to_predict_nothing_is_no_batch():
    assert prediction_batches.rows([run(step("bears"))]).empty


def test_what_a_batch_did_is_counted_by_player_and_by_reason():
    cache = pd.DataFrame(
        {"injury_status": ["Out", None, None, "Out"], "incomplete_reason": [None, None, "not_seen_lately", None]},
        dtype="string[pyarrow]",
    )
    rows = predicted({"system_id": "b", "model_id": "m"}, {"system_id": "a", "model_id": "m"})
    assert prediction_batches.figures(cache, rows) == {
        "players": 4,
        "predicted": 1,
        "not_predicted": 3,
        "not_predicted_by_reason": "listed_out 2, not_seen_lately 1",
        "systems": "a, b",
        "models": "m",
    }
