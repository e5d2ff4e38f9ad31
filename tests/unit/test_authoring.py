"""From source to notebooks: the two languages, translation freshness, what is rebuilt, and what happens when something
is wrong."""

import json
import shutil
from pathlib import Path

import pytest

from course_utils import cli
from course_utils.authoring import build, check, plan, source, symbols

ROOT = Path(__file__).parents[2]

HEADER = """# ---
# jupyter:
#   course:
#     chapter: "NN"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

"""
PLAN = """
chapters:
  "01": {stem: 01_tiny, title: 梯度消失 || Gradients that vanish, about: 一 || one, read: 5, lab: 7, difficulty: 2}
  "02": {stem: 02_other, title: 另一章 || Another, about: 二 || two, read: 5, lab: 7, difficulty: 2}
exercises:
  E01:
    {stem: E01_double, chapter: "02", title: 加倍 || Double, about: 一 || one, minutes: 9, level: basic, difficulty: 1}
"""
PROSE = """# %% [markdown] name="title" covers=["A-01"]
# # 第 1 章 梯度消失
#
# **阅读 5 分钟 · 动手 7 分钟 · 难度 ⭐⭐**
#
# 往回走。

# %% [markdown] lang="en" of=""
# # Chapter 1. Gradients that vanish
#
# **5 min reading · 7 min at the keyboard · difficulty ⭐⭐**
#
# Walking back.

"""
CODE = """# %% name="sum"
import os
open(os.environ["RUNS"], "a").write("x")
print("和 || sum", 1 + 1)      # 一加一 || one and one
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """An empty course: write(name, text) adds a source, runs() counts how many notebooks were executed."""
    make(tmp_path)
    monkeypatch.setenv("RUNS", str(tmp_path / "runs"))
    return Course(tmp_path)


def make(root):
    (root / "source" / "chapters").mkdir(parents=True)
    (root / "source" / "glossary.csv").write_text(
        "zh,en,not_zh,not_en\n梯度消失,vanish,梯度弥散/消失(?!了)(?<!梯度消失),gradient disappearance\n",
        encoding="utf-8",
    )
    (root / "source" / "checklist.csv").write_text("id,item\nA-01,first\n", encoding="utf-8")
    (root / "source" / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (root / "source" / "symbols.csv").write_text(
        'symbol,meaning,shape,pytorch,not\nh_t,状态 || state,"$(B, H)$",`out`,H_t/s_t\n'
        '"f_t, i_t",两个门 || two gates,,,\n',
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A course of one chapter, built once; `built` copies it."""
    root = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUNS", str(root / "runs"))
        make(root)
        Course(root).stamped(PROSE + CODE)
        assert Course(root).build() == (0, ["built notebooks/zh/01_tiny.ipynb", "built notebooks/en/01_tiny.ipynb"])
    return root


@pytest.fixture
def built(course, template):
    shutil.copytree(template, course.root, dirs_exist_ok=True)
    return course


def place(path, name):
    """How messages name a cell: file, line of its marker, name."""
    line = next(
        n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if f'name="{name}"' in line
    )
    return f"{path.name}:{line}: cell {name!r}"


class Course:
    def __init__(self, root):
        self.root = root

    def write(self, text, name="01_tiny"):
        path = self.root / "source" / "chapters" / f"{name}.py"
        path.write_text(HEADER.replace("NN", name[:2]) + text, encoding="utf-8")
        return path

    def stamped(self, text, name="01_tiny"):
        path = self.write(text, name)
        check.acknowledge(path, [])
        return path

    def runs(self):
        return len((self.root / "runs").read_text()) if (self.root / "runs").exists() else 0

    def build(self, *names):
        lines = []
        return build.build(self.root, names, lines.append), lines

    def files(self):
        """Every generated file with its bytes."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for folder in ("notebooks", "solutions", "exercises")
            for path in self.root.glob(f"{folder}/*/*")
        }

    def notebook(self, lang="zh", name="01_tiny"):
        return self.root / "notebooks" / lang / f"{name}.ipynb"


# ------------------------------------------------------------------------------------------ two languages in one cell


@pytest.mark.parametrize(
    "code, zh, en",
    [
        ('"损失 || loss"', '"损失"', '"loss"'),
        ("'损失 || loss'", "'损失'", "'loss'"),
        ("x = 1      # 注释 || comment", "x = 1      # 注释", "x = 1      # comment"),
        ('f"第 {t} 步 || step {t}"', 'f"第 {t} 步"', 'f"step {t}"'),
        ("""f"第 {d['t']} 步 || step {d['t']}\"""", """f"第 {d['t']} 步\"""", """f"step {d['t']}\""""),
        ('r"$\\alpha$ 和 || $\\alpha$ and"', 'r"$\\alpha$ 和"', 'r"$\\alpha$ and"'),
        ('"""加 || Add"""', '"""加"""', '"""Add"""'),
        ('"""加 "两" 个\n数 || Add "two"\nnumbers"""', '"""加 "两" 个\n数"""', '"""Add "two"\nnumbers"""'),
        ("'''加 || Add'''", "'''加'''", "'''Add'''"),
        (
            "f(1)  # 别用 don't || don't use \"this\"\ny = '和 || sum'",
            "f(1)  # 别用 don't\ny = '和'",
            "f(1)  # don't use \"this\"\ny = 'sum'",
        ),
        ('colour = "#d55e00"  # 橙 || orange', 'colour = "#d55e00"  # 橙', 'colour = "#d55e00"  # orange'),
        ('"第 # 步 || step #"', '"第 # 步"', '"step #"'),
        ('"引\\"号 || quo\\"te"', '"引\\"号"', '"quo\\"te"'),
        ('["是 || yes", "否 || no"]', '["是", "否"]', '["yes", "no"]'),
        ('"a || b"', '"a || b"', '"a || b"'),  # no Chinese: not a pair
        ("x = a if a else b  # a||b", "x = a if a else b  # a||b", "x = a if a else b  # a||b"),
    ],
)
def test_pick(code, zh, en):
    assert source.pick(code, "zh") == zh
    assert source.pick(code, "en") == en


def test_two_separators_in_one_string_are_refused_with_file_line_and_cell(course):
    path = course.write('# %% name="twice"\nx = "一 || one || uno"\n')
    with pytest.raises(source.SourceError) as error:
        source.notebook(source.read(path), "zh")
    assert place(path, "twice") in str(error.value) and "more than one '||'" in str(error.value)


def test_languages_differ_only_in_their_texts(course):
    src = source.read(course.write(PROSE + CODE))
    zh, en = source.notebook(src, "zh"), source.notebook(src, "en")
    assert [c.id for c in zh.cells] == [c.id for c in en.cells] == ["title", "sum"]
    assert zh.cells[0].source.startswith("# 第 1 章") and en.cells[0].source.startswith("# Chapter 1.")
    assert 'print("sum", 1 + 1)      # one and one' in en.cells[1].source


@pytest.mark.parametrize(
    "text, says",
    [
        ('# %% name="a b"\n1\n', "cell name 'a b'"),
        ('# %% name="a"\n1\n\n# %% name="a"\n2\n', "a second cell is named 'a'"),
        ('# %% [markdown] lang="en" of=""\n# Hello\n', "must follow its Chinese cell"),
    ],
)
def test_a_broken_format_names_file_and_line(course, text, says):
    path = course.write(text)
    with pytest.raises(source.SourceError) as error:
        source.read(path)
    assert says in str(error.value) and f"{path.name}:" in str(error.value)


@pytest.mark.parametrize(
    "course_entry, says",
    [
        ("#   course: {}\n", 'needs either `chapter: "05"` or `exercise: E04`'),
        ("", "needs either"),
        ('#   course: {chapter: "01", exercise: E01}\n', "needs either"),
        ('#   course: {chapter: "01", minutes: 3}\n', "takes no 'minutes'; titles, minutes and difficulty stand in"),
        ("#   course: {chapter: 01}\n", "says chapter: 1, but"),
        ('#   course: {chapter: "02"}\n', "says chapter: '02', but"),
        ('#   course: {chapter: "01", banned: {a: [b]}}\n', "`banned` maps answers of an exercise"),
    ],
)
def test_a_header_that_lacks_or_has_too_much_says_what(course, course_entry, says):
    path = course.write(PROSE)
    header = HEADER.replace('#   course:\n#     chapter: "NN"\n', course_entry)
    path.write_text(header + PROSE, encoding="utf-8")
    with pytest.raises(source.SourceError) as error:
        source.read(path)
    assert says in str(error.value) and "01_tiny.py" in str(error.value)


def test_a_missing_source_is_one_clear_line(course):
    with pytest.raises(source.SourceError, match="nowhere.py"):
        source.read(course.root / "nowhere.py")


# ---------------------------------------------------------------------------------------------- translations and terms


def complaints(path):
    return check.translations(source.read(path))


def test_a_translation_is_fresh_until_the_chinese_changes(course):
    path = course.stamped(PROSE)
    assert complaints(path) == []
    path.write_text(path.read_text(encoding="utf-8").replace("往回走。", "往前走。"), encoding="utf-8")
    [complaint] = complaints(path)
    assert place(path, "title") in complaint and "stale" in complaint


def test_a_missing_translation_is_found(course):
    [complaint] = complaints(course.write('# %% [markdown] name="only"\n# 只有中文\n'))
    assert "cell 'only'" in complaint and "no English" in complaint


def test_ack_refuses_english_that_did_not_change(course):
    path = course.stamped(PROSE)
    path.write_text(path.read_text(encoding="utf-8").replace("往回走。", "往前走。"), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(source.SourceError, match="has not changed"):
        check.acknowledge(path, ["title"])
    assert path.read_bytes() == before and complaints(path)

    check.acknowledge(path, ["title"], reviewed=True)
    assert complaints(path) == []


def test_ack_accepts_english_that_changed(course):
    path = course.stamped(PROSE)
    path.write_text(
        path.read_text(encoding="utf-8").replace("往回走。", "往前走。").replace("Walking back", "Walking on"),
        encoding="utf-8",
    )
    check.acknowledge(path, ["title"])
    assert complaints(path) == []


@pytest.mark.parametrize("name", ["nobody", "sum"])
def test_ack_of_a_cell_that_is_no_markdown_pair_stamps_nothing(course, name):
    path = course.write(PROSE + CODE)
    before = path.read_bytes()
    with pytest.raises(source.SourceError, match=name):
        check.acknowledge(path, ["title", name])
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "cell, found",
    [
        ('# %% [markdown] name="m"\n# 一\n\n# %% [markdown] lang="en" of=""\n# one 一\n', True),
        ('# %% [markdown] name="m"\n# 一\n\n# %% [markdown] lang="en" of=""\n# one (一) and `一`\n', False),
        ('# %% [markdown] name="m"\n# 一\n\n# %% [markdown] lang="en" of=""\n# one，two\n', True),
        ('# %% name="m"\nx = 1  # 一\n', True),
        ('# %% name="m"\nx = "一"\n', True),
        ('# %% name="m" tags=["chinese-data"]\nx = "一"\n', False),
        ('# %% name="m"\nx = "一 || one"\n', False),
    ],
)
def test_chinese_left_in_english_is_found(course, cell, found):
    left = [c for c in complaints(course.stamped(cell)) if "Chinese left" in c]
    assert bool(left) == found and all("cell 'm'" in c for c in left)


@pytest.mark.parametrize(
    "zh, en, says",
    [
        ("梯度弥散", "gradients vanish", "write '梯度消失', not '梯度弥散'"),
        ("梯度消失", "vanishing, or gradient disappearance", "not 'gradient disappearance'"),
        ("梯度消失", "gradients get small", "has no 'vanish'"),
        ("它消失", "it is gone", "write '梯度消失', not '消失'"),
        ("它消失了", "it is gone", None),
        ("梯度消失", "Vanishing gradients", None),
        ("读 `梯度弥散`", "read `it`", None),
    ],
)
def test_the_glossary_binds_both_languages(course, zh, en, says):
    src = source.read(course.write(f'# %% [markdown] name="m"\n# {zh}\n\n# %% [markdown] lang="en" of=""\n# {en}\n'))
    found = check.terms(src, check.read_glossary(course.root / "source" / "glossary.csv"))
    assert found == [] if says is None else any(says in complaint for complaint in found)


def test_a_row_with_an_unquoted_comma_is_found(tmp_path):
    (tmp_path / "source").mkdir()
    table = tmp_path / "source" / "glossary.csv"
    table.write_text('zh,line\n门,"opens, closes"\n', encoding="utf-8")
    assert list(check.ragged(tmp_path)) == []
    table.write_text("zh,line\n门,opens, closes\n", encoding="utf-8")
    assert list(check.ragged(tmp_path)) == ["source/glossary.csv: row 2 (门) has 3 values, not 2"]


def pair(zh, en, name="m", tags=""):
    return f'# %% [markdown] name="{name}"{tags}\n# {zh}\n\n# %% [markdown] lang="en" of=""\n# {en}\n\n'


def test_a_line_of_symbols_becomes_the_table_of_each_language(course):
    src = source.read(course.write(pair("{symbols: h_t; f_t, i_t}", "{symbols: f_t, i_t}")))
    zh, en = (source.notebook(src, lang).cells[0].source.splitlines() for lang in ("zh", "en"))
    assert zh[2:] == ["| $h_t$ | 状态 | $(B, H)$ | `out` |", "| $f_t, i_t$ | 两个门 |  |  |"]
    assert zh[0].startswith("| 符号 |") and en[0].startswith("| Symbol |")
    assert en[2:] == ["| $f_t, i_t$ | two gates |  |  |"]
    src = source.read(course.write(pair("{symbols: q_t}", "{symbols: q_t}")))
    with pytest.raises(source.SourceError, match=r"cell 'm'.*lists no symbol 'q_t'"):
        source.notebook(src, "zh")


@pytest.mark.parametrize(
    "zh, says",
    [
        ("$H_t$ 是状态", "write 'h_t', not 'H_t'"),
        ("$$x\\n# + s_t$$", "write 'h_t', not 's_t'"),
        ("$h_t$，代码里的 H_t", None),
        ("| 符号 | 含义 |", "by hand"),
    ],
)
def test_each_symbol_is_written_one_way(course, zh, says):
    src = source.read(course.write(pair(zh, "x")))
    found = check.formulas(src, symbols.read(course.root / "source" / "symbols.csv"))
    assert found == [] if says is None else says in found[0]


def test_an_optional_section_is_marked_in_its_heading_and_folded_in_lab(course):
    right = pair("## 3.9 选读 · 账", "## 3.9 Optional · the bill", tags=' tags=["optional"]')
    src = source.read(course.write(right + pair("## 正文", "## Text", "n")))
    assert check.optional_sections(src) == []
    folded, plain = (cell.metadata for cell in source.notebook(src, "en").cells)
    assert folded["jp-MarkdownHeadingCollapsed"] is True and "jp-MarkdownHeadingCollapsed" not in plain
    for wrong in (right.replace("选读 · ", ""), right.replace(' tags=["optional"]', "")):
        assert check.optional_sections(source.read(course.write(wrong)))


def test_code_is_at_most_88_columns_wide_in_either_language(course):
    fits = "x = 1  # " + "字" * 39 + " || " + "a" * 79
    assert check.width(source.read(course.write(f'# %% name="c"\n{fits}\n'))) == []
    (found,) = check.width(source.read(course.write(f'# %% name="c"\n{fits}a\n')))
    assert "89 columns in en" in found
    (found,) = check.width(source.read(course.write(f'# %% name="c"\n{fits.replace("字", "字字", 1)}\n')))
    assert "89 columns in zh" in found


def test_unknown_checklist_ids_and_dead_links_are_found(course):
    course.stamped(
        '# %% [markdown] name="m" covers=["A-99"]\n# [一](../../exercises/zh/none.ipynb) [网](https://example.org)\n\n'
        '# %% [markdown] lang="en" of=""\n# [one](../../exercises/en/none.ipynb) [web](https://example.org)\n'
    )
    found = "\n".join(check.check(course.root))
    assert "covers 'A-99'" in found
    assert found.count("link leads nowhere") == 2 and "example.org" not in found


# ---------------------------------------------------------------------------------------------- the plan


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("read: 5, ", "", "'01' lacks 'read'"),
        ("read: 5", "reed: 5, read: 5", "'01' takes no 'reed'"),
        ("read: 5", "read: five", "'01': read is 'five', not int"),
        ('"01":', "01:", "1: number is 1, not str"),
        ("梯度消失 || Gradients that vanish", "梯度消失", "'01': title is `中文 || English`"),
        ("level: basic", "level: easy", "'E01': level is one of basic, advanced"),
        ("chapters:", "chapter:", "chapters"),
        ("chapters:", "chapters: [", "plan.yaml"),
    ],
)
def test_a_plan_that_is_wrong_names_the_entry_and_the_key(course, old, new, says):
    path = course.root / "source" / "plan.yaml"
    path.write_text(PLAN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(source.SourceError) as error:
        plan.read(course.root)
    assert says in str(error.value) and "plan.yaml" in str(error.value)


def test_the_exercise_minutes_of_a_chapter_are_those_of_its_exercises(course):
    chapters = plan.read(course.root).chapters
    assert chapters["01"].exercise == 0 and chapters["02"].exercise == 9
    assert "练习 9 分钟" in chapters["02"].head("zh", 0)[1] and "练习" not in chapters["01"].head("zh", 0)[1]


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("阅读 5 分钟", "阅读 6 分钟", "'**阅读 5 分钟 · 动手 7 分钟 · 难度 ⭐⭐**'"),
        ("Chapter 1.", "Chapter 2.", "'# Chapter 1. Gradients that vanish'"),
    ],
)
def test_a_title_cell_that_differs_from_the_plan_is_found(built, old, new, says):
    path = built.root / "source/chapters/01_tiny.py"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert any(place(path, "title") in c and says in c for c in check.check(built.root))


def test_a_source_that_the_plan_does_not_have_is_found(course):
    course.stamped(PROSE, "07_new")
    course.stamped(PROSE, "02_renamed")
    found = "\n".join(check.check(course.root))
    assert "07_new.py: source/plan.yaml has no entry '07'" in found
    assert "02_renamed.py: source/plan.yaml calls '02' 02_other" in found


# ---------------------------------------------------------------------------------------------- build


def test_a_kernel_that_does_not_start_is_one_line(course, monkeypatch):
    course.stamped(PROSE + CODE)

    def no_start(*_, **__):
        raise RuntimeError("Kernel died before replying to kernel_info")

    monkeypatch.setattr("nbclient.NotebookClient.execute", no_start)
    failed, [message] = course.build()
    assert failed == 1 and "01_tiny.py: the kernel died (Kernel died before" in message and "\n" not in message


def test_a_rebuild_changes_nothing_and_runs_nothing(built):
    assert check.check(built.root) == []
    first = built.files()
    assert built.build() == (0, []) and built.runs() == 2

    assert built.build("01") == (0, [])  # named: executed again, and byte for byte the same
    assert built.runs() == 4 and built.files() == first


def test_outputs_are_stored_without_what_differs_on_every_run(built):
    nb = json.loads(built.notebook("en").read_text(encoding="utf-8"))
    [cell] = [cell for cell in nb["cells"] if cell["cell_type"] == "code"]
    assert cell["outputs"] == [{"name": "stdout", "output_type": "stream", "text": ["sum 2\n"]}]
    assert "execution" not in cell["metadata"] and nb["metadata"]["language_info"] == {"name": "python"}


def test_only_what_changed_is_built(built):
    course = built
    second = course.stamped(PROSE + CODE, "02_other")
    course.build()
    runs = course.runs()
    second.write_text(second.read_text(encoding="utf-8").replace("Walking back", "Stepping back"), encoding="utf-8")
    assert course.build() == (0, ["built notebooks/en/02_other.ipynb"])
    assert course.runs() == runs  # prose changed: the stored outputs are kept
    second.write_text(second.read_text(encoding="utf-8").replace("1 + 1", "2 + 2"), encoding="utf-8")
    assert course.build() == (0, ["built notebooks/zh/02_other.ipynb", "built notebooks/en/02_other.ipynb"])
    assert course.runs() == runs + 2


BAD = {
    "error": ("1 / 0", "ZeroDivisionError"),
    "stderr": ("import sys; print('oops', file=sys.stderr)", "stderr"),
    "false-claim": ("print('CLAIM Q1 False')", "CLAIM Q1 False"),
    "dead-kernel": ("os._exit(1)", "kernel died"),
    "endless": ("while True: pass", "ran longer than"),
}


@pytest.mark.parametrize("line, says", BAD.values(), ids=BAD)
def test_a_cell_that_fails_is_named_and_nothing_is_written(built, monkeypatch, line, says):
    if "ran longer" in says:  # the others may take as long as a busy machine needs
        monkeypatch.setattr(build, "CELL_SECONDS", 5)
    path = built.root / "source/chapters/01_tiny.py"
    before = built.files()
    path.write_text(path.read_text(encoding="utf-8") + f'\n\n# %% name="bad"\n{line}\n', encoding="utf-8")
    failed, [message] = built.build()
    assert failed == 1 and place(path, "bad") in message and says in message
    assert line == "1 / 0" or message.count("\n") == 0  # an error in the code brings its traceback, all others one line
    assert built.files() == before


def test_one_bad_source_does_not_stop_the_others(course):
    course.write('# %% name="bad"\n1 / 0\n')
    course.stamped(PROSE + CODE, "02_other")
    failed, lines = course.build()
    assert failed == 1 and "built notebooks/en/02_other.ipynb" in lines and not course.notebook().exists()


def test_an_interrupted_write_leaves_the_old_file(built, monkeypatch):
    path = built.root / "source/chapters/01_tiny.py"
    before = built.files()
    path.write_text(path.read_text(encoding="utf-8").replace("Walking", "Stepping"), encoding="utf-8")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        built.build()
    assert {name: data for name, data in built.files().items() if name in before} == before


def edit_prose(nb):
    nb["cells"][0]["source"] = ["# 手改的"]


def edit_code(nb):
    nb["cells"][1]["source"] = ["print(3)"]


def drop_metadata(nb):
    nb["metadata"].pop("course")


@pytest.mark.parametrize("edit", [edit_prose, edit_code, drop_metadata])
def test_a_generated_notebook_edited_by_hand_is_found_and_rebuilt(built, edit):
    before = built.files()
    nb = json.loads(built.notebook().read_text(encoding="utf-8"))
    edit(nb)
    built.notebook().write_text(json.dumps(nb), encoding="utf-8")
    [complaint] = check.check(built.root)
    assert complaint.startswith("notebooks/zh/01_tiny.ipynb: differs from its source")
    assert built.build() == (0, ["built notebooks/zh/01_tiny.ipynb"]) and built.files() == before


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}'])
def test_a_corrupt_generated_notebook_is_found_and_rebuilt(built, content):
    before = built.files()
    built.notebook().write_text(content)
    [complaint] = check.check(built.root)
    assert "notebooks/zh/01_tiny.ipynb" in complaint and "rnn-course build" in complaint
    assert built.build()[0] == 0 and built.files() == before


def test_a_missing_and_an_orphaned_notebook_are_found(built):
    shutil.move(built.notebook(), built.notebook(name="09_orphan"))
    found = check.check(built.root)
    assert any("01_tiny.ipynb: not built yet" in c for c in found) and any(
        "09_orphan.ipynb: no source" in c for c in found
    )


@pytest.mark.parametrize(
    "output, says",
    [
        ({"output_type": "stream", "name": "stderr", "text": ["warning"]}, "stderr"),
        ({"output_type": "error", "ename": "E", "evalue": "", "traceback": []}, "stored error"),
        ({"output_type": "display_data", "data": {"text/plain": "CLAIM Q1 False"}, "metadata": {}}, "claim is False"),
        (
            {"output_type": "stream", "name": "stdout", "text": ["Glyph 24490 (\\N{CJK}) missing from font"]},
            "missing glyphs",
        ),
        (None, "has not been executed"),
    ],
)
def test_stored_outputs_that_are_not_clean_are_found(built, output, says):
    nb = json.loads(built.notebook().read_text(encoding="utf-8"))
    if output:
        nb["cells"][1]["outputs"].append(output)
    else:
        nb["cells"][1].update(outputs=[], execution_count=None)
    built.notebook().write_text(json.dumps(nb), encoding="utf-8")
    assert any(says in complaint and "cell 'sum'" in complaint for complaint in check.check(built.root))


def test_a_name_that_no_source_has_is_a_bad_argument(course, capsys, monkeypatch):
    course.stamped(PROSE + CODE)
    monkeypatch.setattr(cli, "ROOT", course.root)
    assert cli.main(["build", "77"]) == 2
    assert "77" in capsys.readouterr().err and course.runs() == 0


# ---------------------------------------------------------------------------------------------- exercises

EXERCISE = """# ---
# jupyter:
#   course:
#     exercise: E01
#     banned: {double: [add]}
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # E01 · 加倍
#
# **基础 ⭐ · 2 分 · 约 9 分钟**

# %% [markdown] lang="en" of=""
# # E01 · Double
#
# **Basic ⭐ · 2 points · about 9 minutes**

# %% name="parameters" tags=["parameters"]
SEED = 0

# %% name="setup"
import torch
from course_utils.exercise import Exercise

torch.set_default_dtype(torch.float64)
check = Exercise("E01", SEED)

# %% name="double" tags=["solution"]
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% name="check-double" tags=["check"] points=2 of="double"
with check("check-double") as show:
    show("两倍 || doubled", double(torch.full((3,), SEED + 1.25)), digits=DIGITS)
"""
ANSWERS = """# %% name="square" tags=["wrong"]
# 平方不是两倍 || a square is not a double
def double(x):
    return x * x
"""


@pytest.fixture
def exercise(course):
    def write(text=EXERCISE, answers=ANSWERS, digits=4):
        for folder, content in (("exercises", text.replace("DIGITS", str(digits))), ("answers", answers)):
            (course.root / "source" / folder).mkdir(exist_ok=True)
            (course.root / "source" / folder / "E01_double.py").write_text(content, encoding="utf-8")
        return course.root / "source" / "exercises" / "E01_double.py"

    return write


def test_an_exercise_is_built_in_its_three_forms(course, exercise):
    check.acknowledge(exercise(), [])
    assert course.build()[0] == 0
    solution, learner = (
        json.loads((course.root / folder / "en/E01_double.ipynb").read_text(encoding="utf-8"))["cells"][1:]
        for folder in ("solutions", "exercises")
    )
    lines = json.loads((course.root / "exercises/en/.E01_double.expected.json").read_text(encoding="utf-8"))
    assert "".join(solution[2]["source"]) == "def double(x):\n    return 2 * x"
    assert "".join(learner[2]["source"]) == "def double(x):\n    raise NotImplementedError"
    assert solution[3]["outputs"][0]["text"] == ["· doubled: (3,) [2.5, 2.5, 2.5] sum=7.5\n"]
    assert learner[3]["outputs"] == []
    assert learner[2]["metadata"]["nbgrader"] == {
        "schema_version": 3,
        "grade_id": "double",
        "solution": True,
        "grade": False,
        "locked": False,
        "task": False,
    }
    assert learner[3]["metadata"]["nbgrader"]["points"] == 2
    assert lines["lines"] == {"doubled": "(3,) [2.5, 2.5, 2.5] sum=7.5"} and lines["banned"] == {
        "check-double": ["add"]
    }
    assert [wrong["why"] for wrong in lines["wrong"]] == ["a square is not a double"]
    assert check.check(course.root) == []

    (course.root / "exercises/en/.E01_double.expected.json").write_text("{")
    assert any(".E01_double.expected.json" in complaint for complaint in check.check(course.root))


@pytest.mark.parametrize(
    "change, says",
    [
        (dict(text=EXERCISE.replace("1.25", "1.125"), digits=1), "rounding tie"),  # 2.25 rounded to one digit
        (dict(text=EXERCISE.replace(" points=2", "")), "needs points"),
        (dict(text=EXERCISE.replace('of="double"', 'of="triple"')), "names no answer cell"),
        (dict(answers=ANSWERS.replace("# 平方不是两倍 || a square is not a double\n", "")), "needs tags"),
        (dict(answers=ANSWERS.replace("return x * x", "return x *")), "square"),
    ],
    ids=["tie", "points", "of", "misconception", "syntax"],
)
def test_a_faulty_exercise_is_refused(course, exercise, change, says):
    src = source.read(exercise(**change))
    with pytest.raises(source.SourceError) as error:
        assert list(build.targets(src, course.root)) and build.expected_text(src, "zh")
    assert "E01_double.py" in str(error.value) and says in str(error.value)


UNMARKED = EXERCISE.replace("    ### BEGIN SOLUTION\n", "").replace("    ### END SOLUTION\n", "")


@pytest.mark.parametrize(
    "text, says",
    [
        (EXERCISE.replace("    ### END SOLUTION\n", ""), "'### END SOLUTION' is missing"),
        (
            EXERCISE.replace("    ### BEGIN SOLUTION\n", ""),
            "'### END SOLUTION' stands where '### BEGIN SOLUTION' is due",
        ),
        (EXERCISE.replace("    return", "    ### BEGIN SOLUTION\n    return"), "where '### END SOLUTION' is due"),
        (EXERCISE.replace("### END SOLUTION", "### END SOLUTION of it"), "where '### END SOLUTION' is due"),
        (EXERCISE.replace("### BEGIN SOLUTION", "## begin solution"), "where '### BEGIN SOLUTION' is due"),
        (EXERCISE.replace(' tags=["solution"]', ""), "only in a cell with tags"),
        (UNMARKED, "'### BEGIN SOLUTION' is missing"),
    ],
    ids=["unclosed", "unopened", "nested", "tail", "misspelt", "no-answer-cell", "unmarked"],
)
def test_an_answer_that_would_ship_is_refused(exercise, text, says):
    with pytest.raises(source.SourceError) as error:
        source.read(exercise(text))
    assert says in str(error.value) and "E01_double.py" in str(error.value) and "'double'" in str(error.value)


def solution_lines(path):
    """Lines between the solution marks of a source, without those that also stand outside them."""
    inside, outside, open_ = set(), set(), False
    for line in path.read_text(encoding="utf-8").splitlines():
        if "### BEGIN SOLUTION" in line or "### END SOLUTION" in line:
            open_ = "BEGIN" in line
        elif line.strip():
            (inside if open_ else outside).add(line.strip())
    return inside - outside


@pytest.mark.parametrize("path", sorted((ROOT / "source" / "exercises").glob("*.py")), ids=lambda path: path.stem)
def test_no_learners_notebook_holds_a_line_of_its_solution(path):
    src = source.read(path)
    secret = solution_lines(path)
    assert secret
    for lang, _target, nb, executed in build.targets(src, ROOT):
        code = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
        shown = {line for line in secret if source.pick(line, lang).split("  #")[0].strip() in code}
        if executed:
            assert shown == secret  # the solution holds them all: the test has eyes
        else:
            assert shown == set() and source.BLANK in code and "SOLUTION" not in code
