//! Who is asked when: each distinct secret once, several at a time, answers in the findings' order.

use std::{
    collections::HashMap,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::{Verifier, answer::Answer, credential::Credential, kinds};
use crate::{
    model::{Finding, Severity},
    rules,
};

impl Verifier<'_> {
    /// Gives every finding its verdict. Suppressed findings are not asked about: leave them out.
    ///
    /// Nothing else of a finding changes, but for what the service told of the credential, and for a
    /// lapsed one that turns out to be live: it is as grave again as its kind.
    pub fn verify(&self, findings: &mut [Finding]) {
        let (credentials, of_finding) = self.distinct(findings);
        self.progress.begin(credentials.len() as u64);
        let answers = self.ask_all(&credentials);
        self.progress.end();
        for (finding, at) in findings.iter_mut().zip(of_finding) {
            if let Some(answer) = &answers[at] {
                self.apply(finding, answer);
            }
        }
    }

    /// The credentials without repetition, and which one each finding is. The same secret in two
    /// findings is asked about once, with the partners of both.
    fn distinct(&self, findings: &[Finding]) -> (Vec<Credential>, Vec<usize>) {
        let mut credentials: Vec<Credential> = Vec::new();
        let mut known: HashMap<(Option<&'static str>, &[u8]), usize> = HashMap::new();
        let mut of_finding = Vec::with_capacity(findings.len());
        for finding in findings {
            let credential = Credential::of(finding, self.rules);
            let way = credential.check.map(way);
            let at = *known.entry((way, finding.secret.reveal())).or_insert(credentials.len());
            match credentials.get_mut(at) {
                Some(before) => before.merge(&credential),
                None => credentials.push(credential),
            }
            of_finding.push(at);
        }
        (credentials, of_finding)
    }

    /// Asks about each credential on one of several threads.
    fn ask_all(&self, credentials: &[Credential]) -> Vec<Option<Answer>> {
        let answers: Vec<OnceLock<Answer>> = credentials.iter().map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some((credential, slot)) = {
                let at = next.fetch_add(1, Ordering::Relaxed);
                credentials.get(at).zip(answers.get(at))
            } {
                let _ = slot.set(kinds::verify(credential, self.asker, &self.allowed));
                self.progress.advance();
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.threads.clamp(1, credentials.len().max(1)) {
                // Where a thread cannot be had, the others do its work.
                let _ = thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        answers.into_iter().map(OnceLock::into_inner).collect()
    }

    fn apply(&self, finding: &mut Finding, answer: &Answer) {
        finding.verdict = Some(answer.verdict);
        if let Some(told) = answer.impact() {
            finding.impact = Some(told);
        }
        if answer.verdict.is_live() && finding.severity == Severity::Note {
            let of_kind = self.rules.get(&finding.rule).map(|rule| rule.severity);
            finding.severity = of_kind.unwrap_or(finding.severity);
        }
    }
}

/// Which requests a verifier stands for: API tokens of all kinds are asked about alike.
fn way(check: rules::Verifier) -> &'static str {
    use rules::Verifier as V;
    match check {
        V::UserToken | V::AccountToken | V::ApiToken => "api-token",
        V::GlobalKey => "global-key",
        V::OauthAccessToken => "oauth",
        V::OriginCaKey => "origin-ca",
        V::AccessServiceToken => "service-token",
        V::AccessJwt => "access-jwt",
        V::Tunnel => "tunnel",
        V::Turnstile => "turnstile",
        V::R2 => "r2",
        V::R2Session => "r2-session",
        V::SideEffects => "none",
    }
}
