"""Run one assembled notebook until every answer has had its chance."""

import json
import time
from dataclasses import dataclass, field

from course_utils.grading.assemble import MISSING, assemble

RERUNS = 4  # answers that may end or block the kernel before the rest is given up
BROKEN_RUNS = 2  # runs lost to a process of ours that somebody killed


@dataclass(frozen=True)
class Limits:
    """Seconds: of one cell, and of everything that is run for one submission."""

    cell: float = 20
    wall: float = 150


@dataclass(frozen=True)
class Record:
    """What the watching process saw of one cell that ended.

    executed: the kernel said that it ran to its end without an error. printed: on standard output. error: "Name: words"
    or None. offence: why the run was stopped here (died, hung, flooded, malformed), or None.
    """

    executed: bool
    printed: str
    error: str | None
    offence: str | None


@dataclass
class Outcome:
    """records: grade_id -> Record; nothing where the run did not get that far, the first that failed where an answer
    has several cells. left_out: answer -> why its run was stopped. complete: whether the run reached the last cell.
    """

    records: dict = field(default_factory=dict)
    left_out: dict = field(default_factory=dict)
    complete: bool = False
    notebook: dict = None

    @property
    def printed(self):
        return {name: record.printed for name, record in self.records.items()}

    @property
    def errors(self):
        return {name: record.error for name, record in self.records.items() if record.error}


class Broken(RuntimeError):
    """The grader's own processes ended again and again while this submission ran."""


def run(reference, answers, isolation, folder, limits, deadline, left_out=(), seed=None):
    """Run; when an answer kills, blocks or floods the kernel, leave it out and run again."""
    outcome = Outcome(left_out=dict(left_out))
    while True:
        notebook = assemble(reference, answers, outcome.left_out, seed)
        records = _run_once(notebook, reference, isolation, folder, limits, deadline)
        outcome.notebook, outcome.records = notebook, {}
        for cell, record in zip(notebook["cells"], records):
            name = cell["metadata"].get("nbgrader", {}).get("grade_id", cell["id"])
            if name not in outcome.records or outcome.records[name].executed:
                outcome.records[name] = record
        kind = next((record.offence for record in records if record.offence), None)
        outcome.complete = len(records) == len(notebook["cells"]) and kind is None
        if kind is None:
            return outcome
        offender = _offender(notebook["cells"][: len(records)], outcome.left_out)
        if offender is None or len(outcome.left_out) >= RERUNS:
            return outcome
        outcome.left_out[offender] = kind


def not_run(reference, answers, broken):
    """The Outcome of a run in which no check can pass, without running: each is about an answer that is missing, or
    that is not Python (broken: name -> what Python says). None where some check might pass."""
    outcome = Outcome(complete=True, notebook=assemble(reference, answers))
    for check, cell in reference.cells("grade"):
        name = next((n for n in cell["metadata"]["course"]["of"] if n in broken or n not in answers), None)
        if name is None:
            return None
        error = f"NameError: name '{name}' is not defined" if name in broken else MISSING.format(name=name)
        outcome.records[check] = Record(False, "", error, None)
    outcome.records |= {name: Record(False, "", error, None) for name, error in broken.items()}
    return outcome


def _offender(cells, left_out):
    """The answer to blame when the last of these cells ended the kernel: itself, one the check is about, or the last
    one before."""
    roles = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    before = [role["grade_id"] for role in roles if role.get("solution")]
    candidates = before + cells[-1]["metadata"].get("course", {}).get("of", [])
    remaining = [name for name in candidates if name not in left_out]
    return remaining[-1] if remaining else None


def _run_once(notebook, reference, isolation, folder, limits, deadline):
    """The Record of each cell that ended, in order."""
    path, kept = folder / "assembled.ipynb", folder / "cells.json"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    arguments = {
        "notebook": str(path),
        "record": str(kept),
        "cell_timeout": limits.cell,
        "banned": reference.banned_by_check,
    }
    for _ in range(BROKEN_RUNS + 1):
        kept.unlink(missing_ok=True)
        isolation.ensure()
        generation = isolation.generation
        try:
            code = isolation.run("run_nbval", arguments, folder, max(1, deadline - time.monotonic()))
        except OSError:  # the server that should have started it is gone
            code = -1
        records = _records(kept)
        isolation.ensure()
        if isolation.generation == generation and (records or code is None):
            return records
    raise Broken("the grader's own processes were ended")


def _records(path):
    try:
        return [Record(**record) for record in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []
