"""Payloads: typed decoding with errors that name the field, and what every feed's parser gives back.

A parser gives rows and the list of what it could not take; a file that is no such payload at all is a `BadPayload`.
Nothing disappears: rows + rejected = what the file held.
"""

import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
import pandas as pd

T = TypeVar("T")

_GZIP = b"\x1f\x8b"


class BadPayload(ValueError):
    """A file as a whole can not be read. `reason` says why and `position` where, e.g. `$.resultSets[0].rowSet[3]`."""

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
    """What a payload held: typed rows, and the rows that were rejected with the reason for each."""

    rows: pd.DataFrame
    rejected: Sequence[RejectedRow] = field(default_factory=tuple)


class ResultSet(msgspec.Struct):
    """One of stats.nba.com's tables: names of columns, and rows as lists."""

    name: str
    headers: list[str]
    row_set: list[list[Any]] = msgspec.field(name="rowSet")


class ResultSets(msgspec.Struct):
    """An answer of stats.nba.com."""

    resource: str
    parameters: dict[str, Any]
    result_sets: list[ResultSet] = msgspec.field(name="resultSets")


def decode(content: bytes, kind: type[T]) -> T:
    """The payload as `kind`, from JSON that may be gzipped; raises BadPayload."""
    try:
        text = gzip.decompress(content) if content[:2] == _GZIP else content
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        reason, _, position = str(error).partition(" - at `")
        raise BadPayload(reason, position.rstrip("`") or "$") from error
    except (msgspec.DecodeError, OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise BadPayload(f"not readable as JSON: {error}") from error


def result_set(content: bytes, name: str, columns: dict[str, str]) -> tuple[pd.DataFrame, list[RejectedRow]]:
    """The result set called `name` as a frame with `columns` (header -> name) only, and the rows of a wrong length.

    Values are as JSON gave them. The frame's index is the row's number in the file, for positions in messages.
    """
    sets = {found.name: found for found in decode(content, ResultSets).result_sets}
    if name not in sets:
        raise BadPayload(f"no result set {name}", "$.resultSets")
    found = sets[name]
    if missing := [header for header in columns if header not in found.headers]:
        raise BadPayload(f"no column {', '.join(missing)}", f"$.resultSets[{name}].headers")
    width = len(found.headers)
    whole = [number for number, row in enumerate(found.row_set) if len(row) == width]
    frame = pd.DataFrame([found.row_set[number] for number in whole], whole, found.headers, dtype=object)
    rejected = [
        RejectedRow(_position(name, number), f"{len(row)} values for {width} columns")
        for number, row in enumerate(found.row_set)
        if len(row) != width
    ]
    return frame[list(columns)].rename(columns=columns), rejected


def reject(frame: pd.DataFrame, bad: pd.Series, name: str, reason: str) -> tuple[pd.DataFrame, list[RejectedRow]]:
    """`frame` without the rows where `bad`, and these rows as rejected for `reason`."""
    return frame[~bad], [RejectedRow(_position(name, number), reason) for number in frame.index[bad]]


def whole_numbers(values: pd.Series) -> pd.Series:
    """JSON numbers as Int64; NULL where a value is missing, no number, or not whole."""
    numbers = pd.to_numeric(values, errors="coerce")
    odd = numbers.isna() | (numbers % 1 != 0) | (numbers.abs() >= 2**53) | values.map(type).eq(bool)
    return numbers.mask(odd).astype("Int64")


def _position(name: str, number: object) -> str:
    return f"$.{name}[{number}]"
