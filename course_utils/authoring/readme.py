"""The tables of what is built in README.md and README.zh-CN.md, made from source/plan.yaml and the notebooks there are.

They stand between `<!-- built -->` and `<!-- /built -->`; everything else in a README is written by hand.
"""

import re
from pathlib import Path

from course_utils import files
from course_utils.authoring import plan
from course_utils.language import side

FILES = {"zh": "README.zh-CN.md", "en": "README.md"}
CHAPTERS = "| 章 | 阅读 | 动手 | 练习 | 难度 | || | Chapter | Read | Lab | Exercise | Difficulty |"
EXERCISES = "| 练习 | 配套章节 | 分钟 | 难度 | || | Exercise | Goes with chapter | Minutes | Difficulty |"
PLANNED = "计划中：{}。 || Planned: {}."
COMMA = "， || , "


def stale(root):
    """Complaints about READMEs whose tables differ from what is built."""
    return [
        f"{name}: its tables differ from what is built; run: rnn-course build"
        for lang, name in FILES.items()
        if (Path(root) / name).exists()
        and _updated(Path(root), lang) != (Path(root) / name).read_text(encoding="utf-8")
    ]


def update(root):
    """Rewrite the tables where they differ. Returns the names of the files that changed."""
    root, changed = Path(root), []
    for lang, name in FILES.items():
        if (root / name).exists() and (text := _updated(root, lang)) != (root / name).read_text(encoding="utf-8"):
            files.write(root / name, text)
            changed.append(name)
    return changed


def built_chapters(root):
    """Numbers of the chapters whose notebooks are built."""
    return [entry.number for entry in _built(root, plan.read(root).chapters, "notebooks")]


def tables(root, lang):
    """Both tables and the chapters still to come, in Markdown."""
    course = plan.read(root)
    chapters, exercises = [side(CHAPTERS, lang), "|---|---|---|---|---|"], [side(EXERCISES, lang), "|---|---|---|---|"]
    done = _built(root, course.chapters, "notebooks")
    for entry in done:
        link = f"[{entry.number} {side(entry.title, lang)}](notebooks/{lang}/{entry.stem}.ipynb)"
        chapters.append(f"| {link} | {entry.read} | {entry.lab} | {entry.exercise} | {'⭐' * entry.difficulty} |")
    for entry in _built(root, course.exercises, "exercises"):
        link = f"[{entry.number} · {side(entry.title, lang)}](exercises/{lang}/{entry.stem}.ipynb)"
        exercises.append(f"| {link} | {entry.chapter} | {entry.minutes} | {'⭐' * entry.difficulty} |")
    to_come = [f"{e.number} {side(e.title, lang)}" for e in course.chapters.values() if e not in done]
    planned = [side(PLANNED, lang).format(side(COMMA, lang).join(to_come))] if to_come else []
    return "\n\n".join(["\n".join(chapters), "\n".join(exercises), *planned])


def _built(root, entries, made):
    """Those whose notebook is there in both languages."""
    return [
        entry
        for entry in entries.values()
        if all(Path(root, made, lang, f"{entry.stem}.ipynb").exists() for lang in FILES)
    ]


def _updated(root, lang):
    text = (root / FILES[lang]).read_text(encoding="utf-8")
    return re.sub(
        r"(?s)(<!-- built -->\n\n).*?(\n\n<!-- /built -->)",
        lambda marks: marks[1] + tables(root, lang) + marks[2],
        text,
    )
