"""What every page owes its frame, at every width and in both themes."""

import pytest

from course_utils import language
from course_utils.explore import Explorer, explorer
from course_utils.plotting.strip import SIGNED

PAGES = sorted(page.stem for page in explorer.PAGES.glob("*.html"))
WIDTHS = range(1280, 319, -64)  # a window made narrower in steps, down to a telephone's
# Heights of the frame over a number of the browser's own drawing rounds: a loop would make it grow in each.
SETTLE = """async () => {
  const frame = document.querySelector("iframe"), round = () => new Promise(requestAnimationFrame), heights = [];
  for (let k = 0; k < 8; k++) await round();
  for (let k = 0; k < 8; k++) { heights.push(frame.offsetHeight); await round(); }
  return heights;
}"""
LEAST_TEXT = """() => Math.min(...[...document.querySelectorAll("svg[role=img] text, svg[role=img] tspan")]
  .filter(e => e.textContent.trim() && !(e.localName === "tspan"))
  .map(e => parseFloat(getComputedStyle(e).fontSize) * e.ownerSVGElement.getScreenCTM().a))"""
CUT_OFF = """() => [...document.querySelectorAll("input, button, select, output, label")]
  .filter(e => e.offsetParent && !e.closest(".scroll"))
  .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5 || e.getBoundingClientRect().left < 0)
  .map(e => e.outerHTML)"""
CONTRAST = """() => {
  const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(v => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const { color, backgroundColor } = getComputedStyle(document.body);
  const [a, b] = [light(color), light(backgroundColor)].sort((x, y) => y - x);
  return [(a + 0.05) / (b + 0.05), light(backgroundColor)];
}"""


@pytest.fixture
def notebook(browser):
    """notebook(explorable) -> (page, frame): the explorable in a notebook that speaks Jupyter's theme; no complaint may
    be left when the test ends."""
    context = browser.new_context(viewport={"width": WIDTHS[0] + 20, "height": 800}, offline=True)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def open_(explorable):
        page.set_content(
            f'<body data-jp-theme-light="true" style="margin:0">{explorable._repr_html_()}</body>',
            wait_until="load",
        )
        frame = page.frames[1]
        frame.wait_for_function("() => window.explorer && document.readyState === 'complete'")
        return page, frame

    yield open_
    context.close()
    language.use("中文")
    assert complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_narrowed_in_steps_the_frame_holds_still_and_stays_legible_in_both_themes(notebook, name):
    language.use("English")  # the longer words
    page, frame = notebook(Explorer(name))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        heights = page.evaluate(SETTLE)
        assert len(set(heights)) == 1, f"{width} px: the frame's height moves: {heights}"
        assert heights[0] <= frame.evaluate("document.body.offsetHeight") + 5, f"{width} px: the frame is too high"
        assert frame.evaluate("document.documentElement.scrollHeight <= innerHeight"), f"{width} px: cut off below"
        assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{width} px: wider than its frame"
        assert frame.evaluate(CUT_OFF) == [], f"{width} px"
        if frame.locator("svg[role=img] text").count():
            assert frame.evaluate(LEAST_TEXT) >= 9.5, f"{width} px: small print"
    assert frame.locator("[role=alert]").count() == 0
    for theme, dark in (("true", False), ("false", True), ("true", False)):
        page.evaluate("theme => { document.body.dataset.jpThemeLight = theme }", theme)
        frame.wait_for_function(f"() => document.documentElement.dataset.theme === '{'dark' if dark else 'light'}'")
        contrast, paper = frame.evaluate(CONTRAST)
        assert contrast > 7 and (paper < 0.1) == dark, theme


def test_the_browser_s_harmless_notice_is_not_shown_and_an_error_is(browser):
    page = browser.new_page()
    page.set_content(Explorer("fold").page)
    fire = "message => window.dispatchEvent(new ErrorEvent('error', { message, cancelable: true }))"
    page.evaluate(fire, "ResizeObserver loop completed with undelivered notifications.")
    assert page.locator("[role=alert]").count() == 0
    page.evaluate(fire, "unequal shapes")
    assert page.locator("[role=alert]").inner_text() == "unequal shapes"
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_alone_a_page_follows_the_reader_s_system(browser, scheme):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.set_content(Explorer("fold").page)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    context.close()


def test_the_page_s_colours_are_the_figures_colours(browser):
    page = browser.new_page()
    page.set_content(Explorer("fold").page)
    values = [k / 20 for k in range(-20, 21)]
    shown = page.evaluate("values => values.map(v => heat(v).match(/\\d+/g).map(Number))", values)
    figures = [[round(255 * channel) for channel in SIGNED((v + 1) / 2)[:3]] for v in values]
    page.close()
    assert max(abs(a - b) for one, other in zip(shown, figures) for a, b in zip(one, other)) <= 2
