"""The notebook that is run: everything from the reference, except the text of the answers."""

import copy

import nbformat

from course_utils.grading import bans

STAND_IN = """def {name}(*arguments, **options):
    raise {error}
"""
LEFT_OUT = "RuntimeError('{name} was left out: it ended or blocked the program')"
MISSING = "NotImplementedError('{name} has no answer')"


def assemble(reference, answers, left_out=(), seed=None):
    """The reference with `answers` {name: [source of a cell, …]} put in; those in `left_out` raise instead.

    seed   another seed than the reference's (its stored outputs are then no measure)
    """
    notebook = nbformat.from_dict(copy.deepcopy(reference.notebook))
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    notebook.cells = _with_denial(reference, [part for cell in cells for part in _parts(cell, answers, left_out)])
    for cell in notebook.cells:
        role = cell.metadata.get("nbgrader", {})
        tags = [tag for tag in cell.metadata.get("tags", []) if not tag.startswith("nbval")]
        if role.get("grade"):
            tags.append("nbval-check-output")
        else:
            cell.outputs, cell.execution_count = [], None
            tags.append("nbval-ignore-output")
        if seed is not None and "injected-parameters" in tags:
            cell.source = f"SEED = {seed}"
        cell.metadata.tags = tags
    return notebook


def _parts(cell, answers, left_out):
    """The cells that stand for this one: itself, or those of an answer."""
    role = cell.metadata.get("nbgrader", {})
    if not role.get("solution"):
        return [cell]
    name = role["grade_id"]
    sources = [_stand_in(name, LEFT_OUT)] if name in left_out else answers.get(name) or [_stand_in(name, MISSING)]
    parts = [copy.deepcopy(cell) for _ in sources]
    for number, (part, source) in enumerate(zip(parts, sources), 1):
        part.id, part.source = f"{cell.id[:60]}-{number}", source
    return parts


def _with_denial(reference, cells):
    """Before the first answer, torch's own versions of what is to be written are taken away, except from checks that
    compare with them."""
    names = sorted({name for names in reference.banned.values() for name in names})
    if not names:
        return cells
    by_check = {
        check: [name for answer in cell["metadata"]["course"]["of"] for name in reference.banned.get(answer, [])]
        for check, cell in reference.cells("grade")
    }
    checks = [
        cell.source
        for cell in cells
        if cell.metadata.get("nbgrader", {}).get("grade") and bans.used(cell.source, names)
    ]
    first = next(i for i, cell in enumerate(cells) if cell.metadata.get("nbgrader", {}).get("solution"))
    denial = nbformat.v4.new_code_cell(
        f"from course_utils.grading.box import deny as _deny\n_deny.deny({names}, {checks})\ndel _deny\ncheck.banned = {by_check}",  # noqa: E501
        id="denial",
    )
    return [*cells[:first], denial, *cells[first:]]


def _stand_in(name, error):
    return STAND_IN.format(name=name, error=error.format(name=name))
