"""The zone-matchup system: minutes times a player's points per minute, bent by tonight's opponent and pace.

Where he shoots from meets what the opponent gives there; the formula is plain and nothing of it is fitted, but the
minutes, which the model expects where there is one.
"""

import pandas as pd

from nba_pipeline.predictions.system import Known

SYSTEM_ID = "zone_matchup"
VERSION = "2"
COMBINES = False
STAND_IN = None

# A team's season of 15 games says less of tonight than it seems: half of the difference is believed.
_BELIEVED = 0.5


def predict(players: pd.DataFrame, known: Known) -> pd.Series:
    """Points of expected minutes, more of them against a defense that gives where he shoots, and in a fast game."""
    minutes = players["minutes_fading_5"] if known.model is None else known.model.minutes(players)
    rate = players["points_per_minute_fading_40"].fillna(players["points_per_minute_fading_15"])
    shots = players["field_goals_attempted_fading_15"]
    matchup = _BELIEVED * (players["zone_mismatch"].fillna(0) * shots / 100)
    league = players["expected_pace"] - players["pace_difference"]
    pace = 1 + _BELIEVED * (players["pace_difference"] / league).fillna(0)
    return (minutes * rate * pace + matchup).clip(lower=0)
