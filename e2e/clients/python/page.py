"""Runs a Chilkat page's program with its host and blanks filled in, and keeps what it read."""

import contextlib
import io
import pathlib

import chilkat2

PAGES = pathlib.Path(__file__).resolve().parent.parent / "seeds" / "salesforce"
HOST = "https://login.salesforce.com"


class Ran:
    """The program's variables, what it printed, and the members of the reply in their order.

    `status` is None where it got no reply."""

    def __init__(self, names, output, stopped):
        self.names, self.output, self.stopped = names, output, stopped
        self.status, self.members = names.get("respStatusCode"), []
        if self.status is not None:
            reply = names["jResp"]
            self.members = [reply.NameAt(i) for i in range(reply.Size)]

    def __getitem__(self, name):
        if name not in self.names:
            raise SystemExit(f"the program ended before it set {name}:\n{self.output}")
        return self.names[name]

    def texts(self, array):
        """An array of the reply, read the way the program reads it."""
        reply = self.names["jResp"]
        texts = []
        for reply.I in range(reply.SizeOfArray(array)):
            texts.append(reply.StringOf(f"{array}[i]"))
        return texts


def run(stage, name, blanks):
    """`blanks`: what stands in the program, and what is put there."""
    source = (PAGES / name).read_text()
    for blank, value in [(HOST, stage["url"]), ("{{site}}", stage["site"]), *blanks]:
        if blank not in source:
            raise SystemExit(f"{name} holds no {blank}")
        source = source.replace(blank, value)
    # As the program's comment says: "assumes the Chilkat API to have been previously unlocked".
    if not chilkat2.Global().UnlockBundle("Anything for 30-day trial"):
        raise SystemExit("Chilkat is not unlocked")
    names, output, stopped = {"__name__": "__main__"}, io.StringIO(), False
    with contextlib.redirect_stdout(output):
        try:
            exec(compile(source, name, "exec"), names)
        except SystemExit:
            stopped = True
    return Ran(names, output.getvalue(), stopped)
