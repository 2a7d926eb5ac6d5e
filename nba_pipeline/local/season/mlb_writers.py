"""Writers of baseball's feeds.

The data does not say for whom a pitcher played, nor the names of all: where lines do not tell it (baseball_teams.py),
teams, sides and names are stand-ins.
"""

import json

import pandas as pd

from nba_pipeline.local.season.baseball import BaseballSeason
from nba_pipeline.local.season.odds_answers import answers, sides
from nba_pipeline.local.season.writing import Objects, Writer, morning_after
from nba_pipeline.sources import mlb_pitcher_props, mlb_pitcher_stats
from nba_pipeline.sources.feed import stamp
from nba_pipeline.sources.mlb_teams import NAMES

_NAMELESS = "Unknown Pitcher"
_COUNTS = {
    **{"strikeouts": "k", "hits_allowed": "h_allowed", "walks": "bb_allowed"},
    **{"home_runs_allowed": "hr_allowed", "batters_faced": "batters_faced"},
}


def pitcher_stats(season: BaseballSeason) -> Objects:
    """One object per day with games, scraped the next morning; nothing of batters."""
    rows = _lines(season.pitcher_lines)
    for day, lines in rows.groupby("game_date", sort=True):
        scraped = morning_after(pd.Timestamp(str(day)))
        games = int(lines["game_pk"].nunique())
        payload = {
            **{"date": day, "timestamp": scraped.isoformat(), "games_found": games, "games_final": games},
            **{"pitcher_stats": lines.to_dict("records"), "batter_stats": []},
        }
        yield mlb_pitcher_stats.FEED.object_name(date=str(day), ts=stamp(scraped)), json.dumps(payload).encode()


def pitcher_props(season: BaseballSeason) -> Objects:
    """One object per game and snapshot of its strikeout lines."""
    yield from answers(
        mlb_pitcher_props.FEED,
        season.strikeout_lines,
        "baseball_mlb",
        NAMES,
        lambda offers: {"pitcher_strikeouts": sides(offers)},
    )


WRITERS = (
    Writer(mlb_pitcher_stats.FEED, pitcher_stats),
    Writer(mlb_pitcher_props.FEED, pitcher_props),
)


def _lines(lines: pd.DataFrame) -> pd.DataFrame:
    """Pitchers' lines as the feed writes them; those without a team are in turn the hosts' and the visitors'."""
    codes = list(NAMES)
    hosts = lines["game_pk"] % len(codes)
    in_turn = lines.groupby("game_pk").cumcount() % 2 == 0
    host = lines["home_team"].fillna(hosts.map(lambda place: codes[place]))
    visitor = lines["away_team"].fillna(hosts.map(lambda place: codes[place - 1]))
    at_home = lines["team"].eq(host).fillna(in_turn).astype("bool")
    columns = {
        "game_pk": lines["game_pk"],
        "game_date": lines["game_date"].dt.strftime("%Y-%m-%d"),
        "player_id": lines["pitcher_id"],
        "player_name": lines["pitcher_name"].fillna(_NAMELESS),
        "team_abbr": host.where(at_home, visitor),
        "opponent_abbr": visitor.where(at_home, host),
        "home_away": at_home.map({True: "home", False: "away"}),
        "innings_pitched": (lines["outs"] // 3).astype("string") + "." + (lines["outs"] % 3).astype("string"),
        **{name: lines[column] for name, column in _COUNTS.items()},
    }
    return pd.DataFrame(columns).astype(object)
