"""Eight update rules for a state, two small tasks, and one way of training them all: the table of chapter 12.

Seven rules keep a state of 64 numbers (float32: 256 bytes); attention keeps a key and a value of 8 numbers for every
token. What the chapter shows, `datasets/make_rules.py` ran for every square.
"""

import torch
from torch import nn
from torch.nn import functional as F

STATE, SIDE = 64, 8  # numbers in a state; as a matrix it is SIDE x SIDE


class Vanilla(nn.Module):
    """h = tanh(W x + b + U h). The state is h (B, 64)."""

    def __init__(self, inputs):
        super().__init__()
        self.project, self.U = nn.Linear(inputs, STATE), nn.Linear(STATE, STATE, bias=False)
        self.out, self.shape = STATE, (STATE,)

    def step(self, p, h):
        h = torch.tanh(p + self.U(h))
        return h, h


class LongShort(nn.Module):
    """An LSTM. The state is h and c side by side (B, 64)."""

    def __init__(self, inputs):
        super().__init__()
        self.out, self.shape = STATE // 2, (STATE,)
        self.project, self.U = nn.Linear(inputs, 2 * STATE), nn.Linear(self.out, 2 * STATE, bias=False)

    def step(self, p, state):
        h, c = state.chunk(2, dim=1)
        i, f, g, o = (p + self.U(h)).chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return h, torch.cat([h, c], dim=1)


class Vector(nn.Module):
    """h = a h + (1 - |a|) n, where the factor a and the candidate n see x alone. a is in (low, 1): low = 0 is the
    minGRU (arXiv 2410.01201), low = -1 lets a change sign (arXiv 2411.12537). The state is h (B, 64)."""

    def __init__(self, inputs, low):
        super().__init__()
        self.project = nn.Linear(inputs, 2 * STATE)
        self.low, self.out, self.shape = low, STATE, (STATE,)

    def step(self, p, h):
        gate, n = p.chunk(2, dim=1)
        a = self.low + (1 - self.low) * torch.sigmoid(gate)
        h = a * h + (1 - a.abs()) * n
        return h, h


class Matrix(nn.Module):
    """S = α S (I - β k kᵀ) + β v kᵀ, read as S q; k, v, q, α, β see x alone. Without `erase` the factor I - β k kᵀ is
    gone (linear attention), without `decay` α = 1 (the delta rule, arXiv 2406.06484); with both it is the gated delta
    rule (arXiv 2412.06464). k and q have length 1, α and β lie in (0, 1). The state is S (B, 8, 8), a row for each
    entry of a value, a column for each entry of a key."""

    def __init__(self, inputs, erase, decay):
        super().__init__()
        self.project = nn.Linear(inputs, 3 * SIDE + 2)
        self.erase, self.decay, self.out, self.shape = erase, decay, SIDE, (SIDE, SIDE)

    def step(self, p, S):
        k, v, q, alpha, beta = p.split([SIDE, SIDE, SIDE, 1, 1], dim=1)
        k, q, beta = F.normalize(k, dim=1), F.normalize(q, dim=1), torch.sigmoid(beta)
        if self.decay:
            S = torch.sigmoid(alpha + 4)[:, :, None] * S  # + 4: at the start next to nothing fades
        old = (S @ k[:, :, None])[:, :, 0] if self.erase else 0
        S = S + (beta * (v - old))[:, :, None] * k[:, None, :]
        return (S @ q[:, :, None])[:, :, 0], S


class Attention(nn.Module):
    """Causal softmax attention with one head; a learned penalty for distance tells old from new (arXiv 2108.12409)."""

    def __init__(self, inputs):
        super().__init__()
        self.project, self.slope, self.out = nn.Linear(inputs, 3 * SIDE), nn.Parameter(torch.tensor(0.0)), SIDE

    def forward(self, x):  # (B, T, I) -> (B, T, 8)
        q, k, v = self.project(x).chunk(3, dim=2)
        age = torch.arange(x.shape[1])[:, None] - torch.arange(x.shape[1])
        scores = q @ k.transpose(1, 2) / SIDE**0.5 - F.softplus(self.slope) * age
        return scores.masked_fill(age < 0, -torch.inf).softmax(dim=2) @ v


RULES = {
    "tanh RNN": Vanilla,
    "LSTM": LongShort,
    "minGRU": lambda inputs: Vector(inputs, low=0),
    "gated linear ±1": lambda inputs: Vector(inputs, low=-1),
    "linear attention": lambda inputs: Matrix(inputs, erase=False, decay=False),
    "delta rule": lambda inputs: Matrix(inputs, erase=True, decay=False),
    "gated delta": lambda inputs: Matrix(inputs, erase=True, decay=True),
    "attention": Attention,
}


class RuleNet(nn.Module):
    """One rule between the input and a readout with an output gate that sees x: what all eight have in common."""

    def __init__(self, rule, inputs, classes):
        super().__init__()
        self.rule = rule(inputs)
        self.gate, self.readout = nn.Linear(inputs, self.rule.out), nn.Linear(self.rule.out, classes)

    def forward(self, x):  # (B, T, I) -> (B, T, classes)
        if isinstance(self.rule, Attention):
            outputs = self.rule(x)
        else:
            state, steps = x.new_zeros(len(x), *self.rule.shape), []
            for p in self.rule.project(x).unbind(dim=1):  # what sees x alone, for all steps at once
                out, state = self.rule.step(p, state)
                steps.append(out)
            outputs = torch.stack(steps, dim=1)
        return self.readout(outputs * torch.sigmoid(self.gate(x)))


def parity_batch(count, steps, generator):
    """Bits, and after each one whether the number of ones so far is odd. Returns x (count, steps, 3), y (count, steps);
    the first token is a start sign."""
    bits = torch.randint(2, (count, steps), generator=generator)
    bits[:, 0] = 0
    x = F.one_hot(bits, 3).float()
    x[:, 0] = torch.tensor([0.0, 0.0, 1.0])
    return x, bits.cumsum(dim=1) % 2


KEYS, VALUES, FEW = 32, 8, 4
SIZES = {"parity": (3, 2), "memory": (2 * KEYS + VALUES, VALUES)}  # inputs, classes


def memory_batch(count, steps, once, generator):
    """At each step one pair (key, value) is written and one of the keys written so far is asked for.

    once: each of 32 keys is written a single time (steps <= 32), so that after t steps t pairs are stored. Otherwise 4
    keys are overwritten again and again. Returns x (count, steps, 72) and y (count, steps), the value written last under
    the key asked for."""
    if once:
        keys = torch.rand(count, KEYS, generator=generator).argsort(dim=1)[:, :steps]
    else:
        keys = torch.randint(FEW, (count, steps), generator=generator)
    values = torch.randint(VALUES, (count, steps), generator=generator)
    # ask for the key of a random earlier step (or of this one)
    asked = (torch.rand(count, steps, generator=generator) * torch.arange(1, steps + 1)).long()
    queries = keys.gather(1, asked)
    same = keys[:, None, :] == queries[:, :, None]  # (count, time of the question, time of the writing)
    latest = (same.tril() * torch.arange(1, steps + 1)).argmax(dim=2)
    x = torch.cat([F.one_hot(keys, KEYS), F.one_hot(values, VALUES), F.one_hot(queries, KEYS)], dim=2).float()
    return x, values.gather(1, latest)


def parity_task(generator):
    """Training batches: 2 to 32 tokens."""
    return parity_batch(32, int(torch.randint(2, 33, (1,), generator=generator)), generator)


def memory_task(generator):
    """Training batches: 32 steps, half of them with keys that are written once, half with keys overwritten."""
    return memory_batch(32, 32, bool(torch.rand(1, generator=generator) < 0.5), generator)


TASKS = {"parity": (parity_task, 600), "memory": (memory_task, 600)}  # with the number of training steps


def train_rule(rule, task, seed, lr):
    """Train `rule` (a name in RULES, or a function inputs -> module) on "parity" or "memory". Returns the RuleNet. Adam,
    fresh batches of 32, cross-entropy at every step of the sequence, gradient norm clipped to 1."""
    draw, steps = TASKS[task]
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = RuleNet(RULES.get(rule, rule), *SIZES[task])
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(steps):
        x, y = draw(generator)
        loss = F.cross_entropy(model(x).transpose(1, 2), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model


@torch.no_grad()
def right(model, x, y):
    """The share of right answers at each step: (T,)"""
    return (model(x).argmax(dim=2) == y).float().mean(dim=0)


def exam(model, task, seed):
    """A dict of scores on sequences from a generator of their own. near: the second half of sequences as long as the
    longest in training; far: the last quarter of 512 steps; for "memory" also pairs_4 … pairs_32, right answers when so
    many pairs are stored, each written once."""
    g = torch.Generator().manual_seed(10_000 + seed)
    if task == "parity":
        near, far = right(model, *parity_batch(1000, 32, g)), right(model, *parity_batch(200, 512, g))
        return {"near": near[16:].mean().item(), "far": far[384:].mean().item()}
    near, far = right(model, *memory_batch(500, 32, False, g)), right(model, *memory_batch(100, 512, False, g))
    stored = right(model, *memory_batch(2000, 32, True, g))
    return {"near": near[16:].mean().item(), "far": far[384:].mean().item()} | {
        f"pairs_{n}": stored[n - 1].item() for n in (4, 8, 16, 32)
    }
