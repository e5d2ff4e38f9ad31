"""`rnn-course release`: one zip with all that a class needs to start, and nothing that it should not see."""

import json
import os
import re
import stat
import sys
import tempfile
import zipfile
from pathlib import Path

import yaml

from course_utils.authoring.source import LIKE_A_MARK
from course_utils.files import HAND_IN, ROOT
from course_utils.questions import assessment

FILES = (
    "LICENSE",
    "LICENSE-prose",
    "Makefile",
    "pyproject.toml",
    "constraints.txt",
    "environment.yml",
)
README = Path(__file__).with_name("class_readme")  # zh.md, en.md
AUTHORS = "# ---- For authors"  # begins the part of the Makefile that needs what is not in the zip
CLOSE_LINES, CLOSE = 3, 0.6  # lines, and share of a solution's lines, that a chapter's cell has too
LEFT_OUT = {"__pycache__", ".ipynb_checkpoints"}
WRONG_CODE = "wrong-code"  # tag of chapter cells that show wrong answers to judge; they would give an exercise away
WHEN = (2020, 1, 1, 0, 0, 0)  # the same course makes the same zip


class ReleaseError(RuntimeError):
    """Something that must not leave the house would be in the zip."""


def release(arguments):
    """0, or 2 when the file cannot be written or exists, or when a solution would be in it."""
    try:
        names = pack(arguments.lang, arguments.out, arguments.hand_in)
    except (OSError, ReleaseError) as problem:
        print(f"rnn-course release: {problem}", file=sys.stderr)
        return 2
    print(f"{arguments.out}: {len(names)} files, {arguments.out.stat().st_size / 1e6:.1f} MB")
    for exercise, name, chapter, cell in close_cells(arguments.lang):
        print(f"note: {chapter}, cell {cell}, shows code close to {name} of {exercise}")
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
                _add(archive, name, _content(path, lang))
            _add(archive, "rnn-course/README.md", readme(lang, hand_in).encode())
            if hand_in:
                _add(archive, f"rnn-course/{HAND_IN}", (hand_in + "\n").encode())
    os.chmod(handle.name, 0o644)
    os.replace(handle.name, out)
    return list(chosen)


def _add(archive, name, content):
    """An ordinary file that everyone may read: a course installed for a class is read by other users, and by a box."""
    member = zipfile.ZipInfo(name, WHEN)
    member.external_attr = (stat.S_IFREG | 0o644) << 16
    archive.writestr(member, content, zipfile.ZIP_DEFLATED)


def readme(lang, hand_in=""):
    """The README for students: how to start, what there is, what to hand in."""
    text = (README / f"{lang}.md").read_text(encoding="utf-8")
    lists = {kind: "\n".join(_list(kind, lang)) for kind in ("notebooks", "exercises")}
    said = f"**{hand_in}**\n\n" if hand_in else ""
    return text.format(chapters=lists["notebooks"], exercises=lists["exercises"], hand_in=said)


def _list(kind, lang):
    for path in sorted((ROOT / kind / lang).glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        first = next("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        title = next(line for line in first.splitlines() if line.startswith("# "))
        yield f"- [{title[2:].strip()}]({kind}/{lang}/{path.name})"


def close_cells(lang):
    """[(exercise, answer, chapter, cell)]: what the chapters show that is close to an answer, for the teacher to know.

    A cell is close when it defines a function of the answer's name or nearly so (lag_norms, jacobian_lag_norms), or
    holds most lines of its solution. Cells that show wrong answers are not in the zip at all.
    """
    found = []
    shown = list(_code_cells(ROOT / "notebooks" / lang))
    for exercise, cell in _code_cells(ROOT / "solutions" / lang):
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if not cell["metadata"].get("nbgrader", {}).get("solution"):
            continue
        wanted = _lines(cell)
        for chapter, other in shown:
            same = len(wanted & _lines(other))
            defined = re.findall(r"^def (\w+)", "".join(other["source"]), re.MULTILINE)
            if any(_alike(name, each) for each in defined) or same >= CLOSE_LINES and same >= CLOSE * len(wanted):
                found.append((exercise.split("_")[0], name, f"{chapter}.ipynb", other["id"]))
    return found


def _alike(name, other):
    one, two = sorted((set(name.split("_")), set(other.split("_"))), key=len)
    return one == two or len(one) > 1 and one < two


def _code_cells(folder):
    for path in sorted(folder.glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code" and WRONG_CODE not in cell["metadata"].get("tags", []):
                yield path.stem, cell


def _lines(cell):
    """The lines of code in a cell, without layout and comments."""
    lines = ("".join(line.split("#")[0].split()) for line in "".join(cell["source"]).splitlines())
    return {line for line in lines if len(line) > 12}


def _chosen(lang):
    yield from (ROOT / name for name in FILES if (ROOT / name).exists())
    yield from (ROOT / "start" / name for name in (f"{lang}.ipynb", f"glossary.{lang}.ipynb"))
    for place in (f"notebooks/{lang}", f"exercises/{lang}", "datasets", "course_utils", "docs/img"):
        for path in (ROOT / place).rglob("*"):
            if path.is_file() and not LEFT_OUT & set(path.parts):
                yield path


def _content(path, lang):
    content = path.read_bytes()
    if path.name == "Makefile":  # opens in the language of the release
        return content.decode().split(AUTHORS)[0].replace("lang := zh", f"lang := {lang}").encode()
    if path.name == assessment.NAME:  # what is held back is for the teacher's form alone
        bank = yaml.safe_load(content)
        bank["items"] = [item for item in bank["items"] if not item.get("held_back")]
        return yaml.safe_dump(bank, allow_unicode=True, sort_keys=False).encode()
    if path.suffix != ".ipynb" or WRONG_CODE.encode() not in content:
        return content
    notebook = json.loads(content)
    notebook["cells"] = [cell for cell in notebook["cells"] if WRONG_CODE not in cell["metadata"].get("tags", [])]
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode()
