//! The few values of a repository's `config` that are looked at, and no include followed.
//!
//! The file belongs to the scanned repository and so is data, never a setting: it tells how the
//! repository is stored (extensions), where it came from (remotes) and whom it belongs to
//! (`core.worktree`, used only to check that a pointer is acknowledged).

use bstr::{BStr, BString, ByteSlice};
use gix_config::{File, file::Metadata, file::init::Options};

/// What was found in one or several `config` files, later ones over earlier ones.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// `core.repositoryformatversion`; absent or not a number is 0.
    pub(super) version: u64,
    /// `core.bare`.
    pub(super) bare: bool,
    /// `core.worktree`, never obeyed.
    pub(super) work_tree: Option<BString>,
    /// `extensions.objectformat`, lower case.
    pub(super) object_format: Option<String>,
    /// `extensions.refstorage`, lower case.
    pub(super) ref_storage: Option<String>,
    /// Names under `extensions` that mean nothing here, lower case.
    pub(super) unknown_extensions: Vec<String>,
    /// Whether a remote is promised to deliver missing objects.
    pub(super) promisor: bool,
    /// Name and first address of each remote, in the file's order.
    pub(super) remotes: Vec<(BString, BString)>,
}

/// Extensions that change nothing in how objects and refs are found, or that are judged here.
const KNOWN_EXTENSIONS: [&str; 9] = [
    "compatobjectformat",
    "noop",
    "noop-v1",
    "objectformat",
    "partialclone",
    "preciousobjects",
    "refstorage",
    "relativeworktrees",
    "worktreeconfig",
];

/// Enough to tell whether there is one remote or several; more would only take time.
const MOST_REMOTES: usize = 1_000;
/// Enough unknown extensions to name.
const MOST_UNKNOWN: usize = 20;

impl Config {
    /// Adds what the bytes of one file say; an error in words if they are no configuration.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Result<(), String> {
        let options = Options { lossy: true, ..Options::default() };
        let file =
            File::from_bytes_no_includes(bytes, Metadata::default(), options).map_err(|error| {
                format!("is not valid configuration: {}", first_line(&error.to_string()))
            })?;
        for section in file.sections() {
            let header = section.header();
            let name = header.name().to_ascii_lowercase();
            let body = section.body();
            match (name.as_slice(), header.subsection_name()) {
                (b"core", None) => self.core(&|key| body.value_implicit(key)),
                (b"extensions", None) => {
                    self.extensions(&|key| body.value(key));
                    let unknown = body.value_names().map(|name| name.to_ascii_lowercase());
                    let unknown = unknown.filter(|name| !KNOWN_EXTENSIONS.contains(&name.as_str()));
                    self.unknown_extensions.extend(unknown.take(MOST_UNKNOWN));
                    self.unknown_extensions.truncate(MOST_UNKNOWN);
                }
                (b"remote", Some(remote)) => {
                    self.remote(remote, &|key| body.value_implicit(key), body.values("url"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn core(&mut self, value: &dyn Fn(&str) -> Option<Option<BString>>) {
        if let Some(Some(version)) = value("repositoryformatversion") {
            // A number too large to hold is a version too new to know.
            let digits = version.trim();
            if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
                self.version = digits.to_str_lossy().parse().unwrap_or(u64::MAX);
            }
        }
        if let Some(bare) = value("bare") {
            self.bare = is_true(bare.as_ref());
        }
        if let Some(Some(path)) = value("worktree") {
            self.work_tree = Some(path);
        }
    }

    fn extensions(&mut self, value: &dyn Fn(&str) -> Option<BString>) {
        let text = |key| value(key).map(|value| value.trim().to_str_lossy().to_ascii_lowercase());
        self.object_format = text("objectformat").or(self.object_format.take());
        self.ref_storage = text("refstorage").or(self.ref_storage.take());
        self.promisor |= value("partialclone").is_some();
    }

    fn remote(
        &mut self,
        name: &BStr,
        value: &dyn Fn(&str) -> Option<Option<BString>>,
        urls: Vec<BString>,
    ) {
        if value("promisor").is_some_and(|value| is_true(value.as_ref()))
            || value("partialclonefilter").is_some()
        {
            self.promisor = true;
        }
        if let Some(url) = urls.into_iter().find(|url| !url.is_empty())
            && self.remotes.len() < MOST_REMOTES
            && !self.remotes.iter().any(|known| known.0 == name)
        {
            self.remotes.push((name.to_owned(), url));
        }
    }

    /// The address of `origin`, or of the only remote, without credentials.
    pub(super) fn remote_url(&self) -> Option<String> {
        let origin = self.remotes.iter().find(|remote| remote.0 == "origin");
        let only = || self.remotes.first().filter(|_| self.remotes.len() == 1);
        origin.or_else(only).map(|remote| without_credentials(remote.1.as_bstr()))
    }
}

/// A boolean as git reads it: a key without `=` is true.
fn is_true(value: Option<&BString>) -> bool {
    match value {
        None => true,
        Some(text) => {
            matches!(text.trim().to_ascii_lowercase().as_slice(), b"true" | b"yes" | b"on" | b"1")
        }
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// A remote's address without user, password, query and fragment; of `user@host:path` the user stays,
/// for it is a login name and never a password.
fn without_credentials(url: &BStr) -> String {
    let url = url.to_str_lossy();
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.into_owned();
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // The last `@` divides, since passwords hold unescaped ones now and then.
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Config {
        let mut config = Config::default();
        config.add(text.as_bytes()).unwrap();
        config
    }

    #[test]
    fn the_values_that_matter_are_read() {
        let config = parse(
            "[core]\n\trepositoryformatversion = 1\n\tbare\n\tworktree = ../x\n[include]\n\tpath = /nowhere\n\
             [extensions]\n\tobjectFormat = SHA256\n\tRefStorage = reftable\n\tnovel = yes\n\
             [remote \"a\"]\n\turl = https://one\n\turl = https://two\n[REMOTE \"b\"]\n\tpromisor = true\n\turl = x:y\n",
        );
        assert_eq!(config.version, 1);
        assert!(config.bare && config.promisor);
        assert_eq!(config.work_tree, Some("../x".into()));
        assert_eq!(config.object_format.as_deref(), Some("sha256"));
        assert_eq!(config.ref_storage.as_deref(), Some("reftable"));
        assert_eq!(config.unknown_extensions, ["novel"]);
        assert_eq!(
            config.remotes,
            [("a".into(), "https://one".into()), ("b".into(), "x:y".into())]
        );
    }

    #[test]
    fn a_version_beyond_any_number_is_too_new_and_not_zero() {
        assert_eq!(
            parse("[core]\nrepositoryformatversion = 99999999999999999999999\n").version,
            u64::MAX
        );
        assert_eq!(parse("[core]\nrepositoryformatversion = soon\n").version, 0);
    }

    #[test]
    fn an_address_loses_its_credentials() {
        for (url, shown) in [
            ("https://user:pass@example.com/a/b.git", "https://example.com/a/b.git"),
            ("https://pass@word@example.com/a@b", "https://example.com/a@b"),
            ("https://example.com/a?token=x#y", "https://example.com/a"),
            ("https://user@example.com", "https://example.com"),
            ("git@example.com:a/b.git", "git@example.com:a/b.git"),
            ("/srv/git/a.git", "/srv/git/a.git"),
        ] {
            assert_eq!(without_credentials(url.into()), shown);
        }
    }

    #[test]
    fn origin_is_preferred_and_several_others_are_no_answer() {
        let one = "[remote \"a\"]\nurl=https://a\n";
        let two = format!("{one}[remote \"b\"]\nurl=https://b\n");
        assert_eq!(parse(&two).remote_url(), None);
        assert_eq!(parse(one).remote_url().as_deref(), Some("https://a"));
        assert_eq!(
            parse(&format!("{two}[remote \"origin\"]\nurl=https://o\n")).remote_url().as_deref(),
            Some("https://o")
        );
    }

    #[test]
    fn what_is_no_configuration_is_an_error() {
        assert!(Config::default().add(b"[core\nbare = \x00\xff").is_err());
    }

    #[test]
    fn a_mebibyte_of_odd_configuration_is_parsed_in_no_time() {
        let started = std::time::Instant::now();
        for text in [
            "[a]\n",
            "[a]\nb\n",
            "[remote \"x\"]\nurl=y\n",
            "[extensions]\n",
            "x",
            "[a]\nb=\\\n",
            "\"",
            "[a \"",
            "#\n",
            "[a]b=\"\"\n",
        ] {
            let _ = Config::default().add(text.repeat((1 << 20) / text.len()).as_bytes());
        }
        let many: String = (0..40_000).map(|i| format!("[remote \"r{i}\"]\nurl=y\n")).collect();
        let _ = Config::default().add(many.as_bytes());
        for section in ["core", "extensions", "remote \"a\""] {
            let _ =
                Config::default().add(format!("[{section}]\n{}", "a\n".repeat(500_000)).as_bytes());
        }
        assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::sample::select(&b"[]\"\\=#;\n\r \tab.0\x00\xff"[..]), 0..60)) {
            let _ = Config::default().add(&bytes);
        }
    }
}
