"""Nothing the course promised is dropped: each item of source/checklist.csv that belongs to a finished chapter is
taught, and something proves it.

tests/coverage.csv is the table: item, notebook, cell that covers it, and the claim, check or quiz that proves it.
"""

import csv
import re
from functools import cache
from pathlib import Path

import pytest

from course_utils.authoring import source

ROOT = Path(__file__).parents[2]


def rows(path):
    with open(ROOT / path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


TABLE = rows("tests/coverage.csv")
CHECKLIST = rows("source/checklist.csv")


@cache
def notebooks():
    """stem -> source, for everything that is built."""
    return {
        path.stem: source.read(path)
        for folder in ("chapters", "exercises")
        for path in sorted((ROOT / "source" / folder).glob("*.py"))
    }


def proofs(src):
    """What can prove something in a notebook: names of claims, of checks, and of cells with a quiz."""
    found = set()
    for cell in src.cells:
        if cell.kind == "code":
            found.update(re.findall(r'\bclaim\("([^"]+)"', cell.zh))
            found.update(
                [cell.name] if "check" in cell.meta.get("tags", ()) or re.search(r"^quiz\(", cell.zh, re.M) else []
            )
    return found


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['id']}-{row['notebook']}")
def test_a_row_of_the_table_is_true(row):
    src = notebooks()[row["notebook"]]
    cell = next((cell for cell in src.cells if cell.name == row["cell"]), None)
    assert cell is not None, f"no cell {row['cell']!r}"
    assert row["id"] in cell.meta.get("covers", []), f"the cell's metadata does not cover {row['id']}"
    assert row["proof"] in proofs(src), f"no claim, check or quiz {row['proof']!r}"


def test_every_item_of_a_finished_chapter_is_in_the_table():
    finished = {stem.split("_")[0] for stem in notebooks()}
    covered = {(row["id"], row["notebook"].split("_")[0]) for row in TABLE}
    due = {(row["id"], chapter) for row in CHECKLIST for chapter in row["chapters"].split() if chapter in finished}
    assert sorted(due - covered) == []


def test_the_table_leaves_out_no_cell_that_claims_to_cover():
    listed = {(row["id"], row["notebook"], row["cell"]) for row in TABLE}
    covering = {
        (item, stem, cell.name)
        for stem, src in notebooks().items()
        for cell in src.cells
        for item in cell.meta.get("covers", [])
    }
    assert sorted(covering - listed) == []
