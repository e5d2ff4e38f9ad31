# ---
# jupyter:
#   course:
#     chapter: "01"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["A-10"]
# # 第 1 章 序列与记忆
#
# **阅读 25 分钟 · 动手 25 分钟 · 难度 ⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 判断一份数据是不是序列，并且设计一个小实验来证明“次序里有信息”；
# 2. 准确地说出前馈网络缺什么，不再跟着说“它处理不了序列”；
# 3. 面对一个任务，从五种输入输出形状里选出合适的一种，写出张量的形状。
#
# 需要的基础：会用 PyTorch 训练一个前馈网络。这一章里的循环网络先当黑盒用：下一章打开最简单的一种，第 6 章打开这里用的 GRU。

# %% [markdown] lang="en" of="736e0eca.efba6d06"
# # Chapter 1. Sequences and memory
#
# **25 min reading · 25 min at the keyboard · difficulty ⭐⭐**
#
# By the end of this chapter you can
#
# 1. tell whether data are a sequence, and design a small experiment that proves there is information in the order;
# 2. say exactly what a feed-forward net lacks, instead of repeating that it "cannot handle sequences";
# 3. pick the right one of five input/output shapes for a task, and write down the tensor shapes.
#
# You need: having trained a feed-forward net in PyTorch. The recurrent network is a black box for now. The next chapter opens the simplest kind, and Chapter 6 the one used here, the GRU.

# %% name="setup"
import itertools
import random
from collections import defaultdict

import torch
from torch import nn
from torch.nn import functional as F
import matplotlib.pyplot as plt

from course_utils import data, language, plotting
from course_utils.checks import claim, show
from course_utils.explore import Explorer, bets_summary, live, predict, quiz
from course_utils.training import fit

language.use("中文 || English")      # 滑块和测验的语言 || language of the sliders and quizzes
plotting.style()                     # 带中文字体的图 || figures with a font that has Chinese
torch.set_num_threads(1)             # 小网络用一个线程最快 || small networks are fastest on one thread

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：第 0 章还记得多少
#
# 三个问题。先在心里答，再点选项。

# %% [markdown] lang="en" of="2cc4af48.cc949536"
# ## Warm-up: what is left of Chapter 0?
#
# Three questions. Answer in your head first, then click.

# %% name="recall" covers=["A-03"]
quiz("01-recall")

# %% [markdown] name="that-one" covers=["C-05", "C-01"]
# ## 1.1 读到“拿起那把”的时候
#
# > 猎人带着一把**剑**，走过石桥，喝了一碗茶，然后拿起那把＿＿。
#
# 你会填“剑”。现在把开头的剑换成伞，再读一遍：这回你填“伞”。空格前面的几个字一个没动，变的是你**读过什么**。汉语里剑、钥匙、伞、扇子都论“把”，所以只盯着“那把”两个字，半点线索也没有。
#
# 我们让两个网络来填这个空。
#
# * **没有记忆的人**只看最后一个词。
# * **读者**从左到右读，每读一个词，就更新一次随身带着的笔记。这份笔记是一个长度固定的向量，就是第 0 章见过的**隐藏状态**（hidden state）：
#
# $$\underbrace{h_t}_{(B,\,H)} = A(\underbrace{h_{t-1}}_{(B,\,H)},\ \underbrace{x_t}_{(B,\,I)}), \qquad y = W_y h_T + b_y$$
#
# $B$ 是一批里有几句话，$I$ 是词向量的长度，$H$ 是笔记的长度，$T$ 是句子的词数；$W_y$、$b_y$ 是最后的线性层，把笔记换成 $O$ 个选项的得分 $y$，形状 $(B, O)$。$A$ 就是那个黑盒，代码里是 `nn.GRU`（`batch_first=True`）：给它 $(B, T, I)$，它交还每一步的笔记 $(B, T, H)$（还有单独的最后一份，1.6 节才用到）。回答的时候只看最后一份笔记 $h_T$。

# %% [markdown] lang="en" of="b9d149b3.1b43a811"
# ## 1.1 When you come to "picks up the"
#
# > The hunter takes the **sword**, crosses the stone bridge, drinks a bowl of tea, then picks up the ____.
#
# You say "sword". Now make it an umbrella at the beginning and read again: this time you say "umbrella". The words before the gap are the same; what changed is **what you have read**. Nothing in "picks up the" tells a sword from a key, an umbrella or a fan.
#
# Let two networks fill the gap.
#
# * **The one without a memory** looks at the last word only.
# * **The reader** goes from left to right and, at each word, updates a note it carries along. The note is a vector of fixed length, the **hidden state** you met in Chapter 0:
#
# $$\underbrace{h_t}_{(B,\,H)} = A(\underbrace{h_{t-1}}_{(B,\,H)},\ \underbrace{x_t}_{(B,\,I)}), \qquad y = W_y h_T + b_y$$
#
# $B$ is the number of sentences in a batch, $I$ the length of a word vector, $H$ the length of the note, $T$ the number of words; $W_y$ and $b_y$ are the linear layer at the end, which turns the note into scores $y$ of the $O$ possible answers, $(B, O)$. $A$ is the black box, `nn.GRU` in code (with `batch_first=True`): hand it $(B, T, I)$ and it returns the note after every step, $(B, T, H)$ (and the last one once more by itself, which we shall not need before section 1.6). The answer is given from the last note alone, $h_T$.

# %% name="stories" covers=["C-05"]
people = "猎人 木匠 姑娘 老人 || hunter carpenter girl grandfather".split()
items = "剑 钥匙 伞 扇子 || sword key umbrella fan".split()
scenes = ["走过 石桥 || crosses the stone bridge", "喝了 一碗 茶 || drinks a bowl of tea", "听见 远处 的 钟声 || hears a bell far away",
          "等 雨 停 || waits for the rain to stop", "和 邻居 说话 || talks to a neighbour", "推开 门 || opens the door"]


def story(item, rng):
    """一个故事，写成词的列表；末尾缺的词就是 item || A story as a list of words; the word missing at the end is item"""
    # 一到三件小事 || one to three small events
    middle = " , ".join(rng.sample(scenes, rng.randint(1, 3)))
    who = rng.choice(people)
    words = f"{who} 带着 一把 {item} , {middle} , 然后 拿起 那把 || {who} takes the {item} , {middle} , then picks up the"
    return words.split()


def numbering(sentences):
    """每个词一个编号 || A number for each word"""
    vocabulary = sorted({word for words in sentences for word in words})
    return {word: k for k, word in enumerate(vocabulary)}


def batches(examples, number):
    """(词的列表, 答案) -> 一批批 x (B, T), y (B,)；同样长的句子放进一批 || (list of words, answer) -> batches x (B, T), y (B,); sentences of equal length
    share one"""
    groups = defaultdict(list)
    for words, answer in examples:
        groups[len(words)].append(([number[word] for word in words], answer))
    # 句子一列，答案一列 || sentences and answers apart
    columns = [zip(*group) for group in groups.values()]
    return [(torch.tensor(x), torch.tensor(y)) for x, y in columns]


rng = random.Random(0)
examples = [(story(item, rng), k) for _ in range(200) for k, item in enumerate(items)]
story_number = numbering(words for words, _ in examples)
story_train = batches(examples[:600], story_number)
story_test = batches(examples[600:], story_number)
print(" ".join(examples[0][0]), "→", items[examples[0][1]])
# 词数；各批的句长 T || words; the lengths T of the batches
print(len(story_number), sorted({x.shape[1] for x, _ in story_train}))

# %% name="models" covers=["C-01", "C-06"]
class LastWord(nn.Module):
    """没有记忆的人：只看最后一个词 || No memory: sees the last word only"""

    def __init__(self, words, answers, width=32):
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.net = nn.Sequential(nn.Linear(width, width), nn.ReLU(),
                                 nn.Linear(width, answers))

    def forward(self, x):                                   # (B, T)
        return self.net(self.embed(x[:, -1]))               # (B, O)


class Reader(nn.Module):
    """读者：从左读到右，用最后的状态回答 || The reader: left to right, answers from the last state"""

    def __init__(self, words, answers, embedding=16, hidden=32):
        super().__init__()
        self.embed = nn.Embedding(words, embedding)
        self.rnn = nn.GRU(embedding, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, answers)

    def forward(self, x):                                   # (B, T)
        states, _ = self.rnn(self.embed(x))                 # (B, T, H)
        return self.readout(states[:, -1])                  # (B, O)


def cross_entropy(model, batch):
    x, y = batch
    return F.cross_entropy(model(x), y)


@torch.no_grad()
def accuracy(model, batches):
    right = [model(x).argmax(-1) == y for x, y in batches]
    return torch.cat(right).float().mean().item()


def trained(model_class, batches, seed, epochs, lr=1e-2, **sizes):
    torch.manual_seed(seed)
    model = model_class(**sizes)
    label = f"{model_class.__name__} {seed}"
    fit(model, cross_entropy, batches, epochs, lr=lr, label=label)
    return model

# %% name="bet-story"
predict("Q1a")

# %% name="story-claim" covers=["C-05", "C-06"]
story_sizes = {"words": len(story_number), "answers": len(items)}
last = [accuracy(trained(LastWord, story_train, seed, 12, **story_sizes), story_test)
        for seed in (0, 1, 2)]
story_readers = [trained(Reader, story_train, seed, 12, **story_sizes)
                 for seed in (0, 1, 2)]
read = [accuracy(reader, story_test) for reader in story_readers]
claim("Q1a", max(last) < 0.35, accuracy=max(last))
claim("Q1a-reader", sum(r > 0.95 for r in read) == 3, accuracy=min(read))
# 看得见前文的，就不止是猜 || whoever sees the rest does better than guess
claim("Q1a-control", not min(read) < 0.35, accuracy=min(read))

# %% [markdown] name="swap"
# 只看最后一个词，只能四选一地蒙。读者次次填对。
#
# 它真的是靠开头那个词吗？光看正确率还不能断定，得动手改一改：同一个故事，把物品换掉，看它的回答**跟不跟着变**；再把物品整个删掉，看它**还会不会**。

# %% [markdown] lang="en" of="6049776f.66a60098"
# From the last word alone there is nothing to do but guess, one in four. The reader fills every gap.
#
# Does it really go by the word at the beginning? Accuracy alone does not prove it. Intervene: in the same story, exchange the thing and see whether the answer **follows**; then delete the thing altogether and see whether the reader is **still** right.

# %% name="swap-claim" covers=["C-07", "C-01"]
def swap(words, k):
    return [items[k] if word in items else word for word in words]


exchanged = [(swap(words, (k + 1) % 4), (k + 1) % 4) for words, k in examples[600:]]
deleted = [([word for word in words if word not in items], k)
           for words, k in examples[600:]]
for words, k in exchanged[:4]:
    answer = story_readers[0](batches([(words, k)], story_number)[0][0]).argmax().item()
    print(" ".join(words), "→", items[answer])
followed = accuracy(story_readers[0], batches(exchanged, story_number))
claim("Q1a-swap", followed > 0.95, accuracy=followed)
# 删掉线索，就不会了 || without the clue it is lost
without_clue = accuracy(story_readers[0], batches(deleted, story_number))
claim("Q1a-reader-control", not without_clue > 0.5, accuracy=without_clue)
claim("Q1a-swap-control", not without_clue > 0.95)

# %% [markdown] name="story-live"
# 换掉它，回答跟着换；删掉它，就答不上来。所以那个词确实一路留在 $h_t$ 里，走过了石桥，喝完了茶。**同样的结尾，不同的来路，不同的状态，不同的输出**：这就是“有记忆”的意思。
#
# 下面把故事一个词一个词地喂给它。条形回答的是：如果故事在这里停住，它会填什么？把滑块拉回 1，再往右走：读到哪个词，它才拿定主意？后面的小事能让它动摇吗？

# %% [markdown] lang="en" of="3c08c453.e643f329"
# Exchange the word, and the answer follows; delete it, and the reader is lost. So that one word did stay in $h_t$ all the way, over the bridge and through the tea. **Same ending, different past, different state, different output**: that is what having a memory means.
#
# Below, feed it a story word by word. The bars answer: if the story stopped here, what would it fill in? Take the slider back to 1 and walk to the right: at which word does it make up its mind, and can the small events that follow shake it?

# %% name="story-slider" tags=["nbval-ignore-output"] covers=["C-01"]
told = examples[601][0]
with torch.no_grad():
    x, _ = batches([examples[601]], story_number)[0]                    # (1, T)
    states, _ = story_readers[0].rnn(story_readers[0].embed(x))         # (1, T, H)
    probabilities = story_readers[0].readout(states)[0].softmax(-1)     # (T, O)

fig, ax = plt.subplots(figsize=(7, 2.6))
bars = ax.bar(items, [0] * len(items))
ax.set(ylim=(0, 1), ylabel="概率 || probability")


def after(read):
    for bar, p in zip(bars, probabilities[read - 1]):
        bar.set_height(p)
    ax.set_title(" ".join(told[:read]) + " …", fontsize=10)


live(fig, after, read=(len(told), 1, len(told)))

# %% [markdown] name="bag-intro" covers=["C-06"]
# ### 等等：记住，一定要靠循环吗？
#
# 再请一位选手：**词袋**（bag of words）。它把所有词的词向量**加起来**，再送进前馈网络。没有循环，没有状态，不分先后。猜一猜它能填对多少。

# %% [markdown] lang="en" of="2cd22935.5496e571"
# ### Wait: does remembering take recurrence?
#
# One more contestant: the **bag of words**. It **adds up** the vectors of all words and hands the sum to a feed-forward net. No loop, no state, no before and after. How well will it do?

# %% name="bet-bag"
predict("Q1a-bag")

# %% name="bag" covers=["C-06"]
class Bag(nn.Module):
    """词袋：先把所有词向量相加 || Bag: adds up all word vectors first"""

    def __init__(self, words, answers, width=32):
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.net = nn.Sequential(nn.Linear(width, width), nn.ReLU(),
                                 nn.Linear(width, answers))

    def forward(self, x):                                   # (B, T)
        return self.net(self.embed(x).sum(1))               # (B, O)


bag = [accuracy(trained(Bag, story_train, seed, 12, **story_sizes), story_test)
       for seed in (0, 1, 2)]
claim("Q1a-bag", min(bag) > 0.95, accuracy=min(bag))
# 袋子里只剩最后一个词，就不行了 || a bag of the last word alone will not do
claim("Q1a-bag-control", not max(last) > 0.95, accuracy=max(last))

# %% [markdown] name="bag-meaning"
# 词袋也做对了。每个故事里只提到一样东西，所以只要知道**出现过什么**就够了，**什么时候**出现的无所谓。
#
# 这给我们提了个醒：“这个任务要看上下文”，还推不出“这个任务要用循环网络”。要让循环网络不可替代，得有一样词袋带不走的东西：**次序**。

# %% [markdown] lang="en" of="031adf00.72ba9b81"
# The bag gets it right as well. Each story mentions one thing only, so it is enough to know **what** occurred; **when** does not matter.
#
# Take it as a warning. "This task needs context" does not yet mean "this task needs a recurrent network". To make the recurrent network irreplaceable takes the one thing a bag cannot carry: **order**.

# %% [markdown] name="what-is-a-sequence" covers=["C-09"]
# ## 1.2 什么样的数据是序列？
#
# 两个特征：由同一种**步**排成一列；**次序**里有信息。步数 $T$ 往往不固定（一句话有长有短），但这不是必要条件：每天 24 个整点的气温也是序列。五种常见的：
#
# | 数据 | 一步是什么 | 每步 $I$ 个数 | 打乱次序会失去什么 |
# |---|---|---|---|
# | 文本 | 一个字或词 | 词表大小（独热编码：一个 1，其余是 0），或词向量的长度 | 谁对谁做了什么 |
# | 语音 | 几毫秒的一帧 | 声谱特征 | 音与音的过渡，也就是词 |
# | 视频 | 一幅画面 | 画面的特征 | 运动的方向 |
# | 股价 | 一天 | 价格 | 涨跌：每天和前一天的差 |
# | 音乐 | 一个音符 | 音高和时值 | 旋律 |
#
# 每一种都配了一小份样本，放进形状为 $(T, I)$ 的张量：语音是第 0 章的一条真实录音，旋律是贝多芬的《欢乐颂》，视频是画出来的一个弹跳的亮点（每幅 16 × 16 像素，分成 16 个小方块，各取平均亮度，所以 $I = 16$），股价是随机数造的（这里老实说明：它不是任何一家公司）。

# %% [markdown] lang="en" of="0bd861cc.a525855a"
# ## 1.2 Which data are sequences?
#
# Two signs: they are a row of **steps** of one kind, and there is information in the **order**. Usually the number of steps $T$ varies as well (sentences are long or short), but it need not: the temperature at each of the 24 hours of a day is a sequence too. Five familiar kinds:
#
# | Data | One step is | $I$ numbers per step | What shuffling destroys |
# |---|---|---|---|
# | text | a character or word | vocabulary size (one-hot: a single 1 among zeros), or length of a word vector | who did what to whom |
# | speech | a frame of a few milliseconds | spectral features | the transitions between sounds, that is, the words |
# | video | a picture | features of the picture | which way things move |
# | share price | a day | the price | rise and fall: each day against the day before |
# | music | a note | pitch and length | the melody |
#
# There is a small sample of each, as a tensor of shape $(T, I)$. The speech is a real recording from Chapter 0, the tune is Beethoven's Ode to Joy, the video is a drawn dot that bounces (each picture has 16 × 16 pixels, cut into 16 blocks; their mean brightnesses are the features, so $I = 16$), and the share price is made of random numbers: it belongs to no company.

# %% name="samples" covers=["C-09"]
sentence = "早 起 的 鸟 早 早 起 || the early bird is up early".split()
frames, features = data.samples.video()                     # (T, 16, 16), (T, I)
samples = {"文本 || text": data.samples.text(sentence),
           "语音 || speech": data.samples.speech(),
           "视频 || video": features,
           "股价 || share price": data.samples.stock(),
           "音乐 || music": data.samples.music()}
for name, x in samples.items():
    print(f"{name:12} (T, I) = {tuple(x.shape)}")

# %% name="samples-picture" covers=["C-09"]
text, speech, video, stock, music = samples.values()
panels = [["text", "speech", "stock"], ["music", "music", "video"]]
fig, ax = plt.subplot_mosaic(panels, figsize=(8, 4.6))
ax["text"].imshow(text.T, cmap="Greys", aspect="auto")
ax["text"].set(title="文本 (独热编码) || text (one-hot)", ylabel="特征 || feature", yticks=range(text.shape[1]))
ax["text"].set_xticks(range(len(sentence)), sentence, fontsize=8)
ax["speech"].imshow(speech.T, aspect="auto")
ax["speech"].set(title="语音 || speech", xlabel="帧 (6.4 毫秒) || frame (6.4 ms)", ylabel="特征 || feature",
                 yticks=range(0, 12, 3))
ax["stock"].plot(stock)
ax["stock"].set(title="股价 (虚构) || share price (invented)", xlabel="天 || day", ylabel="元 || yuan")
start = music[:, 1].cumsum(0) - music[:, 1]  # 每个音开始的拍子 || the beat on which each note starts
ax["music"].hlines(music[:, 0], start, start + music[:, 1] * 0.9, linewidth=3)
ax["music"].set(title="音乐 || music", xlabel="拍 || beat", ylabel="MIDI 音高 || MIDI pitch")
# 六幅，各加一圈边框 (2, 3, 18, 18) || six pictures, each with a border (2, 3, 18, 18)
film = F.pad(frames[::4], (1, 1, 1, 1), value=0.6).unflatten(0, (2, 3))
ax["video"].imshow(torch.cat([torch.cat(list(row), 1) for row in film], 0), cmap="gray")
ax["video"].set(title="视频：每隔 4 帧一幅 || video: every 4th frame", xticks=[], yticks=[])
for panel in ("text", "speech", "video"):
    ax[panel].grid(False)
plt.show()

# %% [markdown] name="neighbours" covers=["C-09"]
# ### 用一个数字说“相邻”
#
# “次序里有信息”可以测量。若次序要紧，相邻的两步往往比随便两步更像。把这句话写成一个比值，$x_t$ 的形状是 $(I,)$：
#
# $$r = \frac{\text{相邻两步的平均距离}\ \|x_{t+1}-x_t\|}{\text{任意两步的平均距离}\ \|x_i-x_j\|}$$
#
# $r$ 远小于 1：邻居像邻居。$r \approx 1$：邻居和路人没有区别，从这个角度看，打乱了也没人发觉。
#
# 对照用股价的**每日涨跌**：造它的时候，每一天都是独立抽出来的。

# %% [markdown] lang="en" of="1ae0283d.ebf20245"
# ### "Next to each other" in one number
#
# That order carries information can be measured. Where order matters, two neighbouring steps tend to be more alike than any two steps. As a ratio, with $x_t$ of shape $(I,)$:
#
# $$r = \frac{\text{mean distance of neighbouring steps}\ \|x_{t+1}-x_t\|}{\text{mean distance of any two steps}\ \|x_i-x_j\|}$$
#
# If $r$ is far below 1, neighbours are neighbours. If $r \approx 1$, they are strangers, and by this measure nobody would notice a shuffle.
#
# The control is the **daily change** of the share price: when it was made, every day was drawn independently of the others.

# %% name="bet-neighbours"
predict("Q1b")

# %% name="neighbours-claim" covers=["C-09"]
def neighbour_ratio(x):                                     # x (T, I)
    distance = torch.cdist(x, x)                            # (T, T)
    T = len(x)
    return (distance.diagonal(1).mean() / (distance.sum() / (T * (T - 1)))).item()


ratios = {name: neighbour_ratio(x) for name, x in samples.items()}
# 每日涨跌：对数之差，约等于涨跌的百分比 || daily changes: a difference of logs is roughly the relative change
changes = neighbour_ratio(stock.log().diff(dim=0))
for name, r in [*ratios.items(), ("每日涨跌 || daily changes", changes)]:
    show(name, r, digits=2)
# 断言不含文本，理由在下面 || the claim leaves text out, for a reason given below
claim("Q1b", all(ratios[name] < 0.8 for name in list(ratios)[1:]),
      price=ratios["股价 || share price"], changes=changes)
claim("Q1b-control", not changes < 0.8)  # 独立抽出来的步，没有邻居 || independent steps have no neighbours

# %% [markdown] name="neighbours-meaning"
# 语音、视频、股价、旋律的邻居都更像邻居；每日涨跌则不然。同一条曲线，**看价格是序列，看涨跌却像一堆没有次序的数**：次序里有没有信息，取决于你把什么当作一步。（真实股价的涨跌能不能预测，是第 15 章的事。）
#
# 文本的 $r$ 也在 1 左右，难道文本的次序不要紧？不，是这把尺子量不了它：独热编码里，任何两个不同的词距离都一样。要量文本，得换一把尺子：下一节就换。

# %% [markdown] lang="en" of="bb39c273.f62f4f34"
# In speech, video, price and melody, neighbours are neighbours; in the daily changes they are not. The very same curve is **a sequence when you look at the price and a heap without order when you look at the changes**. Whether order carries information depends on what you take to be a step. (Whether the changes of real prices can be predicted is a matter for Chapter 15.)
#
# For text, too, $r$ is about 1. Does order not matter in text? It does; this ruler just cannot measure it, because in one-hot vectors any two different words are equally far apart. For text we need another ruler, and the next section has one.

# %% [markdown] name="chase" covers=["C-10", "C-06"]
# ## 1.3 猫追狗，狗追猫
#
# 同样三个字，换个次序，意思就反了。新任务：读一句话，回答**谁在追**。八种动物，两种句式：
#
# * 主动：`猫 追 狗`，追的是猫；
# * 被动：`狗 被 猫 追`，追的还是猫。
#
# 有了被动句，“第一个动物就是答案”这条捷径走不通了。测试用的动物组合在训练里从没有同时出现过，猫和狗就是其中一对。

# %% [markdown] lang="en" of="f83da263.394f6954"
# ## 1.3 Cat chases dog, dog chases cat
#
# The same three words in another order mean the opposite. A new task: read a sentence and say **who is chasing**. Eight animals, two kinds of sentence:
#
# * active: `cat chases dog`, the cat is chasing;
# * passive: `dog is chased by cat`, it is still the cat.
#
# The passive blocks the short cut "the first animal is the answer". The pairs of animals used for testing never met in training; cat and dog are one of them.

# %% name="chase-data" covers=["C-10"]
animals = "猫 狗 鸟 鼠 马 牛 羊 鸡 || cat dog bird mouse horse cow sheep hen".split()
pairs = list(itertools.combinations(animals, 2))  # 28 对，第一对是猫和狗 || 28 pairs; the first is cat and dog
others = random.Random(0).sample(pairs[1:], 27)
train_pairs, test_pairs = others[:20], [pairs[0], *others[20:]]


def sentences(pairs):
    """每一对：两个方向，主动和被动 || For each pair: both directions, active and passive"""
    found = []
    for one, two in pairs:
        for chaser, chased in ((one, two), (two, one)):
            active = f"{chaser} 追 {chased} || {chaser} chases {chased}"
            passive = f"{chased} 被 {chaser} 追 || {chased} is chased by {chaser}"
            answer = animals.index(chaser)
            found += [(active.split(), answer), (passive.split(), answer)]
    return found


chase_number = numbering(words for words, _ in sentences(train_pairs))
chase_train = batches(sentences(train_pairs), chase_number)
chase_test = batches(sentences(test_pairs), chase_number)
for words, answer in sentences(test_pairs)[:4]:
    print(" ".join(words), "→", animals[answer])

# %% name="bet-chase"
predict("Q1c")

# %% name="chase-claim" covers=["C-10", "C-06"]
chase_sizes = {"words": len(chase_number), "answers": len(animals)}
bags = [trained(Bag, chase_train, seed, 200, **chase_sizes) for seed in (0, 1, 2)]
chase_readers = [trained(Reader, chase_train, seed, 200,
                         embedding=8, hidden=24, **chase_sizes)
                 for seed in (0, 1, 2)]
bagged = [accuracy(model, chase_test) for model in bags]
chased = [accuracy(model, chase_test) for model in chase_readers]
claim("Q1c", max(bagged) <= 0.5, accuracy=max(bagged))
claim("Q1c-reader", sum(r > 0.9 for r in chased) >= 2, accuracy=min(chased))
# 看不见次序，就到不了 || without order there is no getting there
claim("Q1c-reader-control", not max(bagged) > 0.9, accuracy=max(bagged))

# 对照：只换问题，问一件与次序无关的事（句子里有没有猫），词袋就会了 || control: only the question changes (is there a cat?), and the bag can do it


def has_cat(pairs):
    asked = [(words, int(animals[0] in words)) for words, _ in sentences(pairs)]
    return batches(asked, chase_number)


cat_bag = trained(Bag, has_cat(train_pairs), 0, 200, **chase_sizes)
cats = accuracy(cat_bag, has_cat(test_pairs))
claim("Q1c-control", not cats <= 0.5, accuracy=cats)

# %% [markdown] name="chase-meaning"
# 词袋正好卡在一半，而且**必然**如此：“猫追狗”和“狗追猫”相加得到同一个向量，同一个向量只能有同一个回答，两句里至多对一句。这不是训练问题，是结构问题：换成“句子里有没有猫”，同样的词袋就答得上来。
#
# 下面是刚刚训练好的两个网络，权重搬进了页面（保留四位小数），由页面当场计算。拖动词，或者选中一个词后按 ← →。任务：
#
# 1. 把“猫追狗”改成“狗追猫”：哪一边的条形动了？
# 2. 一直按“下一种次序”，走遍所有排法。词袋的概率一共变了多少？
# 3. 换成被动句，只移动“被”，看 GRU 会不会改口。
# 4. 找一个根本不成句的次序，看 GRU 有多“自信”。能让它说出一个句子里没有的动物吗？（词多的被动句更容易。）它从没见过这样的句子，却照样回答：没有人教过它说“不知道”。

# %% [markdown] lang="en" of="8741f1bd.758dab10"
# The bag stops at exactly one half, and **cannot do otherwise**: "cat chases dog" and "dog chases cat" add up to the same vector, the same vector gets the same answer, so at most one of the two is right. The fault lies in the structure, not in the training: ask "is there a cat in the sentence?" and the same bag can answer.
#
# Below are the two networks we have just trained; their weights, to four decimals, were copied into the page, which does the computing. Drag the words, or choose one and press ← or →. Missions:
#
# 1. Turn "cat chases dog" into "dog chases cat". On which side do the bars move?
# 2. Keep pressing "Next order" until you have seen every arrangement. By how much has the bag's answer changed in all?
# 3. Take the passive sentence and move only "is" or "by". Does the GRU change its mind?
# 4. Find an order that is no sentence at all, and see how sure the GRU is. Can you make it name an animal that is not there? (The passive sentence, with more words, is the better bet.) It has never seen anything like it and answers all the same: nobody taught it to say "I don't know".

# %% name="shuffle" tags=["nbval-ignore-output", "hide-input"] covers=["C-10", "A-05"]
# 这一格只是把权重交给页面，不必细读 || hands the weights to the page: no need to study it
def rounded(**parameters):
    """四位小数，页面小一些 || Four decimals, for a smaller page"""
    return {name: p.detach().double().round(decimals=4)
            for name, p in parameters.items()}


sack, reader = bags[0], chase_readers[0]
Explorer("shuffle", words=list(chase_number), answers=animals,
         sentences=[[chase_number[word] for word in words]
                    for words, _ in sentences(test_pairs)[:2]],
         bag=rounded(embed=sack.embed.weight,
                     W1=sack.net[0].weight, b1=sack.net[0].bias,
                     W2=sack.net[2].weight, c=sack.net[2].bias),
         gru=rounded(embed=reader.embed.weight,
                     W_ih=reader.rnn.weight_ih_l0, W_hh=reader.rnn.weight_hh_l0,
                     b_ih=reader.rnn.bias_ih_l0, b_hh=reader.rnn.bias_hh_l0,
                     W_y=reader.readout.weight, c=reader.readout.bias))

# %% [markdown] name="limits" covers=["C-08", "!1"]
# ## 1.4 前馈网络到底缺什么？
#
# 教程里常说前馈网络有三个局限：处理不了序列关系、输入输出长度必须固定、用不上上下文。词袋输了，好像坐实了这些话。可是词袋只是前馈网络里最健忘的一种。再请两位：
#
# * **整条读的 MLP**：把 12 个词向量首尾相接，一次送进全连接层。每个位置有自己的一份权重，当然分得清先后。
# * **滑动窗口**，也就是一维卷积（1-D CNN）：一个小网络每次看相邻的 $w$ 步，沿着序列滑过去，所有位置共用一份权重。最后每个特征取最大值：不管在哪里，看见过就算。
#
# 猫狗句子只有三五个词，量不出谁看得多远。换成一把能调的尺子：一条序列里，记号 0 和记号 1 各出现**一次**，其余都是干扰符号 2–9，要答的是**哪个记号先出现**。两个记号隔多远，由我们定。先取 12 步，让 MLP 来做。

# %% [markdown] lang="en" of="692cc103.966b5a38"
# ## 1.4 What exactly does a feed-forward net lack?
#
# Tutorials like to list three limits of feed-forward nets: they cannot handle sequential relations, input and output must have a fixed length, and they cannot use context. The bag's defeat seems to prove it. But a bag is merely the most forgetful feed-forward net there is. Here are two others:
#
# * **An MLP that reads the whole sequence**: lay the 12 word vectors end to end and feed them to a fully connected layer. Every position has its own weights, so of course it can tell first from second.
# * **A sliding window**, that is, a 1-D convolution (CNN): a small network looks at $w$ neighbouring steps at a time, slides along the sequence with the same weights everywhere. Of each feature the maximum is kept: seen anywhere counts as seen.
#
# The animal sentences have three to five words, too few to measure how far anyone can see. So take a ruler that can be set: in a sequence marks 0 and 1 occur **once** each, all other steps are noise symbols 2–9, and the question is **which mark comes first**. How far apart they are is up to us. We begin with 12 steps and the MLP.

# %% name="order-data"
def order_batch(size, T, gaps, generator, margin=0):
    """记号 0 和 1 相隔 gaps[0] 到 gaps[1] 步，离两端至少 margin 步 -> x (B, T)，
    先出现的记号 (B,) || Marks 0 and 1 lie gaps[0] to gaps[1] steps apart, at least margin steps from
    either end -> x (B, T), the mark that comes first (B,)"""
    x = torch.randint(2, 10, (size, T), generator=generator)
    first = torch.randint(2, (size,), generator=generator)
    gap = torch.randint(gaps[0], gaps[1] + 1, (size,), generator=generator)
    room = T - 2 * margin - gap
    start = margin + (torch.rand(size, generator=generator) * room).long()
    row = torch.arange(size)
    x[row, start], x[row, start + gap] = first, 1 - first  # 每行放两个记号 || two marks in each row
    return x, first


def order_batches(count, T, gaps, seed, size=64, margin=0):
    generator = torch.Generator().manual_seed(seed)
    return [order_batch(size, T, gaps, generator, margin) for _ in range(count)]


rows, first = order_batches(1, 12, (1, 11), seed=0)[0]
for row in range(3):
    print(rows[row].tolist(), "→", first[row].item())

# %% name="bet-limits"
predict("Q1d")

# %% name="limits-mlp" covers=["C-08", "!1"]
class WholeSequence(nn.Module):
    """整条读的 MLP：T 写死在第一层里 || MLP on the whole sequence: T is built into its first layer"""

    def __init__(self, words, answers, T, embedding=16, width=64):
        super().__init__()
        self.embed = nn.Embedding(words, embedding)
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(T * embedding, width),
                                 nn.ReLU(), nn.Linear(width, answers))

    def forward(self, x):                                   # (B, T)
        return self.net(self.embed(x))                      # (B, O)


order_sizes = {"words": 10, "answers": 2}
order_test = order_batches(2, 12, (1, 11), seed=100, size=1000)
mlps = [trained(WholeSequence, order_batches(200, 12, (1, 11), seed), seed, 1,
                lr=5e-3, T=12, **order_sizes) for seed in (0, 1)]
in_order = [accuracy(mlp, order_test) for mlp in mlps]
claim("Q1d", min(in_order) > 0.95, accuracy=min(in_order))
# 只把测试序列的时间步打乱，答案不变 || the steps of the test sequences shuffled, their answers kept
mixing = torch.randperm(12, generator=torch.Generator().manual_seed(0))
mixed = accuracy(mlps[0], [(x[:, mixing], y) for x, y in order_test])
claim("Q1d-control", not mixed > 0.95, accuracy=mixed)
try:
    mlps[0](torch.zeros(1, 13, dtype=torch.long))
except RuntimeError:
    print("T = 13: RuntimeError")

# %% [markdown] name="windows" covers=["C-08", "!1"]
# 前馈网络不但能处理次序，还做得很好。它真正的毛病在最后一行：来一条 13 步的序列，形状就对不上了。补零凑成定长可以绕过去，但得事先说好最长是多少；而且每个位置各学各的，在第 3 步学会的东西，到第 4 步得重学。
#
# 滑动窗口没有这个毛病：任意长度都能读，权重也共用。它的毛病在别处。让两个记号相隔 1 到 12 步，分别用宽 5、宽 9 的窗口和 GRU 去学，然后**按间隔**画出正确率。两端各留 8 步空白，免得窗口从“离边缘多远”里偷看到位置。

# %% [markdown] lang="en" of="23ce38bf.f8696b5a"
# A feed-forward net can handle order, and well. Its true weakness is in the last line: give it 13 steps and the shapes no longer fit. Padding every sequence to a fixed length is a way out, but somebody must say beforehand how long the longest will be; and since every position learns for itself, what was learnt about step 3 has to be learnt again for step 4.
#
# A sliding window has no such trouble: it reads any length and shares its weights. Its weakness is elsewhere. Put the marks 1 to 12 steps apart, train windows of 5 and 9 steps and a GRU, and plot accuracy **against the distance**. Eight steps at either end stay free of marks, so that a window cannot peek at positions by their distance from the edge.

# %% name="bet-window"
predict("Q1e")

# %% name="windows-train" covers=["C-08", "!1"]
class Window(nn.Module):
    """滑动窗口：同一个小网络看每一处相邻的 window 步 || Sliding window: one small network looks at each run of `window` steps"""

    def __init__(self, words, answers, window, embedding=16, width=64):
        super().__init__()
        self.embed = nn.Embedding(words, embedding)
        self.look = nn.Conv1d(embedding, width, window)
        self.readout = nn.Linear(width, answers)

    def forward(self, x):                                   # (B, T)
        columns = self.embed(x).transpose(1, 2)  # (B, E, T)：Conv1d 要时间在最后 || (B, E, T): Conv1d wants time last
        seen = F.relu(self.look(columns))                   # (B, width, T - window + 1)
        return self.readout(seen.amax(2))                   # (B, O)


T, margin = 32, 8
contestants = {"窗口 5 || window 5": (Window, {"window": 5}),
               "窗口 9 || window 9": (Window, {"window": 9}),
               "GRU": (Reader, {})}
models = {}
for name, (model, extra) in contestants.items():
    models[name] = []
    for seed in (0, 1):
        train = order_batches(250, T, (1, 12), seed, margin=margin)
        models[name].append(trained(model, train, seed, 1, lr=5e-3,
                                    **order_sizes, **extra))

# %% name="windows-claim" covers=["C-08", "!1"]
def right_at(name, gaps, steps=T):
    """两个种子各自的正确率 || Accuracy with either seed"""
    exam = order_batches(1, steps, gaps, seed=200, size=2000, margin=margin)
    return [accuracy(model, exam) for model in models[name]]


five, nine = "窗口 5 || window 5", "窗口 9 || window 9"
inside, outside = min(right_at(five, (1, 4))), max(right_at(five, (5, 12)))
claim("Q1e", inside > 0.95 and outside < 0.57, inside=inside, outside=outside)
# 同样的间隔，只把窗口加宽 || the same distances, only the window is wider
wider = max(right_at(nine, (5, 8)))
claim("Q1e-control", not wider < 0.57, window_9=wider)
gru, windowed = min(right_at("GRU", (1, 12))), min(right_at(nine, (1, 12)))
claim("Q1e-GRU", gru > 0.95, GRU=gru)
# 窗口再宽，也有看不到的间隔 || a wide window still has distances it cannot see
claim("Q1e-GRU-control", not windowed > 0.95, window_9=windowed)
# 训练时从没见过这么长的序列 || never met such lengths in training
far = {name: min(right_at(name, (20, 80), steps=96)) for name in ("GRU", nine)}
claim("Q1e-longer", far["GRU"] > 0.8, GRU=far["GRU"])
claim("Q1e-longer-control", not far[nine] > 0.8, window_9=far[nine])

# %% name="windows-figure" tags=["nbval-ignore-output"] covers=["C-08"]
fig, ax = plt.subplots()
distances = range(1, 13)
for name, marker in zip(models, "o^s"):
    worse = [min(right_at(name, (d, d))) for d in distances]
    ax.plot(distances, worse, marker=marker, label=name)
ax.axhline(0.5, color="grey", linewidth=1, linestyle=":")
ax.set(xlabel="两个记号的间隔（步） || distance between the marks (steps)", ylabel="正确率 || accuracy", ylim=(0.4, 1.05))
ax.legend(loc="center left")
plt.show()

# %% [markdown] name="limits-meaning" covers=["C-08", "!1"]
# 像悬崖一样。窗口宽 5，间隔 4 步以内全对，从 5 步起就只能蒙；窗口宽 9，悬崖就挪到 9。同一个窗口里装不下两个记号，就没有任何一个单元能同时看见它们，训练多久都没有用。
#
# GRU 没有悬崖。训练时间隔最多 12 步、序列 32 步；拿到 96 步、间隔 20 到 80 步的序列，它照样会。现在可以把那三句话说准了：
#
# | 常见的说法 | 测出来的 | 准确的说法 |
# |---|---|---|
# | 处理不了序列关系 | 整条读的 MLP、窗口之内的 CNN 都做对了 | 前馈网络能利用次序，只要两样东西在同一次输入里 |
# | 长度必须固定 | MLP 确实如此；窗口能滑过任意长度 | 全连接的第一层固定长度，要补零；卷积不固定 |
# | 用不上上下文 | 窗口之内用得上，之外用不上 | 上下文有一个事先定好的边界 |
#
# 所以前馈网络缺的不是“处理序列的能力”，而是这样一样东西：**一个各步共用同一套权重、可以一直传下去的状态**。窗口可以加宽、可以叠很多层，边界会变远，但总有一个边界。RNN 的边界不在结构里。（能不能**学会**用上那么远的信息是另一回事，第 4 章和第 7 章去测。）

# %% [markdown] lang="en" of="2498c673.cfdf3a0f"
# It is a cliff. A window of 5 is right up to a distance of 4 and guesses from 5 on; with a window of 9 the cliff moves to 9. When one window cannot hold both marks, no unit ever sees the two together, and no amount of training will help.
#
# The GRU has no cliff. In training the marks were at most 12 steps apart, in sequences of 32; on sequences of 96 steps with the marks 20 to 80 apart, it still knows. Now we can put the three claims right:
#
# | What people say | What we measured | What is true |
# |---|---|---|
# | cannot handle sequential relations | the MLP on the whole sequence succeeds, and so does a CNN within its window | feed-forward nets can use order, as long as both things are in the same input |
# | length must be fixed | so it is for the MLP; a window slides along any length | a fully connected first layer fixes the length and needs padding; a convolution does not |
# | cannot use context | inside the window yes, outside no | the context has a border, fixed beforehand |
#
# So what a feed-forward net lacks is not "the ability to handle sequences". It is **a state that is handed on for as long as you like, by the same weights at every step**. Windows can be widened and stacked; the border moves out, but there always is one. In an RNN the structure sets no border. (Whether it can **learn** to use what lies so far back is another question, measured in Chapters 4 and 7.)

# %% [markdown] name="figure" covers=["C-11", "!2", "!3"]
# ## 1.5 把图画对
#
# 下面这张“循环网络示意图”改编自网上常见的画法，里面有**四处**错误。先别往下看，找找看。
#
# ```
#   x₁ ───→ x₂ ───→ x₃
#   │       │       │
#   ↓       ↓       ↓
#   h₁ ───→ h₂      h₃
#   │       │       │
#   ↓       ↓       ↓
#   y₁      y₂      y₃
# ```
#
# <details><summary>四处错误</summary>
#
# 1. **输入之间有箭头。** $x_1$ 不会流进 $x_2$：输入是数据给的，你读到的下一个词不是由上一个词算出来的。
# 2. **$h_2$ 到 $h_3$ 断了。** 状态必须一步接一步地传下去，断在哪里，记忆就到哪里为止。
# 3. **没有 $h_0$。** 第一步也需要一个“上一步的状态”，通常是零向量。
# 4. **没有单元。** 状态像是从输入直接流出来的。其实中间有一个单元 $A$，它有两个入口（$x_t$ 和 $h_{t-1}$）、一个出口（$h_t$），而且每一步都是同一个 $A$。
#
# </details>

# %% [markdown] lang="en" of="ce2b806b.0ff28ec9"
# ## 1.5 Getting the picture right
#
# The "diagram of a recurrent network" below is modelled on one you meet in many places. It contains **four** mistakes. Before you read on, find them.
#
# ```
#   x₁ ───→ x₂ ───→ x₃
#   │       │       │
#   ↓       ↓       ↓
#   h₁ ───→ h₂      h₃
#   │       │       │
#   ↓       ↓       ↓
#   y₁      y₂      y₃
# ```
#
# <details><summary>The four mistakes</summary>
#
# 1. **Arrows between inputs.** $x_1$ does not flow into $x_2$: inputs are given by the data; the next word you read is not computed from the last.
# 2. **$h_2$ to $h_3$ is cut.** The state has to be handed on at every step; where the chain is cut, the memory ends.
# 3. **No $h_0$.** The first step needs a "previous state" too, usually a vector of zeros.
# 4. **No cell.** It looks as if the state flowed straight out of the input. In truth there is a cell $A$ in between, with two ways in ($x_t$ and $h_{t-1}$) and one way out ($h_t$), and it is the same $A$ at every step.
#
# </details>

# %% name="figure-right" covers=["C-11", "!2", "!3"]
plotting.reading_graphs(4)
plt.show()

# %% [markdown] name="arrows"
# 上图的前馈网络 $F$ 把四个输入各自处理一遍，互不相干；下图的 $A$ 只多了一排从左到右的箭头，**全在状态之间**。从 $A$ 出来的两支箭头，带走的是同一个 $h_t$：向右交给下一步，向上经过输出层成为 $y_t$（输出层没有画）。
#
# 图对不对，可以让梯度来裁判：第 $t$ 步的输出对第 $s$ 步输入的导数如果不是零，就说明有一条路从 $x_s$ 走到那里。把“有没有路”排成一张 $T \times T$ 的表，行是输出，列是输入。运行之前先在纸上写出这两张表。

# %% [markdown] lang="en" of="9acca341.db970a50"
# In the upper drawing the feed-forward net $F$ treats the four inputs one by one, and none knows of the others. Below, $A$ has just one more row of arrows from left to right, **all of them between states**. The two arrows that leave $A$ carry the same $h_t$: to the right it goes to the next step, upwards through the output layer (not drawn) to become $y_t$.
#
# Gradients can referee whether the picture is right: if the derivative of the output at step $t$ with respect to the input at step $s$ is not zero, there is a path from $x_s$ to it. Put "is there a path?" into a $T \times T$ table, outputs as rows, inputs as columns. Write down both tables on paper before you run the cell.

# %% name="arrows-claim" covers=["!2", "!3"]
def paths(network, x):
    """x (1, T, I) -> (T, T)：第 t 行第 s 列，输出 t 是否依赖输入 s || x (1, T, I) -> (T, T): row t, column s: does output t depend on input s?"""
    jacobian = torch.autograd.functional.jacobian(network, x)  # (1, T, H, 1, T, I)
    return jacobian.abs().sum(dim=(0, 2, 3, 5)) > 0


torch.manual_seed(0)
x = torch.randn(1, 4, 3, dtype=torch.float64)  # (B, T, I)
feed_forward = nn.Sequential(nn.Linear(3, 5), nn.Tanh()).double()
gru = nn.GRU(3, 5, batch_first=True).double()
print(paths(feed_forward, x).int())
print(paths(lambda x: gru(x)[0], x).int())
lower_triangle = torch.ones(4, 4).tril().bool()
claim("Q1f", torch.equal(paths(lambda x: gru(x)[0], x), lower_triangle))
claim("Q1f-control", not torch.equal(paths(feed_forward, x), lower_triangle))

# %% [markdown] name="definition" covers=["C-07", "C-01"]
# 前馈网络是对角线：输出只看自己那一步。循环网络是下三角：输出看得到自己和之前的每一步，看不到之后的。
#
# 于是可以下定义了。**循环神经网络**（recurrent neural network, RNN）是沿着序列反复使用同一个单元、用隐藏状态把各步连起来的网络。它有三条性质，你已经各看过一眼：
#
# * **有记忆**：同样的结尾，不同的来路，不同的输出（1.1 节换物品的实验）；
# * **参数共享**：每一步都是同一个 $A$，参数个数与 $T$ 无关；
# * **长度不限**：同一个 GRU 既读 32 步，也读 96 步（1.4 节）。
#
# 后两条到第 2 章会一个数一个数地验证。

# %% [markdown] lang="en" of="b578f701.2ccd43a6"
# The feed-forward net gives a diagonal: an output sees its own step and no other. The recurrent net gives a lower triangle: an output sees its own step and every earlier one, and none that is still to come.
#
# Time for the definition. A **recurrent neural network** (RNN) is a network that applies the same cell again and again along a sequence and links the steps through a hidden state. It has three properties, and you have had a glimpse of each:
#
# * **memory**: same ending, different past, different output (the exchange in section 1.1);
# * **shared parameters**: the same $A$ at every step, so that the number of parameters has nothing to do with $T$;
# * **any length**: the same GRU read 32 steps and 96 (section 1.4).
#
# Chapter 2 verifies the last two, number by number.

# %% [markdown] name="shapes" covers=["C-16", "A-05"]
# ## 1.6 五种形状
#
# 有了单元，还要决定两件事：**什么时候读，什么时候答**。常用的安排有五种：
#
# | 形状 | 输入 → 输出 | 典型任务 |
# |---|---|---|
# | 一对一 | $(B, I) \to (B, O)$ | 看一张照片，说是猫是狗（普通前馈网络，没有时间） |
# | 一对多 | $(B, I) \to (B, M, O)$ | 看一张照片，写一句说明 |
# | 多对一 | $(B, T, I) \to (B, O)$ | 读一段评论，判断褒贬 |
# | 多对多（同步） | $(B, T, I) \to (B, T, O)$ | 给每个词标词性：读一个，答一个 |
# | 多对多（异步） | $(B, T, I) \to (B, M, O)$ | 翻译：读完整句，再写出长度不同的一句 |
#
# $M$ 是要写出几步，$O$ 是每一步有几个选项的得分，$T$ 和 $I$ 照旧。
#
# 在下面的页面里切换五种形状（点单选钮，或用方向键）。实线方框 $A$ 在读，虚线方框 $D$ 在写，是另一套权重。亮起来的是所选输出**能看到**的输入。任务：
#
# 1. 在“同步”里，$y_1$ 看得到几个输入？要让 $y_1$ 看到全部 4 个输入，应该换成哪种形状？
# 2. 把 $T$ 从 1 拖到 6，盯着参数个数。哪些形状的参数会变？
# 3. 异步时参数约为同步的两倍，为什么不正好是两倍？（提示：$D$ 每步只吃进一个零，输出层也只有一份。）
#
# <details><summary>核对</summary>
#
# 1. 一个。换成异步，$y_1$ 就在读完之后；只要一个答案的话，多对一也行。
# 2. 一个也不变：权重各步共用。
# 3. 两个 GRU 的输入宽度不同（$A$ 吃 10 个数，$D$ 吃 1 个），输出层又是共用的。
#
# </details>

# %% [markdown] lang="en" of="9d85dde9.470b9e07"
# ## 1.6 Five shapes
#
# Given a cell, two things remain to be decided: **when to read and when to answer**. Five arrangements are common:
#
# | Shape | Input → output | Typical task |
# |---|---|---|
# | one to one | $(B, I) \to (B, O)$ | a photograph: cat or dog? (an ordinary feed-forward net, no time) |
# | one to many | $(B, I) \to (B, M, O)$ | a photograph: write a caption |
# | many to one | $(B, T, I) \to (B, O)$ | a review: favourable or not? |
# | many to many, synced | $(B, T, I) \to (B, T, O)$ | tag each word with its part of speech: read one, answer one |
# | many to many, async | $(B, T, I) \to (B, M, O)$ | translation: read it all, then write a sentence of another length |
#
# $M$ is the number of steps to be written and $O$ the number of scores in each; $T$ and $I$ are as before.
#
# Switch between the five in the page below (radio buttons or arrow keys). Solid boxes $A$ read; dashed boxes $D$ write, with weights of their own. The inputs that the chosen output **can see** light up. Missions:
#
# 1. In "synced", how many inputs can $y_1$ see? Which shape would let it see all 4?
# 2. Drag $T$ from 1 to 6 and keep an eye on the number of parameters. In which shapes does it change?
# 3. Async has about twice the parameters of synced. Why not exactly twice? (Hint: $D$ is fed a single zero at each step, and there is only one output layer.)
#
# <details><summary>Check</summary>
#
# 1. One. With async, $y_1$ comes after everything has been read; if one answer is enough, many to one does it too.
# 2. In none: the weights are shared between steps.
# 3. The two GRUs take inputs of different width ($A$ is fed 10 numbers, $D$ just 1), and they share the output layer.
#
# </details>

# %% name="shapes-explorer" covers=["C-16", "A-05"]
Explorer("shapes")

# %% [markdown] name="shapes-code-intro" covers=["C-16"]
# 五个模型，每个不过十行。为了便于比较，它们玩同一种材料：五个一位数，用独热编码写成 $(B, 5, 10)$。任务各不相同：
#
# | 形状 | 输入 | 要答的 |
# |---|---|---|
# | 一对一 | 7 | 8（加一） |
# | 一对多 | 7 | 8 9 0 1 2 3（接着往下数） |
# | 多对一 | 3 1 7 2 5 | 7（最大的） |
# | 同步 | 3 1 7 2 5 | 3 3 7 7 7（到目前为止最大的） |
# | 异步 | 3 1 7 2 5 | 5 2 7 1 3（倒着说） |
#
# 写的那一半（$D$）每一步也得吃点什么，这里喂零：全部信息都来自交给它的初始状态。第 10 章会换成“上一步自己写出的词”。

# %% [markdown] lang="en" of="ece433c7.61b26ecc"
# Five models of ten lines or so. To make them comparable they all play with the same material: five digits, one-hot, $(B, 5, 10)$. The tasks differ:
#
# | Shape | Input | Answer wanted |
# |---|---|---|
# | one to one | 7 | 8 (add one) |
# | one to many | 7 | 8 9 0 1 2 3 (count on) |
# | many to one | 3 1 7 2 5 | 7 (the largest) |
# | synced | 3 1 7 2 5 | 3 3 7 7 7 (the largest so far) |
# | async | 3 1 7 2 5 | 5 2 7 1 3 (say it backwards) |
#
# The writing half, $D$, has to be fed something at every step. Here it gets zeros: all it knows comes from the state it starts with. In Chapter 10 it will get the word it has just written.

# %% name="shapes-code" covers=["C-16"]
class OneToOne(nn.Module):
    def __init__(self, I=10, H=48, O=10):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(I, H), nn.ReLU(), nn.Linear(H, O))

    def forward(self, x):                                   # (B, I)
        return self.net(x)                                  # (B, O)


class OneToMany(nn.Module):
    def __init__(self, I=10, H=48, O=10):
        super().__init__()
        self.start = nn.Linear(I, H)
        self.write = nn.GRU(1, H, batch_first=True)
        self.readout = nn.Linear(H, O)

    def forward(self, x, M):                                # (B, I)
        h_0 = torch.tanh(self.start(x)).unsqueeze(0)        # (1, B, H)
        states, _ = self.write(x.new_zeros(len(x), M, 1), h_0)  # (B, M, H)
        return self.readout(states)                         # (B, M, O)


class ManyToOne(nn.Module):
    def __init__(self, I=10, H=48, O=10):
        super().__init__()
        self.read = nn.GRU(I, H, batch_first=True)
        self.readout = nn.Linear(H, O)

    def forward(self, x):                                   # (B, T, I)
        states, _ = self.read(x)                            # (B, T, H)
        return self.readout(states[:, -1])  # (B, O)：只用最后一个状态 || (B, O): only the last state


class Synced(nn.Module):
    def __init__(self, I=10, H=48, O=10):
        super().__init__()
        self.read = nn.GRU(I, H, batch_first=True)
        self.readout = nn.Linear(H, O)

    def forward(self, x):                                   # (B, T, I)
        states, _ = self.read(x)                            # (B, T, H)
        return self.readout(states)                         # (B, T, O)：每个状态都用 || (B, T, O): every state


class Async(nn.Module):
    def __init__(self, I=10, H=48, O=10):
        super().__init__()
        self.read = nn.GRU(I, H, batch_first=True)
        self.write = nn.GRU(1, H, batch_first=True)
        self.readout = nn.Linear(H, O)

    def forward(self, x, M):                                # (B, T, I)
        _, h_T = self.read(x)  # (1, B, H)：单独的最后一个状态 || (1, B, H): the last state by itself
        states, _ = self.write(x.new_zeros(len(x), M, 1), h_T)  # (B, M, H)
        return self.readout(states)                         # (B, M, O)

# %% [markdown] name="shapes-train-intro"
# 注意 `ManyToOne` 和 `Synced`：层完全一样，只差在 `states[:, -1]` 还是 `states`。形状不是另一种网络，是**同一种网络的不同接法**。
#
# 训练之前先押一注。倒着说的任务，如果硬要用**同步**的网络去做（读一个，答一个），平均每个位置能答对多少？先想想 $y_1$ 该答什么、看得到什么，再算。

# %% [markdown] lang="en" of="08c3829c.7e53e2b2"
# Look at `ManyToOne` and `Synced`: the layers are identical, and the only difference is `states[:, -1]` against `states`. A shape is not another kind of network; it is **the same network, wired differently**.
#
# Before training, a bet. Suppose we make a **synced** network (read one, answer one) say the digits backwards. What share of its answers will be right? Think what $y_1$ should say and what it can see, then calculate.

# %% name="bet-shapes"
predict("Q1g")

# %% name="shapes-train" covers=["C-16"]
def one_hot(digits):
    return F.one_hot(digits, 10).float()


def read_all(model, d):                                         # d (B, 5) 个数字 || d (B, 5) digits
    return model(one_hot(d))


def read_one(model, d):
    return model(one_hot(d[:, 0]))


def read_one_write_six(model, d):
    return model(one_hot(d[:, 0]), 6)


def read_write_five(model, d):
    return model(one_hot(d), 5)


def add_one(d):
    return (d[:, 0] + 1) % 10


def count_on(d):
    return (d[:, :1] + torch.arange(1, 7)) % 10


def largest(d):
    return d.amax(1)


def largest_so_far(d):
    return d.cummax(1).values


def reversed_digits(d):
    return d.flip(1)


tasks = {  # 模型，怎么调用它，要答的 || model, how to call it, answer wanted
    "一对一 || one to one": (OneToOne, read_one, add_one),
    "一对多 || one to many": (OneToMany, read_one_write_six, count_on),
    "多对一 || many to one": (ManyToOne, read_all, largest),
    "同步 || synced": (Synced, read_all, largest_so_far),
    "异步 || async": (Async, read_write_five, reversed_digits),
    "同步，倒着说 || synced, backwards": (Synced, read_all, reversed_digits),
}


def digit_batches(count, size, seed):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(10, (size, 5), generator=generator) for _ in range(count)]


def play(name, seed):
    """训练一个，返回它在新数字上的正确率，一个位置一个数 || Train one; returns its accuracy on fresh digits, one number per position"""
    model_class, call, wanted = tasks[name]

    def loss(model, d):
        return F.cross_entropy(call(model, d).flatten(0, -2), wanted(d).flatten())

    torch.manual_seed(seed)
    model = model_class()
    fit(model, loss, digit_batches(300, 64, seed), lr=1e-2, label=f"{name} {seed}")
    with torch.no_grad():
        d = digit_batches(1, 2000, seed=100)[0]
        scores = call(model, d)
        if seed == 0:
            print(f"{name}: {tuple(scores.shape)}")
        return (scores.argmax(-1) == wanted(d)).float().mean(0)


right = {name: torch.stack([play(name, seed) for seed in (0, 1)]) for name in tasks}
backwards = right.pop("同步，倒着说 || synced, backwards")
learnt = [r.mean().item() for r in right.values()]
claim("Q1g", min(learnt) > 0.95, synced_backwards=backwards.mean())
# 任务不变，只是形状选错 || the same task, only the wrong shape
claim("Q1g-control", not backwards.mean() > 0.95,
      synced=backwards.mean())
on_paper = (3 + 2 * 0.1) / 5
claim("Q1g-guess", abs(backwards.mean() - on_paper) < 0.05, measured=backwards.mean())
claim("Q1g-guess-control", not abs(right["异步 || async"].mean() - on_paper) < 0.05)

# %% name="shapes-figure" tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(6, 2.6))
place = torch.arange(1, 6)
ax.bar(place - 0.2, right["异步 || async"].mean(0), 0.38, label="异步 || async")
ax.bar(place + 0.2, backwards.mean(0), 0.38, hatch="//", edgecolor="white",
       label="同步 || synced")
ax.axhline(0.1, color="black", linewidth=1, linestyle=":")
ax.set(xlabel="倒着说的第几个 || position in the backward answer", ylabel="正确率 || accuracy",
       xlim=(0.4, 7.2), xticks=place)
ax.legend(loc="center right")
plt.show()

# %% [markdown] name="shapes-meaning"
# 五个都学会了。拿错形状的那一个，正确率落在 0.64 附近，和纸上算的一样：倒着说的第一个数字是 $x_5$，可是同步网络答 $y_1$ 的时候只读过 $x_1$，十次里只能蒙中一次（图中虚线）；$y_2$ 也一样；到了 $y_3$，该说的 $x_3$ 刚刚读到，往后都已经在记忆里了：$(3 + 2 \times 0.1)/5$。
#
# **选形状，就是问一句：要回答的时候，需要的东西读完了没有？** 读完才能答，用多对一或异步；随读随答，用同步。

# %% [markdown] lang="en" of="eb9aa37a.5595e1b5"
# All five have learnt their task. The one with the wrong shape ends up close to 0.64, as worked out on paper: the first digit of the backward answer is $x_5$, but when the synced net has to give $y_1$ it has read nothing but $x_1$, and one guess in ten is right (dotted line). The same goes for $y_2$. At $y_3$ the digit wanted, $x_3$, has just come in, and from then on everything is in memory: $(3 + 2 \times 0.1)/5$.
#
# **To choose a shape, ask: when the answer is due, has everything it needs been read?** If it takes the whole input, use many to one or async; if you can answer as you read, use synced.

# %% [markdown] name="generation" covers=["!17", "C-16"]
# ## 1.7 生成文本，算哪一种？
#
# 很多表格把“文本生成”归在一对多：给一个开头，吐出一长串。写诗、谱曲都是如此。看上去没错，可是**训练**的时候不是这样的。我们用《欢乐颂》的 62 个音符当“文本”试一次。
#
# * **训练是多对多（同步）**：输入是第 1 到 61 个音，目标是第 2 到 62 个音，整体错开一位。61 个位置同时出题、同时打分，一次前向就够了。
# * **生成是自回归**（autoregressive）：只给第一个音。网络给出下一个音，这个音再当作输入喂回去，一次一步，状态跟着传下去。
#
# $V$ 是曲子里有几种不同的音，每一步就给它们各打一个分：
#
# $$\text{训练：}\ (B,\,61) \to (B,\,61,\,V) \qquad\qquad \text{生成：}\ \underbrace{(B,\,1)}_{\text{一个音}},\ h_{t-1} \to (B,\,1,\,V),\ h_t \quad \text{重复 61 次}$$
#
# 网络是同一个，权重是同一份，只是用法不同。

# %% [markdown] lang="en" of="9f6c881e.afdfe905"
# ## 1.7 And generating text?
#
# Many tables file "text generation" under one to many: give it a beginning and out comes a long string. Poems and tunes are made that way. It looks right, but that is not how **training** goes. Let the 62 notes of the Ode to Joy be our text.
#
# * **Training is many to many, synced**: the input is notes 1 to 61, the target notes 2 to 62, shifted by one. All 61 places are asked and marked at once, in a single forward pass.
# * **Generation is autoregressive**: the network gets the first note only. It proposes the next, and that note is fed back in as input, one step at a time, with the state handed along.
#
# $V$ is the number of different pitches in the tune; each of them gets a score at every step:
#
# $$\text{training:}\ (B,\,61) \to (B,\,61,\,V) \qquad\qquad \text{generation:}\ \underbrace{(B,\,1)}_{\text{one note}},\ h_{t-1} \to (B,\,1,\,V),\ h_t \quad \text{61 times}$$
#
# One network, one set of weights, used in two ways.

# %% name="melody" covers=["!17"]
class Melody(nn.Module):
    def __init__(self, notes, embedding=16, hidden=64):
        super().__init__()
        self.embed = nn.Embedding(notes, embedding)
        self.rnn = nn.GRU(embedding, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, notes)

    def forward(self, x, h=None):  # x (B, T)，h (1, B, H) 或 None || x (B, T), h (1, B, H) or None
        states, h = self.rnn(self.embed(x), h)              # (B, T, H), (1, B, H)
        return self.readout(states), h                      # (B, T, V), (1, B, H)


# (V,)，每个音的编号 (62,) || (V,), the number of each note (62,)
pitches, tune = data.samples.music()[:, 0].unique(return_inverse=True)
tune = tune.unsqueeze(0)                                    # (1, 62)
inputs, targets = tune[:, :-1], tune[:, 1:]                 # 错开一位 || shifted by one
print(len(pitches), inputs[0, :8].tolist(), targets[0, :8].tolist())
mi = (pitches == 64).nonzero().item()
# mi 后面跟过哪些音 || what has followed E
print("64 →", pitches[targets[inputs == mi]].unique().int().tolist())
# 前两句：12 个音相同，13 个就不同 || first two phrases: 12 notes agree, 13 do not
print(torch.equal(tune[:, :12], tune[:, 15:27]),
      torch.equal(tune[:, :13], tune[:, 15:28]))


def shifted_loss(model, batch):
    inputs, targets = batch
    # (B, V, T) 对 (B, T) || (B, V, T) against (B, T)
    return F.cross_entropy(model(inputs)[0].transpose(1, 2), targets)


@torch.no_grad()
def generate(model, first, length, remember=True):
    """从第一个音开始，把自己的输出喂回去 -> (1, length) || From the first note on, feed the output back in -> (1, length)"""
    notes, h = [first], None
    for _ in range(length - 1):
        scores, h = model(notes[-1], h if remember else None)  # (1, 1, V)
        notes.append(scores.argmax(-1))                     # (1, 1)
    return torch.cat(notes, 1)

# %% name="bet-melody"
predict("Q1h")

# %% name="melody-claim" covers=["!17"]
melodies = []
for seed in (0, 1):
    torch.manual_seed(seed)
    melodies.append(Melody(len(pitches)))
    fit(melodies[-1], shifted_loss, [(inputs, targets)], epochs=200, lr=1e-2,
        label=f"Melody {seed}")

played = [generate(model, tune[:, :1], 62) for model in melodies]
right_notes = min((notes == tune)[0, 1:].sum().item() for notes in played)
claim("Q1h", right_notes == 61, right=right_notes)
# 每步忘掉状态 || the state forgotten at every step
forgetful = generate(melodies[0], tune[:, :1], 62, remember=False)
still_right = (forgetful == tune)[0, 1:].sum().item()
claim("Q1h-control", not still_right == 61, right=still_right)

model = melodies[0]
with torch.no_grad():
    at_once, _ = model(tune)                                # 训练的用法：一次 || as in training: one call
    one_by_one, h = [], None
    for t in range(62):                                     # 生成的用法：62 次 || as in generation: 62 calls
        scores, h = model(tune[:, t:t + 1], h)
        one_by_one.append(scores)
one_by_one = torch.cat(one_by_one, 1)                       # (1, 62, V)
claim("Q1h-same", (one_by_one - at_once).abs().max() < 1e-4)
# 错开一步就不同 || one step out of line, and they differ
claim("Q1h-same-control", not (one_by_one[:, 1:] - at_once[:, :-1]).abs().max() < 1e-4)

# %% [markdown] name="melody-meaning"
# 一个音都不差。先别佩服：只有一首曲子，它是**背**下来的，不是会作曲。但背下来也不容易：同样一个 mi（MIDI 64），后面跟过 mi、fa、re、do 四种音，只看前一个音根本接不下去；每步清空状态的对照果然接错了。乐曲的前两句有 12 个音一模一样，第 13 个音才分道扬镳，网络得记住自己在第几句。
#
# `Q1h-same` 那一行说的是：一次读完和一步一步读，得到的分数相同（只差舍入）。所以训练可以“一次出 61 道题”，生成时再慢慢走。**别把训练的形状和使用的形状混为一谈。** 另外，训练时喂的总是正确的音，生成时喂的是自己的输出，一步错了，后面就可能步步错：这是第 10 章的话题。

# %% [markdown] lang="en" of="28bbad01.67953ffa"
# Not one note is wrong. Don't be too impressed: there was only one tune, and the network has **learnt it by heart**; it cannot compose. But even that takes a memory. The same E (MIDI 64) is followed now by E, now by F, D or C, so the previous note alone does not tell you how to go on; the control that forgets its state at every step duly goes wrong. And the first two phrases agree for 12 notes and part company at the 13th: the network has to know which phrase it is in.
#
# `Q1h-same` says that reading at once and reading step by step give the same scores, up to rounding. That is why training can ask 61 questions in one go while generation walks. **Do not confuse the shape in training with the shape in use.** One more thing: in training the network is always fed the correct note, in generation its own output, so one slip may lead to the next. Chapter 10 takes that up.

# %% [markdown] name="match" covers=["C-16"]
# ### 配对：任务和形状
#
# 六个任务，五种形状。选错了，解释会告诉你差在哪里。

# %% [markdown] lang="en" of="c333c16b.5d606f85"
# ### Match the task to its shape
#
# Six tasks, five shapes. If you pick the wrong one, the explanation says what does not fit.

# %% name="match-quiz" covers=["C-16", "!17"]
quiz("01-shapes")

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 打乱次序就会丢掉东西的，才是序列；要不要循环网络，先问词袋能不能做。
# 2. 前馈网络能处理窗口之内的次序；它缺的是一个各步共用权重、一直传下去的状态。
# 3. 选形状，看回答的时候需要的东西读完了没有；训练的形状和使用的形状可以不同。

# %% [markdown] lang="en" of="a84ab3bb.9f339f3e"
# ## Three lines to remember
#
# 1. If shuffling loses something, it is a sequence; before you reach for a recurrent net, ask whether a bag would do.
# 2. Feed-forward nets handle order inside their window; what they lack is a state handed on step after step by shared weights.
# 3. To choose a shape, ask whether everything the answer needs has been read; the shape in training and the shape in use may differ.

# %% [markdown] name="bets-intro"
# ## 你的赌注
#
# 这一章的每一注，连同下注时的把握，都列在下面。最有把握却错了的排在最前面：那几处最值得回头再读。

# %% [markdown] lang="en" of="2a46c1f5.df250250"
# ## Your bets
#
# Every bet of this chapter, and how sure you were when you placed it. Those you were sure of and lost come first: they are the places to go back to.

# %% name="bets"
bets_summary("01")

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。

# %% [markdown] lang="en" of="bca85a98.6867b7a7"
# ## Self-check
#
# Answer without looking back.

# %% name="quiz" covers=["A-03"]
quiz("01-self-check")

# %% [markdown] name="next"
# ## 接下来
#
# 黑盒用够了。[第 2 章](02_rnn_cell.ipynb)把最简单的循环单元打开：只有两行公式，你会亲手写出来，和 PyTorch 对到最后一位。

# %% [markdown] lang="en" of="c5e94cd8.9b19fdf7"
# ## What next
#
# That is enough of black boxes. [Chapter 2](02_rnn_cell.ipynb) opens the simplest recurrent cell: two lines of formula, which you will write yourself and compare with PyTorch to the last digit.
