"""The asset of odds_api_game_lines."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import odds_api_game_lines as source

odds_api_game_lines = feed_asset(source)
