"""What a submission is compared with: the solution, run with a seed that no learner knows."""

import json
import secrets
from dataclasses import dataclass

from course_utils import expected
from course_utils.expected import PUBLIC_SEED, TIE_MARGIN
from course_utils.files import HAND_IN, ROOT
from course_utils.grading.stages import stage

MARGIN_CELL = {  # how close the solution's values came to a rounding tie
    "cell_type": "code",
    "id": "margin",
    "metadata": {},
    "source": "print(check.margin)",
    "outputs": [],
    "execution_count": None,
}
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


def read(path):
    """A notebook of ours as plain data, each source and each printed text in one piece. (nbformat takes longer to
    import than one's own notebook may take to be read.)"""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        for output in cell.get("outputs", ()):
            if "text" in output:
                output["text"] = "".join(output["text"])
    return notebook


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
    """One Reference for each seed; at the public seed, or where there is no solution (a class release), one whose
    lines are stored, so that nothing need run."""
    if exercise not in solutions(lang) or seeds == [PUBLIC_SEED]:
        return [public_reference(exercise, lang)]
    return [execute(exercise, lang, seed, isolation, folder / f"{exercise}-{lang}-{seed}") for seed in seeds]


def hand_in():
    """What the class release says about handing in; "" elsewhere."""
    path = ROOT / HAND_IN
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def public_reference(exercise, lang):
    """The course's own copy of the exercise, measured against the lines stored beside that."""
    path = exercises(lang)[exercise]
    public = _public(path)
    if not public:
        raise NoReference(f"the lines that {path.name} should print are missing: {expected.path(path)}")
    return Reference(exercise, lang, PUBLIC_SEED, _up_to_last_check(read(path)), public)


def draw_seed():
    """A seed nobody can guess."""
    return PUBLIC_SEED + 1 + secrets.randbelow(10**6)


def execute(exercise, lang, seed, isolation, folder):
    """Run the solution with `seed`; where a printed value comes too close to a rounding tie, with the next seed, and
    so on."""
    path = solutions(lang)[exercise]
    source, public = _up_to_last_check(read(path)), _public(path)
    source["cells"].append(MARGIN_CELL)
    folder.mkdir(parents=True, exist_ok=True)
    stage(lang, f"{exercise}：运行参考答案……", f"{exercise}: running the solution …")
    for attempt in range(seed, seed + ATTEMPTS):
        notebook = _run(source, attempt, isolation, folder, path)
        if float(notebook["cells"].pop()["outputs"][0]["text"]) >= TIE_MARGIN:
            return Reference(exercise, lang, attempt, notebook, public)
        if attempt == PUBLIC_SEED:
            break
    raise NoReference(f"{path.name}: values printed at the seeds {seed} to {attempt} lie too close to a rounding tie")


def _up_to_last_check(notebook):
    """What comes after the last check (a farewell, the cell that calls the grader) has no place in a graded run."""
    cells = notebook["cells"]
    last = max((i for i, cell in enumerate(cells) if cell["metadata"].get("nbgrader", {}).get("grade")), default=-1)
    if last < 0:
        raise NoReference("the solution has no check cell")
    return notebook | {"cells": cells[: last + 1]}


def _public(path):
    lines = expected.path(ROOT / "exercises" / path.parent.name / path.name)
    return json.loads(lines.read_text(encoding="utf-8")) if lines.exists() else {}


def _run(source, seed, isolation, folder, path):
    before, after = folder / "solution.ipynb", folder / "reference.ipynb"
    before.write_text(json.dumps(source), encoding="utf-8")
    after.unlink(missing_ok=True)
    isolation.ensure()
    code = isolation.run(
        "execute_reference", {"source": str(before), "target": str(after), "seed": seed}, folder, seconds=600
    )
    if code != 0:
        last = (folder / "log.txt").read_text(errors="replace").strip().splitlines()[-1:] or ["no message"]
        raise NoReference(f"the solution {path.name} does not run: {last[0]}")
    return read(after)
