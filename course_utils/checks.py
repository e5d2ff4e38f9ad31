"""What chapters print so that other machines can compare it: show() and claim()."""

from course_utils import language, predictions
from course_utils.printed import scalar_text


def show(label, *values, digits=3):
    """Print a label and values that are the same on every machine.

    Floats are rounded to `digits` significant digits, tensors and arrays print their shape, entries and sum.
    """
    print(f"{label}:", *(scalar_text(v, digits) for v in values), sep="  ")


def claim(claim_id, holds, **measured):
    """Print `CLAIM id True` (or False). If the learner predicted, print the prediction beside the measurement.

    holds     bool (0-dim tensors and numpy booleans are fine)
    measured  numbers shown only beside a prediction, so they may differ between machines
    """
    print(f"CLAIM {claim_id} {bool(holds)}")
    guess = predictions.chosen(claim_id)
    if guess is not None:
        values = ", ".join(f"{name} = {scalar_text(value, 3)}" for name, value in measured.items())
        print(language.say(f"  你的预测：{guess}    测得：{values}", f"  you predicted: {guess}    measured: {values}"))
