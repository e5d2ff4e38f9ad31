"""What all tests share."""

import ast
import importlib.util
import os
from pathlib import Path

import pytest
import scheduling
import torch
import verified

from course_utils.authoring import source

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root():
    """The course as it stands in this clone. Tests read it and never write to it."""
    return ROOT


@pytest.fixture(scope="session")
def load_script(root):
    """load_script("datasets/make_rules.py") -> the script as a module, without running it."""

    def load(path):
        spec = importlib.util.spec_from_file_location(Path(path).stem, root / path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session")
def need():
    """need(found, "apt install …"): without it the test skips with that line; under CI=true it fails, since CI
    installs everything."""

    def check(found, fix):
        if not found:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"needs: {fix}")

    return check


@pytest.fixture(scope="session")
def run_cells(root):
    """run_cells("04", "setup", …) -> the names that these cells of a chapter define, run in this order.

    lang          the language whose texts the cells get
    definitions   run only what defines: imports, functions and classes, not the statements that measure and print
    more names    are there before the first cell
    """

    def run(chapter, *names, lang="en", definitions=False, **space):
        (path,) = (root / "source" / "chapters").glob(f"{chapter}_*.py")
        cells = {cell.name: cell for cell in source.read(path).cells}
        dtype = torch.get_default_dtype()
        try:
            for name in names:
                tree = ast.parse(cells[name].text(lang))
                if definitions:
                    defining = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
                    tree.body = [part for part in tree.body if isinstance(part, defining)]
                exec(compile(tree, f"{path.name}: {name}", "exec"), space)
        finally:
            torch.set_default_dtype(dtype)
        return space

    return run


# ------------------------------------------------------------------------------------------- notebooks, two workers


def pytest_addoption(parser):
    parser.addoption(
        "--record-verified",
        action="store_true",
        help="run every notebook, verified before or not, and write tests/verified.json",
    )


def pytest_configure(config):
    if config.getoption("--record-verified") and not hasattr(config, "workerinput"):
        present = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("*/*/*.ipynb")}
        config.pluginmanager.register(verified.Recorder(verified.FILE, present))


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.nodeid.split("[")[0] not in scheduling.LONG)


@pytest.hookimpl(optionalhook=True)  # also without xdist
def pytest_xdist_make_scheduler(config, log):
    return scheduling.ByFile(config, log)
