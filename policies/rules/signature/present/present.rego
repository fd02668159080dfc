# METADATA
# title: The image is signed
# description: >-
#   Somebody signed the subject itself, or the index that holds it: with cosign, Notation or another program that writes Sigstore bundles.
#   An attestation says something about it and is no approval.
# custom:
#   severity: critical
#   signed: true
#   failure_msg: "Nobody whom a configured trust knows signed it (attestations do not count)."
#   solution: >-
#     Sign it (`cosign sign`, `notation sign`), or configure the trust that knows who did, and name the signer under `identities`.
package rules.signature.present

import data.lib
import future.keywords.not

about := rego.metadata.chain()

met contains lib.testimony(signature) if some signature in lib.signatures

found contains $"a signature that does not count ({document.report.type}): {document.report.message}" if {
	some document in lib.documents
	document.family == "approval"
	document.report.outcome == "present"
}

found contains $"a signature that is bad ({failure.report.type}): {failure.report.message}" if {
	some failure in lib.failed
	lib.families[failure.report.type] == "approval"
}

found contains $"something that could not be checked: {one.report.message}" if some one in lib.untold
