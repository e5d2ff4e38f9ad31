import base64
import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib
import nbclient
import nbformat
import numpy as np
import pytest
import torch
import yaml

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from course_utils import data, language, predictions, questions
from course_utils.authoring import stills
from course_utils.checks import claim, settle
from course_utils.explore import Explorer, bets_summary, explorer, live, packed, predict, progress, quiz
from course_utils.verdict import how_far

ROOT = Path(__file__).parents[2]
QUESTION = {"ask": "1 + 1?", "options": ["1", "2", "3"], "answer": 1, "why": ["一个不够", "对", "多了"]}


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(predictions, "_placed", {})
    monkeypatch.setattr(predictions, "_cards", {})
    yield
    language.use("中文")
    plt.close("all")


CHOICE = {"ask": "?", "options": ["a", "b"], "answer": 0, "why": ["yes", "no"], "measured": "{left}"}
NUMBER = {"ask": "?", "unit": "%", "value": "left", "why": "so", "measured": "{left}"}


@pytest.fixture
def bets(monkeypatch, tmp_path):
    """bets(Q1={…}): the question file of chapter 1 holds these bets, completed from CHOICE."""

    def write(**entries):
        found = {id: entry if "value" in entry else CHOICE | entry for id, entry in entries.items()}
        (tmp_path / "01_chapter.yaml").write_text(yaml.safe_dump({"bets": found}), encoding="utf-8")
        questions._load.cache_clear()

    monkeypatch.setattr(questions, "FOLDER", tmp_path)
    yield write
    questions._load.cache_clear()


def data_of(page):
    return json.loads(re.search(r"^const D = /\*DATA\*/(.*?)/\*END\*/;$", page, re.M | re.S)[1])


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
    page = Explorer("quiz", questions=[QUESTION | {"ask": "</script><script>alert(1)</script>"}]).page
    assert data_of(page)["questions"][0]["ask"].startswith("</script>") and "</script><script>alert" not in page


# --- quiz


def test_a_quiz_asks_what_its_file_says():
    asked = data_of(quiz("05-self-check").page)["questions"]
    assert asked == questions.quiz("05-self-check") and len(asked) > 2 and "中" not in str(asked[0]["answer"])
    language.use("English")
    assert data_of(quiz("05-self-check").page)["questions"][0]["ask"] != asked[0]["ask"]


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


def test_a_choice_is_kept_and_running_the_cell_again_keeps_it(bets):
    bets(Q1={"options": ["小 $10^{-3}$ || small $10^{-3}$", "大 || large"]})
    first = predict("Q1")
    assert first.answer.value is None and predictions.placed("Q1") is None
    first.sure.value = 2
    assert predictions.placed("Q1") is None  # sure of nothing yet
    first.answer.value = 1
    assert (predictions.placed("Q1").choice, predictions.placed("Q1").sure) == (1, 2)
    again = predict("Q1")
    assert (again.answer.label, again.sure.value) == ("大", 2)
    language.use("English")
    assert predict("Q1").answer.label == "large"
    bets(Q1=NUMBER)
    assert predict("Q1").answer.value == ""  # the author changed what can be chosen
    claim("Q1", True, left=1)


def test_a_number_is_kept_and_anything_else_is_not(bets):
    bets(Q1=NUMBER)
    box = predict("Q1")
    box.answer.value = "1e-6"
    assert predictions.placed("Q1").choice == "1e-6" and box.problem.value == ""
    box.answer.value = "很小"
    assert predictions.placed("Q1") is None and "数" in box.problem.value and box.problem.layout.display == "flex"
    box.answer.value = "nan"
    assert predictions.placed("Q1") is None and "数" in box.problem.value
    box.answer.value = ""
    assert predictions.placed("Q1") is None and box.problem.value == "" and box.problem.layout.display == "none"


CARD = {
    "options": ["多 || many", "少 || few"],
    "why": ["以为多 || it seems many", "其实少 || in truth few"],
    "answer": 1,
    "measured": "剩 {left:.1f} || {left:.1f} is left",
}


@pytest.mark.parametrize(
    "choice, says, silent",
    [
        (0, ["not this time", "you said: many", "0.2 is left", "it is: few", "it seems many", "in truth few"], "right"),
        (1, ["you were right", "you said: few", "0.2 is left", "in truth few"], "it seems many"),
        (None, ["no bet placed", "0.2 is left", "it is: few"], "you said"),
    ],
)
def test_the_card_turns_when_the_claim_is_measured(bets, capsys, choice, says, silent):
    language.use("English")
    bets(Q1=CARD)
    card = predict("Q1")
    card.answer.value = choice
    assert card.outcome.value == ""
    claim("Q1", True, left=torch.tensor(0.2))
    assert all(words in card.outcome.value for words in says) and silent not in card.outcome.value
    assert card.answer.disabled
    printed = capsys.readouterr().out
    assert printed.startswith("CLAIM Q1 True\n") and ("you said" in printed) == (choice is not None)


def test_a_claim_that_does_not_hold_settles_nothing(bets):
    language.use("English")
    bets(Q1=CARD)
    card = predict("Q1")
    card.answer.value = 1
    claim("Q1", False, left=7.0)
    assert "no winner" in card.outcome.value and "7.0 is left" in card.outcome.value
    assert predictions.placed("Q1").right is None


def test_a_bet_on_this_machine_is_settled_by_the_measurement(bets):
    bets(Q1={key: value for key, value in CARD.items() if key != "answer"})
    card = predict("Q1")
    card.answer.value = 0
    settle("Q1", 0, left=0.9)
    assert "押中了" in card.outcome.value and predictions.placed("Q1").right is True


@pytest.mark.parametrize(
    "guess, truth, right, says",
    [
        (30, 30, True, "exactly"),
        (31, 30, True, "within a tenth"),
        (25, 4.3, False, "too large by a factor of 5.8"),
        (0.1, 1e-15, False, "too large by about 14 orders of magnitude"),
        (1e-3, 1e-2, False, "too small by about 1 order of magnitude"),
        (3, 0, False, "off by 3 pairs"),
        (1e300, 1e-10, False, "off by more than a number can hold"),
        (-2, 2, False, "off by 4 pairs"),
    ],
)
def test_a_number_hears_how_far_off_it_is(guess, truth, right, says):
    language.use("English")
    assert how_far(guess, truth, "pairs") == (right, says) or says == "exactly"
    assert how_far(guess, truth, "pairs")[0] is right and says in how_far(guess, truth, "pairs")[1]


def test_bets_outlast_the_kernel_where_a_file_is_named(bets, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_BETS", str(tmp_path / "bets.json"))
    bets(Q1=CARD)
    predict("Q1").answer.value = 0
    (tmp_path / "bets.json").write_text(
        json.dumps(json.loads((tmp_path / "bets.json").read_text()) | {"Q2": {"choice": 1}})
    )
    claim("Q1", True, left=0.1)  # another kernel's bet Q2 stays
    monkeypatch.setattr(predictions, "_placed", {})
    assert (predictions.placed("Q1").right, predictions.placed("Q2").choice) == (False, 1)


@pytest.mark.parametrize("damaged", ['{"Q1": {"choi', "[]"])
def test_bets_that_cannot_be_read_are_put_aside_and_not_written_over(damaged, bets, tmp_path, monkeypatch):
    file = tmp_path / "bets.json"
    monkeypatch.setenv("COURSE_BETS", str(file))
    bets(Q1=CARD)
    file.write_text(damaged)
    assert predictions.placed("Q1") is None
    predict("Q1").answer.value = 0
    assert json.loads(file.read_text())["Q1"]["choice"] == 0
    assert (tmp_path / "bets.json.unreadable").read_text() == damaged


def test_bets_of_another_version_of_the_course_are_kept_and_not_read(bets, tmp_path, monkeypatch):
    file = tmp_path / "bets.json"
    monkeypatch.setenv("COURSE_BETS", str(file))
    bets(Q1=CARD)
    other = {"Q2": {"choice": 1, "when": 3}, "Q3": [1]}
    file.write_text(json.dumps(other))
    assert predictions.placed("Q2") is None
    predict("Q1").answer.value = 0
    assert json.loads(file.read_text()).items() >= other.items()


def test_the_summary_puts_sure_and_wrong_first(bets):
    language.use("English")
    bets(Q1=CARD, Q1b=CARD, Q1c=CARD, Q1d=CARD)
    for id, choice, sure in (("Q1", 1, 2), ("Q1b", 0, 0), ("Q1c", 0, 2)):
        card = predict(id)
        card.answer.value, card.sure.value = choice, sure
        claim(id, True, left=0.1)
    shown = bets_summary("01")._repr_html_()
    assert [shown.index(f">{id}<") for id in ("Q1c", "Q1b", "Q1")] == sorted(
        shown.index(f">{id}<") for id in ("Q1", "Q1b", "Q1c")
    )
    assert "sure: 1 of 2 right" in shown and "a guess: 0 of 1 right" in shown and "1 left blank" in shown


def test_a_stored_summary_holds_nobody_s_bets(bets, monkeypatch):
    monkeypatch.setenv("COURSE_STORE", "1")
    bets(Q1=CARD)
    predict("Q1").answer.value = 0
    assert bets_summary("01")._repr_html_() is None and "1 注" in repr(bets_summary("01"))


def test_predict_can_be_read_without_a_kernel(bets):
    bets(Q1={"ask": "更大还是更小？ || More or less?", "options": ["大 || more", "小 || less"]})
    assert predict("Q1")._repr_mimebundle_()["text/plain"] == "Q1: 更大还是更小？\n  ( ) 大\n  ( ) 小"


def test_the_registry_imports_nothing_heavy():
    run = (
        "import sys; from course_utils import predictions; predictions.place('Q', 1); assert predictions.placed('Q').choice == 1; "  # noqa: E501
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
    assert list(progress([], "读")) == [] and capsys.readouterr().out == ""


# --- in a notebook, as the build stores them

CELLS = [
    """from course_utils import language
from course_utils.explore import Explorer, live, predict, progress, quiz
import matplotlib.pyplot as plt
language.use("English")
for _ in progress(range(3), "loop"): pass""",
    'Explorer("fold")',
    'quiz("05-self-check")',
    'predict("Q5a")',
    'predict("Q6d")',
    'from course_utils.checks import claim\nclaim("Q5a", True, mean_f=0.5, left=1e-15)',
    "from course_utils.explore import bets_summary\nbets_summary('05')",
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
    ] * 2 + [{"text/plain", "image/png"}, {"text/plain"}, {"text/plain", "image/png"}]


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


# --- stills


def test_every_page_has_a_still_of_what_it_looks_like_now():
    assert stills.stale() == []


def test_a_changed_page_makes_its_still_stale(tmp_path, monkeypatch):
    pages = tmp_path / "pages"
    shutil.copytree(explorer.PAGES, pages)
    monkeypatch.setattr(explorer, "PAGES", pages)
    with open(pages / "fold.html", "a", encoding="utf-8") as page:
        page.write("<p>more</p>")
    assert [line.split(":")[0].split("/")[-1] for line in stills.stale()] == ["fold.zh.png", "fold.en.png"]


def test_a_still_shows_the_rows_that_the_notebook_hands_to_its_page(monkeypatch):
    fewer = data.gallery.applications()[:13]
    monkeypatch.setattr(data.gallery, "applications", lambda: fewer)
    assert [line.split(":")[0].split("/")[-1] for line in stills.stale()] == ["gallery.zh.png", "gallery.en.png"]


def test_viewers_that_drop_frames_show_a_picture_with_a_description():
    language.use("English")
    stripped = re.sub("<iframe.*</iframe>", "", Explorer("fold")._repr_html_(), flags=re.S)
    alt, picture = re.search(r'<img alt="(.*?)" src="data:image/png;base64,(.*?)"', stripped).groups()
    assert "unfold" in alt and base64.b64decode(picture).startswith(b"\x89PNG") and len(picture) < 40_000


def test_packed_arrays_come_back_to_three_digits():
    W = torch.randn(3, 4, dtype=torch.float64)
    there = packed(W.requires_grad_())
    back = np.frombuffer(base64.b64decode(there["float16"]), "<f2").reshape(there["shape"])
    assert np.abs(back / W.detach().numpy() - 1).max() < 1e-3
