"""Writers of Ball Don't Lie's feeds: box scores and standings of each day with games, and active players.

A season knows nobody who did not play, and neither the players' bodies nor Ball Don't Lie's ids: ids of players here
are NBA.com's, those of teams its own.
"""

import json

import pandas as pd

from nba_pipeline.game_days import season_name
from nba_pipeline.local.season.season import Season
from nba_pipeline.local.season.writing import COUNTS, Objects, Writer, morning_after, overtimes, share
from nba_pipeline.sources import bdl_active_players, bdl_player_boxscores, bdl_standings
from nba_pipeline.sources.bdl import ABBR_BY_ID
from nba_pipeline.sources.feed import stamp
from nba_pipeline.sources.teams import BY_ABBR

_DIVISIONS = {
    ("East", "Atlantic"): ("BOS", "BKN", "NYK", "PHI", "TOR"),
    ("East", "Central"): ("CHI", "CLE", "DET", "IND", "MIL"),
    ("East", "Southeast"): ("ATL", "CHA", "MIA", "ORL", "WAS"),
    ("West", "Northwest"): ("DEN", "MIN", "OKC", "POR", "UTA"),
    ("West", "Pacific"): ("GSW", "LAC", "LAL", "PHX", "SAC"),
    ("West", "Southwest"): ("DAL", "HOU", "MEM", "NOP", "SAS"),
}
_PLACES = {abbr: place for place, abbrs in _DIVISIONS.items() for abbr in abbrs}
_REGULAR, _CUP_FINAL = "2", "6"  # the third character of a game's id

# The feed's names of a line's counts, in its order; a season's plus-minus it does not tell.
_COUNTS = {name: "turnover" if name == "tov" else name for name in COUNTS if name != "plus_minus"}
_SHARES = {"fg_pct": ("fgm", "fga"), "fg3_pct": ("fg3m", "fg3a"), "ft_pct": ("ftm", "fta")}


def player_boxscores(season: Season) -> Objects:
    """One object per day with games, scraped the next morning: its games with their players."""
    lines = season.player_lines
    periods = 4 + overtimes(lines.groupby(["game_id", "team_abbreviation"])["min"].sum()).groupby("game_id").max()
    sides = _sides(lines)
    games = season.games[season.games["game_id"].isin(periods.index)].sort_values(["game_date", "game_id"])
    for day, played in games.groupby("game_date", sort=True):
        data = [_game(game, season.year, int(periods[game["game_id"]]), sides) for game in played.to_dict("records")]
        ts = stamp(morning_after(day))
        name = bdl_player_boxscores.FEED.object_name(date=f"{day:%Y-%m-%d}", ts=ts)
        yield name, json.dumps({"data": data}).encode()


def active_players(season: Season) -> Objects:
    """The players seen so far with their last team, scraped the morning after the last game; none before the first."""
    lines = season.player_lines.sort_values(["game_date", "game_id"], kind="stable")
    if lines.empty:
        return
    players = lines.drop_duplicates("player_id", keep="last").sort_values("player_id")
    columns = (players[name] for name in ("player_id", "player_name", "team_abbreviation"))
    data = [_player(number, name) | {"team": _team(abbr)} for number, name, abbr in zip(*columns, strict=True)]
    payload = {"data": data, "meta": {"per_page": 100}}
    day = lines["game_date"].max()
    name = bdl_active_players.FEED.object_name(date=f"{day:%Y-%m-%d}", ts=stamp(morning_after(day)))
    yield name, json.dumps(payload).encode()


def standings(season: Season) -> Objects:
    """One object per day with games of the regular season, scraped the next morning."""
    results = _results(season.games)
    if results.empty:
        return
    told = _standings(results)
    for day in told["wins"].index:
        teams = pd.DataFrame({name: by_day.loc[day] for name, by_day in told.items()}).to_dict("index")
        data = [{"team": _team(abbr), **numbers, "season": season.year} for abbr, numbers in teams.items()]
        name = bdl_standings.FEED.object_name(
            season=season_name(season.year), date=f"{day:%Y-%m-%d}", ts=stamp(morning_after(day))
        )
        yield name, json.dumps({"data": data}).encode()


WRITERS = (
    Writer(bdl_player_boxscores.FEED, player_boxscores),
    Writer(bdl_active_players.FEED, active_players),
    Writer(bdl_standings.FEED, standings),
)

_IDS = {abbr: number for number, abbr in ABBR_BY_ID.items()}


def _team(abbr: str) -> dict[str, object]:
    team, (conference, division) = BY_ABBR[abbr], _PLACES[abbr]
    return {
        **{"id": _IDS[abbr], "conference": conference, "division": division, "city": team.city},
        **{"name": team.nickname, "full_name": team.name, "abbreviation": abbr},
    }


def _player(number: int, name: str) -> dict[str, object]:
    first, _, last = name.partition(" ")
    unknown = ("position", "height", "weight", "jersey_number", "college", "country")
    drafted = ("draft_year", "draft_round", "draft_number")
    return {"id": int(number), "first_name": first, "last_name": last, **dict.fromkeys((*unknown, *drafted))}


def _sides(lines: pd.DataFrame) -> dict[tuple[str, str], list[dict]]:
    """The lines by game and team, as the feed lists them."""
    columns = {
        "min": lines["min"].astype("string").str.zfill(2),
        **{written: lines[name] for name, written in _COUNTS.items()},
        **{name: share(lines, made, tried).fillna(0.0) for name, (made, tried) in _SHARES.items()},
    }
    stats = pd.DataFrame(columns).astype(object).to_dict("records")
    names = ("game_id", "team_abbreviation", "player_id", "player_name")
    sides: dict[tuple[str, str], list[dict]] = {}
    for game_id, abbr, number, name, line in zip(*(lines[n] for n in names), stats, strict=True):
        sides.setdefault((game_id, abbr), []).append({**line, "player": _player(number, name)})
    return sides


def _game(game: dict, year: int, period: int, sides: dict[tuple[str, str], list[dict]]) -> dict[str, object]:
    home, away = game["home_team"], game["away_team"]
    return {
        **{"date": f"{game['game_date']:%Y-%m-%d}", "season": year, "status": "Final", "period": period},
        **{"time": "Final", "postseason": game["game_id"][2] not in (_REGULAR, _CUP_FINAL)},
        **{"home_team_score": int(game["home_pts"]), "visitor_team_score": int(game["away_pts"])},
        "home_team": {**_team(home), "players": sides[game["game_id"], home]},
        "visitor_team": {**_team(away), "players": sides[game["game_id"], away]},
    }


def _results(games: pd.DataFrame) -> pd.DataFrame:
    """Each team's games of the regular season with a result: who won, and by which records they count."""
    final = games[games["home_pts"].notna() & (games["game_id"].str[2] == _REGULAR)]
    home_won = (final["home_pts"] > final["away_pts"]).astype("bool")
    neutral = final["is_neutral"].astype("boolean").fillna(False).astype("bool")
    sides = [
        final[["game_date", own, other]]
        .set_axis(["game_date", "team", "other"], axis=1)
        .assign(won=won, home=at_home & ~neutral, road=(not at_home) & ~neutral)
        for own, other, won, at_home in (
            ("home_team", "away_team", home_won, True),
            ("away_team", "home_team", ~home_won, False),
        )
    ]
    results = pd.concat(sides, ignore_index=True)
    own, other = results["team"].map(_PLACES), results["other"].map(_PLACES)
    return results.assign(conference=own.str[0] == other.str[0], division=own == other)


def _standings(results: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What standings say, each by day and team; equal shares of wins rank by code, not by the league's rules."""
    wins, losses = _totals(results, results["won"]), _totals(results, ~results["won"])
    share_won = (wins / (wins + losses)).fillna(0)
    return {
        **{f"{kind}_record": _records(results, results[kind]) for kind in ("conference", "division", "home", "road")},
        **{f"{kind}_rank": _ranks(share_won, of) for kind, of in (("conference", 0), ("division", 1))},
        **{"wins": wins, "losses": losses},
    }


def _totals(results: pd.DataFrame, counted: pd.Series) -> pd.DataFrame:
    """How many of the results are `counted` so far, by day and team."""
    by_day = counted.groupby([results["game_date"], results["team"]]).sum().unstack(fill_value=0)
    return by_day.reindex(columns=sorted(_PLACES), fill_value=0).cumsum()


def _records(results: pd.DataFrame, counted: pd.Series) -> pd.DataFrame:
    wins, losses = (_totals(results, counted & won) for won in (results["won"], ~results["won"]))
    return wins.astype(str) + "-" + losses.astype(str)


def _ranks(share_won: pd.DataFrame, of: int) -> pd.DataFrame:
    """Places among the teams of a conference (0), or of a division (1)."""
    peers = share_won.T.groupby(lambda abbr: _PLACES[abbr][of])
    return peers.rank(method="first", ascending=False).T.astype("int64")
