"""Decoding: what a bad file or a bad part of it is called, and that nothing of it disappears."""

import gzip
import json

import msgspec
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_pipeline.sources import payload
from nba_pipeline.sources.payload import BadPayload, RejectedItem
from nba_pipeline_tests.support.damage import json_values


class Thing(msgspec.Struct):
    size: payload.Whole
    name: str | None = None


class Things(msgspec.Struct):
    things: list[msgspec.Raw]


def game_log(headers: list, rows: list, name: str = "Log") -> bytes:
    return json.dumps({"resultSets": [{"name": name, "headers": headers, "rowSet": rows}]}).encode()


def test_gzipped_json_is_json():
    assert payload.decode(gzip.compress(b'{"size": 3}'), Thing) == payload.decode(b'{"size": 3}', Thing) == Thing(3)


def test_a_value_of_another_type_is_named_with_its_place():
    with pytest.raises(BadPayload, match=r"Expected `int`, got `str` at \$\.size") as raised:
        payload.decode(b'{"size": "3"}', Thing)
    assert raised.value.position == "$.size"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"\xff\xfe",
        b'{"size": NaN}',
        b'{"size": 1e999}',
        b'{"name": "\\ud800", "size": 1}',
        b'{"deep": ' + b"[" * 100_000,
        b"\x1f\x8b",
        b"\x1f\x8b no gzip at all",
        gzip.compress(b'{"size": 3}', mtime=0)[:-9],
        gzip.compress(b"not json", mtime=0),
    ],
)
def test_what_is_no_json_is_one_kind_of_error(content):
    with pytest.raises(BadPayload):
        payload.decode(content, Thing)


@given(st.binary())
def test_no_bytes_make_another_error(content):
    with pytest.raises(BadPayload):
        payload.decode(content, Thing)


def test_a_bad_item_costs_itself_and_is_named():
    raws = payload.decode(b'{"things": [{"size": 1}, {"size": "x"}, 7, {"size": 2, "name": "b"}]}', Things).things
    parsed = payload.items(
        [(f"$.things[{n}]", raw) for n, raw in enumerate(raws)], Thing, {"size": "size", "n": "name"}
    )
    assert parsed.columns == {"size": [1, 2], "n": [None, "b"]}
    assert parsed.positions == ["$.things[0]", "$.things[3]"]
    assert parsed.rejected == [
        RejectedItem("$.things[1].size", "Expected `int`, got `str`"),
        RejectedItem("$.things[2]", "Expected `object`, got `int`"),
    ]


def test_each_element_of_a_list_is_decoded_by_itself_and_keeps_its_number():
    rejected: list[RejectedItem] = []
    raws = payload.decode(b'{"things": [{"size": 1}, {"size": "x"}, {"size": 2}]}', Things).things
    assert list(payload.each(raws, Thing, "$.things", rejected)) == [(0, Thing(1)), (2, Thing(2))]
    assert rejected == [RejectedItem("$.things[1].size", "Expected `int`, got `str`")]


def test_a_whole_number_too_large_for_a_table_is_refused():
    with pytest.raises(BadPayload, match="size"):
        payload.decode(b'{"size": 9007199254740993}', Thing)


@given(st.lists(json_values, max_size=6))
def test_every_row_of_a_result_set_is_either_taken_or_rejected(rows):
    parsed = payload.result_set(game_log(["A", "B"], rows), "Log", {"B": "b", "A": "a"})
    taken = [row for row in rows if isinstance(row, list) and len(row) == 2]
    assert parsed.columns == {"a": [a for a, _ in taken], "b": [b for _, b in taken]}
    assert len(parsed.positions) == len(taken)
    assert len(parsed.rejected) == len(rows) - len(taken)


def test_columns_are_found_by_their_header_and_others_left_out():
    parsed = payload.result_set(game_log(["X", "B", "A"], [[1, 2, 3]]), "Log", {"A": "a", "B": "b"})
    assert parsed.columns == {"a": [3], "b": [2]}
    assert parsed.positions == ["$.resultSets[0].rowSet[0]"]


@pytest.mark.parametrize("headers", [["A"], ["A", "B", "B"], []])
def test_a_missing_or_repeated_column_makes_the_file_unreadable(headers):
    with pytest.raises(BadPayload, match=r"not exactly one column B.*\$\.resultSets\[0\]\.headers|A, B"):
        payload.result_set(game_log(headers, []), "Log", {"A": "a", "B": "b"})


def test_a_missing_result_set_makes_the_file_unreadable():
    with pytest.raises(BadPayload, match=r"no result set Log at \$\.resultSets"):
        payload.result_set(game_log(["A"], [], name="Other"), "Log", {"A": "a"})


@given(st.lists(json_values))
def test_whole_numbers_are_json_numbers_without_a_fraction_and_nothing_else(values):
    numbers = payload.whole_numbers(pd.Series(values, dtype=object))
    assert numbers.dtype == "Int64"
    for value, number in zip(values, numbers, strict=True):
        is_whole = type(value) in (int, float) and value % 1 == 0 and abs(value) < 2**53
        assert (number is not pd.NA) == is_whole
        assert number is pd.NA or number == value


@given(st.lists(json_values))
def test_texts_are_json_texts_and_nothing_else(values):
    texts = payload.texts(pd.Series(values, dtype=object))
    assert texts.astype(object).where(texts.notna(), None).tolist() == [
        value if isinstance(value, str) and value else None for value in values
    ]


@pytest.mark.parametrize("found", [[], ["a", None]])
def test_columns_of_strings_are_texts_already(found):
    strings = pd.Series(found, dtype="string[pyarrow]")
    pd.testing.assert_series_equal(payload.texts(strings), strings)


def test_numbers_in_texts_are_whole_numbers_and_nothing_else():
    values = pd.Series(["12", "-3", "1.5", "", "x", None, 4, ["5"], "٣"], dtype=object)
    assert payload.numbers_in_texts(values).astype(object).where(lambda found: found.notna(), None).tolist() == [
        *(12, -3),
        *[None] * 7,
    ]


def test_decimals_in_texts_are_decimal_numbers_and_nothing_else():
    values = pd.Series(["15.600000000000001", "-3", "1e9", "nan", "", ".5", None, 4.5], dtype=object)
    assert payload.decimals_in_texts(values).fillna(0).tolist() == [15.600000000000001, -3, *[0] * 6]


def test_rows_of_csv_are_texts_by_header_and_known_by_their_lines():
    parsed = payload.csv_rows(b'\xef\xbb\xbfA,B\r\n1,"two\r\nlines"\r\n3\r\n4,\r\n', {"B": "b"})
    assert parsed == payload.Parsed(
        {"b": ["two\r\nlines", ""]}, ["line 3", "line 5"], [RejectedItem("line 4", "not 2 values")]
    )


def test_days_and_moments_are_null_where_a_text_is_none():
    values = pd.Series(["2024-03-01T00:00:00Z", "2024-02-30", "0001-01-01T00:00:00Z", "", None, 3], dtype=object)
    assert payload.days(values).tolist()[0] == pd.Timestamp("2024-03-01")
    assert payload.moments(values).tolist()[0] == pd.Timestamp("2024-03-01", tz="UTC")
    assert payload.days(values).notna().tolist() == [True, False, False, False, False, False]
    assert payload.moments(values).notna().tolist() == [True, False, False, False, False, False]


def test_a_day_can_be_written_in_other_ways():
    values = pd.Series(["01/08/2025", "2025-01-08"], dtype=object)
    assert payload.days(values, "%m/%d/%Y").tolist() == [pd.Timestamp("2025-01-08"), pd.NaT]
    assert payload.days(pd.Series(["20250108"], dtype=object), "%Y%m%d").tolist() == [pd.Timestamp("2025-01-08")]


def test_only_a_value_that_said_something_and_came_out_as_nothing_is_garbled():
    values = pd.Series(["x", [1], "", None, 3], dtype=object)
    assert payload.garbled(values, payload.whole_numbers(values)).tolist() == [True, True, False, False, False]


def test_what_a_file_says_once_stands_on_every_row():
    parsed = payload.Parsed({"size": [1, 2]}, ["$[0]", "$[2]"], [RejectedItem("$[1]", "bad")])
    assert payload.on_every_row(parsed, day="today") == payload.Parsed(
        {"size": [1, 2], "day": ["today", "today"]}, parsed.positions, parsed.rejected
    )
