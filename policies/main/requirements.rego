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
	counting := _counting(name, met)
	some target in lib.targets
	not _satisfied(name, [element | some element in counting; _covers(element, target)])
	covering := [element | some element in met; _covers(element, target)]
	missing := {
		"name": name,
		"path": path,
		"note": _note(name, path, covering),
		"subject": target,
		"evidence": sort({digest | some element in covering; some digest in element.evidence}),
	}
]

# Of every required rule that exists, what meets it.
_testimonies := {name: elements |
	some name, [area, rule] in profile.required
	met := data.rules[area][rule].met
	elements := [object.union(_nobody, element) | some element in met]
}

# Once for all targets: what strangers signed is weighed no further.
_counting(name, met) := met if {
	profile.unsigned[name]
} else := [element | some element in met; count(speakers.of([element])) > 0]

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
	count(speakers.of(covering)) >= profile.threshold(name)
}

# What a person needs to know beside the rule's own message: who is missing, or what was found instead.
_note(name, path, covering) := concat(" ", [
	$"Found ({types}), but signed by {count(entries)} of the {needed} needed identities of the profile \"{profile.name}\".",
	$"It was signed by {_signers(covering)}.",
]) if {
	count(covering) > 0
	needed := profile.threshold(name)
	entries := speakers.of(covering)
	types := concat(", ", sort({element.type | some element in covering}))
} else := $"Found: {found}." if {
	[area, rule] = path
	found := concat("; ", sort(data.rules[area][rule].found))
	found != ""
} else := ""

# Whom a person may want to name under `identities`: some of them, and by which trust.
_signers(covering) := concat(", ", array.slice(names, 0, _most)) if {
	names := sort({$"{signer.id} (trust {signer.trust.name})" | some element in covering; some signer in element.signers})
	count(names) > 0
} else := "nobody whom a configured trust knows"

_most := 5
