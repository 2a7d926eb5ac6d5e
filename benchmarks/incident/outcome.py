"""What became of the dates: the table against the input, row by row, and what went wrong on the way."""

import datetime as dt
import re
from collections import Counter

import pandas as pd

from benchmarks.incident.inputs import COLUMNS, KEY, Inputs
from nba_pipeline.bigquery import errors
from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.reader import read
from nba_pipeline.table import Table

_REASONS = "resourcesExceeded|invalidQuery|rateLimitExceeded|quotaExceeded|backendError"


def compare(connection: Connection, table: Table, inputs: Inputs) -> dict[str, int]:
    """Dates whose rows differ from the input in any way, and those with rows missing or doubled."""
    first, last = dt.date(2000, 1, 1), dt.date(2100, 1, 1)
    found = read(connection.reader, connection.project, table, first, last, COLUMNS)
    found = found.astype(inputs.rows.dtypes)
    doubled = found[found.duplicated(KEY, keep=False)]
    both = inputs.rows.merge(found.drop_duplicates(KEY), on=KEY, how="outer", suffixes=("", "_found"), indicator=True)
    missing = both[both["_merge"] == "left_only"]
    values = [name for name in COLUMNS if name not in KEY]
    same = pd.concat([_equal(both[name], both[f"{name}_found"]) for name in values], axis=1).all(axis=1)
    wrong = both[(both["_merge"] == "both") & ~same]
    extra = both[both["_merge"] == "right_only"]["game_date_found"]
    days = [set(part) for part in (missing["game_date"], doubled["game_date"], wrong["game_date"], extra)]
    return {"dates_lost": len(set().union(*days)), "dates_missing": len(days[0]), "dates_doubled": len(days[1])}


def causes(messages: Counter) -> dict[str, int]:
    """Errors as workers saw them, by their kind."""
    counted: Counter = Counter()
    for message, count in messages.items():
        counted[_kind(message)] += count
    return dict(counted.most_common())


def _kind(message: str) -> str:
    """What an error was. Its text does not always name the reason; BigQuery's words tell it then."""
    named = re.search(_REASONS, message)
    found = [errors.classify(reason, message) for reason in ([named[0]] if named else _REASONS.split("|"))]
    return next((kind for kind in found if kind is not errors.Permanent), errors.Permanent).__name__


def _equal(one: pd.Series, other: pd.Series) -> pd.Series:
    return ((one == other) | (one.isna() & other.isna())).fillna(False).astype(bool)
