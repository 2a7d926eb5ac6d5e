"""Writers of rosters: ESPN's of each day, Basketball-Reference's of a season.

A season knows who played for whom, and neither the players' bodies nor ESPN's ids: ids here are NBA.com's.
"""

import json
from collections.abc import Iterator

import pandas as pd

from nba_pipeline.game_days import season_name
from nba_pipeline.local.season.season import Season
from nba_pipeline.local.season.writing import Objects, Writer, morning_after
from nba_pipeline.sources import br_season_rosters, espn_team_rosters
from nba_pipeline.sources.feed import stamp
from nba_pipeline.sources.teams import BY_ABBR

# Basketball-Reference's codes where they are not NBA.com's.
_BR_CODES = {"BKN": "BRK", "CHA": "CHO", "PHX": "PHO"}


def team_rosters(season: Season) -> Objects:
    """One object per team that plays and day, scraped that morning: who played for it last, on days before."""
    for day, rosters in _before_each_day(season.player_lines):
        scraped = morning_after(day - pd.Timedelta(days=1))
        for abbr, players in sorted(rosters.items()):
            payload = {
                "teamId": str(BY_ABBR[abbr].id),
                "teamName": BY_ABBR[abbr].name,
                "timestamp": scraped.isoformat(),
                "playerCount": len(players),
                "players": [_espn_player(*player) for player in players],
            }
            name = espn_team_rosters.FEED.object_name(date=f"{day:%Y-%m-%d}", team_abbr=abbr, ts=stamp(scraped))
            yield name, json.dumps(payload).encode()


def season_rosters(season: Season) -> Objects:
    """One object per team: all who played for it in the season."""
    lines, written = season.player_lines, season_name(season.year)
    for abbr, players in lines.drop_duplicates(["team_abbreviation", "player_id"]).groupby("team_abbreviation"):
        code = _BR_CODES.get(abbr, abbr)
        payload = {
            "season": written,
            "season_year": season.year,
            "team_abbrev": code,
            "timestamp": morning_after(lines["game_date"].max()).isoformat(),
            "players": [_season_player(name) for name in sorted(players["player_name"])],
        }
        yield br_season_rosters.FEED.object_name(season=written, team_abbr=code), json.dumps(payload).encode()


WRITERS = (
    Writer(espn_team_rosters.FEED, team_rosters),
    Writer(br_season_rosters.FEED, season_rosters),
)


def _before_each_day(lines: pd.DataFrame) -> Iterator[tuple[pd.Timestamp, dict[str, list[tuple[int, str]]]]]:
    """Each day with games, and the players by id and name of the teams that play, by their last team before it."""
    last: dict[int, tuple[str, str]] = {}
    for day, played in lines.groupby("game_date", sort=True):
        rosters: dict[str, list[tuple[int, str]]] = {abbr: [] for abbr in played["team_abbreviation"]}
        for player_id, (abbr, name) in last.items():
            if abbr in rosters:
                rosters[abbr].append((player_id, name))
        yield day, {abbr: players for abbr, players in rosters.items() if players}
        teams = zip(played["team_abbreviation"], played["player_name"], strict=True)
        last |= dict(zip(played["player_id"], teams, strict=True))


def _espn_player(player_id: int, name: str) -> dict[str, object]:
    unknown = dict.fromkeys(("jersey", "position", "heightIn", "weightLb"))
    return {"playerId": str(player_id), "fullName": name, **unknown, "injuries": []}


def _season_player(name: str) -> dict[str, object]:
    unknown = ("jersey_number", "position", "height", "weight", "birth_date", "college", "experience_years")
    return {"full_name": name, **dict.fromkeys(unknown)}
