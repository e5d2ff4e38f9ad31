"""The learner's copies in work/, and JupyterLab on the first chapter.

`notebooks/` and `exercises/` are made by the build; a learner works on copies of them under `work/`, at the same
sub-paths, so that links keep leading where they should. Copying adds and never overwrites a notebook that is there.
"""

import hashlib
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

from course_utils import expected, files

FOLDERS = ("notebooks", "exercises")
SETTINGS = Path(__file__).with_name("lab_settings")
RECORD = ".copied.json"  # sub-path -> hash of the original when it was copied


class LabError(RuntimeError):
    """The copies cannot be made or opened. The message says what to do."""


@dataclass
class Copies:
    """Sub-paths under work/: `added` now, `kept` because the learner changed them, and of those `outdated`, whose
    original has changed too."""

    added: list = field(default_factory=list)
    kept: list = field(default_factory=list)
    outdated: list = field(default_factory=list)


def open_lab(root, lang):
    """Copy what is missing, say what was kept, trust the new copies and run JupyterLab until it is closed. Returns an
    exit code."""
    work = Path(root, "work")
    try:
        copies = copy_missing(root, work)
        tell(copies, work)
        trust(work / name for name in copies.added)
        chapter = first_chapter(work, lang)
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    launch(work, chapter)
    return 0


def copy_missing(root, work):
    """Copy every notebook that `work` does not have yet, with the files that belong to it. Returns Copies; raises
    LabError, and then nothing is lost."""
    originals = [path for folder in FOLDERS for path in sorted(Path(root, folder).glob("*/*.ipynb"))]
    if not originals:
        raise LabError(f"{root} holds no notebooks; make them with: rnn-course build")
    record, copies = _read_record(work), Copies()
    try:
        for original in originals:
            name = original.relative_to(root)
            _copy(original, work / name, name.as_posix(), record, copies)
        files.write(work / RECORD, json.dumps(record, indent=1).encode())
    except OSError as error:
        raise LabError(
            f"{error.strerror}: {error.filename}; make {work} a folder that you can write, or move it away"
        ) from error
    return copies


def _copy(original, copy, name, record, copies):
    now = _digest(original)
    new = not os.path.lexists(copy)
    if not new and _digest(copy) != now:
        copies.kept.append(name)
        if record.get(name, now) != now:
            copies.outdated.append(name)
            return
    # An exercise's expected lines belong to its notebook: replaced with it, never without it.
    lines, beside = expected.path(original), expected.path(copy)
    if lines.exists() and (new or not os.path.lexists(beside)):
        files.write(beside, lines.read_bytes())
    if new:
        files.write(copy, original.read_bytes())
        copies.added.append(name)
        record[name] = now


def tell(copies, work):
    """Print what `copy_missing` did."""
    if copies.added:
        print(f"复制到 copied to {work}: {len(copies.added)}")
    if copies.kept:
        print("保留你的版本 your versions are kept:", ", ".join(copies.kept))
    if copies.outdated:
        print(
            "其中这几份的原件已更新。要拿到新版：先把你的那一份改名（内容不会丢），再运行一次 rnn-course lab\n"
            "the originals of these have changed; for the new one, rename yours (nothing is lost) "
            "and run rnn-course lab again:"
        )
        print(*(f"  {name}" for name in copies.outdated), sep="\n")


def trust(notebooks):
    """Sign notebooks, so that JupyterLab shows their stored explorables. Sign only what the course itself has just
    written."""
    notary = NotebookNotary()
    for path in notebooks:
        try:
            notary.sign(nbformat.read(path, as_version=4))
        except nbformat.reader.NotJSONError as error:
            raise LabError(f"{path} is not a notebook; delete it, run rnn-course build, then rnn-course lab") from error


def language(root):
    """The language to open in: Chinese where it is there; a class release holds one language."""
    return "en" if not Path(root, "notebooks", "zh").is_dir() and Path(root, "notebooks", "en").is_dir() else "zh"


def first_chapter(work, lang):
    """Sub-path of the first chapter in that language; raises LabError when there is none."""
    chapters = sorted((work / "notebooks" / lang).glob("[0-9][0-9]_*.ipynb"))
    if not chapters:
        raise LabError(f"no chapter in {work / 'notebooks' / lang}; make them with: rnn-course build")
    return chapters[0].relative_to(work)


def launch(work, chapter):
    """Run JupyterLab in this process until the learner closes it."""
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(lab_arguments(work, chapter))


def lab_arguments(work, chapter):
    """JupyterLab in `work`, opened on `chapter`, without its news: those would be fetched from the network."""
    arguments = [
        f"--ServerApp.root_dir={work}",
        f"--LabApp.default_url=/lab/tree/{chapter.as_posix()}",
        f"--LabApp.app_settings_dir={SETTINGS}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")  # root is usual in a container, and JupyterLab refuses to start without it
    return arguments


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_record(work):
    path = work / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return record if isinstance(record, dict) else {}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError):
        print(f"{path}: 读不懂，重新开始记录 unreadable, a new record is started", file=sys.stderr)
        return {}
