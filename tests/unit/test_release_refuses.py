"""A class release never ships an answer, not even when a generated exercise was tampered with."""

import shutil

import pytest

from course_utils import cli
from course_utils.authoring import release, source
from course_utils.files import ROOT


@pytest.mark.parametrize("mark", ["### BEGIN SOLUTION", "    ### END SOLUTION", "# begin solution"])
def test_an_exercise_with_a_solution_mark_is_not_packed(tmp_path, monkeypatch, capsys, mark):
    shutil.copytree(ROOT / "exercises" / "zh", tmp_path / "exercises" / "zh")
    path = tmp_path / "exercises" / "zh" / "E01_simple_rnn.ipynb"
    nb = source.load(path)
    nb.cells[-1].source = f"x = 1\n{mark}\n"
    path.write_text(source.dumps(nb), encoding="utf-8")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    assert cli.main(["release", "--lang", "zh", "--out", str(tmp_path / "class.zip")]) == 2
    error = capsys.readouterr().err
    assert "E01_simple_rnn.ipynb" in error and "rnn-course build E01_simple_rnn" in error and error.count("\n") == 1
    assert not (tmp_path / "class.zip").exists()
