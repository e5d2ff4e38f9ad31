"""Run one assembled notebook until every answer has had its chance."""

import json
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

import nbformat

from course_utils.grading.assemble import assemble

RERUNS = 4  # answers that may end or block the kernel before the rest is given up
BROKEN_RUNS = 2  # runs lost to a process of ours that somebody killed


@dataclass(frozen=True)
class Limits:
    """Seconds: of one cell, and of everything that is run for one submission."""

    cell: float = 20
    wall: float = 150


@dataclass
class Outcome:
    """passed: grade_ids of checks that printed what the reference prints. left_out: answer -> "died", "hung" or
    "flooded".

    printed, errors: grade_id -> what a cell printed, and the error it ended in. complete: whether the run reached the
    last cell.
    """

    passed: set = field(default_factory=set)
    left_out: dict = field(default_factory=dict)
    printed: dict = field(default_factory=dict)
    errors: dict = field(default_factory=dict)
    complete: bool = False
    notebook: dict = None


class Broken(RuntimeError):
    """The grader's own processes ended again and again while this submission ran."""


def run(reference, answers, isolation, folder, limits, deadline, left_out=(), seed=None):
    """Run; when an answer kills, blocks or floods the kernel, leave it out and run again."""
    outcome = Outcome(left_out=dict(left_out))
    while True:
        notebook = assemble(reference, answers, outcome.left_out, seed)
        cases, cells, finished = _run_once(notebook, isolation, folder, limits, deadline)
        ids = [cell.metadata.get("nbgrader", {}).get("grade_id", cell.id) for cell in notebook.cells]
        outcome.notebook = notebook
        outcome.passed = {name for name, cell, passed in zip(ids, notebook.cells, cases) if passed and _measured(cell)}
        outcome.printed = {name: record["printed"] for name, record in zip(ids, cells)}
        outcome.errors = {name: record["error"] for name, record in zip(ids, cells) if record["error"]}
        kind = next((record["offence"] for record in cells if record["offence"]), None)
        outcome.complete = finished and kind is None
        if kind is None:
            return outcome
        offender = _offender(notebook.cells[: len(cells)], outcome.left_out)
        if offender is None or len(outcome.left_out) >= RERUNS:
            return outcome
        outcome.left_out[offender] = kind


def _measured(cell):
    """Only a check whose reference was run and printed something measures anything."""
    return cell.metadata.get("nbgrader", {}).get("grade") and cell.execution_count is not None and bool(cell.outputs)


def _offender(cells, left_out):
    """The answer to blame when the last of these cells ended the kernel: itself, one the check is about, or the last
    one before."""
    before = [cell.metadata.nbgrader.grade_id for cell in cells if cell.metadata.get("nbgrader", {}).get("solution")]
    candidates = before + list(cells[-1].metadata.get("course", {}).get("of", []))
    remaining = [name for name in candidates if name not in left_out]
    return remaining[-1] if remaining else None


def _run_once(notebook, isolation, folder, limits, deadline):
    """(verdict of each case, record of each cell, did it reach the last cell?)"""
    path, junit, record = folder / "assembled.ipynb", folder / "junit.xml", folder / "cells.json"
    nbformat.write(notebook, path)
    for _ in range(BROKEN_RUNS + 1):
        junit.unlink(missing_ok=True)
        record.unlink(missing_ok=True)
        generation = isolation.generation
        try:
            code = isolation.run(
                "run_nbval",
                {"notebook": str(path), "junit": str(junit), "record": str(record), "cell_timeout": limits.cell},
                folder,
                max(1, deadline - time.monotonic()),
            )
        except OSError:  # the server that should have started it is gone
            code = -1
        cases, cells = _verdicts(junit), _records(record)
        offended = any(cell["offence"] for cell in cells)
        isolation.ensure()
        if isolation.generation == generation and (cases or code is None):
            return cases, cells, len(cases) == len(notebook.cells) and not offended
    raise Broken("the grader's own processes were ended")


def _verdicts(junit):
    """For each case whether it passed: a passed case has no child element (after a timeout, failures are written as
    skipped)."""
    try:
        return [len(case) == 0 for case in ElementTree.parse(junit).iter("testcase")]
    except (OSError, ElementTree.ParseError):
        return []


def _records(record):
    try:
        return json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
