# ---
# jupyter:
#   course:
#     chapter: "12"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # 第 12 章 现代循环网络
#
# **阅读 35 分钟 · 动手 40 分钟 · 练习 35 分钟 · 难度 ⭐⭐⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 说出循环网络改掉哪一处，$T$ 步排队就变成 $\lceil \log_2 T \rceil$ 轮，并且亲手写出并行扫描（parallel scan）；
# 2. 写出 minGRU 和 minLSTM，用测量说明它们为此付出了什么；
# 3. 面对一种新的循环模型，先问四件事：状态是什么，门看得见什么，怎样训练，怎样逐词运行。
#
# 需要的基础：第 3 章的时间反向传播，第 4 章的增益，第 6 章的 GRU，第 11 章的注意力。

# %% [markdown] lang="en" of="37e76239.44faeb85"
# # Chapter 12. Modern recurrence
#
# **35 min reading · 40 min at the keyboard · 35 min exercise · difficulty ⭐⭐⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. name the one change to a recurrent network that turns a queue of $T$ steps into $\lceil \log_2 T \rceil$ rounds, and write the parallel scan yourself;
# 2. build minGRU and minLSTM, and show by measurement what they paid for it;
# 3. ask four things of any new recurrent model: what is the state, what does the gate see, how does it train, how does it run token by token?
#
# You need: back-propagation through time (Chapter 3), gain (Chapter 4), the GRU (Chapter 6) and attention (Chapter 11).

# %% name="setup"
import math

import torch
from torch import nn
from torch.nn import functional as F
import matplotlib.pyplot as plt

from course_utils import data, language, plotting, timing
from course_utils.checks import claim, show
from course_utils.depth import serial_depth
from course_utils.explore import Explorer, bets_summary, predict, progress, quiz
from course_utils.training.rules import RULES, exam, train_rule

language.use("中文 || English")  # 滑块和测验的语言 || language of sliders and quizzes
plotting.style()  # 带中文字体的图 || figures with a font that has Chinese
torch.set_num_threads(1)  # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro"
# ## 热身：先想一想
#
# 三个问题，来自第 3、4、6 章。先在心里答，再点选项。

# %% [markdown] lang="en" of="86b3eca4.5d0fae33"
# ## Warm-up
#
# One question each from Chapters 3, 4 and 6. Answer in your head first, then click.

# %% name="recall"
quiz("12-recall")

# %% [markdown] name="queue" covers=["F-02", "!36"]
# ## 12.1 一条插不了队的队伍
#
# “RNN 本质上是串行的。”这句话哪里对，哪里不对？先看队伍是怎么排起来的。GRU 的更新门读两样东西：
#
# $$z_t = \sigma(W_z x_t + U_z\, \underbrace{h_{t-1}}_{\text{要等}}), \qquad h_t = z_t \odot h_{t-1} + (1 - z_t) \odot n_t$$
#
# 第 900 步的门要等 $h_{899}$，$h_{899}$ 又要等 $h_{898}$……哪怕有一千个处理器，也只能一个算、九百九十九个看。
#
# 现在把 $U_z h_{t-1}$ 划掉，候选 $n_t$ 里的也划掉（重置门只管候选里的 $h$，也就用不着了），别的不动。门和候选只看 $x_t$，于是**所有**时刻的 $z_t$、$n_t$ 可以一次算好，剩下的递推只有
#
# $$h_t = a_t \odot h_{t-1} + b_t, \qquad a_t = z_t,\quad b_t = (1 - z_t) \odot n_t \qquad a_t, b_t, h_t:\ (B, D)$$
#
# {symbols: a_t, b_t}
#
# 右边还有 $h_{t-1}$，看上去照样要排队。真的吗？先猜：一共 1,024 步，如果处理器管够，最少几轮就能算清所有的 $h_t$？

# %% [markdown] lang="en" of="17645d4b.9e2c1683"
# ## 12.1 A queue nobody can jump
#
# "RNNs are inherently sequential." Where is that right, and where is it wrong? First, how does the queue come about? The update gate of a GRU reads two things:
#
# $$z_t = \sigma(W_z x_t + U_z\, \underbrace{h_{t-1}}_{\text{has to wait}}), \qquad h_t = z_t \odot h_{t-1} + (1 - z_t) \odot n_t$$
#
# The gate of step 900 waits for $h_{899}$, which waits for $h_{898}$, and so on. Give it a thousand processors: one will work and nine hundred and ninety-nine will watch.
#
# Now cross out $U_z h_{t-1}$, cross it out of the candidate $n_t$ as well (the reset gate acted only on the $h$ in there, so it goes too), and leave everything else. Gate and candidate see $x_t$ alone, so the $z_t$ and $n_t$ of **all** steps can be computed at one go, and the recursion that remains is
#
# $$h_t = a_t \odot h_{t-1} + b_t, \qquad a_t = z_t,\quad b_t = (1 - z_t) \odot n_t \qquad a_t, b_t, h_t:\ (B, D)$$
#
# {symbols: a_t, b_t}
#
# There is still an $h_{t-1}$ on the right, so it still looks like a queue. Is it? A guess first: for 1,024 steps, with as many processors as you like, how many rounds does it take to know every $h_t$?

# %% name="bet-rounds"
predict("Q12-rounds")

# %% [markdown] name="derive" covers=["F-02"]
# ## 12.2 两步并成一步
#
# 把相邻两步写在一起，代进去：
#
# $$h_t = a_t h_{t-1} + b_t = a_t (a_{t-1} h_{t-2} + b_{t-1}) + b_t = \underbrace{(a_t a_{t-1})}_{\text{新的 } a}\, h_{t-2} + \underbrace{(a_t b_{t-1} + b_t)}_{\text{新的 } b}$$
#
# 一步是“乘 $a$，加 $b$”；两步合起来，**还是“乘 $a$，加 $b$”**，而且合并的时候根本不用知道 $h$。把这个合并写成
#
# $$(a, b) \bullet (a', b') = (a\,a',\; a\,b' + b) \qquad \text{左边是后来的一段}$$
#
# 它满足结合律：四步可以先两两合并，再合并成一段，哪一对先算都行。于是每一轮，一格管的步数就翻一倍：1、2、4、8……
#
# 下面有 8 格。先别点，说出第 5 格在每一轮之后管哪几步，再一轮一轮地走。四件事：
#
# 1. 走一轮，看第 5 格的两个数是怎么来的（下面有算式）。再走两轮，直到每格都有粗框。
# 2. 把步数拖到 9：要几轮？拖到 14 呢？
# 3. 看“合并了多少次”：8 步排队只要 8 次乘加。少走了几轮，多干了多少活？
# 4. 勾上“让 a 也看 $h_{t-1}$”，再走一轮。是哪一个问号挡住了路？

# %% [markdown] lang="en" of="8818e85c.4c789215"
# ## 12.2 Two steps in one
#
# Write two neighbouring steps together and substitute:
#
# $$h_t = a_t h_{t-1} + b_t = a_t (a_{t-1} h_{t-2} + b_{t-1}) + b_t = \underbrace{(a_t a_{t-1})}_{\text{the new } a}\, h_{t-2} + \underbrace{(a_t b_{t-1} + b_t)}_{\text{the new } b}$$
#
# One step is "times $a$, plus $b$". Two steps together are **again "times $a$, plus $b$"**, and to combine them one need not know any $h$. Write the combination as
#
# $$(a, b) \bullet (a', b') = (a\,a',\; a\,b' + b) \qquad \text{the left one comes later in time}$$
#
# It is associative: four steps can be combined in pairs first and the pairs afterwards, in whatever order. So in each round the number of steps that one cell stands for doubles: 1, 2, 4, 8, and so on.
#
# Here are 8 cells. Before you press anything, say which steps cell 5 will stand for after each round; then go round by round. Four things to do:
#
# 1. Take one round and see where the two numbers of cell 5 come from (the sum is written below). Take two more, until every box has a thick frame.
# 2. Drag the number of steps to 9: how many rounds? And for 14?
# 3. Look at "combined so far". In the queue, 8 steps cost 8 multiply-and-adds. Fewer rounds, but how much more work?
# 4. Tick "let a look at $h_{t-1}$" and take a round. Which question mark is in the way?

# %% name="scan-explorer" covers=["F-02"]
Explorer("scan")

# %% [markdown] name="write-scan" covers=["F-02"]
# 第 4 件事就是整章的分水岭。$a_t$ 一旦要看 $h_{t-1}$，它就还不是一个*数*，而是一个要等的*函数*；两步合起来不再是“乘一个数、加一个数”，扫描便无从谈起。**能不能并行，就看更新里有没有要等 $h$ 的东西。** 说准确些：一步必须是 $h$ 的一次式，系数提前知道。门看 $h$ 会破坏它，给 $h$ 套一层 tanh 也会。
#
# ## 12.3 写出扫描
#
# 每一轮：第 $t$ 格和它前面第 $d$ 格合并，$d = 1, 2, 4, \dots$；前 $d$ 格前面没有东西，原样不动。这就是 Hillis–Steele 扫描（1986 年）。先从 $h_0 = 0$ 开始，练习 E11 里你来补上 $h_0$。
#
# 注意 `b` 必须先算：合并要用**这一轮开始时**的 `a`。

# %% [markdown] lang="en" of="ce7d679b.85faa8ff"
# The fourth item is the watershed of this chapter. As soon as $a_t$ looks at $h_{t-1}$ it is no longer a *number* but a *function* that has to wait; two steps together are no longer "times a number, plus a number", and there is nothing to scan. **Whether time can be parallelised depends on whether anything in the update has to wait for $h$.** Exactly: a step must be linear in $h$ (plus a constant), with coefficients known beforehand. A gate that sees $h$ breaks that; so does a tanh around $h$.
#
# ## 12.3 Writing the scan
#
# In each round cell $t$ is combined with the cell $d$ places before it, $d = 1, 2, 4, \dots$; the first $d$ cells have nothing so far back and stay as they are. This is the Hillis–Steele scan (1986). We start from $h_0 = 0$; in Exercise E11 you will put the $h_0$ in.
#
# Mind that `b` comes first: the combination needs the `a` **as it was when the round began**.

# %% name="scan-code" covers=["F-02"]
def loop(a, b):
    """h_t = a_t h_{t-1} + b_t，一步一步，h_0 = 0：(B, T, D) -> (B, T, D)
    || h_t = a_t h_{t-1} + b_t step by step, h_0 = 0: (B, T, D) -> (B, T, D)"""
    h, hs = torch.zeros_like(b[:, 0]), []
    for a_t, b_t in zip(a.unbind(dim=1), b.unbind(dim=1)):  # (B, D)
        h = a_t * h + b_t
        hs.append(h)
    return torch.stack(hs, dim=1)


def scan(a, b):
    """同一个递推，用 ceil(log2 T) 轮：(B, T, D) -> (B, T, D)
    || The same recursion in ceil(log2 T) rounds: (B, T, D) -> (B, T, D)"""
    d = 1
    while d < a.shape[1]:
        # 第 t 格与第 t - d 格合并 || cell t is combined with cell t - d
        b = torch.cat([b[:, :d], a[:, d:] * b[:, :-d] + b[:, d:]], dim=1)
        a = torch.cat([a[:, :d], a[:, d:] * a[:, :-d]], dim=1)
        d *= 2
    return b


def coefficients(T, seed=0, dtype=torch.float32):
    """随机的门和输入：a 在 0 与 1 之间，b 任意 || Random gates and inputs: a between 0 and 1, b anything"""
    g = torch.Generator().manual_seed(seed)
    a = torch.sigmoid(torch.randn(4, T, 32, generator=g, dtype=dtype))
    return a, torch.randn(4, T, 32, generator=g, dtype=dtype)


lengths = [*range(1, 40), 1024, 4096]
worst = 0.0
for T in lengths:
    a, b = coefficients(T)
    worst = max(worst, (scan(a, b) - loop(a, b)).abs().max().item())
claim("Q12", worst < 1e-5, worst=worst)

# 只让门也看 h：扫描等不及，只好用 h = 0 时的 a || only the gate looks at h: the scan takes a at h = 0
a, b = coefficients(64)
h, hs = torch.zeros_like(b[:, 0]), []
for a_t, b_t in zip(a.unbind(dim=1), b.unbind(dim=1)):
    h = torch.sigmoid(torch.logit(a_t) + h) * h + b_t
    hs.append(h)
looking = (torch.stack(hs, dim=1) - scan(a, b)).abs().max().item()
claim("Q12-control", not looking < 1e-5, error=looking)

# %% [markdown] name="count-intro" covers=["F-02", "F-03"]
# 结果一样，队伍呢？“最长的一条依赖链”可以数出来：在自动求导的计算图里，从输出往回走，每个运算都要等它的输入，走得最远的那条路有几个运算，就至少要排几次队。`serial_depth` 数的就是它。

# %% [markdown] lang="en" of="504f78ad.57237520"
# The results agree; what about the queue? The longest chain of dependencies can be counted. In autograd's graph, walk back from the output: each operation waits for its inputs, and the number of operations on the longest path is the length of the queue. That is what `serial_depth` counts.

# %% name="count" covers=["F-02", "F-03"]
def depth_of(recursion, T):
    a, b = coefficients(T)
    return serial_depth(recursion(a.requires_grad_(), b)[:, -1])


def rounds(T):
    """扫描 T 步要几轮 || How many rounds a scan of T steps takes"""
    return math.ceil(math.log2(T))


print("T     loop  scan  ceil(log2 T)")
for T in (4, 16, 64, 256, 1024):
    in_turn, doubling = depth_of(loop, T), depth_of(scan, T)
    print(f"{T:4}  {in_turn:4}  {doubling:4}  {rounds(T)}")

# 每多一轮，链子长多少？步数每翻一倍呢？ || How much longer does each doubling make the chain?
growth = {f: depth_of(f, 1024) - depth_of(f, 512) for f in (loop, scan)}
claim("Q12-rounds", growth[scan] < 6, rounds=rounds(1024), growth=growth[scan])
# 同样的数，换回一步一步 || the same numbers, one step after another
claim("Q12-rounds-control", not growth[loop] < 6, growth=growth[loop])

# %% [markdown] name="count-meaning" covers=["F-02", "F-03", "!36"]
# 步数翻一倍，排队的循环链子长一倍；扫描只多一轮。所以“RNN 本质串行”要改成：**更新要等 $h$ 的循环，一遍扫描不够；只是“乘 $a$、加 $b$”的循环，$\lceil \log_2 T \rceil$ 轮就够。**（“一遍不够”也不是“没办法”，12.11 节的选读会看到。）
#
# 别把三种“复杂度”混成一个数：
#
# | 一层，$T$ 步 | 要做的乘加 | 排队的长度 | 逐词运行要留的状态 |
# |---|---|---|---|
# | RNN、LSTM、GRU | $O(T H^2)$ | $T$ | $O(H)$ |
# | $h_t = a_t h_{t-1} + b_t$，扫描 | 投影 $O(T H^2)$，扫描 $O(T H \log T)$ | $\lceil \log_2 T \rceil$ 轮 | $O(H)$ |
# | 注意力 | 投影 $O(T d^2)$，打分 $O(T^2 d)$ | 与 $T$ 无关的几步 | $O(T d)$，随 $T$ 增长 |
#
# 中间一行的扫描比排队多做了 $\log T$ 倍的乘加：用活儿换时间。（Blelloch 1990 年的扫描轮数约两倍，活儿只多常数倍；注意力的“几步”把一次求和算作一步。）值不值，要看机器。

# %% [markdown] lang="en" of="7bc62cce.c4421507"
# Twice the steps: the queue gets twice as long, the scan one round longer. So "RNNs are inherently sequential" has to read: **where the update has to wait for $h$, one scan is not enough; where it is "times $a$, plus $b$", $\lceil \log_2 T \rceil$ rounds are.** ("One is not enough" is not "impossible" either: see the optional section 12.11.)
#
# And three kinds of "complexity" should not be rolled into one number:
#
# | one layer, $T$ steps | multiply-and-adds | length of the queue | state kept from token to token |
# |---|---|---|---|
# | RNN, LSTM, GRU | $O(T H^2)$ | $T$ | $O(H)$ |
# | $h_t = a_t h_{t-1} + b_t$ as a scan | projections $O(T H^2)$, scan $O(T H \log T)$ | $\lceil \log_2 T \rceil$ rounds | $O(H)$ |
# | attention | projections $O(T d^2)$, scores $O(T^2 d)$ | a few steps whatever $T$ is | $O(T d)$, growing with $T$ |
#
# The scan of the middle row does $\log T$ times as many multiply-and-adds as the queue: it pays for time with work. (Blelloch's scan of 1990 takes about twice the rounds and only a constant factor more work; the "few steps" of attention count a sum as one.) Whether that is a bargain depends on the machine.

# %% [markdown] name="speed" covers=["F-02", "!36"]
# ## 12.4 快了没有？
#
# 轮数少了，不等于快了：每一轮要读写整张 $(B, T, D)$ 的表。先押一注。同样 65,536 个词，在一块 H100 上训练一层 512 个隐藏单元的 minGRU（门只看 $x_t$ 的 GRU，12.6 节会写）：切成 1,024 条、每条 64 步，用 Python 循环和用扫描，谁快？

# %% [markdown] lang="en" of="f487195e.bd4796f5"
# ## 12.4 Is it faster?
#
# Fewer rounds need not mean faster: every round reads and writes the whole $(B, T, D)$ table. Place a bet first. The same 65,536 tokens, one layer of a 512-unit minGRU (a GRU whose gate sees $x_t$ alone; section 12.6 writes it) trained on an H100: cut into 1,024 sequences of 64 steps each, which is faster, a Python loop or a scan?

# %% name="bet-gpu"
predict("Q12-gpu")

# %% name="gpu-times" covers=["F-02", "!36"]
measured = {}  # 模型 -> {步数: 毫秒} || model -> {steps: milliseconds}
for row in data.h100_times(experiment="depth", dtype="float32"):
    measured.setdefault(row.model, {})[row.steps] = row.ms
    device = row.device
scan_times, loop_times = measured["minGRU scan"], measured["minGRU loop"]
short, long = (scan_times[T] / loop_times[T] for T in (64, 4096))
claim("Q12-gpu", short > 2, ratio=short)
# 同一块卡，同样多的词，切得更长，条数同比减少 || the same card, as many tokens, cut longer, proportionally fewer sequences
claim("Q12-gpu-control", not long > 2, ratio=long)

# %% name="own-times" tags=["timing"] covers=["F-02", "!36"]
def forward_and_back(recursion, T):
    a, b = coefficients(T)
    a.requires_grad_()
    return lambda: recursion(a, b).sum().backward()


own = {}
for T in progress((64, 256, 1024), "计时 || timing"):
    tasks = {f.__name__: forward_and_back(f, T) for f in (loop, scan)}
    own[T] = timing.milliseconds(tasks, rounds=4, warm_up=1)
    print(T, *(f"{name} {ms:.1f} ms" for name, ms in own[T].items()), "CPU")

# %% name="speed-figure" tags=["hide-input", "timing"] covers=["F-02", "!36"]
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
names = {"loop": "循环 || loop", "scan": "扫描 || scan"}
for name, label in names.items():
    left.loglog(list(own), [own[T][name] for T in own], marker="o", label=label)
left.set_title("你的 CPU，一个线程 || your CPU, one thread")
shown = {
    "minGRU loop": "minGRU 循环 || minGRU loop",
    "minGRU scan": "minGRU 扫描 || minGRU scan",
    "LSTM": "LSTM (cuDNN)",
    "attention": "注意力 || attention",
}
for name, label in shown.items():
    times = measured[name]
    right.loglog(list(times), list(times.values()), marker="o", label=label)
right.set_title(f"{device}, float32")
for ax in (left, right):
    ax.set_xlabel("每条序列的步数 $T$ || steps per sequence $T$")
    ax.legend(fontsize=8)
left.set_ylabel("前向加反向，毫秒 || forward + backward, ms")
plt.show()

# %% [markdown] name="speed-meaning" covers=["F-02", "!36"]
# 右图每一点都是同样多的词，只是切得越来越长。64 步时扫描最慢；到了 1,024 步它超过循环，4,096 步时快七倍，这才是省下排队的样子。（注意力在 1,024 步以内比扫描快，到 4,096 步打平；循环太慢，只量到 4,096。）cuDNN 的 LSTM 在 64 步时最快，到 16,384 步慢了六十多倍：队伍长了，没有别的办法。
#
# 左图来自你的 CPU。一个线程谈不上“同时算”，扫描在这里省下的主要是**启动运算的次数**：几十个大运算，代替几千个小运算；到 1,024 步，好处就快被多出来的 $\log T$ 倍活儿吃光了。所以别拿 CPU 上的倍数去预言 GPU，也别反过来。

# %% [markdown] lang="en" of="426421fd.5fd7d0b8"
# On the right every point stands for the same number of tokens, cut longer and longer. At 64 steps the scan is the slowest of all; at 1,024 it passes the loop, and at 4,096 it is seven times faster: that is what saving the queue looks like. (Attention is ahead of the scan up to 1,024 steps and level at 4,096; the loop is so slow that it was timed up to 4,096 only.) The LSTM of cuDNN is the fastest at 64 steps and takes more than sixty times as long at 16,384: its queue has grown, and there is no way round it.
#
# On the left is your own CPU. One thread computes nothing "at the same time"; what the scan saves here is mostly **the number of operations that are launched**, dozens of large ones in place of thousands of small ones; by 1,024 steps the gain is nearly eaten up by the extra factor of $\log T$. So do not forecast a GPU from a CPU's ratio, nor the other way round.

# %% [markdown] name="shortcut" covers=["F-02"]
# ## 12.5 一次除法的捷径，死在半路
#
# 有人会说：何必一轮一轮？记 $P_t = a_1 a_2 \cdots a_t$，把递推两边除以 $P_t$：
#
# $$\frac{h_t}{P_t} = \frac{h_{t-1}}{P_{t-1}} + \frac{b_t}{P_t} \quad\Longrightarrow\quad h_t = P_t \sum_{j \le t} \frac{b_j}{P_j}$$
#
# 一次 `cumprod`、一次 `cumsum`，两行代码，数学上一点没错。它在 float32 里能撑多久？

# %% [markdown] lang="en" of="a018096d.d6f6252b"
# ## 12.5 A shortcut by division, and where it dies
#
# Why go round by round at all? Let $P_t = a_1 a_2 \cdots a_t$ and divide the recursion by $P_t$:
#
# $$\frac{h_t}{P_t} = \frac{h_{t-1}}{P_{t-1}} + \frac{b_t}{P_t} \quad\Longrightarrow\quad h_t = P_t \sum_{j \le t} \frac{b_j}{P_j}$$
#
# One `cumprod`, one `cumsum`, two lines of code, and as mathematics there is nothing wrong with it. How long does it last in float32?

# %% name="bet-shortcut"
predict("Q12-shortcut")

# %% name="shortcut-code" covers=["F-02"]
def shortcut(a, b):
    P = a.cumprod(dim=1)
    return P * (b / P).cumsum(dim=1)


def log_scan(a, b):
    """同一条捷径，走对数：b 必须是正的 || The same shortcut in logarithms: b has to be positive"""
    log_P = a.log().cumsum(dim=1)
    return (log_P + (b.log() - log_P).logcumsumexp(dim=1)).exp()


def spoilt(method, T):
    """有几分之几不是有限的数 || What fraction is not a finite number"""
    a, b = coefficients(T)
    return (~method(a, b).isfinite()).double().mean().item()


for T in (64, 256, 1024):
    P = coefficients(T)[0].cumprod(dim=1)
    shares = f"{spoilt(shortcut, T):.0%}", f"{spoilt(scan, T):.0%}"
    print(f"T={T}: min P = {P.min():.0e}; not finite: shortcut, scan =", *shares)

a, b = coefficients(256)
P = a.cumprod(dim=1)
for label, gone in (("b / P 溢出 || b / P overflows", ~(b / P).isfinite()),
                    ("P 成了 0 || P becomes 0", P == 0)):
    # 各通道第一次的中位数 || the median over channels of the first time
    first = gone.int().argmax(dim=1).float().median().item() + 1
    print(f"{label}: t ≈ {round(first, -1):.0f}")

at_64, at_256 = (spoilt(shortcut, T) for T in (64, 256))
claim("Q12-shortcut", at_256 > 0.5, spoilt=at_256)
# 只把序列截短 || only the sequence is shorter
claim("Q12-shortcut-control", not at_64 > 0.5, spoilt=at_64)

a, b = coefficients(4096)
exact = loop(a.double(), b.abs().double())
by_logs = (log_scan(a, b.abs()) - exact).abs().max().item()
by_rounds = (scan(a, b.abs()) - exact).abs().max().item()
claim("Q12-log", by_rounds < 1e-5 < by_logs < 1e-2, logs=by_logs, rounds=by_rounds)

# %% [markdown] name="shortcut-meaning" covers=["F-02"]
# 捷径要先把 $P_t$ 存成一个数。门平均开一半，约一百一十步，$b/P_t$ 就大过 float32 的上限，成了无穷；约一百三十步，$P_t$ 自己也成了 0，$0 \times \infty$ 是 `nan`。真正的答案 $h_t$ 一点也不小，小的只是**中间量**。
#
# 取对数能救活它：$\log P_t$ 是一个普通大小的负数，`logcumsumexp` 把大小悬殊的数相加而不溢出。minGRU 的论文用的就是这条路，并且为此让候选值恒为正。代价印在上面：走对数，$T=4096$ 时的误差比扫描大上千倍（那里的 $\log P$ 约 −3,300，float32 在这附近的间隔是 2.4e-4，`exp` 把它变成相对误差），还不许 $b$ 取负。扫描只乘 $a$、不除 $P$，所以没有这个毛病。

# %% [markdown] lang="en" of="90f62233.1c9d2b41"
# The shortcut has to hold $P_t$ as a number. With gates half open on average, after some 110 steps $b/P_t$ exceeds the largest float32 and is infinite; after some 130 $P_t$ itself is 0, and $0 \times \infty$ is `nan`. The true answer $h_t$ is not small at all; only something **on the way** is.
#
# Logarithms bring it back to life. $\log P_t$ is a negative number of moderate size, and `logcumsumexp` adds numbers of very different sizes without overflow. This is the route of the minGRU paper, which keeps its candidates positive for that very reason. The price is printed above: through logarithms, the error at $T=4096$ is over a thousand times that of the scan (there $\log P$ is about −3,300, where float32 numbers are 2.4e-4 apart; `exp` makes that a relative error), and $b$ must not be negative. The scan multiplies by $a$ and never divides by $P$; it does not have the problem.

# %% [markdown] name="mingru" covers=["H-16"]
# ## 12.6 minGRU 和 minLSTM，还有账单
#
# 现在把 GRU 和 LSTM 主要改一处，再顺手简化，得到 2024 年的 **minGRU** 和 **minLSTM**（Feng 等，arXiv 2410.01201；论文说在一系列任务上“出人意料地有竞争力”；那些任务都不大，规模大了如何，尚无定论）。当心约定：论文的 $z$ 乘在**新**内容上，和 PyTorch 相反，所以 $a = 1 - z$。
#
# $$\text{minGRU:}\quad h_t = (1 - z_t) \odot h_{t-1} + z_t \odot n_t, \qquad z_t = \sigma(W_z x_t + b_z),\quad n_t = W_n x_t + b_n$$
#
# $$\text{minLSTM:}\quad h_t = f'_t \odot h_{t-1} + i'_t \odot n_t, \qquad f'_t = \frac{f_t}{f_t + i_t},\quad i'_t = \frac{i_t}{f_t + i_t}$$
#
# 门都只看 $x_t$；候选不套 tanh；minLSTM 的两个门除以它们的和，所以仍是旧与新的加权平均，也不再有输出门和 $c_t$。训练时扫描，逐词运行时还是一步一步，两种跑法是同一个函数。

# %% [markdown] lang="en" of="d20d9287.7215cd74"
# ## 12.6 minGRU and minLSTM, and the bill
#
# Make that change to the GRU and to the LSTM, simplify a little more, and you have **minGRU** and **minLSTM** of 2024 (Feng and others, arXiv 2410.01201; the paper calls them "surprisingly competitive" on a range of tasks; the tasks are small, and at scale the matter is not settled). Mind the convention: the paper's $z$ multiplies the **new**, the opposite of PyTorch's, so $a = 1 - z$.
#
# $$\text{minGRU:}\quad h_t = (1 - z_t) \odot h_{t-1} + z_t \odot n_t, \qquad z_t = \sigma(W_z x_t + b_z),\quad n_t = W_n x_t + b_n$$
#
# $$\text{minLSTM:}\quad h_t = f'_t \odot h_{t-1} + i'_t \odot n_t, \qquad f'_t = \frac{f_t}{f_t + i_t},\quad i'_t = \frac{i_t}{f_t + i_t}$$
#
# All gates see $x_t$ alone. The candidate has no tanh. In minLSTM the two gates are divided by their sum, which again makes a weighted mean of old and new, and there is neither an output gate nor a $c_t$. Training runs the scan, and token by token it is still one step after another: two ways of running one function.

# %% name="mingru-code" covers=["H-16"]
class MinGRU(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.z = nn.Linear(inputs, hidden)
        self.n = nn.Linear(inputs, hidden)

    def forward(self, x):  # (B, T, I) -> (B, T, H)
        z = torch.sigmoid(self.z(x))  # 所有时刻一次算好 || all steps at one go
        return scan(1 - z, z * self.n(x))

    def step(self, x_t, h):  # (B, I), (B, H) -> (B, H)
        z = torch.sigmoid(self.z(x_t))
        return (1 - z) * h + z * self.n(x_t)


class MinLSTM(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.f = nn.Linear(inputs, hidden)
        self.i = nn.Linear(inputs, hidden)
        self.n = nn.Linear(inputs, hidden)

    def forward(self, x):  # (B, T, I) -> (B, T, H)
        f, i = torch.sigmoid(self.f(x)), torch.sigmoid(self.i(x))
        return scan(f / (f + i), i / (f + i) * self.n(x))


torch.manual_seed(0)
x = torch.randn(2, 100, 5)
minimal = MinGRU(5, 32)
with torch.no_grad():
    h, one_by_one = torch.zeros(2, 32), []
    for x_t in x.unbind(dim=1):
        h = minimal.step(x_t, h)
        one_by_one.append(h)
    gap = (minimal(x) - torch.stack(one_by_one, dim=1)).abs().max().item()
claim("Q12-two-ways", gap < 1e-5, gap=gap)

layers = [minimal, MinLSTM(5, 32), nn.GRU(5, 32), nn.LSTM(5, 32)]
for layer in layers:
    print(type(layer).__name__, sum(p.numel() for p in layer.parameters()))

# %% [markdown] name="parity" covers=["H-16", "!36"]
# ### 最简单的账单：数单双
#
# 划掉 $U h_{t-1}$，丢了什么？拿一个最小的任务来试：逐个读 0 和 1，每读一个就回答“到现在为止，1 的个数是单还是双”。这叫**奇偶校验**（parity），只需要记住*一个*比特，可是每读到一个 1 就要把它**翻过来**：翻成什么，取决于现在是什么。
#
# 用最长 32 步的序列训练 minGRU，每一步都有答案。它能学到多少？再来一个变体，只动一个数：让 $a$ 的范围从 $(0, 1)$ 变成 $(-1, 1)$。

# %% [markdown] lang="en" of="a7fb1517.28274908"
# ### The smallest bill: odd or even
#
# What was lost with $U h_{t-1}$? Try a minimal task: read zeros and ones, and after each of them say whether the number of ones so far is odd or even. This is **parity**. It takes a memory of *one* bit, but every 1 has to **flip** it: what it becomes depends on what it is.
#
# Train a minGRU on sequences of up to 32 steps with an answer at every step. How much will it learn? And a variant with one thing changed: the range of $a$, from $(0, 1)$ to $(-1, 1)$.

# %% name="bet-parity"
predict("Q12-parity")

# %% name="parity-run" covers=["H-16", "!36"]
# 同样的数据、种子、学习率；只有 a 的范围不同 || same data, seed, learning rate; only the range of a differs
flips = {}
for rule in progress(("minGRU", "gated linear ±1"), "数单双 || odd or even"):
    flips[rule] = train_rule(rule, "parity", seed=7, lr=1e-2)
scores = {rule: exam(model, "parity", seed=7)["near"] for rule, model in flips.items()}
positive, signed = scores["minGRU"], scores["gated linear ±1"]
claim("Q12-parity", positive < 0.6, right=positive)
claim("Q12-parity-control", not signed < 0.6, right=signed)

# %% [markdown] name="parity-why" covers=["H-16"]
# minGRU 在瞎猜，让 $a$ 可以取负的那一个全对。为什么？读到 1，记着的那一个数要变号；$a \in (0,1)$ 只会把它缩小，永远不变号，候选 $n_t$ 又看不见 $h$，不知道该往哪边推。$a = -1$ 一乘就翻过来了。（这是 arXiv 2411.12537 的结论；这篇论文还说，按模 3 计数就要非三角的矩阵了。带 $U h$ 的 RNN 和 LSTM 没有这个限制。）
#
# 那么它学会“数单双”了吗？再读长一点，512 步，是训练时的 16 倍。
#
# （怎样分辨“规则做不到”和“没练好”？先让它背下一小批：[14.8 节](14_debugging_clinic.ipynb#cell-id=one-batch)。）

# %% [markdown] lang="en" of="d39f32bc.91751729"
# The minGRU guesses, and the one whose $a$ may be negative gets everything right. Why? On reading a 1, the number in memory must change its sign. An $a$ in $(0,1)$ can shrink it but never turn it, and the candidate $n_t$, which cannot see $h$, does not know which way to push. A factor $a = -1$ turns it at once. (The result is that of arXiv 2411.12537; counting modulo 3, the paper adds, takes matrices that are not triangular. RNN and LSTM with their $U h$ have no such limit.)
#
# So has it learnt odd and even? Let it read on, to 512 steps, 16 times what it saw in training.
#
# (How do you tell "the rule cannot" from "badly trained"? Let it first learn one small batch by heart: [section 14.8](14_debugging_clinic.ipynb#cell-id=one-batch).)

# %% name="bet-beyond"
predict("Q12-beyond")

# %% name="beyond" covers=["H-16"]
def bits(count, T, seed):
    """起始符和 T - 1 个比特 (B, T, 3)，以及每一步的单双 (B, T) || A start sign and T - 1 bits (B, T, 3), and odd or even (B, T)"""
    g = torch.Generator().manual_seed(seed)
    ones = torch.randint(2, (count, T), generator=g)
    ones[:, 0] = 0
    x = F.one_hot(ones, 3).float()
    x[:, 0] = torch.tensor([0.0, 0.0, 1.0])
    return x, ones.cumsum(dim=1) % 2


@torch.no_grad()
def right_at_the_end(model, T, snap):
    """最后四分之一的正确率。snap：|a| > 0.9 的门换成恰好 ±1，不再训练
    || The share of right answers in the last quarter. snap: gates with |a| > 0.9 become
    exactly ±1, without any training"""
    x, odd = bits(100, T, seed=5)
    gate, n = model.rule.project(x).chunk(2, dim=2)
    a = 2 * torch.sigmoid(gate) - 1
    if snap:
        a = torch.where(a.abs() > 0.9, a.sign(), a)
    h = scan(a, (1 - a.abs()) * n)  # 我们的扫描 || our scan
    answers = model.readout(h * torch.sigmoid(model.gate(x))).argmax(dim=2)
    return (answers == odd)[:, -T // 4 :].double().mean().item()


trained, lengths = flips["gated linear ±1"], (32, 64, 128, 256, 512, 2048)
ends = {
    "训练出来的 a || a as trained": [right_at_the_end(trained, T, False) for T in lengths],
    "a 设为 ±1 || a set to ±1": [right_at_the_end(trained, T, True) for T in lengths],
}
fig, ax = plt.subplots(figsize=(6.5, 2.8))
for (label, shares), marker in zip(ends.items(), "os"):
    ax.plot(lengths, shares, marker=marker, label=label)
ax.axvline(32, color="#999999", linewidth=0.8, linestyle="-")
ax.set_xscale("log", base=2)
ax.set_xticks(lengths, lengths)
ax.set_ylim(0.4, 1.05)
ax.set_xlabel("读了几步（竖线：训练时的最长） || steps read (line: longest in training)")
ax.set_ylabel("答对的比例 || share right")
ax.legend(loc="center right")
plt.show()

fades, holds = (shares[lengths.index(512)] for shares in ends.values())
claim("Q12-beyond", fades < 0.7, right=fades)
claim("Q12-beyond-control", not holds < 0.7, right=holds)

# %% [markdown] name="beyond-meaning" covers=["H-16"]
# **“能一直跑”不等于“一直对”。** 训练出来的 $a$ 大约是 ±0.95，在 32 步里足够好，乘上 512 次就什么都不剩了（第 5 章的老账）。对照把这些门设为恰好 ±1（$1-|a|$ 随之为 0，只有 $|a|$ 小的步才写），不再训练一步，两千步之后仍然全对：它学到的*算法*是对的，坏的只是那点衰减。循环模型在训练长度之外变差是常事（arXiv 2507.02782），第 13 章会修一次。

# %% [markdown] lang="en" of="b746f09d.69189870"
# **"Runs for ever" is not "works for ever".** The $a$ that training found is about ±0.95: good enough for 32 steps, and nothing is left of it after 512 multiplications (the old debt of Chapter 5). The control sets those gates to exactly ±1 ($1-|a|$ then is 0: only steps with small $|a|$ write), with not one step of training, and two thousand steps later every answer is right. The *algorithm* had been learnt; all that was wrong was the decay. Recurrent models often get worse beyond their training length (arXiv 2507.02782); Chapter 13 repairs one.

# %% [markdown] name="ssm" covers=["F-09", "!33"]
# ## 12.7 同一个模型，三种跑法：S4 到 Mamba
#
# **状态空间模型**（state-space model, SSM）走的是另一条路，却到了同一个地方。对角形式的 SSM，每个通道读一串数 $u_t$，状态有 $N$ 个数：
#
# $$h_t = a \odot h_{t-1} + B\,u_t, \qquad y_t = C^\top h_t \qquad a, B, C, h_t:\ (N,), \quad u_t, y_t:\ \text{一个数}$$
#
# 这里的 $a$ **不随 $t$ 变**。展开来看，$y_t = \sum_{k \ge 0} K_k\, u_{t-k}$，其中 $K_k = C^\top (a^k \odot B)$：输出就是输入和一个固定的**卷积核**（kernel）的卷积，用快速傅里叶变换（FFT）算。S4（2021 年）就是这样训练的（它的矩阵是对角加低秩，纯对角的是 2022 年的 S4D）。
#
# 所以 SSM 本身就是循环，不是“Transformer 的融合版”。那么 Mamba（2023 年）的**选择性**（selectivity）呢？它让 $a$、$B$、$C$ 随输入变（$a$ 变的是步长：$a_t = e^{\Delta_t A}$）：读到要紧的就记，读到闲话就略过。$a$ 会看内容了，代价是什么？

# %% [markdown] lang="en" of="3f3ca671.3c1c8d9b"
# ## 12.7 One model, three ways to run it: from S4 to Mamba
#
# **State-space models** (SSMs) came by another road to the same place. In the diagonal form of an SSM each channel reads a series of numbers $u_t$ and keeps a state of $N$ numbers:
#
# $$h_t = a \odot h_{t-1} + B\,u_t, \qquad y_t = C^\top h_t \qquad a, B, C, h_t:\ (N,), \quad u_t, y_t:\ \text{a number}$$
#
# Here $a$ does **not depend on $t$**. Unroll it: $y_t = \sum_{k \ge 0} K_k\, u_{t-k}$ with $K_k = C^\top (a^k \odot B)$. The output is the input convolved with a fixed **kernel**, which the fast Fourier transform (FFT) computes. That is how S4 (2021) was trained (its matrix is diagonal plus low rank; purely diagonal is S4D, 2022).
#
# So an SSM is a recurrence, and not "a fusion with the Transformer". And the **selectivity** of Mamba (2023)? It lets $a$, $B$ and $C$ depend on the input (in $a$ it is the step that varies: $a_t = e^{\Delta_t A}$): note what matters, pass over chatter. Now $a$ depends on what is read; at what price?

# %% name="bet-selective"
predict("Q12-selective")

# %% name="ssm-code" covers=["F-09", "!33"]
def series(seed):
    """一个 SSM 和一串输入（双精度） || An SSM and a series for it to read (float64)"""
    g = torch.Generator().manual_seed(seed)
    a = 0.5 + 0.49 * torch.rand(16, generator=g, dtype=torch.float64)
    B, C = torch.randn(2, 16, generator=g, dtype=torch.float64)
    return a, B, C, torch.randn(256, generator=g, dtype=torch.float64)


def as_recurrence(factors, B, C, u):  # factors (T, N), u (T,) -> y (T,)
    return loop(factors[None], u[None, :, None] * B)[0] @ C


def as_scan(factors, B, C, u):
    return scan(factors[None], u[None, :, None] * B)[0] @ C


def as_convolution(K, u):  # K (T,), u (T,) -> y (T,)
    T = len(u)  # 补零到两倍长，卷积才不会绕回开头 || twice as long, so that it does not wrap around
    product = torch.fft.rfft(K, n=2 * T) * torch.fft.rfft(u, n=2 * T)
    return torch.fft.irfft(product, n=2 * T)[:T]


a, B, C, u = series(0)
K = (a ** torch.arange(256)[:, None] * B) @ C  # (T,)
constant = a.expand(256, 16)
y = as_recurrence(constant, B, C, u)
by_fft = (as_convolution(K, u) - y).abs().max().item()
by_scan = (as_scan(constant, B, C, u) - y).abs().max().item()
claim("Q12-ssm", max(by_fft, by_scan) < 1e-10, fft=by_fft, scan=by_scan)

# 选择性：只让 a 随输入变 || selectivity: only a now depends on the input
selective = torch.sigmoid(torch.logit(a) + 2 * u[:, None])  # (T, N)
y = as_recurrence(selective, B, C, u)
by_fft = (as_convolution(K, u) - y).abs().max().item()
by_scan = (as_scan(selective, B, C, u) - y).abs().max().item()
claim("Q12-selective", by_scan < 1e-10 and by_fft > 0.1, fft=by_fft, scan=by_scan)
# 任何卷积：输入加倍，输出加倍。这里呢？ || any convolution: double input, double output. And here?
doubled = as_recurrence(torch.sigmoid(torch.logit(a) + 4 * u[:, None]), B, C, 2 * u)
gap = (doubled - 2 * y).abs().max().item()
claim("Q12-no-kernel", gap > 0.1, gap=gap)
plain = as_recurrence(constant, B, C, 2 * u) - 2 * as_recurrence(constant, B, C, u)
gap = plain.abs().max().item()
claim("Q12-no-kernel-control", not gap > 0.1, gap=gap)

# %% [markdown] name="ssm-meaning" covers=["F-09", "!33"]
# $a$ 不变时，循环、扫描、卷积三种跑法差在 $10^{-10}$ 以下。$a$ 一随输入变，卷积核就没有了：不是没找对，是**不存在**（输入加倍，输出没有加倍，可卷积非加倍不可）。而扫描毫发无损，它从来只要求 $a_t$ *提前知道*，不要求 $a_t$ *不变*。
#
# 顺便把一句流传很广的话改正确：“Mamba 的效率接近 Transformer”。论文摘要说的是：推理吞吐量是 Transformer 的**五倍**，对长度是线性的（作者自己的测量）；“接近”甚至赶上的是语言建模的*质量*。

# %% [markdown] lang="en" of="0260d639.204d2f85"
# With a constant $a$, recurrence, scan and convolution agree to within $10^{-10}$. Once $a$ depends on the input, there is no kernel: not that we failed to find it, **it does not exist** (the input was doubled and the output was not, as the output of any convolution must be). The scan is untouched: all it ever asked was that $a_t$ be *known beforehand*, not that it be *the same*.
#
# And a widespread sentence can now be put right: "Mamba approaches the efficiency of Transformers". What the abstract says is **five times** a Transformer's inference throughput and linear scaling in the length (the authors' own measurements); what it says to match Transformers is the *quality* of the language model.

# %% [markdown] name="linear-attention" covers=["F-08", "H-16"]
# ## 12.8 拿掉 softmax 的注意力，就是循环
#
# 第 11 章的因果注意力，每个词都要回头看所有的词。把 softmax 拿掉，只留打分，括号就可以换个地方加：
#
# $$y_t = \sum_{j \le t} (q_t^\top k_j)\, v_j = \Bigl(\underbrace{\sum_{j \le t} v_j k_j^\top}_{S_t:\ (d, d)}\Bigr) q_t, \qquad S_t = S_{t-1} + v_t k_t^\top$$
#
# 右边是一个循环网络，它的状态 $S_t$ 是一张**矩阵**，大小不随 $t$ 变。这就是**线性注意力**（linear attention，arXiv 2006.16236；论文还让 $q$、$k$ 先过一个恒正的 $\varphi$，再除以打分之和，这里都省了）。把 $S$ 想成一张对照表：$v k^\top$ 把“键 $k$ 对应值 $v$”写进去，$S q$ 拿 $q$ 去查。

# %% [markdown] lang="en" of="92499ab9.a9818466"
# ## 12.8 Attention without its softmax is a recurrence
#
# In the causal attention of Chapter 11 every token looks back at all tokens before it. Take away the softmax, keep the scores, and the brackets may be moved:
#
# $$y_t = \sum_{j \le t} (q_t^\top k_j)\, v_j = \Bigl(\underbrace{\sum_{j \le t} v_j k_j^\top}_{S_t:\ (d, d)}\Bigr) q_t, \qquad S_t = S_{t-1} + v_t k_t^\top$$
#
# What stands on the right is a recurrent network whose state $S_t$ is a **matrix** of a size that does not grow. This is **linear attention** (arXiv 2006.16236; the paper also applies a positive $\varphi$ to $q$ and $k$ and divides by the sum of scores; both are left out here). Think of $S$ as a look-up table: $v k^\top$ enters "to key $k$ belongs value $v$", and $S q$ looks $q$ up.

# %% name="linear-attention-code" covers=["F-08"]
def linear_attention(q, k, v):
    """每个词回头看一遍：(T, d) 各一份 -> (T, d) || Every token looks back: (T, d) each -> (T, d)"""
    return (q @ k.T).tril() @ v


def matrix_recurrence(q, k, v):
    """同一个函数，状态是矩阵 S (d, d) || The same function, with a matrix S (d, d) as its state"""
    S, outputs = torch.zeros(v.shape[1], k.shape[1], dtype=v.dtype), []
    for q_t, k_t, v_t in zip(q, k, v):
        S = S + torch.outer(v_t, k_t)
        outputs.append(S @ q_t)
    return torch.stack(outputs)


g = torch.Generator().manual_seed(0)
q, k, v = torch.randn(3, 100, 16, generator=g, dtype=torch.float64)
gap = (linear_attention(q, k, v) - matrix_recurrence(q, k, v)).abs().max().item()
claim("Q12-linear-attention", gap < 1e-10, gap=gap)
# 只把 softmax 放回去 || only the softmax is put back
mask = torch.full((100, 100), -torch.inf, dtype=torch.float64).triu(1)
with_softmax = (q @ k.T + mask).softmax(dim=1) @ v
gap = (with_softmax - matrix_recurrence(q, k, v)).abs().max().item()
claim("Q12-linear-attention-control", not gap < 1e-10, gap=gap)

# %% [markdown] name="overwrite" covers=["F-08", "H-16"]
# ### 只会加的本子
#
# $S_t = S_{t-1} + v_t k_t^\top$ 只加不擦，第 5 章见过这种本子。往同一个键写两次：“会议室在三楼”，后来改成“会议室在五楼”。再去查，查出来的是什么？

# %% [markdown] lang="en" of="0016fd63.0c5b6fdb"
# ### A notebook that can only add
#
# $S_t = S_{t-1} + v_t k_t^\top$ adds and never erases; Chapter 5 had a notebook like that. Write twice under one key: "the meeting is on floor 3", and later "the meeting is on floor 5". Look it up: what comes out?

# %% name="bet-overwrite"
predict("Q12-overwrite")

# %% name="delta" covers=["F-08", "H-16"]
def add(S, k, v):
    return S + torch.outer(v, k)


def delta(S, k, v):
    """先查这个键现在对应什么，再把差补上（β = 1） || Look up what the key holds now, then add the difference (β = 1)"""
    return S + torch.outer(v - S @ k, k)


# 16 个互相垂直的单位键，每个写两遍，第二遍是新值 || 16 orthonormal keys, each written twice; the second value is new
keys = torch.linalg.qr(torch.randn(16, 16, generator=g, dtype=torch.float64))[0]
old, new = torch.randn(2, 16, 16, generator=g, dtype=torch.float64)


def after_writing(rule):
    S = torch.zeros(16, 16, dtype=torch.float64)
    for values in (old, new):
        for k_i, v_i in zip(keys, values):
            S = rule(S, k_i, v_i)
    return keys @ S.T  # 逐个键去查 (16, d) || each key looked up (16, d)


wrong = (after_writing(add) - new).abs().max().item()
is_sum = (after_writing(add) - (old + new)).abs().max().item()
claim("Q12-overwrite", is_sum < 1e-10 < wrong, error=wrong)
# 只换成 delta 规则 || only the delta rule instead
repaired = (after_writing(delta) - new).abs().max().item()
claim("Q12-overwrite-control", not repaired > 1e-10, error=repaired)

# %% [markdown] name="delta-meaning" covers=["F-08", "H-16"]
# 线性注意力查出来的是“三楼 + 五楼”。**delta 规则**先查一遍旧值，只写差额，旧的就被盖掉了：
#
# $$S_t = S_{t-1} + \beta_t\,(v_t - S_{t-1} k_t)\,k_t^\top = S_{t-1}\,(I - \beta_t k_t k_t^\top) + \beta_t v_t k_t^\top$$
#
# 写多大力由 $\beta_t \in (0, 1)$ 决定（$k$ 的长度取 1）；前面再乘一个会衰减的 $\alpha_t$，就是**门控 delta 规则**（arXiv 2412.06464）。请注意右边的形状：$S_{t-1}$ 乘以一个只看 $x_t$ 的矩阵，再加一个只看 $x_t$ 的矩阵，**还是“乘 $a$，加 $b$”**，所以它照样可以扫描，只是 $a$ 从一个数变成了矩阵。

# %% [markdown] lang="en" of="ba82825f.5272ef9c"
# Linear attention answers "floor 3 + floor 5". The **delta rule** looks up the old value first and writes the difference only, so that the old one is covered:
#
# $$S_t = S_{t-1} + \beta_t\,(v_t - S_{t-1} k_t)\,k_t^\top = S_{t-1}\,(I - \beta_t k_t k_t^\top) + \beta_t v_t k_t^\top$$
#
# How hard it writes is up to $\beta_t \in (0, 1)$ (with $k$ of length 1); with a decaying factor $\alpha_t$ in front it becomes the **gated delta rule** (arXiv 2412.06464). Look at the shape of the right-hand side: $S_{t-1}$ times a matrix that sees $x_t$ alone, plus a matrix that sees $x_t$ alone. It is **"times $a$, plus $b$" once more**, so it can be scanned as well; only $a$ has grown from a number into a matrix.

# %% [markdown] name="eight" covers=["F-03", "F-08", "H-16"]
# ## 12.9 八条规则，一张表
#
# 各家的名字很多，更新状态的规则却写得进一张表。前七条的状态都是 64 个数（float32 是 256 字节），最后一条把所有的键和值都留着。
#
# | 规则 | 一步 | 更新由什么决定 |
# |---|---|---|
# | tanh RNN | $h = \tanh(W x + U h)$ | $x$ 和 $h$ |
# | LSTM | $c = f \odot c + i \odot g$ | $x$ 和 $h$ |
# | minGRU | $h = a \odot h + (1 - a) \odot n$，$a \in (0, 1)$ | $x$ |
# | ±1 门控线性 | $h = a \odot h + (1 - \lvert a \rvert) \odot n$，$a \in (-1, 1)$ | $x$ |
# | 线性注意力 | $S = S + \beta\, v k^\top$ | $x$ |
# | delta 规则 | $S = S (I - \beta k k^\top) + \beta\, v k^\top$ | $x$ |
# | 门控 delta | $S = \alpha S (I - \beta k k^\top) + \beta\, v k^\top$ | $x$ |
# | 因果注意力 | 留下每一个 $k$ 和 $v$ | 全部 |
#
# 两个任务，两把尺子：
#
# * **数单双**：训练时 2 到 32 步；考 32 步，再考 512 步。
# * **记对应**：每一步写下一对（键，值），同时问一个写过的键。一半的序列只有 4 个键，反复**重写**，要答最后写的；另一半里 32 个键各写一次，写到第 $n$ 步，本子里就有 $n$ 对，看**记得住几对**。训练 32 步；重写再考 512 步。
#
# 协议：每条规则后面接同样的读出层（外加一个只看 $x$ 的输出门；注意力另有一项可学的距离惩罚，没有它分不出新旧）；Adam，600 步，每步 32 条新序列；学习率在 3e-3 和 1e-2 里挑，用一个不进成绩的种子挑；考试三个种子，**三个都不低于 0.8 才算“会”**。全部跑一遍要二十多分钟，所以存成了 `datasets/rules.csv`，代码是 `course_utils/training/rules.py`，重跑用 `make_rules.py`。
#
# 最后两列不用训练，现场算；注意力的两格照公式写。**轮数**：训练一条 32 步的序列要排多长的队？判断的办法是测 $\partial S_t / \partial S_{t-1}$：它如果不随状态变，更新就是“乘一个提前知道的东西，再加一个”，可以扫描。

# %% [markdown] lang="en" of="be09df89.f1747b38"
# ## 12.9 Eight rules, one table
#
# There are many names, but the rules by which they update a state fit into a table. The first seven keep a state of 64 numbers (256 bytes in float32); the last one keeps all keys and values.
#
# | rule | one step | the update depends on |
# |---|---|---|
# | tanh RNN | $h = \tanh(W x + U h)$ | $x$ and $h$ |
# | LSTM | $c = f \odot c + i \odot g$ | $x$ and $h$ |
# | minGRU | $h = a \odot h + (1 - a) \odot n$, $a \in (0, 1)$ | $x$ |
# | gated linear ±1 | $h = a \odot h + (1 - \lvert a \rvert) \odot n$, $a \in (-1, 1)$ | $x$ |
# | linear attention | $S = S + \beta\, v k^\top$ | $x$ |
# | delta rule | $S = S (I - \beta k k^\top) + \beta\, v k^\top$ | $x$ |
# | gated delta | $S = \alpha S (I - \beta k k^\top) + \beta\, v k^\top$ | $x$ |
# | causal attention | keep every $k$ and $v$ | everything |
#
# Two tasks to measure them by:
#
# * **Odd or even**: trained on 2 to 32 steps; examined at 32 steps, then at 512.
# * **Pairs**: at each step one pair (key, value) is written and one key written before is asked for. Half of the sequences have only 4 keys, **overwritten** again and again, and the value written last is wanted. In the other half 32 keys are written once each, so that after step $n$ there are $n$ pairs in memory: **how many can be recalled?** Trained on 32 steps; overwriting is examined at 512 as well.
#
# Protocol: each rule feeds the same readout (through an output gate that sees $x$ alone; attention also learns a penalty on distance, without which it could not tell old from new); Adam, 600 steps of 32 fresh sequences; the learning rate is 3e-3 or 1e-2, chosen on a seed that is in no result; three seeds are examined, and **"yes" means 0.8 or more with all three**. Running it all takes over twenty minutes, so the results are stored in `datasets/rules.csv`; the code is `course_utils/training/rules.py`, and `make_rules.py` runs it again.
#
# The last two columns need no training and are worked out here; those of attention are written from the formula. **Rounds**: how long is the queue for training on a sequence of 32 steps? The way to find out is to measure $\partial S_t / \partial S_{t-1}$. If it does not change with the state, the update is "times something known beforehand, plus something", and can be scanned.

# %% name="stored" tags=["hide-input"] covers=["F-02", "F-03", "F-08", "H-16"]
def looks_at_state(name):
    """更新对旧状态的导数，会不会随旧状态变 || Does the derivative with respect to the old state change with it?"""
    torch.manual_seed(0)
    rule = RULES[name](5).double()
    p = rule.project(torch.randn(1, 5, dtype=torch.float64))

    def update(state):
        return rule.step(p, state)[1]

    states = torch.randn(2, 1, *rule.shape, dtype=torch.float64)
    one, other = (torch.autograd.functional.jacobian(update, state) for state in states)
    return (one - other).abs().max() > 1e-9


RECURRENT = [name for name in RULES if name != "attention"]
QUEUE = {name: 32 if looks_at_state(name) else rounds(32) for name in RECURRENT}
QUEUE["attention"] = 1


def kept(name, T):
    """读完 T 步，一条序列留下多少字节（float32） || Bytes that one sequence keeps after T steps (float32)"""
    if name == "attention":
        return 2 * 8 * 4 * T  # 一个键、一个值，各 8 个数 || a key and a value, 8 numbers each
    return math.prod(RULES[name](5).shape) * 4


RUNS = data.rule_runs()
TITLES = {
    "tanh RNN": "tanh RNN",
    "LSTM": "LSTM",
    "minGRU": "minGRU",
    "gated linear ±1": "±1 门控线性 || gated linear ±1",
    "linear attention": "线性注意力 || linear attention",
    "delta rule": "delta 规则 || delta rule",
    "gated delta": "门控 delta || gated delta",
    "attention": "因果注意力 || causal attention",
}
EXAMS = {
    ("parity", "near"): "数单双，32 步 || odd or even, 32 steps",
    ("parity", "far"): "数单双，512 步 || odd or even, 512 steps",
    ("memory", "near"): "重写，32 步 || overwriting, 32 steps",
    ("memory", "far"): "重写，512 步 || overwriting, 512 steps",
    ("memory", "pairs_32"): "记 32 对 || 32 pairs",
}


def seeds(rule, task, field):
    """一项成绩，三个种子 || One score, three seeds"""
    chosen = [run for run in RUNS if (run.rule, run.task) == (rule, task)]
    return [getattr(run, field) for run in chosen]


def yes(scores):
    return min(scores) >= 0.8


def column(title, options, answers, measured):
    """猜谜页的一列 || One column of the page of guesses"""
    return {"name": title, "options": options, "answers": answers, "measured": measured}


columns = []
for (task, field), title in EXAMS.items():
    scores = [seeds(rule, task, field) for rule in RULES]
    answers = [0 if yes(s) else 1 for s in scores]
    ranges = [f"{min(s):.2f}–{max(s):.2f}" for s in scores]
    columns.append(column(title, ["会 || yes", "不会 || no"], answers, ranges))
growing = [int(kept(rule, 4096) > kept(rule, 32)) for rule in RULES]
sizes = [f"{kept(rule, 4096):,} B" for rule in RULES]
options = ["不变 || fixed", "越长越多 || grows"]
title = "留下的字节（4,096 步后） || bytes kept (after 4,096 steps)"
columns.append(column(title, options, growing, sizes))
options = ["32", "5", "1"]
answers = [options.index(str(QUEUE[rule])) for rule in RULES]
title = "训练 32 步要几轮 || rounds to train 32 steps"
columns.append(column(title, options, answers, [""] * len(RULES)))

# %% [markdown] name="guess" covers=["H-16"]
# ### 先猜每一格
#
# 八行七列，五十六格。一列一列来：先把这一列猜满，再揭晓。揭晓的格子写着三个种子的最低和最高分（瞎猜：数单双 0.50，其余 0.125）。

# %% [markdown] lang="en" of="c3d19333.03feff7b"
# ### Guess every square first
#
# Eight rows, seven columns, fifty-six squares. Go column by column: fill it with guesses, then reveal it. A revealed square shows the lowest and the highest of three seeds (guessing scores 0.50 for odd or even, 0.125 elsewhere).

# %% name="rules-explorer" covers=["H-16"]
Explorer("rules", rules=list(TITLES.values()), columns=columns)

# %% name="bet-recall"
predict("Q12-recall")

# %% name="table-claims" covers=["F-03", "F-08", "H-16"]
def lowest(rule, task, field):
    return min(seeds(rule, task, field))


# 整张表，给看不到上面那一页的人 || the whole table, for those who do not see the page above
for one in columns:
    print(one["name"])
    for title, answer, scores in zip(TITLES.values(), one["answers"], one["measured"]):
        print("   ", f"{one['options'][answer]:5}  {scores:10} {title}")

# 同一个矩阵状态，只差“擦”这一项 || the same matrix state; only the erasing differs
erasing = lowest("delta rule", "memory", "near")
claim("Q12-erase", erasing >= 0.8, right=erasing)
adding = max(seeds("linear attention", "memory", "near"))
claim("Q12-erase-control", not adding >= 0.8, right=adding)

# 32 对：256 字节不够用 || 32 pairs: 256 bytes are not enough
fixed = max(max(seeds(rule, "memory", "pairs_32")) for rule in RECURRENT)
everything = lowest("attention", "memory", "pairs_32")
claim("Q12-recall", fixed < 0.8 <= everything, fixed=fixed, attention=everything)
# 只是少记几对 || only fewer pairs
few = lowest("delta rule", "memory", "pairs_4")
claim("Q12-recall-control", not few < 0.8, fixed=few)

# %% name="pairs-figure" tags=["hide-input"] covers=["H-16"]
counts = (4, 8, 16, 32)
fig, ax = plt.subplots(figsize=(7.4, 3.4))
# 颜色分三种状态：向量、矩阵、越留越多 || colours: a vector, a matrix, ever more
kinds = ["#0072B2"] * 4 + ["#D55E00"] * 3 + ["#000000"]
lines = ["-", "--", ":", "-.", "-", "--", ":", "-"]
looks = zip(TITLES.items(), kinds, "osvDP^X*", lines)
for (rule, title), colour, marker, line in looks:
    means = [sum(seeds(rule, "memory", f"pairs_{n}")) / 3 for n in counts]
    ax.plot(counts, means, color=colour, marker=marker, linestyle=line, label=title)
ax.axhline(1 / 8, color="#999999", linewidth=0.8, linestyle="-")
ax.text(4, 0.115, "瞎猜 || guessing", va="top", fontsize=8)
ax.set_xscale("log", base=2)
ax.set_xticks(counts, counts)
ax.set_xlabel("本子里有几对 || pairs in memory")
ax.set_ylabel("答对的比例 || share right")
ax.set_ylim(0, 1.05)
ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8)
plt.show()

# %% [markdown] name="eight-meaning" covers=["F-03", "F-08", "H-16"]
# 一列一列地读，会看到**没有一行全赢**：
#
# * **数单双**：门看得见 $h$ 的两行会，$a$ 能取负的那一行会，其余全在瞎猜，因果注意力也在内。delta 规则也翻不了面：$\beta<1$ 时 $I - \beta k k^\top$ 的特征值都是正的，$\beta$ 到 2 才会有负的（arXiv 2411.12537）。到了 512 步，只剩看得见 $h$ 的两行。
# * **重写**：只会加的线性注意力不会；加上“擦”的一项就会了。minGRU 的门也能擦，所以它会。
# * **记对应**：256 字节装得下多少对，有个限度。8 × 8 的矩阵，4 对几乎全对，32 对就互相盖住了，只剩六成左右；随长度增长的注意力始终记得住。同样 256 字节，矩阵记住六成，向量只有两三成：规则（和训练预算）决定地方用得好不好；大小是上限，这张表没有改过大小，改大小的实验见 arXiv 2402.18668、2402.01032。（minGRU 重写 4 个键全对，记 4 对却只有七成：重写永远是同样的 4 个键，可以给它们留好格子；4 对出自 32 个键。）
# * **字节和轮数**：注意力一轮训练完，却越读越占地方；前两行只留 256 字节，训练要排队；中间五行两头都占，代价在前五列里。
#
# 这张表的边界也要说清楚：一层，64 个数，600 步训练。tanh RNN 的“重写”、四条向量规则的“记对应”成绩不好，是**在这个预算里没学会**，不是证明它们做不到；而 minGRU 数不了单双、线性注意力擦不掉，是规则本身做不到。真实的模型有许多层，还在前面加短卷积、在中间夹几层注意力，能补其中一些（数单双除外）。

# %% [markdown] lang="en" of="b6d1dfc4.80c5f47b"
# Read it column by column: **no row wins them all**.
#
# * **Odd or even**: the two rows whose gates see $h$ can do it, and so can the row whose $a$ may be negative. All others guess, causal attention included. Nor can the delta rule flip: with $\beta<1$ all eigenvalues of $I - \beta k k^\top$ are positive; $\beta$ up to 2 makes one negative (arXiv 2411.12537). At 512 steps only the two that see $h$ are left.
# * **Overwriting**: linear attention, which only adds, cannot; with the erasing term it can. The gate of the minGRU erases as well, so it can too.
# * **Pairs**: there is a limit to what 256 bytes hold. With 4 pairs the 8 × 8 matrix is almost always right; with 32 they cover one another, and some six in ten are left. Attention, which grows with the length, recalls them throughout. With the same 256 bytes a matrix recalls six in ten and a vector two or three: the rule (and the training budget) decides how well the room is used. Size sets the ceiling; this table never varied it, those who did are arXiv 2402.18668 and 2402.01032. (minGRU overwrites 4 keys without a mistake and yet gets only seven in ten of 4 pairs: overwriting always uses the same 4 keys, which can have slots of their own; the 4 pairs come from 32 keys.)
# * **Bytes and rounds**: attention trains in one round and takes more room with everything it reads. The first two rows keep 256 bytes and queue in training. The five in the middle have both advantages, and pay in the other columns.
#
# The limits of the table have to be said too: one layer, 64 numbers, 600 training steps. Where the tanh RNN does badly on overwriting, and all four vector rules on pairs, they **have not learnt it within this budget**; that does not prove they could not. But that the minGRU cannot tell odd from even, and that linear attention cannot erase, lies in the rules. Real models have many layers, put short convolutions in front and a few layers of attention in between, which fills some of these squares, though not parity.

# %% [markdown] name="rerun" covers=["H-16"]
# ### 亲手重跑一格
#
# 存下来的数凭什么信？挑一格，用表里没用过的种子重跑。（一格几秒到二十秒。）

# %% [markdown] lang="en" of="f42c159b.d5441389"
# ### Run a square yourself
#
# Why believe stored numbers? Choose a square and run it with a seed the table has not used. (A few seconds, up to twenty, for a square.)

# %% name="my-square" tags=["nbval-ignore-output"] covers=["H-16"]
MY_RULE, MY_TASK, MY_SEED = "attention", "memory", 7

chosen = [run for run in RUNS if (run.rule, run.task) == (MY_RULE, MY_TASK)]
model = train_rule(MY_RULE, MY_TASK, seed=MY_SEED, lr=chosen[0].lr)
for field, score in exam(model, MY_TASK, seed=MY_SEED).items():
    in_table = ", ".join(f"{getattr(run, field):.2f}" for run in chosen)
    print(f"{field:9} {score:.2f}   表里的三个种子 || {field:9} {score:.2f}   in the table", in_table)

# %% [markdown] name="backward-scan" tags=["optional"]
# ## 12.10 选读 · 第 3 章的反向传播，本来就是扫描
#
# 后面用不到这一节。第 3 章的时间反向传播从最后一步往回走：
#
# $$g_t = J_{t+1}^\top g_{t+1} + e_t, \qquad J_t = \frac{\partial h_t}{\partial h_{t-1}}:\ (H, H), \quad e_t = \text{第 } t \text{ 步自己的损失给的梯度}$$
#
# 看它的形状：乘一个矩阵，加一个向量。前向走完以后，所有的 $J_t$ 都已经是*数*了，所以**哪怕是 tanh RNN，反向这一半也能扫描**。合并规则和 12.2 节一样，只是 $a$ 换成矩阵。

# %% [markdown] lang="en" of="37c1dced.951ac082"
# ## 12.10 Optional · The backward pass of Chapter 3 has been a scan all along
#
# Nothing later needs this section. Back-propagation through time (Chapter 3) starts at the last step and walks back:
#
# $$g_t = J_{t+1}^\top g_{t+1} + e_t, \qquad J_t = \frac{\partial h_t}{\partial h_{t-1}}:\ (H, H), \quad e_t = \text{the gradient from step } t\text{'s own loss}$$
#
# Look at its shape: times a matrix, plus a vector. Once the forward pass is over, all the $J_t$ are *numbers*. So **even for a tanh RNN, the backward half can be scanned**. The rule for combining is that of section 12.2 with matrices for $a$.

# %% name="matrix-scan" tags=["optional"]
def matrix_scan(A, b):
    """h_t = A_t h_{t-1} + b_t，h_0 = 0：A (T, H, H)，b (T, H) -> (T, H)，用了几轮
    || h_t = A_t h_{t-1} + b_t, h_0 = 0: A (T, H, H), b (T, H) -> (T, H), rounds"""
    d, taken = 1, 0
    while d < len(b):
        b = torch.cat([b[:d], (A[d:] @ b[:-d, :, None])[:, :, 0] + b[d:]])
        A = torch.cat([A[:d], A[d:] @ A[:-d]])
        d, taken = 2 * d, taken + 1
    return b, taken


def tanh_network(gain, T, H=16, seed=0):
    """随机的 tanh RNN 和它的输入：U (H, H)，p (T, H) || A random tanh RNN and what it reads: U (H, H), p (T, H)"""
    g = torch.Generator().manual_seed(seed)
    U = gain * torch.randn(H, H, generator=g, dtype=torch.float64) / H**0.5
    return U, 0.5 * torch.randn(T, H, generator=g, dtype=torch.float64)


U, p = tanh_network(gain=1.0, T=64)
h, hs = torch.zeros(16, dtype=torch.float64, requires_grad=True), []
for p_t in p:
    h = torch.tanh(p_t + U @ h)
    h.retain_grad()
    hs.append(h)
targets = torch.randn(64, 16, dtype=torch.float64)
(torch.stack(hs) * targets).sum().backward()  # 每一步都有损失，e_t = targets || e_t = targets
by_autograd = torch.stack([h.grad for h in hs])  # (T, H)

H = torch.stack(hs).detach()
J = (1 - H**2)[:, :, None] * U  # (T, H, H)：J_t || (T, H, H): J_t
# 从后往前：第 t 步要乘 J_{t+1} 的转置 || from the end: step t multiplies by the transpose of J_{t+1}
A = torch.cat([J[1:], torch.zeros_like(J[:1])]).transpose(1, 2).flip(0)
gradients, taken = matrix_scan(A, targets.flip(0))
gap = (gradients.flip(0) - by_autograd).abs().max().item()
claim("Q12-bptt", gap < 1e-12 and taken == 6, gap=gap, rounds=taken)

# %% [markdown] name="newton" tags=["optional"] covers=["!36"]
# ## 12.11 选读 · 非线性的循环，多扫几遍
#
# 后面用不到这一节。“非线性 RNN 不能并行训练”也过时了。办法是牛顿法：先猜一整条轨迹 $h_1, \dots, h_T$，在猜的轨迹旁边把 tanh 换成切线，得到一个“乘矩阵，加向量”的递推，扫描一遍，得到更好的轨迹；再来，直到不动（DEER，arXiv 2309.12252；ELK，arXiv 2407.19115）。一遍不够，几遍就够。
#
# 要几遍？切线管得了多远，看网络有多“硬”。第 4 章量过：权重放大（增益大），小差别会被一步步放大，直到混沌。

# %% [markdown] lang="en" of="a9d601d5.1c914ab2"
# ## 12.11 Optional · A nonlinear recurrence: scan it several times
#
# Nothing later needs this section. "A nonlinear RNN cannot be trained in parallel" is out of date too. The way is Newton's method: guess the whole trajectory $h_1, \dots, h_T$; beside the guess, replace tanh by its tangent, which leaves a recursion "times a matrix, plus a vector"; scan it to get a better trajectory; and again, until nothing moves (DEER, arXiv 2309.12252; ELK, arXiv 2407.19115). One scan is not enough, several are.
#
# How many? How far a tangent can be trusted depends on how tame the network is. Chapter 4 measured it: with larger weights (a larger gain) small differences grow from step to step, up to chaos.

# %% name="bet-newton" tags=["optional"]
predict("Q12-newton")

# %% name="newton-code" tags=["optional"] covers=["!36"]
def newton(U, p, limit=100):
    """不排队，求 h_t = tanh(p_t + U h_{t-1}) 的整条轨迹：(T, H)，扫描了几遍
    || The trajectory of h_t = tanh(p_t + U h_{t-1}) without the queue: (T, H), and
    the number of scans"""
    h = torch.zeros_like(p)
    for scans in range(1, limit + 1):
        before = torch.cat([torch.zeros_like(h[:1]), h[:-1]])  # 猜的 h_{t-1} || the guessed h_{t-1}
        f = torch.tanh(p + before @ U.T)
        J = (1 - f**2)[:, :, None] * U  # 切线的斜率 (T, H, H) || slopes of the tangents
        new, _ = matrix_scan(J, f - (J @ before[:, :, None])[:, :, 0])
        moved = (new - h).abs().max().item()
        h = new
        if moved < 1e-12:
            break
    return h, scans


def in_turn(U, p):
    h, hs = torch.zeros_like(p[0]), []
    for p_t in p:
        h = torch.tanh(p_t + U @ h)
        hs.append(h)
    return torch.stack(hs)


GAINS = (0.5, 1.0, 1.5, 2.5)
scans, errors = {gain: [] for gain in GAINS}, []
for gain in GAINS:
    for seed in (0, 1, 2):
        U, p = tanh_network(gain, T=64, seed=seed)
        h, count = newton(U, p)
        scans[gain].append(count)
        if gain < 2:
            errors.append((h - in_turn(U, p)).abs().max().item())

fig, ax = plt.subplots(figsize=(5.5, 2.8))
for k, gain in enumerate(GAINS):
    ax.plot([k] * 3, scans[gain], "o", color="#0072B2", alpha=0.6)
ax.axhline(64, color="#999999", linewidth=0.8, linestyle="-")
ax.text(0, 63, "排队的步数 || steps in the queue", va="top", fontsize=8)
ax.set_xticks(range(4), GAINS)
ax.set_ylim(0, 68)
ax.set_xlabel("增益（三个种子） || gain (three seeds)")
ax.set_ylabel("扫描几遍 || scans")
plt.show()

tame = max(max(scans[gain]) for gain in (0.5, 1.0))
wild = min(scans[2.5])
claim("Q12-newton", tame <= 12 and max(errors) < 1e-10, scans=tame, error=max(errors))
# 只把权重放大 || only the weights are larger
claim("Q12-newton-control", not wild <= 12, scans=wild)

# %% [markdown] name="newton-meaning" covers=["!36"]
# 增益不大，几遍就收敛到舍入误差；增益到 2.5，64 步就要三四十遍。一遍扫描是 6 轮：增益 1 要 7 × 6 = 42 轮，比 64 步略短；增益 2.5 要两百轮上下，反而比排队长，每轮还要乘矩阵。（图中横线标的是 64 遍；遍不是步。）拦路的不再是“排队”，而是第 4 章的混沌。

# %% [markdown] lang="en" of="01098560.38c6404d"
# At small gain a few scans converge to rounding error; at a gain of 2.5, 64 steps take thirty or forty of them. Each scan is 6 rounds: at gain 1, 7 × 6 = 42, a little less than 64 steps; at gain 2.5 some two hundred rounds, longer than the queue, and each round multiplies matrices. (The line in the figure marks 64 scans; scans are not steps.) What is in the way is no longer the queue: it is the chaos of Chapter 4.

# %% [markdown] name="map" covers=["F-08", "F-09", "H-16", "!33"]
# ## 12.12 一张地图
#
# 遇到一个新名字，问四件事就够了：**状态是什么，门看得见什么，怎样训练，怎样逐词运行。** 下面各家按此排开（截至 2026 年 11 月；依据是所引论文的摘要，快慢都是作者自己的说法；标“转述”的地方没有读到原文）。
#
# | 模型 | 状态 | 门看得见 | 训练 | 逐词运行 | 一句话 |
# |---|---|---|---|---|---|
# | Transformer-XL，arXiv 1901.02860（转述） | 上一段各层的隐藏状态，存着不再求导 | 全部（注意力） | 一段并行，段与段排队 | 留住上一段 | 不是线性循环：它让注意力多看一段，是“段的循环” |
# | 线性注意力，arXiv 2006.16236（转述） | 矩阵，只加 | $x$ | 矩阵乘法或扫描 | 固定 | 12.8 节：去掉 softmax，就是循环 |
# | S4，arXiv 2111.00396（转述） | 向量，每个通道 $N$ 个数 | 什么也不看：$a$ 固定 | 卷积（FFT） | 固定 | 12.7 节的前一半 |
# | Mamba，arXiv 2312.00752（转述） | 同上 | $x$（选择性） | 扫描 | 固定 | 12.7 节的后一半：没有卷积核，有扫描 |
# | Mamba-2，arXiv 2405.21060 | 矩阵 | $x$；$a$ 是一个数乘单位阵（转述） | 矩阵乘法 | 固定 | 少一点自由，换矩阵乘法 |
# | Mamba-3，arXiv 2603.15569 | 复数 | $x$ | 扫描一类 | 固定 | 复数会转圈，为的是状态跟踪，就是我们数单双的那一格 |
# | RWKV-7，arXiv 2503.14456 | 矩阵 | $x$ | 并行 | 固定 | 推广的 delta 规则，论文证明能认出所有正则语言 |
# | xLSTM，arXiv 2405.04517 | sLSTM 向量，mLSTM 矩阵 | sLSTM：$x$ 和 $h$；mLSTM：$x$ | sLSTM 排队，mLSTM 并行 | 固定 | 7B 的模型用的是 mLSTM（arXiv 2503.13427） |
# | DeltaNet（转述）、门控 delta，arXiv 2406.06484、2412.06464 | 矩阵，先擦后写 | $x$ | 分块并行 | 固定 | 12.8 节 |
# | Griffin，arXiv 2402.19427 | 向量 | $x$ | 扫描一类 | 固定，加一个窗口 | $h = a \odot h + \sqrt{1 - a^2} \odot (i \odot x)$，配上局部注意力 |
# | 测试时训练（TTT），PMLR 267（2025） | 状态本身是个小模型 | $x$，还有它自己的损失 | 分块 | 固定 | 每读一步，就训练一步；线性注意力、delta 规则、SSM 都能看作它的特例（arXiv 2501.12352） |
# | 混合模型（转述） | 多数层固定，少数层随长度增长 | 看层 | 并行 | 大部分固定 | 拿少数几层注意力补“记对应”那一列 |
#
# 再加两句提醒。比数单双更难的状态跟踪有定理（假定 TC⁰ ≠ NC¹）：S4 和 Mamba 在电路复杂度 TC⁰ 里，不会合成一般的置换，tanh RNN 和 LSTM 会（arXiv 2404.08819）。还有，长序列基准 Long Range Arena 曾显得 SSM 遥遥领先，后来发现，让普通的 Transformer 先在任务自己的数据上自监督预训练，差距就没了（arXiv 2310.02980）。第 7 章那句话，到这里还管用：没有写明条件的名次，什么也没说。

# %% [markdown] lang="en" of="85c126ad.4202ef53"
# ## 12.12 A map
#
# Of any new name, four questions are enough: **what is the state, what does the gate see, how does it train, how does it run token by token?** Here they all are, in that order (as of November 2026; from the abstracts of the papers cited; claims of speed are the authors' own; what is marked "at second hand" was not read in the original).
#
# | model | state | gate sees | training | token by token | in a sentence |
# |---|---|---|---|---|---|
# | Transformer-XL, arXiv 1901.02860 (at second hand) | hidden states of the previous segment, cached and not differentiated | everything (attention) | parallel inside a segment, segments queue | keeps the previous segment | no linear recurrence: it lets attention see one segment more, a recurrence of segments |
# | linear attention, arXiv 2006.16236 (at second hand) | a matrix, only added to | $x$ | matrix products or a scan | fixed | section 12.8: without the softmax it is a recurrence |
# | S4, arXiv 2111.00396 (at second hand) | a vector, $N$ numbers for each channel | nothing: $a$ is fixed | convolution (FFT) | fixed | the first half of section 12.7 |
# | Mamba, arXiv 2312.00752 (at second hand) | the same | $x$ (selectivity) | scan | fixed | the second half of section 12.7: no kernel, but a scan |
# | Mamba-2, arXiv 2405.21060 | a matrix | $x$; $a$ is a number times the identity (at second hand) | matrix products | fixed | gives up some freedom for matrix products |
# | Mamba-3, arXiv 2603.15569 | complex numbers | $x$ | of the scan kind | fixed | complex numbers can turn: meant for state tracking, our column "odd or even" |
# | RWKV-7, arXiv 2503.14456 | a matrix | $x$ | parallel | fixed | a generalised delta rule; recognises all regular languages, the paper shows |
# | xLSTM, arXiv 2405.04517 | sLSTM a vector, mLSTM a matrix | sLSTM: $x$ and $h$; mLSTM: $x$ | sLSTM queues, mLSTM is parallel | fixed | the 7B model rests on mLSTM (arXiv 2503.13427) |
# | DeltaNet (at second hand), gated delta, arXiv 2406.06484, 2412.06464 | a matrix, erase then write | $x$ | parallel in chunks | fixed | section 12.8 |
# | Griffin, arXiv 2402.19427 | a vector | $x$ | of the scan kind | fixed, plus a window | $h = a \odot h + \sqrt{1 - a^2} \odot (i \odot x)$ with local attention |
# | test-time training (TTT), PMLR 267 (2025) | the state is itself a small model | $x$, and a loss of its own | in chunks | fixed | every step read is a training step; linear attention, delta rule and SSM are special cases (arXiv 2501.12352) |
# | hybrids (at second hand) | fixed in most layers, growing in a few | depends on the layer | parallel | mostly fixed | a few layers of attention, for the column "pairs" |
#
# Two warnings to go with it. For state tracking harder than parity there is a theorem (assuming TC⁰ ≠ NC¹): S4 and Mamba lie in the circuit class TC⁰ and cannot compose arbitrary permutations, while a tanh RNN or an LSTM can (arXiv 2404.08819). And the benchmark Long Range Arena once seemed to put SSMs far ahead, until plain Transformers were first pretrained, self-supervised, on the task's own data and the gap closed (arXiv 2310.02980). A sentence of Chapter 7 still holds: a ranking without its conditions says nothing.

# %% [markdown] name="bets-summary"
# ## 你押得怎样？
#
# 这一章押过的注都在下面，很有把握却押错的排在最前。

# %% [markdown] lang="en" of="85f65c75.f998a69f"
# ## How did your bets come out?
#
# All your bets of this chapter; the ones you were sure of and lost come first.

# %% name="bets"
bets_summary("12")

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 更新里没有要等 $h$ 的东西，一步就是“乘 $a$，加 $b$”，两步合起来还是；$T$ 步排队变成 $\lceil \log_2 T \rceil$ 轮。
# 2. 代价也在这一处：门不看 $h$、$a$ 又只取正数，就翻不了面；固定的状态装不下越来越多的对应。没有一条规则每一列都赢。
# 3. 遇到新名字问四件事：状态是什么，门看得见什么，怎样训练，怎样逐词运行。

# %% [markdown] lang="en" of="a0da58a9.e8eca4e3"
# ## Three lines to remember
#
# 1. If nothing in the update waits for $h$, a step is "times $a$, plus $b$", and so are two steps together; a queue of $T$ steps becomes $\lceil \log_2 T \rceil$ rounds.
# 2. The price is paid in the same place: a gate that cannot see $h$, with a factor that is always positive, cannot flip a bit, and a state of fixed size cannot hold ever more pairs. No rule wins every column.
# 3. Ask four things of a new name: what is the state, what does the gate see, how does it train, how does it run token by token?

# %% [markdown] name="self-check"
# ## 自测
#
# 合上笔记作答。每个选项都有解释。

# %% [markdown] lang="en" of="e46292c8.f49e1623"
# ## Self-check
#
# Answer without looking back. Every option has its explanation.

# %% name="quiz"
quiz("12-self-check")

# %% [markdown] name="next" covers=["X-07"]
# ## 接下来
#
# 轮到你写了：[练习 E11 · 把循环并起来](../../exercises/zh/E11_scan.ipynb)。补上 $h_0$，写出并行扫描，再用它搭一个 minGRU。
#
# 训练的账算过了，运行的账还没有。来一个词算一步，时间和内存各花多少？第 13 章逐字节地量。

# %% [markdown] lang="en" of="537a8c93.1911c744"
# ## What next
#
# Your turn: [Exercise E11 · A loop in parallel](../../exercises/en/E11_scan.ipynb). Put in the $h_0$, write the parallel scan, and build a minGRU on it.
#
# That was the cost of training; the cost of running is still open. One token at a time: how much time, how much memory? Chapter 13 measures it byte by byte.
