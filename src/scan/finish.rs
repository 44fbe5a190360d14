//! From gathered groups to the report: what is asked for, masked, in stable order, and counted.

use std::{cmp::Reverse, sync::atomic::Ordering, time::Instant};

use bstr::ByteSlice;
use jiff::Timestamp;

use super::{
    Scanner,
    collect::{Collector, Group, Seen},
    r2::link_r2_secrets,
    redact::{Redactor, shown},
    repository::Opened,
};
use crate::{
    detect::line_hashes,
    model::{
        Command, FailOn, Finding, Fingerprint, Gap, GapReason, Part, Partner, Place, Report,
        Severity, Standing, Stats,
    },
};

/// A run under way: what it was asked and when it began.
pub(super) struct Run {
    command: Command,
    targets: Vec<String>,
    started: Timestamp,
    clock: Instant,
}

impl Run {
    pub(super) fn begin(command: Command, targets: Vec<String>) -> Self {
        Run { command, targets, started: Timestamp::now(), clock: Instant::now() }
    }

    /// Makes the report of all that was gathered. The groups' places are known.
    pub(super) fn report(
        self,
        scanner: &Scanner<'_>,
        collector: &Collector,
        mut groups: Vec<Group>,
        opened: Option<&Opened>,
    ) -> Report {
        scanner.progress.end();
        collector.gaps(opened.into_iter().flat_map(|opened| opened.gaps.iter().cloned()));
        let interrupted = scanner.stopped();
        let mut repository = opened.map(Opened::describe);
        let mut gaps = gaps(scanner, collector, interrupted);
        let mut targets = self.targets;
        let redactor = scanner.redactor(&groups, collector);
        link_r2_secrets(scanner.detector.rules(), &mut groups);
        let below = groups.iter().filter(|group| !scanner.wants(group)).count() as u64;
        let mut findings: Vec<Finding> = groups
            .into_iter()
            .filter(|group| scanner.wants(group))
            .map(|group| scanner.finding(group, opened))
            .collect();
        if let Some(redactor) = &redactor {
            findings.iter_mut().for_each(|finding| redactor.finding(finding));
            gaps.iter_mut().for_each(|gap| redactor.gap(gap));
            targets.iter_mut().for_each(|target| redactor.text(target));
            repository.iter_mut().for_each(|repository| redactor.repository(repository));
        }
        findings.sort_by(|a, b| order(a).cmp(&order(b)));
        gaps.sort();
        gaps.dedup();
        Report {
            command: self.command,
            targets,
            started: self.started,
            finished: Timestamp::now(),
            repository,
            findings,
            suppressed: Vec::new(),
            gaps,
            stats: Stats {
                below_confidence: below,
                elapsed: self.clock.elapsed(),
                ..collector.stats()
            },
            interrupted,
            strict: scanner.settings.strict,
            fail_on: FailOn::Any,
        }
    }
}

/// What decides a finding's rank in the report: gravest first, then surest.
fn order(finding: &Finding) -> impl Ord + '_ {
    let first = finding.places.first();
    (
        Reverse((finding.severity, finding.confidence)),
        &finding.rule,
        first.and_then(|place| place.path.as_deref()),
        first.and_then(|place| place.region),
        finding.fingerprint,
    )
}

/// All gaps of the run, with those accepted marked.
fn gaps(scanner: &Scanner<'_>, collector: &Collector, interrupted: bool) -> Vec<Gap> {
    let mut gaps = collector.take_gaps();
    let pointers = collector.lfs_pointers.load(Ordering::Relaxed);
    if pointers > 0 {
        let detail = format!(
            "{pointers} blobs are Git LFS pointers; the files they stand for were not searched"
        );
        gaps.push(Gap::new(GapReason::LfsPointer, detail));
    }
    if interrupted {
        gaps.push(Gap::new(GapReason::Interrupted, "the run was interrupted before its end"));
    }
    for gap in &mut gaps {
        gap.accepted = scanner.settings.accepted.contains(&gap.reason);
    }
    gaps
}

impl Scanner<'_> {
    fn wants(&self, group: &Group) -> bool {
        let is_placeholder = group.facts.iter().any(|fact| fact.name == "placeholder");
        match is_placeholder {
            true => self.settings.include_placeholders,
            false => group.confidence >= self.settings.min_confidence,
        }
    }

    /// A redactor for all secrets of the run, unless plaintext was asked for.
    fn redactor(&self, groups: &[Group], collector: &Collector) -> Option<Redactor<'_>> {
        (!self.settings.show_secrets).then(|| {
            let plain = groups.iter().map(|group| shown(&group.secret));
            Redactor::new(plain.chain(collector.hidden())).searching(self.detector)
        })
    }

    fn finding(&self, mut group: Group, opened: Option<&Opened>) -> Finding {
        let rule = &self.detector.rules().rules()[group.rule];
        settle(&mut group, opened);
        let place_count = group.places.len() as u64 + group.unlisted;
        group.places.truncate(Finding::MOST_PLACES);
        let path = group.places.first().and_then(|place| place.path.clone()).unwrap_or_default();
        Finding {
            rule: rule.id.clone(),
            title: rule.title.clone(),
            severity: if group.lapse.is_some() { Severity::Note } else { rule.severity },
            confidence: group.confidence,
            fingerprint: Fingerprint::of_finding(&rule.id, &group.secret, &path, b""),
            secret: group.secret,
            lapse: group.lapse,
            facts: group.facts,
            partners: partners(&group.partners, group.sightings, group.places.first()),
            places: group.places,
            place_count,
            history: group.history,
            suppression: None,
            verdict: None,
            impact: None,
        }
    }
}

/// What belongs to the secret. A line is told only where the partner stood by it every time.
fn partners(seen: &[Seen], sightings: u64, first: Option<&Place>) -> Vec<Partner> {
    let line = |seen: &Seen| {
        let region = first.and_then(|place| place.region)?;
        let lines = seen.near.lines.filter(|_| seen.sightings == sightings)?;
        region.start.line.checked_add_signed(lines)
    };
    let partner = |seen: &Seen| Partner {
        role: seen.near.role,
        value: seen.near.value.clone(),
        is_sure: seen.near.is_sure,
        line: line(seen),
    };
    seen.iter().take(MOST_PARTNERS).map(partner).collect()
}

/// More partners than this say nothing about which belongs to the secret.
const MOST_PARTNERS: usize = 20;

/// Puts a group's places in order; the first one gets the hash of its line, if it can.
pub(super) fn settle(group: &mut Group, opened: Option<&Opened>) {
    settle_places(&mut group.places);
    if group.secret.is_weak() {
        // Whoever knows the rest of the line could guess the secret from its hash.
        group.places.iter_mut().for_each(|place| place.line_hash = None);
    } else if let (Some(first), Some(opened)) = (group.places.first_mut(), opened) {
        hash_line(first, opened);
    }
}

/// Gives a place in an old blob the hash of its line, by which code scanning follows it.
fn hash_line(place: &mut Place, opened: &Opened) {
    if let (Part::Content, None, Some(region), Some(blob)) =
        (place.part, &place.line_hash, place.region, place.object)
        && !place.is_inside()
        && let Some(text) = opened.read(&blob)
    {
        place.line_hash = line_hashes(&text, &[region.start.line]).remove(&region.start.line);
    }
}

/// Puts the place to show first in front and merges what is one place seen twice: a line of the
/// work tree that the commit at HEAD has, too, is one place, which then knows its commit.
fn settle_places(places: &mut Vec<Place>) {
    places.sort_by(|a, b| place_order(a).cmp(&place_order(b)));
    places.dedup();
    let (mut here, history): (Vec<Place>, Vec<Place>) =
        places.drain(..).partition(|place| place.standing == Standing::WorkTree);
    for old in history {
        let same = here.iter_mut().find(|place| {
            old.standing == Standing::AtHead
                && place.commit.is_none()
                && (&place.path, &place.member, place.part, place.region, &place.layers)
                    == (&old.path, &old.member, old.part, old.region, &old.layers)
        });
        match same {
            Some(place) => (place.commit, place.object) = (old.commit, old.object),
            None => places.push(old),
        }
    }
    here.append(places);
    *places = here;
}

/// Nearest to today first: files, then what is staged, then HEAD, then the rest of history with the
/// latest commit in front.
fn place_order(place: &Place) -> impl Ord + '_ {
    (
        place.standing,
        Reverse(place.commit.as_ref().map(|commit| commit.committer.seconds)),
        place.path.as_ref().map(|path| path.as_bytes()),
        place.member.as_ref().map(|member| member.as_bytes()),
        place.region,
        place.part,
        &place.layers,
        place.inner,
        place.object,
    )
}

impl Collector {
    fn stats(&self) -> Stats {
        let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            files: read(&self.files),
            ignored: read(&self.ignored),
            objects: read(&self.objects),
            commits: read(&self.commits),
            bytes: read(&self.bytes),
            ..Stats::default()
        }
    }
}
