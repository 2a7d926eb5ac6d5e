"""What bookmakers offered before a game began, as one number: the median over bookmakers of each one's newest."""

import pandas as pd

from nba_pipeline.analytics.slate import GAME

_OFFER = ("game_date", "commence_time", "home_team_abbr", "away_team_abbr", "bookmaker", "snapshot_ts")
PROP_COLUMNS = (*_OFFER, "player_lookup", "points_line", "over_implied_probability", "under_implied_probability")
GAME_LINE_COLUMNS = (*_OFFER, "market", "outcome", "point")


def points_lines(props: pd.DataFrame, sides: pd.DataFrame) -> pd.DataFrame:
    """The points line of each player in the games of `sides` (rows of slate.team_games), from `props` (PROP_COLUMNS).

    As `consensus` gives it.
    """
    return consensus(_before_tip_off(props, sides), [*GAME, "player_lookup"], "points_line")


def consensus(lines: pd.DataFrame, by: list[str], line: str) -> pd.DataFrame:
    """The `line` of each `by` among `lines`, all from before the game, with who offered one and when.

    `<line>_bookmakers` counts the bookmakers, `<line>_ts` is the newest snapshot among theirs.
    """
    offered = main_lines(lines, by, line).groupby(by, as_index=False)
    named = {line: (line, "median"), f"{line}_bookmakers": ("bookmaker", "size"), f"{line}_ts": ("snapshot_ts", "max")}
    return offered.agg(**named)


def main_lines(lines: pd.DataFrame, by: list[str], line: str) -> pd.DataFrame:
    """The newest of `lines` of each `by` and bookmaker.

    Of a bookmaker's alternate lines the main one is taken, whose over and under are the most evenly priced.
    """
    uneven = (lines["over_implied_probability"] - lines["under_implied_probability"]).abs()
    return _newest(lines.assign(uneven=uneven), [*by, "bookmaker"], ["uneven", line])


def spreads_and_totals(lines: pd.DataFrame, sides: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The `spread` of each team and the `total` of each game of `sides`, from `lines` (GAME_LINE_COLUMNS).

    A spread is what is added to the team's points.
    """
    offered = _before_tip_off(lines.dropna(subset="point"), sides)
    newest = _newest(offered, [*GAME, "bookmaker", "market", "outcome"], ["point"])
    spreads = newest[newest["market"].eq("spreads")]
    spreads = spreads.assign(is_home=spreads["outcome"].eq("home").astype("bool"))
    totals = newest[newest["market"].eq("totals") & newest["outcome"].eq("over")]
    return _median(spreads, [*GAME, "is_home"], "spread"), _median(totals, list(GAME), "total")


def _before_tip_off(offers: pd.DataFrame, sides: pd.DataFrame) -> pd.DataFrame:
    """Those of `offers` on the games of `sides` that stood before the tip-off, with the game's id.

    Where the schedule has no tip-off the bookmaker's own time of it is taken.
    """
    teams = {"team_abbr": "home_team_abbr", "opponent_abbr": "away_team_abbr"}
    games = sides[sides["is_home"]].rename(columns=teams)[[*GAME, *teams.values(), "tipoff_utc"]]
    found = offers.merge(games)
    return found[found["snapshot_ts"] < found["tipoff_utc"].fillna(found["commence_time"])]


def _newest(offers: pd.DataFrame, by: list[str], ties: list[str]) -> pd.DataFrame:
    """The newest offer of each `by`; of those at one moment the least by `ties`."""
    ordered = offers.sort_values(["snapshot_ts", *ties], ascending=[False, *(True for _ in ties)])
    return ordered.drop_duplicates(by)


def _median(offers: pd.DataFrame, by: list[str], name: str) -> pd.DataFrame:
    return offers.groupby(by, as_index=False)["point"].median().rename(columns={"point": name})
