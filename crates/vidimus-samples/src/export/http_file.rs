//! An `.http` file, as editors run them.

use super::Order;
use crate::{
    call::{Body, Call, PartContent},
    text::Text,
};

const BOUNDARY: &str = "vidimus-part";

pub fn http_file(order: &Order<'_>) -> String {
    let mut file = String::new();
    for (name, value) in order.variables() {
        // Behind the end of a line an editor reads the next request.
        let value = value.replace(|c: char| c.is_control() || "\u{2028}\u{2029}".contains(c), " ");
        file.push_str(&format!("@{name} = {value}\n"));
    }
    for (dialect, item, call) in order.calls() {
        file.push_str(&format!("\n### {dialect} / {}\n", item.path()));
        file.push_str(&request(&call));
    }
    file
}

fn request(call: &Call) -> String {
    let mut lines = vec![format!("{} {}", call.method, call.url.raw())];
    lines.extend(call.headers.iter().map(|(name, value)| format!("{name}: {}", value.raw())));
    if let Some(basic) = &call.basic {
        let (user, password) = (basic.username.raw(), basic.password.raw());
        lines.push(format!("Authorization: Basic {user} {password}"));
    }
    if matches!(call.body, Body::Multipart(_)) {
        lines.push(format!("Content-Type: multipart/form-data; boundary={BOUNDARY}"));
    }
    let body = body(&call.body);
    if !body.is_empty() {
        lines.push(String::new());
        lines.push(body);
    }
    lines.join("\n") + "\n"
}

fn body(body: &Body) -> String {
    match body {
        Body::None => String::new(),
        Body::Raw(text) => text.raw(),
        Body::File(path) => format!("< {}", path.raw()),
        Body::Form(fields) => {
            let field = |(name, value): &(Text, Text)| format!("{}={}", name.raw(), value.raw());
            fields.iter().map(field).collect::<Vec<_>>().join("\n&")
        }
        Body::Multipart(parts) => {
            let mut lines = Vec::new();
            for part in parts {
                let name = part.name.raw();
                let (disposition, content) = match &part.content {
                    PartContent::Value(text) => (format!("form-data; name=\"{name}\""), text.raw()),
                    PartContent::File(path) => {
                        let path = path.raw();
                        (
                            format!("form-data; name=\"{name}\"; filename=\"{path}\""),
                            format!("< {path}"),
                        )
                    }
                };
                lines.push(format!("--{BOUNDARY}"));
                lines.push(format!("Content-Disposition: {disposition}"));
                lines.push(String::new());
                lines.push(content);
            }
            lines.push(format!("--{BOUNDARY}--"));
            lines.join("\n")
        }
    }
}
