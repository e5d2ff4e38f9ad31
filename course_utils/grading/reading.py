"""The bytes of a submission become a Notebook: the text of its code cells, and nothing else of it is ever used.

Memory is bounded before anything is parsed: by the size of the file and by the number of values that its JSON holds
(`{},{},…` takes 25 times its size once parsed). No child process is needed for that, and it holds on every system.
"""

import json
import re
from dataclasses import dataclass

MAX_BYTES = 64 << 20
MAX_VALUES = 2_000_000  # of the JSON: numbers, strings, lists, objects
MAX_CODE = 1_000_000  # characters in all code cells

STRING = re.compile(rb'"[^"]*"')  # where no quotation mark is escaped
CONFLICT = re.compile(rb"^(<{7} |={7}$|>{7} )", re.MULTILINE)


class Unreadable(ValueError):
    """A submission that cannot be graded. The message, (Chinese, English), says what its sender can do."""

    def __init__(self, zh, en):
        super().__init__(zh, en)
        self.words = {"zh": zh, "en": en}


@dataclass(frozen=True)
class Notebook:
    """What a submission says: exercise and language (None where it does not), and the text of every code cell."""

    exercise: str | None
    lang: str | None
    sources: tuple  # (grade_id or None, cell id or None, source), in order


def read(content):
    """The notebook in these bytes, whatever it was written with. Raises Unreadable with the true reason."""
    if len(content) > MAX_BYTES:
        raise Unreadable(
            f"文件超过 {MAX_BYTES >> 20} MB。请清除输出后再交。",
            f"the file is larger than {MAX_BYTES >> 20} MB. Clear the outputs and hand it in again.",
        )
    if not content.strip():
        raise Unreadable("文件是空的。请重新保存再交。", "the file is empty. Save the notebook and hand it in again.")
    _refuse_other_kinds(content)
    if _too_many_values(content):
        raise Unreadable(
            f"文件里的数据超过 {MAX_VALUES // 10_000} 万项。请清除输出后再交。",
            f"the file holds more than {MAX_VALUES:,} values. Clear the outputs and hand it in again.",
        )
    data = _parse(content)
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list):
        raise Unreadable(
            "这个 JSON 文件不是 notebook（没有 cells）。请交 .ipynb 原文件。",
            "this JSON is not a notebook (it has no cells). Hand in the .ipynb file itself.",
        )
    sources = tuple(_cell(cell) for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code")
    if sum(len(source) for *_, source in sources) > MAX_CODE:
        raise Unreadable(
            f"代码格一共超过 {MAX_CODE // 10_000} 万个字符，没有批改。请删去粘贴进来的数据再交。",
            f"the code cells hold more than {MAX_CODE:,} characters. Take out data pasted into them.",
        )
    course = _dict(_dict(data, "metadata"), "course")
    lang, exercise = course.get("language"), course.get("exercise")
    return Notebook(exercise if isinstance(exercise, str) else None, lang if lang in ("zh", "en") else None, sources)


def _refuse_other_kinds(content):
    """Files that are something else altogether, told by how they begin."""
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    low = start[:200].lower()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:4] and b"{" in content[:4]:
        kind = "UTF-16 编码的文本", "text in UTF-16, not in UTF-8"
    elif low.startswith((b"<!doctype html", b"<html")) or b"<html" in low:
        kind = "HTML 网页", "HTML, a web page"
    elif start.startswith(b"%PDF"):
        kind = "PDF", "PDF"
    elif start.startswith((b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        kind = "压缩包或 Office 文件", "an archive or an Office file"
    elif b"\0" in content[:4096] or start.startswith(b"\x89PNG"):
        kind = "二进制文件", "a binary file"
    elif CONFLICT.search(content):
        raise Unreadable(
            "文件里有 Git 的冲突标记（<<<<<<<）。请解决冲突、重新保存再交。",
            "the file holds Git's conflict markers (<<<<<<<). Resolve the conflict, save it and hand it in again.",
        )
    elif not start.startswith((b"{", b"[")):
        kind = "别的文本（比如程序）", "other text, perhaps a program"
    else:
        return
    raise Unreadable(
        f"这不是 notebook，是{kind[0]}。请交 .ipynb 原文件。",
        f"this is not a notebook but {kind[1]}. Hand in the .ipynb file itself.",
    )


def _too_many_values(content):
    """Whether the JSON holds more values than we want in memory. Nothing is built to find out: every value but the
    first follows a comma, a colon or an opening bracket outside a string."""
    marks = b",:[{"
    if sum(map(content.count, (bytes([mark]) for mark in marks))) <= MAX_VALUES:  # the usual case, in no time
        return False
    plain = content.replace(b"\\\\", b"").replace(b'\\"', b"")
    if plain.count(b'"') > 2 * MAX_VALUES:
        return True
    bare = STRING.sub(b"", plain)
    return sum(map(bare.count, (bytes([mark]) for mark in marks))) > MAX_VALUES


def _parse(content):
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unreadable(
            "文件不是 UTF-8 编码。请在 Jupyter 里打开、重新保存再交。",
            "the file is not in UTF-8. Open it in Jupyter, save it and hand it in again.",
        ) from None
    except RecursionError:
        raise Unreadable(
            "文件不是 notebook：JSON 嵌套得太深。", "the file is not a notebook: its JSON is nested far too deep."
        ) from None
    except json.JSONDecodeError as error:
        if error.doc[error.pos :].strip() == "" or error.msg.startswith("Unterminated string"):
            raise Unreadable(
                "文件没有存完：后面一截不见了。请重新保存再交。",
                "the file is cut short: its end is missing. Save the notebook and hand it in again.",
            ) from None
        raise Unreadable(
            f"文件损坏：第 {error.lineno} 行读不出来。请重新保存再交。",
            f"the file is damaged: line {error.lineno} cannot be read. Save the notebook and hand it in again.",
        ) from None
    except ValueError:  # a number of more than 4,300 digits
        raise Unreadable(
            "文件损坏：里面有一个读不出来的数。", "the file is damaged: a number in it cannot be read."
        ) from None


def _cell(cell):
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        source = ""
    source = source.encode("utf-8", "replace").decode()  # a lone surrogate cannot be written anywhere
    grade_id = _dict(_dict(cell, "metadata"), "nbgrader").get("grade_id")
    return (
        grade_id if isinstance(grade_id, str) else None,
        cell["id"] if isinstance(cell.get("id"), str) else None,
        source,
    )


def _dict(data, name):
    value = data.get(name)
    return value if isinstance(value, dict) else {}
