//! The whole pipeline: every check, in its order, and where it is made. An endpoint is a column; a
//! request goes down it, and what a check does not let through goes no further.

use super::{
    checks::{
        account, answer, client, code_challenge, consent, end_session, flow, form_token, headless,
        hint, nonce, pushed, redirect_uri, request_object, resource, scope, session, sign_in,
        state, user_code,
    },
    draft::{Draft, Halt},
    prompt, response_type,
};
use crate::context::Context;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// RFC 6749 §3.1.
    Authorize,
    /// RFC 9126 §2.
    Push,
    /// RFC 8628 §3.3.
    Device,
    /// An authorization that has waited for its user.
    Resume,
    /// OpenID Connect RP-Initiated Logout §2.
    EndSession,
    /// A sign-in for its own sake.
    Account,
}

pub struct Check {
    pub run: fn(&mut Draft<'_>, &mut Context<'_>) -> Result<(), Halt>,
    /// In the order of [`Column`].
    at: [bool; 6],
}

const X: bool = true;
const O: bool = false;

#[rustfmt::skip]
pub const TABLE: [Check; 24] = [
    //                                  authorize
    //                                  |  push
    //                                  |  |  device
    //                                  |  |  |  resume
    //                                  |  |  |  |  end session
    //                                  |  |  |  |  |  account
    check(flow::check,                 [O, O, X, X, X, X]),
    check(pushed::check,               [X, O, O, O, O, O]),
    check(user_code::check,            [O, O, X, O, O, O]),
    check(client::check,               [X, X, X, X, X, O]),
    check(request_object::check,       [X, X, O, O, O, O]),
    check(state::check,                [X, X, O, X, X, O]),
    check(redirect_uri::check,         [X, X, O, X, O, O]),
    check(response_type::check,        [X, X, O, X, O, O]),
    check(prompt::check,               [X, X, O, X, O, O]),
    check(code_challenge::check,       [X, X, O, X, O, O]),
    check(nonce::check,                [X, X, O, X, O, O]),
    check(scope::check,                [X, X, X, X, O, O]),
    check(resource::check,             [X, X, X, X, O, O]),
    check(scope::claims,               [X, X, O, X, O, O]),
    check(hint::check,                 [X, X, O, X, X, O]),
    check(end_session::redirect_uri,   [O, O, O, O, X, O]),
    check(session::check,              [X, O, X, X, X, X]),
    check(headless::check,             [X, O, O, O, O, O]),
    check(form_token::check,           [O, O, X, X, X, X]),
    check(answer::check,               [O, O, X, X, X, X]),
    check(account::check,              [X, O, X, X, O, X]),
    check(sign_in::check,              [X, O, X, X, O, X]),
    check(consent::check,              [X, O, X, X, O, O]),
    check(end_session::confirmation,   [O, O, O, O, X, O]),
];

const fn check(
    run: fn(&mut Draft<'_>, &mut Context<'_>) -> Result<(), Halt>,
    at: [bool; 6],
) -> Check {
    Check { run, at }
}

/// Every check of the draft's column, until one halts it.
pub fn run(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    let column = draft.column;
    for check in TABLE.iter().filter(|check| check.is_at(column)) {
        (check.run)(draft, cx)?;
    }
    Ok(())
}

impl Check {
    fn is_at(&self, column: Column) -> bool {
        let [authorize, push, device, resume, end_session, account] = self.at;
        match column {
            Column::Authorize => authorize,
            Column::Push => push,
            Column::Device => device,
            Column::Resume => resume,
            Column::EndSession => end_session,
            Column::Account => account,
        }
    }
}
