//! The `kb` program; the code is in [`kb::cli`].

fn main() -> std::process::ExitCode {
    kb::cli::run()
}
