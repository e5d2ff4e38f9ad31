"""Which isolation this machine offers, and what to install for more."""

import functools
import shutil
import sys

from course_utils.grading.box import bubblewrap, client, leftovers, seccomp

WARM, COLD, NONE = "bwrap, warm kernel", "bwrap, cold kernel", "none"
INSTALL = "sudo apt-get install bubblewrap (Debian, Ubuntu); on Windows inside WSL; elsewhere in a Linux container"


def available():
    """The tiers of this machine, best first."""
    return [tier for tier in (WARM, COLD, NONE) if works(tier)]


@functools.cache
def works(tier):
    """Does a box start here, and for warm kernels: can a process inside it get namespaces of its own?"""
    if tier == NONE:
        return True
    if not sys.platform.startswith("linux") or not shutil.which("bwrap"):
        return False
    folder = client.socket_folder()
    server = client.ForkServer(folder, [], wrap=lambda command: bubblewrap.command(command, folder))
    try:
        server.start()
        (folder / "inner").mkdir()
        request = {
            "call": f"{seccomp.__name__}:install" if seccomp.available() else "gc:disable",
            "arguments": {},
            "environment": {},
            "folder": str(folder / "inner"),
            "own_namespaces": tier == WARM,
        }
        return client.Child(server.socket, request).wait(20) == 0
    except (RuntimeError, OSError):
        return False
    finally:
        server.stop()
        leftovers.remove(folder)


class NoBox(RuntimeError):
    """The isolation asked for, or needed, is not to be had here. The message says how to get it."""


def choose(sandbox, cold, own_notebook):
    """The tier for `--sandbox auto|bwrap|none` and `--cold`.

    own_notebook   whether a single notebook is graded: the only case in which `auto` may run it without a box
    """
    if sandbox == "none":
        return NONE
    offered = next((tier for tier in ((COLD,) if cold else (WARM, COLD)) if works(tier)), None)
    if offered:
        return offered
    if sandbox == "auto" and own_notebook:
        return NONE
    raise NoBox(
        f"no box here to run other people's code in. Install one: {INSTALL}. "
        "If you trust every notebook, say --sandbox none."
    )


def describe():
    """(name, is it available?, what to do if not) for each tier; for `rnn-course doctor`."""
    offered = available()
    fix = (
        INSTALL
        if not shutil.which("bwrap")
        else "bubblewrap is installed but may not make namespaces here; see docs/teaching.md, “No box”"
    )
    rows = [(f"grading: {tier}", tier in offered, "" if tier in offered else fix) for tier in (WARM, COLD, NONE)]
    filtered = COLD in offered and seccomp.available()
    missing = "memory kept in files without a name is not counted, and programs can be started; see docs/teaching.md"
    return [*rows, ("grading: system calls filtered in the box", filtered, "" if filtered else missing)]
