"""GoogleSQL's meaning where DuckDB's is another, and the refusal of what is not covered."""

import datetime as dt
import decimal
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_pipeline.local.bigquery.errors import ApiError

UTC = dt.UTC


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("CAST(2.5 AS INT64)", 3),
        ("CAST(-2.5 AS INT64)", -3),
        ("CAST(' 12 ' AS INT64)", 12),
        ("CAST(NUMERIC '2.5' AS INT64)", 3),
        ("SAFE_CAST('1.5' AS INT64)", None),
        ("CAST(TRUE AS INT64)", 1),
        ("NUMERIC '1.123456789'", decimal.Decimal("1.123456789")),
        ("3 * 1.5", 4.5),
        ("7 / 2", 3.5),
        ("SAFE_DIVIDE(1, 4)", 0.25),
        ("DIV(-5, 3)", -1),
        ("MOD(-5, 3)", -2),
        ("LOG(10)", math.log(10)),
        ("GREATEST(1, NULL)", None),
        ("LEAST(1, NULL)", None),
        ("CONCAT('a', NULL)", None),
        ("SUBSTR('apple', 0, 2)", "ap"),
        ("SUBSTR('apple', -10, 2)", "ap"),
        ("SUBSTR('apple', -3, 2)", "pl"),
        ("REGEXP_EXTRACT('abc', 'x')", None),
        ("REGEXP_REPLACE('aaa', 'a', 'b')", "bbb"),
        ("[10, 20][OFFSET(1)]", 20),
        ("[10, 20][ORDINAL(1)]", 10),
        ("[10, 20][SAFE_OFFSET(5)]", None),
        ("[10, 20][SAFE_OFFSET(-2)]", None),
        ("2 IN UNNEST([1, 2, NULL])", True),
        ("3 IN UNNEST([1, 2, NULL])", None),
        ("TIMESTAMP_DIFF(TIMESTAMP '2001-02-01 01:00:00', TIMESTAMP '2001-02-01 00:00:01', HOUR)", 0),
        ("DATETIME_DIFF(DATETIME '2001-02-01 01:00:00', DATETIME '2001-02-01 00:59:59', HOUR)", 1),
        ("DATE_DIFF(DATE '2024-01-07', DATE '2024-01-06', WEEK)", 1),
        ("DATE_DIFF(DATE '2024-01-08', DATE '2024-01-07', ISOWEEK)", 1),
        ("DATE_ADD(DATE '2024-01-07', INTERVAL 1 WEEK)", dt.date(2024, 1, 14)),
        ("DATE_TRUNC(DATE '2024-01-07', ISOWEEK)", dt.date(2024, 1, 1)),
        ("EXTRACT(DAYOFWEEK FROM DATE '2024-01-07')", 1),
        ("EXTRACT(ISOWEEK FROM DATE '2024-01-07')", 1),
        ("EXTRACT(DATE FROM TIMESTAMP '2024-01-07 02:00:00+00' AT TIME ZONE 'America/New_York')", dt.date(2024, 1, 6)),
        ("FORMAT_TIMESTAMP('%F %H:%M', TIMESTAMP '2024-01-07 02:00:00+00', 'America/New_York')", "2024-01-06 21:00"),
        ("PARSE_TIMESTAMP('%Y-%m-%d %H:%M', '2024-01-07 02:00')", dt.datetime(2024, 1, 7, 2, tzinfo=UTC)),
        ("TIMESTAMP_MILLIS(60000)", dt.datetime(1970, 1, 1, 0, 1, tzinfo=UTC)),
        ("DATE(2024, 1, 7)", dt.date(2024, 1, 7)),
    ],
)
def test_an_expression_has_bigquerys_meaning(local, expression, expected):
    assert local.value(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "1 / 0",
        "DIV(5, 0)",
        "MOD(5, 0)",
        "LN(0)",
        "SQRT(-1)",
        "CAST('1.5' AS INT64)",
        "[10, 20][OFFSET(5)]",
        "9223372036854775807 + 1",
        "ERROR('boom')",
        "NUMERIC '1' / 3",
        "(SELECT AVG(x) FROM UNNEST([NUMERIC '1']) AS x)",
    ],
)
def test_an_expression_is_an_error_where_it_is_one_in_bigquery_or_would_differ(local, expression):
    with pytest.raises(ApiError) as caught:
        local.value(expression)
    assert caught.value.reason == "invalidQuery"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT FORMAT('%d', 5)",
        "SELECT SESSION_USER()",
        "SELECT SIGN(-3.5)",
        "SELECT FARM_FINGERPRINT('a')",
        "SELECT NO_SUCH_FUNCTION(1)",
        "SELECT SAFE.PARSE_DATE('%Y', 'x')",
        "SELECT FORMAT_DATE('%e', DATE '2024-01-07')",
        "SELECT EXTRACT(WEEK FROM DATE '2024-01-07')",
        "SELECT DATE_TRUNC(DATE '2024-01-07', WEEK)",
        "SELECT CAST(DATE '2024-01-07' AS STRING FORMAT 'YYYY')",
        "SELECT CAST('a' AS BYTES)",
        "SELECT [1, 2][0]",
        "SELECT x FROM UNNEST([1]) AS x WITH OFFSET",
        "SELECT ARRAY_AGG(x LIMIT 1) FROM UNNEST([1]) AS x",
        "SELECT AS VALUE STRUCT(1 AS a)",
        "SELECT AS STRUCT 1 AS a",
        "SELECT * FROM d.any FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()",
        "SELECT * FROM d.any TABLESAMPLE SYSTEM (10 PERCENT)",
        "SELECT * FROM UNNEST([1, 2]) AS x TABLESAMPLE SYSTEM (10 PERCENT)",
        "SELECT * FROM (SELECT 1 AS a, 2 AS b) UNPIVOT (v FOR k IN (a, b))",
        "CREATE TEMP TABLE d.x AS SELECT 1 AS a",
        "CREATE TABLE d.x LIKE d.any",
        "CREATE TABLE d.x CLONE d.any",
        "CREATE TABLE d.x (a STRING) AS SELECT 1 AS a",
        "CREATE TABLE d.x (a INT64) OPTIONS (expiration_timestamp = TIMESTAMP '2030-01-01')",
        "CREATE SCHEMA x OPTIONS (location = 'EU')",
        "IF TRUE THEN SELECT 1; END IF",
    ],
)
def test_what_is_not_covered_is_refused_by_name(local, sql):
    if not local.engine.catalog.tables("p", "d"):
        local.job("CREATE TABLE d.any (a INT64)")
    with pytest.raises(ApiError, match="does not cover") as caught:
        local.job(sql)
    assert caught.value.reason == "notImplemented"
    assert [table["tableReference"]["tableId"] for table in local.engine.catalog.tables("p", "d")] == ["any"]


@settings(max_examples=50, deadline=None)
@given(st.floats(-1e15, 1e15))
def test_floats_become_integers_rounded_half_away_from_zero(local, number):
    expected = int(decimal.Decimal(number).quantize(decimal.Decimal(1), decimal.ROUND_HALF_UP))
    assert local.value(f"CAST(CAST('{number!r}' AS FLOAT64) AS INT64)") == expected


@settings(max_examples=50, deadline=None)
@given(st.text("abcdé", max_size=6), st.integers(-8, 8), st.integers(0, 8))
def test_substr_follows_its_definition(local, text, position, length):
    start = position - 1 if position > 0 else len(text) + position if -len(text) <= position < 0 else 0
    assert local.value(f"SUBSTR('{text}', {position}, {length})") == text[start : start + length]


@settings(max_examples=50, deadline=None)
@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2040, 1, 1)), st.integers(-(10**12), 10**12))
def test_timestamp_diff_counts_complete_units(local, start, micros):
    end = start + dt.timedelta(microseconds=micros)
    for unit, size in (("SECOND", 10**6), ("MINUTE", 60 * 10**6), ("HOUR", 3_600 * 10**6), ("DAY", 86_400 * 10**6)):
        found = local.value(f"TIMESTAMP_DIFF(TIMESTAMP '{end}+00', TIMESTAMP '{start}+00', {unit})")
        assert found == math.copysign(abs(micros) // size, micros)
