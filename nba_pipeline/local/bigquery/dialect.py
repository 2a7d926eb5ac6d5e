"""Differences in meaning between GoogleSQL and DuckDB's SQL, mended node by node on sqlglot's tree.

sqlglot translates the words; here is what it leaves with another meaning. Functions are covered by name: one that is
not listed is refused, because a function that DuckDB happens to have too may answer differently.
"""

import re
from collections.abc import Callable

from sqlglot import exp

from nba_pipeline.local.bigquery.errors import not_implemented

# Functions as GoogleSQL defines them. They live in the database file; every start writes them again.
MACROS = r"""
CREATE OR REPLACE MACRO bq_float(x) AS
  CASE WHEN typeof(x) LIKE 'DECIMAL%' THEN error('The local BigQuery does not cover NUMERIC quotients') ELSE x END;
CREATE OR REPLACE MACRO bq_divide(x, y) AS
  CASE WHEN y = 0 THEN error('division by zero') ELSE bq_float(x) / bq_float(y) END;
CREATE OR REPLACE MACRO bq_div(x, y) AS CASE WHEN y = 0 THEN error('division by zero') ELSE x // y END;
CREATE OR REPLACE MACRO bq_mod(x, y) AS CASE WHEN y = 0 THEN error('division by zero') ELSE x % y END;
CREATE OR REPLACE MACRO bq_ln(x) AS CASE WHEN x <= 0 THEN error('Illegal argument: LN of a value <= 0') ELSE ln(x) END;
CREATE OR REPLACE MACRO bq_log(b, x) AS
  CASE WHEN x <= 0 OR b <= 0 THEN error('Illegal argument: LOG of a value <= 0') ELSE log(b, x) END;
CREATE OR REPLACE MACRO bq_sqrt(x) AS
  CASE WHEN x < 0 THEN error('Argument to SQRT cannot be negative') ELSE sqrt(x) END;
CREATE OR REPLACE MACRO bq_start(s, p) AS CASE WHEN p = 0 OR p < -length(s) THEN 1 ELSE p END;
CREATE OR REPLACE MACRO bq_element(a, i) AS
  CASE WHEN i < 0 OR i >= len(a) THEN error('Array index ' || i || ' is out of bounds') ELSE a[i + 1] END;
CREATE OR REPLACE MACRO bq_safe_element(a, i) AS CASE WHEN i >= 0 THEN a[i + 1] END;
CREATE OR REPLACE MACRO bq_whole(s) AS
  CASE WHEN regexp_full_match(s, '\s*[+-]?\d+\s*') THEN s ELSE 'not whole: ' || s END;
CREATE OR REPLACE MACRO bq_int64(x) AS CASE typeof(x)
  WHEN 'DOUBLE' THEN CAST(round(TRY_CAST(x AS DOUBLE)) AS BIGINT)
  WHEN 'VARCHAR' THEN CAST(bq_whole(CAST(x AS VARCHAR)) AS BIGINT)
  ELSE CAST(x AS BIGINT) END;
CREATE OR REPLACE MACRO bq_safe_int64(x) AS CASE typeof(x)
  WHEN 'DOUBLE' THEN TRY_CAST(round(TRY_CAST(x AS DOUBLE)) AS BIGINT)
  WHEN 'VARCHAR' THEN TRY_CAST(bq_whole(CAST(x AS VARCHAR)) AS BIGINT)
  ELSE TRY_CAST(x AS BIGINT) END;
"""

_WORDS = """
    AnyValue ArgMax ArgMin ArrayAgg Avg Corr Count CountIf GroupConcat LogicalAnd LogicalOr Max Min Sum
    Stddev StddevPop StddevSamp Variance VariancePop
    CumeDist DenseRank FirstValue Lag LastValue Lead NthValue Ntile PercentRank PercentileCont Rank RowNumber
    And Case Cast Coalesce Exists Extract Greatest If Least Nullif Or TryCast Xor
    Abs Acos Asin Atan Atan2 Ceil Cos Exp Floor IsInf IsNan Ln Log Pow Rand Round SafeDivide Sin Sqrt Tan
    Trunc
    Array ArrayConcat ArrayReverse ArraySize ArrayToString Explode GenerateDateArray GenerateSeries
    GenerateTimestampArray Struct Unnest
    Concat EndsWith Left Length Lower LowerHex MD5 MD5Digest Pad RegexpExtract RegexpExtractAll RegexpLike RegexpReplace
    Repeat Replace Reverse Right SHA2Digest Split StartsWith StrPosition Substring Trim Upper Uuid
    CurrentDate CurrentTimestamp Date DateAdd DateDiff DateFromParts DateSub DateTrunc DatetimeAdd DatetimeDiff
    DatetimeSub DatetimeTrunc LastDay StrToDate StrToTime TimeToStr Timestamp TimestampAdd TimestampDiff TimestampSub
    TimestampTrunc TsOrDsToDate TsOrDsToDatetime TsOrDsToTimestamp UnixDate UnixMicros UnixMillis UnixSeconds
    UnixToTime WeekStart
    JSONExtract JSONExtractScalar JSONFormat ParseJSON
"""
COVERED = frozenset(getattr(exp, word) for word in _WORDS.split())
_COVERED_BY_NAME = ("ERROR",)

_PARTS = {
    "YEAR": "year",
    "ISOYEAR": "isoyear",
    "QUARTER": "quarter",
    "MONTH": "month",
    "ISOWEEK": "week",
    "DAY": "day",
    "DAYOFYEAR": "doy",
    "DAYOFWEEK": "dow",
    "HOUR": "hour",
    "MINUTE": "minute",
    "SECOND": "second",
}
_FORMAT = re.compile(r"(?:[^%]|%[YmdHMSyjAaBbpIFT%])*")
_TABLE_PARTS = {"this", "db", "catalog", "alias", "joins"}


def refuse_uncovered(tree: exp.Expression) -> None:
    """Raises for what would be answered differently here than in BigQuery, or not at all."""
    for node in tree.find_all(exp.Func, exp.Table, exp.Select, exp.Unnest, exp.Pivot, exp.TableSample):
        if isinstance(node, exp.Func) and type(node) not in COVERED and node.name.upper() not in _COVERED_BY_NAME:
            raise not_implemented(f"the function {_name(node)}")
        if isinstance(node, exp.Table) and (extra := _more_than_a_name(node)):
            raise not_implemented(f"{extra} of a table")
        if isinstance(node, exp.Pivot | exp.TableSample) or (isinstance(node, exp.Unnest) and node.args.get("offset")):
            raise not_implemented(f"{type(node).__name__.upper()} as in {node.sql('bigquery')}")
        if isinstance(node, exp.Select) and not _is_plain(node):
            raise not_implemented(f"SELECT AS {node.args['kind']}")


def mend(node: exp.Expression) -> exp.Expression:
    """The node with BigQuery's meaning; itself where both mean the same. Its children were mended before."""
    for kind, mended in _MENDED:
        if isinstance(node, kind):
            return mended(node)
    return node


def _name(node: exp.Expr) -> str:
    return node.name if isinstance(node, exp.Anonymous) else node.sql("bigquery").partition("(")[0]


def _more_than_a_name(table: exp.Table) -> str:
    return ", ".join(name for name, value in table.args.items() if value and name not in _TABLE_PARTS)


def _is_plain(select: exp.Select) -> bool:
    """Not SELECT AS VALUE, and SELECT AS STRUCT only within ARRAY(...)."""
    kind = select.args.get("kind")
    return not kind or (kind == "STRUCT" and select.parent is not None)


def _call(name: str, *arguments: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def _number(node: exp.Expression) -> exp.Expression:
    """A number with a point is FLOAT64 in BigQuery; DuckDB reads a decimal."""
    return node if node.is_string or node.name.isdigit() else exp.cast(node.copy(), "DOUBLE")


def _decimal(node: exp.Expression) -> exp.Expression:
    """NUMERIC has 9 digits after the point; DuckDB's DECIMAL has 3 unless told."""
    if node.this != exp.DataType.Type.DECIMAL or node.expressions:
        return node
    return exp.DataType.build("DECIMAL(38, 9)", dialect="duckdb")


def _cast(node: exp.Expression) -> exp.Expression:
    """Casts to INT64 round halves away from zero and take only whole numbers from strings."""
    target = node.args["to"]
    if node.args.get("format") or target.is_type("binary", "varbinary"):
        raise not_implemented(node.sql("bigquery"))
    if not target.is_type("bigint"):
        return node
    return _call("bq_safe_int64" if isinstance(node, exp.TryCast) else "bq_int64", node.this)


def _day(node: exp.Expression) -> exp.Expression:
    """DATE_ADD and DATE_SUB stay DATE; DuckDB makes timestamps of them."""
    return exp.cast(node.copy(), "DATE")


def _truncated(node: exp.Expression) -> exp.Expression:
    unit = node.args["unit"]
    if isinstance(unit, exp.WeekStart) or unit.name.upper().startswith("WEEK"):
        raise not_implemented("truncation to WEEK: use ISOWEEK")
    return exp.cast(node.copy(), "DATE") if isinstance(node, exp.DateTrunc) else node


def _complete_units(node: exp.Expression) -> exp.Expression:
    """TIMESTAMP_DIFF counts complete units; what sqlglot makes of it counts the boundaries between."""
    return _call("date_sub", exp.Literal.string(node.args["unit"].name.lower()), node.expression, node.this)


def _extract(node: exp.Expression) -> exp.Expression:
    part, value = node.this, node.expression
    if part.name.upper() == "DATE":
        return exp.cast(value.copy(), "DATE")
    if isinstance(part, exp.WeekStart) or part.name.upper() not in _PARTS:
        raise not_implemented(f"EXTRACT({part.sql('bigquery')}): use ISOWEEK for weeks")
    found = _call("date_part", exp.Literal.string(_PARTS[part.name.upper()]), value)
    if part.name.upper() == "DAYOFWEEK":  # from 1 in BigQuery, from 0 in DuckDB
        return exp.paren(exp.Add(this=found, expression=exp.Literal.number(1)))
    return found


def _format_time(node: exp.Expression) -> exp.Expression:
    _check_format(node)
    if zone := node.args.get("zone"):
        local = exp.AtTimeZone(this=exp.paren(node.this.this.copy()), zone=zone.copy())
        return _call("strftime", local, node.args["format"])
    return node


def _parse_time(node: exp.Expression) -> exp.Expression:
    _check_format(node)
    if node.args.get("zone"):
        raise not_implemented("PARSE_TIMESTAMP with a time zone")
    return exp.cast(node.copy(), "TIMESTAMPTZ") if isinstance(node, exp.StrToTime) else node


def _check_format(node: exp.Expression) -> None:
    given = node.args["format"]
    if not (given.is_string and _FORMAT.fullmatch(given.name)):
        raise not_implemented(f"the format {given.sql('bigquery')}")


def _average(node: exp.Expression) -> exp.Expression:
    """The average of NUMERIC is NUMERIC in BigQuery; DuckDB gives FLOAT64."""
    mended = node.copy()
    if not isinstance(node.this, exp.Distinct):
        mended.set("this", _call("bq_float", node.this))
    return mended


def _unix_time(node: exp.Expression) -> exp.Expression:
    return exp.cast(node.copy(), "TIMESTAMPTZ")


def _substring(node: exp.Expression) -> exp.Expression:
    """A position left of the text means its first letter."""
    mended = node.copy()
    mended.set("start", _call("bq_start", node.this, node.args["start"]))
    return mended


def _element(node: exp.Expression) -> exp.Expression:
    first = node.args.get("offset")
    if first is None or len(node.expressions) != 1:
        raise not_implemented(f"{node.sql('bigquery')}: name OFFSET or ORDINAL")
    index = exp.Sub(this=exp.paren(node.expressions[0].copy()), expression=exp.Literal.number(first))
    return _call("bq_safe_element" if node.args.get("safe") else "bq_element", node.this, index)


def _in_array(node: exp.Expression) -> exp.Expression:
    """`x IN UNNEST(array)` as a semi-join, which lets DuckDB skip the blocks that can not match."""
    array = node.args.get("unnest")
    if array is None or array.find(exp.Column) or not isinstance(node.find_ancestor(exp.Where, exp.Merge), exp.Where):
        return node
    values = exp.select(_call("unnest", array.expressions[0]))
    return exp.In(this=node.this.copy(), query=exp.Subquery(this=values))


def _guarded(name: str, *arguments: str) -> Callable[[exp.Expression], exp.Expression]:
    return lambda node: _call(name, *(node.args[argument] for argument in arguments))


_MENDED: list[tuple[type | tuple[type, ...], Callable[[exp.Expression], exp.Expression]]] = [
    (exp.Literal, _number),
    (exp.Avg, _average),
    (exp.DataType, _decimal),
    (exp.Cast, _cast),
    ((exp.DateAdd, exp.DateSub), _day),
    ((exp.DateTrunc, exp.TimestampTrunc, exp.DatetimeTrunc), _truncated),
    (exp.TimestampDiff, _complete_units),
    (exp.Extract, _extract),
    (exp.TimeToStr, _format_time),
    ((exp.StrToTime, exp.StrToDate), _parse_time),
    (exp.UnixToTime, _unix_time),
    (exp.Substring, _substring),
    (exp.Bracket, _element),
    (exp.In, _in_array),
    (exp.Div, _guarded("bq_divide", "this", "expression")),
    (exp.IntDiv, _guarded("bq_div", "this", "expression")),
    (exp.Mod, _guarded("bq_mod", "this", "expression")),
    (exp.Ln, _guarded("bq_ln", "this")),
    (exp.Log, _guarded("bq_log", "this", "expression")),
    (exp.Sqrt, _guarded("bq_sqrt", "this")),
]
