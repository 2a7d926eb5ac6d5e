"""Writers of NBA.com's feeds of single games.

A season knows less than NBA.com. What it does not know is null here, or empty where the feed is: no starters, nobody
on the bench, playing time in whole minutes.
"""

import json
from collections.abc import Iterator

import pandas as pd

from nba_pipeline.local.season.season import Season
from nba_pipeline.local.season.writing import COUNTS, Objects, Writer, json_rows, morning_after, share
from nba_pipeline.sources import nbac_team_boxscore
from nba_pipeline.sources.feed import stamp
from nba_pipeline.sources.teams import BY_ABBR

_STATS = (
    *("MIN", "FGM", "FGA", "FG_PCT", "FG3M", "FG3A", "FG3_PCT", "FTM", "FTA", "FT_PCT"),
    *("OREB", "DREB", "REB", "AST", "STL", "BLK", "TO", "PF", "PTS"),
)
_TEAM = ("TEAM_ID", "TEAM_NAME", "TEAM_ABBREVIATION", "TEAM_CITY")
_PLAYER = ("TEAM_ID", "TEAM_ABBREVIATION", "TEAM_CITY", "PLAYER_ID", "PLAYER_NAME", "NICKNAME", "START_POSITION")
_PLAYER_HEADERS = ("GAME_ID", *_PLAYER, "COMMENT", *_STATS, "PLUS_MINUS")
_TEAM_HEADERS = ("GAME_ID", *_TEAM, *_STATS, "PLUS_MINUS")
_BENCH_HEADERS = ("GAME_ID", *_TEAM, "STARTERS_BENCH", *_STATS)

_SECONDS = {"StartPeriod": 0, "EndPeriod": 0, "StartRange": 0, "EndRange": 0, "RangeType": 0}


def team_boxscores(season: Season) -> Objects:
    """One object per game that was played, scraped the next morning."""
    lines = season.player_lines
    players, teams = _by_game(_player_stats(lines)), _by_game(_team_stats(_team_lines(lines)))
    for game_id, day in _games(lines):
        sets = [
            {"name": "PlayerStats", "headers": list(_PLAYER_HEADERS), "rowSet": players[game_id]},
            {"name": "TeamStats", "headers": list(_TEAM_HEADERS), "rowSet": teams[game_id]},
            {"name": "TeamStarterBenchStats", "headers": list(_BENCH_HEADERS), "rowSet": []},
        ]
        payload = {"resource": "boxscore", "parameters": {"GameID": game_id, **_SECONDS}, "resultSets": sets}
        name = nbac_team_boxscore.FEED.object_name(
            date=f"{day:%Y-%m-%d}", game_id=game_id, ts=stamp(morning_after(day))
        )
        yield name, json.dumps(payload).encode()


WRITERS = (Writer(nbac_team_boxscore.FEED, team_boxscores),)


def _games(lines: pd.DataFrame) -> Iterator[tuple[str, pd.Timestamp]]:
    """The games that `lines` are of with their days, in order."""
    games = lines[["game_date", "game_id"]].drop_duplicates().sort_values(["game_date", "game_id"])
    return zip(games["game_id"], games["game_date"], strict=True)


def _by_game(rows: pd.DataFrame) -> dict[str, list[list]]:
    """Each game's rows as lists."""
    return {str(game_id): json_rows(found) for game_id, found in rows.groupby("GAME_ID", sort=False)}


def _team_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """The teams' totals. Rounded minutes do not add up, but a game has 240 of them and an overtime 25."""
    teams = lines.groupby(["game_id", "team_id", "team_abbreviation"], as_index=False)[["min", *COUNTS]].sum()
    overtimes = ((teams["min"] - 240) / 25).astype("float64").round().astype("int64")
    both = teams.groupby("game_id")["pts"].transform("sum")
    return teams.assign(min=240 + 25 * overtimes, plus_minus=2 * teams["pts"] - both)


def _player_stats(lines: pd.DataFrame) -> pd.DataFrame:
    columns = {
        **_stats(lines),
        "PLAYER_ID": lines["player_id"],
        "PLAYER_NAME": lines["player_name"],
        "NICKNAME": lines["player_name"].str.partition(" ")[0],
        "START_POSITION": "",
        "COMMENT": "",
    }
    return pd.DataFrame(columns)[list(_PLAYER_HEADERS)]


def _team_stats(teams: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(_stats(teams))[list(_TEAM_HEADERS)]


def _stats(lines: pd.DataFrame) -> dict[str, pd.Series]:
    """What players' lines and teams' totals have in common; the box score calls turnovers TO."""
    of_team = lines["team_abbreviation"].map
    return {
        **{("TO" if name == "tov" else name.upper()): lines[name] for name in COUNTS},
        "GAME_ID": lines["game_id"],
        "TEAM_ID": lines["team_id"],
        "TEAM_ABBREVIATION": lines["team_abbreviation"],
        "TEAM_NAME": of_team({abbr: team.nickname for abbr, team in BY_ABBR.items()}),
        "TEAM_CITY": of_team({abbr: team.city for abbr, team in BY_ABBR.items()}),
        "MIN": lines["min"].astype("string") + ":00",
        "FG_PCT": share(lines, "fgm", "fga").fillna(0.0),
        "FG3_PCT": share(lines, "fg3m", "fg3a").fillna(0.0),
        "FT_PCT": share(lines, "ftm", "fta").fillna(0.0),
    }
