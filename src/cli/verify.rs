//! `--verify`: the report's findings asked about, by the options and the environment.

use std::{
    cmp::Reverse,
    io::{self, IsTerminal},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::bail;

use super::{args::Options, environment, progress};
use crate::{
    detect::Detector,
    model::{FailOn, Finding, Report, Secret, Strength},
    scan::Redactor,
    verify::{
        AccessConsent, Allowed, ApiUrl, Asker, Network, NetworkSettings, Progress, ProxyAddress,
        Silent, SystemClock, Verifier,
    },
};

/// What a verification needs, checked before anything is scanned.
pub(super) struct Plan {
    network: NetworkSettings,
    allowed: Allowed,
    limit: Duration,
}

/// How verification is to be done; `None` if it was not asked for.
pub(super) fn plan(options: &Options) -> anyhow::Result<Option<Plan>> {
    let asked = &options.verification;
    if !asked.is_wanted() {
        if asked.fail_on() == FailOn::Live {
            bail!("--fail-on live needs --verify: without it no finding is known to be live");
        }
        return Ok(None);
    }
    let network = network(options)?;
    let admin = admin()?;
    Ok(Some(Plan {
        network,
        allowed: Allowed {
            access: asked.verify_access.then(AccessConsent::given_by_the_user),
            impact: asked.impact,
            admin,
        },
        limit: Duration::from_secs(asked.timeout()),
    }))
}

/// How to reach Cloudflare, by the options and the environment.
pub(super) fn network(options: &Options) -> anyhow::Result<NetworkSettings> {
    let address = options.verification.api_url.clone().or_else(environment::api_url);
    let api = address.map_or(Ok(ApiUrl::default()), |address| ApiUrl::new(&address))?;
    let proxy = match environment::proxy() {
        None => None,
        Some((address, except)) => match ProxyAddress::new(&address, &except) {
            Some(proxy) => Some(proxy),
            // To go round a proxy that was asked for would be worse than to stop.
            None => bail!("the proxy's address in the environment is none; write http://host:port"),
        },
    };
    Ok(NetworkSettings { api, proxy, ..NetworkSettings::default() })
}

/// The administrator's token of the environment, which masks itself; `None` if none is set.
///
/// # Errors
/// It could be no token: a line break or a space in it is a mistake in copying.
pub(super) fn admin() -> anyhow::Result<Option<Secret>> {
    let Some(token) = environment::admin_token() else { return Ok(None) };
    if !token.bytes().all(|b| b.is_ascii_graphic()) {
        bail!("CFLEAKS_ADMIN_TOKEN holds more than one token; set it to the API token alone");
    }
    Ok(Some(Secret::new(token.into_bytes(), 0, Strength::Strong)))
}

impl Plan {
    /// Gives the report's findings their verdicts.
    pub(super) fn carry_out(
        self,
        report: &mut Report,
        detector: &Detector,
        options: &Options,
        stop: &Arc<AtomicBool>,
    ) {
        report.fail_on = options.verification.fail_on();
        let network = Network::new(self.network);
        let clock = SystemClock::start();
        let asker = Asker::new(&network, &clock, stop, self.limit);
        let progress: Box<dyn Progress> = match options.progress.holds(io::stderr().is_terminal()) {
            true => Box::new(progress::Bar::new()),
            false => Box::new(Silent),
        };
        let admin = self.allowed.admin.clone();
        let verifier = Verifier {
            rules: detector.rules(),
            asker: &asker,
            allowed: self.allowed,
            threads: Verifier::THREADS,
            progress: progress.as_ref(),
        };
        verifier.verify(&mut report.findings);
        let findings = report.findings.iter().map(|found| &found.secret).chain(&admin);
        let redactor = Redactor::new(findings.map(|s| (s.reveal().to_vec(), s.mask())));
        let redactor = redactor.searching(detector);
        let impacts = report.findings.iter_mut().filter_map(|found| found.impact.as_mut());
        impacts.for_each(|impact| redactor.impact(impact));
        // What has lapsed and is live all the same moves up, what is dead down; the rest keeps its
        // order.
        let rank = |found: &Finding| (found.present_severity(), found.severity, found.confidence);
        report.findings.sort_by_key(|found| Reverse(rank(found)));
        report.interrupted |= stop.load(Ordering::Relaxed);
        report.finished = jiff::Timestamp::now();
    }
}
