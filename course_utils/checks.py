"""What chapters print so that other machines can compare it, show() and claim(); and settle() for a bet on this
machine."""

import html
import os
import re

from IPython.display import display

from course_utils import predictions, questions
from course_utils.language import say
from course_utils.printed import scalar_text
from course_utils.verdict import control_text, measured_text, placed_on, verdict


def show(label, *values, digits=3):
    """Print a label and values that are the same on every machine.

    Floats are rounded to `digits` significant digits, tensors and arrays print their shape, entries and sum.
    """
    print(f"{label}:", *(scalar_text(v, digits) for v in values), sep="  ")


def claim(claim_id, holds, **measured):
    """State a result: its text is `CLAIM id True` (or False), which tests compare; what a reader sees is the sentence
    with what was measured. A bet on it is settled: its card turns.

    holds     bool (0-dim tensors and numpy booleans are fine)
    measured  numbers for the sentence in course_utils/questions, shown by name where none is written. They may differ
              between machines: stored outputs show them in a picture, which is not compared.
    """
    holds, bet = bool(holds), questions.find_bet(claim_id)
    display(Claim(claim_id, holds, measured))
    if bet is not None:
        _settle(bet, bet.answer, measured, holds)


def settle(bet_id, answer, **measured):
    """Settle a bet whose right option only this machine knows, such as which of three layers is the slowest.

    answer    index of the option that came true
    measured  as for claim
    """
    _settle(questions.bet(bet_id), answer, measured, True)


def _settle(bet, answer, measured, holds):
    found = verdict(bet, measured, answer, holds)
    predictions.settle(bet.id, found.right, measured_text(bet, measured), found)
    if placed_on(bet) is not None:
        display(_Shown(found))


class _Shown:
    """A verdict below the cell that measured."""

    def __init__(self, found):
        self.found = found

    def __repr__(self):
        return str(self.found)

    def _repr_html_(self):
        return self.found.html()


class Claim:
    """A result as readers see it. `text/plain` is the line for tests; beside it stands the sentence: as HTML for a
    learner, as a picture (which nbval does not compare) where outputs are stored for other machines."""

    def __init__(self, id, holds, measured):
        self.id, self.holds = id, holds
        self.sentence = _sentence(id, holds, measured)

    def __repr__(self):
        return f"CLAIM {self.id} {self.holds}"

    def _repr_mimebundle_(self, **kwargs):
        bundle, about = {"text/plain": repr(self)}, {}
        if not os.environ.get("COURSE_STORE"):
            colour = "#2da44e" if self.holds else "#e5534b"  # the mark alone: words in the theme's own colour
            mark, rest = self.sentence[0], html.escape(self.sentence[1:], quote=False)
            bundle["text/html"] = (
                f'<span style="white-space:pre-wrap"><b style="color:{colour}">{mark}</b>{rest}</span>'
            )
        else:
            from course_utils.plotting.sentence import sentence

            bundle["image/png"], width, height = sentence(self.sentence)
            about["image/png"] = {"alt": self.sentence, "width": width, "height": height}
        return bundle, about


def _sentence(id, holds, measured):
    mark = "✓" if holds else "✗"
    control = re.fullmatch(r"(.+?)-control", id)
    if control:
        cause = control_text(questions.find_claim(control[1]), measured)
        numbers = "" if cause else measured_text(None, measured)
        cause = cause or say("把原因去掉", "with the cause removed")
        outcome = (
            say("不再成立，符合预期", "no longer holds, as expected")
            if holds
            else say("也成立：这一次没有分出来", "holds as well: not told apart this time")
        )
        says = say(f"对照：{cause} → {outcome}", f"control: {cause} → {outcome}")
    else:
        says = "" if holds else say("这一次没有成立", "did not hold this time")
        numbers = measured_text(questions.find_claim(id), measured)
    parts = "   ".join(part for part in (says, numbers) if part) or say("成立", "holds")
    return f"{mark} {control[1] if control else id}   {parts}"
