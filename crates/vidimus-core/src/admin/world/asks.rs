//! Questions that only the first answers raise, for any tenant. Every turn of the decision asks them
//! in the same order, so an answer is known by its place.

use crate::facts::{Facts, Needs, TenantRef};

pub struct Asks<'a> {
    asked: Vec<(TenantRef, Needs)>,
    answers: &'a [Facts],
}

impl<'a> Asks<'a> {
    pub const fn new(answers: &'a [Facts]) -> Self {
        Self { asked: Vec::new(), answers }
    }

    /// `None`: not answered yet.
    pub fn ask(&mut self, tenant: TenantRef, needs: Needs) -> Option<&'a Facts> {
        let at = self.asked.len();
        self.asked.push((tenant, needs));
        self.answers.get(at)
    }

    pub const fn are_answered(&self) -> bool {
        self.asked.len() <= self.answers.len()
    }

    pub fn unanswered(mut self) -> Vec<(TenantRef, Needs)> {
        self.asked.split_off(self.answers.len().min(self.asked.len()))
    }
}
