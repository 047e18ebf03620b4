//! Entries from identifiers, addresses and citations, completed with data from a server on this
//! machine.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use crate::support::{Folder, Given, given};

const WORK: &str = r#"{"id": "https://doi.org/10.1234/work", "type": "article-journal", "title": "On <i>lists</i>", "DOI": "10.1234/work", "volume": "7",
    "author": [{"family": "Smith", "given": "Jane"}, {"literal": "List Society"}], "container-title": "Journal of Lists",
    "issued": {"date-parts": [[2019, 5]]}, "abstract": "<jats:p>Not my notes</jats:p>"}"#;
const PAGE: &str = r#"<!doctype html><html><head><title>Fallback</title><meta name="citation_title" content="A page &amp; more">
    <META content="Doe, John" name='citation_author'><meta name="citation_author" content="Roe, Jane"><meta name="citation_publication_date" content="2020/10/22">
    <meta name="citation_journal_title" content="Pages"></head><body></body></html>"#;

/// Starts a server on a free local port and returns its address. [`answer`] writes the replies.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || drop(answer(stream)));
        }
    });
    address
}

/// Answers one request; the path selects the reply.
fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut accept = String::new();
    for line in lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
    {
        if let Some(value) = line.to_lowercase().strip_prefix("accept:") {
            accept = value.trim().to_owned();
        }
    }
    let csl = accept == "application/vnd.citationstyles.csl+json";
    let path = first.split(' ').nth(1).unwrap_or_default();
    let mut reply = |status: &str, header: &str, body: &[u8]| {
        write!(
            stream,
            "HTTP/1.1 {status}\r\nconnection: close\r\n{header}content-length: {}\r\n\r\n",
            body.len()
        )?;
        stream.write_all(body)
    };
    match path {
        "/10.1234/work" if csl => reply("302 Found", "location: /data/work\r\n", b""),
        "/data/work" if csl => reply(
            "200 OK",
            "content-type: application/json\r\n",
            WORK.as_bytes(),
        ),
        "/10.48550/arXiv.2010.11929" if csl => reply(
            "200 OK",
            "",
            WORK.replace("10.1234/work", "10.48550/arXiv.2010.11929")
                .as_bytes(),
        ),
        "/page" => reply("200 OK", "content-type: text/html\r\n", PAGE.as_bytes()),
        "/long" => reply(
            "200 OK",
            "",
            format!("<title>{}</title>", "long ".repeat(300)).as_bytes(),
        ),
        "/nul" => reply("200 OK", "", b"<title>a\0b</title>"),
        "/japanese" => reply(
            "200 OK",
            "content-type: text/html; charset=Shift_JIS\r\n",
            b"<title>\x93\xfa\x96{\x8c\xea</title>",
        ),
        "/russian" => reply(
            "200 OK",
            "",
            b"<meta charset=\"windows-1251\"><title>\xcf\xf0\xe8\xe2\xe5\xf2</title>",
        ),
        "/bare" => reply(
            "200 OK",
            "",
            b"<html><head><title>\n Bare &amp; simple </title>",
        ),
        "/10.1234/slow" => {
            std::thread::sleep(Duration::from_secs(5));
            Ok(())
        }
        "/10.1234/drips" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")?;
            (0..50).try_for_each(|_| {
                std::thread::sleep(Duration::from_millis(200));
                stream.write_all(b" ")
            })
        }
        "/10.1234/huge" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n[")?;
            (0..6_000).try_for_each(|_| stream.write_all(&[b' '; 1_000]))
        }
        "/10.1234/loop" => reply("302 Found", "location: /10.1234/loop\r\n", b""),
        "/10.1234/file" => reply("302 Found", "location: file:///etc/passwd\r\n", b""),
        "/10.1234/broken" => reply("500 Oops", "", b"oops"),
        "/10.1234/nonsense" => reply("200 OK", "", b"\xff\xfe not json"),
        "/10.1234/cut" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"type\":")
        }
        _ => reply("404 Not Found", "", b""),
    }
}

/// Runs `kb` with `resolver` in place of `https://doi.org`.
fn asks(folder: &Folder, resolver: &str, words: &[&str]) -> Given {
    let output = folder
        .command(words)
        .env("KB_DOI_RESOLVER", resolver)
        .output()
        .unwrap();
    given(&output)
}

#[test]
fn an_identifier_or_an_address_is_an_entry_at_once_and_only_once() {
    let folder = Folder::new();
    assert_eq!(
        folder.ok(&["add", "paper", "10.1145/3582099.3582122"]),
        "paper/10-1145-3582099-3582122\n"
    );
    assert_eq!(
        folder.ok(&["add", "paper", "https://doi.org/10.1145/3582099.3582122"]),
        "paper/10-1145-3582099-3582122\n"
    );
    assert_eq!(
        folder.ok(&[
            "add",
            "paper",
            "https://arxiv.org/abs/2010.11929v2",
            "--topic",
            "Vision"
        ]),
        "paper/arxiv-2010-11929v2\n"
    );
    assert_eq!(
        folder.ok(&["add", "paper", "arXiv:2010.11929", "--rating", "4"]),
        "paper/arxiv-2010-11929v2\n"
    );
    assert_eq!(
        folder.ok(&["add", "post", "https://Example.org/posts/1/", "My notes"]),
        "post/example-org-posts-1\n"
    );
    assert_eq!(
        folder.ok(&["list", "--jsonl", "title,doi,arxiv,url,topics,rating,body"]),
        "{\"title\":\"10.1145/3582099.3582122\",\"doi\":\"10.1145/3582099.3582122\",\"arxiv\":null,\"url\":null,\"topics\":[],\"rating\":null,\"body\":\"\"}\n\
         {\"title\":\"arXiv:2010.11929v2\",\"doi\":null,\"arxiv\":\"2010.11929v2\",\"url\":\"https://arxiv.org/abs/2010.11929v2\",\"topics\":[\"Vision\"],\"rating\":4,\"body\":\"\"}\n\
         {\"title\":\"example.org/posts/1\",\"doi\":null,\"arxiv\":null,\"url\":\"https://Example.org/posts/1/\",\"topics\":[],\"rating\":null,\"body\":\"My notes\"}\n"
    );
    // An identifier among other words is only part of a title. A kind without identifiers uses an
    // address as the title.
    folder.ok(&["add", "paper", "On 10.1145/3582099.3582122"]);
    folder.ok(&["add", "meeting", "https://example.org/meeting"]);
    assert_eq!(
        folder.ok(&["list", "meetings", "--tsv", "title"]),
        "https://example.org/meeting\n"
    );
}

#[test]
fn a_citation_is_an_entry_with_what_is_said_beside_it() {
    let folder = Folder::new();
    let citation =
        "\n@article{smith19, title={On {L}ists}, author={Smith, Jane}, year=2019, volume={7}}\n";
    assert_eq!(
        folder.ok(&["add", "paper", citation, "--topic", "Order", "--tag", "new"]),
        "paper/on-lists\n"
    );
    assert_eq!(folder.ok(&["add", "paper", citation]), "paper/on-lists\n");
    assert_eq!(
        folder.ok(&[
            "show",
            "smith19",
            "--jsonl",
            "title,authors,year,topics,tags"
        ]),
        "{\"title\":\"On Lists\",\"authors\":[\"Smith, Jane\"],\"year\":2019,\"topics\":[\"Order\"],\"tags\":[\"new\"]}\n"
    );
    assert!(
        folder
            .ok(&["export", "-", "--format", "bibtex"])
            .contains("volume = {7}")
    );
    let two = folder.run(&[
        "add",
        "paper",
        "@misc{a, title={A}}\n@misc{b, title={B\n@misc{c, title={C}}",
    ]);
    assert_eq!(
        (two.code, two.out.as_str()),
        (Some(3), "paper/a\npaper/c\n"),
        "{}",
        two.err
    );
    assert!(
        folder
            .fails(2, &["add", "paper", "@misc{broken"])
            .contains("the citation cannot be read")
    );
}

#[test]
fn the_web_is_asked_only_when_a_verb_says_so_and_fills_what_is_empty() {
    let (folder, server) = (Folder::new(), server());
    let given = asks(
        &folder,
        &server,
        &[
            "add",
            "paper",
            "10.1234/work",
            "--fetch",
            "--allow-private",
            "--tag",
            "mine",
        ],
    );
    assert_eq!(
        (given.code, given.out.as_str()),
        (Some(0), "paper/on-lists\n"),
        "{}",
        given.err
    );
    let row: serde_json::Value =
        serde_json::from_str(&folder.ok(&["show", "10.1234/work", "--jsonl"])).unwrap();
    assert_eq!(
        (&row["title"], &row["authors"]),
        (
            &"On lists".into(),
            &serde_json::json!(["Smith, Jane", "List Society"])
        )
    );
    assert_eq!(
        (&row["period"], &row["venue"], &row["body"], &row["aliases"]),
        (
            &"2019-05".into(),
            &"Journal of Lists".into(),
            &"".into(),
            &serde_json::json!([])
        )
    );
    assert!(
        folder
            .ok(&["export", "-", "--format", "bibtex"])
            .contains("volume = {7}")
    );
    let items: serde_json::Value =
        serde_json::from_str(&folder.ok(&["export", "-", "--format", "csl"])).unwrap();
    assert_eq!(items[0]["id"], row["slug"]);
    // `fetch` completes entries that were added without the web, and keeps what the user set.
    folder.ok(&["add", "paper", "2010.11929", "--year", "2021"]);
    folder.ok(&[
        "add",
        "paper",
        "A title of mine",
        "--url",
        &format!("{server}/page"),
    ]);
    folder.ok(&["add", "post", &format!("{server}/bare")]);
    folder.ok(&["add", "paper", "Nowhere", "--doi", "10.1234/nowhere"]);
    folder.ok(&["add", "paper", "Nothing to ask for"]);
    let words = ["fetch", "(kind:paper", "or", "kind:post)", "-has:venue"];
    let plan = asks(&folder, &server, &[&words[..], &["--dry-run"]].concat());
    assert!(
        plan.out.starts_with(&format!(
            "paper/arxiv-2010-11929\t{server}/10.48550/arXiv.2010.11929\n"
        )),
        "{}",
        plan.out
    );
    assert_eq!(plan.err, "would ask for 4 entries\n");
    let given = asks(
        &folder,
        &server,
        &[&words[..], &["--allow-private"]].concat(),
    );
    assert_eq!(given.code, Some(3));
    assert_eq!(
        given.err,
        format!(
            "paper/nowhere: `{server}/10.1234/nowhere` answered with status 404\n3 entries completed, 0 had nothing new, 1 failed\n"
        )
    );
    assert_eq!(
        folder.ok(&["list", "--jsonl", "slug,title,authors,period,venue", "(kind:paper", "or", "kind:post)", "-slug:on-lists", "-slug:nowhere", "-slug:nothing-to-ask-for"]),
        "{\"slug\":\"arxiv-2010-11929\",\"title\":\"On lists\",\"authors\":[\"Smith, Jane\",\"List Society\"],\"period\":\"2021\",\"venue\":\"Journal of Lists\"}\n\
         {\"slug\":\"a-title-of-mine\",\"title\":\"A title of mine\",\"authors\":[\"Doe, John\",\"Roe, Jane\"],\"period\":\"2020-10-22\",\"venue\":\"Pages\"}\n"
            .to_owned()
            + &format!("{{\"slug\":\"{}\",\"title\":\"Bare & simple\",\"authors\":null,\"period\":null,\"venue\":null}}\n", server.replace("http://", "").replace(['.', ':'], "-") + "-bare")
    );
    folder.ok(&["undo"]);
    assert!(
        folder
            .ok(&["list", "papers", "--tsv", "title"])
            .contains("arXiv:2010.11929\n")
    );
    assert!(
        folder
            .fails(2, &["add", "paper", "Just words", "--fetch"])
            .contains("there is nothing to ask the web for")
    );
}

#[test]
fn whatever_a_server_does_the_entry_stands_and_the_message_says_what_is_missing() {
    let server = server();
    let port = server.rsplit(':').next().unwrap();
    for (name, says) in [
        ("slow", "did not answer within 1 seconds"),
        ("drips", "did not answer within 1 seconds"),
        ("huge", "is larger than 5 MB"),
        (
            "loop",
            "redirects too often, or a redirect cannot be followed",
        ),
        // A redirect to a `file:` address is read as a path on the same server.
        ("file", "answered with status 404"),
        ("broken", "answered with status 500"),
        ("nonsense", "holds no data about a work"),
        ("cut", "cannot be reached"),
        ("none", "answered with status 404"),
    ] {
        let folder = Folder::new();
        let begun = std::time::Instant::now();
        let given = asks(
            &folder,
            &server,
            &[
                "add",
                "paper",
                &format!("10.1234/{name}"),
                "--fetch",
                "--allow-private",
                "--timeout",
                "1",
            ],
        );
        assert_eq!(
            (given.code, given.out.as_str()),
            (Some(3), &*format!("paper/10-1234-{name}\n")),
            "{name}: {}",
            given.err
        );
        assert!(
            given.err.contains(says)
                && given
                    .err
                    .contains(&format!("hint: kb fetch papers slug:10-1234-{name}")),
            "{name}: {}",
            given.err
        );
        assert!(begun.elapsed() < Duration::from_secs(4), "{name}");
        assert_eq!(
            folder.ok(&["list", "--tsv", "title"]),
            format!("10.1234/{name}\n")
        );
    }
    // Without `--allow-private`, no request goes to this machine or a private network, however the
    // address is written.
    for resolver in [
        server.clone(),
        format!("http://localhost:{port}"),
        format!("http://[::ffff:127.0.0.1]:{port}"),
        "http://10.0.0.1".to_owned(),
        "http://169.254.169.254".to_owned(),
    ] {
        let given = asks(
            &Folder::new(),
            &resolver,
            &["add", "paper", "10.1234/work", "--fetch", "--timeout", "1"],
        );
        assert_eq!(given.code, Some(3), "{resolver}");
        assert!(
            given.err.contains(
                "leads to this machine or a private network; `--allow-private` allows it"
            ),
            "{resolver}: {}",
            given.err
        );
    }
    let given = asks(
        &Folder::new(),
        "https://",
        &["add", "paper", "10.1234/work", "--fetch"],
    );
    assert!(given.err.contains("is not a web address"), "{}", given.err);
}

#[test]
fn a_page_whose_title_does_not_fit_loses_no_note() {
    let folder = Folder::new();
    let address = server();
    for (path, why) in [
        ("long", "title is 1499 characters long"),
        ("nul", "title holds a NUL"),
    ] {
        let url = format!("{address}/{path}");
        let given = folder.run(&["add", "term", &url, "my note", "--fetch", "--allow-private"]);
        assert_eq!(given.code, Some(3), "{}", given.err);
        assert!(given.err.contains(why), "{}", given.err);
        let shown = folder.ok(&["list", "terms", "--tsv", "title,body"]);
        let title = url.trim_start_matches("http://");
        assert!(shown.contains(&format!("{title}\tmy note\n")), "{shown}");
    }
}

#[test]
fn pages_in_other_encodings_are_decoded() {
    let folder = Folder::new();
    let address = server();
    for (path, title) in [("japanese", "日本語"), ("russian", "Привет")] {
        let url = format!("{address}/{path}");
        folder.ok(&["add", "paper", &url, "--fetch", "--allow-private"]);
        let shown = folder.ok(&["list", "papers", "--tsv", "title"]);
        assert!(shown.contains(title), "{shown}");
    }
}
