//! Token introspection (RFC 7662): the verdict, its reason, and the answer.

mod answer;
mod judge;
mod operation;

pub use answer::{Active, Introspection};
pub use judge::{Asker, Level, Presented, Reason, beyond_revoking, found, judge, validity};
pub use operation::{AnswerForm, IntrospectReply, IntrospectRequest, asker};

#[cfg(test)]
mod tests;
