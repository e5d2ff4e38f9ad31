# %% name="answer-is-last-input" tags=["wrong"]
# 答案就是窗口的最后一个数：网络只要照抄，损失就是 0。答案要在窗口之后。 || The answer is the last number of the window: copying it gives a loss of 0. The answer comes after the window.
def make_windows(series, window, horizon):
    rows = series.unfold(0, window + horizon, 1)
    return rows[:, :window], rows[:, window - 1]


# %% name="horizon-off-by-one" tags=["wrong"]
# 答案晚了一步：horizon=1 是紧跟着窗口的那一个。 || The answer is one step too late: horizon=1 is the number right after the window.
def make_windows(series, window, horizon):
    rows = series.unfold(0, window + horizon + 1, 1)
    return rows[:, :window], rows[:, -1]


# %% name="horizon-one-too-near" tags=["wrong"]
# 答案早了一步：最后一个数之后第 horizon 个，下标是 window + horizon − 1。 || The answer is one step too early: horizon places after the last number is index window + horizon − 1.
def make_windows(series, window, horizon):
    M = len(series) - window - horizon + 1
    X = torch.stack([series[i : i + window] for i in range(M)])
    return X, series[window + horizon - 2 : window + horizon - 2 + M]


# %% name="horizon-ignored" tags=["wrong"]
# horizon 没有用上：答案总是紧跟着窗口的那一个。 || horizon is not used: the answer is always the number right after the window.
def make_windows(series, window, horizon):
    rows = series.unfold(0, window + 1, 1)
    return rows[:, :window], rows[:, window]


# %% name="all-steps-as-answer" tags=["wrong"]
# 窗口之后的 horizon 个数全成了答案：这里只要最后那一个，y 是 (M,)。 || All horizon numbers after the window became the answer: only the last of them is wanted, y is (M,).
def make_windows(series, window, horizon):
    rows = series.unfold(0, window + horizon, 1)
    return rows[:, :window], rows[:, window:]


# %% name="one-window-too-few" tags=["wrong"]
# 少了最后一个窗口：起点有 N − window − horizon + 1 个，range 里别忘了加 1。 || The last window is missing: there are N − window − horizon + 1 places to begin; mind the + 1 in range.
def make_windows(series, window, horizon):
    rows = series.unfold(0, window + horizon, 1)[: max(1, len(series) - window - horizon)]
    return rows[:, :window], rows[:, -1]


# %% name="stride-is-window" tags=["wrong"]
# 每次挪了一整个窗口：窗口之间没有重叠，数据少了好几倍。每次只挪一个数。 || Moved on by a whole window each time: no windows overlap, and most of the data are gone. Move on by one.
def make_windows(series, window, horizon):
    rows = series.unfold(0, window + horizon, window)
    return rows[:, :window], rows[:, -1]


# %% name="windows-reversed" tags=["wrong"]
# 窗口里的次序反了：从旧到新，最后一个数最新。 || The numbers in the window are in reverse: from old to new, the last one is the latest.
def make_windows(series, window, horizon):
    rows = series.unfold(0, window + horizon, 1)
    return rows[:, :window].flip(1), rows[:, -1]


# %% name="windows-by-loop" tags=["right"]
# 逐个起点的循环 || a loop over the places to begin
def make_windows(series, window, horizon):
    starts = range(len(series) - window - horizon + 1)
    X = torch.stack([series[i : i + window] for i in starts])
    return X, torch.stack([series[i + window + horizon - 1] for i in starts])


# %% name="windows-numpy" tags=["right"]
# NumPy 的 sliding_window_view || NumPy's sliding_window_view
def make_windows(series, window, horizon):
    from numpy.lib.stride_tricks import sliding_window_view

    X = torch.tensor(sliding_window_view(series.numpy(), window)[: len(series) - window - horizon + 1])
    return X, series[window + horizon - 1 :]


# %% name="windows-by-index" tags=["right"]
# 用下标取 || by index
def make_windows(series, window, horizon):
    i = torch.arange(len(series) - window - horizon + 1)
    return series[i[:, None] + torch.arange(window)], series[i + window + horizon - 1]


# %% name="shuffled-split" tags=["wrong"]
# 打乱了再划分：测试段的左邻右舍都在训练里，这就是偷看。 || Shuffled before the split: the neighbours of every test value are in training, which is peeking.
def chrono_split(series, frac):
    order = torch.randperm(len(series), generator=torch.Generator().manual_seed(0))
    cut = int(frac * len(series))
    return series[order[:cut]], series[order[cut:]]


# %% name="split-reversed" tags=["wrong"]
# 拿后面的训练，前面的测试：时间倒过来了。 || Trained on the later part and tested on the earlier one: time runs backwards.
def chrono_split(series, frac):
    cut = len(series) - int(frac * len(series))
    return series[cut:], series[:cut]


# %% name="parts-swapped" tags=["wrong"]
# frac 成了测试的份额：前 frac 那么多是训练。 || frac became the share of the test part: it is the share of training.
def chrono_split(series, frac):
    cut = len(series) - int(frac * len(series))
    return series[:cut], series[cut:]


# %% name="rounded-up" tags=["wrong"]
# 训练段多了一个数：个数是 int(frac * N)，去掉小数，不进位。 || One number too many in training: int(frac * N) drops the decimals and does not round up.
def chrono_split(series, frac):
    cut = -int(-frac * len(series) // 1)
    return series[:cut], series[cut:]


# %% name="one-number-lost" tags=["wrong"]
# 切点上的那个数丢了：训练到 cut 为止，测试就从 cut 开始。 || The number at the cut is lost: training stops before cut, and the test part begins at cut.
def chrono_split(series, frac):
    cut = int(frac * len(series))
    return series[:cut], series[cut + 1 :]


# %% name="tensor-split" tags=["right"]
# torch.tensor_split || torch.tensor_split
def chrono_split(series, frac):
    return series.tensor_split([int(frac * len(series))])


# %% name="split-sizes" tags=["right"]
# torch.split，给出两段的长度 || torch.split with both lengths
def chrono_split(series, frac):
    cut = int(frac * len(series))
    return torch.split(series, [cut, len(series) - cut])


# %% name="scaler-saw-everything" tags=["wrong"]
# 均值和标准差是在全部数据上算的：测试段漏进了训练。只用训练段。 || Mean and standard deviation come from all the data: the test part leaks into training. Use the training part alone.
def standardise(train, test):
    both = torch.cat([train, test])
    mean, std = both.mean(), both.std(correction=0)
    return (train - mean) / std, (test - mean) / std, mean, std


# %% name="test-scaled-by-itself" tags=["wrong"]
# 测试段用了自己的均值和标准差：两段的尺子不同，用的时候也没有这样的尺子。 || The test part was scaled by its own mean and deviation: two different rulers, and in real use there is no such ruler.
def standardise(train, test):
    mean, std = train.mean(), train.std(correction=0)
    return (train - mean) / std, (test - test.mean()) / test.std(correction=0), mean, std


# %% name="divides-by-n-minus-1" tags=["wrong"]
# 标准差除以了 N − 1：tensor.std() 默认如此，要写 correction=0。 || The standard deviation divides by N − 1, the default of tensor.std(): write correction=0.
def standardise(train, test):
    mean, std = train.mean(), train.std()
    return (train - mean) / std, (test - mean) / std, mean, std


# %% name="mean-forgotten" tags=["wrong"]
# 只除以了标准差，没有减均值。 || Divided by the standard deviation, but the mean was not subtracted.
def standardise(train, test):
    mean, std = train.mean(), train.std(correction=0)
    return train / std, test / std, mean, std


# %% name="min-max" tags=["wrong"]
# 缩放到了 0 与 1 之间（最小值、最大值）：要的是减均值、除以标准差。 || Scaled to between 0 and 1 by minimum and maximum: subtract the mean and divide by the standard deviation.
def standardise(train, test):
    low, width = train.min(), train.max() - train.min()
    return (train - low) / width, (test - low) / width, low, width


# %% name="divides-by-variance" tags=["wrong"]
# 除以了方差：标准差是方差的平方根。 || Divided by the variance: the standard deviation is its square root.
def standardise(train, test):
    mean, std = train.mean(), train.var(correction=0)
    return (train - mean) / std, (test - mean) / std, mean, std


# %% name="scaled-in-place" tags=["wrong"]
# 用 -= 和 /= 就地改了传进来的张量：别人的数据只读。 || -= and /= changed the tensors you were given: other people's data are read-only.
def standardise(train, test):
    mean, std = train.mean(), train.std(correction=0)
    for part in (train, test):
        part -= mean
        part /= std
    return train, test, mean, std


# %% name="test-not-scaled" tags=["wrong"]
# 测试段没有缩放：网络见过的是缩放后的数，喂原来的数它就不认识了。 || The test part was not scaled: the network knows scaled numbers only.
def standardise(train, test):
    mean, std = train.mean(), train.std(correction=0)
    return (train - mean) / std, test, mean, std


# %% name="standardise-by-hand" tags=["right"]
# 自己算均值和方差 || mean and variance by hand
def standardise(train, test):
    mean = train.sum() / len(train)
    std = ((train - mean) ** 2).mean().sqrt()
    return (train - mean) / std, (test - mean) / std, mean, std


# %% name="standardise-numpy" tags=["right"]
# NumPy 的 std 默认就除以 N || NumPy's std divides by N as it is
def standardise(train, test):
    mean, std = float(train.numpy().mean()), float(train.numpy().std())
    return (train - mean) / std, (test - mean) / std, mean, std


# %% name="squared-errors" tags=["wrong"]
# 用了平方误差（MSE）：也是一种技巧分，可这里约定用绝对误差，混着用就没法比。 || Squared errors were used (MSE): that is a skill score as well, but absolute errors were agreed on here; scores of two kinds cannot be compared.
def skill_vs_persistence(pred, y, last):
    return float(1 - ((pred - y) ** 2).mean() / ((last - y) ** 2).mean())


# %% name="root-of-squared-errors" tags=["wrong"]
# 用了均方根误差（RMSE）：这里约定用绝对误差的平均。 || Root mean squared errors were used: the mean of absolute errors was agreed on here.
def skill_vs_persistence(pred, y, last):
    return float(1 - ((pred - y) ** 2).mean().sqrt() / ((last - y) ** 2).mean().sqrt())


# %% name="ratio-inverted" tags=["wrong"]
# 分子分母反了：模型的误差在上，基线的误差在下。 || The fraction is upside down: the model's error goes above, the baseline's below.
def skill_vs_persistence(pred, y, last):
    mine, baseline = (pred - y).abs().mean(), (last - y).abs().mean()
    return float(1 - baseline / (mine + 1e-300)) if mine > 0 else 1.0


# %% name="against-the-mean" tags=["wrong"]
# 对手成了“总猜平均数”，那是 R² 的对手，谁都赢得了它；要和最后看见的值比。 || The opponent became "always the mean", that of R², whom anybody beats: compare with the last value seen.
def skill_vs_persistence(pred, y, last):
    return float(1 - (pred - y).abs().mean() / (y.mean() - y).abs().mean())


# %% name="signed-errors" tags=["wrong"]
# 先平均，再取绝对值：正负误差抵消了。先取绝对值，再平均。 || Averaged first, absolute value afterwards: errors of opposite sign cancel. Take absolute values first.
def skill_vs_persistence(pred, y, last):
    return float(1 - (pred - y).mean().abs() / (last - y).mean().abs())


# %% name="mean-of-ratios" tags=["wrong"]
# 逐个相除再平均：基线碰巧猜中的那一个，分母接近 0，就把整个分数带走了。先各自平均，再相除。 || Divided one by one, then averaged: where the baseline happens to be right, the denominator is near 0 and carries the score away. Average each, then divide.
def skill_vs_persistence(pred, y, last):
    return float(1 - ((pred - y).abs() / (last - y).abs()).mean())


# %% name="share-of-error" tags=["wrong"]
# 少了“1 −”：这是误差的份额，越小越好；技巧分是越大越好。 || The "1 −" is missing: this is the share of the error, where less is better; a skill score is better when larger.
def skill_vs_persistence(pred, y, last):
    return float((pred - y).abs().mean() / (last - y).abs().mean())


# %% name="skill-l1-loss" tags=["right"]
# torch 的 l1_loss || torch's l1_loss
def skill_vs_persistence(pred, y, last):
    l1 = torch.nn.functional.l1_loss
    return (1 - l1(pred, y) / l1(last, y)).item()


# %% name="skill-sums" tags=["right"]
# 求和之比：个数约掉了 || the ratio of sums: the count cancels
def skill_vs_persistence(pred, y, last):
    mine = sum(abs(a - b) for a, b in zip(pred.tolist(), y.tolist()))
    return 1 - mine / sum(abs(a - b) for a, b in zip(last.tolist(), y.tolist()))
