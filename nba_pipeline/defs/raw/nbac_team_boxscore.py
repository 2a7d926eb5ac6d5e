"""The asset of nbac_team_boxscore."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import nbac_team_boxscore as source

nbac_team_boxscore = feed_asset(source)
