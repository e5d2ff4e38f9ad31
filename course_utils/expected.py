"""What is known about an exercise beforehand: the lines a right answer prints at the public seed, and the wrong
answers that are recognised by theirs.

Stored beside the exercise, out of the learner's sight (`path`). The checks use it while the learner works, the grader
when it judges and explains; it imports no torch, so that the grader starts quickly.
"""

import hashlib
import re
from dataclasses import dataclass
from itertools import combinations

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


def misconceptions(expected, seen, check_id):
    """The explanations of the one known wrong answer, else of the two in different functions, that would show exactly
    what is seen. Of several that would: what they have in common, which is mostly nothing.

    seen   check -> {label: printed text}, and `error_key(check)` -> the exception, if the check ended in one; of all
           checks that have run. Those that are about the same answers have a say; `check_id` is to be explained.
    """
    of, wrong = set(expected["of"][check_id]), expected["wrong"]
    alone = [{each["why"]} for each in wrong if _explains(expected, [each], of, seen, check_id)]
    return sorted(set.intersection(*(alone or _pairs(expected, seen, check_id) or [set()])))


def _pairs(expected, seen, check_id):
    """[{explanation, explanation}, …] of the pairs that would show what is seen, and neither of the two alone."""
    if "pairs" not in expected:  # a learner's copy from before they were stored
        return []
    together = {tuple(pair["wrong"]): pair["digests"] for pair in expected["pairs"]}
    found = []
    for (i, one), (j, other) in combinations(enumerate(expected["wrong"]), 2):
        of = {*expected["of"][check_id], *one["replaces"], *other["replaces"]}
        if not set(one["replaces"]) & set(other["replaces"]) and (
            _explains(expected, [one, other, {"digests": together.get((i, j), {})}], of, seen, check_id)
            and not any(_explains(expected, [each], of, seen, check_id) for each in (one, other))
        ):
            found.append({one["why"], other["why"]})
    return found


def _explains(expected, wrong, of, seen, check_id):
    """Would these show exactly what is seen of the checks about the answers `of`, and something wrong in this one?"""
    digests = {key: mark for each in wrong for key, mark in each["digests"].items()}
    shown = {label: digest(text) for label, text in expected["lines"].items()} | digests
    return any(expected["lines"].get(key) != text for key, text in seen[check_id].items()) and all(
        shown.get(key) == digest(text)
        for check in seen
        if set(expected["of"].get(check, ())) <= of
        for key, text in seen[check].items()
    )
