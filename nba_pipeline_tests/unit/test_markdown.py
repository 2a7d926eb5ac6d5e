"""Tables in Dagster's UI: whatever a file says stays in its cell, as text."""

import re

from hypothesis import given
from hypothesis import strategies as st

from nba_pipeline.defs import markdown


def cell(text: str) -> str:
    """How a table of one cell shows `text`."""
    return markdown.table(("name",), [(text,)]).splitlines()[2].removeprefix("| ").removesuffix(" |")


@given(st.lists(st.tuples(st.text(), st.text())))
def test_a_table_has_a_line_for_each_row_and_a_column_for_each_heading_whatever_is_in_it(rows):
    lines = markdown.table(("one", "two"), rows).splitlines()
    assert len(lines) == len(rows) + 2
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines} == {3}


def test_names_without_signs_stand_as_they_are():
    assert cell("nba-com/player_boxscores/2024-01-01/x.json (2)") == "nba-com/player_boxscores/2024-01-01/x.json (2)"


def test_markup_is_shown_and_does_nothing():
    assert cell("<img src=x onerror=alert(1)>") == "&lt;img src=x onerror=alert(1)&gt;"
    assert cell("[here](javascript:alert(1))") == r"\[here\](javascript:alert(1))"
    assert cell("`a` *b* | c") == r"\`a\` \*b\* \| c"


def test_what_would_steer_a_terminal_or_hide_is_spelled_out():
    assert cell("a\nb\x1b[31m\u202ec") == r"a\\nb\\x1b\[31m\\u202ec"
