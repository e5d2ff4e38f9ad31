"""A stored notebook knows what it was made from: what counts, what does not, what `build` and `check` do about it."""

import shutil

import nbformat
import pytest
import yaml

from course_utils import explore, language, questions
from course_utils.authoring import build, check, fingerprint, rerender, source
from course_utils.explore import explorer
from course_utils.files import PACKAGE

LANGUAGES = source.LANGUAGES
CHAPTER = """# ---
# jupyter:
#   course: {chapter: "NN"}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown] name="title"
# # 第 5 章 题目
#
# **阅读 5 分钟 · 动手 7 分钟 · 难度 ⭐⭐**

# %% [markdown] lang="en" of=""
# # Chapter 5. Title
#
# **5 min reading · 7 min at the keyboard · difficulty ⭐⭐**

"""
PLAN = """
chapters:
  "05": {stem: 05_tiny, title: 题目 || Title, about: 五 || five, read: 5, lab: 7, difficulty: 2}
exercises: {}
"""


def put(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def chapter(root, code, stem="05_tiny"):
    path = root / "source" / "chapters" / f"{stem}.py"
    put(root, {path.relative_to(root): CHAPTER.replace("NN", stem[:2]) + code})
    return path


def prints(path, root):
    return [fingerprint.of(source.read(path), lang, root) for lang in LANGUAGES]


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# ---------------------------------------------------------------------------------------------- what counts

DATA_INIT = '''"""Data."""

from .names import names
from .waves import wave

__all__ = ["names", "wave"]
'''
NAMES = '''from .files import read


def names():
    """All names."""
    return read("names.csv")  # sorted
'''
GRU = """# %% name="gru" tags=["solution"]
### BEGIN SOLUTION
def gru(): pass
### END SOLUTION
"""
QUESTIONS = "quizzes: {first: [{ask: 问 || ask}]}\nbets: {Q5a: {ask: 多少 || how much, measured: 有 || it is}}\n"
PAGE = "<p>here</p><script>const D = /*DATA*/{}/*END*/;</script>\n"
HELPERS = {
    "course_utils/__init__.py": '"""The package."""\n',
    "course_utils/data/__init__.py": DATA_INIT,
    "course_utils/data/names.py": NAMES,
    "course_utils/data/files.py": "def read(name):\n    return name\n",
    "course_utils/data/waves.py": "import scipy\n\n\ndef wave():\n    return scipy.pi\n",
    "course_utils/explore/__init__.py": "from .explorer import Explorer\nfrom .quiz import quiz\n",
    "course_utils/explore/explorer.py": "class Explorer:\n    page = 'fold.html'\n",
    "course_utils/explore/quiz.py": 'from .explorer import Explorer\n\n\ndef quiz(id):\n    return Explorer("quiz")\n',
    "course_utils/explore/pages/base.css": "p {}\n",
    "course_utils/explore/pages/base.js": "let a;\n",
    "course_utils/explore/pages/fold.html": PAGE,
    "course_utils/explore/pages/gates.html": PAGE,
    "course_utils/explore/pages/quiz.html": PAGE,
    "course_utils/questions/05_tiny.yaml": QUESTIONS,
    "course_utils/questions/06_other.yaml": QUESTIONS,
    "datasets/names.csv": "ann\n",
    "datasets/waves.csv": "1\n",
    "source/exercises/E06_gru.py": CHAPTER.replace('chapter: "NN"', "exercise: E06")
    + '# %% name="gru" tags=["solution"]\n### BEGIN SOLUTION\ndef gru(): pass\n### END SOLUTION\n',
    "source/answers/E06_gru.py": '# %% name="wrong" tags=["wrong"]\n# 错 || wrong\ndef gru(): return 1\n',
    "constraints.txt": "# tested\nnumpy==1.0\nscipy==2.0\nother-one==3.0\n",
}
WAVES = "course_utils/data/waves.py"
READS_NAMES = """# %% name="names"
import numpy
from course_utils import data
print("名字 || names", data.names())  # 全部 || all
"""
SHOWS_FOLD = """# %% name="fold"
from course_utils.explore import Explorer
Explorer("fold")
"""
ASKS = """# %% name="ask"
from course_utils.explore import quiz
quiz("05-first")
"""
JUDGES = """# %% name="judge"
from course_utils.explore import judge
judge("E06", "gru", [], 0)
"""


@pytest.mark.parametrize(
    "code, file, old, new, changed",
    [
        # prose, comments, docstrings, empty lines: none of them has an effect
        (READS_NAMES, "source/chapters/05_tiny.py", "章 题目", "章 另一个题目", []),
        (READS_NAMES, "source/chapters/05_tiny.py", "全部 || all", "所有 || every one", []),
        (READS_NAMES, "course_utils/data/names.py", "All names.", "All of them.", []),
        (READS_NAMES, "course_utils/data/names.py", "# sorted", "# in order", []),
        (READS_NAMES, "course_utils/data/names.py", "\n\n\ndef", "\n\n\n\ndef", []),
        (READS_NAMES, "source/chapters/05_tiny.py", "名字 || names", "姓名 || first names", ["code"]),
        # helpers: those that the code imports, and what they import; not their neighbours in the same package
        (READS_NAMES, "course_utils/data/names.py", "read(", "read(1 and ", ["helpers"]),
        (READS_NAMES, "course_utils/data/files.py", "return name", "return name * 2", ["helpers"]),
        (READS_NAMES, WAVES, "scipy.pi", "3", []),
        (READS_NAMES, "course_utils/data/__init__.py", "import wave", "import wave as tide", []),
        (READS_NAMES, "course_utils/explore/quiz.py", '"quiz"', '"quiz", 3', []),
        (READS_NAMES.replace("data.names()", "getattr(data, 'wave')"), WAVES, ".pi", ".e", ["helpers"]),
        (READS_NAMES, "course_utils/__init__.py", '"""\n', '"""\nVERSION = 1\n', ["helpers"]),
        # pages: those that it shows, with what all pages share; the data that a page brings along are data
        (SHOWS_FOLD, "course_utils/explore/pages/fold.html", "<p>", "<b>", ["pages"]),
        (SHOWS_FOLD, "course_utils/explore/pages/base.js", "a", "b", ["pages"]),
        (SHOWS_FOLD, "course_utils/explore/pages/base.css", "p", "b", ["pages"]),
        (SHOWS_FOLD, "course_utils/explore/pages/gates.html", "<p>", "<b>", []),
        (SHOWS_FOLD, "course_utils/explore/pages/fold.html", "{}", '{"x": 1}', ["data"]),
        (SHOWS_FOLD.replace('"fold"', "name"), "course_utils/explore/pages/gates.html", "<p>", "<b>", ["pages"]),
        (READS_NAMES, "course_utils/explore/pages/base.js", "a", "b", []),
        # questions: those of its own chapter, where it asks any
        (ASKS, "course_utils/explore/pages/quiz.html", "<p>", "<b>", ["pages"]),
        (ASKS, "course_utils/questions/05_tiny.yaml", "ask", "question", ["pages"]),
        (ASKS, "course_utils/questions/06_other.yaml", "ask", "question", []),
        (ASKS, "course_utils/questions/05_tiny.yaml", "how much", "how many", ["pages"]),
        (ASKS, "course_utils/questions/05_tiny.yaml", "it is", "it was", ["data"]),
        (READS_NAMES, "course_utils/questions/05_tiny.yaml", "ask", "question", []),
        # data: the files that code or helpers name, and the implementations that a judge runs
        (READS_NAMES, "datasets/names.csv", "ann", "bob", ["data"]),
        (READS_NAMES, "datasets/waves.csv", "1", "2", []),
        ('# %% name="a"\nread("06_other.yaml")\n', "course_utils/questions/06_other.yaml", "ask", "question", ["data"]),
        (JUDGES, "source/answers/E06_gru.py", "return 1", "return 2", ["data"]),
        (JUDGES, "source/exercises/E06_gru.py", "pass", "return 0", ["data"]),
        (JUDGES, "source/exercises/E06_gru.py", "章 题目", "章 别的题目", []),
        # versions: the pinned ones of what is imported, here or in a helper, or named by a string
        (READS_NAMES, "constraints.txt", "numpy==1.0", "numpy==1.1", ["versions"]),
        (READS_NAMES, "constraints.txt", "scipy==2.0", "scipy==2.1", []),
        (READS_NAMES.replace("names()", "wave()"), "constraints.txt", "scipy==2.0", "scipy==2.1", ["versions"]),
        ('# %% name="a"\nfile("other_one")\n', "constraints.txt", "one==3.0", "one==3.1", ["versions"]),
    ],
)  # fmt: skip
def test_what_an_edit_changes(tmp_path, code, file, old, new, changed):
    put(tmp_path, HELPERS)
    path = chapter(tmp_path, code)
    before = prints(path, tmp_path)
    edit(tmp_path / file, old, new)
    for one, other in zip(before, prints(path, tmp_path)):
        assert fingerprint.changed(one, other) == changed
        assert (fingerprint.combined(one) == fingerprint.combined(other)) == (not changed)


def test_a_still_belongs_to_its_language(tmp_path):
    put(tmp_path, HELPERS | {"course_utils/explore/stills/fold.en.png": "one"})
    path = chapter(tmp_path, SHOWS_FOLD)
    before = prints(path, tmp_path)
    put(tmp_path, {"course_utils/explore/stills/fold.en.png": "two"})
    assert [fingerprint.changed(*pair) for pair in zip(before, prints(path, tmp_path))] == [[], ["pages"]]


def test_questions_that_are_no_yaml_name_their_file(tmp_path):
    put(tmp_path, HELPERS | {"course_utils/questions/05_tiny.yaml": "bets: ["})
    with pytest.raises(source.SourceError, match="05_tiny.yaml"):
        prints(chapter(tmp_path, ASKS), tmp_path)


def test_the_languages_differ_in_their_code_alone(tmp_path):
    put(tmp_path, HELPERS)
    zh, en = prints(chapter(tmp_path, READS_NAMES + SHOWS_FOLD), tmp_path)
    assert fingerprint.changed(zh, en) == ["code"] and list(zh) == list(fingerprint.KINDS)


def test_a_notebook_that_says_nothing_differs_in_everything():
    now = dict.fromkeys(fingerprint.KINDS, "0")
    assert fingerprint.changed(None, now) == fingerprint.changed({}, now) == list(fingerprint.KINDS)


@pytest.mark.parametrize(
    "text, same",
    [
        ('x = "# no comment"  # comment', 'x = "# no comment"'),
        ('名 = "字"; x = 1  # comment', '名 = "字"; x = 1'),
        ('def f():\n    "doc"\n    return 1\n', "def f():\n    return 1"),
        ('class A:\n    """doc\n\n    more"""\n\n    x = 1\n', "class A:\n    x = 1"),
        ('"""doc"""\n\nx = 1\n', "x = 1"),
        ("x = 1\n\n\n\ny = 2\n", "x = 1\ny = 2"),
    ],
)
def test_bare_takes_out_what_has_no_effect(text, same):
    assert fingerprint.bare(text).strip("\n") == same
    compile(fingerprint.bare(text), "", "exec")


@pytest.mark.parametrize(
    "text",
    [
        'class A:\n    "a body cannot be empty"',
        '"a cell that shows a text"',
        'x = """a\n\n  # b\n"""',
        'x = f"""a\n\n{y}"""',
        "%matplotlib inline\n# magic",
        "x = (1  # never closed",
    ],
)
def test_bare_leaves_alone_what_may_have_an_effect(text):
    assert fingerprint.bare(text) == text


# ---------------------------------------------------------------------------------------------- build and check

SHOWN = """# %% name="setup"
import os
from course_utils import language
from course_utils.explore import Explorer, predict, quiz
language.use("中文 || English")
open(os.environ["RUNS"], "a").write("x")
b = [0.25, -0.5]
name = "05-recall"

# %% name="fold"
Explorer("fold", height=444, b=b)

# %% name="quiz"
quiz("05-recall")

# %% name="predict"
predict("Q5a")
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A course of one chapter that shows pages, beside a copy of the package, built once."""
    root = tmp_path_factory.mktemp("template")
    shutil.copytree(PACKAGE, root / "course_utils", ignore=shutil.ignore_patterns("__pycache__"))
    path = chapter(root, SHOWN)
    put(root, {"source/glossary.csv": "zh,en,not_zh,not_en\n", "source/checklist.csv": "id,item\n"})
    put(root, {"source/plan.yaml": PLAN, "source/symbols.csv": "symbol,meaning,shape,pytorch,not\n"})
    check.acknowledge(path, [])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUNS", str(root / "runs"))
        assert build.build(root, report=lambda line: None) == 0
    return root


@pytest.fixture
def course(template, tmp_path, monkeypatch):
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(explorer, "PAGES", tmp_path / "course_utils" / "explore" / "pages")
    monkeypatch.setattr(questions, "FOLDER", tmp_path / "course_utils" / "questions")
    assert runs(tmp_path) == 2 and check.check(tmp_path) == []
    return tmp_path


@pytest.fixture
def executed(course, monkeypatch):
    """The languages that were executed, in order; what would be stored is what was stored before."""
    done = []

    def execute(nb, path, src, lang, root):
        done.append(lang)
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = stored(root, lang)[1][cell.id], 1
        return nb

    monkeypatch.setattr(build, "execute", execute)
    return done


def runs(root):
    return len((root / "runs").read_text())


def built(root):
    lines = []
    assert build.build(root, report=lines.append) == 0, lines
    return [line.removeprefix("built ") for line in lines]


def stored(root, lang):
    nb = source.load(root / "notebooks" / lang / "05_tiny.ipynb")
    return nb, {cell.id: cell.outputs for cell in nb.cells if cell.cell_type == "code"}


BOTH = ["notebooks/zh/05_tiny.ipynb", "notebooks/en/05_tiny.ipynb"]


def test_a_changed_page_is_shown_anew_without_executing(course):
    before = {lang: stored(course, lang)[1] for lang in LANGUAGES}
    edit(course / "course_utils/explore/pages/base.js", '"use strict";', '"use strict";const added = "<&>";')
    assert check.check(course) == [f"{name}: pages changed; run: rnn-course build" for name in BOTH]
    assert built(course) == BOTH and runs(course) == 2
    assert check.check(course) == [] and built(course) == []
    for lang in LANGUAGES:
        nb, outputs = stored(course, lang)
        for cell in ("fold", "quiz"):
            [old], [new] = before[lang][cell], outputs[cell]
            added = "const added = &quot;&lt;&amp;&gt;&quot;;"
            assert new["data"]["text/html"].count(added) == 1
            assert new["data"]["text/html"].replace(added, "") == old["data"]["text/html"]
        assert "0.25, -0.5" in outputs["fold"][0]["data"]["text/html"] and "444px" in str(outputs["fold"])
        assert outputs["predict"] == before[lang]["predict"]


def test_what_is_shown_anew_equals_what_executing_shows(course, monkeypatch):
    """The same notebook, byte for byte, both ways. The kernel imports the copy of the package too."""
    edit(course / "course_utils/explore/pages/fold.html", "<title>", "<title>新 ")
    built(course)
    again = {name: (course / name).read_bytes() for name in BOTH}
    monkeypatch.syspath_prepend(course)
    assert build.build(course, ["05"], lambda line: None) == 0 and runs(course) == 4
    assert {name: (course / name).read_bytes() for name in BOTH} == again
    assert "新 " in again[BOTH[0]].decode()


@pytest.fixture
def asked(course):
    """The chapter's file of questions, of which one question and one bet are known."""
    path = course / "course_utils" / "questions" / "05_lstm.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))

    def write(question=None, **bet):
        content["quizzes"]["recall"][0]["ask"] = question or content["quizzes"]["recall"][0]["ask"]
        content["bets"]["Q5a"] |= bet
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")

    return write


def test_changed_questions_are_shown_anew_without_executing(course, asked, executed):
    asked("新的一问 || A new question", ask="新的一注 || A new bet")
    assert check.check(course) == [f"{name}: pages changed; run: rnn-course build" for name in BOTH]
    assert built(course) == BOTH and executed == [] and check.check(course) == []
    _, outputs = stored(course, "en")
    assert "A new question" in outputs["quiz"][0]["data"]["text/html"]
    assert outputs["predict"][0]["data"]["text/plain"].startswith("Q5a: A new bet")


def test_what_a_claim_says_is_filled_in_by_the_kernel(course, asked, executed):
    asked(measured="量得 || measured")
    assert check.check(course) == [f"{name}: data changed; run: rnn-course build" for name in BOTH]
    assert built(course) == BOTH and executed == ["zh", "en"]


def test_a_changed_helper_executes_both_languages(course, executed):
    edit(course / "course_utils/language.py", "global _code", "global _code; 1 + 1")
    assert check.check(course) == [f"{name}: helpers changed; run: rnn-course build" for name in BOTH]
    assert built(course) == BOTH and executed == ["zh", "en"] and check.check(course) == []


def test_a_helper_that_it_does_not_import_changes_nothing(course, executed):
    edit(course / "course_utils/data/horizon.py", "from dataclasses import", "import os\nfrom dataclasses import")
    assert check.check(course) == [] and built(course) == [] and executed == []


def test_a_page_and_a_helper_changed_together_execute(course, executed):
    edit(course / "course_utils/explore/pages/base.js", '"use strict";', '"use strict";1;')
    edit(course / "course_utils/language.py", "global _code", "global _code; 1 + 1")
    assert check.check(course)[0].endswith("helpers and pages changed; run: rnn-course build")
    assert built(course) == BOTH and executed == ["zh", "en"]


def test_prose_and_comments_execute_nothing(course, executed):
    path = course / "source/chapters/05_tiny.py"
    edit(path, "# # Chapter 5. Title", "# # Chapter 5. Title in full")
    edit(path, "b = [0.25, -0.5]", "b = [0.25, -0.5]  # 偏置 || the bias")
    assert built(course) == BOTH and executed == [] and check.check(course) == []
    assert "# the bias" in (course / BOTH[1]).read_text(encoding="utf-8")


def test_a_notebook_without_a_fingerprint_is_executed(course, executed):
    nb, _ = stored(course, "zh")
    del nb.metadata.course["made_from"]
    (course / BOTH[0]).write_text(source.dumps(nb), encoding="utf-8")
    assert check.check(course) == [f"{BOTH[0]}: differs from its source; run: rnn-course build"]
    assert built(course) == BOTH[:1] and executed == ["zh"]


def test_another_version_than_the_pinned_one_stores_nothing(course):
    put(course, {"constraints.txt": "ipywidgets==0.1\n"})
    lines, before = [], (course / BOTH[0]).read_bytes()
    assert build.build(course, report=lines.append) == 1 and (course / BOTH[0]).read_bytes() == before
    assert "stored under ipywidgets 0.1, installed is" in lines[0] and "constraints.txt" in lines[0]


def test_a_page_of_what_only_the_kernel_knows_is_made_by_executing(course, executed):
    edit(course / "source/chapters/05_tiny.py", 'quiz("05-recall")', "quiz(name)")
    assert built(course) == BOTH and executed == ["zh", "en"]
    edit(course / "course_utils/explore/pages/base.js", '"use strict";', '"use strict";1;')
    assert built(course) == BOTH and executed == ["zh", "en"] * 2


# ---------------------------------------------------------------------------------------------- every page


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", sorted(path.stem for path in explorer.PAGES.glob("*.html")))
def test_every_page_comes_out_of_its_stored_form_as_it_was(name, lang):
    language.use(source.NAMES[lang])
    try:
        shown = rerender.shown(explore.Explorer(name, 555))
    finally:
        language.use("中文")
    output = nbformat.v4.new_output("execute_result", shown)
    assert rerender.pages([output.copy()], "x", lang) == [output]
    assert language.code() == "zh"
