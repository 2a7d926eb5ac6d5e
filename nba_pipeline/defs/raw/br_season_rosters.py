"""The asset of br_season_rosters."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import br_season_rosters as source

br_season_rosters = feed_asset(source)
