"""pytest plugin that makes nbval fit for other people's code.

nbval notices a dead kernel only when the cell's time is up, reads a cell's output only after the cell has ended,
interrupts politely, believes whatever a kernel sends, and takes a cell about which nothing was heard for passed. Here
a kernel that dies, hangs, floods or sends what is no message ends the run at once, and what is left of a run is one
record for each cell that was seen to end. nbval compares nothing: that is for whoever holds the expected lines.
"""

import json
import time
from collections import deque
from queue import Empty

import zmq
from nbval.kernel import RunningKernel
from nbval.plugin import NbCellError

from course_utils.grading.box import messages, nbval_internals

nbval_internals.check()

OUTPUT_SECONDS = 10  # from the end of a cell to the last of its output; nbval waits 5 (its issue 231)
OUTPUT_CHARACTERS = 1 << 20  # of one cell
POLL_SECONDS = 0.2
OUR_CELL_SECONDS = 120  # for a cell before the first answer: only the course's own code, which imports torch


class Offence(Exception):
    """The kernel died, hung, flooded or sent what is no message (malformed): `kind` says which."""

    def __init__(self, kind):
        super().__init__(kind)
        self.kind = kind


class WatchedKernel(RunningKernel):
    """nbval's kernel, read continuously while a cell runs.

    reply   the status with which the kernel ended the last cell, "" while it runs
    """

    started = False

    def __init__(self, manager, kernel_name, cwd=None, startup_timeout=60):
        """Connects to the kernel that `manager` has started, so that it could begin while pytest did.

        jupyter_client's wait_for_ready would also listen a fifth of a second for messages of the start; nbval skips
        those anyway.
        """
        self._waiting = deque()  # iopub messages read before nbval asked for them
        self._characters = 0
        self.reply = ""
        self.km, self.kc = manager, manager.client()
        self.kc.context.setsockopt(zmq.MAXMSGSIZE, messages.BYTES)  # for the sockets opened from here on
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
        self.reply = ""
        return super().execute_cell_input(cell_input, allow_stdin)

    def await_reply(self, msg_id, timeout=None):
        end = time.monotonic() + (timeout or 60)
        while time.monotonic() < end:
            try:
                message = self._receive("shell", POLL_SECONDS)
            except Empty:
                self._read_ahead()
                continue
            if message["parent_header"]["msg_id"] == msg_id:
                self.reply = message["content"]["status"]
                return
        raise Offence("hung") if self.started else Empty

    def get_message(self, stream, timeout=None):
        if stream == "iopub" and self._waiting:
            return self._waiting.popleft()
        end = time.monotonic() + (timeout or OUTPUT_SECONDS)
        while time.monotonic() < end:
            try:
                return self._receive(stream, min(POLL_SECONDS, timeout or POLL_SECONDS))
            except Empty:
                self._check_alive()
        raise Offence("hung") if self.started else Empty

    def _read_ahead(self):
        self._check_alive()
        while True:
            try:
                self._waiting.append(self._receive("iopub", 0))
            except Empty:
                return

    def _receive(self, channel, timeout):
        """The next message, through the door. Raises Empty, or Offence."""
        receive = self.kc.get_iopub_msg if channel == "iopub" else self.kc.get_shell_msg
        try:
            message, size = messages.admit(channel, receive(timeout=timeout))
        except Empty:
            raise
        except Exception:  # it could not even be unpacked (signature, JSON, number of parts), or is malformed
            raise Offence("malformed") from None
        self._characters += size
        if self._characters > OUTPUT_CHARACTERS and self.started:
            raise Offence("flooded")
        return message

    def _check_alive(self):
        if not self.is_alive():
            raise Offence("died")


class Watch:
    """Records each cell that was seen to end; stops the session at the first offence."""

    def __init__(self, record, cell_timeout):
        self.record, self.cell_timeout, self.cells = record, cell_timeout, []

    def pytest_itemcollected(self, item):
        """nbval obeys tags and comments in the code, and the code is the learner's."""
        item.options.update(skip=False, check_exception=False, check=False)
        item.output_timeout = OUTPUT_SECONDS

    def pytest_runtest_setup(self, item):
        """The limit is for the learner's code; on a busy machine importing torch may take longer."""
        if item.cell.metadata.get("nbgrader", {}).get("solution"):
            item.config.option.nbval_cell_timeout = self.cell_timeout

    def pytest_runtest_makereport(self, item, call):
        if call.when != "call":
            return
        outputs, kernel = item.test_outputs or [], item.parent.kernel
        error = next((o for o in outputs if o.output_type == "error"), None)
        kind = self._offence(call.excinfo.value, kernel) if call.excinfo else None
        self.cells.append(
            {
                "executed": call.excinfo is None and error is None and kernel.reply == "ok",
                "printed": "".join(o.text for o in outputs if o.get("name") == "stdout"),
                "error": f"{error['ename']}: {error['evalue']}" if error else None,
                "offence": kind,
            }
        )
        if kind:
            item.session.shouldstop = kind

    @staticmethod
    def _offence(raised, kernel):
        if isinstance(raised, Offence):
            return raised.kind
        if not kernel.is_alive():
            return "died"
        # anything but nbval's word that the cell raised: something it could not deal with, though it passed the door
        return None if isinstance(raised, NbCellError) else "malformed"

    def pytest_sessionfinish(self):
        with open(self.record, "w", encoding="utf-8") as handle:
            json.dump(self.cells, handle)
