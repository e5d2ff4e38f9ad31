"""Every stored notebook, executed again and compared with what it says; and what is stored is clean, complete and
fresh."""

import ast
import copy
import os
import re
import subprocess
import sys
from pathlib import Path

import nbclient
import pytest
import verified

from course_utils.authoring import check, source

ROOT = Path(__file__).parents[2]
CLAIM = re.compile(r"^CLAIM (\S+) (True|False)$", re.M)


def stored(pattern):
    return sorted(ROOT.glob(pattern))


def name(path):
    return path.relative_to(ROOT).as_posix()


def nbval(path):
    """Run every cell of a notebook in a fresh kernel and compare all outputs, strictly. Returns the finished process."""  # noqa: E501
    plugins = ["-p", "course_utils", "-p", "nbval.plugin", "-p", "no:cacheprovider"]  # course_utils: starts sooner
    alone = ["--noconftest", "-c", os.devnull, "--rootdir", str(path.parent)]
    strict = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout", "600"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, *alone, *strict, "-q", "--tb=short", "--color=no", str(path)],
        env=dict(os.environ, COURSE_STORE="1", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
        capture_output=True,
        text=True,
    )


def code_cells(path):
    return [cell for cell in source.load(path).cells if cell.cell_type == "code"]


EXECUTED = stored("notebooks/*/*.ipynb") + stored("solutions/*/*.ipynb")


def made_by(path):
    """The source of a stored notebook."""
    folder = "chapters" if path.parts[-3] == "notebooks" else "exercises"
    return source.read(ROOT / "source" / folder / f"{path.stem}.py")


@pytest.mark.parametrize("path", EXECUTED, ids=name)
def test_outputs_are_the_stored_ones(path, pytestconfig, record_property):
    nb, lang = source.load(path), path.parent.name
    entry = verified.now(made_by(path), lang, nb, ROOT)
    if verified.holds(verified.FILE, name(path), entry) and not pytestconfig.getoption("--record-verified"):
        pytest.skip("unchanged since it was verified (tests/verified.json)")
    record_property(verified.PROPERTY, [name(path), entry])
    ran = nbval(path)
    if ran.returncode:
        pytest.fail(ran.stdout[-6000:] + ran.stderr[-2000:], pytrace=False)
    assert f"{len(code_cells(path))} passed" in ran.stdout


@pytest.mark.full
@pytest.mark.parametrize("path", stored("notebooks/en/*.ipynb"), ids=name)
def test_a_cell_that_is_run_twice_says_the_same(path):
    """A learner runs a cell, changes nothing, and runs it again: no error, and every claim still holds."""
    nb = source.load(path)
    nb.cells = [copy.deepcopy(cell) for cell in code_cells(path) for _ in range(2)]
    for k, cell in enumerate(nb.cells):
        cell.id = f"cell-{k}"
    nbclient.NotebookClient(nb, timeout=600, resources={"metadata": {"path": path.parent}}).execute()
    said = [CLAIM.findall(displayed(cell)) for cell in nb.cells]
    assert said[::2] == said[1::2] and sum(map(len, said)) > 10
    assert {holds for lines in said for _, holds in lines} == {"True"}


def displayed(cell):
    """The text of all that a cell displayed, a line for each output."""
    return "\n".join(output["data"]["text/plain"] for output in cell.outputs if "text/plain" in output.get("data", {}))


def test_a_stored_output_that_is_wrong_is_found(tmp_path):
    """The comparison has eyes: one digit changed, and the same command fails on that cell alone."""
    nb = source.load(ROOT / "solutions/zh/E01_simple_rnn.ipynb")
    cell = next(cell for cell in nb.cells if cell.id == "check-outputs")
    text = cell.outputs[0].text
    cell.outputs[0].text = re.sub(r"\d(?=\]\]\])", lambda digit: str((int(digit[0]) + 1) % 10), text)
    assert cell.outputs[0].text != text
    (tmp_path / "changed.ipynb").write_text(source.dumps(nb), encoding="utf-8")
    ran = nbval(tmp_path / "changed.ipynb")
    assert ran.returncode == 1 and "1 failed" in ran.stdout


def test_generated_files_equal_their_source_and_translations_are_fresh():
    if complaints := check.check(ROOT):
        pytest.fail("\n".join(complaints), pytrace=False)


@pytest.mark.parametrize("path", EXECUTED, ids=name)
def test_stored_outputs_are_clean(path):
    assert check.stored_outputs(source.load(path), name(path)) == []


@pytest.mark.parametrize("path", EXECUTED, ids=name)
def test_nothing_of_this_machine_is_stored(path):
    text = path.read_text(encoding="utf-8")
    assert (
        str(ROOT) not in text and str(Path.home()) + "/" not in text and not re.search(r"\bobject at 0x[0-9a-f]+", text)
    )


# ---------------------------------------------------------------------------------------------- claims


def claims(path):
    """Claim -> (cell, truth), from the stored outputs."""
    found = {}
    for cell in code_cells(path):
        for output in cell.outputs:
            for claim, truth in CLAIM.findall(output.get("data", {}).get("text/plain", "")):
                assert claim not in found, f"{name(path)}: claim {claim} is printed twice"
                found[claim] = (cell, truth)
    return found


CHAPTERS = stored("notebooks/zh/*.ipynb")


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_every_claim_is_true_compared_and_the_same_in_both_languages(path):
    zh, en = claims(path), claims(ROOT / "notebooks" / "en" / path.name)
    assert zh and {claim: truth for claim, (_, truth) in zh.items()} == {
        claim: truth for claim, (_, truth) in en.items()
    }
    assert [claim for claim, (_, truth) in zh.items() if truth != "True"] == []
    assert [claim for claim, (cell, _) in zh.items() if "nbval-ignore-output" in cell.metadata.get("tags", ())] == []


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_every_claim_in_the_source_is_printed(path):
    """A claim in a branch that never ran would otherwise pass unseen."""
    called = {
        node.args[0].value
        for cell in code_cells(path)
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "claim"
        and isinstance(node.args[0], ast.Constant)
    }
    assert called <= claims(path).keys()


def controls_in_tests(number):
    """Every string in tests/unit/test_chapter_NN.py: a control names its claim."""
    path = ROOT / "tests" / "unit" / f"test_chapter_{number}.py"
    texts = [path.read_text(encoding="utf-8")] if path.exists() else []  # a chapter may need no test of its own
    return {
        node.value
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_every_claim_has_a_negative_control(path):
    number = path.stem.split("_")[0]
    found, elsewhere = claims(path).keys(), controls_in_tests(number)
    without = [
        claim
        for claim in found
        if not claim.endswith("-control") and f"{claim}-control" not in found and claim not in elsewhere
    ]
    if without:
        pytest.fail(
            f'no negative control for {", ".join(without)}: write claim("…-control", not …) in the notebook, '
            f"or a test that names the claim in tests/unit/test_chapter_{number}.py",
            pytrace=False,
        )
