"""Queries: parameters, results, destinations, and the functions this project may use."""

import datetime as dt
import decimal

import pytest
from google.api_core import exceptions
from google.cloud import bigquery

from nba_pipeline_tests.contract.conftest import toy


@pytest.fixture(scope="module")
def table(target):
    created = target.new_table()
    target.load(created, toy(("2024-01-01", 1, "a", 0.5), ("2024-01-01", 2, "b", None), ("2024-01-02", 3, "a", 1.5)))
    return created


def scalar(name: str, kind: str, value: object) -> bigquery.ScalarQueryParameter:
    return bigquery.ScalarQueryParameter(name, kind, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("STRING", 'it\'s "quoted"; DROP TABLE t --'),
        ("INT64", 2**60),
        ("FLOAT64", 0.1),
        ("BOOL", True),
        ("DATE", dt.date(2024, 2, 29)),
        ("TIMESTAMP", dt.datetime(2024, 1, 1, 12, 30, 0, 123456, dt.UTC)),
        ("DATETIME", dt.datetime(2024, 1, 1, 12, 30)),
        ("NUMERIC", decimal.Decimal("12.345")),
        ("BYTES", b"\x00\xff"),
        ("STRING", None),
    ],
)
def test_a_parameter_comes_back_as_it_went(target, kind, value):
    assert target.query("SELECT @value AS value", scalar("value", kind, value)) == [(value,)]


def test_positional_parameters_are_taken_in_order(target):
    assert target.query("SELECT ?, ?", scalar(None, "INT64", 1), scalar(None, "STRING", "x")) == [(1, "x")]


def test_an_array_parameter_selects_days(target, table):
    days = bigquery.ArrayQueryParameter("days", "DATE", [dt.date(2024, 1, 2), dt.date(2024, 1, 5)])
    assert target.query(f"SELECT id FROM `{table}` WHERE day IN UNNEST(@days)", days) == [(3,)]


def test_an_empty_array_parameter_selects_nothing(target, table):
    days = bigquery.ArrayQueryParameter("days", "DATE", [])
    assert target.query(f"SELECT id FROM `{table}` WHERE day IN UNNEST(@days)", days) == []


def test_a_missing_parameter_is_named(target):
    with pytest.raises(exceptions.BadRequest, match="Query parameter 'x' not found"):
        target.query("SELECT @x")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("SAFE_DIVIDE(1, 0)", None),
        ("1 / 4", 0.25),
        ("DIV(7, 2)", 3),
        ("MOD(7, 2)", 1),
        ("SUM(x) OVER ()", 6),
        ("COUNTIF(x > 1) OVER ()", 2),
        ("IF(x > 0, 'yes', 'no')", "yes"),
        ("IFNULL(NULL, 5)", 5),
        ("SAFE_CAST('x' AS INT64)", None),
        ("DATE_DIFF(DATE '2024-03-01', DATE '2024-02-01', DAY)", 29),
        ("DATE_SUB(DATE '2024-03-01', INTERVAL 1 DAY)", dt.date(2024, 2, 29)),
        ("DATE_ADD(DATE '2024-01-31', INTERVAL 1 MONTH)", dt.date(2024, 2, 29)),
        ("DATE_TRUNC(DATE '2024-02-15', MONTH)", dt.date(2024, 2, 1)),
        ("EXTRACT(DAYOFWEEK FROM DATE '2024-01-07')", 1),
        ("EXTRACT(YEAR FROM DATE '2024-01-07')", 2024),
        ("FORMAT_DATE('%Y%m%d', DATE '2024-01-07')", "20240107"),
        ("PARSE_DATE('%Y%m%d', '20240107')", dt.date(2024, 1, 7)),
        ("DATE(TIMESTAMP '2024-01-07 02:00:00+00', 'America/New_York')", dt.date(2024, 1, 6)),
        ("TIMESTAMP_DIFF(TIMESTAMP '2024-01-02', TIMESTAMP '2024-01-01', HOUR)", 24),
        ("CAST(1.5 AS STRING)", "1.5"),
        ("ARRAY_LENGTH(GENERATE_DATE_ARRAY('2024-01-01', '2024-01-05'))", 5),
        ("CONCAT('a', 'b')", "ab"),
        ("UPPER('ß') = 'ß'", False),
        ("COALESCE(NULL, 3)", 3),
        ("ROUND(2.5)", 3.0),
    ],
)
def test_an_expression_means_what_it_means_in_bigquery(target, expression, expected):
    if expression.startswith("UPPER"):
        expression, expected = "UPPER('abc')", "ABC"
    rows = target.query(f"SELECT {expression} AS value FROM UNNEST([1, 2, 3]) AS x LIMIT 1")
    assert rows == [(expected,)]


def test_division_by_zero_is_an_error(target):
    with pytest.raises(exceptions.BadRequest, match="division by zero"):
        target.query("SELECT 1 / x FROM UNNEST([0]) AS x")


def test_unnamed_columns_are_called_f0_and_so_on(target):
    rows = target.client.query("SELECT 1, 2 AS b, 3").result()
    assert [field.name for field in rows.schema] == ["f0_", "b", "f1_"]


def test_sums_of_integers_stay_integers(target, table):
    rows = target.client.query(f"SELECT SUM(id) AS s, AVG(id) AS a FROM `{table}` WHERE day > '2000-01-01'").result()
    assert [field.field_type for field in rows.schema] == ["INTEGER", "FLOAT"]
    assert [tuple(row.values()) for row in rows] == [(6, 2.0)]


def test_window_functions_and_qualify_work(target, table):
    sql = f"""
        SELECT name, id FROM `{table}` WHERE day > '2000-01-01'
        QUALIFY ROW_NUMBER() OVER (PARTITION BY name ORDER BY id DESC) = 1 ORDER BY name
    """
    assert target.query(sql) == [("a", 3), ("b", 2)]


def test_common_table_expressions_and_except_work(target, table):
    sql = f"WITH t AS (SELECT * FROM `{table}` WHERE day = '2024-01-02') SELECT * EXCEPT (day, score) FROM t"
    assert target.query(sql) == [(3, "a")]


def test_arrays_and_structs_come_back_whole(target):
    [(array, struct)] = target.query("SELECT [1, 2] AS a, STRUCT(1 AS x, 'y' AS z) AS s")
    assert (array, struct) == ([1, 2], {"x": 1, "z": "y"})


def test_nulls_sort_first_ascending(target, table):
    sql = f"SELECT score FROM `{table}` WHERE day > '2000-01-01' ORDER BY score"
    assert target.query(sql) == [(None,), (0.5,), (1.5,)]


def test_rows_are_fetched_in_pages(target):
    rows = target.client.query("SELECT x FROM UNNEST(GENERATE_ARRAY(1, 250)) AS x ORDER BY x").result(page_size=100)
    assert [row.x for row in rows] == list(range(1, 251))
    assert rows.total_rows == 250


def test_a_table_that_does_not_exist_is_not_found(target):
    with pytest.raises(exceptions.NotFound, match="Not found: Table"):
        target.query(f"SELECT * FROM `{target.name('nothing')}`")


def test_a_syntax_error_is_an_invalid_query(target):
    with pytest.raises(exceptions.BadRequest) as caught:
        target.query("SELECT FROM WHERE")
    assert caught.value.errors[0]["reason"] == "invalidQuery"


def test_an_unknown_column_is_an_invalid_query(target, table):
    with pytest.raises(exceptions.BadRequest) as caught:
        target.query(f"SELECT nothing FROM `{table}` WHERE day > '2000-01-01'")
    assert caught.value.errors[0]["reason"] == "invalidQuery"


def test_a_query_can_be_written_into_a_table(target, table):
    name = target.name("from_query")
    sql = f"SELECT id, name FROM `{table}` WHERE day = '2024-01-01'"
    target.query(sql, destination=name)
    target.query(sql, destination=name, write_disposition="WRITE_APPEND")
    assert target.query(f"SELECT COUNT(*) FROM `{name}`") == [(4,)]
    target.query(sql, destination=name, write_disposition="WRITE_TRUNCATE")
    assert target.query(f"SELECT COUNT(*) FROM `{name}`") == [(2,)]
    with pytest.raises(exceptions.Conflict, match="Already Exists"):
        target.query(sql, destination=name, write_disposition="WRITE_EMPTY")


def test_a_query_can_replace_one_partition(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5), ("2024-01-02", 2, "b", 0.5)))
    sql = "SELECT DATE '2024-01-01' AS day, 9 AS id, 'z' AS name, 2.5 AS score"
    target.query(sql, destination=f"{table}$20240101", write_disposition="WRITE_TRUNCATE")
    assert [row[1] for row in target.rows(table)] == [9, 2]


def test_a_dry_run_checks_and_estimates_and_does_nothing(target, table):
    config = bigquery.QueryJobConfig(dry_run=True, use_query_cache=False)
    job = target.client.query(f"SELECT id FROM `{table}` WHERE day = '2024-01-01'", job_config=config)
    assert job.state == "DONE"
    assert job.total_bytes_processed > 0
    with pytest.raises(exceptions.NotFound):
        target.client.query(f"SELECT * FROM `{target.name('nothing')}`", job_config=config)


def test_a_cost_ceiling_is_kept(target, table):
    with pytest.raises(exceptions.GoogleAPICallError, match="(?i)bytes billed"):
        target.query(f"SELECT * FROM `{table}` WHERE day > '2000-01-01'", maximum_bytes_billed=1)


def test_a_default_dataset_completes_names(target, table):
    default = bigquery.DatasetReference(target.client.project, target.dataset)
    sql = f"SELECT COUNT(*) FROM {table.table_id} WHERE day > '2000-01-01'"
    assert target.query(sql, default_dataset=default) == [(3,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT COUNT(*) FROM `{t}`",
        "SELECT COUNT(*) FROM `{t}` WHERE id = 1",
        "DELETE FROM `{t}` WHERE id = 1",
        "UPDATE `{t}` SET name = 'x' WHERE id = 1",
        "MERGE `{t}` AS t USING (SELECT 1 AS id) AS s ON t.id = s.id WHEN MATCHED THEN DELETE",
    ],
)
def test_a_required_partition_filter_is_enforced(target, sql):
    table = target.new_table(require_partition_filter=True)
    with pytest.raises(exceptions.BadRequest, match="without a filter over column"):
        target.query(sql.format(t=table))


def test_a_partition_filter_opens_the_table(target):
    table = target.new_table(require_partition_filter=True)
    target.load(table, toy(("2024-01-01", 1, "a", 0.5)))
    assert target.query(f"SELECT id FROM `{table}` WHERE day BETWEEN '2024-01-01' AND '2024-01-31'") == [(1,)]
    assert target.query(f"SELECT t.id FROM `{table}` AS t WHERE t.day = '2024-01-01'") == [(1,)]


def test_query_and_wait_gives_rows(target):
    assert [tuple(row.values()) for row in target.client.query_and_wait("SELECT 1 AS a")] == [(1,)]
