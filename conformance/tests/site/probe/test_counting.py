"""Whose count rises with ours: with others at work, tables that are full, counts that start anew."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurm_jwt_conformance.site.probe import counting

SIZES = (3, 2, 5, 4, 2, 3, 5, 4, 3, 2)


class Table:
    """A daemon's counts. ours: who we are; others: uid to requests between two of our bursts."""

    def __init__(self, ours, others=(), step=1, full=False):
        self.counts = {0: 7, 64030: 1}
        self.ours, self.step, self.full = ours, step, full
        self.others = iter(others)

    def read(self):
        for uid, count in next(self.others, {}).items():
            self.counts[uid] = self.counts.get(uid, 0) + count
        shown = dict(self.counts)
        self.ask()
        return shown

    def ask(self):
        if not self.full or self.ours in self.counts:
            self.counts[self.ours] = self.counts.get(self.ours, 0) + self.step
        return True


def find(table, **more):
    return counting.measure(table.read, table.ask, SIZES, **more)


@pytest.mark.parametrize("uid", [0, 99, 2001, 64030, 2**32 - 2])
def test_who_asks_is_found(uid):
    found = find(Table(uid))
    assert found == (uid, "", 1 + 3 + 2 + 5)


def test_others_with_a_steady_load_are_told_apart():
    busy = [{2002: 4, 0: 1, 5001: 40}] * 11
    assert find(Table(2001, busy)).uid == 2001


def test_somebody_who_matches_us_by_chance_costs_bursts_only():
    found = find(Table(2001, [{}, {2002: 3}, {2002: 2}, {2002: 5}, {2002: 1}]))
    assert (found.uid, found.requests) == (2001, 1 + 3 + 2 + 5 + 4)


def test_two_who_match_all_the_time_are_never_told_apart():
    found = find(Table(2001, [{}, *({2002: size} for size in SIZES)]))
    assert found.uid is None
    assert "too many others" in found.why


def test_a_user_that_slurm_does_not_count_is_not_found():
    found = find(Table(2001, full=True))
    assert found.uid is None
    assert "--by-token" not in found.why
    full = Table(2001, full=True)
    full.counts |= dict.fromkeys(range(5000, 5200), 3)
    found = find(full)
    assert found.uid is None
    assert "200 users is full" in found.why


def test_our_own_user_at_work_elsewhere_hides_us():
    found = find(Table(2001, [{2001: 1}] * 11))
    assert found.uid is None


def test_counts_that_start_anew_cost_bursts_only():
    table = Table(2001)
    table.counts[2001] = 500
    read, calls = table.read, []

    def restarted():
        calls.append(1)
        if len(calls) == 3:
            table.counts.clear()
        return read()

    assert counting.measure(restarted, table.ask, SIZES).uid == 2001


def test_a_reader_that_is_counted_for_somebody_else():
    """Counts are read by sdiag as alice, while requests go by slurmrestd as bob."""
    table = Table(2002)

    def read():
        shown = dict(table.counts)
        table.counts[2001] = table.counts.get(2001, 0) + 1
        return shown

    assert counting.measure(read, table.ask, SIZES, reader=2001).uid == 2002


def test_a_reader_that_is_counted_for_us():
    table = Table(2001)
    assert counting.measure(table.read, table.ask, SIZES, reader=2001).uid == 2001


@pytest.mark.parametrize("step", [1, 3, 4])
def test_slurmdbd_counts_several_for_one_command(step):
    assert find(Table(0, step=step), each=range(1, 9)).uid == 0


def test_steps_have_to_be_the_same_in_each_burst():
    other = [{}, {2002: 3}, {2002: 4}, {2002: 15}]  # 1, 2 and 3 for each request
    full = Table(2001, other, full=True)
    found = counting.measure(full.read, lambda: True, SIZES[:3], each=range(1, 9))
    assert found.uid is None


def test_counts_that_cannot_be_read_verify_nothing():
    assert counting.measure(lambda: None, lambda: True, SIZES).uid is None
    assert find(Table(2001), each=()).uid is None
    silent = Table(2001)
    assert counting.measure(silent.read, lambda: False, SIZES).why.endswith("was not answered")


@given(st.lists(st.integers(0, 3), min_size=11, max_size=11), st.integers(0, 70000))
def test_nobody_else_is_ever_named(noise, uid):
    """Others at work may hide us; they are not taken for us."""
    others = [{uid + 1: count, uid + 2: count + 1} for count in noise]
    table = Table(uid, others)
    found = counting.measure(table.read, table.ask, counting.sizes())
    assert found.uid in {uid, None}


def test_sizes_come_in_random_order_and_differ():
    made = {tuple(counting.sizes()) for _ in range(20)}
    assert len(made) > 1
    assert all(len(set(each[:4])) == 4 and len(each) == counting.MOST_ROUNDS for each in made)


# As sdiag of 24.11 writes it; a user's name may hold anything that the user database lets pass.
SDIAG = """\
Remote Procedure Call statistics by message type
	REQUEST_PING                            ( 1008) count:1      ave_time:81     total_time:81

Remote Procedure Call statistics by user
	root            (       0) count:15     ave_time:81     total_time:81
	al ( 7) count:9 (    2001) count:31     ave_time:81     total_time:81
	99              (      99) count:2      ave_time:81     total_time:81

Pending RPC statistics
	No (    1) count:1 pending RPCs
"""


def test_the_text_of_sdiag():
    assert counting.from_text(SDIAG) == {0: 15, 2001: 31, 99: 2}


@pytest.mark.parametrize(
    "text", ["", "statistics by user", "statistics by user\n\n", SDIAG[:90], "\x1b[2J" * 1000, "(1) count:1 "]
)
def test_text_without_counts(text):
    assert counting.from_text(text) is None


def test_the_json_of_diag():
    rows = [{"user": "root", "user_id": 0, "count": 15}, {"user": "alice", "user_id": 2001, "count": 3}]
    assert counting.from_json(json.dumps({"statistics": {"rpcs_by_user": rows}}).encode()) == {0: 15, 2001: 3}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"statistics": 3}',
        b'{"statistics": {}}',
        b'{"statistics": {"rpcs_by_user": {"user_id": 1}}}',
        b'{"statistics": {"rpcs_by_user": [3]}}',
        b'{"statistics": {"rpcs_by_user": [{"user_id": "1", "count": true}]}}',
        b"[" * 200_000,
        b"\xff\xfe",
    ],
)
def test_json_without_counts(body):
    assert counting.from_json(body) is None
