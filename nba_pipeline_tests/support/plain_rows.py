"""Rows of any Table by hand: what a test does not say is something of the right type."""

import datetime as dt

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.table import Table

_PLAIN = {"STRING": "x", "INT64": 1, "FLOAT64": 1.0, "BOOL": False, "TIMESTAMP": pd.Timestamp("2024-01-01", tz="UTC")}


def rows_of(table: Table, day: dt.date, *told: dict) -> pd.DataFrame:
    """A row of `day` for each of `told`; REQUIRED columns it does not name are filled, others are NULL."""
    plain = {**_PLAIN, "DATE": pd.Timestamp(day)}
    needed = {column.name: plain[column.type] for column in table.columns if column.mode == "REQUIRED"}
    return frames.typed(table, pd.DataFrame([{**needed, **row} for row in told]))
