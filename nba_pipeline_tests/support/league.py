"""Small generated leagues for property tests: a few teams and players, any schedule, any lines."""

import datetime as dt

import pandas as pd
from hypothesis import strategies as st

from nba_pipeline import frames
from nba_pipeline.sources import nbac_player_boxscores, nbac_schedule

TEAMS = ("AAA", "BBB", "CCC", "DDD")
FIRST_DAY = pd.Timestamp("2023-07-20")  # a season turns over on 1 August
_STAMP = pd.Timestamp("2024-01-01", tz="UTC")


@st.composite
def leagues(draw: st.DrawFn) -> tuple[pd.DatetimeIndex, dict[str, pd.DataFrame]]:
    """Consecutive days, and `schedule` and `boxscores` of games on some of them and on days before."""
    days = pd.date_range(FIRST_DAY, periods=draw(st.integers(2, 12)), unit="us")
    games = draw(st.lists(_games(len(days)), max_size=25, unique_by=lambda game: (game[0], game[1])))
    schedule = [_scheduled(number, day, pair, kind) for number, (day, pair, kind, _) in enumerate(games)]
    lines = [
        _line(number, day, pair, kind, player, points, minutes)
        for number, (day, pair, kind, lines_of) in enumerate(games)
        for player, (points, minutes) in lines_of.items()
    ]
    return days, {
        "schedule": _typed(nbac_schedule.TABLE, schedule),
        "boxscores": _typed(nbac_player_boxscores.TABLE, lines),
    }


def _games(days: int) -> st.SearchStrategy:
    # Some games lie more than a year before the first day, out of every window.
    day = st.integers(-400, days - 1) | st.integers(-20, days - 1)
    pair = st.sampled_from([("AAA", "BBB"), ("CCC", "DDD"), ("AAA", "CCC"), ("DDD", "BBB")])
    line = st.tuples(st.integers(0, 60), st.integers(1, 48))
    return st.tuples(
        day,
        pair,
        st.sampled_from(("regular", "regular", "playoffs", "preseason")),
        st.dictionaries(st.integers(1, 8), line, max_size=8),
    )


def _scheduled(number: int, day: int, pair: tuple[str, str], kind: str) -> dict:
    date = FIRST_DAY + dt.timedelta(days=day)
    return {
        "game_date": date,
        "game_id": f"00223{number:05d}",
        "season_year": 2023,
        "season_type": kind,
        "game_status": 3,
        "tipoff_utc": pd.Timestamp(date, tz="UTC") + dt.timedelta(hours=24),
        "home_team_abbr": pair[0],
        "away_team_abbr": pair[1],
        "home_points": 100 + number,
        "away_points": 99,
    }


def _line(number: int, day: int, pair: tuple[str, str], kind: str, player: int, points: int, minutes: int) -> dict:
    home = player % 2 == 0
    counts = {column.name: player for column in nbac_player_boxscores.TABLE.columns if column.type == "INT64"}
    return {
        **counts,
        "game_date": FIRST_DAY + dt.timedelta(days=day),
        "game_id": f"00223{number:05d}",
        "player_id": player,
        "player_lookup": f"player{player}",
        "player_name": f"Player {player}",
        "team_id": 1,
        "team_abbr": pair[0] if home else pair[1],
        "opponent_abbr": pair[1] if home else pair[0],
        "is_home": home,
        "season_year": 2023,
        "season_type": kind,
        "points": points,
        "minutes": minutes,
    }


def _typed(table, rows: list[dict]) -> pd.DataFrame:
    if not rows:
        return frames.empty(table)
    return frames.typed(table, pd.DataFrame(rows).assign(scraped_at=_STAMP, source_object="toy", source_generation=1))
