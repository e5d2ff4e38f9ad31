"""What notebooks print, and the answer an exercise gives at once."""

import base64
import contextlib
import json
import math
import os
import re

import numpy as np
import pytest
import torch

from course_utils import checks, exercise, language, predictions, printed, trouble
from course_utils import expected as expected_lines
from course_utils.exercise import hand_in
from course_utils.expected import digest, error_key
from course_utils.printed import tensor_text


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    """Each test in an empty folder, in English, without bets."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(predictions, "_placed", {})
    language.use("English")
    yield
    language.use("中文")


# ---------------------------------------------------------------------------------------------- show and claim


@pytest.mark.parametrize(
    "values, text",
    [
        ((0.123456,), "0.123"),
        ((1234567.0,), "1.23e+06"),
        ((-0.0,), "0"),
        ((3, True, "word"), "3  True  word"),
        ((torch.tensor(2.0), np.float64(2.5), np.int64(7)), "2  2.5  7"),
        ((torch.tensor([[1.23456, -0.0001]]),), "(1, 2) [[1.235, 0.0]] sum=1.234"),
        ((np.array([1, 2]),), "(2,) [1.0, 2.0] sum=3.0"),
    ],
)
def test_show_prints_what_is_the_same_everywhere(capsys, values, text):
    checks.show("label", *values)
    assert capsys.readouterr().out == f"label:  {text}\n"


def test_show_rounds_to_the_digits_asked_for(capsys):
    checks.show("label", 0.123456, torch.tensor([0.123456]), digits=2)
    assert capsys.readouterr().out == "label:  0.12  (1,) [0.12] sum=0.12\n"


@pytest.mark.parametrize(
    "condition, says", [(True, "True"), (False, "False"), (torch.tensor(True), "True"), (np.float64(1) > 2, "False")]
)
def test_claim_prints_only_its_truth(capsys, condition, says):
    checks.claim("Q99", condition, ratio=0.123)
    assert capsys.readouterr().out == f"CLAIM Q99 {says}\n"


def test_a_measurement_that_the_sentence_needs_must_be_given():
    with pytest.raises(ValueError, match="Q5a: its sentence `measured` names 'left', which claim does not give"):
        checks.claim("Q5a", True, mean_f=0.5)


def test_a_claim_shows_every_reader_what_was_measured(monkeypatch):
    shown, about = checks.Claim(
        "Q5a", True, {"mean_f": torch.tensor(0.5), "left": np.float64(1e-15)}
    )._repr_mimebundle_()
    assert (
        shown["text/plain"] == "CLAIM Q5a True" and "mean f = 0.500; after 50 steps 1e-15 is left" in shown["text/html"]
    )
    plain, _ = checks.Claim("Q9", False, {"gap": 0.1234})._repr_mimebundle_()
    assert "did not hold" in plain["text/html"] and "gap = 0.123" in plain["text/html"]


def test_a_stored_claim_is_the_same_for_nbval_whatever_was_measured(monkeypatch):
    monkeypatch.setenv("COURSE_STORE", "1")
    stored = [checks.Claim("Q5a", True, {"mean_f": f, "left": 1e-15})._repr_mimebundle_() for f in (0.501, 0.502)]
    compared = [{kind: shown for kind, shown in data.items() if kind != "image/png"} for data, _ in stored]
    assert compared[0] == compared[1] == {"text/plain": "CLAIM Q5a True"}
    assert stored[0][0]["image/png"] != stored[1][0]["image/png"]
    assert "mean f = 0.502" in stored[1][1]["image/png"]["alt"]
    assert (
        base64.b64decode(stored[0][0]["image/png"]).startswith(b"\x89PNG") and len(stored[0][0]["image/png"]) < 12_000
    )


@pytest.mark.parametrize(
    "name, words",
    [
        ("English", "control: with a forget bias of 5 (0.70 is left) → no longer holds, as expected"),
        ("中文", "对照：遗忘门的偏置设成 5（还剩 0.70） → 不再成立，符合预期"),
    ],
)
def test_a_control_is_shown_as_what_it_is(name, words):
    language.use(name)
    assert words in checks.Claim("Q5a-control", True, {"left": 0.7}).sentence
    assert words not in checks.Claim("Q5a-control", False, {"left": 0.7}).sentence
    assert "control" in checks.Claim("Q99-control", True, {}).sentence or name == "中文"
    shown = checks.Claim("Q5a-control", True, {"left": 0.7}).sentence
    assert shown.startswith("✓ Q5a   ")  # the word "control" stands once


@pytest.mark.parametrize("holds, mark", [(True, "✓"), (False, "✗")])
def test_only_the_mark_of_a_claim_is_coloured(holds, mark):
    """A colour for the words would be faint in one of the notebook's two themes."""
    text = checks.Claim("Q9", holds, {"gap": 0.5})._repr_mimebundle_()[0]["text/html"]
    assert re.findall(r"color:[^>]*>([^<]*)<", text) == [mark]


# ---------------------------------------------------------------------------------------------- an exercise's lines


@pytest.mark.parametrize(
    "value, text",
    [
        (torch.tensor([[1.0, -0.00001]]), "(1, 2) [[1.0, 0.0]] sum=1.0"),
        (torch.tensor(0.5), "0.5"),
        (50.0, "50"),
        (np.int64(50), "50"),
        (np.float64(50.0), "50"),
        (np.uint8(50), "50"),
        (torch.tensor(50), "50"),
        (torch.tensor(50.0), "50"),
        (-0.00001, "0"),
        (float("nan"), "nan"),
        (1e12, "1000000000000.0"),
        (np.array([True, False]), "(2,) [True, False] sum=1.0"),
        (2.5, "2.5"),
        (np.float32(0.1234), "0.1234"),
        (np.array([0.1234, 0.7], dtype=np.float32), "(2,) [0.1234, 0.7] sum=0.8234"),
        (3, "3"),
        (False, "False"),
        ("(2, 3)", "(2, 3)"),
    ],
)
def test_lines_of_a_check(capsys, value, text):
    with exercise.Exercise("E01", 5)("check") as show:
        show("line", value)
    assert capsys.readouterr().out == f"· line: {text}\n"


@pytest.mark.parametrize("value", [None, ["a"], torch.complex(torch.ones(1), torch.ones(1)), {"a": 1}])
def test_a_value_that_is_no_number_is_one_clear_line(value):
    with pytest.raises((TypeError, ValueError)) as error, exercise.Exercise("E01", 5)("check") as show:
        show("line", value)
    assert "\n" not in str(error.value)


def test_a_gradient_or_another_dtype_does_not_change_the_line(capsys):
    with exercise.Exercise("E01", 5)("check") as show:
        show("one", torch.tensor([0.25], requires_grad=True))
        show("two", torch.tensor([0.25], dtype=torch.float32))
        show("three", torch.tensor([0.25], dtype=torch.float64))
    assert len({line.split(": ")[1] for line in capsys.readouterr().out.splitlines()}) == 1


@pytest.mark.parametrize(
    "value, digits, distance",
    [
        (torch.tensor([0.12345]), 4, 0.0),  # a tie: two right answers may print 0.1234 and 0.1235
        (torch.tensor([0.12344]), 4, 0.1),
        (torch.tensor([-0.12346]), 4, 0.1),
        (torch.tensor([0.1, 0.02345]), 4, 0.0),  # the sum counts too
        (torch.tensor([1, 2]), 4, math.inf),
        (torch.tensor([float("nan"), float("inf")]), 4, math.inf),
        (torch.empty(0), 4, math.inf),
    ],
)
def test_distance_from_a_rounding_tie(value, digits, distance):
    value = value.double() if value.is_floating_point() else value
    got = printed.tie_distance(value, digits)
    assert got == distance if math.isinf(distance) else abs(got - distance) < 1e-2


def test_an_exercise_keeps_the_smallest_margin_of_all_its_lines():
    given = exercise.Exercise("E01", 5)
    with given("check") as show:
        show("far", 0.1234)
        far = given.margin
        show("near", 0.123448)
        near = given.margin
        show("far again", 0.1234)
    assert near < far and given.margin == near and given.lines.keys() == {"far", "near", "far again"}


def test_several_values_stand_on_one_line_and_each_counts_for_the_margin(capsys):
    given = exercise.Exercise("E01", 5)
    with given("check") as show:
        show("both", 0.1234, True, "text", 0.12345, digits=2)
        far = given.margin
        show("near", 7, 0.1251, 0.9, digits=2)
    assert capsys.readouterr().out == "· both: 0.12  True  text  0.12\n· near: 7  0.13  0.9\n"
    assert given.margin < far and given.lines["both"] == "0.12  True  text  0.12"


# ------------------------------------------------------------------------------- answered at once, at the public seed

SUM = "3"


def expected(folder, **changes):
    """What the build stores beside an exercise whose one line should read 3."""
    content = {
        "exercise": "E01",
        "lines": {"sum": SUM},
        "labels": {"check": ["sum"]},
        "of": {"check": ["f"], "other": ["f"]},
        "banned": {},
        "wrong": [
            {"name": "a", "why": "that is the product", "digests": {"sum": digest("2")}},
            {"name": "b", "why": "the state is missing", "digests": {error_key("check"): digest("KeyError: 'h'")}},
        ],
    }
    (folder / ".E01_sum.expected.json").write_text(json.dumps(content | changes), encoding="utf-8")


def test_a_right_line_is_marked(tmp_path, capsys):
    expected(tmp_path)
    with exercise.Exercise("E01", 0)("check") as show:
        show("sum", 3.0)
    assert capsys.readouterr().out == f"✓ sum: {SUM}\n"


def test_a_known_wrong_line_names_its_misconception_and_fails_the_check(tmp_path, capsys):
    expected(tmp_path)
    with pytest.raises(exercise.CheckFailed, match="check: 1 line"), exercise.Exercise("E01", 0)("check") as show:
        show("sum", 2.0)
    assert capsys.readouterr().out.splitlines() == ["✗ sum: 2", f"    expected {SUM}", "→ that is the product"]


def test_only_a_misconception_that_explains_every_line_is_named(tmp_path, capsys):
    wrong = [
        {"name": "a", "why": "only the sum", "digests": {"sum": digest("2")}},
        {"name": "b", "why": "both", "digests": {"sum": digest("2"), "mean": digest("7")}},
    ]
    expected(tmp_path, lines={"sum": SUM, "mean": "1"}, wrong=wrong)
    with pytest.raises(exercise.CheckFailed, match="2 line"), exercise.Exercise("E01", 0)("check") as show:
        show("sum", 2.0)
        show("mean", 7.0)
    assert capsys.readouterr().out.splitlines()[-1] == "→ both"
    with pytest.raises(exercise.CheckFailed), exercise.Exercise("E01", 0)("check") as show:
        show("sum", 2.0)
        show("mean", 8.0)
    said = capsys.readouterr().out
    assert "only the sum" not in said and "both" not in said


def two_functions(tmp_path, **changes):
    """f and g, of which g uses f: a mistake of each, and what the two show together."""
    wrong = [
        {"name": "a", "why": "f is wrong", "replaces": ["f"], "digests": {"f": digest("2"), "g": digest("20")}},
        {"name": "b", "why": "g is wrong", "replaces": ["g"], "digests": {"g": digest("70")}},
    ]
    content = {"lines": {"f": "1", "g": "10"}, "labels": {"check-f": ["f"], "check-g": ["g"]}, "wrong": wrong}
    content |= {
        "of": {"check-f": ["f"], "check-g": ["g"]},
        "pairs": [{"wrong": [0, 1], "digests": {"g": digest("140")}}],
    }
    expected(tmp_path, **content | changes)


def told(capsys, **values):
    """What the two checks say when these values are shown."""
    given = exercise.Exercise("E01", 0)
    for name, value in values.items():
        with contextlib.suppress(exercise.CheckFailed), given(f"check-{name}") as show:
            show(name, value)
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith("→")]


def test_two_mistakes_in_two_functions_are_both_named(tmp_path, capsys):
    two_functions(tmp_path)
    assert told(capsys, f=2, g=140) == ["→ f is wrong", "→ f is wrong", "→ g is wrong"]
    assert told(capsys, f=2, g=20) == ["→ f is wrong", "→ f is wrong"]
    assert told(capsys, f=1, g=70) == ["→ g is wrong"]
    assert told(capsys, f=1, g=140) == []  # f is right: the pair is no explanation
    assert told(capsys, f=3, g=140) == []
    assert told(capsys, f=1, g=10) == []


def test_a_copy_from_before_pairs_were_stored_still_answers(tmp_path, capsys):
    two_functions(tmp_path)
    path = tmp_path / ".E01_sum.expected.json"
    old = json.loads(path.read_text(encoding="utf-8"))
    del old["pairs"]
    for each in old["wrong"]:
        del each["replaces"]
    path.write_text(json.dumps(old), encoding="utf-8")
    assert told(capsys, f=2, g=140) == ["→ f is wrong"]


def test_of_an_unknown_wrong_tensor_the_first_line_is_compared(tmp_path, capsys):
    expected(tmp_path, lines={"one": tensor_text(torch.eye(3), 4), "two": tensor_text(torch.arange(4.0), 4)})
    with pytest.raises(exercise.CheckFailed), exercise.Exercise("E01", 0)("check") as show:
        show("one", torch.eye(3))
        show("two", torch.arange(4.0).flip(0))
    assert capsys.readouterr().out.splitlines()[-1] == "→ Look first at “two”: reversed along dim=0"


def test_an_unknown_wrong_line_shows_what_it_should_be(tmp_path, capsys):
    expected(tmp_path)
    with pytest.raises(exercise.CheckFailed), exercise.Exercise("E01", 0)("check") as show:
        show("sum", 7.0)
    assert capsys.readouterr().out.splitlines() == ["✗ sum: 7", f"    expected {SUM}"]


def test_an_error_is_raised_and_explained_when_it_is_known(tmp_path, capsys):
    expected(tmp_path)
    with pytest.raises(KeyError), exercise.Exercise("E01", 0)("check"):
        raise KeyError("h")
    assert capsys.readouterr().out == "→ the state is missing\n"
    with pytest.raises(KeyError), exercise.Exercise("E01", 0)("check"):
        raise KeyError("c")
    assert capsys.readouterr().out == ""


def test_an_answer_not_written_yet_is_said_in_one_line(tmp_path, capsys):
    expected(tmp_path)
    with pytest.raises(exercise.CheckFailed, match="not written yet"), exercise.Exercise("E01", 0)("check"):
        raise NotImplementedError
    assert capsys.readouterr().out == ""


def test_a_failed_check_does_not_fail_the_next_one(tmp_path):
    expected(tmp_path)
    given = exercise.Exercise("E01", 0)
    with pytest.raises(exercise.CheckFailed), given("check") as show:
        show("sum", 7.0)
    with given("check") as show:
        show("sum", 3.0)


def test_feedback_speaks_the_notebooks_language(tmp_path, capsys):
    expected(tmp_path)
    language.use("中文")
    with pytest.raises(exercise.CheckFailed, match="有 1 行"), exercise.Exercise("E01", 0)("check") as show:
        show("sum", 7.0)
    assert "应为" in capsys.readouterr().out


def test_an_exercise_of_an_older_version_says_so_in_one_line(tmp_path, capsys):
    """The learner has renamed it and run it again: now it lies beside the lines of the new one."""
    expected(tmp_path)
    given = exercise.Exercise("E01", 0)
    with pytest.raises(exercise.CheckFailed, match="no check-old: copy your answers"), given("check-old") as show:
        show("sum", 3.0)
    with pytest.raises(exercise.CheckFailed, match="no old sum: copy your answers"), given("check") as show:
        show("old sum", 3.0)
    assert capsys.readouterr().out == ""
    with given("check") as show:
        show("sum", 3.0)


def test_at_another_seed_lines_are_only_printed(tmp_path, capsys):
    expected(tmp_path)
    with exercise.Exercise("E01", 1)("check") as show:
        show("sum", 7.0)
    assert capsys.readouterr().out == "· sum: 7\n"


def test_no_expected_line_can_be_read_from_a_digest(tmp_path):
    expected(tmp_path)
    assert '"2' not in json.dumps(json.loads((tmp_path / ".E01_sum.expected.json").read_text())["wrong"])


def test_a_failed_check_is_one_line_in_a_notebook():
    assert exercise.CheckFailed("what is wrong")._render_traceback_() == ["CheckFailed: what is wrong"]


def test_grading_needs_the_learners_copy(capsys):
    exercise.Exercise("E01", 0).grade()
    assert "work/" in capsys.readouterr().out


# ---------------------------------------------------------------------------------------- what an answer may not call

SAVED = torch.tanh


@pytest.mark.parametrize(
    "call",
    [
        lambda x: torch.tanh(x),
        lambda x: x.tanh(),
        lambda x: getattr(torch, "ta" + "nh")(x),
        lambda x: SAVED(x),
        lambda x: torch.nn.Tanh()(x),
        lambda x: eval("torch.tanh(x)", {"torch": torch, "x": x}),
    ],
    ids=["function", "method", "getattr", "saved", "module", "eval"],
)
def test_a_banned_builtin_raises_however_it_is_reached(tmp_path, call):
    expected(tmp_path, banned={"check": ["tanh", "rnn_tanh_cell"]})
    with pytest.raises(exercise.Banned, match="tanh"), exercise.Exercise("E01", 0)("check"):
        call(torch.ones(2))


def test_a_banned_builtin_inside_a_layer_raises(tmp_path):
    expected(tmp_path, banned={"check": ["rnn_tanh_cell"]})
    cell = torch.nn.RNNCell(2, 3)
    with pytest.raises(exercise.Banned, match="rnn_tanh_cell"), exercise.Exercise("E01", 0)("check"):
        cell(torch.ones(1, 2))


def test_the_ban_covers_its_check_and_nothing_else(tmp_path):
    expected(tmp_path, banned={"check": ["tanh"]})
    given = exercise.Exercise("E01", 0)
    with given("check"):
        torch.sigmoid(torch.ones(2))
    with given("other"):
        torch.tanh(torch.ones(2))
    torch.tanh(torch.ones(2))


# ----------------------------------------------------------------------- what the grader compares: a check's own lines

LINES = {"largest difference: out": "(2, 3) [[0.5]] sum=0.5", "n": "50"}
PRINTED = "".join(expected_lines.line(label, text) + "\n" for label, text in LINES.items())


def right(printed):
    return [line.right for line in expected_lines.compare(LINES, printed)]


def test_lines_are_found_again():
    assert expected_lines.lines(PRINTED) == LINES


@pytest.mark.parametrize(
    "printed",
    [
        PRINTED,
        PRINTED.replace(expected_lines.PLAIN, expected_lines.RIGHT),
        "n: 3\nthe state is tensor([1.])\n" + PRINTED + "bye\n",
        "step 1... step 2..." + PRINTED,
        "50%\r100%\r" + PRINTED.replace("\n", "\r\n"),
        "".join(f"x = 1\n{line}\nn: 7 · 8\n" for line in PRINTED.splitlines()),
        PRINTED + PRINTED,
    ],
)
def test_what_an_answer_prints_is_not_compared(printed):
    assert right(printed) == [True, True]


@pytest.mark.parametrize(
    "printed, verdict",
    [
        ("", [False, False]),
        (PRINTED.replace("50", "5"), [True, False]),
        (PRINTED.replace("50", "500"), [True, False]),
        ("".join(expected_lines.line("n", number) + "\n" for number in range(99)), [False, False]),
        (PRINTED.splitlines()[0], [True, False]),
        (PRINTED.replace(expected_lines.PLAIN, " "), [False, False]),
    ],
    ids=["nothing", "other value", "longer value", "all values there are", "ended early", "not the check's line"],
)
def test_only_the_checks_own_lines_count(printed, verdict):
    assert right(printed) == verdict


# ------------------------------------------------------------------------------------------- the cell that grades


def saved(folder, name, exercise_name="E01", *sources):
    cells = [
        {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "f", "solution": True}}, "source": source}
        for source in sources
    ]
    path = folder / name
    path.write_text(json.dumps({"cells": cells, "metadata": {"course": {"exercise": exercise_name}}}))
    return path


@pytest.fixture
def graded(monkeypatch):
    """Files that were handed to the grader."""
    commands = []

    class Grader:
        stdout = ["✓ check-f  3/3\n"]

        def __init__(self, command, **options):
            commands.append(command[-1])

        __enter__ = lambda self: self  # noqa: E731
        __exit__ = lambda self, *error: None  # noqa: E731

    monkeypatch.setattr(hand_in.subprocess, "Popen", Grader)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    return commands


def test_a_renamed_notebook_is_graded_by_what_it_says_it_is(tmp_path, graded, capsys):
    mine = saved(tmp_path, "my homework.ipynb")
    saved(tmp_path, "E02_other.ipynb", "E02")
    (tmp_path / "broken.ipynb").write_text("{")
    hand_in.grade_saved_notebook("E01")
    assert graded == [str(mine)]
    assert "my homework.ipynb" in capsys.readouterr().out


def test_of_two_copies_the_one_saved_last_is_graded(tmp_path, graded):
    older, newer = saved(tmp_path, "E01_a.ipynb"), saved(tmp_path, "E01_b.ipynb")
    os.utime(older, (1, 1))
    hand_in.grade_saved_notebook("E01")
    assert graded == [str(newer)]


def test_the_notebook_of_this_kernel_comes_first(tmp_path, graded, monkeypatch):
    mine, newer = saved(tmp_path, "mine.ipynb"), saved(tmp_path, "copy.ipynb")
    os.utime(mine, (1, 1))
    monkeypatch.setenv("JPY_SESSION_NAME", str(mine))
    hand_in.grade_saved_notebook("E01")
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "renamed since.ipynb"))
    hand_in.grade_saved_notebook("E01")
    assert graded == [str(mine), str(newer)]


def test_without_a_notebook_one_line_says_what_to_do(graded, capsys):
    hand_in.grade_saved_notebook("E01")
    said = capsys.readouterr().out
    assert graded == [] and "rnn-course grade FILE" in said and said.count("\n") == 1


@pytest.mark.parametrize(
    "ran, note",
    [
        ("def f(x): return x", False),
        ("def f(x): return 7", True),
        ("import math\ndef f(x): return 7", True),
        ("class f: x = 7", True),
        ("def f_of_mine(x): return 7", False),
        ("class f_of_mine: x = 7", False),
        ("f(x)  # def f, class f", False),
        ("def f(x): return 'in a new cell'", False),
        ("", False),
    ],
)
def test_work_that_is_not_saved_is_said(tmp_path, graded, capsys, monkeypatch, ran, note):
    saved(tmp_path, "E01.ipynb", "E01", "def f(x): return x", "def f(x): return 'in a new cell'")

    class Shell:
        user_ns = {"In": ["", ran]}

    monkeypatch.setattr("IPython.get_ipython", Shell)
    hand_in.grade_saved_notebook("E01")
    assert ("differs from the saved file" in capsys.readouterr().out) == note


# ------------------------------------------------------------------------------------------- what went wrong, in words


@pytest.mark.parametrize(
    "code, says",
    [
        ("def f(x):\n    return （x）", "line 2, （ should be a plain (: return （x）"),
        ("def f(x):\n    return “x”", 'line 2, “ should be a plain "'),
        ("def f(x):\n    return x，1", "line 2, ， should be a plain ,"),
        ("def f(x):\n\tif x:\n        return 1", "line 3, tabs and spaces are mixed"),
        ("def f(x)\n    return x", "line 1, a colon is missing"),
        ("def f(x):\nreturn x", "line 2, an indented line is missing here"),
        ("def f(x):\n    return (x", "line 2, a bracket is never closed"),
        ("a = 1\n  b = 2", "line 2, the line is indented too far"),
        ("x\u200b = 1", "line 1, a character that Python does not know (U+200B)"),
    ],
)
def test_a_syntax_error_is_said_with_its_line(code, says):
    with pytest.raises(SyntaxError) as error:
        compile(code, "cell", "exec")
    zh, en = trouble.in_words(f"{error.type.__name__}: {error.value}", code)
    assert says in en and zh.startswith("第") and "\n" not in zh + en


def test_a_missing_module_is_no_fault_of_the_answer():
    zh, en = trouble.in_words("ModuleNotFoundError: No module named 'einops'", "import torch\nimport einops")
    assert en.startswith("line 2, einops is not installed here") and "einops" in zh


def run_cells(*cells):
    """An IPython of its own that has run these cells."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    for cell in cells:
        shell.run_cell(cell, store_history=True)
    return shell


@pytest.mark.parametrize(
    "cells, says",
    [
        ([], "the answer cell of f has not been run"),
        (["def f(x):\n    return （x）"], "answer cell f: line 2, （ should be a plain ("),
        (["class f:\n    size = （1）"], "answer cell f: line 2, （ should be a plain ("),
        (["def f_back(x):\n    return （x）"], "the answer cell of f has not been run"),
        (["import no_such_module\ndef f(x):\n    return x"], "answer cell f: line 1, no_such_module is not installed"),
        (["def f(x):\n    raise NotImplementedError"], "not written yet. line 2, a gap is still open"),
        (["def f(x):\n    # half\n    raise NotImplementedError"], "line 3, a gap is still open"),
        (["def f(x):\n    # half\n    raise NotImplementedError"], "# half"),
        (["def f(x):\n    return x @ ______"], "line 2, a gap is still open: return x @ ______"),
    ],
)
def test_a_check_names_what_keeps_an_answer_from_running(tmp_path, cells, says, monkeypatch):
    expected(tmp_path, of={"check": ["f"]})
    shell = run_cells(*cells)
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    with pytest.raises(exercise.CheckFailed) as failed, exercise.Exercise("E01", 0)("check") as show:
        show("sum", eval("f(1)", shell.user_ns))
    assert says in str(failed.value) and "\n" not in str(failed.value)


def test_an_error_inside_a_finished_answer_stays_what_it_is(tmp_path):
    expected(tmp_path)
    with pytest.raises(NameError, match="squash"), exercise.Exercise("E01", 0)("check"):
        squash(3)  # noqa: F821
    with pytest.raises(NotImplementedError, match="operator"), exercise.Exercise("E01", 0)("check"):
        (_ for _ in ()).throw(NotImplementedError("this operator is missing"))
