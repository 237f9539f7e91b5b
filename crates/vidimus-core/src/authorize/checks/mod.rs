//! One file per check; their order is the table's.

pub mod account;
pub mod answer;
pub mod client;
pub mod code_challenge;
pub mod consent;
pub mod end_session;
pub mod flow;
pub mod form_token;
pub mod headless;
pub mod hint;
pub mod nonce;
pub mod pushed;
pub mod redirect_uri;
pub mod request_object;
pub mod resource;
pub mod scope;
pub mod session;
pub mod sign_in;
pub mod state;
pub mod user_code;
