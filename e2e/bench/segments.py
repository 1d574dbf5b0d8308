"""A log made longer without pushes: segments like the last one behind it."""

import hashlib
import json
import uuid


class Segments:
    """The end of the log in a folder whose last change is a release. No pod may use it meanwhile."""

    def __init__(self, log):
        last = max(log.iterdir())
        first, *_, line = last.read_text().splitlines()
        self.log, self.width = log, len(last.stem)
        self.header, self.change = json.loads(first), json.loads(line)
        self.head = hashlib.sha256(first.encode()).hexdigest()

    def release(self, name, **fields):
        """The line of a release like the last one, but for these fields. Its bala is nowhere."""
        module = self.change["modules"][0] | {"name": name}
        self.change |= {"id": str(uuid.uuid4()), "release": str(uuid.uuid4()), "name": name, "modules": [module], **fields}
        return json.dumps(self.change, separators=(",", ":"), ensure_ascii=False)

    def write(self, lines):
        """Writes a segment of these lines."""
        self.header |= {"seq": self.header["seq"] + 1, "prev": f"sha256:{self.head}",
                        "changes": ["sha256:" + hashlib.sha256(line.encode()).hexdigest() for line in lines]}
        first = json.dumps(self.header, separators=(",", ":"))
        self.head = hashlib.sha256(first.encode()).hexdigest()
        (self.log / f"{self.header['seq']:0{self.width}}.jsonl").write_text("\n".join([first, *lines]) + "\n")
