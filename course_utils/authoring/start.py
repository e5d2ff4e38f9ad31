"""The course as one page: `start/zh.ipynb` (map, search, what is next), `start/glossary.zh.ipynb`, the same in English,
and `course_utils/explore/course.json`, from which the map is shown. Made from the plan, the sources, the glossary and
the words of `source/start.yaml`."""

import csv
import json
import re
from pathlib import Path

import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils import files, questions
from course_utils.authoring import navigation, plan, rerender, source
from course_utils.authoring.source import LANGUAGES, NAMES
from course_utils.explore import CourseMap, quiz
from course_utils.language import side

DATA = "course_utils/explore/course.json"
READY = "start-ready"  # the quiz on what the course takes for granted
HEADING = re.compile(r"^## (?:\d+\.\d+ )?(.+)$", re.M)

HEAD = "| 中文 | 英文 | 一句话 | 章 || | English | Chinese | In one line | Chapter |"


def update(root):
    """Write what differs. Returns the names of the files written."""
    root, changed = Path(root), []
    for name, text in made(root).items():
        if _stored(root / name) != text:
            files.write(root / name, text)
            changed.append(name)
    return changed


def stale(root):
    """Complaints about files that are missing or differ from what they are made from."""
    return [
        f"{name}: differs from what it is made from; run: rnn-course build"
        for name, text in made(root).items()
        if _stored(Path(root, name)) != text
    ]


def made(root):
    """name -> text of every file that this module makes."""
    sources = chapter_sources(root)
    course = {lang: course_data(root, lang, sources) for lang in LANGUAGES}
    made = {DATA: json.dumps(course, ensure_ascii=False, indent=1) + "\n"}
    words = yaml.safe_load(Path(root, "source", "start.yaml").read_text(encoding="utf-8"))
    for lang in LANGUAGES:
        said = {key: text[lang].strip() for key, text in words.items()}
        made[f"start/{lang}.ipynb"] = source.dumps(start_page(course[lang], said, lang))
        made[f"start/glossary.{lang}.ipynb"] = source.dumps(glossary_page(course[lang]["terms"], said, lang))
    return made


def chapter_sources(root):
    """number -> source of every chapter that is there."""
    there = navigation.present(root)
    return {
        number: source.read(Path(root, "source", "chapters", f"{chapter.stem}.py"))
        for number, chapter in plan.read(root).chapters.items()
        if chapter.stem in there
    }


def course_data(root, lang, sources):
    """What the map shows in one language: `chapters` and `terms`, as pages/start.html takes them."""
    course, there = plan.read(root), navigation.present(root)
    chapters = []
    for number, chapter in course.chapters.items():
        built = number in sources
        chapters.append(
            {
                "id": number,
                "title": side(chapter.title, lang),
                "about": side(chapter.about, lang),
                "minutes": [chapter.read, chapter.lab],
                "stars": chapter.difficulty,
                "to": f"../notebooks/{lang}/{chapter.stem}.ipynb" if built else None,
                "sections": _sections(sources[number], lang) if built else [],
                "quizzes": _quizzes(number) if built else [],
                "exercises": [
                    {
                        "id": e.number,
                        "title": side(e.title, lang),
                        "minutes": e.minutes,
                        "to": f"../exercises/{lang}/{e.stem}.ipynb",
                    }
                    for e in course.exercises.values()
                    if e.chapter == number and e.stem in there
                ],
            }
        )
    return {"chapters": chapters, "terms": _terms(root, sources, lang)}


def start_page(course, said, lang):
    """The notebook with the map in it. Its outputs are shown without a kernel, so they are made here."""
    code = (
        f"from course_utils import language\nfrom course_utils.explore import course_map\n\n"
        f'language.use("{NAMES[lang]}")\ncourse_map()'
    )
    with rerender.as_stored(lang):
        shown = [rerender.shown(CourseMap(course)), rerender.shown(quiz(READY))]
    asked = f'from course_utils.explore import quiz\n\nquiz("{READY}")'
    cells = [
        new_markdown_cell(said["title"], id="title"),
        _shown(code, shown[0], "map", 1),
        new_markdown_cell(said["ready"], id="before"),
        _shown(asked, shown[1], "ready", 2),
    ]
    return _notebook(cells, lang)


def glossary_page(terms, said, lang):
    """The notebook with the table of terms."""
    rows = [side(HEAD, lang), "|---|---|---|---|"]
    for term in sorted(terms, key=lambda term: term["en"].lower()):
        names = [term["zh"], term["en"]] if lang == "zh" else [term["en"], term["zh"]]
        first = [f"[{number}]({to})" for number, to in term["chapters"].items()][:1]
        rows.append(f"| {' | '.join([*names, term['line'], *(first or [''])])} |")
    title = new_markdown_cell(said["glossary"], id="title")
    return _notebook([title, new_markdown_cell("\n".join(rows), id="terms")], lang)


def _terms(root, sources, lang):
    """The rows of the glossary that have a line, with the chapters whose prose uses the term, the first one first."""
    with open(Path(root, "source", "glossary.csv"), encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row.get("line")]
    prose = [(src, "\n".join(cell.zh for cell in src.cells if cell.kind == "markdown")) for src in sources.values()]
    terms = []
    for row in rows:
        forms = row["zh"].split("/")
        used = [src for src, text in prose if any(form in text for form in forms)]
        terms.append(
            {
                "zh": forms[0],
                "en": row["name"] or row["en"].split("/")[0],
                "line": side(row["line"], lang),
                "chapters": {src.number: f"../notebooks/{lang}/{src.path.stem}.ipynb" for src in used},
            }
        )
    return terms


def _sections(src, lang):
    """Headings of the second level, without their numbers."""
    return [title for cell in src.cells if cell.kind == "markdown" for title in HEADING.findall(cell.text(lang))]


def _quizzes(number):
    """For each quiz of a chapter how many questions it has, and its first question in both languages: by that a page
    remembers it (quiz.html)."""
    path = next(questions.FOLDER.glob(f"{number}_*.yaml"), None)
    if path is None:
        return []
    texts = yaml.safe_load(path.read_text(encoding="utf-8")).get("quizzes", {}).values()
    return [{"of": len(asked), "keys": [side(asked[0]["ask"], lang) for lang in LANGUAGES]} for asked in texts]


def _shown(code, data, name, count):
    output = new_output("execute_result", data, execution_count=count)
    cell = new_code_cell(code, id=name, execution_count=count, outputs=[output])
    cell.metadata = {"tags": ["hide-input"], "jupyter": {"source_hidden": True}}
    return cell


def _notebook(cells, lang):
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"course": {"language": lang}, "kernelspec": kernel, "language_info": {"name": "python"}}
    return new_notebook(cells=cells, metadata=metadata)


def _stored(path):
    return path.read_text(encoding="utf-8") if path.exists() else None
