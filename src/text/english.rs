//! English lists and plurals for messages.

/// `1 entry`, `2 entries`: the number with the word that agrees with it.
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// `a`, `a and b`, `a, b and c`, where `joint` is the word before the last item.
pub fn list<S: AsRef<str>>(items: &[S], joint: &str) -> String {
    let Some((last, init)) = items.split_last() else {
        return String::new();
    };
    if init.is_empty() {
        return last.as_ref().to_owned();
    }
    let init: Vec<&str> = init.iter().map(AsRef::as_ref).collect();
    format!("{} {joint} {}", init.join(", "), last.as_ref())
}

/// The first three items, and `…` if there are more.
pub fn first_few<S: AsRef<str>>(items: &[S]) -> String {
    let mut shown: Vec<&str> = items.iter().take(3).map(AsRef::as_ref).collect();
    if shown.len() < items.len() {
        shown.push("…");
    }
    shown.join(", ")
}

/// The items in backticks, joined as [`list`] does.
pub fn quoted<S: AsRef<str>>(items: &[S], joint: &str) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|item| format!("`{}`", item.as_ref()))
        .collect();
    list(&items, joint)
}

/// `a` or `an`, chosen by the first letter of `word`.
pub fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) {
        "an"
    } else {
        "a"
    }
}
