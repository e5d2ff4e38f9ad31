"""Built-ins that would make an exercise pointless raise while a check runs.

For a learner this is a reminder: in one's own notebook nothing more can be meant. The grader prepares its kernels so
that the same ban reaches further down (`grading/box/deny.py`).
"""

from torch.overrides import TorchFunctionMode

from course_utils import language

BY_CHECK = {}  # check -> names, where no expected lines say so: filled by the grader before the notebook begins
now = frozenset()  # what is banned at this moment, in every thread
called = ""  # the last of these that was called nevertheless


class Banned(RuntimeError):
    """An answer called the very built-in that the exercise asks to write."""

    def __init__(self, name):
        super().__init__(
            language.say(
                f"这道题要你自己写，不能调用 torch 的 {name}",
                f"this exercise asks you to write it: do not call torch's {name}",
            )
        )


def refuse(name):
    """Raise Banned, and remember that `name` was called, whoever catches that."""
    global called
    called = name
    raise Banned(name)


class Ban(TorchFunctionMode):
    """Raise when torch runs one of the named functions, however it was reached (getattr, a saved reference, a copied
    module). If what ran ends in another error after such a call (the call was made in a thread), that is what is said.
    """

    def __init__(self, names):
        super().__init__()
        self.names = frozenset(names)

    def __enter__(self):
        global now, called
        now, called = self.names, ""
        return super().__enter__()

    def __exit__(self, kind, error, traceback):
        global now
        now = frozenset()
        super().__exit__(kind, error, traceback)
        if called and isinstance(error, Exception) and not isinstance(error, Banned):
            raise Banned(called) from error

    def __torch_function__(self, func, types, args=(), kwargs=None):
        name = getattr(func, "__name__", "").split(".")[0]
        if name in self.names:
            refuse(name)
        return func(*args, **(kwargs or {}))
