"""Real seasons from a folder of tidy Parquet files (`schedule`, `player_game`, `shots`), for tests and benchmarks."""

from pathlib import Path

import pandas as pd

from nba_pipeline.local.season.season import GAME_COLUMNS, LINE_COLUMNS, SHOT_COLUMNS, Season


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
    )


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
