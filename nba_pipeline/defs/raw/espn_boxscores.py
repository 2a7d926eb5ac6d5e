"""The asset of espn_boxscores."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import espn_boxscores as source

espn_boxscores = feed_asset(source)
