"""Pitchers' lines of MLB's box scores of a day."""

from typing import Literal

import pandas as pd

from nba_pipeline.sources import mlb_box_scores
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.mlb_box_scores import Count, PlayerLine
from nba_pipeline.sources.payload import Cleaned, Parsed, garbled, reject
from nba_pipeline.table import Table, nullable

FEED = Feed("mlb_pitcher_stats", mlb_box_scores.PATH)

_COUNTS = {
    "strikeouts": "Batters struck out",
    "pitches_thrown": "Pitches",
    "strikes": "Pitches that were strikes",
    "balls": "Pitches that were balls",
    "hits_allowed": "Hits against him",
    "walks": "Walks given",
    "earned_runs": "Earned runs against him",
    "runs": "Runs against him",
    "home_runs_allowed": "Home runs against him",
    "batters_faced": "Batters faced",
}
_FLAGS = {
    "is_starter": "Whether he began the game for his team",
    "win": "Whether the win is his",
    "loss": "Whether the loss is his",
    "save": "Whether the save is his",
}

TABLE = Table(
    dataset="mlb_raw",
    name="mlb_pitcher_stats",
    description="One line per pitcher and game he pitched in, as MLB's box scores gave it last.",
    key=mlb_box_scores.KEY,
    strategy="upsert",
    newest_by="scraped_at",
    cluster_by=("player_id",),
    columns=(
        *mlb_box_scores.LINE_COLUMNS,
        nullable("outs_recorded", "INT64", "Outs while he pitched, three an inning: 6.2 innings are 20"),
        *(nullable(name, "INT64", what) for name, what in _COUNTS.items()),
        *(nullable(name, "BOOL", what) for name, what in _FLAGS.items()),
        *LINEAGE,
    ),
)


class PitcherLine(PlayerLine):
    """A pitcher's line."""

    innings_pitched: str | float | None = None
    strikeouts: Count | None = None
    pitches_thrown: Count | None = None
    strikes: Count | None = None
    balls: Count | None = None
    hits_allowed: Count | None = None
    walks: Count | None = None
    earned_runs: Count | None = None
    runs: Count | None = None
    home_runs_allowed: Count | None = None
    batters_faced: Count | None = None
    is_starter: bool | Literal[0, 1] | None = None
    win: bool | Literal[0, 1] | None = None
    loss: bool | Literal[0, 1] | None = None
    save: bool | Literal[0, 1] | None = None


def parse(content: bytes) -> Parsed:
    """The pitchers' lines of a day."""
    columns = {"outs_recorded": "innings_pitched", **{name: name for name in _COUNTS | _FLAGS}}
    return mlb_box_scores.parse_lines(content, "pitcher_stats", PitcherLine, columns)


def clean(values: pd.DataFrame) -> Cleaned:
    """The lines as rows of TABLE without lineage."""
    rows, incomplete = mlb_box_scores.clean_lines(values)
    rows = rows.assign(
        outs_recorded=_outs(rows["outs_recorded"]),
        **mlb_box_scores.counts(rows, _COUNTS),
        **{name: mlb_box_scores.flags(rows[name]) for name in _FLAGS},
    )
    unclear = garbled(values["outs_recorded"][rows.index], rows["outs_recorded"])
    rows, endless = reject(rows, unclear, "innings_pitched makes no sense")
    return rows, [*incomplete, *endless]


def _outs(innings: pd.Series) -> pd.Series:
    """Innings as feeds write them, the digit behind the point being outs: 6.2 is six innings and two outs."""
    parts = innings.map(str, na_action="ignore").astype("string[pyarrow]").str.extract(r"^([0-9]{1,2})(?:\.([012]))?$")
    whole, outs = (parts[part].astype("Int64") for part in (0, 1))
    return 3 * whole + outs.fillna(0)
