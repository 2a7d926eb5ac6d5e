"""Teams by code, id and name: each known one has its code, any other is NULL."""

import pandas as pd
import pytest

from nba_pipeline.sources.teams import ALIASES, TEAMS, opponents, team_abbr, team_abbr_of_ids, team_abbr_of_names

ABBRS = [team.abbr for team in TEAMS]


def test_every_team_is_found_by_code_id_and_name():
    assert team_abbr(pd.Series(ABBRS, dtype="string[pyarrow]")).tolist() == ABBRS
    assert team_abbr_of_ids(pd.Series([team.id for team in TEAMS], dtype="Int64")).tolist() == ABBRS
    assert team_abbr_of_names(pd.Series([team.name for team in TEAMS], dtype="string[pyarrow]")).tolist() == ABBRS


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ("ESPN", {"GS": "GSW", "NO": "NOP", "NY": "NYK", "SA": "SAS", "UTAH": "UTA", "WSH": "WAS"}),
        ("Basketball-Reference", {"BRK": "BKN", "CHO": "CHA", "PHO": "PHX"}),
    ],
)
def test_other_sources_codes_are_of_nba_coms_teams(source, codes):
    assert team_abbr(pd.Series(codes.keys(), dtype="string[pyarrow]")).tolist() == list(codes.values())


def test_no_alias_is_another_teams_code():
    assert not set(ALIASES) & set(ABBRS)
    assert set(ALIASES.values()) <= set(ABBRS)


def test_what_is_no_team_is_null():
    assert team_abbr(pd.Series(["LEB", None], dtype="string[pyarrow]")).isna().all()
    assert team_abbr_of_ids(pd.Series([0, None], dtype="Int64")).isna().all()
    assert team_abbr_of_names(pd.Series(["Seattle SuperSonics", None], dtype="string[pyarrow]")).isna().all()


def test_the_opponent_is_the_games_other_team():
    games = pd.DataFrame(
        {"team": ["BOS", "NYK", "UTA", None, "BOS"], "home": ["BOS", "BOS", "BOS", "BOS", None], "away": ["NYK"] * 5},
        dtype="string[pyarrow]",
    )
    found = opponents(games["team"], games["home"], games["away"])
    assert found.astype(object).where(found.notna(), None).tolist() == ["NYK", "BOS", None, None, None]
