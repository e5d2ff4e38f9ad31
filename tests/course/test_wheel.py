"""A notebook on its own: the wheel brings pages, questions and data along, and chapters run far from the repository."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOADS = """
from course_utils import data, explore, questions
assert len(data.japanese_vowels()[0][0]) == 270 and data.name_runs() and data.horizon_runs() and data.h100_times()
assert "</svg>" in explore.Explorer("fold")._repr_html_() or "<iframe" in explore.Explorer("fold")._repr_html_()
assert questions.quiz("02-self-check")
import course_utils
print(course_utils.__file__)
"""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """The interpreter of an environment that has this one's packages and the wheel, not the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # setuptools builds beside the sources: not in the clone
    ignored = shutil.ignore_patterns(".git", ".venv", "node_modules", "build", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT, source, ignore=ignored)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, source]
    subprocess.run(build, check=True)
    venv.create(folder / "env", with_pip=False)
    packages = next((folder / "env").glob("lib/python*/site-packages"))
    target = ["--no-deps", "--target", packages, *folder.glob("*.whl")]
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *target], check=True)
    # a path, not a site folder: the editable install of this environment is not seen through it
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "env" / "bin" / "python"


def test_data_pages_and_questions_are_in_the_wheel(elsewhere, tmp_path):
    ran = subprocess.run([elsewhere, "-c", LOADS], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert str(elsewhere.parents[1]) in ran.stdout  # the wheel's, not the repository's


@pytest.mark.full
@pytest.mark.parametrize("chapter", ["00_quick_start", "02_rnn_cell"])
def test_a_chapter_runs_in_an_empty_folder(elsewhere, tmp_path, chapter):
    shutil.copy(ROOT / "notebooks" / "en" / f"{chapter}.ipynb", tmp_path)
    execute = [elsewhere, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", f"{chapter}.ipynb"]
    ran = subprocess.run(execute, cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-3000:]
