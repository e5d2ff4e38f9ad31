"""What an error in an answer means, in the learner's words. For the checks in a notebook and for the grader's report.

Imports nothing of the course, so that both wings can use it.
"""

import re
import unicodedata

PLACE = re.compile(r" \([^()]*, line (\d+)\)$")  # at the end of a SyntaxError's words
NAME = re.compile(r"NameError: (?:cannot access free variable|name) '(\w+)'")
GAP = re.compile(r"_{2,}")  # a blank of a hint: ______


def in_words(error, source=""):
    """(Chinese, English), one line each, for "ErrorName: what Python says".

    source   of the cell in which it arose, where that is known: its line is quoted
    """
    kind, _, said = error.partition(": ")
    if kind in ("SyntaxError", "IndentationError", "TabError"):
        return _syntax(kind, said, source)
    missing = re.match(r"ModuleNotFoundError: No module named '([^']+)'", error)
    if missing:
        name = missing[1]
        return _at(
            _line_with(source, name),
            f"这里没有安装 {name}：这道题用 torch 和 numpy 就够了",
            f"{name} is not installed here: torch and numpy are all this exercise needs",
        )
    name = undefined(error)
    if name and GAP.fullmatch(name):
        return gap(_line_with(source, name))
    if name:
        return f"用到了 {name}，可是没有哪一格定义了它", f"it uses {name}, which no cell defines"
    return f"运行出错：{error[:300]}", f"it ended in an error: {error[:300]}"


def undefined(error):
    """The name that a NameError is about, or None."""
    match = NAME.match(error)
    return match and match[1]


def defines(source, name):
    """Does the text of a cell, be it Python or not yet, begin the function or the class of this name?"""
    return re.search(rf"(?m)^[ \t]*(?:def|class) {re.escape(name)}\b", source) is not None


def gap(line):
    """Words for a gap that is still open. line: (number, text), or None where it is not known."""
    return _at(line, "还有一个空没有填", "a gap is still open")


def line(source, number):
    """(number, text) of a line, with the comment above it that says what belongs there."""
    lines = source.splitlines()
    if not 0 < number <= len(lines):
        return None
    above = lines[number - 2].strip() if number > 1 else ""
    return number, f"{lines[number - 1].strip()}  {above}" if above.startswith("#") else lines[number - 1].strip()


def _line_with(source, text):
    found = next((n for n, each in enumerate(source.splitlines(), 1) if re.search(rf"\b{re.escape(text)}\b", each)), 0)
    return line(source, found)


def _at(place, zh, en):
    if place is None:
        return zh, en
    number, text = place
    return f"第 {number} 行，{zh}：{text[:120]}", f"line {number}, {en}: {text[:120]}"


def _syntax(kind, said, source):
    place = PLACE.search(said)
    said = PLACE.sub("", said)
    character = re.match(r"invalid (?:non-printable )?character (?:'(.)' )?\(?U\+([0-9A-F]+)", said)
    if kind == "TabError":
        zh, en = "缩进里混用了制表符和空格，全部换成空格", "tabs and spaces are mixed in the indentation: use spaces"
    elif character:
        zh, en = _foreign(chr(int(character[2], 16)))
    else:
        zh, en = next(
            (words for start, words in SAID.items() if start in said),
            (f"写法不对（{said}）", f"this is not Python ({said})"),
        )
    return _at(line(source, int(place[1])) if place else None, zh, en)


def _foreign(character):
    plain = {"“": '"', "”": '"', "‘": "'", "’": "'", "、": ",", "。": ".", "−": "-", "–": "-", "×": "*"}.get(
        character, unicodedata.normalize("NFKC", character)
    )
    if plain.strip() and plain.isascii():
        return f"{character} 要换成半角的 {plain}", f"{character} should be a plain {plain}"
    code = f"U+{ord(character):04X}"
    return (
        f"有一个 Python 不认识的字符（{code}），删掉重打",
        f"a character that Python does not know ({code}): type it anew",
    )


SAID = {
    "was never closed": ("有一个括号没有合上", "a bracket is never closed"),
    "incomplete input": ("到这里断了，可能有括号没有合上", "it breaks off here: a bracket may be open"),
    "unmatched": ("多了一个右括号", "there is a closing bracket too many"),
    "does not match opening": ("左右括号不成对", "the brackets do not match"),
    "unterminated": ("引号没有合上", "a quote is never closed"),
    "expected ':'": ("少了冒号", "a colon is missing"),
    "expected an indented block": ("这里要缩进", "an indented line is missing here"),
    "unexpected indent": ("缩进多了", "the line is indented too far"),
    "unindent does not match": ("缩进和上面的行对不齐", "the indentation matches no line above"),
    "outside function": (
        "return 不在函数里面，看看缩进",
        "the return is outside the function: look at its indentation",
    ),
    "Maybe you meant '=='": ("比较相等要写 ==", "a comparison is written =="),
    "invalid syntax. Perhaps you forgot a comma": ("可能少了一个逗号", "a comma may be missing"),
}
