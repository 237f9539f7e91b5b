//! Ruby with its standard library.

use super::{
    Language,
    code::Code,
    literal,
    members::{self, Reader},
    names::{Names, Syntax},
};
use crate::{
    call::{Body, Call, PartContent},
    text::Encoding,
};

pub const LANGUAGE: Language =
    Language { name: "ruby", title: "Ruby", file: "sample.rb", run: "ruby sample.rb", program };

const SYNTAX: Syntax = Syntax {
    literal: literal::ruby,
    plus: " + ",
    // A name with a capital first would be a constant.
    sigil: "",
    json: |name| format!("in_json({name})"),
    percent: |name| format!("URI.encode_uri_component({name})"),
    reserved: &[
        "alias", "and", "begin", "break", "case", "class", "def", "defined", "do", "else", "elsif",
        "end", "ensure", "false", "for", "if", "in", "module", "next", "nil", "not", "or", "redo",
        "rescue", "retry", "return", "self", "super", "then", "true", "undef", "unless", "until",
        "when", "while", "yield", "env", "argv", "json", "uri", "net", "file", "value", "in_json",
        "get", "show", "size", "uri_", "request", "response", "text", "reply", "http", "puts",
        "warn", "exit", "why", "data", "string", "integer", "array", "hash", "object", "i", "j",
        "k", "l", "m", "n",
    ],
};

const READER: Reader = Reader {
    show: |path| format!("show(reply{})", members::arguments(path, literal::ruby, "")),
    each: |path, index| {
        let path = members::arguments(path, literal::ruby, "");
        (format!("size(reply{path}).times do |{index}|"), "end")
    },
};

const VALUE: &str = r##"
# A value that the call needs: the environment's, else the default.
def value(name, default = nil)
  ENV.fetch(name) do
    next default if default

    warn "#{name} is not set: give it in the environment"
    exit 2
  end
end
"##;

const IN_JSON: &str = r##"
# As it is written between the quotes of a JSON string.
def in_json(text)
  JSON.generate(text)[1..-2]
end
"##;

const READING: &str = r##"
# What is at the path, in an array; an empty one where there is nothing.
def get(found, *path)
  path.each do |step|
    case [found, step]
    in [Hash, String] if found.key?(step) then found = found[step]
    in [Array, Integer] if step < found.size then found = found[step]
    else return []
    end
  end
  [found]
end

# How many elements the array at the path has.
def size(reply, *path)
  found = get(reply, *path).first
  found.is_a?(Array) ? found.size : 0
end

# Prints what is at the path.
def show(reply, *path)
  label = path.map { |step| step.is_a?(Integer) ? "[#{step}]" : ".#{step}" }.join.delete_prefix(".")
  found = get(reply, *path)
  text = found.empty? ? "(absent)" : found.first
  puts "#{label} = #{text.is_a?(String) ? text : JSON.generate(text)}"
end
"##;

const ANSWER: &str = r##"
text = response.body.to_s.force_encoding("UTF-8")
puts "Response Status Code = #{response.code}", "Response Body:", text
if response.code.to_i >= 400
  warn "Failed: #{response.code} #{response.message}\n#{text}"
  exit 1
end
"##;

const REPLY: &str = r##"
begin
  reply = JSON.parse(text)
rescue JSON::ParserError => why
  warn "The reply is not JSON: #{why.message}"
  exit 1
end
"##;

fn program(call: &Call) -> String {
    let mut code = Code::new("  ", "#");
    let names = Names::new(call, &SYNTAX);
    let shape = call.sample.as_ref().and_then(|sample| sample.shape.as_ref());
    let reading = shape.map(|shape| members::functions(READING, shape));
    code.opening(call, "Needs Ruby 3.1 or later, and no gems", LANGUAGE.run);
    code.line("");
    code.lines("require \"json\"\nrequire \"net/http\"\nrequire \"uri\"");
    for function in [
        (!call.variables.is_empty()).then_some(VALUE),
        call.encodes(Encoding::Json).then_some(IN_JSON),
        reading.as_deref(),
    ]
    .into_iter()
    .flatten()
    {
        code.line("");
        code.lines(function);
    }
    code.line("");
    for variable in &call.variables {
        let name = literal::ruby(&variable.name);
        let default = variable.default.as_ref().map(|text| format!(", {}", names.text(text)));
        let default = default.unwrap_or_default();
        code.line(format!("{} = value({name}{default})", names.of(&variable.name)));
    }
    code.line("");
    request(&mut code, call, &names);
    code.lines(ANSWER);
    if let (Some(sample), Some(shape)) = (&call.sample, shape) {
        code.line("");
        code.sample(sample);
        code.line("");
        code.lines(REPLY);
        members::write(&mut code, shape, &READER);
    }
    code.finish()
}

fn request(code: &mut Code, call: &Call, names: &Names<'_>) {
    code.open("begin");
    code.line(format!("uri = URI({})", names.text(&call.url)));
    let (method, has_body) = (literal::ruby(&call.method), call.body != Body::None);
    let answers = call.method != "HEAD";
    code.line(format!(
        "request = Net::HTTPGenericRequest.new({method}, {has_body}, {answers}, uri)"
    ));
    for (name, value) in &call.headers {
        code.line(format!("request[{}] = {}", literal::ruby(name), names.text(value)));
    }
    if let Some(basic) = &call.basic {
        let [user, password] = [&basic.username, &basic.password].map(|text| names.text(text));
        code.line(format!("request.basic_auth({user}, {password})"));
    }
    body(code, call, names);
    code.open("response = Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == \"https\", read_timeout: 30) do |http|");
    code.line("http.request(request)");
    code.close("end");
    code.dedent();
    code.open("rescue SystemCallError, SocketError, IOError, ArgumentError, URI::Error, Net::ProtocolError, Timeout::Error, OpenSSL::SSL::SSLError => why");
    code.line("warn \"Failed: #{why.message}\"");
    code.line("exit 1");
    code.close("end");
    code.line("");
}

fn body(code: &mut Code, call: &Call, names: &Names<'_>) {
    match &call.body {
        Body::None => {}
        Body::Raw(text) => code.line(format!("request.body = {}", names.text(text))),
        Body::File(path) => code.line(format!("request.body = File.binread({})", names.text(path))),
        Body::Form(fields) => {
            code.open("request.body = URI.encode_www_form([");
            for (name, value) in fields {
                code.line(format!("[{}, {}],", names.text(name), names.text(value)));
            }
            code.close("])");
        }
        Body::Multipart(parts) => {
            code.open("request.set_form([");
            for part in parts {
                let of = part.content_type.as_deref().map(literal::ruby);
                let of = of.map(|of| format!(", {{ content_type: {of} }}")).unwrap_or_default();
                let content = match &part.content {
                    PartContent::Value(text) => names.text(text),
                    PartContent::File(path) => format!("File.open({}, \"rb\")", names.text(path)),
                };
                code.line(format!("[{}, {content}{of}],", names.text(&part.name)));
            }
            code.close("], \"multipart/form-data\")");
        }
    }
}
