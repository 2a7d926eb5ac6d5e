"""What a system is: a module of `systems/` with an id, a version, and a function from players to points.

Those of `strikeout_systems/` are of the same kind: pitchers in, strikeouts out.

Adding one is adding a module; nothing else names it. A system says what it expects, `probability.py` how sure it is.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Protocol, cast

import pandas as pd

from nba_pipeline.predictions import systems
from nba_pipeline.predictions.model import Model


@dataclass(frozen=True, slots=True)
class Known:
    """What a system may look at beside the players' features: all of it from before their games.

    `model` is what was trained last, None before the first training. `voices` holds what the other systems predict of
    the same players, and what bookmakers do, in a column each; `weights` how much each is to be trusted by its past.
    Both are empty for systems that do not combine others.
    """

    model: Model | None
    voices: pd.DataFrame
    weights: pd.DataFrame

    @property
    def trained(self) -> Model:
        """The model, for systems that are not asked without one."""
        if self.model is None:
            raise LookupError("nothing is trained yet: the system's STAND_IN speaks")
        return self.model


class System(Protocol):
    """What a module of `systems/` is.

    COMBINES marks those that are asked after the others, and hear them. STAND_IN is the id of the system that speaks in
    its place where nothing was trained yet, None for one that needs no model.
    """

    SYSTEM_ID: str
    VERSION: str
    COMBINES: bool
    STAND_IN: str | None

    def predict(self, players: pd.DataFrame, known: Known) -> pd.Series:
        """Points that each of `players` exceeds as often as not, NaN where the system can not say.

        `players` are rows of ml_feature_store; the result has their index. Of strikeouts it is the mean that is
        expected, and `players` are rows of pitcher_features.
        """


@cache
def all_systems(package: ModuleType = systems) -> tuple[System, ...]:
    """Every system of `package`, each after those that it hears."""
    names = [f"{package.__name__}.{found.name}" for found in pkgutil.iter_modules(package.__path__)]
    # By name, those that hear the others last.
    found = [cast(System, importlib.import_module(name)) for name in names]
    return tuple(sorted(found, key=lambda system: (system.COMBINES, system.SYSTEM_ID)))


def system_of(system_id: str, package: ModuleType = systems) -> System:
    """The system of that id."""
    [found] = [system for system in all_systems(package) if system_id == system.SYSTEM_ID]
    return found
