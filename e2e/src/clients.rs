//! Where the stock clients and the browser are installed: told to the tests by `cargo xtask test`.

/// The interpreter of the virtual environment with `e2e/clients/python/requirements.txt`.
pub const PYTHON: &str = "VIDIMUS_CLIENTS_PYTHON";

/// The folder with what `e2e/clients/node/package-lock.json` names.
pub const NODE_MODULES: &str = "VIDIMUS_CLIENTS_NODE_MODULES";

/// The folder with what `e2e/browser/package-lock.json` names.
pub const BROWSER_MODULES: &str = "VIDIMUS_BROWSER_NODE_MODULES";

/// The browser.
pub const CHROMIUM: &str = "VIDIMUS_CHROMIUM";

/// The program around the `openidconnect` crate, of `e2e/clients/rust`.
pub const RUST: &str = "VIDIMUS_CLIENTS_RUST";

/// Debian's, from `apache2-bin`; in no user's PATH.
pub const APACHE: &str = "/usr/sbin/apache2";

/// Where its modules are, `libapache2-mod-auth-openidc`'s among them.
pub const APACHE_MODULES: &str = "/usr/lib/apache2/modules";
