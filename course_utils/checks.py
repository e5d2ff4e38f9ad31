"""What chapters print so that other machines can compare it, show() and claim(); and settle() for a bet on this
machine."""

from course_utils import language, predictions, questions
from course_utils.printed import plain, scalar_text


def show(label, *values, digits=3):
    """Print a label and values that are the same on every machine.

    Floats are rounded to `digits` significant digits, tensors and arrays print their shape, entries and sum.
    """
    print(f"{label}:", *(scalar_text(v, digits) for v in values), sep="  ")


def claim(claim_id, holds, **measured):
    """Print `CLAIM id True` (or False). If the learner predicted, print the prediction beside the measurement.

    holds     bool (0-dim tensors and numpy booleans are fine)
    measured  numbers for the sentence `measured` of the bet in course_utils/questions; shown only beside a prediction,
              so they may differ between machines
    """
    print(f"CLAIM {claim_id} {bool(holds)}")
    _beside_the_bet(claim_id, measured)


def settle(bet_id, answer, **measured):
    """Settle a bet whose right option only this machine knows, such as which of three layers is the slowest.

    answer    index of the option that came true
    measured  as for claim
    """
    _beside_the_bet(bet_id, measured)


def _beside_the_bet(id, measured):
    bet, guess = questions.find_bet(id), predictions.chosen(id)
    if bet is not None and guess is not None:
        said = bet.measured.format(**{name: plain(value) for name, value in measured.items()})
        print(language.say(f"  你的预测：{guess}    测得：{said}", f"  you predicted: {guess}    measured: {said}"))
