# %% name="no-tanh" tags=["wrong"]
# 少了 tanh：没有它，查询加在每个键上的是同一个数，softmax 之后就抵消了，等于没问。 || The tanh is missing: without it the query adds the same number to every key and cancels in the softmax, as if nothing had been asked.
def additive_scores(q, keys, W_q, W_k, v):
    return ((q @ W_q.T).unsqueeze(1) + keys @ W_k.T) @ v


# %% name="swapped-weights" tags=["wrong"]
# W_q 和 W_k 用反了：两个形状一样，换了也不报错；W_q 变换查询，W_k 变换键。 || W_q and W_k are swapped: their shapes agree, so nothing complains; W_q transforms the query and W_k the keys.
def additive_scores(q, keys, W_q, W_k, v):
    return torch.tanh((q @ W_k.T).unsqueeze(1) + keys @ W_q.T) @ v


# %% name="tanh-outside" tags=["wrong"]
# tanh 套在了最外面：它在乘 v 之前，压的是相加之后的 A 个数；套在外面，分数就出不了 ±1。 || The tanh is outside: it belongs before v, on the A numbers of the sum; outside, no score can leave ±1.
def additive_scores(q, keys, W_q, W_k, v):
    return torch.tanh(((q @ W_q.T).unsqueeze(1) + keys @ W_k.T) @ v)


# %% name="tanh-each" tags=["wrong"]
# 查询和键各自过了 tanh 再相加：先相加，再 tanh，两者才有机会互相影响。 || Query and keys went through the tanh one by one: add first, then tanh, or the two never meet in anything but a sum.
def additive_scores(q, keys, W_q, W_k, v):
    return (torch.tanh(q @ W_q.T).unsqueeze(1) + torch.tanh(keys @ W_k.T)) @ v


# %% name="multiplied" tags=["wrong"]
# 查询和键相乘了：“加性”就是两者相加。 || Query and keys were multiplied: "additive" means that they are added.
def additive_scores(q, keys, W_q, W_k, v):
    return torch.tanh((q @ W_q.T).unsqueeze(1) * (keys @ W_k.T)) @ v


# %% name="first-query-for-all" tags=["wrong"]
# 整批都用了第一个样本的查询：每个样本问自己的问题。 || The whole batch uses the query of the first sample: each sample asks its own question.
def additive_scores(q, keys, W_q, W_k, v):
    return torch.tanh(q[:1] @ W_q.T + keys @ W_k.T) @ v


# %% name="additive-loop" tags=["right"]
# 逐个样本、逐个位置 || sample by sample, place by place
def additive_scores(q, keys, W_q, W_k, v):
    rows = [[v @ torch.tanh(W_q @ query + W_k @ key) for key in row] for query, row in zip(q, keys)]
    return torch.stack([torch.stack(row) for row in rows])


# %% name="additive-concatenated" tags=["right"]
# 把查询和键拼起来，一块权重 || query and key side by side, one block of weights
def additive_scores(q, keys, W_q, W_k, v):
    pairs = torch.cat([q.unsqueeze(1).expand_as(keys), keys], dim=-1)
    return torch.nn.functional.linear(pairs, torch.cat([W_q, W_k], dim=1)).tanh().matmul(v)


# %% name="softmax-over-batch" tags=["wrong"]
# softmax 沿着批的那个轴：权重要在同一个样本的各个位置之间分，是最后一个轴。 || The softmax runs along the batch: weights are shared out among the places of one sample, the last axis.
def attend(scores, keys, mask):
    weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=0)
    return (weights.unsqueeze(1) @ keys).squeeze(1), weights


# %% name="mask-after-softmax" tags=["wrong"]
# 先 softmax 再遮：遮掉的那一份没有还给别人，剩下的权重加起来不到 1。先遮，再 softmax。 || Masked after the softmax: what was taken away went to nobody, and the weights add up to less than 1. Mask first.
def attend(scores, keys, mask):
    weights = scores.softmax(dim=-1) * mask
    return (weights.unsqueeze(1) @ keys).squeeze(1), weights


# %% name="no-mask" tags=["wrong"]
# 没有用掩码：填充也分到了权重。 || The mask is not used: padding gets its share of the weights.
def attend(scores, keys, mask):
    weights = scores.softmax(dim=-1)
    return (weights.unsqueeze(1) @ keys).squeeze(1), weights


# %% name="mask-inverted" tags=["wrong"]
# 掩码用反了：这里 True 是可看；masked_fill 填的是 True 的地方，所以要先取反。 || The mask is inverted: here True is visible; masked_fill fills where it is True, so negate it first.
def attend(scores, keys, mask):
    weights = scores.masked_fill(mask, -torch.inf).softmax(dim=-1)
    return (weights.unsqueeze(1) @ keys).squeeze(1), weights


# %% name="mask-fills-0" tags=["wrong"]
# 不可看的位置填了 0 分：exp(0) = 1，照样分到权重；要填负无穷。 || Hidden places got the score 0: exp(0) = 1 still earns a weight; fill in minus infinity.
def attend(scores, keys, mask):
    weights = scores.masked_fill(~mask, 0.0).softmax(dim=-1)
    return (weights.unsqueeze(1) @ keys).squeeze(1), weights


# %% name="context-is-mean" tags=["wrong"]
# context 是可看的键的普通平均，没有用权重。 || The context is the plain mean of the visible keys; the weights are not used.
def attend(scores, keys, mask):
    weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=-1)
    seen = mask.unsqueeze(-1)
    return (keys * seen).sum(1) / seen.sum(1), weights


# %% name="not-normalised" tags=["wrong"]
# 只取了 exp，没有除以总和：权重加起来要是 1。 || Only the exp was taken, without dividing by the total: weights add up to 1.
def attend(scores, keys, mask):
    weights = scores.masked_fill(~mask, -torch.inf).exp()
    return (weights.unsqueeze(1) @ keys).squeeze(1), weights


# %% name="context-not-normalised" tags=["wrong"]
# 权重归一了，context 却是用没有归一的 exp 加起来的：两处要用同一份权重。 || The weights are normalised, but the context was summed with the raw exp: use the same weights in both places.
def attend(scores, keys, mask):
    raw = scores.masked_fill(~mask, -torch.inf).exp()
    return (raw.unsqueeze(1) @ keys).squeeze(1), scores.masked_fill(~mask, -torch.inf).softmax(dim=-1)


# %% name="overflowing-exp" tags=["wrong"]
# 直接取 exp：分数一大就溢出成无穷大，无穷大除以无穷大不是数。先减去最大的分数，或者用 softmax。 || A bare exp: large scores overflow to infinity, and infinity over infinity is not a number. Subtract the largest score first, or use softmax.
def attend(scores, keys, mask):
    raw = scores.masked_fill(~mask, -torch.inf).exp()
    weights = raw / raw.sum(-1, keepdim=True)
    return (weights.unsqueeze(1) @ keys).squeeze(1), weights


# %% name="hard-attention" tags=["wrong"]
# 只取了分数最高的那一个位置（硬注意力）：那样没有梯度可学；要的是按权重平均。 || Only the place with the highest score was taken (hard attention): that gives no gradient to learn from; what is asked for is a weighted average.
def attend(scores, keys, mask):
    top = scores.masked_fill(~mask, -torch.inf).argmax(dim=-1)
    weights = torch.nn.functional.one_hot(top, scores.shape[1]).to(scores)
    return (weights.unsqueeze(1) @ keys).squeeze(1), weights


# %% name="squeezed-everything" tags=["wrong"]
# squeeze() 没写轴：一批只有一个样本时，批的那个轴也被压掉了。写 squeeze(1)。 || squeeze() without an axis: in a batch of one sample the batch axis goes as well. Write squeeze(1).
def attend(scores, keys, mask):
    weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=-1)
    return (weights.unsqueeze(1) @ keys).squeeze(), weights


# %% name="in-place-mask" tags=["wrong"]
# masked_fill_ 就地改了传进来的分数：别人的张量只读，用不带下划线的 masked_fill。 || masked_fill_ changed the scores you were given: other people's tensors are read-only; use masked_fill without the underscore.
def attend(scores, keys, mask):
    weights = scores.masked_fill_(~mask, -torch.inf).softmax(dim=-1)
    return (weights.unsqueeze(1) @ keys).squeeze(1), weights


# %% name="returns-weights-first" tags=["wrong"]
# 返回的次序反了：先 context，后 weights。 || The two results come back in the wrong order: context first, weights second.
def attend(scores, keys, mask):
    weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=-1)
    return weights, (weights.unsqueeze(1) @ keys).squeeze(1)


# %% name="attend-bmm" tags=["right"]
# 用 torch.bmm || with torch.bmm
def attend(scores, keys, mask):
    weights = torch.softmax(torch.where(mask, scores, torch.tensor(float("-inf"))), -1)
    return torch.bmm(weights[:, None], keys)[:, 0], weights


# %% name="attend-by-hand" tags=["right"]
# 自己写的稳定 softmax，掩码用 -1e9 || a stable softmax by hand, with -1e9 for the mask
def attend(scores, keys, mask):
    masked = scores - 1e9 * (~mask)
    raw = (masked - masked.max(-1, keepdim=True).values).exp()
    weights = raw / raw.sum(-1, keepdim=True)
    return torch.einsum("bs,bsh->bh", weights, keys), weights


# %% name="attend-loop" tags=["right"]
# 逐个样本的循环，只在可看的位置上 softmax || a loop over samples, the softmax over visible places only
def attend(scores, keys, mask):
    weights = torch.zeros_like(scores)
    for row, score, see in zip(weights, scores, mask):
        row[see] = score[see].softmax(0)
    return torch.stack([w @ k for w, k in zip(weights, keys)]), weights


# %% name="attend-renormalised" tags=["right"]
# 先 softmax，再遮，再除以剩下的总和 || softmax, mask, then divide by what is left
def attend(scores, keys, mask):
    shares = scores.softmax(-1) * mask
    weights = shares / shares.sum(-1, keepdim=True)
    return (weights.unsqueeze(-1) * keys).sum(1), weights


# %% name="not-scaled" tags=["wrong"]
# 没有除以 √H：向量一长，点积就大，softmax 只剩一个位置。 || Not divided by √H: longer vectors make larger products, and the softmax is left with a single place.
def scaled_dot_scores(q, keys):
    return (keys @ q.unsqueeze(-1)).squeeze(-1)


# %% name="scaled-by-H" tags=["wrong"]
# 除以了 H，不是 √H：H 项之和的标准差按 √H 增长。 || Divided by H, not by √H: the standard deviation of a sum of H terms grows like √H.
def scaled_dot_scores(q, keys):
    return (keys @ q.unsqueeze(-1)).squeeze(-1) / q.shape[-1]


# %% name="scaled-by-root-S" tags=["wrong"]
# 除以了 √S：要除的是向量的长度 H 的平方根，和有几个键无关。 || Divided by √S: it is the size of the vectors, H, under the root; the number of keys has no part in it.
def scaled_dot_scores(q, keys):
    return (keys @ q.unsqueeze(-1)).squeeze(-1) / keys.shape[1] ** 0.5


# %% name="scaled-by-root-B" tags=["wrong"]
# 除以了 √B：q.shape[0] 是批的大小，向量的长度 H 是最后一个轴。 || Divided by √B: q.shape[0] is the size of the batch; the size of the vectors, H, is the last axis.
def scaled_dot_scores(q, keys):
    return (keys @ q.unsqueeze(-1)).squeeze(-1) / q.shape[0] ** 0.5


# %% name="multiplied-by-root" tags=["wrong"]
# 乘上了 √H：缩放是为了让分数变小，是除。 || Multiplied by √H: scaling is to make scores smaller, so divide.
def scaled_dot_scores(q, keys):
    return (keys @ q.unsqueeze(-1)).squeeze(-1) * q.shape[-1] ** 0.5


# %% name="cosine" tags=["wrong"]
# 除以了两个向量的长度，那是余弦相似度：键放大 3 倍，分数不变。这里只除以 √H。 || Divided by the lengths of both vectors, which is the cosine: keys three times as long leave it unchanged. Divide by √H only.
def scaled_dot_scores(q, keys):
    return torch.cosine_similarity(q.unsqueeze(1), keys, dim=-1)


# %% name="dot-bmm" tags=["right"]
# torch.bmm，先缩放查询 || torch.bmm, with the query scaled first
def scaled_dot_scores(q, keys):
    return torch.bmm(keys, (q / q.shape[1] ** 0.5)[:, :, None])[:, :, 0]


# %% name="dot-sum" tags=["right"]
# 逐项相乘再相加 || multiply term by term, then add
def scaled_dot_scores(q, keys):
    return (q.unsqueeze(1) * keys).sum(-1) * q.shape[-1] ** -0.5


# %% name="dot-loop" tags=["right"]
# 两层循环 || two loops
def scaled_dot_scores(q, keys):
    return torch.tensor([[float(query @ key) / len(query) ** 0.5 for key in row] for query, row in zip(q, keys)])


# %% name="order-kqv" tags=["wrong"]
# 按 k, q, v 切开了：W_in 从上到下是 q, k, v。 || Cut in the order k, q, v: from top to bottom W_in holds q, k, v.
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    B, T, D = x.shape
    k, q, v = (p.view(B, T, heads, D // heads).transpose(1, 2) for p in (x @ W_in.T + b_in).chunk(3, dim=-1))
    scores = q @ k.transpose(-2, -1) / (D // heads) ** 0.5
    weights = scores.masked_fill(~mask[:, None, None, :], -torch.inf).softmax(dim=-1)
    return (weights @ v).transpose(1, 2).reshape(B, T, D) @ W_out.T + b_out


# %% name="values-are-keys" tags=["wrong"]
# 取平均的是键，不是值：拿键来比，拿值来取平均。 || Keys were averaged in place of values: keys are for comparing, values for averaging.
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    B, T, D = x.shape
    q, k, v = (p.view(B, T, heads, D // heads).transpose(1, 2) for p in (x @ W_in.T + b_in).chunk(3, dim=-1))
    scores = q @ k.transpose(-2, -1) / (D // heads) ** 0.5
    weights = scores.masked_fill(~mask[:, None, None, :], -torch.inf).softmax(dim=-1)
    return (weights @ k).transpose(1, 2).reshape(B, T, D) @ W_out.T + b_out


# %% name="view-without-transpose" tags=["wrong"]
# 直接 view 成 (B, heads, T, …)：不同位置的数混进了同一个头。先 view 成 (B, T, heads, …)，再对调两个轴。 || A view straight to (B, heads, T, …) mixes numbers of different places into one head. View as (B, T, heads, …) first, then swap the two axes.
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    B, T, D = x.shape
    q, k, v = (p.reshape(B, heads, T, D // heads) for p in (x @ W_in.T + b_in).chunk(3, dim=-1))
    scores = q @ k.transpose(-2, -1) / (D // heads) ** 0.5
    weights = scores.masked_fill(~mask[:, None, None, :], -torch.inf).softmax(dim=-1)
    return (weights @ v).transpose(1, 2).reshape(B, T, D) @ W_out.T + b_out


# %% name="joined-without-transpose" tags=["wrong"]
# 接回去之前没有把轴对调回来：reshape 按现有的次序读数，位置和头就搅在一起了。 || The axes were not swapped back before joining: reshape reads in the present order, and places and heads get mixed up.
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    B, T, D = x.shape
    q, k, v = (p.view(B, T, heads, D // heads).transpose(1, 2) for p in (x @ W_in.T + b_in).chunk(3, dim=-1))
    scores = q @ k.transpose(-2, -1) / (D // heads) ** 0.5
    weights = scores.masked_fill(~mask[:, None, None, :], -torch.inf).softmax(dim=-1)
    return (weights @ v).reshape(B, T, D) @ W_out.T + b_out


# %% name="heads-scaled-by-root-D" tags=["wrong"]
# 除以了 √D：一个头的向量只有 D / heads 个数，该除的是它的平方根。 || Divided by √D: the vectors of one head have only D / heads numbers, and it is the root of that.
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    B, T, D = x.shape
    q, k, v = (p.view(B, T, heads, D // heads).transpose(1, 2) for p in (x @ W_in.T + b_in).chunk(3, dim=-1))
    scores = q @ k.transpose(-2, -1) / D ** 0.5
    weights = scores.masked_fill(~mask[:, None, None, :], -torch.inf).softmax(dim=-1)
    return (weights @ v).transpose(1, 2).reshape(B, T, D) @ W_out.T + b_out


# %% name="one-head-only" tags=["wrong"]
# heads 没有用上：一直只有一个头。 || heads was not used: there was one head all along.
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    B, T, D = x.shape
    q, k, v = (x @ W_in.T + b_in).chunk(3, dim=-1)
    scores = q @ k.transpose(-2, -1) / D ** 0.5
    weights = scores.masked_fill(~mask[:, None, :], -torch.inf).softmax(dim=-1)
    return weights @ v @ W_out.T + b_out


# %% name="softmax-over-askers" tags=["wrong"]
# softmax 沿着提问的那个轴：每个位置把自己的权重分给各个键，是最后一个轴。 || The softmax runs along those who ask: every place shares out its weights among the keys, the last axis.
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    B, T, D = x.shape
    q, k, v = (p.view(B, T, heads, D // heads).transpose(1, 2) for p in (x @ W_in.T + b_in).chunk(3, dim=-1))
    scores = q @ k.transpose(-2, -1) / (D // heads) ** 0.5
    weights = scores.masked_fill(~mask[:, None, None, :], -1e9).softmax(dim=-2)
    return (weights @ v).transpose(1, 2).reshape(B, T, D) @ W_out.T + b_out


# %% name="mask-on-askers" tags=["wrong"]
# 遮的是谁在问，不是问到谁：掩码管的是键，也就是最后一个轴，写 mask[:, None, None, :]。 || The mask was put on those who ask: it is about the keys, the last axis, so write mask[:, None, None, :].
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    B, T, D = x.shape
    q, k, v = (p.view(B, T, heads, D // heads).transpose(1, 2) for p in (x @ W_in.T + b_in).chunk(3, dim=-1))
    scores = q @ k.transpose(-2, -1) / (D // heads) ** 0.5
    weights = scores.masked_fill(~mask[:, None, :, None], -1e9).softmax(dim=-1)
    return (weights @ v).transpose(1, 2).reshape(B, T, D) @ W_out.T + b_out


# %% name="heads-mask-inverted" tags=["wrong"]
# 掩码用反了：这里 True 是可看；nn.MultiheadAttention 的 key_padding_mask 才是 True 为不可看。 || The mask is inverted: here True is visible; it is the key_padding_mask of nn.MultiheadAttention in which True means hidden.
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    B, T, D = x.shape
    q, k, v = (p.view(B, T, heads, D // heads).transpose(1, 2) for p in (x @ W_in.T + b_in).chunk(3, dim=-1))
    scores = q @ k.transpose(-2, -1) / (D // heads) ** 0.5
    weights = scores.masked_fill(mask[:, None, None, :], -torch.inf).softmax(dim=-1)
    return (weights @ v).transpose(1, 2).reshape(B, T, D) @ W_out.T + b_out


# %% name="heads-no-mask" tags=["wrong"]
# 多头里没有用掩码：不可看的位置也被看到了。 || The heads do not use the mask: hidden places are seen.
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    B, T, D = x.shape
    q, k, v = (p.view(B, T, heads, D // heads).transpose(1, 2) for p in (x @ W_in.T + b_in).chunk(3, dim=-1))
    weights = (q @ k.transpose(-2, -1) / (D // heads) ** 0.5).softmax(dim=-1)
    return (weights @ v).transpose(1, 2).reshape(B, T, D) @ W_out.T + b_out


# %% name="no-output-layer" tags=["wrong"]
# 少了最后一层 W_out：各头的结果接起来之后，还要过一次线性层。 || The last layer, W_out, is missing: once joined, the results of the heads go through one more linear layer.
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    B, T, D = x.shape
    q, k, v = (p.view(B, T, heads, D // heads).transpose(1, 2) for p in (x @ W_in.T + b_in).chunk(3, dim=-1))
    scores = q @ k.transpose(-2, -1) / (D // heads) ** 0.5
    weights = scores.masked_fill(~mask[:, None, None, :], -torch.inf).softmax(dim=-1)
    return (weights @ v).transpose(1, 2).reshape(B, T, D)


# %% name="missing-b_in" tags=["wrong"]
# 少了 b_in：q、k、v 各有自己的偏置。 || b_in is missing: q, k and v each have a bias.
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    B, T, D = x.shape
    q, k, v = (p.view(B, T, heads, D // heads).transpose(1, 2) for p in (x @ W_in.T).chunk(3, dim=-1))
    scores = q @ k.transpose(-2, -1) / (D // heads) ** 0.5
    weights = scores.masked_fill(~mask[:, None, None, :], -torch.inf).softmax(dim=-1)
    return (weights @ v).transpose(1, 2).reshape(B, T, D) @ W_out.T + b_out


# %% name="head-by-head" tags=["right"]
# 一个头一个头地算，最后接起来 || head by head, joined at the end
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    n = x.shape[-1] // heads
    q, k, v = torch.nn.functional.linear(x, W_in, b_in).chunk(3, -1)
    results = []
    for j in range(heads):
        mine = slice(j * n, (j + 1) * n)
        scores = torch.bmm(q[..., mine], k[..., mine].mT) * n**-0.5 - 1e9 * (~mask)[:, None]
        results.append(scores.softmax(-1) @ v[..., mine])
    return torch.cat(results, -1) @ W_out.T + b_out


# %% name="einsum" tags=["right"]
# 用 einsum，不必对调轴 || with einsum, no axes swapped
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    q, k, v = (x @ W_in.T + b_in).unflatten(-1, (3, heads, -1)).unbind(2)
    scores = torch.einsum("bthd,bshd->bhts", q, k) / q.shape[-1] ** 0.5
    weights = scores.masked_fill(~mask[:, None, None], -torch.inf).softmax(-1)
    return torch.einsum("bhts,bshd->bthd", weights, v).flatten(2) @ W_out.T + b_out


# %% name="sdpa" tags=["right", "built-in"]
# 请 F.scaled_dot_product_attention 来算 || F.scaled_dot_product_attention does it
def multi_head(x, W_in, b_in, W_out, b_out, heads, mask):
    q, k, v = ((x @ W_in.T + b_in).unflatten(-1, (3, heads, -1)).transpose(1, 3)).unbind(2)
    mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None])
    return mixed.transpose(1, 2).flatten(2) @ W_out.T + b_out
