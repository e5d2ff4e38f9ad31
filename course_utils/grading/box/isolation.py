"""The processes of one grading session: where notebooks run, and where the programs that watch them run."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from importlib.metadata import entry_points

import psutil

from course_utils.grading.box import bubblewrap, client, leftovers, tiers

KERNEL = "course"
PROVISIONER = "course-box"  # its entry point stands in pyproject.toml
JOB_MODULES = [
    "course_utils.grading.box.jobs",
    "course_utils.grading.box.provisioner",
    "IPython",
    "_pytest.unittest",
    "pdb",
]
KERNEL_MODULES = [
    "torch",
    "numpy",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.debugger",
    "debugpy.server.api",
    "tornado.platform.asyncio",
    "tornado.locks",
    "tornado.queues",
    "IPython.core.completer",
    "IPython.core.debugger",
    "course_utils.exercise",
    "course_utils.grading.box.kernel",
    "course_utils.grading.box.deny",
    "course_utils.grading.box.seccomp",
]
# What not every notebook needs, imported beforehand where there are many.
MANY_JOBS = ["papermill"]
MANY_KERNELS = ["matplotlib.pyplot", "matplotlib.backends.backend_agg", "course_utils.checks"]
FORKS = sys.platform.startswith("linux")


class Abandoned(RuntimeError):
    """The batch was interrupted while this submission ran; it is graded again on --resume."""


class Isolation:
    """A tier: `with Isolation(tier) as isolation: isolation.ensure(); isolation.run(job, …)`.

    alone: one submission is all that will run, so what it may not need is not imported beforehand.

    Jobs (nbval, papermill) are trusted and run outside the box; the kernels they ask Jupyter for run in the tier.
    """

    def __init__(self, tier, alone=False):
        self.tier = tier
        self.generation = 0
        self._abandoned = False
        self._plain = []  # processes started without a server (where there is no fork)
        self._lock = threading.Lock()
        self.folder = client.socket_folder()
        self._jobs = client.ForkServer(self.folder, JOB_MODULES + MANY_JOBS * (not alone)) if FORKS else None
        self._kernels = None
        if tier == tiers.WARM:
            self._boxed = self.folder / "box"
            self._boxed.mkdir()
            self._kernels = client.ForkServer(
                self._boxed,
                KERNEL_MODULES + MANY_KERNELS * (not alone),
                wrap=lambda command: bubblewrap.command(command, self._boxed),
            )

    def __enter__(self):
        """Nothing runs yet. RuntimeError where the boxed tiers' kernels cannot be started."""
        try:
            if self.tier != tiers.NONE and not entry_points(
                group="jupyter_client.kernel_provisioners", name=PROVISIONER
            ):
                raise RuntimeError(
                    "Jupyter does not find the course's kernels: its installation is incomplete or hidden by PYTHONPATH. In the course's folder run: pip install -e ."  # noqa: E501
                )
            self._write_kernelspec()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for server in (self._jobs, self._kernels):
            if server:
                server.stop()
        leftovers.remove(self.folder)

    def abandon(self):
        """End everything that runs and start nothing more (the batch was interrupted)."""
        with self._lock:
            self._abandoned = True
            if self._jobs:
                self._jobs.stop()
            for process in self._plain:
                process.kill()

    def ensure(self):
        """Start what is not running. `generation` tells a run whether anything had died under it. RuntimeError where
        it does not start."""
        with self._lock:
            if self._abandoned:
                raise Abandoned
            dead = [server for server in (self._jobs, self._kernels) if server and not server.alive()]
            died = any(server.begun for server in dead)
            for server in dead:
                server.begin()
            for server in dead:
                server.wait_ready()
            self.generation += died

    def _write_kernelspec(self):
        spec = {
            "argv": [sys.executable, "-P", "-m", "course_utils.grading.box.kernel", "{connection_file}"],
            "display_name": KERNEL,
            "language": "python",
        }
        if self.tier != tiers.NONE:
            spec["metadata"] = {
                "kernel_provisioner": {
                    "provisioner_name": PROVISIONER,
                    "config": {"server": str(self._kernels.socket) if self._kernels else ""},
                }
            }
        place = self.folder / "kernels" / KERNEL
        place.mkdir(parents=True)
        (place / "kernel.json").write_text(json.dumps(spec))

    def run(self, job, arguments, folder, seconds):
        """Run a function of `jobs.py` in a process of its own, for at most `seconds`; what it says goes to
        folder/log.txt.

        Returns its exit code, or None if it had to be ended.
        """
        (folder / "log.txt").unlink(missing_ok=True)
        empty = folder / "empty"  # without a box this is the kernel's working directory
        empty.mkdir(exist_ok=True)
        sockets = tempfile.mkdtemp(prefix="k", dir=self.folder / "box" if self._kernels else self.folder)
        os.chmod(sockets, 0o711)  # as root, the kernel runs as another user
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment |= {
            "JUPYTER_PATH": str(self.folder),
            "COURSE_KERNEL_FOLDER": str(empty),
            "COURSE_SOCKETS": sockets,
            "COURSE_STORE": "1",
            "IPYTHONDIR": str(folder / "ipython"),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "OMP_NUM_THREADS": "1",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        }
        process = None
        try:
            process = self._start(job, arguments, folder / "log.txt", environment)
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process:
                _end(process)
            leftovers.remove(sockets)

    def _start(self, job, arguments, log, environment):
        if self._jobs:
            return client.Child(
                self._jobs.socket,
                {
                    "call": f"course_utils.grading.box.jobs:{job}",
                    "arguments": arguments,
                    "log": str(log),
                    "environment": environment,
                    "limits": {"AS": 6 << 30, "CORE": 0},
                },
            )
        command = [sys.executable, "-P", "-m", "course_utils.grading.box.jobs", job, json.dumps(arguments)]
        with open(log, "w") as out:
            self._plain.append(
                subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment)
            )
        return self._plain[-1]


def _end(process):
    """End a job and the kernels it started outside a box."""
    if process.poll() is None:
        try:
            family = psutil.Process(process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            family = []
        process.kill()
        for member in family:
            try:
                member.kill()
            except psutil.NoSuchProcess:
                pass
        process.wait(10)
