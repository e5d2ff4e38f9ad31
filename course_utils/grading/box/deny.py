"""Takes torch's own operators away from a kernel while a check runs, for exercises that ask to write them.

`exercise/ban.py` is polite: a thread, torch.ops.aten or DisableTorchFunction walks round it. Here operators are
replaced inside torch's dispatcher, below every Python name for them, and functions written in Python in every module
of torch. Outside the checks all of them work: a comparison of one's own below an answer is welcome.

None of this is out of the learner's reach, who shares the process: whoever looks for these lines can undo them. What a
call costs is therefore the check in which it was seen, and `docs/teaching.md` says what is not seen.
"""

import sys
import types

import torch

from course_utils.exercise import ban

_kept = []  # a registration lasts as long as its library object


def deny(by_check):
    """From now on what is named for a check raises `Banned` while that check runs, in every thread.

    by_check   check -> names, as the expected lines have them
    """
    ban.BY_CHECK.update(by_check)
    names = sorted({name for names in by_check.values() for name in names})
    for name, overload in operators(names):
        library = torch.library.Library("aten", "IMPL")
        for key in ("CPU", "AutogradCPU"):
            library.impl(
                name if overload == "default" else f"{name}.{overload}",
                _guarded(name, getattr(getattr(torch.ops.aten, name), overload).decompose),
                key,
            )
        _kept.append(library)
    modules = [module for path, module in list(sys.modules.items()) if path.split(".")[0] == "torch"]
    for place in [*modules, torch.Tensor]:
        for name in names:
            original = vars(place).get(name)
            if isinstance(original, types.FunctionType):
                setattr(place, name, _guarded(name, original))


def operators(names):
    """The overloads of those names that are operators of torch (nn.RNN is a module; its operator is rnn_tanh)."""
    return [
        (name, overload)
        for name in names
        if hasattr(torch.ops.aten, name)
        for overload in getattr(torch.ops.aten, name).overloads()
    ]


def _guarded(name, original):
    def refuse_while_checking(*arguments, **options):
        if name in ban.now:
            ban.refuse(name)
        return original(*arguments, **options)

    return refuse_while_checking
