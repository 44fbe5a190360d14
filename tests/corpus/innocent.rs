//! Files that hold no secret, made of lookalikes in the same carriers as secrets.

use super::{
    drafts::{in_header, written},
    keys,
    kinds::{KINDS, Kind},
    lookalikes::{FILES, PUBLIC, REFERENCES, SECRET_NAMES},
    random::Random,
    settings::settings,
};

/// What it is, its path and its text.
pub(crate) fn file(number: usize, random: &mut Random) -> (String, String, String) {
    match number % 4 {
        0 => {
            let sample = &FILES[number / 4 % FILES.len()];
            let text = with_samples(&random.fill(sample.text), random);
            (sample.name.to_owned(), sample.path.to_owned(), text)
        }
        1 => public_settings(random),
        2 => references(random),
        _ => referring_call(random),
    }
}

fn public_settings(random: &mut Random) -> (String, String, String) {
    let carrier = settings(random);
    let settings: Vec<(String, String)> = (0..2 + random.below(4))
        .map(|_| {
            let (name, value) = random.pick(PUBLIC);
            ((*name).to_owned(), random.fill(value))
        })
        .collect();
    let name = format!("public settings, {}", carrier.name);
    (name, carrier.path.to_owned(), written(carrier, &settings))
}

fn references(random: &mut Random) -> (String, String, String) {
    let carrier = settings(random);
    let settings: Vec<(String, String)> = (0..1 + random.below(3))
        .map(|_| {
            let reference = *random.pick(REFERENCES);
            let value = random.fill(reference);
            ((*random.pick(SECRET_NAMES)).to_owned(), value)
        })
        .collect();
    let name = format!("references, {}", carrier.name);
    (name, carrier.path.to_owned(), written(carrier, &settings))
}

/// A request or a command that takes its secret from elsewhere.
fn referring_call(random: &mut Random) -> (String, String, String) {
    let kinds: Vec<&Kind> = KINDS.iter().filter(|kind| !kind.headers.is_empty()).collect();
    let kind = kinds[random.below(kinds.len())];
    let reference = *random.pick(REFERENCES);
    let reference = random.fill(reference);
    let draft = in_header(kind, &reference, random);
    (format!("reference, {}", draft.carrier), draft.path, draft.text)
}

/// Published samples, in pieces so that none stands here.
fn with_samples(text: &str, random: &mut Random) -> String {
    let repeated = "A".repeat(40);
    let checksum = format!("{:08x}", crc32fast::hash(repeated.as_bytes()));
    let text = text
        .replace("@KEY@", &["144c9defac04969c", "7bfad8efaa8ea194"].concat())
        .replace("@ZONE@", &["023e105f4ecef8ad", "9ca31a8372d0c353"].concat())
        .replace("@TOKEN@", &["Sn3lZJTBX6kkg7Od", "cBUAxOO963GEIyGQ", "qnFTOFYY"].concat())
        .replace("@TOKEN2@", &["8M7wS6hCpXVc-DoR", "nPPY_UCWPgy8aea4", "Wy6kCe5T"].concat())
        .replace("@HEX37@", &format!("{}01234", "0123456789abcdef".repeat(2)))
        .replace("@HEX40@", &format!("{}01234567", "0123456789abcdef".repeat(2)))
        .replace("@SECRET@", &["AQIDBAUGBwgBAgMEBQYH", "CAECAwQFBgcIAQIDBAUGBwg="].concat())
        .replace("@A40@", &repeated)
        .replace("@CRC@", &checksum);
    if text.contains("@CERT@") {
        return text.replace("@CERT@", &keys::origin_certificate(random));
    }
    text
}
