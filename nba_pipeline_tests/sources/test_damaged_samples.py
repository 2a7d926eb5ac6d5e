"""The real samples with one node changed: right rows or a named failure for each, never a crash or a silent loss."""

import gzip
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
    espn_boxscores,
    espn_scoreboard,
    espn_team_rosters,
    nbac_gamebook_player_stats,
    nbac_injury_report,
    nbac_play_by_play,
    nbac_player_list,
    nbac_team_boxscore,
)
from nba_pipeline.sources.batch import SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data


@dataclass(frozen=True)
class Sample:
    """A sample, the object that it could be, and how many rows a payload of its shape holds."""

    source: ModuleType
    path: str
    name: str
    held: Callable[[dict], int]

    def payload(self) -> dict:
        content = (SAMPLES / self.path).read_bytes()
        return json.loads(gzip.decompress(content) if self.path.endswith("gz") else content)


def rows_of(result_set: str) -> Callable[[dict], int]:
    """How many rows the result set of that name holds."""
    return lambda payload: len(next(s["rowSet"] for s in payload["resultSets"] if s["name"] == result_set))


def events(payload: dict | list) -> int:
    return len(payload if isinstance(payload, list) else payload["game"]["actions"])


def players(book: dict) -> int:
    return sum(len(book[name]) for name in ("active_players", "dnp_players", "inactive_players"))


def elements_of(name: str) -> Callable[[dict], int]:
    """How many elements the list of that name holds."""
    return lambda payload: len(payload[name])


def of_both_teams(payload: dict) -> int:
    return sum(len(value) for value in payload.values() if isinstance(value, list))


SAMPLES_OF_FEEDS = [
    Sample(
        nbac_team_boxscore,
        "nbac_team_boxscore/raw_a45ca6e1.json",
        "nba-com/team-boxscore/2025-01-15/0022400561/20250116T090000Z.json",
        rows_of("TeamStats"),
    ),
    Sample(
        nbac_gamebook_player_stats,
        "nbac_gamebook_pdf/exp_0173bcd1.json",
        "nba-com/gamebooks-data/2024-04-10/20240410-MEMCLE/20240411T090000Z.json",
        players,
    ),
    Sample(
        nbac_play_by_play,
        "nbac_play_by_play/raw_14ecf360.json.gz",
        "nba-com/play-by-play/2025-01-06/game-0022400500/20250107T090000Z.json",
        events,
    ),
    Sample(
        nbac_injury_report,
        "nbac_injury_report/exp_f4391904.json",
        "nba-com/injury-report-data/2024-01-04/12/20240104T173000Z.json",
        elements_of("records"),
    ),
    Sample(
        nbac_player_list,
        "nbac_player_list/raw_7af00b51.json",
        "nba-com/player-list/2025-10-01/20251002T090000Z.json",
        rows_of("PlayerIndex"),
    ),
    Sample(
        espn_team_rosters,
        "espn_roster_api/exp_2.json",
        "espn/rosters/2025-06-19/team_BOS/20250619T230135Z.json",
        elements_of("players"),
    ),
    Sample(
        espn_boxscores,
        "espn_game_boxscore/exp_6f34c64b.json",
        "espn/boxscores/2024-01-15/game-401585183/20240116T090000Z.json",
        elements_of("players"),
    ),
    Sample(
        espn_boxscores,
        "espn_game_boxscore/exp_da177814.json",
        "espn/boxscores/2024-01-15/game-401585183/20240116T090000Z.json",
        of_both_teams,
    ),
    Sample(
        espn_scoreboard,
        "espn_scoreboard_api/exp_92de7c9a.json",
        "espn/scoreboard/2024-01-15/20240116T090000Z.json",
        elements_of("games"),
    ),
    Sample(
        bdl_player_boxscores,
        "bdl_player_box_scores/raw_1db4c01e.json",
        "ball-dont-lie/boxscores/2025-06-22/20250623T090000Z.json",
        elements_of("data"),
    ),
    Sample(
        bdl_active_players,
        "bdl_active_players/exp_ac3e7bd3.json",
        "ball-dont-lie/active-players/2025-10-01/20251002T090000Z.json",
        elements_of("data"),
    ),
    Sample(
        bdl_injuries,
        "bdl_injuries/raw_49fd60fb.json",
        "ball-dont-lie/injuries/2025-07-15/20250715T200000Z.json",
        elements_of("data"),
    ),
    Sample(
        bdl_standings,
        "bdl_standings/raw_395a0451.json",
        "ball-dont-lie/standings/2024-25/2025-04-13/20250414T090000Z.json",
        elements_of("data"),
    ),
]


@needs_real_data
@pytest.mark.parametrize("sample", SAMPLES_OF_FEEDS, ids=lambda sample: sample.source.FEED.name)
def test_a_sample_with_one_node_changed_loses_nothing_in_silence(sample):
    @given(damaged(sample.payload()))
    def taken_or_refused(payload):
        try:
            collected = batch.collect(sample.source, [SourceFile(sample.name, 1, json.dumps(payload).encode())])
        except TooManyBadFiles:
            return
        assert len(collected.rows) + len(collected.rejected_rows) == sample.held(payload)

    taken_or_refused()
