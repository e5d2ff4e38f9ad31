"""Short Chinese texts with a label each: made from templates, so that every label is certain.

Tasks of one form. In `contrast_reviews` the order of the characters decides; in the others a few words give the class
away.
"""

import itertools
import random
from dataclasses import dataclass

PRAISE = ("好吃", "干净", "便宜", "热情", "新鲜", "安静", "准时", "周到", "香甜", "宽敞")
BLAME = ("难吃", "肮脏", "昂贵", "冷淡", "发霉", "吵闹", "拖拉", "马虎", "苦涩", "狭窄")
LEADS = (
    ("以前", "现在"),
    ("听说", "其实"),
    ("朋友说", "我觉得"),
    ("网上写", "我看"),
    ("门口", "里面"),
)  # the second counts
FILLERS = ("", "很", "真的", "真是很", "一直都很")  # 0 to 4 characters between the lead and the opinion
ASIDES = ("，说句公道话，", "，老实讲一句，", "，不瞒各位说，")  # too long for an n-gram to look across


SLOTS = {  # of each list, the last quarter is for the test only and the one before it for validation
    "city": ["北京", "上海", "广州", "成都", "西安", "武汉", "杭州", "长沙", "厦门", "昆明", "大连", "苏州"],
    "time": ["今天下午", "明天早上", "后天中午", "周六晚上", "下周一", "月底", "七点半", "九点钟"],
    "who": ["小王", "老李", "张老师", "陈经理", "刘阿姨", "赵医生", "妈妈", "表哥"],
    "song": ["晴天", "月亮河", "小夜曲", "茉莉花", "蓝色海洋", "少年游", "远方", "春江"],
    "shop": ["万家超市", "金光电器", "美味轩", "天天商城", "好运来", "乐购城", "红星店", "优品汇"],
    "team": ["红队", "蓝鲸队", "飞虎队", "雄鹰队", "海狮队", "白鹿队", "猛龙队", "远征队"],
    "firm": ["长河科技", "明远电子", "东方重工", "泰和银行", "星云软件", "北辰汽车", "永丰粮油", "海天航运"],
}
TOPICS = {
    "spam": {
        "personal": (
            "{who}，{time}一起吃饭吗？",
            "我{time}到{city}，{who}来接我。",
            "{who}问你{time}有没有空。",
            "文件放在{who}桌上了，{time}要用。",
        ),
        "spam": (
            "恭喜您获得{shop}大奖，{time}前领取！",
            "{shop}全场五折，{time}截止，回复领券！",
            "{city}低息贷款，无需抵押，{time}到账！",
            "点击链接，免费领取{shop}红包！",
        ),
    },
    "news": {
        "sport": ("{team}{time}在{city}击败{team}。", "{team}教练说球员状态很好。", "{city}马拉松{time}开跑。"),
        "business": ("{firm}股价{time}大涨。", "{firm}宣布在{city}建厂。", "{city}房价{time}小幅回落。"),
        "weather": ("{city}{time}有大雨。", "台风{time}在{city}登陆。", "{city}{time}气温骤降。"),
    },
    "intent": {
        "music": ("放一首{song}。", "我想听{song}。", "{time}给{who}放{song}。"),
        "alarm": ("{time}叫我起床。", "提醒{who}{time}开会。", "设一个{time}的闹钟。"),
        "ticket": ("订一张{time}去{city}的票。", "{who}{time}要飞{city}，查一下航班。", "{city}到{city}的高铁还有吗？"),
        "weather": ("{city}{time}下雨吗？", "{time}要不要带伞？", "{who}问{city}{time}冷不冷。"),
    },
}


@dataclass(frozen=True)
class ShortTexts:
    """A task: the names of its classes, and three lists of texts as (text, number of the class)."""

    labels: tuple
    train: list
    validation: list
    test: list


def contrast_reviews(seed=0):
    """Reviews with two opinions of which one counts, in either order: 「以前好吃，现在难吃」 is a complaint, and so is
    「现在难吃，以前好吃」. Every review has a twin, the two words exchanged, with the same characters and the other
    label: whoever only counts characters is right exactly half of the time. No pair of words is in two of the parts.
    Classes: 0 complaint, 1 praise."""
    rng = random.Random(seed)
    pairs = list(itertools.product(PRAISE, BLAME))
    rng.shuffle(pairs)

    def reviews(pairs, count):
        found = []
        for _ in range(count):
            leads, filler, aside = rng.choice(LEADS), rng.choice(FILLERS), rng.choice(ASIDES)
            order, (good, bad) = rng.sample((0, 1), 2), rng.choice(pairs)
            for words, label in (((bad, good), 1), ((good, bad), 0)):
                clauses = [lead + filler + word for lead, word in zip(leads, words)]
                found.append((aside.join(clauses[k] for k in order), label))
        return found

    parts = reviews(pairs[30:], 1000), reviews(pairs[15:30], 200), reviews(pairs[:15], 400)
    return ShortTexts(("complaint", "praise"), *parts)


def topic_texts(task, seed=0):
    """ShortTexts of "spam" (messages), "news" (subjects) or "intent" (what is asked of an assistant). The cities,
    times, names and so on of one part occur in no other; ValueError for another task."""
    if task not in TOPICS:
        raise ValueError(f"topic_texts knows {', '.join(TOPICS)}, got {task!r}")
    classes = TOPICS[task]

    def texts(part, count):  # part 0, 1, 2: train, validation, test
        rng = random.Random(f"{task} {seed} {part}")
        found = []
        for k in range(count):
            label = k % len(classes)
            template = rng.choice(list(classes.values())[label])
            while "{" in template:  # one slot after another: two cities in one text are drawn apart
                slot = template[template.index("{") + 1 : template.index("}")]
                words, quarter = SLOTS[slot], len(SLOTS[slot]) // 4
                words = (words[: -2 * quarter], words[-2 * quarter : -quarter], words[-quarter:])[part]
                template = template.replace("{" + slot + "}", rng.choice(words), 1)
            found.append((template, label))
        return found

    return ShortTexts(tuple(classes), texts(0, 600), texts(1, 300), texts(2, 300))
