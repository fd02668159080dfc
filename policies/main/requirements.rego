# METADATA
# title: Requirements
# description: What the required rules rest on, and whether that is enough.
package verdict.requirements

import data.lib
import data.verdict.profile
import data.verdict.speakers
import future.keywords.not

# METADATA
# title: Expiry
# description: The earliest instant at which something that a requirement rests on stops to hold, RFC 3339; else `""`.
expires := time.format(min(instants)) if {
	instants := {element.expires | some elements in _testimonies; some element in elements; is_number(element.expires)}
	count(instants) > 0
} else := ""

# METADATA
# title: Unmet
# description: >-
#   What is required and not met, once for every target: `name` and `path` of the rule, the target as `subject`, the `evidence` that was
#   there, and a `note` for a person.
unmet := [missing |
	some name, met in _testimonies
	path := profile.required[name]
	some target in lib.targets
	covering := [element | some element in met; _covers(element, target)]
	not _satisfied(name, covering)
	missing := {
		"name": name,
		"path": path,
		"note": _note(name, path, covering),
		"subject": target,
		"evidence": [digest | some element in covering; some digest in element.evidence],
	}
]

# Of every required rule that exists, what meets it.
_testimonies := {name: elements |
	some name, [area, rule] in profile.required
	met := data.rules[area][rule].met
	elements := [object.union(_nobody, element) | some element in met]
}

_nobody := {"subject": "", "type": "", "signers": [], "evidence": []}

_covers(element, target) if lib.covers(element, target)

_covers(element, _) if {
	profile.index_wide
	element.subject == input.subject.digest
}

_satisfied(name, covering) if {
	profile.unsigned[name]
	count(covering) > 0
}

_satisfied(name, covering) if {
	not profile.unsigned[name]
	count(_entries(covering)) >= profile.threshold(name)
}

_entries(covering) := {entry | some element in covering; some entry in speakers.of(element)}

# What a person needs to know beside the rule's own message: who is missing, or what was found instead.
_note(name, path, covering) := $"Found ({types}), but signed by {count(entries)} of the {needed} needed identities of the profile \"{profile.name}\"." if {
	count(covering) > 0
	needed := profile.threshold(name)
	entries := _entries(covering)
	types := concat(", ", {element.type | some element in covering})
} else := $"Found: {found}." if {
	[area, rule] = path
	found := concat("; ", data.rules[area][rule].found)
	found != ""
} else := ""
