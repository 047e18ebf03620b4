//! Tests of reading and writing bibliographies.

use chrono::NaiveDate;

use super::{Dialect, Fault, Flavour, key, kind, read, write};
use crate::model::{Audience, Clock, Draft, Entry, Kinds, Unknown, Value};

fn entries(source: &str) -> (Vec<Entry>, Vec<Fault>) {
    let clock = Clock {
        now: chrono::DateTime::default(),
        today: NaiveDate::default(),
    };
    let kinds = Kinds::built_in();
    let kind = kinds
        .get(kind(Dialect::Bibtex))
        .unwrap_or_else(|| unreachable!());
    let found = read(Dialect::Bibtex, source, kind, clock.today);
    (
        found
            .entries
            .iter()
            .filter_map(|read| kind.admit(&read.draft, &clock, Unknown::Keep).ok())
            .collect(),
        found.faults,
    )
}

fn texts(entry: &Entry, field: &str) -> Vec<String> {
    entry.value(field).map(Value::texts).unwrap_or_default()
}

fn again(source: &str) -> String {
    let kinds = Kinds::built_in();
    let kind = kinds
        .get(kind(Dialect::Bibtex))
        .unwrap_or_else(|| unreachable!());
    entries(source)
        .0
        .iter()
        .map(|entry| {
            write(
                Dialect::Bibtex,
                Flavour::Bibtex,
                entry,
                &key(entry),
                kind,
                Audience::Owner,
                NaiveDate::default(),
            )
        })
        .collect()
}

#[test]
fn letters_that_latex_writes_as_commands_are_read_in_each_of_their_forms() {
    let source = r"@misc{a, title = {R\o{}d {\o}l, \o g \O{}l, {\l}\l{}, {\ae}\ae{}, {\ss}\ss{}}, author = {R\o{}nnow, S\o{}ren}}";
    let (found, _) = entries(source);
    assert_eq!(found[0].title, "Rød øl, øg Øl, łł, ææ, ßß");
    assert_eq!(texts(&found[0], "authors"), ["Rønnow, Søren"]);
}

#[test]
fn what_is_written_reads_back_equal_and_what_did_not_change_is_written_as_it_was() {
    let source = r#"
@string{ieee = "{IEEE} Transactions"}
@comment{ nothing }
@article{VanDerBerg2017,
  author = {van der Berg, Jr., J{\"o}rg and {World Health Organization} and others},
  title = "On {DNA} \& $x^2$ -- {\'E}tude",
  journal = ieee # { on Things},
  year = 2017, month = feb,
  pages = {1--10},
  doi = {10.1145/3582099.3582122},
  keywords = {one, two; three},
}
"#;
    let (found, faults) = entries(source);
    assert_eq!(faults, []);
    let entry = &found[0];
    assert_eq!(entry.title, "On DNA & $x^2$ – Étude");
    assert_eq!(
        texts(entry, "authors"),
        ["van der Berg, Jr., Jörg", "World Health Organization"]
    );
    assert_eq!(texts(entry, "period"), ["2017-02"]);
    assert_eq!(texts(entry, "venue"), ["IEEE Transactions on Things"]);
    assert_eq!(entry.tags, ["one", "two", "three"]);
    assert_eq!(entry.aliases, ["VanDerBerg2017"]);
    let once = again(source);
    for kept in [
        r"{On {DNA} \& $x^2$ -- {\'E}tude}",
        r#"J{\"o}rg"#,
        "pages = {1--10}",
        "month = feb",
        "year = 2017",
        "{{IEEE} Transactions on Things}",
    ] {
        assert!(once.contains(kept), "{kept} in {once}");
    }
    assert_eq!(again(&once), once);
}

#[test]
fn a_broken_entry_is_named_and_the_next_one_is_read() {
    let source = "@article{a, title = {A}}\n@book{b, title = {B\n@misc{c,\n  title = {C}}\n@misc{d, title}\n@misc{e title = 3}\nmail@example.org\n@misc{,title={No key}}";
    let (found, faults) = entries(source);
    let titles: Vec<&str> = found.iter().map(|entry| entry.title.as_str()).collect();
    assert_eq!(titles, ["A", "C", "3", "No key"]);
    let places: Vec<&str> = faults
        .iter()
        .map(|fault| &source[fault.at..fault.at + 5])
        .collect();
    assert_eq!(places.len(), 2, "{faults:?}");
    assert!(source[faults[0].at..].starts_with("{B\n"), "{places:?}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..proptest::prelude::ProptestConfig::with_cases(300) })]
    #[test]
    fn what_an_entry_says_reads_back_from_every_dialect(
        title in "[A-Za-zäß€&%$#_{}~^\\\\<>\"' -]{1,40}", family in "[A-Z][a-zé&%' -]{0,10}[a-z]", given in "[A-Z][a-zé.&]{0,8}", group in "[A-Z][a-z]{1,6} [A-Z&][a-z]{1,6}",
        venue in "[A-Za-z&%$<>,;:' -]{0,20}[a-z]", body in "[A-Za-z&%$\\\\{}<> ,;:-]{0,60}[a-z.]", tags in proptest::collection::vec("[a-z&%-]{1,8}", 0..3),
        date in "(19|20)[0-9][0-9](-(0[1-9]|1[0-2]))?", season in "20[0-9][0-9]-2[1-4]", which in 0..3_usize
    ) {
        let clock = Clock { now: chrono::DateTime::default(), today: NaiveDate::default() };
        let kinds = Kinds::built_in();
        let kind = kinds.get(kind(Dialect::Bibtex)).unwrap_or_else(|| unreachable!());
        let mut draft = Draft::of(&kind.name);
        // LaTeX collapses white space.
        let (family, given) = (crate::text::fold::single_spaced(&family), crate::text::fold::single_spaced(&given));
        draft.set("title", crate::text::fold::single_spaced(&title)).set("venue", crate::text::fold::single_spaced(&venue)).set("body", crate::text::fold::single_spaced(&body)).set("doi", "10.1234/a_b").set("arxiv", "2010.11929");
        draft.set("url", "https://example.org/a_b?x=1%20&y=~z").set_many("tags", tags).set_many("authors", vec![format!("{family}, {given}"), group]);
        draft.set("period", [date.clone(), season, format!("{}/{}", date, "2100")][which].as_str());
        if let Ok(entry) = kind.admit(&draft, &clock, Unknown::Keep) {
            for dialect in Dialect::ALL.into_iter().filter(|dialect| dialect.is_written()) {
                let entry = Entry { slug: "x1".to_owned(), ..entry.clone() };
                let [begin, _, end] = dialect.frame();
                let text = format!("{begin}{}{end}", write(dialect, Flavour::Bibtex, &entry, &entry.slug, kind, Audience::Owner, clock.today));
                let found = read(dialect, &text, kind, clock.today);
                proptest::prop_assert_eq!((found.faults.len(), found.notes.len(), found.entries.len()), (0, 0, 1), "{}", text);
                let again = kind.admit(&found.entries[0].draft, &clock, Unknown::Keep).unwrap_or_else(|_| unreachable!());
                let values = |entry: &Entry| entry.values.iter().filter(|(name, _)| dialect != Dialect::Ris || *name != "arxiv").map(|(name, value)| {
                    let text = match value { Value::Period(period) => period.edtf.clone(), value => value.text() };
                    (name.clone(), text)
                }).collect::<Vec<_>>();
                proptest::prop_assert_eq!((&again.title, &again.body, &again.tags, values(&again)), (&entry.title, &entry.body, &entry.tags, values(&entry)), "{}", text);
            }
        }
    }
}
