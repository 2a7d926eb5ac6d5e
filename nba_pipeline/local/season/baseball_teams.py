"""For whom pitchers pitched in a real season whose data does not say it: what bookmakers' lines tell.

An event's lines name its teams and some pitchers, and so the teams of the games in which these pitched. A pitcher's own
team is the one that most of his games around that day have in common; the two teams of a game of which there are no
lines are those of most of its pitchers.
"""

import pandas as pd

from nba_pipeline.sources.names import player_lookup

# Most pitchers pitch five times or more in so many days before and after a game.
_AROUND = pd.Timedelta(days=20)
_SIDES = ["home_team", "away_team"]
_LINE = ["pitcher_id", "game_pk"]


def teams(lines: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    """`home_team`, `away_team` and the pitcher's own `team` of each of `lines`, NULL where nothing tells them.

    `lines` have pitcher_id, game_pk, game_date and pitcher_name; `offers` are strikeout lines (game_date, home_team,
    away_team, player_name). Of games without lines it is not known who was at home: one of the two.
    """
    games = _games_with_lines(lines, offers)
    sure = _most_in_common(lines, games)
    guessed = _nearest(lines[~lines["game_pk"].isin(games.index)], sure)
    games = pd.concat([games, _two_of_most(guessed)])
    own = pd.concat([sure, guessed])[[*_LINE, "team"]]
    found = lines[_LINE].merge(own, on=_LINE, how="left").join(games, on="game_pk").set_axis(lines.index)
    plays = found["team"].eq(found["home_team"]) | found["team"].eq(found["away_team"])
    return found[_SIDES].assign(team=found["team"].where(plays.fillna(False)))


def _games_with_lines(lines: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    """The home and the away team by the game's number."""
    offered = offers.assign(lookup=player_lookup(offers["player_name"]))[["game_date", "lookup", *_SIDES]]
    pitched = lines.dropna(subset="pitcher_name")
    pitched = pitched.assign(lookup=player_lookup(pitched["pitcher_name"]))
    found = pitched.merge(offered.drop_duplicates(), on=["game_date", "lookup"])
    return found.drop_duplicates("game_pk").set_index("game_pk")[_SIDES]


def _most_in_common(lines: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """The `team` of each of `lines` in `games`, if it plays more of the pitcher's games around it than the other."""
    pitched = lines[[*_LINE, "game_date"]].join(games, on="game_pk", how="inner")
    either = pitched.melt([*_LINE, "game_date"], _SIDES, value_name="team").drop(columns="variable")
    near = either.merge(either.drop(columns="game_pk"), on=["pitcher_id", "team"], suffixes=("", "_other"))
    near = near[(near["game_date"] - near["game_date_other"]).abs() <= _AROUND]
    votes = near.groupby([*_LINE, "game_date", "team"], as_index=False).size()
    most = votes.groupby(_LINE)["size"].transform("max")
    return votes[votes["size"] == most].drop_duplicates(_LINE, keep=False)


def _nearest(lines: pd.DataFrame, sure: pd.DataFrame) -> pd.DataFrame:
    """The `team` of each of `lines` is that of the pitcher's nearest line in `sure`."""
    asked, known = (rows.sort_values("game_date") for rows in (lines, sure))
    known = known[["pitcher_id", "game_date", "team"]]
    found = pd.merge_asof(asked, known, on="game_date", by="pitcher_id", direction="nearest")
    return found.dropna(subset="team")


def _two_of_most(lines: pd.DataFrame) -> pd.DataFrame:
    """The two teams of most of the `lines` of each game, by the game's number."""
    votes = lines.groupby(["game_pk", "team"], as_index=False).size()
    games = votes.sort_values(["size", "team"], ascending=False).groupby("game_pk").head(2).groupby("game_pk")["team"]
    found = games.agg(["first", "last"]).set_axis(_SIDES, axis=1)
    return found[found["home_team"] != found["away_team"]]
