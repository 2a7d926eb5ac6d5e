"""strikeout_predictions: what each system says of each pitcher who has a strikeout line and can be predicted.

A pitcher is predicted when box scores know who he is and he has begun a game within a year; strikeout_coverage names
why others are not.

Nothing is trained. A day's rows depend on that day's features, and on features and results of the HISTORY_DAYS days
before it: what systems would have said of those days is what the ensemble weighs and probabilities are measured by.
"""

from typing import cast

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.precompute import pitcher_features
from nba_pipeline.precompute.pitcher_features import SEVERAL, TOO_FEW_STARTS, UNKNOWN
from nba_pipeline.predictions import ensembling, player_prop_predictions, strikeout_systems, track_record
from nba_pipeline.predictions.probability import recommendations
from nba_pipeline.predictions.system import Known, System, all_systems
from nba_pipeline.predictions.systems import ensemble
from nba_pipeline.rules import within
from nba_pipeline.table import Table, required

HISTORY_DAYS = track_record.HISTORY_DAYS + ensembling.HISTORY_DAYS

NO_START = "no_start_in_a_year"
REASONS = (UNKNOWN, SEVERAL, NO_START)

GAME = ("game_date", "home_team_abbr", "away_team_abbr")
_PITCHER = (*GAME, "event_id", "commence_time", "player_lookup", "player_name")

TABLE = Table(
    dataset="mlb_predictions",
    name="strikeout_predictions",
    description="One row per pitcher with a strikeout line, game and system.",
    key=("event_id", "player_lookup", "system_id"),
    cluster_by=("system_id", "player_lookup"),
    columns=(
        *(pitcher_features.TABLE.column(name) for name in _PITCHER),
        required("player_id", "INT64", "MLB's player id"),
        *(pitcher_features.TABLE.column(name) for name in ("team_abbr", "opponent_abbr")),
        *(player_prop_predictions.TABLE.column(name) for name in ("system_id", "system_version")),
        pitcher_features.TABLE.column("strikeout_line"),
        required("predicted_strikeouts", "FLOAT64", "Strikeouts that are expected of him, 0 and up"),
        required("deviation", "FLOAT64", "Standard deviation of strikeouts around the prediction"),
        required("chance_over", "FLOAT64", "The share of a Poisson distribution with that mean above the line, 0..1"),
        required("belief", "FLOAT64", "How much of such chances came true of late, 0..1; see probability_over"),
        required(
            "probability_over",
            "FLOAT64",
            "Probability of more strikeouts than the line, if it is not met, 0..1: 0.5 + belief * (chance_over - 0.5)",
        ),
        player_prop_predictions.TABLE.column("recommendation"),
        required("games_used", "INT64", "Starts within a year that the prediction stands on"),
    ),
)

RULES = (within(predicted_strikeouts=(0, 60), probability_over=(0, 1)),)

FEATURE_COLUMNS = tuple(pitcher_features.TABLE.column_names)
RESULT_COLUMNS = (
    *("game_date", "game_pk", "player_id", "team_abbr", "opponent_abbr", "is_home", "is_starter"),
    *("strikeouts", "batters_faced"),
)


def predict(days: pd.DatetimeIndex, features: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Rows of TABLE for those rows of pitcher_features (FEATURE_COLUMNS) of `days` that can be predicted.

    `features` and `results` (RESULT_COLUMNS of mlb_pitcher_stats) hold the HISTORY_DAYS days before `days`, too, as far
    as they are.
    """
    known = features[reasons(features).isna()]
    if not known["game_date"].isin(days).any():
        return frames.empty(TABLE)
    pitchers = known.merge(begun(results), on=[*GAME, "player_id"], how="left")
    said = _said(pitchers.sort_values(["game_date", *pitcher_features.TABLE.key], ignore_index=True))
    rows = track_record.measured(said[said["game_date"].isin(days)], said)
    rows = rows.assign(recommendation=recommendations(rows["probability_over"]), games_used=rows["starts_in_history"])
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)


def reasons(features: pd.DataFrame) -> pd.Series:
    """Why each pitcher of `features` is not predicted, by incomplete_reason and starts_in_history; NULL for others."""
    few = features["incomplete_reason"].eq(TOO_FEW_STARTS).fillna(False).astype("bool")
    return features["incomplete_reason"].mask(few).mask(few & features["starts_in_history"].eq(0), NO_START)


def systems() -> tuple[System, ...]:
    """Those of strikeout_systems, and the ensemble, which is the same whatever is predicted."""
    return (*all_systems(strikeout_systems), cast(System, ensemble))


def games(results: pd.DataFrame) -> pd.DataFrame:
    """`results` (RESULT_COLUMNS) with home_team_abbr and away_team_abbr: the teams of the game."""
    own, other, is_home = results["team_abbr"], results["opponent_abbr"], results["is_home"]
    return results.assign(home_team_abbr=own.where(is_home, other), away_team_abbr=other.where(is_home, own))


def begun(results: pd.DataFrame) -> pd.DataFrame:
    """What each pitcher who began a game did in it: actual_strikeouts and batters_faced, by the game's day and teams.

    Where the box score does not say who began, whoever pitched may have. A pitcher begins one game of a day: of two
    between the same teams his longer one counts.
    """
    starts = games(results[results["is_starter"].fillna(True).astype("bool")])
    longest = starts.sort_values(["batters_faced", "game_pk"], ascending=False)
    found = longest.drop_duplicates([*GAME, "player_id"]).rename(columns={"strikeouts": "actual_strikeouts"})
    return found[[*GAME, "player_id", "actual_strikeouts", "batters_faced"]]


def _said(pitchers: pd.DataFrame) -> pd.DataFrame:
    """A row for each system and each of `pitchers` of whom it says something."""
    voices = pd.DataFrame(index=pitchers.index)
    for system in systems():
        trust = _weights(voices, pitchers) if system.COMBINES else voices
        said = system.predict(pitchers, Known(None, voices, trust)).clip(lower=0)
        voices = voices.assign(**{system.SYSTEM_ID: said})
    parts = [
        pitchers.assign(system_id=name, system_version=version, predicted_strikeouts=voices[name])
        for name, version in ((system.SYSTEM_ID, system.VERSION) for system in systems())
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset="predicted_strikeouts")


def _weights(voices: pd.DataFrame, pitchers: pd.DataFrame) -> pd.DataFrame:
    """How much each of `voices` is to be trusted about each of `pitchers`, by its errors of the days before."""
    errors = voices.sub(pitchers["actual_strikeouts"].astype("float64"), axis=0).abs()
    return ensembling.of_days(errors, pitchers["game_date"]).reindex(pitchers["game_date"]).set_axis(pitchers.index)
