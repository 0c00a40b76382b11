"""A causal language model with weights set by hand, one of whose heads copies."""

import torch
import transformers

from .checkpoints import _bytes

_PLACES, _TOKENS = 512, 256  # dimensions of the code of a position, and of that of a token


def induction(folder):
    """A GPT-2 of two layers with two heads each; returns its folder.

    The first head of layer 0 looks one token back and notes which token it saw. The first head of layer 1 looks for the
    place that notes the token it stands at, which is the one that followed it before. The other heads look nowhere.
    """
    path = folder / "induction"
    tokenizer = _bytes(["<|end|>"], single="$A")
    generator = torch.Generator().manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=len(tokenizer), n_positions=_PLACES, n_embd=_PLACES + 2 * _TOKENS, n_layer=2, n_head=2,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    model = transformers.GPT2LMHeadModel(config).eval()
    width = config.n_embd
    places, tokens, notes = slice(0, _PLACES), slice(_PLACES, _PLACES + _TOKENS), slice(_PLACES + _TOKENS, width)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "ln_" not in name:
                parameter.zero_()
        code = torch.randn(_PLACES, generator=generator)
        model.transformer.wpe.weight[:, places] = torch.stack([code.roll(place) for place in range(_PLACES)])
        model.transformer.wte.weight[:, tokens] = torch.randn(len(tokenizer), _TOKENS, generator=generator)
        back, match = (layer.attn for layer in model.transformer.h)
        numbers = torch.arange(_PLACES)
        back.c_attn.weight[(numbers + 1) % _PLACES, numbers] = 2.0  # the query is the code of the place before
        back.c_attn.weight[numbers, width + numbers] = 1.0
        numbers = torch.arange(_TOKENS)
        back.c_attn.weight[tokens.start + numbers, 2 * width + numbers] = 1.0
        back.c_proj.weight[numbers, notes.start + numbers] = 1.0
        match.c_attn.weight[tokens.start + numbers, numbers] = 1.0
        match.c_attn.weight[notes.start + numbers, width + numbers] = 1.0
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path
