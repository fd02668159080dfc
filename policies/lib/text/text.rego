# METADATA
# title: Text
# description: Total helpers for values that somebody else wrote.
package lib.text

import future.keywords.not

# METADATA
# title: Text of a member
# description: The string under `key`; `""` where it is missing or anything but a string.
of(object_, key) := value if {
	value := object_[key]
	is_string(value)
} else := ""

# METADATA
# title: Text at a path
# description: As `of`, through several members.
at(object_, path) := value if {
	value := object.get(object_, path, "")
	is_string(value)
} else := ""

# METADATA
# title: First text
# description: The first of the texts that says something, else `""`.
first(texts) := value if {
	value := [text | some text in texts; text != ""][0]
} else := ""

# METADATA
# title: Pattern match
# description: >-
#   Whether `value` fits `pattern`: the same text, or the text around one star. `*` stands for any characters but `/`,
#   `**` for any characters; so `https://github.com/acme/*` cannot be satisfied by a branch name with slashes.
#   A pattern has one star at most; any other is never matched.
matches(pattern, value) if pattern == value

matches(pattern, value) if {
	contains(pattern, "*")
	_around(pattern, value)
}

_around(pattern, value) if {
	[prefix, suffix] := split(pattern, "**")
	not contains(concat("", [prefix, suffix]), "*")
	_rest(prefix, suffix, value)
} else if {
	[prefix, suffix] := split(pattern, "*")
	rest := _rest(prefix, suffix, value)
	not contains(rest, "/")
}

_rest(prefix, suffix, value) := substring(value, count(prefix), (count(value) - count(prefix)) - count(suffix)) if {
	startswith(value, prefix)
	endswith(value, suffix)
	count(value) >= count(prefix) + count(suffix)
}
