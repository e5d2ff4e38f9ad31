"""The question files: what the notebooks name is there, what is there is named, and a mistake names file and entry."""

import ast
import re
import string
from pathlib import Path

import pytest
import yaml

from course_utils import language, questions
from course_utils.authoring import source
from course_utils.checks import Claim

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "source" / "chapters").glob("*.py"))
QUESTION = {"ask": "问？ || Ask?", "options": ["一 || one", "2"], "answer": 1, "why": ["多 || more", "少 || less"]}
BET = QUESTION | {"measured": "剩 {left:.1f} || {left:.1f} is left"}
CLAIM = {
    "measured": "差 {gap:.2f} || {gap:.2f} apart",
    "control": "不转置，差 {gap:.1f} || untransposed, {gap:.1f} apart",
}
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
    assert names(path, "quiz") == [f"{path.stem.split('_')[0]}-{name}" for name in content["quizzes"]]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_what_a_bet_says_was_measured_is_what_its_claim_measures(path):
    bets = questions._load(questions.FOLDER / f"{path.stem}.yaml")["bets"]
    settled = {call.args[0].value: call for call in calls(path, "claim") + calls(path, "settle")}
    assert bets
    for id, bet in bets.items():
        given = {keyword.arg for keyword in settled[id].keywords}
        used = fields(bet["measured"]) | {bet.get("value", next(iter(given), None))}
        assert None in given or used - {None} <= given, f"{id}: claim does not measure {used - given}"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_claim_shows_a_number_without_a_word(path):
    content = questions._load(questions.FOLDER / f"{path.stem}.yaml")
    assert calls(path, "claim")
    for call in calls(path, "claim"):
        id, control = re.fullmatch(r"(.+?)(-control)?", call.args[0].value).groups()
        says = (content["bets"] | content["claims"]).get(id)
        assert says, f"{id} has no sentence in course_utils/questions/{path.stem}.yaml"
        text = says.get("control", "") if control else says["measured"]
        assert text, f"{id}: what does the control change?"
        unnamed = {keyword.arg for keyword in call.keywords} - {None} - fields(text) - {says.get("value")}
        assert not unnamed, f"{call.args[0].value}: no word about {unnamed}"


def fields(text):
    """The names that a sentence asks for."""
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


@pytest.mark.parametrize(
    "speaks, sentence, control",
    [
        ("中文", "✓ Q5b   差 0.25", "✓ Q5b   对照：不转置，差 0.5 → 不再成立，符合预期"),
        ("English", "✓ Q5b   0.25 apart", "✓ Q5b   control: untransposed, 0.5 apart → no longer holds, as expected"),
    ],
)
def test_a_claim_without_a_bet_says_its_numbers_in_words(files, speaks, sentence, control):
    files({"claims": {"Q5b": CLAIM}})
    language.use(speaks)
    assert Claim("Q5b", True, {"gap": 0.25}).sentence == sentence
    assert Claim("Q5b-control", True, {"gap": 0.5}).sentence == control


@pytest.mark.parametrize("speaks, ask, options", [("中文", "问？", ["一", "2"]), ("English", "Ask?", ["one", "2"])])
def test_texts_come_in_the_notebook_s_language(files, speaks, ask, options):
    files({"quizzes": {"recall": [QUESTION]}, "bets": {"Q5a": BET, "Q5b": NUMBER}})
    language.use(speaks)
    (question,), bet, number = questions.quiz("05-recall"), questions.bet("Q5a"), questions.bet("Q5b")
    assert (question["ask"], question["options"], question["answer"]) == (ask, options, 1)
    assert (bet.ask, bet.options, bet.answer, bet.control) == (ask, options, 1, "")
    assert (number.options, number.value, number.unit) == (None, "left", "%")


def test_a_chapter_in_parts_has_a_file_for_each(files):
    files({"bets": {"Q17a-ctc": BET}}, "17a_speech.yaml")
    files({"bets": {"Q5a": BET}})
    assert questions.bet("Q17a-ctc").id == "Q17a-ctc" and questions.bet("Q5a").id == "Q5a"
    assert [bet.id for bet in questions.bets("17a")] == ["Q17a-ctc"]
    assert questions.find_bet("Q17b-ctc") is None


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
        ({"quiz": {}}, "05_lstm.yaml: holds quizzes, bets and claims, not quiz"),
        ({"quizzes": {"recall": []}}, "quiz 'recall': needs at least one question"),
        ({"bets": {"Q4a": BET}}, "bet 'Q4a': the number after Q is the chapter's, 5"),
        ({"bets": {"Q5a": {k: v for k, v in BET.items() if k != "measured"}}}, "bet 'Q5a': lacks measured"),
        ({"bets": {"Q5a": {k: v for k, v in NUMBER.items() if k != "value"}}}, "bet 'Q5a': lacks value"),
        ({"bets": {"Q5a": NUMBER | {"why": ["a"]}}}, "bet 'Q5a': has no options, so why is one line"),
        ({"bets": {"Q5a": "x"}}, "bet 'Q5a': is not a mapping"),
        ({"claims": {"Q5b": CLAIM | {"why": "x"}}}, "claim 'Q5b': takes no why"),
        ({"claims": {"Q5b": {"control": "x"}}}, "claim 'Q5b': lacks measured"),
        ({"claims": {"Q4b": CLAIM}}, "claim 'Q4b': the number after Q is the chapter's, 5"),
        ({"bets": {"Q5a": BET}, "claims": {"Q5a": CLAIM}}, "claim 'Q5a': its sentences stand with its bet"),
    ],
)
def test_a_broken_file_is_told(files, content, complaint):
    files(content)
    with pytest.raises(questions.QuestionError, match=re.escape(complaint)):
        questions.bet("Q5a")


# --- no answer in sight


def before_the_bet(src, id):
    """The cells on the screen above a bet: back to the last heading."""
    at = next(k for k, cell in enumerate(src.cells) if cell.kind == "code" and f'predict("{id}")' in cell.zh)
    for cell in reversed(src.cells[:at]):
        yield cell
        if cell.kind == "markdown" and re.search(r"^##", cell.zh, re.M):
            return


def gist(option):
    """What of an option would be recognised in a text: up to the first mark; None where that is too little to tell."""
    words = re.split(r"[：:，,；;（(]", option)[0].strip().lower()
    return words if len(words) > (3 if words.isascii() else 2) else None


def given_away(src, id, bet):
    """Cells above the bet that hold its right option and none of the wrong ones."""
    for cell in before_the_bet(src, id):
        for lang, half in (("zh", 0), ("en", -1)):
            gists = [gist(option.split(" || ")[half]) for option in bet["options"]]
            text = re.sub(r"[*`$]", "", cell.text(lang)).lower()
            found = [words is not None and words in text for words in gists]
            if found[bet["answer"]] and sum(found) == 1:
                yield cell.name


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_nothing_above_a_bet_gives_its_answer_away(path):
    src = source.read(path)
    bets = questions._load(questions.FOLDER / f"{path.stem}.yaml")["bets"]
    told = {id: list(given_away(src, id, bet)) for id, bet in bets.items() if "answer" in bet}
    assert {id: cells for id, cells in told.items() if cells} == {}


def test_an_answer_above_its_bet_is_seen():
    prose = source.Cell("prose", "markdown", "## 一\n到第 100 步，**约百万分之一**。", "## One\n…")
    bet = {"options": ["约百万分之一 || about a millionth", "一半 || a half"], "answer": 0}
    src = source.Source(Path("x"), {}, [prose, source.Cell("bet", "code", 'predict("Q5a")')])
    assert list(given_away(src, "Q5a", bet)) == ["prose"]
    src.cells[0].zh = "## 一\n是约百万分之一，还是一半以上的一半？"
    assert list(given_away(src, "Q5a", bet | {"options": [bet["options"][0], "一半以上 || above a half"]})) == []


def leaks_by_length(entry):
    """The right option is much longer than all others: whoever has not read the chapter would choose it."""
    for half in (0, -1):
        lengths = [len(option.split(" || ")[half]) for option in entry["options"]]
        right, others = lengths[entry["answer"]], max(lengths[: entry["answer"]] + lengths[entry["answer"] + 1 :])
        if right > 1.6 * others and right - others > 10:
            return True
    return False


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_option_is_betrayed_by_its_length(path):
    content = questions._load(questions.FOLDER / f"{path.stem}.yaml")
    asked = [question for quiz in content["quizzes"].values() for question in quiz]
    betrayed = [
        entry["ask"] for entry in [*asked, *content["bets"].values()] if "answer" in entry and leaks_by_length(entry)
    ]
    assert betrayed == []
