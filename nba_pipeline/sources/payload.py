"""Payloads: typed decoding with errors that name the field, and what every feed's parser gives back.

A parser gives rows and the list of what it could not take; a file that is no such payload at all is a `BadPayload`.
Nothing disappears: rows + rejected = what the file held. Frames carry each row's place in the file as their index,
e.g. `$.games[17]`, until the row is rejected or written.
"""

import gzip
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

import msgspec
import pandas as pd

T = TypeVar("T")

# Whole numbers up to here survive a float, which pandas makes of a column with gaps.
_LARGEST = 2**53
Whole = Annotated[int, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)]

_GZIP = b"\x1f\x8b"
_STRING = pd.StringDtype("pyarrow")


class BadPayload(ValueError):
    """A file as a whole can not be read. `reason` says why and `position` where, e.g. `$.resultSets[0].headers`."""

    def __init__(self, reason: str, position: str = "$") -> None:
        super().__init__(f"{reason} at {position}")
        self.reason, self.position = reason, position


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row of a readable file that could not be taken."""

    position: str
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a payload held: typed rows indexed by position, and the rows that were rejected with the reason for each."""

    rows: pd.DataFrame
    rejected: Sequence[RejectedRow] = field(default_factory=tuple)


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


def decode_each(items: Iterable[tuple[str, msgspec.Raw]], kind: type[T]) -> tuple[dict[str, T], list[RejectedRow]]:
    """Each (position, JSON) as `kind`, by position, and those that are none as rejected: one bad item costs itself."""
    decoded, rejected = {}, []
    for position, raw in items:
        try:
            decoded[position] = decode(bytes(raw), kind)
        except BadPayload as error:
            rejected.append(RejectedRow(position + error.position.removeprefix("$"), error.reason))
    return decoded, rejected


def result_set(content: bytes, name: str, columns: dict[str, str]) -> tuple[pd.DataFrame, list[RejectedRow]]:
    """The result set called `name` as a frame with `columns` (header -> name) only, and the rows of a wrong length.

    Values are as JSON gave them. Raises BadPayload where the result set or one of its columns is missing.
    """
    for number, found in enumerate(decode(content, ResultSets).result_sets):
        if found.name == name:
            return _columns(found, f"$.resultSets[{number}]", columns)
    raise BadPayload(f"no result set {name}", "$.resultSets")


def reject(frame: pd.DataFrame, bad: pd.Series, reason: str) -> tuple[pd.DataFrame, list[RejectedRow]]:
    """`frame` without the rows where `bad`, and these rows as rejected for `reason`."""
    return frame[~bad], [RejectedRow(position, reason) for position in frame.index[bad]]


def reject_missing(frame: pd.DataFrame, names: Iterable[str]) -> tuple[pd.DataFrame, list[RejectedRow]]:
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
    return values.where(values.map(type).eq(str) & values.ne("")).astype(_STRING)


def _columns(found: ResultSet, position: str, columns: dict[str, str]) -> tuple[pd.DataFrame, list[RejectedRow]]:
    if missing := [header for header in columns if found.headers.count(header) != 1]:
        raise BadPayload(f"not exactly one column {', '.join(missing)}", f"{position}.headers")
    width = len(found.headers)
    whole, rejected = {}, []
    for number, row in enumerate(found.row_set):
        if isinstance(row, list) and len(row) == width:
            whole[f"{position}.rowSet[{number}]"] = row
        else:
            rejected.append(RejectedRow(f"{position}.rowSet[{number}]", f"not a list of {width} values"))
    frame = pd.DataFrame(list(whole.values()), list(whole), found.headers, dtype=object)
    return frame[list(columns)].rename(columns=columns), rejected
