"""Column types in the four forms they take here: BigQuery's schema, DuckDB's DDL, Arrow, and the REST rows' JSON."""

import base64
import datetime as dt
import itertools
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from nba_pipeline.local.bigquery.errors import invalid, not_implemented

Field = dict[str, Any]

_COLUMN_NAME = re.compile(r"\w{1,300}")

# The API answers with the names of the older dialect, whatever was sent.
_LEGACY = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN", "STRUCT": "RECORD"}

_DUCKDB = {
    "STRING": "VARCHAR",
    "INTEGER": "BIGINT",
    "FLOAT": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMPTZ",
    "DATETIME": "TIMESTAMP",
    "TIME": "TIME",
    "NUMERIC": "DECIMAL(38, 9)",
    "BYTES": "BLOB",
    "JSON": "JSON",
}

_ARROW: dict[str, pa.DataType] = {
    "STRING": pa.string(),
    "INTEGER": pa.int64(),
    "FLOAT": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us", tz="UTC"),
    "DATETIME": pa.timestamp("us"),
    "TIME": pa.time64("us"),
    "NUMERIC": pa.decimal128(38, 9),
    "BYTES": pa.binary(),
    "JSON": pa.string(),
}

_BYTES_PER_VALUE = {"BOOLEAN": 1, "STRING": 20, "JSON": 60, "BYTES": 40, "NUMERIC": 16}


def normalised(fields: Sequence[Field]) -> list[Field]:
    """A schema as the API gives it back: legacy type names, every mode spelled out."""
    return [_normalised_field(field) for field in fields]


def duckdb_type(field: Field) -> str:
    """The DuckDB type of a column."""
    if field["type"] == "RECORD":
        inner = ", ".join(f'"{sub["name"]}" {duckdb_type(sub)}' for sub in field["fields"])
        name = f"STRUCT({inner})"
    else:
        name = _DUCKDB[field["type"]]
    return f"{name}[]" if field["mode"] == "REPEATED" else name


def duckdb_parameter_type(parameter_type: dict[str, Any]) -> str:
    """The DuckDB type of a query parameter's `parameterType`."""
    kind = parameter_type["type"]
    if kind == "ARRAY":
        return f"{duckdb_parameter_type(parameter_type['arrayType'])}[]"
    if kind == "STRUCT":
        raise not_implemented("STRUCT query parameters")
    return _DUCKDB[_known(kind)]


def arrow_type(field: Field) -> pa.DataType:
    """The Arrow type BigQuery's Read API gives a column."""
    if field["type"] == "RECORD":
        single: pa.DataType = pa.struct([pa.field(sub["name"], arrow_type(sub)) for sub in field["fields"]])
    else:
        single = _ARROW[field["type"]]
    return pa.list_(pa.field("item", single)) if field["mode"] == "REPEATED" else single


def arrow_schema(fields: Sequence[Field]) -> pa.Schema:
    """The Arrow schema of a table or result."""
    return pa.schema([pa.field(field["name"], arrow_type(field), field["mode"] != "REQUIRED") for field in fields])


def fields_of(schema: pa.Schema) -> list[Field]:
    """The BigQuery schema of Arrow data: what a query gives, or a Parquet file holds."""
    return [_field_of(field.name, field.type) for field in schema]


def conform(data: pa.Table, fields: Sequence[Field]) -> pa.Table:
    """`data` with exactly the columns of `fields` in their order, in the types of the Read API."""
    return pa.table([_cast(data.column(i), arrow_type(field)) for i, field in enumerate(fields)], arrow_schema(fields))


def selected(fields: list[Field], names: Sequence[str]) -> list[Field]:
    """The fields of these names in the schema's order; all where none is named, 400 where one is unknown."""
    if not names:
        return fields
    known = {field["name"].lower(): field for field in fields}
    if unknown := [name for name in names if name.lower() not in known]:
        raise invalid(f"request failed: The following selected fields do not exist in the table schema: {unknown[0]}")
    wanted = {name.lower() for name in names}
    return [field for name, field in known.items() if name in wanted]


def row_bytes(fields: Sequence[Field]) -> int:
    """An estimate of a row's logical size, for bytes processed and billed."""
    return sum(_BYTES_PER_VALUE.get(field["type"], 8) for field in fields)


def json_rows(data: pa.Table, fields: Sequence[Field], integer_timestamps: bool) -> list[dict[str, Any]]:
    """Rows as the REST API writes them: `{"f": [{"v": ...}, ...]}`, every scalar a string."""
    columns = [_json_column(data.column(i), field, integer_timestamps) for i, field in enumerate(fields)]
    return [{"f": [{"v": value} for value in row]} for row in zip(*columns, strict=True)]


def from_json(value: Any, field: Field) -> Any:
    """A value of an NDJSON file, a streamed row or a query parameter as Python holds it; raises on a misfit."""
    if value is None:
        return [] if field["mode"] == "REPEATED" else None
    if field["mode"] == "REPEATED":
        return [from_json(item, {**field, "mode": "NULLABLE"}) for item in value]
    if field["type"] == "RECORD":
        return {sub["name"]: from_json(value.get(sub["name"]), sub) for sub in field["fields"]}
    try:
        return _FROM_JSON[field["type"]](value)
    except (ValueError, TypeError, AttributeError) as error:
        name = field["name"]
        raise invalid(f"Could not convert value to {field['type'].lower()}. Field: {name}; Value: {value}") from error


def parameter_value(parameter: dict[str, Any]) -> Any:
    """The Python value of a query parameter's `parameterValue`."""
    return _parameter_value(parameter["parameterType"], parameter.get("parameterValue", {}))


def _parameter_value(kind: dict[str, Any], value: dict[str, Any]) -> Any:
    if kind["type"] == "ARRAY":
        return [_parameter_value(kind["arrayType"], item) for item in value.get("arrayValues", [])]
    field = {"name": "parameter", "type": _known(kind["type"]), "mode": "NULLABLE"}
    return from_json(value.get("value"), field)


def _known(name: str) -> str:
    legacy = _LEGACY.get(name.upper(), name.upper())
    if legacy not in _DUCKDB and legacy != "RECORD":
        raise not_implemented(f"columns and parameters of type {name}")
    return legacy


def _normalised_field(field: Field) -> Field:
    if not _COLUMN_NAME.fullmatch(field["name"]):
        raise invalid(
            f'Invalid field name "{field["name"]}". Fields must contain only letters, digits and underscores.'
        )
    found = {**field, "type": _known(field["type"]), "mode": field.get("mode") or "NULLABLE"}
    if found["type"] == "RECORD":
        found["fields"] = normalised(field["fields"])
    return found


def _field_of(name: str, kind: pa.DataType) -> Field:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return {**_field_of(name, kind.value_type), "mode": "REPEATED"}
    field: Field = {"name": name, "mode": "NULLABLE", "type": _bigquery_type(kind)}
    if field["type"] == "RECORD":
        field["fields"] = [_field_of(sub.name, sub.type) for sub in kind]
    return field


def _bigquery_type(kind: pa.DataType) -> str:
    for matches, name in _FROM_ARROW:
        if matches(kind):
            return name
    raise not_implemented(f"values of Arrow type {kind}")


def _is_whole(kind: pa.DataType) -> bool:
    """DuckDB sums integers as HUGEINT, which Arrow gets as a decimal without a scale."""
    return pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0)


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)


def _is_binary(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


_FROM_ARROW: list[tuple[Callable[[pa.DataType], bool], str]] = [
    (_is_whole, "INTEGER"),
    (pa.types.is_floating, "FLOAT"),
    (pa.types.is_boolean, "BOOLEAN"),
    (_is_text, "STRING"),
    (pa.types.is_date, "DATE"),
    (lambda kind: pa.types.is_timestamp(kind) and kind.tz is not None, "TIMESTAMP"),
    (pa.types.is_timestamp, "DATETIME"),
    (pa.types.is_time, "TIME"),
    (pa.types.is_decimal, "NUMERIC"),
    (_is_binary, "BYTES"),
    (pa.types.is_struct, "RECORD"),
    (pa.types.is_dictionary, "STRING"),
]


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    return pc.cast(column, kind, safe=not pa.types.is_timestamp(kind))


def _json_column(column: pa.ChunkedArray, field: Field, integer_timestamps: bool) -> list[Any]:
    if field["mode"] == "REPEATED":
        single = {**field, "mode": "NULLABLE"}
        items = _json_column(pc.list_flatten(column), single, integer_timestamps)
        taken = itertools.accumulate((len(item or ()) for item in column.to_pylist()), initial=0)
        return [[{"v": item} for item in items[start:end]] for start, end in itertools.pairwise(taken)]
    if field["type"] == "RECORD":
        parts = [_json_column(pc.struct_field(column, sub["name"]), sub, integer_timestamps) for sub in field["fields"]]
        rows = zip(*parts, strict=True)
        valid = column.is_valid().to_pylist()
        return [{"f": [{"v": v} for v in row]} if ok else None for row, ok in zip(rows, valid, strict=True)]
    if field["type"] == "TIMESTAMP" and not integer_timestamps:
        return [None if micros is None else repr(micros / 1e6) for micros in column.cast(pa.int64()).to_pylist()]
    return _TO_TEXT.get(field["type"], _plain_text)(column)


def _plain_text(column: pa.ChunkedArray) -> list[str | None]:
    return column.cast(pa.string()).to_pylist()


def _decimal_text(column: pa.ChunkedArray) -> list[str | None]:
    return [None if value is None else f"{value.normalize():f}" for value in column.to_pylist()]


def _base64_text(column: pa.ChunkedArray) -> list[str | None]:
    return [None if value is None else base64.b64encode(value).decode() for value in column.to_pylist()]


_TO_TEXT: dict[str, Callable[[pa.ChunkedArray], list[str | None]]] = {
    "BYTES": _base64_text,
    "NUMERIC": _decimal_text,
    "DATETIME": lambda column: pc.strftime(column, "%Y-%m-%dT%H:%M:%S").to_pylist(),
    "TIMESTAMP": lambda column: _plain_text(column.cast(pa.int64())),
}


def _integer(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError(value)
    return int(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}[str(value).lower()]


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        raise TypeError(value)
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _timestamp(value: Any) -> dt.datetime:
    if isinstance(value, int | float):
        return dt.datetime.fromtimestamp(value, dt.UTC)
    text = str(value).replace(" UTC", "+00:00").replace("Z", "+00:00")
    found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _numeric(value: Any) -> Any:
    return pa.scalar(str(value)).cast(pa.decimal128(38, 9)).as_py()


_FROM_JSON: dict[str, Callable[[Any], Any]] = {
    "STRING": _text,
    "INTEGER": _integer,
    "FLOAT": float,
    "BOOLEAN": _boolean,
    "DATE": lambda value: dt.date.fromisoformat(value),
    "TIMESTAMP": _timestamp,
    "DATETIME": lambda value: dt.datetime.fromisoformat(value),
    "TIME": lambda value: dt.time.fromisoformat(value),
    "NUMERIC": _numeric,
    "BYTES": lambda value: base64.b64decode(value, validate=True),
    "JSON": lambda value: value if isinstance(value, str) else json.dumps(value),
}
