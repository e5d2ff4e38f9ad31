"""Which language a notebook speaks. `use` is called once, in its first cell; everything that writes words asks here."""

SEPARATOR = " || "
_CODES = {"中文": "zh", "English": "en"}
_code = "zh"


def use(name):
    """Speak "中文" or "English" from here on."""
    global _code
    if name not in _CODES:
        raise ValueError(f'language.use takes "中文" or "English", got {name!r}')
    _code = _CODES[name]


def code():
    """ "zh" or "en"."""
    return _code


def say(zh, en):
    """The side of the pair that the notebook speaks."""
    return zh if _code == "zh" else en


def side(pair, lang=None):
    """The side of `中文 || English` for "zh" or "en", without one the side that the notebook speaks; a text without the
    separator is the same in both."""
    halves = pair.split(SEPARATOR)
    return halves[0] if (lang or _code) == "zh" else halves[-1]


def spoken(number):
    """ "05" -> "5", "17a" -> "17a": how a chapter's number is written in a sentence."""
    return number.removeprefix("0")


def chapter(notebook):
    """ "05_lstm" (or "05") -> "第 5 章" or "Chapter 5"."""
    number = spoken(notebook.split("_")[0])
    return say(f"第 {number} 章", f"Chapter {number}")
