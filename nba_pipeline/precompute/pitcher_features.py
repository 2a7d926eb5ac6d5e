"""pitcher_features: what is known before a baseball game of each pitcher whose strikeouts bookmakers offer a line on.

The lines are the slate: no feed names the starters of a day. Nobody on it is left out: a pitcher whom the box scores do
not know, or not well enough, is marked with the reason. Form counts starts alone.

A day's rows depend on that day's lines from before each game, and on the box scores of the HISTORY_DAYS days before it.
"""

import numpy as np
import pandas as pd

from nba_pipeline import frames, poisson
from nba_pipeline.analytics import betting_lines, rates
from nba_pipeline.game_days import year_starts
from nba_pipeline.rules import within
from nba_pipeline.sources import mlb_pitcher_props
from nba_pipeline.table import Table, nullable, required
from nba_pipeline.windows import History, Window

HISTORY_DAYS = 365
OPPONENT_DAYS = 30
FEWEST_STARTS = 3
# Where the box score does not say who began: a reliever seldom faces so many.
STARTERS_BATTERS = 10

UNKNOWN = "no_box_score_in_a_year"
SEVERAL = "several_pitchers_of_that_name"
TOO_FEW_STARTS = f"fewer_than_{FEWEST_STARTS}_starts"
REASONS = (UNKNOWN, SEVERAL, TOO_FEW_STARTS)

MARKET = "pitcher_strikeouts"
_EVENT = ("game_date", "event_id", "commence_time", "home_team_abbr", "away_team_abbr")
_PITCHER = (*_EVENT, "player_lookup")
_PRICES = ("over_implied_probability", "under_implied_probability")
PROP_COLUMNS = (*_PITCHER, "player_name", "bookmaker", "market", "snapshot_ts", "line", *_PRICES)
_GAME = ("game_date", "game_pk", "player_id", "player_lookup", "team_abbr", "opponent_abbr")
_PER_START = {"strikeouts": "Batters struck out", "batters_faced": "Batters faced", "outs_recorded": "Outs"}
STATS_COLUMNS = (*_GAME, "is_starter", *_PER_START)
_WINDOWS = (3, 5, 10)

TABLE = Table(
    dataset="mlb_precompute",
    name="pitcher_features",
    description="One row per pitcher with a strikeout line before a day's games: his form, or why it is incomplete.",
    key=("event_id", "player_lookup"),
    cluster_by=("player_lookup",),
    columns=(
        *(mlb_pitcher_props.TABLE.column(name) for name in _PITCHER),
        required("player_name", "STRING", "The name as the newest of the lines writes it"),
        nullable("player_id", "INT64", "MLB's player id; NULL where box scores know nobody, or several, of that name"),
        nullable("team_abbr", "STRING", "The team he pitched for last; NULL where it does not play in this game"),
        nullable("opponent_abbr", "STRING", "The other team; NULL where team_abbr is"),
        required(
            "strikeout_line", "FLOAT64", "Strikeouts: median over bookmakers of each one's newest before the game"
        ),
        required("strikeout_line_bookmakers", "INT64", "How many bookmakers it is the median of"),
        required("strikeout_line_ts", "TIMESTAMP", "The newest snapshot among them"),
        nullable(
            "strikeouts_implied",
            "FLOAT64",
            "Strikeouts that bookmakers expect, the median of theirs: the mean of a Poisson distribution of which as "
            "much lies above the line as the prices say without their margin, half where a price is missing",
        ),
        nullable("last_start_date", "DATE", f"Day of his last start within {HISTORY_DAYS} days"),
        nullable("days_rest", "INT64", "Whole days off since: 4 in a rotation of five"),
        required("starts_in_history", "INT64", f"Starts in the {HISTORY_DAYS} days before"),
        required("starts_this_season", "INT64", "Those of them in this calendar year"),
        *(
            nullable(
                f"{name}_last_{games}", "FLOAT64", f"{what} per start over his last {games}, fewer if he has fewer"
            )
            for name, what in _PER_START.items()
            for games in _WINDOWS
        ),
        *(
            nullable(f"{name}_{of}", "FLOAT64", f"{what} per start of {span}")
            for of, span in (("season", "this calendar year"), ("year", f"the {HISTORY_DAYS} days before"))
            for name, what in _PER_START.items()
        ),
        nullable(
            "strikeouts_deviation_10", "FLOAT64", "Sample standard deviation of strikeouts over his last 10 starts"
        ),
        nullable("strikeout_share_10", "FLOAT64", "Strikeouts per batter faced over his last 10 starts, 0..1"),
        nullable("strikeout_share_season", "FLOAT64", "Strikeouts per batter faced in this year's starts, 0..1"),
        nullable(
            "strikeout_share_year",
            "FLOAT64",
            f"Strikeouts per batter faced in the starts of the {HISTORY_DAYS} days before, 0..1",
        ),
        nullable(
            "opponent_strikeout_share",
            "FLOAT64",
            f"Strikeouts per batter that pitchers faced of the opponent in the {OPPONENT_DAYS} days before, 0..1",
        ),
        nullable(
            "league_strikeout_share",
            "FLOAT64",
            f"Strikeouts per batter that all pitchers faced in the {HISTORY_DAYS} days before, 0..1",
        ),
        required("is_complete", "BOOL", "Whether the form is good enough to stand on"),
        nullable(
            "incomplete_reason", "STRING", f"NULL when complete, else the first that holds of {', '.join(REASONS)}"
        ),
    ),
)

_SHARES = tuple(name for name in TABLE.column_names if "strikeout_share" in name)
RULES = (within(strikeouts_implied=(0, 60), **dict.fromkeys(_SHARES, (0, 1))),)


def features(days: pd.DatetimeIndex, props: pd.DataFrame, stats: pd.DataFrame) -> pd.DataFrame:
    """Rows of TABLE for `days`, from `props` (PROP_COLUMNS of mlb_pitcher_props) of at least those days.

    `stats` (STATS_COLUMNS of mlb_pitcher_stats) holds at least the HISTORY_DAYS days before each of `days`.
    """
    slate = _slate(props[props["game_date"].isin(days)])
    if slate.empty:
        return frames.empty(TABLE)
    lines = stats.rename(columns={"game_pk": "game_id"})
    slate = _identified(slate, lines)
    slate = slate.assign(
        **_form(slate, lines),
        opponent_strikeout_share=_opponents(slate, lines),
        league_strikeout_share=_league(slate, lines),
    )
    reasons = _reasons(slate)
    return frames.typed(TABLE, slate.assign(is_complete=reasons.isna(), incomplete_reason=reasons)).sort_values(
        ["game_date", *TABLE.key], ignore_index=True
    )


def _slate(props: pd.DataFrame) -> pd.DataFrame:
    """Each pitcher of each game with his line."""
    offered = props[props["market"].eq(MARKET) & (props["snapshot_ts"] < props["commence_time"])]
    offered = offered.rename(columns={"line": "strikeout_line"})
    by = ["event_id", "player_lookup"]
    # What an event is said to be may change from one snapshot to the next.
    newest = offered.sort_values(["snapshot_ts", "bookmaker", "player_name"]).drop_duplicates(by, keep="last")
    slate = newest[[*_PITCHER, "player_name"]].merge(betting_lines.consensus(offered, by, "strikeout_line"), on=by)
    return slate.merge(_implied(betting_lines.main_lines(offered, by, "strikeout_line"), by), on=by)


def _implied(lines: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The strikeouts that bookmakers expect by their main `lines`."""
    over, under = (lines[price].astype("float64") for price in _PRICES)
    implied = poisson.mean_of(lines["strikeout_line"], rates.ratio(over, over + under).fillna(0.5))
    return lines.assign(strikeouts_implied=implied).groupby(by, as_index=False)["strikeouts_implied"].median()


def _identified(slate: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """`slate` with who each pitcher is, by his name and by the team that he pitched for last.

    `namesakes` counts those whom he may be; he is one of them where one plays for a team of the game, or there is one.
    """
    # A name counts from the first game under it: nobody knows before how he will be written.
    pitched = History(lines.assign(known_as=_known_as(lines)), "known_as", ())
    named = lines[["player_lookup", "player_id"]].drop_duplicates()
    asked = slate.reset_index(names="place")[[*_PITCHER, "place"]].merge(named, on="player_lookup")
    window = pitched.within(_known_as(asked), asked["game_date"], HISTORY_DAYS)
    known, window = asked[window.games > 0].reset_index(drop=True), window.only(window.games > 0)
    known = known.assign(team_abbr=pitched.last_rows(window)["team_abbr"])
    at_home, away = (known["team_abbr"] == known[f"{side}_team_abbr"] for side in ("home", "away"))
    other = known["home_team_abbr"].where(away, known["away_team_abbr"]).where(at_home | away)
    known = known.assign(opponent_abbr=other, team_abbr=known["team_abbr"].where(at_home | away))
    plays = known["team_abbr"].notna()
    known = known[plays | ~plays.groupby(known["place"]).transform("any")]
    namesakes = known.groupby("place").size().reindex(slate.index, fill_value=0)
    of_one = known[known["place"].map(namesakes) == 1].set_index("place")
    found = of_one[["player_id", "team_abbr", "opponent_abbr"]].reindex(slate.index)
    return slate.assign(**found, namesakes=namesakes)


def _known_as(rows: pd.DataFrame) -> pd.Series:
    return rows["player_lookup"] + " " + rows["player_id"].astype("string[pyarrow]")


def _form(slate: pd.DataFrame, lines: pd.DataFrame) -> dict[str, object]:
    """The columns that count his starts."""
    began = lines["is_starter"].fillna(lines["batters_faced"] >= STARTERS_BATTERS).fillna(False)
    starts = History(lines[began.astype(bool)], "player_id", _PER_START)
    owners, days = slate["player_id"], slate["game_date"]
    year = starts.within(owners, days, HISTORY_DAYS)
    season = starts.since(year, owners, year_starts(days))
    windows = {**{f"last_{games}": year.last(games) for games in _WINDOWS}, "season": season, "year": year}
    last = starts.newest("game_date", year)
    return {
        **{f"{name}_{of}": starts.mean(name, window) for name in _PER_START for of, window in windows.items()},
        "strikeouts_deviation_10": starts.deviation("strikeouts", year.last(10)),
        "strikeout_share_10": _share(starts, year.last(10)),
        "strikeout_share_season": _share(starts, season),
        "strikeout_share_year": _share(starts, year),
        "starts_in_history": year.games,
        "starts_this_season": season.games,
        "last_start_date": last,
        "days_rest": (days - last).dt.days.astype("Int64") - 1,
    }


def _opponents(slate: pd.DataFrame, lines: pd.DataFrame) -> pd.Series:
    """How often the batters of the other team struck out of late."""
    faced = History(lines, "opponent_abbr", _PER_START)
    return _share(faced, faced.within(slate["opponent_abbr"], slate["game_date"], OPPONENT_DAYS))


def _league(slate: pd.DataFrame, lines: pd.DataFrame) -> pd.Series:
    """How often batters struck out, whoever pitched."""
    everybody = History(lines.assign(of="all"), "of", _PER_START)
    of_all = pd.Series("all", slate.index)
    return _share(everybody, everybody.within(of_all, slate["game_date"], HISTORY_DAYS))


def _share(history: History, window: Window) -> pd.Series:
    struck_out, faced = (pd.Series(history.total(name, window)) for name in ("strikeouts", "batters_faced"))
    return rates.ratio(struck_out, faced)


def _reasons(slate: pd.DataFrame) -> pd.Series:
    few = slate["starts_in_history"] < FEWEST_STARTS
    chosen = np.select([slate["namesakes"] == 0, slate["namesakes"] > 1, few], REASONS, default="")
    return pd.Series(chosen, slate.index, dtype="string[pyarrow]").replace("", pd.NA)
