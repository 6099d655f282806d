"""The report's page at 2,000 cases x 20 implementations: rendering, memory, size, filtering in Chromium.

    python benchmarks/report_page.py [CASES IMPLEMENTATIONS]

Rendering is measured in a process of its own, reading results.jsonl included. A filter's time runs from the
input event until the frame that shows its result is painted, beside the processor time of the page's main
thread. Each step is measured several times; slowest is back to all cases, with the matrix in view. Needs
chromium, chromedriver and selenium, and a machine that does nothing else.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tools import example_run as example

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

ROUNDS = 7
MOST_SECONDS, MOST_MEGABYTES, MOST_MILLISECONDS = 2.0, 300, 100
RENDER = """
import json, resource, sys, time
started = time.perf_counter()
from slurm_jwt_reports.render import render
from slurm_jwt_reports.stream.reader import read
(path,) = render(read(sys.argv[1]), sys.argv[2], ["html"])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": time.perf_counter() - started, "megabytes": peak}))
"""
FILTER = """
const [name, value, done] = arguments;
const field = document.getElementById("filter").elements[name];
const started = performance.now();
field.value = value;
field.dispatchEvent(new Event("input", {bubbles: true}));
requestAnimationFrame(() => {
  const painted = new MessageChannel();
  painted.port1.onmessage = () => done(performance.now() - started);
  painted.port2.postMessage(0);
});
"""
STEPS = (("show", "gap"), ("show", ""), ("q", "exp"), ("q", ""), ("topic", "exp"), ("topic", ""),
         ("with", "pyjwt:careful"), ("show", "differs"), ("with", ""), ("show", ""))  # fmt: skip


def main() -> int:
    """Measure and print; return 1 where a target is missed."""
    cases, implementations = (int(one) for one in sys.argv[1:3]) if len(sys.argv) > 2 else (2000, 20)
    with tempfile.TemporaryDirectory() as folder:
        stream = Path(folder) / "results.jsonl"
        example.write(stream, cases, implementations)
        rendered = [measure(stream, folder) for _ in range(3)]
        seconds = statistics.median(one["seconds"] for one in rendered)
        megabytes = max(one["megabytes"] for one in rendered)
        size = (Path(folder) / "index.html").stat().st_size
        print(f"{cases:,} cases x {implementations} implementations, page of {size / 1e6:.1f} MB")
        print(f"render: {seconds:.2f} s (most {MOST_SECONDS}), {megabytes:.0f} MB (most {MOST_MEGABYTES})")
        times = filtered(Path(folder) / "index.html")
    middle, worst = statistics.median(one.painted for one in times), max(one.painted for one in times)
    busy = statistics.median(one.busy for one in times)
    print(f"filter: {middle:.0f} ms median until painted (most {MOST_MILLISECONDS}), {worst:.0f} ms worst of "
          f"{len(times)}; the main thread was busy for {busy:.0f} ms")  # fmt: skip
    return int(seconds > MOST_SECONDS or megabytes > MOST_MEGABYTES or middle > MOST_MILLISECONDS)


def measure(stream: Path, folder: str) -> dict[str, float]:
    """Render once in a process of its own."""
    command = [sys.executable, "-c", RENDER, str(stream), folder]
    done = subprocess.run(command, capture_output=True, check=True)
    said: dict[str, float] = json.loads(done.stdout)
    return said


class Time(NamedTuple):
    """How long one step took, in milliseconds."""

    painted: float
    busy: float


def filtered(page: Path) -> list[Time]:
    """Time every step of filtering, with the matrix in view."""
    with tempfile.TemporaryDirectory() as profile:
        browser = started(profile)
        try:
            browser.get(page.as_uri())
            browser.execute_script("document.getElementById('filter').scrollIntoView()")
            time.sleep(1)
            browser.execute_cdp_cmd("Performance.enable", {})
            times = []
            for name, value in STEPS * ROUNDS:
                before = thread_time(browser)
                painted = browser.execute_async_script(FILTER, name, value)
                times.append(Time(painted, 1000 * (thread_time(browser) - before)))
                time.sleep(0.05)
        finally:
            browser.quit()
    for place, (name, value) in enumerate(STEPS):
        same = times[place :: len(STEPS)]
        painted, busy = (statistics.median(one) for one in zip(*same, strict=True))
        print(f"  {name}={value or '(all)'}: {painted:.0f} ms, main thread busy for {busy:.0f} ms")
    return times


def thread_time(browser: Chrome) -> float:
    """Give the processor time of the page's main thread so far, in seconds."""
    metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "ThreadTime"))


def started(profile: str) -> Chrome:
    """Start Chromium without a window."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for option in ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--window-size=1280,900",
                   "--disable-background-networking", f"--user-data-dir={profile}"):  # fmt: skip
        options.add_argument(option)
    service: Any = webdriver.ChromeService(str(shutil.which("chromedriver")))
    return webdriver.Chrome(options=options, service=service)


if __name__ == "__main__":
    sys.exit(main())
