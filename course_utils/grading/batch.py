"""Many submissions: local workers or a dask cluster, and one journal that survives anything, so that a batch can be
taken up again or get more submissions.

The journal's lines are {"plan": …}, of which the last counts, and {"row": …}.
"""

import json
import os
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace

import filelock

from course_utils.files import write
from course_utils.grading import cluster, contents, reading, reference, report
from course_utils.grading.box.isolation import Isolation
from course_utils.grading.grade import Task, grade
from course_utils.grading.intake import Submission
from course_utils.grading.row import Row
from course_utils.grading.run import Limits

JOURNAL, LOCK = "batch.jsonl", ".lock"


@dataclass
class Plan:
    """What a batch grades, how, and what its reports look like: enough to take it up again."""

    submissions: list[Submission]
    seeds: list
    tier: str
    exercise: str = ""
    lang: str = ""
    csv: list = field(default_factory=list)
    titles: dict = field(default_factory=dict)  # exercise -> heading of its column in the course site's table
    roster: list | None = None  # the table of everyone in the course, as it was exported
    pick: str = "newest"  # which of several files of one learner counts

    def to_json(self):
        return asdict(self)

    @classmethod
    def from_json(cls, data):
        tuples = ("inside", "problem")
        found = [
            Submission(**{key: tuple(v) if key in tuples and v is not None else v for key, v in each.items()})
            for each in data["submissions"]
        ]
        return cls(**data | {"submissions": found})


def add(plan, found):
    """Put submissions that are not in the plan yet into it, each with an id that is unique and fit to name a file.

    A learner's first file has the learner's name; a further one its own name too, a namesake the number.
    """
    known = {(each.path, each.inside, each.time) for each in plan.submissions}
    taken = {report.file_name(each.id).casefold() for each in plan.submissions}
    owners = {each.student.casefold(): each.learner for each in reversed(plan.submissions)}
    for each in found:
        each = replace(each, path=os.path.abspath(each.path))
        if (each.path, each.inside, each.time) in known:
            continue
        owner = owners.setdefault(each.student.casefold(), each.learner)
        ids = [each.student, f"{each.student} ({each.file.rsplit('/')[-1]})"]
        if owner != each.learner:
            ids = [f"{each.student} ({each.number})"] * bool(each.number) + ids[1:]
        ids += [
            f"{each.student} ({each.file})",
            *(f"{each.student}-{n}" for n in range(2, len(found) + len(taken) + 3)),
        ]
        id = next(i for i in ids if report.file_name(i).casefold() not in taken)
        taken.add(report.file_name(id).casefold())
        plan.submissions.append(replace(each, id=id))


@contextmanager
def alone_in(out, told=lambda: None):
    """Hold a folder against a second grader, which waits its turn; `told` is called before waiting. Raises OSError when
    the folder cannot be written."""
    made = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(out / LOCK)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        told()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
        if made and not (out / JOURNAL).exists():  # nothing was begun, so nothing is left
            with suppress(OSError):
                (out / LOCK).unlink(missing_ok=True)
                out.rmdir()


def start(plan, out):
    """Prepare a new output folder. Raises FileExistsError when it holds something, OSError when it is closed to us."""
    out.mkdir(parents=True, exist_ok=True)
    if {path.name for path in out.iterdir()} - {LOCK}:
        raise FileExistsError(
            f"{out} is not empty; nothing there is overwritten. "
            f"Choose another --out, or take up what was begun there with --resume {out}"
        )
    write(out / JOURNAL, _line("plan", plan))


def resume(out):
    """The plan of a batch that was begun. Raises FileNotFoundError."""
    plans = [data["plan"] for data in _journal(out) if "plan" in data]
    try:
        return Plan.from_json(plans[-1])
    except (IndexError, TypeError, KeyError):
        raise FileNotFoundError(f"{out} holds no batch to resume (no readable {JOURNAL})") from None


def keep(plan, out):
    """Write a changed plan into the journal."""
    with _appended(out) as journal:
        journal.write(_line("plan", plan))


def rows(out):
    """Rows finished so far; a last line cut short by a power failure is dropped, its submission graded again."""
    found = {}
    for data in _journal(out):
        try:
            row = Row.from_json(data["row"])
            found[row.submission] = row
        except (TypeError, KeyError, AttributeError):
            pass
    return found


def is_report_folder(folder):
    """Was this folder written by the grader? It is nobody's submission."""
    return os.path.exists(os.path.join(folder, JOURNAL))


def _line(kind, record):
    return json.dumps({kind: record.to_json()}) + "\n"  # ASCII: whatever bytes a name is made of


def _journal(out):
    if not (out / JOURNAL).exists():
        return
    with open(out / JOURNAL, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                data = json.loads(line)
            except ValueError:
                continue
            if isinstance(data, dict):
                yield data


@contextmanager
def _appended(out):
    with open(out / JOURNAL, "a+b") as journal:
        if journal.seek(0, os.SEEK_END):
            journal.seek(-1, os.SEEK_END)
            if journal.read(1) != b"\n":
                journal.write(b"\n")  # what follows a line cut short is a line of its own
    with open(out / JOURNAL, "a", encoding="utf-8") as journal:
        yield journal


def run(plan, out, jobs=1, scheduler="", limits=Limits(), progress=lambda done, total, seconds: None):  # noqa: B008
    """Grade what has no row yet and write all reports. Returns (rows in the plan's order, remarks on the tables).

    An interruption (KeyboardInterrupt) writes the reports of what is there, and is raised again.
    """
    done = rows(out)
    todo = [each for each in plan.submissions if each.id not in done]
    said = []
    try:
        with ExitStack() as stack:
            journal = stack.enter_context(_appended(out))
            if todo:
                tasks = read(todo, plan)
                isolation = stack.enter_context(Isolation(plan.tier, alone=len(todo) == 1))
                if len(todo) > 1:
                    isolation.ensure()  # what keeps it from starting ends the command, not one row after another
                references = _references(tasks, plan, isolation, out / "references")
                began = time.monotonic()
                finished = (
                    cluster.rows(tasks, references, plan.tier, limits, scheduler)
                    if scheduler
                    else _here(tasks, references, isolation, limits, jobs)
                )
                for count, row in enumerate(finished, 1):
                    _keep_assembled(row, out)
                    journal.write(_line("row", row))
                    journal.flush()
                    done[row.submission] = row
                    progress(len(done), len(plan.submissions), (time.monotonic() - began) / count * (len(todo) - count))
    finally:
        said += report.write(out, plan, [done[each.id] for each in plan.submissions if each.id in done])
    return [done[each.id] for each in plan.submissions], said


def _keep_assembled(row, out):
    """For the teacher: the notebook as it was run, with the expected outputs."""
    if row.assembled is not None:
        path = out / "assembled" / f"{report.file_name(row.submission)}.ipynb"
        write(path, json.dumps(row.assembled, ensure_ascii=False, indent=1))


def read(submissions, plan):
    """One Task for each submission. The bytes of one are in memory at a time; what is kept is the text of its code."""
    tasks = []
    for each in submissions:
        notebook, problem = None, each.problem and dict(zip(("zh", "en"), each.problem))
        if not problem:
            try:
                notebook = reading.read(contents.content(each.path, each.inside))
            except reading.Unreadable as unreadable:
                problem = unreadable.words
        tasks.append(Task(each.id, notebook, problem, plan.exercise, plan.lang))
    langs = Counter(task.notebook.lang for task in tasks if task.notebook and task.notebook.lang)
    usual = plan.lang or (langs.most_common(1)[0][0] if langs else "zh")
    return [task if task.notebook else replace(task, lang=usual) for task in tasks]


def _references(tasks, plan, isolation, folder):
    """(exercise, lang) -> one Reference for each seed, for every exercise that a submission names and that has a
    solution."""
    wanted = {
        (plan.exercise or task.notebook.exercise, plan.lang or task.notebook.lang or "zh")
        for task in tasks
        if task.notebook
    }
    return {
        (exercise, lang): reference.references(exercise, lang, plan.seeds, isolation, folder)
        for exercise, lang in sorted(wanted, key=str)
        if reference.known(exercise, lang)
    }


def _here(tasks, references, isolation, limits, jobs):
    """Rows as they are finished, `jobs` at a time."""
    with ThreadPoolExecutor(jobs) as pool:
        pending = {pool.submit(grade, task, references, isolation, limits) for task in tasks}
        try:
            while pending:
                finished, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in finished)
        except BaseException:
            for future in pending:
                future.cancel()
            isolation.abandon()
            raise
