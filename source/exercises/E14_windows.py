# ---
# jupyter:
#   course:
#     exercise: E14
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title" covers=["U-07"]
# # E14 · 不偷看未来
#
# **扩展 ⭐⭐⭐ · 10 分 · 约 25 分钟** · 配套章节：[15 诚实的时间序列预测](../../notebooks/zh/15_honest_forecasting.ipynb)
#
# 每一篇“用 LSTM 预测股价”的文章里都有四个小函数：切窗口，划分，缩放，打分。每个只有两三行，每个都有人写错过，而且写错了照样能运行，分数往往还更好看。
# 你来写对它们。

# %% [markdown] lang="en" of="6d7bb87d.ba54b9f5"
# # E14 · No peeking at the future
#
# **Extension ⭐⭐⭐ · 10 points · about 25 minutes** · goes with chapter [15 Honest forecasting](../../notebooks/en/15_honest_forecasting.ipynb)
#
# Every article on forecasting shares with an LSTM has four small functions in it: cut windows, split, scale, score. Each is two or three lines long, each has been written wrongly by somebody, and written wrongly they still run, often with prettier scores.
# Write them right.

# %% name="parameters" tags=["parameters"]
SEED = 0

# %% name="setup"
import torch
from course_utils import language
from course_utils.exercise import Exercise

language.use("中文 || English")              # 反馈的语言 || language of the feedback
# 双精度：对的答案不会因为舍入被判错 || double precision: rounding never fails a right answer
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
check = Exercise("E14", SEED)

# %% [markdown] name="task"
# ## 任务
#
# 先用八个数，把全过程手算一遍：前五个训练，后三个测试；窗口长 2，预测 2 步之后。传进来的张量只读，不要改动。

# %% [markdown] lang="en" of="50107581.d32f4547"
# ## The task
#
# First the whole way by hand, with eight numbers: five for training, three for the test; windows of 2, forecasts 2 steps ahead. Read the tensors you are given; do not change them.

# %% name="worked-example"
numbers = [3.0, 5.0, 4.0, 6.0, 7.0, 9.0, 8.0, 11.0]
for i in range(5):
    print("窗口 || window", numbers[i:i + 2], "->", numbers[i + 3])

past, future = numbers[:5], numbers[5:]
mean = sum(past) / 5                                   # 只看训练段 || training part only
std = (sum((v - mean) ** 2 for v in past) / 5) ** 0.5  # 除以 5，不是 4 || divide by 5, not 4
print("均值，标准差 || mean, std  ", round(mean, 3), round(std, 3))
print("测试段 || test part       ", [round((v - mean) / std, 3) for v in future])

forecast, came, last = [8.0, 9.0, 9.0], [9.0, 8.0, 11.0], [7.0, 9.0, 8.0]
off = sum(abs(f - c) for f, c in zip(forecast, came)) / 3
copy_off = sum(abs(v - c) for v, c in zip(last, came)) / 3
print("技巧分 || skill           ", round(1 - off / copy_off, 3))

# %% name="fixture"
def series_of(k, count):
    """第 k 条序列：有趋势，有起伏 || series k: a trend and some noise"""
    g = torch.Generator().manual_seed(SEED * 100 + k)
    return 0.4 * torch.arange(count) + torch.randn(count, generator=g)

# %% [markdown] name="part-1"
# ## 1 · 切窗口
#
# `make_windows` 收到一条序列 `(N,)`，返回**所有**的窗口 `X` `(M, window)` 和答案 `y` `(M,)`：第 `i` 个窗口从第 `i` 个数开始，每次挪一个数；答案是窗口**最后一个数之后第 `horizon` 个**。`horizon=1` 就是紧跟着的那一个。两处空白。

# %% [markdown] lang="en" of="61ba8199.86e4a8fa"
# ## 1 · Cut windows
#
# `make_windows` receives a series `(N,)` and returns **all** windows `X` `(M, window)` with their answers `y` `(M,)`. Window `i` begins at number `i`, so each is one further on; its answer is the number `horizon` places **after the last one in the window**. `horizon=1` means the very next. Two gaps.

# %% [markdown] name="hint-windows-1"
# <details><summary>提示 1：一共几个</summary>
#
# 一个窗口连同答案，占 `window + horizon` 个数。长 `N` 的序列里，这么长的一段有 `N - (window + horizon) + 1` 个起点。上面手算的例子：8 − 4 + 1 = 5。
#
# </details>

# %% [markdown] lang="en" of="63897774.3d11f1ea"
# <details><summary>Hint 1: how many are there?</summary>
#
# A window together with its answer spans `window + horizon` numbers. In a series of length `N` a piece of that length has `N - (window + horizon) + 1` places to begin. In the example by hand: 8 − 4 + 1 = 5.
#
# </details>

# %% [markdown] name="hint-windows-2"
# <details><summary>提示 2：先连答案一起切</summary>
#
# 15.1 节的 `windows` 用 `unfold` 切出长 `window + steps` 的段。这里每一段的前 `window` 个是窗口，答案是这一段的最后**一个**，中间的不要。写循环也行。
#
# </details>

# %% [markdown] lang="en" of="8b4c37e6.91f6b02e"
# <details><summary>Hint 2: cut the answer along with it</summary>
#
# The `windows` of section 15.1 cuts pieces of length `window + steps` with `unfold`. Here the first `window` numbers of each piece are the window, and the answer is the last **one** of it; what lies between is dropped. A loop is fine, too.
#
# </details>

# %% [markdown] name="hint-windows-3"
# <details><summary>提示 3：几乎就是代码</summary>
#
# ```python
#     rows = series.unfold(0, ______, 1)
#     X, y = rows[:, :______], rows[:, ______]
# ```
#
# </details>

# %% [markdown] lang="en" of="a898fc62.84d098f3"
# <details><summary>Hint 3: almost the code</summary>
#
# ```python
#     rows = series.unfold(0, ______, 1)
#     X, y = rows[:, :______], rows[:, ______]
# ```
#
# </details>

# %% name="make_windows" tags=["solution"]
def make_windows(series, window, horizon):
    """series (N,) -> X (M, window), y (M,)，M = N - window - horizon + 1
    || series (N,) -> X (M, window), y (M,) with M = N - window - horizon + 1"""
    # 每个起点一段：rows (M, window + horizon) || a piece for each beginning: rows (M, window + horizon)
    ### BEGIN SOLUTION
    rows = series.unfold(0, window + horizon, 1)
    ### END SOLUTION
    # 窗口 X (M, window)，答案 y (M,) || windows X (M, window), answers y (M,)
    ### BEGIN SOLUTION
    X, y = rows[:, :window], rows[:, -1]
    ### END SOLUTION
    return X, y


# %% [markdown] name="about-check-windows"
# **检查 make_windows（4 分）。** 两种长短、两种提前量，第一个和最后一个窗口，全部答案；再给一条刚好只够一个窗口的序列；最后看传进去的序列有没有被改动。

# %% [markdown] lang="en" of="9d10d219.30362806"
# **Check make_windows (4 points).** Two lengths and two horizons, the first and the last window, all answers; then a series with room for just one window; and whether the series you were given was left alone.

# %% name="check-windows" tags=["check"] points=4 of="make_windows"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-windows") as show:
    series = series_of(1, 11)
    before = series.clone()
    for window, horizon in ((4, 1), (3, 5)):
        X, y = make_windows(series, window, horizon)
        # 长短和提前量写在标签里 || the label says which window and horizon
        ends = X[[0, -1]]
        show(f"{window}，{horizon}：头尾两个窗口 || {window}, {horizon}: first and last", ends)
        show(f"{window}，{horizon}：几个窗口 || {window}, {horizon}: number of windows", len(X))
        show(f"{window}，{horizon}：答案 || {window}, {horizon}: answers", y)
    X, y = make_windows(series[:7], 5, 2)
    show("只够一个窗口 || room for one window only", X)
    show("它的答案 || its answer", y)
    show("序列被改动了多少 || how much the series was changed", (series - before).abs().max())

# %% [markdown] name="part-2"
# ## 2 · 按时间划分
#
# `chrono_split` 把序列切成两段：前 `frac` 那么多训练，其余测试，次序不变。训练段的个数是 `int(frac * N)`。一处空白。

# %% [markdown] lang="en" of="287adabb.e08f67f2"
# ## 2 · Split by time
#
# `chrono_split` cuts the series in two: the first `frac` of it for training, the rest for the test, in order. The training part has `int(frac * N)` numbers. One gap.

# %% [markdown] name="hint-split-1"
# <details><summary>提示 1：切在哪里</summary>
#
# 算出切点 `cut`，前面是 `series[:cut]`，后面是 `series[cut:]`。不打乱，不丢，不重。
#
# </details>

# %% [markdown] lang="en" of="9d451912.16a07d4d"
# <details><summary>Hint 1: where to cut</summary>
#
# Find the place `cut`; before it is `series[:cut]`, after it `series[cut:]`. Nothing shuffled, nothing lost, nothing twice.
#
# </details>

# %% [markdown] name="hint-split-2"
# <details><summary>提示 2：几乎就是代码</summary>
#
# ```python
#     cut = int(______)
#     train, test = series[:______], series[______:]
# ```
#
# </details>

# %% [markdown] lang="en" of="b412d619.35b46d3c"
# <details><summary>Hint 2: almost the code</summary>
#
# ```python
#     cut = int(______)
#     train, test = series[:______], series[______:]
# ```
#
# </details>

# %% name="chrono_split" tags=["solution"]
def chrono_split(series, frac):
    """series (N,)，frac 在 0 与 1 之间 -> train (int(frac * N),)，test（其余）
    || series (N,), frac between 0 and 1 -> train (int(frac * N),), test (the rest)"""
    ### BEGIN SOLUTION
    cut = int(frac * len(series))
    train, test = series[:cut], series[cut:]
    ### END SOLUTION
    return train, test


# %% name="check-split" tags=["check"] points=1 of="chrono_split"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-split") as show:
    for count, frac in ((11, 0.7), (10, 0.25)):
        train, test = chrono_split(series_of(2, count), frac)
        show(f"{count} 个数，{frac}：训练 || {count} numbers, {frac}: training", train)
        show(f"{count} 个数，{frac}：测试 || {count} numbers, {frac}: test", test)

# %% [markdown] name="part-3"
# ## 3 · 缩放
#
# `standardise` 返回四样：缩放后的训练段、测试段、均值、标准差。均值和标准差**只由训练段**算（标准差除以 $N$，不是 $N-1$），两段都用它们缩放。用的时候，新来的一天只有一个数，哪来自己的均值？

# %% [markdown] lang="en" of="d32242f4.05d5df18"
# ## 3 · Scale
#
# `standardise` returns four things: the scaled training part, the scaled test part, the mean, the standard deviation. Mean and standard deviation come **from the training part alone** (the standard deviation divides by $N$, not by $N-1$), and both parts are scaled by them. In real use a new day is a single number: what mean of its own could it have?

# %% [markdown] name="hint-standardise-1"
# <details><summary>提示 1：哪个标准差</summary>
#
# `tensor.std()` 默认除以 $N-1$。`tensor.std(correction=0)` 除以 $N$。
#
# </details>

# %% [markdown] lang="en" of="8b5bc039.4a23458a"
# <details><summary>Hint 1: which standard deviation</summary>
#
# `tensor.std()` divides by $N-1$ unless told otherwise. `tensor.std(correction=0)` divides by $N$.
#
# </details>

# %% [markdown] name="hint-standardise-2"
# <details><summary>提示 2：几乎就是代码</summary>
#
# ```python
#     mean, std = ______.mean(), ______.std(correction=______)
#     return (train - mean) / std, ______, mean, std
# ```
#
# </details>

# %% [markdown] lang="en" of="6b64d728.c132c628"
# <details><summary>Hint 2: almost the code</summary>
#
# ```python
#     mean, std = ______.mean(), ______.std(correction=______)
#     return (train - mean) / std, ______, mean, std
# ```
#
# </details>

# %% name="standardise" tags=["solution"]
def standardise(train, test):
    """train (N,), test (K,) -> 缩放后的两段，训练段的均值和标准差
    || train (N,), test (K,) -> both parts scaled, mean and deviation of training"""
    ### BEGIN SOLUTION
    mean, std = train.mean(), train.std(correction=0)
    return (train - mean) / std, (test - mean) / std, mean, std
    ### END SOLUTION


# %% [markdown] name="about-check-standardise"
# **检查 standardise（3 分）。** 序列往上走，所以测试段缩放之后均值**不该**是 0：要是 0，就是偷看了。只有一个数的测试段也要行。

# %% [markdown] lang="en" of="e01c7cd6.6d7288b9"
# **Check standardise (3 points).** The series rises, so the scaled test part should **not** have mean 0: if it has, somebody peeked. A test part of a single number must work as well.

# %% name="check-standardise" tags=["check"] points=3 of="standardise"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-standardise") as show:
    series = series_of(3, 12)
    train, test = series[:8].clone(), series[8:].clone()
    train_s, test_s, mean, std = standardise(train, test)
    show("训练段 || training part", train_s)
    show("测试段 || test part", test_s)
    show("均值 || mean", mean)
    show("标准差 || standard deviation", std)
    show("一个数的测试段 || a test part of one number", standardise(train, test[:1])[1])
    changed = (train - series[:8]).abs().max() + (test - series[8:]).abs().max()
    show("两段被改动了多少 || how much the parts were changed", changed)

# %% [markdown] name="part-4"
# ## 4 · 技巧分
#
# `skill_vs_persistence` 收到预测 `pred`、真实值 `y`、每个窗口最后看见的值 `last`，都是 `(M,)`，返回一个数：
#
# $$1 - \frac{\operatorname{mean}|\text{pred} - y|}{\operatorname{mean}|\text{last} - y|}$$
#
# 用绝对误差，和第 15 章一样。

# %% [markdown] lang="en" of="df0abbd5.c2d48c81"
# ## 4 · The skill score
#
# `skill_vs_persistence` receives forecasts `pred`, the truth `y`, and the last value seen in each window, `last`, all `(M,)`, and returns one number:
#
# $$1 - \frac{\operatorname{mean}|\text{pred} - y|}{\operatorname{mean}|\text{last} - y|}$$
#
# With absolute errors, as in Chapter 15.

# %% [markdown] name="hint-skill-1"
# <details><summary>提示 1：先猜三个数</summary>
#
# 预测全对，应当是 1；预测就是 `last`，应当是 0；比 `last` 差一倍，应当是 −1。你的公式给得出这三个数吗？
#
# </details>

# %% [markdown] lang="en" of="cf23cddf.260e8029"
# <details><summary>Hint 1: guess three values first</summary>
#
# A perfect forecast should get 1; a forecast that is `last` should get 0; one with twice the error of `last` should get −1. Does your formula give these three?
#
# </details>

# %% [markdown] name="hint-skill-2"
# <details><summary>提示 2：几乎就是代码</summary>
#
# ```python
#     return float(1 - (pred - ______).abs().mean() / (______ - y).______)
# ```
#
# </details>

# %% [markdown] lang="en" of="cee4bed7.8f5a311d"
# <details><summary>Hint 2: almost the code</summary>
#
# ```python
#     return float(1 - (pred - ______).abs().mean() / (______ - y).______)
# ```
#
# </details>

# %% name="skill_vs_persistence" tags=["solution"]
def skill_vs_persistence(pred, y, last):
    """pred (M,), y (M,), last (M,) -> 技巧分，一个数 || the skill score, one number"""
    ### BEGIN SOLUTION
    return float(1 - (pred - y).abs().mean() / (last - y).abs().mean())
    ### END SOLUTION


# %% name="check-skill" tags=["check"] points=2 of="skill_vs_persistence"
# 重启之后要从头运行：Run ▸ Run All Above Selected Cell || after a restart, run from the top: Run ▸ Run All Above Selected Cell
with check("check-skill") as show:
    series = series_of(4, 14)
    y, last = series[3:], series[:-3]
    g = torch.Generator().manual_seed(SEED + 9)
    noise = torch.randn(11, generator=g)
    show("好一些的预测 || a better forecast", skill_vs_persistence(y + 0.3 * noise, y, last))
    show("差一些的预测 || a worse forecast", skill_vs_persistence(y + 3 * noise, y, last))
    show("照抄最后的值 || the last value copied", skill_vs_persistence(last, y, last))
    show("全对 || perfect", skill_vs_persistence(y, y, last))

# %% [markdown] name="after"
# ## 写完以后
#
# 四个函数连起来，就是第 15 章的前三节。拿一份你自己的数据试一试（随便哪一列按时间排的数）：先切，再缩放，用“最后的值”当预测，技巧分恰好是 0。从这里往上，每一分都要挣。

# %% [markdown] lang="en" of="55ee642d.1c728bea"
# ## Afterwards
#
# One after the other, the four functions are the first three sections of Chapter 15. Try them on data of your own (any column of numbers in order of time): cut, scale, let "the last value" be the forecast, and the skill is exactly 0. From there on up, every bit has to be earned.

# %% name="grade"
check.grade()
