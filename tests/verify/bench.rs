//! What the tests work with: made-up credentials, a verification against the server, a clock that
//! jumps.

use std::{
    fs,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use cfleaks::{
    model::{Confidence, Fact, Finding, Fingerprint, Secret, Severity, Strength, Verdict},
    rules::RuleSet,
    verify::{
        AccessConsent, Allowed, ApiUrl, Asker, Clock, Network, NetworkSettings, Silent, Transport,
        Verifier,
    },
};
use jiff::Timestamp;

use crate::server::Server;

/// A day on which Origin CA keys are retired: 1 December 2026.
pub(crate) const NOW: i64 = 1_796_083_200;

/// So many characters of an alphabet, others for each seed.
pub(crate) fn noise(alphabet: &[u8], length: usize, seed: usize) -> String {
    let mut bytes = blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof();
    let mut text = String::new();
    let mut byte = [0];
    while text.len() < length {
        bytes.fill(&mut byte);
        text.push(char::from(alphabet[usize::from(byte[0]) % alphabet.len()]));
    }
    text
}

const ALNUM: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub(crate) fn hex(length: usize, seed: usize) -> String {
    noise(b"0123456789abcdef", length, seed)
}

pub(crate) fn alnum(length: usize, seed: usize) -> String {
    noise(ALNUM, length, seed)
}

/// A token with prefix and checksum.
pub(crate) fn token(prefix: &str, seed: usize) -> String {
    let body = alnum(40, seed);
    format!("{prefix}_{body}{:08x}", crc32fast::hash(body.as_bytes()))
}

/// A finding of a rule.
pub(crate) fn finding(rule: &str, secret: &str, facts: &[(&'static str, &str)]) -> Finding {
    let secret = Secret::new(secret, 5, Strength::Strong);
    let facts = facts.iter().map(|(name, value)| Fact { name, value: (*value).to_owned() });
    Finding {
        rule: Arc::from(format!("cloudflare-{rule}")),
        title: Arc::from("A credential"),
        severity: Severity::High,
        confidence: Confidence::Certain,
        fingerprint: Fingerprint::of_finding(rule, &secret, b"", b""),
        secret,
        lapse: None,
        facts: facts.collect(),
        partners: Vec::new(),
        places: Vec::new(),
        place_count: 1,
        history: Vec::new(),
        suppression: None,
        verdict: None,
        impact: None,
    }
}

/// Time that passes only when someone waits for it.
pub(crate) struct Leaping(Mutex<Duration>);

impl Leaping {
    pub(crate) fn new() -> Self {
        Leaping(Mutex::new(Duration::ZERO))
    }
}

impl Clock for Leaping {
    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_second(NOW + self.elapsed().as_secs() as i64).unwrap()
    }

    fn wait_until(&self, moment: Duration, _: &AtomicBool) {
        let mut now = self.0.lock().unwrap();
        *now = now.max(moment);
    }
}

/// How a verification is to be run.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) access: bool,
    pub(crate) admin: Option<String>,
    pub(crate) threads: usize,
    pub(crate) limit: Duration,
    pub(crate) interrupted: bool,
}

impl Default for Way {
    fn default() -> Self {
        let limit = Duration::from_secs(3600);
        Way { access: false, admin: None, threads: 1, limit, interrupted: false }
    }
}

/// A network of which every host is this server.
pub(crate) fn network(server: &Server) -> Network {
    Network::new(settings(server))
}

pub(crate) fn settings(server: &Server) -> NetworkSettings {
    NetworkSettings {
        api: ApiUrl::new(&format!("http://{}/client/v4", server.address)).unwrap(),
        loopback: Some(server.address),
        answer_limit: Duration::from_secs(5),
        ..NetworkSettings::default()
    }
}

/// The built-in rules, and one for R2 pairs.
pub(crate) fn rules() -> &'static RuleSet {
    static RULES: OnceLock<Arc<RuleSet>> = OnceLock::new();
    RULES.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let rule = r#"
id = "cloudflare-test-r2"
title = "R2 pair"
severity = "high"
confidence = "likely"
anchors = ["test_r2_secret"]
pattern = 'test_r2_secret=(?P<secret>[0-9a-f]{64})'
reach = { before = 0, after = 128 }
checks = ["boundary"]
verifier = "r2"
help = "A pair."
[[examples]]
text = "test_r2_secret={{hex:64}}"
[[counter_examples]]
text = "test_r2_secret="
reason = "There is no secret."
"#;
        fs::write(folder.path().join("cloudflare-test-r2.toml"), rule).unwrap();
        RuleSet::with_dir(folder.path()).unwrap()
    })
}

/// Verifies findings over a transport.
pub(crate) fn verify(
    transport: &dyn Transport,
    clock: &dyn Clock,
    way: &Way,
    findings: &mut [Finding],
) {
    let stop = AtomicBool::new(false);
    stop.store(way.interrupted, Ordering::SeqCst);
    let asker = Asker::new(transport, clock, &stop, way.limit);
    let admin = way.admin.as_ref();
    let allowed = Allowed {
        access: way.access.then(AccessConsent::given_by_the_user),
        admin: admin.map(|token| Secret::new(token.clone(), 5, Strength::Strong)),
    };
    let verifier = Verifier {
        rules: rules(),
        asker: &asker,
        allowed,
        threads: way.threads,
        progress: &Silent,
    };
    verifier.verify(findings);
}

/// Verifies one finding against the server.
pub(crate) fn verdict(server: &Server, way: &Way, finding: &Finding) -> Verdict {
    let mut findings = [finding.clone()];
    verify(&network(server), &Leaping::new(), way, &mut findings);
    findings[0].verdict.unwrap()
}
