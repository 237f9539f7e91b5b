//! Swift with Foundation, on Linux as on macOS.

use super::{
    Language,
    code::Code,
    literal,
    members::{self, Reader, Step},
    names::{Names, Syntax},
};
use crate::{
    call::{Body, Call, PartContent},
    text::Encoding,
};

pub const LANGUAGE: Language = Language {
    name: "swift",
    title: "Swift",
    file: "sample.swift",
    run: "swift sample.swift",
    program,
};

const SYNTAX: Syntax = Syntax {
    literal: literal::swift,
    plus: " + ",
    sigil: "",
    json: |name| format!("inJSON({name})"),
    percent: |name| format!("percent({name})"),
    reserved: "any as associatedtype break case catch class continue default defer deinit do else \
         enum extension fallthrough false fileprivate for func guard if import in init inout \
         internal is let nil open operator private protocol public repeat rethrows return \
         self static struct subscript super switch throw throws true try typealias var where \
         while _ type string data value injson percent form get show size fail request \
         response text status reply url_ read part done session failure content boundary body \
         i j k l m n Int Double Bool UUID URLRequest URLSession URLSessionTaskDelegate \
         JSONSerialization JSONEncoder DispatchSemaphore HTTPURLResponse FileHandle \
         FileManager ProcessInfo CharacterSet NSString NSObject Error print exit Foundation \
         Never Void actor await async",
};

const READER: Reader = Reader {
    show: |path| format!("show(reply, [{}])", steps(path)),
    each: |path, index| (format!("for {index} in 0..<size(reply, [{}]) {{", steps(path)), "}"),
};

fn steps(path: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Name(name) => literal::swift(name),
        Step::Index(index) => (*index).to_owned(),
    };
    path.iter().map(step).collect::<Vec<_>>().join(", ")
}

const FAIL: &str = r#"
func fail(_ code: Int32, _ said: String) -> Never {
    FileHandle.standardError.write(Data((said + "\n").utf8))
    exit(code)
}
"#;

const VALUE: &str = r#"
/// A value that the call needs: the environment's, else the default.
func value(_ name: String, _ fallback: String? = nil) -> String {
    guard let found = ProcessInfo.processInfo.environment[name] ?? fallback else {
        fail(2, "\(name) is not set: give it in the environment")
    }
    return found
}
"#;

const IN_JSON: &str = r#"
/// As it is written between the quotes of a JSON string.
func inJSON(_ text: String) -> String {
    let written = (try? JSONEncoder().encode([text])) ?? Data()
    return String(String(decoding: written, as: UTF8.self).dropFirst(2).dropLast(2))
}
"#;

const PERCENT: &str = r#"
func percent(_ text: String) -> String {
    let unreserved = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
    return text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
}
"#;

const FORM: &str = r#"
func form(_ fields: [(String, String)]) -> Data {
    Data(fields.map { percent($0) + "=" + percent($1) }.joined(separator: "&").utf8)
}
"#;

const MULTIPART: &str = r#"
/// One part: its name, its content, the path that it was read from, its type.
func part(_ name: String, _ content: Data, _ path: String?, _ type: String?) -> Data {
    let quoted = { (text: String) in text.replacingOccurrences(of: "\"", with: "%22") }
    var head = "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(quoted(name))\""
    if let path { head += "; filename=\"\(quoted((path as NSString).lastPathComponent))\"" }
    if let type { head += "\r\nContent-Type: \(type)" }
    return Data((head + "\r\n\r\n").utf8) + content + Data("\r\n".utf8)
}
"#;

const READ: &str = r#"
func read(_ path: String) -> Data {
    guard let content = FileManager.default.contents(atPath: path) else {
        fail(1, "Failed: \(path) cannot be read")
    }
    return content
}
"#;

const READING: &str = r#"
/// What is at the path.
func get(_ reply: Any, _ path: [Any]) -> Any? {
    var found = reply
    for step in path {
        if let name = step as? String, let member = (found as? [String: Any])?[name] {
            found = member
        } else if let index = step as? Int, let elements = found as? [Any], index < elements.count {
            found = elements[index]
        } else {
            return nil
        }
    }
    return found
}

/// How many elements the array at the path has; it is shown where it has none.
func size(_ reply: Any, _ path: [Any]) -> Int {
    let size = (get(reply, path) as? [Any])?.count ?? 0
    if size == 0 { show(reply, path) }
    return size
}

/// Prints what is at the path.
func show(_ reply: Any, _ path: [Any]) {
    var label = ""
    for step in path {
        label += step is Int ? "[\(step)]" : label.isEmpty ? "\(step)" : ".\(step)"
    }
    guard let found = get(reply, path) else {
        print("\(label) = (absent)")
        return
    }
    let options: JSONSerialization.WritingOptions = [.fragmentsAllowed, .withoutEscapingSlashes]
    let written = try? JSONSerialization.data(withJSONObject: found, options: options)
    print("\(label) = \(found as? String ?? String(decoding: written ?? Data(), as: UTF8.self))")
}
"#;

const ASK: &str = r#"
/// Redirects are answers like any other.
final class Session: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}

let session = URLSession(configuration: .ephemeral, delegate: Session(), delegateQueue: nil)
let done = DispatchSemaphore(value: 0)
var content = Data()
var status = 0
var failure: Error?
session.dataTask(with: request) { data, response, error in
    content = data ?? Data()
    status = (response as? HTTPURLResponse)?.statusCode ?? 0
    failure = error
    done.signal()
}.resume()
done.wait()
if let failure {
    fail(1, "Failed: \(failure.localizedDescription)")
}
let text = String(decoding: content, as: UTF8.self)
print("Response Status Code = \(status)")
print("Response Body:")
print(text)
if status >= 400 {
    fail(1, "Failed: \(status)\n\(text)")
}
"#;

const REPLY: &str = r#"
guard let reply = try? JSONSerialization.jsonObject(with: content, options: [.fragmentsAllowed]) else {
    fail(1, "The reply is not JSON")
}
"#;

fn program(call: &Call) -> String {
    let mut code = Code::new("    ", "//");
    let names = Names::new(call, &SYNTAX);
    let reading = members::functions(READING, call);
    code.opening(call, "Needs Swift 5.7 or later, and no packages", LANGUAGE.run);
    code.line("");
    code.lines("import Foundation\n#if canImport(FoundationNetworking)\nimport FoundationNetworking\n#endif");
    let (form, multipart) =
        (matches!(call.body, Body::Form(_)), matches!(call.body, Body::Multipart(_)));
    if multipart {
        code.line("");
        code.line("let boundary = UUID().uuidString");
    }
    code.functions([
        Some(FAIL),
        (!call.variables.is_empty()).then_some(VALUE),
        call.encodes(Encoding::Json).then_some(IN_JSON),
        (form || call.encodes(Encoding::Percent)).then_some(PERCENT),
        form.then_some(FORM),
        multipart.then_some(MULTIPART),
        (multipart || matches!(call.body, Body::File(_))).then_some(READ),
        reading.as_deref(),
    ]);
    code.line("");
    code.variables(call, &names, |name, asked| format!("let {name} = value({asked})"));
    code.line("");
    request(&mut code, call, &names);
    code.line("");
    code.lines(ASK);
    code.reply(call, REPLY, &READER);
    code.finish()
}

fn request(code: &mut Code, call: &Call, names: &Names<'_>) {
    code.open(format!(
        "guard let url_ = Foundation.URL(string: {}) else {{",
        names.text(&call.url)
    ));
    code.line("fail(1, \"Failed: not a URL\")");
    code.close("}");
    code.line("var request = URLRequest(url: url_, timeoutInterval: 30)");
    code.line(format!("request.httpMethod = {}", literal::swift(&call.method)));
    for (name, value) in &call.headers {
        let name = literal::swift(name);
        code.line(format!("request.addValue({}, forHTTPHeaderField: {name})", names.text(value)));
    }
    if let Some(basic) = &call.basic {
        let pair = basic.pair();
        let encoded = format!("Data({}.utf8).base64EncodedString()", names.operand(&pair));
        code.line(format!(
            "request.setValue(\"Basic \" + {encoded}, forHTTPHeaderField: \"Authorization\")"
        ));
    }
    match &call.body {
        Body::None => {}
        Body::Raw(text) => {
            code.line(format!("request.httpBody = Data({}.utf8)", names.operand(text)))
        }
        Body::File(path) => code.line(format!("request.httpBody = read({})", names.text(path))),
        Body::Form(fields) => {
            code.open("request.httpBody = form([");
            for (name, value) in fields {
                code.line(format!("({}, {}),", names.text(name), names.text(value)));
            }
            code.close("])");
        }
        Body::Multipart(parts) => {
            code.line("request.setValue(\"multipart/form-data; boundary=\\(boundary)\", forHTTPHeaderField: \"Content-Type\")");
            code.line("var body = Data()");
            for part in parts {
                let of = part.content_type.as_deref().map_or("nil".to_owned(), literal::swift);
                let name = names.text(&part.name);
                code.line(match &part.content {
                    PartContent::Value(text) => {
                        format!(
                            "body += part({name}, Data({}.utf8), nil, {of})",
                            names.operand(text)
                        )
                    }
                    PartContent::File(path) => {
                        let path = names.text(path);
                        format!("body += part({name}, read({path}), {path}, {of})")
                    }
                });
            }
            code.line("body += Data(\"--\\(boundary)--\\r\\n\".utf8)");
            code.line("request.httpBody = body");
        }
    }
}
