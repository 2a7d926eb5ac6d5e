"""What tables hold, as far as two ways to fill them are compared: how many rows, and a digest of them in any order."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from nba_pipeline import catalog
from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.reader import read

_EVER = dt.date(2000, 1, 1), dt.date(2100, 1, 1)


class Unequal(AssertionError):
    """Two ways to fill the tables led to other rows; the message names the tables."""


@dataclass(frozen=True, slots=True)
class Contents:
    """A table's rows: their number, and the sum of their hashes, which knows no order and counts a doubled row."""

    rows: int
    digest: int

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "Contents":
        """The contents of a frame of a declared Table."""
        return cls(len(rows), int(pd.util.hash_pandas_object(rows, index=False).sum()))


def of_tables(connection: Connection, tables: Iterable[str]) -> dict[str, Contents]:
    """What each of `tables` (`dataset.name`) holds in BigQuery."""
    client, project, declared = connection.reader, connection.project, catalog.tables()
    return {name: Contents.of(read(client, project, declared[name], *_EVER)) for name in tables}


def refuse_differences(stack: Mapping[str, Contents], script: Mapping[str, Contents]) -> None:
    """Raises Unequal where a table of the stack does not hold the script's rows."""
    different = [
        f"{name}: {stack[name]}, the script's {script[name]}" for name in script if stack[name] != script[name]
    ]
    if different:
        raise Unequal("the stack's rows are not the script's:\n" + "\n".join(different))
