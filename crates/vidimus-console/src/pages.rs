//! One template for each page of core's.

use vidimus_core::{authorize::reply::Dress, page::Page};

use crate::{Rendered, policy::Policy};

/// `languages` are the browser's, best first; those that the request itself asked for come before.
pub fn render(_page: &Page, dress: &Dress, _languages: &[String]) -> Rendered {
    let policy = Policy {
        form_action: dress.form_action.as_deref(),
        frames: &dress.frames,
        ..Policy::default()
    };
    Rendered { html: String::new(), content_security_policy: policy.to_text() }
}
