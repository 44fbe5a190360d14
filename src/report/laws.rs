//! What holds whatever a repository holds: any bytes in paths, names and subjects, any numbers.

use proptest::prelude::*;
use serde_json::Value;

use super::{Format, Options, escape, sample, tests, write};
use crate::model::{
    CommitNote, CommitRef, Commits, Fact, Gap, GapReason, ObjectId, Part, Person, Place, Position,
    Provenance, Region, Report, Severity, Standing,
};

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        any::<String>().prop_map(String::into_bytes),
        "[./:~%@-]{0,12}".prop_map(String::into_bytes),
    ]
}

fn person() -> impl Strategy<Value = Person> {
    (bytes(), bytes(), any::<i64>(), any::<i32>()).prop_map(|(name, email, seconds, offset)| {
        Person { name: name.into(), email: email.into(), seconds, offset_minutes: offset }
    })
}

fn part() -> impl Strategy<Value = Part> {
    proptest::sample::select(vec![
        Part::Content,
        Part::SymlinkTarget,
        Part::FileName,
        Part::CommitMessage,
        Part::TagHeader,
        Part::RefName,
        Part::Reflog,
        Part::Config,
    ])
}

fn place() -> impl Strategy<Value = Place> {
    let commit = (person(), person(), bytes()).prop_map(|(author, committer, subject)| CommitRef {
        id: ObjectId([5; 20]),
        author,
        committer,
        subject: subject.into(),
    });
    let position =
        || (1..u64::MAX, 1..u64::MAX).prop_map(|(line, column)| Position { line, column });
    let region = (position(), position()).prop_map(|(start, end)| Region { start, end });
    let option = proptest::option::of::<BoxedStrategy<Vec<u8>>>;
    let object = proptest::option::of(Just(ObjectId([6; 20])));
    (
        part(),
        option(bytes().boxed()),
        proptest::option::of(region),
        object,
        proptest::option::of(commit),
    )
        .prop_map(|(part, path, region, object, commit)| {
            let mut place = Place::new(part, Standing::History);
            place.path = path.map(Into::into);
            (place.region, place.object, place.commit) = (region, object, commit);
            place
        })
}

fn report() -> impl Strategy<Value = Report> {
    let gap = (bytes(), any::<String>())
        .prop_map(|(path, detail)| Gap::new(GapReason::ReadError, detail).at_path(path));
    let places = proptest::collection::vec(place(), 1..4);
    (places, proptest::collection::vec(gap, 0..3), any::<String>()).prop_map(
        |(places, gaps, value)| {
            let secret = sample::secret("cfut_", 1);
            let mut found = sample::finding("user-api-token", "T", Severity::High, secret);
            found.place_count = places.len() as u64;
            found.places = places;
            found.facts = vec![Fact { name: "account", value }];
            let commits = found.places.iter().filter_map(|place| place.commit.clone());
            let listed = commits.map(|commit| CommitNote { commit, reachable: false }).collect();
            found.history = vec![Provenance {
                introduced: Commits { listed, count: u64::MAX },
                refs: found.places.iter().filter_map(|place| place.path.clone()).collect(),
                ref_count: u64::MAX,
                at_head: true,
                repository: found.places[0].path.clone(),
                ..Provenance::default()
            }];
            Report { findings: vec![found], gaps, ..sample::clean() }
        },
    )
}

#[test]
fn any_report_is_safe_to_print_and_obeys_its_schema() {
    let ours = tests::validator(&tests::schema("docs/report.schema.json"));
    let official = tests::validator(&tests::schema("tests/schemas/sarif-schema-2.1.0.json"));
    let config = ProptestConfig { cases: 64, ..ProptestConfig::default() };
    proptest!(config, |(report in report())| {
        for format in Format::ALL {
            let text = tests::render(&report, format, &Options::default());
            let mut shown = text.chars().filter(|&c| c != '\n');
            prop_assert!(!shown.any(escape::is_unsafe), "{}", format.name());
            let schema = match format {
                Format::Json => &ours,
                Format::Sarif => &official,
                Format::Text | Format::Jsonl => continue,
            };
            let document: Value = serde_json::from_str(&text).unwrap();
            let complaints: Vec<_> =
                schema.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
            prop_assert_eq!(complaints, Vec::<String>::new());
        }
    });
}

#[test]
fn text_lines_of_prose_keep_to_the_width() {
    let rules = sample::rules();
    for width in [0, 40, 70, 500] {
        let options = Options { width: Some(width), ..Options::default() };
        let mut out = Vec::new();
        write(&sample::full(), &rules.infos(), Format::Text, &options, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let help = text.lines().find(|line| line.starts_with("  help")).unwrap();
        assert!(help.chars().count() <= width.clamp(40, 100), "{help}");
    }
}
