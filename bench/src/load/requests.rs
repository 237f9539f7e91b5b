//! Where a lane's requests come from: the same one, a set in turn, or made as they are sent.

/// Called on the load's own thread, so cheap.
pub trait Requests {
    /// Appends the bytes of request `number` of this lane.
    fn write(&mut self, connection: usize, number: u64, out: &mut Vec<u8>);

    /// Before a round of so many is measured: what costs too much to be done between two answers.
    fn prepare(&mut self, _count: u64) {}

    /// What came back, for those whose next request depends on it.
    fn answered(&mut self, _connection: usize, _body: &[u8]) {}
}

impl<R: Requests + ?Sized> Requests for &mut R {
    fn write(&mut self, connection: usize, number: u64, out: &mut Vec<u8>) {
        (**self).write(connection, number, out);
    }

    fn prepare(&mut self, count: u64) {
        (**self).prepare(count);
    }

    fn answered(&mut self, connection: usize, body: &[u8]) {
        (**self).answered(connection, body);
    }
}

/// Rendered before, sent in turn.
pub struct Rendered(pub Vec<Vec<u8>>);

impl Requests for Rendered {
    fn write(&mut self, _: usize, number: u64, out: &mut Vec<u8>) {
        let at = usize::try_from(number).unwrap_or(usize::MAX) % self.0.len();
        out.extend_from_slice(&self.0[at]);
    }
}

/// Rendered before, each sent once, also over several runs.
pub struct Once<'a> {
    pub rendered: &'a [Vec<u8>],
    pub sent: usize,
}

impl Requests for Once<'_> {
    fn write(&mut self, _: usize, _: u64, out: &mut Vec<u8>) {
        let next = self.rendered.get(self.sent).expect("enough requests were rendered");
        out.extend_from_slice(next);
        self.sent += 1;
    }
}

/// How many fillings are made ahead at most.
const READY_MAX: u64 = 500_000;

/// A request whose body differs in one place of fixed length. Each filling is sent once, in the order in
/// which they are made.
pub struct Filled<F> {
    before: Vec<u8>,
    fill: F,
    after: Vec<u8>,
    /// Made ahead, one behind the other.
    ready: Vec<u8>,
    used: usize,
    length: usize,
}

impl<F: FnMut() -> String> Requests for Filled<F> {
    fn write(&mut self, _: usize, _: u64, out: &mut Vec<u8>) {
        if self.used == self.ready.len() {
            self.prepare(1);
        }
        let end = self.used + self.length;
        out.extend_from_slice(&self.before);
        out.extend_from_slice(&self.ready[self.used..end]);
        out.extend_from_slice(&self.after);
        self.used = end;
    }

    fn prepare(&mut self, count: u64) {
        self.ready.drain(..self.used);
        self.used = 0;
        let there = (self.ready.len() / self.length) as u64;
        for _ in there..count.min(READY_MAX) {
            let made = (self.fill)();
            assert_eq!(made.len(), self.length, "{made}");
            self.ready.extend_from_slice(made.as_bytes());
        }
    }
}

impl<F: FnMut() -> String> Filled<F> {
    /// `sample` holds `place` once, and every filling is as long as it.
    pub fn around(sample: &[u8], place: &str, fill: F) -> Self {
        let at = super::answer::find(sample, place.as_bytes()).expect("the place is in the sample");
        let (before, after) = (sample[..at].to_vec(), sample[at + place.len()..].to_vec());
        Self { before, fill, after, ready: Vec::new(), used: 0, length: place.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rendered_ones_go_round_and_filled_ones_are_made() {
        let mut out = Vec::new();
        let mut set = Rendered(vec![b"a".to_vec(), b"b".to_vec()]);
        for number in 0..3 {
            set.write(0, number, &mut out);
        }
        assert_eq!(out, b"aba");
        out.clear();
        let mut next = 0;
        let mut filled = Filled::around(b"x=00;", "00", || {
            next += 1;
            format!("{next:02}")
        });
        filled.write(0, 0, &mut out);
        filled.prepare(3);
        for number in 0..4 {
            filled.write(0, number, &mut out);
        }
        assert_eq!(out, b"x=01;x=02;x=03;x=04;x=05;");
    }
}
