"""Headless Chromium, with every request that would leave the machine refused and remembered."""

import shutil

import pytest

from course_utils import language

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOCAL = (
    "http://127.0.0.1:",
    "http://localhost:",
    "ws://127.0.0.1:",
    "ws://localhost:",
    "data:",
    "blob:",
    "about:",
    "file:",
)


@pytest.fixture(scope="package")
def browser(need):
    """One Chromium for all of them, closed before other tests: while it is open, no other event loop can run."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    need(chromium, "apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def context(browser):
    """One window for all pages: a new one for each takes longer than most of the tests."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def page(context):
    """A fresh page. `page.outside` lists refused requests, `page.problems` uncaught errors in scripts; both must be
    empty when the test ends."""
    page = context.new_page()
    page.set_viewport_size({"width": 1200, "height": 1000})
    page.outside, page.problems = [], []

    def guard(route):
        if route.request.url.startswith(LOCAL):
            route.continue_()
        else:
            page.outside.append(route.request.url)
            route.abort()

    page.route("**/*", guard)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    yield page
    page.close()
    assert not page.outside and not page.problems


READY = "() => window.explorer && document.readyState === 'complete'"


@pytest.fixture
def show(page):
    """show(explorable) -> the page, opened alone."""

    def open_(explorable):
        page.set_content(explorable.page)
        page.wait_for_function(READY)
        return page

    yield open_
    language.use("中文")


@pytest.fixture
def framed(page):
    """framed(explorable) -> its frame, as wide as a notebook's output, in a browser without network; what it writes to
    the console is a problem too."""
    page.set_viewport_size({"width": 800, "height": 900})
    page.context.set_offline(True)
    page.on("console", lambda message: page.problems.append(message.text))

    def open_(explorable):
        page.set_content(f'<body style="margin:0"><div style="width:760px">{explorable._repr_html_()}</div></body>')
        frame = page.frames[1]
        frame.wait_for_function(READY)
        return frame

    yield open_
    page.context.set_offline(False)
    language.use("中文")
