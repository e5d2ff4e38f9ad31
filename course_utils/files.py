"""Where the course lies on disk, and how its files are written: in one step, so that nothing is ever half there."""

import json
import os
import secrets
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent  # the clone, the class release, or the folder a wheel was unpacked to
HAND_IN = "hand-in.txt"  # in a class release: where learners hand in


def write(path, data):
    """Replace `path` by `data` (str as UTF-8, or bytes); a missing folder is made. Who may read it, the umask says."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{secrets.token_hex(8)}")
    try:
        with open(beside, "xb") as handle:
            handle.write(data.encode() if isinstance(data, str) else data)
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def read_dict(path):
    """The dict in a JSON file, an empty one where there is no file. A file that holds something else is kept as
    `….unreadable`, so that what is written next does not take its place. OSError where it cannot be read now."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    os.replace(path, f"{path}.unreadable")
    return {}
