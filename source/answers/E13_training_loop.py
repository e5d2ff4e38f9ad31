# %% name="no-zero-grad" tags=["wrong"]
# 忘了 zero_grad：梯度一段一段往上堆，每次更新用的是到现在为止的总和。 || zero_grad is missing: gradients pile up from chunk to chunk, and each update uses the sum of all so far.
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        state = tuple(part.detach() for part in state)
        losses.append(loss.item())
    return losses


# %% name="no-detach" tags=["wrong"]
# 状态没有 detach：下一段的反向传播会走进上一段的图，那张图已经扔掉了。 || The state was not detached: the next backward pass runs into the graph of the chunk before, which is gone.
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% name="detach-h-only" tags=["wrong"]
# 只 detach 了 h：LSTM 的状态是一对，c 还牵着上一段的图。 || Only h was detached: an LSTM's state is a pair, and c still holds on to the graph of the chunk before.
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        state = (state[0].detach(), state[1])
        losses.append(loss.item())
    return losses


# %% name="state-reset" tags=["wrong"]
# 每一段都从零状态开始：断开的该是梯度，不是状态。 || Every chunk starts from zero: it is the gradient that should be cut, not the state.
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        state = None
        losses.append(loss.item())
    return losses


# %% name="clip-after-step" tags=["wrong"]
# 裁剪写在 step 之后：更新已经用没裁过的梯度做完了。 || Clipping stands after step: the update has already been made with the gradient as it was.
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        nn.utils.clip_grad_norm_(parameters, clip)
        state = tuple(part.detach() for part in state)
        losses.append(loss.item())
    return losses


# %% name="clip-before-backward" tags=["wrong"]
# 裁剪没有起作用：它写在 backward 之前（那时还没有梯度），或者没有写。放在 backward 和 step 之间。 || Clipping has no effect: it stands before backward, when there is no gradient yet, or is missing. It belongs between backward and step.
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        optimizer.zero_grad()
        nn.utils.clip_grad_norm_(parameters, clip)
        loss.backward()
        optimizer.step()
        state = tuple(part.detach() for part in state)
        losses.append(loss.item())
    return losses


# %% name="no-clip" tags=["wrong"]
# 裁剪没有起作用：它写在 backward 之前（那时还没有梯度），或者没有写。放在 backward 和 step 之间。 || Clipping has no effect: it stands before backward, when there is no gradient yet, or is missing. It belongs between backward and step.
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        state = tuple(part.detach() for part in state)
        losses.append(loss.item())
    return losses


# %% name="clip-by-value" tags=["wrong"]
# 按值裁剪了：每个元素各自截断，方向就变了。要按范数：clip_grad_norm_。 || Clipped by value: every entry is cut by itself, which turns the direction. By norm it should be: clip_grad_norm_.
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(parameters, clip)
        optimizer.step()
        state = tuple(part.detach() for part in state)
        losses.append(loss.item())
    return losses


# %% name="clips-only-rnn" tags=["wrong"]
# 只裁了 LSTM 的梯度：所有参数合起来只有一个范数，读出层也在里面。 || Only the LSTM's gradients were clipped: there is one norm of all parameters together, the readout's included.
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        state = tuple(part.detach() for part in state)
        losses.append(loss.item())
    return losses


# %% name="drops-last-chunk" tags=["wrong"]
# 最后不满一段的几步丢掉了：它们也是数据。 || The steps of the last, shorter chunk were dropped: they are data as well.
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    whole = max(chunk, x.shape[1] // chunk * chunk)
    for xb, yb in zip(x[:, :whole].split(chunk, dim=1), y[:, :whole].split(chunk, dim=1)):
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        state = tuple(part.detach() for part in state)
        losses.append(loss.item())
    return losses


# %% name="stays-in-eval" tags=["wrong"]
# 没有切到训练模式：交过来的网络在 eval，dropout 会一直关着。 || No switch to training mode: the network arrived in eval, and its dropout would stay off.
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        state = tuple(part.detach() for part in state)
        losses.append(loss.item())
    return losses


# %% name="target-off-by-one" tags=["wrong"]
# 目标错开了一步：y[:, t] 就是第 t 步的类别，这里不用再移。 || The target is off by one step: y[:, t] is the class at step t, with no further shift.
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.roll(-1, dims=1).split(chunk, dim=1)):
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        state = tuple(part.detach() for part in state)
        losses.append(loss.item())
    return losses


# %% name="softmax-first" tags=["wrong"]
# cross_entropy 之前多了一次 softmax：它要的是分数，里面自己会做。 || One softmax too many before cross_entropy: it takes scores and does the softmax itself.
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).softmax(dim=2).transpose(1, 2), yb)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        state = tuple(part.detach() for part in state)
        losses.append(loss.item())
    return losses


# %% name="losses-keep-graph" tags=["wrong"]
# 损失存成了张量：它牵着整段的图，段数一多内存就满了。要一个数：loss.item()。 || Losses are kept as tensors: each holds on to the graph of its chunk, and memory fills up. Keep a number: loss.item().
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        state = tuple(part.detach() for part in state)
        losses.append(loss)
    return losses


# %% name="not-cloned" tags=["wrong"]
# 存的是活的权重：训练下去它跟着变，取回来的是最后一轮。要存一份拷贝。 || The living weights were kept: they change as training goes on, and the last epoch comes back. Keep a copy.
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited, self.kept = torch.inf, 0, None

    def update(self, val_loss, model):
        if val_loss < self.best - self.min_delta:
            self.best, self.waited = val_loss, 0
            self.kept = model.state_dict()
        else:
            self.waited += 1
        return self.waited >= self.patience

    def restore(self, model):
        model.load_state_dict(self.kept)


# %% name="min-delta-ignored" tags=["wrong"]
# 没有用 min_delta：好一点点也算了进步。 || min_delta is not used: the smallest gain counted as progress.
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited, self.kept = torch.inf, 0, None

    def update(self, val_loss, model):
        if val_loss < self.best:
            self.best, self.waited = val_loss, 0
            self.kept = {name: value.clone() for name, value in model.state_dict().items()}
        else:
            self.waited += 1
        return self.waited >= self.patience

    def restore(self, model):
        model.load_state_dict(self.kept)


# %% name="count-never-reset" tags=["wrong"]
# 有了进步，计数没有归零：数的该是连着几轮，不是总共几轮。 || The count is not set back by progress: it should count epochs in a row, not epochs in all.
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited, self.kept = torch.inf, 0, None

    def update(self, val_loss, model):
        if val_loss < self.best - self.min_delta:
            self.best = val_loss
            self.kept = {name: value.clone() for name, value in model.state_dict().items()}
        else:
            self.waited += 1
        return self.waited >= self.patience

    def restore(self, model):
        model.load_state_dict(self.kept)


# %% name="previous-not-best" tags=["wrong"]
# 和上一次比了：要和最好的比，不然慢慢爬回来也算进步。 || Compared with the last value: compare with the best, or climbing back slowly counts as progress.
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited, self.kept = torch.inf, 0, None

    def update(self, val_loss, model):
        if val_loss < self.best - self.min_delta:
            self.best, self.waited = val_loss, 0
            self.kept = {name: value.clone() for name, value in model.state_dict().items()}
        else:
            self.best = val_loss
            self.waited += 1
        return self.waited >= self.patience

    def restore(self, model):
        model.load_state_dict(self.kept)


# %% name="one-late" tags=["wrong"]
# 多等了一轮：连着 patience 轮没有进步就该停，是 >=，不是 >。 || Waited one epoch too many: stop when patience epochs in a row made no progress, >= rather than >.
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited, self.kept = torch.inf, 0, None

    def update(self, val_loss, model):
        if val_loss < self.best - self.min_delta:
            self.best, self.waited = val_loss, 0
            self.kept = {name: value.clone() for name, value in model.state_dict().items()}
        else:
            self.waited += 1
        return self.waited > self.patience

    def restore(self, model):
        model.load_state_dict(self.kept)


# %% name="higher-is-better" tags=["wrong"]
# 方向反了：这是损失，越低越好。 || The wrong way round: this is a loss, and lower is better.
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited, self.kept = -torch.inf, 0, None

    def update(self, val_loss, model):
        if val_loss > self.best + self.min_delta:
            self.best, self.waited = val_loss, 0
            self.kept = {name: value.clone() for name, value in model.state_dict().items()}
        else:
            self.waited += 1
        return self.waited >= self.patience

    def restore(self, model):
        model.load_state_dict(self.kept)


# %% name="no-restore" tags=["wrong"]
# restore 什么也没做：停下之后，要把存的权重装回去。 || restore does nothing: after the stop, the weights that were kept have to go back in.
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited, self.kept = torch.inf, 0, None

    def update(self, val_loss, model):
        if val_loss < self.best - self.min_delta:
            self.best, self.waited = val_loss, 0
            self.kept = {name: value.clone() for name, value in model.state_dict().items()}
        else:
            self.waited += 1
        return self.waited >= self.patience

    def restore(self, model):
        pass


# %% name="slices" tags=["right"]
# 自己切下标 || slices by index
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    for start in range(0, x.shape[1], chunk):
        xb, yb = x[:, start : start + chunk], y[:, start : start + chunk]
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        state = tuple(part.detach() for part in state)
        losses.append(loss.item())
    return losses


# %% name="own-clipping" tags=["right"]
# 自己写裁剪，摊平了算损失 || clipping by hand, the loss of flattened scores
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).flatten(0, 1), yb.flatten())
        optimizer.zero_grad()
        loss.backward()
        norm = torch.stack([p.grad.norm() for p in parameters]).norm()
        for p in parameters:
            p.grad *= torch.clamp(clip / norm, max=1.0)
        optimizer.step()
        state = tuple(part.detach() for part in state)
        losses.append(loss.item())
    return losses


# %% name="zeros-first" tags=["right"]
# 第一段给明白的零状态，状态作关键字参数，step 之后清梯度 || explicit zeros at first, the state as a keyword, gradients cleared at the top of the loop
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    zero = x.new_zeros(1, len(x), model.hidden_size)
    losses, state = [], (zero, zero)
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        optimizer.zero_grad()
        out, state = model(xb, hx=state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        state = tuple(part.detach() for part in state)
        losses.append(loss.item())
    return losses


# %% name="detach-before" tags=["right"]
# 在段的开头 detach || detached at the start of a chunk
def tbptt_train(model, head, x, y, optimizer, chunk, clip):
    parameters = [*model.parameters(), *head.parameters()]
    losses, state = [], None
    model.train()
    head.train()
    for xb, yb in zip(x.split(chunk, dim=1), y.split(chunk, dim=1)):
        if state is not None:
            h, c = state
            state = h.detach(), c.detach()
        out, state = model(xb, state)
        loss = F.cross_entropy(head(out).transpose(1, 2), yb)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% name="deepcopy" tags=["right"]
# 深拷贝 || a deep copy
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited, self.kept = torch.inf, 0, None

    def update(self, val_loss, model):
        if val_loss < self.best - self.min_delta:
            self.best, self.waited = val_loss, 0
            self.kept = __import__("copy").deepcopy(model.state_dict())
        else:
            self.waited += 1
        return self.waited >= self.patience

    def restore(self, model):
        model.load_state_dict(self.kept)


# %% name="history" tags=["right"]
# 记下所有的损失，从头数 || all losses kept, counted from the start
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta, self.best, self.since = patience, min_delta, None, []

    def update(self, val_loss, model):
        if self.best is None or self.best - val_loss > self.min_delta:
            self.best, self.since = val_loss, []
            self.weights = [p.detach().clone() for p in model.parameters()]
        else:
            self.since.append(val_loss)
        return len(self.since) >= self.patience

    def restore(self, model):
        with torch.no_grad():
            for p, kept in zip(model.parameters(), self.weights):
                p.copy_(kept)
