"""How a bet came out, in words: for the bet's own card and for the cell that measures."""

import html
import math
from dataclasses import dataclass

from course_utils import predictions
from course_utils.language import say, side
from course_utils.printed import plain, scalar_text

SURE = ("瞎猜 || a guess", "有点把握 || fairly sure", "很有把握 || sure")


@dataclass(frozen=True)
class Verdict:
    """right: True, False, or None where nothing was bet or nothing is decided; headline: that in words; lines: what
    was chosen, what was measured, why."""

    right: bool | None
    headline: str
    lines: list

    def __str__(self):
        return " ".join([self.headline, *self.lines])

    def html(self):
        mark = {True: "✓ ", False: "✗ ", None: ""}[self.right]
        colour = {True: "#1a7f37", False: "#b35900", None: "inherit"}[self.right]
        lines = "".join(f"<div>{html.escape(line, quote=False)}</div>" for line in self.lines)
        return (
            f'<div style="border-left:4px solid {colour};padding:2px 10px;line-height:1.5;white-space:normal">'
            f"<b>{mark}{html.escape(self.headline, quote=False)}</b>{lines}</div>"
        )


def placed_on(bet):
    """The learner's bet, or None: where there is none, or where the author has since changed what can be chosen."""
    placed = predictions.placed(bet.id)
    if placed is not None and isinstance(placed.choice, int) == (bet.options is not None):
        return placed if bet.options is None or placed.choice in range(len(bet.options)) else None


def measured_text(about, values):
    """What was measured, in words: the sentence of the bet or claim, or where nothing is written `name = value, …`."""
    if about is not None:
        return _filled(about, "measured", values)
    return ", ".join(f"{name} = {scalar_text(plain(value), 3)}" for name, value in values.items())


def control_text(about, values):
    """What the control changes and what it measured, in words, "" where that is not written."""
    return "" if about is None else _filled(about, "control", values)


def _filled(about, key, values):
    try:
        return getattr(about, key).format(**{name: plain(value) for name, value in values.items()})
    except KeyError as missing:
        raise ValueError(f"{about.id}: its sentence `{key}` names {missing}, which claim does not give") from None


def verdict(bet, values, answer, holds=True):
    """The verdict on what the learner bet, if anything. answer: index of the option that came true."""
    placed = placed_on(bet)
    said = say("测得：", "measured: ") + measured_text(bet, values)
    if not holds:
        return Verdict(None, say("这一次没有量出原来的结果，不算输赢", "not what was found before: no winner"), [said])
    if bet.options is None:
        return _number_verdict(bet, placed, float(plain(values[bet.value])), said)
    truth = say(f"对的是：{bet.options[answer]}", f"it is: {bet.options[answer]}")
    if placed is None:
        return Verdict(None, say("这一注没有押", "no bet placed"), [said, truth, bet.why[answer]])
    yours = _yours(bet.options[placed.choice], placed.sure)
    if placed.choice == answer:
        return Verdict(True, say("押中了", "you were right"), [yours, said, bet.why[answer]])
    why = [bet.why[placed.choice], bet.why[answer]]
    return Verdict(False, say("没押中", "not this time"), [yours, said, truth, *dict.fromkeys(why)])


def _number_verdict(bet, placed, truth, said):
    if placed is None:
        return Verdict(None, say("这一注没有押", "no bet placed"), [said, bet.why])
    guess = float(placed.choice)
    right, off = how_far(guess, truth, bet.unit)
    return Verdict(right, off, [_yours(f"{placed.choice} {bet.unit}".strip(), placed.sure), said, bet.why])


def how_far(guess, truth, unit=""):
    """(right, words): how far a number is off, as a share, a factor or orders of magnitude. Right is within a tenth."""
    if guess == truth:
        return True, say("一点不差", "exactly right")
    if guess * truth <= 0 or not (math.isfinite(guess) and math.isfinite(truth)):
        off = f"{abs(guess - truth):.3g} {unit}".strip()
        return False, say(f"差 {off}", f"off by {off}")
    factor = max(guess / truth, truth / guess)
    if math.isinf(factor):
        return False, say("差得太远，写不出倍数", "off by more than a number can hold")
    if factor <= 1.1:
        return True, say("相差不到一成", "within a tenth")
    way = say("偏大", "too large") if abs(guess) > abs(truth) else say("偏小", "too small")
    if factor < 10:
        return False, say(f"{way}，差到 {factor:.2g} 倍", f"{way} by a factor of {factor:.2g}")
    orders = round(math.log10(factor))
    return False, say(
        f"{way}，差了约 {orders} 个数量级", f"{way} by about {orders} order{'s' if orders > 1 else ''} of magnitude"
    )


def _yours(choice, sure):
    how = "" if sure is None else say("（", " (") + side(SURE[sure]) + say("）", ")")
    return say(f"你押的是：{choice}{how}", f"you said: {choice}{how}")
