"""The same batch on an existing dask.distributed cluster (extra `class`)."""

import atexit
import threading

from course_utils.grading.box.isolation import Isolation
from course_utils.grading.grade import grade

_lock, _isolations = threading.Lock(), {}


def require():
    """Raises ValueError, saying what to install, where dask.distributed is missing."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise ValueError("--scheduler needs dask.distributed: pip install -e '.[class]'") from None


def rows(tasks, references, tier, limits, address):
    """Rows as they are finished. A lost worker's tasks run again elsewhere (dask sees to it), and each task yields one
    row."""
    from distributed import Client, as_completed

    with Client(address, timeout=15) as client:
        shared = client.scatter(references, broadcast=True, hash=False)
        futures = [client.submit(on_worker, task, shared, tier, limits, pure=False, retries=3) for task in tasks]
        for future in as_completed(futures):
            yield future.result()


def on_worker(task, references, tier, limits):
    """Grade in a worker process; its fork servers are started once and end with it."""
    with _lock:
        if tier not in _isolations:
            _isolations[tier] = Isolation(tier).__enter__()
            atexit.register(_isolations[tier].__exit__)
    return grade(task, references, _isolations[tier], limits)
