# ---
# jupyter:
#   course:
#     chapter: "11"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["X-10"]
# # 第 11 章 通往注意力的桥
#
# **阅读 25 分钟 · 动手 40 分钟 · 练习 40 分钟 · 难度 ⭐⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 写出注意力的三步（打分、权重、平均），说出查询、键、值各是什么，掩码该放在哪里；
# 2. 用实验说明注意力修好了什么、没修好什么，并且每次只改一样东西；
# 3. 从一层注意力走到 Transformer 的一个块，和 `nn.MultiheadAttention` 只差舍入误差，还知道它为什么非要有位置信息不可。
#
# 需要的基础：第 9 章的填充与掩码，第 10 章的编码器和解码器。

# %% [markdown] lang="en" of="b16fccb8.77aa400a"
# # Chapter 11. A bridge to attention
#
# **25 min reading · 40 min at the keyboard · 40 min exercise · difficulty ⭐⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. write the three steps of attention (score, weights, average) and say what queries, keys and values are and where the mask belongs;
# 2. show by experiment what attention mends and what it does not, changing one thing at a time;
# 3. walk from one layer of attention to a block of the Transformer that matches `nn.MultiheadAttention` up to rounding, and say why it cannot do without positions.
#
# You need padding and masks from Chapter 9, encoder and decoder from Chapter 10.

# %% name="setup"
import re

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
import matplotlib.pyplot as plt

from course_utils import data, language, plotting
from course_utils.checks import claim, show
from course_utils.explore import Explorer, bets_summary, packed, predict, quiz
from course_utils.training import fit

language.use("中文 || English")      # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()                     # 全课统一的画图风格 || the plotting style of this course
torch.set_num_threads(1)             # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，分别来自第 10、9、5 章。

# %% [markdown] lang="en" of="793eb55e.59226238"
# ## Warm-up
#
# Three questions, from Chapters 10, 9 and 5.

# %% name="recall" covers=["A-03"]
quiz("11-recall")

# %% [markdown] name="look-back"
# ## 11.1 写一个字，回头看一眼
#
# 请你把下面左边的日期，抄成右边的 ISO 格式。

# %% [markdown] lang="en" of="cc5bba54.17c40bbd"
# ## 11.1 Before you write, look back
#
# Copy the dates on the left into the ISO format on the right.

# %% name="look-back-data"
train_days, validation_days, test_days = data.date_splits()
for written, iso in data.date_pairs(validation_days, 3, seed=3, dates=2):
    print(f"{written}  ->  {iso}")

# %% [markdown] name="look-back-meaning"
# 你是怎么抄的？没有人会把整行背下来再闭着眼睛写。你写年份时看一眼年份，写月份时再看一眼月份：**写哪里，看哪里**。
#
# 第 10 章的解码器没有这个福气。编码器读完一行，交出一个长度固定的向量，解码器从此只能凭它写，原文再也看不见了。两个日期四五十个字符，全要挤过这道窄门。
#
# 可是编码器明明每读一个字符都留下了一个状态 $h_s$，它们就在那里，只是没有人用。注意力（attention）的想法简单得让人意外：**把它们都留着，写每一个字符之前，回头看一眼。**

# %% [markdown] lang="en" of="09604296.803d366b"
# How did you do it? Nobody learns the line by heart and then writes with closed eyes. You glance at the year when writing the year, and at the month when writing the month: **where you write decides where you look**.
#
# The decoder of Chapter 10 had no such luck. The encoder reads the line and hands over one vector of fixed size; from then on the decoder writes from that alone and never sees the source again. Two dates, forty or fifty characters, all have to squeeze through this narrow door.
#
# And yet the encoder left a state $h_s$ behind at every character. They are all there; nobody uses them. The idea of attention is surprisingly simple: **keep them all, and look back before writing each character.**

# %% name="look-back-graph" tags=["chinese-data"]
plotting.attention_graph("2026年8月9日", [0, 0, 0, 0.02, 0.08, 0.65, 0.2, 0.05, 0], "8")
plt.show()

# %% [markdown] name="look-back-graph-meaning"
# 线的粗细是**权重** $\alpha$，加起来是 1（这一张是画出来的例子；11.7 节会画真的）。剩下的问题只有一个：权重从哪里来？

# %% [markdown] lang="en" of="009d2d82.d7a7818f"
# The thickness of a line is its **weight** $\alpha$; the weights add up to 1. (This one is made up for illustration; section 11.7 draws real ones.) Only one question is left: where do the weights come from?

# %% [markdown] name="three-steps" covers=["L-12"]
# ## 11.2 三步：打分、权重、平均
#
# 把它想成一本**软的字典**。Python 的字典拿一个键去找，要么一字不差地找到，要么 `KeyError`。这里不必一字不差：拿着查询 $q$，和每个键 $k_s$ 比一比有多像，像的多取一点，不像的少取一点。
#
# $$\underbrace{e_s = \frac{q^\top k_s}{\sqrt H}}_{\text{打分}} \qquad \underbrace{\alpha_s = \frac{\exp e_s}{\sum_{r=1}^{S} \exp e_r}}_{\text{变成权重（softmax）}} \qquad \underbrace{c = \sum_{s=1}^{S} \alpha_s v_s}_{\text{取平均}}$$
#
# {symbols: q; k_s; v_s; e_s; \alpha_s; c}
#
# 表里最后一列是 `nn.MultiheadAttention` 里的名字，11.10 节才用到；这里的 $V$ 是值的宽度。$c$ 没有下标，和 LSTM 的细胞状态 $c_t$ 不是一回事。键和值可以是同一样东西：在上一节的图里，键和值都是编码器的状态 $h_s$。

# %% [markdown] lang="en" of="789a7f98.849254d5"
# ## 11.2 Three steps: score, weights, average
#
# Think of a **soft dictionary**. A Python dictionary is asked with a key, and it either finds exactly that key or raises `KeyError`. Here the match need not be exact. Compare the query $q$ with every key $k_s$; of what is similar take more, of what is not take less.
#
# $$\underbrace{e_s = \frac{q^\top k_s}{\sqrt H}}_{\text{score}} \qquad \underbrace{\alpha_s = \frac{\exp e_s}{\sum_{r=1}^{S} \exp e_r}}_{\text{weights (softmax)}} \qquad \underbrace{c = \sum_{s=1}^{S} \alpha_s v_s}_{\text{average}}$$
#
# {symbols: q; k_s; v_s; e_s; \alpha_s; c}
#
# The last column has the names of `nn.MultiheadAttention`, used from section 11.10; $V$ is the width of a value here. This $c$ has no subscript and is not the cell state $c_t$ of an LSTM. Keys and values may be one and the same thing: in the picture above both are the encoder's states $h_s$.

# %% name="attention-code" covers=["L-12"]
def attention(q, keys, values, mask=None):
    """q (..., T, H), keys (..., S, H), values (..., S, V)，
    mask 能广播到 (..., T, S)，True 为可看 -> 平均 (..., T, V)，权重 (..., T, S)
    || q (..., T, H), keys (..., S, H), values (..., S, V), a mask that broadcasts
    to (..., T, S), True is visible -> averages (..., T, V), weights (..., T, S)"""
    scores = q @ keys.transpose(-2, -1) / q.shape[-1] ** 0.5           # (..., T, S)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    weights = scores.softmax(dim=-1)                                   # (..., T, S)
    return weights @ values, weights


# 三个键，三个值 || three keys, three values
entries = torch.eye(3, dtype=torch.float64)                            # (S, H) = (3, 3)
prices = torch.tensor([[10.0], [60.0], [20.0]], dtype=torch.float64)   # (S, V) = (3, 1)
found = {}
for times in (0, 1, 5, 50):
    # 查询就是第二个键，乘上一个数 || the query is the second key, times a number
    averages, weights = attention(times * entries[1:2], entries, prices)
    found[times] = averages.item()
    shares = "  ".join(f"{weight:.3f}" for weight in weights[0].tolist())
    print(f"{times:3} * q    alpha  {shares}    c  {found[times]:.3f}")
claim("Q11-lookup", abs(found[50] - 60) < 1e-6, gap=abs(found[50] - 60))
claim("Q11-lookup-control", not abs(found[0] - 60) < 1e-6, mean=found[0])

# %% [markdown] name="three-steps-meaning"
# 查询就是第二个键，该取到 60。乘上 50，打分拉开差距，它就是一本普通的字典，取到的正是 60；乘上 0，三个键一样像，取到的是三个值的平均。注意力站在两者之间，站在哪里由分数的大小决定。更要紧的是，从头到尾没有“如果”：每一步都可以求导，于是**看哪里可以学**。
#
# 三样东西的名字记成一句话：**拿查询去问，拿键来比，把值带走。**

# %% [markdown] lang="en" of="6a46a2c9.44eac84d"
# The query is the second key, so 60 is what it should find. Times 50 the scores are far apart and this is an ordinary dictionary: it finds 60. Times 0 all keys match equally well and what comes out is the mean of the three values. Attention lives between the two, and the size of the scores decides where. What matters more: there is no "if" anywhere. Every step can be differentiated, and so **where to look can be learnt**.
#
# The three names in one line: **ask with the query, compare with the keys, take away the values.**

# %% [markdown] name="scores" covers=["L-10", "L-12"]
# ## 11.3 两种打分，和那个根号
#
# 2014 年，Bahdanau、Cho 和 Bengio 在《Neural Machine Translation by Jointly Learning to Align and Translate》里第一次这样做翻译。他们的打分是一个小网络（$A$ 是它的宽度），叫**加性**（additive）打分：
#
# $$e_s = w^\top \tanh(W_q q + W_k k_s), \qquad W_q:\ (A, H),\quad W_k:\ (A, H),\quad w:\ (A,)$$
#
# 2017 年的《Attention Is All You Need》用了更省的**缩放点积**（scaled dot product），也就是上一节的那一行：没有自己的参数，整批就是一次矩阵乘法。多出来的 $\sqrt H$ 是做什么的？
#
# 设想查询和键里的数都是独立的、均值 0、方差 1。内积是 $H$ 个这样的乘积相加，方差也相加，于是标准差是 $\sqrt H$：向量越长，分数拉得越开。

# %% [markdown] lang="en" of="2f09ed37.3536ef29"
# ## 11.3 Two ways of scoring, and that square root
#
# In 2014 Bahdanau, Cho and Bengio were the first to translate this way, in "Neural Machine Translation by Jointly Learning to Align and Translate". They let a small network of width $A$ do the scoring; it is called **additive**:
#
# $$e_s = w^\top \tanh(W_q q + W_k k_s), \qquad W_q:\ (A, H),\quad W_k:\ (A, H),\quad w:\ (A,)$$
#
# "Attention Is All You Need" of 2017 took the cheaper **scaled dot product**, the line of the previous section: no parameters of its own, one matrix product for a whole batch. But what is the extra $\sqrt H$ for?
#
# Suppose that the numbers in queries and keys are independent with mean 0 and variance 1. An inner product is a sum of $H$ such products; their variances add up, so its standard deviation is $\sqrt H$: the longer the vectors, the farther apart the scores.

# %% name="bet-scale"
predict("Q11-scale")

# %% name="scale" covers=["L-12"]
g = torch.Generator().manual_seed(0)
SIZES = 4, 16, 64, 256, 1024
largest = {"scaled": [], "plain": []}
for H in SIZES:
    q = torch.randn(1000, 1, H, generator=g)
    keys = torch.randn(1000, 16, H, generator=g)                        # 16 个键 || 16 keys
    scores = (q @ keys.transpose(1, 2)).squeeze(1)                      # (1000, 16)
    largest["plain"].append(scores.softmax(1).amax(1).mean().item())
    largest["scaled"].append((scores / H**0.5).softmax(1).amax(1).mean().item())

fig, ax = plt.subplots()
ax.semilogx(SIZES, largest["plain"], "o-", label="不除 || not divided")
ax.semilogx(SIZES, largest["scaled"], "s--", label=r"除以 $\sqrt{H}$ || divided by $\sqrt{H}$")
ax.axhline(1 / 16, color="gray", linewidth=0.8, linestyle=":")
ax.set_xticks(SIZES, SIZES)
ax.minorticks_off()
ax.set(xlabel="向量的长度 H || size H of the vectors", ylim=(0, 1.05),
       ylabel="16 个权重里最大的 || largest of 16 weights")
ax.legend()
plt.show()
claim("Q11-scale", largest["plain"][-1] > 0.9, largest=largest["plain"][-1])
claim("Q11-scale-control", not largest["scaled"][-1] > 0.9,
      largest=largest["scaled"][-1])

# %% [markdown] name="scale-meaning"
# （点线是 1/16，一个也不偏爱。）向量一长，不除的 softmax 还没学就已经认定了一个位置，其余的权重接近 0。softmax 的导数里有因子 $\alpha_s(1-\alpha_s)$，$\alpha$ 贴着 0 或 1，梯度就没了：这正是第 4、5 章里饱和的门。除以 $\sqrt H$，向量多长，最大的都约 0.25：十六个随机分数总有高低，到不了 1/16，可是不再随 $H$ 变，离饱和很远。除的是**向量的长度** $H$，和有几个键无关。

# %% [markdown] lang="en" of="2d40fa3c.2c1ac78f"
# (The dotted line is 1/16, no preference at all.) With long vectors the undivided softmax has made up its mind before it has learnt anything; all other weights are close to 0. The derivative of a softmax has the factor $\alpha_s(1-\alpha_s)$, so with $\alpha$ close to 0 or 1 the gradient is gone: the saturated gates of Chapters 4 and 5 again. Divided by $\sqrt H$ the largest stays near 0.25 whatever the size: sixteen random scores are never all equal, so it is not 1/16, but it no longer grows with $H$ and is far from saturation. It is the **size of the vectors**, $H$, that counts, not the number of keys.

# %% [markdown] name="mask"
# ## 11.4 掩码：看不见的，权重恰好是 0
#
# 一批句子长短不一，短的后面是填充（第 9 章）。填充也有状态，也会得到分数；不拦着，它就分走一份权重。办法是在 softmax **之前**把它的分数改成 $-\infty$，因为 $\exp(-\infty) = 0$。

# %% [markdown] lang="en" of="f0ea4bd6.66cee864"
# ## 11.4 Masks: what is hidden weighs exactly 0
#
# Sentences in a batch differ in length, and the short ones end in padding (Chapter 9). Padding has states as well, and gets scores; unless someone stops it, it takes its share of the weights. So **before** the softmax its score is set to $-\infty$, since $\exp(-\infty) = 0$.

# %% name="mask-code"
g = torch.Generator().manual_seed(1)
alone = torch.randn(1, 5, 8, generator=g, dtype=torch.float64)          # 一句话 || one sentence
question = torch.randn(1, 2, 8, generator=g, dtype=torch.float64)       # 两个查询 || two queries
# 后面补三格，随便填什么 || three more places with anything in them
padded = F.pad(alone, (0, 0, 0, 3), value=7.0)                          # (1, 8, 8)
visible = torch.arange(8) < 5                                           # (8,)

by_itself, _ = attention(question, alone, alone)
in_batch, weights = attention(question, padded, padded, visible)
unmasked, _ = attention(question, padded, padded)
show("填充的权重 || weight of the padding", weights[..., 5:].sum())
claim("Q11-mask", (in_batch - by_itself).abs().max() < 1e-12,
      gap=(in_batch - by_itself).abs().max())
claim("Q11-mask-control", not (unmasked - by_itself).abs().max() < 1e-12,
      gap=(unmasked - by_itself).abs().max())

# %% [markdown] name="mask-meaning"
# 有了掩码，填充加几格都不改变结果。同一个办法还能遮住**将来**：第 $t$ 个位置只许看第 1 到第 $t$ 个位置（输入已右移一格，第 $t$ 格喂的是 $y_{t-1}$，没有偷看），掩码就是一个下三角矩阵 `torch.ones(T, T, dtype=torch.bool).tril()`，叫**因果掩码**（causal mask），11.10 节用得上。每个查询至少要有一处可看，不然 softmax 得 nan。
#
# 查文档时留神：这里 `True` 是可看，`F.scaled_dot_product_attention` 也是；`nn.MultiheadAttention` 的 `key_padding_mask` 正好相反，`True` 是**不可看**。

# %% [markdown] lang="en" of="1327d1ee.dc46d95a"
# With the mask, any amount of padding leaves the result as it was. The same trick hides the **future**: when place $t$ may see places 1 to $t$ only (the input is shifted: place $t$ is fed $y_{t-1}$, so nothing is given away), the mask is a lower triangle, `torch.ones(T, T, dtype=torch.bool).tril()`, called a **causal mask**. Section 11.10 uses it. Every query needs at least one visible place, or the softmax gives nan.
#
# Be careful with the documentation: here `True` is visible, as in `F.scaled_dot_product_attention`. In the `key_padding_mask` of `nn.MultiheadAttention` it is the reverse: `True` means **hidden**.

# %% [markdown] name="permute"
# ## 11.5 一件它不知道的事
#
# 循环网络一个一个地读，先后次序就在里面。注意力一眼看全部。把键和值**一起**打乱（每个键还配着自己的值），$c$ 会怎样？

# %% [markdown] lang="en" of="ced90a97.239c845e"
# ## 11.5 One thing it does not know
#
# A recurrent network reads one item after another; order is built in. Attention sees all at once. Shuffle keys and values **together**, so that each key keeps its value. What happens to $c$?

# %% name="bet-permute"
predict("Q11-permute")

# %% name="permute-code"
g = torch.Generator().manual_seed(2)
q = torch.randn(1, 8, generator=g, dtype=torch.float64)
keys = torch.randn(6, 8, generator=g, dtype=torch.float64)
values = torch.randn(6, 4, generator=g, dtype=torch.float64)
order = torch.tensor([3, 0, 5, 1, 4, 2])

in_order, _ = attention(q, keys, values)
together, _ = attention(q, keys[order], values[order])
keys_only, _ = attention(q, keys[order], values)
claim("Q11-permute", (together - in_order).abs().max() < 1e-14,
      gap=(together - in_order).abs().max())
claim("Q11-permute-control", not (keys_only - in_order).abs().max() < 1e-14,
      gap=(keys_only - in_order).abs().max())

# %% [markdown] name="permute-meaning"
# 式子里的 $\sum_s$ 不管先后，所以一点也不变（剩下的是浮点数相加的舍入）。注意力看到的是一个**集合**，不是一个序列。在这一章的前半，这不要紧：键来自循环编码器，$h_s$ 里已经写着它读到了哪里。等到 11.11 节拿掉循环，就要紧了。

# %% [markdown] lang="en" of="01a1de03.38683f7b"
# The $\sum_s$ in the formula does not care about order, so nothing changes but the rounding of floating-point sums. What attention sees is a **set**, not a sequence. In the first half of this chapter that does no harm: the keys come from a recurrent encoder, and each $h_s$ already tells how far it had read. In section 11.11, with the recurrence gone, it will matter.

# %% [markdown] name="translator" covers=["L-10", "U-02", "R-07"]
# ## 11.6 拆掉窄门
#
# 现在照第 10 章的样子另搭一个翻译器（LSTM 换成 GRU，编码器双向），把它装进去：一到两个日期，中英文混着写，译成 ISO 格式。编码器是双向 GRU，长短用打包（packed）照顾到；解码器也是 GRU，它的状态就是查询。
#
# 要比的两个网络是**同一个类、同样的参数个数、同样的初值、同样的批次**，只有一处不同：`looking=True` 时上下文 $c$ 是注意力取的平均；`looking=False` 时，每一步的 $c$ 都是编码器读完时的状态，也就是那道窄门。（窄门也有 `key` 这一层，只是派不上用场。）

# %% [markdown] lang="en" of="dcc76650.aaa074d7"
# ## 11.6 The narrow door removed
#
# Now build another translator after Chapter 10's (GRU for LSTM, the encoder bidirectional) and put it in: one or two dates, written in Chinese or English, into ISO format. The encoder is a bidirectional GRU that honours lengths by packing; the decoder is a GRU as well, and its state is the query.
#
# The two networks to be compared are of **the same class, with the same number of parameters, the same initial values and the same batches**. They differ in one place: with `looking=True` the context $c$ is the average that attention takes; with `looking=False` it is at every step the encoder's state after reading, the narrow door. (The narrow door has the layer `key` as well; it just has no use for it.)

# %% name="translator-code" covers=["L-10"]
class Translator(nn.Module):
    def __init__(self, symbols, written_symbols, looking, hidden=64):
        super().__init__()
        self.looking = looking
        self.embed = nn.Embedding(symbols, 32)
        self.encoder = nn.GRU(32, hidden, batch_first=True, bidirectional=True)
        self.bridge = nn.Linear(2 * hidden, hidden)
        self.embed_written = nn.Embedding(written_symbols, 16)
        self.decoder = nn.GRU(16, hidden, batch_first=True)
        self.key = nn.Linear(2 * hidden, hidden, bias=False)
        self.readout = nn.Linear(3 * hidden, written_symbols)

    def encode(self, sources, lengths):                                 # (B, S), (B,)
        """每个位置的状态 (B, S, 2H)，读完时的状态 (B, 2H)
        || the state at every place (B, S, 2H) and the state after reading (B, 2H)"""
        bundle = pack_padded_sequence(self.embed(sources), lengths,
                                      batch_first=True, enforce_sorted=False)
        states, (forward, backward) = self.encoder(bundle)
        states, _ = pad_packed_sequence(states, batch_first=True)
        return states, torch.cat([forward, backward], dim=1)

    def decode(self, written, h, states, last, mask):
        """写过的 (B, T) -> 下一个字符的得分 (B, T, V)，权重 (B, T, S)，新的状态
        || what is written (B, T) -> scores of the next character (B, T, V),
        weights (B, T, S), the new state"""
        queries, h = self.decoder(self.embed_written(written), h)       # (B, T, H)
        context, weights = attention(queries, self.key(states), states, mask)
        if not self.looking:
            context = last.unsqueeze(1).expand_as(context)              # (B, T, 2H)
        return self.readout(torch.cat([queries, context], dim=2)), weights, h

    def start(self, sources, lengths):
        states, last = self.encode(sources, lengths)
        h = torch.tanh(self.bridge(last)).unsqueeze(0)                  # (1, B, H)
        return h, states, last, (sources != 0).unsqueeze(1)             # (B, 1, S)

    def forward(self, sources, lengths, written):
        return self.decode(written, *self.start(sources, lengths))[0]

# %% [markdown] name="translator-data"
# 读的时候抓住三处：`encode` 把每一步的状态都留下；`decode` 里的那一行 `attention(…)` 就是上面的函数，查询是解码器的状态，键由 `key` 变出来，值就是编码器的状态；`if not self.looking` 那两行是两组唯一的差别。
#
# 数据由 `data.date_pairs` 生成，训练、验证、测试按**日子**分开：考卷上的日子，换什么写法都没有在训练里出现过。

# %% [markdown] lang="en" of="57213041.0b41691c"
# Three places to hold on to: `encode` keeps the state of every step; in `decode`, the line with `attention(…)` is the function from above, with the decoder's states as queries, keys made by `key`, and the encoder's states as values; and the two lines `if not self.looking` are all that the two arms differ in.
#
# The data are generated by `data.date_pairs`; training, validation and test are divided by **day**: the days of the exam have not been seen in training in any way of writing them.

# %% name="training"
pairs = (data.date_pairs(train_days, 2560, seed=1, dates=1)
         + data.date_pairs(train_days, 2560, seed=2, dates=2))
source = data.Vocabulary.of(written for written, _ in pairs)
target = data.Vocabulary.of(iso for _, iso in pairs)


def batches_of(pairs, size=32):
    """长短相近的放在一批 -> [(sources, lengths, targets), …]
    || Pairs of similar length go together -> [(sources, lengths, targets), …]"""
    pairs = sorted(pairs, key=lambda pair: len(pair[0]))
    groups = [pairs[k:k + size] for k in range(0, len(pairs), size)]
    shuffled = torch.randperm(len(groups), generator=torch.Generator().manual_seed(0))
    return [data.translation_batch(groups[k], source, target) for k in shuffled]


def teacher_forced(model, batch):
    sources, lengths, targets = batch
    written = F.pad(targets[:, :-1], (1, 0), value=target.bos)          # 右移一格 || shifted
    scores = model(sources, lengths, written)                           # (B, T, V)
    return F.cross_entropy(scores.transpose(1, 2), targets, ignore_index=target.pad)


def train(looking, seed):
    torch.manual_seed(seed)                                             # 初值相同 || same start
    model = Translator(len(source), len(target), looking)
    arm = "注意力 || attention" if looking else "窄门 || narrow door"
    fit(model, teacher_forced, batches, epochs=2, lr=5e-3, label=f"{arm} {seed}")
    return model


batches = batches_of(pairs)
print(len(batches), "批，两轮 || batches, twice")
print(sum(p.numel() for p in Translator(len(source), len(target), True).parameters()),
      "个参数，两组一样 || parameters in either arm")

# %% [markdown] name="translating-intro"
# 译和打分的代码就是第 10 章的贪心解码，折起来了。

# %% [markdown] lang="en" of="1375e4f1.0177f6c7"
# Translating and marking is the greedy decoding of Chapter 10, folded away.

# %% name="translating" tags=["hide-input"]
@torch.no_grad()
def translate(model, texts):
    """贪心解码 -> 译文的列表 || greedy decoding -> a list of translations"""
    ids = [torch.tensor(source.encode(text)) for text in texts]
    lengths = torch.tensor([len(row) for row in ids])
    h, *seen = model.start(pad_sequence(ids, batch_first=True), lengths)
    last = torch.full((len(texts), 1), target.bos)
    written = []
    for _ in range(40):
        scores, _, h = model.decode(last, h, *seen)
        last = scores.argmax(2)                                         # (B, 1)
        written.append(last)
    rows = torch.cat(written, dim=1).tolist()
    return [target.decode(row[:(row + [target.eos]).index(target.eos)]) for row in rows]


def exact(model, pairs):
    """一字不差的有几成 || the share without a single wrong character"""
    guesses = translate(model, [written for written, _ in pairs])
    return sum(guess == iso for guess, (_, iso) in zip(guesses, pairs)) / len(pairs)

# %% name="bet-exact"
predict("Q11")

# %% name="train-both" covers=["L-10"]
SEEDS = 0, 1
attending = [train(True, seed) for seed in SEEDS]
narrow = [train(False, seed) for seed in SEEDS]
exam = {n: data.date_pairs(test_days, 200, seed=7, dates=n) for n in (1, 2, 3)}
with_attention = [exact(model, exam[2]) for model in attending]
without = [exact(model, exam[2]) for model in narrow]

claim("Q11", min(with_attention) >= 0.95,
      first=with_attention[0], second=with_attention[1])
claim("Q11-control", not max(without) >= 0.95, first=without[0], second=without[1])

# %% [markdown] name="train-meaning"
# 同样的训练，从几乎全错到几乎全对。两组的参数一样多，初值一样，批次一样，所以功劳只能归一样东西：**能不能回头看**。
#
# 窄门也不是永远学不会。第 10 章的门一样宽（也是 128 个数），五万行数据练下来，学会了一个日期。这里只有五千行、读两遍，窄门连一个日期也几乎不会（11.8 节的图）。所以这里量到的是**同样的训练，谁学得会**，不是一个向量装不装得下。有了注意力，状态不必装下整句话，只要记得“写到哪里了，下一个该看哪里”。
#
# （你自己训练时若不见起色，先让它背下一小批：[14.8 节](14_debugging_clinic.ipynb#cell-id=one-batch)。）
#
# 看看窄门写了些什么：

# %% [markdown] lang="en" of="4a05df6f.eb0d19f4"
# The same training, and from nearly all wrong to nearly all right. Parameters, initial values and batches are the same in both arms, so one thing alone can have done it: **being able to look back**.
#
# Not that the narrow door could never learn. In Chapter 10 a door just as wide (128 numbers) learnt single dates from fifty thousand rows. Here there are five thousand, read twice, and the narrow door can hardly do even one date (figure in 11.8). What is measured is **who learns it with the same training**, not what fits into a vector. With attention the state need not hold the sentence; it only has to know how far it has written and where to look next.
#
# (If a training of yours makes no headway, let it first learn one small batch by heart: [section 14.8](14_debugging_clinic.ipynb#cell-id=one-batch).)
#
# Here is what the narrow door writes:

# %% name="what-it-writes" tags=["nbval-ignore-output"]
few = exam[2][:4]
guesses = translate(narrow[0], [written for written, _ in few])
for (written, iso), guess in zip(few, guesses):
    print(f"{written}\n    {iso}\n    {guess}")

# %% [markdown] name="what-it-writes-meaning"
# 每一份第一行是原文，第二行是正确答案，第三行是窄门写的。都像日期，世纪也大致不错，往后就全是猜的，连有几个日期都常常弄错。这点训练，它只学会了“大概是什么年代”。

# %% [markdown] lang="en" of="1a983f4d.2f947d77"
# First comes the source, then the right answer, then what the narrow door wrote. They all look like dates, and the century is about right; the rest is guesswork, often even how many dates there are. With this little training it has learnt no more than roughly which years.

# %% [markdown] name="align" covers=["L-10"]
# ## 11.7 它在看哪里？
#
# 没有人告诉过网络“月份写在这里”，训练只说过译文对不对。那么写月份的两个数字时，它看的是原文的哪里？先下注，再量：拿“2026年8月9日”这种写法的日期，给它看正确的译文（教师强制），把写年、月、日时的权重按原文的四段加起来。

# %% [markdown] lang="en" of="291de056.4ac83246"
# ## 11.7 Where does it look?
#
# Nobody ever told the network "here is the month"; training only said whether the translation was right. So when it writes the two digits of the month, where in the source does it look? Bet first, then measure: dates in the Chinese style with digits, the right translation given (teacher forcing), and the weights while year, month and day are written, added up over the four parts of the source.

# %% name="bet-align"
predict("Q11-align")

# %% name="align-code" tags=["chinese-data"] covers=["L-10"]
@torch.no_grad()
def looks(model, written, iso):
    """写每个字符时的权重 (T, S) || the weights while each character is written (T, S)"""
    ids = torch.tensor([source.encode(written)])
    so_far = torch.tensor([[target.bos, *target.encode(iso)[:-1]]])
    start = model.start(ids, torch.tensor([len(written)]))
    return model.decode(so_far, *start)[1][0]


FIELDS = [slice(0, 4), slice(5, 7), slice(8, 10)]                       # YYYY-MM-DD


def by_field(model, pairs):
    """写年、月、日时（行），权重落在原文的年、月、日、星期（列）各多少
    || While year, month and day are written (rows): how much of the weight falls
    on the source's year, month, day and weekday (columns)"""
    total = torch.zeros(3, 4)
    for written, iso in pairs:
        ends = [0, *(written.index(mark) + 1 for mark in "年月日"), len(written)]
        weights = looks(model, written, iso)
        for row, field in enumerate(FIELDS):
            mean = weights[field].mean(0)                               # (S,)
            parts = [mean[a:b].sum() for a, b in zip(ends, ends[1:])]
            total[row] += torch.stack(parts)
    return total / len(pairs)


chinese = [pair for pair in data.date_pairs(validation_days, 400, seed=11)
           if re.match(r"\d{4}年", pair[0])]
shares = [by_field(model, chinese) for model in attending]
torch.manual_seed(0)                                                # 训练之前 || before training
untrained = by_field(Translator(len(source), len(target), True), chinese)

fig, axes = plt.subplots(1, 2, figsize=(9, 2.6))
columns = ["年 || year", "月 || month", "日 || day", "星期 || weekday"]
for ax, table, name in zip(axes, (untrained, shares[0]),
                           ("训练之前 || before training", "训练之后 || after training")):
    plotting.alignment(ax, table, columns, columns[:3], numbers=True)
    ax.set_title(name)
plt.show()
on_month = [table[1, 1].item() for table in shares]
claim("Q11-align", min(on_month) > 0.6, first=on_month[0], second=on_month[1])
claim("Q11-align-control", not untrained[1, 1] > 0.6, share=untrained[1, 1])

# %% [markdown] name="align-meaning" covers=["!29"]
# 写月份时，大半的权重落在原文的月份上，没有人教过它。这张表叫**对齐**（alignment）：译文的哪一段对着原文的哪一段。
#
# 读这样的图，先认方向：一行是正在**写**的译文（查询），一列是被**看**的原文（键）。有些资料举英译中的例子，说“翻译 I 的时候关注‘我’”，那就反了：是写“我”的时候，看原文里的 I；“我”还没有写出来，没有东西可看。下面是一整串两个日期的：从上往下写，从左往右看。

# %% [markdown] lang="en" of="150519bf.ebf17f05"
# While it writes the month, most of the weight is on the source's month, and nobody taught it so. Such a table is an **alignment**: which part of the translation goes with which part of the source.
#
# Mind the direction when you read one: a row is what is being **written** (the query), a column is a place of the source that is **looked at** (the key). Some texts give an example from English to Chinese and say that "in translating *I* the model attends to `我`". That is the wrong way round: while writing `我` it looks at the *I* of the source; `我` does not exist yet and cannot be looked at. Below is a whole string with two dates: written from top to bottom, looked at from left to right.

# %% name="align-figure" tags=["chinese-data"]
written, iso = next(pair for pair in exam[2]
                    if re.match(r"\d{4}年.* / [A-Z]", pair[0]) and len(pair[0]) < 36)
fig, ax = plt.subplots(figsize=(9.5, 5.2))
plotting.alignment(ax, looks(attending[0], written, iso), list(written), list(iso))
plt.show()

# %% [markdown] name="align-figure-meaning"
# 有三处值得看：第一个日期和第二个日期各占一块；英文的日期次序不同，深色就不走对角线，而是跳回去；写连字符那几行，它看“年”，看“/”，都是没有数字可抄的地方：这时候不必看，权重总得有个去处。
#
# 别把这张图当成网络的“理由”。看月份补的那个 0（比如 `07` 的 0）：它常常看的是“年”字，而不是月份。$h_s$ 不是一个孤立的字符，双向编码器已经把左右的消息揉了进去，“年”字的状态里多半写着“后面的月份只有一位”。权重说的是**从哪个状态取**，不一定是**凭哪个字符**。要问凭什么，最好的办法还是改一改原文，看译文变不变。下面的页面就给你这样做。

# %% [markdown] lang="en" of="689836c2.66195534"
# Three things to see: the first date and the second have a block each; in an English date the order is different, and the dark squares leave the diagonal and jump back; and in the rows of the hyphens it looks at `年` or at `/`, places with no digit to copy: nothing needs looking up just then, and the weight has to go somewhere.
#
# Do not take the picture for the network's "reasons". Look at the 0 that is put before a month (as in `07`): often it looks not at the month but at the character for "year". An $h_s$ is not a single character. The bidirectional encoder has mixed in information from left and right, and the state at "year" probably knows that "the month to come has one digit". Weights say **from which state** something was taken, not necessarily **because of which character**. To ask why, the best way is still to change the source and see whether the translation changes. The page below is made for that.

# %% [markdown] name="page-intro" covers=["A-05"]
# ### 换你来写
#
# 页面里就是上面训练好的第一个网络，权重由这份 notebook 交给它；每改一个字，它都在浏览器里重新读、重新写。先猜，再试：
#
# 1. 把 9 日改成 7 日：哪几行的权重会变？译文变几个字？
# 2. 写些不存在的：13 月，2 月 30 日，3026 年。哪些它照抄，哪些它“改正”了？
# 3. 换成两个日期的例子。温度调到 5（权重抹平），再调到 0.2（几乎只看一处）：哪一头先坏，从哪里开始坏？
# 4. 换回第一个例子，在“遮住”里按下 8：它写几月？

# %% [markdown] lang="en" of="b97d50aa.9b8c4594"
# ### Your turn to write
#
# The page holds the first of the networks trained above; this notebook handed it the weights, and at every change it reads and writes anew in your browser. Guess first, then try:
#
# 1. Change the day from 9 to 7: in which rows do the weights change, and how many characters of the translation?
# 2. Write what does not exist: month 13, day 30 of February, the year 3026. Which does it copy, and which does it "correct"?
# 3. Take the example with two dates. Set the temperature to 5 (weights flattened), then to 0.2 (almost one place only): which end fails first, and where does it begin?
# 4. Back to the first example; press 8 under "Hide". Which month does it write?

# %% name="page" tags=["nbval-ignore-output", "chinese-data"] covers=["A-05"]
model = attending[0]
weights_of = {f"{part}_{name}": packed(getattr(getattr(model, part), f"{name}_l0"))
              for part in ("encoder", "decoder")
              for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
backward = {f"backward_{name}": packed(getattr(model.encoder, f"{name}_l0_reverse"))
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
examples = "2026年8月9日", written, "Sunday, August 9, 2026 / 二〇三一年三月一日"
Explorer("alignment", height=760, typed=examples[0], examples=examples,
         symbols=source.symbols, written_symbols=target.symbols,
         embed=packed(model.embed.weight),
         embed_written=packed(model.embed_written.weight),
         bridge_weight=packed(model.bridge.weight),
         bridge_bias=packed(model.bridge.bias), key=packed(model.key.weight),
         readout_weight=packed(model.readout.weight),
         readout_bias=packed(model.readout.bias), **weights_of, **backward)

# %% [markdown] name="page-notice"
# <details><summary>看到什么</summary>
#
# （这是我们这次训练的网络；你的那一个，细节可能不同。）
#
# 1. 主要是写日子的那一行；译文只变一个字。它是照着原文抄的，不是凭记忆写的。
# 2. 13 月和 2 月 30 日照抄：它学会的是**搬运**，不是日历。3026 却成了 2026：训练里的年份都以 19 或 20 开头，习惯压过了眼睛。温度调到 0.2，逼它看准，3 又回来了。
# 3. 抹平先坏：第二个日期整个不见了。每一行取到的都差不多是同一个平均数，“后面还有一个日期”这样的消息多半也被抹平了。只看一处几乎没有影响，它本来就看得很专心。
# 4. 它照样写出一个月份，比如 06，理直气壮：网络没有“不知道”这个选项。掩码遮的是注意力，不是编码器；可是看来邻近的状态里也没有留着那个 8：训练时从来用不着。
#
# </details>

# %% [markdown] lang="en" of="8084de83.a99a70f0"
# <details><summary>What to notice</summary>
#
# (This is the network of our training; yours may differ in the details.)
#
# 1. Chiefly the row of the day, and one character of the translation. It copies from the source and does not write from memory.
# 2. Month 13 and 30 February are copied: what it has learnt is to **carry over**, not the calendar. But 3026 becomes 2026: in training all years began with 19 or 20, and habit beats the eye. Force it to look sharply, with a temperature of 0.2, and the 3 comes back.
# 3. Flattening fails first: the second date is gone altogether. Every row receives much the same average, and news such as "there is one more date" was probably flattened with it. Looking at one place only does hardly any harm; it was that focused already.
# 4. It writes a month all the same, 06 for instance, with full confidence: "I do not know" is not among its options. The mask hides places from attention, not from the encoder; yet the states next to it do not seem to have kept the 8 either; in training there was never any need.
#
# </details>

# %% [markdown] name="three"
# ## 11.8 没修好的：三个日期
#
# 训练时一串里有一个或两个日期。现在给它三个，其余什么也不变：样式都见过，日期都不比考卷上的难。

# %% [markdown] lang="en" of="9e15fe77.bcb9721c"
# ## 11.8 Not mended: three dates
#
# In training a string held one date or two. Now give it three and change nothing else: all styles have been seen, and the dates are no harder than those of the exam.

# %% name="bet-three"
predict("Q11-three")

# %% name="three-code"
on_three = [exact(model, exam[3]) for model in attending]
claim("Q11-three", max(on_three) <= 0.05, first=on_three[0], second=on_three[1])
claim("Q11-three-control", not max(with_attention) <= 0.05,
      first=with_attention[0], second=with_attention[1])

fig, ax = plt.subplots(figsize=(6, 2.8))
arms = {"注意力 || attention": (attending, "o-"), "窄门 || narrow door": (narrow, "s--")}
for (arm, (models, mark)), colour in zip(arms.items(), ("C0", "C1")):
    for k, one in enumerate(models):                                    # 两个种子 || two seeds
        ax.plot([1, 2, 3], [exact(one, exam[n]) for n in (1, 2, 3)], mark,
                color=colour, label=None if k else arm)
ax.axvspan(2.5, 3.2, color="0.9", zorder=0)
ax.text(2.85, 0.5, "训练里没有过 || never in training", ha="center", fontsize=9)
ax.set(xticks=[1, 2, 3], xlim=(0.8, 3.2), xlabel="一串几个日期 || dates in a string",
       ylabel="一字不差的比例 || without error", ylim=(-0.05, 1.05))
ax.legend(loc="center left")
plt.show()

# %% name="three-examples" tags=["nbval-ignore-output"]
few_long = exam[3][:3]
guesses_long = translate(attending[0], [text for text, _ in few_long])
for (text, wanted), guess in zip(few_long, guesses_long):
    print(f"{text}\n    {wanted}\n    {guess}")

# %% [markdown] name="three-meaning"
# 一个也不对，而且错得很有意思：它多半写了**两个**日期就收工，常常是第一个和最后一个，中间那个不见了。（回到上面的页面，在两个日期后面再添一个，看看它写到第二个时，眼睛落在哪里。）
#
# 注意力拆掉的是**瓶颈**：什么都要先塞进一个向量，再取出来。它没有教会网络**数数**：写完两个之后该做什么，训练里从来只有一个答案，就是结束。训练没有见过的长度，注意力也没有办法；这叫**长度外推**（length generalisation），到今天还是难题。办法有两种：训练时就给足长短；或者换一种不依赖“第几个”的写法，比如先按“/”切开，一段一段译。

# %% [markdown] lang="en" of="165262e0.17b419a1"
# Not a single one, and the way it fails is telling: mostly it writes **two** dates and stops, often the first and the last, and the one between is gone. (Go back to the page above, add a third date after two, and see where it looks when it comes to the second.)
#
# What attention removed is the **bottleneck**: everything had to be packed into one vector and unpacked again. It did not teach the network to **count**. What to do after two dates had only one answer in training: stop. Lengths that training never showed are beyond attention as well. This is **length generalisation**, a hard problem to this day. There are two ways round: show all lengths in training, or find a way of working that does not depend on "which one is this": split at "/", say, and translate piece by piece.

# %% [markdown] name="speech" covers=["U-06"]
# ## 11.9 从文字到声音：对角线
#
# 语音合成也是序列到序列：读进文字，一帧一帧写出声音的频谱，再由声码器变成波形。一个字要念好几帧，念多久又因字而异，所以最早的神经网络语音合成（如 Tacotron）都用注意力来管“念到哪个字了”。好的对齐应当是一条**对角线**：从头念到尾，不跳，不回头。
#
# 下面是一个玩具：12 个“字母”，每个有自己的频谱（8 个频带）和自己的长短（2 到 4 帧），加一点噪声。解码器看着上一帧写下一帧，用**加性**打分。没有人告诉它哪一帧属于哪个字母；我们知道，所以可以打分。

# %% [markdown] lang="en" of="2048dbec.614c0903"
# ## 11.9 From text to sound: the diagonal
#
# Speech synthesis is sequence to sequence too: text goes in, the spectrum of a voice comes out frame by frame, and a vocoder turns it into a waveform. One character lasts several frames, and how many depends on the character; so the first neural synthesisers, such as Tacotron, used attention to keep track of which character is being spoken. A good alignment is a **diagonal**: from beginning to end, no leaps, no turning back.
#
# Here is a toy: 12 "letters", each with a spectrum (8 bands) and a duration (2 to 4 frames) of its own, and a little noise. The decoder sees the previous frame and writes the next, with **additive** scores. Nobody tells it which frame belongs to which letter; we know, so we can mark it.

# %% name="speech-code" covers=["U-06"]
LETTERS, BANDS = 12, 8
g = torch.Generator().manual_seed(0)
SPECTRA = torch.rand(LETTERS, BANDS, generator=g)
DURATIONS = torch.randint(2, 5, (LETTERS,), generator=g)


def speech_batch(size, generator, backwards=False):
    """六个字母念出来 -> 文字 (B, 6)，频谱帧 (B, T, 8)，每帧属于第几个字母 (B, T)
    || Six letters spoken -> text (B, 6), frames (B, T, 8), the place of the letter
    that each frame belongs to (B, T), -1 in the padding"""
    text = torch.randint(LETTERS, (size, 6), generator=generator)
    frames, places = [], []
    for row in text:
        spoken = torch.arange(6).flip(0) if backwards else torch.arange(6)
        place = spoken.repeat_interleave(DURATIONS[row[spoken]])        # (T,)
        clean = SPECTRA[row[place]]                                     # (T, 8)
        frames.append(clean + 0.05 * torch.randn(clean.shape, generator=generator))
        places.append(place)
    return (text, pad_sequence(frames, batch_first=True),
            pad_sequence(places, batch_first=True, padding_value=-1))


class Speaker(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.embed = nn.Embedding(LETTERS, 16)
        self.encoder = nn.GRU(16, hidden, batch_first=True, bidirectional=True)
        self.decoder = nn.GRU(BANDS, hidden, batch_first=True)
        self.W_q = nn.Linear(hidden, hidden)
        self.W_k = nn.Linear(2 * hidden, hidden, bias=False)
        self.w = nn.Linear(hidden, 1, bias=False)
        self.readout = nn.Linear(3 * hidden, BANDS)

    def forward(self, text, frames):
        """-> 预测的帧 (B, T, 8)，权重 (B, T, S) || -> predicted frames (B, T, 8), weights (B, T, S)"""
        states, _ = self.encoder(self.embed(text))                      # (B, S, 2H)
        queries, _ = self.decoder(F.pad(frames[:, :-1], (0, 0, 1, 0)))  # (B, T, H)
        pairs = self.W_q(queries).unsqueeze(2) + self.W_k(states).unsqueeze(1)
        scores = self.w(torch.tanh(pairs)).squeeze(3)                   # (B, T, S)
        weights = scores.softmax(dim=2)
        return self.readout(torch.cat([queries, weights @ states], dim=2)), weights


def frame_error(speaker, batch):
    text, frames, places = batch
    guess, _ = speaker(text, frames)
    return (guess - frames).pow(2)[places >= 0].mean()


@torch.no_grad()
def on_its_letter(speaker, batch):
    """有几成的帧，最大的权重落在它所属的字母上
    || the share of frames whose largest weight is on the letter they belong to"""
    text, frames, places = batch
    _, weights = speaker(text, frames)
    return (weights.argmax(2) == places)[places >= 0].float().mean().item()


def train_speaker(seed, backwards=False):
    g = torch.Generator().manual_seed(seed)
    lessons = [speech_batch(32, g, backwards) for _ in range(320)]
    torch.manual_seed(seed)
    speaker = Speaker()
    fit(speaker, frame_error, lessons, lr=5e-3,
        label=f"倒着念 {seed} || backwards {seed}" if backwards else f"顺着念 {seed} || forwards {seed}")
    return speaker

# %% [markdown] name="speech-control"
# 对角线是学来的，还是天生的？对照只改一件事：同样的文字，**倒着念**。

# %% [markdown] lang="en" of="a04c440e.bcb6ce2e"
# Is the diagonal learnt, or built in? The control changes one thing: the same text, **spoken backwards**.

# %% name="bet-diagonal"
predict("Q11-diagonal")

# %% name="speech-train" covers=["U-06"]
forwards = [train_speaker(seed) for seed in (0, 1)]
reversed_ = [train_speaker(seed, backwards=True) for seed in (0, 1)]
listen = speech_batch(200, torch.Generator().manual_seed(99))
listen_back = speech_batch(200, torch.Generator().manual_seed(99), backwards=True)
right = [on_its_letter(speaker, listen) for speaker in forwards]
right_back = [on_its_letter(speaker, listen_back) for speaker in reversed_]
torch.manual_seed(0)
before = on_its_letter(Speaker(), listen)

fig, axes = plt.subplots(1, 2, figsize=(9, 3.4))
for ax, speaker, heard, name in (
    (axes[0], forwards[0], listen, "顺着念 || spoken forwards"),
    (axes[1], reversed_[0], listen_back, "倒着念 || spoken backwards"),
):
    frames = int((heard[2][0] >= 0).sum())
    with torch.no_grad():
        _, weights = speaker(heard[0], heard[1])
    letters = [chr(ord("A") + letter) for letter in heard[0][0]]
    plotting.alignment(ax, weights[0, :frames], letters, range(1, frames + 1))
    ax.set(title=name, ylabel="正在写第几帧 || frame being written",
           xlabel="字母 || letter")
plt.show()
claim("Q11-diagonal", min(right_back) > 0.5,
      forwards=min(right), backwards=min(right_back))
claim("Q11-diagonal-control", not before > 0.5, share=before)

# %% [markdown] name="speech-meaning"
# 顺着念，它学出对角线；倒着念，它学出反对角线。**对角线不在网络里，在数据里。** 反过来说，对齐图是语音合成最好的体检表：线在哪里断了，哪个字就漏念；在哪里停住，哪个字就结巴。
#
# （教师强制下，每一帧都拿得到真的上一帧。真让它自己念，错误会累积，第 10 章量过；所以后来的系统多改用显式的“每个字念几帧”。）

# %% [markdown] lang="en" of="de4ab8ab.f161df78"
# Spoken forwards, it learns the diagonal; backwards, the other diagonal. **The diagonal is not in the network, it is in the data.** Conversely an alignment is the best health check for a synthesiser: where the line breaks, a character is skipped; where it stands still, the voice stutters.
#
# (With teacher forcing each frame is given the true one before it. When it has to go on from its own frames errors add up, as Chapter 10 measured; later systems therefore predict outright how many frames each character lasts.)

# %% [markdown] name="self" covers=["L-12", "H-14", "F-04"]
# ## 11.10 往前一步：自己问自己
#
# 到这里，注意力只是循环网络的帮手：查询来自解码器的 GRU，键和值来自编码器的 GRU。2017 年的问题是：**循环本身还要不要？**
#
# 做法是让一句话自己问自己。每个位置的 $x_t$ 乘三块权重，变出三样东西：
#
# $$q_t = W_Q x_t + b_Q, \qquad k_t = W_K x_t + b_K, \qquad v_t = W_V x_t + b_V, \qquad W_Q, W_K, W_V:\ (D, D)$$
#
# $q_t$ 是“我想知道什么”，$k_t$ 是“我这里有什么”，$v_t$ 是“问到我，我就给这个”。同一个位置的三样东西可以完全不同。接下来还是那一个 `attention`，一行没改；最后再过一层 $W_O$。这叫**自注意力**（self-attention）。

# %% [markdown] lang="en" of="e189490b.09248717"
# ## 11.10 One step further: ask yourself
#
# So far attention was an assistant to recurrent networks: queries from the decoder's GRU, keys and values from the encoder's. The question of 2017 was: **do we need the recurrence at all?**
#
# Let a sentence ask itself. The $x_t$ of every place, times three blocks of weights, makes three things:
#
# $$q_t = W_Q x_t + b_Q, \qquad k_t = W_K x_t + b_K, \qquad v_t = W_V x_t + b_V, \qquad W_Q, W_K, W_V:\ (D, D)$$
#
# $q_t$ is "what I want to know", $k_t$ "what I have", $v_t$ "what you get if you ask me". For one and the same place the three may be quite different. What follows is the very same `attention`, not a line changed, and one more layer $W_O$. This is **self-attention**.

# %% name="self-code" covers=["L-12"]
class SelfAttention(nn.Module):
    def __init__(self, D):
        super().__init__()
        self.to_qkv = nn.Linear(D, 3 * D)                       # 三块叠在一起 || three blocks, stacked
        self.out = nn.Linear(D, D)

    def forward(self, x, mask=None):                                    # (B, T, D)
        q, k, v = self.to_qkv(x).chunk(3, dim=-1)                       # (B, T, D) each
        mixed, _ = attention(q, k, v, mask)
        return self.out(mixed)


class Block(nn.Module):
    """Transformer 的一个块（一个头） || One block of the Transformer (one head)"""

    def __init__(self, D, inner):
        super().__init__()
        self.attend = SelfAttention(D)
        self.think = nn.Sequential(nn.Linear(D, inner), nn.ReLU(), nn.Linear(inner, D))
        self.norm1 = nn.LayerNorm(D)
        self.norm2 = nn.LayerNorm(D)

    def forward(self, x, mask=None):                                    # (B, T, D)
        x = self.norm1(x + self.attend(x, mask))                    # 彼此交谈 || talk to each other
        return self.norm2(x + self.think(x))                        # 各想各的 || think alone


torch.manual_seed(0)
D, T = 16, 7
block = Block(D, 4 * D).double()
theirs = nn.TransformerEncoderLayer(D, 1, 4 * D, dropout=0.0, batch_first=True).double()
theirs.load_state_dict(dict(zip(theirs.state_dict(), block.state_dict().values())))
x = torch.randn(2, T, D, dtype=torch.float64)
past = torch.ones(T, T, dtype=torch.bool).tril()                        # 因果掩码 || causal mask

# 它的掩码里 True 是不可看 || in its mask True means hidden
# theirs.self_attn 就是 nn.MultiheadAttention || theirs.self_attn is an nn.MultiheadAttention
their_heads, _ = theirs.self_attn(x, x, x, attn_mask=~past)
their_block = theirs(x, src_mask=~past)


def apart(a, b):
    return (a - b).abs().max()


gap = apart(block.attend(x, past), their_heads)
claim("Q11-self", gap < 1e-10, gap=gap)
gap = apart(block.attend(x), their_heads)                               # 忘了掩码 || mask forgotten
claim("Q11-self-control", not gap < 1e-10, gap=gap)
gap = apart(block(x, past), their_block)
claim("Q11-block", gap < 1e-10, gap=gap)
gap = apart(block(x), their_block)
claim("Q11-block-control", not gap < 1e-10, gap=gap)

# %% [markdown] name="self-meaning"
# `nn.MultiheadAttention` 和整个 `nn.TransformerEncoderLayer` 里没有别的秘密：**一次注意力，让各个位置彼此交谈；一个两层的前馈网络，让每个位置各想各的；两处残差（`x + …`）和两次 LayerNorm 保证叠得起来。** 残差你见过：$x$ 原样往前走，只在上面加一点，和 LSTM 的 $c_t$ 是同一个主意，只是沿着深度，不是沿着时间。
#
# 练习 E10 里你会自己写出**多头**的版本：把 $D$ 个数切成几段，每段各问各的，再接起来；同样和 `nn.MultiheadAttention` 对到小数点后十位。

# %% [markdown] lang="en" of="df1611eb.6d667ea9"
# There is no further secret inside `nn.MultiheadAttention`, nor in the whole `nn.TransformerEncoderLayer`: **attention once, for the places to talk to each other; a two-layer feed-forward net, for each to think alone; two residuals (`x + …`) and two LayerNorms, so that blocks can be stacked.** You know residuals: $x$ moves on as it is and only has something added to it, the idea of the LSTM's $c_t$, along the depth this time and not along time.
#
# In exercise E10 you write the **multi-head** version yourself: cut the $D$ numbers into pieces, let each piece ask for itself, join them again; it, too, agrees with `nn.MultiheadAttention` to ten decimals.

# %% [markdown] name="position" covers=["F-04"]
# ## 11.11 没有循环，谁来管先后？
#
# 第 1 章有一对句子：“猫追狗”和“狗追猫”。字一样，次序不同。把它变成一道最小的题：十个符号里藏着一个 A 和一个 B，问**谁在前**。
#
# 用一个块，取各位置的平均，再分两类。两组网络只差一样：有没有把**位置向量** $p_t$（每个位置一个学来的向量）加到 $x_t$ 上。

# %% [markdown] lang="en" of="9b9508a7.c6e2803c"
# ## 11.11 Without recurrence, who minds the order?
#
# Chapter 1 had a pair of sentences, "cat chases dog" and "dog chases cat": the same words in a different order. In its smallest form: among ten symbols there is one A and one B; **which comes first?**
#
# One block, the mean over all places, two classes. The two networks differ in one thing: whether a **position vector** $p_t$ (a learnt vector for each place) is added to $x_t$.

# %% name="bet-position"
predict("Q11-position")

# %% name="position-code" covers=["F-04"]
class Order(nn.Module):
    def __init__(self, positions, D=32):
        super().__init__()
        self.positions = positions
        self.embed = nn.Embedding(8, D)
        self.place = nn.Embedding(10, D)
        self.block = Block(D, 2 * D)
        self.readout = nn.Linear(D, 2)

    def forward(self, symbols):                                         # (B, 10)
        x = self.embed(symbols)                                         # (B, 10, D)
        if self.positions:
            x = x + self.place.weight
        return self.readout(self.block(x).mean(dim=1))                  # (B, 2)


def order_batch(size, generator):
    """0 是 A，1 是 B，各出现一次；A 在前为 1 || 0 is A and 1 is B, once each; 1 if A comes first"""
    symbols = torch.randint(2, 8, (size, 10), generator=generator)
    spots = torch.rand(size, 10, generator=generator).topk(2).indices   # 两个不同的位置 || two places
    symbols.scatter_(1, spots, torch.tensor([[0, 1]]).expand(size, 2))
    return symbols, (spots[:, 0] < spots[:, 1]).long()


def which_first(model, batch):
    symbols, first = batch
    return F.cross_entropy(model(symbols), first)


def order_accuracy(positions, seed):
    g = torch.Generator().manual_seed(seed)
    lessons = [order_batch(64, g) for _ in range(300)]
    torch.manual_seed(seed)
    model = Order(positions)
    arm = "有位置 || with positions" if positions else "没有位置 || without positions"
    fit(model, which_first, lessons, lr=3e-3, label=f"{arm} {seed}")
    symbols, first = order_batch(2000, torch.Generator().manual_seed(77))
    with torch.no_grad():
        return (model(symbols).argmax(1) == first).float().mean().item()


placed = [order_accuracy(True, seed) for seed in (0, 1)]
placeless = [order_accuracy(False, seed) for seed in (0, 1)]
claim("Q11-position", max(placeless) < 0.6, first=placeless[0], second=placeless[1])
claim("Q11-position-control", not min(placed) < 0.6, first=placed[0], second=placed[1])

# %% [markdown] name="position-meaning"
# 没有位置，就是抛硬币，再练多久都一样：自注意力里查询也跟着打乱，所以每个位置的输出不变，只是跟着换位置（11.5 节）；再对各位置取平均，先后就一点不剩。加上 $p_t$，同一个块立刻学会了。循环网络白送的先后次序，Transformer 要自己付账。
#
# 学来的 $p_t$ 只有训练见过的那么多个，第 11 个位置就没有了。2017 年的论文改用不同频率的正弦和余弦，今天的大模型多用旋转位置（rotary）：把 $q$ 和 $k$ 按位置转一个角度，到了内积里，位置就只剩下**相隔几步**。

# %% [markdown] lang="en" of="90073cee.9870a5b8"
# Without positions it is tossing a coin, however long it trains; in self-attention the queries are shuffled as well, so the outputs stay the same and merely change places (11.5); average them over the places and nothing of the order is left. Add $p_t$ and the same block learns it at once. The order that a recurrent network has for nothing is something a Transformer must pay for.
#
# There are only as many learnt $p_t$ as training has seen; place 11 has none. The paper of 2017 used sines and cosines of different frequencies; today's large models mostly use rotary positions, which turn $q$ and $k$ by an angle for each place; all that is left of the positions in their inner product is **how many steps apart** they are.

# %% [markdown] name="four" covers=["F-04"]
# ## 11.12 “Transformer 的四大优势”，逐条查证
#
# 教科书常列四条：能并行、长距离、可扩展、效果好。先量第二条：最后一个位置的输出，还听得见第一个位置吗？和第 4 章一样用梯度来量：最后一个输出（取一个随机方向上的分量）对每一个输入的梯度有多大。两个没有训练过的网络，各自默认初始化：一层 GRU，和上面的一个块。

# %% [markdown] lang="en" of="aedccf6b.777f97f2"
# ## 11.12 "The four advantages of the Transformer", checked
#
# Textbooks list four: parallel, long-range, scalable, effective. Let us measure the second. Can the output of the last place still hear the first place? As in Chapter 4 we use the gradient: of the last output (its component in a random direction) with respect to each input. Two untrained networks with default initialisation: one GRU layer, and the block from above.

# %% name="bet-far"
predict("Q11-far")

# %% name="far-code" covers=["F-04"]
def heard_at_the_end(run, T, D=32):
    """最后一个输出对每个输入的梯度范数 (T,) || norm of the gradient of the last output at every input (T,)"""
    g = torch.Generator().manual_seed(0)
    x = torch.randn(8, T, D, generator=g, dtype=torch.float64, requires_grad=True)
    # 一个随机方向 || a random direction
    probe = torch.randn(D, generator=g, dtype=torch.float64)
    (grad,) = torch.autograd.grad((run(x)[:, -1] @ probe).sum(), x)     # (B, T, D)
    return grad.norm(dim=2).mean(dim=0)


torch.manual_seed(0)
recurrent = nn.GRU(32, 32, batch_first=True).double()
glance = Block(32, 64).double()


def gru_outputs(x):
    return recurrent(x)[0]


profiles = {"GRU": heard_at_the_end(gru_outputs, 100),
            "注意力的一个块 || one block of attention": heard_at_the_end(glance, 100)}
fig, ax = plt.subplots()
for (name, profile), mark in zip(profiles.items(), ("-", "--")):
    ax.semilogy(range(99), profile.flip(0)[1:] / profile[-2], mark, label=name)
ax.set(xlabel="往回第几步（倒数第二个输入为 0） || steps back (0 is the last input but one)",
       ylabel="梯度（倒数第二个为 1） || gradient, relative", ylim=(1e-25, 1e2))
ax.legend()
plt.show()
by_gru, by_attention = (profile[0] / profile[-2] for profile in profiles.values())
claim("Q11-far", by_attention > 0.1, ratio=by_attention)
claim("Q11-far-control", not by_gru > 0.1, ratio=by_gru)

# %% [markdown] name="far-meaning"
# GRU 要一步一步传回去，每一步都打折（第 4、6 章）；注意力从最后一个位置到第一个位置只有**一步**，远近一样。这就是“长距离”三个字的实情：路短了。至于学不学得会看那么远，是另一回事。
#
# | 说法 | 查证 |
# |---|---|
# | 能并行 | 对，**训练时**：一句话的所有位置可以同时算，RNN 必须一步等一步。生成的时候还是一个字一个字来，谁也并行不了（第 13 章量延迟）。第 12 章会看到，有些循环也能并行。 |
# | 长距离 | 路径从 $T$ 步变成 1 步，上面量过。代价是 $T \times T$ 个分数：长度翻倍，分数变四倍。 |
# | 可扩展 | 有经验证据（scaling laws 一类的研究），没有定理：在多大的数据、多大的模型上才成立，这门课的规模量不出来。 |
# | 效果好 | 要看任务和规模。机器翻译和大语言模型上没有争议；在几百条短序列上（第 15、17 章），小小的循环网络甚至线性模型常常更好。 |

# %% [markdown] lang="en" of="2957373c.db5f2b2f"
# The GRU hands things back step by step, with a discount at each (Chapters 4 and 6); attention goes from the last place to the first in **one** step, however far. That is what "long-range" amounts to: the way is shorter. Whether the network learns to look that far is another matter.
#
# | claim | checked |
# |---|---|
# | parallel | True **in training**: all places of a sentence can be computed at once, while an RNN waits for each step. In generation it is still one character after another, and nobody can parallelise that (Chapter 13 measures the latency). And Chapter 12 shows that some recurrences can be parallel, too. |
# | long-range | The path shrinks from $T$ steps to 1, as measured above. The price is $T \times T$ scores: twice the length, four times the scores. |
# | scalable | There is empirical evidence (studies of scaling laws) but no theorem. How much data and how large a model it takes cannot be measured at the size of this course. |
# | effective | Depends on task and size. In machine translation and large language models there is no dispute; on a few hundred short sequences (Chapters 15 and 17) a small recurrent network, or even a linear model, is often better. |

# %% [markdown] name="memory" covers=["X-10"]
# ## 11.13 下一站：外部记忆
#
# 注意力只会**读**：键和值是原文给的，读完就散。再往前一步：给网络一块可读**可写**的记忆 $M$，$N$ 行，每行 $W$ 个数，像一块黑板。2014 年的神经图灵机（Neural Turing Machine, Graves, Wayne, Danihelka）就是这样：一个循环网络当控制器，每一步发出一个查询，按内容找到要读的那几行；写也用同一套权重 $\alpha$，先擦再写：
#
# $$M_n \leftarrow M_n \odot (1 - \alpha_n\, e) + \alpha_n\, a, \qquad r = \sum_{n=1}^{N} \alpha_n M_n$$
#
# $e$ 是擦（每个数在 0 与 1 之间），$a$ 是写，都是 $(W,)$。擦和写，和 LSTM 的遗忘门、输入门是同一个主意，只是现在写到**选中的行**里。（写的 $\alpha$ 和读的 $\alpha$ 各由各的查询算出；这里的 $e$ 是擦，不是分数。）

# %% [markdown] lang="en" of="64a42d0f.a37ed3ad"
# ## 11.13 Next stop: external memory
#
# Attention can only **read**: keys and values are given by the source, and gone when it is done. One step further, give the network a memory $M$ that it can read **and write**, $N$ rows of $W$ numbers each, like a blackboard. That is the Neural Turing Machine of 2014 (Graves, Wayne, Danihelka): a recurrent network serves as controller, and at every step it emits a query that finds, by content, the rows to read; writing uses the same weights $\alpha$, first erase, then add:
#
# $$M_n \leftarrow M_n \odot (1 - \alpha_n\, e) + \alpha_n\, a, \qquad r = \sum_{n=1}^{N} \alpha_n M_n$$
#
# Here $e$ erases (each number between 0 and 1) and $a$ adds, both $(W,)$. It is the idea of the LSTM's forget gate and input gate, except that it now goes to **chosen rows**. (The $\alpha$ for writing and the $\alpha$ for reading come from different queries; $e$ here erases, it is no score.)

# %% name="memory-code" covers=["X-10"]
def address(memory, query, sharpness):
    """按内容找行：余弦相似度乘 sharpness，再 softmax -> alpha (N,)
    || Rows by content: the cosine times sharpness, then softmax -> alpha (N,)"""
    return (sharpness * F.cosine_similarity(memory, query, dim=1)).softmax(dim=0)


def write(memory, alpha, erase, add):
    """先擦再写 -> 新的 (N, W) || Erase, then add -> a new (N, W)"""
    return memory * (1 - alpha[:, None] * erase) + alpha[:, None] * add


def read_back(sharpness):
    """擦掉像 note 的一行，写上 fact，再凭残缺的线索读回来 -> 离 fact 多远
    || Erase the row like note, write fact there, read it back by a broken cue -> the
    distance from fact"""
    g = torch.Generator().manual_seed(3)
    memory = torch.randn(8, 16, generator=g, dtype=torch.float64)       # (N, W)
    fact = torch.randn(16, generator=g, dtype=torch.float64)
    note = memory[5] + 0.1 * torch.randn(16, generator=g, dtype=torch.float64)
    ones = torch.ones(16, dtype=torch.float64)
    memory = write(memory, address(memory, note, sharpness), ones, fact)
    # 线索：后四个数丢了 || the cue: the last four numbers are lost
    cue = torch.cat([fact[:12], torch.zeros(4, dtype=torch.float64)])
    return (address(memory, cue, sharpness) @ memory - fact).norm() / fact.norm()


claim("Q11-memory", read_back(30) < 1e-3, gap=read_back(30))
claim("Q11-memory-control", not read_back(1) < 1e-3, gap=read_back(1))

# %% [markdown] name="memory-meaning"
# 凭一条残缺的线索，读回了刚才写下的整行；只把锐度从 30 降到 1，读写就糊成一片。全部可导，所以**往哪里写、从哪里读，都可以学**。这是“外部记忆网络”一课的起点；今天大模型里的检索增强（先从资料库找几段，再写）也是同一个念头：记忆不必都压进权重和状态里。

# %% [markdown] lang="en" of="0ab407f7.55e6e2a7"
# From a broken cue it read back the whole row that had just been written. With the sharpness lowered from 30 to 1 and nothing else changed, reading and writing blur. Everything can be differentiated, so **where to write and where to read can be learnt**. That is where a course on external memory begins. Retrieval augmentation in today's large models (find a few passages in a library, then write) has the same thought behind it: not all memory has to be squeezed into weights and states.

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 注意力是软的字典：拿查询去问，拿键来比，把值带走；掩码放在 softmax 之前。
# 2. 它拆掉了瓶颈，没有教会数数：训练没见过的长度，照样不行。
# 3. 它看到的是集合，不是序列；拿掉循环，就得把位置加回来。

# %% [markdown] lang="en" of="159892b8.07b22995"
# ## Three lines to remember
#
# 1. Attention is a soft dictionary: ask with the query, compare with the keys, take away the values; the mask comes before the softmax.
# 2. It removed the bottleneck and did not teach counting: lengths unseen in training fail as before.
# 3. It sees a set, not a sequence; take the recurrence away and you must put the positions back.

# %% [markdown] name="bets-intro"
# ## 你的赌注
#
# 这一章的每一注，连同下注时的把握，都列在下面；最有把握却错了的排在最前面。

# %% [markdown] lang="en" of="3388a8ce.0f9c6e25"
# ## Your bets
#
# Every bet of this chapter, and how sure you were when you placed it; those you were sure of and lost come first.

# %% name="bets"
bets_summary("11")

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。

# %% [markdown] lang="en" of="bca85a98.6867b7a7"
# ## Self-check
#
# Answer without looking back.

# %% name="quiz" covers=["A-03"]
quiz("11-self-check")

# %% [markdown] name="next" covers=["X-02", "X-10"]
# ## 接下来
#
# 轮到你写了：[练习 E10 · 看哪里](../../exercises/zh/E10_attention.ipynb)。从加性打分写到多头自注意力，和 `nn.MultiheadAttention` 对答案。

# %% [markdown] lang="en" of="acae8900.c4e02c1c"
# ## What next
#
# Your turn: [Exercise E10 · Where to look](../../exercises/en/E10_attention.ipynb). From additive scores to multi-head self-attention, checked against `nn.MultiheadAttention`.
