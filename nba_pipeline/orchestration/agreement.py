"""Whether numbers that must be the same are: players' points and the score, one source and another."""

import pandas as pd

LINE_COLUMNS = ("game_date", "game_id", "team_abbr", "points")
PLAYER_COLUMNS = ("game_date", "team_abbr", "player_lookup", "points")
SCHEDULE_COLUMNS = ("game_id", "home_team_abbr", "home_points", "away_team_abbr", "away_points")


def scores_that_differ(lines: pd.DataFrame, schedule: pd.DataFrame) -> pd.DataFrame:
    """The team-games of player `lines` whose points do not add up to the score in `schedule`.

    Columns game_date, game_id, team_abbr, points and score. A game that the schedule gives no score of is left out.
    """
    sides = [
        schedule[["game_id", f"{side}_team_abbr", f"{side}_points"]].set_axis(["game_id", "team_abbr", "score"], axis=1)
        for side in ("home", "away")
    ]
    scores = pd.concat(sides).dropna(subset="score")
    added = lines.groupby(["game_date", "game_id", "team_abbr"], as_index=False)["points"].sum()
    both = added.merge(scores, on=["game_id", "team_abbr"])
    return both[both["points"] != both["score"]]


def teams_that_differ(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """The teams' days that two sources both have, and whose players' points add up to different sums.

    Both frames have PLAYER_COLUMNS. Columns game_date, team_abbr, first and second, which are the sums, and players,
    which names whose points differ, e.g. `jobexstrom 20/18, tarelwexby 3/0`: who is missing has 0.
    """
    points = pd.DataFrame({"first": _by_player(first), "second": _by_player(second)})
    sums = points.groupby(_TEAM_DAY).sum(min_count=1).dropna()
    players = points.fillna(0).astype("int64").reset_index()
    numbers = players["first"].astype("string") + "/" + players["second"].astype("string")
    players["players"] = players["player_lookup"].astype("string") + " " + numbers
    named = players[players["first"] != players["second"]].groupby(_TEAM_DAY)["players"].agg(", ".join)
    return sums[sums["first"] != sums["second"]].astype("int64").join(named).reset_index()


_TEAM_DAY = ["game_date", "team_abbr"]


def _by_player(lines: pd.DataFrame) -> pd.Series:
    return lines.groupby([*_TEAM_DAY, "player_lookup"])["points"].sum()
