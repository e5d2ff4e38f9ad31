"""What notebooks print so that other machines can compare it: show(), claim(), and the checks of an exercise.

Nothing here decides a mark. The grader compares what a check prints with what the solution prints
(`course_utils.grading`);
here the learner gets an answer at once, from the lines stored beside the exercise.
"""

import datetime
import json
import math
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from course_utils import language, predictions
from course_utils.expected import PUBLIC_SEED, error_key, misconceptions

# ---------------------------------------------------------------------------------------------- chapters


def show(label, *values, digits=3):
    """Print a label and values that are the same on every machine.

    Floats are rounded to `digits` significant digits, tensors and arrays print their shape, entries and sum.
    """
    print(f"{label}:", *(_scalar(v, digits) for v in values), sep="  ")


def claim(claim_id, holds, **measured):
    """Print `CLAIM id True` (or False). If the learner predicted, print the prediction beside the measurement.

    holds     bool (0-dim tensors and numpy booleans are fine)
    measured  numbers shown only beside a prediction, so they may differ between machines
    """
    print(f"CLAIM {claim_id} {bool(holds)}")
    guess = predictions.chosen(claim_id)
    if guess is not None:
        values = ", ".join(f"{name} = {_scalar(value, 3)}" for name, value in measured.items())
        print(language.say(f"  你的预测：{guess}    测得：{values}", f"  you predicted: {guess}    measured: {values}"))


def _scalar(value, digits):
    if isinstance(value, (torch.Tensor, np.ndarray)) and value.ndim:
        return tensor_text(value, digits)
    if isinstance(value, (torch.Tensor, np.generic)):
        value = value.item()
    return f"{value + 0.0:.{digits}g}" if isinstance(value, float) else str(value)


def tensor_text(value, digits):
    """`(2, 3) [[…], […]] sum=…`: shape, entries and sum rounded to `digits` decimals; a single number is written
    alone. No -0.0."""
    array = _array(value)
    entries = array.tolist() if array.dtype.kind == "b" else (np.round(array, digits) + 0.0).tolist()
    return f"{array.shape} {entries} sum={round(float(array.sum()), digits) + 0.0}" if array.ndim else str(entries)


def _array(value):
    """float64 (or integer, boolean) array of a tensor, array or number; complains about anything else in one line."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        value = value.double().numpy() if value.is_floating_point() else value.numpy()
    array = np.asarray(value)
    if array.dtype.kind not in "bif":
        forgot = language.say("（是不是忘了 return？）", " (is a return missing?)") if value is None else ""
        raise TypeError(
            language.say(
                f"这里需要张量或数，得到的是 {type(value).__name__}{forgot}",
                f"expected a tensor or a number, got {type(value).__name__}{forgot}",
            )
        )
    return array


def tie_distance(value, digits):
    """Distance of the closest entry (or the sum) from a rounding tie, in units of the last digit; inf for integers."""
    array = _array(value)
    if array.dtype.kind != "f" or not array.size:
        return math.inf
    scaled = np.append(array.ravel(), array.sum()) * 10**digits
    scaled = scaled[np.isfinite(scaled)]
    return float(np.abs(np.abs(scaled - np.floor(scaled)) - 0.5).min(initial=math.inf))


# ---------------------------------------------------------------------------------------------- exercises


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

    def _show(self, label, value, digits=4):
        """Print `label: shape [values rounded to digits decimals] sum=…`; at the public seed, marked ✓ or ✗."""
        text = (
            value
            if isinstance(value, str)
            else str(value)
            if isinstance(value, (bool, int))
            else tensor_text(value, digits)
        )
        if not isinstance(value, (str, bool, int)):
            self.margin = min(self.margin, tie_distance(value, digits))
        self.lines[label] = self._shown[label] = text
        if self._expected is None:
            print(f"{label}: {text}")
            return
        want = self._expected["lines"][label]
        print(f"{'✓' if text == want else '✗'} {label}: {text}")
        if text != want:
            print(language.say(f"    应为 {want}", f"    expected {want}"))

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
        _grade_saved_notebook(self)

    def __repr__(self):
        return f"Exercise({self.name!r}, seed={self.seed})"


def _grade_saved_notebook(exercise):
    notebook = _this_notebook(exercise.name)
    saved = datetime.datetime.fromtimestamp(notebook.stat().st_mtime)
    print(
        language.say("批改的是磁盘上的版本，保存于 ", "grading the file on disk, saved at ")
        + saved.strftime("%H:%M:%S")
    )
    for name in _changed_since_saved(notebook):
        print(
            language.say(
                f"注意：{name} 运行过的内容和存盘的不同。先保存（Ctrl+S），再运行本格。",
                f"note: what you ran for {name} differs from the saved file. Save (Ctrl+S), then run this cell again.",
            )
        )
    ran = subprocess.run(
        [sys.executable, "-m", "course_utils.cli", "grade", "--summary", str(notebook)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env=dict(os.environ, PYTHONUTF8="1"),
    )
    print(ran.stdout, end="")  # printed here: not every kernel shows what a child process writes


def _this_notebook(name):
    session = os.environ.get("JPY_SESSION_NAME", "")  # set by jupyter_server for the kernels it starts
    if session.endswith(".ipynb") and Path(session).exists():
        return Path(session)
    found = sorted(Path.cwd().glob(f"{name}_*.ipynb"))
    if len(found) != 1:
        raise FileNotFoundError(
            language.say(
                f"在 {Path.cwd()} 里找不到唯一的 {name}_*.ipynb；请在终端运行：rnn-course grade 文件名",
                f"no single {name}_*.ipynb in {Path.cwd()}; in a terminal run: rnn-course grade FILE",
            )
        )
    return found[0]


def _changed_since_saved(notebook):
    from IPython import get_ipython

    ran = get_ipython().user_ns.get("In", []) if get_ipython() else []
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        meta = cell["metadata"].get("nbgrader", {})
        source = "".join(cell["source"])
        mine = [text for text in ran if text.lstrip().startswith(f"def {meta.get('grade_id')}(")]
        if meta.get("solution") and mine and mine[-1].strip() != source.strip():
            yield meta["grade_id"]
