"""Players' heights as feeds write them: feet and inches, `6-8`."""

import pandas as pd

from nba_pipeline.sources.payload import texts, whole_numbers


def inches(heights: pd.Series) -> pd.Series:
    """Feet and inches, `6-8`, as Int64 inches; NULL where a height is none."""
    parts = texts(heights).str.extract("^([0-9])-([0-9]{1,2})$")
    feet, rest = (whole_numbers(pd.to_numeric(parts[part]).astype(object)) for part in (0, 1))
    return 12 * feet + rest
