"""Declarations that contradict themselves are refused; frames fit their table or say where they do not."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_pipeline import frames
from nba_pipeline.table import Column, Table, nullable, required
from nba_pipeline_tests.support.toy import DAY, TOY, toys

DAY_COLUMN, ID_COLUMN = required("day", "DATE", "the day"), required("id", "INT64", "which")


def declare(**changes: object) -> Table:
    settings = {
        "dataset": "toys",
        "name": "t",
        "description": "d",
        "columns": (DAY_COLUMN, ID_COLUMN),
        "key": ("id",),
        "partition_by": "day",
    }
    return Table(**{**settings, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": ("nothing",)}, "declare nothing among the columns"),
        ({"key": ()}, "name the key"),
        ({"partition_by": "id"}, "a table without days is written by upsert or insert-new"),
        (
            {"columns": (nullable("day", "DATE", "day"), ID_COLUMN)},
            "partition column day must be a REQUIRED DATE or INT64",
        ),
        ({"columns": (DAY_COLUMN, ID_COLUMN, ID_COLUMN)}, "declared twice"),
        ({"cluster_by": ("nothing",)}, "declare nothing among the columns"),
        ({"name": "t; DROP TABLE x"}, "lower-case letters"),
        ({"dataset": "Toys"}, "lower-case letters"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        declare(**changes)


def test_a_column_must_say_what_it_means_and_have_a_plain_name():
    with pytest.raises(ValueError, match="say what a value means"):
        Column("a", "STRING", "")
    with pytest.raises(ValueError, match="lower-case"):
        Column("a b", "STRING", "x")


def test_an_undeclared_column_is_refused_by_name():
    with pytest.raises(frames.FrameError, match="colour not declared"):
        frames.to_arrow(TOY, toys(DAY).assign(colour="red"))


def test_a_missing_nullable_column_becomes_null():
    assert frames.typed(TOY, toys(DAY))["wanted"].isna().all()


def test_a_frame_without_rows_keeps_the_declared_types_though_its_columns_are_plain_objects():
    nothing = pd.DataFrame({name: pd.Series(dtype=object) for name in TOY.column_names})
    typed = frames.typed(TOY, nothing)
    assert typed.dtypes.to_dict() == frames.empty(TOY).dtypes.to_dict()


def test_a_missing_required_column_is_refused():
    with pytest.raises(frames.FrameError, match=r"toys.toy.id is REQUIRED and the frame lacks it"):
        frames.to_arrow(TOY, toys(DAY).drop(columns="id"))


def test_a_null_in_a_required_column_is_refused_with_its_count():
    with pytest.raises(frames.FrameError, match="1 of 2 rows hold NULL"):
        frames.to_arrow(TOY, toys(DAY).assign(id=[1, None]))


@pytest.mark.parametrize(("name", "value"), [("id", 1.5), ("count", "many"), ("score", "good"), ("day", "Monday")])
def test_a_value_of_another_type_is_refused_and_not_cast(name, value):
    with pytest.raises(frames.FrameError, match=f"toys.toy.{name} must be"):
        frames.to_arrow(TOY, toys(DAY).assign(**{name: value}))


def test_an_empty_frame_has_the_types_of_a_full_one():
    full = frames.typed(TOY, toys(DAY))
    assert frames.empty(TOY).dtypes.to_dict() == full.dtypes.to_dict()


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "day": st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)),
                "id": st.integers(-(2**63), 2**63 - 1),
                "name": st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
                "score": st.none() | st.floats(allow_nan=False, allow_infinity=False),
                "count": st.none() | st.integers(-(2**63), 2**63 - 1),
                "wanted": st.none() | st.booleans(),
                "seen_at": st.none() | st.datetimes(timezones=st.just(dt.UTC), min_value=dt.datetime(1900, 1, 1)),
            }
        ),
        min_size=1,
    )
)
def test_values_survive_the_way_into_a_frame_and_out(rows):
    columns = {name: pd.Series([row[name] for row in rows], dtype=object) for name in TOY.column_names}
    again = frames.to_arrow(TOY, frames.typed(TOY, pd.DataFrame(columns))).to_pylist()
    assert again == rows
