"""The demo runs as advertised."""

import json
from pathlib import Path
import signal
import subprocess
import sys
from urllib.request import Request, urlopen

from scripts.demo import DAY
from scripts.simulated_bleemeo import expected_board, read_day

ROOT = Path(__file__).resolve().parent.parent.parent
DEMO = (sys.executable, "-m", "scripts.demo")
SECONDS = 300


def test_once() -> None:
    """It prints every metric with its status, and its exit code says all is right."""
    demo = subprocess.run(
        [*DEMO, "--once"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert demo.returncode == 0, demo.stdout + demo.stderr
    lines = [line.split() for line in demo.stdout.splitlines()]
    for row in expected_board(read_day(DAY)):
        assert " ".join(row).split() in lines
    assert demo.stderr == ""


def post(command: str) -> dict[str, str]:
    """Do what a command line for curl would do, which is not on every machine."""
    shell = subprocess.run(
        ["bash", "-c", f"""curl() {{ printf '%s\\0' "$@"; }}\n{command}"""],
        capture_output=True,
        text=True,
        check=True,
    )
    option, header, address, data_option, data, end = shell.stdout.split("\0")
    assert (option, data_option, end) == ("-H", "-d", "")
    request = Request(address, data.encode(), dict([header.split(": ")]))
    with urlopen(request) as answer:
        body: dict[str, str] = json.load(answer)
    return body


def test_ends_when_told_to() -> None:
    """It says where to look and how to post, and Ctrl-C ends it without errors."""
    # a shell has what it starts in the background ignore Ctrl-C, and so would the demo
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        DEMO, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        try:
            assert demo.stdout is not None
            text = ""
            for line in demo.stdout:
                text += line
                if "Ctrl-C" in line:
                    break
            command = text[text.index("curl ") : text.index("Ctrl-C")].strip()
            assert post(command) == {"result": "changed"}
            assert post(command.replace('"status": 2', '"status": 0')) == {
                "result": "changed"
            }
            demo.send_signal(signal.SIGINT)
            _, errors = demo.communicate(timeout=SECONDS)
        finally:
            # killed, it would leave its Home Assistant behind
            demo.terminate()
    assert (demo.returncode, errors) == (0, "")
