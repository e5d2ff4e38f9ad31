"""Known wrong and right implementations of an exercise, run through the same checks as the solution."""

import ast
import contextlib
import io
import math
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

import torch

from course_utils import known, language
from course_utils.authoring import source
from course_utils.expected import PUBLIC_SEED, TIE_MARGIN, digest, error_key


@dataclass
class Run:
    """What the checks printed: label -> text, and check -> error for those that raised."""

    lines: dict
    errors: dict
    margin: float = math.inf
    labels: dict = field(default_factory=dict)  # check -> its labels

    def __eq__(self, other):
        return self.lines == other.lines and self.errors.keys() == other.errors.keys()


def load(exercise):
    """All answers of an exercise source, their comments in English; an empty list where it has no answers file."""
    path = exercise.path.parent.parent / "answers" / exercise.path.name
    if not path.exists():
        return []
    try:
        return [replace(answer, code=source.pick(answer.code, "en")) for answer in known.read(path)]
    except known.AnswersError as error:
        raise source.SourceError(str(error)) from None


def run(exercise, lang, seed, answer=None, ban=True):
    """Run the solution of `exercise` with `answer` laid over it, in this process, and return what its checks printed.

    ban   whether the exercise's banned built-ins raise while a check runs (off to prove a check's values with the
          built-in)
    """
    space, result = {}, Run({}, {})
    dtype = torch.get_default_dtype()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.chdir(_nowhere()):
            language.use(source.NAMES[lang])
            for cell in exercise.cells:
                if cell.kind != "code" or "check.grade()" in cell.zh:
                    continue
                if cell.name == "parameters":
                    space["SEED"] = seed
                    continue
                if "check" in cell.meta.get("tags", ()):
                    _run_check(cell, lang, space, result)
                    continue
                _execute(cell.text(lang), exercise.where(cell), space)
                if ban and "check" in space and not space["check"].banned:
                    space["check"].banned = banned(exercise)
                if answer is not None and "solution" in cell.meta.get("tags", ()):
                    # each time, since checks stand between answers
                    _execute(answer.code, f"source/answers/{exercise.path.name}: cell {answer.name!r}", space)
    finally:
        torch.set_default_dtype(dtype)
    result.margin = space["check"].margin
    return result


def _execute(code, where, space):
    try:
        exec(compile(code, where, "exec"), space)
    except Exception as error:
        raise source.SourceError(f"{where}: {type(error).__name__}: {error}") from error


def _run_check(cell, lang, space, result):
    check = space["check"]
    before = set(check.lines)
    try:
        exec(compile(cell.text(lang), f"<{cell.name}>", "exec"), space)
    except Exception as error:  # whatever a wrong answer raises
        result.errors[cell.name] = f"{type(error).__name__}: {error}"
    result.lines = dict(check.lines)
    result.labels[cell.name] = [label for label in check.lines if label not in before]


def _nowhere():
    """A folder without expected lines, so that checks only print."""
    return Path(__file__).parent


def banned(exercise):
    """check -> names of torch functions that raise while it runs, from the header's answer -> names."""
    by_answer = exercise.course.get("banned", {})
    return {
        cell.name: names
        for cell in exercise.cells
        if "check" in cell.meta.get("tags", ())
        if (names := [n for answer in cell.meta["of"].split() for n in by_answer.get(answer, [])])
    }


def expected(exercise, lang):
    """The lines of the solution at the public seed and the digests of every known wrong answer: what is stored
    beside it (`course_utils.expected.path`). Two wrong answers show what each shows alone; where both change the same
    line, one function using the other, `pairs` holds what is different."""
    reference = run(exercise, lang, PUBLIC_SEED)
    if reference.errors:
        raise source.SourceError(f"{exercise.path}: the solution fails its own check: {reference.errors}")
    if reference.margin < TIE_MARGIN:
        raise source.SourceError(
            f"{exercise.path}: at the public seed a printed value lies {reference.margin:.1e} of its last digit "
            "from a rounding tie; draw the fixture from another seed"
        )
    right = _digests(reference)
    known_wrong = [answer for answer in load(exercise) if "wrong" in answer.tags]
    marks = [_digests(run(exercise, lang, PUBLIC_SEED, answer)) for answer in known_wrong]
    wrong = [
        {
            "name": digest(answer.name),
            "why": answer.why[lang],
            "replaces": replaces(exercise, answer),
            "digests": {key: mark for key, mark in shown.items() if right.get(key) != mark},
        }
        for answer, shown in zip(known_wrong, marks)
    ]
    pairs = []
    for i, j in combinations(range(len(wrong)), 2):
        apart = not set(wrong[i]["replaces"]) & set(wrong[j]["replaces"])
        if apart and _touched(right, marks[i]) & _touched(right, marks[j]):
            both = _digests(run(exercise, lang, PUBLIC_SEED, together(known_wrong[i], known_wrong[j])))
            foreseen = right | wrong[i]["digests"] | wrong[j]["digests"]
            unforeseen = {key: mark for key, mark in both.items() if foreseen.get(key) != mark}
            pairs += [{"wrong": [i, j], "digests": unforeseen}] * bool(unforeseen)
    return {
        "exercise": exercise.course["exercise"],
        "lines": reference.lines,
        "labels": reference.labels,
        "of": {cell.name: cell.meta["of"].split() for cell in exercise.cells if "check" in cell.meta.get("tags", ())},
        "banned": banned(exercise),
        "wrong": wrong,
        "pairs": pairs,
    }


def replaces(exercise, answer):
    """The answer cells whose function this implementation gives."""
    names = {cell.name for cell in exercise.cells if "solution" in cell.meta.get("tags", ())}
    tree = ast.parse(answer.code)
    return sorted(names & {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))})


def together(one, other):
    """Both implementations at once, of different answers."""
    return replace(one, name=f"{one.name} and {other.name}", code=f"{one.code}\n\n\n{other.code}")


def _digests(ran):
    raised = {error_key(check): digest(error) for check, error in ran.errors.items()}
    return {label: digest(text) for label, text in ran.lines.items()} | raised


def _touched(right, shown):
    """What a wrong answer changes: lines that differ or are missing, and errors."""
    return {key for key in right | shown if right.get(key) != shown.get(key)}
