import html
import json
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import nbclient
import nbformat
import pytest
import torch

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from course_utils import language, predictions
from course_utils.explore import Explorer, live, predict, progress, quiz

ROOT = Path(__file__).parents[2]
QUESTION = {"ask": "1 + 1?", "options": ["1", "2", "3"], "answer": 1, "why": ["一个不够", "对", "多了"]}


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(predictions, "_chosen", {})
    yield
    language.use("中文")
    plt.close("all")


def data_of(page):
    return json.loads(re.search(r"^const D = (.*?);$", page, re.M | re.S)[1])


# --- Explorer


def test_data_replace_the_page_s_own_and_tensors_become_lists():
    W = torch.tensor([[0.5, -1.0]], dtype=torch.float64)
    own, changed = data_of(Explorer("fold").page), data_of(Explorer("fold", W_y=W).page)
    assert changed["W_y"] == [[0.5, -1.0]] and own["W_y"] != changed["W_y"]
    assert {k: v for k, v in own.items() if k != "W_y"} == {k: v for k, v in changed.items() if k != "W_y"}


def test_the_frame_holds_the_page_and_the_same_page_every_time():
    shown = Explorer("fold")._repr_html_()
    assert html.unescape(re.search(r'srcdoc="(.*?)" title', shown, re.S)[1]) == Explorer("fold").page
    assert shown == Explorer("fold")._repr_html_() and repr(Explorer("fold")) == "Explorer('fold')"


def test_the_page_speaks_the_notebook_s_language():
    assert '<html lang="zh-CN">' in Explorer("fold").page and "折叠" in Explorer("fold").title
    language.use("English")
    assert '<html lang="en">' in Explorer("fold").page and "unfold" in Explorer("fold").title


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="no explorable 'fald'.*fold"):
        Explorer("fald")
    with pytest.raises(ValueError, match="has no data called W_z; it takes: .*W_x"):
        Explorer("fold", W_z=1)
    with pytest.raises(ValueError):
        Explorer("fold", b=[float("nan")])  # would not be JSON


def test_text_in_the_data_cannot_end_the_script():
    page = quiz({**QUESTION, "ask": "</script><script>alert(1)</script>"}).page
    assert data_of(page)["questions"][0]["ask"].startswith("</script>") and "</script><script>alert" not in page


# --- quiz


@pytest.mark.parametrize(
    "change, complaint",
    [
        ({"answer": 3}, "index from 0 to 2, got 3"),
        ({"answer": -1}, "index"),
        ({"answer": "2"}, "index"),
        ({"why": ["a", "b"]}, "3 options but 2 lines in why"),
        ({"options": ["1", "1", "2"]}, "different options"),
        ({"options": ["1"], "why": ["a"], "answer": 0}, "two different"),
        ({"hint": "x"}, "exactly the keys"),
    ],
)
def test_a_quiz_with_a_mistake_names_question_and_mistake(change, complaint):
    with pytest.raises(ValueError, match=f"question 2: .*{complaint}"):
        quiz(QUESTION, {**QUESTION, **change})


def test_a_quiz_needs_a_question():
    with pytest.raises(ValueError, match="at least one"):
        quiz()


# --- live


def test_moving_a_slider_redraws_and_the_figure_is_not_left_open():
    fig, ax = plt.subplots()
    (line,) = ax.plot([0, 1], [0, 1])
    widget = live(fig, lambda slope, n: line.set_ydata([n, slope]), slope=(0.5, -1, 1), n=(0, 0, 3))
    assert not plt.get_fignums() and list(line.get_ydata()) == [0, 0.5]
    first = widget.picture.value
    widget.sliders["slope"].value = -1.0
    assert list(line.get_ydata()) == [0, -1.0] and widget.picture.value != first
    widget.sliders["n"].value = 3
    assert list(line.get_ydata()) == [3, -1.0] and isinstance(widget.sliders["n"].value, int)


def test_an_error_while_moving_is_shown_until_the_next_good_drawing():
    widget = live(plt.figure(), lambda x: 1 / (x - 1), x=(0, 0, 2))
    widget.sliders["x"].value = 1
    assert "ZeroDivisionError" in widget.problem.value
    widget.sliders["x"].value = 2
    assert widget.problem.value == ""


def test_an_error_in_the_first_drawing_is_the_cell_s():
    with pytest.raises(ZeroDivisionError):
        live(plt.figure(), lambda x: 1 / x, x=(0, 0, 2))


@pytest.mark.parametrize("values", [(3, 0, 2), (-1, 0, 2), (1, 1, 1)])
def test_a_slider_out_of_its_range_is_refused(values):
    with pytest.raises(ValueError, match="slider x"):
        live(plt.figure(), lambda x: None, x=values)


def test_live_has_a_still_picture_for_viewers_without_a_kernel():
    shown = live(plt.figure(), lambda x: None, x=(0, 0, 1))._repr_mimebundle_()
    assert shown["image/png"].startswith("iVBOR") and shown["text/plain"] == "Live(x)"


# --- predict


def test_a_choice_is_kept_and_running_the_cell_again_keeps_it():
    options = ["小 $10^{-3}$", "大"]
    first = predict("Q1", "多大？", options)
    assert first.answer.value is None and predictions.chosen("Q1") is None
    first.answer.value = "大"
    assert predictions.chosen("Q1") == "大"
    assert predict("Q1", "多大？", options).answer.value == "大"
    assert predict("Q1", "多大？", ["别的", "换了"]).answer.value is None  # the author changed the options


def test_a_number_is_kept_and_anything_else_is_not():
    box = predict("Q2", "多少？")
    box.answer.value = "1e-6"
    assert predictions.chosen("Q2") == "1e-6" and box.problem.value == ""
    box.answer.value = "很小"
    assert predictions.chosen("Q2") is None and "数" in box.problem.value
    box.answer.value = ""
    assert predictions.chosen("Q2") is None and box.problem.value == ""


def test_predict_can_be_read_without_a_kernel():
    assert (
        predict("Q3", "更大还是更小？", ["大", "小"])._repr_mimebundle_()["text/plain"]
        == "Q3: 更大还是更小？\n  ( ) 大\n  ( ) 小"
    )


def test_predict_needs_a_choice():
    for options in ([], ["one"], ["same", "same"]):
        with pytest.raises(ValueError, match="two different"):
            predict("Q4", "?", options)


def test_the_registry_imports_nothing():
    run = (
        "import sys; from course_utils import predictions; predictions.choose('Q', 'x'); assert predictions.chosen('Q') == 'x'; "  # noqa: E501
        "print(sorted({'ipywidgets', 'matplotlib', 'torch', 'numpy', 'IPython'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", run], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


# --- progress


def test_stored_progress_is_one_fixed_line(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_STORE", "1")
    assert list(progress(iter("abc"), "读")) == ["a", "b", "c"]
    assert capsys.readouterr().out == "读 3/3 ✔\n"


# --- in a notebook, as the build stores them

CELLS = [
    """from course_utils import language
from course_utils.explore import Explorer, live, predict, progress, quiz
import matplotlib.pyplot as plt
language.use("English")
for _ in progress(range(3), "loop"): pass""",
    'Explorer("fold")',
    'quiz({"ask": "?", "options": ["a", "b"], "answer": 0, "why": ["yes", "no"]})',
    'predict("Q1", "more or less?", ["more", "less"])',
    'predict("Q2", "how much?")',
    "fig, ax = plt.subplots()\nline, = ax.plot([0, 1])\nlive(fig, lambda top: line.set_ydata([0, top]), top=(0.5, 0, 1))",  # noqa: E501
]


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A notebook of CELLS, executed, its random widget ids taken out."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    nb.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_STORE", "1")
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        nbclient.NotebookClient(nb, timeout=120, kernel_name="python3").execute()
        for cell in nb.cells:
            for output in cell.outputs:
                output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
        yield nb, tmp_path_factory.mktemp("stored")


def test_each_cell_shows_one_thing_that_can_be_stored(stored):
    nb, _ = stored
    assert [len(cell.outputs) for cell in nb.cells] == [1] * len(CELLS)
    assert nb.cells[0].outputs[0].text == "loop 3/3 ✔\n"
    assert [set(cell.outputs[0].data) for cell in nb.cells[1:]] == [{"text/html", "text/plain"}] * 2 + [
        {"text/plain"}
    ] * 2 + [{"text/plain", "image/png"}]


def test_stored_outputs_compare_equal_in_strict_nbval_and_changed_ones_do_not(stored):
    nb, folder = stored
    changed = nbformat.from_dict(json.loads(json.dumps(nb)))
    for cell in changed.cells[1:]:
        data = cell.outputs[0].data
        data["text/html" if "text/html" in data else "text/plain"] += "x"
    nbformat.write(nb, folder / "same.ipynb")
    nbformat.write(changed, folder / "changed.ipynb")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval", str(folder)],
        capture_output=True,
        text=True,
    )
    assert f"{len(CELLS) - 1} failed, {len(CELLS) + 1} passed" in ran.stdout, ran.stdout
    assert "FAILED same.ipynb" not in ran.stdout
