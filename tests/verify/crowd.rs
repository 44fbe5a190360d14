//! Thousands of tokens, and a service that takes 1,200 requests in five minutes and no more.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use cfleaks::{model::Verdict, verify::Clock};

use crate::{
    bench::{Leaping, Way, finding, hex, network, token, verify},
    cookbook::{bad, good},
    server::{Act, Server},
};

const TOKENS: usize = 2_000;
const ALLOWED: usize = 1_200;
const WINDOW: Duration = Duration::from_secs(300);

/// Every third token is dead, every seventh has been switched off.
fn expected(number: usize) -> (Act, Verdict) {
    match number {
        n if n % 3 == 0 => (bad(401, 1000, "Invalid API Token"), Verdict::Dead),
        n if n % 7 == 0 => (
            good(&format!(r#"{{"id":"{}","status":"disabled"}}"#, hex(32, n))),
            Verdict::Inactive(cfleaks::model::Inactivity::Disabled),
        ),
        n => (good(&format!(r#"{{"id":"{}","status":"active"}}"#, hex(32, n))), Verdict::Active),
    }
}

fn run(threads: usize, allowed: usize) -> (Vec<String>, usize, usize, Duration) {
    // Client and server have the same clock.
    let clock = Arc::new(Leaping::new());
    let counted: Mutex<VecDeque<Duration>> = Mutex::default();
    let numbers: BTreeMap<String, usize> =
        (0..TOKENS).map(|n| (format!("Bearer {}", token("cfut", n)), n)).collect();
    let served: Arc<Mutex<BTreeMap<usize, u32>>> = Default::default();
    let server = {
        let (clock, served) = (Arc::clone(&clock), Arc::clone(&served));
        Server::start(move |seen| {
            let mut window = counted.lock().unwrap();
            let now = clock.elapsed();
            while window.front().is_some_and(|at| now - *at >= WINDOW) {
                window.pop_front();
            }
            if window.len() >= allowed {
                let wait = (window[0] + WINDOW - now).as_secs() + 1;
                return Act::Say(429, vec![("Retry-After", wait.to_string())], String::new());
            }
            window.push_back(now);
            let number = numbers[seen.header("authorization")];
            *served.lock().unwrap().entry(number).or_default() += 1;
            expected(number).0
        })
    };
    let transport = network(&server);
    let mut findings: Vec<_> =
        (0..TOKENS).map(|n| finding("user-api-token", &token("cfut", n), &[])).collect();
    // The same secret at the end again: it is not asked about twice.
    findings.push(finding("user-api-token", &token("cfut", 1), &[]));
    let way = Way { threads, limit: Duration::from_secs(7_200), ..Way::default() };
    verify(&transport, &*clock, &way, &mut findings);
    let served = served.lock().unwrap();
    assert_eq!(served.len(), TOKENS, "every token was asked about");
    assert!(served.values().all(|times| *times == 1), "and was answered once");
    for (n, found) in findings.iter().enumerate() {
        assert_eq!(found.verdict, Some(expected(if n == TOKENS { 1 } else { n }).1), "{n}");
    }
    let refused = server.seen().len() - TOKENS;
    let order = findings.iter().map(|f| format!("{} {:?}", f.secret, f.verdict)).collect();
    (order, server.seen().len(), refused, clock.elapsed())
}

#[test]
fn two_thousand_tokens_are_asked_about_once_each_within_the_limit() {
    let (one, sent, refused, took) = run(1, ALLOWED);
    assert_eq!((sent, refused), (TOKENS, 0), "the limit was never overstepped");
    assert!(took >= WINDOW && took < 2 * WINDOW, "{took:?}");
    let (eight, _, refused, _) = run(8, ALLOWED);
    assert_eq!(refused, 0);
    assert_eq!(one, eight, "the order does not depend on threads");
}

#[test]
fn a_service_that_takes_less_is_waited_for() {
    let (_, sent, refused, took) = run(8, 300);
    assert!(refused > 0 && sent > TOKENS, "{sent} {refused}");
    assert!(took >= 6 * WINDOW, "{took:?}");
}
