"""Record ``ssemble demo`` on a terminal, as a picture: ``python -m benchmarks.demo_picture`` writes src/demo.svg.

Rich draws what the terminal shows. Each row appears when it was printed; a viewer without animation shows all.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from io import StringIO

from rich.console import Console
from rich.text import Text

from tests.rooms import ROOT

PLACE = ROOT / "src" / "demo.svg"
COMMAND = ["demo", "--seed", "3"]
COLUMNS = 100
ENVIRONMENT = {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "NO_COLOR": "", "PYTHONPATH": str(ROOT / "src")}
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono"
HIDE = "@keyframes hide { from { opacity: 0 } to { opacity: 0 } }"


def recorded(command: list[str]) -> list[tuple[float, str]]:
    """Run the command on a terminal; return what is there after each write, with the time."""
    import pty  # not on every system

    ours, theirs = pty.openpty()
    start, shown, states = time.monotonic(), b"", []
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    env = {**os.environ, **ENVIRONMENT}
    with subprocess.Popen([sys.executable, "-m", "ssemble", *command], env=env, **streams):  # type: ignore[call-overload]  # the streams come as a dict
        os.close(theirs)
        while data := _read(ours):
            shown += data
            states.append((time.monotonic() - start, shown.decode(errors="ignore").replace("\r\n", "\n")))
    os.close(ours)
    return states


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # on Linux, the end
        return b""


def picture(states: list[tuple[float, str]], title: str) -> str:
    """Draw the last state, and hide each row until it was printed.

    Args:
        states: what the terminal shows, with times in seconds.
        title: the command.
    """
    text = [f"$ {title}\n{shown}" for _, shown in states]
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True, legacy_windows=False)
    console.print(Text.from_ansi(text[-1]))
    rows = console.export_text(clear=False).splitlines()
    svg = console.export_svg(title=title, unique_id="demo")
    delays = dict.fromkeys(range(len(rows)), states[-1][0])
    for (at, _), shown in zip(reversed(states), reversed(text), strict=True):
        console.print(Text.from_ansi(shown))
        same = zip(rows, console.export_text().splitlines(), strict=False)
        delays.update((number, at) for number, (row, now) in enumerate(same) if row == now)

    def delayed(found: re.Match[str]) -> str:
        return f'<text style="animation: hide {delays[int(found[2])]:.2f}s" {found[1]}'

    svg = re.sub(r'<text (class="demo-r\d+"[^>]*#demo-line-(\d+)\))', delayed, svg)
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code", FONT)
    return svg.replace("<style>", f"<style>\n    {HIDE}", 1)


if __name__ == "__main__":
    title = " ".join(["ssemble", *COMMAND])
    PLACE.write_text(picture(recorded(COMMAND), title), encoding="utf-8")
    print(PLACE)
