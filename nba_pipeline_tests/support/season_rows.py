"""What each feed's table must hold of a season, straight from the data: no writer and no parser between."""

import datetime as dt
from collections.abc import Callable
from dataclasses import fields, replace
from typing import TypeVar

import pandas as pd

from nba_pipeline.local.season.baseball import BaseballSeason
from nba_pipeline.local.season.season import Season
from nba_pipeline.sources.box_score import COUNTS
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.sources.odds import WITHOUT_PRICES, bookmaker_keys
from nba_pipeline.sources.teams import team_abbr_of_ids

AnySeason = TypeVar("AnySeason", Season, BaseballSeason)

_COUNTS = {header.lower(): name for header, name in COUNTS.items()}
_LINES = {**_COUNTS, "min": "minutes", "team_abbreviation": "team_abbr", "opponent_abbreviation": "opponent_abbr"}
_OFFERS = {"home_team": "home_team_abbr", "away_team": "away_team_abbr"}


def of_days(season: AnySeason, first: dt.date, last: dt.date) -> AnySeason:
    """The season with the days from `first` to `last` alone."""
    frames = {field.name: getattr(season, field.name) for field in fields(season)}
    cut = {
        name: frame[frame["game_date"].between(pd.Timestamp(first), pd.Timestamp(last))].reset_index(drop=True)
        for name, frame in frames.items()
        if isinstance(frame, pd.DataFrame)
    }
    return replace(season, **cut)


def agree(expected: pd.DataFrame, rows: pd.DataFrame) -> bool:
    """Whether a table's rows are those expected, in the columns that are: none missing, none more, none different."""
    columns = list(expected)
    typed = expected.astype(rows[columns].dtypes.to_dict())
    ordered = [frame[columns].sort_values(columns, ignore_index=True) for frame in (typed, rows)]
    return ordered[0].equals(ordered[1])


def _schedule(season: Season) -> pd.DataFrame:
    renamed = {"home_team": "home_team_abbr", "away_team": "away_team_abbr"}
    points = {"home_pts": "home_points", "away_pts": "away_points"}
    return season.games[["game_id", "game_date", *renamed, *points]].rename(columns={**renamed, **points})


def _player_boxscores(season: Season) -> pd.DataFrame:
    return season.player_lines[["game_id", "game_date", "player_id", "is_home", *_LINES]].rename(columns=_LINES)


def _team_boxscores(season: Season) -> pd.DataFrame:
    counts = [name for name in _COUNTS if name != "plus_minus"]
    teams = season.player_lines.groupby(["game_id", "game_date", "team_id"], as_index=False)[counts].sum()
    both = teams.groupby("game_id")["pts"].transform("sum")
    return teams.assign(plus_minus=2 * teams["pts"] - both).rename(columns=_COUNTS)


def _gamebooks(season: Season) -> pd.DataFrame:
    lines = season.player_lines
    home = lines["team_abbreviation"].where(lines["is_home"], lines["opponent_abbreviation"])
    away = lines["opponent_abbreviation"].where(lines["is_home"], lines["team_abbreviation"])
    columns = {
        "game_code": lines["game_date"].dt.strftime("%Y%m%d") + "/" + away + home,
        "player_lookup": player_lookup(lines["player_name"]),
        "team_abbr": lines["team_abbreviation"],
        "seconds_played": 60 * lines["min"],
        **{name: lines[column] for column, name in _COUNTS.items()},
    }
    return pd.DataFrame(columns)


def _shots(season: Season) -> pd.DataFrame:
    shots = season.shots[["game_id", "game_date", "player_id", "team_id", "zone", "made"]]
    return shots.rename(columns={"zone": "shot_zone", "made": "is_made"})


def _play_by_play(season: Season) -> pd.DataFrame:
    """A team's own events have its id as a player's; 0 stands for no player."""
    events = season.events
    player = events["player_id"].mask(events["player_id"].eq(0) | team_abbr_of_ids(events["player_id"]).notna())
    kinds = {"Made Shot": True, "Missed Shot": False}
    free_throw = ~events["description"].str.startswith("MISS")
    made = events["action_type"].map(kinds).where(events["action_type"] != "Free Throw", free_throw)
    return pd.DataFrame(
        {
            "game_id": events["game_id"],
            "game_date": events["game_date"],
            "event_sequence": events["action_id"],
            "period": events["period"],
            "seconds_left": events["secs_left"].astype("float64").round(2),
            "player_id": player,
            "description": events["description"].replace("", pd.NA),
            "is_made": made.astype("boolean"),
            "home_points": events["score_home"],
            "away_points": events["score_away"],
        }
    )


def _player_list(season: Season) -> pd.DataFrame:
    last = season.player_lines.sort_values(["game_date", "game_id"]).drop_duplicates("player_id", keep="last")
    return last[["player_id", "player_name"]].assign(team_abbr=last["team_abbreviation"])


def _team_rosters(season: Season) -> pd.DataFrame:
    """Who played for a team last, on each of its days: from the day after a game to that of his next one."""
    lines = season.player_lines[["player_id", "team_abbreviation", "game_date"]].drop_duplicates()
    lines = lines.sort_values(["player_id", "game_date"])
    until = lines.groupby("player_id")["game_date"].shift(-1).fillna(pd.Timestamp.max)
    days = lines[["team_abbreviation", "game_date"]].drop_duplicates().rename(columns={"game_date": "roster_date"})
    stays = lines.assign(until=until).merge(days, on="team_abbreviation")
    stays = stays[(stays["roster_date"] > stays["game_date"]) & (stays["roster_date"] <= stays["until"])]
    renamed = {"team_abbreviation": "team_abbr", "player_id": "espn_player_id"}
    return stays[["roster_date", *renamed]].rename(columns=renamed)


def _season_rosters(season: Season) -> pd.DataFrame:
    players = season.player_lines.drop_duplicates(["team_abbreviation", "player_id"])
    return players[["player_name"]].assign(team_abbr=players["team_abbreviation"], season_year=season.year)


def _bdl_boxscores(season: Season) -> pd.DataFrame:
    """Without plus-minus, which Ball Don't Lie does not tell; less than a minute stands for no time there."""
    lines = season.player_lines
    seconds = (60 * lines["min"]).where(lines["min"] > 0)
    counts = {column: name for column, name in _COUNTS.items() if column != "plus_minus"}
    same = lines[["game_date", "is_home", *counts]].rename(columns=counts)
    named = {"bdl_player_id": "player_id", "team_abbr": "team_abbreviation", "opponent_abbr": "opponent_abbreviation"}
    columns = {name: lines[column] for name, column in named.items()}
    return same.assign(player_lookup=player_lookup(lines["player_name"]), seconds_played=seconds, **columns)


def _bdl_players(season: Season) -> pd.DataFrame:
    return _player_list(season).rename(columns={"player_id": "bdl_player_id"})


def _bdl_standings(season: Season) -> pd.DataFrame:
    """All teams on each day of the regular season, with what they had won and lost by then."""
    games = season.games[season.games["game_id"].str.startswith("002") & season.games["home_pts"].notna()]
    home_won = games["home_pts"] > games["away_pts"]
    results = pd.concat(
        games[["game_date", side]].set_axis(["date_recorded", "team_abbr"], axis=1).assign(wins=won, losses=~won)
        for side, won in (("home_team", home_won), ("away_team", ~home_won))
    )
    totals = results.groupby(["date_recorded", "team_abbr"]).sum()
    everywhere = pd.MultiIndex.from_product(totals.index.levels)
    return totals.reindex(everywhere, fill_value=0).groupby("team_abbr").cumsum().reset_index()


def _points_props(season: Season) -> pd.DataFrame:
    props = season.props.rename(columns={**_OFFERS, "line": "points_line"})
    priced = ~props["bookmaker"].isin(WITHOUT_PRICES)
    return props.assign(**{name: props[name].where(priced) for name in ("over_price", "under_price")})


def _game_lines(season: Season) -> pd.DataFrame:
    """A row per outcome: a bookmaker's line on a game has up to six."""
    lines = season.game_lines.rename(columns=_OFFERS)
    outcomes = [
        *(("h2h", side, {"price": f"ml_{side}"}) for side in ("home", "away")),
        *(("spreads", s, {"price": f"spread_{s}_price", "point": f"spread_{s}"}) for s in ("home", "away")),
        *(("totals", side, {"price": f"total_{side}_price", "point": "total"}) for side in ("over", "under")),
    ]
    kept = ["event_id", "game_date", "snapshot_ts", "last_update", "bookmaker", *_OFFERS.values()]
    parts = [
        lines[kept].assign(market=market, outcome=outcome, **{name: lines[column] for name, column in columns.items()})
        for market, outcome, columns in outcomes
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset="price")


def _pitcher_stats(season: BaseballSeason) -> pd.DataFrame:
    renamed = {
        **{"pitcher_id": "player_id", "k": "strikeouts", "h_allowed": "hits_allowed", "bb_allowed": "walks"},
        **{"hr_allowed": "home_runs_allowed", "outs": "outs_recorded"},
    }
    same = ["game_pk", "game_date", "batters_faced"]
    return season.pitcher_lines[[*same, *renamed]].rename(columns=renamed)


def _pitcher_props(season: BaseballSeason) -> pd.DataFrame:
    """All but the time of the last change, which no book tells."""
    lines = season.strikeout_lines.rename(columns=_OFFERS).drop(columns="last_update")
    return lines.assign(bookmaker=bookmaker_keys(lines["bookmaker"]), market="pitcher_strikeouts")


def _injury_reports(season: Season) -> pd.DataFrame:
    lines = season.injuries
    return pd.DataFrame(
        {
            "report_date": lines["game_date"] - pd.Timedelta(days=1),
            "game_date": lines["game_date"],
            "player_lookup": player_lookup(lines["player_name"]),
            "team_abbr": lines["team"],
            "opponent_abbr": lines["home_team"].where(lines["home_team"] != lines["team"], lines["away_team"]),
            "injury_status": lines["status"],
            "reason": lines["reason"],
        }
    )


# By feed name.
EXPECTED: dict[str, Callable] = {
    "nbac_schedule": _schedule,
    "nbac_player_boxscores": _player_boxscores,
    "nbac_team_boxscore": _team_boxscores,
    "nbac_gamebook_player_stats": _gamebooks,
    "nbac_shot_chart": _shots,
    "nbac_play_by_play": _play_by_play,
    "nbac_player_list": _player_list,
    "nbac_injury_report": _injury_reports,
    "espn_team_rosters": _team_rosters,
    "br_season_rosters": _season_rosters,
    "bdl_player_boxscores": _bdl_boxscores,
    "bdl_active_players": _bdl_players,
    "bdl_standings": _bdl_standings,
    "odds_api_player_points_props": _points_props,
    "odds_api_game_lines": _game_lines,
    "mlb_pitcher_stats": _pitcher_stats,
    "mlb_pitcher_props": _pitcher_props,
}
