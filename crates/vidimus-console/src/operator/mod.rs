//! The operators' pages: what the administration says, as HTML. English alone, like the logs and the
//! command line that operators have beside it.

mod act;
mod assertion;
mod audit;
mod cell;
mod enter;
mod form;
mod inspect;
mod keys;
mod list;
mod message;
mod noun;
mod nouns;
mod object;
mod overview;
mod path;
mod plot;
mod requests;
mod rows;
mod shell;

pub use act::{Confirm, Shown, confirm, shown};
pub use assertion::{Assertion, Check, Checked, Seen, assertion};
pub use audit::{Changed, Difference, Entry, Trail, audit};
pub use cell::{Cell, Tone, ago, browser, when};
pub use enter::{SignInPage, WelcomePage, sign_in, welcome};
pub use form::{Form, FormField, Input, form};
pub use inspect::{Decoded, Inspection, Moment, Verdict, inspect};
pub use keys::{Key, Keys, keys};
pub use list::{Filter, FilterInput, List, Row, list};
pub use message::{Message, message};
pub use noun::{Field, FieldKind, Noun, NounFilter, find as noun};
pub use nouns::{NOUNS, TENANTS};
pub use object::{Deed, Object, object};
pub use overview::{Figure, Overview, overview};
pub use path::{encoded, of_tenant};
pub use plot::{Plot, Series, spelled};
pub use requests::{Line, Replay, Request, Requests, replay, request, requests, tone};
pub use rows::{MadeRow, RowEnd, Rows, rows};
pub use shell::{Notice, Place, Shell};
