"""The texts of quizzes and bets, one YAML file for each chapter; notebooks name them: `quiz("05-self-check")`,
`predict("Q5a")`.

    quizzes:
      self-check:                     # quiz("05-self-check") in the notebook of questions/05_lstm.yaml
        - ask: "中文 || English"
          options: ["…", "…"]
          answer: 1                   # index of the right option
          why: ["…", "…"]             # one line for each option: why it tempts, or why it is right
    bets:
      Q5a:                            # the number after Q is the chapter
        ask: "…"
        options: ["…", "…"]
        answer: 1                     # left out where the machine decides (settle instead of claim)
        why: ["…", "…"]
        measured: "还剩 {left:.0e} || {left:.0e} is left"       # filled with the keywords of claim("Q5a", …, left=…)
        control: "换成正交矩阵 || with an orthogonal matrix"     # with what changed the claim fails
      Q6d:                            # no options: the learner enters a number
        ask: "…"
        unit: "%"
        value: saved_percent          # the keyword of claim that the number is compared with
        why: "…"                      # one line: what is easily overlooked
        measured: "…"

Every text is `中文 || English`; one that is the same in both (a number, a formula) is written once. Texts are plain:
formulas in Unicode, and `h_{t−1}` is set with a subscript.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from course_utils import language

FOLDER = Path(__file__).parent
CJK = re.compile("[\u3400-\u9fff]")
SEPARATOR = " || "
QUESTION = {"ask", "options", "answer", "why"}
CHOICE = QUESTION | {"measured"}
NUMBER = {"ask", "unit", "value", "why", "measured"}


class QuestionError(ValueError):
    """A question is missing or breaks the format. The message names file and entry."""


@dataclass(frozen=True)
class Bet:
    """One bet in the notebook's language. With options: `why` has a line for each and `answer` is an index (None where
    the machine decides). A number: options is None, `unit` and `value` are set, `why` is one line."""

    id: str
    ask: str
    why: list | str
    measured: str
    options: list | None = None
    answer: int | None = None
    unit: str = ""
    value: str = ""
    control: str = ""


def quiz(name):
    """The questions of a quiz such as "05-self-check", as the page takes them: dicts of ask, options, answer, why."""
    number, _, key = name.partition("-")
    path = _file(number, f"quiz {name!r}")
    quizzes = _load(path)["quizzes"]
    if key not in quizzes:
        raise QuestionError(f"{path.name} has no quiz {key!r}; there are: {', '.join(quizzes)}")
    return [_spoken(question) for question in quizzes[key]]


def bet(id):
    """The bet with that id; raises QuestionError where there is none."""
    found = find_bet(id)
    if found is None:
        path = _file(_chapter(id), f"bet {id!r}")
        raise QuestionError(f"{path.name} has no bet {id!r}; there are: {', '.join(_load(path)['bets'])}")
    return found


def bets(number):
    """All bets of a chapter ("05"), in its order."""
    return [bet(id) for id in _load(_file(number, f"chapter {number!r}"))["bets"]]


def find_bet(id):
    """The bet with that id, or None: not every claim has a bet."""
    path = next(FOLDER.glob(f"{_chapter(id)}_*.yaml"), None)
    entry = _load(path)["bets"].get(id) if path else None
    return Bet(id, **_spoken(entry)) if entry else None


def _chapter(id):
    """ "Q5a" -> "05" """
    number = re.match(r"Q(\d+)", id)
    return f"{int(number[1]):02}" if number else "??"


def _file(number, wanted):
    path = next(FOLDER.glob(f"{number}_*.yaml"), None)
    if path is None:
        raise QuestionError(f"{wanted}: course_utils/questions has no file {number}_….yaml")
    return path


def _spoken(value):
    """Every pair in the entry resolved to the notebook's language."""
    if isinstance(value, dict):
        return {key: _spoken(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_spoken(v) for v in value]
    return language.say(*value.split(SEPARATOR)) if isinstance(value, str) and SEPARATOR in value else value


@cache
def _load(path):
    """The file's quizzes and bets, checked. Raises QuestionError naming file and entry."""
    try:
        with open(path, encoding="utf-8") as handle:
            content = yaml.load(handle, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
    except yaml.YAMLError as error:
        raise QuestionError(f"{path.name}: not YAML: {' '.join(str(error).split())}") from error
    content = {"quizzes": {}, "bets": {}} | content
    if unknown := sorted(set(content) - {"quizzes", "bets"}):
        raise QuestionError(f"{path.name}: holds quizzes and bets, not {', '.join(unknown)}")
    for name, questions in content["quizzes"].items():
        if not questions:
            raise QuestionError(f"{path.name}: quiz {name!r}: needs at least one question")
        for k, question in enumerate(questions, 1):
            _check(question, _question_problem, f"{path.name}: quiz {name!r}, question {k}")
    for id, entry in content["bets"].items():
        _check(entry, _bet_problem, f"{path.name}: bet {id!r}")
        if _chapter(id) != path.name[:2]:
            raise QuestionError(f"{path.name}: bet {id!r}: the number after Q is the chapter's, {int(path.name[:2])}")
    return content


def _check(entry, problem_of, where):
    problem = problem_of(entry) if isinstance(entry, dict) else "is not a mapping"
    problem = problem or next(filter(None, map(_language_problem, _texts(entry))), None)
    if problem:
        raise QuestionError(f"{where}: {problem}")


def _question_problem(entry):
    return _key_problem(entry, QUESTION, set()) or _options_problem(entry)


def _bet_problem(entry):
    if "options" in entry:
        return _key_problem(entry, CHOICE - {"answer"}, {"answer", "control"}) or _options_problem(entry)
    if problem := _key_problem(entry, NUMBER, {"control"}):
        return problem
    if not isinstance(entry["why"], str):
        return "has no options, so why is one line"


def _key_problem(entry, needed, optional):
    if missing := sorted(needed - set(entry)):
        return f"lacks {', '.join(missing)}"
    if unknown := sorted(set(entry) - needed - optional):
        return f"takes no {', '.join(unknown)}"


def _options_problem(entry):
    options, why = entry["options"], entry["why"]
    if not isinstance(options, list) or not isinstance(why, list):
        return "options and why are lists"
    if len(options) < 2 or len(set(options)) < len(options):
        return f"needs at least two different options, got {options}"
    if len(why) != len(options):
        return f"has {len(options)} options but {len(why)} lines in why"
    if "answer" in entry and entry["answer"] not in range(len(options)):
        return f"answer is an index from 0 to {len(options) - 1}, got {entry['answer']!r}"


def _texts(entry):
    return [
        text
        for key, value in entry.items()
        if key not in ("answer", "value")
        for text in (value if isinstance(value, list) else [value])
    ]


def _language_problem(text):
    if not isinstance(text, str):
        return f"{text!r} is not a text; put it in quotes"
    halves = text.split(SEPARATOR)
    if len(halves) > 2:
        return f"more than one {SEPARATOR.strip()!r} in {text!r}"
    if len(halves) == 1 and CJK.search(text):
        return f"the English is missing in {text!r}"
    if len(halves) == 2 and (not all(half.strip() for half in halves) or CJK.search(halves[1])):
        return f"{text!r} is not `中文 || English`"
