"""How a kernel begins once its process exists."""

import os
import random
import sys

FOLDER = "/tmp/work"  # in the box: an empty folder of its own


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
    sys.argv = ["ipykernel_launcher", "-f", connection_file, "--HistoryManager.enabled=False"]
    sys.path[0:1] = [""]  # as in any notebook; not the folder of this file
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance()


if __name__ == "__main__":
    if "COURSE_KERNEL_FOLDER" in os.environ:  # without a box, the run prepares the empty folder
        prepare(os.environ["COURSE_KERNEL_FOLDER"])
    launch(sys.argv[1])
