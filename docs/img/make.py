"""Draw the pictures of the READMEs: python docs/img/make.py (needs Chromium and the `test` extra)."""

import base64
import shutil
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import sync_playwright

from course_utils import language
from course_utils.explore import Explorer

FONT = Path(
    find_spec("zhplot").submodule_search_locations[0], "fonts", "NotoSansSC-Regular.ttf"
)  # Chinese on any machine


def main():
    style = (
        f'@font-face {{ font-family: "Noto Sans SC"; src: url(data:font/ttf;base64,{base64.b64encode(FONT.read_bytes()).decode()}); }}'  # noqa: E501
        'body { font-family: "DejaVu Sans", "Noto Sans SC", sans-serif; margin: 12px; }'
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, file in (("English", "fold.png"), ("中文", "fold.zh.png")):
            language.use(name)
            page = browser.new_page(viewport={"width": 768, "height": 600}, device_scale_factor=1.25)
            page.set_content(Explorer("fold").page)
            page.add_style_tag(content=style)
            page.evaluate("document.fonts.ready")
            page.evaluate("explorer.set({T: 8, t: 3})")
            page.locator("#x1").focus()
            for _ in range(12):
                page.keyboard.press("ArrowRight")
            page.locator("#x1").blur()
            page.locator("body").screenshot(path=Path(__file__).with_name(file))
        browser.close()


main()
