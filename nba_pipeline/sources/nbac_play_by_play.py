"""NBA.com's play-by-play of a game, an event per row: the live data's shape and the older one of stats.nba.com (v3).

v3's events are given the live data's names: a made or missed shot is `2pt` or `3pt`, a steal and a block, which v3
leaves unnamed, are `steal` and `block`.
"""

import msgspec
import pandas as pd

from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.minutes import clock_seconds
from nba_pipeline.sources.payload import (
    BadPayload,
    Cleaned,
    Parsed,
    Whole,
    decode,
    garbled,
    items,
    moments,
    numbers_in_texts,
    on_every_row,
    reject,
    reject_missing,
    texts,
    whole_numbers,
)
from nba_pipeline.sources.teams import team_abbr_of_ids
from nba_pipeline.table import Table, nullable, required

FEED = Feed("nbac_play_by_play", "nba-com/play-by-play/{date}/game-{game_id}/{ts}.json", holds="game")

TABLE = Table(
    dataset="nba_raw",
    name="nbac_play_by_play",
    description="Every event of a game in order, as NBA.com's play-by-play gave it last.",
    key=("game_id", "event_sequence"),
    cluster_by=("game_id",),
    columns=(
        required("game_date", "DATE", "Eastern game day, from the object's name"),
        required("game_id", "STRING", "NBA.com's game id, ten characters"),
        required("event_sequence", "INT64", "The events' order in the game; its numbers have gaps"),
        required("period", "INT64", "1 to 4, overtimes from 5 on"),
        required("seconds_left", "FLOAT64", "Seconds on the period's clock"),
        nullable("happened_at", "TIMESTAMP", "When it happened; NULL in v3"),
        required("action_type", "STRING", "What happened: 2pt, 3pt, freethrow, rebound, foul, turnover, steal, ..."),
        nullable("sub_type", "STRING", "The kind of it, as the feed writes it, e.g. Jump Shot or offensive"),
        nullable("description", "STRING", "The event as the feed tells it"),
        nullable("team_id", "INT64", "NBA.com's id of the team that did it; NULL for an event of no team"),
        nullable("team_abbr", "STRING", "NBA.com's code of that team"),
        nullable("player_id", "INT64", "NBA.com's id of the player who did it; NULL for an event of no player"),
        nullable("player_name", "STRING", "That player's surname"),
        nullable("is_made", "BOOL", "Whether a shot or free throw went in; NULL for other events"),
        nullable("shot_value", "INT64", "Points that the shot or free throw is worth; NULL for other events"),
        nullable("shot_distance", "FLOAT64", "Feet from the basket; NULL for what is no field-goal attempt"),
        nullable("shot_x", "INT64", "Tenths of feet from the basket along the baseline"),
        nullable("shot_y", "INT64", "Tenths of feet from the basket along the court"),
        nullable("shot_zone", "STRING", "NBA.com's basic zone of the shot; NULL in v3"),
        nullable("home_points", "INT64", "The home team's score after the event; v3 gives it where it changes"),
        nullable("away_points", "INT64", "The visitors' score after the event; v3 gives it where it changes"),
        nullable("assist_player_id", "INT64", "NBA.com's id of who gave the assist; NULL in v3"),
        nullable("block_player_id", "INT64", "NBA.com's id of who blocked the shot; NULL in v3"),
        nullable("steal_player_id", "INT64", "NBA.com's id of who stole the ball; NULL in v3"),
        nullable("foul_drawn_player_id", "INT64", "NBA.com's id of who was fouled; NULL in v3"),
        *LINEAGE,
    ),
)


class Action(msgspec.Struct, rename="camel"):
    """An event of either shape: the live data's has an order number, v3's an action id."""

    action_type: str
    period: Whole
    clock: str
    order_number: Whole | None = None
    action_id: Whole | None = None
    time_actual: str | None = None
    sub_type: str | None = None
    description: str | None = None
    team_id: Whole | None = None
    person_id: Whole | None = None
    player_name: str | None = None
    shot_result: str | None = None
    shot_distance: float | None = None
    x_legacy: Whole | None = None
    y_legacy: Whole | None = None
    area: str | None = None
    score_home: str | None = None
    score_away: str | None = None
    assist_person_id: Whole | None = None
    block_person_id: Whole | None = None
    steal_person_id: Whole | None = None
    foul_drawn_person_id: Whole | None = None


class Game(msgspec.Struct, rename="camel"):
    """A game's events."""

    actions: list[msgspec.Raw]
    game_id: str | None = None


class Answer(msgspec.Struct):
    """What NBA.com answers."""

    game: Game


class PlayByPlay(msgspec.Struct, rename="camel"):
    """NBA.com's answer, or the scraper's with that inside."""

    game: Game | None = None
    play_by_play: Answer | None = None


_IDS = ("assist", "block", "steal", "foul_drawn")
_COLUMNS = {
    **{name: name for name in ("action_type", "period", "order_number", "action_id", "sub_type", "description")},
    **{name: name for name in ("team_id", "player_name", "shot_result", "shot_distance")},
    **{f"{kind}_player_id": f"{kind}_person_id" for kind in _IDS},
    "seconds_left": "clock",
    "happened_at": "time_actual",
    "player_id": "person_id",
    "shot_x": "x_legacy",
    "shot_y": "y_legacy",
    "shot_zone": "area",
    "home_points": "score_home",
    "away_points": "score_away",
}
_SHOT_VALUES = {"2pt": 2, "3pt": 3, "freethrow": 1}


def parse(content: bytes) -> Parsed:
    """The events of a game, in either shape; v3's also as a bare list, which does not say of what game it is."""
    found: PlayByPlay | list[msgspec.Raw] = decode(content, PlayByPlay | list[msgspec.Raw])  # type: ignore[arg-type]
    game, position = (Game(found), "$") if isinstance(found, list) else _game(found)
    actions = [(f"{position}[{number}]", action) for number, action in enumerate(game.actions)]
    return on_every_row(items(actions, Action, _COLUMNS), game_id=game.game_id)


def clean(actions: pd.DataFrame) -> Cleaned:
    """The events as rows of TABLE without lineage."""
    rows = actions.assign(
        event_sequence=whole_numbers(actions["order_number"]).fillna(whole_numbers(actions["action_id"])),
        seconds_left=clock_seconds(actions["seconds_left"]),
        happened_at=moments(actions["happened_at"]),
        action_type=_action_types(actions),
        **{name: texts(actions[name]) for name in ("game_id", "sub_type", "description", "player_name", "shot_zone")},
        **{name: numbers_in_texts(actions[name]) for name in ("home_points", "away_points")},
        **_who(actions),
    )
    unclear = [garbled(actions[name], rows[name]) for name in ("home_points", "away_points")]
    rows, unscored = reject(_shots(rows), unclear[0] | unclear[1], "a score is no whole number")
    rows, strangers = reject(rows, rows["team_id"].notna() & rows["team_abbr"].isna(), "team_id is no team's")
    rows, incomplete = reject_missing(rows, ("event_sequence", "seconds_left", "action_type"))
    return rows, [*unscored, *strangers, *incomplete]


def _game(found: PlayByPlay) -> tuple[Game, str]:
    """The game, and the position of its events."""
    if found.game is not None:
        return found.game, "$.game.actions"
    if found.play_by_play is not None:
        return found.play_by_play.game, "$.playByPlay.game.actions"
    raise BadPayload("neither game nor playByPlay")


def _action_types(actions: pd.DataFrame) -> pd.Series:
    """What each event is, under the live data's names."""
    kinds = texts(actions["action_type"]).str.lower().str.replace(" ", "")
    told = texts(actions["description"]).fillna("")
    value = told.str.contains(r"\b3PT\b").map({True: "3pt", False: "2pt"})
    unnamed = told.str.extract(r"\b(STEAL|BLOCK)\b", expand=False).str.lower()
    return kinds.mask(kinds.isin(["madeshot", "missedshot"]), value).fillna(unnamed)


def _who(actions: pd.DataFrame) -> dict[str, pd.Series]:
    """The team and the players of each event; 0 stands for none, and a team's own rebound has its id as a player's."""
    team, player = (whole_numbers(actions[name]) for name in ("team_id", "player_id"))
    is_team = team_abbr_of_ids(player).notna()
    team = team.mask(team == 0).mask(is_team, player)
    return {
        "team_id": team,
        "team_abbr": team_abbr_of_ids(team),
        "player_id": player.mask(is_team | (player == 0)),
        **{f"{kind}_player_id": whole_numbers(actions[f"{kind}_player_id"]) for kind in _IDS},
    }


def _shots(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with what shots and free throws have, and without it for other events, where feeds write zeros."""
    missed = rows["description"].str.startswith("MISS").fillna(False)
    told = texts(rows["shot_result"]).map({"Made": True, "Missed": False}).astype("boolean")
    is_made = told.fillna(~missed.astype("boolean"))  # v3 says of a free throw in its text alone
    is_field_goal = rows["action_type"].isin(["2pt", "3pt"])
    places = ("shot_distance", "shot_x", "shot_y", "shot_zone")
    return rows.assign(
        shot_value=rows["action_type"].map(_SHOT_VALUES).astype("Int64"),
        is_made=is_made.where(rows["action_type"].isin(list(_SHOT_VALUES))),
        **{name: rows[name].where(is_field_goal) for name in places},
    )
