"""Real seasons from a folder of tidy Parquet files, for tests and benchmarks.

`schedule`, `player_game` and `shots` must be there; `prop_lines_points` may be.
"""

from pathlib import Path

import pandas as pd

from nba_pipeline.game_days import EASTERN, season_years
from nba_pipeline.local.season.season import GAME_COLUMNS, LINE_COLUMNS, PROP_COLUMNS, SHOT_COLUMNS, Season

_NOON = pd.Timedelta(hours=12)
_BEFORE_THE_GAME = pd.Timedelta(hours=1)
_PRICES = ("over_price", "under_price")


class NoSuchSeason(LookupError):
    """The folder holds no such season; the message says which it holds."""


def load(folder: Path, name: str) -> Season:
    """The season called `name`, e.g. 2023-24, preseason left out."""
    games = _read(folder, "schedule", name).rename(columns={"game_label": "label"})
    games = games[games["season_type"] != "Pre Season"]
    lines = _read(folder, "player_game", name)
    shots = _read(folder, "shots", name).rename(columns={"zone_basic": "zone"})
    return Season(
        int(name[:4]),
        games[list(GAME_COLUMNS)].reset_index(drop=True),
        lines[list(LINE_COLUMNS)].reset_index(drop=True),
        shots[list(SHOT_COLUMNS)].reset_index(drop=True),
        _props(folder / "prop_lines_points.parquet", int(name[:4])),
    )


def _props(path: Path, year: int) -> pd.DataFrame | None:
    """The season's points lines; None where the folder has none."""
    if not path.exists():
        return None
    lines = pd.read_parquet(path, dtype_backend="numpy_nullable")
    lines = lines.assign(game_date=pd.to_datetime(lines["game_date"]), last_update=_moments(lines["last_update"]))
    lines = lines[season_years(lines["game_date"]) == year]
    lines = lines.drop(columns=["home_team", "away_team"])
    lines = lines.rename(columns={"home_abbr": "home_team", "away_abbr": "away_team"})
    lines = lines.assign(snapshot_ts=_snapshots(lines), **{n: lines[n].astype("Int64") for n in _PRICES})
    return lines[list(PROP_COLUMNS)].reset_index(drop=True)


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


def _read(folder: Path, table: str, season: str) -> pd.DataFrame:
    path = folder / f"{table}.parquet"
    if not path.exists():
        raise NoSuchSeason(
            f"{path} does not exist: --from names a folder with schedule.parquet, player_game.parquet ..."
        )
    frame = pd.read_parquet(path, dtype_backend="numpy_nullable")
    found = frame[frame["season"] == season]
    if found.empty:
        held = ", ".join(sorted(frame["season"].dropna().unique()))
        raise NoSuchSeason(f"{path.name} holds no season {season}, only {held}")
    return found.assign(game_date=pd.to_datetime(found["game_date"]))
