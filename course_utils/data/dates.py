"""Dates as people write them, in Chinese and in English, to be translated into ISO 8601."""

import datetime
import random

from babel.dates import format_date

from .text import split

_FIRST, _LAST = datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)
_DIGITS = "〇一二三四五六七八九"


def date_splits():
    """The 36,525 days from 1950 to 2049 in three: train (29,220), validation (3,653) and test (3,652), lists of
    datetime.date that are the same every time.

    The *days* are divided, not rows of text: a day of the test set has not been seen in any way of writing it."""
    days = [_FIRST + datetime.timedelta(k) for k in range((_LAST - _FIRST).days + 1)]
    rest, test = split(days, 0.1, seed=0)
    train, validation = split(rest, 1 / 9, seed=0)
    return train, validation, test


def date_pairs(days, count, seed, dates=1):
    """`count` pairs of strings (as written, ISO 8601): days drawn with replacement, each written in one of eight ways.

        ("二〇二六年八月九日", "2026-08-09"), ("Sunday, August 9, 2026", "2026-08-09")

    With dates=2 or more, that many days a row: ("Aug 9, 2026 / 1999年3月1日", "2026-08-09/1999-03-01").
    How Chinese, American and British readers write a date comes from Babel (Unicode CLDR)."""
    random_ = random.Random(seed)
    pairs = []
    for _ in range(count):
        drawn = random_.choices(days, k=dates)
        written = [random_.choice(_STYLES)(day) for day in drawn]
        pairs.append((" / ".join(written), "/".join(day.isoformat() for day in drawn)))
    return pairs


def _babel(pattern, locale):
    def write(day):
        return format_date(day, pattern, locale=locale)

    return write


def _in_characters(day):
    """二〇二六年八月十九日; Babel has no pattern for it."""
    year = "".join(_DIGITS[int(digit)] for digit in str(day.year))
    return f"{year}年{_count(day.month)}月{_count(day.day)}日"


def _in_characters_with_weekday(day):
    return _in_characters(day) + format_date(day, "EEEE", locale="zh")


def _count(number):
    """1 to 31 as Chinese counts: 九, 十, 十九, 二十, 二十九."""
    tens, ones = divmod(number, 10)
    return ("", "十", "二十", "三十")[tens] + (_DIGITS[ones] if ones else "")


_STYLES = (
    _babel("full", "zh"),  # 2026年8月9日星期日
    _babel("long", "zh"),  # 2026年8月9日
    _in_characters,
    _in_characters_with_weekday,
    _babel("full", "en"),  # Sunday, August 9, 2026
    _babel("medium", "en"),  # Aug 9, 2026
    _babel("full", "en_GB"),  # Sunday, 9 August 2026
    _babel("d MMMM yyyy", "en"),  # 9 August 2026
)
