"""The course as one page: what stands on it, the links between notebooks, and how far the learner is said to be."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from course_utils import standing
from course_utils.authoring import build, navigation, plan, source, start
from course_utils.authoring.source import LANGUAGES

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
COURSE = plan.read(ROOT)
THERE = navigation.present(ROOT)
CHAPTERS = [chapter for chapter in COURSE.chapters.values() if chapter.stem in THERE]
SOURCES = [source.read(path) for path in build.sources(ROOT)]


def cells(path):
    return nbformat.read(path, as_version=4).cells


# ---------------------------------------------------------------------------------------------- navigation


@pytest.fixture(scope="module")
def made():
    """Paths of all notebooks and of the start pages."""
    notebooks = {path for src in SOURCES for _, path, _, _ in build.targets(src, ROOT)}
    return notebooks | {ROOT / "start" / f"{lang}.ipynb" for lang in LANGUAGES}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("src", SOURCES, ids=lambda src: src.number)
def test_every_notebook_leads_on_at_its_top_and_at_its_end(src, lang, made):
    notebooks = [(path, nb) for _, path, nb, _ in build.targets(src, ROOT) if path.parent.name == lang]
    assert notebooks
    for path, nb in notebooks:
        line = navigation.links(src, lang, ROOT)
        assert line in nb.cells[0].source and line in nb.cells[-1].source
        targets = [(path.parent / target).resolve() for _, target in LINK.findall(line)]
        assert ROOT / "start" / f"{lang}.ipynb" in targets
        assert set(targets) <= made


def test_chapters_form_one_chain_and_each_knows_its_exercises():
    lines = {src.number: navigation.links(src, "zh", ROOT) for src in SOURCES}
    for before, after in zip(CHAPTERS, CHAPTERS[1:]):
        assert f"{after.stem}.ipynb" in lines[before.number] and f"{before.stem}.ipynb" in lines[after.number]
    exercises = [exercise for exercise in COURSE.exercises.values() if exercise.stem in THERE]
    assert CHAPTERS and exercises
    for exercise in exercises:
        chapter = COURSE.chapters[exercise.chapter]
        assert f"exercises/zh/{exercise.stem}.ipynb" in lines[chapter.number]
        assert f"notebooks/zh/{chapter.stem}.ipynb" in lines[exercise.number]


def test_only_what_has_a_source_is_linked(tmp_path):
    (tmp_path / "source" / "chapters").mkdir(parents=True)
    (tmp_path / "source" / "plan.yaml").symlink_to(ROOT / "source" / "plan.yaml")
    (src,) = (s for s in SOURCES if s.number == "02")
    (tmp_path / "source" / "chapters" / "05_lstm.py").touch()  # nothing between
    line = navigation.links(src, "en", tmp_path)
    assert [target for _, target in LINK.findall(line)] == ["../../start/en.ipynb", "05_lstm.ipynb"]


# ---------------------------------------------------------------------------------------------- the page


def test_the_stored_pages_are_fresh_and_a_change_is_noticed(tmp_path):
    assert start.stale(ROOT) == []
    (tmp_path / "source").symlink_to(ROOT / "source")
    written = start.update(tmp_path)
    assert "start/zh.ipynb" in written and start.stale(tmp_path) == []
    (tmp_path / "start" / "zh.ipynb").write_text("{}")
    assert len(start.stale(tmp_path)) == 1 and start.update(tmp_path) == ["start/zh.ipynb"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_map_holds_the_plan_and_links_what_is_there(lang):
    shown = start.course_data(ROOT, lang, start.chapter_sources(ROOT))["chapters"]
    assert [entry["id"] for entry in shown] == list(COURSE.chapters)
    for entry in shown:
        chapter = COURSE.chapters[entry["id"]]
        assert entry["minutes"] == [chapter.read, chapter.lab] and entry["stars"] == chapter.difficulty
        assert bool(entry["to"]) == (chapter.stem in THERE) == bool(entry["sections"])
        for to in [entry["to"], *(exercise["to"] for exercise in entry["exercises"])]:
            assert to is None or (ROOT / "start" / to).exists()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_glossary_names_the_first_chapter_that_uses_a_term(lang):
    (table,) = (cell.source for cell in cells(ROOT / "start" / f"glossary.{lang}.ipynb") if cell.id == "terms")
    rows = [[part.strip() for part in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    assert len(rows) > 20 and all(all(row[:3]) for row in rows)
    terms = {row[0]: row for row in rows}
    name = "遗忘门" if lang == "zh" else "forget gate"
    first = next(s for s in SOURCES if not s.is_exercise and any("遗忘门" in c.zh for c in s.cells if c.kind != "code"))
    assert terms[name][3] == f"[{first.number}](../notebooks/{lang}/{first.path.stem}.ipynb)"


# ---------------------------------------------------------------------------------------------- how far


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_BETS", str(tmp_path / ".bets.json"))
    return tmp_path


def chapter(work, lang, counts, name="05_lstm.ipynb"):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", execution_count=count) for count in counts])
    path = work / "notebooks" / lang / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(nb), encoding="utf-8")


def test_a_chapter_counts_by_its_cells_that_ran_in_the_language_that_is_further(work):
    chapter(work, "zh", [1, 2, None, None])
    assert standing.read(work)["chapters"] == {"05": 0.5}
    chapter(work, "en", [1, 2, 3, None])
    assert standing.read(work)["chapters"] == {"05": 0.75}


def test_scores_are_kept_the_latest_of_each_exercise(work):
    standing.record("E01", 3, 10)
    standing.record("E04", 10, 10)
    standing.record("E01", 8, 10)
    assert standing.read(work)["scores"] == {"E01": [8, 10], "E04": [10, 10]}


def test_scores_that_cannot_be_read_are_put_aside_and_not_written_over(work):
    (work / ".scores.json").write_text('{"E01": [3, 1')
    standing.record("E04", 10, 10)
    assert standing.read(work)["scores"] == {"E04": [10, 10]}
    assert (work / ".scores.json.unreadable").read_text() == '{"E01": [3, 1'


def test_settled_bets_are_counted_by_chapter(work):
    bets = {"Q5a": {"right": True}, "Q5b": {"right": False}, "Q12-x": {"right": True}, "Q5c": {"right": None}, "Q5d": 1}
    (work / ".bets.json").write_text(json.dumps(bets))
    assert standing.read(work)["bets"] == {"05": [1, 2], "12": [1, 1]}


def test_a_chapter_in_parts_counts_each_of_them(work):
    chapter(work, "zh", [1, None], "17a_speech.ipynb")
    (work / ".bets.json").write_text(json.dumps({"Q17a-ctc": {"right": True}, "Q5a": {"right": True}}))
    assert standing.read(work)["chapters"] == {"17a": 0.5}
    assert standing.read(work)["bets"] == {"17a": [1, 1], "05": [1, 1]}


def test_outside_of_the_course_nothing_is_written_and_nothing_breaks(work, monkeypatch):
    for broken in ("{", "[1]"):
        chapter(work, "zh", [1])
        (work / "notebooks" / "zh" / "05_lstm.ipynb").write_text(broken)
        assert standing.read(work) == {"chapters": {"05": 0}, "bets": {}, "scores": {}}
    monkeypatch.delenv("COURSE_BETS")
    standing.record("E01", 3, 10)
    assert standing.read(work)["scores"] == {} and list(work.glob(".scores*")) == []
