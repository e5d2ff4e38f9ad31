"""The rules, the tasks and the stored runs of chapter 12. (The controls of most claims stand in the chapter itself;
those of the others are here.)"""

import hashlib
import math

import pytest
import torch

from course_utils import data
from course_utils.training import rules


@pytest.fixture(scope="module")
def script(load_script):
    return load_script("datasets/make_rules.py")


@pytest.fixture(scope="module")
def chapter(run_cells):
    """The functions that chapter 12 writes out, from its own cells."""
    known = {"math": math, "torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    cells = "scan-code", "shortcut-code", "mingru-code", "beyond"
    later = "ssm-code", "linear-attention-code", "matrix-scan", "newton-code"
    return run_cells("12", *cells, *later, definitions=True, **known)


# --- the stored runs


def test_every_rule_and_task_is_stored_with_every_seed_that_counts(script):
    stored = [(run.task, run.rule, run.seed) for run in data.rule_runs()]
    assert stored == [(task, rule, seed) for task in rules.TASKS for rule in rules.RULES for seed in script.SEEDS]


def test_the_learning_rate_was_chosen_on_a_seed_of_its_own(script):
    assert script.CHOOSE not in script.SEEDS
    for run in data.rule_runs():
        assert run.lr in script.RATES and 0 <= run.far <= 1 and 0 < run.near <= 1
        assert (run.task == "parity") == (run.pairs_4 == 0)


def test_the_card_describes_the_file(root):
    card, content = ((root / "datasets" / name) for name in ("rules.md", "rules.csv"))
    card, content = card.read_text(encoding="utf-8"), content.read_bytes()
    assert hashlib.sha256(content).hexdigest() in card and f"{len(content):,} bytes" in card
    assert f"{len(content.splitlines()) - 1} runs" in card


# --- the tasks


def test_parity_is_that_of_the_ones_so_far():
    x, y = rules.parity_batch(50, 20, torch.Generator().manual_seed(1))
    assert torch.equal(x[:, :, 1].cumsum(dim=1) % 2, y.float())
    assert (x.sum(dim=2) == 1).all() and (x[:, 0, 2] == 1).all() and (x[:, 1:, 2] == 0).all()


@pytest.mark.parametrize("once", [True, False])
def test_the_answer_is_the_value_written_last(once):
    x, y = rules.memory_batch(20, 32, once, torch.Generator().manual_seed(1))
    written, value, asked = (part.argmax(dim=2) for part in x.split([rules.KEYS, rules.VALUES, rules.KEYS], dim=2))
    for b in range(20):
        book = {}
        for t in range(32):
            assert not once or written[b, t].item() not in book
            book[written[b, t].item()] = value[b, t].item()
            assert book[asked[b, t].item()] == y[b, t].item()
    assert once or len(set(written.flatten().tolist())) == rules.FEW


# --- the rules: each written once more, from its formula


def one_step(name, state):
    torch.manual_seed(0)
    rule = rules.RULES[name](5).double()
    p = rule.project(torch.randn(2, 5, dtype=torch.float64))
    return rule, p, rule.step(p, state)


def test_the_lstm_is_that_of_torch():
    torch.manual_seed(0)
    rule, cell = rules.LongShort(5).double(), torch.nn.LSTMCell(5, 32).double()
    cell.load_state_dict(
        {
            "weight_ih": rule.project.weight,
            "bias_ih": rule.project.bias,
            "weight_hh": rule.U.weight,
            "bias_hh": torch.zeros(128),
        }
    )
    x, h, c = torch.randn(2, 5).double(), torch.randn(2, 32).double(), torch.randn(2, 32).double()
    out, state = rule.step(rule.project(x), torch.cat([h, c], dim=1))
    expected = cell(x, (h, c))
    assert torch.allclose(out, expected[0]) and torch.allclose(state, torch.cat(expected, dim=1))


@pytest.mark.parametrize(
    "name, erase, decay", [("linear attention", 0, 0), ("delta rule", 1, 0), ("gated delta", 1, 1)]
)
def test_matrix_rules_are_their_formulas(name, erase, decay):
    S = torch.randn(2, 8, 8, dtype=torch.float64)
    rule, p, (out, new) = one_step(name, S)
    k, v, q, alpha, beta = p[0].split([8, 8, 8, 1, 1])
    k, q, beta = k / k.norm(), q / q.norm(), torch.sigmoid(beta)
    factor = torch.sigmoid(alpha + 4) if decay else 1
    expected = factor * S[0] @ (torch.eye(8) - erase * beta * torch.outer(k, k)) + beta * torch.outer(v, k)
    assert torch.allclose(new[0], expected) and torch.allclose(out[0], expected @ q)


def test_factors_of_the_vector_rules_keep_to_their_range():
    big = torch.full((1, 128), 50.0)
    for low, factor in ((0, 0.0), (-1, -1.0)):
        h, _ = rules.Vector(5, low).step(torch.cat([-big[:, :64], 0 * big[:, :64]], dim=1), torch.ones(1, 64))
        assert torch.allclose(h, torch.full((1, 64), factor), atol=1e-6)


def test_attention_does_not_see_the_future():
    torch.manual_seed(0)
    layer, x = rules.Attention(5), torch.randn(1, 10, 5)
    changed = x.clone()
    changed[:, 6:] += 1
    assert torch.equal(layer(x)[:, :6], layer(changed)[:, :6])


# --- claims whose control is not in the chapter


@pytest.mark.parametrize("claim", ["Q12-log"])
def test_log_control(chapter, claim):
    """at 4,096 steps logarithms lose digits; with a short sequence, everything else equal, they do not."""
    a, b = chapter["coefficients"](64)
    exact = chapter["loop"](a.double(), b.abs().double())
    assert (chapter["log_scan"](a, b.abs()) - exact).abs().max() < 1e-4
    a, b = chapter["coefficients"](4096)
    exact = chapter["loop"](a.double(), b.abs().double())
    assert (chapter["log_scan"](a, b.abs()) - exact).abs().max() > 1e-4


@pytest.mark.parametrize("claim", ["Q12-bptt"])
def test_bptt_control(chapter, claim):
    """gradients of a scan that does not transpose the Jacobians are wrong."""
    torch.manual_seed(0)
    A, b = torch.randn(20, 4, 4).double() / 2, torch.randn(20, 4).double()
    h, expected = torch.zeros(4, dtype=torch.float64), []
    for A_t, b_t in zip(A, b, strict=True):
        h = A_t @ h + b_t
        expected.append(h)
    got, taken = chapter["matrix_scan"](A, b)
    assert torch.allclose(got, torch.stack(expected)) and taken == 5
    assert not torch.allclose(chapter["matrix_scan"](A.transpose(1, 2), b)[0], torch.stack(expected))


@pytest.mark.parametrize("claim", ["Q12-ssm"])
def test_ssm_control(chapter, claim):
    """without the padding to twice the length the convolution wraps around and is no longer the recurrence."""
    a, B, C, u = chapter["series"](0)
    K = (a ** torch.arange(256)[:, None] * B) @ C
    y = chapter["as_recurrence"](a.expand(256, 16), B, C, u)
    wrapped = torch.fft.irfft(torch.fft.rfft(K) * torch.fft.rfft(u), n=256)
    assert (chapter["as_convolution"](K, u) - y).abs().max() < 1e-10 < 0.1 < (wrapped - y).abs().max()


@pytest.mark.parametrize("claim", ["Q12-selective"])
def test_selective_control(chapter, claim):
    """One thing put back, a constant factor: the fixed kernel gives the recurrence again."""
    a, B, C, u = chapter["series"](0)
    K = (a ** torch.arange(256)[:, None] * B) @ C

    def by_kernel(factors):
        return (chapter["as_convolution"](K, u) - chapter["as_recurrence"](factors, B, C, u)).abs().max()

    assert by_kernel(torch.sigmoid(torch.logit(a) + 2 * u[:, None])) > 0.1
    assert by_kernel(torch.sigmoid(torch.logit(a) + 0 * u[:, None])) < 1e-10


@pytest.mark.parametrize("claim", ["Q12-two-ways"])
def test_two_ways_control(chapter, claim):
    """A gate that also looks at h, all else equal: walking step by step is no longer what the scan computes."""
    torch.manual_seed(0)
    layer, x = chapter["MinGRU"](5, 32), torch.randn(2, 100, 5)

    def walk(look_back):
        h, states = torch.zeros(2, 32), []
        for x_t in x.unbind(dim=1):
            z = torch.sigmoid(layer.z(x_t) + look_back * h)
            h = (1 - z) * h + z * layer.n(x_t)
            states.append(h)
        return torch.stack(states, dim=1)

    with torch.no_grad():
        assert (layer(x) - walk(0)).abs().max() < 1e-5 < 1e-2 < (layer(x) - walk(1)).abs().max()
