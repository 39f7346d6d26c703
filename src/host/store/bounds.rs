//! What is not taken for a CS.cfg, however it is read. Its directory belongs to another account, which
//! can put anything there.

use std::path::Path;

use crate::cs_cfg::{MAX_LINES, MAX_SIZE, has_more_lines_than};

use super::error::{Excess, StoreError};

/// Refuses what nobody wants to see parsed: too much, or no text.
pub(super) fn check(bytes: &[u8], path: &Path) -> Result<(), StoreError> {
    let too_large = |excess| Err(StoreError::TooLarge { path: path.to_owned(), excess });
    if u64::try_from(bytes.len()).is_ok_and(|size| size > MAX_SIZE) {
        return too_large(Excess::Bytes);
    }
    if let Some(offset) = memchr::memchr(0, bytes) {
        return Err(StoreError::ContainsNul { path: path.to_owned(), offset });
    }
    if has_more_lines_than(MAX_LINES, bytes) { too_large(Excess::Lines) } else { Ok(()) }
}
