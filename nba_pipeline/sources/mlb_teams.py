"""Baseball's thirty teams with MLB's codes, by code and by name."""

import pandas as pd

NAMES = {
    "ATH": "Athletics",
    "ATL": "Atlanta Braves",
    "AZ": "Arizona Diamondbacks",
    "BAL": "Baltimore Orioles",
    "BOS": "Boston Red Sox",
    "CHC": "Chicago Cubs",
    "CIN": "Cincinnati Reds",
    "CLE": "Cleveland Guardians",
    "COL": "Colorado Rockies",
    "CWS": "Chicago White Sox",
    "DET": "Detroit Tigers",
    "HOU": "Houston Astros",
    "KC": "Kansas City Royals",
    "LAA": "Los Angeles Angels",
    "LAD": "Los Angeles Dodgers",
    "MIA": "Miami Marlins",
    "MIL": "Milwaukee Brewers",
    "MIN": "Minnesota Twins",
    "NYM": "New York Mets",
    "NYY": "New York Yankees",
    "PHI": "Philadelphia Phillies",
    "PIT": "Pittsburgh Pirates",
    "SD": "San Diego Padres",
    "SEA": "Seattle Mariners",
    "SF": "San Francisco Giants",
    "STL": "St. Louis Cardinals",
    "TB": "Tampa Bay Rays",
    "TEX": "Texas Rangers",
    "TOR": "Toronto Blue Jays",
    "WSH": "Washington Nationals",
}

# The Athletics left Oakland after 2024; bookmakers write the old name on.
_BY_NAME = {name: code for code, name in NAMES.items()} | {"Oakland Athletics": "ATH"}
_BY_CODE = {code: code for code in NAMES} | {
    **{"ARI": "AZ", "CHW": "CWS", "KCR": "KC", "OAK": "ATH", "SDP": "SD", "SFG": "SF"},
    **{"TBR": "TB", "WAS": "WSH", "WSN": "WSH"},
}


def team_abbr(codes: pd.Series) -> pd.Series:
    """MLB's code of each team; NULL where a code is no team's."""
    return codes.map(_BY_CODE).astype("string[pyarrow]")


def team_abbr_of_names(names: pd.Series) -> pd.Series:
    """MLB's code of each team by its full name; NULL where a name is no team's, as in the all-star game."""
    return names.map(_BY_NAME).astype("string[pyarrow]")
