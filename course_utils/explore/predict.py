"""A bet placed before the measurement. Left blank, it changes nothing; the claim shows it beside what was measured."""

import ipywidgets

from course_utils import language, predictions


class Prediction(ipywidgets.VBox):
    """What `predict` returns: the question above `answer`, the widget that takes the learner's choice."""

    def __init__(self, id, question, options):
        self._lines = [f"{id}: {question}", *(f"  ( ) {option}" for option in options or ())]
        earlier = predictions.chosen(id)                    # running the cell again keeps the choice
        if options:
            self.answer = ipywidgets.RadioButtons(options=options, value=earlier if earlier in options else None,
                                                  layout=ipywidgets.Layout(width="max-content"))
            children = []
        else:
            self.answer = ipywidgets.Text(value=earlier or "", placeholder=language.say("一个数，例如 1e-6", "a number, such as 1e-6"))
            children = [ipywidgets.Label()]
        self._id, self._number = id, not options
        self.answer.observe(self._chosen, "value")
        super().__init__([ipywidgets.HTMLMath(f"<b>{id}</b> {question}"), self.answer, *children])

    def _chosen(self, change):
        text = (change["new"] or "").strip()
        if self._number:
            ok = not text or _is_number(text)
            self.children[2].value = "" if ok else language.say("请填一个数，例如 0.5 或 1e-6。", "Please enter a number, such as 0.5 or 1e-6.")
            if not ok:
                text = ""
        predictions.choose(self._id, text)

    def __repr__(self):
        return "\n".join(self._lines)

    def _repr_mimebundle_(self, **kwargs):
        return {**super()._repr_mimebundle_(**kwargs), "text/plain": repr(self)}


def predict(id, question, options=None):
    """Ask for a prediction of claim `id`: one of `options` (a list of different strings), or a number.

    The choice is kept for the life of the kernel (course_utils.predictions). Let it be the last line of its cell."""
    if options is not None and (len(options) < 2 or len(set(options)) < len(options)):
        raise ValueError(f"prediction {id} needs at least two different options, got {options}")
    return Prediction(id, question, options)


def _is_number(text):
    try:
        return float(text) == float(text)
    except ValueError:
        return False
