"""What a training leaves: trees, likes and how sure each system may be. It is stored as files of text and Parquet.

Nothing in the files is code: trees are LightGBM's own text, the rest is JSON and Parquet.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nba_pipeline.predictions.likes import Likes
from nba_pipeline.predictions.probability import Spread

if TYPE_CHECKING:
    import lightgbm

MANIFEST, POINTS, MINUTES, LIKES = "manifest.json", "points.txt", "minutes.txt", "likes.parquet"
# From where trees begin: they say how far tonight is from what is usual for a player.
_USUAL = {"points": "points_fading_15", "minutes": "minutes_fading_15"}


class BadModel(ValueError):
    """The files of a model are not what its manifest says; the message names the model and the file."""


@dataclass(frozen=True)
class Model:
    """A trained model: `files` by name, and what its manifest says of it (see training.train)."""

    files: Mapping[str, bytes]

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the training said of itself."""
        return json.loads(self.files[MANIFEST])

    @property
    def model_id(self) -> str:
        """Its name, from when it holds and what is in it."""
        return self.manifest["model_id"]

    def points(self, players: pd.DataFrame) -> pd.Series:
        """The median of points of each of `players`, rows with the manifest's features."""
        return self._of_trees(self._points, players, "points")

    def minutes(self, players: pd.DataFrame) -> pd.Series:
        """The median of minutes of each of `players`, should he play."""
        return self._of_trees(self._minutes, players, "minutes")

    def by_likes(self, players: pd.DataFrame) -> pd.Series:
        """The points of each of `players` by those of his likes, NaN where his form is not known."""
        return self._likes.points(players)

    def spread(self, system_id: str) -> Spread:
        """How far the system's predictions were from what happened, where it was not trained.

        A prior's for a system that came after the training.
        """
        told = self.manifest["spreads"].get(system_id)
        return Spread.of_json(told) if told else Spread.unknown()

    @cached_property
    def _points(self) -> "lightgbm.Booster":
        return _booster(self.files[POINTS])

    @cached_property
    def _minutes(self) -> "lightgbm.Booster":
        return _booster(self.files[MINUTES])

    @cached_property
    def _likes(self) -> Likes:
        return Likes(pd.read_parquet(io.BytesIO(self.files[LIKES])))

    def _of_trees(self, booster: "lightgbm.Booster", players: pd.DataFrame, target: str) -> pd.Series:
        features = players[self.manifest["features"]].to_numpy("float64", na_value=np.nan)
        return (usual(players, target) + booster.predict(features, num_threads=1)).clip(lower=0)


def usual(players: pd.DataFrame, target: str) -> pd.Series:
    """The points or minutes, as `target` says, that each of `players` usually has; 0 where that is not known."""
    return players[_USUAL[target]].astype("float64").fillna(0.0)


def _booster(text: bytes) -> "lightgbm.Booster":
    import lightgbm

    return lightgbm.Booster(model_str=text.decode())
