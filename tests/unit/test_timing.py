"""One way of timing: taking turns, after a warm-up, the fastest counts."""

import pytest
import torch

from course_utils import timing


@pytest.fixture
def clock(monkeypatch):
    """A clock that only the tasks move on."""
    now = [0.0]
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])
    return now


def test_tasks_take_turns(clock):
    calls = []
    timing.milliseconds({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=2, warm_up=1)
    assert calls == ["a", "b"] * 3


def test_the_fastest_counts_and_the_warm_up_does_not(clock):
    durations = iter([0.001, 0.5, 0.2, 0.3])  # the first would win, were it counted

    def task():
        clock[0] += next(durations)

    assert timing.milliseconds({"task": task}, rounds=3, warm_up=1) == {"task": pytest.approx(200)}


def test_onednn_is_off_inside_and_back_afterwards_even_after_an_error():
    before = torch.backends.mkldnn.enabled
    with pytest.raises(KeyError), timing.without_onednn():
        assert not torch.backends.mkldnn.enabled
        raise KeyError
    assert torch.backends.mkldnn.enabled == before
