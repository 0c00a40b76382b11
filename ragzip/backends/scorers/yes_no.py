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

_BATCH_TOKENS = 2048  # of the texts after the shared beginning
_QUESTION = 'Sentence:\n{sentence}\nIs this sentence useful in answering the query? Answer only "Yes" or "No".'


class YesNo:
    """A :class:`~ragzip.backends.protocols.PairScorer`: P(Yes) ÷ (P(Yes) + P(No)) as the model's next word.

    The shared beginning of all prompts (query and context) goes through the model once; its keys and values precede
    each batch of the remaining tokens. The scores are those of whole prompts, one by one, to
    rounding: the shared part is where the token ids are equal.
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
        """The token ids of the whole prompts, in the model's chat format where it has one."""
        return [self.model.chat_ids(f"{query}\n{_QUESTION.format(sentence=text)}", end="\n") for text in texts]

    def score_pairs(self, query: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """P(Yes) for each text. *Shape:* (len(texts),).

        :param query: the text before each of ``texts``: the question with its context.
        :raises InputError: a prompt is longer than the model can read.
        """
        import torch

        scores = np.zeros(len(texts), np.float32)
        prompt_ids = self.prompts(query, texts)
        if not prompt_ids:
            return scores
        max_length = max(map(len, prompt_ids))
        max_tokens = int(self.model.settings.get("max_position_embeddings") or max_length)
        if max_length > max_tokens:
            raise InputError(
                f"query: the prompt has {max_length} tokens with its context, and the model reads {max_tokens}. Give "
                "fewer or shorter documents, or context='document'."
            )
        shared_length = _shared_length(prompt_ids)
        with torch.inference_mode(), reported(len(prompt_ids)) as report:
            prefix_cache = self.model.past()
            if shared_length:
                self.model.step(
                    prefix_cache, input_ids=torch.tensor([prompt_ids[0][:shared_length]], device=self.model.device)
                )
            longest_first = sorted(range(len(prompt_ids)), key=lambda row: -len(prompt_ids[row]))
            done_count = 0
            while done_count < len(longest_first):
                tail_length = len(prompt_ids[longest_first[done_count]]) - shared_length
                batch_rows = longest_first[done_count : done_count + max(1, _BATCH_TOKENS // tail_length)]
                scores[batch_rows] = self._run(
                    [prompt_ids[row][shared_length:] for row in batch_rows], prefix_cache, shared_length
                )
                done_count += len(batch_rows)
                report(done_count)
        return scores

    def _run(self, tails: Sequence[Sequence[int]], prefix_cache: Any, shared_length: int) -> npt.NDArray[np.float32]:
        import torch

        max_length = max(map(len, tails))
        input_ids = torch.zeros((len(tails), max_length), dtype=torch.long)
        attention_mask = torch.zeros((len(tails), shared_length + max_length), dtype=torch.long)
        for row_number, tail_ids in enumerate(tails):
            input_ids[row_number, : len(tail_ids)] = torch.tensor(tail_ids)
            attention_mask[row_number, : shared_length + len(tail_ids)] = 1
        kv_cache = copy.deepcopy(prefix_cache)
        if shared_length:
            kv_cache.batch_repeat_interleave(len(tails))
        device = self.model.device
        logits = self.model.step(
            kv_cache, input_ids=input_ids.to(device), attention_mask=attention_mask.to(device)
        ).logits
        last_positions = torch.tensor([len(tail_ids) - 1 for tail_ids in tails], device=device)
        last_logits = logits[torch.arange(len(tails), device=device), last_positions]
        yes_no_logits = last_logits[:, [self._yes, self._no]].float()
        return np.asarray(yes_no_logits.softmax(1)[:, 0].cpu().numpy(), np.float32)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.model,)


def _shared_length(ids: Sequence[list[int]]) -> int:
    """The number of first token ids that all prompts share; at least one id of each prompt is not shared."""
    lowest_ids, highest_ids = min(ids), max(ids)
    max_shared = min(map(len, ids)) - 1
    return next(
        (position for position in range(max_shared) if lowest_ids[position] != highest_ids[position]), max_shared
    )
