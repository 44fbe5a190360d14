//! `cfleaks revoke`: what a report or a new scan tells, turned into a plan that is printed and, with
//! `--yes`, carried out.
//!
//! A report holds no secrets. It is enough for what the API knows by a public id (a token's id, a
//! tunnel, a client id, a site key); for the rest the source is scanned again, which also finds the
//! secret.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail};
use serde_json::json;

use super::{
    args::{Options, RevokeOptions},
    interrupt, progress_for, settings_of, verify,
};
use crate::{
    detect::Detector,
    model::{FailOn, Report},
    report::{self, Format, plain},
    scan::{Scanner, redact_message},
    verify::{
        Asker, Network, SystemClock,
        revoke::{self, Carrier, Did, Item, Leak, Outcome, Shown, Step, Way},
    },
};

/// Something is left for a person to do.
const BY_HAND: u8 = 1;
/// A request failed, so that a credential may still be live.
const FAILED: u8 = 3;
const INTERRUPTED: u8 = 130;
/// A longer file is no report.
const MOST_REPORT_BYTES: u64 = 1 << 30;

/// Prints the plan and, if the user says so, carries it out.
pub(super) fn run(
    asked: &RevokeOptions,
    options: &Options,
    detector: &Detector,
) -> anyhow::Result<ExitCode> {
    if options.format() != Format::Text || options.output.is_some() {
        bail!("revoke prints a plan as text: it takes neither --format nor --output; see --log");
    }
    if options.verification.is_wanted() || options.verification.fail_on() == FailOn::Live {
        bail!("revoke does not verify: make its report with --verify or --impact");
    }
    if options.exit_zero {
        bail!("--exit-zero does not go with revoke, whose exit code says what is left to be done");
    }
    if asked.report.is_none() && asked.fingerprint.is_empty() {
        bail!("--source needs --fingerprint: name what is to be revoked, as a report names it");
    }
    let stop = interrupt::watch();
    // Whatever is wrong is said before anything is scanned or sent.
    let network = verify::network(options)?;
    let admin = verify::admin()?;
    if asked.yes && admin.is_none() {
        bail!("--yes needs an administrator's API token in CFLEAKS_ADMIN_TOKEN");
    }
    let mut log = asked.log.as_deref().map(Log::open).transpose()?;
    let items = items(asked, options, detector, &stop)?;
    let mut page = Page { detector, shows_secrets: options.show_secrets };
    page.plan(&items)?;
    if items.is_empty() {
        page.say("Nothing is to be revoked.\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(admin) = admin.filter(|_| asked.yes) else {
        page.say("Nothing was called. With --yes the requests above are made.\n")?;
        return Ok(ExitCode::SUCCESS);
    };
    let network = Network::new(network);
    let clock = SystemClock::start();
    let limit = Duration::from_secs(options.verification.timeout());
    let asker = Asker::new(&network, &clock, &stop, limit);
    let carrier = Carrier { asker: &asker, admin: &admin };
    let code = carry_out(&carrier, &items, &mut page, log.as_mut())?;
    Ok(ExitCode::from(if stop.load(Ordering::Relaxed) { INTERRUPTED } else { code }))
}

fn carry_out(
    carrier: &Carrier<'_>,
    items: &[Item],
    page: &mut Page<'_>,
    mut log: Option<&mut Log>,
) -> anyhow::Result<u8> {
    let (mut done, mut failed, mut by_hand) = (0, 0, 0);
    for item in items {
        let Way::Calls { steps, .. } = &item.way else {
            by_hand += 1;
            continue;
        };
        page.say(&format!("{}\n", page.name(item)))?;
        let (mut steps, mut trouble) = (steps.iter(), Ok(()));
        let is_done = carrier.carry_out(item, |did| {
            // What was done is done, whether or not it can be told.
            let told = steps.next().map_or(Ok(()), |step| page.did(step, did));
            let logged = log.as_mut().map_or(Ok(()), |log| log.did(item, did, page.detector));
            if let (Ok(()), Err(error)) = (&trouble, told.and(logged)) {
                trouble = Err(error);
            }
        });
        *if is_done { &mut done } else { &mut failed } += 1;
        trouble?;
    }
    page.say(&format!(
        "\nRevoked: {done}. Failed: {failed}. Left to be done by hand: {by_hand}.\n"
    ))?;
    Ok(match (failed, by_hand) {
        (0, 0) => 0,
        (0, _) => BY_HAND,
        _ => FAILED,
    })
}

/// What is to be done, of all that the report and the source tell.
fn items(
    asked: &RevokeOptions,
    options: &Options,
    detector: &Detector,
    stop: &Arc<AtomicBool>,
) -> anyhow::Result<Vec<Item>> {
    let is_meant = |fingerprint: &str| {
        asked.fingerprint.is_empty() || asked.fingerprint.iter().any(|f| f == fingerprint)
    };
    let mut leaks: Vec<Leak> = Vec::new();
    let mut authorities = Vec::new();
    if let Some(path) = &asked.report {
        for found in recorded(path)?.into_iter().filter(|found| is_meant(&found.fingerprint)) {
            authorities.extend(
                found.authorities.iter().filter_map(|ca| Item::authority(ca, &found.fingerprint)),
            );
            if found.verdict.as_deref() != Some("dead") {
                leaks.push(leak(&found));
            }
        }
    }
    if !asked.source.is_empty() {
        let report = scanned(asked, options, detector, stop)?;
        for found in &report.findings {
            let fresh = Leak::of(found);
            match leaks.iter_mut().find(|leak| leak.fingerprint == fresh.fingerprint) {
                Some(leak) => leak.merge(&fresh),
                None if asked.fingerprint.contains(&fresh.fingerprint) => leaks.push(fresh),
                None => {}
            }
        }
    }
    for wanted in &asked.fingerprint {
        let is_known = |leak: &Leak| leak.fingerprint == *wanted;
        if !leaks.iter().any(is_known) && !authorities.iter().any(|ca| ca.fingerprint == *wanted) {
            bail!(
                "no finding that is not dead has the fingerprint {}; look into the report",
                plain(wanted)
            );
        }
    }
    let given = asked.details()?;
    if leaks.len() > 1 && given.iter().any(|(name, _)| *name != "account") {
        bail!(
            "--detail is about one finding, and here are {}; name it with --fingerprint",
            leaks.len()
        );
    }
    let items = leaks.into_iter().map(|leak| {
        // What the user says counts before what was read.
        let mut own = leak.bare();
        for (name, value) in &given {
            own.give(name, value).with_context(|| format!("--detail {name}={value}"))?;
        }
        own.merge(&leak);
        Ok(revoke::plan(&own, detector.rules(), asked.roll))
    });
    let mut items: Vec<Item> = items.collect::<anyhow::Result<_>>()?;
    once_each(&mut items);
    if asked.authorities {
        items.extend(authorities);
    }
    Ok(items)
}

/// A token and the R2 pair made of it end with one request, which a second time would fail.
fn once_each(items: &mut Vec<Item>) {
    let mut known: Vec<Vec<String>> = Vec::new();
    items.retain(|item| {
        let Way::Calls { steps, .. } = &item.way else { return true };
        let lines: Vec<String> = steps.iter().map(Step::line).collect();
        let is_new = lines.iter().any(|line| line.contains("{id}")) || !known.contains(&lines);
        known.push(lines);
        is_new
    });
}

fn leak(found: &report::Recorded) -> Leak {
    let mut leak = Leak::named(&found.rule, &found.title, &found.masked, &found.fingerprint);
    for (name, value) in &found.details {
        leak.learn(name, value);
    }
    leak
}

fn recorded(path: &Path) -> anyhow::Result<Vec<report::Recorded>> {
    let shown = || format!("cannot read the report {}", path.display());
    let found = fs::metadata(path).with_context(shown)?;
    if !found.is_file() || found.len() > MOST_REPORT_BYTES {
        bail!("{}: it is no regular file of up to 1 GiB; name a JSON report", shown());
    }
    let bytes = fs::read(path).with_context(shown)?;
    report::read(&bytes).with_context(shown)
}

/// The source, searched again: work tree and history where it is a repository, else its files.
fn scanned(
    asked: &RevokeOptions,
    options: &Options,
    detector: &Detector,
    stop: &Arc<AtomicBool>,
) -> anyhow::Result<Report> {
    let progress = progress_for(options);
    let settings = settings_of(options);
    let scanner = Scanner { detector, settings: &settings, progress: progress.as_ref(), stop };
    Ok(match scanner.audit(&asked.source) {
        Ok(report) => report,
        Err(_) => scanner.scan(&asked.source)?,
    })
}

/// Standard output.
struct Page<'a> {
    detector: &'a Detector,
    shows_secrets: bool,
}

impl Page<'_> {
    /// Text of ours and foreign text made plain; whatever looks like a secret is masked.
    fn say(&self, text: &str) -> anyhow::Result<()> {
        let text = redact_message(self.detector, text);
        match io::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            done => done.context("the plan could not be written to standard output"),
        }
    }

    fn name(&self, item: &Item) -> String {
        let Item { title, masked, fingerprint, .. } = item;
        format!("{} {} ({})", plain(title), plain(masked), plain(fingerprint))
    }

    fn plan(&self, items: &[Item]) -> anyhow::Result<()> {
        for item in items {
            let mut text = format!("{}\n", self.name(item));
            match &item.way {
                Way::Calls { steps, breaks, undo } => {
                    for step in steps {
                        text += &format!("  call    {}, {}\n", step.line(), why(step));
                        if let Some(other) = &step.or {
                            text += &format!("          or, if that is refused, {other}\n");
                        }
                    }
                    text += &format!("  breaks  {breaks}\n  undo    {undo}\n");
                }
                Way::Lacks(what) => text += &format!("  lacks   {what}\n"),
                Way::ByHand(steps) => text += &format!("  by hand {}\n", plain(steps)),
            }
            self.say(&(text + "\n"))?;
        }
        Ok(())
    }

    fn did(&self, step: &Step, did: &Did) -> anyhow::Result<()> {
        self.say(&format!("  {}: {}\n", did.line, did.outcome.sentence(step.method)))?;
        match &did.shown {
            None => Ok(()),
            Some(Shown::PublicKey(key)) => {
                self.say(&format!("  TrustedUserCAKeys: {}\n", plain(key)))
            }
            Some(Shown::Secret(_)) if !self.shows_secrets => {
                self.say("  the new value is not shown; --show-secrets would have\n")
            }
            // The one place where a secret is printed, since it was asked for.
            Some(Shown::Secret(secret)) => {
                writeln!(io::stdout(), "  new value: {}", plain(secret)).map_err(Into::into)
            }
        }
    }
}

fn why(step: &Step) -> String {
    match step.caller {
        revoke::Caller::Admin => step.why.to_owned(),
        revoke::Caller::Leaked(_) => format!("with the leaked token itself, {}", step.why),
    }
}

/// What was done, one JSON object a line, without secrets. Added to what the file holds already.
struct Log(fs::File);

impl Log {
    fn open(path: &Path) -> anyhow::Result<Log> {
        let file = OpenOptions::new().create(true).append(true).open(path);
        file.map(Log).with_context(|| format!("cannot write the log {}", path.display()))
    }

    fn did(&mut self, item: &Item, did: &Did, detector: &Detector) -> anyhow::Result<()> {
        let mut line = json!({
            "time": format!("{:.3}", jiff::Timestamp::now()),
            "fingerprint": item.fingerprint,
            "rule": item.rule,
            "masked": redact_message(detector, &item.masked),
            "call": did.line,
            "outcome": did.outcome.name(),
        });
        if let Outcome::Refused(status, codes) = &did.outcome {
            line["status"] = json!(status);
            line["codes"] = json!(codes);
        }
        if let Outcome::Lost(why) = &did.outcome {
            line["reason"] = json!(why.name());
        }
        writeln!(self.0, "{line}").context("the log could not be written")
    }
}
