# %% name="bytes-h-only" tags=["wrong"]
# 只数了 h：LSTM 的状态是一对，c 也要留着。 || Only h was counted: an LSTM's state is a pair, and c is kept as well.
def state_nbytes(state):
    h = state[0] if isinstance(state, tuple) else state
    return h.numel() * h.element_size()


# %% name="bytes-float32" tags=["wrong"]
# 写死了每个数 4 字节：那只是 float32；问张量自己，element_size()。 || Four bytes a number, fixed: that is float32 only; ask the tensor, element_size().
def state_nbytes(state):
    return sum(4 * t.numel() for t in (state if isinstance(state, tuple) else (state,)))


# %% name="bytes-elements" tags=["wrong"]
# 数的是有几个数，不是几个字节：还要乘每个数的字节数。 || These are numbers, not bytes: multiply by the bytes of each.
def state_nbytes(state):
    return sum(t.numel() for t in (state if isinstance(state, tuple) else (state,)))


# %% name="bytes-doubled" tags=["wrong"]
# 总是当成一对来算：GRU 的状态只有一个张量。 || Always counted as a pair: a GRU's state is a single tensor.
def state_nbytes(state):
    h = state[0] if isinstance(state, tuple) else state
    return 2 * h.numel() * h.element_size()


# %% name="bytes-untyped" tags=["right"]
# 不用 isinstance，也不用循环变量 || neither isinstance nor arithmetic of one's own
def state_nbytes(state):
    return sum(t.nbytes for t in ([state] if torch.is_tensor(state) else state))


# %% name="state-reset" tags=["wrong"]
# 每一段都从零开始：上一段还回来的状态没有交给下一段。 || Every piece starts from zeros: the state that came back was not handed to the next.
def stream(rnn, chunks):
    outputs = []
    with torch.no_grad():
        for chunk in chunks:
            out, state = rnn(chunk)
            outputs.append(out)
    return torch.cat(outputs, dim=1), state


# %% name="c-dropped" tags=["wrong"]
# 只递了 h，c 清了零：LSTM 的长期记忆在 c 里，(h, c) 要一起递。 || Only h was handed on and c set to zero: an LSTM's long-term memory is in c, so hand on both.
def stream(rnn, chunks):
    state, outputs = None, []
    with torch.no_grad():
        for chunk in chunks:
            if isinstance(state, tuple):
                state = (state[0], torch.zeros_like(state[1]))
            out, state = rnn(chunk, state)
            outputs.append(out)
    return torch.cat(outputs, dim=1), state


# %% name="output-as-state" tags=["wrong"]
# 把最后一步的输出当成了状态：输出里没有 c，多层时也没有下面几层的 h。 || The last output was taken for the state: it has no c and, with several layers, not the h of the lower ones.
def stream(rnn, chunks):
    state, outputs = None, []
    with torch.no_grad():
        for chunk in chunks:
            out, new = rnn(chunk, state)
            outputs.append(out)
            last = out[:, -1].expand(rnn.num_layers, -1, -1).contiguous()
            state = (last, torch.zeros_like(last)) if isinstance(new, tuple) else last
    return torch.cat(outputs, dim=1), new


# %% name="last-output-only" tags=["wrong"]
# 每一段只留了最后一步的输出：T 步都要。 || Only the last output of each piece was kept: all T steps are wanted.
def stream(rnn, chunks):
    state, outputs = None, []
    with torch.no_grad():
        for chunk in chunks:
            out, state = rnn(chunk, state)
            outputs.append(out[:, -1:])
    return torch.cat(outputs, dim=1), state


# %% name="graph-kept" tags=["wrong"]
# 忘了 torch.no_grad()：数是对的，可状态拖着整张计算图，跑多久，图就长多久。 || torch.no_grad() is missing: the numbers are right, but the state drags the whole graph along, which grows for as long as it runs.
def stream(rnn, chunks):
    state, outputs = None, []
    for chunk in chunks:
        out, state = rnn(chunk, state)
        outputs.append(out)
    return torch.cat(outputs, dim=1), state


# %% name="state-of-first" tags=["wrong"]
# 只有第一段之后递了状态，以后一直用那一个：每一段都要换成新还回来的。 || The state after the first piece was used for all that follow: take the one that each piece gives back.
def stream(rnn, chunks):
    outputs = []
    with torch.no_grad():
        out, first = rnn(chunks[0])
        outputs.append(out)
        state = first
        for chunk in chunks[1:]:
            out, state = rnn(chunk, first)
            outputs.append(out)
    return torch.cat(outputs, dim=1), state


# %% name="token-by-token" tags=["right"]
# 再切细：一步一步读 || cut finer: one step at a time
@torch.no_grad()
def stream(rnn, chunks):
    state, outputs = None, []
    for x_t in torch.cat(list(chunks), dim=1).split(1, dim=1):
        out, state = rnn(x_t, state)
        outputs += [out]
    return torch.cat(outputs, 1), state


# %% name="whole-at-once" tags=["right"]
# 全部接起来，一次读完：值是一样的 || everything joined and read at one go: the values are the same
def stream(rnn, chunks):
    with torch.inference_mode():
        return rnn(torch.cat(tuple(chunks), dim=1))


# %% name="detached" tags=["right"]
# 不用 no_grad，逐段 detach || without no_grad, detached piece by piece
def stream(rnn, chunks):
    outputs, state = [], None
    for chunk in chunks:
        out, state = rnn(chunk, state)
        outputs.append(out.detach())
        state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
    return torch.cat(outputs, dim=1), state


# %% name="cache-without-new" tags=["wrong"]
# 新词的键和值没有算进去：先放进缓存，再打分，一个词也看它自己。 || The new key and value were left out: put them into the cache before scoring; a token sees itself too.
class KVCache:
    def __init__(self):
        self.keys, self.values = [], []

    def step(self, q, k, v):
        y = v
        if self.keys:
            K, V = torch.stack(self.keys, dim=1), torch.stack(self.values, dim=1)
            weights = ((K * q[:, None]).sum(dim=2) / q.shape[1] ** 0.5).softmax(dim=1)
            y = (weights[:, :, None] * V).sum(dim=1)
        self.keys.append(k)
        self.values.append(v)
        return y

    def nbytes(self):
        return sum(t.numel() * t.element_size() for t in self.keys + self.values)


# %% name="cache-shared" tags=["wrong"]
# 列表写在 class 下面，所有缓存共用一个：第二个用户看见了第一个的词。写进 __init__。 || The lists stand under class and are shared: the second user sees the first one's tokens. Make them in __init__.
class KVCache:
    keys, values = [], []

    def step(self, q, k, v):
        self.keys.append(k)
        self.values.append(v)
        K, V = torch.stack(self.keys, dim=1), torch.stack(self.values, dim=1)
        weights = ((K * q[:, None]).sum(dim=2) / q.shape[1] ** 0.5).softmax(dim=1)
        return (weights[:, :, None] * V).sum(dim=1)

    def nbytes(self):
        return sum(t.numel() * t.element_size() for t in self.keys + self.values)


# %% name="cache-prepended" tags=["wrong"]
# 键放在最前，值放在最后：第 s 个键配的不是第 s 个值了。 || Keys go to the front and values to the end: key s no longer goes with value s.
class KVCache:
    def __init__(self):
        self.keys, self.values = [], []

    def step(self, q, k, v):
        self.keys.insert(0, k)
        self.values.append(v)
        K, V = torch.stack(self.keys, dim=1), torch.stack(self.values, dim=1)
        weights = ((K * q[:, None]).sum(dim=2) / q.shape[1] ** 0.5).softmax(dim=1)
        return (weights[:, :, None] * V).sum(dim=1)

    def nbytes(self):
        return sum(t.numel() * t.element_size() for t in self.keys + self.values)


# %% name="cache-unscaled" tags=["wrong"]
# 分数没有除以 √d。 || The scores were not divided by √d.
class KVCache:
    def __init__(self):
        self.keys, self.values = [], []

    def step(self, q, k, v):
        self.keys.append(k)
        self.values.append(v)
        K, V = torch.stack(self.keys, dim=1), torch.stack(self.values, dim=1)
        weights = (K * q[:, None]).sum(dim=2).softmax(dim=1)
        return (weights[:, :, None] * V).sum(dim=1)

    def nbytes(self):
        return sum(t.numel() * t.element_size() for t in self.keys + self.values)


# %% name="cache-scaled-by-d" tags=["wrong"]
# 分数除以了 d：要除的是 √d。 || The scores were divided by d: it is √d.
class KVCache:
    def __init__(self):
        self.keys, self.values = [], []

    def step(self, q, k, v):
        self.keys.append(k)
        self.values.append(v)
        K, V = torch.stack(self.keys, dim=1), torch.stack(self.values, dim=1)
        weights = ((K * q[:, None]).sum(dim=2) / q.shape[1]).softmax(dim=1)
        return (weights[:, :, None] * V).sum(dim=1)

    def nbytes(self):
        return sum(t.numel() * t.element_size() for t in self.keys + self.values)


# %% name="cache-averages-keys" tags=["wrong"]
# 平均的是键：键用来找，找到以后取走的是值 v。 || The keys were averaged: keys are for finding, and what is taken away is the value v.
class KVCache:
    def __init__(self):
        self.keys, self.values = [], []

    def step(self, q, k, v):
        self.keys.append(k)
        self.values.append(v)
        K = torch.stack(self.keys, dim=1)
        weights = ((K * q[:, None]).sum(dim=2) / q.shape[1] ** 0.5).softmax(dim=1)
        return (weights[:, :, None] * K).sum(dim=1)

    def nbytes(self):
        return sum(t.numel() * t.element_size() for t in self.keys + self.values)


# %% name="cache-window" tags=["wrong"]
# 只看了最近两个词：这里没有窗口，第 1 个词到现在的都要看。 || Only the last two tokens were seen: there is no window here, every token from the first on counts.
class KVCache:
    def __init__(self):
        self.keys, self.values = [], []

    def step(self, q, k, v):
        self.keys.append(k)
        self.values.append(v)
        K, V = torch.stack(self.keys[-2:], dim=1), torch.stack(self.values[-2:], dim=1)
        weights = ((K * q[:, None]).sum(dim=2) / q.shape[1] ** 0.5).softmax(dim=1)
        return (weights[:, :, None] * V).sum(dim=1)

    def nbytes(self):
        return sum(t.numel() * t.element_size() for t in self.keys + self.values)


# %% name="cache-softmax-over-batch" tags=["wrong"]
# softmax 沿着批的那个轴：权重要在同一条流的各个词之间分。 || The softmax runs along the batch: weights are shared out among the tokens of one stream.
class KVCache:
    def __init__(self):
        self.keys, self.values = [], []

    def step(self, q, k, v):
        self.keys.append(k)
        self.values.append(v)
        K, V = torch.stack(self.keys, dim=1), torch.stack(self.values, dim=1)
        weights = ((K * q[:, None]).sum(dim=2) / q.shape[1] ** 0.5).softmax(dim=0)
        return (weights[:, :, None] * V).sum(dim=1)

    def nbytes(self):
        return sum(t.numel() * t.element_size() for t in self.keys + self.values)


# %% name="cache-bytes-keys-only" tags=["wrong"]
# 只数了键的字节：值也留着，一样多。 || Only the bytes of the keys were counted: the values are kept as well, and take as many.
class KVCache:
    def __init__(self):
        self.keys, self.values = [], []

    def step(self, q, k, v):
        self.keys.append(k)
        self.values.append(v)
        K, V = torch.stack(self.keys, dim=1), torch.stack(self.values, dim=1)
        weights = ((K * q[:, None]).sum(dim=2) / q.shape[1] ** 0.5).softmax(dim=1)
        return (weights[:, :, None] * V).sum(dim=1)

    def nbytes(self):
        return sum(t.numel() * t.element_size() for t in self.keys)


# %% name="cache-bytes-elements" tags=["wrong"]
# nbytes 数的是有几个数：每个数还有好几个字节。 || nbytes counts numbers: each of them has several bytes.
class KVCache:
    def __init__(self):
        self.keys, self.values = [], []

    def step(self, q, k, v):
        self.keys.append(k)
        self.values.append(v)
        K, V = torch.stack(self.keys, dim=1), torch.stack(self.values, dim=1)
        weights = ((K * q[:, None]).sum(dim=2) / q.shape[1] ** 0.5).softmax(dim=1)
        return (weights[:, :, None] * V).sum(dim=1)

    def nbytes(self):
        return sum(t.numel() for t in self.keys + self.values)


# %% name="cache-one-tensor" tags=["right"]
# 接成张量，用 PyTorch 的注意力 || joined tensors and PyTorch's own attention
class KVCache:
    def __init__(self):
        self.K = self.V = None

    def step(self, q, k, v):
        k, v = k.unsqueeze(1), v.unsqueeze(1)
        self.K = k if self.K is None else torch.cat([self.K, k], 1)
        self.V = v if self.V is None else torch.cat([self.V, v], 1)
        return nn.functional.scaled_dot_product_attention(q.unsqueeze(1), self.K, self.V).squeeze(1)

    def nbytes(self):
        return 0 if self.K is None else self.K.nbytes + self.V.nbytes


# %% name="cache-of-pairs" tags=["right"]
# 一列 (k, v)，einsum 打分 || a list of (k, v), scores by einsum
class KVCache:
    def __init__(self):
        self.pairs = []

    def step(self, q, k, v):
        self.pairs += [(k, v)]
        K, V = (torch.stack(row) for row in zip(*self.pairs))  # (t, B, d)
        scores = torch.einsum("bd,tbd->bt", q, K) * q.shape[-1] ** -0.5
        exp = (scores - scores.amax(1, keepdim=True)).exp()
        return torch.einsum("bt,tbd->bd", exp / exp.sum(1, keepdim=True), V)

    def nbytes(self):
        return sum(t.numel() * t.element_size() for pair in self.pairs for t in pair)


# %% name="cache-prepends-both" tags=["right"]
# 键和值都放在最前：次序不影响加权平均 || keys and values both at the front: a weighted average does not mind the order
class KVCache:
    def __init__(self):
        self.keys, self.values = [], []

    def step(self, q, k, v):
        self.keys.insert(0, k)
        self.values.insert(0, v)
        K, V = torch.stack(self.keys, dim=1), torch.stack(self.values, dim=1)
        weights = ((K @ q[:, :, None]).squeeze(2) / q.shape[1] ** 0.5).softmax(dim=1)
        return (weights[:, None] @ V).squeeze(1)

    def nbytes(self):
        return 2 * sum(t.numel() * t.element_size() for t in self.keys)
