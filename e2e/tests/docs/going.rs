//! A process that ends with the test, however the test ends.

use std::path::Path;
use std::process::Child;

use vidimus_e2e::process::Leash;

pub struct Going {
    pub child: Child,
    _leash: Leash,
}

impl Going {
    /// `folder` goes with it where even this process is killed.
    pub fn hold(child: Child, folder: &Path) -> Self {
        let leash = Leash::hold(child.id(), folder).expect("leash");
        Self { child, _leash: leash }
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
