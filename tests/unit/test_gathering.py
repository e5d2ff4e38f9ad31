"""Which cells of a submission are run: what its writer would run by hand, and nothing of the course's own world."""

import pytest

from course_utils.grading import reading, submission

COURSE = [
    ("setup", "import torch\nH = 3\ncheck = object()"),
    ("f", None),
    ("check-f", "with check('check-f') as show:\n    show('f', f(1))"),
    ("g", None),
    ("check-g", "with check('check-g') as show:\n    show('g', g(1))"),
]
STUB = "def f(x):\n    raise NotImplementedError"
SCAFFOLD = "def f(x):\n    for t in range(3):\n        # one step\n        raise NotImplementedError\n    return t"
G = ("g", "g", "def g(x):\n    return 1")
F = "def f(x):\n    return x"


def gather(*cells):
    return submission.answers(reading.Notebook("E01", "zh", (*cells, G)), COURSE)


def own(source):
    """A cell that the learner has added."""
    return (None, "c0ffee", source)


def parts(*cells, name="f"):
    return gather(*cells)[0].get(name)


def test_answers_are_found_by_grade_id_then_by_cell_id():
    assert gather(("f", "x", F)) == ({"f": [F], "g": [G[2]]}, [])
    assert gather((None, "f", F)) == ({"f": [F], "g": [G[2]]}, [])


def test_a_missing_answer_is_said():
    found, notes = gather()
    assert list(found) == ["g"]
    assert len(notes) == 1 and "f" in notes[0][0] and "missing" in notes[0][1]


def test_an_answer_in_two_cells_is_run_in_order():
    """Jupyter's "split cell" gives both halves the id; so does a copy."""
    halves = ("f", "a", "import math\nSCALE = 2"), ("f", "b", "def f(x):\n    return SCALE * x")
    found, notes = gather(*halves)
    assert found["f"] == [half[2] for half in halves]
    assert len(notes) == 1 and "2" in notes[0][0] and "2" in notes[0][1]


@pytest.mark.parametrize("stub", [STUB, SCAFFOLD, "", "# later", "def other():\n    return 1", f"{STUB}  # still"])
@pytest.mark.parametrize("place", ["before", "after"])
def test_an_answer_below_its_stub_is_taken_and_said(stub, place):
    cells = [("f", "f", stub), own(F)]
    found, notes = gather(*(cells if place == "after" else cells[::-1]))
    assert found["f"] == [F]
    assert len(notes) == 1 and "not finished" in notes[0][1]


def test_an_answer_typed_into_the_check_cell_is_taken_without_the_check():
    check = ("check-f", "check-f", f"{F}\n\n{COURSE[2][1]}")
    assert parts(("f", "f", STUB), check) == [F]


def test_an_answer_in_the_cell_of_another_is_taken():
    both = ("g", "g", "def g(x):\n    return 1\n\ndef f(x):\n    return x")
    found, _ = submission.answers(reading.Notebook("E01", "zh", (("f", "f", STUB), both)), COURSE)
    assert found["g"] == [both[2]] and found["f"] == ["\n\n\ndef f(x):\n    return x"]


def test_only_the_answer_is_taken_from_a_cell_that_tries_it_out():
    tried = f"import numpy as np\n{F}\n\ny = f(np.ones(3))\nprint(y)"
    assert parts(("f", "f", STUB), own(tried)) == ["\n" + F]


def test_two_candidates_beside_a_stub_are_not_guessed_at():
    found, notes = gather(("f", "f", STUB), own(F), own(F + " + 1"))
    assert found["f"] == [STUB]
    assert len(notes) == 1 and "2 other cells" in notes[0][1]


def test_a_finished_answer_is_not_replaced():
    assert parts(("f", "f", F), own("def f(x):\n    return 7")) == [F]
    unwilling = "def f(x):\n    if x < 0:\n        raise NotImplementedError\n    return x"
    assert parts(("f", "f", unwilling), own(F)) == [unwilling]


def test_a_text_that_is_not_python_is_the_answer_with_its_error():
    broken = "def f(x):\n    return （x）"
    assert parts(("f", "f", broken), own(F)) == [broken]


def test_a_missing_cell_is_replaced_by_the_last_that_defines_the_function():
    found, notes = gather(own(F + " + 1"), own(F))
    assert found["f"] == [F] and "last" in notes[0][1]


# ------------------------------------------------------------------------------------------- what an answer needs


def helped(answer, *cells):
    """The cells before the answer's own."""
    taken = parts(("f", "f", answer), *cells)
    assert taken[-1] == answer
    return taken[:-1]


@pytest.mark.parametrize(
    "answer, cell, taken",
    [
        ("def f(x):\n    return gate(x)", "def gate(x):\n    return x", "def gate(x):\n    return x"),
        ("def f(x):\n    return F.relu(x)", "import torch.nn.functional as F", "import torch.nn.functional as F"),
        ("def f(x):\n    return x * EPS", "print(1)\nEPS = 1e-3  # small", "\nEPS = 1e-3  # small"),
        ("def f(x):\n    return [sqrt(v) for v in x]", "from math import *", "from math import *"),
        ("def f(x, n=N):\n    return n", "N = 3", "N = 3"),
        ("def f(x) -> Tensor:\n    return x", "from torch import Tensor", "from torch import Tensor"),
        ("class A(Base):\n    pass\ndef f(x):\n    return A", "class Base:\n    pass", "class Base:\n    pass"),
        ("@twice\ndef f(x):\n    return x", "@cache\ndef twice(g): return g\nfrom functools import cache", None),
        ("def f(x):\n    return gate(x)", "%%time\ndef gate(x): return x", "\ndef gate(x): return x"),
        ("%matplotlib inline\ndef f(x):\n    return gate(x)", "def gate(x): return x", "def gate(x): return x"),
        (
            "def f(x):\n    return gate(x)",
            "def gate(x): return 1\ny = f(3)\ntorch.manual_seed(0)\ndef gate(x): return 2",
            "def gate(x): return 1\n\n\ndef gate(x): return 2",
        ),
    ],
)
def test_what_an_answer_needs_is_taken_and_nothing_else(answer, cell, taken):
    assert helped(answer, own(cell)) == [cell if taken is None else taken]


def test_helpers_of_helpers_come_in_the_order_of_their_cells():
    cells = own("import math"), own("def b(x): return math.exp(x)"), own("unused = 3"), own("def a(x): return b(x)")
    assert helped("def f(x):\n    return a(x)", *cells) == [cells[0][2], cells[1][2], cells[3][2]]


def test_helpers_are_said_by_name():
    _, notes = gather(("f", "f", "def f(x):\n    return gate(x)"), own("def gate(x): return x"))
    assert len(notes) == 1 and "gate" in notes[0][0] and "gate" in notes[0][1]


@pytest.mark.parametrize(
    "answer, cell",
    [
        ("def f(x):\n    h = x\n    return h", "h = f(3)"),  # a local name is not the notebook's
        ("def f(h):\n    return (lambda y: y + h)(1)", "h = f(3)\ny = 2"),
        ("def f(x):\n    return [h for h in x]", "h = f(3)"),
        ("def f(x):\n    return torch.ones(H)", "import numpy as torch\nH = 99"),  # the course's own names
        ("def f(x):\n    return g(x)", "def g(x):\n    return 99"),  # another answer is found by itself
        ("def f(x):\n    return len(x)", "def len(x):\n    return 99"),
        ("def f(x):\n    return show", COURSE[2][1]),  # a check
        ("def f(x):\n    return x", "from torch.nn import *"),
    ],
)
def test_what_an_answer_does_not_need_stays_out(answer, cell):
    assert helped(answer, own(cell)) == []


def test_a_sum_of_a_thousand_terms_is_an_answer_like_any_other():
    long = "def f(x):\n    return gate(x) + " + " + ".join(["x"] * 1000)
    assert helped(long, own("def gate(x): return x")) == ["def gate(x): return x"]


def test_an_answer_beyond_all_measure_is_left_out():
    half = "def f(x): return '" + "a" * 100_000 + "'"
    found, notes = gather(("f", "a", half), ("f", "b", half))
    assert "f" not in found and "200000" in notes[-1][0]


LINKS = 5000  # looked at again for each other, these would take hours


def test_thousands_of_names_that_lean_on_each_other_are_followed_and_not_all_said():
    chain = "\n".join(f"a{n} = a{n + 1}" for n in range(LINKS))
    found, notes = gather(("f", "f", "def f(x):\n    return a0"), own(chain))
    assert found["f"][0] == chain
    assert len(notes) == 1 and len(notes[0][1]) < 200 and "a0" in notes[0][1]


def test_thousands_of_statements_on_one_line_are_read_once():
    line = "; ".join(["a = 1"] * LINKS)
    assert parts(("f", "f", "def f(x):\n    return a"), own(line)) == [line, "def f(x):\n    return a"]
    assert parts(("f", "f", "def f(x):\n    return b"), own(f"a = 1; from math import *\n{line}"))[0].startswith(
        "a = 1"
    )
