# METADATA
# title: No evidence is bad
# description: >-
#   No verifier says that evidence is bad: changed, malformed, about something else, or with a broken signature.
# custom:
#   severity: high
#   failure_msg: "Evidence of type {type} is bad (checks that failed: {checks}): {message}"
#   solution: >-
#     Find out who attached it; remove it and attach good evidence.
package rules.evidence.failed

import data.lib
import data.lib.text
import future.keywords.not

about := rego.metadata.chain()

deny contains {
	"subject": failure.artifact.subject,
	"term": failure.artifact.digest,
	"arguments": {"type": type, "message": failure.report.message, "checks": text.first([checks, "untold"])},
	"evidence": [failure.artifact.digest],
} if {
	some failure in lib.failed
	checks := concat(", ", sort({name | some name, check in failure.report.checks; check.outcome == "failed"}))
	type := text.first([failure.report.type, failure.artifact.artifactType, failure.artifact.mediaType])
}
