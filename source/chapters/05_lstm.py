# ---
# jupyter:
#   course:
#     chapter: "05"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # 第 5 章 长短期记忆 LSTM
#
# **阅读 33 分钟 · 动手 35 分钟 · 练习 40 分钟 · 难度 ⭐⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 不看资料写出长短期记忆网络（long short-term memory, LSTM）的公式，画对它的结构图，自己写的和 `nn.LSTM` 只差舍入误差；
# 2. 用测量说明遗忘门的偏置怎样决定梯度能走多远，以及为什么只能说 LSTM “缓解”了梯度消失；
# 3. 说出 1997 年和 2000 年的两种单元差在哪里，各有什么后果；
# 4. 让拼名字的网络换上 LSTM，看它好了多少，又没有好在哪里。
#
# 需要的基础：第 2 章的循环单元，第 3 章的时间反向传播，第 4 章的梯度连乘。

# %% [markdown] lang="en" of="f0f53268.b40bb164"
# # Chapter 5. Long short-term memory (LSTM)
#
# **33 min reading · 35 min at the keyboard · 40 min exercise · difficulty ⭐⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. write the equations of the long short-term memory network (LSTM) from memory, draw the cell correctly, and match `nn.LSTM` up to rounding with code of your own;
# 2. show by measurement how the bias of the forget gate decides how far a gradient travels, and why "mitigates vanishing gradients" is the most one may say;
# 3. tell the cell of 1997 from that of 2000, and what follows from the difference;
# 4. put an LSTM into the network that spells names, and see where it gains and where it does not.
#
# You need: the recurrent cell (Chapter 2), back-propagation through time (Chapter 3), and the product of Jacobians (Chapter 4).

# %% name="setup"
import copy
import math

import torch
from torch import nn
from torch.nn import functional as F
import matplotlib.pyplot as plt

from course_utils import data, language, plotting, timing
from course_utils.checks import claim, show
from course_utils.explore import Explorer, bets_summary, predict, quiz
from course_utils.microscope import lag_norms, step_jacobians  # 第 4 章的显微镜 || of Chapter 4
from course_utils.training import fit, sample_texts
from course_utils.training.names import VOCABULARY, name_bits, train_names

language.use("中文 || English")  # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()  # 带中文字体的图 || figures with a font that has Chinese
torch.set_num_threads(1)  # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，来自第 2、3、4 章。先在心里答，再点选项。

# %% [markdown] lang="en" of="011def29.be970d2b"
# ## Warm-up
#
# One question each from Chapters 2, 3 and 4. Answer in your head first, then click.

# %% name="recall" covers=["A-03"]
quiz("05-recall")

# %% [markdown] name="carousel"
# ## 5.1 如果记忆不是乘出来的，而是加出来的
#
# 第 4 章的结论不太妙：往回走一步，梯度就乘上一个 $\operatorname{diag}(1-h_t^2)\,W_h$；走一百步，乘一百次。权重选得好，帮助很大（4.8 节），可那要输入和偏置一直安静，训练也会把它带走。病根在公式里：**每一步，旧状态都要整个重算一遍。**
#
# 那就换个写法。另设一份状态 $c_t$，新来的东西只往上*加*：
#
# $$c_t = c_{t-1} + \text{新来的}, \qquad \frac{\partial c_t}{\partial c_{t-1}} = 1$$
#
# 就像记账：昨天的余额不用重算，只添一笔今天的收支。两种写法各走 100 步，看最初的那份状态还剩多少影响（为了简单，$c$ 的新内容只看 $x_t$）。

# %% [markdown] lang="en" of="af543217.06f02ab1"
# ## 5.1 What if memory were added up instead of multiplied?
#
# Chapter 4 left us with bad news: each step back multiplies the gradient by $\operatorname{diag}(1-h_t^2)\,W_h$; a hundred steps, a hundred factors. Well-chosen weights help a great deal (section 4.8), but only while input and biases stay quiet, and training moves them away. The root of the trouble is the formula: **at every step the whole of the old state is computed anew.**
#
# So write it differently. Keep another state, $c_t$, to which what is new is only ever *added*:
#
# $$c_t = c_{t-1} + \text{what is new}, \qquad \frac{\partial c_t}{\partial c_{t-1}} = 1$$
#
# It is how an account is kept: nobody recomputes yesterday's balance, one just enters today's item. Let both kinds of state run for 100 steps and see what influence the very first one still has. (To keep it simple, what is new to $c$ looks at $x_t$ only.)

# %% name="bet-carousel"
predict("Q5-carousel")

# %% name="carousel-code"
torch.manual_seed(0)
T, I, H = 100, 10, 20
rnn = nn.RNN(I, H).double()
x = torch.randn(T, I, dtype=torch.float64)  # (T, I)
# h_0，也当 c_0 用 || h_0, and c_0 as well
start = torch.zeros(H, dtype=torch.float64, requires_grad=True)

h = c = c_leaking = start
for x_t in x:
    new = rnn.weight_ih_l0 @ x_t + rnn.bias_ih_l0  # (H,)
    h = torch.tanh(new + rnn.weight_hh_l0 @ h)  # 整个重算 || computed anew
    c = c + torch.tanh(new)  # 只添一笔 || one more entry
    # 对照：添之前先漏掉一成 || control: a tenth leaks away first
    c_leaking = 0.9 * c_leaking + torch.tanh(new)


def left_of(state):
    gradient, = torch.autograd.grad(state.sum(), start)  # (H,)
    return gradient.abs().max()


left_in_h, left_in_c, left_leaking = map(left_of, (h, c, c_leaking))
show("还剩多少：h；c || what is left: h; c", left_in_h, left_in_c, digits=2)
claim("Q5-carousel", left_in_c == 1 and left_in_h < 1e-6,
      left_in_h=left_in_h, left_in_c=left_in_c)
# 还是做加法，只多一个 0.9 || still additive, only a factor of 0.9 is new
claim("Q5-carousel-control", not left_leaking == 1, left=left_leaking)

# %% [markdown] name="carousel-meaning"
# 加法这条路上，梯度一点没少，不多不少正好是 1；哪怕每步只漏掉一成，一百步也只剩十万分之几（对照）。1997 年的论文给它起了个好名字：**恒定误差传送带**（constant error carousel）。
#
# 可是只会加的账本有三个毛病：什么都往上加，闲话也记了进去；从来不擦，旧账越积越多；整本摊开着，眼下用不着的也来插嘴。所以还缺三个开关：决定**记不记**、**擦不擦**、**给不给看**。

# %% [markdown] lang="en" of="c7e1d8c6.3b209a2d"
# On the road of addition the gradient loses nothing at all: it is 1, exactly. Let a mere tenth leak away at each step, and after a hundred a few hundred-thousandths are left (the control). The paper of 1997 gave this road a fine name, the **constant error carousel**.
#
# But a ledger that can only add has three faults. Everything goes in, idle chatter included; nothing is ever struck out, so old entries pile up; and it lies open all the time, so what is not needed now has its say too. Three things are missing: switches that decide whether to **write**, whether to **erase**, and whether to **show**.

# %% [markdown] name="notebook" covers=["C-23"]
# ## 5.2 一本智能记事本
#
# 把 $c_t$ 想成一本记事本，读一步，翻开一次，先回答三个问题：
#
# | 问题 | 谁来答 | 答“是”的时候 |
# |---|---|---|
# | 本子上的旧内容**还有用吗**？ | 遗忘门（forget gate）$f_t$ | $f_t \approx 1$：留着 |
# | 刚读到的**值得记吗**？ | 输入门（input gate）$i_t$ | $i_t \approx 1$：写下来 |
# | 记着的东西**现在要用吗**？ | 输出门（output gate）$o_t$ | $o_t \approx 1$：亮出来 |
#
# 门（gate）的答案不是“是”或“否”，而是 0 与 1 之间的一个数，拿去*乘*。注意名字容易误会：遗忘门开着（$f = 1$）是**不**忘，关上（$f = 0$）才是忘。
#
# 下面是一格记忆的现场。它读到“记”就打开输入门，读到“擦”就关上遗忘门，读到“问”就打开输出门；这些权重是手工设的，所以每个门的答案都看得懂。其余都是闲话（“·”），那时遗忘门开多大，由它的偏置（bias）决定：偏置 0 开一半，越大开得越足。（为了看得清楚，它的门只看 $x_t$，不看 $h_{t-1}$。）最下面一行是梯度：从最后一步沿着记忆往回走，走到这里还剩多少，对数刻度。
#
# 四个任务，先猜再动：
#
# 1. 第 2 步记下的东西，第 12 步问起。偏置是 0 时答得出来吗？把“遗忘门的偏置”往右拖，拖到多少，第 12 步亮出的 $h$ 才超过 0.5？
# 2. 盯住最下面一行再拖一次，从 −2 到 5。记忆和梯度是一起变的吗？再点第 14 步，点第 13 步，比一比读数：“擦”把梯度也拦住了，这是坏事吗？
# 3. 把偏置放在 5，选第 8 步，把闲话换成“擦”。第 12 步还答得出来吗？
# 4. 按下“1997 年：没有遗忘门”，再把“重复几遍”拖到 10。梯度怎样了？记忆 $c$ 怎样了？“问”到的 $h$ 还说明得了什么？

# %% [markdown] lang="en" of="8f6cfd45.6e15720e"
# ## 5.2 A smart notebook
#
# Think of $c_t$ as a notebook, opened once at every step, with three questions to answer each time:
#
# | Question | Who answers | When the answer is yes |
# |---|---|---|
# | Is what stands in the notebook **still useful**? | the forget gate $f_t$ | $f_t \approx 1$: keep it |
# | Is what I have just read **worth noting**? | the input gate $i_t$ | $i_t \approx 1$: write it down |
# | Is what I remember **needed now**? | the output gate $o_t$ | $o_t \approx 1$: show it |
#
# A gate does not say yes or no. Its answer is a number between 0 and 1 that *multiplies* something. And mind the name: a forget gate that is open ($f = 1$) does **not** forget; it forgets when it shuts ($f = 0$).
#
# Below you can watch a memory of one number at work. On reading "note" it opens the input gate, on "wipe" it shuts the forget gate, on "ask" it opens the output gate. Its weights were set by hand, so every answer makes sense. The rest is chatter ("·"); how far the forget gate stands open then is up to its bias: half open at 0, wider the larger the bias. (To keep things clear, its gates look at $x_t$ only and not at $h_{t-1}$.) The bottom row is the gradient: starting at the last step and walking back along the memory, how much is left here? The scale is logarithmic.
#
# Four things to do; guess before you touch:
#
# 1. Something is noted at step 2 and asked for at step 12. With the bias at 0, is there an answer? Drag "forget bias" to the right: how far until the $h$ shown at step 12 exceeds 0.5?
# 2. Drag it again, from −2 to 5, with an eye on the bottom row. Do memory and gradient change together? Then click step 14, click step 13, and compare the readings: the "wipe" stops the gradient as well. Is that a bad thing?
# 3. Set the bias to 5, select step 8, and turn its chatter into "wipe". Is there still an answer at step 12?
# 4. Press "1997: no forget gate", then drag "repeat" to 10. What becomes of the gradient, and of the memory $c$? What can the $h$ at an "ask" still tell you?

# %% name="gates-explorer" covers=["A-05", "C-21", "C-23"]
Explorer("gates")

# %% [markdown] name="gates-note"
# 第 2 个任务里有整章的要点：**记忆和梯度走的是同一条路**。往前，$c$ 每步乘 $f$；往回，梯度每步也乘 $f$。在这条路上，往前留多少，往回就留多少。这就解开了第 4 章的两难：那里的单元靠“推一下会弹回去”来记，弹回去就把梯度抹掉了；这里靠原样照抄来记，照抄的导数就是 $f$。而“擦”拦住梯度是对的：擦掉之后的错误，不该怪到擦掉之前的内容头上。（偏置放在 5，第 14 步的梯度还有 0.94，退一步到第 13 步，只剩 0.017。刻度是对数的，柱子看着只矮了一截，其实小了五十多倍。）
#
# 第 4 个任务里，梯度一步不少，记忆却满了：$\tanh(c)$ 顶在 1 上，重复 1 遍时 $c\approx3$，10 遍时约 27，看起来却一样。这是 5.5 节的故事。

# %% [markdown] lang="en" of="03f37fd2.646920dc"
# The second task holds the point of the whole chapter: **memory and gradient travel the same road**. Going forward, $c$ is multiplied by $f$ at each step; going back, so is the gradient. Along this road, what is kept going forward is kept going back. That resolves the dilemma of Chapter 4: there a unit remembered by springing back when pushed, which wiped out the gradient; here it remembers by copying itself, and the derivative of a copy is $f$. And "wipe" is right to stop the gradient: what goes wrong after the wipe must not be blamed on what stood there before. (With the bias at 5, step 14 still gets 0.94 of the gradient, step 13 only 0.017. The scale is logarithmic: the bar loses a little of its height, the gradient shrinks more than fiftyfold.)
#
# In the fourth task the gradient arrives untouched, but the memory is full: $\tanh(c)$ is stuck at 1, and a $c$ of 3 (repeated once) looks the same as one of 27 (ten times). That is the story of section 5.5.

# %% [markdown] name="equations" covers=["C-21"]
# ## 5.3 四个式子，画对一张图
#
# 三个门，加上“写什么”，一共四个式子。它们读的是同样的东西：$x_t$ 和 $h_{t-1}$ 接成的一个长向量 $[x_t; h_{t-1}]$。式子里 $\sigma$ 是 sigmoid，$\odot$ 是逐元素相乘（第 4 章的 $\sigma$ 说的是方差和奇异值，$f$ 说的是激活函数；从这里起，$\sigma$ 是 sigmoid，$f_t$ 是遗忘门）。
#
# $$\begin{aligned}
# f_t &= \sigma(W_f\,[x_t; h_{t-1}] + b_f) &&\text{还有用吗}\\
# i_t &= \sigma(W_i\,[x_t; h_{t-1}] + b_i) &&\text{值得记吗}\\
# o_t &= \sigma(W_o\,[x_t; h_{t-1}] + b_o) &&\text{现在要用吗}\\
# g_t &= \tanh(W_g\,[x_t; h_{t-1}] + b_g) &&\text{写什么}
# \end{aligned}$$
#
# 然后是记忆的更新，全章最重要的一行，和亮出来的部分：
#
# $$c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t)$$
#
# {symbols: c_t; h_t; f_t, i_t, o_t; g_t; W_f, W_i, W_o, W_g; b_f, b_i, b_o, b_g}
#
# 起点是 $h_0 = c_0 = 0$。每个 $W$ 都分成两半，读 $x_t$ 的和读 $h_{t-1}$ 的；后一半合起来，就是普通 RNN 里的 $W_h$。热身的第三问（往回走一步，梯度乘上什么）换到 LSTM 上，答案就不同了：沿着 $c$ 往回走一步，直接的那条路径只乘 $f_t$，
#
# $$\left.\frac{\partial c_t}{\partial c_{t-1}}\right|_{\text{直接}} = \operatorname{diag}(f_t),$$
#
# 没有 $W_h$，也没有 $\tanh$ 的导数。说“直接”，是因为还有一条**间接路径**：$c_{t-1} \to h_{t-1} \to f_t, i_t, g_t \to c_t$。那条路上 $W_h$ 还在，5.7 节会遇到它。

# %% [markdown] lang="en" of="500194c7.98722eda"
# ## 5.3 Four equations and one picture, drawn properly
#
# Three gates, plus "what to write": four equations. All of them read the same thing, $x_t$ and $h_{t-1}$ joined into one long vector $[x_t; h_{t-1}]$. Here $\sigma$ is the sigmoid and $\odot$ multiplies element by element. (In Chapter 4 $\sigma$ stood for variance and singular values, $f$ for the activation; from here on $\sigma$ is the sigmoid and $f_t$ the forget gate.)
#
# $$\begin{aligned}
# f_t &= \sigma(W_f\,[x_t; h_{t-1}] + b_f) &&\text{still useful?}\\
# i_t &= \sigma(W_i\,[x_t; h_{t-1}] + b_i) &&\text{worth noting?}\\
# o_t &= \sigma(W_o\,[x_t; h_{t-1}] + b_o) &&\text{needed now?}\\
# g_t &= \tanh(W_g\,[x_t; h_{t-1}] + b_g) &&\text{what to write}
# \end{aligned}$$
#
# Then comes the update of the memory, the most important line of the chapter, and the part that is shown:
#
# $$c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t)$$
#
# {symbols: c_t; h_t; f_t, i_t, o_t; g_t; W_f, W_i, W_o, W_g; b_f, b_i, b_o, b_g}
#
# It starts from $h_0 = c_0 = 0$. Each $W$ has two halves, one that reads $x_t$ and one that reads $h_{t-1}$; the second halves together are what $W_h$ was in the plain RNN. Put the third warm-up question (what multiplies the gradient on a step back?) to an LSTM and the answer is a different one: one step back along $c$, the direct path multiplies by $f_t$ and nothing else,
#
# $$\left.\frac{\partial c_t}{\partial c_{t-1}}\right|_{\text{direct}} = \operatorname{diag}(f_t),$$
#
# no $W_h$, no derivative of $\tanh$. "Direct", because there is an **indirect path** as well: $c_{t-1} \to h_{t-1} \to f_t, i_t, g_t \to c_t$. $W_h$ still sits on that one; we shall meet it in section 5.7.

# %% name="diagram" covers=["C-24", "!8"]
plotting.lstm_diagram()
plt.show()

# %% [markdown] name="diagram-note" covers=["C-24", "!8"]
# 流传的 LSTM 图常有两处画错，对着公式就能查出来：
#
# * **漏了 $\tanh(c_t)$**：让 $c_t$ 直接和 $o_t$ 相乘。那样 $h_t$ 就没有上限了。
# * **箭头不全**：让 $x_t$ 和 $h_{t-1}$ 只进其中一个方框，或者只进输出门。四个式子读的是同一个 $[x_t; h_{t-1}]$，所以四个方框都各有**两个入口**（实线 $h_{t-1}$，虚线 $x_t$）。
#
# 再看最上面那条粗线：从左到右只有一个“×”和一个“+”。这就是传送带。
#
# 记事本的比喻到这里也该交代它的限度了。这不是一本，而是 $H$ 本，每一本都有自己的三个门。门也看不见本子里写了什么：它只读 $x_t$ 和 $h_{t-1}$，要等 $o_t$ 亮出来才知道。（有一种变体让门也读 $c$，叫窥视孔连接，peephole；Gers 与 Schmidhuber，2000。`nn.LSTM` 没有。）

# %% [markdown] lang="en" of="cee366e1.7e13cbf5"
# Two mistakes are common in LSTM diagrams, and the equations expose both:
#
# * **$\tanh(c_t)$ is missing**, and $c_t$ goes straight into the product with $o_t$. Then $h_t$ would have no bound.
# * **Arrows are missing**, so that $x_t$ and $h_{t-1}$ enter only one of the boxes, or only the output gate. All four equations read the same $[x_t; h_{t-1}]$; hence each of the four boxes has **two ways in** (solid: $h_{t-1}$, dashed: $x_t$).
#
# Now look at the thick line at the top: from left to right, one "×" and one "+". That is the carousel.
#
# Here the notebook image reaches its limits, too. There is not one notebook but $H$ of them, each with three gates of its own. And no gate can see what is written inside: it reads $x_t$ and $h_{t-1}$, so it knows only what $o_t$ has chosen to show. (A variant lets the gates read $c$ as well, through peephole connections; Gers and Schmidhuber, 2000. `nn.LSTM` has none.)

# %% name="two-paths" covers=["C-24", "C-22"]
plotting.lstm_diagram(paths=True)
plt.show()

# %% [markdown] name="two-paths-note" covers=["C-22"]
# 同一张图，这回只看从 $c_{t-1}$ 到 $c_t$ 有几条路。橙色是**直接路径**，一路只遇到 $f_t$；蓝色是**间接路径**，先亮成 $h_{t-1}$，再经过 $W_h$ 和三个方框绕回来。5.6 节量的是两条路加在一起，5.7 节看蓝色那条怎样闯祸。

# %% [markdown] lang="en" of="c9438d0c.d94f164e"
# The same picture; this time count the ways from $c_{t-1}$ to $c_t$. Orange is the **direct path**, which meets nothing but $f_t$. Blue is the **indirect path**: first shown as $h_{t-1}$, then through $W_h$ and three of the boxes and back up. Section 5.6 measures the two together; section 5.7 shows what trouble the blue one can make.

# %% [markdown] name="by-hand" covers=["C-21"]
# ### 照公式写一遍
#
# 四个线性层，名字就是它们的职责；`step` 的三行就是上面的公式。

# %% [markdown] lang="en" of="8c1d682d.a3bdf433"
# ### The equations as code
#
# Four linear layers, each named after its job; the three lines of `step` are the equations above.

# %% name="equation-lstm" covers=["C-21"]
class EquationLSTM(nn.Module):
    def __init__(self, I, H):
        super().__init__()
        self.input = nn.Linear(I + H, H)
        self.forget = nn.Linear(I + H, H)
        self.candidate = nn.Linear(I + H, H)
        self.output = nn.Linear(I + H, H)

    def gates(self, x_t, h):
        xh = torch.cat([x_t, h], dim=-1)  # (B, I + H)
        i, f, o = map(torch.sigmoid, (self.input(xh), self.forget(xh), self.output(xh)))
        return i, f, torch.tanh(self.candidate(xh)), o  # i, f, g, o: (B, H)

    def step(self, x_t, h, c):
        i, f, g, o = self.gates(x_t, h)
        c = f * c + i * g  # 记忆 || memory
        return o * torch.tanh(c), c  # 亮出来的，和记着的 || what is shown, what is kept

    def forward(self, x):  # (B, T, I)
        h = c = x.new_zeros(len(x), self.output.out_features)  # (B, H)
        states = []
        for x_t in x.unbind(dim=1):  # (B, I)
            h, c = self.step(x_t, h, c)
            states.append(h)
        return torch.stack(states, dim=1), (h, c)  # (B, T, H)

# %% [markdown] name="borrow"
# 写得对不对？借 `nn.LSTM` 的权重来对答案。PyTorch 把四块从上到下叠成 **i, f, g, o**；这个次序没有道理可讲，各家框架各有各的排法，搬权重之前一定要查。

# %% [markdown] lang="en" of="fafb5495.1fe6c0d0"
# Is it right? Borrow the weights of an `nn.LSTM` and compare answers. PyTorch stacks the four blocks, top to bottom, as **i, f, g, o**. There is no reason behind the order, and every framework has its own: look it up before you move weights.

# %% name="borrow-code"
def blocks(lstm):
    """单层 nn.LSTM 的四块权重 (H, I + H) 和偏置 (H,)，次序 i, f, g, o
    || The four weights (H, I + H) and biases (H,) of a one-layer nn.LSTM,
    in the order i, f, g, o"""
    W = torch.cat([lstm.weight_ih_l0, lstm.weight_hh_l0], dim=1)  # (4H, I + H)
    b = lstm.bias_ih_l0 + lstm.bias_hh_l0  # (4H,)
    return W.detach().chunk(4), b.detach().chunk(4)


def by_equations(lstm, order=("input", "forget", "candidate", "output")):
    """权重与 nn.LSTM 相同的 EquationLSTM || An EquationLSTM with the weights of an nn.LSTM"""
    W, b = blocks(lstm)
    model = EquationLSTM(lstm.input_size, lstm.hidden_size).to(W[0].dtype)
    for name, W_k, b_k in zip(order, W, b):
        getattr(model, name).load_state_dict({"weight": W_k, "bias": b_k})
    return model

# %% name="bet-parity"
predict("Q5-parity")

# %% name="parity" covers=["C-21"]
torch.manual_seed(0)
lstm = nn.LSTM(10, 20, batch_first=True).double()
x_parity = torch.randn(3, 50, 10, dtype=torch.float64)  # (B, T, I)


def gap(model):
    """与 nn.LSTM 的最大差别：out, h_n, c_n || Largest difference from nn.LSTM: out, h_n, c_n"""
    out, (h, c) = model(x_parity)
    their_out, (their_h, their_c) = lstm(x_parity)
    differences = out - their_out, h - their_h[0], c - their_c[0]
    return max(difference.abs().max().item() for difference in differences)


equal_gap = gap(by_equations(lstm))
claim("Q5-parity", equal_gap < 1e-12, gap=equal_gap)
# 只把 g 和 o 的次序弄反 || only the order of g and o is swapped
swapped = gap(by_equations(lstm, order=("input", "forget", "output", "candidate")))
claim("Q5-parity-control", swapped > 1e-2, gap=swapped)

# %% [markdown] name="by-hand-fast" tags=["optional"]
# ## 5.4 选读 · 再写一遍，这回求快
#
# 只关心记忆和梯度，可以直接去 5.5 节。上面的写法和 `nn.LSTM` 只差舍入误差（次序弄反的那个，形状全对，结果全错）。再写一遍，结果不变，只做三件省时间的事：
#
# 1. **四块权重叠成一块**：每步做一次大的矩阵乘法，代替四次小的；
# 2. **输入的那一半提到循环外面**：$W x_t$ 不依赖 $h$，所有时间步可以一次算完，循环里只剩 $h$ 的那一半；
# 3. **三个门共用一次 sigmoid**：把 $i, f, o$ 三块排在一起，$g$ 放在最后。

# %% [markdown] lang="en" of="37402d24.52a00523"
# ## 5.4 Optional · Write it again, this time to be fast
#
# If memory and gradients are what you came for, go straight to section 5.5. The version above differs from `nn.LSTM` by rounding alone (the one with the order swapped has every shape right and every number wrong). Written again, the results stay the same, and three things save time:
#
# 1. **The four blocks of weights are stacked into one**: one large matrix product per step instead of four small ones.
# 2. **The input's half is moved out of the loop**: $W x_t$ does not depend on $h$, so it is done for all time steps at once; only the half for $h$ stays inside.
# 3. **The three gates share one sigmoid**: the blocks $i, f, o$ stand next to each other, and $g$ comes last.

# %% name="fused-lstm" covers=["C-21"]
class FusedLSTM(nn.Module):
    def __init__(self, I, H):
        super().__init__()
        # 行的次序 i, f, o, g || rows in the order i, f, o, g
        self.from_x = nn.Linear(I, 4 * H)
        self.from_h = nn.Linear(H, 4 * H, bias=False)

    def forward(self, x):  # (B, T, I)
        W_h, H = self.from_h.weight.T, self.from_h.in_features  # (H, 4H)
        h = c = x.new_zeros(len(x), H)  # (B, H)
        states = []
        for new in self.from_x(x).unbind(dim=1):  # (B, 4H)
            # new + h @ W_h
            gates, g = torch.addmm(new, h, W_h).split([3 * H, H], dim=1)
            i, f, o = torch.sigmoid(gates).chunk(3, dim=1)  # (B, H)
            c = f * c + i * torch.tanh(g)
            h = o * torch.tanh(c)
            states.append(h)
        return torch.stack(states, dim=1), (h, c)  # (B, T, H)

# %% name="fused-parity" covers=["C-21"]
def fused(lstm, order=(0, 1, 3, 2)):  # i, f, g, o -> i, f, o, g
    """权重与 nn.LSTM 相同的 FusedLSTM || A FusedLSTM with the weights of an nn.LSTM"""
    W, b = blocks(lstm)
    W, b = torch.cat([W[k] for k in order]), torch.cat([b[k] for k in order])
    model = FusedLSTM(lstm.input_size, lstm.hidden_size).to(W.dtype)
    W_x, W_h = W.split([lstm.input_size, lstm.hidden_size], dim=1)
    weights = {"from_x.weight": W_x, "from_h.weight": W_h, "from_x.bias": b}
    model.load_state_dict(weights)
    return model


fused_gap = gap(fused(lstm))
claim("Q5-fused", fused_gap < 1e-12, gap=fused_gap)
# 忘了换次序 || the order not changed
unordered = gap(fused(lstm, order=(0, 1, 2, 3)))
claim("Q5-fused-control", unordered > 1e-2, gap=unordered)

# %% [markdown] name="timing-intro"
# 现在计时，全课用同一种量法（`course_utils.timing`）：几种写法轮流跑，头几轮只热身，各取最快的一次（机器忙着别的事，只会把时间拖长），看各是 `nn.LSTM` 的几倍。oneDNN 是 PyTorch 在 CPU 上借用的计算库，最后一行让 `nn.LSTM` 不用它。（毫秒数因机器而异，要看的是比值。）再往下是一块 GPU 上的数，存在 `datasets/h100.csv` 里，来历见旁边的 `h100.md`。

# %% [markdown] lang="en" of="ccac689a.96ffcc83"
# Now for time, measured as everywhere in this course (`course_utils.timing`): the models take turns, the first rounds only warm up, the fastest run of each counts (a busy machine can only make a run longer), and we ask how many times as long as `nn.LSTM` each one takes. oneDNN is the library PyTorch calls for such work on a CPU; in the last row `nn.LSTM` has to do without it. (Milliseconds depend on your machine; look at the ratios.) Below that come figures from one GPU, stored in `datasets/h100.csv`; `h100.md` beside it says where they come from.

# %% name="speed" tags=["timing"]
def train_step(model, x):
    model.zero_grad()
    model(x)[0].square().mean().backward()


def without_onednn(model, x):
    with timing.without_onednn():
        train_step(model, x)


for hidden in (64, 256):
    x_speed = torch.randn(32, 35, 28)  # (B, T, I)
    built_in = nn.LSTM(28, hidden, batch_first=True)
    equations, one_product = by_equations(built_in), fused(built_in)
    times = timing.milliseconds({
        "nn.LSTM": lambda: train_step(built_in, x_speed),
        "EquationLSTM": lambda: train_step(equations, x_speed),
        "FusedLSTM": lambda: train_step(one_product, x_speed),
        "nn.LSTM, oneDNN off": lambda: without_onednn(built_in, x_speed),
    })
    for name, ms in times.items():
        ratio = ms / times["nn.LSTM"]
        print(f"CPU, H = {hidden:4}  {name:20} {ms:6.1f} ms   × {ratio:.2f}")

for hidden in (64, 256, 1024):
    gpu = {t.model: t for t in data.h100_times(experiment="cells", hidden=hidden)}
    for name in ("LSTM", "loop LSTM"):
        ratio = gpu[name].ms / gpu["LSTM"].ms
        print(f"H100, H = {hidden:4}  {name:19} {gpu[name].ms:6.1f} ms   × {ratio:.2f}")

# %% [markdown] name="speed-meaning"
# 在 CPU 上，不到二十行的 Python 和高度优化的内核差不了几倍；关掉 oneDNN，`nn.LSTM` 自己也不比 `FusedLSTM` 快多少。换成 NVIDIA H100（`loop LSTM` 的写法和 `FusedLSTM` 一样），循环要慢 7 到 17 倍，而且 $H$ 从 64 涨到 1024，它花的时间几乎不变：GPU 上贵的不是乘法，是一步一步地发号施令。
#
# 所以“`nn.LSTM` 里有什么秘密”可以这样答：数学上没有，工程上有一个把整个循环融在一起的内核。平时用 `nn.LSTM`；要改公式的时候，比如加一个门、加一层归一化，在 CPU 上自己写的循环完全够用。

# %% [markdown] lang="en" of="44b72911.8d071d0b"
# On a CPU fewer than twenty lines of Python come within a small factor of a highly tuned kernel, and with oneDNN switched off `nn.LSTM` itself is hardly faster than `FusedLSTM`. On an NVIDIA H100 (`loop LSTM` is written like `FusedLSTM`) the loop is 7 to 17 times slower, and from $H$ = 64 to 1024 its time hardly changes: what is dear on a GPU is not the multiplying but the giving of orders, step by step.
#
# So, is there a secret inside `nn.LSTM`? Not in the mathematics; in the engineering, one kernel that fuses the whole loop. Use `nn.LSTM` day to day. When you want to change the formula, by adding a gate or a normalisation, a loop of your own will do on a CPU.

# %% [markdown] name="two-papers" covers=["H-08", "H-09", "L-05", "L-06", "!7"]
# ## 5.5 两篇论文，差一个门
#
# 许多资料说，1997 年的 LSTM 论文提出了输入门、遗忘门和输出门。别信，去读。（手边没有论文，也可以直接展开答案；两篇都在 [Neural Computation](https://direct.mit.edu/neco)。）
#
# **导读一：Hochreiter 与 Schmidhuber，1997，*Long Short-Term Memory*，Neural Computation 9(8)。**
# 1. 读摘要，找到 “constant error carousel” 和 “multiplicative gate units”。作者说能跨过多长的间隔？
# 2. 翻到第 4 节，找到记忆单元内部状态的更新式。上一步的状态前面，系数是几？
# 3. 数一数门：有哪几个？少了哪一个？
# 4. 第 4 节末尾有一段 “Internal state drift and remedies”。作者料到了什么麻烦？给了什么办法？
#
# **导读二：Gers、Schmidhuber 与 Cummins，*Learning to Forget: Continual Prediction with LSTM*，ICANN 1999；期刊版 Neural Computation 12(10)，2000。**
# 1. 摘要指出了原来的 LSTM 的一个弱点，出现在什么样的输入上？
# 2. 作者说状态会怎样？他们的办法叫什么？
#
# <details><summary>读完再展开：对答案</summary>
#
# 1997 年：一千步以上；更新式是 $c_t = c_{t-1} + i_t \odot g_t$，系数是 1；只有输入门和输出门，**没有遗忘门**。论文的训练方法还截断了一部分梯度（间接路径上的一概不往回传），只让误差沿着传送带传到远处。第 4 题：作者料到了内部状态会一路漂移（drift），那里的导数随之变小；办法是一开始就把输入门的偏置压向 0 那边，让它少写；每条训练序列开头状态也都清零。2000 年：弱点出现在没有切分成一段一段的连续输入上，状态 “may grow indefinitely”（可能无止境地增长）；办法就叫遗忘门。三位作者，先在 1999 年的会议上发表。今天通行的训练法（带遗忘门，梯度不截断）到 Graves 与 Schmidhuber 2005 年才齐全；他们的单元另外还有窥视孔。
#
# </details>
#
# 下面上图是 1997 年的单元，下图是 2000 年的，都按今天的画法重画：整张图只多了一个方框和一个“×”。（当年的写入和读出用的是压到 ±2、±1 的 S 形函数，几个单元还可以共用一套门。）

# %% [markdown] lang="en" of="6dadf289.a3d85af2"
# ## 5.5 Two papers, one gate apart
#
# It is often said that the LSTM paper of 1997 introduced the input, forget and output gates. Do not believe it; read. (Without the papers at hand, open the answers straight away; both appeared in [Neural Computation](https://direct.mit.edu/neco).)
#
# **Guided reading 1. Hochreiter and Schmidhuber, 1997, *Long Short-Term Memory*, Neural Computation 9(8).**
# 1. In the abstract, find "constant error carousel" and "multiplicative gate units". How long a lag do the authors say can be bridged?
# 2. In section 4, find the update of the memory cell's internal state. What coefficient stands before the previous state?
# 3. Count the gates. Which are they, and which one is missing?
# 4. Section 4 closes with "Internal state drift and remedies". What trouble did the authors foresee, and what do they suggest?
#
# **Guided reading 2. Gers, Schmidhuber and Cummins, *Learning to Forget: Continual Prediction with LSTM*, ICANN 1999; in full in Neural Computation 12(10), 2000.**
# 1. The abstract names a weakness of the original LSTM. On what kind of input does it show?
# 2. What, do the authors say, may happen to the state? What is their remedy called?
#
# <details><summary>Open this when you have read them: the answers</summary>
#
# 1997: more than a thousand steps; the update is $c_t = c_{t-1} + i_t \odot g_t$, with coefficient 1; there are an input gate and an output gate and **no forget gate**. The paper's training also truncates part of the gradient (nothing goes back along the indirect path), so that only the carousel carries errors far back. Question 4: the authors did foresee that the internal state drifts away and that the derivative there shrinks; their remedy is to bias the input gate towards zero at first, so that it writes little, and every training sequence starts from a cleared state. 2000: the weakness shows on continual input that nobody has cut into sequences; the state "may grow indefinitely", and the remedy is the forget gate. There are three authors, and a conference had it first, in 1999. Training as we do it today (forget gate, gradient not truncated) was complete with Graves and Schmidhuber in 2005; their cell had peepholes besides.
#
# </details>
#
# Below, the cell of 1997 above and that of 2000 beneath it, both redrawn in today's form: one box and one "×" more. (In the original, writing and reading squashed to ±2 and ±1, and several cells could share one set of gates.)

# %% name="two-cells" tags=["hide-input"] covers=["H-08", "H-09"]
fig, (above, below) = plt.subplots(2, 1, figsize=(8, 8.4))
plotting.lstm_diagram(above, forget_gate=False)
above.set_title("1997")
plotting.lstm_diagram(below)
below.set_title("2000")
plt.show()

# %% [markdown] name="grow-intro" covers=["H-08", "H-09"]
# “May grow indefinitely” 可以验证，作者给的办法，也能验证。拿同一份没训练过的权重，三种设定各读 3,000 步：去掉遗忘门（1997 年）；去掉遗忘门，输入门的偏置压到 −5（1997 年的补救）；留着遗忘门（2000 年）。

# %% [markdown] lang="en" of="5e8c3d5e.8bc05369"
# "May grow indefinitely" can be tested, and so can the authors' remedy. Take one set of untrained weights and let three versions read 3,000 steps: without the forget gate (1997); without it, but with the bias of the input gate at −5 (the remedy of 1997); with the forget gate (2000).

# %% name="bet-1997"
predict("Q5-1997")

# %% name="grow" covers=["H-08", "H-09", "!7"]
def cell_1997(lstm, input_bias=None):
    """旧状态的系数永远是 1；input_bias 是输入门的偏置 || The old state's coefficient is always 1; input_bias is the input gate's bias"""
    cell = by_equations(lstm)
    with torch.no_grad():
        cell.forget.weight.zero_()
        # 双精度下 sigmoid(40) 恰好是 1 || sigmoid(40) is exactly 1 in double precision
        cell.forget.bias.fill_(40)
        if input_bias is not None:
            cell.input.bias.fill_(input_bias)
    return cell


def remedied(lstm):
    return cell_1997(lstm, input_bias=-5)


@torch.no_grad()
def watch(cell, x):
    """记下每一步的门和记忆。x (T, I) -> i, f, o, c：各 (T, H) || Record gates and memory at every step. x (T, I) -> i, f, o, c: (T, H) each"""
    h = c = x.new_zeros(cell.output.out_features)
    rows = []
    for x_t in x:
        i, f, g, o = cell.gates(x_t, h)
        c = f * c + i * g
        h = o * torch.tanh(c)
        rows.append(torch.stack([i, f, o, c]))
    return torch.stack(rows, dim=1)  # (4, T, H)


def drift(version, seed, steps=3000):
    """到每一步为止最大的 |c| (T,)，每一步写满了的单元占多少 (T,) || The largest |c| so far, (T,), and the share of full units at each step, (T,)"""
    torch.manual_seed(seed)
    cell = version(nn.LSTM(10, 64).double())
    c = watch(cell, torch.randn(steps, 10, dtype=torch.float64))[3]  # (T, H)
    full = (c.tanh().abs() > 0.99).double().mean(dim=1)
    return c.abs().amax(dim=1).cummax(dim=0).values, full


def unbiased(lstm):
    """1997 年的单元，偏置全部清零 || The cell of 1997 with all its biases cleared"""
    cell = cell_1997(lstm)
    with torch.no_grad():
        for layer in (cell.input, cell.candidate, cell.output):
            layer.bias.zero_()
    return cell


def deaf(lstm, start=cell_1997):
    """不读 h：每个 W 里读 h 的那一半清零 || Deaf to h: the half of each W that reads h is cleared"""
    cell = start(lstm)
    with torch.no_grad():
        for layer in (cell.input, cell.candidate, cell.output):
            layer.weight[:, lstm.input_size :] = 0
    return cell


def deaf_and_unbiased(lstm):
    return deaf(lstm, start=unbiased)


free = [drift(cell_1997, seed) for seed in (0, 1, 2)]
slowed = [drift(remedied, seed) for seed in (0, 1, 2)]
kept = [drift(by_equations, seed) for seed in (0, 1, 2)]


def factors(runs):
    """步数从 300 到 3,000，最大的 |c| 变成几倍 || From 300 steps to 3,000, the factor of the largest |c|"""
    return [(largest[2999] / largest[299]).item() for largest, _ in runs]


def full_at(runs, step):
    return [full[step - 1].item() for _, full in runs]


print("步数 10 倍，|c| 变成几倍（三个种子） || ten times the steps: factor of |c| (three seeds)")
causes = {
    "1997": free,
    "1997，偏置清零 || 1997, no biases": [drift(unbiased, k) for k in (0, 1, 2)],
    "1997，不读 h || 1997, deaf to h": [drift(deaf, k) for k in (0, 1, 2)],
    "1997，两样都去掉 || 1997, neither": [drift(deaf_and_unbiased, k) for k in (0, 1, 2)],
    "2000": kept,
}
for label, arm in causes.items():
    print(f"  {label:24}", *(f"{k:5.1f}" for k in factors(arm)))
print("写满的单元，第 300 步、第 3,000 步 || full units at steps 300, 3,000")
for label, arm in {"1997": free, "1997, −5": slowed, "2000": kept}.items():
    print(f"  {label:9} {full_at(arm, 300)[0]:4.0%}  {full_at(arm, 3000)[0]:4.0%}")

grow, stay = factors(free), factors(kept)
claim("Q5-1997", all(5 < k < 15 for k in grow), factor=grow[0])
# 只把遗忘门装回去 || only the forget gate is put back
claim("Q5-1997-control", not any(k > 5 for k in stay), factor=stay[0])
full, roomy = full_at(free, 3000), full_at(kept, 3000)
claim("Q5-1997-full", min(full) > 0.9, full=full[0])
claim("Q5-1997-full-control", not max(roomy) > 0.9, full=roomy[0])
early, late = full_at(slowed, 300), full_at(slowed, 3000)
postponed = max(early) < 0.05 and min(late) > 0.2
claim("Q5-1997-bias", postponed, at_300=early[0], at_3000=late[0])
# 只把输入门的偏置放回原处 || only the input gate's bias is back where it was
full_early = full_at(free, 300)
claim("Q5-1997-bias-control", not max(full_early) < 0.05, at_300=full_early[0])

# %% name="grow-figure" tags=["hide-input"] covers=["H-08", "H-09"]
fig, ax = plt.subplots(figsize=(6, 3))
ax.loglog(range(1, 3001), free[0][0], label="1997")
ax.loglog(range(1, 3001), slowed[0][0], label="1997，输入门偏置 −5 || 1997, input bias −5")
ax.loglog(range(1, 3001), kept[0][0], label="2000：有遗忘门 || 2000: with a forget gate")
ax.set_xlabel("读过的步数 || steps read")
ax.axhline(math.atanh(0.99), color="#777777", linestyle=":",
           label=r"写满：$\tanh(c)=0.99$ || full: $\tanh(c)=0.99$")
ax.set_ylabel("至今最大的 $|c|$ || largest $|c|$ so far")
ax.legend()
plt.show()

# %% [markdown] name="grow-meaning"
# 步数变成十倍，$|c|$ 也变成十倍上下：它一路往一个方向走，不像随机游走。输入的平均值是 0，谁在推它？有两样：偏置，和经 $W_h$ 绕回来的 $h$（$c$ 一旦偏向一边，它就接着推）。上面的表里，去掉任何一样照样漂移，两样都去掉，才降到 5 倍上下。一步添一点，从来没有人往下减。到最后，超过九成单元的 $\tanh(c)$ 都顶在 ±1 上，记事本写满了，再写什么也看不出来，那里的导数也几乎是 0。
#
# 1997 年的作者不但料到了这件事，办法也管用：输入门的偏置压到 −5，第 300 步一个单元也没写满。可那是**推迟**，不是治好：漂移只是慢了，读到 3,000 步，又有一半左右写满了。他们的序列读完一条就清零，推迟就够了；输入若是源源不断，中间没有人替它清零，就必须**学会忘**。
#
# 有了遗忘门，$f < 1$，记忆就有了上限。可是等一等：$f < 1$ 还意味着传送带每一步都要漏掉一点。漏多少？

# %% [markdown] lang="en" of="8bbc1e4c.d8f57ae7"
# Ten times the steps, about ten times the memory: it keeps going one way, nothing like a random walk. The input averages to 0; what is pushing, then? Two things: the biases, and $h$ itself, which $W_h$ feeds back once $c$ leans to one side. In the table above, take either away and it still drifts; take both and the growth falls to about fivefold. Each step adds a little, and nothing ever takes it away. In the end more than nine tenths of the units have their $\tanh(c)$ pinned to ±1. The notebook is full; whatever is written next makes no visible difference, and the derivative there is almost 0.
#
# The authors of 1997 not only saw this coming; their remedy works. With the input gate's bias at −5, not one unit is full at step 300. But that is to **postpone**, not to cure: the drift is only slower, and by step 3,000 about half of the units are full again. Their sequences ended and the state was cleared, so postponing was enough. When the input is a long stream without full stops, and nobody clears the state, a network has to **learn to forget**.
#
# With a forget gate, $f < 1$ puts a bound on the memory. But wait: $f < 1$ also means that the carousel leaks a little at every step. How much?

# %% [markdown] name="leak" covers=["C-22", "!5"]
# ## 5.6 遗忘门开多大，记忆就有多长
#
# 建一个 `nn.LSTM`，什么也不改，读一串随机输入。遗忘门平均开多大？50 步连乘之后剩多少？

# %% [markdown] lang="en" of="8307c726.9b7be774"
# ## 5.6 The memory is as long as the forget gate is open
#
# Make an `nn.LSTM`, change nothing, and let it read random input. How far open is the forget gate on average, and what is left of a memory after 50 of them have multiplied it?

# %% name="bet-default"
predict("Q5a")

# %% name="default-forget" covers=["!5"]
def fresh(seed, bias=None, I=10, H=64):
    """PyTorch 默认初始化的 LSTM；给了 bias，就把遗忘门的偏置设成它
    || An LSTM as PyTorch initialises it; with bias, that is the forget gate's bias"""
    torch.manual_seed(seed)
    cell = by_equations(nn.LSTM(I, H).double())
    if bias is not None:
        nn.init.constant_(cell.forget.bias, bias)
    # 输入另外抽，与权重无关 || the input is drawn apart from the weights
    generator = torch.Generator().manual_seed(100 + seed)
    return cell, torch.randn(120, I, generator=generator).double()  # x (T, I)


def forget_stats(bias=None):
    means, products = [], []
    for seed in (0, 1, 2):
        _, f, _, _ = watch(*fresh(seed, bias))  # (T, H)
        means.append(f.mean())
        # 50 个 f 连乘，取中间的那个单元 || product of 50 f, median unit
        products.append(f[-50:].prod(dim=0).median())
    return means, products


means, products = forget_stats()
show("平均的 f；50 步连乘 || mean f; product over 50 steps", means[0], products[0])
half_open = all(0.45 < m < 0.55 for m in means)
claim("Q5a", half_open and max(products) < 1e-12, mean_f=means[0], left=products[0])
# 只把偏置设为 5，记忆大半还在 || only the bias is set to 5: most of the memory is still there
remaining = min(forget_stats(bias=5)[1])
claim("Q5a-control", remaining > 0.5, left=remaining)

# %% [markdown] name="straight-ellipse"
# 画出来看。还是第 3、4 章的圆：取两个隐藏单元，往各个方向推 $c_{t-1}$，推的长短都一样。直接路径上每个隐藏单元各管各的，往前一步乘的是对角矩阵 $\operatorname{diag}(f_t)$，所以椭圆是正的，不歪：两条半轴就是两个隐藏单元各自的 $f$。

# %% [markdown] lang="en" of="5211be16.b2598ddd"
# Drawn, it is the circle of Chapters 3 and 4 once more: take two units and nudge $c_{t-1}$ in every direction, equally far each time. On the direct path every unit is on its own, and a step forward multiplies by the diagonal matrix $\operatorname{diag}(f_t)$. So this ellipse stands upright, and its half-axes are simply the two units' own $f$.

# %% name="straight-ellipse-figure" tags=["hide-input"]
fig, panels = plt.subplots(1, 3, figsize=(9, 3.6))
arms = [("默认，1 步 || default, 1 step", None, 1), ("默认，10 步 || default, 10 steps", None, 10),
        ("+3，10 步 || +3, 10 steps", 3, 10)]
for panel, (title, bias, steps) in zip(panels, arms):
    _, f, _, _ = watch(*fresh(0, bias))  # (T, H)
    plotting.stretch(panel, torch.diag(f[-steps:, :2].prod(dim=0)))
    panel.set(title=title, xlim=(-1.2, 1.2), ylim=(-1.2, 1.2))
    panel.set_aspect("equal", adjustable="box")  # 三幅同一把尺 || one scale for all three
plt.show()

# %% [markdown] name="horizon" covers=["C-22", "!5"]
# 默认的偏置在 0 附近，$\sigma(0) = 0.5$：每一步打对折，十步之后椭圆缩成一个点，50 步之后什么也不剩。偏置加到 3，同样十步，圆还剩大半。
#
# 那么梯度呢？用第 4 章的办法量，只是状态现在是一对 $(h, c)$：推一下第 $T-k$ 步的 $(h, c)$，第 $T$ 步的 $(h, c)$ 最多跟着动多少倍？还是那个把圆推成椭圆的问题，只是圆在 $2H$ 维里。每步的雅可比矩阵 $(2H, 2H)$ 让 torch 求，再一个个乘起来；直接路径、间接路径，全都算在内。这个倍数第一次跌破间隔 1 处的千分之一，那个间隔就叫它的**梯度视界**（gradient horizon）。它在训练之前就量得出来；训练之后到底记得多远，第 7 章另有一个视界。

# %% [markdown] lang="en" of="87886c1f.1f425130"
# By default the bias is near 0, and $\sigma(0) = 0.5$: each step halves the memory. After ten the ellipse is a dot, after 50 nothing is left. With the bias at 3, most of the circle outlives the same ten steps.
#
# And the gradient? We measure it as in Chapter 4, except that the state is now the pair $(h, c)$: nudge $(h, c)$ at step $T-k$; by what factor does $(h, c)$ at step $T$ move at most? It is the old question of the circle pushed into an ellipse, only in $2H$ dimensions. We let torch work out each step's Jacobian $(2H, 2H)$ and multiply them one by one, so direct and indirect paths are all included. The lag at which this factor first falls below a thousandth of what it is at lag 1 we call the **gradient horizon**. It can be measured before training; how far a network remembers after training is another horizon, that of Chapter 7.

# %% name="bet-horizon"
predict("Q5b")

# %% name="horizon-code" covers=["C-22", "!5"]
def state_lag_norms(cell, x, lags=110):
    """‖d(h_T, c_T) / d(h_{T-k}, c_{T-k})‖，k = 1 … lags。x (T, I) -> (lags,) || ‖d(h_T, c_T) / d(h_{T-k}, c_{T-k})‖ for k = 1 … lags. x (T, I) -> (lags,)"""
    def step(state, x_t):  # state (2H,)
        return torch.cat(cell.step(x_t, *state.chunk(2)))

    start = x.new_zeros(2 * cell.output.out_features)
    return lag_norms(step_jacobians(step, x, start), lags)


@torch.no_grad()
def plain_lag_norms(seed):
    """默认初始化的 nn.RNN：第 4 章的 diag(1 - h²) W_h，一个个乘起来
    || nn.RNN as PyTorch initialises it: the product of Chapter 4's diag(1 - h²) W_h"""
    torch.manual_seed(seed)
    rnn, (_, x) = nn.RNN(10, 64).double(), fresh(seed)  # 同样的输入 || the same input
    h, _ = rnn(x)  # (T, H)
    return lag_norms((1 - h**2).unsqueeze(2) * rnn.weight_hh_l0, 110)


@torch.no_grad()
def direct_lag_norms(cell, x, lags=110):
    """只走直接路径：f 一个个乘起来，取最大的单元 || The direct path alone: products of f, the best unit"""
    f = watch(cell, x)[1]  # (T, H)
    return f.flip(0)[:lags].cumprod(dim=0).amax(dim=1)  # (lags,)


def gradient_horizon(norms):
    """第一个不到间隔 1 的千分之一的间隔；一直没有跌到，就是无穷 || The first lag below a thousandth of lag 1; infinite if there is none"""
    below = (norms < 1e-3 * norms[0]).nonzero()
    return below[0].item() + 1 if len(below) else float("inf")


def lstm_horizons(bias=None):
    runs = [state_lag_norms(*fresh(seed, bias)) for seed in (0, 1, 2)]
    return runs[0], [gradient_horizon(norms) for norms in runs]


plain_runs = [plain_lag_norms(seed) for seed in (0, 1, 2)]
measured = {
    "LSTM，默认 || LSTM, default": lstm_horizons(),
    "LSTM，偏置 0 || LSTM, bias 0": lstm_horizons(0),
    "LSTM，偏置 +1 || LSTM, bias +1": lstm_horizons(1),
    "LSTM，偏置 +3 || LSTM, bias +3": lstm_horizons(3),
    "tanh RNN": (plain_runs[0], [gradient_horizon(norms) for norms in plain_runs]),
}
print("梯度视界，三个种子 || gradient horizon, three seeds")
print("（inf：110 步之内没有跌到千分之一） || (inf: above a thousandth for all 110 steps)")
for name, (_, horizons) in measured.items():
    print(f"  {name:18}", *horizons)
direct = {bias: direct_lag_norms(*fresh(0, bias)) for bias in (0, 1, 3)}
print("只走直接路径，偏置 0、+1、+3 || the direct path alone, bias 0, +1, +3:",
      *(gradient_horizon(norms) for norms in direct.values()))

default, zero, plus_one, plus_three, plain = (k for _, k in measured.values())
near = all(12 <= k <= 25 for k in default + zero)
grows = near and all(35 <= k <= 75 for k in plus_one)
far = min(plus_three) > 100
lags = {"default": default[0], "plus_1": plus_one[0], "plus_3": plus_three[0]}
claim("Q5b", grows and far, **lags)
# 只把偏置往反方向拧，视界更短 || only the bias, turned the other way: the horizon shrinks
_, backwards = lstm_horizons(-2)
claim("Q5b-control", not min(backwards) > 12, minus_2=backwards[0])
close = max(default) < 2 * min(plain)
claim("Q5b-plain", close, tanh_rnn=plain[0], default_lstm=default[0])
# 只把偏置设为 1，就甩开了 || only the bias is set to 1: it pulls ahead
claim("Q5b-plain-control", not max(plus_one) < 2 * min(plain), plus_1=plus_one[0])

# %% name="horizon-figure" tags=["hide-input"] covers=["C-22"]
fig, ax = plt.subplots(figsize=(7.5, 3))
plotting.lag_profile(ax, {name: run / run[0] for name, (run, _) in measured.items()})
ax.plot(range(1, 111), direct[1] / direct[1][0], ":", color="black", linewidth=1,
        label="偏置 +1，只走直接路径 || bias +1, direct path alone")
ax.axhline(1e-3, color="#777777", linewidth=0.8, linestyle="-", label="千分之一 || one thousandth")
ax.set_ylim(bottom=1e-12)
ax.set_ylabel("谱范数，间隔 1 处为 1 || spectral norm, 1 at lag 1")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown] name="mitigates" covers=["C-22", "!5"]
# 图上的灰线是千分之一。
#
# 细心的读者会问：每步打对折，十步就该剩千分之一，怎么走了十几步？一部分是因为谱范数看的是最经得住的那个方向，总有些单元的 $f$ 比一半大一点；可是最好的单元单靠 $f$，也走不到那么远（“只走直接路径”的那一行，图上的黑点线）。其余的走的是间接路径。+3 的曲线甚至不降反升：$f \le 1$ 放大不了任何东西，那也是间接路径的功劳，或者说祸根，下一节就说它。所以“遗忘门开多大，记忆就有多长”说的只是直接路径。
#
# **同一个网络，只动一组偏置，梯度视界从不到 25 步变成 100 步以外。** 所以“LSTM 解决了梯度消失”这句话要改一改：它**缓解**（mitigates）了梯度消失，办法是给网络一个可以不消失的选择；选不选，看 $f$。默认初始化并没有替你选：它看得还没有普通 tanh RNN 的两倍远（上面最后两行对第一行）。
#
# 夸 LSTM 的三句老话，逐句对着测量看：
#
# | 说法 | 更准确的说法 |
# |---|---|
# | 解决梯度消失 | 缓解。直接路径上只乘 $f$；$f$ 有多接近 1，由偏置和训练决定（Q5a、Q5b） |
# | 能学长期依赖 | 一开始梯度视界就够得着的，学得更稳当；够不着的也不是绝无可能（第 7 章）。先把遗忘偏置设为 1 或更大，再训练 |
# | 记忆能力强 | 有一件事，压扁的状态确实做不到：5.8 节 |
#
# 该做什么：序列超过二十来步，先把遗忘偏置设为 1 试试，不费什么事（Gers 等 2000 年、Jozefowicz 等 2015 年都这样建议）。起点不是终点，训练之后差多少，第 7 章逐格去量。`nn.LSTM` 的遗忘偏置，是 `bias_ih_l0` 与 `bias_hh_l0` 两个第二块（i 之后的那 $H$ 个数）之和。怎样设，练习 E04 会让你亲手拧这颗螺丝。

# %% [markdown] lang="en" of="e83b6501.af890d99"
# The grey line marks one thousandth.
#
# If each step halves the memory, should not a thousandth be left after ten, rather than after a dozen and a half? In part because the spectral norm looks at the direction that holds out best, and some units always have an $f$ a little above one half. But the best unit's $f$ alone would not reach that far (the line "direct path alone", dotted black in the figure); the rest travels the indirect path. The curve for +3 even climbs. An $f \le 1$ magnifies nothing, so that too is the work of the indirect path, to which we turn in the next section. "As long as the forget gate is open" is true of the direct path only.
#
# **The same network, one set of biases changed, and the gradient horizon goes from under 25 steps to beyond 100.** So "the LSTM solves vanishing gradients" needs rewording: it **mitigates** them, by giving the network the option not to let them vanish. Whether the option is taken is up to $f$. The default initialisation does not take it for you: it does not even see twice as far as a plain tanh RNN.
#
# Three things people like to say about the LSTM, each read against the measurements:
#
# | Said | More exactly |
# |---|---|
# | it solves vanishing gradients | it mitigates them. The direct path multiplies by $f$ alone; how near $f$ is to 1 is up to the bias and the training (Q5a, Q5b) |
# | it learns long-term dependencies | more reliably where its gradient horizon reaches that far to begin with; where it does not, it is not ruled out (Chapter 7). Set the forget bias to 1 or more, then train |
# | it has a strong memory | there is one thing that a squashed state truly cannot do: section 5.8 |
#
# What to do about it: for sequences beyond twenty steps or so, a forget bias of 1 is a cheap thing to try first (Gers et al. in 2000 and Jozefowicz et al. in 2015 advise it). The start is not the end; what it is worth after training, Chapter 7 measures square by square. In `nn.LSTM` it is the sum of two second blocks, the $H$ numbers after those of i in `bias_ih_l0` and in `bias_hh_l0`. Exercise E04 lets you turn this screw yourself.

# %% [markdown] name="explode" covers=["!5"]
# ## 5.7 爆炸，它拦不住
#
# 传送带上 $f \le 1$，直接路径永远不会把梯度放大。那 LSTM 是不是就不会梯度爆炸了？别忘了间接路径：$c_{t-1} \to h_{t-1} \to W_h \to$ 门。把 `weight_hh` 乘上 12 试试（故意夸大；几倍就开始爆炸，不妨自己试）：默认每个数都在 ±0.125 之内（$1/\sqrt{64}$），乘过之后也在 ±1.5 之内。

# %% [markdown] lang="en" of="b97b1545.0807109b"
# ## 5.7 It does not stop explosions
#
# On the carousel $f \le 1$, so the direct path never magnifies a gradient. Does that mean an LSTM's gradients cannot explode? Remember the indirect path, $c_{t-1} \to h_{t-1} \to W_h \to$ gates. Try multiplying `weight_hh` by 12 (an exaggeration on purpose; find out yourself where it begins): by default its entries lie within ±0.125 ($1/\sqrt{64}$), afterwards within ±1.5.

# %% name="bet-explode"
predict("Q5c")

# %% name="exploding" covers=["!5"]
def at_lag_100(factor, seed):
    cell, x = fresh(seed)
    with torch.no_grad():
        for layer in (cell.input, cell.forget, cell.candidate, cell.output):
            # 读 h 的那一半 (H, H) || the half that reads h (H, H)
            layer.weight[:, x.shape[1] :] *= factor
    return state_lag_norms(cell, x)[99].item()


exploded = [at_lag_100(12, seed) for seed in (0, 1, 2)]
show("间隔 100 处的谱范数 || spectral norm at lag 100", *exploded, digits=1)
claim("Q5c", min(exploded) > 1e6, influence=exploded[0])
# 只把倍数换回 1 || only the factor is back at 1
tame = [at_lag_100(1, seed) for seed in (0, 1, 2)]
claim("Q5c-control", not max(tame) > 1e6, influence=tame[0])

# %% [markdown] name="explode-meaning"
# 爆炸了，而且三个种子个个如此。传送带管住的只是直接路径；间接路径上的 $W_h$，它管不着。所以训练 LSTM 照样要**裁剪梯度**（第 4 章），`fit` 里的 `clip=1.0` 不是摆设。

# %% [markdown] lang="en" of="2fe0be40.5698fe14"
# It explodes, with each of the three seeds. The carousel disciplines only the direct path and has no say over the $W_h$ on the indirect path. So when you train an LSTM, **clip the gradients** all the same (Chapter 4); the `clip=1.0` in `fit` is there for a reason.

# %% [markdown] name="count" covers=["C-22"]
# ## 5.8 压扁的状态做不到的事：数数
#
# tanh RNN 的状态永远在 ±1 之间，$c$ 却没有上限。这不只是毛病（5.5 节），也是本事。手工设一个 LSTM 单元，让三个门都全开，候选 $g$ 读到 $a$ 得 +1、读到 $b$ 得 −1，于是 $c_t = c_{t-1} \pm 1$：它在**数数**。给它 1,000 个 $a$，再给 400 个 $b$。

# %% [markdown] lang="en" of="ed4c29bf.99f74589"
# ## 5.8 What a squashed state cannot do: counting
#
# The state of a tanh RNN stays between ±1, while $c$ has no bound. That is not only a fault (section 5.5); it is a talent. Set one LSTM unit by hand so that all gates stand wide open and the candidate $g$ is +1 on reading $a$, −1 on reading $b$. Then $c_t = c_{t-1} \pm 1$: it **counts**. Feed it 1,000 times $a$, then 400 times $b$.

# %% name="bet-count"
predict("Q5d")

# %% name="counter" covers=["C-22"]
def count(forget_bias):
    """手工设的计数单元读 1,000 个 a、400 个 b -> 每一步的 c (1400,) || The hand-set counter reads 1,000 a and 400 b -> c at each step (1400,)"""
    cell = EquationLSTM(1, 1).double()
    biases = {cell.input: 40, cell.forget: forget_bias, cell.output: 40}
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        for layer, bias in biases.items():
            # 双精度下 sigmoid(40) 恰好是 1 || sigmoid(40) is exactly 1 in double precision
            layer.bias.fill_(bias)
        # tanh(±40) 恰好是 ±1 || tanh(±40) is exactly ±1
        cell.candidate.weight[0, 0] = 40
    letters = torch.tensor([1.0] * 1000 + [-1.0] * 400).double()  # a = +1, b = -1
    return watch(cell, letters.unsqueeze(1))[3, :, 0]


exact, leaky = count(40), count(5)
fig, ax = plt.subplots(figsize=(6, 2.6))
ax.plot(exact, label="$f = 1$")
ax.plot(leaky, label=r"$f = \sigma(5)$")
ax.set_xlabel("读过的字母 || letters read")
ax.set_ylabel("记忆 $c$ || memory $c$")
ax.legend()
plt.show()

up, down = exact[999], exact[-1]
show("1,000 个 a 之后；再读 400 个 b || after 1,000 a; after 400 more b", up, down, digits=6)
claim("Q5d", up == 1000.0 and down == 600.0, up=up, down=down)
# 只把偏置换成 5：f 差一点点不到 1，就数不上去 || only the bias is 5: f a little short of 1, and it cannot get there
claim("Q5d-control", not leaky[999] > 200, up=leaky[999])

# 同样做加法，只是每一步都压进 ±1 || additive as well, only squashed into ±1 at every step
squashed, states = torch.zeros((), dtype=torch.float64), []
for _ in range(60):
    squashed = torch.tanh(squashed + 1)
    states.append(squashed)
apart = (states[59] - states[49]).abs()
claim("Q5d-squashed", apart == 0, apart=apart)
apart = exact[59] - exact[49]
claim("Q5d-squashed-control", not apart == 0, apart=apart)

# %% [markdown] name="count-meaning"
# 分毫不差。判断一段程序里的括号配不配对、$a^n b^n$ 里两种字母是否一样多，靠的正是这种本事；状态要是每一步都压进 ±1，第 50 个 $a$ 和第 60 个 $a$ 之后就一个比特也不差，再也分不清了。（不压扁的状态，比如 ReLU 的 RNN，也数得了；这里没有测。）不过也要看清条件：要数得分毫不差，$f$ 必须*正好*是 1。$\sigma(5) \approx 0.993$ 够大了吧？它每一步还是漏一点，漏到和写进来的一样多，就再也涨不上去了：图里停在 150 左右。下一章的 GRU 把写和擦绑在了一起，因此没有这个本事（Weiss、Goldberg 与 Yahav，2018；第 7 章去量）。

# %% [markdown] lang="en" of="7f513c74.efd2235a"
# To the last digit. Checking that the brackets in a program match, or that $a^n b^n$ has as many of one letter as of the other, takes just this talent. Squash the state into ±1 at every step, and after the 50th $a$ and the 60th it is the same to the last bit: it cannot tell them apart any more. (A state that is not squashed, such as that of a ReLU RNN, can count as well; we do not measure that here.) But note the condition: to count exactly, $f$ has to be *exactly* 1. Is $\sigma(5) \approx 0.993$ not large enough? It still leaks at each step, and once as much leaks out as is written in, the count stops rising, in the figure at about 150. The GRU of the next chapter ties writing and erasing together and therefore lacks this talent (Weiss, Goldberg and Yahav, 2018; Chapter 7 measures it).

# %% [markdown] name="names-thread" covers=["C-21"]
# ## 5.9 回到名字：换上 LSTM，好了多少？
#
# 第 2 章那个拼名字的网络，这里只换循环层：把 `nn.RNN` 换成 `nn.LSTM`。数据、三份划分、词向量、128 个隐藏单元、批大小、学习率、轮数都不动（代码收在 `course_utils.training.names` 里，和第 2 章的是同一份协议）。成绩还是测试集上每个字母多少比特，越小越好。
#
# 单元数一样，LSTM 循环层的参数就是 RNN 的四倍，换的其实是两样。所以还有一组：LSTM 缩到 61 个隐藏单元，参数和 RNN 差不多一样多。
#
# 一个种子说明不了问题，所以每一组都训练过三次，存在 `datasets/names.csv` 里（来历见 `names.md`）。你这里只训练一次 LSTM，看对不对得上；训练完，让它自己编几个名字。

# %% [markdown] lang="en" of="1a44e783.130d2943"
# ## 5.9 Back to the names: what does an LSTM gain?
#
# Take the network of Chapter 2 that spells names and change the recurrent layer: `nn.RNN` becomes `nn.LSTM`. Data, the three splits, embedding, 128 hidden units, batch size, learning rate and number of epochs stay (the code is in `course_utils.training.names` and follows the protocol of Chapter 2). The score is bits per character on the test set again, lower is better.
#
# With as many units an LSTM has four times the recurrent parameters of an RNN, so two things change at once. Hence another arm: an LSTM cut down to 61 units, with about as many parameters as the RNN.
#
# One seed proves nothing, so every arm was trained three times; the results are stored in `datasets/names.csv` (`names.md` says how they were made). Here you train one LSTM and see whether it agrees; and when it is trained, it makes up a few names.

# %% name="bet-bits"
predict("Q5-bits")

# %% name="names-bits" covers=["C-21"]
train, validation, test = data.name_splits()
arms = {"RNN": ("RNN", 128), "LSTM": ("LSTM", 128), "LSTM 61": ("LSTM", 61)}
stored, learnt = {}, {}
for name, arm in arms.items():
    runs = [run for run in data.name_runs() if (run.layer, run.hidden) == arm]
    stored[name] = [run.test for run in runs]
    learnt[name] = [run.train for run in runs]
print("比特/字母，三个种子 || bits per character, three seeds")
for name in arms:
    show(f"  {name}，测试集 || {name}, test set", *stored[name])
    show(f"  {name}，训练集 || {name}, training set", *learnt[name])
for n in (3, 4):
    show(f"  {n}-gram，测试集 || {n}-gram, test set", data.ngram_bits_per_char(train, test, n))


def all_better(bits, than):
    """每个种子都好出 0.02 比特以上 || Better by more than 0.02 bits with every seed"""
    return max(bits) < min(than) - 0.02


lstm_worst, rnn_best = max(stored["LSTM"]), min(stored["RNN"])
better = all_better(stored["LSTM"], than=stored["RNN"])
claim("Q5-bits", better, LSTM_worst=lstm_worst, RNN_best=rnn_best)
# 只换种子，不换单元：拉不开这么大的差距 || only the seed changes, not the cell: no such gap
a, *others = stored["RNN"]
no_gap = not all_better([a], than=others)
claim("Q5-bits-control", no_gap, RNN=a, other_seeds=min(others))
# 参数一样多，优势就没有了 || with as many parameters the lead is gone
small = stored["LSTM 61"]
claim("Q5-bits-level", not all_better(small, than=stored["RNN"]),
      LSTM_61=min(small), RNN=rnn_best)
# 只把单元加回 128 个 || only the units are back at 128
claim("Q5-bits-level-control", better, LSTM=lstm_worst, RNN=rnn_best)

speller = train_names(nn.LSTM, 0, train)
here = name_bits(speller, test)
claim("Q5-bits-here", here < rnn_best - 0.02, LSTM=here)
# 不训练，就什么也不会 || without training it knows nothing
unborn = name_bits(train_names(nn.LSTM, 0, train, epochs=0), test)
claim("Q5-bits-here-control", not unborn < rnn_best - 0.02, LSTM_untrained=unborn)

# %% name="names-made-up" tags=["nbval-ignore-output"]
print(*sample_texts(speller, VOCABULARY, 20, torch.Generator().manual_seed(1)))
on_train = name_bits(speller, train)
print(f"训练集 {on_train:.2f}，测试集 {here:.2f} || train {on_train:.2f}, test {here:.2f}")

# %% [markdown] name="names-bits-meaning"
# 单元一样多，好了一些：三个种子个个比最好的 RNN 低，也第一次胜过了 4-gram（RNN 和它不相上下）。可是参数一样多（61 个隐藏单元）的时候，它和 RNN 打平：在名字上，好处是门和规模合起来的，不能全记在门的账上。一个名字只有六七个字母，够不着 LSTM 的长处。再看训练集：128 个隐藏单元的 LSTM 离测试集差得比 RNN 还远，多出来的本事有一部分花在了死记上。编出来的名字，读出声来听听像不像。
#
# 第 6 章轮到 GRU。这里先问：门在做什么？
#
# （训练的时候，门开着多大、饱和了多少，可以一步一步画出来：[14.4 节](14_debugging_clinic.ipynb#cell-id=gates)的监控。）

# %% [markdown] lang="en" of="ffd12d3d.07ed6b01"
# With as many units it is better: below the best RNN with every seed, and for the first time ahead of the 4-gram, with which the RNN was level. With as many parameters (61 units), however, it is level with the RNN: on names the gain belongs to gates and size together, not to gates alone. A name has six or seven letters, too few for what an LSTM does best. And look at the training set: with 128 units the LSTM is further from its test score than the RNN is, so part of the extra power went into learning by heart. As for the names it made up, read them aloud.
#
# In Chapter 6 the GRU has its turn. For now: what are the gates doing?
#
# (How far the gates open while a network trains, and how many are saturated, can be drawn step by step: the monitor of [section 14.4](14_debugging_clinic.ipynb#cell-id=gates).)

# %% [markdown] name="real" covers=["C-23"]
# ### 训练过的网络，门真的这样用吗？
#
# 5.2 节的门是手工设的，当然听话。训练出来的呢？拿一条真实的序列来看：同样的名字，这回不切开，一个接一个，中间用句点隔开，
#
# `…emma.al.elizabeth.…`
#
# 网络要做的还是猜下一个字母。没有人告诉它句点是什么意思，也没有人在句点处替它清空状态（训练时每 64 步切一段，切口落在哪里与名字无关）：这正是 Gers 等人所说的连续输入。读到句点的时候，前一个名字就没用了。**它会自己学会翻页吗？用的是哪个门？** 我们数一数：读到某个符号时，平均值低于 0.3 的单元算“关上”；读到句点时关上的，是不是比读到任何一个字母时都多？

# %% [markdown] lang="en" of="4f1a9060.320e8dd7"
# ### Do trained gates really behave like the ones set by hand?
#
# The gates of section 5.2 were set by hand, so of course they obey. What about trained ones? Take a real sequence: the same names, this time not cut apart but one after another with a full stop between,
#
# `…emma.al.elizabeth.…`
#
# The task is the old one, guess the next letter. Nobody tells the network what a full stop means, and nobody resets its state at one (for training the stream is cut every 64 steps, wherever that falls): this is the continual input that Gers and his co-authors wrote about. At a full stop the name before it is no longer of use. **Will the network learn by itself to turn the page, and with which gate?** Let us count. On reading a symbol, a unit whose mean is below 0.3 counts as shut. Are more units shut at a full stop than at any letter?

# %% name="bet-names"
predict("Q5-names")

# %% name="train-stream" covers=["C-23"]
stream_vocabulary = data.Vocabulary("abcdefghijklmnopqrstuvwxyz.")


def encode(names):
    return torch.tensor(stream_vocabulary.encode("." + ".".join(names) + "."))


stream, unseen = encode(train), encode(test)  # 两条长长的序列 || two long sequences
# 哪些步读到句点 (T,) || which steps read a full stop (T,)
stop = unseen == stream_vocabulary.encode(".")[0]


class StreamModel(nn.Module):
    def __init__(self, symbols, embedding=16, hidden=32):
        super().__init__()
        self.embed = nn.Embedding(symbols, embedding)
        self.lstm = nn.LSTM(embedding, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, symbols)

    def forward(self, inputs):  # (B, T)
        return self.readout(self.lstm(self.embed(inputs))[0])  # (B, T, V)


def next_letter(model, batch):  # batch (B, 65)
    return F.cross_entropy(model(batch[:, :-1]).transpose(1, 2), batch[:, 1:])


def gates_on_unseen(model):
    """在没见过的名字上，三个门逐步的值 i, f, o：各 (T, H) || The gates i, f, o at each step of the unseen names: (T, H) each"""
    return watch(by_equations(model.lstm), model.embed(unseen).detach())[:3]


# 64 步一段，多出的 1 个字母是最后一步的答案 || 64 steps each; the extra letter answers the last one
pieces = stream.unfold(0, 65, 64)
models = []
for seed in (0, 1, 2):
    torch.manual_seed(seed)
    models.append(StreamModel(len(stream_vocabulary)))
untrained = gates_on_unseen(models[0])
for seed, model in enumerate(models):
    torch.manual_seed(seed)
    batches = torch.utils.data.DataLoader(pieces, batch_size=16, shuffle=True)
    fit(model, next_letter, batches, epochs=12, lr=1e-2, label=f"LSTM {seed}")

# %% name="names-gates" covers=["C-23"]
def by_symbol(values, reduce):
    """读到每一个符号时的 reduce（少于 20 次的字母不算） || reduce, for each symbol read (letters met fewer than 20 times are left out)"""
    return {symbol: reduce(values[unseen == k]).item()
            for k, symbol in enumerate(stream_vocabulary.symbols)
            if (unseen == k).sum() >= 20}


def share_shut(gate):                                          # (N, H)
    return (gate.mean(dim=0) < 0.3).double().mean()


def stop_and_letters(shares):
    """句点处的份额，字母里最大的份额 || The share at full stops, the largest share at any letter"""
    return shares["."], max(v for symbol, v in shares.items() if symbol != ".")


watched = [gates_on_unseen(model) for model in models]
GATES = {"遗忘门 || forget gate": 1, "输出门 || output gate": 2, "输入门 || input gate": 0}
print("关上的单元：句点处 / 关得最多的字母 || units shut: full stop / the letter that shuts most")
found = {}
for title, k in GATES.items():
    found[k] = [stop_and_letters(by_symbol(gates[k], share_shut)) for gates in watched]
    print(f"  {title:10}", *(f"{stop_share:4.0%} / {letter_share:4.0%}"
                             for stop_share, letter_share in found[k]))
stands_out = {k: [stop_share > 1.1 * letter_share for stop_share, letter_share in pairs]
              for k, pairs in found.items()}
at_stop, at_letter = found[2][0]
claim("Q5-names", all(stands_out[2]), output=at_stop, letter=at_letter)
# 只是还没训练：门不认识句点 || only the training is missing: no gate knows the full stop
fresh_stop, fresh_letter = stop_and_letters(by_symbol(untrained[2], share_shut))
claim("Q5-names-control", not fresh_stop > 1.1 * fresh_letter, output=fresh_stop)
# 遗忘门没有这样一边倒 || the forget gate is not as outspoken
forget_stop, forget_letter = found[1][0]
claim("Q5-names-forget", not all(stands_out[1]),
      forget=forget_stop, letter=forget_letter)
# 只换一个门 || only the gate is another
claim("Q5-names-forget-control", all(stands_out[2]), output=at_stop)

# %% name="names-strip" tags=["nbval-ignore-output", "hide-input"] covers=["A-05", "C-23"]
i, f, o = watched[0]
begin = stop.nonzero()[4].item()
part = slice(begin, begin + 30)
dots = stop[part].nonzero()[:, 0]  # 句点所在的列 || the columns of the full stops
# 在句点处忘得最多的单元排在最上面 || units that forget most at full stops on top
order = f[stop].mean(dim=0).argsort()
fig, axes = plt.subplots(3, 1, figsize=(8, 6.4), sharex=True)
panels = {
    "遗忘门 $f$ || forget gate $f$": f,
    "输出门 $o$ || output gate $o$": o,
    "输入门 $i$ || input gate $i$": i,
}
for ax, (title, gate) in zip(axes, panels.items()):
    values = gate[part, order].T
    image = ax.imshow(values, vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    ax.set_title(title)
    ax.set_ylabel("单元（按遗忘门排） || unit (by forget gate)")
    ax.grid(False)
    ax.set_autoscale_on(False)
    marker = {"marker": "v", "color": "#b35900", "clip_on": False, "zorder": 3}
    ax.scatter(dots, 0 * dots - 0.5, **marker)
axes[-1].set_xticks(range(30), [stream_vocabulary.symbols[k] for k in unseen[part]])
axes[-1].set_xlabel("读到的字母 || letter read")
fig.colorbar(image, ax=axes, label="门的值 || value of the gate")
plt.show()

# %% name="names-kept" covers=["C-23"]
@torch.no_grad()
def share_kept(model):
    """每一步，旧记忆 c 乘上 f 之后还剩几成 (T,) || At each step, what share of the old memory c survives the product with f, (T,)"""
    _, f, _, c = watch(by_equations(model.lstm), model.embed(unseen))
    before_step = torch.cat([torch.zeros_like(c[:1]), c[:-1]])
    return (f * before_step).norm(dim=1) / before_step.norm(dim=1).clamp(min=1e-9)


print("旧记忆还剩几成：句点处；所有字母平均 || share of the old memory kept: at full stops; mean over letters")
for seed, model in enumerate(models):
    kept_share = share_kept(model)
    at_stops, at_letters = kept_share[stop].mean(), kept_share[~stop].mean()
    print(f"  {seed}  {at_stops:.2f}  {at_letters:.2f}")

# %% [markdown] name="names-meaning" covers=["C-23"]
# 橙色三角指着句点所在的列，从上到下看：
#
# * **现在要用吗？** 读到句点，输出门有一半左右的单元关上，比读到任何一个字母时都多，三个种子都是如此。没有人教，它学会了“这里先别说话”：名字刚读完，前面攒下的线索暂时用不上。
# * **还有用吗？** 遗忘门在句点处也关上一批，可有的字母关上的一样多；再看最后那张小表，句点处旧记忆大半还留着，有的网络甚至留得比读字母时还多。“在句点处忘记”是我们预想的故事，测量只给了一部分。
# * **值得记吗？** 输入门在句点处关上的单元，还没有关得最多的那个字母多：句点并不比字母更“不值得记”。
#
# 三个问题是我们读门的方式，不是网络的说明书。网络有它自己的办法：不擦本子，合上不给看，照样能从头开始猜。门的意思要量了才知道，也要和别的符号比过、换过种子才算数。

# %% [markdown] lang="en" of="f2864608.e5920d3b"
# The orange triangles mark the columns of the full stops. Go from top to bottom:
#
# * **Needed now?** At a full stop about half of the units shut their output gate, more than at any letter, with all three seeds. Nobody taught the network; it learnt to hold its tongue there: the name is over, and the clues gathered along it are of no use for the moment.
# * **Still useful?** The forget gate shuts on some units at a full stop, too, but there are letters that shut as many. And by the last little table most of the old memory survives the full stop; in some networks even more of it than at a letter. "Forget at the full stop" is the story we expected; the measurement gives it only in part.
# * **Worth noting?** The input gate shuts on fewer units at a full stop than at the letter that shuts most: a full stop is no less worth noting than a letter.
#
# The three questions are our way of reading gates and not the network's manual. It has ways of its own: without wiping the notebook, one can keep it closed and start guessing afresh all the same. What a gate means has to be measured, compared with other symbols, and tried with other seeds, before it counts.

# %% [markdown] name="daily" covers=["R-04"] tags=["optional"]
# ## 5.10 选读 · `nn.LSTM` 的三个坑
#
# 写代码时再来看也不迟；后面各章的模型都已经避开了它们。
#
# ### 坑一：第 0 维是时间
#
# 文档里最短的例子是 `nn.LSTM(10, 20, 2)`：输入 10 维，隐藏 20 维，两层。

# %% [markdown] lang="en" of="84b839a1.3d7823d4"
# ## 5.10 Optional · Three traps in `nn.LSTM`
#
# Come back when you write code of your own; the models of later chapters stay clear of all three.
#
# ### Trap one: dimension 0 is time
#
# The shortest example in the documentation is `nn.LSTM(10, 20, 2)`: input size 10, hidden size 20, two layers.

# %% name="shortest" covers=["R-04"]
torch.manual_seed(0)
two_layers = nn.LSTM(10, 20, 2)
out, (h_n, c_n) = two_layers(torch.randn(5, 3, 10))
for name, value in {"out": out, "h_n": h_n, "c_n": c_n}.items():
    print(name, tuple(value.shape))
print("batch_first:", two_layers.batch_first)

# %% [markdown] name="batch-first-intro"
# 没写 `batch_first=True`，所以 `(5, 3, 10)` 是 5 步、3 条序列。如果你的数据是 3 条序列、5 步，形状 `(3, 5, 10)`，喂进去也不会报错。怎么发现呢？一批里的序列本该互不相干，那就**只改第一条，看别人变不变**。

# %% [markdown] lang="en" of="21b9712d.eaf6a03d"
# There was no `batch_first=True`, so `(5, 3, 10)` is 5 steps of 3 sequences. If your data are 3 sequences of 5 steps, shape `(3, 5, 10)`, they go in without complaint. How would you notice? The sequences of a batch should have nothing to do with one another, so **change the first one only and see whether the others move**.

# %% name="bet-batch-first"
predict("Q5-batch-first")

# %% name="batch-first" covers=["R-04"]
@torch.no_grad()
def others_move(lstm, x):  # x (B, T, I)
    changed = x.clone()
    changed[0] += 1
    return (lstm(changed)[0] - lstm(x)[0])[1:].abs().max().item()


x_batch = torch.randn(3, 5, 10)  # 3 条序列，5 步 || 3 sequences of 5 steps
mixed = others_move(two_layers, x_batch)
claim("Q5-batch-first", mixed > 1e-3, change=mixed)
# 权重相同，只加上 batch_first=True || the same weights, only batch_first=True is added
mended = nn.LSTM(10, 20, 2, batch_first=True)
mended.load_state_dict(two_layers.state_dict())
separate = others_move(mended, x_batch)
claim("Q5-batch-first-control", not separate > 0, change=separate)

# %% [markdown] name="model-intro" covers=["C-25", "X-01", "!9"]
# ### 坑二、坑三：一份处处可见的 `LSTMModel`
#
# 下面是教程里最常见的 LSTM 分类器。先跑起来，再试两件平常的事：换成双精度，和读一批填充过的序列。

# %% [markdown] lang="en" of="d717f475.cba7417d"
# ### Traps two and three: an `LSTMModel` seen everywhere
#
# Here is the commonest LSTM classifier in tutorials. First we run it; then we try two ordinary things: double precision, and a padded batch.

# %% name="sample" covers=["C-25", "X-01", "!9"]
class LSTMModel(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        super().__init__()
        self.hidden_size, self.num_layers = hidden_size, num_layers
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, output_size)

    def forward(self, x):                                                   # (B, T, I)
        h0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size)  # (层, B, H) || (layers, B, H)
        c0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size)
        out, _ = self.lstm(x, (h0, c0))                                     # (B, T, H)
        return self.fc(out[:, -1, :])                                       # (B, O)


torch.manual_seed(0)
sample = LSTMModel(input_size=10, hidden_size=64, num_layers=2, output_size=5)
print(tuple(sample(torch.randn(32, 20, 10)).shape))

# %% [markdown] name="repair-intro" covers=["!9"]
# 毛病都在 `forward` 里：
#
# * `h0`、`c0` 写成了全零的张量。全零本来就是默认值，不必写；写了反而坏事：它们按默认类型建在 CPU 上，通常是单精度，模型一换双精度、半精度，或者搬上显卡，就对不上了。
# * `out[:, -1]` 取最后一列。一批长短不一的序列用填充（padding）补齐之后，短序列的最后一列是它读完填充之后的状态。
#
# 改法是删掉两行，再告诉模型每条序列有多长。

# %% [markdown] lang="en" of="8c4cc8d1.83041572"
# Both weaknesses are in `forward`:
#
# * `h0` and `c0` are tensors of zeros. Zeros are the default and need not be written; written like this they do harm: they are made on the CPU in the default type, usually single precision, and no longer match once the model is turned to double or half precision or moved to a GPU.
# * `out[:, -1]` takes the last column. When sequences of different lengths have been padded to one length, the last column of a short one is its state after reading the padding.
#
# The cure: delete two lines, and tell the model how long each sequence is.

# %% name="bet-padding"
predict("Q5-padding")

# %% name="repaired" covers=["C-25", "!9"]
class RepairedModel(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        super().__init__()
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, output_size)

    def forward(self, x, lengths):  # (B, T, I), (B,)
        out, _ = self.lstm(x)  # 初始状态默认是零，类型随 x || the state starts at zero, with the dtype of x
        # 每条序列自己的最后一步 (B, H) || each sequence's own last step (B, H)
        last = out[torch.arange(len(x), device=x.device), lengths - 1]
        return self.fc(last)                                                # (B, O)


repaired = RepairedModel(10, 64, 2, 5)
repaired.load_state_dict(sample.state_dict())
long, short = torch.randn(20, 10), torch.randn(12, 10)
padded = nn.utils.rnn.pad_sequence([long, short], batch_first=True)  # (2, 20, 10)
with torch.no_grad():
    alone = sample(short.unsqueeze(0))[0]  # 没有填充时的得分 (O,) || scores without padding (O,)
    before = (sample(padded)[1] - alone).abs().max().item()
    after = (repaired(padded, torch.tensor([20, 12]))[1] - alone).abs().max().item()
claim("Q5-padding", before > 1e-3, change=before)
claim("Q5-padding-control", after < 1e-5)  # 修好之后，填充不再有影响 || repaired, padding has no effect

# %% name="dtype" covers=["!9"]
def runs(model, *inputs):
    try:
        model(*inputs)
    except RuntimeError:
        return False
    return True


# double() 会把模型本身换掉，所以用副本 || double() changes the model itself: take copies
sample_64 = copy.deepcopy(sample).double()
repaired_64 = copy.deepcopy(repaired).double()
claim("Q5-dtype", not runs(sample_64, padded.double()))
lengths = torch.tensor([20, 12])
claim("Q5-dtype-control", runs(repaired_64, padded.double(), lengths))

# %% [markdown] name="repair-meaning"
# 填充是 0，影响却不是 0：门有偏置，读到 0 也照样翻一次本子。这类错误不报错，只是悄悄拉低成绩，所以养成习惯：**一条序列单独跑，和夹在一批里跑，结果应当一样。** 第 9 章会讲更省事的 `pack_padded_sequence`；双向网络里 `out[:, -1]` 还有另一种错，留给第 8 章。

# %% [markdown] lang="en" of="3aca94b2.33214b97"
# The padding is zero, but its effect is not: gates have biases, and reading a 0 opens the notebook like reading anything else. Mistakes of this kind raise no error and just quietly cost accuracy. So make it a habit to check: **a sequence run alone and the same sequence run in a batch must give the same result.** Chapter 9 shows the more convenient `pack_padded_sequence`; in bidirectional networks `out[:, -1]` goes wrong in yet another way, which waits for Chapter 8.

# %% [markdown] name="bets-summary"
# ## 你押得怎样？
#
# 这一章押过的注都在下面，很有把握却押错的排在最前：最值得再想一遍的就是它们。

# %% [markdown] lang="en" of="aaa7928e.a449782b"
# ## How did your bets come out?
#
# All your bets of this chapter, those that you were sure of and lost first: they are the ones most worth thinking over.

# %% name="bets"
bets_summary("05")

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. $c_t = f_t \odot c_{t-1} + i_t \odot g_t$：记忆靠加，不靠重算；沿着它往回走，只乘 $f$。
# 2. 遗忘门的偏置决定视界。LSTM 缓解梯度消失，不保证不消失，更不防爆炸：偏置要设，梯度要裁剪。
# 3. 遗忘门是 2000 年加上的：会忘，才能一直记下去。

# %% [markdown] lang="en" of="5344cc91.fa4bcc60"
# ## Three lines to remember
#
# 1. $c_t = f_t \odot c_{t-1} + i_t \odot g_t$: memory is added to, not computed anew; the way back along it multiplies by $f$ alone.
# 2. The bias of the forget gate sets the horizon. An LSTM mitigates vanishing gradients; it does not rule them out, and it does nothing against exploding ones. So set the bias and clip the gradient.
# 3. The forget gate was added in 2000: to go on remembering, a network must be able to forget.

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。每个选项都有解释。

# %% [markdown] lang="en" of="e46292c8.f49e1623"
# ## Self-check
#
# Answer without looking back. Every option has its explanation.

# %% name="quiz" covers=["A-03"]
quiz("05-self-check")

# %% [markdown] name="next" covers=["X-03"]
# ## 接下来
#
# 轮到你写了：[练习 E04 · 会记也会忘的单元](../../exercises/zh/E04_lstm.ipynb)。用 PyTorch 的权重排法写出一步和整条序列，再亲手拧一拧遗忘偏置这颗螺丝。
#
# 四块权重、两份状态，能不能省一点？第 6 章的 GRU 把“写”和“擦”并成一个门，少一份状态，看看省下了什么，又丢了什么。

# %% [markdown] lang="en" of="394cfcb8.f9cce292"
# ## What next
#
# Your turn: [Exercise E04 · A cell that remembers and forgets](../../exercises/en/E04_lstm.ipynb). You write one step and then the whole sequence with the weights laid out as PyTorch does, and turn the screw of the forget bias yourself.
#
# Four blocks of weights and two states: could one do with less? The GRU of Chapter 6 makes "write" and "erase" a single gate and does without the second state. We shall see what that saves, and what it loses.
