# METADATA
# title: Plugin
# description: An external verifier of Ratify's, whose answer is in the evidence as it gave it.
package conventions.ratify.verifiers.plugin

import rego.v1

# METADATA
# title: Answer
# description: >-
#   The plugin's own. Only what the configured verifier itself brought counts: a document of the same type, attached by
#   somebody, is read by the JSON verifier and is no answer.
answer(entry, artifact) := _formed(answers[0]) if {
	answers := _answers(entry, artifact)
	count(answers) == 1
	is_boolean(answers[0].isSuccess)
} else := {
	"message": sprintf("failed to verify artifact: %s", [entry.name]),
	"errorReason": _reason(entry, artifact),
}

_answers(entry, artifact) := [input.documents[report.document] |
	some report in _own(entry, artifact)
	report.type == "application/vnd.ratify.verifier-report+json"
	report.outcome == "present"
]

_own(entry, artifact) := [report |
	some report in artifact.reports
	entry.verifier != ""
	report.verifier.name == entry.verifier
	report.verifier.type != "json"
]

_reason(entry, artifact) := reason if {
	reason := concat("; ", [report.message | some report in _own(entry, artifact)])
	reason != ""
} else := sprintf("the verifier %s says nothing of it", [entry.verifier])

# What a plugin leaves out or writes as something else is as Go decodes it.
_formed(said) := object.union(texts, {
	"isSuccess": said.isSuccess,
	"extensions": object.get(said, "extensions", null),
}) if {
	texts := {key: text |
		some key in ["message", "errorReason", "remediation", "name", "type"]
		text := said[key]
		is_string(text)
	}
}
