"""Write slots hold their cap across processes, come back when a holder is killed, and let everybody through."""

import multiprocessing
import time
from pathlib import Path

import pytest

from nba_pipeline.bigquery.slots import WriteSlots

SPAWN = multiprocessing.get_context("spawn")
TABLE = "toys.toy"


def hold(folder: Path, log: Path, seconds: float, rounds: int) -> None:
    slots = WriteSlots(folder, updates_per_window=1_000)
    for _ in range(rounds):
        with slots.held(TABLE):
            note(log, +1)
            time.sleep(seconds)
            note(log, -1)


def note(log: Path, change: int) -> None:
    with log.open("a") as file:
        file.write(f"{time.monotonic()} {change}\n")


def most_at_once(log: Path) -> int:
    changes = sorted(line.split() for line in log.read_text().splitlines())
    held = most = 0
    for _, change in changes:
        held += int(change)
        most = max(most, held)
    return most


def test_no_more_processes_than_slots_hold_a_table_at_once(tmp_path):
    log = tmp_path / "log"
    workers = [SPAWN.Process(target=hold, args=(tmp_path / "slots", log, 0.01, 10)) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 6
    assert len(log.read_text().splitlines()) == 2 * 6 * 10
    assert most_at_once(log) == 2


def test_the_slots_of_a_killed_process_are_free_at_once(tmp_path):
    log = tmp_path / "log"
    holders = [SPAWN.Process(target=hold, args=(tmp_path / "slots", log, 600, 1)) for _ in range(2)]
    for holder in holders:
        holder.start()
    while not log.exists() or len(log.read_text().splitlines()) < 2:
        time.sleep(0.02)
    for holder in holders:
        holder.kill()
        holder.join()
    with WriteSlots(tmp_path / "slots").held(TABLE) as waited:
        assert waited < 1


def test_tables_do_not_wait_for_each_other(tmp_path):
    slots = WriteSlots(tmp_path, writers_per_table=1)
    with slots.held("toys.one"), slots.held("toys.other") as waited:
        assert waited < 0.5


def test_a_slot_is_given_back_when_its_holder_fails(tmp_path):
    slots = WriteSlots(tmp_path, writers_per_table=1)
    with pytest.raises(RuntimeError, match="boom"), slots.held(TABLE):
        raise RuntimeError("boom")
    with slots.held(TABLE) as waited:
        assert waited < 0.5


def test_updates_of_a_table_are_paced_over_all_who_write(tmp_path):
    started = time.monotonic()
    moments = []
    for _ in range(7):
        # Each with slots of its own, as processes have.
        with WriteSlots(tmp_path, updates_per_window=3, window_seconds=0.5).held(TABLE):
            moments.append(time.monotonic() - started)
    for earlier, later in zip(moments, moments[3:], strict=False):
        assert later - earlier >= 0.49
    assert moments[-1] < 2
