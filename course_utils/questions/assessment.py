"""The items of the final assessment, from assessment.yaml: for the page of chapter 19, and for teachers' forms.

    goals: {"05": "中文 || English", …}       # what each chapter is for
    items:
      - id: 05-block
        kind: bug                             # one of KINDS
        cell: 05/default-forget 5.6           # chapter, cell that holds the answer, its section (none for a title)
        ask, options, answer, why             # as in a quiz (course_utils/questions)
        code: |                               # what the kind `output` prints, what the kind `bug` has to mend
        curves: {x: …, at: [1, 2], y: …, log: y, lines: {A: [0.5, 0.1], …}}    # for the kind `curve`; log: y or both
        held_back: true                       # for teachers' forms alone

What an item says about its code is run by tests/unit/test_assessment.py."""

from dataclasses import dataclass, field
from functools import cache

import yaml

from course_utils import questions
from course_utils.questions import FOLDER, QUESTION, QuestionError

KINDS = {
    "retrieval": "回忆 || Recall",
    "output": "印出什么 || What is printed",
    "bug": "找错 || Find the bug",
    "curve": "读曲线 || Read the curve",
    "model": "选模型 || Choose the model",
}
NAME = "assessment.yaml"
CURVES = {"x", "at", "y", "lines"}


@dataclass(frozen=True)
class Item:
    """One item in the notebook's language. goal: the chapter's number; cell, section: where the answer stands, section
    "" for a whole chapter; curves: a dict as in the file, or None."""

    id: str
    kind: str
    goal: str
    cell: str
    section: str
    ask: str
    options: list
    answer: int
    why: list
    code: str = ""
    curves: dict | None = field(default=None, hash=False)
    held_back: bool = False

    @property
    def to(self):
        """The cell as a link from a chapter's folder; None where that chapter asks nothing, so is not there yet."""
        chapter = next(FOLDER.glob(f"{self.goal}_*.yaml"), None)
        return chapter and f"{chapter.stem}.ipynb#cell-id={self.cell}"


def goals():
    """number -> what the chapter is for, in the notebook's language."""
    return questions._spoken(_load()["goals"])


def items(held_back=False):
    """The items in the notebook's language: those that learners practise with, or those held back for teachers."""
    return [item for entry in _load()["items"] if (item := _item(entry)).held_back == held_back]


def _item(entry):
    goal, _, place = entry["cell"].partition("/")
    cell, _, section = place.partition(" ")
    entry = {key: value for key, value in entry.items() if key != "cell"}
    code = entry.pop("code", "")  # the same in both languages
    curves = entry.get("curves")
    if curves:
        entry["curves"] = {key: questions._spoken(value) for key, value in curves.items()}
        entry["curves"]["lines"] = {questions._spoken(name): ys for name, ys in curves["lines"].items()}
    return Item(goal=goal, cell=cell, section=section, code=code, **questions._spoken(entry))


@cache
def _load():
    """The file, checked. Raises QuestionError naming the item."""
    content = yaml.safe_load((FOLDER / NAME).read_text(encoding="utf-8"))
    seen = set()
    for entry in content["items"]:
        problem = _problem(entry, content["goals"]) or ("occurs twice" if entry["id"] in seen else "")
        if problem:
            raise QuestionError(f"{NAME}: item {entry.get('id')!r}: {problem}")
        seen.add(entry["id"])
    return content


def _problem(entry, goals):
    optional = {"code", "curves", "held_back"}
    if problem := questions._key_problem(entry, QUESTION | {"id", "kind", "cell"}, optional):
        return problem
    if entry["kind"] not in KINDS:
        return f"its kind is one of {', '.join(KINDS)}, not {entry['kind']!r}"
    if entry["cell"].partition("/")[0] not in goals:
        return f"no goal is called {entry['cell'].partition('/')[0]!r}"
    if (entry["kind"] in ("output", "bug")) != ("code" in entry):
        return "output and bug have code, the others have none"
    if (entry["kind"] == "curve") != ("curves" in entry):
        return "curve has curves, the others have none"
    curves, said = entry.get("curves", {}), [entry["ask"], *entry["options"], *entry["why"]]
    if curves:
        if CURVES - set(curves) or any(len(ys) != len(curves["at"]) for ys in curves["lines"].values()):
            return "curves have x, at, y and lines, each line as long as at"
        said += [curves["x"], curves["y"], *curves["lines"]]
    return questions._options_problem(entry) or next(filter(None, map(questions._language_problem, said)), None)
