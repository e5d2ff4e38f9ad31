"""What is known about an exercise beforehand: the lines a right answer prints at the public seed, and the wrong
answers that are recognised by theirs.

Stored beside the exercise as `.expected.json`. The checks use it while the learner works, the grader when it explains
a mark; it imports no torch, so that the grader starts quickly.
"""

import hashlib

PUBLIC_SEED = 0
TIE_MARGIN = (
    1e-3  # in units of the last printed digit; closer to a rounding tie, two correct answers may print differently
)


def digest(text):
    """How a known wrong answer's printed line is stored: recognisable, not readable."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def error_key(check_id):
    """Where the digest of an exception is kept, beside those of the printed lines."""
    return f"{check_id}:error"


def misconceptions(expected, shown):
    """Explanations (at most two) of the known wrong answers that would show exactly this in one check.

    shown   label -> printed text, and `error_key(check)` -> the exception, if the check ended in one
    """
    right = {label: digest(text) for label, text in expected["lines"].items()}
    marks = {key: digest(text) for key, text in shown.items()}

    def fits(digests):
        return any(key in digests for key in marks) and all(
            (right | digests).get(key) == mark for key, mark in marks.items()
        )

    return list(dict.fromkeys(w["why"] for w in expected["wrong"] if fits(w["digests"])))[:2]
