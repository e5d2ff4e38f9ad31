"""One's own notebook: checked against the stored lines, so that the answer comes at once, and nothing that gives marks
becomes easier to fool."""

import json

import pytest
from making import content

from course_utils import cli, expected, standing
from course_utils.grading import batch, feedback, reference, submission
from course_utils.grading import cli as grading_cli
from course_utils.grading.box import client, tiers

WRONG = "def rnn_step(x_t, h_prev, W_x, W_h, b):\n    return torch.tanh(x_t @ W_x.T + h_prev @ W_h + b)\n"
NOT_PYTHON = "def rnn_step(x_t, h_prev, W_x, W_h, b):\n    return torch.tanh(x_t @ W_x.T\n"


@pytest.fixture
def mine(tmp_path):
    def write(body):
        path = tmp_path / "mine.ipynb"
        path.write_bytes(body)
        return path

    return write


class Started(BaseException):
    """A process was started. (Every Exception of ours would become a line of the report.)"""


@pytest.fixture
def nothing_starts(monkeypatch):
    def refuse(*_, **__):
        raise Started

    monkeypatch.setattr(client.ForkServer, "begin", refuse)
    monkeypatch.setattr(client, "Child", refuse)


def grade(*arguments):
    return cli.main(["grade", *map(str, arguments)])


def without(*names):
    def change(notebook):
        notebook.cells = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") not in names]

    return change


ANSWERS = [name for name, source in reference.public_reference("E01", "zh").course if source is None]


@pytest.mark.parametrize(
    "body, says",
    [
        (content(**dict.fromkeys(ANSWERS, "def f(:")), "rnn_step 的答案格，第 1 行"),
        (content(change=without(*ANSWERS)), "没有找到 rnn_step 的答案格"),
        (content(change=without(*ANSWERS[1:]), rnn_step=NOT_PYTHON), "第 2 行，有一个括号没有合上"),
    ],
    ids=["not Python", "missing", "both"],
)
def test_what_the_text_shows_is_said_without_running_anything(body, says, mine, nothing_starts, capsys):
    assert grade(mine(body), "--summary", "--sandbox", "none") == 0
    said = capsys.readouterr().out
    assert says in said and "总分 0/10" in said and "运行你的答案" not in said


def test_a_right_answer_does_run(mine, nothing_starts):
    with pytest.raises(Started):
        grade(mine(content()), "--summary", "--sandbox", "none")


def test_what_else_there_is_gets_its_points(mine, capsys):
    """One cell that is not Python is said first, then the others run."""
    own = (
        "def rnn_forward(x, h0, W_x, W_h, b, W_y, b_y):\n"
        "    ys, hs, h = [], [], h0\n"
        "    for t in range(x.shape[1]):\n"
        "        h = torch.tanh(x[:, t] @ W_x.T + h @ W_h.T + b)\n"
        "        hs.append(h)\n"
        "        ys.append(h @ W_y.T + b_y)\n"
        "    return torch.stack(ys, 1), torch.stack(hs, 1)\n"
    )
    assert grade(mine(content(rnn_step=NOT_PYTHON, rnn_forward=own)), "--summary") == 0
    said = capsys.readouterr().out
    assert said.index("! rnn_step 的答案格，第 2 行，有一个括号没有合上") < said.index("运行你的答案")
    assert "✗ check-step  0/3" in said and "✓ check-states  3/3" in said


def test_a_mistake_that_nobody_foresaw_is_compared(mine, capsys):
    half = WRONG.replace("return ", "return 0.5 * ").replace("@ W_h ", "@ W_h.T ")
    assert grade(mine(content(rnn_step=half)), "--summary") == 0
    said = capsys.readouterr().out
    (line,) = [line for line in said.splitlines() if line.startswith("✗ check-step")]
    assert "先看“" in line and line.endswith("每个数都是应有的 0.5 倍") and "→" not in said


def test_where_marks_depend_on_it_everything_is_run(mine, nothing_starts):
    """`broken` goes by the text. A name bound in a way that no text shows is a matter for the run."""
    path = mine(content(**dict.fromkeys(ANSWERS, "def f(:")))
    with pytest.raises(Started):
        grade(path, "--seed", 31, "--sandbox", "none", "--out", path.with_name("out"))


def test_a_name_that_another_cell_binds_is_not_given_up(mine, nothing_starts):
    """The answer cell is not Python, but the function is there."""
    body = content(rnn_step=NOT_PYTHON, rnn_forward=f"rnn_step = print\n{WRONG}")
    with pytest.raises(Started):
        grade(mine(body), "--summary", "--sandbox", "none")


def test_the_solution_is_not_run_and_the_box_is_used(boxed, mine, monkeypatch, tmp_path):
    monkeypatch.setattr(reference, "execute", lambda *_: pytest.fail("the solution was run"))
    assert grade(mine(content()), "--summary", "--out", tmp_path / "out") == 0
    (row,) = json.loads((tmp_path / "out" / "grades.json").read_text(encoding="utf-8"))
    assert (row["score"], row["isolation"]) == (10, tiers.WARM)


@pytest.mark.box
@pytest.mark.parametrize("exercise", sorted(reference.solutions("zh")))
def test_stored_lines_are_those_that_the_solution_prints(exercise, warm, tmp_path):
    ran = reference.execute(exercise, "zh", expected.PUBLIC_SEED, warm, tmp_path)
    for check, cell in ran.cells("grade"):
        printed = "".join(output["text"] for output in cell["outputs"] if output.get("name") == "stdout")
        assert expected.lines(printed) == reference.public_reference(exercise, "zh").public_lines(check) != {}


# ------------------------------------------------------------------------------------------- forged lines


def forged():
    """The stored lines of E01, with those of the wrong answer in place of the right ones."""
    public = reference.public_reference("E01", "zh").public
    return public | {"lines": dict.fromkeys(public["lines"], "anything")}


def test_lines_beside_the_learners_notebook_count_for_nothing(mine, capsys):
    path = mine(content(rnn_step=WRONG))
    beside = path.with_name(".E01_simple_rnn.expected.json")
    beside.write_text(json.dumps(forged()), encoding="utf-8")
    assert grade(path, "--summary", "--sandbox", "none") == 0
    assert "✗ check-step  0/3" in capsys.readouterr().out


@pytest.mark.box
def test_forged_lines_of_the_course_decide_at_no_other_seed(boxed, mine, monkeypatch, tmp_path):
    lines = forged()
    monkeypatch.setattr(reference, "_public", lambda path: lines)
    for name, body, score in (("right", content(), 10), ("wrong", content(rnn_step=WRONG), 0)):
        assert grade(mine(body), "--seed", 31, "--out", tmp_path / name) == 0
        (row,) = json.loads((tmp_path / name / "grades.json").read_text(encoding="utf-8"))
        assert row["score"] == score
    assert grade(mine(content()), "--summary", "--out", tmp_path / "public") == 0  # here they would
    assert json.loads((tmp_path / "public" / "grades.json").read_text(encoding="utf-8"))[0]["score"] == 0


def test_without_stored_lines_nothing_is_guessed(mine, monkeypatch, capsys):
    monkeypatch.setattr(reference, "_public", lambda path: {})
    assert grade(mine(content()), "--summary", "--sandbox", "none") == 1
    assert ".E01_simple_rnn.expected.json" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------- whose notebook it is


@pytest.mark.parametrize(
    "place, more, public",
    [
        ("work/exercises/zh/E01.ipynb", [], True),
        ("handed-in/E01.ipynb", ["--summary"], True),
        ("handed-in/E01.ipynb", [], False),
        ("work/exercises/zh/E01.ipynb", ["--seed", 31], False),
        ("work/exercises/zh/E01.ipynb", ["--seeds", 2], False),
        ("work", [], False),
    ],
)
def test_only_ones_own_notebook_is_checked_at_the_public_seed(place, more, public, tmp_path, monkeypatch):
    seeds = []
    monkeypatch.setattr(batch, "run", lambda plan, *_, **__: (seeds.extend(plan.seeds), ([], []))[1])
    monkeypatch.setattr(grading_cli, "ROOT", tmp_path)
    path = tmp_path / place
    file = path / "someone.ipynb" if place == "work" else path
    file.parent.mkdir(parents=True)
    file.write_bytes(content())
    assert grade(path, *more, "--sandbox", "none", "--out", tmp_path / "out") == 0
    assert (seeds == [expected.PUBLIC_SEED]) is public
    assert public or expected.PUBLIC_SEED not in seeds


def test_a_notebook_that_cannot_be_graded_is_no_score(mine, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_BETS", str(tmp_path / "work" / ".bets.json"))
    scores = tmp_path / "work" / standing.SCORES
    assert grade(mine(b"{"), "--summary", "--sandbox", "none") == 0
    assert not scores.exists()
    assert grade(mine(content(rnn_step=NOT_PYTHON)), "--summary", "--sandbox", "none") == 0
    assert list(json.loads(scores.read_text(encoding="utf-8"))) == ["E01"]


@pytest.mark.box
def test_words_without_a_run_are_those_of_the_run(warm, grade_in):
    text = "def rnn_step(x_t, h_prev, W_x, W_h, b)\n    return x_t\n"
    row = grade_in(warm, content(rnn_step=text))
    answers = {"rnn_step": [text]}
    ((said, _),) = feedback.not_python(submission.broken(answers), answers)
    assert (
        said
        == row["checks"][0]["message"]
        == "rnn_step 的答案格，第 1 行，少了冒号：def rnn_step(x_t, h_prev, W_x, W_h, b)"
    )
