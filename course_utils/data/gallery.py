"""The fourteen applications of chapter 17c: datasets/gallery.yaml, in the notebook's language."""

from dataclasses import dataclass
from functools import cache

import yaml

from course_utils.language import chapter, side

from .sources import dataset

FIELDS = {
    "text": "文本 || text",
    "speech": "语音 || speech",
    "series": "时间序列 || time series",
    "health": "健康 || health",
    "people": "行为与设备 || people and machines",
}
SHAPES = {
    "N-1": "多对一 || many to one",
    "N-N": "多对多，步步对齐 || many to many, step by step",
    "N-M": "多对多，长短不同 || many to many, other length",
}
VERDICTS = {"won": "赢了 || won", "tied": "打平 || tied", "lost": "没赢 || lost"}


@dataclass(frozen=True)
class Application:
    """One row; datasets/gallery.md says what each field means. `field`, `shape` and `verdict` are keys of the tables
    above."""

    id: str
    field: str
    name: str
    input: str
    output: str
    shape: str
    model: str
    baseline: str
    verdict: str
    found: str
    at: str  # "15_honest_forecasting stock-skill" or "17a_speech"

    @property
    def place(self):
        """Notebook and cell; the cell is "" where a whole chapter measured it."""
        notebook, _, cell = self.at.partition(" ")
        return notebook, cell

    @property
    def where(self):
        return chapter(self.place[0])


def applications():
    """All fourteen, in the order of the file. RuntimeError where it is missing."""
    return [Application(**{key: side(text) for key, text in entry.items()}) for entry in _load()]


@cache
def _load():
    with open(dataset("gallery.yaml"), encoding="utf-8") as lines:
        return yaml.safe_load(lines)["applications"]
