"""Numbers over time as colours."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from course_utils import language

# Blue below zero, grey at zero, yellow above; each step is lighter than the last, so that it reads in grey as well.
SIGNED = LinearSegmentedColormap.from_list("signed", ["#08205c", "#3f6fa8", "#969696", "#d9b84a", "#fff6b8"])


def heat_strip(ax, values, *, limit=1.0, first=1, label=None):
    """Draw values (T, H), an array or a detached tensor, on `ax`: time to the right, one row for each unit, colours
    from -limit to limit around zero.

    first is the time step of values[0] (0 where h_0 is included); label names the colour bar. Returns the image."""
    values = np.asarray(values)
    if values.ndim != 2:
        raise ValueError(f"heat_strip needs values of shape (T, H), got {values.shape}")
    T, H = values.shape
    image = ax.imshow(
        values.T,
        cmap=SIGNED,
        vmin=-limit,
        vmax=limit,
        aspect="auto",
        interpolation="nearest",
        extent=(first - 0.5, first + T - 0.5, H + 0.5, 0.5),
    )
    ax.grid(False)
    ax.set_xlabel(language.say("时间步 $t$", "time step $t$"))
    ax.set_ylabel(language.say("隐藏单元", "hidden unit"))
    ax.locator_params(integer=True)
    ax.figure.colorbar(image, ax=ax, label=label or language.say("状态 $h_t$", "state $h_t$"))
    return image
