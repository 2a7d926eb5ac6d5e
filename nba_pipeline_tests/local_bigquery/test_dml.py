"""DML whose straightforward translation would change other rows than BigQuery does."""

import datetime as dt

import duckdb
import pytest

from nba_pipeline.local.bigquery.errors import ApiError

DAY = dt.date(2024, 1, 1)


@pytest.fixture
def table(local):
    local.job("CREATE OR REPLACE TABLE d.t (day DATE, id INT64, name STRING) PARTITION BY day")
    local.job("INSERT d.t (day, id, name) VALUES ('2024-01-01', 1, 'a'), ('2024-01-02', 2, 'b')")


def rows(local) -> list[tuple]:
    return local.rows("SELECT id, name FROM d.t ORDER BY id")


@pytest.mark.usefixtures("table")
def test_a_merge_on_false_that_names_the_insert_first_keeps_the_new_rows(local):
    local.job(
        "MERGE d.t AS o USING (SELECT DATE '2024-01-01' AS day, 9 AS id, 'n' AS name) AS n ON FALSE "
        "WHEN NOT MATCHED BY TARGET THEN INSERT (day, id, name) VALUES (day, id, name) "
        "WHEN NOT MATCHED BY SOURCE AND o.day = '2024-01-01' THEN DELETE"
    )
    assert rows(local) == [(2, "b"), (9, "n")]


@pytest.mark.usefixtures("table")
def test_a_merge_on_false_with_more_clauses_is_run_as_it_stands(local):
    job = local.job(
        "MERGE d.t AS o USING (SELECT 9 AS id) AS n ON FALSE "
        "WHEN NOT MATCHED BY SOURCE AND o.id = 1 THEN UPDATE SET name = 'old' "
        "WHEN NOT MATCHED BY SOURCE THEN DELETE"
    )
    assert rows(local) == [(1, "old")]
    assert job.statistics["query"]["dmlStats"]["deletedRowCount"] == "1"


@pytest.mark.usefixtures("table")
def test_an_update_from_another_table_counts_its_rows(local):
    job = local.job("UPDATE d.t AS t SET name = s.name FROM (SELECT 1 AS id, 'z' AS name) AS s WHERE t.id = s.id")
    assert job.statistics["query"]["numDmlAffectedRows"] == "1"
    assert rows(local) == [(1, "z"), (2, "b")]


@pytest.mark.usefixtures("table")
def test_an_update_refuses_two_source_rows_for_one_row(local):
    with pytest.raises(ApiError, match="must match at most one source row for each target row"):
        local.job("UPDATE d.t AS t SET name = x FROM UNNEST(['p', 'q']) AS x WHERE t.id = 1")
    assert rows(local) == [(1, "a"), (2, "b")]


@pytest.mark.usefixtures("table")
def test_delete_needs_no_from(local):
    local.job("DELETE d.t WHERE id = 1")
    assert rows(local) == [(2, "b")]


@pytest.mark.usefixtures("table")
def test_a_dry_run_of_dml_checks_its_columns_and_changes_nothing(local):
    with pytest.raises(duckdb.BinderException, match="nothing"):
        dry_run(local, "UPDATE d.t SET nothing = 1 WHERE id = 1")
    dry_run(local, "UPDATE d.t SET name = 'z' WHERE id = 1")
    assert rows(local) == [(1, "a"), (2, "b")]


def dry_run(local, sql: str) -> None:
    local.engine.insert_job("p", {"configuration": {"dryRun": True, "query": {"query": sql}}})
