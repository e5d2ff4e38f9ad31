"""Make h100.csv: what recurrent layers, attention and a scan cost on one device, one row for each measurement.

    python datasets/make_h100.py cuda > datasets/h100.csv
    python datasets/make_h100.py cpu quick              # a few minutes: the same questions at small sizes

h100.md describes the columns.
"""

import csv
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

COLUMNS = ["experiment", "device", "torch", "dtype", "model", "batch", "steps", "hidden", "ms", "low", "high", "bytes"]


class LoopLSTM(nn.Module):
    """An LSTM with a Python loop over time; one product for the input, one for each step. x (B, T, I) -> (B, T, H)"""

    def __init__(self, I, H):
        super().__init__()
        self.H = H
        self.x = nn.Linear(I, 4 * H)
        self.h = nn.Linear(H, 4 * H, bias=False)

    def forward(self, x):
        h = c = x.new_zeros(x.shape[0], self.H)
        hs = []
        for g in self.x(x).unbind(1):
            i, f, n, o = (g + self.h(h)).chunk(4, -1)
            c = f.sigmoid() * c + i.sigmoid() * n.tanh()
            h = o.sigmoid() * c.tanh()
            hs.append(h)
        return torch.stack(hs, 1)


def scan(a, b):
    """h_t = a_t h_{t-1} + b_t for all t in ceil(log2 T) rounds (Hillis and Steele). a, b (B, T, H) -> (B, T, H)"""
    T, step = a.shape[1], 1
    while step < T:
        b = torch.cat([b[:, :step], a[:, step:] * b[:, :-step] + b[:, step:]], 1)
        a = torch.cat([a[:, :step], a[:, step:] * a[:, :-step]], 1)
        step *= 2
    return b


class MinGRU(nn.Module):
    """minGRU: its gate sees the input alone, so time can be scanned. x (B, T, I) -> (B, T, H)"""

    def __init__(self, I, H, parallel):
        super().__init__()
        self.z = nn.Linear(I, 2 * H)
        self.parallel = parallel

    def forward(self, x):
        z, n = self.z(x).chunk(2, -1)
        z = z.sigmoid()
        if self.parallel:
            return scan(1 - z, z * n)
        h = torch.zeros_like(n[:, 0])
        hs = []
        for a, b in zip((1 - z).unbind(1), (z * n).unbind(1)):
            h = a * h + b
            hs.append(h)
        return torch.stack(hs, 1)


class Attention(nn.Module):
    """One causal self-attention layer of 8 heads. x (B, T, H) -> (B, T, H)"""

    def __init__(self, H, heads=8):
        super().__init__()
        self.qkv = nn.Linear(H, 3 * H)
        self.o = nn.Linear(H, H)
        self.heads = heads

    def heads_of(self, x):
        return (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))

    def forward(self, x):
        q, k, v = self.heads_of(x)
        return self.o(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))

    def step(self, x, K, V, n):
        """Token number n alone: x (B, 1, H), with a cache K, V (B, heads, N, D) that is written in place."""
        q, K[:, :, n : n + 1], V[:, :, n : n + 1] = self.heads_of(x)
        attended = F.scaled_dot_product_attention(q, K[:, :, : n + 1], V[:, :, : n + 1])
        return self.o(attended.transpose(1, 2).flatten(2))


def make(model, H):
    return {
        "RNN": lambda: nn.RNN(H, H, batch_first=True),
        "LSTM": lambda: nn.LSTM(H, H, batch_first=True),
        "GRU": lambda: nn.GRU(H, H, batch_first=True),
        "loop LSTM": lambda: LoopLSTM(H, H),
        "minGRU loop": lambda: MinGRU(H, H, parallel=False),
        "minGRU scan": lambda: MinGRU(H, H, parallel=True),
        "attention": lambda: Attention(H),
    }[model]()


class Bench:
    """Times calls on one device and writes a row for each."""

    def __init__(self, device, quick, file):
        self.device, self.quick, self.cuda = device, quick, device == "cuda"
        self.name = torch.cuda.get_device_name(0) if self.cuda else "cpu, 1 thread"
        self.rows = csv.writer(file, lineterminator="\n")
        self.rows.writerow(COLUMNS)

    def synchronize(self):
        if self.cuda:
            torch.cuda.synchronize()

    def timed(self, call, repeats=15, warm_up=4, budget=6.0):
        """Milliseconds of call(): median, lowest, highest. Stops early when the budget in seconds is used."""
        begin, times = time.perf_counter(), []
        for _ in range(warm_up):
            call()
            self.synchronize()
            if time.perf_counter() - begin > budget / 2:
                break
        while len(times) < repeats and (len(times) < 3 or time.perf_counter() - begin < budget):
            self.synchronize()
            start = time.perf_counter()
            call()
            self.synchronize()
            times.append(1000 * (time.perf_counter() - start))
        return statistics.median(times), min(times), max(times)

    def row(self, experiment, model, dtype, sizes, times, size=""):
        milliseconds = [f"{t:.4f}" for t in times]
        self.rows.writerow(
            [experiment, self.name, torch.__version__, str(dtype)[6:], model, *sizes, *milliseconds, size]
        )

    def train_step(self, experiment, model, dtype, B, T, H):
        """Forward and backward of one layer."""
        torch.manual_seed(0)
        net = make(model, H).to(self.device, dtype)
        x = torch.randn(B, T, H, device=self.device, dtype=dtype)

        def call():
            net.zero_grad(set_to_none=True)
            y = net(x)
            y = y[0] if isinstance(y, tuple) else y
            y.float().square().mean().backward()

        self.row(experiment, model, dtype, (B, T, H), self.timed(call))

    def cells(self):
        for H in (64,) if self.quick else (64, 256, 1024):
            for model in ("RNN", "LSTM", "GRU", "loop LSTM"):
                self.train_step("cells", model, torch.float32, 32, 50, H)

    def depth(self):
        """The same number of tokens, cut into ever longer sequences."""
        tokens, H = (2048, 64) if self.quick else (65536, 512)
        for T in (64, 512) if self.quick else (64, 256, 1024, 4096, 16384):
            for model in ("LSTM", "GRU", "attention", "minGRU scan", "minGRU loop", "loop LSTM"):
                if T <= 4096 or "loop" not in model:
                    self.train_step("depth", model, torch.float32, tokens // T, T, H)
        if self.cuda:
            for T in (64, 1024, 16384):
                for model in ("LSTM", "GRU", "attention", "minGRU scan"):
                    self.train_step("depth", model, torch.bfloat16, tokens // T, T, H)

    @torch.no_grad()
    def stream(self):
        """One more token after n, two layers, and the bytes that must be kept for it."""
        H = 64 if self.quick else 512
        for B in (1,) if self.quick else (1, 64):
            for cell in ("GRU", "LSTM"):
                net = getattr(nn, cell)(H, H, num_layers=2, batch_first=True).to(self.device)
                token = torch.randn(B, 1, H, device=self.device)
                state = net(token)[1]
                kept = state if isinstance(state, tuple) else (state,)
                size = sum(s.numel() * s.element_size() for s in kept)
                times = self.timed(lambda net=net, token=token, state=state: net(token, state), repeats=50)
                self.row("stream", cell, torch.float32, (B, 1, H), times, size)
            for n in (64, 512) if self.quick else (64, 1024, 8192, 65536):
                self.stream_attention(B, n, H)

    def stream_attention(self, B, n, H):
        nets = [Attention(H).to(self.device) for _ in range(2)]
        token = torch.randn(B, 1, H, device=self.device)
        caches = [[torch.randn(B, 8, n + 1, H // 8, device=self.device) for _ in range(2)] for _ in nets]

        def step():
            y = token
            for net, (K, V) in zip(nets, caches):
                y = net.step(y, K, V, n)

        size = sum(t.numel() * 4 for cache in caches for t in cache)
        self.row("stream", "attention with cache", torch.float32, (B, n, H), self.timed(step, repeats=50), size)
        if B == 1 and n <= 8192:
            whole = torch.randn(B, n, H, device=self.device)

            def again():
                y = whole
                for net in nets:
                    y = net(y)

            times = self.timed(again, repeats=20)
            self.row("stream", "attention recomputed", torch.float32, (B, n, H), times, whole.numel() * 4)

    @torch.no_grad()
    def prompt(self):
        """Reading n tokens before the first answer (cuDNN's recurrent layers refuse 65,536 steps)."""
        H = 64 if self.quick else 512
        for n in (64, 512) if self.quick else (1024, 8192):
            x = torch.randn(1, n, H, device=self.device)
            for model in ("GRU", "LSTM", "attention", "minGRU scan"):
                net = make(model, H).to(self.device)
                times = self.timed(lambda net=net, x=x: net(x), repeats=10)
                self.row("prompt", model, torch.float32, (1, n, H), times)


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision("highest")
    bench = Bench(sys.argv[1] if len(sys.argv) > 1 else "cuda", "quick" in sys.argv, sys.stdout)
    for experiment in (bench.cells, bench.depth, bench.stream, bench.prompt):
        experiment()
