"""Why a check could not use an answer: a gap that is still open, or a cell that ended before its function was there."""

import linecache
import sys
import traceback

from course_utils import trouble


def reason(error, names):
    """(Chinese, English), or None where the error is one of a finished answer.

    names   the answers that the check is about
    """
    said = f"{type(error).__name__}: {error}"
    name = trouble.undefined(said)
    if isinstance(error, NotImplementedError) and "raise NotImplementedError" in (_last_line(error) or ("", ""))[1]:
        zh, en = trouble.gap(_last_line(error))
        return f"这里的答案还没有写完。{zh}", f"the answer is not written yet. {en}"
    if name and trouble.GAP.fullmatch(name):
        return trouble.gap(_last_line(error))
    if name in names:
        return _not_there(name)
    return None


def _last_line(error):
    """(number, text) of the line in which the error arose."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return trouble.line("".join(linecache.getlines(frame.filename)), frame.lineno)


def _not_there(name):
    """Why the function does not exist: what its cell ended in, as far as this session remembers."""
    cell = next((text for text in reversed(_history()) if trouble.defines(text, name)), None)
    if cell is None:
        return f"还没有运行过 {name} 的答案格", f"the answer cell of {name} has not been run"
    ended = _syntax_error(cell) or _last_error(cell)
    if ended is None:
        return f"{name} 的答案格没有运行成功，看看它下面的报错", f"the answer cell of {name} did not run: see its error"
    zh, en = trouble.in_words(ended, cell)
    return f"{name} 的答案格，{zh}", f"answer cell {name}: {en}"


def _history():
    from IPython import get_ipython

    return get_ipython().user_ns.get("In", []) if get_ipython() else []


def _syntax_error(cell):
    from IPython import get_ipython

    try:
        compile(get_ipython().transform_cell(cell), "<cell>", "exec")
    except SyntaxError as error:
        return f"{type(error).__name__}: {error}"
    return None


def _last_error(cell):
    """The last error of this session, if it arose in the cell."""
    error = getattr(sys, "last_value", None)
    if error is None or error.__traceback__ is None:
        return None
    lines = {frame.line for frame in traceback.extract_tb(error.__traceback__) if frame.line}
    return f"{type(error).__name__}: {error}" if any(line in cell for line in lines) else None
