"""Real English-Chinese pairs, read from installed packages: what places are called, what an interface says."""

import json
import re
import unicodedata
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files

from babel import Locale

from .sources import table
from .text import split

_LANGUAGE_PACK = "jupyterlab-language-pack-zh-cn"
_CHINESE = re.compile("[\u4e00-\u9fff]+")


def place_names():
    """Countries, regions and cities in English and in Chinese, sorted: ("albania", "阿尔巴尼亚"). The English is in
    lower case, without accents.

    Source: Unicode CLDR (Unicode-3.0 licence) as shipped in Babel."""
    english, chinese = Locale("en"), Locale("zh")
    named = [(name, chinese.territories.get(code, "")) for code, name in english.territories.items()]
    named += [
        (zone.split("/")[-1].replace("_", " "), about.get("city", "")) for zone, about in chinese.time_zones.items()
    ]
    plain = {_plain(name): there for name, there in named}
    return sorted((a, b) for a, b in plain.items() if re.fullmatch("[a-z' -]{2,24}", a) and _CHINESE.fullmatch(b))


def interface_sentences():
    """What JupyterLab and its extensions say, in English (up to 40 characters) and in Chinese, sorted:
    ("Search across Files", "在文件中搜索").

    Source: PyPI package jupyterlab-language-pack-zh-cn (BSD-3-Clause; translated by volunteers). RuntimeError where it
    is missing."""
    try:
        catalogues = [file for file in files(_LANGUAGE_PACK) if file.match("LC_MESSAGES/*.json")]
    except PackageNotFoundError:
        raise RuntimeError(f"this needs the package {_LANGUAGE_PACK}. Run: pip install {_LANGUAGE_PACK}") from None
    pairs = {}
    for catalogue in sorted(catalogues):
        for english, chinese in json.loads(catalogue.read_text(encoding="utf-8")).items():
            if english:  # the entry of the empty string is about the file
                pairs[english.split("\x04")[-1]] = chinese if isinstance(chinese, str) else chinese[0]
    return sorted((a, b) for a, b in pairs.items() if 3 <= len(a) <= 40 and "\n" not in a and _CHINESE.search(b))


def pair_splits(pairs):
    """Pairs in three, about 80, 10 and 10 in a hundred: train, validation, test, the same every time."""
    rest, test = split(pairs, 0.1, seed=0)
    train, validation = split(rest, 1 / 9, seed=0)
    return train, validation, test


@dataclass(frozen=True)
class TranslationRun:
    """The translator of chapter 10 trained once on real pairs and scored; see datasets/translation.md."""

    data: str  # "places" or "interface"
    seed: int
    part: str  # "train" or "test"
    width: int  # of the beam
    alpha: float  # exponent of the length
    exact: float  # percent
    bleu: float  # 0 to 100
    length: float  # of what was written, as a share of the reference
    seen: float  # percent of the references that occur in the training set word for word


def translation_runs():
    """All runs in datasets/translation.csv, a list in the order of the file. RuntimeError where it is missing.

    Source: datasets/make_translation.py."""
    return table("translation.csv", TranslationRun)


def _plain(name):
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).lower()
