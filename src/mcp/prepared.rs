//! A part of answers that is made once and sent often, as it is and packed. What differs from request to
//! request, an id before it and brackets after it, is put around it without packing anything again.

use actix_web::web::Bytes;
use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress};

/// Magic number, method, no flags, no time, unknown system (RFC 1952, section 2.3).
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// First byte of a block that is not packed (RFC 1951, section 3.2.4), and of the last one.
const STORED: u8 = 0;
const LAST: u8 = 1;

/// The part. Clones share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    plain: Bytes,
    packed: Bytes,
    /// CRC-32 of the plain text.
    checksum: u32,
}

impl Prepared {
    /// Packs `text` once.
    pub fn new(text: String) -> Self {
        let (packed, checksum) = (pack(text.as_bytes()), crc32fast::hash(text.as_bytes()));
        Self { plain: text.into(), packed, checksum }
    }

    /// As it is.
    pub fn plain(&self) -> &Bytes {
        &self.plain
    }

    /// `before`, the part and `after` as one gzip member; `None` if what is around is too long for a block.
    pub fn gzip(&self, before: &[u8], after: &[u8]) -> Option<[Bytes; 3]> {
        let mut head = Vec::with_capacity(GZIP_HEADER.len() + 5 + before.len());
        head.extend_from_slice(&GZIP_HEADER);
        store(&mut head, STORED, before)?;
        let mut tail = Vec::with_capacity(5 + after.len() + 8);
        store(&mut tail, LAST, after)?;
        let mut checksum = Hasher::new();
        checksum.update(before);
        checksum.combine(&Hasher::new_with_initial_len(self.checksum, self.plain.len() as u64));
        checksum.update(after);
        tail.extend_from_slice(&checksum.finalize().to_le_bytes());
        // Modulo 2³², as the format has it.
        let length = u32::try_from((before.len() + self.plain.len() + after.len()) & 0xffff_ffff).ok()?;
        tail.extend_from_slice(&length.to_le_bytes());
        Some([head.into(), self.packed.clone(), tail.into()])
    }
}

/// Blocks that end at a byte and are not the last.
fn pack(text: &[u8]) -> Bytes {
    let mut packed = Vec::with_capacity(text.len() / 2 + 64);
    let mut deflate = Compress::new(Compression::default(), false);
    loop {
        let done = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX).min(text.len());
        // Writing to memory cannot fail; if it could, the checksum would show it.
        let went = deflate.compress_vec(&text[done..], &mut packed, FlushCompress::Sync);
        if went.is_err() || packed.len() < packed.capacity() {
            return packed.into();
        }
        packed.reserve(1024);
    }
}

/// Adds a block of `bytes` as they are.
fn store(blocks: &mut Vec<u8>, kind: u8, bytes: &[u8]) -> Option<()> {
    let length = u16::try_from(bytes.len()).ok()?;
    blocks.push(kind);
    blocks.extend_from_slice(&length.to_le_bytes());
    blocks.extend_from_slice(&(!length).to_le_bytes());
    blocks.extend_from_slice(bytes);
    Some(())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;

    fn unpacked(parts: &[Bytes; 3]) -> Vec<u8> {
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(&parts.concat()[..]).read_to_end(&mut text).unwrap();
        text
    }

    proptest! {
        #[test]
        fn whatever_is_put_around_it_the_whole_is_one_valid_member(
            text in ".{0,3000}", before in prop::collection::vec(any::<u8>(), 0..200), after in ".{0,9}",
        ) {
            let parts = Prepared::new(text.clone()).gzip(&before, after.as_bytes()).unwrap();
            prop_assert_eq!(unpacked(&parts), [&before[..], text.as_bytes(), after.as_bytes()].concat());
        }
    }

    #[test]
    fn a_long_text_is_packed_whole_and_much_smaller() {
        let text = r#"{"name":"list_article","inputSchema":{"type":"object"}},"#.repeat(20_000);
        let parts = Prepared::new(text.clone()).gzip(b"[", b"]").unwrap();
        assert_eq!(unpacked(&parts), format!("[{text}]").into_bytes());
        assert!(parts.concat().len() * 50 < text.len());
    }

    #[test]
    fn what_does_not_fit_a_block_is_not_packed() {
        assert_eq!(Prepared::new(String::new()).gzip(&vec![b' '; 70_000], b""), None);
    }
}
