"""`./just bench`: see `run`."""

import argparse
import os
import shutil
import time
from pathlib import Path

import build
import counts
import memory
import pushes
import reads
import resolve
import search
import start
import versions
from load import Wrk
from report import Report, say
from servers import Failed, Servers, end_on_signals

PARTS = {
    "hot": reads.hot,
    "cold": reads.cold,
    "pushes": pushes.pushes,
    "publish": pushes.publish,
    "memory": memory.memory,
    "start": start.start,
    "search": search.search,
    "resolve": resolve.resolve,
    "versions": versions.versions,
    "build": build.build,
    # Last: the pod that is counted while it is quiet was started first.
    "counts": counts.counts,
}


class Bench:
    """What every part uses."""

    def __init__(self, args, folder):
        self.folder, self.report = folder, Report()
        self.servers, self.wrk = Servers(args, folder), Wrk(args.wrk)


def main():
    parser = argparse.ArgumentParser(prog="e2e/bench/run", description="Speed of Barre beside its peers, as ratios.")
    for name in ("registry", "versitygw", "nginx", "wrk", "docker-registry", "cache"):
        parser.add_argument(f"--{name}", required=True, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    args = parser.parse_args()
    unknown = set(args.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    end_on_signals()
    # Of a run that was killed; the lock that `run` holds says that none goes on.
    for left in args.cache.glob("run-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = args.cache / f"run-{os.getpid()}"
    folder.mkdir()
    failed, bench = None, None
    began, load = time.monotonic(), os.getloadavg()[0]
    try:
        bench = Bench(args, folder)
        parts = [name for name in PARTS if not args.parts or name in args.parts]
        if "counts" in parts:
            bench.quiet = counts.Quiet(bench)
        for name in parts:
            PARTS[name](bench)
    except Failed as failure:
        failed = failure
    finally:
        if bench:
            bench.servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if bench:
        report = (f"Barre beside its peers, on {os.cpu_count()} processors that servers and clients share; load before it "
                  f"{load:.1f}\n{bench.report.text()}\n\n{bench.report.missed()} aims missed")
        (args.cache / "report.md").write_text(report + "\n")
        print(report)
    if failed:
        raise SystemExit(f"bench: {failed}")
    say(f"{time.monotonic() - began:.0f} s; the report is also in {args.cache / 'report.md'}")


main()
