"""Teams by code, id and name: each known one has its code, any other is NULL."""

import pandas as pd

from nba_pipeline.sources.teams import TEAMS, opponents, team_abbr, team_abbr_of_ids, team_abbr_of_names

ABBRS = [team.abbr for team in TEAMS]


def test_every_team_is_found_by_code_id_and_name():
    assert team_abbr(pd.Series(ABBRS, dtype="string[pyarrow]")).tolist() == ABBRS
    assert team_abbr_of_ids(pd.Series([team.id for team in TEAMS], dtype="Int64")).tolist() == ABBRS
    assert team_abbr_of_names(pd.Series([team.name for team in TEAMS], dtype="string[pyarrow]")).tolist() == ABBRS


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
