"""The training monitor: what it writes down, and what its rules make of it."""

import importlib.util
import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence

from course_utils import training
from course_utils.training import Monitor, diagnose, ward
from course_utils.training.monitor import BINS, gate_histograms

FURTHER = (21, 22)  # seeds on which nothing was tuned


@pytest.fixture
def net():
    torch.manual_seed(0)
    model = ward.Reader(4, 4)
    return model, torch.optim.Adam(model.parameters(), lr=1e-2)


def train(model, optimizer, monitor, steps=12, clip=0.1):
    g = torch.Generator().manual_seed(0)
    x, y = ward.first_symbol(100, 6, g)
    for xb, yb in ward.batches(x, y, steps, g):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(xb), yb)
        if monitor is not None:
            monitor.record(loss)
        loss.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()


# --- what it writes down


def test_norms_and_updates_are_those_of_the_loop(net):
    model, optimizer = net
    before, after, moved, weights = [], [], [], []
    x, y = ward.first_symbol(32, 6, torch.Generator().manual_seed(1))
    with Monitor(model, optimizer, every=1) as monitor:
        for _ in range(5):
            optimizer.zero_grad()
            monitor.record(F.cross_entropy(model(x), y)).backward()
            before.append(nn.utils.get_total_norm([p.grad for p in model.parameters()]).item())
            nn.utils.clip_grad_norm_(model.parameters(), 0.05)
            after.append(nn.utils.get_total_norm([p.grad for p in model.parameters()]).item())
            old = torch.cat([p.detach().flatten().clone() for p in model.parameters()])
            optimizer.step()
            new = torch.cat([p.detach().flatten() for p in model.parameters()])
            moved.append(((new - old).norm() / old.norm()).item())
            weights.append(old.norm().item())
    assert monitor.norm_before == pytest.approx(before, rel=1e-5)
    assert monitor.norm_after == pytest.approx(after, rel=1e-5)
    assert monitor.update_ratio == pytest.approx(moved, rel=1e-4)
    assert monitor.weight_norm == pytest.approx(weights, rel=1e-5)
    assert max(monitor.leftover) == 0 and max(monitor.bend) == pytest.approx(1, abs=1e-4)


def test_it_changes_no_number_of_the_training():
    ends = []
    for monitored in (False, True):
        torch.manual_seed(0)
        model = ward.Reader(4, 4)
        model.readout = nn.Sequential(nn.Dropout(0.5), model.readout)  # random numbers that must stay the same
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        train(model, optimizer, Monitor(model, optimizer, every=1) if monitored else None)
        ends.append(torch.cat([p.detach().flatten() for p in model.parameters()]))
    assert torch.equal(*ends)


def test_hooks_are_gone_after_closing(net):
    model, optimizer = net
    with Monitor(model, optimizer) as monitor:
        train(model, optimizer, monitor, steps=3)
    train(model, optimizer, None, steps=3)
    assert len(monitor.loss) == 3 and repr(monitor) == "Monitor(3 steps)"


def test_an_error_is_written_down_and_goes_on(net):
    with pytest.raises(ZeroDivisionError), Monitor(*net) as monitor:
        raise ZeroDivisionError("division by zero")
    assert monitor.error == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize("kind, order", [(nn.LSTM, {"i": 0, "f": 1, "o": 3}), (nn.GRU, {"r": 0, "z": 1})])
@pytest.mark.parametrize("layers, bidirectional", [(1, False), (2, True)])
def test_gates_are_those_of_the_cell(kind, order, layers, bidirectional):
    """Against the cell, step by step, from a state that is not zero; of a stack, its first layer."""
    torch.manual_seed(1)
    layer = kind(3, 5, num_layers=layers, bidirectional=bidirectional, batch_first=True)
    with torch.no_grad():
        for p in layer.parameters():
            p.mul_(4)  # so that gates spread over the bins
    cell = (nn.LSTMCell if kind is nn.LSTM else nn.GRUCell)(3, 5)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    cell.load_state_dict({name: getattr(layer, f"{name}_l0") for name in names})
    x, h_0 = torch.randn(2, 40, 3), torch.randn(2, 5)
    state = (h_0, torch.randn(2, 5)) if kind is nn.LSTM else h_0
    given = tuple(part.unsqueeze(0) for part in state) if kind is nn.LSTM else state.unsqueeze(0)
    values = {name: [] for name in order}
    with torch.no_grad():
        for x_t in x.unbind(dim=1):
            h = state[0] if kind is nn.LSTM else state
            sums = F.linear(x_t, cell.weight_ih, cell.bias_ih) + F.linear(h, cell.weight_hh, cell.bias_hh)
            for name, place in order.items():
                values[name].append(torch.sigmoid(sums.chunk(4 if kind is nn.LSTM else 3, dim=1)[place]))
            state = cell(x_t, state)
    found = gate_histograms(layer, x, given)
    assert found.keys() == order.keys()
    for name in order:
        counts = torch.histc(torch.stack(values[name]), BINS, 0, 1)
        assert found[name] == pytest.approx((counts / counts.sum()).tolist(), abs=1e-2)
        assert sum(found[name]) == pytest.approx(1)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
@pytest.mark.parametrize("layers, bidirectional", [(1, False), (1, True), (2, False)])
@pytest.mark.parametrize("lengths", [None, [4, 9, 1, 7, 9, 2, 3, 5, 6, 8]])
def test_gates_it_writes_down_are_those_of_the_batch(kind, layers, bidirectional, lengths):
    """From the states that the forward pass left behind or from computing them again: the same."""
    torch.manual_seed(2)
    layer = kind(3, 5, num_layers=layers, bidirectional=bidirectional)  # (T, B, I)
    x, h = torch.randn(9, 10, 3), torch.randn(layers * (1 + bidirectional), 10, 5)
    given = (h, torch.randn_like(h)) if kind is nn.LSTM else h
    packed = x if lengths is None else pack_padded_sequence(x, lengths, enforce_sorted=False)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    few = tuple(part[:1, :8].contiguous() for part in given) if kind is nn.LSTM else given[:1, :8].contiguous()
    first_lengths = None if lengths is None else torch.tensor(lengths[:8])
    expected = gate_histograms(layer, x.transpose(0, 1)[:8], few, first_lengths)
    with Monitor(layer, optimizer, every=1) as monitor:
        monitor.record(layer(packed, given)[1][0].square().mean()).backward()
        optimizer.step()
    assert monitor.gates[0].keys() == expected.keys()
    for name, shares in expected.items():
        assert monitor.gates[0][name] == pytest.approx(shares, abs=1e-2)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_one_sequence_alone_is_a_batch_of_one(kind):
    torch.manual_seed(3)
    layer, x, h = kind(3, 9), torch.randn(7, 3), torch.randn(1, 9)
    seen = []
    for alone in (True, False):
        with Monitor(layer, torch.optim.SGD(layer.parameters(), lr=0.0), every=1) as monitor:
            part = h if alone else h.unsqueeze(1)
            out, _ = layer(x if alone else x.unsqueeze(1), (part, part) if kind is nn.LSTM else part)
            monitor.record(out.square().mean()).backward()
            monitor.optimizer.step()
        seen.append(monitor.gates)
    assert seen[0] == seen[1] and len(seen[0]) == 1


def test_an_old_gradient_and_a_bent_one_are_measured(net):
    """Two batches for a step: what the first finds counts, not what it leaves to the second."""
    model, optimizer = net
    x, y = ward.first_symbol(32, 6, torch.Generator().manual_seed(1))
    leftover, bend = [0.0], []
    with Monitor(model, optimizer) as monitor:
        for step in range(2):
            for rows in (slice(16), slice(16, 32)):
                old = [p.grad.clone() for p in model.parameters()] if step or rows.start else None
                monitor.record(F.cross_entropy(model(x[rows]), y[rows])).backward()
                if step and not rows.start:
                    new = [p.grad - before for p, before in zip(model.parameters(), old)]
                    leftover.append((nn.utils.get_total_norm(old) / nn.utils.get_total_norm(new)).item())
            before = [p.grad.norm().item() for p in model.parameters()]
            nn.utils.clip_grad_value_(model.parameters(), 0.01)
            scales = [p.grad.norm().item() / norm for p, norm in zip(model.parameters(), before)]
            bend.append(max(scales) / min(scales))
            optimizer.step()  # and nobody clears the gradient
    assert monitor.leftover == pytest.approx(leftover, rel=1e-4) and leftover[1] > 0
    assert monitor.bend == pytest.approx(bend, rel=1e-4) and min(bend) > 1.1


def test_padding_of_a_packed_batch_is_not_looked_at():
    torch.manual_seed(0)
    layer, readout = nn.GRU(4, 6, batch_first=True), nn.Linear(6, 4)
    model = nn.ModuleList([layer, readout])
    optimizer = torch.optim.Adam(model.parameters())
    x, y = ward.first_symbol(8, 9, torch.Generator().manual_seed(0))
    lengths = torch.tensor([9, 3, 5, 1, 7, 2, 2, 4])
    x = x * (torch.arange(9) < lengths[:, None])[:, :, None]
    means = []
    for packed in (True, False):
        with Monitor(model, optimizer, every=1) as monitor:
            given = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False) if packed else x
            monitor.record(F.cross_entropy(readout(layer(given)[1][0]), y)).backward()
            optimizer.step()
        means.append((monitor.input_mean[0], monitor.on_padding[0]))
    assert means[0][0] == pytest.approx(0.25) and math.isnan(means[0][1])  # one-hot of four: the mean of real steps
    assert means[1][0] < 0.2 and means[1][1] > 0.2  # the last state is read on padding


def test_a_loss_without_a_graph_is_a_validation(net):
    model, optimizer = net
    with Monitor(model, optimizer) as monitor:
        train(model, optimizer, monitor, steps=4)
        monitor.record(torch.tensor(0.5))
        monitor.score(0.25)
    assert monitor.validation == [(4, 0.5)] and monitor.metric == [(4, 0.25)] and len(monitor.loss) == 4


def test_it_hears_what_fit_computes(net):
    model, optimizer = net
    x, y = ward.first_symbol(96, 6, torch.Generator().manual_seed(0))
    lessons = list(zip(x.split(32), y.split(32)))

    def loss(model, batch):
        return F.cross_entropy(model(batch[0]), batch[1])

    with Monitor(model, optimizer, clip=0.1) as monitor:
        history = training.fit(
            model, monitor.hear(loss), lessons[:2], 3, optimizer=optimizer, clip=0.1, validation=lessons[2:], label="x"
        )
    assert monitor.loss == history.loss
    assert monitor.norm_before == pytest.approx(history.grad_norm, rel=1e-5)
    assert [value for _, value in monitor.validation] == history.validation
    assert not any(monitor.validation_mode) and all(monitor.training_mode)


def test_nan_is_counted_and_named(net):
    model, optimizer = net
    x, y = ward.first_symbol(32, 6, torch.Generator().manual_seed(1))
    with Monitor(model, optimizer) as monitor:
        for scale in (1.0, math.nan):
            optimizer.zero_grad()
            monitor.record(scale * F.cross_entropy(model(x), y)).backward()
            optimizer.step()
    assert monitor.nonfinite == [0.0, 1.0]
    assert diagnose(monitor)[0].name == "nonfinite" and diagnose(monitor)[0].numbers["step"] == 2


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="pip install tensorboard")
def test_curves_are_written_for_tensorboard(net, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    model, optimizer = net
    with Monitor(model, optimizer, every=2, log_dir=tmp_path) as monitor:
        train(model, optimizer, monitor, steps=5)
        monitor.record(torch.tensor(0.5))
    log = EventAccumulator(str(tmp_path)).Reload()
    assert {"loss", "norm_before", "norm_after", "update_ratio", "saturation/f", "validation"} <= set(
        log.Tags()["scalars"]
    )
    assert [event.value for event in log.Scalars("loss")] == pytest.approx(monitor.loss)
    assert [event.step for event in log.Scalars("update_ratio")] == [0, 2, 4]


def test_without_tensorboard_a_log_is_refused_with_what_to_do(net, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch.utils.tensorboard", None)
    with pytest.raises(RuntimeError, match="pip install tensorboard"):
        Monitor(*net, log_dir=tmp_path)


# --- rules


@pytest.mark.parametrize("seed", FURTHER)
@pytest.mark.parametrize("program", ward.HEALTHY, ids=lambda program: program.__name__)
def test_the_healthy_are_left_alone(program, seed):
    assert diagnose(ward.run(program, seed)) == []


@pytest.mark.parametrize("patient", ward.PATIENTS, ids=lambda patient: patient.name)
def test_a_patient_is_diagnosed_and_the_cured_is_not(patient):
    (seed, _) = FURTHER
    findings = diagnose(ward.run(patient.program, seed))
    assert findings and findings[0].name == patient.rule
    assert diagnose(ward.run(patient.program, seed, cured=True)) == []


@pytest.mark.parametrize(
    "layer, hidden, optimizer", [(nn.GRU, 12, "adam"), (nn.LSTM, 48, "sgd"), (nn.LSTM, 20, "adamw")]
)
@pytest.mark.parametrize("accumulate", [1, 3])
def test_other_healthy_models_are_left_alone(layer, hidden, optimizer, accumulate):
    """Other sizes, optimizers, gradients collected over several batches: nothing of it is in the ward."""
    torch.manual_seed(5)
    g = torch.Generator().manual_seed(5)
    (x, y), (x_val, y_val) = ward.more_ups(600, 7, g), ward.more_ups(200, 7, g)
    model = ward.Reader(1, 2, hidden, layer)
    makers = {
        "adam": lambda p: torch.optim.Adam(p, lr=3e-3, weight_decay=1e-4),
        "sgd": lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.9),
        "adamw": lambda p: torch.optim.AdamW(p, lr=5e-3),
    }
    step = makers[optimizer](model.parameters())
    with Monitor(model, step, clip=1.0, every=5) as monitor:
        for k, (xb, yb) in enumerate(ward.batches(x, y, 90 * accumulate, g), 1):
            (monitor.record(F.cross_entropy(model(xb), yb)) / accumulate).backward()
            if k % accumulate == 0:
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                step.step()
                step.zero_grad(set_to_none=False)
            if k % (15 * accumulate) == 0:
                ward.check(monitor, model, x_val, y_val)
                model.train()
    assert [finding.name for finding in diagnose(monitor)] == []


def test_findings_speak_both_languages():
    from course_utils import language

    finding = diagnose(ward.run(ward.no_zero_grad, 0))[0]
    assert "旧梯度" in str(finding) and "接着量" in str(finding)
    language.use("English")
    try:
        assert "old gradient" in str(finding) and "measure next" in str(finding)
    finally:
        language.use("中文")


def test_every_rule_s_texts_can_be_filled():
    names = [rule.name for rule in training.diagnosis.RULES]
    assert len(set(names)) == len(names)
    assert {patient.rule for patient in ward.PATIENTS} <= set(names)
    for rule in training.diagnosis.RULES:
        assert all(" || " in text for text in (rule.symptom, rule.causes, rule.next))


def test_updates_that_are_too_small_or_too_large_are_told():
    for lr in (1e-7, 3.0):
        torch.manual_seed(0)
        model = ward.Reader(4, 4)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        with Monitor(model, optimizer, every=2) as monitor:
            train(model, optimizer, monitor, steps=30)
        finding = next(finding for finding in diagnose(monitor) if finding.name == "step-size")
        assert f"{monitor.update_ratio[0]:.0e}" in finding.symptom


# --- the ward


@pytest.mark.parametrize("patient", ward.PATIENTS, ids=lambda patient: patient.name)
def test_a_cure_is_a_few_lines(patient):
    """What is shown is what separates the two programs, and no mark is left in either."""
    sick, cured = ward.programs(patient.program)
    assert sick != cured and "# sick" not in sick + cured and "# cured" not in sick + cured
    changed = [line for sign, line in ward.cure(patient.program) if sign in "+-"]
    assert 1 <= len(changed) <= 4


def broken(seed):
    raise RuntimeError("no such file")


def test_an_error_of_the_author_is_not_taken_for_an_illness():
    with pytest.raises(RuntimeError, match="no such file"):
        ward.run(broken, 0)
