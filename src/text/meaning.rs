//! The vector of a text, which represents its meaning: the normalised sum of the vectors of its
//! word pieces.
//!
//! The table is `data/vectors/words.bin`; `make.py` in the same folder explains how it is made and
//! its layout. A word is split as in WordPiece (Wu et al. 2016, section 4.1): the longest prefix
//! that is in the table, then the longest prefix of the rest, and so on. A word that cannot be
//! split to its end is ignored.

use std::collections::HashMap;
use std::hash::BuildHasher;

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
    find(word.as_bytes()).is_ok()
}

/// Builds the vectors of texts, word by word, and caches the words that it has seen.
#[derive(Debug)]
pub struct VectorBuilder {
    /// By the hash of the word: comparing the word itself would cost a cache miss each time. The
    /// probability that two of 150,000 words have the same 64-bit hash is less than one in a billion.
    seen: HashMap<u64, KnownWord, FixedState>,
    /// The number of words whose vectors are cached.
    cached: usize,
    /// The sum of the vectors of the current text.
    sum: [f32; DIMENSIONS],
}

/// What a [`VectorBuilder`] remembers of a word.
#[derive(Debug)]
enum KnownWord {
    /// The word cannot be split into pieces.
    Nothing,
    /// The numbers of its pieces.
    Pieces(Box<[u16]>),
    /// The sum of the vectors of its pieces.
    Vector(Box<[f32; DIMENSIONS]>),
}

impl KnownWord {
    fn add_to(&self, sum: &mut [f32; DIMENSIONS]) {
        match self {
            KnownWord::Nothing => {}
            KnownWord::Pieces(pieces) => add(sum, &sum_of(pieces)),
            KnownWord::Vector(vector) => add(sum, vector),
        }
    }
}

impl Default for VectorBuilder {
    fn default() -> VectorBuilder {
        VectorBuilder {
            seen: HashMap::default(),
            cached: 0,
            sum: [0.0; DIMENSIONS],
        }
    }
}

impl VectorBuilder {
    /// Adds a folded word to the current text. Returns whether the word may be new to this builder.
    pub fn add(&mut self, word: &str) -> bool {
        self.read(word, true)
    }

    /// Remembers a folded word that is not part of the text. Returns whether it may be new to this
    /// builder.
    pub fn visit(&mut self, word: &str) -> bool {
        self.read(word, false)
    }

    /// Forgets a word, so that it counts as new the next time.
    pub fn forget(&mut self, word: &str) {
        if let Some(KnownWord::Vector(_)) = self.seen.remove(&self.seen.hasher().hash_one(word)) {
            self.cached -= 1;
        }
    }

    /// Looks a word up in the cache, or else in the table, and adds its vector to the text if it
    /// `counts`.
    fn read(&mut self, word: &str, counts: bool) -> bool {
        let hash = self.seen.hasher().hash_one(word);
        if let Some(known) = self.seen.get(&hash) {
            if counts {
                known.add_to(&mut self.sum);
            }
            return false;
        }
        let pieces = cut(word.as_bytes());
        let known = match pieces.as_slice() {
            [] => KnownWord::Nothing,
            pieces if self.cached < MAX_CACHED => KnownWord::Vector(Box::new(sum_of(pieces))),
            pieces => KnownWord::Pieces(pieces.into()),
        };
        if counts {
            known.add_to(&mut self.sum);
        }
        if self.seen.len() < REMEMBERED {
            self.cached += usize::from(matches!(known, KnownWord::Vector(_)));
            self.seen.insert(hash, known);
        }
        true
    }

    /// The vector of the words added since the last call; none if the table has none of them.
    pub fn take(&mut self) -> Option<Vector> {
        let sum = std::mem::replace(&mut self.sum, [0.0; DIMENSIONS]);
        let size = sum.iter().map(|x| x * x).sum::<f32>().sqrt();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "rounded and within one byte"
        )]
        (size > 0.0).then(|| sum.map(|x| (x / size * 127.0).round_ties_even() as i8))
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
    while word.len() > least {
        let last = match find(word) {
            Ok(number) => return Some((u16::try_from(number).ok()?, word.len())),
            Err(next) => piece(next.checked_sub(1)?),
        };
        let shared = word.iter().zip(last).take_while(|(a, b)| a == b).count();
        word = &word[..shared];
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

/// The number of a piece in the table, or the number that it would have.
fn find(wanted: &[u8]) -> Result<usize, usize> {
    let first = wanted.first().map_or(0, |byte| usize::from(*byte));
    let (mut low, mut high) = (STARTS[first], STARTS[first + 1]);
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
            let sum = reader.sum;
            reader.take().map(|_| sum)
        };
        let mut busy = VectorBuilder {
            cached: MAX_CACHED,
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
