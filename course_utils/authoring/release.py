"""`rnn-course release`: one zip with everything that a class needs to start, and nothing that a class should not see."""  # noqa: E501

import json
import os
import sys
import tempfile
import zipfile
from pathlib import Path

from course_utils.files import ROOT
from course_utils.grading.reference import HAND_IN

FILES = (
    "README.md",
    "README.zh-CN.md",
    "LICENSE",
    "LICENSE-prose",
    "Makefile",
    "pyproject.toml",
    "constraints.txt",
    "environment.yml",
)
LEFT_OUT = {"__pycache__", ".ipynb_checkpoints"}
WRONG_CODE = "wrong-code"  # tag of chapter cells that show wrong answers to judge; they would give an exercise away
WHEN = (2020, 1, 1, 0, 0, 0)  # the same course makes the same zip


def add_parser(commands):
    command = commands.add_parser("release", help="pack the course for a class, without solutions")
    command.add_argument("--lang", choices=("zh", "en"), required=True)
    command.add_argument("--out", type=Path, required=True, metavar="CLASS.zip")
    command.add_argument(
        "--hand-in", default="", metavar="TEXT", help="where learners hand in; the last cell of an exercise says it"
    )
    command.set_defaults(run=release)


def release(arguments):
    """0, or 2 when the file cannot be written or exists."""
    try:
        names = pack(arguments.lang, arguments.out, arguments.hand_in)
    except OSError as problem:
        print(f"rnn-course release: {problem}", file=sys.stderr)
        return 2
    print(f"{arguments.out}: {len(names)} files, {arguments.out.stat().st_size / 1e6:.1f} MB")
    return 0


def pack(lang, out, hand_in=""):
    """Write the zip in one step and return the names in it. Raises FileExistsError rather than overwrite."""
    if out.exists():
        raise FileExistsError(f"{out} exists; nothing is overwritten")
    chosen = {f"rnn-course/{path.relative_to(ROOT).as_posix()}": path for path in sorted(_chosen(lang))}
    with tempfile.NamedTemporaryFile(dir=out.absolute().parent, suffix=".zip", delete=False) as handle:  # noqa: SIM117
        with zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, path in chosen.items():
                archive.writestr(zipfile.ZipInfo(name, WHEN), _content(path), zipfile.ZIP_DEFLATED)
            if hand_in:
                archive.writestr(zipfile.ZipInfo(f"rnn-course/{HAND_IN}", WHEN), hand_in + "\n")
    os.chmod(handle.name, 0o644)
    os.replace(handle.name, out)
    return list(chosen)


def _chosen(lang):
    yield from (ROOT / name for name in FILES if (ROOT / name).exists())
    for place in (f"notebooks/{lang}", f"exercises/{lang}", "datasets", "course_utils", "docs/img"):
        for path in (ROOT / place).rglob("*"):
            if path.is_file() and not LEFT_OUT & set(path.parts):
                yield path


def _content(path):
    content = path.read_bytes()
    if path.suffix != ".ipynb" or WRONG_CODE.encode() not in content:
        return content
    notebook = json.loads(content)
    notebook["cells"] = [cell for cell in notebook["cells"] if WRONG_CODE not in cell["metadata"].get("tags", [])]
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode()
