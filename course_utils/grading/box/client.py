"""Start a fork server and ask it for processes."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

from course_utils.grading.box import leftovers


class Child:
    """A process forked by a server; the part of `subprocess.Popen` that its users need."""

    stdin = stdout = stderr = None

    def __init__(self, socket_path, request):
        self.returncode = self.why = None
        self.connection = socket.socket(socket.AF_UNIX)
        try:
            self.connection.connect(str(socket_path))
            self._send(request)
            self._lines = self.connection.makefile("r")
            first = self._lines.readline()
            if not first:
                raise ConnectionError("the fork server ended")
        except BaseException:
            self.connection.close()
            raise
        self.pid = json.loads(first)["pid"]

    def _send(self, message):
        self.connection.sendall(json.dumps(message).encode() + b"\n")

    def poll(self):
        return self.wait(0)

    def wait(self, timeout=None):
        """Exit code, or None if the process still runs after `timeout` seconds (None: wait for ever)."""
        if self.returncode is None and select.select([self.connection], [], [], timeout)[0]:
            try:
                last = self._lines.readline()
            except OSError:
                last = ""
            end = (
                json.loads(last) if last else {"exit": -signal.SIGKILL, "why": "server"}
            )  # the server itself was killed
            self.returncode, self.why = end["exit"], end["why"]
            self._lines.close()
            self.connection.close()
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            try:
                self._send({"signal": number})
            except OSError:
                pass  # it ended between the two lines

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        self.kill()


class ForkServer:
    """A running `server.py`. `wrap` puts its command line into a box; without, it runs as an ordinary process."""

    def __init__(self, folder, modules, wrap=lambda command: command, once=False):
        self.socket = Path(folder, "server")
        self.log = Path(folder, "server.log")
        self._command = wrap(
            [
                sys.executable,
                "-P",
                "-m",
                "course_utils.grading.box.server",
                *["--once"] * once,
                str(self.socket),
                *modules,
            ]
        )
        self._process = None

    def start(self):
        """Start it, and wait until it can be asked. Raises RuntimeError with what it said."""
        self.begin()
        self.wait_ready()

    def begin(self):
        """Start it, or start it again if it has died, and do not wait for its imports."""
        self.stop()  # closes the pipes of one that has died
        self.socket.unlink(missing_ok=True)
        environment = dict(
            os.environ,
            OMP_NUM_THREADS="1",
            OPENBLAS_NUM_THREADS="1",
            MKL_NUM_THREADS="1",
            MPLBACKEND="module://matplotlib_inline.backend_inline",
        )
        with open(self.log, "a") as log:  # why an earlier one died stays there
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,
            )

    def wait_ready(self):
        if self._process.stdout.readline() != b"ready\n":
            self.stop()
            raise RuntimeError(f"the fork server did not start: {self.log.read_text(errors='replace')[-600:].strip()}")

    @property
    def begun(self):
        return self._process is not None

    def alive(self):
        return self.begun and self._process.poll() is None

    def stop(self):
        if not self.begun:
            return
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._process = None


def socket_folder():
    """A private folder whose path is short enough for a socket (about 100 characters)."""
    return leftovers.folder()
