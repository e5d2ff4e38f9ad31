"""What is known about an exercise beforehand: the lines a right answer prints at the public seed, and the wrong
answers that are recognised by theirs.

Stored beside the exercise, out of the learner's sight (`path`). The checks use it while the learner works, the grader
when it judges and explains; it imports no torch, so that the grader starts quickly.
"""

import hashlib
import re
from dataclasses import dataclass

PUBLIC_SEED = 0
TIE_MARGIN = 1e-3  # in units of the last printed digit; closer to a tie, two right answers may print differently
PLAIN, RIGHT, WRONG = MARKS = "·✓✗"  # how a line of a check begins: not compared yet, or compared


@dataclass(frozen=True)
class Line:
    """One line of a check: what the solution prints, and what was printed (None: the check did not get that far)."""

    label: str
    expected: str
    value: str | None

    @property
    def right(self):
        return self.value == self.expected


def line(label, text, mark=PLAIN):
    """A line of a check as it is printed. What an answer prints itself does not look like this, and is not compared."""
    return f"{mark} {label}: {text}"


def lines(printed):
    """{label: text} of the lines that a check printed. No text holds ": "; a label may."""
    found = re.findall(f"[{MARKS}] ([^\r\n]*): ([^\r\n]*)", printed)
    return dict(found)


def compare(expected, printed):
    """A Line for each label of `expected` {label: text}: the check is passed when all are right.

    Whatever else was printed is nobody's business. A label that was printed with several texts is wrong: the last one
    that differs is its value.
    """
    compared = []
    for label, text in expected.items():
        seen = re.findall(f"[{MARKS}] {re.escape(label)}: ([^\r\n]*)", printed)
        differing = [value for value in seen if value != text]
        compared.append(Line(label, text, (differing or seen or [None])[-1]))
    return compared


def path(notebook):
    """Where the expected lines of this notebook (Path) lie: beside it, in a file that file browsers do not show."""
    return notebook.with_name(f".{notebook.stem}.expected.json")


def digest(text):
    """How a known wrong answer's printed line is stored: recognisable, not readable."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def error_key(check_id):
    """Where the digest of an exception is kept, beside those of the printed lines."""
    return f"{check_id}:error"


def misconception(expected, seen, check_id):
    """The explanation of the one known wrong answer that would show exactly what is seen; None where there is no such,
    or where two would.

    seen   check -> {label: printed text}, and `error_key(check)` -> the exception, if the check ended in one; of all
           checks that have run. Those that are about the same answers have a say; `check_id` is to be explained.
    """
    of = expected["of"]
    related = [check for check in seen if set(of.get(check, ())) <= set(of[check_id])]
    right = {label: digest(text) for label, text in expected["lines"].items()}
    marks = {key: digest(text) for check in related for key, text in seen[check].items()}

    def fits(digests):
        return any(key in digests for key in seen[check_id]) and all(
            (right | digests).get(key) == mark for key, mark in marks.items()
        )

    found = {wrong["why"] for wrong in expected["wrong"] if fits(wrong["digests"])}
    return found.pop() if len(found) == 1 else None
