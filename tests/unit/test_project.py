"""The project's own files agree with each other and with what is built."""
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from course_utils import doctor
from course_utils.authoring import source

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
READMES = {"zh": "README.zh-CN.md", "en": "README.md"}
LANGUAGES = sorted(READMES)


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


# ---------------------------------------------------------------------------------------------- versions

REQUIREMENTS = [Requirement(line) for line in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]]


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.name)
def test_the_tested_version_lies_in_the_declared_range(requirement):
    assert doctor.constraints(ROOT)[requirement.name] in requirement.specifier


def test_every_constraint_is_an_exact_version():
    lines = [line for line in read("constraints.txt").splitlines() if line and not line.startswith("#")]
    assert len(lines) == len(doctor.constraints(ROOT)) and all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9.]*", line) for line in lines)


def test_conda_and_binder_install_the_same_versions_as_make():
    """environment.yml hands constraints.txt to pip, as make does, and names no version of its own but Python's."""
    environment = yaml.safe_load(read("environment.yml"))
    python, pip, from_pip = environment["dependencies"]
    assert environment["name"] == PROJECT["name"] and pip == "pip"
    assert re.fullmatch(r"python=3\.\d+", python) and python.removeprefix("python=") in SpecifierSet(PROJECT["requires-python"])
    assert {"-c constraints.txt", "-e ."} <= set(from_pip["pip"])
    assert all(line.startswith(("-c ", "-e ", "--extra-index-url https://download.pytorch.org/")) for line in from_pip["pip"])
    assert "-c constraints.txt" in read("Makefile")


# ---------------------------------------------------------------------------------------------- make

def make(*arguments):
    return subprocess.run(["make", "-n", *arguments], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("target", ["lab", "test", "test-all", "build", "check"])
def test_make_has_the_targets_that_the_readme_names(target):
    assert make(target).returncode == 0 and make("no-such-target").returncode != 0
    assert all(f"make {target}" in read(name) for name in READMES.values())


def test_too_old_a_python_is_one_clear_line(tmp_path):
    (tmp_path / "python").write_text("#!/bin/sh\nexec /usr/bin/env python3 -c \"import sys; sys.version_info = (3, 8); sys.version = '3.8.0 (old)'\n$2\"\n")
    (tmp_path / "python").chmod(0o755)
    ran = subprocess.run(["make", "-s", f"PYTHON={tmp_path / 'python'}", f"VENV={tmp_path / 'venv'}", "build"], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode != 0 and "needs Python 3.11 or newer, this is 3.8.0" in ran.stderr
    assert not (tmp_path / "venv").exists()


# ---------------------------------------------------------------------------------------------- the READMEs and what is built

def sources(folder):
    """Sources whose notebook is built."""
    built = {"chapters": "notebooks", "exercises": "exercises"}[folder]
    return [source.read(path) for path in sorted((ROOT / "source" / folder).glob("*.py")) if (ROOT / built / "zh" / f"{path.stem}.ipynb").exists()]


def title(src, lang):
    """The first heading of a notebook, without its marks."""
    return source.notebook(src, lang).cells[0].source.splitlines()[0].lstrip("# ")


def rows(lang):
    """The lines of both tables, as the headers of the sources have them."""
    for src in sources("chapters"):
        course = src.course
        minutes = " | ".join(str(course["minutes"][kind]) for kind in ("read", "lab", "exercise"))
        yield f"| [{course['chapter']} {course['title'][lang]}](notebooks/{lang}/{src.path.stem}.ipynb) | {minutes} | {'⭐' * course['difficulty']} |"
    for src in sources("exercises"):
        yield f"| [{title(src, lang)}](exercises/{lang}/{src.path.stem}.ipynb) | {src.course['chapter']} | {src.course['minutes']['exercise']} |"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_readme_lists_exactly_what_is_built(lang):
    listed = re.findall(rf"(?m)^\| \[[^\]]*\]\((?:notebooks|exercises)/{lang}/.*$", read(READMES[lang]))
    wanted = list(rows(lang))
    assert wanted and listed == wanted, "the tables should hold these rows:\n" + "\n".join(wanted)


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
    ignored = subprocess.run(["git", "check-ignore", "work/x", "grades/x", ".venv/x"], cwd=ROOT, capture_output=True, text=True)
    if "not a git repository" in ignored.stderr:
        pytest.skip("not a clone")
    assert ignored.stdout.split() == ["work/x", "grades/x", ".venv/x"]
