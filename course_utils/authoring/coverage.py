"""Where each item of source/checklist.csv is taught, and what proves it: a table read from the sources themselves.

A cell says what it teaches with `covers=["C-20", …]`. Its proof is the first claim, check or quiz at or after it (the
last one before it, where none follows), or what the cell names itself with `proof="Q2a"`.

`python -m course_utils.authoring.coverage` prints the table.
"""

import csv
import re
import sys
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from course_utils.authoring import source
from course_utils.files import ROOT

CLAIM = re.compile(r'\bclaim\("([^"]+)"')
QUIZ = re.compile(r"^quiz\(", re.M)


@dataclass(frozen=True, order=True)
class Row:
    """`proof` is the name of a claim, or of a cell with a check or a quiz; "" where the notebook proves nothing."""

    item: str
    notebook: str
    cell: str
    proof: str


def table(sources):
    """The rows of these sources, in the order in which they teach."""
    rows = []
    for src in sources:
        names = [proofs(cell) for cell in src.cells]
        for at, cell in enumerate(src.cells):
            proof = cell.meta.get("proof", _nearest(names, at))
            rows += [Row(item, src.path.stem, cell.name, proof) for item in cell.meta.get("covers", ())]
    return rows


def proofs(cell):
    """What a cell can prove, by name. A control proves nothing by itself."""
    if cell.kind != "code":
        return []
    claims = [name for name in CLAIM.findall(cell.zh) if not name.endswith("-control")]
    return claims + [cell.name] * bool("check" in cell.meta.get("tags", ()) or QUIZ.search(cell.zh))


def complaints(sources, checklist):
    """Lines about items that nothing covers although their chapter is there, and about cells that nothing proves.
    (Items that no checklist knows are found by `rnn-course check`.)

    checklist   rows with `id` and `chapters`, the numbers of the chapters and exercises that owe it
    """
    rows, found = table(sources), []
    covered = {(row.item, _number(row.notebook)) for row in rows}
    owing = {_number(src.path.stem) for src in sources}
    for row in checklist:
        for number in row["chapters"].split():
            if number in owing and (row["id"], number) not in covered:
                found.append(f"source/checklist.csv: {row['id']} belongs to {number}, and no cell there covers it")
    for src in sources:
        proving = {name for cell in src.cells for name in proofs(cell)}
        for cell in src.cells:
            covers, proof = cell.meta.get("covers", ()), cell.meta.get("proof")
            if covers and not proving:
                found.append(f"{src.where(cell)}: covers {covers[0]!r}, and the notebook has no claim, check or quiz")
            if proof is not None and proof not in proving:
                found.append(f"{src.where(cell)}: proof={proof!r} names no claim, check or quiz of this notebook")
    return found


def _nearest(names, at):
    """The first name from `at` on; the last one before, where none follows; "" where there is none at all."""
    after, before = sum(names[at:], []), sum(names[:at], [])
    return (after[:1] or before[-1:] or [""])[0]


def _number(stem):
    """02_rnn_cell -> 02, E01_simple_rnn -> E01"""
    return stem.split("_")[0]


def sources(root):
    """Everything that is built and teaches."""
    return [
        source.read(path)
        for folder in ("chapters", "exercises")
        for path in sorted(Path(root, "source", folder).glob("*.py"))
    ]


def main():
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(field.name for field in fields(Row))
    rows.writerows(map(astuple, table(sources(ROOT))))


if __name__ == "__main__":
    main()
