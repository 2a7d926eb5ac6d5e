"""Small generated leagues for property tests: a few teams and players, any schedule, any lines, any gaps."""

import datetime as dt

import pandas as pd
from hypothesis import strategies as st

from nba_pipeline import frames
from nba_pipeline_tests.support.computed import RAW

TEAMS = ("AAA", "BBB", "CCC", "DDD")
FIRST_DAY = pd.Timestamp("2023-07-20")  # a season turns over on 1 August
_STAMP = pd.Timestamp("2024-01-01", tz="UTC")
_LISTED_PLAYERS = (1, 2, 3)


@st.composite
def leagues(draw: st.DrawFn) -> tuple[pd.DatetimeIndex, dict[str, pd.DataFrame]]:
    """Consecutive days, and the raw frames (names of computed.RAW) of games on some of them and on days before.

    A game may be told by log, book, team box score, shot chart and play-by-play, or by only some of them.
    """
    days = pd.date_range(FIRST_DAY, periods=draw(st.integers(2, 12)), unit="us")
    games = draw(st.lists(_games(len(days)), max_size=25, unique_by=lambda game: (game["day"], game["pair"])))
    rows: dict[str, list[dict]] = {name: [] for name in RAW}
    rows["players"] = [_named(player) for player in _LISTED_PLAYERS]
    for number, game in enumerate(games):
        told = {**game, **_header(number, game)}
        _tell(rows, told)
        _tell_before(rows, told)
    return days, {name: _typed(RAW[name], told) for name, told in rows.items()}


def _games(days: int) -> st.SearchStrategy[dict]:
    line = st.fixed_dictionaries(
        {
            "points": st.integers(0, 60),
            "minutes": st.integers(1, 48),
            "told_by": st.sampled_from([("boxscores",), ("gamebooks",), ("boxscores", "gamebooks")]),
        }
    )
    return st.fixed_dictionaries(
        {
            # Some games lie more than a year before the first day, out of every window.
            "day": st.integers(-400, days - 1) | st.integers(-20, days - 1),
            "pair": st.sampled_from([("AAA", "BBB"), ("CCC", "DDD"), ("AAA", "CCC"), ("DDD", "BBB")]),
            "season_type": st.sampled_from(("regular", "regular", "playoffs", "preseason")),
            "lines": st.dictionaries(st.integers(1, 8), line, max_size=8),
            "shots_in": st.sampled_from([(), ("shots",), ("events",), ("shots", "events")]),
            "lost_shots": st.integers(0, 1),
            "has_team_boxscore": st.booleans(),
            "has_tipoff": st.booleans(),
            "reports": st.lists(
                _said({"injury_status": st.sampled_from(("Out", "Doubtful", "Available"))}), max_size=4
            ),
            "arena_city": st.sampled_from((None, "Boston", "Miami", "Paris")),
            "offers": st.lists(_said({"points_line": st.integers(1, 40).map(lambda n: n / 2)}), max_size=4),
        }
    )


def _said(what: dict[str, st.SearchStrategy]) -> st.SearchStrategy[dict]:
    """Something said of a player, some hours before the usual tip-off or after it."""
    of_player = {"player": st.integers(1, 8), "hours": st.integers(-30, 3), "by": st.sampled_from(("one", "two"))}
    return st.fixed_dictionaries({**of_player, **what})


def _header(number: int, game: dict) -> dict:
    date = FIRST_DAY + dt.timedelta(days=game["day"])
    return {"game_date": date, "game_id": f"00223{number:05d}", "season_year": 2023}


def _tell(rows: dict[str, list[dict]], game: dict) -> None:
    """Adds to each table what it has of the game."""
    rows["schedule"].append(_scheduled(game))
    for player, line in game["lines"].items():
        told = _line(game, player, line)
        for source in line["told_by"]:
            rows[source].append(told)
        for source in game["shots_in"]:
            rows[source] += [_shot(told, shot) for shot in range(player - game["lost_shots"])]
    if game["has_team_boxscore"]:
        rows["teams"] += [_team(game, team) for team in game["pair"]]


def _scheduled(game: dict) -> dict:
    home, away = game["pair"]
    return {
        **game,
        "game_status": 3,
        "tipoff_utc": _usual_tipoff(game) if game["has_tipoff"] else None,
        "home_team_abbr": home,
        "away_team_abbr": away,
        "home_points": 100 + game["day"] % 7,
        "away_points": 99,
    }


def _usual_tipoff(game: dict) -> pd.Timestamp:
    return pd.Timestamp(game["game_date"], tz="UTC") + dt.timedelta(hours=24)


def _tell_before(rows: dict[str, list[dict]], game: dict) -> None:
    """Adds the injury reports on the game and the bookmakers' points lines."""
    home, away = game["pair"]
    event = {"event_id": game["game_id"], "home_team_abbr": home, "away_team_abbr": away}
    for report in game["reports"]:
        moment = _usual_tipoff(game) + dt.timedelta(hours=report["hours"])
        day = moment.tz_convert("America/New_York").tz_localize(None).normalize()
        player = _line(game, report["player"], {"points": 0, "minutes": 0})
        rows["injuries"].append({**player, **report, "report_ts": moment, "report_date": day, "reason": report["by"]})
    for offer in game["offers"]:
        moment = _usual_tipoff(game) + dt.timedelta(hours=offer["hours"])
        told = {"snapshot_ts": moment, "commence_time": _usual_tipoff(game), "bookmaker": offer["by"]}
        rows["props"].append({**game, **event, **_named(offer["player"]), **offer, **told})
        for market, outcome in (("spreads", "home"), ("spreads", "away"), ("totals", "over")):
            point = offer["points_line"] + len(outcome)
            rows["game_lines"].append({**game, **event, **told, "market": market, "outcome": outcome, "point": point})


def _named(player: int) -> dict:
    return {"player_id": player, "player_lookup": f"player{player}", "player_name": f"Player {player}"}


def _line(game: dict, player: int, line: dict) -> dict:
    is_home = player % 2 == 0
    home, away = game["pair"]
    counts = {column.name: player for column in RAW["boxscores"].columns if column.type == "INT64"}
    return {
        **counts,
        **game,
        **_named(player),
        "game_code": f"{game['game_date']:%Y%m%d}/{away}{home}",
        "is_surname": False,
        "player_status": "active",
        "team_id": 1,
        "team_abbr": home if is_home else away,
        "opponent_abbr": away if is_home else home,
        "is_home": is_home,
        "points": line["points"],
        "minutes": line["minutes"],
        "seconds_played": 60 * line["minutes"] + player,
    }


def _shot(line: dict, number: int) -> dict:
    zones = ("Restricted Area", "Mid-Range", "Left Corner 3")
    event = 100 * line["player_id"] + number
    return {
        **line,
        **{"event_id": event, "event_sequence": event, "period": 1, "seconds_left": 1, "action_type": "2pt"},
        **{"shot_value": 2, "shot_zone": zones[number % 3], "is_made": True, "shot_x": number, "shot_y": number},
        "shot_distance": number,
    }


def _team(game: dict, team: str) -> dict:
    counts = {column.name: 40 for column in RAW["teams"].columns if column.type == "INT64"}
    return {**counts, **game, "team_abbr": team, "seconds_played": 14_400 + 1_500 * (game["day"] % 2)}


def _typed(table, rows: list[dict]) -> pd.DataFrame:
    if not rows:
        return frames.empty(table)
    return frames.typed(table, pd.DataFrame(rows).assign(scraped_at=_STAMP, source_object="toy", source_generation=1))
