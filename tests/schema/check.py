#!/usr/bin/env python3
# Job files against the JSON Schema, read as Rota reads them: YAML 1.2 core rules, text where a key stands.
"""Says of each file whether a schema takes it.

usage: check.py SCHEMA FILE...    prints "good FILE", "bad FILE PLACE: MESSAGE" or "unreadable FILE: MESSAGE"
Exit 3: the validator itself is not there; 4: the schema is none.
"""
import re
import sys

try:
    import json

    import jsonschema
    import yaml
except ImportError as missing:
    sys.exit(print(f"{missing}: install python3-jsonschema and python3-yaml "
                   "(packaging/install-deps test)", file=sys.stderr) or 3)


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema in place of PyYAML's 1.1: `no` is text, `010` is ten, `1:30` is text."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
     "-+0123456789."),
    ("null", r"null|Null|NULL|~|", "nN~"),
    ("merge", r"<<", "<"),
]:
    expression = re.compile(rf"^(?:{pattern})$")
    for letter in [*first, *([""] if tag == "null" else [])]:
        Core.yaml_implicit_resolvers.setdefault(letter, []).append((f"tag:yaml.org,2002:{tag}", expression))


def whole(loader, node):
    text = loader.construct_scalar(node)
    return int(text[2:], 8) if text.startswith("0o") else int(text, 16) if text.startswith("0x") else int(text)


def with_text_keys(loader, node):
    """Keys are text whatever they look like, as in Rota: a map whose keys are `1` and `true` has two texts."""
    loader.flatten_mapping(node)
    return {key.value: loader.construct_object(value, deep=True) for key, value in node.value}


Core.add_constructor("tag:yaml.org,2002:int", whole)
Core.add_constructor("tag:yaml.org,2002:map", with_text_keys)


def verdict(validator, path):
    try:
        with open(path, encoding="utf-8", newline="") as file:
            content = yaml.load(file, Core)
    except (yaml.YAMLError, UnicodeError, ValueError, AttributeError, TypeError, RecursionError) as error:
        return f"unreadable {path}: {' '.join(str(error).split())}"
    found = min(validator.iter_errors(content), key=lambda e: -len(e.absolute_path), default=None)
    if found is None:
        return f"good {path}"
    return f"bad {path} {'.'.join(map(str, found.absolute_path)) or '(file)'}: {found.message[:160]!r}"


def main():
    if sys.argv[1] == "-":
        schema = json.load(sys.stdin)
    else:
        with open(sys.argv[1], encoding="utf-8") as file:
            schema = json.load(file)
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        print(f"the schema is none: {error.message}", file=sys.stderr)
        return 4
    validator = jsonschema.Draft202012Validator(schema)
    for path in sys.argv[2:]:
        print(verdict(validator, path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
