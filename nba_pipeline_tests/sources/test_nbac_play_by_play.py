"""Play-by-play in both shapes: the samples' own events and scores, and any damage to a file counted."""

import gzip
import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, nbac_play_by_play
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

BOS, NYK = 1610612738, 1610612752
LIVE = {
    **{"orderNumber": 70000, "actionNumber": 7, "clock": "PT11M42.50S", "timeActual": "2024-01-02T00:41:02.1Z"},
    **{"period": 1, "teamId": BOS, "teamTricode": "BOS", "actionType": "3pt", "subType": "Jump Shot"},
    **{"personId": 9_000_001, "playerName": "Ström", "shotResult": "Made", "shotDistance": 25.57, "isFieldGoal": 1},
    **{"xLegacy": -10, "yLegacy": 255, "area": "Above the Break 3", "scoreHome": "3", "scoreAway": "0"},
    **{"assistPersonId": 9_000_003, "description": "J. Ström 25' 3PT (3 PTS)", "qualifiers": []},
}
LIVE_START = {
    **{"orderNumber": 20000, "clock": "PT12M00.00S", "period": 1, "actionType": "period", "subType": "start"},
    **{"personId": 0, "scoreHome": "0", "scoreAway": "0", "description": "Period Start", "xLegacy": None},
}
V3 = {
    **{"actionId": 3, "actionNumber": 7, "clock": "PT00M28.80S", "period": 4, "teamId": NYK, "teamTricode": "NYK"},
    **{"personId": 9_000_002, "playerName": "Wexby", "xLegacy": 12, "yLegacy": 40, "shotDistance": 4},
    **{"shotResult": "Missed", "isFieldGoal": 1, "scoreHome": "", "scoreAway": "", "subType": "Layup"},
    **{"description": "MISS Wexby 4' Layup", "actionType": "Missed Shot"},
}
V3_OTHER = {**V3, "shotResult": "", "xLegacy": 0, "yLegacy": 0, "shotDistance": 0, "isFieldGoal": 0, "subType": ""}


def v3(number: int, kind: str, description: str, **values: object) -> dict:
    return {**V3_OTHER, "actionId": number, "actionType": kind, "description": description, **values}


def live(*actions: dict) -> dict:
    return {"meta": {"version": 1}, "game": {"gameId": "0022300001", "actions": list(actions)}}


def collect(content: bytes, name: str = "2024-01-01/game-0022300001") -> Batch:
    return batch.collect(
        nbac_play_by_play, [SourceFile(f"nba-com/play-by-play/{name}/20240102T090000Z.json", 1, content)]
    )


def parsed(payload: object) -> Batch:
    return collect(json.dumps(payload).encode())


def row_of(action: dict) -> pd.Series:
    (row,) = parsed(live(action)).rows.to_dict("records")
    return pd.Series(row, dtype=object)


def points(rows: pd.DataFrame) -> dict[str, int]:
    """What each team's made shots and free throws are worth."""
    return rows[rows["is_made"].fillna(False)].groupby("team_abbr")["shot_value"].sum().to_dict()


def sample(*parts: str) -> tuple[Batch, object]:
    content = SAMPLES.joinpath(*parts).read_bytes()
    return collect(content, "2025-01-06/game-0022400500"), json.loads(gzip.decompress(content))


@needs_real_data
def test_the_live_samples_events_are_its_own_and_add_up_to_its_score():
    collected, held = sample("nbac_play_by_play", "exp_14ecf360.json.gz")
    rows, actions = collected.rows, held["playByPlay"]["game"]["actions"]
    assert len(rows) == len(actions) == held["metadata"]["eventCount"] == 571
    assert not collected.rejected_rows
    assert points(rows) == {"MIN": 108, "LAC": 106}
    assert (rows["home_points"].iloc[-1], rows["away_points"].iloc[-1]) == (108, 106)
    for column, key in {
        "action_type": "actionType",
        "event_sequence": "orderNumber",
        "description": "description",
    }.items():
        assert rows[column].tolist() == [action[key] for action in actions]
    for column, key in {"assist": "assistPersonId", "block": "blockPersonId", "steal": "stealPersonId"}.items():
        assert rows[f"{column}_player_id"].dropna().tolist() == [a[key] for a in actions if key in a]
    attempts = rows[rows["shot_distance"].notna()]
    assert len(attempts) == sum(action["isFieldGoal"] for action in actions) == 181
    assert attempts["shot_zone"].notna().all()


@needs_real_data
def test_the_scrapers_shape_gives_the_same_events_as_nba_coms_own():
    scraped, raw = (sample("nbac_play_by_play", f"{kind}_14ecf360.json.gz")[0].rows for kind in ("exp", "raw"))
    pd.testing.assert_frame_equal(scraped, raw)


@needs_real_data
@pytest.mark.parametrize(
    ("name", "events", "score"),
    [("S2223-G0001", 468, {"BOS": 126, "PHI": 117}), ("S2223-G0500", 458, {"MIA": 113, "MIN": 110})],
)
def test_the_v3_samples_events_are_their_own_and_add_up_to_the_score(name, events, score):
    collected, actions = sample("nbac_play_by_play_v3", f"{name}.json.gz")
    rows = collected.rows
    assert len(rows) == len(actions) == events
    assert not collected.rejected_rows
    assert points(rows) == score
    assert [rows["home_points"].iloc[-1], rows["away_points"].iloc[-1]] == list(score.values())
    assert rows["event_sequence"].tolist() == [action["actionId"] for action in actions]
    shots = rows[rows["action_type"].isin(["2pt", "3pt"])]
    assert len(shots) == len(shots.dropna(subset="shot_x")) == sum(action["isFieldGoal"] for action in actions)
    steals = sum("STEAL" in action["description"] for action in actions)
    assert rows["action_type"].eq("steal").sum() == steals > 0


def test_a_shot_is_typed_and_carries_what_the_objects_name_says():
    row = row_of(LIVE)
    assert (row["game_date"], row["game_id"], row["event_sequence"]) == (
        pd.Timestamp("2024-01-01"),
        "0022300001",
        70000,
    )
    assert (row["seconds_left"], row["happened_at"]) == (702.5, pd.Timestamp("2024-01-02T00:41:02.1Z"))
    assert (row["team_abbr"], row["player_id"], row["assist_player_id"]) == ("BOS", 9_000_001, 9_000_003)
    assert (row["is_made"], row["shot_value"], row["shot_distance"], row["shot_x"]) == (True, 3, 25.57, -10)
    assert (row["home_points"], row["away_points"]) == (3, 0)


def test_an_event_of_no_team_and_no_player_has_none():
    row = row_of(LIVE_START)
    assert row[["team_id", "team_abbr", "player_id", "is_made", "shot_value", "shot_x"]].isna().all()


def test_a_file_of_another_game_than_its_name_says_is_refused():
    with pytest.raises(TooManyBadFiles, match=r"game_id is not the one in the object's name at \$\.game\.actions\[0\]"):
        collect(json.dumps(live(LIVE)).encode(), "2024-01-01/game-0022300002")


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (V3, ("2pt", 2, False)),
        (
            {**V3, "actionType": "Made Shot", "description": "Wexby 26' 3PT Jump Shot", "shotResult": "Made"},
            ("3pt", 3, True),
        ),
        (v3(4, "Free Throw", "MISS Wexby Free Throw 1 of 2"), ("freethrow", 1, False)),
        (v3(5, "Free Throw", "Wexby Free Throw 2 of 2 (4 PTS)"), ("freethrow", 1, True)),
        (v3(6, "", "Wexby STEAL (1 STL)"), ("steal", None, None)),
        (v3(7, "", "Wexby BLOCK (1 BLK)"), ("block", None, None)),
        (v3(8, "Jump Ball", "Jump Ball Ström vs. Wexby"), ("jumpball", None, None)),
        (v3(9, "Rebound", "Wexby REBOUND (Off:0 Def:1)"), ("rebound", None, None)),
    ],
)
def test_v3_events_have_the_live_datas_names(action, expected):
    row = row_of(action)
    assert [None if value is pd.NA else value for value in row[["action_type", "shot_value", "is_made"]]] == [*expected]


def test_zeros_of_v3_that_stand_for_nothing_are_null():
    row = row_of(v3(9, "Rebound", "Wexby REBOUND"))
    assert row[["shot_x", "shot_y", "shot_distance", "home_points", "away_points", "sub_type"]].isna().all()


def test_a_rebound_of_a_team_is_the_teams_and_no_players():
    row = row_of(v3(9, "Rebound", "KNICKS Rebound", teamId=0, teamTricode="", personId=NYK, playerName=""))
    assert (row["team_id"], row["team_abbr"], row.isna()["player_id"]) == (NYK, "NYK", True)


@pytest.mark.parametrize(
    ("change", "position", "reason"),
    [
        ({"actionType": ""}, "", "action_type is missing or makes no sense"),
        ({"orderNumber": None}, "", "event_sequence is missing or makes no sense"),
        ({"clock": "late"}, "", "seconds_left is missing or makes no sense"),
        ({"scoreHome": "three"}, "", "a score is no whole number"),
        ({"teamId": 12}, "", "team_id is no team's"),
        ({"period": "OT"}, ".period", "Expected `int`, got `str`"),
        ({"shotDistance": "far"}, ".shotDistance", "Expected `float | null`, got `str`"),
    ],
)
def test_an_event_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(change, position, reason):
    collected = parsed(live({**LIVE, **change}, LIVE_START))
    assert collected.rows["event_sequence"].tolist() == [20000]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (f"$.game.actions[0]{position}", reason)


def test_a_file_of_neither_shape_is_refused():
    with pytest.raises(TooManyBadFiles, match="neither game nor playByPlay"):
        parsed({"resultSets": []})


def held(content: object) -> list:
    """The events in a payload of any shape."""
    if isinstance(content, list):
        return content
    return (content["game"] if content.get("game") is not None else content["playByPlay"]["game"])["actions"]


@pytest.mark.parametrize(
    "payload",
    [live(LIVE_START, LIVE), {"playByPlay": live(LIVE, LIVE_START)}, [V3, v3(4, "", "Wexby STEAL (1 STL)")]],
    ids=["live", "scraped", "v3"],
)
def test_a_damaged_play_by_play_is_taken_in_part_or_refused_as_a_whole(payload):
    @given(damaged(payload))
    def taken_or_refused(content):
        try:
            collected = collect(json.dumps(content).encode())
        except TooManyBadFiles:
            return
        assert len(collected.rows) + len(collected.rejected_rows) == len(held(content))

    taken_or_refused()
