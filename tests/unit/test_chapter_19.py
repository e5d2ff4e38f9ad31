"""What chapter 19 says about other chapters stands there, and its links to their cells lead somewhere. (The controls of
its claims stand in the chapter itself.)"""

import json
import re

import pytest

from course_utils import data, language
from course_utils.authoring import site, source
from course_utils.data.links import Link
from course_utils.data.sources import table
from course_utils.files import ROOT

STEM = "19_self_assessment_and_faq"
CHAPTER = source.read(ROOT / "source" / "chapters" / f"{STEM}.py")
TO_CELL = re.compile(r"\]\((\w+)\.ipynb#cell-id=([\w-]+)\)")
SOURCES = {path.stem: path for path in (ROOT / "source" / "chapters").glob("*.py")}


def targets(lang):
    return [found for cell in CHAPTER.cells if cell.kind == "markdown" for found in TO_CELL.findall(cell.text(lang))]


def test_every_link_to_a_cell_leads_to_one():
    assert len(targets("zh")) > 40
    cells = {stem: {cell.name for cell in source.read(SOURCES[stem]).cells} for stem, _ in targets("zh")}
    assert [(stem, cell) for stem, cell in targets("zh") if cell not in cells[stem]] == []


def test_both_languages_point_to_the_same_cells():
    assert targets("zh") == targets("en")


# (cell that the text links to, what the text quotes of it, as that cell's own sentences write it)
QUOTED = [
    ("05_lstm", "batch-first", ["0.026"]),
    ("08_bidirectional_and_deep", "first-token", ["0.51", "1.00"]),
    ("04_gradient_microscope", "clip-train", ["27%", "95%"]),
    ("05_lstm", "default-forget", ["1e-15"]),
    ("08_bidirectional_and_deep", "depth-code", ["2.84", "3.19", "2.81"]),
    ("10_seq2seq", "door", ["48%", "87%"]),
    ("12_modern_recurrence", "gpu-times", ["0.14", "2.4"]),
    ("05_lstm", "names-bits", ["2.87", "2.88"]),
    (
        "09_variable_length_and_regularisation",
        "trial-run",
        ["0.71", "0.44", "0.72", "0.52", "0.54", "0.74", "0.841", "0.797"],
    ),
    ("09_variable_length_and_regularisation", "stopping-run", ["0.90", "0.64"]),
    ("02_rnn_cell", "training", ["2.89"]),
    ("08_bidirectional_and_deep", "tagging-scores", ["0.46"]),
    ("08_bidirectional_and_deep", "news-record", ["0.15"]),
    ("11_attention_bridge", "train-both", ["0%"]),
    ("00_quick_start", "linear", ["97.0%"]),
    ("06_gru", "convention", ["0.69"]),
]


def sentences(stem, cell):
    """What the claims of a stored cell say."""
    notebook = json.loads((ROOT / "notebooks" / "en" / f"{stem}.ipynb").read_text(encoding="utf-8"))
    outputs = next(c["outputs"] for c in notebook["cells"] if c["id"] == cell)
    return " ".join(o.get("metadata", {}).get("image/png", {}).get("alt", "") for o in outputs)


@pytest.mark.parametrize("stem, cell, numbers", QUOTED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_number_quoted_is_the_one_measured_there(stem, cell, numbers):
    said = sentences(stem, cell)
    assert [number for number in numbers if not re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", said)] == []
    for lang in ("zh", "en"):
        quoting = [
            c.text(lang)
            for c in CHAPTER.cells
            if c.kind == "markdown" and (stem, cell) in TO_CELL.findall(c.text(lang))
        ]
        assert quoting and all(any(number in text for text in quoting) for number in numbers), (lang, numbers)


# ---------------------------------------------------------------------------------------------- where to read on


def test_links_stand_in_one_file_and_say_what_they_add():
    rows = table("links.csv", Link)
    assert {row.kind for row in rows} == {"course", "article", "manual", "platform"}
    assert len({row.url for row in rows}) == len(rows) and all(row.url.startswith("https://") for row in rows)
    assert all(len(row.adds.split(" || ")) == 2 for row in rows)
    prose = "\n".join(cell.zh + (cell.en or "") for cell in CHAPTER.cells)
    assert "http" not in prose  # not a second place for addresses


@pytest.mark.parametrize("name, warns", [("中文", "相反"), ("English", "opposite")])
def test_the_other_z_is_warned_of(name, warns):
    language.use(name)
    (adds,) = [adds for title, _, adds in data.links("article") if "Olah" in title]
    language.use("中文")
    assert warns in adds and "6.4" in adds


# ---------------------------------------------------------------------------------------------- the website


@pytest.mark.parametrize(
    "markdown, on_the_site",
    [
        ("[8.4](08_x.ipynb#cell-id=first-token)", '<a href="08_x.html#cell-first-token">8.4</a>'),
        ("[all](../../start/en.ipynb)", "[all](index.ipynb)"),
        ("[8](08_x.ipynb)", "[8](08_x.ipynb)"),
    ],
)
def test_a_link_to_a_cell_works_on_the_website(markdown, on_the_site):
    notebook = source.nbformat.v4.new_notebook(cells=[source.nbformat.v4.new_markdown_cell(markdown, id="x")])
    site._for_the_site(notebook, None, "en")
    assert notebook.cells[0].source == on_the_site
