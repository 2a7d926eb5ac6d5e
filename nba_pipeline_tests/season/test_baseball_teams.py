"""For whom pitchers pitched, told by bookmakers' lines: a few games that are small enough to see through."""

import pandas as pd

from nba_pipeline.local.season.baseball_teams import teams

# Day, home and away of the games. Only Ace and King are named, and only on them there are lines.
GAMES = {
    **{1: (1, "BOS", "NYY"), 2: (2, "TB", "BOS"), 3: (3, "BOS", "SEA"), 4: (4, "NYY", "SEA")},
    **{5: (90, "", ""), 6: (91, "", "")},
}
LINES = ((1, "ace"), (2, "ace"), (3, "ace"), (4, "king"))
# Who pitched in each.
PITCHED = {
    **{1: ("ace", "king", "reliever"), 2: ("ace", "reliever"), 3: ("ace", "once"), 4: ("king",)},
    **{5: ("king", "ace"), 6: ("king",)},
}


def day(number: int) -> pd.Timestamp:
    return pd.Timestamp("2025-06-01") + pd.Timedelta(days=number)


def found() -> pd.DataFrame:
    """The teams of each line, by game and pitcher."""
    ids = {"ace": 1, "king": 2, "reliever": 3, "once": 4}
    lines = pd.DataFrame(
        [
            {"game_pk": game, "pitcher_id": ids[who], "who": who, "game_date": day(GAMES[game][0])}
            for game, pitchers in PITCHED.items()
            for who in pitchers
        ]
    )
    lines["pitcher_name"] = lines["who"].where(lines["who"].isin(["ace", "king"])).astype("string")
    offers = pd.DataFrame([(day(GAMES[game][0]), *GAMES[game][1:], who) for game, who in LINES])
    offers.columns = ["game_date", "home_team", "away_team", "player_name"]
    told = teams(lines, offers.astype({"player_name": "string"}))
    return pd.concat([lines[["game_pk", "who"]], told], axis=1).set_index(["game_pk", "who"])


def test_a_game_has_the_teams_of_the_event_whose_pitcher_was_in_it():
    games = found().groupby("game_pk")[["home_team", "away_team"]].first()
    assert {game: tuple(sides) for game, sides in games.loc[:4].T.items()} == {
        game: GAMES[game][1:] for game in (1, 2, 3, 4)
    }


def test_a_pitchers_team_is_the_one_that_his_games_have_in_common():
    told = found()["team"].to_dict()
    assert {told[game, "ace"] for game in (1, 2, 3)} == {"BOS"}
    assert {told[game, "reliever"] for game in (1, 2)} == {"BOS"}
    assert {told[game, "king"] for game in (1, 4)} == {"NYY"}


def test_of_a_pitcher_of_one_game_it_is_not_known_which_of_the_two_is_his():
    assert pd.isna(found()["team"][3, "once"])


def test_a_game_without_lines_has_the_teams_that_most_of_its_pitchers_play_for():
    of_game = found().loc[5]
    assert of_game["team"].to_dict() == {"king": "NYY", "ace": "BOS"}
    assert {*of_game["home_team"], *of_game["away_team"]} == {"BOS", "NYY"}


def test_where_only_one_team_is_known_nothing_is_said_of_the_game():
    assert found().loc[6].isna().all(axis=None)
