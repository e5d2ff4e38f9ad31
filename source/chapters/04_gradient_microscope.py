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
# 4. 让普通的 RNN 用得上一百个词以前读到的那个词。
#
# 需要的基础：第 2 章的循环单元，第 3 章的时间反向传播（δ 怎样一步步往回走）。线性代数只用到矩阵乘法，其余的现用现讲。
#
# 标着“选读”的小节默认折叠着，跳过去也接得上；有兴趣再回来。

# %% [markdown] lang="en" of="b0634466.64454a67"
# # Chapter 4. The gradient microscope: vanishing and exploding
#
# **28 min reading · 40 min at the keyboard · 30 min exercise · difficulty ⭐⭐⭐⭐**
#
# "A factor below one and the gradient vanishes; above one and it explodes." You have probably heard that. This chapter does not recite it; it measures. By the end you can
#
# 1. write "how much gradient is left $k$ steps back" as a product of $k$ matrices, and measure it in ten lines of code;
# 2. say which half of the story belongs to the weights, which to the input and the activation, and how the spectral radius can mislead you;
# 3. stop an explosion by clipping, and know what clipping does not cure;
# 4. get a plain RNN to use a word that it read a hundred words ago.
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
# * $W_h = 2I$：每个隐藏单元把自己的值加倍，再交给 tanh。一遍遍算 $h \leftarrow \tanh(2h)$，只要不是恰好从 0 出发，都会停在 $+0.96$ 或 $-0.96$ 上（下一格打印了四个起点）；推开一点，自己会弹回去；
# * 读到国家名，就把它的单元推到正的一边，其余三个推到负的一边；
# * 别的词只给四个隐藏单元一点随机的干扰。

# %% [markdown] lang="en" of="aeb5c698.7c2e7bad"
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
right = {gap: accuracy(latch, gap) for gap in (10, 100, 1000)}
print(right)
claim("Q4f", min(right.values()) == 1, accuracy=right[1000])
# 只改 loop：除了 0 没有别处可停，就真的忘了 || only loop is changed: with nowhere to rest but 0, it does forget
forgot = accuracy(hand_set(loop=0.9), 100)
claim("Q4f-control", not forgot > 0.5, accuracy=forgot)

# %% name="hand-strip"
ids, _ = sentences(1, 30, torch.Generator().manual_seed(2))  # 这一句说的是法国 || this one is about France
fig, axes = plt.subplots(2, 1, figsize=(8, 3.6), sharex=True)
for ax, loop in zip(axes, (2.0, 0.9)):
    model = hand_set(loop)
    plotting.heat_strip(ax, model.rnn(model.embed(ids))[0][0].detach())
    ax.set_yticks(range(1, 5), COUNTRIES)
    ax.set_ylabel("")
    ax.set_title(f"$W_h = {loop}\\,I$")
    # 国家名是第 3 个词 || the country is the third word
    ax.axvline(2.5, color="black", linewidth=1.2)
axes[0].text(2.6, 0.3, "$t=3$：读到“法国” || $t=3$: “France” is read", fontsize=9)
axes[0].set_xlabel("")
plt.show()

# %% [markdown] name="hand-meaning" covers=["C-13", "!40"]
# 上图里，$t=3$ 读到“法国”之后，一行变亮、三行变暗，此后只有轻轻的颤动，再没有哪一行翻面，隔一千个词也答得全对。下图（$W_h = 0.9I$，除了 0 没有别的落脚点）才是传话游戏的样子：印记一步步淡下去，最后只剩刚才那几个词的干扰。
#
# 所以“RNN 记不住一百个词之前的事”这句话不对：**装得下，也留得住。** 传话会走样，是因为没有人纠正；而 $h=\tanh(2h)$ 每传一步都把话重新说清楚。真正可疑的是第三问：谁也没有告诉训练程序该填 $2I$，它只有梯度。传话游戏里丢的是**信息**，我们要查的是**梯度**。

# %% [markdown] lang="en" of="16617b1a.87adb61a"
# In the upper strip "France", read at $t=3$, turns one row bright and three rows dark; from then on they tremble a little but never flip, and even a thousand words later every answer is right. The lower strip ($W_h = 0.9I$, nowhere to rest but 0) is what the game of telephone looks like: the imprint fades step by step until only the latest disturbances are left.
#
# So "an RNN cannot remember what was said a hundred words ago" is not true: **it can hold it and it can keep it.** In that game a message gets garbled because nobody puts it right, whereas $h=\tanh(2h)$ says the message clearly again at every step. The suspect is the third question. Nobody tells a training program to put in $2I$; all it has is the gradient. The game of telephone loses **information**. What we have to investigate is the **gradient**.

# %% [markdown] name="product" covers=["C-20", "!6"]
# ## 4.2 往回走一步：把圆推成椭圆
#
# 第 3 章的消息 δ 每往回走一步，就遇到两个因子。换个角度，不跟踪某一条消息，而是问整条路：$h_{t-1}$ 动一点，$h_t$ 动多少？
#
# 先画出来，再写公式。取一个只有两个隐藏单元的网络，把 $h_{t-1}$ 往每个方向各推一下，推得一样远：所有推法的终点排成一个**圆**。一步之后，这个圆变成了**椭圆**：有的方向拉长，有的压扁，还转了一点。最长的半轴，就是这一步**最多放大几倍**。
#
# 下面三幅图用的是同一个 $W_h$。左图只有 $W_h$；中图让第二个隐藏单元饱和着，$h=0.95$，那里的 tanh 几乎是平的；右图把中间这一步连走五遍。

# %% [markdown] lang="en" of="bfa3675c.3a7415de"
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

most = [torch.linalg.matrix_norm(matrix, 2) for matrix in steps.values()]
show("走五步，最多 || five steps, at most", most[2])
show("走一步的最多，五次方 || one step's most, to the power 5", most[1] ** 5)

# %% [markdown] name="slope-intro"
# 五步的最大值（1.75）不是一步的五次方（3.77）：被拉长的方向，下一步就转开了一点，轮到别的方向去拉。记住这一点，4.5 节要用。
#
# 饱和又为什么会压扁？看 tanh 的斜率。左图四个圆点处的切线越来越平，右图是它们的斜率 $1-h^2$：在 0 处是 1，推多少传多少；到了 2，只剩 0.07。把它想成每个隐藏单元上的一个**阀门**：单元越饱和，阀门关得越紧。

# %% [markdown] lang="en" of="1dce3310.2618f64c"
# Five steps stretch by 1.75 at most, not by the fifth power of one step's most (3.77): what one step has stretched is turned aside before the next, which stretches something else. Keep this in mind for section 4.5.
#
# And why does saturation squeeze? Look at the slope of tanh. On the left the tangents at the four dots grow flatter and flatter; on the right stands their slope, $1-h^2$: 1 at 0, where a nudge passes whole, and at 2 only 0.07. Think of it as a **valve** on each unit: the more the unit saturates, the tighter it shuts.

# %% name="slope-picture" covers=["C-18"]
fig, (left_ax, right_ax) = plt.subplots(1, 2, figsize=(8, 3))
plotting.tanh_slope(left_ax, right_ax)
plt.show()

# %% [markdown] name="product-formula" covers=["C-20", "!6"]
# 两样东西合起来就是公式。一步的矩阵叫**雅可比矩阵**（Jacobian）；走 $k$ 步，由链式法则把 $k$ 个乘起来：
#
# $$J_t = \frac{\partial h_t}{\partial h_{t-1}} = \underbrace{\operatorname{diag}(1-h_t^2)}_{H\times H,\ \text{由单元饱和的程度决定}}\;\underbrace{W_h}_{H\times H,\ \text{由训练决定}} \qquad\qquad \frac{\partial h_T}{\partial h_{T-k}} = J_T\,J_{T-1}\cdots J_{T-k+1}$$
#
# 对角矩阵 $\operatorname{diag}(1-h_t^2)$ 里一个单元一个阀门，都在 0 和 1 之间。所以没有*一个*“乘数”：乘上去的是矩阵，每步还不一样；两个因子，两个主人：一个是权重，一个是单元此刻有多饱和。
#
# 要用一个数概括“还剩多少”，就取连乘积那个椭圆最长的半轴，学名**谱范数**，也叫最大**奇异值**：早先的状态往最有影响的方向动 1，现在的状态动多少。（椭圆的各个半轴，就是矩阵的各个奇异值。）消息 δ 往回走，乘的是它的转置，最大奇异值一样；所以这个数也就是梯度走完这段路最多还剩几倍。

# %% [markdown] lang="en" of="7c46e645.4f785195"
# Put the two together and you have the formula. The matrix of one step is called the **Jacobian**; for $k$ steps the chain rule multiplies $k$ of them:
#
# $$J_t = \frac{\partial h_t}{\partial h_{t-1}} = \underbrace{\operatorname{diag}(1-h_t^2)}_{H\times H,\ \text{set by how saturated the units are}}\;\underbrace{W_h}_{H\times H,\ \text{set by training}} \qquad\qquad \frac{\partial h_T}{\partial h_{T-k}} = J_T\,J_{T-1}\cdots J_{T-k+1}$$
#
# The diagonal matrix $\operatorname{diag}(1-h_t^2)$ has one valve for each unit, always between 0 and 1. So there is no *one* "factor". What multiplies is a matrix, a different one at each step, and its two parts have two owners: the weights, and how saturated the units are at the moment.
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
# 教科书的“乘数”多半指 $W_h$ 的**谱半径** $\rho$。它是什么，还是画出来看。
#
# 取一个两单元的 $W$。大多数方向乘上它，既变长短又转方向；可是有一条直线上的推法只变短、不转向，每次都恰好乘 0.9。这样的方向叫**特征方向**，0.9 就是它的**特征值**。左图走一步：线上的那一推（方块）留在线上，别的一推（圆点）被转开。右图让圆点连走八步：它一步步转到那条线上去，此后每步也只乘 0.9 了。

# %% [markdown] lang="en" of="e5c40c71.d9ffe895"
# ## 4.3 The same 0.9, two worlds
#
# The textbook "factor" is usually the **spectral radius** $\rho$ of $W_h$. What that is, a picture shows best.
#
# Take a $W$ of two units. It turns most nudges as well as making them longer or shorter; but there is a line on which a nudge is only shortened and not turned, by exactly 0.9 each time. Such a direction is called an **eigen-direction**, and 0.9 is its **eigenvalue**. On the left, one step: the nudge on the line (square) stays on it, another (dot) is turned aside. On the right the dot takes eight steps: it turns towards that line, and from there it, too, is multiplied by 0.9 a step.

# %% name="eigen-picture" covers=["C-20"]
# 特征值 0.9（方向 (2, 1)）和 0.3 || eigenvalues 0.9 (direction (2, 1)) and 0.3
W_eigen = torch.tensor([[0.7, 0.4], [0.2, 0.5]])
on_line = torch.tensor([2.0, 1.0]) / 5**0.5
nudge = torch.tensor([-0.5, 0.75**0.5])
path = [nudge]
for _ in range(8):
    path.append(W_eigen @ path[-1])

fig, axes = plt.subplots(1, 2, figsize=(8, 3.3), sharey=True)
for ax in axes:
    ax.axline((0, 0), on_line, color="black", linestyle="--", linewidth=1)
    ax.set(xlim=(-1.2, 1.2), ylim=(-0.3, 1.1), xlabel="单元 1 || unit 1")
    ax.set_aspect("equal")
for start, marker in ((on_line, "s"), (nudge, "o")):
    axes[0].plot(*start, marker, color="#555555", fillstyle="none")
    axes[0].plot(*(W_eigen @ start), marker, color="C0")
    arrow = {"arrowstyle": "->", "shrinkA": 5, "shrinkB": 5}
    axes[0].annotate("", W_eigen @ start, start, arrowprops=arrow)
axes[0].set(title="一步 || one step", ylabel="单元 2 || unit 2")
axes[1].plot(*torch.stack(path).T, "o-", color="C0", markersize=5)
axes[1].set_title("圆点连走八步 || the dot, eight steps")
plt.show()

length = torch.stack([torch.linalg.vector_norm(p) for p in path])
print("每步乘 || each step times", *(f"{r:.2f}" for r in length[1:] / length[:-1]))

# %% [markdown] name="radius" covers=["C-17", "C-18", "!6"]
# 所以把同一个矩阵乘很多次，长短终究由最大的特征值决定：特征值绝对值里最大的那个，就是**谱半径**。
#
# <details class="optional"><summary>选读 · 特征值也可以是复数</summary>
#
# 有的矩阵边伸缩边转圈，没有哪条直线留在原处，它的特征值就是复数。取绝对值，就只看伸缩、不看转圈；“乘很多次，长短由谱半径决定”照样成立。
#
# </details>
#
# 现在造一些随机的 $W_h$，把谱半径调到恰好 0.9，再喂两种输入：
#
# * **安静**：输入全为 0，单元都停在 0，tanh 在那里几乎是一条直线；
# * **嘈杂**：到达每个隐藏单元的输入 $W_x x_t + b$ 是方差为 1 的随机数。
#
# 量的是一个**比值**：间隔 50 的谱范数，除以间隔 1 的。照“$0.9^{49}$”来算，应该是 0.006 左右，和输入无关。对嘈杂的那种下注吧。

# %% [markdown] lang="en" of="42abc6cb.91a8cdbe"
# So when one and the same matrix multiplies many times, its largest eigenvalue decides in the end. The **spectral radius** is that eigenvalue: the largest in absolute value.
#
# <details class="optional"><summary>Optional · Eigenvalues may be complex</summary>
#
# Some matrices stretch while they go round, and no line stays in place; their eigenvalues are complex. The absolute value keeps the stretching and leaves out the going round, and "many times, the spectral radius decides" remains true.
#
# </details>
#
# Now make some random $W_h$, scale their spectral radius to exactly 0.9, and feed two kinds of input:
#
# * **quiet**: all inputs zero; every unit stays at 0, where tanh is all but straight;
# * **noisy**: what reaches each unit, $W_x x_t + b$, is random with variance 1.
#
# We measure a **ratio**: the spectral norm at lag 50 divided by that at lag 1. Going by $0.9^{49}$ it should be about 0.006, whatever the input. Place a bet on the noisy one.

# %% name="bet-noisy"
predict("Q4a")

# %% name="bet-large"
predict("Q4c")

# %% name="two-worlds" covers=["C-17", "C-18", "!6"]
H, T = 32, 100


def random_matrix(kind, rho, generator):
    """随机的 W_h (H, H)，谱半径恰好是 rho || A random W_h (H, H) with spectral radius exactly rho"""
    if kind == "orthogonal":
        # 只旋转，不伸缩，再乘 rho || a rotation, no stretching, times rho
        return nn.init.orthogonal_(torch.empty(H, H), rho, generator=generator)
    W = torch.randn(H, H, generator=generator)
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


def network(rho, std, kind="gaussian", seed=0):
    """一个随机网络读一百步 -> hs (T, H), W_h (H, H) || A random network reads a hundred steps -> hs (T, H), W_h (H, H)"""
    generator = torch.Generator().manual_seed(seed)
    W_h = random_matrix(kind, rho, generator)
    return run(std * torch.randn(T, H, generator=generator), W_h), W_h


def profile(*args, **kwargs):
    return lag_norms(jacobians(*network(*args, **kwargs)))  # (T,)


def ratios(*args):
    """五个随机网络的 间隔 50 / 间隔 1 || lag 50 / lag 1 in five random networks"""
    # (5, T)；第 k - 1 列是间隔 k || (5, T); column k - 1 is lag k
    profiles = torch.stack([profile(*args, seed=seed) for seed in range(5)])
    return profiles[:, 49] / profiles[:, 0]


def opening(*args):
    """五个网络，阀门平均开着多少 || how far the valves are open on average, five networks"""
    return torch.stack([(1 - network(*args, seed=s)[0] ** 2).mean() for s in range(5)])


quiet, noisy = ratios(0.9, 0.0), ratios(0.9, 1.0)
print("五个网络，间隔 50 / 间隔 1 || five networks, lag 50 / lag 1")
print("ρ = 0.9   0.9**49 =", f"{0.9**49:.1e}")
print("安静 || quiet", *(f"{r:.0e}" for r in quiet))
print("嘈杂 || noisy", *(f"{r:.0e}" for r in noisy))
half_open = opening(0.9, 1.0)
print("嘈杂，阀门平均开着 || noisy, valves open on average", *(f"{v:.2f}" for v in half_open))
# 同样的 W_h，只换输入 || the same W_h, only the input differs
claim("Q4b", (1e-4 < quiet).all() and (quiet < 1e-1).all(), ratio=quiet[0])
claim("Q4b-control", not (1e-4 < noisy).any(), ratio=noisy[0])
claim("Q4a", (noisy < 1e-9).all(), ratio=noisy[0])
claim("Q4a-control", not (quiet < 1e-9).any(), ratio=quiet[0])

# %% name="large-radius" covers=["C-18", "!6"]
silent, loud = ratios(1.5, 0.0), ratios(1.5, 1.0)
# 输入的标准差只有百万分之一 || an input with a standard deviation of a millionth
whisper = ratios(1.5, 1e-6)
print("五个网络，间隔 50 / 间隔 1 || five networks, lag 50 / lag 1")
print("ρ = 1.5   1.5**49 =", f"{1.5**49:.1e}")
print("安静 || quiet", *(f"{r:.0e}" for r in silent))
print("嘈杂 || noisy", *(f"{r:.0e}" for r in loud))
print("百万分之一 || a millionth", *(f"{r:.0e}" for r in whisper))
explodes, vanishes = (silent > 1e5).all(), (loud < 1e-2).all()
claim("Q4c", explodes and vanishes, quiet=silent[0], noisy=loud[0])
# 同样的 W_h，只换输入，结论就反过来 || the same W_h, only the input differs, and all is reversed
claim("Q4c-control", not ((loud > 1e5).any() or (silent < 1e-2).any()), noisy=loud[0])
claim("Q4c-whisper", (whisper < 1e3).all(), highest=whisper.max())
# 输入恰好是 0 才爆炸 || it explodes at an input of exactly 0
claim("Q4c-whisper-control", not (silent < 1e3).any(), lowest=silent.min())

# %% name="two-worlds-figure"
# 第一个网络（种子 0） || the first network (seed 0)
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
# 图里是第一个网络，上面的比值是五个网络的。**同一个 0.9，差了大约十个数量级；同一个 1.5，一边爆炸，一边消失。** 四条线里，谱半径说中的只有两条安静的。
#
# 原因在另一个主人那里：嘈杂的输入把单元推离 0，$1-h_t^2$ 变小。阀门并没有关死，平均还开着一半多一点（上面打印着），可每步都关上一截，五十步连乘下来就天差地别。
#
# 输入也不必很响。看“百万分之一”那一行：$\rho=1.5$ 时，输入的标准差只有 $10^{-6}$，六亿倍的爆炸就没有了，五个网络里最大的一个也只有 18 倍。网络自己把这点输入一步步放大，直到单元饱和。“安静的 1.5”像笔尖朝下立着的铅笔，只有输入**恰好**是 0 才立得住。
#
# 所以“小于 1 消失、大于 1 爆炸”要改成：
#
# * 决定梯度命运的，一半是 $W_h$，另一半是**单元有多饱和**，而这由输入、偏置和 $W_h$ 一起决定（$\rho>1$ 时，一点点输入就够了）；
# * 谱半径只在单元几乎不饱和的时候说了算，“$\rho=0.9$，五十步之后小于百万分之一”之类的话，不说明输入就没有意义。
#
# 两头之间有没有一条平路？有。正交矩阵只旋转、不伸缩：圆还是圆，谱半径和所有奇异值都是 1。再加上安静的输入，梯度走多远都不变。下一格有两组对照，各改一样：只换嘈杂的输入；只把正交矩阵换成谱半径同样是 1 的高斯矩阵。

# %% [markdown] lang="en" of="c63dc367.a63b7fab"
# The picture shows the first network, the ratios above five of them. **The same 0.9, about ten orders of magnitude apart; the same 1.5, one exploding and one vanishing.** Of the four lines the spectral radius gets only the two quiet ones right.
#
# The reason lies with the other owner: noisy input drives the units away from 0, and $1-h_t^2$ shrinks. The valves are not shut; on average they are open a little more than half, as printed above. But they are partly shut at every step, and fifty times over that makes a world of difference.
#
# Nor must the input be loud. Look at the row "a millionth": with $\rho=1.5$ an input of standard deviation $10^{-6}$ is enough to end the explosion of six hundred million; the largest of the five networks is left with a factor of 18. The network itself enlarges that input step by step until its units saturate. The "quiet 1.5" is a pencil balanced on its point: it stands only while the input is **exactly** 0.
#
# So "below one vanishes, above one explodes" has to be restated:
#
# * half of a gradient's fate is $W_h$, half is **how far the units are saturated**, and that depends on input, biases and $W_h$ together (with $\rho>1$ the faintest input will do);
# * the spectral radius has the last word only while the units are hardly saturated. "With $\rho=0.9$, less than a millionth is left after fifty steps" means nothing until you say what the input is.
#
# Is there a level road between the two? There is. An orthogonal matrix rotates without stretching: the circle stays a circle, and spectral radius and singular values are all 1. With quiet input as well, the gradient stays the same however far it goes. The next cell has two controls, each with one change: noisy input; a Gaussian matrix, whose spectral radius is 1 as well, in place of the orthogonal one.

# %% name="orthogonal" covers=["C-17", "C-20"]
level = ratios(1.0, 0.0, "orthogonal")
level_noisy, gaussian = ratios(1.0, 1.0, "orthogonal"), ratios(1.0, 0.0)
print("正交，安静 || orthogonal, quiet", *(f"{r:.2f}" for r in level))
print("正交，嘈杂 || orthogonal, noisy", *(f"{r:.0e}" for r in level_noisy))
print("高斯，安静 || Gaussian, quiet", *(f"{r:.2f}" for r in gaussian))
claim("Q4d", (level - 1).abs().max() < 0.005, ratio=level[0])
# 同样的正交矩阵，只换输入 || the same orthogonal matrices, only the input differs
claim("Q4d-control", not ((level_noisy - 1).abs() < 0.5).any(), ratio=level_noisy[0])
# 同样安静，ρ 同样是 1，只换矩阵 || as quiet, ρ = 1 as well, only the matrix differs
off = (gaussian - 1).abs()
claim("Q4d-gaussian-control", not off.max() < 0.005,
      low=gaussian.min(), high=gaussian.max())

# %% [markdown] name="microscope" covers=["C-17", "C-18", "C-20"]
# ## 4.4 显微镜交给你
#
# 下面的页面在浏览器里把整件事重做一遍：造 $W_h$、跑一百多步、连乘雅可比矩阵、求最大奇异值。左图的实线是测得的谱范数，虚线是只看谱半径的预言 $\rho^k$；右图是这一百步里全部 $f'$ 的直方图，$f'$ 是激活函数 $f$ 的导数（tanh 的就是 $1-h^2$），也就是“阀门开着多少”，黑色点线是它们的平均。$\sigma^2$ 是输入的方差：0 是安静，1 是上一节的嘈杂。“把这条曲线留下来比较”会把当前的曲线钉在图上。
#
# 页面自己造随机网络，不是上一节的那五个，所以读数不会一样：$\rho=0.9$、嘈杂，页面上第 1 个网络的比值是 $2.5\times10^{-15}$，上一节的五个在 $10^{-13}$ 到 $10^{-12}$ 之间。
#
# 提醒一声：这里的 $f$ 是激活函数，$\sigma^2$ 是方差；到了第 5 章，$f_t$ 是遗忘门，$\sigma$ 是 sigmoid 函数。
#
# 五个任务，先想再拖：
#
# 1. $\rho=0.9$，$\sigma^2=1$，留下曲线，再把 $\sigma^2$ 拖到 0。两张图都变了，谁是因，谁是果？
# 2. 让 $\rho=1.5$ 消失：间隔 50 的读数小于 1 就算。先猜最小要多大的 $\sigma^2$，再试；高斯和正交各试一遍。
# 3. 正交、$\rho=1$、$\sigma^2=0$ 是一条平线。$\sigma^2$ 只加到 0.05，间隔 100 还剩多少？再用 $\rho$ 把它扶平。
# 4. 换成“线性”，拖动 $\sigma^2$，曲线一动不动。为什么？
# 5. 换成 ReLU。直方图只剩两根柱子；$\sigma^2$ 从 0.01 拖到 2，什么也不变（恰好为 0 时除外）。为什么？选正交，$\rho$ 要多大，曲线才大致走平？多换几个网络。

# %% [markdown] lang="en" of="41bae694.58e27114"
# ## 4.4 The microscope is yours
#
# The page below does it all again in your browser: it makes $W_h$, runs a hundred-odd steps, multiplies the Jacobians and finds the largest singular value. In the left-hand picture the solid line is the measured spectral norm, the dashed line the forecast $\rho^k$ of the spectral radius alone. On the right, a histogram of every $f'$ in those hundred steps, where $f'$ is the derivative of the activation $f$ ($1-h^2$ for tanh): how far the valves stand open; the dotted black line is their mean. $\sigma^2$ is the variance of the input: 0 is quiet, 1 is the noise of the last section. "Keep this curve to compare" pins the present curve to the picture.
#
# The page makes random networks of its own, not the five of the last section, so its readings differ: with $\rho=0.9$ and noise, number 1 on the page has a ratio of $2.5\times10^{-15}$, where the five of the last section lie between $10^{-13}$ and $10^{-12}$.
#
# A word of warning: here $f$ is the activation and $\sigma^2$ a variance; in Chapter 5 $f_t$ will be the forget gate and $\sigma$ the sigmoid function.
#
# Five tasks. Think first, then drag:
#
# 1. Set $\rho=0.9$, $\sigma^2=1$, keep the curve, and drag $\sigma^2$ to 0. Both pictures change. Which is the cause and which the effect?
# 2. Make $\rho=1.5$ vanish: a reading below 1 at lag 50 will do. Guess how small a $\sigma^2$ is enough, then try, once with Gaussian and once with orthogonal.
# 3. Orthogonal, $\rho=1$, $\sigma^2=0$ gives a level line. Raise $\sigma^2$ to no more than 0.05: how much is left at lag 100? Now use $\rho$ to straighten it.
# 4. Switch to "linear" and drag $\sigma^2$. The curve does not stir. Why?
# 5. Switch to ReLU. The histogram has only two bars, and dragging $\sigma^2$ from 0.01 to 2 changes nothing (except at exactly 0). Why? With an orthogonal matrix, how large must $\rho$ be for the curve to run roughly level? Try several networks.

# %% name="microscope-explorer" covers=["C-17", "C-18"]
Explorer("microscope", height=540)

# %% [markdown] name="microscope-answers"
# <details><summary>做完再看</summary>
#
# 1. 右图是因：输入一安静，$f'$ 全挤到 1，左图才抬起来贴住虚线。
# 2. 小得出奇：前八个网络里，高斯矩阵要 0.01 到 0.16，正交矩阵要 0.16 到 0.36。就是上一节的铅笔：$\rho>1$ 时，一点点输入会被网络自己放大到饱和，阀门是它自己关上的。
# 3. 只剩百万分之几（前八个网络：2 到 11）：阀门只要都关上一点点，一百步下来就很可观。$\rho$ 加到 1.25 左右大致补得上。这是训练能做到的事，也是输入一变就失效的事。
# 4. 线性单元的 $f'$ 恒为 1，连乘里只剩 $W$，输入没有发言权。
# 5. ReLU 的导数非 0 即 1；把所有输入放大同样的倍数，哪些单元开、哪些单元关，一个也不变。大约一半的单元关着，等于每步砍掉 $W$ 一半的行，所以 $\rho$ 要加到 $\sqrt2\approx1.41$ 上下才补得回来：多数网络在 1.3 到 1.45 之间，个别的还在这之外。高斯矩阵就更要碰运气了。
#
# </details>

# %% [markdown] lang="en" of="e3ba1a17.a8c2279d"
# <details><summary>Look here when you are done</summary>
#
# 1. The right-hand picture is the cause: with quiet input all $f'$ crowd up to 1, and only then does the curve rise to the dashed line.
# 2. Surprisingly small: in the first eight networks, 0.01 to 0.16 with Gaussian matrices and 0.16 to 0.36 with orthogonal ones. It is the pencil of the last section: with $\rho>1$ the network itself enlarges the faintest input until its units saturate; it shuts its own valves.
# 3. Some millionths (2 to 11 in the first eight networks): close every valve by a hair, and over a hundred steps it adds up. A $\rho$ of about 1.25 roughly makes up for it. Training can do that, and when the input changes it is undone.
# 4. A linear unit has $f'=1$ always. Only $W$ is left in the product; the input has no say.
# 5. The derivative of ReLU is 0 or 1. Scale all inputs by the same factor and no unit switches sides. With about half of the units off, each step strikes out half of the rows of $W$, and it takes a $\rho$ of about $\sqrt2\approx1.41$ to make up for it: between 1.3 and 1.45 in most networks, outside that range in some. With Gaussian matrices it is even more a matter of luck.
#
# </details>

# %% [markdown] name="singular" covers=["C-20", "!6"]
# ## 4.5 谱半径会骗人：特征值与奇异值
#
# 就算输入完全安静，谱半径也只回答“走很远之后”的问题。近处归另一组数管：**奇异值**，也就是椭圆的半轴。两者的分工：
#
# | | 回答什么 | 何时相等 |
# |---|---|---|
# | 谱半径 $\rho(W)$ | 同一个矩阵乘**很多**次，每次平均伸缩多少 | 正规矩阵（normal matrix），对称矩阵、正交矩阵都在其中 |
# | 最大奇异值 $\sigma_{\max}(W)$ | 乘**一**次，最多伸长多少 | 同上；一般 $\sigma_{\max}\ge\rho$ |
#
# （$\sigma_{\max}$ 和上一节的方差 $\sigma^2$ 无关，只是习惯上用了同一个字母。）
#
# 看一个只有两个隐藏单元的网络：每个隐藏单元保留自己的 0.9，第二个隐藏单元还把自己的值放大 $a$ 倍告诉第一个，$a$ 就是它的嗓门：
#
# $$W = \begin{pmatrix}0.9 & a\\ 0 & 0.9\end{pmatrix}, \qquad \rho(W)=0.9 \ \text{（不管 $a$ 多大）}$$

# %% [markdown] lang="en" of="f1522148.26ce554d"
# ## 4.5 How the spectral radius misleads: eigenvalues and singular values
#
# Even with perfectly quiet input the spectral radius answers only the question of what happens far away. Nearby, another set of numbers is in charge: the **singular values**, the half-axes of the ellipse. This is how they share the work:
#
# | | the question it answers | when they agree |
# |---|---|---|
# | spectral radius $\rho(W)$ | multiply by the same matrix **many** times: how much stretching per step, on average? | normal matrices, symmetric and orthogonal ones among them |
# | largest singular value $\sigma_{\max}(W)$ | multiply **once**: how much stretching at most? | the same ones; in general $\sigma_{\max}\ge\rho$ |
#
# ($\sigma_{\max}$ has nothing to do with the variance $\sigma^2$ of the last section; custom gives both the same letter.)
#
# Take a network of just two units. Each keeps 0.9 of its own value, and the second also tells the first its value, $a$ times as loud:
#
# $$W = \begin{pmatrix}0.9 & a\\ 0 & 0.9\end{pmatrix}, \qquad \rho(W)=0.9 \ \text{(whatever $a$ is)}$$

# %% name="bet-singular"
predict("Q4h")

# %% name="two-units" covers=["C-20"]
def two_units(a):
    """第二个单元把自己的值放大 a 倍告诉第一个 || The second unit tells the first its value, a times as loud"""
    return torch.tensor([[0.9, a], [0.0, 0.9]])


def quiet_norms(W, steps=100):
    """两个安静的单元，间隔 1 … steps || Two quiet units, lags 1 … steps"""
    return lag_norms(W.expand(steps, 2, 2))


W_loud = two_units(5.0)
norms = quiet_norms(W_loud)
show("间隔 1、10、50、100 || lags 1, 10, 50, 100", *norms[[0, 9, 49, 99]])
claim("Q4h", norms[9] > 10 and norms[99] < 0.1, at_lag_10=norms[9])
# 只改嗓门，a = 0：每一步都老老实实乘 0.9 || only the loudness changes, a = 0: an honest 0.9 at every step
mute = quiet_norms(two_units(0.0))[9]
claim("Q4h-control", not mute > 1, at_lag_10=mute)

print("走十步 || ten steps:")
print("  ρ ** 10      ", f"{0.9**10:.2f}")
print("  σ_max ** 10  ", f"{norms[0] ** 10:.1e}")
print("  实测 || measured", f"{norms[9]:.1f}")

fig, axes = plt.subplots(3, 1, figsize=(8, 4.6), sharex=True)
for ax, k in zip(axes, (1, 10, 100)):
    plotting.stretch(ax, torch.linalg.matrix_power(W_loud, k))
    ax.set_aspect("equal", adjustable="box")
    ax.set(xlim=(-21, 21), ylim=(-3, 3), title=f"步数：{k} || steps: {k}")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
for ax in axes[:2]:
    ax.set_xlabel("")
plt.show()

# %% [markdown] name="singular-meaning" covers=["C-20", "!6"]
# $\rho=0.9$，“应该消失”，可是往回走十步，梯度反而大了近二十倍，走了五十步还没有降到 1 以下，一百步才缩成圆里的一个点。
#
# 训练序列往往只有几十步。这段路上，单看 $W$ 的哪一个数都不够：$\rho$ 的十次方只有 0.35，$\sigma_{\max}$ 的十次方是一千三百万（4.2 节说过，拉长的方向下一步就转开了），实测是 19.4。要问就问**连乘积本身**的最大奇异值，显微镜量的正是它。
#
# 只看 $W_h$ 就有把握的话只有两句，说的都是奇异值（因为 $|1-h^2|\le 1$）：
#
# * $\sigma_{\max}(W_h)<1$，梯度**一定**消失；
# * 要爆炸，**必须**有 $\sigma_{\max}(W_h)>1$；但光有它不够，4.3 节里嘈杂的 1.5 就没有爆炸。
#
# “$\rho>1$ 才会爆炸”对随机矩阵是好用的经验，不是定律（想看反例，展开下面的选读）。正交矩阵没有这层麻烦：$\sigma_{\max}=\rho$，近处远处一个样。正交初始化好用，一半原因在这里；另一半 4.3 节看过了：$\rho=1$，不缩也不放。
#
# 自己拖一拖嗓门 $a$，看谱范数先涨后落：

# %% [markdown] lang="en" of="4a0edb06.73e5671d"
# $\rho=0.9$ "ought to vanish", yet ten steps back the gradient is almost twenty times larger, after fifty it is still above 1, and only after a hundred is it a dot inside the circle.
#
# Training sequences are often a few dozen steps long, and over that stretch no single number of $W$ will do: $\rho$ to the power 10 is 0.35, $\sigma_{\max}$ to the power 10 is thirteen million (what is stretched, section 4.2 said, is turned aside before the next step), and the measurement says 19.4. The number to ask for is the largest singular value of **the product itself**, which is what the microscope measures.
#
# Only two statements are safe from $W_h$ alone, and both are about singular values (because $|1-h^2|\le 1$):
#
# * if $\sigma_{\max}(W_h)<1$, the gradient is **sure** to vanish;
# * to explode it **needs** $\sigma_{\max}(W_h)>1$; but that alone is not enough: the noisy 1.5 of section 4.3 did not explode.
#
# "It takes $\rho>1$ to explode" is a good rule of thumb for random matrices, not a law (for a counterexample, open the optional section below). An orthogonal matrix spares you the difference: $\sigma_{\max}=\rho$, near or far it behaves alike. That is half the reason why orthogonal initialisation works well; the other half you saw in section 4.3: with $\rho=1$ it neither shrinks nor stretches.
#
# Drag the loudness $a$ yourself and watch the norm rise before it falls:

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

# %% [markdown] name="zero-intro" tags=["optional"] covers=["!6"]
# ### 选读 · 谱半径是 0，照样爆炸
#
# 正文用不到这个反例。取 $W=\begin{pmatrix}2&-2\\2&-2\end{pmatrix}$，它的平方就是零矩阵，谱半径是 **0**。再把第二个隐藏单元的阀门用手按在一成上，$1-h^2=0.1$（不是哪次运行的结果，是我们按住不放）：

# %% [markdown] lang="en" of="9611a8a6.0707d27f"
# ### Optional · Spectral radius zero, and it explodes
#
# The main line does not need this counterexample. Take $W=\begin{pmatrix}2&-2\\2&-2\end{pmatrix}$: its square is the zero matrix, its spectral radius **zero**. Now the second unit's valve is held by hand a tenth open, $1-h^2=0.1$; no run puts it there, we do.

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
# 两个隐藏单元本来恰好相互抵消（$2\times2-2\times2=0$），一个快关死的阀门打破了平衡。

# %% [markdown] lang="en" of="8eebc4df.ef70c5bb"
# The two units used to cancel exactly ($2\times2-2\times2=0$); one valve nearly shut upset the balance.

# %% [markdown] name="explosion" covers=["C-18"]
# ## 4.6 一次真正的爆炸
#
# 到现在为止量的都是随机矩阵。爆炸在训练里是什么样子？回到“法国”那道题，中间隔 50 个词，模型是 32 个隐藏单元的 `WordModel`，$W_h$ 取正交矩阵的 1.1 倍，输入调得很安静：每退一步，梯度最多放大 1.1 倍，退到“法国”就放大了几十倍。
#
# 用学习率 0.1 的 SGD 走**一步**，就一步，然后再看显微镜。下面打印三行：走之前；走一步，不裁剪；以及作对照的“按范数裁剪”：同一步，但先把过长的梯度缩短。裁剪怎么做，下一小节细说。

# %% [markdown] lang="en" of="f62034f6.999983e5"
# ## 4.6 A real explosion
#
# So far we have measured random matrices. What does an explosion look like in training? Back to the "France" task, with 50 words in between and a `WordModel` of 32 units. $W_h$ is 1.1 times an orthogonal matrix and the input is kept very quiet, so each step back enlarges the gradient by up to 1.1, which by the time it reaches "France" makes a factor of several dozen.
#
# Take **one** step of SGD with learning rate 0.1, just one, and look through the microscope again. Three lines will be printed: before the step; after it, without clipping; and as a control "clipped by norm", the same step after an overlong gradient has been shortened. How clipping works, the next subsection explains.

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
def mean_loss(model, gap):
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
# 名字、裁剪、步数 || label, clipping, number of steps
ARMS = {
    "before": ("走之前 || before the step", "none", 0),
    "none": ("不裁剪 || no clipping", "none", 1),
    "norm": ("按范数裁剪 || clipped by norm", "norm", 1),
}
print("间隔 50 的谱范数，以及损失（三个网络） || spectral norm at lag 50, and loss (three networks)")
at_50, losses = {}, {}
for arm, (label, limit, steps) in ARMS.items():
    models = [sgd(seed, limit, steps) for seed in range(3)]
    at_50[arm] = torch.stack([inspect(model, 50)[0][49] for model in models])
    losses[arm] = torch.stack([mean_loss(model, 50) for model in models])
    print(*(f"{v:.0e}" for v in at_50[arm]), end="    ")
    print(*(f"{v:.1f}" for v in losses[arm]), "  ", label)
gone, calm = (at_50["none"] < 1e-3).all(), (losses["none"] < 1.7).all()
claim("Q4i", gone and calm, left=at_50["none"][0])
# 同一步，只是先裁剪 || the same step, only clipped first
claim("Q4i-control", not (at_50["norm"] < 1e-3).any(), left=at_50["norm"][0])

# %% name="one-step-figure"
# 第一个网络（种子 0） || the first network (seed 0)
fig, (ax, bars) = plt.subplots(1, 2, figsize=(9, 3.4))
curves, slopes = {}, {}
for label, limit, steps in ARMS.values():
    norms_now, hs_now = inspect(sgd(0, limit, steps), 50)
    curves[label] = norms_now[:50]
    slopes[label] = (1 - hs_now**2).flatten()
plotting.lag_profile(ax, curves)
bars.hist(list(slopes.values()), bins=10, range=(0, 1), label=list(slopes))
# 黑白也分得清 || told apart in grey, too
for container, hatch in zip(bars.containers, ("", "//", "..")):
    for patch in container:
        patch.set_hatch(hatch)
bars.set(xlabel="$1-h^2$（阀门开着多少） || $1-h^2$ (how far the valves are open)")
bars.set(ylabel="个数（单元 × 步） || count (units × steps)", yscale="log")
bars.legend(loc="upper left", fontsize=9)
plt.show()

# %% name="where-it-went" covers=["C-18"]
def with_gradient(seed):
    """走第一步之前：模型和它的梯度 || Before the first step: the model with its gradient"""
    model = steep_model(seed)
    ids, answer = sentences(32, 50, torch.Generator().manual_seed(1000 + seed))
    F.cross_entropy(model(ids), answer).backward()
    return model


def gradient_length(module):
    return torch.stack([p.grad.norm() for p in module.parameters()]).norm()


exploding = [with_gradient(seed) for seed in range(3)]
print("梯度的长度，三个网络 || length of the gradient, three networks")
show("  循环层 || recurrent layer", *(gradient_length(m.rnn) for m in exploding), digits=2)
show("  读出层 || readout", *(gradient_length(m.readout) for m in exploding), digits=2)

# %% [markdown] name="explosion-meaning" covers=["C-18"]
# 三个网络，只走一步，间隔 50 的谱范数就从三四十跌到百万分之一以下。右图是现场：走之前阀门大多敞着；那一步跨得太远，单元被推向饱和，有几百个阀门（单元 × 步）几乎关死，其余的也关着一截。**爆炸只要一次就够了，留下的后果是消失。** 损失却看不出来：走之前、走之后都在 1.4 上下（四选一瞎猜是 $\ln 4\approx1.39$）。
#
# 裁剪过的一步也不是什么都没动：它把三十变成了三，阀门也关小了一点，但没有毁掉它，五十步之外还传得过来。
#
# 为什么损失没有冲上天？常听的解释是“tanh 有界”，这还不够：读出层没有界，它要是也被抛出去，分数和损失照样可以很大。多半因为炸开的只有循环层：上面打印着，它的梯度有几十长，读出层的不到 1，乘上学习率 0.1，一步只挪动百分之几。读出层还在原处，状态又都在 ±1 之间，分数就大不了。损失不涨，可也不再降：下面的选读接着训练 200 步，不裁剪的三个网络都停在瞎猜。

# %% [markdown] lang="en" of="31083918.a048dfe9"
# In all three networks a single step takes the spectral norm at lag 50 from thirty or forty to less than a millionth. The picture on the right is the scene of the accident: before the step most valves stood wide open; the step went too far, units were driven into saturation, and now hundreds of valves (units × steps) are all but shut and most others partly. **One explosion is enough, and what it leaves behind is a vanishing gradient.** The loss gives nothing away: about 1.4 before and about 1.4 after (guessing one in four is $\ln 4\approx1.39$).
#
# The clipped step leaves its mark as well: it turned thirty into three and closed the valves a little. But it did not wreck the network; from fifty steps back the gradient still arrives.
#
# Why did the loss not shoot up? "Because tanh is bounded" is the usual answer and not enough: the readout is not bounded, and had it been thrown as well, scores and loss could be as large as you like. Most likely it is that only the recurrent layer blew up: as printed above, its gradient is dozens long, the readout's less than 1, and times the learning rate of 0.1 that moves it by a few hundredths. With the readout where it was and states within ±1, scores stay small. The loss does not rise, but neither does it fall again: the optional section below trains on for 200 steps, and all three networks without clipping are left guessing.

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
def gradient(model, limit):
    """所有参数的梯度首尾相接 (P,)，先照 limit 裁剪 || The gradients of all parameters end to end (P,), clipped as limit says"""
    twin = copy.deepcopy(model)
    for mine, theirs in zip(twin.parameters(), model.parameters()):
        mine.grad = theirs.grad.clone()
    limit_gradient(twin, limit)
    return torch.cat([p.grad.flatten() for p in twin.parameters()])


LABELS = {
    "none": "不裁剪 || no clipping",
    "norm": "按范数，上限 1 || by norm, bound 1",
    "value": "按值，上限 0.1 || by value, bound 0.1",
    "tight": "按值，上限 0.03 || by value, bound 0.03",
}


def compare(limit):
    """打印裁剪后的长度、和原来的余弦 -> 余弦，三个网络 || Print the lengths after clipping -> cosines with the original"""
    before, after = ([gradient(m, way) for m in exploding] for way in ("none", limit))
    cosines = [F.cosine_similarity(*pair, dim=0) for pair in zip(before, after)]
    print(LABELS[limit])
    show("  长度 || length", *(a.norm() for a in after))
    show("  余弦 || cosine", *cosines, digits=4)
    return torch.stack(cosines)


def shrunk(model, limit):
    """每个分量缩小到几分之几（原来不是 0 的那些） || To what fraction each component shrank (those that were not 0)"""
    before, after = gradient(model, "none"), gradient(model, limit)
    return after[before != 0] / before[before != 0]


cosine = {limit: compare(limit) for limit in ("none", "norm", "value")}
spread = torch.stack([shrunk(m, "value").std() for m in exploding])
kept = all(shrunk(m, "norm").std() < 1e-12 for m in exploding)
turned = (cosine["value"] < 0.9).all()
claim("Q4e", kept and turned, norm=cosine["norm"][0], value=cosine["value"][0])
# 按值裁剪时，各分量缩小的倍数不同 || by value, the components shrink by different factors
claim("Q4e-control", not (spread < 1e-3).any(), spread=spread[0])

# %% [markdown] name="clip-direction-meaning" covers=["A-17"]
# 按范数裁剪，所有分量缩小同样的倍数，方向一丝不变；按值裁剪把大分量削平、小分量留着，箭头就转了。
#
# 裁剪治不了什么，也要说清楚。按范数裁剪，缩小的倍数对所有步都一样。第 3 章说每一步都给 $W_h$ 投一票；如果“法国”那一步的票只有最后一步的亿分之一，裁剪之后还是亿分之一。（按值裁剪只削平大数，小数也不会因此变大。）**裁剪不让爆炸把权重抛出去，可它治不了消失。**
#
# 从这里起，全课的训练循环都带着这一行：`course_utils.training.fit` 里的 `clip_grad_norm_`，次序是 `backward` → 裁剪 → `step`。

# %% [markdown] lang="en" of="74efe7c3.0a8dd70e"
# Clipping by norm shrinks every component by the same factor and leaves the direction exactly alone. Clipping by value planes down the large components, keeps the small ones, and so turns the arrow.
#
# Be clear about what clipping does not cure. By norm, the factor is the same for all steps. In Chapter 3 every step cast a vote on $W_h$; if the vote of the step at "France" is a hundred-millionth of the last step's, it still is after clipping. (By value, only large numbers are planed down; small ones do not grow.) **Clipping stops an explosion from throwing the weights; it does not cure vanishing.**
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
for seed in progress(range(3), "五种，各训练三次 || five ways, three runs each"):
    for name, lr in LEARNING_RATE.items():
        limit = "none" if name == "slow" else name
        results[name].append(accuracy(sgd(seed, limit, steps=200, lr=lr), 50))


def learnt_by(name):
    return sum(a > 0.8 for a in results[name])


highest = {name: max(accuracies) for name, accuracies in results.items()}
lowest = {name: min(accuracies) for name, accuracies in results.items()}
only_norm = learnt_by("norm") >= 2 and highest["none"] < 0.4
claim("Q4j", only_norm, none=highest["none"], norm=lowest["norm"])
# 只把学习率调小：不裁剪也没事 || only the learning rate is smaller: no clipping needed
claim("Q4j-control", learnt_by("slow") >= 2, slow=lowest["slow"])
claim("Q4j-value", highest["value"] < 0.7, value=highest["value"])
# 只把上限降到 0.03：按值裁剪也过得去 || only the bound is lower, 0.03: by value gets past it too
claim("Q4j-value-control", not highest["tight"] < 0.7, tight=highest["tight"])

print("第一步的梯度，按值裁剪之后 || the gradient of the first step, clipped by value")
for limit in ("value", "tight"):
    compare(limit)

# %% name="clip-train-figure" tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(7, 3.3))
ways = LABELS | {"slow": "不裁剪，学习率 0.003 || no clipping, learning rate 0.003"}
for row, (name, accuracies) in enumerate(results.items()):
    ax.plot(accuracies, [row - 0.15, row, row + 0.15], "o", color="C0", markersize=8)
ax.axvline(0.25, color="black", linestyle=":", linewidth=1)
ax.text(0.265, 4.4, "瞎猜 || guessing")
ax.set(yticks=range(5), yticklabels=[ways[name] for name in results])
ax.set(xlim=(0, 1.03), ylim=(-0.5, 4.7), title="一个点一个种子 || one dot for each seed")
ax.set_xlabel("正确率（隔 50 个词） || accuracy (50 words in between)")
ax.invert_yaxis()
plt.show()

# %% [markdown] name="clip-meaning" covers=["A-17"]
# 没有裁剪的三次，都停在瞎猜。按范数裁剪的学会了。上限 0.1 的按值裁剪没学会，但别急着怪方向：上面打印着，它第一步用的梯度有 3 左右那么长，按范数的只有 1；上限降到 0.03，长度缩到 1.1，方向转得更厉害，却照样学会。按值裁剪的麻烦在于，上限管的是每个分量，一步总共多长，事先看不出来。
#
# 最后一组提醒我们裁剪**不是魔法**：把每一步都走得很小，也不会出事，只是平路上也得跟着慢；裁剪的好处是只在陡的地方减速。

# %% [markdown] lang="en" of="67b38c5e.becd124e"
# The three runs without clipping are left guessing. Those clipped by norm learnt. Clipped by value at 0.1 they did not, but do not blame the direction yet: as printed above, the gradient of that first step was about 3 long, against 1 for clipping by norm. Lower the bound to 0.03 and it shrinks to 1.1; the direction turns even further, and still they learn. The drawback of clipping by value is that the bound governs single components and does not tell you how long the whole step will be.
#
# The last group reminds us that clipping is **no magic**: take small steps everywhere and there is no accident either, except that you crawl on level ground too. What clipping buys is slowing down only where it is steep.

# %% [markdown] name="initialisation" covers=["C-17", "A-16"] tags=["optional"]
# ## 4.7 选读 · 从哪里出发：初始化、激活函数、归一化
#
# 4.8 节要用的那个起点在那里会重新说明，跳过这一节不误事。治消失要从两个主人下手：让 $W_h$ 不缩，让阀门不关。常见的几种起点：
#
# | 名字 | $W_h$ | $f$ | 想法 |
# |---|---|---|---|
# | PyTorch 默认 | 均匀分布 $\pm1/\sqrt H$ | tanh | 对线性层常用；做 $W_h$，谱半径约 0.6 |
# | 正交 | 随机正交矩阵 | tanh | 只旋转，不伸缩 |
# | 恒等 + ReLU（IRNN，Le 等 2015） | $I$ | ReLU | 照抄自己；阀门一开就是全开 |
#
# 最后一种一次改了两样，所以另有两组**对照**，各改其中一样：恒等 + tanh、正交 + ReLU。每一种都喂安静的（标准差 0.1；从这里起，“安静”是音量小，不再是 0）和嘈杂的（标准差 1）输入，看间隔 100。下面的 `step_jacobians` 让 autograd 求每一步的雅可比矩阵，这样换什么单元都能量。

# %% [markdown] lang="en" of="78a84a70.de019617"
# ## 4.7 Optional · Where to start from: initialisation, activation, normalisation
#
# Section 4.8 introduces the one starting point it needs, so this section can be skipped. Against vanishing you have to win over both owners: a $W_h$ that does not shrink, valves that do not shut. Some common starting points:
#
# | name | $W_h$ | $f$ | idea |
# |---|---|---|---|
# | PyTorch's default | uniform in $\pm1/\sqrt H$ | tanh | used for linear layers as well; as $W_h$, spectral radius about 0.6 |
# | orthogonal | random orthogonal matrix | tanh | rotate, don't stretch |
# | identity + ReLU (IRNN, Le et al. 2015) | $I$ | ReLU | copy yourself; an open valve is wide open |
#
# The last one changes two things at once, so two **controls** change one of them each: identity + tanh, orthogonal + ReLU. Each gets quiet input (standard deviation 0.1; from here on "quiet" means soft, no longer zero) and noisy input (standard deviation 1), and we look at lag 100. `step_jacobians` below lets autograd find the Jacobian of each step, so that it measures any kind of cell.

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


def start_matrix(kind, generator):
    if kind == "default":
        return (2 * torch.rand(H, H, generator=generator) - 1) / H**0.5
    if kind == "orthogonal":
        return random_matrix("orthogonal", 1.0, generator)
    return torch.eye(H)


def from_start(kind, f, std, seed=0):
    generator = torch.Generator().manual_seed(seed)
    W_h = start_matrix(kind, generator)
    x = std * torch.randn(120, H, generator=generator)  # (T, H)

    def step(h, x_t):
        return f(W_h @ h + x_t)

    return lag_norms(step_jacobians(step, x, torch.zeros(H)))[:100]


STARTS = {
    "默认 + tanh || default + tanh": ("default", torch.tanh),
    "正交 + tanh || orthogonal + tanh": ("orthogonal", torch.tanh),
    "恒等 + ReLU || identity + ReLU": ("identity", torch.relu),
    "恒等 + tanh || identity + tanh": ("identity", torch.tanh),
    "正交 + ReLU || orthogonal + ReLU": ("orthogonal", torch.relu),
}
at_100 = {}
for std in (0.1, 1.0):
    show("间隔 100，三个网络；输入的标准差 || lag 100, three networks; std of the input", std)
    for label, (kind, f) in STARTS.items():
        ends = torch.stack([from_start(kind, f, std, seed)[99] for seed in range(3)])
        at_100[kind, f, std] = ends
        print("  ", *(f"{v:.0e}" for v in ends), "  ", label)
generators = [torch.Generator().manual_seed(seed) for seed in range(5)]
matrices = [start_matrix("default", generator) for generator in generators]
radius = [torch.linalg.eigvals(W).abs().max() for W in matrices]
print("默认的谱半径 || spectral radius of the default", *(f"{r:.1f}" for r in radius))

identity = at_100["identity", torch.relu, 1.0]
others = at_100["default", torch.tanh, 1.0], at_100["orthogonal", torch.tanh, 1.0]
both_gone = torch.cat(others).max() < 1e-15
claim("Q4k", (identity > 0.5).all() and both_gone, identity=identity.min())
# 只把 ReLU 换回 tanh || only ReLU goes back to tanh
without_relu = at_100["identity", torch.tanh, 1.0]
claim("Q4k-control", not (without_relu > 0.5).any(), left=without_relu.max())
# 只把恒等矩阵换成正交的 || only the identity goes, for an orthogonal matrix
rotating = at_100["orthogonal", torch.relu, 1.0]
claim("Q4k-identity-control", not (rotating > 0.5).any(), left=rotating.max())

# %% name="init-figure"
# 表里的三种，第一个网络（种子 0） || the three of the table, first network (seed 0)
fig, axes = plt.subplots(1, 2, figsize=(8.5, 3.2), sharey=True)
for ax, std in zip(axes, (0.1, 1.0)):
    three = itertools.islice(STARTS.items(), 3)
    plotting.lag_profile(ax, {label: from_start(*start, std) for label, start in three})
    ax.set_title(f"输入的标准差 {std} || standard deviation of the input {std}")
axes[1].set_ylabel("")
plt.show()

# %% [markdown] name="init-meaning"
# 默认初始化两边都不行，因为它的谱半径本来就只有 0.6 左右。正交矩阵在安静的输入下一百步还剩千分之几，一嘈杂也照样消失。恒等加 ReLU 两边都稳稳地是 1，而且缺一不可：只换回 tanh，或者只换成正交矩阵，嘈杂的输入下都什么也不剩。道理是，谱范数看的是最好的那个方向，只要有一个单元一百步里没关过，它就照抄自己，不缩不放。
#
# 那为什么不人人都用 ReLU？它没有天花板：$W_h$ 大了，状态和梯度一起往上涨，没有饱和来兜底（在 4.4 节的页面里选 ReLU 和正交，把 $\rho$ 拖到头看看）。会饱和的单元稳当，却会关阀门；不饱和的单元开着阀门，却会爆炸。第 5 章的门控单元想绕开的就是这个选择。

# %% [markdown] lang="en" of="dbe58b08.53891a7f"
# The default fails either way, since its spectral radius is only about 0.6 to begin with. The orthogonal matrix keeps a few thousandths over a hundred steps of quiet input, and under noise vanishes as well. Identity with ReLU sits at 1 both times, and it takes both: with tanh alone put back, or the orthogonal matrix alone, nothing is left under noise. The reason is that the spectral norm looks at the best direction: one unit that has not been off in a hundred steps copies itself, neither shrinking nor growing.
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


def grown(cell, rho, std, seed, lag=50):
    """间隔 lag / 间隔 1 || lag / lag 1"""
    generator = torch.Generator().manual_seed(seed)
    W_h = random_matrix("orthogonal", rho, generator)
    x = std * torch.randn(lag + 50, H, generator=generator)
    norms = lag_norms(step_jacobians(cell(W_h), x, torch.zeros(H))[-lag:])
    return norms[-1] / norms[0]


def over_radii(cell):
    """三个网络，五个谱半径 -> (3, 5) || Three networks, five spectral radii -> (3, 5)"""
    rows = [[grown(cell, rho, 0.1, seed) for rho in radii] for seed in range(3)]
    return torch.tensor(rows)


radii = (0.5, 0.9, 1.5, 3.0, 9.0)
plain, normed = over_radii(plain_cell), over_radii(layernorm_cell)
print("三个网络（行），谱半径（列） || three networks (rows), spectral radius (columns)", *radii)
for label, table in (("普通 || plain", plain), ("LayerNorm", normed)):
    print(label)
    for row in table:
        print("  ", *(f"{v:.0e}" for v in row))
span, normed_span = (t.max(dim=1).values / t.min(dim=1).values for t in (plain, normed))
narrow, wide = (normed_span < 1e3).all(), (span > 1e18).all()
claim("Q4l", narrow and wide, plain=span.min(), layernorm=normed_span.max())
# 只把输入调响：LayerNorm 也救不了 || only the input is louder: LayerNorm does not help
loud_ends = torch.stack([grown(layernorm_cell, 0.5, 1.0, seed) for seed in range(3)])
claim("Q4l-control", not (loud_ends > 1e-15).any(), layernorm=loud_ends.max())

far = [grown(layernorm_cell, 1.5, 0.1, seed, lag=500) for seed in range(3)]
print("LayerNorm，ρ = 1.5，间隔 500 || LayerNorm, ρ = 1.5, lag 500", *(f"{v:.0e}" for v in far))
shut_share = ((1 - network(9.0, 0.1, "orthogonal")[0] ** 2) < 0.1).double().mean()
show("普通，ρ = 9，1 − h² 小于 0.1 的占 || plain, ρ = 9, share of 1 − h² below 0.1", shut_share, digits=1)

try:
    nn.RNN(3, 4, layer_norm=True)
except TypeError:
    print("nn.RNN 没有 layer_norm 这个参数 || nn.RNN has no argument layer_norm")

# %% name="layernorm-figure"
fig, ax = plt.subplots(figsize=(6, 3))
for table, marker, colour, label in (
    (plain, "o-", "C0", "普通 || plain"), (normed, "s--", "C1", "LayerNorm")
):
    # 一条线一个网络 || one line for each network
    lines = ax.loglog(radii, table.T, marker, color=colour)
    lines[0].set_label(label)
ax.axhline(1, color="black", linewidth=0.8)
ax.set(xlabel="谱半径 || spectral radius", xticks=radii, xticklabels=radii)
ax.set_ylabel("间隔 50 / 间隔 1 || lag 50 / lag 1")
ax.minorticks_off()
ax.legend()
plt.show()

# %% [markdown] name="layernorm-meaning" covers=["!31"]
# 普通单元从 $10^{-15}$ 一路走到几十亿倍以上（到了 9，八成的阀门几乎关死，上面打印着；可没关的那几个一次放大九倍，饱和也兜不住了）；LayerNorm 单元的起伏不到两个数量级。三个网络都是这样。归一化把谱半径的影响基本抹掉了：它不管 $W_h$ 整体是大是小，只看**比例**，也就是这一步的内容里，有多少来自记忆，有多少来自输入。
#
# 可是别漏看 LayerNorm 那几行：走五十步，梯度还是**长**了，最多几百倍。除以标准差，往回走时就是乘上它的倒数；LayerNorm 管住的是往前走的音量，没有保证往回走是 1。五十步几百倍还不要紧，走五百步就不行了：上面打印着，三个网络长了几百万倍到千万亿倍，照样爆炸，所以裁剪不能省。
#
# 比例不对，它也帮不上忙：对照里只把输入调响，输入盖过了记忆，梯度照样消失。所以 LayerNorm 让训练不那么挑初始化，但不是长期记忆的保证。第 9 章会把它装进 LSTM。

# %% [markdown] lang="en" of="a17c3365.4d4bcbbb"
# The plain cell goes all the way from $10^{-15}$ to thousands of millions and more (at 9 four valves in five are all but shut, as printed above; but the few that are not enlarge ninefold, and saturation no longer catches it). The LayerNorm cell varies by less than two orders of magnitude. So it is in all three networks. Normalising all but wipes out the effect of the spectral radius: it does not care whether $W_h$ as a whole is large or small, only about **proportion**, that is, how much of this step's content comes from memory and how much from the input.
#
# Do not overlook the lines of LayerNorm, though: over fifty steps the gradient still **grows**, by up to several hundred. To divide by the standard deviation is, on the way back, to multiply by its inverse. LayerNorm controls the volume going forward; it does not promise a factor of 1 going back. Several hundred over fifty steps does no harm, but over five hundred, as printed above, the three networks grow by factors from some millions to $10^{15}$: an explosion. Clipping stays.
#
# When the proportion is wrong it cannot help either. In the control only the input is louder; it drowns the memory, and the gradient vanishes as usual. LayerNorm makes training less fussy about initialisation; it does not guarantee long memory. Chapter 9 builds it into an LSTM.

# %% [markdown] name="back-to-france" covers=["C-19", "!40"]
# ## 4.8 回到“法国”：学得会吗？
#
# 现在可以回答第三问了。先看未经训练的网络：损失对句子里**每一个词**的梯度有多大？要是“法国”那里什么也没传到，训练就无从知道该记住它。

# %% [markdown] lang="en" of="fa4f1b0e.1eb991a9"
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


def at_france(gap, seeds=3, **start):
    """“法国”处的梯度 / 最后一个词处的梯度 -> (seeds,) || gradient at “France” / gradient at the last word -> (seeds,)"""
    models = [word_model(seed, **start) for seed in range(seeds)]
    gradients = [gradient_per_word(model, gap) for model in models]
    return torch.stack([gradient[2] / gradient[-1] for gradient in gradients])


# 三样一起改：W_h 正交，输入缩到二十分之一，偏置清零 || three changes at once: W_h orthogonal, input a twentieth, biases 0
LEVEL = {"gain": 1.0, "input_scale": 0.05, "zero_bias": True}
CHANGES = {
    "默认 || default": {},
    "只换成正交的 W_h || orthogonal W_h only": {"gain": 1.0},
    "三样都改 || all three changed": LEVEL,
}
print("“法国” / 最后一个词，三个网络 || “France” / last word, three networks")
for gap in (10, 100):
    print(f"隔 {gap} 个词 || {gap} words between")
    for label, start in CHANGES.items():
        print("  ", *(f"{v:.0e}" for v in at_france(gap, **start)), "  ", label)
default = at_france(100)
claim("Q4m", (default < 1e-15).all(), fraction=default[0])
# 只换 W_h：多出二十来个数量级，还是太小 || only W_h: some twenty orders of magnitude more, and still too small
rotated = at_france(100, gain=1.0)
claim("Q4m-control", not (rotated < 1e-15).any(), fraction=rotated[0])

# %% name="france-gradient-figure" tags=["hide-input"]
fig, ax = plt.subplots(figsize=(9, 3))
one_sentence, _ = sentences(1, 10, torch.Generator().manual_seed(2))
for marker, (label, start) in zip("o^s", CHANGES.items()):
    gradients = gradient_per_word(word_model(0, **start), 10)
    ax.semilogy(gradients / gradients[-1], marker, label=label)
ax.axhline(1, color="black", linewidth=0.8)
ax.set_ylabel("梯度 / 最后一个词的梯度 || gradient / that of the last word")
ax.yaxis.label.set_fontsize(9)
ax.set_title("隔 10 个词，第一个网络 || 10 words in between, first network")
ax.set_xticks(range(18), [WORDS[i] for i in one_sentence[0]], rotation=40)
ax.legend(loc="lower right")
plt.show()

# %% [markdown] name="france-train-intro"
# 默认初始化只隔 10 个词，“法国”那里就不到最后一个词的万分之一；隔 100 个词，已经小得没有意义了。把起点改三处，一百个词之外还有三成左右：
#
# * $W_h$ 换成**正交**矩阵：只旋转，不伸缩；
# * 输入**安静**：$W_x$ 缩到二十分之一；
# * **偏置清零**。这一处最容易漏掉。偏置是每一步都来的输入：正交矩阵不会让它淡去，单元总是离 0 有一段距离，每一步的阀门都关着一点；一点点乘一百次，就什么也不剩了。PyTorch 的偏置默认不是零。
#
# 三样都改了，功劳算谁的？**每样单独去掉一次才知道。** 三样各有改与不改，共 $2\times2\times2=8$ 种起点。先量训练之前“法国”收到的梯度，八种都量；再训练其中六种：三样齐备、各少一样、只有正交、一样也不改。结构、数据、Adam、学习率、步数（160）统统不变，只有起点不同，每种训练几个种子。

# %% [markdown] lang="en" of="81ca00a7.5aa1a715"
# With the default initialisation and as few as 10 words in between, "France" receives less than a ten-thousandth of what the last word gets; with 100 words the figure is too small to mean anything. Change three things about the start, and about a third is left even a hundred words away:
#
# * $W_h$ becomes **orthogonal**: it rotates and does not stretch;
# * the input is **quiet**: $W_x$ is scaled to a twentieth;
# * the **biases are zero**. This is the one that is easily overlooked. A bias is an input that comes at every step: an orthogonal matrix does not let it fade, the units are kept away from 0, and every valve is shut a little at every step; a little, a hundred times over, leaves nothing. PyTorch's biases are not zero by default.
#
# With three changes, which of them deserves the credit? **Take each one away alone and see.** Each of the three made or not, that is $2\times2\times2=8$ starts. First measure what gradient "France" receives before training, in all eight; then train six of them: all three changes, each one missing in turn, orthogonal alone, none at all. Architecture, data, Adam, learning rate and number of steps (160) stay as they are; only the start differs, with several seeds for each.

# %% name="bet-france-train"
predict("Q4n")

# %% name="france-corners" covers=["C-19", "C-17"]
CONDITIONS = {
    "gain": "正交 || orthogonal",
    "input_scale": "安静 || quiet",
    "zero_bias": "偏置零 || zero bias",
}
NONE = {"gain": None, "input_scale": 1.0, "zero_bias": False}
print("隔 100 个词，“法国” / 最后一个词，三个网络 || 100 words between, “France” / last word, three networks")
for count in (3, 2, 1, 0):
    for kept in itertools.combinations(CONDITIONS, count):
        fractions = at_france(100, **NONE | {key: LEVEL[key] for key in kept})
        words = " + ".join(CONDITIONS[key] for key in kept) or "一样也没有 || none"
        print("  ", *(f"{v:.0e}" for v in fractions), "  ", words)

# %% name="france-train" covers=["C-19", "!40"]
def trained(seed, start):
    model = word_model(seed, **start)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return accuracy(train(model, optimizer, 160, 100, seed, "norm"), 100)


# 名字、起点、几个种子 || label, start, number of seeds
ROADS = {
    "all": ("三样齐备 || all three", LEVEL, 4),
    "no-rotation": ("少了正交 || without orthogonal", LEVEL | {"gain": None}, 3),
    "no-quiet": ("少了安静 || without quiet", LEVEL | {"input_scale": 1.0}, 3),
    "no-zero": ("少了偏置零 || without zero bias", LEVEL | {"zero_bias": False}, 4),
    "rotation": ("只有正交 || orthogonal alone", {"gain": 1.0}, 2),
    "none": ("一样也没有 || none", {}, 2),
    # 另加一种：偏置默认，W_h 是正交矩阵的 1.2 倍 || one more: default bias, W_h 1.2 times an orthogonal matrix
    "wider": (
        "少了偏置零，正交 × 1.2 || without zero bias, orthogonal × 1.2",
        LEVEL | {"zero_bias": False, "gain": 1.2}, 4
    ),
}
runs = [(road, seed) for road, (_, _, seeds) in ROADS.items() for seed in range(seeds)]
reached = {road: [] for road in ROADS}
for road, seed in progress(runs, "七种起点，共 22 次 || seven starts, 22 runs"):
    reached[road].append(trained(seed, ROADS[road][1]))


def learnt(road):
    """几个种子学会了 || how many seeds have learnt it"""
    return sum(a > 0.8 for a in reached[road])


no_quiet, no_rotation = max(reached["no-quiet"]), max(reached["no-rotation"])
claim("Q4n", learnt("all") >= 3, accuracy=min(reached["all"]))
claim("Q4n-control", not learnt("no-zero") >= 3, learnt=learnt("no-zero"))
claim("Q4n-quiet-control", not no_quiet > 0.4, accuracy=no_quiet)
claim("Q4n-orthogonal-control", not no_rotation > 0.4, accuracy=no_rotation)

# %% name="france-train-figure" tags=["nbval-ignore-output"]
fig, (before_ax, after_ax) = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True)
for row, (road, (label, start, seeds)) in enumerate(ROADS.items()):
    # 同一个种子在左右两图里一样高 || a seed stands equally high on both sides
    heights = row + 0.15 * torch.arange(seeds) - 0.2
    before_ax.semilogx(at_france(100, seeds, **start), heights, "o", color="C0")
    after_ax.plot(reached[road], heights, "o", color="C0")
after_ax.axvline(0.25, color="black", linestyle=":", linewidth=1)
after_ax.text(0.28, 5.3, "瞎猜 || guessing", fontsize=9)
before_ax.set(yticks=range(7), yticklabels=[label for label, _, _ in ROADS.values()])
before_ax.set(xlim=(1e-36, 1e3), ylim=(6.6, -0.6), title="训练之前 || before training")
before_ax.set_xlabel("梯度：“法国” / 最后一个词 || gradient: “France” / last word")
after_ax.set(xlim=(0, 1.05), title="训练 160 步之后 || after 160 steps of training")
after_ax.set_xlabel("正确率（隔 100 个词） || accuracy (100 words between)")
plt.show()

# %% [markdown] name="france-meaning" covers=["!40", "C-19"]
# 一个点一个种子，同一个种子在左右两图里一样高。先看前六行，八种起点里的六种：三样齐备的，四个种子都学会了；少了正交、少了安静，都停在瞎猜；少了偏置零，四个里只碰巧学会一个。没训练的那两种，梯度比“只有正交”的还小。没有添任何新部件，就是第 2 章的 `nn.RNN`，只用 160 步，就用上了一百个词之前的“法国”。
#
# 三样其实是一件事的三面：**每一步的椭圆都要接近一个圆。** 正交管 $W_h$，安静和零偏置管阀门：到达单元的 $W_x x_t + b$ 不大，单元就不饱和。
#
# 这也不是唯一的路，看最后一行：偏置留着默认值，$W_h$ 取正交矩阵的 1.2 倍，四个种子里学会三个，正是左图里“法国”收到的梯度接近或超过 1 的那三个；没学会的那个只剩百分之三。道理相同：默认的偏置把阀门关小了一截，1.2 倍又补回来，椭圆又接近圆了。只是补多少合适，要看网络的运气。别把“正交初始化就行”当成药方；单元数、任务换了，各样要多严也会变。
#
# 所以准确的说法是：**不是表示不了，是学不会；而在这道题上，学不会是因为起点不对。** 也别高兴得太早。这里的不相干词只是轻轻的干扰，任务只要求记住一样东西；输入一旦嘈杂，4.3 节的阀门又会关小。正交的起点也只是起点，训练会把它带往别处。想要一条不靠运气的路，得改单元本身。

# %% [markdown] lang="en" of="37a69857.aa6c3de9"
# One dot for each seed, and a seed stands equally high on both sides. First the upper six rows, six of the eight starts: with all three conditions all four seeds have learnt it; without orthogonality or without quiet they are left guessing; without zero biases one in four has learnt it by luck. The two starts that were not trained have less gradient than "orthogonal alone". No new parts, just the `nn.RNN` of Chapter 2, and in a mere 160 steps it uses "France" from a hundred words back.
#
# The three are really three sides of one thing: **at every step the ellipse must be close to a circle.** Orthogonality looks after $W_h$, quiet input and zero biases after the valves: as long as $W_x x_t + b$ stays small, the units do not saturate.
#
# Nor is this the only road; see the last row. With default biases and $W_h$ 1.2 times orthogonal, three of four seeds learn it: the three whose gradient at "France", on the left, is near or above 1. The one that does not has three hundredths left. The reason is the same: default biases shut the valves a little, the factor of 1.2 makes up for it, and the ellipse is near a circle again. But how much is the right amount depends on the network's luck. Do not take "orthogonal initialisation" for the whole recipe; with other sizes and tasks, how strict each condition must be will vary.
#
# Put precisely: **the trouble is not that an RNN cannot represent it but that it does not learn it, and on this task that was the fault of the starting point.** Nor should we celebrate too soon. Here the unrelated words were gentle and there was one thing to remember; let the input grow noisy and the valves of section 4.3 close again. And an orthogonal start is only a start: training moves away from it. For a road that does not depend on luck, the cell itself has to change.

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
def remembered(loop):
    """三个网络：平均正确率，谱范数 || Three networks: mean accuracy, spectral norms"""
    models = [hand_set(loop, seed) for seed in range(3)]
    right = sum(accuracy(model, 100) for model in models) / 3
    return right, torch.stack([inspect(model, 100)[0][99] for model in models])


print("W_h     正确率    间隔 100 的谱范数，三个网络 || W_h     accuracy  spectral norm at lag 100, three networks")
table = {loop: remembered(loop) for loop in (0.9, 1.2, 1.5, 2.0, 3.0)}
for loop, (right_share, at_lag) in table.items():
    print(f"{loop} I      {right_share:4.0%}   ", *(f"{v:.0e}" for v in at_lag))
firm, firm_norms = table[2.0]
claim("Q4o", firm == 1 and firm_norms.max() < 1e-50, left=firm_norms.max())
# 只改 W_h：健忘的那个反而留着多得多的梯度 || only W_h changes: the forgetful one keeps far more gradient
forgetful = table[0.9][1]
claim("Q4o-control", not (forgetful < 1e-50).any(), left=forgetful.min())

# %% [markdown] name="dilemma-meaning" covers=["H-07", "C-13", "!5"]
# 从上往下看：0.9 和 1.2 记不住，梯度在 $10^{-10}$ 到 $10^{-7}$ 之间；1.5 差不多锁得住了，梯度跌到 $10^{-28}$ 以下；到了 2 和 3，全对，梯度也小得离谱。记性最好的网络，梯度最小。这不是巧合：单元被推一下会弹回去，所以干扰冲不走它；可“推一下会弹回去”翻译成导数，就是 $|\partial h_t/\partial h_{t-1}|<1$（停在 $\pm0.96$ 上，是 $2\times(1-0.96^2)<0.2$），连乘一百次当然什么也不剩。**抗干扰和传梯度，要的是相反的东西。** 信息还在，梯度没了：传话游戏的比喻到这里就断了。
#
# 这个两难有一段历史：
#
# * **1991 年**，Sepp Hochreiter 在慕尼黑工业大学用德语写的毕业论文（Diplomarbeit，导师 Jürgen Schmidhuber）里，第一次分析了误差往回传时会指数地消失或爆炸。
# * **1994 年**，Bengio、Simard 和 Frasconi 在《Learning Long-Term Dependencies with Gradient Descent is Difficult》里证明了上面的两难：要稳稳地存住一位信息，梯度就必然随间隔衰减。题目说的是 *difficult*，不是 *impossible*。
# * **2013 年**，Pascanu、Mikolov 和 Bengio 用奇异值给出了 4.5 节的两个条件，也让按范数裁剪流行开来。
#
# 1997 年的 LSTM 走了另一条路：让记忆单元每步原样照抄自己，由“门”来决定什么时候写、什么时候读。它**缓解**了梯度消失，没有消灭它，更不防爆炸；缓解多少，第 5 章用同一台显微镜去量。

# %% [markdown] lang="en" of="8343beaa.272c7cb6"
# Read the table downwards. 0.9 and 1.2 do not remember, and their gradient is somewhere between $10^{-10}$ and $10^{-7}$; at 1.5 the latch all but holds, and the gradient falls below $10^{-28}$; at 2 and 3 every answer is right and the gradient absurdly small. The best memory has the smallest gradient. That is no coincidence. A unit that springs back when pushed cannot be washed away by disturbances; but "springs back when pushed", put as a derivative, is $|\partial h_t/\partial h_{t-1}|<1$ (at rest on $\pm0.96$ it is $2\times(1-0.96^2)<0.2$), and of course nothing is left after a hundred factors. **Resisting noise and passing gradient ask for opposite things.** The information is there, the gradient is gone: this is where the game of telephone breaks down as an explanation.
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
# 后面各章不靠这一节。50 层的前馈网络也是 50 个雅可比矩阵连乘，只是每层的 $W$ 各不相同。激活函数换成 sigmoid 更糟：它的导数最大只有 $\tfrac14$，阀门开到最大也只有一条缝。下面三行是同样的三个网络（PyTorch 默认的权重），换的只是激活函数。

# %% [markdown] lang="en" of="31686428.6cbaf7a9"
# ## 4.10 Optional · Not a disease of RNNs alone
#
# No later chapter rests on this section. A feed-forward net of 50 layers multiplies 50 Jacobians as well; only its $W$ differs from layer to layer. With a sigmoid it is worse: its derivative is $\tfrac14$ at most, so even a valve wide open is no more than a crack. The three rows below are the same three networks (with PyTorch's default weights); only the activation differs.

# %% name="bet-deep"
predict("Q4p")

# %% name="deep" covers=["A-16"]
def through_layers(f, seed):
    """50 层前馈网络：‖∂(输出)/∂(输入)‖ || A feed-forward net of 50 layers: ‖∂output/∂input‖"""
    torch.manual_seed(seed)
    layers, h = [nn.Linear(H, H) for _ in range(50)], torch.randn(H)

    def through(h, layer):
        return f(layer(h))

    # 第 t 步换成第 t 层 || step t becomes layer t
    return lag_norms(step_jacobians(through, layers, h))[-1]


def linear(a):
    return a


ACTIVATIONS = {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "f(a) = a": linear}
deep = {}
for name, f in ACTIVATIONS.items():
    deep[name] = torch.stack([through_layers(f, seed) for seed in range(3)])
    print(f"{name:10s}", *(f"{v:.0e}" for v in deep[name]))
against_tanh = deep["sigmoid"] / deep["tanh"]
small = (against_tanh < 1e-15).all() and (deep["tanh"] < 1e-8).all()
claim("Q4p", small, ratio=against_tanh.max())
# 同样的矩阵，换掉的只是激活函数 || the same matrices, only another activation
without = deep["f(a) = a"] / deep["tanh"]
claim("Q4p-control", not (without < 1e-15).any(), ratio=without[0])

# %% [markdown] name="map" covers=["A-16", "A-17"]
# ## 4.11 一张诊断表
#
# 后面各章会反复用到：
#
# | 症状 | 先看什么 | 治法 | 在哪里 |
# |---|---|---|---|
# | 学不到远处 | $f'$ 的直方图，其次才是谱半径 | 正交或恒等初始化、安静的输入、偏置清零、门控单元 | 本章、第 5–7 章 |
# | 损失忽然停住，再也不降 | 裁剪**前**的梯度范数 | 按范数裁剪、更小的学习率 | 本章、第 14 章 |
# | 换个初始化就训练不动 | 各层的音量 | LayerNorm | 本章、第 9 章 |
# | 前馈网络很深 | 同样的连乘 | 残差连接（每层把输入原样加到输出上）、归一化 | 课外 |
# | 连乘太长 | 能不能不走那么多步 | 注意力：一步到位 | 第 11 章 |

# %% [markdown] lang="en" of="d7915e6d.9e62ce22"
# ## 4.11 A table for diagnosis
#
# For use throughout the coming chapters:
#
# | symptom | what to look at first | treatment | where |
# |---|---|---|---|
# | nothing distant is learnt | the histogram of $f'$; the spectral radius comes second | orthogonal or identity initialisation, quiet input, zero biases, gated cells | here, Chapters 5–7 |
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
# 1. 往回走 $k$ 步，乘的是 $k$ 个 $\operatorname{diag}(f')\,W_h$：一半是 $W_h$，另一半是单元有多饱和，而这由输入、偏置和 $W_h$ 一起决定；谱半径只说中了安静的时候。
# 2. 裁剪不让爆炸把权重抛出去，治不了消失；按范数缩短，不转方向。
# 3. 一百步之前的事，RNN 装得下也留得住，难在学会：记得越牢，梯度越小。

# %% [markdown] lang="en" of="950f07aa.530bf2b5"
# ## Three lines to remember
#
# 1. Going back $k$ steps multiplies $k$ factors $\operatorname{diag}(f')\,W_h$: half is $W_h$, half is how far the units are saturated, and that depends on input, biases and $W_h$ together; the spectral radius is right in silence only.
# 2. Clipping stops an explosion from throwing the weights; it does not cure vanishing. By norm, it shortens without turning.
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
