//! The vector of a text, which represents its meaning: the normalised sum of the vectors of its
//! word pieces.
//!
//! The table is `data/vectors/words.bin`; `make.py` in the same folder explains how it is made and
//! its layout. A word is split as in WordPiece (Wu et al. 2016, section 4.1): the longest prefix
//! that is in the table, then the longest prefix of the rest, and so on. A word that cannot be
//! split to its end is ignored.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::ops::Range;

use foldhash::fast::FixedState;

use super::fold::each_token;

/// The number of components of a vector.
pub const DIMENSIONS: usize = 128;
/// A vector of length 127 with rounded components; the scalar product of two is about 127² times
/// their cosine.
pub type Vector = [i8; DIMENSIONS];

const TABLE: &[u8] = include_bytes!("../../data/vectors/words.bin");
const HEADER: usize = 20;
const COUNT: usize = word_at(4) as usize;
const NUMBERS: usize = HEADER + 2 * COUNT;
const PLACES: usize = NUMBERS + DIMENSIONS / 2 * COUNT;
const PIECES: usize = PLACES + 4 * (COUNT + 1);

/// The maximum number of words whose vectors are cached, 512 bytes each.
const MAX_CACHED: usize = 2_500;
/// The maximum number of words that a [`VectorBuilder`] remembers.
const REMEMBERED: usize = 150_000;
/// The maximum length of a word that is split into pieces, in bytes.
const LONGEST: usize = 100;

/// The little-endian 32-bit number at a byte offset of the table.
const fn word_at(at: usize) -> u32 {
    u32::from_le_bytes([TABLE[at], TABLE[at + 1], TABLE[at + 2], TABLE[at + 3]])
}

/// The identifier of the table, in hexadecimal. Vectors of different tables cannot be compared.
pub fn table_name() -> String {
    TABLE[12..HEADER]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The vector of a text; none if the table has none of its words.
pub fn vector(text: &str) -> Option<Vector> {
    let mut reader = VectorBuilder::default();
    each_token(text, |word| {
        reader.add(word);
    });
    reader.take()
}

/// The cosine similarity of two vectors; `other` is a vector as it is stored.
pub fn similarity(one: &Vector, other: &[u8]) -> f64 {
    let product: i32 = one
        .iter()
        .zip(other)
        .map(|(a, b)| i32::from(*a) * i32::from(b.cast_signed()))
        .sum();
    f64::from(product) / (127.0 * 127.0)
}

/// Whether the table has the word as one piece.
pub fn knows(word: &str) -> bool {
    let word = word.as_bytes();
    word.first()
        .is_some_and(|first| find(word, beginning_with(*first)).is_ok())
}

/// Builds the vectors of texts, word by word, and remembers the words that it has seen.
///
/// A text is summed up at its end: by then the vectors of its words have been asked for one after the
/// other, and the processor fetches several at once.
#[derive(Debug, Default)]
pub struct VectorBuilder {
    /// By the hash of the word: comparing the word itself would cost a cache miss each time. The
    /// probability that two of 150,000 words have the same 64-bit hash is less than one in a billion.
    seen: HashMap<u64, KnownWord, FixedState>,
    /// The vectors of the first [`MAX_CACHED`] words.
    vectors: Vec<[f32; DIMENSIONS]>,
    /// The numbers of the pieces of all other words, word after word.
    pieces: Vec<u16>,
    /// The words of the current text.
    text: Vec<KnownWord>,
}

/// What a [`VectorBuilder`] remembers of a word.
#[derive(Debug, Clone, Copy)]
struct KnownWord {
    /// Where its vector is, or the first of its pieces.
    at: u32,
    /// The number of its pieces; 0 if it cannot be split.
    pieces: u8,
    is_cached: bool,
    /// It counts as new the next time.
    is_forgotten: bool,
}

impl VectorBuilder {
    /// Adds a folded word to the current text. Returns whether the word may be new to this builder.
    pub fn add(&mut self, word: &str) -> bool {
        let (known, is_new) = self.read(word);
        self.text.push(known);
        is_new
    }

    /// Remembers a folded word that is not part of the text. Returns whether it may be new to this
    /// builder.
    pub fn visit(&mut self, word: &str) -> bool {
        self.read(word).1
    }

    /// Forgets a word, so that it counts as new the next time.
    pub fn forget(&mut self, word: &str) {
        let hash = self.seen.hasher().hash_one(word);
        if let Some(known) = self.seen.get_mut(&hash) {
            known.is_forgotten = true;
        }
    }

    /// Looks a word up among those seen, or else in the table. Returns whether it may be new.
    fn read(&mut self, word: &str) -> (KnownWord, bool) {
        let hash = self.seen.hasher().hash_one(word);
        if let Some(known) = self.seen.get_mut(&hash) {
            let is_new = std::mem::take(&mut known.is_forgotten);
            return (*known, is_new);
        }
        let pieces = cut(word.as_bytes());
        let is_cached = !pieces.is_empty() && self.vectors.len() < MAX_CACHED;
        let at = if is_cached {
            self.vectors.push(sum_of(&pieces));
            self.vectors.len() - 1
        } else {
            self.pieces.extend(&pieces);
            self.pieces.len() - pieces.len()
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "150,000 words and those of a text have fewer pieces than 2³², a word at most 100"
        )]
        let known = KnownWord {
            at: at as u32,
            pieces: pieces.len() as u8,
            is_cached,
            is_forgotten: false,
        };
        self.seen.insert(hash, known);
        (known, true)
    }

    /// The vector of the words added since the last call; none if the table has none of them.
    pub fn take(&mut self) -> Option<Vector> {
        let sum = self.sum();
        self.text.clear();
        if self.seen.len() > REMEMBERED {
            *self = VectorBuilder::default();
        }
        let size = sum.iter().map(|x| x * x).sum::<f32>().sqrt();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "rounded and within one byte"
        )]
        (size > 0.0).then(|| sum.map(|x| (x / size * 127.0).round_ties_even() as i8))
    }

    /// The sum of the vectors of the current text.
    fn sum(&self) -> [f32; DIMENSIONS] {
        let mut sum = [0.0; DIMENSIONS];
        for word in &self.text {
            let (at, pieces) = (word.at as usize, usize::from(word.pieces));
            if word.is_cached {
                add(&mut sum, &self.vectors[at]);
            } else if pieces > 0 {
                add(&mut sum, &sum_of(&self.pieces[at..at + pieces]));
            }
        }
        sum
    }
}

fn add(sum: &mut [f32; DIMENSIONS], vector: &[f32; DIMENSIONS]) {
    for (sum, x) in sum.iter_mut().zip(vector) {
        *sum += x;
    }
}

/// What a number of four bits stands for. The steps grow with the distance from 0, as numbers become rarer.
fn level(number: u8) -> f32 {
    let t = f32::from(number) - 7.5;
    t + t * t * t / 64.0
}

/// The vector of a word. A text is the sum of its words, never of its pieces: floating point rounds
/// each sum, and the vector of a text must not depend on which words were cached.
fn sum_of(pieces: &[u16]) -> [f32; DIMENSIONS] {
    let mut sum = [0.0; DIMENSIONS];
    for piece in pieces {
        let piece = usize::from(*piece);
        let scale = &TABLE[HEADER + 2 * piece..];
        let scale = f32::from_bits(u32::from_le_bytes([0, 0, scale[0], scale[1]]));
        let numbers = &TABLE[NUMBERS + DIMENSIONS / 2 * piece..][..DIMENSIONS / 2];
        let (lower, upper) = sum.split_at_mut(DIMENSIONS / 2);
        for ((lower, upper), pair) in lower.iter_mut().zip(upper).zip(numbers) {
            *lower += scale * level(pair & 15);
            *upper += scale * level(pair >> 4);
        }
    }
    sum
}

/// The pieces of a word; empty if it cannot be split to its end.
fn cut(word: &[u8]) -> Vec<u16> {
    let mut pieces = Vec::new();
    if word.len() > LONGEST {
        return pieces;
    }
    let mut start = 0;
    // The buffer has room for the `#` before a piece that continues a word.
    let mut buffer = [b'#'; LONGEST + 1];
    while start < word.len() {
        let rest = &word[start..];
        let mark = usize::from(start > 0);
        buffer[0] = b'#';
        buffer[mark..mark + rest.len()].copy_from_slice(rest);
        let Some((piece, length)) = longest_prefix(&buffer[..mark + rest.len()], mark) else {
            return Vec::new();
        };
        pieces.push(piece);
        start += length - mark;
    }
    pieces
}

/// The number and the length of the longest piece that `word` begins with and that is longer than
/// `least`. A piece that sorts last among those up to `word` is either a prefix of it, or shares
/// with it all that a shorter prefix in the table can have.
fn longest_prefix(mut word: &[u8], least: usize) -> Option<(u16, usize)> {
    let mut range = beginning_with(*word.first()?);
    while word.len() > least {
        let last = match find(word, range.clone()) {
            Ok(number) => return Some((u16::try_from(number).ok()?, word.len())),
            Err(next) => next.checked_sub(1)?,
        };
        range.end = last + 1;
        let shared = word.iter().zip(piece(last)).take_while(|(a, b)| a == b);
        word = &word[..shared.count()];
    }
    None
}

/// A piece of the table, by its number.
fn piece(number: usize) -> &'static [u8] {
    &TABLE[begin(number)..begin(number + 1)]
}

/// For each byte, the number of the first piece that begins with it or a greater one.
const STARTS: [usize; 257] = {
    let (mut starts, mut byte, mut number) = ([0; 257], 0, 0);
    while byte < starts.len() {
        while number < COUNT && (TABLE[begin(number)] as usize) < byte {
            number += 1;
        }
        starts[byte] = number;
        byte += 1;
    }
    starts
};

/// The offset of a piece in the table, by its number.
const fn begin(number: usize) -> usize {
    PIECES + word_at(PLACES + 4 * number) as usize
}

/// The numbers of the pieces that begin with a byte.
fn beginning_with(byte: u8) -> Range<usize> {
    STARTS[usize::from(byte)]..STARTS[usize::from(byte) + 1]
}

/// The number of a piece among those of `range`, or the number that it would have.
fn find(wanted: &[u8], range: Range<usize>) -> Result<usize, usize> {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = usize::midpoint(low, high);
        match piece(middle).cmp(wanted) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return Ok(middle),
        }
    }
    Err(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_the_one_that_the_script_made() {
        let expected: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../data/vectors/expected.json")).expect("JSON");
        assert!(expected.len() > 4);
        for each in expected {
            let text = each["text"].as_str().expect("a text");
            let ours = vector(text).map(|vector| vector.map(i64::from).to_vec());
            let theirs = each["vector"].as_array().map(|numbers| {
                numbers
                    .iter()
                    .filter_map(serde_json::Value::as_i64)
                    .collect::<Vec<_>>()
            });
            // The script adds in another order, so a component may differ by one.
            let near = match (&ours, &theirs) {
                (Some(ours), Some(theirs)) => {
                    ours.len() == theirs.len()
                        && ours.iter().zip(theirs).all(|(a, b)| a.abs_diff(*b) <= 1)
                }
                (None, None) => true,
                _ => false,
            };
            assert!(near, "{text}: {ours:?} {theirs:?}");
        }
    }

    #[test]
    fn what_is_alike_is_near_and_a_reader_reads_as_one_text_at_a_time() {
        let one = vector("Variational autoencoders learn a latent distribution").expect("known");
        let alike = vector("generative latent variable models").expect("known");
        let other = vector("a recipe for bread with olives").expect("known");
        let similarity =
            |one: &Vector, other: &Vector| similarity(one, &other.map(i8::cast_unsigned));
        assert!(
            similarity(&one, &alike) > similarity(&one, &other) + 0.1,
            "{} {}",
            similarity(&one, &alike),
            similarity(&one, &other)
        );
        assert!((similarity(&one, &one) - 1.0).abs() < 0.05);
        assert!(knows("network") && !knows("autoencodr"));
        let mut reader = VectorBuilder::default();
        assert!(reader.add("latent"));
        let first = reader.take();
        assert!(!reader.add("latent"));
        assert_eq!(first, reader.take());
        assert_eq!(reader.take(), None);
    }

    #[test]
    fn the_vector_of_a_text_does_not_depend_on_what_was_read_before() {
        let made_up = |n: usize| {
            format!(
                "quantised{}latent{}",
                (b'a' + (n % 26) as u8) as char,
                (b'a' + (n / 26 % 26) as u8) as char
            )
        };
        // The sum before rounding: rounding hides a difference in all but one of a hundred thousand
        // components.
        let sum = |reader: &mut VectorBuilder, text: &str| {
            each_token(text, |word| {
                reader.add(word);
            });
            let sum = reader.sum();
            reader.take().map(|_| sum)
        };
        let mut busy = VectorBuilder {
            vectors: vec![[0.0; DIMENSIONS]; MAX_CACHED],
            ..VectorBuilder::default()
        };
        for first in 0..200 {
            let text = (first..first + 12)
                .map(made_up)
                .collect::<Vec<_>>()
                .join(" ");
            let fresh = sum(&mut VectorBuilder::default(), &text);
            assert!(fresh.is_some(), "{text}");
            assert_eq!(fresh, sum(&mut busy, &text), "{text}");
            assert_eq!(fresh, sum(&mut busy, &text), "again: {text}");
        }
    }
}
