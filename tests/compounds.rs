//! Names that are more than one plain word, and the ways in which people type them: hyphens,
//! CamelCase, dots, versions, identifiers, accents, signs.

use std::fmt::Write as _;

use crate::support::Folder;

/// A title, and what people type when they look for it.
const NAMES: &[(&str, &[&str])] = &[
    // Hyphens.
    (
        "Self-attention",
        &["self-attention", "self attention", "selfattention"],
    ),
    (
        "Multi-head attention",
        &[
            "multi-head attention",
            "multi head attention",
            "multihead attention",
        ],
    ),
    (
        "Few-shot prompting",
        &["few-shot prompting", "few shot prompting", "fewshot"],
    ),
    (
        "Chain-of-thought",
        &["chain-of-thought", "chain of thought"],
    ),
    (
        "Encoder-decoder",
        &["encoder-decoder", "encoder decoder", "encoder/decoder"],
    ),
    (
        "Pre-training",
        &["pre-training", "pretraining", "pre training"],
    ),
    ("Fine-tuning", &["fine-tuning", "finetuning", "fine tuning"]),
    ("Co-attention", &["co-attention", "coattention"]),
    (
        "Non-negative matrix factorisation",
        &["non-negative matrix", "nonnegative matrix"],
    ),
    (
        "Cross-entropy loss",
        &["cross-entropy", "cross entropy", "crossentropy"],
    ),
    (
        "Mixture-of-experts layer",
        &["mixture of experts", "mixture-of-experts"],
    ),
    (
        "State-of-the-art table",
        &["state of the art", "state-of-the-art"],
    ),
    (
        "k-nearest neighbours",
        &["k-nearest", "k nearest neighbours"],
    ),
    ("t-SNE", &["t-SNE", "tsne", "t sne"]),
    ("X-ray imaging", &["x-ray", "xray"]),
    (
        "Log-likelihood",
        &["log-likelihood", "loglikelihood", "log likelihood"],
    ),
    // CamelCase and joined words.
    ("PyTorch", &["PyTorch", "pytorch", "py torch"]),
    ("TensorFlow", &["TensorFlow", "tensorflow", "tensor flow"]),
    ("DeepMind", &["DeepMind", "deep mind", "deepmind"]),
    ("AlphaFold", &["AlphaFold", "alpha fold", "alphafold"]),
    ("WaveNet", &["WaveNet", "wavenet", "wave net"]),
    ("BatchNorm", &["BatchNorm", "batch norm", "batchnorm"]),
    ("LayerNorm", &["LayerNorm", "layer norm"]),
    ("OpenReview", &["OpenReview", "open review"]),
    ("SentencePiece", &["SentencePiece", "sentence piece"]),
    ("word2vec", &["word2vec", "Word2Vec"]),
    ("seq2seq", &["seq2seq", "Seq2Seq"]),
    ("node2vec", &["node2vec"]),
    ("wav2vec 2.0", &["wav2vec 2.0", "wav2vec"]),
    ("DropConnect", &["dropconnect", "drop connect"]),
    // Versions and numbers.
    ("GPT-2", &["GPT-2", "gpt2", "gpt 2"]),
    ("GPT-4", &["GPT-4", "gpt4", "gpt 4"]),
    ("GPT-3.5", &["GPT-3.5", "gpt 3.5"]),
    ("ResNet-50", &["ResNet-50", "resnet50", "resnet 50"]),
    ("VGG16", &["VGG16", "vgg-16", "vgg 16"]),
    ("CIFAR-10", &["CIFAR-10", "cifar10", "cifar 10"]),
    ("CIFAR-100", &["CIFAR-100", "cifar100"]),
    ("Python 3.12", &["python 3.12", "python3.12"]),
    ("HTTP/2", &["HTTP/2", "http 2", "http2"]),
    ("YOLOv8", &["YOLOv8", "yolo v8", "yolov8"]),
    ("Llama 3.1 8B", &["llama 3.1", "llama 3.1 8b"]),
    ("L2 regularisation", &["L2 regularisation", "l2"]),
    ("F1 score", &["F1 score", "f1", "f1-score"]),
    ("H.264", &["H.264", "h264", "h 264"]),
    ("P@10", &["P@10"]),
    ("2.5D rendering", &["2.5D rendering", "2.5d"]),
    // Dotted names, paths and identifiers.
    (
        "torch.nn.functional",
        &["torch.nn.functional", "torch nn functional"],
    ),
    ("numpy.linalg.svd", &["numpy.linalg.svd", "linalg.svd"]),
    ("README.md", &["README.md", "readme"]),
    ("config.toml", &["config.toml"]),
    ("e.g. and i.e.", &["e.g. and i.e."]),
    (
        "arXiv:1706.03762 reading notes",
        &["arXiv:1706.03762 reading", "1706.03762"],
    ),
    (
        "max_position_embeddings",
        &["max_position_embeddings", "max position embeddings"],
    ),
    ("learning_rate", &["learning_rate", "learning rate"]),
    ("--dry-run", &["dry-run", "dry run"]),
    ("src/lib.rs", &["src/lib.rs", "lib.rs"]),
    ("std::vector", &["std::vector", "std vector"]),
    ("kb-new-file", &["kb-new-file", "kb new file"]),
    // Signs.
    ("C", &["C"]),
    ("C++", &["C++"]),
    ("C#", &["C#"]),
    ("F#", &["F#"]),
    (".NET", &[".NET"]),
    ("Node.js", &["Node.js", "nodejs", "node js"]),
    ("Objective-C", &["Objective-C", "objective c"]),
    ("AT&T", &["AT&T"]),
    ("R&D budget", &["R&D", "R&D budget"]),
    ("TCP/IP", &["TCP/IP", "tcp ip"]),
    ("A* search", &["A* search"]),
    ("Q*", &["Q*"]),
    ("p < 0.05", &["p < 0.05"]),
    ("O(n log n)", &["O(n log n)"]),
    // Accents, ligatures and other letters.
    (
        "Schrödinger bridge",
        &["Schrödinger bridge", "schrodinger", "schroedinger"],
    ),
    ("Größe", &["Größe", "grosse", "groesse"]),
    ("naïve Bayes", &["naïve Bayes", "naive bayes"]),
    ("Łukasiewicz logic", &["Łukasiewicz", "lukasiewicz"]),
    ("Poincaré map", &["Poincaré", "poincare map"]),
    (
        "Erdős–Rényi graph",
        &["Erdős–Rényi", "erdos renyi", "erdos-renyi"],
    ),
    ("Itô calculus", &["Itô calculus", "ito calculus"]),
    ("façade", &["façade", "facade"]),
    ("Ångström", &["Ångström", "angstrom"]),
    ("Curaçao résumé", &["curacao resume"]),
    ("ﬁeld of view", &["field of view"]),
    (
        "Gödel's theorem",
        &["Gödel's theorem", "godel", "goedels theorem"],
    ),
    // Apostrophes and acronyms.
    ("Bayes' rule", &["bayes' rule", "bayes rule"]),
    ("Don't care values", &["don't care", "dont care"]),
    ("O'Reilly catalogue", &["O'Reilly", "oreilly"]),
    ("U.S. census", &["U.S. census", "us census"]),
    (
        "RLHF (reinforcement learning from human feedback)",
        &["RLHF"],
    ),
    ("Ph.D. plan", &["Ph.D. plan", "phd plan"]),
];

/// Entries that share parts of the names.
const OTHERS: [&str; 24] = [
    "Attention",
    "Head of a list",
    "Shot noise",
    "A chain of events",
    "Thought experiments",
    "Encoder",
    "Decoder",
    "Training a puppy",
    "Tuning a piano",
    "Entropy",
    "Experts and amateurs",
    "Deep water",
    "The mind",
    "Alpha decay",
    "A fold in paper",
    "Wave mechanics",
    "A net for fish",
    "Vector spaces",
    "Python, the snake",
    "Net income",
    "Rate of learning a language",
    "Position of the sun",
    "Functional analysis",
    "Search parties",
];

#[test]
fn names_of_more_than_one_word_are_found_first_in_every_way_to_type_them() {
    let folder = Folder::new();
    let mut lines = String::new();
    for title in OTHERS.iter().chain(NAMES.iter().map(|(title, _)| title)) {
        let entry = serde_json::json!({"kind": "term", "title": title, "body": "A note."});
        let _ = writeln!(lines, "{entry}");
    }
    folder.write("names.jsonl", lines);
    folder.ok(&["import", "names.jsonl"]);
    let (mut asked, mut missed) = (0, Vec::new());
    for (title, queries) in NAMES {
        for query in *queries {
            asked += 1;
            let given = folder.run(&["search", query, "--tsv", "title", "--limit", "1"]);
            let first = given.out.trim_end();
            if first != *title {
                missed.push(format!("{query}: {first} instead of {title}"));
            }
        }
    }
    assert!(asked >= 158, "{asked} ways to type");
    assert!(
        missed.len() * 158 <= 8 * asked,
        "{} of {asked}: {missed:#?}",
        missed.len()
    );
}
