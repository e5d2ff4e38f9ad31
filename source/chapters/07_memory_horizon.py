# ---
# jupyter:
#   course:
#     chapter: "07"
#     title: {zh: 记忆视界：RNN、LSTM、GRU 对比, en: "The memory horizon: RNN, LSTM and GRU compared"}
#     minutes: {read: 15, lab: 40, exercise: 25}
#     difficulty: 4
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

# %% [markdown] lang="en" of=""
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
import time

import torch
from torch import nn
from torch.nn import functional as F
import matplotlib.pyplot as plt

from course_utils import data, language, plotting
from course_utils.checks import claim, show
from course_utils.explore import Explorer, predict, progress, quiz

language.use("中文 || English")      # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()                     # 带中文字体的图 || figures with a font that has Chinese
torch.set_num_threads(1)             # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，来自第 2、5、6 章。先在心里答，再点选项。

# %% [markdown] lang="en" of=""
# ## Warm-up
#
# One question each from Chapters 2, 5 and 6. Answer in your head first, then click.

# %% name="recall" covers=["A-03"]
quiz(
    {"ask": "第 2 章怎样证明 RNN 的好成绩归功于状态？ || How did Chapter 2 show that the RNN's good score was owed to its state?",
     "options": ["训练得更久 || by training for longer", "只把状态清零，别的不变，再测一次 || by wiping the state, changing nothing else, and measuring again", "和 4-gram 比较 || by comparing it with a 4-gram"],
     "answer": 1,
     "why": ["更久的训练只会让成绩更好，说明不了归功于谁。 || More training improves the score but does not say what it is owed to.",
             "对：一次只动一样东西。这一章也靠它。 || Right: change one thing at a time. This chapter lives by that rule.",
             "那是基线：它说明成绩好不好，不说明为什么好。 || That is the baseline: it tells how good the score is, not why."]},
    {"ask": "PyTorch 默认的 LSTM，遗忘门平均开多大？ || How far open is the forget gate of a default LSTM in PyTorch, on average?",
     "options": ["约 0.5 || about 0.5", "约 0.9 || about 0.9", "约 1：默认就是记住 || about 1: remembering is the default"],
     "answer": 0,
     "why": ["对：偏置在 0 附近，σ(0) = 0.5，每一步打个对折。 || Right: the bias is near 0 and σ(0) = 0.5, so each step halves the memory.",
             "偏置要到 2 左右，才有 0.9。 || That would take a bias of about 2.",
             "恰恰相反，默认是每步忘掉一半。 || The opposite: by default half is forgotten at each step."]},
    {"ask": "PyTorch 的 GRU 里，更新门 zₜ 接近 1 时，新状态…… || In PyTorch's GRU, when the update gate zₜ is close to 1, the new state…",
     "options": ["基本上是旧状态 || is mostly the old one", "基本上是候选值 || is mostly the candidate", "被清零 || is wiped"],
     "answer": 0,
     "why": ["对：hₜ = (1−z)·n + z·hₜ₋₁。所以 z 的偏置起着遗忘门偏置的作用。 || Right: hₜ = (1−z)·n + z·hₜ₋₁. So the bias of z plays the part of the LSTM's forget bias.",
             "那是另一种约定；PyTorch 里 z 乘在旧状态上。 || That is the other convention; in PyTorch z multiplies the old state.",
             "它是两者的加权平均，不会清零。 || It is a weighted average of the two; nothing is wiped."]},
)

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
# | 训练 | Adam，学习率 3e-3，批大小 32，梯度范数裁剪到 1；每一批都是新数据；连续 10 批的正确率达到 99 % 就停，最多 500 步 |
# | 初始化 | 每一行写明；除了写明的那一处，全部用 PyTorch 的默认值 |
# | 考试 | 1,000 条没见过的序列；瞎猜是 0.25，达到 0.95 算“解出” |
# | 种子 | 每格 4 个；报告“4 个里解出几个”，不报最好的那一个 |
#
# 最后一行最要紧。只报最好的一次，等于掷骰子掷到满意为止。

# %% [markdown] lang="en" of=""
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
# | training | Adam, learning rate 3e-3, batch size 32, gradient norm clipped to 1; every batch is fresh; stop when 10 batches in a row are 99 % right, after 500 steps at the latest |
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
# 噪声的标准差取 0.1，是故意的：它比符号轻十倍，网络一听就知道哪个是符号，难处只在留住它。噪声若和符号一样响（标准差 1），符号除了“排在第一”再没有别的记号，题目就难得多，名次也会跟着变（7.7 节）。所以这个数属于协议。

# %% [markdown] lang="en" of=""
# ## 7.2 The task: remember the first symbol
#
# "I grew up in **France** … (a hundred words) … so I can speak \_\_\_." You know this sentence from Chapter 4. Now strip it to the bone. One of four symbols is shown, for one step only; `lag` steps of noise follow; then comes the question: what was the first one? This is the **latch task**, and `lag` is the distance to be bridged.
#
# The noise has standard deviation 0.1 for a reason. It is ten times softer than the symbol, so there is no doubt which is which, and the only difficulty is to hold on. Noise as loud as the symbol (standard deviation 1) leaves the symbol no mark but that it came first. That makes a much harder task and changes the ranking too (section 7.7), which is why the number belongs in the protocol.

# %% name="task-code" covers=["C-19"]
def latch_batch(n, lag, noise, generator):
    """n 条序列：一个独热符号，然后 lag 步噪声 -> x (n, lag + 1, 4)，答案 y (n,) || n sequences: a one-hot symbol, then lag steps of noise -> x (n, lag + 1, 4), answers y (n,)"""
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
# $\tau$ 是记忆的**时间尺度**（time scale）：过了 $\tau$ 步，大约还剩三分之一。反过来，想记 $\tau$ 步，偏置就取 $b = \log(\tau - 1)$。默认的 $b \approx 0$ 意味着 $\tau = 2$：网络一出厂就被告知，只有刚才那一步要紧。
#
# 不知道该记多久怎么办？让每个单元的 $\tau$ 各不相同，从 2 步一直铺到整条序列，这就是 **chrono 初始化**（Tallec 与 Ollivier，2018）：
#
# $$b_f = \log u, \quad u \sim \text{Uniform}(1,\ T-1), \qquad b_i = -b_f$$
#
# 下面是本章用到的全部初始化。注意它们只动一处。

# %% [markdown] lang="en" of=""
# ## 7.3 The bias is a time scale
#
# Can we tell a network beforehand how long it should remember? At each step an LSTM multiplies its old memory by $f$, a GRU by $z$ (in PyTorch's convention). If the gate stays near $f = \sigma(b)$, what is left after $k$ steps is
#
# $$f^k \approx e^{-k/\tau}, \qquad \tau = \frac{1}{1-f} = 1 + e^{\,b}$$
#
# Here $\tau$ is the **time scale** of the memory: after $\tau$ steps about a third is left. Read the other way round, to remember for $\tau$ steps set the bias to $b = \log(\tau - 1)$. The default $b \approx 0$ means $\tau = 2$: straight from the factory, the network has been told that nothing but the last step matters.
#
# And if you do not know how long? Then give every unit a $\tau$ of its own, spread from 2 steps to the whole sequence. That is **chrono initialisation** (Tallec and Ollivier, 2018):
#
# $$b_f = \log u, \quad u \sim \text{Uniform}(1,\ T-1), \qquad b_i = -b_f$$
#
# Here are all the initialisations this chapter uses. Notice that each of them touches one thing only.

# %% name="initialise" covers=["F-01"]
@torch.no_grad()
def initialise(rnn, init, lag):
    """改动一个刚建好的 nn.RNN、nn.LSTM 或 nn.GRU：循环权重，或者管“留住旧的”那个门的偏置 || Change a freshly made nn.RNN, nn.LSTM or nn.GRU: its recurrent weights, or the bias of the gate that keeps the past"""
    def set_gate(block, bias):
        rnn.bias_ih_l0.unflatten(0, (-1, rnn.hidden_size))[block] = bias
        rnn.bias_hh_l0.unflatten(0, (-1, rnn.hidden_size))[block] = 0      # 两份偏置相加，另一份清零 || the two biases add up; clear the other

    if init == "orthogonal":
        nn.init.orthogonal_(rnn.weight_hh_l0)
    elif init == "chrono":
        bias = torch.empty(rnn.hidden_size).uniform_(1, lag).log()
        set_gate(1, bias)                             # 第 1 块：LSTM 的遗忘门，GRU 的更新门 || block 1: the LSTM's forget gate, the GRU's update gate
        if isinstance(rnn, nn.LSTM):
            set_gate(0, -bias)                        # 第 0 块：输入门 || block 0: the input gate
    elif init != "default":
        set_gate(1, float(init))                      # "+1"、"+3" || "+1", "+3"


for tau in (2, 25, 100, 5000):
    b = math.log(tau - 1)
    show(f"τ = {tau}: b, f, f^τ", b, torch.tensor(b).double().sigmoid(), torch.tensor(b).double().sigmoid() ** tau)

# %% [markdown] name="essay" covers=["F-01"]
# ### 读到第 5,000 个字
#
# 常听人说：一篇 5,000 字的文章，LSTM 读到末尾，第 1 个字的信息“已经很弱了”。弱到多少？形容词可以换成数：让同一个没训练过的 LSTM 读四条序列，只有第 1 步不同，后面 4,999 步一模一样；看四个输出之间的差异还剩几分之几。

# %% [markdown] lang="en" of=""
# ### Reading the 5,000th character
#
# It is often said that when an LSTM reaches the end of a text of 5,000 characters, what it knows of the first one "has become very faint". How faint? We can replace the adjective by a number. Let one untrained LSTM read four sequences that differ in step 1 only and agree in the other 4,999, and see what fraction of the difference between its four outputs is left.

# %% name="bet-essay"
predict("Q7-essay", "默认的 LSTM，读到第 100 个字时，第 1 个字造成的差异还剩几分之几？ || A default LSTM at character 100: what fraction of the difference made by character 1 is left?",
        options=["约 1/100 || about 1/100", "约百万分之一 || about a millionth", "不到一万亿分之一 || less than a million-millionth (1e-12)"])

# %% name="essay-code" covers=["F-01", "!5"]
@torch.no_grad()
def trace(init, seed, T=5000):
    """第一步的差异在每一步的输出里还剩几分之几 -> (T,) || What fraction of the first step's difference is left in the output of each step -> (T,)"""
    torch.manual_seed(seed)
    lstm = nn.LSTM(4, 32, batch_first=True)
    initialise(lstm, init, T - 1)
    x = torch.randn(1, T, 4).repeat(4, 1, 1)                          # (4, T, 4)：四条相同的序列 || four equal sequences
    x[:, 0] = torch.eye(4)                                            # 只有第一步不同 || but for the first step
    out, _ = lstm.double()(x.double())                                # (4, T, H)
    spread = (out - out.mean(dim=0)).norm(dim=2).mean(dim=0)          # (T,)
    return spread / spread[0]


traces = {init: [trace(init, seed) for seed in (0, 1, 2)] for init in ("default", "+1", "chrono")}

fig, ax = plt.subplots(figsize=(7, 3))
for label, runs in zip(("默认 || default", "遗忘偏置 +1 || forget bias +1", "chrono"), traces.values()):
    ax.loglog(range(1, 5001), runs[0].clamp(min=1e-17), label=label)
ax.set_xlabel("读到第几个字 || characters read")
ax.set_ylabel("第 1 个字的痕迹还剩 || what is left of character 1")
ax.legend()
plt.show()

default, plus_one, chrono = traces.values()
claim("Q7-essay", all(run[99] < 1e-12 for run in default), left=default[0][99])
claim("Q7-essay-control", not any(run[99] < 1e-12 for run in chrono))          # 只换偏置 || only the biases differ
claim("Q7-essay-end", all(run[-1] > 1e-4 for run in chrono))                   # 第 5,000 个字 || at character 5,000
show("第 5,000 个字，chrono（取一位有效数字） || at character 5,000, chrono (one significant digit)", *(run[-1].item() for run in chrono), digits=1)

# %% [markdown] name="essay-meaning" covers=["F-01"]
# 默认的 LSTM 不必等到 5,000：第 100 个字那里，痕迹已经低于双精度的舍入误差，谁也读不出来了。只换偏置，读完全文还剩百分之几上下。所以“第 1 个字变得很弱”说的不是 LSTM，而是**一组偏置**。
#
# 也别把话说满。留得住一个字，不等于记得住一篇文章：5,000 个字都要挤进 32 个数里，这才是循环网络真正的瓶颈，第 11 章的注意力要解决的正是它。

# %% [markdown] lang="en" of=""
# The default LSTM need not get to 5,000. At character 100 the trace is already below the rounding error of double precision; nobody could read it any more. Change the biases and nothing else, and at the end of the text some per cent are left. So "the first character becomes very faint" is a statement not about LSTMs but about **one set of biases**.
#
# Let us not claim too much, though. Keeping one character is not remembering a text: 5,000 of them have to squeeze into 32 numbers. That is the real bottleneck of recurrent networks, and what the attention of Chapter 11 is for.

# %% [markdown] name="map" covers=["C-19", "!14"]
# ## 7.4 视界地图
#
# 协议写好了，就可以开跑：十种“单元 × 初始化”，五个间隔，每格四个种子，一共 200 次训练。它们在 CPU 上要跑十几分钟，所以结果存成了数据：`datasets/horizon.csv`，来历写在旁边的 `horizon.md` 里，重跑用 `make_horizon.py`。代码和你马上要看到的一样。
#
# 先下注，再看图。

# %% [markdown] lang="en" of=""
# ## 7.4 The horizon map
#
# With the rules written down, the race can start: ten pairs of cell and initialisation, five lags, four seeds for each square, 200 trainings in all. On a CPU that takes a quarter of an hour or so; therefore the results are stored as data, `datasets/horizon.csv`, with their history beside them in `horizon.md`. To run it all again there is `make_horizon.py`; its code is the code you are about to see.
#
# Bet first, then look.

# %% name="bet-map"
predict("Q7-map", "全用默认初始化，间隔 25。三种单元里，谁在 4 个种子里至少解出 3 个？ || Default initialisation throughout, lag 25. Which cells are solved by at least 3 of their 4 seeds?",
        options=["LSTM 和 GRU || LSTM and GRU", "只有 LSTM || LSTM only", "三种都行 || all three", "一种也没有 || none"])

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


grids = {field: [[[getattr(run, field) for run in square(*row, lag)] for lag in LAGS] for row in ROWS] for field in ("accuracy", "steps", "reach")}
Explorer("horizon", rows=ROWS, lags=LAGS, **grids)

# %% name="map-text" covers=["C-19", "!14"]
print(f"{'lag':16}", *(f"{lag:5}" for lag in LAGS))
for row in ROWS:
    print(f"{' '.join(row):16}", *(f"{f'{solved(square(*row, lag))}/{len(square(*row, lag))}':>5}" for lag in LAGS))

at_25 = {row: solved(square(*row, 25)) for row in ROWS}
claim("Q7-map", max(at_25[cell, "default"] for cell in ("RNN", "LSTM", "GRU")) == 0)
claim("Q7-map-control", not max(at_25["LSTM", "+3"], at_25["GRU", "+3"]) == 0)      # 只动一组偏置 || one set of biases changed

# %% [markdown] name="map-tasks"
# 粗竖线是每一行的**视界**（horizon）：到它为止，每一格都有过半的种子解出。动手找四样东西：
#
# 1. 上下比一比。同一种单元换初始化，视界差多少？同一种初始化换单元（LSTM 对 GRU），差多少？哪一种差别大？
# 2. 找出一格，普通 RNN 赢了同样默认初始化的 LSTM。
# 3. 把“只看前几个种子”拖到 1。哪几行的视界变了？如果只跑一个种子，你会写下哪个错误的结论？
# 4. 拖动“正确率达到多少算解出”。有没有哪一行的视界，全靠 0.95 这个数撑着？

# %% [markdown] lang="en" of=""
# The thick bar in each row is its **horizon**: up to there, every square was solved by more than half of its seeds. Four things to find:
#
# 1. Compare rows. How much does the horizon of one cell change with its initialisation? With the initialisation fixed, how much does it change from LSTM to GRU? Which difference is larger?
# 2. Find a square where the plain RNN beats the LSTM, both initialised by default.
# 3. Drag "use the first seeds only" to 1. Which rows change their horizon? What false conclusion would a single seed have led you to write down?
# 4. Drag "solved from accuracy". Is there a row whose horizon hangs on the 0.95 alone?

# %% [markdown] name="rerun"
# ## 7.5 亲手重跑一格
#
# 存下来的数，凭什么信？重跑一格就知道。整场比赛的代码只有这么长；我们取间隔 50 的 GRU，默认和 chrono 各跑一次，用地图**没有用过**的种子 4 和 5。

# %% [markdown] lang="en" of=""
# ## 7.5 Run one square yourself
#
# Why believe stored numbers? Run one square again and see. The code of the whole race is no longer than this. We take the GRU at lag 50, once with default and once with chrono initialisation, and with seeds that the map has **not** used: 4 and 5.

# %% name="bet-rerun"
predict("Q7", "间隔 50，新种子：GRU 默认和 GRU chrono 各考多少分？（瞎猜 0.25） || Lag 50, new seeds: what do the default GRU and the chrono GRU score? (Guessing: 0.25)",
        options=["都在 0.95 以上 || both 0.95 or more", "默认不到 0.4，chrono 在 0.95 以上 || default below 0.4, chrono 0.95 or more", "都不到 0.4 || both below 0.4"])

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
    """每一步一批新数据；连续 10 批的正确率达到 99 % 就停 -> 用了多少步 || Fresh data at every step; stop when 10 batches in a row are 99 % right -> the number of steps taken"""
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
    x, y = latch_batch(1000, lag, noise, torch.Generator().manual_seed(10_000 + seed))      # 考卷 || the exam
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item(), taken


chrono = [run("GRU", "chrono", 50, seed)[0] for seed in progress((4, 5), "GRU chrono")]
default = [run("GRU", "default", 50, seed)[0] for seed in progress((4, 5), "GRU default")]

claim("Q7", min(chrono) >= 0.95 and max(default) <= 0.4, chrono=min(chrono), default=max(default))
claim("Q7-control", not min(default) >= 0.95)                          # 拿走 chrono，就学不会 || take chrono away, and it does not learn

# %% [markdown] name="own-square"
# 现在轮到你选。在地图上点一格，页面会写出一行 `MY_SQUARE = …`，抄到下面，换一个种子，跑完和地图对一对。（间隔 100 的一格要等十几秒。）

# %% [markdown] lang="en" of=""
# Now choose a square of your own. Click one on the map; the page writes a line `MY_SQUARE = …`. Copy it in here, pick a seed, run, and compare with the map. (A square at lag 100 takes some ten seconds or more.)

# %% name="my-square" tags=["nbval-ignore-output"]
MY_SQUARE = "RNN", "orthogonal", 25
MY_SEED = 7

accuracy, steps = run(*MY_SQUARE, MY_SEED)
print(f"{accuracy:.2f}, {steps} 步；地图：{solved(square(*MY_SQUARE))}/4 || {accuracy:.2f}, {steps} steps; on the map: {solved(square(*MY_SQUARE))}/4")

# %% [markdown] name="before" covers=["!5"]
# ## 7.6 训练之前就看得见
#
# 地图花了十几分钟。其实开跑之前，只要一次反向传播，就能看出个大概。
#
# 把状态在符号刚读完的那一刻剪开，叫它 $s_0$（LSTM 是 $h$ 和 $c$ 拼在一起）。损失 $L$ 的梯度先到最后的 $h_T$，再穿过 `lag` 步回到 $s_0$。没训练过的网络里，路上剩下多少？
#
# $$\text{到达率} = \frac{\operatorname{mean}_b \lVert \partial L_b / \partial s_0 \rVert_2}{\operatorname{mean}_b \lVert \partial L_b / \partial h_T \rVert_2}, \qquad s_0:\ (B, H)\ \text{或}\ (B, 2H), \quad h_T:\ (B, H)$$
#
# 到达率接近 0，训练就不知道那里有东西值得记。

# %% [markdown] lang="en" of=""
# ## 7.6 Visible before training
#
# The map took a quarter of an hour. Yet one backward pass before the start shows much of it.
#
# Cut the state at the moment when the symbol has just been read, and call it $s_0$ (for the LSTM, $h$ and $c$ side by side). The gradient of the loss $L$ first arrives at the last state $h_T$ and then travels back through `lag` steps to $s_0$. In an untrained network, how much survives the journey?
#
# $$\text{reach} = \frac{\operatorname{mean}_b \lVert \partial L_b / \partial s_0 \rVert_2}{\operatorname{mean}_b \lVert \partial L_b / \partial h_T \rVert_2}, \qquad s_0:\ (B, H)\ \text{or}\ (B, 2H), \quad h_T:\ (B, H)$$
#
# With a reach near 0, training cannot know that there was anything worth remembering.

# %% name="bet-side"
predict("Q7-side", "没训练过，默认初始化：RNN、LSTM、GRU 的到达率，谁最先跌到间隔 1 时的千分之一？ || Untrained, default initialisation: whose reach is the first to fall to a thousandth of its value at lag 1?",
        options=["RNN，远远早于另外两个 || the RNN, long before the other two", "三个差不多 || all three at about the same lag", "LSTM 和 GRU 到 100 步也不跌 || LSTM and GRU do not fall within 100 steps"])

# %% name="reach-code" covers=["!5"]
def reach(model, x, y):
    """最后状态处的梯度，有几分之几回到符号刚读完时的状态（双精度） || The share of the last state's gradient that gets back to the state just after the symbol (float64)"""
    model, x = model.double(), x.double()
    with torch.no_grad():
        _, state = model.rnn(x[:, :1])                                           # 只读符号 || read the symbol only
    start = [s.requires_grad_() for s in (state if isinstance(state, tuple) else (state,))]
    out, _ = model.rnn(x[:, 1:], tuple(start) if len(start) == 2 else start[0])  # 从这里接着读 || and read on from here
    last = out[:, -1]                                                            # (B, H)
    *begin, end = torch.autograd.grad(F.cross_entropy(model.readout(last), y), [*start, last])
    return (torch.cat([g[0] for g in begin], dim=1).norm(dim=1).mean() / end.norm(dim=1).mean()).item()


STEPS = [1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 25, 35, 50, 70, 100]


def reach_curve(cell, init, seed):
    """同一个没训练过的网络，各个间隔的到达率 || The reach of one untrained network at different lags"""
    torch.manual_seed(seed)
    model = Latch(cell, init, 100)
    return [reach(model, *latch_batch(64, lag, 0.1, torch.Generator().manual_seed(seed))) for lag in STEPS]


def horizon(curve):
    """第一个到达率不到间隔 1 的千分之一的间隔；没有就是无穷 || The first lag whose reach is below a thousandth of lag 1's; infinite if there is none"""
    return next((lag for lag, value in zip(STEPS, curve) if value < 1e-3 * curve[0]), math.inf)


curves = {row: [reach_curve(*row, seed) for seed in (0, 1, 2)]
          for row in (("RNN", "default"), ("LSTM", "default"), ("GRU", "default"), ("LSTM", "+1"), ("LSTM", "chrono"), ("GRU", "chrono"))}

fig, ax = plt.subplots(figsize=(7, 3.4))
for (cell, init), runs in curves.items():
    ax.semilogy(STEPS, runs[0], label=f"{cell} {init}")
ax.set_xlabel("间隔（步） || lag (steps)")
ax.set_ylabel("到达率 || reach")
ax.set_ylim(bottom=1e-16)
ax.legend(loc="center right", bbox_to_anchor=(1.32, 0.5))
plt.show()

seen = {row: [horizon(curve) for curve in runs] for row, runs in curves.items()}
for row, lags in seen.items():
    print(f"{' '.join(row):14}", lags)
claim("Q7-side", all(8 < lag < 22 for cell in ("RNN", "LSTM", "GRU") for lag in seen[cell, "default"]))
claim("Q7-side-control", not any(8 < lag < 22 for cell in ("LSTM", "GRU") for lag in seen[cell, "chrono"]))

# %% [markdown] name="side-meaning" covers=["!5"]
# 第 5 章欠下的并排测量就在这里：默认初始化的 RNN、LSTM、GRU，梯度的视界都是十几步，几乎分不出先后。门只是**可能**让梯度走远，偏置才决定走不走得远。
#
# 那么，到达率猜得中地图吗？地图的每一次训练都在开跑之前量过它（`reach` 这一列）。把 50 格画在一起：横轴是训练之前的到达率，纵轴是训练之后解出几个。

# %% [markdown] lang="en" of=""
# Here is the side-by-side measurement that Chapter 5 promised. Initialised by default, RNN, LSTM and GRU all have a gradient horizon of some ten to twenty steps, and there is hardly anything between them. Gates only make it **possible** for a gradient to travel far. Whether it does is up to the bias.
#
# So does the reach predict the map? It was measured at the start of every run on the map (the column `reach`). Put all 50 squares into one picture: reach before training along the bottom, seeds solved after training up the side.

# %% name="bet-reach"
predict("Q7-reach", "到达率在 0.05 以上的格子，有多少会被解出（4 个种子里至少 3 个）？ || Of the squares whose reach is above 0.05, how many will be solved (by at least 3 of 4 seeds)?",
        options=["大约一半 || about half", "几乎全部 || nearly all", "看不出规律 || no pattern"])
