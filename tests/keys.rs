//! Citation keys and dates of records, where the file and the notebook say them in different ways.

use crate::support::{Folder, edit, with};

fn in_step(folder: &Folder) {
    let before = folder.everything();
    let given = folder.run(&["sync"]);
    assert_eq!((given.code, given.err.as_str()), (Some(0), ""));
    assert_eq!(folder.everything(), before);
}

#[test]
fn a_key_that_changes_its_case_is_the_key_of_the_same_work() {
    let folder = with(&[(
        "r.bib",
        "@book{smith2001, title={T}, year=2001}\n@book{b, title={B}}\n",
    )]);
    edit(
        &folder,
        "r.bib",
        "smith2001, title={T}",
        "Smith2001, title={Tee}",
    );
    let said = folder.run(&["sync"]).err;
    assert!(
        !said.contains("kb remove") && !said.contains("stays as it is"),
        "{said}"
    );
    assert_eq!(
        folder.ok(&["list", "papers", "--tsv", "title", "--sort", "title"]),
        "B\nTee\n"
    );
    folder.ok(&["set", "Smith2001", "period=2002"]);
    folder.ok(&["sync"]);
    assert!(
        folder
            .read("r.bib")
            .contains("@book{Smith2001, title={Tee}, year=2002}")
    );
    in_step(&folder);
}

#[test]
fn a_work_is_kept_in_step_in_two_files_that_name_it_differently() {
    let folder = with(&[
        ("r.bib", "@book{t, title={T}, year=2001, doi={10.1/x}}\n"),
        ("s.bib", "@book{tt, title={T}, year=2001, doi={10.1/x}}\n"),
    ]);
    folder.ok(&["set", "paper/t", "period=2009"]);
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("r.bib"),
        "@book{t, title={T}, year=2009, doi={10.1/x}}\n"
    );
    assert_eq!(
        folder.read("s.bib"),
        "@book{tt, title={T}, year=2009, doi={10.1/x}}\n"
    );
    edit(&folder, "s.bib", "2009", "2010");
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("r.bib"),
        "@book{t, title={T}, year=2010, doi={10.1/x}}\n"
    );
    // Another key in one file is none of the other's business.
    edit(&folder, "s.bib", "{tt,", "{hand,");
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("r.bib"),
        "@book{t, title={T}, year=2010, doi={10.1/x}}\n"
    );
    folder.ok(&["set", "hand", "period=2011"]);
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("s.bib"),
        "@book{hand, title={T}, year=2011, doi={10.1/x}}\n"
    );
    assert!(folder.read("r.bib").starts_with("@book{t,"));
    in_step(&folder);
}

#[test]
fn a_second_record_of_a_work_in_one_file_stays_as_it_is() {
    let text = "@book{tt, title={T}, year=2001, doi={10.1/x}}\n\n@book{t, title={T}, year=2001, doi={10.1/x}}\n";
    let folder = with(&[
        ("r.bib", "@book{t, title={T}, year=2001, doi={10.1/x}}\n"),
        ("s.bib", text),
    ]);
    folder.ok(&["set", "paper/t", "period=2009"]);
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("s.bib"),
        text.replacen("{t, title={T}, year=2001", "{t, title={T}, year=2009", 1)
    );
    in_step(&folder);
}

#[test]
fn an_edit_of_a_merged_record_whose_entry_says_otherwise_is_a_conflict() {
    let merged = || {
        let folder = with(&[(
            "r.bib",
            "@article{a, title={Alpha}, year=2001}\n\n@article{b, title={Alpha prime}, year=2002, publisher={P}}\n",
        )]);
        folder.ok(&["merge", "paper/alpha", "paper/alpha-prime"]);
        folder.ok(&["sync"]);
        edit(&folder, "r.bib", "2002", "2003");
        let edited = folder.read("r.bib");
        for _ in 0..2 {
            let error = folder.fails(3, &["sync"]);
            assert!(error.contains("paper/alpha"), "{error}");
            assert_eq!(folder.read("r.bib"), edited);
        }
        (folder, edited)
    };
    let (folder, edited) = merged();
    folder.ok(&["sync", "--ours"]);
    assert_eq!(folder.read("r.bib"), edited);
    let record = folder.ok(&["export", "--format", "bibtex", "paper/alpha"]);
    assert!(
        record.contains("2001") && !record.contains("2003"),
        "{record}"
    );
    in_step(&folder);

    let (folder, edited) = merged();
    folder.ok(&["sync", "--theirs"]);
    assert_eq!(folder.read("r.bib"), edited.replace("2001", "2003"));
    in_step(&folder);
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("r.bib"), edited.replace("2001", "2003"));
    in_step(&folder);

    // When the merge is undone, the edit is that of its own entry.
    let (folder, _) = merged();
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("r.bib"),
        "@article{a, title={Alpha}, year=2001}\n\n@article{b, title={Alpha prime}, year=2003, publisher={P}}\n"
    );
    in_step(&folder);
}

#[test]
fn a_removed_entry_takes_all_its_records_along() {
    let both =
        "@article{a, title={Alpha}, year=2001}\n\n@article{b, title={Alpha prime}, year=2001}\n";
    let folder = with(&[("r.bib", both)]);
    folder.ok(&["merge", "paper/alpha", "paper/alpha-prime"]);
    folder.ok(&["sync"]);
    folder.ok(&["remove", "--yes", "paper/alpha"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("r.bib").trim(), "");
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("r.bib"), both);
    in_step(&folder);

    // Another file has the work under another key; a third says something else about it.
    let other =
        "@book{b, title={T}, doi={10.1/x}, year=2001, note={first}}\n\n@book{c, title={C}}\n";
    let third = "@book{d, title={T}, doi={10.1/x}, year=2001, note={else}}\n";
    let folder = with(&[
        (
            "r.bib",
            "@book{a, title={T}, doi={10.1/x}, year=2001, note={first}}\n",
        ),
        ("s.bib", other),
        ("t.bib", third),
    ]);
    folder.ok(&["remove", "--yes", "paper/t"]);
    let given = folder.run(&["sync"]);
    assert!(
        given
            .err
            .contains("`t.bib`: `d` stays although `paper/t` was removed"),
        "{}",
        given.err
    );
    assert_eq!(folder.read("s.bib"), "@book{c, title={C}}\n");
    assert_eq!(folder.read("t.bib"), third);
    in_step(&folder);
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("s.bib"), other);
    in_step(&folder);
}

#[test]
fn a_date_takes_the_place_of_one_that_could_not_be_read() {
    let folder = with(&[(
        "r.bib",
        "@book{t, title={T}, year={in press}, month={Spring}}\n\n@book{u, title={U}, date={forthcoming}}\n\n@book{v, title={V}, year={n.d.}, note={x}}\n",
    )]);
    for reference in ["t", "u", "v"] {
        folder.ok(&["set", reference, "period=2022-02"]);
    }
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("r.bib"),
        "@book{t, title={T}, year={2022}, month=feb}\n\n@book{u, title={U}, date={2022-02}}\n\n@book{v, title={V}, year={2022}, note={x}, month=feb}\n"
    );
    in_step(&folder);
}

#[test]
fn others_stay_others_when_the_authors_change() {
    let folder = with(&[(
        "r.bib",
        "@book{t, title={T}, author={Some, Ann and others}}\n\n@book{u, title={U}, author={Others, Some and others}}\n",
    )]);
    folder.ok(&["set", "t", "authors+=Zed, Q"]);
    folder.ok(&["set", "u", "authors+=Zed, Q"]);
    folder.ok(&["sync"]);
    assert_eq!(
        folder.read("r.bib"),
        "@book{t, title={T}, author={Some, Ann and Zed, Q and others}}\n\n@book{u, title={U}, author={Others, Some and Zed, Q and others}}\n"
    );
    in_step(&folder);
}

#[test]
fn what_a_record_inherits_changes_with_the_record_that_it_names() {
    let text = "@inproceedings{b, title={S}, crossref={c}}\n@inproceedings{d, title={D}, year={2001}, crossref={c}}\n@proceedings{c, title={P}, year={1999}}\n";
    let folder = with(&[("r.bib", text)]);
    folder.ok(&["set", "paper/p", "period=2005"]);
    let said = folder.run(&["sync"]).err;
    assert!(said.contains("1 entry changed with the record"), "{said}");
    assert_eq!(folder.read("r.bib"), text.replace("1999", "2005"));
    let periods = || folder.ok(&["list", "papers", "--tsv", "title,period", "--sort", "title"]);
    assert_eq!(periods(), "D\t2001\nP\t2005\nS\t2005\n");
    in_step(&folder);
    // One step of undo takes the values back, and the next sync the file.
    folder.ok(&["undo"]);
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert_eq!(folder.read("r.bib"), text);
    assert_eq!(periods(), "D\t2001\nP\t1999\nS\t1999\n");
    in_step(&folder);
}

#[test]
fn the_conflict_of_a_record_whose_entry_was_removed_is_named() {
    let folder = with(&[(
        "r.bib",
        "@article{x, title={X}}\n\n@article{roe, title={Roe}, year=2001}\n",
    )]);
    edit(&folder, "r.bib", "2001", "2011");
    folder.ok(&["remove", "--yes", "roe"]);
    let error = folder.fails(3, &["sync"]);
    assert!(error.contains("notebook: paper/roe\n"), "{error}");
    let status = folder.run(&["status", "--json"]);
    assert!(status.out.contains("\"paper/roe\""), "{}", status.out);
    assert!(
        folder
            .run(&["status"])
            .err
            .contains("kb sync r.bib --theirs")
    );
    folder.ok(&["sync", "r.bib", "--theirs"]);
    assert_eq!(folder.ok(&["list", "roe", "--tsv", "period"]), "2011\n");
    in_step(&folder);
}

#[test]
fn a_key_that_kb_wrote_is_the_key_of_its_work_after_an_undo() {
    for (old, new) in [("Beta two", "Beta Two Ed"), ("2002", "2012")] {
        let folder = with(&[(
            "p.bib",
            "@misc{b2,\n  title = {Beta two},\n  year = 2002\n}\n@misc{c3,\n  title = {Gamma},\n  year = 2003\n}\n",
        )]);
        folder.ok(&["set", "beta-two", "key=bee2002"]);
        edit(&folder, "p.bib", old, new);
        folder.ok(&["sync"]);
        folder.ok(&["undo"]);
        folder.ok(&["sync"]);
        let listed = folder.ok(&["list", "papers", "--tsv", "title,period", "--sort", "title"]);
        assert_eq!(listed.lines().count(), 2, "{listed}");
        assert!(listed.contains(new), "{listed}");
        assert!(folder.read("p.bib").starts_with("@misc{bee2002,"));
        in_step(&folder);
    }
}

#[test]
fn what_a_record_inherits_comes_in_again_after_an_undo() {
    let folder = with(&[(
        "p.bib",
        "@misc{c,\n title={Child},\n crossref={par}\n}\n@proceedings{par,\n title={Parent},\n year=2002\n}\n",
    )]);
    folder.ok(&["set", "parent", "period=2010"]);
    folder.ok(&["sync"]);
    folder.ok(&["undo"]);
    folder.ok(&["sync"]);
    assert_eq!(
        folder.ok(&["list", "papers", "--tsv", "title,period", "--sort", "title"]),
        "Child\t2010\nParent\t2010\n"
    );
    in_step(&folder);
}

#[test]
fn records_that_come_back_stand_behind_their_comments_and_in_their_order() {
    let text = "% lib\n@misc{a1,\n  title = {Alpha one}\n}\n\n% on b\n@misc{b2,\n  title = {Beta two}\n}\n\n% on c\n@misc{c3,\n  title = {Gamma three}\n}\n";
    let bare = text
        .replace("% lib\n", "")
        .replace("\n% on b", "")
        .replace("\n% on c", "");
    for text in [text, &bare] {
        for steps in [
            &[&["beta-two"][..]][..],
            &[&["alpha-one", "beta-two", "gamma-three"]],
            &[&["alpha-one"], &["beta-two"]],
            &[&["alpha-one", "beta-two"]],
            &[&["beta-two", "gamma-three"]],
            &[&["beta-two"], &["gamma-three"]],
            &[&["gamma-three"], &["alpha-one"], &["beta-two"]],
        ] {
            let folder = with(&[("p.bib", text)]);
            for step in steps {
                folder.ok(&[&["remove", "--yes"][..], step].concat());
                folder.ok(&["sync"]);
            }
            for _ in steps {
                folder.ok(&["undo"]);
            }
            folder.ok(&["sync"]);
            assert_eq!(folder.read("p.bib"), text, "{steps:?}");
            in_step(&folder);
        }
    }
}
