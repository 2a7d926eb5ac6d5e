"""Who is out before a real game: by notices of earlier days alone, reckoned on a toy season and on known facts."""

import pandas as pd
import pytest

from nba_pipeline.local.season.injury_notices import injuries
from nba_pipeline_tests.support.real_data import needs_real_data, real_season


def day(number: int) -> pd.Timestamp:
    return pd.Timestamp("2024-01-01") + pd.Timedelta(days=number)


GAMES = pd.DataFrame(
    {
        "game_id": ["first", "second", "third"],
        "game_date": [day(0), day(2), day(4)],
        "home_team": ["AAA", "BBB", "AAA"],
        "away_team": ["BBB", "AAA", "BBB"],
    }
)


def out(tmp_path, *notices: tuple[int, str, str], played: tuple[str, ...] = ("first",)) -> list[str]:
    """The games before which Jaren Jackson Jr. of AAA is listed; a notice is a day, "in" or "out", and a name."""
    columns = {"in": "acquired", "out": "relinquished"}
    rows = [
        {"date": str(day(number).date()), columns[kind]: name, "notes": "sore left knee (DTD)"}
        for number, kind, name in notices
    ]
    told = pd.DataFrame(rows, columns=["date", "acquired", "relinquished", "notes"]).astype("string")
    told.to_parquet(tmp_path / "notices.parquet")
    lines = GAMES[GAMES["game_id"].isin(played)][["game_id", "game_date"]]
    lines = lines.assign(player_name="Jaren Jackson Jr.", team_abbreviation="AAA")
    listed = injuries(tmp_path / "notices.parquet", GAMES, lines)
    assert set(listed["team"]) <= {"AAA"}
    return sorted(listed["game_id"])


NAME = "Jaren Jackson / Jaren Jackson Jr. (Walter)"


def test_a_player_is_out_from_the_day_after_his_notice_until_he_is_back(tmp_path):
    assert out(tmp_path, (1, "out", NAME)) == ["second", "third"]
    assert out(tmp_path, (1, "out", NAME), (3, "in", NAME)) == ["second"]


def test_a_notice_of_the_games_own_day_is_not_known_before_it(tmp_path):
    assert out(tmp_path, (2, "out", NAME)) == ["third"]
    assert out(tmp_path, (1, "out", NAME), (2, "in", NAME)) == ["second"]


def test_who_has_played_since_his_notice_is_not_out(tmp_path):
    assert out(tmp_path, (1, "out", NAME), played=("first", "second")) == ["second"]


def test_who_was_hurt_in_his_last_game_is_out(tmp_path):
    assert out(tmp_path, (0, "out", NAME)) == ["second", "third"]


def test_an_old_notice_says_nothing(tmp_path):
    assert out(tmp_path, (-300, "out", NAME), played=("third",)) == []


def test_without_notices_nothing_is_known(tmp_path):
    assert injuries(tmp_path / "none.parquet", GAMES, GAMES) is None


@needs_real_data
def test_kristaps_porzingis_was_out_for_the_fourth_game_of_the_finals_of_2024():
    """Hurt in the second, he missed the third and the fourth: https://en.wikipedia.org/wiki/2024_NBA_Finals"""
    listed = real_season("2023-24").injuries
    of_him = listed[listed["player_name"].eq("Kristaps Porziņģis")]
    assert "2024-06-14" in of_him["game_date"].astype("string").to_list()


@needs_real_data
@pytest.mark.parametrize("season", ["2021-22", "2023-24", "2024-25"])
def test_seven_of_eight_who_are_listed_did_not_play(season):
    found = real_season(season)
    keys = ["game_id", "player_name"]
    played = found.injuries.merge(found.player_lines[keys], on=keys)
    assert len(found.injuries) > 5_000
    assert len(played) / len(found.injuries) == pytest.approx(1 / 8, abs=0.015)
