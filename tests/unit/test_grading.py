"""The parts of grading that need no kernel."""

from types import SimpleNamespace

import pytest

from course_utils.grading import feedback
from course_utils.grading.box import bubblewrap, isolation, tiers


def test_the_box_hides_what_lies_inside_a_folder_it_shows(monkeypatch, tmp_path):
    """A course unpacked below Python's own folder: its solutions are covered."""
    monkeypatch.setattr(bubblewrap, "ROOT", tmp_path / "course")
    monkeypatch.setattr(bubblewrap, "visible", lambda: [tmp_path])
    (tmp_path / "course" / "solutions").mkdir(parents=True)
    command = bubblewrap.command(["python"], tmp_path)
    assert command[command.index(str(tmp_path / "course" / "solutions")) - 1] == "--tmpfs"


def test_tiers_say_what_to_install(monkeypatch):
    monkeypatch.setattr(tiers, "works", lambda tier: tier == tiers.NONE)
    monkeypatch.setattr(tiers.shutil, "which", lambda program: None)
    assert [(ok, "bubblewrap" in fix) for _, ok, fix in tiers.describe()] == [
        (False, True),
        (False, True),
        (True, False),
        (False, False),  # no box, no filter
    ]
    with pytest.raises(tiers.NoBox, match="--sandbox none"):
        tiers.choose("bwrap", False, own_notebook=True)


def test_an_incomplete_installation_says_how_to_mend_it(monkeypatch):
    """Jupyter finds the boxed kernels through an entry point; without it, it would only say that there is no such
    kernel."""
    monkeypatch.setattr(isolation, "entry_points", lambda **wanted: ())
    with pytest.raises(RuntimeError, match="pip install -e"), isolation.Isolation(tiers.COLD):
        pass


def test_a_check_that_the_public_run_did_not_reach_is_explained_by_nothing():
    expected = {"of": {"one": ["f"], "two": ["g"]}, "wrong": [], "lines": {"a": "1", "b": "2"}}
    reference = SimpleNamespace(lang="en", public=expected | {"labels": {"one": ["a"], "two": ["b"]}})
    reference.public_lines = lambda check: {
        label: expected["lines"][label] for label in reference.public["labels"][check]
    }
    record = SimpleNamespace(printed="· a: 1\n", error=None)
    public = SimpleNamespace(printed={"one": record.printed}, errors={}, records={"one": record})
    check = {"id": "two", "status": "failed", "of": ["g"]}
    feedback.explain(check, reference, public, "", {})
    assert check["why"] == [] and check["message"] == "the result differs from the solution's"
