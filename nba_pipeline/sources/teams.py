"""The league's thirty teams with NBA.com's ids and codes, and the codes that other sources use."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class Team:
    """A team: NBA.com's id and three-letter code, and its city and nickname."""

    id: int
    abbr: str
    city: str
    nickname: str

    @property
    def name(self) -> str:
        """City and nickname."""
        return f"{self.city} {self.nickname}"


TEAMS = (
    Team(1610612737, "ATL", "Atlanta", "Hawks"),
    Team(1610612738, "BOS", "Boston", "Celtics"),
    Team(1610612739, "CLE", "Cleveland", "Cavaliers"),
    Team(1610612740, "NOP", "New Orleans", "Pelicans"),
    Team(1610612741, "CHI", "Chicago", "Bulls"),
    Team(1610612742, "DAL", "Dallas", "Mavericks"),
    Team(1610612743, "DEN", "Denver", "Nuggets"),
    Team(1610612744, "GSW", "Golden State", "Warriors"),
    Team(1610612745, "HOU", "Houston", "Rockets"),
    Team(1610612746, "LAC", "LA", "Clippers"),
    Team(1610612747, "LAL", "Los Angeles", "Lakers"),
    Team(1610612748, "MIA", "Miami", "Heat"),
    Team(1610612749, "MIL", "Milwaukee", "Bucks"),
    Team(1610612750, "MIN", "Minnesota", "Timberwolves"),
    Team(1610612751, "BKN", "Brooklyn", "Nets"),
    Team(1610612752, "NYK", "New York", "Knicks"),
    Team(1610612753, "ORL", "Orlando", "Magic"),
    Team(1610612754, "IND", "Indiana", "Pacers"),
    Team(1610612755, "PHI", "Philadelphia", "76ers"),
    Team(1610612756, "PHX", "Phoenix", "Suns"),
    Team(1610612757, "POR", "Portland", "Trail Blazers"),
    Team(1610612758, "SAC", "Sacramento", "Kings"),
    Team(1610612759, "SAS", "San Antonio", "Spurs"),
    Team(1610612760, "OKC", "Oklahoma City", "Thunder"),
    Team(1610612761, "TOR", "Toronto", "Raptors"),
    Team(1610612762, "UTA", "Utah", "Jazz"),
    Team(1610612763, "MEM", "Memphis", "Grizzlies"),
    Team(1610612764, "WAS", "Washington", "Wizards"),
    Team(1610612765, "DET", "Detroit", "Pistons"),
    Team(1610612766, "CHA", "Charlotte", "Hornets"),
)

BY_ABBR = {team.abbr: team for team in TEAMS}

# Other sources' codes of a team, and NBA.com's own. No source uses another team's code for one of its own.
ALIASES = {
    # ESPN.
    "GS": "GSW",
    "NO": "NOP",
    "NY": "NYK",
    "SA": "SAS",
    "UTAH": "UTA",
    "WSH": "WAS",
    # Basketball-Reference.
    "BRK": "BKN",
    "CHO": "CHA",
    "PHO": "PHX",
}

_BY_CODE = {abbr: abbr for abbr in BY_ABBR} | ALIASES
_BY_ID = {team.id: team.abbr for team in TEAMS}
# The Odds API spells the city out.
_BY_NAME = {team.name: team.abbr for team in TEAMS} | {"Los Angeles Clippers": "LAC"}


def team_abbr(codes: pd.Series) -> pd.Series:
    """NBA.com's code of each team, whatever source's code is given; NULL where a code is no team's."""
    return codes.map(_BY_CODE).astype("string[pyarrow]")


def team_abbr_of_ids(ids: pd.Series) -> pd.Series:
    """NBA.com's code of each of NBA.com's team ids; NULL where an id is no team's."""
    return ids.map(_BY_ID).astype("string[pyarrow]")


def team_abbr_of_names(names: pd.Series) -> pd.Series:
    """NBA.com's code of each team by its city and nickname; NULL where a name is no team's."""
    return names.map(_BY_NAME).astype("string[pyarrow]")


def opponents(teams: pd.Series, home: pd.Series, away: pd.Series) -> pd.Series:
    """The other team of each game between `home` and `away`; NULL where the team is neither, or one is unknown."""
    at_home, visiting = teams.eq(home).fillna(False), teams.eq(away).fillna(False)
    return away.where(at_home, home.where(visiting))
