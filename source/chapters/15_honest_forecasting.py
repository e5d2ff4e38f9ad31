# ---
# jupyter:
#   course:
#     chapter: "15"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["R-06"]
# # 第 15 章 诚实的时间序列预测
#
# **阅读 25 分钟 · 动手 40 分钟 · 练习 25 分钟 · 难度 ⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 把一条序列切成窗口，按时间划分，不让模型偷看未来；别人偷看了，你看得出来；
# 2. 先立基线，再算技巧分，分得清漂亮的曲线和真正的本事；
# 3. 提前一步、提前许多步地预测，给出区间，量一量区间准不准，再换几个起点重新考一遍。
#
# 三个实验，三份真实数据：一只股票，一座城市的天气，一个国家的用电。同一个小网络走完三处，成绩大不一样。需要的基础：第 5 章的 LSTM，第 9 章的验证集与早停。

# %% [markdown] lang="en" of="a1d07b1b.345632ef"
# # Chapter 15. Honest forecasting
#
# **25 min reading · 40 min at the keyboard · 25 min exercise · difficulty ⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. cut a series into windows and split it by time, so that the model never peeks at the future, and notice when somebody else's did;
# 2. set up a baseline before anything else, compute a skill score, and tell a pretty curve from real skill;
# 3. forecast one step ahead or many, give an interval, measure whether it keeps its word, and hold the exam again from other starting points.
#
# Three labs on three real data sets: a share, a town's weather, a country's electricity. One small network goes through all three, with very different marks. You need the LSTM of Chapter 5, and validation and early stopping from Chapter 9.

# %% name="setup"
import copy
import datetime
import math

import torch
from torch import nn
from torch.nn import functional as F
import matplotlib.pyplot as plt

from course_utils import data, language, plotting
from course_utils.checks import claim, show
from course_utils.explore import Explorer, bets_summary, predict, quiz

language.use("中文 || English")      # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()                     # 全课统一的画图风格 || the plotting style of this course
torch.set_num_threads(1)             # 小网络用一个线程最快 || small networks are fastest on one thread
SEEDS = 0, 1, 2                      # 每个网络都训练三次 || every network is trained three times

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，分别来自第 9、10、5 章。

# %% [markdown] lang="en" of="793c18ec.f87ffc20"
# ## Warm-up
#
# Three questions, from Chapters 9, 10 and 5.

# %% name="recall" covers=["A-03"]
quiz("15-recall")

# %% [markdown] name="pretty" covers=["U-07"]
# ## 15.1 一条漂亮的曲线
#
# 苹果公司的股票，2000 年 3 月到 2013 年 3 月，每个交易日一个价格（拆股和分红已经折算掉）。问题人人都问过：**看了最近 20 天，明天是多少？**
#
# 先按时间切成三段：前六成训练，中间两成验证，最后两成测试。次序不许打乱，因为用的时候也只有过去可看。

# %% [markdown] lang="en" of="0d88a9fa.54ff6f73"
# ## 15.1 A pretty curve
#
# Apple's share from March 2000 to March 2013, one price per trading day, with splits and dividends taken out. The question everybody has asked: **having seen the last 20 days, what comes tomorrow?**
#
# First cut the series into three by time: the first six tenths for training, two tenths for validation, the last two for the test. No shuffling: in real use there is nothing to look at but the past.

# %% name="stock-data" covers=["U-07"]
stock = data.stock_prices()
price = torch.tensor([day.adjusted_close for day in stock])             # (3270,)
# (3269,) 百分之几 || (3269,), in percent
returns = 100 * price.log().diff()
train_end, test_start = int(0.6 * len(returns)), int(0.8 * len(returns))
for k in (0, train_end, test_start, len(stock) - 1):
    print(f"{stock[k].date}   {stock[k].adjusted_close:6.2f}")
show("最高 || highest", price.max())

fig, ax = plt.subplots(figsize=(8, 2.6))
ax.plot(price, lw=1)
for start, end, name, shade in ((0, train_end, "训练 || training", "1.0"),
                                (train_end, test_start, "验证 || validation", "0.93"),
                                (test_start, len(price), "测试 || test", "0.84")):
    ax.axvspan(start, end, color=shade, zorder=0)
    ax.text((start + end) / 2, 92, name, ha="center", va="top")
ax.set(xlim=(0, len(price)), ylim=(0, 95), xlabel="交易日 || trading day",
       ylabel="价格（美元） || price (dollars)")
plt.show()

# %% [markdown] name="windows"
# 网络吃的不是一条长线，而是许多**窗口**（window）：20 个数进，后面的数作答案；往前挪一天，又是一个窗口。`unfold` 一行就能切好。
#
# 还有一处要拿主意：**预测什么**。价格从几美元涨到九十美元，训练段里从来没有过九十。所以不预测价格，预测**对数收益率**（log return），也就是涨跌的百分数，哪一年都在同一个范围里：
#
# $$r_t = 100\,(\ln p_t - \ln p_{t-1}), \qquad \hat p_t = p_{t-1}\, e^{\hat r_t / 100}$$
#
# 戴帽子的是预测，没有帽子的是真的。整章都用 $\hat x_t$ 记对 $x_t$ 的预测。
#
# {symbols: \hat x_t}

# %% [markdown] lang="en" of="09c00713.2ea49059"
# What a network reads is not one long line but many **windows**: 20 numbers go in, the next one is the answer; move on by a day, and there is another window. `unfold` cuts them in one line.
#
# One more decision: **what to forecast**. The price rises from a few dollars to ninety, and the training part never saw ninety. So we do not forecast the price but the **log return**, the change in percent, which stays within one range in every year:
#
# $$r_t = 100\,(\ln p_t - \ln p_{t-1}), \qquad \hat p_t = p_{t-1}\, e^{\hat r_t / 100}$$
#
# With a hat it is a forecast, without one it is the truth. Throughout this chapter $\hat x_t$ is a forecast of $x_t$.
#
# {symbols: \hat x_t}

# %% name="windows-code"
def windows(series, window, steps=1):
    """series (N,) -> 窗口 (M, window, 1)，紧跟其后的数 (M, steps)
    || series (N,) -> windows (M, window, 1), the numbers that follow (M, steps)"""
    rows = series.unfold(0, window + steps, 1)              # (M, window + steps)
    return rows[:, :window, None], rows[:, window:]


x, y = windows(torch.arange(8.0), window=4)
for row, follows in zip(x, y):
    print(row[:, 0].tolist(), "->", follows.tolist())

# %% [markdown] name="forecaster"
# 整章的主角是两个预测器。一个是 LSTM，读完窗口，用最后的状态算出答案；训练时看着验证段，留下最好的那一轮（第 9 章）。另一个稍后出场。

# %% [markdown] lang="en" of="9356a8f1.d43243b4"
# Two forecasters carry this chapter. One is an LSTM that reads the window and computes the answer from its last state; training watches the validation part and keeps the best epoch (Chapter 9). The other enters later.

# %% name="forecaster-code"
class Forecaster(nn.Module):
    def __init__(self, inputs=1, outputs=1, hidden=16):
        super().__init__()
        self.rnn = nn.LSTM(inputs, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, outputs)

    def forward(self, x):                                               # (B, T, I)
        out, _ = self.rnn(x)                                            # (B, T, H)
        return self.readout(out[:, -1])                                 # (B, outputs)


def trained(train, validation, seed, epochs, lr=3e-3, loss=F.l1_loss, outputs=None):
    """train、validation：（窗口，答案）两个张量 -> 验证段上最好那一轮的网络
    || train, validation: (windows, answers) -> the network of the best epoch"""
    (x, y), (x_val, y_val) = train, validation
    torch.manual_seed(seed)
    model = Forecaster(x.shape[2], outputs or y.shape[1])
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    best, kept = math.inf, None
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            loss(model(x[rows]), y[rows]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        with torch.no_grad():
            now = loss(model(x_val), y_val).item()
        if now < best:
            best, kept = now, copy.deepcopy(model.state_dict())
    model.load_state_dict(kept)
    return model.requires_grad_(False)

# %% name="stock-training" covers=["U-07"]
WINDOW = 20


def by_time(series):
    """收益率 -> 训练、验证、测试三段的窗口；单位是训练段的标准差
    || returns -> windows of training, validation and test; the unit is the standard
    deviation of the training part"""
    unit = series[:train_end].std()
    pieces = series[:train_end], series[train_end:test_start], series[test_start:]
    return [windows(piece / unit, WINDOW) for piece in pieces], unit


def forecast_returns(series):
    """三个种子对测试段的预测 (3, M)，真实值 (M,)，都是百分数
    || forecasts of three seeds for the test part (3, M), the truth (M,), in percent"""
    (train, validation, (x, y)), unit = by_time(series)
    models = [trained(train, validation, seed, epochs=4) for seed in SEEDS]
    return torch.stack([unit * model(x)[:, 0] for model in models]), unit * y[:, 0]


forecast, truth = forecast_returns(returns)
yesterday = price[test_start + WINDOW:-1]                               # (M,)
today = price[test_start + WINDOW + 1:]                                 # (M,)
predicted = yesterday * (forecast / 100).exp()                          # (3, M) 美元 || dollars

fig, ax = plt.subplots(figsize=(8, 3))
ax.plot(today, label="真实价格 || true price")
ax.plot(predicted[0], label="提前一天的预测 || forecast one day ahead")
ax.set(xlabel="测试段的交易日 || trading day of the test part",
       ylabel="价格（美元） || price (dollars)")
ax.legend()
plt.show()

# %% [markdown] name="pretty-meaning"
# 这样的图你一定见过：两条线几乎分不开，故事到此就讲完了。用**决定系数** $R^2$（预测的平方误差，和“总是猜平均数”相比少了几成；1 是完美）来打分，也好得惊人，15.3 节会算。
#
# 你会拿钱跟它走吗？先别急。把图放大，动手挪一挪。

# %% [markdown] lang="en" of="2d66dc25.afc31ada"
# You have seen such a picture: two lines that can hardly be told apart, and there the article ends. Scored by the **coefficient of determination** $R^2$ (by what share the squared error is smaller than that of always guessing the mean; 1 is perfect) it is astonishingly good as well, as section 15.3 will show.
#
# Would you put money on it? Wait. Zoom in, and shift.

# %% [markdown] name="shift" covers=["A-05"]
# ## 15.2 挪一步
#
# 下面的页面里就是刚才的预测，放大了。把预测这条线**整条往左挪** $s$ 天，它就画在 $s$ 天之前的位置上。先下注，再动手。

# %% [markdown] lang="en" of="dcac5226.38bb21dc"
# ## 15.2 Shift it by one
#
# The page below has the forecast from above, enlarged. **Shift the whole forecast to the left** by $s$ days, and it is drawn where it would have been $s$ days earlier. Bet first, then try.

# %% name="bet-shift"
predict("Q15-shift")

# %% name="page-stock" tags=["nbval-ignore-output"] covers=["A-05"]
def for_page(values):
    """两位小数就够画图了 || two decimals will do for a picture"""
    return values.double().round(decimals=2).tolist()


share = {"name": "苹果股价 || Apple share", "unit": "美元 || dollars", "lead": 1,
         "step": "天 || days", "truth": for_page(today),
         "forecast": for_page(predicted[0])}
Explorer("shift", height=560, series=[share])

# %% name="shift-claim" covers=["!19"]
def distance(a, b):
    """平均相差多少 || mean absolute difference"""
    return (a - b).abs().mean().item()


def clinging(forecasts, truth):
    """离昨天的距离，是离真实值的几成（收益率 0 就是昨天的价格），三个种子
    || distance to yesterday as a share of the distance to the truth (a return of 0 is
    yesterday's price), three seeds"""
    return [distance(one, 0 * one) / distance(one, truth) for one in forecasts]


claim("Q15-shift", max(clinging(forecast, truth)) < 0.3,
      share=max(clinging(forecast, truth)),
      last=max(distance(one, yesterday) for one in predicted),
      truth=min(distance(one, today) for one in predicted))

# 对照：每天再加上前一天的六成 || control: six tenths of the day before are added
planted = returns.clone()
for t in range(1, len(planted)):
    planted[t] += 0.6 * planted[t - 1]
planted_forecast, planted_truth = forecast_returns(planted)
moved = clinging(planted_forecast, planted_truth)
claim("Q15-shift-control", not max(moved) < 0.3, share=min(moved))

# %% [markdown] name="shift-meaning"
# 这条“预测”就是**昨天的价格**，只差一点点抖动。图上看不出来，是因为 20 天和 650 天挤在同样宽的纸上，一天的错位只有一根头发那么细。
#
# 它不傻。相邻两天的价格本来就差不多，如果明天往哪边走看不出来，最好的猜测确实就是今天的价格。错的是我们：拿一张图、一个 $R^2$，就当成了本事。

# %% [markdown] lang="en" of="4f8f8ea5.1531dbe7"
# This "forecast" is **yesterday's price** with a little jitter. The picture hides it, because 650 days share the width of the paper and a shift by one day is as thin as a hair.
#
# The network is not stupid. Prices of neighbouring days are close anyway, and if nothing tells which way tomorrow goes, today's price is indeed the best guess. The mistake is ours: we took a picture and an $R^2$ for skill.

# %% [markdown] name="skill" covers=["!19"]
# ## 15.3 和谁比？
#
# 一个误差是大是小，要看**不动脑筋**能得多少。时间序列最便宜的基线叫**持续预测**（persistence）：明天等于今天。提前 $k$ 步，它就是 $\hat x_t = x_{t-k}$。模型比它好几成，叫**技巧分**（skill score）：
#
# $$\text{skill} = 1 - \frac{\operatorname{mean}_t |\hat x_t - x_t|}{\operatorname{mean}_t |x_{t-k} - x_t|}$$
#
# 1 是完美，0 是和基线一样，负数是还不如基线。（气象学里常用平方误差；用哪一种都行，但要说清楚。本章一律用绝对误差。）
#
# 先看 $R^2$ 给谁打高分。

# %% [markdown] lang="en" of="1b5f788b.ce4d140a"
# ## 15.3 Compared with what?
#
# Whether an error is large depends on what can be had **without thinking**. The cheapest baseline for a time series is **persistence**: tomorrow equals today. At a lead of $k$ steps it is $\hat x_t = x_{t-k}$. By what share a model is better is its **skill score**:
#
# $$\text{skill} = 1 - \frac{\operatorname{mean}_t |\hat x_t - x_t|}{\operatorname{mean}_t |x_{t-k} - x_t|}$$
#
# 1 is perfect, 0 is as good as the baseline, negative is worse than the baseline. (Meteorology often uses squared errors; either will do, as long as one says which. This chapter always uses absolute errors.)
#
# First see whom $R^2$ praises.

# %% name="r2"
def r_squared(forecast, truth):
    return 1 - ((forecast - truth).square().sum()
                / (truth - truth.mean()).square().sum()).item()


def skill(forecast, truth, baseline):
    return 1 - distance(forecast, truth) / distance(baseline, truth)


on_price = [r_squared(one, today) for one in predicted]
copied = r_squared(yesterday, today)                    # 照抄昨天 || yesterday copied
claim("Q15-r2", min(on_price) > 0.98 and copied > 0.98,
      network=min(on_price), copy=copied)
on_returns = [r_squared(one, truth) for one in forecast]
claim("Q15-r2-control", not max(on_returns) > 0.98, best=max(on_returns))

# %% name="bet-stock"
predict("Q15")

# %% name="stock-skill" covers=["U-07", "!19"]
skills = [skill(one, truth, 0 * truth) for one in forecast]
claim("Q15", max(skills) < 0.02, first=skills[0], second=skills[1], third=skills[2])
found = [skill(one, planted_truth, 0 * planted_truth) for one in planted_forecast]
claim("Q15-control", not max(found) < 0.02,
      first=found[0], second=found[1], third=found[2])

# %% name="direction" covers=["U-07"]
hits = [((one > 0) == (truth > 0)).float().mean().item() for one in forecast]
always_up = (truth > 0).float().mean().item()
coin = 0.5 / len(truth) ** 0.5                         # 抛硬币的标准差 || of a fair coin
claim("Q15-direction", all(abs(share - 0.5) < 3 * coin for share in hits),
      low=min(hits), high=max(hits), up=always_up, coin=coin)
right = [((one > 0) == (planted_truth > 0)).float().mean().item()
         for one in planted_forecast]
claim("Q15-direction-control", not all(abs(share - 0.5) < 3 * coin for share in right),
      low=min(right), high=max(right))

# %% [markdown] name="stock-skill-meaning"
# 价格的 $R^2$ 接近 1，照抄昨天也一样高：$R^2$ 的对手是“总猜平均数”；价格在测试段里走出那么远，谁都比平均数强。换成收益率，$R^2$ 就掉到 0 附近。
#
# 会不会是网络太笨？对照说不是：在同样的收益率里种下一条规律，同一个网络、同样的训练，立刻就找到了。**尺子没坏，是那里没有东西可量。**

# %% [markdown] lang="en" of="3c863a79.443e28b5"
# For prices $R^2$ is close to 1, and copying yesterday scores just as high: the opponent of $R^2$ is "always the mean", and a price that wanders this far over the test part lets anybody beat the mean. For returns the same score drops to about 0.
#
# Was the network too weak? The control says no: plant a rule into the same returns, and the same network with the same training finds it at once. **The ruler is not broken; there was nothing to measure.**

# %% [markdown] name="warning" covers=["U-07", "!19"]
# <div class="admonition warning alert alert-danger">
#
# ### ⚠ 停一停：股票实验没有找到任何本事
#
# **三个种子，没有一个超过“明天不涨不跌”。不要拿这样的模型买卖股票，用自己的钱不行，用别人的更不行。**
#
# * **为什么没有。** 价格里看得见的规律，早有人拿去交易，交易又把它抹平（有效市场假说，efficient market hypothesis）。这不是说永远没有规律，而是说：20 个公开的收盘价里，这个网络没有找到。
# * **为什么图那么好看。** 预测就是昨天的价格，晚了一天。价格的 $R^2$ 有 0.98 以上，照抄昨天也有。
# * **就算有一点，也不够。** 每次买卖要付手续费和差价；技巧分里没有算。
# * **看到别人的漂亮曲线，问四句：** 和照抄昨天比，好多少？测试段在训练段之后吗？预测往左挪一天，会不会更贴？换几个起点，还好吗？
#
# “仅供参考”四个字救不了一个没有本事的模型。
#
# </div>

# %% [markdown] lang="en" of="a816b9a9.1d56e385"
# <div class="admonition warning alert alert-danger">
#
# ### ⚠ Stop here: the stock lab found no skill at all
#
# **Of three seeds, none beat "no change tomorrow". Do not trade with such a model: not with your own money, and least of all with somebody else's.**
#
# * **Why there is none.** Whatever pattern shows in prices has been traded on, and trading irons it out (the efficient market hypothesis). This does not say that there never is a pattern. It says: in 20 public closing prices, this network found none.
# * **Why the picture is so pretty.** The forecast is yesterday's price, one day late. On prices $R^2$ is above 0.98, and so it is for copying yesterday.
# * **A little would not be enough either.** Every trade costs a fee and a spread, and the skill score counts neither.
# * **Shown a pretty curve, ask four things.** How much better than copying yesterday? Is the test part later than the training part? Does the forecast fit better when shifted left by a day? Is it still good from other starting points?
#
# "For reference only" does not rescue a model without skill.
#
# </div>

# %% [markdown] name="leaks"
# ## 15.4 偷看，会假造出多少本事？
#
# **泄漏**（leakage）：训练时用了将来才知道的东西。考卷漏了题，分数当然好看。要看它能假造多少，最干净的办法是拿一条**什么规律也没有**的序列：随机游走，每一步都是新抛的硬币。在它身上，谁的技巧分大于零，谁就是偷看了。
#
# 第一种偷看最常见：先切窗口，再**随机**划分训练和测试，就像对待一堆互不相干的照片。下面每一格是一个窗口，横着是时间。

# %% [markdown] lang="en" of="aa90a847.854b04d9"
# ## 15.4 How much skill can peeking fake?
#
# **Leakage**: training used something that is known only later. When the questions of an exam get out, the marks look good. The cleanest way to see how much is faked is a series with **no pattern at all**, a random walk, where every step is a fresh toss. On such a series, whoever scores above zero has peeked.
#
# The first kind is the commonest: cut the windows first, then split them **at random**, as if they were unrelated photographs. Below, every square is a window and time runs from left to right.

# %% name="leak-picture" tags=["hide-input"]
fig, axes = plt.subplots(2, 1, figsize=(8, 1.7), sharex=True)
order = torch.rand(40, generator=torch.Generator().manual_seed(3)).argsort()
ways = {"按时间 || by time": torch.arange(40) >= 32, "打乱 || shuffled": order >= 32}
for ax, (name, held_out) in zip(axes, ways.items()):
    for k in range(40):
        look = {"fc": "C1", "hatch": "///"} if held_out[k] else {"fc": "C0"}
        ax.add_patch(plt.Rectangle((k, 0), 0.85, 1, **look))
    ax.set(xlim=(-0.5, 40.5), ylim=(0, 1), xticks=[], yticks=[])
    ax.set_ylabel(name, rotation=0, ha="right", va="center")
    ax.grid(False)
    ax.spines[:].set_visible(False)
axes[0].set_title("实心：训练　斜线：测试 || solid: training    hatched: test")
axes[1].set_xlabel("时间 → || time →")
plt.show()

# %% [markdown] name="leak-nearest"
# 打乱以后，每个测试窗口的左邻右舍都在训练里，只错开一天，几乎是同一个窗口；它的答案，邻居们早就“看过”了。
#
# 为了看清楚偷看本身，换一个记性最好、什么也不懂的预测器：**最近邻**（nearest neighbour）。它在训练里找最像的窗口，照抄那个窗口的下文。题目是看 20 步，预测 20 步之后。

# %% [markdown] lang="en" of="b3ced0d4.624e36ee"
# Once shuffled, every test window has neighbours in training that are off by a day, almost the same window; and they have "seen" its answer.
#
# To see the peeking by itself, take a forecaster with a perfect memory and no understanding: the **nearest neighbour**. It looks for the most similar window in training and copies what followed. The task: see 20 steps, forecast the one 20 steps later.

# %% name="bet-shuffle"
predict("Q15-shuffle")

# %% name="shuffle-code"
def nearest(x_train, y_train, x):
    """最像的训练窗口之后发生了什么 || what followed the most similar training window"""
    gaps = torch.cdist(x.flatten(1), x_train.flatten(1))                # (M, M_train)
    return y_train[gaps.argmin(1)]


def walk_skill(seed, split):
    """一条随机游走上的技巧分，提前 20 步 || the skill on one random walk, 20 steps ahead"""
    g = torch.Generator().manual_seed(seed)
    x, y = windows(torch.randn(2000, generator=g).cumsum(0), 20, steps=20)
    answer, last = y[:, -1], x[:, -1, 0]
    cut = int(0.8 * len(x))
    order = torch.arange(len(x))
    if split == "shuffled":
        order = torch.randperm(len(x), generator=g)
    train, test = order[:cut], order[cut:]
    if split == "gap":                      # 去掉伸进测试段的窗口 || none reaches into the test part
        train = train[:-39]
    return skill(nearest(x[train], answer[train], x[test]), answer[test], last[test])


WALKS = range(20)
scores = {split: torch.tensor([walk_skill(seed, split) for seed in WALKS])
          for split in ("shuffled", "time", "gap")}
claim("Q15-shuffle", scores["shuffled"].min() > 0.3,
      low=scores["shuffled"].min(), high=scores["shuffled"].max())
claim("Q15-shuffle-control", not scores["time"].min() > 0.3,
      low=scores["time"].min(), high=scores["time"].max())

# %% [markdown] name="shuffle-meaning"
# 在纯粹的硬币上，打乱以后“预测”得有模有样。换成按时间划分，同一个预测器立刻现了原形，比基线差得多。**什么规律都没有的地方量出了本事，那本事全是假的**；在有规律的数据上，同样的假分会悄悄加在真分上，看不出来。网络也会记，记得越牢，假得越多。
#
# 第二种偷看藏在**重叠**里：按时间切了，可是训练段最后那些窗口的答案，已经伸进了测试段。规矩的做法是在中间**空出一段**（上面的 `gap`，去掉 39 个窗口）。第三种是**平滑**：用前后各两天的平均把曲线“去噪”，再切窗口。中心在今天的平均，里面有明天。

# %% [markdown] lang="en" of="d40e8415.a8c05909"
# On nothing but tosses the shuffled split "forecasts" respectably. Split by time, the very same forecaster is unmasked and falls far below the baseline. **Skill measured where there is no pattern is fake, all of it**; on data with a pattern the same fake score is quietly added to the real one and cannot be seen. Networks memorise too, and the better they do, the more they fake.
#
# The second kind hides in the **overlap**: split by time, and yet the answers of the last training windows reach into the test part. The proper thing is to leave a **gap** (`gap` above; it drops 39 windows). The third is **smoothing**: "remove the noise" by averaging two days before and two days after, then cut windows. An average centred on today has tomorrow in it.

# %% name="ridge-code"
class Ridge:
    """岭回归：在窗口的所有数上做一次线性回归，给权重的平方加一点罚
    || ridge regression: linear in all numbers of the window, with a penalty on the
    squared weights"""

    def __init__(self, x, y, penalty):                      # x (M, T, I), y (M, K)
        rows = self.rows(x)
        penalties = torch.full((rows.shape[1],), float(penalty))
        penalties[-1] = 0                                               # 偏置不罚 || not the bias
        # (A^T A + D) w = A^T y
        self.weights = torch.linalg.solve(rows.T @ rows + penalties.diag(), rows.T @ y)

    def rows(self, x):
        return torch.cat([x.flatten(1), torch.ones(len(x), 1)], dim=1)  # (M, T*I + 1)

    def __call__(self, x):
        return self.rows(x) @ self.weights                              # (M, K)


def smoothed_skill(seed, back, ahead):
    """用今天之前 back 天到之后 ahead 天的平均作输入，预测明天那一抛
    || inputs averaged from `back` days before to `ahead` after; forecasts a toss"""
    toss = torch.randn(2000, generator=torch.Generator().manual_seed(seed))
    padded = F.pad(toss[None, None], (back, ahead))
    smooth = F.avg_pool1d(padded, back + ahead + 1, stride=1)[0, 0]     # (2000,)
    x, _ = windows(smooth, 20)
    y = toss[20:, None]
    model = Ridge(x[:1500], y[:1500], penalty=1)
    return skill(model(x[1500:]), y[1500:], 0 * y[1500:])


centred = [smoothed_skill(seed, back=2, ahead=2) for seed in SEEDS]
trailing = [smoothed_skill(seed, back=4, ahead=0) for seed in SEEDS]
gained = (scores["time"] - scores["gap"]).median()                      # 重叠 || overlap
faked = (scores["shuffled"] - scores["gap"]).median()                   # 打乱 || shuffling
claim("Q15-overlap", gained < 0.3, gained=gained)
claim("Q15-overlap-control", not faked < 0.3, gained=faked)
claim("Q15-smooth", min(centred) > 0.3, low=min(centred), high=max(centred))
claim("Q15-smooth-control", not min(trailing) > 0.3,
      low=min(trailing), high=max(trailing))

# %% [markdown] name="ridge-meaning"
# 第二个预测器也登场了：**岭回归**（ridge regression），线性，一个公式解完，没有轮数，没有种子。这一章里它将是最硬的对手。
#
# 第四种偷看，教科书讲得最多：**缩放器在全部数据上算**，均值、最大值里混进了测试段。它假造多少，要看数据。用一个直接预测**价格**的网络量一量：最大值、最小值取自训练段，还是取自全部。

# %% [markdown] lang="en" of="bcd84def.6dc2b1e7"
# The second forecaster has entered: **ridge regression**, linear, solved by one formula, with no epochs and no seeds. In this chapter it is going to be the toughest opponent.
#
# The fourth kind is the one that textbooks talk about most: a **scaler fitted on everything**, whose mean or maximum has seen the test part. How much it fakes depends on the data. Measure it with a network that forecasts **prices** directly, with minimum and maximum from the training part or from everything.

# %% name="scaler-code"
def scaled_error(series, everything, seed):
    """缩放到 0 与 1 之间再训练，测试段的平均误差（原来的单位）
    || scaled to between 0 and 1, then trained: mean error on the test part, in the
    series' own unit"""
    seen = series if everything else series[:train_end]
    low, high = seen.min(), seen.max()
    scaled = (series - low) / (high - low)
    train, validation, (x, y) = (
        windows(piece, WINDOW) for piece in
        (scaled[:train_end], scaled[train_end:test_start], scaled[test_start:]))
    model = trained(train, validation, seed, epochs=4)
    return (high - low).item() * distance(model(x), y)


errors = {name: [[scaled_error(series, everything, seed) for seed in SEEDS]
                 for everything in (False, True)]
          for name, series in (("price", price), ("return", returns))}
honest, leaky = errors["price"]
claim("Q15-scaler", max(leaky) < 0.9 * min(honest),
      honest=min(honest), leaky=max(leaky), copy=distance(yesterday, today))
honest, leaky = errors["return"]
claim("Q15-scaler-control", not max(leaky) < 0.9 * min(honest),
      honest=min(honest), leaky=max(leaky))

# %% [markdown] name="scaler-meaning"
# 偷看最大值，误差确实小了一截；可是偷看也好，不偷看也好，都远远不如照抄昨天。真正的病不在缩放器，在于让网络预测它从没见过的**水平**。改成预测收益率，同样的偷看什么也捞不到。
#
# 四种偷看，轻重差得很远：
#
# | 偷看 | 规矩的做法 |
# |---|---|
# | 打乱窗口再划分：假造最多 | 按时间划分 |
# | 中心平滑、未来的均值：同样严重 | 只用过去：尾部平均，逐日更新 |
# | 训练的答案伸进测试段：这里很小 | 中间空出窗口加提前量那么长 |
# | 缩放器见过测试段：看数据，有趋势时才大 | 只在训练段上算均值和标准差 |
#
# 轻的也别犯：守规矩只要一行，而你没法事先知道它轻。

# %% [markdown] lang="en" of="25c54b94.ed222916"
# Peeking at the maximum does shrink the error; and yet, with or without it, the network is far worse than copying yesterday. The real disease is not the scaler but asking a network for **levels** it has never seen. Forecast returns instead, and the same peeking gains nothing.
#
# Four kinds of peeking, and their weights differ widely:
#
# | peeking | the proper way |
# |---|---|
# | windows shuffled before the split: fakes most | split by time |
# | centred smoothing, means of the future: just as bad | the past only: trailing averages, updated daily |
# | training answers that reach into the test part: small here | leave a gap as long as window and lead together |
# | a scaler that has seen the test part: depends on the data, large where there is a trend | mean and standard deviation from the training part alone |
#
# Do not commit the light ones either: the proper way is one line, and you cannot know beforehand that it was light.

# %% [markdown] name="weather" covers=["U-08"]
# ## 15.5 天气：短期看昨天，长期看季节
#
# 西雅图，2012 到 2015 年，每天的最高气温。天气和股票不同：它有真的规律，而且有**两个**便宜的基线：
#
# * **持续**：明天和今天一样；
# * **气候值**（climatology）：和往年这个日子一样。把训练段的气温对一年一周的正弦、余弦做最小二乘，就是它。
#
# 前两年训练，第三年验证，2015 年测试。从气温里减去气候值，剩下的叫**距平**（anomaly）：今天比往年暖几度。预测器只管距平，季节已经知道了。

# %% [markdown] lang="en" of="be99314e.f6033dc3"
# ## 15.5 Weather: yesterday for the short run, the season for the long
#
# Seattle, 2012 to 2015, the highest temperature of every day. Weather is unlike shares: there is a real pattern, and there are **two** cheap baselines:
#
# * **persistence**: tomorrow is like today;
# * **climatology**: like this date in other years. Least squares of the training temperatures on sines and cosines with a period of one year give it.
#
# Two years for training, the third for validation, 2015 for the test. Temperature minus climatology is the **anomaly**: how many degrees warmer it is than usual. The forecasters deal with anomalies only; the season is known already.

# %% name="weather-data" covers=["U-08"]
weather = data.seattle_weather()
temperature = torch.tensor([day.temp_max for day in weather])           # (1461,) °C
dates = [datetime.date.fromisoformat(day.date) for day in weather]
angle = torch.tensor([2 * math.pi * day.timetuple().tm_yday / 365.25 for day in dates])
season = torch.stack([torch.ones_like(angle), angle.sin(), angle.cos(),
                      (2 * angle).sin(), (2 * angle).cos()], dim=1)     # (1461, 5)
YEAR_3, YEAR_4 = 731, 1096                          # 2014、2015 年从这里开始 || begin here
fitted = torch.linalg.lstsq(season[:YEAR_3], temperature[:YEAR_3, None]).solution
climate = (season @ fitted)[:, 0]                                       # (1461,)
anomaly = temperature - climate
print(dates[0], dates[YEAR_3], dates[YEAR_4], dates[-1])
for year, part in (("2012-2013", anomaly[:YEAR_3]), ("2014", anomaly[YEAR_3:YEAR_4]),
                   ("2015", anomaly[YEAR_4:])):
    print(year, "平均距平 || mean anomaly", f"{part.mean():+.1f} °C")

fig, ax = plt.subplots(figsize=(8, 2.8))
ax.plot(dates, temperature, lw=0.7, label="最高气温 || highest temperature")
ax.plot(dates, climate, "-", color="C1", lw=2.2,
        label="气候值（由前两年算出） || climatology (from the first two years)")
ax.axvspan(dates[YEAR_4], dates[-1], color="0.88", zorder=0)
ax.set(ylabel="°C", ylim=(-3, 46))
ax.legend(loc="upper left", ncol=2)
plt.show()

# %% [markdown] name="weather-warm"
# 灰色是测试的一年。它比往年暖：气候值只见过前两年，不知道这一年不一样。这叫**分布漂移**（distribution shift），真实数据里到处都是，15.9 节还会吃它的亏。
#
# 现在预测 1 到 14 天之后。岭回归一次解出 14 个答案；LSTM 有 14 个输出；两者的输入一样，都是最近 14 天的距平。罚的轻重在验证年上选。

# %% [markdown] lang="en" of="3a5fdeb4.eeed8cc7"
# Grey is the test year. It is warmer than usual: climatology has seen only the first two years and cannot know. This is **distribution shift**; real data are full of it, and section 15.9 will pay for it again.
#
# Now forecast 1 to 14 days ahead. Ridge solves for all 14 answers at once, the LSTM has 14 outputs, and both are given the same inputs, the anomalies of the last 14 days. The penalty is chosen on the validation year.

# %% name="bet-baseline"
predict("Q15-baseline")

# %% name="weather-leads" tags=["nbval-ignore-output"] covers=["U-08"]
LEADS = 14
spread = anomaly[:YEAR_3].std()
town_train, town_check, town_test = (
    windows(piece / spread, 14, steps=LEADS) for piece in
    (anomaly[:YEAR_3], anomaly[YEAR_3:YEAR_4], anomaly[YEAR_4:]))
candidates = [Ridge(*town_train, penalty) for penalty in (1, 10, 100)]
linear = min(candidates, key=lambda one: distance(one(town_check[0]), town_check[1]))
networks = [trained(town_train, town_check, seed, epochs=12, lr=1e-2)
            for seed in SEEDS]


def by_lead(forecast):
    """距平的预测 (M, 14) -> 每个提前量的平均误差 (14,)，°C
    || forecasts of the anomaly (M, 14) -> mean error at each lead (14,), °C"""
    return (spread * (forecast - town_test[1]).abs()).mean(0)


days_after = temperature[YEAR_4 + 14:].unfold(0, LEADS, 1)              # (M, 14)
same_as_today = (temperature[YEAR_4 + 13:-LEADS, None] - days_after).abs().mean(0)
mean_errors = {
    "持续 || persistence": same_as_today,
    "气候值 || climatology": by_lead(torch.zeros_like(town_test[1])),
    "岭回归 || ridge": by_lead(linear(town_test[0])),
    "LSTM": torch.stack([by_lead(model(town_test[0])) for model in networks]).mean(0)}

fig, ax = plt.subplots(figsize=(7, 3.2))
for (name, values), mark in zip(mean_errors.items(), "os^D"):
    ax.plot(range(1, LEADS + 1), values, marker=mark, ms=4, label=name)
ax.set(xlabel="提前几天 || days ahead", ylabel="平均误差（°C） || mean error (°C)")
ax.legend()
plt.show()
print("提前几天 || days ahead            1     3     7")
for name, values in mean_errors.items():
    print(f"{name:22}", *(f"{values[k - 1]:5.1f}" for k in (1, 3, 7)))

# %% name="baseline-claim" covers=["U-08"]
persistent, climatic, ridge_error, lstm_error = mean_errors.values()
week = 7 - 1                                        # 提前 7 天在第 6 列 || lead 7 is column 6
claim("Q15-baseline", 1 - ridge_error[week] / persistent[week] > 0.1,
      persistence=1 - ridge_error[week] / persistent[week])
claim("Q15-baseline-control", not 1 - ridge_error[week] / climatic[week] > 0.1,
      climatology=1 - ridge_error[week] / climatic[week])

against_ridge, against_climate = lstm_error / ridge_error, lstm_error / climatic
claim("Q15-weather", against_ridge.min() > 0.97, best=against_ridge.min())
claim("Q15-weather-control", not against_climate.min() > 0.97,
      best=against_climate.min())

# %% [markdown] name="weather-meaning"
# 提前一天，持续比气候值好得多；两天打平，三天以后反过来。所以**“技巧分多少”这句话，不说和谁比、提前多久，就没有意义**：提前一周，和持续比像是有本事，和气候值比几乎不剩什么。规矩是：和**最强**的便宜基线比。
#
# 在这里线性模型赢了，或者说没有输：每个提前量上，LSTM 都不比岭回归好。输入一样，七百来个窗口，距平的规律又几乎是线性的（昨天暖，今天多半也暖，过几天就忘了），网络多出来的本领没有用处，却要多付方差。天气预报真正的本事来自大气的观测和物理方程，不在一个气温计的历史里。

# %% [markdown] lang="en" of="fc769a20.f5492101"
# One day ahead, persistence is far better than climatology; at two days they are level, and from three days on it is the other way round. So **"the skill is so much" means nothing without saying against whom and how far ahead**: a week ahead there seems to be skill against persistence, and hardly any is left against climatology. The rule: compare with the **strongest** cheap baseline.
#
# Here the linear model wins, or at least does not lose: at no lead is the LSTM better than ridge. The inputs are the same, there are some seven hundred windows, and the pattern in the anomalies is nearly linear (warm yesterday, probably warm today, forgotten in a few days). What more the network can do is of no use, and is paid for in variance. The real skill of weather forecasts comes from observing the whole atmosphere and from the equations of physics, not from the past of one thermometer.

# %% [markdown] name="hot" covers=["U-08"]
# ### 热浪呢？
#
# 平均误差里最不起眼的几天，往往最要紧。把测试年里最热的一成日子挑出来，看提前三天的预测偏了多少。

# %% [markdown] lang="en" of="ec073022.949cbf16"
# ### And heat waves?
#
# The days that hardly count in a mean error are often those that matter. Pick the hottest tenth of the test year and see by how much the forecast of three days before is off.

# %% name="hot-days" covers=["U-08"]
lead = 3 - 1
usual = climate[YEAR_4 + 14:].unfold(0, LEADS, 1)                       # (M, 14)
called = (spread * linear(town_test[0]) + usual)[:, lead]
came = days_after[:, lead]
hot = came >= came.quantile(0.9)
off, off_everywhere = (called - came)[hot].mean(), (called - came).mean()
claim("Q15-hot", off < -3, off=-off)
claim("Q15-hot-control", not off_everywhere < -3, off=-off_everywhere)

# %% [markdown] name="hot-meaning"
# 最热的日子，预测明显太凉。这不全是模型的错：只报**一个数**，最好的数是所有可能的中间，极端永远在它外面。（也有一部分是我们挑的：事后按结果挑日子，再好的预测也显得胆小。）要回答“会不会热到 35 度”，一个数不够，得报一个**区间**。15.9 节就来做。

# %% [markdown] lang="en" of="4e0c63d2.1bb8a89f"
# On the hottest days the forecast is clearly too cool. That is not all the model's fault: when only **one number** is given, the best one lies in the middle of what may happen, and extremes are outside of it. (Part of it is our picking: choose days afterwards by how they turned out, and any forecast looks timid.) Whether it will reach 35 degrees cannot be answered with a number. It takes an **interval**; section 15.9 makes one.

# %% [markdown] name="load" covers=["U-09"]
# ## 15.6 用电：上周这个时候
#
# 英格兰和威尔士的用电，每半小时一个数，2000 年夏天，十二个星期。电不好储存，电网必须在前一天排好第二天哪些电厂开机：排少了停电（短缺），排多了白烧（成本）。所以题目是**提前 24 小时**，也就是 48 步。
#
# 两个基线：**昨天这个时候**，和**上周这个时候**。后者叫**季节朴素**（seasonal naive）：跨过一整个周期去抄。

# %% [markdown] lang="en" of="d484ba6e.96632594"
# ## 15.6 Electricity: this time last week
#
# Electricity demand in England and Wales, a number every half-hour, twelve weeks in the summer of 2000. Electricity is hard to store, so the day before somebody has to schedule which plants will run: too few and there is a shortage, too many and fuel is burnt for nothing. So the task is **24 hours ahead**, which is 48 steps.
#
# Two baselines: **this time yesterday**, and **this time last week**. The latter is called **seasonal naive**: copy across one whole period.

# %% name="load-data" covers=["U-09"]
DAY, WEEK = 48, 336                                                     # 半小时 || half-hours
half_hours = data.electricity_load()
demand = torch.tensor([row.load for row in half_hours]) / 1000          # (4032,) GW
print(half_hours[0].time, "...", half_hours[-1].time)

fig, axes = plt.subplots(1, 2, figsize=(9, 2.6), sharey=True, width_ratios=[1, 1.3])
axes[0].plot(torch.arange(2 * WEEK) / DAY, demand[:2 * WEEK], lw=1)
axes[0].set(xlabel="天（前两周） || day (first two weeks)", ylabel="GW")
axes[1].plot(torch.arange(len(demand)) / WEEK, demand, lw=0.5)
axes[1].axvspan(10, 12, color="0.84", zorder=0)
axes[1].set(xlabel="周（灰色：测试） || week (grey: test)")
plt.show()

# %% [markdown] name="load-inputs"
# 上周这个时候已经很准，所以两个预测器都只学**和上周差多少**。它们的输入一样：最近 24 小时，每两小时取一格，共 12 步，每步 6 个数：
#
# | 数 | 为什么 |
# |---|---|
# | 此刻的用电 | 现在的水平 |
# | 此刻比上周这时多多少 | 这一天和上周那天有什么不同 |
# | 上周、答案那个时刻的用电 | 该走到哪里 |
# | 答案那个时刻的钟点（正弦、余弦）、是不是周末 | 日历，提前就知道，不算偷看 |

# %% [markdown] lang="en" of="b92e1d58.ee17fa9a"
# This time last week is a good guess already, so both forecasters only learn **the difference from last week**. Their inputs are the same: the last 24 hours, every two hours, 12 steps of 6 numbers:
#
# | number | why |
# |---|---|
# | demand now | the present level |
# | how much more than at this time last week | in what today is unlike last week's day |
# | demand last week at the time of the answer | where it should be heading |
# | time of day (sine, cosine) and weekend, at the time of the answer | the calendar, known beforehand: no peeking |

# %% name="load-inputs-code" covers=["U-09"]
steps = torch.arange(len(demand))
level = (demand - demand[:8 * WEEK].mean()) / demand[:8 * WEEK].std()   # 前八周：训练 || training
change = torch.zeros_like(demand)
change[WEEK:] = demand[WEEK:] - demand[:-WEEK]
scale = change[WEEK:8 * WEEK].std()
aim = steps + DAY                                   # 答案的时刻 || the time of the answer
clock = 2 * math.pi * (aim % DAY) / DAY
weekend = (aim // DAY % 7 >= 5).float()
week_before_aim = level[(aim - WEEK).clamp(min=0)]
inputs = torch.stack([level, change / scale, week_before_aim,
                      clock.sin(), clock.cos(), weekend], dim=1)        # (4032, 6)

now = torch.arange(WEEK + DAY - 1, len(demand) - DAY)                   # (M,) 站在哪里 || from where
x_load = inputs[now[:, None] + torch.arange(-44, 1, 4)]                 # (M, 12, 6)
answer = demand[now + DAY]                                              # (M,) GW
yesterday_load, last_week = demand[now], demand[now + DAY - WEEK]       # (M,)
y_load = ((answer - last_week) / scale)[:, None]                        # (M, 1)


def weeks(start, stop):
    """答案落在第 start 周到第 stop 周之前的那些行 || rows whose answer is in weeks start to stop - 1"""
    return (now + DAY >= start * WEEK) & (now + DAY < stop * WEEK)


def known_by(week):
    """第一次预测第 week 周时（早一天），答案已经揭晓的行
    || rows whose answers are known when week `week` is first forecast, a day before"""
    return now + DAY < week * WEEK - DAY


def percent_off(forecast, rows):
    """平均差百分之几（MAPE） || mean absolute percentage error (MAPE)"""
    return (100 * (forecast - answer).abs() / answer)[rows].mean().item()


def in_gw(model):
    """预测器 -> 用电的预测 (M,)，GW || forecaster -> forecasts of demand (M,), GW"""
    return last_week + scale * model(x_load)[:, 0]

# %% name="load-split" covers=["U-09"]
def best_ridge(x, fit_rows, check_rows):
    """罚的轻重在 check_rows 上选，选好后两段合起来再解一次 -> 用电的预测 (M,)，GW
    || the penalty is chosen on check_rows, then solved again with both parts
    -> forecasts of demand (M,), GW"""
    def solved(rows, penalty):
        return last_week + scale * Ridge(x[rows], y_load[rows], penalty)(x)[:, 0]

    best = min((1, 10, 100),
               key=lambda penalty: percent_off(solved(fit_rows, penalty), check_rows))
    return solved(fit_rows | check_rows, best)


def network_on_load(fit_rows, check_rows, seed, **how):
    return trained((x_load[fit_rows], y_load[fit_rows]),
                   (x_load[check_rows], y_load[check_rows]),
                   seed, epochs=8, lr=1e-2, **how)


exam = weeks(10, 12)
early, check_weeks = known_by(8), weeks(8, 10)
load_ridge = best_ridge(x_load, early, check_weeks)
load_nets = [in_gw(network_on_load(early, check_weeks, seed)) for seed in SEEDS]
show("训练、验证、测试的行数 || rows for training, validation, test",
     *(int(rows.sum()) for rows in (early, check_weeks, exam)))
naive_week = percent_off(last_week, exam)
naive_day = percent_off(yesterday_load, exam)
claim("Q15-season", naive_week < naive_day / 2, week=naive_week, day=naive_day)
weekday = aim[now] // DAY % 7                                           # 0：星期一 || Monday
midweek = exam & (weekday >= 1) & (weekday <= 4)                        # 前一天也上班 || Tue-Fri
week_there, day_there = (percent_off(naive, midweek)
                         for naive in (last_week, yesterday_load))
claim("Q15-season-control", not week_there < day_there / 2,
      week=week_there, day=day_there)

errors_there = [percent_off(one, exam) for one in (load_ridge, *load_nets)]
claim("Q15-load", max(errors_there) < naive_week, ridge=errors_there[0],
      low=min(errors_there[1:]), high=max(errors_there[1:]), week=naive_week)
# 对照：去掉和上周有关的两个数 || control: without the two numbers about last week
blind = best_ridge(x_load[:, :, [0, 3, 4, 5]], early, check_weeks)
claim("Q15-load-control", not percent_off(blind, exam) < naive_week,
      ridge=percent_off(blind, exam))

# %% [markdown] name="load-meaning"
# 抄上周远胜过抄昨天，因为星期六不像星期五，星期一不像星期天；只看星期二到星期五，昨天就够好了。**季节朴素**要抄哪个周期，看数据的作息。
#
# 岭回归和三个网络都赢了它，但要拿走上周的数，岭回归反而输：**好的输入，比好的模型更要紧。** 至于网络和岭回归谁好，这一次考试里，看种子。先别下结论，15.8 节要考七次。

# %% [markdown] lang="en" of="58ae3499.8ef6a79f"
# Copying last week is far better than copying yesterday, because a Saturday is not like a Friday nor a Monday like a Sunday; from Tuesday to Friday yesterday will do. Which period **seasonal naive** should copy depends on the rhythm of the data.
#
# Ridge and all three networks beat it; take last week's numbers away, and ridge loses to it: **good inputs matter more than a good model.** Which of network and ridge is better depends on the seed in this one exam. No conclusion yet; section 15.8 holds it again.

# %% [markdown] name="multi-step" covers=["U-09"]
# ## 15.7 一步到位，还是一步一步？
#
# 要预测 48 步之后，有两条路：
#
# * **直接**（direct）：每个提前量各有一个输出，一步到位，上面都是这样；
# * **递归**（recursive）：只训练一个提前一步的模型，把预测当成真的接在后面，再走一步，走 48 次。
#
# 递归像第 10 章的解码器：训练时读的全是真数，用的时候却要读自己写的，也就是**曝光偏差**。误差会不会越滚越大？拿用电的曲线，只看最近两小时（4 个数），两条路都用岭回归，预测 24 小时之后。

# %% [markdown] lang="en" of="6e41ba2c.2d0e0130"
# ## 15.7 In one leap, or step by step?
#
# There are two ways to forecast 48 steps ahead:
#
# * **direct**: an output for each lead, one leap; so far all has been done this way;
# * **recursive**: train a model for one step only, append its forecast as if it were true, take the next step, 48 times.
#
# Recursion is like the decoder of Chapter 10: in training it read only what is true, in use it reads what it wrote itself, which is **exposure bias**. Does the error snowball? Take the demand, look at the last two hours only (4 numbers), use ridge for both ways, and forecast 24 hours ahead.

# %% name="bet-recursive"
predict("Q15-recursive")

# %% name="recursive-code" covers=["U-09"]
def recursive(one_step, x, steps):
    """x (M, window, 1) -> 一步一步往前走 (M, steps) || walks ahead step by step (M, steps)"""
    written = []
    for _ in range(steps):
        following = one_step(x)                                         # (M, 1)
        written.append(following)
        x = torch.cat([x[:, 1:], following[:, :, None]], dim=1)         # 窗口挪一步 || move on
    return torch.cat(written, dim=1)


def both_ways(window):
    """直接、递归在每个提前量上的平均误差，GW || mean error at each lead, direct and recursive"""
    past, future = level[:8 * WEEK], level[10 * WEEK - window:]
    direct = Ridge(*windows(past, window, steps=DAY), penalty=0.01)
    one_step = Ridge(*windows(past, window), penalty=0.01)
    x, y = windows(future, window, steps=DAY)
    gw = demand[:8 * WEEK].std()
    return [(gw * (forecast - y).abs()).mean(0)
            for forecast in (direct(x), recursive(one_step, x, DAY))]


fig, axes = plt.subplots(1, 2, figsize=(9, 2.8), sharey=True)
growth = {}
for ax, window in zip(axes, (4, DAY)):
    direct, walked = both_ways(window)
    growth[window] = (walked[-1] / direct[-1]).item()
    ax.plot(torch.arange(1, DAY + 1) / 2, direct, label="直接 || direct")
    ax.plot(torch.arange(1, DAY + 1) / 2, walked, label="递归 || recursive")
    ax.set(title=f"看最近 {window // 2} 小时 || sees the last {window // 2} hours",
           xlabel="提前几小时 || hours ahead")
axes[0].set(ylabel="平均误差（GW） || mean error (GW)")
axes[0].legend()
plt.show()
claim("Q15-recursive", growth[4] > 1.5, times=growth[4])
claim("Q15-recursive-control", not growth[DAY] > 1.5, times=growth[DAY])

# %% [markdown] name="recursive-meaning"
# 只看两小时，递归走丢了：它不知道现在是一天里的什么时候，走出去的每一步都把这份糊涂带进下一步。**只把窗口改成一整天**，两条路就几乎重合：一步的模型里装得下一天的节律，走 48 次也不走样。
#
# 所以“递归会累积误差”是真的，也是有条件的：一步模型缺的东西，递归会一遍遍地缺。选哪一个？提前量固定、数据够，用直接；提前量不定，或者要一整条可能的轨迹，用递归；都便宜，就都试。

# %% [markdown] lang="en" of="d2c90e52.f06df2f4"
# With two hours to look at, recursion loses its way: it does not know what time of day it is, and every step carries the confusion into the next. **Make the window a whole day, and nothing else**, and the two ways almost coincide: the rhythm of a day fits into the one-step model, and 48 steps do not spoil it.
#
# So "recursion accumulates errors" is true under a condition: what the one-step model lacks, recursion lacks again and again. Which to choose? With a fixed lead and enough data, direct; if leads vary, or a whole possible path is wanted, recursive; both are cheap, so try both.

# %% [markdown] name="origins" covers=["U-09"]
# ## 15.8 换一个起点，再考一次
#
# 一个测试段，就是一次考试；考得好，也许只是题目合适。**滚动起点**（rolling origin）：站在第 5 周的开头，只用过去训练，预测第 5 周；再站到第 6 周的开头，重新训练，预测第 6 周……一共七次考试。每一次，网络用三个种子，拿误差除以岭回归的误差：小于 1，网络赢。（最近的一周留作验证：网络看着它喊停；岭回归用它选好罚，再用全部过去重解一次，反正一瞬间的事。）

# %% [markdown] lang="en" of="c1559879.1ccb47b3"
# ## 15.8 From another starting point
#
# One test part is one exam, and a good mark may just mean suitable questions. **Rolling origin**: stand at the beginning of week 5, train on the past only, forecast week 5; move to the beginning of week 6, train anew, forecast week 6, and so on: seven exams. Each time the network gets three seeds, and its error is divided by that of ridge: below 1 the network wins. (The latest week is kept for validation. The network watches it to know when to stop; ridge uses it to choose the penalty and is then solved again on all of the past, which takes no time.)

# %% name="bet-origins"
predict("Q15-origins")

# %% name="origins-code" tags=["nbval-ignore-output"] covers=["U-09"]
EXAMS = range(5, 12)


def one_exam(week):
    """第 week 周：朴素、岭回归、三个网络各差百分之几
    || week `week`: percent off for seasonal naive, ridge and three networks"""
    fit_rows = known_by(week - 1)
    check_rows = known_by(week) & ~fit_rows
    forecasts = [last_week, best_ridge(x_load, fit_rows, check_rows)]
    forecasts += [in_gw(network_on_load(fit_rows, check_rows, seed)) for seed in SEEDS]
    return [percent_off(one, weeks(week, week + 1)) for one in forecasts]


marks = torch.tensor([one_exam(week) for week in EXAMS])                # (7, 5)
quotients = marks[:, 2:] / marks[:, 1:2]                                # (7, 3)

fig, ax = plt.subplots(figsize=(7, 2.8))
ax.axhline(1, color="0.3", lw=1)
for seed, mark in zip(SEEDS, "os^"):
    ax.plot(EXAMS, quotients[:, seed], mark, ls="none", color="C0",
            label=f"种子 {seed} || seed {seed}")
ax.set(xticks=list(EXAMS), xlabel="考第几周 || week of the exam", yscale="log",
       ylabel="LSTM / 岭回归 || LSTM / ridge")
ax.set_yticks([0.6, 0.8, 1, 1.2, 1.5], ["0.6", "0.8", "1", "1.2", "1.5"], minor=False)
ax.minorticks_off()
ax.legend(ncol=3)
plt.show()
print("第几周 || week           ", *(f"{week:5}" for week in EXAMS),
      "   平均 || mean")
for name, column in (("季节朴素 || seasonal naive", marks[:, 0]),
                     ("岭回归 || ridge", marks[:, 1]),
                     ("LSTM", marks[:, 2:].mean(1))):
    print(f"{name:22}", *(f"{value:5.2f}" for value in column),
          f"   {column.mean():5.2f}")

# %% name="origins-claim" covers=["U-09", "F-07"]
by_week = quotients.mean(1)                                             # (7,)
by_seed = quotients.mean(0)                                             # (3,)
claim("Q15-origins", by_week.max() / by_week.min() > 1.2,
      best=by_week.min(), worst=by_week.max(), wins=int((by_week < 1).sum()))
claim("Q15-origins-control", not by_seed.max() / by_seed.min() > 1.2,
      low=by_seed.min(), high=by_seed.max())

# 每周重新拟合，还是停在第 5 周？ || fitted anew each week, or left as it was in week 5?
frozen = best_ridge(x_load, known_by(4), known_by(5) & ~known_by(4))
frozen_marks = torch.tensor([percent_off(frozen, weeks(week, week + 1))
                             for week in EXAMS])
renewed, left_alone = marks[:, 1].mean(), frozen_marks.mean()
claim("Q15-update", left_alone > 1.05 * renewed, renewed=renewed, frozen=left_alone)
claim("Q15-update-control", not frozen_marks[0] > 1.05 * marks[0, 1],
      renewed=marks[0, 1], frozen=frozen_marks[0])

# %% [markdown] name="origins-meaning"
# 有的周网络赢得漂亮，有的周输得难看，有一周三个种子各说各话。七周平均下来，三个种子却几乎一样。**决定谁赢的，是考哪一周。** 谁要是只挑一周发表，两种结论都写得出来，还都有图。而平均起来，谁也没有甩开谁。
#
# 每周用新数据重新拟合，就是最朴素的**在线更新**（online updating）：平均起来，比停在第 5 周不动要好。
#
# 表里像是还有一条线索：网络赢得最多的第 7 周，是**抄上周**最不灵的两周之一，上周和这周不一样，弯弯绕绕的本领才用得上。可是第 9 周抄上周同样不灵，网络却没有占到便宜。七次考试太少，线索还不是结论。

# %% [markdown] lang="en" of="f590384c.8aa4314b"
# In some weeks the network wins handsomely, in others it loses badly, and in one the three seeds disagree; averaged over the seven weeks, all seeds say nearly the same. **Which week is examined decides who wins.** Anyone who publishes a single week can write either conclusion, with a figure. On average, neither leaves the other behind.
#
# Fitting anew every week on the latest data is **online updating** in its plainest form: on average it is better than stopping at week 5.
#
# The table seems to hold a clue: week 7, which the network wins by most, is one of the two in which **copying last week** works worst; where last week is unlike this one, being able to bend should be of use. But copying fails as badly in week 9, and there the network gains nothing. Seven exams are too few: a clue is not a conclusion.

# %% [markdown] name="intervals" covers=["U-09"]
# ## 15.9 别只报一个数
#
# 调度员要的不是一个数。少备一吉瓦，要临时高价买电，甚至拉闸；多备一吉瓦，只是多烧些煤。如果短缺比富余贵 9 倍，就不该备“最可能的数”，而该备一个**十次里够九次**的数：0.9 **分位数**（quantile）。
#
# 怎么让网络学分位数？换一个歪的损失，叫**弹球损失**（pinball loss）。$d = x_t - \hat x_t$ 是少报了多少，$p$ 是要的分位数：
#
# $$\rho_p(d) = \max\bigl(p d,\ (p - 1)\, d\bigr)$$
#
# $p = 0.9$ 时，少报 1 罚 0.9，多报 1 只罚 0.1，正好是 9 比 1。$p = 0.5$ 就是绝对误差的一半。
#
# {symbols: p}
#
# 一个网络，三个输出：0.1、0.5、0.9。0.1 和 0.9 之间是 80 % 的**预测区间**（prediction interval），十次里应该有八次，真实值落在里面，这个比例叫**覆盖率**（coverage）。

# %% [markdown] lang="en" of="f2b8e1cb.04dc9bea"
# ## 15.9 Not just one number
#
# A single number is not what the grid operator needs. A gigawatt too few must be bought dearly at once, or the lights go out; a gigawatt too many burns some coal. If a shortage costs 9 times as much as a surplus, the thing to schedule is not the likeliest number but one that is **enough nine times out of ten**: the 0.9 **quantile**.
#
# How does a network learn a quantile? By a lopsided loss, the **pinball loss**. Let $d = x_t - \hat x_t$ be by how much the forecast is too low, and $p$ the quantile that is wanted:
#
# $$\rho_p(d) = \max\bigl(p d,\ (p - 1)\, d\bigr)$$
#
# With $p = 0.9$, too low by 1 costs 0.9 and too high by 1 only 0.1: exactly 9 to 1. With $p = 0.5$ it is half the absolute error.
#
# {symbols: p}
#
# One network, three outputs: 0.1, 0.5, 0.9. Between 0.1 and 0.9 lies an 80 % **prediction interval**: eight times out of ten the truth should fall inside. That share is its **coverage**.

# %% name="bet-coverage"
predict("Q15-coverage")

# %% name="quantile-code" covers=["U-09"]
QUANTILES = torch.tensor([0.1, 0.5, 0.9])


def pinball(forecast, y):
    """forecast (B, 3)，y (B, 1) -> 标量 || forecast (B, 3), y (B, 1) -> scalar"""
    d = y - forecast                                                    # (B, 3)
    return torch.maximum(QUANTILES * d, (QUANTILES - 1) * d).mean()


def coverage(band, rows):
    """落在区间里的比例 || share that falls inside"""
    low, high = band                                                    # (M,) each
    return ((answer >= low) & (answer <= high))[rows].float().mean().item()


def band_of(quantiles):
    return quantiles[:, 0], quantiles[:, 2]


three = []                                          # 三个种子，各 (M, 3) GW || three seeds
for seed in SEEDS:
    net = network_on_load(early, check_weeks, seed, loss=pinball, outputs=3)
    three.append(last_week[:, None] + scale * net(x_load))
inside = [coverage(band_of(one), exam) for one in three]
inside_before = [coverage(band_of(one), early) for one in three]
claim("Q15-coverage", max(inside) < 0.72, low=min(inside), high=max(inside))
claim("Q15-coverage-control", not max(inside_before) < 0.72,
      low=min(inside_before), high=max(inside_before))

# %% name="quantile-figure" tags=["hide-input"] covers=["U-09"]
fig, ax = plt.subplots(figsize=(8.5, 3))
shown = exam.nonzero()[:4 * DAY, 0]                 # 测试段的头四天 || the first four test days
hours = torch.arange(len(shown)) / DAY
ax.fill_between(hours, three[0][shown, 0], three[0][shown, 2], color="C0", alpha=0.3,
                label="预测的 80 % 区间 || 80 % interval")
ax.plot(hours, three[0][shown, 1], "--", color="C0", label="0.5 分位数 || 0.5 quantile")
ax.plot(hours, answer[shown], "-", color="black", lw=1.2, label="真实 || truth")
ax.set(xlabel="测试段的第几天 || day of the test part", ylabel="GW")
ax.legend(ncol=3, loc="lower center")
plt.show()

# %% [markdown] name="coverage-meaning"
# 说是 80 %，在见过的那几周里也真是 80 %，到了新的两周就不够了。网络没有撒谎，它说的是**过去**的不确定：七月和八月不完全一样（分布漂移），训练段的误差也总比新数据小。**标称的覆盖率是一个承诺，要在没见过的数据上验收。**
#
# 怎么补救？用验证那两周量一量：区间要加宽多少，才盖得住 80 %，就照这么宽。这叫**保形校准**（conformal calibration），不挑模型，只要再留一段数据。

# %% [markdown] lang="en" of="14a32756.9cbd6e80"
# It says 80 %, and in the weeks it has seen it is 80 %; in the two new weeks it is not enough. The network did not lie. It spoke of the uncertainty of the **past**: August is not quite like July (distribution shift), and errors in training are always smaller than on new data. **A nominal coverage is a promise, to be checked on data not seen before.**
#
# The remedy: ask the two validation weeks how much wider the interval must be to cover 80 %, and widen it by that. This is **conformal calibration**; it works with any model and only needs one more piece of data held back.

# %% name="calibrate" covers=["U-09"]
def widened(band, rows):
    """在 rows 上量出要加宽多少才盖住八成，两头各加这么多
    || widened at both ends by what it takes to cover eight tenths of `rows`"""
    low, high = band
    outside = torch.maximum(low - answer, answer - high)                # 负：在里面 || negative: in
    margin = outside[rows].quantile(0.8)
    return low - margin, high + margin


def miss(rows):
    """三个种子：校准之后，测试段的覆盖率离 80 % 多远
    || three seeds: how far is the calibrated coverage of the test part from 80 %"""
    return [abs(coverage(widened(band_of(one), rows), exam) - 0.8) for one in three]


claim("Q15-calibrated", max(miss(check_weeks)) < 0.17, off=max(miss(check_weeks)))
claim("Q15-calibrated-control", not max(miss(early)) < 0.17, off=max(miss(early)))


def cost(scheduled, shortage):
    """排了 scheduled，平均每半小时的代价（多备一吉瓦算 1）
    || mean cost of a half-hour with `scheduled` planned (a gigawatt too many is 1)"""
    d = answer - scheduled
    return torch.where(d > 0, shortage * d, -d)[exam].mean().item()


def saving(shortage):
    """排 0.9 分位数的代价，是排中间那个数的几倍；三个种子
    || cost of scheduling the 0.9 quantile, relative to the 0.5 quantile; three seeds"""
    return [cost(widened(band_of(one), check_weeks)[1], shortage)
            / cost(one[:, 1], shortage) for one in three]


claim("Q15-cost", max(saving(9)) < 0.7, low=min(saving(9)), high=max(saving(9)))
claim("Q15-cost-control", not max(saving(1)) < 0.7,
      low=min(saving(1)), high=max(saving(1)))

# %% [markdown] name="calibrate-meaning"
# 同一个网络，排得高一点，代价就少了一大半；要是短缺和富余一样贵，高排反而不合算。**“最准”的预测，要先问错了谁付钱。** 这就是调度、成本和短缺在预测里的位置：它们不在模型里，在损失里。
#
# 校准也不是保票：它假定验证那两周和将来差不多。下一次漂移来了，要重新量；所以在真实系统里，校准和滚动起点一样，是每周都要做的功课。

# %% [markdown] lang="en" of="36f3b599.1bf01370"
# The same network, scheduled somewhat higher, costs much less than half; were shortage and surplus equally dear, scheduling high would not pay. **Before asking for the most accurate forecast, ask who pays for the errors.** That is where scheduling, cost and shortage enter a forecast: not in the model but in the loss.
#
# Nor is calibration a guarantee: it assumes that those two validation weeks resemble the future. When the next shift comes it has to be measured again; in a real system, calibration is weekly homework, like the rolling origin.

# %% [markdown] name="when" covers=["R-06"]
# ## 15.10 那网络什么时候赢？
#
# 三个实验，三份成绩：股票上谁也没有本事；天气上岭回归不输；用电上看考哪一周。短序列、近乎线性的规律，线性模型是很难打败的，这也是很多预测竞赛的老经验。
#
# 那 LSTM 是不是白学了？看一条只有一行公式的序列：
#
# $$x_{t+1} = 4\, x_t\,(1 - x_t)$$
#
# 它叫**逻辑斯蒂映射**（logistic map）。下一个数完全由这一个决定，一点噪声都没有，只是不是线性的：画出来是一条抛物线。

# %% [markdown] lang="en" of="a1c5bf58.ef7f1509"
# ## 15.10 So when does the network win?
#
# Three labs, three marks: on the share nobody has skill; on the weather ridge does not lose; on electricity it depends on the week. With short series and a nearly linear pattern, a linear model is hard to beat, as many forecasting competitions have found.
#
# Was the LSTM all for nothing, then? Take a series with a single line of formula:
#
# $$x_{t+1} = 4\, x_t\,(1 - x_t)$$
#
# It is called the **logistic map**. The next number is decided by this one entirely, without any noise. It just is not linear: drawn, it is a parabola.

# %% name="bet-curved"
predict("Q15-curved")

# %% name="curved" covers=["R-06"]
numbers = [0.3]
for _ in range(1499):
    numbers.append(4 * numbers[-1] * (1 - numbers[-1]))
curved = torch.tensor(numbers) - 0.5                                    # (1500,)
bent_train, bent_check, bent_test = (
    windows(piece, 5) for piece in (curved[:1000], curved[1000:1200], curved[1200:]))
average = torch.full_like(bent_test[1], bent_train[1].mean())           # 基线 || the baseline
by_line, *by_nets = (
    skill(model(bent_test[0]), bent_test[1], average) for model in
    (Ridge(*bent_train, penalty=1),
     *(trained(bent_train, bent_check, seed, epochs=15, lr=1e-2) for seed in SEEDS)))

fig, ax = plt.subplots(figsize=(4.5, 3))
ax.plot(curved[:-1], curved[1:], ".", ms=3)
ax.set(xlabel="这一个数（减 0.5） || this number (minus 0.5)",
       ylabel="下一个数（减 0.5） || the next (minus 0.5)")
plt.show()
claim("Q15-curved", min(by_nets) > 0.6, low=min(by_nets), high=max(by_nets))
claim("Q15-curved-control", not by_line > 0.6, ridge=by_line)

# %% [markdown] name="when-meaning"
# 窗口、划分、训练都和前面一样，只换了序列，胜负就倒过来了：抛物线左右对称，最好的直线是平的，线性模型只会报平均数；网络学会了弯。
#
# | 线性模型多半够用 | 网络多半值得一试 |
# |---|---|
# | 几百到几千个点，一条序列 | 很多条相似的序列一起训练，或者序列很长 |
# | 规律近乎“昨天的几成” | 规律明显弯曲、有门槛、有相互作用 |
# | 噪声大 | 噪声小，还剩下没解释的结构 |
# | 输入就是序列自己 | 输入里有文字、图像、许多变量 |
#
# 左边一列，三个实验都占了；右边一列，这一章只量了“弯曲”和“噪声小”，其余是经验之谈。**先跑线性的：一行公式，一瞬间。赢不了它，就交它。**

# %% [markdown] lang="en" of="97cc7ed6.6e892b14"
# Windows, split and training are as before, only the series is another one, and the verdict is reversed. A parabola is the same on both sides, so the best straight line is flat, and the linear model always says the mean; the network has learnt to bend.
#
# | a linear model will probably do | a network is probably worth a try |
# |---|---|
# | one series of some hundred to some thousand points | many similar series trained together, or a very long one |
# | the pattern is close to "a share of yesterday" | the pattern clearly bends, has thresholds or interactions |
# | much noise | little noise, and structure that is not explained yet |
# | the series itself is the only input | text, pictures or many variables among the inputs |
#
# All three labs sit in the left column. Of the right one this chapter has measured "bends" and "little noise"; the rest is experience. **Run the linear model first: one formula, no time at all. If you cannot beat it, hand it in.**

# %% [markdown] name="three-labs" covers=["U-07", "U-08", "U-09", "X-08"]
# ## 15.11 回到第一张图
#
# 15.2 节的页面，现在放进三个实验的预测：股票（提前一天，LSTM），气温（提前一天，岭回归），用电（提前 48 个半小时，岭回归）。挪一挪：下面那条曲线的**谷底**在哪里？谷底在 0，预测就落在该落的地方；谷底在提前量那里，它就只是最后看见的那个值。

# %% [markdown] lang="en" of="f51bd6aa.161a36f2"
# ## 15.11 Back to the first picture
#
# The page of 15.2, this time with the forecasts of all three labs: the share (a day ahead, LSTM), the temperature (a day ahead, ridge), electricity (48 half-hours ahead, ridge). Shift them: where is the **lowest point** of the lower curve? If it is at 0, the forecast lies where it belongs; if it is at the lead, the forecast is nothing but the last value seen.

# %% name="page-three" tags=["nbval-ignore-output"] covers=["A-05"]
next_day = (spread * linear(town_test[0]) + usual)[:, 0]
town = {"name": "西雅图气温 || Seattle temperature", "unit": "°C", "lead": 1,
        "step": "天 || days", "truth": for_page(days_after[:, 0]),
        "forecast": for_page(next_day)}
grid = {"name": "用电 || electricity", "unit": "GW", "lead": DAY,
        "step": "个半小时 || half-hours", "truth": for_page(answer[exam]),
        "forecast": for_page(load_ridge[exam])}
Explorer("shift", height=560, series=[share, town, grid])

# %% name="valleys" covers=["!19"]
def valley(series):
    """挪几步，预测和真实最贴？ || shifted by how many steps does the forecast fit best?"""
    truth, forecast = torch.tensor(series["truth"]), torch.tensor(series["forecast"])
    far = {shift: distance(forecast[shift:], truth[:len(truth) - shift])
           for shift in range(2 * series["lead"] + 1)}
    return min(far, key=far.get)


claim("Q15-valley", valley(share) == share["lead"], steps=valley(share))
claim("Q15-valley-control", not valley(grid) == grid["lead"], steps=valley(grid))

# %% [markdown] name="checklist" covers=["R-06", "!19"]
# ## 15.12 一张清单
#
# 做预测，或者读别人的预测，从上往下问：
#
# | 问 | 做法 | 这一章在哪里 |
# |---|---|---|
# | 预测什么？ | 预测变化、距平、和上周的差，不预测漂走的水平 | 15.1，15.4–15.6 |
# | 测试在训练之后吗？ | 按时间切，中间留空 | 15.4 |
# | 有没有用到将来？ | 缩放、平滑、选特征、选参数，全在训练和验证段 | 15.4 |
# | 和谁比？ | 持续、季节朴素、气候值里最强的那个，再加岭回归 | 15.3，15.5，15.6 |
# | 提前多久？ | 每个提前量都报 | 15.5，15.7 |
# | 几次考试，几个种子？ | 滚动起点，至少三个种子 | 15.8 |
# | 有多不确定？ | 分位数，覆盖率在新数据上验收 | 15.9 |
# | 错了谁付钱？ | 把代价写进损失 | 15.9 |
#
# 还缺一问：**挪一步，会不会更贴？** 那是 15.2。

# %% [markdown] lang="en" of="a71aa317.b83a6273"
# ## 15.12 A checklist
#
# For making a forecast or reading somebody else's, from top to bottom:
#
# | ask | do | where in this chapter |
# |---|---|---|
# | What is forecast? | changes, anomalies, the difference from last week; not a level that drifts away | 15.1, 15.4–15.6 |
# | Is the test later than training? | split by time, leave a gap | 15.4 |
# | Was the future used anywhere? | scaling, smoothing, choosing features and settings: all on training and validation | 15.4 |
# | Compared with what? | the strongest of persistence, seasonal naive and climatology, and ridge as well | 15.3, 15.5, 15.6 |
# | How far ahead? | report every lead | 15.5, 15.7 |
# | How many exams and seeds? | rolling origin, three seeds at least | 15.8 |
# | How uncertain? | quantiles, with their coverage checked on new data | 15.9 |
# | Who pays for errors? | write the cost into the loss | 15.9 |
#
# And one more: **does it fit better when shifted by one?** That was 15.2.

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 漂亮的曲线不算数：先挪一步，再和最强的便宜基线比。
# 2. 未来只许出现在答案里：按时间划分，缩放只看训练段，中间留空。
# 3. 一个数、一次考试都不够：给区间，量覆盖率，换几个起点再考；线性模型赢了，就交线性模型。

# %% [markdown] lang="en" of="c6d84ba9.b1754028"
# ## Three lines to remember
#
# 1. A pretty curve does not count: shift it by one, then compare with the strongest cheap baseline.
# 2. The future may appear in the answers only: split by time, scale by the training part, leave a gap.
# 3. One number and one exam are not enough: give an interval, measure its coverage, start again from elsewhere; and where the linear model wins, hand in the linear model.

# %% [markdown] name="bets-intro"
# ## 你的赌注
#
# 这一章的每一注，连同下注时的把握，都列在下面；最有把握却错了的排在最前面。

# %% [markdown] lang="en" of="3388a8ce.0f9c6e25"
# ## Your bets
#
# Every bet of this chapter, and how sure you were when you placed it; those you were sure of and lost come first.

# %% name="bets"
bets_summary("15")

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。

# %% [markdown] lang="en" of="bca85a98.6867b7a7"
# ## Self-check
#
# Answer without looking back.

# %% name="quiz" covers=["A-03"]
quiz("15-self-check")

# %% [markdown] name="next" covers=["R-06"]
# ## 接下来
#
# 轮到你写了：[练习 E14 · 不偷看未来](../../exercises/zh/E14_windows.ipynb)。窗口、划分、缩放、技巧分，四个小函数，每一个都有人写错过。

# %% [markdown] lang="en" of="a63fa76b.ef498c29"
# ## What next
#
# Your turn: [Exercise E14 · No peeking at the future](../../exercises/en/E14_windows.ipynb). Windows, split, scaling, skill score: four small functions, and each has been written wrongly by somebody.
