"""What authors are told to type works as it stands: CONTRIBUTING's first chapter, and the examples of the format."""

import re
import shlex
import shutil

import pytest

from course_utils import cli
from course_utils.authoring import build, check, source
from course_utils.files import ROOT

GUIDES = ("CONTRIBUTING.md", "CONTRIBUTING.zh-CN.md")
SHARED = ("glossary.csv", "checklist.csv", "symbols.csv", "plan.yaml", "start.yaml")


def blocks(name, language):
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", (ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course that has the plan, the glossary and the checklist of this one, and no chapter yet."""
    for folder in ("chapters", "exercises", "answers"):
        (tmp_path / "source" / folder).mkdir(parents=True)
    for name in SHARED:
        if (ROOT / "source" / name).exists():
            shutil.copy(ROOT / "source" / name, tmp_path / "source")
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_chapter_in_an_afternoon(course, capsys):
    [entry], [chapter], [commands] = (blocks(GUIDES[0], kind) for kind in ("yaml", "python", "bash"))
    plan = course / "source" / "plan.yaml"
    before, after = plan.read_text(encoding="utf-8").split("\nexercises:")
    plan.write_text(f"{before}{entry}\nexercises:{after}", encoding="utf-8")
    (course / "source" / "chapters" / "20_echo.py").write_text(chapter, encoding="utf-8")
    for line in commands.splitlines():
        program, *arguments = shlex.split(line)
        assert program == "rnn-course" and cli.main(arguments) == 0, capsys.readouterr()
    assert capsys.readouterr().out.splitlines()[-1] == "ok"
    assert {path.name for path in course.glob("notebooks/*/*")} == {"20_echo.ipynb"}


@pytest.mark.parametrize("kind", ["yaml", "python", "bash"])
def test_both_guides_have_the_same_example(kind):
    one, other = (blocks(name, kind) for name in GUIDES)
    assert one == other and len(one) == 1


def test_the_examples_of_the_format_are_a_chapter_and_an_exercise(course):
    cells = blocks("docs/authoring.md", "python")
    headers = [n for n, block in enumerate(cells) if block.startswith("# ---\n")]
    answers = next(n for n, block in enumerate(cells) if 'tags=["wrong"]' in block)
    chapter, exercise = (cells[a:b] for a, b in zip(headers, [headers[1], answers]))
    sources = course / "source"
    written = {
        sources / "chapters" / "02_rnn_cell.py": "\n".join(chapter),
        sources / "exercises" / "E01_simple_rnn.py": "\n".join(exercise),
        sources / "answers" / "E01_simple_rnn.py": cells[answers],
    }
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
    for path in list(written)[:2]:
        check.acknowledge(path, [])
    lines = []
    assert build.build(course, report=lines.append) == 0, lines
    assert check.check(course) == []
    learner = source.load(course / "exercises" / "en" / "E01_simple_rnn.ipynb")
    assert any(source.BLANK in cell.source for cell in learner.cells)
