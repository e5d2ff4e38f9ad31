"""Programs that execute notebooks, each in a process of its own: papermill for the reference, nbval for a submission."""  # noqa: E501

import json
import os
import subprocess
import sys
from functools import partial

import nbformat
import nbval.plugin
import pytest
from jupyter_client import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory

from course_utils.grading.box import nbval_plugin
from course_utils.grading.box.isolation import KERNEL
from course_utils.grading.box.kernel import BANNED

# Once here, not in every process forked off: looking through all installed packages, and compiling the notebook schema.
KernelProvisionerFactory.instance()
nbformat.validate(nbformat.v4.new_notebook())


def execute_reference(source, target, seed):
    """Run a notebook with SEED = seed and store it with its outputs."""
    import papermill  # nobody's own notebook needs it

    papermill.execute_notebook(
        source,
        target,
        parameters={"SEED": seed},
        kernel_name=KERNEL,
        progress_bar=False,
        log_output=False,
        start_timeout=60,
        execution_timeout=300,
    )


def run_nbval(notebook, record, cell_timeout, banned):
    """Run an assembled notebook and leave one record for each cell that ended (`nbval_plugin.Watch`).

    banned   check -> names of torch that raise while it runs
    """
    os.environ[BANNED] = json.dumps(banned)
    manager = KernelManager(kernel_name=KERNEL)
    manager.start_kernel(stderr=subprocess.DEVNULL)
    nbval.plugin.RunningKernel = partial(nbval_plugin.WatchedKernel, manager)
    options = {
        "--nbval-cell-timeout": nbval_plugin.OUR_CELL_SECONDS,
        "--nbval-kernel-startup-timeout": 60,
        "-c": os.devnull,
        "--rootdir": os.path.dirname(notebook),
    }
    return int(
        pytest.main(
            [
                "--nbval-lax",
                *(str(part) for option in options.items() for part in option),
                *("-p", "nbval.plugin", "-p", "no:cacheprovider"),
                *("--noconftest", "-q", "--tb=no", "--color=no"),
                notebook,
            ],
            plugins=[nbval_plugin.Watch(record, cell_timeout)],
        )
    )


if __name__ == "__main__":
    sys.exit(globals()[sys.argv[1]](**json.loads(sys.argv[2])))
