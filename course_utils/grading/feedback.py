"""What to tell a learner about a check: in words and public-seed values, never the secret expectation, never the
solution."""

from course_utils.expected import compare, error_key, misconceptions


def say(lang, zh, en):
    return zh if lang == "zh" else en


STOPPED = {
    "died": (
        "运行到这里，程序中断了（退出、崩溃或内存过大）",
        "the program ended here (it exited, crashed or used too much memory)",
    ),
    "hung": ("运行超时：是不是有一个停不下来的循环？", "it ran out of time: is there a loop that never ends?"),
    "flooded": ("打印的内容过多，运行被中止", "it printed far too much and was stopped"),
}


def explain(check, reference, public, banned, left_out):
    """Add to a check "message" (one line), "lines" (label, value, expected, right?) and "why" (misconceptions)."""
    lang = reference.lang
    check["lines"], check["why"], check["message"] = [], [], ""
    if check["status"] == "banned":
        names = ", ".join(sorted({n for answer in check["of"] for n in banned.get(answer, [])}))
        check["message"] = say(
            lang,
            f"用了 {names}：这道题要你自己写出它做的事",
            f"it uses {names}: this exercise asks you to write what that does",
        )
    elif check["status"] == "missing":
        check["message"] = say(lang, "没有找到这一题的答案格", "the answer cell is missing")
    elif check["status"] in STOPPED:
        check["message"] = say(lang, *STOPPED[check["status"]])
    elif check["status"] == "failed":
        _explain_failure(check, reference, public, lang)


def _explain_failure(check, reference, public, lang):
    printed = public.printed.get(check["id"], "") if public else ""
    error = public.errors.get(check["id"]) if public else None
    lines = compare(public_lines(reference, check["id"]), printed)
    check["lines"] = [
        {"label": line.label, "value": line.value, "expected": line.expected, "right": line.right} for line in lines
    ]
    if reference.public:
        values = {line.label: line.value for line in lines if line.value is not None}
        check["why"] = misconceptions(reference.public, values | ({error_key(check["id"]): error} if error else {}))
    wrong = [line.label for line in lines if not line.right and line.value is not None]
    check["message"] = _failure_in_words(wrong, error, public, lang)


def _failure_in_words(wrong, error, public, lang):
    if public is None:
        return say(lang, "结果和参考答案不同", "the result differs from the solution's")
    if error and error.startswith("NotImplementedError"):
        return say(lang, "这里的答案还没有写", "the answer is not written yet")
    if error:
        hint = ""
        if error.startswith("NameError"):
            hint = say(
                lang,
                "。只批改答案格：自己写的辅助函数要放进答案格里",
                ". Only answer cells are graded: a helper of yours belongs inside one",
            )
        return say(lang, "运行出错：", "it ended in an error: ") + error[:300] + hint
    if wrong:
        return say(lang, f"和参考答案不同：{'、'.join(wrong)}", f"differs from the solution: {', '.join(wrong)}")
    return say(
        lang,
        "在公开的数据上对，换一组数据就不对：答案是不是依赖了某个具体的数？",
        "right on the public numbers, wrong on others: does the answer depend on one particular number?",
    )


def right(outcome, reference):
    """The checks whose lines all equal the public ones: the measure where there is no solution to run."""
    passed = set()
    for check, _ in reference.cells("grade"):
        lines = compare(public_lines(reference, check), outcome.printed.get(check, ""))
        if lines and check not in outcome.errors and all(line.right for line in lines):
            passed.add(check)
    return passed


def public_lines(reference, check_id):
    """{label: text} of what the solution prints in one check at the public seed."""
    public = reference.public
    return {label: public["lines"][label] for label in public["labels"][check_id]} if public else {}
