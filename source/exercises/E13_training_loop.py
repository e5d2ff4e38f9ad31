# ---
# jupyter:
#   course:
#     exercise: E13
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["A-07", "X-03"]
# # E13 · 会报病情的训练循环
#
# **扩展 ⭐⭐⭐⭐ · 10 分 · 约 35 分钟** · 配套章节：[14 调试诊所](../../notebooks/zh/14_debugging_clinic.ipynb)
#
# 第 14 章的病房里，一半的病都是一行代码写在了错的地方。这一次你来写那个循环：截断的时间反向传播，再加一个早停。写错了，反馈会告诉你得的是哪一种病。

# %% [markdown] lang="en" of="a34e82d3.988657bc"
# # E13 · A training loop that tells how it feels
#
# **Extension ⭐⭐⭐⭐ · 10 points · about 35 minutes** · goes with chapter [14 The debugging clinic](../../notebooks/en/14_debugging_clinic.ipynb)
#
# On the ward of chapter 14, half of the illnesses were a line in the wrong place. This time you write the loop: truncated back-propagation through time, and early stopping. If it goes wrong, the feedback says which illness it is.

# %% name="parameters" tags=["parameters"]
SEED = 0

# %% name="setup"
import contextlib

import torch
from torch import nn
from torch.nn import functional as F
from course_utils import language
from course_utils.exercise import Exercise

language.use("中文 || English")              # 反馈的语言 || language of the feedback
# 双精度：对的答案不会因为舍入被判错 || double precision: rounding never fails a right answer
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
check = Exercise("E13", SEED)

# %% [markdown] name="task"
# ## 任务
#
# 一条很长的序列 `x` `(B, T, I)`，每一步都有一个类别 `y` `(B, T)`。网络是一个 `nn.LSTM`（`batch_first=True`）加一个读出层 `head`。序列切成每段 `chunk` 步，最后一段可以短一些；段与段之间，状态照传，梯度不传。
#
# 先看一个完整的例子：不切段，一次读完，更新一步。你的循环，就是对每一段做这些事。

# %% [markdown] lang="en" of="9a66fe67.2baa5d2b"
# ## The task
#
# There is one long sequence `x` `(B, T, I)` with a class `y` `(B, T)` at every step. The network is an `nn.LSTM` (`batch_first=True`) and a readout `head`. The sequence is cut into chunks of `chunk` steps, the last of which may be shorter; from chunk to chunk the state is passed on and the gradient is not.
#
# First, a complete example: no chunks, all in one go, one update. Your loop does this for every chunk.

# %% name="worked-example"
torch.manual_seed(1)
example, example_head = nn.LSTM(2, 3, batch_first=True), nn.Linear(3, 4)
everything = [*example.parameters(), *example_head.parameters()]
optimizer = torch.optim.SGD(everything, lr=1.0)
x_example, y_example = torch.randn(5, 6, 2), torch.randint(4, (5, 6))

out, state = example(x_example)                             # (B, T, H), (h, c)
scores = example_head(out)                                  # (B, T, C)
loss = F.cross_entropy(scores.transpose(1, 2), y_example)   # 类在第 1 轴 || classes on axis 1
optimizer.zero_grad()
loss.backward()
norm = nn.utils.clip_grad_norm_(everything, 0.1)
optimizer.step()
print("状态连着图 || state attached:", [part.requires_grad for part in state])
print("裁剪之前的范数超过 0.1 || norm before clipping above 0.1:", (norm > 0.1).item())

# %% name="fixture"
B, T, I, H, C = 3, 11, 2, 5, 4      # 五个数各不相同 || all different


def patient(k, steps=T):
    """第 k 个网络、它的优化器和数据；网络处在 eval 模式 || The k-th network, its optimizer and data; in eval mode"""
    torch.manual_seed(SEED * 100 + k)
    model, head = nn.LSTM(I, H, batch_first=True).eval(), nn.Linear(H, C).eval()
    optimizer = torch.optim.SGD([*model.parameters(), *head.parameters()], lr=2.0)
    x, y = torch.randn(B, steps, I), torch.randint(C, (B, steps))
    return model, head, x, y, optimizer

# %% [markdown] name="part-1"
# ## 1 · 截断的训练循环
#
# `tbptt_train(model, head, x, y, optimizer, chunk, clip)` 训练一遍，返回每一段的损失：一串 Python 的浮点数，不是张量。要求：
#
# * 网络交到你手里时可能在 eval 模式；训练要在 train 模式。
# * 第一段从零状态开始；之后每一段从上一段的最后状态开始，状态的**两样**都不能连着图。
# * 最后不满 `chunk` 步的一段也要练。
# * 每一段更新一次；更新之前，把**所有**参数的梯度合起来按范数裁剪到 `clip`。
#
# 三处空白：前向和损失；反向、裁剪、更新；交给下一段的状态。

# %% [markdown] lang="en" of="74aafe71.536fc122"
# ## 1 · The loop with truncation
#
# `tbptt_train(model, head, x, y, optimizer, chunk, clip)` trains once through and returns the loss of every chunk: a list of Python floats, not of tensors. What it has to do:
#
# * The network may reach you in eval mode; training needs training mode.
# * The first chunk starts from zero; every other one starts from the last state of the chunk before, and **neither** part of that state may be attached to the graph.
# * The last chunk is trained on even if it has fewer than `chunk` steps.
# * One update for each chunk; before it, the gradients of **all** parameters together are clipped by norm to `clip`.
#
# There are three gaps: forward pass and loss; backward, clipping, update; the state for the next chunk.

# %% [markdown] name="hint-tbptt-1"
# <details><summary>提示 1：谁在谁前面</summary>
#
# 裁剪的是梯度，所以要等梯度算出来（`backward` 之后）；更新用的是裁剪过的梯度，所以要在 `step` 之前。清零放哪里都行，只要在 `backward` 之前、每段一次。
#
# </details>

# %% [markdown] lang="en" of="953747b5.b7d0cefb"
# <details><summary>Hint 1: what comes before what</summary>
#
# Clipping acts on gradients, so they have to be there (after `backward`); the update is to use clipped gradients, so before `step`. Clearing may stand anywhere as long as it is before `backward`, once for each chunk.
#
# </details>

# %% [markdown] name="hint-tbptt-2"
# <details><summary>提示 2：状态是一对</summary>
#
# LSTM 的状态是 `(h, c)`。只 detach 了 `h`，下一段反向传播会顺着 `c` 走进上一段那张已经扔掉的图，torch 就会说“backward through the graph a second time”。损失要的是**分数**，`cross_entropy` 里面自己会做 softmax。
#
# </details>

# %% [markdown] lang="en" of="3db1d285.b65df31c"
# <details><summary>Hint 2: the state is a pair</summary>
#
# An LSTM's state is `(h, c)`. With `h` alone detached, the next backward pass follows `c` into the graph of the chunk before, which is gone, and torch says "backward through the graph a second time". The loss takes **scores**: `cross_entropy` does the softmax itself.
#
# </details>

# %% [markdown] name="hint-tbptt-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#         out, state = model(xb, ______)
#         loss = F.cross_entropy(head(out).transpose(______, ______), ______)
#
#         optimizer.______
#         loss.______
#         nn.utils.clip_grad_norm_(______, clip)
#         optimizer.______
#
#         state = tuple(part.______ for part in state)
#         losses.append(loss.______)
# ```
#
# </details>

# %% [markdown] lang="en" of="0a15c972.b15376dc"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#         out, state = model(xb, ______)
#         loss = F.cross_entropy(head(out).transpose(______, ______), ______)
#
#         optimizer.______
#         loss.______
#         nn.utils.clip_grad_norm_(______, clip)
#         optimizer.______
#
#         state = tuple(part.______ for part in state)
#         losses.append(loss.______)
# ```
#
# </details>

# %% name="tbptt_train" tags=["solution"]
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    """model 是 nn.LSTM，head 是 nn.Linear，x (B, T, I)，y (B, T)
    -> 每段的损失，一串浮点数 || model is an nn.LSTM, head an nn.Linear, x (B, T, I), y (B, T)
    -> the loss of each chunk, a list of floats"""
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    # 先切到该在的模式，再一段一段地走 || first the right mode, then chunk by chunk
    ### BEGIN SOLUTION
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        out, state = model(xb, state)                        # (B, chunk, H)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        state = tuple(part.detach() for part in state)
        losses.append(loss.item())
    ### END SOLUTION
    return losses


# %% [markdown] name="about-check-losses"
# **检查损失（2 分）。** 十一步，每段四步：三段，最后一段三步。学习率 2，裁剪到 0.05，所以裁剪错了看得出来。之后的损失取决于前面每一次更新。

# %% [markdown] lang="en" of="53a6e0c1.a185494e"
# **Check the losses (2 points).** Eleven steps in chunks of four: three chunks, the last with three steps. The learning rate is 2 and gradients are clipped to 0.05, so wrong clipping shows. Every loss depends on all updates before it.

# %% name="check-losses" tags=["check"] points=2 of="tbptt_train"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-losses") as show:
    model, head, x, y, optimizer = patient(1)
    x_before = x.clone()
    losses = tbptt_train(model, head, x, y, optimizer, chunk=4, clip=0.05)
    for k, value in enumerate(losses, 1):
        show(f"第 {k} 段的损失 || loss of chunk {k}", torch.as_tensor(value).item(), digits=4)
    show("损失的类型 || type of a loss", type(losses[0]).__name__)
    model, head, *rest = patient(2, steps=3)
    alone = torch.as_tensor(tbptt_train(model, head, *rest, 5, 1.0)[0]).item()
    show("只有一段 || a single chunk", alone, digits=4)
    show("x 被改动了多少 || how much x was changed", (x - x_before).abs().max())

# %% [markdown] name="about-check-weights"
# **检查权重（2 分）。** 训练完之后的权重，最后一步留下的梯度有多长，网络停在什么模式。

# %% [markdown] lang="en" of="087eedcf.fec0a074"
# **Check the weights (2 points).** The weights after training, the length of the gradient that the last step left, and the mode in which the network is left.

# %% name="check-weights" tags=["check"] points=2 of="tbptt_train"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-weights") as show:
    model, head, x, y, optimizer = patient(3)
    tbptt_train(model, head, x, y, optimizer, chunk=4, clip=0.05)
    show("读出层的权重 || weights of the readout", head.weight)
    show("W_hh 的第一行 || first row of W_hh", model.weight_hh_l0[0])
    left = [p.grad for p in [*model.parameters(), *head.parameters()]]
    show("留下的梯度有多长 || length of the gradient left",
         torch.cat([g.flatten() for g in left]).norm())
    show("在 train 模式 || in training mode", int(model.training) + int(head.training))

# %% [markdown] name="about-check-state"
# **检查状态（2 分）。** 一个钩子守在 LSTM 门口，记下每次进来的是几步、带着什么状态。`h` 和 `c` 各有几次连着图？（出了 RuntimeError 也照样报告，好让你看见是哪一个。）

# %% [markdown] lang="en" of="539f633c.e18b731c"
# **Check the state (2 points).** A hook stands at the LSTM's door and notes how many steps come in each time, and with which state. How often is `h` attached to the graph, how often `c`? (It reports even after a RuntimeError, so that you see which of them it was.)

# %% name="check-state" tags=["check"] points=2 of="tbptt_train"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
arrivals = []


def at_the_door(module, args, kwargs):
    x_in, state = [*args, *kwargs.values(), None][:2]
    h, c = state if state is not None else (torch.zeros(1), torch.zeros(1))
    size = sum(part.detach().abs().sum().item() for part in (h, c))
    arrivals.append((x_in.shape[1], h.requires_grad, c.requires_grad, size))


with check("check-state") as show:
    model, head, x, y, optimizer = patient(4)
    model.register_forward_pre_hook(at_the_door, with_kwargs=True)
    arrivals.clear()
    with contextlib.suppress(RuntimeError):
        tbptt_train(model, head, x, y, optimizer, chunk=3, clip=0.05)
    steps, h_attached, c_attached, sizes = zip(*arrivals)
    show("每段的步数 || steps of each chunk", str(steps))
    show("h 连着图的次数 || times h was attached", sum(h_attached))
    show("c 连着图的次数 || times c was attached", sum(c_attached))
    show("带来的状态有多大 || size of the states brought along", torch.tensor(sizes), digits=5)

# %% [markdown] name="part-2"
# ## 2 · 早停
#
# `EarlyStopping(patience, min_delta=0.0)`，三个方法，函数体归你写：
#
# * `update(val_loss, model)`：报告一轮的验证损失。比**最好的**低了**超过** `min_delta`，才算进步：记下它，把当时的权重存一份，计数归零；否则计数加一。连着 `patience` 轮没有进步，返回 `True`（该停了），否则返回 `False`。
# * `restore(model)`：把存下的权重装进 `model`。它可以是另一个同样形状的网络。
#
# 没有进步的那几轮，最好的值不动，哪怕低了一点点。

# %% [markdown] lang="en" of="06da80cb.482c60e7"
# ## 2 · Early stopping
#
# `EarlyStopping(patience, min_delta=0.0)` has three methods, and their bodies are yours:
#
# * `update(val_loss, model)` reports the validation loss of an epoch. It counts as progress only if it is lower than the **best** by **more than** `min_delta`: then note it, keep a copy of the weights, and set the count back to zero; otherwise add one to the count. After `patience` epochs in a row without progress return `True` (time to stop), else `False`.
# * `restore(model)` puts the weights that were kept into `model`, which may be another network of the same shape.
#
# In epochs without progress the best value stays as it is, even if they were a little lower.

# %% [markdown] name="hint-stop-1"
# <details><summary>提示 1：要记住什么</summary>
#
# 三样：最好的损失（一开始是无穷大）、几轮没有进步、那时的权重。都放在 `self` 里。
#
# </details>

# %% [markdown] lang="en" of="55513dee.f4edac5c"
# <details><summary>Hint 1: what to remember</summary>
#
# Three things: the best loss (infinite to begin with), how many epochs went without progress, and the weights of that time. Keep them in `self`.
#
# </details>

# %% [markdown] name="hint-stop-2"
# <details><summary>提示 2：一份拷贝</summary>
#
# `model.state_dict()` 给的是活的张量，训练下去它们跟着变（第 14 章 14.13 节量过）。逐个 `clone`，或 `copy.deepcopy`。
#
# </details>

# %% [markdown] lang="en" of="b045cdc4.34a5fe63"
# <details><summary>Hint 2: a copy</summary>
#
# `model.state_dict()` gives you the living tensors, and they change as training goes on (measured in section 14.13). `clone` each, or use `copy.deepcopy`.
#
# </details>

# %% [markdown] name="hint-stop-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#         if val_loss < self.best - ______:
#             self.best, self.waited = ______, ______
#             self.kept = {name: value.______ for name, value in model.state_dict().items()}
#         else:
#             ______
#         return self.waited >= ______
# ```
#
# </details>

# %% [markdown] lang="en" of="33b635e0.725eaecf"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#         if val_loss < self.best - ______:
#             self.best, self.waited = ______, ______
#             self.kept = {name: value.______ for name, value in model.state_dict().items()}
#         else:
#             ______
#         return self.waited >= ______
# ```
#
# </details>

# %% name="EarlyStopping" tags=["solution"]
class EarlyStopping:
    """该停的时候说停，停了以后取回最好的权重 || Says when to stop, and brings back the best weights"""

    ### BEGIN SOLUTION
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited, self.kept = torch.inf, 0, None

    def update(self, val_loss, model):
        """-> 该不该停 || -> whether to stop"""
        if val_loss < self.best - self.min_delta:
            self.best, self.waited = val_loss, 0
            now = model.state_dict()
            self.kept = {name: value.clone() for name, value in now.items()}
        else:
            self.waited += 1
        return self.waited >= self.patience

    def restore(self, model):
        model.load_state_dict(self.kept)
    ### END SOLUTION


# %% name="fixture-epochs"
def epochs(losses, patience, min_delta):
    """逐轮报告损失，权重依次是 1, 2, … -> 停在第几轮，EarlyStopping，网络
    || Report losses epoch by epoch, with weights 1, 2, … -> the epoch it stops at, the
    EarlyStopping, the network"""
    model, stopping = nn.Linear(1, 1), EarlyStopping(patience, min_delta)
    for epoch, loss in enumerate(losses, 1):
        with torch.no_grad():
            model.weight.fill_(epoch + SEED)
        if stopping.update(loss, model):
            return epoch, stopping, model
    return 0, stopping, model


# %% [markdown] name="about-check-stop"
# **检查何时停（2 分）。** 几串损失，几种耐心。其中有一串，每次都比**上一次**好，却一直没有比**最好的**好；还有一串，每次只好一点点。没有停，记作 0。

# %% [markdown] lang="en" of="6e91f0b2.da3250d1"
# **Check when it stops (2 points).** Several rows of losses, several patiences. One row gets better than the **last** value again and again without ever getting better than the **best**; another gets better by very little each time. Not stopping counts as 0.

# %% name="check-stop" tags=["check"] points=2 of="EarlyStopping"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-stop") as show:
    rises = [1.0, 0.5, 0.9, 0.8, 0.7, 0.6, 0.55, 0.52]
    show("比上一次好，不比最好的好 || better than the last, not than the best", epochs(rises, 3, 0.0)[0])
    pauses = [1.0, 1.1, 0.9, 1.0, 0.8, 0.9, 1.0, 0.7, 0.8, 0.9, 1.0, 1.1]
    show("时好时坏 || good and bad in turn", epochs(pauses, 3, 0.0)[0])
    slow = [1.0, 0.95, 0.9, 0.85, 0.75, 0.72, 0.69, 0.6]
    show("每次好一点点 || a little better each time", epochs(slow, 2, 0.2)[0])
    show("同一串，min_delta 为 0 || the same row with min_delta 0", epochs(slow, 2, 0.0)[0])
    show("恰好低 min_delta，不算 || lower by exactly min_delta does not count",
         epochs([1.0, 0.75, 0.5, 0.5], 1, 0.25)[0])
    show("一直变坏，耐心 1 || worse and worse, patience 1", epochs([1.0, 2.0, 3.0], 1, 0.0)[0])
    show("一直变好 || better and better", epochs([3.0, 2.0, 1.0], 1, 0.0)[0])
    plain, model = EarlyStopping(1), nn.Linear(1, 1)
    for k, loss in enumerate((1.0, 0.9, 1.5), 1):
        show(f"不给 min_delta，第 {k} 轮 || without min_delta, epoch {k}",
             int(plain.update(loss, model)))

# %% [markdown] name="about-check-restore"
# **检查取回（2 分）。** 停下之后，把权重装回原来的网络，再装进一个新的（它的权重是 −1）。取回来的应当是最好那一轮的。

# %% [markdown] lang="en" of="5822e1aa.d9715e34"
# **Check the restoring (2 points).** After the stop the weights go back into the network, and into a new one (whose weight is −1). They should be those of the best epoch.

# %% name="check-restore" tags=["check"] points=2 of="EarlyStopping"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-restore") as show:
    for name, losses, patience in (("甲 || A", [1.0, 0.4, 0.6, 0.5, 0.7], 3),
                                   ("乙 || B", [2.0, 1.5, 1.0, 1.2, 0.8, 0.9, 1.0], 2)):
        _, stopping, model = epochs(losses, patience, 0.0)
        fresh = nn.Linear(1, 1)
        nn.init.constant_(fresh.weight, -1.0)
        stopping.restore(fresh)
        show(f"{name}：新的网络 || {name}: a new network", fresh.weight.item())
        stopping.restore(model)
        show(f"{name}：原来的网络 || {name}: the network itself", model.weight.item())

# %% [markdown] name="closing"
# ## 你现在会了
#
# 一个截断的训练循环，一个早停，加起来二十几行；可以写错的地方，却有二十多处。下次循环里哪一行让你犹豫，问自己一句：这一行要等谁先做完，又有谁在等它？
#
# **想一想**（不计分）：第 14 章的 `Monitor` 挂在你的循环上，会有发现吗？试试在 `tbptt_train` 里把裁剪和 `backward` 对调，再问它一次。

# %% [markdown] lang="en" of="c3c5520d.5c3762ec"
# ## What you can do now
#
# A loop with truncation and an early stopping come to some twenty lines, and to more than twenty ways of going wrong. When you hesitate about a line of a loop, ask: whom does it have to wait for, and who is waiting for it?
#
# **To think about** (no points): put the `Monitor` of chapter 14 on your loop. Does it find anything? Swap clipping and `backward` in `tbptt_train` and ask again.

# %% [markdown] name="before-grading"
# 先保存（Ctrl+S），再运行下面一格：它批改存盘的这份 notebook，给出总分。

# %% [markdown] lang="en" of="a834fa55.ef475590"
# Save first (Ctrl+S), then run the cell below: it grades the notebook as saved and reports your score.

# %% name="grade"
check.grade()
