"""The checks of an exercise: they print what the grader compares, and answer the learner at once.

Nothing here decides a mark. The grader compares what a check prints with what the solution prints
(`course_utils.grading`); here the learner gets an answer from the lines stored beside the exercise.
"""

import json
import math
from contextlib import contextmanager
from pathlib import Path

from torch.overrides import TorchFunctionMode

from course_utils import language
from course_utils.exercise import hand_in
from course_utils.expected import PUBLIC_SEED, error_key, misconceptions
from course_utils.printed import tensor_text, tie_distance


class CheckFailed(AssertionError):
    """A check printed something else than the solution does."""

    def _render_traceback_(self):  # IPython calls this: one line instead of a page
        return [f"{type(self).__name__}: {self}"]


class Banned(RuntimeError):
    """An answer called the very built-in that the exercise asks to write."""


class _Ban(TorchFunctionMode):
    """Raise when torch runs one of the named functions, however it was reached (getattr, a saved reference, a copied
    module)."""

    def __init__(self, names):
        super().__init__()
        self.names = set(names)

    def __torch_function__(self, func, types, args=(), kwargs=None):
        name = getattr(func, "__name__", "").split(".")[0]
        if name in self.names:
            raise Banned(
                language.say(
                    f"这道题要你自己写，不能调用 torch 的 {name}",
                    f"this exercise asks you to write it: do not call torch's {name}",
                )
            )
        return func(*args, **(kwargs or {}))


class Exercise:
    """The checks of one exercise. `with check("check-step") as show: show(label, value)`.

    name    exercise number, e.g. "E01"
    seed    the fixtures' seed; at 0 the printed lines are compared with `<name>_*.expected.json` in the working
            directory, if it is there

    `banned` maps a check to names of torch functions that raise while it runs (from the expected lines; the grader
    sets it itself).
    `margin` is the smallest distance from a rounding tie of all values shown so far, `lines` maps each label to its
    printed text;
    the build and the tests read both.
    """

    def __init__(self, name, seed):
        self.name, self.seed = name, seed
        self.margin, self.lines = math.inf, {}
        self._shown = {}
        found = sorted(Path.cwd().glob(f"{name}_*.expected.json")) if seed == PUBLIC_SEED else []
        self._expected = json.loads(found[0].read_text(encoding="utf-8")) if found else None
        self.banned = self._expected["banned"] if found else {}

    @contextmanager
    def __call__(self, check_id):
        self._shown = {}
        try:
            with _Ban(self.banned.get(check_id, ())):
                yield self._show
        except NotImplementedError:
            if self._expected is None:
                raise
            raise CheckFailed(
                language.say(f"{check_id}：这里的答案还没有写", f"{check_id}: the answer is not written yet")
            ) from None
        except Exception as error:
            if self._expected:
                self._explain({**self._shown, error_key(check_id): f"{type(error).__name__}: {error}"})
            raise
        wrong = [
            label for label, text in self._shown.items() if self._expected and text != self._expected["lines"][label]
        ]
        if wrong:
            self._explain(self._shown)
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
            print(f"{label}: {text}")
            return
        want = self._expected["lines"][label]
        print(f"{'✓' if text == want else '✗'} {label}: {text}")
        if text != want:
            print(language.say(f"    应为 {want}", f"    expected {want}"))

    def _text(self, value, digits):
        if isinstance(value, str):
            return value
        if isinstance(value, (bool, int)):
            return str(value)
        self.margin = min(self.margin, tie_distance(value, digits))
        return tensor_text(value, digits)

    def _explain(self, shown):
        for why in misconceptions(self._expected, shown):
            print(f"→ {why}")

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
