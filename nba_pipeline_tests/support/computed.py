"""The computed tables as functions of days and raw frames, and what of the raw frames is known when."""

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics import (
    game_sides,
    player_game_summary,
    player_lines,
    team_defense_game_summary,
    team_offense_game_summary,
)
from nba_pipeline.precompute import player_daily_cache
from nba_pipeline.predictions import player_prop_predictions, prediction_coverage
from nba_pipeline.sources import (
    bdl_player_boxscores,
    nbac_gamebook_player_stats,
    nbac_play_by_play,
    nbac_player_boxscores,
    nbac_player_list,
    nbac_schedule,
    nbac_shot_chart,
    nbac_team_boxscore,
)
from nba_pipeline_tests.support.invariants import Compute, Inputs, Tables

# The raw tables under the names that inputs have; one that inputs lack is empty.
RAW = {
    "schedule": nbac_schedule.TABLE,
    "boxscores": nbac_player_boxscores.TABLE,
    "gamebooks": nbac_gamebook_player_stats.TABLE,
    "bdl": bdl_player_boxscores.TABLE,
    "teams": nbac_team_boxscore.TABLE,
    "shots": nbac_shot_chart.TABLE,
    "events": nbac_play_by_play.TABLE,
    "players": nbac_player_list.TABLE,
}
_LINES = {RAW[name].name: name for name in ("gamebooks", "boxscores", "bdl")}


def summarised(inputs: Inputs) -> player_game_summary.Summary:
    """player_game_summary of all that `inputs` hold."""
    return player_game_summary.summarise(
        _read(inputs, "schedule", player_game_summary.SCHEDULE_COLUMNS),
        {s.table.name: _read(inputs, _LINES[s.table.name], s.columns) for s in player_lines.SOURCES},
        _read(inputs, "shots", player_game_summary.SHOT_COLUMNS),
        _read(inputs, "events", player_game_summary.EVENT_COLUMNS),
        _read(inputs, "players", player_lines.LIST_COLUMNS),
    )


def offense(inputs: Inputs, players: pd.DataFrame) -> pd.DataFrame:
    """team_offense_game_summary of all that `inputs` hold; `players` are rows of player_game_summary."""
    return team_offense_game_summary.summarise(
        _read(inputs, "schedule", game_sides.SCHEDULE_COLUMNS),
        _read(inputs, "teams", team_offense_game_summary.BOXSCORE_COLUMNS),
        players[list(team_offense_game_summary.PLAYER_COLUMNS)],
    )


def summaries(days: pd.DatetimeIndex, inputs: Inputs) -> Tables:
    """The three summaries of the games of `days`, each from the one before it."""
    read = _between(inputs, days.min(), days.max())
    players = summarised(read).rows
    attack = offense(read, players)
    defense = team_defense_game_summary.summarise(attack[list(team_defense_game_summary.OFFENSE_COLUMNS)])
    return {"players": players, "offense": attack, "defense": defense}


def cache(days: pd.DatetimeIndex, inputs: Inputs) -> pd.DataFrame:
    """player_daily_cache of `days`, from the history that its asset reads."""
    reach = pd.Timedelta(days=player_daily_cache.HISTORY_DAYS)
    history = summarised(_between(inputs, days.min() - reach, days.max())).rows
    schedule = _between(inputs, days.min(), days.max())["schedule"]
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


ALL: dict[str, Compute] = {"summaries of games": summaries, "cache, predictions and coverage": slate}


def known_before_tip_off(day: pd.Timestamp, inputs: Inputs) -> Inputs:
    """What earlier games left, and of the schedule who plays when: results of that day and after are not known."""
    schedule = inputs["schedule"].copy()
    open_games = schedule["game_date"] >= day
    schedule.loc[open_games, ["home_points", "away_points"]] = pd.NA
    schedule.loc[open_games, "game_status"] = 1
    return {**_between(inputs, pd.Timestamp.min, day - pd.Timedelta(days=1)), "schedule": schedule}


def known_after_the_games(day: pd.Timestamp, inputs: Inputs) -> Inputs:
    """Everything up to and including the day."""
    return _between(inputs, pd.Timestamp.min, day)


def _between(inputs: Inputs, first: pd.Timestamp, last: pd.Timestamp) -> Inputs:
    """The rows of these days; the list of players knows no days."""
    return {
        name: frame[frame["game_date"].between(first, last)] if "game_date" in frame else frame
        for name, frame in inputs.items()
    }


def _read(inputs: Inputs, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    return inputs[name][list(columns)] if name in inputs else frames.empty(RAW[name], columns)
