"""Toy reading comprehension: a question, a text, and where in the text the answer stands."""

import random

_SURNAMES, _GIVEN = "王李张刘陈杨赵黄周吴徐孙", "伟芳娜敏静强磊军洋勇艳杰"
_FIRST, _SECOND = "东南西北中上下大小新", "山河城湖门桥街村岛园"
PEOPLE = tuple(surname + given for surname in _SURNAMES for given in _GIVEN)
PLACES = tuple(first + second for first in _FIRST for second in _SECOND)
VERBS = ("住在", "去了", "出生在", "来自")
TEST_PLACES = 40


def located_people(count, seed, held_out=False):
    """`count` examples (question, text, start, end): 「李勇在哪？」, 「刘强来自南园，李勇住在北河。」, and where in the
    text the first and the last character of the answer stand. Each text tells of two people. With held_out, the
    places are 40 that the other examples never contain. The same seed gives the same examples."""
    people, places = list(PEOPLE), list(PLACES)
    random.Random(0).shuffle(places)
    places = places[:TEST_PLACES] if held_out else places[TEST_PLACES:]
    rng = random.Random(f"{seed} {held_out}")
    examples = []
    for _ in range(count):
        who, where = rng.sample(people, 2), rng.sample(places, 2)
        text = "，".join(person + rng.choice(VERBS) + place for person, place in zip(who, where)) + "。"
        asked = rng.randrange(2)
        start = text.index(where[asked])
        examples.append((who[asked] + "在哪？", text, start, start + 1))
    return examples
