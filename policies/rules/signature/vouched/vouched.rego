# METADATA
# title: Somebody vouches for it
# description: >-
#   Somebody signed the subject itself or a statement about it, of whatever type. Which types count, the `types` of `identities` say and
#   nothing else: give this rule to a profile whose entries name few.
# custom:
#   severity: critical
#   signed: true
#   failure_msg: "There is no verified signature and no verified attestation about it."
#   solution: >-
#     Sign it (`cosign sign`, `cosign attest`), or configure the trust that knows who did, and name signer and type under `identities`.
package rules.signature.vouched

import data.lib
import future.keywords.not

about := rego.metadata.chain()

met contains lib.testimony(document) if {
	some document in lib.documents
	document.report.outcome == "verified"
}

found contains $"{document.report.type}: {document.report.message}" if {
	some document in lib.documents
	document.report.outcome == "present"
}

found contains $"{failure.report.type}: {failure.report.message}" if some failure in lib.failed

found contains $"something that could not be checked: {one.report.message}" if some one in lib.untold
