"""Whom the ensemble listens to: voices by how far they were from what happened of late.

A voice is a system, or the betting line where there is one. The better of late weighs more, much more: errors differ by
a few percent only, and their power makes weights of that.
"""

import numpy as np
import pandas as pd

LINE = "line"
HISTORY_DAYS = 30
# Of weights and errors: a voice whose error is 1 % smaller weighs seven times as much. Chosen on 2023-24.
_POWER = 200
# So many games at everybody's mean error are laid beside each voice's own: a few lucky nights weigh little.
_PRIOR_GAMES = 500


def voices_of(predicted: pd.DataFrame, players: pd.DataFrame) -> pd.DataFrame:
    """What is heard of each of `players`: the systems' columns of `predicted`, and the line."""
    return predicted.assign(**{LINE: players["points_line"].astype("float64")})


def weights(voices: pd.DataFrame, players: pd.DataFrame, points: pd.Series) -> pd.DataFrame:
    """The weight of each of `voices` for each of `players` (game_date and points_line), all of one index.

    `points` are what each scored, NaN where that is not known. Only games of the HISTORY_DAYS days before a player's
    game count; for a player with a line only those of players with one, in which the line has a voice, too.
    """
    errors = voices.sub(points, axis=0).abs()
    has_line = players["points_line"].notna()
    found = {}
    for lined in (False, True):
        counted = errors[has_line] if lined else errors.drop(columns=LINE)
        found[lined] = of_days(counted, players["game_date"])
    plain, lined = (found[of].reindex(players["game_date"]).set_axis(players.index) for of in (False, True))
    return lined.where(has_line, plain.assign(**{LINE: np.nan}))


def of_days(errors: pd.DataFrame, days: pd.Series) -> pd.DataFrame:
    """The weights on each of `days`, by the day, from absolute `errors` on the HISTORY_DAYS days before it.

    `errors` has a column per voice and the index of `days`, or a part of it.
    """
    # Millionths, so that sums are exact, and the same in any order and wherever they began.
    of_day = (errors * 10**6).round().groupby(days.reindex(errors.index))
    every_day = pd.date_range(days.min() - pd.Timedelta(days=HISTORY_DAYS), days.max())
    sums = of_day.sum().reindex(every_day, fill_value=0).rolling(HISTORY_DAYS, min_periods=1).sum()
    games = of_day.count().reindex(every_day, fill_value=0).rolling(HISTORY_DAYS, min_periods=1).sum()
    sums, games = sums.shift().fillna(0), games.shift().fillna(0)
    everybody = (sums.sum(axis=1) / games.sum(axis=1).clip(lower=1) / 10**6).replace(0, 1.0)
    mean = (sums / 10**6).add(_PRIOR_GAMES * everybody, axis=0).div(games + _PRIOR_GAMES)
    return mean.rdiv(everybody, axis=0) ** _POWER
