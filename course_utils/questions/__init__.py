"""The texts of quizzes, bets and claims, one YAML file for each chapter; notebooks name them: `quiz("05-self-check")`,
`predict("Q5a")`, `claim("Q5a", …)`.

    quizzes:
      self-check:                     # quiz("05-self-check") in the notebook of questions/05_lstm.yaml
        - ask: "中文 || English"
          options: ["…", "…"]
          answer: 1                   # index of the right option
          why: ["…", "…"]             # one line for each option: why it tempts, or why it is right
    bets:
      Q5a:                            # bet a of chapter 05; Q17a-ctc belongs to 17a where there is a chapter 17a
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
    claims:                           # those that no bet was placed on
      Q5-fused:
        measured: "最多差 {gap:.0e} || they differ by {gap:.0e} at most"
        control: "次序弄反（差 {gap:.2f}） || in the wrong order ({gap:.2f} apart)"  # may name numbers

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
KINDS = ("quizzes", "bets", "claims")


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


@dataclass(frozen=True)
class Claim:
    """What a claim without a bet says was measured, and what its control changes, in the notebook's language."""

    id: str
    measured: str
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


def find_claim(id):
    """What the claim with that id says: its Bet, or its Claim where nothing is bet; None where neither is written."""
    path = next(FOLDER.glob(f"{_chapter(id)}_*.yaml"), None)
    entry = _load(path)["claims"].get(id) if path else None
    return Claim(id, **_spoken(entry)) if entry else find_bet(id)


def _chapter(id):
    """ "Q5a" -> "05"; "Q17a-ctc" -> "17a", since there is a file 17a_….yaml"""
    found = re.match(r"Q(\d+)([a-z]?)", id)
    if not found:
        return "??"
    number = f"{int(found[1]):02}"
    return number + found[2] if any(FOLDER.glob(f"{number}{found[2]}_*.yaml")) else number


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
    """The file's quizzes, bets and claims, checked. Raises QuestionError naming file and entry."""
    try:
        with open(path, encoding="utf-8") as handle:
            content = yaml.load(handle, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
    except yaml.YAMLError as error:
        raise QuestionError(f"{path.name}: not YAML: {' '.join(str(error).split())}") from error
    content = {kind: {} for kind in KINDS} | content
    if unknown := sorted(set(content) - set(KINDS)):
        raise QuestionError(f"{path.name}: holds quizzes, bets and claims, not {', '.join(unknown)}")
    for name, questions in content["quizzes"].items():
        if not questions:
            raise QuestionError(f"{path.name}: quiz {name!r}: needs at least one question")
        for k, question in enumerate(questions, 1):
            _check(question, _question_problem, f"{path.name}: quiz {name!r}, question {k}")
    for kind, problem_of in {"bets": _bet_problem, "claims": _claim_problem}.items():
        for id, entry in content[kind].items():
            where = f"{path.name}: {kind[:-1]} {id!r}"
            _check(entry, problem_of, where)
            number = path.name.split("_")[0]
            if _chapter(id) != number:
                raise QuestionError(f"{where}: the number after Q is the chapter's, {language.spoken(number)}")
    if both := sorted(set(content["bets"]) & set(content["claims"])):
        raise QuestionError(f"{path.name}: claim {both[0]!r}: its sentences stand with its bet")
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


def _claim_problem(entry):
    return _key_problem(entry, {"measured"}, {"control"})


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
