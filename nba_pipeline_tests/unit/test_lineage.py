"""The lineage of columns is what declarations say, and no more."""

import dagster as dg

from nba_pipeline import catalog
from nba_pipeline.defs.lineage import described, origins
from nba_pipeline.precompute import ml_feature_store
from nba_pipeline.table import Table, required
from nba_pipeline_tests.support.code_location import code_location

DAY = required("game_date", "DATE", "Eastern game day")
PLAYER = required("player_id", "INT64", "The player")
GAMES = Table("toys", "games", "Games", (DAY, PLAYER, required("points", "INT64", "Points")), ("player_id",))
FORM = Table("toys", "form", "Form", (DAY, PLAYER, required("points", "INT64", "Points")), ("player_id",))
BOTH = [(FORM, ("player_id",)), (GAMES, ("game_date", "player_id", "points"))]


def test_a_column_declared_once_for_both_is_the_others_and_one_that_only_looks_like_it_is_not():
    assert origins(FORM, [(GAMES, GAMES.column_names)], {}) == {
        "game_date": [(GAMES, "game_date")],
        "player_id": [(GAMES, "player_id")],
    }


def test_a_column_that_is_not_read_is_no_origin():
    assert origins(FORM, [(GAMES, ("points",))], {}) == {}


def test_of_several_that_are_joined_by_a_column_the_first_is_its_origin():
    slate = Table("toys", "slate", "Slate", (DAY, PLAYER), ("player_id",))
    assert origins(slate, BOTH, {}) == {"game_date": [(GAMES, "game_date")], "player_id": [(FORM, "player_id")]}


def test_what_is_said_to_be_copied_goes_before_what_declarations_say():
    copied = {"points": [(GAMES, "points")], "player_id": [(GAMES, "player_id")]}
    assert origins(FORM, BOTH, copied) == {**copied, "game_date": [(GAMES, "game_date")]}


def test_an_origin_is_described_with_a_link_to_its_asset():
    assert described([(GAMES, "points")]) == "(from [games.points](/assets/toys/games))"


def lineages() -> dict[dg.AssetKey, dict]:
    graph = code_location().resolve_asset_graph()
    shown = {key: graph.get(key).metadata.get("dagster/column_lineage") for key in graph.materializable_asset_keys}
    return {key: lineage.deps_by_column for key, lineage in shown.items() if lineage}


def test_every_origin_that_is_shown_is_a_column_of_an_asset_that_is_read():
    graph = code_location().resolve_asset_graph()
    assert len(lineages()) > 10
    for key, columns in lineages().items():
        for name, sources in columns.items():
            assert name in catalog.table(*key.path).column_names
            for source in sources:
                assert source.asset_key in graph.get(key).parent_keys
                assert source.column_name in catalog.table(*source.asset_key.path).column_names


def test_every_feature_has_its_column():
    table = ml_feature_store.TABLE
    assert set(ml_feature_store.FEATURES) <= lineages()[dg.AssetKey([table.dataset, table.name])].keys()
