"""The line at both ends of a notebook that leads on: before, up, what goes with it, next. Made from the plan, so that a
new chapter is linked without a word in its source; only what has a source is linked."""

from pathlib import Path

from nbformat.v4 import new_markdown_cell

from course_utils.authoring import plan
from course_utils.language import side, spoken

START = "../../start/{}.ipynb"  # seen from a notebook
UP = "全部章节 || All chapters"
CHAPTER = "第 {} 章 {} || Chapter {}. {}"
EXERCISE = "练习 {} · {} || Exercise {} · {}"
ALONE = (
    "*只有这一本？先装课程的 wheel：`pip install rnn_course-*.whl`（怎样造，见 README）。* || "
    "*This notebook on its own? Install the course's wheel first: `pip install rnn_course-*.whl` "
    "(README: how to make it).*"
)
CELL = "navigation"  # id of the cell at the end


def add(nb, src, lang, root):
    """Put the line below the heading and at the end of a notebook made from `src`."""
    line, alone = links(src, lang, root), "" if src.is_exercise else side(ALONE, lang)
    if nb.cells and nb.cells[0].cell_type == "markdown":
        heading, asked, *rest = [*nb.cells[0].source.split("\n\n", 2), ""][:3]
        nb.cells[0].source = "\n\n".join(part for part in (heading, asked, line, alone, *rest) if part)
    nb.cells.append(new_markdown_cell(f"---\n\n{line}", id=CELL))


def links(src, lang, root):
    """The line, in Markdown."""
    course, there = plan.read(root), present(root)
    chapters = [chapter for chapter in course.chapters.values() if chapter.stem in there]
    here = course.exercises[src.number].chapter if src.is_exercise else src.number
    before = [chapter for chapter in chapters if chapter.number < here]
    after = [chapter for chapter in chapters if chapter.number > here]
    parts = []
    if src.is_exercise:
        parts += [f"[← {_name(CHAPTER, c, lang)}]({_to(src, c, lang)})" for c in chapters if c.number == here]
    else:
        parts += [f"[← {_name(CHAPTER, c, lang)}]({_to(src, c, lang)})" for c in before[-1:]]
    parts.append(f"[{side(UP, lang)}]({START.format(lang)})")
    if not src.is_exercise:
        parts += [
            f"[{_name(EXERCISE, e, lang)}](../../exercises/{lang}/{e.stem}.ipynb)"
            for e in course.exercises.values()
            if e.chapter == here and e.stem in there
        ]
    parts += [f"[{_name(CHAPTER, c, lang)} →]({_to(src, c, lang)})" for c in after[:1]]
    return " · ".join(parts)


def present(root):
    """Stems of the chapters and exercises that have a source."""
    return {path.stem for folder in ("chapters", "exercises") for path in Path(root, "source", folder).glob("*.py")}


def _name(pattern, entry, lang):
    return side(pattern, lang).format(spoken(entry.number), side(entry.title, lang))


def _to(src, chapter, lang):
    folder = f"../../notebooks/{lang}/" if src.is_exercise else ""
    return f"{folder}{chapter.stem}.ipynb"
