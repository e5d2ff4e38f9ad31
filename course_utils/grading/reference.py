"""What a submission is compared with: the solution, run with a seed that no learner knows."""

import copy
import json
import secrets
from dataclasses import dataclass

import nbformat

from course_utils import expected
from course_utils.expected import PUBLIC_SEED, TIE_MARGIN
from course_utils.files import HAND_IN, ROOT
from course_utils.grading.stages import stage

MARGIN_CELL = "print(check.margin)"  # how close the solution's values came to a rounding tie
ATTEMPTS = 20


class NoReference(RuntimeError):
    """The exercise has no solution here, or its solution does not run."""


@dataclass(frozen=True)
class Reference:
    """An executed solution (nbformat dict, up to its last check) and the public material of the exercise."""

    exercise: str
    lang: str
    seed: int
    notebook: dict
    public: dict  # stored beside the exercise: lines and known wrong answers at the public seed; {} if it is not there

    @property
    def has_outputs(self):
        """Whether there is a solution's output to compare with; if not, the public lines must do."""
        return self.seed != PUBLIC_SEED

    @property
    def banned(self):
        """answer -> names"""
        return self.notebook["metadata"].get("course", {}).get("banned", {})

    @property
    def course(self):
        """(name, source) of every code cell in order; source None for an answer."""
        code = [cell for cell in self.notebook["cells"] if cell["cell_type"] == "code"]
        roles = [cell["metadata"].get("nbgrader", {}) for cell in code]
        return [
            (role.get("grade_id", ""), None if role.get("solution") else cell["source"])
            for role, cell in zip(roles, code)
        ]

    @property
    def banned_by_check(self):
        """check -> names, of the answers it is about"""
        by_check = {
            check: [name for answer in cell["metadata"]["course"]["of"] for name in self.banned.get(answer, [])]
            for check, cell in self.cells("grade")
        }
        return {check: names for check, names in by_check.items() if names}

    def public_lines(self, check):
        """{label: text} of what the solution prints in one check at the public seed."""
        return {label: self.public["lines"][label] for label in self.public["labels"][check]} if self.public else {}

    def cells(self, kind):
        """(grade_id, cell) of the "solution" or "grade" cells."""
        return [
            (cell["metadata"]["nbgrader"]["grade_id"], cell)
            for cell in self.notebook["cells"]
            if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get(kind)
        ]


def solutions(lang):
    """exercise -> path of its solution."""
    return _by_exercise("solutions", lang)


def exercises(lang):
    """exercise -> path of its notebook as learners get it."""
    return _by_exercise("exercises", lang)


def _by_exercise(kind, lang):
    return {path.stem.split("_")[0]: path for path in sorted((ROOT / kind / lang).glob("*.ipynb"))}


def known(exercise, lang):
    """Can this exercise be graded here, with its solution or at least at the public seed?"""
    return exercise in solutions(lang) or exercise in exercises(lang)


def references(exercise, lang, seeds, isolation, folder):
    """One Reference for each seed; where there is no solution (a class release), one at the public seed."""
    if exercise not in solutions(lang):
        return [public_reference(exercise, lang)]
    return [execute(exercise, lang, seed, isolation, folder / f"{exercise}-{lang}-{seed}") for seed in seeds]


def hand_in():
    """What the class release says about handing in; "" elsewhere."""
    path = ROOT / HAND_IN
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def public_reference(exercise, lang):
    """The learner's own notebook, measured against the lines stored beside it."""
    path = exercises(lang)[exercise]
    return Reference(exercise, lang, PUBLIC_SEED, _up_to_last_check(nbformat.read(path, as_version=4)), _public(path))


def draw_seed():
    """A seed nobody can guess."""
    return PUBLIC_SEED + 1 + secrets.randbelow(10**6)


def execute(exercise, lang, seed, isolation, folder):
    """Run the solution with `seed`; where a printed value comes too close to a rounding tie, with the next seed, and
    so on."""
    path = solutions(lang)[exercise]
    source, public = _up_to_last_check(nbformat.read(path, as_version=4)), _public(path)
    source.cells.append(nbformat.v4.new_code_cell(MARGIN_CELL))
    folder.mkdir(parents=True, exist_ok=True)
    stage(lang, f"{exercise}：运行参考答案……", f"{exercise}: running the solution …")
    for attempt in range(seed, seed + ATTEMPTS):
        notebook = _run(source, attempt, isolation, folder, path)
        if float(notebook.cells.pop().outputs[0].text) >= TIE_MARGIN:
            return Reference(exercise, lang, attempt, notebook, public)
        if attempt == PUBLIC_SEED:
            break
    raise NoReference(f"{path.name}: values printed at the seeds {seed} to {attempt} lie too close to a rounding tie")


def _up_to_last_check(notebook):
    """What comes after the last check (a farewell, the cell that calls the grader) has no place in a graded run."""
    last = max(
        (i for i, cell in enumerate(notebook.cells) if cell.metadata.get("nbgrader", {}).get("grade")), default=-1
    )
    if last < 0:
        raise NoReference("the solution has no check cell")
    notebook.cells = notebook.cells[: last + 1]
    return notebook


def _public(path):
    lines = expected.path(ROOT / "exercises" / path.parent.name / path.name)
    return json.loads(lines.read_text(encoding="utf-8")) if lines.exists() else {}


def _run(source, seed, isolation, folder, path):
    before, after = folder / "solution.ipynb", folder / "reference.ipynb"
    nbformat.write(copy.deepcopy(source), before)
    after.unlink(missing_ok=True)
    code = isolation.run(
        "execute_reference", {"source": str(before), "target": str(after), "seed": seed}, folder, seconds=600
    )
    if code != 0:
        last = (folder / "log.txt").read_text(errors="replace").strip().splitlines()[-1:] or ["no message"]
        raise NoReference(f"the solution {path.name} does not run: {last[0]}")
    return nbformat.read(after, as_version=4)
