"""The `tiny` policy's network: a causal transformer with pre-normalisation and learnt positions."""

import torch
from torch import nn
from torch.nn import functional as F

from workers.policy.tiny import alphabet
from workers.policy.tiny.config import TinyConfig


class Block(nn.Module):
    """Attention, then a perceptron, each on the normalised residual."""

    def __init__(self, config: TinyConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.before_attention, self.before_perceptron = nn.LayerNorm(width), nn.LayerNorm(width)
        self.inward, self.outward = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(
        self, x_NLD: torch.Tensor, seen_N1LL: torch.Tensor | None, at_M: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The new residual: N × L × D, or M × D of the flat places `at_M` alone."""
        n, length, width = x_NLD.shape
        mixed = self.inward(self.before_attention(x_NLD)).view(n, length, 3, self.heads, width // self.heads)
        query, key, value = mixed.permute(2, 0, 3, 1, 4)
        heard = F.scaled_dot_product_attention(query, key, value, attn_mask=seen_N1LL, is_causal=seen_N1LL is None)
        heard = heard.transpose(1, 2).reshape(n, length, width)
        x = x_NLD if at_M is None else x_NLD.flatten(0, 1)[at_M]
        x = x + self.outward(heard if at_M is None else heard.flatten(0, 1)[at_M])
        return x + self.narrow(F.gelu(self.wide(self.before_perceptron(x))))


class Network(nn.Module):
    """Tokens in, one vector for each place asked about out; the embedding doubles as the output layer.

    Places nobody asks about go through the last block's attention only: its perceptron is a third of two blocks' work.
    """

    def __init__(self, config: TinyConfig) -> None:
        super().__init__()
        self.embed = nn.Embedding(alphabet.SIZE, config.width)
        self.place = nn.Embedding(config.context, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.last = nn.LayerNorm(config.width)
        self.value = nn.Linear(config.width, 1)
        for name, parameter in self.named_parameters():
            if name.startswith(("embed", "place")):
                nn.init.normal_(parameter, std=0.1)
        nn.init.zeros_(self.value.weight)
        nn.init.zeros_(self.value.bias)
        self.sharpness = config.width**-0.5

    def forward(
        self,
        tokens_NL: torch.Tensor,
        positions_NL: torch.Tensor,
        seen_NLL: torch.Tensor | None,
        at_M: torch.Tensor,
    ) -> torch.Tensor:
        """M × D: of the flat places (row × L + column) `at_M`."""
        x_NLD = self.embed(tokens_NL) + self.place(positions_NL)
        seen = None if seen_NLL is None else seen_NLL[:, None]
        *blocks, last = self.blocks
        for block in blocks:
            x_NLD = block(x_NLD, seen)
        return self.last(last(x_NLD, seen, at_M))

    def logits(self, x_MD: torch.Tensor) -> torch.Tensor:
        """Over the vocabulary; small at first, so that a fresh policy is nearly uniform over what is legal."""
        return (x_MD @ self.embed.weight.T) * self.sharpness
