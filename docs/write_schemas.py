"""Writes what follows from the declarations in src/pellucid/serve/protocol: their JSON Schemas, and the page's types.

python docs/write_schemas.py            write docs/schemas/*.json and the files in web/src/protocol
python docs/write_schemas.py --check    say which of them do not follow the declarations, and fail

Each schema says its version, a whole number that grows with every change of what travels; what is said in words may
change without. docs/schemas/versions.json keeps what each version was made of, so that a change is noticed.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, get_origin

import msgspec

from pellucid.serve.protocol import answers, compiled, lessons

ROOT = Path(__file__).parents[1]
SCHEMAS = ROOT / "docs" / "schemas"
VERSIONS = SCHEMAS / "versions.json"
TYPES = ROOT / "web" / "src" / "protocol"
WIDTH = 120
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Write the files; with --check, compare them."""
    stale = [path for path, text in files() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT)} does not follow the declarations: run python docs/write_schemas.py")
        return 1 if stale else 0
    for path, text in files():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


def files() -> Iterator[tuple[Path, str]]:
    """Every file that follows from the declarations, with its text."""
    versions = json.loads(VERSIONS.read_text(encoding="utf-8"))
    for module, types in ((answers, "types"), (lessons, "lessons"), (compiled, "compiled")):
        schema = schema_of(module)
        versions[types] = versioned(schema, versions[types])
        said = {"$schema": DIALECT, "title": schema["title"], "version": versions[types]["version"]}
        yield SCHEMAS / f"{types}.json", as_text({**said, **schema})
        yield TYPES / f"{types}.ts", typescript(module, schema)
    yield VERSIONS, as_text(versions)


def as_text(content: Schema) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def versioned(schema: Schema, known: Schema) -> Schema:
    """The version of a schema, given the last one that is known: the same, or the next if what travels has changed."""
    digest = hashlib.sha256(json.dumps(unworded(schema), sort_keys=True).encode()).hexdigest()
    return known if digest == known["sha256"] else {"version": known["version"] + 1, "sha256": digest}


def worded(part: Any) -> Any:
    """A schema whose descriptions are indented by nothing: older releases of msgspec leave docstrings as they are."""
    if isinstance(part, list):
        return [worded(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: cleandoc(value) if key == "description" and isinstance(value, str) else worded(value)
        for key, value in part.items()
    }


def unworded(part: Any, names: bool = False) -> Any:
    """A schema without what it says in words. `names`: the keys of this part are names, not the schema's own words."""
    if isinstance(part, list):
        return [unworded(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: unworded(value, key in ("properties", "$defs"))
        for key, value in part.items()
        if names or key not in ("description", "title")
    }


# JSON Schema.


def schema_of(module: ModuleType) -> Schema:
    """All declarations of a module as `$defs`, in their order there; types that have a name stand there once, too."""
    named = {name: value for name, value in vars(module).items() if get_origin(value) is Annotated}
    schemas, structs = msgspec.json.schema_components([*module.ANSWERS, *named.values()], ref_template="#/$defs/{name}")
    schemas, structs = worded(schemas), worded(structs)
    found = {**structs, **dict(zip(named, schemas[len(module.ANSWERS) :], strict=True))}
    definitions = {name: inside(schema, found) for name, schema in found.items()}
    nodes = [without(schema, "title") for name, schema in definitions.items() if name.startswith("Rule_")]
    if nodes:
        definitions["Rule"]["anyOf"] = nodes
    order = [name for name in vars(module) if name in definitions]
    return {
        "$schema": DIALECT,
        "title": first_line(module),
        "anyOf": [{"$ref": f"#/$defs/{answer.__name__}"} for answer in module.ANSWERS],
        "$defs": {name: definitions[name] for name in order},
    }


def inside(schema: Schema, named: Mapping[str, Schema]) -> Schema:
    return {key: hoisted(value, named) for key, value in schema.items()}


def hoisted(schema: Any, named: Mapping[str, Schema]) -> Any:
    """The schema, in which a reference and what is said of this very place stand for a type that has a name."""
    if isinstance(schema, list):
        return [hoisted(part, named) for part in schema]
    if not isinstance(schema, dict):
        return schema
    name = schema.get("title")
    if not isinstance(name, str) or name not in named:
        return inside(schema, named)
    said = schema.get("description")
    own = {"description": said} if said and said != named[name].get("description") else {}
    return {**own, "$ref": f"#/$defs/{name}"}


def without(schema: Schema, key: str) -> Schema:
    return {name: value for name, value in schema.items() if name != key}


def first_line(module: ModuleType) -> str:
    return (module.__doc__ or "").splitlines()[0]


# TypeScript, as prettier would have it.


def typescript(module: ModuleType, schema: Schema) -> str:
    """The types of all definitions."""
    name = module.__name__.rpartition(".")[2]
    head = (
        f"/**\n * {first_line(module)}\n"
        f" * Made by docs/write_schemas.py from src/pellucid/serve/protocol/{name}.py: change it there.\n */\n"
    )
    return "\n".join([head, *(declaration(name, one) for name, one in schema["$defs"].items())])


def declaration(name: str, schema: Schema) -> str:
    comment = comment_of(schema, "")
    if schema.get("type") != "object":
        return f"{comment}{alias(name, schema)}\n"
    fields = []
    for key, value in schema["properties"].items():
        mark = "" if key in schema["required"] else "?"
        fields.append(f"{comment_of(value, '  ')}  {key}{mark}: {type_of(value)}\n")
    return f"{comment}export interface {name} {{\n{''.join(fields)}}}\n"


def alias(name: str, schema: Schema) -> str:
    """On one line where it fits."""
    line = f"export type {name} = {type_of(schema)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"export type {name} =", *(f"  | {option}" for option in options(schema))])


def comment_of(schema: Schema, indent: str) -> str:
    text = schema.get("description", "")
    if not text:
        return ""
    if len(f"{indent}/** {text} */") <= WIDTH:
        return f"{indent}/** {text} */\n"
    lines = [""]
    for word in text.split():
        if len(f"{indent} * {lines[-1]} {word}") > WIDTH:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "".join([f"{indent}/**\n", *(f"{indent} * {line}\n" for line in lines), f"{indent} */\n"])


def type_of(schema: Schema) -> str:
    return " | ".join(options(schema))


def options(schema: Schema) -> list[str]:
    """The types, any of which it may be."""
    if "tsType" in schema:
        return [schema["tsType"]]
    if "$ref" in schema:
        return [schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return any_of(schema["anyOf"])
    if "enum" in schema:
        return [quoted(value) for value in schema["enum"]]
    match schema.get("type"):
        case "array" if "prefixItems" in schema:
            return [tuple_of(schema)]
        case "array":
            item = type_of(schema["items"])
            return [f"({item})[]" if " | " in item else f"{item}[]"]
        case "object":
            values = schema.get("additionalProperties")
            return [f"Record<string, {type_of(values) if isinstance(values, dict) and values else 'unknown'}>"]
        case "integer" | "number":
            return ["number"]
        case None:
            return ["unknown"]
        case plain:
            return [str(plain)]


def any_of(parts: list[Schema]) -> list[str]:
    """Lists that differ in their first word alone are one type with any of these words; null comes last."""
    found: dict[str, list[str]] = {}
    for part in parts:
        first, rest = named_list(part)
        for option in options(part) if rest is None else [""]:
            found.setdefault(option if rest is None else f"[]{rest}", []).append(first)
    types = [f"[{' | '.join(words)}{key.removeprefix('[]')}]" if words[0] else key for key, words in found.items()]
    return sorted(types, key=lambda one: one == "null")


def named_list(schema: Schema) -> tuple[str, str | None]:
    """The word that a list begins with, and the types of the rest; None where it is something else."""
    items = schema.get("prefixItems", [])
    if not items or "enum" not in items[0]:
        return "", None
    return type_of(items[0]), tuple_of(schema).removeprefix(f"[{type_of(items[0])}").removesuffix("]")


def tuple_of(schema: Schema) -> str:
    items = schema["prefixItems"]
    least = schema.get("minItems", len(items))
    return f"[{', '.join(type_of(item) if place < least else optional(item) for place, item in enumerate(items))}]"


def optional(schema: Schema) -> str:
    found = type_of(schema)
    return f"({found})?" if " | " in found else f"{found}?"


def quoted(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
