"""How far predictions can be relied on: intervals of rates, and grades in bins of probability and of edge.

Grades are rows of prediction_grades.
"""

import numpy as np
import pandas as pd

from nba_pipeline.predictions.grading import OVER

BINS = 10
GRADE_COLUMNS = ("system_id", "probability_over", "result", "brier")

# Of the standard normal distribution 95 % lie between it and its negative.
_Z = 1.96
# A line's result is a matter of few points: edges past a fifth are rare. The last bin has 0.5, too.
_EDGES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.500001)


def wilson(hits: np.ndarray, trials: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 95 % interval of a rate of which `hits` of `trials` were seen; NaN without trials.

    Wilson's score interval, which stays within 0..1 and holds for few trials, too: E. B. Wilson, Journal of the
    American Statistical Association 22 (1927), 209-212; NIST/SEMATECH e-Handbook of Statistical Methods, 7.2.4.1.
    """
    trials = np.where(trials > 0, trials, np.nan)
    rate = hits / trials
    middle = rate + _Z**2 / (2 * trials)
    half = _Z * np.sqrt(rate * (1 - rate) / trials + _Z**2 / (4 * trials**2))
    scale = 1 + _Z**2 / trials
    return np.clip((middle - half) / scale, 0, 1), np.clip((middle + half) / scale, 0, 1)


def bins(probability: pd.Series) -> pd.Series:
    """The bin of each probability, 0 to 9, a tenth wide each; 1 is in the last one, and -1 stands for none."""
    return np.floor(probability * BINS).clip(upper=BINS - 1).fillna(-1).astype("int64")


def calibration(grades: pd.DataFrame) -> pd.DataFrame:
    """Of each system and bin of probability_over what was `predicted` on average and `seen`, with its interval.

    `predictions` counts those with a line that were decided; bins without any have no row.
    """
    decided = grades[grades["brier"].notna()]
    rows = decided.assign(bin=bins(decided["probability_over"]), seen=decided["result"].eq(OVER).astype("int64"))
    found = rows.groupby(["system_id", "bin"], as_index=False).agg(
        predictions=("seen", "size"), predicted=("probability_over", "mean"), hits=("seen", "sum")
    )
    return _with_rate(found, "seen")


def hit_rates_by_edge(grades: pd.DataFrame) -> pd.DataFrame:
    """Of each system and bin of |probability_over - 0.5| how often the likelier side won, with its interval.

    A probability of one half has no such side and is left out.
    """
    decided = grades[grades["brier"].notna() & grades["probability_over"].ne(0.5)]
    distance = (decided["probability_over"] - 0.5).abs().round(9)  # 0.45 is 0.05 from one half, and not a little less
    edge = pd.cut(distance, list(_EDGES), right=False)
    hits = decided["probability_over"].gt(0.5).eq(decided["result"].eq(OVER)).astype("int64")
    rows = decided.assign(edge=edge, hits=hits)
    found = rows.groupby(["system_id", "edge"], as_index=False, observed=True).agg(
        predictions=("hits", "size"), hits=("hits", "sum")
    )
    return _with_rate(found, "hit_rate")


def _with_rate(found: pd.DataFrame, name: str) -> pd.DataFrame:
    hits, trials = found["hits"].to_numpy("float64"), found["predictions"].to_numpy("float64")
    low, high = wilson(hits, trials)
    return found.assign(**{name: hits / trials, f"{name}_low": low, f"{name}_high": high})
