//! Texts as literals: ASCII alone between the quotes where a language can say the rest in escapes,
//! so that a program means the same whatever a file's encoding is taken for.

/// Quotes around the text; `special` are escaped by a backslash, what `escape` knows by that.
fn quoted(text: &str, special: &str, escape: fn(char) -> Option<String>) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        match character {
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            _ if special.contains(character) => {
                literal.push('\\');
                literal.push(character);
            }
            ' '..='~' => literal.push(character),
            _ => match escape(character) {
                Some(escaped) => literal.push_str(&escaped),
                None => literal.push(character),
            },
        }
    }
    literal.push('"');
    literal
}

/// `\u00fc`, and a surrogate pair for what has more than four digits.
fn utf16(character: char) -> Option<String> {
    let units = character.encode_utf16(&mut [0; 2]).to_vec();
    Some(units.into_iter().map(|unit| format!("\\u{unit:04x}")).collect())
}

/// `\u00fc` or `\U0001f600`.
fn long(character: char) -> Option<String> {
    let code = u32::from(character);
    Some(if code > 0xFFFF { format!("\\U{code:08x}") } else { format!("\\u{code:04x}") })
}

/// `\u{fc}`.
fn braced(character: char) -> Option<String> {
    Some(format!("\\u{{{:x}}}", u32::from(character)))
}

pub fn python(text: &str) -> String {
    quoted(text, "\"\\", long)
}

pub fn javascript(text: &str) -> String {
    quoted(text, "\"\\", utf16)
}

pub fn go(text: &str) -> String {
    quoted(text, "\"\\", long)
}

pub fn rust(text: &str) -> String {
    quoted(text, "\"\\", braced)
}

/// Before it knows of literals the compiler replaces `\u…`: of a quotation mark, too, but that and
/// all of printable ASCII are never written so.
pub fn java(text: &str) -> String {
    quoted(text, "\"\\", |character| match character {
        '\0'..='\u{1f}' | '\u{7f}' => Some(format!("\\{:03o}", u32::from(character))),
        _ => utf16(character),
    })
}

pub fn csharp(text: &str) -> String {
    quoted(text, "\"\\", utf16)
}

/// `\(` would begin an interpolation; a backslash is never left alone.
pub fn swift(text: &str) -> String {
    quoted(text, "\"\\", braced)
}

/// `$` would begin a variable, and `{$` too.
pub fn php(text: &str) -> String {
    quoted(text, "\"\\$", braced)
}

/// `#{`, `#@` and `#$` would begin an interpolation.
pub fn ruby(text: &str) -> String {
    quoted(text, "\"\\#", braced)
}

/// Within single quotes nothing has a meaning but they themselves, of which there are five.
pub fn powershell(text: &str) -> String {
    let double = |character: char| match character {
        '\'' | '\u{2018}'..='\u{201b}' => format!("{character}{character}"),
        _ => character.to_string(),
    };
    format!("'{}'", text.chars().map(double).collect::<String>())
}

/// For a shell; it cannot hold a NUL.
pub fn shell(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/:@%+=,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\0', "").replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads what stands between double quotes by the rules that these languages have in common,
    /// each escape by its own, and fails on anything that would be read as something else.
    fn read(literal: &str, interpolates: &str) -> Result<String, String> {
        let inner = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let mut rest = inner.ok_or("no quotes")?.chars().peekable();
        let mut units: Vec<u16> = Vec::new();
        let mut put = |character: char| units.extend(character.encode_utf16(&mut [0; 2]).iter());
        let mut halves = Vec::new();
        while let Some(character) = rest.next() {
            if character != '\\' {
                if character == '"'
                    || !(' '..='~').contains(&character)
                    || interpolates.contains(character)
                {
                    return Err(format!("{character:?} as it is"));
                }
                put(character);
                continue;
            }
            let mut digits = |count: usize, radix: u32| {
                let digits: String = (0..count).filter_map(|_| rest.next()).collect();
                u32::from_str_radix(&digits, radix).map_err(|why| why.to_string())
            };
            match digits(0, 16).err().and_then(|_| rest.next()).ok_or("nothing escaped")? {
                'n' => put('\n'),
                'r' => put('\r'),
                't' => put('\t'),
                'U' => {
                    let digits: String = (0..8).filter_map(|_| rest.next()).collect();
                    let code = u32::from_str_radix(&digits, 16).map_err(|why| why.to_string())?;
                    put(char::from_u32(code).ok_or("no character")?);
                }
                'u' if rest.peek() == Some(&'{') => {
                    let digits: String =
                        rest.by_ref().skip(1).take_while(|it| *it != '}').collect();
                    let code = u32::from_str_radix(&digits, 16).map_err(|why| why.to_string())?;
                    put(char::from_u32(code).ok_or("no character")?);
                }
                'u' => {
                    let digits: String = (0..4).filter_map(|_| rest.next()).collect();
                    let unit = u16::from_str_radix(&digits, 16).map_err(|why| why.to_string())?;
                    halves.push(unit);
                    match char::decode_utf16(halves.iter().copied()).collect::<Result<String, _>>()
                    {
                        Ok(whole) => {
                            whole.chars().for_each(&mut put);
                            halves.clear();
                        }
                        Err(_) if halves.len() < 2 => {}
                        Err(why) => return Err(why.to_string()),
                    }
                }
                digit @ '0'..='3' => {
                    let digits: String =
                        std::iter::once(digit).chain((0..2).filter_map(|_| rest.next())).collect();
                    let code = u8::from_str_radix(&digits, 8).map_err(|why| why.to_string())?;
                    put(char::from(code));
                }
                itself if "\"\\$#".contains(itself) => put(itself),
                other => return Err(format!("\\{other}")),
            }
        }
        if !halves.is_empty() {
            return Err("half a character".to_owned());
        }
        String::from_utf16(&units).map_err(|why| why.to_string())
    }

    proptest! {
        #[test]
        fn what_is_written_between_double_quotes_is_read_again(text in ".*|[\"\\\\$#{}\n\r\t'?>\u{0}-\u{1f}ü€😀\u{2028}]{0,12}") {
            for (write, interpolates) in [
                (python as fn(&str) -> String, ""), (javascript, ""), (go, ""), (rust, ""), (java, ""),
                (csharp, ""), (swift, ""), (php, "$"), (ruby, "#"),
            ] {
                prop_assert_eq!(read(&write(&text), interpolates), Ok(text.clone()));
            }
        }

        #[test]
        fn what_is_written_between_single_quotes_is_read_again(text in "[^\u{0}]*|['\"\\\\$`\n\u{2018}\u{2019}]{0,12}") {
            let quotes = |it: &char| matches!(it, '\'' | '\u{2018}'..='\u{201b}');
            let written = powershell(&text);
            let inner = written.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).expect("quotes");
            let mut characters = inner.chars();
            let mut read = String::new();
            while let Some(character) = characters.next() {
                if quotes(&character) {
                    prop_assert_eq!(characters.next(), Some(character));
                }
                read.push(character);
            }
            prop_assert_eq!(&read, &text);
            let written = shell(&text);
            if written.starts_with('\'') {
                let inner = written.replace("'\\''", "\u{0}");
                let inner = inner.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).expect("quotes");
                prop_assert!(!inner.contains('\''));
                prop_assert_eq!(inner.replace('\u{0}', "'"), text);
            } else {
                prop_assert_eq!(written, text);
            }
        }
    }
}
