"""The checks of an exercise: they print what the grader compares, and answer the learner at once.

Nothing here decides a mark. The grader compares what a check prints with what the solution prints
(`course_utils.grading`); here the learner gets an answer from the lines stored beside the exercise.
"""

import json
import math
from contextlib import contextmanager
from pathlib import Path

from course_utils import expected, language
from course_utils.difference import difference
from course_utils.exercise import answering, ban, hand_in
from course_utils.expected import PUBLIC_SEED, error_key, misconceptions
from course_utils.printed import tensor_text, tie_distance


class CheckFailed(AssertionError):
    """A check printed something else than the solution does."""

    def _render_traceback_(self):  # IPython calls this: one line instead of a page
        return [f"{type(self).__name__}: {self}"]


class Exercise:
    """The checks of one exercise. `with check("check-step") as show: show(label, value)`.

    name    exercise number, e.g. "E01"
    seed    the fixtures' seed; at 0 the printed lines are compared with those stored beside the exercise
            (`expected.path`), if they are in the working directory

    `banned` maps a check to names of torch functions that raise while it runs (from the expected lines, or from the
    grader). `margin` is the smallest distance from a rounding tie of all values shown so far, `lines` maps each label
    to its printed text; the build and the tests read both.
    """

    def __init__(self, name, seed):
        self.name, self.seed = name, seed
        self.margin, self.lines = math.inf, {}
        self._shown, self._seen = {}, {}  # label -> text in this check; check -> the same, since a check was repeated
        found = sorted(Path.cwd().glob(expected.path(Path(f"{name}_*")).name)) if seed == PUBLIC_SEED else []
        self._expected = json.loads(found[0].read_text(encoding="utf-8")) if found else None
        self.banned = self._expected["banned"] if found else ban.BY_CHECK

    @contextmanager
    def __call__(self, check_id):
        self._shown = {}
        if self._expected is not None:
            self._want("of", check_id)
        try:
            with ban.Ban(self.banned.get(check_id, ())):
                yield self._show
        except CheckFailed:
            raise
        except Exception as error:
            if self._expected is None:
                raise
            reason = answering.reason(error, self._expected["of"][check_id])
            if reason:
                raise CheckFailed(f"{check_id}{language.say('：', ': ')}{language.say(*reason)}") from None
            self._explain(check_id, {error_key(check_id): f"{type(error).__name__}: {error}"})
            raise
        wrong = [
            label for label, text in self._shown.items() if self._expected and text != self._expected["lines"][label]
        ]
        explained = self._explain(check_id, {})
        if wrong:
            if not explained:
                self._compare(wrong[0])
            raise CheckFailed(
                language.say(
                    f"{check_id}：有 {len(wrong)} 行与参考答案不同（见上方 ✗）",
                    f"{check_id}: {len(wrong)} line(s) differ from the solution (see ✗ above)",
                )
            )

    def _show(self, label, *values, digits=4):
        """Print `label: shape [values rounded to digits decimals] sum=…`; at the public seed, marked ✓ or ✗."""
        text = "  ".join(self._text(value, digits) for value in values)
        self.lines[label] = self._shown[label] = text
        if self._expected is None:
            print(expected.line(label, text))
            return
        want = self._want("lines", label)
        print(expected.line(label, text, expected.RIGHT if text == want else expected.WRONG))
        if text != want:
            print(language.say(f"    应为 {want}", f"    expected {want}"))

    def _want(self, what, name):
        """What the expected lines hold about a check or a label. CheckFailed where they are of a newer version of the
        exercise than its notebook, which a learner has renamed and run again."""
        if name not in self._expected[what]:
            raise CheckFailed(
                language.say(
                    f"这份练习是旧版，新版里没有 {name}：把答案抄进新的那一份",
                    f"this exercise is of an older version, the new one has no {name}: copy your answers into it",
                )
            )
        return self._expected[what][name]

    def _text(self, value, digits):
        if isinstance(value, str):
            return value
        self.margin = min(self.margin, tie_distance(value, digits))
        return tensor_text(value, digits)

    def _explain(self, check_id, error):
        """Name the misconceptions that explain all lines of this and the related checks; whether there are any. Once a
        check is run again, what the others showed before no longer counts: the answer may have changed."""
        if self._expected is None:
            return False
        shown = self._shown | error
        if self._seen.get(check_id, {}).keys() & shown.keys():
            self._seen = {}
        self._seen[check_id] = self._seen.get(check_id, {}) | shown
        found = misconceptions(self._expected, self._seen, check_id)
        print(*(f"→ {why}\n" for why in found), sep="", end="")
        return bool(found)

    def _compare(self, label):
        """Say what is known about a line that nothing known explains."""
        said = difference(self._expected["lines"][label], self._shown[label])
        if said:
            zh, en = said
            print(language.say(f"→ 先看“{label}”：{zh}", f"→ Look first at “{label}”: {en}"))

    def grade(self):
        """Grade the saved notebook, in a process of its own, and show the report."""
        if self._expected is None:
            print(
                language.say(
                    "这一格只在 work/ 里的练习中、SEED = 0 时批改。",
                    "This cell grades an exercise in work/, with SEED = 0.",
                )
            )
            return
        hand_in.grade_saved_notebook(self.name)

    def __repr__(self):
        return f"Exercise({self.name!r}, seed={self.seed})"
