"""A toy table for unit tests: they are about rules, not about the pipeline's real tables."""

import datetime as dt

import pandas as pd

from nba_pipeline.table import Table, nullable, required

TOY = Table(
    dataset="toys",
    name="toy",
    description="One row per day and toy.",
    key=("day", "id"),
    partition_by="day",
    columns=(
        required("day", "DATE", "the day"),
        required("id", "INT64", "which toy"),
        nullable("name", "STRING", "what it is called"),
        nullable("score", "FLOAT64", "how good it is"),
        nullable("count", "INT64", "how many"),
        nullable("wanted", "BOOL", "whether anybody wants it"),
        nullable("seen_at", "TIMESTAMP", "when it was seen"),
    ),
)

DAY = dt.date(2024, 1, 1)
DAYS = [DAY + dt.timedelta(days=n) for n in range(3)]


def toys(*days: dt.date, of_each: int = 2, name: str = "bear") -> pd.DataFrame:
    """A frame with some toys on each of `days`."""
    return pd.DataFrame(
        [{"day": day, "id": n, "name": name, "score": n / 2} for day in days for n in range(of_each)],
        columns=["day", "id", "name", "score"],
    )
