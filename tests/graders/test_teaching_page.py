"""The commands of docs/teaching*.md, run as they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from making import content

PAGES = {"zh": "teaching.zh-CN.md", "en": "teaching.md"}
STUDENT = {"zh": "张三", "en": "zhang"}


def commands(root, lang):
    return re.findall(r"```bash\n(.*?)```", (root / "docs" / PAGES[lang]).read_text(encoding="utf-8"), flags=re.DOTALL)


def test_both_languages_teach_the_same_commands(root):
    def bare(text):
        return re.sub(r" --lang \w+|--hand-in \".*?\"|张三|zhangsan|zhang", "", text)

    assert [bare(c) for c in commands(root, "zh")] == [bare(c) for c in commands(root, "en")]


@pytest.mark.box
@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.full)])
def test_walk_through(lang, root, boxed, tmp_path):
    for name in (
        f"{STUDENT[lang]}/E01_simple_rnn.ipynb",
        "Li Si_1234567_assignsubmission_file_/E01_simple_rnn.ipynb",
        "wangwu_20456_881234_E01_simple_rnn.ipynb",
    ):
        path = tmp_path / "submissions" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(lang=lang))
    environment = dict(os.environ, PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    for command in commands(root, lang):
        done = subprocess.run(
            ["bash", "-e", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        if "doctor" not in command:  # it reports what this machine lacks
            assert done.returncode == 0, (command, done.stderr)
    assert (tmp_path / "class.zip").exists()
    table = (tmp_path / "grades" / "week-3" / "grades.csv").read_text(encoding="utf-8")
    assert table.count(",10,10,") == 3 and STUDENT[lang] in table and "Li Si" in table and "wangwu" in table
    assert (tmp_path / "grades" / "week-3" / f"{STUDENT[lang]}.html").exists() and (
        tmp_path / "grades" / "week-3" / "grades-excel.csv"
    ).exists()
