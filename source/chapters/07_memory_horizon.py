# ---
# jupyter:
#   course:
#     chapter: "07"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # 第 7 章 记忆视界：RNN、LSTM、GRU 对比
#
# **阅读 15 分钟 · 动手 40 分钟 · 练习 25 分钟 · 难度 ⭐⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 为一次比较写下公平的规则，并且用“$n$ 个种子里 $k$ 个解出”报告结果；
# 2. 从任务的间隔算出门的偏置，并且在训练之前就用梯度估计学不学得会；
# 3. 凭证据而不是口号，在 LSTM（长短期记忆网络）和 GRU（门控循环单元）之间做选择。
#
# 需要的基础：第 4 章的梯度连乘，第 5、6 章的门。

# %% [markdown] lang="en" of="483dad9b.0c944ab8"
# # Chapter 7. The memory horizon: RNN, LSTM and GRU compared
#
# **15 min reading · 40 min at the keyboard · 25 min exercise · difficulty ⭐⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. write down fair rules for a comparison, and report its outcome as "$k$ of $n$ seeds solved it";
# 2. work out gate biases from the lag in a task, and judge from a gradient, before training, whether the task will be learnt;
# 3. choose between LSTM (long short-term memory) and GRU (gated recurrent unit) on evidence and not on slogans.
#
# You need: the product of Jacobians (Chapter 4) and the gates of Chapters 5 and 6.

# %% name="setup"
import math
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F
import matplotlib.pyplot as plt

from course_utils import data, language, plotting, timing
from course_utils.checks import claim, show
from course_utils.explore import Explorer, bets_summary, predict, progress, quiz

language.use("中文 || English")  # 滑块和测验的语言 || language of sliders and quizzes
plotting.style()  # 带中文字体的图 || figures with a font that has Chinese
torch.set_num_threads(1)  # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，来自第 2、5、6 章。先在心里答，再点选项。

# %% [markdown] lang="en" of="438b4bcd.f4cb0186"
# ## Warm-up
#
# One question each from Chapters 2, 5 and 6. Answer in your head first, then click.

# %% name="recall" covers=["A-03"]
quiz("07-recall")

# %% [markdown] name="protocol" covers=["!14"]
# ## 7.1 先定规则，再开跑
#
# 三句话你多半听过：“LSTM 比 RNN 记得久”，“长序列用 LSTM，求快用 GRU”，“一百个词之前的事，普通 RNN 够不着”。前几章已经让它们各打了折扣，这一章让三种单元在同一条跑道上跑一次。
#
# 比赛最容易坏在规则上。换一个种子，名次会变；只替自己喜欢的一方调学习率，名次也会变。所以规则要在**开跑之前**写好，叫作**协议**（protocol）：
#
# | 要说清楚的 | 本章的约定 |
# |---|---|
# | 任务 | 7.2 节的锁存任务；噪声的标准差是 0.1 |
# | 大小 | 一层，32 个隐藏单元（三种单元因此参数不一样多，7.8 节会数） |
# | 训练 | Adam，学习率 3e-3，批大小 32，梯度范数裁剪到 1；每一批都是新数据；最近 10 批的平均正确率达到 99 % 就停，最多 500 步 |
# | 初始化 | 每一行写明；除了写明的那一处，全部用 PyTorch 的默认值 |
# | 考试 | 1,000 条没见过的序列；瞎猜是 0.25，达到 0.95 算“解出” |
# | 种子 | 每格 4 个；报告“4 个里解出几个”，不报最好的那一个 |
#
# 最后一行最要紧。只报最好的一次，等于掷骰子掷到满意为止。

# %% [markdown] lang="en" of="6a22310e.8be1fa95"
# ## 7.1 Rules first, then the race
#
# You have probably heard all three: "LSTMs remember longer than RNNs", "LSTM for long sequences, GRU for speed", "a plain RNN cannot reach back a hundred words". The last chapters have already taken something off each of them. In this one the three cells run on the same track.
#
# What ruins a race is usually its rules. With another seed the ranking changes; it changes too if only one's favourite has its learning rate tuned. So the rules are written down **before** the start. They are called the **protocol**:
#
# | What has to be said | In this chapter |
# |---|---|
# | task | the latch task of section 7.2, with noise of standard deviation 0.1 |
# | size | one layer of 32 hidden units (so the cells differ in their number of parameters; section 7.8 counts) |
# | training | Adam, learning rate 3e-3, batch size 32, gradient norm clipped to 1; every batch is fresh; stop as soon as the last 10 batches average 99 % right, after 500 steps at the latest |
# | initialisation | stated for each row; all that is not mentioned stays at PyTorch's defaults |
# | exam | 1,000 unseen sequences; guessing scores 0.25, and 0.95 counts as "solved" |
# | seeds | 4 for each square; reported as "solved by so many of 4", never as the best one |
#
# The last line matters most. To report only the best run is to roll the dice until you like the result.

# %% [markdown] name="task" covers=["C-19"]
# ## 7.2 任务：记住第一个符号
#
# “我在**法国**长大……（一百个词）……所以我会说 \_\_\_ 语。”第 4 章用过这句话。现在把它拆到只剩骨头：先出示四个符号中的一个，只出示一步；接着是 `lag` 步噪声；最后问，第一个是什么？这叫**锁存任务**（latch task），`lag` 叫**间隔**。
#
# 噪声的标准差取 0.1，是故意的：它只有符号的十分之一响，网络一听就知道哪个是符号，难处只在留住它。噪声若和符号一样响（标准差 1），符号除了“排在第一”再没有别的记号，题目就难得多，名次也会跟着变（7.7 节）。所以这个数属于协议。

# %% [markdown] lang="en" of="fca54900.2e3e93d5"
# ## 7.2 The task: remember the first symbol
#
# "I grew up in **France** … (a hundred words) … so I can speak \_\_\_." You know this sentence from Chapter 4. Now strip it to the bone. One of four symbols is shown, for one step only; `lag` steps of noise follow; then comes the question: what was the first one? This is the **latch task**, and `lag` is the distance to be bridged.
#
# The noise has standard deviation 0.1 for a reason. It is ten times softer than the symbol, so there is no doubt which is which, and the only difficulty is to hold on. Noise as loud as the symbol (standard deviation 1) leaves the symbol no mark but that it came first. That makes a much harder task and changes the ranking too (section 7.7), which is why the number belongs in the protocol.

# %% name="task-code" covers=["C-19"]
def latch_batch(n, lag, noise, generator):
    """n 条序列：一个独热符号，然后 lag 步噪声 -> x (n, lag + 1, 4)，答案 y (n,)
    || n sequences: a one-hot symbol, then lag steps of noise
    -> x (n, lag + 1, 4), answers y (n,)"""
    y = torch.randint(4, (n,), generator=generator)
    x = noise * torch.randn(n, lag + 1, 4, generator=generator)
    x[:, 0] = F.one_hot(y, 4)
    return x, y


fig, axes = plt.subplots(2, 1, figsize=(8, 3.4), sharex=True)
for ax, noise in zip(axes, (0.1, 1.0)):
    x, y = latch_batch(1, 25, noise, torch.Generator().manual_seed(0))
    plotting.heat_strip(ax, x[0], limit=2.5, first=0, label="输入 || input")
    ax.set_yticks(range(1, 5), ["甲 || A", "乙 || B", "丙 || C", "丁 || D"])
    ax.set_ylabel("符号 || symbol")
    ax.set_title(f"噪声的标准差 {noise} || noise of standard deviation {noise}")
axes[0].set_xlabel("")
plt.show()

# %% [markdown] name="time-scale" covers=["F-01"]
# ## 7.3 偏置就是时间尺度
#
# 网络要记多久，能不能事先告诉它？LSTM 的旧记忆每步乘以 $f$，GRU 每步乘以 $z$（PyTorch 的约定）。如果门大致停在 $f = \sigma(b)$，那么 $k$ 步之后剩下
#
# $$f^k \approx e^{-k/\tau}, \qquad \tau = \frac{1}{1-f} = 1 + e^{\,b}$$
#
# $\tau$ 是记忆的**时间尺度**（time scale）：过了 $\tau$ 步，大约还剩三分之一（$\tau$ 越大，越接近 $1/e$；$\tau = 2$ 时是四分之一）。反过来，想记 $\tau$ 步，偏置就取 $b = \log(\tau - 1)$。默认的 $b \approx 0$ 意味着 $\tau = 2$：网络一出厂就认定，只有刚才那一步要紧。
#
# 不知道该记多久怎么办？让每个隐藏单元的 $\tau$ 各不相同，从 2 步一直铺到整条序列，这就是 **chrono 初始化**（Tallec 与 Ollivier，2018）：
#
# $$b_f = \log u, \quad u \sim \text{Uniform}(1,\ T-1), \qquad b_i = -b_f$$
#
# 和上面的 $b = \log(\tau - 1)$ 一比就知道，$u$ 就是 $\tau - 1$。$T$ 是序列的长度，这里就是 `lag + 1`。输入门的偏置取负号，是让记得久的单元写得也慢；GRU 没有输入门，只设更新门。
#
# 本章用到的五种初始化都在下面：`default` 什么也不动；`orthogonal` 把 $W_h$ 换成正交矩阵（第 4 章）；`+1`、`+3` 把遗忘门（GRU 是更新门）的偏置设成这个数；还有 `chrono`。除了写明的，什么也不动。

# %% [markdown] lang="en" of="bcdef4c8.09f321ac"
# ## 7.3 The bias is a time scale
#
# Can we tell a network beforehand how long it should remember? At each step an LSTM multiplies its old memory by $f$, a GRU by $z$ (in PyTorch's convention). If the gate stays near $f = \sigma(b)$, what is left after $k$ steps is
#
# $$f^k \approx e^{-k/\tau}, \qquad \tau = \frac{1}{1-f} = 1 + e^{\,b}$$
#
# Here $\tau$ is the **time scale** of the memory: after $\tau$ steps about a third is left (close to $1/e$ when $\tau$ is large; a quarter when $\tau = 2$). Read the other way round, to remember for $\tau$ steps set the bias to $b = \log(\tau - 1)$. The default $b \approx 0$ means $\tau = 2$: straight from the factory, the network takes it that nothing but the last step matters.
#
# And if you do not know how long? Then give every unit a $\tau$ of its own, spread from 2 steps to the whole sequence. That is **chrono initialisation** (Tallec and Ollivier, 2018):
#
# $$b_f = \log u, \quad u \sim \text{Uniform}(1,\ T-1), \qquad b_i = -b_f$$
#
# Compare $b = \log(\tau - 1)$ above: $u$ is nothing but $\tau - 1$. $T$ is the length of the sequence, here `lag + 1`. The minus sign makes units that remember for long also write slowly; a GRU has no input gate, so only its update gate is set.
#
# The five initialisations of this chapter are all in the cell below: `default` touches nothing; `orthogonal` makes $W_h$ an orthogonal matrix (Chapter 4); `+1` and `+3` set the bias of the forget gate (update gate in the GRU) to that number; and then there is `chrono`. What is not named here is not touched.

# %% name="initialise" covers=["F-01"]
@torch.no_grad()
def initialise(rnn, init, lag):
    """改动一个刚建好的 nn.RNN、nn.LSTM 或 nn.GRU：循环权重，
    或者管“留住旧的”那个门的偏置
    || Change a freshly made nn.RNN, nn.LSTM or nn.GRU: its recurrent weights,
    or the bias of the gate that keeps the past"""
    def set_gate(block, bias):
        # 偏置 (4H,) 是各块首尾相接，GRU 是 3H || a bias (4H,) is all blocks end to end, 3H in a GRU
        # unflatten 把它看成 (4, H)，写进去就改了原来的 || unflatten views it as (4, H); writing there changes it
        rnn.bias_ih_l0.unflatten(0, (-1, rnn.hidden_size))[block] = bias
        # 两份偏置相加，另一份清零 || the two biases add up; clear the other
        rnn.bias_hh_l0.unflatten(0, (-1, rnn.hidden_size))[block] = 0

    if init == "orthogonal":
        nn.init.orthogonal_(rnn.weight_hh_l0)
    elif init == "chrono":
        bias = torch.empty(rnn.hidden_size).uniform_(1, lag).log()
        set_gate(1, bias)  # 第 1 块：LSTM 的遗忘门，GRU 的更新门 || block 1: the LSTM's forget gate, the GRU's update gate
        if isinstance(rnn, nn.LSTM):
            set_gate(0, -bias)                        # 第 0 块：输入门 || block 0: the input gate
    elif init != "default":
        set_gate(1, float(init))                      # "+1"、"+3" || "+1", "+3"


for tau in (2, 25, 100, 5000):
    b = math.log(tau - 1)
    f = 1 / (1 + math.exp(-b))
    show(f"τ = {tau}: b, f, f^τ", b, f, f**tau, digits=4)

# %% [markdown] name="chrono-ellipse"
# 用第 5 章的椭圆看这几种偏置：只看直接路径，两个隐藏单元，各走 10 步。偏置相同，圆还是圆，只是大小不同；chrono 让一个单元忘得快、一个忘得慢，圆就成了一头长的椭圆：**近处的事和远处的事，各有单元去管。**

# %% [markdown] lang="en" of="3bbf86a7.3bb2d124"
# Chapter 5's ellipse shows what these biases do: the direct path alone, two units, ten steps. With equal biases the circle stays a circle of another size. Chrono lets one unit forget quickly and another slowly, and the circle becomes an ellipse that is long one way: **there is a unit for what is near and a unit for what is far.**

# %% name="chrono-ellipse-figure" tags=["hide-input"]
def kept(tau, steps=10):
    return (1 - 1 / tau) ** steps  # f = σ(b) = 1 − 1/τ


fig, panels = plt.subplots(1, 3, figsize=(9, 3.6))
pairs = {"默认 || default": (2, 2), "+3": (21, 21), "chrono": (4, 80)}
for panel, (title, (quick, slow)) in zip(panels, pairs.items()):
    plotting.stretch(panel, torch.diag(torch.tensor([kept(quick), kept(slow)])))
    panel.set_title(f"{title}   τ = {quick}, {slow}")
    panel.set(xlim=(-1.2, 1.2), ylim=(-1.2, 1.2))
    panel.set_aspect("equal", adjustable="box")
plt.show()

# %% [markdown] name="essay" covers=["F-01"]
# ### 读到第 5,000 个字
#
# 常听人说：一篇 5,000 字的文章，LSTM 读到末尾，第 1 个字的信息“已经很弱了”。弱到多少？形容词可以换成数：让同一个没训练过的 LSTM 读四条序列，只有第 1 步不同，后面 4,999 步一模一样；看四个输出之间的差异还剩几分之几。

# %% [markdown] lang="en" of="00d7345f.c25b2f63"
# ### Reading the 5,000th character
#
# It is often said that when an LSTM reaches the end of a text of 5,000 characters, what it knows of the first one "has become very faint". How faint? We can replace the adjective by a number. Let one untrained LSTM read four sequences that differ in step 1 only and agree in the other 4,999, and see what fraction of the difference between its four outputs is left.

# %% name="bet-essay"
predict("Q7-essay")

# %% name="essay-code" covers=["F-01", "!5"]
@torch.no_grad()
def trace(init, seed, T=5000):
    """第一步的差异在每一步的输出里还剩几分之几 -> (T,)
    || What fraction of the first step's difference is left at each step -> (T,)"""
    torch.manual_seed(seed)
    lstm = nn.LSTM(4, 32, batch_first=True)
    initialise(lstm, init, T - 1)
    x = torch.randn(1, T, 4).repeat(4, 1, 1)  # (4, T, 4)：四条相同的序列 || (4, T, 4): four equal sequences
    x[:, 0] = torch.eye(4)  # 只有第一步不同 || but for the first step
    out, _ = lstm.double()(x.double())                                # (4, T, H)
    spread = (out - out.mean(dim=0)).norm(dim=2).mean(dim=0)          # (T,)
    return spread / spread[0]


INITS_SHOWN = ("default", "+1", "chrono")
traces = {init: [trace(init, seed) for seed in (0, 1, 2)] for init in INITS_SHOWN}

fig, ax = plt.subplots(figsize=(7, 3))
for label, runs in zip(("默认 || default", "遗忘偏置 +1 || forget bias +1", "chrono"), traces.values()):
    ax.loglog(range(1, 5001), runs[0].clamp(min=1e-17), label=label)
ax.set_xlabel("读到第几个字 || characters read")
ax.set_ylabel("第 1 个字的痕迹还剩 || what is left of character 1")
ax.legend()
plt.show()

default, _, chrono = traces.values()
at_100 = [max(run[99].item() for run in default), min(run[99].item() for run in chrono)]
claim("Q7-essay", at_100[0] < 1e-12, left=default[0][99])
# 只换偏置 || only the biases differ
claim("Q7-essay-control", not at_100[1] < 1e-12, left=chrono[0][99])
# 第 5,000 个字 || at character 5,000
at_end = [run[-1].item() for run in chrono]
claim("Q7-essay-end", min(at_end) > 1e-4, left=at_end[0])
lost = min(run[-1].item() for run in default)
claim("Q7-essay-end-control", not lost > 1e-4, left=lost)
print("第 5,000 个字，取一位有效数字 || at character 5,000, one significant digit")
show("chrono", *at_end, digits=1)

# %% [markdown] name="essay-meaning" covers=["F-01"]
# （$10^{-15}$ 一带的平地是双精度的舍入误差；贴着最底下的直线其实是 0，对数轴上画不出来。）
#
# 默认的 LSTM 不必等到 5,000：第 100 个字那里，痕迹已经低于双精度的舍入误差，谁也读不出来了。只换偏置（chrono，按 $T = 5000$ 设），读完全文还剩百分之零点五到百分之三（上面打印的三个数）。所以“第 1 个字变得很弱”说的不是 LSTM，而是**一组偏置**。
#
# 也别把话说满。留得住一个字，不等于记得住一篇文章：5,000 个字都要挤进 32 个数里，这才是循环网络真正的瓶颈，第 11 章的注意力要解决的正是它。

# %% [markdown] lang="en" of="0c8113aa.ca44677b"
# (The plateau around $10^{-15}$ is the rounding error of double precision. The straight line at the very bottom is really 0, which a logarithmic axis cannot show.)
#
# The default LSTM need not get to 5,000. At character 100 the trace is already below the rounding error of double precision; nobody could read it any more. Change the biases and nothing else (chrono, set for $T = 5000$), and at the end of the text between half a per cent and three per cent is left (the three numbers printed above). So "the first character becomes very faint" is a statement not about LSTMs but about **one set of biases**.
#
# Let us not claim too much, though. Keeping one character is not remembering a text: 5,000 of them have to squeeze into 32 numbers. That is the real bottleneck of recurrent networks, and what the attention of Chapter 11 is for.

# %% [markdown] name="map" covers=["C-19", "!14"]
# ## 7.4 视界地图
#
# 协议写好了，就可以开跑：十种“单元 × 初始化”，五个间隔，每格四个种子，一共 200 次训练。加上 7.7 节的几种变化，CPU 上要跑二十分钟左右，所以结果存成了数据：`datasets/horizon.csv`，来历写在旁边的 `horizon.md` 里，重跑用 `make_horizon.py`。代码和你马上要看到的一样。每条记录就是一次训练：前七项是设定（`cell`、`init`、`lag`、`noise`、`lr`、`budget`、`seed`，其中 `budget` 是最多多少步），后三项是结果（`accuracy`、`steps`，还有 7.6 节才讲的 `reach`）。
#
# 先下注，再看图。

# %% [markdown] lang="en" of="d1d5a54c.1f2f3881"
# ## 7.4 The horizon map
#
# With the rules written down, the race can start: ten pairs of cell and initialisation, five lags, four seeds for each square, 200 trainings in all. Together with the variants of section 7.7 that takes a CPU some twenty minutes; therefore the results are stored as data, `datasets/horizon.csv`, with an account of where they come from beside them in `horizon.md`. To run it all again there is `make_horizon.py`; its code is the code you are about to see. Each record is one training: seven fields of settings (`cell`, `init`, `lag`, `noise`, `lr`, `budget`, `seed`, where `budget` is the largest number of steps) and three of results (`accuracy`, `steps`, and `reach`, which section 7.6 explains).
#
# Bet first, then look.

# %% name="bet-map"
predict("Q7-map")

# %% name="map-page" covers=["C-19", "!14", "!40"]
everything = data.horizon_runs()
MAP = [run for run in everything if (run.noise, run.lr, run.budget) == (0.1, 3e-3, 500)]
ROWS = list(dict.fromkeys((run.cell, run.init) for run in MAP))
LAGS = sorted({run.lag for run in MAP})


def square(cell, init, lag, among=MAP):
    """地图上的一格：同一种设定、不同种子的全部记录 || One square of the map: all runs of one setting, one for each seed"""
    return [run for run in among if (run.cell, run.init, run.lag) == (cell, init, lag)]


def solved(runs):
    return sum(run.accuracy >= 0.95 for run in runs)


def grid(field, lags, among=MAP):
    """一项结果，按行、间隔、种子排好 || One field of the results, by row, lag and seed"""
    return [
        [[getattr(run, field) for run in square(*row, lag, among)] for lag in lags]
        for row in ROWS
    ]


grids = {field: grid(field, LAGS) for field in ("accuracy", "steps", "reach")}
Explorer("horizon", rows=ROWS, lags=LAGS, **grids)

# %% name="map-text" covers=["C-19", "!14"]
def as_fraction(runs):
    return f"{solved(runs)}/{len(runs)}"


print(f"{'lag':16}", *(f"{lag:5}" for lag in LAGS))
for row in ROWS:
    fractions = (as_fraction(square(*row, lag)) for lag in LAGS)
    print(f"{' '.join(row):16}", *(f"{fraction:>5}" for fraction in fractions))

at_25 = {row: solved(square(*row, 25)) for row in ROWS}
by_default = {cell: at_25[cell, "default"] for cell in ("RNN", "LSTM", "GRU")}
claim("Q7-map", max(by_default.values()) < 3, **by_default)
# 只动一组偏置 || one set of biases changed
biased = {cell: at_25[cell, "+3"] for cell in ("LSTM", "GRU")}
claim("Q7-map-control", not max(biased.values()) < 3, **biased)

# %% [markdown] name="map-tasks"
# 粗竖线是每一行的**学习视界**（learning horizon）：训练过后，到它为止，每一格都有过半的种子解出。动手找四样东西：
#
# 1. 上下比一比。同一种单元换初始化，视界差多少？同一种初始化换单元（LSTM 对 GRU），差多少？哪一种差别大？
# 2. 找出一格，普通 RNN 赢了同样默认初始化的 LSTM。
# 3. 把“只看前几个种子”拖到 1。哪几行的视界变了？如果只跑一个种子，你会写下哪个错误的结论？
# 4. 拖动“正确率达到多少算解出”。有没有哪一行的视界，全靠 0.95 这个数撑着？

# %% [markdown] lang="en" of="ae171027.cf8b6a9b"
# The thick bar in each row is its **learning horizon**: after training, up to there, every square was solved by more than half of its seeds. Four things to find:
#
# 1. Compare rows. How much does the horizon of one cell change with its initialisation? With the initialisation fixed, how much does it change from LSTM to GRU? Which difference is larger?
# 2. Find a square where the plain RNN beats the LSTM, both initialised by default.
# 3. Drag "use the first seeds only" to 1. Which rows change their horizon? What false conclusion would a single seed have led you to write down?
# 4. Drag "solved from accuracy". Is there a row whose horizon hangs on the 0.95 alone?

# %% [markdown] name="map-answers" covers=["!14", "!40"]
# <details><summary>找过了再打开：对答案</summary>
#
# 1. LSTM 换初始化，视界从 10 步到 100 步以上。初始化相同时，LSTM 和 GRU 差得少得多，有差别的两行（+1、+3）都是 GRU 远一些。**初始化的影响大过单元。**
# 2. 间隔 25 和 50 上，RNN 是 1/4，LSTM 是 0/4。不过差一个种子还算不上“赢”，7.7 节再追究。
# 3. RNN 默认和 LSTM 默认，都从 10 步缩到 5 步。更糟的是 RNN 那一行：种子 0 在间隔 10 上失败，在间隔 50 上却成功。单看它，你会写下“RNN 适合更长的序列”。
# 4. 没有。从 0.5 拖到 0.98，一行也不变；到了 0.99，才有两行变短。这道题差不多要么全会，要么全不会。这是好事：结论不靠门槛撑着。
#
# 还有一行值得多看一眼：**RNN · 正交**，没有任何门，视界也在 100 步以上，7.7 节会回到它。
#
# </details>

# %% [markdown] lang="en" of="97523bbf.edf766ae"
# <details><summary>Open this when you have looked: the answers</summary>
#
# 1. With a new initialisation the LSTM goes from 10 steps to 100 or more. With the same initialisation LSTM and GRU differ far less, and in the two rows where they do (+1 and +3) the GRU sees farther. **Initialisation matters more than the cell.**
# 2. At lags 25 and 50 the RNN has 1/4 and the LSTM 0/4. One seed is not much of a victory, though; section 7.7 looks into it.
# 3. RNN default and LSTM default both shrink from 10 steps to 5. Worse is what happens in the RNN's row: seed 0 fails at lag 10 and succeeds at lag 50. On its evidence you would write "RNNs are better with longer sequences".
# 4. No. From 0.5 to 0.98 not one row changes; only at 0.99 do two of them get shorter. In this task a network knows nearly all or nearly nothing. That is good: the conclusions do not hang on where the bar is set.
#
# One more row deserves a look: **RNN · orthogonal** has no gates whatever, and its horizon, too, is 100 or more. Section 7.7 comes back to it.
#
# </details>

# %% [markdown] name="rerun"
# ## 7.5 亲手重跑一格
#
# 存下来的数，凭什么信？重跑一格就知道。整场比赛的代码只有这么长；我们取间隔 50 的 GRU，默认和 chrono 各跑一次，用地图**没有用过**的种子 4 和 5。

# %% [markdown] lang="en" of="eff4bc2f.e29e71b9"
# ## 7.5 Run one square yourself
#
# Why believe stored numbers? Run one square again and see. The code of the whole race is no longer than this. We take the GRU at lag 50, once with default and once with chrono initialisation, and with seeds that the map has **not** used: 4 and 5.

# %% name="bet-rerun"
predict("Q7")

# %% name="race"
class Latch(nn.Module):
    def __init__(self, cell, init, lag):
        super().__init__()
        self.rnn = getattr(nn, cell)(4, 32, batch_first=True)
        initialise(self.rnn, init, lag)
        self.readout = nn.Linear(32, 4)

    def forward(self, x):                                              # (B, T, 4)
        return self.readout(self.rnn(x)[0][:, -1])                     # (B, 4)


def train(model, lag, noise, lr, steps, generator):
    """每一步一批新数据；最近 10 批平均 99 % 正确就停 -> 用了多少步
    || Fresh data at every step; stop once the last 10 batches average 99 % right
    -> the number of steps taken"""
    optimizer, recent = torch.optim.Adam(model.parameters(), lr=lr), []
    for step in range(1, steps + 1):
        x, y = latch_batch(32, lag, noise, generator)
        scores = model(x)                                              # (B, 4)
        optimizer.zero_grad()
        F.cross_entropy(scores, y).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        recent = [*recent[-9:], (scores.argmax(1) == y).float().mean().item()]
        if len(recent) == 10 and sum(recent) >= 9.9:
            break
    return step


def run(cell, init, lag, seed, noise=0.1, lr=3e-3, steps=500):
    """一个网络从头到尾：正确率，用了多少步 || One network from start to finish: its accuracy and the steps it took"""
    torch.manual_seed(seed)
    model = Latch(cell, init, lag)
    taken = train(model, lag, noise, lr, steps, torch.Generator().manual_seed(seed))
    # 考卷 || the exam
    x, y = latch_batch(1000, lag, noise, torch.Generator().manual_seed(10_000 + seed))
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item(), taken


scores = {}
for init in ("chrono", "default"):
    seeds = progress((4, 5), f"GRU {init}")
    scores[init] = [run("GRU", init, 50, seed)[0] for seed in seeds]

lowest, highest = min(scores["chrono"]), max(scores["default"])
claim("Q7", lowest >= 0.95 and highest <= 0.4, chrono=lowest, default=highest)
# 只拿走 chrono，就学不会 || take chrono away, and nothing else: it does not learn
claim("Q7-control", not min(scores["default"]) >= 0.95, default=highest)

# %% [markdown] name="own-square"
# 现在轮到你选。在地图上点一格，页面会写出一行 `MY_SQUARE = …`，抄到下面，用三个新种子跑完，和地图对一对。（间隔 100 的格子，每个种子要等十几秒。）
#
# 有的格子怎么也练不动。那时候别猜，按[14.15 节](14_debugging_clinic.ipynb#cell-id=reference)的表，从症状查到下一步该量什么。

# %% [markdown] lang="en" of="5e391807.49fb664e"
# Now choose a square of your own. Click one on the map; the page writes a line `MY_SQUARE = …`. Copy it in here, run it with three new seeds, and compare with the map. (At lag 100 each seed takes ten seconds or more.)
#
# Some squares never get going. Do not guess then: the table of [section 14.15](14_debugging_clinic.ipynb#cell-id=reference) leads from the symptom to what to measure next.

# %% name="my-square" tags=["nbval-ignore-output"]
MY_SQUARE = "RNN", "orthogonal", 25
MY_SEEDS = 7, 8, 9

mine = [run(*MY_SQUARE, seed) for seed in progress(MY_SEEDS, "MY_SQUARE")]
for seed, (accuracy, steps) in zip(MY_SEEDS, mine):
    print(f"种子 {seed}：{accuracy:.2f}，{steps} 步 || seed {seed}: {accuracy:.2f}, {steps} steps")
k = sum(accuracy >= 0.95 for accuracy, _ in mine)
on_map = as_fraction(square(*MY_SQUARE))
print(f"解出 {k}/{len(mine)}；地图：{on_map} || solved {k}/{len(mine)}; on the map: {on_map}")

# %% [markdown] name="before" covers=["!5"]
# ## 7.6 训练之前就看得见
#
# 地图要跑好久。其实开跑之前，只要一次反向传播，就能看出个大概。
#
# 把状态在符号刚读完的那一刻剪开，当成新的起点，叫它 $s_0$（LSTM 是 $h$ 和 $c$ 拼在一起）。损失 $L$ 的梯度先到最后的 $h_T$，再穿过 `lag` 步回到 $s_0$。没训练过的网络里，路上剩下多少？
#
# $$\text{到达率} = \frac{\operatorname{mean}_b \lVert \partial L_b / \partial s_0 \rVert_2}{\operatorname{mean}_b \lVert \partial L_b / \partial h_T \rVert_2}, \qquad s_0:\ (B, H)\ \text{或}\ (B, 2H), \quad h_T:\ (B, H)$$
#
# 到达率接近 0，训练就不知道那里有东西值得记。它跌到间隔 1 时的千分之一的那个间隔，就是第 5 章的**梯度视界**。别和地图上的学习视界混起来：
#
# | 视界 | 什么时候量 | 是哪个间隔 | 在哪里 |
# |---|---|---|---|
# | 梯度视界（gradient horizon） | 训练之前 | 往回走的梯度跌到间隔 1 处的千分之一 | 5.6 节、7.6 节 |
# | 学习视界（learning horizon） | 训练之后 | 过半的种子还解得出的最远一格 | 7.4 节的地图 |
#
# 章名里的“记忆视界”说的是它们共同的问题：记得多远。

# %% [markdown] lang="en" of="f32a3663.01009460"
# ## 7.6 Visible before training
#
# The map took long to compute. Yet one backward pass before the start shows much of it.
#
# Cut the computation when the symbol has just been read, make the state there a new starting point, and call it $s_0$ (for the LSTM, $h$ and $c$ side by side). The gradient of the loss $L$ first arrives at the last state $h_T$ and then travels back through `lag` steps to $s_0$. In an untrained network, how much survives the journey?
#
# $$\text{reach} = \frac{\operatorname{mean}_b \lVert \partial L_b / \partial s_0 \rVert_2}{\operatorname{mean}_b \lVert \partial L_b / \partial h_T \rVert_2}, \qquad s_0:\ (B, H)\ \text{or}\ (B, 2H), \quad h_T:\ (B, H)$$
#
# With a reach near 0, training cannot know that there was anything worth remembering. The lag at which it falls to a thousandth of its value at lag 1 is the **gradient horizon** of Chapter 5. Do not mix it up with the learning horizon on the map:
#
# | Horizon | Measured | Which lag it is | Where |
# |---|---|---|---|
# | gradient horizon | before training | where the gradient on its way back falls to a thousandth of its value at lag 1 | 5.6, 7.6 |
# | learning horizon | after training | the furthest square that more than half of the seeds still solve | the map in 7.4 |
#
# The "memory horizon" of the title is the question behind both: how far back does it remember?

# %% name="bet-side"
predict("Q7-side")

# %% name="reach-code" covers=["C-22", "!5"]
def reach(model, x, y):
    """最后状态处的梯度，有几分之几回到符号刚读完时的状态（双精度）
    || The share of the last state's gradient that gets back to the state just after the
    symbol (float64)"""
    model, x = model.double(), x.double()
    with torch.no_grad():
        _, state = model.rnn(x[:, :1])  # 只读符号 || read the symbol only
    start = list(state) if isinstance(state, tuple) else [state]
    for part in start:
        part.requires_grad_()
    # 从这里接着读 || and read on from here
    out, _ = model.rnn(x[:, 1:], tuple(start) if len(start) == 2 else start[0])
    last = out[:, -1]  # (B, H)
    loss = F.cross_entropy(model.readout(last), y)
    *begin, end = torch.autograd.grad(loss, [*start, last])
    # (B, H) 或 (B, 2H) || (B, H) or (B, 2H)
    arrived = torch.cat([g[0] for g in begin], dim=1)
    return (arrived.norm(dim=1).mean() / end.norm(dim=1).mean()).item()


STEPS = [1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 25, 35, 50, 70, 100]


def reach_curve(cell, init, seed):
    """同一个没训练过的网络，各个间隔的到达率 || The reach of one untrained network at different lags"""
    torch.manual_seed(seed)
    model = Latch(cell, init, 100)
    curve = []
    for lag in STEPS:
        x, y = latch_batch(64, lag, 0.1, torch.Generator().manual_seed(seed))
        curve.append(reach(model, x, y))
    return curve


def gradient_horizon(curve):
    """到达率第一次不到间隔 1 时的千分之一，是在哪个间隔；没有就是无穷
    || The first lag whose reach is below a thousandth of lag 1's; infinite if
    there is none"""
    low = [lag for lag, value in zip(STEPS, curve) if value < 1e-3 * curve[0]]
    return low[0] if low else math.inf


CELLS = ("RNN", "LSTM", "GRU")
drawn = [(cell, "default") for cell in CELLS]
drawn += [("LSTM", "+1"), ("LSTM", "chrono"), ("GRU", "chrono")]
curves = {row: [reach_curve(*row, seed) for seed in (0, 1, 2)] for row in drawn}

fig, ax = plt.subplots(figsize=(7, 3.4))
for (cell, init), runs in curves.items():
    name = "默认 || default" if init == "default" else init
    ax.semilogy(STEPS, runs[0], label=f"{cell} {name}")
ax.set_xlabel("间隔（步） || lag (steps)")
ax.set_ylabel("到达率 || reach")
ax.set_ylim(bottom=1e-16)
ax.legend(loc="center right", bbox_to_anchor=(1.32, 0.5))
plt.show()

seen = {}
for row, runs in curves.items():
    seen[row] = [gradient_horizon(curve) for curve in runs]
    print(f"{' '.join(row):14}", seen[row])
by_default = [lag for cell in CELLS for lag in seen[cell, "default"]]
alike = all(8 < lag < 22 for lag in by_default)
claim("Q7-side", alike, shortest=min(by_default), longest=max(by_default))
# 只换偏置 || only the biases differ
by_chrono = [lag for cell in ("LSTM", "GRU") for lag in seen[cell, "chrono"]]
short = any(8 < lag < 22 for lag in by_chrono)
claim("Q7-side-control", not short, shortest=min(by_chrono))

# %% [markdown] name="side-meaning" covers=["C-22", "!5"]
# 第 5 章欠下的并排测量就在这里：默认初始化的 RNN、LSTM、GRU，梯度视界都是十几步，几乎分不出先后。门只是**可能**让梯度走远，偏置才决定走不走得远。
#
# 那么，到达率猜得中地图吗？地图的每一次训练都在开跑之前量过它（`reach` 这一列，地图上叫“训练前传回的梯度”）。把 50 格画在一起：横轴是训练之前的到达率，纵轴是训练之后解出几个。

# %% [markdown] lang="en" of="04e06869.8bf87aa4"
# Here is the side-by-side measurement that Chapter 5 promised. Initialised by default, RNN, LSTM and GRU all have a gradient horizon of some ten to twenty steps, and there is hardly anything between them. Gates only make it **possible** for a gradient to travel far. Whether it does is up to the bias.
#
# So does the reach predict the map? It was measured at the start of every run on the map (the column `reach`; the map calls it "gradient before training"). Put all 50 squares into one picture: reach before training along the bottom, seeds solved after training up the side.

# %% name="bet-reach"
predict("Q7-reach")

# %% name="reach-map" covers=["!5"]
def mean_reach(runs):
    # 几何平均 || geometric mean
    return math.exp(sum(math.log(run.reach) for run in runs) / len(runs))


def by_reach(squares):
    """按到达率分成三堆，各格解出几个种子 || Three heaps by reach: how many seeds each square solved"""
    heaps = {"> 0.05": [], "1e-5 … 0.05": [], "< 1e-5": []}
    for runs in squares:
        value = mean_reach(runs)
        heap = "> 0.05" if value > 0.05 else "< 1e-5" if value < 1e-5 else "1e-5 … 0.05"
        heaps[heap].append(solved(runs))
    return heaps


def share_solved(counts):
    return sum(k >= 3 for k in counts) / len(counts)


all_squares = {(*row, lag): square(*row, lag) for row in ROWS for lag in LAGS}
heaps = by_reach(all_squares.values())
for heap, counts in heaps.items():
    print(heap, counts)
near, far = heaps["> 0.05"], heaps["< 1e-5"]
claim("Q7-reach", share_solved(near) > 0.9 and max(far) <= 1, share=share_solved(near))
# 同样的训练，到达率太小 || the same training, too small a reach
claim("Q7-reach-control", not share_solved(far) > 0.9, share=share_solved(far))

# %% name="reach-figure" tags=["hide-input"] covers=["!5"]
fig, ax = plt.subplots(figsize=(7, 3))
looks = {"RNN": ("o", -0.12), "LSTM": ("s", 0), "GRU": ("^", 0.12)}
# 错开一点，免得重叠 || shifted a little so that points do not hide each other
for cell, (marker, shift) in looks.items():
    chosen = [runs for key, runs in all_squares.items() if key[0] == cell]
    reaches = [mean_reach(runs) for runs in chosen]
    counts = [solved(runs) + shift for runs in chosen]
    ax.semilogx(reaches, counts, marker, linestyle="none", alpha=0.7, label=cell)
ax.axvspan(0.05, 1.5, color="#999999", alpha=0.2, linewidth=0)
ax.set_xlabel("训练之前的到达率 || reach before training")
ax.set_ylabel("4 个种子里解出几个 || seeds of 4 that solved it")
ax.set_yticks(range(5))
ax.legend()
plt.show()

# %% [markdown] name="held-out-intro" covers=["!5", "!14"]
# 等一等：0.05 和十万分之一这两条线，是看着这张图画的。用同一批数据定线、又用它打分，谁都能考高分。得拿一批**没看过的**来考：噪声响亮（标准差 1）的那张地图，30 格，训练和初始化照旧，线一动不动。

# %% [markdown] lang="en" of="19ddd642.ae22f47e"
# Wait: the two cuts, 0.05 and one in a hundred thousand, were drawn while looking at this picture. Anybody can score well on the data that set the rules. The exam needs data **not looked at**: the map made with loud noise (standard deviation 1), 30 squares, same training, same initialisations. The cuts stay where they are.

# %% name="bet-held-out"
predict("Q7-reach-held-out")

# %% name="held-out" covers=["!5", "!14"]
LOUD = [run for run in everything if run.noise == 1.0]
LOUD_LAGS = sorted({run.lag for run in LOUD})
held_out = by_reach(square(*row, lag, LOUD) for row in ROWS for lag in LOUD_LAGS)
for heap, counts in held_out.items():
    print(heap, counts)
near, far = held_out["> 0.05"], held_out["< 1e-5"]
as_forecast = share_solved(near) > 0.9 and max(far) == 0
claim("Q7-reach-held-out", as_forecast, share=share_solved(near))
claim("Q7-reach-held-out-control", not share_solved(far) > 0.9, share=share_solved(far))

# %% [markdown] name="reach-meaning" covers=["!5"]
# 图上的灰色区里有 28 格，27 格四个种子全部解出；到达率不到十万分之一的 12 格，没有一格解出两个。换成没看过的另一张地图，线还是那两条：0.05 以上的 18 格全部解出，十万分之一以下的 3 格一个种子也没有。一次反向传播，就预告了几百步训练的结果。在地图上切到“训练前传回的梯度”，再切回来对照一下。
#
# 预告不是判决，图上也写着它的两处局限：
#
# * **中间说不准。** 第一张图的这十格里，八格成了，两格一个种子也没成。起点不大的也能成，因为训练会改权重，路也跟着变。正交的 RNN 在间隔 100 上只有约 $10^{-4}$，照样解出。
# * **到了，不等于有用。** 灰色区里唯一失败的是 LSTM +3、间隔 100：梯度到得了，四个种子却都停在瞎猜。到达率只量信号的大小，不量它指的方向。
#
# 所以它的用法是：太小，就先改初始化，别急着训练；不小，也还要训练了才知道。

# %% [markdown] lang="en" of="93be7f81.ae50f3cb"
# Of the 28 squares in the grey zone, 27 were solved by all four seeds; of the 12 with a reach below one in a hundred thousand, none was solved twice. On the map that had not been looked at, with the same two cuts, all 18 squares above 0.05 were solved, and of the 3 below one in a hundred thousand not a single seed. One backward pass has forecast the outcome of hundreds of training steps. Switch the map to "gradient before training" and back again to compare.
#
# A forecast is no verdict, and the picture shows its two limits as well:
#
# * **In between, you cannot tell.** Of the ten squares in the first picture, eight were solved and two by not a single seed. A modest start can succeed, because training changes the weights and the road with them. The orthogonal RNN has only about $10^{-4}$ at lag 100 and solves it all the same.
# * **To arrive is not to be useful.** The one failure in the grey zone is LSTM +3 at lag 100: the gradient gets there, and yet all four seeds are left guessing. The reach measures how large the signal is, not whether it points anywhere sensible.
#
# So use it like this: if it is tiny, change the initialisation before you spend time on training; if it is not, only training will tell.

# %% [markdown] name="conditions" covers=["!40", "!14"]
# ## 7.7 名次会颠倒
#
# 地图上有两列很扎眼：同样默认初始化，间隔 25 和 50 上，普通 RNN 偶尔能行，LSTM 一次也不行。这是规律，还是碰巧？协议里哪几个数说了算？逐个改改看，都在间隔 25，每格 4 个种子。

# %% [markdown] lang="en" of="983ae306.0da54571"
# ## 7.7 Rankings can flip
#
# Two columns of the map stick out: at lags 25 and 50, with both cells initialised by default, the plain RNN sometimes succeeds and the LSTM never does. Is that a rule, or an accident? Which numbers of the protocol decide? Change them one at a time, all at lag 25, four seeds each.

# %% name="bet-inversion"
predict("Q7-inversion")

# %% name="inversion" covers=["!40", "!14"]
def variant(cell, init="default", lag=25, noise=0.1, lr=3e-3, budget=500):
    """地图之外的一格：改了协议里的一个数 || A square off the map: one number of the protocol changed"""
    wanted = noise, lr, budget
    among = [run for run in everything if (run.noise, run.lr, run.budget) == wanted]
    return square(cell, init, lag, among)


changes = [{"noise": 0.0}, {}, {"noise": 0.3}, {"noise": 1.0}]
changes += [{"lr": 1e-3}, {"lr": 1e-2}, {"budget": 2000}]
print("RNN LSTM GRU")
for change in changes:
    label = ", ".join(f"{name} = {value}" for name, value in change.items())
    fractions = (as_fraction(variant(cell, **change)) for cell in CELLS)
    print(*fractions, "", label or "协议 || the protocol")

without_noise = {cell: solved(variant(cell, noise=0.0)) for cell in CELLS}
rnn_only = without_noise["RNN"] >= 3 and without_noise["LSTM"] == 0
claim("Q7-inversion", rnn_only, RNN=without_noise["RNN"], LSTM=without_noise["LSTM"])
# 只加上响的噪声，RNN 也不行了 || only loud noise is added: the RNN fails as well
noisy_rnn = solved(variant("RNN", noise=1.0))
claim("Q7-inversion-control", not noisy_rnn >= 3, RNN=noisy_rnn)
# 间隔 10，噪声很响 || lag 10, loud noise
loud_rnn = solved(variant("RNN", lag=10, noise=1.0))
loud_lstm = solved(variant("LSTM", lag=10, noise=1.0))
reversed_ranks = loud_rnn >= 3 and loud_lstm == 0
claim("Q7-inversion-loud", reversed_ranks, RNN=loud_rnn, LSTM=loud_lstm)
# 同一格，只给 LSTM 加上偏置 || the same square, only a bias for the LSTM
loud_biased = solved(variant("LSTM", "+3", lag=10, noise=1.0))
claim("Q7-inversion-loud-control", not loud_biased == 0, LSTM=loud_biased)

# %% [markdown] name="conditions-meaning" covers=["!40", "!14"]
# 表里的七行，默认的 LSTM 一个种子也没有解出；凡是有人解出的行，都有普通 RNN。没有噪声，RNN 是 3/4；训练四倍长，还是 3/4；间隔 10、噪声很响时，它 4/4，LSTM 0/4。“LSTM 比 RNN 记得久”在这里正好倒过来。而对照（Q7-inversion-loud-control）说明原因不在结构：同样的 LSTM，偏置设成 3，立刻 4/4。
#
# 再看“没有噪声”那一行的 GRU：从 0/4 变成 4/4。只动了噪声这一个数，三种单元的名次就换了。所以，**没有写明条件的名次，什么也没说。**
#
# 那么一百步之外，普通 RNN 真的“够不着”吗？看正交的那一行，再看噪声响的时候（标准差 1）的另一张地图。

# %% [markdown] lang="en" of="00efad78.24aec028"
# In the seven lines of the table not one seed of the default LSTM succeeded, and wherever anybody did, the plain RNN was among them. Without noise it has 3/4; with four times the training, 3/4 again; at lag 10 with loud noise it has 4/4 and the LSTM 0/4. "LSTMs remember longer than RNNs" is here turned upside down. The control (Q7-inversion-loud-control) tells us that the architecture is not to blame: give the same LSTM a bias of 3, and it has 4/4 at once.
#
# Now look at the GRU in the line without noise: from 0/4 to 4/4. One number, the noise, was changed, and the ranking of all three cells with it. **A ranking without its conditions says nothing.**
#
# And a hundred steps back: is that really out of a plain RNN's reach? Look at the row "orthogonal", first on the map above and then on a second one, made with loud noise (standard deviation 1).

# %% name="loud-map" covers=["!40"]
loud_grids = {field: grid(field, LOUD_LAGS, LOUD) for field in grids}
Explorer("horizon", rows=ROWS, lags=LOUD_LAGS, **loud_grids)

# %% name="orthogonal" covers=["!40"]
def solved_by_lag(init, lags, among):
    return {lag: solved(square("RNN", init, lag, among)) for lag in lags}


orthogonal_rows = solved_by_lag("orthogonal", LAGS, MAP)
default_rows = solved_by_lag("default", LAGS, MAP)
print("orthogonal         ", orthogonal_rows)
print("orthogonal, noise 1", solved_by_lag("orthogonal", LOUD_LAGS, LOUD))
print("default            ", default_rows)
claim("Q7-orthogonal", orthogonal_rows[100] >= 3, solved=orthogonal_rows[100])
# 只把 W_h 换回默认 || only W_h is back to the default
claim("Q7-orthogonal-control", not default_rows[100] >= 3, solved=default_rows[100])


def mean_steps(lag, among):
    """凡是至少 3 个种子解出的行：平均用了多少步 || For every row solved by at least 3 seeds: the mean number of steps"""
    rows = {row: square(*row, lag, among) for row in ROWS}
    return {
        " ".join(row): sum(run.steps for run in runs) / 4
        for row, runs in rows.items()
        if solved(runs) >= 3
    }


soft_100, soft_25 = mean_steps(100, MAP), mean_steps(25, MAP)
loud_25 = mean_steps(25, LOUD)
for label, steps in {
    "lag 100, noise 0.1": soft_100,
    "lag 25, noise 0.1": soft_25,
    "lag 25, noise 1": loud_25,
}.items():
    print(label, steps)


def fastest(steps):
    return min(steps, key=steps.get)


first = fastest(soft_25) == fastest(soft_100) == "RNN orthogonal"
claim("Q7-orthogonal-fastest", first, steps=soft_25["RNN orthogonal"])
# 同样的间隔 25，只是噪声响了：就不是它了 || the same lag of 25, only the noise is loud: it is another
loud_first = fastest(loud_25) == "RNN orthogonal"
claim("Q7-orthogonal-fastest-control", not loud_first, steps=loud_25["RNN orthogonal"])

# %% [markdown] name="orthogonal-meaning" covers=["!40"]
# 一百步之外，没有门的 RNN 也学会了，而且学得最快（Q7-orthogonal-fastest；在第一张地图上切到“用了多少步”看看）。第 4 章说过，它**表示**得了；这里它连**学**都学会了，只要起点是条平路（正交矩阵既不放大梯度，也不缩小）。所以“一百个词之前的事，基本的 RNN 无法关联”应当改成：**用默认的起点，很难学会。**
#
# 噪声一响，平路就不平了（第 4 章：tanh 一饱和，梯度就过不去）：间隔 25 上，平均步数从几十涨到了几百（上面打印的最后两行），还有一个种子失败；偏置设好的 LSTM 和 GRU 一个没丢。差一个种子不足为凭，再远一些会怎样，这两张地图没有量。你可以自己量：7.5 节的 `run` 收 `noise` 和 `steps`。

# %% [markdown] lang="en" of="c14b2c0c.b75cf4f7"
# At a hundred steps the RNN without gates has learnt it too, and faster than any other (Q7-orthogonal-fastest; switch the first map to "steps needed"). Chapter 4 showed that it can **represent** the solution. Here it can even **learn** it, as long as it starts on level ground (an orthogonal matrix neither stretches nor shrinks a gradient). So "a basic RNN cannot connect things a hundred words apart" should read: **from the default start, it is hard to learn.**
#
# When the noise is loud the ground is no longer level (Chapter 4: a saturated tanh lets no gradient through). At lag 25 the mean number of steps goes from tens to hundreds (the last two lines printed above) and one seed fails, while LSTM and GRU with a proper bias lose none. One seed proves little, and what happens farther out these two maps do not say. You can find out: `run` of section 7.5 takes `noise` and `steps`.

# %% [markdown] name="folklore" covers=["C-30", "C-28", "!12", "!13", "!14"]
# ## 7.8 一张流传很广的表，逐行重做
#
# 比较 LSTM 和 GRU 的表到处都有，大同小异：GRU 少一个门，参数“约少 25 %”，训练“较快”，长序列“稍弱”；LSTM 适合“需要精细控制记忆”的任务；效果“通常相当”。我们一行一行量过去。
#
# **参数。** 第 6 章数过：循环层恰好少四分之一，整个模型省得没有那么多。再数一次本章的三个网络，这次连读出层一起。

# %% [markdown] lang="en" of="a46a797d.f52344c7"
# ## 7.8 A popular table, redone row by row
#
# Tables that compare LSTM and GRU are everywhere and much alike: the GRU has one gate fewer, "about 25 % fewer" parameters, trains "faster", and is "a little weaker" on long sequences; the LSTM is for tasks that "need fine control of memory"; the results are "usually comparable". Let us measure, row by row.
#
# **Parameters.** Chapter 6 counted: exactly a quarter fewer in the recurrent layer, less than that in the whole model. Here are the three networks of this chapter, readout included.

# %% name="bet-parameters"
predict("Q7-parameters")

# %% name="parameters" covers=["C-30", "C-28", "!12"]
def count(module):
    return sum(p.numel() for p in module.parameters())


models = {cell: Latch(cell, "default", 50) for cell in ("RNN", "GRU", "LSTM")}
print("单元、循环层、整个模型 || cell, recurrent layer, whole model")
for cell, model in models.items():
    print(f"{cell:5} {count(model.rnn):6} {count(model):6}")
layer = {cell: count(model.rnn) for cell, model in models.items()}
fraction, quarter = layer["GRU"] / layer["LSTM"], layer["RNN"] / layer["LSTM"]
claim("Q7-parameters", fraction == 0.75 and quarter == 0.25, fraction=fraction)
# 只是把读出层也算进来，就不再是 0.75 || only the readout is counted as well: no longer 0.75
whole = count(models["GRU"]) / count(models["LSTM"])
claim("Q7-parameters-control", not whole == 0.75, fraction=whole)

# %% [markdown] name="speed" covers=["!13", "C-30"]
# **速度。** 运算量少四分之一，不等于快四分之一。在你的机器上，按本章的协议训练一步要多久？量法和第 5、6 章一样：轮流、热身、取最快。第二行关掉 oneDNN（第 6 章的加速库：在 CPU 上，PyTorch 只有 LSTM 用得上它的融合实现）；第三行是一块 NVIDIA H100 上的前向加反向（批 32、50 步、64 个隐藏单元，`datasets/h100.csv`）。

# %% [markdown] lang="en" of="7bc996eb.f1915a72"
# **Speed.** A quarter less arithmetic does not mean a quarter less time. On your machine, how long does one training step of this chapter's protocol take? The method is that of Chapters 5 and 6: in turns, after a warm-up, the fastest counts. The second line switches off oneDNN (the library of Chapter 6; on a CPU, PyTorch has its fused kernel for the LSTM alone); the third is one forward and backward pass on an NVIDIA H100 (batch 32, 50 steps, 64 units, from `datasets/h100.csv`).

# %% name="timing" tags=["timing"] covers=["!13"]
def one_step(cell):
    train(models[cell], 50, 0.1, 3e-3, 1, torch.Generator().manual_seed(0))


def step_times():
    """训练一步的毫秒数 || milliseconds for one training step"""
    times = timing.milliseconds({cell: partial(one_step, cell) for cell in models})
    return "   ".join(f"{cell} {ms:.1f} ms" for cell, ms in times.items())


print("CPU, oneDNN:        ", step_times())
with timing.without_onednn():
    print("CPU, without oneDNN:", step_times())
gpu = {t.model: t.ms for t in data.h100_times(experiment="cells", hidden=64)}
on_gpu = (f"{cell} {gpu[cell]:.1f} ms" for cell in models)
print("NVIDIA H100:        ", "   ".join(on_gpu))

# %% [markdown] name="speed-meaning" covers=["!13"]
# 第 6 章查过这里面的缘故：小网络的时间花在零碎的运算上，件数和融合说了算，省下的四分之一乘法看不出来；在编写本章的机器上（CPU，一个线程），打开 oneDNN 的 GRU 因此最慢。那块 H100 上三种差不多快。所以这一行只能写：**在你的设备上、用你的大小量**。
#
# **长序列。** 地图上 LSTM 和 GRU 有四种相同的初始化，五个间隔，正好配成 20 对。

# %% [markdown] lang="en" of="1e5a7d82.b1538201"
# Chapter 6 found out why: a small network spends its time on odds and ends, so their number and the fusing of them decide, and a quarter of the multiplications saved does not show. On the machine this chapter was written on (CPU, one thread), with oneDNN on, the GRU is therefore the slowest. On that H100 the three hardly differ. So this row can only say: **measure on your device, at your size**.
#
# **Long sequences.** On the map, LSTM and GRU share four initialisations and five lags, which makes 20 pairs.

# %% name="bet-pairs"
predict("Q7-pairs")

# %% name="pairs" covers=["C-30", "!14"]
def difference(init, lag):
    return solved(square("LSTM", init, lag)) - solved(square("GRU", init, lag))


INITS = ["default", "+1", "+3", "chrono"]
print("LSTM − GRU", *(f"{lag:4}" for lag in LAGS))
for init in INITS:
    print(f"{init:10}", *(f"{difference(init, lag):+4d}" for lag in LAGS))

ahead = [(init, lag) for init in INITS for lag in LAGS if difference(init, lag) >= 2]
claim("Q7-pairs", len(ahead) == 0, pairs=len(ahead))


def unfair(lag):
    lstm, gru = square("LSTM", "chrono", lag), square("GRU", "default", lag)
    return solved(lstm) - solved(gru)


# 同样的数据，LSTM chrono 对 GRU 默认：这样比，LSTM 就“更好”了 || the same data, LSTM chrono against GRU default: now the LSTM is "better"
unequal = [lag for lag in LAGS if unfair(lag) >= 2]
claim("Q7-pairs-control", not len(unequal) == 0, pairs=len(unequal))

# %% [markdown] name="count" covers=["C-30", "!14"]
# 没有一对是 LSTM 明显领先；有两格倒是 GRU 以 4 比 0 胜出。但也别把口号反过来喊：同一个偏置，在两种单元里走出的远近本来就不完全一样；让偏置对准间隔（chrono），两者每一格都解出。对照也值得记住：拿 chrono 的 LSTM 去比默认的 GRU，就“证明”了 LSTM 更好，坏的比较常常就是这样做出来的。
#
# **“精细控制记忆”。** 这句话没法量，但背后有一件真事。Weiss、Goldberg 与 Yahav（2018）指出：精度有限时，LSTM 严格强于 GRU，因为它会**数数**。第 5 章手工设过一个计数单元；这里让它和 GRU 并排读 1,000 个相同的符号。

# %% [markdown] lang="en" of="24d6e366.1465bc11"
# There is no pair in which the LSTM clearly leads, and two in which the GRU wins by 4 to 0. Do not simply turn the slogan round, though: the same bias does not take both cells equally far. Fit the bias to the lag (chrono), and both solve every square. The control is worth remembering too: put a chrono LSTM against a default GRU and you have "proved" that the LSTM is better. Many a bad comparison was made just so.
#
# **"Fine control of memory".** That cannot be measured, but there is something true behind it. Weiss, Goldberg and Yahav (2018) showed that with finite precision the LSTM is strictly stronger than the GRU, because it can **count**. Chapter 5 set up a counting unit by hand; here it reads 1,000 equal symbols side by side with GRUs.

# %% name="bet-count"
predict("Q7-count")

# %% name="count-code" covers=["C-30", "!14"]
@torch.no_grad()
def lstm_count(forget_bias):
    """手工设的 LSTM 读 1,000 个 1，每读一个就加 1 -> 最后的 c || A hand-set LSTM that adds 1 for each of 1,000 ones -> its last c"""
    lstm = nn.LSTM(1, 1).double()
    for parameter in lstm.parameters():
        parameter.zero_()
    # i, f, g, o；双精度下 sigmoid(40) 恰好是 1 || i, f, g, o; in double precision sigmoid(40) is exactly 1
    lstm.bias_ih_l0[:] = torch.tensor([40.0, forget_bias, 0.0, 40.0])
    lstm.weight_ih_l0[2] = 40  # tanh(40) 也是 || so is tanh(40)
    return lstm(ones)[1][1].item()


@torch.no_grad()
def gru_maximum(seed):
    torch.manual_seed(seed)
    gru = nn.GRU(1, 8).double()
    for parameter in gru.parameters():
        parameter.normal_(std=100)
    return gru(ones)[0].abs().max().item()


ones = torch.ones(1000, 1, dtype=torch.float64)  # (T, I)
largest = max(gru_maximum(seed) for seed in range(50))
exact, leaky = lstm_count(40), lstm_count(3)
claim("Q7-count", exact == 1000 and largest <= 1, LSTM=exact, GRU=largest)
# 只改遗忘偏置：f 不是恰好 1，LSTM 也数不上去 || only the forget bias changes: unless f is exactly 1 the LSTM cannot count either
claim("Q7-count-control", not leaky > 100, LSTM=leaky)
print("LSTM，LSTM 的 b_f = 3，最大的 GRU || LSTM, LSTM with b_f = 3, largest GRU")
show("c, c, |h|", exact, leaky, largest, digits=4)

# %% [markdown] name="table" covers=["C-22", "C-30", "C-28", "!12", "!13", "!14"]
# GRU 的状态是旧状态和候选值的加权平均，而候选值出自 tanh，所以永远走不出 ±1。LSTM 也要 $f$ 恰好是 1 才数得下去：$b_f = 3$ 时停在 $\tau = 1 + e^3 \approx 21$。（这说的是能不能**表示**；能不能**学到**，仍要另外去量。）
#
# 现在可以重写那张表了：
#
# | 流传的说法 | 本章测得 | 文献 | 可以写下的话 |
# |---|---|---|---|
# | 门：LSTM 3 个，GRU 2 个 | 权重 4 块对 3 块，各多一块候选值（Q7-parameters） | | 照写 |
# | GRU 参数约少 25 % | 循环层恰好 0.75；加上别的层就不是了 | | “循环层少 25 %” |
# | GRU 训练较快 | 看设备和实现；这里的 CPU 上相反 | | “运算量少四分之一；速度请自己量” |
# | 长序列 LSTM 更好 | 偏置相同时，20 对里没有一对 LSTM 明显领先（Q7-pairs）；偏置不同，天差地别 | Jozefowicz 等 2015：遗忘偏置设为 1，LSTM 和 GRU 的差距就补上了 | “先设偏置，再谈单元” |
# | LSTM 精细控制记忆 | 能数到 1,000；GRU 的状态不出 ±1（Q7-count） | Weiss 等 2018：LSTM 会数数，GRU 不会 | “要数数，选 LSTM” |
# | 效果通常相当 | 20 对里 18 对只差一个种子以内（Q7-pairs） | Chung 等 2014：两者相当；Greff 等 2017：八种 LSTM 变体（包括像 GRU 那样把两个门绑在一起的）没有一种明显更好 | 照写，并附上 $k/n$ |

# %% [markdown] lang="en" of="3810aa89.3a55f795"
# The state of a GRU is a weighted average of the old state and the candidate, and the candidate comes out of a tanh; so it never leaves ±1. Even the LSTM goes on counting only if $f$ is exactly 1: with $b_f = 3$ it stops at $\tau = 1 + e^3 \approx 21$. (This is about what can be **represented**. What will be **learnt** has to be measured separately, as always.)
#
# Now the table can be rewritten:
#
# | People say | Measured here | Literature | What you may write |
# |---|---|---|---|
# | gates: LSTM 3, GRU 2 | 4 blocks of weights against 3, each with one for the candidate (Q7-parameters) | | just that |
# | GRU: about 25 % fewer parameters | exactly 0.75 for the recurrent layer; with other layers added, no longer | | "25 % fewer in the recurrent layer" |
# | GRU trains faster | depends on device and implementation; the opposite on this CPU | | "a quarter less arithmetic; time it yourself" |
# | LSTM is better on long sequences | with equal biases, the LSTM clearly leads in none of 20 pairs (Q7-pairs); with different biases, worlds apart | Jozefowicz et al. 2015: a forget bias of 1 closes the gap between LSTM and GRU | "set the bias first, then discuss the cell" |
# | LSTM: fine control of memory | counts to 1,000; a GRU's state stays within ±1 (Q7-count) | Weiss et al. 2018: the LSTM can count, the GRU cannot | "if it has to count, take the LSTM" |
# | usually comparable | 18 of 20 pairs within one seed of each other (Q7-pairs) | Chung et al. 2014: comparable; Greff et al. 2017: of eight LSTM variants (one with two gates coupled, as in the GRU) none is significantly better | just that, with $k/n$ beside it |

# %% [markdown] name="choose" covers=["C-31", "Q-01", "!14"]
# ## 7.9 怎么选：一道程序，不是一句口号
#
# 常见的选择建议有这么几条：数据量大、序列长，选 LSTM；计算资源有限，选 GRU；不确定，都试试。头一条，上面的测量和文献都不支持；后两条缺了“怎样试才算数”。换成一道程序：
#
# 1. **先立基线。** 连基线都没赢，选哪个单元都无所谓（第 2 章）。
# 2. **要记多远？** 估出间隔，把偏置设到那个时间尺度，LSTM 和 GRU 都一样设（7.3 节）；再算一次到达率，太小就别急着训练（7.6 节）。
# 3. **要不要数数？** 括号配对、长度相等之类，选 LSTM（Q7-count）。
# 4. **资源有多紧？** 在*你的*设备上给两者各计时一次，再看*整个模型*的大小（7.8 节）。
# 5. **都试试**，就要试得公平：同样的任务、预算和调参次数，至少 3 个种子，报 $k/n$。差距小过种子之间的起伏，就当没有差距，选便宜的那个。
# 6. **还是够不着？** 间隔成千上万，或者要随时回头看任意一处，该换的就不是单元了：第 11 章的注意力，第 12 章的线性循环。

# %% [markdown] lang="en" of="f667fb02.42e28f66"
# ## 7.9 How to choose: a procedure in place of a slogan
#
# The usual advice goes: plenty of data and long sequences, take the LSTM; little computing power, take the GRU; in doubt, try both. The first has no support in the measurements above or in the papers; the others leave out what makes a trial count. Here is a procedure instead:
#
# 1. **Set up a baseline.** Until you beat it, the choice of cell does not matter (Chapter 2).
# 2. **How far back?** Estimate the lag and set the biases to that time scale, for LSTM and GRU alike (section 7.3). Compute the reach; if it is tiny, do not rush into training (section 7.6).
# 3. **Must it count?** Matching brackets, equal lengths and the like: take the LSTM (Q7-count).
# 4. **How tight are resources?** Time both on *your* device, and look at the size of the *whole model* (section 7.8).
# 5. **Try both**, but fairly: same task, same budget, same number of tuning attempts, at least 3 seeds, $k/n$ reported. A gap smaller than the spread between seeds is no gap; take the cheaper one.
# 6. **Still out of reach?** If the lag runs to thousands, or the network must look back at any place at any time, it is not the cell that needs replacing: attention (Chapter 11), linear recurrences (Chapter 12).

# %% [markdown] name="written" covers=["X-04"]
# ## 7.10 你的四句话
#
# 现在写下**你的**比较。双击下面那一格，每句里放一个你自己跑出来的数（7.5 节你选的那一格，7.8 节你机器上的毫秒数）：
#
# 1. 规则：你比的是什么任务，什么间隔、噪声、预算，几个种子？
# 2. 结果：你选的那一格，$n$ 个新种子里解出几个？和地图一致吗？
# 3. 原因：只改一样东西（换初始化，或者换单元），再跑一次，结果变了多少？
# 4. 边界：你的数**不能**说明什么？

# %% [markdown] lang="en" of="4a2b3321.00dcbfcd"
# ## 7.10 Your four sentences
#
# Now write down **your** comparison. Double-click the cell below, and put into each sentence a number you produced yourself (the square you chose in section 7.5, the milliseconds of your machine in section 7.8):
#
# 1. Rules: which task did you compare on; which lag, noise and budget, how many seeds?
# 2. Result: of your $n$ new seeds, how many solved the square you chose? Does the map agree?
# 3. Cause: change one thing (the initialisation or the cell) and run again. How much did the result change?
# 4. Limits: what do your numbers **not** show?

# %% [markdown] name="written-answer"
# *（在这里写你的四句话。）*

# %% [markdown] lang="en" of="abcb72a6.2e6e4bc5"
# *(Write your four sentences here.)*

# %% [markdown] name="written-rubric"
# <details><summary>写完再打开：怎样算写得好</summary>
#
# - 第 1 句让别人不用问你就能重做。
# - 第 2 句写的是 $k/n$，不是最好的一次，也不是一个孤零零的百分数。
# - 第 3 句只动了一样东西；动了两样，就分不清功劳归谁。
# - 第 4 句至少承认一条：一道合成的题，一种大小，一个学习率，几个种子，一台机器。
#
# </details>

# %% [markdown] lang="en" of="ca8d2efa.16a15697"
# <details><summary>Open when you have written yours: what makes a good answer</summary>
#
# - From sentence 1, somebody else could repeat the work without asking you.
# - Sentence 2 says $k/n$, not the best run, and not a lonely percentage.
# - In sentence 3 one thing was changed. With two, nobody can tell which of them did it.
# - Sentence 4 admits at least one limit: one synthetic task, one size, one learning rate, a few seeds, one machine.
#
# </details>

# %% [markdown] name="bets-summary"
# ## 你押得怎样？
#
# 这一章押过的注都在下面，很有把握却押错的排在最前：最值得再想一遍的就是它们。

# %% [markdown] lang="en" of="aaa7928e.a449782b"
# ## How did your bets come out?
#
# All your bets of this chapter, those that you were sure of and lost first: they are the ones most worth thinking over.

# %% name="bets"
bets_summary("07")

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 规则先写好，一次只改一样，报 $k/n$；单个种子什么也说明不了。
# 2. 偏置就是时间尺度：$\tau = 1 + e^{b}$。先看初始化，再看单元；梯度在训练之前就会告诉你大概。
# 3. LSTM 会数数，GRU 省参数，其余看测量：任务上测，设备上也测。

# %% [markdown] lang="en" of="de561fc0.be89d2be"
# ## Three lines to remember
#
# 1. Write the rules first, change one thing at a time, report $k/n$; a single seed proves nothing.
# 2. The bias is a time scale, $\tau = 1 + e^{b}$. Look at the initialisation before you look at the cell; the gradient gives fair warning before training.
# 3. The LSTM can count, the GRU saves parameters; for the rest, measure, on your task and on your device.

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。

# %% [markdown] lang="en" of="bca85a98.6867b7a7"
# ## Self-check
#
# Answer without looking back.

# %% name="quiz" covers=["A-03"]
quiz("07-self-check")

# %% [markdown] name="next" covers=["X-04"]
# ## 接下来
#
# [练习 E05 · RNN 和 LSTM，到底差在哪里](../../exercises/zh/E05_compare.ipynb)：自己做三把尺子，量大小、量影响、量视界，对谁都能用。
#
# 到这里，网络都只朝一个方向读。可是填空的时候，后半句往往更有用。第 8 章《双向与深度》让网络从两头读起。

# %% [markdown] lang="en" of="1bfc961e.cffba06d"
# ## What next
#
# [Exercise E05 · RNN and LSTM: what exactly is the difference?](../../exercises/en/E05_compare.ipynb): make three rulers of your own, for size, for influence and for the horizon, and hold them against any network.
#
# So far every network has read in one direction only. But when you fill in a blank, the second half of the sentence is often the better clue. Chapter 8, "Bidirectional and deep", lets networks read from both ends.
