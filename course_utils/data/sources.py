"""Where data files lie: in this repository, or inside an installed package."""

import csv
import hashlib
import importlib.util
import pathlib

from course_utils.files import PACKAGE, ROOT


def datasets_dir():
    """The repository's `datasets/` folder, or the copy that a wheel brings along. FileNotFoundError where there is
    neither."""
    for folder in (ROOT / "datasets", PACKAGE / "datasets"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(
        "the datasets folder is not beside course_utils; install the course's wheel, or a clone of it: pip install -e ."
    )


def dataset(name):
    """The path of datasets/`name`. RuntimeError where the file is missing."""
    file = datasets_dir() / name
    if not file.exists():
        raise RuntimeError(f"datasets/{name} is missing. Run: git checkout -- datasets/{name}")
    return file


def table(name, row):
    """The rows of datasets/`name` (CSV), each as a `row`: a dataclass whose fields are the columns, with their types
    (an empty cell is "" or 0). RuntimeError where the file is missing."""
    types = row.__annotations__
    with open(dataset(name), encoding="utf-8", newline="") as lines:
        return [
            row(**{key: types[key](text) if text else types[key]() for key, text in line.items()})
            for line in csv.DictReader(lines)
        ]


def package_file(package, name, sha256, install):
    """The bytes of file `name` inside `package`, which is found but not imported (imports cost seconds).

    A missing package, or a file with another SHA-256 than the one the course was written for, is a RuntimeError that
    says what to run: `install`."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise RuntimeError(f"this needs the package {package}. Run: {install}")
    file = pathlib.Path(spec.submodule_search_locations[0], name)
    content = file.read_bytes() if file.exists() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise RuntimeError(
            f"{name} of the package {package} is not the file this course was written for. Run: {install}"
        )
    return content
