"""What goes on inside a training loop: a monitor for any loop around nn.LSTM or nn.GRU and a torch optimizer."""

import base64
import io
import math
import os
import time

import matplotlib.pyplot as plt
import torch
from IPython import get_ipython
from IPython.display import display
from torch import nn
from torch.linalg import vector_norm
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from course_utils import language
from course_utils.plotting.training import training_curves

BINS = 20  # of a gate's histogram; the first and the last (below 0.05, above 0.95) are saturated
GATES = {nn.LSTM: {"i": 0, "f": 1, "o": 3}, nn.GRU: {"r": 0, "z": 1}}  # where the gates stand among torch's blocks
ROWS = 8  # of a batch whose gates are looked at


class Monitor:
    """Hooks on a model and its optimizer that write down what happens at every step.

        with Monitor(model, optimizer, clip=1.0) as monitor:
            for x, y in batches:
                optimizer.zero_grad()
                loss = monitor.record(loss_function(model(x), y))
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
        monitor

    With training.fit: `fit(model, monitor.hear(loss), batches, optimizer=optimizer)`. The monitor changes no number of
    the training.

    clip: the largest global gradient norm that the loop promises to hand to the optimizer, None where it does not clip.
    every: every how many steps it looks at what costs more (gates, updates, inputs). Step lists have an entry for each
    step of the optimizer, look lists one for each look, at the steps `looks`. A value that was not seen is nan.
    log_dir: also write the curves for TensorBoard, into this folder; needs the package tensorboard.
    live: redraw the curves about once a second while the training runs in a notebook."""

    def __init__(self, model, optimizer, *, clip=None, every=10, log_dir=None, live=False):
        self.model, self.optimizer, self.clip, self.every = model, optimizer, clip, every
        # one entry for each step
        self.loss = []
        self.norm_before, self.norm_after = [], []  # global gradient norm after backward; as the optimizer gets it
        self.bend = []  # by how much clipping scaled one parameter more than another: 1 is a mere change of length
        self.leftover = []  # old gradient found at the first backward of a step, in units of the new one
        self.nonfinite = []  # share of gradient entries that are nan or infinite
        self.training_mode = []
        # one entry for each look
        self.looks = []
        self.update_ratio = []  # length of the update / length of the weights
        self.weight_norm = []
        self.decay_pull = []  # weight decay inside Adam's gradient, in units of the gradient
        self.gates = []  # dicts: gate -> shares in BINS bins from 0 to 1
        self.on_padding = []  # share of the gradient at the layer's output that arrives on padding
        self.handed_on = []  # 1.0: the layer starts from the state in which the last batch left it
        self.input_mean, self.input_std = [], []
        # when it was validated: lists of (step, value)
        self.validation, self.metric = [], []
        self.validation_mode = []  # was the model in training mode?
        self.shapes = {"training": set(), "validation": set()}  # (rows, steps) that the recurrent layer was given
        self.untrained = None  # how many parameters the loss depends on that the optimizer does not know
        self.handed_rows = 0  # rows that began with a handed-on state; of them:
        self.compared = self.continued = 0  # those that had come before; those with the same row after them as then
        self.has_modes = any(_has_modes(module) for module in model.modules())  # does train() or eval() matter?
        self.error = None  # what ended the `with` block, as text

        self._seen = [0, 0.0, 0.0]  # of the validation inputs: count, sum, sum of squares
        self._fresh()
        self._last_state, self._last_rows, self._followed = None, None, {}
        self._parameters = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
        self._writer = _tensorboard(log_dir) if log_dir is not None else None
        self._picture = _Live(self) if live else None
        self._hooks = [optimizer.register_step_pre_hook(self._before_step)]
        self._hooks.append(optimizer.register_step_post_hook(self._after_step))
        for place, p in enumerate(self._parameters):
            self._hooks.append(p.register_hook(self._arriving(place, p)))
            self._hooks.append(p.register_post_accumulate_grad_hook(self._arrived(place)))
        for module in model.modules():
            if isinstance(module, tuple(GATES)):
                self._hooks.append(module.register_forward_hook(self._forward, with_kwargs=True))
                break  # the first recurrent layer: it sees the data

    # --- what the loop calls

    def record(self, loss):
        """Write down a loss and return it: with a graph it is this step's, without one it is a validation loss."""
        if loss.requires_grad:
            self._loss, self._mode = loss.detach(), self.model.training
            if self.untrained is None:
                self.untrained = _untrained(loss, self._parameters)
        else:
            self._validated(self.validation, loss.item())
            self.validation_mode.append(self.model.training)
        return loss

    def score(self, value):
        """Write down a metric of the validation (the larger the better, at most 1)."""
        self._validated(self.metric, float(value))

    def hear(self, loss):
        """The function loss(model, batch), and every value it returns is recorded."""

        def heard(model, batch):
            return self.record(loss(model, batch))

        return heard

    def close(self):
        """Take all hooks off and finish the log."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        if self._writer is not None:
            self._writer.close()
        if self._picture is not None:
            self._picture.draw()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            self.error = f"{kind.__name__}: {error}"
        self.close()

    # --- what it tells

    def saturation(self, gate):
        """Share of a gate's values below 0.05 or above 0.95, a list with one entry for each look."""
        return [bins[gate][0] + bins[gate][-1] for bins in self.gates]

    def gate_mean(self, gate):
        """A gate's mean value, a list with one entry for each look."""
        return [sum((k + 0.5) / BINS * share for k, share in enumerate(bins[gate])) for bins in self.gates]

    def validation_inputs(self):
        """Mean and standard deviation of all inputs seen while validating; nan where there were none."""
        count, total, squares = self._seen
        if not count:
            return math.nan, math.nan
        mean = total / count
        return mean, math.sqrt(max(0.0, squares / count - mean**2))

    def figure(self):
        """Loss, gradient norm, update ratio and gates, over the steps."""
        return training_curves(self)

    def __repr__(self):
        return f"Monitor({len(self.loss)} steps)"  # no losses: they differ from machine to machine

    # --- hooks

    def _fresh(self):
        self._loss, self._mode, self._arrivals, self._old, self._new = None, True, {}, {}, {}
        self._padding, self._handed, self._gates, self._input = [], math.nan, {}, (math.nan, math.nan)

    @property
    def _looking(self):
        return len(self.loss) % self.every == 0

    def _arriving(self, place, p):
        def hook(gradient):  # before it is added to p.grad
            if p.grad is not None and place not in self._new:
                self._old[place], self._new[place] = vector_norm(p.grad), vector_norm(gradient)

        return hook

    def _arrived(self, place):
        def hook(p):  # after it was added
            self._arrivals[place] = norm = vector_norm(p.grad)
            self._new.setdefault(place, norm)  # nothing was there before

        return hook

    def _before_step(self, optimizer, args, kwargs):
        gradients = {k: p.grad for k, p in enumerate(self._parameters) if p.grad is not None}
        after = dict(zip(gradients, map(vector_norm, gradients.values())))
        arrivals = {k: norm for k, norm in self._arrivals.items() if k in gradients}
        before, after, old, new = _numbers(arrivals, after, self._old, self._new)
        norm_before, norm_new = math.hypot(*before.values()), math.hypot(*new.values())
        scales = [after[k] / norm for k, norm in before.items() if norm > 1e-8 * norm_before]
        self.norm_before.append(norm_before)
        self.norm_after.append(math.hypot(*after.values()))
        self.bend.append(_spread(scales))
        self.leftover.append(math.hypot(*old.values()) / norm_new if norm_new > 0 else 0.0)
        self.nonfinite.append(0.0 if math.isfinite(self.norm_before[-1]) else self._share_nonfinite())
        if self._looking:
            self._weights = [p.detach().clone() for p in self._parameters]

    def _share_nonfinite(self):
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        return sum((~g.isfinite()).sum().item() for g in gradients) / sum(g.numel() for g in gradients)

    def _after_step(self, optimizer, args, kwargs):
        step = len(self.loss)
        if self._looking:
            moved = _norm([p.detach() - old for p, old in zip(self._parameters, self._weights)])
            weights = _norm(self._weights)
            self.looks.append(step)
            self.update_ratio.append(moved / weights if weights else math.nan)
            self.weight_norm.append(weights)
            self.decay_pull.append(_decay_pull(optimizer))
            self.gates.append(self._gates)
            self.on_padding.append(_share(self._padding))
            self.handed_on.append(self._handed)
            self.input_mean.append(self._input[0])
            self.input_std.append(self._input[1])
        self.loss.append(self._loss.item() if self._loss is not None else math.nan)
        self.training_mode.append(self._mode)
        self._fresh()
        self._log(step)
        if self._picture is not None:
            self._picture.step()

    def _forward(self, layer, args, kwargs, result):
        x, state = [*args, kwargs.get("input"), kwargs.get("hx")][:2] if len(args) < 2 else args[:2]
        output, last = result
        last_h = (last[0] if isinstance(last, tuple) else last).detach()
        if not torch.is_grad_enabled():
            self._note_validation(layer, x)
            return
        handed_on = self._was_handed_on(state)
        self._last_state = last_h
        if state is not None:
            self._compare(_fingerprints(_rows(x, layer)[0]), handed_on)
        if not self._looking:
            return
        x_rows, lengths = _rows(x, layer)  # (B, T, I), (B,) or None
        self.shapes["training"].add(tuple(x_rows.shape[:2]))
        self._handed = float(handed_on)
        real = x_rows if lengths is None else torch.cat([row[:n] for row, n in zip(x_rows, lengths)])
        self._input = (real.detach().mean().item(), real.detach().std().item())
        h_0 = None if state is None else _first_layer(state)
        states = _rows(output, layer)[0][:ROWS, :, : last_h.shape[-1]].detach() if layer.num_layers == 1 else None
        lengths_seen = None if lengths is None else lengths[:ROWS]
        self._gates = gate_histograms(layer, x_rows[:ROWS].detach(), h_0, lengths_seen, states)
        if lengths is None and (padding := _trailing_zeros(x_rows)) is not None:
            self._follow(output if layer.batch_first else output.transpose(0, 1), padding)
            self._follow(last[0] if isinstance(last, tuple) else last, padding[:, -1])

    def _note_validation(self, layer, x):
        x_rows, lengths = _rows(x, layer)
        self.shapes["validation"].add(tuple(x_rows.shape[:2]))
        real = x_rows if lengths is None else torch.cat([row[:n] for row, n in zip(x_rows, lengths)])
        for k, value in enumerate((real.numel(), real.sum().item(), real.square().sum().item())):
            self._seen[k] += value

    def _was_handed_on(self, state):
        if state is None or self._last_state is None:
            return False
        h = (state[0] if isinstance(state, tuple) else state).detach()
        return h.shape == self._last_state.shape and torch.equal(h, self._last_state)

    def _compare(self, rows, handed_on):
        """Does a row that was seen before have the same follower as then?"""
        if handed_on and self._last_rows is not None:
            for row, follower in zip(self._last_rows, rows):
                self.handed_rows += 1
                if (before := self._followed.get(row)) is not None:
                    self.compared += 1
                    self.continued += before == follower
                self._followed[row] = follower
        self._last_rows = rows

    def _follow(self, tensor, padding):
        """Note how much of the gradient that reaches `tensor` arrives where `padding` is."""
        if tensor.requires_grad:

            def hook(gradient):
                sizes = gradient.norm(dim=-1)  # (B, T); of the last state (layers, B)
                self._padding.append(((sizes * padding).sum().item(), sizes.sum().item()))

            tensor.register_hook(hook)

    def _validated(self, values, value):
        values.append((len(self.loss), value))
        if self._writer is not None:
            self._writer.add_scalar("validation" if values is self.validation else "metric", value, len(self.loss))

    def _log(self, step):
        if self._writer is None:
            return
        for name in ("loss", "norm_before", "norm_after", "nonfinite"):
            self._writer.add_scalar(name, getattr(self, name)[-1], step)
        if self.looks[-1:] == [step]:
            self._writer.add_scalar("update_ratio", self.update_ratio[-1], step)
            for gate in self.gates[-1]:
                self._writer.add_scalar(f"saturation/{gate}", self.saturation(gate)[-1], step)


@torch.no_grad()
def gate_histograms(layer, x, state=None, lengths=None, states=None):
    """How the gates of the first layer of an nn.LSTM or nn.GRU (forward direction) are distributed on x.

    torch keeps its gates to itself, so they are computed again, all gates of all steps in one product. x (B, T, I),
    lengths (B,) or None; state is what that layer starts from, as torch takes it; states (B, T, H) is what it gave, if
    that is known. Returns {gate: shares in BINS bins between 0 and 1}, for an LSTM i, f, o, for a GRU r, z."""
    kind = next(kind for kind in GATES if isinstance(layer, kind))
    if states is None:
        states = _first_layer_alone(kind, layer)(x, state)[0]
    h_0 = torch.zeros_like(states[:, 0]) if state is None else (state[0] if kind is nn.LSTM else state)[0]
    earlier = torch.cat([h_0.unsqueeze(1), states[:, :-1]], dim=1)
    sums = nn.functional.linear(x, layer.weight_ih_l0, layer.bias_ih_l0 if layer.bias else None)
    sums = sums + nn.functional.linear(earlier, layer.weight_hh_l0, layer.bias_hh_l0 if layer.bias else None)
    if lengths is not None:
        sums = torch.cat([row[:n] for row, n in zip(sums, lengths)])
    blocks = sums.flatten(0, -2).chunk(4 if kind is nn.LSTM else 3, dim=1)
    found = {}
    for name, place in GATES[kind].items():
        counts = torch.histc(torch.sigmoid(blocks[place]).float(), bins=BINS, min=0, max=1)
        found[name] = (counts / counts.sum()).tolist()
    return found


def _first_layer_alone(kind, layer):
    """A layer that shares the weights of the first layer of `layer`, forward direction."""
    # on "meta" nothing is drawn for weights that are replaced at once: the training's random numbers stay its own
    twin = kind(layer.input_size, layer.hidden_size, bias=layer.bias, batch_first=True, device="meta")
    for name, _ in list(twin.named_parameters()):
        setattr(twin, name, getattr(layer, name))
    return twin


def _first_layer(state):
    """Of the first ROWS rows, what the first layer starts from."""
    if isinstance(state, tuple):
        return tuple(_first_layer(part) for part in state)
    if state.dim() == 2:  # (layers, H): of one sequence alone
        state = state.unsqueeze(1)
    return state[:1, :ROWS].detach().contiguous()


def _rows(x, layer):
    """(B, T, I) and the lengths (None: all T) of what a recurrent layer was given."""
    if isinstance(x, PackedSequence):
        return pad_packed_sequence(x, batch_first=True)
    if x.dim() == 2:  # one sequence alone
        return x.unsqueeze(0), None
    return (x if layer.batch_first else x.transpose(0, 1)), None


def _fingerprints(x):
    """A number for each row of x (B, T, I), the same for equal rows."""
    T, I = x.shape[1:]
    weights = torch.linspace(1, 2, T * I, dtype=torch.float64, device=x.device).sqrt()
    return (x.detach().double().flatten(1) @ weights).tolist()


def _has_modes(module):
    kinds = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._BatchNorm)
    return isinstance(module, kinds) or (isinstance(module, nn.RNNBase) and module.dropout > 0)


def _trailing_zeros(x):
    """Where the rows of x (B, T, I) end in steps of zeros: True there, (B, T). None unless rows differ in it."""
    if not (x[:, -1] == 0).all(dim=1).any():
        return None
    padding = (x == 0).all(dim=2).flip(1).cumprod(dim=1).flip(1).bool()
    counts = padding.sum(dim=1)
    return padding if counts.min() < counts.max() else None


def _share(pairs):
    total = sum(whole for _, whole in pairs)
    return sum(part for part, _ in pairs) / total if total else math.nan


def _numbers(*norms):
    """Dicts of one-number tensors as dicts of numbers, all fetched from the device at once."""
    tensors = [norm for dictionary in norms for norm in dictionary.values()]
    values = iter(torch.stack(tensors).tolist() if tensors else ())
    return [dict(zip(dictionary, values)) for dictionary in norms]


def _spread(scales):
    """The largest over the smallest; 1 where there is nothing to compare."""
    if not scales or min(scales) == max(scales):
        return 1.0
    return max(scales) / min(scales) if min(scales) else math.inf


def _norm(tensors):
    return vector_norm(torch.stack([vector_norm(t) for t in tensors])).item()


def _decay_pull(optimizer):
    """weight_decay times weights over gradient, as lengths, where Adam takes the decay into the gradient; else 0."""
    if not isinstance(optimizer, torch.optim.Adam):
        return 0.0
    groups = [g for g in optimizer.param_groups if g["weight_decay"] and not g.get("decoupled_weight_decay")]
    pairs = [(g["weight_decay"] * p.detach(), p.grad) for g in groups for p in g["params"] if p.grad is not None]
    gradient = _norm([g for _, g in pairs]) if pairs else 0.0
    return _norm([decay for decay, _ in pairs]) / gradient if gradient else 0.0


def _untrained(loss, parameters):
    """How many numbers the loss depends on, asks a gradient for, and that are not among `parameters`."""
    known, seen, todo, count = {id(p) for p in parameters}, set(), [loss.grad_fn], 0
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)
        if leaf is not None and id(leaf) not in known:
            count += leaf.numel()
        todo += [following for following, _ in node.next_functions]
    return count


class _Live:
    """The curves, drawn again about once a second where there is a kernel; the last picture stays."""

    def __init__(self, monitor):
        self.monitor, self.drawn = monitor, time.monotonic()
        self.shown = None
        self.quiet = bool(os.environ.get("COURSE_STORE")) or get_ipython() is None  # then the last picture alone

    def step(self):
        if not self.quiet and time.monotonic() - self.drawn > 1:
            self.draw()

    def draw(self):
        if get_ipython() is None:
            return
        picture = _Picture(self.monitor)
        self.drawn = time.monotonic()
        if self.shown is None:
            self.shown = display(picture, display_id=True)
        else:
            self.shown.update(picture)


class _Picture:
    """A figure as an output whose text does not depend on the machine."""

    def __init__(self, monitor):
        figure = monitor.figure()
        png = io.BytesIO()
        figure.savefig(png, format="png")
        plt.close(figure)
        self.png, self.text = base64.b64encode(png.getvalue()).decode(), repr(monitor)

    def __repr__(self):
        return self.text

    def _repr_png_(self):
        return self.png


def _tensorboard(log_dir):
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise RuntimeError(
            language.say(
                "写 TensorBoard 日志要装一个包：pip install tensorboard；不要日志就别给 log_dir",
                "logs for TensorBoard need a package: pip install tensorboard; or leave log_dir out",
            )
        ) from error
    return SummaryWriter(log_dir)
