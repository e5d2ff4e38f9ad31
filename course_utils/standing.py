"""How far the learner has come, read from what lies in `work/`: which cells of the chapters have run, the bets, the
scores of the exercises. It stays there. Imports nothing heavy.

The folder is the one that `rnn-course lab` works in; kernels find it through COURSE_BETS (predictions.py)."""

import json
import os
import re
from pathlib import Path

from course_utils import files

LIVE = "course/progress"  # where lab_server.py answers with `read`, below Jupyter's address
SCORES = ".scores.json"  # under work/: exercise -> [score, of], the latest


def work():
    """The folder with the learner's copies, or None outside of `rnn-course lab`."""
    bets = os.environ.get("COURSE_BETS")
    return Path(bets).parent if bets else None


def read(folder):
    """What the start page shows: `chapters` ("05" -> share of its code cells that have run), `bets` ("05" -> [right,
    settled]) and `scores` ("E04" -> [score, of])."""
    folder, chapters, bets = Path(folder), {}, {}
    for path in folder.glob("notebooks/*/[0-9]*_*.ipynb"):
        number = path.name.split("_")[0]
        chapters[number] = max(chapters.get(number, 0), _share_run(path))
    for id, bet in _kept(folder / ".bets.json").items():
        if isinstance(bet, dict) and bet.get("right") is not None:
            entry = bets.setdefault(_chapter(id, chapters), [0, 0])
            entry[0] += bet["right"]
            entry[1] += 1
    return {"chapters": chapters, "bets": bets, "scores": _kept(folder / SCORES)}


def _chapter(id, chapters):
    """ "Q5a" -> "05"; "Q17a-ctc" -> "17a" where there is such a chapter, and else "17"."""
    digits, letter = re.match(r"Q?(\d*)([a-z]?)", id).groups()
    number = f"{int(digits or 0):02}"
    return number + letter if number + letter in chapters else number


def record(exercise, score, of):
    """Remember how an exercise was graded, where there is a folder to remember it in."""
    if folder := work():
        try:
            files.write(folder / SCORES, json.dumps(files.read_dict(folder / SCORES) | {exercise: [score, of]}))
        except OSError:
            pass  # a folder that cannot be read or written: the grade was shown all the same


def _kept(path):
    """What was kept in a file, nothing where it cannot be read now."""
    try:
        return files.read_dict(path)
    except OSError:
        return {}


def _share_run(path):
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError):  # not a notebook: JupyterLab will tell
        return 0
    cells = [cell for cell in cells if cell["cell_type"] == "code"]
    return sum(bool(cell.get("execution_count")) for cell in cells) / len(cells) if cells else 0
