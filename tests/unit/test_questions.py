"""The question files: what the notebooks name is there, what is there is named, and a mistake names file and entry."""

import ast
import re
import string
from pathlib import Path

import pytest
import yaml

from course_utils import language, questions
from course_utils.authoring import source

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "source" / "chapters").glob("*.py"))
QUESTION = {"ask": "问？ || Ask?", "options": ["一 || one", "2"], "answer": 1, "why": ["多 || more", "少 || less"]}
BET = QUESTION | {"measured": "剩 {left:.1f} || {left:.1f} is left"}
NUMBER = {"ask": "几？ || How many?", "unit": "%", "value": "left", "why": "想 || think", "measured": "{left:.0f} %"}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """files(content, "05_lstm.yaml"): the question files are these."""

    def write(content, name="05_lstm.yaml"):
        text = content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    monkeypatch.setattr(questions, "FOLDER", tmp_path)
    questions._load.cache_clear()
    yield write
    questions._load.cache_clear()
    language.use("中文")


def calls(path, name):
    """Calls of the function `name` in a chapter's code, in order."""
    trees = [ast.parse(cell.text("en")) for cell in source.read(path).cells if cell.kind == "code"]
    return [
        node
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name
    ]


def names(path, name):
    return [call.args[0].value for call in calls(path, name)]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_what_a_chapter_asks_stands_in_its_file_and_nothing_else(path):
    content = questions._load(questions.FOLDER / f"{path.stem}.yaml")
    assert names(path, "predict") == list(content["bets"])
    assert names(path, "quiz") == [f"{path.stem[:2]}-{name}" for name in content["quizzes"]]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_what_a_bet_says_was_measured_is_what_its_claim_measures(path):
    bets = questions._load(questions.FOLDER / f"{path.stem}.yaml")["bets"]
    settled = {call.args[0].value: call for call in calls(path, "claim") + calls(path, "settle")}
    for id, bet in bets.items():
        given = {keyword.arg for keyword in settled[id].keywords}
        used = {field for _, field, _, _ in string.Formatter().parse(bet["measured"]) if field} | {
            bet.get("value", next(iter(given), None))
        }
        assert None in given or used - {None} <= given, f"{id}: claim does not measure {used - given}"


@pytest.mark.parametrize("speaks, ask, options", [("中文", "问？", ["一", "2"]), ("English", "Ask?", ["one", "2"])])
def test_texts_come_in_the_notebook_s_language(files, speaks, ask, options):
    files({"quizzes": {"recall": [QUESTION]}, "bets": {"Q5a": BET, "Q5b": NUMBER}})
    language.use(speaks)
    (question,), bet, number = questions.quiz("05-recall"), questions.bet("Q5a"), questions.bet("Q5b")
    assert (question["ask"], question["options"], question["answer"]) == (ask, options, 1)
    assert (bet.ask, bet.options, bet.answer, bet.control) == (ask, options, 1, "")
    assert (number.options, number.value, number.unit) == (None, "left", "%")


def test_what_is_not_there_is_told_with_what_is(files):
    files({"quizzes": {"recall": [QUESTION]}, "bets": {"Q5a": BET}})
    with pytest.raises(questions.QuestionError, match="05_lstm.yaml has no quiz 'self-check'; there are: recall"):
        questions.quiz("05-self-check")
    with pytest.raises(questions.QuestionError, match="05_lstm.yaml has no bet 'Q5z'; there are: Q5a"):
        questions.bet("Q5z")
    with pytest.raises(questions.QuestionError, match="no file 08_….yaml"):
        questions.bet("Q8a")
    with pytest.raises(questions.QuestionError, match="no file"):
        questions.quiz("recall")
    assert questions.find_bet("Q5z") is None and questions.find_bet("Q8a") is None and questions.find_bet("x") is None


@pytest.mark.parametrize(
    "change, complaint",
    [
        ({"answer": 2}, "index from 0 to 1, got 2"),
        ({"answer": "1"}, "index"),
        ({"why": ["a"]}, "2 options but 1 lines in why"),
        ({"why": "a"}, "lists"),
        ({"options": ["1", "1"]}, "different options"),
        ({"options": ["1"], "why": ["a"], "answer": 0}, "two different"),
        ({"hint": "x"}, "takes no hint"),
        ({"ask": "问？"}, "the English is missing in '问？'"),
        ({"ask": "问？ || "}, "not `中文 || English`"),
        ({"ask": "Ask? || 问？"}, "not `中文 || English`"),
        ({"ask": "一 || one || two"}, "more than one"),
        ({"options": ["1", 2.5]}, "2.5 is not a text"),
        ({"why": ["对", "less"]}, "the English is missing"),
    ],
)
@pytest.mark.parametrize("kind", ["quiz", "bet"])
def test_a_mistake_names_file_and_entry(files, kind, change, complaint):
    if kind == "quiz":
        files({"quizzes": {"recall": [QUESTION, QUESTION | change]}})
        where = "05_lstm.yaml: quiz 'recall', question 2: "
    else:
        files({"bets": {"Q5a": BET | change}})
        where = "05_lstm.yaml: bet 'Q5a': "
    with pytest.raises(questions.QuestionError, match=re.escape(where) + ".*" + re.escape(complaint)):
        questions.quiz("05-recall") if kind == "quiz" else questions.bet("Q5a")


@pytest.mark.parametrize(
    "content, complaint",
    [
        ("quizzes: [", "05_lstm.yaml: not YAML"),
        ({"quiz": {}}, "05_lstm.yaml: holds quizzes and bets, not quiz"),
        ({"quizzes": {"recall": []}}, "quiz 'recall': needs at least one question"),
        ({"bets": {"Q4a": BET}}, "bet 'Q4a': the number after Q is the chapter's, 5"),
        ({"bets": {"Q5a": {k: v for k, v in BET.items() if k != "measured"}}}, "bet 'Q5a': lacks measured"),
        ({"bets": {"Q5a": {k: v for k, v in NUMBER.items() if k != "value"}}}, "bet 'Q5a': lacks value"),
        ({"bets": {"Q5a": NUMBER | {"why": ["a"]}}}, "bet 'Q5a': has no options, so why is one line"),
        ({"bets": {"Q5a": "x"}}, "bet 'Q5a': is not a mapping"),
    ],
)
def test_a_broken_file_is_told(files, content, complaint):
    files(content)
    with pytest.raises(questions.QuestionError, match=re.escape(complaint)):
        questions.bet("Q5a")
