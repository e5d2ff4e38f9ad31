"""The website as a reader meets it: every page in both languages, served on this machine, without network."""

import functools
import html.parser
import http.server
import threading
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from course_utils import language
from course_utils.authoring import site as site_module
from course_utils.explore import explorer

ROOT = Path(__file__).parents[2]
MATHJAX, AXE = (ROOT / "site" / "node_modules" / name for name in ("mathjax", "axe-core/axe.min.js"))
PAGES = [(lang, name) for lang in ("zh", "en") for name in site_module.pages(ROOT, lang)]
# `make test` walks a few pages of each kind, `make test-all` all of them: most chapters take ten seconds.
FEW = {("zh", "index"), ("en", "index"), ("zh", "02_rnn_cell"), ("en", "08_bidirectional_and_deep"), ("en", "E04_lstm")}
WALKED = [pytest.param(*p, id="-".join(p), marks=[] if p in FEW else pytest.mark.full) for p in PAGES]
PHONE = {"width": 360, "height": 740}
# One key that changes something, for each kind of control.
KEYS = {"radio": ["Space"], "range": ["ArrowRight", "ArrowLeft"], "text": ["x"], "select": ["ArrowDown", "ArrowUp"]}
CONTROLS = "input:not([disabled]), select:not([disabled]), button:not([disabled])"
FRAMES_READY = """async () => {
  const frames = [...document.querySelectorAll("iframe.explorable")];
  for (const frame of frames) frame.loading = "eager";
  const until = async test => { while (!test()) await new Promise(resolve => setTimeout(resolve, 20)); };
  for (const frame of frames) await until(() => frame.contentWindow?.explorer && frame.contentDocument.readyState === "complete");
  await document.fonts.ready;
  await until(() => !window.MathJax?.startup || window.mathDone || (MathJax.startup.promise?.then(() => { window.mathDone = true; }), false));
  return frames.length;
}"""  # noqa: E501
SERIOUS = """async () => (await axe.run(document, { iframes: false, resultTypes: ["violations"] })).violations
  .filter(violation => ["serious", "critical"].includes(violation.impact))
  .map(violation => `${violation.id}: ${violation.nodes[0].html.slice(0, 150)} (${violation.nodes.length})`)"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    served = Counter()

    def do_GET(self):
        self.served[urlsplit(self.path).path] += 1
        super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def folder(need, tmp_path_factory):
    need(MATHJAX.exists() and AXE.exists(), "npm install --prefix site")
    return site_module.build(ROOT, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def address(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def visit(page, address):
    """visit("zh/05_lstm.html") -> the page; what it writes to the console and what is not found are problems."""
    page.on("console", lambda said: said.type in ("error", "warning") and page.problems.append(said.text))
    page.on("response", lambda answer: answer.status >= 400 and page.problems.append(f"{answer.status} {answer.url}"))

    def go(path):
        page.goto(f"{address}/{path}")
        return page

    go.page = page
    return go


# ---------------------------------------------------------------------------------------------- every page


@pytest.mark.parametrize("lang, name", WALKED)
def test_every_page(visit, lang, name):
    """Nothing from outside, nothing on the console (the fixtures); every explorable answers the keyboard; axe finds
    nothing serious, the Chinese pages in the light theme and the English ones in the dark; a phone scrolls one way."""
    theme = "light" if lang == "zh" else "dark"
    visit("index.html").evaluate("theme => localStorage.setItem('theme', theme)", theme)
    page = visit(f"{lang}/{name}.html")
    assert page.evaluate(FRAMES_READY) == page.locator("iframe").count()
    frames = [frame for frame in page.frames if "/media/explorables/" in frame.url]
    for frame in frames:
        assert frame.evaluate("document.documentElement.dataset.theme") == theme
        assert frame.locator("[role=alert]").count() == 0
        assert answers_the_keyboard(frame), frame.title()
    assert page.evaluate("[...document.images].filter(image => !image.alt.trim()).map(image => image.src)") == []
    assert "\\\\(" not in page.locator("article").inner_text(), "a formula that was not set"
    page.add_script_tag(path=AXE)
    assert page.evaluate(SERIOUS) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def answers_the_keyboard(frame):
    """Does a key on one of its first controls change what the page shows or says of itself?"""

    def told():
        return frame.evaluate("JSON.stringify(explorer.state()) + document.body.innerText")

    before = told()
    for control in frame.locator(CONTROLS).all()[:6]:
        kind = control.evaluate("control => control.localName === 'input' ? control.type : control.localName")
        control.evaluate("control => control.focus()")
        for key in KEYS.get(kind, ["Enter"]):
            frame.page.keyboard.press(key)
            if told() != before:
                return True
    return False


@pytest.mark.parametrize("name", sorted(path.stem for path in explorer.PAGES.glob("*.html")))
def test_every_explorable_passes_axe(show, need, name):
    need(AXE.exists(), "npm install --prefix site")
    language.use("English")
    page = show(explorer.Explorer(name))
    page.add_script_tag(path=AXE)
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        assert page.evaluate(SERIOUS) == [], theme


class Found(html.parser.HTMLParser):
    """Where a page leads to, and the places in it that can be led to."""

    def __init__(self, text):
        super().__init__()
        self.leads, self.ids = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for key, value in attributes:
            if key == "id":
                self.ids.add(value)
            elif key in ("href", "src") and value and tag != "base":
                self.leads.add(value)


def broken(folder):
    """Links of all pages that lead nowhere. What a search engine or another site answers is not looked at."""
    found = {path: Found(path.read_text(encoding="utf-8")) for path in folder.rglob("*.html")}
    for path, page in found.items():
        for target in page.leads:
            to = urlsplit(urljoin(path.relative_to(folder).as_posix(), target))
            if to.scheme:
                continue
            there = folder / unquote(to.path) if to.path else path
            if not there.is_file() or to.fragment and there in found and unquote(to.fragment) not in found[there].ids:
                yield f"{path.relative_to(folder)}: {target}"


def test_no_link_is_broken(folder):
    assert list(broken(folder)) == []


def test_a_broken_link_would_be_found(tmp_path):
    (tmp_path / "a.html").write_text('<a href="b.html#x">b</a><a href="#y">y</a><img src="c.png"><p id="y">')
    (tmp_path / "b.html").write_text('<a href="https://example.org">elsewhere</a>')
    assert sorted(broken(tmp_path)) == ["a.html: b.html#x", "a.html: c.png"]


# ---------------------------------------------------------------------------------------------- what a page can do

SEARCHES = [
    ("zh", "梯度消失", "第 4 章"),
    ("zh", "LSTM", "第 5 章"),
    ("zh", "遗忘门的偏置", "第 5 章"),
    ("en", "forget gate", "Chapter 5"),
    ("en", "LSTM", "Chapter 5"),
    ("en", "vanishing gradient", "Chapter 4"),
]
if ("zh", "08_bidirectional_and_deep") in PAGES:
    SEARCHES.append(("zh", "双向", "第 8 章"))


@pytest.mark.parametrize("lang, query, wanted", SEARCHES)
def test_search_finds_the_right_page_among_the_first(visit, lang, query, wanted):
    page = visit(f"{lang}/search.html?q={query}")
    page.locator("#search-results ul.search li").first.wait_for()
    page.wait_for_function("() => /\\d/.test(document.querySelector('#search-results .search-summary').textContent)")
    titles = page.locator("#search-results ul.search li > a").all_inner_texts()
    assert any(wanted in title for title in titles[:3]), titles


@pytest.mark.parametrize("lang, query", [("zh", "蜻蜓点水"), ("zh", "失消度梯"), ("en", "weatherman")])
def test_search_finds_nothing_where_there_is_nothing(visit, lang, query):
    """The characters of 梯度消失 in another order are other bigrams."""
    page = visit(f"{lang}/search.html?q={query}")
    page.wait_for_function("() => document.querySelector('#search-results .search-summary')?.textContent.length > 20")
    assert page.locator("#search-results ul.search li").count() == 0


def test_the_language_switch_lands_on_the_same_cell(visit):
    page = visit("zh/05_lstm.html")
    page.evaluate(FRAMES_READY)
    cells = page.evaluate("[...document.querySelectorAll('.cell-start')].map(cell => cell.id)")
    cell = cells[len(cells) // 2]
    page.evaluate("id => document.getElementById(id).scrollIntoView()", cell)
    page.locator("a.language.floating").press("Enter")
    page.wait_for_url(f"**/en/05_lstm.html#{cell}")
    top = "document.getElementById(id).getBoundingClientRect().top"
    page.wait_for_function(f"id => {{ const top = {top}; return top >= 0 && top < 400; }}", arg=cell)
    assert page.evaluate("document.documentElement.lang") == "en"


def test_an_explorable_follows_the_theme_as_it_is_switched(visit):
    page = visit("en/05_lstm.html")
    page.evaluate(FRAMES_READY)
    frame = next(frame for frame in page.frames if "/media/explorables/" in frame.url)
    seen = set()
    for _ in range(3):  # light, dark, as the system has it
        page.locator(".theme-toggle:visible").first.click()
        said = page.evaluate("document.body.dataset.theme")
        if said != "auto":
            frame.wait_for_function(f"() => document.documentElement.dataset.theme === '{said}'")
        seen.add(said)
    assert seen == {"light", "dark", "auto"}


def test_what_was_read_to_its_end_is_shown_on_the_start_page(visit):
    def first():
        visit("en/index.html").evaluate(FRAMES_READY)
        page = visit.page
        frame = next(frame for frame in page.frames if "/media/explorables/" in frame.url)
        return frame.evaluate("explorer.state().next"), frame.locator("#map > li").first.inner_text()

    visit("en/index.html").evaluate("localStorage.clear()")
    assert first()[0] == "00"
    visit("zh/00_quick_start.html").locator(
        "#cell-navigation + p, #cell-navigation ~ p"
    ).last.scroll_into_view_if_needed()
    visit.page.wait_for_function("() => localStorage.getItem('course:read:00')")
    after = first()
    assert after[0] == "01" and "read to the end" in after[1]


def test_the_notebook_can_be_downloaded_as_it_is(visit, address):
    page = visit("en/E04_lstm.html")
    with page.expect_download() as download:
        page.locator("a[download]").click()
    assert Path(download.value.path()).read_bytes() == (ROOT / "exercises/en/E04_lstm.ipynb").read_bytes()


def test_the_shared_code_of_explorables_is_fetched_once(browser, address):
    """In a browser of its own: a page that watches its requests has no cache."""
    context = browser.new_context()
    page = context.new_page()
    Quiet.served.clear()
    page.goto(f"{address}/zh/02_rnn_cell.html")
    frames = page.evaluate(FRAMES_READY)
    assert frames > 5
    assert Quiet.served["/media/base.js"] == Quiet.served["/media/base.css"] == 1
    context.close()


def test_paper_shows_pictures_of_the_explorables_and_no_buttons(visit):
    page = visit("zh/05_lstm.html")
    page.emulate_media(media="print")
    assert page.locator("img.on-paper").first.is_visible() and not page.locator(".tools").is_visible()
    assert not page.locator("img.on-paper + iframe").first.is_visible()
    assert not page.locator(".sidebar-drawer").is_visible() and not page.locator("a.language.floating").is_visible()
