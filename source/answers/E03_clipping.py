# %% name="each-tensor-separately" tags=["wrong"]
# 每个张量各裁各的：系数不同，合起来的方向就转了。总范数只有一个，系数也只有一个。 || Each tensor is clipped by itself: with different factors the combined direction turns. There is one total norm and one factor.
def clip_by_global_norm(grads, max_norm):
    total_norm = torch.sqrt(sum((g ** 2).sum() for g in grads))
    clipped = [g * torch.clamp(max_norm / g.norm(), max=1.0) for g in grads]
    return clipped, total_norm


# %% name="by-value" tags=["wrong"]
# 这是按值裁剪：每个元素各自截断在 ±max_norm，方向会变；按范数裁剪是整体缩短。 || This is clipping by value: each entry is cut at ±max_norm, which turns the direction; clipping by norm shortens the whole.
def clip_by_global_norm(grads, max_norm):
    total_norm = torch.sqrt(sum((g ** 2).sum() for g in grads))
    clipped = [g.clamp(-max_norm, max_norm) for g in grads]
    return clipped, total_norm


# %% name="always-rescales" tags=["wrong"]
# 短的梯度也被拉长到了 max_norm：没有超过上限时应当原样返回，系数最大是 1。 || Short gradients were stretched to max_norm as well: below the bound they stay as they are, so the factor is at most 1.
def clip_by_global_norm(grads, max_norm):
    total_norm = torch.sqrt(sum((g ** 2).sum() for g in grads))
    scale = max_norm / total_norm
    clipped = [g * scale for g in grads]
    return clipped, total_norm


# %% name="norm-after" tags=["wrong"]
# 返回的是裁剪之后的范数：它不会超过 max_norm，监控上就看不见爆炸了。要的是裁剪之前的。 || The norm returned is the one after clipping: it never exceeds max_norm, so a monitor could not see an explosion. The one before is wanted.
def clip_by_global_norm(grads, max_norm):
    total_norm = torch.sqrt(sum((g ** 2).sum() for g in grads))
    scale = torch.clamp(max_norm / total_norm, max=1.0)
    clipped = [g * scale for g in grads]
    return clipped, torch.sqrt(sum((g ** 2).sum() for g in clipped))


# %% name="l1-norm" tags=["wrong"]
# 这是 L1 范数（绝对值之和）；箭头的长度是 L2 范数：平方、求和、开方。 || This is the L1 norm, a sum of absolute values; the length of an arrow is the L2 norm: square, sum, take the root.
def clip_by_global_norm(grads, max_norm):
    total_norm = sum(g.abs().sum() for g in grads)
    scale = torch.clamp(max_norm / total_norm, max=1.0)
    clipped = [g * scale for g in grads]
    return clipped, total_norm


# %% name="no-sqrt" tags=["wrong"]
# 忘了开方：平方和是长度的平方。 || The square root is missing: a sum of squares is the length squared.
def clip_by_global_norm(grads, max_norm):
    total_norm = sum((g ** 2).sum() for g in grads)
    scale = torch.clamp(max_norm / total_norm, max=1.0)
    clipped = [g * scale for g in grads]
    return clipped, total_norm


# %% name="max-norm" tags=["wrong"]
# 取的是最大的绝对值（无穷范数），不是长度：许多不大的元素合起来也可以很长。 || This takes the largest absolute value (the infinity norm), not the length: many modest entries can add up to a long vector.
def clip_by_global_norm(grads, max_norm):
    total_norm = max(g.abs().max() for g in grads)
    scale = torch.clamp(max_norm / total_norm, max=1.0)
    clipped = [g * scale for g in grads]
    return clipped, total_norm


# %% name="mean-of-squares" tags=["wrong"]
# 对平方取了平均：范数是求和再开方，和元素有多少个无关的那种平均不是长度。 || The squares were averaged: a norm sums them before the root; a mean (RMS) no longer grows with the number of entries and is not the length.
def clip_by_global_norm(grads, max_norm):
    total_norm = torch.cat([g.flatten() for g in grads]).square().mean().sqrt()
    scale = torch.clamp(max_norm / total_norm, max=1.0)
    clipped = [g * scale for g in grads]
    return clipped, total_norm


# %% name="inverted-factor" tags=["wrong"]
# 系数上下颠倒了：要的长度 max_norm 除以现有的长度，而不是反过来。 || The factor is upside down: it is the length you want, max_norm, over the length you have.
def clip_by_global_norm(grads, max_norm):
    total_norm = torch.sqrt(sum((g ** 2).sum() for g in grads))
    scale = torch.clamp(total_norm / max_norm, max=1.0)
    clipped = [g * scale for g in grads]
    return clipped, total_norm


# %% name="sum-of-norms" tags=["wrong"]
# 各个张量的范数直接相加了：长度要先加平方再开方，和勾股定理一样。 || The norms of the tensors were added up: for a length, add the squares and then take the root, as Pythagoras does.
def clip_by_global_norm(grads, max_norm):
    total_norm = sum(g.norm() for g in grads)
    scale = torch.clamp(max_norm / total_norm, max=1.0)
    clipped = [g * scale for g in grads]
    return clipped, total_norm


# %% name="in-place" tags=["wrong"]
# 就地缩放改坏了传进来的张量：调用者手里的梯度也变了。返回新的张量（g * 系数）。 || Scaling in place changed the tensors you were given, and the caller's gradients with them. Return new ones (g times the factor).
def clip_by_global_norm(grads, max_norm):
    total_norm = torch.sqrt(sum((g ** 2).sum() for g in grads))
    scale = torch.clamp(max_norm / total_norm, max=1.0)
    clipped = [g.mul_(scale) for g in grads]
    return clipped, total_norm


# %% name="flat-concatenation" tags=["right"]
# 拼成一个长向量再求范数，带 1e-6 || one long vector, then its norm, with the 1e-6
def clip_by_global_norm(grads, max_norm):
    total_norm = torch.cat([g.reshape(-1) for g in grads]).norm()
    scale = min(1.0, max_norm / (total_norm.item() + 1e-6))
    return [scale * g for g in grads], total_norm.item()


# %% name="norm-of-norms" tags=["right"]
# 范数的范数，用 if 分情况 || the norm of the norms, with an if
def clip_by_global_norm(grads, max_norm):
    total_norm = torch.stack([torch.linalg.vector_norm(g) for g in grads]).norm()
    if total_norm > max_norm:
        return [g / total_norm * max_norm for g in grads], total_norm
    return [g.clone() for g in grads], total_norm


# %% name="derivative-omitted" tags=["wrong"]
# 少了 tanh 的导数：只乘 W_h，就看不见饱和。两个因子，缺一不可。 || The derivative of tanh is missing: with W_h alone saturation is invisible. Both factors belong in the product.
def jacobian_lag_norms(hs, W_h):
    T, H = hs.shape
    J, norms = torch.eye(H), []
    for k in range(T):
        norms.append(torch.linalg.matrix_norm(J, 2))
        J = J @ W_h
    return torch.stack(norms)


# %% name="transposed" tags=["wrong"]
# W_h 转置了：∂h_t/∂h_{t-1} 的第 i 行是 h_t 的第 i 个单元，权重就是 W_h 的第 i 行。 || W_h is transposed: row i of ∂h_t/∂h_{t-1} belongs to unit i of h_t, and its weights are row i of W_h.
def jacobian_lag_norms(hs, W_h):
    T, H = hs.shape
    J, norms = torch.eye(H), []
    for k in range(T):
        norms.append(torch.linalg.matrix_norm(J, 2))
        J = J @ torch.diag(1 - hs[T - 1 - k] ** 2) @ W_h.T
    return torch.stack(norms)


# %% name="diag-on-the-right" tags=["wrong"]
# diag 和 W_h 的次序反了：信号先乘 W_h，再过 tanh，所以 diag(1 - h_t²) 在左边，缩放的是 W_h 的行。 || diag and W_h are in the wrong order: the signal meets W_h first and the tanh after it, so diag(1 - h_t²) stands on the left and scales the rows of W_h.
def jacobian_lag_norms(hs, W_h):
    T, H = hs.shape
    J, norms = torch.eye(H), []
    for k in range(T):
        norms.append(torch.linalg.matrix_norm(J, 2))
        J = J @ W_h @ torch.diag(1 - hs[T - 1 - k] ** 2)
    return torch.stack(norms)


# %% name="wrong-time" tags=["wrong"]
# 导数取在了早一步的状态：∂h_t/∂h_{t-1} 里的 tanh 导数用的是 h_t，不是 h_{t-1}。 || The derivative is taken one step too early: in ∂h_t/∂h_{t-1} the slope of tanh is that at h_t, not at h_{t-1}.
def jacobian_lag_norms(hs, W_h):
    T, H = hs.shape
    J, norms = torch.eye(H), []
    for k in range(T):
        norms.append(torch.linalg.matrix_norm(J, 2))
        J = J @ torch.diag(1 - hs[T - 2 - k] ** 2) @ W_h
    return torch.stack(norms)


# %% name="frobenius" tags=["wrong"]
# 这是 Frobenius 范数（所有元素的平方和开方）；谱范数是最大的奇异值，单位矩阵的谱范数是 1。 || This is the Frobenius norm, over all entries; the spectral norm is the largest singular value, which is 1 for an identity.
def jacobian_lag_norms(hs, W_h):
    T, H = hs.shape
    J, norms = torch.eye(H), []
    for k in range(T):
        norms.append(torch.linalg.matrix_norm(J))
        J = J @ torch.diag(1 - hs[T - 1 - k] ** 2) @ W_h
    return torch.stack(norms)


# %% name="starts-at-lag-1" tags=["wrong"]
# 先走了一步才量：第 0 个数应当是间隔 0，也就是单位矩阵的范数 1；这里整排错开了一格。 || Measured after the step: entry 0 belongs to lag 0, the identity, whose norm is 1; here everything is one place off.
def jacobian_lag_norms(hs, W_h):
    T, H = hs.shape
    J, norms = torch.eye(H), []
    for k in range(T):
        J = J @ torch.diag(1 - hs[T - 1 - k] ** 2) @ W_h
        norms.append(torch.linalg.matrix_norm(J, 2))
    return torch.stack(norms)


# %% name="from-the-front" tags=["wrong"]
# 状态从头数起了：间隔 k 是从最后一步往回走 k 步，先用的是最后的 h_T。 || The states were taken from the front: lag k goes back k steps from the end, so the last state, h_T, comes first.
def jacobian_lag_norms(hs, W_h):
    T, H = hs.shape
    J, norms = torch.eye(H), []
    for k in range(T):
        norms.append(torch.linalg.matrix_norm(J, 2))
        J = J @ torch.diag(1 - hs[k] ** 2) @ W_h
    return torch.stack(norms)


# %% name="derivative-1-minus-h" tags=["wrong"]
# tanh 的导数是 1 - h²，不是 1 - h：平方漏掉了。 || The derivative of tanh is 1 - h², not 1 - h: the square is missing.
def jacobian_lag_norms(hs, W_h):
    T, H = hs.shape
    J, norms = torch.eye(H), []
    for k in range(T):
        norms.append(torch.linalg.matrix_norm(J, 2))
        J = J @ torch.diag(1 - hs[T - 1 - k]) @ W_h
    return torch.stack(norms)


# %% name="spectral-radius" tags=["wrong"]
# 这是谱半径（特征值绝对值的最大者）；谱范数是最大的奇异值，两者只在对称矩阵上总相等。 || This is the spectral radius, the largest eigenvalue in absolute value; the spectral norm is the largest singular value; only for symmetric matrices are the two always equal.
def jacobian_lag_norms(hs, W_h):
    T, H = hs.shape
    J, norms = torch.eye(H), []
    for k in range(T):
        norms.append(torch.linalg.eigvals(J).abs().max())
        J = J @ torch.diag(1 - hs[T - 1 - k] ** 2) @ W_h
    return torch.stack(norms)


# %% name="multiplied-on-the-left" tags=["wrong"]
# 新的一步乘在了左边：往回走，更早的 J 接在乘积的右端。矩阵相乘不能交换。 || The next step was multiplied on the left: going back in time, the earlier J joins at the right end of the product. Matrices do not commute.
def jacobian_lag_norms(hs, W_h):
    T, H = hs.shape
    J, norms = torch.eye(H), []
    for k in range(T):
        norms.append(torch.linalg.matrix_norm(J, 2))
        J = torch.diag(1 - hs[T - 1 - k] ** 2) @ W_h @ J
    return torch.stack(norms)


# %% name="svd-of-each-product" tags=["right"]
# 每个 k 从早到晚重乘一遍，用 SVD || each product built afresh from early to late, with an SVD
def jacobian_lag_norms(hs, W_h):
    T, H = hs.shape
    norms = torch.ones(T)
    for k in range(1, T):
        product = torch.eye(H)
        for h in hs[T - k:]:
            product = (1 - h * h)[:, None] * W_h @ product
        norms[k] = torch.linalg.svdvals(product)[0]
    return norms
