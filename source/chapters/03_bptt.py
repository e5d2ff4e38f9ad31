# ---
# jupyter:
#   course:
#     chapter: "03"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["A-10"]
# # 第 3 章 时间反向传播
#
# **阅读 25 分钟 · 动手 30 分钟 · 练习 40 分钟 · 难度 ⭐⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 从两步的例子出发，推出梯度沿时间往回走的公式，每个符号都写得出形状；
# 2. 写出不靠 autograd 的时间反向传播（back-propagation through time, BPTT），并用两种办法查出它的错：和 autograd 核对，和有限差分核对；
# 3. 用 `detach()` 把长序列截成段来训练，说清楚截断之后状态还带着什么、梯度看不见什么、这要付出多大代价。
#
# 需要的基础：第 2 章的循环单元和它的记号；会对一元函数用链式法则。

# %% [markdown] lang="en" of="134316e5.76d567eb"
# # Chapter 3. Back-propagation through time
#
# **25 min reading · 30 min at the keyboard · 40 min exercise · difficulty ⭐⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. start from an example of two steps and derive how a gradient travels back through time, with the shape of every symbol;
# 2. write back-propagation through time (BPTT) without autograd, and check it in two ways: against autograd, and against finite differences;
# 3. train on long sequences in chunks with `detach()`, and say what the state still carries across the cut, what the gradient can no longer see, and what that costs.
#
# You need: the recurrent cell of Chapter 2 and its notation, and the chain rule for functions of one variable.

# %% name="setup"
from math import tanh

import torch
from torch import nn
from torch.nn import functional as F
import matplotlib.pyplot as plt

from course_utils import language, plotting
from course_utils.checks import claim, show
from course_utils.explore import Explorer, bets_summary, predict, progress, quiz

language.use("中文 || English")      # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()                     # 带中文字体的图 || figures with a font that has Chinese
torch.set_num_threads(1)             # 小网络用一个线程最快 || small networks are fastest on one thread
# 这一章要逐位核对，一律用双精度 || checking digit by digit takes double precision
torch.set_default_dtype(torch.float64)

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，来自前两章。先在心里答，再点选项。

# %% [markdown] lang="en" of="5acb7ba9.4c58e1f4"
# ## Warm-up
#
# Three questions from the last two chapters. Answer in your head first, then click.

# %% name="recall" covers=["A-03"]
quiz("03-recall")

# %% [markdown] name="question"
# ## 3.1 一份权重，许多张票
#
# 训练就是问每个权重一句话：“你动一点点，损失会变多少？”全连接的前馈网络里，一个权重只在一个地方出现，问题很清楚。（卷积层的权重也要重复用，只是用在各个位置上，不是一步接一步。）循环网络里，同一个 $W_h$ 在每一步都出现：你一动它，第 1 步变了，第 2 步也变了，而且第 2 步还收到了第 1 步变过的结果。这么多变化纠缠在一起，怎么算？
#
# 先看最小的例子：每样东西都是一个数，只走两步，损失只看最后的状态。
#
# $$h_1 = \tanh(u\,x_1 + w\,h_0), \qquad h_2 = \tanh(u\,x_2 + w\,h_1), \qquad L = \tfrac12 (h_2 - y)^2$$
#
# 窍门是假装两步用的是**两份**权重，$w_1$ 和 $w_2$，只不过碰巧相等。现在可以一份一份地动：只动 $w_1$，量一次损失的斜率；只动 $w_2$，再量一次。把每一份单独量到的斜率叫作那一步的**票**。猜一猜，两张票和“两份一起动”的斜率是什么关系？

# %% [markdown] lang="en" of="bcabcfa1.fc62451c"
# ## 3.1 One weight, many votes
#
# Training asks every weight one question: "if you move a little, how much does the loss change?" In a fully connected feed-forward net a weight sits in one place, and the question is clear. (A convolution reuses its weights too, but side by side, not one step upon another.) In a recurrent net the same $W_h$ sits in every step. Move it and step 1 changes; step 2 changes too, and on top of that step 2 receives the changed result of step 1. How do you untangle all that?
#
# Take the smallest example there is: every quantity a single number, two steps, and a loss that looks at the last state only.
#
# $$h_1 = \tanh(u\,x_1 + w\,h_0), \qquad h_2 = \tanh(u\,x_2 + w\,h_1), \qquad L = \tfrac12 (h_2 - y)^2$$
#
# The trick is to pretend that the two steps have **two** weights, $w_1$ and $w_2$, which merely happen to be equal. Now they can be moved one at a time: move $w_1$ alone and measure the slope of the loss, then $w_2$ alone. Call the slope measured for one copy the **vote** of that step. How do you think the two votes relate to the slope when both copies move together?

# %% name="bet-votes"
predict("Q3c")

# %% name="two-steps"
u, w = 0.5, 0.9
x_1, x_2 = 1.0, -1.0
before, wanted = 0.5, -0.5                                  # 公式里的 h_0 和 y || h_0 and y of the formula


def two_steps(w_1, w_2):
    h_1 = tanh(u * x_1 + w_1 * before)
    h_2 = tanh(u * x_2 + w_2 * h_1)
    return h_1, h_2, 0.5 * (h_2 - wanted) ** 2              # h_1, h_2, L


def slope(f, at, step=1e-5):
    """f 在 at 处的斜率：往两边各走一小步，看差多少 || Slope of f at `at`: a small step to either side, and the difference"""
    return (f(at + step) - f(at - step)) / (2 * step)


vote_1 = slope(lambda v: two_steps(v, w)[2], w)  # 只动第 1 步的那一份 || only the copy of step 1 moves
vote_2 = slope(lambda v: two_steps(w, v)[2], w)  # 只动第 2 步的那一份 || only the copy of step 2 moves
together = slope(lambda v: two_steps(v, v)[2], w)  # 只有一份权重，两步都动 || one weight: both steps move

show("两张票 || the two votes", vote_1, vote_2)
show("一起动 || together", together)
claim("Q3c", abs(vote_1 + vote_2 - together) < 1e-9,
      sum=vote_1 + vote_2, together=together)
# 少数一张票就不对 || leave one vote out and it is wrong
claim("Q3c-control", not abs(vote_2 - together) < 1e-3)

# %% [markdown] name="votes-meaning"
# 相加。这就是多元链式法则：一个变量从好几个入口影响结果，总影响是各个入口的影响之和。循环网络没有任何例外，只是入口多，每一步一个：
#
# $$\frac{\partial L}{\partial W_h} = \sum_{t=1}^{T} \frac{\partial L}{\partial W_h^{(t)}}, \qquad W_h^{(t)} = \text{假想的、只给第 } t \text{ 步用的那一份}$$
#
# 剩下的问题是怎样算票。像刚才那样一份一份地动，每动一次都要把网络跑两遍：走 100 步就有 100 份，每份还是一个矩阵。有没有办法走一趟就把所有的票收齐？有，只要**倒着走**。

# %% [markdown] lang="en" of="482cd404.5723671f"
# They add. This is the chain rule for several variables: when something affects the outcome through several doors, the total effect is the sum over the doors. A recurrent net is no exception; it just has many doors, one for each step:
#
# $$\frac{\partial L}{\partial W_h} = \sum_{t=1}^{T} \frac{\partial L}{\partial W_h^{(t)}}, \qquad W_h^{(t)} = \text{the imaginary copy that only step } t \text{ uses}$$
#
# What remains is how to get the votes. Nudging the copies one by one, as above, takes two runs of the network per nudge; 100 steps mean 100 copies, each of them a whole matrix. Can all the votes be collected in a single trip? Yes, if you **walk backward**.

# %% [markdown] name="two-steps-back"
# ## 3.2 两步的账，倒着算
#
# 还是那两步。从损失出发，一个箭头一个箭头地往回走，每经过一个运算，就乘上它的导数。tanh 的导数有个方便的写法：$\tanh'(a) = 1 - \tanh^2(a) = 1 - h^2$，只用前向时已经算好的 $h$。
#
# | 走到哪里 | 手里的数 | 为什么 |
# |---|---|---|
# | $h_2$ | $h_2 - y$ | $L = \tfrac12(h_2-y)^2$ 的导数 |
# | 穿过第 2 步的 tanh | $\delta_2 = (h_2 - y)(1 - h_2^2)$ | 乘 tanh 的导数 |
# | 第 2 步的票 | $\delta_2\, h_1$ | $w_2$ 乘的是 $h_1$ |
# | 传给 $h_1$ | $w\,\delta_2$ | $h_1$ 乘的是 $w$ |
# | 穿过第 1 步的 tanh | $\delta_1 = w\,\delta_2\,(1 - h_1^2)$ | 乘 tanh 的导数 |
# | 第 1 步的票 | $\delta_1\, h_0$ | $w_1$ 乘的是 $h_0$ |
#
# $\delta_t$ 是损失对第 $t$ 步 tanh **里面**那个数的导数。整条路上，$\delta_2$ 只算了一次，却用了两次：一次投票，一次往左传。省下的工夫就在这里。

# %% [markdown] lang="en" of="301358b3.f4684e77"
# ## 3.2 The same two steps, worked backward
#
# The same two steps. Start from the loss and go back arrow by arrow; whenever you pass an operation, multiply by its derivative. The derivative of tanh has a convenient form, $\tanh'(a) = 1 - \tanh^2(a) = 1 - h^2$, which needs only the $h$ that the forward pass has already computed.
#
# | Where you are | What you hold | Why |
# |---|---|---|
# | $h_2$ | $h_2 - y$ | derivative of $L = \tfrac12(h_2-y)^2$ |
# | through the tanh of step 2 | $\delta_2 = (h_2 - y)(1 - h_2^2)$ | times the slope of tanh |
# | the vote of step 2 | $\delta_2\, h_1$ | what $w_2$ multiplies is $h_1$ |
# | on to $h_1$ | $w\,\delta_2$ | what multiplies $h_1$ is $w$ |
# | through the tanh of step 1 | $\delta_1 = w\,\delta_2\,(1 - h_1^2)$ | times the slope of tanh |
# | the vote of step 1 | $\delta_1\, h_0$ | what $w_1$ multiplies is $h_0$ |
#
# $\delta_t$ is the derivative of the loss with respect to the number **inside** the tanh of step $t$. Along the way $\delta_2$ is computed once and used twice: for a vote, and for the message to the left. That is where the work is saved.

# %% name="two-steps-picture"
h_1, h_2, _ = two_steps(w, w)
gap_2 = h_2 - wanted
delta_2 = gap_2 * (1 - h_2**2)
delta_1 = w * delta_2 * (1 - h_1**2)
walked_1, walked_2 = delta_1 * before, delta_2 * h_1        # 两张票 || the two votes

plotting.backward_graph(
    states=[f"$h_0={before:.2f}$", f"$h_1={h_1:.3f}$", f"$h_2={h_2:.3f}$"],
    losses=["", f"$h_2-y={gap_2:.3f}$"],
    messages=["", rf"$w\,\delta_2={w * delta_2:.3f}$"],
    votes=[rf"$\delta_1 h_0={walked_1:.3f}$", rf"$\delta_2 h_1={walked_2:.3f}$"],
    total=rf"$\partial L/\partial w={walked_1 + walked_2:.3f}$")
plt.show()

show("δ₂, δ₁", delta_2, delta_1)
claim("Q3c-walk", abs(walked_1 - vote_1) < 1e-9 and abs(walked_2 - vote_2) < 1e-9)
# δ₁ 配错了状态 || δ₁ paired with the wrong state
claim("Q3c-walk-control", not abs(delta_1 * h_1 - vote_1) < 1e-3)

# %% [markdown] name="picture-meaning"
# 细箭头是前向，粗虚线是往回走的消息（输入 $x$ 没有画；tanh 在方块 $A$ 里面，所以 $\delta$ 印在图下）。图上的两张票，和 3.1 节量出来的一样。拿纸笔按表格从上到下再算一遍。后面只添两样：数换成向量，每一步都可以有自己的损失。

# %% [markdown] lang="en" of="0dc0bd5e.e06568e0"
# Thin arrows run forward; the thick dashed ones are the messages on their way back (the inputs $x$ are not drawn; tanh sits inside the box $A$, so the $\delta$ are printed below the picture). The two votes are those that nudging gave in section 3.1. Go down the table once with pencil and paper. Only two things are still to come: numbers turn into vectors, and every step may have a loss of its own.

# %% [markdown] name="general" covers=["H-03"]
# ## 3.3 任意多步，带着形状
#
# 现在 $h_t$ 是 $H$ 个数，每一步都可以有自己的损失，$L = \sum_t L_t$。记 $a_t = W_x x_t + W_h h_{t-1} + b$，$h_t = \tanh(a_t)$，$\delta_t = \partial L / \partial a_t$。倒着走到第 $t$ 步，做三件事：
#
# **1 汇合。** $h_t$ 有两条路影响损失：经过这一步自己的 $L_t$，或者经过 $h_{t+1}$ 走向未来。两条路的影响相加。
#
# **2 穿过 tanh。** tanh 是逐个数作用的，所以逐个数乘它的导数，记作 $\odot$（$h_t^2$ 也是逐个数平方；$W_h$ 为什么要转置，下面就讲）：
#
# $$\boxed{\;\underbrace{\delta_t}_{(H)} = \Bigl(\underbrace{\tfrac{\partial L_t}{\partial h_t}}_{\text{自己的 }(H)} + \underbrace{W_h^\top \delta_{t+1}}_{\text{来自未来 }(H,H)(H)}\Bigr) \odot \underbrace{(1 - h_t^2)}_{(H)}, \qquad \delta_{T+1} = 0\;}$$
#
# **3 送出。** $a_t$ 里的每一项各得一份：
#
# $$\underbrace{W_x^\top \delta_t}_{\text{给 } x_t,\ (I)} \qquad \underbrace{\delta_t\, h_{t-1}^\top}_{\text{给 } W_h \text{ 的票},\ (H,H)} \qquad \underbrace{\delta_t\, x_t^\top}_{\text{给 } W_x \text{ 的票},\ (H,I)} \qquad \underbrace{\delta_t}_{\text{给 } b \text{ 的票},\ (H)} \qquad \underbrace{W_h^\top \delta_t}_{\text{给 } h_{t-1},\ (H)}$$
#
# 票为什么是列乘行？在第 $t$ 步里，$W_h$ 的第 $(i,j)$ 项只出现一次：在 $a_t$ 的第 $i$ 个数里，乘着 $h_{t-1}$ 的第 $j$ 个数。所以它的票是 $\delta_{t,i}\,h_{t-1,j}$；把所有的 $(i,j)$ 排成矩阵，就是 $\delta_t h_{t-1}^\top$，形状 $(H,1)(1,H)$。所有的票在时间上相加，就是 3.1 节的结论：$\partial L/\partial W_h = \sum_t \delta_t h_{t-1}^\top$，$W_x$ 和 $b$ 也一样。
#
# **为什么有转置？** 前向时，$W_h$ 的第 $i$ 行第 $j$ 列把单元 $j$ 的状态带给单元 $i$。往回走，单元 $j$ 要听回所有它影响过的单元：$\sum_i W_{ij}\,\delta_i$。对第一个下标求和，就是 $W_h^\top\delta$。箭头倒过来，矩阵就转置。

# %% [markdown] lang="en" of="90453752.61eb51e0"
# ## 3.3 Any number of steps, with shapes
#
# Now $h_t$ holds $H$ numbers, and every step may have a loss of its own: $L = \sum_t L_t$. Write $a_t = W_x x_t + W_h h_{t-1} + b$, $h_t = \tanh(a_t)$ and $\delta_t = \partial L / \partial a_t$. Arriving at step $t$ on the way back, do three things.
#
# **1 Join.** $h_t$ affects the loss along two roads: through this step's own $L_t$, and through $h_{t+1}$ into the future. The two effects add.
#
# **2 Pass through tanh.** tanh acts entry by entry, so multiply entry by entry by its slope, written $\odot$ ($h_t^2$ is squared entry by entry too; why $W_h$ is transposed, we shall see in a moment):
#
# $$\boxed{\;\underbrace{\delta_t}_{(H)} = \Bigl(\underbrace{\tfrac{\partial L_t}{\partial h_t}}_{\text{own }(H)} + \underbrace{W_h^\top \delta_{t+1}}_{\text{from the future }(H,H)(H)}\Bigr) \odot \underbrace{(1 - h_t^2)}_{(H)}, \qquad \delta_{T+1} = 0\;}$$
#
# **3 Send.** Each part of $a_t$ receives its share:
#
# $$\underbrace{W_x^\top \delta_t}_{\text{to } x_t,\ (I)} \qquad \underbrace{\delta_t\, h_{t-1}^\top}_{\text{vote for } W_h,\ (H,H)} \qquad \underbrace{\delta_t\, x_t^\top}_{\text{vote for } W_x,\ (H,I)} \qquad \underbrace{\delta_t}_{\text{vote for } b,\ (H)} \qquad \underbrace{W_h^\top \delta_t}_{\text{to } h_{t-1},\ (H)}$$
#
# Why a column times a row? Within step $t$, entry $(i,j)$ of $W_h$ appears just once: in the $i$-th number of $a_t$, multiplying the $j$-th number of $h_{t-1}$. So its vote is $\delta_{t,i}\,h_{t-1,j}$; arrange all pairs $(i,j)$ in a matrix and you have $\delta_t h_{t-1}^\top$, shapes $(H,1)(1,H)$. The votes are added up over time, as section 3.1 found: $\partial L/\partial W_h = \sum_t \delta_t h_{t-1}^\top$, and likewise for $W_x$ and $b$.
#
# **Why the transpose?** Going forward, row $i$, column $j$ of $W_h$ carries the state of unit $j$ to unit $i$. On the way back unit $j$ has to hear from every unit it spoke to: $\sum_i W_{ij}\,\delta_i$. The sum runs over the first index, and that is $W_h^\top\delta$. Turn the arrows round and the matrix is transposed.

# %% name="general-picture"
steps = ("t-2", "t-1", "t", "t+1")
plotting.backward_graph(
    states=[f"$h_{{{k}}}$" for k in steps],
    losses=[rf"$\partial L_{{{k}}}/\partial h_{{{k}}}$" for k in steps[1:]],
    messages=[rf"$W_h^\top\delta_{{{k}}}$" for k in steps[1:]],
    votes=[rf"$\delta_{{{k}}}\,h_{{{at}}}^\top$" for at, k in zip(steps, steps[1:])])
plt.show()

# %% [markdown] name="messages"
# ### 亲手把消息送回去
#
# 下面是一个真的小网络（2 个输入、3 个隐藏单元），所有的数都在页面里现算。上面一排是前向的状态，下面一排是往回走的 $\delta$，往左的箭头旁边写着消息的长度；条形是到达每个 $x_t$ 的梯度，和每一步给 $W_h$ 的票（也是向量或矩阵的长度）。损失是 $L_T = \tfrac12\lVert h_T - \text{目标}\rVert^2$。
#
# 1. 一直按“下一个动作”，至少走完三步。说得出每个动作对应上面公式里的哪一块，再接着看。
# 2. 把“每段几步”设为 3：立起了墙（detach），消息到墙为止。哪些条形变成了 0？虚线框是不截断时的高度。前向的状态变了吗？
# 3. 去掉墙（每段 10 步），把 $W_h$ 的倍数从 1 慢慢调大。找到一个倍数，让 $x_1$ 收到的梯度比 $x_8$ 还多。再往上调到 2，再到 3：$x_1$ 收到的一路变大吗？（比条形下面的数：每次最高的那根都画得一样高。）用“看第 t 步”翻翻表里的 $1-h_t^2$，猜猜原因。
# 4. 打开“每一步都有损失”，再把墙立起来（每段 4 步）。墙左边的输入还收得到梯度吗？从哪里来？

# %% [markdown] lang="en" of="cc1c314e.491df837"
# ### Deliver the messages yourself
#
# Below is a small but real network (2 inputs, 3 hidden units); every number is computed in the page. The upper row shows the states going forward, the lower row the $\delta$ coming back, with the length of the message beside each arrow to the left; the bars show the gradient that reaches each $x_t$ and the vote of each step for $W_h$ (again the length of the vector or matrix). The loss is $L_T = \tfrac12\lVert h_T - \text{target}\rVert^2$.
#
# 1. Keep pressing "Next action" for at least three steps. Go on only when you can say which piece of the formula each action is.
# 2. Set "steps per chunk" to 3: walls (detach) go up, and messages stop there. Which bars have dropped to 0? The dashed boxes show their height without a cut. Have the forward states changed?
# 3. Take the walls away (10 steps per chunk) and slowly raise the factor on $W_h$ from 1. Find a factor at which $x_1$ receives more gradient than $x_8$. Then go up to 2, and on to 3: does the gradient at $x_1$ grow all the way? (Compare the numbers under the bars: the tallest bar is always drawn equally tall.) Leaf through $1-h_t^2$ in the table with "look at step t" and guess why.
# 4. Switch on "A loss at every step" and put a wall back (4 steps per chunk). Do the inputs to the left of it still receive a gradient? Where from?

# %% name="messages-explorer" covers=["A-05"]
Explorer("messages", height=760)

# %% [markdown] name="messages-meaning"
# 第 3 个任务里藏着第 4 章的主题：每往回走一步，消息就乘一次 $W_h^\top$、再乘一次 $1-h_t^2$。$W_h$ 大了，前一个因子变大；可状态也更靠近 ±1，后一个因子就变小。谁赢，要量了才知道。

# %% [markdown] lang="en" of="24e0eda5.55f80b94"
# Task 3 holds the subject of Chapter 4. Each step back multiplies the message by $W_h^\top$ and by $1-h_t^2$. A larger $W_h$ makes the first factor larger; but it also pushes the states towards ±1, and that makes the second smaller. Which one wins is a matter for measurement.

# %% [markdown] name="factors"
# ### 两个因子，画出来
#
# 先看 $1-h^2$。它是 tanh 的斜率，像一道**阀门**：单元的状态在 0 附近，阀门全开，消息原样通过；状态靠近 ±1（叫**饱和**），tanh 的曲线已经压平，阀门几乎关死。

# %% [markdown] lang="en" of="1c63fef9.31933cdb"
# ### The two factors in pictures
#
# First $1-h^2$. It is the slope of tanh, and works like a **valve**: when a unit's state is near 0 the valve is wide open, and the message gets through as it is; when the state is close to ±1 (the unit is **saturated**) the curve has gone flat, and the valve is all but shut.

# %% name="valve"
_, panels = plt.subplots(1, 2, figsize=(7.5, 2.8))
plotting.tanh_slope(*panels)
plt.show()

# %% [markdown] name="stretch"
# 再看矩阵。两个隐藏单元的消息是平面上的一支箭头；长度为 1 的消息，箭头尖排成一个圆。乘一个矩阵，圆变成椭圆：有的方向拉长，有的压短。往回走一步，先过阀门，再乘 $W_h^\top$，是两次拉伸接连做：
#
# $$\underbrace{W_h^\top}_{(H,H)}\ \underbrace{\operatorname{diag}(1-h_t^2)}_{\text{对角线上是阀门，}(H,H)}$$
#
# 它的转置 $\operatorname{diag}(1-h_t^2)\,W_h = \partial h_t/\partial h_{t-1}$ 叫这一步的**雅可比矩阵**（Jacobian）：前一步的状态推一下，后一步的状态怎样动。
#
# 看图例里的倍数：第二个隐藏单元几乎饱和，阀门只开了两成；走完一步，消息最多剩多少，最少剩多少？

# %% [markdown] lang="en" of="ddebb8be.02719b95"
# Now the matrix. For two units a message is an arrow in the plane, and the tips of all messages of length 1 make a circle. Multiply by a matrix and the circle turns into an ellipse: some directions are stretched, others are shortened. One step back goes through the valves and then through $W_h^\top$, one stretch after another:
#
# $$\underbrace{W_h^\top}_{(H,H)}\ \underbrace{\operatorname{diag}(1-h_t^2)}_{\text{the valves on the diagonal, }(H,H)}$$
#
# Its transpose, $\operatorname{diag}(1-h_t^2)\,W_h = \partial h_t/\partial h_{t-1}$, is called the **Jacobian** of the step: nudge the state before, and this is how the state after it moves.
#
# Look at the factors in the legends. The second unit is nearly saturated, its valve open by a fifth. After one step, how much is left of a message at most, and how much at least?

# %% name="stretch-figure"
turn = torch.tensor([[0.9, -0.6], [0.6, 0.9]])                      # W_h (2, 2)
valves = torch.diag(1 - torch.tensor([0.1, 0.9]) ** 2)              # h_t = (0.1, 0.9)
fig, panels = plt.subplots(1, 3, figsize=(8.5, 3.9))
for panel, matrix, title in zip(
        panels, (valves, turn.T, turn.T @ valves),
        ("阀门 || the valves", "$W_h^\\top$", "一步：两样相乘 || one step: both")):
    plotting.stretch(panel, matrix)
    panel.set_title(title)
plt.show()

# %% [markdown] name="stretch-meaning"
# $W_h^\top$ 自己把每个方向都拉长到 1.08 倍；阀门却把一个方向压到 0.19 倍，合起来就成了一条细长的椭圆。走二十步，就是二十个这样的矩阵连乘。记住这张图，第 4、5、7 章都要用它。

# %% [markdown] lang="en" of="06b0d5e1.88bf7c3c"
# By itself $W_h^\top$ stretches every direction to 1.08 times its length; the valves press one direction down to 0.19, and together they make a thin ellipse. Twenty steps are a product of twenty such matrices. Keep the picture: Chapters 4, 5 and 7 come back to it.

# %% [markdown] name="write" covers=["H-03"]
# ## 3.4 写成代码，再和 autograd 核对
#
# 为了让代码和公式一模一样，这里只用**一条**序列，向量就是一维张量。损失只接在最后一步，所以往回走时第一条消息是 $h_T - y$，之后的每一步都没有“自己的”那一份。

# %% [markdown] lang="en" of="5c45607b.069915a5"
# ## 3.4 Write it, then check it against autograd
#
# To keep the code looking like the formula we use a **single** sequence, so that a vector is a 1-D tensor. The loss sits on the last step only: the first message is $h_T - y$, and no later stop on the way back adds an "own" part.

# %% name="run" covers=["H-03"]
def run(x, h, W_x, W_h, b):
    """x (T, I), h (H,) -> h_0 … h_T (T + 1, H)"""
    states = [h]
    for x_t in x:
        states.append(torch.tanh(W_x @ x_t + W_h @ states[-1] + b))
    return torch.stack(states)


def last_step_loss(hs, y):
    return 0.5 * (hs[-1] - y).square().sum()


def walk_back(hs, W_h, y):
    """h_0 … h_T (T + 1, H) -> δ_1 … δ_T (T, H)，损失是 last_step_loss || h_0 … h_T (T + 1, H) -> δ_1 … δ_T (T, H) for last_step_loss"""
    message = hs[-1] - y                                # (H,) ∂L/∂h_T
    deltas = []
    for h in hs[1:].flip(0):                            # h_T, …, h_1
        delta = message * (1 - h**2)                    # (H,) 穿过 tanh || through tanh
        message = W_h.T @ delta                         # (H,) 传给前一步 || on to the step before
        deltas.append(delta)
    return torch.stack(deltas[::-1])


def add_votes(x, hs, deltas):
    """每一步的票，对时间求和 || The votes of all steps, summed over time"""
    # Σ δ_t x_tᵀ:     (H, T) (T, I) -> (H, I)
    # Σ δ_t h_{t-1}ᵀ: (H, T) (T, H) -> (H, H)
    return {"dW_x": deltas.T @ x, "dW_h": deltas.T @ hs[:-1], "db": deltas.sum(dim=0)}

# %% [markdown] name="write-notes"
# 循环的第一行是 3.3 节的 2，第二行是 3 里往左送的那一份。1 用不着写：除了最后一步，没有谁带来“自己的”那一份，传来的消息就已经是总和。给权重的票也不在循环里，每一步的 $\delta$ 都留在 `deltas` 里，`add_votes` 一次收齐。`deltas.T @ hs[:-1]` 是一次矩阵乘法，可它正好把 $T$ 张票 $\delta_t h_{t-1}^\top$ 加在一起：矩阵乘法对中间那个下标求和，而那个下标就是时间。注意 `hs[:-1]` 从 $h_0$ 开始：$\delta_1$ 配的是 $h_0$，不是 $h_1$。（一批样本一起算时，每个样本占一行，$W_h^\top\delta$ 就写成 `delta @ W_h`；练习里会用到。）
#
# 对答案时，只说“不相等”帮不了人。下面的 `compare` 给每个梯度一行：形状（shape），是否相等（equal，误差小于 $10^{-12}$），**方向**（direction，夹角的余弦，1 是同向），**长短**（length，我的长度除以 autograd 的）。

# %% [markdown] lang="en" of="829061b7.573f7112"
# The first line of the loop is 2 of section 3.3; the second is the part of 3 that goes to the left. There is nothing to write for 1: no step but the last has an "own" part, so the message that arrives is already the sum. Nor are there votes in the loop; `deltas` keeps the $\delta$ of every step, and `add_votes` collects them all at once. `deltas.T @ hs[:-1]` is one matrix product, yet it adds up exactly the $T$ votes $\delta_t h_{t-1}^\top$: a matrix product sums over its inner index, and here that index is time. Note that `hs[:-1]` starts at $h_0$: $\delta_1$ goes with $h_0$, not with $h_1$. (For a batch each sample is a row, and $W_h^\top\delta$ becomes `delta @ W_h`; the exercise will need that.)
#
# When answers are compared, "not equal" helps nobody. `compare` gives each gradient one line: its shape, whether it is equal (to within $10^{-12}$), its **direction** (cosine of the angle; 1 means the same way) and its **length** (mine divided by autograd's).

# %% name="compare"
def compare(mine, theirs):
    """一行一个梯度；返回最大的差别 || One line for each gradient; returns the largest difference"""
    print(f"{'':6}{'shape':>8}{'equal':>8}{'direction':>11}{'length':>8}")
    gaps = []
    for name, m in mine.items():
        a = theirs[name]
        assert m.shape == a.shape, f"{name}: {tuple(m.shape)} != {tuple(a.shape)}"
        gaps.append((m - a).abs().max())
        equal = "True" if gaps[-1] < 1e-12 else "False"
        direction = F.cosine_similarity(m.flatten(), a.flatten(), dim=0)
        length = m.norm() / a.norm()
        shape = str(tuple(m.shape))
        print(f"{name:6}{shape:>8}{equal:>8}{direction:11.3f}{length:8.3f}")
    return max(gaps)


def autograd(x, h_0, y, weights):
    """同一个损失，交给 PyTorch 求导 || The same loss, differentiated by PyTorch"""
    # 权重的副本，让 autograd 跟着它们 || copies of the weights, tracked by autograd
    leaves = [v.clone().requires_grad_() for v in weights]
    # 和 backward() 一样，只是把梯度直接交回来 || like backward(), but hands the gradients back
    grads = torch.autograd.grad(last_step_loss(run(x, h_0, *leaves), y), leaves)
    return dict(zip(("dW_x", "dW_h", "db"), grads))


torch.manual_seed(1)
T, I, H = 20, 3, 4
rnn = nn.RNN(I, H)  # 只借它的默认初始化 || borrowed for its default initialisation
weights = [v.detach() for v in (rnn.weight_ih_l0, rnn.weight_hh_l0, rnn.bias_ih_l0)]
W_x, W_h, b = weights
x, h_0, y = torch.randn(T, I), torch.randn(H), 0.5 * torch.randn(H)

hs = run(x, h_0, *weights)                                      # (T + 1, H)
deltas = walk_back(hs, W_h, y)                                  # (T, H)
print("hs", tuple(hs.shape), " deltas", tuple(deltas.shape))

# %% name="bet-bptt"
predict("Q3a")

# %% name="bptt" covers=["H-03"]
mine, theirs = add_votes(x, hs, deltas), autograd(x, h_0, y, weights)
gap = compare(mine, theirs)
claim("Q3a", gap < 1e-12, gap=gap)

# %% [markdown] name="bptt-meaning"
# `loss.backward()` 没有别的魔法：它做的就是这趟回程。下面故意写错两处，看看表格怎么说。

# %% [markdown] lang="en" of="938de707.1e5a1478"
# There is no other magic in `loss.backward()`: this trip back is what it does. Now two deliberate mistakes. See what the table makes of them.

# %% name="bptt-control"
def walk_back_wrongly(hs, W_h, y, mistake):
    message, deltas = hs[-1] - y, []
    for h in hs[1:].flip(0):
        delta = message if mistake == "no slope" else message * (1 - h**2)
        message = (W_h if mistake == "no transpose" else W_h.T) @ delta
        deltas.append(delta)
    return torch.stack(deltas[::-1])


print("没有乘 1 − h² || without the factor 1 − h²")
no_slope = add_votes(x, hs, walk_back_wrongly(hs, W_h, y, "no slope"))
off_slope = compare(no_slope, theirs)
print("W_h 没有转置 || W_h not transposed")
no_transpose = add_votes(x, hs, walk_back_wrongly(hs, W_h, y, "no transpose"))
off_transpose = compare(no_transpose, theirs)
claim("Q3a-control", not off_slope < 1e-2 and not off_transpose < 1e-2)

# %% [markdown] name="compare-meaning"
# 形状全对，也没有任何报错，可是方向偏了。更糟的是余弦仍然为正：照着它走一小步，损失还是会降，于是你很难疑心它错了。这种安静的错误最费时间，所以要有一张会说话的表。读法：
#
# - **方向 1.000，长短不是 1**：差一个常数，多半是“求和”写成了“平均”，或者损失少了系数；
# - **只有 `dW_h` 错，另两个对**：$\delta$ 没问题，票里的 $h_{t-1}$ 取错了；
# - **三个都错**：错在 $\delta$，也就是循环里。先让 $T=1$：只剩“穿过 tanh”这一步；对了再让 $T=2$：多出来的只有 $W_h^\top$。

# %% [markdown] lang="en" of="9a3ffe4d.88d5da3a"
# All shapes fit and nothing raises an error, yet the directions are off. Worse, the cosines are still positive: a small step along such a gradient does lower the loss, so you may never suspect it. Silent errors cost the most time; hence a table that talks. How to read it:
#
# - **Direction 1.000 but length not 1**: a constant factor, often a mean where a sum belongs, or a coefficient missing from the loss.
# - **Only `dW_h` wrong, the other two right**: the $\delta$ are fine; the vote takes the wrong $h_{t-1}$.
# - **All three wrong**: the mistake is in $\delta$, that is, in the loop. Set $T=1$, and passing through tanh is all that is left; once that is right, set $T=2$, and the only newcomer is $W_h^\top$.

# %% [markdown] name="finite"
# ## 3.5 不靠 autograd 的证人：有限差分
#
# 如果手边没有 autograd 可以对，或者正怀疑 autograd 那边写错了，怎么办？回到最原始的定义，把权重推一下：
#
# $$\frac{\partial L}{\partial W_{ij}} \approx \frac{L(W_{ij} + \varepsilon) - L(W_{ij} - \varepsilon)}{2\varepsilon}$$
#
# 3.1 节的 `slope` 就是它，叫**中心差分**（central difference）。它不认识链式法则，所以不会和你犯同样的错。只有一个旋钮：$\varepsilon$ 取多大？

# %% [markdown] lang="en" of="426683d7.51591e75"
# ## 3.5 A witness without autograd: finite differences
#
# What if there is no autograd to compare with, or it is the autograd side you suspect? Go back to the definition and give the weight a push:
#
# $$\frac{\partial L}{\partial W_{ij}} \approx \frac{L(W_{ij} + \varepsilon) - L(W_{ij} - \varepsilon)}{2\varepsilon}$$
#
# It is the `slope` of section 3.1 and is called a **central difference**. It knows nothing of the chain rule, so it cannot make the mistake you made. It has one knob: how large should $\varepsilon$ be?

# %% name="bet-step"
predict("Q3d")

# %% name="finite-code"
def push_each(x, h_0, y, weights, step):
    """L 对 W_h 每一项的中心差分 (H, H) || Central difference of L for each entry of W_h (H, H)"""
    W_x, W_h, b = weights
    grad = torch.zeros_like(W_h)
    for i in range(len(W_h)):
        for j in range(len(W_h)):
            push = torch.zeros_like(W_h)
            push[i, j] = step
            up = last_step_loss(run(x, h_0, W_x, W_h + push, b), y)
            down = last_step_loss(run(x, h_0, W_x, W_h - push, b), y)
            grad[i, j] = (up - down) / (2 * step)
    return grad


def relative_error(grad, true):
    return ((grad.double() - true).norm() / true.norm()).item()


true = mine["dW_h"]  # 上面和 autograd 对过的那一份 || the one that agreed with autograd above
exponents = range(0, 13)
errors = {}
for dtype in (torch.float64, torch.float32):
    problem = x.to(dtype), h_0.to(dtype), y.to(dtype), [v.to(dtype) for v in weights]
    errors[dtype] = [relative_error(push_each(*problem, 10.0**-k), true)
                     for k in exponents]

fig, ax = plt.subplots(figsize=(6, 3))
ax.loglog([10.0**-k for k in exponents], errors[torch.float64], "o-", label="float64")
ax.loglog([10.0**-k for k in exponents], errors[torch.float32], "s--", label="float32")
ax.set_xlabel(r"步长 $\varepsilon$ || step $\varepsilon$")
ax.set_ylabel("相对误差 || relative error")
ax.legend()
plt.show()

double = errors[torch.float64]
best = double[5]                                                # ε = 1e-5
claim("Q3d", best < 1e-8 and best < 0.01 * min(double[1], double[12]), error=best)
# 错的梯度会被它查出来 || it exposes a wrong gradient
witness = push_each(x, h_0, y, weights, 1e-5)
claim("Q3d-control", not relative_error(no_slope["dW_h"], witness) < 1e-2)
print("前向次数 || forward runs:", 2 * W_h.numel(), "  H = 128:", 2 * 128 * 128)

# %% [markdown] name="finite-meaning"
# 曲线像一个 V。右边一支是**截断误差**（和 3.7 节的“截断”不是一回事）：$\varepsilon$ 太大，弦不像切线，误差按 $\varepsilon^2$ 长。左边一支是**舍入误差**：两个几乎相等的数相减，有效数字被抵消，再除以一个很小的 $\varepsilon$，误差按 $1/\varepsilon$ 长；单精度再往左就成了一条平线，$\varepsilon$ 小到两次前向算出同一个数，相减得 0，误差就是 100 %。谷底在两支相交处：双精度取 $10^{-5}$ 上下；单精度的谷底靠右得多，也高得多，所以**查梯度一律用双精度**。
#
# 它的毛病是慢：每个权重两次前向，4×4 的 $W_h$ 就要 32 次，128×128 要三万多次；倒着走只要一趟。所以有限差分只用来作证，不用来训练。PyTorch 自带这位证人：

# %% [markdown] lang="en" of="5d567f5e.176bef54"
# The curve is a V. On the right is **truncation error** (no relation to the truncation of section 3.7): $\varepsilon$ is too large, the chord does not look like the tangent, and the error grows as $\varepsilon^2$. On the left is **rounding error**: subtracting two nearly equal numbers cancels their digits, and dividing by a tiny $\varepsilon$ blows up what is left, as $1/\varepsilon$. (Further left the single-precision curve goes flat: $\varepsilon$ is so small that both runs give the same number, the difference is 0 and the error 100 %.) The bottom is where the branches meet: around $10^{-5}$ in double precision. In single precision it lies much further right, and much higher. So **check gradients in double precision, always**.
#
# Its fault is speed: two forward runs for each weight, 32 for our 4×4 $W_h$ and over thirty thousand for a 128×128 one, where the walk back takes a single trip. Finite differences are for testifying, not for training. PyTorch keeps this witness on call:

# %% name="gradcheck"
def loss_of(W):
    return last_step_loss(run(x, h_0, W_x, W, b), y)


# 对得上返回 True，对不上就报错 || True if they agree; an error if not
torch.autograd.gradcheck(loss_of, W_h.clone().requires_grad_())

# %% [markdown] name="shares"
# ## 3.6 谁的票有分量
#
# 二十步，二十张票。损失在最后一步；离它越远，消息乘过的因子越多。可是票是矩阵，怎么比大小？看每张票在**总和方向上**推了多少：
#
# $$s_t = \frac{\langle V_t,\, G\rangle}{\langle G,\, G\rangle}, \qquad V_t = \delta_t h_{t-1}^\top, \quad G = \sum_t V_t, \qquad \text{于是 } \sum_t s_t = 1$$
#
# $\langle\cdot,\cdot\rangle$ 是对应项相乘再相加。$s_t$ 是第 $t$ 步的份额；负数表示那一步投的是反对票。先量五个各有 16 个隐藏单元的网络，用 PyTorch 的默认初始化。然后**一次只改一样**：把 $W_h$ 换成正交矩阵（只转动、不缩短向量）；再拿掉偏置；再把输入调轻到十分之一，让状态离 ±1 远一些，阀门开着。最后退回默认的 $W_h$，别的不动。五种情形，看最后 5 步占多少。

# %% [markdown] lang="en" of="16d732ee.0d7a0dc6"
# ## 3.6 Whose vote has weight
#
# Twenty steps, twenty votes. The loss is at the last step; the further back, the more factors a message has been through. But votes are matrices, so how do we compare them? By how far each one pushes **in the direction of the total**:
#
# $$s_t = \frac{\langle V_t,\, G\rangle}{\langle G,\, G\rangle}, \qquad V_t = \delta_t h_{t-1}^\top, \quad G = \sum_t V_t, \qquad \text{hence } \sum_t s_t = 1$$
#
# where $\langle\cdot,\cdot\rangle$ multiplies entry by entry and adds up. $s_t$ is the share of step $t$; a negative one is a vote against. First, five networks of 16 hidden units with PyTorch's default initialisation. Then **one change at a time**: make $W_h$ orthogonal (it turns vectors without shortening them); remove the bias; make the inputs ten times fainter, so that the states stay away from ±1 and the valves stay open. Finally go back to the default $W_h$ and leave the rest. Five cases: how much do the last 5 steps carry?

# %% name="bet-shares"
predict("Q3e")

# %% name="shares-code"
def shares(x, h_0, y, W_x, W_h, b):
    """每一步的票在总和里的份额 (T,) || The share of each step's vote in the total (T,)"""
    hs = run(x, h_0, W_x, W_h, b)
    # δ_t h_{t-1}ᵀ (T, H, H)
    votes = torch.einsum("th,tk->thk", walk_back(hs, W_h, y), hs[:-1])
    total = votes.sum(dim=0)                                                    # (H, H)
    return (votes * total).sum(dim=(1, 2)) / (total * total).sum()


def five_cases(seed):
    """一个网络的五种情形，每次只改一样 || Five cases of one network, one change at a time"""
    torch.manual_seed(seed)
    rnn = nn.RNN(I, 16)
    V_x, V_h = rnn.weight_ih_l0.detach(), rnn.weight_hh_l0.detach()
    bias, none = rnn.bias_ih_l0.detach(), torch.zeros(16)
    start, goal = torch.randn(16), 0.5 * torch.randn(16)
    turning = torch.linalg.qr(torch.randn(16, 16))[0]           # 正交矩阵 || an orthogonal matrix
    return {
        "默认 || default": shares(x, start, goal, V_x, V_h, bias),
        "正交 || orthogonal": shares(x, start, goal, V_x, turning, bias),
        "再去掉偏置 || and no bias": shares(x, start, goal, V_x, turning, none),
        "再调轻输入 || and faint inputs":
            shares(0.1 * x, start, goal, V_x, turning, none),
        "矩阵改回默认 || default matrix again":
            shares(0.1 * x, start, goal, V_x, V_h, none),
    }


networks = [five_cases(seed) for seed in range(5)]
fig, axes = plt.subplots(1, 5, figsize=(9.5, 2.6), sharey=True)
for ax, (title, share) in zip(axes, networks[0].items()):
    ax.bar(range(1, T + 1), share)
    ax.set_title(title, fontsize=9)
    ax.set_xlabel("时间步 $t$ || time step $t$")
axes[0].set_ylabel("份额 $s_t$ || share $s_t$")
plt.show()

print("最后 5 步的份额，五个网络 || share of the last 5 steps, five networks")
last = {}
for title in networks[0]:
    last[title] = torch.stack([cases[title][-5:].sum() for cases in networks])  # (5,)
    print(*(f"{share:.2f}" for share in last[title]), "", title)
default, orthogonal, no_bias, faint, back = last.values()
claim("Q3e", default.min() > 0.9, share=default.min())
# 只换矩阵还不够 || the matrix alone is not enough
claim("Q3e-matrix", orthogonal.min() > 0.5, share=orthogonal.min())
# 和前一种情形只差输入的轻重 || only the inputs differ from the case before
claim("Q3e-matrix-control", no_bias.min() > 0.5 and not faint.max() > 0.5,
      loud=no_bias.min(), faint=faint.max())
# 只差矩阵 || only the matrix differs
claim("Q3e-control", back.min() > 0.5 and not faint.max() > 0.5,
      default=back.min(), orthogonal=faint.max())

# %% [markdown] name="shares-meaning"
# 图里是第一个网络，图下每一行是五个网络。默认初始化的，在训练之前几乎只听最后五步的；再早的十五张票加起来，分量不到百分之一。
#
# 换成正交矩阵就好了吗？**单凭它不行**：最后五步还占 0.78 到 0.96。去掉偏置，0.74 到 0.90；输入再调轻，才降到 0.28 到 0.33，接近平分的四分之一。那么功劳全归轻的输入？也不是：最后一种情形输入一样轻、一样没有偏置，只把 $W_h$ 改回默认的，五个网络又都回到 1.00。**两个因子缺一不可**：矩阵不能缩短消息，阀门也得开着。第 4 章把它们拆开来量。
#
# 最左一图还带来一个念头：既然远处的票几乎是零，何必走完全程？走五步就回头，不行吗？

# %% [markdown] lang="en" of="b1de02bc.7d9e7bf4"
# The picture shows the first network, each line below it all five. Before any training, networks with the default initialisation listen to little but the last five steps; the fifteen votes before them carry less than a hundredth of the total, all together.
#
# Does an orthogonal matrix mend it? **Not by itself**: the last five steps still hold 0.78 to 0.96. Without the bias, 0.74 to 0.90; only when the inputs are faint as well does it fall to 0.28 to 0.33, close to the quarter of an even split. So it was the faint inputs? No again: the last case has inputs just as faint and no bias either, and with nothing but $W_h$ put back to the default all five return to 1.00. **It takes both factors**: a matrix that does not shorten messages, and valves that are open. Chapter 4 takes them apart.
#
# The leftmost picture suggests something. If distant votes are next to nothing, why go all the way? Why not turn back after five steps?

# %% [markdown] name="truncate"
# ## 3.7 截断：状态往前传，梯度到此为止
#
# 走完全程有两个代价。回程要用到每一步的 $h_t$，所以前向时得把它们全都存着；而且要等整条序列读完，才能改一次权重。读一本书、一段没有尽头的传感器信号，这都办不到。
#
# 通行的办法是**截断的时间反向传播**（truncated BPTT）：把序列切成段，每段做一次“前向、反向、更新”；段与段之间，状态照传，梯度不传。代码里只有一个词的差别：
#
# ```python
# h = hs[-1].detach()      # 数值照旧，但 autograd 从此把它当作常数
# ```

# %% [markdown] lang="en" of="dbf7fc31.302ae22b"
# ## 3.7 Truncation: the state goes on, the gradient stops here
#
# The whole trip has two prices. The way back needs the $h_t$ of every step, so all of them must be kept; and no weight can change until the whole sequence has been read. With a book, or a sensor signal that never ends, neither is possible.
#
# The usual answer is **truncated back-propagation through time**: cut the sequence into chunks and do one "forward, backward, update" for each; from chunk to chunk the state is passed on and the gradient is not. In code the difference is one word:
#
# ```python
# h = hs[-1].detach()      # the same numbers, but autograd now takes them for a constant
# ```

# %% name="bet-truncate"
predict("Q3b")

# %% name="truncate-code"
def detached(h):
    return h.detach()  # 数值照旧，图到此为止 || the same numbers; the graph ends here


def attached(h):
    return h  # 原样交出，连着它的图 || handed on as it is, graph and all


def run_in_chunks(x, h, weights, length, carry):
    """一段一段地跑；carry 决定怎样把状态交给下一段。-> h_1 … h_T (T, H) || Chunk by chunk; carry decides how the state is handed on. -> h_1 … h_T (T, H)"""
    pieces = []
    for piece in x.split(length):                               # (length, I)
        hs = run(piece, h, *weights)                            # (length + 1, H)
        pieces.append(hs[1:])
        h = carry(hs[-1])
    return torch.cat(pieces)


def at_inputs(length, carry):
    """到达每个输入的梯度 (T, I)，损失在最后一步 || The gradient that reaches each input (T, I), loss at the last step"""
    leaf = x.clone().requires_grad_()
    loss = last_step_loss(run_in_chunks(leaf, h_0, weights, length, carry), y)
    return torch.autograd.grad(loss, leaf)[0]


cut = at_inputs(5, detached)
whole = at_inputs(5, attached)                                  # 对照：不 detach || control: no detach
show("到 x₁₅、x₁₆ 的梯度（长度） || gradient at x₁₅, x₁₆ (length)", cut[14].norm(), cut[15].norm())
claim("Q3b", bool((cut[:15] == 0).all() and cut[15:].any(dim=1).all()),
      at_x_15=cut[14].norm())
claim("Q3b-control", not bool((whole[:15] == 0).any()))

states = run(x, h_0, *weights)[1:]
# 状态一个数都没变 || not one number of the states has changed
claim("Q3b-forward", torch.equal(run_in_chunks(x, h_0, weights, 5, detached), states))
# 段间清零就不同了 || wiping the state between chunks is another matter
wiped = run_in_chunks(x, h_0, weights, 5, torch.zeros_like)
claim("Q3b-forward-control", not torch.equal(wiped, states))

# %% [markdown] name="truncate-meaning"
# 恰好是 0，不是“很小”。离损失只有 5 步也没用：墙立在第 15 步和第 16 步之间，$x_{15}$ 在墙那边。可是前向的状态一个数都没变，第 20 步的状态里依然有 $x_{15}$ 的痕迹。请有限差分来作证：把 $x_{15}$ 推一下，损失动不动？

# %% [markdown] lang="en" of="b8997ae7.d951d21f"
# Exactly 0, not "very small". Being only 5 steps from the loss is no help: the wall stands between steps 15 and 16, and $x_{15}$ is on the far side. Yet not one number of the forward states has changed, and the state at step 20 still bears the mark of $x_{15}$. Call the finite differences to the stand: push $x_{15}$; does the loss move?

# %% name="nudge"
def loss_with(shift):
    pushed = x.clone()
    pushed[14, 0] += shift  # x_15 的第一个数（从 0 数起是 14） || first entry of x_15 (index 14)
    return last_step_loss(run_in_chunks(pushed, h_0, weights, 5, detached), y).item()


pushed_slope = slope(loss_with, 0.0)
show("推一下，量出的斜率 || slope by pushing", pushed_slope)
show("不截断的梯度 || gradient without the cut", whole[14, 0])
show("截断的梯度 || gradient with the cut", cut[14, 0])
claim("Q3b-blind", abs(pushed_slope - whole[14, 0]) < 1e-8 and abs(whole[14, 0]) > 1e-5
      and cut[14, 0] == 0)
# 墙的这一边，梯度还在 || on this side of the wall the gradient is there
claim("Q3b-blind-control", not cut[15, 0] == 0)

# %% [markdown] name="blind"
# **状态记得，梯度看不见。** 截断之后，autograd 交出来的不再是损失的梯度，它对墙那边的影响说了一个明确的“没有”。网络仍然可以*利用*前一段留下的东西，但得不到“请把那件事记住”的指示。
#
# 如果每一步都有损失，每个损失能往回看多远？下图把所有组合画出来：第 $t$ 行是 $L_t$，第 $s$ 列是 $x_s$，颜色是 $L_t$ 送到 $x_s$ 的梯度有多大，**空白是恰好为 0**。

# %% [markdown] lang="en" of="2061c617.7349c461"
# **The state remembers; the gradient is blind.** What autograd hands over after the cut is no longer the gradient of the loss: about the influence from beyond the wall it states a flat "none". The network may still *use* what an earlier chunk left behind, but it gets no instruction to keep it.
#
# If every step has a loss, how far back does each of them see? The picture shows all pairs: row $t$ is $L_t$, column $s$ is $x_s$, the colour is the size of the gradient that $L_t$ sends to $x_s$, and **blank means exactly 0**.

# %% name="reach"
def reach(carry):
    """|∂L_t/∂x_s|，每一步的损失都是 ½‖h_t − y‖² (T, T) || |∂L_t/∂x_s| with a loss ½‖h_t − y‖² at every step (T, T)"""
    leaf = x.clone().requires_grad_()
    states = run_in_chunks(leaf, h_0, weights, 5, carry)
    losses = [0.5 * (h - y).square().sum() for h in states]
    grads = [torch.autograd.grad(loss, leaf, retain_graph=True)[0] for loss in losses]
    return torch.stack(grads).norm(dim=2)


fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.3), sharey=True)
seen = [reach(attached), reach(detached)]
for ax, pairs, title in zip(axes, seen, ("走完全程 || all the way", "每段 5 步，detach || chunks of 5, detach")):
    # log 0 = −∞ 不着色 || log 0 = −∞ stays blank
    image = ax.imshow(pairs.log10(), vmin=-6, vmax=0,
                      extent=(0.5, T + 0.5, T + 0.5, 0.5))
    ax.set(title=title, xlabel="输入 $s$ || input $s$")
    ax.set(xticks=(1, 5, 10, 15, 20), yticks=(1, 5, 10, 15, 20))
    ax.grid(False)
axes[0].set_ylabel("损失 $t$ || loss $t$")
fig.colorbar(image, ax=axes, label=r"$\log_{10}\,\|\partial L_t/\partial x_s\|$")
plt.show()

print([int((pairs > 0).sum()) for pairs in seen], "个组合看得见 || pairs are connected")

# %% [markdown] name="reach-meaning"
# 左边是完整的三角形：每个损失都看得见它之前的一切（离得远的颜色深，那是 3.6 节的衰减）。右边只剩一串小三角形。注意“每段 5 步”并不等于“每个损失看 5 步”：一段里的最后一步能看 5 步（连自己），第一步只看得见自己。

# %% [markdown] lang="en" of="9b2c33ab.aba7791d"
# On the left, the full triangle: each loss sees everything before it (distant pairs are dark; that is the decay of section 3.6). On the right a string of small triangles is left. Note that "chunks of 5" does not mean "each loss sees 5 steps": the last step of a chunk sees 5, itself included; the first sees only itself.

# %% [markdown] name="cost"
# ## 3.8 截断要付什么代价
#
# 3.6 节说远处的票几乎是零，那么截掉应该无妨？做个实验。**延迟复述**：输入是一串随机的 ±1，每一步要说出 $d$ 步之前的那一位。不记住就只能瞎猜，正确率 50 %。
#
# 网络 16 个隐藏单元，在不断流动的序列上训练（16 条并排，算一批），段长 $k$，段间 detach；读到的数据一样多。$k$ 有两种：5 和 20，各跑两个随机种子。（$k=5$ 时，同样的数据更新的次数是四倍。）正确率在训练的最后十分之一里、每段更新之前量：每段都是没见过的新数据。

# %% [markdown] lang="en" of="caf0cbab.2a3e415f"
# ## 3.8 What truncation costs
#
# Section 3.6 found that distant votes are next to nothing, so cutting them off should do no harm. Let us try. **Delayed repetition**: the input is a stream of random ±1, and at every step the network has to say what came $d$ steps earlier. Without remembering it can only guess: 50 % correct.
#
# The network has 16 hidden units and is trained on streams that keep flowing (16 side by side make a batch), in chunks of $k$ steps with detach in between, always on the same amount of data. $k$ is 5 or 20, with two random seeds each. (With $k=5$ the same data give four times as many updates.) Accuracy is measured over the last tenth of the training, on each chunk before the update: every chunk is new data.

# %% name="bet-cost"
predict("Q3f")

# %% name="cost-code"
def score_sensitivity(rnn, readout, delay):
    """|∂ 第 20 步的得分 / ∂ x_{20-d}|，在 64 条随机序列上平均 || |∂ score at step 20 / ∂ x_{20-d}|, the mean over 64 random sequences"""
    bits = torch.randint(2, (64, 20, 1), generator=torch.Generator().manual_seed(1))
    x = (2.0 * bits - 1).requires_grad_()
    score = readout(rnn(x)[0][:, -1]).sum()
    return torch.autograd.grad(score, x)[0][:, -1 - delay].abs().mean().item()


def delayed_repetition(delay, chunk, seed, steps=3000, hidden=16, batch=16):
    """在流动的序列上训练。返回最后十分之一里的正确率，和训练途中 x_{t-d} 的影响 || Train on streams. Returns the accuracy over its last tenth, and the influence
    of x_{t-d} along the way"""
    torch.manual_seed(seed)
    rnn, readout = nn.RNN(1, hidden, batch_first=True), nn.Linear(hidden, 1)
    parameters = [*rnn.parameters(), *readout.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=0.01)
    # (B, steps + d)
    bits = torch.randint(2, (batch, steps + delay)).to(torch.get_default_dtype())
    h, correct, sensitivity = torch.zeros(1, batch, hidden), [], []
    for at in range(delay, steps + delay, chunk):
        if (at - delay) % 200 == 0:
            sensitivity.append(score_sensitivity(rnn, readout, delay))
        # (B, k) 输入，目标 || input, target
        now, then = bits[:, at:at + chunk], bits[:, at - delay:at - delay + chunk]
        hs, h = rnn(2 * now.unsqueeze(2) - 1, h)  # (B, k, H), (1, B, H)
        scores = readout(hs).squeeze(2)  # (B, k)
        correct.append(((scores > 0) == (then > 0)).float().mean().item())
        optimizer.zero_grad()
        F.binary_cross_entropy_with_logits(scores, then).backward()
        # 梯度太长就缩短，第 4 章细说 || shortens a gradient that is too long; see Chapter 4
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        h = h.detach()  # 截断就在这一行 || the cut is this line
    tail = correct[-len(correct) // 10:]
    return sum(tail) / len(tail), sensitivity


delays, seeds = range(1, 8), (0, 1)
runs = {}
for k in (5, 20):
    runs[k] = [[delayed_repetition(d, k, seed) for seed in seeds]
               for d in progress(delays, f"k = {k}")]
# (7, 2)
accuracy = {k: torch.tensor([[run[0] for run in row] for row in runs[k]]) for k in runs}
# d = 6：(2, 15) || d = 6: (2, 15)
growth = {k: torch.tensor([run[1] for run in runs[k][5]]) for k in runs}

# %% name="cost-figure" tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(6, 3))
for k, look in ((5, "o-"), (20, "s--")):
    ax.plot(delays, accuracy[k].mean(dim=1), look, label=f"$k={k}$")
ax.axhline(0.5, color="#555555", linestyle=":")
ax.text(1, 0.52, "瞎猜 || guessing", color="#555555")
ax.set(xlabel="延迟 $d$（步） || delay $d$ (steps)", ylabel="正确率 || accuracy", ylim=(0.4, 1.05))
ax.legend(loc="center right")
plt.show()

# %% name="cost-claim"
shorter, longer = accuracy[5][:4], accuracy[5][4:]              # d < 5, d >= 5
claim("Q3f", (shorter > 0.95).sum() >= 7 and (longer < 0.75).all(),
      at_4=shorter[3].min(), at_5=longer[0].max())
# 段长 20，同样的延迟都学得会 || with chunks of 20 the same delays are learnt
claim("Q3f-control", (accuracy[20] > 0.95).sum() >= 13)

# %% [markdown] name="cost-meaning"
# 一道悬崖，正好在 $d = k$。同样的网络、同样多的数据，段长 20 时七种延迟都学得会，所以 $k=5$ 的失败怪不得网络太小，也怪不得数据太少。
#
# **为什么 $d=4$ 学得会？** 3.7 节的小三角形说，只有每段的最后一步看得见 4 步之前的输入；另外四步的答案都在墙那边。可是权重是共享的：最后一步教会了单元“把东西留 4 步”，这条规则在每一步都管用，而状态照样穿过墙。梯度只看见五分之一的机会，就够了。
#
# **为什么 $d=5$ 学不会？** 一次机会也没有：从任何一个损失出发，都走不到要记的那一位。超出 50 % 的那一点，是状态里没人教过的回声，输出层听到多少算多少。
#
# 那么 3.6 节的推论错在哪里？远处的票的确小，可那是训练**之前**量的。看 $d=6$ 时，$x_{t-6}$ 对第 $t$ 步得分的影响在训练中怎样变：

# %% [markdown] lang="en" of="145fd483.525bccca"
# A cliff, exactly at $d = k$. The same network with the same amount of data learns all seven delays in chunks of 20, so the failure at $k=5$ is not for want of units or of data.
#
# **Why is $d=4$ learnt?** The small triangles of section 3.7 say that only the last step of each chunk can see an input 4 steps back; for the other four steps the answer lies beyond the wall. But the weights are shared. The last step teaches the units to "hold on for 4 steps", the rule works at every step, and the state passes through walls. The gradient sees one chance in five, and that is enough.
#
# **Why is $d=5$ not learnt?** There is not a single chance: no loss has a road to the bit that should have been kept. What little rises above 50 % is an echo that lingers in the state although nothing taught it to; the readout hears what it can.
#
# So where did the argument from section 3.6 go wrong? Distant votes are small indeed, but we measured them **before** training. Here is how the influence of $x_{t-6}$ on the score at step $t$ changes while the network trains, for $d=6$:

# %% name="growth-figure" tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(6, 3))
for k, look in ((5, "o-"), (20, "s--")):
    for values in growth[k]:
        ax.semilogy(range(0, 3000, 200), values, look, color=f"C{k // 20}",
                    markersize=4, label=f"$k={k}$")
ax.set(xlabel="已经读过的步数 || steps read so far", ylabel=r"$|\partial\,$得分$_t/\partial x_{t-6}|$ || $|\partial\,$score$_t/\partial x_{t-6}|$")
handles, labels = ax.get_legend_handles_labels()
ax.legend(handles[::2], labels[::2])                            # 两个种子，一个图例 || two seeds, one entry
plt.show()

# %% name="growth-claim"
first, last = growth[20][:, 0], growth[20][:, -1]
factor = (last / first).min()
claim("Q3f-grows", (first < 0.01).all() and (last > 0.8).all() and factor > 100,
      factor=factor)
# 截断了，就停在半路 || cut off, it stops half-way
claim("Q3f-grows-control", not growth[5][:, -1].max() > 0.3)

# %% [markdown] name="growth-meaning"
# $k=20$ 时，影响从不到百分之一开始，长了一百倍以上：票虽小，方向却对，每次更新都让消息多传过来一点，下一张票就大一点。**长记忆是从小票里长出来的。** $k=5$ 的网络开头也跟着涨，可没有哪张票教过它，那是权重为别的票而变时捎带的；之后就停在半路。截断把小票变成了零，而零是长不大的。
#
# 所以选段长有一条规矩：**段长要大于你指望模型学会的最长间隔**，最好大出几倍。

# %% [markdown] lang="en" of="485efecb.bfa01c3b"
# With $k=20$ the influence starts below one hundredth and grows more than a hundredfold. A vote may be small, but it points the right way; each update lets a little more of the message through, and the next vote is larger. **Long memory grows out of small votes.** With $k=5$ the influence rises at first too, but no vote has asked for it: it is carried along as other votes move the weights, and it stops half-way. Truncation has turned the small votes into zeros, and a zero cannot grow.
#
# Hence a rule for the length of a chunk: **longer than the longest gap you expect the model to bridge**, preferably several times longer.

# %% [markdown] name="errors" tags=["optional"]
# ## 3.9 选读 · 忘了 detach：两条报错和一次沉默
#
# 主线不需要这一节：记住 `h = h.detach()` 要写成赋值，就可以去 3.11 节。哪天训练时真的撞上了报错，再回来。
#
# 写分段训练的循环，人人都会撞上下面的事。先把循环写好，让“怎样交出状态”和“怎样反向”可以更换。

# %% [markdown] lang="en" of="a5cb5b74.d5fbc0a7"
# ## 3.9 Optional · Forgetting detach: two error messages and one silence
#
# The main line does not need this section: remember that `h = h.detach()` has to be an assignment, and go on to 3.11. Come back the day one of these messages stops your own training.
#
# Whoever writes a loop that trains in chunks runs into what follows. First the loop, with "how the state is handed on" and "how to go backward" left open.

# %% name="errors-code"
def steps_back(loss):
    """从损失出发，autograd 的图里走得到几个 tanh，也就是几个时间步 || How many tanh, that is, time steps, autograd's graph reaches from the loss"""
    found, todo = set(), [loss.grad_fn]
    while todo:
        node = todo.pop()
        if node is not None and node not in found:
            found.add(node)
            todo += [before for before, _ in node.next_functions]
    return sum(node.name() == "TanhBackward0" for node in found)


def train_in_chunks(carry, update, **backward_options):
    """四段，每段：前向、反向、更新（如果要）。返回每段的反向要走几步 || Four chunks, each: forward, backward, update (if wanted). Returns how many
    steps each backward has to walk"""
    leaves = [v.clone().requires_grad_() for v in weights]
    optimizer = torch.optim.SGD(leaves, lr=0.1)
    h, walked = h_0, []
    for piece in x.split(5):
        hs = run(piece, h, *leaves)
        loss = last_step_loss(hs, y)
        walked.append(steps_back(loss))
        loss.backward(**backward_options)
        if update:
            optimizer.step()
            optimizer.zero_grad()
        h = carry(hs[-1])
    return walked


def attempt(*arguments, **options):
    try:
        return train_in_chunks(*arguments, **options)
    except RuntimeError as error:
        return "RuntimeError: " + str(error).split(" (")[0].split(": [")[0]


print(attempt(attached, update=True))

# %% [markdown] name="second-time"
# **第一条：`backward through the graph a second time`。** 第 2 段的损失连着第 2 段的图；而 `h` 没有 detach，它身后还拖着第 1 段的图。第 2 次 `backward()` 于是要再走一遍第 1 段，可那一段存下的状态在第一次走过之后就释放了。
#
# 报错的后半句（这里没印出来）建议 `retain_graph=True`。照做，会怎样？

# %% [markdown] lang="en" of="203b72e9.714d2056"
# **Message one: `backward through the graph a second time`.** The loss of chunk 2 hangs on the graph of chunk 2; and `h`, not detached, still trails the graph of chunk 1 behind it. So the second `backward()` sets out to walk through chunk 1 once more, but what that chunk had stored was released after the first walk.
#
# The rest of the message (not printed here) suggests `retain_graph=True`. Suppose we do as it says.

# %% name="retain"
print(attempt(attached, update=True, retain_graph=True))

# %% [markdown] name="inplace"
# **第二条：`modified by an inplace operation`。** `optimizer.step()` 已经就地改了权重，第 1 段的图里记着的却是改之前的那一份。用新权重走旧路，算出来的不是任何函数的梯度，PyTorch 拒绝得对。
#
# 那么，如果反向和更新不交替，例如先把梯度攒着，最后才更新呢？这回没有报错，数一数每段的反向要走多少步：

# %% [markdown] lang="en" of="352b37a6.e87f7fc9"
# **Message two: `modified by an inplace operation`.** `optimizer.step()` has changed the weights in place, while the graph of chunk 1 relies on them as they were. Walking the old road with new weights gives the gradient of nothing at all; PyTorch is right to refuse.
#
# And if backward passes and updates do not alternate, say because gradients are accumulated and the update comes at the end? No error this time. Count how many steps each backward pass has to walk:

# %% name="bet-growth"
predict("Q3h")

# %% name="growth"
growing = attempt(attached, update=False, retain_graph=True)
steady = attempt(detached, update=True)
print("不 detach: || without detach:", growing)
print("detach:", steady)
claim("Q3h", growing == [5, 10, 15, 20], last=growing[-1])
claim("Q3h-control", steady == [5, 5, 5, 5])

# %% [markdown] name="silence"
# **沉默的一次：图越拖越长。** 每一段都要重走以前的所有段，越训越慢，内存越占越多，直到某一刻爆掉；没有一行报错告诉你原因。同样的沉默还有一个常见的来处：为了画曲线写下 `total += loss`。`loss` 拖着整张图，要写 `total += loss.item()`。
#
# 三种情况，药是同一味：`h = h.detach()`。要写成赋值，光写一行 `h.detach()` 什么也不改变。第 5 章的 LSTM 有两个状态，都要：`h, c = h.detach(), c.detach()`。

# %% [markdown] lang="en" of="83686968.d3318f58"
# **The silence: the graph keeps growing.** Every chunk walks through all earlier ones again; training gets slower and slower and takes more and more memory until it dies, and no message tells you why. The same silence has another common source: `total += loss`, written to draw a curve. `loss` trails its whole graph; write `total += loss.item()`.
#
# Three symptoms, one cure: `h = h.detach()`. It has to be an assignment; a line that says `h.detach()` and nothing more changes nothing. The LSTM of Chapter 5 has two states, and both need it: `h, c = h.detach(), c.detach()`.

# %% [markdown] name="memory" tags=["optional"]
# ## 3.10 选读 · 代价的账，和另一条路
#
# 主线不需要这一节，想知道“为什么不用别的办法”再读。
#
# 回程要用的东西，前向时都得留着。量一量 autograd 为此存了多少个数：

# %% [markdown] lang="en" of="b3608a40.3c74c769"
# ## 3.10 Optional · The bill, and another road
#
# The main line does not need this section; it is for those who wonder why nobody does it another way.
#
# What the way back needs, the forward pass has to keep. Let us count how many numbers autograd stores for it:

# %% name="memory-code"
def stored(steps):
    """为反向存下的不同张量里一共有多少个数 || How many numbers are stored for the backward pass, over distinct tensors"""
    kept = {}

    def keep_count(tensor):  # autograd 每存一个张量，就叫它一次 || autograd calls it for every tensor it stores
        kept[tensor.data_ptr()] = tensor.numel()
        return tensor

    leaves = [v.clone().requires_grad_() for v in weights]
    with torch.autograd.graph.saved_tensors_hooks(keep_count, lambda tensor: tensor):
        # 留着 states，图才在 || holding on to states keeps the graph alive
        states = run(torch.randn(steps, I), h_0, *leaves)
    return sum(kept.values())


print({steps: stored(steps) for steps in (100, 200, 400)})
claim("Q3g", 1.9 < stored(400) / stored(200) < 2.1)
with torch.no_grad():
    claim("Q3g-control", stored(400) == 0)  # 不求梯度，什么都不用存 || no gradient wanted, nothing stored
for size in (H, 128):
    forward_only = size * (size * size + size * I + size)
    print(f"T = 400, H = {size}:  BPTT T·(H + I) = {400 * (size + I)}",
          f"  RTRL H·(H·H + H·I + H) = {forward_only}")

# %% [markdown] name="rtrl" covers=["H-03", "!21"]
# 每多一步，多存 7 个数：状态 4 个、输入 3 个（另有 20 个与步数无关：$W_h$ 的 16 个，$h_0$ 的 4 个）。存储与 $T$ 成正比，时间也是：回程和前向一样，每步一次 $(H,H)$ 的乘法，$O(TH^2)$。
#
# 不想等、也不想存，还有一条路：**顺着时间走**，一边读一边维护每个权重对当前状态的影响 $\partial h_t/\partial W$。这叫实时循环学习（real-time recurrent learning, RTRL；Williams 和 Zipser，1989）。它不用回头，存储与 $T$ 无关，梯度也是精确的。账却在别处：$H$ 个状态、每个对 $H^2$ 个循环权重都有一个导数，要存 $O(H^3)$ 个数，每步更新它们要左乘一次 $W_h$，是 $O(H^4)$ 次乘法。上面最后两行印的是存储：$H=4$ 时 RTRL 占便宜，$H=128$、$T=400$ 时它要存的比 BPTT 多得多，而每一步的计算差得更远。所以训练 RNN 几乎总是用 BPTT，长序列就截断；RTRL 的各种近似则留在需要边听边学、没有“回头”机会的地方。

# %% [markdown] lang="en" of="2e95e575.ed1b40e4"
# Each further step adds 7 numbers: 4 of the state, 3 of the input (another 20 do not depend on the length: 16 of $W_h$ and 4 of $h_0$). Storage grows in proportion to $T$, and so does time: like the way forward, the way back takes one product with an $(H,H)$ matrix per step, $O(TH^2)$ in all.
#
# If you can neither wait nor store, there is another road: go **with** time and, while reading, keep up to date how each weight affects the present state, $\partial h_t/\partial W$. This is real-time recurrent learning (RTRL; Williams and Zipser, 1989). It never turns round, its storage does not depend on $T$, and its gradient is exact. The bill comes elsewhere: $H$ states, each with a derivative for $H^2$ recurrent weights, make $O(H^3)$ numbers to keep; updating them means multiplying them all by $W_h$ at every step, $O(H^4)$ multiplications. The last two lines above give the storage. At $H=4$ RTRL is the cheaper one; at $H=128$ and $T=400$ it has far more to keep than BPTT, and in computation per step the gap is wider still. That is why RNNs are nearly always trained with BPTT, truncated where sequences are long, while approximations to RTRL live on where a system has to learn as it listens and never gets to look back.

# %% [markdown] name="history" covers=["H-03", "H-06", "L-02", "!21"]
# ## 3.11 谁先倒着走的
#
# 常见的说法是“1986 年的论文引入了 BPTT”。查原文，要说得细一些。
#
# - **1986，《自然》。** Rumelhart、Hinton、Williams 的《Learning representations by back-propagating errors》讲的是一般的反向传播。全文只有四页，最后一张图却是一个走三步的循环网络，旁边是和它等价的多层网络。图注点出两件要当心的事：要把每一步的状态存下来；几层里对应的权重要保持相等，所以它们的梯度要合在一起。这正是 3.10 节的存储和 3.1 节的票（他们取平均，我们求和，只差一个常数）。
# - **1986，PDP 文集。** 同三位作者在《Parallel Distributed Processing》里的一章，把循环网络展开成多层网络的做法讲得更完整。
# - **1989，RTRL。** Williams 和 Zipser 走了另一条路：顺着时间走。次年 Williams 和 Peng 的文章系统地讨论了截断。
# - **1990，Werbos。** 《Backpropagation through time: what it does and how to do it》（*Proceedings of the IEEE*）是 BPTT 的标准文献。Werbos 早在 1974 年的博士论文里就写过这种倒着求导的办法。
#
# 所以更准确的说法是：展开的想法在 1986 年的两处都有，“时间反向传播”的标准文献是 Werbos 1990。上一章的 Elman 网络（同在 1990 年）反而没有用它：上下文单元里抄来的状态被当作普通输入，也就是 $k=1$ 的截断。整个 90 年代，BPTT 逐渐成为训练 RNN 的常规手段，神经网络的研究却在降温；为什么远处的依赖总是学不会，是当时最大的疑问之一（第 4 章），整条时间线在第 18 章。
#
# **导读（10 分钟，选做）。** 找来《自然》那篇，只读最后一张图和它的说明。问自己：图里哪条边对应我们的 $W_h$？作者为什么说要“存历史”？我们的 `walk_back` 里，历史存在哪个变量里？

# %% [markdown] lang="en" of="c296da9c.39b207f9"
# ## 3.11 Who walked backward first
#
# "The 1986 paper introduced BPTT", one often reads. The sources ask for a little more care.
#
# - **1986, *Nature*.** "Learning representations by back-propagating errors" by Rumelhart, Hinton and Williams is about back-propagation in general. It is four pages long, yet its last figure shows a recurrent net run for three steps beside the layered net it is equivalent to. The caption names two things to take care of: the states of every step have to be stored; and corresponding weights in the layers must stay equal, so their gradients have to be combined. Those are the storage of section 3.10 and the votes of section 3.1 (they take the mean, we take the sum; the difference is a constant).
# - **1986, the PDP volumes.** A chapter by the same three authors in *Parallel Distributed Processing* treats the unfolding of recurrent nets into layered ones more fully.
# - **1989, RTRL.** Williams and Zipser took the other road, forward in time. A year later Williams and Peng discussed truncation systematically.
# - **1990, Werbos.** "Backpropagation through time: what it does and how to do it" (*Proceedings of the IEEE*) is the standard reference for BPTT. Werbos had described how to take derivatives backward as early as 1974, in his PhD thesis.
#
# More exactly, then: the idea of unfolding is in both texts of 1986, and the standard reference for back-propagation through time is Werbos 1990. Elman's network from the last chapter (1990 as well) did without it: the state copied into the context units was treated as an ordinary input, which is truncation with $k=1$. In the course of the 1990s BPTT became the routine way to train an RNN while interest in neural networks cooled. Why distant dependencies would not be learnt was one of the great questions of the time (Chapter 4); Chapter 18 has the whole timeline.
#
# **Guided reading (10 minutes, optional).** Find the *Nature* paper and read only its last figure and what is said about it. Which edge in it is our $W_h$? Why do the authors say that the history must be stored? And in our `walk_back`, which variable holds the history?

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 一份权重用了 $T$ 次，就有 $T$ 张票，要**相加**：$\partial L/\partial W_h = \sum_t \delta_t h_{t-1}^\top$。
# 2. 往回走一步：汇合、穿过 tanh、送出，$\delta_t = (\partial L_t/\partial h_t + W_h^\top\delta_{t+1}) \odot (1-h_t^2)$。
# 3. `detach()` 之后状态照传、梯度为零；间隔达到或超过段长，就学不会，除非状态碰巧已经记得。

# %% [markdown] lang="en" of="c67c76de.ee5c80e0"
# ## Three lines to remember
#
# 1. One set of weights used $T$ times casts $T$ votes, and they **add**: $\partial L/\partial W_h = \sum_t \delta_t h_{t-1}^\top$.
# 2. One step back is join, pass through tanh, send: $\delta_t = (\partial L_t/\partial h_t + W_h^\top\delta_{t+1}) \odot (1-h_t^2)$.
# 3. Past a `detach()` the state goes on and the gradient is zero; gaps as long as a chunk or longer are not learnt, unless the state happens to hold the answer already.

# %% [markdown] name="bets-intro"
# ## 你的赌注
#
# 这一章的每一注，连同下注时的把握，都列在下面。最有把握却错了的排在最前面：那几处最值得回头再读。

# %% [markdown] lang="en" of="2a46c1f5.df250250"
# ## Your bets
#
# Every bet of this chapter, and how sure you were when you placed it. Those you were sure of and lost come first: they are the places to go back to.

# %% name="bets"
bets_summary("03")

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。每个选项都有解释，选错了也值得看看为什么。

# %% [markdown] lang="en" of="0c24ab46.eefb1fc3"
# ## Self-check
#
# Answer without looking back. Every option has its explanation; a wrong one is worth reading too.

# %% name="quiz" covers=["A-03", "H-03"]
quiz("03-self-check")

# %% [markdown] name="next"
# ## 接下来
#
# 轮到你写了：[练习 E02 · 让误差沿时间往回走](../../exercises/zh/E02_bptt.ipynb)。这一章的 `walk_back` 只管一条序列、最后一步的损失；练习里是一批序列，每一步都有损失，还要把消息一直送到每个 $x_t$ 和 $h_0$。
#
# 然后是第 4 章，梯度显微镜：消息每走一步都要乘上 $W_h^\top$ 和 $1-h_t^2$，我们来量这两个因子，看它什么时候消失，什么时候爆炸。

# %% [markdown] lang="en" of="0d51e5bb.84e09d2c"
# ## What next
#
# Your turn: [Exercise E02 · Sending the error back through time](../../exercises/en/E02_bptt.ipynb). The `walk_back` of this chapter handles a single sequence with a loss at the end; the exercise has a batch, a loss at every step, and messages to be delivered to every $x_t$ and all the way to $h_0$.
#
# After that comes Chapter 4, the gradient microscope: at every step a message is multiplied by $W_h^\top$ and by $1-h_t^2$. We shall measure these two factors and see when they make it vanish and when they make it explode.
