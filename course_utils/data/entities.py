"""Chinese sentences with the names in them marked: made from templates, so that every tag is certain.

The type of half of the names is decided by what *follows* them: 华江 is a company in 华江集团, a place in 华江路 and a
person in 华江先生. Whoever reads from left to right only has to guess.
"""

import random
from functools import cache

COMPANIES = ("公司", "集团", "医院", "银行", "大学")
PLACES = ("路", "镇", "县", "机场", "公园")
PEOPLE = ("先生", "女士", "教授", "经理", "同学")
STEMS = tuple(first + second for first in "华金长安东海新天和盛明远光泰永兴" for second in "山江阳城源达信通辉康宁丰")
TEST_STEMS = 62


def entity_sentences(count, seed, held_out=False):
    """`count` sentences as (characters, tags): two lists of equal length, tags in the BIO scheme (B-PER, I-PER, …, O).

    PER a person, LOC a place, ORG an organisation. With held_out, the names that what follows decides are built on
    62 stems that the other sentences never contain, so that no model can know them by heart. The same seed gives the
    same sentences. Person and city names: Faker's zh_CN lists (MIT)."""
    stems = list(STEMS)
    random.Random(0).shuffle(stems)
    stems = stems[:TEST_STEMS] if held_out else stems[TEST_STEMS:]
    rng = random.Random(f"{seed} {held_out}")
    return [_tagged(_sentence(rng, stems)) for _ in range(count)]


@cache
def _lists():
    from faker.providers.address.zh_CN import Provider as Address
    from faker.providers.person.zh_CN import Provider as Person

    return tuple(Person.last_names), tuple(Person.first_names), tuple(Address.cities)


def _sentence(rng, stems):
    """Pieces (text, type or None)."""
    surnames, given, cities = _lists()

    def person():
        return [(rng.choice(surnames) + rng.choice(given), "PER")]

    def city():
        return [(rng.choice(cities), "LOC")]

    def decided_later():
        stem, kind = rng.choice(stems), rng.randrange(3)
        if kind == 0:
            return [(stem + rng.choice(COMPANIES), "ORG")]
        if kind == 1:
            return [(stem + rng.choice(PLACES), "LOC")]
        return [(stem, "PER"), (rng.choice(PEOPLE), None)]

    def plain(text):
        return [(text, None)]

    template = rng.randrange(6)
    if template == 0:
        return plain("昨天") + decided_later() + plain("在") + city() + plain("接受了采访。")
    if template == 1:
        return person() + plain("说") + decided_later() + plain("很有名。")
    if template == 2:
        return plain("记者从") + decided_later() + plain("了解到，") + person() + plain("下周去") + city() + plain("。")
    if template == 3:
        return decided_later() + plain("和") + decided_later() + plain("都在名单上。")
    if template == 4:
        return plain("请把文件寄到") + city() + plain("，交给") + decided_later() + plain("。")
    day = f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日"
    return plain("据") + decided_later() + plain("介绍，") + decided_later() + plain(f"将于{day}开放。")


def _tagged(pieces):
    characters, tags = [], []
    for text, kind in pieces:
        for position, character in enumerate(text):
            characters.append(character)
            tags.append("O" if kind is None else ("I-" if position else "B-") + kind)
    return characters, tags
