# ---
# jupyter:
#   course:
#     chapter: "13"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # 第 13 章 流式推理的代价
#
# **阅读 20 分钟 · 动手 35 分钟 · 练习 25 分钟 · 难度 ⭐⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 把延迟、吞吐量、内存，还有“读提示”和“逐词生成”分开来说，每一样给出字节数、乘加数或微秒；
# 2. 写出能一段一段读下去的循环网络，写出 Transformer 的键值缓存，并证明它们与整条一起算的结果相同；
# 3. 分清“能一直跑”和“一直对”，再给循环网络和 Transformer 各试一种修法，看它修到哪里。
#
# 需要的基础：第 5 章的 LSTM，第 8 章的双向网络，第 11 章的因果自注意力，第 12 章的单双任务。

# %% [markdown] lang="en" of="1fc4637f.8ba85586"
# # Chapter 13. Streaming and its cost
#
# **20 min reading · 35 min at the keyboard · 25 min exercise · difficulty ⭐⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. keep latency, throughput and memory apart, and "reading a prompt" from "writing token by token", each in bytes, multiply-adds or microseconds;
# 2. write a recurrent network that reads on piece by piece, write the key-value cache of a Transformer, and show that both equal the computation over the whole sequence;
# 3. tell "runs for ever" from "is right for ever", and put one proposed repair to the test for each: a recurrent network and a Transformer.
#
# You need: the LSTM (Chapter 5), bidirectional networks (Chapter 8), causal self-attention (Chapter 11) and the odd-or-even task (Chapter 12).

# %% name="setup"
import copy
import io
import warnings

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torch.utils.flop_counter import FlopCounterMode
import matplotlib.pyplot as plt

from course_utils import data, language, plotting, timing
from course_utils.checks import claim, settle, show
from course_utils.data.streams import UNKNOWN
from course_utils.depth import serial_depth
from course_utils.explore import Explorer, bets_summary, predict, progress, quiz
from course_utils.training import fit
from course_utils.training.rules import parity_batch, train_rule
from course_utils.training.tagging import entity_f1

language.use("中文 || English")  # 滑块和测验的语言 || language of sliders and quizzes
plotting.style()  # 带中文字体的图 || figures with a font that has Chinese
torch.set_num_threads(1)  # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro"
# ## 热身：先想一想
#
# 三个问题，来自第 8、11、12 章。先在心里答，再点选项。

# %% [markdown] lang="en" of="371c9635.e94d5a15"
# ## Warm-up
#
# One question each from Chapters 8, 11 and 12. Answer in your head first, then click.

# %% name="recall"
quiz("13-recall")

# %% [markdown] name="words" covers=["!34", "F-05"]
# ## 13.1 两句相反的话
#
# 翻开介绍循环网络的文章，常能在同一篇里读到两句话：“RNN 推理慢，要一步一步算，延迟高。”“RNN 适合实时任务，来一个算一个，延迟低。”哪一句对？
#
# 先把话说准。字幕软件在听人讲话，关心的是四样不同的东西：
#
# | 说法 | 问的是什么 | 单位 |
# |---|---|---|
# | **延迟**（latency） | 一个新词到了，多久之后有它的输出？ | 毫秒 |
# | **吞吐量**（throughput） | 所有人的词加在一起，每秒处理多少？ | 词 / 秒 |
# | **内存** | 从这个词到下一个词，必须留着多少东西？ | 字节 |
# | **读提示**（prefill）与**逐词**（decode） | 一大段已经在手上，一次读完；还是来一个算一个？ | 毫秒，两样分开报 |
#
# **提示**（prompt）是第一个回答之前就交到手上的那段文字。先押一注：在一块 H100（数据中心的 GPU）上，一层 512 个单元，读完 8,192 个词的提示，GRU 用的时间是注意力的几倍？

# %% [markdown] lang="en" of="3441d88b.c2566e7c"
# ## 13.1 Two sentences that contradict each other
#
# Articles on recurrent networks often hold both of these, sometimes on one page: "RNN inference is slow, step after step, so latency is high." "RNNs suit real-time work, a token comes and is processed, so latency is low." Which is right?
#
# First, say what is meant. Live captioning has four different things to care about:
#
# | word | the question | unit |
# |---|---|---|
# | **latency** | a new token has arrived: how long until its output? | milliseconds |
# | **throughput** | all users' tokens together: how many are processed in a second? | tokens per second |
# | **memory** | what must be kept from this token to the next? | bytes |
# | **prefill** and **decode** | is a long text at hand, to be read in one go? Or does one token come at a time? | milliseconds, for each separately |
#
# A **prompt** is the text handed over before the first answer. A bet first: on an H100, a GPU for data centres, one layer of 512 units, a prompt of 8,192 tokens is read. The GRU takes how many times as long as attention?

# %% name="bet-prompt"
predict("Q13-prompt")

# %% name="prompt" covers=["!34", "F-05"]
def on_gpu(experiment, model, steps, batch=1):
    """存着的那次测量，毫秒 || the stored measurement, in milliseconds"""
    (row,) = data.h100_times(
        experiment=experiment, model=model, steps=steps, batch=batch
    )
    return row.ms


read_prompt = {m: on_gpu("prompt", m, 8192) for m in ("GRU", "attention")}
next_token = {
    "GRU": on_gpu("stream", "GRU", 1),
    "attention": on_gpu("stream", "attention with cache", 8192),
}
slower = {
    "prompt": read_prompt["GRU"] / read_prompt["attention"],
    "token": next_token["GRU"] / next_token["attention"],
}
claim(
    "Q13-prompt", slower["prompt"] > 10, ratio=slower["prompt"], ms=read_prompt["GRU"]
)
# 同一块卡；只把“读提示”换成“再来一个词” || the same card; one more token instead of the prompt
claim("Q13-prompt-control", not slower["token"] > 10, ratio=slower["token"])

# %% [markdown] name="prompt-meaning" covers=["!34"]
# **两句话都对，说的是两件事。** “延迟高”多半指读提示，“延迟低”多半指逐词。提示已经全在手上时，GRU 要排 8,192 步的队，注意力一次全算；只多来一个词时，GRU 走一步，注意力要回头看 8,192 个词。所以听到“延迟”，先问：哪一种？（逐词的两个数是两层的，读提示的是一层：只比同一行之内的倍数。）
#
# 吞吐量又是另一回事。把 64 个人的流并成一批，每走一步就有 64 份活儿。下一注：同一块卡上，64 条流一起走一步，GRU 用的时间是 1 条流的几倍？

# %% [markdown] lang="en" of="5c70acf1.49b4de9d"
# **Both are right, about different things.** "High latency" mostly means prefill, "low latency" decode. With the whole prompt at hand, the GRU queues for 8,192 steps while attention computes all at once. With one more token, the GRU takes one step while attention looks back at 8,192. So when you hear "latency", ask which. (The token-by-token numbers are for two layers, the prompt's for one: compare ratios within a line only.)
#
# Throughput is another matter again. Join the streams of 64 users into a batch, and each step has 64 times the work. Next bet: on the same card, how many times as long does a GRU take for a step of 64 streams as for one?

# %% name="bet-batch"
predict("Q13-batch")

# %% name="batch" covers=["!34", "F-05"]
alone, together = (on_gpu("stream", "GRU", 1, batch) for batch in (1, 64))
many = together / alone
claim(
    "Q13-batch",
    many < 1.5,
    ratio=many,
    alone=1000 / alone,
    together=64 * 1000 / together,
)
# 只换模型：缓存里已有 8,192 个词的注意力 || only the model: attention with 8,192 tokens in its cache
looking = [on_gpu("stream", "attention with cache", 8192, batch) for batch in (1, 64)]
many = looking[1] / looking[0]
claim("Q13-batch-control", not many < 1.5, ratio=many)

# %% [markdown] name="carry" covers=["F-05", "H-15"]
# ## 13.2 把状态递过去
#
# 循环网络凭什么能“来一个算一个”？因为过去的一切都在状态里：
#
# $$h_t = f(x_t, h_{t-1}) \qquad\Longrightarrow\qquad \text{读完 } x_1, \dots, x_{t} \text{ 之后，只留 } h_t \text{ 就够了}$$
#
# 在 PyTorch 里，`out, state = rnn(piece, state)`：上一段还给你的 `state`，原样交给下一段。GRU 的状态是一个张量，LSTM 的是一对 $(h, c)$，不必拆开看。切成多大一段，输出都该一模一样。

# %% [markdown] lang="en" of="30746aee.9ef774d4"
# ## 13.2 Handing on the state
#
# What lets a recurrent network take tokens as they come? Everything past is in the state:
#
# $$h_t = f(x_t, h_{t-1}) \qquad\Longrightarrow\qquad \text{after } x_1, \dots, x_{t}\text{, keeping } h_t \text{ is enough}$$
#
# In PyTorch it is `out, state = rnn(piece, state)`: the `state` that one piece gives back is handed to the next as it is. A GRU's is one tensor, an LSTM's a pair $(h, c)$; there is no need to look inside. However the sequence is cut, the outputs should be the same.


# %% name="pieces" covers=["F-05", "H-15"]
def in_pieces(rnn, x, size, carry=True):
    """x (B, T, I) 每次读 size 步 -> (B, T, H) || read x (B, T, I), `size` steps at a time -> (B, T, H)"""
    state, outputs = None, []  # None：从零开始 || None: start from zeros
    for piece in x.split(size, dim=1):  # (B, size, I)
        out, new = rnn(piece, state)
        outputs.append(out)
        state = new if carry else None
    return torch.cat(outputs, dim=1)


torch.manual_seed(0)
signal = torch.randn(3, 90, 8, dtype=torch.float64)
rnns = [
    kind(8, 16, num_layers=2, batch_first=True).double() for kind in (nn.GRU, nn.LSTM)
]


@torch.no_grad()
def worst_gap(carry):
    """整条一次读完，与切成 1、7、30 步一段，最多差多少 || whole sequence against pieces of 1, 7 and 30 steps: the largest difference"""
    return max(
        (in_pieces(rnn, signal, size, carry) - rnn(signal)[0]).abs().max().item()
        for rnn in rnns
        for size in (1, 7, 30)
    )


gap = worst_gap(carry=True)
claim("Q13-pieces", gap < 1e-12, gap=gap)
# 只是每一段都从零开始 || only that every piece starts from zeros
gap = worst_gap(carry=False)
claim("Q13-pieces-control", not gap < 1e-12, gap=gap)

# %% [markdown] name="graph" covers=["F-05"]
# 还有一个看不见的坑。不训练的时候忘了 `torch.no_grad()`，状态就牵着整张计算图：跑一天，图就长一天，直到内存耗尽。`serial_depth`（第 12 章）能数出它有多长。

# %% [markdown] lang="en" of="bbff458f.f7d877e0"
# There is one trap that cannot be seen. Forget `torch.no_grad()` where nothing is trained, and the state drags the whole graph along: run for a day, and the graph grows for a day, until memory is gone. `serial_depth` (Chapter 12) counts how long it is.


# %% name="graph-grows" covers=["F-05"]
def graph_after(calls):
    """读了 calls 次之后，状态身后的图有多长 || how long the graph behind the state is after so many calls"""
    _, state = rnns[0](signal[:, :1])
    for _ in range(calls - 1):
        _, state = rnns[0](signal[:, :1], state)
    return serial_depth(state) if state.requires_grad else 0


short, long = graph_after(50), graph_after(100)
claim("Q13-graph", long > 1.5 * short, short=short, long=long)
with torch.no_grad():
    short, long = graph_after(50), graph_after(100)
claim("Q13-graph-control", not long > 1.5 * short, long=long)

# %% [markdown] name="cache" covers=["!34", "F-05"]
# ## 13.3 注意力也能逐词：键值缓存
#
# 另一句流传很广的话：“Transformer 来一个新词，就要把整个窗口重算一遍。”第 11 章的因果自注意力里，第 $t$ 个词只看 $1, \dots, t$。新词来了，旧词的键和值变不变？它们由旧词自己和更早的词算出来，新词管不着，所以**不变**。把它们留着就行，这叫**键值缓存**（KV cache）：
#
# $$K_t = [\,K_{t-1};\, k_t\,],\quad V_t = [\,V_{t-1};\, v_t\,], \qquad y_t = \operatorname{softmax}\!\Big(\frac{q_t K_t^\top}{\sqrt{d_k}}\Big) V_t$$
#
# $[\,;\,]$ 是接在后面；$q_t, k_t, v_t$ 是新词的查询、键、值，每个头（head）的宽度是 $d_k$；$K_t$ 有 $t$ 行。注意新词的键和值**先进缓存**：一个词也看自己。
#
# 下面是一层 Transformer 的两种跑法：`forward` 整条一起算，`step` 只算新来的一个词。

# %% [markdown] lang="en" of="2cf0c788.20582d43"
# ## 13.3 Attention token by token: the key-value cache
#
# Another sentence that gets around: "For every new token a Transformer has to recompute its whole window." In the causal self-attention of Chapter 11, token $t$ sees $1, \dots, t$ only. When a new token arrives, do the keys and values of the old ones change? They are computed from the old tokens and still earlier ones; the new one has no say, so they **stay**. Keep them, and that is the **key-value cache** (KV cache):
#
# $$K_t = [\,K_{t-1};\, k_t\,],\quad V_t = [\,V_{t-1};\, v_t\,], \qquad y_t = \operatorname{softmax}\!\Big(\frac{q_t K_t^\top}{\sqrt{d_k}}\Big) V_t$$
#
# $[\,;\,]$ appends a row; $q_t, k_t, v_t$ are query, key and value of the new token, $d_k$ wide in each head; $K_t$ has $t$ rows. Mind that the new key and value go into the cache **first**: a token sees itself too.
#
# Here is one Transformer layer that can run in two ways: `forward` takes the whole sequence, `step` only the token that has just come.


# %% name="transformer" covers=["!34", "F-05", "X-10"]
class Layer(nn.Module):
    """一层因果 Transformer，两种跑法 || one causal Transformer layer, to run in two ways"""

    def __init__(self, d, heads=4):
        super().__init__()
        self.heads = heads
        self.norm_1 = nn.LayerNorm(d)
        self.norm_2 = nn.LayerNorm(d)
        self.qkv = nn.Linear(d, 3 * d)
        self.merge = nn.Linear(d, d)
        self.up = nn.Linear(d, 4 * d)
        self.down = nn.Linear(4 * d, d)

    def project(self, x):  # (B, T, d) -> q, k, v，各 (B, heads, T, d_k) || (B, T, d) -> q, k, v, each (B, heads, T, d_k)
        parts = self.qkv(self.norm_1(x)).unflatten(2, (3, self.heads, -1))
        return parts.permute(2, 0, 3, 1, 4)

    def finish(self, x, mixed):  # mixed (B, heads, T, d_k)
        x = x + self.merge(mixed.transpose(1, 2).flatten(2))
        return x + self.down(F.gelu(self.up(self.norm_2(x))))

    def forward(self, x):  # (B, T, d) -> (B, T, d)
        q, k, v = self.project(x)
        return self.finish(x, F.scaled_dot_product_attention(q, k, v, is_causal=True))

    def step(self, x_t, cache):  # x_t (B, 1, d)；cache：旧的 K、V，或 None || x_t (B, 1, d); cache: old K and V, or None
        q, k, v = self.project(x_t)
        if cache is not None:
            k, v = (torch.cat(pair, dim=2) for pair in zip(cache, (k, v)))
        scores = q @ k.transpose(2, 3) / q.shape[-1] ** 0.5  # (B, heads, 1, t)
        return self.finish(x_t, scores.softmax(dim=3) @ v), (k, v)


class Transformer(nn.Module):
    def __init__(self, layers, d):
        super().__init__()
        self.layers = nn.ModuleList(Layer(d) for _ in range(layers))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def step(self, x_t, caches):  # 每层一份缓存 || one cache for each layer
        new = []
        for layer, cache in zip(self.layers, caches or [None] * len(self.layers)):
            x_t, cache = layer.step(x_t, cache)
            new.append(cache)
        return x_t, new


@torch.no_grad()
def step_gap(dtype, forget_first=False):
    """逐词与整条一起算，最多差多少 || token by token against the whole: the largest difference"""
    torch.manual_seed(0)
    model = Transformer(layers=2, d=128).to(dtype)
    x = torch.randn(2, 200, 128, dtype=dtype)
    caches, outputs = None, []
    for t, x_t in enumerate(x.split(1, dim=1)):
        y_t, caches = model.step(x_t, caches)
        outputs.append(y_t)
        if forget_first and t == 0:
            caches = None
    return (torch.cat(outputs, dim=1) - model(x)).abs().max().item()


gap, exact = step_gap(torch.float32), step_gap(torch.float64)
claim("Q13-cache", gap < 1e-5 and exact < 1e-10, gap=gap, exact=exact)
# 只从缓存里丢掉第 1 个词 || only the first token is dropped from the cache
exact = step_gap(torch.float64, forget_first=True)
claim("Q13-cache-control", not exact < 1e-10, exact=exact)

# %% [markdown] name="bytes" covers=["F-06", "!34"]
# ## 13.4 一个字节一个字节地数
#
# 所以“每个新词都要重算整个窗口”不对：旧的一样也不用重算。要付的是内存。代价可以写成准确的公式，不必用“轻量”“庞大”这样的词。
#
# {symbols: L; d; N}
#
# 每个数 4 字节（float32），一条流：
#
# $$\text{GRU 的状态：}\ 4LH \qquad \text{LSTM 的状态：}\ 8LH \qquad \text{键值缓存：}\ 2 \cdot L \cdot N \cdot d \cdot 4$$
#
# 这一章比三个两层网络，输入都是 128 个数（权重的大小最多差 2.3 倍，下面印着）：GRU 和 LSTM 有 256 个单元，Transformer 的宽度 $d = 128$。读到第 8,192 个词，缓存是 GRU 状态的几倍？

# %% [markdown] lang="en" of="d4b985ae.322e5d66"
# ## 13.4 Counting bytes
#
# So "every new token recomputes the whole window" is wrong: nothing old is computed again. What has to be paid is memory, and the price is an exact formula; words like "lightweight" and "huge" are not needed.
#
# {symbols: L; d; N}
#
# With 4 bytes for a number (float32) and one stream:
#
# $$\text{GRU state: }\ 4LH \qquad \text{LSTM state: }\ 8LH \qquad \text{key-value cache: }\ 2 \cdot L \cdot N \cdot d \cdot 4$$
#
# This chapter compares three two-layer networks, each fed with 128 numbers (their weights, printed below, differ in size by a factor of 2.3 at most): a GRU and an LSTM of 256 units, a Transformer of width $d = 128$. At token 8,192, how many times the size of the GRU's state is the cache?

# %% name="bet-bytes"
predict("Q13-bytes")

# %% name="bytes-counted" covers=["F-06", "!34"]
def nbytes(kept):
    """一个张量，或者任意嵌套的元组、列表，占多少字节 || bytes of a tensor, or of tuples and lists of them, nested as they like"""
    if isinstance(kept, torch.Tensor):
        return kept.numel() * kept.element_size()
    return sum(nbytes(part) for part in kept)


torch.manual_seed(0)
WIDTH, UNITS, LAYERS = 128, 256, 2
gru = nn.GRU(WIDTH, UNITS, LAYERS, batch_first=True)
lstm = nn.LSTM(WIDTH, UNITS, LAYERS, batch_first=True)
transformer = Transformer(LAYERS, WIDTH)


@torch.no_grad()
def kept_after(tokens):
    """读了这么多词以后，三个网络各留着多少字节 || bytes that each of the three keeps after so many tokens"""
    read = x = torch.randn(1, tokens, WIDTH)
    caches = []
    for layer in transformer.layers:  # 读提示，顺手留下键和值 || prefill, keeping keys and values
        _, k, v = layer.project(x)
        caches.append((k, v))
        x = layer(x)
    return nbytes(gru(read)[1]), nbytes(lstm(read)[1]), nbytes(caches)


kept_bytes = {N: kept_after(N) for N in (1, 64, 1024, 8192)}
print("字节 || bytes")
print("   N        GRU       LSTM       缓存 ||    N        GRU       LSTM      cache")
for N, counts in kept_bytes.items():
    print(f"{N:4}", *(f"{size:10,}" for size in counts))
state_bytes, _, cache_bytes = kept_bytes[8192]
formula = 2 * LAYERS * 8192 * WIDTH * 4
claim(
    "Q13-bytes",
    state_bytes == 2048 and cache_bytes == formula == 16_777_216,
    times=cache_bytes // state_bytes,
    state=state_bytes,
    cache=cache_bytes,
)
# 只读 1 个词 || only one token read
claim("Q13-bytes-control", not kept_bytes[1][2] == 16_777_216, cache=kept_bytes[1][2])

for name, network in {"GRU": gru, "LSTM": lstm, "Transformer": transformer}.items():
    weights = nbytes(list(network.parameters()))
    print(f"{name}: {weights / 1e6:.2f} MB 权重 || {name}: {weights / 1e6:.2f} MB of weights")
same = nbytes(list(transformer.parameters())) // kept_bytes[1][2]
show("缓存与 Transformer 的权重一样大，要多少个词 || tokens until the cache is as large as the Transformer's weights", same)

# %% [markdown] name="operations" covers=["F-06", "F-03", "!34"]
# 记住两个数：这里的缓存，**每个词 2,048 字节，正好等于 GRU 的整个状态**。第一个词时两者一样大，以后一个不动，一个每词再加一份。
#
# 但也别只报状态。权重也占内存，而且每走一步都要读一遍：上面印着，GRU 的权重比 Transformer 的还大。七百多个词以内，缓存还没有权重大。手表装不装得下，先看权重，再看状态乘以最长能跑多久。
#
# “能耗低”“适合边缘设备”也换成数。一个词要做几次乘加（multiply-add）？一个 $m \times n$ 的矩阵乘一个向量是 $mn$ 次（只数矩阵乘法；偏置、softmax、归一化的零头不算）：
#
# $$\text{GRU：}\sum_{\text{层}} 3H(I + H) \qquad \text{缓存：}\ L\,(12 d^2 + 2Nd) \qquad \text{重算：}\ L\,\big(12 N d^2 + N(N+1)\,d\big)$$
#
# $I$ 是那一层输入的宽度。Transformer 每层的 $12d^2$ 是投影（$3d^2 + d^2$）和前馈（$8d^2$）；$2Nd$ 是新词与 $N$ 个键打分、再取 $N$ 个值的平均。重算就是把前面每一步的活儿又干了一遍，加起来正好是上式。下面让 PyTorch 自己数一遍，看三个公式对不对；重算的那一个，由它把第 1 到第 64 步一步步数下来，再加起来。

# %% [markdown] lang="en" of="1ae02a1d.08d1ec1d"
# Remember two numbers: this cache takes **2,048 bytes for each token, exactly the whole state of the GRU**. At the first token the two are equal; from then on one stands still and the other adds as much again with every token.
#
# But do not quote the state alone. Weights take memory too, and every step reads all of them: as printed above, the GRU's are larger than the Transformer's, and for more than seven hundred tokens the cache is smaller than the weights. Whether a model fits a watch is a question of its weights first, and then of what it keeps times how long it has to run.
#
# "Low energy" and "fit for the edge" become numbers too. How many multiply-adds does a token take? An $m \times n$ matrix times a vector takes $mn$ (only matrix products are counted; biases, softmax and normalisation are small change):
#
# $$\text{GRU: }\sum_{\text{layers}} 3H(I + H) \qquad \text{cache: }\ L\,(12 d^2 + 2Nd) \qquad \text{recompute: }\ L\,\big(12 N d^2 + N(N+1)\,d\big)$$
#
# $I$ is the width of that layer's input. The $12d^2$ of a Transformer layer are the projections ($3d^2 + d^2$) and the feed-forward part ($8d^2$); $2Nd$ is scoring $N$ keys and averaging $N$ values. To recompute is to do again the work of every earlier step, and the sum of those is the last formula. Below, PyTorch counts for itself, and we see whether the three formulas hold; for the last it counts steps 1 to 64 one by one and adds them up.


# %% name="operations-counted" covers=["F-06", "F-03", "!34"]
def counted(run):
    """PyTorch 自己数的乘加 || multiply-adds as PyTorch counts them"""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        run()
    return counter.get_total_flops() // 2  # 一次乘加算两个运算 || a multiply-add is two operations


def full_caches(tokens):
    """已有 tokens 个词的缓存（随机数） || caches that hold so many tokens (random numbers)"""
    shape = (1, 4, tokens, WIDTH // 4)  # (B, heads, tokens, d_k)
    return [(torch.randn(shape), torch.randn(shape)) for _ in range(LAYERS)]


def by_formula(N):
    first, second = 3 * UNITS * (WIDTH + UNITS), 3 * UNITS * (UNITS + UNITS)
    cached = LAYERS * (12 * WIDTH**2 + 2 * N * WIDTH)
    again = LAYERS * (12 * N * WIDTH**2 + N * (N + 1) * WIDTH)
    return {"GRU": first + second, "cached": cached, "recomputed": again}


token = torch.randn(1, 1, WIDTH)
print("乘加 || multiply-adds")
print("   N            GRU           缓存           重算 ||    N            GRU         cached     recomputed")
for N in (1, 64, 576, 8192):
    print(f"{N:4}", *(f"{count:14,}" for count in by_formula(N).values()))

misses = {"GRU": abs(counted(lambda: gru(token)) - by_formula(64)["GRU"]), "cached": 0}
for N in (1, 64, 576):  # 缓存里有 N - 1 个旧词，再加新来的 || N - 1 old tokens in the cache, plus the new one
    by_torch = counted(lambda N=N: transformer.step(token, full_caches(N - 1)))
    misses["cached"] += abs(by_torch - by_formula(N)["cached"])
# 重算 64 个词：第 1 到第 64 步加起来 || recomputing 64 tokens: steps 1 to 64 added up
again = sum(
    counted(lambda N=N: transformer.step(token, full_caches(N - 1)))
    for N in range(1, 65)
)
misses["recomputed"] = abs(again - by_formula(64)["recomputed"])
claim("Q13-operations", sum(misses.values()) == 0, misses=sum(misses.values()))
# 新词的键和值没有进缓存，就少了一个词 || with one token fewer in the cache it is no longer the formula
fewer = counted(lambda: transformer.step(token, full_caches(62)))
claim(
    "Q13-operations-control",
    not fewer == by_formula(64)["cached"],
    misses=by_formula(64)["cached"] - fewer,
)

# %% [markdown] name="explorer-intro" covers=["F-05", "F-06"]
# 现在让词一个一个地来。三条道：GRU，带缓存的 Transformer，什么也不留、每次重算的 Transformer。四件事：
#
# 1. 按“来一个词”几下，看哪几条道上的东西变多了。第一个词时，哪两条道留着的字节一样多？
# 2. 把上下文长度拖到 64（$2^6$），再拖到 65,536（$2^{16}$）。哪几个仪表一动不动？
# 3. 找到缓存与 GRU 乘加相等的地方：它在哪两档之间？算得出是第几个词吗？
# 4. 换成“H100 测过的大小”，看微秒。64 个词时，重算和缓存谁快？为什么“省下的活儿”没有变成省下的时间？

# %% [markdown] lang="en" of="eb92d60d.c830a84d"
# Now let tokens arrive one by one, on three lanes: a GRU, a Transformer with a cache, and a Transformer that keeps nothing but the tokens and recomputes. Four things to do:
#
# 1. Press "one token" a few times and watch which lanes fill up. At the first token, which two lanes keep equally many bytes?
# 2. Drag the context length to 64 ($2^6$), then to 65,536 ($2^{16}$). Which meters have not moved at all?
# 3. Between which two stops do cache and GRU take equally many multiply-adds? Can you work out the exact token?
# 4. Change to "the size measured on an H100" and look at the microseconds. At 64 tokens, which is faster, cache or recompute? Why has the work saved not become time saved?

# %% name="stream-explorer" covers=["F-05", "F-06"]
Explorer("stream")

# %% [markdown] name="stream-answers" covers=["F-05", "F-06"]
# <details><summary>核对</summary>
#
# 1. 变多的是两条 Transformer 的道。第一个词时，GRU 和缓存都留着 2,048 字节。
# 2. GRU 的两个：字节，乘加。
# 3. 在 512 和 1,024 之间。让两个公式相等，解出来是第 576 个词：两边都是 688,128 次；在那之前 Transformer 还更省，在那之后它随 $N$ 增长。
# 4. 重算更快；为什么，13.5 节接着说。
#
# </details>

# %% [markdown] lang="en" of="4cabfee1.c7270b49"
# <details><summary>Check your answers</summary>
#
# 1. The two Transformers' lanes fill up. At the first token GRU and cache both keep 2,048 bytes.
# 2. The GRU's two: bytes and multiply-adds.
# 3. Between 512 and 1,024. Setting the two formulas equal gives token 576, where both take 688,128; before it the Transformer takes fewer, and after it grows with $N$.
# 4. Recomputing is faster; section 13.5 goes on from there.
#
# </details>

# %% [markdown] name="time" covers=["!34", "F-05"]
# ## 13.5 微秒
#
# 乘加数不是时间：第 4 件事里，64 个词时重算反而更快，因为卡在那么小的活儿上根本没有忙起来。所以时间只能量，而且要报是哪台机器。先押注，这一次答案在你自己的机器里：上下文有 4,096 个词，再来一个，缓存的 Transformer 用的时间是 GRU 的几倍？（乘加数的倍数，上一节的公式算得出来。）

# %% [markdown] lang="en" of="e924fd05.f9edaca0"
# ## 13.5 Microseconds
#
# Multiply-adds are not time: in the fourth item, at 64 tokens recomputing was the faster one, because the card was not kept busy by so little work. Time can only be measured, and the machine has to be named. A bet, and this time the answer is in your own machine: with 4,096 tokens of context, how many times as long as a GRU does the cached Transformer take for one more? (The ratio of multiply-adds follows from the formulas of the last section.)

# %% name="bet-own"
predict("Q13-own")

# %% name="token-gpu" covers=["!34", "F-05"]
recurrent = on_gpu("stream", "GRU", 1)
far = on_gpu("stream", "attention with cache", 8192) / recurrent
near = on_gpu("stream", "attention with cache", 64) / recurrent
claim("Q13-token", far > 5, ratio=far, gru=1000 * recurrent)
# 同一块卡，只把上下文缩短到 64 个词 || the same card, only the context is cut to 64 tokens
claim("Q13-token-control", not near > 5, ratio=near)

# %% name="own-times" tags=["timing"] covers=["!34", "F-05"]
@torch.no_grad()
def one_more_token(tokens):
    """再来一个词要几毫秒，三个网络、四种做法 || milliseconds for one more token: three networks, four ways"""
    gru_state, lstm_state = gru(token)[1], lstm(token)[1]
    caches = full_caches(tokens - 1)
    whole = torch.randn(1, tokens, WIDTH)
    return timing.milliseconds(
        {
            "GRU": lambda: gru(token, gru_state),
            "LSTM": lambda: lstm(token, lstm_state),
            "缓存 || cached": lambda: transformer.step(token, caches),
            "重算 || recomputed": lambda: transformer(whole),
        },
        rounds=5,
        warm_up=1,
    )


own = {N: one_more_token(N) for N in progress((16, 128, 1024, 4096), "计时 || timing")}
for N, times in own.items():
    print(f"N={N}:", *(f"{name} {ms:.2f} ms" for name, ms in times.items()), "(CPU)")
slower_by = own[4096]["缓存 || cached"] / own[4096]["GRU"]
settle("Q13-own", 0 if slower_by < 3 else 1 if slower_by < 30 else 2, ratio=slower_by)

# %% name="time-figure" tags=["hide-input", "timing"] covers=["!34", "F-05"]
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
markers = dict(zip(own[16], "osDx"))
for name, marker in markers.items():
    left.loglog(list(own), [own[N][name] for N in own], marker=marker, label=name)
left.set_title(
    "你的 CPU，一个线程\nGRU、LSTM 256 个单元；Transformer 宽 128 || your CPU, one thread\nGRU, LSTM 256 units; Transformer 128 wide"
)
on_stream = data.h100_times(experiment="stream", batch=1)
arms = {"attention with cache": "缓存 || cached", "attention recomputed": "重算 || recomputed"}
for model, marker in (("GRU", "o"), ("LSTM", "s")):
    right.axhline(
        on_gpu("stream", model, 1),
        color=f"C{'os'.index(marker)}",
        label=model,
        linestyle="-" if model == "GRU" else "--",
    )
for k, (model, label) in enumerate(arms.items(), 2):
    measured = [row for row in on_stream if row.model == model]
    right.loglog(
        [r.steps for r in measured],
        [r.ms for r in measured],
        marker="osDx"[k],
        color=f"C{k}",
        linestyle=("-.", ":")[k - 2],
        label=label,
    )
right.set_title(
    "NVIDIA H100，float32\n512 个单元；只有注意力，宽 512 || NVIDIA H100, float32\n512 units; attention alone, 512 wide"
)
for ax in (left, right):
    ax.set_xlabel("上下文里有几个词 $N$ || tokens in the context $N$")
    ax.legend(fontsize=8)
left.set_ylabel("再来一个词，毫秒 || one more token, ms")
plt.show()

# %% [markdown] name="time-meaning" covers=["!34", "F-05"]
# 两台机器，同一个形状：循环网络每一步的活儿与 $N$ 无关，它的线最平（左图里要是还有点往上走，那来自机器，不来自上下文；为什么，没有查）；缓存先平后升，重算升得最陡。（在这台 CPU 上，PyTorch 的 LSTM 比 GRU 慢得多，乘加只多三分之一，解释不了；H100 上两者差不多。）把开头的几句话改准：
#
# * “Transformer 延迟较高，新数据要重算整个窗口”：有缓存就不重算。短上下文里差两倍左右（H100 上 64 个词是 1.9 倍）；长了，才差出一个数量级。这 10.5 倍是这一段代码的数，不是注意力的数：它一次只有一个查询，卡上大半闲着，换一个专为逐词写的实现会少得多（这里没有量）。
# * “RNN 延迟低”：逐词是的；读一段长提示，恰好相反（13.1 节）。
# * “Transformer 需要固定窗口”：缓存没有固定窗口，它会一直长，直到内存装不下。固定窗口是另一种选择，13.10 节会写。
#
# （两台机器的大小也不同：左边 GRU 256 个单元，Transformer 宽 128、带前馈；右边是 512，两层只有注意力，没有前馈。所以只比形状，不比高低。我们的 `step` 每次还把缓存整个抄一遍，`torch.cat` 的毛病；正式的实现预先留好位置，H100 上量的就是那一种。）

# %% [markdown] lang="en" of="f23f63dc.2ab459a8"
# Two machines, one shape: a recurrent step does the same work at every $N$ and has the flattest line (where it still rises a little on the left, that comes from the machine and not from the context; why was not looked into); the cache is flat and then rises, recomputing rises most steeply. (On this CPU PyTorch's LSTM is far slower than its GRU, which its multiply-adds, a third more, do not explain; on the H100 the two are about level.) The sentences we began with, put right:
#
# * "Transformers have high latency; new data recomputes the window": with a cache nothing is recomputed. In a short context the factor is about two (1.9 at 64 tokens on the H100); in a long one it becomes an order of magnitude. Those 10.5 times belong to this code, not to attention: with one query at a time most of the card is idle, and an implementation written for decoding would need far less (not measured here).
# * "RNNs have low latency": token by token, yes; reading a long prompt, the reverse (section 13.1).
# * "A Transformer needs a fixed window": a cache has none; it grows until memory is full. A fixed window is a choice one can make, and section 13.10 makes it.
#
# (The sizes differ as well: on the left a GRU of 256 units and a Transformer of width 128 with its feed-forward part; on the right 512, and two layers of attention alone. So compare the shapes, not the heights. Our `step` also copies the whole cache each time, a weakness of `torch.cat`; proper implementations reserve the room beforehand, and that is what was measured on the H100.)

# %% [markdown] name="look-ahead" covers=["!37", "F-05", "C-36"]
# ## 13.6 双向也能流式：往前多看几个字
#
# 常见的教科书一面说“双向网络用于语音识别”，一面说“实时语音识别用循环网络，双向不适合实时”。两样都存在，是两种产品：**离线**转写录音，整段在手，用双向；**实时**字幕，用单向，或者**分块的双向**：攒够 $C$ 个字一块，再多等 $k$ 个字（**前瞻**，look-ahead），反方向只从块尾后面第 $k$ 个字往回读。
#
# 账也算得清。一块里最先来的字等得最久：
#
# $$\text{最长要等}\ C - 1 + k\ \text{个字}, \qquad \text{反方向每个字要读}\ \frac{C + k}{C}\ \text{步}$$
#
# $C$ 小，等得短，反方向却要重读很多遍；$C$ 大则反过来。正方向不用重读，它的状态递下去就行（13.2 节）。
#
# 拿第 8 章的实体来试。`华江集团`是公司，`华江路`是地名：线索在后面。这一回没有句子边界，所有句子首尾相接成一条长流，像真的语音一样。

# %% [markdown] lang="en" of="bcf62e58.85e8b471"
# ## 13.6 Both directions on a stream: look a few characters ahead
#
# A common textbook lists speech recognition among the uses of bidirectional networks, and elsewhere as a real-time task to which they are not suited. Both exist; they are two products. **Offline**, a recording is transcribed, all of it is at hand, and both directions are used. **Live** captions use one direction, or **both in chunks**: collect $C$ characters, wait for $k$ more (the **look-ahead**), and let the backward direction start at the $k$-th character after the chunk.
#
# The price is clear. The first character of a chunk waits longest:
#
# $$\text{longest wait: } C - 1 + k \text{ characters}, \qquad \text{backward steps for each character: } \frac{C + k}{C}$$
#
# With a small $C$ the wait is short and the backward direction reads much again; with a large one it is the other way round. The forward direction reads nothing twice: its state is handed on (section 13.2).
#
# The entities of Chapter 8 are a test. `华江集团` is a company, `华江路` a street: the clue comes after. This time there are no sentence boundaries; all sentences are joined into one long stream, as in real speech.


# %% name="stream-of-text" tags=["chinese-data", "hide-input"] covers=["!37"]
def joined(sentences):
    """句子首尾相接：字和标签两个长列表 || sentences end to end: two long lists, characters and tags"""
    characters = [c for cs, _ in sentences for c in cs]
    return characters, [t for _, ts in sentences for t in ts]


characters, tags = joined(data.entity_sentences(1500, seed=0))
# 0：没见过 || 0: unknown
CHARACTERS = {c: k for k, c in enumerate(sorted(set(characters)), start=1)}
TAGS = sorted(set(tags))


def encode(characters, tags):
    """-> 两个整数张量，同样长 || -> two integer tensors of one length"""
    x = [CHARACTERS.get(c, 0) for c in characters]
    return torch.tensor(x), torch.tensor([TAGS.index(t) for t in tags])


def in_rows(x, y, length):
    """一条长流切成等长的行 (B, length)，零头不要 || a long stream cut into rows (B, length), without the remainder"""
    n = len(x) // length * length
    return x[:n].view(-1, length), y[:n].view(-1, length)


in_training = in_rows(*encode(characters, tags), 40)
training = DataLoader(list(zip(*in_training)), batch_size=32, shuffle=True)
# 测试：没见过的名字，16 条流，每条六百多个字 || test: names never seen, 16 streams of some 600 characters
held_out = joined(data.entity_sentences(600, seed=2, held_out=True))
x_test, y_test = in_rows(*encode(*held_out), len(held_out[0]) // 16)
print("".join(held_out[0][:60]))
show("测试流 || test streams", tuple(x_test.shape))

# %% name="bet-look"
predict("Q13-look")

# %% name="chunked-tagger" covers=["!37", "F-05"]
class Tagger(nn.Module):
    """一个 LSTM 往前读，一个往回读 || one LSTM reads forwards, one backwards"""

    def __init__(self, embedding=32, hidden=64):
        super().__init__()
        self.embedding = nn.Embedding(len(CHARACTERS) + 1, embedding)
        self.forwards = nn.LSTM(embedding, hidden, batch_first=True)
        self.backwards = nn.LSTM(embedding, hidden, batch_first=True)
        self.readout = nn.Linear(2 * hidden, len(TAGS))

    def read_back(self, e):  # (B, T, E) -> (B, T, H)
        return self.backwards(e.flip(1))[0].flip(1)

    def forward(self, x):  # (B, T) -> (B, T, tags)，整条 || (B, T) -> (B, T, tags), the whole
        e = self.embedding(x)
        return self.readout(torch.cat([self.forwards(e)[0], self.read_back(e)], dim=2))

    def chunked(self, x, C, k):  # 同样的形状，每次 C 个字，前瞻 k || same shapes, C at a time, k ahead
        state, scores = None, []
        for start in range(0, x.shape[1], C):
            e = self.embedding(x[:, start : start + C + k])
            there, state = self.forwards(e[:, :C], state)  # 递下去 || handed on
            back = self.read_back(e)[:, :C]  # 每块从零开始 || from zeros for each chunk
            scores.append(self.readout(torch.cat([there, back], dim=2)))
        return torch.cat(scores, dim=1)


def tagging_loss(model, batch):
    x, y = batch
    return F.cross_entropy(model(x).transpose(1, 2), y)


def named(ks):  # (B, T)，编号 -> 标签 || (B, T), numbers -> tags
    return [[TAGS[k] for k in row] for row in ks.tolist()]


def f1(scores):
    """实体级 F1，0 到 1 || entity-level F1, 0 to 1"""
    return entity_f1(named(scores.argmax(dim=2)), named(y_test))


taggers = []
for seed in range(3):
    torch.manual_seed(seed)
    tagger = Tagger()
    fit(tagger, tagging_loss, training, epochs=5, lr=8e-3, label=f"标注 {seed} || tagger {seed}")
    taggers.append(tagger.eval())

AHEAD = (0, 1, 2, 3, 4)
with torch.no_grad():
    whole = [f1(model(x_test)) for model in taggers]
    by_look = {
        C: [[f1(m.chunked(x_test, C, k)) for m in taggers] for k in AHEAD]
        for C in (1, 8)
    }

one, two, three = (by_look[1][k] for k in (1, 2, 3))
claim("Q13-look", min(two) > 0.9, two=min(two), three=min(three), whole=min(whole))
# 只少看一个字 || only one character fewer ahead
claim("Q13-look-control", not max(one) > 0.9, one=max(one))

# %% name="look-figure" tags=["hide-input"] covers=["!37"]
fig, ax = plt.subplots(figsize=(6.5, 3))
for (C, scores), marker, style in zip(by_look.items(), "os", ("-", "--")):
    means = [sum(values) / 3 for values in scores]
    for n in range(3):
        ax.plot(
            AHEAD,
            [values[n] for values in scores],
            marker,
            color=f"C{'os'.index(marker)}",
            alpha=0.5,
        )
    ax.plot(AHEAD, means, style, color=f"C{'os'.index(marker)}", label=f"$C={C}$")
ax.axhline(
    sum(whole) / 3,
    color="#777777",
    linewidth=1,
    linestyle=":",
    label="整条双向 || both directions, whole stream",
)
ax.set_xticks(AHEAD)
ax.set_ylim(0, 1.05)
ax.set_xlabel(
    "前瞻 $k$，字（点：三个种子；线：平均） || look-ahead $k$, characters (points: three seeds; lines: means)"
)
ax.set_ylabel("实体级 F1 || entity-level F1")
ax.legend(loc="lower right")
plt.show()
print("C  k  最长等待  反方向步数/字  F1（最差的种子） || C  k  longest wait  backward steps per character  F1 (worst of three seeds)")
for C in (1, 8):
    for k in (0, 2, 3):
        print(
            f"{C}  {k}  {C - 1 + k:2}  {(C + k) / C:.2f}   F1 {min(by_look[C][k]):.2f}"
        )

# %% [markdown] name="look-meaning" covers=["!37", "C-36"]
# 台阶又在线索所在的地方（第 8 章让单向网络晚答几步，台阶也在第 2 步）：$C=1$ 时，看 1 个字不够，看 2 个字过九成，看 3 个字就和等到底分不出来。训练时从没分过块，照样能用。
#
# 再看那张小表。$C=1,\ k=3$ 只等 3 个字，可反方向每个字要读 4 步；$C=8,\ k=3$ 每个字只读 1.38 步，最先来的字却要等 10 个。**延迟和算力，在这里可以一个换一个。** 从 $k=3$ 起，准确率与 $C$ 无关；前瞻不够时就有关了：块越大，块里自己就看得见后文的字越多（$k=0$ 时，$C=1$ 只有 0.36，$C=8$ 有 0.87）。
#
# （训练这几个标注器时要是出了毛病，第 14 章的监控可以挂在同一个循环上：[14.14 节](14_debugging_clinic.ipynb#cell-id=take-home)。）

# %% [markdown] lang="en" of="e038d24f.1f4327f2"
# The jump is where the clue is (in Chapter 8 a one-directional network answered late, and the jump came at 2 as well): with $C=1$, one character ahead is not enough, two get past nine in ten, three cannot be told from waiting to the end. The network was never trained in chunks, and works all the same.
#
# Now the small table. With $C=1,\ k=3$ the wait is 3 characters, but the backward direction takes 4 steps for each; with $C=8,\ k=3$ it takes 1.38, and the first character of a chunk waits for 10. **Here delay and computing can be traded for each other.** From $k=3$ on, $C$ makes no difference to accuracy. With less look-ahead it does: the larger the chunk, the more of its characters have what follows them in view (at $k=0$: 0.36 with $C=1$, 0.87 with $C=8$).
#
# (Should the training of such taggers go wrong, the monitor of Chapter 14 goes onto the same loop: [section 14.14](14_debugging_clinic.ipynb#cell-id=take-home).)

# %% [markdown] name="int8" covers=["F-06", "H-15"]
# ## 13.7 一个权重一个字节
#
# 13.4 节说，短上下文里占地方的是权重。一个权重 4 个字节，用得着吗？**动态量化**（dynamic quantisation）把每块权重存成 −127 到 127 的整数，再加一个公用的比例 $s$：
#
# $$W \approx s \cdot \operatorname{round}(W / s), \qquad s = \frac{\max |W|}{127}$$
#
# “动态”是指激活值的比例在运行时才定。精度会掉多少？先押注。

# %% [markdown] lang="en" of="8184be97.0a6b78ae"
# ## 13.7 One byte for a weight
#
# In a short context, section 13.4 said, what takes room is the weights. Does a weight need 4 bytes? **Dynamic quantisation** stores each block of weights as integers from −127 to 127 and one common scale $s$:
#
# $$W \approx s \cdot \operatorname{round}(W / s), \qquad s = \frac{\max |W|}{127}$$
#
# "Dynamic" says that the scale of the activations is set while running. How much accuracy does it cost? Place a bet.

# %% name="bet-int8"
predict("Q13-int8")

# %% name="int8-run" covers=["F-06", "H-15"]
def quantised(model):
    """LSTM 和 Linear 的权重换成 int8 || the weights of LSTM and Linear as int8"""
    with warnings.catch_warnings():  # 旧接口会说自己过时了 || the interface warns that it is deprecated
        warnings.simplefilter("ignore")
        return torch.ao.quantization.quantize_dynamic(
            model, {nn.LSTM, nn.Linear}, torch.qint8
        )


def saved_size(module):
    """存成文件有多少字节 || bytes when saved to a file"""
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    return file.tell()


def rounded(model, bits):
    """手工量化：每个权重只留 bits 位，其余不变 || by hand: `bits` bits for each weight, everything else as it was"""
    model = copy.deepcopy(model)
    for name, p in model.named_parameters():
        if "weight" in name and not name.startswith("embedding"):
            s = p.data.abs().max() / (2 ** (bits - 1) - 1)
            p.data = s * (p.data / s).round()
    return model


small = [quantised(model) for model in taggers]
BITS = (8, 6, 4, 3, 2)
with torch.no_grad():
    by_torch = [f1(model(x_test)) for model in small]
    by_bits = {bits: [f1(rounded(m, bits)(x_test)) for m in taggers] for bits in BITS}


def drops(after):
    """三个标注器各掉了多少 F1 || how much F1 each of the three taggers lost"""
    return [before - now for before, now in zip(whole, after)]


int8, by_hand = (max(map(abs, drops(after))) for after in (by_torch, by_bits[8]))
smaller = saved_size(taggers[0].forwards) / saved_size(small[0].forwards)
claim(
    "Q13-int8",
    max(int8, by_hand) < 0.01 and smaller > 3,
    drop=int8,
    by_hand=by_hand,
    smaller=smaller,
)
# 手工的做法，只把 8 位减到 2 位 || by hand, with 2 bits instead of 8 and nothing else
lost = min(drops(by_bits[2]))
claim("Q13-int8-control", not lost < 0.01, drop=lost)

fig, ax = plt.subplots(figsize=(6, 2.4))
named_bits = {f"{bits} 位 || {bits} bits": by_bits[bits] for bits in BITS}
plotting.dot_rows(ax, named_bits, xlabel="实体级 F1，三个种子 || entity-level F1, three seeds")
ax.set_xlim(0, 1.02)
plt.show()

# %% name="int8-time" tags=["timing"] covers=["F-06"]
with torch.no_grad():
    times = timing.milliseconds(
        {"float32": lambda: taggers[0](x_test), "int8": lambda: small[0](x_test)},
        rounds=5,
        warm_up=1,
    )
print(*(f"{name} {ms:.0f} ms" for name, ms in times.items()), "(CPU)")

# %% [markdown] name="int8-meaning" covers=["F-06", "H-15"]
# LSTM 的文件小到三分之一不到，F1 到小数点后四位都一样。图里是手工量化的：8 位到 3 位都撑得住，2 位才垮（按最大的权重定比例，2 位就只剩三个值）。（文件里还有偏置和一点包装，所以不到四倍；嵌入表没有量化。）
#
# 省的是**字节**。快不快要另外量：上面印着，这么小的网络，int8 在这台 CPU 上反而更慢，因为每一步都要先量激活值的范围，再来回换算。
#
# 这个接口就要换了，所以注明日期：torch 2.13，2026 年 11 月。`torch.ao.quantization.quantize_dynamic` 还能用，但会发出 `DeprecationWarning`，说要移到 `torchao` 的 `quantize_`。后者管的是 `nn.Linear`，`nn.LSTM` 还没有现成的替代，所以这里用旧接口，把警告收起来。公式不过时：`rounded` 那几行就是它。

# %% [markdown] lang="en" of="90d7e582.a11a4afb"
# The file of an LSTM is less than a third of the size, and F1 is the same to four digits. The figure is rounding by hand: 8 to 3 bits hold, 2 bits break (scaled by the largest weight, 2 bits leave three values). (The file also has biases and some wrapping, which is why it is less than four times; the embedding table was not quantised.)
#
# What is saved is **bytes**. Speed is for measuring again: as printed, in a network this small int8 is slower on this CPU, since each step first has to find the range of the activations and then convert back and forth.
#
# This interface is on its way out, so here is the date: torch 2.13, November 2026. `torch.ao.quantization.quantize_dynamic` still works but gives a `DeprecationWarning` and points to `quantize_` of `torchao`. That one deals with `nn.Linear`; `nn.LSTM` has no ready replacement there, so we use the old interface and keep the warning quiet. The formula does not go out of date: it is the few lines of `rounded`.

# %% [markdown] name="online" covers=["F-07", "H-15"]
# ## 13.8 世界变了：边跑边学
#
# 传感器装上以后，机器换了转速。训练好的模型还按老节奏预测。**在线学习**（online learning）：每收到一小段，先预测，再拿刚刚揭晓的答案走一步梯度。次序不能反，这叫**先测后训**（prequential evaluation）：每个点都先当测试，再当训练，所以误差是诚实的。
#
# 下面的波，前 900 步周期是 20，从第 900 步起（**变点**，change point）周期 13，形状也变了。同一个 GRU，用前 400 步训练好，然后分成两份：一份冻住，一份每 10 步学一次。两份的状态都一直递下去。

# %% [markdown] lang="en" of="bf2119f2.389ce9fc"
# ## 13.8 The world has changed: learning while running
#
# The sensor is in place, and then the machine changes its speed. A trained model goes on predicting the old rhythm. **Online learning**: after each short piece, first predict, then take one gradient step on the answers that have just come out. The order matters and has a name, **prequential evaluation**: each point is first a test and then training, so the error is honest.
#
# The wave below has a period of 20 for 900 steps; from step 900 (the **change point**) the period is 13, and the shape is different too. One GRU is trained on the first 400 steps and then copied: one copy is frozen, the other learns after every 10 steps. Both hand on their state all the time.

# %% name="wave" tags=["hide-input"] covers=["F-07"]
fig, ax = plt.subplots(figsize=(9, 1.8))
wave = data.changing_wave(1000, change=900, generator=torch.Generator().manual_seed(0))
ax.plot(range(800, 1000), wave[800:], linewidth=1)
ax.axvline(900, color="#D55E00", linestyle="--")
ax.set_xlabel("第几步（虚线：变点） || step (dashed: change point)")
ax.set_ylabel("$x_t$")
plt.show()

# %% name="bet-online"
predict("Q13-online")

# %% name="online-run" covers=["F-07", "H-15"]
class Forecaster(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.gru = nn.GRU(1, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, 1)

    def forward(self, x, state=None):  # (B, T, 1) -> (B, T, 1)，下一个数；状态 || (B, T, 1) -> (B, T, 1), the next number; state
        out, state = self.gru(x, state)
        return self.readout(out), state


def next_number_loss(model, windows):  # (B, 41)
    windows = windows[:, :, None]
    return F.mse_loss(model(windows[:, :-1])[0], windows[:, 1:])


def trained_on(past, seed):
    torch.manual_seed(seed)
    model = Forecaster()
    windows = DataLoader(past.unfold(0, 41, 1), batch_size=24, shuffle=True)
    fit(model, next_number_loss, windows, epochs=10, lr=1e-2, label=f"GRU {seed}")
    return model


def run_on(model, stream, lr, piece=10, learn_first=False):
    """一段一段跑下去，lr = 0 就是冻住 -> 每一步的平方误差 || run on piece by piece, frozen where lr = 0 -> squared error of each step"""
    model = copy.deepcopy(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    state, errors = None, []
    for start in range(0, len(stream) - piece, piece):
        x = stream[None, start : start + piece, None]  # (1, piece, 1)
        y = stream[None, start + 1 : start + piece + 1, None]
        prediction, new = model(x, state)
        if lr > 0:  # 预测已经做完，才学 || learn, now that the prediction is made
            optimizer.zero_grad()
            F.mse_loss(prediction, y).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if learn_first:  # 作弊：学完了再“预测”同一段 || cheating: "predict" the piece after learning it
                prediction = model(x, state)[0]
        errors.append((prediction.detach() - y).square().flatten())
        state = new.detach()  # 状态递下去，图断开 || hand on the state, cut the graph
    return torch.cat(errors)


def last_ratio(errors):
    """最后 300 步：边跑边学的误差 / 冻住的误差 || last 300 steps: error learning / error frozen"""
    return (errors["online"][-300:].mean() / errors["frozen"][-300:].mean()).item()


RATES = {"frozen": 0.0, "online": 1e-2}  # 步长在另外的种子上挑的 || the rate was chosen on other seeds
runs, changed, steady, cheats = [], [], [], []
for seed in range(3):
    # 同一粒种子，同样的噪声 || one seed, the same noise
    waves, calm = (
        data.changing_wave(2000, change, torch.Generator().manual_seed(seed))
        for change in (900, 2000)
    )
    forecaster = trained_on(waves[:400], seed)
    runs.append(
        {name: run_on(forecaster, waves[400:], lr) for name, lr in RATES.items()}
    )
    changed.append(last_ratio(runs[-1]))
    cheat = run_on(forecaster, waves[400:], RATES["online"], learn_first=True)
    cheats.append((cheat[-300:].mean() / runs[-1]["online"][-300:].mean()).item())
    # 只是世界没有变 || only that the world did not change
    steady.append(
        last_ratio(
            {name: run_on(forecaster, calm[400:], lr) for name, lr in RATES.items()}
        )
    )

claim("Q13-online", max(changed) < 0.3, ratio=max(changed))
claim("Q13-online-control", not min(steady) < 0.3, ratio=min(steady), worst=max(steady))

# %% name="online-figure" tags=["hide-input"] covers=["F-07"]
fig, ax = plt.subplots(figsize=(9, 2.8))
lines = {"frozen": "冻住 || frozen", "online": "边跑边学 || learning"}
for (name, label), color, style in zip(
    lines.items(), ("#D55E00", "#0072B2"), ("--", "-")
):
    for n, run in enumerate(runs):
        smooth = run[name].unfold(0, 50, 10).mean(dim=1)  # 50 步的平均 || means over 50 steps
        steps = 450 + 10 * torch.arange(len(smooth))
        ax.semilogy(
            steps,
            smooth,
            style,
            color=color,
            linewidth=1,
            label=label if n == 0 else None,
        )
ax.axhline(
    0.01, color="#777777", linewidth=1, linestyle=":", label="噪声的方差 || variance of the noise"
)
ax.axvline(900, color="#999999", linewidth=1)
ax.set_xlabel("第几步（竖线：变点；三个种子） || step (line: change point; three seeds)")
ax.set_ylabel("平方误差 || squared error")
ax.legend(loc="upper left", fontsize=8)
plt.show()
settled = [(r["online"][:500].mean() / r["frozen"][:500].mean()).item() for r in runs]
print(f"变点之前，边学 / 冻住：{min(settled):.2f} 到 {max(settled):.2f} || before the change, learning / frozen: {min(settled):.2f} to {max(settled):.2f}")
claim("Q13-order", max(cheats) < 0.97, ratio=max(cheats))

# %% [markdown] name="online-meaning" covers=["F-07", "H-15"]
# 冻住的那一份从变点起再也没有好过；边学的那一份很快跟上。三句话带走：
#
# * **学也有代价。** 变点之前的那一段，边学的那一份反而差两到五成（倍数印在上面），图里过几百步才追上；世界不变的话，一千多步以后它反倒略好一点（对照里的 0.87 到 0.93）：它又多学了一千多步。学习率越大，跟得越快，平时多半也越抖（这里没有量）。
# * **次序反了，误差就假了。** 先学这一段、再“预测”它，误差白白变小，而这在上线以后做不到。
# * **它会忘。** 学了新节奏，老节奏多半就淡了（这里没有量）；要两样都留，得另外想办法（重放旧数据、两个模型各管一段）。
#
# 这与架构无关：Transformer 也能边跑边学。循环网络占的便宜是每学一步只要反向走 10 步（第 3 章的截断反向传播），状态照样递下去。

# %% [markdown] lang="en" of="4aba105a.ddc3e649"
# The frozen copy never recovers from the change; the learning one soon follows. Three things to take away:
#
# * **Learning has a price.** In the stretch before the change the learning copy is a fifth to a half worse (the ratio is printed above), and in the figure it takes hundreds of steps to draw level; in a world that stays the same it ends up slightly better after a thousand and more (0.87 to 0.93 in the control), having learnt from all of them. A larger learning rate follows faster and probably jitters more (not measured here).
# * **In the wrong order, the error is not real.** Learn a piece and then "predict" it, and the error shrinks for nothing; once in service, nobody can do that.
# * **It forgets.** As the new rhythm is learnt, the old one probably fades (not measured here). To keep both takes more (replaying old data, one model for each).
#
# None of this depends on the architecture: a Transformer can learn while running too. What a recurrent network has in its favour is that a learning step goes back over 10 steps only (the truncated back-propagation of Chapter 3), and the state is handed on all the same.

# %% [markdown] name="for-ever" covers=["H-15", "F-05"]
# ## 13.9 能一直跑，能一直对吗
#
# GRU 的 2,048 字节可以跑一年。跑得动，不等于还对：训练时最长只有 32 步，从第 33 步起的状态，它一次也没见过。第 12 章的数单双就是这样：系数可以取负的线性循环，32 步以内全对，512 步时等于瞎猜。
#
# 有人提出过一种便宜的修法：**带着状态训练**（arXiv 2507.02782、2410.07145 讲的就是这件事）。还是每批 32 步，还是只在这 32 步里求导，只是下一批从上一批结束时的状态出发；每条流有 10% 的机会从头再来，免得忘了怎样开头。
#
# 对照也接着训练一样多的步数，只是每批都从零状态出发。先押注。

# %% [markdown] lang="en" of="175b8e0e.7490712e"
# ## 13.9 It runs for ever: is it right for ever?
#
# A GRU can run for a year on its 2,048 bytes. Running is not being right: with 32 steps at most in training, the states from step 33 on are states it has never met. In Chapter 12, odd-or-even was such a case: the linear recurrence whose factor may be negative got everything right up to 32 steps and guessed at 512.
#
# A repair has been proposed that costs little: **train on carried states** (the subject of arXiv 2507.02782 and 2410.07145). Batches still have 32 steps, and gradients still go back over these 32 only; but each batch starts from the state in which the last one ended. With a chance of 10% a stream starts afresh, so that the beginning is not unlearnt.
#
# The control trains for as many more steps, with every batch starting from zeros. A bet first.

# %% name="bet-carried"
predict("Q13-carried")

# %% name="carried-run" covers=["H-15", "F-05"]
# 比特 0；起始符只在真的开头 || bit 0; the start sign belongs to a true beginning
NO_START = torch.tensor([1.0, 0.0, 0.0])


def read_on(model, x, state):
    """x (B, T, 3)，state (B, 64) -> 每步的分数 (B, T, 2)，末尾的状态 || x (B, T, 3), state (B, 64) -> scores (B, T, 2), the last state"""
    outputs = []
    # project：只看 x 的部分，一次算好；step：走一步 || project: what sees x alone, in one go; step: one step
    for p in model.rule.project(x).unbind(dim=1):
        h, state = model.rule.step(p, state)
        outputs.append(h)
    gated = torch.stack(outputs, dim=1) * torch.sigmoid(model.gate(x))
    return model.readout(gated), state


def train_on(model, carry, seed, batches=400):
    """接着训练；carry：状态（和到此为止的单双）递给下一批 || train on; carry: hand the state, and odd or even so far, to the next batch"""
    model = copy.deepcopy(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    g = torch.Generator().manual_seed(seed)
    state, odd = torch.zeros(32, 64), torch.zeros(32, 1, dtype=torch.long)
    for _ in range(batches):
        x, y = parity_batch(32, 32, g)
        afresh = torch.rand(32, 1, generator=g) < (0.1 if carry else 1.0)
        state, odd = torch.where(afresh, 0.0, state), torch.where(afresh, 0, odd)
        x[:, 0] = torch.where(afresh, x[:, 0], NO_START)
        scores, new = read_on(model, x, state)
        y = (y + odd) % 2
        optimizer.zero_grad()
        F.cross_entropy(scores.transpose(1, 2), y).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        state, odd = new.detach(), y[:, -1:]
    return model


@torch.no_grad()
def right_by_length(model, steps=2048):
    """一条长流上，每一步答对的比例 (steps,) || the share of right answers at each step of a long stream: (steps,)"""
    x, y = parity_batch(100, steps, torch.Generator().manual_seed(9))
    scores, _ = read_on(model, x, torch.zeros(100, 64))
    return (scores.argmax(dim=2) == y).double().mean(dim=0)


curves = {"before": [], "zero": [], "carried": []}
for seed in progress(range(3), "数单双 || odd or even"):
    trained = train_rule("gated linear ±1", "parity", seed=seed, lr=1e-2)
    curves["before"].append(right_by_length(trained))
    curves["zero"].append(right_by_length(train_on(trained, carry=False, seed=seed)))
    curves["carried"].append(right_by_length(train_on(trained, carry=True, seed=seed)))


def at(name, first, last):
    """三个种子，各自在第 first 到 last 步的平均正确率 || for the three seeds: mean share right from step first to last"""
    return [curve[first:last].mean().item() for curve in curves[name]]


claim(
    "Q13-carried",
    min(at("carried", 384, 512)) > 0.9,
    right=min(at("carried", 384, 512)),
    far=max(at("carried", 1536, 2048)),
)
# 同样多的步数，只是状态不递 || as many steps, only the state is not handed on
claim(
    "Q13-carried-control",
    not max(at("zero", 384, 512)) > 0.9,
    right=max(at("zero", 384, 512)),
)

# %% name="carried-figure" tags=["hide-input"] covers=["H-15"]
fig, ax = plt.subplots(figsize=(8, 2.8))
curves_shown = {
    "before": "修之前 || before",
    "zero": "接着训练，零状态 || trained on, zero states",
    "carried": "接着训练，带状态 || trained on, carried states",
}
for (name, label), color, style in zip(
    curves_shown.items(), ("#777777", "#D55E00", "#0072B2"), (":", "--", "-")
):
    for n, curve in enumerate(curves[name]):
        blocks = curve.view(-1, 32).mean(dim=1)  # 每 32 步一点 || one point for 32 steps
        steps = 32 * torch.arange(1, 65)
        ax.plot(
            steps,
            blocks,
            style,
            color=color,
            linewidth=1.2,
            label=label if n == 0 else None,
        )
ax.axvline(32, color="#999999", linewidth=1)
ax.set_xscale("log", base=2)
ax.set_xticks(2 ** torch.arange(5, 12), (2 ** torch.arange(5, 12)).tolist())
ax.set_ylim(0.4, 1.05)
ax.set_xlabel("读了几步（竖线：训练时的最长；三个种子） || steps read (line: longest in training; three seeds)")
ax.set_ylabel("答对的比例 || share right")
ax.legend(loc="lower left", fontsize=8)
plt.show()

# %% [markdown] name="carried-meaning" covers=["H-15"]
# 接着训练的两组，批数、学习率、种子都一样，差的只是状态递不递。递，就修到了每批长度的 16 倍；不递，同样多练 400 批，只多撑了三十来步，从第 160 步左右起又是瞎猜：它从没见过坏掉的地方。
#
# **可是没有修成“永远”。** 到两千步，三个种子又都在瞎猜。带状态训练让它见到更久以后的自己，可是只见到那么久：每批有一成的机会从头再来，一条流平均只活 10 批，也就是 320 步，活过一千步的很少。图上的悬崖就在那附近。所以，一个“流式模型”该附上的不是“支持无限长”，而是一张图：横轴是读了多久，纵轴是还对不对。
#
# （带 $Uh$ 的 tanh RNN 和 LSTM 在这个任务上没有这个毛病：第 12 章的表里，它们 512 步时全对。毛病在规则，不在“循环”。）

# %% [markdown] lang="en" of="8469ff72.990a1344"
# The two arms trained for the same number of batches with the same learning rate and seeds; the one difference is whether the state was handed on. With it, the repair reaches 16 times the length of a batch. Without it, as many more batches (400) gain some thirty steps and no more; from about step 160 on it guesses again, since it never meets the place where things go wrong.
#
# **But "for ever" it is not.** At two thousand steps all three seeds guess again. Carried states let the network meet itself later on, but only so late: with one chance in ten of a fresh start at each batch, a stream lives 10 batches on average, 320 steps, and few get past a thousand. That is about where the curves fall off. So what should come with a "streaming model" is not "unlimited length" but a figure: how long it has been reading, against whether it is still right.
#
# (A tanh RNN or an LSTM with its $Uh$ does not have the problem in this task: in the table of Chapter 12 they are right at 512 steps. The fault lies in the rule, not in recurrence.)

# %% [markdown] name="sinks" covers=["!35", "F-05"]
# ## 13.10 诚实的对手：内存不变的 Transformer
#
# 缓存会一直长，那就只留最近 $w$ 个词的键和值，旧的扔掉：**滑动窗口**。内存从此不变。还能答对吗？
#
# 造一个小任务：每一步写一对（键，值），再问一个键；16 步之内写过，就答那个值，没写过就答“没有”。回答需要的一切，都在最近 16 步里。一层一个头的注意力，训练只用 16 步长的序列，前面一个起始符；学会以后，放到 1,024 步的流上，只改一样：留住哪些词。先押注。

# %% [markdown] lang="en" of="64281428.512d711f"
# ## 13.10 The honest rival: a Transformer at constant memory
#
# If the cache keeps growing, keep the keys and values of the last $w$ tokens and throw out the older ones: a **sliding window**. Memory is constant from then on. Are the answers still right?
#
# A small task: at each step a pair (key, value) is written and a key is asked for; if it was written within 16 steps the answer is its value, otherwise "nothing". Everything that an answer needs is in the last 16 steps. One layer of attention with one head is trained on sequences of 16 steps after a start sign; once it has learnt them it is put on a stream of 1,024, and one thing only is varied: which tokens are kept. Place a bet.

# %% name="bet-sink"
predict("Q13-sink")

# %% name="sink-run" covers=["!35", "F-05"]
WINDOW = 16


class OneHead(nn.Module):
    """一层、一个头的注意力；mask (T, T)：第 t 步看得见谁 || one layer of attention with one head; mask (T, T): what step t can see"""

    def __init__(self, inputs, classes, d=32):
        super().__init__()
        self.qkv = nn.Linear(inputs, 3 * d)
        self.readout = nn.Sequential(
            nn.Linear(d, 32), nn.ReLU(), nn.Linear(32, classes)
        )

    def forward(self, x, mask):  # (B, T, I) -> (B, T, classes)，权重 (B, T, T) || (B, T, I) -> (B, T, classes), weights (B, T, T)
        q, k, v = self.qkv(x).chunk(3, dim=2)
        scores = q @ k.transpose(1, 2) / q.shape[2] ** 0.5
        weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=2)
        return self.readout(weights @ v), weights


def masks(T):
    """四种留法，每种一张 (T, T) || four ways of keeping, a (T, T) mask for each"""
    now, then = torch.arange(T)[:, None], torch.arange(T)
    past, recent = then <= now, (then <= now) & (then > now - WINDOW)
    return {
        "all": past,
        "window": recent,
        "window + first": recent | (past & (then == 0)),
        "window + one more": past & (then > now - WINDOW - 1),  # 也是 17 个 || 17 as well
    }


def trained_head(seed):
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(seed)
    x, _ = data.recent_pairs(1, 1, WINDOW, g)
    model = OneHead(x.shape[2], UNKNOWN + 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(400):
        x, y = data.recent_pairs(32, WINDOW, WINDOW, g)
        scores, _ = model(x, masks(WINDOW + 1)["all"])
        optimizer.zero_grad()
        F.cross_entropy(scores.transpose(1, 2), y).backward()
        optimizer.step()
    return model


heads = [trained_head(seed) for seed in progress(range(3), "注意力 || attention")]
long_x, long_y = data.recent_pairs(20, 1024, WINDOW, torch.Generator().manual_seed(99))
nothing = long_y == UNKNOWN
late = torch.arange(long_y.shape[1]) >= 512
ways = masks(long_y.shape[1])
right_by_way = {}  # 留法 -> 三个种子：（有答案的，该答“没有”的） || way -> for three seeds: (with an answer, "nothing")
with torch.no_grad():
    for way, mask in ways.items():
        hits = [model(long_x, mask)[0].argmax(dim=2) == long_y for model in heads]
        right_by_way[way] = [
            tuple(h[part & late].double().mean().item() for part in (~nothing, nothing))
            for h in hits
        ]

first = [nothing_right for _, nothing_right in right_by_way["window + first"]]
bare = [nothing_right for _, nothing_right in right_by_way["window"]]
other = [nothing_right for _, nothing_right in right_by_way["window + one more"]]
claim(
    "Q13-sink",
    max(bare + other) < 0.1 and min(known for known, _ in right_by_way["window"]) > 0.9,
    nothing=max(bare),
    other=max(other),
    known=min(known for known, _ in right_by_way["window"]),
)
# 只多留一个词：起始符 || one token more is kept: the start sign
claim("Q13-sink-control", not max(first) < 0.1, nothing=min(first))

# %% name="sink-figure" tags=["hide-input"] covers=["!35"]
fig, (left, right_ax) = plt.subplots(
    1, 2, figsize=(9, 2.8), width_ratios=(3, 2), layout="constrained"
)
shown = {
    "all": "全部留着 || everything",
    "window": "窗口 16 || window of 16",
    "window + one more": "窗口 17 || window of 17",
    "window + first": "窗口 16 + 起始符 || window of 16 + start sign",
}
for k, (way, label) in enumerate(shown.items()):
    for part, (marker, name) in enumerate(
        (("o", "有答案 || has an answer"), ("x", '该答“没有” || "nothing"'))
    ):
        left.plot(
            [pair[part] for pair in right_by_way[way]],
            [k] * 3,
            marker,
            color=("#0072B2", "#D55E00")[part],
            markersize=7,
            label=name if k == 0 else None,
        )
left.set_yticks(range(4), shown.values())
left.invert_yaxis()
left.set_xlim(-0.04, 1.04)
left.set_xlabel("第 512 到 1,024 步，答对的比例（三个种子） || share right, steps 512 to 1,024 (three seeds)", fontsize=9)
left.legend(fontsize=8, loc="center")
with torch.no_grad():
    short_x, short_y = data.recent_pairs(
        400, WINDOW, WINDOW, torch.Generator().manual_seed(98)
    )
    weights = [model(short_x, masks(WINDOW + 1)["all"])[1][:, 8:, 0] for model in heads]
asked = short_y[:, 8:] == UNKNOWN
on_start = [[w[part].mean().item() for w in weights] for part in (~asked, asked)]
plotting.dot_rows(
    right_ax,
    {"有答案 || has an answer": on_start[0], '该答“没有” || "nothing"': on_start[1]},
    xlabel="放在起始符上的权重 || weight on the start sign",
)
right_ax.set_xlim(0, 1)
plt.show()
print(
    '放在起始符上的权重，三个种子里最小的：有答案、“没有” || weight on the start sign, least of three seeds: has an answer, "nothing"',
    *(f"{min(v):.2f}" for v in on_start),
)
everything = [
    (hits_known + hits_nothing) / 2 for hits_known, hits_nothing in right_by_way["all"]
]
claim("Q13-everything", max(everything) < 0.5, right=max(everything))
claim(
    "Q13-everything-control",
    not max((a + b) / 2 for a, b in right_by_way["window + first"]) < 0.5,
    right=min((a + b) / 2 for a, b in right_by_way["window + first"]),
)

# %% [markdown] name="sinks-meaning" covers=["!35", "F-04", "F-05", "F-06"]
# 窗口一滑过开头，有答案的问题照样全对，“没有”却一个也答不对。多留*最近的*一个词没有用，多留*开头那*一个，就全对了，内存还是固定的。可是起始符什么内容也没有，为什么？
#
# softmax 的权重加起来一定是 1。一个头就算什么也不想看，也得把这个 1 放到某个地方去。右图：该答“没有”的时候，大半的权重放在起始符上。它是放这份权重的地方，叫**注意力汇**（attention sink）。把它扔掉，这份权重就落到不相干的词上，取回来的是不相干的值。2023 年在大语言模型里发现的是同一件事（StreamingLLM，arXiv 2309.17453，转述），修法也一样：开头几个词一直留着。（那些模型的开头大多没有固定的起始符：排在最前面的几个词，不管是什么，自己变成了汇。）
#
# 再看第一行：**什么都留着，反而最差。** “没有信息损耗，不管隔多远都能看见”这句话，不能从“看得见”推到“分得清”。我们这个头没有位置编码，能告诉它新旧的只有窗口：什么都留着，同一个键的旧值就都在场，它没有办法知道哪个是最近的，起始符的那一份也要和几百个旧词分。给它位置，会好多少，这里没有量；训练时没见过那么长，是另一重难处（11.8 节）。
#
# 所以“常数内存的流式”并不是循环网络的专利。公平地比：窗口里的词，Transformer 记得一字不差；滑出去的，在这样的一层里一点也不剩。循环网络恰好相反：什么都留一点，什么都不保证。

# %% [markdown] lang="en" of="bb0fc1e4.bbe62f81"
# Once the window has left the beginning, questions with an answer are still all right, while "nothing" is never right. Keeping one *recent* token more does not help; keeping *the first* makes everything right, at fixed memory. Yet the start sign has no content at all. Why?
#
# The weights of a softmax add up to 1. A head that wants to look at nothing still has to put that 1 somewhere. The right panel: when the answer is "nothing", more than half of the weight lies on the start sign. It is the place where this weight goes, an **attention sink**. Throw it away, and the weight falls on tokens that have nothing to do with the matter, and their values are what comes back. The same was found in large language models in 2023 (StreamingLLM, arXiv 2309.17453, at second hand), and so was the repair: keep the first few tokens for good. (Most of those models had no start sign at that place; whatever tokens came first became sinks on their own.)
#
# Now the first row: **keeping everything is worst.** "No information is lost, however far away" mistakes seeing for telling apart. Our head has no positional information, and the window is its only clock: with everything kept, all old values of the same key are present, it has no way to know which is the latest, and the start sign has to share with hundreds of old tokens. How much positions would help is not measured here; lengths never met in training are a difficulty of their own (section 11.8).
#
# So streaming at constant memory is no privilege of recurrent networks. To be fair: a Transformer keeps what is in the window to the letter; of what has left it, one such layer keeps nothing. A recurrent network is the opposite: a little of everything, and nothing guaranteed.

# %% [markdown] name="where" covers=["F-10", "H-15", "F-05", "F-06", "F-07"]
# ## 13.11 哪里还用循环网络：用数字说话
#
# | 场合 | 要问的数 | 在哪里量过 |
# |---|---|---|
# | 实时：语音转字幕、在线异常检测、实时推荐、游戏 AI | 逐词延迟；最长能等几个字 | 13.5、13.6 节 |
# | 边缘与物联网：手表、传感器、低功耗设备 | 权重的字节，加上状态的字节（缓存：乘以词数）；每个词的乘加 | 13.4、13.7 节 |
# | 资源受限：手机上的实时应用 | 同上；在服务器上，再加许多用户并成一批时的吞吐量 | 13.1、13.4 节 |
# | 时间序列：传感器、工业控制 | 与最简单的基线相比，误差小多少 | 第 15 章 |
# | 在线学习：分布会变 | 变点之后多久跟上，平时多付多少 | 13.8 节 |
#
# 每一行都是问题，不是结论。“循环网络能耗低”“Transformer 不适合边缘”这样的句子，换成你的 $N$、$L$、$d$，算一遍字节和乘加，再在你的设备上量一遍微秒：有时成立，有时相反。

# %% [markdown] lang="en" of="0659def0.0aaa689f"
# ## 13.11 Where recurrent networks are still used: by the numbers
#
# | where | numbers to ask for | measured in |
# |---|---|---|
# | real time: live captions, anomaly detection, recommendation, game AI | latency for each token; how many characters one can wait | 13.5, 13.6 |
# | edge and IoT: watches, sensors, low-power devices | bytes of weights plus bytes of state (a cache: times the tokens); multiply-adds per token | 13.4, 13.7 |
# | limited resources: real-time apps on a phone | the same; on a server also throughput with many users in a batch | 13.1, 13.4 |
# | time series: sensors, industrial control | how much better than the simplest baseline | Chapter 15 |
# | online learning: the distribution moves | how soon after a change it follows, what it costs in between | 13.8 |
#
# Each row is a question, not a verdict. Take sentences such as "RNNs save energy" or "Transformers do not fit the edge", put in your own $N$, $L$ and $d$, count bytes and multiply-adds, then measure the microseconds on your device: sometimes they hold, sometimes it is the other way round.

# %% [markdown] name="bets-summary"
# ## 你押得怎样？
#
# 这一章押过的注都在下面，很有把握却押错的排在最前。

# %% [markdown] lang="en" of="85f65c75.221cb50b"
# ## How did your bets come out?
#
# All your bets of this chapter; the ones you were sure of and lost come first.

# %% name="bets"
bets_summary("13")

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. “快”要说清是哪一种：读提示还是逐词，一条流还是一批；哪台机器，多少微秒。
# 2. 状态是 $4LH$ 字节，一步也不长；缓存是 $8LNd$ 字节，每个词长一份，但旧的从不重算。两种递法，与整条一起算的结果相同。
# 3. 能一直跑，不等于一直对。带着状态训练能修循环网络，留住起始符能修滑动窗口；修到多远，要量。

# %% [markdown] lang="en" of="740a59ea.562a4ed1"
# ## Three lines to remember
#
# 1. Say which "fast": prefill or decode, one stream or a batch; on which machine, in how many microseconds.
# 2. The state is $4LH$ bytes and never grows; the cache is $8LNd$ bytes and grows with every token, but nothing old is ever recomputed. Handed on properly, both equal the computation over the whole.
# 3. Running for ever is not being right for ever. Training on carried states repairs a recurrent network, keeping the start sign repairs a sliding window; how far the repair reaches has to be measured.

# %% [markdown] name="self-check"
# ## 自测
#
# 合上笔记作答。每个选项都有解释。

# %% [markdown] lang="en" of="e46292c8.f49e1623"
# ## Self-check
#
# Answer without looking back. Every option has its explanation.

# %% name="quiz"
quiz("13-self-check")

# %% [markdown] name="next" covers=["X-07"]
# ## 接下来
#
# 轮到你写了：[练习 E12 · 来一个词算一步](../../exercises/zh/E12_streaming.ipynb)。写出键值缓存，写出能一段一段读下去的 `stream`，再数一数它们各占多少字节。
#
# 跑得动，也算得清了。要是训练本身就没成呢？第 14 章是一间诊所：十二个生病的训练，只凭曲线诊断。

# %% [markdown] lang="en" of="8bfe253b.d675eb97"
# ## What next
#
# Your turn: [Exercise E12 · One token, one step](../../exercises/en/E12_streaming.ipynb). Write the key-value cache, write a `stream` that reads on piece by piece, and count the bytes of both.
#
# It runs, and we know what it costs. But what if the training itself did not work? Chapter 14 is a clinic: twelve sick trainings, to be diagnosed from their curves.
