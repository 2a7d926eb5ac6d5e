"""Payloads: typed decoding with errors that name the field, and the steps that turn JSON values into typed columns.

A source's `parse` reads one file; its `clean` makes rows of what many files hold, because a step over a whole column
costs about as much for a file as for a season. Nothing disappears: rows + rejected = what the files held.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Annotated, Any, TypeVar

import msgspec
import pandas as pd

T = TypeVar("T")

# Whole numbers up to here survive a float, which pandas makes of a column with gaps, and no larger one becomes them.
_LARGEST = 2**53 - 1
Whole = Annotated[int, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)]

_GZIP = b"\x1f\x8b"
_STRING = pd.StringDtype("pyarrow")


class BadPayload(ValueError):
    """A file as a whole can not be read. `reason` says why and `position` where, e.g. `$.resultSets[0].headers`."""

    def __init__(self, reason: str, position: str = "$") -> None:
        super().__init__(f"{reason} at {position}")
        self.reason, self.position = reason, position


@dataclass(frozen=True, slots=True)
class RejectedItem:
    """A part of a readable file that is no row, e.g. at `$.games[17].gameStatus`."""

    position: str
    reason: str


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that could not be taken, by its label in the frame's index."""

    label: int
    reason: str


Cleaned = tuple[pd.DataFrame, list[RejectedRow]]


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one file holds: `columns` of values as JSON gave them, each row's position, and what is no row."""

    columns: Mapping[str, Sequence[Any]]
    positions: Sequence[str]
    rejected: Sequence[RejectedItem]


class ResultSet(msgspec.Struct):
    """One of stats.nba.com's tables: names of columns, and rows as lists."""

    name: str
    headers: list[str]
    row_set: list[Any] = msgspec.field(name="rowSet")


class ResultSets(msgspec.Struct):
    """An answer of stats.nba.com."""

    result_sets: list[ResultSet] = msgspec.field(name="resultSets")


def decode(content: bytes, kind: type[T]) -> T:
    """The payload as `kind`, from JSON that may be gzipped; raises BadPayload."""
    try:
        text = gzip.decompress(content) if content[:2] == _GZIP else content
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        reason, _, position = str(error).partition(" - at `")
        raise BadPayload(reason, position.rstrip("`") or "$") from error
    except (msgspec.DecodeError, OSError, EOFError, UnicodeDecodeError, RecursionError, zlib.error) as error:
        raise BadPayload(f"not readable as JSON: {error}") from error


def result_set(content: bytes, name: str, columns: Mapping[str, str]) -> Parsed:
    """The result set called `name`, its `columns` (header -> name) only.

    Raises BadPayload where the result set or one of its columns is missing.
    """
    for number, found in enumerate(decode(content, ResultSets).result_sets):
        if found.name == name:
            return _of_result_set(found, f"$.resultSets[{number}]", columns)
    raise BadPayload(f"no result set {name}", "$.resultSets")


def items(raws: Iterable[tuple[str, msgspec.Raw]], kind: type, columns: Mapping[str, str]) -> Parsed:
    """A list of objects, given as (position, JSON): each decoded as `kind` by itself, so that a bad one costs itself.

    `columns` are names and the dotted paths of their values, e.g. `{"home_points": "home_team.score"}`.
    """
    decoded: dict[str, object] = {}
    rejected = []
    for position, raw in raws:
        try:
            decoded[position] = decode(bytes(raw), kind)
        except BadPayload as error:
            rejected.append(RejectedItem(position + error.position.removeprefix("$"), error.reason))
    values = {name: list(map(attrgetter(path), decoded.values())) for name, path in columns.items()}
    return Parsed(values, list(decoded), rejected)


def reject(frame: pd.DataFrame, bad: pd.Series, reason: str) -> Cleaned:
    """`frame` without the rows where `bad`, and these rows as rejected for `reason`."""
    if not bad.any():
        return frame, []
    return frame[~bad], [RejectedRow(label, reason) for label in frame.index[bad]]


def reject_missing(frame: pd.DataFrame, names: Iterable[str]) -> Cleaned:
    """`frame` without the rows that hold no value in one of the columns `names`, and these rows as rejected."""
    rejected = []
    for name in names:
        frame, found = reject(frame, frame[name].isna(), f"{name} is missing or makes no sense")
        rejected += found
    return frame, rejected


def whole_numbers(values: pd.Series) -> pd.Series:
    """JSON numbers as Int64; NULL where a value is missing, no number, or not whole."""
    numbers = values.where(values.map(type).isin((int, float))).astype("float64")
    return numbers.where((numbers % 1 == 0) & (numbers.abs() <= _LARGEST)).astype("Int64")


def texts(values: pd.Series) -> pd.Series:
    """JSON texts as strings; NULL where a value is missing, empty, or no text."""
    # As objects, because pandas can not compare an empty column of strings with a type.
    kinds = values.astype(object).map(type)
    return values.where(kinds.eq(str) & values.ne("")).astype(_STRING)


def days(values: pd.Series, written: str = "%Y-%m-%d") -> pd.Series:
    """Texts whose first ten characters are a date, `written` so, as midnights; NULL where they are not."""
    return pd.to_datetime(texts(values).str.slice(0, 10), format=written, errors="coerce")


def moments(values: pd.Series) -> pd.Series:
    """ISO 8601 texts as UTC times; NULL where a value is none, which is how feeds write a time not yet set."""
    return pd.to_datetime(texts(values), format="ISO8601", utc=True, errors="coerce")


def garbled(values: pd.Series, typed: pd.Series) -> pd.Series:
    """Where `values` say something, so neither nothing nor "", and `typed` is NULL all the same."""
    return typed.isna() & values.notna() & values.ne("")


def on_every_row(parsed: Parsed, **values: object) -> Parsed:
    """`parsed` with what a file says once on each of its rows, in columns called like the arguments."""
    return replace(parsed, columns={**parsed.columns, **{n: [v] * len(parsed.positions) for n, v in values.items()}})


def numbers_in_texts(values: pd.Series) -> pd.Series:
    """Texts of whole numbers as Int64; NULL where a value is none."""
    written = texts(values)
    return written.where(written.str.fullmatch("-?[0-9]{1,15}").fillna(False)).astype("Int64")


def each(
    raws: Iterable[msgspec.Raw], kind: type[T], position: str, rejected: list[RejectedItem]
) -> Iterator[tuple[int, T]]:
    """The elements of the list at `position`, each decoded as `kind` by itself, with their numbers.

    A bad one is added to `rejected`, so that it costs itself.
    """
    for number, raw in enumerate(raws):
        try:
            element = decode(bytes(raw), kind)
        except BadPayload as error:
            place = f"{position}[{number}]{error.position.removeprefix('$')}"
            rejected.append(RejectedItem(place, error.reason))
        else:
            yield number, element


def decimals_in_texts(values: pd.Series) -> pd.Series:
    """Texts of decimal numbers as float64; NULL where a value is none."""
    written = texts(values)
    return written.where(written.str.fullmatch(r"-?[0-9]{1,15}(?:\.[0-9]+)?").fillna(False)).astype("float64")


def csv_rows(content: bytes, columns: Mapping[str, str]) -> Parsed:
    """A CSV file in UTF-8 with a header, its `columns` (header -> name) only, as texts.

    Raises BadPayload where it is no such file or lacks one of the columns.
    """
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        headers = next(reader, [])
        rows = {f"line {reader.line_num}": row for row in reader}
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadPayload(f"not readable as CSV: {error}") from error
    if missing := [header for header in columns if headers.count(header) != 1]:
        raise BadPayload(f"not exactly one column {', '.join(missing)}", "line 1")
    whole = {position: row for position, row in rows.items() if len(row) == len(headers)}
    rejected = [RejectedItem(p, f"not {len(headers)} values") for p in rows if p not in whole]
    places = {name: headers.index(header) for header, name in columns.items()}
    return Parsed({n: [row[place] for row in whole.values()] for n, place in places.items()}, list(whole), rejected)


def _of_result_set(found: ResultSet, position: str, columns: Mapping[str, str]) -> Parsed:
    if missing := [header for header in columns if found.headers.count(header) != 1]:
        raise BadPayload(f"not exactly one column {', '.join(missing)}", f"{position}.headers")
    width = len(found.headers)
    whole, rejected = {}, []
    for number, row in enumerate(found.row_set):
        if isinstance(row, list) and len(row) == width:
            whole[f"{position}.rowSet[{number}]"] = row
        else:
            rejected.append(RejectedItem(f"{position}.rowSet[{number}]", f"not a list of {width} values"))
    places = {name: found.headers.index(header) for header, name in columns.items()}
    values = {name: [row[place] for row in whole.values()] for name, place in places.items()}
    return Parsed(values, list(whole), rejected)
