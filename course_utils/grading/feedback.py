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
    "malformed": (
        "这段代码动了 notebook 自己的消息通道，运行被中止",
        "it tampered with the notebook's own messages and was stopped",
    ),
    "unseen": ("运行没有到达这里", "the run did not get this far"),
    "flooded": ("打印的内容过多，运行被中止", "it printed far too much and was stopped"),
}


def explain(check, reference, public, call):
    """Add to a check "message" (one line), "lines" (label, value, expected, right?) and "why" (misconceptions).

    call   what was said when the check called a banned built-in, "" if none was seen
    """
    lang = reference.lang
    check["lines"], check["why"], check["message"] = [], [], ""
    if check["status"] == "banned":
        check["message"] = say(lang, "批改时看到了这个调用：", "this call was seen while grading: ") + call
    elif check["status"] == "missing":
        check["message"] = say(lang, "没有找到这一题的答案格", "the answer cell is missing")
    elif check["status"] in STOPPED:
        check["message"] = say(lang, *STOPPED[check["status"]])
    elif check["status"] == "failed":
        _explain_failure(check, reference, public, lang)


def _explain_failure(check, reference, public, lang):
    printed = public.printed.get(check["id"], "") if public else ""
    error = public.errors.get(check["id"]) if public else None
    lines = compare(reference.public_lines(check["id"]), printed)
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
