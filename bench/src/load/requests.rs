//! Where a lane's requests come from: the same one, a set in turn, or made as they are sent.

/// Called on the load's own thread, so cheap.
pub trait Requests {
    /// Appends the bytes of request `number` of this lane.
    fn write(&mut self, connection: usize, number: u64, out: &mut Vec<u8>);

    /// What came back, for those whose next request depends on it.
    fn answered(&mut self, _connection: usize, _body: &[u8]) {}
}

impl<R: Requests + ?Sized> Requests for &mut R {
    fn write(&mut self, connection: usize, number: u64, out: &mut Vec<u8>) {
        (**self).write(connection, number, out);
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

/// A request whose body differs in one place of fixed length: what is sent of `number` is made then.
pub struct Filled<F> {
    pub before: Vec<u8>,
    pub fill: F,
    pub after: Vec<u8>,
}

impl<F: FnMut(u64) -> String> Requests for Filled<F> {
    fn write(&mut self, _: usize, number: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.before);
        out.extend_from_slice((self.fill)(number).as_bytes());
        out.extend_from_slice(&self.after);
    }
}

impl<F: FnMut(u64) -> String> Filled<F> {
    /// `sample` holds `place` once, and every filling is as long as it.
    pub fn around(sample: &[u8], place: &str, fill: F) -> Self {
        let at = super::answer::find(sample, place.as_bytes()).expect("the place is in the sample");
        let after = sample[at + place.len()..].to_vec();
        Self { before: sample[..at].to_vec(), fill, after }
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
        let mut filled = Filled::around(b"x=00;", "00", |number| format!("{number:02}"));
        filled.write(0, 7, &mut out);
        assert_eq!(out, b"x=07;");
    }
}
