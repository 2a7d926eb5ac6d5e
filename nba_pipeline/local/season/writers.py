"""Feed writers: a season as the objects a scraper would have dropped, in the exact shape of each feed."""

import datetime as dt
import json
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from nba_pipeline.game_days import season_name
from nba_pipeline.local.season.season import Season
from nba_pipeline.sources import nbac_player_boxscores, nbac_schedule
from nba_pipeline.sources.feed import stamp
from nba_pipeline.sources.teams import BY_ABBR

Objects = Iterator[tuple[str, bytes]]

_LOG_HEADERS = (
    *("SEASON_ID", "PLAYER_ID", "PLAYER_NAME", "TEAM_ID", "TEAM_ABBREVIATION", "TEAM_NAME", "GAME_ID", "GAME_DATE"),
    *("MATCHUP", "WL", "MIN", "FGM", "FGA", "FG_PCT", "FG3M", "FG3A", "FG3_PCT", "FTM", "FTA", "FT_PCT"),
    *("OREB", "DREB", "REB", "AST", "STL", "BLK", "TOV", "PF", "PTS", "PLUS_MINUS", "FANTASY_PTS"),
    "VIDEO_AVAILABLE",
)
_COUNTS = (
    *("min", "fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb", "reb"),
    *("ast", "stl", "blk", "tov", "pf", "pts", "plus_minus"),
)


def schedule(season: Season) -> Objects:
    """The whole season in one object, scraped the morning after the last game with a result."""
    games = season.games
    final = games["home_pts"].notna()
    last = games.loc[final, "game_date"].max() if final.any() else games["game_date"].min()
    payload = {
        "season": str(season.year),
        "season_nba_format": season_name(season.year),
        "seasonYear": season_name(season.year),
        "leagueId": "00",
        "timestamp": _morning_after(last).isoformat(),
        "game_count": len(games),
        "date_count": int(games["game_date"].nunique()),
        "games": [_game(row) for row in games.to_dict("records")],
    }
    name = nbac_schedule.FEED.object_name(season=season_name(season.year), ts=stamp(_morning_after(last)))
    yield name, json.dumps(payload).encode()


def player_boxscores(season: Season) -> Objects:
    """One object per day with games, scraped the next morning."""
    rows = _log_rows(season)
    for day, lines in rows.groupby("GAME_DATE", sort=True):
        payload = {
            "resource": "leaguegamelog",
            "parameters": {
                "LeagueID": "00",
                "Season": season_name(season.year),
                "SeasonType": "Regular Season",
                "PlayerOrTeam": "P",
                "Counter": 1000,
                "Sorter": "DATE",
                "Direction": "DESC",
                "DateFrom": day,
                "DateTo": day,
            },
            "resultSets": [
                {"name": "LeagueGameLog", "headers": list(_LOG_HEADERS), "rowSet": lines.to_numpy(object).tolist()}
            ],
        }
        ts = stamp(_morning_after(pd.Timestamp(str(day))))
        yield nbac_player_boxscores.FEED.object_name(date=str(day), ts=ts), json.dumps(payload).encode()


# A feed's name -> its writer. A feed without one is not filled.
WRITERS: dict[str, Callable[[Season], Objects]] = {
    nbac_schedule.FEED.name: schedule,
    nbac_player_boxscores.FEED.name: player_boxscores,
}


def _morning_after(day: pd.Timestamp) -> dt.datetime:
    """09:00 UTC of the next day: after the last game in the West, before breakfast in the East."""
    return (day + pd.Timedelta(days=1, hours=9)).to_pydatetime().replace(tzinfo=dt.UTC)


def _game(game: dict) -> dict[str, object]:
    day = game["game_date"].strftime("%Y-%m-%d")
    tipoff = game["tipoff_utc"]
    final = not pd.isna(game["home_pts"])
    return {
        "gameId": game["game_id"],
        "gameCode": f"{day.replace('-', '')}/{game['away_team']}{game['home_team']}",
        "gameStatus": 3 if final else 1,
        "gameStatusText": "Final" if final else "Scheduled",
        "gameDateEst": f"{day}T00:00:00Z",
        "gameDateTimeUTC": None if pd.isna(tipoff) else tipoff.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "gameLabel": "" if pd.isna(game["label"]) else game["label"],
        "arenaName": f"{BY_ABBR[game['home_team']].city} Arena",
        "arenaCity": BY_ABBR[game["home_team"]].city,
        "isNeutral": False,
        "postponedStatus": "N",
        "homeTeam": _team(game["home_team_id"], game["home_team"], game["home_pts"]),
        "awayTeam": _team(game["away_team_id"], game["away_team"], game["away_pts"]),
    }


def _team(team_id: int, abbr: str, points: object) -> dict[str, object]:
    team = BY_ABBR[abbr]
    return {
        "teamId": int(team_id),
        "teamName": team.nickname,
        "teamCity": team.city,
        "teamTricode": abbr,
        "score": 0 if pd.isna(points) else int(points),
    }


def _log_rows(season: Season) -> pd.DataFrame:
    """The season's player lines with the log's headers, values as JSON writes them."""
    lines = season.player_lines
    vs = np.where(lines["is_home"], " vs. ", " @ ")
    columns: dict[str, object] = {
        "SEASON_ID": lines["game_id"].str[2:3] + str(season.year),
        "PLAYER_ID": lines["player_id"],
        "PLAYER_NAME": lines["player_name"],
        "TEAM_ID": lines["team_id"],
        "TEAM_ABBREVIATION": lines["team_abbreviation"],
        "TEAM_NAME": lines["team_abbreviation"].map({abbr: team.name for abbr, team in BY_ABBR.items()}),
        "GAME_ID": lines["game_id"],
        "GAME_DATE": lines["game_date"].dt.strftime("%Y-%m-%d"),
        "MATCHUP": lines["team_abbreviation"] + vs + lines["opponent_abbreviation"],
        "WL": lines["wl"],
        **{name.upper(): lines[name] for name in _COUNTS},
        "FG_PCT": _share(lines, "fgm", "fga"),
        "FG3_PCT": _share(lines, "fg3m", "fg3a"),
        "FT_PCT": _share(lines, "ftm", "fta"),
        "FANTASY_PTS": _fantasy_points(lines),
        "VIDEO_AVAILABLE": 1,
    }
    rows = pd.DataFrame(columns)[list(_LOG_HEADERS)].astype(object)
    return rows.where(rows.notna(), None)


def _share(lines: pd.DataFrame, made: str, tried: str) -> pd.Series:
    tries = lines[tried].astype("float64")
    return (lines[made].astype("float64") / tries.where(tries > 0)).round(3)


def _fantasy_points(lines: pd.DataFrame) -> pd.Series:
    """NBA.com's fantasy score: https://www.nba.com/stats/help/glossary (FP)."""
    total = lines["pts"] + 1.2 * lines["reb"] + 1.5 * lines["ast"] + 3 * (lines["stl"] + lines["blk"]) - lines["tov"]
    return total.astype("float64").round(1)
