# METADATA
# title: Findings
# description: What the rules of the profile say, and what of it counts.
package verdict.findings

import data.lib
import data.lib.text
import data.verdict.exceptions
import data.verdict.profile
import data.verdict.requirements
import future.keywords.not

# METADATA
# title: Accounted for
# description: Whether all that the rules found was judged; a finding that got lost on the way would allow.
accounted if count(_judged) == count(requirements.unmet) + sum([count(found) | some found in _prohibited])

# METADATA
# title: What denies
denying := [judged | some judged in _judged; judged.waivers == []; not judged.advice]

# METADATA
# title: Violations
# description: Findings that deny, for a person.
violations := _listed(denying)

# METADATA
# title: Warnings
# description: Findings that will deny later, or that their rule calls advice.
warnings := _listed([judged | some judged in _judged; judged.waivers == []; judged.advice])

# METADATA
# title: Exceptions
# description: Findings that do not count, each once for everything that waives it.
waived := [object.union(finding, waiver) |
	some judged in array.slice([judged | some judged in _judged; judged.waivers != []], 0, _most)
	finding := _finding(judged)
	some waiver in judged.waivers
]

# The host keeps no more; to write the texts of 30,000 takes longer than to find them.
_most := 1000

_listed(judged) := [_finding(one) | some one in judged] if {
	count(judged) <= _most
} else := array.concat([_finding(one) | some one in array.slice(judged, 0, _most)], [{
	"code": "policy.findings",
	"msg": concat(" ", ["There are", format_int(count(judged) - _most, 10), "more."]),
	"severity": "info",
	"title": "Not all findings are listed",
}])

_judged := [judged |
	some candidate in array.concat(_unmet, _denied)
	judged := {
		"facts": candidate.facts,
		"element": candidate.element,
		"waivers": array.concat(exceptions.of(candidate.facts.code, candidate.element), exceptions.excuses(candidate.element)),
		"advice": _advice(candidate),
	}
]

_advice(candidate) if {
	candidate.element.advice
} else if {
	time.parse_rfc3339_ns(_effective_on(candidate)) > lib.now
} else := false

_effective_on(candidate) := object.get(candidate.element, "effective_on", candidate.facts.effective_on)

_unmet := [{"facts": facts, "element": element} |
	some missing in requirements.unmet
	facts := _facts(missing.name, missing.path)
	element := {
		"msg": trim_space(concat(" ", [facts.msg, missing.note])),
		"subject": missing.subject,
		"evidence": missing.evidence,
	}
]

_prohibited := {name: found |
	some name, [area, rule] in profile.prohibited
	found := data.rules[area][rule].deny
}

_denied := [{"facts": facts, "element": element} |
	some name, found in _prohibited
	count(found) > 0
	facts := _facts(name, profile.prohibited[name])
	some raw in found
	element := _element(raw)
]

_element(raw) := raw if {
	is_object(raw)
} else := {"msg": raw} if {
	is_string(raw)
} else := {}

_finding(judged) := {
	"code": judged.facts.code,
	"msg": _message(judged.facts.msg, judged.element),
	"severity": object.get(judged.element, "severity", judged.facts.severity),
	"title": judged.facts.title,
	"description": judged.facts.description,
	"solution": judged.facts.solution,
	"collections": judged.facts.collections,
	"term": object.get(judged.element, "term", ""),
	"effective_on": _effective_on(judged),
	"subject": object.get(judged.element, "subject", ""),
	"evidence": object.get(judged.element, "evidence", []),
}

_message(template, element) := element.msg if {
	is_string(element.msg)
} else := strings.replace_n(values, template) if {
	values := {concat("", ["{", name, "}"]): value | some name, value in element.arguments; is_string(value)}
	count(values) > 0
} else := template

# Whatever stands in METADATA: a text that is none must not make a finding disappear.
_facts(name, path) := {
	"code": name,
	"msg": text.first([text.at(about, ["custom", "failure_msg"]), text.of(about, "title"), name]),
	"severity": text.first([text.at(about, ["custom", "severity"]), "high"]),
	"title": text.first([text.of(about, "title"), name]),
	"description": text.of(about, "description"),
	"solution": text.at(about, ["custom", "solution"]),
	"collections": object.get(about, ["custom", "collections"], []),
	"effective_on": text.at(about, ["custom", "effective_on"]),
} if {
	about := profile.about(path)
}
