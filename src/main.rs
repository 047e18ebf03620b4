//! The program; everything is in [`kb::cli`].

fn main() -> std::process::ExitCode {
    kb::cli::run()
}
