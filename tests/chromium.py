"""Finds a Chromium for the browser tests, or installs one: `python tests/chromium.py`.

It may be any Chromium that Playwright can drive. PELLUCID_CHROMIUM names one; otherwise the system's is taken, else the
one that Playwright downloads for itself.
"""

import os
import platform
import shutil
import subprocess
import sys

from playwright.sync_api import sync_playwright

from pellucid.film.browser import STEADY

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS_APPLICATION = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0

ARGUMENTS = [*STEADY]
if IS_ROOT:
    ARGUMENTS.append("--no-sandbox")  # Chromium's sandbox refuses to start for root

PLAYWRIGHT = [sys.executable, "-m", "playwright"]


class NoBrowserError(Exception):
    """Why the browser tests cannot run here, in a sentence."""


def find() -> str:
    """The path of a Chromium that can be driven."""
    driver = subprocess.run([*PLAYWRIGHT, "--version"], capture_output=True, text=True, check=False)
    if driver.returncode:
        raise NoBrowserError(f"Playwright does not start: {driver.stderr.strip()}.")
    if named := os.environ.get("PELLUCID_CHROMIUM"):
        if not starts(named):
            raise NoBrowserError(f"PELLUCID_CHROMIUM is {named}, which does not start: name a Chromium, or unset it.")
        return named
    for path in [*SYSTEM_NAMES, MACOS_APPLICATION, playwrights_own()]:
        if starts(path):
            return shutil.which(path) or path
    raise NoBrowserError("There is no Chromium: install one, or set PELLUCID_CHROMIUM to the path of one.")


def playwrights_own() -> str:
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def starts(program: str) -> bool:
    """Being there is not enough: Ubuntu's chromium-browser can be a stub that only tells where to get the real one."""
    if not shutil.which(program):
        return False
    return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0


def install() -> None:
    """Debian's package where that is possible, else Playwright's download."""
    if IS_ROOT and is_debian() and shutil.which("apt-get"):
        # A minimal Debian lacks libatomic, which Playwright's driver needs to start.
        packages = ["chromium", "libatomic1"]
        commands = [["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", *packages]]
    else:
        commands = [[*PLAYWRIGHT, "install", "chromium"]]
    for command in commands:
        print("Installing a browser to test with:", *command, flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=quiet)


def is_debian() -> bool:
    """Ubuntu has apt-get too, but its chromium package is a snap, which a container cannot install."""
    return sys.platform == "linux" and platform.freedesktop_os_release().get("ID") == "debian"


def find_or_install() -> str:
    try:
        return find()
    except NoBrowserError:
        install()
        return find()


if __name__ == "__main__":
    try:
        print(f"The browser tests drive {find_or_install()}.")
    except NoBrowserError as error:
        print(f"The browser tests cannot run here and will be skipped. {error}")
