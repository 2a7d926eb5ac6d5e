"""Who was out before each game of a real season: notices of players who went out and came back, by day.

Nothing looks ahead: for a game only notices of earlier days count.
"""

from pathlib import Path

import pandas as pd

from nba_pipeline.local.season.season import INJURY_COLUMNS
from nba_pipeline.sources.names import player_lookup

# A notice is a day old at least: of those who are out by it every eighth plays, so that Out would say too much.
_STATUS = "Doubtful"
# Whoever went out longer ago without a word since has left the league.
_LONGEST_DAYS = 200


def injuries(path: Path, games: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame | None:
    """INJURY_COLUMNS of the players of `lines` who are out before `games`, by the notices in the Parquet file `path`.

    A player is out when his newest notice says so and he has not played since. He stands with the team for which he
    played last, before his first game of the season with that of his first. None where there is no such file.
    """
    if not path.exists():
        return None
    notices = _notices(pd.read_parquet(path, dtype_backend="numpy_nullable"))
    played = lines.assign(player_lookup=_keys(player_lookup(lines["player_name"])))
    played = played.rename(columns={"team_abbreviation": "team", "game_date": "last_day"}).sort_values("last_day")
    players = played.drop_duplicates("player_lookup")[["player_lookup", "player_name", "team"]]
    days = games[["game_date"]].drop_duplicates().sort_values("game_date")
    asked = days.merge(players.rename(columns={"team": "first_team"}), how="cross")
    asked = _before(asked, played[["player_lookup", "team", "last_day"]], "last_day")
    asked = _before(asked, notices, "notice_day")
    age = (asked["game_date"] - asked["notice_day"]).dt.days
    not_since = asked["last_day"].isna() | (asked["last_day"] <= asked["notice_day"])
    out = asked[asked["is_out"].eq(True) & not_since & (age <= _LONGEST_DAYS)]
    out = out.assign(team=out["team"].fillna(out["first_team"]), status=_STATUS)
    return out.merge(_sides(games), on=["game_date", "team"])[list(INJURY_COLUMNS)]


def _notices(told: pd.DataFrame) -> pd.DataFrame:
    """A row per notice and name of its player: player_lookup, notice_day, is_out and reason, the last of a day's."""
    sides = [
        told[["date", column, "notes"]].set_axis(["notice_day", "name", "reason"], axis=1).assign(is_out=is_out)
        for column, is_out in (("acquired", False), ("relinquished", True))
    ]
    rows = pd.concat(sides).dropna(subset="name")
    # Two names of one man stand side by side, and a middle name in brackets tells namesakes apart.
    names = rows["name"].str.replace(r"\([^)]*\)", "", regex=True).str.split("/")
    rows = rows.assign(name=names, notice_day=pd.to_datetime(rows["notice_day"])).explode("name", ignore_index=True)
    rows = rows.assign(player_lookup=_keys(player_lookup(rows["name"].str.strip())))
    rows = rows.sort_values(["notice_day", "is_out"]).drop_duplicates(["player_lookup", "notice_day"], keep="last")
    return rows[["player_lookup", "notice_day", "is_out", "reason"]]


def _before(asked: pd.DataFrame, known: pd.DataFrame, day: str) -> pd.DataFrame:
    """`asked` with the newest of each player's rows of `known` from before its game_date."""
    ordered = known.sort_values(day)
    return pd.merge_asof(
        asked, ordered, left_on="game_date", right_on=day, by="player_lookup", allow_exact_matches=False
    )


def _sides(games: pd.DataFrame) -> pd.DataFrame:
    """Each game twice, once for either `team`."""
    columns = ["game_id", "game_date", "home_team", "away_team"]
    return pd.concat([games[columns].assign(team=games[side]) for side in ("home_team", "away_team")])


def _keys(names: pd.Series) -> pd.Series:
    """One type for what is merged by."""
    return names.astype("object")
