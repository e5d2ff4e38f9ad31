"""A bet placed before the measurement. Left blank, it changes nothing; the claim shows it beside what was measured."""

import html

import ipywidgets

from course_utils import language, predictions, questions


class Prediction(ipywidgets.VBox):
    """What `predict` returns: the question, `answer` (the widget that takes the choice), and `problem` (a line of
    text)."""

    def __init__(self, id, question, options):
        super().__init__()
        self._id, self._text = id, "\n".join([f"{id}: {question}", *(f"  ( ) {option}" for option in options or ())])
        self._number = options is None
        earlier = predictions.chosen(id)  # running the cell again keeps the choice
        if self._number:
            self.answer = ipywidgets.Text(
                earlier or "", placeholder=language.say("一个数，例如 1e-6", "a number, such as 1e-6")
            )
        else:
            self.answer = ipywidgets.RadioButtons(
                options=options,
                value=earlier if earlier in options else None,
                layout=ipywidgets.Layout(width="max-content"),
            )
        self.problem = ipywidgets.Label()
        self.answer.observe(self._chosen, "value")
        self.children = [
            ipywidgets.HTMLMath(f"<b>{id}</b> {html.escape(question, quote=False)}"),
            self.answer,
            self.problem,
        ]

    def _chosen(self, change):
        text = (change["new"] or "").strip()
        wrong = self._number and text and not _is_number(text)
        self.problem.value = (
            language.say("请填一个数，例如 0.5 或 1e-6。", "Please enter a number, such as 0.5 or 1e-6.")
            if wrong
            else ""
        )
        predictions.choose(self._id, "" if wrong else text)

    def __repr__(self):
        return self._text

    def _repr_mimebundle_(self, **kwargs):
        return {**super()._repr_mimebundle_(**kwargs), "text/plain": self._text}


def predict(id):
    """Ask for a prediction of claim `id`. The bet's texts stand in course_utils/questions.

    The choice is kept for the life of the kernel in course_utils.predictions. Let the call be the last line of its
    cell."""
    bet = questions.bet(id)
    return Prediction(bet.id, bet.ask, bet.options)


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True
