//! HTML's character references, in text that was copied out of a page's source.

const NAMED: [(&str, char); 6] =
    [("quot", '"'), ("amp", '&'), ("lt", '<'), ("gt", '>'), ("apos", '\''), ("nbsp", ' ')];

/// What is no reference stays.
pub fn decoded(text: &str) -> String {
    let mut decoded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let referred =
            after.split_once(';').and_then(|(name, left)| Some((character(name)?, left)));
        match referred {
            Some((character, left)) => {
                decoded.push(character);
                rest = left;
            }
            None => {
                decoded.push('&');
                rest = after;
            }
        }
    }
    decoded + rest
}

fn character(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return NAMED.iter().find(|(known, _)| *known == name).map(|(_, character)| *character);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_and_others_stay() {
        let text = "&quot;a&quot; &amp;&lt;&gt;&#39;&#x27; &none; & &#xZ; &#1114112; b&";
        assert_eq!(decoded(text), "\"a\" &<>'' &none; & &#xZ; &#1114112; b&");
    }
}
