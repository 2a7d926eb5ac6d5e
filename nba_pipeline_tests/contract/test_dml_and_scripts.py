"""DML with its counts, MERGE, DDL, and scripts with transactions."""

import datetime as dt
import threading

import pytest
from google.api_core import exceptions
from google.cloud import bigquery

from nba_pipeline_tests.contract.conftest import toy

DAYS = bigquery.ArrayQueryParameter("days", "DATE", [dt.date(2024, 1, 1), dt.date(2024, 1, 2)])


@pytest.fixture
def table(target):
    created = target.new_table()
    target.load(created, toy(("2024-01-01", 1, "a", 0.5), ("2024-01-02", 2, "b", 0.5), ("2024-01-03", 3, "c", 0.5)))
    return created


@pytest.fixture
def staging(target):
    created = target.new_table(partitioned=False)
    target.load(created, toy(("2024-01-01", 7, "x", 1.5), ("2024-01-02", 8, "y", 1.5)))
    return created


def ids(target, table) -> list[int]:
    return [row[1] for row in target.rows(table)]


def test_an_insert_counts_its_rows(target, table):
    job = target.dml(f"INSERT INTO `{table}` (day, id) VALUES ('2024-01-01', 10), ('2024-01-01', 11)")
    assert (job.num_dml_affected_rows, job.dml_stats.inserted_row_count, job.statement_type) == (2, 2, "INSERT")
    assert ids(target, table) == [1, 10, 11, 2, 3]


def test_an_insert_from_a_query_counts_its_rows(target, table, staging):
    job = target.dml(f"INSERT INTO `{table}` (day, id) SELECT day, id FROM `{staging}`")
    assert job.num_dml_affected_rows == 2


def test_an_update_counts_its_rows(target, table):
    job = target.dml(f"UPDATE `{table}` SET name = 'z' WHERE day >= '2024-01-02'")
    assert (job.num_dml_affected_rows, job.dml_stats.updated_row_count, job.statement_type) == (2, 2, "UPDATE")
    assert [row[2] for row in target.rows(table)] == ["a", "z", "z"]


def test_a_delete_counts_its_rows(target, table):
    job = target.dml(f"DELETE FROM `{table}` WHERE day IN UNNEST(@days)", DAYS)
    assert (job.num_dml_affected_rows, job.dml_stats.deleted_row_count, job.statement_type) == (2, 2, "DELETE")
    assert ids(target, table) == [3]


@pytest.mark.parametrize("sql", ["DELETE FROM `{t}`", "UPDATE `{t}` SET name = 'x'"])
def test_a_change_without_where_is_refused(target, table, sql):
    with pytest.raises(exceptions.BadRequest, match="WHERE"):
        target.query(sql.format(t=table))


def test_a_null_into_a_required_column_is_refused(target, table):
    with pytest.raises(exceptions.BadRequest, match="(?i)required field id cannot be null"):
        target.dml(f"INSERT INTO `{table}` (day, id) VALUES ('2024-01-01', NULL)")


def test_truncate_empties_the_table(target, table):
    assert target.dml(f"TRUNCATE TABLE `{table}`").statement_type == "TRUNCATE_TABLE"
    assert ids(target, table) == []


def test_a_merge_inserts_updates_and_deletes(target, table):
    sql = f"""
        MERGE `{table}` AS t
        USING (SELECT DATE '2024-01-01' AS day, 1 AS id, 'new' AS name UNION ALL SELECT '2024-01-01', 9, 'nine') AS s
        ON t.id = s.id AND t.day = s.day
        WHEN MATCHED THEN UPDATE SET name = s.name
        WHEN NOT MATCHED THEN INSERT (day, id, name) VALUES (s.day, s.id, s.name)
        WHEN NOT MATCHED BY SOURCE AND t.day = '2024-01-03' THEN DELETE
    """
    job = target.dml(sql)
    stats = job.dml_stats
    assert (stats.inserted_row_count, stats.updated_row_count, stats.deleted_row_count) == (1, 1, 1)
    assert (job.num_dml_affected_rows, job.statement_type) == (3, "MERGE")
    assert [row[1:3] for row in target.rows(table)] == [(1, "new"), (9, "nine"), (2, "b")]


def test_a_merge_refuses_two_source_rows_for_one_target_row(target, table):
    sql = f"""
        MERGE `{table}` AS t USING (SELECT 1 AS id, x AS name FROM UNNEST(['p', 'q']) AS x) AS s ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET name = s.name
    """
    with pytest.raises(exceptions.BadRequest, match="must match at most one source row for each target row"):
        target.dml(sql)
    assert [row[2] for row in target.rows(table)] == ["a", "b", "c"]


def test_a_merge_on_false_replaces_exactly_the_named_partitions(target, table, staging):
    job = target.dml(replacement(table, staging), DAYS)
    assert (job.dml_stats.inserted_row_count, job.dml_stats.deleted_row_count) == (2, 2)
    assert ids(target, table) == [7, 8, 3]


def test_a_merge_on_false_empties_a_named_partition_that_gets_no_rows(target, table, staging):
    target.dml(f"DELETE FROM `{staging}` WHERE id = 8")
    target.dml(replacement(table, staging), DAYS)
    assert ids(target, table) == [7, 3]


def test_no_reader_sees_a_merge_on_false_half_done(target, table, staging):
    stop, seen = threading.Event(), set()

    def look() -> None:
        while not stop.is_set():
            sql = f"SELECT COUNT(*), MIN(name), MAX(name) FROM `{table}` WHERE day < '2024-01-03'"
            seen.update(target.query(sql))

    watcher = threading.Thread(target=look)
    watcher.start()
    for _ in range(5):
        target.dml(replacement(table, staging), DAYS)
    stop.set()
    watcher.join()
    assert seen <= {(2, "a", "b"), (2, "x", "y")}
    assert (2, "x", "y") in seen


def replacement(table: bigquery.Table, staging: bigquery.Table) -> str:
    return f"""
        MERGE `{table}` AS old USING `{staging}` AS new ON FALSE
        WHEN NOT MATCHED BY SOURCE AND old.day IN UNNEST(@days) THEN DELETE
        WHEN NOT MATCHED BY TARGET THEN INSERT (day, id, name, score) VALUES (day, id, name, score)
    """


def test_ddl_creates_alters_and_drops(target):
    name = target.name("by_ddl")
    target.dml(
        f"CREATE TABLE `{name}` (day DATE NOT NULL, id INT64, tags ARRAY<STRING>) "
        "PARTITION BY day CLUSTER BY id OPTIONS (require_partition_filter = TRUE, description = 'made')"
    )
    found = target.client.get_table(name)
    assert [(f.name, f.field_type, f.mode) for f in found.schema] == [
        ("day", "DATE", "REQUIRED"),
        ("id", "INTEGER", "NULLABLE"),
        ("tags", "STRING", "REPEATED"),
    ]
    assert (found.time_partitioning.field, found.clustering_fields, found.description) == ("day", ["id"], "made")
    assert found.require_partition_filter
    target.dml(f"ALTER TABLE `{name}` ADD COLUMN IF NOT EXISTS note STRING")
    assert target.client.get_table(name).schema[-1].name == "note"
    target.dml(f"DROP TABLE `{name}`")
    with pytest.raises(exceptions.NotFound):
        target.client.get_table(name)
    target.dml(f"DROP TABLE IF EXISTS `{name}`")


def test_create_table_as_select_and_create_or_replace(target):
    name = target.name("from_select")
    target.dml(f"CREATE TABLE `{name}` AS SELECT 1 AS a, 'x' AS b")
    with pytest.raises(exceptions.Conflict, match="Already Exists"):
        target.dml(f"CREATE TABLE `{name}` AS SELECT 2 AS a")
    target.dml(f"CREATE TABLE IF NOT EXISTS `{name}` AS SELECT 3 AS a")
    assert target.query(f"SELECT * FROM `{name}`") == [(1, "x")]
    target.dml(f"CREATE OR REPLACE TABLE `{name}` AS SELECT 4 AS a")
    assert target.query(f"SELECT * FROM `{name}`") == [(4,)]


def test_a_script_has_variables_and_gives_its_last_rows(target, table):
    sql = f"""
        DECLARE cut INT64 DEFAULT 1;
        SET cut = cut + 1;
        SELECT id FROM `{table}` WHERE day > '2000-01-01' AND id > cut;
    """
    assert target.query(sql) == [(3,)]


def test_a_committed_transaction_is_kept(target, table):
    sql = f"""
        BEGIN TRANSACTION;
        DELETE FROM `{table}` WHERE day = '2024-01-01';
        INSERT INTO `{table}` (day, id) VALUES ('2024-01-01', 50);
        COMMIT TRANSACTION;
    """
    target.dml(sql)
    assert ids(target, table) == [50, 2, 3]


def test_a_rolled_back_transaction_leaves_nothing(target, table):
    target.dml(f"BEGIN TRANSACTION; DELETE FROM `{table}` WHERE day = '2024-01-01'; ROLLBACK TRANSACTION;")
    assert ids(target, table) == [1, 2, 3]


def test_a_failure_within_a_transaction_leaves_nothing(target, table):
    sql = f"""
        BEGIN TRANSACTION;
        DELETE FROM `{table}` WHERE day = '2024-01-01';
        SELECT ERROR('stop here');
        COMMIT TRANSACTION;
    """
    with pytest.raises(exceptions.BadRequest, match="stop here"):
        target.dml(sql)
    assert ids(target, table) == [1, 2, 3]


def test_a_script_has_a_child_job_for_each_statement(target, table):
    sql = f"DELETE FROM `{table}` WHERE day = '2024-01-01'; DELETE FROM `{table}` WHERE day = '2024-01-02';"
    job = target.dml(sql)
    children = list(target.client.list_jobs(parent_job=job))
    assert (job.statement_type, job.num_child_jobs) == ("SCRIPT", 2)
    assert [child.statement_type for child in children] == ["DELETE", "DELETE"]
    assert {child.parent_job_id for child in children} == {job.job_id}


@pytest.fixture
def guarded(target):
    created = target.new_table(require_partition_filter=True)
    target.load(created, toy(("2024-01-01", 1, "a", 0.5), ("2024-01-02", 2, "b", 0.5), ("2024-01-03", 3, "c", 0.5)))
    return created


def test_a_replacing_merge_satisfies_a_required_partition_filter(target, guarded, staging):
    target.dml(replacement(guarded, staging), DAYS)
    assert ids(target, guarded) == [7, 8, 3]


def test_a_merge_whose_join_names_its_days_satisfies_a_required_partition_filter(target, guarded, staging):
    sql = f"""
        MERGE `{guarded}` AS old USING `{staging}` AS new
        ON old.day IN UNNEST(@days) AND old.day = new.day AND old.id + 6 = new.id
        WHEN MATCHED THEN UPDATE SET name = new.name
        WHEN NOT MATCHED THEN INSERT (day, id, name, score) VALUES (day, id, name, score)
    """
    job = target.dml(sql, DAYS)
    assert (job.dml_stats.inserted_row_count, job.dml_stats.updated_row_count) == (0, 2)
    assert [row[1:3] for row in target.rows(guarded)] == [(1, "x"), (2, "y"), (3, "c")]


def test_a_failed_merge_changes_nothing(target, table, staging):
    target.dml(f"INSERT INTO `{staging}` (day, id) VALUES ('2024-01-01', 9)")
    sql = replacement(table, staging).replace("(day, id, name, score)\n", "(day, NULLIF(id, 9), name, score)\n")
    with pytest.raises(exceptions.BadRequest, match="(?i)required field id cannot be null"):
        target.dml(sql, DAYS)
    assert ids(target, table) == [1, 2, 3]
