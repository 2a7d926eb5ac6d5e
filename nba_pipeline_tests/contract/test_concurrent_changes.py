"""Changes of one table at the same time: who gets on with whom, and what BigQuery says to whom it does not."""

import pytest

from nba_pipeline_tests.contract.conftest import toy


@pytest.fixture
def table(target):
    created = target.new_table()
    rows = [(f"2024-01-{day:02}", day, "a", 0.5) for day in range(1, 6)]
    target.load(created, toy(*rows))
    return created


def begin(target, sql: str):
    """A statement under an id of its own, which the client does not run again."""
    return target.client.query(sql, job_retry=None)


def ids(target, table) -> list[int]:
    return [row[1] for row in target.rows(table)]


def test_statements_on_different_partitions_both_succeed(target, table):
    jobs = [begin(target, f"DELETE FROM `{table}` WHERE day = '2024-01-0{day}'") for day in (1, 2)]
    assert [job.result().num_dml_affected_rows for job in jobs] == [1, 1]
    assert ids(target, table) == [3, 4, 5]


def test_inserts_and_appends_get_on_with_a_statement_on_their_partition(target, table):
    update = begin(target, f"UPDATE `{table}` SET name = 'z' WHERE day = '2024-01-01' AND id = 1")
    insert = begin(target, f"INSERT `{table}` (day, id) VALUES ('2024-01-01', 10)")
    load = target.begin_load(table, toy(("2024-01-01", 11, "c", 0.5)))
    for job in (update, insert, load):
        job.result()
    assert ids(target, table) == [1, 10, 11, 2, 3, 4, 5]
    assert target.rows(table)[0][2] == "z"


def test_whoever_loses_on_one_partition_is_told_and_changed_nothing(target, table):
    jobs = [
        begin(target, f"UPDATE `{table}` SET score = score + 1 WHERE day = '2024-01-01' AND id = 1") for _ in range(6)
    ]
    losses = [error for job in jobs if (error := job.exception()) is not None]
    assert {error.errors[0]["reason"] for error in losses} <= {"invalidQuery"}
    assert all("Could not serialize access to table" in error.errors[0]["message"] for error in losses)
    assert target.rows(table)[0][3] == 0.5 + len(jobs) - len(losses)


def test_a_transaction_lets_rows_be_added_meanwhile(target, table):
    script = begin(
        target,
        f"""BEGIN TRANSACTION;
        DELETE FROM `{table}` WHERE day = '2024-01-01';
        INSERT INTO `{table}` (day, id) VALUES ('2024-01-01', 50);
        COMMIT TRANSACTION;""",
    )
    target.dml(f"INSERT `{table}` (day, id) VALUES ('2024-01-02', 20)")
    script.result()
    assert ids(target, table) == [50, 2, 20, 3, 4, 5]


def test_a_table_takes_a_merge_and_the_load_of_another_partition_at_once(target, table):
    merge = begin(
        target,
        f"""MERGE `{table}` AS o USING (SELECT DATE '2024-01-01' AS day, 7 AS id) AS n ON FALSE
        WHEN NOT MATCHED BY SOURCE AND o.day = '2024-01-01' THEN DELETE
        WHEN NOT MATCHED BY TARGET THEN INSERT (day, id) VALUES (day, id)""",
    )
    load = target.begin_load(table, toy(("2024-01-02", 8, "b", 0.5)), "$20240102", write_disposition="WRITE_TRUNCATE")
    merge.result()
    load.result()
    assert ids(target, table) == [7, 8, 3, 4, 5]
