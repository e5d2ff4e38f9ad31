"""Where the course lies on disk, and how its files are written: in one step, so that nothing is ever half there."""

import os
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent  # the clone, the class release, or the folder a wheel was unpacked to
HAND_IN = "hand-in.txt"  # in a class release: where learners hand in


def write(path, data):
    """Replace `path` by `data` (str as UTF-8, or bytes), readable by everyone; a missing folder is made."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as handle:
        handle.write(data.encode() if isinstance(data, str) else data)
    os.chmod(handle.name, 0o644)
    os.replace(handle.name, path)
