"""A chapter's bets together, as its end shows them."""

import html
import os

from course_utils import questions
from course_utils.language import say, side
from course_utils.verdict import SURE, placed_on


class Summary:
    """What `bets_summary` returns. Where outputs are stored it is one fixed sentence: a learner's bets are not."""

    def __init__(self, rows):
        self.rows = rows  # (bet, placed), in the chapter's order

    def __repr__(self):
        return say(
            f"本章的 {len(self.rows)} 注押得怎样，会列在这里。",
            f"How your {len(self.rows)} bets of this chapter came out is listed here.",
        )

    def _repr_html_(self):
        if os.environ.get("COURSE_STORE"):
            return None
        placed = [(bet, yours) for bet, yours in self.rows if yours is not None]
        if not placed:
            return f"<p>{say('这一章你还没有押过注。', 'You have placed no bet in this chapter yet.')}</p>"
        worst_first = sorted(placed, key=lambda row: (row[1].right is not False, -(row[1].sure or 0)))
        head = say("押了什么 || 有多大把握 || 测得 || 结果", "you said || how sure || measured || outcome").split(
            " || "
        )
        body = "".join(f"<tr>{''.join(map(_cell, _row(*row)))}</tr>" for row in worst_first)
        blank = len(self.rows) - len(placed)
        left = say(f"，{blank} 注没有押", f", {blank} left blank") if blank else ""
        return (
            f"<p>{' · '.join(_calibration(placed))}{left}</p><table><tr><th></th>"
            + "".join(f"<th style=text-align:left>{cell}</th>" for cell in head)
            + f"</tr>{body}</table>"
        )


def bets_summary(chapter):
    """The learner's bets of a chapter ("05"): what was said and what came out, sure and wrong first."""
    return Summary([(bet, placed_on(bet)) for bet in questions.bets(chapter)])


def _row(bet, placed):
    choice = bet.options[placed.choice] if bet.options else f"{placed.choice} {bet.unit}".strip()
    outcome = {True: say("✓ 对", "✓ right"), False: say("✗ 错", "✗ wrong"), None: say("还没有量", "not measured yet")}
    return bet.id, choice, _sure(placed.sure), placed.said, outcome[placed.right]


def _cell(text):
    return f'<td style="text-align:left">{html.escape(text, quote=False)}</td>'


def _sure(level):
    return "—" if level is None else side(SURE[level])


def _calibration(placed):
    """For each level of confidence: how many of the settled bets were right."""
    for level in (2, 1, 0, None):
        settled = [yours.right for _, yours in placed if yours.sure == level and yours.right is not None]
        if settled:
            name = _sure(level) if level is not None else say("没说把握", "not said how sure")
            yield say(
                f"{name}：{len(settled)} 注对了 {sum(settled)} 注", f"{name}: {sum(settled)} of {len(settled)} right"
            )
