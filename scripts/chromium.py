"""Choose the Chromium that is driven here: the machine's, if it works, or a fetched one.

Which one it is stands in `.tools/chromium`. `scripts/setup e2e` runs this.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
import os
from pathlib import Path
import platform
import shlex
import shutil
import signal
import subprocess
import sys

from playwright.async_api import Browser, Error, async_playwright

ROOT = Path(__file__).resolve().parent.parent
CHOICE = ROOT / ".tools" / "chromium"
DOWNLOADS = ROOT / ".tools" / "playwright"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHELL = "chromium-headless-shell"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
START_MILLISECONDS = 20_000
# a closed network may let a connection hang instead of refusing it
REACH_SECONDS = 10


class NoChromium(Exception):
    """There is no Chromium that works, and what to do about it."""


@asynccontextmanager
async def launch(path: str) -> AsyncIterator[Browser]:
    """Return a Chromium that runs as long as the context."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=FLAGS, timeout=START_MILLISECONDS
        )
        try:
            yield browser
        finally:
            await browser.close()


async def works(path: str) -> bool:
    """Whether it draws a page. Without fonts or all of its libraries, none does."""
    try:
        async with launch(path) as browser:
            page = await browser.new_page()
            await page.set_content("A page")
            await page.screenshot()
    except Error:
        print(f"{path} does not work here", file=sys.stderr)
        return False
    return True


async def first_that_works(paths: Iterable[str]) -> str | None:
    """Return the first that does."""
    for path in paths:
        if await works(path):
            return path
    return None


def installed() -> list[str]:
    """Return each Chromium on `PATH`. In Ubuntu it may be a script that names a snap."""
    return [path for name in NAMES if (path := shutil.which(name))]


def downloaded() -> list[str]:
    """Return the Chromium that Playwright has downloaded, if it has."""
    return [str(path) for path in DOWNLOADS.glob("*/*/chrome-headless-shell")]


async def download() -> None:
    """Have Playwright download its Chromium, unless it has or cannot reach it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "playwright", "install", SHELL),
        env={**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(DOWNLOADS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(REACH_SECONDS) as limit:
            async for line in process.stdout:
                if b"% of" in line:
                    limit.reschedule(None)
            await process.wait()
    except TimeoutError:
        pass
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    if not downloaded():
        print("Playwright's own could not be downloaded", file=sys.stderr)


def install() -> None:
    """Install what a Chromium needs from the packages of this machine.

    Raises:
        NoChromium: its packages have none that can be installed here.
    """
    if shutil.which("apt-get") is None:
        raise NoChromium("Install Chromium or Google Chrome")
    if platform.freedesktop_os_release()["ID"] != "ubuntu":
        packages = ("chromium", "fonts-liberation")
        if not _run(ROOT / "scripts" / "system-packages", *packages):
            # it has said why
            sys.exit(1)
    elif not downloaded():
        # without its store, the snap's package waits for half an hour
        raise NoChromium(
            "Ubuntu's own is a snap, which tests cannot drive. Install Google Chrome,"
            " or let this machine reach Playwright's downloads"
        )
    else:
        libraries = (sys.executable, "-m", "playwright", "install-deps", SHELL)
        sudo = () if os.geteuid() == 0 else ("sudo", "-n")
        if not _run(*sudo, "env", "DEBIAN_FRONTEND=noninteractive", *libraries):
            raise NoChromium(
                f"Playwright's lacks libraries; run: sudo {shlex.join(libraries)}"
            )


async def choose() -> str:
    """Return a Chromium that works, from the first of three sources that has one.

    Raises:
        NoChromium: none has.
    """
    if path := await first_that_works(installed()):
        return path
    print("Getting a Chromium", file=sys.stderr)
    await download()
    if path := await first_that_works(downloaded()):
        return path
    install()
    if path := await first_that_works([*installed(), *downloaded()]):
        return path
    raise NoChromium("Install another Chromium, or Google Chrome")


def _run(*command: str | Path) -> bool:
    """Whether a command is there and succeeds."""
    try:
        return subprocess.run(command, check=False).returncode == 0
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    try:
        path = asyncio.run(choose())
        CHOICE.parent.mkdir(exist_ok=True)
        CHOICE.write_text(path)
    except NoChromium as error:
        sys.exit(
            f"scripts/setup: no Chromium works here. {error}, then run this again."
        )
