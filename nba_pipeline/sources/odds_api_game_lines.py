"""The Odds API's game lines: winners, spreads and totals by bookmaker, one object is a game at a moment."""

import numpy as np
import pandas as pd

from nba_pipeline.sources import odds_api
from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.odds import price_columns, priced
from nba_pipeline.sources.payload import Cleaned, Parsed, reject, reject_missing
from nba_pipeline.sources.teams import team_abbr_of_names
from nba_pipeline.table import Table, nullable, required

FEED = Feed(
    "odds_api_game_lines",
    "odds-api/game-lines/{date}/{event_id}-{teams}/{ts}-snap-{hhmm}.json",
    holds="snapshot",
)

TABLE = Table(
    dataset="nba_raw",
    name="odds_api_game_lines",
    description="Every bookmaker's moneylines, spreads and totals of a game at each snapshot.",
    key=("event_id", "bookmaker", "market", "outcome", "snapshot_ts"),
    strategy="upsert",
    newest_by="scraped_at",
    cluster_by=("event_id",),
    columns=(
        *odds_api.EVENT_COLUMNS,
        required("market", "STRING", "h2h (who wins), spreads or totals, and others by the API's key"),
        required("outcome", "STRING", "home, away, over or under"),
        nullable("point", "FLOAT64", "The spread added to the team's points, or the total; NULL where there is none"),
        *price_columns("", "the outcome"),
        *LINEAGE,
    ),
)

_WITH_POINTS = ("spreads", "totals")


def parse(content: bytes) -> Parsed:
    """The outcomes of all markets of an event, or of a list of events, live or historical."""
    return odds_api.bets(content, lambda _: True)


def clean(values: pd.DataFrame) -> Cleaned:
    """The outcomes as rows of TABLE without lineage."""
    rows, unplaced = odds_api.clean_events(values, team_abbr_of_names)
    rows, unclear = priced(rows.assign(outcome=_outcomes(rows), point=rows["point"].astype("float64")), "")
    rows, unpriced = reject(rows, unclear, "a price is neither American nor decimal")
    rows, unknown = reject_missing(rows, ("outcome",))
    rows, pointless = reject(rows, rows["market"].isin(_WITH_POINTS) & rows["point"].isna(), "point is missing")
    return rows, [*unplaced, *unpriced, *unknown, *pointless]


def _outcomes(rows: pd.DataFrame) -> pd.Series:
    """Each outcome by its side: the API names a team or `Over` and `Under`."""
    names = rows["outcome"]
    sides = [names == rows["home_team"], names == rows["away_team"], names == "Over", names == "Under"]
    named = np.select(sides, ["home", "away", "over", "under"], default=None)  # type: ignore[call-overload]
    return pd.Series(named, rows.index, dtype="string[pyarrow]")
