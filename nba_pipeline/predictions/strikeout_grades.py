"""strikeout_grades: what became of each prediction of strikeouts, once its game is over.

A game is over when the box scores have lines of it: what they do not tell yet is left for later. A pitcher who did not
begin it did not play, as bookmakers see it: bets on him are off. A day's rows depend on that day's predictions and
lines alone.
"""

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.predictions import grading, strikeout_predictions
from nba_pipeline.predictions.strikeout_predictions import GAME, begun, games
from nba_pipeline.predictions.target import STRIKEOUTS
from nba_pipeline.rules import within
from nba_pipeline.table import Table, nullable, required

_SAID = (
    *(*GAME, "event_id", "player_lookup", "player_name", "player_id", "system_id", "system_version"),
    *("strikeout_line", "predicted_strikeouts", "probability_over", "recommendation"),
)

TABLE = Table(
    dataset="mlb_predictions",
    name="strikeout_grades",
    description="One row per prediction of a game that is over: what was said, what happened, how they compare.",
    key=strikeout_predictions.TABLE.key,
    cluster_by=strikeout_predictions.TABLE.cluster_by,
    columns=(
        *map(strikeout_predictions.TABLE.column, _SAID),
        required("played", "BOOL", "Whether he began the game"),
        nullable("batters_faced", "INT64", "Batters faced; NULL when he did not begin"),
        nullable("actual_strikeouts", "INT64", "Batters he struck out; NULL when he did not begin, or nobody tells"),
        *grading.columns(STRIKEOUTS),
    ),
)

RULES = (within(probability_over=(0, 1), absolute_error=(0, 60), brier=(0, 1)),)

PREDICTION_COLUMNS = _SAID


def grade(predictions: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Rows of TABLE for the `predictions` (PREDICTION_COLUMNS) of games that are over.

    `results` are the rows of mlb_pitcher_stats (strikeout_predictions.RESULT_COLUMNS) of the same days.
    """
    over = predictions.merge(games(results)[list(GAME)].drop_duplicates(), on=list(GAME))
    if over.empty:
        return frames.empty(TABLE)
    rows = over.merge(begun(results).assign(played=True), on=[*GAME, "player_id"], how="left")
    rows = rows.assign(played=rows["played"].eq(True), **grading.compared(rows, STRIKEOUTS))
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)
