"""Made-up visits to a made-up shop: what somebody looked at, one item after another."""

import torch

from course_utils.language import side

ITEMS_OF = {
    "手机 || phone": "手机 || phone, 手机壳 || case, 贴膜 || screen film, 充电器 || charger, "
    "数据线 || cable, 耳机 || earphones, 支架 || stand, 充电宝 || power bank",
    "咖啡 || coffee": "咖啡机 || coffee maker, 磨豆机 || grinder, 咖啡豆 || coffee beans, 滤纸 || filter paper, "
    "手冲壶 || kettle, 咖啡杯 || coffee cup, 奶泡器 || frother, 密封罐 || canister",
    "钓鱼 || fishing": "鱼竿 || rod, 鱼线 || line, 鱼钩 || hooks, 鱼饵 || bait, "
    "浮漂 || float, 鱼护 || keep net, 折叠椅 || folding chair, 遮阳帽 || sun hat",
    "骑行 || cycling": "自行车 || bicycle, 头盔 || helmet, 车灯 || bike light, 车锁 || bike lock, "
    "水壶 || bottle, 骑行裤 || bike shorts, 打气筒 || pump, 补胎片 || tyre patches",
    "烘焙 || baking": "烤箱 || oven, 面粉 || flour, 酵母 || yeast, 模具 || baking tin, "
    "打蛋器 || whisk, 电子秤 || scales, 黄油 || butter, 裱花嘴 || piping tips",
    "露营 || camping": "帐篷 || tent, 睡袋 || sleeping bag, 防潮垫 || mat, 露营灯 || lantern, "
    "炉头 || stove, 气罐 || gas canister, 锅具 || cookware, 折叠桌 || folding table",
    "婴儿 || baby": "奶瓶 || feeding bottle, 奶粉 || formula, 尿布 || nappies, 湿巾 || wipes, "
    "围兜 || bib, 推车 || pram, 安抚奶嘴 || dummy, 摇铃 || rattle",
    "养猫 || cat": "猫粮 || cat food, 猫砂 || litter, 猫砂盆 || litter tray, 猫抓板 || scratcher, "
    "逗猫棒 || cat teaser, 猫爬架 || cat tree, 指甲剪 || claw clippers, 航空箱 || cat carrier",
    "书桌 || desk": "台灯 || desk lamp, 键盘 || keyboard, 鼠标 || mouse, 显示器 || monitor, "
    "笔筒 || pen pot, 桌垫 || desk pad, 转椅 || swivel chair, 集线器 || hub",
    "跑步 || running": "跑鞋 || running shoes, 速干衣 || running shirt, 运动手表 || sports watch, 腰包 || belt bag, "
    "护膝 || knee brace, 能量胶 || energy gel, 压缩袜 || long socks, 号码带 || race belt",
    "绘画 || painting": "画架 || easel, 画布 || canvas, 颜料 || paints, 画笔 || brushes, "
    "调色盘 || palette, 松节油 || turpentine, 围裙 || apron, 画框 || frame",
    "种花 || plants": "花盆 || flowerpot, 营养土 || potting soil, 种子 || seeds, 喷壶 || watering can, "
    "花肥 || plant food, 剪刀 || secateurs, 花架 || plant stand, 驱虫剂 || insect spray",
}
MEMBERS = 8


def items():
    """The 96 names, in the notebook's language: eight for each interest, in the order in which people look at them."""
    return [side(name) for names in ITEMS_OF.values() for name in names.split(", ")]


def sessions(count=12_000, length=10, in_order=0.7, stray=0.3, seed=0):
    """`count` visits, each of `length` items: (count, length) int64, indices into items(). All made up.

    A visit has one interest (popular ones more often). Each click is, with probability `stray`, any item of the shop;
    otherwise one of the interest: with probability `in_order` the one that comes after the last click of that kind
    (after the eighth, the first), else any of the eight. The same seed gives the same visits."""
    g = torch.Generator().manual_seed(seed)
    interests = len(ITEMS_OF)
    liked = torch.arange(1, interests + 1) ** -0.5
    popular = 0.3 + torch.rand(interests * MEMBERS, generator=g)
    interest = torch.multinomial(liked, count, replacement=True, generator=g)
    at = torch.randint(MEMBERS, (count,), generator=g)
    clicks = []
    for _ in range(length):
        anywhere = torch.randint(MEMBERS, (count,), generator=g)
        following = torch.where(torch.rand(count, generator=g) < in_order, (at + 1) % MEMBERS, anywhere)
        other = torch.multinomial(popular, count, replacement=True, generator=g)
        strays = torch.rand(count, generator=g) < stray
        clicks.append(torch.where(strays, other, interest * MEMBERS + following))
        at = torch.where(strays, at, following)
    return torch.stack(clicks, 1)
