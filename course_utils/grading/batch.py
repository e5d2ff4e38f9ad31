"""Many submissions: local workers or a dask cluster, a journal that survives anything, and a batch that can be taken
up again."""

import json
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass

import nbformat

from course_utils.grading import cluster, reading, reference, report
from course_utils.grading.box.isolation import Isolation
from course_utils.grading.grade import Task, grade
from course_utils.grading.row import Row
from course_utils.grading.run import Limits

JOURNAL, PLAN = "rows.jsonl", "batch.json"


@dataclass
class Plan:
    """What a batch grades, and how: enough to take it up again."""

    submissions: list  # of [id, path, number]
    seeds: list
    tier: str
    exercise: str = ""
    lang: str = ""
    csv: tuple = ()


def plan(found, **how):
    """A plan for these submissions, each with an id that is unique and fit to name a file."""
    taken, named = set(), []
    for each in found:
        name, number = each.student, 1
        while report.file_name(name).casefold() in taken:
            number += 1
            name = f"{each.student}-{number}"
        taken.add(report.file_name(name).casefold())
        named.append([name, str(each.path), each.number])
    return Plan(named, **how)


def start(batch, out):
    """Prepare a new output folder. Raises OSError when it cannot be written, FileExistsError when it holds something."""  # noqa: E501
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise FileExistsError(
            f"{out} is not empty; nothing there is overwritten. Choose another --out, or take up a stopped batch with --resume {out}"  # noqa: E501
        )
    (out / PLAN).write_text(json.dumps(vars(batch), ensure_ascii=False, indent=1), encoding="utf-8")


def resume(out):
    """The plan of a batch that was stopped. Raises FileNotFoundError."""
    try:
        return Plan(**json.loads((out / PLAN).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise FileNotFoundError(f"{out} holds no batch to resume (no readable {PLAN})") from None


def rows(out):
    """Rows finished so far; a last line cut short by a power failure is dropped, its submission graded again."""
    found = {}
    if (out / JOURNAL).exists():
        for line in (out / JOURNAL).read_text(encoding="utf-8").splitlines():
            try:
                row = Row.from_json(json.loads(line))
                found[row.submission] = row
            except (ValueError, TypeError, KeyError, AttributeError):
                pass
    return found


def run(batch, out, jobs=1, scheduler="", limits=Limits(), progress=lambda done, total, seconds: None):  # noqa: B008
    """Grade what has no row yet and write all reports. Returns the rows in the plan's order.

    An interruption (KeyboardInterrupt) writes the reports of what is there, and is raised again.
    """
    done = rows(out)
    todo = [entry for entry in batch.submissions if entry[0] not in done]
    try:
        with ExitStack() as stack:
            journal = stack.enter_context(open(out / JOURNAL, "a", encoding="utf-8"))
            references = {}
            if todo:
                isolation = stack.enter_context(Isolation(batch.tier))
                tasks = [_task(entry, batch) for entry in todo]
                references = _references(tasks, batch, isolation, out / "references")
                began = time.monotonic()
                finished = (
                    cluster.rows(tasks, references, batch.tier, limits, scheduler)
                    if scheduler
                    else _here(tasks, references, isolation, limits, jobs)
                )
                for count, row in enumerate(finished, 1):
                    _keep_assembled(row, out)
                    journal.write(json.dumps(row.to_json(), ensure_ascii=False) + "\n")
                    journal.flush()
                    done[row.submission] = row
                    progress(
                        len(done), len(batch.submissions), (time.monotonic() - began) / count * (len(todo) - count)
                    )
    finally:
        report.write(out, batch, [done[entry[0]] for entry in batch.submissions if entry[0] in done])
    return [done[entry[0]] for entry in batch.submissions]


def _keep_assembled(row, out):
    """For the teacher: the notebook as it was run, with the expected outputs."""
    if row.assembled is not None:
        (out / "assembled").mkdir(exist_ok=True)
        path = out / "assembled" / f"{report.file_name(row.submission)}.ipynb"
        nbformat.write(nbformat.from_dict(row.assembled), path)


def _task(entry, batch):
    """A submission, opened and read; only what is taken from it is kept."""
    name, path, _ = entry
    try:
        with open(path, "rb") as handle:
            return Task(name, reading.read(handle.read(reading.MAX_BYTES + 1)), None, batch.exercise, batch.lang)
    except OSError as error:
        why = error.strerror or str(error)
        problem = reading.Unreadable(f"文件打不开：{why}", f"the file cannot be opened: {why}")
    except reading.Unreadable as unreadable:
        problem = unreadable
    return Task(name, None, problem.words, batch.exercise, batch.lang)


def _references(tasks, batch, isolation, folder):
    """(exercise, lang) -> one Reference for each seed, for every exercise that a submission names and that has a
    solution."""
    wanted = {
        (batch.exercise or task.notebook.exercise, batch.lang or task.notebook.lang or "zh")
        for task in tasks
        if task.notebook
    }
    return {
        (exercise, lang): reference.references(exercise, lang, batch.seeds, isolation, folder)
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
