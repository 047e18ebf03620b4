//! Shows what would change in a file.

use std::path::Path;

use crate::text::encoding::decode;
use crate::text::three_way;

/// What changes in a file as a unified diff. Without the bytes from before the file is new, without
/// those from after it is deleted.
pub(super) fn of(name: &Path, before: Option<&[u8]>, after: Option<&[u8]>) -> String {
    let name = name.display();
    let text = |bytes: Option<&[u8]>| bytes.map_or_else(String::new, decode);
    // UTF-16 has NUL bytes, but is text.
    let is_binary = |bytes: &&[u8]| decode(bytes).contains('\0');
    if [before, after].iter().flatten().any(is_binary) {
        return format!("Binary file {name} differs\n");
    }
    let header = |bytes: Option<&[u8]>| match bytes {
        Some(_) => name.to_string(),
        None => "/dev/null".to_owned(),
    };
    three_way::patch(&text(before), &text(after))
        .replacen("--- original", &format!("--- {}", header(before)), 1)
        .replacen("+++ modified", &format!("+++ {}", header(after)), 1)
}
