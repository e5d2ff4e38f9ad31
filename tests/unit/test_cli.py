"""The command line: what it hands on, and the exit codes that scripts rely on."""

import importlib.metadata
import subprocess
import sys

import pytest

import course_utils
from course_utils import cli, doctor, lab, language
from course_utils.authoring import architecture, build, check, readme


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    assert all(command in out for command in ("lab", "doctor", "build", "check", "ack", "grade"))


@pytest.mark.parametrize(
    "arguments",
    [[], ["dance"], ["lab", "--lang", "fr"], ["ack"], ["ack", "F", "--review", "x", "-y"], ["doctor", "x"]],
)
def test_bad_arguments_are_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 2 and "usage" in capsys.readouterr().err


@pytest.mark.parametrize("arguments, lang", [(["lab"], "zh"), (["lab", "--lang", "en"], "en")])
def test_lab_opens_in_the_chosen_language(monkeypatch, arguments, lang):
    monkeypatch.setattr(lab, "open_lab", lambda root, language: (root, language))
    assert cli.main(arguments) == (cli.ROOT, lang)


@pytest.mark.parametrize("arguments, lang", [([], "zh"), (["--lang", "en"], "en")])
def test_doctor_speaks_the_chosen_language_and_hands_its_exit_code_on(monkeypatch, arguments, lang):
    spoken = []
    monkeypatch.setattr(doctor, "report", lambda root: spoken.append(language.code()) or 1)
    assert cli.main(["doctor", *arguments]) == 1 and spoken == [lang]
    language.use("中文")


@pytest.mark.parametrize("failed, code", [(0, 0), (2, 1)])
def test_build_fails_when_a_source_failed(monkeypatch, failed, code):
    monkeypatch.setattr(build, "build", lambda root, names: failed)
    monkeypatch.setattr(readme, "update", lambda root: [])
    monkeypatch.setattr(architecture, "update", lambda root: [])
    assert cli.main(["build", "02"]) == code


@pytest.mark.parametrize("complaints, code, says", [([], 0, "ok\n"), (["one", "two"], 1, "one\ntwo\n")])
def test_check_prints_its_complaints(monkeypatch, capsys, complaints, code, says):
    monkeypatch.setattr(check, "check", lambda root: complaints[:1])
    monkeypatch.setattr(readme, "stale", lambda root: complaints[1:])
    monkeypatch.setattr(architecture, "stale", lambda root: [])
    assert cli.main(["check"]) == code and capsys.readouterr().out == says


def test_ack_of_a_missing_file_is_one_clear_line(tmp_path, capsys):
    assert cli.main(["ack", str(tmp_path / "nowhere.py")]) == 2
    error = capsys.readouterr().err.strip()
    assert error.startswith("error: ") and "nowhere.py" in error and "\n" not in error


def test_ack_of_a_binary_file_is_one_clear_line(tmp_path, capsys):
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00")
    assert cli.main(["ack", str(tmp_path / "binary.py")]) == 2
    assert capsys.readouterr().err.startswith("error: ")
    assert (tmp_path / "binary.py").read_bytes() == b"\xff\xfe\x00"


@pytest.mark.parametrize(
    "arguments",
    [["F", "one", "two", "--reviewed"], ["--reviewed", "F", "one", "two"], ["F", "--reviewed", "one", "two"]],
)
def test_ack_takes_its_arguments_in_any_order(monkeypatch, arguments):
    stamped = []
    monkeypatch.setattr(
        check, "acknowledge", lambda file, cells, reviewed: stamped.append((str(file), cells, reviewed))
    )
    assert cli.main(["ack", *arguments]) == 0 and stamped == [("F", ["one", "two"], True)]


def test_a_plan_that_cannot_be_read_is_one_clear_line(monkeypatch, capsys, tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "plan.yaml").write_text("chapters: {}\n")
    for name in ("glossary.csv", "checklist.csv"):
        (tmp_path / "source" / name).write_text("id\n")
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    assert cli.main(["check"]) == 1 and "plan.yaml" in capsys.readouterr().out


def test_the_version_is_that_of_the_installed_package():
    assert course_utils.__version__ == importlib.metadata.version("rnn-course")
    with pytest.raises(AttributeError, match="no_such"):
        course_utils.no_such  # noqa: B018


def test_interrupting_is_exit_code_130(monkeypatch):
    def interrupted(root):
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "report", interrupted)
    assert cli.main(["doctor"]) == 130


def test_the_command_starts_where_torch_is_missing():
    """Else the doctor could not say that it is missing."""
    code = (
        "import sys; sys.modules['torch'] = sys.modules['matplotlib'] = None; from course_utils import cli, doctor; "
        "doctor.report = lambda root: 7; sys.exit(cli.main(['doctor']))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 7
