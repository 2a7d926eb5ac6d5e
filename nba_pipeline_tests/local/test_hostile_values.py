"""Text that means something to SQL, shells, terminals or Unicode comes back as it was written, and does nothing."""

import pandas as pd
import pytest

from nba_pipeline.bigquery.reader import read
from nba_pipeline.bigquery.slots import FileSlots, Pacing
from nba_pipeline.bigquery.writer import Writer
from nba_pipeline.frames import DayRows
from nba_pipeline_tests.support.toy import DAYS
from nba_pipeline_tests.support.toy_runs import COLUMNS, TABLES

HOSTILE = [
    "'; DROP TABLE toys.replaced; --",
    '" OR 1=1 --',
    "`toys.replaced`",
    "@days",
    "${HOME} $(id) %s {0} \\",
    "../../../etc/passwd",
    "a\nb\r\tc\x00\x1b[31md\x7f",
    "\u202egnp.exe",
    "zero\u200bwidth",
    "Luk\u0430 Dončić",  # a Cyrillic letter
    "Luka Dončić",
    "NULL",
    "",
    "x" * 100_000,
    "🏀" * 1_000,
]


def hostile_rows() -> pd.DataFrame:
    """A row for each text and day, with the text in its key and in what names its input."""
    rows = [(day, f"{text}{day}", 1, f"{day}{text}") for day in DAYS for text in HOSTILE]
    return pd.DataFrame(rows, columns=[column.name for column in COLUMNS])


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_strategy_writes_any_text_as_it_is_once(connection, tmp_path, table):
    rows = hostile_rows()
    for write_id in ("first", "second"):
        writer = Writer(connection, FileSlots(tmp_path, Pacing(seconds=0)), write_id, {}, time_scale=200)
        for day in (DAYS[:1], DAYS):
            writer.write(table, DayRows(rows[rows["day"].isin(day)], day))
    found = read(connection.reader, connection.project, table, DAYS[0], DAYS[-1])
    written = set(zip(rows["id"], rows["source_object"], strict=True))
    assert set(zip(found["id"], found["source_object"], strict=True)) == written
    assert len(found) == len(written)
