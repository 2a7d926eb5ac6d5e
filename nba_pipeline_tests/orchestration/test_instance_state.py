"""Named values in Dagster's storage, in a real instance: on files, and in the process beside."""

import subprocess
import sys

import dagster as dg
import pytest

from nba_pipeline.defs import instance_state


@pytest.fixture
def instance(tmp_path):
    with dg.instance_for_test(temp_dir=str(tmp_path)) as found:
        yield found


def test_a_value_that_was_never_put_is_none(instance):
    assert instance_state.get(instance, "holds") is None


def test_a_value_is_what_was_put_last(instance):
    for value in ({"since": "2024-01-01", "tables": ["a", "b"]}, [1, 2.5, None], None, "text"):
        instance_state.put(instance, "holds", value)
        assert instance_state.get(instance, "holds") == value


def test_names_are_apart_and_are_read_in_one_go(instance):
    instance_state.put(instance, "a", 1)
    instance_state.put(instance, "b", 2)
    instance_state.put(instance, "a", 3)
    assert instance_state.get_all(instance, ["a", "b", "c"]) == {"a": 3, "b": 2}


def test_another_process_sees_what_was_put(instance, tmp_path):
    instance_state.put(instance, "holds", {"toys.toy": 1})
    script = (
        "import sys, dagster as dg; from nba_pipeline.defs import instance_state;"
        "print(instance_state.get(dg.DagsterInstance.from_config(sys.argv[1]), 'holds'))"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "{'toys.toy': 1}"


def test_daemons_keep_their_own_cursors(instance):
    instance.daemon_cursor_storage.set_cursor_values({"holds": "a daemon's"})
    instance_state.put(instance, "holds", 1)
    assert instance.daemon_cursor_storage.get_cursor_values({"holds"}) == {"holds": "a daemon's"}
