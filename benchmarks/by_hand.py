"""What one would write in PyTorch instead: gpt-nano and minGPT's training loop for its sort task, with its settings.

python -m benchmarks.by_hand SEED      trains until every one of the 729 questions is answered rightly
"""

import itertools
import sys

import torch
from torch import nn
from torch.nn import functional

LETTERS, LENGTH, CHANNELS, HEADS, LAYERS = 3, 6, 48, 3, 3
BATCH, RATE, BETAS, DECAY, CLIP, DROPOUT, CHECKED_EVERY, MOST = 64, 5e-4, (0.9, 0.95), 0.1, 1.0, 0.1, 100, 20_000


class Block(nn.Module):
    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(CHANNELS), nn.LayerNorm(CHANNELS)
        self.qkv, self.projection = nn.Linear(CHANNELS, 3 * CHANNELS), nn.Linear(CHANNELS, CHANNELS)
        self.widen, self.narrow = nn.Linear(CHANNELS, 4 * CHANNELS), nn.Linear(4 * CHANNELS, CHANNELS)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        heads = (*x.shape[:2], 3, HEADS, CHANNELS // HEADS)
        q, k, v = self.qkv(self.ln1(x)).view(heads).permute(2, 0, 3, 1, 4)
        dropout = self.dropout.p if self.training else 0.0
        z = functional.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=dropout)
        x = x + self.dropout(self.projection(z.transpose(1, 2).flatten(2)))
        gated = functional.gelu(self.widen(self.ln2(x)), approximate="tanh")
        return x + self.dropout(self.narrow(gated))


class GPT(nn.Module):
    def __init__(self, dropout: float = DROPOUT) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(LETTERS, CHANNELS), nn.Embedding(2 * LENGTH - 1, CHANNELS)
        self.blocks = nn.Sequential(nn.Dropout(dropout), *(Block(dropout) for _ in range(LAYERS)))
        self.norm, self.logits = nn.LayerNorm(CHANNELS), nn.Linear(CHANNELS, LETTERS, bias=False)
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.tokens(tokens) + self.positions(torch.arange(tokens.shape[1]))
        logits: torch.Tensor = self.logits(self.norm(self.blocks(x)))
        return logits


def loss_of(network: GPT, tokens: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(network(tokens).flatten(0, 1), targets.flatten(), ignore_index=-1)


def sequences(questions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    answers = questions.sort(1).values
    return torch.cat([questions, answers[:, :-1]], 1), torch.cat([-torch.ones_like(questions[:, 1:]), answers], 1)


def main(seed: int) -> None:
    torch.manual_seed(seed)
    torch.set_num_threads(1)  # faster than more: the arrays are small
    every = torch.cartesian_prod(*[torch.arange(LETTERS)] * LENGTH)
    trained = every[torch.randperm(len(every))[len(every) // 4 :]]
    network = GPT()
    optimiser = torch.optim.AdamW(network.parameters(), RATE, BETAS, weight_decay=DECAY)
    for step in itertools.count(1):
        loss = loss_of(network, *sequences(trained[torch.randint(len(trained), (BATCH,))]))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()
        if step % CHECKED_EVERY == 0:
            tokens, targets = sequences(every)
            with torch.no_grad():
                written = network.eval()(tokens).argmax(-1)
            network.train()
            if ((written == targets) | (targets < 0)).all():
                print(f"all right after {step} steps")
                return
            if step >= MOST:
                sys.exit(f"not all right after {step} steps")


if __name__ == "__main__":
    main(int(sys.argv[1]))
