"""How sure predictions of counts are, by what came of earlier ones: walk-forward, and nothing is trained.

Chance alone makes counts Poisson. What a prediction does not know adds to it: that widens its deviation, and makes its
probabilities too bold, so that of their distance from one half only as much is kept as came true of late. That share
is the line through the origin that fits results best, and therefore has the least Brier score of all shares.
"""

import pandas as pd

from nba_pipeline import poisson
from nba_pipeline.predictions.grading import OVER, PUSH, results
from nba_pipeline.windows import History

HISTORY_DAYS = 365

# What is laid beside the past, as long as it is short: about 200 starts that varied as Poisson's counts do, and as many
# as about 100 games in which half of what was said came true.
_USUAL_STRIKEOUTS = 1_000.0
_USUAL_EDGES, _USUAL_BELIEF = 2.0, 0.5
_LEAST_VARIANCE = 1.0


def measured(asked: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """`asked` with the deviation, chance_over, belief and probability_over of each of its predictions.

    `asked` and `said` are predictions (game_date, system_id, predicted_strikeouts, strikeout_line, and
    actual_strikeouts where they are known); of `said` those of the HISTORY_DAYS days before each count.
    """
    sums = _sums(said)
    # Windows are of whole days: which game of a day came first does not matter.
    keys = said[["game_date", "system_id"]].assign(game_id=0)
    history = History(pd.concat([keys, sums], axis=1), "system_id", sums.columns)
    window = history.within(asked["system_id"], asked["game_date"], HISTORY_DAYS)
    past = pd.DataFrame({name: history.total(name, window) for name in sums}, asked.index)
    spread = (past["squares"] + _USUAL_STRIKEOUTS) / (past["expected"] + _USUAL_STRIKEOUTS)
    belief = (past["came_true"] + _USUAL_EDGES * _USUAL_BELIEF) / (past["edges"] + _USUAL_EDGES)
    chance, belief = _chance(asked), belief.clip(0, 1)
    return asked.assign(
        deviation=(spread.clip(lower=1) * asked["predicted_strikeouts"]).clip(lower=_LEAST_VARIANCE) ** 0.5,
        chance_over=chance,
        belief=belief,
        probability_over=0.5 + belief * (chance - 0.5),
    )


def _sums(said: pd.DataFrame) -> pd.DataFrame:
    """What is summed over earlier predictions; those without a result add nothing, and a push says nothing of sides."""
    actual = said["actual_strikeouts"].astype("float64")
    result = results(actual, said["strikeout_line"])
    edge = (_chance(said) - 0.5).where(result.ne(PUSH).fillna(False).astype("bool"))
    return pd.DataFrame(
        {
            "squares": (actual - said["predicted_strikeouts"]) ** 2,
            "expected": said["predicted_strikeouts"].where(actual.notna()),
            "came_true": edge * (result.eq(OVER).fillna(False).astype("float64") - 0.5),
            "edges": edge**2,
        }
    )


def _chance(said: pd.DataFrame) -> pd.Series:
    return poisson.share_over(said["predicted_strikeouts"], said["strikeout_line"])
