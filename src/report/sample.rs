//! A report with one of everything, for the tests of all formats. Every secret in it is generated.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::model::{
    CertificateAuthority, Command, CommitNote, CommitRef, Commits, Confidence, Fact, FailOn,
    Finding, Fingerprint, Gap, GapReason, Grade, Impact, Lapse, Layer, Named, NotVerifiable,
    ObjectId, Part, Partner, PartnerRole, Person, Place, Position, Provenance, Region, Report,
    Repository, Restriction, Secret, Severity, Standing, Stats, Strength, Suppression, TokenFacts,
    Verdict,
};

use super::RuleInfo;

/// The owned texts of rules; [`Rules::infos`] borrows from it.
pub(crate) struct Rules(Vec<(&'static str, &'static str, String, Vec<String>, Severity)>);

impl Rules {
    pub(crate) fn infos(&self) -> Vec<RuleInfo<'_>> {
        self.0
            .iter()
            .map(|(id, title, help, references, severity)| RuleInfo {
                id,
                title,
                help,
                remedy: help.trim(),
                references,
                severity: *severity,
                confidence: Confidence::Certain,
                retired: (*id == "origin-ca-key").then_some("2026-09-30"),
            })
            .collect()
    }
}

pub(crate) fn rules() -> Rules {
    let help = "Opens **everything its owner can do**: all accounts, all zones, billing. There is \
        one per user, and it never expires.\n\nTo revoke it:\n\n\
        1. Open [API Tokens](https://dash.cloudflare.com/profile/api-tokens).\n\
        2. Choose `Change` beside *Global API Key*; every value seen so far ends at once.\n";
    let token = "Opens what its policies say. See them with `GET /user/tokens/verify`.\n\n\
        - Roll or delete it in the dashboard.\n";
    let reference = || vec!["https://developers.cloudflare.com/fundamentals/api/".to_owned()];
    Rules(vec![
        ("global-api-key", "Global API Key", help.to_owned(), reference(), Severity::Critical),
        (
            "origin-ca-key",
            "Origin CA Key",
            "Signed certificates.".to_owned(),
            vec![],
            Severity::High,
        ),
        ("tunnel-token", "Tunnel token", String::new(), vec![], Severity::High),
        ("user-api-token", "User API Token", token.to_owned(), reference(), Severity::High),
    ])
}

/// A secret of a kind's prefix and 48 generated characters.
pub(crate) fn secret(prefix: &str, seed: u64) -> Secret {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut plain = prefix.to_owned();
    for _ in 0..40 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        plain.push(char::from(
            b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                [(state % 62) as usize],
        ));
    }
    let sum = crc32fast::hash(&plain.as_bytes()[prefix.len()..]);
    Secret::new(format!("{plain}{sum:08x}"), prefix.len(), Strength::Strong)
}

pub(crate) fn region(line: u64, start: u64, end: u64) -> Option<Region> {
    let at = |column| Position { line, column };
    Some(Region { start: at(start), end: at(end) })
}

fn commit(n: u8, subject: &[u8]) -> CommitRef {
    let person = Person {
        name: "Ada Lovelace".into(),
        email: "ada@example.org".into(),
        seconds: 1_700_000_000 + i64::from(n) * 86_400,
        offset_minutes: 60,
    };
    CommitRef {
        id: ObjectId([n; 20]),
        author: person.clone(),
        committer: person,
        subject: subject.into(),
    }
}

pub(crate) fn place(part: Part, standing: Standing, path: Option<&[u8]>) -> Place {
    let mut place = Place::new(part, standing);
    place.path = path.map(Into::into);
    place.region = region(12, 9, 62);
    place
}

fn in_commit(mut place: Place, n: u8, subject: &[u8]) -> Place {
    place.commit = Some(commit(n, subject));
    place.object = Some(ObjectId([n ^ 0xff; 20]));
    place
}

pub(crate) fn finding(rule: &str, title: &str, severity: Severity, secret: Secret) -> Finding {
    Finding {
        rule: Arc::from(rule),
        title: Arc::from(title),
        severity,
        confidence: Confidence::Certain,
        fingerprint: Fingerprint::of_finding(rule, &secret, b"", b""),
        secret,
        lapse: None,
        facts: vec![],
        partners: vec![],
        places: vec![],
        place_count: 1,
        history: vec![],
        suppression: None,
        verdict: None,
        impact: None,
    }
}

fn findings() -> Vec<Finding> {
    let mut global =
        finding("global-api-key", "Global API Key", Severity::Critical, secret("cfk_", 1));
    let mut shown = place(Part::Content, Standing::WorkTree, Some(b"config/prod.env"));
    shown.line_hash = Some("39fa2ee980eb94b0:1".to_owned());
    global.places.push(shown);
    for n in 1..=8 {
        let standing = if n == 1 { Standing::AtHead } else { Standing::History };
        let path = format!("old/{}prod.env", "x".repeat(n.into()));
        let at = place(Part::Content, standing, Some(path.as_bytes()));
        global.places.push(in_commit(at, n, b"Add deploy script"));
    }
    global.place_count = 1200;
    let note = |n, reachable| CommitNote { commit: commit(n, b"Add deploy script"), reachable };
    global.history.push(Provenance {
        introduced: Commits { listed: vec![note(1, true), note(3, true)], count: 2 },
        removed: Commits { listed: vec![note(7, true), note(9, false)], count: 12 },
        at_head: true,
        refs: ["refs/heads/main", "refs/tags/v1.2", "refs/notes/x\u{1b}[2J"].map(Into::into).into(),
        ref_count: 17,
        repository: None,
    });
    global.history.push(Provenance {
        repository: Some(".git/modules/vendor".into()),
        introduced: Commits { listed: vec![note(5, true)], count: 1 },
        ..Provenance::default()
    });
    global.facts = vec![
        Fact { name: "checksum", value: "valid".to_owned() },
        Fact { name: "account", value: "0".repeat(32) },
    ];
    global.partners = vec![
        partner(PartnerRole::Email, "ops@shop.example", Some(12)),
        partner(PartnerRole::ZoneId, &"1".repeat(32), None),
    ];

    let token =
        |seed| finding("user-api-token", "User API Token", Severity::High, secret("cfut_", seed));
    global.verdict = Some(Verdict::Active);
    global.impact = Some(impact());

    let mut latin = token(2);
    latin.verdict = Some(Verdict::ActiveRestricted(Restriction::Location));
    let mut at = place(Part::Content, Standing::History, Some(b"caf\xe9/\xff.yaml"));
    at.layers = vec![Layer::Utf16Le, Layer::Base64];
    at.inner = region(2, 5, 58);
    at.line_hash = Some("0123456789abcdef:2".to_owned());
    latin.places = vec![in_commit(at, 0x21, b"Jos\xe9: first")];

    let mut message = token(3);
    message.verdict = Some(Verdict::Dead);
    let at = place(Part::CommitMessage, Standing::AtHead, None);
    let mut at = in_commit(at, 0x22, b"Use this: \x1b[31m[REDACTED]");
    at.object = Some(ObjectId([0x22; 20]));
    at.repository = Some(".git/modules/vendor".into());
    at.region = region(3, 1, 54);
    message.places = vec![at];

    let mut hostile = token(4);
    let path = "evil\u{1b}]0;pwned\u{7}/\u{202e}gnp.env\u{200b}\u{9b}2J\nx".as_bytes();
    hostile.places = vec![place(Part::Content, Standing::Staged, Some(path))];
    let mut name = place(Part::FileName, Standing::History, Some(b"dir/a:b [1] {0}"));
    name.region = None;
    hostile.places.push(in_commit(name, 0x23, b"x"));
    hostile.place_count = 2;

    hostile.verdict = Some(Verdict::NotVerifiable(NotVerifiable::NoAccount));
    let mut dangling = finding("tunnel-token", "Tunnel token", Severity::Medium, secret("", 5));
    dangling.confidence = Confidence::Likely;
    let mut at = place(Part::Content, Standing::Unreachable, None);
    at.object = Some(ObjectId([0xcd; 20]));
    let mut branch = place(Part::RefName, Standing::Repository, Some(b"refs/heads/x [REDACTED]"));
    branch.region = None;
    dangling.places = vec![at, branch];
    dangling.place_count = 2;

    let mut retired = finding("origin-ca-key", "Origin CA Key", Severity::Note, secret("v1.0-", 6));
    retired.lapse = Some(Lapse::Retired("2026-09-30".to_owned()));
    retired.places = vec![place(Part::Content, Standing::WorkTree, Some(b"a:b/key"))];
    let mut packed = place(Part::Content, Standing::WorkTree, Some(b"old/backup.tgz"));
    packed.layers = vec![Layer::Gzip, Layer::Tar, Layer::Zip];
    packed.member = Some("../in\u{1b}[1m.jar!caf\u{e9}/.env".into());
    let mut compressed = place(Part::Content, Standing::History, Some(b"dump.sql.gz"));
    compressed.layers = vec![Layer::Gzip];
    retired.places.extend([packed.clone(), in_commit(compressed, 0x24, b"dump")]);
    let mut raw = packed;
    raw.member = Some(b"caf\xe9".into());
    retired.places.push(raw);
    retired.place_count = 4;
    vec![global, latin, message, hostile, dangling, retired]
}

fn partner(role: PartnerRole, value: &str, line: Option<u64>) -> Partner {
    Partner { role, value: value.to_owned(), is_sure: false, line }
}

/// Names as an attacker may choose them.
fn impact() -> Impact {
    let id = |n: u8| format!("{n:032x}");
    let named = |n: u8, name: &str| Named { id: id(n), name: Some(name.to_owned()) };
    Impact {
        grade: Some(Grade::Takeover),
        reasons: vec!["it may make API tokens".to_owned()],
        token: Some(TokenFacts {
            id: Some(id(9)),
            name: Some("ci\u{1b}[2J [x](y)".to_owned()),
            expires: Timestamp::from_second(1_800_000_000).ok(),
            allowed_from: vec!["192.0.2.0/24".to_owned()],
            ..TokenFacts::default()
        }),
        accounts: vec![Named { id: id(1), name: None }, named(2, "Evil\u{202e}moc.\u{7}")],
        zones: (0..7).map(|n| named(n, "example.org")).collect(),
        zone_count: 120,
        permissions: vec!["Workers Scripts Write".to_owned()],
        authorities: vec![CertificateAuthority {
            id: "0".repeat(48),
            aud: "1".repeat(64),
            fingerprint: "SHA256:none".to_owned(),
            owner: format!("accounts/{}", id(1)),
        }],
        is_partial: true,
        ..Impact::default()
    }
}

fn suppressed() -> Vec<Finding> {
    let one = |seed, path: &[u8], why| {
        let mut found =
            finding("user-api-token", "User API Token", Severity::High, secret("cfut_", seed));
        found.places = vec![place(Part::Content, Standing::WorkTree, Some(path))];
        found.suppression = Some(why);
        found
    };
    vec![
        one(7, b"tests/data.txt", Suppression::Config("test data".to_owned())),
        one(8, b"tests/inline.txt", Suppression::Inline),
    ]
}

fn gaps() -> Vec<Gap> {
    let mut gaps: Vec<_> = (0..5)
        .map(|n| {
            Gap::new(GapReason::PermissionDenied, "permission denied (os error 13)")
                .at_path(format!("private/{n}\u{1b}[2J"))
        })
        .collect();
    gaps.push(Gap::new(GapReason::Damaged, "the pack ends early").at_object(ObjectId([0xee; 20])));
    gaps.push(Gap::new(GapReason::Submodule, "its history is elsewhere").at_path("vendor/x"));
    let mut lfs = Gap::new(GapReason::LfsPointer, "1.2 GB are elsewhere").at_path("big.bin");
    lfs.accepted = true;
    gaps.push(lfs);
    gaps
}

/// One of everything.
pub(crate) fn full() -> Report {
    Report { findings: findings(), suppressed: suppressed(), gaps: gaps(), ..clean() }
}

/// Nothing found, everything read.
pub(crate) fn clean() -> Report {
    let at = |second| Timestamp::from_second(second).unwrap();
    Report {
        command: Command::Audit,
        targets: vec![".".to_owned()],
        started: at(1_795_000_000),
        finished: at(1_795_000_003),
        repository: Some(Repository {
            root: b"/home/ada/caf\xe9".into(),
            remote: Some("https://example.org/ada/site.git".to_owned()),
            head: Some(ObjectId([0x77; 20])),
            branch: Some("main".into()),
        }),
        findings: vec![],
        suppressed: vec![],
        gaps: vec![],
        stats: Stats {
            files: 1204,
            ignored: 17,
            objects: 35_120,
            commits: 812,
            bytes: 1_234_567_890,
            below_confidence: 3,
            elapsed: Duration::from_millis(3_456),
        },
        interrupted: false,
        strict: false,
        fail_on: FailOn::Any,
    }
}
