"""The project's own files agree with each other and with what is built."""

import ast
import itertools
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from scheduling import LONG

from course_utils import doctor
from course_utils.authoring import readme

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
READMES = readme.FILES
LANGUAGES = sorted(READMES)


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


# ---------------------------------------------------------------------------------------------- versions

REQUIREMENTS = [Requirement(line) for line in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]]


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.name)
def test_the_tested_version_lies_in_the_declared_range(requirement):
    assert doctor.constraints(ROOT)[requirement.name] in requirement.specifier


def test_what_the_package_imports_is_declared():
    """Also what comes with something else today: that one may leave it out tomorrow."""
    lines = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    declared = {canonicalize_name(Requirement(line).name) for line in itertools.chain(*lines)}
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "course_utils").rglob("*.py")]
    imports = [node for tree in trees for node in ast.walk(tree)]
    modules = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in imports if isinstance(node, ast.ImportFrom) and not node.level}
    foreign = {module.split(".")[0] for module in modules} - sys.stdlib_module_names - {"course_utils"}
    foreign -= {"cycler"}  # a part of what matplotlib documents
    sources = packages_distributions()
    assert {"torch", "yaml", "pytest", "PIL"} <= foreign
    assert [m for m in sorted(foreign) if not declared & {canonicalize_name(d) for d in sources.get(m, ())}] == []


def test_every_constraint_is_an_exact_version():
    lines = [line for line in read("constraints.txt").splitlines() if line and not line.startswith("#")]
    assert len(lines) == len(doctor.constraints(ROOT)) and all(
        re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9.]*(\.post\d+)?", line) for line in lines
    )


def test_conda_and_binder_install_the_same_versions_as_make():
    """environment.yml hands constraints.txt to pip, as make does, and names no version of its own but Python's."""
    environment = yaml.safe_load(read("environment.yml"))
    python, pip, from_pip = environment["dependencies"]
    assert environment["name"] == PROJECT["name"] and pip == "pip"
    assert re.fullmatch(r"python=3\.\d+", python) and python.removeprefix("python=") in SpecifierSet(
        PROJECT["requires-python"]
    )
    assert {"-c constraints.txt", "-e ."} <= set(from_pip["pip"])
    assert all(
        line.startswith(("-c ", "-e ", "--extra-index-url https://download.pytorch.org/")) for line in from_pip["pip"]
    )
    assert "-c constraints.txt" in read("Makefile")


# ---------------------------------------------------------------------------------------------- make


def make(*arguments):
    return subprocess.run(["make", "-n", *arguments], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("target", ["lab", "test", "test-all", "build", "check"])
def test_make_has_the_targets_that_the_readme_names(target):
    assert make(target).returncode == 0 and make("no-such-target").returncode != 0
    assert all(f"make {target}" in read(name) for name in READMES.values())


def test_what_begins_first_is_there():
    """A test that is renamed would silently begin last."""
    for nodeid in LONG:
        file, test = nodeid.split("::")
        assert f"def {test}(" in read(file), nodeid


def make_build(tmp_path, before):
    """`make build` with a Python that runs the line `before` first. Returns the finished process."""
    (tmp_path / "python").write_text(f'#!/bin/sh\nexec /usr/bin/env python3 -c "{before}\n$2"\n')
    (tmp_path / "python").chmod(0o755)
    command = ["make", "-s", f"PYTHON={tmp_path / 'python'}", f"VENV={tmp_path / 'venv'}", "build"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_too_old_a_python_is_one_clear_line(tmp_path):
    ran = make_build(tmp_path, "import sys; sys.version_info = (3, 8); sys.version = '3.8.0 (old)'")
    assert ran.returncode != 0 and "needs Python 3.11 or newer, this is 3.8.0" in ran.stderr
    assert not (tmp_path / "venv").exists()


def test_too_small_a_disk_is_one_clear_line(tmp_path):
    ran = make_build(tmp_path, "import shutil; shutil.disk_usage = lambda _: type('', (), {'free': 1e9})")
    assert ran.returncode != 0 and "only 1.0 GB of disk left" in ran.stderr and len(ran.stderr.splitlines()) == 2
    assert not (tmp_path / "venv").exists()


def test_without_a_network_the_last_words_say_what_to_do(tmp_path):
    ran = subprocess.run(
        ["make", "-s", f"VENV={tmp_path / 'venv'}", "build"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ
        | {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull},
    )
    assert ran.returncode != 0 and "installing failed: is there a network?" in ran.stderr
    assert not (tmp_path / "venv" / ".installed").exists()


# -------------------------------------------------------------------------------------- the READMEs and what is built


def test_the_readmes_list_exactly_what_is_built():
    assert readme.stale(ROOT) == []
    for lang, name in READMES.items():
        built = [
            path.relative_to(ROOT).as_posix()
            for folder in ("notebooks", "exercises")
            for path in sorted(ROOT.glob(f"{folder}/{lang}/*.ipynb"))
        ]
        table = re.search(r"(?s)<!-- built -->(.*)<!-- /built -->", read(name))[1]
        assert re.findall(r"\]\(([^)]+)\)", table) == built != []


@pytest.mark.parametrize(
    "change",
    [
        ("| 25 | 40 | 30 |", "| 25 | 40 | 31 |"),
        ("⭐⭐⭐ |", "⭐ |"),
        ("| [02 The recurrent cell]", "| [02 Another title]"),
    ],
)
def test_a_table_that_differs_is_found_and_made_anew(tmp_path, change):
    for folder in ("source", "notebooks", "exercises"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    assert change[0] in read("README.md")
    (tmp_path / "README.md").write_text(read("README.md").replace(*change, 1), encoding="utf-8")
    assert len(readme.stale(tmp_path)) == 1
    assert readme.update(tmp_path) == ["README.md"] and (tmp_path / "README.md").read_text(encoding="utf-8") == read(
        "README.md"
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_links_of_the_readme_lead_somewhere_in_its_own_language(lang):
    other = "en" if lang == "zh" else "zh"
    links = [link for link in re.findall(r"\]\(([^)]+)\)", read(READMES[lang])) if "://" not in link]
    assert links and [link for link in links if not (ROOT / link).exists()] == []
    assert [link for link in links if f"/{other}/" in link] == []


@pytest.mark.parametrize("name", ["docs/img/fold.png", "docs/img/fold.zh.png"])
def test_pictures_are_small(name):
    assert 10_000 < (ROOT / name).stat().st_size < 150_000


def test_both_readmes_answer_the_same_checklist_items():
    items = [re.findall(r"[A-Z]-\d\d", "".join(re.findall("<!--.*?-->", read(name)))) for name in READMES.values()]
    assert items[0] == items[1] and {"A-02", "A-08", "A-09", "A-10", "A-11", "A-12", "A-15"} == set(items[0])


def test_work_and_reports_are_not_committed():
    ignored = subprocess.run(
        ["git", "check-ignore", "work/x", "grades/x", ".venv/x"], cwd=ROOT, capture_output=True, text=True
    )
    if "not a git repository" in ignored.stderr:
        pytest.skip("not a clone")
    assert ignored.stdout.split() == ["work/x", "grades/x", ".venv/x"]
