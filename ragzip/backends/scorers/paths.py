"""Paths of a page's blocks scored by a causal language model. Needs ``ragzip[torch]``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.backends.progress import reported
from ragzip.errors import InputError

if TYPE_CHECKING:
    from ragzip.backends.runtimes.torch import TorchModel

__all__ = ["PathModel"]

_LEAST = 1e-9  # a probability counts as no less
_AT_ONCE = 512  # tokens of the trie that run together


class _Trie(NamedTuple):
    """All paths as one tree of tokens, parents before children; node 0 is the root, which has no token.

    ``branches``: the children of each node. ``ends``: the node that each path ends with.
    """

    tokens: list[int]
    parents: list[int]
    depths: list[int]
    branches: list[list[int]]
    ends: list[int]


class PathModel:
    """How likely a model names each of some paths next, as HtmlRAG's generative pruning has it (Tan et al. 2024, arXiv
    2411.02959).

    All paths make a trie of tokens. Where it branches, the model's probabilities of the children alone add up to 1; an
    only child has 1. A path's score is the sum of the logarithms (each probability at least 1e-9) over its tokens,
    divided by the mean number of elements of the paths.

    The reference reads the whole page again at every branching. Here it is read once, and every node of the trie once
    behind it: the tokens of the trie run as one sequence in which each sees the page and its own ancestors alone.
    """

    def __init__(self, model: TorchModel) -> None:
        self.model = model

    @property
    def fingerprint(self) -> str:
        return f"{self.model.prompt_fingerprint}:paths"

    def score_paths(self, prompt: str, paths: Sequence[Sequence[str]]) -> npt.NDArray[np.float32]:
        """The score of each path behind ``prompt``. *Shape:* (len(paths),).

        :raises InputError: a prompt longer than the model can read.
        """
        if not paths:
            return np.zeros(0, np.float32)
        head = self.model.chat_ids(prompt)
        trie = self._trie(paths)
        limit = int(self.model.settings.get("max_position_embeddings") or 0)
        needed = len(head) + max(trie.depths)
        if limit and needed > limit:
            raise InputError(
                f"page: the prompt has {needed} tokens, and the model reads {limit}. Prune the page first, for example "
                "compressor=['html/bm25', 'html/paths'], or name a model with a longer window."
            )
        logs = self._walk(head, trie)
        totals = np.zeros(len(trie.tokens))
        for node in range(1, len(totals)):
            totals[node] = totals[trie.parents[node]] + logs[node]
        depth = np.mean([len(path) for path in paths])
        return np.asarray(totals[trie.ends] / depth, np.float32)

    def _trie(self, paths: Sequence[Sequence[str]]) -> _Trie:
        trie = _Trie([-1], [-1], [0], [[]], [])
        known: dict[tuple[int, int], int] = {}
        for path in paths:
            node = 0
            for token in self.model.hf_tokenizer.encode(f"<{'><'.join(path)}>", add_special_tokens=False):
                child = known.get((node, token))
                if child is None:
                    child = known[node, token] = len(trie.tokens)
                    trie.tokens.append(token)
                    trie.parents.append(node)
                    trie.depths.append(trie.depths[node] + 1)
                    trie.branches.append([])
                    trie.branches[node].append(child)
                node = child
            trie.ends.append(node)
        return trie

    def _walk(self, head: Sequence[int], trie: _Trie) -> list[float]:
        """The ln p of each node among its siblings."""
        import torch

        device = self.model.device
        logs = [0.0] * len(trie.tokens)

        def branch(node: int, logits: Any) -> None:
            children = trie.branches[node]
            if len(children) > 1:
                chosen = torch.tensor([trie.tokens[child] for child in children], device=logits.device)
                p = logits[chosen].float().softmax(0).clamp(min=_LEAST)
                for child, value in zip(children, p.log().tolist(), strict=True):
                    logs[child] = value

        # What nothing branches after is not read: its probability is 1.
        read = [node for node in range(1, len(trie.tokens)) if _matters(trie, node)]
        with torch.inference_mode(), reported(len(head) + len(read)) as report:
            past = self.model.past()
            ids = torch.tensor([list(head)], device=device)
            logits = self.model.step(past, input_ids=ids, logits_to_keep=1).logits
            branch(0, logits[0, -1])
            report(len(head))
            place = {0: -1}
            for start in range(0, len(read), _AT_ONCE):
                part = read[start : start + _AT_ONCE]
                place.update((node, len(head) + start + i) for i, node in enumerate(part))
                seen = torch.zeros((len(part), len(head) + start + len(part)), dtype=torch.bool)
                seen[:, : len(head)] = True
                for row, node in enumerate(part):
                    at = node
                    while at:
                        seen[row, place[at]] = True
                        at = trie.parents[at]
                depths = torch.tensor([trie.depths[node] for node in read[: start + len(part)]])
                positions = torch.cat([torch.arange(len(head)), len(head) - 1 + depths])
                logits = self.model.step(
                    past,
                    input_ids=torch.tensor([[trie.tokens[node] for node in part]], device=device),
                    attention_mask=self._masks(seen, positions, logits.dtype),
                    position_ids=positions[None, -len(part) :].to(device),
                ).logits
                for row, node in enumerate(part):
                    branch(node, logits[0, row])
                report(len(head) + start + len(part))
        return logs

    def _masks(self, seen: Any, positions: Any, dtype: Any) -> Any:
        """What each token of the trie sees, for layers that see all and for those with a sliding window.

        :param seen: *Shape:* (tokens, tokens before and among them), bool.
        :param positions: of the latter. *Shape:* (tokens before and among them,).
        """
        import torch

        def added(allowed: Any) -> Any:
            mask = torch.zeros(allowed.shape, dtype=dtype).masked_fill(~allowed, torch.finfo(dtype).min)
            return mask[None, None].to(self.model.device)

        config = self.model.module.config
        kinds = set(getattr(config, "layer_types", None) or ())
        window = getattr(config, "sliding_window", None)
        if not window or kinds == {"full_attention"}:
            return added(seen)
        near = positions[None] > positions[-len(seen) :, None] - window
        masks = {"full_attention": added(seen), "sliding_attention": added(seen & near)}
        return masks if len(kinds) > 1 else masks["sliding_attention"]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.model,)


def _matters(trie: _Trie, node: int) -> bool:
    """Whether the trie branches at ``node`` or below it."""
    while len(trie.branches[node]) == 1:
        node = trie.branches[node][0]
    return len(trie.branches[node]) > 1
