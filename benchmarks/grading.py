"""How long does one submission take, here and with other graders?

    python benchmarks/grading.py [--submissions 10] [--rounds 3] [--nbgrader nbgrader-env/bin/nbgrader]

Every grader gets the same right submissions of E04 (three functions to write), in its documented batch mode: one command for all of them. Ours runs with
its default seed and sandbox and includes its start and the run of the solution. The graders take turns within one run and medians are compared: whatever else
the machine is doing then slows all of them alike. nbgrader has an environment of its own (pip install nbgrader); its kernels are ours.
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

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = "E04_lstm.ipynb"
SOLUTION = ROOT / "solutions" / "zh" / NOTEBOOK
ENVIRONMENT = dict(os.environ, OMP_NUM_THREADS="1", COURSE_STORE="1")


def ours(*options):
    def grade(folder, students):
        command = [sys.executable, "-m", "course_utils.cli", "grade", str(folder / "submitted"), "--out", str(folder / "out"), *options]
        subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
        rows = json.loads((folder / "out" / "grades.json").read_text(encoding="utf-8"))
        assert len(rows) == students and all(row["score"] == row["max_score"] > 0 for row in rows)
    return grade


def nbval(folder, students):
    """Every submission against its own outputs: what plain nbval does. It grades nothing, but it runs the same cells."""
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(folder), str(folder / "submitted")]
    subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=False, capture_output=True)


def nbgrader(program):
    def grade(folder, students):
        path = os.pathsep.join([str(Path(program).absolute().parent), os.environ["PATH"]])
        environment = dict(ENVIRONMENT, PATH=path, JUPYTER_PATH=str(folder / "jupyter"))
        subprocess.run([str(Path(program).absolute()), "autograde", "E04", "--create"], cwd=folder, env=environment, check=True, capture_output=True)
        assert len(list((folder / "autograded").glob("*/E04/*.ipynb"))) == students

    def prepare(folder):
        kernel = folder / "jupyter" / "kernels" / "python3"
        kernel.mkdir(parents=True)
        (kernel / "kernel.json").write_text(json.dumps({"argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                                                        "display_name": "Python 3", "language": "python"}))
        (folder / "source" / "E04").mkdir(parents=True)
        shutil.copy(SOLUTION, folder / "source" / "E04")
        path = os.pathsep.join([str(Path(program).absolute().parent), os.environ["PATH"]])
        subprocess.run([str(Path(program).absolute()), "generate_assignment", "E04", "--create"], cwd=folder, check=True, capture_output=True,
                       env=dict(ENVIRONMENT, PATH=path, JUPYTER_PATH=str(folder / "jupyter")))
    grade.prepare = prepare
    return grade


def measure(grade, students):
    """(wall seconds, CPU seconds) for each submission."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for number in range(students):
            (folder / "submitted" / f"s{number:02}" / "E04").mkdir(parents=True)
            shutil.copy(SOLUTION, folder / "submitted" / f"s{number:02}" / "E04")
        getattr(grade, "prepare", lambda folder: None)(folder)
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        grade(folder, students)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall / students, cpu / students


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--nbgrader", metavar="PROGRAM", help="nbgrader's command in its own environment")
    arguments = parser.parse_args()
    graders = {"ours, warm": ours(), "ours, warm, 2 workers": ours("--jobs", "2"), "ours, cold": ours("--cold"),
               "ours, cold, 2 workers": ours("--cold", "--jobs", "2"), "plain nbval": nbval}
    if arguments.nbgrader:
        graders["nbgrader"] = nbgrader(arguments.nbgrader)
    taken = {name: [] for name in graders}
    for _ in range(arguments.rounds):
        for name, grade in graders.items():
            taken[name].append(measure(grade, arguments.submissions))
    medians = {name: [statistics.median(column) for column in zip(*values)] for name, values in taken.items()}
    print(f"seconds per submission, {arguments.submissions} submissions, median of {arguments.rounds} rounds, {os.cpu_count()} cores")
    print(f"{'':24}{'wall':>8}{'CPU':>8}   times as long as ours, warm, with 1 and 2 workers")
    for name, (wall, cpu) in medians.items():
        print(f"{name:24}{wall:8.2f}{cpu:8.2f}   {wall / medians['ours, warm'][0]:.1f}  {wall / medians['ours, warm, 2 workers'][0]:.1f}")


if __name__ == "__main__":
    main()
