"""Nothing the course promised is dropped: each item of source/checklist.csv that belongs to a finished chapter is
taught, and something proves it. The table is read from the sources; these tests say when that reading must complain.
"""

import pytest

from course_utils.authoring import check, coverage, source

PROSE = '# %% [markdown] name="{}" {}\n# 一\n\n# %% [markdown] lang="en" of=""\n# one\n\n'
MEASURES = '# %% name="measure"\nclaim("Q1-control", True)\nclaim("Q1", True)\n\n'
QUIZ = '# %% name="quiz"\nquiz({"ask": "?"})\n\n'
HEADER = '# ---\n# jupyter:\n#   course: {{chapter: "{number}"}}\n# ---\n\n'
CHECK = '# %% name="check-step" tags=["check"] points=1 of="step"\nshow(1)\n\n'


@pytest.fixture
def read(tmp_path):
    """read(text, …) -> sources, the first named 02_small."""

    def write(*texts):
        found = []
        for number, text in enumerate(texts, 2):
            path = tmp_path / f"{number:02}_small.py"
            path.write_text(HEADER.format(number=f"{number:02}") + text, encoding="utf-8")
            found.append(source.read(path))
        return found

    return write


def taught(name="told", covers="C-01", more=""):
    return PROSE.format(name, f'covers=["{covers}"] {more}')


def due(*rows):
    return [{"id": item, "chapters": chapters} for item, chapters in rows]


@pytest.fixture(scope="module")
def course(root):
    return coverage.sources(root)


def test_this_course_covers_and_proves_what_it_promised(root, course):
    assert coverage.complaints(course, check.read_csv(root / "source" / "checklist.csv")) == []
    rows = coverage.table(course)
    assert {row.notebook for row in rows} == {src.path.stem for src in course} and all(row.proof for row in rows)


@pytest.mark.parametrize(
    "text, proof",
    [
        (taught() + MEASURES + QUIZ, "Q1"),  # the first one after it, and no control
        (MEASURES + taught() + QUIZ, "quiz"),
        (taught() + CHECK, "check-step"),
        (MEASURES + QUIZ + taught(), "quiz"),  # nothing after it: the last one before
        (taught(more='proof="quiz"') + MEASURES + QUIZ, "quiz"),  # the cell knows better
        ('# %% name="measure" covers=["C-01"]\nclaim("Q1", True)\n', "Q1"),
    ],
)
def test_the_proof_of_a_cell(read, text, proof):
    sources = read(text)
    assert [(row.item, row.notebook, row.proof) for row in coverage.table(sources)] == [("C-01", "02_small", proof)]
    assert coverage.complaints(sources, due(("C-01", "02"))) == []


@pytest.mark.parametrize(
    "text, says",
    [
        (MEASURES, "C-01 belongs to 02, and no cell there covers it"),
        (taught(), "'told': covers 'C-01', and the notebook has no claim, check or quiz"),
        (taught() + '# %% name="c"\nclaim("Q1-control", True)\n', "the notebook has no claim, check or quiz"),
        (taught(more='proof="Q9"') + MEASURES, "proof='Q9' names no claim, check or quiz"),
    ],
)
def test_what_is_missing_is_said_in_one_line(read, text, says):
    [complaint] = coverage.complaints(read(text), due(("C-01", "02 07")))
    assert says in complaint


def test_every_chapter_pays_its_own_debt(read):
    """An item of two chapters is due in both; one that another chapter has taught is still due."""
    [complaint] = coverage.complaints(read(taught() + MEASURES, MEASURES), due(("C-01", "02 03")))
    assert "C-01 belongs to 03" in complaint


def test_the_table_can_be_printed(course, capsys):
    coverage.main()
    header, *lines = capsys.readouterr().out.splitlines()
    assert header == "item,notebook,cell,proof" and len(lines) == len(coverage.table(course))
    assert "C-05,01_sequences_and_memory,story-claim,Q1a" in lines
