"""The slice's computed tables as functions of days and raw frames, and what of the raw frames is known when."""

import pandas as pd

from nba_pipeline.analytics import player_game_summary
from nba_pipeline.precompute import player_daily_cache
from nba_pipeline.predictions import player_prop_predictions, prediction_coverage
from nba_pipeline_tests.support.invariants import Compute, Inputs, Tables


def summary(days: pd.DatetimeIndex, inputs: Inputs) -> Tables:
    """player_game_summary of `days`."""
    return {
        "summary": player_game_summary.summarise(
            _of_days(inputs["boxscores"], days)[list(player_game_summary.BOXSCORE_COLUMNS)],
            _of_days(inputs["schedule"], days)[list(player_game_summary.SCHEDULE_COLUMNS)],
        )
    }


def cache(days: pd.DatetimeIndex, inputs: Inputs) -> pd.DataFrame:
    """player_daily_cache of `days`, from the history that its asset reads."""
    reach = pd.Timedelta(days=player_daily_cache.HISTORY_DAYS)
    boxscores = inputs["boxscores"]
    read = boxscores[boxscores["game_date"].between(days.min() - reach, days.max())]
    history = player_game_summary.summarise(
        read[list(player_game_summary.BOXSCORE_COLUMNS)],
        inputs["schedule"][list(player_game_summary.SCHEDULE_COLUMNS)],
    )
    schedule = _of_days(inputs["schedule"], days)
    return player_daily_cache.cache(
        days, schedule[list(player_daily_cache.SCHEDULE_COLUMNS)], history[list(player_daily_cache.HISTORY_COLUMNS)]
    )


def slate(days: pd.DatetimeIndex, inputs: Inputs) -> Tables:
    """The three tables that speak before tip-off, each from the one before it."""
    cached = cache(days, inputs)
    predicted = player_prop_predictions.predict(cached[list(player_prop_predictions.CACHE_COLUMNS)])
    covered = prediction_coverage.cover(
        cached[list(prediction_coverage.CACHE_COLUMNS)], predicted[list(prediction_coverage.PREDICTION_COLUMNS)]
    )
    return {"cache": cached, "predictions": predicted, "coverage": covered}


ALL: dict[str, Compute] = {"summary": summary, "cache, predictions and coverage": slate}


def known_before_tip_off(day: pd.Timestamp, inputs: Inputs) -> Inputs:
    """Earlier box scores, and of the schedule who plays when: results of that day and after are not known."""
    schedule = inputs["schedule"].copy()
    open_games = schedule["game_date"] >= day
    schedule.loc[open_games, ["home_points", "away_points"]] = pd.NA
    schedule.loc[open_games, "game_status"] = 1
    return {"schedule": schedule, "boxscores": inputs["boxscores"][inputs["boxscores"]["game_date"] < day]}


def known_after_the_games(day: pd.Timestamp, inputs: Inputs) -> Inputs:
    """Everything up to and including the day."""
    return {name: frame[frame["game_date"] <= day] for name, frame in inputs.items()}


def _of_days(frame: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    return frame[frame["game_date"].isin(days)]
