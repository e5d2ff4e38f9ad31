"""source/plan.yaml: what is said about each chapter and exercise outside of its own text, read and checked once."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from course_utils.authoring.source import SourceError
from course_utils.language import SEPARATOR, side, spoken

LEVELS = {"basic": "基础 || Basic", "advanced": "进阶 || Advanced", "challenge": "挑战 || Challenge"}
LEVELS |= {"extension": "扩展 || Extension"}


@dataclass(frozen=True)
class Chapter:
    """Times in minutes; `exercise` is the sum of its exercises'. `title` and `about` are `中文 || English`."""

    number: str
    stem: str
    title: str
    about: str
    read: int
    lab: int
    difficulty: int  # 1 to 5 stars
    exercise: int = 0

    def head(self, lang, points):
        """The first lines of its notebook: the heading up to the title, and what it asks of the reader."""
        times = [(self.read, "阅读 {} 分钟 || {} min reading"), (self.lab, "动手 {} 分钟 || {} min at the keyboard")]
        times += [(self.exercise, "练习 {} 分钟 || {} min exercise")] if self.exercise else []
        asked = [side(text, lang).format(minutes) for minutes, text in times]
        asked += [side("难度 || difficulty", lang) + " " + "⭐" * self.difficulty]
        heading = side("# 第 {} 章 {} || # Chapter {}. {}", lang).format(spoken(self.number), side(self.title, lang))
        return heading, f"**{' · '.join(asked)}**"


@dataclass(frozen=True)
class Exercise:
    """As a Chapter, with the chapter it goes with; `minutes` to write the answers."""

    number: str
    stem: str
    chapter: str
    title: str
    about: str
    minutes: int
    level: str  # a key of LEVELS
    difficulty: int

    def head(self, lang, points):
        asked = side("{} {} · {} 分 · 约 {} 分钟 || {} {} · {} points · about {} minutes", lang)
        asked = asked.format(side(LEVELS[self.level], lang), "⭐" * self.difficulty, points, self.minutes)
        return f"# {self.number} · {side(self.title, lang)}", f"**{asked}**"


@dataclass(frozen=True)
class Plan:
    chapters: dict  # number -> Chapter, in order
    exercises: dict  # number -> Exercise

    def of(self, src):
        """The entry of a source; SourceError where the plan has none, or one with another file name."""
        entry = (self.exercises if src.is_exercise else self.chapters).get(src.number)
        if entry is None:
            raise SourceError(f"{src.path}: source/plan.yaml has no entry {src.number!r}")
        if entry.stem != src.path.stem:
            raise SourceError(f"{src.path}: source/plan.yaml calls {src.number!r} {entry.stem}")
        return entry


def read(root):
    """The Plan below `root`. Raises SourceError naming the entry and the key that is missing or wrong."""
    path = Path(root, "source", "plan.yaml")
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, KeyError, AttributeError, TypeError, SourceError) as error:
        raise SourceError(
            f"{path}: {type(error).__name__ + ': ' if isinstance(error, KeyError) else ''}{error}"
        ) from None


@lru_cache(maxsize=4)  # asked for with every notebook
def _parsed(text):
    content = yaml.safe_load(text)
    exercises = {number: _entry(Exercise, number, keys) for number, keys in content["exercises"].items()}
    minutes = {}
    for exercise in exercises.values():
        minutes[exercise.chapter] = minutes.get(exercise.chapter, 0) + exercise.minutes
    chapters = {
        number: _entry(Chapter, number, keys, exercise=minutes.get(number, 0))
        for number, keys in content["chapters"].items()
    }
    return Plan(chapters, exercises)


def _entry(kind, number, keys, **derived):
    given = {"number": number, **keys, **derived}
    types = kind.__annotations__
    if missing := [key for key in types if key not in given]:
        raise SourceError(f"{number!r} lacks {missing[0]!r}")
    if unknown := [key for key in given if key not in types]:
        raise SourceError(f"{number!r} takes no {unknown[0]!r}")
    for key, value in given.items():
        if not isinstance(value, types[key]):
            raise SourceError(
                f"{number!r}: {key} is {value!r}, not {types[key].__name__}; write it so that YAML reads one"
            )
    for key in ("title", "about"):
        if len(given[key].split(SEPARATOR)) != 2:
            raise SourceError(f"{number!r}: {key} is `中文 || English`, got {given[key]!r}")
    if given.get("level", "basic") not in LEVELS:
        raise SourceError(f"{number!r}: level is one of {', '.join(LEVELS)}, got {given['level']!r}")
    return kind(**given)
