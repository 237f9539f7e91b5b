//! Addresses of the console: ids stand in them as one segment each, whatever they hold.

/// One segment of a path, or one value of a query (RFC 3986 §2.3).
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// `rest` begins with a slash, or is empty.
pub fn of_tenant(tenant: &str, rest: &str) -> String {
    format!("/console/t/{}{rest}", encoded(tenant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_segment() {
        assert_eq!(encoded("https://a/b?c=ä&d"), "https%3A%2F%2Fa%2Fb%3Fc%3D%C3%A4%26d");
        assert_eq!(of_tenant("foo.com", "/clients"), "/console/t/foo.com/clients");
    }
}
