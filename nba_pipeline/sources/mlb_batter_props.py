"""Batters' lines of baseball games: the Odds API's answer for an event with any of its batter markets."""

import pandas as pd

from nba_pipeline.sources import mlb_props, odds_api
from nba_pipeline.sources.feed import Feed
from nba_pipeline.sources.payload import Cleaned, Parsed

FEED = Feed(
    "mlb_batter_props", "mlb-odds-api/batter-props/{date}/{event_id}-{teams}/{ts}-snap-{hhmm}.json", holds="snapshot"
)

TABLE = mlb_props.table("mlb_batter_props", of="batters", market="batter_hits")


def parse(content: bytes) -> Parsed:
    """The batters' lines of an event, live or historical."""
    return odds_api.lines(content, lambda market: market.startswith("batter_"))


def clean(values: pd.DataFrame) -> Cleaned:
    """The lines as rows of TABLE without lineage."""
    return mlb_props.clean_lines(values)
