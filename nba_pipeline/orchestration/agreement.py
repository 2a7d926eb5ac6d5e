"""Whether numbers that must be the same are: players' points and the score, one source and another."""

import pandas as pd

LINE_COLUMNS = ("game_date", "game_id", "team_abbr", "points")
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
