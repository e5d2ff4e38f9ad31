"""Code that a learner reads without scrolling sideways, in either language."""

import unicodedata
from pathlib import Path

import pytest

from course_utils.authoring import source

COLUMNS = 88
SOURCES = Path(__file__).parents[2] / "source"
EXERCISES = sorted(SOURCES.glob("exercises/E*.py"))
CHAPTERS = sorted(SOURCES.glob("chapters/*.py"))


def columns(line):
    """A Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


@pytest.mark.parametrize("lang", source.LANGUAGES)
@pytest.mark.parametrize("path", EXERCISES + CHAPTERS, ids=lambda path: path.stem)
def test_code_fits_the_page(path, lang):
    notebook = source.notebook(source.read(path), lang)
    wide = [
        f"{cell.id}: {line.strip()}"
        for cell in notebook.cells
        if cell.cell_type == "code"
        for line in cell.source.splitlines()
        if columns(line) > COLUMNS
    ]
    assert wide == []


def test_columns_count_what_the_eye_sees():
    assert columns("# 中文 || English") == 17


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_a_check_says_what_to_do_after_a_restart(path):
    """Right above its first own line, so that it stands in the traceback of the NameError."""
    checks = [cell for cell in source.read(path).cells if "check" in cell.meta.get("tags", ())]
    assert checks
    for cell in checks:
        lines = cell.text("en").splitlines()
        (hint,) = [i for i, line in enumerate(lines) if "Run All Above Selected Cell" in line]
        below = lines[hint + 1][0]
        assert lines[hint].startswith("#") and (below.isidentifier() or below == "(")
        assert hint == 0 or lines[0].startswith("def ")
