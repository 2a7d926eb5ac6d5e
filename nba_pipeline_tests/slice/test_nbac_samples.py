"""NBA.com's samples through the bucket and the assets into tables of every strategy, once and only once."""

import pytest

from nba_pipeline.sources import (
    batch,
    nbac_gamebook_player_stats,
    nbac_injury_report,
    nbac_play_by_play,
    nbac_player_list,
    nbac_player_movement,
    nbac_referee_game_assignments,
    nbac_team_boxscore,
)
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

OBJECTS = [
    (nbac_team_boxscore, "nbac_team_boxscore/exp_a45ca6e1.json", "nba-com/team-boxscore/{}/0022400561/{}.json"),
    (
        nbac_gamebook_player_stats,
        "nbac_gamebook_pdf/exp_0173bcd1.json",
        "nba-com/gamebooks-data/{}/20240410-MEMCLE/{}.json",
    ),
    (nbac_play_by_play, "nbac_play_by_play/exp_14ecf360.json.gz", "nba-com/play-by-play/{}/game-0022400500/{}.json"),
    (nbac_injury_report, "nbac_injury_report/exp_f4391904.json", "nba-com/injury-report-data/{}/12/{}.json"),
    (nbac_player_list, "nbac_player_list/exp_7af00b51.json.gz", "nba-com/player-list/{}/{}.json"),
    (nbac_player_movement, "nbac_player_movement/exp_1ecdb80d.json.gz", "nba-com/player-movement/{}/{}.json"),
    (
        nbac_referee_game_assignments,
        "nbac_referee_assignments/exp_718e62b3.json",
        "nba-com/referee-assignments/{}/{}.json",
    ),
]
# A day that the sample says itself; where it says none, any will do.
DAYS = {nbac_gamebook_player_stats: "2024-04-10", nbac_injury_report: "2024-01-04"}


@pytest.mark.parametrize("source", [source for source, _, _ in OBJECTS], ids=lambda source: source.FEED.name)
def test_days_without_objects_are_no_failure(empty_slice, source):
    assert empty_slice.run("2024-07-01", "2024-07-31", [source.FEED.name]).success


@needs_real_data
@pytest.mark.parametrize(("source", "sample", "path"), OBJECTS, ids=[source.FEED.name for source, _, _ in OBJECTS])
def test_a_sample_fills_its_table_and_a_second_scrape_of_it_no_more(empty_slice, source, sample, path):
    day, content = DAYS.get(source, "2025-01-08"), (SAMPLES / sample).read_bytes()
    first, second = (path.format(day, stamp) for stamp in ("20250804T090000Z", "20250805T090000Z"))
    asset = [source.FEED.name]
    empty_slice.put(first, content)
    assert empty_slice.run(day, day, asset).success
    rows = empty_slice.read(source.TABLE, day, day)
    expected = batch.collect(source, [batch.SourceFile(first, 1, content)]).rows
    keys = list(source.TABLE.key)
    assert sorted(map(tuple, rows[keys].to_numpy())) == sorted(map(tuple, expected[keys].to_numpy()))

    assert empty_slice.run(day, day, asset).success
    assert len(empty_slice.read(source.TABLE, day, day)) == len(rows)
    empty_slice.put(second, content)
    assert empty_slice.run(day, day, asset).success
    scrapes = 2 if source.TABLE.strategy == "append" else 1
    assert len(empty_slice.read(source.TABLE, day, day)) == scrapes * len(rows)
