"""ESPN's box scores: the samples' own lines in both shapes, and any damage to a file counted."""

import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, espn_boxscores
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline.sources.box_score import COUNTS
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, SHARED, needs_real_data

STATS = ["31", "5-9", "0-1", "3-5", "1", "6", "7", "2", "0", "4", "2", "3", "+8", "13"]
STARTER = {"playerId": "9000001", "playerName": "Jobex Ström Jr.", "jersey": "00", "stats": STATS, "type": "starters"}
BENCH = {
    **{"playerId": "9000002", "playerName": "Tarel Wexby", "jersey": "7", "type": "bench"},
    "stats": [*STATS[:-2], "-8", "13"],
}
DNP = {**BENCH, "playerId": "9000003", "playerName": "Quillon Arbo", "stats": [], "dnpReason": "COACH'S DECISION"}
GAME = {"game_id": "401585183", "gamedate": "2024-01-15", "timestamp": "2024-01-16T05:30:14+00:00"}


def flat(starter: dict = STARTER, *others: dict) -> dict:
    players = [{**starter, "team": "GS", "teamType": "home"}]
    players += [{**player, "team": "UTAH", "teamType": "away"} for player in others or (BENCH, DNP)]
    return {**GAME, "teams": {"away": "UTAH", "home": "GS"}, "players": players}


def by_team(starter: dict = STARTER, *others: dict) -> dict:
    return {"UTAH": list(others or (BENCH, DNP)), "GS": [starter], **GAME}


SHAPES = [pytest.param(flat, id="one list"), pytest.param(by_team, id="a list per team")]


def collect(content: bytes) -> Batch:
    file = SourceFile("espn/boxscores/2024-01-15/game-401585183/20240116T090000Z.json", 1, content)
    return batch.collect(espn_boxscores, [file])


def parsed(payload: object) -> Batch:
    return collect(json.dumps(payload).encode())


def held(payload: dict) -> int:
    """How many players a payload of either shape holds."""
    if "players" in payload:
        return len(payload["players"])
    return sum(len(value) for value in payload.values() if isinstance(value, list))


@needs_real_data
@pytest.mark.parametrize("sample", ["exp_6f34c64b.json", "exp_da177814.json"])
def test_the_samples_lines_add_up_to_nba_coms_totals_of_the_game(sample):
    collected = collect((SAMPLES / "espn_game_boxscore" / sample).read_bytes())
    rows = collected.rows
    assert not collected.rejected_rows
    assert rows["team_abbr"].value_counts().to_dict() == {"HOU": 14, "PHI": 11}
    assert rows["is_starter"].sum() == 10
    assert rows.loc[rows["seconds_played"].isna(), "player_lookup"].tolist() == ["reggiebullock", "bobanmarjanovic"]
    assert rows["dnp_reason"].dropna().tolist() == ["COACH'S DECISION"] * 2
    totals = pd.read_parquet(SHARED / "tidy" / "team_game.parquet", filters=[("game_id", "==", "0022300555")])
    totals = totals.set_index("team_abbreviation").rename(columns={h.lower(): name for h, name in COUNTS.items()})
    names = [name for name in COUNTS.values() if name != "plus_minus"]
    found = rows.groupby("team_abbr")[[*names, "seconds_played"]].sum()
    expected = totals.loc[["HOU", "PHI"], names]
    pd.testing.assert_frame_equal(found[names], expected, check_dtype=False, check_index_type=False, check_names=False)
    assert (found["seconds_played"] / 60).to_dict() == totals["min"].to_dict()


@needs_real_data
def test_the_samples_of_both_shapes_hold_the_same_lines():
    one, two = (
        collect((SAMPLES / "espn_game_boxscore" / name).read_bytes()).rows
        for name in ("exp_6f34c64b.json", "exp_da177814.json")
    )
    assert one["is_home"].tolist() == (one["team_abbr"] == "PHI").tolist()
    pd.testing.assert_frame_equal(one.drop(columns="is_home"), two.drop(columns="is_home"))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_player_is_typed_and_carries_what_the_file_says_of_the_game(shape):
    rows = parsed(shape()).rows.set_index("player_lookup")
    starter, bench, absent = (rows.loc[name] for name in ("jobexstrom", "tarelwexby", "quillonarbo"))
    assert (starter["game_date"], starter["espn_game_id"]) == (pd.Timestamp("2024-01-15"), "401585183")
    assert (starter["espn_player_id"], starter["team_abbr"], starter["opponent_abbr"]) == (9_000_001, "GSW", "UTA")
    assert (starter["is_starter"], starter["jersey_number"], starter["seconds_played"]) == (True, "00", 31 * 60)
    assert starter[list(COUNTS.values())].tolist() == [5, 9, 0, 1, 3, 5, 1, 6, 7, 2, 0, 4, 2, 3, 13, 8]
    assert (bench["team_abbr"], bench["is_starter"], bench["plus_minus"]) == ("UTA", False, -8)
    assert absent["dnp_reason"] == "COACH'S DECISION"
    assert absent[["seconds_played", *COUNTS.values()]].isna().all()


def test_who_is_at_home_is_known_of_the_one_shape_and_not_of_the_other():
    assert parsed(flat()).rows["is_home"].tolist() == [True, False, False]
    assert parsed(by_team()).rows["is_home"].isna().all()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("change", "position", "reason"),
    [
        ({"playerId": None}, ".playerId", "Expected `str`, got `null`"),
        ({"playerId": "x7"}, "", "espn_player_id is missing or makes no sense"),
        ({"playerName": "?"}, "", "player_lookup is missing or makes no sense"),
        ({"type": "coach"}, ".type", "Invalid enum value 'coach'"),
        ({"stats": STATS[:-1]}, "", "stats are not 14 values"),
        ({"stats": ["--", *STATS[1:]]}, "", "one of the stats is no count"),
        ({"stats": [STATS[0], "5", *STATS[2:]]}, "", "one of the stats is no count"),
        ({"stats": [*STATS[:-1], ""]}, "", "one of the stats is no count"),
    ],
)
def test_a_player_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(
    shape, change, position, reason
):
    collected = parsed(shape({**STARTER, **change}))
    assert collected.rows["player_lookup"].tolist() == ["tarelwexby", "quillonarbo"]
    (failure,) = collected.rejected_rows
    place = "$.players[0]" if shape is flat else "$.GS[0]"
    assert (failure.position, failure.reason) == (f"{place}{position}", reason)


def test_a_player_of_neither_team_is_rejected():
    payload = flat()
    payload["players"][0]["team"] = "NO"
    (failure,) = parsed(payload).rejected_rows
    assert failure.reason == "the player's team is neither of the game's"


@pytest.mark.parametrize("payload", [{**flat(), "players": []}, {"GS": [], "UTAH": [], **GAME}])
def test_a_box_score_without_players_has_no_rows_and_is_no_failure(payload):
    collected = parsed(payload)
    assert (len(collected.rows), collected.files, collected.failures) == (0, 1, [])


def test_a_box_score_of_one_team_is_refused():
    with pytest.raises(TooManyBadFiles, match="neither players nor the lists of two teams"):
        parsed({"GS": [STARTER], **GAME})


@pytest.mark.parametrize("missing", ["game_id", "gamedate"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_box_score_without_its_game_is_refused(shape, missing):
    with pytest.raises(TooManyBadFiles, match=f"missing required field `{missing}`"):
        parsed({key: value for key, value in shape().items() if key != missing})


@pytest.mark.parametrize("shape", SHAPES)
def test_a_damaged_box_score_is_taken_in_part_or_refused_as_a_whole(shape):
    @given(damaged(shape()))
    def taken_or_refused(payload):
        try:
            collected = parsed(payload)
        except TooManyBadFiles:
            return
        assert len(collected.rows) + len(collected.rejected_rows) == held(payload)

    taken_or_refused()
