"""Small checkpoints in the layouts of Provence and OpenProvence, and causal models that answer yes or no."""

import json

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import processors

from .checkpoints import _bytes, _small, _unigram, _wordpiece

PROVENCES = ("provence", "open-deberta", "open-xlm-roberta", "open-bert")


def provence(kind, folder, *, seed=0):
    """Write a checkpoint of ``kind``; return its path, the ranker and the weights of the pruning head."""
    path = folder / kind
    path.mkdir()
    torch.manual_seed(seed)
    if kind == "open-xlm-roberta":
        tokenizer = _unigram()
        tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
        )
        config = transformers.XLMRobertaConfig(
            vocab_size=len(tokenizer), num_labels=1, pad_token_id=1, **_small(), max_position_embeddings=514
        )
    else:
        tokenizer = _wordpiece()
        tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]",
            pair="[CLS] $A [SEP] $B:1 [SEP]:1",
            special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
        )
        size = {"vocab_size": len(tokenizer), "num_labels": 1, "max_position_embeddings": 512, **_small()}
        if kind == "open-bert":
            config = transformers.BertConfig(**size)
        else:
            config = transformers.DebertaV2Config(**size, type_vocab_size=0, relative_attention=True)
    ranker = transformers.AutoModelForSequenceClassification.from_config(config).eval()
    with torch.no_grad():
        for parameter in ranker.parameters():
            if parameter.dim() > 1:
                parameter.mul_(4)
    head = torch.nn.Linear(32, 2)
    with torch.no_grad():
        head.weight.mul_(4)
    tensors = {name: tensor.clone() for name, tensor in ranker.state_dict().items()}
    if kind == "provence":
        tensors |= {"token_classifier.weight": head.weight.data, "token_classifier.bias": head.bias.data}
        settings = config.to_dict() | {"architectures": ["Provence"], "auto_map": {"AutoModel": "modeling.Provence"}}
    else:
        tensors = {f"ranking_model.{name}": tensor for name, tensor in tensors.items()}
        tensors |= {"pruning_head.classifier.weight": head.weight.data, "pruning_head.classifier.bias": head.bias.data}
        settings = {
            "model_type": "open_provence",
            "architectures": ["OpenProvenceForSequenceClassification"],
            "auto_map": {"AutoConfig": "modeling_open_provence_standalone.OpenProvenceConfig"},
            "base_model_config": config.to_dict(),
            "pruning_config": {"hidden_size": 32},
            "max_length": 512,
            "num_labels": 1,
        }
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path / "model.safetensors")
    (path / "config.json").write_text(json.dumps(settings))
    tokenizer.save_pretrained(path)
    return path, tokenizer, ranker, head


def judge(kind, folder, *, seed=0, chat=True):
    """A causal language model with a chat format: Llama, Gemma-2 (sliding windows) or GPT-2."""
    path = folder / kind
    tokenizer = _bytes(["<|endoftext|>"], single="$A")
    if chat:
        tokenizer.chat_template = (
            "{% for m in messages %}<|{{ m['role'] }}|>\n{{ m['content'] }}\n{% endfor %}"
            "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
        )
    torch.manual_seed(seed)
    size = {"vocab_size": len(tokenizer), "bos_token_id": 0, "eos_token_id": 0, "max_position_embeddings": 4096}
    small = _small() | {"num_key_value_heads": 2}
    if kind == "llama":
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**size, **small))
    elif kind == "gemma2":
        model = transformers.Gemma2ForCausalLM(
            transformers.Gemma2Config(**size, **small, head_dim=8, sliding_window=64, pad_token_id=0)
        )
    else:
        model = transformers.GPT2LMHeadModel(
            transformers.GPT2Config(
                vocab_size=len(tokenizer), n_positions=1024, n_embd=32, n_layer=2, n_head=4, bos_token_id=0,
                eos_token_id=0,
            )
        )  # fmt: skip
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(3)
    model.eval().save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path
