"""An invented season: real teams, invented players, games that obey the rules of the box score.

Everything is drawn from one seed for the whole season and then cut at a day, so that a season which is a day older is
the same season and one day more.
"""

import datetime as dt

import numpy as np
import pandas as pd

from nba_pipeline.analytics.arenas import HOME
from nba_pipeline.game_days import EASTERN
from nba_pipeline.local.season.invented_lines import prop_lines
from nba_pipeline.local.season.season import GAME_COLUMNS, LINE_COLUMNS, SHOT_COLUMNS, Season
from nba_pipeline.sources.teams import TEAMS

_PLAYERS_PER_TEAM = 13
_FIRST_PLAYER_ID = 9_000_000
_TEAM_MINUTES, _OVERTIME_MINUTES = 240, 25
_MOST_MINUTES, _MOST_OVERTIME_MINUTES = 43, 4  # of 48, and of 5 in an overtime
_OVERTIMES = (0.94, 0.054, 0.006)  # how often a game has none, one or two
_ROUNDS_TWICE = 12  # 29 + 29 + 2 * 12 = 82 games a team
_TEAM_TOTALS = {"attempts": 88, "free_throws": 21, "rebounds": 44, "assists": 26}
_CHANCES_PER_MINUTE = 0.75
_ALL_STAR_AFTER_ROUND, _ALL_STAR_DAYS = 55, 7
_ZONES = ("Restricted Area", "Mid-Range", "Above the Break 3")

# Invented, syllable by syllable: no player of these names is meant.
_FIRST = ("Ta", "Jo", "De", "Ma", "Ke", "La", "Vi", "Ro", "Zu", "Ne", "Ar", "Bo", "Ca", "Fe", "Ol")
_FIRST_END = ("rel", "vin", "mont", "quez", "lan", "shir", "bex", "ton", "rik", "das")
_LAST = ("Hol", "Brax", "Tren", "Quill", "Marl", "Oster", "Vand", "Kess", "Dun", "Perr", "Lock", "Wex", "Gant")
_LAST_END = ("berg", "moor", "well", "ström", "ović", "field", "ley", "akis", "ford", "eau", "stad", "by")


def simulate(year: int, through: dt.date, seed: int = 2021) -> Season:
    """The season that starts in `year`, played up to and including the day `through`; later games are only scheduled.

    1,230 games over some 170 days from the third Tuesday of October: 82 a team, 41 at home, no team twice a day.
    Bookmakers' lines are there for the day after `through`, too.
    """
    rng = np.random.default_rng([seed, year])
    games = _schedule(rng, year)
    players = _players(rng)
    lines = _lines(rng, games, players)
    lines = _without_ties(lines)
    games, lines = _scored(games, lines)
    shots = _shots(lines)
    props = prop_lines(rng, games, lines)
    played = games["game_date"] <= pd.Timestamp(through)
    games[["home_pts", "away_pts"]] = games[["home_pts", "away_pts"]].where(played)
    known = lines["game_date"] <= pd.Timestamp(through)
    return Season(
        year,
        games[list(GAME_COLUMNS)],
        lines.loc[known, list(LINE_COLUMNS)].reset_index(drop=True),
        shots[shots["game_date"] <= pd.Timestamp(through)].reset_index(drop=True),
        props[props["game_date"] <= pd.Timestamp(through) + pd.Timedelta(days=1)].reset_index(drop=True),
    )


def _schedule(rng: np.random.Generator, year: int) -> pd.DataFrame:
    """Rounds in which every team plays once, each spread over two days."""
    once = _round_robin(len(TEAMS))
    again = rng.choice(len(once), _ROUNDS_TWICE, replace=False)
    rounds = np.concatenate([once, once[..., ::-1], once[again], once[again][..., ::-1]])
    rounds = rounds[rng.permutation(len(rounds))]
    number = np.repeat(np.arange(len(rounds)), rounds.shape[1])
    pairs = rounds.reshape(-1, 2)
    day = 2 * number + rng.integers(0, 2, len(pairs)) + _ALL_STAR_DAYS * (number >= _ALL_STAR_AFTER_ROUND)
    order = np.lexsort((pairs[:, 0], day))
    pairs, day = pairs[order], day[order]
    dates = pd.Timestamp(_opening_day(year)) + pd.to_timedelta(day, unit="D")
    hours = rng.choice([19.0, 19.5, 20.0, 20.5, 22.0], len(day))
    tipoff = (dates + pd.to_timedelta(hours, unit="h")).tz_localize(EASTERN).tz_convert("UTC")
    return pd.DataFrame(
        {
            "game_id": [f"002{year % 100:02d}{number + 1:05d}" for number in range(len(day))],
            "game_date": dates,
            "tipoff_utc": tipoff,
            "home": pairs[:, 0],
            "away": pairs[:, 1],
            "overtimes": rng.choice(len(_OVERTIMES), len(day), p=_OVERTIMES),
            "is_neutral": False,
            "label": None,
        }
    )


def _opening_day(year: int) -> dt.date:
    first = dt.date(year, 10, 1)
    return first + dt.timedelta(days=(1 - first.weekday()) % 7 + 14)


def _round_robin(teams: int) -> np.ndarray:
    """The circle method: (teams - 1) rounds of pairs in which every two teams meet once; shape (rounds, pairs, 2)."""
    rounds = []
    rest = np.arange(1, teams)
    for number in range(teams - 1):
        circle = np.concatenate([[0], np.roll(rest, number)])
        pairs = np.stack([circle[: teams // 2], circle[::-1][: teams // 2]], axis=1)
        rounds.append(pairs)
    return np.array(rounds)


def _players(rng: np.random.Generator) -> pd.DataFrame:
    """Every team's players with the skills that make their averages: minutes, shots and percentages."""
    count = len(TEAMS) * _PLAYERS_PER_TEAM
    rank = np.tile(np.arange(_PLAYERS_PER_TEAM), len(TEAMS))
    players = pd.DataFrame(
        {
            "team": np.repeat(np.arange(len(TEAMS)), _PLAYERS_PER_TEAM),
            "player_id": _FIRST_PLAYER_ID + np.arange(count),
            "player_name": _names(rng, count),
            "minutes": np.clip(35 - 2.6 * rank + rng.normal(0, 1.5, count), 4, 38),
            "attempts": np.clip(0.475 - 0.02 * rank + rng.normal(0, 0.06, count), 0.15, 0.75),
            "three_share": rng.beta(8, 10, count),
            "rim_share": rng.beta(10, 6, count),
            "rim": rng.normal(0.63, 0.02, count),
            "mid": rng.normal(0.42, 0.02, count),
            "three": rng.normal(0.36, 0.02, count),
            "free_throws": rng.gamma(4, 0.018, count),
            "free_throw": np.clip(rng.normal(0.78, 0.07, count), 0.45, 0.95),
            "rebounds": rng.gamma(6, 0.03, count),
            "assists": rng.gamma(3, 0.035, count),
            "available": rng.uniform(0.88, 0.99, count),
            "injured_from": rng.integers(0, 82, count),
            "injured_for": rng.geometric(0.15, count) - 1,
        }
    )
    return players.assign(**{name: _per_team(players, name, total) for name, total in _TEAM_TOTALS.items()})


def _per_team(players: pd.DataFrame, name: str, total: float) -> pd.Series:
    """The rate `name` per minute, scaled so that every team comes to `total` in a game of usual minutes."""
    minutes, team = players["minutes"], players["team"]
    usual = (players[name] * minutes).groupby(team).transform("sum") / minutes.groupby(team).transform("sum")
    return players[name] * total / _TEAM_MINUTES / usual


def _names(rng: np.random.Generator, count: int) -> list[str]:
    """Distinct invented names."""
    combined = [
        f"{first}{first_end} {last}{last_end}"
        for first in _FIRST
        for first_end in _FIRST_END
        for last in _LAST
        for last_end in _LAST_END
    ]
    return [combined[i] for i in rng.choice(len(combined), count, replace=False)]


def _lines(rng: np.random.Generator, games: pd.DataFrame, players: pd.DataFrame) -> pd.DataFrame:
    """A line for each player who plays, for both teams of every game; points are not summed up yet."""
    sides = pd.concat([_side(games, "home", "away"), _side(games, "away", "home")], ignore_index=True)
    lines = sides.merge(players, on="team").sort_values(["game_id", "team", "player_id"], ignore_index=True)
    lines = lines[_plays(rng, lines)].reset_index(drop=True)
    lines["min"] = _whole_minutes(rng, lines)
    lines = lines[lines["min"] > 0].reset_index(drop=True)
    minutes, count = lines["min"].to_numpy(), len(lines)
    attempts = _attempts(rng, lines)
    threes = rng.binomial(attempts, lines["three_share"])
    rim = rng.binomial(attempts - threes, lines["rim_share"])
    lines["rim_fga"], lines["mid_fga"], lines["fg3a"], lines["fga"] = rim, attempts - threes - rim, threes, attempts
    lines["rim_fgm"] = rng.binomial(rim, lines["rim"])
    lines["mid_fgm"] = rng.binomial(lines["mid_fga"], lines["mid"])
    lines["fg3m"] = rng.binomial(threes, lines["three"])
    lines["fgm"] = lines["rim_fgm"] + lines["mid_fgm"] + lines["fg3m"]
    lines["fta"] = rng.poisson(lines["free_throws"] * minutes)
    lines["ftm"] = rng.binomial(lines["fta"], lines["free_throw"])
    lines["reb"] = rng.poisson(lines["rebounds"] * minutes)
    lines["oreb"] = rng.binomial(lines["reb"], 0.24)
    lines["dreb"] = lines["reb"] - lines["oreb"]
    lines["ast"] = _no_more_than_goals(lines, rng.poisson(lines["assists"] * minutes))
    for name, rate in (("stl", 0.031), ("blk", 0.02), ("tov", 0.055)):
        lines[name] = rng.poisson(rate * minutes)
    lines["pf"] = np.minimum(rng.poisson(0.08 * minutes), 6)
    lines["luck"] = rng.normal(0, 4, count)
    return lines


def _attempts(rng: np.random.Generator, lines: pd.DataFrame) -> np.ndarray:
    """Shots taken: each of a player's chances is one or is not, which varies about as much as in real games."""
    chances = np.rint(_CHANCES_PER_MINUTE * lines["min"]).astype("int64")
    return rng.binomial(chances, np.minimum(lines["attempts"] / _CHANCES_PER_MINUTE, 1))


def _no_more_than_goals(lines: pd.DataFrame, assists: np.ndarray) -> np.ndarray:
    """`assists`, fewer where a team would have more of them than field goals."""
    of_team = lines.assign(ast=assists).groupby(["game_id", "team"])[["ast", "fgm"]].transform("sum")
    return np.floor(assists * np.minimum(of_team["fgm"] / of_team["ast"], 1)).astype("int64")


def _side(games: pd.DataFrame, own: str, other: str) -> pd.DataFrame:
    columns = ["game_id", "game_date", "overtimes", own, other]
    sides = games[columns].rename(columns={own: "team", other: "opponent"})
    return sides.assign(is_home=own == "home")


def _plays(rng: np.random.Generator, lines: pd.DataFrame) -> pd.Series:
    """Who is neither resting nor injured, an injury being one spell of games; at least eight of a team always play."""
    number = lines.groupby("player_id").cumcount()
    injured = number.between(lines["injured_from"], lines["injured_from"] + lines["injured_for"] - 1)
    draw = rng.uniform(size=len(lines)) / lines["available"] + injured
    rank = draw.groupby([lines["game_id"], lines["team"]]).rank(method="first")
    return (draw < 1) | (rank <= 8)


def _whole_minutes(rng: np.random.Generator, lines: pd.DataFrame) -> pd.Series:
    """Whole minutes that add up to 240 in each team-game, and 25 more per overtime.

    Shares are rounded down, and the largest remainders get one minute more.
    """
    weight = lines["minutes"] * rng.lognormal(0, 0.18, len(lines))
    by = [lines["game_id"], lines["team"]]
    minutes = _TEAM_MINUTES + _OVERTIME_MINUTES * lines["overtimes"]
    share = weight / weight.groupby(by).transform("sum") * minutes
    share = _at_most(share, _MOST_MINUTES + _MOST_OVERTIME_MINUTES * lines["overtimes"], by)
    whole = np.floor(share).astype("int64")
    short = minutes - whole.groupby(by).transform("sum")
    rank = (share - whole).groupby(by).rank(method="first", ascending=False)
    return whole + (rank <= short).astype("int64")


def _without_ties(lines: pd.DataFrame) -> pd.DataFrame:
    """A tied game is won at the line: the home team's first player makes one free throw more."""
    lines = lines.assign(pts=2 * lines["fgm"] + lines["fg3m"] + lines["ftm"])
    totals = _totals(lines)
    tied = totals.index[totals[True] == totals[False]]
    first = lines[lines["is_home"] & lines["game_id"].isin(tied)].groupby("game_id").head(1).index
    lines.loc[first, ["ftm", "fta", "pts"]] += 1
    return lines


def _at_most(share: pd.Series, most: pd.Series, by: list[pd.Series]) -> pd.Series:
    """`share` drawn towards its group's mean until its largest is `most`, which leaves the group's sum as it is."""
    largest, mean = share.groupby(by).transform("max"), share.groupby(by).transform("mean")
    drawn = ((largest - most) / (largest - mean)).where(largest > most, 0)
    return share + (mean - share) * drawn


def _totals(lines: pd.DataFrame) -> pd.DataFrame:
    """Each game's points of the home team (column True) and of the visitors (False)."""
    return lines.pivot_table(values="pts", index="game_id", columns="is_home", aggfunc="sum")


def _scored(games: pd.DataFrame, lines: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Points of the teams, who won, and the teams' names and ids."""
    totals = _totals(lines)
    margin = lines["game_id"].map(totals[True] - totals[False]) * np.where(lines["is_home"], 1, -1)
    ids, codes = np.array([team.id for team in TEAMS]), np.array([team.abbr for team in TEAMS])
    lines = lines.assign(
        wl=np.where(margin > 0, "W", "L"),
        plus_minus=np.rint(margin * lines["min"] / 48 + lines["luck"]).astype("int64"),
        team_id=ids[lines["team"]],
        team_abbreviation=codes[lines["team"]],
        opponent_abbreviation=codes[lines["opponent"]],
    )
    games = games.assign(
        home_team_id=ids[games["home"]],
        home_team=codes[games["home"]],
        away_team_id=ids[games["away"]],
        away_team=codes[games["away"]],
        arena=[HOME[TEAMS[home].abbr].names[0] for home in games["home"]],
        arena_city=[HOME[TEAMS[home].abbr].city for home in games["home"]],
        home_pts=games["game_id"].map(totals[True]).astype("Int64"),
        away_pts=games["game_id"].map(totals[False]).astype("Int64"),
    )
    return games, lines


def _shots(lines: pd.DataFrame) -> pd.DataFrame:
    """A row per attempt, zone by zone."""
    parts = [
        _repeated(lines, lines[made] if hit else lines[tried] - lines[made], zone, hit)
        for zone, tried, made in zip(
            _ZONES, ("rim_fga", "mid_fga", "fg3a"), ("rim_fgm", "mid_fgm", "fg3m"), strict=True
        )
        for hit in (True, False)
    ]
    shots = pd.concat(parts, ignore_index=True)
    return shots.sort_values(["game_id", "player_id"], kind="stable", ignore_index=True)


def _repeated(lines: pd.DataFrame, times: pd.Series, zone: str, made: bool) -> pd.DataFrame:
    chosen = lines.loc[lines.index.repeat(times), ["game_id", "game_date", "player_id", "team_id"]]
    return chosen.assign(zone=zone, made=made)[list(SHOT_COLUMNS)]
