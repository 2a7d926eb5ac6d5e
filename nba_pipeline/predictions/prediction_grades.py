"""prediction_grades: what became of each prediction, once its game is over.

A game is over for a team when player_game_summary has lines of it: what no source tells yet is left for later, and who
has no line among those of his team did not play. A day's rows depend on that day's predictions and lines alone.
"""

import numpy as np
import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics.slate import GAME
from nba_pipeline.predictions import player_prop_predictions
from nba_pipeline.rules import within
from nba_pipeline.table import Table, nullable, required

OVER, UNDER, PUSH = "over", "under", "push"

_PREDICTED = player_prop_predictions.TABLE.column
TABLE = Table(
    dataset="nba_predictions",
    name="prediction_grades",
    description="One row per prediction of a game that is over: what was said, what happened, how they compare.",
    key=player_prop_predictions.TABLE.key,
    cluster_by=player_prop_predictions.TABLE.cluster_by,
    columns=(
        *map(_PREDICTED, (*GAME, "player_id", "player_name", "team_abbr", "system_id", "system_version")),
        *map(
            _PREDICTED, ("model_id", "line_id", "points_line", "predicted_points", "probability_over", "recommendation")
        ),
        required("played", "BOOL", "Whether he played"),
        nullable("minutes", "INT64", "Whole minutes played; NULL when he did not play"),
        nullable("actual_points", "INT64", "Points he scored; NULL when he did not play, or no source tells them"),
        nullable("error", "FLOAT64", "predicted_points - actual_points: above 0 was too much"),
        nullable("absolute_error", "FLOAT64", "The error without its sign, in points"),
        nullable(
            "result",
            "STRING",
            f"{OVER}, {UNDER} or, on the line, {PUSH}; NULL without a line or when he did not play",
        ),
        nullable(
            "is_correct", "BOOL", "Whether the result is the one recommended; NULL for pass, no_line, push, not played"
        ),
        nullable("brier", "FLOAT64", "(probability_over - [result is over])^2, 0..1; NULL for push or without result"),
    ),
)

PREDICTION_COLUMNS = tuple(n for n in player_prop_predictions.TABLE.column_names if n in TABLE.column_names)
RESULT_COLUMNS = (*GAME, "player_id", "team_abbr", "minutes", "points")

RULES = (within(probability_over=(0, 1), absolute_error=(0, 120), brier=(0, 1)),)


def grade(predictions: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Rows of TABLE for the `predictions` (PREDICTION_COLUMNS) of games that are over.

    `results` are the rows of player_game_summary (RESULT_COLUMNS) of the same days.
    """
    team, player = [*GAME, "team_abbr"], [*GAME, "player_id"]
    over = predictions.merge(results[team].drop_duplicates(), on=team)
    if over.empty:
        return frames.empty(TABLE)
    lines = results[[*player, "minutes", "points"]].rename(columns={"points": "actual_points"}).assign(played=True)
    rows = over.merge(lines, on=player, how="left")
    rows = rows.assign(played=rows["played"].eq(True), **_compared(rows))
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)


def _compared(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """What the prediction and the points of each row make together."""
    actual, line = rows["actual_points"].astype("float64"), rows["points_line"].astype("float64")
    error = rows["predicted_points"] - actual
    result = np.sign(actual - line).map({1.0: OVER, -1.0: UNDER, 0.0: PUSH}).astype("string")
    decided = result.isin([OVER, UNDER])
    correct = rows["recommendation"].eq(result).astype("boolean")
    brier = (rows["probability_over"] - result.eq(OVER).fillna(False).astype("float64")) ** 2
    return {
        "error": error,
        "absolute_error": error.abs(),
        "result": result,
        "is_correct": correct.where(decided & rows["recommendation"].isin([OVER, UNDER])),
        "brier": brier.where(decided),
    }
