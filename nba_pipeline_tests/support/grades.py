"""Predictions, lines and grades by hand: what a test does not say is that of one player on one day."""

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics import player_game_summary
from nba_pipeline.predictions import player_prop_predictions, prediction_grades

_GAME = {"game_date": pd.Timestamp("2024-01-31"), "game_id": "tonight"}
_PLAYER = {**_GAME, "player_id": 1, "player_lookup": "one", "player_name": "One", "team_abbr": "AAA"}
_PREDICTION = {
    **_PLAYER,
    **{"opponent_abbr": "BBB", "system_id": "moving_average", "system_version": "1", "line_id": "consensus"},
    **{"predicted_points": 20.0, "deviation": 6.0, "recommendation": "no_line", "games_used": 10},
    **{"points_line": None, "probability_over": None},
}
_LINE = {
    **_PLAYER,
    **{"opponent_abbr": "BBB", "is_home": True, "season_year": 2023, "season_type": "regular", "is_scheduled": True},
    **{"shots_from": "unknown", "source": "a_source", "source_quality": "gold", "points": 20, "minutes": 30},
}


def predicted(*predictions: dict) -> pd.DataFrame:
    """Rows of player_prop_predictions."""
    return _typed(player_prop_predictions.TABLE, _PREDICTION, predictions)


def scored(*lines: dict) -> pd.DataFrame:
    """Rows of player_game_summary."""
    return _typed(player_game_summary.TABLE, _LINE, lines)


def graded(*grades: dict) -> pd.DataFrame:
    """Rows of prediction_grades, a player each: predictions with the `points` that he scored, None for not played."""
    told = [{**_GAME, "player_id": number, **grade} for number, grade in enumerate(grades)]
    lines = [grade for grade in told if grade["points"] is not None]
    teammates = {(grade["game_date"], grade["game_id"]): {**grade, "player_id": -1} for grade in told}
    return prediction_grades.grade(predicted(*told), scored(*lines, *teammates.values()))


def _typed(table, default: dict, rows: tuple[dict, ...]) -> pd.DataFrame:
    if not rows:
        return frames.empty(table)
    framed = pd.DataFrame([{**default, **row} for row in rows])
    dated = framed.assign(game_date=pd.to_datetime(framed["game_date"]))
    return frames.typed(table, dated.astype({"points_line": "float64"} if "points_line" in dated else {}))
