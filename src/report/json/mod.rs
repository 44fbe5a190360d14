//! JSON of our own: the model put into the frozen types of [`v1`].

pub(super) mod v1;
mod verified;

use std::{
    collections::HashMap,
    io::{self, Write},
};

use bstr::{BStr, ByteSlice};

use crate::model::{
    self, CommitRef, Commits, Finding, Gap, GapLevel, Lapse, Partner, Person, Place, Provenance,
    Region, Report, Stats, Suppression,
};

use super::{
    Options, RuleInfo,
    escape::lossy,
    stream::{self, Each},
    time,
};

/// Writes the whole document, indented.
pub(super) fn write(
    report: &Report,
    rules: &[RuleInfo<'_>],
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rules = by_id(rules);
    let form = |found| finding(found, &rules, options.show_secrets);
    let document = v1::Report {
        head: head(report),
        findings: Each::new(&report.findings, form),
        suppressed: Each::new(&report.suppressed, form),
        gaps: Each::new(&report.gaps, gap),
        stats: stats(&report.stats),
    };
    stream::pretty(&document, out)
}

pub(super) fn head(report: &Report) -> v1::Head<'_> {
    v1::Head {
        schema_version: v1::SCHEMA_VERSION,
        tool: v1::Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        command: report.command.name(),
        targets: &report.targets,
        started: time::utc(report.started),
        finished: time::utc(report.finished),
        repository: report.repository.as_ref().map(repository),
        complete: report.is_complete(),
        interrupted: report.interrupted,
        strict: report.strict,
        fail_on: report.fail_on.name(),
        exit_code: report.exit_code(),
    }
}

fn repository(repository: &model::Repository) -> v1::Repository {
    let (root, root_bytes) = lossy(&repository.root);
    v1::Repository {
        root,
        root_bytes,
        remote: repository.remote.clone(),
        head: repository.head.map(|id| id.to_string()),
        branch: repository.branch.as_ref().map(|name| text(name.as_bstr())),
    }
}

/// The rules by their ids.
pub(super) fn by_id<'a>(rules: &'a [RuleInfo<'a>]) -> HashMap<&'a str, &'a RuleInfo<'a>> {
    rules.iter().map(|rule| (rule.id, rule)).collect()
}

pub(super) fn finding<'a>(
    found: &'a Finding,
    rules: &HashMap<&str, &'a RuleInfo<'a>>,
    show_secret: bool,
) -> v1::Finding<'a> {
    let rule = rules.get(&*found.rule);
    let (secret, secret_bytes) = match show_secret {
        true => {
            let (secret, bytes) = lossy(found.secret.reveal());
            (Some(secret), bytes)
        }
        false => (None, None),
    };
    v1::Finding {
        rule: &found.rule,
        title: &found.title,
        severity: found.severity.name(),
        confidence: found.confidence.name(),
        masked: found.secret.mask(),
        secret,
        secret_bytes,
        fingerprint: found.fingerprint.to_string(),
        lapse: found.lapse.as_ref().map(lapse),
        suppression: found.suppression.as_ref().map(suppression),
        verdict: found.verdict.map(verified::verdict),
        impact: found.impact.as_ref().map(verified::impact),
        remedy: rule.map_or("", |rule| rule.remedy),
        references: rule.map_or(&[], |rule| rule.references),
        facts: found
            .facts
            .iter()
            .map(|fact| v1::Fact { name: fact.name, value: &fact.value })
            .collect(),
        partners: found.partners.iter().map(partner).collect(),
        place_count: found.place_count,
        places: found.places.iter().map(|at| place(found, at)).collect(),
        history: found.history.iter().map(history).collect(),
    }
}

fn partner(partner: &Partner) -> v1::Partner<'_> {
    v1::Partner { role: partner.role.name(), value: &partner.value, line: partner.line }
}

fn lapse(lapse: &Lapse) -> v1::Lapse {
    match lapse {
        Lapse::Retired(day) => v1::Lapse { kind: "retired", since: day.clone() },
        Lapse::Expired(at) => v1::Lapse { kind: "expired", since: time::utc(*at) },
    }
}

fn suppression(suppression: &Suppression) -> v1::Suppression<'_> {
    match suppression {
        Suppression::Inline => v1::Suppression { by: "inline", reason: None },
        Suppression::Config(reason) => v1::Suppression { by: "config", reason: Some(reason) },
        Suppression::Baseline => v1::Suppression { by: "baseline", reason: None },
    }
}

fn place<'a>(found: &Finding, place: &'a Place) -> v1::Place<'a> {
    let (path, path_bytes) = path(place.path.as_ref().map(|path| path.as_bstr()));
    let (member, member_bytes) = self::path(place.member.as_ref().map(|path| path.as_bstr()));
    v1::Place {
        part: place.part.name(),
        standing: place.standing.name(),
        repository: place.repository.as_ref().map(|name| text(name.as_bstr())),
        path,
        path_bytes,
        member,
        member_bytes,
        region: place.region.map(region),
        layers: place.layers.iter().map(|layer| layer.name()).collect(),
        inner_region: place.inner.map(region),
        object: place.object.map(|id| id.to_string()),
        commit: place.commit.as_ref().map(commit),
        line_hash: place.line_hash.as_deref(),
        fingerprint: place_fingerprint(found, place),
    }
}

fn region(region: Region) -> v1::Region {
    v1::Region {
        start_line: region.start.line,
        start_column: region.start.column,
        end_line: region.end.line,
        end_column: region.end.column,
    }
}

/// The name of one place: that of the finding and the path (empty where there is none), with what
/// it leads to inside an archive.
fn place_fingerprint(found: &Finding, place: &Place) -> String {
    let mut path = place.path.clone().unwrap_or_default();
    if let Some(member) = &place.member {
        path.push(b'!');
        path.extend_from_slice(member);
    }
    found.fingerprint.of_place(&path).to_string()
}

fn commit(commit: &CommitRef) -> v1::Commit {
    v1::Commit {
        id: commit.id.to_string(),
        author: person(&commit.author),
        committer: person(&commit.committer),
        subject: text(commit.subject.as_bstr()),
    }
}

fn history(history: &Provenance) -> v1::History {
    let notes = |commits: &Commits| {
        let note = |note: &model::CommitNote| v1::Note {
            commit: commit(&note.commit),
            reachable: note.reachable,
        };
        commits.listed.iter().map(note).collect()
    };
    v1::History {
        repository: history.repository.as_ref().map(|name| text(name.as_bstr())),
        introduced_count: history.introduced.count,
        introduced: notes(&history.introduced),
        removed_count: history.removed.count,
        removed: notes(&history.removed),
        at_head: history.at_head,
        ref_count: history.ref_count,
        refs: history.refs.iter().map(|name| text(name.as_bstr())).collect(),
    }
}

fn person(person: &Person) -> v1::Person {
    v1::Person {
        name: text(person.name.as_bstr()),
        email: text(person.email.as_bstr()),
        time: time::of_person(person),
    }
}

pub(super) fn gap(gap: &Gap) -> v1::Gap<'_> {
    let (path, path_bytes) = path(gap.path.as_ref().map(|path| path.as_bstr()));
    v1::Gap {
        level: match gap.level {
            GapLevel::Unread => "unread",
            GapLevel::Undecoded => "undecoded",
        },
        reason: gap.reason.name(),
        path,
        path_bytes,
        object: gap.object.map(|id| id.to_string()),
        detail: &gap.detail,
        accepted: gap.accepted,
    }
}

/// What the credential opens, as SARIF's properties hold it, too.
pub(super) fn impact(impact: &model::Impact) -> impl serde::Serialize + '_ {
    verified::impact(impact)
}

pub(super) fn stats(stats: &Stats) -> v1::Stats {
    v1::Stats {
        files: stats.files,
        ignored: stats.ignored,
        objects: stats.objects,
        commits: stats.commits,
        bytes: stats.bytes,
        below_confidence: stats.below_confidence,
        elapsed_ms: u64::try_from(stats.elapsed.as_millis()).unwrap_or(u64::MAX),
    }
}

fn path(path: Option<&BStr>) -> (Option<String>, Option<String>) {
    match path {
        Some(path) => {
            let (path, bytes) = lossy(path);
            (Some(path), bytes)
        }
        None => (None, None),
    }
}

fn text(bytes: &BStr) -> String {
    bytes.to_str_lossy().into_owned()
}
