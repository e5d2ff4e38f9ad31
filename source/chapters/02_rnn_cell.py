# ---
# jupyter:
#   course:
#     chapter: "02"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["A-10"]
# # 第 2 章 循环单元
#
# **阅读 25 分钟 · 动手 40 分钟 · 练习 30 分钟 · 难度 ⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 不看资料写出循环单元的公式，并说出每个符号的形状和它在 PyTorch 里的名字；
# 2. 把一个单元沿时间展开，自己写的循环和 `nn.RNN` 只差舍入误差；
# 3. 从零训练一个会拼英文名字的循环神经网络（recurrent neural network, RNN），并且知道和“数一数字母”的老办法相比，它赢在哪里、没赢在哪里。
#
# 需要的基础：会用 PyTorch 训练一个前馈网络，知道矩阵乘法的形状怎么对。

# %% [markdown] lang="en" of="36a2d771.98ac8f95"
# # Chapter 2. The recurrent cell
#
# **25 min reading · 40 min at the keyboard · 30 min exercise · difficulty ⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. write the recurrent cell from memory, with the shape of every symbol and its name in PyTorch;
# 2. unroll one cell through time in a loop of your own that matches `nn.RNN` up to rounding;
# 3. train a recurrent neural network (RNN) that spells first names, and say where it beats counting letters and where it does not.
#
# You need to have trained a feed-forward net in PyTorch and to be comfortable with the shapes in a matrix product.

# %% name="setup"
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
import matplotlib.pyplot as plt

from course_utils import data, language, plotting
from course_utils.checks import claim, show
from course_utils.explore import Explorer, bets_summary, live, packed, predict, quiz
from course_utils.training import fit, sample_texts

language.use("中文 || English")      # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()                     # 全课统一的画图风格 || the plotting style of this course
torch.set_num_threads(1)             # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，都来自你已经会的东西。先在心里答，再点选项。

# %% [markdown] lang="en" of="b194a0af.3fc3b7f3"
# ## Warm-up
#
# Three questions about things you already know. Answer in your head first, then click.

# %% name="recall" covers=["A-03"]
quiz("02-recall")

# %% [markdown] name="half-a-name" covers=["C-13"]
# ## 2.1 读到一半的名字
#
# `e l i z a b e _`：下一个字母是什么？你多半会说 **t**。现在换一种情形：名字才开了个头，`e _`，你只读到这一个 e。这回心里没底了：可能是 l、m、r、d……（本章末尾，训练好的网络会亲自回答这两问。）
#
# 两次最后读到的都是 e，不同的是你**记得什么**。要预测下一个字母，网络得带着一样东西往前走：读到目前为止的内容，压缩成一个长度固定的向量。这个向量叫**隐藏状态**（hidden state），记作 $h_t$。
#
# 这很像传话游戏：每个人听到新的一句，和上一个人传来的话揉在一起，再传给下一个人。比喻有用，但只对一半。传话的人会换，每人有每人的走样方式；RNN 里从头到尾是**同一个人**，用同一套规则揉了一遍又一遍。至于“传着传着就丢了”，到底丢的是信息，还是训练时的梯度，那是第 4 章要测量的事。

# %% [markdown] lang="en" of="92f3f34e.7c95c09b"
# ## 2.1 Half a name
#
# `e l i z a b e _`: which letter comes next? You will probably say **t**. Now suppose a name has only just begun, `e _`, and that one e is all you have read. Suddenly you are not so sure. It could be l, m, r, d… (At the end of the chapter a trained network will answer both questions itself.)
#
# The last letter read is an e both times. What differs is what you **remember**. To predict the next letter a network has to carry something along: all it has read so far, squeezed into one vector of fixed length. That vector is the **hidden state**, written $h_t$.
#
# It is a bit like a game of telephone: each player hears something new, blends it with what the previous player passed on, and hands over the result. The analogy helps, but it is only half right. In the game the players differ, and each garbles in a way of their own; in an RNN the **same player** sits in every seat and applies the same rule again and again. And what is it that gets lost along the way: information, or the gradient during training? Chapter 4 measures that.

# %% [markdown] name="fold" covers=["C-12", "C-14", "!3", "A-05"]
# ## 2.2 折起来，展开来
#
# RNN 只有一个单元 $A$：它吃进当前输入 $x_t$ 和上一步的状态 $h_{t-1}$，吐出新的状态 $h_t$。画成一个带回环的方框是“折叠”的样子；把每个时间步各画一份，就是“展开”的样子。两张图说的是同一个网络。
#
# 动手之前先猜，再用下面的页面验证：
#
# 1. 把序列长度从 3 拉到 12，参数个数变成几倍？
# 2. 只改 $x_3$，哪些状态会变？$h_1$、$h_2$ 呢？
# 3. 按“下一个操作”走完一个时间步的四个动作：读入 $x_t$ → 合并（$x_t$ 和 $h_{t-1}$ 各乘各的权重，再相加）→ 用 tanh 压缩 → 输出 $y_t$。哪一个动作用到了过去？

# %% [markdown] lang="en" of="79ca7d80.94983113"
# ## 2.2 Folded and unfolded
#
# An RNN has a single cell $A$: it takes the current input $x_t$ and the previous state $h_{t-1}$, and returns the new state $h_t$. Drawn as one box with a loop, the network is "folded"; drawn once for each time step, it is "unfolded". Both drawings show the same network.
#
# Guess first, then check with the page below:
#
# 1. Stretch the sequence from 3 steps to 12. By what factor does the number of parameters grow?
# 2. Change $x_3$ alone. Which states change? What about $h_1$ and $h_2$?
# 3. Press "Next operation" to walk through the four actions of one time step: receive $x_t$ → combine ($x_t$ and $h_{t-1}$, each times its own weights, added up) → squash with tanh → emit $y_t$. Which of them uses the past?

# %% name="fold-explorer"
Explorer("fold")

# %% [markdown] name="fold-answers"
# <details><summary>核对</summary>
#
# 1. 一个也没多（1 倍）：页面上写着的参数个数与 $T$ 无关。
# 2. $h_3$ 和它之后的全部状态；$h_1$、$h_2$ 在读到 $x_3$ 之前就算完了。
# 3. 第二个，合并：只有那里出现了 $h_{t-1}$。
#
# </details>

# %% [markdown] lang="en" of="acca2609.b8561750"
# <details><summary>Check your answers</summary>
#
# 1. It does not grow at all (a factor of 1): the count on the page does not depend on $T$.
# 2. $h_3$ and every state after it; $h_1$ and $h_2$ were finished before $x_3$ was read.
# 3. The second, combine: it is the only one in which $h_{t-1}$ occurs.
#
# </details>

# %% [markdown] name="graph-note"
# 页面里的展开图值得在纸上自己画一遍。资料里常见的毛病有三种：没有画 $h_0$；把 $h_t$ 画在 $x_t$ 的下方，好像状态是从输入直接流出来的；或者让箭头从一个输入指向下一个输入。正确的画法里，每个 $A$ 恰好有**两个入口**（下方的 $x_t$、左边的 $h_{t-1}$），而输入之间没有任何箭头。$W_h$ 写在进入 $A$ 的箭头上，因为状态是在进入下一步时才乘上它的（页面里为了省地方，把 $W_h$ 画进了 $A$，状态的数值列成一张表放在最下面；那张表不是图的一部分）；$y_t$ 则由 $h_t$ 乘 $W_y$ 得来。

# %% [markdown] lang="en" of="cbd60ee4.5d0ed2ad"
# Draw the unfolded graph once on paper. Versions in circulation often go wrong in one of three ways: they leave out $h_0$; they hang $h_t$ below $x_t$ as if the state flowed straight out of the input; or they point an arrow from one input to the next. Drawn properly, each $A$ has exactly **two inputs** ($x_t$ from below, $h_{t-1}$ from the left), and no arrow runs from one $x$ to the next. $W_h$ is written on the arrow into $A$, since the state is multiplied by it on entering the next step (to save room the page draws $W_h$ inside $A$ and lists the numbers of the state in a table at the bottom, which is not part of the graph); $y_t$ is computed from $h_t$ with $W_y$.

# %% name="graph"
plotting.unrolled_graph(4)
plt.show()

# %% [markdown] name="formula" covers=["C-02", "C-03", "C-04"]
# ## 2.3 公式，以及每个符号的形状
#
# 四个动作写成两行：
#
# $$h_t = \tanh(\underbrace{W_x x_t}_{\text{新来的}} + \underbrace{W_h h_{t-1}}_{\text{记得的}} + b), \qquad y_t = \varphi(W_y h_t + b_y)$$
#
# 公式说的是**一个**样本，$x_t$ 是一列，形状 $(I,)$。代码一次算一批，每个样本占一**行**；把 $W x$ 躺平，就是 $(W x)^\top = x^\top W^\top$，所以代码里写成 `x_t @ W_x.T`。
#
# 下表是全课统一的记号，形状按一批来写：$B$ 是批大小，$T$ 是步数，$I$、$H$、$O$ 分别是每步输入、状态、输出里有几个数。最右一列是它在 PyTorch 里的名字（`ih` 是 input→hidden，`hh` 是 hidden→hidden，`l0` 是第 0 层）。
#
# {symbols: x_t; h_t; y_t; W_x; W_h; b; W_y; b_y; \tanh; \varphi}
#
# 三处容易看走眼。第一，`nn.RNN` 只算到 $h_t$，**没有**输出层；你看到的 `out` 是全部时间步的 $h_t$，不是 $y_t$。第二，公式从 1 数起，Python 从 0 数起：`out[:, 0]` 是 $h_1$，$h_0$ 不在 `out` 里。第三，有的书把输出层的偏置写作 $c$；这门课把 $c_t$ 留给第 5 章的 LSTM。

# %% [markdown] lang="en" of="089571ec.50b794a7"
# ## 2.3 The formula, and the shape of every symbol
#
# The four actions in two lines:
#
# $$h_t = \tanh(\underbrace{W_x x_t}_{\text{what is new}} + \underbrace{W_h h_{t-1}}_{\text{what is remembered}} + b), \qquad y_t = \varphi(W_y h_t + b_y)$$
#
# The formula speaks of **one** sample, with $x_t$ a column of shape $(I,)$. Code handles a whole batch, one sample per **row**; laid on its side, $W x$ reads $(W x)^\top = x^\top W^\top$, which is why the code says `x_t @ W_x.T`.
#
# The notation below holds for the whole course, with shapes for a batch: $B$ is the batch size, $T$ the number of steps; $I$, $H$ and $O$ are how many numbers there are in the input of one step, in the state and in the output. The last column is what PyTorch calls the thing (`ih` is input→hidden, `hh` hidden→hidden, `l0` layer 0).
#
# {symbols: x_t; h_t; y_t; W_x; W_h; b; W_y; b_y; \tanh; \varphi}
#
# Three things are easily misread. First, `nn.RNN` stops at $h_t$; it has **no** output layer. The `out` it returns is every $h_t$, not $y_t$. Second, the formula counts from 1 and Python from 0: `out[:, 0]` is $h_1$, and $h_0$ is not in `out`. Third, some books write $c$ for the output bias; this course keeps $c_t$ for the LSTM of Chapter 5.

# %% [markdown] name="loop" covers=["C-01"]
# ## 2.4 自己写一遍循环
#
# 公式有两行，代码也差不多。我们直接借用 `nn.RNN` 的权重，好在最后和它对答案。公式里的一个 $b$，在 PyTorch 里存成了两份，`bias_ih_l0` 和 `bias_hh_l0`，用的时候加在一起，所以下面会看到两个偏置。

# %% [markdown] lang="en" of="4d996569.7780b3b1"
# ## 2.4 Write the loop yourself
#
# The formula has two lines, and the code is hardly longer. We borrow the weights of an `nn.RNN`, so that we can compare answers with it at the end. The formula's single $b$ is kept by PyTorch in two parts, `bias_ih_l0` and `bias_hh_l0`, which are added together; that is why you see two biases below.

# %% name="loop-code" covers=["C-02"]
def rnn_loop(x, h, rnn):
    """逐步运行循环单元。
    x (B, T, I), h (B, H) -> 全部隐藏状态 (B, T, H) || Run the cell step by step.
    x (B, T, I), h (B, H) -> all hidden states (B, T, H)"""
    states = []
    for x_t in x.unbind(dim=1):                                            # x_t (B, I)
        new = x_t @ rnn.weight_ih_l0.T + rnn.bias_ih_l0                    # (B, H)
        remembered = h @ rnn.weight_hh_l0.T + rnn.bias_hh_l0               # (B, H)
        h = torch.tanh(new + remembered)                                   # (B, H)
        states.append(h)
    return torch.stack(states, dim=1)                                      # (B, T, H)


torch.manual_seed(0)
B, T, I, H = 2, 5, 3, 4
rnn = nn.RNN(I, H, batch_first=True).double()
x = torch.randn(B, T, I, dtype=torch.float64)                              # (B, T, I)
h0 = torch.randn(B, H, dtype=torch.float64)                                # (B, H)

mine = rnn_loop(x, h0, rnn)                                                # (B, T, H)
out, h_n = rnn(x, h0.unsqueeze(0))  # (B, T, H), (1, B, H)
print("out", tuple(out.shape), " h_n", tuple(h_n.shape))

# %% [markdown] name="loop-shapes"
# 看看形状。`out` 是每一步的状态；`h_n` 是最后一步的状态，最前面多出来的 1 是“层数 × 方向数”（这里都是 1；多层和双向的网络见第 8 章）。初始状态也要这个 1，所以写成 `h0.unsqueeze(0)`。还有一个默认值，常有人栽在这里：不写 `batch_first=True` 时，PyTorch 把第 0 维当作**时间**。如果你不传初始状态，它一声不吭，`out` 的形状一模一样，数值却全错：

# %% [markdown] lang="en" of="59a7fc59.fda4157a"
# Look at the shapes. `out` holds the state at every step, `h_n` the state after the last one; its leading 1 is "layers × directions" (one each here; stacked and two-way networks come in Chapter 8). The initial state wants that 1 as well, hence `h0.unsqueeze(0)`. One default trips people up: without `batch_first=True` PyTorch takes dimension 0 to be **time**. If you pass no initial state it does not complain; `out` has the very same shape, and its values are wrong throughout:

# %% name="batch-first"
forgot = nn.RNN(I, H).double()                           # 忘了 batch_first=True || batch_first=True forgotten
forgot.load_state_dict(rnn.state_dict())
theirs, right = forgot(x)[0], rnn(x)[0]
print("形状相同吗？ || same shape?", theirs.shape == right.shape)
print("数值相同吗？ || same values?", torch.allclose(theirs, right))

# %% name="bet-parity"
predict("Q2a")

# %% name="parity" covers=["C-02"]
gap = (mine - out).abs().max()
claim("Q2a", gap < 1e-12, gap=gap)
claim("Q2a-last", torch.equal(out[:, -1], h_n[0]))                # 最后一步就是 h_n || the last step is h_n
claim("Q2a-last-control", not torch.equal(out[:, 0], h_n[0]))     # 第一步不是 || the first is not

transposed = nn.RNN(I, H, batch_first=True).double()
W_h = rnn.weight_hh_l0.detach()
transposed.load_state_dict({**rnn.state_dict(), "weight_hh_l0": W_h.T.contiguous()})
# W_h 转置一下就不行了 || transpose W_h and it is off
claim("Q2a-control", (rnn_loop(x, h0, transposed) - out).abs().max() > 1e-2)

# %% [markdown] name="parity-meaning"
# 只剩舍入误差。`nn.RNN` 里没有藏别的东西：它就是这个循环，只是写得快一些。带“对照”字样的两行是**对照**（negative control），比如把 $W_h$ 转置，形状一点没变，结果却对不上了。今后凡是“两种写法相等”的断言，都要配一个会让它失败的对照，否则你不知道这个检查是不是永远都会通过。

# %% [markdown] lang="en" of="6a473f5e.4056084b"
# Rounding and nothing else. There is no further secret inside `nn.RNN`: it is this loop, written to run faster. The two lines marked "control" are **negative controls**. One of them transposes $W_h$: although every shape still fits, the results no longer agree. Whenever this course claims that two things are equal, it also shows a case where the claim fails. Without one you cannot know whether the check is able to fail at all.

# %% [markdown] name="sharing" covers=["C-07"]
# ## 2.5 三步和三百步，参数一样多
#
# “展开后的每个 $A$ 是同一个网络”，这句话可以验证：权重只有一份，序列再长也不会多出来。拿一个前馈网络作比较，它把整条序列首尾相接，一次读完。

# %% [markdown] lang="en" of="a37dfc12.b2d51d3c"
# ## 2.5 Three steps or three hundred: the same parameters
#
# "Every $A$ in the unfolded graph is the same network" is a statement we can test: there is one set of weights, and a longer sequence adds none. For comparison, take a feed-forward net that reads the whole sequence at once, laid end to end.

# %% name="bet-sharing"
predict("Q2b")

# %% name="sharing-code" covers=["C-07", "C-14"]
def count(module):
    return sum(p.numel() for p in module.parameters())


def recurrent(T):
    return nn.RNN(I, H, batch_first=True)


def feed_forward(T):
    return nn.Sequential(nn.Flatten(), nn.Linear(T * I, H), nn.Tanh())


for steps in (3, 300):
    print(f"T = {steps}:  nn.RNN {count(recurrent(steps))}",
          f"  nn.Linear {count(feed_forward(steps))}")
claim("Q2b", count(recurrent(300)) == count(recurrent(3)), factor=1)
claim("Q2b-control", count(feed_forward(300)) > 50 * count(feed_forward(3)))

short, long = torch.randn(1, 3, I), torch.randn(1, 300, I)
layer = recurrent(3)
# 同一个 layer 读长短两条序列 || one layer reads both
print("h_n:", tuple(layer(short)[1].shape), tuple(layer(long)[1].shape))

# %% [markdown] name="sharing-meaning"
# 同一个层，既读 3 步，也读 300 步，交出来的状态一样大。第 1 章说过 RNN 的三条基本性质，**参数共享**（同一个 $A$）和**长度不限**现在亲手验证过了；第一条，**有记忆**（$h_t$），到 2.7 节把状态拿走再看。前馈网络的第一层却要跟着长度变大，而且第 5 步学到的东西，到第 6 步又得从头学起。
#
# 一份权重用上许多次，还有一个后果：训练时，每一步都会对**同一份** $W_h$ 提出修改意见，这些意见要加起来。第 3 章就来算这笔账。

# %% [markdown] lang="en" of="d0e9b453.aacad177"
# The same layer reads 3 steps or 300 and hands over a state of the same size. Chapter 1 named three basic properties of an RNN. Two of them you have now checked: **shared parameters** (one $A$) and **any length**. The first, **memory** ($h_t$), is tested in section 2.7 by taking the state away. The feed-forward net's first layer has to grow with the sequence, and what it has learnt about position 5 it must learn afresh for position 6.
#
# Using one set of weights many times has another consequence: in training, every step has its say on how the **same** $W_h$ should change, and all those votes are added up. Chapter 3 does the sums.

# %% [markdown] name="sample" covers=["C-15", "X-01", "!4"]
# ## 2.6 一份流传很广的示例代码，两个毛病
#
# 下面这个 NumPy 类是教程里最常见的写法之一：短小、好读，拿来理解前向计算正合适。先让它跑起来。

# %% [markdown] lang="en" of="1adb5ae3.538f269b"
# ## 2.6 A popular code sample and its two weaknesses
#
# The NumPy class below is one of the commonest in tutorials: short, readable, and well suited to showing the forward pass. Let us run it first.

# %% name="sample-code" covers=["C-15", "X-01"]
class SimpleRNN:
    def __init__(self, input_size, hidden_size, output_size, rng):
        self.Wx = rng.standard_normal((hidden_size, input_size)) * 0.01     # (H, I)
        self.Wh = rng.standard_normal((hidden_size, hidden_size)) * 0.01    # (H, H)
        self.Wy = rng.standard_normal((output_size, hidden_size)) * 0.01    # (O, H)
        self.bh = np.zeros((hidden_size, 1))
        self.by = np.zeros((output_size, 1))

    def forward(self, inputs):  # inputs (T, I)
        h = np.zeros((self.Wh.shape[0], 1))                                 # (H, 1)
        outputs = []
        for x in inputs:
            h = np.tanh(self.Wx @ x.reshape(-1, 1) + self.Wh @ h + self.bh)
            outputs.append(self.Wy @ h + self.by)                           # (O, 1)
        return outputs, h


rng = np.random.default_rng(0)
sample = SimpleRNN(input_size=10, hidden_size=20, output_size=5, rng=rng)
sequence = rng.standard_normal((20, 10))                                    # (T, I)
outputs, h = sample.forward(sequence)
print(len(outputs), outputs[-1].shape, h.shape)

# %% [markdown] name="weakness-one"
# **毛病一：它只会前向。** 类里没有反向传播，NumPy 也不会替你求导，所以它一步也训练不了。修法很简单：把同样的计算交给 torch。下面先确认两者的前向结果相同，再让 torch 求一次梯度。

# %% [markdown] lang="en" of="0e074c3e.44545efc"
# **Weakness one: it only runs forward.** The class has no backward pass and NumPy will not differentiate for you, so it cannot take a single training step. The cure is to hand the same computation to torch. First we make sure that both forward passes agree, then we ask torch for a gradient.

# %% name="repair" covers=["!4"]
def torch_twin(sample):
    """权重与 SimpleRNN 相同的 nn.RNN || An nn.RNN with the weights of a SimpleRNN"""
    H, I = sample.Wx.shape
    twin = nn.RNN(I, H, batch_first=True).double()
    weights = {"weight_ih_l0": sample.Wx, "weight_hh_l0": sample.Wh,
               # 两份偏置，一份就够 || two biases, one is enough
               "bias_ih_l0": sample.bh[:, 0], "bias_hh_l0": np.zeros(H)}
    twin.load_state_dict({name: torch.from_numpy(w) for name, w in weights.items()})
    return twin


twin = torch_twin(sample)
final = twin(torch.from_numpy(sequence).unsqueeze(0))[1]                    # (1, 1, H)
final.sum().backward()


def apart(states):                                                          # (H, 1)
    return np.abs(final[0, 0].detach().numpy() - states[:, 0]).max()


claim("Q2c-same", apart(h) < 1e-12)
# 少读一步就不同 || one step fewer, and they differ
claim("Q2c-same-control", not apart(sample.forward(sequence[:-1])[1]) < 1e-12)
gradient = twin.weight_hh_l0.grad
print("NumPy 有 .grad 吗？ || does NumPy have .grad?", hasattr(sample.Wh, "grad"))
print("torch 的 .grad || torch's .grad", tuple(gradient.shape))

# %% [markdown] name="weakness-two"
# **毛病二：0.01 的初始化。** 注释里常说“实际应用中会用更好的初始化”，可是不说会坏到什么程度。我们来量一量：第 $T-k$ 步的状态如果动了一点点，第 $T$ 步的状态会跟着动多少？
#
# 量法很朴素。同一段输入读两遍：一遍照常；另一遍读到第 $T-k$ 步时，把状态推开一小段，长 0.001，再接着读。到第 $T$ 步，看两边相差多远，除以 0.001，就是这一推**还剩几成**。
#
# 状态有 20 个数，往哪个方向推都可以。我们推 1,000 个随机的方向，取剩得最多的那一个。

# %% [markdown] lang="en" of="0df17dce.fffdf0a5"
# **Weakness two: initialising with 0.01.** Comments in such samples tend to say that real code uses something better, but not how bad it is. Let us measure: nudge the state at step $T-k$ a little; how far does the state at step $T$ move?
#
# The method is plain. Read the same input twice: once as it is, and once pushing the state aside at step $T-k$ by a distance of 0.001 before reading on. At step $T$, see how far apart the two have ended up and divide by 0.001: that is **what is left** of the nudge.
#
# A state of 20 numbers can be pushed in any direction. We try 1,000 random ones and keep the one of which most is left.

# %% name="bet-init"
predict("Q2c")

# %% name="nudges" covers=["!4"]
@torch.no_grad()
def left_of_a_nudge(rnn, x, lags, length=0.001):
    """k 步之前推一下，现在最多还剩几成，k 取遍 lags。
    x (T, I) -> 列表 || What is left, at most, of a nudge k steps ago, for each k in lags.
    x (T, I) -> list"""
    generator = torch.Generator().manual_seed(0)
    nudges = torch.randn(1000, rnn.hidden_size, dtype=x.dtype, generator=generator)
    nudges *= length / nudges.norm(dim=1, keepdim=True)              # (1000, H)
    left = []
    for k in lags:
        h = rnn(x[:-k])[1]                                           # h_{T-k} (1, H)
        untouched = rnn(x[-k:], h)[1]                                # h_T     (1, H)
        rest = x[-k:].expand(1000, -1, -1)                           # (1000, k, I)
        nudged = rnn(rest, (h + nudges).unsqueeze(0))[1][0]          # (1000, H)
        left.append((nudged - untouched).norm(dim=1).max().item() / length)
    return left


torch.manual_seed(0)
# PyTorch 的默认初始化 || PyTorch's default initialisation
default = nn.RNN(10, 20, batch_first=True).double()
lags = range(1, 13)
tiny = left_of_a_nudge(twin, torch.from_numpy(sequence), lags)
usual = left_of_a_nudge(default, torch.from_numpy(sequence), lags)
repaired = torch_twin(sample)                       # 只换 W_h || only W_h is replaced
with torch.no_grad():
    repaired.weight_hh_l0.copy_(default.weight_hh_l0)
only_W_h = left_of_a_nudge(repaired, torch.from_numpy(sequence), lags)

fig, ax = plt.subplots(figsize=(6, 3))
ax.semilogy(lags, usual, "s--", label="PyTorch 默认 || PyTorch default")
ax.semilogy(lags, only_W_h, "^:",
            label="小权重，只有 $W_h$ 用默认 || small weights, default $W_h$")
ax.semilogy(lags, tiny, "o-", label="小权重（0.01 ×） || small weights (0.01 ×)")
ax.set_xlabel("推在几步之前，$k$ || steps since the nudge, $k$")
ax.set_ylabel("还剩的比例（1,000 个方向里最多的） || what is left (the most in 1,000 directions)")
ax.legend()
plt.show()

show("1、2、5 步之前，小权重 || 1, 2, 5 steps ago, small weights", tiny[0], tiny[1], tiny[4], digits=2)
show("1、2、5 步之前，默认 || 1, 2, 5 steps ago, default", usual[0], usual[1], usual[4], digits=2)
claim("Q2c", tiny[9] < 1e-12, left=tiny[9])
# 只换 W_h：输入、W_x、偏置都不变 || only W_h is replaced: same input, W_x and biases
claim("Q2c-control", not only_W_h[9] < 1e-12, left=only_W_h[9])

# %% [markdown] name="influence-meaning"
# 图上两条线都近似直线，纵轴却是对数：每退一步，剩下的就按倍数缩小。小权重的那一条掉得飞快：一步之前的一推，试过的方向里最多剩 0.07；十步之前的，一万亿分之一都不到（最右端的弯折是舍入误差）。**在训练之前**，这个网络名义上有记忆，其实连上一步都快听不见了。
#
# 默认初始化好得多；只把 $W_h$ 换成默认的（虚点线），别的照旧，也就好了：毛病出在 $W_h$ 太小。可它也在往下掉。掉得快慢由什么决定、怎样才能不掉，是第 4 章的主题（那里有更锋利的工具；这里的“推一下”够用了）。
#
# 常有人接着说：“所以 0.01 的网络**学不会**记东西。”这是另一句话：开头看不远，不等于永远看不远，训练会改权重。到底学不学得会，2.7 节训练完就来押注。

# %% [markdown] lang="en" of="c498345c.70952d4e"
# Both curves are close to straight lines, and the axis is logarithmic: each step back shrinks what is left by a factor. The curve of the small weights drops like a stone. Of a nudge one step ago 0.07 is left in the best of the directions tried; of one ten steps ago, less than a trillionth (the kink at the far right is rounding error). **Before training**, this network has a memory in name only: it can barely hear the step before.
#
# The default initialisation does far better. So does the dotted line, where $W_h$ alone is the default one: what was wrong is that $W_h$ is too small. Yet they fall as well. What sets the slope, and how to keep the line level, is the subject of Chapter 4 (which has sharper tools; here a nudge will do).
#
# People often go on: "so a network initialised with 0.01 **cannot learn** to remember." That is another statement. Not to see far at the start is not never to see far: training changes the weights. Whether it learns, we shall bet on at the end of section 2.7.

# %% [markdown] name="train" covers=["C-16"]
# ## 2.7 在真实数据上训练：拼名字
#
# 数据是 1990 年美国人口普查里出现过的英文名字（公有领域）。任务：读到任意位置，预测下一个字母；名字读完时，预测“结束”。输入和目标是同一串字母，错开一位：
#
# | 步 $t$ | 1 | 2 | 3 | 4 | 5 |
# |---|---|---|---|---|---|
# | 输入 | `<bos>` | e | m | m | a |
# | 目标 | e | m | m | a | `<eos>` |
#
# 名字分成三份：**训练集**用来学；**验证集**（validation set）在训练途中看效果，轮数、学习率之类的选择都看它；**测试集**只在最后考一次。拿测试集来做选择，分数就会虚高：你挑中的，是碰巧在这份考卷上走运的那一个。
#
# `<bos>` 是“开头”，编号 1；`<eos>` 是“结束”，编号 2。名字有长有短，短的在后面填上 `<pad>`（编号 0）；相应的目标写作 −100，`cross_entropy` 默认跳过它。

# %% [markdown] lang="en" of="e9e4e556.09e90639"
# ## 2.7 Training on real data: spelling names
#
# The data are the first names that occurred in the US census of 1990 (public domain). The task: wherever you are in a name, predict the next letter; after the last one, predict "end". Input and target are the same letters, shifted by one:
#
# | step $t$ | 1 | 2 | 3 | 4 | 5 |
# |---|---|---|---|---|---|
# | input | `<bos>` | e | m | m | a |
# | target | e | m | m | a | `<eos>` |
#
# The names come in three parts. The network learns from the **training set**. The **validation set** is looked at along the way: whatever there is to choose, such as the number of epochs or the learning rate, is chosen on it. The **test set** is for one exam at the end. Make choices on the test set, and the score comes out too good: what you pick is whichever model happened to be lucky on that paper.
#
# `<bos>` marks the beginning (number 1) and `<eos>` the end (number 2). Short names are filled up with `<pad>` (number 0); the targets there are −100, which `cross_entropy` skips by default.

# %% name="names"
train, validation, test = data.name_splits()
vocabulary = data.Vocabulary.of(data.first_names())
print(len(train), len(validation), len(test), "个名字 || names,", len(vocabulary), "种符号 || symbols")

inputs, targets = data.shifted_batch(["emma", "al"], vocabulary)
print(inputs)                                                # (B, T)，0 是填充 || (B, T), 0 is padding
print(targets)  # -100 不计损失 || -100 does not count in the loss

# %% [markdown] name="baseline"
# ### 先立一条基线
#
# 没有基线（baseline）的成绩没有意义。最朴素的对手是 **n-gram**：数一数前 $n-1$ 个字母之后，各个字母出现过多少次；再把更短的组合也掺进来，越少见的组合掺得越多。它不用训练，数一遍就好。成绩用“每个字母多少比特”（bits per character）衡量：平均要问多少个是非题，才能猜出下一个字母，越小越好。（PyTorch 的交叉熵用自然对数，单位是奈特；除以 $\ln 2$ 就是比特。）

# %% [markdown] lang="en" of="96cdad1d.eef46a7d"
# ### First, a baseline
#
# A score means nothing without a baseline. The simplest one is an **n-gram**: count which letters have followed each group of $n-1$ letters; then mix in the shorter groups, all the more where a group is rare. It needs no training, only one pass of counting. Scores are in bits per character: how many yes/no questions it takes, on average, to guess the next letter. Less is better. (PyTorch's cross-entropy uses natural logarithms, in nats; divide by $\ln 2$ for bits.)

# %% name="ngrams"
ngram = {n: data.ngram_bits_per_char(train, test, n) for n in (1, 2, 3, 4, 5)}
for n, bits in ngram.items():
    show(f"{n}-gram（比特/字母） || {n}-gram (bits per character)", bits)


def groups(n):
    """名字里出现过的 n 字母组合；^ 表示开头之前，$ 表示结束 || the groups of n letters in the names; ^ is before the beginning, $ the end"""
    marked = ["^" * (n - 1) + name + "$" for name in train]
    return {name[i:i + n] for name in marked for i in range(len(name) - n + 1)}


for n in (3, 4, 5):
    print(f"{n}-gram:", len(groups(n)), "种组合，各记一个数 || groups, with a count for each")

# %% [markdown] name="model"
# ### 模型：一屏看完
#
# 词向量（embedding）把字母变成向量，RNN 读过去，线性层给出下一个字母的得分。它就是 2.3 节的两行公式，其中 $\varphi$ 取 softmax，已经包含在交叉熵里。代码里的 $E$ 是词向量的长度，$V$ 是符号的个数。训练交给 `fit`：它就是你熟悉的那个循环，一批一批地算损失、反向传播、更新，顺手记下每一轮的损失。三个种子加上一个对照，要跑上一会儿。

# %% [markdown] lang="en" of="77a4b045.c1ab5a81"
# ### The model, on one screen
#
# An embedding turns letters into vectors, the RNN reads them, a linear layer scores the next letter. It is the two-line formula of section 2.3, with softmax for $\varphi$, folded into the cross-entropy loss. In the code $E$ is the length of an embedding and $V$ the number of symbols. Training is left to `fit`, the loop you know (a batch, its loss, backward, an update), which also notes the loss of each epoch. With three seeds and a control it takes a little while.

# %% name="model-code"
class NameModel(nn.Module):
    """remember=False 是对照：每一步都从零状态开始 || remember=False is the control: every step starts from a zero state"""

    def __init__(self, symbols, embedding=24, hidden=128, remember=True):
        super().__init__()
        self.remember = remember
        self.embed = nn.Embedding(symbols, embedding)
        self.rnn = nn.RNN(embedding, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, symbols)

    def forward(self, inputs):                          # (B, T)
        x = self.embed(inputs)                          # (B, T, E)
        if not self.remember:
            x = x.reshape(-1, 1, x.shape[2])            # B·T 条序列，各 1 步 || B·T sequences of 1 step
        states, _ = self.rnn(x)
        return self.readout(states.reshape(*inputs.shape, -1))      # (B, T, V)


def cross_entropy(model, batch):
    letters, following = batch                          # (B, T), (B, T)
    scores = model(letters).transpose(1, 2)             # (B, V, T)
    return F.cross_entropy(scores, following)


print(count(NameModel(len(vocabulary))), "个参数 || parameters")

# %% name="bet-names"
predict("Q2d")

# %% name="training" covers=["X-02"]
def collate(texts):
    return data.shifted_batch(texts, vocabulary)


def trained(seed, label, remember=True, start=None):
    """训练一个拼名字的网络；start 在训练之前改动循环层 || Train a network that spells names; start may change its recurrent layer first"""
    torch.manual_seed(seed)
    model = NameModel(len(vocabulary), remember=remember)
    if start is not None:
        start(model.rnn)
    batches = torch.utils.data.DataLoader(train, batch_size=32, shuffle=True,
                                          collate_fn=collate)
    history = fit(model, cross_entropy, batches, epochs=12, lr=2e-3,
                  validation=[collate(validation)], label=f"{label}, {seed}")
    return model, history


@torch.no_grad()
def exam(model):
    """测试集，每个字母多少比特 || On the test set, bits per character"""
    model.eval()
    nats = cross_entropy(model, collate(test)).item()
    return nats / math.log(2)                           # 奈特换成比特 || nats to bits


runs = [trained(seed, "RNN") for seed in (0, 1, 2)]
bits = [exam(model) for model, _ in runs]
controls = [trained(seed, "不记得 || forgetful", remember=False) for seed in (0, 1, 2)]
forgetful, forgetful_history = controls[0]
forgetful_bits = min(exam(model) for model, _ in controls)

claim("Q2d", max(bits) < ngram[3] - 0.1,
      RNN=max(bits), trigram=ngram[3], fourgram=ngram[4])
claim("Q2d-level", sum(abs(b - ngram[4]) < 0.1 for b in bits) >= 2,
      RNN=max(bits), fourgram=ngram[4])
# 只拿掉状态，就退回 2-gram || the state taken away, and nothing else: back to the 2-gram
claim("Q2d-control", not forgetful_bits < ngram[3] - 0.1,
      without_state=forgetful_bits, bigram=ngram[2])
claim("Q2d-level-control", not abs(forgetful_bits - ngram[4]) < 0.1)

# %% name="scores" tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(6, 3))
curves = {f"RNN，种子 {seed} || RNN, seed {seed}": history
          for seed, (_, history) in enumerate(runs)}
curves["不记得（对照） || forgetful (control)"] = forgetful_history
for label, history in curves.items():
    bits_at = [loss / math.log(2) for loss in history.validation]
    ax.plot(range(1, 13), bits_at, marker="o", markersize=3, label=label)
for n in (2, 3, 4):
    level = data.ngram_bits_per_char(train, validation, n)
    ax.axhline(level, color="0.4", linestyle=":", linewidth=1)
    ax.text(12.7, level, f"{n}-gram", va="bottom", color="0.3")
ax.set(xlabel="轮 || epoch", xticks=range(1, 13), xlim=(0.5, 14.2), ylim=(2.6, 4.1),
       ylabel="验证集，比特/字母 || validation, bits per character")
ax.legend(loc="upper center", ncols=2)
plt.show()
print("测试集，比特/字母 || test set, bits per character")
print("  RNN", *(f"{b:.2f}" for b in bits), "  不记得 || forgetful", f"{forgetful_bits:.2f}",
      "  2-, 3-, 4-gram", *(f"{ngram[n]:.2f}" for n in (2, 3, 4)))

# %% [markdown] name="train-meaning"
# 三个随机种子，次次胜过 3-gram，和 4-gram 打成平手（数字由训练得来，末位会因机器而异）。对照 `forgetful`（图上的“不记得”，也是三个种子，取最好的）参数一样多，训练也一样久，**只改了一样**：每一步都从零状态开始（$W_h$ 也就派不上用场了）。成绩立刻退回 2-gram 的水平。好出来的这一截，全靠 $h_t$。
#
# 也要看清没赢的部分：“数一数”就能做到同样好。刚才 5-gram 没有比 4-gram 更好，也许是再往前没有多少线索，也许是名字太少，五字母组合数不过来。眼下 RNN 的参数比 4-gram 的计数多得多。它的好处在别处：不用事先规定看几个字母；上下文再长，参数也一个不加，n-gram 的表却从三字母到五字母一路变大。等到要记的东西在几十步之外（第 4、7 章），n-gram 就无能为力了。

# %% [markdown] lang="en" of="2e87708a.c3635a68"
# Three seeds, ahead of the 3-gram every time, and level with the 4-gram (the numbers come from training, so their last digit may differ on your machine). The control, `forgetful` (the best of three seeds as well), has as many parameters and trains for just as long; **one thing was changed**: every step starts from a zero state (which leaves $W_h$ nothing to multiply). At once it is back where the 2-gram is. Everything gained beyond that is owed to $h_t$.
#
# See what was not won, too: counting does just as well. The 5-gram was no better than the 4-gram; either little is left to find further back, or there are too few names to count groups of five. Here the RNN has many more parameters than the 4-gram has counts. Its advantages lie elsewhere: nobody has to fix in advance how many letters it looks at, and a longer context adds no parameters, while the n-gram's table grows from three letters to five and beyond. Once the thing to remember lies dozens of steps back (Chapters 4 and 7), an n-gram has nothing to offer.

# %% [markdown] name="write-names" covers=["A-05"]
# ### 让它自己写名字
#
# 会猜下一个字母，就会写：给它 `<bos>`，它说出各个字母的概率，我们**照着概率抽一个**，再喂回去，直到抽中 `<eos>`。和第 1 章接写旋律是同一个循环，只是那里总取得分最高的音，这里掷骰子，所以每次写的都不同。循环收在 `sample_texts` 里。
#
# 训练过的网络写 1,000 个名字，会有多少个真有其名？

# %% [markdown] lang="en" of="5b8e9d8f.02200547"
# ### Let it write names of its own
#
# A network that can guess the next letter can also write: give it `<bos>`, it states the probability of every letter, we **draw one by these probabilities** and feed it back, until we draw `<eos>`. It is the loop that continued a tune in Chapter 1, except that there the note with the highest score was taken every time, while here we throw dice, and no two runs write the same. The loop is in `sample_texts`.
#
# Of 1,000 names written by the trained network, how many will be real ones?

# %% name="bet-write"
predict("Q2e")

# %% name="write" tags=["nbval-ignore-output"]
torch.manual_seed(0)
untrained = NameModel(len(vocabulary))
writers = {"未训练 || untrained": untrained, "不记得 || forgetful": forgetful,
           "RNN": runs[0][0]}
dice = torch.Generator().manual_seed(0)
for title, writer in writers.items():
    print(f"{title}:", ", ".join(sample_texts(writer, vocabulary, 12, dice)))

# %% name="write-claim"
real = set(data.first_names())


def written_by(model):
    return sample_texts(model, vocabulary, 1000, torch.Generator().manual_seed(1))


def share_of_real(model):
    return sum(name in real for name in written_by(model)) / 1000


shares = [share_of_real(model) for model, _ in runs]
claim("Q2e", all(0.08 < share < 0.3 for share in shares),
      least=min(shares), most=max(shares))
# 只差没有训练 || not trained, otherwise the same
claim("Q2e-control", not share_of_real(untrained) > 0.08)

# %% name="write-copies" tags=["nbval-ignore-output"]
seen, unseen = set(train), real - set(train)
for title, (model, _) in zip(("种子 0 || seed 0", "种子 1 || seed 1", "种子 2 || seed 2"), runs):
    names = written_by(model)
    print(title, "训练集里有的 || in the training set:", sum(name in seen for name in names),
          "  真有其名、训练时没见过 || real, never seen in training:",
          sum(name in unseen for name in names))


def spread(names):
    lengths = torch.tensor([float(len(name)) for name in names])
    return f"{lengths.mean():.1f} ± {lengths.std():.1f}"


print("名字的长度，平均 ± 标准差 || length of a name, mean ± standard deviation")
for title, writer in writers.items():
    print(f"  {title}", spread(written_by(writer)))
print("  真名字 || real names", spread(train))

# %% [markdown] name="write-meaning"
# 没训练的在乱敲键盘；`forgetful` 写得出像样的字母对，却不知道自己写了多久，长短比真名字散得多（上面最后几行）；RNN 写的多半念得出口。十个里只有一两个真有其名，其余是它**编**的。真名里也不全是见过的：每写 1,000 个，总有几个是训练时没见过、却真有人叫的（上面打印着）。它学到的是名字怎样拼，不是背下一张名单。挑几个最像的，念给朋友听听。第 5、6 章换了单元再写一次，看是不是更像。

# %% [markdown] lang="en" of="96e863d1.8d446832"
# Untrained, it hammers at the keyboard. `forgetful` gets pairs of letters right but has no idea how long it has been writing: the lengths scatter far more than those of real names (last lines above). Most of what the RNN writes can be said aloud. Only one or two in ten are real names; the rest are **made up**. Nor are the real ones all old acquaintances: in every 1,000 there are a few that it never saw in training and that people do bear (printed above). What it has learnt is how names are spelt, not a list of them. Read the best ones to a friend. Chapters 5 and 6 will write again with other cells, and we shall see whether they are any better.

# %% [markdown] name="faint"
# ### 欠下的一注：0.01，学得会吗？
#
# 2.6 节量过：用 0.01 初始化，训练之前几乎什么也传不过来。现在拿同一个 `NameModel`，**只把循环层重新初始化**：权重换成 0.01 × 标准正态，偏置设为 0。其余照旧。

# %% [markdown] lang="en" of="f32275cc.3d770bae"
# ### A bet still open: can it learn from 0.01?
#
# Section 2.6 found that, initialised with 0.01, a network passes almost nothing on before training. Now take the same `NameModel` and **re-initialise the recurrent layer, nothing else**: its weights are set to 0.01 × standard normal, its biases to 0. The rest stays as it was.

# %% name="bet-faint"
predict("Q2f")

# %% name="faint-claim"
def faint(rnn):
    for name, parameter in rnn.named_parameters():
        if name.startswith("weight"):
            nn.init.normal_(parameter, std=0.01)
        else:
            nn.init.zeros_(parameter)


torch.manual_seed(0)
at_first = NameModel(len(vocabulary))
faint(at_first.rnn)
faint_runs = [trained(seed, "小权重 || small weights", start=faint) for seed in (0, 1)]
faint_bits = [exam(model) for model, _ in faint_runs]
apart_bits = max(abs(f - b) for f, b in zip(faint_bits, bits))
claim("Q2f", apart_bits < 0.1, faint=max(faint_bits), default=max(bits[:2]))
# 只拿走状态，差距才大 || take away the state, and nothing else: that does make a difference
claim("Q2f-control", not abs(forgetful_bits - bits[0]) < 0.1)

# %% name="faint-figure" tags=["nbval-ignore-output"]
with torch.no_grad():
    letters, _ = collate(["christopher"])                           # (1, T)
    for title, model in (("训练前 || before", at_first), ("训练后 || after", faint_runs[0][0])):
        left = left_of_a_nudge(model.rnn, model.embed(letters)[0], (1, 2, 4))
        print(title, f"‖W_h‖ = {model.rnn.weight_hh_l0.norm():.1f}",
              "1、2、4 步之前推，还剩 || left of a nudge 1, 2, 4 steps ago:",
              *(f"{value:.2g}" for value in left))
print("测试集，比特/字母：小权重 || test set, bits per character: small weights",
      *(f"{b:.2f}" for b in faint_bits),
      "  默认 || default", *(f"{b:.2f}" for b in bits[:2]))

# %% [markdown] name="faint-meaning"
# 学会了，和默认初始化不相上下。所以“0.01 就学不会记东西”**不对**：训练之前，四步之前的一推所剩无几；训练之后，还剩的多了成百上千倍。训练也确实把 $W_h$ 放大了许多（看上面打印的长度；推一下的那几个数和 2.6 节的不同，是因为这里有 128 个隐藏单元，即状态里的 128 个数，下文也简称单元）：开头哪怕只有一丝信号传到上一步，路也会越走越宽。
#
# 别推广过头：拼名字只要记住三四个字母。要记的东西在几十步之外时，最初那一丝信号可能真的小到谁也放不大，那是第 4 章和第 7 章的实验。**初始化决定起点；能走到哪里，要训练过才知道。**

# %% [markdown] lang="en" of="fb8960d5.9f902f4c"
# It learns, and ends up level with the default. So "with 0.01 it cannot learn to remember" is **not true**. Before training next to nothing is left of a nudge four steps ago; after training it is hundreds or thousands of times as much. And training did make $W_h$ much larger (see the lengths printed; what is left of a nudge differs from section 2.6 because there are 128 units here). As long as a trace of the signal reaches the step before, the path gets wider as it is used.
#
# Do not stretch the result, though: spelling names takes a memory of three or four letters. When the thing to remember lies dozens of steps back, that first trace may be too small for anyone to enlarge; Chapters 4 and 7 run those experiments. **Initialisation decides where training starts. How far it gets, only training can tell.**

# %% [markdown] name="inside"
# ### 看它读一个名字
#
# 拖动滑块，一个字母一个字母地喂给训练好的网络。条形是它对下一个字母的估计，灰色的一组固定在“只读到一个 e”，用来比较：滑到 `elizabe`，最后读到的同样是 e，估计却大不一样。这就是 2.1 节的问题，由网络自己回答。

# %% [markdown] lang="en" of="1346b1e8.da301f4a"
# ### Watch it read a name
#
# Drag the slider and feed the trained network one letter at a time. The bars are its estimate of the next letter. The grey ones stay fixed at "nothing read but one e", for comparison: slide to `elizabe`, where the last letter is an e as well, and the estimate is quite another. This is the question of section 2.1, answered by the network itself.

# %% name="reading" tags=["nbval-ignore-output"] covers=["A-05"]
reader, name = runs[0][0], "elizabeth"
with torch.no_grad():
    spelt, _ = collate([name])                                               # (1, T)
    states, _ = reader.rnn(reader.embed(spelt))                              # (1, T, H)
    probabilities = reader.readout(states).softmax(-1)[0]                    # (T, V)

symbols = ["结束 || end", *vocabulary.symbols[3:]]
fig, ax = plt.subplots(figsize=(8, 2.8))
position = np.arange(len(symbols))
ax.bar(position - 0.2, probabilities[1, 2:], width=0.4, color="0.75",
       label="只读到一个 e || only one e read")
bars = ax.bar(position + 0.2, [0] * len(symbols), width=0.4,
              label="读到滑块所指 || read up to the slider")
ax.set_xticks(position, symbols)
ax.legend()
ax.set(ylim=(0, 0.8), xlabel="下一个字母 || next letter", ylabel="概率 || probability")


def after(read):
    for bar, p in zip(bars, probabilities[read, 2:]):  # 跳过 <pad> 和 <bos> || skip <pad> and <bos>
        bar.set_height(p)
    ax.set_title(f"已读：{name[:read] or '（还没开始）'} || read so far: {name[:read] or '(nothing yet)'}")


live(fig, after, read=(7, 0, len(name)))

# %% name="strip" tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(7, 3))
plotting.heat_strip(ax, states[0, 1:, :24])  # 前 24 个单元 || the first 24 units
ax.set_xticks(range(1, len(name) + 1), list(name))
ax.set_xlabel("读到的字母 || letter read")
plt.show()

# %% [markdown] name="strip-meaning"
# 每一列是读完一个字母之后的状态（只画了前 24 个隐藏单元）。比较两个 e 所在的列（第 1 列和第 7 列）：字母相同，颜色不同。**同一个输入，因为来路不同，变成了不同的状态**，这就是“记忆”两个字在网络里的全部含义。

# %% [markdown] lang="en" of="d211029c.2fa14b60"
# Each column is the state after one letter (the first 24 units only). Compare the two columns under the letter e, the 1st and the 7th: same letter, different colours. **The same input becomes a different state because of what came before it.** In a network, that is all that "memory" means.

# %% [markdown] name="typing-intro" covers=["A-05"]
# ### 换你来打字
#
# 下面的页面里装着同一个网络（静止的图片里画的是缩小的例子：3 个隐藏单元、4 个字母）。左边是全部 128 个状态单元，读一个字母添一列；右边是它对下一个字母的估计。先猜，再试：
#
# 1. `anna` 和 `nana`：字母一样，最后两个也一样，只有开头两个换了次序。最后一列会一样吗？估计呢？
# 2. 打你自己的名字（拼音也行），一个字母一个字母地打。打到哪里，它最没有把握？
# 3. 按“接着写完”。温度调到 0.2，再调到 1.5：哪一头写的更像真名？

# %% [markdown] lang="en" of="3366d4f3.5a4aae63"
# ### Your turn to type
#
# The page below holds the same network (a still picture shows a smaller example: 3 units, 4 letters). On the left are all 128 units of the state, one column more for each letter; on the right, its estimate of the next one. Guess first, then try:
#
# 1. `anna` and `nana`: the same letters, the same last two, only the first two change places. Will the last columns be the same? And the estimates?
# 2. Type your own name, letter by letter. Where is the network least sure of itself?
# 3. Press "Finish it". Set the temperature to 0.2, then to 1.5: at which end do the names look more real?

# %% name="typing" tags=["nbval-ignore-output"] covers=["A-05"]
Explorer("typing", symbols=vocabulary.symbols, typed="anna",
         embed=packed(reader.embed.weight),
         W_ih=packed(reader.rnn.weight_ih_l0), W_hh=packed(reader.rnn.weight_hh_l0),
         b_ih=packed(reader.rnn.bias_ih_l0), b_hh=packed(reader.rnn.bias_hh_l0),
         W_y=packed(reader.readout.weight), b_y=packed(reader.readout.bias))

# %% [markdown] name="typing-notice"
# <details><summary>看到什么</summary>
#
# 1. 都不会完全一样。只数字母、不管次序就分不清的两串，状态分得清。差别有多大，就看开头两个字母到此刻还留下多少。
# 2. 往往在开头，或者在英文名字里少见的组合之后。条形矮而平，就是没把握；它没见过的写法，也只能照英文名字的习惯去猜。
# 3. 温度是除在得分上的一个数。越低，越只取最看好的字母，写来写去是那几个名字；越高，冷门的字母越常抽中，也就越乱。
#
# </details>

# %% [markdown] lang="en" of="26beccc8.736a4c90"
# <details><summary>What to notice</summary>
#
# 1. Neither is quite the same. A bag of letters could not tell the two apart; the state can. How far they differ shows how much of the first two letters is still there.
# 2. Often at the beginning, or after letters that rarely meet in English names. Low, level bars mean that it is unsure. With a spelling it has never seen, all it can do is guess by the habits of English names.
# 3. The scores are divided by the temperature. The lower it is, the more often the favourite letter is taken, and the same few names come back; the higher, the more often an unlikely letter is drawn, and the wilder they get.
#
# </details>

# %% [markdown] name="elman" covers=["H-05"]
# ## 2.8 这个网络有名字
#
# 你刚刚训练的网络叫**简单循环网络**（simple recurrent network），也叫 Elman 网络。1990 年，认知科学家 Jeffrey Elman 在《Finding Structure in Time》里用它一个一个地读字母和词，任务和这里一样：预测下一个是什么。他把 $h_{t-1}$ 画成一排单独的“上下文单元”，每走一步，就把隐藏层原样抄过去；他训练时，梯度到抄来的那一排就停住了，我们则让它一路走回去（下一章）。今天很少有人再画那一排单元了，可是 `h` 这个变量做的正是这件事：**存下刚才的自己**。

# %% [markdown] lang="en" of="e6a76247.8dc475ea"
# ## 2.8 The network has a name
#
# What you have just trained is called a **simple recurrent network**, or Elman network. In 1990, in "Finding Structure in Time", the cognitive scientist Jeffrey Elman had it read letters and words one at a time, with the task we have used here: predict the next one. He drew $h_{t-1}$ as a separate row of "context units" into which the hidden layer was copied after every step; his gradient stopped at that copy, while ours travels all the way back (next chapter). The row is seldom drawn today, but the variable `h` does precisely this: it **keeps a copy of what the network was a moment ago**.

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. $h_t = \tanh(W_x x_t + W_h h_{t-1} + b)$：新来的加上记得的，压缩一下，传给下一步。
# 2. 单元只有一个，权重只有一份；序列再长，参数也不变。
# 3. 先立基线，再训练；想知道成绩靠的是什么，就把它拿掉再测一次。

# %% [markdown] lang="en" of="843388a3.fd884178"
# ## Three lines to remember
#
# 1. $h_t = \tanh(W_x x_t + W_h h_{t-1} + b)$: what is new plus what is remembered, squashed, passed on.
# 2. One cell, one set of weights; a longer sequence adds no parameters.
# 3. Baseline first, training second; to find out what earned a result, take it away and measure again.

# %% [markdown] name="bets-intro"
# ## 你的赌注
#
# 这一章的每一注，连同下注时的把握，都列在下面。最有把握却错了的排在最前面：那几处最值得回头再读。

# %% [markdown] lang="en" of="2a46c1f5.df250250"
# ## Your bets
#
# Every bet of this chapter, and how sure you were when you placed it. Those you were sure of and lost come first: they are the places to go back to.

# %% name="bets"
bets_summary("02")

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。每个选项都有解释，选错了也值得看看为什么。

# %% [markdown] lang="en" of="0c24ab46.eefb1fc3"
# ## Self-check
#
# Answer without looking back. Every option has its explanation; a wrong one is worth reading too.

# %% name="quiz" covers=["A-03"]
quiz("02-self-check")

# %% [markdown] name="next" covers=["X-02"]
# ## 接下来
#
# 轮到你写了：[练习 E01 · 写一个记得住的网络](../../exercises/zh/E01_simple_rnn.ipynb)。你会写出一步和整条序列的前向计算，连输出层一起，然后自动批改。

# %% [markdown] lang="en" of="c1873bc2.1aa7f9ee"
# ## What next
#
# Your turn: [Exercise E01 · A network that remembers](../../exercises/en/E01_simple_rnn.ipynb). You write one step and then the whole sequence, output layer included, and have it graded.
