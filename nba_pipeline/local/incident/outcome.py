"""What became of the dates: the table against the input, row by row."""

import datetime as dt

import pandas as pd

from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.reader import read
from nba_pipeline.local.incident.box_scores import COLUMNS, KEY
from nba_pipeline.table import Table


def compare(connection: Connection, table: Table, rows: pd.DataFrame) -> dict[str, int]:
    """Dates on which `table` differs from `rows` (COLUMNS) in any way, and those with rows missing or doubled."""
    first, last = dt.date(2000, 1, 1), dt.date(2100, 1, 1)
    found = read(connection.reader, connection.project, table, first, last, COLUMNS)
    found = found.astype(rows.dtypes)
    doubled = found[found.duplicated(KEY, keep=False)]
    both = rows.merge(found.drop_duplicates(KEY), on=KEY, how="outer", suffixes=("", "_found"), indicator=True)
    missing = both[both["_merge"] == "left_only"]
    values = [name for name in COLUMNS if name not in KEY]
    same = pd.concat([_equal(both[name], both[f"{name}_found"]) for name in values], axis=1).all(axis=1)
    wrong = both[(both["_merge"] == "both") & ~same]
    extra = both[both["_merge"] == "right_only"]["game_date_found"]
    days = [set(part) for part in (missing["game_date"], doubled["game_date"], wrong["game_date"], extra)]
    return {"dates_lost": len(set().union(*days)), "dates_missing": len(days[0]), "dates_doubled": len(days[1])}


def _equal(one: pd.Series, other: pd.Series) -> pd.Series:
    return ((one == other) | (one.isna() & other.isna())).fillna(False).astype(bool)
