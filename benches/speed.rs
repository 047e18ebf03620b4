//! Speed against a minimal program: medians over whole processes, which run alternately on the same
//! file.
//!
//! `cargo bench --bench speed` makes notebooks of 1,000 and 10,000 entries and prints the table of
//! docs/performance.md. `KB_BENCH_SIZES=1000,10000,100000,1000000` sets other sizes (the largest
//! takes half an hour and 12 GB). Entries come from `../shared/bench/gen.py`, which needs numpy, or
//! from the file `SIZE.ndjson` in the folder `KB_BENCH_DATA`.
//!
//! Both programs are copied first, as an installation copies them. The file cache keeps a file in
//! the small pieces that a linker wrote, and a program starts 0.4 ms later from them.
//!
//! The minimal program is this one, called with `floor` ([`floor`]). It opens the file with the
//! defaults of SQLite, runs one statement and prints the rows. For writing, it uses the same
//! tables, log and settings as kb, but checks and derives nothing.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

#[path = "floor.rs"]
mod floor;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    match words.get(1).map(String::as_str) {
        Some("floor") => floor::run(&words[2..]),
        _ => compare(),
    }
}

/// One task, with the words of the command line for either program.
struct Case {
    name: &'static str,
    kb: Vec<String>,
    floor: Vec<String>,
}

fn case(name: &'static str, kb: &[&str], floor: &[&str]) -> Case {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Case {
        name,
        kb: owned(kb),
        floor: owned(floor),
    }
}

fn compare() {
    let sizes = std::env::var("KB_BENCH_SIZES").unwrap_or_else(|_| "1000,10000".to_owned());
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_kb"), folder.path().join("kb")).unwrap();
    std::fs::copy(
        std::env::current_exe().unwrap(),
        folder.path().join("minimal"),
    )
    .unwrap();
    let mut first: Vec<(String, f64)> = Vec::new();
    for size in sizes
        .split(',')
        .map(|size| size.trim().parse::<usize>().unwrap())
    {
        let data = entries(folder.path(), size);
        println!(
            "\n{size} entries, {} MB of JSON lines\n",
            std::fs::metadata(&data).unwrap().len() / 1_000_000
        );
        println!("| what | kb, ms | minimal, ms | ratio |\n|---|---|---|---|");
        let bench = Bench {
            folder: folder.path(),
            notebook: folder.path().join(format!("{size}.db")),
            copy: folder.path().join(format!("{size}-floor.db")),
        };
        let import = bench.import(&data, size);
        let mut ours = Vec::new();
        for case in bench.reads() {
            ours.push((
                case.name.to_owned(),
                bench.pair(&case, if size > 100_000 { 15 } else { 30 }),
            ));
        }
        let adds = case(
            "add",
            &[
                "add",
                "term",
                "A new term",
                "with a definition",
                "--topic",
                "Bench",
            ],
            &["add"],
        );
        bench.pair(&adds, 30);
        bench.export(size);
        bench.bulk(size, import);
        match first.is_empty() {
            true => first = ours,
            false => {
                let grown: Vec<String> = ours
                    .iter()
                    .zip(&first)
                    .filter(|((name, _), _)| FLAT.contains(&name.as_str()))
                    .map(|((name, now), (_, then))| format!("{name} {:.2}", now / then))
                    .collect();
                println!(
                    "\nkb against itself at the first size: {}",
                    grown.join(", ")
                );
            }
        }
        for path in [&bench.notebook, &bench.copy] {
            std::fs::remove_file(path).unwrap();
        }
    }
}

/// Reads whose time must not grow with the notebook.
const FLAT: [&str; 5] = [
    "start",
    "list 20 newest",
    "show",
    "filter",
    "search rare word",
];

struct Bench<'a> {
    folder: &'a Path,
    notebook: PathBuf,
    copy: PathBuf,
}

/// The cost of one process.
struct Took {
    wall: Duration,
    cpu: Duration,
    /// Peak resident memory, in kilobytes.
    memory: u64,
}

impl Bench<'_> {
    fn reads(&self) -> Vec<Case> {
        let db = rusqlite::Connection::open(&self.notebook).unwrap();
        let slug: String = db
            .query_row(
                "SELECT slug FROM entry WHERE kind = 'paper' LIMIT 1 OFFSET 300",
                [],
                |row| row.get(0),
            )
            .unwrap();
        vec![
            case("start", &["--version"], &["version"]),
            case(
                "list 20 newest",
                &["list", "--sort", "-created", "--limit", "20"],
                &["list"],
            ),
            case(
                "show",
                &["show", &format!("paper/{slug}")],
                &["show", &slug],
            ),
            case(
                "filter",
                &["list", "papers", "year>=2024", "--limit", "20"],
                &["filter"],
            ),
            case(
                "search rare word",
                &["search", "grokking"],
                &["search", "grokking"],
            ),
            case(
                "search common word",
                &["search", "model"],
                &["rank", "\"model\""],
            ),
            case("search `the`", &["search", "the"], &["rank", "\"the\""]),
            case(
                "search two words",
                &["search", "sparse", "attention"],
                &["rank", "\"sparse\" OR \"attention\""],
            ),
            case(
                "search with filter",
                &["search", "model", "kind:paper", "year>=2024"],
                &["join", "\"model\""],
            ),
            case(
                "search with typo",
                &["search", "grokkign"],
                &["search", "grokking"],
            ),
        ]
    }

    fn kb(&self, words: &[String]) -> Command {
        let mut command = Command::new(self.folder.join("kb"));
        if words != ["--version"] {
            command.arg("--notebook").arg(&self.notebook);
        }
        command
            .args(words)
            .current_dir(self.folder)
            .env("HOME", self.folder);
        command
    }

    fn floor(&self, file: &Path, words: &[String]) -> Command {
        let mut command = Command::new(self.folder.join("minimal"));
        command
            .arg("floor")
            .arg(file)
            .args(words)
            .current_dir(self.folder)
            .env("HOME", self.folder);
        command
    }

    /// Imports the file with both programs; returns the wall-clock time of kb.
    fn import(&self, data: &Path, size: usize) -> Duration {
        let text = data.to_str().unwrap().to_owned();
        let rounds = if size > 20_000 { 1 } else { 3 };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            for path in [&self.notebook, &self.copy] {
                let _ = std::fs::remove_file(path);
                let status = Command::new(env!("CARGO_BIN_EXE_kb"))
                    .args(["-q", "--notebook"])
                    .arg(path)
                    .arg("init")
                    .status()
                    .unwrap();
                assert!(status.success());
            }
            ours.push(watch(self.kb(
                &["import", &text, "--format", "jsonl", "-q"].map(str::to_owned),
            )));
            theirs.push(watch(
                self.floor(&self.copy, &["import".to_owned(), text.clone()]),
            ));
        }
        let cpu = |took: &[Took]| median(took.iter().map(|took| took.cpu).collect());
        row("import, CPU", cpu(&ours), cpu(&theirs));
        let bytes = |path: &Path| std::fs::metadata(path).unwrap().len() as f64 / size as f64;
        println!(
            "| bytes an entry on disk | {:.0} | {:.0} | {:.2} |",
            bytes(&self.notebook),
            bytes(&self.copy),
            bytes(&self.notebook) / bytes(&self.copy)
        );
        println!(
            "| memory of import, MB | {} | {} | |",
            ours[0].memory / 1000,
            theirs[0].memory / 1000
        );
        median(ours.iter().map(|took| took.wall).collect())
    }

    /// Changes of many entries, as multiples of the import.
    fn bulk(&self, size: usize, import: Duration) {
        println!("\n| what | kb, ms | import, ms | ratio |\n|---|---|---|---|");
        // Of the entries of ../shared/bench/gen.py, 1,892 of 10,000 and 4,547 of 100,000.
        let recent = if size > 20_000 {
            "year=2020"
        } else {
            "year>=2020"
        };
        let share = ["where", "kind:paper", recent, "--yes", "-q"];
        let set = [&["set", "status=read"][..], &share].concat();
        let remove = [&["remove"][..], &share].concat();
        let undo = ["undo", "-q"];
        for (name, words) in [
            ("set of recent papers", set.as_slice()),
            ("undo of it", &undo),
            ("remove of recent papers", &remove),
            ("undo of it", &undo),
            ("doctor", &["doctor", "-q"]),
        ] {
            row(name, self.timed(words), import);
        }
        // `add` was measured before: its operations are undone first.
        while !self.last_is_import() {
            self.timed(&undo);
        }
        for (name, words) in [
            ("undo of the import", &undo),
            ("redo of it", &["redo", "-q"]),
        ] {
            row(name, self.timed(words), import);
        }
        let bytes = std::fs::metadata(&self.notebook).unwrap().len() as f64 / size as f64;
        println!("| bytes an entry then | {bytes:.0} | | |");
    }

    /// Whether the last operation that is not undone is the import.
    fn last_is_import(&self) -> bool {
        let db = rusqlite::Connection::open(&self.notebook).unwrap();
        let sql = "SELECT command FROM operation AS o WHERE action = 'do' AND uid NOT IN (SELECT target FROM operation WHERE action = 'undo')
                   ORDER BY id DESC LIMIT 1";
        let command: String = db.query_row(sql, [], |row| row.get(0)).unwrap();
        command.split(' ').any(|word| word == "import")
    }

    /// The time of one command of kb, which must succeed.
    fn timed(&self, words: &[&str]) -> Duration {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        once(&mut self.kb(&words))
    }

    fn export(&self, size: usize) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        // A file of another notebook is not overwritten.
        let out = format!("out-{size}.jsonl");
        for _ in 0..=if size > 20_000 { 5 } else { 15 } {
            ours.push(watch(self.kb(&["export", &out, "-q"].map(str::to_owned))));
            theirs.push(watch(self.floor(
                &self.notebook,
                &["export".to_owned(), "floor.jsonl".to_owned()],
            )));
        }
        // The first run of each fills the file cache with its input and its output, so it does not
        // count.
        ours.remove(0);
        theirs.remove(0);
        let wall = |took: &[Took]| median(took.iter().map(|took| took.wall).collect());
        row("export", wall(&ours), wall(&theirs));
        let (ours, theirs) = (&ours[0], &theirs[0]);
        println!(
            "| memory of export, MB | {} | {} | |",
            ours.memory / 1000,
            theirs.memory / 1000
        );
    }

    /// Runs both programs alternately and prints their medians. Returns that of kb in milliseconds.
    fn pair(&self, case: &Case, runs: usize) -> f64 {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let file = if case.name == "add" {
            &self.copy
        } else {
            &self.notebook
        };
        for _ in 0..=runs {
            ours.push(once(&mut self.kb(&case.kb)));
            theirs.push(once(&mut self.floor(file, &case.floor)));
        }
        // The first run of each fills the file cache with its input, so it does not count.
        ours.remove(0);
        theirs.remove(0);
        let (ours, theirs) = (median(ours), median(theirs));
        row(case.name, ours, theirs);
        ours.as_secs_f64() * 1000.0
    }
}

/// Runs a command without output and returns its wall-clock time.
fn once(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{command:?}");
    start.elapsed()
}

/// Runs a command that takes a while, and polls `/proc` for its CPU time and peak memory.
fn watch(mut command: Command) -> Took {
    let start = Instant::now();
    let mut child: Child = command
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut took = Took {
        wall: Duration::ZERO,
        cpu: Duration::ZERO,
        memory: 0,
    };
    loop {
        let proc = PathBuf::from(format!("/proc/{}", child.id()));
        let stat = std::fs::read_to_string(proc.join("stat")).unwrap_or_default();
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or("")
            .split_whitespace()
            .collect();
        // Fields 14 and 15 of `/proc/PID/stat` (utime and stime), in hundredths of a second.
        let ticks: u64 = [11, 12]
            .iter()
            .filter_map(|at| fields.get(*at)?.parse::<u64>().ok())
            .sum();
        took.cpu = took.cpu.max(Duration::from_millis(ticks * 10));
        let status = std::fs::read_to_string(proc.join("status")).unwrap_or_default();
        let peak = status.lines().find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .trim()
                .trim_end_matches(" kB")
                .parse()
                .ok()
        });
        took.memory = took.memory.max(peak.unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{command:?}");
            took.wall = start.elapsed();
            return took;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Prints one row of the table: both times in milliseconds, and their ratio.
fn row(what: &str, ours: Duration, floor: Duration) {
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    println!(
        "| {what} | {:.2} | {:.2} | {:.2} |",
        ms(ours),
        ms(floor),
        ms(ours) / ms(floor)
    );
}

/// The path of a JSON lines file with `size` entries, which is generated unless `KB_BENCH_DATA` is
/// set.
fn entries(folder: &Path, size: usize) -> PathBuf {
    let name = format!("{size}.ndjson");
    if let Some(data) = std::env::var_os("KB_BENCH_DATA") {
        return PathBuf::from(data).join(name);
    }
    let generator = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bench/gen.py");
    let made = Command::new("python3")
        .arg(&generator)
        .arg(size.to_string())
        .arg("--out")
        .arg(folder)
        .status();
    assert!(
        made.is_ok_and(|status| status.success()),
        "`{}` failed: set KB_BENCH_DATA to a folder that contains `{name}`",
        generator.display()
    );
    folder.join(name)
}
