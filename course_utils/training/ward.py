"""The ward of chapter 14: sixteen small trainings with one fault each, and three without any.

Every function below is two programs in one. A line that ends in `# sick` belongs to the sick one, a line that ends in
`# cured` to the cured one, all others to both; `programs` takes them apart. So what is shown as the cure is what is
run.
"""

import difflib
import inspect
import re
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence

from .monitor import Monitor

MARK = re.compile(r"  # (sick|cured)$")
EVERY = 5  # steps between two looks of the monitor: these trainings are short


class Reader(nn.Module):
    """A recurrent layer and a readout of its last output."""

    def __init__(self, inputs, classes, hidden=32, layer=nn.LSTM):
        super().__init__()
        self.rnn = layer(inputs, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, classes)

    def forward(self, x):  # (B, T, I) -> (B, classes)
        return self.readout(self.rnn(x)[0][:, -1])


class Teller(nn.Module):
    """A recurrent layer and a readout at every step; the state is handed in and out."""

    def __init__(self, inputs, classes, hidden=32, layer=nn.LSTM):
        super().__init__()
        self.rnn = layer(inputs, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, classes)

    def forward(self, x, state=None):  # (B, T, I) -> (B, T, classes), state
        out, state = self.rnn(x, state)
        return self.readout(out), state


def batches(x, y, steps, g, size=32):
    """`steps` random batches of the rows of x and y."""
    for _ in range(steps):
        rows = torch.randint(len(x), (size,), generator=g)
        yield x[rows], y[rows]


def first_symbol(count, steps, g, symbols=4):
    """Which of four symbols came first? x (count, steps, 4) one-hot, y (count,)"""
    ids = torch.randint(symbols, (count, steps), generator=g)
    return F.one_hot(ids, symbols).float(), ids[:, 0]


def more_ups(count, steps, g):
    """Were there more ups or more downs? x (count, steps, 1) of ±1, steps odd, y (count,)"""
    x = 2.0 * torch.randint(2, (count, steps, 1), generator=g) - 1
    return x, (x.sum(dim=(1, 2)) > 0).long()


def chain(streams, steps, g, symbols=6):
    """Streams in which each symbol determines the next but one, five times out of six: ids (streams, steps)."""
    ids = torch.randint(symbols, (streams, steps), generator=g)
    for t in range(2, steps):
        follows = (ids[:, t - 2] + 1) % symbols
        ids[:, t] = torch.where(torch.rand(streams, generator=g) < 0.8, follows, ids[:, t])
    return ids


def accuracy(scores, y):
    return (scores.argmax(-1) == y).float().mean().item()


def check(monitor, model, x, y):
    """Validate: the loss, and the share that is right."""
    model.eval()
    with torch.no_grad():
        scores = model(x)
        monitor.record(F.cross_entropy(scores, y))
    monitor.score(accuracy(scores, y))


def setting(seed):
    """Torch's seed set, and a generator for the data."""
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


# --- the sick


def no_zero_grad(seed):
    g = setting(seed)
    (x, y), (x_val, y_val) = first_symbol(1000, 8, g), first_symbol(200, 8, g)
    model = Reader(4, 4)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with Monitor(model, optimizer, every=EVERY) as monitor:
        for step, (xb, yb) in enumerate(batches(x, y, 120, g)):
            optimizer.zero_grad()  # cured
            loss = monitor.record(F.cross_entropy(model(xb), yb))
            loss.backward()
            optimizer.step()
            if step % 20 == 19:
                check(monitor, model, x_val, y_val)
                model.train()
    return monitor


def no_detach(seed):
    g = setting(seed)
    ids = chain(16, 801, g)
    x, y = F.one_hot(ids[:, :-1], 6).float(), ids[:, 1:]
    model, state = Teller(6, 6), None
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    monitor = Monitor(model, optimizer, every=EVERY)
    with monitor:
        for xb, yb in zip(x.split(10, dim=1), y.split(10, dim=1)):
            scores, state = model(xb, state)
            state = tuple(part.detach() for part in state)  # cured
            loss = monitor.record(F.cross_entropy(scores.transpose(1, 2), yb))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return monitor


def state_across_shuffled(seed):
    g = setting(seed)
    (x, y), (x_val, y_val) = more_ups(1000, 9, g), more_ups(200, 9, g)
    model, state = Teller(1, 2), None
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with Monitor(model, optimizer, every=EVERY) as monitor:
        for step, (xb, yb) in enumerate(batches(x, y, 150, g)):
            scores, state = model(xb, state)  # sick
            state = tuple(part.detach() for part in state)  # sick
            scores, _ = model(xb)  # cured
            loss = monitor.record(F.cross_entropy(scores[:, -1], yb))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step % 25 == 24:
                with torch.no_grad():
                    monitor.record(F.cross_entropy(model(x_val)[0][:, -1], y_val))
    return monitor


def clip_before_backward(seed):
    g = setting(seed)
    x, y = first_symbol(1000, 8, g)
    model = Reader(4, 4)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with Monitor(model, optimizer, clip=0.1, every=EVERY) as monitor:
        for xb, yb in batches(x, y, 120, g):
            optimizer.zero_grad()
            loss = monitor.record(F.cross_entropy(model(xb), yb))
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)  # sick
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)  # cured
            optimizer.step()
    return monitor


def clip_by_value(seed):
    g = setting(seed)
    x, y = first_symbol(1000, 8, g)
    model = Reader(4, 4)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with Monitor(model, optimizer, every=EVERY) as monitor:
        for xb, yb in batches(x, y, 120, g):
            optimizer.zero_grad()
            loss = monitor.record(F.cross_entropy(model(xb), yb))
            loss.backward()
            nn.utils.clip_grad_value_(model.parameters(), 0.01)  # sick
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)  # cured
            optimizer.step()
    return monitor


def softmax_twice(seed):
    g = setting(seed)
    (x, y), (x_val, y_val) = first_symbol(1000, 4, g), first_symbol(200, 4, g)
    model = Reader(4, 4)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with Monitor(model, optimizer, every=EVERY) as monitor:
        for step, (xb, yb) in enumerate(batches(x, y, 200, g)):
            optimizer.zero_grad()
            scores = model(xb)
            loss = F.cross_entropy(scores.softmax(dim=1), yb)  # sick
            loss = F.cross_entropy(scores, yb)  # cured
            monitor.record(loss)
            loss.backward()
            optimizer.step()
            if step % 20 == 19:
                with torch.no_grad():
                    monitor.score(accuracy(model(x_val), y_val))
    return monitor


def axes_swapped(seed):
    g = setting(seed)
    (x, y), (x_val, y_val) = first_symbol(1000, 8, g), first_symbol(200, 8, g)
    model = Reader(4, 4)
    model.rnn = nn.LSTM(4, 32)  # sick
    model.rnn = nn.LSTM(4, 32, batch_first=True)  # cured
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with Monitor(model, optimizer, every=EVERY) as monitor:
        for step, (xb, yb) in enumerate(batches(x, y, 150, g)):
            optimizer.zero_grad()
            loss = monitor.record(F.cross_entropy(model(xb), yb))
            loss.backward()
            optimizer.step()
            if step % 25 == 24:
                check(monitor, model, x_val, y_val)
                model.train()
    return monitor


def reads_padding(seed):
    g = setting(seed)
    x, lengths = first_symbol(1000, 16, g)[0], torch.randint(2, 17, (1000,), generator=g)
    y = x[torch.arange(1000), lengths - 1].argmax(dim=1)  # which symbol came last?
    x = x * (torch.arange(16) < lengths[:, None])[:, :, None]
    model = Teller(4, 4)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with Monitor(model, optimizer, every=EVERY) as monitor:
        for rows in torch.randint(1000, (120, 32), generator=g):
            optimizer.zero_grad()
            out, _ = model(x[rows])
            scores = out[:, -1]  # sick
            scores = out[torch.arange(32), lengths[rows] - 1]  # cured
            loss = monitor.record(F.cross_entropy(scores, y[rows]))
            loss.backward()
            optimizer.step()
    return monitor


def left_in_eval(seed):
    g = setting(seed)
    (x, y), (x_val, y_val) = first_symbol(60, 6, g), first_symbol(200, 6, g)
    y, y_val = (torch.where(torch.rand(len(v), generator=g) < 0.3, 0, v) for v in (y, y_val))  # some labels are wrong
    model = Reader(4, 4)
    model.readout = nn.Sequential(nn.Dropout(0.5), model.readout)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with Monitor(model, optimizer, every=EVERY) as monitor:
        for step, (xb, yb) in enumerate(batches(x, y, 200, g)):
            optimizer.zero_grad()
            loss = monitor.record(F.cross_entropy(model(xb), yb))
            loss.backward()
            optimizer.step()
            if step % 25 == 24:
                check(monitor, model, x_val, y_val)
                model.train()  # cured
    return monitor


def unshifted(seed):
    g = setting(seed)
    ids, val = chain(200, 16, g), chain(200, 16, g)
    inputs, targets = slice(None), slice(None)  # sick
    inputs, targets = slice(None, -1), slice(1, None)  # cured
    model = Teller(6, 6)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with Monitor(model, optimizer, every=EVERY) as monitor:
        for step, rows in enumerate(torch.randint(200, (120, 32), generator=g)):
            scores, _ = model(F.one_hot(ids[rows, inputs], 6).float())
            loss = monitor.record(F.cross_entropy(scores.transpose(1, 2), ids[rows, targets]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step % 20 == 19:
                with torch.no_grad():
                    scores, _ = model(F.one_hot(val[:, inputs], 6).float())
                    monitor.record(F.cross_entropy(scores.transpose(1, 2), val[:, targets]))
                    following, _ = model(F.one_hot(val[:, :-1], 6).float())
                monitor.score(accuracy(following, val[:, 1:]))
    return monitor


def scaler_on_test(seed):
    g = setting(seed)
    series = 0.02 * torch.arange(600) + torch.sin(torch.arange(600) / 5)
    series = series + 0.1 * torch.randn(600, generator=g)
    train, test = series[:450], series[450:]
    mean, std = test.mean(), test.std()  # sick
    mean, std = train.mean(), train.std()  # cured
    train, test = ((part - mean) / std for part in (train, test))
    windows, exam = (part.unfold(0, 21, 1).unsqueeze(2) for part in (train, test))
    model = Reader(1, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with Monitor(model, optimizer, every=EVERY) as monitor:
        for step, (xb, yb) in enumerate(batches(windows[:, :-1], windows[:, -1], 120, g)):
            optimizer.zero_grad()
            loss = monitor.record(F.mse_loss(model(xb), yb))
            loss.backward()
            optimizer.step()
            if step % 20 == 19:
                with torch.no_grad():
                    monitor.record(F.mse_loss(model(exam[:, :-1]), exam[:, -1]))
    return monitor


def short_memory(seed):
    g = setting(seed)
    x, y = first_symbol(1000, 40, g)
    x[:, 1:] *= 0  # nothing comes after the first symbol
    model = Reader(4, 4)
    with torch.no_grad():  # cured
        model.rnn.bias_hh_l0[32:64] = 4.0  # cured
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with Monitor(model, optimizer, every=EVERY) as monitor:
        for xb, yb in batches(x, y, 80, g):
            optimizer.zero_grad()
            loss = monitor.record(F.cross_entropy(model(xb), yb))
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
    return monitor


class Tower(nn.Module):
    """A recurrent layer, then hidden layers in a list."""

    def __init__(self, listed):
        super().__init__()
        self.rnn = nn.GRU(4, 32, batch_first=True)
        self.layers = listed([nn.Linear(32, 32), nn.Linear(32, 4)])

    def forward(self, x):
        h = self.rnn(x)[0][:, -1]
        for layer in self.layers:
            h = layer(h.relu())
        return h


def not_registered(seed):
    g = setting(seed)
    x, y = first_symbol(1000, 8, g)
    model = Tower(list)  # sick
    model = Tower(nn.ModuleList)  # cured
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with Monitor(model, optimizer, every=EVERY) as monitor:
        for xb, yb in batches(x, y, 120, g):
            optimizer.zero_grad()
            loss = monitor.record(F.cross_entropy(model(xb), yb))
            loss.backward()
            optimizer.step()
    return monitor


def bad_start(seed):
    g = setting(seed)
    x, y = more_ups(1000, 9, g)
    model = Reader(1, 2)
    for p in model.rnn.parameters():  # sick
        nn.init.normal_(p, std=2.0)  # sick
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with Monitor(model, optimizer, every=EVERY) as monitor:
        for xb, yb in batches(x, y, 120, g):
            optimizer.zero_grad()
            loss = monitor.record(F.cross_entropy(model(xb), yb))
            loss.backward()
            optimizer.step()
    return monitor


def decay_in_adam(seed):
    g = setting(seed)
    x, y = first_symbol(1000, 6, g)
    model = Reader(4, 4)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=0.1)  # sick
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)  # cured
    with Monitor(model, optimizer, every=EVERY) as monitor:
        for xb, yb in batches(x, y, 150, g):
            optimizer.zero_grad()
            loss = monitor.record(F.cross_entropy(model(xb), yb))
            loss.backward()
            optimizer.step()
    return monitor


def rare_alarm(count, g):
    """An alarm, in 4 of 100 rows, where the readings lean up a little: x (count, 12, 1), y (count,)"""
    y = (torch.rand(count, generator=g) < 0.04).long()
    return torch.randn(count, 12, 1, generator=g) + 0.45 * y[:, None, None], y


def ranked_right(scores, y):
    """Area under the ROC curve: how often a row with y = 1 has a higher score than a row with y = 0."""
    margin = scores[:, 1] - scores[:, 0]
    return (margin[y == 1][:, None] > margin[y == 0]).float().mean().item()


def wrong_metric(seed):
    g = setting(seed)
    (x, y), (x_val, y_val) = rare_alarm(4000, g), rare_alarm(2000, g)
    model = Reader(1, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with Monitor(model, optimizer, every=EVERY) as monitor:
        for step, (xb, yb) in enumerate(batches(x, y, 120, g, size=128)):
            if step % 15 == 10:
                with torch.no_grad():
                    scores = model(x_val)
                monitor.score(accuracy(scores, y_val))  # sick
                monitor.score(ranked_right(scores, y_val))  # cured
            optimizer.zero_grad()
            loss = monitor.record(F.cross_entropy(model(xb), yb))
            loss.backward()
            optimizer.step()
    return monitor


# --- the healthy


def healthy_names(seed):
    """Sequences of different length, packed, with dropout, clipped, validated."""
    g = setting(seed)
    (x, y), (x_val, y_val) = first_symbol(1000, 12, g), first_symbol(200, 12, g)
    lengths = torch.randint(3, 13, (1200,), generator=g)
    rnn, readout = nn.GRU(4, 32, batch_first=True), nn.Sequential(nn.Dropout(0.2), nn.Linear(32, 4))
    model = nn.ModuleList([rnn, readout])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

    def scores(x, lengths):
        return readout(rnn(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))[1][-1])

    with Monitor(model, optimizer, clip=1.0, every=EVERY) as monitor:
        for step, rows in enumerate(torch.randint(1000, (150, 32), generator=g)):
            optimizer.zero_grad()
            loss = monitor.record(F.cross_entropy(scores(x[rows], lengths[rows]), y[rows]))
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if step % 25 == 24:
                model.eval()
                with torch.no_grad():
                    guesses = scores(x_val, lengths[1000:])
                    monitor.record(F.cross_entropy(guesses, y_val))
                monitor.score(accuracy(guesses, y_val))
                model.train()
    return monitor


def healthy_stream(seed):
    """A language model that reads on where it stopped; two passes."""
    g = setting(seed)
    ids, val = chain(16, 801, g), chain(16, 101, g)
    x, y = F.one_hot(ids[:, :-1], 6).float(), ids[:, 1:]
    model = Teller(6, 6)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with Monitor(model, optimizer, clip=1.0, every=EVERY) as monitor:
        for _ in range(2):
            state = None
            for xb, yb in zip(x.split(10, dim=1), y.split(10, dim=1)):
                scores, state = model(xb, state)
                state = tuple(part.detach() for part in state)
                loss = monitor.record(F.cross_entropy(scores.transpose(1, 2), yb))
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                if len(monitor.loss) % 25 == 0:
                    with torch.no_grad():
                        guesses, _ = model(F.one_hot(val[:, :-1], 6).float())
                        monitor.record(F.cross_entropy(guesses.transpose(1, 2), val[:, 1:]))
                    monitor.score(accuracy(guesses, val[:, 1:]))
    return monitor


def healthy_forecast(seed):
    """A series with a trend, scaled by its past, AdamW."""
    g = setting(seed)
    series = 0.01 * torch.arange(600) + torch.sin(torch.arange(600) / 5)
    series = series + 0.1 * torch.randn(600, generator=g)
    mean, std = series[:400].mean(), series[:400].std()
    series = (series - mean) / std
    windows, exam = (part.unfold(0, 21, 1).unsqueeze(2) for part in (series[:400], series[400:500]))
    model = Reader(1, 1, layer=nn.GRU)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=0.01)
    with Monitor(model, optimizer, clip=1.0, every=EVERY) as monitor:
        for step, (xb, yb) in enumerate(batches(windows[:, :-1], windows[:, -1], 150, g)):
            optimizer.zero_grad()
            loss = monitor.record(F.mse_loss(model(xb), yb))
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if step % 25 == 24:
                model.eval()
                with torch.no_grad():
                    monitor.record(F.mse_loss(model(exam[:, :-1]), exam[:, -1]))
                model.train()
    return monitor


# --- the register


@dataclass(frozen=True)
class Patient:
    """A training with a fault. program: the function above; rule: the name of the rule that should speak first; fault:
    `中文 || English`, what is wrong; like: the rules of three other patients, whose faults one may take it for."""

    program: callable
    rule: str
    fault: str
    like: str

    @property
    def name(self):
        return self.program.__name__


PATIENTS = (
    Patient(no_zero_grad, "old-gradient", "忘了 zero_grad || zero_grad is missing", "decay memory saturated"),
    Patient(
        no_detach, "graph", "带过去的状态没有 detach || the state handed on is not detached", "thread old-gradient mode"
    ),
    Patient(
        state_across_shuffled,
        "thread",
        "批打乱了，状态却带着 || shuffled batches, yet the state is kept",
        "graph memory mode",
    ),
    Patient(
        clip_before_backward,
        "unclipped",
        "裁剪写在 backward 之前 || clipping stands before backward",
        "bent old-gradient saturated",
    ),
    Patient(clip_by_value, "bent", "按值裁剪 || clipping by value", "unclipped decay saturated"),
    Patient(
        softmax_twice,
        "too-bad",
        "交叉熵之前多了一次 softmax || one softmax too many before cross-entropy",
        "too-good memory strangers",
    ),
    Patient(axes_swapped, "axes", "忘了 batch_first=True || batch_first=True is missing", "memory padding thread"),
    Patient(reads_padding, "padding", "读的是填充上的输出 || the output is read on padding", "memory axes mode"),
    Patient(
        left_in_eval,
        "mode",
        "验证之后没有切回训练模式 || no return to training mode after validating",
        "thread blind scale",
    ),
    Patient(unshifted, "too-good", "教师强制没有右移一格 || teacher forcing without the shift", "too-bad scale blind"),
    Patient(
        scaler_on_test,
        "scale",
        "缩放用的是测试集的均值 || scaled by the mean of the test set",
        "saturated unclipped too-good",
    ),
    Patient(
        short_memory,
        "memory",
        "记得久，遗忘门偏置却是默认的 || a long memory with the default forget bias",
        "axes strangers decay",
    ),
    Patient(
        not_registered,
        "strangers",
        "层放在普通列表里，没有注册 || layers in a plain list, not registered",
        "too-bad decay memory",
    ),
    Patient(bad_start, "saturated", "初始权重太大 || initial weights too large", "scale old-gradient bent"),
    Patient(decay_in_adam, "decay", "权重衰减混进了 Adam || weight decay inside Adam", "memory old-gradient saturated"),
    Patient(wrong_metric, "blind", "指标选错了 || the wrong metric", "too-good mode scale"),
)
HEALTHY = (healthy_names, healthy_stream, healthy_forecast)
NOTHING = "没有毛病 || nothing is wrong"


def programs(program):
    """The source of a function above as (sick, cured); for a healthy one the two are the same."""
    lines = inspect.getsource(program).rstrip().split("\n")
    return tuple(
        "\n".join(MARK.sub("", line) for line in lines if not line.endswith(f"# {other}"))
        for other in ("cured", "sick")
    )


def cure(program):
    """The lines that differ, as `(sign, line)` with sign "-" or "+", and " " for one line of context around them."""
    sick, cured = (text.split("\n") for text in programs(program))
    lines = [
        line
        for line in difflib.unified_diff(sick, cured, n=1, lineterm="")
        if not line.startswith(("@@", "---", "+++"))
    ]
    indent = min(len(line) - 1 - len(line[1:].lstrip()) for line in lines if line[1:])
    return [(line[0], line[1 + indent :]) for line in lines]


def run(program, seed, cured=False):
    """The Monitor of a training, which may have ended in an error that the monitor has written down."""
    admitted = []

    def admit(*args, **kwargs):
        admitted.append(Monitor(*args, **kwargs))
        return admitted[0]

    names = globals() | {"Monitor": admit}
    exec(programs(program)[cured], names)
    try:
        names[program.__name__](seed)
    except RuntimeError:
        if not admitted or admitted[0].error is None:
            raise
    return admitted[0]


def chart(monitor, cured=None, patient=None):
    """What the page `ward` shows of a training: its curves, a few measurements, and for a patient the answer and the
    cure. cured: the Monitor of the cured training."""
    faults = {one.rule: one.fault for one in PATIENTS}
    rules = [patient.rule, *patient.like.split()] if patient else ["memory", "decay", "mode", "thread"]
    options = sorted((faults[rule] for rule in rules), key=lambda fault: list(faults.values()).index(fault))
    return {
        "loss": _short(monitor.loss),
        "validation": [[step, _digits(value)] for step, value in monitor.validation],
        "metric": [[step, _digits(value)] for step, value in monitor.metric],
        "before": _short(monitor.norm_before),
        "after": _short(monitor.norm_after),
        "looks": monitor.looks,
        "update": _short(monitor.update_ratio),
        "gates": {gate: [_short(monitor.gates[k][gate]) for k in (0, -1)] for gate in monitor.gates[0]},
        "tests": _measurements(monitor),
        "error": monitor.error or "",
        "options": [*options, NOTHING],
        "answer": options.index(patient.fault) if patient else len(options),
        "cured": _short(cured.loss) if cured else [],
        "cure": ["".join(pair) for pair in cure(patient.program)] if patient else [],
    }


def _digits(value):
    return float(f"{value:.3g}")


def _short(values):
    return [_digits(value) for value in values]


def _measurements(m):
    """(what, value) as texts `中文 || English`."""
    mean, std = m.validation_inputs()
    inputs = [value for value in zip(m.input_mean, m.input_std) if value[0] == value[0]]
    own_mean, own_std = (sum(column) / len(column) for column in zip(*inputs))
    padding = [share for share in m.on_padding if share == share]
    shapes = {part: ", ".join(f"{rows} × {steps}" for rows, steps in sorted(m.shapes[part])) for part in m.shapes}
    handed = sum(m.handed_on) / len(m.handed_on)
    found = [
        (
            "反向传播前的旧梯度 / 新梯度 || old gradient before backward / new one",
            f"{sorted(m.leftover)[len(m.leftover) // 2]:.2g}",
        ),
        (
            "裁剪改变了方向的步 || steps in which clipping changes the direction",
            f"{sum(b > 1.01 for b in m.bend) / len(m.bend):.0%}",
        ),
        ("说好的梯度范数上限 || promised limit of the gradient norm", "–" if m.clip is None else f"{m.clip:g}"),
        ("优化器不认识的参数 || parameters unknown to the optimizer", f"{m.untrained}"),
        (
            "权重的长度，头 → 尾 || length of the weights, first → last",
            f"{m.weight_norm[0]:.3g} → {m.weight_norm[-1]:.3g}",
        ),
        ("循环层的输入，行 × 步，训练 || layer input, rows × steps, training", shapes["training"]),
        ("循环层的输入，行 × 步，验证 || layer input, rows × steps, validation", shapes["validation"] or "–"),
        ("训练输入的均值 ± 标准差 || training inputs, mean ± deviation", f"{own_mean:.2f} ± {own_std:.2f}"),
        (
            "验证输入的均值 ± 标准差 || validation inputs, mean ± deviation",
            f"{mean:.2f} ± {std:.2f}" if mean == mean else "–",
        ),
        (
            "落在填充上的梯度 || gradient that arrives on padding",
            f"{sum(padding) / len(padding):.0%}" if padding else "–",
        ),
        ("train 模式的训练步 || training steps in training mode", f"{sum(m.training_mode) / len(m.training_mode):.0%}"),
        ("从上一批的状态开始 || starts from the last batch's state", f"{handed:.0%}"),
        (
            "同一段再来，后面接的还是同一段 || a chunk came again: followed by the same",
            f"{m.continued} / {m.compared}" if m.compared else "–",
        ),
    ]
    return [list(pair) for pair in found]
