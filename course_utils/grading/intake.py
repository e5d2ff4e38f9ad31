"""Finding submissions: which file, whose, handed in where."""

import re
from dataclasses import dataclass
from pathlib import Path

# Moodle: "Full Name_1234567_assignsubmission_file_E01.ipynb", or a folder "Full Name_1234567_assignsubmission_file_"
MOODLE = re.compile(r"(?P<student>.+)_(?P<number>\d+)_assignsubmission_file(_.*)?", re.DOTALL)
# Canvas: "lastfirst_12345_678901_E01.ipynb", "lastfirst_LATE_12345_678901_E01-1.ipynb"
CANVAS = re.compile(r"(?P<student>[^_]+)_(LATE_)?(?P<number>\d+)_\d+_.+", re.DOTALL)
EXERCISE_NAME = re.compile(r"E\d\d(?!\d)")


@dataclass(frozen=True)
class Submission:
    """Where a submission is and whose it is. `number` is the learner's number in Moodle or Canvas, "" elsewhere."""

    path: Path
    student: str
    number: str = ""


def find(places):
    """Submissions in files and folders, in a stable order. Raises FileNotFoundError, naming the place, when there is
    none."""
    found = []
    for place in map(Path, places):
        if place.is_dir():
            inside = sorted(
                p
                for p in place.rglob("*.ipynb")
                if p.is_file() and not any(part.startswith(".") for part in p.relative_to(place).parts[:-1])
            )
            if not inside:
                raise FileNotFoundError(f"no notebook (.ipynb) in the folder {str(place)!r}")
            found += [_named(path, path.relative_to(place).parts[:-1][:1]) for path in inside]
        elif place.is_file():
            found.append(_named(place, place.parts[-2:-1] if EXERCISE_NAME.match(place.name) else ()))
        else:
            raise FileNotFoundError(f"no such file or folder: {str(place)!r}")
    return found


def _named(path, folder):
    """The student is named by the folder, else by the file, in the forms in which Moodle and Canvas hand them out too."""  # noqa: E501
    for name in (*folder, path.stem):
        for form in (MOODLE, CANVAS):
            match = form.fullmatch(name)
            if match:
                return Submission(path, match["student"], match["number"])
    return Submission(path, *(folder or (path.stem,)))
