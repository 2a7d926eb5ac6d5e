"""Real seasons from a folder of tidy Parquet files, for tests and benchmarks.

`schedule`, `player_game` and `shots` must be there; `prop_lines_points`, `game_lines`, `injury_transactions` and the
play-by-play of a season, e.g. `pbp_2022_23`, may be.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from nba_pipeline.errors import UserError
from nba_pipeline.game_days import EASTERN, season_years
from nba_pipeline.local.season.injury_notices import injuries
from nba_pipeline.local.season.season import (
    EVENT_COLUMNS,
    GAME_COLUMNS,
    GAME_LINE_COLUMNS,
    LINE_COLUMNS,
    PROP_COLUMNS,
    SHOT_COLUMNS,
    Season,
)

_NOON = pd.Timedelta(hours=12)
_BEFORE_THE_GAME = pd.Timedelta(hours=1)
_TEAMS = {"home_abbr": "home_team", "away_abbr": "away_team"}


class NoSuchSeason(UserError):
    """The folder holds no such season; the message says which it holds."""


def load(folder: Path, name: str) -> Season:
    """The season called `name`, e.g. 2023-24, preseason left out."""
    games = _read(folder, "schedule", name, (*GAME_COLUMNS, "season_type"), label="game_label")
    games = games[games["season_type"] != "Pre Season"]
    lines = _read(folder, "player_game", name, LINE_COLUMNS)
    shots = _read(folder, "shots", name, SHOT_COLUMNS, zone="zone_basic")
    return Season(
        int(name[:4]),
        games[list(GAME_COLUMNS)].reset_index(drop=True),
        lines,
        shots,
        _props(folder / "prop_lines_points.parquet", int(name[:4])),
        _game_lines(folder / "game_lines.parquet", name),
        _events(folder / f"pbp_{name.replace('-', '_')}.parquet", games),
        injuries(folder / "injury_transactions.parquet", games, lines),
    )


def _props(path: Path, year: int) -> pd.DataFrame | None:
    """The season's points lines; None where the folder has none."""
    if not path.exists():
        return None
    lines = pd.read_parquet(path, dtype_backend="numpy_nullable")
    lines = lines.assign(game_date=pd.to_datetime(lines["game_date"]), last_update=_moments(lines["last_update"]))
    lines = lines[season_years(lines["game_date"]) == year]
    return _offers(lines.assign(snapshot_ts=_snapshots(lines)))[list(PROP_COLUMNS)]


def _game_lines(path: Path, name: str) -> pd.DataFrame | None:
    """The season's spreads, totals and winners; None where the folder has none."""
    if not path.exists():
        return None
    lines = _of_season(path, name)
    return _offers(lines.assign(game_date=pd.to_datetime(lines["game_date"])))[list(GAME_LINE_COLUMNS)]


def _offers(lines: pd.DataFrame) -> pd.DataFrame:
    """`lines` with whole prices, and teams by their codes."""
    prices = {name: lines[name].astype("Int64") for name in lines if name.endswith("price") or name.startswith("ml_")}
    lines = lines.drop(columns=list(_TEAMS.values())).rename(columns=_TEAMS)
    return lines.assign(**prices).reset_index(drop=True)


def _events(path: Path, games: pd.DataFrame) -> pd.DataFrame | None:
    """The season's play-by-play; None where the folder has none."""
    if not path.exists():
        return None
    told = [column for column in EVENT_COLUMNS if column != "game_date"]
    events = pd.read_parquet(path, columns=told, dtype_backend="numpy_nullable")
    dated = events.assign(game_date=events["game_id"].map(games.set_index("game_id")["game_date"]))
    return dated[list(EVENT_COLUMNS)]


def _snapshots(lines: pd.DataFrame) -> pd.Series:
    """When each snapshot was taken: at its latest update.

    Where no update is told it is noon of its day, in the East, or an hour before the game where that is earlier.
    """
    latest = lines.groupby(["event_id", "snapshot_date"])["last_update"].transform("max")
    noon = (pd.to_datetime(lines["snapshot_date"]) + _NOON).dt.tz_localize(EASTERN)
    before = lines["commence_time"] - _BEFORE_THE_GAME
    return latest.fillna(noon.dt.tz_convert("UTC").clip(upper=before))


def _moments(texts: pd.Series) -> pd.Series:
    return pd.to_datetime(texts, utc=True)


def _read(folder: Path, table: str, season: str, columns: Sequence[str], **names: str) -> pd.DataFrame:
    """The season's rows of a table; `names` are the folder's own names of some of the columns."""
    path = folder / f"{table}.parquet"
    if not path.exists():
        raise NoSuchSeason(
            f"{path} does not exist: --from names a folder with schedule.parquet, player_game.parquet ..."
        )
    found = _of_season(path, season, [names.get(column, column) for column in columns]).set_axis(columns, axis=1)
    if found.empty:
        held = ", ".join(sorted(pd.read_parquet(path, columns=["season"])["season"].dropna().unique()))
        raise NoSuchSeason(f"{path.name} holds no season {season}, only {held}")
    return found.assign(game_date=pd.to_datetime(found["game_date"]))


def _of_season(path: Path, season: str, columns: list[str] | None = None) -> pd.DataFrame:
    """The season's rows, all columns or some: a file holds many seasons, most of which are not even decoded."""
    return pd.read_parquet(path, columns=columns, filters=[("season", "==", season)], dtype_backend="numpy_nullable")
