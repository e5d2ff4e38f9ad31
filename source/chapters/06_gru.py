# ---
# jupyter:
#   course:
#     chapter: "06"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["A-10"]
# # 第 6 章 GRU：少一个门，多几种方言
#
# **阅读 25 分钟 · 动手 25 分钟 · 练习 30 分钟 · 难度 ⭐⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 从 LSTM 出发，一步一步推出门控循环单元（gated recurrent unit, GRU），说清楚每一步省掉了什么；
# 2. 认出两种相反的更新门约定、两种重置门位置，并在它们之间换算权重；
# 3. 说出 GRU 到底省了多少参数，以及为什么“参数少”不等于“算得快”。
#
# 需要的基础：第 5 章的 LSTM（三个门、细胞状态），第 4 章的梯度连乘。

# %% [markdown] lang="en" of="1b1b936c.7cc1f746"
# # Chapter 6. The GRU: one gate fewer, several dialects
#
# **25 min reading · 25 min at the keyboard · 30 min exercise · difficulty ⭐⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. derive the gated recurrent unit (GRU) from the LSTM step by step, and say what each step gives up;
# 2. recognise two opposite conventions for the update gate and two places for the reset gate, and convert weights between them;
# 3. say how many parameters a GRU really saves, and why "fewer parameters" does not mean "faster".
#
# You need: the LSTM of Chapter 5 (three gates, a cell state) and the product of gradients from Chapter 4.

# %% name="setup"
import os
from functools import partial

import torch
from torch import nn
import matplotlib.pyplot as plt

from course_utils import data, language, plotting, timing
from course_utils.checks import claim, settle, show
from course_utils.explore import Explorer, bets_summary, judge, predict, quiz
from course_utils.training import sample_texts
from course_utils.training.names import VOCABULARY, name_bits, train_names

language.use("中文 || English")  # 滑块和测验的语言 || language of sliders and quizzes
plotting.style()  # 带中文字体的图 || figures with a font that has Chinese
torch.set_num_threads(1)  # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，来自前几章。

# %% [markdown] lang="en" of="4cff0956.f5b0237f"
# ## Warm-up
#
# Three questions from earlier chapters.

# %% name="recall" covers=["A-03"]
quiz("06-recall")

# %% [markdown] name="derive" covers=["C-26", "C-28"]
# ## 6.1 三个门，能省哪一个？
#
# LSTM 用两个门来管同一块内存：$f_t$ 决定旧的留多少，$i_t$ 决定新的写多少。两个门互不相干，于是可以“旧的全留、新的也全写”，内容越积越多；也可以“旧的全丢、新的也不写”，白忙一场。
#
# **第一步：把两个门绑在一起。** 腾出多少地方，就写多少新东西：$i_t = 1 - f_t$。
#
# $$c_t = f_t \odot c_{t-1} + (1 - f_t) \odot g_t$$
#
# 这叫耦合门（coupled gate）LSTM。新状态是旧状态与候选值的**加权平均**，每个数都落在这两者之间，不会越积越大。
#
# **第二步：取消细胞状态与隐藏状态的分别。** 去掉输出门，也去掉读出时的 tanh，让 $h_t = c_t$。一个状态就够了。
#
# **第三步：补一个新门。** 没有输出门之后，候选值 $g_t$ 总是看得见全部旧状态。有时我们希望它“从头想”，于是加一个重置门 $r_t$，挡在旧状态进入候选值的路上。
#
# 改个名字：$f_t$ 叫**更新门** $z_t$，候选值叫 $n_t$，这就是 GRU。数一数权重：LSTM 有 $f, i, g, o$ 四块，绑门省掉 $i$，第二步省掉 $o$，重置门又添回一块，剩三块；其中是门的只有 $r$ 和 $z$ 两块。

# %% [markdown] lang="en" of="37a3dffa.29249179"
# ## 6.1 Three gates: which one can go?
#
# The LSTM runs one memory with two gates: $f_t$ says how much of the old stays, $i_t$ how much of the new is written. The two know nothing of each other, so the cell can keep all of the old and write all of the new, piling up more and more; or drop the old and write nothing, to no one's benefit.
#
# **Step one: tie the two gates together.** Write exactly as much as you clear: $i_t = 1 - f_t$.
#
# $$c_t = f_t \odot c_{t-1} + (1 - f_t) \odot g_t$$
#
# This is the LSTM with a coupled gate. The new state is a **weighted average** of the old state and the candidate, each entry lies between the two, and nothing piles up.
#
# **Step two: give up the distinction between cell and hidden state.** Drop the output gate, drop the tanh on the way out, and let $h_t = c_t$. One state will do.
#
# **Step three: add one gate back.** Without an output gate, the candidate $g_t$ always sees the whole of the old state. Sometimes it should think afresh, so a reset gate $r_t$ is placed where the old state enters the candidate.
#
# Rename: $f_t$ becomes the **update gate** $z_t$ and the candidate becomes $n_t$. That is the GRU. Count the blocks of weights: the LSTM has four, $f, i, g, o$; tying the gates saves $i$, step two saves $o$, the reset gate adds one back. Three remain, and only two of them, $r$ and $z$, are gates.

# %% [markdown] name="formula" covers=["C-27", "!11"]
# ## 6.2 公式与形状
#
# PyTorch 的写法（$\sigma$ 是 sigmoid，$\odot$ 是逐元素相乘）：
#
# $$\begin{aligned}
# r_t &= \sigma(W_{ir}x_t + b_{ir} + W_{hr}h_{t-1} + b_{hr}) & (B, H) && \text{重置门：候选值看得见多少旧状态}\\
# z_t &= \sigma(W_{iz}x_t + b_{iz} + W_{hz}h_{t-1} + b_{hz}) & (B, H) && \text{更新门：}z\approx 1\text{ 留旧，}z\approx 0\text{ 换新}\\
# n_t &= \tanh\bigl(W_{in}x_t + b_{in} + r_t \odot (W_{hn}h_{t-1} + b_{hn})\bigr) & (B, H) && \text{候选值}\\
# h_t &= (1 - z_t)\odot n_t + z_t \odot h_{t-1} & (B, H) && \text{加权平均}
# \end{aligned}$$
#
# | PyTorch 里的名字 | 内容 | 形状 |
# |---|---|---|
# | `weight_ih_l0` | 从上到下：$W_{ir}, W_{iz}, W_{in}$ | $(3H, I)$ |
# | `weight_hh_l0` | 从上到下：$W_{hr}, W_{hz}, W_{hn}$ | $(3H, H)$ |
# | `bias_ih_l0`, `bias_hh_l0` | 同样的次序，各一份 | $(3H,)$ |
#
# 看第三行：$b_{hn}$ 在括号**里面**，受 $r_t$ 控制，$b_{in}$ 在外面。热身题里“两份偏置可以合并”的理由，到这里失效了。

# %% [markdown] lang="en" of="285a42d6.da1712d4"
# ## 6.2 The formula, with shapes
#
# As PyTorch writes it ($\sigma$ is the sigmoid, $\odot$ multiplies entry by entry):
#
# $$\begin{aligned}
# r_t &= \sigma(W_{ir}x_t + b_{ir} + W_{hr}h_{t-1} + b_{hr}) & (B, H) && \text{reset gate: how much of the old state the candidate sees}\\
# z_t &= \sigma(W_{iz}x_t + b_{iz} + W_{hz}h_{t-1} + b_{hz}) & (B, H) && \text{update gate: }z\approx 1\text{ keeps, }z\approx 0\text{ replaces}\\
# n_t &= \tanh\bigl(W_{in}x_t + b_{in} + r_t \odot (W_{hn}h_{t-1} + b_{hn})\bigr) & (B, H) && \text{candidate}\\
# h_t &= (1 - z_t)\odot n_t + z_t \odot h_{t-1} & (B, H) && \text{weighted average}
# \end{aligned}$$
#
# | Name in PyTorch | Contents | Shape |
# |---|---|---|
# | `weight_ih_l0` | from top to bottom: $W_{ir}, W_{iz}, W_{in}$ | $(3H, I)$ |
# | `weight_hh_l0` | from top to bottom: $W_{hr}, W_{hz}, W_{hn}$ | $(3H, H)$ |
# | `bias_ih_l0`, `bias_hh_l0` | in the same order, one each | $(3H,)$ |
#
# Look at the third line: $b_{hn}$ stands **inside** the bracket, at the mercy of $r_t$; $b_{in}$ stands outside. The warm-up's reason for merging the two biases fails here.

# %% name="two-diagrams" tags=["hide-input"] covers=["C-26", "C-27"]
fig, (above, below) = plt.subplots(2, 1, figsize=(8, 8.4))
plotting.lstm_diagram(above)
above.set_title("LSTM")
plotting.gru_diagram(below)
below.set_title("GRU")
plt.show()

# %% [markdown] name="two-diagrams-note" covers=["C-26"]
# 上面是第 5 章的 LSTM，下面是 GRU。对着看三处：橙色的记忆线上，“×”和“+”还在，只是乘 $f$ 的换成乘 $z$，加进来的换成 $(1-z)\odot n$；右边的 $\tanh$ 和输出门不见了，记忆线本身就是 $h$；右下角多了一个 $r$，它只管旧状态去候选值的那条路。

# %% [markdown] lang="en" of="5ca9bf3b.9b73608f"
# Above is the LSTM of Chapter 5, below the GRU. Compare three places. On the orange line of memory "×" and "+" are still there; only, what multiplies is $z$ in place of $f$, and what is added is $(1-z)\odot n$. The $\tanh$ and the output gate on the right are gone: the line of memory is itself $h$. And at the lower right there is a new $r$, in charge of nothing but the old state's way to the candidate.

# %% [markdown] name="write"
# ## 6.3 写出来，对答案
#
# 为了让公式看得见，$r$、$z$、$n$ 各用一对线性层（一个管输入，一个管状态），不追求快。权重从 `nn.GRUCell` 里切块抄过来；它只走一步，所以名字里没有 `_l0`，其余和上表一样。
#
# 格子末尾量两次：权重照抄，与 `nn.GRUCell` 相差不到 $10^{-12}$；对照里把 $b_{hn}$ 并进 $b_{in}$，差别就到了 0.001 以上。

# %% [markdown] lang="en" of="782190bc.be3e9892"
# ## 6.3 Write it down and compare
#
# To keep the formula in sight, $r$, $z$ and $n$ each get a pair of linear layers, one for the input and one for the state; speed can wait. The weights are cut out of an `nn.GRUCell`, which takes a single step, so its names drop the `_l0`; otherwise the table holds.
#
# The end of the cell measures twice. With the weights copied, we are within $10^{-12}$ of `nn.GRUCell`; in the control, with $b_{hn}$ merged into $b_{in}$, we are off by 0.001 or more.

# %% name="gru" covers=["C-27"]
class GRU(nn.Module):
    """一步 GRU，r、z、n 各一对线性层。x (B, I), h (B, H) -> (B, H)
    || One GRU step, a pair of linear layers for each of r, z, n.
    x (B, I), h (B, H) -> (B, H)"""

    def __init__(self, I, H):
        super().__init__()
        self.from_x = nn.ModuleDict({name: nn.Linear(I, H) for name in "rzn"})
        self.from_h = nn.ModuleDict({name: nn.Linear(H, H) for name in "rzn"})

    def gate(self, name, x, h):
        return torch.sigmoid(self.from_x[name](x) + self.from_h[name](h))  # (B, H)

    def forward(self, x, h):
        r, z = self.gate("r", x, h), self.gate("z", x, h)
        n = torch.tanh(self.from_x["n"](x) + r * self.from_h["n"](h))  # (B, H)
        return (1 - z) * n + z * h  # (B, H)


def copied_from(cell):
    """权重与 nn.GRUCell 相同的 GRU || A GRU with the weights of an nn.GRUCell"""
    copy = GRU(cell.input_size, cell.hidden_size).to(cell.weight_ih.dtype)
    for layers, weight, bias in (
        (copy.from_x, cell.weight_ih, cell.bias_ih),
        (copy.from_h, cell.weight_hh, cell.bias_hh),
    ):
        for name, W, b in zip("rzn", weight.detach().chunk(3), bias.detach().chunk(3)):
            layers[name].load_state_dict({"weight": W, "bias": b})
    return copy


torch.manual_seed(0)
B, I, H = 2, 3, 4
cell = nn.GRUCell(I, H).double()
x = torch.randn(B, I, dtype=torch.float64)
h = torch.randn(B, H, dtype=torch.float64)
own = copied_from(cell)


def apart(one, other):
    return (one - other).abs().max().item()


claim("Q6a", apart(own(x, h), cell(x, h)) < 1e-12, gap=apart(own(x, h), cell(x, h)))

# 对照：只把 b_hn 并进 b_in || control: only b_hn is merged into b_in
merged = copied_from(cell)
with torch.no_grad():
    merged.from_x["n"].bias += merged.from_h["n"].bias
    merged.from_h["n"].bias.zero_()
merged_gap = apart(merged(x, h), cell(x, h))
claim("Q6a-control", not merged_gap < 1e-3, gap=merged_gap)

# %% [markdown] name="conventions" covers=["C-27", "!10", "R-02"]
# ## 6.4 同一个 z，两种相反的意思
#
# 你读到一篇文章，上面写着 $h_t = (1-z_t)\odot h_{t-1} + z_t \odot n_t$。再看看 6.2 节：正好反过来。谁写错了？
#
# 谁也没错。最早提出 GRU 的论文（Cho 等，2014）和 PyTorch、Keras 一样，$z\approx 1$ 表示**留旧**；同年 Chung 等人的比较论文，以及许多人的入门读物 Olah 的博客，用 $z \approx 1$ 表示**换新**。哪一种都能训练，因为网络会自己把 $z$ 学成需要的样子。危险在于拿着一边的权重，去跑另一边的公式：形状全对，没有报错，结果全错。
#
# 下面甲是 PyTorch 的 GRU，乙和它用同一组权重、读同一条序列。先答预测题，再到页面上试（第三个选项先不动，留到 6.5 节）：
#
# 1. 让乙改用相反的约定，差别有多大？
# 2. 不许撤回第 1 步，怎样让两台机器重新一致？

# %% [markdown] lang="en" of="c179449e.bc5dc8fa"
# ## 6.4 One z, two opposite meanings
#
# You come across an article that says $h_t = (1-z_t)\odot h_{t-1} + z_t \odot n_t$. Compare section 6.2: the other way round. Who made the mistake?
#
# Nobody did. In the paper that introduced the GRU (Cho et al., 2014), as in PyTorch and Keras, $z\approx 1$ means **keep**; in the comparison by Chung et al. of the same year, and in Olah's blog post from which so many people learn, $z\approx 1$ means **replace**. Either trains equally well, since the network will learn whatever $z$ it needs. The danger is to take weights from one side and run them through the other side's formula: the shapes fit, no error appears, and everything that comes out is wrong.
#
# Below, machine A is PyTorch's GRU; machine B has the same weights and reads the same sequence. Answer the prediction first, then try it on the page (save the third box for section 6.5):
#
# 1. Let B use the opposite convention. How large is the difference?
# 2. Without taking that back, make the two machines agree again.

# %% name="bet-convention"
predict("Q6b")

# %% name="dialects" covers=["A-05"]
Explorer("dialects")

# %% [markdown] name="convention-why"
# 依据是 sigmoid 的一条性质：$\sigma(-a) = 1 - \sigma(a)$。把 $z$ 的输入取反，得到的正是 $1 - z$。所以只要把 $z$ 那一块的**权重和两份偏置**都变号，两套约定就精确地互换。

# %% [markdown] lang="en" of="d6c0a30c.b9ed62a5"
# The reason is a property of the sigmoid: $\sigma(-a) = 1 - \sigma(a)$. Negate the input of $z$ and out comes $1 - z$. So flipping the sign of the z block, **weights and both biases**, carries one convention exactly into the other.

# %% name="convention" covers=["!10"]
def opposite(gru, x, h):
    """更新门约定相反的一步，权重照用 || One step with the opposite convention for the update gate, on the same weights"""
    r, z = gru.gate("r", x, h), gru.gate("z", x, h)
    n = torch.tanh(gru.from_x["n"](x) + r * gru.from_h["n"](h))
    return (1 - z) * h + z * n  # 只有这一行不同 || the only line that differs


# 权重照抄：不行 || weights copied as they are: no
as_they_are = apart(opposite(own, x, h), own(x, h))
claim("Q6b-control", not as_they_are < 1e-3, gap=as_they_are)

converted = copied_from(cell)
with torch.no_grad():
    for layer in (converted.from_x["z"], converted.from_h["z"]):
        layer.weight.neg_()
        layer.bias.neg_()
negated = apart(opposite(converted, x, h), own(x, h))
claim("Q6b", negated < 1e-12, gap=negated)

# %% [markdown] name="convention-meaning"
# 读别人的 GRU，先找最后一行，看 $z$ 乘在谁身上。这一眼能省下一个下午。说到底，这只是一个字母的约定；Cho 本人对此的说法是两种都行，全看你怎样解释 $z$。

# %% [markdown] lang="en" of="a450fcd5.37ce3906"
# When you read somebody's GRU, look at the last line first and see what $z$ multiplies. That glance can save an afternoon. In the end it is a convention about one letter; Cho himself has said that either is fine, it is a matter of what you take $z$ to mean.

# %% [markdown] name="reset" covers=["C-27", "!11"]
# ## 6.5 重置门放在哪里
#
# 第二处方言没有这么好办。原论文的写法是先用 $r_t$ 遮住旧状态，再乘矩阵；PyTorch 则先乘矩阵，再遮：
#
# $$\text{先遮后乘：}\ W_{hn}(r_t \odot h_{t-1}) + b_{hn} \qquad\qquad \text{先乘后遮（PyTorch）：}\ r_t \odot (W_{hn} h_{t-1} + b_{hn})$$
#
# 前一种里，$r$ 的第 $j$ 个数挡住的是**第 $j$ 个旧单元**，哪个候选值都读不到它；后一种里，挡住的是**第 $j$ 个候选值**，它哪个旧单元都读不到。后一种可以把三块矩阵乘法合成一次，在 GPU 上快，所以 cuDNN、PyTorch 都用它，Keras 默认也用它（`reset_after=True`）。

# %% [markdown] lang="en" of="f4cd823f.344f10c5"
# ## 6.5 Where the reset gate stands
#
# The second dialect is not so easily translated. The original paper masks the old state with $r_t$ and then multiplies by the matrix; PyTorch multiplies first and masks afterwards:
#
# $$\text{mask, then multiply: }\ W_{hn}(r_t \odot h_{t-1}) + b_{hn} \qquad\qquad \text{multiply, then mask (PyTorch): }\ r_t \odot (W_{hn} h_{t-1} + b_{hn})$$
#
# In the first, the $j$-th entry of $r$ shuts off the **$j$-th old unit**: no candidate can read it. In the second it shuts off the **$j$-th candidate**: it reads none of the old units. The second form lets three matrix products be done as one, which suits GPUs, so cuDNN and PyTorch use it, and so does Keras by default (`reset_after=True`).

# %% name="bet-reset"
predict("Q6c")

# %% name="reset-placement" covers=["!11"]
def mask_first(gru, x, h):
    """先遮后乘的一步（Cho 等，2014） || One step that masks, then multiplies (Cho et al., 2014)"""
    r, z = gru.gate("r", x, h), gru.gate("z", x, h)
    # r 在括号里面 || r inside the bracket
    n = torch.tanh(gru.from_x["n"](x) + gru.from_h["n"](r * h))
    return (1 - z) * n + z * h


gap = apart(mask_first(own, x, h), own(x, h))
show("一步之后，最多差 || largest difference after one step", gap)
claim("Q6c", gap > 1e-2, gap=gap)

# 对照：只把 r 设为 1，两种写法就一样了 || control: only r is set to 1, and the two agree
unmasked = copied_from(cell)
with torch.no_grad():
    unmasked.from_x["r"].bias += 40
no_mask = apart(mask_first(unmasked, x, h), unmasked(x, h))
claim("Q6c-control", not no_mask > 1e-2, gap=no_mask)

# %% [markdown] name="reset-meaning"
# 两种写法都是好的 GRU，却**不能互换**：同样的权重，一步就差出 0.01 以上；一边遮的是旧单元，一边遮的是候选值，没有取反那样的换算法。拿教材里先遮后乘的实现去对 `nn.GRU` 的答案，对不上不是你写错了。移植权重时先看 `reset_after`；两边不一致，就得换一个实现，不能只换权重。
#
# 对照里 $r$ 设为 1，什么也没遮住，两式都成了 $W_{hn}h_{t-1} + b_{hn}$。另一头呢？回到 6.4 节的页面，只勾第三个选项，把 $r$ 的偏置推到最左：两边的候选值都读不到旧状态了，差别反而更大。差在谁身上？

# %% [markdown] lang="en" of="5bdd35d5.232a6c7d"
# Both make good GRUs, but they are **not interchangeable**: with the same weights they are more than 0.01 apart after one step; one masks old units, the other masks candidates, and no trick like negation turns one into the other. If you check a textbook's mask-first implementation against `nn.GRU` and the numbers disagree, the fault is not yours. Before porting weights, look at `reset_after`; if the two sides differ, change the implementation, since changing the weights will not help.
#
# In the control $r$ is set to 1, nothing is masked, and both formulas become $W_{hn}h_{t-1} + b_{hn}$. What about the other end? Go back to the page in section 6.4, leave only the third box ticked and push $r$'s bias all the way to the left: neither candidate can read the old state now, and yet the difference grows. What makes it?

# %% [markdown] name="parameters" covers=["C-28", "!12"]
# ## 6.6 省了多少参数？
#
# LSTM 有四块权重，GRU 有三块，所以常说“参数少 25 %”。这句话对循环层完全正确，可是没有人只部署一个循环层。

# %% [markdown] lang="en" of="a771e411.ae48321b"
# ## 6.6 How many parameters does it save?
#
# The LSTM has four blocks of weights, the GRU three, hence the saying "25 % fewer parameters". For the recurrent layer that is exactly right. But nobody ships a recurrent layer alone.

# %% name="bet-parameters"
predict("Q6d")

# %% name="parameter-counts" covers=["!12", "C-28"]
def count(*modules):
    return sum(p.numel() for module in modules for p in module.parameters())


def model_size(layer, outputs, vocabulary=10_000, embedding=300, hidden=512):
    embed, readout = nn.Embedding(vocabulary, embedding), nn.Linear(hidden, outputs)
    return count(embed, layer(embedding, hidden), readout)


layer_ratio = count(nn.GRU(300, 512)) / count(nn.LSTM(300, 512))
classifier = model_size(nn.GRU, 5) / model_size(nn.LSTM, 5)
language_model = model_size(nn.GRU, 10_000) / model_size(nn.LSTM, 10_000)
print("GRU / LSTM")
show("循环层、分类器、语言模型 || layer, classifier, language model", layer_ratio, classifier, language_model)

saved = 100 * (1 - language_model)
few_per_cent = 0.9 < classifier < 0.98 and 0.9 < language_model < 0.98
claim("Q6d", layer_ratio == 0.75 and few_per_cent, saved_percent=saved)

# Keras：LSTM 存一份偏置，GRU 存两份 || Keras: one bias in the LSTM, two in the GRU
keras_lstm = 4 * (10 * 20 + 20 * 20 + 20)
keras_gru = 3 * (10 * 20 + 20 * 20 + 2 * 20)
# 只是偏置的份数变了，0.75 就不成立 || only the number of biases differs: 0.75 is gone
claim("Q6d-control", keras_gru / keras_lstm != 0.75, ratio=keras_gru / keras_lstm)
show("Keras", keras_gru, keras_lstm, keras_gru / keras_lstm)

stack = {"num_layers": 3, "bidirectional": True}
deep = count(nn.GRU(300, 512, **stack)) / count(nn.LSTM(300, 512, **stack))
claim("Q6d-deep", deep == 0.75, ratio=deep)  # 层数和方向不改变比例 || layers and directions leave it alone
# 只给 LSTM 加上投影，把 h 压到 256 维 || only the LSTM gets a projection: h squeezed down to 256
squeezed = nn.LSTM(300, 512, proj_size=256, **stack)
projecting = count(nn.GRU(300, 512, **stack)) / count(squeezed)
claim("Q6d-deep-control", not projecting == 0.75, ratio=projecting)

# %% [markdown] name="parameter-meaning"
# 循环层恰好 0.75，任何大小、层数、方向都一样，因为每个形状里的 $4H$ 都换成了 $3H$。换到整个模型上，词向量和输出层占了大头：分类器（5 类）省 8.9 %，语言模型只省 4.3 %。Keras 的那一行提醒我们，连 25 % 也取决于实现：它的 LSTM 存一份偏置，GRU 存两份。

# %% [markdown] lang="en" of="85309326.607422e0"
# Exactly 0.75 for the layer, whatever its size, depth or direction, because every $4H$ in a shape becomes $3H$. In a whole model the embedding and the output layer dominate: the classifier (5 classes) saves 8.9 %, the language model only 4.3 %. The Keras line is a reminder that even the 25 % depends on the implementation: its LSTM stores one bias, its GRU two.

# %% [markdown] name="speed" covers=["!13", "C-28"]
# ## 6.7 参数少，就算得快吗？
#
# 先下注：在你这台机器的 CPU 上，同样大小的 RNN、LSTM、GRU，前向加反向一次，谁最慢？量法和第 5 章相同（`course_utils.timing`：轮流、热身、取最快）。下面的格子量两种大小，oneDNN（PyTorch 在 CPU 上调用的加速库）打开、关掉各一遍。毫秒数因机器而异，所以课程不替它担保，你看到的是**你自己的**测量；最后一段是一块 NVIDIA H100 上量过的，存在 `datasets/h100.csv`。

# %% [markdown] lang="en" of="e20e4ffa.b067d69d"
# ## 6.7 Fewer parameters, so faster?
#
# Place your bet: on the CPU of your machine, an RNN, an LSTM and a GRU of the same size, forward and backward once. Which is slowest? The method is that of Chapter 5 (`course_utils.timing`: in turns, after a warm-up, the fastest counts). The cell measures two sizes, each with oneDNN, the library PyTorch calls to speed up CPU work, and without. Milliseconds differ from machine to machine, so the course vouches for nothing here; what you see is **your own** measurement. The last lines were measured on one NVIDIA H100 and are stored in `datasets/h100.csv`.

# %% name="bet-speed"
predict("Q6-speed")

# %% name="timing" tags=["timing"] covers=["!13"]
batch = torch.randn(32, 50, 32)  # (B, T, I)


def layers_of(hidden):
    kinds = (nn.RNN, nn.LSTM, nn.GRU)
    return {kind.__name__: kind(32, hidden, batch_first=True) for kind in kinds}


def cell_times(hidden):
    """一次前向加反向的毫秒数 || milliseconds of one forward and backward pass"""
    def pass_through(layer):
        layer(batch)[0].sum().backward()

    layers = layers_of(hidden)
    tasks = {name: partial(pass_through, layer) for name, layer in layers.items()}
    return timing.milliseconds(tasks)


def as_text(times):
    return "   ".join(f"{name} {ms:5.1f} ms" for name, ms in times.items())


small = cell_times(64)
print("CPU, H =  64, oneDNN  ", as_text(small))
print("CPU, H = 256, oneDNN  ", as_text(cell_times(256)))
with timing.without_onednn():
    print("CPU, H =  64, without ", as_text(cell_times(64)))
    print("CPU, H = 256, without ", as_text(cell_times(256)))
for hidden in (64, 256, 1024):
    gpu = data.h100_times(experiment="cells", hidden=hidden)
    times = {t.model: t.ms for t in gpu if t.model != "loop LSTM"}
    print(f"NVIDIA H100, H = {hidden:4} ", as_text(times))

settle("Q6-speed", list(small).index(max(small, key=small.get)), **small)

# %% [markdown] name="nodes-intro"
# 关掉 oneDNN，谁也没有融合的内核了，GRU 的运算量又少四分之一，为什么在 $H=64$ 上几乎快不起来？数一数它们各做了多少件小事：反向传播的计算图里，一个结点就是一次运算。

# %% [markdown] lang="en" of="6498551b.65b4c3ca"
# With oneDNN off nobody has a fused kernel, and the GRU has a quarter less arithmetic. Why, at $H=64$, is it hardly any faster? Count how many little things each of them does: in the graph of the backward pass, every node is one operation.

# %% name="bet-nodes"
predict("Q6-operations")

# %% name="nodes" covers=["!13"]
def operations(layer):
    """计算图里有几个结点 || how many nodes the graph of the backward pass has"""
    seen, waiting = set(), [layer(batch)[0].sum().grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [before for before, _ in node.next_functions]
    return len(seen)


def operations_of(hidden):
    return {name: operations(layer) for name, layer in layers_of(hidden).items()}


fused = operations_of(64)
with timing.without_onednn():
    single, larger = operations_of(64), operations_of(256)
print("oneDNN         ", fused)
print("without oneDNN ", single)
claim("Q6-operations", single["GRU"] > single["LSTM"], **single)
# 只打开 oneDNN：LSTM 的整条循环并成几个结点 || only oneDNN is switched on: the LSTM's whole loop becomes a few nodes
claim("Q6-operations-control", fused["LSTM"] < single["LSTM"] / 10, **fused)
# 只把 H 放大四倍：乘法多了十几倍，结点一个不多 || only H is four times larger: many times the arithmetic, not one node more
claim("Q6-operations-size", larger == single, **larger)

# %% [markdown] name="speed-meaning"
# 三件事叠在一起，名次就看场合了：
#
# * **融合。** PyTorch 只给 LSTM 配了 oneDNN 的融合实现（fused kernel），一次调用走完整条序列；GRU 没有。打开 oneDNN，小的 GRU 因此是三种里最慢的：LSTM 的快是实现给的，不是结构给的。
# * **件数。** 关掉 oneDNN，大家都一步步来。GRU 每步要切两次、再拼门，零碎的运算反而比 LSTM **多**（Q6-operations）；$H=64$ 时，一次乘法还没有派活儿的开销大，省下的四分之一看不出来。
# * **大小。** $H=256$ 时，乘法的时间压过了零碎，件数一个没多，那四分之一才露出来：看第四行。
#
# H100 上 cuDNN 给三种都融合了，GRU 快 6 % 到 12 %，没有快四分之一。所以“GRU 更快”应当改成：**GRU 的运算量比 LSTM 少四分之一；快不快，看网络多大、谁的实现被优化过，请在你的设备上测一次。**

# %% [markdown] lang="en" of="e1cfc563.a2a63f05"
# Three things are at work together, and the ranking depends on which of them wins:
#
# * **Fusing.** PyTorch has a fused oneDNN kernel for the LSTM alone, which covers the whole sequence in one call; the GRU has none. With oneDNN on, a small GRU is therefore the slowest of the three: the LSTM's speed comes from the implementation, not from the architecture.
# * **The number of operations.** With oneDNN off everybody goes step by step. At each step the GRU splits twice and mixes its parts, and ends up with **more** little operations than the LSTM (Q6-operations). At $H=64$ a multiplication costs less than the handing-out of the work, and the quarter saved does not show.
# * **Size.** At $H=256$ the multiplications outweigh the odds and ends, not one operation has been added, and the quarter appears: see the fourth line.
#
# On the H100 cuDNN fuses all three, and the GRU is 6 to 12 per cent faster, not a quarter. So "GRUs are faster" should read: **a GRU does a quarter less arithmetic than an LSTM; whether it is faster depends on the size of the network and on whose implementation was optimised. Measure on your device.**

# %% [markdown] name="names-thread" covers=["C-28"]
# ## 6.8 拼名字，GRU 呢？
#
# 第 2、5 章的名字再来一次，只换循环层：单元一样多的三种，再加上参数和 RNN 一样多的两种（LSTM 61 个隐藏单元，GRU 72 个）。每种训练三次，成绩存在 `datasets/names.csv`；你这里训练一个 GRU。

# %% [markdown] lang="en" of="b84c382a.7626144e"
# ## 6.8 And how does a GRU spell names?
#
# The names of Chapters 2 and 5 once more, with nothing changed but the recurrent layer: three with as many units, and two with as many parameters as the RNN (an LSTM of 61 units, a GRU of 72). Each was trained three times, and the scores are stored in `datasets/names.csv`; here you train one GRU.

# %% name="names-bits" covers=["C-28"]
stored = {}
for run in data.name_runs():
    stored.setdefault((run.layer, run.hidden), []).append(run.test)
print("测试集，比特/字母，三个种子 || test set, bits per character, three seeds")
for (layer, hidden), bits in stored.items():
    show(f"  {layer}，{hidden} 个单元 || {layer}, {hidden} units", *bits)


def all_better(bits, than):
    """每个种子都好出 0.02 比特以上 || Better by more than 0.02 bits with every seed"""
    return max(bits) < min(than) - 0.02


rnn, lstm, gru = (stored[layer, 128] for layer in ("RNN", "LSTM", "GRU"))
tied = not all_better(gru, than=lstm) and not all_better(lstm, than=gru)
claim("Q6-bits", tied, GRU=min(gru), LSTM=min(lstm))
# 只把 LSTM 换成 RNN：差距就出来了 || only the LSTM is replaced by the RNN: there is a gap
claim("Q6-bits-control", all_better(gru, than=rnn), GRU=max(gru), RNN=min(rnn))

train, validation, test = data.name_splits()
speller = train_names(nn.GRU, 0, train)
here = name_bits(speller, test)
claim("Q6-bits-here", here < min(rnn) - 0.02, GRU=here)
# 不训练，就什么也不会 || without training it knows nothing
unborn = name_bits(train_names(nn.GRU, 0, train, epochs=0), test)
claim("Q6-bits-here-control", not unborn < min(rnn) - 0.02, GRU_untrained=unborn)

# %% name="names-made-up" tags=["nbval-ignore-output"]
print(*sample_texts(speller, VOCABULARY, 20, torch.Generator().manual_seed(1)))

# %% [markdown] name="names-bits-meaning"
# 单元一样多，GRU 比 RNN 好出一截，和 LSTM 分不出高下，参数却少四分之一。参数一样多，差距就小了：72 个隐藏单元的 GRU 比最好的 RNN 低不到 0.03 比特，61 个隐藏单元的 LSTM 根本不领先。所以那“一截”，大半是规模。这是一个任务、三个种子；第 7 章会把比较做得正式一些。

# %% [markdown] lang="en" of="8e3b07d1.e63dea74"
# With as many units the GRU is clearly ahead of the RNN and level with the LSTM, with a quarter fewer recurrent parameters. With as many parameters there is less in it: a GRU of 72 units is less than 0.03 bits below the best RNN, and an LSTM of 61 is not ahead at all. So most of that lead is size. That is one task and three seeds; Chapter 7 makes a proper comparison of it.

# %% [markdown] name="sample" covers=["C-29", "!9", "X-01"] tags=["optional"]
# ## 6.9 选读 · 一段常见的 GRU 模型代码，以及怎样修
#
# 写代码时再来看也不迟。下面的写法在教程里很常见。它能跑，但埋着和 LSTM 那一章同样的两处隐患。

# %% [markdown] lang="en" of="1af34c91.945bb863"
# ## 6.9 Optional · A common GRU model, and how to mend it
#
# Come back when you write code of your own. Tutorials often write it like this. It runs, but it carries the same two hidden faults as the sample in the LSTM chapter.

# %% name="sample-code" covers=["C-29", "X-01"]
class GRUModel(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        super().__init__()
        self.hidden_size, self.num_layers = hidden_size, num_layers
        self.gru = nn.GRU(input_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, output_size)

    def forward(self, x):  # (B, T, I)
        # 写死了 float32 和 CPU || float32 and CPU, hard-wired
        h0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size)
        out, h_n = self.gru(x, h0)
        # 填充过的批里，这是填充位 || in a padded batch, this is padding
        return self.fc(out[:, -1])


class MendedModel(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers, output_size):
        super().__init__()
        self.gru = nn.GRU(input_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, output_size)

    def forward(self, x, lengths):  # x (B, T, I), lengths (B,)
        packed = nn.utils.rnn.pack_padded_sequence(
            x, lengths, batch_first=True, enforce_sorted=False
        )
        # h_n (层数, B, H)：每条序列真正的最后一步 || h_n (layers, B, H): the true last step of each sequence
        _, h_n = self.gru(packed)
        return self.fc(h_n[-1])  # (B, O)


torch.manual_seed(0)
sample, mended = GRUModel(10, 64, 2, 5), MendedModel(10, 64, 2, 5)
mended.load_state_dict(sample.state_dict())
x_long = torch.randn(1, 20, 10)
print(tuple(sample(x_long).shape))

try:
    sample.double()(x_long.double())
except (RuntimeError, ValueError) as error:
    # 换成双精度就报错 || double precision raises
    print(type(error).__name__)
sample.float()

# 同一条序列，补了 8 步 0 || the same sequence with 8 steps of padding
padded = torch.cat([x_long, torch.zeros(1, 8, 10)], dim=1)
length = torch.tensor([20])
with torch.no_grad():
    mended_change = apart(mended(padded, length), mended(x_long, length))
    change = apart(sample(padded), sample(x_long))
claim("Q6e", mended_change < 1e-5, change=mended_change)
# 原来的写法：补零改变了答案 || the old way: padding changes the answer
claim("Q6e-control", not change < 1e-5, change=change)

# %% [markdown] name="sample-meaning"
# 初始状态默认就是零，**不写** `h0` 反而更好，精度和设备都会自动跟着 `x` 走。`out[:, -1]` 读的是最后一列，而不是每条序列的最后一个有效步；只要一批里有长有短，就用打包（packing）和 `h_n`。打包的来龙去脉在第 9 章。

# %% [markdown] lang="en" of="71d7525c.f178ce24"
# The initial state is zero by default, so it is better to **leave out** `h0`; precision and device then follow `x` by themselves. And `out[:, -1]` reads the last column, not each sequence's last valid step; as soon as a batch has short and long sequences, pack them and use `h_n`. Chapter 9 has the full story of packing.

# %% [markdown] name="keras" covers=["R-05"] tags=["optional"]
# ## 6.10 选读 · 从 Keras 搬权重过来
#
# 不用 Keras 的话，跳过这一节。Keras 的层写法很像：`LSTM(20, return_sequences=True)`、`GRU(20, return_sequences=True)`，其中 `return_sequences=True` 相当于取 `out` 而不只取最后一步。权重却换了模样：
#
# | | Keras | PyTorch |
# |---|---|---|
# | 输入权重 | `kernel` $(I, 3H)$ | `weight_ih_l0` $(3H, I)$：转置 |
# | 循环权重 | `recurrent_kernel` $(H, 3H)$ | `weight_hh_l0` $(3H, H)$：转置 |
# | 偏置 | `bias` $(2, 3H)$，`reset_after=True` 时 | `bias_ih_l0`、`bias_hh_l0`，各 $(3H,)$ |
# | 块的次序 | **z, r, n** | **r, z, n** |
# | $z$ 的意思 | $z\approx 1$ 留旧 | 相同 |
#
# 三件事：转置、换块的次序、两份偏置分开。装了 Keras（`pip install keras`，用 torch 作后端，不需要 TensorFlow），下面的格子就当场换算一遍；没装，它印出的是我们运行时的记录，写明日期和版本。

# %% [markdown] lang="en" of="a40b6c5a.553f2fe0"
# ## 6.10 Optional · Bringing weights over from Keras
#
# If you do not use Keras, skip this section. Keras layers look much alike: `LSTM(20, return_sequences=True)`, `GRU(20, return_sequences=True)`, where `return_sequences=True` corresponds to taking `out` rather than the last step alone. The weights, however, are dressed differently:
#
# | | Keras | PyTorch |
# |---|---|---|
# | input weights | `kernel` $(I, 3H)$ | `weight_ih_l0` $(3H, I)$: transposed |
# | recurrent weights | `recurrent_kernel` $(H, 3H)$ | `weight_hh_l0` $(3H, H)$: transposed |
# | biases | `bias` $(2, 3H)$ with `reset_after=True` | `bias_ih_l0`, `bias_hh_l0`, $(3H,)$ each |
# | order of blocks | **z, r, n** | **r, z, n** |
# | meaning of $z$ | $z\approx 1$ keeps | the same |
#
# So: transpose, reorder the blocks, split the biases. If Keras is installed (`pip install keras`, with torch as its backend and no TensorFlow) the cell below does the conversion before your eyes; if not, it prints the record of our own run, with date and versions.

# %% name="keras-port" tags=["nbval-ignore-output"] covers=["R-05"]
os.environ.setdefault("KERAS_BACKEND", "torch")
try:
    import keras
except ImportError:
    keras = None


def reordered(block):
    """z, r, n -> r, z, n"""
    z, r, n = block.chunk(3, dim=-1)
    return torch.cat([r, z, n], dim=-1)


def keras_gru_to_torch(layer):
    """一个 keras.layers.GRU（reset_after=True）-> 权重相同的 nn.GRU || a keras.layers.GRU (reset_after=True) -> an nn.GRU with its weights"""
    # (I, 3H), (H, 3H), (2, 3H)
    kernel, recurrent, bias = (torch.as_tensor(w) for w in layer.get_weights())
    gru = nn.GRU(kernel.shape[0], recurrent.shape[0], batch_first=True)
    weights = {
        "weight_ih_l0": reordered(kernel).T,
        "weight_hh_l0": reordered(recurrent).T,
        "bias_ih_l0": reordered(bias[0]),
        "bias_hh_l0": reordered(bias[1]),
    }
    gru.load_state_dict(weights)
    return gru


def port():
    """两边的输出最多差多少 || the largest difference between the two outputs"""
    keras.utils.set_random_seed(0)
    options = {"return_sequences": True, "bias_initializer": "random_normal"}
    theirs = keras.layers.GRU(20, **options)
    sequence = torch.randn(2, 7, 10)
    with torch.no_grad():
        wanted = torch.as_tensor(theirs(sequence))  # (B, T, H)
        return apart(keras_gru_to_torch(theirs)(sequence)[0], wanted)


RECORD = "2026-11-28, keras 3.15.1, torch 2.13.0: below 1e-5"
if keras is None:
    print("没有安装 keras；这是我们运行时的记录： || keras is not installed; the record of our run:")
    print(RECORD)
else:
    size = "below 1e-5" if port() < 1e-5 else "above 1e-5"
    print(f"keras {keras.__version__}, torch {torch.__version__}: {size}")

# %% [markdown] name="history" covers=["L-09"]
# ## 6.11 它从哪里来
#
# 2014 年 6 月，Kyunghyun Cho 等人在一篇机器翻译论文《Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine Translation》里提出了这个单元，当时还没有名字；“GRU”是后来叫开的。论文真正要讲的是编码器与解码器（第 10 章），这个单元只占了半页。同年 12 月，Chung 等人把它和 LSTM 放在几个任务上比较，结论是两者不分高下。第 7 章我们自己来比，并且会发现，决定胜负的往往是初始化。

# %% [markdown] lang="en" of="c94c0bee.456612e4"
# ## 6.11 Where it came from
#
# In June 2014 Kyunghyun Cho and colleagues introduced the unit in a paper on machine translation, "Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine Translation". It had no name yet; "GRU" came into use afterwards. The paper is really about encoder and decoder (Chapter 10) and spends half a page on the unit. In December of that year Chung et al. compared it with the LSTM on several tasks and found the two comparable. In Chapter 7 we run a comparison of our own, and find that what decides the race is often the initialisation.

# %% [markdown] name="bets-summary"
# ## 你押得怎样？
#
# 这一章押过的注都在下面，很有把握却押错的排在最前：最值得再想一遍的就是它们。

# %% [markdown] lang="en" of="aaa7928e.a449782b"
# ## How did your bets come out?
#
# All your bets of this chapter, those that you were sure of and lost first: they are the ones most worth thinking over.

# %% name="bets"
bets_summary("06")

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. GRU = 耦合门的 LSTM，去掉细胞状态与输出门，再给候选值加一个重置门；新状态是旧状态与候选值的加权平均。
# 2. 读别人的 GRU 先看两处：最后一行 $z$ 乘在谁身上，$r$ 在矩阵乘法之前还是之后。前者能换算，后者不能。
# 3. 循环层省 25 % 参数，整个模型只省几个百分点；快不快，要测。

# %% [markdown] lang="en" of="7b340fcb.067149c9"
# ## Three lines to remember
#
# 1. A GRU is an LSTM with a coupled gate, without cell state and output gate, and with a reset gate for the candidate; the new state is a weighted average of the old one and the candidate.
# 2. In anybody's GRU, look at two places first: what $z$ multiplies in the last line, and whether $r$ acts before or after the matrix product. The first can be converted, the second cannot.
# 3. The layer saves 25 % of its parameters, the whole model a few per cent; for speed, measure.

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测

# %% [markdown] lang="en" of="95893624.a640f76a"
# ## Self-check

# %% name="quiz" covers=["A-03"]
quiz("06-self-check")

# %% [markdown] name="next" covers=["X-06"]
# ## 接下来
#
# （先做 E06，再做 E05：E06 只用到这一章；E05 要把第 7 章的视界量出来，所以排在第 7 章之后。）
#
# [练习 E06 · 两个门，三种写法](../../exercises/zh/E06_gru.ipynb)：从空白开始，写两种 GRU，再写一个换算。**做完之后再往下读**，下一节会把答案的各种写法摆出来。

# %% [markdown] lang="en" of="49d48b65.140c7f10"
# ## What next
#
# (E06 comes before E05: it needs this chapter only, while E05 measures the horizon of Chapter 7 and therefore waits for it.)
#
# [Exercise E06 · Two gates, three dialects](../../exercises/en/E06_gru.ipynb): from an empty body, write two GRUs and a conversion. **Do it before you read on**: the next section lays many versions of the answer on the table.

# %% [markdown] name="judge" tags=["wrong-code"]
# ## 做完 E06 之后：换你来当批改者
#
# 批改程序手里只有几组输入和参考答案。选得不好，错的答案也能混过去。下面准备了 E06 里 `gru_cell` 的十几种写法，有对有错；请你设计**三组输入**，看能识破几种错误，又会不会冤枉对的。
#
# 先看一组偷懒的输入：状态是零，偏置也是零，形状倒都对。

# %% [markdown] lang="en" of="2c336c20.7bff20f9"
# ## After E06: be the grader
#
# A grader has nothing but a few inputs and a reference answer. Choose them badly and wrong answers slip through. Here are a dozen or so implementations of E06's `gru_cell`, right ones and wrong ones. Design **three inputs**: how many wrong ones do they catch, and do they wrong any that are right?
#
# First a lazy set of inputs: the state is zero, the biases are zero, the shapes are fine.

# %% name="judge-lazy" tags=["wrong-code"]
def random_inputs(seed, B=2, I=3, H=4, state=1.0, bias=1.0):
    """gru_cell 的一组参数 (x, h, W_ih, W_hh, b_ih, b_hh) || one set of arguments for gru_cell (x, h, W_ih, W_hh, b_ih, b_hh)"""
    g = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=g, dtype=torch.float64)

    x, h, W_ih, W_hh = draw(B, I), draw(B, H), draw(3 * H, I), draw(3 * H, H)
    return x, state * h, W_ih, W_hh, bias * draw(3 * H), bias * draw(3 * H)


judge("E06", "gru_cell", [random_inputs(0, state=0.0, bias=0.0)], tolerance=1e-9)

# %% [markdown] name="judge-task" tags=["wrong-code"]
# 每一条“漏网”都在问你：怎样的输入能让它露馅？改下面的三组输入和容差，争取全部识破、一个不冤枉。再试试把 `tolerance` 设成 `0`：两个都对的程序，最后一位为什么会不同？

# %% [markdown] lang="en" of="856163ea.7d1123dc"
# Each "missed" line asks you: what input would give it away? Change the three inputs and the tolerance below until you catch them all and wrong none. Then set `tolerance` to `0`: why do two correct programs differ in the last digit?

# %% name="judge-yours" tags=["wrong-code"]
# 改这里 || change this
my_inputs = [random_inputs(seed, bias=0.0) for seed in (1, 2, 3)]
judge("E06", "gru_cell", my_inputs, tolerance=1e-9)
