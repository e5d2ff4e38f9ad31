"""How heavy the website's chapters are, on a server of this machine: bytes transferred, and the time until the first
explorable can be used. Build the site first (`make site`), then: python benchmarks/site.py"""

import functools
import http.server
import shutil
import statistics
import threading
from collections import Counter

from playwright.sync_api import sync_playwright

from course_utils.files import ROOT

SITE = ROOT / "build" / "site"
RUNS = 5
FIRST = """() => new Promise(done => {
  const look = () => {
    const frame = document.querySelector("iframe.explorable");
    frame.loading = "eager";
    if (frame.contentWindow?.explorer && frame.contentDocument.readyState === "complete") done(performance.now());
    else setTimeout(look, 5);
  };
  look();
})"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        rows = []
        for path in sorted(SITE.glob("zh/[0-9]*.html")):
            address = f"http://127.0.0.1:{server.server_port}/zh/{path.name}"
            rows.append((path.stem, *measured(browser, address)))
    print(f"{'page':36} {'kB at once':>10} {'kB with all':>11} {'first explorable, ms':>21}")
    for name, at_once, everything, milliseconds in sorted(rows, key=lambda row: -row[2]):
        print(f"{name:36} {at_once / 1000:10.0f} {everything / 1000:11.0f} {milliseconds:21.0f}")


def measured(browser, address):
    """Bytes until the first explorable runs, bytes with everything scrolled to, median milliseconds (empty cache)."""
    times = []
    for _ in range(RUNS):
        context = browser.new_context()
        page, transferred = context.new_page(), Counter()
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.on("Network.loadingFinished", functools.partial(_add, transferred))
        page.goto(address, wait_until="commit")
        page.wait_for_selector("iframe.explorable", state="attached")
        times.append(page.evaluate(FIRST))
        page.wait_for_load_state("networkidle")
        at_once = transferred["bytes"]
        page.evaluate("document.querySelectorAll('[loading=lazy]').forEach(element => { element.loading = 'eager' })")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)
        everything = transferred["bytes"]
        context.close()
    return at_once, everything, statistics.median(times)


def _add(transferred, event):
    transferred["bytes"] += event["encodedDataLength"]


if __name__ == "__main__":
    main()
