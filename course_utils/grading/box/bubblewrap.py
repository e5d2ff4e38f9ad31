"""The bubblewrap box: which files a kernel sees, and what it may do.

Inside there is Python with its packages, the course's helper package, an empty /tmp and one folder for sockets. There
is no network, no solution, no submission, no grade, no other process, and nothing that can be written except /tmp and
the sockets.
"""

import os
import shutil
import sys
import sysconfig
from pathlib import Path

from course_utils.files import PACKAGE, ROOT

HIDDEN = (
    "solutions",
    "source",
    "work",
    "submissions",
    "grades",
)  # covered should one of them lie inside a folder that is shown
FIRST_UID = 60001  # when started as root, kernels run as a user that owns nothing


def visible():
    """The folders a kernel may read, outermost first."""
    places = {
        Path(p).resolve()
        for p in (sys.base_prefix, sys.exec_prefix, sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    }
    places |= {Path(sys.prefix), PACKAGE, ROOT / "datasets"}
    return sorted((p for p in places if p.is_dir()), key=lambda p: len(p.parts))


def command(inner, folder, uid=FIRST_UID):
    """`inner` wrapped in a box that shares `folder` (for sockets) with the outside.

    Started as root, the box is made with root's rights and `inner` runs as `uid`; started as anyone else, through a
    user namespace.
    """
    wrapped = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-net",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--die-with-parent",
        "--new-session",
        "--ro-bind",
        "/usr",
        "/usr",
    ]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        top = Path("/", name)
        if top.is_symlink():
            wrapped += ["--symlink", os.readlink(top), str(top)]
        elif top.is_dir():
            wrapped += ["--ro-bind", str(top), str(top)]
    wrapped += ["--perms", "0755", "--dir", "/etc"]
    for name in ("ld.so.cache", "alternatives", "fonts", "localtime"):
        wrapped += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    root = os.getuid() == 0
    wrapped += [
        "--dir" if root else "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--perms",
        "1777",
        "--size",
        str(256 << 20),
        "--tmpfs",
        "/tmp",
    ]
    shown = [p for p in visible() if not p.is_relative_to("/usr")]
    for place in [*shown, Path(folder)]:
        for parent in reversed(place.parents):
            if parent not in (Path("/"), Path("/tmp")) and not any(parent.is_relative_to(p) for p in shown):
                wrapped += ["--perms", "0755", "--dir", str(parent)]
        if place in shown:
            wrapped += ["--ro-bind", str(place), str(place)]
    for name in HIDDEN:
        secret = ROOT / name
        if secret.is_dir() and any(secret.is_relative_to(p) for p in [*shown, Path("/usr")] if p != PACKAGE):
            wrapped += ["--tmpfs", str(secret)]
    wrapped += ["--bind", str(folder), str(folder), "--remount-ro", "/dev", "--remount-ro", "/", "--clearenv"]
    for name, value in environment().items():
        wrapped += ["--setenv", name, value]
    if root:
        # bwrap --proc, run by root, covers parts of /proc; Linux then refuses the /proc that each warm kernel mounts
        # for itself
        os.chown(folder, uid, uid)
        wrapped += [
            "sh",
            "-c",
            'mount -t proc -o nosuid,nodev,noexec proc /proc && exec "$@"',
            "sh",
            "setpriv",
            f"--reuid={uid}",
            f"--regid={uid}",
            "--clear-groups",
            "--inh-caps=-all",
            "--bounding-set=-all",
            "--no-new-privs",
        ]
    return [*wrapped, *inner]


def environment():
    """What a kernel finds in its environment: nothing of the teacher's."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp",
        "TMPDIR": "/tmp",
        "USER": "learner",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": "/tmp",
        "ROOT_STORE": "1",
    }
