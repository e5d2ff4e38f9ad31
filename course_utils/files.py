"""Where the course lies on disk, and how its files are written: in one step, so that an interruption leaves the old
one."""

import os
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent  # the clone, the class release, or the folder a wheel was unpacked to


def write(path, data):
    """Replace `path` by `data` (str as UTF-8, or bytes), readable by everyone; its folder is made where it is missing."""  # noqa: E501
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as handle:
        handle.write(data.encode() if isinstance(data, str) else data)
    os.chmod(handle.name, 0o644)
    os.replace(handle.name, path)
