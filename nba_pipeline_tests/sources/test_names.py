"""The names' join key, the teams, and what game ids say."""

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_pipeline.sources.names import ALIASES, player_lookup
from nba_pipeline.sources.nba_games import season_types, season_years
from nba_pipeline.sources.teams import BY_ABBR, TEAMS
from nba_pipeline_tests.support.real_data import SHARED, needs_real_data


@pytest.mark.parametrize(
    ("name", "lookup"),
    [
        ("Luka Dončić", "lukadoncic"),
        ("Tim Hardaway Jr.", "timhardaway"),
        ("TIM HARDAWAY, JR", "timhardaway"),
        ("Xavier Tillman Sr.", "xaviertillman"),
        ("Trey Murphy III", "treymurphy"),
        ("Lonnie Walker IV", "lonniewalker"),
        ("Somebody Jr. II ", "somebody"),
        ("De'Aaron Fox", "deaaronfox"),
        ("Karl-Anthony Towns", "karlanthonytowns"),
        ("P.J. Washington", "pjwashington"),
        ("Dāvis Bertāns", "davisbertans"),
        ("Łukasz Øst Straße", "lukaszoststrasse"),
        ("Sriv Jriii", "srivjriii"),
        ("Moe Wagner", "moritzwagner"),
        ("Ron Holland II", "ronaldholland"),
    ],
)
def test_a_name_is_its_ascii_letters_without_suffixes(name, lookup):
    assert player_lookup(pd.Series([name])).tolist() == [lookup]


@given(st.lists(st.text() | st.none()))
def test_a_lookup_is_lower_case_letters_for_any_text(names):
    lookups = player_lookup(pd.Series(names, dtype=object))
    assert lookups.isna().tolist() == [name is None for name in names]
    assert all(re.fullmatch("[a-z]*", lookup) for lookup in lookups.dropna())


@given(st.lists(st.text(st.characters(codec="latin-1"))))
def test_a_lookup_does_not_depend_on_the_other_names(names):
    alone = [player_lookup(pd.Series([name], dtype=object))[0] for name in names]
    assert player_lookup(pd.Series(names, dtype=object)).tolist() == alone


def tidy(table: str, *columns: str) -> pd.DataFrame:
    return pd.read_parquet(SHARED / "tidy" / f"{table}.parquet", columns=list(columns))


@needs_real_data
def test_aliases_lead_from_names_that_nba_com_does_not_write_to_names_that_it_does():
    written = set(player_lookup(tidy("player_game", "player_name")["player_name"]))
    assert set(ALIASES.values()) <= written
    assert not set(ALIASES) & written


@needs_real_data
def test_every_name_of_the_real_points_lines_is_a_player_of_the_box_scores():
    written = set(player_lookup(tidy("player_game", "player_name")["player_name"]))
    named = player_lookup(tidy("prop_lines_points", "player_name")["player_name"])
    assert named[~named.isin(written)].tolist() == []


@needs_real_data
def test_aliases_join_980_of_the_real_points_lines_and_those_still_without_a_box_line_did_not_play():
    played = tidy("player_game", "game_id", "player_name")
    lines = tidy("prop_lines_points", "game_id", "player_name")
    lines = lines[lines["game_id"].isin(played["game_id"])]  # the play-in games have no box scores here
    keys = [
        pd.MultiIndex.from_arrays([frame["game_id"], player_lookup(frame["player_name"])]) for frame in (lines, played)
    ]
    assert (len(lines), (~keys[0].isin(keys[1])).sum()) == (86_719, 3777 - 980)


def test_initials_that_two_players_share_stay_as_they_are():
    assert player_lookup(pd.Series(["C. Martin", "J. Green"])).tolist() == ["cmartin", "jgreen"]


def test_there_are_thirty_teams_and_no_id_code_or_name_twice():
    assert len(TEAMS) == len(BY_ABBR) == 30
    assert len({team.id for team in TEAMS}) == len({team.name for team in TEAMS}) == 30


def test_game_ids_say_season_and_kind():
    ids = pd.Series(["0012400001", "0022300185", "0032400002", "0042100405", "0052300101", "0062300001"])
    assert season_types(ids).tolist() == ["preseason", "regular", "all_star", "playoffs", "play_in", "cup_final"]
    assert season_years(ids).tolist() == [2024, 2023, 2024, 2021, 2023, 2023]


@pytest.mark.parametrize("game_id", ["", "22300185", "0092300185", "0022300185 ", "10022300185", "002230018x", None])
def test_an_id_of_another_shape_says_nothing(game_id):
    assert season_types(pd.Series([game_id], dtype="string")).isna().all()


@pytest.mark.parametrize("name", ["Luk\u0430 Dončić", "Luka D\u03bfnčić", "\u053cuka Dončić"])
def test_letters_of_other_alphabets_that_look_alike_make_no_known_player(name):
    assert player_lookup(pd.Series([name])).tolist() != ["lukadoncic"]
