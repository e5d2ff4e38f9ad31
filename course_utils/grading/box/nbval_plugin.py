"""pytest plugin that makes nbval fit for other people's code.

nbval notices a dead kernel only when the cell's time is up, reads a cell's output only after the cell has ended,
interrupts politely, and compares
stderr. Here a kernel that dies, hangs or floods ends the run at once, and what every cell printed is recorded.
"""

import json
import time
from collections import deque
from queue import Empty

from nbval.kernel import RunningKernel

from course_utils.grading.box import nbval_internals

nbval_internals.check()

OUTPUT_SECONDS = 10  # from the end of a cell to the last of its output; nbval waits 5 (its issue 231)
OUTPUT_CHARACTERS = 1 << 20  # of one cell
POLL_SECONDS = 0.2
OUR_CELL_SECONDS = 120  # for a cell before the first answer: only the course's own code, which imports torch


class Offence(Exception):
    """The kernel died, hung or flooded: `kind` says which."""

    def __init__(self, kind):
        super().__init__(kind)
        self.kind = kind


class WatchedKernel(RunningKernel):
    """nbval's kernel, read continuously while a cell runs."""

    started = False

    def __init__(self, manager, kernel_name, cwd=None, startup_timeout=60):
        """Connects to the kernel that `manager` has started, so that it could begin while pytest did.

        jupyter_client's wait_for_ready would also listen a fifth of a second for messages of the start; nbval skips
        those anyway.
        """
        self._waiting = deque()  # iopub messages read before nbval asked for them
        self._characters = 0
        self.km, self.kc = manager, manager.client()
        self.kc.start_channels()
        try:
            self._until_ready(time.monotonic() + startup_timeout)
        except BaseException:
            self.stop()
            raise
        self.started = True

    def _until_ready(self, end):
        """Ask until the kernel answers on both channels; the first answers on iopub may be sent before the channel is
        connected."""
        while time.monotonic() < end:
            asked = self.kc.kernel_info()
            try:
                self.await_reply(asked, end - time.monotonic())
                return self.await_idle(asked, timeout=1)
            except Empty:
                continue
        raise RuntimeError("the kernel did not start")

    def execute_cell_input(self, cell_input, allow_stdin=None):
        self._waiting.clear()
        self._characters = 0
        return super().execute_cell_input(cell_input, allow_stdin)

    def await_reply(self, msg_id, timeout=None):
        end = time.monotonic() + (timeout or 60)
        while time.monotonic() < end:
            try:
                message = super().get_message("shell", timeout=POLL_SECONDS)
            except Empty:
                self._read_ahead()
                continue
            if message["parent_header"].get("msg_id") == msg_id:
                if message["content"]["status"] == "aborted":
                    raise RuntimeError("the kernel refused to run the cell")
                return
        raise Offence("hung") if self.started else Empty

    def get_message(self, stream, timeout=None):
        if stream == "iopub" and self._waiting:
            return self._waiting.popleft()
        end = time.monotonic() + (timeout or OUTPUT_SECONDS)
        while time.monotonic() < end:
            try:
                return self._counted(super().get_message(stream, timeout=min(POLL_SECONDS, timeout or POLL_SECONDS)))
            except Empty:
                self._check_alive()
        raise Offence("hung") if self.started else Empty

    def _read_ahead(self):
        self._check_alive()
        while True:
            try:
                self._waiting.append(self._counted(super().get_message("iopub", timeout=0)))
            except Empty:
                return

    def _check_alive(self):
        if not self.is_alive():
            raise Offence("died")

    def _counted(self, message):
        content = message["content"]
        self._characters += (
            200 + len(content.get("text", "")) + sum(len(str(v)) for v in content.get("data", {}).values())
        )
        if self._characters > OUTPUT_CHARACTERS and self.started:
            raise Offence("flooded")
        return message


class Watch:
    """Records each cell's printed text, error and offence; stops the session at the first offence."""

    def __init__(self, record, cell_timeout):
        self.record, self.cell_timeout, self.cells = record, cell_timeout, []

    def pytest_collectstart(self, collector):
        if hasattr(collector, "skip_compare"):
            collector.skip_compare += ("stderr",)

    def pytest_itemcollected(self, item):
        """Only tags count: nbval also obeys comments in the code, and the code is the learner's."""
        item.options["skip"] = item.options["check_exception"] = False
        item.options["check"] = "nbval-check-output" in item.cell.metadata["tags"]
        item.output_timeout = OUTPUT_SECONDS

    def pytest_runtest_setup(self, item):
        """The limit is for the learner's code; on a busy machine importing torch may take longer."""
        if item.cell.metadata.get("nbgrader", {}).get("solution"):
            item.config.option.nbval_cell_timeout = self.cell_timeout

    def pytest_runtest_makereport(self, item, call):
        if call.when != "call":
            return
        outputs = item.test_outputs or []
        error = next((o for o in outputs if o.output_type == "error"), {})
        kind = None
        if call.excinfo:
            raised = call.excinfo.value
            kind = raised.kind if isinstance(raised, Offence) else None if item.parent.kernel.is_alive() else "died"
        self.cells.append(
            {
                "printed": "".join(o.text for o in outputs if o.get("name") == "stdout"),
                "error": f"{error['ename']}: {error['evalue']}" if error else None,
                "offence": kind,
            }
        )
        if kind:
            item.session.shouldstop = kind

    def pytest_sessionfinish(self):
        with open(self.record, "w", encoding="utf-8") as handle:
            json.dump(self.cells, handle)
