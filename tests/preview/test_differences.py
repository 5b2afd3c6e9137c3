"""What a preview says of a change: paths, values, lines of a script; never a secret."""

from preview.differences import MOST_LINES, SECRET_MARK, UNKNOWN, differences, steps

SECRET = {SECRET_MARK: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}


def test_values_before_and_after() -> None:
    assert differences(["shape"], {"shape": "small"}, {"shape": "large"}) == ('shape: "small" → "large"',)


def test_values_deep_inside() -> None:
    old = {"details": [{"labels": {"example.test/colour": "red"}}]}
    new = {"details": [{"labels": {"example.test/colour": "green"}}]}
    path = 'details[0].labels["example.test/colour"]'
    assert differences([path], old, new) == (f'{path}: "red" → "green"',)


def test_what_comes_and_what_goes() -> None:
    assert differences(["a", "b"], {"a": 1}, {"b": 2}) == ("a: 1 → nothing", "b: nothing → 2")


def test_a_text_is_shown_by_its_changed_lines() -> None:
    old, new = "one\ntwo\nthree\n", "one\n2\nthree\n"
    assert differences(["create"], {"create": old}, {"create": new}) == ("create:", "  - two", "  + 2")


def test_what_changes_alike_is_shown_once() -> None:
    old, new = {"create": "a\n", "update": "a\n"}, {"create": "b\n", "update": "b\n"}
    assert differences(["update", "create"], old, new) == ("create, update:", "  - a", "  + b")


def test_a_long_change_is_cut() -> None:
    new = "".join(f"line {number}\n" for number in range(MOST_LINES + 3))
    lines = differences(["create"], {"create": "\n"}, {"create": new})
    assert len(lines) == MOST_LINES + 2
    assert lines[-1].endswith("lines more")


def test_secrets_are_named_and_not_shown() -> None:
    old = {"stdin": "visible", "map": {"key": SECRET}}
    new = {"stdin": SECRET, "map": {"key": SECRET, "other": 1}}
    assert differences(["stdin", "map", "map.key.deeper"], old, new) == (
        'map: {"key": "[secret]"} → {"key": "[secret]", "other": 1}',
        "map.key.deeper",
        'stdin: "visible" → [secret]',
    )


def test_what_is_not_known_yet() -> None:
    assert differences(["address"], {"address": "10.0.0.2"}, {"address": UNKNOWN}) == (
        'address: "10.0.0.2" → known later',
    )


def test_steps_of_paths() -> None:
    assert steps('a.b[0]["c.d"].e') == ["a", "b", 0, "c.d", "e"]
