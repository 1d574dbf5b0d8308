"""Balas of a wanted size, made in pieces: the padding is shared, so that 64 packages of 64 MiB take 64 MiB."""

import json
import random
import struct
import zlib

DESCRIPTOR_UTF8 = 1 << 3 | 1 << 11
MODIFIED = (2025 - 1980) << 25 | 1 << 21 | 1 << 16  # 2025-01-01, so that equal input gives equal bytes
# About what the rest of the archive takes, so that the whole has the wanted size.
REST = 1310


class Padding:
    """Bytes that do not compress, as one deflated entry of an archive."""

    def __init__(self, size):
        data = random.Random(size).randbytes(max(size - REST, 0))
        self.crc, self.size = zlib.crc32(data), len(data)
        # Level 0: every deflater stores what does not compress.
        deflater = zlib.compressobj(0, zlib.DEFLATED, -15)
        self.deflated = deflater.compress(data) + deflater.flush()


class Bala:
    """A valid public package: its coordinates, and its bytes in pieces. Those of `locks` are in its graph; it depends
    on those of `needs`, or on all."""

    def __init__(self, name, version, padding, org="bench", locks=(), needs=None):
        self.org, self.name, self.version, self.needs = org, name, version, needs or ()
        self.file_name = f"{org}-{name}-any-{version}.bala"
        self.pieces = _archive(_files(org, name, version, locks, locks if needs is None else needs), padding)
        self.size = sum(map(len, self.pieces))

    @property
    def metadata_path(self):
        return f"/2.0/registry/packages/{self.org}/{self.name}/{self.version}"

    @property
    def file_path(self):
        return f"/files/{self.org}/{self.name}/{self.version}/{self.file_name}"


def _files(org, name, version, locks, needs):
    graph = [{"org": org, "name": name, "version": version, "dependencies": [_named(need) for need in needs]},
             *({**_named(lock), "dependencies": [_named(need) for need in lock.needs]} for lock in locks)]
    module = {"org": org, "package_name": name, "version": version, "module_name": name, "dependencies": []}
    manifest = {
        "organization": org, "name": name, "version": version, "export": [name],
        "ballerina_version": "2201.12.0", "implementation_vendor": "WSO2", "language_spec_version": "2024R1",
        "platform": "any", "graalvmCompatible": True, "template": False, "readme": "docs/README.md",
        "description": "A package of the benchmark", "licenses": ["Apache-2.0"], "keywords": ["bench"],
        "modules": [{"name": name, "export": True, "readme": "docs/README.md"}],
    }
    # A readme of 3 KB is an ordinary one, and part of the metadata.
    readme = f"# {name}\n\n" + "One of many packages that only a benchmark reads, word by word.\n" * 48
    return {
        "bala.json": json.dumps({"bala_version": "3.0.0", "built_by": "WSO2"}),
        "docs/README.md": readme,
        f"modules/{name}/main.bal": "public function main() {\n}\n",
        "package.json": json.dumps(manifest),
        "dependency-graph.json": json.dumps({"packages": graph, "modules": [module]}),
    }


def _named(bala):
    return {"org": bala.org, "name": bala.name, "version": bala.version}


def _archive(files, padding):
    """What `java.util.zip` writes: deflated entries whose sizes follow the data."""
    entries = []
    for path, text in files.items():
        data = text.encode()
        deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
        entries.append((path, deflater.compress(data) + deflater.flush(), zlib.crc32(data), len(data)))
    entries.append(("resources/padding.bin", padding.deflated, padding.crc, padding.size))
    pieces, directory, offset = [], b"", 0
    for path, deflated, crc, size in entries:
        name = path.encode()
        local = struct.pack("<4sHHHIIIIHH", b"PK\3\4", 20, DESCRIPTOR_UTF8, 8, MODIFIED, 0, 0, 0, len(name), 0)
        descriptor = struct.pack("<4sIII", b"PK\7\10", crc, len(deflated), size)
        directory += struct.pack("<4sHHHHIIIIHHHHHII", b"PK\1\2", 20, 20, DESCRIPTOR_UTF8, 8, MODIFIED, crc,
                                 len(deflated), size, len(name), 0, 0, 0, 0, 0, offset) + name
        pieces += [local + name, deflated, descriptor]
        offset += len(local) + len(name) + len(deflated) + len(descriptor)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, len(entries), len(entries), len(directory), offset, 0)
    pieces.append(directory + end)
    return _joined(pieces)


def _joined(pieces):
    """The same bytes in fewer pieces: only the large one stays apart."""
    joined = [b""]
    for piece in pieces:
        if len(piece) > 64 * 1024:
            joined += [piece, b""]
        else:
            joined[-1] += piece
    return joined
