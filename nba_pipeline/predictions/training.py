"""Training: a model from the player-games before a day, and from nothing else.

Walk-forward: each model knows the games of HISTORY_DAYS days before the day from which it holds. How sure systems may
be is measured on the newest games, by trees that have not seen them; the trees that are kept have seen all.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from nba_pipeline.analytics import slate
from nba_pipeline.precompute.ml_feature_store import FEATURES
from nba_pipeline.predictions import likes
from nba_pipeline.predictions.ensembling import voices_of, weights
from nba_pipeline.predictions.model import LIKES, MANIFEST, MINUTES, POINTS, Model, usual
from nba_pipeline.predictions.probability import Spread
from nba_pipeline.predictions.system import Known, all_systems

VERSION = "2"
HISTORY_DAYS = 1_100
FEWEST_ROWS = 5_000
# The newest player-games, about a month of them, on which trees that have not seen them are tried.
_TRIED = 6_000
_HALF_LIFE_DAYS = 550
ROUNDS = {"points": 350, "minutes": 150}
_PARAMETERS = {
    "objective": "l1",
    "learning_rate": 0.05,
    "num_leaves": 31,
    # Features are means and counts: 63 steps tell as much of them as 255, in less time.
    "max_bin": 63,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    # The same trees from the same rows. One thread: two that share a core with others spin longer than they work.
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}

FEATURE_COLUMNS = (*slate.GAME, "player_id", *FEATURES)
RESULT_COLUMNS = (*slate.GAME, "player_id", "season_type", "points", "minutes")


def examples(features: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """What can be learnt from: `features` (FEATURE_COLUMNS of ml_feature_store) of those who played, and what they did.

    `results` are RESULT_COLUMNS of player_game_summary. Sorted by day, game and player.
    """
    played = slate.counted(results).dropna(subset=["points", "minutes"]).drop(columns="season_type")
    rows = features.merge(played, on=[*slate.GAME, "player_id"])
    return rows.sort_values([*slate.GAME, "player_id"], ignore_index=True)


def train(rows: pd.DataFrame, day: pd.Timestamp, code_version: str) -> Model | None:
    """The model that holds from `day` on, from those of `rows` (`examples`) in the HISTORY_DAYS days before it.

    None where they are fewer than FEWEST_ROWS: nothing can be learnt from so little.
    """
    within = rows["game_date"].between(day - pd.Timedelta(days=HISTORY_DAYS), day - pd.Timedelta(days=1))
    known = rows[within].reset_index(drop=True)
    if len(known) < FEWEST_ROWS + _TRIED:
        return None
    seen, unseen = known.iloc[:-_TRIED], known.iloc[-_TRIED:].reset_index(drop=True)
    trial = Model(_files(seen, {"features": list(FEATURES)}))
    spreads, metrics = _measured(trial, unseen)
    return _signed(known, day, {"code_version": code_version, "spreads": spreads, "metrics": metrics})


def _files(rows: pd.DataFrame, manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of a model of `rows`."""
    parquet = likes.reference(rows).to_parquet(index=False)
    return {**_trees(rows), LIKES: parquet, MANIFEST: json.dumps(manifest, indent=1).encode()}


def _trees(rows: pd.DataFrame) -> dict[str, bytes]:
    """The trees of points and those of minutes, as LightGBM's text."""
    import lightgbm

    age = (rows["game_date"].max() - rows["game_date"]).dt.days
    features = rows[list(FEATURES)].to_numpy("float64", na_value=np.nan)
    # Sorting features into steps takes a while, and is the same for both.
    data = lightgbm.Dataset(features, np.zeros(len(rows)), weight=0.5 ** (age / _HALF_LIFE_DAYS), params=_PARAMETERS)
    data.construct()
    found = {}
    for name, target in ((POINTS, "points"), (MINUTES, "minutes")):
        data.set_label(rows[target].astype("float64") - usual(rows, target))
        found[name] = lightgbm.train(_PARAMETERS, data, ROUNDS[target]).model_to_string().encode()
    return found


def _measured(trial: Model, unseen: pd.DataFrame) -> tuple[dict[str, Any], dict[str, Any]]:
    """The spread of each system on games that `trial` has not seen, and how far it was from them."""
    predicted = _said(trial, unseen)
    points = unseen["points"].astype("float64")
    spreads = {name: _spread(predicted[name], points).as_json() for name in predicted}
    errors = {name: float((predicted[name] - points).abs().mean()) for name in predicted}
    return spreads, {"games": len(unseen), "first_day": _day(unseen["game_date"].min()), "mean_absolute_error": errors}


def _said(trial: Model, unseen: pd.DataFrame) -> pd.DataFrame:
    """What each system says of games, those that combine others with weights from these very games' days before."""
    said = pd.DataFrame(index=unseen.index)
    for system in all_systems():
        voices = voices_of(said, unseen) if system.COMBINES else pd.DataFrame()
        trust = weights(voices, unseen, unseen["points"].astype("float64")) if system.COMBINES else pd.DataFrame()
        said = said.assign(**{system.SYSTEM_ID: system.predict(unseen, Known(trial, voices, trust))})
    return said


def _spread(predicted: pd.Series, points: pd.Series) -> Spread:
    known = predicted.notna()
    return Spread.of(predicted[known], points[known])


def _signed(rows: pd.DataFrame, day: pd.Timestamp, told: Mapping[str, Any]) -> Model:
    """The model of `rows`, named by the day from which it holds and by what is in it."""
    manifest = {
        "valid_from": _day(day),
        "training_version": VERSION,
        "features": list(FEATURES),
        "rows": len(rows),
        "first_day": _day(rows["game_date"].min()),
        "last_day": _day(rows["game_date"].max()),
        **told,
    }
    files = _files(rows, manifest)
    digests = {name: sha256(content) for name, content in files.items() if name != MANIFEST}
    whole = sha256(json.dumps([digests, manifest], sort_keys=True).encode())
    signed = {"model_id": f"points-{_day(day)}-{whole[:12]}", "sha256": digests, **manifest}
    return Model({**files, MANIFEST: json.dumps(signed, indent=1).encode()})


def _day(moment: pd.Timestamp) -> str:
    return f"{moment:%Y-%m-%d}"


def sha256(content: bytes) -> str:
    """The digest of a file's content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
