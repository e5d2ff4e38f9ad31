# %% name="h0-ignored" tags=["wrong"]
# h0 没有用上：第 1 步是 a_1 h_0 + b_1，不是 b_1。 || h0 is not used: step 1 is a_1 h_0 + b_1, not b_1.
def linear_scan(a, b, h0):
    d = 1
    while d < a.shape[1]:
        b = torch.cat([b[:, :d], a[:, d:] * b[:, :-d] + b[:, d:]], dim=1)
        a = torch.cat([a[:, :d], a[:, d:] * a[:, :-d]], dim=1)
        d = 2 * d
    return b


# %% name="h0-without-a" tags=["wrong"]
# h0 没有乘上 a_1 就加进去了：第 1 步是 a_1 h_0 + b_1。 || h0 was added without its factor: step 1 is a_1 h_0 + b_1.
def linear_scan(a, b, h0):
    b = torch.cat([h0[:, None] + b[:, :1], b[:, 1:]], dim=1)
    d = 1
    while d < a.shape[1]:
        b = torch.cat([b[:, :d], a[:, d:] * b[:, :-d] + b[:, d:]], dim=1)
        a = torch.cat([a[:, :d], a[:, d:] * a[:, :-d]], dim=1)
        d = 2 * d
    return b


# %% name="in-place-ascending" tags=["wrong"]
# 从左到右就地改，后面的格子读到了这一轮刚改过的数：先把这一轮要读的旧值留好，再写新的。 || Changed in place from left to right, so that later cells read numbers which this round has already changed: keep the old ones for reading and write new ones.
def linear_scan(a, b, h0):
    a, b = a.clone(), b.clone()
    b[:, 0] = a[:, 0] * h0 + b[:, 0]
    d = 1
    while d < a.shape[1]:
        for t in range(d, a.shape[1]):
            b[:, t] = a[:, t] * b[:, t - d] + b[:, t]
            a[:, t] = a[:, t] * a[:, t - d]
        d = 2 * d
    return b


# %% name="a-not-updated" tags=["wrong"]
# 只合并了 b，没有合并 a：一轮之后，一格的 a 应当是两格的乘积。 || Only b was combined and a was not: after a round the a of a cell is the product of two.
def linear_scan(a, b, h0):
    b = torch.cat([a[:, :1] * h0[:, None] + b[:, :1], b[:, 1:]], dim=1)
    d = 1
    while d < a.shape[1]:
        b = torch.cat([b[:, :d], a[:, d:] * b[:, :-d] + b[:, d:]], dim=1)
        d = 2 * d
    return b


# %% name="a-added" tags=["wrong"]
# a 是相加合并的：先乘 a' 再乘 a，合起来是乘 a a'，不是 a + a'。 || The a's were added: times a' and then times a is times a a', not a + a'.
def linear_scan(a, b, h0):
    b = torch.cat([a[:, :1] * h0[:, None] + b[:, :1], b[:, 1:]], dim=1)
    d = 1
    while d < a.shape[1]:
        b = torch.cat([b[:, :d], a[:, d:] * b[:, :-d] + b[:, d:]], dim=1)
        a = torch.cat([a[:, :d], a[:, d:] + a[:, :-d]], dim=1)
        d = 2 * d
    return b


# %% name="earlier-a" tags=["wrong"]
# 乘到早的 b 上的，应当是晚的一段的 a（第 t 格），你用了早的一段的 a（第 t - d 格）。 || The earlier b is multiplied by the a of the later stretch (cell t); yours is the a of the earlier one (cell t - d).
def linear_scan(a, b, h0):
    b = torch.cat([a[:, :1] * h0[:, None] + b[:, :1], b[:, 1:]], dim=1)
    d = 1
    while d < a.shape[1]:
        b = torch.cat([b[:, :d], a[:, :-d] * b[:, :-d] + b[:, d:]], dim=1)
        a = torch.cat([a[:, :d], a[:, d:] * a[:, :-d]], dim=1)
        d = 2 * d
    return b


# %% name="a-before-b" tags=["wrong"]
# 先更新了 a，再拿新的 a 去算 b：合并要用这一轮开始时的 a，所以先算 b。 || a was updated first and the new a used for b: the combination needs the a of the round's beginning, so b comes first.
def linear_scan(a, b, h0):
    b = torch.cat([a[:, :1] * h0[:, None] + b[:, :1], b[:, 1:]], dim=1)
    d = 1
    while d < a.shape[1]:
        a = torch.cat([a[:, :d], a[:, d:] * a[:, :-d]], dim=1)
        b = torch.cat([b[:, :d], a[:, d:] * b[:, :-d] + b[:, d:]], dim=1)
        d = 2 * d
    return b


# %% name="one-round-short" tags=["wrong"]
# 少走了一轮：要一直走到一格管的步数不少于 T，条件是 d < T。 || One round too few: go on until a cell stands for at least T steps; the condition is d < T.
def linear_scan(a, b, h0):
    b = torch.cat([a[:, :1] * h0[:, None] + b[:, :1], b[:, 1:]], dim=1)
    d = 1
    while 2 * d < a.shape[1]:
        b = torch.cat([b[:, :d], a[:, d:] * b[:, :-d] + b[:, d:]], dim=1)
        a = torch.cat([a[:, :d], a[:, d:] * a[:, :-d]], dim=1)
        d = 2 * d
    return b


# %% name="distance-plus-one" tags=["wrong"]
# 合并时一格管的步数翻倍，距离 d 却只加了 1，有些步被算了两遍：d 也要翻倍。 || The stretches double, but the distance d grows by 1, so that some steps are counted twice: double d as well.
def linear_scan(a, b, h0):
    b = torch.cat([a[:, :1] * h0[:, None] + b[:, :1], b[:, 1:]], dim=1)
    for d in range(1, a.shape[1]):
        b = torch.cat([b[:, :d], a[:, d:] * b[:, :-d] + b[:, d:]], dim=1)
        a = torch.cat([a[:, :d], a[:, d:] * a[:, :-d]], dim=1)
    return b


# %% name="cumprod-division" tags=["wrong"]
# 除以 cumprod 的捷径：a 为 0 或序列很长时，连乘变成 0，除出来就是 nan。 || The shortcut by division: with a zero in a, or over a long sequence, the product becomes 0 and dividing by it gives nan.
def linear_scan(a, b, h0):
    P = a.cumprod(dim=1)
    return P * (h0[:, None] + (b / P).cumsum(dim=1))


# %% name="moving-average" tags=["wrong"]
# 这是 b 的滑动平均：b 要整个加上去，不要再乘 1 - a。 || This is a moving average of b: b is added as it is, without a factor 1 - a.
def linear_scan(a, b, h0):
    h, hs = h0, []
    for t in range(a.shape[1]):
        h = a[:, t] * h + (1 - a[:, t]) * b[:, t]
        hs.append(h)
    return torch.stack(hs, dim=1)


# %% name="over-the-batch" tags=["wrong"]
# 沿着第 0 维（样本）扫描了：时间是第 1 维，样本之间互不相干。 || Scanned along dimension 0, the samples: time is dimension 1, and samples have nothing to do with one another.
def linear_scan(a, b, h0):
    b = torch.cat([a[:, :1] * h0[:, None] + b[:, :1], b[:, 1:]], dim=1)
    d = 1
    while d < a.shape[0]:
        b = torch.cat([b[:d], a[d:] * b[:-d] + b[d:]])
        a = torch.cat([a[:d], a[d:] * a[:-d]])
        d = 2 * d
    return b


# %% name="writes-into-b" tags=["wrong"]
# 把 h0 直接写进了传进来的 b：调用者手里的数也变了。拼出新的张量。 || h0 was written into the b you were given, and the caller's numbers changed with it. Put together a new tensor.
def linear_scan(a, b, h0):
    b[:, 0] += a[:, 0] * h0
    d = 1
    while d < a.shape[1]:
        b = torch.cat([b[:, :d], a[:, d:] * b[:, :-d] + b[:, d:]], dim=1)
        a = torch.cat([a[:, :d], a[:, d:] * a[:, :-d]], dim=1)
        d = 2 * d
    return b


# %% name="min-z-swapped" tags=["wrong"]
# z 反了：这里 z 乘在新内容 n 上，旧状态乘 1 - z；那是 PyTorch 的 GRU 的约定。 || z points the wrong way: here it multiplies the new n, and 1 - z the old state; yours is the convention of PyTorch's GRU.
def min_gru(x, h0, W_z, b_z, W_n, b_n):
    z = torch.sigmoid(x @ W_z.T + b_z)
    n = x @ W_n.T + b_n
    return linear_scan(z, (1 - z) * n, h0)


# %% name="min-n-without-z" tags=["wrong"]
# n 没有乘 z：新状态是旧与新的加权平均，b_t = z_t n_t。 || n is not multiplied by z: the new state is a weighted mean of old and new, b_t = z_t n_t.
def min_gru(x, h0, W_z, b_z, W_n, b_n):
    z = torch.sigmoid(x @ W_z.T + b_z)
    n = x @ W_n.T + b_n
    return linear_scan(1 - z, n, h0)


# %% name="min-tanh" tags=["wrong"]
# 候选套了 tanh：minGRU 的候选就是 W_n x + b_n，什么也不套。 || The candidate went through a tanh: in minGRU it is W_n x + b_n and nothing else.
def min_gru(x, h0, W_z, b_z, W_n, b_n):
    z = torch.sigmoid(x @ W_z.T + b_z)
    n = torch.tanh(x @ W_n.T + b_n)
    return linear_scan(1 - z, z * n, h0)


# %% name="min-no-bias" tags=["wrong"]
# 两个偏置都没有加：门是 σ(W_z x + b_z)，候选是 W_n x + b_n。 || Neither bias was added: the gate is σ(W_z x + b_z), the candidate W_n x + b_n.
def min_gru(x, h0, W_z, b_z, W_n, b_n):
    z = torch.sigmoid(x @ W_z.T)
    n = x @ W_n.T
    return linear_scan(1 - z, z * n, h0)


# %% name="min-no-h0" tags=["wrong"]
# 没有把 h0 交给扫描，状态从零开始了。 || h0 was not handed to the scan, and the state starts from zero.
def min_gru(x, h0, W_z, b_z, W_n, b_n):
    z = torch.sigmoid(x @ W_z.T + b_z)
    n = x @ W_n.T + b_n
    return linear_scan(1 - z, z * n, torch.zeros_like(h0))


# %% name="rounds-floor" tags=["wrong"]
# 往下取整了：T = 5 时两轮只管得住 4 步，要往上取整。 || Rounded down: at T = 5 two rounds stand for 4 steps only; round up.
def scan_rounds(T):
    return T.bit_length() - 1


# %% name="rounds-T" tags=["wrong"]
# 这是排队的步数：每一轮管的步数翻一倍，所以只要 log2 那么多轮。 || That is the length of the queue: every round doubles the reach, so about log2 of it are enough.
def scan_rounds(T):
    return T


# %% name="rounds-one-more" tags=["wrong"]
# T 恰好是 2 的幂时多算了一轮：T = 8 只要 3 轮，T = 1 一轮也不要。 || One round too many when T is a power of two: T = 8 takes 3, and T = 1 takes none.
def scan_rounds(T):
    return T.bit_length()


# %% name="sequential-loop" tags=["right"]
# 一步一步的循环：值是对的 || a step-by-step loop: the values are right
def linear_scan(a, b, h0):
    h, hs = h0, []
    for a_t, b_t in zip(a.unbind(1), b.unbind(1)):
        h = a_t * h + b_t
        hs.append(h)
    return torch.stack(hs, dim=1)


# %% name="divide-and-conquer" tags=["right"]
# 递归地一分为二：两半各算各的，再把前一半的末尾交给后一半 || divide and conquer: each half by itself, then the end of the first half handed to the second
def linear_scan(a, b, h0):
    def solve(a, b):  # from a zero state; also the product of the a's up to each step
        T = a.shape[1]
        if T == 1:
            return a, b
        (a_1, h_1), (a_2, h_2) = solve(a[:, : T // 2], b[:, : T // 2]), solve(a[:, T // 2 :], b[:, T // 2 :])
        return torch.cat([a_1, a_2 * a_1[:, -1:]], 1), torch.cat([h_1, h_2 + a_2 * h_1[:, -1:]], 1)

    products, h = solve(a, b)
    return h + products * h0[:, None]


def scan_rounds(T):
    return (T - 1).bit_length()


# %% name="explicit-weights" tags=["right"]
# 把权重写出来：h_t 是每个 b_j 乘上 a_{j+1} … a_t 的和 || the weights written out: h_t is the sum of every b_j times a_{j+1} … a_t
def linear_scan(a, b, h0):
    T = a.shape[1]
    inputs = torch.cat([h0[:, None], b], 1)  # (B, T + 1, D)
    rows = []
    weight = inputs.new_zeros(a.shape[0], T + 1, a.shape[2])
    weight[:, 0] = 1
    for t in range(T):
        weight = weight * a[:, t : t + 1]
        weight[:, t + 1] = 1
        rows.append((weight * inputs).sum(dim=1))
    return torch.stack(rows, dim=1)


# %% name="h0-as-a-step" tags=["right"]
# h0 当作第 0 步，扫描之后再去掉 || h0 as a step 0 that is dropped after the scan
def linear_scan(a, b, h0):
    a, b = torch.cat([torch.zeros_like(a[:, :1]), a], 1), torch.cat([h0[:, None], b], 1)
    d = 1
    while d < a.shape[1]:
        old_a, old_b = a, b
        a, b = old_a.clone(), old_b.clone()
        b[:, d:] += old_a[:, d:] * old_b[:, :-d]
        a[:, d:] *= old_a[:, :-d]
        d += d
    return b[:, 1:]


def scan_rounds(T):
    import math

    return math.ceil(math.log2(T))


def min_gru(x, h0, W_z, b_z, W_n, b_n):
    h, hs = h0, []
    for t in range(x.shape[1]):
        h = torch.lerp(h, x[:, t] @ W_n.T + b_n, torch.sigmoid(x[:, t] @ W_z.T + b_z))
        hs.append(h)
    return torch.stack(hs, dim=1)
