"""Rates and daily quotas: what is refused and in which words, what spends nothing, and when it is allowed again."""

import pytest

from nba_pipeline.local.bigquery.catalog import TableId
from nba_pipeline.local.bigquery.errors import ApiError
from nba_pipeline.local.bigquery.limits import Window
from nba_pipeline_tests.local_bigquery.conftest import Stepped, stepped_engine

MORE = "For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas"
TABLE_RATE = ("rateLimitExceeded", f"Exceeded rate limits: too many table update operations for this table. {MORE}")
DML_RATE = ("rateLimitExceeded", f"Exceeded rate limits: too many table dml insert operations for this table. {MORE}")
INSERT = "INSERT d.t (day, id) VALUES ('2024-01-01', 1)"
TABLE = TableId("p", "d", "t")


@pytest.fixture
def table(stepped):
    make_table(stepped)


def make_table(stepped: Stepped) -> None:
    stepped.job("CREATE TABLE d.t (day DATE, id INT64) PARTITION BY day")
    stepped.clock.moment += 100


def write(stepped: Stepped, sql: str = "SELECT DATE '2024-01-01' AS day, 1 AS id", table: str = "t") -> None:
    destination = {"projectId": "p", "datasetId": "d", "tableId": table}
    stepped.job(sql, destinationTable=destination, writeDisposition="WRITE_APPEND")


def refusal(call, *arguments: object) -> tuple[str, str]:
    """Reason and words of the error that the call raises."""
    with pytest.raises(ApiError) as caught:
        call(*arguments)
    return caught.value.reason, caught.value.message


def count(stepped: Stepped) -> int:
    return stepped.rows("SELECT COUNT(*) FROM d.t")[0][0]


@pytest.mark.usefixtures("table")
def test_a_table_is_updated_five_times_in_ten_seconds(stepped):
    for _ in range(5):
        stepped.clock.moment += 1
        write(stepped)
    assert refusal(write, stepped) == TABLE_RATE
    assert refusal(stepped.job, "ALTER TABLE d.t ADD COLUMN note STRING") == TABLE_RATE
    stepped.clock.moment += 6  # the first was ten seconds ago
    write(stepped)
    assert refusal(write, stepped) == TABLE_RATE
    assert count(stepped) == 6


@pytest.mark.usefixtures("table")
def test_dml_counts_as_a_table_update_and_is_not_subject_to_their_rate(stepped):
    for _ in range(6):
        stepped.job(INSERT)
    assert refusal(write, stepped) == TABLE_RATE
    stepped.job(INSERT)


@pytest.mark.usefixtures("table")
def test_a_table_takes_25_statements_in_ten_seconds(stepped):
    for _ in range(25):
        stepped.job(INSERT)
    assert refusal(stepped.job, INSERT) == DML_RATE
    assert refusal(stepped.job, "DELETE FROM d.t WHERE id = 1") == DML_RATE
    stepped.clock.moment += 10
    stepped.job("DELETE FROM d.t WHERE id = 1")
    assert count(stepped) == 0


@pytest.mark.usefixtures("table")
def test_a_statement_refused_for_its_rate_leaves_its_place_in_the_queue(stepped):
    for _ in range(25):
        stepped.job(INSERT)
    for _ in range(30):
        assert refusal(stepped.job, "DELETE FROM d.t WHERE id = 1") == DML_RATE
    stepped.clock.moment += 10
    assert stepped.begin("DELETE FROM d.t WHERE id = 1").state == "RUNNING"


def test_a_dataset_is_updated_five_times_in_ten_seconds_even_if_it_is_there(stepped):
    for _ in range(5):
        stepped.job("CREATE SCHEMA IF NOT EXISTS d")
    words = f"Exceeded rate limits: too many dataset metadata update operations for this dataset. {MORE}"
    assert refusal(stepped.job, "CREATE SCHEMA IF NOT EXISTS d") == ("rateLimitExceeded", words)
    stepped.job("CREATE SCHEMA IF NOT EXISTS other")
    stepped.clock.moment += 10
    stepped.job("CREATE SCHEMA IF NOT EXISTS d")


def test_an_unpartitioned_table_takes_1500_loads_a_day_failed_ones_included(stepped):
    stepped.job("CREATE TABLE d.t (id INT64)")
    for _ in range(1_499):
        stepped.clock.moment += 2
        stepped.engine.quotas.take("LOAD", TABLE)
    stepped.clock.moment += 2
    assert refusal(write, stepped, "SELECT 'no number' AS id")[0] == "invalid"
    stepped.clock.moment += 2
    assert refusal(write, stepped, "SELECT 1 AS id") == (
        "quotaExceeded",
        f"Quota exceeded: Your table exceeded quota for imports or query appends per table. {MORE}",
    )
    stepped.clock.moment += 24 * 60 * 60
    write(stepped, "SELECT 1 AS id")


@pytest.mark.usefixtures("table")
def test_a_partitioned_table_takes_30000_changes_of_partitions_a_day_and_dml_is_free(stepped):
    days = "SELECT day, 1 AS id FROM UNNEST(GENERATE_DATE_ARRAY('2015-01-01', '2023-01-01')) AS day"  # 2,923
    for _ in range(10):
        stepped.clock.moment += 10
        write(stepped, days)
    stepped.clock.moment += 10
    stepped.job(f"INSERT d.t (day, id) {days}")
    words = f"Your table exceeded quota for Number of partition modifications to a column partitioned table. {MORE}"
    assert refusal(write, stepped, days) == ("quotaExceeded", f"Quota exceeded: {words}")
    assert count(stepped) == 11 * 2_923
    write(stepped)
    stepped.clock.moment += 24 * 60 * 60
    write(stepped, days)


@pytest.mark.usefixtures("table")
def test_a_job_changes_at_most_4000_partitions(stepped):
    days = "SELECT day, 1 AS id FROM UNNEST(GENERATE_DATE_ARRAY('2010-01-01', '2020-12-31')) AS day"  # 4,018
    words = "Too many partitions produced by query, allowed 4000, query produces at least 4018 partitions"
    assert refusal(stepped.job, f"INSERT d.t (day, id) {days}") == ("invalidQuery", words)
    assert refusal(write, stepped, days) == ("invalidQuery", words)
    assert count(stepped) == 0


@pytest.mark.parametrize(
    ("name", "statement", "times"),
    [
        ("dml-rate", INSERT, 26),
        ("table-updates", "ALTER TABLE d.t SET OPTIONS (description = 'x')", 6),
        ("dataset-updates", "CREATE SCHEMA IF NOT EXISTS d", 6),
        (
            "partitions-per-job",
            "INSERT d.t (day) SELECT day FROM UNNEST(GENERATE_DATE_ARRAY('2010-01-01', '2020-12-31')) AS day",
            1,
        ),
    ],
)
def test_a_rule_that_is_switched_off_refuses_nothing(tmp_path, name, statement, times):
    with stepped_engine(tmp_path, name) as stepped:
        make_table(stepped)
        for _ in range(times):
            stepped.job(statement)


@pytest.mark.parametrize(
    ("name", "kind", "partitioned", "times"),
    [("load-quota", "LOAD", False, 1_501), ("partition-quota", "LOAD", True, 11)],
)
def test_a_daily_quota_that_is_switched_off_refuses_nothing(tmp_path, name, kind, partitioned, times):
    with stepped_engine(tmp_path, name, "table-updates") as stepped:
        stepped.job(f"CREATE TABLE d.t (day DATE) {'PARTITION BY day' if partitioned else ''}")
        for _ in range(times):
            stepped.engine.quotas.take(kind, TABLE)
            stepped.engine.quotas.take_partitions(kind, TABLE, 3_000)


def test_a_window_forgets_what_lies_back_as_long_as_it_is():
    window = Window(limit=3, seconds=10)
    for now, amount in ((0, 2), (5, 1)):
        assert window.has_room(now, amount)
        window.spend(now, amount)
    assert not window.has_room(9.9)
    assert window.has_room(10, 2)
    assert not window.has_room(10, 3)
    assert window.has_room(15, 3)
