"""The path of one submission; its steps are listed in `STEPS`."""

import time
import traceback
from dataclasses import dataclass, field, replace
from pathlib import Path

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


# ------------------------------------------------------------------------------------------- step by step


@dataclass
class _Work:
    """What is known so far about one submission."""

    notebook: Notebook
    references: list
    isolation: object
    limits: run.Limits
    folder: Path  # for what its runs leave
    deadline: float  # of all runs together
    answers: dict = field(default_factory=dict)  # name -> [source of a cell, …]
    notes: list = field(default_factory=list)  # (Chinese, English)
    broken: dict = field(default_factory=dict)  # name -> what Python says of an answer that is not Python
    outcomes: list = field(default_factory=list)  # one for each reference
    public: run.Outcome | None = None  # the run on the public numbers, where a check failed
    checks: list = field(default_factory=list)

    @property
    def reference(self):
        return self.references[0]

    @property
    def only_public(self):
        """A self-check: measured against the stored lines, not against a run of the solution."""
        return not self.reference.has_outputs

    def run(self, reference, seed=None):
        """Run the answers; whichever stopped an earlier run is left out."""
        left_out = self.outcomes[-1].left_out if self.outcomes else {}
        return run.run(reference, self.answers, self.isolation, self.folder, self.limits, self.deadline, left_out, seed)


def _find_the_answers(work):
    work.answers, work.notes = submission.answers(work.notebook, work.reference.course)


def _remark_on_their_text(work):
    work.notes += _remarks(work.answers, work.reference)


def _say_so_at_once(work):
    work.broken = submission.broken(work.answers)
    for zh, en in [*work.notes, *feedback.not_python(work.broken, work.answers)]:
        stage(work.reference.lang, f"! {zh}", f"! {en}")


def _run_them(work):
    """A self-check in which nothing can pass is decided already. Where marks depend on it, everything is run."""
    nothing = run.not_run(work.reference, work.answers, work.broken) if work.only_public else None
    if nothing:
        work.outcomes.append(nothing)
        return
    for reference in work.references:
        stage(reference.lang, "运行你的答案……", "running your answers …")
        work.outcomes.append(work.run(reference))


def _judge_each_check(work):
    for check, cell in work.reference.cells("grade"):
        points, of = cell["metadata"]["nbgrader"]["points"], cell["metadata"]["course"]["of"]
        status = verdict(check, of, work.answers, work.references, work.outcomes)
        earned = points if status == "passed" else 0
        work.checks.append({"id": check, "points": points, "of": of, "status": status, "earned": earned})


def _run_again_on_public_numbers(work):
    if work.only_public:
        work.public = work.outcomes[0]
    elif any(check["status"] == "failed" for check in work.checks) and time.monotonic() < work.deadline:
        stage(work.reference.lang, "找出不同在哪里……", "finding out what differs …")
        work.public = work.run(work.reference, seed=PUBLIC_SEED)


def _explain_each_check(work):
    for check in work.checks:
        call = call_seen(check["id"], work.outcomes)
        feedback.explain(check, work.reference, work.public, call, work.answers)


STEPS = (
    _find_the_answers,
    _remark_on_their_text,
    _say_so_at_once,
    _run_them,
    _judge_each_check,
    _run_again_on_public_numbers,
    _explain_each_check,
)


def _grade(notebook, references, isolation, limits):
    folder = leftovers.folder()
    work = _Work(notebook, references, isolation, limits, folder, time.monotonic() + limits.wall)
    try:
        for step in STEPS:
            step(work)
    finally:
        leftovers.remove(folder)
    last, complete = work.outcomes[-1], all(outcome.complete for outcome in work.outcomes)
    status = "partial" if last.left_out else "graded" if complete else "timeout"
    reference, notes = work.reference, [say(work.reference.lang, *note) for note in work.notes]
    row = _row(reference.exercise, reference.lang, status, work.checks, notes)
    texts = {name: "\n\n".join(parts) for name, parts in work.answers.items()}
    return replace(row, answers=texts, assembled=last.notebook, public_only=work.only_public)


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
