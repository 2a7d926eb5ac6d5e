"""The real samples, damaged: right rows or a named failure for each, never a crash or a silent loss.

`pytest --hypothesis-profile=thorough` tries thousands of cases of each sample.
"""

import csv
import datetime as dt
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import pytest
from hypothesis import given

from nba_pipeline.sources import (
    batch,
    bdl_active_players,
    bdl_injuries,
    bdl_player_boxscores,
    bdl_standings,
    bigdataball_play_by_play,
    espn_boxscores,
    espn_scoreboard,
    espn_team_rosters,
    mlb_pitcher_props,
    nbac_gamebook_player_stats,
    nbac_injury_report,
    nbac_play_by_play,
    nbac_player_boxscores,
    nbac_player_list,
    nbac_player_movement,
    nbac_referee_game_assignments,
    nbac_schedule,
    nbac_shot_chart,
    nbac_team_boxscore,
    odds_api_game_lines,
)
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.sources import (
    test_mlb_props,
    test_nbac_play_by_play,
    test_nbac_referee_game_assignments,
    test_nbac_shot_chart,
)
from nba_pipeline_tests.support.damage import cut, damaged, readable, shortened
from nba_pipeline_tests.support.odds_answers import is_above_outcomes, outcomes_held, outcomes_told
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data


@dataclass(frozen=True)
class Sample:
    """A sample, the object that it could be, and whether a batch tells of all that a payload of its shape holds."""

    source: ModuleType
    payload: Callable[[], object]
    name: str
    tells: Callable[[Batch, object], bool]


def sampled(path: str) -> Callable[[], object]:
    """Reads a sample."""

    def payload() -> object:
        content = (SAMPLES / path).read_bytes()
        return json.loads(gzip.decompress(content) if path.endswith("gz") else content)

    return payload


def counted(held: Callable[[dict], int]) -> Callable[[Batch, dict], bool]:
    """Rows and rejected rows are together as many as `held` finds in the payload."""
    return lambda collected, payload: len(collected.rows) + len(collected.rejected_rows) == held(payload)


def rows_of(result_set: str) -> Callable[[Batch, dict], bool]:
    return counted(lambda payload: len(next(s["rowSet"] for s in payload["resultSets"] if s["name"] == result_set)))


def elements_of(*names: str) -> Callable[[Batch, dict], bool]:
    """All elements of the lists of these names are told."""
    return counted(lambda payload: sum(len(payload[name]) for name in names))


def both_teams(payload: dict) -> int:
    return sum(len(value) for value in payload.values() if isinstance(value, list))


def officials(payload: dict) -> int:
    league = payload if payload.get("nba") is not None else payload["refereeAssignments"]
    return sum(map(test_nbac_referee_game_assignments.held, league["nba"]["Table"]["rows"]))


def movements(payload: dict) -> int:
    return len(payload["rows"] if payload.get("rows") is not None else payload["NBA_Player_Movement"]["rows"])


def scheduled(payload: dict) -> int:
    if payload.get("games") is not None:
        return len(payload["games"])
    return sum(len(day["games"]) for day in payload["leagueSchedule"]["gameDates"])


def outcomes(collected: Batch, answer: object) -> bool:
    return is_above_outcomes(collected) or outcomes_told(collected, "price") == outcomes_held(answer, "")


SAMPLES_OF_FEEDS = {
    "schedule": Sample(
        nbac_schedule,
        sampled("nbac_schedule_api/exp_80cb1fd6.json.gz"),
        "nba-com/schedule/2024-25/20250918T011314Z.json",
        counted(scheduled),
    ),
    "schedule_raw": Sample(
        nbac_schedule,
        sampled("nbac_schedule_api/raw_80cb1fd6.json.gz"),
        "nba-com/schedule/2024-25/20250918T011314Z.json",
        counted(scheduled),
    ),
    "player_boxscores": Sample(
        nbac_player_boxscores,
        sampled("nbac_player_boxscore/exp_2ad17718.json"),
        "nba-com/player-boxscores/2025-03-15/20250316T090000Z.json",
        rows_of("LeagueGameLog"),
    ),
    "team_boxscore": Sample(
        nbac_team_boxscore,
        sampled("nbac_team_boxscore/raw_a45ca6e1.json"),
        "nba-com/team-boxscore/2025-01-15/0022400561/20250116T090000Z.json",
        rows_of("TeamStats"),
    ),
    "gamebook": Sample(
        nbac_gamebook_player_stats,
        sampled("nbac_gamebook_pdf/exp_0173bcd1.json"),
        "nba-com/gamebooks-data/2024-04-10/20240410-MEMCLE/20240411T090000Z.json",
        elements_of("active_players", "dnp_players", "inactive_players"),
    ),
    "play_by_play": Sample(
        nbac_play_by_play,
        sampled("nbac_play_by_play/exp_14ecf360.json.gz"),
        "nba-com/play-by-play/2025-01-06/game-0022400500/20250107T090000Z.json",
        counted(lambda payload: len(test_nbac_play_by_play.held(payload))),
    ),
    "play_by_play_v3": Sample(
        nbac_play_by_play,
        sampled("nbac_play_by_play_v3/S2223-G0001.json.gz"),
        "nba-com/play-by-play/2022-10-18/game-0022200001/20221019T090000Z.json",
        counted(lambda payload: len(test_nbac_play_by_play.held(payload))),
    ),
    "shot_chart": Sample(
        nbac_shot_chart,
        lambda: test_nbac_shot_chart.chart(*test_nbac_shot_chart.sample("0022400001")),
        "nba-com/shot-chart/2024-11-12/game-0022400001/20241113T090000Z.json",
        rows_of("Shot_Chart_Detail"),
    ),
    "injury_report": Sample(
        nbac_injury_report,
        sampled("nbac_injury_report/exp_f4391904.json"),
        "nba-com/injury-report-data/2024-01-04/12/20240104T173000Z.json",
        elements_of("records"),
    ),
    "player_list": Sample(
        nbac_player_list,
        sampled("nbac_player_list/raw_7af00b51.json"),
        "nba-com/player-list/2025-10-01/20251002T090000Z.json",
        rows_of("PlayerIndex"),
    ),
    "player_movement": Sample(
        nbac_player_movement,
        sampled("nbac_player_movement/exp_1ecdb80d.json.gz"),
        "nba-com/player-movement/2025-07-17/20250717T234438Z.json",
        counted(movements),
    ),
    "referees": Sample(
        nbac_referee_game_assignments,
        sampled("nbac_referee_assignments/exp_718e62b3.json"),
        "nba-com/referee-assignments/2025-01-08/20250108T150000Z.json",
        counted(officials),
    ),
    "espn_rosters": Sample(
        espn_team_rosters,
        sampled("espn_roster_api/exp_2.json"),
        "espn/rosters/2025-06-19/team_BOS/20250619T230135Z.json",
        elements_of("players"),
    ),
    "espn_boxscore_of_players": Sample(
        espn_boxscores,
        sampled("espn_game_boxscore/exp_6f34c64b.json"),
        "espn/boxscores/2024-01-15/game-401585183/20240116T090000Z.json",
        elements_of("players"),
    ),
    "espn_boxscore_of_teams": Sample(
        espn_boxscores,
        sampled("espn_game_boxscore/exp_da177814.json"),
        "espn/boxscores/2024-01-15/game-401585183/20240116T090000Z.json",
        counted(both_teams),
    ),
    "espn_scoreboard": Sample(
        espn_scoreboard,
        sampled("espn_scoreboard_api/exp_92de7c9a.json"),
        "espn/scoreboard/2024-01-15/20240116T090000Z.json",
        elements_of("games"),
    ),
    "bdl_boxscores": Sample(
        bdl_player_boxscores,
        sampled("bdl_player_box_scores/raw_1db4c01e.json"),
        "ball-dont-lie/boxscores/2025-06-22/20250623T090000Z.json",
        elements_of("data"),
    ),
    "bdl_active_players": Sample(
        bdl_active_players,
        sampled("bdl_active_players/exp_ac3e7bd3.json"),
        "ball-dont-lie/active-players/2025-10-01/20251002T090000Z.json",
        elements_of("data"),
    ),
    "bdl_injuries": Sample(
        bdl_injuries,
        sampled("bdl_injuries/raw_49fd60fb.json"),
        "ball-dont-lie/injuries/2025-07-15/20250715T200000Z.json",
        elements_of("data"),
    ),
    "bdl_standings": Sample(
        bdl_standings,
        sampled("bdl_standings/raw_395a0451.json"),
        "ball-dont-lie/standings/2024-25/2025-04-13/20250414T090000Z.json",
        elements_of("data"),
    ),
    "game_lines_of_a_day": Sample(
        odds_api_game_lines,
        sampled("odds_api_game_odds/2024-2025__odds_2025-01-21_featured.json.gz"),
        "odds-api/game-lines/2025-01-21/ef3f4ef25b54e90b8ccff036468e4888-NYK-BKN/20250121T120000Z-snap-1155.json",
        outcomes,
    ),
    "game_lines": Sample(
        odds_api_game_lines,
        sampled("oddsa_game_lines_his/exp_b722994c.json"),
        "odds-api/game-lines/2024-01-24/cd0bc7d0c238f4446ce1c03d0cea7ec4-ATL-GSW/20240125T035600Z-snap-0355.json",
        outcomes,
    ),
    "strikeout_lines": Sample(
        mlb_pitcher_props,
        sampled("mlb_k_props_feed/strikeout-props_2025-07-05_b5bdc74ebf.json.gz"),
        test_mlb_props.NAME.format("pitcher"),
        test_mlb_props.every_book_is_told,
    ),
}


WRITTEN = dt.datetime(2025, 6, 23, 9, tzinfo=dt.UTC)

each_sample = pytest.mark.parametrize("sample", SAMPLES_OF_FEEDS.values(), ids=SAMPLES_OF_FEEDS.keys())


def collect(source: ModuleType, name: str, content: bytes) -> Batch | None:
    """The batch of one object; None where it is refused by name."""
    try:
        return batch.collect(source, [SourceFile(name, 1, content, WRITTEN)])
    except TooManyBadFiles:
        return None


@needs_real_data
@each_sample
def test_a_sample_with_one_node_changed_loses_nothing_in_silence(sample):
    @given(damaged(shortened(sample.payload())))
    def taken_or_refused(payload):
        collected = collect(sample.source, sample.name, json.dumps(payload).encode())
        assert collected is None or sample.tells(collected, payload)

    taken_or_refused()


@needs_real_data
@each_sample
def test_a_sample_with_bytes_cut_or_overwritten_loses_nothing_in_silence(sample):
    @given(cut(json.dumps(shortened(sample.payload(), 3)).encode()))
    def taken_or_refused(content):
        collected = collect(sample.source, sample.name, content)
        assert collected is None or sample.tells(collected, readable(content))

    taken_or_refused()


@needs_real_data
def test_a_sample_of_csv_with_bytes_cut_or_overwritten_loses_nothing_in_silence():
    whole = (SAMPLES / "bigdataball_pbp" / "raw_746cfbef.csv").read_bytes()
    name = "big-data-ball/2024-25/2025-06-22/game_0042400407/[2025-06-22]-0042400407-IND@OKC.csv"

    @given(cut(b"".join(whole.splitlines(keepends=True)[:6])))
    def taken_or_refused(content):
        collected = collect(bigdataball_play_by_play, name, content)
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig", "surrogateescape"), newline="")))[1:]
        assert collected is None or len(collected.rows) + len(collected.rejected_rows) == len(rows)

    taken_or_refused()


@needs_real_data
@each_sample
def test_a_whole_sample_is_taken_whole(sample):
    payload = sample.payload()
    collected = collect(sample.source, sample.name, json.dumps(payload).encode())
    assert len(collected.rows) > 0
    assert sample.tells(collected, payload)
