"""Where the teams play, and how far it is from one arena to another.

Coordinates are those of the arenas' articles in the English Wikipedia, to four decimals: about 10 metres.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

SCHEDULE_COLUMNS = ("home_team_abbr", "arena_name", "arena_city", "is_neutral")

# The mean radius of the earth: 6,371.0 km.
_EARTH_MILES = 3958.8


@dataclass(frozen=True, slots=True)
class Arena:
    """An arena in degrees north and east, with the names that it has borne since 2021."""

    city: str
    latitude: float
    longitude: float
    names: tuple[str, ...]


# The arena of each team. The Clippers shared the Lakers' until 2024, ten miles away: a schedule that names arenas says
# so, of another the difference is lost.
HOME = {
    "ATL": Arena("Atlanta", 33.7572, -84.3964, ("State Farm Arena",)),
    "BOS": Arena("Boston", 42.3663, -71.0622, ("TD Garden",)),
    "BKN": Arena("Brooklyn", 40.6827, -73.9752, ("Barclays Center",)),
    "CHA": Arena("Charlotte", 35.2250, -80.8392, ("Spectrum Center",)),
    "CHI": Arena("Chicago", 41.8806, -87.6742, ("United Center",)),
    "CLE": Arena("Cleveland", 41.4964, -81.6881, ("Rocket Arena", "Rocket Mortgage FieldHouse")),
    "DAL": Arena("Dallas", 32.7906, -96.8103, ("American Airlines Center",)),
    "DEN": Arena("Denver", 39.7486, -105.0075, ("Ball Arena",)),
    "DET": Arena("Detroit", 42.3411, -83.0550, ("Little Caesars Arena",)),
    "GSW": Arena("San Francisco", 37.7681, -122.3875, ("Chase Center",)),
    "HOU": Arena("Houston", 29.7508, -95.3622, ("Toyota Center",)),
    "IND": Arena("Indianapolis", 39.7639, -86.1556, ("Gainbridge Fieldhouse",)),
    "LAC": Arena("Inglewood", 33.9450, -118.3431, ("Intuit Dome",)),
    "LAL": Arena("Los Angeles", 34.0431, -118.2672, ("Crypto.com Arena", "Staples Center")),
    "MEM": Arena("Memphis", 35.1383, -90.0506, ("FedExForum",)),
    "MIA": Arena("Miami", 25.7814, -80.1881, ("Kaseya Center", "Miami-Dade Arena", "FTX Arena")),
    "MIL": Arena("Milwaukee", 43.0450, -87.9172, ("Fiserv Forum",)),
    "MIN": Arena("Minneapolis", 44.9794, -93.2761, ("Target Center",)),
    "NOP": Arena("New Orleans", 29.9489, -90.0819, ("Smoothie King Center",)),
    "NYK": Arena("New York", 40.7506, -73.9936, ("Madison Square Garden",)),
    "OKC": Arena("Oklahoma City", 35.4633, -97.5150, ("Paycom Center",)),
    "ORL": Arena("Orlando", 28.5392, -81.3836, ("Kia Center", "Amway Center")),
    "PHI": Arena("Philadelphia", 39.9011, -75.1719, ("Xfinity Mobile Arena", "Wells Fargo Center")),
    "PHX": Arena("Phoenix", 33.4458, -112.0714, ("Mortgage Matchup Center", "PHX Arena", "Footprint Center")),
    "POR": Arena("Portland", 45.5317, -122.6667, ("Moda Center",)),
    "SAC": Arena("Sacramento", 38.5803, -121.4997, ("Golden 1 Center",)),
    "SAS": Arena("San Antonio", 29.4269, -98.4375, ("Frost Bank Center", "AT&T Center")),
    "TOR": Arena("Toronto", 43.6433, -79.3792, ("Scotiabank Arena",)),
    "UTA": Arena("Salt Lake City", 40.7683, -111.9011, ("Delta Center", "Vivint Arena")),
    "WAS": Arena("Washington", 38.8981, -77.0208, ("Capital One Arena",)),
}

_TEAM_BY_NAME = {name: team for team, arena in HOME.items() for name in arena.names}
_TEAM_BY_CITY = {arena.city: team for team, arena in HOME.items()}


def hosts(games: pd.DataFrame) -> pd.Series:
    """In whose arena, by the team's code, each of `games` (SCHEDULE_COLUMNS) is; NULL where that is nobody's.

    The arena is the one named; one with another name is taken for the city's. Where the schedule names neither it is
    the home team's, unless the game is on neutral ground.
    """
    unnamed = games["arena_name"].isna() & games["arena_city"].isna() & ~games["is_neutral"].eq(True).fillna(False)
    by_name, by_city = games["arena_name"].map(_TEAM_BY_NAME), games["arena_city"].map(_TEAM_BY_CITY)
    named = by_name.astype("string[pyarrow]").fillna(by_city.astype("string[pyarrow]"))
    return named.fillna(games["home_team_abbr"].where(unnamed))


def miles(starts: pd.Series, ends: pd.Series) -> pd.Series:
    """Statute miles between the arenas of each of `starts` and `ends`, teams by their codes; NaN where one is NULL."""
    pairs = zip(starts, ends, strict=True)
    return pd.Series([_miles(*pair) if {*pair} <= HOME.keys() else np.nan for pair in pairs], starts.index, "float64")


@cache
def _miles(start: str, end: str) -> float:
    """The great-circle distance, by the haversine formula."""
    north, east = (math.radians(getattr(HOME[start], name)) for name in ("latitude", "longitude"))
    other_north, other_east = (math.radians(getattr(HOME[end], name)) for name in ("latitude", "longitude"))
    along = math.cos(north) * math.cos(other_north) * math.sin((other_east - east) / 2) ** 2
    return 2 * _EARTH_MILES * math.asin(math.sqrt(math.sin((other_north - north) / 2) ** 2 + along))
