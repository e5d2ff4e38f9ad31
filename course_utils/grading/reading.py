"""The bytes of a submission become a Notebook: the text of its code cells, and nothing else of it is ever used."""

import json
from dataclasses import dataclass

MAX_BYTES = 100 << 20


class Unreadable(ValueError):
    """A submission that cannot be graded. The message, (Chinese, English), says what its sender can do."""

    def __init__(self, zh, en):
        super().__init__(en)
        self.words = {"zh": zh, "en": en}


@dataclass(frozen=True)
class Notebook:
    """What a submission says: exercise and language (None where it does not), and the text of every code cell."""

    exercise: str | None
    lang: str | None
    sources: tuple  # (grade_id or None, cell id or None, source), in order


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
    return Notebook(
        exercise if isinstance(exercise, str) else None, lang if lang in ("zh", "en") else None, tuple(sources)
    )


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
