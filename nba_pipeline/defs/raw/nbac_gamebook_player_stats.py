"""The asset of nbac_gamebook_player_stats."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import nbac_gamebook_player_stats as source

nbac_gamebook_player_stats = feed_asset(source)
