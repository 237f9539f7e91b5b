//! A small world for the tests of deciders: facts come from rows in memory, errands are answered at
//! once, and time stands still.

mod jws;
mod keys;
mod request;
mod scene;
mod stock;
pub mod visitor;

pub use jws::Jws;
pub use keys::{Key, compact, compact_text, es256, fresh_pkcs8, jwk_of, rs256};
pub use request::{Draft, Ran, basic, form};
pub use scene::{CHOSEN, FOO, ISSUER, NOW, SECRET, Scene, done, phc, user};
pub use stock::Stock;
