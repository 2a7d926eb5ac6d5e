"""The matchup system: the batters he will face times the share of them that he strikes out, against this opponent.

Shares meet by the odds ratio ("log5"), which holds for strikeouts of batters against pitchers:
https://blogs.fangraphs.com/batter-pitcher-matchups-part-2-expected-matchup-k/
"""

import pandas as pd

from nba_pipeline.predictions.system import Known

SYSTEM_ID = "matchup"
VERSION = "1"
COMBINES = False
STAND_IN = None

# After so many batters half of what sets a pitcher's share apart is his own and half is luck:
# https://baseballprospectus.com/news/article/20516/baseball-therapy-should-i-worry-about-my-favorite-pitcher
_BATTERS_OF_THE_LEAGUE = 70
# An opponent of 30 days is some 900 batters: two thirds of what sets it apart are believed.
_BELIEVED = 2 / 3
# So many starts of the usual length are laid beside his own.
_USUAL_STARTS, _USUAL_BATTERS = 5, 22.5


def predict(players: pd.DataFrame, known: Known) -> pd.Series:  # noqa: ARG001 - the interface of every system
    """Batters times share."""
    league = players["league_strikeout_share"]
    against = players["opponent_strikeout_share"].fillna(league)
    return _batters(players) * _log5(_share(players), league + _BELIEVED * (against - league), league)


def _share(players: pd.DataFrame) -> pd.Series:
    """The pitcher's own share of the year, the league's where he faced few."""
    faced = players["batters_faced_year"] * players["starts_in_history"]
    struck_out = players["strikeout_share_year"] * faced + players["league_strikeout_share"] * _BATTERS_OF_THE_LEAGUE
    return struck_out / (faced + _BATTERS_OF_THE_LEAGUE)


def _log5(pitcher: pd.Series, opponent: pd.Series, league: pd.Series) -> pd.Series:
    """The share that comes of both: their odds multiply, measured by the league's."""
    strikeout = pitcher * opponent / league
    return strikeout / (strikeout + (1 - pitcher) * (1 - opponent) / (1 - league))


def _batters(players: pd.DataFrame) -> pd.Series:
    """Batters that he will face: those of his last starts, of his year and of a usual start."""
    last, year = (players["starts_in_history"].clip(upper=starts) for starts in (5, 10))
    faced = players["batters_faced_last_5"] * last + players["batters_faced_year"] * year
    return (faced + _USUAL_BATTERS * _USUAL_STARTS) / (last + year + _USUAL_STARTS)
