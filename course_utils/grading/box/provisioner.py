"""How jupyter_client reaches a kernel in the box. nbval and papermill use it without knowing: they only name a kernel.

Registered in pyproject.toml under `jupyter_client.kernel_provisioners` as `course-box`; `isolation.py` writes the
kernel specification.
"""

import os
import tempfile
from pathlib import Path

from jupyter_client.provisioning import LocalProvisioner
from traitlets import Unicode

from course_utils.grading.box import bubblewrap, client, kernel

# One process: 6 GB of addresses (torch maps 3 before it does anything), 60 s of computing, 64 MB files.
# All that a submission starts: 64 processes and threads, 2 GB of memory.
LIMITS = {"AS": 6 << 30, "CPU": 60, "FSIZE": 64 << 20, "NPROC": 64, "NOFILE": 512, "CORE": 0}
MEMORY = 2 << 30
KILL_SECONDS = 5


class BoxProvisioner(LocalProvisioner):
    """Kernels talk through sockets in a folder of their own, since a box has no network; it is made in
    $COURSE_SOCKETS, which the run removes.

    warm: the kernel is forked off the server at `server`. cold: it gets a box and an interpreter of its own.
    """

    server = Unicode(config=True, help="socket of the warm server; empty for cold kernels")

    _own_box = None
    _sockets = None

    async def pre_launch(self, **kwargs):
        manager = self.parent
        self._sockets = Path(tempfile.mkdtemp(prefix="k", dir=os.environ["COURSE_SOCKETS"]))
        manager.transport, manager.ip = "ipc", str(self._sockets / "s")
        manager.connection_file, manager.cache_ports = str(self._sockets / "kernel.json"), False
        kwargs = await super().pre_launch(**kwargs)
        if not self.server:
            uid = bubblewrap.FIRST_UID + 1 + os.getpid() % 5000  # the limit on processes counts per user
            self._own_box = client.ForkServer(
                self._sockets, [], wrap=lambda command: bubblewrap.command(command, self._sockets, uid), once=True
            )
            self._own_box.start()
        else:
            uid = bubblewrap.FIRST_UID
        if os.getuid() == 0:
            for path in (self._sockets, self._sockets / "kernel.json"):
                os.chown(path, uid, uid)
        return kwargs

    async def launch_kernel(self, cmd, **kwargs):
        start = kernel.cold if self._own_box else kernel.warm
        self.process = client.Child(
            self._own_box.socket if self._own_box else self.server,
            {
                "call": f"{kernel.__name__}:{start.__name__}",
                "arguments": {"connection_file": self.parent.connection_file},
                "environment": bubblewrap.environment()
                | {kernel.BOX: "1", kernel.BANNED: os.environ.get(kernel.BANNED, "{}")},
                "limits": LIMITS,
                "memory": MEMORY,
                "folder": str(self._sockets),
                "own_namespaces": not self._own_box,
                "log": str(self._sockets / "kernel.log"),
                "shown": [str(place) for place in bubblewrap.visible() if place.is_relative_to("/tmp")],
            },
        )
        self.pid = self.process.pid
        return self.connection_info

    async def kill(self, restart=False):
        """KernelManager looks ten times a second whether it has ended; a forked kernel tells."""
        await super().kill(restart)
        if self.process:
            self.process.wait(KILL_SECONDS)

    async def wait(self):
        code, self.process = self.process and self.process.wait(), None
        return code

    async def cleanup(self, restart=False):
        await super().cleanup(restart)
        if self._own_box:
            self._own_box.stop()
