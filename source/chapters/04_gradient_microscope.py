# ---
# jupyter:
#   course:
#     chapter: "04"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["A-10"]
# # 第 4 章 梯度显微镜：消失与爆炸
#
# **阅读 28 分钟 · 动手 40 分钟 · 练习 30 分钟 · 难度 ⭐⭐⭐⭐**
#
# “乘数小于 1，梯度消失；大于 1，梯度爆炸。”这句话你大概听过。这一章不背它，而是去量。读完之后，你能够：
#
# 1. 把“往回走 $k$ 步还剩多少梯度”写成 $k$ 个矩阵的连乘，写十行代码把它量出来；
# 2. 说清权重、输入、激活函数各管哪一半，以及谱半径为什么会骗人；
# 3. 用裁剪挡住爆炸，并且知道它治不了什么；
# 4. 让一个普通的 RNN 学会用上一百个词之前的一个词。
#
# 需要的基础：第 2 章的循环单元，第 3 章的时间反向传播（δ 怎样一步步往回走）。线性代数只用到矩阵乘法，其余的现用现讲。
#
# 标着“选读”的小节默认折叠着，跳过去也接得上；有兴趣再回来。

# %% [markdown] lang="en" of="8cecf0ba.34d18837"
# # Chapter 4. The gradient microscope: vanishing and exploding
#
# **28 min reading · 40 min at the keyboard · 30 min exercise · difficulty ⭐⭐⭐⭐**
#
# "A factor below one and the gradient vanishes; above one and it explodes." You have probably heard that. This chapter does not recite it; it measures. By the end you can
#
# 1. write "how much gradient is left $k$ steps back" as a product of $k$ matrices, and measure it in ten lines of code;
# 2. say which half of the story belongs to the weights, which to the input and the activation, and how the spectral radius can mislead you;
# 3. stop an explosion by clipping, and know what clipping does not cure;
# 4. get a plain RNN to learn from a word a hundred words back.
#
# You need: the recurrent cell (Chapter 2) and back-propagation through time (Chapter 3: how δ travels back step by step). Of linear algebra, only matrix products; the rest is explained where it is used.
#
# Sections marked "Optional" are folded away; the thread goes on without them. Come back when you are curious.

# %% name="setup"
import copy
import itertools

import torch
from torch import nn
from torch.nn import functional as F
import matplotlib.pyplot as plt

from course_utils import language, plotting
from course_utils.checks import claim, show
from course_utils.explore import Explorer, bets_summary, live, predict, progress, quiz

language.use("中文 || English")      # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()                     # 带中文字体的图 || figures with a font that has Chinese
torch.set_num_threads(1)             # 小网络用一个线程最快 || small networks are fastest on one thread
# 这一章要量小到 1e-70 的数，单精度装不下 || this chapter meets numbers like 1e-70, too small for single precision
torch.set_default_dtype(torch.float64)

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，来自第 2、3 章。先在心里答，再点选项。

# %% [markdown] lang="en" of="4d99464d.a3983a26"
# ## Warm-up
#
# Three questions from Chapters 2 and 3. Answer in your head first, then click.

# %% name="recall" covers=["A-03"]
quiz("04-recall")

# %% [markdown] name="france" covers=["C-13", "C-19"]
# ## 4.1 一百个词之前的“法国”
#
# > 我在**法国**长大……（一百个词）……所以我会说 \_\_\_ 语。
#
# 流传最广的解释是传话游戏：每传一次就走样一点，传了一百次，什么都不剩，所以“基本的 RNN 无法把两头联系起来”。听上去很有道理，可它把三个不同的问题搅在了一起：
#
# 1. **装得下吗？** 有没有一组权重，能让 RNN 答对这道题？
# 2. **留得住吗？** 一百个不相干的词冲刷过去，状态里的“法国”会不会被冲掉？
# 3. **学得会吗？** 从随机权重出发，梯度能不能找到那组权重？
#
# 前两问不用训练，我们亲手给一个答案。先把题目造出来：四个国家，二十个不相干的词，中间隔多少个词由我们定。

# %% [markdown] lang="en" of="c65a2d48.3b880463"
# ## 4.1 "France", a hundred words ago
#
# > I grew up in **France** … (a hundred words) … so I can speak \_\_\_.
#
# The usual explanation is the game of telephone: something is lost each time the message is passed on, after a hundred times nothing is left, and so "a basic RNN cannot connect the two ends". It sounds convincing, but it stirs three different questions into one:
#
# 1. **Can it hold it?** Is there any set of weights with which an RNN gets this right?
# 2. **Can it keep it?** A hundred unrelated words wash over the state. Will they wash "France" out?
# 3. **Can it learn it?** Starting from random weights, can the gradient find those weights?
#
# The first two need no training; we shall answer them by hand. First, the task: four countries, twenty unrelated words, and a distance of our choosing between the two ends.

# %% name="sentences"
COUNTRIES = ["法国 || France", "日本 || Japan", "德国 || Germany", "俄罗斯 || Russia"]
LANGUAGES = ["法 || French", "日 || Japanese", "德 || German", "俄 || Russian"]
FILLER = [
    *"今天 天气 很 好 我们 一起 去 市场 买 了 || today the weather was fine we went to market".split(),
    *"水果 和 面包 后来 又 看 电影 回家 吃饭 休息 || bought some fruit and bread then saw a film at home".split(),
]
START, GREW_UP = ["我 || I", "在 || grew up in"], ["长大 || ,"]
END = ["所以 || so", "我 || I", "会 || can", "说 || speak"]
# 词表：国家是 0 到 3 号 || the vocabulary: countries are numbers 0 to 3
WORDS = list(dict.fromkeys(COUNTRIES + FILLER + START + GREW_UP + END))


def sentences(batch, gap, generator):
    """随机的句子，国家和结尾之间有 gap 个不相干的词
    -> 词号 (B, gap + 8)，答案 (B,) || Random sentences with gap unrelated words between country and ending
    -> word numbers (B, gap + 8), answers (B,)"""
    answer = torch.randint(4, (batch,), generator=generator)
    filler = 4 + torch.randint(len(FILLER), (batch, gap), generator=generator)

    def same(words):
        return torch.tensor([WORDS.index(word) for word in words]).expand(batch, -1)

    parts = [same(START), answer[:, None], same(GREW_UP), filler, same(END)]
    return torch.cat(parts, dim=1), answer


ids, answer = sentences(3, 6, torch.Generator().manual_seed(0))
for sentence, a in zip(ids, answer):
    print(*(WORDS[i] for i in sentence), "→", LANGUAGES[a])

# %% [markdown] name="by-hand" covers=["!40"]
# 模型是第 2 章的样子：词向量、`nn.RNN`、线性层。这一次权重由我们来填，而且只用**四个**隐藏单元，一个国家一个：
#
# * $W_h = 2I$：每个单元把自己的值加倍，再交给 tanh。一遍遍算 $h \leftarrow \tanh(2h)$，只要不是恰好从 0 出发，都会停在 $+0.96$ 或 $-0.96$ 上（下一格打印了四个起点）；推开一点，自己会弹回去；
# * 读到国家名，就把它的单元推到正的一边，其余三个推到负的一边；
# * 别的词只给四个单元一点随机的干扰。

# %% [markdown] lang="en" of="d1599af1.7c2e7bad"
# The model has the shape of Chapter 2: embedding, `nn.RNN`, linear layer. But this time we fill in the weights ourselves, and we allow only **four** hidden units, one for each country:
#
# * $W_h = 2I$: every unit doubles its own value and hands it to the tanh. Repeat $h \leftarrow \tanh(2h)$ and, unless you start at exactly 0, you come to rest at $+0.96$ or $-0.96$ (the next cell prints four starts); pushed away a little, it springs back;
# * the name of a country pushes its own unit to the positive side and the other three to the negative side;
# * every other word gives the four units a small random shove.

# %% name="rest"
for h in (0.05, 0.5, -0.3, 1.0):
    path = [h]
    for _ in range(8):
        path.append(torch.tanh(torch.tensor(2 * path[-1])).item())
    print(*(f"{v:6.2f}" for v in path))

# %% name="hand-set"
class WordModel(nn.Module):
    def __init__(self, embedding=16, hidden=32):
        super().__init__()
        self.embed = nn.Embedding(len(WORDS), embedding)
        self.rnn = nn.RNN(embedding, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, 4)

    def forward(self, ids):                                        # (B, T)
        _, h_n = self.rnn(self.embed(ids))                         # (1, B, H)
        return self.readout(h_n[0])                                # (B, 4)


@torch.no_grad()
def hand_set(loop, seed=0):
    """四个单元，W_h = loop · I，没有训练 || Four units, W_h = loop · I, no training"""
    torch.manual_seed(seed)
    model = WordModel(embedding=4, hidden=4)
    for parameter in model.parameters():
        parameter.zero_()
    model.rnn.weight_hh_l0.copy_(loop * torch.eye(4))
    model.rnn.weight_ih_l0.copy_(torch.eye(4))
    model.readout.weight.copy_(torch.eye(4))
    # 不相干的词：一点干扰 || unrelated words: a small disturbance
    model.embed.weight.normal_(std=0.2)
    # 国家：自己的单元 +3，别人的 -3 || countries: +3 for their own unit, -3 for the others
    model.embed.weight[:4] = 3 * (2 * torch.eye(4) - 1)
    return model


@torch.no_grad()
def accuracy(model, gap):
    ids, answer = sentences(500, gap, torch.Generator().manual_seed(7))
    return (model(ids).argmax(1) == answer).double().mean().item()


# %% name="bet-hand"
predict("Q4f")

# %% name="hand-result" covers=["!40", "C-19"]
latch = hand_set(loop=2.0)
scores = {gap: accuracy(latch, gap) for gap in (10, 100, 1000)}
print(scores)
claim("Q4f", min(scores.values()) == 1, accuracy=scores[1000])
# 只改 loop：除了 0 没有别处可停，就真的忘了 || only loop is changed: with nowhere to rest but 0, it does forget
forgetful = accuracy(hand_set(loop=0.9), 100)
claim("Q4f-control", not forgetful > 0.5, accuracy=forgetful)

# %% name="hand-strip"
ids, _ = sentences(1, 30, torch.Generator().manual_seed(2))  # 这一句说的是法国 || this one is about France
fig, axes = plt.subplots(2, 1, figsize=(8, 3.6), sharex=True)
for ax, loop in zip(axes, (2.0, 0.9)):
    model = hand_set(loop)
    plotting.heat_strip(ax, model.rnn(model.embed(ids))[0][0].detach())
    ax.set_yticks(range(1, 5), COUNTRIES)
    ax.set_ylabel("")
    ax.set_title(f"$W_h = {loop}\\,I$")
axes[0].set_xlabel("")
plt.show()

# %% [markdown] name="hand-meaning" covers=["C-13", "!40"]
# 上图读到国家名之后，一行变亮、三行变暗，此后只有轻轻的颤动，再没有哪一行翻面，隔一千个词也答得全对。下图（$W_h = 0.9I$，除了 0 没有别的落脚点）才是传话游戏的样子：印记一步步淡下去，最后只剩刚才那几个词的干扰。
#
# 所以“RNN 记不住一百个词之前的事”这句话不对：**装得下，也留得住。** 传话会走样，是因为没有人纠正；而 $h=\tanh(2h)$ 每传一步都把话重新说清楚。真正可疑的是第三问：谁也没有告诉训练程序该填 $2I$，它只有梯度。传话游戏里丢的是**信息**，我们要查的是**梯度**。

# %% [markdown] lang="en" of="31ae453e.6dfd8d76"
# In the upper strip the name of the country turns one row bright and three rows dark; from then on they tremble a little but never flip, and even a thousand words later every answer is right. The lower strip ($W_h = 0.9I$, nowhere to rest but 0) is what the game of telephone looks like: the imprint fades step by step until only the latest disturbances are left.
#
# So "an RNN cannot remember what was said a hundred words ago" is not true: **it can hold it and it can keep it.** In that game a message gets garbled because nobody puts it right, whereas $h=\tanh(2h)$ says the message clearly again at every step. The suspect is the third question. Nobody tells a training program to put in $2I$; all it has is the gradient. The game of telephone loses **information**. What we have to investigate is the **gradient**.

# %% [markdown] name="product" covers=["C-20", "!6"]
# ## 4.2 往回走一步：把圆推成椭圆
#
# 第 3 章的消息 δ 每往回走一步，就遇到两个因子。换个角度，不跟踪某一条消息，而是问整条路：$h_{t-1}$ 动一点，$h_t$ 动多少？
#
# 先画出来，再写公式。取一个只有两个单元的网络，把 $h_{t-1}$ 往每个方向各推一下，推得一样远：所有推法的终点排成一个**圆**。一步之后，这个圆变成了**椭圆**：有的方向拉长，有的压扁，还转了一点。最长的半轴，就是这一步**最多放大几倍**。
#
# 下面三幅图用的是同一个 $W_h$。左图只有 $W_h$；中图让第二个单元饱和着，$h=0.95$，那里的 tanh 几乎是平的；右图把中间这一步连走五遍。

# %% [markdown] lang="en" of="da74ab75.3a7415de"
# ## 4.2 One step: a circle is pushed into an ellipse
#
# In Chapter 3 the message δ met two factors on every step back. Now look at the road rather than at one message on it: move $h_{t-1}$ a little, and how far does $h_t$ move?
#
# A picture first, the formula after it. Take a network of two units and nudge $h_{t-1}$ in every direction, equally far each time: the ends of the nudges form a **circle**. One step later it is an **ellipse**, stretched one way, squeezed another, and turned a little. Its longest half-axis says by what factor this step enlarges a nudge **at most**.
#
# The three pictures share one $W_h$. On the left $W_h$ acts alone. In the middle the second unit is saturated, $h=0.95$, where tanh is all but flat. On the right that middle step is taken five times.

# %% name="step-picture" covers=["C-20"]
W_two = torch.tensor([[1.1, -0.7], [0.5, 0.8]])
# 第二个单元的 tanh 斜率只有 1 - 0.95² || the second unit's tanh has slope 1 - 0.95²
shut = torch.diag(torch.tensor([1.0, 1 - 0.95**2]))
steps = {
    "$W_h$": W_two,
    "第二个单元饱和 || second unit saturated": shut @ W_two,
    "这样走五步 || five such steps": torch.linalg.matrix_power(shut @ W_two, 5),
}
fig, axes = plt.subplots(1, 3, figsize=(9, 4))
for ax, (title, matrix) in zip(axes, steps.items()):
    plotting.stretch(ax, matrix)
    ax.set_title(title)
plt.show()

# %% [markdown] name="slope-intro"
# 饱和为什么会压扁？看 tanh 的斜率。左图四个点上的切线越来越平，右图是它们的斜率 $1-h^2$：在 0 处是 1，推多少传多少；到了 2，只剩 0.07。把它想成每个单元上的一个**阀门**：单元越饱和，阀门关得越紧。

# %% [markdown] lang="en" of="35d5e6b0.62808644"
# Why does saturation squeeze? Look at the slope of tanh. On the left the tangents at four points grow flatter and flatter; on the right stands their slope, $1-h^2$: 1 at 0, where a nudge passes whole, and at 2 only 0.07. Think of it as a **valve** on each unit: the more the unit saturates, the tighter it shuts.

# %% name="slope-picture" covers=["C-18"]
fig, (left_ax, right_ax) = plt.subplots(1, 2, figsize=(8, 3))
plotting.tanh_slope(left_ax, right_ax)
plt.show()

# %% [markdown] name="product-formula" covers=["C-20", "!6"]
# 两样东西合起来就是公式。一步的矩阵叫**雅可比矩阵**（Jacobian）；走 $k$ 步，由链式法则把 $k$ 个乘起来：
#
# $$J_t = \frac{\partial h_t}{\partial h_{t-1}} = \underbrace{\operatorname{diag}(1-h_t^2)}_{H\times H,\ \text{由读到的内容决定}}\;\underbrace{W_h}_{H\times H,\ \text{由训练决定}} \qquad\qquad \frac{\partial h_T}{\partial h_{T-k}} = J_T\,J_{T-1}\cdots J_{T-k+1}$$
#
# 对角矩阵 $\operatorname{diag}(1-h_t^2)$ 里一个单元一个阀门，都在 0 和 1 之间。所以没有*一个*“乘数”：乘上去的是矩阵，每步还不一样；两个因子，两个主人。
#
# 要用一个数概括“还剩多少”，就取连乘积那个椭圆最长的半轴，学名**谱范数**，也叫最大**奇异值**：早先的状态往最有影响的方向动 1，现在的状态动多少。（椭圆的各个半轴，就是矩阵的各个奇异值。）消息 δ 往回走，乘的是它的转置，最大奇异值一样；所以这个数也就是梯度走完这段路最多还剩几倍。

# %% [markdown] lang="en" of="14e05ac8.12a8d33e"
# Put the two together and you have the formula. The matrix of one step is called the **Jacobian**; for $k$ steps the chain rule multiplies $k$ of them:
#
# $$J_t = \frac{\partial h_t}{\partial h_{t-1}} = \underbrace{\operatorname{diag}(1-h_t^2)}_{H\times H,\ \text{set by what is being read}}\;\underbrace{W_h}_{H\times H,\ \text{set by training}} \qquad\qquad \frac{\partial h_T}{\partial h_{T-k}} = J_T\,J_{T-1}\cdots J_{T-k+1}$$
#
# The diagonal matrix $\operatorname{diag}(1-h_t^2)$ has one valve for each unit, always between 0 and 1. So there is no *one* "factor". What multiplies is a matrix, a different one at each step, and its two parts have two owners.
#
# To sum up "how much is left" in one number, take the longest half-axis of the product's ellipse. It is called the **spectral norm**, or the largest **singular value**: if the earlier state moves by 1 in the direction that matters most, how far does the present state move? (The half-axes of the ellipse are the singular values of the matrix.) The message δ, on its way back, is multiplied by the transpose, whose largest singular value is the same; so this number is also the most that a gradient can keep over that stretch of road.

# %% name="lag-norms" covers=["C-20"]
def jacobians(hs, W_h):
    """每一步的 diag(1 - h_t²) W_h。hs (T, H), W_h (H, H) -> (T, H, H) || diag(1 - h_t²) W_h for every step. hs (T, H), W_h (H, H) -> (T, H, H)"""
    # 对角矩阵从左边乘，就是逐行缩放 || a diagonal matrix on the left scales the rows
    return (1 - hs**2).unsqueeze(2) * W_h


def lag_norms(J):
    """‖∂h_T/∂h_{T-k}‖，k = 1 … T。J (T, H, H) -> (T,) || ‖∂h_T/∂h_{T-k}‖ for k = 1 … T. J (T, H, H) -> (T,)"""
    product, norms = torch.eye(J.shape[-1]), []
    for J_t in J.flip(0):  # 从最后一步往回走 || walk back from the last step
        product = product @ J_t  # (H, H)
        # 最大奇异值 || the largest singular value
        norms.append(torch.linalg.matrix_norm(product, 2))
    return torch.stack(norms)

# %% [markdown] name="autograd-check" tags=["optional"]
# ### 选读 · 拿 autograd 验一验显微镜
#
# 跳过它，正文什么也不缺。这里让 autograd 来核对：它不知道我们的公式，只会把 `nn.RNN` 从 $h_{T-k}$ 一路微分到 $h_T$。

# %% [markdown] lang="en" of="8599827b.16cd1a78"
# ### Optional · Check the microscope against autograd
#
# The main line loses nothing without this. Here autograd is the judge: it knows nothing of our formula and simply differentiates `nn.RNN` all the way from $h_{T-k}$ to $h_T$.

# %% name="bet-autograd"
predict("Q4g")

# %% name="autograd" covers=["C-20"]
torch.manual_seed(0)
rnn = nn.RNN(3, 8, batch_first=True)
x = 2 * torch.randn(1, 12, 3)  # (1, T, I)
with torch.no_grad():
    hs, W_h = rnn(x)[0][0], rnn.weight_hh_l0.clone()  # (T, H), (H, H)


def by_autograd(k):
    # h_{T-k} (1, 1, H)；h_0 = 0 || h_{T-k} (1, 1, H); h_0 = 0
    start = rnn(x[:, :-k])[1].detach() if k < 12 else torch.zeros(1, 1, 8)

    def onward(h):
        return rnn(x[:, -k:], h)[1].flatten()

    J = torch.autograd.functional.jacobian(onward, start).flatten(1)  # (H, H)
    return torch.linalg.matrix_norm(J, 2)


truth = torch.stack([by_autograd(k) for k in range(1, 13)])


def relative_error(states):
    return (lag_norms(jacobians(states, W_h)) / truth - 1).abs().max()


claim("Q4g", relative_error(hs) < 1e-10, relative_difference=relative_error(hs))
# 对照，错一步：该用 h_t 的地方用了 h_{t-1} || control, off by one: h_{t-1} where h_t belongs
late = torch.cat([torch.zeros(1, 8), hs[:-1]])
claim("Q4g-control", not relative_error(late) < 1e-2, error=relative_error(late))

# %% [markdown] name="autograd-meaning"
# 显微镜可信。对照说明它也挑剔：导数里的状态只错开一步，读数就不对了。

# %% [markdown] lang="en" of="d38ca6dd.05bbbe0e"
# The microscope can be trusted. The control shows that it is particular, too: take the derivative at a state one step off and the reading is wrong.

# %% [markdown] name="two-worlds-intro" covers=["C-17", "C-18", "!6"]
# ## 4.3 同一个 0.9，两个世界
#
# 教科书的“乘数”多半指 $W_h$ 的**谱半径** $\rho$。有些方向乘上矩阵只变长短、不转方向（椭圆和圆上的这一点在同一条线上），变长的倍数叫特征值；谱半径是特征值绝对值里最大的那个（特征值可以是复数，那是一边伸缩一边转圈；取绝对值，就只看伸缩）。把同一个矩阵乘很多次，长短终究由它决定。我们造一些随机的 $W_h$，把谱半径调到恰好 0.9，再喂两种输入：
#
# * **安静**：输入全为 0，单元都停在 0，tanh 几乎是一条直线；
# * **嘈杂**：到达每个单元的输入 $W_x x_t + b$ 是方差为 1 的随机数。
#
# 照“$0.9^{49}$”来算，从间隔 1 到间隔 50 应该剩下约 0.006，和输入无关。两种输入各是多少？对嘈杂的那种下注吧。（量的是**比值**：间隔 50 的谱范数除以间隔 1 的。）

# %% [markdown] lang="en" of="3dd108a6.2201f2b0"
# ## 4.3 The same 0.9, two worlds
#
# The textbook "factor" is usually the **spectral radius** $\rho$ of $W_h$. Some directions are only stretched by a matrix and not turned (there the point on the ellipse lies in line with the point on the circle); the stretching factors are its eigenvalues, and the spectral radius is the largest of them in absolute value. (An eigenvalue may be complex, which means stretching while going round; its absolute value is the stretching.) Multiply by one and the same matrix many times, and it is what decides in the end. We make some random $W_h$, scale their spectral radius to exactly 0.9, and feed two kinds of input:
#
# * **quiet**: all inputs zero; every unit stays at 0, where tanh is all but straight;
# * **noisy**: what reaches each unit, $W_x x_t + b$, is random with variance 1.
#
# Going by $0.9^{49}$, about 0.006 should be left between lag 1 and lag 50, whatever the input. What will it be for each? Place a bet on the noisy one. (We measure a **ratio**: the spectral norm at lag 50 over that at lag 1.)

# %% name="bet-noisy"
predict("Q4a")

# %% name="bet-large"
predict("Q4c")

# %% name="two-worlds" covers=["C-17", "C-18", "!6"]
H, T = 32, 100


def random_matrix(kind, rho, generator):
    """随机的 W_h (H, H)，谱半径恰好是 rho || A random W_h (H, H) with spectral radius exactly rho"""
    W = torch.randn(H, H, generator=generator)
    if kind == "orthogonal":
        # 只旋转，不伸缩，再乘 rho || a rotation, no stretching, times rho
        return rho * torch.linalg.qr(W).Q
    return rho * W / torch.linalg.eigvals(W).abs().max()


def run(x, W_h):
    """h_t = tanh(W_h h_{t-1} + x_t)，h_0 = 0。
    x (T, H) 是已经到达单元的输入 -> (T, H)
    || h_t = tanh(W_h h_{t-1} + x_t), h_0 = 0.
    x (T, H) is the input as it reaches the units -> (T, H)"""
    h, hs = torch.zeros(H), []
    for x_t in x:
        h = torch.tanh(W_h @ h + x_t)  # (H,)
        hs.append(h)
    return torch.stack(hs)


def profile(rho, std, kind="gaussian", seed=0):
    generator = torch.Generator().manual_seed(seed)
    W_h = random_matrix(kind, rho, generator)
    x = std * torch.randn(T, H, generator=generator)  # (T, H)
    return lag_norms(jacobians(run(x, W_h), W_h))  # (T,)


def ratios(*args):
    """五个随机网络的 间隔 50 / 间隔 1 || lag 50 / lag 1 in five random networks"""
    # (5, T)；第 k - 1 列是间隔 k || (5, T); column k - 1 is lag k
    profiles = torch.stack([profile(*args, seed=seed) for seed in range(5)])
    return profiles[:, 49] / profiles[:, 0]


quiet, noisy = ratios(0.9, 0.0), ratios(0.9, 1.0)
print("ρ = 0.9   0.9**49 =", f"{0.9**49:.1e}")
print("安静 || quiet", *(f"{r:.0e}" for r in quiet))
print("嘈杂 || noisy", *(f"{r:.0e}" for r in noisy))
# 同样的 W_h，只换输入 || the same W_h, only the input differs
claim("Q4b", (1e-4 < quiet).all() and (quiet < 1e-1).all(), ratio=quiet[0])
claim("Q4b-control", not (1e-4 < noisy).any(), ratio=noisy[0])
claim("Q4a", (noisy < 1e-9).all(), ratio=noisy[0])
claim("Q4a-control", not (quiet < 1e-9).any(), ratio=quiet[0])

# %% name="large-radius" covers=["C-18", "!6"]
quiet, noisy = ratios(1.5, 0.0), ratios(1.5, 1.0)
print("ρ = 1.5   1.5**49 =", f"{1.5**49:.1e}")
print("安静 || quiet", *(f"{r:.0e}" for r in quiet))
print("嘈杂 || noisy", *(f"{r:.0e}" for r in noisy))
explodes, vanishes = (quiet > 1e5).all(), (noisy < 1e-2).all()
claim("Q4c", explodes and vanishes, quiet=quiet[0], noisy=noisy[0])
# 同样的 W_h，只换输入，结论就反过来 || the same W_h, only the input differs, and all is reversed
claim("Q4c-control", not ((noisy > 1e5).any() or (quiet < 1e-2).any()), noisy=noisy[0])

# %% name="two-worlds-figure"
fig, ax = plt.subplots(figsize=(7, 3.6))
worlds = {
    "$\\rho=1.5$，安静 || $\\rho=1.5$, quiet": (1.5, 0.0),
    "$\\rho=0.9$，安静 || $\\rho=0.9$, quiet": (0.9, 0.0),
    "$\\rho=1.5$，嘈杂 || $\\rho=1.5$, noisy": (1.5, 1.0),
    "$\\rho=0.9$，嘈杂 || $\\rho=0.9$, noisy": (0.9, 1.0),
}
plotting.lag_profile(ax, {name: profile(*world)[:50] for name, world in worlds.items()})
ax.axhline(1, color="black", linewidth=0.8)
plt.show()

# %% [markdown] name="two-worlds-meaning" covers=["!6"]
# **同一个 0.9，差了大约十个数量级；同一个 1.5，一边爆炸，一边消失。** 四条线里，谱半径说中的只有两条安静的。
#
# 原因在另一个主人那里：嘈杂的输入把单元推向 ±1，$1-h_t^2$ 变小，阀门关上了。所以“小于 1 消失、大于 1 爆炸”要改成：
#
# * 决定梯度命运的，一半是权重，另一半是**此刻读到的内容**；
# * 谱半径只在单元几乎不饱和的时候说了算，“$\rho=0.9$，五十步之后小于百万分之一”之类的断言，不说明输入就没有意义。
#
# 两头之间有没有一条平路？有。正交矩阵只旋转、不伸缩：圆还是圆，谱半径和所有奇异值都是 1。再加上安静的输入，梯度走多远都不变。

# %% [markdown] lang="en" of="fa0a5d33.eea92fe9"
# **The same 0.9, about ten orders of magnitude apart; the same 1.5, one exploding and one vanishing.** Of the four lines the spectral radius gets only the two quiet ones right.
#
# The reason lies with the other owner: noisy input drives the units towards ±1, $1-h_t^2$ shrinks, the valves shut. So "below one vanishes, above one explodes" has to be restated:
#
# * one half of a gradient's fate is the weights; the other half is **what the network is reading right now**;
# * the spectral radius has the last word only while the units are hardly saturated. "With $\rho=0.9$, less than a millionth is left after fifty steps" means nothing until you say what the input is.
#
# Is there a level road between the two? There is. An orthogonal matrix rotates without stretching: the circle stays a circle, and spectral radius and singular values are all 1. With quiet input as well, the gradient stays the same however far it goes.

# %% name="orthogonal" covers=["C-17", "C-20"]
level = ratios(1.0, 0.0, "orthogonal")
print("正交，安静 || orthogonal, quiet", *(f"{r:.2f}" for r in level))
claim("Q4d", (level - 1).abs().max() < 0.005, ratio=level[0])
# 同样的正交矩阵，只换成嘈杂的输入 || the same orthogonal matrices, only the input is noisy
noisy = ratios(1.0, 1.0, "orthogonal")
claim("Q4d-control", not ((noisy - 1).abs() < 0.5).any(), ratio=noisy[0])

# %% [markdown] name="microscope" covers=["C-17", "C-18", "C-20"]
# ## 4.4 显微镜交给你
#
# 下面的页面在浏览器里把整件事重做一遍：造 $W_h$、跑一百多步、连乘雅可比矩阵、求最大奇异值。左图的蓝色实线是测得的谱范数，橙色虚线是只看谱半径的预言 $\rho^k$；右图是这一百步里全部 $f'$ 的直方图，$f'$ 是激活函数的导数（tanh 的就是 $1-h^2$），也就是“门开着多少”。$\sigma^2$ 是输入的方差：0 是安静，1 是上一节的嘈杂。“把这条曲线留下来比较”会把当前的曲线钉在图上。
#
# 五个任务，先想再拖：
#
# 1. $\rho=0.9$，$\sigma^2=1$，留下曲线，再把 $\sigma^2$ 拖到 0。两张图都变了，谁是因，谁是果？
# 2. 让 $\rho=1.5$ 消失：间隔 50 的读数小于 1 就算。先猜最小要多大的 $\sigma^2$，再试；高斯和正交各试一遍。
# 3. 正交、$\rho=1$、$\sigma^2=0$ 是一条平线。$\sigma^2$ 只加到 0.05，间隔 100 还剩多少？再用 $\rho$ 把它扶平。
# 4. 换成“线性”，拖动 $\sigma^2$，曲线一动不动。为什么？
# 5. 换成 ReLU。直方图只剩两根柱子；$\sigma^2$ 从 0.01 拖到 2，什么也不变（恰好为 0 时除外）。为什么？选正交，$\rho$ 要多大，曲线才大致走平？

# %% [markdown] lang="en" of="b28b0606.73764d6f"
# ## 4.4 The microscope is yours
#
# The page below does it all again in your browser: it makes $W_h$, runs a hundred-odd steps, multiplies the Jacobians and finds the largest singular value. In the left-hand picture the solid blue line is the measured spectral norm, the dashed orange line the forecast $\rho^k$ of the spectral radius alone. On the right, a histogram of every $f'$ in those hundred steps, where $f'$ is the derivative of the activation ($1-h^2$ for tanh): how far the valves stand open. $\sigma^2$ is the variance of the input: 0 is quiet, 1 is the noise of the last section. "Keep this curve to compare" pins the present curve to the picture.
#
# Five tasks. Think first, then drag:
#
# 1. Set $\rho=0.9$, $\sigma^2=1$, keep the curve, and drag $\sigma^2$ to 0. Both pictures change. Which is the cause and which the effect?
# 2. Make $\rho=1.5$ vanish: a reading below 1 at lag 50 will do. Guess how small a $\sigma^2$ is enough, then try, once with Gaussian and once with orthogonal.
# 3. Orthogonal, $\rho=1$, $\sigma^2=0$ gives a level line. Raise $\sigma^2$ to no more than 0.05: how much is left at lag 100? Now use $\rho$ to straighten it.
# 4. Switch to "linear" and drag $\sigma^2$. The curve does not stir. Why?
# 5. Switch to ReLU. The histogram has only two bars, and dragging $\sigma^2$ from 0.01 to 2 changes nothing (except at exactly 0). Why? With an orthogonal matrix, how large must $\rho$ be for the curve to run roughly level?

# %% name="microscope-explorer" covers=["C-17", "C-18"]
Explorer("microscope", height=540)

# %% [markdown] name="microscope-answers"
# <details><summary>做完再看</summary>
#
# 1. 右图是因：输入一安静，$f'$ 全挤到 1，左图才抬起来贴住虚线。
# 2. 小得出奇：头三个网络，高斯矩阵有百分之几就够（再多换几个，有的要零点几）；正交矩阵都要零点几。$\rho>1$ 时，一点点输入会被网络自己一步步放大，直到单元饱和，阀门是它自己关上的。“安静的 1.5”像笔尖朝下立着的铅笔，只有输入恰好是 0 才立得住。
# 3. 只剩十万分之一上下：阀门只要都关上一点点，一百步下来就很可观。$\rho$ 加到 1.25 左右大致补得上。这是训练能做到的事，也是输入一变就失效的事。
# 4. 线性单元的 $f'$ 恒为 1，连乘里只剩 $W$，输入没有发言权。
# 5. ReLU 的导数非 0 即 1；把所有输入放大同样的倍数，哪些单元开、哪些单元关，一个也不变。大约一半的单元关着，等于每步砍掉 $W$ 一半的行，所以 $\rho$ 要大到 1.3 至 1.4（$\sqrt 2$ 约为 1.41）才补得回来。高斯矩阵就要碰运气了，多换几个看看。
#
# </details>

# %% [markdown] lang="en" of="9ec26eaf.2ee63112"
# <details><summary>Look here when you are done</summary>
#
# 1. The right-hand picture is the cause: with quiet input all $f'$ crowd up to 1, and only then does the curve rise to the dashed line.
# 2. Surprisingly small: in the first three networks a few hundredths will do for a Gaussian matrix (try more networks and some need a few tenths); an orthogonal one always takes a few tenths. With $\rho>1$ the network itself enlarges the faintest input step by step until its units saturate; it shuts its own valves. The "quiet 1.5" is a pencil balanced on its point: it stands only while the input is exactly 0.
# 3. About a hundred-thousandth: close every valve by a hair, and over a hundred steps it adds up. A $\rho$ of about 1.25 roughly makes up for it. Training can do that, and when the input changes it is undone.
# 4. A linear unit has $f'=1$ always. Only $W$ is left in the product; the input has no say.
# 5. The derivative of ReLU is 0 or 1. Scale all inputs by the same factor and no unit switches sides. With about half of the units off, each step strikes out half of the rows of $W$, and it takes a $\rho$ of 1.3 to 1.4 ($\sqrt 2$ is about 1.41) to make up for it. With Gaussian matrices it is a matter of luck; try a few.
#
# </details>

# %% [markdown] name="singular" covers=["C-20", "!6"]
# ## 4.5 谱半径会骗人：特征值与奇异值
#
# 就算输入完全安静，谱半径也只回答“走很远之后”的问题。近处归另一组数管：**奇异值**，也就是椭圆的半轴。两者的分工：
#
# | | 回答什么 | 何时相等 |
# |---|---|---|
# | 谱半径 $\rho(W)$ | 同一个矩阵乘**很多**次，每次平均伸缩多少 | 对称矩阵、正交矩阵 |
# | 最大奇异值 $\sigma_{\max}(W)$ | 乘**一**次，最多伸长多少 | 同上；一般 $\sigma_{\max}\ge\rho$ |
#
# 看一个只有两个单元的网络：每个单元保留自己的 0.9，第二个单元还大声地告诉第一个，嗓门是 $a$：
#
# $$W = \begin{pmatrix}0.9 & a\\ 0 & 0.9\end{pmatrix}, \qquad \rho(W)=0.9 \ \text{（不管 $a$ 多大）}$$

# %% [markdown] lang="en" of="8b703e28.0172a769"
# ## 4.5 How the spectral radius misleads: eigenvalues and singular values
#
# Even with perfectly quiet input the spectral radius answers only the question of what happens far away. Nearby, another set of numbers is in charge: the **singular values**, the half-axes of the ellipse. This is how they share the work:
#
# | | the question it answers | when they agree |
# |---|---|---|
# | spectral radius $\rho(W)$ | multiply by the same matrix **many** times: how much stretching per step, on average? | symmetric and orthogonal matrices |
# | largest singular value $\sigma_{\max}(W)$ | multiply **once**: how much stretching at most? | the same ones; in general $\sigma_{\max}\ge\rho$ |
#
# Take a network of just two units. Each keeps 0.9 of itself, and the second also talks to the first, with loudness $a$:
#
# $$W = \begin{pmatrix}0.9 & a\\ 0 & 0.9\end{pmatrix}, \qquad \rho(W)=0.9 \ \text{(whatever $a$ is)}$$

# %% name="bet-singular"
predict("Q4h")

# %% name="two-units" covers=["C-20"]
def two_units(a):
    """第二个单元以嗓门 a 告诉第一个 || The second unit talks to the first with loudness a"""
    return torch.tensor([[0.9, a], [0.0, 0.9]])


def quiet_norms(W, steps=100):
    """两个安静的单元，间隔 1 … steps || Two quiet units, lags 1 … steps"""
    return lag_norms(W.expand(steps, 2, 2))


norms = quiet_norms(two_units(5.0))
show("间隔 1、10、50、100 || lags 1, 10, 50, 100", *norms[[0, 9, 49, 99]])
claim("Q4h", norms[9] > 10 and norms[99] < 0.1, at_lag_10=norms[9])
# 只改嗓门，a = 0：每一步都老老实实乘 0.9 || only the loudness changes, a = 0: an honest 0.9 at every step
silent = quiet_norms(two_units(0.0))[9]
claim("Q4h-control", not silent > 1, at_lag_10=silent)

fig, axes = plt.subplots(1, 3, figsize=(9, 4))
for ax, k in zip(axes, (1, 10, 100)):
    plotting.stretch(ax, torch.linalg.matrix_power(two_units(5.0), k))
    ax.set_title(f"步数：{k} || steps: {k}")
plt.show()

# %% [markdown] name="singular-meaning" covers=["C-20", "!6"]
# $\rho=0.9$，“应该消失”，可是往回走十步，梯度反而大了近二十倍，走了五十步还没有降到 1 以下。训练序列往往只有几十步，此时奇异值说的才是你会遇到的事。
#
# 有把握的话只有两句，说的都是奇异值（因为 $|1-h^2|\le 1$）：
#
# * $\sigma_{\max}(W_h)<1$，梯度**一定**消失；
# * 要爆炸，**必须**有 $\sigma_{\max}(W_h)>1$；但光有它不够，4.3 节里嘈杂的 1.5 就没有爆炸。
#
# “$\rho>1$ 才会爆炸”对随机矩阵是好用的经验，不是定律（想看反例，展开下面的选读）。正交矩阵没有这层麻烦：$\sigma_{\max}=\rho$，近处远处一个样。这也是正交初始化好用的一半原因。

# %% [markdown] lang="en" of="80087f6c.3a28f57d"
# $\rho=0.9$ "ought to vanish", yet ten steps back the gradient is almost twenty times larger, and after fifty it is still above 1. Training sequences are often a few dozen steps long; there, it is the singular values that tell you what you will meet.
#
# Only two statements are safe, and both are about singular values (because $|1-h^2|\le 1$):
#
# * if $\sigma_{\max}(W_h)<1$, the gradient is **sure** to vanish;
# * to explode it **needs** $\sigma_{\max}(W_h)>1$; but that alone is not enough: the noisy 1.5 of section 4.3 did not explode.
#
# "It takes $\rho>1$ to explode" is a good rule of thumb for random matrices, not a law (for a counterexample, open the optional section below). An orthogonal matrix spares you the difference: $\sigma_{\max}=\rho$, near or far it behaves alike. That is half of why orthogonal initialisation works well.

# %% [markdown] name="zero-intro" tags=["optional"] covers=["!6"]
# ### 选读 · 谱半径是 0，照样爆炸
#
# 正文用不到这个反例。取 $W=\begin{pmatrix}2&-2\\2&-2\end{pmatrix}$，它的平方就是零矩阵，谱半径是 **0**。再让第二个单元一直饱和着，阀门只留一成，$1-h^2=0.1$：

# %% [markdown] lang="en" of="2c457d89.83ea7260"
# ### Optional · Spectral radius zero, and it explodes
#
# The main line does not need this counterexample. Take $W=\begin{pmatrix}2&-2\\2&-2\end{pmatrix}$: its square is the zero matrix, its spectral radius **zero**. Now keep the second unit saturated, its valve a tenth open: $1-h^2=0.1$.

# %% name="zero-radius" covers=["!6"]
W = torch.tensor([[2.0, -2.0], [2.0, -2.0]])
# 只改一样：第二个单元的阀门开一成 || one change: the second unit's valve is a tenth open
nearly_shut = torch.diag(torch.tensor([1.0, 0.1])) @ W
show("间隔 1、2、50，安静 || lags 1, 2, 50, quiet", *quiet_norms(W)[[0, 1, 49]])
show(
    "间隔 1、2、50，一个阀门只开一成 || lags 1, 2, 50, one valve a tenth open",
    *quiet_norms(nearly_shut)[[0, 1, 49]],
)
one_shut, both_open = quiet_norms(nearly_shut)[49], quiet_norms(W)[49]
claim("Q4h-zero", one_shut > 1e10, at_lag_50=one_shut)
claim("Q4h-zero-control", not both_open > 0, at_lag_50=both_open)

# %% [markdown] name="guarantees" covers=["C-20", "!6"]
# 两个单元本来恰好相互抵消（$2\times2-2\times2=0$），一个快关死的阀门打破了平衡。
#
# 还可以自己拖一拖上面的嗓门 $a$，看谱范数先涨后落：

# %% [markdown] lang="en" of="2511f408.6c0bb7ce"
# The two units used to cancel exactly ($2\times2-2\times2=0$); one valve nearly shut upset the balance.
#
# You can also drag the loudness $a$ of the first example and watch the norm rise before it falls:

# %% name="two-units-live"
fig, ax = plt.subplots()
curve, = ax.semilogy(range(1, 101), quiet_norms(two_units(5.0)), label="测得 || measured")
ax.semilogy(range(1, 101), 0.9 ** torch.arange(1, 101), label="$0.9^k$")
ax.axhline(1, color="black", linewidth=0.8)
ax.set(ylim=(1e-5, 1e3), xlabel="间隔 $k$（步） || lag $k$ (steps)")
ax.set_ylabel(r"$\|\partial h_T/\partial h_{T-k}\|$")
ax.legend()


def redraw(a):
    curve.set_ydata(quiet_norms(two_units(a)))


live(fig, redraw, a=(5.0, 0.0, 50.0))

# %% [markdown] name="explosion" covers=["C-18"]
# ## 4.6 一次真正的爆炸
#
# 到现在为止量的都是随机矩阵。爆炸在训练里是什么样子？回到“法国”那道题，中间隔 50 个词，模型是 32 个单元的 `WordModel`，$W_h$ 取正交矩阵的 1.1 倍，输入调得很安静：每退一步，梯度最多放大 1.1 倍，退到“法国”就放大了几十倍。
#
# 用学习率 0.1 的 SGD 走**一步**，就一步，然后再看显微镜。下面打印三行：走之前（`before`）、不裁剪（`none`），以及作对照的 `norm`：同一步，但先把过长的梯度缩短。这叫裁剪，下一小节细说。

# %% [markdown] lang="en" of="3f7d2e50.a17a8cfd"
# ## 4.6 A real explosion
#
# So far we have measured random matrices. What does an explosion look like in training? Back to the "France" task, with 50 words in between and a `WordModel` of 32 units. $W_h$ is 1.1 times an orthogonal matrix and the input is kept very quiet, so each step back enlarges the gradient by up to 1.1, which by the time it reaches "France" makes a factor of several dozen.
#
# Take **one** step of SGD with learning rate 0.1, just one, and look through the microscope again. Three lines will be printed: `before` the step, the step without clipping (`none`), and as a control `norm`, the same step after an overlong gradient has been shortened. That is clipping; the next subsection explains it.

# %% name="steep-model" tags=["hide-input"]
def word_model(seed, gain=None, input_scale=1.0, zero_bias=False):
    """gain：W_h 换成 gain × 正交矩阵；input_scale：W_x 乘上它；zero_bias：偏置清零
    || gain: W_h becomes gain × an orthogonal matrix; input_scale multiplies W_x;
    zero_bias sets the biases to 0"""
    torch.manual_seed(seed)
    model = WordModel()
    with torch.no_grad():
        if gain is not None:
            nn.init.orthogonal_(model.rnn.weight_hh_l0, gain)
        model.rnn.weight_ih_l0.mul_(input_scale)
        if zero_bias:
            model.rnn.bias_ih_l0.zero_()
            model.rnn.bias_hh_l0.zero_()
    return model


def steep_model(seed):
    return word_model(seed, gain=1.1, input_scale=0.01, zero_bias=True)


@torch.no_grad()
def inspect(model, gap):
    """在一个句子上量一遍：谱范数 (T,) 和全部状态 (T, H) || Measure on one sentence: spectral norms (T,) and all states (T, H)"""
    ids, _ = sentences(1, gap, torch.Generator().manual_seed(3))
    hs = model.rnn(model.embed(ids))[0][0]  # (T, H)
    return lag_norms(jacobians(hs, model.rnn.weight_hh_l0)), hs


@torch.no_grad()
def loss(model, gap):
    ids, answer = sentences(500, gap, torch.Generator().manual_seed(7))
    return F.cross_entropy(model(ids), answer)


# %% [markdown] name="train-with-limit-intro"
# 训练的循环只比平时多一行：`limit_gradient`，站在 `backward` 和 `step` 之间。三种缩短的办法这里一并写好，后面都用得着。

# %% [markdown] lang="en" of="dd32c759.7b6ef8ff"
# The training loop has one line more than usual: `limit_gradient`, between `backward` and `step`. The three ways of shortening are written down here once; all will be needed.

# %% name="train-with-limit" covers=["A-17"]
CLIP = {
    "norm": (nn.utils.clip_grad_norm_, 1.0),
    "value": (nn.utils.clip_grad_value_, 0.1),
    "tight": (nn.utils.clip_grad_value_, 0.03),
}


def limit_gradient(model, limit):
    if limit != "none":
        clip, bound = CLIP[limit]
        clip(model.parameters(), bound)


def train(model, optimizer, steps, gap, seed, limit):
    """原地训练 || Train in place"""
    generator = torch.Generator().manual_seed(1000 + seed)
    for _ in range(steps):
        ids, answer = sentences(32, gap, generator)
        optimizer.zero_grad()
        F.cross_entropy(model(ids), answer).backward()
        # 就在 backward 之后、step 之前 || right after backward, right before step
        limit_gradient(model, limit)
        optimizer.step()
    return model


def sgd(seed, limit, steps=1, lr=0.1):
    model = steep_model(seed)
    return train(model, torch.optim.SGD(model.parameters(), lr), steps, 50, seed, limit)


# %% name="bet-step"
predict("Q4i")

# %% name="one-step" covers=["C-18"]
RUNS = ("before", "none", 0), ("none", "none", 1), ("norm", "norm", 1)
left, losses = {}, {}
for name, limit, steps in RUNS:
    models = [sgd(seed, limit, steps) for seed in range(3)]
    # 间隔 50 || lag 50
    left[name] = torch.stack([inspect(model, 50)[0][49] for model in models])
    losses[name] = torch.stack([loss(model, 50) for model in models])
    print(f"{name:7s}", *(f"{v:.0e}" for v in left[name]), end="   ")
    print("损失 || loss", *(f"{v:.1f}" for v in losses[name]))
gone, calm = (left["none"] < 1e-3).all(), (losses["none"] < 1.7).all()
claim("Q4i", gone and calm, left=left["none"][0])
# 同一步，只是先裁剪 || the same step, only clipped first
claim("Q4i-control", not (left["norm"] < 1e-3).any(), left=left["norm"][0])

# %% name="one-step-figure"
fig, (ax, bars) = plt.subplots(1, 2, figsize=(8, 3.2))
curves, states = {}, {}
for limit, label in (("none", "不裁剪 || no clipping"), ("norm", "按范数裁剪 || clipped by norm")):
    profile_after, states[label] = inspect(sgd(0, limit), 50)
    curves[label] = profile_after[:50]
plotting.lag_profile(ax, curves)
slopes = [(1 - hs**2).flatten() for hs in states.values()]
bars.hist(slopes, bins=10, range=(0, 1), label=list(states))
for patch in bars.containers[0]:
    patch.set_hatch("//")  # 黑白也分得清 || told apart in grey, too
bars.set(xlabel="$1-h^2$（阀门开着多少） || $1-h^2$ (how far the valves are open)")
bars.set(ylabel="单元 × 步 || units × steps", yscale="log")
bars.legend()
plt.show()

# %% name="where-it-went" covers=["C-18"]
exploding = steep_model(0)
ids, answer = sentences(32, 50, torch.Generator().manual_seed(1000))
F.cross_entropy(exploding(ids), answer).backward()


def gradient_length(module):
    return torch.stack([p.grad.norm() for p in module.parameters()]).norm()


lengths = gradient_length(exploding.rnn), gradient_length(exploding.readout)
show("梯度的长度：循环层、读出层 || length of the gradient: recurrent layer, readout", *lengths, digits=2)

# %% [markdown] name="explosion-meaning" covers=["C-18"]
# 三个网络，只走一步，间隔 50 的谱范数就从三四十跌到百万分之一以下。右图是现场：那一步跨得太远，单元被推向饱和，阀门成片地关上。**爆炸只要一次就够了，留下的后果是消失。** 损失却看不出来：走之前、走之后都在 1.4 上下（四选一瞎猜是 $\ln 4\approx1.39$）。
#
# 为什么损失没有冲上天？常听的解释是“tanh 有界”，这还不够：读出层没有界，它要是也被抛出去，分数和损失照样可以很大。上面最后一行才是原因：炸开的只有循环层，梯度有四十长；读出层的只有 0.4，一步只挪动 0.04。读出层还在原处，状态又都在 ±1 之间，分数就大不了。于是损失不涨，只是从此一动不动。

# %% [markdown] lang="en" of="4b578721.beea3d21"
# In all three networks a single step takes the spectral norm at lag 50 from thirty or forty to less than a millionth. The picture on the right is the scene of the accident: the step went too far, units were driven into saturation, and valves shut by the dozen. **One explosion is enough, and what it leaves behind is a vanishing gradient.** The loss gives nothing away: about 1.4 before and about 1.4 after (guessing one in four is $\ln 4\approx1.39$).
#
# Why did it not shoot up? "Because tanh is bounded" is the usual answer and not enough: the readout is not bounded, and had it been thrown as well, scores and loss could be as large as you like. The last line above gives the reason. Only the recurrent layer blew up, with a gradient some forty long; the readout's is 0.4, so in one step it moved by 0.04. With the readout where it was and states within ±1, scores stay small. The loss does not rise; it simply never moves again.

# %% [markdown] name="clipping" covers=["A-17"]
# ### 裁剪的两种写法
#
# **梯度裁剪**（gradient clipping）给一步的长度设上限。把全部参数的梯度首尾相接，成为一个长向量 $\nabla L$：
#
# * **按范数**：$\nabla L \leftarrow \nabla L\cdot\min(1,\ m/\lVert\nabla L\rVert)$，$m$ 是上限，整支箭头一起缩短；
# * **按值**：每个分量各自截到 $[-m, m]$。
#
# 缩短一支箭头，有没有可能让它转了方向？

# %% [markdown] lang="en" of="0862cbde.a2c30e71"
# ### Two ways to clip
#
# **Gradient clipping** puts a bound on the length of a step. Lay the gradients of all parameters end to end as one long vector $\nabla L$:
#
# * **by norm**: $\nabla L \leftarrow \nabla L\cdot\min(1,\ m/\lVert\nabla L\rVert)$ with the bound $m$, the whole arrow is shortened;
# * **by value**: every component is cut to $[-m, m]$ on its own.
#
# Can shortening an arrow turn it?

# %% name="bet-clip"
predict("Q4e")

# %% name="clip-direction" covers=["A-17", "C-18"]
def clipped(limit):
    """所有参数的梯度首尾相接 (P,)，先照 limit 裁剪 || The gradients of all parameters end to end (P,), clipped as limit says"""
    twin = copy.deepcopy(exploding)
    for mine, theirs in zip(twin.parameters(), exploding.parameters()):
        mine.grad = theirs.grad.clone()
    limit_gradient(twin, limit)
    return torch.cat([p.grad.flatten() for p in twin.parameters()])


arrow = clipped("none")
arrows = {limit: clipped(limit) for limit in ("norm", "value", "tight")}
cosine = {limit: F.cosine_similarity(arrow, a, dim=0) for limit, a in arrows.items()}
print("按范数 1、按值 0.1、按值 0.03 || by norm 1, by value 0.1, by value 0.03")
show("原来的长度 || original length", arrow.norm())
show("裁剪之后的长度 || length after clipping", *(a.norm() for a in arrows.values()))
show("余弦 || cosine", *cosine.values(), digits=4)


def shrunk(limit):
    """每个分量缩小到几分之几（原来不是 0 的那些） || To what fraction each component shrank (those that were not 0)"""
    return arrows[limit][arrow != 0] / arrow[arrow != 0]


same_direction = (shrunk("norm") / shrunk("norm")[0] - 1).abs().max() < 1e-12
turned = cosine["value"] < 0.9
claim("Q4e", same_direction and turned, norm=cosine["norm"], value=cosine["value"])
# 按值裁剪时，各分量缩小的倍数不同 || by value, the components shrink by different factors
spread = shrunk("value").std()
claim("Q4e-control", not spread < 1e-3, spread=spread)

# %% [markdown] name="clip-direction-meaning" covers=["A-17"]
# 按范数裁剪，所有分量缩小同样的倍数，方向一丝不变；按值裁剪把大分量削平、小分量留着，箭头就转了。
#
# 裁剪治不了什么，也要说清楚：缩小的倍数对所有步都一样。第 3 章说每一步都给 $W_h$ 投一票；如果“法国”那一步的票只有最后一步的亿分之一，裁剪之后还是亿分之一。**裁剪治爆炸，不治消失。**
#
# 从这里起，全课的训练循环都带着这一行：`course_utils.training.fit` 里的 `clip_grad_norm_`，次序是 `backward` → 裁剪 → `step`。

# %% [markdown] lang="en" of="eebbf1fb.d5647990"
# Clipping by norm shrinks every component by the same factor and leaves the direction exactly alone. Clipping by value planes down the large components, keeps the small ones, and so turns the arrow.
#
# Be clear about what clipping does not cure. The factor is the same for all steps. In Chapter 3 every step cast a vote on $W_h$; if the vote of the step at "France" is a hundred-millionth of the last step's, it still is after clipping. **Clipping cures explosions, not vanishing.**
#
# From here on every training loop of the course has that line: `clip_grad_norm_` inside `course_utils.training.fit`, in the order `backward` → clip → `step`.

# %% [markdown] name="clip-train-intro" tags=["optional"]
# ### 选读 · 两种裁剪，各训练 200 步
#
# 正文只需要“按范数裁剪”这一种，跳过不误事。同样三个随机种子，学习率都是 0.1，各训练 200 步：不裁剪、按范数（上限 1）、按值（上限 0.1）。另有两组**对照**：按值，但上限降到 0.03；不裁剪，但学习率降到 0.003。先猜前三种。

# %% [markdown] lang="en" of="89a44dcc.40cd2c9b"
# ### Optional · Two ways to clip, 200 steps of training
#
# The main line needs clipping by norm only; skip this at no loss. The same three seeds, learning rate 0.1, 200 steps each: no clipping, by norm (bound 1), by value (bound 0.1). Two **controls** come on top: by value with the bound down to 0.03, and no clipping with a learning rate of 0.003. Guess the first three.

# %% name="bet-clip-train"
predict("Q4j")

# %% name="clip-train" covers=["A-17", "C-18"]
LEARNING_RATE = {"none": 0.1, "norm": 0.1, "value": 0.1, "tight": 0.1, "slow": 0.003}
results = {name: [] for name in LEARNING_RATE}
for seed in progress(range(3), "训练 || training"):
    for name, lr in LEARNING_RATE.items():
        limit = "none" if name == "slow" else name
        results[name].append(accuracy(sgd(seed, limit, steps=200, lr=lr), 50))


def learnt_by(name):
    return sum(a > 0.8 for a in results[name])


none, norm = max(results["none"]), min(results["norm"])
value, tight = max(results["value"]), max(results["tight"])
claim("Q4j", learnt_by("norm") >= 2 and none < 0.4, none=none, norm=norm)
# 只把学习率调小：不裁剪也没事 || only the learning rate is smaller: no clipping needed
claim("Q4j-control", learnt_by("slow") >= 2, slow=min(results["slow"]))
claim("Q4j-value", value < 0.7, value=value)
# 只把上限降到 0.03：按值裁剪也过得去 || only the bound is lower, 0.03: by value gets past it too
claim("Q4j-value-control", not tight < 0.7, tight=tight)

# %% name="clip-train-figure" tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(7, 3.3))
labels = {
    "none": "不裁剪 || no clipping",
    "norm": "按范数 1 || by norm 1",
    "value": "按值 0.1 || by value 0.1",
    "tight": "按值 0.03 || by value 0.03",
    "slow": "不裁剪，学习率 0.003 || no clipping, learning rate 0.003",
}
for k, values in enumerate(results.values()):
    # 一个种子一个点 || one dot for each seed
    ax.plot(values, [k - 0.15, k, k + 0.15], "o", markersize=8)
ax.axvline(0.25, color="black", linestyle=":", linewidth=1)
ax.text(0.255, 4.35, "瞎猜 || guessing")
ax.set(yticks=range(5), yticklabels=labels.values(), xlim=(0, 1.03), ylim=(-0.5, 4.7))
ax.set_xlabel("正确率（隔 50 个词） || accuracy (50 words in between)")
ax.invert_yaxis()
plt.show()

# %% [markdown] name="clip-meaning" covers=["A-17"]
# 没有裁剪的三次，第一步就断送了自己。按范数裁剪的学会了。上限 0.1 的按值裁剪没学会，但别急着怪方向：它第一步用的梯度有 3.1 长，按范数的只有 1；上限降到 0.03，长度缩到 1.1，方向转得更厉害，却照样学会。按值裁剪的麻烦在于，上限管的是每个分量，一步总共多长，事先看不出来。
#
# 最后一组提醒我们裁剪**不是魔法**：把每一步都走得很小，也不会出事，只是平路上也得跟着慢；裁剪的好处是只在陡的地方减速。

# %% [markdown] lang="en" of="5fae54a3.bcee4b96"
# The three runs without clipping were finished by their very first step. Those clipped by norm learnt. Clipped by value at 0.1 they did not, but do not blame the direction yet: the gradient of that first step was 3.1 long, against 1 for clipping by norm. Lower the bound to 0.03 and it shrinks to 1.1; the direction turns even further, and still they learn. The drawback of clipping by value is that the bound governs single components and does not tell you how long the whole step will be.
#
# The last group reminds us that clipping is **no magic**: take small steps everywhere and there is no accident either, except that you crawl on level ground too. What clipping buys is slowing down only where it is steep.

# %% [markdown] name="initialisation" covers=["C-17", "A-16"] tags=["optional"]
# ## 4.7 选读 · 从哪里出发：初始化、激活函数、归一化
#
# 4.8 节要用的那个起点在那里会重新说明，跳过这一节不误事。治消失要从两个主人下手：让 $W_h$ 不缩，让阀门不关。常见的几种起点：
#
# | 名字 | $W_h$ | $f$ | 想法 |
# |---|---|---|---|
# | PyTorch 默认 | 均匀分布 $\pm1/\sqrt H$ | tanh | 不是为循环设计的 |
# | 正交 | 随机正交矩阵 | tanh | 只旋转，不伸缩 |
# | 恒等 + ReLU（IRNN，Le 等 2015） | $I$ | ReLU | 照抄自己；阀门一开就是全开 |
#
# 每一种都喂安静的（标准差 0.1；从这里起，“安静”是音量小，不再是 0）和嘈杂的（标准差 1）输入，看间隔 100。下面的 `step_jacobians` 让 autograd 求每一步的雅可比矩阵，这样换什么单元都能量。

# %% [markdown] lang="en" of="b2950440.42ce1840"
# ## 4.7 Optional · Where to start from: initialisation, activation, normalisation
#
# Section 4.8 introduces the one starting point it needs, so this section can be skipped. Against vanishing you have to win over both owners: a $W_h$ that does not shrink, valves that do not shut. Some common starting points:
#
# | name | $W_h$ | $f$ | idea |
# |---|---|---|---|
# | PyTorch's default | uniform in $\pm1/\sqrt H$ | tanh | not made with recurrence in mind |
# | orthogonal | random orthogonal matrix | tanh | rotate, don't stretch |
# | identity + ReLU (IRNN, Le et al. 2015) | $I$ | ReLU | copy yourself; an open valve is wide open |
#
# Each gets quiet input (standard deviation 0.1; from here on "quiet" means soft, no longer zero) and noisy input (standard deviation 1), and we look at lag 100. `step_jacobians` below lets autograd find the Jacobian of each step, so that it measures any kind of cell.

# %% name="bet-init"
predict("Q4k")

# %% name="init-measure" covers=["C-17"]
def step_jacobians(step, x, h):
    """沿着 h_t = step(h_{t-1}, x_t) 走一遍，每步求雅可比矩阵。
    x (T, …), h (H,) -> (T, H, H)
    || Walk along h_t = step(h_{t-1}, x_t), taking the Jacobian of every step.
    x (T, …), h (H,) -> (T, H, H)"""
    J = []
    for x_t in x:
        # 对第一个参数 h 求导 || derivative with respect to the first argument, h
        J.append(torch.func.jacrev(step)(h, x_t))
        h = step(h, x_t)
    return torch.stack(J)


def starting_point(name, generator):
    if name == "default":
        return (2 * torch.rand(H, H, generator=generator) - 1) / H**0.5, torch.tanh
    if name == "orthogonal":
        return random_matrix("orthogonal", 1.0, generator), torch.tanh
    return torch.eye(H), torch.relu


def from_start(name, std, seed=0):
    generator = torch.Generator().manual_seed(seed)
    W_h, f = starting_point(name, generator)
    x = std * torch.randn(120, H, generator=generator)  # (T, H)

    def step(h, x_t):
        return f(W_h @ h + x_t)

    return lag_norms(step_jacobians(step, x, torch.zeros(H)))[:100]


names = {
    "default": "默认 || default",
    "orthogonal": "正交 || orthogonal",
    "identity": "恒等 + ReLU || identity + ReLU",
}
fig, axes = plt.subplots(1, 2, figsize=(8.5, 3.2), sharey=True)
at_100 = {}
for ax, std in zip(axes, (0.1, 1.0)):
    curves = {name: from_start(name, std) for name in names}
    at_100 |= {(name, std): curve[99].item() for name, curve in curves.items()}
    plotting.lag_profile(ax, {names[name]: curve for name, curve in curves.items()})
    ax.set_title(f"输入的标准差 {std} || standard deviation of the input {std}")
axes[1].set_ylabel("")
plt.show()

for (name, std), value in at_100.items():
    print(f"{name:12s} {std}  {value:.0e}")
generators = [torch.Generator().manual_seed(seed) for seed in range(5)]
matrices = [starting_point("default", generator)[0] for generator in generators]
radius = [torch.linalg.eigvals(W).abs().max() for W in matrices]
print("默认的谱半径 || spectral radius of the default", *(f"{r:.1f}" for r in radius))
identity, orthogonal = at_100["identity", 1.0], at_100["orthogonal", 1.0]
both_gone = orthogonal < 1e-15 and at_100["default", 1.0] < 1e-30
claim("Q4k", identity > 0.5 and both_gone, identity=identity)
# 同样的正交矩阵，只是输入安静 || the same orthogonal matrix, only the input is quieter
softer = at_100["orthogonal", 0.1]
claim("Q4k-control", not softer < 1e-4, orthogonal=softer)

# %% [markdown] name="init-meaning"
# 默认初始化两边都不行，因为它的谱半径本来就只有 0.6 左右。正交矩阵在安静的输入下一百步还剩千分之几，一嘈杂也照样消失。恒等加 ReLU 两边都稳稳地是 1：谱范数看的是最好的那个方向，只要有一个单元一百步里没关过，它就照抄自己，不缩不放。
#
# 那为什么不人人都用 ReLU？它没有天花板：$W_h$ 大了，状态和梯度一起往上涨，没有饱和来兜底（在 4.4 节的页面里选 ReLU 和正交，把 $\rho$ 拖到头看看）。会饱和的单元稳当，却会关阀门；不饱和的单元开着阀门，却会爆炸。第 5 章的门控单元想绕开的就是这个选择。

# %% [markdown] lang="en" of="d6400a89.082bad3a"
# The default fails either way, since its spectral radius is only about 0.6 to begin with. The orthogonal matrix keeps a few thousandths over a hundred steps of quiet input, and under noise vanishes as well. Identity with ReLU sits at 1 both times: the spectral norm looks at the best direction, and one unit that has not been off in a hundred steps copies itself, neither shrinking nor growing.
#
# Then why does not everybody use ReLU? It has no ceiling. Let $W_h$ be too large and states and gradients climb together with no saturation to catch them (on the page of section 4.4 choose ReLU and orthogonal, and drag $\rho$ all the way up). A unit that saturates is safe but shuts its valve; one that does not keeps the valve open and may explode. That is the choice which the gated cells of Chapter 5 try to get around.

# %% [markdown] name="layernorm" covers=["A-16", "!31"]
# ### 层归一化：自己调音量
#
# 另一个办法是让网络自己调音量。**层归一化**（layer normalization, LayerNorm；Ba 等 2016）在 tanh 之前，把一层单元的值减去均值、除以标准差：
#
# $$h_t = \tanh\bigl(\operatorname{LN}(W_h h_{t-1} + W_x x_t)\bigr), \qquad \operatorname{LN}(a) = \frac{a - \operatorname{mean}(a)}{\sqrt{\operatorname{var}(a)+\epsilon}}$$
#
# 式子里没有写可学的部分：`nn.LayerNorm` 还会把结果逐个单元乘上 $\gamma$、加上 $\beta$（起初是 1 和 0，随训练改变）。这里量的是起点，所以直接用不带它们的 `F.layer_norm`。
#
# 常听说“LayerNorm 在 RNN 里很常用”，可 `nn.RNN`、`nn.GRU`、`nn.LSTM` 都没有这个选项，要用只能自己写单元。好在只多一个函数调用。它对梯度做了什么？让谱半径从 0.5 一直变到 9，量一量（正交矩阵，输入标准差 0.1）。

# %% [markdown] lang="en" of="68ee871e.0142e26f"
# ### Layer normalization: a volume knob of its own
#
# Another way is to let the network control its own volume. **Layer normalization** (LayerNorm; Ba et al. 2016) takes the values of a layer just before the tanh, subtracts their mean and divides by their standard deviation:
#
# $$h_t = \tanh\bigl(\operatorname{LN}(W_h h_{t-1} + W_x x_t)\bigr), \qquad \operatorname{LN}(a) = \frac{a - \operatorname{mean}(a)}{\sqrt{\operatorname{var}(a)+\epsilon}}$$
#
# The formula leaves out what is learnt: `nn.LayerNorm` also multiplies each unit by a $\gamma$ and adds a $\beta$ (1 and 0 at first, changed by training). We measure the start, so `F.layer_norm` without them will do.
#
# "LayerNorm is common in RNNs", one often hears, yet `nn.RNN`, `nn.GRU` and `nn.LSTM` have no such option; you have to write the cell. Fortunately that is one more function call. What does it do to the gradient? Let the spectral radius run from 0.5 to 9 and measure (orthogonal matrix, input with standard deviation 0.1).

# %% name="bet-layernorm"
predict("Q4l")

# %% name="layernorm-measure" covers=["A-16", "!31"]
def plain_cell(W_h):
    def step(h, x_t):
        return torch.tanh(W_h @ h + x_t)

    return step


def layernorm_cell(W_h):
    def step(h, x_t):
        # 只多这一个函数 || one more function, that is all
        return torch.tanh(F.layer_norm(W_h @ h + x_t, (H,)))

    return step


def ratio_50(cell, rho, std, seed=0):
    generator = torch.Generator().manual_seed(seed)
    W_h = random_matrix("orthogonal", rho, generator)
    x = std * torch.randn(T, H, generator=generator)
    norms = lag_norms(step_jacobians(cell(W_h), x, torch.zeros(H)))
    return (norms[49] / norms[0]).item()


radii = (0.5, 0.9, 1.5, 3.0, 9.0)
plain = [ratio_50(plain_cell, rho, 0.1) for rho in radii]
normed = [ratio_50(layernorm_cell, rho, 0.1) for rho in radii]
fig, ax = plt.subplots(figsize=(6, 3))
ax.loglog(radii, plain, "o-", label="普通 || plain")
ax.loglog(radii, normed, "s--", label="LayerNorm")
ax.axhline(1, color="black", linewidth=0.8)
ax.set(xlabel="谱半径 || spectral radius", xticks=radii, xticklabels=radii)
ax.set_ylabel("间隔 50 / 间隔 1 || lag 50 / lag 1")
ax.minorticks_off()
ax.legend()
plt.show()

print("普通 || plain", *(f"{v:.0e}" for v in plain))
print("LayerNorm", *(f"{v:.0e}" for v in normed))
print("400 ** (1/49) =", f"{400 ** (1 / 49):.2f}")
span, normed_span = max(plain) / min(plain), max(normed) / min(normed)
narrow, wide = normed_span < 1e3, min(plain) < 1e-12 and max(plain) > 1e9
claim("Q4l", narrow and wide, plain=span, layernorm=normed_span)
# 只把输入调响：LayerNorm 也救不了 || only the input is louder: LayerNorm does not help
loud = ratio_50(layernorm_cell, 0.5, 1.0)
claim("Q4l-control", not loud > 1e-15, layernorm=loud)

generator = torch.Generator().manual_seed(0)
W_9 = random_matrix("orthogonal", 9.0, generator)
slope = 1 - run(0.1 * torch.randn(T, H, generator=generator), W_9) ** 2
shut_share = (slope < 0.1).double().mean()
show("ρ = 9，1 − h² 小于 0.1 的占 || ρ = 9, share of 1 − h² below 0.1", shut_share, digits=1)

try:
    nn.RNN(3, 4, layer_norm=True)
except TypeError:
    print("nn.RNN: layer_norm ✗")

# %% [markdown] name="layernorm-meaning" covers=["!31"]
# 普通单元从不到 $10^{-12}$ 一路走到 $10^9$ 以上（到了 9，八成的阀门几乎关死，上面打印着；可没关的那几个一次放大九倍，饱和也兜不住了）；LayerNorm 单元的起伏不过一两个数量级。归一化把谱半径的影响基本抹掉了：它不管 $W_h$ 整体是大是小，只看**比例**，也就是这一步的内容里，有多少来自记忆，有多少来自输入。
#
# 可是别漏看那一行的 `4e+02`：走五十步，梯度还是**长**了四百倍。除以标准差，往回走时就是乘上它的倒数；LayerNorm 管住的是往前走的音量，没有保证往回走是 1。四百倍摊到每步是 1.13，五十步不要紧，五百步就会爆炸，所以裁剪照样要有。
#
# 比例不对，它也帮不上忙：对照里只把输入调响，输入盖过了记忆，梯度照样消失。所以 LayerNorm 让训练不那么挑初始化，但不是长期记忆的保证。第 9 章会把它装进 LSTM。

# %% [markdown] lang="en" of="bbf10115.6c075f74"
# The plain cell goes all the way from less than $10^{-12}$ to more than $10^9$ (at 9 four valves in five are all but shut, as printed above; but the few that are not enlarge ninefold, and saturation no longer catches it). The LayerNorm cell varies by an order of magnitude or two. Normalising all but wipes out the effect of the spectral radius: it does not care whether $W_h$ as a whole is large or small, only about **proportion**, that is, how much of this step's content comes from memory and how much from the input.
#
# Do not overlook the `4e+02` in that line, though: over fifty steps the gradient still **grows** four hundredfold. To divide by the standard deviation is, on the way back, to multiply by its inverse. LayerNorm controls the volume going forward; it does not promise a factor of 1 going back. Four hundredfold is 1.13 for each step: harmless over fifty steps, an explosion over five hundred. Clipping stays.
#
# When the proportion is wrong it cannot help either. In the control only the input is louder; it drowns the memory, and the gradient vanishes as usual. LayerNorm makes training less fussy about initialisation; it does not guarantee long memory. Chapter 9 builds it into an LSTM.

# %% [markdown] name="back-to-france" covers=["C-19", "!40"]
# ## 4.8 回到“法国”：学得会吗？
#
# 现在可以回答第三问了。先看未经训练的网络：损失对句子里**每一个词**的梯度有多大？如果“法国”那里的梯度是 0，训练就无从知道该记住它。

# %% [markdown] lang="en" of="25ed3f60.1eb991a9"
# ## 4.8 Back to "France": can it be learnt?
#
# Now for the third question. Look at networks before training: how large is the gradient of the loss at **each word** of the sentence? If nothing arrives at "France", training has no way of knowing that it is worth remembering.

# %% name="bet-france"
predict("Q4m")

# %% name="france-gradient" covers=["C-19", "C-17"]
def gradient_per_word(model, gap):
    """损失对每个词的词向量的梯度，一批句子的平均长度 -> (gap + 8,)
    || Gradient of the loss at each word's embedding, mean length over a batch of
    sentences -> (gap + 8,)"""
    ids, answer = sentences(32, gap, torch.Generator().manual_seed(5))
    embedded = model.embed(ids).detach().requires_grad_()  # (B, T, E)
    h_n = model.rnn(embedded)[1][0]
    F.cross_entropy(model.readout(h_n), answer).backward()
    return embedded.grad.norm(dim=2).mean(0)  # (T,)


def at_france(gap, **start):
    """“法国”处的梯度 / 最后一个词处的梯度，三个种子 || gradient at “France” / gradient at the last word, three seeds"""
    gradients = [gradient_per_word(word_model(seed, **start), gap) for seed in range(3)]
    return torch.stack([gradient[2] / gradient[-1] for gradient in gradients])


# 三样一起改：W_h 正交，输入缩到二十分之一，偏置清零 || three changes at once: W_h orthogonal, input a twentieth, biases 0
LEVEL = {"gain": 1.0, "input_scale": 0.05, "zero_bias": True}
for gap in (10, 100):
    print(f"隔 {gap} 个词 || {gap} words between")
    for start in ({}, {"gain": 1.0}, LEVEL):
        print("  ", *(f"{v:.0e}" for v in at_france(gap, **start)), "  ", start)
default = at_france(100)
claim("Q4m", (default < 1e-15).all(), fraction=default[0])
# 只换 W_h：多出二十来个数量级，还是太小 || only W_h: some twenty orders of magnitude more, and still too small
rotated = at_france(100, gain=1.0)
claim("Q4m-control", not (rotated < 1e-15).any(), fraction=rotated[0])

# %% name="france-gradient-figure" tags=["hide-input"]
fig, ax = plt.subplots(figsize=(9, 3))
one_sentence, _ = sentences(1, 10, torch.Generator().manual_seed(2))
position = torch.arange(one_sentence.shape[1])
bars = {"默认初始化 || default initialisation": {}, "三样都改 || all three changed": LEVEL}
for shift, hatch, (label, start) in zip((-0.2, 0.2), ("", "//"), bars.items()):
    heights = gradient_per_word(word_model(0, **start), 10)
    ax.bar(position + shift, heights, 0.4, hatch=hatch, label=label)
ax.set(yscale="log", ylim=(1e-9, 1), xlim=(-0.7, 17.7))
ax.set_ylabel("梯度的长度 || length of the gradient")
ax.set_title("中间隔 10 个词 || 10 words in between")
ax.set_xticks(position, [WORDS[i] for i in one_sentence[0]], rotation=40)
ax.legend()
plt.show()

# %% [markdown] name="france-train-intro"
# 默认初始化只隔 10 个词，“法国”那里就不到最后一个词的万分之一；隔 100 个词，已经小得没有意义了。把起点改三处，一百个词之外还有三成左右：
#
# * $W_h$ 换成**正交**矩阵：只旋转，不伸缩；
# * 输入**安静**：$W_x$ 缩到二十分之一；
# * **偏置清零**。这一处最容易漏掉。偏置是每一步都来的输入：正交矩阵不会让它淡去，单元总是离 0 有一段距离，每一步的阀门都关着一点；一点点乘一百次，就什么也不剩了。PyTorch 的偏置默认不是零。
#
# 三样都改了，功劳算谁的？**每样单独去掉一次才知道。** $2\times2\times2=8$ 种起点，结构、数据、Adam、学习率、步数统统不变，各训练 160 步。

# %% [markdown] lang="en" of="387fc055.de7d27a3"
# With the default initialisation and as few as 10 words in between, "France" receives less than a ten-thousandth of what the last word gets; with 100 words the figure is too small to mean anything. Change three things about the start, and about a third is left even a hundred words away:
#
# * $W_h$ becomes **orthogonal**: it rotates and does not stretch;
# * the input is **quiet**: $W_x$ is scaled to a twentieth;
# * the **biases are zero**. This is the one that is easily overlooked. A bias is an input that comes at every step: an orthogonal matrix does not let it fade, the units are kept away from 0, and every valve is shut a little at every step; a little, a hundred times over, leaves nothing. PyTorch's biases are not zero by default.
#
# With three changes, which of them deserves the credit? **Take each one away alone and see.** That makes $2\times2\times2=8$ starts; architecture, data, Adam, learning rate and number of steps stay as they are, and each trains for 160 steps.

# %% name="bet-france-train"
predict("Q4n")

# %% name="france-train" covers=["C-19", "!40"]
def trained(seed, **start):
    # 单精度就够了，也快一些 || single precision will do, and is faster
    model = word_model(seed, **start).float()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return accuracy(train(model, optimizer, 160, 100, seed, "norm"), 100)


CHOICES = {"gain": (1.0, None), "input_scale": (0.05, 1.0), "zero_bias": (True, False)}
combinations = itertools.product(*CHOICES.values())
corners = [dict(zip(CHOICES, values)) for values in combinations]
scores = [trained(0, **corner) for corner in progress(corners, "八种起点 || eight starts")]
again = [trained(seed, **LEVEL) for seed in progress((1, 2), "三样都有 || all three")]
learnt = [scores[0], *again]  # corners[0] == LEVEL
claim("Q4n", sum(a > 0.8 for a in learnt) >= 2, accuracy=min(learnt))


def without(condition):
    """三样里只去掉一样 || Of the three, this one alone is missing"""
    return scores[corners.index(LEVEL | {condition: CHOICES[condition][1]})]


no_rotation, no_quiet, no_zero = (without(condition) for condition in CHOICES)
claim("Q4n-control", not no_zero > 0.4, accuracy=no_zero)
claim("Q4n-quiet-control", not no_quiet > 0.4, accuracy=no_quiet)
claim("Q4n-orthogonal-control", not no_rotation > 0.4, accuracy=no_rotation)

# %% name="france-train-figure" tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(7, 3.4))
words_for = {
    "gain": ("正交 || orthogonal", "默认 || default"),
    "input_scale": ("安静 || quiet", "原样 || as it is"),
    "zero_bias": ("偏置零 || zero bias", "偏置默认 || default bias"),
}
labels = []
for row, (corner, score) in enumerate(zip(corners, scores)):
    ax.plot(score, row, "o", color="C0", markersize=8)
    picked = [words_for[key][value != CHOICES[key][0]] for key, value in corner.items()]
    labels.append(", ".join(picked))
ax.plot(again, [0, 0], "o", color="C0", markersize=8)
ax.axvline(0.25, color="black", linestyle=":", linewidth=1)
ax.text(0.27, 7.35, "瞎猜 || guessing")
ax.set(yticks=range(8), yticklabels=labels, xlim=(0, 1.03), ylim=(-0.6, 7.6))
ax.set_xlabel("正确率（隔 100 个词） || accuracy (100 words in between)")
ax.invert_yaxis()
plt.show()

# %% [markdown] name="france-meaning" covers=["!40", "C-19"]
# 八种起点里，只有三样齐备的那一种学会了（第一行，三个种子）；三样里少了任何一样，都停在瞎猜。没有添任何新部件，就是第 2 章的 `nn.RNN`，只用 160 步，就学会了用上一百个词之前的“法国”。
#
# 三样其实是一件事的三面：**每一步的椭圆都要接近一个圆。** 正交管 $W_h$，安静和零偏置管阀门：到达单元的 $W_x x_t + b$ 不大，单元就不饱和。单元数、任务换了，各样要多严也会变（换个种子，带着默认偏置也有碰巧学会的）；别把“正交初始化就行”当成药方。
#
# 所以准确的说法是：**不是表示不了，是学不会；学不会，也多半是起点不对。** 也别高兴得太早。这里的不相干词只是轻轻的干扰，任务只要求记住一样东西；输入一旦嘈杂，4.3 节的阀门又会关上。正交的起点也只是起点，训练会把它带往别处。想要一条不靠运气的路，得改单元本身。

# %% [markdown] lang="en" of="759d698b.92f3d7a3"
# Of the eight starts only the one with all three conditions has learnt it (first row, three seeds); with any one of them missing, the network is left guessing. No new parts, just the `nn.RNN` of Chapter 2, and in a mere 160 steps it has learnt to use "France" from a hundred words back.
#
# The three are really three sides of one thing: **at every step the ellipse must be close to a circle.** Orthogonality sees to $W_h$; quiet input and zero biases see to the valves, for as long as $W_x x_t + b$ stays small the units do not saturate. With other sizes and tasks, how strict each must be will vary (with another seed, a network with default biases may learn it by luck). Just do not take "orthogonal initialisation" for the whole recipe.
#
# Put precisely: **the trouble is not that an RNN cannot represent it but that it does not learn it, and that is more often than not the fault of the starting point.** Nor should we celebrate too soon. Here the unrelated words were gentle and there was one thing to remember; let the input grow noisy and the valves of section 4.3 shut again. And an orthogonal start is only a start: training moves away from it. For a road that does not depend on luck, the cell itself has to change.

# %% [markdown] name="dilemma" covers=["H-07", "C-13"]
# ## 4.9 记得牢，就学不动
#
# 还有一个谜没解开。4.1 节里亲手设定的网络隔一千个词全对，是这一章里记性最好的。把它也放到显微镜下：一百步之外的梯度还剩多少？

# %% [markdown] lang="en" of="004f9309.c09cfc19"
# ## 4.9 The firmer the memory, the smaller the gradient
#
# One riddle is left. The hand-set network of section 4.1 was right after a thousand words; nothing in this chapter remembers better. Put it under the microscope too: how much gradient is left a hundred steps back?

# %% name="bet-dilemma"
predict("Q4o")

# %% name="dilemma-measure" covers=["H-07"]
remembers, _ = inspect(latch, 100)
forgets, _ = inspect(hand_set(loop=0.9), 100)
print(f"W_h = 2.0 I   {accuracy(latch, 100):.2f}   {remembers[99]:.0e}")
print(f"W_h = 0.9 I   {accuracy(hand_set(loop=0.9), 100):.2f}   {forgets[99]:.0e}")
claim("Q4o", remembers[99] < 1e-50 and accuracy(latch, 100) == 1, left=remembers[99])
# 只改 W_h：健忘的那个反而留着多得多的梯度 || only W_h changes: the forgetful one keeps far more gradient
claim("Q4o-control", not forgets[99] < 1e-50, left=forgets[99])

# %% [markdown] name="dilemma-meaning" covers=["H-07", "C-13", "!5"]
# 记性最好的网络，梯度最小。这不是巧合：单元被推一下会弹回去，所以干扰冲不走它；可“推一下会弹回去”翻译成导数，就是 $|\partial h_t/\partial h_{t-1}|<1$（停在 $\pm0.96$ 上，是 $2\times(1-0.96^2)<0.2$），连乘一百次当然什么也不剩。**抗干扰和传梯度，要的是相反的东西。** 信息还在，梯度没了：传话游戏的比喻到这里就断了。
#
# 这个两难有一段历史：
#
# * **1991 年**，Sepp Hochreiter 在慕尼黑工业大学用德语写的毕业论文（Diplomarbeit，导师 Jürgen Schmidhuber）里，第一次分析了误差往回传时会指数地消失或爆炸。
# * **1994 年**，Bengio、Simard 和 Frasconi 在《Learning Long-Term Dependencies with Gradient Descent is Difficult》里证明了上面的两难：要稳稳地存住一位信息，梯度就必然随间隔衰减。题目说的是 *difficult*，不是 *impossible*。
# * **2013 年**，Pascanu、Mikolov 和 Bengio 用奇异值给出了 4.5 节的两个条件，也让按范数裁剪流行开来。
#
# 1997 年的 LSTM 走了另一条路：让记忆单元每步原样照抄自己，由“门”来决定什么时候写、什么时候读。它**缓解**了梯度消失，没有消灭它，更不防爆炸；缓解多少，第 5 章用同一台显微镜去量。

# %% [markdown] lang="en" of="1de2e9fa.51e96e90"
# The best memory has the smallest gradient. That is no coincidence. A unit that springs back when pushed cannot be washed away by disturbances; but "springs back when pushed", put as a derivative, is $|\partial h_t/\partial h_{t-1}|<1$ (at rest on $\pm0.96$ it is $2\times(1-0.96^2)<0.2$), and of course nothing is left after a hundred factors. **Resisting noise and passing gradient ask for opposite things.** The information is there, the gradient is gone: this is where the game of telephone breaks down as an explanation.
#
# The dilemma has a history:
#
# * **1991**: Sepp Hochreiter's diploma thesis (Diplomarbeit, written in German at TU München under Jürgen Schmidhuber) was the first analysis of errors that vanish or explode exponentially on their way back.
# * **1994**: Bengio, Simard and Frasconi, in "Learning Long-Term Dependencies with Gradient Descent is Difficult", proved the dilemma above: storing a bit of information robustly forces the gradient to decay with the lag. The title says *difficult*, not *impossible*.
# * **2013**: Pascanu, Mikolov and Bengio stated the two conditions of section 4.5 in terms of singular values, and made clipping by norm popular.
#
# The LSTM of 1997 took another road: a memory cell that copies itself unchanged at each step, and "gates" that decide when to write and when to read. It **mitigates** the vanishing of gradients; it does not abolish it, and it does not prevent explosions. By how much it helps, Chapter 5 will measure with this same microscope.

# %% [markdown] name="not-only-rnn" covers=["A-16", "A-17"] tags=["optional"]
# ## 4.10 选读 · 不只是 RNN 的病
#
# 后面各章不靠这一节。50 层的前馈网络也是 50 个雅可比矩阵连乘，只是每层的 $W$ 各不相同。激活函数换成 sigmoid 更糟：它的导数最大只有 $\tfrac14$，阀门开到最大也只有一条缝。

# %% [markdown] lang="en" of="b95bab76.34338efc"
# ## 4.10 Optional · Not a disease of RNNs alone
#
# No later chapter rests on this section. A feed-forward net of 50 layers multiplies 50 Jacobians as well; only its $W$ differs from layer to layer. With a sigmoid it is worse: its derivative is $\tfrac14$ at most, so even a valve wide open is no more than a crack.

# %% name="bet-deep"
predict("Q4p")

# %% name="deep" covers=["A-16"]
def through_layers(f, make=nn.Linear, seed=0):
    """50 层前馈网络：‖∂(输出)/∂(输入)‖ || A feed-forward net of 50 layers: ‖∂output/∂input‖"""
    torch.manual_seed(seed)
    layers, h = [make(H, H) for _ in range(50)], torch.randn(H)

    def through(h, layer):
        return f(layer(h))

    # 第 t 步换成第 t 层 || step t becomes layer t
    return lag_norms(step_jacobians(through, layers, h))[-1].item()


def linear(a):
    return a


def orthogonal_layer(inputs, outputs):
    layer = nn.Linear(inputs, outputs, bias=False)
    return nn.utils.parametrizations.orthogonal(layer)


deep = {"tanh": through_layers(torch.tanh), "sigmoid": through_layers(torch.sigmoid)}
print({name: f"{value:.0e}" for name, value in deep.items()})
ratio = deep["sigmoid"] / deep["tanh"]
claim("Q4p", ratio < 1e-15 and deep["tanh"] < 1e-8, ratio=ratio)
# 去掉激活函数，矩阵正交：一点不少 || no activation, orthogonal matrices: nothing is lost
flat = through_layers(linear, orthogonal_layer)
claim("Q4p-control", not flat < 0.99, left=flat)

# %% [markdown] name="map-heading" covers=["A-17"]
# ## 4.11 一张诊断表

# %% [markdown] lang="en" of="9591618d.7987ba03"
# ## 4.11 A table for diagnosis

# %% [markdown] name="map" covers=["A-16", "A-17"]
# 诊断和治法放在一张表里，后面各章会反复用到：
#
# | 症状 | 先看什么 | 治法 | 在哪里 |
# |---|---|---|---|
# | 学不到远处 | $f'$ 的直方图，其次才是谱半径 | 正交或恒等初始化、安静的输入、门控单元 | 本章、第 5–7 章 |
# | 损失忽然停住，再也不降 | 裁剪**前**的梯度范数 | 按范数裁剪、更小的学习率 | 本章、第 14 章 |
# | 换个初始化就训练不动 | 各层的音量 | LayerNorm | 本章、第 9 章 |
# | 前馈网络很深 | 同样的连乘 | 残差连接（每层把输入原样加到输出上）、归一化 | 课外 |
# | 连乘太长 | 能不能不走那么多步 | 注意力：一步到位 | 第 11 章 |

# %% [markdown] lang="en" of="6ab95ee6.62f5e128"
# Diagnosis and treatment in one table, for use throughout the coming chapters:
#
# | symptom | what to look at first | treatment | where |
# |---|---|---|---|
# | nothing distant is learnt | the histogram of $f'$; the spectral radius comes second | orthogonal or identity initialisation, quiet input, gated cells | here, Chapters 5–7 |
# | the loss stops dead and never falls again | the gradient norm **before** clipping | clipping by norm, a smaller learning rate | here, Chapter 14 |
# | another initialisation, and it will not train | the volume in each layer | LayerNorm | here, Chapter 9 |
# | a very deep feed-forward net | the same product | residual connections (each layer's input added to its output), normalisation | outside this course |
# | the product is too long | whether so many steps are needed | attention: one step and you are there | Chapter 11 |

# %% [markdown] name="bets-summary"
# ## 你押得怎样？
#
# 这一章押过的注都在下面，很有把握却押错的排在最前：最值得再想一遍的就是它们。

# %% [markdown] lang="en" of="aaa7928e.a449782b"
# ## How did your bets come out?
#
# All your bets of this chapter, those that you were sure of and lost first: they are the ones most worth thinking over.

# %% name="bets"
bets_summary("04")

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 往回走 $k$ 步，乘的是 $k$ 个 $\operatorname{diag}(f')\,W_h$：一半归权重，一半归正在读的内容；谱半径只说中了安静的那一半。
# 2. 裁剪治爆炸，不治消失；按范数缩短，不转方向。
# 3. 一百步之前的事，RNN 装得下也留得住，难在学会：记得越牢，梯度越小。

# %% [markdown] lang="en" of="eb51fd35.03278ed9"
# ## Three lines to remember
#
# 1. Going back $k$ steps multiplies $k$ factors $\operatorname{diag}(f')\,W_h$: half belongs to the weights, half to what is being read; the spectral radius is right about the quiet half only.
# 2. Clipping cures explosions, not vanishing; by norm, it shortens without turning.
# 3. An RNN can hold and keep what was said a hundred steps ago; the hard part is learning to, for the firmer the memory, the smaller the gradient.

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。每个选项都有解释，选错了也值得看看为什么。

# %% [markdown] lang="en" of="0c24ab46.eefb1fc3"
# ## Self-check
#
# Answer without looking back. Every option has its explanation; a wrong one is worth reading too.

# %% name="quiz" covers=["A-03", "!5"]
quiz("04-self-check")

# %% [markdown] name="next" covers=["A-17"]
# ## 接下来
#
# 轮到你写了：[练习 E03 · 刹车与显微镜](../../exercises/zh/E03_clipping.ipynb)。按总范数裁剪，以及这一章的显微镜，各几行代码，自动批改。
#
# 然后是第 5 章 LSTM：改单元本身，修一条梯度的高速公路，再用这台显微镜去验收。

# %% [markdown] lang="en" of="4c6d56fa.90487b1a"
# ## What next
#
# Your turn: [Exercise E03 · A brake and a microscope](../../exercises/en/E03_clipping.ipynb). Clipping by global norm and the microscope of this chapter, a few lines each, graded automatically.
#
# Then Chapter 5, the LSTM: change the cell itself, build a highway for the gradient, and bring this microscope along for the inspection.
