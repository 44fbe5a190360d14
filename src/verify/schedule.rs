//! Who is asked when: each distinct secret once, several at a time, answers in the findings' order.

use std::{
    collections::HashMap,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use super::{Verifier, answer::Answer, credential::Credential, impact, impact::Explored, kinds};
use crate::{
    model::{Finding, Severity},
    rules,
};

impl Verifier<'_> {
    /// Gives every finding its verdict. Suppressed findings are not asked about: leave them out.
    ///
    /// Nothing else of a finding changes, but for what the service told of the credential, and its
    /// severity: a lapsed one that turns out to be live is as grave again as its kind, and where it is
    /// known what one opens, it is as grave as that.
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
    fn ask_all(&self, credentials: &[Credential]) -> Vec<Option<Learnt>> {
        let answers: Vec<OnceLock<Learnt>> = credentials.iter().map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some((credential, slot)) = {
                let at = next.fetch_add(1, Ordering::Relaxed);
                credentials.get(at).zip(answers.get(at))
            } {
                let _ = slot.set(self.learn(credential));
                self.progress.advance();
            }
        };
        let is_done = AtomicBool::new(false);
        thread::scope(|scope| {
            let _done = Done(&is_done);
            let _ = thread::Builder::new().spawn_scoped(scope, || self.asker.watch(&is_done));
            thread::scope(|scope| {
                for _ in 1..self.threads.clamp(1, credentials.len().max(1)) {
                    // Where a thread cannot be had, the others do its work.
                    let _ = thread::Builder::new().spawn_scoped(scope, work);
                }
                work();
            });
        });
        answers.into_iter().map(OnceLock::into_inner).collect()
    }

    /// Asks whether it is live and, if that is wished, what it opens.
    fn learn(&self, credential: &Credential) -> Learnt {
        let answer = kinds::verify(credential, self.asker, &self.allowed);
        let explored = match self.allowed.impact {
            true => impact::explore(credential, &answer, self.asker),
            false => None,
        };
        Learnt { answer, explored }
    }

    fn apply(&self, finding: &mut Finding, Learnt { answer, explored }: &Learnt) {
        finding.verdict = Some(answer.verdict);
        let told = explored.as_ref().map(|explored| explored.impact.clone());
        if let Some(told) = told.or_else(|| answer.impact()) {
            finding.impact = Some(told);
        }
        if answer.verdict.is_live() && finding.severity == Severity::Note {
            let of_kind = self.rules.get(&finding.rule).map(|rule| rule.severity);
            finding.severity = of_kind.unwrap_or(finding.severity);
        }
        if let Some(explored) = explored {
            finding.severity = explored.severity(finding.severity);
        }
    }
}

/// Tells the watcher that there is nothing left to watch, however the work ended.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What was learnt of one credential.
struct Learnt {
    answer: Answer,
    explored: Option<Explored>,
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
