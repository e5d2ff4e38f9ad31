"""Pictures of the explorables for viewers that drop frames: photographed in a headless browser, stored in the package,
made again only when a page has changed."""

import hashlib
import io
import json
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

from course_utils import data, files, language
from course_utils.explore import explorer, gallery

RECORD = explorer.STILLS / "made_from.json"  # file of a still -> digest of the page it shows
WIDTH = 744
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
EXCEPT = {"assessment", "certificate", "quiz", "start"}  # words of the author, the course or the learner
FILLED = {  # pages that say little without the rows that the notebook hands them
    "gallery": lambda: gallery().page,
    "mistakes": lambda: explorer.Explorer("mistakes", **data.history.mistakes()),
    "timeline": lambda: explorer.Explorer("timeline", **data.history.timeline()),
}
FONT_IN_USE = """async () => {
  await document.fonts.load("14px Still", "中");
  document.body.style.display = "none";  // what was laid out before the font came is laid out again
  document.body.getBoundingClientRect();
  document.body.style.display = "";
}"""
LANGUAGES = {"zh": "中文", "en": "English"}


def stale():
    """Complaints: one line for each page whose still is missing or shows an older page."""
    record = _record()
    return [
        f"{file.relative_to(files.ROOT)}: no longer what the page looks like; run: rnn-course stills"
        for file, page in _pages()
        if not file.exists() or record.get(file.name) != _digest(page)
    ]


def make():
    """Photograph the pages that have changed. Yields the files written; RuntimeError without Chromium or playwright."""
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None or find_spec("playwright") is None:
        raise RuntimeError("stills need Chromium and playwright: apt install chromium; pip install -e '.[test]'")
    from playwright.sync_api import sync_playwright

    record = _record()
    todo = [(file, page) for file, page in _pages() if not file.exists() or record.get(file.name) != _digest(page)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        view = browser.new_page(viewport={"width": WIDTH, "height": 400}, color_scheme="light")
        for file, page in todo:
            files.write(file, _photograph(view, page))
            record[file.name] = _digest(page)
            files.write(RECORD, json.dumps(record, indent=1, sort_keys=True) + "\n")
            yield file
        browser.close()


def _photograph(view, page):
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "page.html")
        path.write_text(page.replace("</style>", f"{_font()}</style>", 1), encoding="utf-8")
        view.goto(path.as_uri())
        view.evaluate(FONT_IN_USE)
        shot = view.locator("body").screenshot()
    small = io.BytesIO()
    Image.open(io.BytesIO(shot)).convert("RGB").quantize(24).save(small, format="png", optimize=True)
    return small.getvalue()


def _font():
    """The font of the figures, so that Chinese looks the same wherever a still is made."""
    font = Path(find_spec("zhplot").submodule_search_locations[0], "fonts", "NotoSansSC-Regular.ttf")
    return (
        f'@font-face {{ font-family: "Still"; src: url("{font.as_uri()}"); }}'
        'body { font-family: "Still", "DejaVu Sans", sans-serif !important; }'
    )


def _pages():
    """(file of the still, page) for every page in both languages."""
    spoken = language.code()
    try:
        for code, name in LANGUAGES.items():
            language.use(name)
            for path in sorted(explorer.PAGES.glob("*.html")):
                if path.stem not in EXCEPT:
                    shown = FILLED[path.stem]() if path.stem in FILLED else explorer.Explorer(path.stem)
                    yield explorer.STILLS / f"{path.stem}.{code}.png", shown.page
    finally:
        language.use(LANGUAGES[spoken])


def _record():
    return json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}


def _digest(page):
    return hashlib.sha256(page.encode()).hexdigest()[:16]
