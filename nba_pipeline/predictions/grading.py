"""What a prediction and what happened make together, whatever it is about."""

import numpy as np
import pandas as pd

from nba_pipeline.predictions.target import Target
from nba_pipeline.table import Column, nullable

OVER, UNDER, PUSH = "over", "under", "push"


def columns(target: Target) -> tuple[Column, ...]:
    """The columns that `compared` gives."""
    return (
        nullable("error", "FLOAT64", f"{target.predicted} - {target.actual}: above 0 was too much"),
        nullable("absolute_error", "FLOAT64", f"The error without its sign, in {target.unit}"),
        nullable(
            "result",
            "STRING",
            f"{OVER}, {UNDER} or, on the line, {PUSH}; NULL without a line or when he did not play",
        ),
        nullable(
            "is_correct", "BOOL", "Whether the result is the one recommended; NULL for pass, no_line, push, not played"
        ),
        nullable("brier", "FLOAT64", "(probability_over - [result is over])^2, 0..1; NULL for push or without result"),
    )


def results(actual: pd.Series, line: pd.Series) -> pd.Series:
    """On which side of its line each ended, both as float64; NULL where one of them is not known."""
    return np.sign(actual - line).map({1.0: OVER, -1.0: UNDER, 0.0: PUSH}).astype("string")


def compared(rows: pd.DataFrame, target: Target) -> dict[str, pd.Series]:
    """The columns of `columns` for predictions beside what happened."""
    actual = rows[target.actual].astype("float64")
    error = rows[target.predicted] - actual
    result = results(actual, rows[target.line].astype("float64"))
    decided = result.isin([OVER, UNDER])
    correct = rows["recommendation"].eq(result).astype("boolean")
    brier = (rows["probability_over"] - result.eq(OVER).fillna(False).astype("float64")) ** 2
    return {
        "error": error,
        "absolute_error": error.abs(),
        "result": result,
        "is_correct": correct.where(decided & rows["recommendation"].isin([OVER, UNDER])),
        "brier": brier.where(decided),
    }
