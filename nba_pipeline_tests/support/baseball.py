"""Baseball by hand: bookmakers' lines on Ace and others, and what they did. What a test does not say is that of Ace."""

import pandas as pd
from hypothesis import strategies as st

from nba_pipeline import frames
from nba_pipeline.precompute import pitcher_features
from nba_pipeline.predictions import (
    strikeout_coverage,
    strikeout_grades,
    strikeout_performance,
    strikeout_predictions,
    system_performance,
)
from nba_pipeline.predictions.target import STRIKEOUTS
from nba_pipeline.sources import mlb_pitcher_props, mlb_pitcher_stats
from nba_pipeline.table import Table
from nba_pipeline_tests.support.invariants import Inputs, Tables

DAY = pd.Timestamp("2025-06-10")
FIRST_PITCH = DAY.tz_localize("UTC") + pd.Timedelta(hours=23)
STATS_COLUMNS = tuple(dict.fromkeys((*pitcher_features.STATS_COLUMNS, *strikeout_predictions.RESULT_COLUMNS)))


def offer(line: float, hours_before: float = 1, **changed: object) -> dict:
    """A bookmaker's line on Ace in BOS at home against NYY."""
    commence = changed.get("commence_time", FIRST_PITCH)
    return {
        **{"game_date": DAY, "event_id": "game", "commence_time": commence, "bookmaker": "book"},
        **{"home_team_abbr": "BOS", "away_team_abbr": "NYY", "player_lookup": "ace", "player_name": "Ace"},
        **{"market": pitcher_features.MARKET, "snapshot_ts": commence - pd.Timedelta(hours=hours_before), "line": line},
        **{"over_implied_probability": 0.5, "under_implied_probability": 0.5},
    } | changed


def offer_on(day: pd.Timestamp, line: float, hours_before: int = 1, **changed: object) -> dict:
    """A line on a game of `day`, of which there is one."""
    begins = day.tz_localize("UTC") + pd.Timedelta(hours=23)
    return offer(line, hours_before, game_date=day, event_id=f"{day:%Y-%m-%d}", commence_time=begins, **changed)


def start(days_ago: int, strikeouts: int, batters: int = 20, **changed: object) -> dict:
    """Ace's start for BOS at home against TB."""
    return {
        **{"game_date": DAY - pd.Timedelta(days=days_ago), "game_pk": days_ago, "player_id": 1, "is_home": True},
        **{"player_lookup": "ace", "team_abbr": "BOS", "opponent_abbr": "TB", "is_starter": True},
        **{"strikeouts": strikeouts, "batters_faced": batters, "outs_recorded": 18},
    } | changed


def props(offers: list[dict]) -> pd.DataFrame:
    """Rows of mlb_pitcher_props."""
    return _typed(mlb_pitcher_props.TABLE, pitcher_features.PROP_COLUMNS, offers)


def stats(lines: list[dict]) -> pd.DataFrame:
    """Rows of mlb_pitcher_stats."""
    return _typed(mlb_pitcher_stats.TABLE, STATS_COLUMNS, lines)


def features(days: pd.DatetimeIndex, offers: list[dict], lines: list[dict]) -> pd.DataFrame:
    """Rows of pitcher_features."""
    return pitcher_features.features(days, props(offers), stats(lines)[list(pitcher_features.STATS_COLUMNS)])


def pitcher_form(days: pd.DatetimeIndex, told: Inputs) -> Tables:
    """pitcher_features of `days`, from the `props` and `stats` that its asset reads."""
    first = days.min() - pd.Timedelta(days=pitcher_features.HISTORY_DAYS)
    offered, pitched = (told["props"], days.min()), (told["stats"], first)
    read = [rows[rows["game_date"].between(since, days.max())] for rows, since in (offered, pitched)]
    return {"pitchers": pitcher_features.features(days, *read)}


def known_before_first_pitch(day: pd.Timestamp, told: Inputs) -> Inputs:
    """Of `props` and `stats` what stood before each game of the day, and how earlier days ended."""
    offered, pitched = told["props"], told["stats"]
    stood = (offered["game_date"] <= day) & (offered["snapshot_ts"] < offered["commence_time"])
    return {"props": offered[stood], "stats": pitched[pitched["game_date"] < day]}


def predictions(days: pd.DatetimeIndex, told: Inputs) -> Tables:
    """Predictions and coverage of `days`, from what their assets read."""
    first = days.min() - pd.Timedelta(days=strikeout_predictions.HISTORY_DAYS)
    features, results = (told[name][told[name]["game_date"].between(first, days.max())] for name in told)
    rows = strikeout_predictions.predict(days, features, results[list(strikeout_predictions.RESULT_COLUMNS)])
    return {"predictions": rows, "coverage": cover(features[features["game_date"].isin(days)], rows)}


def known_before(day: pd.Timestamp, told: Inputs) -> Inputs:
    """The features up to the day, and how earlier days ended."""
    features, results = told["features"], told["results"]
    return {"features": features[features["game_date"] <= day], "results": results[results["game_date"] < day]}


def cover(features: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    return strikeout_coverage.cover(
        features[list(strikeout_coverage.FEATURE_COLUMNS)], predictions[list(strikeout_coverage.PREDICTION_COLUMNS)]
    )


def grades_and_performance(days: pd.DatetimeIndex, told: Inputs) -> Tables:
    """Both tables of `days`, each from what its asset reads."""

    def since(first: pd.Timestamp) -> pd.DataFrame:
        return grade(*(told[name][told[name]["game_date"].between(first, days.max())] for name in told))

    grades = since(days.min() - pd.Timedelta(days=system_performance.HISTORY_DAYS))
    performance = system_performance.perform(days, grades, strikeout_performance.TABLE, STRIKEOUTS)
    return {"grades": since(days.min()), "performance": performance}


def grade(predictions: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    return strikeout_grades.grade(
        predictions[list(strikeout_grades.PREDICTION_COLUMNS)], results[list(strikeout_predictions.RESULT_COLUMNS)]
    )


SOMEBODY = {"player_id": st.integers(1, 3), "player_lookup": st.sampled_from(("ace", "king"))}
TEAM = st.sampled_from(("BOS", "NYY", "SEA"))


def _typed(table: Table, columns: tuple[str, ...], rows: list[dict]) -> pd.DataFrame:
    empty = frames.empty(table, columns)
    return pd.DataFrame(rows, columns=list(columns)).astype(empty.dtypes.to_dict())
