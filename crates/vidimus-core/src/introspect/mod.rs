//! Token introspection (RFC 7662): the verdict, its reason, and the answer.

mod answer;
mod details;
mod in_hand;
mod judge;
mod operation;

pub use answer::{Active, Introspection};
pub use details::{Details, DetailsRequest};
pub use in_hand::InHand;
pub use judge::{Asker, Held, Level, Reason};
pub use operation::{AnswerForm, IntrospectReply, IntrospectRequest, asker};

#[cfg(test)]
mod tests;
