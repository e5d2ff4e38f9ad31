"""Sliders that redraw one matplotlib figure through the kernel: the learner's own code in the loop."""

import base64
import html
import io
import traceback

import ipywidgets
import matplotlib.pyplot as plt


class Live(ipywidgets.VBox):
    """What `live` returns: `sliders` (a dict by name), `picture`, and `problem`, where an error in `update` appears."""

    def __init__(self, figure, update, sliders):
        super().__init__()
        self.sliders, self._figure, self._change_figure = sliders, figure, update
        self.picture, self.problem = ipywidgets.Image(format="png"), ipywidgets.HTML()
        plt.close(figure)  # shown here, not a second time by the inline backend
        self._draw()  # an error in the first drawing is the cell's error
        for slider in sliders.values():
            slider.observe(self._moved, "value")
        self.children = [*sliders.values(), self.picture, self.problem]

    def _draw(self):
        self._change_figure(**{name: slider.value for name, slider in self.sliders.items()})
        png = io.BytesIO()
        self._figure.savefig(png, format="png")
        self.picture.value = png.getvalue()

    def _moved(self, _):
        try:
            self._draw()
            self.problem.value = ""
        except Exception:  # a callback's error would vanish: show it under the picture
            self.problem.value = f"<pre>{html.escape(traceback.format_exc())}</pre>"

    def __repr__(self):
        return f"Live({', '.join(self.sliders)})"

    def _repr_mimebundle_(self, **kwargs):
        still = base64.b64encode(self.picture.value).decode()  # for viewers without a kernel: GitHub, static pages
        return {**super()._repr_mimebundle_(**kwargs), "text/plain": repr(self), "image/png": still}


def live(figure, update, **sliders):
    """Sliders under which `update(**values)` changes `figure` with set_data, set_height and the like; it returns
    nothing.

    Each slider is name=(start, low, high): three integers give an integer slider, otherwise it moves in 100 steps.
    An error while a slider moves is shown below the picture; one in the first drawing is raised. Let the call be the
    last
    line of its cell."""
    return Live(figure, update, {name: _slider(name, *values) for name, values in sliders.items()})


def _slider(name, start, low, high):
    if not low <= start <= high or low == high:
        raise ValueError(
            f"slider {name}=(start, low, high) needs low <= start <= high and low < high, got {(start, low, high)}"
        )
    whole = all(isinstance(v, int) for v in (start, low, high))
    kind, step = (ipywidgets.IntSlider, 1) if whole else (ipywidgets.FloatSlider, (high - low) / 100)
    return kind(start, min=low, max=high, step=step, description=name, style={"description_width": "initial"})
