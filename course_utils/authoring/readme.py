"""The tables of what is built in README.md and README.zh-CN.md, made from the headers of the sources.

They stand between `<!-- built -->` and `<!-- /built -->`; everything else in a README is written by hand.
"""

import re
from pathlib import Path

from course_utils.authoring import source

FILES = {"zh": "README.zh-CN.md", "en": "README.md"}
HEADS = {
    "zh": (
        "| 章 | 阅读 | 动手 | 练习 | 难度 |\n|---|---|---|---|---|",
        "| 练习 | 配套章节 | 分钟 |\n|---|---|---|",
        "计划中：{}。",
        "，",
    ),
    "en": (
        "| Chapter | Read | Lab | Exercise | Difficulty |\n|---|---|---|---|---|",
        "| Exercise | Goes with chapter | Minutes |\n|---|---|---|",
        "Planned: {}.",
        ", ",
    ),
}
# All chapters of the course, in order.
PLAN = [
    ("00", "快速上手", "quick start"),
    ("01", "序列与记忆", "sequences and memory"),
    ("02", "循环单元", "the recurrent cell"),
    ("03", "时间反向传播", "back-propagation through time"),
    ("04", "梯度显微镜", "the gradient microscope"),
    ("05", "LSTM", "LSTM"),
    ("06", "GRU", "GRU"),
    ("07", "记忆视界", "how far a memory reaches"),
    ("08", "双向与深度", "both directions and several layers"),
    ("09", "变长序列与正则化", "variable length and regularisation"),
    ("10", "seq2seq", "seq2seq"),
    ("11", "通往注意力的桥", "a bridge to attention"),
    ("12", "现代循环网络", "modern recurrence"),
    ("13", "流式推理的代价", "streaming and its cost"),
    ("14", "调试诊所", "the debugging clinic"),
    ("15", "诚实的时间序列预测", "honest forecasting"),
    ("16", "文本案例", "text"),
    ("17", "信号案例与应用画廊", "signals and a gallery of applications"),
    ("18", "历史、人物与论文", "history, people and papers"),
    ("19", "自评与常见问题", "self-assessment and FAQ"),
]


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
            (root / name).write_text(text, encoding="utf-8")
            changed.append(name)
    return changed


def built_chapters(root):
    """Numbers of the chapters whose notebooks are built."""
    return [src.course["chapter"] for src in _built(root, "chapters", "notebooks")]


def tables(root, lang):
    """Both tables and the chapters still to come, in Markdown."""
    chapters, exercises, planned, comma = HEADS[lang]
    built = _built(root, "chapters", "notebooks")
    for src in built:
        course = src.course
        minutes = " | ".join(str(course["minutes"][kind]) for kind in ("read", "lab", "exercise"))
        chapters += f"\n| [{course['chapter']} {course['title'][lang]}](notebooks/{lang}/{src.path.stem}.ipynb) | {minutes} | {'⭐' * course['difficulty']} |"  # noqa: E501
    for src in _built(root, "exercises", "exercises"):
        title = source.notebook(src, lang).cells[0].source.splitlines()[0].lstrip("# ")
        exercises += f"\n| [{title}](exercises/{lang}/{src.path.stem}.ipynb) | {src.course['chapter']} | {src.course['minutes']['exercise']} |"  # noqa: E501
    done = {src.course["chapter"] for src in built}
    to_come = [f"{number} {zh if lang == 'zh' else en}" for number, zh, en in PLAN if number not in done]
    return "\n\n".join([chapters, exercises] + ([planned.format(comma.join(to_come))] if to_come else []))


def _built(root, folder, made):
    paths = sorted(Path(root, "source", folder).glob("*.py"))
    return [
        source.read(path)
        for path in paths
        if all(Path(root, made, lang, f"{path.stem}.ipynb").exists() for lang in FILES)
    ]


def _updated(root, lang):
    text = (root / FILES[lang]).read_text(encoding="utf-8")
    return re.sub(
        r"(?s)(<!-- built -->\n\n).*?(\n\n<!-- /built -->)",
        lambda marks: marks[1] + tables(root, lang) + marks[2],
        text,
    )
