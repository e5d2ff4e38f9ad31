"""Make the notebooks of both languages from source/, executing only what changed."""

import copy
import importlib.metadata
import json
import os
import sys
from pathlib import Path

import nbclient

from course_utils import expected, files
from course_utils.authoring import answers, fingerprint, navigation, rerender, source
from course_utils.authoring.source import LANGUAGES, SourceError

CELL_SECONDS = 600


class BuildError(RuntimeError):
    """A notebook could not be built. The message names file, cell and line; nothing was written for it."""


def sources(root, names=()):
    """Paths of the sources whose file name begins with one of `names` (all of them without names)."""
    folder = Path(os.path.relpath(Path(root, "source")))  # messages name short paths
    paths = sorted(folder.glob("chapters/*.py")) + sorted(folder.glob("exercises/*.py"))
    chosen = [p for p in paths if not names or any(p.stem == n or p.stem.startswith(f"{n}_") for n in names)]
    for name in names:
        if not any(p.stem == name or p.stem.startswith(f"{name}_") for p in paths):
            raise BuildError(f"no source is called {name!r}; there are: {', '.join(p.stem for p in paths)}")
    return chosen


def targets(src, root):
    """(language, path, notebook without outputs, is it executed?) for each notebook made from one source.

    An executed one says in its metadata what it is made from."""
    for lang in LANGUAGES:
        full = source.notebook(src, lang)
        navigation.add(full, src, lang, root)
        name = f"{src.path.stem}.ipynb"
        if src.is_exercise:
            yield lang, Path(root, "exercises", lang, name), source.learner(full), False
            full = source.solved(full)
        full.metadata.course["made_from"] = fingerprint.of(src, lang, root)
        yield lang, Path(root, "solutions" if src.is_exercise else "notebooks", lang, name), full, True


def expected_path(src, lang, root):
    return expected.path(Path(root, "exercises", lang, f"{src.path.stem}.ipynb"))


def expected_text(src, lang):
    return json.dumps(answers.expected(src, lang), ensure_ascii=False, indent=1) + "\n"


def build(root, names=(), report=print):
    """Build what changed (with names: those, changed or not). Returns the number of sources that failed."""
    failed = 0
    for path in sources(root, names):
        try:
            for written in build_one(source.read(path), root, always=bool(names)):
                report(f"built {written.relative_to(root)}")
        except (SourceError, BuildError) as error:
            failed += 1
            report(f"error: {error}")
    return failed


def build_one(src, root, always=False):
    """Write the notebooks of one source and return the paths that changed. When one fails, nothing is written."""
    texts = {}
    for lang, path, nb, executed in targets(src, root):
        if executed:
            nb = (None if always else _kept(nb, _stored(path), lang)) or execute(nb, path, src, lang, root)
        texts[path] = source.dumps(nb)
    if src.is_exercise:
        for lang in LANGUAGES:
            texts[expected_path(src, lang, root)] = expected_text(src, lang)
    changed = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in changed:
        files.write(path, texts[path])
    return changed


def _stored(path):
    try:
        return source.load(path)
    except Exception:  # missing, or not a notebook any more: it is made anew
        return None


def _kept(nb, old, lang):
    """The notebook with the outputs of the stored one, its pages made again where they changed; None where it has to
    be executed."""
    changed = fingerprint.changed(made_from(old), made_from(nb)) if old else fingerprint.KINDS
    if not set(changed) <= {"pages"} or not _executed(old):
        return None
    stored = {cell.id: cell for cell in old.cells if cell.cell_type == "code"}
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = stored[cell.id].outputs, stored[cell.id].execution_count
            if changed:
                try:
                    cell.outputs = rerender.pages(cell.outputs, cell.source, lang)
                except rerender.NeedsKernel:
                    return None
    return nb


def _executed(nb):
    """Whether the outputs belong to the code that the notebook says it was made from (it may have been edited)."""
    cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    same = fingerprint.code(fingerprint.code_cells(nb)) == made_from(nb)["code"]
    return same and all(cell.execution_count is not None for cell in cells)


def made_from(nb):
    """The fingerprint in a notebook's metadata; {} where it has none."""
    return nb.metadata.get("course", {}).get("made_from", {})


def execute(nb, path, src, lang, root):
    """Run the notebook where it will be stored and keep what is the same on every run.

    Raises BuildError on an error, on anything on stderr, on a claim that is False, and where another version is
    installed than the one that the fingerprint names. (One that is not there at all is an extra: the notebook says
    what it would add, or fails by itself.)
    """
    there = {dist.name.lower().replace("_", "-"): dist.version for dist in importlib.metadata.distributions()}
    for package, pinned in fingerprint.packages(src, lang, root).items():
        installed = there.get(package.lower().replace("_", "-"), pinned).split("+")[0]
        if installed != pinned:
            raise BuildError(
                f"{src.path}: outputs are stored under {package} {pinned}, installed is {installed}; "
                "run: pip install -c constraints.txt -e ."
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    nb, started = copy.deepcopy(nb), []
    client = nbclient.NotebookClient(
        nb,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        record_timing=False,
        on_cell_start=lambda cell, cell_index: started.append(cell),
        resources={"metadata": {"path": str(path.parent)}},
    )
    environment = dict(os.environ, COURSE_STORE="1", PYTHONPATH=os.pathsep.join(sys.path))
    try:
        client.execute(env=environment)
    except nbclient.exceptions.CellExecutionError as error:
        raise BuildError(f"{_first_error(nb, src)}: {error.ename}: {error.evalue}") from None
    except nbclient.exceptions.CellTimeoutError:
        raise BuildError(f"{_where(started[-1], src)}: ran longer than {CELL_SECONDS} s") from None
    except RuntimeError as error:  # DeadKernelError, or what jupyter_client says when it did not even start
        where = _where(started[-1], src) if started else src.path
        raise BuildError(f"{where}: the kernel died ({error}); is there enough memory?") from None
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            _complain(cell, output, src)
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)  # a random model id
        if cell.cell_type == "code":
            cell.outputs = _merged(cell.outputs)
    nb.metadata.pop("widgets", None)
    nb.metadata.language_info = {"name": "python"}
    return nb


def _merged(outputs):
    """Neighbouring pieces of one stream as one output: how a stream is cut into messages depends on timing."""
    merged = []
    for output in outputs:
        if merged and output.output_type == "stream" == merged[-1].output_type and output.name == merged[-1].name:
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def _where(cell, src):
    return src.where(next(c for c in src.cells if c.name == cell.id))


def _first_error(nb, src):
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                trace = "\n".join(output.traceback)
                return f"{_where(cell, src)}:\n{trace}\n{_where(cell, src)}"
    return str(src.path)


def _complain(cell, output, src):
    if output.get("name") == "stderr":
        raise BuildError(f"{_where(cell, src)} writes to stderr: {output.text.strip()[:300]}")
    printed = output.get("text", "") if output.get("name") == "stdout" else output.get("data", {}).get("text/plain", "")
    for line in printed.splitlines():
        if line.startswith("CLAIM ") and not line.endswith(" True"):
            raise BuildError(f"{_where(cell, src)}: {line}")
