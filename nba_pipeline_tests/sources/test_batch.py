"""Batches on a toy source: what is taken, what is counted, and when nothing is."""

import itertools
import json
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_pipeline import frames
from nba_pipeline.sources import batch, payload
from nba_pipeline.sources.batch import Batch, Failure, SourceFile, TooManyBadFiles
from nba_pipeline.sources.feed import LINEAGE, Feed, ForeignObject
from nba_pipeline.table import Table, nullable, required

TABLE = Table(
    dataset="toy",
    name="things",
    description="Things of a day.",
    key=("thing_id",),
    columns=(
        required("game_date", "DATE", "Day"),
        required("thing_id", "INT64", "Id"),
        nullable("size", "INT64", "Size"),
        *LINEAGE,
    ),
)


def parse(content: bytes) -> payload.Parsed:
    return payload.result_set(content, "Things", {"DAY": "game_date", "ID": "thing_id", "SIZE": "size"})


def clean(values: pd.DataFrame) -> payload.Cleaned:
    numbers = {name: payload.whole_numbers(values[name]) for name in ("thing_id", "size")}
    rows = values.assign(game_date=payload.days(values["game_date"]), **numbers)
    return payload.reject_missing(rows, ("game_date", "thing_id"))


DAILY = SimpleNamespace(FEED=Feed("things", "toy/{date}/{ts}.json"), TABLE=TABLE, parse=parse, clean=clean)
SEASONAL = SimpleNamespace(FEED=Feed("seasons", "toy/{season}/{ts}.json"), TABLE=TABLE, parse=parse, clean=clean)

DAY = "2024-01-01"


def daily(*rows: list, day: str = DAY, ts: str = "20240102T090000Z", generation: int = 1) -> SourceFile:
    return SourceFile(f"toy/{day}/{ts}.json", generation, content(rows))


def content(rows) -> bytes:
    things = {"name": "Things", "headers": ["DAY", "ID", "SIZE"], "rowSet": list(rows)}
    return json.dumps({"resultSets": [things]}).encode()


def unreadable(number: int) -> SourceFile:
    return SourceFile(f"toy/2024-02-{number + 1:02d}/20240301T000000Z.json", 7, b"oops")


def collect(*files: SourceFile, source=DAILY) -> Batch:
    return batch.collect(source, files)


def test_rows_come_with_their_object_and_its_time():
    collected = collect(daily([DAY, 1, 10]), daily(["2024-01-02", 2, None], day="2024-01-02", ts="20240103T100000Z"))
    expected = pd.DataFrame(
        {
            "game_date": pd.to_datetime([DAY, "2024-01-02"]),
            "thing_id": [1, 2],
            "size": pd.array([10, None], "Int64"),
            "scraped_at": pd.to_datetime(["2024-01-02T09:00Z", "2024-01-03T10:00Z"]),
            "source_object": ["toy/2024-01-01/20240102T090000Z.json", "toy/2024-01-02/20240103T100000Z.json"],
            "source_generation": [1, 1],
        }
    )
    pd.testing.assert_frame_equal(collected.rows, frames.typed(TABLE, expected))
    assert (collected.files, collected.failed_files, collected.rejected_rows) == (2, [], [])


def test_no_files_and_files_without_rows_are_typed_frames_without_rows():
    for collected in (collect(), collect(daily())):
        pd.testing.assert_frame_equal(collected.rows, frames.empty(TABLE))


def test_a_file_without_rows_beside_others_changes_no_type():
    collected = collect(daily(), daily(["2024-01-02", 1, 10], day="2024-01-02"))
    assert collected.rows.dtypes.to_dict() == frames.empty(TABLE).dtypes.to_dict()


@given(st.permutations(range(4)))
def test_of_rows_with_one_key_the_newest_scrape_stays_whatever_the_order(order):
    files = [daily([DAY, 1, hour], [DAY, 10 + hour, 0], ts=f"20240102T{hour:02d}0000Z") for hour in range(4)]
    rows = collect(*(files[place] for place in order)).rows
    assert rows.set_index("thing_id")["size"].to_dict() == {1: 3, 10: 0, 11: 0, 12: 0, 13: 0}


def test_a_key_twice_in_one_file_keeps_its_last_row_and_lists_the_other():
    collected = collect(daily([DAY, 1, 10], [DAY, 1, 20]))
    assert collected.rows["size"].tolist() == [20]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == ("$.resultSets[0].rowSet[0]", "its key stands again further down")


def test_a_row_of_another_day_than_its_file_is_rejected_and_spoils_nothing():
    collected = collect(daily([DAY, 1, 10], ["2024-01-05", 2, 20]))
    assert collected.rows["thing_id"].tolist() == [1]
    (failure,) = collected.rejected_rows
    assert failure.reason == "game_date is not the one in the object's name"


def test_rows_that_say_no_day_are_of_the_day_in_the_objects_name():
    dayless = SimpleNamespace(
        FEED=DAILY.FEED, TABLE=TABLE, parse=parse, clean=lambda values: (clean(values)[0].drop(columns="game_date"), [])
    )
    assert collect(daily([DAY, 1, 10]), source=dayless).rows["game_date"].tolist() == [pd.Timestamp(DAY)]


def test_a_file_of_a_season_holds_rows_of_any_day():
    seasonal = SourceFile("toy/2023-24/20240102T090000Z.json", 1, content([[DAY, 1, 1], ["2024-05-05", 2, 2]]))
    assert len(collect(seasonal, source=SEASONAL).rows) == 2


def test_a_rejected_row_is_listed_with_its_file_its_place_and_the_reason():
    good = daily([DAY, 1, 1], generation=3)
    mixed = daily(["2024-01-02", 2, 2], ["2024-01-02"], ["2024-01-02", "x", 3], day="2024-01-02", generation=5)
    collected = collect(good, mixed)
    assert collected.rows["thing_id"].tolist() == [1, 2]
    assert collected.rejected_rows == [
        Failure(mixed.name, 5, "$.resultSets[0].rowSet[1]", "not a list of 3 values"),
        Failure(mixed.name, 5, "$.resultSets[0].rowSet[2]", "thing_id is missing or makes no sense"),
    ]


def test_one_unreadable_file_of_five_is_listed_and_the_rest_taken():
    good = [daily([f"2024-01-0{n}", n, n], day=f"2024-01-0{n}") for n in range(1, 5)]
    collected = collect(*good, unreadable(0))
    assert (len(collected.rows), collected.files) == (4, 5)
    (failure,) = collected.failed_files
    assert (failure.object, failure.generation, failure.position) == ("toy/2024-02-01/20240301T000000Z.json", 7, "$")
    assert failure.reason.startswith("not readable as JSON")


def test_more_than_a_fifth_unreadable_gives_nothing_but_the_list_and_the_remedy():
    good = [daily([f"2024-01-0{n}", n, n], day=f"2024-01-0{n}") for n in range(1, 8)]
    with pytest.raises(TooManyBadFiles) as raised:
        collect(*good, unreadable(0), unreadable(1))
    message = str(raised.value)
    assert message.startswith("2 of 9 files of things are unreadable, more than 20%: nothing was written.")
    assert "run the partitions again" in message
    assert "toy/2024-02-01/20240301T000000Z.json (generation 7)" in message
    assert "toy/2024-02-02/20240301T000000Z.json (generation 7)" in message


def test_a_long_list_of_unreadable_files_is_cut_and_says_so():
    files = [SourceFile(f"toy/2024-01-01/20240301T0000{n:02d}Z.json", 1, b"") for n in range(60)]
    with pytest.raises(TooManyBadFiles, match="and 10 more"):
        collect(*files)


scrapes = st.lists(
    st.tuples(st.sampled_from(["2024-01-01", "2024-01-02"]), st.integers(0, 3), st.integers(1, 3)), unique=True
)


@given(scrapes, st.randoms())
def test_scrapes_of_a_day_come_newest_first_by_stamp_then_generation(scraped, random):
    objects = [(f"toy/{day}/2024010{hour + 1}T000000Z.json", generation) for day, hour, generation in scraped]
    names = objects.copy()
    random.shuffle(names)
    by_day = itertools.groupby(sorted(objects), key=lambda found: found[0][:14])
    assert batch.scrapes(DAILY.FEED, names) == [sorted(found, reverse=True) for _, found in by_day]


def test_scrapes_of_a_foreign_name_are_refused():
    with pytest.raises(ForeignObject):
        batch.scrapes(DAILY.FEED, [("toy/readme.txt", 9)])


def test_where_the_newest_scrape_is_unreadable_the_one_before_is_taken_and_the_bad_ones_are_listed():
    good = daily([DAY, 1, 10], ts="20240102T070000Z")
    bad = SourceFile("toy/2024-01-01/20240102T080000Z.json", 2, b"{")
    worse = SourceFile("toy/2024-01-01/20240102T090000Z.json", 3, b"")
    others = [daily([f"2024-01-0{n}", n, n], day=f"2024-01-0{n}") for n in range(2, 9)]
    before = {worse.name: bad, bad.name: good}
    collected = batch.collect(DAILY, [worse, *others], lambda file: before.get(file.name))
    assert collected.rows["size"].tolist()[0] == 10
    assert [failure.object for failure in collected.failed_files] == [worse.name, bad.name]


OF_GAMES = Table(
    dataset="toy",
    name="events",
    description="Events of games.",
    key=("game_id", "thing_id"),
    columns=(
        required("game_date", "DATE", "Day"),
        required("game_id", "STRING", "Game"),
        required("thing_id", "INT64", "Id"),
        *LINEAGE,
    ),
)
GAMES = SimpleNamespace(
    FEED=Feed("events", "toy/{date}/{game_id}/{ts}.json", holds="game"),
    TABLE=OF_GAMES,
    parse=lambda content: payload.result_set(
        content, "Things", {"DAY": "game_date", "ID": "thing_id", "SIZE": "game_id"}
    ),
    clean=lambda values: (values.assign(game_date=payload.days(values["game_date"])), []),
)


def of_game(game_id: str, *held: str | None, ts: str = "20240102T090000Z") -> SourceFile:
    return SourceFile(f"toy/{DAY}/{game_id}/{ts}.json", 1, content([[DAY, n, game] for n, game in enumerate(held)]))


def test_a_row_of_another_game_than_its_file_is_rejected_and_one_that_names_none_is_the_files():
    collected = collect(of_game("a1", "a1", "b2", None), source=GAMES)
    assert collected.rows[["thing_id", "game_id"]].to_numpy().tolist() == [[0, "a1"], [2, "a1"]]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (
        "$.resultSets[0].rowSet[1]",
        "game_id is not the one in the object's name",
    )


def test_a_file_of_another_game_than_its_name_says_is_bad_and_the_scrape_before_it_stands_in():
    older, stray = of_game("a1", "a1", ts="20240102T080000Z"), of_game("a1", "b2", "b2")
    others = [of_game(f"c{number}", f"c{number}") for number in range(4)]
    collected = batch.collect(GAMES, [stray, *others], lambda _: older)
    assert sorted(collected.rows["game_id"]) == ["a1", "c0", "c1", "c2", "c3"]
    assert (collected.files, collected.rejected_rows) == (6, [])
    (failure,) = collected.failed_files
    assert (failure.object, failure.reason) == (stray.name, "game_id is not the one in the object's name")


def test_files_of_other_games_than_their_names_say_count_as_bad_files():
    with pytest.raises(TooManyBadFiles, match="1 of 2 files"):
        collect(of_game("a1", "b2"), of_game("c3", "c3"), source=GAMES)


def test_a_season_and_a_teams_code_are_compared_with_the_columns_that_hold_them():
    rosters = Table(
        dataset="toy",
        name="rosters",
        description="Rosters.",
        key=("season_year", "team_abbr", "thing_id"),
        partition_by="season_year",
        strategy="upsert",
        newest_by="scraped_at",
        columns=(
            required("season_year", "INT64", "Season"),
            required("team_abbr", "STRING", "Team"),
            required("thing_id", "INT64", "Id"),
            *LINEAGE,
        ),
    )
    columns = {"DAY": "season_year", "ID": "thing_id", "SIZE": "team_abbr"}
    source = SimpleNamespace(
        FEED=Feed("rosters", "toy/{season}/{team_abbr}/{ts}.json", holds="season_team"),
        TABLE=rosters,
        parse=lambda content: payload.result_set(content, "Things", columns),
        clean=lambda values: (values, []),
    )
    held = content([[2023, 1, "BKN"], [2022, 2, "BKN"], [2023, 3, "BOS"]])
    collected = collect(SourceFile("toy/2023-24/BRK/20240102T090000Z.json", 1, held), source=source)
    assert collected.rows["thing_id"].tolist() == [1]
    assert [failure.reason.partition(" ")[0] for failure in collected.rejected_rows] == ["season_year", "team_abbr"]


POLLS = Table(
    dataset="toy",
    name="polls",
    description="Every poll.",
    key=("poll_id", "thing_id"),
    strategy="append",
    inputs=("source_object", "source_generation"),
    columns=(
        required("game_date", "DATE", "Day"),
        required("poll_id", "STRING", "From the name"),
        required("thing_id", "INT64", "Id"),
        *LINEAGE,
    ),
)
SNAPSHOTS = Table(
    dataset="toy",
    name="snapshots",
    description="Every snapshot.",
    key=("thing_id", "snapshot_ts"),
    strategy="append",
    inputs=("source_object", "source_generation"),
    columns=(
        required("game_date", "DATE", "Day"),
        required("thing_id", "INT64", "Id"),
        required("snapshot_ts", "TIMESTAMP", "When it was so"),
        *LINEAGE,
    ),
)
POLLED = SimpleNamespace(
    FEED=Feed("polls", "toy/{date}/{poll_id}.json", holds="snapshot"), TABLE=POLLS, parse=parse, clean=clean
)


def test_a_name_without_a_stamp_is_dated_by_its_object_and_fills_columns_called_like_its_placeholders():
    written = pd.Timestamp("2024-01-01T20:00Z").to_pydatetime()
    file = SourceFile("toy/2024-01-01/evening.json", 4, content([[DAY, 1, 2]]), written)
    [row] = collect(file, source=POLLED).rows.to_dict("records")
    assert (row["poll_id"], row["scraped_at"], row["source_generation"]) == ("evening", pd.Timestamp(written), 4)


def test_each_input_of_an_append_keeps_its_rows():
    written = pd.Timestamp("2024-01-01T20:00Z").to_pydatetime()
    files = [SourceFile("toy/2024-01-01/one.json", number, content([[DAY, 1, 2]]), written) for number in (1, 2)]
    assert collect(*files, source=POLLED).rows["source_generation"].tolist() == [1, 2]


def with_snapshots(values: pd.DataFrame) -> payload.Cleaned:
    """The rows, of which those with a size have a moment of their own."""
    rows, rejected = clean(values)
    return rows.assign(snapshot_ts=pd.to_datetime(rows["size"].astype("float64"), unit="s", utc=True)), rejected


def test_a_row_that_names_no_moment_is_of_its_scrapes():
    source = SimpleNamespace(FEED=DAILY.FEED, TABLE=SNAPSHOTS, parse=parse, clean=with_snapshots)
    rows = collect(daily([DAY, 1, 60], [DAY, 2, None]), source=source).rows
    assert rows["snapshot_ts"].tolist() == [
        pd.Timestamp("1970-01-01T00:01Z"),
        pd.Timestamp("2024-01-02T09:00Z"),
    ]


def test_files_of_one_subject_that_differ_in_their_own_name_alone_are_scrapes_of_it():
    feed = Feed("games", "toy/{date}/game_{game_id}/{file}.csv", holds="game")
    names = [(f"toy/2024-01-01/game_1/{name}.csv", generation) for name, generation in (("b", 1), ("a", 2))]
    assert batch.scrapes(feed, names) == [[names[1], names[0]]]
