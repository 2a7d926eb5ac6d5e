"""Writers of NBA.com's feeds of single games, and of its list of players.

A season knows less than NBA.com. What it does not know is null here, or empty where the feed is: no starters, nobody
who did not play, playing time in whole minutes.
"""

import json
from collections.abc import Iterable, Iterator
from typing import TypeVar

import pandas as pd

from nba_pipeline.game_days import EASTERN, season_name
from nba_pipeline.local.season.season import Season
from nba_pipeline.local.season.writing import COUNTS, Objects, Writer, json_rows, morning_after, overtimes, share
from nba_pipeline.sources import (
    nbac_gamebook_player_stats,
    nbac_injury_report,
    nbac_play_by_play,
    nbac_player_list,
    nbac_shot_chart,
    nbac_team_boxscore,
)
from nba_pipeline.sources.feed import stamp
from nba_pipeline.sources.teams import BY_ABBR

T = TypeVar("T")

_STATS = (
    *("MIN", "FGM", "FGA", "FG_PCT", "FG3M", "FG3A", "FG3_PCT", "FTM", "FTA", "FT_PCT"),
    *("OREB", "DREB", "REB", "AST", "STL", "BLK", "TO", "PF", "PTS"),
)
_TEAM = ("TEAM_ID", "TEAM_NAME", "TEAM_ABBREVIATION", "TEAM_CITY")
_PLAYER = ("TEAM_ID", "TEAM_ABBREVIATION", "TEAM_CITY", "PLAYER_ID", "PLAYER_NAME", "NICKNAME", "START_POSITION")
_PLAYER_HEADERS = ("GAME_ID", *_PLAYER, "COMMENT", *_STATS, "PLUS_MINUS")
_TEAM_HEADERS = ("GAME_ID", *_TEAM, *_STATS, "PLUS_MINUS")
_BENCH_HEADERS = ("GAME_ID", *_TEAM, "STARTERS_BENCH", *_STATS)

_SHOT_HEADERS = (
    *("GRID_TYPE", "GAME_ID", "GAME_EVENT_ID", "PLAYER_ID", "PLAYER_NAME", "TEAM_ID", "TEAM_NAME", "PERIOD"),
    *("MINUTES_REMAINING", "SECONDS_REMAINING", "EVENT_TYPE", "ACTION_TYPE", "SHOT_TYPE", "SHOT_ZONE_BASIC"),
    *("SHOT_ZONE_AREA", "SHOT_ZONE_RANGE", "SHOT_DISTANCE", "LOC_X", "LOC_Y", "SHOT_ATTEMPTED_FLAG"),
    *("SHOT_MADE_FLAG", "GAME_DATE", "HTM", "VTM"),
)
_INDEX_HEADERS = (
    *("PERSON_ID", "PLAYER_LAST_NAME", "PLAYER_FIRST_NAME", "PLAYER_SLUG", "TEAM_ID", "TEAM_SLUG", "IS_DEFUNCT"),
    *("TEAM_CITY", "TEAM_NAME", "TEAM_ABBREVIATION", "JERSEY_NUMBER", "POSITION", "HEIGHT", "WEIGHT", "COLLEGE"),
    *("COUNTRY", "DRAFT_YEAR", "DRAFT_ROUND", "DRAFT_NUMBER", "ROSTER_STATUS", "FROM_YEAR", "TO_YEAR"),
    *("PTS", "REB", "AST", "STATS_TIMEFRAME"),
)
_THREES = ("Above the Break 3", "Left Corner 3", "Right Corner 3", "Backcourt")

_CITIES = {abbr: team.city for abbr, team in BY_ABBR.items()}
_NICKNAMES = {abbr: team.nickname for abbr, team in BY_ABBR.items()}
_WHOLE_GAME = {"StartPeriod": 0, "EndPeriod": 0, "StartRange": 0, "EndRange": 0, "RangeType": 0}


def team_boxscores(season: Season) -> Objects:
    """One object per game that was played, scraped the next morning."""
    lines = season.player_lines
    totals = _team_lines(lines)
    players = _by_game(lines["game_id"], json_rows(_player_stats(lines)))
    teams = _by_game(totals["game_id"], json_rows(_team_stats(totals)))
    for game_id, day in _games(lines):
        sets = [
            {"name": "PlayerStats", "headers": list(_PLAYER_HEADERS), "rowSet": players[game_id]},
            {"name": "TeamStats", "headers": list(_TEAM_HEADERS), "rowSet": teams[game_id]},
            {"name": "TeamStarterBenchStats", "headers": list(_BENCH_HEADERS), "rowSet": []},
        ]
        payload = {"resource": "boxscore", "parameters": {"GameID": game_id, **_WHOLE_GAME}, "resultSets": sets}
        name = nbac_team_boxscore.FEED.object_name(
            date=f"{day:%Y-%m-%d}", game_id=game_id, ts=stamp(morning_after(day))
        )
        yield name, json.dumps(payload).encode()


def gamebooks(season: Season) -> Objects:
    """One object per game that was played, with those who played, scraped the next morning."""
    lines = season.player_lines
    sides = season.games.set_index("game_id")[["away_team", "home_team"]].T.to_dict("list")
    players = _by_game(lines["game_id"], _book_players(lines))
    for game_id, day in _games(lines):
        away, home = sides[game_id]
        code = f"{day:%Y%m%d}-{away}{home}"
        scraped = morning_after(day)
        payload = {
            **{"game_code": code.replace("-", "/"), "date": f"{day:%Y-%m-%d}", "matchup": f"{away}@{home}"},
            **{"away_team": away, "home_team": home, "timestamp": scraped.isoformat()},
            **_book_lists(players[game_id]),
        }
        name = nbac_gamebook_player_stats.FEED.object_name(date=f"{day:%Y-%m-%d}", game_code=code, ts=stamp(scraped))
        yield name, json.dumps({**_UNTOLD, **payload}).encode()


def shot_charts(season: Season) -> Objects:
    """One object per game of which the season knows the attempts, scraped the next morning."""
    shots = season.shots.reset_index(drop=True)
    charts = _by_game(shots["game_id"], json_rows(_shot_rows(season, shots)))
    for game_id, day in _games(shots):
        sets = [{"name": "Shot_Chart_Detail", "headers": list(_SHOT_HEADERS), "rowSet": charts[game_id]}]
        payload = {"resource": "shotchartdetail", "parameters": {"GameID": game_id}, "resultSets": sets}
        name = nbac_shot_chart.FEED.object_name(date=f"{day:%Y-%m-%d}", game_id=game_id, ts=stamp(morning_after(day)))
        yield name, json.dumps(payload).encode()


def play_by_play(season: Season) -> Objects:
    """One object per game of which the season knows the events, in version 3's shape, scraped the next morning."""
    if season.events is None:
        return
    for game_id, events in season.events.groupby("game_id", sort=True):
        day = events["game_date"].iloc[0]
        actions = _actions(events).to_dict("records")
        payload = {"meta": {"version": 1, "code": 200}, "game": {"gameId": game_id, "actions": actions}}
        name = nbac_play_by_play.FEED.object_name(
            date=f"{day:%Y-%m-%d}", game_id=str(game_id), ts=stamp(morning_after(day))
        )
        yield name, json.dumps(payload).encode()


def player_list(season: Season) -> Objects:
    """The players seen so far with their last team, scraped the morning after the last game; none before the first."""
    lines = season.player_lines.sort_values(["game_date", "game_id"], kind="stable")
    if lines.empty:
        return
    day = lines["game_date"].max()
    players = _index_rows(lines.drop_duplicates("player_id", keep="last").sort_values("player_id"))
    sets = [{"name": "PlayerIndex", "headers": list(_INDEX_HEADERS), "rowSet": json_rows(players)}]
    payload = {
        "resource": "playerindex",
        "parameters": {"LeagueID": "00", "Season": season_name(season.year), "Historical": 0, "TeamID": 0},
        "resultSets": sets,
    }
    name = nbac_player_list.FEED.object_name(date=f"{day:%Y-%m-%d}", ts=stamp(morning_after(day)))
    yield name, json.dumps(payload).encode()


def injury_reports(season: Season) -> Objects:
    """One object per day with games: the report of 23:00 in New York on the evening before."""
    if season.injuries is None:
        return
    for day, lines in season.injuries.groupby("game_date", sort=True):
        evening = (pd.Timestamp(day) - pd.Timedelta(hours=1)).tz_localize(EASTERN)
        records = [
            {
                **{"date": f"{day:%m/%d/%Y}", "matchup": f"{line.away_team}@{line.home_team}", "team": line.team},
                **{"player": _surname_first(line.player_name), "status": line.status, "reason": line.reason},
                "confidence": 1.0,
            }
            for line in lines.itertuples()
        ]
        metadata = {"gamedate": f"{evening:%Y%m%d}", "hour": "11", "period": "PM", "hour24": "23"}
        name = nbac_injury_report.FEED.object_name(
            date=f"{evening:%Y-%m-%d}", hour="23", ts=stamp(evening.tz_convert("UTC").to_pydatetime())
        )
        yield name, json.dumps({"metadata": metadata, "records": records}).encode()


def _surname_first(name: str) -> str:
    """As the report writes names: "Jackson Jr., Jaren"."""
    first, _, surname = name.partition(" ")
    return f"{surname}, {first}" if surname else first


WRITERS = (
    Writer(nbac_team_boxscore.FEED, team_boxscores),
    Writer(nbac_gamebook_player_stats.FEED, gamebooks),
    Writer(nbac_shot_chart.FEED, shot_charts),
    Writer(nbac_play_by_play.FEED, play_by_play),
    Writer(nbac_player_list.FEED, player_list),
    Writer(nbac_injury_report.FEED, injury_reports),
)


_ACTION_NAMES = {
    **{"action_id": "actionId", "action_number": "actionNumber", "team_id": "teamId", "team_tricode": "teamTricode"},
    **{"player_id": "personId", "player_name": "playerName", "player_name_i": "playerNameI"},
    **{"action_type": "actionType", "sub_type": "subType", "is_field_goal": "isFieldGoal"},
    **{"shot_result": "shotResult", "shot_distance": "shotDistance", "x_legacy": "xLegacy", "y_legacy": "yLegacy"},
    **{"score_home": "scoreHome", "score_away": "scoreAway", "points_total": "pointsTotal"},
}

# What a gamebook says of a game beside what a season knows.
_UNTOLD: dict[str, object] = {
    **dict.fromkeys(("arena", "city", "state", "location", "game_duration", "attendance", "attendance_note")),
    **{"pdf_version": "short", "pdf_url": "", "source": "nba_gamebook_pdf", "officials": [], "debug_info": {}},
}

# The gamebook's names of a line's counts.
_BOOK_COUNTS = {
    **{"fgm": "field_goals_made", "fga": "field_goals_attempted"},
    **{"fg3m": "three_pointers_made", "fg3a": "three_pointers_attempted"},
    **{"ftm": "free_throws_made", "fta": "free_throws_attempted"},
    **{"oreb": "offensive_rebounds", "dreb": "defensive_rebounds", "reb": "total_rebounds"},
    **{"ast": "assists", "pf": "personal_fouls", "stl": "steals", "tov": "turnovers", "blk": "blocks"},
    **{"plus_minus": "plus_minus", "pts": "points"},
}


def _book_players(lines: pd.DataFrame) -> list[dict]:
    """The lines as gamebooks list them."""
    shares = {
        **{
            "field_goal_percentage": _share(lines, "fgm", "fga"),
            "three_point_percentage": _share(lines, "fg3m", "fg3a"),
        },
        "free_throw_percentage": _share(lines, "ftm", "fta"),
    }
    counts = {written: lines[name] for name, written in _BOOK_COUNTS.items()}
    stats = pd.DataFrame({"minutes": _clock(lines["min"]), **counts, **shares}).astype(object)
    names, teams = lines["player_name"], lines["team_abbreviation"].map({a: team.name for a, team in BY_ABBR.items()})
    return [
        {"name": name, "team": team, "status": "active", "stats": line}
        for name, team, line in zip(names, teams, stats.where(stats.notna(), None).to_dict("records"), strict=True)
    ]


def _book_lists(active: list[dict]) -> dict[str, object]:
    return {
        **{"active_players": active, "dnp_players": [], "inactive_players": [], "total_players": len(active)},
        **{"active_count": len(active), "dnp_count": 0, "inactive_count": 0},
    }


def _clock(minutes: pd.Series) -> pd.Series:
    return minutes.astype("string") + ":00"


def _share(lines: pd.DataFrame, made: str, tried: str) -> pd.Series:
    """The share as these feeds write it, 0 where nothing was tried."""
    return share(lines, made, tried).fillna(0.0)


def _shot_rows(season: Season, shots: pd.DataFrame) -> pd.DataFrame:
    """The attempts with the chart's headers; a season knows neither their place nor their time."""
    named = season.player_lines.drop_duplicates("player_id").set_index("player_id")["player_name"]
    sides = season.games.set_index("game_id")
    made, three = shots["made"].astype("bool"), shots["zone"].isin(_THREES)
    columns = {
        "GRID_TYPE": "Shot Chart Detail",
        "GAME_ID": shots["game_id"],
        "GAME_EVENT_ID": shots.groupby("game_id").cumcount() + 1,
        "PLAYER_ID": shots["player_id"],
        "PLAYER_NAME": shots["player_id"].map(named),
        "TEAM_ID": shots["team_id"],
        "TEAM_NAME": shots["team_id"].map({team.id: team.name for team in BY_ABBR.values()}),
        "EVENT_TYPE": made.map({True: "Made Shot", False: "Missed Shot"}),
        "SHOT_TYPE": three.map({True: "3PT Field Goal", False: "2PT Field Goal"}),
        "SHOT_ZONE_BASIC": shots["zone"],
        "SHOT_ATTEMPTED_FLAG": 1,
        "SHOT_MADE_FLAG": made.astype("int64"),
        "GAME_DATE": shots["game_date"].dt.strftime("%Y%m%d"),
        "HTM": shots["game_id"].map(sides["home_team"]),
        "VTM": shots["game_id"].map(sides["away_team"]),
    }
    return pd.DataFrame(columns).reindex(columns=list(_SHOT_HEADERS))


def _actions(events: pd.DataFrame) -> pd.DataFrame:
    """The events with the feed's names; a score that does not change is empty there."""
    minutes, seconds = events["secs_left"] // 60, events["secs_left"] % 60
    clocks = [f"PT{m:02.0f}M{s:05.2f}S" for m, s in zip(minutes, seconds, strict=True)]
    scores = {n: events[n].astype("string").fillna("") for n in ("score_home", "score_away")}
    columns = events.drop(columns=["game_id", "game_date", "secs_left"]).assign(**scores, clock=clocks)
    return columns.rename(columns=_ACTION_NAMES).astype(object)


def _index_rows(players: pd.DataFrame) -> pd.DataFrame:
    """The players with the list's headers; a season knows neither their bodies nor their pasts."""
    names = players["player_name"].str.partition(" ")
    of_team = players["team_abbreviation"].map
    columns = {
        "PERSON_ID": players["player_id"],
        "PLAYER_LAST_NAME": names[2],
        "PLAYER_FIRST_NAME": names[0],
        "PLAYER_SLUG": players["player_name"].str.lower().str.replace(" ", "-"),
        "TEAM_ID": players["team_id"],
        "IS_DEFUNCT": 0,
        "TEAM_CITY": of_team(_CITIES),
        "TEAM_NAME": of_team(_NICKNAMES),
        "TEAM_ABBREVIATION": players["team_abbreviation"],
        "ROSTER_STATUS": 1.0,
        "STATS_TIMEFRAME": "Season",
    }
    return pd.DataFrame(columns).reindex(columns=list(_INDEX_HEADERS))


def _games(lines: pd.DataFrame) -> Iterator[tuple[str, pd.Timestamp]]:
    """The games that `lines` are of with their days, in order."""
    games = lines[["game_date", "game_id"]].drop_duplicates().sort_values(["game_date", "game_id"])
    return zip(games["game_id"], games["game_date"], strict=True)


def _by_game(game_ids: pd.Series, rows: Iterable[T]) -> dict[str, list[T]]:
    """Each game's rows."""
    games: dict[str, list[T]] = {}
    for game_id, row in zip(game_ids, rows, strict=True):
        games.setdefault(game_id, []).append(row)
    return games


def _team_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """The teams' totals; minutes are those of the game, to which rounded ones do not add up."""
    teams = lines.groupby(["game_id", "team_id", "team_abbreviation"], as_index=False)[["min", *COUNTS]].sum()
    both = teams.groupby("game_id")["pts"].transform("sum")
    return teams.assign(min=240 + 25 * overtimes(teams["min"]), plus_minus=2 * teams["pts"] - both)


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
        "TEAM_NAME": of_team(_NICKNAMES),
        "TEAM_CITY": of_team(_CITIES),
        "MIN": _clock(lines["min"]),
        "FG_PCT": _share(lines, "fgm", "fga"),
        "FG3_PCT": _share(lines, "fg3m", "fg3a"),
        "FT_PCT": _share(lines, "ftm", "fta"),
    }
