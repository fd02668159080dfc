# METADATA
# title: Licence verdicts
# description: What `data.config.licences` says of every distinct licence expression. Each is evaluated once, however many packages have it.
package lib.licences

import data.lib
import future.keywords.not

# METADATA
# title: Disallowed
# description: Expressions that name licences, none of which may be chosen.
disallowed := {expression |
	some expression, facts in _facts
	facts.valid
	not facts.permitted
	not _only_references(facts.denied)
}

# METADATA
# title: Unknown
# description: Expressions that cannot be judged, or are permitted only by references that nobody has judged.
unknown := {expression |
	some expression in _expressions
	_unknown(expression)
}

_unknown(expression) if not _facts[expression].valid

_unknown(expression) if {
	facts := _facts[expression]
	not facts.permitted
	_only_references(facts.denied)
}

_unknown(expression) if {
	facts := _facts[expression]
	facts.permitted
	references := [id | some id in facts.licences; _unjudged(id)]
	count(references) > 0
	without := spdx.evaluate(expression, object.union(_rules, {"deny": array.concat(_rules.deny, references)}))
	not without.permitted
}

_facts := {expression: spdx.evaluate(expression, _rules) | some expression in _expressions}

_expressions := {expression |
	some package_ in lib.packages
	some expression in package_.content.licences
}

_rules := {"allow": data.config.licences.allow, "deny": data.config.licences.deny}

_only_references(denied) if {
	some _ in denied
	every id in denied {
		_unjudged(id)
	}
}

# A reference to a text outside the SPDX list that no list of the operator names.
_unjudged(id) if {
	_is_reference(id)
	not _named(id)
}

_is_reference(id) if startswith(id, "LicenseRef-")

_is_reference(id) if startswith(id, "DocumentRef-")

_named(id) if {
	some entry in array.concat(_rules.allow, _rules.deny)
	_names(lower(entry), lower(id))
}

_names(id, id)

_names(entry, id) if {
	endswith(entry, "*")
	startswith(id, trim_suffix(entry, "*"))
}
