"""The notebook that is run: everything from the reference, except the text of the answers."""

import copy

STAND_IN = """def {name}(*arguments, **options):
    raise {kind}({words!r})
"""
LEFT_OUT = "RuntimeError: {name} was left out: it ended or blocked the program"
MISSING = "NotImplementedError: {name} has no answer"


def assemble(reference, answers, left_out=(), seed=None):
    """The reference with `answers` {name: [source of a cell, …]} put in, as plain data; those in `left_out` raise
    instead.

    seed   another seed than the reference's (its stored outputs are then no measure)
    """
    notebook = copy.deepcopy(reference.notebook)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    notebook["cells"] = [part for cell in cells for part in _parts(cell, answers, left_out)]
    for cell in notebook["cells"]:
        role = cell["metadata"].get("nbgrader", {})
        tags = [tag for tag in cell["metadata"].get("tags", []) if not tag.startswith("nbval")]
        if role.get("grade"):
            tags.append("nbval-check-output")
        else:
            cell["outputs"], cell["execution_count"] = [], None
            tags.append("nbval-ignore-output")
        if seed is not None and "injected-parameters" in tags:
            cell["source"] = f"SEED = {seed}"
        cell["metadata"]["tags"] = tags
    return notebook


def _parts(cell, answers, left_out):
    """The cells that stand for this one: itself, or those of an answer."""
    role = cell["metadata"].get("nbgrader", {})
    if not role.get("solution"):
        return [cell]
    name = role["grade_id"]
    sources = [_stand_in(name, LEFT_OUT)] if name in left_out else answers.get(name) or [_stand_in(name, MISSING)]
    parts = [copy.deepcopy(cell) for _ in sources]
    for number, (part, source) in enumerate(zip(parts, sources), 1):
        part["id"], part["source"] = f"{cell['id'][:60]}-{number}", source
    return parts


def _stand_in(name, error):
    kind, _, words = error.format(name=name).partition(": ")
    return STAND_IN.format(name=name, kind=kind, words=words)
