"""Takes torch's own operators away from a running kernel, for exercises that ask to write them.

A `TorchFunctionMode` (exercise/check.py) is polite: it says what is banned, but a thread, torch.ops.aten or
DisableTorchFunction walks round it, and it does not
watch an answer that computes outside a check. Here operators are replaced inside torch's dispatcher, below every
Python name for them, and functions
written in Python in every module of torch.

A check may itself compare with the built-in. Its statements are recognised by their compiled code; a learner's
function between them and the operator
still makes it raise.
"""

import ast
import sys
import types

import torch

NEW_PROGRAMS = {
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "ctypes.dlopen",
}  # audit events; a new program would have its own torch

_kept = []  # a registration lasts as long as its library object


def operators(names):
    """The overloads of those names that are operators of torch (nn.RNN is a module; what it calls, rnn_tanh, is one)."""  # noqa: E501
    return [
        (name, overload)
        for name in names
        if hasattr(torch.ops.aten, name)
        for overload in getattr(torch.ops.aten, name).overloads()
    ]


def deny(names, checks=()):
    """From now on every call of what is named raises, in every thread, however it is reached.

    checks   sources of check cells that use it themselves: called directly from their statements, it works
    """
    allowed = {code for source in checks for code in _statements(source)}
    for name, overload in operators(names):
        library = torch.library.Library("aten", "IMPL")
        for key in ("CPU", "AutogradCPU"):
            library.impl(
                name if overload == "default" else f"{name}.{overload}",
                _guarded(name, getattr(getattr(torch.ops.aten, name), overload), allowed),
                key,
            )
        _kept.append(library)
    modules = [module for path, module in list(sys.modules.items()) if path.split(".")[0] == "torch"]
    for place in [*modules, torch.Tensor]:
        for name in names:
            original = vars(place).get(name)
            if isinstance(original, types.FunctionType):
                setattr(place, name, _guarded(name, original, allowed))
    sys.addaudithook(_no_new_programs)  # cannot be removed again


def _no_new_programs(event, arguments):
    if event in NEW_PROGRAMS:
        raise RuntimeError("answers to this exercise start no other program")


def _statements(source):
    """The code objects into which IPython compiles a cell, one for each statement."""
    return [compile(ast.Module([node], []), "", "exec") for node in ast.parse(source).body]


def _guarded(name, original, allowed):
    def refuse_unless_check(*arguments, **options):
        if not _called_by(allowed):
            raise RuntimeError(f"this exercise asks you to write it: do not call torch's {name}")
        return getattr(original, "decompose", original)(*arguments, **options)  # decompose: the operator as it was

    return refuse_unless_check


def _called_by(allowed):
    """Is there nothing but torch between here and one of these statements?"""
    frame = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__", "").split(".")[0] in ("torch", "course_utils"):
        frame = frame.f_back
    return frame is not None and frame.f_code in allowed
