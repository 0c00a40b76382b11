"""Yes or no from a causal language model, about many texts that share one beginning. Needs ``ragzip[torch]``."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ragzip.backends.progress import reported
from ragzip.errors import InputError, ModelError

if TYPE_CHECKING:
    from ragzip.backends.runtimes.torch import TorchModel

__all__ = ["YesNo"]

_BATCH_TOKENS = 2048  # of the texts that run together behind the shared beginning
_ASK = 'Sentence:\n{sentence}\nIs this sentence useful in answering the query? Answer only "Yes" or "No".'


class YesNo:
    """A :class:`~ragzip.backends.protocols.PairScorer`: P(Yes) ÷ (P(Yes) + P(No)) as the model's next word.

    What all prompts share (query and context) goes through the model once; its keys and values stand before each
    batch of the rest. The scores are those of whole prompts, one by one, to rounding: the shared part is taken where
    their token ids are the same.
    """

    def __init__(self, model: TorchModel) -> None:
        self.model = model
        self._yes, self._no = (self._first(word) for word in ("Yes", "No"))
        if self._yes == self._no:
            raise ModelError(f"model: the tokenizer of {model.source} does not tell Yes from No by the first piece.")

    @property
    def fingerprint(self) -> str:
        return f"{self.model.prompt_fingerprint}:yes-no"

    def _first(self, word: str) -> int:
        return int(self.model.hf_tokenizer.encode(word, add_special_tokens=False)[0])

    def prompts(self, query: str, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of the whole prompts, in the model's chat format where it has one."""
        return [self.model.chat_ids(f"{query}\n{_ASK.format(sentence=text)}", end="\n") for text in texts]

    def score_pairs(self, query: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """P(Yes) for each text. *Shape:* (len(texts),).

        :param query: what stands before every text: the question, and the context it belongs to.
        :raises InputError: a prompt longer than the model can read.
        """
        import torch

        out = np.zeros(len(texts), np.float32)
        ids = self.prompts(query, texts)
        if not ids:
            return out
        longest = max(map(len, ids))
        limit = int(self.model.settings.get("max_position_embeddings") or longest)
        if longest > limit:
            raise InputError(
                f"query: the prompt has {longest} tokens with its context, and the model reads {limit}. Give fewer or "
                "shorter documents, or context='document'."
            )
        shared = _shared(ids)
        with torch.inference_mode(), reported(len(ids)) as report:
            prefix = self.model.past()
            if shared:
                self.model.step(prefix, input_ids=torch.tensor([ids[0][:shared]], device=self.model.device))
            order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
            at = 0
            while at < len(order):
                tail = len(ids[order[at]]) - shared
                batch = order[at : at + max(1, _BATCH_TOKENS // tail)]
                out[batch] = self._run([ids[i][shared:] for i in batch], prefix, shared)
                at += len(batch)
                report(at)
        return out

    def _run(self, tails: Sequence[Sequence[int]], prefix: Any, shared: int) -> npt.NDArray[np.float32]:
        import torch

        longest = max(map(len, tails))
        ids = torch.zeros((len(tails), longest), dtype=torch.long)
        mask = torch.zeros((len(tails), shared + longest), dtype=torch.long)
        for row, tail in enumerate(tails):
            ids[row, : len(tail)] = torch.tensor(tail)
            mask[row, : shared + len(tail)] = 1
        past = copy.deepcopy(prefix)
        if shared:
            past.batch_repeat_interleave(len(tails))
        device = self.model.device
        logits = self.model.step(past, input_ids=ids.to(device), attention_mask=mask.to(device)).logits
        last = torch.tensor([len(tail) - 1 for tail in tails], device=device)
        pair = logits[torch.arange(len(tails), device=device), last][:, [self._yes, self._no]].float()
        return np.asarray(pair.softmax(1)[:, 0].cpu().numpy(), np.float32)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.model,)


def _shared(ids: Sequence[list[int]]) -> int:
    """How many first token ids all have in common; each keeps one of its own."""
    first, last = min(ids), max(ids)
    most = min(map(len, ids)) - 1
    return next((i for i in range(most) if first[i] != last[i]), most)
