# ---
# jupyter:
#   course:
#     chapter: "17c"
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["X-08"]
# # 第 17c 章 行为与设备案例，应用画廊
#
# **阅读 30 分钟 · 动手 35 分钟 · 难度 ⭐⭐⭐**
#
# 读完这一章，你能够：
#
# 1. 给“下一个看什么”立三条基线，用 hit@k 和 MRR 打分，看出答案从哪里漏了进来；
# 2. 说出预测行人轨迹的三个难处（相互作用、多种可能、不确定），并且把头两个量出来；
# 3. 预测一台机器还能用多久，知道该怎样划分数据、报晚了和报早了为什么不一样；
# 4. 一张图看完十四种应用：各是什么形状，要打败谁，打败了没有。
#
# 三个实验的数据都是**造出来的**：规律是我们自己种下的，所以知道该找到什么；真实世界里有多难，它们不能告诉你。需要的基础：第 6 章的 GRU，第 9 章的验证集，第 15 章的基线。

# %% [markdown] lang="en" of="c2bca98b.5069954d"
# # Chapter 17c. People and machines, and a gallery of applications
#
# **30 min reading · 35 min at the keyboard · difficulty ⭐⭐⭐**
#
# By the end of this chapter you can
#
# 1. set up three baselines for "what will they look at next", score them by hit@k and MRR, and notice when the answer has leaked in;
# 2. name the three difficulties of predicting pedestrians (interaction, several possible futures, uncertainty) and measure the first two;
# 3. predict how long a machine will last, split the data for it, and say why being late is not like being early;
# 4. see fourteen applications on one page: the shape of each, whom it had to beat, and whether it did.
#
# The data of all three labs are **made up**: we planted the patterns ourselves, so we know what there is to find. How hard the real world is they cannot tell. You need the GRU of Chapter 6, validation from Chapter 9 and baselines from Chapter 15.

# %% name="setup"
import copy
import math

import torch
from torch import nn
from torch.nn import functional as F
import matplotlib.pyplot as plt

from course_utils import data, language, plotting
from course_utils.checks import claim, show
from course_utils.explore import bets_summary, gallery, predict, quiz

language.use("中文 || English")      # 页面和测验的语言 || language of pages and quizzes
plotting.style()                     # 全课统一的画图风格 || the plotting style of this course
torch.set_num_threads(1)             # 小网络用一个线程最快 || small networks are fastest on one thread
SEEDS = 0, 1, 2                      # 每个网络都训练三次 || every network is trained three times

# %% [markdown] name="recall-intro" covers=["A-03"]
# ## 热身：先想一想
#
# 三个问题，分别来自第 15、6、9 章。

# %% [markdown] lang="en" of="aa4d5bc1.2a2f036f"
# ## Warm-up
#
# Three questions, from Chapters 15, 6 and 9.

# %% name="recall" covers=["A-03"]
quiz("17c-recall")

# %% [markdown] name="next-item" covers=["U-12"]
# ## 17c.1 手机壳，充电器，耳机，然后呢？
#
# 一位客人在网店里点开十件东西。看了前九件，**第十件是什么**？电商、视频、音乐、新闻的“猜你想看”，问的都是这一句：换成下一集、下一首歌、下一条消息，模型一个字也不用改，它看见的只有编号。
#
# 我们的店有 96 件商品，十二种兴趣，每种八件，各有一个大家习惯的先后。一次来访只有一种兴趣；每点一下，有三成机会是随手点了别的，其余多半按习惯的次序往下看。12,000 次来访，全是生成的。

# %% [markdown] lang="en" of="9b25a5c9.5657867d"
# ## 17c.1 A case, a charger, earphones, and then?
#
# Somebody in an online shop has opened ten items. Having seen the first nine, **what is the tenth?** Shops, video, music and news all ask the same with their "you may like": make it the next episode, the next song or the next story, and not a word of the model changes, for all it sees is numbers.
#
# Our shop has 96 items, eight for each of twelve interests, and an order in which people usually look at the eight. A visit has one interest. Three clicks in ten are strays, anywhere in the shop; of the others most follow the usual order. 12,000 visits, all of them generated.

# %% name="sessions-data" covers=["U-12"]
visits, names = data.sessions(), data.items()                           # (12000, 10)
# 按来访划分：同一次来访不会既训练又考试 || split by visit: none is in two parts
train, check, test = visits[:9600], visits[9600:10800], visits[10800:]
V = len(names)
for visit in test[:3]:
    print(" → ".join(names[item] for item in visit))
show("训练、验证、测试的来访 || visits: training, validation, test",
     len(train), len(check), len(test))

# %% [markdown] name="scores" covers=["U-12"]
# 推荐不是只说一个，而是列一张单子，越靠前越好。第 $i$ 次来访里，正确的那件排在第 $r_i$ 位（并列时算最差的一位），共 $M$ 次来访；方括号里的话成立记 1，不成立记 0：
#
# $$\text{hit@}k = \frac{1}{M}\sum_{i=1}^{M} [\,r_i \le k\,], \qquad \text{MRR} = \frac{1}{M}\sum_{i=1}^{M} \frac{1}{r_i}$$
#
# **命中率** hit@k（hit rate）：单子上只有 $k$ 个位置，答案在不在上面。**平均倒数排名** MRR（mean reciprocal rank）：排第一得 1 分，第二得一半，第十得十分之一。
#
# 三条不动脑筋的基线：
#
# * **热门**（popularity）：谁点得多就推谁，不看客人看了什么；
# * **马尔可夫**（Markov）：只看第九件，后面最常跟着谁；见得太少的，往“热门”那边靠一点（退避，back-off）；
# * **共现**（co-occurrence）：九件都看，谁常和它们出现在同一次来访里，不管先后。

# %% [markdown] lang="en" of="e946c1ce.bdb4d58c"
# A recommender does not name one item but lists several, and the nearer to the top the better. Let the right item of visit $i$ stand at rank $r_i$ of the list (the worst one in a tie), for $M$ visits; a bracket is 1 where what it says holds, else 0:
#
# $$\text{hit@}k = \frac{1}{M}\sum_{i=1}^{M} [\,r_i \le k\,], \qquad \text{MRR} = \frac{1}{M}\sum_{i=1}^{M} \frac{1}{r_i}$$
#
# **hit@k**, the hit rate: with $k$ places on the list, is the answer on it? **MRR**, the mean reciprocal rank: first place scores 1, second a half, tenth a tenth.
#
# Three baselines that need no thought:
#
# * **popularity**: recommend what is clicked most, whatever this visitor has seen;
# * **Markov**: look at the ninth item only, and at what mostly follows it; where little was seen, lean towards popularity (back-off);
# * **co-occurrence**: look at all nine, and at what is often found in the same visit, in whatever order.

# %% name="baselines-code" covers=["U-12"]
def ranks(scores, wanted):
    """scores (M, V)，wanted (M,) -> 正确的那件排第几 (M,)
    || scores (M, V), wanted (M,) -> rank of the right item (M,)"""
    return (scores >= scores.gather(1, wanted[:, None])).sum(1)


def hit(rank, k):
    return (rank <= k).float().mean().item()


def top_three(rank):
    return hit(rank, 3)


def mrr(rank):
    return (1 / rank).mean().item()


def popularity(visits):
    """(N, 10) -> (V,)，每件占点击的几成 || share of the clicks of each item"""
    return torch.bincount(visits.flatten(), minlength=V) / visits.numel()


def markov(visits, strength):
    """(V, V)：看完这件，下一件是谁的机会；strength 次“热门”先垫在底下
    || probability of the next item after this one, on top of `strength` popular ones"""
    after = torch.zeros(V, V)
    pairs = visits[:, :-1].flatten(), visits[:, 1:].flatten()
    after.index_put_(pairs, torch.ones(1), accumulate=True)
    return ((after + strength * popularity(visits))
            / (after.sum(1, keepdim=True) + strength))


def held(visits):
    """(N, L) -> (N, V)：有没有看过 || whether it was looked at"""
    return torch.zeros(len(visits), V).scatter_(1, visits, 1.0)


def together(visits):
    """(V, V)：同一次来访里有这件，也有那件的机会
    || how likely a visit with this item holds that one as well"""
    counts = held(visits).T @ held(visits)
    return counts.fill_diagonal_(0) / counts.sum(1, keepdim=True)


def baselines(train, check, visits):
    """三条基线给 visits 的最后一件排的名次 || ranks of the last item of `visits`"""
    tables = [markov(train, strength) for strength in (1, 5, 20)]
    # 退避的力度由验证段决定 || how much to back off is for validation to decide
    best = max(tables, key=lambda table: top_three(
        ranks(table[check[:, -2]], check[:, -1])))
    scores = {
        "热门 || popularity": popularity(train).expand(len(visits), V),
        "马尔可夫 || Markov": best[visits[:, -2]],
        "共现 || co-occurrence": together(train)[visits[:, :-1]].sum(1),
    }
    return {name: ranks(score, visits[:, -1]) for name, score in scores.items()}


simple = baselines(train, check, test)
for name, rank in simple.items():
    show(f"{name}: hit@1, hit@3, MRR",
         hit(rank, 1), top_three(rank), mrr(rank), digits=2)

# %% [markdown] name="next-net" covers=["U-12"]
# 马尔可夫知道先后，可是第九件要是随手点的，它就跟丢了；共现知道兴趣，却不管先后。循环网络读完九件，能不能两样都记住？这是 GRU4Rec 的想法（Hidasi 等，2016，arXiv:1511.06939）：每件商品一个向量，一个 GRU，最后给全部商品打分。训练时每一步都猜下一件。
#
# （论文还用了排名的损失和并排的来访；我们只用交叉熵。）

# %% [markdown] lang="en" of="e85b0a10.b3fec692"
# Markov knows about order, but loses the thread when the ninth click was a stray; co-occurrence knows about interests and nothing about order. Can a recurrent network that reads all nine remember both? That is the idea of GRU4Rec (Hidasi et al. 2016, arXiv:1511.06939): a vector for each item, a GRU, a score for every item at the end. In training it guesses the next item at each step.
#
# (The paper also has ranking losses and session-parallel batches; cross-entropy is all we use.)

# %% name="bet-next"
predict("Q17c-next")

# %% name="next-code" covers=["U-12"]
class NextItem(nn.Module):
    def __init__(self, cell, hidden=48):
        super().__init__()
        self.embed = nn.Embedding(V, 24)
        self.rnn = cell(24, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, V)

    def forward(self, visits):                                          # (B, T)
        out, _ = self.rnn(self.embed(visits))                           # (B, T, H)
        return self.readout(out)                                        # (B, T, V)


def last_ranks(model, visits):
    with torch.no_grad():
        return ranks(model(visits[:, :-1])[:, -1], visits[:, -1])


def next_item(train, check, cell, seed, epochs=4):
    """验证段 hit@3 最高那一轮的网络 || the network of the epoch with the best hit@3"""
    torch.manual_seed(seed)
    model = NextItem(cell)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    best, kept = -1, None
    for _ in range(epochs):
        for rows in torch.randperm(len(train)).split(256):
            optimizer.zero_grad()
            scores = model(train[rows, :-1])                            # (B, 9, V)
            F.cross_entropy(scores.transpose(1, 2), train[rows, 1:]).backward()
            optimizer.step()
        now = top_three(last_ranks(model, check))
        if now > best:
            best, kept = now, copy.deepcopy(model.state_dict())
    model.load_state_dict(kept)
    return model


def first_nine_shuffled(visits, seed):
    """前九件打乱，第十件不动 || the first nine in random order, the tenth where it was"""
    g = torch.Generator().manual_seed(seed)
    order = torch.rand(len(visits), 9, generator=g).argsort(1)
    return torch.cat([visits[:, :-1].gather(1, order), visits[:, -1:]], 1)

# %% name="next-train" covers=["U-12"]
by_gru = [last_ranks(next_item(train, check, nn.GRU, seed), test) for seed in SEEDS]
by_rnn = [last_ranks(next_item(train, check, nn.RNN, seed), test) for seed in SEEDS]
mixed = [first_nine_shuffled(part, k) for k, part in enumerate((train, check, test))]
by_mixed = [last_ranks(next_item(mixed[0], mixed[1], nn.GRU, seed), mixed[2])
            for seed in SEEDS]

gru, plain, no_order = (list(map(top_three, runs))
                        for runs in (by_gru, by_rnn, by_mixed))
# 三条基线里最好的 || the best of all three baselines
bar, mrr_bar = (max(map(score, simple.values())) for score in (top_three, mrr))
claim("Q17c-next", min(gru) > bar + 0.1, low=min(gru), high=max(gru), bar=bar,
      mrr=min(map(mrr, by_gru)), mrr_bar=mrr_bar)
claim("Q17c-next-control", not max(no_order) > bar + 0.1,
      low=min(no_order), high=max(no_order))
claim("Q17c-plain", max(gru) - min(plain) < 0.04, low=min(plain), high=max(plain))
claim("Q17c-plain-control", not max(gru) - max(no_order) < 0.04,
      high=max(no_order))

# %% name="next-figure" tags=["hide-input"] covers=["U-12"]
fig, ax = plt.subplots(figsize=(7.5, 3.4))
places = range(1, 21)
curves = [("GRU", by_gru[0], "C0", "-"),
          ("普通 RNN || plain RNN", by_rnn[0], "C1", "--"),
          ("GRU，前九件打乱 || GRU, first nine shuffled", by_mixed[0], "C2", "-."),
          *zip(simple, simple.values(), ("0.6", "0.0", "0.35"),
               (":", (0, (3, 3)), (0, (5, 1, 1, 1, 1, 1))))]
for name, rank, colour, line in curves:
    ax.plot(places, [hit(rank, k) for k in places], ls=line, color=colour, label=name)
ax.set(xlim=(1, 20), ylim=(0, 1), xticks=(1, 3, 5, 10, 15, 20),
       xlabel="单子上有几个位置 k || places on the list, k", ylabel="hit@k")
ax.legend(title="网络：种子 0 || networks: seed 0", loc="center left",
          bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown] name="next-meaning" covers=["U-12"]
# 看图的左边：位置少的时候，循环网络领先一大截，靠的是**先后**；把前九件打乱（训练要猜的也跟着乱了），别的都不动，它就落到共现那条线以下。看图的右边：位置一多，共现追了上来，单子够长的时候，知道兴趣就够了（一种兴趣正好八件，曲线在八个位置上会合；随手点的那三成，谁也猜不到）。马尔可夫第一位很准，后面却上不去：随手一点，它就跟丢了。
#
# GRU 比普通 RNN 只好一点点：九步路，门值得很少。
#
# **老实说**：先后的规律是我们种下去的：不是随手点的那些里，种了七成。真实的来访里有多少，要到真实的来访里量；在好几个公开数据集上，细心调过的近邻方法和 GRU4Rec 不相上下（Ludewig 和 Jannach，2018，arXiv:1803.09587）。**改一处**：`data.sessions(in_order=0.2)`，领先还剩多少？

# %% [markdown] lang="en" of="3452d047.47155185"
# Look at the left of the figure: with few places the recurrent networks are far ahead, and they owe it to **order**; shuffle the first nine clicks, which also shuffles what is guessed in training, change nothing else, and the GRU falls below the line of co-occurrence. Look at the right: with many places co-occurrence catches up, for on a long list knowing the interest is enough (an interest has eight items, and at eight places the curves meet; the strays nobody can guess). Markov is good at the first place and then rises little: one stray click and it has lost the thread.
#
# The GRU is only a little better than the plain RNN: over nine steps gates are worth little.
#
# **Honestly**: the order is there because we planted it, in seven out of every ten clicks that are not strays. How much there is in real visits must be measured on real visits; on several public data sets, carefully tuned nearest neighbours were as good as GRU4Rec (Ludewig and Jannach 2018, arXiv:1803.09587). **Change one thing**: `data.sessions(in_order=0.2)`. How much of the lead is left?

# %% [markdown] name="leak" covers=["U-12"]
# ## 17c.2 同一次来访，一半训练一半考
#
# 现在故意犯一个错。把每次来访切成许多道题：看了前 $t$ 件，猜下一件（$t = 4, \dots, 9$）。题目打乱，八成训练，两成考试。看上去很公平：没有一道题出现两次。
#
# 考生是**近邻**：找出最像的三道训练题，它们看过和答过的东西，客人没看过的，就推荐。划分换两种：**按题**打乱，或者**按来访**分开。别的都不动。

# %% [markdown] lang="en" of="944d3c39.899c4f3f"
# ## 17c.2 One visit, half for training and half for the test
#
# Now a mistake on purpose. Cut every visit into questions: having seen the first $t$ items, guess the next ($t = 4, \dots, 9$). Shuffle the questions, eight tenths for training, two for the test. It looks fair: no question occurs twice.
#
# The candidate is a **nearest neighbour**: take the three training questions most like this one, and recommend whatever they hold (answers included) that the visitor has not yet seen. The split is made in two ways: shuffled **by question**, or kept apart **by visit**. Nothing else changes.

# %% name="bet-leak"
predict("Q17c-leak")

# %% name="leak-code" covers=["U-12"]
some = visits[:1500]
questions = [(held(some[:, :t]), some[:, t]) for t in range(4, 10)]
seen = torch.cat([bags for bags, _ in questions])                       # (9000, V)
answers = torch.cat([items for _, items in questions])                  # (9000,)
visit_of = torch.arange(len(some)).repeat(len(questions))               # (9000,)


def neighbour_ranks(known, asked, k=3):
    """known、asked：题号 -> asked 里每道题的答案排第几
    || known, asked: numbers of questions -> rank of the answer of each in `asked`"""
    unit = F.normalize(seen, dim=1)
    alike = (unit[asked] @ unit[known].T).topk(k, dim=1)                # (M, k)
    holds = seen[known].clone()
    holds[torch.arange(len(known)), answers[known]] = 1                 # 连答案一起 || answers too
    votes = (alike.values[..., None] * holds[alike.indices]).sum(1)     # (M, V)
    # 看过的不推荐；票数相同看热门 || nothing seen before; in a tie what is popular
    votes = votes * (1 - seen[asked]) + 1e-3 * popularity(visits[1500:])
    return ranks(votes, answers[asked])


def split_score(groups, seed):
    """同一组的题放在同一边；hit@1 || questions of a group stay on one side; hit@1"""
    g = torch.Generator().manual_seed(seed)
    draw = torch.rand(groups.max() + 1, generator=g)[groups]
    known, asked = (draw < 0.8).nonzero()[:, 0], (draw >= 0.8).nonzero()[:, 0]
    return hit(neighbour_ranks(known, asked), 1)


leaky = [split_score(torch.arange(len(seen)), seed) for seed in SEEDS]
honest = [split_score(visit_of, seed) for seed in SEEDS]
claim("Q17c-leak", min(leaky) > 1.5 * max(honest), low=min(leaky), high=max(leaky),
      times=sum(leaky) / sum(honest))
claim("Q17c-leak-control", not max(honest) > 1.5 * min(honest),
      low=min(honest), high=max(honest))

# %% [markdown] name="leak-meaning" covers=["U-12"]
# 按题打乱，考题 $t = 5$ 的答案，就写在同一次来访 $t = 7$ 的训练题里：近邻不用懂什么兴趣，找到同一个人就行。按来访分开，它就现了原形。**划分的单位，应当是用的时候整个陌生的那个东西**：新的客人，新的病人，新的机器。

# %% [markdown] lang="en" of="ff2067d1.4cabf2ed"
# Shuffled by question, the answer at $t = 5$ is written in the training question of the same visit at $t = 7$: the neighbour need not know about interests, only find the same person. Kept apart by visit, it shows what it is worth. **Split by whatever will be wholly new when the model is used**: a new visitor, a new patient, a new machine.

# %% [markdown] name="crowd" covers=["U-13"]
# ## 17c.3 三个人走向同一个地方
#
# 一辆车要决定刹不刹，先得猜路上的人三秒后在哪里。**轨迹预测**（trajectory prediction）是自动驾驶的一环：预测别人的路，才能避开碰撞、规划自己的路、提前做决定。它有三个难处：
#
# 1. **相互作用**（interaction）：我往哪走，看你往哪走；
# 2. **多种可能**（multimodality）：到了岔路口，左右都说得通；
# 3. **不确定**（uncertainty）：同样的过去，不只一个将来，还得报个把握。（还有实时和安全，实验里量不了。）
#
# 下面造一些场景：三个人从不同的方向走向同一处，快碰上了才互相让。每秒看四次，看过去 2 秒，猜以后 3 秒。

# %% [markdown] lang="en" of="92a2fe05.819ede3d"
# ## 17c.3 Three people, one spot
#
# Before a car decides whether to brake, it must guess where the people on the road will be in three seconds. **Trajectory prediction** is a part of automated driving: the paths of others come first, then avoiding collisions, planning one's own path, deciding in time. It has three difficulties:
#
# 1. **interaction**: where I go depends on where you go;
# 2. **multimodality**: at a fork, left and right are both plausible;
# 3. **uncertainty**: the same past has more than one future, and one should say how sure one is. (Real time and safety are two more, which no lab like this can measure.)
#
# So let us make some scenes: three people come from different directions to the same spot and make way only when they are about to bump into one another. Positions are taken four times a second; 2 seconds are seen, the next 3 are to be guessed.

# %% name="scenes-data" covers=["U-13"]
scenes = data.crossings(1600)                                   # (1600, 3, 20, 2) m
own, others, future = data.as_seen(scenes)
show("自己的过去，旁人的过去，自己的将来 || own past, others' past, own future",
     tuple(own.shape), tuple(others.shape), tuple(future.shape))

fig, axes = plt.subplots(1, 3, figsize=(9, 3), sharex=True, sharey=True)
for ax, scene in zip(axes, scenes[:3]):
    for walker, colour in zip(scene, ("C0", "C1", "C2")):
        ax.plot(*walker[:8].T, "o-", color=colour, ms=3)
        ax.plot(*walker[7:].T, ":", color=colour)
        ax.plot(*walker[-1], "*", color=colour, ms=8)
    ax.set(xlabel="米 || metres", aspect="equal")
axes[0].set_ylabel("米 || metres")
fig.suptitle("圆点：看见的 2 秒；虚线：以后 3 秒，走到星号 || dots: 2 s seen; dotted line: the next 3 s, up to the star")
plt.show()

# %% [markdown] name="displacement" covers=["U-13"]
# 坐标先换成每个人自己的：现在站在原点，面朝第一个轴。这样向东走和向北走是同一道题。
#
# 打分用两个距离，单位都是米。$\hat p_k$ 是对 $k$ 步之后位置 $p_k$ 的预测，一共 $K = 12$ 步：
#
# $$\text{ADE} = \operatorname{mean}_k \lVert \hat p_k - p_k \rVert, \qquad \text{FDE} = \lVert \hat p_K - p_K \rVert$$
#
# **平均位移误差** ADE（average displacement error）看全程，**终点位移误差** FDE（final displacement error）只看最后一步，再对所有的人取平均。
#
# 基线是**匀速**（constant velocity）：照刚才的速度一直走。别小看它：在两个公开的行人数据集上，它胜过当时好几种神经网络（Schöller 等，2019，arXiv:1903.07933）。刚才的速度取最近几步来算，由验证段挑。

# %% [markdown] lang="en" of="e9a6a1ae.f3a91cbb"
# Coordinates are turned into everybody's own first: I stand at the origin and face along the first axis. Walking east and walking north are then the same question.
#
# Two distances are the scores, both in metres. $\hat p_k$ predicts the position $p_k$ after $k$ steps, of $K = 12$:
#
# $$\text{ADE} = \operatorname{mean}_k \lVert \hat p_k - p_k \rVert, \qquad \text{FDE} = \lVert \hat p_K - p_K \rVert$$
#
# **ADE**, the average displacement error, looks at all of the way, **FDE**, the final displacement error, at its end; both are averaged over all people.
#
# The baseline is **constant velocity**: go on at the speed of just now. Do not look down on it: on two public data sets of pedestrians it beat several neural networks of its day (Schöller et al. 2019, arXiv:1903.07933). Over how many steps the speed is taken is chosen on the validation part.

# %% name="walkers-code" covers=["U-13"]
AHEAD = torch.arange(1, 13)                             # 以后的 12 步 || 12 steps to come


def ade(predicted, future):
    return (predicted - future).norm(dim=-1).mean().item()


def fde(predicted, future):
    return (predicted - future)[:, -1].norm(dim=-1).mean().item()


def constant_velocity(own, steps):
    """own (N, 8, 4) -> (N, 12, 2)"""
    step = (own[:, -1, :2] - own[:, -1 - steps, :2]) / steps            # (N, 2)
    return AHEAD[:, None] * step[:, None]


class Walker(nn.Module):
    """匀速之外还要偏多少；neighbours：看不看旁人
    || How far from constant velocity; neighbours: whether it sees the others"""

    def __init__(self, neighbours, hidden=48):
        super().__init__()
        self.neighbours = neighbours
        self.look = nn.Linear(4, 24)
        self.rnn = nn.LSTM(4 + 24, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, 24)

    def forward(self, own, others):             # (B, 8, 4), (B, 8, A − 1, 4)
        near = others[..., :2].norm(dim=-1, keepdim=True) < 8           # 8 米以内 || within 8 m
        felt = (F.relu(self.look(others / 4)) * near).amax(2)           # (B, 8, 24)
        if not self.neighbours:
            felt = torch.zeros_like(felt)
        out, _ = self.rnn(torch.cat([own, felt], 2))                    # (B, 8, H)
        return self.readout(out[:, -1]).reshape(-1, 12, 2)


def walking(scenes):
    """训练、验证、测试三份，按场景分开；匀速也在里面
    || training, validation and test, split by scene, with constant velocity"""
    pieces = [data.as_seen(part) for part in scenes.split((1200, 150, 250))]
    own, _, future = pieces[1]
    best = min((1, 2, 4, 7), key=lambda n: ade(constant_velocity(own, n), future))
    return [(own, others, constant_velocity(own, best), future)
            for own, others, future in pieces]


def trained_walker(parts, neighbours, seed, epochs=12):
    (own, others, steady, future), (*x_val, steady_val, future_val), _ = parts
    torch.manual_seed(seed)
    model = Walker(neighbours)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    best, kept = math.inf, None
    for _ in range(epochs):
        for rows in torch.randperm(len(own)).split(128):
            optimizer.zero_grad()
            gap = steady[rows] + model(own[rows], others[rows]) - future[rows]
            gap.square().sum(-1).add(1e-6).sqrt().mean().backward()     # ADE
            optimizer.step()
        with torch.no_grad():
            now = ade(steady_val + model(*x_val), future_val)
        if now < best:
            best, kept = now, copy.deepcopy(model.state_dict())
    model.load_state_dict(kept)
    return model.requires_grad_(False)

# %% [markdown] name="neighbours" covers=["U-13"]
# 两个网络一样大，初值一样，差别只有一处：旁人的相对位置和速度，一个看得见，一个拿到的是 0。旁人的个数不定，所以各算各的，再逐个数取最大（pooling）。这是 Social LSTM（Alahi 等，2016）的想法，做法简单得多。

# %% [markdown] lang="en" of="0e06c19a.c04e348b"
# Two networks of the same size, from the same initial values, differ in one thing: the relative positions and velocities of the others, which one sees, while the other gets zeros. As there may be any number of others, each is read by itself, and of the results the largest of every number is kept (pooling). This is the idea of Social LSTM (Alahi et al. 2016), in a much simpler form.

# %% name="bet-neighbours"
predict("Q17c-neighbours")

# %% name="walkers-train" covers=["U-13"]
def both_kinds(parts):
    """三个种子的网络：不看旁人的，看旁人的 || three seeds each: without and with the others"""
    return [[trained_walker(parts, neighbours, seed) for seed in SEEDS]
            for neighbours in (False, True)]


def scored(models, parts, score=ade):
    own, others, steady, future = parts[2]
    return [score(steady + model(own, others), future) for model in models]


meeting = walking(scenes)
_, _, steady, truth = meeting[2]
blind, seeing = both_kinds(meeting)
without, with_others = scored(blind, meeting), scored(seeing, meeting)
claim("Q17c-neighbours",
      max(with_others) < 0.9 * ade(steady, truth) < min(without),
      seeing=max(with_others), blind=min(without), steady=ade(steady, truth),
      end=max(scored(seeing, meeting, fde)), end_steady=fde(steady, truth))

ignoring = walking(data.crossings(1600, avoiding=False))    # 谁也不让谁 || nobody makes way
straight_blind, straight_seeing = (scored(models, ignoring)
                                   for models in both_kinds(ignoring))
straight_steady = ade(*ignoring[2][2:])
claim("Q17c-neighbours-control",
      not max(straight_seeing) < 0.9 * straight_steady < min(straight_blind),
      seeing=max(straight_seeing), blind=min(straight_blind), steady=straight_steady)
claim("Q17c-blind", min(without) > 0.9 * ade(steady, truth),
      blind=min(without), steady=ade(steady, truth))
claim("Q17c-blind-control", not min(with_others) > 0.9 * ade(steady, truth),
      seeing=max(with_others))

# %% name="walkers-figure" tags=["hide-input"] covers=["U-13"]
test_own, test_others, *_ = meeting[2]
missed = (steady - truth)[:, -1].norm(dim=-1)
# 终点上匀速错得第 75、150、225 多的 || constant velocity errs 75th, 150th, 225th most there
shown = missed.argsort(descending=True)[[74, 149, 224]]
fig, axes = plt.subplots(1, 3, figsize=(9, 3.2), sharex=True, sharey=True)
for ax, one in zip(axes, shown):
    ax.plot(*test_own[one, :, :2].T, "o", color="0.5", ms=3,
            label="看见的 || seen")
    for other in range(2):
        ax.plot(*test_others[one, :, other, :2].T, "x", color="0.7", ms=4,
                label="旁人 || others" if not other else None)
    ax.plot(*truth[one].T, "-", color="black", label="真实 || truth")
    for models, name, colour, line in (
            (blind, "不看旁人 || without the others", "C1", "--"),
            (seeing, "看旁人 || with the others", "C0", "-.")):
        x = test_own[one:one + 1], test_others[one:one + 1]
        ax.plot(*(steady[one] + models[0](*x)[0]).T, line, color=colour, label=name)
    ax.plot(*steady[one].T, "|:", color="0.2", ms=6, label="匀速 || constant velocity")
    ax.set(xlabel="往前（米） || ahead (metres)", xlim=(-4, 8), ylim=(-6.5, 5.5),
           aspect="equal")
axes[0].set_ylabel("往左（米） || to the left (metres)")
fig.legend(*axes[0].get_legend_handles_labels(), loc="lower center", ncol=3,
           bbox_to_anchor=(0.5, -0.2))
plt.show()

# %% [markdown] name="walkers-meaning" covers=["U-13"]
# 图上是匀速错得多的三个人。不看旁人，网络和匀速几乎一样：让路之前，走路的样子几乎没有预兆，单凭自己的过去很难猜。看得见旁人，误差才真的降下来。把“互相让路”这一条从世界里拿掉，旁人还在眼前，看不看就一样了。**帮忙的不是多出来的输入，是输入里的那条规律。**
#
# 降下来的也只是一部分。剩下的从哪里来，我们没有分开量：网络小、训练短是一份；三个人同时让，谁让谁、往哪边让，也许在一点点差别上就翻过来，那是第三个难处，不归模型管。
#
# **老实说**：避让的规则是我们写的，一条公式；真人会犹豫、会看眼色、会不守规矩。**改一处**：`near` 里的 8 米改成 2 米，还来得及看见吗？

# %% [markdown] lang="en" of="65979dd2.53e5c56d"
# The figure shows three people for whom constant velocity errs much. Without the others the network is hardly better than constant velocity: before people make way hardly anything in their walk announces it, so their own past tells little. Only with the others in sight does the error come down. Take making way out of the world, with the others still in sight, and seeing them gains nothing. **What helps is not one more input but the rule that the input obeys.**
#
# And only part of the error goes. Where the rest comes from was not measured: some of it from a small network and a short training; some perhaps because, when three people make way at once, who yields and to which side turns on a trifle. That would be the third difficulty, and no model's fault.
#
# **Honestly**: we wrote the rule of avoidance, in one formula. Real people hesitate, look at each other and break rules. **Change one thing**: the 8 metres of `near` to 2. Is that soon enough?

# %% [markdown] name="fork" covers=["U-13"]
# ## 17c.4 岔路口：左还是右？
#
# 一个人走到岔路口，左还是右，抛硬币决定；看见的 2 秒里什么征兆也没有。网络用平方误差训练。它会把人送到哪里？

# %% [markdown] lang="en" of="824587bd.06c4d813"
# ## 17c.4 The fork: left or right?
#
# Somebody comes to a fork and tosses a coin, left or right; nothing in the 2 seconds that are seen tells which. A network is trained on squared errors. Where does it send them?

# %% name="bet-fork"
predict("Q17c-fork")

# %% name="fork-code" covers=["U-13"]
class Futures(nn.Module):
    """`heads` 条可能的将来 || `heads` possible futures"""

    def __init__(self, heads, hidden=32):
        super().__init__()
        self.heads = heads
        self.rnn = nn.LSTM(2, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, heads * 24)

    def forward(self, past):                                            # (B, 8, 2)
        out, _ = self.rnn(past)
        return self.readout(out[:, -1]).reshape(-1, self.heads, 12, 2)


def squared(futures, path):
    """(B, heads, 12, 2)，(B, 20, 2) -> (B, heads)，平方米
    || (B, heads, 12, 2), (B, 20, 2) -> (B, heads), in square metres"""
    return (futures - path[:, None, 8:]).square().sum(-1).mean(-1)


def best_of(heads, paths, paths_val, seed, epochs=20):
    """只有最接近的那一条受罚（heads = 1 就是普通的平方误差）
    || only the closest future is corrected (with heads = 1 the plain squared error)"""
    torch.manual_seed(seed)
    model = Futures(heads)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(epochs):
        for rows in torch.randperm(len(paths)).split(64):
            optimizer.zero_grad()
            squared(model(paths[rows, :8]), paths[rows]).amin(1).mean().backward()
            optimizer.step()
    with torch.no_grad():
        loss = squared(model(paths_val[:, :8]), paths_val).amin(1).mean().item()
    return loss, model.requires_grad_(False)


paths, left = data.forks(1500)                                          # (1500, 20, 2)
path_parts = paths[:1000], paths[1000:1200]
crossing, turns = paths[1200:], left[1200:]
means = [best_of(1, *path_parts, seed)[1](crossing[:, :8])[:, 0] for seed in SEEDS]
# 两个头：三个种子里验证段最好的 || two heads: of three seeds the best on validation
pairs = sorted((best_of(2, *path_parts, seed) for seed in SEEDS),
               key=lambda trained: trained[0])
two = [model(crossing[:, :8]) for _, model in pairs]            # (300, 2, 12, 2) each


def nobody_within(futures):
    """预测的终点，离最近的一个真实终点平均几米
    || from the predicted end to the nearest true end, in metres on average"""
    return torch.cdist(futures[:, -1], crossing[:, -1]).amin(1).mean().item()


empty = [nobody_within(mean) for mean in means]
to_left, to_right = (torch.stack([(mean - crossing[:, 8:])[side, -1].norm(dim=-1).mean()
                                  for mean in means]).mean().item()
                     for side in (turns, ~turns))
claim("Q17c-fork", min(empty) > 1.2, empty=min(empty), left=to_left, right=to_right)


def closest(futures):
    """最接近的那一条，全程误差的均方根（米）
    || root mean squared error of the closest future along the way, in metres"""
    return squared(futures, crossing).amin(1).mean().sqrt().item()


best, middle, worst = sorted(map(closest, two))
claim("Q17c-fork-control", not nobody_within(two[0].flatten(0, 1)) > 1.2,
      empty=nobody_within(two[0].flatten(0, 1)), best=best, middle=middle, worst=worst,
      single=min(closest(mean[:, None]) for mean in means))

# %% name="fork-figure" tags=["hide-input"] covers=["U-13"]
fig, ax = plt.subplots(figsize=(7.5, 3.6))
for k, path in enumerate(crossing[:40]):
    ax.plot(*path[7:].T, color="0.75", lw=1,
            label="真实的将来 || true futures" if not k else None)
ax.plot(*crossing[0, :8].T, "o", color="black", ms=4, label="看见的 || seen")
ax.plot(*means[0][0].T, "s-", color="C1", ms=4,
        label="一个头：平均 || one head: the mean")
for head in range(2):
    ax.plot(*two[0][0, head].T, "^--", color="C0", ms=4,
            label="两个头 || two heads" if not head else None)
ax.set(xlabel="往前（米） || ahead (metres)", aspect="equal",
       ylabel="往左（米） || to the left (metres)")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown] name="fork-meaning" covers=["U-13"]
# 平均是最省平方误差的答案，也是一条**没有人走的路**：它从两群人中间穿过去，一辆照着它规划的车，会以为两边都空着。让网络给两条，每次只改最接近的那一条，它就各认一边。
#
# 也要看对照里的三个种子：误差和一个头时差不多的，就是只教会了一个头，另一个从来不是最接近的，也就从来学不到东西。这种训练常有这样的毛病。种子靠验证段挑；更稳的办法是**混合密度**（mixture density）：每条将来再配一个机会，一起训练。

# %% [markdown] lang="en" of="7b2af9bf.429d4ba3"
# The mean is the cheapest answer in squared error, and it is **a path that nobody takes**: it runs between the two crowds, and a car that plans by it would believe both sides to be free. Let the network give two, and correct the closest one only, and each takes a side.
#
# Look at the three seeds in the control as well. Where the error is about that of a single head, one head only has been taught; the other is never the closest, so it never learns. Such training is prone to that. The seed is chosen on the validation part; a steadier way is a **mixture density**, in which every future comes with a probability and all are trained together.

# %% [markdown] name="never-driving" covers=["U-13"]
# <div class="admonition warning alert alert-danger">
#
# ### ⚠ 什么结论绝不能下：自动驾驶
#
# **这里没有一个真人，没有一辆车。ADE 低几厘米，不说明任何东西可以上路。不要拿这样的模型控制任何会动的东西。**
#
# * **平均不等于安全。** 要紧的是最坏的那一次，平均误差里看不见它。
# * **没见过的，测试集里也没有。** 雨、坡、狗、突然跑出来的孩子，这份数据里一样也没有。
# * **预测不是决定。** 刹不刹、让不让，还要看错了伤到谁。
#
# 股票的这一格在[15.3 节](15_honest_forecasting.ipynb#cell-id=warning)，医疗的在[第 17b 章](17b_health.ipynb#cell-id=never)。
#
# </div>

# %% [markdown] lang="en" of="9cc04ec0.4e39d947"
# <div class="admonition warning alert alert-danger">
#
# ### ⚠ What must never be concluded: driving
#
# **There is not one real person in here and not one car. An ADE that is some centimetres lower does not say that anything may go on a road. Let no such model control anything that moves.**
#
# * **A mean is not safety.** What matters is the worst case, and a mean error does not show it.
# * **What was never seen is not in the test set either.** Rain, slopes, dogs, a child running out: none of them are in these data.
# * **A prediction is not a decision.** Whether to brake depends on who is hurt if it is wrong.
#
# The same box for the stock market is in [section 15.3](15_honest_forecasting.ipynb#cell-id=warning), for medicine in [Chapter 17b](17b_health.ipynb#cell-id=never).
#
# </div>

# %% [markdown] name="machines" covers=["U-14"]
# ## 17c.5 这台机器还能用多久？
#
# 工厂的轴承、风力发电机、飞机发动机、地铁的转向架，问的是同一件事：**剩余寿命**（remaining useful life, RUL），也就是离坏掉还有几个工作周期（cycle）。早知道，就可以挑个方便的时候去修（预防性维护），不必等它停在半路，也不必白白换掉好零件。
#
# 造 300 台机器，一直用到坏：每个周期读四个传感器，里面有一个谁也读不到的**损伤**，跟着负载慢慢积累，到 1 就坏。温度、振动、压力随负载起伏，损伤大了才露出一点。还有一件麻烦事，真机器上也有：每台机器的每个传感器都**没有校准**，各偏一个常数。

# %% [markdown] lang="en" of="e2ab2517.e190a82e"
# ## 17c.5 How long will this machine last?
#
# Bearings in a factory, wind turbines, aircraft engines, the bogies of a train: they all pose one question, that of **remaining useful life** (RUL), the number of working cycles left before failure. Whoever knows early can repair at a convenient time (preventive maintenance), instead of stopping half-way or throwing good parts away.
#
# We make 300 machines and run each until it fails. Every cycle gives four sensor readings; inside there is a **damage** that nobody can read, which grows with the load, and at 1 the machine fails. Temperature and vibration rise and fall with the load, pressure the other way round; they show the damage only when it is large. One more nuisance, known from real machines: no sensor of any machine is **calibrated**, each is off by a constant of its own.

# %% name="machines-data" covers=["U-14"]
machines = data.wearing_machines()
readings, life = machines.readings, machines.life           # (300, 150, 4), (300,)
show("读数，最短和最长的寿命 || readings, shortest and longest life",
     tuple(readings.shape), life.min(), life.max())

fig, axes = plt.subplots(1, 2, figsize=(9, 2.8), sharey=True)
colours = "0.6", "C1", "C0", "C2"
for ax, one in zip(axes, (0, 3)):
    cycles = torch.arange(life[one])
    for sensor, (name, colour) in enumerate(zip(data.sensors(), colours)):
        ax.plot(cycles, readings[one, cycles, sensor], color=colour, lw=1,
                label=name)
    ax.plot(cycles, machines.damage[one, cycles], color="black", lw=2,
            label="损伤（读不到） || damage (hidden)")
    ax.set(xlabel="周期 || cycle", title=f"机器 {one} || machine {one}")
axes[0].set_ylabel("读数 || reading")
axes[1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown] name="rul-baselines" covers=["U-14"]
# 从第 20 个周期起，每 5 个周期问一次：还剩几个？答案超过 60 的都算 60，因为那么早还看不出什么，也没人要在那时决定。误差用**均方根误差** RMSE，单位是周期。**按机器划分**：200 台训练，50 台验证，50 台测试。
#
# 基线一个比一个肯动脑筋：总猜平均数；只看此刻的四个读数；看最近 20 个周期的特征（平均、末五个的平均、走势、起伏）；最后一条，是老师傅的办法：先**减去它刚出厂时的样子**（头 10 个周期的平均），再算一遍特征，和原来的放在一起。后三条都用岭回归，罚多重由验证段挑。

# %% [markdown] lang="en" of="c1bb828f.a68c4f67"
# From cycle 20 on, every 5 cycles, we ask: how many are left? Answers above 60 count as 60, since so early little shows and nobody has to decide. The error is the **root mean squared error** RMSE, in cycles. The split is **by machine**: 200 for training, 50 for validation, 50 for the test.
#
# Each baseline thinks a little harder than the one before: always the mean; the four readings of this moment; features of the last 20 cycles (mean, mean of the last five, trend, spread); and last the way of an old hand: first **subtract what the machine was like when new** (the mean of its first 10 cycles), compute the features again, and use them with the old ones. The last three are ridge regressions, with the penalty chosen on the validation part.

# %% name="rul-code" covers=["U-14"]
WINDOW, MOST = 20, 60
cycle = torch.arange(1, 151)
left_over = (life[:, None] - cycle).clamp(0, MOST).float()              # (300, 150)
alive = (cycle <= life[:, None]) & (cycle >= WINDOW)                    # (300, 150)
fleet = {"train": torch.arange(200), "check": torch.arange(200, 250),
         "test": torch.arange(250, 300)}


def asked_of(rows):
    """(N, 150)：每台机器，哪些周期要问 || for each machine, the cycles that are asked about"""
    return alive[rows] & (cycle % 5 == 0)


def questions_of(rows):
    """机器 -> 题目：(台号 (M,)，到第几个周期 (M,)) || machines -> (machine, cycle), (M,) each"""
    which, when = asked_of(rows).nonzero(as_tuple=True)
    return rows[which], when + 1


def window_of(series, which, when):
    """(M, 20, 4)：到第 when 个周期为止的 20 个 || the 20 cycles up to cycle `when`"""
    steps = when[:, None] + torch.arange(-WINDOW, 0)                    # (M, 20)
    return series[which[:, None], steps]


def features(window):
    """(M, 20, 4) -> (M, 16)"""
    slope = torch.linspace(-1, 1, WINDOW)[:, None]
    return torch.cat([window.mean(1), window[:, -5:].mean(1),
                      (window * slope).mean(1), window.std(1)], 1)


def rmse(predicted, truth):
    return (predicted - truth).square().mean().sqrt().item()


class Ridge:
    """最小二乘加 penalty 乘权重平方和 || Least squares plus penalty times the squared weights"""

    def __init__(self, x, y, penalty):
        self.mean, self.scale = x.mean(0), x.std(0)
        rows = self.rows(x)
        pull = penalty * torch.eye(rows.shape[1])
        pull[-1, -1] = 0                                                # 常数不罚 || not the bias
        self.weights = torch.linalg.solve(rows.T @ rows + pull, rows.T @ y)

    def rows(self, x):
        scaled = (x - self.mean) / self.scale
        return torch.cat([scaled, torch.ones(len(x), 1)], 1)

    def __call__(self, x):
        return self.rows(x) @ self.weights


def by_ridge(view):
    """view(台号, 周期) -> 特征；测试段的预测 || features -> predictions for the test"""
    (x, y), (x_val, y_val), (x_test, _) = (
        (view(*questions_of(rows)), left_over[which, when - 1])
        for rows in fleet.values() for which, when in [questions_of(rows)])
    models = [Ridge(x, y, penalty) for penalty in (1, 10, 100)]
    return min(models, key=lambda model: rmse(model(x_val), y_val))(x_test)


def at_this_moment(which, when):
    return readings[which, when - 1]


def recent(which, when):
    return features(window_of(readings, which, when))


def since_new(which, when):
    change = readings - readings[:, :10].mean(1, keepdim=True)          # (300, 150, 4)
    return torch.cat([recent(which, when), features(window_of(change, which, when))], 1)


which, when = questions_of(fleet["test"])
wanted = left_over[which, when - 1]                                     # (M,)
usual = left_over[:200][alive[:200]].mean()
moment, window_ridge, old_hand = (by_ridge(view)
                                  for view in (at_this_moment, recent, since_new))
show("RMSE（周期）：平均数，此刻，最近 20 个 || RMSE (cycles): mean, this moment, last 20",
     rmse(usual, wanted), rmse(moment, wanted), rmse(window_ridge, wanted))

# %% [markdown] name="rul-net" covers=["U-14"]
# 网络什么特征也不给，只给读数：GRU 从第一个周期读起，每个周期都报一次剩余寿命。它得自己记住这台机器刚出厂的样子。对照组**只许从最近 20 个周期读起**（所以它在窗口上训练，批次不同，走 10 轮而不是 45 轮；两边问的题一样，用哪一轮也都由验证段挑）。

# %% [markdown] lang="en" of="d24d056a.aafffeaa"
# The network gets no features, only readings: a GRU reads from the first cycle on and states the remaining life at every cycle. It has to remember by itself what this machine was like when new. The control may **start reading only 20 cycles ago** (so it is trained on windows, in other batches, and for 10 epochs instead of 45; both are asked the same questions, and for both validation chooses the epoch).

# %% name="bet-rul"
predict("Q17c-rul")

# %% name="rul-train" covers=["U-14"]
class Wear(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.rnn = nn.GRU(4, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, 1)

    def forward(self, x):                                               # (B, T, 4)
        out, _ = self.rnn(x)
        return 30 * self.readout(out)[..., 0]                           # (B, T) 周期 || cycles


def trained_wear(train, check, seed, batch, epochs, lr):
    """train、check：（读数 (B, T, 4)，答案 (B, T)，算不算数 (B, T)）
    || train, check: readings (B, T, 4), answers (B, T), which of them count (B, T)"""
    torch.manual_seed(seed)
    model = Wear()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    best, kept = math.inf, None
    for _ in range(epochs):
        for rows in torch.randperm(len(train[0])).split(batch):
            x, y, counts = (part[rows] for part in train)
            optimizer.zero_grad()
            (model(x) - y)[counts].square().mean().div(900).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        with torch.no_grad():
            x, y, counts = check
            now = rmse(model(x)[counts], y[counts])
        if now < best:
            best, kept = now, copy.deepcopy(model.state_dict())
    model.load_state_dict(kept)
    return model.requires_grad_(False)


def whole_lives(rows):
    return readings[rows], left_over[rows], asked_of(rows)


def last_twenty(rows):
    which, when = questions_of(rows)
    answers = left_over[which, when - 1][:, None].expand(-1, WINDOW)
    at_the_end = (torch.arange(WINDOW) == WINDOW - 1).expand(len(when), WINDOW)
    return window_of(readings, which, when), answers, at_the_end


remembering = [trained_wear(whole_lives(fleet["train"]), whole_lives(fleet["check"]),
                            seed, batch=50, epochs=45, lr=1e-2) for seed in SEEDS]
forgetting = [trained_wear(last_twenty(fleet["train"]), last_twenty(fleet["check"]),
                           seed, batch=256, epochs=10, lr=1e-2) for seed in SEEDS]
from_birth = [model(readings)[which, when - 1] for model in remembering]
from_window = [model(window_of(readings, which, when))[:, -1] for model in forgetting]
whole, short = ([rmse(run, wanted) for run in runs]
                for runs in (from_birth, from_window))
claim("Q17c-rul", max(whole) < 0.9 * rmse(window_ridge, wanted),
      low=min(whole), high=max(whole), ridge=rmse(window_ridge, wanted))
claim("Q17c-rul-control", not max(short) < 0.9 * rmse(window_ridge, wanted),
      low=min(short), high=max(short))
claim("Q17c-new", rmse(old_hand, wanted) < 1.05 * min(whole),
      ridge=rmse(old_hand, wanted), low=min(whole))
claim("Q17c-new-control", not rmse(window_ridge, wanted) < 1.05 * min(whole),
      ridge=rmse(window_ridge, wanted))

# %% name="rul-figure" tags=["hide-input"] covers=["U-14"]
fig, axes = plt.subplots(1, 3, figsize=(9, 2.8), sharey=True)
for ax, one in zip(axes, (250, 262, 281)):
    mine = which == one
    ax.plot(when[mine], wanted[mine], color="black", label="真实 || truth")
    for run, name, colour, line in (
            (from_birth[0], "GRU，从头读 || GRU, from the start", "C0", "-."),
            (from_window[0], "GRU，最近 20 个 || GRU, last 20", "C1", ":"),
            (old_hand, "岭回归，减去出厂时 || ridge, minus when new", "C2", "--")):
        ax.plot(when[mine], run[mine], line, color=colour, label=name)
    ax.set(xlabel="周期 || cycle", ylim=(-8, 72), title=f"机器 {one} || machine {one}")
axes[0].set_ylabel("剩余寿命（周期） || life left (cycles)")
fig.legend(*axes[0].get_legend_handles_labels(), loc="lower center", ncol=4,
           bbox_to_anchor=(0.5, -0.15))
plt.show()

# %% [markdown] name="rul-meaning" covers=["U-14"]
# 从头读的 GRU，胜过只看窗口的岭回归；只许看 20 个周期的 GRU，反倒输给它。**赢的不是“循环”两个字，是记得出厂的样子。** 可是老师傅的一次减法，也做到了，一点不差，训练只要一眨眼。这是五十台的平均；单独看一台，谁都可能更近（上面的三台，前两台，三条线大半程都报多了）。
#
# **老实说**：这一局算平手，功劳算记忆的。真实数据上常见同样的故事：窗口一切，循环网络最要紧的长处就切掉了。什么时候网络值得？你不知道该减什么的时候。**改一处**：`WINDOW = 40`，对照组追得上吗？（题目也就从第 40 个周期问起：新得到的几个数互相比，别和上面的比。）

# %% [markdown] lang="en" of="54373441.1ce59339"
# Reading from the start, the GRU beats ridge on a window; allowed 20 cycles only, it loses to it. **What wins is not the word "recurrent" but remembering how the machine began.** Yet the subtraction of an old hand does just as well, and is fitted in no time. This is the mean of fifty machines; on a single machine any of the three may be closer (in the first two above, all three lines are too high most of the way).
#
# **Honestly**: call it a tie, and give the credit to memory. The same story is common with real data: cut into windows, a recurrent network loses what it is best at. When is the network worth it? When you do not know what to subtract. **Change one thing**: `WINDOW = 40`. Does the control catch up? (The questions then begin at cycle 40, too: compare the new numbers with one another and not with those above.)

# %% [markdown] name="split" covers=["U-14"]
# ## 17c.6 两种分法
#
# 17c.2 的两种分法，换到机器上再试。考生是最近邻：看最近 20 个周期的平均读数，最像哪道训练题，就抄它的答案。先按机器划分，再把所有机器的题混在一起随机分。拿来比的是总猜平均数。

# %% [markdown] lang="en" of="462e8757.2bc71173"
# ## 17c.6 Two ways to split
#
# The two splits of 17c.2 once more, on machines. The candidate is the nearest neighbour: find the training question whose mean readings over the last 20 cycles are most alike, and copy its answer. Split by machine first; then mix the questions of all machines and split at random. The comparison is with always guessing the mean.

# %% name="bet-split"
predict("Q17c-split")

# %% name="split-code" covers=["U-14"]
all_which, all_when = questions_of(torch.arange(300))
view = window_of(readings, all_which, all_when).mean(1)                 # (M, 4)
due = left_over[all_which, all_when - 1]


def copied(view, groups, seed):
    """同一组的题放在同一边 -> RMSE，总猜平均数的 RMSE，抄到同一台机器的占几成
    || Questions of a group stay on one side -> RMSE, RMSE of always the mean, share of
    the answers that are copied from the same machine"""
    g = torch.Generator().manual_seed(seed)
    draw = torch.rand(groups.max() + 1, generator=g)[groups]
    known, asked = draw < 5 / 6, draw >= 5 / 6
    nearest = torch.cdist(view[asked], view[known]).argmin(1)
    same = all_which[known][nearest] == all_which[asked]
    return (rmse(due[known][nearest], due[asked]), rmse(due[known].mean(), due[asked]),
            same.float().mean().item())


def both_splits(view):
    """先混起来随机分，再按机器分：各三个种子 || at random, then by machine: three seeds each"""
    return [tuple(zip(*(copied(view, groups, seed) for seed in SEEDS)))
            for groups in (torch.arange(len(due)), all_which)]


(at_random, _, own_answers), (by_machine, always, _) = both_splits(view)
claim("Q17c-split", max(at_random) < 0.85 * min(always),
      low=min(at_random), high=max(at_random), mean=min(always))
claim("Q17c-split-control", not max(by_machine) < 0.85 * min(always),
      low=min(by_machine), high=max(by_machine))

# 同样的机器，同样的噪声，只是传感器校准过 || same machines and noise, calibrated sensors
exact = data.wearing_machines(calibrated=True).readings
(exact_random, _, exact_own), (exact_machine, *_) = both_splits(
    window_of(exact, all_which, all_when).mean(1))
claim("Q17c-fingerprint", min(own_answers) > 0.5, share=min(own_answers))
claim("Q17c-fingerprint-control", not max(exact_own) > 0.5, share=max(exact_own),
      low=min(exact_random + exact_machine), high=max(exact_random + exact_machine))

# %% [markdown] name="split-meaning" covers=["U-14"]
# 校准的偏差成了**指纹**：四个常数，认得出是哪一台，抄来的答案一多半出自同一台机器。光是窗口重叠还不够：传感器校准好了，相邻的题照样共用 20 个周期里的 15 个，却几乎认不出谁是谁，两种划分也就没有分别了。认出了机器，它前后几个周期的答案多半就在训练里，抄来差得不多，看上去就比总猜平均数强。按机器分开，指纹没有用了，抄答案比总猜平均数还差。传感器的偏差、医院的仪器、说话人的嗓音，都是这样的指纹。

# %% [markdown] lang="en" of="9ea77e1b.a37598ed"
# The calibration errors are a **fingerprint**: four constants tell which machine it is, and more than half of the copied answers are the machine's own. Overlapping windows alone would not do: with calibrated sensors neighbouring questions still share 15 of their 20 cycles, yet hardly a machine is recognised, and the two splits come out alike. Once a machine is recognised, its answer of a few cycles earlier or later is mostly in the training part, and copying it looks better than the mean. Kept apart by machine, the fingerprint is useless, and copying is worse than always guessing the mean. A sensor's offset, a hospital's instruments, a speaker's voice: all are such fingerprints.

# %% [markdown] name="late" covers=["U-14"]
# ## 17c.7 晚报和早报
#
# 早报十个周期，浪费一点零件；晚报十个周期，可能停在半路。设 $d$ 是预测减去真实，$d > 0$ 就是报晚了。假如晚一个周期的代价，是早一个周期的 5 倍：
#
# $$\text{cost}(d) = \max(5d,\, -d)$$
#
# （2008 年 PHM 会议的竞赛用的是指数：早报 $e^{-d/13} - 1$，晚报 $e^{d/10} - 1$，后来成了常用的分数。道理一样。）
#
# 网络是照平方误差训练的，早晚一视同仁。试一件事：每个预测都**减掉**同样几个周期，减几个由验证段决定。总代价会怎样，RMSE 又会怎样？

# %% [markdown] lang="en" of="e070ec0e.e50baa91"
# ## 17c.7 Late is not early
#
# Ten cycles early, and some of a part is wasted; ten cycles late, and it may stop half-way. Let $d$ be the prediction minus the truth, so $d > 0$ is late, and suppose that a cycle late costs 5 times as much as a cycle early:
#
# $$\text{cost}(d) = \max(5d,\, -d)$$
#
# (The competition of the PHM conference of 2008 used exponentials, $e^{-d/13} - 1$ for early and $e^{d/10} - 1$ for late, and its score has become a common one. The idea is the same.)
#
# The network was trained on squared errors, to which late and early are the same. Try one thing: **subtract** the same few cycles from every prediction, how many being decided on the validation part. What becomes of the cost, and what of the RMSE?

# %% name="bet-late"
predict("Q17c-late")

# %% name="late-code" covers=["U-14"]
def cost(predicted, truth, late):
    d = predicted - truth
    return torch.maximum(late * d, -d).mean().item()


val_which, val_when = questions_of(fleet["check"])
val_wanted = left_over[val_which, val_when - 1]


def earlier(late):
    """三个种子：减去几个周期（验证段挑的），测试段的代价剩几成，RMSE 是原来的几倍
    || three seeds: cycles subtracted (chosen on validation), share of the cost that is
    left on the test part, and how many times the RMSE is what it was"""
    found = []
    for model, run in zip(remembering, from_birth):
        checked = model(readings)[val_which, val_when - 1]
        off = min(range(-10, 21), key=lambda n: cost(checked - n, val_wanted, late))
        found.append((off, cost(run - off, wanted, late) / cost(run, wanted, late),
                      rmse(run - off, wanted) / rmse(run, wanted)))
    return zip(*found)


offs, shares, errors = earlier(late=5)
claim("Q17c-late", max(shares) < 0.9 and min(errors) > 1, low=min(shares),
      high=max(shares), least=min(offs), most=max(offs), times=max(errors))
_, even, _ = earlier(late=1)
claim("Q17c-late-control", not max(even) < 0.9, low=min(even), high=max(even))

# %% [markdown] name="late-meaning" covers=["U-14"]
# 预测变差了，账单却变小了。和 15.9 节一样：**先问：出了错谁付钱；再问：准不准。** 晚和早一样贵的时候，减不减就没有多少差别。
#
# （安全要紧的设备上，这样的模型只是提醒人去检查，不替人签字放行：数据里没有的坏法，它认不出来。）

# %% [markdown] lang="en" of="e6f87351.1b7b81fe"
# The predictions got worse and the bill got smaller. As in section 15.9: **ask who pays for the errors before asking how large they are.** With late and early equally dear, subtracting makes little difference.
#
# (Where safety is at stake such a model reminds people to inspect; it does not sign the release. It cannot recognise a failure that its data never showed.)

# %% [markdown] name="gallery-intro" covers=["U-15", "X-08", "!17", "!18", "!37"]
# ## 17c.8 十四种应用，一面墙
#
# 入门资料的末尾常有一张“应用总结表”。网上常见的一张，有四处要改：
#
# * 只有十二行，**轨迹预测**和**能源负载**漏了；
# * “文本生成：一对多”。训练的时候，每读一个字就猜下一个，是错开一位的**多对多**；写的时候，读的是自己刚写的（[第 16b 章](16b_text_generation.ipynb#cell-id=names-train)）。一对多的例子是看图说话；
# * 命名实体的例子，输入是“苹果”“公司”两个词，输出却合成了一个。步步对齐的标注，**每个输入一个标签**：苹果/B-ORG，公司/I-ORG（[第 16a 章](16a_text_cases.ipynb#cell-id=tagging-train)）；
# * 语音识别既写在“双向”下面，又写在“实时”下面。两样都有，却不是同一个系统：听完整段录音可以双向，边听边写只能单向，或者分块等一小会儿（[8.6 节](08_bidirectional_and_deep.ipynb#cell-id=forbidden)）。
#
# 更要紧的是，那张表只说**能做什么**，不说**做得怎样**。下面这面墙补上两样：要打败谁，打败了没有。判词只属于这门课的那个小模型、那份数据，不属于整个行业。点名字，就到量出它的那个单元格。形状说的是任务：训练时每一步都猜，用的时候可以只要最后一步。

# %% [markdown] lang="en" of="d9556df2.e1f47f7f"
# ## 17c.8 Fourteen applications on one wall
#
# Introductions like to end with a table of applications. One that is copied everywhere needs four repairs:
#
# * it has twelve rows; **trajectories** and **electricity load** are missing;
# * "text generation: one to many". In training every character read is followed by a guess at the next, which is **many to many**, shifted by one; in writing, the model reads what it has just written ([Chapter 16b](16b_text_generation.ipynb#cell-id=names-train)). One to many is describing a picture;
# * its example of named entities has two words going in (`苹果`, `公司`: "Apple", "company") and one coming out. Tagging step by step gives **each input a tag**: `苹果`/B-ORG, `公司`/I-ORG ([Chapter 16a](16a_text_cases.ipynb#cell-id=tagging-train));
# * speech recognition stands both under "bidirectional" and under "real time". Both exist, but not as one system: of a recording one may read both ways, while listening only one way, or in chunks with a short wait ([section 8.6](08_bidirectional_and_deep.ipynb#cell-id=forbidden)).
#
# What matters more: that table says what **can be done** and not **how well**. The wall below adds whom each had to beat, and whether it did. A verdict belongs to the small model and the data of this course, not to a whole industry. Click a name to go to the cell that measured it. Shapes are those of the task: a model may guess at every step in training and be asked at the last one only.

# %% name="gallery" covers=["U-15", "X-08"]
gallery()

# %% name="gallery-count" covers=["U-15"]
rows = data.gallery.applications()
for key, words in data.gallery.VERDICTS.items():
    show(language.side(words), sum(row.verdict == key for row in rows))

# %% [markdown] name="gallery-meaning" covers=["U-15"]
# **看出来了吗？** 先把“结果”选成“没赢”和“打平”，看对手是谁：一半以上是线性模型，常常加上一个懂行的输入。再选“赢了”：多半有一样东西，对手**看不见**，比如次序、后文、旁人。只有十四行，是事后看出来的，当作该问的话，别当定律。
#
# 所以拿到一个新任务，先别问用 LSTM 还是 GRU。先问：最便宜的对手看不见什么？那样东西，答案用得着吗？

# %% [markdown] lang="en" of="56a9500b.c3f035e2"
# **Did you notice?** Set the verdict to "lost", then to "tied", and look at the opponents: more than half are linear models, often with an input chosen by somebody who knows the trade. Then set it to "won": mostly there is something that the opponent **cannot see**, such as order, what follows, or the others. These are fourteen rows, read afterwards: a question to ask and not a law.
#
# So with a new task, do not ask first whether to take an LSTM or a GRU. Ask what the cheapest opponent cannot see, and whether the answer needs it.

# %% [markdown] name="summary"
# ## 记住三句话
#
# 1. 划分的单位，是用的时候整个陌生的东西：新的来访、新的场景、新的机器。
# 2. 一个平均的将来，可能是没有人走的路；一个平均的误差，也不等于最坏的一次安全。
# 3. 先问：最便宜的对手看不见什么？在剩余寿命上，替它减一次，就打平了。

# %% [markdown] lang="en" of="9ed62f9b.3428ad83"
# ## Three lines to remember
#
# 1. Split by whatever will be wholly new in use: a new visit, a new scene, a new machine.
# 2. A mean future may be a path that nobody takes, and a small mean error is not safety in the worst case.
# 3. Ask what the cheapest opponent cannot see. With remaining life, one subtraction on its behalf made it a tie.

# %% [markdown] name="bets-intro"
# ## 你的赌注
#
# 这一章的每一注，连同下注时的把握，都列在下面；最有把握却错了的排在最前面。

# %% [markdown] lang="en" of="3388a8ce.0f9c6e25"
# ## Your bets
#
# Every bet of this chapter, and how sure you were when you placed it; those you were sure of and lost come first.

# %% name="bets"
bets_summary("17c")

# %% [markdown] name="self-check" covers=["A-03"]
# ## 自测
#
# 合上笔记作答。

# %% [markdown] lang="en" of="bca85a98.6867b7a7"
# ## Self-check
#
# Answer without looking back.

# %% name="quiz" covers=["A-03"]
quiz("17c-self-check")

# %% [markdown] name="next"
# ## 接下来
#
# 三处“改一处”，挑一处真的去改；先写下你猜的数。然后去读这些想法是谁、在什么时候想到的：[第 18 章 历史、人物与论文](18_history_people_papers.ipynb)。

# %% [markdown] lang="en" of="33647a93.03fee713"
# ## What next
#
# Of the three places that say "change one thing", really change one, and write down your guess first. Then read who thought of all this, and when: [Chapter 18. History, people and papers](18_history_people_papers.ipynb).
