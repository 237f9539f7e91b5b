"""What the scripts share: the stage they read from standard input, and how they say what is wrong."""

import json
import sys


class Check:
    def __init__(self):
        self.made = 0
        self.failures = []

    def same(self, what, found, wanted):
        self.holds(what, found == wanted, f"found {found!r}, wanted {wanted!r}")

    def holds(self, what, condition, shown=""):
        self.made += 1
        if not condition:
            self.failures.append(f"{what}: {shown}" if shown else what)

    def raises(self, what, kind, act):
        """The exception, or None if there was none of that kind."""
        try:
            result = act()
        except kind as raised:
            self.made += 1
            return raised
        self.holds(what, False, f"no {kind.__name__}, but {result!r}")
        return None


def run(story):
    """Ends the process: 1 if anything is not as it must be, or if nothing was checked."""
    check = Check()
    try:
        story(json.load(sys.stdin), check)
    finally:
        for failure in check.failures:
            print(failure, file=sys.stderr)
    print(f"{check.made} checks, {len(check.failures)} failed")
    sys.exit(1 if check.failures or not check.made else 0)
