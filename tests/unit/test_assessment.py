"""The items of the final assessment: each points to a cell that is there, and what it says about its code and its
curves is so."""

import contextlib
import io
import math
import re
from collections import Counter

import pytest
import torch
import yaml
from test_questions import leaks_by_length
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from course_utils import data, language, questions
from course_utils.authoring import source
from course_utils.files import ROOT
from course_utils.questions import assessment

ENTRIES = yaml.safe_load((questions.FOLDER / assessment.NAME).read_text(encoding="utf-8"))["items"]
BY_ID = {entry["id"]: entry for entry in ENTRIES}
NAMES = {
    "F": F,
    "nn": nn,
    "pack_padded_sequence": pack_padded_sequence,
    "pad_sequence": pad_sequence,
    "torch": torch,
}
CHAPTERS = {path.stem.split("_")[0]: source.read(path) for path in sorted((ROOT / "source" / "chapters").glob("*.py"))}


def of_kind(kind):
    return [entry["id"] for entry in ENTRIES if entry["kind"] == kind]


# ---------------------------------------------------------------------------------------------- the bank as a whole


def test_every_goal_has_items_of_several_kinds_and_some_held_back():
    language.use("中文")
    practised, held_back = assessment.items(), assessment.items(held_back=True)
    assert len(practised) >= 40 and not {item.id for item in practised} & {item.id for item in held_back}
    for goal in assessment.goals():
        kinds = {item.kind for item in practised if item.goal == goal}
        assert len(kinds) >= 2 and [item.goal for item in held_back].count(goal) >= 1, goal
    assert {item.kind for item in practised} == set(assessment.KINDS)


def test_no_option_is_betrayed_by_its_length():
    assert [entry["id"] for entry in ENTRIES if leaks_by_length(entry)] == []


@pytest.mark.parametrize("half", [0, -1])
def test_who_always_takes_the_longest_option_is_hardly_better_than_a_guesser(half):
    """The right one is the longest, alone or with others, about as often as chance has it."""
    share = 0
    for entry in ENTRIES:
        lengths = [len(option.split(" || ")[half]) for option in entry["options"]]
        longest = [k for k, length in enumerate(lengths) if length == max(lengths)]
        share += (entry["answer"] in longest) / len(longest)
    assert share / len(ENTRIES) < 0.42


@pytest.mark.parametrize("id", [id for id, entry in BY_ID.items() if entry["cell"].split("/")[0] in CHAPTERS])
def test_an_item_points_to_a_cell_that_is_there(id):
    chapter, _, place = BY_ID[id]["cell"].partition("/")
    name, _, section = place.partition(" ")
    cells = CHAPTERS[chapter].cells
    at = next(k for k, cell in enumerate(cells) if cell.name == name)
    headings = [h for c in cells[: at + 1] if c.kind == "markdown" for h in re.findall(r"^## (\d+\.\d+)?", c.zh, re.M)]
    assert (headings[-1] if headings else "") == section


@pytest.mark.parametrize("lang, name", [("zh", "中文"), ("en", "English")])
def test_items_come_in_the_notebook_s_language(lang, name):
    language.use(name)
    item = next(item for item in assessment.items() if item.id == "09-stop")
    assert item.ask.startswith({"zh": "一个小", "en": "A small"}[lang])
    assert list(item.curves["lines"])[0] == {"zh": "训练", "en": "training"}[lang]
    assert item.to == "09_variable_length_and_regularisation.ipynb#cell-id=stopping-run" and item.section == "9.11"
    language.use("中文")


@pytest.mark.parametrize(
    "change, complaint",
    [
        ({"kind": "essay"}, "its kind is one of retrieval, "),
        ({"cell": "77/title"}, "no goal is called '77'"),
        ({"answer": 3}, "answer is an index"),
        ({"code": "print(1)"}, "output and bug have code, the others have none"),
        ({"curves": {}}, "curve has curves"),
        ({"ask": "问？"}, "the English is missing"),
        ({"hint": "x"}, "takes no hint"),
        ({"id": "01-bag"}, "occurs twice"),
        ({"id": "x", "kind": "curve", "curves": {"x": "x", "at": [1], "y": "y", "lines": {"A": [1, 2]}}}, "as long as"),
    ],
)
def test_a_mistake_in_the_file_names_the_item(tmp_path, monkeypatch, change, complaint):
    content = {
        "goals": {"00": "零 || zero", "01": "一 || one"},
        "items": [BY_ID["01-bag"], BY_ID["00-baseline"] | change],
    }
    (tmp_path / assessment.NAME).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(assessment, "FOLDER", tmp_path)
    assessment._load.cache_clear()
    with pytest.raises(questions.QuestionError, match=f"assessment.yaml: item .*{re.escape(complaint)}"):
        assessment.items()
    assessment._load.cache_clear()


# ---------------------------------------------------------------------------------------------- what is printed


@pytest.mark.parametrize("id", of_kind("output"))
def test_the_code_prints_the_keyed_option(id):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(BY_ID[id]["code"], dict(NAMES))
    assert BY_ID[id]["options"].index(printed.getvalue().strip()) == BY_ID[id]["answer"]


# ---------------------------------------------------------------------------------------------- find the bug


def run(code):
    space = dict(NAMES)
    exec(code, space)
    return space


def near(a, b):
    return a.shape == b.shape and bool((a - b).abs().max() < 1e-5)


def drawn(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def same_as_rnn(space):
    torch.manual_seed(0)
    rnn = nn.RNN(3, 4)
    x = drawn(5, 3)
    W_x, W_h, b_x, b_h = rnn.parameters()
    return near(space["run"](x, torch.zeros(4), W_x, W_h, b_x + b_h), rnn(x)[0])


def sends_the_error_back(space):
    W_h, before = drawn(3, 3), drawn(3).requires_grad_()
    h = torch.tanh(W_h @ before)
    delta = drawn(3) + 1
    (h * delta).sum().backward()
    return near(space["back"](delta, h.detach(), W_h), before.grad)


class Recorder:
    """An optimizer that only notes how long the gradient is when it is asked to step."""

    def __init__(self, model):
        self.model, self.length = model, None

    def zero_grad(self):
        self.model.zero_grad()

    def step(self):
        grads = [p.grad for p in self.model.parameters() if p.grad is not None]
        self.length = math.sqrt(sum(float(g.pow(2).sum()) for g in grads))


def clips_what_is_used(space):
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    optimizer = Recorder(model)
    for _ in range(2):
        space["train_step"](model, optimizer, (100 * model(drawn(5, 3))).sum())
    return optimizer.length < 1.01


def opens_the_forget_gate(space):
    lstm = nn.LSTM(2, 3)
    with torch.no_grad():
        for parameter in lstm.parameters():
            parameter.zero_()
    space["open_forget_gate"](lstm)
    for remembered in (1.0, -1.0):  # f times that, since g is tanh(0) = 0
        _, (_, c) = lstm(torch.zeros(1, 1, 2), (torch.zeros(1, 1, 3), torch.full((1, 1, 3), remembered)))
        if (c - remembered).abs().max() > 0.1:
            return False
    return True


def same_as_gru_cell(space):
    torch.manual_seed(0)
    cell, x, h = nn.GRUCell(3, 4), drawn(3), drawn(4)
    return near(space["gru"](x, h, *(p.detach() for p in cell.parameters())), cell(x[None], h[None])[0])


def both_halves_read_everything(space):
    """Does each of the 2H numbers that the readout gets change with the first token, and with the last?"""
    torch.manual_seed(0)
    lstm, seen = nn.LSTM(3, 4, bidirectional=True, batch_first=True), []
    x = drawn(1, 6, 3)
    for k in (None, 0, -1):
        other = x.clone()
        if k is not None:
            other[:, k] += 1
        seen.append(space["classify"](lstm, lambda read: read, other))
    return all(bool(((seen[0] - other).abs() > 1e-9).all()) for other in seen[1:])


def padding_changes_nothing(space):
    scores, y, lengths = drawn(2, 5, 3), torch.tensor([[0, 1, 2, 0, 0], [1, 0, 0, 0, 0]]), torch.tensor([3, 1])
    by_hand = F.cross_entropy(torch.cat([scores[0, :3], scores[1, :1]]), torch.cat([y[0, :3], y[1, :1]]))
    return near(space["loss"](scores, y, lengths), by_hand)


def copying_does_not_pay(space):
    """A decoder that copies its input is punished, one that says what comes next is not."""
    y = torch.tensor([0, 2, 3, 4, 1])
    following = torch.tensor([2, 0, 3, 4, 1])  # 0 -> 2 -> 3 -> 4 -> 1

    def copies(symbols, h):
        return 20.0 * F.one_hot(symbols, 5).float()

    def knows(symbols, h):
        return 20.0 * F.one_hot(following[symbols], 5).float()

    return space["loss"](copies, None, y) > 1 and space["loss"](knows, None, y) < 0.01


def same_as_torch_s_attention(space):
    q, k, v = drawn(2, 4), drawn(7, 4), drawn(7, 3)
    return near(space["attention"](q, k, v), F.scaled_dot_product_attention(q[None], k[None], v[None])[0])


def merges_two_steps(space):
    a, b = space["merge"]((2.0, 3.0), (5.0, 7.0))
    return all(abs(a * h + b - (5 * (2 * h + 3) + 7)) < 1e-9 for h in (0.0, 1.0, -4.0))


def starts_from_no_gradient(space):
    torch.manual_seed(0)
    model, x, y = nn.Linear(3, 1), drawn(5, 3), drawn(5, 1)
    optimizer = Recorder(model)
    space["train_step"](model, optimizer, x, y)
    once = optimizer.length
    space["train_step"](model, optimizer, x, y)  # the weights have not moved, so neither may the gradient
    return abs(optimizer.length - once) < 1e-6


def the_future_stays_out(space):
    series = torch.arange(10.0)
    other = series.clone()
    other[7:] += 100
    return near(space["prepare"](series, 7)[0], space["prepare"](other, 7)[0])


# item -> (does it work now?, for each option the change in the code that it stands for)
BUGS = {
    "02-loop": (
        same_as_rnn,
        [
            ("states.append(new)", "states.append(new)\n        h = new"),
            ("W_h @ h", "W_h.T @ h"),
            ("torch.tanh(W_x @ x_t + W_h @ h + b)", "W_x @ x_t + W_h @ h + b", "torch.stack(states)", "torch.tanh(torch.stack(states))"),  # noqa: E501
        ],
    ),
    "03-transpose": (
        sends_the_error_back,
        [
            ("W_h @ (", "W_h.T @ ("),
            ("1 - h ** 2", "1 - h"),
            ("W_h @ (delta * (1 - h ** 2))", "(W_h @ delta) * (1 - h ** 2)"),
        ],
    ),
    "04-order": (
        clips_what_is_used,
        [
            ("    optimizer.step()\n    nn.utils.clip_grad_norm_(model.parameters(), 1.0)", "    nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n    optimizer.step()"),  # noqa: E501
            ("    nn.utils.clip_grad_norm_(model.parameters(), 1.0)", "", "    loss.backward()", "    nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n    loss.backward()"),  # noqa: E501
            ("    nn.utils.clip_grad_norm_(model.parameters(), 1.0)", "", "    optimizer.zero_grad()", "    nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n    optimizer.zero_grad()"),  # noqa: E501
        ],
    ),
    "05-block": (opens_the_forget_gate, [("[:H]", "[H : 2 * H]"), ("[:H]", "[2 * H : 3 * H]"), ("[:H]", "[3 * H :]")]),
    "06-reset": (
        same_as_gru_cell,
        [("n_x + n_h", "n_x + r * n_h"), ("n_x + n_h", "r * n_x + n_h"), ("n_x + n_h", "r * (n_x + n_h)")],
    ),
    "08-pool": (
        both_halves_read_everything,
        [
            ("out[:, -1]", "out[:, 0]"),
            ("out[:, -1]", "torch.cat([h_n[-2], h_n[-1]], 1)"),
            ("out[:, -1]", "torch.cat([out[:, 0], out[:, -1]], 1)"),
        ],
    ),
    "09-mean": (
        padding_changes_nothing,
        [
            ("(each * real).mean()", "(each * real).sum() / real.sum()"),
            ("(each * real).mean()", "(each * real).sum() / len(y)"),
            ("(each * real).mean()", "each.sum() / real.sum()"),
        ],
    ),
    "10-shift": (
        copying_does_not_pay,
        [
            ("decoder(y, h)", "decoder(y[:-1], h)", "(scores, y)", "(scores, y[1:])"),
            ("decoder(y, h)", "decoder(y[1:], h)", "(scores, y)", "(scores, y[:-1])"),
            ("decoder(y, h)", "decoder(y[1:], h)", "(scores, y)", "(scores, y[1:])"),
        ],
    ),
    "11-scale": (
        same_as_torch_s_attention,
        [("k.shape[0]", "k.shape[1]"), ("k.shape[0]", "v.shape[1]"), ("k.shape[0]", "q.shape[0]")],
    ),
    "12-combine": (
        merges_two_steps,
        [("b1 + b2", "a2 * b1 + b2"), ("b1 + b2", "a1 * b2 + b1"), ("b1 + b2", "a1 * b1 + b2")],
    ),
    "14-zero": (
        starts_from_no_gradient,
        [
            ("    loss = F", "    optimizer.zero_grad()\n    loss = F"),
            ("    loss = F", "    model.eval()\n    loss = F"),
            ("    optimizer.step()", "    optimizer.step()\n    x = x.detach()"),
        ],
    ),
    "15-scaler": (
        the_future_stays_out,
        [
            ("series.mean(), series.std()", "series[:cut].mean(), series[:cut].std()"),
            ("series.mean(), series.std()", "series[cut:].mean(), series[cut:].std()"),
            (" / std", ""),
        ],
    ),
}  # fmt: skip


def changed(code, edits):
    for old, new in zip(edits[::2], edits[1::2]):
        assert old in code
        code = code.replace(old, new, 1)
    return code


def test_every_bug_has_a_witness():
    assert set(BUGS) == set(of_kind("bug"))


@pytest.mark.parametrize("id", BUGS)
def test_the_bug_is_there_and_only_the_keyed_change_mends_it(id):
    works, options = BUGS[id]
    code = BY_ID[id]["code"]
    assert not works(run(code))
    assert [k for k, edits in enumerate(options) if works(run(changed(code, edits)))] == [BY_ID[id]["answer"]]


# ---------------------------------------------------------------------------------------------- read the curve


def best_possible(window):
    """Accuracy at telling which of two marks came first, for somebody who sees `window` steps at a time (0: a bag)."""
    return lambda distances: [1.0 if distance < window else 0.5 for distance in distances]


def difference_error(epsilons):
    x, slope = 0.5, 2 * (1 - math.tanh(1.0) ** 2)  # of tanh(2x)
    return [abs((math.tanh(2 * (x + e)) - math.tanh(2 * (x - e))) / (2 * e) - slope) / slope for e in epsilons]


def forget(bias):
    return lambda lags: [(1 / (1 + math.exp(-bias))) ** k for k in lags]


def accuracy_of_lstm(init):
    def of(lags):
        rows = [
            r
            for r in data.horizon_runs()
            if (r.cell, r.init, r.noise, r.lr, r.budget) == ("LSTM", init, 0.1, 3e-3, 500)
        ]
        return [sum(r.accuracy for r in rows if r.lag == lag) / sum(r.lag == lag for r in rows) for lag in lags]

    return of


def milliseconds(model):
    def of(steps):
        rows = data.h100_times(experiment="depth", model=model, dtype="float32")
        return [next(r.ms for r in rows if r.steps == n) for n in steps]

    return of


def loss_of_the_best_class(softmax_first):
    def of(leads):
        scores = [torch.tensor([[float(lead), 0, 0, 0]], dtype=torch.float64) for lead in leads]
        return [F.cross_entropy(z.softmax(1) if softmax_first else z, torch.tensor([0])).item() for z in scores]

    return of


def stopping(part):
    """Losses of a small GRU on 30 sequences whose labels hold noise; part: 0 for training, 1 for validation."""

    def of(epochs):
        g = torch.Generator().manual_seed(0)
        torch.manual_seed(0)
        x = torch.randn(60, 12, 3, generator=g)
        y = (x.mean(1)[:, 0] + 0.3 * torch.randn(60, generator=g) > 0).long()
        gru, readout = nn.GRU(3, 32, batch_first=True), nn.Linear(32, 2)
        optimizer = torch.optim.Adam([*gru.parameters(), *readout.parameters()], lr=3e-3)
        parts, losses = [slice(0, 30), slice(30, 60)], []
        for epoch in range(1, max(epochs) + 1):
            if epoch in epochs:
                with torch.no_grad():
                    losses.append(F.cross_entropy(readout(gru(x[parts[part]])[1][0]), y[parts[part]]).item())
            optimizer.zero_grad()
            F.cross_entropy(readout(gru(x[parts[0]])[1][0]), y[parts[0]]).backward()
            optimizer.step()
        return losses

    return of


CURVES = {
    "01-window": {"A": best_possible(99), "B": best_possible(5), "C": best_possible(0)},
    "03-epsilon": {"相对误差": difference_error},
    "04-silence": {"还剩多少": lambda lags: [0.9**k for k in lags]},
    "05-bias": {"A": forget(1), "B": forget(3), "C": forget(0)},
    "07-lags": {"A": accuracy_of_lstm("+3"), "B": accuracy_of_lstm("default"), "C": accuracy_of_lstm("chrono")},
    "09-stop": {"训练": stopping(0), "验证": stopping(1)},
    "12-gpu": {"A": milliseconds("minGRU loop"), "B": milliseconds("minGRU scan")},
    "13-memory": {"A": lambda ns: [2 * 256 * 4] * len(ns), "B": lambda ns: [2 * 2 * 128 * 4 * n for n in ns]},
    "14-softmax": {"病人": loss_of_the_best_class(True), "健康": loss_of_the_best_class(False)},
}
DRAWN_FREELY = {"15-shift"}  # a made-up price; what counts is the shift, below


def test_every_curve_has_an_origin():
    assert set(CURVES) | DRAWN_FREELY == set(of_kind("curve"))


@pytest.mark.parametrize("id", CURVES)
def test_the_curves_are_what_they_are_said_to_be(id):
    curves = BY_ID[id]["curves"]
    lines = {name.split(" || ")[0]: ys for name, ys in curves["lines"].items()}
    assert set(lines) == set(CURVES[id])
    for name, origin in CURVES[id].items():
        tolerance = 0.5 if id == "03-epsilon" else 0.03  # an error of rounding is known to its order of magnitude
        for told, real in zip(lines[name], origin(curves["at"])):
            assert told == pytest.approx(real, rel=tolerance, abs=6e-3 if "log" not in curves else 0), (name, told)


def test_the_beautiful_forecast_is_yesterday_s_value():
    truth, forecast = BY_ID["15-shift"]["curves"]["lines"].values()
    assert forecast[1:] == truth[:-1] and forecast != truth


def test_the_lowest_validation_loss_is_where_the_key_says():
    curves = BY_ID["09-stop"]["curves"]
    validation = curves["lines"]["验证 || validation"]
    lowest = curves["at"][validation.index(min(validation))]
    assert f"{lowest}" in BY_ID["09-stop"]["options"][BY_ID["09-stop"]["answer"]]


def test_the_right_options_do_not_stand_in_one_place():
    places = Counter(entry["answer"] for entry in ENTRIES)
    assert min(places.values()) >= 5  # pages and course sites shuffle them besides
