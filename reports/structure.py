"""A value against a JSON schema: the part of the language that schema.json uses, and decoding of floats by it.

jsonschema is a test dependency; the tests compare the two.
"""

from collections.abc import Iterator, Mapping
from typing import Any

REAL = "#/$defs/real"
_FLOATS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def problems(value: Any, schema: Mapping[str, Any]) -> list[str]:
    """Return where `value` contradicts the schema, as "place: what"; nothing if it obeys."""
    return list(_problems(value, schema, schema, ""))


def _problems(value: Any, rule: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[str]:
    where = place or "top"
    if "$ref" in rule:
        yield from _problems(value, _resolved(rule, root), root, place)
    if "const" in rule and (value != rule["const"] or type(value) is not type(rule["const"])):
        yield f"{where}: must be {rule['const']!r}, got {value!r:.80}"
    if "enum" in rule and value not in rule["enum"]:
        yield f"{where}: must be one of {', '.join(rule['enum'])}, got {value!r:.80}"
    if "anyOf" in rule and all(any(_problems(value, branch, root, place)) for branch in rule["anyOf"]):
        yield f"{where}: fits no form, got {value!r:.80}"
    if "type" in rule and not any(_is(value, name) for name in _listed(rule["type"])):
        yield f"{where}: must be {' or '.join(_listed(rule['type']))}, got {value!r:.80}"
        return
    if "minimum" in rule and value < rule["minimum"]:
        yield f"{where}: must be at least {rule['minimum']}, got {value}"
    yield from _inside(value, rule, root, place)


def _inside(value: Any, rule: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[str]:
    if isinstance(value, list) and "items" in rule:
        for index, entry in enumerate(value):
            yield from _problems(entry, rule["items"], root, f"{place}/{index}")
    if isinstance(value, dict):
        known, more = rule.get("properties", {}), rule.get("additionalProperties", True)
        yield from (f"{place or 'top'}: {name!r} is missing" for name in rule.get("required", ()) if name not in value)
        for name, entry in value.items():
            if name in known:
                yield from _problems(entry, known[name], root, f"{place}/{name}")
            elif more is False:
                yield f"{place or 'top'}: {name!r} is not a field"
            elif isinstance(more, Mapping):
                yield from _problems(entry, more, root, f"{place}/{name}")


def _resolved(rule: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    return root["$defs"][rule["$ref"].removeprefix("#/$defs/")]


def _listed(names: Any) -> list[str]:
    return [names] if isinstance(names, str) else names


def _is(value: Any, name: str) -> bool:
    kinds: Any = {"string": str, "object": dict, "array": list, "boolean": bool, "null": type(None)}
    if name in ("integer", "number"):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole or (isinstance(value, float) and (name == "number" or value.is_integer()))
    return isinstance(value, kinds[name])


def decoded(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return a valid value with the words for non-finite floats replaced by floats, where the schema says `real`."""
    return _decoded(value, schema, schema)


def _decoded(value: Any, rule: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    if rule.get("$ref") == REAL:
        return _FLOATS.get(value, value) if isinstance(value, str) else value
    if "$ref" in rule:
        return _decoded(value, _resolved(rule, root), root)
    if "anyOf" in rule:
        branch = next(b for b in rule["anyOf"] if not any(_problems(value, b, root, "")))
        return _decoded(value, branch, root)
    if isinstance(value, list) and "items" in rule:
        return [_decoded(entry, rule["items"], root) for entry in value]
    if isinstance(value, dict):
        known, more = rule.get("properties", {}), rule.get("additionalProperties", {})
        return {name: _decoded(entry, known.get(name, more), root) for name, entry in value.items()}
    return value
