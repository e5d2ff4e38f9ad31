"""Sphinx on what course_utils/authoring/site.py laid out: one language at a time, nothing executed, nothing fetched."""

import os
import re

from sphinx.search import SearchLanguage

LANG = os.environ["COURSE_SITE_LANG"]  # "zh" or "en"
ZH = LANG == "zh"

project = "循环神经网络互动课" if ZH else "Recurrent networks, interactively"
language = "zh_CN" if ZH else "en"
extensions = ["myst_nb"]
exclude_patterns = []
root_doc = "index"

nb_execution_mode = "off"  # the stored outputs are what is shown
nb_ipywidgets_js = {}  # no kernel, no widgets, nothing from a CDN
nb_code_prompt_show = "看代码" if ZH else "Show the code"
nb_code_prompt_hide = "收起代码" if ZH else "Hide the code"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_dmath_double_inline = True
suppress_warnings = ["myst.header", "misc.highlighting_failure"]
mathjax_path = "../../media/mathjax/tex-chtml.js"
mathjax3_config = {"options": {"enableMenu": False}}  # the menu would load more

html_theme = "furo"
html_title = project
html_static_path = ["static"]
html_favicon = "static/icon.svg"
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_use_index = False
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"
html_search_language = "bigrams"


class Bigrams(SearchLanguage):
    """Chinese has no spaces between words: every two neighbouring characters are a word, in the index and in the query
    alike; what is written in letters and digits is a word as it is."""

    lang, language_name = "bigrams", "Bigrams"
    runs = re.compile("[\u3400-\u9fff]+|[^\\W\u3400-\u9fff]+")
    js_splitter_code = """
function splitQuery(query) {
  const runs = query.match(/[\\u3400-\\u9fff]+|(?:(?![\\u3400-\\u9fff])[\\p{L}\\p{N}_])+/gu) ?? [];
  const pairs = run => Array.from(run.slice(1), (_, i) => run.slice(i, i + 2));
  return runs.flatMap(run => run < "\\u3400" || run.length === 1 ? [run] : pairs(run));
}
"""

    def split(self, text):
        for run in self.runs.findall(text):
            yield from [run] if run < "\u3400" or len(run) == 1 else map("".join, zip(run, run[1:]))

    def stem(self, word):
        return word.lower()


def setup(app):
    app.add_search_language(Bigrams)
