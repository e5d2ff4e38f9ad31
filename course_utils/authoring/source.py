"""Read a bilingual py:percent source and make the notebook of one language from it. The format: docs/authoring.md."""

import copy
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import jupytext
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_utils.authoring import symbols

NAMES = {"zh": "中文", "en": "English"}  # as course_utils.language.use takes them
LANGUAGES = tuple(NAMES)
CJK = re.compile("[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
SEPARATOR = re.compile(r"\s\|\|\s")
# Strings and comments in the order in which they stand, so that a '#' inside a string or a quote inside a comment never
# starts one.
TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|'
    + r"'''(?:[^\\]|\\.)*?'''|"
    + r'"(?:[^"\\\n]|\\.)*"|'
    + r"'(?:[^'\\\n]|\\.)*'|"
    + r"#[^\n]*",
    re.S,
)
SOLUTION = re.compile(r"(?ms)^(?P<indent> *)### BEGIN SOLUTION\n.*?### END SOLUTION$")
SOLUTION_MARK = re.compile(r"(?m)^ *### (BEGIN|END) SOLUTION$\n?")
LIKE_A_MARK = re.compile(r"(?im)^.*#.*\b(BEGIN|END) +SOLUTION.*$")  # also one that is spelt wrong
HEADER = {"chapter", "exercise", "banned"}
BLANK = "raise NotImplementedError"


class SourceError(ValueError):
    """A source file breaks the format. The message names file, line and cell."""


@dataclass
class Cell:
    """One cell of the source: a Markdown pair (zh and en) or a code cell (code with both languages in it)."""

    name: str
    kind: str  # "markdown" or "code"
    zh: str  # Markdown text, or the code
    en: str | None = None
    stamp: str = ""  # of="<hash of zh>.<hash of en when stamped>"
    meta: dict = field(default_factory=dict)
    line: int = 0

    def text(self, lang):
        if self.kind == "code":
            return pick(self.zh, lang)
        return self.zh if lang == "zh" else self.en or ""


@dataclass
class Source:
    path: Path
    course: dict  # the header's `course:` entry
    cells: list

    @property
    def is_exercise(self):
        return "exercise" in self.course

    @property
    def number(self):
        """ "05" or "E04" """
        return self.course["exercise" if self.is_exercise else "chapter"]

    def where(self, cell):
        return f"{self.path}:{cell.line}: cell {cell.name!r}"


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def pick(code, lang):
    """Resolve `中文 || English` in every string and comment of the code to one language."""

    def side(match):
        token = match[0]
        quote = next((q for q in ('"""', "'''", '"', "'") if token.startswith(q)), "")
        open_, close = (quote, quote) if quote else ("#", "")
        body = token[len(open_) : len(token) - len(close)]
        halves = SEPARATOR.split(body)
        if len(halves) == 1 or not CJK.search(halves[0]):
            return token
        if len(halves) > 2:
            raise SourceError(f"more than one '||' in {token!r}")
        chosen = halves[0] if lang == "zh" else halves[1]
        lead = " " if not quote and lang == "en" else ""  # '# 中文 || English' keeps its space
        return open_ + lead + chosen + close

    return TOKEN.sub(side, code)


def read(path):
    """Parse a source file. Raises SourceError naming file, line and cell when it breaks the format."""
    path = Path(path)
    try:
        notebook = jupytext.read(path, fmt="py:percent")
    except Exception as error:
        raise SourceError(f"{path}: not a py:percent source: {error}") from error
    lines = [
        n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if re.match(r"# %%( |$)", line)
    ]
    if len(lines) != len(notebook.cells):
        raise SourceError(
            f"{path}: {len(lines)} lines begin with '# %%' but {len(notebook.cells)} cells were read; "
            "does a cell contain such a line?"
        )
    cells = []
    for line, raw in zip(lines, notebook.cells):
        meta = {k: v for k, v in raw.metadata.items() if k != "lines_to_next_cell"}
        kind = raw.cell_type
        if kind == "markdown" and meta.get("lang") == "en":
            if not cells or cells[-1].kind != "markdown" or cells[-1].en is not None:
                raise SourceError(f"{path}:{line}: an English cell must follow its Chinese cell directly")
            cells[-1].en, cells[-1].stamp = raw.source, meta.get("of", "")
            continue
        name = meta.pop("name", None) or "c" + digest(raw.source)
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
            raise SourceError(f"{path}:{line}: cell name {name!r}: use letters, digits, '-' and '_'")
        if any(c.name == name for c in cells):
            raise SourceError(f"{path}:{line}: a second cell is named {name!r}")
        cells.append(Cell(name, kind, raw.source, meta=meta, line=line))
    source = Source(path, dict(notebook.metadata.get("course") or {}), cells)
    _check_header(source)
    for cell in cells:
        _check_marks(cell, source)
    return source


def _check_header(source):
    """The one place that says what a header holds: its number, which begins the file's name, and what is banned."""
    course, where = source.course, f"{source.path}: the header's `course:`"
    if len({"chapter", "exercise"} & set(course)) != 1:
        raise SourceError(f'{where} needs either `chapter: "05"` or `exercise: E04`')
    if unknown := sorted(set(course) - HEADER):
        raise SourceError(f"{where} takes no {unknown[0]!r}; titles, minutes and difficulty stand in source/plan.yaml")
    key = "exercise" if source.is_exercise else "chapter"
    if not isinstance(source.number, str) or not source.path.stem.startswith(f"{source.number}_"):
        raise SourceError(
            f'{where} says {key}: {source.number!r}, but the file\'s name begins otherwise (write "05" in quotes)'
        )
    if "banned" in course and not (source.is_exercise and isinstance(course["banned"], dict)):
        raise SourceError(f"{where}: `banned` maps answers of an exercise to lists of names")


def _check_marks(cell, source):
    """An answer stands between BEGIN and END, so that nothing of it is left in the learner's notebook."""
    marks = [match[0].strip() for match in LIKE_A_MARK.finditer(cell.zh)] if cell.kind == "code" else []
    answer = "solution" in cell.meta.get("tags", ())
    if not marks and not answer:
        return
    if not answer:
        raise SourceError(f'{source.where(cell)}: solution marks stand only in a cell with tags=["solution"]')
    for n, mark in enumerate(marks):
        wanted = f"### {'END' if n % 2 else 'BEGIN'} SOLUTION"
        if mark != wanted:
            raise SourceError(f"{source.where(cell)}: {mark!r} stands where {wanted!r} is due")
    if len(marks) % 2 or not marks:
        raise SourceError(f"{source.where(cell)}: '### {'END' if marks else 'BEGIN'} SOLUTION' is missing")


def notebook(source, lang):
    """The full notebook of one language, without outputs: what is executed and stored."""
    cells = []
    for cell in source.cells:
        try:
            text = cell.text(lang)
            if cell.kind == "markdown":
                text = symbols.expand(text, lang, symbols.file_of(source.path))
        except ValueError as error:
            raise SourceError(f"{source.where(cell)}: {error}") from error
        meta = {k: cell.meta[k] for k in ("tags", "covers") if cell.meta.get(k)}
        if cell.kind == "markdown":
            if "optional" in meta.get("tags", ()):
                meta["jp-MarkdownHeadingCollapsed"] = (
                    True  # JupyterLab folds everything up to the next heading of this level
                )
            cells.append(new_markdown_cell(text, id=cell.name, metadata=meta))
            continue
        if "timing" in meta.get("tags", ()):
            meta["tags"] = [*meta["tags"], "nbval-ignore-output"]
        if source.is_exercise:
            meta |= _grading_metadata(source, cell)
        cells.append(new_code_cell(text, id=cell.name, metadata=meta))
    course = {**source.course, "language": lang}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(
        cells=cells, metadata={"course": course, "kernelspec": kernel, "language_info": {"name": "python"}}
    )


def _grading_metadata(source, cell):
    """nbgrader's own metadata (schema version 3), and which answers a check belongs to."""
    tags = cell.meta.get("tags", ())
    answer, check = "solution" in tags, "check" in tags
    nbgrader = {
        "schema_version": 3,
        "grade_id": cell.name,
        "solution": answer,
        "grade": check,
        "locked": not answer,
        "task": False,
    }
    if not check:
        return {"nbgrader": nbgrader}
    if not isinstance(cell.meta.get("points"), int) or not cell.meta.get("of"):
        raise SourceError(f'{source.where(cell)}: a check needs points=… and of="answer-cell"')
    answers = {c.name for c in source.cells if "solution" in c.meta.get("tags", ())}
    of = cell.meta["of"].split()
    if unknown := [name for name in of if name not in answers]:
        raise SourceError(f"{source.where(cell)}: of={unknown[0]!r} names no answer cell of this exercise")
    return {"nbgrader": nbgrader | {"points": cell.meta["points"]}, "course": {"of": of}}


def solved(nb):
    """The notebook with the solution marks taken out: what solutions/ stores."""
    nb = copy.deepcopy(nb)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.source = SOLUTION_MARK.sub("", cell.source).rstrip("\n")
    return nb


def learner(nb):
    """The notebook with the answers taken out: what exercises/ stores."""
    nb = copy.deepcopy(nb)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.source = SOLUTION.sub(lambda match: match["indent"] + BLANK, cell.source)
            if cell.metadata.get("nbgrader", {}).get("grade"):  # "Run all" goes on past a check that fails
                cell.metadata.tags = [*cell.metadata.tags, "raises-exception"]
    return nb


def stripped(nb):
    """The notebook without outputs: everything that must equal its source byte for byte."""
    nb = copy.deepcopy(nb)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return nb


def load(path):
    return nbformat.read(path, as_version=4)


def dumps(nb):
    return nbformat.writes(nb, version=4, indent=1, ensure_ascii=False) + "\n"
