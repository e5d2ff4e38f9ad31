"""How a kernel begins once its process exists."""

import json
import os
import random
import sys

FOLDER = "/tmp/work"  # in the box: an empty folder of its own
BANNED = "COURSE_BANNED"  # check -> names of torch, as JSON
BOX = "COURSE_BOX"  # set where the process runs in a box
# IPython's magics that start a program
PROGRAMS = {"!", "sx", "system", "pip", "conda", "mamba", "micromamba", "uv"} | {
    *("script", "sh", "bash", "cmd", "perl", "ruby", "pypy", "python", "python2", "python3"),
}


def warm(connection_file):
    """Serve a notebook from a process forked off the server: everything slow is imported already."""
    prepare(FOLDER)
    reseed()
    launch(connection_file)


def cold(connection_file):
    """Become a newly started interpreter."""
    prepare(FOLDER)
    os.execv(sys.executable, [sys.executable, "-P", "-m", "course_utils.grading.box.kernel", connection_file])


def prepare(folder):
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)


def reseed():
    """Processes forked off one server inherit one random state; without this, unseeded random numbers would agree by
    accident."""
    import numpy
    import torch

    random.seed()
    numpy.random.seed()
    torch.seed()


def launch(connection_file):
    if os.environ.pop(BOX, None):
        from course_utils.grading.box import seccomp

        if seccomp.available():
            seccomp.install()
    banned = json.loads(os.environ.pop(BANNED, "{}"))
    if banned:
        from course_utils.grading.box import deny

        deny.deny(banned)
    sys.argv = ["ipykernel_launcher", "-f", connection_file, "--HistoryManager.enabled=False"]
    sys.path[0:1] = [""]  # as in any notebook; not the folder of this file
    from ipykernel.kernelapp import IPKernelApp

    application = IPKernelApp.instance()
    application.initialize()
    quieten(application.kernel)
    application.start()


def quieten(kernel):
    """Shell commands, installers and questions to the keyboard do nothing, at once: the rest of the cell is graded."""
    from IPython.core.error import UsageError
    from IPython.utils.text import SList

    shell = kernel.shell
    run_line, run_cell = shell.run_line_magic, shell.run_cell_magic

    def line_magic(name, line, _stack_depth=1):
        if name in PROGRAMS:
            return None
        try:
            return run_line(name, line, _stack_depth=_stack_depth + 1)
        except (UsageError, ImportError):  # a magic, or an extension, that is not to be had here
            return None

    def cell_magic(name, line, cell):
        known = shell.find_magic(name, "cell") is not None and name not in PROGRAMS
        return run_cell(name, line, cell) if known else None

    shell.run_line_magic, shell.run_cell_magic = line_magic, cell_magic
    shell.system = shell.system_raw = shell.system_piped = lambda command: None
    shell.getoutput = lambda command, split=True, depth=0: SList() if split else ""
    kernel.raw_input = kernel.getpass = lambda prompt="", stream=None: ""


def does_nothing(command):
    """Is this one of the commands (`grading/syntax.py`) that have no effect in a kernel?"""
    return command == "input()" or command.startswith("!") or command.lstrip("%") in PROGRAMS


if __name__ == "__main__":
    if "COURSE_KERNEL_FOLDER" in os.environ:  # without a box, the run prepares the empty folder
        prepare(os.environ["COURSE_KERNEL_FOLDER"])
    launch(sys.argv[1])
