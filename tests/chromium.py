"""Finds a Chromium for the browser tests, or installs one: `python tests/chromium.py`.

It may be any Chromium that Playwright can drive. PELLUCID_CHROMIUM names one; otherwise the system's is taken, else the
one that Playwright downloads for itself.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS_APPLICATION = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

# Software rendering draws the same picture on every machine; the rest keeps the browser from calling home.
ARGUMENTS = [
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
if IS_ROOT:
    ARGUMENTS.append("--no-sandbox")  # Chromium's sandbox refuses to start for root


def find() -> str | None:
    """The path of a Chromium, or None."""
    if named := os.environ.get("PELLUCID_CHROMIUM"):
        if not shutil.which(named):
            sys.exit(f"PELLUCID_CHROMIUM is {named}, which is not a program: name a Chromium, or unset it.")
        return named
    candidates = [shutil.which(name) for name in SYSTEM_NAMES]
    candidates += [str(path) for path in (MACOS_APPLICATION, playwrights_own()) if path.exists()]
    return next((path for path in candidates if path and starts(path)), None)


def playwrights_own() -> Path:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def starts(path: str) -> bool:
    """Ubuntu's /usr/bin/chromium-browser can be a stub that only tells where to get the real one."""
    return subprocess.run([path, "--version"], capture_output=True, check=False, timeout=60).returncode == 0


def install() -> None:
    """Debian's package where that is possible, else Playwright's download."""
    if IS_ROOT and is_debian() and shutil.which("apt-get"):
        commands = [["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]]
    else:
        commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    for command in commands:
        print("No Chromium found:", *command, flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=quiet)


def is_debian() -> bool:
    """Ubuntu has apt-get too, but its chromium package is a snap, which a container cannot install."""
    return sys.platform == "linux" and platform.freedesktop_os_release().get("ID") == "debian"


if __name__ == "__main__":
    if not find():
        install()
    if path := find():
        print(f"The browser tests drive {path}.")
    else:
        print("There is no Chromium here and none could be installed (see above): the browser tests will be skipped.")
        print("Install Chromium or Google Chrome, or set PELLUCID_CHROMIUM to the path of one, and run this again.")
