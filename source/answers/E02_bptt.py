# %% name="carry-not-added" tags=["wrong"]
# 没有加上来自未来的消息：每一步只听自己的输出，前面的输入永远学不到后面的错误。 || The message from the future is not added: each step hears only its own output, so early inputs never learn of later errors.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx, carry = torch.zeros_like(x), torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0
        delta = dhs[:, t] * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_x, dW_h, db, carry, dx


# %% name="last-loss-only" tags=["wrong"]
# 只用了最后一步的 dhs：每一步都可能有自己的输出和损失，它们都要在路上加进来。 || Only the last step's dhs is used: every step may have an output and a loss of its own, and each must be added on the way.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx, carry = torch.zeros_like(x), torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0
        own = dhs[:, t] if t == x.shape[1] - 1 else torch.zeros_like(h0)
        delta = (own + carry) * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_x, dW_h, db, carry, dx


# %% name="derivative-1-minus-h" tags=["wrong"]
# tanh 的导数是 1 - h²，不是 1 - h：平方漏掉了，h 为负时它甚至会大于 1。 || The derivative of tanh is 1 - h², not 1 - h: the square is missing, and for negative h this even exceeds 1.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx, carry = torch.zeros_like(x), torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0
        delta = (dhs[:, t] + carry) * (1 - hs[:, t])
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_x, dW_h, db, carry, dx


# %% name="derivative-sigmoid" tags=["wrong"]
# h(1 - h) 是 sigmoid 的导数；这里的激活是 tanh，导数是 1 - h²。 || h(1 - h) is the derivative of a sigmoid; the activation here is tanh, whose derivative is 1 - h².
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx, carry = torch.zeros_like(x), torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0
        delta = (dhs[:, t] + carry) * (hs[:, t] * (1 - hs[:, t]))
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_x, dW_h, db, carry, dx


# %% name="no-derivative" tags=["wrong"]
# 消息没有穿过 tanh：少乘了 1 - h²，饱和的单元本该把门关上。 || The message does not pass through the tanh: the factor 1 - h² is missing, with which a saturated unit closes the door.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx, carry = torch.zeros_like(x), torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0
        delta = (dhs[:, t] + carry)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_x, dW_h, db, carry, dx


# %% name="carry-transposed" tags=["wrong"]
# 往回传时用了 W_h 的转置：前向是 h @ W_h.T，倒过来就是 delta @ W_h。方阵不会报错。 || On the way back W_h is transposed once too often: forward is h @ W_h.T, so backward is delta @ W_h. A square matrix raises no error.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx, carry = torch.zeros_like(x), torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0
        delta = (dhs[:, t] + carry) * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h.T
    return dW_x, dW_h, db, carry, dx


# %% name="dW_h-assigned" tags=["wrong"]
# dW_h 每一步都被覆盖：同一份权重用了 T 次，T 份梯度要加起来（+=）。 || dW_h is overwritten at every step: one set of weights was used T times, so T contributions must be added (+=).
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx, carry = torch.zeros_like(x), torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0
        delta = (dhs[:, t] + carry) * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h = delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_x, dW_h, db, carry, dx


# %% name="db-mean" tags=["wrong"]
# db 对批取了平均：损失是多少就按多少求导，批里各样本的贡献要相加；要平均，是损失自己的事。 || db is averaged over the batch: contributions of the samples add up; if there is a mean, it belongs to the loss and is already in dhs.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx, carry = torch.zeros_like(x), torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0
        delta = (dhs[:, t] + carry) * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.mean(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_x, dW_h, db, carry, dx


# %% name="h_prev-is-h_t" tags=["wrong"]
# dW_h 用了 h_t：W_h 乘的是上一步的状态 h_{t-1}，它的梯度里也该是 h_{t-1}。 || dW_h uses h_t: what W_h multiplies is the previous state h_{t-1}, so that is what belongs in its gradient.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx, carry = torch.zeros_like(x), torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t]
        delta = (dhs[:, t] + carry) * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_x, dW_h, db, carry, dx


# %% name="wraps-at-0" tags=["wrong"]
# t = 0 时 hs[:, t - 1] 变成了 hs[:, -1]，也就是最后一个状态：第一步之前的状态是 h0。 || At t = 0, hs[:, t - 1] is hs[:, -1], the last state: before the first step comes h0.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx, carry = torch.zeros_like(x), torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1]
        delta = (dhs[:, t] + carry) * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_x, dW_h, db, carry, dx


# %% name="forward-loop" tags=["wrong"]
# 循环是顺着时间走的：消息来自未来，所以必须从最后一步往回走。 || The loop runs forward in time: the message comes from the future, so it has to start at the last step.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx, carry = torch.zeros_like(x), torch.zeros_like(h0)
    for t in range(x.shape[1]):
        h_prev = hs[:, t - 1] if t > 0 else h0
        delta = (dhs[:, t] + carry) * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_x, dW_h, db, carry, dx


# %% name="carry-skips-derivative" tags=["wrong"]
# 往回传的是没有穿过 tanh 的梯度：传给 h_{t-1} 的是 W_hᵀδ，δ 已经乘过 1 - h²。 || What is passed back has skipped the tanh: h_{t-1} receives W_hᵀδ, and δ already contains the factor 1 - h².
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx, carry = torch.zeros_like(x), torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0
        delta = (dhs[:, t] + carry) * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = (dhs[:, t] + carry) @ W_h
    return dW_x, dW_h, db, carry, dx


# %% name="derivative-on-carry-only" tags=["wrong"]
# 1 - h² 只乘在了来自未来的消息上：两份先相加，再一起穿过 tanh。 || Only the message from the future was multiplied by 1 - h²: add the two first, then take the sum through tanh.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx, carry = torch.zeros_like(x), torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0
        delta = dhs[:, t] + carry * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_x, dW_h, db, carry, dx


# %% name="dhs-in-place" tags=["wrong"]
# 消息用 += 加进了 dhs，改的是别人的张量：梯度算得对，但传进来的 dhs 已经不是原样；写成新的张量。 || The message was added into dhs with +=, which changes a tensor that is not yours: the gradients are right, but dhs is not what it was; make a new tensor.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx, carry = torch.zeros_like(x), torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0
        dhs[:, t] += carry
        delta = dhs[:, t] * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_x, dW_h, db, carry, dx


# %% name="truncated-at-2" tags=["wrong"]
# 消息走两步就断了：这是截断的 BPTT，更早的输入一点梯度也收不到；这里要走到 h0。 || The message is cut after two steps: that is truncated BPTT, and earlier inputs get no gradient at all; here it must reach h0.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx, carry = torch.zeros_like(x), torch.zeros_like(h0)
    T = x.shape[1]
    for t in reversed(range(max(0, T - 2), T)):
        h_prev = hs[:, t - 1] if t > 0 else h0
        delta = (dhs[:, t] + carry) * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_x, dW_h, db, carry, dx


# %% name="batch-averaged" tags=["wrong"]
# 三个权重的梯度都除以了批的大小：批里各样本的贡献要相加；要平均，是损失自己的事，已经在 dhs 里了。 || All three weight gradients are divided by the batch size: the samples' contributions are added; averaging is up to the loss, and is then contained in dhs.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx = torch.zeros_like(x)
    carry = torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0
        delta = (dhs[:, t] + carry) * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    B = x.shape[0]
    return dW_x / B, dW_h / B, db / B, carry, dx


# %% name="order-dx-first" tags=["wrong"]
# 梯度返回的次序不对：这里是 dx, dh0 在前；要的是 dW_x, dW_h, db, dh0, dx。 || The gradients come back in another order, dx and dh0 first; it should be dW_x, dW_h, db, dh0, dx.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx = torch.zeros_like(x)
    carry = torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0
        delta = (dhs[:, t] + carry) * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dx, carry, dW_x, dW_h, db


# %% name="order-dx-dh0" tags=["wrong"]
# 最后两个返回反了：先 dh0，再 dx。 || The last two come back in the wrong order: dh0 first, then dx.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx = torch.zeros_like(x)
    carry = torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0
        delta = (dhs[:, t] + carry) * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_x, dW_h, db, dx, carry


# %% name="order-dW_h-dW_x" tags=["wrong"]
# 前两个返回反了：先 dW_x，再 dW_h。 || The first two come back in the wrong order: dW_x first, then dW_h.
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    dW_x, dW_h, db = torch.zeros_like(W_x), torch.zeros_like(W_h), torch.zeros(W_h.shape[0])
    dx = torch.zeros_like(x)
    carry = torch.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        h_prev = hs[:, t - 1] if t > 0 else h0
        delta = (dhs[:, t] + carry) * (1 - hs[:, t] ** 2)
        dW_x += delta.T @ x[:, t]
        dW_h += delta.T @ h_prev
        db += delta.sum(dim=0)
        dx[:, t] = delta @ W_x
        carry = delta @ W_h
    return dW_h, dW_x, db, carry, dx


# %% name="autograd-inside" tags=["right", "built-in"]
# 由第一个状态反推出偏置，重跑前向，交给 autograd || the bias recovered from the first state, the forward pass run again, autograd does the rest
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    b = (torch.atanh(hs[:, 0]) - x[:, 0] @ W_x.T - h0 @ W_h.T)[0]
    W_x, W_h, b, h0, x = leaves = [v.clone().requires_grad_() for v in (W_x, W_h, b, h0, x)]
    h, loss = h0, 0
    for t in range(x.shape[1]):
        h = torch.tanh(x[:, t] @ W_x.T + h @ W_h.T + b)
        loss = loss + (h * dhs[:, t]).sum()
    return torch.autograd.grad(loss, leaves)


# %% name="deltas-then-einsum" tags=["right"]
# 先收集全部 δ，再各用一次 einsum || all δ first, then one einsum each
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    slope = 1 - hs.square()
    deltas = [dhs[:, -1] * slope[:, -1]]
    for t in range(x.shape[1] - 2, -1, -1):
        deltas.insert(0, (dhs[:, t] + torch.einsum("bh,hk->bk", deltas[0], W_h)) * slope[:, t])
    delta = torch.stack(deltas, dim=1)                            # (B, T, H)
    before = torch.cat([h0[:, None], hs[:, :-1]], dim=1)          # (B, T, H)
    return (torch.einsum("bth,bti->hi", delta, x), torch.einsum("bth,btk->hk", delta, before), delta.sum(dim=(0, 1)),
            delta[:, 0] @ W_h, delta @ W_x)


# %% name="numpy-loops" tags=["right"]
# NumPy，逐个样本地循环 || NumPy, one sample at a time
def rnn_backward(x, h0, hs, dhs, W_x, W_h):
    import numpy as np
    x, h0, hs, dhs, W_x, W_h = (v.numpy() for v in (x, h0, hs, dhs, W_x, W_h))
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros(len(W_h))
    dh0, dx = np.zeros_like(h0), np.zeros_like(x)
    for n in range(len(x)):
        message = np.zeros(len(W_h))
        for t in range(x.shape[1] - 1, -1, -1):
            delta = (1 - hs[n, t] ** 2) * (message + dhs[n, t])
            dW_x += np.outer(delta, x[n, t])
            dW_h += np.outer(delta, h0[n] if t == 0 else hs[n, t - 1])
            db += delta
            dx[n, t] = W_x.T @ delta
            message = W_h.T @ delta
        dh0[n] = message
    return tuple(torch.from_numpy(v) for v in (dW_x, dW_h, db, dh0, dx))
