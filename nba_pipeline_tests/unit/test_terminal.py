"""Nothing that is printed steers a terminal or is taken for markup."""

import datetime as dt
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from nba_pipeline.terminal import as_json, cell, grid, message, records
from nba_pipeline.text import printable


def shown(renderable, **options) -> str:
    console = Console(width=200, **options)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


@given(st.text())
def test_all_of_a_message_shows_and_its_lines_stay(text):
    found = message(text)
    assert all(map(str.isprintable, found.split("\n")))
    assert found.count("\n") == text.count("\n")
    assert found == text or not text.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("evil\u202egnp.json", r"evil\u202egnp.json"),
        ("a\rb", r"a\rb"),
        ("\x9b2J", r"\x9b2J"),
    ],
    ids=["a title", "letters that run backwards", "a carriage return", "an escape of one byte"],
)
def test_what_steers_a_terminal_is_spelled_out(hostile, harmless):
    assert printable(hostile) == harmless


@given(st.text(st.sampled_from("[]/abred\\")))
def test_markup_in_a_cell_is_no_markup(text):
    assert cell(text).plain == text


def test_a_grid_shows_links_and_colours_as_the_text_they_are_and_a_line_break_as_a_space():
    found = shown(grid(("file",), [("[link=file:///etc]x[/link]",), ("a\nb",)], "[red]title"), force_terminal=True)
    assert "[link=file:///etc]x[/link]" in found
    assert "a b" in found
    assert "[red]title" in found


def test_columns_without_anything_are_left_out_and_numbers_have_commas():
    found = shown(grid(("name", "error", "rows"), [("a", None, 1234), ("b", "", 0)]))
    assert "error" not in found
    assert "1,234" in found
    assert shown(grid(("name", "rows"), [])).strip() == ""


def test_a_long_name_is_broken_and_not_cut():
    name = "nba-com/player-boxscores/" + "x" * 400
    assert "".join(shown(grid(("file",), [(name,)])).split()).endswith(name)


def test_rows_become_json_with_days_moments_and_nulls():
    rows = pd.DataFrame(
        {
            "day": pd.to_datetime(["2024-01-31"]),
            "at": pd.to_datetime(["2024-01-31 12:00"], utc=True),
            "count": pd.array([None], "Int64"),
            "name": "\x1b",
        }
    )
    text = as_json([*records(rows), {"day": dt.date(2024, 1, 1)}])
    assert "\x1b" not in text
    assert json.loads(text) == [
        {"day": "2024-01-31", "at": "2024-01-31T12:00:00+00:00", "count": None, "name": "\x1b"},
        {"day": "2024-01-01"},
    ]
