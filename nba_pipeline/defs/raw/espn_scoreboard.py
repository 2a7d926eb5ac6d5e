"""The asset of espn_scoreboard."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import espn_scoreboard as source

espn_scoreboard = feed_asset(source)
