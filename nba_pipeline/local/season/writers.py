"""Feed writers: a season as the objects a scraper would have dropped, in the exact shape of each feed."""

import json

import numpy as np
import pandas as pd

from nba_pipeline.game_days import EASTERN, season_name
from nba_pipeline.local.season import bdl_writers, mlb_writers, nbac_writers, odds_writers, roster_writers
from nba_pipeline.local.season.baseball import BaseballSeason
from nba_pipeline.local.season.season import Season
from nba_pipeline.local.season.writing import COUNTS, Objects, Writer, morning_after, share
from nba_pipeline.sources import nbac_player_boxscores, nbac_schedule
from nba_pipeline.sources.feed import stamp
from nba_pipeline.sources.teams import BY_ABBR

_LOG_HEADERS = (
    *("SEASON_ID", "PLAYER_ID", "PLAYER_NAME", "TEAM_ID", "TEAM_ABBREVIATION", "TEAM_NAME", "GAME_ID", "GAME_DATE"),
    *("MATCHUP", "WL", "MIN", "FGM", "FGA", "FG_PCT", "FG3M", "FG3A", "FG3_PCT", "FTM", "FTA", "FT_PCT"),
    *("OREB", "DREB", "REB", "AST", "STL", "BLK", "TOV", "PF", "PTS", "PLUS_MINUS", "FANTASY_PTS"),
    "VIDEO_AVAILABLE",
)
_COUNTS = ("min", *COUNTS)


def schedule(season: Season) -> Objects:
    """The whole season in one object, scraped the morning after the last game with a result."""
    games = season.games
    final = games["home_pts"].notna()
    last = games.loc[final, "game_date"].max() if final.any() else games["game_date"].min()
    scraped, name = morning_after(last), season_name(season.year)
    payload = {
        "season": str(season.year),
        "season_nba_format": name,
        "seasonYear": name,
        "leagueId": "00",
        "timestamp": scraped.isoformat(),
        "meta": {"version": 1, "request": "", "time": scraped.isoformat()},
        "game_count": len(games),
        "date_count": int(games["game_date"].nunique()),
        "games": [_game(row) for row in games.astype(object).where(games.notna(), None).to_dict("records")],
    }
    yield nbac_schedule.FEED.object_name(season=name, ts=stamp(scraped)), json.dumps(payload).encode()


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
        ts = stamp(morning_after(pd.Timestamp(str(day))))
        yield nbac_player_boxscores.FEED.object_name(date=str(day), ts=ts), json.dumps(payload).encode()


# By feed name. A feed without a writer is not filled.
WRITERS = {
    writer.feed.name: writer
    for writer in (
        Writer(nbac_schedule.FEED, schedule),
        Writer(nbac_player_boxscores.FEED, player_boxscores),
        *nbac_writers.WRITERS,
        *odds_writers.WRITERS,
        *roster_writers.WRITERS,
        *bdl_writers.WRITERS,
    )
}
BASEBALL_WRITERS = {writer.feed.name: writer for writer in mlb_writers.WRITERS}


def writers_of(season: Season | BaseballSeason) -> dict[str, Writer]:
    """The writers that know what to make of the season, by feed name."""
    return WRITERS if isinstance(season, Season) else BASEBALL_WRITERS


# What the feed says of a game beside what a season knows: its ways to say nothing.
_UNTOLD: dict[str, object] = {
    **dict.fromkeys(("awayTeamTime", "homeTeamTime", "weekName", "seriesGameNumber", "gameSubLabel"), ""),
    **dict.fromkeys(("arenaState", "branchLink", "gameSubtype"), ""),
    **dict.fromkeys(("ifNecessary", "isPrimetime", "hasNationalTV", "isAllStar"), False),
    **dict.fromkeys(("primaryNetwork", "playoffRound"), None),
    **dict.fromkeys(("traditionalNetworks", "streamingPlatforms"), ()),
    **{"gameSequence": 1, "weekNumber": 0, "postponedStatus": "N"},
}


def _game(game: dict) -> dict[str, object]:
    day, kind = game["game_date"], game["game_id"][2]
    final = game["home_pts"] is not None
    return {
        **_UNTOLD,
        **_times(day, game["tipoff_utc"]),
        **_calendar(day),
        "gameId": game["game_id"],
        "gameCode": f"{day:%Y%m%d}/{game['away_team']}{game['home_team']}",
        "gameStatus": 3 if final else 1,
        "gameStatusText": "Final" if final else "Scheduled",
        "gameLabel": game["label"] or "",
        "arenaName": game["arena"] or "",
        "arenaCity": game["arena_city"] or "",
        "isNeutral": bool(game["is_neutral"]),
        "homeTeam": _team(game["home_team_id"], game["home_team"], game["home_pts"]),
        "awayTeam": _team(game["away_team_id"], game["away_team"], game["away_pts"]),
        "isRegularSeason": kind in "245",  # the feed's flag is true in the playoffs, too
        "isPlayoffs": kind in "45",
        "isEmiratesCup": kind == "6",
    }


def _times(day: pd.Timestamp, tipoff: pd.Timestamp | None) -> dict[str, str]:
    """The tip-off in every way the feed writes it; Eastern times carry a Z, too."""
    midnight = day.tz_localize(EASTERN).tz_convert("UTC")
    times = {"gameDateEst": f"{day:%Y-%m-%d}T00:00:00Z", "gameDateUTC": f"{midnight:%Y-%m-%dT%H:%M:%SZ}"}
    for zone, moment in (("Est", tipoff and tipoff.tz_convert(EASTERN)), ("UTC", tipoff)):
        times[f"gameTime{zone}"] = f"{moment:1900-01-01T%H:%M:%SZ}" if moment else ""
        times[f"gameDateTime{zone}"] = f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else ""
    eastern_hour = tipoff.tz_convert(EASTERN).hour if tipoff else 0
    times["timeSlot"] = "afternoon" if eastern_hour < 17 else "early_evening" if eastern_hour < 20 else "primetime"
    return times


def _calendar(day: pd.Timestamp) -> dict[str, object]:
    return {
        "day": f"{day:%a}",
        "dayOfWeek": f"{day:%a}".lower(),
        "monthNum": day.month,
        "gameDate": f"{day:%m/%d/%Y} 00:00:00",
        "gameDateObj": f"{day:%m/%d/%Y} 00:00:00",
        "isWeekend": day.dayofweek >= 4,  # from Friday on
        "isChristmas": (day.month, day.day) == (12, 25),
        "isMLKDay": day.month == 1 and day.dayofweek == 0 and 15 <= day.day <= 21,
    }


def _team(team_id: int, abbr: str, points: int | None) -> dict[str, object]:
    team = BY_ABBR[abbr]
    return {
        "teamId": int(team_id),
        "teamName": team.nickname,
        "teamCity": team.city,
        "teamTricode": abbr,
        "teamSlug": team.nickname.lower().replace(" ", ""),
        "wins": 0,
        "losses": 0,
        "score": int(points or 0),
        "seed": 0,
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
        "FG_PCT": share(lines, "fgm", "fga"),
        "FG3_PCT": share(lines, "fg3m", "fg3a"),
        "FT_PCT": share(lines, "ftm", "fta"),
        "FANTASY_PTS": _fantasy_points(lines),
        "VIDEO_AVAILABLE": 1,
    }
    rows = pd.DataFrame(columns)[list(_LOG_HEADERS)].astype(object)
    return rows.where(rows.notna(), None)


def _fantasy_points(lines: pd.DataFrame) -> pd.Series:
    """NBA.com's fantasy score: https://www.nba.com/stats/help/glossary (FP)."""
    total = lines["pts"] + 1.2 * lines["reb"] + 1.5 * lines["ast"] + 3 * (lines["stl"] + lines["blk"]) - lines["tov"]
    return total.astype("float64").round(1)
