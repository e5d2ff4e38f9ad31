# ---
# jupyter:
#   course:
#     exercise: E05
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["X-04"]
# # E05 · RNN 和 LSTM，到底差在哪里
#
# **基础 ⭐⭐⭐⭐ · 10 分 · 约 25 分钟** · 配套章节：[07 记忆视界](../../notebooks/zh/07_memory_horizon.ipynb)
#
# “LSTM 比 RNN 好”是一句口号。要把它变成可以检验的话，得先有三把尺子：一把量大小（多少个参数），一把量影响（`k` 步之前的输入，还能推动现在多少），
# 一把把影响读成一个数（走到第几步就听不见了）。三把尺子各只有几行，你来做。
# 最后你会用它们量四个网络，写下自己的比较：四句话，每句话后面都有你亲手量出来的数。

# %% [markdown] lang="en" of="61db38ee.00c88cc1"
# # E05 · RNN and LSTM: what exactly is the difference?
#
# **Basic ⭐⭐⭐⭐ · 10 points · about 25 minutes** · goes with chapter [07 The memory horizon](../../notebooks/en/07_memory_horizon.ipynb)
#
# "LSTM beats RNN" is a slogan. To make it something one can test, you need three rulers: one for size (how many parameters), one for influence (how hard an input from `k` steps
# ago can still push the present), and one that reads influence as a single number (the step at which it can no longer be heard). Each takes a few lines, and you will make them.
# In the end you measure four networks with them and write a comparison of your own: four sentences, each backed by a number that you measured yourself.

# %% name="parameters" tags=["parameters"]
SEED = 0

# %% name="setup"
import torch
from torch import nn
from course_utils import language
from course_utils.exercise import Exercise

language.use("中文 || English")              # 反馈的语言 || language of the feedback
# 双精度：对的答案不会因为舍入被判错 || double precision: rounding never fails a right answer
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
check = Exercise("E05", SEED)

# %% [markdown] name="part-1"
# ## 1 · 多大：数参数
#
# `count_parameters(kind, input_size, hidden_size, num_layers, bidirectional)` 返回 PyTorch 的 `nn.RNN`、`nn.GRU`、`nn.LSTM` 有多少个参数，一个整数（写成 `50.0` 也算对，数只按数来比）。
#
# 需要的事实：
# - 一个“块”有输入权重 `(H, 输入宽度)`、循环权重 `(H, H)`，还有**两个**偏置，各 `(H,)`。RNN 有 1 块，GRU 有 3 块，LSTM 有 4 块。
# - 双向就是两套独立的参数，各走一个方向（第 8 章细讲，这里只要会数）。
# - 从第二层起，输入是下面一层的输出；双向时，下面一层交上来的是两个方向拼在一起的结果。

# %% [markdown] lang="en" of="3d996a7a.203a9869"
# ## 1 · How large: counting parameters
#
# `count_parameters(kind, input_size, hidden_size, num_layers, bidirectional)` returns the number of parameters of PyTorch's `nn.RNN`, `nn.GRU` or `nn.LSTM`, an integer (`50.0` will do: numbers are compared as numbers).
#
# The facts you need:
# - A "block" has input weights `(H, input width)`, recurrent weights `(H, H)` and **two** biases of shape `(H,)`. An RNN has 1 block, a GRU 3, an LSTM 4.
# - Bidirectional means two independent sets of parameters, one for each direction (Chapter 8 has the details; here you only count).
# - From the second layer on, the input is the output of the layer below; when it is bidirectional, that layer hands up both directions side by side.

# %% [markdown] name="hint-count-1"
# <details><summary>提示 1：从一块数起</summary>
#
# 先只数一块、一层、一个方向：输入权重几个，循环权重几个，偏置几个？块数和方向数都只是乘上去的因子。
#
# </details>

# %% [markdown] lang="en" of="b75e543f.36be9b23"
# <details><summary>Hint 1: start with one block</summary>
#
# Count a single block of a single layer in one direction: how many input weights, recurrent weights, biases? The numbers of blocks and of directions are only factors.
#
# </details>

# %% [markdown] name="hint-count-2"
# <details><summary>提示 2：每一层唯一不同的东西</summary>
#
# 各层之间只有*输入宽度*不同：第一层是 `input_size`，以后每层是 `hidden_size` 乘以方向数。写一个对层的循环，或者把第一层单独算、其余的乘起来。
#
# </details>

# %% [markdown] lang="en" of="7a7cd23b.e9b9d334"
# <details><summary>Hint 2: the one thing that differs between layers</summary>
#
# Only the *input width* differs from layer to layer: `input_size` for the first, `hidden_size` times the number of directions for all others. Loop over layers, or count the first
# one by itself and multiply up the rest.
#
# </details>

# %% [markdown] name="hint-count-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     blocks = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind]
#     directions = ______
#     total = 0
#     for layer in range(num_layers):
#         width = ______ if layer == 0 else ______
#         total += directions * blocks * (______ + ______ + ______)
#     return total
# ```
#
# </details>

# %% [markdown] lang="en" of="2d4d20d9.37822bfd"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     blocks = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind]
#     directions = ______
#     total = 0
#     for layer in range(num_layers):
#         width = ______ if layer == 0 else ______
#         total += directions * blocks * (______ + ______ + ______)
#     return total
# ```
#
# </details>

# %% name="count_parameters" tags=["solution"]
def count_parameters(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    """kind 是 "RNN"、"GRU" 或 "LSTM" -> PyTorch 里这种网络的参数个数 (int) || kind is "RNN", "GRU" or "LSTM" -> the number of parameters of that network
    in PyTorch (int)"""
    ### BEGIN SOLUTION
    blocks = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind]
    directions = 2 if bidirectional else 1
    total = 0
    for layer in range(num_layers):
        width = input_size if layer == 0 else directions * hidden_size
        total += directions * blocks * hidden_size * (width + hidden_size + 2)
    return total
    ### END SOLUTION


# %% [markdown] name="about-check-count"
# **检查（3 分）。** 九个网络。先猜一猜：同样大小，GRU 的参数恰好是 LSTM 的几分之几？

# %% [markdown] lang="en" of="bf8e3748.092f25d2"
# **Check (3 points).** Nine networks. Guess first: at the same size, exactly what fraction of the LSTM's parameters does the GRU have?

# %% name="check-count" tags=["check"] points=3 of="count_parameters"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-count") as show:
    for kind in "RNN", "GRU", "LSTM":
        show(f"{kind}, I=3, H=5", count_parameters(kind, 3, 5))
        two = count_parameters(kind, 7, 4, num_layers=2)
        show(f"{kind}, I=7, H=4, num_layers=2", two)
        both_ways = count_parameters(kind, 6, 10, num_layers=3, bidirectional=True)
        show(f"{kind}, I=6, H=10, num_layers=3, bidirectional", both_ways)

# %% [markdown] name="part-2"
# ## 2 · 多远：影响的剖面
#
# `gradient_profile(rnn, x)` 收到一个 `batch_first` 的网络（RNN、GRU、LSTM 都行）和一批输入 `x` `(B, T, I)`，返回 `(T,)`：
#
# $$g_k = \frac1B \sum_{b=1}^{B} \left\lVert \frac{\partial\, s}{\partial x_{b,\,T-k}} \right\rVert_2, \qquad s = \text{最后一步输出的所有数之和}, \qquad k = 0, 1, \dots, T-1$$
#
# $g_0$ 是最后一个输入的影响，$g_k$ 是往前数第 $k$ 个输入的影响。对*每个样本*先求长度（对特征求 L2 范数），再对批取平均。
# 网络的返回值是 `(out, 状态)`，只用 `out`。这里可以用 autograd；传进来的 `x` 不要改动，同样的调用做两次，结果应当一样。

# %% [markdown] lang="en" of="06c8a63b.9162a083"
# ## 2 · How far: the profile of influence
#
# `gradient_profile(rnn, x)` receives a `batch_first` network (RNN, GRU or LSTM alike) and a batch of inputs `x` `(B, T, I)`, and returns `(T,)`:
#
# $$g_k = \frac1B \sum_{b=1}^{B} \left\lVert \frac{\partial\, s}{\partial x_{b,\,T-k}} \right\rVert_2, \qquad s = \text{the sum of all numbers of the last step's output}, \qquad k = 0, 1, \dots, T-1$$
#
# $g_0$ is the influence of the last input, $g_k$ that of the input $k$ steps before it. For *each sample* take the length first (L2 norm over the features), then the mean over the batch.
# The network returns `(out, state)`; you need `out` only. Autograd is welcome here. Do not change the `x` you are given: the same call made twice should give the same result.

# %% [markdown] name="hint-profile-1"
# <details><summary>提示 1：对谁求导</summary>
#
# 平时对参数求导，这里对*输入*求导，所以要让 autograd 跟踪输入。最后得到的梯度和 `x` 同形，`(B, T, I)`；三个轴里，一个求长度，一个求平均，一个留下。样本之间互不影响，所以整批的输出一起求和，求一次导就够了。
#
# </details>

# %% [markdown] lang="en" of="e80b1f1f.d0b88315"
# <details><summary>Hint 1: the derivative with respect to what?</summary>
#
# Usually one differentiates with respect to the parameters; here it is the *input*, so autograd has to track the input. The gradient has the shape of `x`, `(B, T, I)`: of its three
# axes, one is for the length, one for the mean, and one stays. Samples do not influence each other, so you may sum the outputs of the whole batch and differentiate once.
#
# </details>

# %% [markdown] name="hint-profile-2"
# <details><summary>提示 2：不碰原来的 x，也不攒梯度</summary>
#
# 先做一个副本：`leaf = x.detach().clone().requires_grad_()`。`torch.autograd.grad(s, leaf)` 直接返回梯度，不会攒在 `.grad` 里。
# 梯度的时间轴从早到晚，而 $g_0$ 是最晚的那一个，所以最后还要做一件事。
#
# </details>

# %% [markdown] lang="en" of="1f944050.9e5fadc2"
# <details><summary>Hint 2: leave x alone, do not pile up gradients</summary>
#
# Make a copy first: `leaf = x.detach().clone().requires_grad_()`. `torch.autograd.grad(s, leaf)` returns the gradient directly, without piling it up in `.grad`.
# The gradient's time axis runs from early to late, while $g_0$ is the latest, so there is one thing left to do at the end.
#
# </details>

# %% [markdown] name="hint-profile-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     leaf = x.detach().clone().requires_grad_()
#     out, _ = rnn(leaf)                                        # out (B, T, H)
#     (grad,) = torch.autograd.grad(out[______].sum(), leaf)    # (B, T, I)
#     return grad.norm(dim=______).mean(dim=______).______
# ```
#
# </details>

# %% [markdown] lang="en" of="d4c71ad8.b7b2f0cf"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     leaf = x.detach().clone().requires_grad_()
#     out, _ = rnn(leaf)                                        # out (B, T, H)
#     (grad,) = torch.autograd.grad(out[______].sum(), leaf)    # (B, T, I)
#     return grad.norm(dim=______).mean(dim=______).______
# ```
#
# </details>

# %% name="gradient_profile" tags=["solution"]
def gradient_profile(rnn, x):
    """rnn (batch_first), x (B, T, I)
    -> (T,)：最后一步的输出之和对往前第 k 个输入的导数，求长度，对批平均 || rnn (batch_first), x (B, T, I)
    -> (T,): derivative of the summed last output with respect to the input
    k steps back, its length, averaged over the batch"""
    ### BEGIN SOLUTION
    leaf = x.detach().clone().requires_grad_()
    out, _ = rnn(leaf)                                         # (B, T, H)
    (grad,) = torch.autograd.grad(out[:, -1].sum(), leaf)      # (B, T, I)
    return grad.norm(dim=2).mean(dim=0).flip(0)                # (T,)
    ### END SOLUTION


# %% name="fixture"
B, T, I, H = 3, 7, 2, 5            # 四个数各不相同 || all different


def make(kind, k, scale, hidden_size=H):
    """第 k 组随机权重的 nn.RNN / nn.GRU / nn.LSTM，均匀分布在 ±scale || nn.RNN, nn.GRU or nn.LSTM with the k-th set of random weights,
    uniform in ±scale"""
    g = torch.Generator().manual_seed(SEED * 100 + k)
    rnn = getattr(nn, kind)(I, hidden_size, batch_first=True)
    shapes = {name: p.shape for name, p in rnn.state_dict().items()}
    drawn = {name: torch.rand(shape, generator=g) for name, shape in shapes.items()}
    rnn.load_state_dict({name: scale * (2 * p - 1) for name, p in drawn.items()})
    return rnn


def inputs(k, batch=B, steps=T):
    """第 k 组随机输入 (batch, steps, I) || The k-th set of random inputs (batch, steps, I)"""
    g = torch.Generator().manual_seed(SEED * 100 + k)
    return torch.randn(batch, steps, I, generator=g)


# %% [markdown] name="about-check-profile"
# **检查（4 分）。** 打印的是剖面的常用对数：每小 1，影响就小十倍。先看一个 RNN、一个 LSTM；再看长度为 1 的序列；同样的调用再来一次；
# 最后是一个答案已知的网络：输入全为 0，`W_hh` 是 0.3 倍的单位矩阵，每往回一步影响乘以 0.3。对数剖面应当是一条直线，每步降多少？
# （第一次对，再来一次就变了？梯度攒在 `.grad` 里，没有清掉。）

# %% [markdown] lang="en" of="e563765a.6caf7e6b"
# **Check (4 points).** What is printed is the base-10 logarithm of the profile: one less means ten times weaker. First an RNN and an LSTM; then a sequence of length 1; the same call once
# more; and last a network whose answer is known: zero inputs and a `W_hh` of 0.3 times the identity, so that every step back multiplies the influence by 0.3. The logarithm must
# then fall along a straight line: by how much at each step? (Right the first time and different the second? Then gradients have piled up in `.grad`.)

# %% name="check-profile" tags=["check"] points=4 of="gradient_profile"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-profile") as show:
    rnn, lstm, x = make("RNN", 1, 0.6), make("LSTM", 2, 0.9), inputs(3)
    show("RNN 的对数剖面 || log profile, RNN", gradient_profile(rnn, x).log10(), digits=3)
    show("LSTM 的对数剖面 || log profile, LSTM", gradient_profile(lstm, x).log10(), digits=3)
    show("长度为 1 || length 1", gradient_profile(lstm, inputs(3)[:, :1]).log10(), digits=3)
    show("同样的调用，再来一次 || the same call again", gradient_profile(rnn, x).log10(), digits=3)
    with torch.no_grad():
        rnn.weight_hh_l0.copy_(0.3 * torch.eye(H))
        rnn.bias_ih_l0.zero_()
        rnn.bias_hh_l0.zero_()
    known = gradient_profile(rnn, torch.zeros(B, T, I)).log10().diff()
    show("乘数 0.3，每步降多少 || factor 0.3, change per step", known, digits=3)
    show("调用之后 x 的和 || sum of x after the calls", x.sum(), digits=3)

# %% [markdown] name="part-3"
# ## 3 · 一个数：记忆视界
#
# `memory_horizon(profile, eps=1e-3)` 返回第一个满足 `profile[k] < eps * profile[0]` 的 `k`，一个整数；如果从头到尾都听得见，就返回剖面的长度。
# 这是网络眼下的**梯度视界**：和第 7.6 节一样，不用训练就能量，和地图上训练之后的视界不是一回事（那里从读完符号的状态量起，这里从输入量起）。
# 注意三个细节：是*第一次*掉下去（后来又浮上来不算）；是相对于 `profile[0]`；恰好相等还算听得见。

# %% [markdown] lang="en" of="51e99b53.d4424244"
# ## 3 · A single number: the memory horizon
#
# `memory_horizon(profile, eps=1e-3)` returns the first `k` for which `profile[k] < eps * profile[0]`, an integer; if everything can be heard to the end, it returns the length of the profile.
# This is a **gradient horizon**, as in section 7.6: no training is needed, and it is not the horizon on the map, which is known only after training. (There the start was the state just
# after the symbol; here it is the input.)
# Mind three details: it is the *first* time the profile drops below (coming up again later does not count); the level is relative to `profile[0]`; and exactly equal still counts as heard.

# %% [markdown] name="hint-horizon-1"
# <details><summary>提示 1：念一遍定义</summary>
#
# 从 `k = 0` 往后走，逐个问：听不见了吗？第一次答“是”，就停。一路都答“否”呢？
#
# </details>

# %% [markdown] lang="en" of="452e2d6c.e52595be"
# <details><summary>Hint 1: read the definition aloud</summary>
#
# Walk from `k = 0` onwards and ask each time: can it no longer be heard? Stop at the first "yes". And if it is "no" all the way?
#
# </details>

# %% [markdown] name="hint-horizon-2"
# <details><summary>提示 2：一个循环就够</summary>
#
# 循环里遇到第一个就 `return`，循环外的 `return` 管“一路都听得见”的情形。门槛在循环之前算一次就行。
#
# </details>

# %% [markdown] lang="en" of="37a031d8.b2755af6"
# <details><summary>Hint 2: one loop will do</summary>
#
# `return` inside the loop at the first hit; the `return` after the loop takes care of "heard all the way". The level need be computed only once, before the loop.
#
# </details>

# %% [markdown] name="hint-horizon-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     for k in range(len(profile)):
#         if profile[______] < ______ * profile[______]:
#             return ______
#     return ______
# ```
#
# </details>

# %% [markdown] lang="en" of="6e0d6fca.73a17f39"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     for k in range(len(profile)):
#         if profile[______] < ______ * profile[______]:
#             return ______
#     return ______
# ```
#
# </details>

# %% name="memory_horizon" tags=["solution"]
def memory_horizon(profile, eps=1e-3):
    """profile (T,) -> 第一个 profile[k] < eps * profile[0] 的 k，没有就返回 T (int) || profile (T,) -> the first k with profile[k] < eps * profile[0], or T if there
    is none (int)"""
    ### BEGIN SOLUTION
    for k in range(len(profile)):
        if profile[k] < eps * profile[0]:
            return k
    return len(profile)
    ### END SOLUTION


# %% [markdown] name="about-check-horizon"
# **检查（2 分）。** 六个手写的剖面，答案都可以心算。先算好，再运行。

# %% [markdown] lang="en" of="143d4dcd.ff6f1827"
# **Check (2 points).** Six profiles written by hand, all within reach of mental arithmetic. Work them out before you run the cell.

# %% name="check-horizon" tags=["check"] points=2 of="memory_horizon"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-horizon") as show:
    dips = torch.tensor([1.0, 0.5, 0.0005, 0.2, 0.0001, 0.3])
    show("掉下去，浮上来，又掉下去 || down, up, and down again", memory_horizon(dips))
    steady = torch.tensor([1.0, 0.5, 0.25, 0.125])
    show("一直听得见 || heard to the end", memory_horizon(steady))
    small = 1e-6 * torch.tensor([1.0, 0.5, 0.2, 0.0005, 0.0001])
    show("整体缩小一百万倍 || all a million times smaller", memory_horizon(small))
    halves = torch.tensor([2.0, 1.0, 0.5, 0.25, 0.125])
    show("恰好相等，eps=0.25 || exactly equal, eps=0.25", memory_horizon(halves, eps=0.25))
    rising = torch.tensor([0.5, 2.0, 1.0, 0.001, 0.0004, 0.0001])
    show("先升后降 || up first, then down", memory_horizon(rising))
    show("只有一个数 || a single number", memory_horizon(torch.tensor([3.0])))

# %% [markdown] name="about-check-compare"
# ## 4 · 用你的尺子量四个网络
#
# **检查（1 分）。** 四个网络，隐藏单元都是 32，权重都按 PyTorch 的默认方式初始化（均匀分布，$\pm 1/\sqrt{H}$），都没有训练过，读同样 120 步随机输入：
# 一个 RNN，一个默认的 LSTM，还有两个只把遗忘门的偏置加了 1 和加了 3。运行之前先写下四个数的排名。（得到 120，就是一直听得见。）
# 先让第 2、3 节的检查全对，再来运行：尺子不准，这里的数和提示都不作数。

# %% [markdown] lang="en" of="58e886f4.718b6bbf"
# ## 4 · Measure four networks with your rulers
#
# **Check (1 point).** Four networks with 32 hidden units each, initialised as PyTorch does by default (uniform, $\pm 1/\sqrt{H}$), all of them untrained, reading the same 120 steps of random
# input: an RNN, a default LSTM, and two LSTMs that merely have 1 or 3 added to the bias of the forget gate. Before you run the cell, write down how you would rank the four.
# (A horizon of 120 means: heard to the end.) Get the checks of sections 2 and 3 right before you run this one: with a faulty ruler, neither the numbers nor the hints here mean anything.

# %% name="check-compare" tags=["check"] points=1 of="gradient_profile memory_horizon"
def forget_more(lstm, amount):
    """给遗忘门的偏置加上 amount || Add amount to the bias of the forget gate"""
    with torch.no_grad():
        lstm.bias_ih_l0.unflatten(0, (4, -1))[1] += amount
    return lstm


# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-compare") as show:
    size, long = 32, inputs(4, batch=4, steps=120)
    networks = {
        "RNN": make("RNN", 5, size**-0.5, size),
        "LSTM": make("LSTM", 6, size**-0.5, size),
        "LSTM +1": forget_more(make("LSTM", 6, size**-0.5, size), 1),
        "LSTM +3": forget_more(make("LSTM", 6, size**-0.5, size), 3),
    }
    for name, network in networks.items():
        horizon = memory_horizon(gradient_profile(network, long))
        show(f"{name} 的记忆视界 || memory horizon of {name}", horizon)

# %% [markdown] name="written-task"
# ## 5 · 四句话的比较
#
# 双击下面那一格，用自己量出来的数写四句话（不计分，但这是本题真正的收获）：
#
# 1. 大小：同样的 `I` 和 `H`，LSTM 的参数是 RNN 的几倍？为什么恰好是这个数？
# 2. 记忆：没有训练过的 RNN 和默认 LSTM，视界各是多少？差别有你想的那么大吗？
# 3. 原因：只动一个偏置，视界变成了多少？这说明起作用的是“结构”还是“初始化”？
# 4. 边界：你量的是什么，没有量什么？这些数能不能说明训练*之后*谁更好？

# %% [markdown] lang="en" of="4d781dae.d436c222"
# ## 5 · The comparison, in four sentences
#
# Double-click the cell below and write four sentences around your own numbers (no points, but this is what the exercise is really for):
#
# 1. Size: at equal `I` and `H`, how many times as many parameters has the LSTM, and why exactly that number?
# 2. Memory: what are the horizons of the untrained RNN and of the default LSTM? Is the difference as large as you expected?
# 3. Cause: you moved one bias; what happened to the horizon? Does that speak for the architecture or for the initialisation?
# 4. Limits: what did you measure, and what not? Do these numbers tell who is better *after* training?

# %% [markdown] name="written-answer"
# *（在这里写你的四句话。）*

# %% [markdown] lang="en" of="abcb72a6.2e6e4bc5"
# *(Write your four sentences here.)*

# %% [markdown] name="written-rubric"
# <details><summary>写完再打开：自评标准</summary>
#
# - 每句话里都有一个自己量到的数，并且说清了是什么条件下量的。
# - 第 1 句用块数解释倍数，而不只是报数。
# - 第 3 句分清了两件事：LSTM 的结构让“不遗忘”成为可能，偏置决定它一开始用不用这个可能。
# - 第 4 句承认了边界：没有训练，输入是随机的，量的是梯度而不是任务成绩。第 07 章会做训练之后的比较。
#
# </details>

# %% [markdown] lang="en" of="a15bc788.6b3c7d00"
# <details><summary>Open when you have written yours: how to judge it</summary>
#
# - Every sentence contains a number of your own, and says under which conditions it was measured.
# - Sentence 1 explains the ratio by the number of blocks instead of merely reporting it.
# - Sentence 3 keeps two things apart: the architecture makes not forgetting possible, the bias decides whether the network starts out using that possibility.
# - Sentence 4 admits the limits: nothing was trained, the input was random, and what was measured is a gradient, not success at a task. Chapter 07 compares trained networks.
#
# </details>

# %% [markdown] name="closing"
# ## 你现在会了
#
# 你能把一句口号拆成三个可以测的量，并且用自己写的工具去测。这套尺子不认名字，只认行为：以后见到任何新的循环网络，都可以拿它量一量。
#
# **想一想**（不计分）：双向网络的 `out[:, -1]` 里，反向那一半只读过一个输入。用 `gradient_profile` 去量一个双向网络，剖面会是什么样子？为什么要当心？

# %% [markdown] lang="en" of="bbb96fa1.62dab9e8"
# ## What you can do now
#
# You can take a slogan apart into three measurable quantities, and measure them with tools of your own making. These rulers care about behaviour, not about names: hold them against
# any recurrent network you may meet.
#
# **To think about** (no points): in a bidirectional network, the backward half of `out[:, -1]` has read a single input. What will the profile look like if you run `gradient_profile`
# on such a network, and what should make you careful?

# %% [markdown] name="before-grading"
# 先保存（Ctrl+S），再运行下面一格：它批改存盘的这份 notebook，给出总分。

# %% [markdown] lang="en" of="a834fa55.ef475590"
# Save first (Ctrl+S), then run the cell below: it grades the notebook as saved and reports your score.

# %% name="grade"
check.grade()
