//! Checksums of file contents, to notice that a file changed. Not a defence against forgery.

use std::hash::Hasher;
use std::io::Read;

use siphasher::sip128::{Hasher128, SipHasher13};

/// The checksum of bytes: SipHash-1-3 of 128 bits, in hexadecimal.
pub fn of_bytes(bytes: &[u8]) -> String {
    let mut hasher = SipHasher13::new();
    hasher.write(bytes);
    format!("{:032x}", hasher.finish128().as_u128())
}

/// The checksum of everything that a reader returns, the same as [`of_bytes`] of it.
///
/// # Errors
/// The first error of the reader.
pub fn of_reader(mut reader: impl Read) -> std::io::Result<String> {
    let mut hasher = SipHasher13::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(format!("{:032x}", hasher.finish128().as_u128())),
            count => hasher.write(&buffer[..count]),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_reader_in_pieces_has_the_checksum_of_its_bytes() {
        let bytes: Vec<u8> = (0..200_000u32).flat_map(u32::to_le_bytes).collect();
        assert_eq!(
            super::of_reader(bytes.as_slice()).expect("a slice is read"),
            super::of_bytes(&bytes)
        );
        assert_ne!(super::of_bytes(b"a"), super::of_bytes(b"b"));
    }
}
