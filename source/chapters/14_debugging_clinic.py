# ---
# jupyter:
#   course:
#     chapter: "14"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["A-06", "A-07"]
# # 第 14 章 调试诊所
#
# **阅读 25 分钟 · 动手 50 分钟 · 练习 35 分钟 · 难度 ⭐⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 给任何一个训练循环装上监控，读懂四条曲线：损失、梯度范数、更新与权重之比、门的饱和；
# 2. 从症状走到病因：看到什么，多半因为什么，接着量什么；
# 3. 用几分钟做完该做的检查：过拟合一批、梯度检查、形状断言、异常检测、重现，再写出一份最小的重现代码。
#
# 需要的基础：第 3 章的截断、第 4 章的裁剪、第 5 章的门、第 9 章的填充和早停。

# %% [markdown] lang="en" of="0eebe475.20755086"
# # Chapter 14. The debugging clinic
#
# **25 min reading · 50 min at the keyboard · 35 min exercise · difficulty ⭐⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. put a monitor on any training loop and read its four curves: loss, gradient norm, update over weight, saturation of the gates;
# 2. get from a symptom to its cause: what was seen, what it is likely to be, what to measure next;
# 3. run the checks that take minutes (overfit one batch, check gradients, assert shapes, detect anomalies, reproduce) and write a minimal reproduction.
#
# You need truncation from Chapter 3, clipping from Chapter 4, gates from Chapter 5, and padding and early stopping from Chapter 9.

# %% name="setup"
import warnings
from statistics import median

import torch
from torch import nn
from torch.nn import functional as F
import matplotlib.pyplot as plt

from course_utils import language, plotting
from course_utils.checks import claim, show
from course_utils.explore import Explorer, bets_summary, predict, progress, quiz
from course_utils.training import Monitor, diagnose, fit, ward

language.use("中文 || English")      # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()                     # 全课统一的画图风格 || the plotting style of this course
torch.set_num_threads(1)             # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，分别来自第 3、4、9 章。

# %% [markdown] lang="en" of="564446c9.20221ff2"
# ## Warm-up
#
# Three questions, from Chapters 3, 4 and 9.

# %% name="recall" covers=["A-03"]
quiz("14-recall")

# %% [markdown] name="two-curves"
# ## 14.1 哪一个病了？
#
# 两次训练，任务一样：一条由六种符号连成的长流，读到一个，猜下一个。网络、优化器、数据、种子都一样，程序只差一处。损失从差不多的地方出发，一条停在 0.7 上下，另一条直奔零去了。
#
# 如果有人把这两条曲线拿给你看，你会把哪一个模型交出去？

# %% [markdown] lang="en" of="99b3774c.ac2bda32"
# ## 14.1 Which one is ill?
#
# Two trainings on the same task: a long stream over six symbols; read one, guess the next. Network, optimizer, data and seed are the same, and the programs differ in one place. The losses start from about the same point; one comes to rest near 0.7, the other makes straight for zero.
#
# If somebody showed you these two curves, which model would you hand in?

# %% name="bet-lower"
predict("Q14-lower")

# %% name="two-curves-code"
first = ward.run(ward.unshifted, seed=0)
second = ward.run(ward.unshifted, seed=0, cured=True)

# 下一个符号六次里有五次看得准，其余五种平分剩下的 || five times out of six the next
# symbol is determined, the other five share the rest
likely = torch.tensor([5 / 6] + 5 * [1 / 30], dtype=torch.float64)
floor = -(likely * likely.log()).sum().item()

fig, ax = plt.subplots()
ax.plot(first.loss, label="甲 || A")
ax.plot(second.loss, label="乙 || B")
ax.axhline(floor, color="gray", linestyle=":", label="谁也到不了更低 || nobody gets lower")
ax.set(xlabel="步 || step", ylabel="训练损失 || training loss")
ax.legend()
plt.show()
show("损失的下限 || floor of the loss", floor)

right_first, right_second = first.metric[-1][1], second.metric[-1][1]
claim("Q14-lower", right_first < 0.5 < right_second,
      loss_first=first.loss[-1], loss_second=second.loss[-1],
      right_first=right_first, right_second=right_second)
claim("Q14-lower-control", not right_second < 0.5, right=right_second)

# %% [markdown] name="two-curves-meaning"
# 这条流是这样造的：每个符号，六次里有五次由它前面第二个符号决定，另一次是别的五种之一。所以损失有个**下限**，就是图里的点线，再好的网络也到不了更低。甲到了，反而可疑。真的让它猜下一个符号，和瞎猜差不多（六个里猜中一个是 17%）：它的程序里，目标忘了右移一格，网络学会了**抄**眼前这个符号，一点没学会**猜**下一个。知道下限，才看得出什么是“太好”。
#
# 这就是这一章的起点：**坏掉的训练很少报错，多半看上去还不错。** 只有一条损失曲线，你分不清“学会了”和“作弊了”，也分不清“学不会”和“根本没在训练”。医生不会只量体温；我们也要多挂几样仪器。

# %% [markdown] lang="en" of="9e96d694.668a89ab"
# This is how the stream is made: five times out of six a symbol is determined by the one two places before it, otherwise it is one of the other five. So the loss has a **floor**, the dotted line, and the best of networks cannot get lower. That A did is what makes it suspicious. When it really has to guess the next symbol, it does no better than chance (one in six is 17 %): in its program the target had not been shifted by one step, and the network learnt to **copy** the symbol it is looking at and nothing about **guessing** the next. Know the floor, and you can tell what is too good.
#
# This is where the chapter begins: **a broken training seldom raises an error; mostly it looks quite good.** From a loss curve alone you cannot tell "has learnt" from "has cheated", nor "cannot learn" from "is not learning". A doctor does not stop at the temperature, and we, too, shall attach some more instruments.

# %% [markdown] name="hooks" covers=["A-06"]
# ## 14.2 听诊器：钩子
#
# 要量训练里的东西，不必改训练的代码。torch 到处留了**钩子**（hook）：到了某一刻，请叫我一声。三种就够用：
#
# | 钩子 | 什么时候叫 | 能看到什么 |
# |---|---|---|
# | `p.register_post_accumulate_grad_hook` | 反向传播把 `p` 的梯度算好的那一刻 | 裁剪**之前**的梯度 |
# | `optimizer.register_step_pre_hook` 和 `…_post_hook` | 优化器动手之前、之后 | 裁剪**之后**的梯度；权重动了多少 |
# | `module.register_forward_hook` | 一层算完的那一刻 | 它的输入和输出 |
#
# 下面是一支小小的听诊器，量三样：裁剪前后的梯度范数，以及**更新与权重之比**
#
# $$r = \frac{\lVert \theta_{\text{新}} - \theta_{\text{旧}} \rVert}{\lVert \theta_{\text{旧}} \rVert},$$
#
# 也就是把所有参数接成一个长向量 $\theta$，这一步走了它长度的几分之几。

# %% [markdown] lang="en" of="5454ed85.11f96ec6"
# ## 14.2 The stethoscope: hooks
#
# To measure something inside a training you need not change its code. Torch has **hooks** everywhere: call me when you get there. Three kinds will do:
#
# | hook | when it is called | what there is to see |
# |---|---|---|
# | `p.register_post_accumulate_grad_hook` | when backward has finished the gradient of `p` | the gradient **before** clipping |
# | `optimizer.register_step_pre_hook` and `…_post_hook` | before and after the optimizer acts | the gradient **after** clipping; how far the weights moved |
# | `module.register_forward_hook` | when a layer has finished | its input and output |
#
# Here is a small stethoscope. It measures the gradient norm before and after clipping, and the **update-to-weight ratio**
#
# $$r = \frac{\lVert \theta_{\text{new}} - \theta_{\text{old}} \rVert}{\lVert \theta_{\text{old}} \rVert}:$$
#
# with all parameters strung into one long vector $\theta$, which part of its length was moved in this step.

# %% name="hooks-code" covers=["A-06"]
class Stethoscope:
    """记下每一步裁剪前后的梯度范数，和更新与权重之比 || Notes, at every step, the gradient norm before and after clipping and the ratio
    of update to weight"""

    def __init__(self, model, optimizer):
        self.parameters = list(model.parameters())
        self.before, self.after, self.ratio = [], [], []
        self.arrived = {}                               # 参数 -> 范数 || parameter -> norm
        self.hooks = [p.register_post_accumulate_grad_hook(self.note_gradient)
                      for p in self.parameters]
        self.hooks.append(optimizer.register_step_pre_hook(self.before_step))
        self.hooks.append(optimizer.register_step_post_hook(self.after_step))

    def close(self):
        """摘下来 || Take it off"""
        for hook in self.hooks:
            hook.remove()

    def note_gradient(self, p):
        self.arrived[p] = p.grad.norm()

    def before_step(self, optimizer, args, kwargs):
        self.before.append(total(self.arrived.values()))
        self.after.append(total(p.grad.norm() for p in self.arrived))
        self.old = [p.detach().clone() for p in self.parameters]

    def after_step(self, optimizer, args, kwargs):
        moved = total((p - old).norm() for p, old in zip(self.parameters, self.old))
        self.ratio.append(moved / total(old.norm() for old in self.old))
        self.arrived = {}


def total(norms):
    """各个参数的范数 -> 全体的范数 || norms of the parameters -> the norm of them all"""
    return torch.stack(list(norms)).norm().item()

# %% [markdown] name="hooks-use"
# 挂上它，训练一个小网络。循环里没有一行提到听诊器。网络和任务都来自课程的 `ward`（病房，`course_utils/training/ward.py`），这一章反复用：
#
# | 名字 | 是什么 |
# |---|---|
# | `Reader` | 一层 32 个隐藏单元的 LSTM，从**最后一步**的输出作答 |
# | `Teller` | 一样的 LSTM，**每一步**都作答，状态可以带进带出 |
# | `first_symbol` | 任务：四种符号的一串，第一个是什么？ |
# | `more_ups` | 任务：一串 ±1，正的多还是负的多？ |
# | `chain` | 任务：上一节那条六种符号的流，下一个是什么？ |
#
# 这里裁剪到 0.1，小得过分，好让图上看得见。

# %% [markdown] lang="en" of="6b987b01.3f5ce4db"
# Attach it and train a small network. Not a line of the loop mentions the stethoscope. Networks and tasks come from the course's `ward` (`course_utils/training/ward.py`) and are used throughout the chapter:
#
# | name | what it is |
# |---|---|
# | `Reader` | an LSTM of 32 units that answers from the output of the **last step** |
# | `Teller` | the same LSTM, answering at **every step**; its state can be handed in and out |
# | `first_symbol` | a task: of a row of four kinds of symbols, which came first? |
# | `more_ups` | a task: in a row of ±1, are there more ups or more downs? |
# | `chain` | a task: the stream over six symbols of the last section; what comes next? |
#
# The clipping to 0.1 is unusually hard, so that it can be seen in the figure.

# %% name="hooks-use-code" covers=["A-06"]
def train_reader(attach, steps=60):
    """训练一个 Reader -> (它, attach 挂上的东西) || Train a Reader -> (it, what attach put on)"""
    torch.manual_seed(0)
    g = torch.Generator().manual_seed(0)
    x, y = ward.first_symbol(1000, 8, g)                # (1000, 8, 4), (1000,)
    model = ward.Reader(4, 4)
    model.readout = nn.Sequential(nn.Dropout(0.2), model.readout)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    attached = attach(model, optimizer)
    for xb, yb in ward.batches(x, y, steps, g):
        optimizer.zero_grad()
        F.cross_entropy(model(xb), yb).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()
    return model, attached


def nothing(model, optimizer):
    return None


def clumsy(model, optimizer):
    """一支笨拙的听诊器：自己掷了一次骰子 || A clumsy stethoscope: it throws a die itself"""
    torch.rand(1)


def largest_gap(a, b):
    pairs = zip(a.parameters(), b.parameters())
    return max((p - q).abs().max().item() for p, q in pairs)


plain, _ = train_reader(nothing)
heard, scope = train_reader(Stethoscope)
monitored, _ = train_reader(Monitor)
disturbed, _ = train_reader(clumsy)

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8))
left.semilogy(scope.before, label="裁剪前 || before clipping")
left.semilogy(scope.after, label="裁剪后 || after clipping")
left.set(xlabel="步 || step", ylabel="梯度范数 || gradient norm")
left.legend()
right.semilogy(scope.ratio)
right.set_ylim(1e-3, 1)
right.set(xlabel="步 || step", ylabel="更新 / 权重 || update / weight")
plt.show()

gap = max(largest_gap(plain, heard), largest_gap(plain, monitored))
claim("Q14-silent", gap == 0, gap=gap)
claim("Q14-silent-control", not largest_gap(plain, disturbed) == 0,
      gap=largest_gap(plain, disturbed))

# %% [markdown] name="hooks-meaning" covers=["A-06"]
# 左图的虚线贴着 0.1：裁剪在起作用。右图的比值从百分之几慢慢降下来。
#
# 更要紧的是下面那行结论：听诊器只许听，**不许改动训练**。挂与不挂，权重一个比特也不差；对照里那支“笨拙”的，只是多掷了一次骰子，后面的 dropout 就全变了，训练成了另一次训练。（torch 的初始权重、dropout、不带 `generator` 的打乱，默认都从同一个全局的骰子里掷。）给别人的代码装仪器之前，先做这个测试。
#
# 结论里也查了课程自带的 `Monitor`（`course_utils/training/monitor.py`，一个文件，可以拷走）。它就是这支听诊器长大之后的样子，多看了门、输入、填充、模式，还会画图。

# %% [markdown] lang="en" of="c286c405.6e908ea6"
# On the left the dashes keep to 0.1: clipping works. On the right the ratio slowly comes down from a few per cent.
#
# The line below the figures matters more: a stethoscope may listen, and it must **not change the training**. With or without it the weights agree to the last bit. The "clumsy" one of the control did no more than throw one die of its own; all dropout after it came out differently, and it was another training. (Initial weights, dropout and any shuffling without a `generator` all throw the same global die of torch.) Before you put an instrument on somebody's code, make this test.
#
# The claim also covers `Monitor`, which comes with the course (`course_utils/training/monitor.py`, a single file to take along). It is this stethoscope grown up: it also looks at gates, inputs, padding and modes, and draws.

# %% [markdown] name="four-curves" covers=["A-06"]
# ## 14.3 四条曲线怎么读
#
# 先看一个健康的：一个语言模型，一段接一段地读，`live=True` 让曲线在训练时大约每秒重画一次（这里存下的是最后一张）。细的点线是裁剪的上限；灰带从 $10^{-5}$ 到 0.1，规则在这个范围里不说话；一个门的值小于 0.05 或大于 0.95，算**饱和**。

# %% [markdown] lang="en" of="c84f4dac.f11fe470"
# ## 14.3 How to read the four curves
#
# First, a healthy patient: a language model that reads on, chunk after chunk. With `live=True` the curves are redrawn about once a second while it trains (stored here is the last picture). The thin dotted line is the limit of clipping; the grey band goes from $10^{-5}$ to 0.1, the range in which the rules keep quiet; a gate value below 0.05 or above 0.95 counts as **saturated**.

# %% name="four-curves-code" covers=["A-06"]
g = torch.Generator().manual_seed(0)
torch.manual_seed(0)
ids = ward.chain(16, 801, g)                            # (16, 801)
x, y = F.one_hot(ids[:, :-1], 6).float(), ids[:, 1:]    # (16, 800, 6), (16, 800)
model, state = ward.Teller(6, 6), None
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

with Monitor(model, optimizer, clip=1.0, every=5, live=True) as monitor:
    for xb, yb in zip(x.split(10, dim=1), y.split(10, dim=1)):
        optimizer.zero_grad()
        scores, state = model(xb, state)                                # (16, 10, 6)
        state = tuple(part.detach() for part in state)
        loss = monitor.record(F.cross_entropy(scores.transpose(1, 2), yb))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

# %% [markdown] name="four-curves-table" covers=["A-06"]
# | 曲线 | 健康时 | 不对劲时，先想到 |
# |---|---|---|
# | **损失** | 从“瞎猜”的值出发（$C$ 类就是 $\ln C$），先快后慢 | 一步不动：没在学，或信息到不了；低得离谱：答案漏进了输入；nan：溢出，或除以零 |
# | **梯度范数** | 有起伏，量级稳定；裁剪后不超过约定的值 | 尖峰：爆炸；一路降到零而损失还高：消失或饱和；超过上限了，前后还一个样：裁剪没生效 |
# | **更新 / 权重** | 第一步约 0.1，很快到百分之几，慢慢降 | 大于 0.1：每步都把自己推倒重来；小于 $10^{-5}$：几乎没动 |
# | **门的饱和** | 开头几乎没有（门在 0.5 附近），学着学着有一些 | 一开头就满是 0 和 1：初值或输入太大，门动不了 |
#
# “瞎猜”的值值得先算好再训练：这里六种符号，$\ln 6 = 1.79$。第一步的损失若离它很远，还没开始就已经有病了。
#
# 第三条最少人看，却最便宜。学习率是个没有单位的旋钮，说它“大”或“小”没有意义；更新和权重之比才看得出来。同一个网络，三个学习率：

# %% [markdown] lang="en" of="59bffc3f.bca544f0"
# | curve | in health | when it looks wrong, think of |
# |---|---|---|
# | **loss** | starts at the value of pure guessing ($\ln C$ for $C$ classes), falls fast, then slowly | does not move: not learning, or information does not get there; absurdly low: the answer leaks into the input; nan: an overflow or a division by zero |
# | **gradient norm** | goes up and down within a stable range; after clipping below the agreed value | spikes: explosion; falls to zero while the loss is high: vanishing or saturation; above the limit and yet the same before and after: clipping does not work |
# | **update / weight** | about 0.1 at the first step, soon a few per cent, slowly falling | above 0.1: tears itself down at every step; below $10^{-5}$: hardly moves |
# | **saturation of gates** | hardly any at first (gates near 0.5), some with learning | full of 0s and 1s from the start: initial weights or inputs too large, gates cannot move |
#
# Work out the value of guessing before you train: with six symbols it is $\ln 6 = 1.79$. If the first loss is far from it, something is ill before anything has begun.
#
# The third curve is the least looked at and the cheapest. A learning rate is a knob without a unit, and to call it "large" or "small" means little; the ratio of update to weight tells. One network, three learning rates:

# %% name="bet-ratio"
predict("Q14-ratio")

# %% name="ratio-code" covers=["A-06"]
def with_rate(lr, seed):
    """用学习率 lr 训练 100 步 -> Monitor || Train for 100 steps at learning rate lr -> Monitor"""
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(seed)
    x, y = ward.more_ups(1000, 9, g)                    # (1000, 9, 1), (1000,)
    model = ward.Reader(1, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    with Monitor(model, optimizer, every=5) as monitor:
        for xb, yb in ward.batches(x, y, 100, g):
            optimizer.zero_grad()
            monitor.record(F.cross_entropy(model(xb), yb)).backward()
            optimizer.step()
    return monitor


def mean(values):
    return sum(values) / len(values)


RATES = 1e-6, 1e-2, 1.0
by_rate = {lr: [with_rate(lr, seed) for seed in range(3)] for lr in RATES}
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8))
for lr, style in zip(RATES, (":", "-", "--")):
    left.plot(by_rate[lr][0].loss, style, label=f"lr = {lr:g}")
    right.semilogy(by_rate[lr][0].looks, by_rate[lr][0].update_ratio, style)
left.set(xlabel="步 || step", ylabel="损失 || loss", ylim=(-0.05, 2))
left.legend()
right.set(xlabel="步 || step", ylabel="更新 / 权重 || update / weight")
plt.show()

small, medium, large = (mean([mean(m.loss[-20:]) for m in by_rate[lr]]) for lr in RATES)
ratio_small, ratio, _ = (
    mean([mean(m.update_ratio) for m in by_rate[lr]]) for lr in RATES)
first_large = mean([m.update_ratio[0] for m in by_rate[1.0]])           # 第一步 || first step
claim("Q14-ratio", medium < 0.1 and 1e-3 < ratio < 0.1, ratio=ratio, loss=medium)
claim("Q14-ratio-control", not min(small, large) < 0.1, small=ratio_small,
      loss_small=small, large=first_large, loss_large=large)

# %% [markdown] name="ratio-meaning"
# 三组只差学习率（图里各画一个种子），只有中间那一档的损失降到了底。学习率最小的那一档，比值只有百万分之几，一百步下来权重几乎没动。最大的那一档要看**开头**：第一步就跨出去权重的十倍，权重一下子变得很大；之后的比值看着倒正常了，可那是因为分母大了，网络已经站在一个乱七八糟的地方。所以比值要从第一步看起。
#
# 记一个粗略的范围就够：**用 Adam，开头百分之几，之后千分之几**。它随宽度、优化器、训练阶段变，不是定律；离开这个范围几个数量级，才是症状。

# %% [markdown] lang="en" of="b07de823.d1a99d64"
# The three differ in the learning rate alone (one seed of each is drawn), and only in the middle does the loss get to the bottom. At the low end a step is a few millionths, and after a hundred of them hardly anything has moved. At the high end look at the **beginning**: the first step is ten times as long as the weights, which are huge at once; later the ratio looks quite normal, but only because its denominator has grown, and the network sits in some wild place. So read the ratio from the first step on.
#
# A rough range is enough to remember: **with Adam, a few per cent at first, a few thousandths later**. It depends on width, optimizer and stage of training and is no law; being orders of magnitude away from it is a symptom.

# %% [markdown] name="gates" covers=["A-06"]
# ## 14.4 看不见的门
#
# 第四条曲线要看门，可是 `nn.LSTM` 只交出 $h$ 和 $c$，门算完就丢。好在不必重写一个 LSTM：门只取决于 $x_t$ 和 $h_{t-1}$，两样都拿得到。输入在钩子里，$h_{t-1}$ 就是上一步的输出，于是所有时刻的门，两次矩阵乘法（输入一次，状态一次）就都算出来了：
#
# $$\underbrace{[\,i_t \mid f_t \mid \cdot \mid o_t\,]}_{(B,\ 4H)} = \sigma\big(x_t W_x^\top + h_{t-1} W_h^\top + b\big), \qquad W_x:\ (4H, I),\quad W_h:\ (4H, H),\quad b:\ (4H,)$$
#
# （那个点是候选记忆的位置，它用的是 tanh，不是门。torch 里这三块叫 `weight_ih_l0`、`weight_hh_l0` 和两个偏置之和。）监控就是这么做的，只看一批里的前八行，每隔几步看一次，所以便宜。最容易写错的是第一步的 $h_0$：接着上一段读的时候，它可不是零。

# %% [markdown] lang="en" of="f83ce13a.8aeec7d3"
# ## 14.4 Gates that nobody shows
#
# The fourth curve needs gates, but `nn.LSTM` hands out only $h$ and $c$; its gates are computed and thrown away. There is no need to rewrite the LSTM: a gate depends on $x_t$ and $h_{t-1}$, and both can be had. The input is in the hook, $h_{t-1}$ is the output of the step before, and so two matrix products, one for inputs and one for states, give the gates of all steps:
#
# $$\underbrace{[\,i_t \mid f_t \mid \cdot \mid o_t\,]}_{(B,\ 4H)} = \sigma\big(x_t W_x^\top + h_{t-1} W_h^\top + b\big), \qquad W_x:\ (4H, I),\quad W_h:\ (4H, H),\quad b:\ (4H,)$$
#
# (The dot is the place of the candidate, which has a tanh and is no gate. In torch the three are `weight_ih_l0`, `weight_hh_l0` and the sum of two biases.) This is what the monitor does, for the first eight rows of a batch and only every few steps, which makes it cheap. What goes wrong most easily is $h_0$ at the first step: when a stream is read on, it is not zero.

# %% name="gates-code" covers=["A-06"]
def forget_gates(layer, x, h_0):
    """所有时刻的遗忘门 (B, T, H)；h_0 (1, B, H) || forget gates of all steps (B, T, H); h_0 (1, B, H)"""
    states, _ = layer(x, (h_0, torch.zeros_like(h_0)))                  # (B, T, H)
    earlier = torch.cat([h_0.transpose(0, 1), states[:, :-1]], dim=1)   # h_{t-1}
    sums = (F.linear(x, layer.weight_ih_l0, layer.bias_ih_l0)
            + F.linear(earlier, layer.weight_hh_l0, layer.bias_hh_l0))  # (B, T, 4H)
    return torch.sigmoid(sums.chunk(4, dim=2)[1])                       # i, f, g, o


def forget_gates_by_cell(layer, x, h_0):
    """同一件事，一步一步用 LSTM 的式子 || The same by the LSTM's equations, step by step"""
    h, c, gates = h_0[0], torch.zeros_like(h_0[0]), []
    for x_t in x.unbind(dim=1):
        sums = (F.linear(x_t, layer.weight_ih_l0, layer.bias_ih_l0)
                + F.linear(h, layer.weight_hh_l0, layer.bias_hh_l0))
        i, f, candidate, o = sums.chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(candidate)
        h = torch.sigmoid(o) * torch.tanh(c)
        gates.append(torch.sigmoid(f))
    return torch.stack(gates, dim=1)


torch.manual_seed(0)
layer = nn.LSTM(3, 5, batch_first=True).double()
x_few = torch.randn(2, 7, 3, dtype=torch.float64)
h_0 = torch.randn(1, 2, 5, dtype=torch.float64)
with torch.no_grad():
    slow = forget_gates_by_cell(layer, x_few, h_0)
    gap = (forget_gates(layer, x_few, h_0) - slow).abs().max()
    gap_zero = (forget_gates(layer, x_few, torch.zeros_like(h_0)) - slow).abs().max()
claim("Q14-gates", gap < 1e-12, gap=gap)
claim("Q14-gates-control", not gap_zero < 1e-12, gap=gap_zero)

# %% [markdown] name="gates-meaning"
# 一次算完，和一步一步算的只差舍入；忘了 $h_0$，差的就不是舍入了。

# %% [markdown] lang="en" of="f74e55a3.16a50224"
# All at once, and it differs from the step-by-step gates by rounding only; forget $h_0$ and the difference is no rounding.

# %% [markdown] name="rules" covers=["A-07"]
# ## 14.5 从症状到病因：一条规则
#
# 有了记录，就可以立规则。一条规则有三句话：**看到**什么，**多半因为**什么，**接着量**什么。最后一句不能省：规则只给嫌疑人，不定罪。
#
# 举一个最常见的病人。下面这段程序里少了一行，你看得出来吗？（`setting` 定住种子，`check` 做一次验证，`EVERY` 是监控每几步细看一次。）

# %% [markdown] lang="en" of="0199d412.452d9af4"
# ## 14.5 From symptom to cause: one rule
#
# With a record there can be rules. A rule says three things: what was **seen**, what it is **likely** to be, what to **measure next**. The last must not be left out: a rule names suspects and convicts nobody.
#
# Take the most common patient. A line is missing from this program; do you see which? (`setting` sets the seed, `check` validates once, and every `EVERY` steps the monitor takes a closer look.)

# %% name="rules-program"
sick_program, cured_program = ward.programs(ward.no_zero_grad)
print(sick_program)

# %% name="rules-code" covers=["A-07"]
sick = ward.run(ward.no_zero_grad, seed=0)
cured = ward.run(ward.no_zero_grad, seed=0, cured=True)
sick.figure()
plt.show()
old, old_cured = median(sick.leftover), median(cured.leftover)
claim("Q14-old", old > 1, ratio=old)
claim("Q14-old-control", not old_cured > 1, ratio=old_cured)

# %% name="rules-print" tags=["nbval-ignore-output"] covers=["A-07"]
print(diagnose(sick)[0])
first_norm, last_norm = sick.weight_norm[0], sick.weight_norm[-1]
print("权重的长度 || length of the weights:", f"{first_norm:.0f} -> {last_norm:.0f}")

# %% [markdown] name="rules-meaning" covers=["A-07"]
# `zero_grad` 不见了。梯度一步一步往上堆，每一步走的是**从开头到现在所有梯度之和**的方向；梯度范数往上爬，权重越来越长，门最后大半饱和，损失一直是瞎猜。
#
# 光看这些曲线，像爆炸，也像学习率太大。监控多量了一样，一眼就分开了：**反向传播开始的那一刻，`p.grad` 里已经有东西**。健康的循环里那里是空的。这是它和损失曲线的差别：曲线是后果，这里看到的是原因。（有人故意攒几次 backward 才走一步，叫梯度累积；那不算，监控只看每一步的**第一次** backward。）
#
# 所以规则排了先后：先是**事实**（旧梯度、没注册的参数、模式、报错），几乎不用看任务；后是**从曲线读出来的**（停滞、太好、太坏），要结合任务想一想。`diagnose` 把最有把握的排在最前面。

# %% [markdown] lang="en" of="2b7a5f95.6eac4648"
# `zero_grad` is gone. Gradients pile up, and each step follows the **sum of all gradients since the beginning**; the gradient norm climbs, the weights grow and grow, in the end most gate values are saturated, and the loss is that of guessing.
#
# From these curves alone it might be an explosion, or too large a learning rate. The monitor measured one thing more, and that settles it: **when backward begins, there is something in `p.grad` already**. In a healthy loop it is empty. This is how it differs from a loss curve: curves are consequences, here you see the cause. (Some collect several backward passes for one step on purpose, which is called gradient accumulation; that is another matter, and the monitor looks at the **first** backward of a step alone.)
#
# So the rules have an order: first **facts** (old gradient, parameters not registered, modes, error messages), which hardly depend on the task; then what is **read off curves** (stuck, too good, too bad), which needs some thought about the task. `diagnose` puts the most certain first.

# %% [markdown] name="ward" covers=["A-07"]
# ## 14.6 查房
#
# 病房里有十六个病人，每个都是一次很小的训练，程序里只种了一处错；另有三个健康的：变长打包带 dropout 的分类、接着读的语言模型、有趋势的预测。规则是拿别的种子调好的，下面的三个种子它没有见过。
#
# 要算诊断正确，**第一条**发现就得是那个病；健康的，一条也不许有。

# %% [markdown] lang="en" of="d02ceeff.bea14aad"
# ## 14.6 Ward round
#
# There are sixteen patients on the ward, each a very small training with one fault planted in its program. Three more are healthy: a classifier with sequences of different lengths, packed, with dropout; a language model that reads on; a forecast with a trend. The rules were tuned with other seeds; they have not seen the three below.
#
# A diagnosis counts as right if the **first** finding is that fault; of the healthy, none may have any finding.

# %% name="bet-ward"
predict("Q14")

# %% name="ward-code" covers=["A-07"]
SEEDS = 10, 11, 12
sick_runs, healthy_runs = {}, {}
for seed in progress(SEEDS, "病房 || ward"):
    for patient in ward.PATIENTS:
        sick_runs[patient, seed] = ward.run(patient.program, seed)
    for program in ward.HEALTHY:
        healthy_runs[program, seed] = ward.run(program, seed)


def first_finding(monitor):
    findings = diagnose(monitor)
    return findings[0].name if findings else None


found = {seed: sum(first_finding(sick_runs[patient, seed]) == patient.rule
                   for patient in ward.PATIENTS) for seed in SEEDS}
alarms = sum(first_finding(run) is not None for run in healthy_runs.values())
for patient in ward.PATIENTS:
    hits = [first_finding(sick_runs[patient, seed]) == patient.rule for seed in SEEDS]
    print(f"{sum(hits)}/3", language.side(patient.fault))

# %% name="ward-claim" covers=["A-07"]
cured_runs = {patient: ward.run(patient.program, seed=10, cured=True)
              for patient in progress(ward.PATIENTS, "治好之后 || cured")}
still = sum(first_finding(run) is not None for run in cured_runs.values())
claim("Q14", min(found.values()) == 16 and alarms == 0, least=min(found.values()),
      alarms=alarms, healthy=len(healthy_runs))
claim("Q14-control", not still > 0, still=still)

# %% [markdown] name="ward-meaning"
# 别急着佩服。规则就是照着这十六段程序调出来的，换种子只查得出它**稳不稳**，查不出它认不认得别的程序；病人也是我们种下的，一人只有一种病，真的训练常常几样一起来。能信的是两件小一些的事：规则看的是病因留下的痕迹，把那几行治好（一个种子，十六个都查过），就一条发现也没有了；没病的，它不乱叫。（测试里还有别的健康训练：别的宽度、别的优化器、梯度累积，也都没有发现。）
#
# 也不是每一样都写在损失曲线上。十六个里：
#
# * **一个**根本没有曲线：没有 detach，第二段就报错，读错误信息就够了；
# * **八个**看的是事实：旧梯度，没注册的参数，模式，裁剪的上限守住没有，裁剪后方向变没变，填充上的梯度，带过去的状态后面接的是不是同一条流，验证输入的均值。训练损失完全可能很漂亮；
# * **六个**要看曲线：饱和、权重缩短、太好、太坏、指标不动、记不住；
# * **一个**两样都要：轴对调看的是损失不动，加上循环层收到的形状。

# %% [markdown] lang="en" of="ee896bc5.b7681917"
# Do not be too impressed. The rules were made for these very sixteen programs, so new seeds show how **stable** they are and not whether they know other programs; and we planted the faults, one to a patient, while real trainings often have several at a time. What can be trusted is less: rules look at traces that causes leave, and with those few lines cured (one seed, all sixteen) there is no finding at all any more; and where nothing is wrong, they keep quiet. (The tests have further healthy trainings, of other sizes, with other optimizers and with gradient accumulation, and no finding either.)
#
# Nor is everything written in the loss curve. Of the sixteen,
#
# * **one** has no curve at all: without detach the second chunk raises an error, and reading the message is enough;
# * **eight** are found by facts: old gradient, unregistered parameters, modes, the clipping limit, the direction after clipping, gradient on padding, whether a state is followed by its own stream, the mean of the validation inputs. The training loss may look beautiful;
# * **six** take a look at curves: saturation, shrinking weights, too good, too bad, a metric that stands still, a short memory;
# * **one** takes both: swapped axes show in a loss that does not move, together with the shapes that the layer receives.

# %% [markdown] name="page-intro" covers=["A-05"]
# ### 换你来查房
#
# 十九张床，次序打乱了，里面有没病的。先只看曲线下注；拿不准，再做化验；最后下诊断，看治法。键盘：Tab 换，空格选。
#
# 1. 先找那几个损失一动不动、停在瞎猜的。只看曲线，你分得开它们吗？要哪一项化验？
# 2. 找一个损失很漂亮、却有病的。
# 3. 有一床只有一个点。为什么？

# %% [markdown] lang="en" of="0b83b7da.4151f19f"
# ### Your turn to do the round
#
# Nineteen beds in mixed order, some with nothing wrong. Make up your mind from the curves; if in doubt, order tests; then diagnose and see the cure. Keyboard: Tab to move, space to choose.
#
# 1. Look for those whose loss never leaves the level of guessing. Can you tell them apart by their curves? Which test do you need?
# 2. Find one with a beautiful loss that is ill all the same.
# 3. One bed has a single dot. Why?

# %% name="page" tags=["nbval-ignore-output"] covers=["A-05", "A-07"]
beds = [ward.chart(sick_runs[patient, 10], cured_runs[patient], patient)
        for patient in ward.PATIENTS]
beds += [ward.chart(healthy_runs[program, 10]) for program in ward.HEALTHY]
mixed = torch.randperm(len(beds), generator=torch.Generator().manual_seed(5)).tolist()
Explorer("ward", charts=[beds[k] for k in mixed], height=640)

# %% [markdown] name="mix" covers=["A-07"]
# ## 14.7 两个一样的病人：推一推，看谁动
#
# 两个病人的损失都停在 $\ln 4$，梯度都活着，门都在 0.5 附近。一个的 `nn.LSTM` 忘了 `batch_first=True`，一个要记四十步而遗忘门还是默认的。监控分开它们靠的是形状：轴对调的，验证时批变大，循环层的**步数**跟着变大了。要是验证的批和训练的一样大，这条规则就哑了。曲线和形状都分不开，就**推一下**：只改第 0 个样本的输入，看别的样本的输出动不动。样本之间本该互不相干。

# %% [markdown] lang="en" of="51ffa1d6.393bb763"
# ## 14.7 Two patients alike: push one, see who moves
#
# Two patients have a loss that stays at $\ln 4$, gradients that are alive and gates near 0.5. One has an `nn.LSTM` without `batch_first=True`; the other has to remember forty steps with the default forget gate. The monitor told them apart by shapes: with swapped axes, a larger batch in validation gave the layer more **steps**. Had the validation batch been as large as the training batch, that rule would have been dumb. Where neither curves nor shapes tell, give a **push**: change the input of sample 0 alone and see whether the outputs of the others move. Samples are none of each other's business.

# %% name="mix-figure-code" covers=["A-07"]
by_rule = {patient.rule: sick_runs[patient, 10] for patient in ward.PATIENTS}
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8))
for rule, name in (("axes", "轴对调 || axes swapped"),
                   ("memory", "遗忘门偏置默认 || default forget bias")):
    left.plot(by_rule[rule].loss, label=name)
    right.plot(by_rule[rule].looks, by_rule[rule].gate_mean("f"))
left.axhline(torch.tensor(4.0).log().item(), color="gray", linestyle=":")
left.set(xlabel="步 || step", ylabel="损失 || loss", ylim=(1.2, 1.6))
left.legend()
right.set(xlabel="步 || step", ylabel="遗忘门的平均 || mean forget gate", ylim=(0, 1))
plt.show()

# %% name="bet-mix"
predict("Q14-mix")

# %% name="mix-code" covers=["A-07"]
@torch.no_grad()
def rows_mix(model, x):
    """第 0 个样本变了，别的样本的输出最多变多少 || By how much outputs of other samples move when sample 0 changes"""
    pushed = x.clone()
    pushed[0] += 1
    return (model(pushed) - model(x))[1:].abs().max().item()


torch.manual_seed(0)
right_axes = ward.Reader(4, 4).eval()
wrong_axes = ward.Reader(4, 4).eval()
wrong_axes.load_state_dict(right_axes.state_dict())                 # 权重相同 || same weights
wrong_axes.rnn.batch_first = False                                  # 只差这一处 || the one difference
x_some, _ = ward.first_symbol(6, 8, torch.Generator().manual_seed(0))
claim("Q14-mix", rows_mix(wrong_axes, x_some) > 1e-3,
      moved=rows_mix(wrong_axes, x_some))
claim("Q14-mix-control", not rows_mix(right_axes, x_some) > 1e-3,
      moved=rows_mix(right_axes, x_some))

# %% [markdown] name="mix-meaning"
# 两个网络权重一样，只差 `batch_first`。轴对调之后，LSTM 把**批**当成了时间，一个样本一个样本地往下传状态；样本 0 一动，别的也跟着动。形状 `(B, T, H)` 进，`(B, T, H)` 出，一点错都不报。
#
# 同样的一推，可以问许多问题：
#
# | 推哪里 | 哪里不该动 | 动了，说明 |
# |---|---|---|
# | 样本 0 的输入 | 别的样本的输出 | 轴对调；状态串了 |
# | 填充里的数 | 任何真的输出 | 读了填充，没有打包、没有掩码（第 9 章） |
# | 第 $t+1$ 步及以后的输入（不许看将来的任务） | 第 $t$ 步的输出 | 偷看将来：双向、没右移、因果掩码漏了（第 10、11 章） |
# | 测试集的数 | 训练时用的任何数 | 泄漏：缩放、选词表、挑模型用了测试集 |

# %% [markdown] lang="en" of="9525906e.3bb52277"
# The two networks have the same weights and differ in `batch_first` alone. With its axes swapped the LSTM takes the **batch** for time and hands its state from sample to sample; push sample 0, and others move. In goes `(B, T, H)`, out comes `(B, T, H)`, and not a word of complaint.
#
# The same push answers many questions:
#
# | push | what should not move | if it does |
# |---|---|---|
# | the input of sample 0 | outputs of other samples | axes swapped; a state leaks across |
# | the numbers in the padding | any real output | padding is read: no packing, no mask (Chapter 9) |
# | inputs from step $t+1$ on (where the future is not allowed) | the output of step $t$ | a look into the future: bidirectional, no shift, a causal mask with a hole (Chapters 10 and 11) |
# | numbers of the test set | any number used in training | a leak: scaling, vocabulary or choice of model saw the test set |

# %% [markdown] name="one-batch" covers=["A-07"]
# ## 14.8 先背下一批再说
#
# 最划算的检查：只拿**一批**，反复练，损失应当降到接近零。三十二个样本，参数多得多，背也背下来了。背不下来，毛病多半在模型、损失或优化器里，和数据多少、泛化好坏没有关系；很快就知道。（先关掉 dropout，学习率试两档，再看看这一批里有没有一样的输入、不同的标签。）
#
# 它查得出哪些病？拿四个病人试一试，先猜。

# %% [markdown] lang="en" of="62595314.10273734"
# ## 14.8 First learn one batch by heart
#
# The best value among all checks: take **one batch**, train on it again and again, and the loss should come close to zero. It is thirty-two samples against many more parameters; it can simply learn them by heart. If it cannot, the fault is most likely in the model, the loss or the optimizer, and has nothing to do with the amount of data or with generalisation. You know soon. (First switch dropout off, try two learning rates, and see whether the batch has equal inputs with different labels.)
#
# Which illnesses does it find? Try it on four; guess first.

# %% name="bet-one"
predict("Q14-one")

# %% name="one-batch-code" covers=["A-07"]
def one_batch(model, x, y, optimizer=None, steps=150):
    """在同一批上练 steps 步 -> 最后的损失 || Train on one and the same batch for `steps` steps -> the last loss"""
    optimizer = optimizer or torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    return loss.item()


class Twice(nn.Module):
    """多做了一次 softmax || One softmax too many"""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x).softmax(dim=1)


def swapped(model):
    model.rnn.batch_first = False
    return model


def memorised(seed):
    """各人背同一批，最后的损失 || Everybody learns the same batch: the last loss of each"""
    x, y = ward.first_symbol(32, 8, torch.Generator().manual_seed(seed))
    losses = {}
    for name in ("healthy", "softmax", "decay", "decoupled", "axes"):
        torch.manual_seed(seed)
        model, optimizer = ward.Reader(4, 4), None
        if name == "softmax":
            model = Twice(model)
        if name == "decay":
            optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=0.1)
        if name == "decoupled":                                         # 对照 || control
            optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
        if name == "axes":
            model = swapped(model)
        losses[name] = one_batch(model, x, y, optimizer)
    return losses


by_heart = [memorised(seed) for seed in range(3)]
names = {"healthy": "健康 || healthy", "softmax": "多一次 softmax || one softmax too many",
         "decay": "衰减 0.1 混进 Adam || decay 0.1 inside Adam",
         "decoupled": "AdamW，衰减 0.1 || AdamW, decay 0.1", "axes": "轴对调 || axes swapped"}
fig, ax = plt.subplots(figsize=(7, 2.4))
rows = {name: [losses[key] for losses in by_heart] for key, name in names.items()}
plotting.dot_rows(
    ax, rows, xlabel="背了 150 步之后的损失，三个种子 || loss after 150 steps, three seeds")
plt.show()
worst = {key: max(losses[key] for losses in by_heart) for key in names}
best = {key: min(losses[key] for losses in by_heart) for key in names}
claim("Q14-one", worst["axes"] < 0.1, axes=worst["axes"], healthy=worst["healthy"])
claim("Q14-one-control", not min(best["softmax"], best["decay"]) < 0.1,
      softmax=best["softmax"], decay=best["decay"])

# %% [markdown] name="one-batch-meaning"
# 多一次 softmax 的有一道很特别的底：四类，最自信的 softmax 再 softmax 一次，损失最低也只能到 $\ln(1 + 3/e) = 0.744$（没到底的种子，这一批还没全对）。以后在别人的曲线上看到这个数，你就知道了。
#
# 衰减混进 Adam 的几乎没动：`Adam(weight_decay=λ)` 把 $\lambda\theta$ **加进梯度**，Adam 再把它放大成一大步，梯度一小，每一步就都在往零拉。AdamW 把衰减从梯度里拿了出来，直接从权重里减去 $\text{lr}\cdot\lambda\theta$；同样的 0.1，它背下来了。
#
# 轴对调的那个却**背下来了**：它偷看别的样本，照样记得住这三十二个。所以，背不下来，多半有病；背得下来，不等于没病。这项检查之后，还要推一推。

# %% [markdown] lang="en" of="f72c8b79.0043b17d"
# The one with a softmax too many has a peculiar floor: with four classes, the most confident softmax sent through another softmax cannot get a loss below $\ln(1 + 3/e) = 0.744$ (seeds that stay above it do not have all of the batch right yet). If ever you see this number on somebody's curve, you will know.
#
# With decay inside Adam hardly anything moves: `Adam(weight_decay=λ)` **adds** $\lambda\theta$ **to the gradient**, and Adam makes a full-size step of it, so that where the gradient is small every step pulls towards zero. AdamW takes the decay out of the gradient and subtracts $\text{lr}\cdot\lambda\theta$ from the weights; with the same 0.1 it does memorise the batch.
#
# The one with swapped axes **did** learn them by heart: it peeks at the other samples, and that serves just as well for remembering these thirty-two. So if it cannot memorise a batch, something is most likely ill; if it can, it need not be healthy. After this check comes the push.

# %% [markdown] name="shapes" covers=["A-07"]
# ## 14.9 形状和类型：一行断言
#
# 回归任务，网络输出 `(B, 1)`，目标是 `(B,)`。相减会怎样？广播（broadcasting）：`(B, 1)` 减 `(B,)` 得到 `(B, B)`，每个预测和**每个**目标都比了一遍。不报错，训练也往前走，走到哪里呢？斜率从 5 出发。

# %% [markdown] lang="en" of="b47ed443.b567ee76"
# ## 14.9 Shapes and types: one line of assert
#
# In a regression the network puts out `(B, 1)` and the target is `(B,)`. What is their difference? Broadcasting makes it `(B, B)`: every prediction is compared with **every** target. No error, and training goes on; to where? The slope starts at 5.

# %% name="bet-broadcast"
predict("Q14-broadcast")

# %% name="shapes-code" covers=["A-07"]
g = torch.Generator().manual_seed(0)
x_line = torch.randn(256, 1, generator=g, dtype=torch.float64)
y_line = 3 * x_line.squeeze(1)                                          # 一条直线 || a line


def slope(shape_of):
    """拟合 y = w x -> w；shape_of 决定目标的形状 || Fit y = w x -> w; shape_of decides the target's shape"""
    w = torch.full((1, 1), 5.0, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        ((x_line @ w - shape_of(y_line)) ** 2).mean().backward()        # (256, 1) - ?
        optimizer.step()
    return w.item()


def as_row(y):
    return y                                                            # (256,)


def as_column(y):
    return y.unsqueeze(1)                                               # (256, 1)


claim("Q14-broadcast", abs(slope(as_row)) < 0.3, slope=slope(as_row))
claim("Q14-broadcast-control", not abs(slope(as_column)) < 0.3, slope=slope(as_column))

# %% [markdown] name="shapes-meaning" covers=["A-07"]
# 真的斜率是 3，从 5 出发，它一路走过 3，学成了几乎 0：每个预测都要对全体目标，最好的办法是谁也不偏，都猜目标的平均值；这里平均值约是 0，最好的斜率也就约是 0。一行断言，写在损失前面就能拦住。按任务选一行：
#
# ```python
# assert scores.shape == y.shape, (scores.shape, y.shape)               # 回归
# assert scores.shape == (B, C) and y.shape == (B,) and y.dtype == torch.int64   # 分类
# assert scores.shape == (B, C, T) and y.shape == (B, T)                # 每步都分类：类在第 1 轴
# assert x.is_floating_point() and not x.isnan().any()
# ```
#
# `F.mse_loss` 遇到形状不一样会给一个警告；自己写的减法没有。把这一条警告当成错误：`warnings.filterwarnings("error", message="Using a target size")`。

# %% [markdown] lang="en" of="9cba9292.2879a0e8"
# The true slope is 3; starting at 5 it went past 3 and on to almost 0. Held against all targets, a prediction does best to favour none and be their mean; the mean is about 0 here, and so is the best slope. One line of assert before the loss stops that. Take the one for your task:
#
# ```python
# assert scores.shape == y.shape, (scores.shape, y.shape)               # regression
# assert scores.shape == (B, C) and y.shape == (B,) and y.dtype == torch.int64   # classes
# assert scores.shape == (B, C, T) and y.shape == (B, T)                # a class at every step: axis 1
# assert x.is_floating_point() and not x.isnan().any()
# ```
#
# `F.mse_loss` warns when shapes differ; a subtraction of your own does not. Make that one warning an error: `warnings.filterwarnings("error", message="Using a target size")`.

# %% [markdown] name="gradcheck" covers=["A-07"]
# ## 14.10 自己写的梯度：查一查
#
# 第 3 章用有限差分查过反向传播。torch 自带这个工具：`torch.autograd.gradcheck`，双精度，一个输入一个输入地比。自己写 `autograd.Function`、自己写反向传播的时候，先过它这一关。

# %% [markdown] lang="en" of="739b8b6c.bb3fbc5d"
# ## 14.10 A gradient of your own: check it
#
# Chapter 3 checked back-propagation by finite differences. Torch has a tool for it: `torch.autograd.gradcheck`, in double precision, input by input. Whenever you write an `autograd.Function` or a backward pass of your own, send it through this first.

# %% name="gradcheck-code" covers=["A-07"]
class Tanh(torch.autograd.Function):
    """tanh，自己写的反向传播 || tanh with a backward pass of one's own"""

    @staticmethod
    def forward(ctx, x):
        h = torch.tanh(x)
        ctx.save_for_backward(h)
        return h

    @staticmethod
    def backward(ctx, grad):
        (h,) = ctx.saved_tensors
        return grad * (1 - h**2)


class WrongTanh(Tanh):
    @staticmethod
    def backward(ctx, grad):
        (h,) = ctx.saved_tensors
        return grad * (1 - h)                           # 少了平方 || the square is missing


probe = torch.linspace(-1, 1, 5, dtype=torch.float64, requires_grad=True)


def passes(function):
    return torch.autograd.gradcheck(function.apply, probe, raise_exception=False)


claim("Q14-check", passes(Tanh))
claim("Q14-check-control", not passes(WrongTanh))

# %% [markdown] name="anomaly" covers=["A-07"]
# ## 14.11 nan 从哪里来？
#
# nan 会传染：一处出现，几步之内到处都是，报出来的地方离源头很远。更恼人的是，前向的数全都正常，nan 却从反向传播里冒出来。比如一个全零的样本，求它的长度：

# %% [markdown] lang="en" of="e89e76b4.44e840a1"
# ## 14.11 Where does a nan come from?
#
# A nan is contagious: once there, it is everywhere within a few steps, and is noticed far from its source. More annoying still, all numbers of the forward pass may be fine and the nan comes out of the backward pass. Take the length of a sample that is all zeros:

# %% name="anomaly-code" covers=["A-07"]
def lengths_of(x):
    return (x**2).sum(dim=1).sqrt()                                     # (B,)


def safe_lengths_of(x):
    return ((x**2).sum(dim=1) + 1e-12).sqrt()


def nan_share(function):
    """梯度里 nan 占几成 || share of nan in the gradient"""
    x = torch.tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
    function(x).sum().backward()
    return x.grad.isnan().double().mean().item()


x_zero = torch.tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
show("前向 || forward", lengths_of(x_zero).detach())
with warnings.catch_warnings():
    warnings.simplefilter("ignore")     # 别处不要这样，见下 || not elsewhere, see below
    try:
        with torch.autograd.detect_anomaly():
            lengths_of(x_zero).sum().backward()
    except RuntimeError as error:
        print(error)
claim("Q14-nan", nan_share(lengths_of) == 0.5, share=nan_share(lengths_of))
claim("Q14-nan-control", not nan_share(safe_lengths_of) > 0,
      share=nan_share(safe_lengths_of))

# %% [markdown] name="anomaly-meaning" covers=["A-07"]
# 前向是 5 和 0，毫无异样；可是 $\sqrt{u}$ 在 0 处的斜率是无穷大，乘上 $2x = 0$，就是 nan。`detect_anomaly` 让反向传播每走一步都查一遍，报出是**哪一种运算**（这里先查到的是平方），还会给一条警告，写明它在前向的哪一行。（上面把警告关掉了，因为里面有这台机器的路径；你自己用的时候要看它。）它很慢，只在找病因时开。治法是在根号里加一个很小的数，或者用 `torch.linalg.vector_norm`，它在 0 处的梯度就是 0。同类的还有 `log(0)`、`0/0`、以及整行都被掩码遮住的 softmax。

# %% [markdown] lang="en" of="f0f7d189.90eadf83"
# The forward pass gives 5 and 0, nothing odd; but $\sqrt{u}$ has an infinite slope at 0, and times $2x = 0$ that is nan. `detect_anomaly` makes backward look at every step, names **the kind of operation** (here the square, where it is first found) and tells in a warning which line of the forward pass it came from. (The warning is silenced above, as it holds paths of this machine; when you use it, read it.) It is slow: switch it on only to find a cause. The cure is a tiny number under the root, or `torch.linalg.vector_norm`, whose gradient at 0 is 0. Of the same kind are `log(0)`, `0/0`, and a softmax with all of a row masked.

# %% [markdown] name="seed" covers=["A-07"]
# ## 14.12 再来一次，要一模一样
#
# 时有时无的病最难治。先让它能重现：种子定住，同一台机器上两次运行应当一个比特也不差。数据的次序、初始权重、dropout，默认都从 torch 的同一个全局骰子里掷，谁多掷一次，后面的全变；所以给数据一个自己的 `torch.Generator`。Python 的 `random` 和 NumPy 另有各自的种子。

# %% [markdown] lang="en" of="4fe1f116.2c3dee6c"
# ## 14.12 Once more, exactly as before
#
# A fault that comes and goes is the hardest to cure, so make it repeatable: with the seed set, two runs on one machine should agree to the last bit. By default the order of the data, initial weights and dropout all throw the same global die of torch: one throw more anywhere, and everything after it changes. So give the data a `torch.Generator` of their own. Python's `random` and NumPy have seeds of their own.

# %% name="seed-code" covers=["A-07"]
once, again = (ward.run(ward.HEALTHY[0], seed=0).loss for _ in range(2))
other = ward.run(ward.HEALTHY[0], seed=1).loss


def differing(a, b):
    """不同的步数 || in how many steps two runs differ"""
    return sum(u != v for u, v in zip(a, b))


claim("Q14-seed", differing(once, again) == 0, steps=differing(once, again))
claim("Q14-seed-control", not differing(once, other) == 0, steps=differing(once, other))

# %% [markdown] name="seed-meaning" covers=["A-07"]
# 换一台机器、换一个线程数，最后几位可以不同（加法的次序变了），再往后就越走越远：这不是病。GPU 上还要 `torch.use_deterministic_algorithms(True)`，有些运算会因此报错或变慢。
#
# **最小重现清单**：求助之前，一样一样地砍，每砍一样，看病还在不在。
#
# 1. 种子定住；两次运行一样。
# 2. 数据换成一批，最好是十行随机数；病还在，就和数据无关。
# 3. 模型砍到一层、`H = 4`、`T = 3`；CPU；双精度。
# 4. 去掉 dropout、裁剪、学习率表、混合精度，一次去一样。
# 5. 写成一个文件，从 `import` 到出错，三十行以内；印出 `torch.__version__`。
# 6. 写三句话：我做了什么，我以为会看到什么，我看到了什么。
#
# 多半走到第 4 步，你自己就看见了。

# %% [markdown] lang="en" of="8dcdbf3e.6b71008d"
# On another machine, or with another number of threads, the last digits may differ (sums are added in another order) and then drift apart: no illness. On a GPU you also need `torch.use_deterministic_algorithms(True)`; some operations then raise an error or get slower.
#
# **A checklist for a minimal reproduction**: before asking for help, cut away one thing at a time and see whether the fault is still there.
#
# 1. Seed set; two runs agree.
# 2. One batch instead of the data, ideally ten rows of random numbers; if the fault stays, the data are innocent.
# 3. The model down to one layer, `H = 4`, `T = 3`; CPU; double precision.
# 4. No dropout, no clipping, no learning rate schedule, no mixed precision; remove one at a time.
# 5. One file from `import` to the fault, in thirty lines; print `torch.__version__`.
# 6. Three sentences: what I did, what I expected, what I saw.
#
# Mostly you see it yourself by the time you reach 4.

# %% [markdown] name="order" covers=["A-07"]
# ## 14.13 一个循环，每一行都有位置
#
# 病房里有好几种病，是把一行写在了错的地方。把第 3 章的截断、第 4 章的裁剪、第 9 章的早停装进一个循环，次序是这样：

# %% [markdown] lang="en" of="73b99a30.43a749f1"
# ## 14.13 One loop, and a place for every line
#
# Several of the ward's illnesses are a line in the wrong place. Put truncation from Chapter 3, clipping from Chapter 4 and early stopping from Chapter 9 into one loop, and this is the order:

# %% name="order-code" covers=["A-07"]
def train_stream(model, optimizer, x, y, chunk, clip):
    """x (B, T, I), y (B, T) -> 每段的损失 || x (B, T, I), y (B, T) -> the loss of each chunk"""
    model.train()                                   # 1 可能还在 eval || 1 may be in eval
    losses, state = [], None                        # 2 流的开头 || 2 the stream begins
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        scores, state = model(xb, state)            # 3 接着上一段读 || 3 reads on
        # 4 给分数，不是概率 || 4 scores, not probabilities
        loss = F.cross_entropy(scores.transpose(1, 2), yb)
        optimizer.zero_grad()                       # 5 backward 之前 || 5 before backward
        loss.backward()                             # 6 这时才有梯度 || 6 gradients are there
        # 7 之后才有东西可裁；所有参数一起 || 7 now they can be clipped, all together
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()                            # 8 用裁过的 || 8 with the clipped ones
        state = tuple(part.detach() for part in state)   # 9 h 和 c 都要 || 9 both h and c
        losses.append(loss.item())                  # 一个数，不带图 || a number, no graph
    return losses


torch.manual_seed(0)
model = ward.Teller(6, 6)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
short = ward.chain(16, 26, torch.Generator().manual_seed(0))            # (16, 26)
x_short, y_short = F.one_hot(short[:, :-1], 6).float(), short[:, 1:]
losses = train_stream(model, optimizer, x_short, y_short, chunk=10, clip=1.0)
show("25 步，每段 10 步：损失的个数 || 25 steps in chunks of 10: number of losses", len(losses))

# %% [markdown] name="order-meaning" covers=["A-07"]
# 三段，不是两段：`split` 把剩下的 5 步也给你，自己写下标的人常把它丢掉。第 9 行两样都要：LSTM 的状态是一对，只 detach 了 $h$，$c$ 还牵着上一段的图。
#
# 早停（第 9 章 9.11 节有代码）也有几处容易写错，一句一句对：和**最好的**比，不是和上一次比；好过最好的还不够，要好过 `min_delta` 那么多才算；一有进步，计数**归零**；权重要存**一份拷贝**（`state_dict()` 给的是活的张量，训练下去它跟着变；用 `copy.deepcopy`，或逐个 `clone`），停下以后**取回来**。

# %% [markdown] lang="en" of="aa31db78.4dfd3f58"
# Three chunks, not two: `split` gives you the remaining 5 steps as well, which those who write indices by hand tend to drop. Line 9 needs both: an LSTM's state is a pair, and with $h$ alone detached, $c$ still holds on to the graph of the last chunk.
#
# Early stopping (its code stands in section 9.11) has its own places to go wrong. Check them one by one: compare with the **best**, not with the last; better than the best is not enough, it has to be better by more than `min_delta`; any progress sets the count **back to zero**; keep **a copy** of the weights (`state_dict()` gives you the living tensors, which change as training goes on; use `copy.deepcopy`, or `clone` each), and **load it back** when you stop.

# %% name="early-code" covers=["A-07"]
layer = nn.Linear(1, 1)
living = layer.state_dict()
copied = {name: value.clone() for name, value in layer.state_dict().items()}
with torch.no_grad():
    layer.weight += 1                                                   # 又训练了一步 || one more step
moved_living = (living["weight"] - copied["weight"]).item()
claim("Q14-copy", abs(moved_living - 1) < 1e-6, moved=moved_living)
claim("Q14-copy-control", not (copied["weight"] - (layer.weight - 1)).abs() > 1e-6,
      moved=(copied["weight"] - (layer.weight - 1)).abs().item())

# %% [markdown] name="take-home" covers=["A-06"]
# ## 14.14 带回家
#
# 用 `fit` 训练时，把损失函数让监控“听着”就行，循环一行不改：

# %% [markdown] lang="en" of="f0aeb429.301884b5"
# ## 14.14 Take it home
#
# With `fit`, let the monitor hear the loss function; no line of the loop changes:

# %% name="take-home-code" covers=["A-06"]
g = torch.Generator().manual_seed(3)
x_read, y_read = ward.first_symbol(640, 6, g)
rows = torch.utils.data.TensorDataset(x_read, y_read)
train_rows, val_rows = torch.utils.data.random_split(rows, [512, 128], generator=g)
lessons = torch.utils.data.DataLoader(train_rows, 32, shuffle=True, generator=g)
exam = torch.utils.data.DataLoader(val_rows, 128)


def read_loss(model, batch):
    xb, yb = batch
    return F.cross_entropy(model(xb), yb)


torch.manual_seed(0)
model = ward.Reader(4, 4, layer=nn.GRU)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
monitor = Monitor(model, optimizer, clip=1.0, every=5)
history = fit(model, monitor.hear(read_loss), lessons, epochs=6, clip=1.0,
              optimizer=optimizer, validation=exam, label="GRU")
monitor.close()
monitor.figure()
plt.show()
show("发现 || findings", len(diagnose(monitor)))

# %% [markdown] name="take-home-meaning" covers=["A-06"]
# 想在浏览器里看，装上 `tensorboard`，再给它一个文件夹，它就用 TensorBoard 的格式写日志：
#
# ```python
# monitor = Monitor(model, optimizer, clip=1.0, log_dir="runs/gru")
# # 另开一个终端：tensorboard --logdir runs
# ```
#
# 两处都写了 `clip=1.0`：`fit` 负责裁，监控只查有没有守住。别的章里用 `fit` 的地方，也可以这样听一听。它的开销用 `python benchmarks/monitor.py` 量（`H = 64`，每十步看一次门）。

# %% [markdown] lang="en" of="4a30640c.ec2b1f1c"
# To watch in a browser, install `tensorboard` and give it a folder; it then writes logs in TensorBoard's format:
#
# ```python
# monitor = Monitor(model, optimizer, clip=1.0, log_dir="runs/gru")
# # in another terminal: tensorboard --logdir runs
# ```
#
# `clip=1.0` stands in both: `fit` does the clipping, the monitor checks that the limit is kept. Any `fit` of other chapters can be listened to in this way. What it costs is measured by `python benchmarks/monitor.py` (`H = 64`, a look at the gates every ten steps).

# %% [markdown] name="reference" covers=["A-07"]
# ## 14.15 查阅：症状、病因、治法
#
# 这张表不必背，病了来查。先从上往下找**看到的**。
#
# | 看到 | 多半因为 | 接着量 | 治法 |
# |---|---|---|---|
# | `Trying to backward through the graph a second time` | 状态没有 detach | `state[0].requires_grad` | 每段末尾 `detach`，h 和 c 都要 |
# | `modified by an inplace operation` | 前向存下的张量被改了 | `detect_anomaly` | 不用 `+=`、`x[...] =`，另造一个 |
# | 损失 nan | 学习率大；爆炸；log(0) | 前一步的梯度范数；`detect_anomaly` | 裁剪；降学习率；加一个很小的数 |
# | 第一步的损失不是 $\ln C$ | 初值或输入太大；类数不对；`reduction="sum"` | 打印分数的标准差 | 默认初始化；标准化输入 |
# | 损失不动，停在瞎猜 | 轴对调；记不住；标签和输入没对上 | 推一推样本 0；缩短 $T$ | `batch_first=True`；遗忘门偏置 1 以上 |
# | 背不下一批 | 损失、优化器、模型三者之一 | 逐样换成现成的 | 见 14.8 |
# | 都答对了，损失还很高 | 多一次 softmax；标签平滑 | 分数每行加起来是不是 1 | 把分数直接交给 `cross_entropy` |
# | 损失几乎是零，用起来不行 | 没右移；答案漏进了输入 | `(inputs == targets).float().mean()` | 输入 `[:, :-1]`，目标 `[:, 1:]` |
# | 梯度一步步变大，权重变长 | 忘了 `zero_grad` | backward 之前的 `p.grad` | 补上 |
# | 裁剪后仍超过上限 | 裁剪写在 backward 之前 | 裁剪函数返回的范数 | 移到 backward 和 step 之间 |
# | 裁剪之后方向变了 | 按值裁剪；只裁了一部分 | 前后梯度的余弦 | `clip_grad_norm_`，全部参数 |
# | 有的参数从不变 | 放在普通列表里 | 数一数 `parameters()` | `nn.ModuleList` |
# | 一开头门就饱和 | 初值大；输入没缩放 | 输入的标准差 | 默认初始化；标准化输入 |
# | 权重一路缩短，损失不降 | Adam 里的 `weight_decay` | 换 AdamW 再跑 | AdamW |
# | 短的样本格外差 | 读了填充 | 落在填充上的梯度 | 打包，或按长度取 |
# | 训练损失忽然变好，验证变差 | 停在 eval，dropout 关了 | `model.training` | 每轮开头 `model.train()` |
# | 验证时好时坏，重跑不一样 | 验证时 dropout 开着 | 同一批算两次 | `model.eval()` |
# | 带着状态，训练却学得慢 | 批是打乱的 | 零状态再算一次损失 | 不带状态，或不打乱 |
# | 验证好，上线差 | 缩放、选词表用了测试集 | 输入的均值和标准差 | 只在训练集上 fit |
# | 正确率一直 95 % | 类别不平衡 | 总猜多数类得几分 | AUC、召回率、每类分开看 |
# | 训练好，验证差 | 过拟合 | 两条损失的距离 | 第 9 章：早停、dropout、更多数据 |
# | 两次运行不一样 | 有骰子没定住 | 逐步比较损失 | 种子；数据自己的 Generator |

# %% [markdown] lang="en" of="cf4cea49.ab866407"
# ## 14.15 For reference: symptom, cause, cure
#
# Not to be learnt by heart; come back when something is ill. Read down the first column for **what you see**.
#
# | seen | likely because | measure next | cure |
# |---|---|---|---|
# | `Trying to backward through the graph a second time` | the state was not detached | `state[0].requires_grad` | `detach` at the end of a chunk, both h and c |
# | `modified by an inplace operation` | a tensor kept for backward was changed | `detect_anomaly` | no `+=` and no `x[...] =`; make a new one |
# | loss is nan | learning rate; explosion; log(0) | gradient norm one step earlier; `detect_anomaly` | clip; lower the rate; add a tiny number |
# | the first loss is not $\ln C$ | initial weights or inputs too large; wrong number of classes; `reduction="sum"` | standard deviation of the scores | default initialisation; standardise inputs |
# | loss stuck at guessing | axes swapped; memory too short; labels that do not belong to their inputs | push sample 0; shorten $T$ | `batch_first=True`; forget bias above 1 |
# | cannot memorise one batch | loss, optimizer or model | replace each by a known one | see 14.8 |
# | all right, yet the loss is high | one softmax too many; label smoothing | do rows of scores add up to 1? | give scores to `cross_entropy` as they are |
# | loss near zero, useless in use | no shift; the answer is in the input | `(inputs == targets).float().mean()` | inputs `[:, :-1]`, targets `[:, 1:]` |
# | gradient and weights grow and grow | `zero_grad` is missing | `p.grad` before backward | put it in |
# | above the limit after clipping | clipping stands before backward | the norm that clipping returns | between backward and step |
# | clipping changes the direction | by value; only some parameters | cosine of before and after | `clip_grad_norm_`, all parameters |
# | some parameters never change | they are in a plain list | count `parameters()` | `nn.ModuleList` |
# | gates saturated from the start | initial weights; inputs not scaled | standard deviation of inputs | default initialisation; standardise |
# | weights shrink, loss stays | `weight_decay` in Adam | the same with AdamW | AdamW |
# | short samples do badly | padding is read | gradient that arrives on padding | pack, or read at the length |
# | training loss suddenly better, validation worse | left in eval, no dropout | `model.training` | `model.train()` at the start of an epoch |
# | validation changes from run to run | dropout on while validating | one batch twice | `model.eval()` |
# | state handed on, slow learning | batches are shuffled | the loss from a zero state | no state, or no shuffling |
# | fine in validation, bad in use | scaling or vocabulary saw the test set | mean and deviation of inputs | fit on training data alone |
# | accuracy is 95 % all the time | uneven classes | the score of always guessing the majority | AUC, recall, each class by itself |
# | good in training, bad in validation | overfitting | distance of the two losses | Chapter 9: early stopping, dropout, more data |
# | two runs differ | some dice are not fixed | compare losses step by step | seeds; a Generator for the data |

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 坏掉的训练很少报错；一条损失曲线分不清学会和作弊，多挂几样仪器。
# 2. 规则只给嫌疑人：看到什么，多半因为什么，接着量什么。推一推，一次只改一样。
# 3. 先背下一批，再谈泛化；先能重现，再谈修。

# %% [markdown] lang="en" of="921b4611.5ca2ea56"
# ## Three lines to remember
#
# 1. A broken training seldom raises an error, and a loss curve cannot tell learning from cheating: attach more instruments.
# 2. Rules name suspects: what was seen, what it is likely to be, what to measure next. Give a push, and change one thing at a time.
# 3. First memorise one batch, then talk of generalisation; first reproduce, then repair.

# %% [markdown] name="bets-intro"
# ## 你的赌注
#
# 这一章的每一注，连同下注时的把握，都列在下面；最有把握却错了的排在最前面。

# %% [markdown] lang="en" of="3388a8ce.0f9c6e25"
# ## Your bets
#
# Every bet of this chapter, and how sure you were when you placed it; those you were sure of and lost come first.

# %% name="bets"
bets_summary("14")

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。

# %% [markdown] lang="en" of="bca85a98.6867b7a7"
# ## Self-check
#
# Answer without looking back.

# %% name="quiz" covers=["A-03"]
quiz("14-self-check")

# %% [markdown] name="next" covers=["X-02"]
# ## 接下来
#
# 轮到你写了：[练习 E13 · 会报病情的训练循环](../../exercises/zh/E13_training_loop.ipynb)。一个截断的训练循环、一个早停，二十一种写错的办法等着你避开。

# %% [markdown] lang="en" of="5337fd39.cf3ea129"
# ## What next
#
# Your turn: [Exercise E13 · A training loop that tells how it feels](../../exercises/en/E13_training_loop.ipynb). One loop with truncation, one early stopping, and twenty-one ways of getting them wrong to steer clear of.
