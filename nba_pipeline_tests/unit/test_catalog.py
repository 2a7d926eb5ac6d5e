"""The declared tables and Dagster's assets are the same things."""

import pytest

from nba_pipeline import catalog
from nba_pipeline.definitions import defs
from nba_pipeline.defs.partitions import CHUNKS, DAYS
from nba_pipeline.defs.run_queue import TableRunCoordinator, table_tag


def graph():
    return defs().resolve_asset_graph()


def test_every_declared_table_has_its_asset_and_every_asset_its_table():
    assert {".".join(key.path) for key in graph().get_all_asset_keys()} == set(catalog.tables())


def test_assets_stand_in_the_group_of_their_phase():
    groups = {key.path[-1]: graph().get(key).group_name for key in graph().get_all_asset_keys()}
    assert groups == {
        "nbac_schedule": "raw",
        "nbac_player_boxscores": "raw",
        "nbac_team_boxscore": "raw",
        "nbac_gamebook_player_stats": "raw",
        "nbac_play_by_play": "raw",
        "odds_api_player_points_props": "raw",
        "odds_api_game_lines": "raw",
        "mlb_batter_props": "raw",
        "mlb_pitcher_props": "raw",
        "mlb_batter_stats": "raw",
        "mlb_pitcher_stats": "raw",
        "bigdataball_play_by_play": "raw",
        "bettingpros_player_points_props": "raw",
        "player_game_summary": "analytics",
        "player_daily_cache": "precompute",
        "player_prop_predictions": "predictions",
        "prediction_coverage": "predictions",
    }


def test_all_assets_share_partitions_and_policy_so_that_a_chunk_is_one_run():
    for key in graph().get_all_asset_keys():
        assert graph().get(key).partitions_def == DAYS
        assert graph().get(key).backfill_policy == CHUNKS


def test_an_asset_shows_the_columns_of_its_table():
    for key in graph().get_all_asset_keys():
        shown = graph().get(key).metadata["dagster/column_schema"].columns
        table = catalog.table(*key.path)
        assert [(column.name, column.type) for column in shown] == [(c.name, c.type) for c in table.columns]


def test_a_table_that_nobody_declares_is_named():
    with pytest.raises(catalog.UndeclaredTable, match="nba_raw.nothing"):
        catalog.table("nba_raw", "nothing")


def test_the_run_queue_limits_runs_for_every_declared_table():
    limits = TableRunCoordinator(runs_per_table=3).get_run_queue_config().tag_concurrency_limits
    assert limits == [{"key": table_tag(name), "limit": 3} for name in catalog.tables()]
