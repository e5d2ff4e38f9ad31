"""`rnn-course release`: one zip with all that a class needs to start, and nothing that it should not see."""

import json
import os
import sys
import tempfile
import zipfile
from pathlib import Path

from course_utils.authoring.source import LIKE_A_MARK
from course_utils.files import HAND_IN, ROOT

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


class ReleaseError(RuntimeError):
    """Something that must not leave the house would be in the zip."""


def add_parser(commands):
    command = commands.add_parser("release", help="pack the course for a class, without solutions")
    command.add_argument("--lang", choices=("zh", "en"), required=True)
    command.add_argument("--out", type=Path, required=True, metavar="CLASS.zip")
    command.add_argument(
        "--hand-in", default="", metavar="TEXT", help="where learners hand in; the last cell of an exercise says it"
    )
    command.set_defaults(run=release)


def release(arguments):
    """0, or 2 when the file cannot be written or exists, or when a solution would be in it."""
    try:
        names = pack(arguments.lang, arguments.out, arguments.hand_in)
    except (OSError, ReleaseError) as problem:
        print(f"rnn-course release: {problem}", file=sys.stderr)
        return 2
    print(f"{arguments.out}: {len(names)} files, {arguments.out.stat().st_size / 1e6:.1f} MB")
    return 0


def pack(lang, out, hand_in=""):
    """Write the zip in one step and return the names in it. Raises FileExistsError rather than overwrite, and
    ReleaseError where an exercise still holds solution marks."""
    if out.exists():
        raise FileExistsError(f"{out} exists; nothing is overwritten")
    for path in sorted(Path(ROOT, "exercises", lang).glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if mark := LIKE_A_MARK.search("".join(cell["source"])):
                raise ReleaseError(
                    f"{path.relative_to(ROOT)}: cell {cell.get('id')!r} holds {mark[0].strip()!r}; "
                    f"make it anew: rnn-course build {path.stem}"
                )
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
