"""Which statements filter a table by its partition column."""

import pytest
import sqlglot
from sqlglot import exp

from nba_pipeline.local.bigquery.partition_filter import is_filtered


def filters(sql: str, variables: tuple[str, ...] = ()) -> bool:
    tree = sqlglot.parse_one(sql, read="bigquery")
    [table] = [node for node in tree.find_all(exp.Table) if node.name == "t"]
    return is_filtered(table, "day", variables)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM d.t WHERE day = '2024-01-01'",
        "SELECT a FROM d.t WHERE '2024-01-01' <= day AND a = 1",
        "SELECT a FROM d.t AS x WHERE x.day BETWEEN @first AND @last",
        "SELECT a FROM d.t WHERE day IN UNNEST(@days)",
        "SELECT a FROM d.t WHERE day IN ('2024-01-01', '2024-01-02')",
        "SELECT a FROM d.t WHERE (day = @a OR day = @b) AND a = 1",
        "SELECT a FROM d.t WHERE DATE_SUB(day, INTERVAL 1 DAY) > CURRENT_DATE()",
        "SELECT a FROM d.t WHERE day IS NOT NULL",
        "SELECT a FROM d.t WHERE day IS NULL",
        "WITH x AS (SELECT * FROM d.t) SELECT a FROM x WHERE x.day = '2024-01-01'",
        "SELECT a FROM d.s JOIN d.t ON s.a = t.a AND t.day = '2024-01-01'",
        "DELETE FROM d.t WHERE day = '2024-01-01'",
        "UPDATE d.t SET a = 1 WHERE day = '2024-01-01'",
        "MERGE d.t AS o USING d.s AS n ON o.a = n.a AND o.day >= '2024-01-01' WHEN MATCHED THEN DELETE",
        "MERGE d.t AS o USING d.s AS n ON FALSE WHEN NOT MATCHED BY SOURCE AND o.day IN UNNEST(@days) THEN DELETE",
    ],
)
def test_a_constant_condition_on_the_partition_column_is_a_filter(sql):
    assert filters(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM d.t",
        "SELECT day FROM d.t WHERE a = 1",
        "SELECT a FROM d.t WHERE day = '2024-01-01' OR a = 1",
        "SELECT a FROM d.t WHERE NOT (day = '2024-01-01')",
        "SELECT a FROM d.t WHERE day = other",
        "SELECT a FROM d.t WHERE day = (SELECT MAX(day) FROM d.s)",
        "SELECT a FROM d.t WHERE day IN (SELECT day FROM d.s)",
        "SELECT a FROM d.t AS x JOIN d.s AS y ON x.day = y.day WHERE y.day = '2024-01-01'",
        "SELECT (SELECT MAX(a) FROM d.s WHERE day = '2024-01-01') FROM d.t",
        "MERGE d.t AS o USING d.s AS n ON o.day = n.day WHEN MATCHED THEN DELETE",
    ],
)
def test_any_other_condition_is_none(sql):
    assert not filters(sql)


def test_a_scripts_variable_is_a_constant():
    assert filters("SELECT a FROM d.t WHERE day >= start", ("start",))
