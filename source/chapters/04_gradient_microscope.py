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
# **阅读 30 分钟 · 动手 50 分钟 · 练习 30 分钟 · 难度 ⭐⭐⭐⭐**
#
# “乘数小于 1，梯度消失；大于 1，梯度爆炸。”这句话你大概听过。这一章不背它，而是去量。读完之后，你能够：
#
# 1. 把“往回走 $k$ 步还剩多少梯度”写成 $k$ 个矩阵的连乘，写十行代码把它量出来；
# 2. 说清权重、输入、激活函数各管哪一半，以及谱半径为什么会骗人；
# 3. 用裁剪挡住爆炸，并且知道它治不了什么；
# 4. 让一个普通的 RNN 学会用上一百个词之前的一个词。
#
# 需要的基础：第 2 章的循环单元，第 3 章的时间反向传播（δ 怎样一步步往回走）。线性代数只用到矩阵乘法，其余的现用现讲。

# %% [markdown] lang="en" of="bc7780f9.92da7245"
# # Chapter 4. The gradient microscope: vanishing and exploding
#
# **30 min reading · 50 min at the keyboard · 30 min exercise · difficulty ⭐⭐⭐⭐**
#
# "A factor below one and the gradient vanishes; above one and it explodes." You have probably heard that. This chapter does not recite it; it measures. By the end you can
#
# 1. write "how much gradient is left $k$ steps back" as a product of $k$ matrices, and measure it in ten lines of code;
# 2. say which half of the story belongs to the weights, which to the input and the activation, and how the spectral radius can mislead you;
# 3. stop an explosion by clipping, and know what clipping does not cure;
# 4. get a plain RNN to learn from a word a hundred words back.
#
# You need: the recurrent cell (Chapter 2) and back-propagation through time (Chapter 3: how δ travels back step by step). Of linear algebra, only matrix products; the rest is explained where it is used.

# %% name="setup"
import copy

import torch
from torch import nn
from torch.nn import functional as F
import matplotlib.pyplot as plt

from course_utils import language, plotting
from course_utils.checks import claim, show
from course_utils.explore import Explorer, live, predict, progress, quiz

language.use("中文 || English")      # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()                     # 带中文字体的图 || figures with a font that has Chinese
torch.set_num_threads(1)             # 小网络用一个线程最快 || small networks are fastest on one thread
torch.set_default_dtype(torch.float64)      # 这一章要量小到 1e-70 的数，单精度装不下 || this chapter meets numbers like 1e-70, too small for single precision

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

# %% [markdown] lang="en" of="c65a2d48.22340bd2"
# ## 4.1 "France", a hundred words ago
#
# > I grew up in **France** … (a hundred words) … so I can speak \_\_\_.
#
# The usual explanation is the whispering game: something is lost each time the message is passed on, after a hundred times nothing is left, and so "a basic RNN cannot connect the two ends". It sounds convincing, but it stirs three different questions into one:
#
# 1. **Can it hold it?** Is there any set of weights with which an RNN gets this right?
# 2. **Can it keep it?** A hundred unrelated words wash over the state. Will they wash "France" out?
# 3. **Can it learn it?** Starting from random weights, can the gradient find those weights?
#
# The first two need no training; we shall answer them by hand. First, the task: four countries, twenty unrelated words, and a distance of our choosing between the two ends.

# %% name="sentences"
COUNTRIES = ["法国 || France", "日本 || Japan", "德国 || Germany", "俄罗斯 || Russia"]
LANGUAGES = ["法 || French", "日 || Japanese", "德 || German", "俄 || Russian"]
FILLER = "今天 天气 很 好 我们 一起 去 市场 买 了 水果 和 面包 后来 又 看 电影 回家 吃饭 休息 || today the weather was fine we went to market bought some fruit and bread then saw a film at home".split()
START, GREW_UP = ["我 || I", "在 || grew up in"], ["长大 || ,"]
END = ["所以 || so", "我 || I", "会 || can", "说 || speak"]
WORDS = list(dict.fromkeys(COUNTRIES + FILLER + START + GREW_UP + END))      # 词表：国家是 0 到 3 号 || the vocabulary: countries are 0 to 3


def sentences(batch, gap, generator):
    """随机的句子，国家和结尾之间有 gap 个不相干的词 -> 词号 (B, gap + 8)，答案 (B,) || Random sentences with gap unrelated words between country and ending -> word numbers (B, gap + 8), answers (B,)"""
    answer = torch.randint(4, (batch,), generator=generator)
    filler = 4 + torch.randint(len(FILLER), (batch, gap), generator=generator)                                    # (B, gap)
    start, grew_up, end = (torch.tensor([WORDS.index(w) for w in part]).expand(batch, -1) for part in (START, GREW_UP, END))
    return torch.cat([start, answer[:, None], grew_up, filler, end], dim=1), answer


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
    model.embed.weight.normal_(std=0.2)                            # 不相干的词：干扰 || unrelated words: disturbance
    model.embed.weight[:4] = 3 * (2 * torch.eye(4) - 1)            # 国家：自己 +3，别人 -3 || countries: +3 for their own unit, -3 for the others
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
claim("Q4f-control", not accuracy(hand_set(loop=0.9), 100) > 0.5)      # 除了 0 没有别处可停，就真的忘了 || with nowhere to rest but 0, it does forget

# %% name="hand-strip"
ids, _ = sentences(1, 30, torch.Generator().manual_seed(2))          # 这一句说的是法国 || this one is about France
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

# %% [markdown] lang="en" of="31ae453e.36458424"
# In the upper strip the name of the country turns one row bright and three rows dark; from then on they tremble a little but never flip, and even a thousand words later every answer is right. The lower strip ($W_h = 0.9I$, nowhere to rest but 0) is what the whispering game looks like: the imprint fades step by step until only the latest disturbances are left.
#
# So "an RNN cannot remember what was said a hundred words ago" is not true: **it can hold it and it can keep it.** Whispers get garbled because nobody puts them right, whereas $h=\tanh(2h)$ says the message clearly again at every step. The suspect is the third question. Nobody tells a training program to put in $2I$; all it has is the gradient. The whispering game loses **information**. What we have to investigate is the **gradient**.

# %% [markdown] name="product" covers=["C-20", "!6"]
# ## 4.2 往回走一步，乘的是一个矩阵
#
# 第 3 章的消息 δ 每往回走一步，就遇到两个因子。换个角度，不跟踪某一条消息，而是问整条路：$h_{t-1}$ 动一点，$h_t$ 动多少？答案是一个矩阵（雅可比矩阵，Jacobian）；走 $k$ 步，就由链式法则把 $k$ 个乘起来：
#
# $$J_t = \frac{\partial h_t}{\partial h_{t-1}} = \underbrace{\operatorname{diag}(1-h_t^2)}_{H\times H,\ \text{由读到的内容决定}}\;\underbrace{W_h}_{H\times H,\ \text{由训练决定}} \qquad\qquad \frac{\partial h_T}{\partial h_{T-k}} = J_T\,J_{T-1}\cdots J_{T-k+1}$$
#
# 对角矩阵 $\operatorname{diag}(1-h_t^2)$ 是 tanh 的导数，一个单元一个，都在 0 和 1 之间：单元在 0 附近，它接近 1，门开着；单元饱和到 ±1，它接近 0，门就关了。（“门”在这一章只是比方，说的就是这个导数；LSTM 的门要到第 5 章才登场。）
#
# 所以没有*一个*“乘数”。乘上去的是矩阵，每步还不一样；两个因子，两个主人。要用一个数概括“还剩多少”，就取连乘积的**谱范数**（最大奇异值）：早先的状态往最有影响的方向动 1，现在的状态动多少。消息 δ 往回走，乘的是它的转置，最大奇异值一样；所以这个数也就是梯度走完这段路最多还剩几倍。

# %% [markdown] lang="en" of="740efb2f.4e6d9d29"
# ## 4.2 One step back multiplies by a matrix
#
# In Chapter 3 the message δ met two factors on every step back. Now look at the road rather than at one message on it: move $h_{t-1}$ a little, and how far does $h_t$ move? The answer is a matrix, the Jacobian; for $k$ steps the chain rule multiplies $k$ of them:
#
# $$J_t = \frac{\partial h_t}{\partial h_{t-1}} = \underbrace{\operatorname{diag}(1-h_t^2)}_{H\times H,\ \text{set by what is being read}}\;\underbrace{W_h}_{H\times H,\ \text{set by training}} \qquad\qquad \frac{\partial h_T}{\partial h_{T-k}} = J_T\,J_{T-1}\cdots J_{T-k+1}$$
#
# The diagonal matrix $\operatorname{diag}(1-h_t^2)$ holds the derivative of the tanh, one for each unit and always between 0 and 1. A unit near 0 has a derivative near 1: the door is open. A unit saturated at ±1 has a derivative near 0: the door is shut.
#
# So there is no *one* "factor". What multiplies is a matrix, a different one at each step, and its two parts have two owners. To sum up "how much is left" in one number, take the **spectral norm** (largest singular value) of the product: if the earlier state moves by 1 in the direction that matters most, how far does the present state move? The message δ, on its way back, is multiplied by the transpose, whose largest singular value is the same; so this number is also the most that a gradient can keep over that stretch of road.

# %% name="lag-norms" covers=["C-20"]
def jacobians(hs, W_h):
    """每一步的 diag(1 - h_t²) W_h。hs (T, H), W_h (H, H) -> (T, H, H) || diag(1 - h_t²) W_h for every step. hs (T, H), W_h (H, H) -> (T, H, H)"""
    return (1 - hs ** 2).unsqueeze(2) * W_h                        # 对角矩阵从左边乘 = 逐行缩放 || a diagonal matrix on the left scales the rows


def lag_norms(J):
    """‖∂h_T/∂h_{T-k}‖，k = 1 … T。J (T, H, H) -> (T,) || ‖∂h_T/∂h_{T-k}‖ for k = 1 … T. J (T, H, H) -> (T,)"""
    product, norms = torch.eye(J.shape[-1]), []
    for J_t in J.flip(0):                                          # 从最后一步往回走 || walk back from the last step
        product = product @ J_t                                    # (H, H)
        norms.append(torch.linalg.matrix_norm(product, 2))         # 最大奇异值 || largest singular value
    return torch.stack(norms)


# %% [markdown] name="autograd-check"
# 先拿 autograd 验一验。它不知道我们的公式，只会把 `nn.RNN` 从 $h_{T-k}$ 一路微分到 $h_T$。

# %% [markdown] lang="en" of="14d246a3.a3afcf54"
# First a check against autograd, which knows nothing of our formula and simply differentiates `nn.RNN` all the way from $h_{T-k}$ to $h_T$.

# %% name="bet-autograd"
predict("Q4g")

# %% name="autograd" covers=["C-20"]
torch.manual_seed(0)
rnn = nn.RNN(3, 8, batch_first=True)
x = 2 * torch.randn(1, 12, 3)                                      # (1, T, I)
with torch.no_grad():
    hs, W_h = rnn(x)[0][0], rnn.weight_hh_l0.clone()               # (T, H), (H, H)


def by_autograd(k):
    start = rnn(x[:, :-k])[1].detach() if k < 12 else torch.zeros(1, 1, 8)      # h_{T-k} (1, 1, H)；h_0 = 0 || h_{T-k} (1, 1, H); h_0 = 0
    J = torch.autograd.functional.jacobian(lambda h: rnn(x[:, -k:], h)[1].flatten(), start).flatten(1)      # (H, H)
    return torch.linalg.matrix_norm(J, 2)


truth = torch.stack([by_autograd(k) for k in range(1, 13)])
error = (lag_norms(jacobians(hs, W_h)) / truth - 1).abs().max()
claim("Q4g", error < 1e-10, relative_difference=error)

late = torch.cat([torch.zeros(1, 8), hs[:-1]])                     # 错一步：该用 h_t 的地方用了 h_{t-1} || off by one: h_{t-1} where h_t belongs
claim("Q4g-control", not (lag_norms(jacobians(late, W_h)) / truth - 1).abs().max() < 1e-2)

# %% [markdown] name="autograd-meaning"
# 显微镜可信。对照说明它也挑剔：导数里的状态只错开一步，读数就不对了。

# %% [markdown] lang="en" of="d38ca6dd.05bbbe0e"
# The microscope can be trusted. The control shows that it is particular, too: take the derivative at a state one step off and the reading is wrong.

# %% [markdown] name="two-worlds-intro" covers=["C-17", "C-18", "!6"]
# ## 4.3 同一个 0.9，两个世界
#
# 教科书的“乘数”多半指 $W_h$ 的**谱半径** $\rho$。矩阵有一些特别的方向，乘上去只变长短、不转方向，变长的倍数叫特征值；谱半径是特征值绝对值里最大的那个（特征值可以是复数，那是一边伸缩一边转圈；取绝对值，就只看伸缩）。把同一个矩阵乘很多次，长短终究由它决定。我们造一些随机的 $W_h$，把谱半径调到恰好 0.9，再喂两种输入：
#
# * **安静**：输入全为 0，单元都停在 0，tanh 几乎是一条直线；
# * **嘈杂**：到达每个单元的输入 $W_x x_t + b$ 是方差为 1 的随机数。
#
# 照“$0.9^{49}$”来算，从间隔 1 到间隔 50 应该剩下约 0.006，和输入无关。下注吧。（量的是**比值**：间隔 50 的谱范数除以间隔 1 的。）

# %% [markdown] lang="en" of="fd82480f.0250edb4"
# ## 4.3 The same 0.9, two worlds
#
# The textbook "factor" is usually the **spectral radius** $\rho$ of $W_h$. A matrix has certain directions that it only stretches and does not turn; the stretching factors are its eigenvalues, and the spectral radius is the largest of them in absolute value. (An eigenvalue may be complex, which means stretching while going round; its absolute value is the stretching.) Multiply by one and the same matrix many times, and it is what decides in the end. We make some random $W_h$, scale their spectral radius to exactly 0.9, and feed two kinds of input:
#
# * **quiet**: all inputs zero; every unit stays at 0, where tanh is all but straight;
# * **noisy**: what reaches each unit, $W_x x_t + b$, is random with variance 1.
#
# Going by $0.9^{49}$, about 0.006 should be left between lag 1 and lag 50, whatever the input. Place your bets. (We measure a **ratio**: the spectral norm at lag 50 over that at lag 1.)

# %% name="bet-quiet"
predict("Q4b")

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
        return rho * torch.linalg.qr(W).Q                          # 只旋转，不伸缩，再乘 rho || a rotation, no stretching, times rho
    return rho * W / torch.linalg.eigvals(W).abs().max()


def run(x, W_h):
    """h_t = tanh(W_h h_{t-1} + x_t)，h_0 = 0。x (T, H) 是已经到达单元的输入 -> (T, H) || h_t = tanh(W_h h_{t-1} + x_t), h_0 = 0. x (T, H) is the input as it reaches the units -> (T, H)"""
    h, hs = torch.zeros(H), []
    for x_t in x:
        h = torch.tanh(W_h @ h + x_t)                              # (H,)
        hs.append(h)
    return torch.stack(hs)


def profile(rho, std, kind="gaussian", seed=0):
    generator = torch.Generator().manual_seed(seed)
    W_h = random_matrix(kind, rho, generator)
    x = std * torch.randn(T, H, generator=generator)               # (T, H)
    return lag_norms(jacobians(run(x, W_h), W_h))                  # (T,)


def ratios(*args):
    """五个随机网络的 间隔 50 / 间隔 1 || lag 50 / lag 1 in five random networks"""
    profiles = torch.stack([profile(*args, seed=seed) for seed in range(5)])      # (5, T)；第 k - 1 列是间隔 k || (5, T); column k - 1 is lag k
    return profiles[:, 49] / profiles[:, 0]


quiet, noisy = ratios(0.9, 0.0), ratios(0.9, 1.0)
print("ρ = 0.9   0.9**49 =", f"{0.9 ** 49:.1e}")
print("安静 || quiet", *(f"{r:.0e}" for r in quiet))
print("嘈杂 || noisy", *(f"{r:.0e}" for r in noisy))
claim("Q4b", (1e-4 < quiet).all() and (quiet < 1e-1).all(), ratio=quiet[0])
claim("Q4b-control", not (1e-4 < noisy).any())
claim("Q4a", (noisy < 1e-9).all(), ratio=noisy[0])
claim("Q4a-control", not (quiet < 1e-9).any())                     # 同样的 W_h，只是安静 || the same W_h, only quiet

# %% name="large-radius" covers=["C-18", "!6"]
quiet, noisy = ratios(1.5, 0.0), ratios(1.5, 1.0)
print("ρ = 1.5   1.5**49 =", f"{1.5 ** 49:.1e}")
print("安静 || quiet", *(f"{r:.0e}" for r in quiet))
print("嘈杂 || noisy", *(f"{r:.0e}" for r in noisy))
claim("Q4c", (quiet > 1e5).all() and (noisy < 1e-2).all(), quiet=quiet[0], noisy=noisy[0])
claim("Q4c-control", not (noisy > 1e5).any() and not (quiet < 1e-2).any())      # 决定输赢的是输入 || it is the input that decides

# %% name="two-worlds-figure"
fig, ax = plt.subplots(figsize=(7, 3.6))
plotting.lag_profile(ax, {"$\\rho=1.5$，安静 || $\\rho=1.5$, quiet": profile(1.5, 0.0)[:50], "$\\rho=0.9$，安静 || $\\rho=0.9$, quiet": profile(0.9, 0.0)[:50],
                          "$\\rho=1.5$，嘈杂 || $\\rho=1.5$, noisy": profile(1.5, 1.0)[:50], "$\\rho=0.9$，嘈杂 || $\\rho=0.9$, noisy": profile(0.9, 1.0)[:50]})
ax.axhline(1, color="black", linewidth=0.8)
plt.show()

# %% [markdown] name="two-worlds-meaning" covers=["!6"]
# **同一个 0.9，差了大约十个数量级；同一个 1.5，一边爆炸，一边消失。** 四条线里，谱半径说中的只有两条安静的。
#
# 原因在另一个主人那里：嘈杂的输入把单元推向 ±1，$1-h_t^2$ 变小，门关上了。所以“小于 1 消失、大于 1 爆炸”要改成：
#
# * 决定梯度命运的，一半是权重，另一半是**此刻读到的内容**；
# * 谱半径只在单元几乎不饱和的时候说了算，“$\rho=0.9$，五十步之后小于百万分之一”之类的断言，不说明输入就没有意义。
#
# 两头之间有没有一条平路？有。正交矩阵只旋转、不伸缩，谱半径是 1；再加上安静的输入，梯度走多远都不变。

# %% [markdown] lang="en" of="13d7c8f3.8e81bc17"
# **The same 0.9, about ten orders of magnitude apart; the same 1.5, one exploding and one vanishing.** Of the four lines the spectral radius gets only the two quiet ones right.
#
# The reason lies with the other owner: noisy input drives the units towards ±1, $1-h_t^2$ shrinks, the doors shut. So "below one vanishes, above one explodes" has to be restated:
#
# * one half of a gradient's fate is the weights; the other half is **what the network is reading right now**;
# * the spectral radius has the last word only while the units are hardly saturated. "With $\rho=0.9$, less than a millionth is left after fifty steps" means nothing until you say what the input is.
#
# Is there a level road between the two? There is. An orthogonal matrix rotates without stretching, and its spectral radius is 1. With quiet input as well, the gradient stays the same however far it goes.

# %% name="bet-orthogonal"
predict("Q4d")

# %% name="orthogonal" covers=["C-17", "C-20"]
level = ratios(1.0, 0.0, "orthogonal")
print("正交，安静 || orthogonal, quiet", *(f"{r:.2f}" for r in level))
claim("Q4d", (level - 1).abs().max() < 0.005, ratio=level[0])
claim("Q4d-control", not ((ratios(1.0, 1.0, "orthogonal") - 1).abs() < 0.5).any())      # 同样的正交矩阵，嘈杂的输入 || the same orthogonal matrix, noisy input

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

# %% [markdown] lang="en" of="b28b0606.014fa8a8"
# ## 4.4 The microscope is yours
#
# The page below does it all again in your browser: it makes $W_h$, runs a hundred-odd steps, multiplies the Jacobians and finds the largest singular value. In the left-hand picture the solid blue line is the measured spectral norm, the dashed orange line the forecast $\rho^k$ of the spectral radius alone. On the right, a histogram of every $f'$ in those hundred steps, where $f'$ is the derivative of the activation ($1-h^2$ for tanh): how far the doors stand open. $\sigma^2$ is the variance of the input: 0 is quiet, 1 is the noise of the last section. "Keep this curve to compare" pins the present curve to the picture.
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
# 2. 小得出奇：头三个网络，高斯矩阵有百分之几就够（再多换几个，有的要零点几）；正交矩阵都要零点几。$\rho>1$ 时，一点点输入会被网络自己一步步放大，直到单元饱和，门是它自己关上的。“安静的 1.5”像笔尖朝下立着的铅笔，只有输入恰好是 0 才立得住。
# 3. 只剩十万分之一上下：门只要都关上一点点，一百步下来就很可观。$\rho$ 加到 1.25 左右大致补得上。这是训练能做到的事，也是输入一变就失效的事。
# 4. 线性单元的 $f'$ 恒为 1，连乘里只剩 $W$，输入没有发言权。
# 5. ReLU 的导数非 0 即 1；把所有输入放大同样的倍数，哪些单元开、哪些单元关，一个也不变。大约一半的单元关着，等于每步砍掉 $W$ 一半的行，所以 $\rho$ 要大到 1.3 至 1.4（$\sqrt 2$ 约为 1.41）才补得回来。高斯矩阵就要碰运气了，多换几个看看。
#
# </details>

# %% [markdown] lang="en" of="dec35d6d.4460d5d4"
# <details><summary>Look here when you are done</summary>
#
# 1. The right-hand picture is the cause: with quiet input all $f'$ crowd up to 1, and only then does the curve rise to the dashed line.
# 2. Surprisingly small: in the first three networks a few hundredths will do for a Gaussian matrix (try more networks and some need a few tenths); an orthogonal one always takes a few tenths. With $\rho>1$ the network itself enlarges the faintest input step by step until its units saturate; it shuts its own doors. The "quiet 1.5" is a pencil balanced on its point: it stands only while the input is exactly 0.
# 3. About a hundred-thousandth: close every door by a hair, and over a hundred steps it adds up. A $\rho$ of about 1.25 roughly makes up for it. Training can do that, and when the input changes it is undone.
# 4. A linear unit has $f'=1$ always. Only $W$ is left in the product; the input has no say.
# 5. The derivative of ReLU is 0 or 1. Scale all inputs by the same factor and no unit switches sides. With about half of the units off, each step strikes out half of the rows of $W$, and it takes a $\rho$ of 1.3 to 1.4 ($\sqrt 2$ is about 1.41) to make up for it. With Gaussian matrices it is a matter of luck; try a few.
#
# </details>

# %% [markdown] name="singular" covers=["C-20", "!6"]
# ## 4.5 谱半径会骗人：特征值与奇异值
#
# 就算输入完全安静，谱半径也只回答“走很远之后”的问题。近处归另一组数管：**奇异值**。两者的分工：
#
# | | 回答什么 | 何时相等 |
# |---|---|---|
# | 谱半径 $\rho(W)$ | 同一个矩阵乘**很多**次，每次平均伸缩多少 | 对称矩阵、正交矩阵 |
# | 最大奇异值 $\sigma_{\max}(W)$ | 乘**一**次，最多伸长多少 | 同上；一般 $\sigma_{\max}\ge\rho$ |
#
# 看一个只有两个单元的网络：每个单元保留自己的 0.9，第二个单元还大声地告诉第一个，嗓门是 $c$：
#
# $$W = \begin{pmatrix}0.9 & c\\ 0 & 0.9\end{pmatrix}, \qquad \rho(W)=0.9 \ \text{（不管 $c$ 多大）}$$

# %% [markdown] lang="en" of="edbe964e.de38a610"
# ## 4.5 How the spectral radius misleads: eigenvalues and singular values
#
# Even with perfectly quiet input the spectral radius answers only the question of what happens far away. Nearby, another set of numbers is in charge: the **singular values**. This is how they share the work:
#
# | | the question it answers | when they agree |
# |---|---|---|
# | spectral radius $\rho(W)$ | multiply by the same matrix **many** times: how much stretching per step, on average? | symmetric and orthogonal matrices |
# | largest singular value $\sigma_{\max}(W)$ | multiply **once**: how much stretching at most? | ditto; in general $\sigma_{\max}\ge\rho$ |
#
# Take a network of just two units. Each keeps 0.9 of itself, and the second also talks to the first, with loudness $c$:
#
# $$W = \begin{pmatrix}0.9 & c\\ 0 & 0.9\end{pmatrix}, \qquad \rho(W)=0.9 \ \text{(whatever $c$ is)}$$

# %% name="bet-singular"
predict("Q4h")

# %% name="two-units" covers=["C-20"]
def two_units(c, steps=100):
    """两个安静的单元，间隔 1 … steps || Two quiet units, lags 1 … steps"""
    return lag_norms(torch.tensor([[0.9, c], [0.0, 0.9]]).expand(steps, 2, 2))


norms = two_units(5.0)
show("间隔 1、10、50、100 || lags 1, 10, 50, 100", *norms[[0, 9, 49, 99]])
claim("Q4h", norms[9] > 10 and norms[99] < 0.1, at_lag_10=norms[9])
claim("Q4h-control", not two_units(0.0)[9] > 1)                    # 互不说话：每一步都老老实实乘 0.9 || not talking: an honest 0.9 at every step

# %% name="two-units-live"
fig, ax = plt.subplots()
curve, = ax.semilogy(range(1, 101), two_units(5.0), label="测得 || measured")
ax.semilogy(range(1, 101), 0.9 ** torch.arange(1, 101), label="$0.9^k$")
ax.axhline(1, color="black", linewidth=0.8)
ax.set(ylim=(1e-5, 1e3), xlabel="间隔 $k$（步） || lag $k$ (steps)", ylabel=r"$\|\partial h_T/\partial h_{T-k}\|$")
ax.legend()

live(fig, lambda c: curve.set_ydata(two_units(c)), c=(5.0, 0.0, 50.0))

# %% [markdown] name="singular-meaning" covers=["C-20", "!6"]
# $\rho=0.9$，“应该消失”，可是往回走十步，梯度反而大了近二十倍，走了五十步还没有降到 1 以下。训练序列往往只有几十步，此时奇异值说的才是你会遇到的事。
#
# 反过来也有：谱半径是 **0** 的矩阵，配上恰当的输入，照样爆炸。取 $W=\begin{pmatrix}2&-2\\2&-2\end{pmatrix}$，它的平方就是零矩阵；再让第二个单元一直饱和着，门只留一成，$1-h^2=0.1$：

# %% [markdown] lang="en" of="08ff8fed.2863d1aa"
# $\rho=0.9$ "ought to vanish", yet ten steps back the gradient is almost twenty times larger, and after fifty it is still above 1. Training sequences are often a few dozen steps long; there, it is the singular values that tell you what you will meet.
#
# It works the other way round as well: a matrix with spectral radius **zero**, given the right input, explodes. Take $W=\begin{pmatrix}2&-2\\2&-2\end{pmatrix}$, whose square is the zero matrix, and keep the second unit saturated, its door a tenth open: $1-h^2=0.1$.

# %% name="zero-radius" covers=["!6"]
W = torch.tensor([[2.0, -2.0], [2.0, -2.0]])
nearly_shut = torch.diag(torch.tensor([1.0, 0.1])) @ W          # diag(1 - h²) W
show("间隔 1、2、50，安静 || lags 1, 2, 50, quiet", *lag_norms(W.expand(50, 2, 2))[[0, 1, 49]])
show("间隔 1、2、50，一扇门只开一成 || lags 1, 2, 50, one door a tenth open", *lag_norms(nearly_shut.expand(50, 2, 2))[[0, 1, 49]])
claim("Q4h-zero", lag_norms(nearly_shut.expand(50, 2, 2))[49] > 1e10)
claim("Q4h-zero-control", not lag_norms(W.expand(50, 2, 2))[49] > 0)

sizes = [torch.linalg.matrix_norm(random_matrix(kind, 0.9, torch.Generator().manual_seed(0)), 2) for kind in ("gaussian", "orthogonal")]
show("ρ = 0.9 的 σ_max：高斯、正交 || σ_max where ρ = 0.9: Gaussian, orthogonal", *sizes)

# %% [markdown] name="guarantees" covers=["C-20", "!6"]
# 两个单元本来恰好相互抵消（$2\times2-2\times2=0$），一扇快关死的门打破了平衡。所以有把握的话只有两句，说的都是奇异值（因为 $|1-h^2|\le 1$）：
#
# * $\sigma_{\max}(W_h)<1$，梯度**一定**消失；
# * 要爆炸，**必须**有 $\sigma_{\max}(W_h)>1$；但光有它不够，4.3 节里嘈杂的 1.5 就没有爆炸。
#
# “$\rho>1$ 才会爆炸”对随机矩阵是好用的经验，不是定律。最后一行打印的是：同样 $\rho=0.9$，高斯矩阵的 $\sigma_{\max}$ 比它大得多，正交矩阵的恰好相等。这也是正交初始化好用的一半原因：近处远处一个样。

# %% [markdown] lang="en" of="9afbb777.660e8425"
# The two units used to cancel exactly ($2\times2-2\times2=0$); one door nearly shut upset the balance. Only two statements are safe, and both are about singular values (because $|1-h^2|\le 1$):
#
# * if $\sigma_{\max}(W_h)<1$, the gradient is **sure** to vanish;
# * to explode it **needs** $\sigma_{\max}(W_h)>1$; but that alone is not enough: the noisy 1.5 of section 4.3 did not explode.
#
# "It takes $\rho>1$ to explode" is a good rule of thumb for random matrices, not a law. The last line printed says that at the same $\rho=0.9$ the $\sigma_{\max}$ of a Gaussian matrix is much larger, while that of an orthogonal one is just the same. That is half of why orthogonal initialisation works well: near or far, it behaves alike.

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

# %% name="bet-step"
predict("Q4i")

# %% name="one-step" covers=["C-18", "A-17"]
def word_model(seed, gain, input_scale):
    """W_h = gain × 正交矩阵，W_x 缩小到 input_scale 倍，偏置为 0 || W_h = gain × an orthogonal matrix, W_x scaled by input_scale, biases 0"""
    torch.manual_seed(seed)
    model = WordModel()
    with torch.no_grad():
        nn.init.orthogonal_(model.rnn.weight_hh_l0, gain)
        model.rnn.weight_ih_l0.mul_(input_scale)
        model.rnn.bias_ih_l0.zero_()
        model.rnn.bias_hh_l0.zero_()
    return model


@torch.no_grad()
def inspect(model, gap):
    """在一个句子上量一遍：谱范数 (T,) 和全部状态 (T, H) || Measure on one sentence: spectral norms (T,) and all states (T, H)"""
    ids, _ = sentences(1, gap, torch.Generator().manual_seed(3))
    hs = model.rnn(model.embed(ids))[0][0]                         # (T, H)
    return lag_norms(jacobians(hs, model.rnn.weight_hh_l0)), hs


LIMITS = {"none": lambda parameters: None,
          "norm": lambda parameters: nn.utils.clip_grad_norm_(parameters, 1.0),
          "value": lambda parameters: nn.utils.clip_grad_value_(parameters, 0.1),
          "tight": lambda parameters: nn.utils.clip_grad_value_(parameters, 0.03)}


def train(model, optimizer, steps, gap, seed, limit):
    """原地训练 || Train in place"""
    generator = torch.Generator().manual_seed(1000 + seed)
    for _ in range(steps):
        ids, answer = sentences(32, gap, generator)
        optimizer.zero_grad()
        F.cross_entropy(model(ids), answer).backward()
        LIMITS[limit](model.parameters())                          # 就在 backward 之后、step 之前 || right after backward, right before step
        optimizer.step()
    return model


def sgd(seed, limit, steps=1, lr=0.1):
    model = word_model(seed, gain=1.1, input_scale=0.01)
    return train(model, torch.optim.SGD(model.parameters(), lr), steps, 50, seed, limit)


@torch.no_grad()
def loss(model, gap):
    ids, answer = sentences(500, gap, torch.Generator().manual_seed(7))
    return F.cross_entropy(model(ids), answer)


left, losses = {}, {}
for name, limit, steps in (("before", "none", 0), ("none", "none", 1), ("norm", "norm", 1)):
    models = [sgd(seed, limit, steps) for seed in range(3)]
    left[name] = torch.stack([inspect(model, 50)[0][49] for model in models])          # 间隔 50 || lag 50
    losses[name] = torch.stack([loss(model, 50) for model in models])
    print(f"{name:7s}", *(f"{v:.0e}" for v in left[name]), "  损失 || loss", *(f"{v:.1f}" for v in losses[name]))
claim("Q4i", (left["none"] < 1e-3).all() and (losses["none"] < 1.7).all(), left=left["none"][0])
claim("Q4i-control", not (left["norm"] < 1e-3).any())              # 同一步，先裁剪 || the same step, clipped first

# %% name="one-step-figure"
fig, (ax, bars) = plt.subplots(1, 2, figsize=(8, 3.2))
curves, states = {}, {}
for limit, label in (("none", "不裁剪 || no clipping"), ("norm", "按范数裁剪 || clipped by norm")):
    norms, states[label] = inspect(sgd(0, limit), 50)
    curves[label] = norms[:50]
plotting.lag_profile(ax, curves)
bars.hist([(1 - hs ** 2).flatten() for hs in states.values()], bins=10, range=(0, 1), label=list(states))
for patch in bars.containers[0]:
    patch.set_hatch("//")                                         # 黑白也分得清 || told apart in grey, too
bars.set(xlabel="$1-h^2$（门开着多少） || $1-h^2$ (how far the doors are open)", ylabel="单元 × 步 || units × steps", yscale="log")
bars.legend()
plt.show()

# %% [markdown] name="explosion-meaning" covers=["C-18"]
# 三个网络，只走一步，间隔 50 的谱范数就从三四十跌到百万分之一以下。右图是现场：那一步跨得太远，单元被推向饱和，门成片地关上。**爆炸只要一次就够了，留下的后果是消失。** 损失却看不出来：走之前、走之后都在 1.4 上下（四选一瞎猜是 $\ln 4\approx1.39$）。tanh 有界，损失冲不上天；它只是从此一动不动。

# %% [markdown] lang="en" of="4131ffa9.b1186dc0"
# In all three networks a single step takes the spectral norm at lag 50 from thirty or forty to less than a millionth. The picture on the right is the scene of the accident: the step went too far, units were driven into saturation, and doors shut by the dozen. **One explosion is enough, and what it leaves behind is a vanishing gradient.** The loss gives nothing away: about 1.4 before and about 1.4 after (guessing one in four is $\ln 4\approx1.39$). With bounded tanh it does not shoot up; it simply never moves again.

# %% [markdown] name="clipping" covers=["A-17"]
# ### 裁剪的两种写法
#
# **梯度裁剪**（gradient clipping）给一步的长度设上限。把全部参数的梯度首尾相接，成为一个长向量 $g$：
#
# * **按范数**：$g \leftarrow g\cdot\min(1,\ c/\lVert g\rVert)$，整支箭头一起缩短；
# * **按值**：每个分量各自截到 $[-c, c]$。
#
# 缩短一支箭头，有没有可能让它转了方向？

# %% [markdown] lang="en" of="1514bd32.0411c211"
# ### Two ways to clip
#
# **Gradient clipping** puts a bound on the length of a step. Lay the gradients of all parameters end to end as one long vector $g$:
#
# * **by norm**: $g \leftarrow g\cdot\min(1,\ c/\lVert g\rVert)$, the whole arrow is shortened;
# * **by value**: every component is cut to $[-c, c]$ on its own.
#
# Can shortening an arrow turn it?

# %% name="bet-clip"
predict("Q4e")

# %% name="clip-direction" covers=["A-17", "C-18"]
model = word_model(0, gain=1.1, input_scale=0.01)
ids, answer = sentences(32, 50, torch.Generator().manual_seed(1000))
F.cross_entropy(model(ids), answer).backward()


def clipped(limit):
    """所有参数的梯度首尾相接 (P,)，先照 limit 裁剪 || The gradients of all parameters end to end (P,), clipped as limit says"""
    twin = copy.deepcopy(model)
    for mine, theirs in zip(twin.parameters(), model.parameters()):
        mine.grad = theirs.grad.clone()
    LIMITS[limit](twin.parameters())
    return torch.cat([p.grad.flatten() for p in twin.parameters()])


g, by_norm, by_value, tight = (clipped(limit) for limit in ("none", "norm", "value", "tight"))
cosine = {"norm": F.cosine_similarity(g, by_norm, dim=0), "value": F.cosine_similarity(g, by_value, dim=0)}
show("长度：原来、按范数 1、按值 0.1、按值 0.03 || length: original, by norm 1, by value 0.1, by value 0.03", g.norm(), by_norm.norm(), by_value.norm(), tight.norm())
show("余弦：按范数 1、按值 0.1、按值 0.03 || cosine: by norm 1, by value 0.1, by value 0.03", *cosine.values(), F.cosine_similarity(g, tight, dim=0), digits=4)
scale = by_norm[g != 0] / g[g != 0]                                # 每个分量缩小的倍数 || by how much each component shrank
claim("Q4e", cosine["norm"] > 0.99995 and (scale / scale[0] - 1).abs().max() < 1e-12 and cosine["value"] < 0.9, **cosine)
claim("Q4e-control", not (by_value[g != 0] / g[g != 0]).std() < 1e-3)      # 按值裁剪时，各分量缩小的倍数不同 || by value, the components shrink by different factors

# %% [markdown] name="clip-train-intro"
# 按范数裁剪，所有分量缩小同样的倍数，方向一丝不变；按值裁剪把大分量削平、小分量留着，箭头就转了。实际训练中差多少？同样三个随机种子，学习率都是 0.1，各训练 200 步：不裁剪、按范数（上限 1）、按值（上限 0.1）。另有两组**对照**：按值，但上限降到 0.03；不裁剪，但学习率降到 0.003。先猜前三种。

# %% [markdown] lang="en" of="36bea500.90ea6a77"
# Clipping by norm shrinks every component by the same factor and leaves the direction exactly alone. Clipping by value planes down the large components, keeps the small ones, and so turns the arrow. How much does it matter in training? The same three seeds, learning rate 0.1, 200 steps each: no clipping, by norm (bound 1), by value (bound 0.1). Two **controls** come on top: by value with the bound down to 0.03, and no clipping with a learning rate of 0.003. Guess the first three.

# %% name="bet-clip-train"
predict("Q4j")

# %% name="clip-train" covers=["A-17", "C-18"]
results = {name: [] for name in ("none", "norm", "value", "tight", "slow")}
for seed in progress(range(3), "训练 || training"):
    for limit in ("none", "norm", "value", "tight"):
        results[limit].append(accuracy(sgd(seed, limit, steps=200), 50))
    results["slow"].append(accuracy(sgd(seed, "none", steps=200, lr=0.003), 50))

claim("Q4j", sum(a > 0.8 for a in results["norm"]) >= 2 and max(results["none"]) < 0.4, none=max(results["none"]), norm=min(results["norm"]))
claim("Q4j-value", max(results["value"]) < 0.7)
claim("Q4j-value-control", not (max(results["norm"]) < 0.7 or max(results["tight"]) < 0.7))      # 步子短了，两种裁剪都过得去 || with shorter steps both ways of clipping get past it
claim("Q4j-control", sum(a > 0.8 for a in results["slow"]) >= 2)   # 步子本来就小，不裁剪也没事 || when the steps are small anyway, no clipping is needed

# %% name="clip-train-figure" tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(7, 3.3))
labels = {"none": "不裁剪 || no clipping", "norm": "按范数 1 || by norm 1", "value": "按值 0.1 || by value 0.1", "tight": "按值 0.03 || by value 0.03", "slow": "不裁剪，学习率 0.003 || no clipping, learning rate 0.003"}
for k, (name, values) in enumerate(results.items()):
    ax.plot(values, [k - 0.15, k, k + 0.15], "o", markersize=8)            # 一个种子一个点 || one dot for each seed
ax.axvline(0.25, color="black", linestyle=":", linewidth=1)
ax.text(0.255, 4.35, "瞎猜 || guessing")
ax.set(yticks=range(5), yticklabels=labels.values(), xlim=(0, 1.03), ylim=(-0.5, 4.7), xlabel="正确率（隔 50 个词） || accuracy (50 words in between)")
ax.invert_yaxis()
plt.show()

# %% [markdown] name="clip-meaning" covers=["A-17"]
# 没有裁剪的三次，第一步就断送了自己。按范数裁剪的学会了。上限 0.1 的按值裁剪没学会，但别急着怪方向：它第一步用的梯度有 3.1 长，按范数的只有 1；上限降到 0.03，长度缩到 1.1，方向转得更厉害，却照样学会。按值裁剪的麻烦在于，上限管的是每个分量，一步总共多长，事先看不出来。
#
# 最后一组提醒我们裁剪**不是魔法**：把每一步都走得很小，也不会出事，只是平路上也得跟着慢；裁剪的好处是只在陡的地方减速。
#
# 它治不了什么，也要说清楚：缩小的倍数对所有步都一样。第 3 章说每一步都给 $W_h$ 投一票；如果“法国”那一步的票只有最后一步的亿分之一，裁剪之后还是亿分之一。**裁剪治爆炸，不治消失。**
#
# 从这里起，全课的训练循环都带着这一行：`course_utils.training.fit` 里的 `clip_grad_norm_`，次序是 `backward` → 裁剪 → `step`。

# %% [markdown] lang="en" of="fd3e9ac3.0cbc565a"
# The three runs without clipping were finished by their very first step. Those clipped by norm learnt. Clipped by value at 0.1 they did not, but do not blame the direction yet: the gradient of that first step was 3.1 long, against 1 for clipping by norm. Lower the bound to 0.03 and it shrinks to 1.1; the direction turns even further, and still they learn. The drawback of clipping by value is that the bound governs single components and does not tell you how long the whole step will be.
#
# The last group reminds us that clipping is **no magic**: take small steps everywhere and there is no accident either, except that you crawl on level ground too. What clipping buys is slowing down only where it is steep.
#
# Be clear about what it does not cure. The factor is the same for all steps. In Chapter 3 every step cast a vote on $W_h$; if the vote of the step at "France" is a hundred-millionth of the last step's, it still is after clipping. **Clipping cures explosions, not vanishing.**
#
# From here on every training loop of the course has that line: `clip_grad_norm_` inside `course_utils.training.fit`, in the order `backward` → clip → `step`.

# %% [markdown] name="initialisation" covers=["C-17", "A-16"]
# ## 4.7 从哪里出发：初始化与激活函数
#
# 治消失要从两个主人下手：让 $W_h$ 不缩，让门不关。常见的几种起点：
#
# | 名字 | $W_h$ | $f$ | 想法 |
# |---|---|---|---|
# | PyTorch 默认 | 均匀分布 $\pm1/\sqrt H$ | tanh | 不是为循环设计的 |
# | 正交 | 随机正交矩阵 | tanh | 只旋转，不伸缩 |
# | 恒等 + ReLU（IRNN，Le 等 2015） | $I$ | ReLU | 照抄自己；门一开就是全开 |
#
# 每一种都喂安静的（标准差 0.1；从这里起，“安静”是音量小，不再是 0）和嘈杂的（标准差 1）输入，看间隔 100。下面的 `step_jacobians` 让 autograd 求每一步的雅可比矩阵，这样换什么单元都能量。

# %% [markdown] lang="en" of="c547a8ed.1713af4c"
# ## 4.7 Where to start from: initialisation and activation
#
# Against vanishing you have to win over both owners: a $W_h$ that does not shrink, doors that do not shut. Some common starting points:
#
# | name | $W_h$ | $f$ | idea |
# |---|---|---|---|
# | PyTorch's default | uniform in $\pm1/\sqrt H$ | tanh | not made with recurrence in mind |
# | orthogonal | random orthogonal matrix | tanh | rotate, don't stretch |
# | identity + ReLU (IRNN, Le et al. 2015) | $I$ | ReLU | copy yourself; an open door is wide open |
#
# Each gets quiet input (standard deviation 0.1; from here on "quiet" means soft, no longer zero) and noisy input (standard deviation 1), and we look at lag 100. `step_jacobians` below lets autograd find the Jacobian of each step, so that it measures any kind of cell.

# %% name="bet-init"
predict("Q4k")

# %% name="init-measure" covers=["C-17"]
def step_jacobians(step, x, h):
    """沿着 h_t = step(h_{t-1}, x_t) 走一遍，每步求雅可比矩阵。x (T, …), h (H,) -> (T, H, H) || Walk along h_t = step(h_{t-1}, x_t), taking the Jacobian of every step. x (T, …), h (H,) -> (T, H, H)"""
    J = []
    for x_t in x:
        J.append(torch.func.jacrev(step)(h, x_t))                  # 对第一个参数 h 求导 || derivative with respect to the first argument, h
        h = step(h, x_t)
    return torch.stack(J)


def starting_point(name, generator):
    if name == "default":
        return (2 * torch.rand(H, H, generator=generator) - 1) / H ** 0.5, torch.tanh
    if name == "orthogonal":
        return random_matrix("orthogonal", 1.0, generator), torch.tanh
    return torch.eye(H), torch.relu


def from_start(name, std, seed=0):
    generator = torch.Generator().manual_seed(seed)
    W_h, f = starting_point(name, generator)
    x = std * torch.randn(120, H, generator=generator)             # (T, H)
    return lag_norms(step_jacobians(lambda h, x_t: f(W_h @ h + x_t), x, torch.zeros(H)))[:100]


names = {"default": "默认 || default", "orthogonal": "正交 || orthogonal", "identity": "恒等 + ReLU || identity + ReLU"}
fig, axes = plt.subplots(1, 2, figsize=(8.5, 3.2), sharey=True)
left = {}
for ax, std in zip(axes, (0.1, 1.0)):
    curves = {name: from_start(name, std) for name in names}
    left |= {(name, std): curve[99].item() for name, curve in curves.items()}
    plotting.lag_profile(ax, {names[name]: curve for name, curve in curves.items()})
    ax.set_title(f"输入的标准差 {std} || standard deviation of the input {std}")
axes[1].set_ylabel("")
plt.show()

for (name, std), value in left.items():
    print(f"{name:12s} {std}  {value:.0e}")
radius = [torch.linalg.eigvals(starting_point("default", torch.Generator().manual_seed(seed))[0]).abs().max() for seed in range(5)]
print("默认初始化的谱半径 || spectral radius of the default", *(f"{r:.1f}" for r in radius))
claim("Q4k", left["identity", 1.0] > 0.5 and left["orthogonal", 1.0] < 1e-15 and left["default", 1.0] < 1e-30, identity=left["identity", 1.0])
claim("Q4k-control", not left["orthogonal", 0.1] < 1e-4)           # 正交矩阵没变，输入安静下来就好了 || the same orthogonal matrix, only quieter input

# %% [markdown] name="init-meaning"
# 默认初始化两边都不行，因为它的谱半径本来就只有 0.6 左右。正交矩阵在安静的输入下一百步还剩千分之几，一嘈杂也照样消失。恒等加 ReLU 两边都稳稳地是 1：谱范数看的是最好的那个方向，只要有一个单元一百步里没关过，它就照抄自己，不缩不放。
#
# 那为什么不人人都用 ReLU？它没有天花板：$W_h$ 大了，状态和梯度一起往上涨，没有饱和来兜底（在 4.4 节的页面里选 ReLU 和正交，把 $\rho$ 拖到头看看）。会饱和的单元稳当，却会关门；不饱和的单元开着门，却会爆炸。第 5 章的门控单元想绕开的就是这个选择。

# %% [markdown] lang="en" of="19070c8c.b6cc1be1"
# The default fails either way, since its spectral radius is only about 0.6 to begin with. The orthogonal matrix keeps a few thousandths over a hundred steps of quiet input, and under noise vanishes as well. Identity with ReLU sits at 1 both times: the spectral norm looks at the best direction, and one unit that has not been off in a hundred steps copies itself, neither shrinking nor growing.
#
# Then why does not everybody use ReLU? It has no ceiling. Let $W_h$ be too large and states and gradients climb together with no saturation to catch them (on the page of section 4.4 choose ReLU and orthogonal, and drag $\rho$ all the way up). A unit that saturates is safe but shuts its door; one that does not keeps the door open and may explode. That is the choice which the gated cells of Chapter 5 try to get around.

# %% [markdown] name="layernorm" covers=["A-16", "!31"]
# ### 层归一化：自己调音量
#
# 另一个办法是让网络自己调音量。**层归一化**（layer normalization, LayerNorm；Ba 等 2016）在 tanh 之前，把一层单元的值减去均值、除以标准差：
#
# $$h_t = \tanh\bigl(\operatorname{LN}(W_h h_{t-1} + W_x x_t)\bigr), \qquad \operatorname{LN}(a) = \frac{a - \operatorname{mean}(a)}{\sqrt{\operatorname{var}(a)+\epsilon}}$$
#
# 常听说“LayerNorm 在 RNN 里很常用”，可 `nn.RNN`、`nn.GRU`、`nn.LSTM` 都没有这个选项，要用只能自己写单元。好在只多一个函数调用。它对梯度做了什么？让谱半径从 0.5 一直变到 9，量一量（正交矩阵，输入标准差 0.1）。

# %% [markdown] lang="en" of="f0c32cbd.bfbe3863"
# ### Layer normalization: a volume knob of its own
#
# Another way is to let the network control its own volume. **Layer normalization** (LayerNorm; Ba et al. 2016) takes the values of a layer just before the tanh, subtracts their mean and divides by their standard deviation:
#
# $$h_t = \tanh\bigl(\operatorname{LN}(W_h h_{t-1} + W_x x_t)\bigr), \qquad \operatorname{LN}(a) = \frac{a - \operatorname{mean}(a)}{\sqrt{\operatorname{var}(a)+\epsilon}}$$
#
# "LayerNorm is common in RNNs", one often hears, yet `nn.RNN`, `nn.GRU` and `nn.LSTM` have no such option; you have to write the cell. Fortunately that is one more function call. What does it do to the gradient? Let the spectral radius run from 0.5 to 9 and measure (orthogonal matrix, input with standard deviation 0.1).

# %% name="bet-layernorm"
predict("Q4l")

# %% name="layernorm-measure" covers=["A-16", "!31"]
def plain_cell(W_h):
    return lambda h, x_t: torch.tanh(W_h @ h + x_t)


def layernorm_cell(W_h):
    return lambda h, x_t: torch.tanh(F.layer_norm(W_h @ h + x_t, (H,)))      # 只多这一个函数 || one more function, that is all


def ratio_50(cell, rho, std, seed=0):
    generator = torch.Generator().manual_seed(seed)
    W_h = random_matrix("orthogonal", rho, generator)
    x = std * torch.randn(T, H, generator=generator)
    norms = lag_norms(step_jacobians(cell(W_h), x, torch.zeros(H)))
    return (norms[49] / norms[0]).item()


radii = (0.5, 0.9, 1.5, 3.0, 9.0)
plain, normed = ([ratio_50(cell, rho, 0.1) for rho in radii] for cell in (plain_cell, layernorm_cell))
fig, ax = plt.subplots(figsize=(6, 3))
ax.loglog(radii, plain, "o-", label="普通 || plain")
ax.loglog(radii, normed, "s--", label="LayerNorm")
ax.axhline(1, color="black", linewidth=0.8)
ax.set(xlabel="谱半径 || spectral radius", ylabel="间隔 50 / 间隔 1 || lag 50 / lag 1", xticks=radii, xticklabels=radii)
ax.minorticks_off()
ax.legend()
plt.show()

claim("Q4l", max(normed) / min(normed) < 1e3 and min(plain) < 1e-12 and max(plain) > 1e9, plain=max(plain) / min(plain), layernorm=max(normed) / min(normed))
print("LayerNorm", *(f"{v:.0e}" for v in normed))
loud = ratio_50(layernorm_cell, 0.5, 1.0)
print("ρ = 0.5，输入标准差 1，LayerNorm || ρ = 0.5, input with standard deviation 1, LayerNorm", f"{loud:.0e}")
claim("Q4l-control", not loud > 1e-15)                             # 输入盖过记忆时，LayerNorm 也救不了 || when the input drowns the memory, LayerNorm does not help

try:
    nn.RNN(3, 4, layer_norm=True)
except TypeError:
    print("nn.RNN: layer_norm ✗")

# %% [markdown] name="layernorm-meaning" covers=["!31"]
# 普通单元从不到 $10^{-12}$ 一路走到 $10^9$ 以上（到了 9，八成的门关着，可没关的那几扇一次放大九倍，饱和也兜不住了）；LayerNorm 单元的起伏不过一两个数量级。归一化把谱半径的影响基本抹掉了：它不管 $W_h$ 整体是大是小，只看**比例**，也就是这一步的内容里，有多少来自记忆，有多少来自输入。
#
# 比例不对，它就帮不上忙：最后一个数里，输入的音量盖过了记忆，梯度照样消失。所以 LayerNorm 让训练不那么挑初始化，但不是长期记忆的保证。第 9 章会把它装进 LSTM。

# %% [markdown] lang="en" of="810ee91a.cbf80f83"
# The plain cell goes all the way from less than $10^{-12}$ to more than $10^9$ (at 9 four doors in five are shut, but the few that are not enlarge ninefold, and saturation no longer catches it). The LayerNorm cell varies by an order of magnitude or two. Normalising all but wipes out the effect of the spectral radius: it does not care whether $W_h$ as a whole is large or small, only about **proportion**, that is, how much of this step's content comes from memory and how much from the input.
#
# When the proportion is wrong it cannot help. In the last number the input is louder than the memory, and the gradient vanishes as usual. LayerNorm makes training less fussy about initialisation; it does not guarantee long memory. Chapter 9 builds it into an LSTM.

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
def default_model(seed, input_scale=1.0):
    torch.manual_seed(seed)
    model = WordModel()
    with torch.no_grad():
        model.rnn.weight_ih_l0.mul_(input_scale)
    return model


def gradient_per_word(model, gap):
    """损失对每个词的词向量的梯度，一批句子的平均长度 -> (gap + 8,) || Gradient of the loss at each word's embedding, mean length over a batch of sentences -> (gap + 8,)"""
    ids, answer = sentences(32, gap, torch.Generator().manual_seed(5))
    embedded = model.embed(ids).detach().requires_grad_()          # (B, T, E)
    h_n = model.rnn(embedded)[1][0]
    F.cross_entropy(model.readout(h_n), answer).backward()
    return embedded.grad.norm(dim=2).mean(0)                       # (T,)


def at_france(make, gap):
    """“法国”处的梯度 / 最后一个词处的梯度，三个种子 || gradient at “France” / gradient at the last word, three seeds"""
    return torch.stack([(g := gradient_per_word(make(seed), gap))[2] / g[-1] for seed in range(3)])


orthogonal_quiet = lambda seed: word_model(seed, gain=1.0, input_scale=0.05)

fig, ax = plt.subplots(figsize=(9, 3))
ids, _ = sentences(1, 10, torch.Generator().manual_seed(2))
position = torch.arange(ids.shape[1])
ax.bar(position - 0.2, gradient_per_word(default_model(0), 10), 0.4, label="默认初始化 || default initialisation")
ax.bar(position + 0.2, gradient_per_word(orthogonal_quiet(0), 10), 0.4, hatch="//", label="正交，安静的输入 || orthogonal, quiet input")
ax.set(yscale="log", ylim=(1e-9, 1), xlim=(-0.7, 17.7), ylabel="梯度的长度 || length of the gradient", title="中间隔 10 个词 || 10 words in between")
ax.set_xticks(position, [WORDS[i] for i in ids[0]], rotation=40)
ax.legend()
plt.show()

for gap in (10, 100):
    print(f"隔 {gap} 个词 || {gap} words between", *(f"{v:.0e}" for v in at_france(default_model, gap)), " | ", *(f"{v:.0e}" for v in at_france(orthogonal_quiet, gap)))
claim("Q4m", (at_france(default_model, 100) < 1e-15).all(), fraction=at_france(default_model, 100)[0])
claim("Q4m-control", not (at_france(orthogonal_quiet, 100) < 1e-3).any())      # 换一个起点，梯度就到得了 || from another starting point the gradient arrives

# %% [markdown] name="france-train-intro"
# 默认初始化只隔 10 个词，“法国”那里就不到最后一个词的万分之一；隔 100 个词，已经小得没有意义了。换成正交矩阵、把输入调安静，一百个词之外还有三成左右。
#
# 看起来只差在起跑线上。那就只改起跑线，别的（结构、数据、Adam、学习率、步数）统统不变，训练 160 步。四种组合：$W_h$ 默认或正交，输入原样或缩小到二十分之一。

# %% [markdown] lang="en" of="776e8ddd.04a382ee"
# With the default initialisation and as few as 10 words in between, "France" receives less than a ten-thousandth of what the last word gets; with 100 words the figure is too small to mean anything. With an orthogonal matrix and quiet input about a third is left even a hundred words away.
#
# The difference seems to lie in the starting line. So change the starting line and nothing else (architecture, data, Adam, learning rate, number of steps stay as they are) and train for 160 steps. Four combinations: $W_h$ default or orthogonal, input as it is or scaled to a twentieth.

# %% name="bet-france-train"
predict("Q4n")

# %% name="france-train" covers=["C-19", "!40"]
def adam(model, seed):
    return accuracy(train(model, torch.optim.Adam(model.parameters(), lr=1e-3), 160, 100, seed, "norm"), 100)


learnt = [adam(orthogonal_quiet(seed), seed) for seed in progress(range(3), "正交，安静 || orthogonal, quiet")]
others = {"orthogonal, loud": word_model(0, gain=1.0, input_scale=1.0), "default, quiet": default_model(0, input_scale=0.05), "default, loud": default_model(0)}
failed = [adam(model, 0) for model in progress(others.values(), "其余三种 || the other three")]
claim("Q4n", sum(a > 0.8 for a in learnt) >= 2, accuracy=min(learnt))
claim("Q4n-control", not max(failed) > 0.4)                        # 两个条件缺一个，都停在瞎猜 || either condition missing, and it stays at guessing

# %% name="france-train-figure" tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(7, 2.8))
ax.plot(learnt, [-0.15, 0, 0.15], "o", markersize=8)                     # 三个种子 || three seeds
for k, value in enumerate(failed, 1):
    ax.plot(value, k, "s", markersize=8)                                 # 一个种子 || one seed
ax.axvline(0.25, color="black", linestyle=":", linewidth=1)
ax.text(0.255, 0.55, "瞎猜 || guessing")
starts = ["正交，安静 || orthogonal, quiet", "正交，原样 || orthogonal, as it is", "默认，安静 || default, quiet", "默认，原样 || default, as it is"]
ax.set(yticks=range(4), yticklabels=starts, xlim=(0, 1.03), ylim=(-0.5, 3.7), xlabel="正确率（隔 100 个词） || accuracy (100 words in between)")
ax.invert_yaxis()
plt.show()

# %% [markdown] name="france-meaning" covers=["!40", "C-19"]
# 没有添任何新部件，就是第 2 章的 `nn.RNN`，只用 160 步，就学会了用上一百个词之前的“法国”。另外三种起点（各跑一个种子）原地不动。
#
# 所以准确的说法是：**不是表示不了，是学不会；学不会，也多半是起点不对。** 不过别高兴得太早。这里的不相干词只是轻轻的干扰，任务只要求记住一样东西；输入一旦嘈杂，4.3 节的门又会关上。正交的起点也只是起点，训练会把它带往别处。想要一条不靠运气的路，得改单元本身。

# %% [markdown] lang="en" of="0db0eaca.985ba54f"
# No new parts, just the `nn.RNN` of Chapter 2, and in a mere 160 steps it has learnt to use "France" from a hundred words back. From the other three starts (one seed each) nothing happened.
#
# Put precisely: **the trouble is not that an RNN cannot represent it but that it does not learn it, and that is more often than not the fault of the starting point.** Do not celebrate too soon. Here the unrelated words were gentle and there was one thing to remember; let the input grow noisy and the doors of section 4.3 shut again. And an orthogonal start is only a start: training moves away from it. For a road that does not depend on luck, the cell itself has to change.

# %% [markdown] name="dilemma" covers=["H-07", "C-13"]
# ## 4.9 记得牢，就学不动
#
# 还有一个谜没解开。4.1 节里亲手设定的网络隔一千个词全对，是这一章里记性最好的。把它也放到显微镜下：一百步之外的梯度还剩多少？

# %% [markdown] lang="en" of="004f9309.c7f42fd0"
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
claim("Q4o-control", not forgets[99] < 1e-50)                      # 健忘的那个反而留着多得多的梯度 || the forgetful one keeps far more gradient

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

# %% [markdown] lang="en" of="1de2e9fa.8df552d8"
# The best memory has the smallest gradient. That is no coincidence. A unit that springs back when pushed cannot be washed away by disturbances; but "springs back when pushed", put as a derivative, is $|\partial h_t/\partial h_{t-1}|<1$ (at rest on $\pm0.96$ it is $2\times(1-0.96^2)<0.2$), and of course nothing is left after a hundred factors. **Resisting noise and passing gradient ask for opposite things.** The information is there, the gradient is gone: this is where the whispering game breaks down.
#
# The dilemma has a history:
#
# * **1991**: Sepp Hochreiter's diploma thesis (Diplomarbeit, written in German at TU München under Jürgen Schmidhuber) was the first analysis of errors that vanish or explode exponentially on their way back.
# * **1994**: Bengio, Simard and Frasconi, in "Learning Long-Term Dependencies with Gradient Descent is Difficult", proved the dilemma above: storing a bit of information robustly forces the gradient to decay with the lag. The title says *difficult*, not *impossible*.
# * **2013**: Pascanu, Mikolov and Bengio stated the two conditions of section 4.5 in terms of singular values, and made clipping by norm popular.
#
# The LSTM of 1997 took another road: a memory cell that copies itself unchanged at each step, and "gates" that decide when to write and when to read. It **mitigates** the vanishing of gradients; it does not abolish it, and it does not prevent explosions. By how much it helps, Chapter 5 will measure with this same microscope.

# %% [markdown] name="not-only-rnn" covers=["A-16", "A-17"]
# ## 4.10 不只是 RNN 的病
#
# 50 层的前馈网络也是 50 个雅可比矩阵连乘，只是每层的 $W$ 各不相同。激活函数换成 sigmoid 更糟：它的导数最大只有 $\tfrac14$，门开到最大也只有一条缝。

# %% [markdown] lang="en" of="8ef16019.5d52faf0"
# ## 4.10 Not a disease of RNNs alone
#
# A feed-forward net of 50 layers multiplies 50 Jacobians as well; only its $W$ differs from layer to layer. With a sigmoid it is worse: its derivative is $\tfrac14$ at most, so even a door wide open is no more than a crack.

# %% name="bet-deep"
predict("Q4p")

# %% name="deep" covers=["A-16"]
def through_layers(f, make=nn.Linear, seed=0):
    """50 层前馈网络：‖∂(输出)/∂(输入)‖ || A feed-forward net of 50 layers: ‖∂output/∂input‖"""
    torch.manual_seed(seed)
    layers, h = [make(H, H) for _ in range(50)], torch.randn(H)
    return lag_norms(step_jacobians(lambda h, layer: f(layer(h)), layers, h))[-1].item()      # 第 t 步换成第 t 层 || step t becomes layer t


def orthogonal_layer(inputs, outputs):
    return nn.utils.parametrizations.orthogonal(nn.Linear(inputs, outputs, bias=False))


deep = {"tanh": through_layers(torch.tanh), "sigmoid": through_layers(torch.sigmoid)}
print({name: f"{value:.0e}" for name, value in deep.items()})
claim("Q4p", deep["sigmoid"] / deep["tanh"] < 1e-15 and deep["tanh"] < 1e-8, ratio=deep["sigmoid"] / deep["tanh"])
claim("Q4p-control", not through_layers(lambda a: a, orthogonal_layer) < 0.99)      # 正交的线性层：一点不少 || orthogonal linear layers lose nothing

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
