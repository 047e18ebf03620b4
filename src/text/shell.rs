//! Lines to type into a shell.

/// Words as one command line. A word is quoted only if the shell would read it as something else.
pub fn command_line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_=:./+@,%".contains(c);
    let quoted = words.into_iter().map(|word| {
        if !word.is_empty() && word.chars().all(is_plain) {
            word.into()
        } else {
            shell_words::quote(word)
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}
