"""The moving-average system: a player's points tonight are those of his last games and his season.

A system is a module with SYSTEM_ID, VERSION and `predict`: cache rows in, one row each out with `predicted_points`
and `deviation`, NaN where the system can not say.
"""

import pandas as pd

SYSTEM_ID = "moving_average"
VERSION = "1"

# Recent form moves faster than a season's mean and is noisier; the weights are a plain prior, not fitted.
_WEIGHTS = {"points_last_5": 0.25, "points_last_10": 0.35, "points_season": 0.40}
# The spread of points of a player with too few games to have one of his own.
_DEFAULT_DEVIATION = 6.0


def predict(cache: pd.DataFrame) -> pd.DataFrame:
    """Predicted points and their standard deviation for each row of player_daily_cache, in its order."""
    known = cache[list(_WEIGHTS)].notna()
    weights = pd.DataFrame({name: known[name] * weight for name, weight in _WEIGHTS.items()})
    total = weights["points_last_5"] + weights["points_last_10"] + weights["points_season"]
    values = cache[list(_WEIGHTS)].fillna(0.0) * weights
    weighted = values["points_last_5"] + values["points_last_10"] + values["points_season"]
    return pd.DataFrame(
        {
            "predicted_points": weighted / total.where(total > 0),
            "deviation": cache["points_deviation_10"].fillna(_DEFAULT_DEVIATION),
        }
    )
