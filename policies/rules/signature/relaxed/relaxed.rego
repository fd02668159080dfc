# METADATA
# title: No check was waived
# description: >-
#   Nothing verified although a check did not pass that its trust or trust policy waives, those of `signature.relaxed` aside. It counts
#   every signature, on evidence too, whoever made it.
# custom:
#   severity: high
#   failure_msg: "A signature ({type}) by {signers} verified although the check {check} was waived."
#   solution: >-
#     Sign it again so that the check passes (a log entry, a timestamp), ask for it in the trust's configuration, or name the check
#     under `signature.relaxed`.
package rules.signature.relaxed

import data.lib
import future.keywords.not

about := rego.metadata.chain()

deny contains {
	"subject": waived.artifact.subject,
	"term": waived.check,
	"arguments": {"type": waived.report.type, "check": waived.check, "signers": signers},
	"evidence": [waived.artifact.digest],
} if {
	some waived in lib.relaxed
	not _accepted[waived.check]
	signers := concat(", ", sort({signer.id | some signer in waived.report.signers}))
}

_accepted := {check | some check in data.config.signature.relaxed}
