"""Curves of a training, and of a gradient walking back through time."""

import matplotlib.pyplot as plt
import numpy as np

from course_utils import language


def learning_curves(history):
    """Loss and gradient norm (before clipping) over the steps of a training.History. Returns the figure."""
    fig, (left, right) = plt.subplots(1, 2)
    step = np.arange(1, len(history.loss) + 1)
    left.plot(step, history.loss, label=language.say("训练", "training"))
    if history.validation:
        epochs = len(history.validation)
        left.plot(
            len(step) / epochs * np.arange(1, epochs + 1),
            history.validation,
            "o--",
            label=language.say("验证", "validation"),
        )
        left.legend()
    left.set(xlabel=language.say("步", "step"), ylabel=language.say("损失", "loss"))
    right.semilogy(step, history.grad_norm)
    right.set(
        xlabel=language.say("步", "step"), ylabel=language.say("裁剪前的梯度范数", "gradient norm before clipping")
    )
    return fig


def lag_profile(ax, norms):
    """Draw gradient norms against the lag k = 1, 2, … on a logarithmic axis. norms: label -> values (K,). Returns
    `ax`."""
    for label, values in norms.items():
        ax.semilogy(np.arange(1, len(values) + 1), np.asarray(values), linewidth=2.2, label=label)
    ax.set_xlabel(language.say("间隔 $k$（步）", "lag $k$ (steps)"))
    ax.set_ylabel(r"$\|\partial h_T/\partial h_{T-k}\|$")
    ax.legend()
    return ax
