"""The asset of espn_team_rosters."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import espn_team_rosters as source

espn_team_rosters = feed_asset(source)
