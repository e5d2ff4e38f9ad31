"""The doctor: what it finds wrong, that each problem comes with its fix, and which problems stop a learner."""

import builtins
import errno
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from course_utils import doctor, language

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path):
    """A copy of what the doctor reads; torch is not imported anew for every test."""
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def english():
    language.use("English")
    yield
    language.use("中文")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 0, "2.13.0\n", ""))


def findings(root, topic):
    return [finding for finding in doctor.examine(root) if topic in finding.topic]


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_sound_machine_is_ready(root, capsys):
    assert doctor.report(root) == 0
    out = capsys.readouterr().out
    assert "✗" not in out and "ready" in out
    for topic in ("Python", "packages", "torch", "font", "kernel", "memory", "work", "Chromium"):
        assert topic in out


def test_every_problem_comes_with_a_fix_and_stops_learning_when_it_should(root, capsys):
    edit(root / "pyproject.toml", '"numpy>=1.26"', '"numpy>=99"')
    assert doctor.report(root) == 1
    out = capsys.readouterr().out
    assert "✗ packages: numpy" in out and f"→ {doctor.INSTALL}" in out


@pytest.mark.parametrize(
    "lang, foreign", [("中文", "[a-z]{3,} [a-z]{3,}"), ("English", "[\u3000-\u9fff\uff00-\uffef]")]
)
def test_it_speaks_one_language(root, capsys, monkeypatch, lang, foreign):
    """Said of a machine with every problem that it has words for; the grader's own lines are English everywhere."""
    edit(root / "pyproject.toml", '"numpy>=1.26"', '"numpy>=99", "no-such-package-here>=1"')
    edit(root / "constraints.txt", f"torch=={doctor.constraints(ROOT)['torch']}", "torch==1.0.0")
    (root / "work").write_text("a file")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(root / "work" / "runtime"))
    monkeypatch.setattr("psutil.virtual_memory", lambda: namedtuple("Memory", "available")(2**28))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(doctor, "isolation", list)
    language.use(lang)
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("JUPYTER_PORT", str(other.getsockname()[1]))
        assert doctor.report(root) == 1
    out = capsys.readouterr().out
    system = os.strerror(errno.EEXIST), os.strerror(errno.ENOTDIR)
    for other in ("no-such-package-here", doctor.INSTALL, "apt install chromium", "Noto Sans SC", str(root), *system):
        out = out.replace(other, "")
    assert not re.search(foreign, out), out


def test_a_missing_package_is_named(root):
    edit(root / "pyproject.toml", '"numpy>=1.26"', '"no-such-package-here>=1"')
    missing, rest = findings(root, "packages")
    assert "no-such-package-here" in missing.says and missing.needed and missing.fix == doctor.INSTALL and not rest.fix


def test_another_version_than_the_tested_one_is_said_but_fine(root):
    tested = doctor.constraints(ROOT)["numpy"]
    edit(root / "constraints.txt", f"numpy=={tested}", "numpy==1.99.0")
    [finding] = findings(root, "packages")
    assert f"numpy {tested} (1.99.0)" in finding.says and not finding.fix


def test_too_old_a_python_is_found(root):
    edit(root / "pyproject.toml", 'requires-python = ">=3.11"', 'requires-python = ">=3.99"')
    [finding] = findings(root, "Python")
    assert finding.fix and finding.needed


def test_a_torch_that_does_not_import_is_found(root, monkeypatch):
    monkeypatch.setattr(
        subprocess,
        "run",
        lambda *a, **k: subprocess.CompletedProcess(a, 1, "", "Traceback\nOSError: libtorch.so: no such file\n"),
    )
    [finding] = findings(root, "torch")
    assert finding.says == "OSError: libtorch.so: no such file" and "torch" in finding.fix and finding.needed


def test_a_missing_font_is_found(root, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    [finding] = findings(root, "font")
    assert "zhplot" in finding.says and finding.fix and finding.needed


def test_a_kernel_that_is_another_python_is_found(root, tmp_path, monkeypatch):
    spec = tmp_path / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        json.dumps(
            {
                "argv": ["/usr/somewhere/python", "-m", "ipykernel_launcher"],
                "display_name": "Python 3",
                "language": "python",
            }
        )
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    [finding] = findings(root, "kernel")
    assert "/usr/somewhere/python" in finding.says and str(spec) in finding.fix and finding.needed

    (spec / "kernel.json").write_text(
        json.dumps(
            {"argv": [sys.executable, "-m", "ipykernel_launcher"], "display_name": "Python 3", "language": "python"}
        )
    )
    assert not findings(root, "kernel")[0].fix


def test_little_memory_is_a_remark(root, monkeypatch):
    monkeypatch.setattr("psutil.virtual_memory", lambda: namedtuple("Memory", "available")(2**28))
    [finding] = findings(root, "memory")
    assert finding.fix and not finding.needed and finding.says == "0.2 GB"


def test_folders_that_cannot_be_written_are_found(root, tmp_path, monkeypatch):
    (root / "work").write_text("a file")
    (tmp_path / "runtime").write_text("a file")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    work, runtime = findings(root, "writing")
    assert work.fix and work.needed and "JUPYTER_RUNTIME_DIR" in runtime.fix and runtime.needed
    assert (root / "work").read_text() == "a file"


def test_a_port_that_is_taken_is_a_remark_and_a_free_one_is_said(root, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = str(other.getsockname()[1])
        monkeypatch.setenv("JUPYTER_PORT", number)
        [finding] = findings(root, "port")
        assert number in finding.says and "JUPYTER_PORT" in finding.fix and not finding.needed
    [finding] = findings(root, "port")
    assert finding.says == number and not finding.fix


@pytest.mark.parametrize("number", ["auto", "", "99999", "-1", "²"])
def test_a_port_that_is_no_number_is_said_as_what_it_is(root, monkeypatch, number):
    monkeypatch.setenv("JUPYTER_PORT", number)
    [finding] = findings(root, "port")
    assert finding.says == f"JUPYTER_PORT={number}" and "9000" in finding.fix and not finding.needed


def test_no_browser_is_a_remark(root, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    [finding] = findings(root, "Chromium")
    assert finding.fix and not finding.needed


def test_a_look_that_fails_itself_is_reported(root, monkeypatch):
    original = builtins.__import__

    def no_psutil(name, *rest, **named):
        if name == "psutil":
            raise ModuleNotFoundError("No module named 'psutil'")
        return original(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", no_psutil)
    [finding] = findings(root, "memory")
    assert "psutil" in finding.says and finding.fix == doctor.INSTALL
