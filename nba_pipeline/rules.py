"""Rules: what holds for every row of a computed table, declared beside the table and checked after each run."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for every row: `broken` is true of the rows for which it does not. NULL breaks no rule.

    Tables computed from rows that break a `blocking` rule would be wrong, and are not computed. Where one source
    contradicts another the rows are listed and the work goes on.
    """

    name: str
    description: str
    broken: Callable[[pd.DataFrame], pd.Series]
    blocking: bool = True


def within(**ranges: tuple[float, float]) -> Rule:
    """The rule that columns stay in their ranges, both ends included."""
    listed = ", ".join(f"{name} {least:g} to {most:g}" for name, (least, most) in ranges.items())
    return Rule("values_are_in_range", f"Ranges, ends included: {listed}.", lambda rows: _outside(rows, ranges))


def _outside(rows: pd.DataFrame, ranges: dict[str, tuple[float, float]]) -> pd.Series:
    outside = [~rows[name].between(least, most) & rows[name].notna() for name, (least, most) in ranges.items()]
    return pd.concat(outside, axis=1).any(axis=1)
