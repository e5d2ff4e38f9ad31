"""Do the claims of the chapters hold with other seeds? And what does a chapter cost?

    python benchmarks/seeds.py            all chapters
    python benchmarks/seeds.py 02 05      these

Runs the code of each chapter (English) in a process of its own: once as it is, and with every seed of torch and NumPy
shifted by each of SHIFTS. Prints a page in Markdown: seconds, peak memory, and the claims that fell. How the data are
split is not drawn anew. A claim that falls is to be narrowed to what is true (docs/testing.md).
"""

import contextlib
import io
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHIFTS = (1000, 2000)


def shift_seeds(by):
    """From now on every seed set in this process is `by` larger."""
    import numpy as np
    import torch

    manual_seed, default_rng = torch.manual_seed, np.random.default_rng

    class Generator(torch.Generator):
        def manual_seed(self, seed):
            return super().manual_seed(seed + by)

    torch.Generator = Generator
    torch.manual_seed = lambda seed: manual_seed(seed + by)
    np.random.default_rng = lambda seed: default_rng(seed + by)


def run(chapter, by):
    """Run one chapter here. Prints one line of JSON: seconds, megabytes, claims {id: holds}, error."""
    import matplotlib

    matplotlib.use("Agg")
    import torch
    from matplotlib import pyplot as plt

    from course_utils import checks
    from course_utils.authoring import source

    torch.set_num_threads(2)
    shift_seeds(by)
    claims, error, start = {}, None, time.perf_counter()

    class Noted(checks.Claim):
        def __init__(self, id, holds, measured):
            claims[id] = bool(holds)
            super().__init__(id, holds, measured)

    checks.Claim = Noted
    space = {}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for cell in source.read(chapter).cells:
            if cell.kind == "code":
                try:
                    exec(compile(cell.text("en"), cell.name, "exec"), space)
                except Exception as problem:
                    error = f"{cell.name}: {type(problem).__name__}: {problem}"
                    break
                plt.close("all")
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps([time.perf_counter() - start, megabytes, claims, error]))


def measure(chapter, by):
    command = [sys.executable, __file__, "--run", str(chapter), str(by)]
    ran = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, MPLBACKEND="Agg"))
    if ran.returncode:
        raise SystemExit(f"{chapter.stem}, seeds + {by}:\n{ran.stderr[-2000:]}")
    return json.loads(ran.stdout.splitlines()[-1])


def page(chapters):
    yield "# What a chapter costs, and whether its claims hold with other seeds\n"
    yield "Made by `make seeds` (benchmarks/seeds.py); seconds and peak memory on one machine, two threads.\n"
    fell = " | ".join(f"fell, seeds + {by}" for by in SHIFTS)
    yield f"| chapter | seconds | peak MB | claims | {fell} |\n|---|---|---|---|{'---|' * len(SHIFTS)}"
    for chapter in chapters:
        seconds, megabytes, claims, error = measure(chapter, 0)
        row = [chapter.stem, f"{seconds:.0f}", f"{megabytes:,}", error or len(claims)]
        for by in SHIFTS:
            _, _, shifted, error = measure(chapter, by)
            row.append(error or ", ".join(id for id, holds in shifted.items() if not holds) or "none")
        yield f"| {' | '.join(map(str, row))} |"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        every = sorted((ROOT / "source" / "chapters").glob("*.py"))
        for line in page([c for c in every if not sys.argv[1:] or c.stem.split("_")[0] in sys.argv[1:]]):
            print(line, flush=True)
