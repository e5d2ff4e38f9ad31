"""Arrows between the wings point one way, and the picture of them is the one that the imports give."""

import ast

import pytest

from course_utils.authoring import architecture, imports
from course_utils.files import ROOT

NOTEBOOK = {"checks", "data", "exercise", "explore", "plotting", "training"}
TOOLS = {"authoring", "grading", "grading.box"}
COMMANDS = {"cli", "doctor", "lab"}
GRAPH = architecture.graph(ROOT)


@pytest.mark.parametrize("unit", sorted(set(GRAPH) - TOOLS - COMMANDS))
def test_what_notebooks_use_reaches_no_tool(unit):
    assert architecture.reachable(GRAPH, unit).isdisjoint(TOOLS | COMMANDS)


@pytest.mark.parametrize("unit", sorted(set(GRAPH) - TOOLS - COMMANDS - NOTEBOOK))
def test_what_all_share_imports_nothing_that_only_notebooks_use(unit):
    assert architecture.reachable(GRAPH, unit).isdisjoint(NOTEBOOK)


@pytest.mark.parametrize(
    "unit, never",
    [
        ("authoring", {"grading", "grading.box", *COMMANDS}),
        ("grading", {"authoring", *COMMANDS}),
        ("grading.box", {"authoring", "grading", *COMMANDS}),
        ("lab", {"cli", "doctor", *TOOLS, *NOTEBOOK}),
        ("doctor", {"cli", "lab", "authoring", "grading"}),
    ],
)
def test_tools_know_only_what_lies_below_them(unit, never):
    assert architecture.reachable(GRAPH, unit).isdisjoint(never)


@pytest.mark.parametrize("unit", sorted(GRAPH))
def test_nothing_goes_round_in_circles(unit):
    assert unit not in architecture.reachable(GRAPH, unit)


def test_no_module_reaches_another_by_a_string():
    """An import hidden in a text (`-m course_utils.cli` is a command, not an import) would escape every test above."""
    for module, path in imports.modules(ROOT).items():
        for node in ast.walk(imports.tree_of(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value.strip():
                assert not node.value.startswith(("import course_utils", "from course_utils")), module


def test_the_picture_is_fresh_and_shows_every_unit():
    assert architecture.stale(ROOT) == []
    for name in architecture.FILES.values():
        text = (ROOT / name).read_text(encoding="utf-8")
        assert all(f">{unit}</text>" in text for unit in GRAPH) and text.count("<path d=") - 1 == len(
            architecture.arrows(GRAPH)
        )


def test_a_new_import_makes_the_picture_stale_and_is_drawn(tmp_path):
    for name, text in {"one": "from course_utils import two\n", "two": "", "three": ""}.items():
        (tmp_path / "course_utils").mkdir(exist_ok=True)
        (tmp_path / "course_utils" / f"{name}.py").write_text(text)
    assert len(architecture.stale(tmp_path)) == 2
    assert architecture.update(tmp_path) == list(architecture.FILES.values()) and architecture.stale(tmp_path) == []
    (tmp_path / "course_utils" / "three.py").write_text("def f():\n    from .one import f\n")
    assert len(architecture.stale(tmp_path)) == 2
    assert architecture.graph(tmp_path) == {"one": {"two"}, "two": set(), "three": {"one"}}


def test_an_arrow_that_follows_from_others_is_not_drawn():
    assert architecture.arrows({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == [("a", "b"), ("b", "c")]
