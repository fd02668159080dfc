# METADATA
# title: Schema validator
# description: Ratify's verifier `schemavalidator`. The schemas themselves are the JSON verifier's.
package conventions.ratify.verifiers.schemavalidator

import data.conventions.ratify.content
import data.conventions.ratify.image

import future.keywords.not
import rego.v1

# METADATA
# title: Answer
# description: Success if every layer has a media type with a schema, and fits it.
answer(entry, artifact) := {"errorReason": sprintf("No blobs found for referrer %s@%s.", [image.path, artifact.digest])} if {
	content.layers(entry, artifact) == []
} else := faults[0] if {
	faults := [fault | some layer in content.layers(entry, artifact); fault := _fault(entry, layer.report)]
	faults != []
} else := {"isSuccess": true, "message": "schema validation passed for configured media types"}

_fault(entry, report) := {
	"message": sprintf("schema validation failed for digest:[%s], media type:[%s].", [report.layer, report.type]),
	"errorReason": _reason(entry, report),
}

_reason(entry, report) := sprintf("media type not configured for plugin:[%s]", [report.type]) if {
	not report.type in entry.mediaTypes
} else := report.message if {
	report.checks.schema.outcome != "passed"
}
