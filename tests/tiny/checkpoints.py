"""Small checkpoints of the real architectures and file layouts, with vocabularies trained on the demo corpus."""

from functools import lru_cache
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CORPUS = Path(__file__).parent.parent.parent / "examples" / "corpus"
KINDS = ("bert", "xlm-roberta", "distilbert", "modernbert")
# llmlingua 0.2.2 tells a model's family by these words in its path.
NAMES = {"bert": "bert-base-multilingual-cased", "xlm-roberta": "xlm-roberta-large"}
BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
XLMR = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


@lru_cache(maxsize=1)
def corpus():
    return tuple(path.read_text("utf-8") for path in sorted(CORPUS.iterdir()) if path.is_file())


def make(kind, folder, *, seed=0, labels=2, scale=4.0):
    """Write a checkpoint of ``kind`` into ``folder`` and return its path."""
    path = folder / NAMES.get(kind, kind)
    tokenizer = {"bert": _wordpiece, "distilbert": _wordpiece, "xlm-roberta": _unigram, "modernbert": _bytes}[kind]()
    torch.manual_seed(seed)
    size = {"vocab_size": len(tokenizer), "num_labels": labels}
    if kind == "bert":
        config = transformers.BertConfig(**size, **_small())
        model = transformers.BertForTokenClassification(config)
    elif kind == "xlm-roberta":
        config = transformers.XLMRobertaConfig(**size, **_small(), pad_token_id=1, bos_token_id=0, eos_token_id=2)
        config.max_position_embeddings = 514
        model = transformers.XLMRobertaForTokenClassification(config)
    elif kind == "distilbert":
        model = transformers.DistilBertForTokenClassification(
            transformers.DistilBertConfig(**size, dim=32, n_layers=2, n_heads=4, hidden_dim=64)
        )
    else:
        model = transformers.ModernBertForTokenClassification(
            transformers.ModernBertConfig(
                **size, **_small(), pad_token_id=0, cls_token_id=2, sep_token_id=3, bos_token_id=2, eos_token_id=3,
                global_attn_every_n_layers=2, local_attention=16,
            )
        )  # fmt: skip
    with torch.no_grad():  # so that probabilities are not all near one half
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(scale)
    model.eval().save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def causal(folder, *, seed=0):
    """A GPT-2."""
    path = folder / "gpt"
    tokenizer = _bytes(["<|endoftext|>"], single="$A")
    torch.manual_seed(seed)
    config = transformers.GPT2Config(
        vocab_size=len(tokenizer), n_positions=128, n_embd=32, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0
    )
    transformers.GPT2LMHeadModel(config).eval().save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def llama(folder, *, seed=0, name="llama", layers=2, hidden=32, tied=True):
    """A Llama with a chat format."""
    path = folder / name
    tokenizer = _bytes(["<|end|>"], single="$A")
    tokenizer.chat_template = (
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}<|end|>{% endfor %}"
        "{% if add_generation_prompt %}<a>{% endif %}"
    )
    torch.manual_seed(seed)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=4,
        num_key_value_heads=2, intermediate_size=64, max_position_embeddings=2048, tie_word_embeddings=tied,
        bos_token_id=0, eos_token_id=0, initializer_range=0.2,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).eval().save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def t5(folder, *, seed=0, layers=2):
    """A T5."""
    path = folder / "t5"
    tokenizer = _unigram(["<pad>", "</s>", "<unk>"], single="$A </s>")
    torch.manual_seed(seed)
    config = transformers.T5Config(
        vocab_size=len(tokenizer), d_model=32, d_kv=8, d_ff=64, num_layers=layers, num_heads=4,
        decoder_start_token_id=0, initializer_factor=4.0,
    )  # fmt: skip
    transformers.T5ForConditionalGeneration(config).eval().save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def _small():
    return {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}


def _wordpiece():
    return _fast(
        Tokenizer.from_str(_trained_wordpiece()), BERT, "[CLS] $A [SEP]", "[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"
    )


@lru_cache(maxsize=1)
def _trained_wordpiece():
    """The vocabulary as JSON, as of the next ones: training it takes a second."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(corpus(), trainers.WordPieceTrainer(vocab_size=2000, special_tokens=BERT))
    return tokenizer.to_str()


@lru_cache(maxsize=4)
def _trained_unigram(special):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=2000, special_tokens=list(special), unk_token="<unk>")
    tokenizer.train_from_iterator(corpus()[::3], trainer)
    return tokenizer.to_str()


def _unigram(special=XLMR, single="<s> $A </s>"):
    tokenizer = Tokenizer.from_str(_trained_unigram(tuple(special)))
    if special != XLMR:
        tokenizer.post_processor = processors.TemplateProcessing(single=single, special_tokens=[("</s>", 1)])
        return transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512
        )
    return _fast(tokenizer, XLMR, single, "<s>", "</s>", "<pad>", "<unk>", "<mask>")


@lru_cache(maxsize=4)
def _trained_bytes(special):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=2000, special_tokens=list(special), initial_alphabet=alphabet)
    tokenizer.train_from_iterator(corpus(), trainer)
    return tokenizer.to_str()


def _bytes(special=("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"), single="[CLS] $A [SEP]"):
    tokenizer = Tokenizer.from_str(_trained_bytes(tuple(special)))
    if len(special) == 1:
        return transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, bos_token=special[0], eos_token=special[0], unk_token=special[0]
        )
    return _fast(tokenizer, special, single, "[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]")


def _fast(tokenizer, special, single, cls, sep, pad, unk, mask):
    ids = [(token, special.index(token)) for token in (cls, sep)]
    tokenizer.post_processor = processors.TemplateProcessing(single=single, special_tokens=ids)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, cls_token=cls, sep_token=sep, pad_token=pad, unk_token=unk, mask_token=mask,
        model_max_length=512,
    )  # fmt: skip
