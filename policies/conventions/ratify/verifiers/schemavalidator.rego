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
} else := [fault |
	some layer in content.layers(entry, artifact)
	reason := _reason(entry, layer.report)
	fault := {
		"message": sprintf("schema validation failed for digest:[%s], media type:[%s].", [layer.report.layer, layer.report.type]),
		"errorReason": reason,
	}
][0] if {
	true
} else := {"isSuccess": true, "message": "schema validation passed for configured media types"}

_reason(entry, report) := sprintf("media type not configured for plugin:[%s]", [report.type]) if {
	not report.type in entry.mediaTypes
} else := report.message if {
	report.checks.schema.outcome != "passed"
}
