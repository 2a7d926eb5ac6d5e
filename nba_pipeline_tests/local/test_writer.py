"""The writer against the local BigQuery, with a toy table: exactly once, atomic, and clear about misfits."""

import datetime as dt

import pandas as pd
import pytest
from google.cloud import bigquery
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_pipeline.bigquery import schema
from nba_pipeline.bigquery.present import ShrinkRefused
from nba_pipeline.bigquery.reader import TableMissing, read
from nba_pipeline.bigquery.writer import WriteError
from nba_pipeline.frames import DayRows
from nba_pipeline.table import Table, nullable, required
from nba_pipeline_tests.support.toy import DAY, DAYS, TOY, toys
from nba_pipeline_tests.support.writing import writer

OTHER_DAY = dt.date(2023, 1, 1)


def all_rows(connection, table=TOY) -> pd.DataFrame:
    rows = read(connection.reader, connection.project, table, dt.date(2000, 1, 1), dt.date(2100, 1, 1))
    return rows.sort_values(["day", "id"], ignore_index=True)


def write(connection, frame, days, write_id="w", force=False):
    return writer(connection, write_id, {"run_id": "r"}).write(TOY, DayRows(frame, days), force)


def test_the_same_write_twice_attaches_to_its_jobs_and_writes_once(connection):
    first = write(connection, toys(*DAYS), DAYS)
    again = write(connection, toys(*DAYS), DAYS)
    assert [job.attached for job in first.jobs] == [False, False]
    assert [job.attached for job in again.jobs] == [True, True]
    assert [job.job_id for job in again.jobs] == [job.job_id for job in first.jobs]
    assert len(all_rows(connection)) == 6


def test_another_run_writes_the_same_rows_anew(connection):
    write(connection, toys(DAY), [DAY], "first run")
    write(connection, toys(DAY, name="other"), [DAY], "second run")
    write(connection, toys(DAY), [DAY], "third run")
    assert set(all_rows(connection)["name"]) == {"bear"}


def test_a_write_after_a_failed_one_takes_the_next_attempt(connection):
    schema.ensure(connection.client, TOY)
    live = connection.client.get_table(str(TOY))
    connection.client.delete_table(live)
    wrong = bigquery.Table(live.reference, [bigquery.SchemaField("day", "DATE", "REQUIRED")])
    connection.client.create_table(wrong)
    with pytest.raises(schema.SchemaDrift, match="partitioned by None, declared is day"):
        write(connection, toys(DAY), [DAY])
    connection.client.delete_table(live)
    assert write(connection, toys(DAY), [DAY]).rows == 2


def test_no_staging_table_is_left(connection):
    write(connection, toys(*DAYS), DAYS)
    assert [table.table_id for table in connection.client.list_tables("toys")] == ["toy"]


def test_days_without_rows_become_empty_and_other_days_stay(connection):
    write(connection, toys(OTHER_DAY, *DAYS), [OTHER_DAY, *DAYS], "before")
    write(connection, toys(DAYS[1]), DAYS, "after", force=True)
    assert all_rows(connection)["day"].dt.date.tolist() == [OTHER_DAY] * 2 + [DAYS[1]] * 2


def test_rows_outside_the_days_are_refused_before_anything_is_written(connection):
    with pytest.raises(WriteError, match="rows of 2023-01-01 in a write of 3 other days"):
        write(connection, toys(OTHER_DAY, *DAYS), DAYS)


def test_repeated_keys_are_refused_before_anything_is_written(connection):
    doubled = pd.concat([toys(DAY), toys(DAY)])
    with pytest.raises(WriteError, match=r"2 of 4 rows repeat a key \(day, id\)"):
        write(connection, doubled, [DAY])


def test_reading_a_table_that_was_never_written_names_it_and_the_remedy(connection):
    with pytest.raises(TableMissing, match="toys.toy does not exist in project .*: materialise its asset first"):
        all_rows(connection)


def test_a_new_nullable_column_is_added_to_the_live_table(connection):
    write(connection, toys(DAY), [DAY])
    grown = Table(**{**declaration(TOY), "columns": (*TOY.columns, nullable("extra", "STRING", "more"))})
    writer(connection, "later").write(grown, DayRows(toys(DAYS[1]).assign(extra="x"), [DAYS[1]]))
    assert all_rows(connection, grown)["extra"].tolist()[2:] == ["x", "x"]
    assert all_rows(connection, grown)["extra"].isna().tolist()[:2] == [True, True]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (TOY.columns[:-1], "column seen_at is not declared"),
        ((*TOY.columns[:-1], nullable("seen_at", "STRING", "x")), "seen_at is TIMESTAMP NULLABLE, declared STRING"),
        ((*TOY.columns, required("extra", "STRING", "x")), "extra is REQUIRED, which can not be added"),
    ],
)
def test_any_other_drift_is_refused_with_the_remedy(connection, columns, message):
    write(connection, toys(DAY), [DAY])
    drifted = Table(**{**declaration(TOY), "columns": columns})
    with pytest.raises(schema.SchemaDrift, match=message) as caught:
        schema.ensure(connection.client, drifted)
    assert "Change the declaration back" in str(caught.value)


def test_jobs_carry_the_labels_they_are_given_and_the_attempt(connection):
    report = write(connection, toys(DAY), [DAY])
    labels = connection.client.get_job(report.jobs[0].job_id).labels
    assert (labels["run_id"], labels["attempt"]) == ("r", "1")


def test_days_that_would_lose_rows_are_refused_with_the_list_and_the_remedy(connection):
    write(connection, toys(*DAYS, of_each=10), DAYS)
    fewer = pd.concat([toys(DAYS[0], of_each=8), toys(DAYS[1], of_each=7)])
    with pytest.raises(ShrinkRefused) as caught:
        write(connection, fewer, DAYS)
    assert "2 of 3 days would lose more than 20% of their rows" in str(caught.value)
    assert "2024-01-02: 10 rows, 7 after the write" in str(caught.value)
    assert "2024-01-03: 10 rows, 0 after the write" in str(caught.value)
    assert "backfill --force" in str(caught.value)
    assert len(all_rows(connection)) == 30


def test_a_day_may_become_empty_where_the_source_says_so(connection):
    write(connection, toys(*DAYS), DAYS)
    rows = DayRows(toys(DAYS[1], DAYS[2]), DAYS, empty_days={DAY})
    writer(connection, "after").write(TOY, rows)
    assert set(all_rows(connection)["day"].dt.date) == set(DAYS[1:])


@given(
    writes=st.lists(
        st.tuples(
            st.sets(st.sampled_from(DAYS), min_size=1), st.sets(st.sampled_from(DAYS)), st.text("abc", max_size=3)
        ),
        max_size=5,
    )
)
@settings(deadline=None, max_examples=20)
def test_after_any_writes_each_day_holds_the_rows_of_its_last_write(server, writes):
    connection = server.connect(f"p-{abs(hash(str(writes))) % 10**12}")
    schema.ensure(connection.client, TOY)
    expected: dict[dt.date, list[str]] = {}
    for number, (days, with_rows, name) in enumerate(writes):
        write(connection, toys(*sorted(days & with_rows), name=name), sorted(days), f"w{number}", force=True)
        expected |= {day: [name] * 2 if day in with_rows else [] for day in days}
    rows = all_rows(connection)
    found = {day: part["name"].tolist() for day, part in rows.groupby(rows["day"].dt.date)}
    connection.close()
    assert found == {day: names for day, names in expected.items() if names}


def declaration(table: Table) -> dict[str, object]:
    return {name: getattr(table, name) for name in table.__dataclass_fields__}
