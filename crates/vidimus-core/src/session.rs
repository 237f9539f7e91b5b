//! Sessions of users at browsers.
