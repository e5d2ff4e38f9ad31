"""The answers in a submission. Nothing in it is trusted: only the text of its answer cells is ever used."""

from course_utils.grading.syntax import defined

MAX_ANSWER = 200_000  # characters of one answer


def answers(notebook, names):
    """{answer name: source} for the answers found, and notes (Chinese, English) about missing and repeated ones.

    An answer is looked for by grade_id; where a tool has dropped that, by cell id, then by the function that a cell
    defines.
    """
    found, notes = {}, []
    for name in names:
        cells = (
            [s for grade_id, _, s in notebook.sources if grade_id == name]
            or [s for _, cell_id, s in notebook.sources if cell_id == name]
            or [s for *_, s in notebook.sources if name in defined(s)]
        )
        if not cells:
            notes.append((f"没有找到 {name} 的答案格", f"the answer cell of {name} is missing"))
            continue
        if len(cells) > 1:
            notes.append(
                (
                    f"{name} 的答案格出现了 {len(cells)} 次，取最后一个",
                    f"the answer cell of {name} occurs {len(cells)} times; the last one counts",
                )
            )
        if len(cells[-1]) > MAX_ANSWER:
            notes.append(
                (
                    f"{name} 的答案超过 {MAX_ANSWER} 个字符，没有批改",
                    f"the answer of {name} has more than {MAX_ANSWER} characters and was not graded",
                )
            )
            continue
        found[name] = cells[-1]
    return found, notes
