"""Be the grader: do your inputs tell wrong implementations of an exercise from right ones?"""

import copy

import torch

from course_utils import known, language
from course_utils.files import ROOT

SOURCE = ROOT / "source"


def judge(exercise, function, inputs, tolerance):
    """Run every known implementation of `function` on your inputs and say which wrong ones they catch.

    exercise   "E06", say; function is the name of one of its answers
    inputs     a list of tuples of arguments
    tolerance  largest difference from the solution that still counts as the same

    An implementation is rejected when on one of the inputs it raises, returns another shape (or another number of
    tensors), or differs by more than `tolerance`. FileNotFoundError where the implementations are not at hand (a class
    release leaves them out)."""
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # as in the exercises
    try:
        _judge(*_implementations(exercise, function), inputs, tolerance)
    finally:
        torch.set_default_dtype(dtype)


def _judge(reference, wrong, right, inputs, tolerance):
    wanted = [reference(*_fresh(given)) for given in inputs]

    def rejected(implementation):
        return any(not _same(implementation, given, want, tolerance) for given, want in zip(inputs, wanted))

    missed = [why for why, implementation in wrong if not rejected(implementation)]
    accused = [why for why, implementation in right if rejected(implementation)]
    print(
        language.say(
            f"识破错误写法 {len(wrong) - len(missed)} / {len(wrong)}，冤枉正确写法 {len(accused)} / {len(right)}",
            f"wrong ones caught: {len(wrong) - len(missed)} of {len(wrong)};  "
            f"right ones wrongly rejected: {len(accused)} of {len(right)}",
        )
    )
    for why in missed:
        print(language.say("  漏网：", "  missed: ") + why)
    for why in accused:
        print(language.say("  冤枉：", "  wronged: ") + why)


def _fresh(given):
    """A copy of the arguments: an implementation may change what it is given."""
    if isinstance(given, torch.Tensor):
        return given.detach().clone().requires_grad_(given.requires_grad)
    return type(given)(map(_fresh, given)) if type(given) in (tuple, list) else copy.deepcopy(given)


def _same(implementation, given, want, tolerance):
    try:
        got = implementation(*_fresh(given))
        if isinstance(want, (tuple, list)):
            return len(got) == len(want) and all(_near(g, w, tolerance) for g, w in zip(got, want))
        return _near(got, want, tolerance)
    except Exception:  # whatever a wrong implementation does
        return False


def _near(got, want, tolerance):
    return got.shape == want.shape and bool((got - want).abs().max() <= tolerance)


def _implementations(exercise, function):
    """The solution's function, and (first comment, function) of each wrong and each right implementation of it."""
    files = [
        next(iter(sorted((SOURCE / folder).glob(f"{exercise}_*.py"))), None) for folder in ("exercises", "answers")
    ]
    if None in files:
        raise FileNotFoundError(
            language.say(
                f"这里没有 {exercise} 的各种写法：本页只能在完整的课程仓库里运行",
                f"the implementations of {exercise} are not here: this page needs the full course repository",
            )
        )
    solution = known.solution(files[0])
    answers = [answer for answer in known.read(files[1]) if f"def {function}(" in answer.code]

    def load(*codes):
        space = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}
        for code in codes:
            exec(code, space)
        return space[function]

    def tagged(tag):
        return [(answer.why[language.code()], load(*solution, answer.code)) for answer in answers if tag in answer.tags]

    return load(*solution), tagged("wrong"), tagged("right")
