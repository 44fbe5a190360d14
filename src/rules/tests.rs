//! The loader's messages, and that every built-in rule keeps the laws and finds its own examples as
//! far as its bare pattern can. The real detector runs over the same examples in `tests/rules.rs`.

use std::{fs, path::Path};

use super::{
    Check, Decoder, Error, Rule, RuleSet, document,
    load::{self, Loaded},
    template,
};
use crate::model::Confidence;

/// A rule that keeps all laws.
const GOOD: &str = r#"id = "acme-key"
title = "Acme key"
severity = "high"
confidence = "likely"
anchors = ["acme_"]
pattern = '(?-u)(?P<secret>acme_(?P<body>[a-z]{20}))'
reach = { before = 1, after = 32 }
checks = ["boundary", { entropy = 2.5 }]
help = "Opens the gate."

[[examples]]
text = "KEY=acme_{{lower:20}}"

[[counter_examples]]
text = "acme_short"
reason = "too short"
"#;

/// What the loader says of [`GOOD`] with one text replaced by another.
fn complaints(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from} is not in the good rule");
    match load::rule(Path::new("acme-key.toml"), &GOOD.replacen(from, to, 1)) {
        Ok(_) => "fine".to_owned(),
        Err(problems) => Error::Invalid(problems).to_string().replace('\n', " | "),
    }
}

#[test]
fn a_good_rule_is_read_and_defaults_are_filled_in() {
    let Ok(Loaded::Rule(rule)) = load::rule(Path::new("dir/acme-key.toml"), GOOD) else {
        panic!("the good rule is not good");
    };
    let [form] = &rule.forms[..] else { panic!("{} forms", rule.forms.len()) };
    assert_eq!(form.encoded_anchors, ["acme_"]);
    assert_eq!(form.checks, [Check::Boundary, Check::Entropy(2.5)]);
    assert!(form.gate.is_none() && rule.retired.is_none() && rule.references.is_empty());
}

#[test]
fn mistakes_in_keys_are_told_by_line_and_column() {
    use insta::assert_snapshot as is;
    is!(complaints("severity", "severty"), @"acme-key.toml:3:1: a rule has no key `severty`; did you mean `severity`?");
    is!(complaints("text = \"KEY", "txet = \"KEY"), @"acme-key.toml:12:1: `examples` has no key `txet`; did you mean `text`?");
    is!(complaints("before = 1", "befor = 1"), @"acme-key.toml:7:11: `reach` has no key `befor`; did you mean `before`?");
    is!(complaints("help = ", "colour = "), @r#"acme-key.toml:9:1: a rule has no key `colour`; remove it; there are id, title, severity, confidence, checks, help, examples, counter_examples, anchors, pattern, reach, encoded_anchors, gate, names, vocabulary, value, near, forms, partners, terraform, strength, retired, verifier, references, disabled | acme-key.toml:1:1: the key `help` is missing; add `help = "…"`"#);
    is!(complaints("[[counter_examples]]\ntext = \"acme_short\"\nreason = \"too short\"\n", ""), @"acme-key.toml:1:1: the key `counter_examples` is missing; add at least one `[[counter_examples]]`");
    is!(complaints("id = \"acme-key\"", "id = \"acme\""), @"acme-key.toml:1:6: the id `acme` is not the file's name; write `acme-key`, or name the file `acme.toml`");
    is!(complaints("title = \"Acme key\"", "title = \"Acme key"), @r#"acme-key.toml:2:18: invalid basic string, expected `"`"#);
    is!(complaints("\"high\"", "\"hihg\""), @"acme-key.toml:3:12: unknown variant `hihg`, expected one of `note`, `low`, `medium`, `high`, `critical`");
    is!(complaints("\"boundary\"", "\"boundry\""), @"acme-key.toml:8:11: unknown variant `boundry`, expected one of `boundary`, `crc32`, `crc32-hint`, `entropy`, `not-hex`, `placeholder`, `decode`, `mixed`, `not-foreign`, `words`, `remote`, `needs`, `prefers`");
    is!(complaints("{ entropy = 2.5 }", "{ decode = \"tunnel\" }"), @"acme-key.toml:8:34: unknown variant `tunnel`, expected one of `tunnel-token`, `tunnel-credentials`, `origin-cert`, `r2-session-token`, `access-jwt`, `wrangler-config`, `tunnel-management-token`, `stream-jwk`, `private-key`, `r2-presigned-url`");
    is!(complaints("anchors = [\"acme_\"]", "anchors = \"acme_\""), @r#"acme-key.toml:5:11: invalid type: string "acme_", expected a sequence"#);
    is!(complaints("help =", "verifier = \"https://evil.example\"\nhelp ="), @"acme-key.toml:9:12: unknown variant `https://evil.example`, expected one of `global-key`, `user-token`, `account-token`, `api-token`, `oauth-access-token`, `origin-ca-key`, `access-service-token`, `access-jwt`, `tunnel`, `turnstile`, `r2`, `r2-session`, `side-effects`");
}

#[test]
fn broken_laws_are_told_by_line_and_column() {
    use insta::assert_snapshot as is;
    is!(complaints("[\"acme_\"]", "[]"), @"acme-key.toml:5:11: a rule needs at least one anchor or name, or it is never tried; add `anchors`, `names` or `vocabulary`");
    is!(complaints("[\"acme_\"]", "[\"acme_\", \"ac\"]"), @"acme-key.toml:5:21: the anchor `ac` must have 3 to 256 bytes; rare literals keep scans fast");
    is!(complaints("[\"acme_\"]", "[\"acm\"]"), @"acme-key.toml:5:12: the encoded anchor `acm` must have 4 to 256 bytes; set `encoded_anchors` to longer literals, or to [] to turn the decoding off");
    is!(complaints("[\"acme_\"]", "[\"acm\"]\nencoded_anchors = []"), @"fine");
    is!(complaints("(?P<secret>", "(?P<key>"), @"acme-key.toml:6:11: the pattern has no group `secret`; write `(?P<secret>…)` around the credential");
    is!(complaints("[a-z]{20}", "[a-z{20}"), @"acme-key.toml:6:11: the pattern does not compile: unclosed character class; the syntax is that of the `regex` crate");
    is!(complaints("acme_(", "(?<!x)acme_("), @"acme-key.toml:6:11: the pattern does not compile: look-around, including look-ahead and look-behind, is not supported; the syntax is that of the `regex` crate");
    is!(complaints("{20}))", "{20}))?"), @"acme-key.toml:6:11: the pattern matches the empty text; make something in it required");
    is!(complaints("[a-z]{20}", r"\w{60000}"), @"acme-key.toml:6:11: the pattern does not compile: Compiled regex exceeds size limit of 4194304 bytes.; the syntax is that of the `regex` crate");
    is!(complaints("\"boundary\"", "\"crc32\", \"crc32-hint\""), @"fine");
    is!(complaints("(?P<body>[a-z]{20})", "[a-z]{20}"), @"fine");
    is!(complaints("(?P<body>[a-z]{20}))'\n", "[a-z]{20})'\nretired = \"2026-13-01\"\n"), @"acme-key.toml:7:11: `2026-13-01` is no day; write it as `2026-09-30`");
    is!(complaints("before = 1", "before = 20000"), @"acme-key.toml:7:20: a rule may look at most 16384 bytes back; name an anchor nearer to the match's start");
    is!(complaints("after = 32", "after = 70000"), @"acme-key.toml:7:31: a rule may look at most 65536 bytes ahead; name an anchor nearer to the match's end");
    is!(complaints("after = 32", "after = 5"), @"acme-key.toml:7:31: anchor, gate and one neighbour take 6 bytes, so `after` must be at least that; write `reach = { before = 1, after = 6 }` or more");
    is!(complaints("help =", "gate = { class = \"z-a\", length = 0 }\nhelp ="), @"acme-key.toml:9:18: `z-a` is no class; write ASCII characters and ranges such as `A-Za-z0-9_-`, without brackets | acme-key.toml:9:34: a gate needs a length of at least 1");
    is!(complaints("2.5", "9.5"), @"acme-key.toml:8:23: entropy is 0 to 8 bits per character; 3.0 suits hex, 4.2 suits base64");
    is!(complaints("\"boundary\"", "\"boundary\", \"boundary\""), @"acme-key.toml:8:23: the check `boundary` stands here twice; keep one");
    is!(complaints("{{lower:20}}", "{{lower:20}"), @"acme-key.toml:12:8: template, character 10: this `{{` has no `}}`; close it, or write {{open}}");
    is!(complaints("Opens the gate.", " "), @"acme-key.toml:9:8: `help` is empty; people will read it, so say it");
    is!(complaints("help =", "references = [\"http://x\"]\nhelp ="), @"acme-key.toml:9:15: a reference starts with `https://`; write the whole address");
}

/// A rule that goes by names.
const NAMED: &str = r#"id = "acme-key"
title = "Acme key"
severity = "high"
confidence = "likely"
names = ["acme api key"]
value = { class = "0-9a-f", min = 37, max = 45 }
checks = ["placeholder", { needs = "email" }]
partners = ["email"]
help = "Opens the gate."

[[forms]]
note = "a header"
anchors = ["X-Acme: "]
pattern = '(?-u)X-Acme: (?P<secret>[0-9a-f]{37})'
reach = { before = 0, after = 64 }

[[examples]]
text = "ACME_API_KEY={{hex:40}} # a@shop.example"

[[counter_examples]]
text = "ACME_API_KEY=short"
reason = "too short"
"#;

fn complaints_of_named(from: &str, to: &str) -> String {
    assert!(NAMED.contains(from), "{from} is not in the rule");
    match load::rule(Path::new("acme-key.toml"), &NAMED.replacen(from, to, 1)) {
        Ok(_) => "fine".to_owned(),
        Err(problems) => Error::Invalid(problems).to_string().replace('\n', " | "),
    }
}

#[test]
fn mistakes_in_forms_and_names_are_told_by_line_and_column() {
    use insta::assert_snapshot as is;
    let is_fine = complaints_of_named("Acme key", "Acme key");
    assert_eq!(is_fine, "fine");
    is!(complaints_of_named("acme api key", "acme_api_key"), @"acme-key.toml:5:10: `acme_api_key` is no name; write lower-case words with one blank between, as `cloudflare api token`");
    is!(complaints_of_named("acme api key", "key"), @"acme-key.toml:5:10: `key` is no name; a name has 5 to 64 letters, or it stands everywhere");
    let unknown =
        complaints_of_named("names = [\"acme api key\"]", "vocabulary = [\"api-tokens\"]");
    assert!(unknown.starts_with("acme-key.toml:5:15: there is no set `api-tokens`; there are "));
    is!(complaints_of_named("names = [\"acme api key\"]", "names = [\"acme api key\"]\nanchors = [\"acme\"]"), @"acme-key.toml:6:11: a form goes by anchors or by names; make two `[[forms]]` of it");
    is!(complaints_of_named("value = { class = \"0-9a-f\", min = 37, max = 45 }\n", ""), @r#"acme-key.toml:5:9: what does the value look like? Add `value = { class = "0-9a-f", min = 32, max = 32 }` or a `pattern`"#);
    is!(complaints_of_named("min = 37", "mni = 37"), @"acme-key.toml:6:29: `value` has no key `mni`; did you mean `min`?");
    is!(complaints_of_named("min = 37", "min = 57"), @"acme-key.toml:6:35: a value has at least 1 and at most 4096 bytes, and `min` is not above `max`");
    is!(complaints_of_named("0-9a-f", "f-a"), @"acme-key.toml:6:19: `f-a` is no class; write ASCII characters and ranges such as `A-Za-z0-9_-`, without brackets");
    is!(complaints_of_named("partners = [\"email\"]\n", ""), @r#"acme-key.toml:7:26: `email` is not looked for; add `partners = ["email"]` to the rule | acme-key.toml:10:1: `email` is not looked for; add `partners = ["email"]` to the rule"#);
    is!(complaints_of_named("needs = \"email\"", "needs = \"e-mail\""), @"acme-key.toml:7:36: unknown variant `e-mail`, expected one of `email`, `account-id`, `zone-id`, `client-id`, `access-key-id`, `endpoint`, `bucket`, `host`, `key-id`");
    is!(complaints_of_named("reach = { before = 0, after = 64 }\n", ""), @"acme-key.toml:11:1: anchor, gate and one neighbour take 9 bytes, so `after` must be at least that; write `reach = { before = 1, after = 9 }` or more");
    is!(complaints_of_named("note = \"a header\"", "near = { words = [], before = 0, after = 9000 }"), @"acme-key.toml:12:18: `near` needs words of at least 3 bytes, of which one must stand near | acme-key.toml:12:31: `near` looks 0 to 4096 bytes back and 0 to 4096 ahead, and somewhere");
    is!(complaints_of_named("note = \"a header\"", "nose = \"a header\""), @"acme-key.toml:12:1: `forms` has no key `nose`; did you mean `note`?");
    is!(complaints_of_named("checks = [", "gate = { class = \"a\", length = 3 }\nchecks = ["), @"acme-key.toml:7:8: a gate goes with anchors; what a named value is made of says `value`");
}

#[test]
fn a_form_takes_over_what_it_does_not_say() {
    let Ok(Loaded::Rule(rule)) = load::rule(Path::new("acme-key.toml"), NAMED) else {
        panic!("the rule is not good");
    };
    let [own, header] = &rule.forms[..] else { panic!("{} forms", rule.forms.len()) };
    assert_eq!((own.index, header.index), (None, Some(0)));
    assert!(own.is_named() && !header.is_named());
    assert_eq!(own.checks, header.checks);
    // A pattern of its own stands for the value of the rule.
    assert!(header.value.is_none() && header.pattern.is_some());
}

/// A rule that knows its kind by attributes alone.
const TYPED: &str = r#"id = "acme-key"
title = "Acme key"
severity = "high"
confidence = "likely"
help = "Opens the gate."

[terraform]
attributes = ["cloudflare_acme.key"]

[[examples]]
text = "x"

[[counter_examples]]
text = "y"
reason = "empty"
"#;

#[test]
fn a_rule_of_attributes_needs_no_pattern_and_its_mistakes_are_told_as_well() {
    use insta::assert_snapshot as is;
    let complaints = |from: &str, to: &str| {
        assert!(TYPED.contains(from), "{from} is not in the good rule");
        match load::rule(Path::new("acme-key.toml"), &TYPED.replacen(from, to, 1)) {
            Ok(_) => "fine".to_owned(),
            Err(problems) => Error::Invalid(problems).to_string().replace('\n', " | "),
        }
    };
    is!(complaints("acme.key", "acme.key"), @"fine");
    is!(complaints("acme.key\"]", "acme.key\"]\nshape = '[a-z]+'\nrequires = 'x'"), @"fine");
    is!(complaints("[\"cloudflare_acme.key\"]", "[]"), @"acme-key.toml:8:14: name at least one attribute, such as `cloudflare_api_token.value`");
    is!(complaints("cloudflare_acme.key", "acme.key"), @"acme-key.toml:8:15: `acme.key` must begin with a resource type of the provider, such as `cloudflare_api_token`");
    is!(complaints(".key\"]", ".key\", \"cloudflare_acme\"]"), @"acme-key.toml:8:38: `cloudflare_acme` names no attribute; write `cloudflare_acme.value`");
    is!(complaints("acme.key\"]", "acme.key\"]\nshape = '[a-z'"), @"acme-key.toml:9:9: the pattern does not compile: unclosed character class; the syntax is that of the `regex` crate");
    is!(complaints("acme.key\"]", "acme.key\"]\nrequires = '(?<!x)y'"), @"acme-key.toml:9:12: the pattern does not compile: look-around, including look-ahead and look-behind, is not supported; the syntax is that of the `regex` crate");
    is!(complaints("attributes", "atributes"), @"acme-key.toml:8:1: `terraform` has no key `atributes`; did you mean `attributes`?");
    is!(complaints("help =", "anchors = [\"acme_\"]\nhelp ="), @r#"acme-key.toml:1:1: the key `checks` is missing; add `checks = ["…"]`"#);
    is!(complaints("[terraform]\nattributes = [\"cloudflare_acme.key\"]\n", ""), @r#"acme-key.toml:1:1: the key `checks` is missing; add `checks = ["…"]`"#);
}

#[test]
fn a_checksum_needs_a_body() {
    let text =
        GOOD.replace("(?P<body>[a-z]{20})", "[a-z]{20}").replace("\"boundary\"", "\"crc32\"");
    let problems = load::rule(Path::new("acme-key.toml"), &text).unwrap_err();
    insta::assert_snapshot!(problems[0], @"acme-key.toml:8:11: `crc32` needs a group `body` in the pattern; write `(?P<body>…)` around what the checksum covers");
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

#[test]
fn a_folder_adds_replaces_and_removes() {
    let builtin = RuleSet::builtin();
    let replaced = GOOD.replace("acme-key", "cloudflare-origin-ca-key");
    let dir = folder(&[
        ("acme-key.toml", GOOD),
        ("cloudflare-origin-ca-key.toml", &replaced),
        (
            "cloudflare-turnstile-secret.toml",
            "id = \"cloudflare-turnstile-secret\"\ndisabled = true\n",
        ),
        ("README.md", "not a rule"),
    ]);
    let set = RuleSet::with_dir(dir.path()).unwrap();
    assert_eq!(set.rules().len(), builtin.rules().len());
    assert_eq!(&*set.get("cloudflare-origin-ca-key").unwrap().title, "Acme key");
    assert!(set.get("cloudflare-turnstile-secret").is_none());
    assert!(set.rules().is_sorted_by_key(|rule| rule.id.clone()));
    assert_eq!(set.index("acme-key"), Some(0));
    let joined = builtin.and_dir(dir.path()).unwrap();
    let ids = joined.held;
    assert_eq!(*joined.rules, *set);
    assert_eq!(joined.removed, [("cloudflare-turnstile-secret".to_owned(), true)]);
    // What a folder switches off is none of its rules.
    assert_eq!(
        ids.iter().map(|id| &**id).collect::<Vec<_>>(),
        ["acme-key", "cloudflare-origin-ca-key"]
    );
}

#[test]
fn a_folder_tells_all_its_mistakes_at_once() {
    let dir = folder(&[("b.toml", "id = \"b\"\ndisabled = true\nx = 1"), ("a.toml", "id = ")]);
    let Err(Error::Invalid(problems)) = RuleSet::with_dir(dir.path()) else {
        panic!("the folder's mistakes are not told");
    };
    let names: Vec<_> =
        problems.iter().map(|p| (p.path.file_stem().unwrap().to_str().unwrap(), p.line)).collect();
    assert_eq!(names, [("a", 1), ("b", 3)]);
}

#[test]
fn an_unknown_id_is_like_known_ones() {
    let set = RuleSet::builtin();
    assert_eq!(set.like("cloudflare-user"), ["cloudflare-user-api-token"]);
    assert_eq!(set.like("User API token"), ["cloudflare-user-api-token"]);
    assert_eq!(set.like("tunel-token"), ["cloudflare-tunnel-token"]);
    assert_eq!(set.like("cloudfare-global-api-ky"), ["cloudflare-global-api-key"]);
    assert_eq!(set.like("tunnel").len(), 4);
    assert_eq!(set.like("stripe-webhook"), [""; 0]);
    assert_eq!(set.like(""), [""; 0]);
}

#[test]
fn a_folder_that_is_not_there_is_an_error_and_not_an_empty_one() {
    let dir = folder(&[]);
    let error = RuleSet::with_dir(&dir.path().join("nowhere")).unwrap_err().to_string();
    assert!(error.starts_with("cannot read rules from ") && error.contains("nowhere"), "{error}");
    // The reason is told once, however the error is shown.
    let shown = format!(
        "{:#}",
        anyhow::Error::from(RuleSet::with_dir(&dir.path().join("nowhere")).unwrap_err())
    );
    assert_eq!(shown, error);
}

/// Reads every built-in file through the loader, so that each mistake has its line.
#[test]
fn every_built_in_rule_keeps_the_laws() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let loaded = RuleSet::with_dir(&dir).unwrap_or_else(|error| panic!("{error}"));
    // What the build made of them is what the loader makes of them.
    assert_eq!(*loaded, *RuleSet::builtin());
}

#[test]
fn every_built_in_rule_is_documented_and_proven() {
    for rule in RuleSet::builtin().rules() {
        let id = &rule.id;
        assert!(rule.examples.len() >= 4, "{id}: fewer than four examples");
        assert!(rule.counter_examples.len() >= 4, "{id}: fewer than four counter-examples");
        assert!(
            rule.examples.iter().all(|example| !example.note.is_empty()),
            "{id}: an example without a note"
        );
        assert!(
            rule.counter_examples.iter().all(|example| !example.reason.is_empty()),
            "{id}: a counter-example without a reason"
        );
        // Else a sample of the kind that gets published could not be told by its hash.
        assert!(
            rule.forms.iter().all(|form| form.checks.contains(&Check::Placeholder)),
            "{id}: a form that knows no placeholder"
        );
        for heading in ["**What it opens.**", "**Where it leaks.**", "**How to revoke it.**"] {
            assert!(rule.help.contains(heading), "{id}: the help has no {heading}");
        }
        assert!(
            rule.help.lines().all(|line| line.chars().count() <= 160),
            "{id}: a line of help is too long"
        );
        for example in &rule.examples {
            let expected = example.expect.as_deref().unwrap_or(id);
            assert!(
                RuleSet::builtin().get(expected).is_some(),
                "{id}: expects `{expected}`, which is no rule"
            );
        }
    }
}

/// In plain text the bare pattern finds the example, around an anchor and within reach.
#[test]
fn patterns_find_their_plain_examples_within_reach() {
    for rule in RuleSet::builtin().rules() {
        // Of what is met in several ways the real detector judges: tests/rules.rs.
        let [form] = &rule.forms[..] else { continue };
        let Some(regex) = form.compile().unwrap().filter(|_| !form.is_named()) else { continue };
        let mut plain = 0;
        // What an attribute holds need not look like the pattern.
        let by_pattern = |text: &str| !text.contains("cloudflare_") && !text.contains("index/");
        for example in rule
            .examples
            .iter()
            .filter(|example| example.expect.is_none() && by_pattern(&example.text))
        {
            for seed in 0..20 {
                let text = template::expand(&example.text, seed).unwrap();
                let Some(at) = anchors(rule, &text).next() else { continue };
                plain += 1;
                let found = anchors(rule, &text).any(|at| {
                    let start = at.saturating_sub(form.reach.before);
                    let end = text.len().min(at + form.reach.after);
                    regex.captures_iter(&text[start..end]).any(|captures| {
                        let whole = captures.get(0).unwrap();
                        let secret = captures.name("secret").unwrap();
                        !secret.is_empty() && (whole.start()..whole.end()).contains(&(at - start))
                    })
                });
                let shown = String::from_utf8_lossy(&text);
                assert!(found, "{}: not within reach of the anchor at {at} in {shown}", rule.id);
                assert!(
                    anchors(rule, &text).any(|at| gate_is_open(rule, &text, at)),
                    "{}: the gate is shut in {shown}",
                    rule.id
                );
            }
        }
        assert!(plain >= 20, "{}: hardly any example is plain text", rule.id);
    }
}

/// A value made up at random is no placeholder, and what an example calls possible is one, unless it
/// is its checksum that is wrong or what it wraps is judged.
#[test]
fn examples_are_placeholders_only_where_they_say_so() {
    let set = RuleSet::builtin();
    let wraps =
        |rule: &Rule| rule.checks().any(|check| *check == Check::Decode(Decoder::OriginCert));
    for rule in set.rules().iter().filter(|rule| !wraps(rule)) {
        let [form] = &rule.forms[..] else { continue };
        let Some(regex) = form.compile().unwrap() else { continue };
        for example in
            rule.examples.iter().filter(|example| !example.text.contains("{{crc32:wrong}}"))
        {
            let text = template::expand(&example.text, 3).unwrap();
            let possible = example.confidence == Some(Confidence::Possible);
            for captures in regex.captures_iter(&text) {
                for part in [captures.name("secret"), captures.name("body")].into_iter().flatten() {
                    let verdict = set.placeholders().judge(part.as_bytes());
                    let shown = part.as_bytes().escape_ascii();
                    assert_eq!(verdict.is_some(), possible, "{}: {verdict:?} of {shown}", rule.id);
                }
            }
        }
    }
}

/// The rule that `docs/writing-rules.md` shows is one that works.
#[test]
fn the_documented_rule_keeps_the_laws() {
    let page = include_str!("../../docs/writing-rules.md");
    let text = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    match load::rule(Path::new("acme-deploy-key.toml"), text) {
        Ok(Loaded::Rule(rule)) => {
            let regex = rule.forms[0].compile().unwrap().unwrap();
            let found = |text: &str| regex.is_match(&template::expand(text, 1).unwrap());
            assert!(rule.examples.iter().all(|example| found(&example.text)));
            assert!(!rule.counter_examples.iter().any(|example| found(&example.text)));
        }
        Ok(Loaded::Disabled(id)) => panic!("{id} is disabled"),
        Err(problems) => panic!("{}", Error::Invalid(problems)),
    }
    for name in Check::NAMES.iter().chain(document::REQUIRED).chain(document::OPTIONAL) {
        assert!(
            page.contains(&format!("`{name}`")),
            "docs/writing-rules.md does not speak of `{name}`"
        );
    }
}

fn anchors<'a>(rule: &'a Rule, text: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    rule.anchors().flat_map(move |anchor| memchr::memmem::find_iter(text, anchor.as_bytes()))
}

fn gate_is_open(rule: &Rule, text: &[u8], at: usize) -> bool {
    let Some(gate) = &rule.forms[0].gate else { return true };
    let set = gate.bytes().unwrap();
    rule.anchors().filter(|anchor| text[at..].starts_with(anchor.as_bytes())).any(|anchor| {
        let behind = &text[at + anchor.len()..];
        behind.len() >= gate.length && behind[..gate.length].iter().all(|&b| set[usize::from(b)])
    })
}

/// Reading the rules is part of every start. Run it in release: `cargo test --release --lib
/// rules::tests::reading -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn reading_the_built_in_rules_is_fast() {
    let started = std::time::Instant::now();
    let count = RuleSet::builtin().rules().len();
    println!("{count} rules in {:?}", started.elapsed());
}
