//! A wire file: prose in Markdown whose fenced blocks are a world, exchanges and movements of the clock.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub world: Option<String>,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Exchange(Exchange),
    Clock { line: usize, seconds: i64 },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The nearest heading above.
    pub title: String,
    pub request: Block,
    pub response: Block,
    /// The body is compared byte for byte even if it is JSON.
    pub exact: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Of the first line inside the fence, from 1.
    pub line: usize,
    pub text: String,
}

/// What is wrong with a file, or with an answer, and where it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub line: usize,
    pub message: String,
}

impl Problem {
    pub fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.line, self.message)
    }
}

impl Document {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut reading = Reading::default();
        let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
        while let Some((line, content)) = lines.next() {
            if content.starts_with("```") {
                let fence = content.len() - content.trim_start_matches('`').len();
                let info = content[fence..].trim();
                let block = read_block(&mut lines, line, fence)?;
                reading.block(info, line, block)?;
            } else if content.starts_with('#') {
                reading.title = content.trim_start_matches('#').trim().to_owned();
            }
        }
        reading.finish()
    }

    pub fn moves_the_clock(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Clock { .. }))
    }
}

fn read_block<'a>(
    lines: &mut impl Iterator<Item = (usize, &'a str)>,
    opened: usize,
    fence: usize,
) -> Result<Block, Problem> {
    let mut text = Vec::new();
    for (_, content) in lines {
        let ticks = content.len() - content.trim_start_matches('`').len();
        if ticks >= fence && content[ticks..].trim().is_empty() {
            return Ok(Block { line: opened + 1, text: text.join("\n") });
        }
        text.push(content);
    }
    Err(Problem::new(opened, "this block is not closed"))
}

#[derive(Default)]
struct Reading {
    title: String,
    world: Option<String>,
    steps: Vec<Step>,
    asked: Option<Block>,
}

impl Reading {
    fn block(&mut self, info: &str, line: usize, block: Block) -> Result<(), Problem> {
        let mut words = info.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some("toml"), Some("world"), None) => self.world(line, block),
            (Some("http"), Some("request"), None) => self.request(block),
            (Some("http"), Some("response"), None) => self.response(line, block, false),
            (Some("http"), Some("response"), Some("exact")) => self.response(line, block, true),
            (Some("clock"), amount, None) => self.clock(line, amount, &block),
            (Some("http" | "clock"), ..) | (Some("toml"), Some(_), _) => {
                Err(Problem::new(line, format!("unknown kind of block: {info}")))
            }
            // Anything else is for the reader.
            _ => Ok(()),
        }
    }

    fn world(&mut self, line: usize, block: Block) -> Result<(), Problem> {
        if self.world.is_some() || self.asked.is_some() || !self.steps.is_empty() {
            return Err(Problem::new(line, "one world, before the first exchange"));
        }
        self.world = Some(block.text);
        Ok(())
    }

    fn request(&mut self, block: Block) -> Result<(), Problem> {
        self.nothing_pending()?;
        self.asked = Some(block);
        Ok(())
    }

    fn response(&mut self, line: usize, response: Block, exact: bool) -> Result<(), Problem> {
        let request =
            self.asked.take().ok_or_else(|| Problem::new(line, "a response without a request"))?;
        let title = self.title.clone();
        self.steps.push(Step::Exchange(Exchange { title, request, response, exact }));
        Ok(())
    }

    fn clock(&mut self, line: usize, amount: Option<&str>, block: &Block) -> Result<(), Problem> {
        self.nothing_pending()?;
        let amount = amount.unwrap_or(block.text.trim());
        let seconds = amount.strip_prefix('+').and_then(|digits| digits.parse().ok());
        let seconds =
            seconds.ok_or_else(|| Problem::new(line, format!("not +SECONDS: {amount:?}")))?;
        self.steps.push(Step::Clock { line, seconds });
        Ok(())
    }

    fn nothing_pending(&self) -> Result<(), Problem> {
        match &self.asked {
            Some(request) => Err(Problem::new(request.line, "a request without a response")),
            None => Ok(()),
        }
    }

    fn finish(self) -> Result<Document, Problem> {
        self.nothing_pending()?;
        if !self.steps.iter().any(|step| matches!(step, Step::Exchange(_))) {
            return Err(Problem::new(1, "no exchange in this file"));
        }
        Ok(Document { world: self.world, steps: self.steps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# T\n\n```toml world\n[[tenant]]\n```\n\n## Asks\n\n```http request\nGET /a\n```\n\
        prose\n```sh\ncurl\n```\n```http response exact\nHTTP/1.1 200\n\n{}\n```\n```clock +60\n```\n";

    #[test]
    fn world_exchange_and_clock_are_read_with_their_lines() {
        let document = Document::parse(FILE).expect("parse");
        assert_eq!(document.world.as_deref(), Some("[[tenant]]"));
        assert!(document.moves_the_clock());
        let [Step::Exchange(exchange), Step::Clock { line: 21, seconds: 60 }] =
            document.steps.as_slice()
        else {
            panic!("{:?}", document.steps)
        };
        assert_eq!(exchange.title, "Asks");
        assert_eq!(exchange.request, Block { line: 10, text: "GET /a".to_owned() });
        assert_eq!((exchange.response.line, exchange.exact), (17, true));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_line() {
        let exchange = "```http request\nGET /\n```\n```http response\nHTTP/1.1 200\n```\n";
        for (text, line) in [
            ("prose only\n".to_owned(), 1),
            ("```http request\nGET /\n```\n".to_owned(), 2),
            ("x\n```http response\nHTTP/1.1 200\n```\n".to_owned(), 2),
            ("```http reqest\nGET /\n```\n".to_owned(), 1),
            ("```toml wrold\n```\n".to_owned(), 1),
            ("```http request\nGET /\n".to_owned(), 1),
            (format!("{exchange}```toml world\n```\n"), 7),
            (format!("{exchange}```clock 60\n```\n"), 7),
            (format!("```http request\nGET /\n```\n{exchange}"), 2),
        ] {
            let problem = Document::parse(&text).expect_err(&text);
            assert_eq!(problem.line, line, "{text}: {problem}");
        }
    }
}
