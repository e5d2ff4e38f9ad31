"""What to tell a learner about a check: in words and public-seed values, never the secret expectation, never the
solution."""

from course_utils import trouble
from course_utils.expected import compare, error_key, misconceptions
from course_utils.grading import submission
from course_utils.grading.syntax import syntax


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


def explain(check, reference, public, call, answers):
    """Add to a check "message" (one line), "lines" (label, value, expected, right?) and "why" (misconceptions).

    call     what was said when the check called a banned built-in, "" if none was seen
    answers  {name: [source of a cell, …]}
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
        _explain_failure(check, reference, public, answers, lang)


def _explain_failure(check, reference, public, answers, lang):
    printed = public.printed.get(check["id"], "") if public else ""
    error = public.errors.get(check["id"]) if public else None
    lines = compare(reference.public_lines(check["id"]), printed)
    check["lines"] = [
        {"label": line.label, "value": line.value, "expected": line.expected, "right": line.right} for line in lines
    ]
    seen = _seen(reference, public) if reference.public and public else {}
    if check["id"] in seen:  # else the public run ended before it
        check["why"] = misconceptions(reference.public, seen, check["id"])
    wrong = [line.label for line in lines if not line.right and line.value is not None]
    if error:
        check["message"] = say(lang, *_error_in_words(error, check, public, answers))
    else:
        reached = public is not None and check["id"] in public.records
        check["message"] = _failure_in_words(wrong, reached, lang)
        if wrong and not check["why"]:
            check["message"] += _first_difference(lines, lang)


def _seen(reference, public):
    """check -> {label: text} and the error, of everything that the checks showed on the public numbers."""
    seen = {}
    for check, record in public.records.items():
        if check in reference.public["labels"]:
            lines = compare(reference.public_lines(check), record.printed)
            seen[check] = {line.label: line.value for line in lines if line.value is not None}
            seen[check] |= {error_key(check): record.error} if record.error else {}
    return seen


def _error_in_words(error, check, public, answers):
    """The true reason: where an answer cell ended in an error itself, that one, not what followed from it."""
    name = trouble.undefined(error)
    failed = [n for n in dict.fromkeys([*check["of"], name]) if n in answers and n in public.errors]
    if failed and name in answers:
        cell_error = public.errors[failed[0]]
        return _of_cell(failed[0], *trouble.in_words(cell_error, _failing(answers[failed[0]], cell_error)))
    if error.startswith("NotImplementedError"):
        gaps = [(n, gap) for n in check["of"] if (gap := submission.first_gap(answers.get(n, ()), n))]
        if gaps:
            zh, en = trouble.gap(gaps[0][1])
            return f"这里的答案还没有写完。{gaps[0][0]} {zh}", f"the answer is not written yet. {gaps[0][0]}: {en}"
    sources = [part for n in check["of"] for part in answers.get(n, ())]
    return trouble.in_words(error, next((part for part in sources if name and name in part), ""))


def not_python(broken, answers):
    """(Chinese, English) of each answer that is not Python. broken: name -> what Python says."""
    words = {name: trouble.in_words(error, _failing(answers[name], error)) for name, error in broken.items()}
    return [_of_cell(name, *said) for name, said in words.items()]


def _of_cell(name, zh, en):
    return f"{name} 的答案格，{zh}", f"answer cell {name}: {en}"


def _failing(parts, error):
    """The cell of an answer that is not Python, if that is what the error says; else the one with its definition."""
    broken = [part for part in parts if syntax(part) is None] if trouble.PLACE.search(error) else []
    return (broken or parts)[-1]


def _first_difference(lines, lang):
    """What is known about the first wrong line, where no misconception explains them."""
    from course_utils.difference import difference  # numpy, which a self-check without such a line need not import

    first = next(line for line in lines if not line.right and line.value is not None)
    zh, en = difference(first.expected, first.value) or ("", "")
    return say(lang, zh and f"。先看“{first.label}”：{zh}", en and f". Look first at “{first.label}”: {en}")


def _failure_in_words(wrong, reached, lang):
    """reached: did the run on the public numbers get as far as this check?"""
    if not reached:
        return say(lang, "结果和参考答案不同", "the result differs from the solution's")
    if wrong:
        return say(lang, f"和参考答案不同：{'、'.join(wrong)}", f"differs from the solution: {', '.join(wrong)}")
    return say(
        lang,
        "在公开的数据上对，换一组数据就不对：答案是不是依赖了某个具体的数？",
        "right on the public numbers, wrong on others: does the answer depend on one particular number?",
    )
