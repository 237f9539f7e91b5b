//! Pages as answers: what the console wrote, under the policy that it was written for, and the
//! refusals and faults of page endpoints, which people read.

use hyper::HeaderMap;
use vidimus_console::{Failure, Rendered, failure};
use vidimus_core::{
    error::{Cause, ErrorCode, Fault, OAuthError},
    page::{Account, AccountNotice, Look, Page},
};
use vidimus_dialect::{Asked, Dialect, Shape};

use crate::browser::languages;

const HTML: &str = "text/html; charset=utf-8";

/// Nothing of the machine is for a page, but a passkey. There is no word for "all the others".
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), usb=(), publickey-credentials-get=(self)";

/// No `Cross-Origin-Opener-Policy`: applications open the sign-in in a window of their own and wait there for
/// their callback, from which it would cut them off.
pub fn shape(page: Rendered) -> Shape {
    let policy = page.content_security_policy;
    let may_be_framed = !policy.contains("frame-ancestors 'none'");
    let shape = Shape::text(HTML, page.html.into_bytes());
    let shape = shape.header("content-security-policy", policy);
    let shape = shape.header("permissions-policy", PERMISSIONS);
    // These know no exception, so they stand only where there is none.
    if may_be_framed {
        shape
    } else {
        let shape = shape.header("x-frame-options", "DENY");
        shape.header("cross-origin-resource-policy", "same-origin")
    }
}

/// A page that asks is well; one that tells what an account refused has HTTP's own word for it.
pub fn asked(page: &Page, shape: Shape) -> Shape {
    let Page::Account(Account { notice: Some(notice), .. }) = page else { return shape };
    match notice {
        AccountNotice::WrongPassword => shape.status(403),
        AccountNotice::PasswordTooShort { .. } | AccountNotice::PasswordsDiffer => {
            shape.status(400)
        }
        AccountNotice::TooMany { retry_after_seconds } => {
            shape.status(429).header("retry-after", retry_after_seconds.to_string())
        }
        AccountNotice::PasswordChanged
        | AccountNotice::SessionEnded
        | AccountNotice::ApplicationRevoked => shape,
    }
}

/// In the dialect's words. `status` is HTTP's own, where it knows better than the error code.
pub fn refusal(
    error: &OAuthError,
    status: Option<u16>,
    (dialect, asked): (&Dialect, &Asked<'_>),
    headers: &HeaderMap,
) -> Shape {
    let status = status.unwrap_or_else(|| status_of(error));
    let (code, description) = (dialect.said)(error, asked);
    let shape = failed(status, code, &description, asked, headers);
    match error.retry_after_seconds {
        Some(seconds) => shape.header("retry-after", seconds.to_string()),
        None => shape,
    }
}

pub fn fault(fault: &Fault, asked: &Asked<'_>, headers: &HeaderMap) -> Shape {
    match fault {
        Fault::Unavailable(_) | Fault::Contention | Fault::Busy(_) => {
            let what = "The server cannot answer now. Try again soon.";
            let shape = failed(503, "temporarily_unavailable", what, asked, headers);
            shape.header("retry-after", "1")
        }
        Fault::Corrupt(_) => {
            failed(500, "server_error", "The server failed to answer.", asked, headers)
        }
    }
}

/// A 401 would ask browsers for a password of their own, so there is none.
const fn status_of(error: &OAuthError) -> u16 {
    match (error.code, error.cause) {
        (_, Cause::FormToken) | (ErrorCode::AccessDenied, _) => 403,
        (ErrorCode::NotFound, _) => 404,
        (ErrorCode::Conflict, _) => 409,
        (ErrorCode::TooManyRequests, _) => 429,
        _ => 400,
    }
}

fn failed(
    status: u16,
    code: &str,
    description: &str,
    asked: &Asked<'_>,
    headers: &HeaderMap,
) -> Shape {
    let request_id = asked.request_id.to_string();
    let failed = Failure { status, code, description, request_id: &request_id };
    shape(failure(&failed, &look(asked), &languages(headers))).status(status)
}

/// The tenant's, where it is known.
fn look(asked: &Asked<'_>) -> Look {
    let wanted = asked.form.and_then(|form| form.get("ui_locales"));
    asked.tenant.map_or_else(Look::default, |tenant| Look::of(tenant, wanted, asked.issuer))
}
