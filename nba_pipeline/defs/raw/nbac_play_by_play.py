"""The asset of nbac_play_by_play."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import nbac_play_by_play as source

nbac_play_by_play = feed_asset(source)
