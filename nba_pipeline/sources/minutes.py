"""Playing time and game clocks, in all the ways feeds write them: `34:12`, `34`, 34, `PT34M12.00S`."""

import pandas as pd

from nba_pipeline.sources.payload import texts, whole_numbers

_CLOCK = r"([0-9]{1,3})(?::([0-5][0-9]))?"
_ISO_8601 = r"PT([0-9]{1,3})M(?:([0-5][0-9](?:\.[0-9]{1,6})?)S)?"


def seconds_played(values: pd.Series) -> pd.Series:
    """Playing time as Int64 seconds, fractions dropped; NULL where a value is missing, empty or no time."""
    minutes = whole_numbers(values)
    numbers = minutes.where(minutes >= 0) * 60
    return numbers.fillna((clock_seconds(values) // 1).astype("Int64"))


def clock_seconds(values: pd.Series) -> pd.Series:
    """Times written as texts in float64 seconds; NULL where a value is none."""
    parts = texts(values).str.extract(f"^(?:{_CLOCK}|{_ISO_8601})$")
    minutes, seconds = (pd.to_numeric(parts[part].fillna(parts[part + 2])).astype("float64") for part in (0, 1))
    return minutes * 60 + seconds.fillna(0)
