"""What the injury report said of a game before its tip-off."""

import pandas as pd

from nba_pipeline.analytics.slate import GAME

# A report tells of the games of its day and of the next.
HISTORY_DAYS = 1

COLUMNS = (
    *("report_date", "report_ts", "game_date", "team_abbr", "opponent_abbr", "player_lookup"),
    *("injury_status", "reason", "scraped_at"),
)

_NAMES = {"report_ts": "injury_report_ts", "reason": "injury_reason"}
_PLAYER = (*GAME, "team_abbr", "player_lookup")


def newest(reports: pd.DataFrame, sides: pd.DataFrame) -> pd.DataFrame:
    """For each game of `sides` (rows of slate.team_games) the lines of the newest report before its tip-off.

    That is the newest of those that list anybody of either team: a report may lack games that teams have not reported
    on yet. `reports` has COLUMNS; each player stands once, by the newest scrape of the report.
    """
    near = reports[reports["game_date"] - reports["report_date"] <= pd.Timedelta(days=HISTORY_DAYS)]
    lines = near.merge(sides[[*GAME, "team_abbr", "opponent_abbr", "known_until"]])
    lines = lines[lines["report_ts"] < lines["known_until"]]
    lines = lines[lines["report_ts"] == lines.groupby(list(GAME))["report_ts"].transform("max")]
    ordered = lines.sort_values(["scraped_at", "injury_status", "reason"]).drop_duplicates(list(_PLAYER), keep="last")
    return ordered.rename(columns=_NAMES)[[*_PLAYER, *_NAMES.values(), "injury_status"]]


def times(lines: pd.DataFrame) -> pd.DataFrame:
    """Each game that `lines`, as `newest` gives them, tell of, with the time of its report."""
    return lines[[*GAME, "injury_report_ts"]].drop_duplicates()
