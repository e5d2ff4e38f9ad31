"""The course as a static site, from the stored notebooks: nothing is executed, and what a page needs it has with it.

    {zh,en}/…    the pages, made by Sphinx and myst-nb (site/conf.py) from the notebooks as laid out here
    media/       what both languages share: explorables, pictures, MathJax, notebooks to download

An explorable becomes a file of its own that loads base.css and base.js, which the browser then has for all of them.
"""

import base64
import hashlib
import html
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

from nbformat.v4 import new_markdown_cell

from course_utils import explore, files, questions
from course_utils.authoring import rerender, source
from course_utils.authoring.source import LANGUAGES
from course_utils.explore import explorer
from course_utils.language import side

PAGE = re.compile(r"(?s)<style>\n.*?</style>\n<script>\n.*?</script>\n")  # how Explorer begins every page
FRAME = re.compile(r'(?s)<iframe srcdoc="([^"]*)" title="([^"]*)".*?height:(\d+)px.*?</iframe>')
STILL = re.compile(r'(?s)<div class="still">.*?</div>')
PICTURE = re.compile(r'<img alt="([^"]*)" src="data:image/png;base64,([^"]*)"')
NOTEBOOK = r"(?:\.\./)*(?:(?:notebooks|exercises|start)/(?:(?:zh|en)/)?)?([\w.]+)\.ipynb"  # in a link, from anywhere
LINK = re.compile(rf"\]\({NOTEBOOK}\)")
TO_CELL = re.compile(rf"\[([^\]]+)\]\({NOTEBOOK}#cell-id=([\w-]+)\)")  # as JupyterLab takes it
HREF = re.compile(rf'href="{NOTEBOOK}(?:#cell-id=([\w-]+))?"')  # #cell-id= is how Jupyter addresses a cell
IN_DATA = re.compile(r"\.\.\\/(?:notebooks|exercises)\\/(zh|en)\\/(\w+)\.ipynb")  # as start.html's data write it
BET = re.compile(r'^predict\("([\w-]+)"\)\s*$', re.M)
HEADING = re.compile(r"^#+ (.+)$", re.M)
OTHER = {"zh": "en", "en": "zh"}


class SiteError(RuntimeError):
    """The site could not be built. The message says what to do."""


def build(root, folder):
    """Build the site anew in `folder`/site and return that. Raises SiteError."""
    root, out, stage = Path(root), Path(folder, "site"), Path(folder, "site-source")
    mathjax = root / "site" / "node_modules" / "mathjax" / "es5"
    if not mathjax.exists():
        raise SiteError("MathJax is missing; run: npm install --prefix site")
    for folder in (out, stage):
        shutil.rmtree(folder, ignore_errors=True)
    media = Media(out / "media")
    media.add_mathjax(mathjax)
    for lang in LANGUAGES:
        with rerender.as_stored(lang):
            lay_out(root, stage / lang, media, lang)
    sphinx = [(lang, _sphinx(root, stage / lang, out / lang, lang)) for lang in LANGUAGES]
    for lang, process in sphinx:
        said, _ = process.communicate()
        if process.returncode or said.strip():
            raise SiteError(f"sphinx, {lang}:\n{said}")
    for made_by_the_way in (out / "jupyter_execute", *(out / lang / "_sources" for lang in LANGUAGES)):
        shutil.rmtree(made_by_the_way, ignore_errors=True)
    shutil.copy(root / "site" / "index.html", out)
    (out / ".nojekyll").touch()  # Pages would drop folders that begin with an underscore
    return out


def _sphinx(root, stage, out, lang):
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-b",
        "html",
        "-q",
        "-c",
        root / "site",
        "-d",
        f"{stage}.trees",
        stage,
        out,
    ]
    environment = dict(os.environ, COURSE_SITE_LANG=lang)
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def pages(root, lang):
    """name of the page -> notebook, in the order of the course."""
    found = {"index": Path(root, "start", f"{lang}.ipynb")}
    for folder in ("notebooks", "exercises"):
        found |= {path.stem: path for path in sorted(Path(root, folder, lang).glob("*.ipynb"))}
    return found | {"glossary": Path(root, "start", f"glossary.{lang}.ipynb")}


def lay_out(root, stage, media, lang):
    """Write the notebooks of one language as Sphinx is to read them."""
    names = pages(root, lang)
    for name, path in names.items():
        nb = source.load(path)
        media.add_download(path, lang)
        _for_the_site(nb, media, lang)
        title, *rest = nb.cells[0].source.split("\n", 1)
        nb.cells[0].source = "\n".join([title, "", tools(name, path, lang), *rest])
        if name == "index":
            nb.cells.append(_contents(names, lang))
        files.write(stage / f"{name}.ipynb", source.dumps(nb))


def tools(name, path, lang):
    """The line below a page's title: the other language, the notebook itself, print."""
    other = OTHER[lang]
    there, file = f"../{other}/{name}.html", f"../media/notebooks/{lang}/{path.name}"
    words = (
        side("English || 中文", lang),
        side("下载笔记本 || Download the notebook", lang),
        side("打印 || Print", lang),
    )
    return (
        f'<p class="tools"><a class="language" href="{there}" hreflang="{other}" lang="{other}">{words[0]}</a> '
        f'<a href="{file}" download>{words[1]}</a> <button type="button" class="print">{words[2]}</button></p>'
    )


def _contents(names, lang):
    def tree(caption, pages):
        return f"```{{toctree}}\n:hidden:\n:caption: {side(caption, lang)}\n\n" + "\n".join(pages) + "\n```"

    chapters, exercises = ([name for name in names if name[0] in first] for first in ("0123456789", "E"))
    parts = [("章节 || Chapters", chapters), ("练习 || Exercises", exercises), ("查阅 || Look up", ["glossary"])]
    return new_markdown_cell("\n\n".join(tree(*part) for part in parts))


def _for_the_site(nb, media, lang):
    cells, section = [], ""
    for k, cell in enumerate(nb.cells):
        anchor = f'<div class="cell-start" id="cell-{cell.id}"></div>'
        if cell.cell_type == "markdown":
            section = [section, *HEADING.findall(cell.source)][-1]
            cell.source = LINK.sub(lambda link: f"]({_page(link[1], lang)}.ipynb)", cell.source)
            cell.source = TO_CELL.sub(lambda to: f'<a href="{_address(to[2], to[3], lang)}">{to[1]}</a>', cell.source)
            if k:
                cell.source = f"{anchor}\n\n{cell.source}"
        else:
            cells.append(new_markdown_cell(anchor))
            if bet := BET.search(cell.source):
                cell.outputs = [_asked(output, bet[1]) for output in cell.outputs]
            cell.outputs = [_shown(output, media, section, lang) for output in cell.outputs]
        cells.append(cell)
    nb.cells = cells


def _page(stem, lang):
    return {lang: "index", f"glossary.{lang}": "glossary"}.get(stem, stem)


def _address(stem, cell, lang):
    return f"{_page(stem, lang)}.html" + (f"#cell-{cell}" if cell else "")


def _asked(output, id):
    """A bet with an answer is asked as a quiz: without a kernel there is nothing to measure it against."""
    bet = questions.bet(id)
    if bet.options and bet.answer is not None:
        asked = {"ask": bet.ask, "options": bet.options, "answer": bet.answer, "why": bet.why}
        output.data = {"text/html": explore.Explorer("quiz", 250, questions=[asked])._repr_html_()}
    return output


def _shown(output, media, section, lang):
    """An output with its pages and pictures in files of their own."""
    data = output.get("data", {})
    said = output.get("metadata", {}).get("image/png", {}).get("alt")
    if said and data.get("text/plain", "").startswith("CLAIM"):  # a picture of words only; here they are words
        output.data = {"text/html": f'<p class="claim">{html.escape(said)}</p>'}
    elif "image/png" in data:
        about = said or side("图：{} || Figure: {}", lang).format(section)
        output.data = {"text/html": media.picture(data["image/png"], about)}
    elif "<iframe" in data.get("text/html", ""):
        text = STILL.sub(lambda still: media.still(still[0]), data["text/html"])
        text = FRAME.sub(lambda frame: media.frame(*frame.groups(), still=text), text)
        output.data = {"text/html": _led(text, lang)}
    elif "text/html" in data:
        output.data["text/html"] = _led(data["text/html"], lang)
    return output


def _led(text, lang):
    """HTML whose links to notebooks, and to cells in them, lead to pages."""
    return HREF.sub(lambda link: f'href="{_address(link[1], link[2], lang)}"', text)


class Media:
    """The folder that both languages share. What is added returns the HTML that shows it, for a page of the site."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("base.css", "base.js"):
            files.write(folder / name, (explorer.PAGES / name).read_bytes())

    def add_mathjax(self, es5):
        files.write(self.folder / "mathjax" / "tex-chtml.js", (es5 / "tex-chtml.js").read_bytes())
        fonts = "output/chtml/fonts/woff-v2"
        shutil.copytree(es5 / fonts, self.folder / "mathjax" / fonts)

    def add_download(self, path, lang):
        files.write(self.folder / "notebooks" / lang / path.name, path.read_bytes())

    def picture(self, png, about, kind=""):
        """`png` in base64, described by `about`."""
        data = base64.b64decode(png)
        width, height = _size(data)
        return (
            f'<img{kind} src="{self._put("pictures", data, "png")}" alt="{html.escape(about)}" '
            f'width="{width}" height="{height}" loading="lazy">'
        )

    def still(self, markup):
        """The stand-in of an explorable: what is printed instead of it."""
        found = PICTURE.search(markup)
        return self.picture(found[2], html.unescape(found[1]), ' class="on-paper"') if found else ""

    def frame(self, page, title, height, still):
        """An explorable as a file of its own, as high as its still is."""
        page = PAGE.sub(
            '<base target="_top">\n<link rel="stylesheet" href="../base.css">\n<script src="../base.js"></script>\n',
            html.unescape(page),
            count=1,
        )
        page = IN_DATA.sub(r"..\\/..\\/\1\\/\2.html", page)
        if found := re.search(r'class="on-paper".*?height="(\d+)"', still):
            height = found[1]
        return (
            f'<iframe class="explorable" src="{self._put("explorables", page.encode(), "html")}" title="{title}" '
            f'loading="lazy" scrolling="no" style="height:{height}px"></iframe>'
        )

    def _put(self, kind, data, ending):
        name = f"{hashlib.sha256(data).hexdigest()[:12]}.{ending}"
        files.write(self.folder / kind / name, data)
        return f"../media/{kind}/{name}"


def _size(png):
    return struct.unpack(">II", png[16:24])
