"""Known wrong and right implementations of an exercise, as `source/answers/<exercise>.py` holds them.

One cell for each: tag `wrong` or `right` (and `built-in` where it uses what the exercise bans), a first comment that
says what the misconception or the difference is, then the functions it replaces. A class release has none of this.
"""

from dataclasses import dataclass

import jupytext

from course_utils.language import SEPARATOR


class AnswersError(ValueError):
    """A file of answers breaks the format. The message names file and cell."""


@dataclass
class Answer:
    name: str
    tags: list
    why: dict  # language -> the first comment
    code: str


def read(path):
    """All answers in a file."""
    return [_answer(cell, path) for cell in jupytext.read(path, fmt="py:percent").cells if cell.cell_type == "code"]


def _answer(cell, path):
    name, tags = cell.metadata.get("name"), cell.metadata.get("tags", [])
    first = (cell.source.splitlines() or [""])[0]
    halves = first.lstrip("# ").split(SEPARATOR)
    if len({"wrong", "right"} & set(tags)) != 1 or not first.startswith("#") or len(halves) != 2:
        raise AnswersError(
            f'{path}: cell {name!r} needs tags=["wrong"] or tags=["right"] and a first line `# 中文 || English`'
        )
    return Answer(name, tags, dict(zip(("zh", "en"), map(str.strip, halves))), cell.source)


def solution(path):
    """The code of the answer cells of an exercise's source."""
    cells = jupytext.read(path, fmt="py:percent").cells
    return [cell.source for cell in cells if "solution" in cell.metadata.get("tags", [])]
