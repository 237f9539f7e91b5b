//! A POSIX shell with curl. What curl is told goes through its standard input and is made by what the shell
//! does itself, so that no secret is in the list of processes.

use super::{
    Language,
    code::Code,
    literal,
    members::{self, Reader, Step},
    names::{Names, Syntax, identifier},
};
use crate::{
    call::{Body, Call, Part, PartContent},
    text::{Encoding, Piece, Text, percent_encoded},
};

pub const LANGUAGE: Language =
    Language { name: "curl", title: "curl", file: "sample.sh", run: "sh sample.sh", program };

const SYNTAX: Syntax = Syntax {
    literal: literal::shell,
    plus: "",
    sigil: "",
    json: |name| format!("\"$(text \"${name}\")\""),
    percent: |name| format!("\"$(percent \"${name}\")\""),
    reserved: "path home ifs pwd oldpwd uid euid ppid gid shell term user logname random seconds \
         lineno optarg optind opterr ps1 ps2 ps3 ps4 env lang cdpath mail mailpath histfile \
         hostname reply status newline groups dirstack funcname shellopts bashopts bashpid \
         shlvl _ do done if then else elif fi case esac for while until in http_proxy \
         https_proxy all_proxy no_proxy curl_home tmpdir posixly_correct",
};

const READER: Reader = Reader {
    show: |path| format!("show([{}]),", steps(path)),
    each: |path, index| {
        let steps = steps(path);
        (format!("none([{steps}]), (range(size([{steps}])) as ${index} |"), "empty),")
    },
};

fn steps(path: &[Step]) -> String {
    let step = |step: &Step| match step {
        // The filter stands between single quotes.
        Step::Name(name) => literal::javascript(name).replace('\'', "\\u0027"),
        Step::Index(index) => format!("${index}"),
    };
    path.iter().map(step).collect::<Vec<_>>().join(", ")
}

const NEEDED: &str = r#"
needed() {
  echo "$1 is not set: give it in the environment" >&2
  exit 2
}
"#;

const TEXT: &str = r#"
# As it is written between double quotes, by curl's rules as by JSON's.
text() {
  printf '%s\n' "$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e "s/$(printf '\t')/\\\\t/g" \
    -e "s/$(printf '\r')/\\\\r/g" -e '$!s/$/\\n/' | tr -d '\n'
}
"#;

const PERCENT: &str = r#"
percent() {
  printf '%s' "$1" | od -An -v -tu1 | awk '{
    for (i = 1; i <= NF; i++) {
      letter = ($i > 64 && $i < 91) || ($i > 96 && $i < 123)
      printf letter || ($i > 47 && $i < 58) || $i == 45 || $i == 46 || $i == 95 || $i == 126 ? "%c" : "%%%02X", $i
    }
  }'
}
"#;

const ASK: &str = r#"
newline='
'
reply=$(settings | curl --silent --show-error --config - --write-out '\n%{http_code}') || exit 1
status=${reply##*"$newline"}
reply=${reply%"$newline"*}
printf 'Response Status Code = %s\nResponse Body:\n%s\n' "$status" "$reply"
if [ "$status" -ge 400 ]; then
  printf 'Failed: %s\n%s\n' "$status" "$reply" >&2
  exit 1
fi
"#;

const JQ: &str = r#"
if ! command -v jq > /dev/null; then
  echo 'Each member is read with jq, which is not installed.' >&2
  exit 0
fi
"#;

const SHOW: &str = r#"
def at($path): try getpath($path) catch null;
def size($path): at($path) | if type == "array" then length else 0 end;
def show($path):
  ($path | map(if type == "number" then "[\(.)]" else ".\(.)" end) | join("") | ltrimstr(".")) as $said
  | if ([paths] | any(. == $path)) or $path == []
    then "\($said) = \(at($path) | if type == "string" then . else tojson end)"
    else "\($said) = (absent)" end;
def none($path): if size($path) == 0 then show($path) else empty end;
"#;

fn program(call: &Call) -> String {
    let mut code = Code::new("  ", "#");
    let names = Names::new(call, &SYNTAX);
    code.line("#!/bin/sh");
    code.opening(call, "Needs curl; jq, where it is there, reads each member", LANGUAGE.run);
    code.line("");
    code.lines("set -eu");
    if call.variables.iter().any(|variable| variable.default.is_none()) {
        code.line("");
        code.lines(NEEDED);
    }
    if call.texts().iter().any(|text| text.names().next().is_some())
        || matches!(call.body, Body::Raw(_))
    {
        code.line("");
        code.lines(TEXT);
    }
    if call.encodes(Encoding::Percent) {
        code.line("");
        code.lines(PERCENT);
    }
    if !call.variables.is_empty() {
        code.line("");
        variables(&mut code, call, &names);
    }
    if let Body::Raw(text) = &call.body {
        code.line("");
        heredoc(&mut code, "body", &here(text, &names));
    }
    code.line("");
    code.comment("curl reads them from its standard input: arguments could be seen by others.");
    heredoc(&mut code, "settings", &settings(call, &names));
    code.line("");
    code.lines(ASK);
    if let Some(shape) = code.sample(call) {
        code.lines(JQ);
        code.line("printf '%s\\n' \"$reply\" | jq -r '");
        code.lines(SHOW);
        members::write(&mut code, shape, &READER);
        code.line("empty'");
    }
    code.finish()
}

fn variables(code: &mut Code, call: &Call, names: &Names<'_>) {
    for variable in &call.variables {
        let (asked, name) = (&variable.name, names.of(&variable.name));
        let is_odd = identifier(asked) != *asked;
        let otherwise = match &variable.default {
            Some(text) => format!("{name}={}", assigned(text, names)),
            None if is_odd => format!("needed {}", literal::shell(&format!("{asked} (or {name})"))),
            None => format!("needed {asked}"),
        };
        if asked == name {
            code.line(format!("[ -n \"${{{name}+set}}\" ] || {otherwise}"));
        } else {
            // The shell has another of this name, or cannot have one and may even drop it.
            let beside =
                if is_odd { format!("[ -n \"${{{name}+set}}\" ] || ") } else { String::new() };
            let asked = literal::shell(asked);
            code.line(format!("{beside}{name}=$(printenv {asked}) || {otherwise}"));
        }
    }
}

fn assigned(text: &Text, names: &Names<'_>) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Literal(text) => literal::shell(text),
        Piece::Variable { name, .. } => format!("\"${{{}}}\"", names.of(name)),
    };
    let pieces: String = text.pieces.iter().map(piece).collect();
    if pieces.is_empty() { "''".to_owned() } else { pieces }
}

/// A function that writes the lines, values put in.
fn heredoc(code: &mut Code, name: &str, lines: &str) {
    let mut end = "END".to_owned();
    while lines.lines().any(|line| line == end) {
        end.push('_');
    }
    code.line(format!("{name}() {{"));
    code.line(format!("  cat << {end}"));
    code.lines(lines);
    code.line(end);
    code.line("}");
}

/// What a here-document would take for more than a character.
fn unexpanded(text: &str) -> String {
    text.replace('\\', "\\\\").replace('$', "\\$").replace('`', "\\`")
}

fn here(text: &Text, names: &Names<'_>) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Literal(text) => unexpanded(text),
        Piece::Variable { name, encoding } => match encoding {
            Encoding::Plain => format!("${{{}}}", names.of(name)),
            Encoding::Json => format!("$(text \"${}\")", names.of(name)),
            Encoding::Percent => format!("$(percent \"${}\")", names.of(name)),
        },
    };
    text.pieces.iter().map(piece).collect()
}

/// Between the double quotes of curl's configuration.
fn quoted(text: &Text, names: &Names<'_>) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Literal(text) => {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"");
            unexpanded(&text.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t"))
        }
        Piece::Variable { name, encoding } => match encoding {
            Encoding::Plain => format!("$(text \"${}\")", names.of(name)),
            Encoding::Json => format!("$(text \"$(text \"${}\")\")", names.of(name)),
            Encoding::Percent => format!("$(percent \"${}\")", names.of(name)),
        },
    };
    text.pieces.iter().map(piece).collect()
}

fn settings(call: &Call, names: &Names<'_>) -> String {
    let mut lines = match call.method.as_str() {
        "HEAD" => vec!["head".to_owned()],
        method => vec![format!("request = \"{}\"", quoted(&Text::of_literal(method), names))],
    };
    // Brackets in a URL are no list of URLs.
    lines.push("globoff".to_owned());
    lines.push("max-time = 30".to_owned());
    lines.push(format!("url = \"{}\"", quoted(&call.url, names)));
    for (name, value) in &call.headers {
        // With a colon and nothing behind it curl would take the header away.
        let header = if value.is_empty() {
            format!("{name};")
        } else {
            format!("{name}: {}", quoted(value, names))
        };
        lines.push(format!("header = \"{header}\""));
    }
    if let Some(basic) = &call.basic {
        let [user, password] = [&basic.username, &basic.password].map(|text| quoted(text, names));
        lines.push(format!("user = \"{user}:{password}\""));
    }
    match &call.body {
        Body::None => {}
        Body::Form(fields) => lines.extend(fields.iter().map(|(name, value)| {
            let name = match name.as_literal() {
                Some(name) => percent_encoded(name),
                None => quoted(name, names),
            };
            format!("data-urlencode = \"{name}={}\"", quoted(value, names))
        })),
        Body::Raw(_) => lines.push("data-raw = \"$(text \"$(body)\")\"".to_owned()),
        Body::File(path) => lines.push(format!("data-binary = \"@{}\"", quoted(path, names))),
        Body::Multipart(parts) => lines.extend(parts.iter().map(|part| multipart(part, names))),
    }
    lines.join("\n")
}

fn multipart(part: &Part, names: &Names<'_>) -> String {
    let name = quoted(&part.name, names);
    let of = part.content_type.as_deref().map(|of| format!(";type={of}")).unwrap_or_default();
    match &part.content {
        PartContent::Value(text) if of.is_empty() => {
            format!("form-string = \"{name}={}\"", quoted(text, names))
        }
        PartContent::Value(text) => {
            format!("form = \"{name}=\\\\\"{}\\\\\"{of}\"", quoted(text, names))
        }
        PartContent::File(path) => {
            format!("form = \"{name}=@\\\\\"{}\\\\\"{of}\"", quoted(path, names))
        }
    }
}
