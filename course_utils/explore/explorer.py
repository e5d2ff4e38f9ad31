"""Show a page from `pages/` in a notebook: no kernel, no network, no package beyond the browser.

    Explorer("fold", W_x=W_x, W_h=W_h)          # tensors and arrays become lists; what is left out keeps the page's
    own value

Writing a page
--------------
`pages/NAME.html` is the inside of a page. `Explorer` puts `base.css` and `base.js` before it, so it starts with its
title:

    <title>折叠与展开 || Fold and unfold</title>
    <div class="bar"><button id="step">下一步 || Step</button></div>
    <svg id="picture" viewBox="0 0 744 300" role="img"></svg>
    <p id="says" role="status"></p>
    <script>
    const D = /*DATA*/{"W_x": [[0.5, -1.0]], "x": [[1.0]]}/*END*/;        // strict JSON; its keys are what Explorer
    accepts
    …
    window.explorer = { set(parameters) {…}, state() { return {…} } };
    </script>

* Two languages: text and the attributes `aria-label` and `title` in the markup are written `中文 || English`; in the
script
  it is say("第一步 || first step"). A page never asks which language it is in.
* `window.explorer.set` changes what a learner could change (and the data); `state` returns the numbers that the page
shows,
  unrounded. The tests drive pages through these two and compare `state()` with torch.
* The numbers are computed in the page from D, never looked up.
* Controls are native (`slider(…)` of base.js, `<button>`, `<select>`, radio buttons), so that the keyboard works and
each has a label.
  Whatever the mouse can do by clicking in the picture, a control can do too.
* What changes is told in words in an element with role="status"; the picture has an `aria-label` that says what it
shows.
* Width 744 (a notebook's output is about 760 wide); the frame takes the height of the page by itself.
* Colour never stands alone: numbers, patterns or labels carry the same information in grey. Colours are the variables
of
  base.css (they follow light and dark) and `heat(v)`, the course's colour for a number between −1 and 1.
* `picture(element, markup)` fills an SVG; `number(v, digits)` writes a number with a real minus sign.
* Nothing is fetched, nothing random, no dates: the same data give the same page, so that stored outputs can be
compared.
* An error in a page's script is shown in the page.

To look at a page while writing it: `pathlib.Path("page.html").write_text(Explorer("fold").page, encoding="utf-8")`.
"""

import html
import json
import pathlib
import re

from course_utils import language

PAGES = pathlib.Path(__file__).with_name("pages")
DATA = re.compile(r"/\*DATA\*/(.*?)/\*END\*/", re.S)
TITLE = re.compile(r"<title>(.*?) \|\| (.*?)</title>")


class Explorer:
    """The page `name` in a frame. `height` is in pixels and only matters until the page is loaded.

    `data` replaces values of the page's own data; a key that the page does not have is a ValueError."""

    def __init__(self, name, height=480, **data):
        file = PAGES / f"{name}.html"
        if not file.exists():
            raise ValueError(
                f"no explorable {name!r}; there are: {', '.join(sorted(p.stem for p in PAGES.glob('*.html')))}"
            )
        text = file.read_text(encoding="utf-8")
        default = json.loads(DATA.search(text)[1])
        if unknown := sorted(set(data) - set(default)):
            raise ValueError(
                f"explorable {name!r} has no data called {', '.join(unknown)}; it takes: {', '.join(default)}"
            )
        values = json.dumps(default | data, ensure_ascii=False, allow_nan=False, default=lambda array: array.tolist())
        values = values.replace("/", "\\/")  # a string in the data can end neither the script nor the data
        text = DATA.sub(lambda _: f"/*DATA*/{values}/*END*/", text)  # the marks stay: the build finds the data again
        css, js = ((PAGES / base).read_text(encoding="utf-8") for base in ("base.css", "base.js"))
        self.title = language.say(*TITLE.search(text).groups())
        self.page = (
            f'<!doctype html>\n<html lang="{language.say("zh-CN", "en")}">\n<meta charset="utf-8">\n'
            f"<style>\n{css}</style>\n<script>\n{js}</script>\n{text}</html>\n"
        )
        self.name, self.height = name, height

    def __repr__(self):
        return f"Explorer({self.name!r})"

    def _repr_html_(self):
        # The paragraph is for viewers that drop frames (GitHub, a notebook not trusted yet); the page takes it away
        # when it runs.
        instead = language.say(
            f"这里是一个可以动手操作的页面：“{self.title}”。在 Jupyter 里运行这个单元格，或者信任这份笔记本，就能看到它。",  # noqa: E501
            f"An interactive page belongs here: “{self.title}”. Run this cell in Jupyter, or trust the notebook, to see it.",  # noqa: E501
        )
        return (
            f'<div><p>{html.escape(instead)}</p><iframe srcdoc="{html.escape(self.page)}" title="{html.escape(self.title)}" '  # noqa: E501
            f'style="width:100%;max-width:800px;height:{self.height}px;border:1px solid #8888;border-radius:6px"></iframe></div>'  # noqa: E501
        )
