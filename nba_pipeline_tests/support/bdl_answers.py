"""Ball Don't Lie's box scores of invented players, in both of its shapes."""

from collections.abc import Mapping

STARTER = {
    **{"min": "31", "fgm": 5, "fga": 9, "fg_pct": 0.5555556, "fg3m": 0, "fg3a": 1, "fg3_pct": 0, "ftm": 3, "fta": 5},
    **{"ft_pct": 0.6, "oreb": 1, "dreb": 6, "reb": 7, "ast": 2, "stl": 0, "blk": 4, "turnover": 2, "pf": 3, "pts": 13},
    "player": {"id": 9_000_001, "first_name": "Jobex", "last_name": "Ström Jr.", "position": "F", "height": "6-8"},
}
BENCH = {
    **{**STARTER, "min": "05", "fgm": 1, "ftm": 3, "pts": 5},
    "player": {**STARTER["player"], "id": 9_000_002, "first_name": "Tarel", "last_name": "Wexby"},
}
DNP = {
    **{name: 0 for name in STARTER if name != "player"},
    **{"min": "00", "player": {**STARTER["player"], "id": 9_000_003, "first_name": "Quillon", "last_name": "Arbo"}},
}
GAME = {
    **{"date": "2024-01-15", "season": 2023, "status": "Final", "period": 4, "time": "Final", "postseason": False},
    **{"home_team_score": 13, "visitor_team_score": 5},
}
BOSTON = {"id": 2, "conference": "East", "full_name": "Boston Celtics", "abbreviation": "BOS"}
NEW_YORK = {"id": 20, "conference": "East", "full_name": "New York Knicks", "abbreviation": "NYK"}


def of_games(home: Mapping = STARTER, *visitors: Mapping, game: Mapping = GAME) -> dict:
    """A list of one game between Boston, with one player, and New York."""
    sides = {
        "home_team": {**BOSTON, "players": [home]},
        "visitor_team": {**NEW_YORK, "players": list(visitors or (BENCH, DNP))},
    }
    return {"data": [{**game, **sides}]}


def of_lines(home: Mapping = STARTER, *visitors: Mapping, game: Mapping = GAME) -> dict:
    """The same game as a list of lines."""
    known = {**game, "id": 15_907_000, "home_team_id": 2, "visitor_team_id": 20}
    lines = [{**home, "team": BOSTON}, *({**line, "team": NEW_YORK} for line in visitors or (BENCH, DNP))]
    return {"data": [{"id": number, **line, "game": known} for number, line in enumerate(lines)], "meta": {}}
