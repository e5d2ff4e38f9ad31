"""The box as an ordinary user makes it, through a user namespace. The other tests run as whoever runs pytest; CI is
root."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from making import content

from course_utils.files import ROOT
from course_utils.grading.box import tiers

pytestmark = pytest.mark.box
USER = 60999


def as_ordinary_user(command, folder):
    """Run it as a user who owns nothing but `folder`, with root's home made passable where Python itself lies in it."""
    base = Path(sys.base_prefix).resolve()
    needed = [place for place in (base, Path(sys.prefix), ROOT) if place.is_relative_to("/root")]
    passable = ["--perms", "0755", "--tmpfs", "/root"] if needed else []
    for place in needed:
        for parent in list(reversed(place.parents))[2:]:
            passable += ["--perms", "0755", "--dir", str(parent)]
        passable += ["--ro-bind", str(place), str(place)]
    os.chown(folder, USER, USER)
    environment = dict(os.environ, HOME=str(folder), OMP_NUM_THREADS="1")
    return subprocess.run(
        [
            "bwrap",
            "--dev-bind",
            "/",
            "/",
            *passable,
            "setpriv",
            f"--reuid={USER}",
            f"--regid={USER}",
            "--clear-groups",
            *command,
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def folder(boxed):
    """Not pytest's own, which no other user may enter."""
    place = Path("/tmp", f"ordinary-{os.getpid()}")
    place.mkdir(mode=0o755)
    yield place
    shutil.rmtree(place)


@pytest.mark.skipif(os.getuid() != 0, reason="the other tests are run by an ordinary user already")
@pytest.mark.parametrize("option, tier", [([], tiers.WARM), (["--cold"], tiers.COLD)])
def test_honest_and_hostile(option, tier, folder):
    for name, body in {
        "honest": content(),
        "exits": content(rnn_step="import os; os._exit(0)"),
        "reads": content(
            rnn_step=f"import glob, os\nif glob.glob('{ROOT}/solutions/*/*') + glob.glob('{folder}/*'): os._exit(1)\n1/0"  # noqa: E501
        ),
    }.items():
        (folder / "in" / name).mkdir(parents=True)
        (folder / "in" / name / "notebook.ipynb").write_bytes(body)
    done = as_ordinary_user(
        [sys.executable, "-m", "course_utils.cli", "grade", str(folder / "in"), "--out", str(folder / "out"), *option],
        folder,
    )
    assert done.returncode == 0, done.stderr
    rows = {row["submission"]: row for row in json.loads((folder / "out" / "grades.json").read_text(encoding="utf-8"))}
    assert {row["isolation"] for row in rows.values()} == {tier}
    assert rows["honest"]["score"] == rows["honest"]["max_score"] > 0
    assert rows["exits"]["status"] == "partial" and rows["exits"]["score"] == rows["reads"]["score"] == 0
    assert (
        rows["reads"]["status"] == "graded"
    )  # it would have ended the kernel had it seen a solution or another submission
