"""The asset of bigdataball_play_by_play."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import bigdataball_play_by_play as source

bigdataball_play_by_play = feed_asset(source)
