"""The two properties of every computed table, as checks that take the function of one or more tables.

*Chunk invariance*: a day's rows are bit for bit the same whatever other days are computed with it and in whatever
order the inputs' rows come. *No look-ahead*: a day's rows stay the same when what became known only at or after that
day's tip-off is deleted from the inputs.
"""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

Inputs = Mapping[str, pd.DataFrame]
Tables = Mapping[str, pd.DataFrame]
Compute = Callable[[pd.DatetimeIndex, Inputs], Tables]


def assert_chunk_invariant(
    compute: Compute, days: pd.DatetimeIndex, inputs: Inputs, sizes: Sequence[int], seed: int = 0
) -> None:
    """`compute(days, inputs)` gives the same rows for each day in chunks of any of `sizes`."""
    whole = _by_day(compute(days, inputs))
    shuffled = {name: frame.sample(frac=1, random_state=seed) for name, frame in inputs.items()}
    for size in sizes:
        found = {}
        for start in range(0, len(days), size):
            chunk = days[start : start + size]
            computed = _by_day(compute(chunk, shuffled))
            assert {day for _, day in computed} <= set(chunk), "rows of days that were not asked for"
            found |= computed
        _assert_same(whole, found, f"in chunks of {size}")


def assert_no_look_ahead(
    compute: Compute, days: pd.DatetimeIndex, inputs: Inputs, known: Callable[[pd.Timestamp, Inputs], Inputs]
) -> None:
    """`compute` gives the same rows for each day from the whole `inputs` and from what `known` leaves of them."""
    found = {}
    for day in days:
        found |= _by_day(compute(pd.DatetimeIndex([day]), known(day, inputs)))
    _assert_same(_by_day(compute(days, inputs)), found, "without its future")


_Parts = dict[tuple[str, pd.Timestamp], pd.DataFrame]


def _by_day(tables: Tables) -> _Parts:
    return {
        (name, pd.Timestamp(day)): part.reset_index(drop=True)
        for name, rows in tables.items()
        for day, part in rows.groupby("game_date")
    }


def _assert_same(expected: _Parts, found: _Parts, how: str) -> None:
    assert set(found) == set(expected), f"other days have rows {how}"
    for (name, day), part in expected.items():
        what = f"{name} of {day:%Y-%m-%d} {how}"
        pd.testing.assert_frame_equal(found[name, day], part, check_exact=True, obj=what)
