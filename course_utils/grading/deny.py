"""Takes torch's own operators away from a running kernel, for exercises that ask to write them.

A `TorchFunctionMode` (checks.py) is polite: it says what is banned, but a thread, torch.ops.aten or DisableTorchFunction walks round it, and it does not
watch an answer that computes outside a check. Here operators are replaced inside torch's dispatcher, below every Python name for them, and functions
written in Python in every module of torch.
"""
import sys
import types

import torch

_kept = []        # a registration lasts as long as its library object


def operators(names):
    """The overloads of those names that are operators of torch (nn.RNN is a module; what it calls, rnn_tanh, is one)."""
    return [(name, overload) for name in names if hasattr(torch.ops.aten, name) for overload in getattr(torch.ops.aten, name).overloads()]


def deny(names):
    """From now on every call of what is named raises, in every thread, however it is reached."""
    for name, overload in operators(names):
        library = torch.library.Library("aten", "IMPL")
        for key in ("CPU", "AutogradCPU"):
            library.impl(name if overload == "default" else f"{name}.{overload}", _refusing(name), key)
        _kept.append(library)
    modules = [module for path, module in list(sys.modules.items()) if path.split(".")[0] == "torch"]
    for place in [*modules, torch.Tensor]:
        for name in names:
            if isinstance(vars(place).get(name), types.FunctionType):
                setattr(place, name, _refusing(name))


def _refusing(name):
    def refuse(*arguments, **options):
        raise RuntimeError(f"this exercise asks you to write it: do not call torch's {name}")
    return refuse
