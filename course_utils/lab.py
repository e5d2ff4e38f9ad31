"""The learner's copies in work/, and JupyterLab on the start page.

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

from course_utils import expected, files, language
from course_utils.language import say

FOLDERS = ("notebooks", "exercises")
START = "start"  # the start page and the glossary, the same under work/
STORED = "stored"  # under work/: the chapters with their results, read-only
SETTINGS = Path(__file__).with_name("lab_settings")  # of JupyterLab, a folder for each language
BETS = ".bets.json"  # what the learner bet, kept from kernel to kernel
LANGUAGES = {"zh": "中文", "en": "English"}
RECORD = ".copied.json"  # sub-path -> hash of the original when it was copied


class LabError(RuntimeError):
    """The copies cannot be made or opened. The message says what to do."""


@dataclass
class Copies:
    """Sub-paths under work/: `added` now, `renewed` because the original changed and the learner's copy did not, `kept`
    because the learner changed them, and of those `outdated`, whose original has changed too."""

    added: list = field(default_factory=list)
    renewed: list = field(default_factory=list)
    kept: list = field(default_factory=list)
    outdated: list = field(default_factory=list)


def open_lab(root, lang):
    """Copy what is missing, say what was kept, trust the new copies and run JupyterLab until it is closed. Returns an
    exit code."""
    language.use(LANGUAGES[lang])
    work = Path(root, "work")
    try:
        copies = copy_missing(root, work)
        tell(copies, work)
        always = [*(work / STORED).glob("*/*.ipynb"), *(work / START).glob("*.ipynb")]
        trust([*(work / name for name in copies.added + copies.renewed), *always])
        page = start_page(work, lang)
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    launch(work, page)
    return 0


def copy_missing(root, work):
    """Copy every notebook that `work` does not have yet, or has as an earlier version of the course wrote it, with the
    files that belong to it. Returns Copies; raises LabError, and then nothing is lost."""
    originals = [path for folder in FOLDERS for path in sorted(Path(root, folder).glob("*/*.ipynb"))]
    if not originals:
        raise LabError(f"{root} holds no notebooks; make them with: rnn-course build")
    record, copies = _read_record(work), Copies()
    try:
        for original in originals:
            name = original.relative_to(root)
            _copy(original, work / name, name.as_posix(), record, copies)
            if name.parts[0] == "notebooks":
                _store(original, work / STORED / Path(*name.parts[1:]))
        for original in Path(root, START).glob("*.ipynb"):
            _store(original, work / START / original.name)
        files.write(work / RECORD, json.dumps(record, indent=1).encode())
    except OSError as error:
        raise LabError(
            f"{error.strerror}: {error.filename}; make {work} a folder that you can write, or move it away"
        ) from error
    return copies


def _copy(original, copy, name, record, copies):
    fresh = _for_work(original, name)
    now = hashlib.sha256(fresh).hexdigest()
    held = _digest(copy) if os.path.lexists(copy) else None
    untouched = held is not None and held == record.get(name)  # as we wrote it: nothing of the learner's is in it
    new = held is None or (untouched and held != now)
    if not new and held != now:
        copies.kept.append(name)
        if record.get(name, now) != now:
            copies.outdated.append(name)
            return
    # An exercise's expected lines belong to its notebook: replaced with it, never without it.
    lines, beside = expected.path(original), expected.path(copy)
    if lines.exists() and (new or not os.path.lexists(beside)):
        files.write(beside, lines.read_bytes())
    if new:
        files.write(copy, fresh)
        (copies.renewed if untouched else copies.added).append(name)
        record[name] = now


def _store(original, copy):
    """A notebook to read only, such as a chapter with its results; always the present one."""
    if not copy.exists() or _digest(copy) != _digest(original):
        if copy.exists():
            copy.chmod(0o644)  # Windows replaces no read-only file
        files.write(copy, original.read_bytes())
        copy.chmod(0o444)


def _for_work(original, name):
    """What the learner's copy holds. A chapter's results are taken out: they are the learner's to find. What needs no
    kernel (explorables, quizzes) stays alive, and a link leads to the results as they were stored."""
    if not name.startswith("notebooks/"):
        return original.read_bytes()
    try:
        nb = nbformat.read(original, as_version=4)
    except nbformat.reader.NotJSONError as error:
        raise LabError(f"{original} is not a notebook; run: rnn-course build") from error
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                output for output in cell.outputs if "<iframe" in output.get("data", {}).get("text/html", "")
            ]
            cell.execution_count = None
            for output in cell.outputs:
                output.pop("execution_count", None)
                output.output_type = "display_data"
    link = f"../../{STORED}/{name.removeprefix('notebooks/')}"
    nb.cells.insert(1, nbformat.v4.new_markdown_cell(f"{_say(name)}({link})", id="stored-results"))
    return nbformat.writes(nb).encode()


def _say(name):
    """The words of the link, in the notebook's language."""
    if name.startswith("notebooks/en/"):
        return "Nothing has been run yet: the results are yours to find. [As they were stored]"
    return "这里什么都还没有运行：结果等你自己跑出来。[存好的结果]"


def tell(copies, work):
    """Print what `copy_missing` did."""
    if copies.added:
        print(say(f"已复制 {len(copies.added)} 份笔记本到 {work}", f"{len(copies.added)} notebooks copied to {work}"))
    if copies.renewed:
        count = len(copies.renewed)
        print(
            say(
                f"课程更新了，你没改过的 {count} 份换成了新的",
                f"{count} notebooks that you had not changed are renewed",
            )
        )
    if copies.kept:
        print(say("保留你的版本：", "your versions are kept: ") + ", ".join(copies.kept))
    if copies.outdated:
        print(
            say(
                "其中这几份的原件已更新。要拿到新版：先把你的那一份改名（内容不会丢），再运行一次 rnn-course lab",
                "the originals of these have changed; for the new one, rename yours (nothing is lost) and run "
                "rnn-course lab again:",
            )
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


def default_language(root):
    """The language to open in: Chinese where it is there; a class release holds one language."""
    return "en" if not Path(root, "notebooks", "zh").is_dir() and Path(root, "notebooks", "en").is_dir() else "zh"


def start_page(work, lang):
    """Sub-path of what is opened: the start page in that language, the first chapter where there is none. Raises
    LabError when there is no chapter either."""
    page = work / START / f"{lang}.ipynb"
    chapters = sorted((work / "notebooks" / lang).glob("[0-9]*_*.ipynb"))
    if not chapters:
        raise LabError(f"no chapter in {work / 'notebooks' / lang}; make them with: rnn-course build")
    return (page if page.exists() else chapters[0]).relative_to(work)


def launch(work, page):
    """Run JupyterLab in this process until the learner closes it."""
    from jupyterlab.labapp import LabApp

    os.environ["COURSE_BETS"] = str(work / BETS)  # for the kernels: see predictions.py
    LabApp.launch_instance(lab_arguments(work, page))


def lab_arguments(work, page):
    """JupyterLab in `work`, opened on `page`, its menus in the course's language, without its news: those would be
    fetched from the network."""
    arguments = [
        f"--ServerApp.root_dir={work}",
        f"--LabApp.default_url=/lab/tree/{page.as_posix()}",
        "--ServerApp.jpserver_extensions={'course_utils.lab_server': True}",
        f"--LabApp.app_settings_dir={SETTINGS / language.code()}",
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
