"""A peer as the system sees it: its start, its processor time, its memory, its end."""

import os
import signal
import subprocess
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Ended(Exception):
    """A run that cannot be counted, and why."""


class Running:
    """A peer that runs; killed when the block is left."""

    def __init__(self, command, settings, log):
        self.log = log
        with open(log, "wb") as lines:
            self.child = subprocess.Popen(
                command,
                env=os.environ | settings,
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()

    def _proc(self, name):
        return Path(f"/proc/{self.child.pid}/{name}").read_text()

    def processor(self):
        """Processor time so far in seconds, user and system, of all its threads, also of those that ended."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def peak_memory(self):
        """The most memory it ever had, in MiB."""
        line = next(x for x in self._proc("status").splitlines() if x.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024

    def must_run(self):
        """An error when it has ended already."""
        status = self.child.poll()
        if status is not None:
            lines = [x for x in self.log.read_text(errors="replace").splitlines() if x.strip()]
            raise Ended(f"ended with {status}: {(lines or ['it said nothing'])[-1].strip()}")

    def stop(self, seconds):
        """Asks it to end, and says whether it did in time."""
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            return False
