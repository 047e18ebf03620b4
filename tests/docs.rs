//! The documentation: the command reference is current, the examples in the help run, and links
//! between documents lead to files.

use std::path::Path;
use std::process::Command;

use crate::support::{Folder, clean, given, has};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_command_reference_is_what_the_definitions_say() {
    let path = root().join("docs/commands.md");
    let expected = kb::cli::reference::markdown();
    if std::env::var_os("KB_BLESS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == expected,
        "docs/commands.md is stale: run KB_BLESS=1 cargo test reference"
    );
}

/// A folder in which every example of the help can be run.
fn stage() -> Folder {
    let folder = Folder::new();
    folder.write(
        "notebook.md",
        std::fs::read_to_string(root().join("data/example/notebook.md")).unwrap(),
    );
    folder.ok(&["import", "notebook.md"]);
    folder.ok(&[
        "add",
        "term",
        "Variational auto-encoder (VAE)",
        "About attention and transformers.",
    ]);
    folder.ok(&["add", "term", "Sparse coding"]);
    folder.ok(&["add", "goal", "Sparse coding"]);
    folder.ok(&[
        "add",
        "paper",
        "Attention is all you need",
        "--topic",
        "Transformers",
    ]);
    folder.ok(&["set", "goal/sparse-coding", "status=learnt"]);
    folder.ok(&["config", "view.recent", "added:7d"]);
    folder.ok(&["export", "entries.jsonl"]);
    folder.write("notes.md", folder.ok(&["show", "vae", "--markdown"]));
    folder.write("glossary.csv", "Term,Definition\nLasso,A penalty\n");
    std::fs::create_dir(folder.file("vault")).unwrap();
    folder.write("vault/note.md", "---\ntags: [one]\n---\nA note\n");
    folder.write(
        "citation.bib",
        "@misc{roe2025, title = {Another work}, year = 2025}\n",
    );
    folder.write(
        "papers.bib",
        "@misc{doe2024, title = {A work}, author = {Doe, Jane}, year = 2024}\n",
    );
    folder.ok(&["import", "papers.bib"]);
    std::fs::create_dir(folder.file("notes")).unwrap();
    folder.write("notes/probe.md", "A note.\n");
    folder.ok(&["import", "notes"]);
    folder.write("attention.pdf", "%PDF-1.4");
    folder.write("notes.png", "an image");
    folder.ok(&["add", "superposition in toy models"]);
    folder.ok(&["backup", "copy.db"]);
    folder
}

#[test]
fn every_example_in_the_help_runs() {
    let reference = kb::cli::reference::markdown();
    let mut ran = 0;
    let mut examples = false;
    for line in reference.lines() {
        if line == "Examples:" {
            examples = true;
            continue;
        }
        let Some(command) = line
            .strip_prefix("  ")
            .filter(|line| examples && (line.starts_with("kb ") || line.starts_with("echo ")))
        else {
            examples = false;
            continue;
        };
        let folder = stage();
        if command == "kb redo" {
            folder.ok(&["undo"]);
        }
        let command = match command {
            "kb init" => "mkdir new && cd new && kb init".to_owned(),
            "kb backup copy.db" => "kb backup another.db".to_owned(),
            bulk if bulk.contains(" where ") && !bulk.contains("--yes") => format!("{bulk} --yes"),
            other => other.to_owned(),
        };
        // A command that picks an entry needs a terminal and the Enter key.
        let picks = command.contains("kb find");
        if picks && !has("script") {
            continue;
        }
        let mut shell = if picks {
            Command::new("script")
        } else {
            Command::new("sh")
        };
        shell
            .args(if picks {
                vec!["-qec", &command, "/dev/null"]
            } else {
                vec!["-c", &command]
            })
            .current_dir(folder.path());
        folder.write("keys", if picks { "\r" } else { "" });
        shell.stdin(std::fs::File::open(folder.file("keys")).unwrap());
        clean(&mut shell, folder.path());
        let own = Path::new(env!("CARGO_BIN_EXE_kb")).parent().unwrap();
        shell
            .env(
                "PATH",
                format!("{}:{}", own.display(), std::env::var("PATH").unwrap()),
            )
            .env("VISUAL", "true")
            .env("TERM", "xterm");
        let ended = given(&shell.output().unwrap());
        assert_eq!(ended.code, Some(0), "{command}\n{}", ended.err);
        ran += 1;
    }
    assert!(ran > 35, "{ran} examples were run");
}

#[test]
fn every_verb_has_help_and_examples() {
    let reference = kb::cli::reference::markdown();
    for section in reference.split("\n## ").skip(1) {
        let name = section.lines().next().unwrap();
        assert!(section.contains("Usage: "), "{name}");
        assert!(
            section.contains("Examples:") || name.contains("kb kind"),
            "{name} has no examples"
        );
    }
}

#[test]
fn a_verb_that_is_built_alone_has_the_same_help_as_in_the_whole_command_line() {
    let folder = Folder::new();
    for verb in ["list", "show", "search", "set"] {
        assert_eq!(
            folder.ok(&[verb, "--help"]),
            folder.ok(&["help", verb]),
            "{verb}"
        );
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut checked = 0;
    for folder in ["", "docs", "docs/design", "docs/formats"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|end| end != "md") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for part in text.split("](").skip(1) {
                let target = part.split([')', '#']).next().unwrap();
                if !target.is_empty()
                    && !target.contains("://")
                    && !target.starts_with('/')
                    && target.contains(".md")
                {
                    assert!(
                        path.parent().unwrap().join(target).exists(),
                        "{}: {target}",
                        path.display()
                    );
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 5);
}
