"""A bet placed before the measurement. Left blank, it changes nothing; when the claim is measured, the card turns."""

import html
import math

import ipywidgets

from course_utils import predictions, questions
from course_utils.language import say, side
from course_utils.verdict import SURE, placed_on


class Prediction(ipywidgets.VBox):
    """What `predict` returns: the question, `answer` (the widget that takes the choice), `sure` (how sure the learner
    is), `problem` (a line of text) and `outcome`, which stays empty until the claim is measured."""

    def __init__(self, bet):
        super().__init__()
        self._bet = bet
        self._text = "\n".join([f"{bet.id}: {bet.ask}", *(f"  ( ) {option}" for option in bet.options or ())])
        earlier = placed_on(bet)  # running the cell again keeps the choice
        choice = earlier.choice if earlier else None
        if bet.options is None:
            self.answer = ipywidgets.Text(
                str(choice or ""),
                placeholder=say("一个数，例如 1e-6", "a number, such as 1e-6"),
                description=bet.unit,
                layout=ipywidgets.Layout(width="22em"),
                style={"description_width": "initial"},
            )
        else:
            self.answer = ipywidgets.RadioButtons(
                options=list(zip(bet.options, range(len(bet.options)))),
                value=choice,
                layout=ipywidgets.Layout(width="max-content", max_width="100%"),
            )
        self.sure = ipywidgets.ToggleButtons(
            options=[(side(level), k) for k, level in enumerate(SURE)],
            value=earlier.sure if earlier else None,
            description=say("有多大把握？", "How sure?"),
            style={"button_width": "auto", "description_width": "initial"},
        )
        self.problem, self.outcome = ipywidgets.Label(layout=ipywidgets.Layout(display="none")), ipywidgets.HTML()
        for widget in (self.answer, self.sure):
            widget.observe(self._changed, "value")
        ask = f"<b>{bet.id}</b> {html.escape(bet.ask, quote=False)}"
        self.children = [ipywidgets.HTMLMath(ask), self.answer, self.sure, self.problem, self.outcome]
        predictions.show_on(bet.id, self)

    def turn(self, verdict):
        """Show how the bet came out; from here on it can no longer be changed."""
        self.outcome.value = verdict.html()
        self.answer.disabled = self.sure.disabled = True

    def _changed(self, change):
        choice = self.answer.value
        if self._bet.options is None:
            choice = choice.strip() or None
            wrong = choice is not None and not _is_number(choice)
            says = say("请填一个数，例如 0.5 或 1e-6。", "Please enter a number, such as 0.5 or 1e-6.")
            self.problem.value = says if wrong else ""
            self.problem.layout.display = "flex" if wrong else "none"  # empty it would leave a gap
            choice = None if wrong else choice
        predictions.place(self._bet.id, choice, self.sure.value)

    def __repr__(self):
        return self._text

    def _repr_mimebundle_(self, **kwargs):
        return {**super()._repr_mimebundle_(**kwargs), "text/plain": self._text}


def predict(id):
    """Ask for a bet on claim `id`; its texts stand in course_utils/questions. Let the call be the last line of its
    cell."""
    return Prediction(questions.bet(id))


def _is_number(text):
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
