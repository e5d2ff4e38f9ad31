"""Finding and reading submissions. Nothing in a submission is trusted: only the text of its answer cells is ever used."""  # noqa: E501

import json
import re
from dataclasses import dataclass
from pathlib import Path

from course_utils.grading.syntax import defined

MAX_BYTES = 100 << 20
MAX_ANSWER = 200_000  # characters of one answer

# Moodle: "Full Name_1234567_assignsubmission_file_E01.ipynb", or a folder "Full Name_1234567_assignsubmission_file_"
MOODLE = re.compile(r"(?P<student>.+)_(?P<number>\d+)_assignsubmission_file(_.*)?", re.DOTALL)
# Canvas: "lastfirst_12345_678901_E01.ipynb", "lastfirst_LATE_12345_678901_E01-1.ipynb"
CANVAS = re.compile(r"(?P<student>[^_]+)_(LATE_)?(?P<number>\d+)_\d+_.+", re.DOTALL)
EXERCISE_NAME = re.compile(r"E\d\d(?!\d)")


class Unreadable(ValueError):
    """A submission that cannot be graded. The message, (Chinese, English), says what its sender can do."""

    def __init__(self, zh, en):
        super().__init__(en)
        self.words = {"zh": zh, "en": en}


@dataclass(frozen=True)
class Submission:
    """Where a submission is and whose it is. `number` is the learner's number in Moodle or Canvas, "" elsewhere."""

    path: Path
    student: str
    number: str = ""


@dataclass
class Notebook:
    """What a submission says: exercise and language (None where it does not), and the text of every code cell."""

    exercise: str | None
    lang: str | None
    sources: list  # (grade_id or None, cell id or None, source), in order


def find(places):
    """Submissions in files and folders, in a stable order. Raises FileNotFoundError, naming the place, when there is
    none."""
    found = []
    for place in map(Path, places):
        if place.is_dir():
            inside = sorted(
                p
                for p in place.rglob("*.ipynb")
                if p.is_file() and not any(part.startswith(".") for part in p.relative_to(place).parts[:-1])
            )
            if not inside:
                raise FileNotFoundError(f"no notebook (.ipynb) in the folder {str(place)!r}")
            found += [_named(path, path.relative_to(place).parts[:-1][:1]) for path in inside]
        elif place.is_file():
            found.append(_named(place, place.parts[-2:-1] if EXERCISE_NAME.match(place.name) else ()))
        else:
            raise FileNotFoundError(f"no such file or folder: {str(place)!r}")
    return found


def _named(path, folder):
    """The student is named by the folder, else by the file, in the forms in which Moodle and Canvas hand them out too."""  # noqa: E501
    for name in (*folder, path.stem):
        for form in (MOODLE, CANVAS):
            match = form.fullmatch(name)
            if match:
                return Submission(path, match["student"], match["number"])
    return Submission(path, *(folder or (path.stem,)))


def read(content):
    """The notebook in these bytes, whatever it was written with. Raises Unreadable."""
    if len(content) > MAX_BYTES:
        raise Unreadable(
            f"文件有 {len(content) >> 20} MB，超过 {MAX_BYTES >> 20} MB。请清除输出后再交。",
            f"the file has {len(content) >> 20} MB, more than {MAX_BYTES >> 20}. Clear the outputs and hand it in again.",  # noqa: E501
        )
    if not content.strip():
        raise Unreadable("文件是空的。请重新保存再交。", "the file is empty. Save the notebook and hand it in again.")
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Unreadable(
            "文件不是完整的 notebook（JSON 读不出来），可能没有存完。请重新保存再交。",
            "the file is not a complete notebook (not valid JSON), perhaps cut short. Save it and hand it in again.",
        ) from None
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list):
        raise Unreadable(
            "这个 JSON 文件不是 notebook（没有 cells）。请交 .ipynb 原文件。",
            "this JSON is not a notebook (it has no cells). Hand in the .ipynb file itself.",
        )
    sources = [_cell(cell) for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    course = _dict(_dict(data, "metadata"), "course")
    lang = course.get("language")
    exercise = course.get("exercise")
    return Notebook(exercise if isinstance(exercise, str) else None, lang if lang in ("zh", "en") else None, sources)


def _cell(cell):
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        source = ""
    source = source.encode("utf-8", "replace").decode()  # a lone surrogate cannot be written anywhere
    grade_id = _dict(_dict(cell, "metadata"), "nbgrader").get("grade_id")
    return (
        grade_id if isinstance(grade_id, str) else None,
        cell["id"] if isinstance(cell.get("id"), str) else None,
        source,
    )


def _dict(data, name):
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def answers(notebook, names):
    """{answer name: source} for the answers found, and notes (Chinese, English) about missing and repeated ones.

    An answer is looked for by grade_id; where a tool has dropped that, by cell id, then by the function that a cell
    defines.
    """
    found, notes = {}, []
    for name in names:
        cells = (
            [s for grade_id, _, s in notebook.sources if grade_id == name]
            or [s for _, cell_id, s in notebook.sources if cell_id == name]
            or [s for *_, s in notebook.sources if name in defined(s)]
        )
        if not cells:
            notes.append((f"没有找到 {name} 的答案格", f"the answer cell of {name} is missing"))
            continue
        if len(cells) > 1:
            notes.append(
                (
                    f"{name} 的答案格出现了 {len(cells)} 次，取最后一个",
                    f"the answer cell of {name} occurs {len(cells)} times; the last one counts",
                )
            )
        if len(cells[-1]) > MAX_ANSWER:
            notes.append(
                (
                    f"{name} 的答案超过 {MAX_ANSWER} 个字符，没有批改",
                    f"the answer of {name} has more than {MAX_ANSWER} characters and was not graded",
                )
            )
            continue
        found[name] = cells[-1]
    return found, notes
