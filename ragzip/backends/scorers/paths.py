"""Paths of a page's blocks scored by a causal language model. Needs ``ragzip[torch]``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.backends.progress import reported
from ragzip.errors import InputError

if TYPE_CHECKING:
    from ragzip.backends.runtimes.torch import TorchModel

__all__ = ["PathModel"]

_MIN_PROBABILITY = 1e-9  # lower ones count as this
_BATCH_TOKENS = 512  # of the trie


class _Trie(NamedTuple):
    """All paths as one tree of tokens, parents before children; node 0 is the root, which has no token.

    ``branches``: the children of each node. ``ends``: the node that each path ends with.
    """

    tokens: list[int]
    parents: list[int]
    depths: list[int]
    branches: list[list[int]]
    ends: list[int]

    def has_branches(self, node: int) -> bool:
        """Whether the trie branches at ``node`` or below it."""
        while len(self.branches[node]) == 1:
            node = self.branches[node][0]
        return len(self.branches[node]) > 1

    def with_ancestors(self, node: int) -> Iterator[int]:
        """``node`` and those above it, but for the root."""
        while node:
            yield node
            node = self.parents[node]


class PathModel:
    """The likelihood that a model names each of some paths next, as in HtmlRAG's generative pruning (Tan et al. 2024,
    arXiv 2411.02959).

    All paths make a trie of tokens. Where it branches, the model's probabilities of the children alone add up to 1; an
    only child has 1. A path's score is the sum of the logarithms (each probability at least 1e-9) over its tokens,
    divided by the mean number of elements of the paths.

    The reference reads the whole page again at every branching. Here the page is read once, and after it every node of
    the trie once: the tokens of the trie run as one sequence, in which each sees only the page and its own ancestors.
    """

    def __init__(self, model: TorchModel) -> None:
        self.model = model

    @property
    def fingerprint(self) -> str:
        return f"{self.model.prompt_fingerprint}:paths"

    def score_paths(self, prompt: str, paths: Sequence[Sequence[str]]) -> npt.NDArray[np.float32]:
        """The score of each path after ``prompt``. *Shape:* (len(paths),).

        :raises InputError: the prompt is longer than the model can read.
        """
        if not paths:
            return np.zeros(0, np.float32)
        prompt_ids = self.model.chat_ids(prompt)
        trie = self._trie(paths)
        max_tokens = int(self.model.settings.get("max_position_embeddings") or 0)
        needed_tokens = len(prompt_ids) + max(trie.depths)
        if max_tokens and needed_tokens > max_tokens:
            raise InputError(
                f"page: the prompt has {needed_tokens} tokens, and the model reads {max_tokens}. Prune the page first, "
                "for example compressor=['html/bm25', 'html/paths'], or name a model with a longer window."
            )
        log_probabilities = self._walk(prompt_ids, trie)
        totals = np.zeros(len(trie.tokens))
        for node in range(1, len(totals)):
            totals[node] = totals[trie.parents[node]] + log_probabilities[node]
        mean_depth = np.mean([len(path) for path in paths])
        return np.asarray(totals[trie.ends] / mean_depth, np.float32)

    def _trie(self, paths: Sequence[Sequence[str]]) -> _Trie:
        trie = _Trie([-1], [-1], [0], [[]], [])
        child_by_token: dict[tuple[int, int], int] = {}
        for path in paths:
            node = 0
            for token in self.model.hf_tokenizer.encode(f"<{'><'.join(path)}>", add_special_tokens=False):
                child = child_by_token.get((node, token))
                if child is None:
                    child = child_by_token[node, token] = len(trie.tokens)
                    trie.tokens.append(token)
                    trie.parents.append(node)
                    trie.depths.append(trie.depths[node] + 1)
                    trie.branches.append([])
                    trie.branches[node].append(child)
                node = child
            trie.ends.append(node)
        return trie

    def _walk(self, prompt_ids: Sequence[int], trie: _Trie) -> list[float]:
        """The natural log-probability of each node among its siblings."""
        import torch

        device = self.model.device
        log_probabilities = [0.0] * len(trie.tokens)

        def branch(node: int, logits: Any) -> None:
            children = trie.branches[node]
            if len(children) > 1:
                child_tokens = torch.tensor([trie.tokens[child] for child in children], device=logits.device)
                probabilities = logits[child_tokens].float().softmax(0).clamp(min=_MIN_PROBABILITY)
                for child, log_probability in zip(children, probabilities.log().tolist(), strict=True):
                    log_probabilities[child] = log_probability

        # a node without branches after it has probability 1, and is not read
        read_nodes = [node for node in range(1, len(trie.tokens)) if trie.has_branches(node)]
        place_by_node = {node: len(prompt_ids) + number for number, node in enumerate(read_nodes)}
        with torch.inference_mode(), reported(len(prompt_ids) + len(read_nodes)) as report:
            kv_cache = self.model.past()
            input_ids = torch.tensor([list(prompt_ids)], device=device)
            logits = self.model.step(kv_cache, input_ids=input_ids, logits_to_keep=1).logits
            branch(0, logits[0, -1])
            report(len(prompt_ids))
            for start in range(0, len(read_nodes), _BATCH_TOKENS):
                batch_nodes = read_nodes[start : start + _BATCH_TOKENS]
                read_count = start + len(batch_nodes)
                is_visible = torch.zeros((len(batch_nodes), len(prompt_ids) + read_count), dtype=torch.bool)
                is_visible[:, : len(prompt_ids)] = True
                for row_number, node in enumerate(batch_nodes):
                    is_visible[row_number, [place_by_node[above] for above in trie.with_ancestors(node)]] = True
                node_depths = torch.tensor([trie.depths[node] for node in read_nodes[:read_count]])
                positions = torch.cat([torch.arange(len(prompt_ids)), len(prompt_ids) - 1 + node_depths])
                logits = self.model.step(
                    kv_cache,
                    input_ids=torch.tensor([[trie.tokens[node] for node in batch_nodes]], device=device),
                    attention_mask=self._masks(is_visible, positions, logits.dtype),
                    position_ids=positions[None, -len(batch_nodes) :].to(device),
                ).logits
                for row_number, node in enumerate(batch_nodes):
                    branch(node, logits[0, row_number])
                report(len(prompt_ids) + read_count)
        return log_probabilities

    def _masks(self, is_visible: Any, positions: Any, dtype: Any) -> Any:
        """The attention masks of the trie's tokens, for layers with full attention and for those with a sliding window.

        :param is_visible: *Shape:* (tokens, tokens before and among them), bool.
        :param positions: of the tokens before and among them. *Shape:* (tokens before and among them,).
        """
        import torch

        def added(allowed: Any) -> Any:
            mask = torch.zeros(allowed.shape, dtype=dtype).masked_fill(~allowed, torch.finfo(dtype).min)
            return mask[None, None].to(self.model.device)

        config = self.model.module.config
        layer_kinds = set(getattr(config, "layer_types", None) or ())
        window = getattr(config, "sliding_window", None)
        if not window or layer_kinds == {"full_attention"}:
            return added(is_visible)
        is_near = positions[None] > positions[-len(is_visible) :, None] - window
        masks = {"full_attention": added(is_visible), "sliding_attention": added(is_visible & is_near)}
        return masks if len(layer_kinds) > 1 else masks["sliding_attention"]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.model,)
