"""The declared tables and Dagster's assets are the same things."""

import pytest

from nba_pipeline import catalog
from nba_pipeline.defs.live_ingest import held_batches_spec
from nba_pipeline.defs.partitions import CHUNKS, DAYS
from nba_pipeline.defs.table_asset import OWNERS
from nba_pipeline_tests.support.code_location import code_location


def graph():
    return code_location().resolve_asset_graph()


def tables():
    """The assets that are tables: what waits to be written is an asset, too."""
    return graph().get_all_asset_keys() - {held_batches_spec.key}


def test_every_declared_table_has_its_asset_and_every_asset_its_table():
    assert {".".join(key.path) for key in tables()} == set(catalog.tables())


def test_assets_stand_in_the_group_of_their_phase():
    for key in graph().get_all_asset_keys():
        _league, phase = key.path[0].split("_")
        assert graph().get(key).group_name == phase


def test_all_assets_share_partitions_and_policy_so_that_a_chunk_is_one_run():
    for key in graph().materializable_asset_keys:
        assert graph().get(key).partitions_def == DAYS
        assert graph().get(key).backfill_policy == CHUNKS


def test_an_asset_shows_the_columns_of_its_table():
    for key in tables():
        shown = graph().get(key).metadata["dagster/column_schema"].columns
        table = catalog.table(*key.path)
        assert [(column.name, column.type) for column in shown] == [(c.name, c.type) for c in table.columns]


def test_an_asset_says_who_owns_it_and_where_its_rows_and_files_are():
    for key in graph().get_all_asset_keys():
        assert graph().get(key).owners == OWNERS
    for key in tables():
        shown = graph().get(key).metadata
        assert shown["dagster/table_name"] == f"nba-local.{'.'.join(key.path)}"
        assert shown["rows"].url.startswith("http://127.0.0.1:")
        assert ("bucket_folder" in shown) == (graph().get(key).group_name == "raw")


def test_a_table_that_nobody_declares_is_named():
    with pytest.raises(catalog.UndeclaredTable, match="nba_raw.nothing"):
        catalog.table("nba_raw", "nothing")
