"""Who runs, who waits and who loses, moment by moment: the clock stands still until a test lets a job's time pass."""

import pytest

from nba_pipeline.local.bigquery.errors import ApiError
from nba_pipeline_tests.local_bigquery.conftest import Stepped, finished, stepped_engine

ABORTED = "Transaction is aborted due to concurrent update against table p:d.t"
LOST = "Could not serialize access to table p:d.t due to concurrent update"
TODAY, TOMORROW = "DELETE FROM d.t WHERE day = '2024-01-01'", "DELETE FROM d.t WHERE day = '2024-01-02'"
MERGE = """
    MERGE d.t AS o USING (SELECT DATE '2024-01-01' AS day, 9 AS id) AS n ON o.id = 1
    WHEN MATCHED THEN UPDATE SET id = n.id
"""


@pytest.fixture
def table(stepped):
    make_table(stepped)


def make_table(stepped: Stepped) -> None:
    stepped.job("CREATE TABLE d.t (day DATE, id INT64) PARTITION BY day")
    stepped.job("INSERT d.t (day, id) VALUES ('2024-01-01', 1), ('2024-01-02', 2)")
    stepped.clock.moment += 3_600


def ids(stepped: Stepped) -> list[int]:
    return [row[0] for row in stepped.rows("SELECT id FROM d.t ORDER BY id")]


def write(stepped: Stepped, sql: str, disposition: str, partition: str = "") -> None:
    """Writes a query's rows to the table: by WRITE_TRUNCATE as a truncating load does."""
    destination = {"projectId": "p", "datasetId": "d", "tableId": f"t{partition}"}
    stepped.job(sql, destinationTable=destination, writeDisposition=disposition)


def states(jobs: list) -> list[str]:
    return [job.state for job in jobs]


# -- the queue -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("table")
def test_two_mutating_statements_run_twenty_wait_and_the_next_is_refused_at_once(stepped):
    jobs = [stepped.begin(TODAY) for _ in range(23)]
    assert states(jobs) == ["RUNNING"] * 2 + ["PENDING"] * 20 + ["DONE"]
    words = "Too many DML statements outstanding against table p:d.t, limit is 20."
    message = f"Resources exceeded during query execution: {words}"
    assert jobs[-1].error == {"reason": "resourcesExceeded", "message": message}


@pytest.mark.usefixtures("table")
def test_who_waits_begins_in_the_order_they_came(stepped):
    jobs = [stepped.begin(f"DELETE FROM d.t WHERE id = {100 + number}") for number in range(6)]
    began = []
    while running := [job for job in jobs if job.state == "RUNNING"]:
        began += [jobs.index(job) for job in running if jobs.index(job) not in began]
        stepped.clock.fire(-1)
        assert running[-1].done.wait(20)
    assert began == [0, 1, 2, 3, 4, 5]


@pytest.mark.usefixtures("table")
def test_a_place_is_free_before_its_job_is_seen_to_be_done(stepped):
    jobs = [stepped.begin(f"DELETE FROM d.t WHERE id = {100 + number}") for number in range(22)]
    for number in range(22, 40):
        stepped.clock.moment += 10
        stepped.clock.fire()
        while states(jobs).count("DONE") < number - 21:
            jobs[number - 22].done.wait(0.001)
        jobs.append(stepped.begin(f"DELETE FROM d.t WHERE id = {100 + number}"))
    assert {job.error and job.error["message"] for job in jobs} == {None}


@pytest.mark.usefixtures("table")
def test_truncate_inserts_reads_and_other_tables_do_not_wait_in_the_queue(stepped):
    stepped.job("CREATE TABLE d.other (id INT64)")
    waiting = [stepped.begin(f"DELETE FROM d.t WHERE id = {100 + number}") for number in range(10)]
    stepped.job("INSERT d.t (day, id) VALUES ('2024-01-01', 3)")
    stepped.job("DELETE FROM d.other WHERE id = 1")
    assert ids(stepped) == [1, 2, 3]
    stepped.clock.moment += 10  # statements count as table updates
    write(stepped, "SELECT DATE '2024-01-03' AS day, 4 AS id", "WRITE_APPEND")
    stepped.job("TRUNCATE TABLE d.t")
    assert ids(stepped) == []
    assert states(waiting) == ["RUNNING"] * 2 + ["PENDING"] * 8


@pytest.mark.usefixtures("table")
def test_two_hundred_jobs_are_under_way_at_once(stepped):
    jobs = [stepped.begin("SELECT 1") for _ in range(200)]
    assert states(jobs) == ["RUNNING"] * 200
    stepped.settle()
    assert [finished(job).rows.num_rows for job in jobs] == [1] * 200


@pytest.mark.usefixtures("table")
def test_one_that_waits_is_cancelled_at_once_and_one_that_runs_before_its_effect(stepped):
    running, _, waiting = jobs = [stepped.begin(TODAY) for _ in range(3)]
    stepped.engine.cancel(waiting)
    stepped.engine.cancel(running)
    assert states(jobs) == ["RUNNING", "RUNNING", "DONE"]
    stepped.clock.fire()
    for job in (running, waiting):
        with pytest.raises(ApiError, match="was cancelled"):
            finished(job)
    assert ids(stepped) == [1, 2]


@pytest.mark.usefixtures("table")
def test_inserts_queue_only_after_the_first_1500_of_a_day(stepped):
    def insert():
        stepped.clock.moment += 1
        return stepped.begin("INSERT d.t (day, id) VALUES ('2024-01-01', 3)")

    early = [insert() for _ in range(1_499)]
    late = [insert() for _ in range(111)]
    assert set(states(early)) == {"RUNNING"}
    assert states(late) == ["RUNNING"] * 10 + ["PENDING"] * 100 + ["DONE"]
    assert late[-1].error["reason"] == "resourcesExceeded"


# -- conflicts -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "other",
    [
        TODAY,
        "UPDATE d.t SET id = 5 WHERE id = 1",
        "UPDATE d.t SET day = '2024-01-03' WHERE id = 1",
        "UPDATE d.t SET day = '2024-01-01' WHERE id = 2",
        MERGE,
        "MERGE d.t AS o USING (SELECT 1) ON FALSE WHEN NOT MATCHED BY SOURCE AND o.day = '2024-01-01' THEN DELETE",
        "TRUNCATE TABLE d.t",
        "CREATE OR REPLACE TABLE d.t (day DATE, id INT64) PARTITION BY day",
    ],
)
def test_a_statement_conflicts_with_what_changed_its_partition_since_it_began(stepped, other):
    job = stepped.begin(UPDATE_OF_TODAY)
    stepped.job(other)
    stepped.job("INSERT d.t (day, id) VALUES ('2024-01-01', 1)")  # so that there is something to update
    assert reruns(stepped, job) == 1


UPDATE_OF_TODAY = "UPDATE d.t SET id = 7 WHERE day = '2024-01-01'"


def reruns(stepped: Stepped, job) -> int:
    """How often the job, which alone waits, is run again before it ends."""
    count = -1
    while not job.done.is_set():
        if stepped.clock.waiting:
            stepped.clock.fire()
            count += 1
        job.done.wait(0.002)
    finished(job)
    return count


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("partition", ["$20240101", ""])
def test_a_truncating_write_of_the_partition_or_the_table_is_a_conflict_for_a_merge(stepped, partition):
    job = stepped.begin(MERGE)
    write(stepped, "SELECT DATE '2024-01-01' AS day, 1 AS id", "WRITE_TRUNCATE", partition)
    assert reruns(stepped, job) == 1


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "other",
    [
        TOMORROW,
        "UPDATE d.t SET day = '2024-01-03' WHERE id = 2",
        "INSERT d.t (day, id) VALUES ('2024-01-01', 3)",
        "DELETE FROM d.t WHERE day = '2024-01-01' AND id = 99",
        """MERGE d.t AS o USING (SELECT DATE '2024-01-01' AS day, 3 AS id) AS n ON o.id = n.id
        WHEN NOT MATCHED THEN INSERT (day, id) VALUES (n.day, n.id)""",
    ],
)
def test_a_statement_does_not_conflict_with_other_partitions_or_with_new_rows(stepped, other):
    job = stepped.begin(UPDATE_OF_TODAY)
    stepped.job(other)
    assert reruns(stepped, job) == 0


@pytest.mark.usefixtures("table")
def test_appending_and_truncating_another_partition_are_no_conflicts(stepped):
    job = stepped.begin(UPDATE_OF_TODAY)
    write(stepped, "SELECT DATE '2024-01-01' AS day, 3 AS id", "WRITE_APPEND")
    write(stepped, "SELECT DATE '2024-01-02' AS day, 4 AS id", "WRITE_TRUNCATE", "$20240102")
    assert reruns(stepped, job) == 0
    assert ids(stepped) == [4, 7, 7]


@pytest.mark.usefixtures("table")
def test_neither_an_insert_nor_a_load_nor_truncate_loses(stepped):
    insert = stepped.begin("INSERT d.t (day, id) VALUES ('2024-01-01', 3)")
    truncate = stepped.begin("TRUNCATE TABLE d.t")
    stepped.job(TODAY)
    stepped.clock.fire()
    finished(insert)
    stepped.clock.fire()
    finished(truncate)
    assert ids(stepped) == []


def test_every_partition_of_an_unpartitioned_table_is_the_same(stepped):
    stepped.job("CREATE TABLE d.t (id INT64)")
    stepped.job("INSERT d.t (id) VALUES (1), (2)")
    job = stepped.begin("DELETE FROM d.t WHERE id = 1")
    stepped.job("DELETE FROM d.t WHERE id = 2")
    assert reruns(stepped, job) == 1


@pytest.mark.usefixtures("table")
def test_a_statement_that_loses_its_three_reruns_too_fails_and_changes_nothing(stepped):
    job = stepped.begin(UPDATE_OF_TODAY)
    for _ in range(4):
        stepped.job("UPDATE d.t SET id = id + 100 WHERE day = '2024-01-01'")
        stepped.clock.fire()
        job.done.wait(0.2) or stepped.clock.await_waiting(1)
    with pytest.raises(ApiError) as caught:
        finished(job)
    assert (caught.value.reason, caught.value.message) == ("invalidQuery", LOST)
    assert ids(stepped) == [2, 401]


@pytest.mark.usefixtures("table")
def test_a_rerun_sees_what_was_committed_meanwhile(stepped):
    job = stepped.begin("UPDATE d.t SET id = id * 2 WHERE day = '2024-01-01'")
    stepped.job("UPDATE d.t SET id = id + 10 WHERE day = '2024-01-01'")
    assert reruns(stepped, job) == 1
    assert ids(stepped) == [2, 22]


# -- transactions --------------------------------------------------------------------------------------------------

REPLACE = f"""
    BEGIN TRANSACTION;
    {TODAY};
    INSERT INTO d.t (day, id) VALUES ('2024-01-01', 50);
    COMMIT TRANSACTION;
"""


def begin_transaction(stepped: Stepped):
    """A transaction that owns the table: its DELETE is under way."""
    job = stepped.begin(REPLACE)
    stepped.clock.fire(-1)  # BEGIN
    stepped.clock.await_waiting(1)
    return job


@pytest.mark.usefixtures("table")
def test_a_transaction_owns_the_table_to_its_end_against_plain_statements_alone(stepped):
    transaction = begin_transaction(stepped)
    plain = stepped.begin(TOMORROW)
    assert plain.state == "PENDING"
    stepped.job("INSERT d.t (day, id) VALUES ('2024-01-02', 3)")
    write(stepped, "SELECT DATE '2024-01-02' AS day, 4 AS id", "WRITE_APPEND")
    assert ids(stepped) == [1, 2, 3, 4]
    stepped.settle()
    finished(transaction)
    finished(plain)
    assert ids(stepped) == [50]


@pytest.mark.usefixtures("table")
def test_a_second_transaction_on_the_table_is_aborted(stepped):
    first, second = begin_transaction(stepped), stepped.begin(REPLACE.replace("50", "60"))
    stepped.settle()
    finished(first)
    with pytest.raises(ApiError) as caught:
        finished(second)
    assert caught.value.reason == "invalidQuery"
    assert caught.value.message.startswith(ABORTED)
    assert ids(stepped) == [2, 50]


@pytest.mark.usefixtures("table")
def test_a_transaction_is_aborted_where_a_plain_statement_runs(stepped):
    plain, transaction = stepped.begin(TOMORROW), stepped.begin(REPLACE)
    stepped.clock.fire(-1)
    with pytest.raises(ApiError, match=ABORTED):
        finished(transaction)
    stepped.settle()
    finished(plain)
    assert ids(stepped) == [1]


@pytest.mark.usefixtures("table")
def test_a_transaction_is_aborted_where_its_partition_was_truncated_meanwhile(stepped):
    transaction = begin_transaction(stepped)
    write(stepped, "SELECT DATE '2024-01-01' AS day, 8 AS id", "WRITE_TRUNCATE", "$20240101")
    stepped.settle()
    with pytest.raises(ApiError, match=ABORTED):
        finished(transaction)
    assert ids(stepped) == [2, 8]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("end", ["ROLLBACK TRANSACTION", "SELECT ERROR('stop here')", "SELECT 1"])
def test_however_a_transaction_ends_its_table_is_free_and_who_waited_runs(stepped, end):
    transaction = stepped.begin(REPLACE.replace("COMMIT TRANSACTION", end))
    stepped.clock.fire(-1)
    stepped.clock.await_waiting(1)
    plain = stepped.begin(TOMORROW)
    stepped.settle()
    finished(plain)
    assert (transaction.error is not None) == ("ERROR" in end)
    assert ids(stepped) == [1]


@pytest.mark.usefixtures("table")
def test_transactions_that_only_append_run_side_by_side(stepped):
    script = "BEGIN TRANSACTION; INSERT d.t (day, id) VALUES ('2024-01-01', {}); COMMIT TRANSACTION;"
    jobs = [stepped.begin(script.format(number)) for number in (10, 11)]
    stepped.settle()
    assert [finished(job).state for job in jobs] == ["DONE", "DONE"]
    assert ids(stepped) == [1, 2, 10, 11]


@pytest.mark.usefixtures("table")
def test_a_statement_of_a_transaction_has_the_variables_of_its_moment(stepped):
    stepped.job(
        "DECLARE n INT64 DEFAULT 70; BEGIN TRANSACTION; INSERT d.t (day, id) VALUES ('2024-01-01', n);"
        "SET n = 80; COMMIT TRANSACTION;"
    )
    assert ids(stepped) == [1, 2, 70]


@pytest.mark.usefixtures("table")
def test_statements_of_a_script_without_a_transaction_queue_one_by_one(stepped):
    script = stepped.begin(f"{TODAY}; {TOMORROW};")
    plain = [stepped.begin(UPDATE_OF_TODAY) for _ in range(2)]
    assert states(plain) == ["RUNNING", "PENDING"]
    stepped.settle()
    assert [finished(job).state for job in (script, *plain)] == ["DONE"] * 3
    assert ids(stepped) == []


# -- switches ------------------------------------------------------------------------------------------------------


def test_without_the_queue_any_number_runs(tmp_path):
    with stepped_engine(tmp_path, "dml-queue", "dml-rate") as stepped:
        make_table(stepped)
        assert states([stepped.begin(TODAY) for _ in range(40)]) == ["RUNNING"] * 40


def test_without_conflicts_the_last_to_commit_wins_and_transactions_own_nothing(tmp_path):
    with stepped_engine(tmp_path, "conflicts") as stepped:
        make_table(stepped)
        job = stepped.begin(UPDATE_OF_TODAY)
        stepped.job("UPDATE d.t SET id = 5 WHERE day = '2024-01-01'")
        assert reruns(stepped, job) == 0
        scripts = [stepped.begin(REPLACE) for _ in range(2)]
        stepped.settle()
        assert [finished(script).state for script in scripts] == ["DONE", "DONE"]
        assert ids(stepped) == [2, 50]
