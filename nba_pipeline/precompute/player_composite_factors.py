"""player_composite_factors: what a night does to a player's form, as four numbers that can be read.

Their weights are priors in plain sight, not fitted: who learns finds what they are made of in ml_feature_store.
A day's rows depend on the contexts and zone analyses of that day, and on teams' games before it.
"""

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics import rates, slate, upcoming_player_game_context
from nba_pipeline.analytics.shot_zones import POINTS, ZONES
from nba_pipeline.rules import within
from nba_pipeline.table import Table, nullable, required
from nba_pipeline.windows import History

PACE_GAMES = 15

_LOAD = ("is_back_to_back", "games_last_7_days", "games_last_14_days", "minutes_last_7_days")
UPCOMING_COLUMNS = (*slate.PLAYER, *_LOAD, "usage_last_10", "usage_season")
TEAM_COLUMNS = ("game_date", "game_id", "team_abbr", "travel_miles")
SHOT_COLUMNS = ("game_id", "player_id", "is_complete", *(f"{zone}_share_20" for zone in ZONES))
DEFENSE_COLUMNS = (
    *("game_id", "team_abbr", "is_complete"),
    *(f"{prefix}{zone}_made_share" for zone in ZONES for prefix in ("", "league_")),
)
OFFENSE_COLUMNS = (*slate.GAME, "team_abbr", "season_type", "pace")

TABLE = Table(
    dataset="nba_precompute",
    name="player_composite_factors",
    description="One row per player on a day's slate: fatigue, zone mismatch, pace and usage as single numbers.",
    key=("game_id", "player_id"),
    cluster_by=("player_id",),
    columns=(
        *(upcoming_player_game_context.TABLE.column(name) for name in slate.PLAYER),
        required(
            "fatigue",
            "FLOAT64",
            "0 rested to 100: 30 on a back-to-back, 10 for each game of the last 7 days above 3, 5 for each of the "
            "last 14 above 6, 0.25 for each minute of the last 7 days above 100, 5 for each 1,000 miles since the last "
            "game",
        ),
        nullable(
            "zone_mismatch",
            "FLOAT64",
            "Points per 100 of his shots that the opponent gives beyond the league, if he shoots from where he did in "
            "his last 20 games: 100 sum over zones of share * points * (opponent's made share - league's); NULL where "
            "either is incomplete",
        ),
        nullable(
            "expected_pace",
            "FLOAT64",
            f"Possessions per 48 minutes: both teams' mean pace over their last {PACE_GAMES} games, less the league's",
        ),
        nullable("pace_difference", "FLOAT64", "expected_pace - the league's mean pace: above 0 a faster game"),
        nullable(
            "usage_spike", "FLOAT64", "Usage over his last 10 games less the season's, in percentage points, -100..100"
        ),
    ),
)

RULES = (within(fatigue=(0, 100), zone_mismatch=(-100, 100), expected_pace=(60, 140), usage_spike=(-100, 100)),)


def factors(
    upcoming: pd.DataFrame, teams: pd.DataFrame, shots: pd.DataFrame, defense: pd.DataFrame, offense: pd.DataFrame
) -> pd.DataFrame:
    """Rows of TABLE for those of `upcoming` (UPCOMING_COLUMNS of upcoming_player_game_context).

    `teams` has TEAM_COLUMNS of upcoming_team_game_context, `shots` SHOT_COLUMNS of player_shot_zone_analysis, `defense`
    DEFENSE_COLUMNS of team_defense_zone_analysis; `offense` (OFFENSE_COLUMNS of team_offense_game_summary) holds at
    least the games of the slate.HISTORY_DAYS days before each day.
    """
    if upcoming.empty:
        return frames.empty(TABLE)
    rows = upcoming.merge(teams, on=["game_date", "game_id", "team_abbr"], how="left")
    expected, league = _paces(rows, slate.counted(offense).dropna(subset="pace"))
    rows = rows.assign(
        fatigue=_fatigue(rows),
        zone_mismatch=_zone_mismatch(rows, shots, defense),
        expected_pace=expected,
        pace_difference=expected - league,
        usage_spike=rows["usage_last_10"] - rows["usage_season"],
    )
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)


def _fatigue(rows: pd.DataFrame) -> pd.Series:
    load = (
        30 * rows["is_back_to_back"]
        + 10 * (rows["games_last_7_days"] - 3).clip(lower=0)
        + 5 * (rows["games_last_14_days"] - 6).clip(lower=0)
        + 0.25 * (rows["minutes_last_7_days"] - 100).clip(lower=0)
        + 5 * rows["travel_miles"].fillna(0) / 1000
    )
    return load.clip(upper=100)


def _zone_mismatch(rows: pd.DataFrame, shots: pd.DataFrame, defense: pd.DataFrame) -> pd.Series:
    of_opponent = defense.rename(columns={"team_abbr": "opponent_abbr", "is_complete": "opponent_is_complete"})
    both = rows[["game_id", "player_id", "opponent_abbr"]].merge(shots, on=["game_id", "player_id"], how="left")
    both = both.merge(of_opponent, on=["game_id", "opponent_abbr"], how="left")
    given = sum(
        POINTS[zone] * both[f"{zone}_share_20"] * (both[f"{zone}_made_share"] - both[f"league_{zone}_made_share"])
        for zone in ZONES
    )
    known = both["is_complete"].eq(True) & both["opponent_is_complete"].eq(True)
    return (100 * given).where(known.fillna(False))


def _paces(rows: pd.DataFrame, games: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The pace to expect of each row's game, and the league's."""
    history = History(games, "team_abbr", ("pace",))
    own, other = (
        history.mean("pace", history.within(rows[team], rows["game_date"], slate.HISTORY_DAYS).last(PACE_GAMES))
        for team in ("team_abbr", "opponent_abbr")
    )
    everybody = history.of_all(("pace",), rows["game_date"], slate.HISTORY_DAYS, PACE_GAMES)
    league = rates.ratio(everybody["pace"], everybody["games"])
    return own + other - league, league
