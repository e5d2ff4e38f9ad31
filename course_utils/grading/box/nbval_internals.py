"""What nbval_plugin relies on inside nbval, which promises none of it: looked at before anything is graded."""

import importlib.metadata

from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell

RELIED_ON = {
    RunningKernel: {"km", "kc", "get_message", "execute_cell_input", "await_reply", "await_idle", "is_alive", "stop"},
    IPyNbCell: {"options", "output_timeout", "test_outputs", "cell", "parent", "nbval_cell_timeout"},
}


def check():
    """Raises ImportError, saying what is missing, where nbval has changed inside."""
    for owner, names in RELIED_ON.items():
        if missing := sorted(names - _names(owner)):
            raise ImportError(
                f"nbval {importlib.metadata.version('nbval')} has no {owner.__name__}.{missing[0]}, on which grading "
                "relies; run: pip install -c constraints.txt -e ."
            )


def _names(owner):
    """Attributes of the class, and those that its methods use."""
    methods = [value for value in vars(owner).values() if hasattr(value, "__code__")]
    return set(vars(owner)).union(*(method.__code__.co_names for method in methods))
