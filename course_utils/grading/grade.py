"""The path of one submission: find its answers, assemble, run, score, explain."""

import shutil
import time
import traceback
from dataclasses import dataclass, replace

from course_utils.expected import PUBLIC_SEED
from course_utils.grading import bans, feedback, run, submission
from course_utils.grading.box import leftovers
from course_utils.grading.box.isolation import Abandoned
from course_utils.grading.box.kernel import does_nothing
from course_utils.grading.feedback import say
from course_utils.grading.reading import Notebook, Unreadable
from course_utils.grading.row import Check, Line, Row
from course_utils.grading.stages import stage
from course_utils.grading.syntax import commands
from course_utils.grading.verdict import call_seen, verdict


@dataclass(frozen=True)
class Task:
    """One submission to grade, complete in itself, so that it can be sent to another machine."""

    id: str
    notebook: Notebook | None  # None: it could not be read
    problem: dict | None = None  # why not, {"zh": …, "en": …}
    exercise: str = ""  # from --exercise, else the notebook says
    lang: str = ""  # from --lang, else the notebook says


def grade(task, references, isolation, limits=run.Limits()):  # noqa: B008
    """The Row of one submission.

    references   (exercise, lang) -> list of Reference, one for each seed
    """
    start = time.monotonic()
    lang = task.lang or (task.notebook and task.notebook.lang) or "zh"
    try:
        row = _grade(task.notebook, _references(task, lang, references), isolation, limits)
    except Unreadable as problem:
        row = _row(task.exercise or None, lang, "unreadable", [], [problem.words[lang]])
    except Abandoned:
        raise
    except Exception as fault:  # ours, not the learner's: said in the row, and the command ends with 1
        row = _row(task.exercise or None, lang, "partial", [], [f"{type(fault).__name__}: {fault}"])
        row.fault = traceback.format_exc()
    return replace(row, submission=task.id, isolation=isolation.tier, seconds=round(time.monotonic() - start, 2))


def _references(task, lang, references):
    if task.notebook is None:
        raise Unreadable(**task.problem)
    exercise = task.notebook.exercise or task.exercise
    if not exercise:
        raise Unreadable(
            "这份 notebook 没有写明是哪道练习。请老师用 --exercise 指定。",
            "the notebook does not say which exercise it is: name it with --exercise.",
        )
    if task.exercise and exercise != task.exercise:
        raise Unreadable(
            f"这是练习 {exercise} 的 notebook，现在批改的是 {task.exercise}。",
            f"this notebook is exercise {exercise}, but {task.exercise} is being graded.",
        )
    if (exercise, lang) not in references:
        raise Unreadable(f"这里没有练习 {exercise} 的参考答案。", f"there is no solution for exercise {exercise} here.")
    return references[exercise, lang]


def _grade(notebook, references, isolation, limits):
    reference, deadline = references[0], time.monotonic() + limits.wall
    answers, notes = submission.answers(notebook, reference.course)
    notes += _remarks(answers, reference)
    folder = leftovers.folder()
    try:
        outcomes, left_out = [], {}
        for each in references:
            stage(reference.lang, "运行你的答案……", "running your answers …")
            outcomes.append(run.run(each, answers, isolation, folder, limits, deadline, left_out))
            left_out = outcomes[-1].left_out
        checks = [
            {
                "id": check,
                "points": cell["metadata"]["nbgrader"]["points"],
                "of": cell["metadata"]["course"]["of"],
                "status": verdict(check, cell["metadata"]["course"]["of"], answers, references, outcomes),
            }
            for check, cell in reference.cells("grade")
        ]
        public = None
        if any(check["status"] == "failed" for check in checks) and time.monotonic() < deadline:
            stage(reference.lang, "找出不同在哪里……", "finding out what differs …")
            public = run.run(reference, answers, isolation, folder, limits, deadline, left_out, seed=PUBLIC_SEED)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for check in checks:
        check["earned"] = check["points"] if check["status"] == "passed" else 0
        feedback.explain(check, reference, public, call_seen(check["id"], outcomes), answers)
    complete = all(outcome.complete for outcome in outcomes)
    status = "partial" if left_out else "graded" if complete else "timeout"
    row = _row(reference.exercise, reference.lang, status, checks, [say(reference.lang, *note) for note in notes])
    texts = {name: "\n\n".join(parts) for name, parts in answers.items()}
    return replace(row, answers=texts, assembled=outcomes[-1].notebook, public_only=not reference.has_outputs)


def _remarks(answers, reference):
    """Notes (Chinese, English) about the text of the answers. They change no mark."""
    notes = []
    for name, sources in answers.items():
        notes += bans.notes(name, sources, reference.banned.get(name, []))
        asked = dict.fromkeys(command for source in sources for command in commands(source) if does_nothing(command))
        if asked:
            notes.append(
                (
                    f"{name} 里的 {'、'.join(asked)} 在批改时不起作用，其余照常批改",
                    f"{name}: {', '.join(asked)} did nothing while grading; the rest was graded as it is",
                )
            )
    return notes


def _row(exercise, lang, status, checks, notes):
    fields = ("id", "points", "earned", "status", "message", "why")
    checks = [
        Check(**{key: check[key] for key in fields}, lines=[Line(**line) for line in check["lines"]])
        for check in checks
    ]
    return Row("", exercise, status, "", 0.0, lang, checks, notes)
