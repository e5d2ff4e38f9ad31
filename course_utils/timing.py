"""How long things take, measured in one way everywhere."""

import contextlib
import time

import torch


def milliseconds(tasks, rounds=15, warm_up=3):
    """Milliseconds that each of `tasks` (a dict: name -> function without arguments) takes, a dict in the same order.

    The tasks take turns, so that whatever else the machine is doing meets all of them; the first `warm_up` rounds do
    not count; of the `rounds` that do, the fastest is taken: a busy machine can only make a run longer."""
    times = {name: [] for name in tasks}
    for _ in range(warm_up + rounds):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            times[name].append(time.perf_counter() - start)
    return {name: 1000 * min(values[warm_up:]) for name, values in times.items()}


@contextlib.contextmanager
def without_onednn():
    """PyTorch without oneDNN, the library that it calls for speed on a CPU."""
    before = torch.backends.mkldnn.enabled
    torch.backends.mkldnn.enabled = False
    try:
        yield
    finally:
        torch.backends.mkldnn.enabled = before
