"""Which stored notebooks have been run again and found equal to their outputs, and need not be run a third time.

tests/verified.json holds, for each notebook, what it was made from (`course_utils.authoring.fingerprint`: code cells,
helper modules, pages, data, versions), the packages that were installed, and what it says (its code cells and their
outputs) when it last passed. `make test` runs a notebook when any of these differs now; `make test-all` runs every
notebook and writes the file.
"""

import hashlib
import json
from importlib.metadata import PackageNotFoundError, version

from course_utils import files
from course_utils.authoring import fingerprint

FILE = files.ROOT / "tests" / "verified.json"
PROPERTY = "notebook"


def now(src, lang, nb, root):
    """The entry that a notebook earns if it passes now.

    src    its source, which says what it would be made from today
    nb     the notebook as it is stored
    """
    said = [[cell.id, cell.source, cell.outputs] for cell in nb.cells if cell.cell_type == "code"]
    return {
        "made_from": fingerprint.combined(fingerprint.of(src, lang, root)),
        "installed": _digest({name: _installed(name) for name in fingerprint.packages(src, lang, root)}),
        "says": _digest(said),
    }


def read(path):
    """notebook -> entry. Nothing where the file is missing or broken: then everything is run."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def holds(path, name, entry):
    """Is this the entry with which the notebook passed last time?"""
    return read(path).get(name) == entry


def record(path, passed, failed, present):
    """Write the file anew: what passed, and of the rest what is still there and did not fail."""
    kept = {name: entry for name, entry in read(path).items() if name in present and name not in failed}
    files.write(path, json.dumps(dict(sorted((kept | passed).items())), indent=1) + "\n")


class Recorder:
    """A pytest plugin: listens to what becomes of the notebooks that a test names with `record_property`, and writes
    the file when the session ends. It belongs into the process that hears all workers.

    present   the notebooks there are
    """

    def __init__(self, path, present):
        self.path, self.present = path, present
        self.passed, self.failed = {}, set()

    def pytest_runtest_logreport(self, report):
        for name, value in report.user_properties:
            if name == PROPERTY and report.when == "call":
                notebook, entry = value
                if report.passed:
                    self.passed[notebook] = entry
                else:
                    self.failed.add(notebook)

    def pytest_sessionfinish(self):
        if self.passed or self.failed:
            record(self.path, self.passed, self.failed, self.present)


def _installed(package):
    try:
        return version(package).split("+")[0]  # 2.13.0+cpu computes what 2.13.0 computes
    except PackageNotFoundError:
        return ""


def _digest(value):
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]
