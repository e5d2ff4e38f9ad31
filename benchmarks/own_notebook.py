"""How long does a learner wait for the grade of their own notebook?

    python benchmarks/own_notebook.py [--exercise E01] [--rounds 5]

Each round starts, in turns, a bare `import torch` and the command behind the last cell of an exercise, for a right
answer, a wrong one, and notebooks that can be judged by their text alone. Seconds until the first line that says
something about the answers, and until the last line; the fastest and the median of the rounds, since whatever else the
machine does only adds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from course_utils.grading import reference

ENVIRONMENT = dict(os.environ, PYTHONUTF8="1", PYTHONUNBUFFERED="1")
WAITING = ("运行", "running")  # how a line begins that only says what is being done


def notebooks(exercise, folder):
    """name -> path of a notebook with every answer as the solution has it, or spoilt in one way."""
    spoilt = {
        "right": lambda source: source,
        "wrong": lambda source: source.replace("return ", "return 2 * ", 1),
        "syntax error": lambda source: source.replace("return ", "return (", 1) + "\n(",
        "cell missing": lambda source: None,
    }
    paths = {}
    for name, spoil in spoilt.items():
        notebook = reference.read(reference.solutions("en")[exercise])
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                cell["source"] = spoil(cell["source"])
        notebook["cells"] = [cell for cell in notebook["cells"] if cell["source"] is not None]
        paths[name] = folder / f"{name.replace(' ', '-')}.ipynb"
        paths[name].write_text(json.dumps(notebook), encoding="utf-8")
    return paths


def measure(command):
    """Seconds until something is said about the answers, and until the end."""
    start, first = time.perf_counter(), None
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=ENVIRONMENT, text=True, encoding="utf-8") as process:
        for line in process.stdout:
            if first is None and not line.startswith(WAITING):
                first = time.perf_counter() - start
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}")
    return first, time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exercise", default="E01")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        grade = [sys.executable, "-m", "course_utils.cli", "grade", "--summary"]
        commands = {"python -c 'import torch'": [sys.executable, "-c", "import torch"]}
        commands |= {name: [*grade, path] for name, path in notebooks(arguments.exercise, Path(folder)).items()}
        taken = {name: [] for name in commands}
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                taken[name].append(measure(command))
    print(f"{arguments.exercise}, {arguments.rounds} rounds, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{'seconds':28}{'first said':>12}{'':8}{'end':>12}")
    print(f"{'':28}{'fastest':>10}{'median':>10}{'fastest':>10}{'median':>10}")
    for name, times in taken.items():
        firsts, ends = zip(*times)
        columns = [min(firsts), statistics.median(firsts)] if None not in firsts else ["", ""]
        columns += [min(ends), statistics.median(ends)]
        print(f"{name:28}" + "".join(f"{value:10.2f}" if value != "" else f"{'':10}" for value in columns))


if __name__ == "__main__":
    main()
