"""Upsert, insert-new and append against the local BigQuery: newest wins, nothing twice, moved keys leave their day."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_pipeline.bigquery.reader import read
from nba_pipeline.frames import DayRows
from nba_pipeline.table import Table, nullable, required
from nba_pipeline_tests.support.toy import DAYS
from nba_pipeline_tests.support.writing import writer

COLUMNS = (
    required("day", "DATE", "the day"),
    required("id", "STRING", "which game"),
    nullable("note", "STRING", "what was seen"),
    required("scraped_at", "TIMESTAMP", "when"),
    required("source_object", "STRING", "where from"),
)


def games(strategy: str, **more) -> Table:
    return Table("toys", "game", "Games.", COLUMNS, key=("id",), partition_by="day", strategy=strategy, **more)


LATEST = games("upsert", newest_by="scraped_at")
FIRST = games("insert-new")
DAILY = Table(
    "toys",
    "daily",
    "Games by day.",
    COLUMNS,
    key=("day", "id"),
    partition_by="day",
    strategy="upsert",
    newest_by="scraped_at",
)
SNAPSHOTS = Table(
    "toys",
    "snapshot",
    "All that was seen.",
    COLUMNS,
    key=("id", "source_object"),
    partition_by="day",
    strategy="append",
    inputs=("source_object",),
)


CURRENT = Table(
    "toys",
    "current",
    "Games as they are now.",
    COLUMNS,
    key=("id",),
    partition_by=None,
    strategy="upsert",
    newest_by="scraped_at",
)
BY_YEAR = Table(
    "toys",
    "yearly",
    "Games by year.",
    (*COLUMNS, required("year", "INT64", "season")),
    key=("id",),
    partition_by="year",
    strategy="insert-new",
)


def seen(*rows: tuple[dt.date, str, str, int], source: str = "a") -> pd.DataFrame:
    """Rows of day, id, note and the hour of the scrape."""
    names = ["day", "id", "note", "hour"]
    frame = pd.DataFrame(rows, columns=names)
    hours = pd.to_timedelta(frame.pop("hour").astype("int64"), unit="h")
    return frame.assign(scraped_at=pd.Timestamp("2024-01-01", tz="UTC") + hours, source_object=source)


def notes(connection, table) -> dict[tuple[str, str], str]:
    """What the table holds: the note by day and id; fails where a key stands twice."""
    rows = read(connection.reader, connection.project, table, dt.date(2000, 1, 1), dt.date(2100, 1, 1))
    found = {(f"{row.day:%d}", row.id): row.note for row in rows.itertuples()}
    assert len(found) == len(rows)
    return found


def write(connection, table, frame, days=DAYS, write_id="w"):
    return writer(connection, write_id).write(table, DayRows(frame, days))


def test_an_upsert_takes_new_keys_and_newer_rows_and_leaves_the_others(connection):
    write(connection, LATEST, seen((DAYS[0], "x", "old", 5), (DAYS[1], "y", "newer", 9), (DAYS[2], "z", "kept", 5)))
    report = write(
        connection, LATEST, seen((DAYS[0], "x", "new", 6), (DAYS[1], "y", "stale", 8), (DAYS[2], "n", "first", 1))
    )
    assert notes(connection, LATEST) == {
        ("01", "x"): "new",
        ("02", "y"): "newer",
        ("03", "z"): "kept",
        ("03", "n"): "first",
    }
    assert [dict(job.changed) for job in report.jobs] == [{}, {"inserted": 1, "updated": 1}]
    assert report.dml_statements == 1


def test_the_same_scrape_read_again_by_later_code_replaces_its_rows(connection):
    write(connection, LATEST, seen((DAYS[0], "x", "misread", 5)))
    write(connection, LATEST, seen((DAYS[0], "x", "read", 5)))
    assert notes(connection, LATEST) == {("01", "x"): "read"}


@pytest.mark.parametrize("days", [DAYS[:1], DAYS[1:2], DAYS], ids=["the day it leaves", "the day it goes to", "both"])
def test_a_key_that_moves_to_another_day_leaves_the_old_one(connection, days):
    write(connection, LATEST, seen((DAYS[0], "x", "planned", 1), (DAYS[2], "y", "other", 1)))
    write(connection, LATEST, seen((DAYS[1], "x", "postponed", 2), (DAYS[2], "y", "other", 2)), days)
    assert notes(connection, LATEST) == {("02", "x"): "postponed", ("03", "y"): "other"}


def test_a_stale_scrape_does_not_move_a_key_back(connection):
    write(connection, LATEST, seen((DAYS[1], "x", "postponed", 2)))
    write(connection, LATEST, seen((DAYS[0], "x", "planned", 1)), DAYS[:1])
    assert notes(connection, LATEST) == {("02", "x"): "postponed"}


def test_rows_of_other_days_that_do_not_leave_the_days_are_not_written(connection):
    write(connection, LATEST, seen((DAYS[0], "x", "here", 1), (DAYS[2], "y", "elsewhere", 1)), DAYS[:1])
    assert notes(connection, LATEST) == {("01", "x"): "here"}


def test_a_key_with_the_day_in_it_needs_no_lookup_and_stays_on_each_day(connection):
    report = write(connection, DAILY, seen((DAYS[0], "x", "one", 1), (DAYS[1], "x", "two", 1)))
    write(connection, DAILY, seen((DAYS[1], "x", "three", 2)), DAYS[1:2])
    assert notes(connection, DAILY) == {("01", "x"): "one", ("02", "x"): "three"}
    queries = [job for job in connection.client.list_jobs() if job.job_type == "query"]
    assert (len(report.jobs), len(queries)) == (2, 2)


def test_insert_new_leaves_existing_keys_alone_on_whatever_day(connection):
    write(connection, FIRST, seen((DAYS[0], "x", "first", 1)))
    write(connection, FIRST, seen((DAYS[1], "x", "second", 2), (DAYS[1], "y", "first", 2)))
    assert notes(connection, FIRST) == {("01", "x"): "first", ("02", "y"): "first"}


def test_a_table_without_days_takes_all_rows_and_the_newest_of_each_key(connection):
    write(connection, CURRENT, seen((DAYS[0], "x", "old", 1), (DAYS[2], "y", "kept", 3)), DAYS[:1])
    write(connection, CURRENT, seen((DAYS[1], "x", "new", 2), (DAYS[1], "y", "stale", 2)), DAYS[:1])
    assert notes(connection, CURRENT) == {("02", "x"): "new", ("03", "y"): "kept"}


def test_a_table_by_year_is_partitioned_by_it_and_takes_what_is_new(connection):
    write(connection, BY_YEAR, seen((DAYS[0], "x", "first", 1)).assign(year=2023), DAYS[:1])
    write(
        connection, BY_YEAR, seen((DAYS[0], "x", "second", 2), (DAYS[0], "y", "first", 2)).assign(year=2024), DAYS[:1]
    )
    assert notes(connection, BY_YEAR) == {("01", "x"): "first", ("01", "y"): "first"}
    assert connection.client.get_table(str(BY_YEAR)).range_partitioning.field == "year"


def test_an_append_takes_each_input_once_whoever_brings_it_again(connection):
    write(connection, SNAPSHOTS, seen((DAYS[0], "x", "n", 1), source="a"), write_id="sensor")
    both = pd.concat([seen((DAYS[0], "x", "n", 1), source="a"), seen((DAYS[0], "y", "n", 2), source="b")])
    report = write(connection, SNAPSHOTS, both, write_id="backfill")
    again = write(connection, SNAPSHOTS, both, write_id="another")
    assert notes(connection, SNAPSHOTS) == {("01", "x"): "n", ("01", "y"): "n"}
    assert (report.rows, report.taken_rows, report.dml_statements) == (1, 1, 0)
    assert (again.rows, again.taken_rows, again.jobs) == (0, 2, ())


def test_rows_that_somebody_deleted_are_appended_again(connection):
    """The job that brought them once must not pass for the one that has to bring them now."""
    write(connection, SNAPSHOTS, seen((DAYS[0], "x", "n", 1)))
    connection.client.query(f"DELETE FROM {SNAPSHOTS} WHERE day IS NOT NULL").result()
    report = write(connection, SNAPSHOTS, seen((DAYS[0], "x", "n", 1)))
    assert notes(connection, SNAPSHOTS) == {("01", "x"): "n"}
    assert report.jobs[0].job_id.endswith("-2")


@pytest.mark.parametrize("table", [LATEST, FIRST, SNAPSHOTS], ids=lambda table: table.strategy)
def test_no_rows_are_no_jobs(connection, table):
    assert write(connection, table, seen()).jobs == ()


SCRAPES = st.lists(
    st.tuples(st.sampled_from("xyz"), st.sampled_from(DAYS), st.integers(0, 5)),
    min_size=1,
    max_size=6,
    unique_by=lambda s: s[2],
)


@given(scrapes=SCRAPES)
@settings(deadline=None, max_examples=15)
def test_in_whatever_order_scrapes_come_the_newest_of_each_key_stays(server, scrapes):
    connection = server.connect(f"p-{abs(hash(str(scrapes))) % 10**12}")
    for key, day, hour in scrapes:
        write(connection, LATEST, seen((day, key, f"at {hour}", hour)))
    newest = {key: (day, hour) for key, day, hour in sorted(scrapes, key=lambda scrape: scrape[2])}
    expected = {(f"{day:%d}", key): f"at {hour}" for key, (day, hour) in newest.items()}
    found = notes(connection, LATEST)
    connection.close()
    assert found == expected
