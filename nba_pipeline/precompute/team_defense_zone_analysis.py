"""team_defense_zone_analysis: what opponents did by zone against each team of a day's games, beside the league.

Windows count a team's last games of the year before, those with known zones where zones are meant. The league is all
teams' windows together, as of the day. A day's rows depend on games before it alone.
"""

from collections.abc import Iterator

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics import rates, slate, upcoming_team_game_context
from nba_pipeline.analytics.shot_zones import COUNT_COLUMNS, ZONES
from nba_pipeline.rules import within
from nba_pipeline.table import Column, Table, nullable, required
from nba_pipeline.windows import History

GAMES = 15
TOO_FEW_GAMES = "fewer_than_15_games_with_zones"

_TEAM = ("game_date", "game_id", "team_abbr", "opponent_abbr", "is_home")
UPCOMING_COLUMNS = _TEAM
_COUNTS = tuple(f"opponent_{name}" for name in COUNT_COLUMNS)
DEFENSE_COLUMNS = (*slate.GAME, "team_abbr", "season_type", "opponent_points", "possessions", *_COUNTS)


def _columns(zone: str) -> Iterator[Column]:
    yield nullable(f"{zone}_share", "FLOAT64", "Share of opponents' shots from there, 0..1")
    yield nullable(f"{zone}_made_share", "FLOAT64", "Share made of opponents' shots from there, 0..1")
    yield nullable(f"league_{zone}_made_share", "FLOAT64", "The same of the league, 0..1")
    yield nullable(
        f"{zone}_difference",
        "FLOAT64",
        "100 (made_share - league's made_share), percentage points: above 0 where opponents make more than elsewhere",
    )


TABLE = Table(
    dataset="nba_precompute",
    name="team_defense_zone_analysis",
    description="One row per team of a day's games: its opponents' shots by zone in its last games, and the league's.",
    key=("game_id", "team_abbr"),
    cluster_by=("team_abbr",),
    columns=(
        *(upcoming_team_game_context.TABLE.column(name) for name in _TEAM),
        required("games_used", "INT64", f"Its last games with known zones, 0..{GAMES}"),
        *(column for zone in ZONES for column in _columns(zone)),
        nullable("weakest_zone", "STRING", "The zone with the highest difference"),
        nullable("strongest_zone", "STRING", "The zone with the lowest difference"),
        nullable("defensive_rating", "FLOAT64", f"Opponents' points per 100 possessions, last {GAMES} games, 40..200"),
        nullable("league_defensive_rating", "FLOAT64", "The same of the league"),
        required("is_complete", "BOOL", f"Whether {GAMES} games with known zones are there"),
        nullable("incomplete_reason", "STRING", f"NULL when complete, else {TOO_FEW_GAMES}"),
    ),
)

RULES = (
    within(
        **{f"{zone}_{what}": (0, 1) for zone in ZONES for what in ("share", "made_share")},
        defensive_rating=(40, 200),
    ),
)


def analyse(upcoming: pd.DataFrame, defense: pd.DataFrame) -> pd.DataFrame:
    """Rows of TABLE for those of upcoming_team_game_context (UPCOMING_COLUMNS).

    `defense` (DEFENSE_COLUMNS of team_defense_game_summary) holds at least the games of the slate.HISTORY_DAYS days
    before each of them.
    """
    if upcoming.empty:
        return frames.empty(TABLE)
    rows = upcoming[list(_TEAM)].reset_index(drop=True)
    counted = slate.counted(defense)
    own, league = _totals(rows, counted.dropna(subset=list(_COUNTS)), _COUNTS)
    rated, league_rated = _totals(rows, counted.dropna(subset=list(_RATED)), _RATED)
    rows = rows.assign(
        games_used=own["games"],
        **_zones(own, league),
        defensive_rating=_rating(rated),
        league_defensive_rating=_rating(league_rated),
    )
    is_complete = rows["games_used"] >= GAMES
    rows = rows.assign(
        **_extremes(rows),
        is_complete=is_complete,
        incomplete_reason=pd.Series(TOO_FEW_GAMES, rows.index).mask(is_complete),
    )
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)


_RATED = ("opponent_points", "possessions")


def _totals(rows: pd.DataFrame, games: pd.DataFrame, names: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The sums of `names`, and of `games`, over the last games of each row's team, and of all teams."""
    history = History(games, "team_abbr", names)
    window = history.within(rows["team_abbr"], rows["game_date"], slate.HISTORY_DAYS).last(GAMES)
    own = pd.DataFrame({name: history.total(name, window) for name in names}).assign(games=window.games)
    return own, history.of_all(names, rows["game_date"], slate.HISTORY_DAYS, GAMES)


def _zones(own: pd.DataFrame, league: pd.DataFrame) -> dict[str, pd.Series]:
    attempts = own[[f"opponent_{zone}_attempted" for zone in ZONES]].sum(axis=1)
    found = {}
    for zone in ZONES:
        made, usual = (
            rates.ratio(totals[f"opponent_{zone}_made"], totals[f"opponent_{zone}_attempted"])
            for totals in (own, league)
        )
        found[f"{zone}_share"] = rates.ratio(own[f"opponent_{zone}_attempted"], attempts)
        found[f"{zone}_made_share"], found[f"league_{zone}_made_share"] = made, usual
        found[f"{zone}_difference"] = 100 * (made - usual)
    return found


def _rating(totals: pd.DataFrame) -> pd.Series:
    return rates.ratio(100 * totals["opponent_points"], totals["possessions"])


def _extremes(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """The first of the zones with the highest and the lowest difference; NULL where one is unknown."""
    differences = rows[[f"{zone}_difference" for zone in ZONES]].set_axis(ZONES, axis=1)
    known = differences.notna().all(axis=1)
    places = {
        "weakest_zone": differences.fillna(0).idxmax(axis=1),
        "strongest_zone": differences.fillna(0).idxmin(axis=1),
    }
    return {name: zones.where(known).astype("string[pyarrow]") for name, zones in places.items()}
