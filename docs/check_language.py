"""What a translator still has to do: `python docs/check_language.py de` lists it, and says nothing where all is done.

It reads the words that Python and the page share, those of Python alone, the page's sentences (by Node) and the tour,
compared with the English: what is missing, what is left over, what is still said in English, what a sentence does not
fill in, and every step whose picture, exercise or widget is another one.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pellucid.lessons import TOUR, compile_lesson
from pellucid.words import ALONE, DEFAULT, FOLDER

WEB = Path(__file__).parents[1] / "web"
OPEN = ("titles", "labels", "measures", "errors", "refusals")
"""Parts in which English has few words of its own or none, since what it says stands in the graph or in the error."""

PLACE = re.compile(r"\{\w*\}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", help="its short name, such as de: the name of its files and of its folder")
    language = parser.parse_args().language
    found = [*shared(language), *alone(language), *page(language), *tour(language)]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


def shared(language: str) -> Iterator[str]:
    """English titles are the graph's own: what any language has a word for, every other needs one for."""
    others = [path for path in FOLDER.glob("*.json") if path.stem not in (DEFAULT, language)]
    needed = read(FOLDER / f"{DEFAULT}.json")
    for other in map(read, others):
        for part, words in other.items():
            if isinstance(words, dict) and part != "errors":
                needed[part] = {**dict.fromkeys(words), **needed[part]}
    yield from differences(FOLDER / f"{language}.json", needed)


def alone(language: str) -> Iterator[str]:
    others = [read(path) for path in ALONE.glob("*.json") if path.stem not in (DEFAULT, language)]
    needed = read(ALONE / f"{DEFAULT}.json")
    needed["refusals"] = {code: None for other in others for code in other["refusals"]}
    yield from differences(ALONE / f"{language}.json", needed)


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def differences(path: Path, needed: Mapping[str, Any]) -> Iterator[str]:
    if not path.exists():
        yield f"{path}: there is no such file: copy {path.with_stem(DEFAULT)} and translate what it says."
        return
    ours, english = dict(flat(read(path))), dict(flat(needed))
    for name in english:
        if name not in ours:
            yield f"{path}: {name} is missing."
    for name in ours:
        if name not in english and name.partition(".")[0] not in OPEN:
            yield f"{path}: {name} is said by nobody: the English has no such entry."
    for name in (name for name in english if name in ours):
        wanted = PLACE.findall(english[name] or "")
        if english[name] is not None and "{}" not in wanted and sorted(wanted) != sorted(PLACE.findall(ours[name])):
            yield f"{path}: {name} does not fill in what the English does: {', '.join(wanted) or 'nothing'}."


def flat(words: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, word in words.items():
        if isinstance(word, Mapping):
            yield from flat(word, f"{before}{name}.")
        else:
            yield f"{before}{name}", word


def page(language: str) -> Iterator[str]:
    """The page's sentences are functions where something is counted, so that Node compares them."""
    path = WEB / "src" / "words" / f"{language}.ts"
    if not path.exists():
        yield f"{path}: there is no such file: it says what en.ts beside it says."
        return
    asked = ["node", "compare-words.js", language]
    done = subprocess.run(asked, cwd=WEB, check=True, capture_output=True, text=True)
    yield from (f"{path}: {line}" for line in done.stdout.splitlines())


def tour(language: str) -> Iterator[str]:
    folder = TOUR / language
    if not folder.is_dir():
        yield f"{folder}: there is no such folder: it has a file of the same name for each of {TOUR / DEFAULT}."
        return
    lesson = compile_lesson(TOUR)
    yield from (str(problem) for problem in lesson.problems if folder in problem.path.parents)


if __name__ == "__main__":
    sys.exit(main())
