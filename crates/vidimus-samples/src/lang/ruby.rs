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
    percent: |name| format!("percent({name})"),
    reserved: "alias and begin break case class def defined do else elsif end ensure false for if \
         in module next nil not or redo rescue retry return self super then true undef unless \
         until when while yield env argv json uri net file value in_json percent multipart \
         boundary get show size request response text reply http puts warn exit why data \
         string integer array hash object i j k l m n raise loop proc lambda p print require \
         OpenSSL SystemCallError SocketError IOError ArgumentError Timeout Random Kernel \
         Regexp Symbol Method __FILE__ __LINE__ __method__ URI_ Struct Comparable Math \
         Process Dir IO",
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

const PERCENT: &str = r##"
def percent(text)
  URI.encode_www_form_component(text).gsub("+", "%20").gsub("*", "%2A").gsub("%7E", "~")
end
"##;

const MULTIPART: &str = r##"
# Each part: its name, its content, the path that it was read from, its type.
def multipart(boundary, parts)
  quoted = ->(text) { text.gsub('"', "%22").gsub("\r", "%0D").gsub("\n", "%0A") }
  body = parts.map do |name, content, path, type|
    head = "--#{boundary}\r\nContent-Disposition: form-data; name=\"#{quoted.(name)}\""
    head += "; filename=\"#{quoted.(File.basename(path))}\"" if path
    head += "\r\nContent-Type: #{type}" if type
    "#{head}\r\n\r\n".b + content.b + "\r\n".b
  end
  body.join + "--#{boundary}--\r\n".b
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

# How many elements the array at the path has; it is shown where it has none.
def size(reply, *path)
  found = get(reply, *path).first
  size = found.is_a?(Array) ? found.size : 0
  show(reply, *path) if size.zero?
  size
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
    let reading = members::functions(READING, call);
    code.opening(call, "Needs Ruby 3.1 or later, and no gems", LANGUAGE.run);
    code.line("");
    code.lines("require \"json\"\nrequire \"net/http\"\nrequire \"uri\"");
    code.functions([
        (!call.variables.is_empty()).then_some(VALUE),
        call.encodes(Encoding::Json).then_some(IN_JSON),
        call.encodes(Encoding::Percent).then_some(PERCENT),
        matches!(call.body, Body::Multipart(_)).then_some(MULTIPART),
        reading.as_deref(),
    ]);
    code.line("");
    code.variables(call, &names, |name, asked| format!("{name} = value({asked})"));
    code.line("");
    request(&mut code, call, &names);
    code.lines(ANSWER);
    code.reply(call, REPLY, &READER);
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
            code.line("boundary = Random.urandom(16).unpack1(\"H*\")");
            code.line("request[\"Content-Type\"] = \"multipart/form-data; boundary=#{boundary}\"");
            code.open("request.body = multipart(boundary, [");
            for part in parts {
                let of = part.content_type.as_deref().map_or("nil".to_owned(), literal::ruby);
                let (content, path) = match &part.content {
                    PartContent::Value(text) => (names.text(text), "nil".to_owned()),
                    PartContent::File(path) => {
                        let path = names.text(path);
                        (format!("File.binread({path})"), path)
                    }
                };
                code.line(format!("[{}, {content}, {path}, {of}],", names.text(&part.name)));
            }
            code.close("])");
        }
    }
}
