"""What predictions are about, points or strikeouts: the columns that are named after it, and when its seasons begin."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from nba_pipeline.game_days import season_starts, year_starts


@dataclass(frozen=True, slots=True)
class Target:
    """What is counted in `unit`; `line` is the column of the betting line.

    `season_starts` gives the day on which the season of each of some days begins.
    """

    unit: str
    line: str
    season_starts: Callable[[pd.Series], pd.Series]

    @property
    def predicted(self) -> str:
        """The column of what a system predicts."""
        return f"predicted_{self.unit}"

    @property
    def actual(self) -> str:
        """The column of what happened."""
        return f"actual_{self.unit}"


POINTS = Target("points", "points_line", season_starts)
STRIKEOUTS = Target("strikeouts", "strikeout_line", year_starts)
