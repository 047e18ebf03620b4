//! Files edited by hand and a notebook edited by commands, in any order: what a fresh reader broke.

use crate::support::{Folder, edit, with};

/// Nothing is left to be done: another sync changes no file, and no document differs.
fn in_step(folder: &Folder) {
    let before = folder.everything();
    folder.ok(&["sync"]);
    assert_eq!(folder.everything(), before);
    for line in folder
        .ok(&["document", "list", "--tsv", "path,state"])
        .lines()
    {
        assert!(line.ends_with("\tsame"), "{line}");
    }
}

#[test]
fn a_citation_key_may_be_the_slug_of_its_entry() {
    let folder = with(&[(
        "r.bib",
        "@article{alpha,title={Alpha},year=2000,author={X, Y}}\n",
    )]);
    edit(&folder, "r.bib", "{Alpha}", "{Alpha and more}");
    folder.ok(&["sync"]);
    assert_eq!(
        folder.ok(&["list", "--tsv", "ref,title"]),
        "paper/alpha\tAlpha and more\n"
    );
    in_step(&folder);
    let folder = with(&[
        (
            "p.md",
            "# P\n\n## Papers\n\n- [Alpha](https://a.org): note\n",
        ),
        (
            "r.bib",
            "@misc{alpha,\n title={Alpha},\n url={https://a.org},\n annote={note}\n}\n",
        ),
    ]);
    edit(&folder, "r.bib", "{note}", "{note R}");
    folder.ok(&["sync"]);
    assert!(folder.read("p.md").ends_with(": note R\n"));
    in_step(&folder);
}

#[test]
fn what_kb_wrote_is_no_edit_by_hand_after_an_undone_sync() {
    // A page.
    let page = "# P\n\n## Terms\n\n- A: a\n- B: b\n- C: c\n";
    let folder = with(&[("p.md", page)]);
    folder.ok(&["set", "term/b", "body=bb"]);
    edit(&folder, "p.md", "A: a", "A: aa");
    folder.ok(&["sync"]);
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.ok(&["show", "b", "--tsv", "body"]), "b\n");
    assert_eq!(folder.ok(&["show", "a", "--tsv", "body"]), "aa\n");
    assert_eq!(folder.read("p.md"), page.replace("A: a", "A: aa"));
    in_step(&folder);
    // What was not yet written when the sync was undone stays, too.
    folder.ok(&["set", "term/b", "body=b2"]);
    edit(&folder, "p.md", "A: aa", "A: a3");
    folder.ok(&["sync"]);
    folder.ok(&["set", "term/c", "body=cc"]);
    let sync = folder.ok(&["history", "--tsv", "operation,command"]);
    let sync = sync.lines().find(|line| line.ends_with("\tsync")).unwrap();
    folder.ok(&["undo", sync.split_once('\t').unwrap().0]);
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("p.md"),
        "# P\n\n## Terms\n\n- A: a3\n- B: b2\n- C: cc\n"
    );
    in_step(&folder);
    // Items that kb moved.
    let folder = with(&[(
        "p.md",
        "# P\n\n## Goals\n\n### What I want to learn\n\n- A\n- B\n- C\n",
    )]);
    folder.ok(&["set", "goal/b", "status=learnt"]);
    edit(&folder, "p.md", "- C", "- C edited");
    folder.ok(&["sync"]);
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert_eq!(
        folder.ok(&["list", "goals", "--tsv", "slug,status", "--sort", "title"]),
        "a\twant\nb\twant\nc\twant\n"
    );
    // A bibliography.
    let text = "@misc{k1,\n  title = {One},\n  year = 2001\n}\n\n@misc{k2,\n  title = {Two},\n  year = 2002\n}\n";
    let folder = with(&[("r.bib", text)]);
    folder.ok(&["set", "k1", "year=1999"]);
    edit(&folder, "r.bib", "{Two}", "{Two and a half}");
    folder.write(
        "r.bib",
        folder.read("r.bib") + "\n@misc{k3,\n  title = {Three}\n}\n",
    );
    folder.ok(&["sync"]);
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert_eq!(
        folder.ok(&["list", "--tsv", "aliases,title,year", "--sort", "title"]),
        "k1\tOne\t2001\nk3\tThree\t\nk2\tTwo and a half\t2002\n"
    );
    in_step(&folder);
}

#[test]
fn comments_between_fields_stay_where_they_are() {
    let text = "@article{a,\n  title  = {A},    % checked by me\n  author = {X, Y}, % initials unknown\n  year   = 2000, % y\n  doi    = {10.1000/1} % d\n}\n";
    let folder = with(&[("r.bib", text)]);
    let mut now = text.to_owned();
    for (set, old, new) in [
        ("authors=", "author = {X, Y}, %", " %"),
        (
            "venue=J",
            "{10.1000/1} % d\n",
            "{10.1000/1}, % d\n  journal = {J}\n",
        ),
        ("venue=", ", % d\n  journal = {J}\n", ", % d\n"),
        (
            "url=https://e.org",
            ", % d\n",
            ", % d\n  url = {https://e.org},\n",
        ),
        ("url=", "  url = {https://e.org},\n", ""),
    ] {
        folder.ok(&["set", "a", set]);
        folder.ok(&["sync"]);
        assert!(now.contains(old), "{set}: {now}");
        now = now.replace(old, new);
        assert_eq!(folder.read("r.bib"), now, "{set}");
        in_step(&folder);
    }
    // One field goes and another one comes.
    folder.ok(&["set", "a", "doi=", "venue=J"]);
    folder.ok(&["sync"]);
    let said = folder.read("r.bib");
    assert!(
        said.contains("% checked by me\n") && said.contains("% y\n"),
        "{said}"
    );
    let other = with(&[("r.bib", &said)]);
    assert_eq!(
        other.ok(&["list", "--tsv", "title,year,venue,doi"]),
        "A\t2000\tJ\t\n"
    );
}

#[test]
fn a_row_with_more_than_its_entry_stays_in_its_table() {
    let page = "# P\n\n## Papers\n\n### Interp\n\n- [W](https://w.org)\n\n| Paper | Notes | Mine |\n|---|---|---|\n| [Zoom in](https://d.org/z) | Circuits | read on train |\n| [Plain](https://d.org/p) | n | |\n\n### Vision\n\n- [V](https://v.org)\n";
    let folder = with(&[("p.md", page)]);
    for slug in ["zoom-in", "plain"] {
        folder.ok(&["set", slug, "topics=Vision"]);
    }
    folder.ok(&["sync"]);
    let now = page.replace("| [Plain](https://d.org/p) | n | |\n", "")
        + "- [Plain](https://d.org/p): n\n";
    assert_eq!(folder.read("p.md"), now);
    in_step(&folder);
    // An edit of the row comes in, and the topic stays.
    edit(&folder, "p.md", "Circuits", "Wires");
    folder.ok(&["sync"]);
    assert_eq!(
        folder.ok(&["show", "zoom-in", "--tsv", "topics,body"]),
        "Vision\tWires\n"
    );
    // A private entry leaves its row all the same.
    folder.ok(&["set", "zoom-in", "private=yes"]);
    folder.ok(&["sync"]);
    assert!(!folder.read("p.md").contains("Zoom in"));
}

#[test]
fn a_record_deleted_by_hand_is_not_written_again_by_a_filter() {
    let record = |key: &str| {
        format!("@article{{{key},title={{Title {key}}},author={{A, {key}}},year=2000}}\n")
    };
    let text = ["k1", "k2", "k3"].map(record).concat();
    let folder = with(&[("r.bib", &text)]);
    folder.ok(&["document", "set", "r.bib", "kind:paper"]);
    edit(&folder, "r.bib", &record("k2"), "");
    let said = folder.run(&["sync"]).err;
    assert!(said.contains("k2"), "{said}");
    let now = [record("k1"), record("k3")].concat();
    assert_eq!(folder.read("r.bib"), now);
    in_step(&folder);
    // Not after other changes, either; a new entry goes in.
    folder.ok(&["set", "k1", "year=2001"]);
    folder.ok(&["sync"]);
    folder.ok(&["add", "paper", "New"]);
    folder.ok(&["sync"]);
    let said = folder.read("r.bib");
    assert!(
        !said.contains("k2") && said.contains("New") && said.contains("2001"),
        "{said}"
    );
    // With a single other record, too, and where the key is the slug.
    let folder = with(&[(
        "r.bib",
        "@article{x,title={X},year=2000}\n@article{y,title={Y},year=2001}\n",
    )]);
    edit(&folder, "r.bib", "@article{x,title={X},year=2000}\n", "");
    let said = folder.run(&["sync"]).err;
    assert!(said.contains("paper/x"), "{said}");
}

#[test]
fn what_is_suggested_is_what_helps() {
    // The heading may have been added in the same sync.
    let folder = with(&[("p.md", "# P\n\n## Terms\n\n- T: t\n")]);
    folder.ok(&["add", "paper", "Zz"]);
    folder.write("p.md", folder.read("p.md") + "\n## Papers\n");
    let said = folder.run(&["sync"]).err;
    assert!(folder.read("p.md").ends_with("- Zz\n"));
    assert!(!said.contains("in no file"), "{said}");
    // The filter of the hint keeps what the file has.
    let folder = with(&[("r.bib", "@misc{k9,title={T one},year=1999}\n")]);
    folder.ok(&["add", "term", "Tt"]);
    let said = folder.run(&["export", "r.bib"]).err;
    assert!(said.contains("`kind:paper,term`"), "{said}");
    folder.ok(&["export", "r.bib", "kind:paper,term"]);
    let said = folder.read("r.bib");
    assert!(said.contains("k9") && said.contains("Tt"), "{said}");
    // The command names the page, and the error the entries.
    let folder = with(&[("my page.md", "# P\n\n## Terms\n\n- T: t\n- U: u\n")]);
    edit(&folder, "my page.md", "- T: t\n", "");
    let said = folder.fails(3, &["sync"]);
    assert!(
        said.contains("off the page `my page.md`: term/t\n"),
        "{said}"
    );
    assert!(said.contains("kb import 'my page.md' --yes"), "{said}");
    folder.ok(&["import", "my page.md", "--yes"]);
    in_step(&folder);
}

#[test]
fn a_conflict_by_a_string_or_a_parent_stays_until_it_is_settled() {
    let text = "@string{j = \"Journal A\"}\n@article{a,\n title={T},\n journal=j,\n year=2001\n}\n@article{b,\n title={B},\n year=2002\n}\n";
    for (how, venue, file) in [
        ("--theirs", "Journal F", "Journal F"),
        ("--ours", "Journal K", "Journal K"),
    ] {
        let folder = with(&[("r.bib", text)]);
        folder.ok(&["set", "a", "venue=Journal K"]);
        edit(&folder, "r.bib", "Journal A", "Journal F");
        edit(&folder, "r.bib", "year=2002", "year=2003");
        for _ in 0..2 {
            let said = folder.fails(3, &["sync"]);
            assert!(said.contains("paper/t"), "{said}");
            assert!(folder.read("r.bib").contains("Journal F"));
            assert!(folder.run(&["status"]).out.contains("conflict"));
        }
        assert_eq!(folder.ok(&["show", "b", "--tsv", "year"]), "2003\n");
        folder.ok(&["sync", "r.bib", how]);
        assert_eq!(
            folder.ok(&["show", "a", "--tsv", "venue"]),
            format!("{venue}\n")
        );
        assert!(folder.read("r.bib").contains(file));
        in_step(&folder);
    }
}

#[test]
fn a_key_that_was_renamed_and_renamed_back_is_that_of_the_record_again() {
    for (date, back) in [("date={2001}", true), ("year=2001", false)] {
        let text = format!(
            "@article{{doe01,\n title={{Some Title}},\n author={{Doe, J.}},\n {date}\n}}\n"
        );
        let folder = with(&[("r.bib", &text)]);
        folder.ok(&["set", "doe01", "key=roe01"]);
        folder.ok(&["sync"]);
        assert!(folder.read("r.bib").contains("@article{roe01,"));
        folder.ok(&["undo"]);
        if back {
            folder.ok(&["set", "doe01", "title=Other"]);
        }
        folder.ok(&["sync"]);
        let title = if back { "Other" } else { "Some Title" };
        assert_eq!(folder.read("r.bib"), text.replace("Some Title", title));
        in_step(&folder);
    }
}

#[test]
fn imports_of_several_pages_are_undone_together_after_a_sync() {
    let page = |name: &str| format!("# {name}\n\n## Terms\n\n- {name}: text\n");
    let (p, q, r) = (page("P"), page("Q"), page("R"));
    let folder = with(&[("p.md", &p), ("q.md", &q), ("r.md", &r)]);
    folder.ok(&["set", "term/p", "body=words"]);
    edit(&folder, "p.md", "# P", "# Page");
    folder.ok(&["sync"]);
    folder.ok(&["undo", "--since", "1h"]);
    assert_eq!(folder.ok(&["list", "--tsv", "ref"]), "");
    assert_eq!(
        folder.read("p.md"),
        p.replace("# P", "# Page").replace("text", "words")
    );
    // With the other pages in the notebook, and this one gone.
    let folder = with(&[("q.md", &q), ("r.md", &r), ("p.md", &p)]);
    edit(&folder, "p.md", "P: text", "P: words");
    folder.ok(&["sync"]);
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    assert_eq!(folder.ok(&["list", "--tsv", "ref"]), "term/q\nterm/r\n");
    assert_eq!(folder.read("p.md"), p.replace("P: text", "P: words"));
}

#[test]
fn records_that_name_a_work_follow_its_citation_key() {
    let folder = with(&[(
        "r.bib",
        "@inproceedings{kid2001,\n  author = {Ann Lee},\n  title = {A child},\n  crossref = {vol2001},\n  related = \"x1, vol2001,vol2001b\"\n}\n\n@proceedings{vol2001,\n  title = {The volume},\n  year = {2001}\n}\n",
    )]);
    let before = folder.read("r.bib");
    let said = folder.run(&["set", "paper/the-volume", "key=newvol"]).err;
    assert!(
        said.contains("`paper/a-child` names `newvol` in `crossref`, `related` now"),
        "{said}"
    );
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("r.bib"),
        before
            .replace("{vol2001}", "{newvol}")
            .replace("x1, vol2001,", "x1, newvol,")
            .replace("@proceedings{vol2001", "@proceedings{newvol")
    );
    in_step(&folder);
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("r.bib"), before);
    in_step(&folder);
}

#[test]
fn a_file_that_was_found_in_step_is_written_after_the_next_change() {
    let folder = with(&[("r.bib", "@misc{a1,\n  title = {One},\n}\n")]);
    in_step(&folder);
    in_step(&folder);
    folder.ok(&["set", "paper/one", "title=Two"]);
    assert!(folder.run(&["status"]).out.contains("notebook changed"));
    folder.ok(&["sync"]);
    assert!(folder.read("r.bib").contains("{Two}"));
    in_step(&folder);
    // A filter is not an operation.
    folder.ok(&["add", "paper", "Three"]);
    folder.ok(&["sync"]);
    assert!(!folder.read("r.bib").contains("Three"));
    folder.ok(&["document", "set", "r.bib", "kind:paper"]);
    folder.ok(&["sync"]);
    assert!(folder.read("r.bib").contains("Three"));
    in_step(&folder);
}

#[test]
fn a_record_belongs_to_its_own_entry_although_another_has_its_key() {
    let folder = Folder::new();
    folder.ok(&["add", "paper", "Attention", "--year", "2017"]);
    let text = "% my library\n@article{attention, title={Other work}, author={Roe, R}, year=1999, note={my notes}}\n";
    folder.write("a.bib", text);
    folder.ok(&["import", "a.bib"]);
    folder.ok(&["rm", "paper/other-work"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("a.bib"), "% my library\n");
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    let back = folder.read("a.bib");
    assert!(
        back.contains("@article{attention,") && back.contains("my notes"),
        "{back}"
    );
    assert!(!back.contains("2017"), "{back}");
    in_step(&folder);
}

#[test]
fn an_edit_of_a_removed_work_does_not_reach_another_with_its_key() {
    let one = "@article{smith2010, title={Alpha}, author={Smith, A}, year=2010}\n";
    let other = "@article{smith2010, title={Beta}, author={Smith, B}, year=2010}\n";
    let folder = with(&[("a.bib", one), ("b.bib", other)]);
    folder.ok(&["rm", "paper/alpha"]);
    edit(&folder, "a.bib", "2010}", "2010, annote={on alpha}}");
    let said = folder.fails(3, &["sync"]);
    assert!(
        said.contains("changed both in the file and in the notebook: paper/alpha"),
        "{said}"
    );
    assert!(folder.read("a.bib").contains("{on alpha}"));
    assert_eq!(folder.read("b.bib"), other);
    assert_eq!(
        folder.ok(&["show", "paper/beta", "--jsonl", "body"]),
        "{\"body\":\"\"}\n"
    );
    folder.ok(&["sync", "--ours"]);
    assert_eq!(folder.read("a.bib").trim(), "");
    assert_eq!(folder.read("b.bib"), other);
    in_step(&folder);
}

#[test]
fn an_item_in_the_place_of_another_is_another_entry() {
    let folder = with(&[(
        "p.md",
        "## Terms\n\n- Type I error: A false positive.\n- Zed: see [[Type I error]]\n- Ye: y\n- Xe: x\n",
    )]);
    folder.ok(&["jot", "type-i-error", "my jot"]);
    edit(
        &folder,
        "p.md",
        "Type I error: A false positive.",
        "Type II error: A false negative.",
    );
    folder.ok(&["sync"]);
    assert_eq!(
        folder.ok(&["list", "terms", "title:error", "--tsv", "ref,body"]),
        "term/type-i-error\tA false positive.\nterm/type-ii-error\tA false negative.\n"
    );
    assert_eq!(
        folder.ok(&["list", "linked:zed", "--tsv", "ref"]),
        "term/type-i-error\n"
    );
    in_step(&folder);
    // A corrected title alone, or one with a corrected text, is an edit.
    edit(
        &folder,
        "p.md",
        "Type II error: A false negative.",
        "Type-II errors: A false negative result.",
    );
    folder.ok(&["sync"]);
    assert_eq!(
        folder.ok(&["list", "terms", "title:error", "--tsv", "ref,title"]),
        "term/type-i-error\tType I error\nterm/type-ii-error\tType-II errors\n"
    );
    in_step(&folder);
}

/// Two pages of terms.
fn two_pages() -> Folder {
    with(&[
        (
            "a.md",
            "# A\n\n## Terms\n\n- Alpha: the first letter of the Greek alphabet\n- Beta: the second letter\n- Gamma: third\n",
        ),
        ("b.md", "# B\n\n## Terms\n\n- Delta: fourth\n- Eps: fifth\n"),
    ])
}

/// The title and the body of each term, in the order of their titles.
fn terms(folder: &Folder) -> String {
    folder.ok(&["list", "terms", "--tsv", "title,body", "--sort", "title"])
}

#[test]
fn an_item_that_moves_to_another_page_and_is_edited_there_is_the_same_entry() {
    for (from, to) in [("a.md", "b.md"), ("b.md", "a.md")] {
        let folder = two_pages();
        let (old, new) = match from {
            "a.md" => ("- Beta: the second letter\n", "- Beta: the second one\n"),
            _ => ("- Eps: fifth\n", "- Epsilon: fifth\n"),
        };
        let before = terms(&folder).lines().count();
        edit(&folder, from, old, "");
        edit(&folder, to, "## Terms\n\n", &format!("## Terms\n\n{new}"));
        let moved = [folder.read("a.md"), folder.read("b.md")];
        let given = folder.run(&["sync"]);
        assert_eq!(given.code, Some(0), "{}", given.err);
        assert!(
            given
                .err
                .contains("1 entry no longer on the page, but on another: term/"),
            "{}",
            given.err
        );
        assert_eq!(terms(&folder).lines().count(), before);
        assert!(terms(&folder).contains(&new[2..].trim_end().replace(": ", "\t")));
        assert_eq!([folder.read("a.md"), folder.read("b.md")], moved);
        in_step(&folder);
        // One step of undo.
        folder.ok(&["undo"]);
        assert!(terms(&folder).contains(&old[2..].trim_end().replace(": ", "\t")));
    }
}

#[test]
fn items_that_change_their_pages_take_nothing_off_and_bring_the_other_side_along() {
    let folder = two_pages();
    folder.ok(&["set", "term/gamma", "body=third letter"]);
    folder.ok(&["set", "term/delta", "topics=Greek"]);
    folder.write(
        "a.md",
        "# A\n\n## Terms\n\n- Alpha: the first letter of the Greek alphabet\n- Delta: the fourth\n",
    );
    folder.write(
        "b.md",
        "# B\n\n## Terms\n\n- Gamma: third\n- Eps: fifth\n- Beta: the 2nd letter\n",
    );
    folder.ok(&["sync"]);
    assert_eq!(
        terms(&folder),
        "Alpha\tthe first letter of the Greek alphabet\nBeta\tthe 2nd letter\nDelta\tthe fourth\nEps\tfifth\nGamma\tthird letter\n"
    );
    assert_eq!(
        folder.read("b.md"),
        "# B\n\n## Terms\n\n- Gamma: third letter\n- Eps: fifth\n- Beta: the 2nd letter\n"
    );
    assert!(folder.ok(&["show", "term/delta"]).contains("Greek"));
    in_step(&folder);
}

#[test]
fn an_item_that_moves_and_changed_on_both_sides_is_one_conflict() {
    for how in ["--theirs", "--ours"] {
        let folder = two_pages();
        folder.ok(&["set", "term/beta", "body=what follows alpha"]);
        edit(&folder, "a.md", "- Beta: the second letter\n", "");
        edit(
            &folder,
            "b.md",
            "- Eps",
            "- Beta: the letter after alpha\n- Eps",
        );
        let err = folder.fails(3, &["sync"]);
        assert_eq!(err.matches("term/beta").count(), 2, "{err}");
        assert_eq!(terms(&folder).lines().count(), 5);
        assert!(folder.run(&["status"]).err.contains("`term/beta`"));
        folder.ok(&["sync", how]);
        let body = match how {
            "--theirs" => "Beta\tthe letter after alpha\n",
            _ => "Beta\twhat follows alpha\n",
        };
        assert!(terms(&folder).contains(body), "{}", terms(&folder));
        assert!(folder.read("b.md").contains(&body.replace('\t', ": ")));
        in_step(&folder);
    }
}

#[test]
fn a_page_that_is_read_first_finds_what_another_one_lost() {
    let folder = two_pages();
    edit(&folder, "a.md", "- Beta: the second letter\n", "");
    edit(&folder, "a.md", "- Gamma: third\n", "");
    edit(
        &folder,
        "b.md",
        "- Eps",
        "- Beta: the 2nd letter\n- Gamma: 3rd\n- Eps",
    );
    folder.ok(&["import", "b.md"]);
    folder.ok(&["import", "a.md"]);
    assert_eq!(terms(&folder).lines().count(), 5);
    assert!(terms(&folder).contains("Gamma\t3rd\n"));
    in_step(&folder);
}

#[test]
fn what_was_deleted_from_a_page_is_not_written_into_another_one() {
    let folder = two_pages();
    let b = folder.read("b.md");
    edit(&folder, "a.md", "- Gamma: third\n", "");
    folder.ok(&["sync"]);
    assert_eq!(folder.read("b.md"), b);
    in_step(&folder);
    // It comes back where somebody puts it, and what was edited meanwhile on either side with it.
    folder.ok(&["set", "term/gamma", "topics=Greek"]);
    edit(&folder, "b.md", "- Eps", "- Gamma: 3rd\n- Eps");
    folder.ok(&["sync"]);
    assert!(terms(&folder).contains("Gamma\t3rd\n"));
    assert_eq!(terms(&folder).lines().count(), 5);
    in_step(&folder);
}

#[test]
fn edits_of_several_files_come_in_again_after_their_sync_was_undone() {
    let folder = with(&[
        ("r.bib", "@article{a,\n title={A},\n year=2001\n}\n"),
        ("s.bib", "@article{b,\n title={B},\n year=2001\n}\n"),
        ("p.md", "## Terms\n\n- C: gamma\n"),
    ]);
    std::fs::create_dir(folder.file("v")).unwrap();
    folder.write("v/D.md", "delta\n");
    folder.ok(&["import", "v/", "--kind", "post"]);
    let before = folder.everything();
    edit(&folder, "r.bib", "2001", "2002");
    edit(&folder, "s.bib", "2001", "2002");
    edit(&folder, "p.md", "gamma", "the third");
    edit(&folder, "v/D.md", "delta", "the fourth");
    let list = |folder: &Folder| folder.ok(&["list", "--tsv", "ref,period,body", "--sort", "ref"]);
    folder.ok(&["sync"]);
    let after = list(&folder);
    assert_eq!(after.matches("2002").count(), 2);
    for _ in 0..2 {
        folder.ok(&["undo"]);
        assert_eq!(folder.everything(), before);
        folder.ok(&["sync"]);
        assert_eq!(list(&folder), after);
    }
    in_step(&folder);
}

#[test]
fn what_kb_wrote_and_was_undone_is_not_taken_for_an_edit() {
    for file in ["p.md", "r.bib"] {
        let folder = with(&[
            ("p.md", "## Terms\n\n- A: alpha\n- C: gamma\n"),
            (
                "r.bib",
                "@misc{x,\n title={X},\n note={alpha}\n}\n\n@misc{y,\n title={Y},\n note={gamma}\n}\n",
            ),
        ]);
        let (edited, set) = match file {
            "p.md" => ("term/a", "term/c"),
            _ => ("paper/x", "paper/y"),
        };
        let body = |reference: &str| folder.ok(&["show", reference, "--jsonl", "body"]);
        edit(&folder, file, "alpha", "beta");
        folder.ok(&["sync"]);
        folder.ok(&["set", set, "body=GG"]);
        folder.ok(&["sync"]);
        folder.ok(&["undo"]);
        folder.ok(&["undo"]);
        assert!(body(edited).contains("alpha") && body(set).contains("gamma"));
        folder.ok(&["sync"]);
        assert!(body(edited).contains("beta") && body(set).contains("gamma"));
        assert!(!folder.read(file).contains("GG"), "{}", folder.read(file));
        in_step(&folder);
        // Two syncs of one file, undone one after the other.
        edit(&folder, file, "beta", "beta two");
        folder.ok(&["sync"]);
        edit(&folder, file, "gamma", "delta");
        folder.ok(&["sync"]);
        folder.ok(&["undo"]);
        folder.ok(&["undo"]);
        assert!(body(edited).contains("beta\"") && body(set).contains("gamma"));
        folder.ok(&["sync"]);
        assert!(body(edited).contains("beta two") && body(set).contains("delta"));
        in_step(&folder);
    }
}

#[test]
fn a_record_that_returns_with_its_entry_is_what_it_was_and_where_it_was() {
    let text = "@string{x = \"X J.\"}\n\n@Article{a,\n  title   = \"A\",   % c1\n  journal = x,\n  year    = 2001\n}\n\n@article{b,\n  title = {B}\n}\n\n@article{c, title = {C}}\n\n@Comment{jabref-meta: x;}\n";
    for removed in [
        &["paper/a"][..],
        &["paper/c"],
        &["paper/b", "paper/c"],
        &["paper/a", "paper/b", "paper/c"],
    ] {
        let folder = with(&[("r.bib", text)]);
        folder.ok(&[&["remove", "--yes"][..], removed].concat());
        folder.ok(&["sync"]);
        assert_ne!(folder.read("r.bib"), text);
        // Another sync keeps what it was.
        folder.ok(&["add", "term", "Else"]);
        folder.ok(&["sync"]);
        folder.ok(&["undo"]);
        folder.ok(&["undo"]);
        folder.ok(&["sync"]);
        assert_eq!(folder.read("r.bib"), text);
        in_step(&folder);
    }
}
