"""How long does one submission take, here and with other graders?

    python benchmarks/grading.py [--submissions 30] [--rounds 3] [--nbgrader nbgrader-env/bin/nbgrader]
                                 [--otter otter-env/bin/python]

Every grader gets the same right submissions of an assignment with four questions (an RNN, an LSTM and a GRU cell, a
bidirectional LSTM) and runs the same cells, in its documented batch mode: one command for all submissions. For nbgrader
that is `nbgrader autograde`. `otter grade` needs Docker; without it, otter documents `otter.api.grade_submission`,
called here in one process for all. Plain nbval compares each submission with its own outputs: it grades nothing, but it
runs the cells.
Ours runs with its default seed and sandbox, and includes its start and the run of the solution. The graders take turns
and medians are compared, so whatever else the machine is doing slows all of them alike. CPU is what the system has
charged to ended processes; of cold kernels, which end together with their box, it misses a part.

The other graders live in environments of their own. nbgrader's kernels are ours; otter must run inside the kernel, so
its environment holds the course too:

    python -m venv nbgrader-env && nbgrader-env/bin/pip install nbgrader
    python -m venv otter-env && otter-env/bin/pip install otter-grader -c constraints.txt -e .

Where the time of a warm submission goes (quiet two-core machine, one worker, 0.33 s in all): pytest starts with nbval
(0.1 s), and beside it, on the second core, the kernel (fork and namespaces 0.05 s, ipykernel's own start 0.06 s); then
the cells, 0.1 s, nearly all of it messages to and fro; then the kernel is ended. A wrong answer is run a second time,
at the public seed, to explain it. The start of a batch takes about 5.5 s: imports, of the command and of the two fork
servers, and one run of the solution. Because a single worker keeps both cores busy, a second one gains little on two
cores. The limit is one pytest and one kernel for each submission: to go lower, submissions would have to share a
process, and a process that has run one learner's code cannot be trusted with another's.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbclient
import nbformat
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parents[1]
NAME = "E99_cells"
ENVIRONMENT = dict(os.environ, OMP_NUM_THREADS="1", COURSE_STORE="1")

SETUP = """import torch
from course_utils.exercise import Exercise

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
check = Exercise("E99", SEED)
D, H, B, T = 5, 4, 3, 6


def fresh(k, *shapes):
    g = torch.Generator().manual_seed(SEED * 100 + k)
    return [torch.randn(shape, generator=g) for shape in shapes]"""

QUESTIONS = {  # function -> (answer, check)
    "rnn_cell": (
        """def rnn_cell(x, h, W, U, b):
    return torch.tanh(x @ W + h @ U + b)""",
        """with check("check-rnn") as show:
    show("rnn", rnn_cell(*fresh(1, (B, D), (B, H), (D, H), (H, H), (H,))))""",
    ),
    "lstm_cell": (
        """def lstm_cell(x, h, c, W, U, b):
    i, f, g, o = (x @ W + h @ U + b).chunk(4, dim=-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c""",
        """with check("check-lstm") as show:
    x, h, c, *weights = fresh(2, (T, B, D), (B, H), (B, H), (D, 4 * H), (H, 4 * H), (4 * H,))
    for t in range(T):
        h, c = lstm_cell(x[t], h, c, *weights)
    show("lstm", torch.stack([h, c]))""",
    ),
    "gru_cell": (
        """def gru_cell(x, h, W, U, b, b_h):
    r_x, z_x, n_x = (x @ W + b).chunk(3, dim=-1)
    r_h, z_h, n_h = (h @ U + b_h).chunk(3, dim=-1)
    z = torch.sigmoid(z_x + z_h)
    return (1 - z) * torch.tanh(n_x + torch.sigmoid(r_x + r_h) * n_h) + z * h""",
        """with check("check-gru") as show:
    x, h, *weights = fresh(3, (T, B, D), (B, H), (D, 3 * H), (H, 3 * H), (3 * H,), (3 * H,))
    for t in range(T):
        h = gru_cell(x[t], h, *weights)
    show("gru", h)""",
    ),
    "bilstm": (
        """def bilstm(xs, forward, backward):
    def run(xs, weights):
        h = c = torch.zeros(xs.shape[1], H)
        hs = []
        for x in xs:
            h, c = lstm_cell(x, h, c, *weights)
            hs.append(h)
        return torch.stack(hs)
    return torch.cat([run(xs, forward), run(xs.flip(0), backward).flip(0)], dim=-1)""",
        """with check("check-bilstm") as show:
    xs, *weights = fresh(4, (T, B, D), *[(D, 4 * H), (H, 4 * H), (4 * H,)] * 2)
    show("bilstm", bilstm(xs, weights[:3], weights[3:]))""",
    ),
}


def assignment():
    """The solved notebook with its outputs, as a learner would hand it in."""
    cells = [_cell("parameters", "SEED = 0", tags=["parameters"]), _cell("setup", SETUP)]
    for name, (answer, check) in QUESTIONS.items():
        cells += [_cell(name, answer, solution=True), _cell(f"check-{name}", check, points=1, of=[name])]
    notebook = new_notebook(
        cells=cells,
        metadata={
            "course": {"exercise": "E99", "language": "en"},
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        },
    )
    return nbclient.NotebookClient(notebook, kernel_name="python3").execute()


def _cell(name, source, solution=False, points=0, of=None, tags=()):
    role = {
        "schema_version": 3,
        "grade_id": name,
        "solution": solution,
        "grade": bool(points),
        "locked": not solution,
        "task": False,
    }
    metadata = {"nbgrader": role | ({"points": points} if points else {}), "tags": list(tags)}
    return new_code_cell(source, id=name, metadata=metadata | ({"course": {"of": of}} if of else {}))


# ------------------------------------------------------------------------------------------- the graders


class Ours:
    def __init__(self, *options):
        self.options = options

    def prepare(self, folder, notebook):
        """A small course whose only exercise is this one."""
        shutil.copytree(
            ROOT / "course_utils", folder / "course" / "course_utils", ignore=shutil.ignore_patterns("__pycache__")
        )
        _write(notebook, folder / "course" / "solutions" / "en" / f"{NAME}.ipynb")

    def grade(self, folder, students):
        command = [sys.executable, "-m", "course_utils.cli", "grade", "submitted", "--out", "out", *self.options]
        _run(command, folder, PYTHONPATH=str(folder / "course"))
        rows = json.loads((folder / "out" / "grades.json").read_text(encoding="utf-8"))
        assert len(rows) == students and all(row["score"] == row["max_score"] == 4 for row in rows), rows


class Nbval:
    def prepare(self, folder, notebook):
        pass

    def grade(self, folder, students):
        _run(
            [
                sys.executable,
                "-m",
                "pytest",
                "--nbval",
                "-q",
                "-p",
                "no:cacheprovider",
                "-c",
                os.devnull,
                "--rootdir",
                ".",
                "submitted",
            ],
            folder,
        )


class Nbgrader:
    def __init__(self, program):
        self.program = Path(program).absolute()

    def prepare(self, folder, notebook):
        kernel = folder / "jupyter" / "kernels" / "python3" / "kernel.json"
        kernel.parent.mkdir(parents=True)
        kernel.write_text(
            json.dumps(
                {
                    "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                    "display_name": "Python 3",
                    "language": "python",
                }
            )
        )
        _write(notebook, folder / "source" / "E99" / f"{NAME}.ipynb")
        self._call(folder, "generate_assignment", "E99", "--create")

    def grade(self, folder, students):
        self._call(folder, "autograde", "E99", "--create")
        assert len(list((folder / "autograded").glob("*/E99/*.ipynb"))) == students

    def _call(self, folder, *arguments):
        path = os.pathsep.join([str(self.program.parent), os.environ["PATH"]])  # nbgrader calls its own alembic
        _run([str(self.program), *arguments], folder, PATH=path, JUPYTER_PATH=str(folder / "jupyter"))


class Otter:
    """A check cell becomes a test: the same code, with the output that the solution prints."""

    LOOP = "import sys, otter.api\nfor path in sys.argv[1:]: print('SCORE', otter.api.grade_submission(path, 'autograder.zip', quiet=True).total)"  # noqa: E501

    def __init__(self, python):
        self.python = Path(python).absolute()

    def prepare(self, folder, notebook):
        for cell in notebook.cells:
            if cell.metadata.nbgrader.grade:
                first, *rest = cell.source.splitlines()
                code = (
                    "\n".join([f">>> {first}", *(f"... {line}" for line in rest)])
                    + "\n"
                    + cell.outputs[0].text.rstrip("\n")
                )
                test = {
                    "name": cell.id,
                    "points": 1,
                    "suites": [
                        {"cases": [{"code": code}], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
                    ],
                }
                place = folder / "tests" / f"{cell.id.replace('-', '_')}.py"
                place.parent.mkdir(exist_ok=True)
                place.write_text(f"OK_FORMAT = True\n\ntest = {test!r}\n")
        _run([str(self.python.parent / "otter"), "generate", "-t", "tests", "-o", "autograder.zip"], folder)
        for path in (folder / "submitted").rglob("*.ipynb"):
            submission = nbformat.read(path, as_version=4)
            submission.cells = [cell for cell in submission.cells if not cell.metadata.nbgrader.grade]
            nbformat.write(submission, path)

    def grade(self, folder, students):
        paths = [str(path) for path in sorted((folder / "submitted").rglob("*.ipynb"))]
        said = _run([str(self.python), "-c", self.LOOP, *paths], folder)
        assert said.count("SCORE 4.0") == students, said[-2000:]


def _write(notebook, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def _run(command, folder, **environment):
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT | environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command[:6])} … ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


# ------------------------------------------------------------------------------------------- measuring


def measure(grader, notebook, students):
    """Wall and CPU seconds for the whole batch."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for number in range(students):
            _write(notebook, folder / "submitted" / f"s{number:02}" / "E99" / f"{NAME}.ipynb")
        grader.prepare(folder, notebook)
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        grader.grade(folder, students)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=30, help="at least 2")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--nbgrader", metavar="PROGRAM", help="nbgrader's command in its own environment")
    parser.add_argument(
        "--otter", metavar="PYTHON", help="the interpreter of an environment with otter-grader and the course"
    )
    arguments = parser.parse_args()
    graders = {
        "ours, warm": Ours(),
        "ours, warm, 2 workers": Ours("--jobs", "2"),
        "ours, cold": Ours("--cold"),
        "ours, cold, 2 workers": Ours("--cold", "--jobs", "2"),
        "plain nbval": Nbval(),
    }
    if arguments.nbgrader:
        graders["nbgrader"] = Nbgrader(arguments.nbgrader)
    if arguments.otter:
        graders["otter"] = Otter(arguments.otter)
    notebook, many = assignment(), arguments.submissions
    taken = {(name, students): [] for name in graders for students in (1, many)}
    for _ in range(arguments.rounds):
        for (name, students), times in taken.items():
            times.append(measure(graders[name], notebook, students))
    total = {key: [statistics.median(column) for column in zip(*times)] for key, times in taken.items()}
    mean = {name: [value / many for value in total[name, many]] for name in graders}
    further = {
        name: [(all_ - one) / (many - 1) for all_, one in zip(total[name, many], total[name, 1])] for name in graders
    }
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(
        f"seconds per submission, {many} submissions, median of {arguments.rounds} rounds, {os.cpu_count()} cores, load {load}"  # noqa: E501
    )
    print("further: what one more submission costs, without the start")
    print("ratio: times as long as ours, warm, with 1 and with 2 workers")
    print(f"{'':22}{'wall':>7}{'CPU':>7}  {'ratio':10}{'further, wall':>15}{'CPU':>7}  ratio")
    for name in graders:
        print(
            f"{name:22}{mean[name][0]:7.2f}{mean[name][1]:7.2f}  {_ratios(mean, name):10}{further[name][0]:15.2f}{further[name][1]:7.2f}  {_ratios(further, name)}"  # noqa: E501
        )


def _ratios(seconds, name):
    return "  ".join(f"{seconds[name][0] / seconds[ours][0]:4.1f}" for ours in ("ours, warm", "ours, warm, 2 workers"))


if __name__ == "__main__":
    main()
