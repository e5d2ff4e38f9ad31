"""The curves that a training.Monitor wrote down."""

import matplotlib.pyplot as plt
import numpy as np

from course_utils.language import say

from .style import COLOURS


def training_curves(monitor):
    """Four panels over the steps: loss, gradient norm before and after clipping, update / weight, and how much of each
    gate is saturated. Returns the figure."""
    fig, ((loss, norm), (update, gates)) = plt.subplots(2, 2, figsize=(9, 5), sharex=True)
    loss.plot(_finite(monitor.loss), label=say("训练", "training"))
    if monitor.validation:
        loss.plot(*_by_step(monitor.validation), "o", markersize=4, label=say("验证", "validation"))
    if monitor.metric:
        scale = loss.twinx()  # an axis of its own, from 0 to 1
        scale.plot(*_by_step(monitor.metric), "^", color=COLOURS[2], markersize=5)
        loss.plot([], [], "^", color=COLOURS[2], markersize=5, label=say("指标（右轴）", "metric (right axis)"))
        scale.set_ylim(-0.05, 1.05)
        scale.grid(False)
    loss.set_ylabel(say("损失", "loss"))
    norm.semilogy(_positive(monitor.norm_before), label=say("裁剪前", "before clipping"))
    norm.semilogy(_positive(monitor.norm_after), label=say("裁剪后", "after clipping"))
    if monitor.clip is not None:
        norm.axhline(monitor.clip, color="gray", linewidth=1, linestyle=":")
    norm.set_ylabel(say("梯度范数", "gradient norm"))
    update.axhspan(1e-5, 1e-1, color="#dddddd", alpha=0.5, linewidth=0)
    update.semilogy(monitor.looks, _positive(monitor.update_ratio), "o-", markersize=3)
    update.set_ylabel(say("更新 / 权重", "update / weight"))
    for gate in monitor.gates[0] if monitor.gates else ():
        gates.plot(monitor.looks, monitor.saturation(gate), label=f"${gate}$")
    gates.set(ylabel=say("饱和的门值占比", "share of saturated gate values"), ylim=(-0.03, 1.03))
    for ax in (loss, norm, gates):
        if ax.get_legend_handles_labels()[0]:
            ax.legend()
    for ax in (update, gates):
        ax.set_xlabel(say("步", "step"))
    return fig


def _by_step(pairs):
    """(steps, means): what was noted at one step, such as the batches of one validation, is averaged."""
    noted = {}
    for step, value in pairs:
        noted.setdefault(step, []).append(value)
    return list(noted), [np.mean(values) for values in noted.values()]


def _finite(values):
    """What is not finite is a gap in the line."""
    values = np.asarray(values, dtype=float)
    return np.where(np.isfinite(values), values, np.nan)


def _positive(values):
    """As _finite, and without zeros, which a logarithmic axis cannot show."""
    values = _finite(values)
    return np.where(values > 0, values, np.nan)
