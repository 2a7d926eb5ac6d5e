"""prediction_grades: what became of each prediction, once its game is over.

A game is over for a team when player_game_summary has lines of it: what no source tells yet is left for later, and who
has no line among those of his team did not play. A day's rows depend on that day's predictions and lines alone.
"""

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics.slate import GAME
from nba_pipeline.predictions import grading, player_prop_predictions
from nba_pipeline.predictions.target import POINTS
from nba_pipeline.rules import within
from nba_pipeline.table import Table, nullable, required

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
        *grading.columns(POINTS),
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
    rows = rows.assign(played=rows["played"].eq(True), **grading.compared(rows, POINTS))
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)
