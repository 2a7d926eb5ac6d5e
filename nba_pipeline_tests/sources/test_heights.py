"""Heights: feet and inches, and nothing else."""

import pandas as pd
import pytest

from nba_pipeline.sources.heights import inches


@pytest.mark.parametrize(("height", "expected"), [("6-8", 80), ("7-0", 84), ("5-11", 71)])
def test_feet_and_inches_are_inches(height, expected):
    assert inches(pd.Series([height], dtype=object)).tolist() == [expected]


@pytest.mark.parametrize("height", [None, "", "tall", "6", "80", 80, "6-", "6\u20328"])
def test_what_is_no_height_is_null(height):
    assert inches(pd.Series([height], dtype=object)).isna().all()
